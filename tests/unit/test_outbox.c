/*
 * The table outbox: what is waiting, and for which subscription.
 */
#include "store_fixture.h"

#include "store/outbox.h"

static void put(struct fixture *f, const char *actor, const char *peer, const char *subscription, int64_t sequence)
{
    aw__outbox_row row = {actor, peer, subscription, sequence, 1700000000000 + sequence};

    assert_ok(f, aw__outbox_insert(f->database, &row, &f->err));
}

static void test_insert_and_get(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 9, 1700000000009, AW__OUTBOX_RESYNC, "colour"}, got = {0};

    assert_fails(f, AW_E_NOT_FOUND, aw__outbox_get(f->database, f->arena, "a", "p", "s", 9, &got, &f->err));
    assert_ok(f, aw__outbox_insert(f->database, &row, &f->err));
    put(f, "a", "p", "s", 10);
    put(f, "b", "p", "s", 9);
    assert_ok(f, aw__outbox_get(f->database, f->arena, "a", "p", "s", 9, &got, &f->err));
    assert_string_equal(got.actor_id, "a");
    assert_string_equal(got.peer_id, "p");
    assert_string_equal(got.subscription_id, "s");
    assert_int_equal(got.sequence, 9);
    assert_int_equal(got.created_at_ms, 1700000000009);
    assert_int_equal(got.kind, AW__OUTBOX_RESYNC);
    assert_string_equal(got.subtarget, "colour");
    assert_ok(f, aw__outbox_get(f->database, f->arena, "a", "p", "s", 10, &got, &f->err));
    assert_string_equal(got.subtarget, "");
}

static void test_a_row_is_queued_once(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 1, 0};

    assert_ok(f, aw__outbox_insert(f->database, &row, &f->err));
    assert_fails(f, AW_E_EXISTS, aw__outbox_insert(f->database, &row, &f->err));
}

static void test_delete(void **state)
{
    struct fixture *f = *state;

    put(f, "a", "p", "s", 1);
    put(f, "a", "p", "s", 2);
    assert_ok(f, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_int_equal(aw__changes(f->database), 1);
    assert_ok(f, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_int_equal(aw__changes(f->database), 0);
    assert_int_equal(query_int(f, "SELECT sum(seqnr) FROM outbox"), 2);
}

/* What others wait for stays. */
static void test_clear(void **state)
{
    struct fixture *f = *state;

    for (int i = 1; i <= 100; i++)
        put(f, "a", "p", "s", i);
    put(f, "a", "p", "t", 1);
    put(f, "a", "q", "s", 1);
    put(f, "b", "p", "s", 1);
    assert_ok(f, aw__outbox_clear(f->database, "a", "p", "s", 98, &f->err));
    assert_int_equal(aw__changes(f->database), 98);
    assert_int_equal(query_int(f, "SELECT min(seqnr) FROM outbox WHERE id = 'a' AND peerid = 'p' AND subid = 's'"), 99);
    assert_ok(f, aw__outbox_clear(f->database, "a", "p", "s", 0, &f->err));
    assert_int_equal(aw__changes(f->database), 2);
    assert_ok(f, aw__outbox_clear(f->database, "a", "p", "s", 0, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 3);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 1, 0}, got = {0};

    assert_survives_nomem(f, aw__outbox_insert(f->database, &row, &f->err), (void)0);
    assert_survives_nomem(f, aw__outbox_get(f->database, f->arena, "a", "p", "s", 1, &got, &f->err),
                          assert_null(got.actor_id));
    assert_string_equal(got.actor_id, "a");
    assert_survives_nomem(f, aw__outbox_clear(f->database, "a", "p", "s", 0, &f->err), (void)0);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 1, 0}, got = {0};

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__outbox_insert(f->database, &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_clear(f->database, "a", "p", "s", 1, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_get(f->database, f->arena, "a", "p", "s", 1, &got, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_insert_and_get), with_database(test_a_row_is_queued_once),
        with_database(test_delete),         with_database(test_clear),
        with_database(test_out_of_memory),  with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
