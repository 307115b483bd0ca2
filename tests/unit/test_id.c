/*
 * Identifiers: their forms, and which are valid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include <actingweb/error.h>

static void ids_are_uuid5_without_dashes(void **state)
{
    (void)state;
    char id[AW__ID_BYTES];

    assert_int_equal(aw__id_new("https://example.com/", id), AW_OK);
    assert_int_equal(strlen(id), 32);
    assert_int_equal(strspn(id, "0123456789abcdef"), 32);
    assert_int_equal(id[12], '5');
    assert_non_null(strchr("89ab", id[16]));
    assert_true(aw__id_valid(id));
}

static void ids_never_repeat(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static char ids[COUNT][AW__ID_BYTES];

    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(aw__id_new("https://example.com/", ids[i]), AW_OK);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
    }
}

static void later_ids_sort_behind(void **state)
{
    (void)state;
    char earlier[AW__ID_BYTES], later[AW__ID_BYTES];

    assert_int_equal(aw__id_new_later("https://example.com/", earlier), AW_OK);
    usleep(2);
    assert_int_equal(aw__id_new_later("https://example.com/", later), AW_OK);
    assert_int_equal(strlen(later), 32);
    assert_int_equal(strspn(later, "0123456789abcdef"), 32);
    assert_true(strcmp(earlier, later) < 0);
}

static void uuid4_has_dashes(void **state)
{
    (void)state;
    char uuid[AW__UUID_BYTES];
    char other[AW__UUID_BYTES];

    assert_int_equal(aw__uuid4(uuid), AW_OK);
    assert_int_equal(aw__uuid4(other), AW_OK);
    assert_int_equal(strlen(uuid), 36);
    assert_int_equal(strspn(uuid, "0123456789abcdef-"), 36);
    assert_true(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
    assert_int_equal(uuid[14], '4');
    assert_non_null(strchr("89ab", uuid[19]));
    assert_string_not_equal(uuid, other);
}

static void valid_ids_fit_one_path_segment(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "_actingweb_system", "A-b.c~9", "...", "0"};
    static const char *const bad[] = {"", ".", "..", "a/b", "a b", "a%20", "a?b", "a\n", "\xc3\xa9", "a:b"};
    char longest[257];

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(aw__id_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(aw__id_valid(bad[i]));
    assert_false(aw__id_valid(NULL));
    memset(longest, 'x', sizeof(longest));
    longest[256] = '\0';
    assert_false(aw__id_valid(longest));
    longest[255] = '\0';
    assert_true(aw__id_valid(longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_uuid5_without_dashes),
        cmocka_unit_test(ids_never_repeat),
        cmocka_unit_test(later_ids_sort_behind),
        cmocka_unit_test(uuid4_has_dashes),
        cmocka_unit_test(valid_ids_fit_one_path_segment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
