/*
 * Where the databases are, how large they are, and which settings they have. The only part that knows which kind is
 * which.
 */
#include "scale.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/postgres.h"
#include "store/statement.h"

void place_find(const options *o, const char *store, int64_t actors, database *ret_database)
{
    database *d = ret_database;

    *d = (database){.options = o, .actors = actors, .seed = (unsigned)actors + 1};
    if (aw__text_starts(store, "sqlite:")) {
        snprintf(d->path, sizeof(d->path), "%.500s/scale-%lld.db", store + strlen("sqlite:"), (long long)actors);
        snprintf(d->location, sizeof(d->location), "sqlite:%s", d->path);
    } else {
        snprintf(d->location, sizeof(d->location), "%.600s%cschema=scale_%lld", store, strchr(store, '?') ? '&' : '?',
                 (long long)actors);
    }
}

/* --------------------------------------------------------------------------------- what no transaction may hold --- */

static void execute_outside(const database *d, const char *sql)
{
    aw_database *connection = NULL;
    aw_error err = {0};

    if (aw__postgres_driver.open(d->location + strlen("postgresql:"), false, &connection, &err) ||
        aw__postgres_driver.execute(connection, "SET statement_timeout = 0", &err) ||
        aw__postgres_driver.execute(connection, sql, &err))
        give_up(sql, &err);
    aw__postgres_driver.close(connection);
}

void place_settle(const database *d)
{
    static const char *const tables[] = {"VACUUM (ANALYZE) actors", "VACUUM (ANALYZE) properties", "CHECKPOINT"};

    for (size_t i = 0; !*d->path && i < sizeof(tables) / sizeof(tables[0]); i++)
        execute_outside(d, tables[i]);
}

void place_remove(const database *d)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char text[700];

    for (size_t i = 0; *d->path && i < 3; i++) {
        snprintf(text, sizeof(text), "%s%s", d->path, suffixes[i]);
        unlink(text);
    }
    if (!*d->path) {
        snprintf(text, sizeof(text), "DROP SCHEMA scale_%lld CASCADE", (long long)d->actors);
        execute_outside(d, text);
    }
}

/* ------------------------------------------------------------------------------------------------------ sizes --- */

static int64_t file_bytes(const char *path, const char *suffix)
{
    struct stat about;
    char name[700];

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    return stat(name, &about) ? 0 : about.st_size;
}

/* Of PostgreSQL: tables without and with indexes, of those that have something. */
static int ask_sizes(aw_database *connection, void *arg, aw_error *err)
{
    json_t *parts = arg;
    aw__statement s = aw__sql(connection,
                              "SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n"
                              " ON n.oid = c.relnamespace WHERE n.nspname = current_schema()"
                              " AND c.relkind IN ('r', 'i') AND pg_relation_size(c.oid) > 65536 ORDER BY 2 DESC",
                              err);

    while (aw__row(&s))
        json_object_set_new(parts, aw__column_text(&s, 0), json_integer(aw__column_int(&s, 1)));
    return aw__finish(&s);
}

static int ask_total(aw_database *connection, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(connection,
                              "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
                              " ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'",
                              err);

    *(int64_t *)arg = aw__row(&s) ? aw__column_int(&s, 0) : 0;
    return aw__finish(&s);
}

json_t *place_sizes(database *d)
{
    json_t *parts = json_object();
    int64_t bytes = file_bytes(d->path, "") + file_bytes(d->path, "-wal");
    aw_error err = {0};

    if (!*d->path && (aw__store_read(d->store, ask_total, &bytes, &err) || aw__store_read(d->store, ask_sizes, parts, &err)))
        give_up("asking for sizes", &err);
    return json_pack("{s:I, s:o}", "bytes", (json_int_t)bytes, "parts", parts);
}

/* -------------------------------------------------------------------------------------------------- settings --- */

static int ask_sqlite(aw_database *connection, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(connection, "SELECT sqlite_version()", err);

    if (aw__row(&s))
        json_object_set_new(arg, "version", json_string(aw__column_text(&s, 0)));
    return aw__finish(&s);
}

static int ask_postgres(aw_database *connection, void *arg, aw_error *err)
{
    json_t *settings = json_object();
    aw__statement s = aw__sql(connection,
                              "SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('server_version',"
                              " 'shared_buffers', 'fsync', 'synchronous_commit', 'full_page_writes', 'max_wal_size',"
                              " 'checkpoint_timeout', 'effective_cache_size', 'work_mem') ORDER BY name",
                              err);

    while (aw__row(&s)) {
        const char *name = aw__column_text(&s, 0);
        bool is_version = strcmp(name, "server_version") == 0;

        json_object_set_new(is_version ? arg : settings, is_version ? "version" : name,
                            json_string(aw__column_text(&s, 1)));
    }
    json_object_set_new(arg, "settings", settings);
    return aw__finish(&s);
}

json_t *place_about(database *d)
{
    json_t *about = json_pack("{s:s}", "name", *d->path ? "SQLite" : "PostgreSQL");
    aw_error err = {0};

    if (aw__store_read(d->store, *d->path ? ask_sqlite : ask_postgres, about, &err))
        give_up("asking for settings", &err);
    return about;
}
