/*
 * Plans: the lines of EXPLAIN QUERY PLAN, and the tree of EXPLAIN (FORMAT JSON). PostgreSQL's are those that the driver
 * makes, for whatever values there will be.
 */
#include "support/plan.h"

#include <ctype.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/place.h"

/* The first line of an answer is enough for all but SQLite's plans. */
static const char *ask(aw_database *database, const char *sql, aw__arena *arena)
{
    aw_error err = {0};
    aw__statement s = aw__sql(database, aw__arena_strdup(arena, sql), &err); /* which is kept by its address */
    const char *text = aw__row(&s) ? aw__arena_strdup(arena, aw__column_text(&s, 0)) : "";

    if (aw__finish(&s))
        fail_msg("%s\n    %s", sql, err.message);
    return text;
}

static test_plan_step *add(test_plan *plan, const char *table)
{
    assert_true(plan->count < TEST_PLAN_STEPS);
    plan->steps[plan->count] = (test_plan_step){.table = table, .by = ""};
    return &plan->steps[plan->count++];
}

/* ---- SQLite ---- */

/* "SEARCH properties USING PRIMARY KEY (id=? AND name=?)" */
static void read_line(test_plan *plan, const char *line, aw__arena *arena)
{
    bool searches = !strncmp(line, "SEARCH ", 7), scans = !strncmp(line, "SCAN ", 5);
    const char *table = line + (searches ? 7 : 5), *condition = strrchr(line, '(');

    /* "RIGHT PART": the rows come in order but for the last columns of it. */
    plan->sorts = plan->sorts || (strstr(line, "TEMP B-TREE") && !strstr(line, "RIGHT PART"));
    if ((!searches && !scans) || strstr(line, " CONSTANT ROW")) /* of the statement itself, not of a table */
        return;

    test_plan_step *step = add(plan, aw__arena_printf(arena, "%.*s", (int)strcspn(table, " "), table));

    step->whole = scans && !strstr(line, " USING ");
    if (searches && condition)
        step->by = aw__arena_strdup(arena, condition);
}

static void plan_of_sqlite(aw_database *database, const char *sql, aw__arena *arena, test_plan *plan)
{
    aw_error err = {0};
    aw__statement s = aw__sql(database, aw__arena_printf(arena, "EXPLAIN QUERY PLAN %s", sql), &err);

    plan->text = "";
    while (aw__row(&s)) {
        plan->text = aw__arena_printf(arena, "%s    %s\n", plan->text, aw__column_text(&s, 3));
        read_line(plan, aw__column_text(&s, 3), arena);
    }
    if (aw__finish(&s))
        fail_msg("%s\n    %s", sql, err.message);
}

/* ---- PostgreSQL ---- */

/* A value of the type; of texts the one that is asked for. */
static const char *value_of(const char *type, const char *text, aw__arena *arena)
{
    if (!strcmp(type, "text") || !strcmp(type, "character varying"))
        return aw__arena_printf(arena, "'%s'", text);
    if (!strcmp(type, "boolean"))
        return "TRUE";
    if (!strncmp(type, "timestamp", 9))
        return "'2026-01-01'";
    return !strcmp(type, "jsonb") ? "'{}'" : "1";
}

/* "EXECUTE plan('a', 1)" */
static const char *execution(aw_database *database, const char *const *values, aw__arena *arena)
{
    const char *text = "EXECUTE plan";

    for (int i = 1; i <= TEST_PLAN_PARAMETERS; i++) {
        const char *type = ask(database, aw__arena_printf(arena,
                                                          "SELECT coalesce(parameter_types[%d]::text, '')"
                                                          " FROM pg_prepared_statements WHERE name = 'plan'", i), arena);

        if (!*type)
            return i == 1 ? text : aw__arena_printf(arena, "%s)", text);
        text = aw__arena_printf(arena, "%s%s%s", text, i == 1 ? "(" : ", ", value_of(type, values[i], arena));
    }
    fail_msg("too many parameters");
    return NULL;
}

static const char *member(json_t *node, const char *key, aw__arena *arena)
{
    const char *text = json_string_value(json_object_get(node, key));

    return text ? aw__arena_strdup(arena, text) : "";
}

static void read_node(test_plan *plan, json_t *node, aw__arena *arena)
{
    const char *type = member(node, "Node Type", arena);
    size_t index;
    json_t *child;

    plan->sorts = plan->sorts || !strcmp(type, "Sort"); /* "Incremental Sort": they come in order but for the last columns */
    if (strstr(type, " Scan") && strcmp(type, "Subquery Scan") != 0 && strcmp(type, "Values Scan") != 0) {
        test_plan_step *step = add(plan, member(node, "Relation Name", arena));

        step->by = member(node, "Index Cond", arena);
        if (!strcmp(type, "Bitmap Heap Scan"))
            step->by = member(node, "Recheck Cond", arena);
        step->whole = !strstr(type, "Index") && !strstr(type, "Bitmap");
    }
    json_array_foreach(json_object_get(node, "Plans"), index, child)
        read_node(plan, child, arena);
}

static void plan_of_postgres(aw_database *database, const char *sql, const char *const *values, aw__arena *arena,
                             test_plan *plan)
{
    ask(database, aw__arena_printf(arena, "PREPARE plan AS %s", sql), arena);
    plan->text = ask(database, aw__arena_printf(arena, "EXPLAIN (FORMAT JSON, COSTS OFF) %s",
                                                execution(database, values, arena)), arena);
    ask(database, "DEALLOCATE plan", arena);

    json_t *tree = json_loads(plan->text, 0, NULL);

    assert_non_null(tree);
    read_node(plan, json_object_get(json_array_get(tree, 0), "Plan"), arena);
    json_decref(tree);
}

void test_plan_of(aw_database *database, const char *sql, const char *const *values, aw__arena *arena, test_plan *ret_plan)
{
    *ret_plan = (test_plan){.count = 0};
    if (test_place_is_postgres())
        plan_of_postgres(database, sql, values, arena, ret_plan);
    else
        plan_of_sqlite(database, sql, arena, ret_plan);
}

/* ---- conditions ---- */

/* "id=?", "((id)::text = $1)", "((q.id)::text = (o.id)::text)" */
bool test_plan_step_compares(const test_plan_step *step, const char *column, char sign)
{
    size_t bytes = strlen(column);

    for (const char *at = strstr(step->by, column); at; at = strstr(at + 1, column)) {
        const char *behind = at + bytes;

        if (at > step->by && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))
            continue;
        behind += *behind == ')';
        behind += strncmp(behind, "::text", 6) ? 0 : 6;
        behind += *behind == ' ';
        if (*behind == sign)
            return true;
    }
    return false;
}

bool test_plan_step_has(const test_plan_step *step, const char *column)
{
    return test_plan_step_compares(step, column, '=');
}
