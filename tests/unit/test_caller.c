/*
 * Who asks, and what it may: peers by their secret, the rules of their relationship, and those of one trust alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "actor/caller.h"
#include "store/attributes.h"
#include "support/site.h"

static test_site *t;
static aw__arena *arena;
static aw__caller caller;
static aw_error err;

static int set_up(void **state)
{
    (void)state;
    err = (aw_error){0};
    t = test_site_new();
    arena = aw__arena_new();
    caller = aw__caller_anonymous();
    test_site_add_trust(t, "bob", "http://example.org/bob");
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    aw__arena_free(arena);
    test_site_free(t);
    return 0;
}

static int find(const char *actor_id, const char *secret)
{
    return aw__caller_find_peer(&caller, &t->site, arena, actor_id, secret, &err);
}

static int store_rules(aw_database *database, void *rules, aw_error *error)
{
    return aw__attributes_set(database, t->actor_id, AW__TRUST_PERMISSIONS_BUCKET,
                              aw__permission_key(arena, t->actor_id, "bob"), rules, 0, error);
}

static void give_bob(const char *rules)
{
    assert_int_equal(aw__store_write(t->site.store, store_rules, (void *)(uintptr_t)rules, &err), AW_OK);
}

static aw__permission property(const char *target, aw__operation operation)
{
    return aw__caller_check(&caller, AW__PERMISSION_PROPERTIES, target, operation);
}

static void a_peer_is_known_by_its_secret(void **state)
{
    (void)state;
    assert_int_equal(find(t->actor_id, "SECRET-OF-BOB"), AW_E_NOT_FOUND);
    assert_int_equal(find(t->actor_id, ""), AW_E_NOT_FOUND);
    assert_int_equal(find("another", "secret-of-bob"), AW_E_NOT_FOUND);
    assert_int_equal(caller.role, AW_ROLE_ANONYMOUS);
    assert_int_equal(find(t->actor_id, "secret-of-bob"), AW_OK);
    assert_int_equal(caller.role, AW_ROLE_PEER);
    assert_true(aw__caller_is_peer(&caller, "bob", false));
    assert_false(aw__caller_is_peer(&caller, "carol", true));
}

static void its_relationship_says_what_it_may(void **state)
{
    (void)state;
    assert_int_equal(find(t->actor_id, "secret-of-bob"), AW_OK);
    assert_int_equal(property("colour", AW__OPERATION_READ), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("colour", AW__OPERATION_DELETE), AW__PERMISSION_DENIED);
    assert_int_equal(property("private/x", AW__OPERATION_READ), AW__PERMISSION_DENIED);
    assert_true(aw__caller_has_access(&caller, "properties", "", "GET"));
    assert_false(aw__caller_has_access(&caller, "trust", "", "GET"));
}

static void its_own_rules_add_to_them(void **state)
{
    (void)state;
    give_bob("{\"properties\":{\"operations\":[\"read\"],\"excluded_patterns\":[\"diary*\"]},"
             "\"methods\":{\"allowed\":[\"sing\"],\"denied\":[]}}");
    assert_int_equal(find(t->actor_id, "secret-of-bob"), AW_OK);
    assert_int_equal(property("colour", AW__OPERATION_READ), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("colour", AW__OPERATION_WRITE), AW__PERMISSION_DENIED);
    assert_int_equal(property("diary", AW__OPERATION_READ), AW__PERMISSION_DENIED);
    assert_int_equal(property("private/x", AW__OPERATION_READ), AW__PERMISSION_DENIED);
    assert_int_equal(aw__caller_check(&caller, AW__PERMISSION_METHODS, "sing", AW__OPERATION_READ),
                     AW__PERMISSION_ALLOWED);
    assert_int_equal(aw__caller_check(&caller, AW__PERMISSION_METHODS, "dance", AW__OPERATION_READ),
                     AW__PERMISSION_NOT_FOUND);
}

/* The reference stores them as a text that holds JSON. */
static void rules_that_the_reference_has_stored(void **state)
{
    (void)state;
    give_bob("\"{\\\"properties\\\": {\\\"patterns\\\": [\\\"notes/*\\\"], \\\"operations\\\": [\\\"read\\\"]}, "
             "\\\"methods\\\": null, \\\"notes\\\": null}\"");
    assert_int_equal(find(t->actor_id, "secret-of-bob"), AW_OK);
    assert_int_equal(property("notes/1", AW__OPERATION_READ), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("notes/1", AW__OPERATION_WRITE), AW__PERMISSION_DENIED);
}

/* Nothing is granted on the word of a row that cannot be read. */
static void rules_that_cannot_be_read(void **state)
{
    (void)state;
    give_bob("[1]");
    assert_int_equal(find(t->actor_id, "secret-of-bob"), AW_E_STORE);
    assert_int_equal(caller.role, AW_ROLE_ANONYMOUS);
}

static void nobody_has_no_rules(void **state)
{
    (void)state;
    assert_int_equal(property("public/x", AW__OPERATION_READ), AW__PERMISSION_NOT_FOUND);
    assert_false(aw__caller_has_access(&caller, "properties", "", "GET"));
    assert_true(aw__caller_has_access(&caller, "meta", "", "GET"));
    assert_false(aw__caller_may_subscribe(&caller, "properties", "public", ""));
    assert_false(aw__caller_may_subscribe(&caller, "an application's own", "", ""));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_is_known_by_its_secret), TEST(its_relationship_says_what_it_may), TEST(its_own_rules_add_to_them),
        TEST(rules_that_the_reference_has_stored), TEST(rules_that_cannot_be_read), TEST(nobody_has_no_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
