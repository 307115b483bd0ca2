/*
 * The table peertrustees.
 */
#include "store_fixture.h"

#include "store/peertrustees.h"
#include "store/trusts.h"

static const aw__peertrustee_row box = {"box", "https://box.example/p", "urn:actingweb:example:box", "pass"};

static void test_set_and_get(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row row = {0}, changed = {.peer_id = "box", .passphrase = "new"};

    assert_ok(f, aw__peertrustees_set(f->database, "a", &box, &f->err));
    assert_ok(f, aw__peertrustees_get(f->database, f->arena, "a", "box", &row, &f->err));
    assert_string_equal(row.peer_id, "box");
    assert_string_equal(row.baseuri, "https://box.example/p");
    assert_string_equal(row.type, "urn:actingweb:example:box");
    assert_string_equal(row.passphrase, "pass");

    assert_ok(f, aw__peertrustees_set(f->database, "a", &changed, &f->err));
    assert_ok(f, aw__peertrustees_get(f->database, f->arena, "a", "box", &row, &f->err));
    assert_string_equal(row.passphrase, "new");
    assert_string_equal(row.baseuri, "");
    assert_string_equal(row.type, "");
}

static void test_absent_is_not_found(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row row = {0};

    assert_ok(f, aw__peertrustees_set(f->database, "a", &box, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__peertrustees_get(f->database, f->arena, "a", "bag", &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__peertrustees_get(f->database, f->arena, "b", "box", &row, &f->err));
    assert_null(row.peer_id);
}

static void test_list(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row bag = {"bag", "https://bag.example/p", "urn:b", "pass"}, *rows = NULL;
    size_t count = 7;

    assert_ok(f, aw__peertrustees_list(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_int_equal(count, 0);
    assert_ok(f, aw__peertrustees_set(f->database, "a", &box, &f->err));
    assert_ok(f, aw__peertrustees_set(f->database, "a", &bag, &f->err));
    assert_ok(f, aw__peertrustees_set(f->database, "b", &bag, &f->err));
    assert_ok(f, aw__peertrustees_list(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].peer_id, "bag");
    assert_string_equal(rows[1].passphrase, "pass");
}

/* Of those that there is a trust with. */
static void test_get_trusted(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row bag = {"bag", "https://bag.example/p", "urn:actingweb:example:box", "pass"}, row = {0};
    aw_trust trust = {.actor_id = "a", .peer_id = "box", .relationship = "friend", .secret = "s"};

    assert_ok(f, aw__peertrustees_set(f->database, "a", &box, &f->err));
    assert_ok(f, aw__peertrustees_set(f->database, "a", &bag, &f->err));
    assert_fails(f, AW_E_NOT_FOUND,
                 aw__peertrustees_get_trusted(f->database, f->arena, "a", box.type, &row, &f->err));
    assert_ok(f, aw__trusts_insert(f->database, &trust, &f->err));
    assert_ok(f, aw__peertrustees_get_trusted(f->database, f->arena, "a", box.type, &row, &f->err));
    assert_string_equal(row.peer_id, "box");
    assert_fails(f, AW_E_NOT_FOUND, aw__peertrustees_get_trusted(f->database, f->arena, "a", "urn:x", &row, &f->err));
    trust.peer_id = "bag";
    trust.secret = "t";
    assert_ok(f, aw__trusts_insert(f->database, &trust, &f->err));
    assert_ok(f, aw__peertrustees_get_trusted(f->database, f->arena, "a", box.type, &row, &f->err));
    assert_string_equal(row.peer_id, "bag");
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row row = {0};

    assert_ok(f, aw__peertrustees_set(f->database, "a", &box, &f->err));
    assert_ok(f, aw__peertrustees_set(f->database, "b", &box, &f->err));
    assert_ok(f, aw__peertrustees_delete(f->database, "a", "box", &f->err));
    assert_int_equal(aw__changes(f->database), 1);
    assert_ok(f, aw__peertrustees_delete(f->database, "a", "box", &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__peertrustees_get(f->database, f->arena, "a", "box", &row, &f->err));
    assert_ok(f, aw__peertrustees_get(f->database, f->arena, "b", "box", &row, &f->err));
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row row = {0};

    assert_survives_nomem(f, aw__peertrustees_set(f->database, "a", &box, &f->err), (void)0);
    assert_survives_nomem(f, aw__peertrustees_get(f->database, f->arena, "a", "box", &row, &f->err),
                          assert_null(row.peer_id));
    assert_string_equal(row.passphrase, "pass");
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__peertrustee_row row = {0};

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__peertrustees_get(f->database, f->arena, "a", "box", &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__peertrustees_set(f->database, "a", &box, &f->err));
    assert_fails(f, AW_E_STORE, aw__peertrustees_delete(f->database, "a", "box", &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_set_and_get),   with_database(test_absent_is_not_found), with_database(test_delete),
        with_database(test_set_and_get),   with_database(test_absent_is_not_found), with_database(test_list),
        with_database(test_set_and_get),   with_database(test_absent_is_not_found), with_database(test_get_trusted),
        with_database(test_out_of_memory), with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
