/*
 * Suspension: what is told to nobody, and what is told when it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/capability.h"
#include "actor/diff.h"
#include "actor/subscription.h"
#include "actor/suspension.h"
#include "actor/trust.h"
#include "support/lists.h"
#include "support/subscribed.h"

static aw_error err;
static size_t told;

static void note(aw__site *site, const aw__notice *notices, size_t count)
{
    (void)site;
    (void)notices;
    told += count;
}

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    test_site_add_trust(t, "carol", "http://127.0.0.1:9/carol");
    told = 0;
    t->site.notify = note;
    return 0;
}

static bool suspend(const char *subtarget)
{
    bool is_new = false;

    assert_int_equal(aw__suspension_begin(&t->site, t->actor_id, "properties", subtarget, &is_new, &err), AW_OK);
    return is_new;
}

static size_t resume(const char *subtarget)
{
    size_t count = 99;

    assert_int_equal(aw__suspension_end(&t->site, t->actor_id, "properties", subtarget, &count, &err), AW_OK);
    return count;
}

static bool is_suspended(const char *target, const char *subtarget)
{
    bool holds = false;

    assert_int_equal(aw__suspension_holds(&t->site, t->actor_id, target, subtarget, &holds, &err), AW_OK);
    return holds;
}

/* What the outbox has of a subscription of bob's. */
static aw__outbox_row due(const char *id, int64_t sequence)
{
    static aw__arena *arena;
    aw__outbox_row row = {0};

    aw__arena_free(arena);
    arena = aw__arena_new();
    int rc = aw__subscription_due(&t->site, arena, t->actor_id, "bob", id, sequence, &row, &err);

    assert_true(rc == AW_OK || rc == AW_E_NOT_FOUND);
    if (rc)
        row.sequence = -1;
    return row;
}

static void release_due(void)
{
    due("none", 1);
}

static void know(const char *supported)
{
    aw_trust *trust = NULL;

    assert_int_equal(aw__capability_keep(&t->site, t->actor_id, "bob", supported, "1.0", &trust, &err), AW_OK);
    aw_trust_free(trust);
}

static void test_places(void **state)
{
    (void)state;
    assert_false(is_suspended("properties", NULL));
    assert_true(suspend("a"));
    assert_false(suspend("a"));
    assert_true(is_suspended("properties", "a"));
    assert_false(is_suspended("properties", "b"));
    assert_false(is_suspended("properties", NULL));
    assert_false(is_suspended("actions", "a"));
    assert_true(suspend(""));
    assert_true(is_suspended("properties", "b"));
    assert_true(is_suspended("properties", NULL));
    assert_int_equal(resume(NULL), 0);
    assert_true(is_suspended("properties", "a"));
    assert_int_equal(resume("a"), 0);
    assert_false(is_suspended("properties", "a"));
    assert_int_equal(aw__suspension_begin(&t->site, t->actor_id, "", NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw__suspension_begin(&t->site, t->actor_id, "\xff", NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw__suspension_begin(&t->site, "nobody", "properties", NULL, NULL, &err), AW_E_NOT_FOUND);
}

static void test_nothing_is_told_meanwhile(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id polled = inbound("bob", NULL, NULL, "none");
    test_id carols = inbound("carol", "b", NULL, "low");

    suspend("a");
    set_property("a", "{}");
    set_property("a/x", "1");
    delete_property("a");
    assert_int_equal(told, 0);
    assert_int_equal(sequence_of("bob", all.text), 0);
    assert_int_equal(sequence_of("bob", polled.text), 0);
    set_property("b", "1");
    assert_int_equal(told, 2);
    suspend(NULL);
    set_property("b", "2");
    assert_int_equal(told, 2);
    assert_int_equal(sequence_of("carol", carols.text), 1);
}

static void test_a_list_is_fetched_by_itself(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");

    suspend("numbers");
    list_with("numbers", "[1,2]");
    assert_int_equal(resume("numbers"), 1);
    assert_int_equal(due(all.text, 1).kind, AW__OUTBOX_RESYNC);
    assert_string_equal(due(all.text, 1).subtarget, "numbers");
    release_due();
}

static void test_each_that_overlaps_is_told(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("bob", "a", NULL, "low");
    test_id part = inbound("bob", "a", "x", "high");
    test_id other = inbound("bob", "b", NULL, "high");
    test_id polled = inbound("bob", "a", NULL, "none");

    suspend("a");
    set_property("a", "{\"x\":1}");
    assert_int_equal(resume("a"), 4);
    assert_int_equal(resume("a"), 0); /* it is not suspended any more */
    assert_int_equal(told, 3);
    assert_int_equal(outbox_count(), 3); /* whatever the delivery is */
    assert_int_equal(due(all.text, 1).kind, AW__OUTBOX_RESYNC);
    assert_string_equal(due(all.text, 1).subtarget, ""); /* all that it is to, and not what is inside of a */
    assert_int_equal(due(one.text, 1).kind, AW__OUTBOX_RESYNC);
    assert_int_equal(due(part.text, 1).kind, AW__OUTBOX_RESYNC);
    assert_int_equal(sequence_of("bob", other.text), 0);
    assert_int_equal(sequence_of("bob", polled.text), 1); /* who polls sees that a number is missing */
    assert_int_equal(diff_count(polled.text), 0);
    set_property("a/x", "2");
    assert_string_equal(diff_of(part.text, 2), "2");
    assert_int_equal(due(part.text, 2).sequence, -1); /* the delivery is "once" */
    release_due();
}

static void test_what_is_within_what_is_suspended(void **state)
{
    (void)state;
    inbound("bob", "a", NULL, "high");
    suspend("a");
    suspend(NULL);
    assert_int_equal(resume("a"), 0); /* is told with the others */
    assert_int_equal(told, 0);
    assert_int_equal(resume(NULL), 1);
    assert_int_equal(told, 1);
}

static void test_who_is_not_approved(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "bob", &(aw__trust_edit){.approved = AW_CLEAR}, NULL, NULL,
                                      &err), AW_OK);
    suspend(NULL);
    assert_int_equal(resume(NULL), 0);
    assert_int_equal(sequence_of("bob", id.text), 0);
}

/* One that does not know resyncs is told all that there is, as far as it may read it. */
static void test_one_who_does_not_understand(void **state)
{
    (void)state;
    know("callbacks");
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("bob", "a", NULL, "high");
    test_id part = inbound("bob", "a", "x", "high");
    test_id gone = inbound("bob", "gone", NULL, "high");
    test_id list = inbound("bob", "numbers", NULL, "high");

    set_property("gone", "1");
    set_property("b", "2");
    set_property("private", "\"secret\"");
    suspend(NULL);
    set_property("a", "{\"x\":1}");
    list_with("numbers", "[1,2]");
    delete_property("gone");
    int64_t before = sequence_of("bob", all.text);

    assert_int_equal(resume(NULL), 5);
    assert_string_equal(diff_of(all.text, before + 1), "{\"a\":{\"x\":1},\"b\":2}");
    assert_int_equal(due(all.text, before + 1).kind, AW__OUTBOX_LINK);
    assert_string_equal(diff_of(one.text, 1), "{\"x\":1}");
    assert_string_equal(diff_of(part.text, 1), "1");
    assert_string_equal(diff_of(gone.text, 2), "\"\"");
    assert_string_equal(diff_of(list.text, 1), "{\"length\":0,\"list\":\"numbers\",\"operation\":\"clear\"}");
    assert_string_equal(diff_of(list.text, 2),
                        "{\"items\":[1,2],\"length\":2,\"list\":\"numbers\",\"operation\":\"extend\"}");
    assert_string_equal(diff_of(all.text, before + 2),
                        "{\"numbers\":{\"length\":0,\"list\":\"numbers\",\"operation\":\"clear\"}}");
    before += 2; /* and its items */

    suspend("a");
    set_property("a", "{\"x\":2}");
    assert_int_equal(resume("a"), 3);
    assert_string_equal(diff_of(all.text, before + 2), "{\"a\":{\"x\":2}}");
    know("callbacks,subscriptionresync");
    suspend(NULL);
    assert_int_equal(resume(NULL), 5);
    assert_string_equal(diff_of(all.text, before + 3), "");
    assert_int_equal(due(all.text, before + 3).kind, AW__OUTBOX_RESYNC);
    release_due();
}

/* However memory runs out: it has ended and all are told, or nothing has changed. */
static void test_out_of_memory(void **state)
{
    int rc = AW_E_NOMEM;

    (void)state;
    know("callbacks");
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id carols = inbound("carol", NULL, NULL, "high");

    suspend(NULL);
    set_property("a", "1");
    for (long n = 1; rc; n++) {
        aw__alloc_fail_at(n, false);
        rc = aw__suspension_end(&t->site, t->actor_id, "properties", NULL, NULL, &err);
        aw__alloc_fail_at(0, false);
        assert_true(rc == AW_OK || rc == AW_E_NOMEM);
        assert_int_equal(is_suspended("properties", NULL), rc != AW_OK);
        assert_int_equal(sequence_of("bob", all.text), rc ? 0 : 1);
        assert_int_equal(sequence_of("carol", carols.text), rc ? 0 : 1);
        assert_int_equal(outbox_count(), rc ? 0 : 2);
        assert_true(n < 10000);
    }
    assert_string_equal(diff_of(all.text, 1), "{\"a\":1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_places, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_told_meanwhile, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_list_is_fetched_by_itself, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_each_that_overlaps_is_told, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_within_what_is_suspended, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_not_approved, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_one_who_does_not_understand, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
