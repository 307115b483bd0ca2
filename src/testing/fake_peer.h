/*
 * The fake peer's insides, for the files of this folder.
 *
 * One thread runs all connections (fake_peer_loop.c); the application's threads give it rules and commands and read
 * its record. Nothing here allocates through the library's allocator or its JSON: a test that makes the library run
 * out of memory must not hit its own peer.
 */
#ifndef AW_TESTING_FAKE_PEER_H
#define AW_TESTING_FAKE_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/list.h"
#include <actingweb/test/fake_peer.h>

typedef struct aw__fake_connection aw__fake_connection;
typedef struct aw__fake_rule aw__fake_rule;
typedef struct aw__fake_entry aw__fake_entry;

typedef enum aw__fake_command { AW__FAKE_GO_ON, AW__FAKE_REFUSE, AW__FAKE_ACCEPT, AW__FAKE_END } aw__fake_command;

struct aw_fake_peer {
    int port;
    char root[40];
    pthread_t thread;
    atomic_size_t accepted;

    /* The thread's own. */
    int epoll;
    int listener;
    int wake;        /* an eventfd: there is a command */
    bool listening;  /* not refused */
    bool paused;     /* no descriptors left: not accepting for now */
    aw__link open;   /* connections */
    aw__link closed; /* those whose memory the events at hand may still point to */
    aw__link timed;  /* those that wait for a time, earliest first */
    uint64_t ids;    /* given out so far */
    uint64_t id_seed;

    /* Under lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the record grew, or a command was done */
    aw__fake_command command;
    int command_result;
    aw__fake_rule *rules; /* newest first */
    aw__fake_entry **record;
    size_t recorded;
    size_t record_room;
};

/* What a request is answered with, and how. */
typedef struct aw__fake_answer {
    char *text; /* status line, headers and body; malloc()ed; NULL: none */
    size_t bytes;
    int delay_ms;
    int dribble_ms;
    aw_fake_peer_fault fault;
} aw__fake_answer;

/* ---- fake_peer_loop.c ---- */

/* Opens the listener. 0, or -1. */
int aw__fake_loop_open(aw_fake_peer *peer);
void *aw__fake_loop_run(void *peer);
void aw__fake_loop_close(aw_fake_peer *peer); /* the thread has ended */
int aw__fake_loop_command(aw_fake_peer *peer, aw__fake_command command);

uint64_t aw__fake_now_ms(void);
/* Has aw__fake_connection_due() called in delay_ms. */
void aw__fake_loop_delay(aw_fake_peer *peer, aw__fake_connection *connection, int delay_ms);

/* ---- fake_peer_connection.c ---- */

enum { AW__FAKE_READS, AW__FAKE_WAITS, AW__FAKE_WRITES, AW__FAKE_HANGS };

struct aw__fake_connection {
    aw__link link;  /* in peer.open or peer.closed */
    aw__link timed; /* in peer.timed */
    uint64_t due_ms;
    aw_fake_peer *peer;
    int fd; /* -1: closed */
    int state;
    bool wants_out; /* epoll was asked for EPOLLOUT */
    bool last;      /* no request after this one */
    char *in;
    size_t in_bytes, in_room;
    aw__fake_answer answer;
    size_t written;
};

void aw__fake_connection_open(aw_fake_peer *peer, int fd);
void aw__fake_connection_event(aw__fake_connection *connection, uint32_t events);
void aw__fake_connection_due(aw__fake_connection *connection);
void aw__fake_connection_close(aw__fake_connection *connection);
void aw__fake_connection_free(aw__fake_connection *connection);

/* ---- fake_peer_rules.c ---- */

struct aw__fake_rule {
    aw__fake_rule *older;
    char *method;
    char *path;
    char *body;
    char *headers;
    bool exact;
    int times, after;
    int seen, applied;
    int status;
    int delay_ms, dribble_ms;
    aw_fake_peer_fault fault;
};

/* The rule that decides about a request, counted as applied; or NULL. With the lock held. */
const aw__fake_rule *aw__fake_rule_for(aw_fake_peer *peer, const char *method, const char *path);
void aw__fake_rules_free(aw_fake_peer *peer); /* with the lock held */

/* ---- fake_peer_record.c ---- */

struct aw__fake_entry {
    aw_fake_peer_request request;
    char text[]; /* what request points into */
};

/* A copy of a request goes to the record. False when out of memory. */
bool aw__fake_record(aw_fake_peer *peer, const aw_fake_peer_request *request);
void aw__fake_record_free(aw_fake_peer *peer); /* with the lock held */

/* ---- fake_peer_actor.c: what a well-behaved actor says ---- */

typedef struct aw__fake_reply {
    int status;
    char *body; /* malloc()ed; NULL: none */
    size_t body_bytes;
    const char *content_type;
    char location[512]; /* "": none */
} aw__fake_reply;

/* False when out of memory. */
bool aw__fake_actor_reply(aw_fake_peer *peer, const aw_fake_peer_request *request, aw__fake_reply *ret_reply);

/* ---- fake_peer_answer.c ---- */

/* What the newest rule that matches, or else the actor, answers. False when out of memory. */
bool aw__fake_answer_make(aw_fake_peer *peer, const aw_fake_peer_request *request, aw__fake_answer *ret_answer);

/* ---- fake_peer_text.c: as much reading as well-formed requests need ---- */

/* A header's value in lines, with its length; NULL when absent. */
const char *aw__fake_header(const char *lines, const char *name, size_t *ret_bytes);
/* The value at key of a flat JSON object as it stands there (a text with its quotes), with its length; NULL when
 * absent. */
const char *aw__fake_json_get(const char *object, const char *key, size_t *ret_bytes);

#endif
