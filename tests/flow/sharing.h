/*
 * What the tests of several servers share: two sites in one process on one database, here and there.
 */
#ifndef AW_TESTS_SHARING_H
#define AW_TESTS_SHARING_H

#include "flow/delivering.h"

enum { LEASE_MS = 1500 };

static test_site *here, *there;

static inline void open_both(void)
{
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    assert_int_equal(aw__delivery_open(&there->site, &err), AW_OK);
}

static inline int set_up(void **state)
{
    pair_set_up_trusting(state);
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    t->site.config.delivery_backoff_ms = 20;
    t->site.config.delivery_backoff_max_ms = 50;
    t->site.config.breaker_open_ms = 200;
    t->site.config.gap_timeout_ms = 50;
    t->site.config.lease_ms = LEASE_MS;
    here = t;
    there = test_site_new_beside(t);
    const char *root = there->site.config.root;

    there->site.config = t->site.config;
    there->site.config.root = root;
    return 0;
}

static inline int tear_down_both(void **state)
{
    t = here;
    aw__delivery_close(&there->site);
    aw__delivery_close(&here->site);
    test_site_free(there);
    return pair_tear_down(state);
}

static inline void change_at(test_site *site, int n)
{
    t = site;
    change(n);
    t = here;
}

static inline void execute(const char *sql)
{
    test_place_execute(&here->place, sql);
}

static inline int64_t query(const char *sql)
{
    return test_place_query_int(&here->place, sql);
}

static inline bool becomes(const char *sql, int64_t value)
{
    uint64_t end = aw__now_ms() + 10000;

    while (query(sql) != value && aw__now_ms() < end)
        usleep(5000);
    return query(sql) == value;
}

/* How many of the callbacks that bob has had were sent by that site. */
static inline size_t sent_by(const test_site *site)
{
    aw_fake_peer_request request;
    size_t count = 0;

    for (size_t i = 0; aw_fake_peer_get(bob, i, &request); i++)
        count += strcmp(request.method, "POST") == 0 && memmem(request.body, request.body_bytes, site->root,
                                                               strlen(site->root)) != NULL;
    return count;
}

static inline void assert_sequences(const char *id, int count)
{
    int64_t got[256];

    assert_int_equal(sequences_at(bob, id, got, 256), count);
    for (int i = 0; i < count; i++)
        assert_int_equal(got[i], i + 1);
}

/* A server that has claimed what is stored here now, and of which nothing is heard any more. */
static inline void die_having_stored(int first, int last)
{
    atomic_store(&here->site.server, 0xdead);
    execute("INSERT INTO servers VALUES ('000000000000dead', 7)");
    for (int i = first; i <= last; i++)
        change(i);
    atomic_store(&here->site.server, 0);
    assert_int_equal(query("SELECT count(*) FROM outbox_queues WHERE owner = '000000000000dead'"), 1);
}

#define TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down_both)

#endif
