/*
 * Flows: a conversation with a peer is a table of steps; the driver in flow.c turns it into an operation.
 *
 * A step of kind AW_STORE runs `begin` on a worker, where it may wait for the store. A step of kind AW_PEER runs
 * `begin` on the loop to prepare flow->request (aw__flow_ask() and friends), sends it, and runs `reply` on the loop
 * with the answer in flow->response. A step of kind AW_FLOWS runs `begin` on the loop to start other flows
 * (aw__flow_add()), and `reply` when all of them have ended, however they did. AW_PEER and AW_FLOWS steps never wait.
 * Nothing in a step frees memory: it belongs to flow->arena.
 *
 * When a step fails, or the operation is cancelled or out of time, the `undo` of every step that began, that one
 * included, runs in reverse order: first those of the store (before the operation completes: the store is then as
 * before), then those at the peer, if it may have received the step's request (while the deadline lasts; after it, or
 * after a cancellation, in the background for at most AW__FLOW_UNDO_MS). So an undo must be right also for a step that
 * did not come to anything. A stop that comes while the last step is at the store finds a conversation that has
 * succeeded if that step does.
 */
#ifndef AW_FLOW_FLOW_H
#define AW_FLOW_FLOW_H

#include <jansson.h>

#include "actor/site.h"
#include "base/alloc.h"
#include "http/client.h"
#include "runtime/op.h"
#include "runtime/worker.h"

#define AW__FLOW_UNDO_MS 10000

typedef struct aw__flow aw__flow;

typedef enum aw__step_kind { AW_PEER = 1, AW_STORE, AW_FLOWS } aw__step_kind;

/* What a step says, beside AW_OK (go on) and a negative code (failed, flow->error is filled). */
enum {
    AW__STEP_SKIP = 1,   /* from begin: nothing to do here; go on, and nothing to undo */
    AW__STEP_AGAIN = 2,  /* begin this step again: the next of many, or a second try */
    AW__STEP_FINISH = 3  /* the conversation has succeeded; the rest is not needed */
};

typedef int aw__step_fn(aw__flow *flow);

typedef struct aw_step {
    const char *name;
    aw__step_kind kind;
    aw__step_fn *begin;
    aw__step_fn *reply; /* not of AW_STORE. NULL: of AW_PEER any 2xx will do and all else fails, AW_FLOWS goes on */
    aw__step_fn *undo;  /* or NULL; not of AW_FLOWS. Of AW_PEER: prepares a request, its answer is logged; may SKIP */
    bool optional;      /* AW_PEER only: no answer, or one that reply refuses, is no failure (out of memory is) */
    int tolerated;      /* AW_PEER only: a code that is no failure (AW_E_TOO_LARGE: the answer was not read); 0: none */
} aw_step;

/* A conversation: its table ends with a step without a name. */
typedef struct aw__conversation {
    const char *name; /* "trust_create", in traces */
    const aw_step *steps;
} aw__conversation;

/* Who is told; on the loop's thread, exactly once. err is NULL on success and flow->result then set. */
typedef void aw__flow_done(aw__flow *flow, const aw_error *err, void *ud);

struct aw__flow {
    aw__op op; /* first */
    aw__site *site;
    aw__arena *arena;
    const aw__conversation *conversation;
    const char *actor_id;
    void *state;  /* the conversation's own, in the arena */
    void *result; /* what the conversation yields */
    void (*result_free)(void *);
    int timeout_ms;
    aw_group *group;

    /* Of the step under way. */
    aw__http_request request;
    const char *secret;                /* in the request: never shown, even if the peer repeats it */
    const char *encoded_secret;        /* the same as a header has it, where that is not as it is; or NULL */
    const aw__http_response *response; /* in reply: the answer */
    aw_error error;                    /* filled by a step that fails; the driver reports it */

    /* The driver's own. */
    aw__flow_done *done;
    void (*callback)(void); /* the application's, cast by whoever calls it */
    void *ud;
    int phase;
    int step;
    int said;             /* by a step that is on a worker, or waits for its flows */
    uint64_t began_steps; /* a bit each: there may be something to undo */
    uint64_t step_started_ms;
    uint64_t due_ms;
    aw__http_call *call;
    aw__work work;
    aw_group *members;
    aw_error outcome; /* why it failed */
    int undo_step;
    struct aw__flow_rest {
        aw__op op; /* undoes what is at the peer when the flow itself has completed */
        aw__flow *flow;
    } rest;
};

/* A flow for the conversation, not yet started, with one reference: the caller's. state_bytes are zeroed. The actor id
 * is copied; timeout_ms 0 is default_ms. Errors: AW_E_NOMEM. */
int aw__flow_new(aw__site *site, const aw__conversation *conversation, const char *actor_id, size_t state_bytes,
                 int timeout_ms, int default_ms, aw_group *group, aw__flow **ret_flow, aw_error *err);
void aw__flow_unref(aw__flow *flow);

/* Starts it, taking the caller's reference whether it succeeds or fails. callback is kept for done's use. */
int aw__flow_start(aw__flow *flow, aw__flow_done *done, void (*callback)(void), void *ud, aw_op *ret_op, aw_error *err);

/* Starts it and waits, taking the caller's reference. ret_result (may be NULL) becomes the caller's. */
int aw__flow_run(aw__flow *flow, void **ret_result, aw_error *err);

/* The result of a flow, taken over by whoever calls this. */
void *aw__flow_take(aw__flow *flow);

/* For AW_FLOWS steps, in begin: starts another flow, taking the caller's reference. It is cancelled with this one. done
 * may be NULL; it runs before this step's reply. */
int aw__flow_add(aw__flow *flow, aw__flow *other, aw__flow_done *done, void *ud);

/* What is left of the operation's time, at least 1. A step that must not use it up bounds itself by a part of it:
 * flow->request.timeout_ms. */
int aw__flow_left_ms(const aw__flow *flow);

/* Ends every flow of the site (AW_E_CLOSED), with what is still being undone in the background, and waits until there
 * are none; no more begin. Before the store is closed, when the runtime lives on. Not inside the loop. */
void aw__flow_close_all(aw__site *site);

/* ---- for steps: src/flow/ask.c ---- */

/* Prepares flow->request. secret NULL: no credentials. body (may be NULL) is turned into text. Negative with
 * flow->error filled. */
int aw__flow_ask(aw__flow *flow, const char *method, const char *url, const char *secret, json_t *body);
/* One more header, before or after aw__flow_ask() of the same step. */
int aw__flow_ask_header(aw__flow *flow, const char *name, const char *value);
/* Basic instead of Bearer. */
int aw__flow_ask_basic(aw__flow *flow, const char *user, const char *passphrase);

/* The answer's JSON as an object, borrowed from the flow (freed with it). Fails with AW_E_PROTOCOL. */
int aw__flow_answer_object(aw__flow *flow, json_t **ret_object);
int aw__flow_answer_json(aw__flow *flow, json_t **ret_value);
/* The same, but the caller's: what becomes the result must not be shared with the flow, which may end in another thread
 * than the result. */
int aw__flow_answer_take(aw__flow *flow, json_t **ret_value);
/* AW_OK when the status is 2xx, else AW_E_HTTP with the peer's reason in flow->error. */
int aw__flow_answer_ok(aw__flow *flow);

/* Keeps a json reference until the flow ends; NULL stays NULL (and is out of memory for the caller to see). */
json_t *aw__flow_keep(aw__flow *flow, json_t *value);

#endif
