/*
 * The evaluator of permissions against a small model of its own: random trust types, rules of one trust on top of them,
 * targets and operations. The model keeps lists of patterns as they are said in the headers, and matches by trying all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/permission.h"
#include "model/permission_json.h"
#include "support/random.h"

enum { RULE_SETS = 3000, TARGETS = 40, GLOBS_MAX = 4, TEXT_MAX = 8 };

typedef struct globs {
    bool present;
    char text[2 * GLOBS_MAX][TEXT_MAX];
    size_t count;
} globs;

typedef struct rules {
    globs patterns, excluded, allowed, denied;
    bool has_operations;
    unsigned operations;
} rules;

static random_source source;

static void random_text(char out[TEXT_MAX], const char *letters)
{
    size_t bytes = 1 + random_below(&source, 5);

    for (size_t i = 0; i < bytes; i++)
        out[i] = letters[random_below(&source, strlen(letters))];
    out[bytes] = '\0';
}

static globs random_globs(void)
{
    globs g = {.present = random_one_in(&source, 2)};

    for (g.count = 0; g.present && g.count < random_below(&source, GLOBS_MAX + 1);)
        random_text(g.text[g.count++], "ab/*?");
    return g;
}

static rules random_rules(void)
{
    return (rules){random_globs(), random_globs(), random_globs(), random_globs(), random_one_in(&source, 2),
                   (unsigned)random_below(&source, 16)};
}

/* ---- the model ---- */

static bool matches(const char *glob, const char *text)
{
    if (*glob == '*')
        return matches(glob + 1, text) || (*text && matches(glob, text + 1));
    if (!*glob || !*text)
        return !*glob && !*text;
    return (*glob == '?' || *glob == *text) && matches(glob + 1, text + 1);
}

static bool covers(const globs *g, const char *text)
{
    for (size_t i = 0; i < g->count; i++)
        if (matches(g->text[i], text))
            return true;
    return false;
}

/* What closes something below a target closes the target. */
static bool closes(const globs *g, const char *text)
{
    char below[TEXT_MAX];

    for (size_t i = 0; i < g->count; i++) {
        size_t bytes = strlen(g->text[i]);
        size_t stem = strlen(text);

        if (bytes > stem + 1 && strncmp(g->text[i], text, stem) == 0 && g->text[i][stem] == '/')
            return true;
        if (bytes <= 2 || strcmp(g->text[i] + bytes - 2, "/*") != 0)
            continue;
        memcpy(below, g->text[i], bytes - 2);
        below[bytes - 2] = '\0';
        if (matches(below, text))
            return true;
    }
    return covers(g, text);
}

static aw__permission judge(const rules *r, bool approved, const char *target, aw__operation operation)
{
    if (!approved)
        return AW__PERMISSION_DENIED;
    if (*target && closes(&r->denied, target))
        return AW__PERMISSION_DENIED;
    if (*target && covers(&r->allowed, target))
        return AW__PERMISSION_ALLOWED;
    if (!r->patterns.present)
        return AW__PERMISSION_NOT_FOUND;
    if (!(r->operations & operation))
        return AW__PERMISSION_DENIED;
    if (!*target)
        return AW__PERMISSION_NOT_FOUND;
    return !closes(&r->excluded, target) && covers(&r->patterns, target) ? AW__PERMISSION_ALLOWED
                                                                         : AW__PERMISSION_DENIED;
}

static globs both(const globs *base, const globs *own)
{
    globs g = *base;

    for (size_t i = 0; i < own->count; i++)
        memcpy(g.text[g.count++], own->text[i], TEXT_MAX);
    g.present = base->present || own->present;
    return g;
}

static rules merged(const rules *base, const rules *own)
{
    return (rules){both(&base->patterns, &own->patterns),
                   both(&base->excluded, &own->excluded),
                   own->allowed.present ? own->allowed : base->allowed,
                   own->denied.present ? own->denied : base->denied,
                   true,
                   own->has_operations ? own->operations : base->operations};
}

/* ---- what is tested, made from the same ---- */

static void put_globs(json_t *object, const char *name, const globs *g)
{
    if (!g->present)
        return;
    json_t *array = json_array();

    for (size_t i = 0; i < g->count; i++)
        json_array_append_new(array, json_string(g->text[i]));
    json_object_set_new(object, name, array);
}

static json_t *as_json(const rules *r)
{
    static const char *const names[] = {"read", "write", "delete", "subscribe"};
    json_t *object = json_object(), *operations = json_array();

    put_globs(object, "patterns", &r->patterns);
    put_globs(object, "excluded_patterns", &r->excluded);
    put_globs(object, "allowed", &r->allowed);
    put_globs(object, "denied", &r->denied);
    for (size_t i = 0; i < 4; i++)
        if (r->operations & (1u << i))
            json_array_append_new(operations, json_string(names[i]));
    if (r->has_operations)
        json_object_set(object, "operations", operations);
    json_decref(operations);
    return json_pack("{s:o}", "properties", object);
}

static const aw__permissions *merge(aw__arena *arena, const aw__permissions *base, const rules *r)
{
    const aw__permissions *result = NULL;
    json_t *object = as_json(r);

    assert_int_equal(aw__permissions_check(object, NULL), AW_OK);
    assert_int_equal(aw__permissions_merge(arena, base, object, &result, NULL), AW_OK);
    json_decref(object);
    return result;
}

/* What is written and read again is the same. */
static const aw__permissions *reread(aw__arena *arena, const aw__permissions *permissions)
{
    const aw__permissions *result = NULL;
    json_t *object = aw__permissions_json(permissions);

    assert_int_equal(aw__permissions_merge(arena, NULL, object, &result, NULL), AW_OK);
    json_decref(object);
    return result;
}

static bool told_of(const rules *r, const char *target)
{
    return judge(r, true, target, AW__OPERATION_READ) == AW__PERMISSION_ALLOWED ||
           judge(r, true, target, AW__OPERATION_SUBSCRIBE) == AW__PERMISSION_ALLOWED;
}

static void compare(const rules *model, const aw__permissions *permissions)
{
    char target[TEXT_MAX], below[2 * TEXT_MAX], part[TEXT_MAX];

    for (int i = 0; i < TARGETS; i++) {
        aw__operation operation = (aw__operation)(1u << random_below(&source, 4));
        bool approved = !random_one_in(&source, 8);

        random_text(target, "ab/");
        if (random_one_in(&source, 10))
            *target = '\0';
        assert_int_equal(aw__permission_check(permissions, approved, AW__PERMISSION_PROPERTIES, target, operation),
                         judge(model, approved, target, operation));
        assert_false(aw__permission_reaches(permissions, false, AW__PERMISSION_PROPERTIES, target, NULL));
        /* Nothing that is told of is out of reach. */
        random_text(part, "ab/");
        snprintf(below, sizeof(below), "%s%s%s", target, *target ? "/" : "", part);
        if (told_of(model, below) || (*target && told_of(model, target)))
            assert_true(aw__permission_reaches(permissions, true, AW__PERMISSION_PROPERTIES, target, NULL));
    }
}

static void test_random_rules(void **state)
{
    (void)state;
    source = random_begin("test_permission_model");
    for (int i = 0; i < RULE_SETS; i++) {
        aw__arena *arena = aw__arena_new();
        rules base = random_rules(), own = random_rules(), nothing = {.has_operations = false};
        const aw__permissions *type = merge(arena, NULL, &base);

        base = merged(&nothing, &base);
        compare(&base, type);
        rules all = merged(&base, &own);
        const aw__permissions *both_permissions = merge(arena, type, &own);

        compare(&all, both_permissions);
        compare(&all, reread(arena, both_permissions));
        aw__arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
