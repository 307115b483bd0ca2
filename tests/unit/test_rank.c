/*
 * Ranks: those that the reference makes, and any sequence of insertions against a small model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/rank.h"
#include "support/random.h"

static const char *between(const char *before, const char *after)
{
    static char rank[AW__RANK_SIZE];

    assert_int_equal(aw__rank_between(before, after, rank), AW_OK);
    return rank;
}

/* What fractional-indexing 0.1.3 makes of the same. */
static void test_are_those_of_the_reference(void **state)
{
    static const char *const known[][3] = {
        {NULL, NULL, "a0"},
        {"a0", NULL, "a1"},
        {"a9", NULL, "aA"},
        {"az", NULL, "b00"},
        {"bzz", NULL, "c000"},
        {"Zz", NULL, "a0"},
        {"Yzz", NULL, "Z0"},
        {NULL, "a0", "Zz"},
        {NULL, "Zz", "Zy"},
        {NULL, "Z0", "Yzz"},
        {NULL, "a0V", "a0"},
        {"a0", "a1", "a0V"},
        {"a0", "a0V", "a0G"},
        {"a0V", "a1", "a0l"},
        {"a0", "a2", "a1"},
        {"a1", "a2", "a1V"},
        {"a0", "a01", "a00V"},
        {"a0G", "a0V", "a0O"},
        {"a0z", "a1", "a0zV"},
        {"a49", "a5", "a4a"},
        {"a0V", NULL, "a1"},
        {"Zz", "a01", "a0"},
        {"Zz", "a0", "ZzV"},
        {NULL, "A000000000000000000000000001", "A000000000000000000000000000V"},
        {"zzzzzzzzzzzzzzzzzzzzzzzzzzz", NULL, "zzzzzzzzzzzzzzzzzzzzzzzzzzzV"},
        {"zzzzzzzzzzzzzzzzzzzzzzzzzzy", NULL, "zzzzzzzzzzzzzzzzzzzzzzzzzzz"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        assert_string_equal(between(known[i][0], known[i][1]), known[i][2]);
}

static void test_what_is_no_key_is_refused(void **state)
{
    static const char *const bad[] = {"", "a", "0", "b0", "a00", "a0V0", "a0-", "a0 ", "-a0", "a\xc3\xb8",
                                      "A00000000000000000000000000"};
    char rank[AW__RANK_SIZE] = "as before";
    char huge[AW__RANK_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(aw__rank_between(bad[i], NULL, rank), AW_E_INVALID);
        assert_int_equal(aw__rank_between(NULL, bad[i], rank), AW_E_INVALID);
    }
    memset(huge, 'V', sizeof(huge) - 1);
    memcpy(huge, "a0", 2);
    huge[sizeof(huge) - 1] = '\0';
    assert_int_equal(aw__rank_between(huge, NULL, rank), AW_E_INVALID);
    assert_int_equal(aw__rank_between("a1", "a0", rank), AW_E_INVALID);
    assert_int_equal(aw__rank_between("a1", "a1", rank), AW_E_INVALID);
    assert_string_equal(rank, "as before");
}

static void test_there_is_something_beyond_whatever_there_is(void **state)
{
    static const char *const lasts[] = {"a0", "a0V", "bzz", "0", "Y", "ZzV0", "a", "b0", "y", "b00-", "az0"};
    char rank[AW__RANK_SIZE];

    (void)state;
    assert_int_equal(aw__rank_beyond(NULL, rank), AW_OK);
    assert_string_equal(rank, "a0");
    for (size_t i = 0; i < sizeof(lasts) / sizeof(*lasts); i++) {
        assert_int_equal(aw__rank_beyond(lasts[i], rank), AW_OK);
        assert_true(strcmp(rank, lasts[i]) > 0);
        assert_true(strcmp(between(rank, NULL), rank) > 0); /* and it is a key */
    }
    static const char *const beyond_keys[] = {"z", "z0-", "{", "~", "\xc3\xa5"};

    for (size_t i = 0; i < sizeof(beyond_keys) / sizeof(*beyond_keys); i++)
        assert_int_equal(aw__rank_beyond(beyond_keys[i], rank), AW_E_TOO_LARGE);
}

/* ---- against a model: an array in which each item is inserted where it belongs ---- */

enum { MOST = 3000 };

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct model {
    char keys[MOST][AW__RANK_SIZE];
    size_t count;
};

static int insert(struct model *model, size_t at)
{
    char rank[AW__RANK_SIZE];
    int rc = aw__rank_between(at ? model->keys[at - 1] : NULL, at < model->count ? model->keys[at] : NULL, rank);

    if (rc)
        return rc;
    memmove(model->keys[at + 1], model->keys[at], (model->count - at) * sizeof(model->keys[0]));
    memcpy(model->keys[at], rank, sizeof(rank));
    model->count++;
    return AW_OK;
}

static void assert_ordered(const struct model *model)
{
    for (size_t i = 0; i < model->count; i++) {
        assert_int_equal(strspn(model->keys[i], digits), strlen(model->keys[i]));
        assert_true(strlen(model->keys[i]) <= AW__RANK_MAX_BYTES);
        if (i)
            assert_true(strcmp(model->keys[i - 1], model->keys[i]) < 0); /* so none is there twice either */
    }
}

static size_t longest(const struct model *model)
{
    size_t most = 0;

    for (size_t i = 0; i < model->count; i++)
        if (strlen(model->keys[i]) > most)
            most = strlen(model->keys[i]);
    return most;
}

static struct model *model_new(void)
{
    struct model *model = calloc(1, sizeof(*model));

    assert_non_null(model);
    return model;
}

static void test_any_sequence_keeps_its_order(void **state)
{
    random_source source = random_begin("ranks in any order");

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct model *model = model_new();

        while (model->count < MOST / 4) {
            if (model->count && random_one_in(&source, 5)) {
                size_t at = random_below(&source, model->count);

                memmove(model->keys[at], model->keys[at + 1], (model->count - at - 1) * sizeof(model->keys[0]));
                model->count--;
            } else {
                assert_int_equal(insert(model, random_below(&source, model->count + 1)), AW_OK);
            }
        }
        assert_ordered(model);
        assert_true(longest(model) <= 16); /* all over the list they stay short */
        free(model);
    }
}

static void test_ends_cost_little(void **state)
{
    struct model *model = model_new();

    (void)state;
    while (model->count < MOST / 2)
        assert_int_equal(insert(model, model->count), AW_OK);
    while (model->count < MOST - 1)
        assert_int_equal(insert(model, 0), AW_OK);
    assert_ordered(model);
    assert_true(longest(model) <= 3);
    free(model);
}

/* Each halves the room that is left, six of them to a digit; then there is none, and the list has to be renumbered. */
static void insert_until_full(size_t step)
{
    struct model *model = model_new();
    size_t at = 1;

    insert(model, 0);
    insert(model, 1);
    while (insert(model, at) == AW_OK)
        at += step;
    assert_ordered(model);
    assert_true(model->count > 700);
    assert_int_equal(insert(model, at), AW_E_TOO_LARGE);
    assert_int_equal(longest(model), AW__RANK_MAX_BYTES);
    free(model);
}

static void test_hundreds_go_into_one_place(void **state)
{
    (void)state;
    insert_until_full(0); /* always before the newest */
    insert_until_full(1); /* always behind it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_are_those_of_the_reference),
        cmocka_unit_test(test_what_is_no_key_is_refused),
        cmocka_unit_test(test_there_is_something_beyond_whatever_there_is),
        cmocka_unit_test(test_any_sequence_keeps_its_order),
        cmocka_unit_test(test_ends_cost_little),
        cmocka_unit_test(test_hundreds_go_into_one_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
