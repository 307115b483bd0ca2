/*
 * The table outbox_queues: claiming, letting go, and taking what is nobody's.
 */
#include "store_fixture.h"

#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "store/servers.h"

static const aw__outbox_queue aps = {"a", "p", "s"};

static void put(struct fixture *f, const aw__outbox_queue *queue, int64_t sequence)
{
    aw__outbox_row row = {queue->actor_id, queue->peer_id, queue->subscription_id, sequence, 0};

    assert_ok(f, aw__outbox_insert(f->database, &row, &f->err));
}

static bool claim(struct fixture *f, const aw__outbox_queue *queue, const char *owner)
{
    bool ours = false;

    assert_ok(f, aw__outbox_queues_claim(f->database, queue, owner, &ours, &f->err));
    return ours;
}

static size_t release(struct fixture *f, const char *owner, int limit, int64_t **ret_sequences)
{
    size_t count = 0;

    assert_ok(f, aw__outbox_queues_release(f->database, f->arena, &aps, owner, limit, ret_sequences, &count, &f->err));
    return count;
}

static aw__outbox_taking take(struct fixture *f, const char *owner, int queue_limit, int due_limit)
{
    aw__outbox_taking taking;

    assert_ok(f, aw__outbox_queues_take(f->database, f->arena, owner, queue_limit, due_limit, &taking, &f->err));
    return taking;
}

static void join(struct fixture *f, const char *id)
{
    assert_ok(f, aw__servers_insert(f->database, id, &f->err));
}

static bool orphaned(struct fixture *f)
{
    bool some = false;

    assert_ok(f, aw__outbox_queues_orphaned(f->database, f->arena, &some, &f->err));
    return some;
}

static void test_one_owner_at_a_time(void **state)
{
    struct fixture *f = *state;
    int64_t *left = NULL;

    assert_true(claim(f, &aps, "one"));
    assert_true(claim(f, &aps, "one"));
    assert_false(claim(f, &aps, "two"));
    assert_false(claim(f, &aps, ""));
    assert_int_equal(release(f, "one", 9, &left), 0);
    assert_true(claim(f, &aps, "two"));
    assert_false(claim(f, &aps, "one"));
}

/* What a process stores that does not deliver waits for one that does. */
static void test_nobodys(void **state)
{
    struct fixture *f = *state;

    assert_true(claim(f, &aps, ""));
    assert_true(claim(f, &aps, ""));
    assert_false(claim(f, &aps, "one"));
}

static void test_what_is_left_is_not_let_go(void **state)
{
    struct fixture *f = *state;
    int64_t *left = NULL;

    claim(f, &aps, "one");
    for (int64_t i = 12; i > 8; i--)
        put(f, &aps, i);
    assert_int_equal(release(f, "one", 3, &left), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(left[i], 9 + i);
    assert_false(claim(f, &aps, "two"));
    assert_int_equal(release(f, "two", 9, &left), 0); /* it is not its own */
    assert_false(claim(f, &aps, "two"));
    assert_ok(f, f->database->driver->execute(f->database, "DELETE FROM outbox", &f->err));
    assert_int_equal(release(f, "one", 9, &left), 0);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues"), 0);
    assert_int_equal(release(f, "one", 9, &left), 0);
}

static void test_taking_what_is_nobodys(void **state)
{
    struct fixture *f = *state;
    const aw__outbox_queue bps = {"b", "p", "s"}, bpt = {"b", "p", "t"}, cps = {"c", "p", "s"}, dps = {"d", "p", "s"};

    assert_false(orphaned(f));
    join(f, "alive");
    join(f, "me");
    claim(f, &aps, "dead");
    claim(f, &bps, "alive");
    claim(f, &bpt, "dead");
    claim(f, &cps, "dead");
    claim(f, &dps, "me");
    put(f, &aps, 2);
    put(f, &aps, 1);
    put(f, &bps, 7);
    put(f, &bpt, 5);
    put(f, &dps, 6);
    assert_true(orphaned(f));

    aw__outbox_taking taking = take(f, "me", 2, 10);

    assert_int_equal(taking.queue_count, 2);
    assert_string_equal(taking.queues[0].actor_id, "a");
    assert_string_equal(taking.queues[1].subscription_id, "t");
    assert_int_equal(taking.due_count, 3);
    assert_string_equal(taking.due[0].queue.actor_id, "a");
    assert_int_equal(taking.due[0].sequence, 1);
    assert_int_equal(taking.due[1].sequence, 2);
    assert_string_equal(taking.due[2].queue.actor_id, "b");
    assert_int_equal(taking.due[2].sequence, 5);
    assert_true(claim(f, &aps, "me"));

    taking = take(f, "me", 2, 10);
    assert_int_equal(taking.queue_count, 1); /* it has nothing due, but is to be let go */
    assert_string_equal(taking.queues[0].actor_id, "c");
    assert_int_equal(taking.due_count, 0);
    assert_false(orphaned(f));
    assert_int_equal(take(f, "me", 2, 10).queue_count, 0);
    assert_false(claim(f, &bps, "me"));
}

static void test_not_more_than_the_limit(void **state)
{
    struct fixture *f = *state;

    join(f, "me");
    claim(f, &aps, "");
    for (int64_t i = 1; i <= 20; i++)
        put(f, &aps, i);
    aw__outbox_taking taking = take(f, "me", 5, 12);

    assert_int_equal(taking.queue_count, 1);
    assert_int_equal(taking.due_count, 12);
    assert_int_equal(taking.due[11].sequence, 12);
}

/* Of several owners that are gone one after the other is found, whoever lives between them. */
static void test_owners_that_are_gone(void **state)
{
    static const char *const owners[] = {"", "1 gone", "2 here", "3 gone", "4 here", "5 gone"};
    struct fixture *f = *state;
    aw__outbox_queue queue = {"a", "p", NULL};

    for (size_t i = 0; i < 6; i++) {
        queue.subscription_id = owners[i];
        if (strstr(owners[i], "here"))
            join(f, owners[i]);
        assert_true(claim(f, &queue, owners[i]));
    }
    for (size_t i = 0; i < 6; i++) {
        if (strstr(owners[i], "here"))
            continue;
        assert_true(orphaned(f));
        aw__outbox_taking taking = take(f, "2 here", 5, 5);

        assert_int_equal(taking.queue_count, 1);
        assert_string_equal(taking.queues[0].subscription_id, owners[i]);
    }
    assert_false(orphaned(f));
}

/* A transaction would be rolled back. */
static void give_back(struct fixture *f)
{
    assert_ok(f, f->database->driver->execute(f->database, "UPDATE outbox_queues SET owner = ''", &f->err));
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__outbox_taking taking = {0};
    int64_t *left = NULL;
    size_t count = 9;
    bool flag = false;

    join(f, "me");
    assert_survives_nomem(f, aw__outbox_queues_claim(f->database, &aps, "", &flag, &f->err), assert_false(flag));
    put(f, &aps, 1);
    flag = false;
    assert_survives_nomem(f, aw__outbox_queues_orphaned(f->database, f->arena, &flag, &f->err), assert_false(flag));
    assert_true(flag);
    assert_survives_nomem(f, aw__outbox_queues_take(f->database, f->arena, "me", 5, 5, &taking, &f->err),
                          give_back(f));
    assert_int_equal(taking.due_count, 1);
    assert_survives_nomem(
        f, aw__outbox_queues_release(f->database, f->arena, &aps, "me", 5, &left, &count, &f->err), assert_null(left));
    assert_int_equal(count, 1);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__outbox_taking taking;
    int64_t *left;
    size_t count;
    bool flag;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__outbox_queues_claim(f->database, &aps, "", &flag, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_queues_orphaned(f->database, f->arena, &flag, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_queues_take(f->database, f->arena, "me", 5, 5, &taking, &f->err));
    assert_fails(f, AW_E_STORE,
                 aw__outbox_queues_release(f->database, f->arena, &aps, "me", 5, &left, &count, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_one_owner_at_a_time),
        with_database(test_nobodys),
        with_database(test_what_is_left_is_not_let_go),
        with_database(test_taking_what_is_nobodys),
        with_database(test_not_more_than_the_limit),
        with_database(test_owners_that_are_gone),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
