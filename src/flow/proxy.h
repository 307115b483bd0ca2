/*
 * The four proxy conversations: one table, four methods. Result: json_t.
 */
#ifndef AW_FLOW_PROXY_H
#define AW_FLOW_PROXY_H

#include "flow/flow.h"
#include <actingweb/proxy.h>

typedef struct aw__proxy_ask {
    const char *method;
    const char *peer_id;
    const char *path;
    json_t *query; /* or NULL */
    json_t *data;  /* or NULL */
    const char *parent_request_id;
    int timeout_ms;
    aw_group *group;
} aw__proxy_ask;

int aw__proxy_new(aw__site *site, const char *actor_id, const aw__proxy_ask *ask, aw__flow **ret_flow, aw_error *err);

#endif
