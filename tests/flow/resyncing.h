/*
 * What the tests of "resync" share: bob, who answers with a baseline up to 5, and the subscription "sub" to him.
 */
#ifndef TESTS_FLOW_RESYNCING_H
#define TESTS_FLOW_RESYNCING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor/callback.h"
#include "actor/subscription.h"
#include "base/clock.h"
#include "flow/callback_receive.h"
#include "flow/delivery.h"
#include "flow/resync.h"
#include "support/subscribed.h"

static aw_error err;
static char sub_path[160]; /* "/subscriptions/{us}/sub" */

static inline int set_up(void **state)
{
    pair_set_up_trusting(state);
    snprintf(sub_path, sizeof(sub_path), "/subscriptions/%s/sub", t->actor_id);
    outbound("sub", NULL, NULL);
    bob_answers("GET", sub_path, 200, "{\"sequence\":5,\"data\":[]}");
    bob_answers("GET", "/properties", 200, "{\"base\":true}");
    return 0;
}

static inline int set_up_watching(void **state)
{
    set_up(state);
    t->site.config.gap_timeout_ms = 50;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    return 0;
}

static inline int tear_down_watching(void **state)
{
    aw__delivery_close(&t->site);
    return pair_tear_down(state);
}

static inline int resync(const char *id)
{
    aw__flow *flow = NULL;
    int rc = aw__resync_new(&t->site, t->actor_id, "bob", id, 0, &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static inline aw__callback_outcome receive(int64_t sequence)
{
    char data[64];
    aw__callback_outcome outcome;

    snprintf(data, sizeof(data), "{\"n%lld\":1}", (long long)sequence);
    json_t *body = callback_body("sub", sequence, data);

    if (aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, true, &outcome, &err))
        fail_msg("not received: %s", err.message);
    json_decref(body);
    return outcome;
}

static inline bool reaches(int64_t sequence)
{
    uint64_t end = aw__now_ms() + 10000;

    while (sequence_of("bob", "sub") != sequence && aw__now_ms() < end)
        usleep(5000);
    return sequence_of("bob", "sub") == sequence;
}

static inline const char *sub_url(void)
{
    static char url[200];

    snprintf(url, sizeof(url), "/bob%s", sub_path);
    return url;
}

#endif
