/*
 * Calls, between the two files that share them: call.c knows when one begins and ends, client.c moves it through
 * libcurl and is the only file with curl.h. Each has its half of the functions below.
 */
#ifndef AW_HTTP_CALL_H
#define AW_HTTP_CALL_H

#include "base/list.h"
#include "http/client.h"
#include "http/client_reply.h"
#include "http/lookup.h"
#include "http/slots.h"
#include "runtime/timer.h"

/* How a transfer ended: done, or what was wrong. */
typedef enum aw__fault {
    AW__FAULT_NONE,
    AW__FAULT_MEMORY,
    AW__FAULT_URL,
    AW__FAULT_NAME, /* it has no address */
    AW__FAULT_CONNECT,
    AW__FAULT_CONNECT_TIMEOUT,
    AW__FAULT_NO_ANSWER, /* the peer closed before the first byte of one */
    AW__FAULT_CUT,       /* the peer closed in the middle of its answer */
    AW__FAULT_BROKEN,    /* sending or receiving failed */
    AW__FAULT_TOO_LARGE,
    AW__FAULT_NOT_HTTP,
    AW__FAULT_TLS,
    AW__FAULT_CERTIFICATE,
    AW__FAULT_OTHER,
} aw__fault;

/* See client.c. */
#define AW__NAME_CACHES 64
#define AW__POOLS       16

/* A multi handle of libcurl's: transfers, and connections that are used again among them. */
typedef struct aw__pool {
    aw__http_client *client;
    void *multi;
    aw__timer timer; /* libcurl's */
    size_t transfers;
} aw__pool;

struct aw__http_client {
    aw_runtime *runtime;
    const aw_runtime_params *params;

    /* call.c's */
    aw__link calls;
    aw__link spare; /* calls that are over and wait, with their handles, for the next requests */
    size_t spare_count;
    aw__timer sweep; /* ends the calls that are doomed */
    aw__slots slots;
    aw__lookups lookups;

    /* client.c's */
    aw__pool pools[AW__POOLS];
    size_t next_pool;
    void *name_caches[AW__NAME_CACHES];
};

struct aw__http_call {
    aw__link link;
    aw__http_client *client;
    const char *url; /* the request's */
    int timeout_ms;
    int connect_timeout_ms;
    aw__http_done *done;
    void *arg;
    aw__timer deadline;
    aw__slot slot;
    aw__lookup lookup;
    aw__http_reply reply;
    int doom;  /* an aw__fault it soon ends with, or none */
    bool over; /* done() runs or has run */

    /* client.c's */
    void *easy;
    struct curl_slist *headers;
    aw__pool *pool;       /* whose it is now, or NULL */
    aw__link watched;     /* the sockets that are watched for it */
    bool address_refused; /* one address at least */
    int refusal;          /* AW_E_TOO_LARGE or AW_E_NOMEM: why a callback would take no more */
    int socket_errno;     /* why there was no socket, or 0 */
    char detail[256];     /* libcurl's words */
};

/* ---- call.c, called by client.c ---- */

void aw__call_end(aw__http_call *call, aw__fault fault);
/* It ends soon with fault: inside libcurl nothing may be ended at once. */
void aw__call_doom(aw__http_call *call, aw__fault fault);
/* It is about to ask for its name: false when it has to wait, and its transfer to fail for now. */
bool aw__call_may_ask(aw__http_call *call);
/* Drops all calls. */
void aw__calls_free(aw__http_client *client);

/* ---- client.c, called by call.c ---- */

/* A handle for a new call; and its end. */
int aw__transfer_open(aw__http_call *call);
void aw__transfer_close(aw__http_call *call);
/* Gives the handle a request; clear takes it away again. AW_OK or AW_E_NOMEM. */
int aw__transfer_prepare(aw__http_call *call, const aw__http_request *request);
void aw__transfer_clear(aw__http_call *call);
/* Runs it, soon; and drops it, wherever it is. */
int aw__transfer_add(aw__http_call *call);
void aw__transfer_remove(aw__http_call *call);
bool aw__transfer_sent(const aw__http_call *call); /* a byte of the request at least */
int aw__transfer_status(const aw__http_call *call);
int aw__transfer_errno(const aw__http_call *call);

/* ---- call_failure.c ---- */

/* Says in plain words how a call failed. The URL's path and query may be secret and are left out. Returns the code. */
int aw__call_explain(const aw__http_call *call, aw__fault fault, aw_error *err);

#endif
