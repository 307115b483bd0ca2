/*
 * Property paths against a small model: a flat table of what stands at which path, with the rules said once more and in
 * another way. Seeded, so that a failure can be repeated (tests/support/random.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "model/path.h"
#include "support/random.h"

enum { STEPS = 20000, NODES = 4096, DEPTH = 4, TEXT = 64, OBJECT = -1, LIST = -2 };

/* What stands at "a/b/c": an object, a list, or a number. An object's members are nodes of their own. */
struct node {
    char path[TEXT];
    int what;
};

static struct node nodes[NODES];
static size_t count;
static random_source source;

/* ---- the model ---- */

static struct node *find(const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(nodes[i].path, path) == 0)
            return &nodes[i];
    return NULL;
}

static bool is_below(const char *path, const char *above)
{
    size_t bytes = strlen(above);

    return strncmp(path, above, bytes) == 0 && path[bytes] == '/';
}

static void drop(const char *path)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (strcmp(nodes[i].path, path) != 0 && !is_below(nodes[i].path, path))
            nodes[kept++] = nodes[i];
    count = kept;
}

static void add(const char *path, int what)
{
    assert_true(count < NODES);
    strcpy(nodes[count].path, path);
    nodes[count++].what = what;
}

static void join(char out[TEXT], const char *const *names, size_t depth)
{
    out[0] = '\0';
    for (size_t i = 0; i < depth; i++) {
        if (i)
            strcat(out, "/");
        strcat(out, names[i]);
    }
}

static int kind_of(const json_t *value)
{
    return json_is_object(value) ? OBJECT : json_is_array(value) ? LIST : (int)json_integer_value(value);
}

/* Puts value at path. Merging keeps what an object has and value does not. */
static void put(const char *path, json_t *value, bool merging)
{
    struct node *present = find(path);
    const char *name;
    json_t *member;

    if (!(merging && present && present->what == OBJECT && json_is_object(value))) {
        drop(path);
        add(path, kind_of(value));
    }
    json_object_foreach(value, name, member) {
        char below[TEXT];

        assert_true(snprintf(below, sizeof(below), "%s/%s", path, name) < TEXT);
        put(below, member, true);
    }
}

static int model_set(const char *const *names, size_t depth, json_t *value)
{
    char path[TEXT];

    for (size_t i = 1; i < depth; i++) {
        join(path, names, i);
        const struct node *parent = find(path);

        if (parent && parent->what != OBJECT)
            return AW_E_CONFLICT;
    }
    for (size_t i = 1; i < depth; i++) {
        join(path, names, i);
        if (!find(path))
            add(path, OBJECT);
    }
    join(path, names, depth);
    put(path, value, depth > 1);
    return AW_OK;
}

static bool model_delete(const char *const *names, size_t depth)
{
    char path[TEXT];

    join(path, names, depth);
    if (!find(path))
        return false;
    drop(path);
    return true;
}

/* The value at path, as JSON; NULL when nothing is there. */
static json_t *model_get(const char *path)
{
    const struct node *node = find(path);

    if (!node)
        return NULL;
    if (node->what == LIST)
        return json_array();
    if (node->what != OBJECT)
        return json_integer(node->what);
    json_t *object = json_object();

    for (size_t i = 0; i < count; i++) {
        const char *rest = nodes[i].path + strlen(path) + 1;

        if (is_below(nodes[i].path, path) && !strchr(rest, '/'))
            json_object_set_new(object, rest, model_get(nodes[i].path));
    }
    return object;
}

/* ---- what is asked of both ---- */

static const char *random_name(void)
{
    static const char *const names[] = {"a", "b", "c", "0", "items"};

    return names[random_below(&source, sizeof(names) / sizeof(*names))];
}

static size_t random_path(const char *names[DEPTH])
{
    size_t depth = 1 + random_below(&source, DEPTH);

    for (size_t i = 0; i < depth; i++)
        names[i] = random_name();
    return depth;
}

static json_t *random_value(int levels)
{
    if (random_one_in(&source, 6))
        return json_array();
    if (!levels || random_one_in(&source, 2))
        return json_integer((json_int_t)random_below(&source, 1000));
    json_t *object = json_object();

    for (size_t left = random_below(&source, 3); left; left--)
        json_object_set_new(object, random_name(), random_value(levels - 1));
    return object;
}

static void assert_same(json_t *properties, const char *const *names, size_t depth)
{
    char path[TEXT];

    join(path, names, depth);
    json_t *expected = model_get(path);
    json_t *found = aw__path_get(properties, names, depth);

    assert_int_equal(found != NULL, expected != NULL);
    if (found)
        assert_true(json_equal(found, expected));
    json_decref(expected);
}

/* What an operation does to other names than its own would show here. */
static void assert_all_same(json_t *properties)
{
    static const char *const names[] = {"a", "b", "c", "0", "items"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_same(properties, &names[i], 1);
    for (size_t i = 0; i < count; i++) {
        char copy[TEXT];
        const char *parts[2 * DEPTH];
        size_t depth = 0;

        strcpy(copy, nodes[i].path);
        for (char *at = strtok(copy, "/"); at; at = strtok(NULL, "/"))
            parts[depth++] = at;
        assert_non_null(aw__path_get(properties, parts, depth));
    }
}

static void step(json_t *properties)
{
    const char *names[DEPTH];
    size_t depth = random_path(names);
    json_t *value;

    switch (random_below(&source, 4)) {
    case 0:
        assert_int_equal(aw__path_delete(properties, names, depth), model_delete(names, depth));
        break;
    case 1:
        assert_same(properties, names, depth);
        break;
    default:
        value = random_value(3);
        assert_int_equal(aw__path_set(properties, names, depth, value, NULL), model_set(names, depth, value));
        json_decref(value);
    }
}

static void paths_do_what_the_model_does(void **state)
{
    json_t *properties = json_object();

    (void)state;
    count = 0;
    for (int i = 0; i < STEPS; i++) {
        step(properties);
        if (i % 50 == 0 || count > NODES / 2)
            assert_all_same(properties);
        if (count > 200) { /* small again, so that everything keeps being met */
            json_object_clear(properties);
            count = 0;
        }
    }
    json_decref(properties);
}

/* ---- paths as text ---- */

/* Any name that is one, now and then with what URLs encode. */
static void random_text(char out[TEXT])
{
    static const char *const pieces[] = {"a", "list", ":", "%",  " ", "?", "#", "\xC3\xA5", "\xF0\x9F\x98\x80",
                                         ".", "+",    "~", "\""};
    size_t pieces_count = 1 + random_below(&source, 6);

    out[0] = '\0';
    for (size_t i = 0; i < pieces_count; i++)
        strcat(out, pieces[random_below(&source, sizeof(pieces) / sizeof(*pieces))]);
}

static void texts_are_taken_apart_as_they_were_joined(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++) {
        aw__arena *arena = aw__arena_new();
        char names[AW__PATH_MAX_DEPTH][TEXT];
        size_t depth = random_below(&source, AW__PATH_MAX_DEPTH + 1);
        const char *plain = "", *encoded = "";
        aw__path path;

        for (size_t k = 0; k < depth; k++) {
            random_text(names[k]);
            plain = aw__arena_printf(arena, "%s%s%s", plain, k ? "/" : "", names[k]);
            encoded = aw__arena_printf(arena, "%s%s%s", encoded, k ? "/" : "", aw__percent_encode(arena, names[k], ""));
        }
        int expected = depth && strncmp(names[0], "list:", 5) == 0 ? AW_E_INVALID : AW_OK;

        for (int form = 0; form < 2; form++) {
            assert_int_equal(aw__path_split(arena, form ? encoded : plain, form, &path, NULL), expected);
            if (expected)
                continue;
            assert_int_equal(path.depth, depth);
            for (size_t k = 0; k < depth; k++)
                assert_string_equal(path.names[k], names[k]);
        }
        aw__arena_free(arena);
    }
}

/* One name more, one byte more: over a limit is over it wherever it is met. */
static void limits_are_the_same_wherever_they_are_met(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char name[AW__PATH_MAX_NAME_BYTES + 2];
        const char *names[AW__PATH_MAX_DEPTH + 1];
        size_t bytes = AW__PATH_MAX_NAME_BYTES - 1 + random_below(&source, 3);
        size_t depth = 1 + random_below(&source, AW__PATH_MAX_DEPTH + 1);
        size_t at = random_below(&source, depth);

        memset(name, 'n', bytes);
        name[bytes] = '\0';
        for (size_t k = 0; k < depth; k++)
            names[k] = k == at || random_one_in(&source, 4) ? name : "x";
        size_t total = 0;

        for (size_t k = 0; k < depth; k++)
            total += strlen(names[k]) + 1;
        bool fits = bytes <= AW__PATH_MAX_NAME_BYTES && depth <= AW__PATH_MAX_DEPTH && total <= AW__PATH_MAX_BYTES;

        assert_int_equal(aw__path_check(names, depth, NULL), fits ? AW_OK : AW_E_TOO_LARGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_do_what_the_model_does),
        cmocka_unit_test(texts_are_taken_apart_as_they_were_joined),
        cmocka_unit_test(limits_are_the_same_wherever_they_are_met),
    };

    source = random_begin("paths");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
