/*
 * Actors: what their creators and passphrases become, who gets an existing one back, and their trustee_root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "actor/actor.h"
#include "actor/handle.h"
#include "support/site.h"

static test_site *t;
static aw__arena *arena;

static int set_up(void **state)
{
    (void)state;
    t = test_site_new();
    arena = aw__arena_new();
    return t && arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    aw__arena_free(arena);
    test_site_free(t);
    return 0;
}

static int create(const char *creator, const char *passphrase, aw__actor_row *ret_row, aw_error *err)
{
    bool created = false;
    int rc = aw__actor_create(&t->site, arena, creator, passphrase, ret_row, &created, err);

    assert_true(rc || created);
    return rc;
}

static void creators_are_normalised(void **state)
{
    static const struct {
        const char *given;
        const char *stored;
    } cases[] = {
        {NULL, "creator"},
        {"Bob", "Bob"},
        {" \tBob \n", "Bob"},
        {"Bob@Example.COM", "bob@example.com"},
        {" \xC3\x85@\xC3\x85 ", "\xC3\x85@\xC3\x85"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        aw__actor_row made, found;
        aw_error err = {0};

        assert_int_equal(create(cases[i].given, "pass", &made, &err), AW_OK);
        assert_string_equal(made.creator, cases[i].stored);
        assert_int_equal(aw__actor_find(&t->site, arena, made.id, &found, &err), AW_OK);
        assert_string_equal(found.creator, cases[i].stored);
        assert_string_equal(found.passphrase, "pass");
    }
}

static void passphrases_are_made(void **state)
{
    aw__actor_row first, second;
    aw_error err = {0};

    (void)state;
    assert_int_equal(create("a", NULL, &first, &err), AW_OK);
    assert_int_equal(create("a", "", &second, &err), AW_OK);
    assert_int_equal(strlen(first.passphrase), 40);
    assert_string_not_equal(first.passphrase, second.passphrase);
    assert_string_not_equal(first.id, second.id);
}

static void bad_texts_are_refused(void **state)
{
    char over[257];
    const char *bad[] = {"", "  ", "a\x01", "\xFF", over};

    (void)state;
    memset(over, 'a', sizeof(over) - 1);
    over[sizeof(over) - 1] = '\0';
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        aw__actor_row row;
        aw_error err = {0};

        assert_int_equal(create(bad[i], NULL, &row, &err), AW_E_INVALID);
        assert_int_equal(err.code, AW_E_INVALID);
        assert_non_null(strstr(err.message, "creator"));
        if (i >= 2) { /* an empty passphrase is made, blanks are one */
            assert_int_equal(create("a", bad[i], &row, &err), AW_E_INVALID);
            assert_non_null(strstr(err.message, "passphrase"));
        }
    }
}

static void a_unique_creator_gets_the_actor_back(void **state)
{
    aw__actor_row made, again;
    aw_error err = {0};
    bool created = true;

    (void)state;
    t->site.config.unique_creator = true;
    assert_int_equal(create("Bob@example.com", "right", &made, &err), AW_OK);
    assert_int_equal(aw__actor_create(&t->site, arena, "bob@example.com", "right", &again, &created, &err), AW_OK);
    assert_false(created);
    assert_string_equal(again.id, made.id);
    assert_int_equal(create("bob@example.com", "wrong", &again, &err), AW_E_EXISTS);
    assert_int_equal(create("bob@example.com", NULL, &again, &err), AW_E_EXISTS);
    assert_null(strstr(err.message, "right"));
    assert_int_equal(create("carol", "right", &again, &err), AW_OK);
}

static void erased_ones_are_gone(void **state)
{
    aw__actor_row row;
    aw_error err = {0};

    (void)state;
    assert_int_equal(create("a", NULL, &row, &err), AW_OK);
    assert_int_equal(aw__actor_erase(&t->site, row.id, &err), AW_OK);
    assert_int_equal(aw__actor_find(&t->site, arena, row.id, &row, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__actor_find(&t->site, arena, "", &row, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__actor_find(&t->site, arena, "a/b", &row, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__actor_erase(&t->site, "a/b", &err), AW_E_NOT_FOUND);
}

static void the_trustee_root_is_kept(void **state)
{
    const char *root = NULL;
    char over[2050];
    aw_error err = {0};

    (void)state;
    memset(over, 'a', sizeof(over) - 1);
    over[sizeof(over) - 1] = '\0';
    assert_int_equal(aw__actor_trustee_root(&t->site, arena, t->actor_id, &root, &err), AW_OK);
    assert_string_equal(root, "");
    assert_int_equal(aw__actor_set_trustee_root(&t->site, t->actor_id, "https://a.example/\"x\"", &err), AW_OK);
    assert_int_equal(aw__actor_trustee_root(&t->site, arena, t->actor_id, &root, &err), AW_OK);
    assert_string_equal(root, "https://a.example/\"x\"");
    assert_int_equal(aw__actor_set_trustee_root(&t->site, t->actor_id, over, &err), AW_E_INVALID);
    assert_int_equal(aw__actor_set_trustee_root(&t->site, t->actor_id, "", &err), AW_OK);
    assert_int_equal(aw__actor_trustee_root(&t->site, arena, t->actor_id, &root, &err), AW_OK);
    assert_string_equal(root, "");
}

static void it_gets_another_owner(void **state)
{
    aw__actor_row row;
    const char *root = NULL;
    char over[260];
    aw_error err = {0};

    (void)state;
    memset(over, 'a', sizeof(over) - 1);
    over[sizeof(over) - 1] = '\0';
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, " Carol@Example.COM ", "https://a.example/", &err),
                     AW_OK);
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, NULL, "", &err), AW_OK);
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, over, "https://b.example/", &err), AW_E_INVALID);
    assert_int_equal(aw__actor_set_owner(&t->site, "nobody", "dave", NULL, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__actor_find(&t->site, arena, t->actor_id, &row, &err), AW_OK);
    assert_string_equal(row.creator, "carol@example.com");
    assert_int_equal(aw__actor_trustee_root(&t->site, arena, t->actor_id, &root, &err), AW_OK);
    assert_string_equal(root, "https://a.example/");
}

/* A name that is another's changes neither name nor root. */
static void an_owners_name_is_unique_where_creators_are(void **state)
{
    aw__actor_row row;
    const char *root = NULL;
    aw_error err = {0};

    (void)state;
    assert_int_equal(create("carol", NULL, &row, &err), AW_OK);
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, "dave", NULL, &err), AW_OK);
    t->site.config.unique_creator = true;
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, "carol", "https://a.example/", &err), AW_E_EXISTS);
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, "dave", NULL, &err), AW_OK);
    assert_int_equal(aw__actor_trustee_root(&t->site, arena, t->actor_id, &root, &err), AW_OK);
    assert_string_equal(root, "");
    t->site.config.unique_creator = false;
    assert_int_equal(aw__actor_set_owner(&t->site, t->actor_id, "carol", NULL, &err), AW_OK);
}

static void handles_outlive_their_rows(void **state)
{
    aw_actor *actor = NULL;
    aw__actor_row row;
    aw_error err = {0};

    (void)state;
    assert_int_equal(create("a", "pass", &row, &err), AW_OK);
    assert_int_equal(aw__handle_new(&t->site, &row, &actor, &err), AW_OK);
    aw__arena_free(arena);
    arena = aw__arena_new();
    assert_ptr_equal(aw_actor_ref(actor), actor);
    aw_actor_unref(actor);
    assert_string_equal(aw_actor_creator(actor), "a");
    assert_string_equal(aw_actor_passphrase(actor), "pass");
    assert_string_equal(aw_actor_url(actor) + strlen(t->root), aw_actor_id(actor));
    assert_memory_equal(aw_actor_url(actor), t->root, strlen(t->root));
    aw_actor_unref(actor);
    aw_actor_unref(NULL);
}

/* Every allocation fails once: the answer is then AW_E_NOMEM and nothing is stored. */
static void out_of_memory(void **state)
{
    (void)state;
    t->site.config.unique_creator = true;
    char *before = test_site_snapshot(t);
    int rc = AW_E_NOMEM;

    for (long n = 1; rc == AW_E_NOMEM; n++) {
        aw__actor_row row;
        aw_error err = {0};

        aw__arena_free(arena);
        arena = aw__arena_new();
        aw__alloc_fail_at(n, false);
        rc = create("carol", NULL, &row, &err);
        aw__alloc_fail_at(0, false);
        assert_int_equal(rc, err.code);
        assert_true(n < 1000);
        if (rc) {
            char *after = test_site_snapshot(t);

            assert_string_equal(after, before);
            free(after);
        }
    }
    assert_int_equal(rc, AW_OK);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(creators_are_normalised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(passphrases_are_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_texts_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_unique_creator_gets_the_actor_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(erased_ones_are_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_trustee_root_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_gets_another_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_owners_name_is_unique_where_creators_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(handles_outlive_their_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
    };

    json_set_alloc_funcs(aw__malloc, aw__free); /* its allocations fail as well */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
