/*
 * A scriptable fake peer, for the tests of applications: it listens on loopback, behaves as well or as badly as it is
 * told, and records what it received. Link with libactingweb-test. It runs in a thread of its own.
 *
 *     aw_fake_peer *bob = aw_fake_peer_new();
 *     aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 503, .delay_ms = 100));
 *
 * Without rules it is a well-behaved actor at every first path segment: GET /{id}/meta says who it is, POST
 * /{id}/trust/{rel} is answered with 202, POST /{id}/subscriptions/{peer} with 201, DELETE with 204, and so on. POST /
 * makes the actors "made1", "made2", ... with the passphrase "opensesame".
 */
#ifndef ACTINGWEB_TEST_FAKE_PEER_H
#define ACTINGWEB_TEST_FAKE_PEER_H

#include <actingweb/common.h>

AW_BEGIN_DECLS

typedef struct aw_fake_peer aw_fake_peer;

typedef enum aw_fake_peer_fault {
    AW_FAKE_NONE,
    AW_FAKE_RESET,         /* reads the request, then resets the connection (TCP RST) */
    AW_FAKE_CLOSE,         /* reads the request, then closes without an answer */
    AW_FAKE_TRUNCATE,      /* announces the body, sends half of it, closes */
    AW_FAKE_HANG,          /* reads the request and never answers */
    AW_FAKE_DRIBBLE,       /* sends the answer byte by byte, one each dribble_ms */
    AW_FAKE_GARBAGE,       /* answers with bytes that are not HTTP */
    AW_FAKE_ENDLESS        /* sends a body that never ends */
} aw_fake_peer_fault;

typedef struct aw_fake_peer_rule_params {
    size_t size;
    const char *method;       /* NULL: any */
    const char *path;         /* the beginning of the path ("" or NULL: any); with exact: the whole of it */
    bool exact;
    int times;                /* how often it applies before it wears out; 0: always */
    int after;                /* how many matching requests are let pass first */
    int status;               /* 0: what the well-behaved actor answers */
    const char *body;         /* NULL: what the well-behaved actor answers (with status 0), or none */
    const char *headers;      /* further header lines, each ending with \r\n; NULL: none */
    int delay_ms;             /* before the answer */
    int dribble_ms;           /* between two bytes of AW_FAKE_DRIBBLE */
    aw_fake_peer_fault fault;
} aw_fake_peer_rule_params;

/* One request as it came. Borrowed from the record; lives until aw_fake_peer_clear() or _free(). */
typedef struct aw_fake_peer_request {
    const char *method;
    const char *path;    /* with its query string */
    const char *headers; /* as received, lines ending with \r\n */
    const char *body;
    size_t body_bytes;
} aw_fake_peer_request;

/* Starts it on 127.0.0.1 at a free port. NULL when it cannot. */
AW_API aw_fake_peer *aw_fake_peer_new(void);
AW_API void aw_fake_peer_free(aw_fake_peer *peer); /* takes NULL */

AW_API int aw_fake_peer_port(const aw_fake_peer *peer);
AW_API const char *aw_fake_peer_root(const aw_fake_peer *peer); /* "http://127.0.0.1:PORT/"; borrowed */

/* Adds a rule; the newest that matches decides. Strings are copied. 0, or -1 when out of memory. */
AW_API int aw_fake_peer_rule(aw_fake_peer *peer, const aw_fake_peer_rule_params *params);
AW_API void aw_fake_peer_reset_rules(aw_fake_peer *peer);

/* Stops listening: connections are refused; and listens again at the same port (0, or -1 when it is taken). */
AW_API void aw_fake_peer_refuse(aw_fake_peer *peer);
AW_API int aw_fake_peer_accept(aw_fake_peer *peer);

/* What it received so far. index counts from 0 in order of arrival; false when there is none. */
AW_API size_t aw_fake_peer_count(const aw_fake_peer *peer);
AW_API bool aw_fake_peer_get(const aw_fake_peer *peer, size_t index, aw_fake_peer_request *ret_request);
/* How many requests had this method and path beginning (NULL: any). */
AW_API size_t aw_fake_peer_count_of(const aw_fake_peer *peer, const char *method, const char *path);
/* Waits until that many have arrived; false when timeout_ms passes first. */
AW_API bool aw_fake_peer_wait_for(aw_fake_peer *peer, const char *method, const char *path, size_t count,
                                  int timeout_ms);
AW_API void aw_fake_peer_clear(aw_fake_peer *peer);
/* TCP connections accepted so far: fewer than requests when the client reuses them. */
AW_API size_t aw_fake_peer_connections(const aw_fake_peer *peer);

AW_END_DECLS

#endif
