/*
 * Which of one peer's subscriptions are told of a change: over all combinations of a small world, compared with what
 * the specification asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "model/overlap.h"

/* Each place, and how it looks as a path: one covers another when its path is a beginning of the other's. */
static const struct {
    aw__place place;
    const char *path;
} world[] = {
    {{"properties", "", ""}, "/"},
    {{"properties", "a", ""}, "/a/"},
    {{"properties", "a", "x"}, "/a/x/"},
    {{"properties", "a", "x/y"}, "/a/x/y/"},
    {{"properties", "a", "z"}, "/a/z/"},
    {{"properties", "b", ""}, "/b/"},
};

enum { PLACES = sizeof(world) / sizeof(*world), KINDS = 3 };

static bool covers(size_t outer, size_t inner)
{
    return strncmp(world[outer].path, world[inner].path, strlen(world[outer].path)) == 0;
}

static bool concerns(size_t scope, size_t change)
{
    return covers(scope, change) || covers(change, scope);
}

/* Of the places at which somebody who calls back subscribes, which ones are told. */
static bool expected(const int *kind, size_t place, size_t change)
{
    bool one_sees_all = false;

    if (!concerns(place, change))
        return false;
    for (size_t i = 0; i < PLACES; i++)
        one_sees_all = one_sees_all || (kind[i] == 2 && covers(i, change));
    for (size_t i = 0; i < PLACES; i++) {
        if (kind[i] != 2 || i == place)
            continue;
        if (one_sees_all ? covers(i, change) && covers(place, i) : covers(change, i) && covers(i, place))
            return false; /* a narrower one that sees all; or a wider one that sees this part as well */
    }
    return !one_sees_all || covers(place, change);
}

/* kind of each place: 0 nobody subscribes, 1 somebody polls, 2 somebody is called back. */
static void all_combinations(void **state)
{
    int kind[PLACES];
    size_t combinations = 1;

    (void)state;
    for (size_t i = 0; i < PLACES; i++)
        combinations *= KINDS;
    for (size_t n = 0; n < combinations * PLACES; n++) {
        aw__scope scopes[PLACES];
        size_t at[PLACES], count = 0, change = n % PLACES, code = n / PLACES;

        for (size_t i = 0; i < PLACES; i++, code /= KINDS) {
            kind[i] = (int)(code % KINDS);
            if (!kind[i])
                continue;
            scopes[count] = (aw__scope){.place = world[i].place, .id = "x", .calls_back = kind[i] == 2};
            at[count++] = i;
        }
        aw__overlap_choose(scopes, count, &world[change].place);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(scopes[i].told, kind[at[i]] == 1 ? concerns(at[i], change) : expected(kind, at[i], change));
    }
}

/* Nobody is told the same twice, and nothing is told to nobody. */
static void of_several_at_one_place_the_last(void **state)
{
    (void)state;
    for (size_t place = 0; place < PLACES; place++) {
        for (size_t change = 0; change < PLACES; change++) {
            aw__scope scopes[] = {{.place = world[place].place, .id = "2", .calls_back = true},
                                  {.place = world[place].place, .id = "3", .calls_back = true},
                                  {.place = world[place].place, .id = "4", .calls_back = false},
                                  {.place = world[place].place, .id = "1", .calls_back = true}};

            aw__overlap_choose(scopes, 4, &world[change].place);
            assert_false(scopes[0].told);
            assert_false(scopes[3].told);
            assert_int_equal(scopes[1].told, concerns(place, change));
            assert_int_equal(scopes[2].told, concerns(place, change));
        }
    }
}

static void other_targets(void **state)
{
    const aw__place change = {"actions", "a", NULL};
    aw__scope scopes[] = {{.place = {"properties", "a", ""}, .id = "1", .calls_back = true},
                          {.place = {"actions", "", ""}, .id = "2", .calls_back = true}};

    (void)state;
    aw__overlap_choose(scopes, 2, &change);
    assert_false(scopes[0].told);
    assert_true(scopes[1].told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_combinations),
        cmocka_unit_test(of_several_at_one_place_the_last),
        cmocka_unit_test(other_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
