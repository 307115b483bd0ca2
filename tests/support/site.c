/*
 * The site of the tests. Snapshots read the SQLite file through a connection of their own.
 */
#include "support/site.h"

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "store/actors.h"

enum { PUMP_MAX_MS = 10000, PUMP_STEP_MS = 50 };

static char actor_id[AW__ID_BYTES]; /* the same for every site of a process */

static const aw__config settings = {
    .type = "urn:actingweb:test:me",
    .version = "1",
    .desc = "Test: ",
    .info = "https://actingweb.org/",
    .default_relationship = "associate",
    .gap_timeout_ms = 5000,
    .max_pending = 100,
    .subscription_processing = true,
};

static int insert_actor(aw_database *database, void *arg, aw_error *err)
{
    test_site *t = arg;

    return aw__actors_insert(database, t->actor_id, "creator", "passphrase-of-the-actor", err);
}

/* Memory is no place to test durability, but commits that wait for a disk make a walk over every failure slow. */
static const char *scratch(void)
{
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static void open_site(test_site *t, bool embedded)
{
    aw_error err = {0};
    char location[128];

    snprintf(location, sizeof(location), "sqlite:%s", t->database);
    t->actor_id = actor_id;
    t->site.config = settings;
    t->site.config.root = t->root;
    if (aw_runtime_new(&(aw_runtime_params){.size = sizeof(aw_runtime_params), .workers = 2,
                                            .allow_private_peers = true}, &t->site.runtime, &err))
        fail_msg("no runtime: %s", err.message);
    if (!embedded && aw_runtime_start(t->site.runtime, &err))
        fail_msg("no thread for the runtime: %s", err.message);
    if (aw__store_open(location, &t->site.store, &err))
        fail_msg("no store: %s", err.message);
}

static test_site *make(bool embedded)
{
    test_site *t = calloc(1, sizeof(*t));
    aw_error err = {0};

    assert_non_null(t);
    snprintf(t->directory, sizeof(t->directory), "%s/aw-test-XXXXXX", scratch());
    assert_non_null(mkdtemp(t->directory));
    snprintf(t->database, sizeof(t->database), "%s/store.db", t->directory);
    snprintf(t->root, sizeof(t->root), "http://127.0.0.1:9/");
    if (!*actor_id)
        assert_int_equal(aw__id_new(t->root, actor_id), AW_OK);
    open_site(t, embedded);
    if (aw__store_write(t->site.store, insert_actor, t, &err))
        fail_msg("no actor: %s", err.message);
    return t;
}

test_site *test_site_new(void)
{
    return make(false);
}

test_site *test_site_new_embedded(void)
{
    return make(true);
}

test_site *test_site_new_beside(const test_site *other)
{
    test_site *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    snprintf(t->database, sizeof(t->database), "%s", other->database);
    snprintf(t->root, sizeof(t->root), "http://127.0.0.1:10/");
    open_site(t, false);
    return t;
}

void test_site_free(test_site *t)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char path[128];

    if (!t)
        return;
    aw_runtime_free(t->site.runtime);
    aw__store_close(t->site.store);
    for (size_t i = 0; *t->directory && i < sizeof(suffixes) / sizeof(*suffixes); i++) {
        snprintf(path, sizeof(path), "%s%s", t->database, suffixes[i]);
        unlink(path);
    }
    if (*t->directory)
        rmdir(t->directory);
    free(t);
}

static int insert_trust(aw_database *database, void *arg, aw_error *err)
{
    return aw__trusts_insert(database, arg, err);
}

void test_site_add_trust(test_site *t, const char *peer_id, const char *baseuri)
{
    char secret[300];
    aw_trust made = {
        .actor_id = t->actor_id,
        .peer_id = peer_id,
        .baseuri = baseuri,
        .type = "urn:actingweb:test:peer",
        .relationship = "friend",
        .secret = secret,
        .desc = "",
        .verification_token = "token",
        .peer_identifier = "",
        .established_via = "trust",
        .created_at = "",
        .last_accessed = "",
        .last_connected_via = "",
        .client_name = "",
        .client_version = "",
        .client_platform = "",
        .oauth_client_id = "",
        .aw_supported = "",
        .aw_version = "",
        .capabilities_fetched_at = "",
        .approved = true,
        .peer_approved = true,
        .verified = true,
    };
    aw_error err = {0};

    snprintf(secret, sizeof(secret), "secret-of-%s", peer_id);
    if (aw__store_write(t->site.store, insert_trust, &made, &err))
        fail_msg("no trust: %s", err.message);
}

struct trust_read {
    const char *actor_id;
    const char *peer_id;
    aw_trust *trust;
};

static int read_trust(aw_database *database, void *arg, aw_error *err)
{
    struct trust_read *r = arg;

    return aw__trusts_get(database, r->actor_id, r->peer_id, &r->trust, err);
}

aw_trust *test_site_trust(test_site *t, const char *peer_id)
{
    struct trust_read r = {t->actor_id, peer_id, NULL};
    aw_error err = {0};
    int rc = aw__store_read(t->site.store, read_trust, &r, &err);

    if (rc && rc != AW_E_NOT_FOUND)
        fail_msg("the trust cannot be read: %s", err.message);
    return r.trust;
}

/* The rows of one table, each as "table|column=value|...", sorted by the whole line. */
static void print_table(sqlite3 *db, const char *table, FILE *out)
{
    sqlite3_stmt *statement = NULL;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);

    assert_non_null(sql);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    sqlite3_free(sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        fputs(table, out);
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const unsigned char *text = sqlite3_column_text(statement, i);

            fprintf(out, "|%s=%s", sqlite3_column_name(statement, i), text ? (const char *)text : "NULL");
        }
        fputc('\n', out);
    }
    sqlite3_finalize(statement);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines of text in place of a copy. */
static char *sorted(const char *text)
{
    size_t count = 0, n = 0, bytes = strlen(text);
    char *copy = strdup(text), *result = calloc(1, bytes + 1), *rest = copy;

    for (const char *c = text; *c; c++)
        count += *c == '\n';
    char **lines = calloc(count + 1, sizeof(*lines));

    assert_true(copy && result && lines);
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        lines[n++] = line;
    qsort(lines, n, sizeof(*lines), by_text);
    char *at = result;

    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s\n", lines[i]);
    free(lines);
    free(copy);
    return result;
}

char *test_site_snapshot(const test_site *t)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    assert_int_equal(sqlite3_open_v2(t->database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, PUMP_MAX_MS);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                                            "'sqlite_%'", -1, &tables, NULL), SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        print_table(db, (const char *)sqlite3_column_text(tables, 0), out);
    sqlite3_finalize(tables);
    sqlite3_close(db);
    fclose(out);
    char *result = sorted(text);

    free(text);
    return result;
}

void test_site_pump(test_site *t)
{
    struct pollfd readable = {.fd = aw_runtime_fd(t->site.runtime), .events = POLLIN};
    int timeout_ms = aw_runtime_timeout_ms(t->site.runtime);

    poll(&readable, 1, timeout_ms < 0 || timeout_ms > PUMP_STEP_MS ? PUMP_STEP_MS : timeout_ms);
    aw_runtime_process(t->site.runtime);
}

bool test_site_pump_until(test_site *t, const bool *flag)
{
    uint64_t end = aw__now_ms() + PUMP_MAX_MS;

    while (!*flag && aw__now_ms() < end)
        test_site_pump(t);
    return *flag;
}
