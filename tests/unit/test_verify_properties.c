/*
 * aw_store_verify() of properties: lists whose rows do not fit together are lists again, with all their items.
 */
#include "verify_fixture.h"

#include <jansson.h>

#include "store/properties.h"

static const struct {
    struct planted planted;
    const char *list;   /* or NULL: one of a's, which is afterwards as follows */
    const char *values; /* of its items, in their order */
    int count;
    bool described; /* its description is what it was */
} mended[] = {
    {{"DELETE FROM properties WHERE name = 'list:n-meta'", "list-without-description:1:1 ", "a/n "},
     .list = "n", .values = "012", .count = 3},
    {{"DELETE FROM properties WHERE name = 'list:n-#1-meta'", "list-without-description:1:1 ", "a/n-#1 ",
     .right = "SELECT count(*) FROM properties WHERE name = 'list:n-#1-#a0' AND value = '1'"}},
    {{"DELETE FROM properties WHERE name = 'list:old-meta'", "list-without-description:1:1 ", "a/old ",
     .right = "SELECT count(*) FROM properties WHERE name = 'list:old-#aA' AND value = '10'"},
     .list = "old", .values = "012345678910", .count = 11},
    {{"UPDATE properties SET value = '{\"format\":2' WHERE name = 'list:n-meta'", "list-description:1:1 ", "a/n "},
     .list = "n", .values = "012", .count = 3},
    {{"UPDATE properties SET value = '[2]' WHERE name = 'list:empty-meta'", "list-description:1:1 ", "a/empty "},
     .list = "empty", .values = "", .count = 0},
    {{"UPDATE properties SET name = 'list:n-#a01' WHERE name = 'list:n-#a0'", "", "", /* a right rank as well */
     .right = "SELECT count(*) FROM properties WHERE name = 'list:n-#a01'"}, .list = "n", .values = "012", .count = 3,
     .described = true},
    {{"UPDATE properties SET name = 'list:n-#a00' WHERE name = 'list:n-#a0'", "list-rank:1:1 ", "a/n "},
     .list = "n", .values = "012", .count = 3, .described = true},
    {{"UPDATE properties SET name = 'list:n-#b!' WHERE name = 'list:n-#a0'", "list-rank:1:1 ", "a/n "},
     .list = "n", .values = "021", .count = 3, .described = true},
    {{"UPDATE properties SET name = 'list:n-#~' WHERE name = 'list:n-#a0'; DELETE FROM properties WHERE name = 'list:n-meta'",
     "list-without-description:1:1 ", "a/n ", /* no rank is beyond that one */
     .right = "SELECT count(*) / 3 FROM properties WHERE name LIKE 'list:n-#a_'"},
     .list = "n", .values = "021", .count = 3},
    {{"DELETE FROM properties WHERE name = 'list:n-#Zz'", "list-count:1:1 ", "a/n "},
     .list = "n", .values = "12", .count = 2, .described = true},
    {{"UPDATE properties SET value = '{\"format\":2}' WHERE name = 'list:empty-meta'", "list-count:1:1 ", "a/empty "},
     .list = "empty", .values = "", .count = 0},
    {{"DELETE FROM properties WHERE name = 'list:old-3'", "list-length:1:1 ", "a/old ",
     .right = "SELECT count(*) FROM properties WHERE name = 'list:old-#a3' AND value = '4'"},
     .list = "old", .values = "01245678910", .count = 10, .described = true},
};

static void check_description(struct fixture *f, const char *list, int count, bool described)
{
    char name[32];
    const char *value = NULL;

    snprintf(name, sizeof(name), "list:%s-meta", list);
    assert_ok(f, aw__properties_get(f->database, f->arena, "a", name, &value, &f->err));
    json_t *description = json_loads(value, 0, NULL);

    assert_int_equal(json_integer_value(json_object_get(description, "format")), 2);
    assert_int_equal(json_integer_value(json_object_get(description, "count_hint")), count);
    if (described)
        assert_string_equal(json_string_value(json_object_get(description, "description")), "d");
    json_decref(description);
}

static void check_items(struct fixture *f, const char *list, const char *values)
{
    char prefix[32], found[64] = "";
    aw__statement s = aw__sql(f->database, "SELECT name, value FROM properties WHERE id = 'a' ORDER BY name COLLATE \"binary\"",
                              &f->err);

    snprintf(prefix, sizeof(prefix), "list:%s-#", list);
    while (aw__row(&s)) {
        const char *name = aw__column_text(&s, 0);

        if (strncmp(name, prefix, strlen(prefix)) == 0 && !strchr(name + strlen(prefix), '-'))
            strncat(found, aw__column_text(&s, 1), sizeof(found) - strlen(found) - 1);
    }
    assert_ok(f, aw__finish(&s));
    assert_string_equal(found, values);
}

static void test_lists_are_made_right(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(mended) / sizeof(*mended); i++) {
        find_and_mend(f, &mended[i].planted);
        if (mended[i].list) {
            check_description(f, mended[i].list, mended[i].count, mended[i].described);
            check_items(f, mended[i].list, mended[i].values);
        }
        end_mended(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_lists_are_made_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
