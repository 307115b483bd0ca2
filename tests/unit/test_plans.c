/*
 * How the database finds rows: every statement that a request can run asks for one actor's rows (or one row of another
 * key) and gets them from an index. No statement is left out: the texts in the library's file are compared with those
 * that requests and conversations have run here, and with those that docs/sharding.md lists as not being of that kind.
 */
#include "store_fixture.h"

#include "support/plan.h"
#include "support/recorder.h"
#include "support/requests.h"
#include "support/statements.h"

#define IN_REQUESTS      "### In requests\n"
#define BESIDE_REQUESTS  "### Beside requests\n"

enum { PARTITIONS = 4 };

static aw__arena *kept;
static test_statements library, in_requests, beside_requests;

/* Not on rows. */
static const char *const of_the_database[] = {
    "SELECT 1",
    "SELECT current_setting('search_path') ...",
    "SELECT pg_advisory_unlock(...",
    "SELECT to_regclass(...",
    "SELECT version FROM aw_schema",
    "SELECT version_num FROM alembic_version ...",
};

/* For one actor's rows, or one server's, as well, but no request waits for them. */
static const char *const of_upkeep[] = {
    /* Servers raise their beats, join and leave. */
    "INSERT INTO servers ...",
    "UPDATE servers SET beat = beat + 1 ...",
    "DELETE FROM servers WHERE ...",
    /* Callbacks were sent; queues are let go, or taken over one by one. */
    "SELECT seqnr FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3 ORDER BY ...",
    "DELETE FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr = $4",
    "DELETE FROM subscription_diffs WHERE id = $1 AND ... AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = $1 ...)",
    "UPDATE outbox_queues SET owner = ... WHERE id = $1 AND peerid = $2 AND subid = $3...",
    /* The command verify looks closer, and mends. */
    "SELECT CAST(data AS TEXT) FROM attributes WHERE id = $1 AND bucket_name = $2",
    "DELETE FROM attributes WHERE id = $1 AND bucket_name = $2 AND ttl_timestamp <= $3",
    "UPDATE attributes SET bucket_name = ...",
    "DELETE FROM attributes WHERE id = $1 AND bucket_name = $2 AND bucket = $3 AND name = $4 ...",
    "INSERT INTO outbox_queues (id, peerid, subid, owner) SELECT id, peerid, subid, '' FROM outbox WHERE id = $1 ...",
    "UPDATE subscriptions SET peer_sub_id = ...",
    "DELETE FROM subscriptions WHERE id = $1 AND peer_sub_id = $2 AND peerid = $3 ...",
    "UPDATE subscription_diffs SET subid_seqnr = ...",
    "DELETE FROM subscription_diffs WHERE id = $1 AND subid_seqnr = $2 AND subid_seqnr <> ...",
    "DELETE FROM ... NOT EXISTS (SELECT 1 FROM actors WHERE id = ...)",
    "DELETE FROM ... NOT EXISTS (SELECT 1 FROM properties WHERE id = ...)",
    "DELETE FROM ... NOT EXISTS (SELECT 1 FROM subscriptions WHERE id = ...)",
    "DELETE FROM subscriptions WHERE ... NOT EXISTS (SELECT 1 FROM trusts WHERE id = ...)",
};

/* Requests run these where one transaction writes at a time, */
static const char *const of_one_writer[] = {
    "SELECT owner FROM outbox_queues WHERE id = $1 AND peerid = $2 AND subid = $3",
    "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ($1, $2, $3, $4)",
};

/* and this where many do. */
static const char *const of_many_writers[] = {
    "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ($1, $2, $3, $4) ON CONFLICT (id, peerid, subid) ...",
};

static bool fits_any(const char *text, const char *const *patterns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (test_statement_fits(text, patterns[i]))
            return true;
    return false;
}

#define FITS_ANY(text, patterns)       fits_any(text, patterns, sizeof(patterns) / sizeof((patterns)[0]))
#define IS_LISTED(text, statements)    fits_any(text, (statements).texts, (statements).count)

/* It is for the other kind of database. */
static bool is_for_others(const char *sql)
{
    return test_place_is_postgres() ? FITS_ANY(sql, of_one_writer) : FITS_ANY(sql, of_many_writers);
}

/* It is of those that are not by one key. */
static bool is_listed(const char *sql)
{
    return IS_LISTED(sql, in_requests) || IS_LISTED(sql, beside_requests);
}

static int set_up(void **state)
{
    (void)state;
    kept = aw__arena_new();
    test_statements_of_library(AW_LIBRARY, kept, &library);
    test_statements_of_document(AW_SHARDING, IN_REQUESTS, kept, &in_requests);
    test_statements_of_document(AW_SHARDING, BESIDE_REQUESTS, kept, &beside_requests);
    test_requests_record(kept);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    aw__arena_free(kept);
    return 0;
}

/* ---- which statements there are ---- */

static void test_every_statement_is_accounted_for(void **state)
{
    size_t unknown = 0;

    (void)state;
    assert_true(library.count > 100);
    for (size_t i = 0; i < library.count; i++)
        if (!recorder_has(library.texts[i]) && !IS_LISTED(library.texts[i], beside_requests) &&
            !FITS_ANY(library.texts[i], of_the_database) && !FITS_ANY(library.texts[i], of_upkeep) &&
            !is_for_others(library.texts[i])) {
            print_error("no request has run it: %s\n", library.texts[i]);
            unknown++;
        }
    assert_int_equal(unknown, 0);
}

/* So that the file that is searched holds them all. */
static void test_what_requests_run_is_in_the_library(void **state)
{
    const char *text;

    (void)state;
    for (unsigned i = 0; (text = recorder_text(i)); i++) {
        bool found = false;

        for (size_t n = 0; n < library.count && !found; n++)
            found = !strcmp(text, library.texts[n]);
        if (!found && strncmp(text, "PRAGMA ", 7) != 0)
            fail_msg("not in the library's file: %s", text);
    }
}

static void check_list(const char *const *patterns, size_t count, bool in_request)
{
    for (size_t i = 0; i < count; i++) {
        size_t found = 0;

        for (size_t n = 0; n < library.count; n++)
            if (test_statement_fits(library.texts[n], patterns[i])) {
                found++;
                if (recorder_has(library.texts[n]) != in_request)
                    fail_msg("requests %s: %s", in_request ? "do not run" : "run", library.texts[n]);
            }
        if (!found)
            fail_msg("there is no such statement: %s", patterns[i]);
    }
}

static void test_the_lists_are_right(void **state)
{
    (void)state;
    check_list(in_requests.texts, in_requests.count, true);
    check_list(beside_requests.texts, beside_requests.count, false);
    check_list(of_upkeep, sizeof(of_upkeep) / sizeof(of_upkeep[0]), false);
    check_list(of_one_writer, sizeof(of_one_writer) / sizeof(of_one_writer[0]), !test_place_is_postgres());
    check_list(of_many_writers, sizeof(of_many_writers) / sizeof(of_many_writers[0]), test_place_is_postgres());
}

/* All that a request reads or writes at once is one actor's. */
static void test_transactions_are_of_one_actor(void **state)
{
    (void)state;
    if (recorder_stray(0))
        fail_msg("of another actor than what comes before it: %s", recorder_stray(0));
}

/* ---- plans ---- */

static const char *const any_values[TEST_PLAN_PARAMETERS + 1] = {
    "", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11", "a12", "a13", "a14", "a15", "a16",
    "a17", "a18", "a19", "a20", "a21", "a22", "a23", "a24", "a25", "a26", "a27", "a28", "a29", "a30", "a31", "a32"};

/* An index leads to one actor's rows, to one server's, to one value that an actor is looked up by, or to one secret. */
static bool has_key(const test_plan_step *step)
{
    return test_plan_step_has(step, "id") || test_plan_step_has(step, "actor_id") ||
           test_plan_step_has(step, "server_id") || test_plan_step_has(step, "secret") ||
           (test_plan_step_has(step, "property_name") && test_plan_step_has(step, "value"));
}

static bool is_single_key(const test_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (!has_key(&plan->steps[i]))
            return false;
    return true;
}

/* The table has a row for each server, and is whole wherever there are shards. */
static bool is_of_servers(const test_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->steps[i].table, "servers") && *plan->steps[i].table)
            return false;
    return true;
}

/* What is found by one key is one actor's, and may be sorted; an actor is asked for by its creator where creators have
 * one. */
static bool may_sort(const test_plan *plan)
{
    return is_single_key(plan) || test_plan_step_has(&plan->steps[0], "creator") || is_of_servers(plan);
}

static const char *fault_of(const char *sql, const test_plan *plan, bool loaded)
{
    bool many = is_listed(sql);

    if (!plan->count && !strstr(sql, "VALUES"))
        return "no table is in the plan";
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].whole)
            return "a table is read as it lies";
    if (!is_single_key(plan) && !many)
        return "this is not by one key";
    return loaded && plan->sorts && !may_sort(plan) ? "this sorts more than one actor's rows" : NULL;
}

enum coverage { EMPTY, LOADED, LOADED_AND_FREE };

static void check_plans(struct fixture *f, enum coverage coverage)
{
    size_t faults = 0;

    for (size_t i = 0; i < library.count; i++) {
        const char *sql = library.texts[i], *fault;
        test_plan plan;

        if (FITS_ANY(sql, of_the_database) || (coverage == LOADED_AND_FREE && is_listed(sql)))
            continue;
        test_plan_of(f->database, sql, any_values, f->arena, &plan);
        fault = fault_of(sql, &plan, coverage != EMPTY);
        if (fault)
            print_error("%s:\n    %s\n%s\n", fault, sql, plan.text);
        faults += fault != NULL;
    }
    assert_int_equal(faults, 0);
}

static bool is_in_a_range(const test_plan_step *step)
{
    return test_plan_step_has(step, "name") ||
           (test_plan_step_compares(step, "name", '>') && test_plan_step_compares(step, "name", '<'));
}

/* Of a list no more is read than its items, and of a bucket no more than one list's. */
static void check_ranges(struct fixture *f)
{
    size_t ranges = 0;

    for (size_t i = 0; i < library.count; i++) {
        const char *sql = library.texts[i];
        test_plan plan;

        if (is_listed(sql) || !strstr(sql, " AND name COLLATE \"binary\" <"))
            continue;
        ranges++;
        test_plan_of(f->database, sql, any_values, f->arena, &plan);
        for (size_t n = 0; n < plan.count; n++)
            if (!is_in_a_range(&plan.steps[n]))
                fail_msg("not only in a range of names:\n    %s\n%s", sql, plan.text);
    }
    assert_true(ranges > 10);
}

/* With PostgreSQL it is all the same which index leads to nothing. */
static void test_plans_of_empty_tables(void **state)
{
    check_plans(*state, EMPTY);
    if (!test_place_is_postgres())
        check_ranges(*state);
}

/* ---- with rows in them ---- */

/* Actors a0 to a499 with ten of everything. */
static const char rows[] =
    "CREATE TEMPORARY TABLE n AS SELECT 'a' || i AS id, j FROM generate_series(0, 499) i, generate_series(0, 9) j;"
    "INSERT INTO actors SELECT id, 'creator of ' || id, 'p' FROM n WHERE j = 0;"
    "INSERT INTO properties SELECT id, 'list:n-#a' || j, 'v' FROM n;"
    "INSERT INTO properties SELECT id, 'property ' || j, 'v' FROM n;"
    "INSERT INTO property_lookup SELECT 'email' || j, id, id FROM n;"
    "INSERT INTO attributes SELECT id, 'b' || j || ':n', 'b' || j, 'n', '1', NULL, 1000 + j FROM n;"
    "INSERT INTO attributes SELECT id, '_callback_state:' || j, '_callback_state', j, '1' FROM n;"
    "INSERT INTO peertrustees SELECT id, 'p' || j, 'u', 't', 's' FROM n;"
    "INSERT INTO trusts (id, peerid, baseuri, type, relationship, secret, approved, peer_approved, verified)"
    " SELECT id, 'p' || j, 'u', 't', 'friend', 's' || id || j, TRUE, TRUE, TRUE FROM n;"
    "INSERT INTO subscriptions SELECT id, 'p' || j || ':s', 'p' || j, 's', '', '', '', '', 1, FALSE FROM n;"
    "INSERT INTO subscription_diffs SELECT id, 's:' || j, 's', '2026-01-01', '{}', j FROM n;"
    "INSERT INTO subscription_suspensions SELECT id, 't' || j, '', '2026-01-01' FROM n;"
    "INSERT INTO outbox SELECT id, 'p' || j, 's', 1, 1, 0, '' FROM n;"
    "INSERT INTO outbox_queues SELECT id, 'p' || j, 's', 'server ' || j % 4 FROM n;"
    "INSERT INTO servers SELECT id, j FROM n WHERE j = 0;"
    "ANALYZE";

static void load(struct fixture *f)
{
    assert_ok(f, f->database->driver->execute(f->database, rows, &f->err));
}

/* As a server plans; and with no way forbidden, when what is not a lookup may well read it all. */
static void test_plans_of_full_tables(void **state)
{
    struct fixture *f = *state;

    if (!test_place_is_postgres())
        skip(); /* SQLite's plans are the same with and without rows: nothing is gathered about them */
    load(f);
    check_plans(f, LOADED);
    check_ranges(f);
    assert_ok(f, f->database->driver->execute(f->database, "SET enable_seqscan = on", &f->err));
    check_plans(f, LOADED_AND_FREE);
}

/* ---- shards ---- */

/* Every table that has an actor's id in four parts by it, with all its indexes. The one key that cannot be kept apart
 * by actor is that of property_lookup, which is to find the actor: it gets one more column. */
static const char parting[] =
    "ALTER TABLE property_lookup DROP CONSTRAINT property_lookup_pkey;"
    "ALTER TABLE property_lookup ADD PRIMARY KEY (property_name, value, actor_id);"
    "DO $$ DECLARE c record; BEGIN"
    " FOR c IN SELECT table_name AS name, column_name AS key FROM information_schema.columns"
    "  WHERE table_schema = current_schema() AND column_name IN ('id', 'actor_id') LOOP"
    "  EXECUTE format('ALTER TABLE %I RENAME TO whole', c.name);"
    "  EXECUTE format('CREATE TABLE %I (LIKE whole INCLUDING ALL) PARTITION BY HASH (%I)', c.name, c.key);"
    "  FOR i IN 0..3 LOOP"
    "   EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 4, REMAINDER %s)',"
    "                  c.name || '_' || i, c.name, i);"
    "  END LOOP;"
    "  DROP TABLE whole CASCADE;"
    " END LOOP; END $$";

/* For each parameter an id whose rows are in another part than those of the one before. */
static void find_values(struct fixture *f, const char **values)
{
    const char *ids[PARTITIONS] = {NULL};
    aw__statement s = aw__sql(f->database,
                              "SELECT right(tableoid::regclass::text, 1)::integer, min(id) FROM actors GROUP BY 1", &f->err);

    while (aw__row(&s))
        ids[aw__column_int(&s, 0)] = aw__arena_strdup(f->arena, aw__column_text(&s, 1));
    assert_int_equal(aw__finish(&s), AW_OK);
    for (int i = 0; i <= TEST_PLAN_PARAMETERS; i++) {
        values[i] = ids[i % PARTITIONS];
        assert_non_null(values[i]);
    }
}

/* The parts that the rows are looked for in, whichever tables they are of, as bits. */
static unsigned parts_of(const test_plan *plan)
{
    unsigned parts = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const char *table = plan->steps[i].table;
        size_t bytes = strlen(table);

        if (bytes && table[bytes - 1] >= '0' && table[bytes - 1] < '0' + PARTITIONS)
            parts |= 1u << (table[bytes - 1] - '0');
    }
    return parts;
}

/* The part that a statement inserts into, as a bit: that of the parameter which stands for the id. It has "(id, ...)
 * VALUES ($1, ...)", or a SELECT of as many values. */
static unsigned inserted_part_of(const char *sql, const char *const *values)
{
    const char *columns = strchr(sql, '('), *key = NULL, *expressions;
    int position = 0, number = 0;

    if (strncmp(sql, "INSERT INTO ", 12) != 0 || !strncmp(sql, "INSERT INTO servers ", 20))
        return 0;
    for (const char *at = columns + 1; !key; at += strcspn(at, ",") + 2, position++)
        if (!strncmp(at, "id,", 3) || !strncmp(at, "actor_id", 8))
            key = at;
    expressions = strstr(sql, "VALUES (") ? strstr(sql, "VALUES (") + 8 : strstr(sql, "SELECT ") + 7;
    while (--position)
        expressions += strcspn(expressions, ",") + 2;
    if (sscanf(expressions, "$%d", &number) != 1)
        return 0; /* a column of a row that is read */
    for (unsigned part = 0; part < PARTITIONS; part++)
        if (values[number] == values[part])
            return 1u << part;
    return 0;
}

/* Those that are listed read several parts, or a table that is not parted; all others one part, the same of every
 * table. */
static void test_every_statement_touches_one_shard(void **state)
{
    struct fixture *f = *state;
    const char *values[TEST_PLAN_PARAMETERS + 1];
    size_t faults = 0;

    if (!test_place_is_postgres())
        skip(); /* it has no partitions */
    assert_ok(f, f->database->driver->execute(f->database, parting, &f->err));
    load(f);
    find_values(f, values);
    for (size_t i = 0; i < library.count; i++) {
        const char *sql = library.texts[i];
        bool many = is_listed(sql);
        test_plan plan;

        if (FITS_ANY(sql, of_the_database))
            continue;
        test_plan_of(f->database, sql, values, f->arena, &plan);

        unsigned parts = parts_of(&plan) | inserted_part_of(sql, values);
        bool several = (parts & (parts - 1)) != 0;

        if ((many ? several : parts && !several) || (strstr(sql, " servers") && is_of_servers(&plan)))
            continue;
        print_error("%s:\n    %s\n%s\n", many ? "listed, and in one part" : several ? "in several parts" : "in no part",
                    sql, plan.text);
        faults++;
    }
    assert_int_equal(faults, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement_is_accounted_for),
        cmocka_unit_test(test_what_requests_run_is_in_the_library),
        cmocka_unit_test(test_the_lists_are_right),
        cmocka_unit_test(test_transactions_are_of_one_actor),
        with_database(test_plans_of_empty_tables),
        with_database(test_plans_of_full_tables),
        with_database(test_every_statement_touches_one_shard),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
