/*
 * The conversation "peer profile": fetched, kept, and served from what is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/peer_profile.h"
#include "actor/trust.h"
#include "base/json.h"
#include "flow/peer_profile.h"
#include "support/pair.h"
#include "store/attributes.h"

static aw_error err;

/* attributes: a JSON array, or NULL. The row is the caller's. */
static int get(const char *attributes, int max_age_s, json_t **ret_row)
{
    json_t *names = attributes ? json_loads(attributes, 0, NULL) : NULL;
    aw__flow *flow = NULL;
    void *row = NULL;
    int rc = aw__peer_profile_new(&t->site, t->actor_id,
                                  AW_WITH(peer_get_profile, .peer_id = "bob", .attributes = names,
                                          .max_age_s = max_age_s, .timeout_ms = 10000),
                                  &flow, &err);

    json_decref(names);
    rc = run_flow(rc, flow, &row, &err);
    if (ret_row)
        *ret_row = row;
    else
        json_decref(row);
    return rc;
}

static json_t *kept(void)
{
    json_t *row = NULL;
    aw_error why = {0};

    aw__peer_profile_get(&t->site, t->actor_id, "bob", &row, &why);
    return row;
}

static void assert_text(json_t *row, const char *key, const char *text)
{
    assert_string_equal(aw__json_get_text(row, key, "(none)"), text);
}

static void it_is_fetched_and_kept(void **state)
{
    json_t *row = NULL;

    (void)state;
    bob_answers("GET", "/properties", 200,
                "{\"displayname\":\"Bob\",\"description\":{\"en\":\"B\"},\"colour\":\"red\",\"secret\":\"s\"}");
    assert_int_equal(get("[\"colour\",\"size\",\"displayname\"]", 0, &row), AW_OK);
    aw_fake_peer_request request = bob_heard_request("GET", "/properties", 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_text(row, "actor_id", t->actor_id);
    assert_text(row, "peer_id", "bob");
    assert_text(row, "displayname", "Bob");
    assert_true(json_is_null(json_object_get(row, "email")));
    assert_text(json_object_get(row, "description"), "en", "B");
    json_t *extra = json_object_get(row, "extra_attributes");

    assert_int_equal(json_object_size(extra), 2);
    assert_text(extra, "colour", "red");
    assert_true(json_is_null(json_object_get(extra, "size")));
    assert_true(json_is_null(json_object_get(row, "fetch_error")));
    json_t *again = kept();

    assert_true(json_equal(row, again));
    json_decref(again);
    json_decref(row);
}

static void what_is_young_enough_is_not_asked_for(void **state)
{
    (void)state;
    assert_int_equal(get(NULL, 0, NULL), AW_OK);
    assert_int_equal(get(NULL, 0, NULL), AW_OK);
    assert_int_equal(get("[\"email\"]", 3600, NULL), AW_OK);
    assert_int_equal(bob_heard("GET", "/properties"), 1);
    assert_int_equal(get("[\"colour\"]", 0, NULL), AW_OK); /* not known yet */
    assert_int_equal(get("[\"colour\"]", 0, NULL), AW_OK); /* known to be nothing */
    assert_int_equal(bob_heard("GET", "/properties"), 2);
    assert_int_equal(get(NULL, -1, NULL), AW_OK);
    assert_int_equal(bob_heard("GET", "/properties"), 3);
    assert_int_equal(get("[\"colour\"]", 0, NULL), AW_OK); /* it was fetched with the rest */
    assert_int_equal(bob_heard("GET", "/properties"), 3);
}

static int put(aw_database *database, void *text, aw_error *error)
{
    char key[128];

    snprintf(key, sizeof(key), "%s:bob", t->actor_id);
    return aw__attributes_set(database, t->actor_id, AW__PEER_PROFILES_BUCKET, key, text, 0, error);
}

static void put_row(const char *text)
{
    assert_int_equal(aw__store_write(t->site.store, put, (void *)(uintptr_t)text, &err), AW_OK);
}

/* As the reference stores it: the JSON of a text, which holds the row's. */
static void rows_of_the_reference(void **state)
{
    json_t *row = NULL;

    (void)state;
    put_row("\"{\\\"actor_id\\\": \\\"a\\\", \\\"peer_id\\\": \\\"bob\\\", \\\"displayname\\\": \\\"Old\\\","
            " \\\"email\\\": null, \\\"description\\\": null, \\\"extra_attributes\\\": {},"
            " \\\"fetched_at\\\": \\\"2020-01-01T00:00:00.000000+00:00\\\", \\\"fetch_error\\\": null}\"");
    row = kept();
    assert_text(row, "displayname", "Old");
    json_decref(row);
    bob_answers("GET", "/properties", 200, "{\"displayname\":\"New\"}");
    assert_int_equal(get(NULL, 0, &row), AW_OK); /* years old */
    assert_text(row, "displayname", "New");
    json_decref(row);
}

static void what_cannot_be_served_is_fetched(void **state)
{
    static const char *const rows[] = {
        "[1]",
        "{\"fetched_at\":\"yesterday\"}",
        "{\"fetched_at\":\"2999-01-01T00:00:00.000000+00:00\"}",
        "{\"fetched_at\":null,\"extra_attributes\":7}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        put_row(rows[i]);
        assert_int_equal(get(NULL, 0, NULL), AW_OK);
        assert_int_equal(bob_heard("GET", "/properties"), i + 1);
    }
}

static void a_peer_that_fails_leaves_what_is_kept(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 200, "{\"displayname\":\"Bob\"}");
    assert_int_equal(get(NULL, 0, NULL), AW_OK);
    json_t *before = kept();

    bob_answers("GET", "/properties", 503, "{}");
    assert_int_equal(get(NULL, -1, NULL), AW_E_HTTP);
    assert_int_equal(err.http_status, 503);
    bob_answers("GET", "/properties", 200, "[]");
    assert_int_equal(get(NULL, -1, NULL), AW_E_PROTOCOL);
    json_t *after = kept();

    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

static void it_ends_with_the_trust(void **state)
{
    bool existed = false;

    (void)state;
    assert_int_equal(get(NULL, 0, NULL), AW_OK);
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", NULL, &existed, &err), AW_OK);
    assert_null(kept());
    assert_int_equal(get(NULL, 0, NULL), AW_E_NOT_FOUND);
}

static void wrong_input(void **state)
{
    (void)state;
    assert_int_equal(get("{}", 0, NULL), AW_E_INVALID);
    assert_int_equal(get("[1]", 0, NULL), AW_E_INVALID);
    assert_int_equal(get("[\"\"]", 0, NULL), AW_E_INVALID);
    assert_int_equal(get(NULL, -2, NULL), AW_E_INVALID);
    assert_int_equal(bob_heard("GET", "/properties"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_fetched_and_kept, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(what_is_young_enough_is_not_asked_for, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(rows_of_the_reference, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_served_is_fetched, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_fails_leaves_what_is_kept, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(it_ends_with_the_trust, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(wrong_input, pair_set_up_trusting, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
