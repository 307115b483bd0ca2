/*
 * What the tests of the delivery share: a site that delivers, Bob of the pair, and a second peer, Carol.
 */
#ifndef AW_TESTS_DELIVERING_H
#define AW_TESTS_DELIVERING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor/property.h"
#include "actor/subscription.h"
#include "actor/trust.h"
#include "base/clock.h"
#include "flow/delivery.h"
#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "support/subscribed.h"

static aw_error err;
static aw_fake_peer *carol;

static inline int set_up_with(void **state, aw_delivery delivery)
{
    char url[96];

    pair_set_up_trusting(state);
    carol = aw_fake_peer_new();
    snprintf(url, sizeof(url), "%scarol", aw_fake_peer_root(carol));
    test_site_add_trust(t, "carol", url);
    t->site.config.delivery = delivery;
    t->site.config.delivery_backoff_ms = 20;
    t->site.config.delivery_backoff_max_ms = 50;
    t->site.config.breaker_open_ms = 200;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    return 0;
}

static inline int set_up_once(void **state)
{
    return set_up_with(state, AW_DELIVERY_ONCE);
}

static inline int set_up_durable(void **state)
{
    return set_up_with(state, AW_DELIVERY_DURABLE);
}

static inline int tear_down(void **state)
{
    aw__delivery_close(&t->site);
    aw_fake_peer_free(carol);
    return pair_tear_down(state);
}

static inline void reopen(void)
{
    aw__delivery_close(&t->site);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
}

static inline void change(int n)
{
    char json[32];

    snprintf(json, sizeof(json), "%d", n);
    set_property("n", json);
}

/* One of several subscriptions of a peer, each to another part of what changes: a peer is told of a change once. */
static inline test_id part(const char *peer_id, int i, const char *granularity)
{
    char name[16];

    snprintf(name, sizeof(name), "%d", i);
    return inbound(peer_id, "n", name, granularity);
}

static inline void callbacks_answer(int status, int times, int delay_ms, const char *headers)
{
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/callbacks", .status = status,
                                   .times = times, .delay_ms = delay_ms, .headers = headers));
}

/* The sequences of the callbacks that a peer has had for a subscription, in order of arrival. */
static inline size_t sequences_at(aw_fake_peer *peer, const char *id, int64_t *out, size_t room)
{
    aw_fake_peer_request request;
    size_t count = 0;

    for (size_t i = 0; aw_fake_peer_get(peer, i, &request); i++) {
        if (strcmp(request.method, "POST") || (id && !strstr(request.path, id)))
            continue;
        json_t *body = json_loadb(request.body, request.body_bytes, 0, NULL);

        assert_non_null(body);
        if (count < room)
            out[count] = json_integer_value(json_object_get(body, "sequence"));
        count++;
        json_decref(body);
    }
    return count;
}

static inline bool outbox_empties(void)
{
    uint64_t end = aw__now_ms() + 10000;

    while (outbox_count() && aw__now_ms() < end)
        usleep(5000);
    return outbox_count() == 0;
}

static inline bool carol_hears(size_t count)
{
    return aw_fake_peer_wait_for(carol, "POST", NULL, count, 10000);
}

#define ONCE(test)    cmocka_unit_test_setup_teardown(test, set_up_once, tear_down)
#define DURABLE(test) cmocka_unit_test_setup_teardown(test, set_up_durable, tear_down)
#define BOTH(test)    ONCE(test), DURABLE(test)

#endif
