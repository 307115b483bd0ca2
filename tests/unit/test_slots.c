/*
 * Slots: the limit, the order, and peers that come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "http/slots.h"
#include <actingweb/error.h>

static char order[64];

struct call {
    aw__slot slot;
    const char *name;
    bool now;
};

static void on_slot(void *arg)
{
    const struct call *call = arg;

    strcat(order, call->name);
}

static int take(aw__slots *slots, struct call *call, const char *name, const char *url)
{
    *call = (struct call){.name = name};
    return aw__slot_take(slots, &call->slot, url, on_slot, call, &call->now);
}

static void first_come_first_served(void **state)
{
    struct call a, b, c, d, e, other;
    aw__slots slots;

    (void)state;
    order[0] = '\0';
    assert_int_equal(aw__slots_init(&slots, 2), AW_OK);
    assert_int_equal(take(&slots, &a, "a", "http://bob/a"), AW_OK);
    assert_int_equal(take(&slots, &b, "b", "http://BOB:80/b"), AW_OK);
    assert_int_equal(take(&slots, &c, "c", "http://bob/c"), AW_OK);
    assert_int_equal(take(&slots, &d, "d", "http://bob/d"), AW_OK);
    assert_int_equal(take(&slots, &e, "e", "http://bob/e"), AW_OK);
    assert_int_equal(take(&slots, &other, "o", "http://bob:81/"), AW_OK);
    assert_true(a.now && b.now && other.now);
    assert_false(c.now || d.now || e.now);
    aw__slot_leave(&slots, &d.slot); /* given up while it waits */
    aw__slot_leave(&slots, &b.slot);
    assert_string_equal(order, "c");
    aw__slot_leave(&slots, &b.slot); /* once more: nothing */
    assert_string_equal(order, "c");
    aw__slot_leave(&slots, &a.slot);
    assert_string_equal(order, "ce");
    aw__slot_leave(&slots, &c.slot);
    aw__slot_leave(&slots, &e.slot);
    aw__slot_leave(&slots, &other.slot);
    assert_int_equal(slots.peers, 0);
    aw__slots_free(&slots);
}

static void many_peers(void **state)
{
    static struct call calls[500][2];
    char url[64];
    aw__slots slots;

    (void)state;
    assert_int_equal(aw__slots_init(&slots, 1), AW_OK);
    for (int twice = 0; twice < 2; twice++) {
        for (int i = 0; i < 500; i++) {
            snprintf(url, sizeof(url), "http://peer%d.example/", i);
            assert_int_equal(take(&slots, &calls[i][twice], "", url), AW_OK);
            assert_int_equal(calls[i][twice].now, twice == 0);
        }
    }
    assert_int_equal(slots.peers, 500);
    for (int i = 0; i < 500; i++) {
        aw__slot_leave(&slots, &calls[i][0].slot);
        aw__slot_leave(&slots, &calls[i][1].slot);
    }
    assert_int_equal(slots.peers, 0);
    aw__slots_free(&slots);
}

static void no_memory(void **state)
{
    static struct call calls[100];
    char url[64];
    aw__slots slots;

    (void)state;
    aw__alloc_fail_at(1, true);
    assert_int_equal(aw__slots_init(&slots, 1), AW_E_NOMEM);
    aw__alloc_fail_at(0, false);
    aw__slots_free(&slots);
    assert_int_equal(aw__slots_init(&slots, 1), AW_OK);
    aw__alloc_fail_at(1, true);
    assert_int_equal(take(&slots, &calls[0], "", "http://bob/"), AW_E_NOMEM);
    aw__alloc_fail_at(0, false);
    aw__slot_leave(&slots, &calls[0].slot);
    /* A table that cannot grow still finds everybody. */
    for (int i = 0; i < 100; i++) {
        snprintf(url, sizeof(url), "http://peer%d.example/", i);
        aw__alloc_fail_at(2, true);
        assert_int_equal(take(&slots, &calls[i], "", url), AW_OK);
        aw__alloc_fail_at(0, false);
    }
    assert_int_equal(slots.peers, 100);
    for (int i = 0; i < 100; i++)
        aw__slot_leave(&slots, &calls[i].slot);
    assert_int_equal(slots.peers, 0);
    aw__slots_free(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_come_first_served),
        cmocka_unit_test(many_peers),
        cmocka_unit_test(no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
