/*
 * Subscribing at a peer: the steps that "create remote subscription" and "subscribe with baseline" share.
 */
#ifndef AW_FLOW_SUBSCRIBING_H
#define AW_FLOW_SUBSCRIBING_H

#include "flow/baseline.h"
#include "flow/flow.h"
#include "store/subscriptions.h"

typedef struct aw__subscribing {
    aw__baseline baseline; /* first; also what is subscribed to */
    const char *peer_id;
    const char *granularity;
    const char *url; /* of the subscription at the peer */
    int64_t hold;
    bool with_baseline;
    bool recorded;
    bool repeated; /* the peer gave an id that it has given before: that subscription is not ours to end */
} aw__subscribing;

/* What a caller asks for; texts NULL are unset. */
typedef struct aw__subscribing_params {
    const char *peer_id;
    const char *target;
    const char *subtarget;
    const char *resource;
    const char *granularity; /* NULL: "high" */
    int timeout_ms;
    int default_timeout_ms;
    aw_group *group;
    bool with_baseline;
} aw__subscribing_params;

/* A flow of that conversation, whose state is an aw__subscribing. */
int aw__subscribing_new(aw__site *site, const aw__conversation *conversation, const char *actor_id,
                        const aw__subscribing_params *params, aw__flow **ret_flow, aw_error *err);

int aw__subscribing_find(aw__flow *flow);      /* AW_STORE: the trust */
int aw__subscribing_ask(aw__flow *flow);       /* AW_PEER: POST peer/subscriptions/{us} */
int aw__subscribing_on_answer(aw__flow *flow); /* 201 with an id */
int aw__subscribing_withdraw(aw__flow *flow);  /* undo: DELETE peer/subscriptions/{us}/{sub} */
int aw__subscribing_record(aw__flow *flow);    /* AW_STORE: our row */
int aw__subscribing_forget(aw__flow *flow);    /* undo */

/* The row as the result of the flow, with that sequence. */
int aw__subscribing_result(aw__flow *flow, int64_t sequence);

#endif
