/*
 * The table attributes. What the buckets are for is known where they are used.
 */
#include "store/attributes.h"

#include <string.h>

#include "base/clock.h"
#include "store/rows.h"
#include "store/statement.h"

/* bucket_name, half of the key, is ambiguous ("a:b" + "c", "a" + "b:c"), so the bucket is compared as well. */
#define THIS_ONE "id = $1 AND bucket_name = $2 || ':' || $3 AND bucket = $4"
#define ALIVE(n) "(ttl_timestamp IS NULL OR ttl_timestamp > $" #n ")"

static int64_t now_s(void)
{
    return aw__utc_us() / 1000000;
}

static void bind_key(aw__statement *s, const char *actor_id, const char *bucket, const char *name)
{
    aw__bind_text(s, actor_id);
    aw__bind_text(s, bucket);
    aw__bind_text(s, name);
    aw__bind_text(s, bucket);
}

static void read_attribute(aw__statement *s, aw__arena *arena, aw__attribute_row *row)
{
    row->name = aw__column_dup(s, arena, 0);
    row->data = aw__column_dup(s, arena, 1);
    row->timestamp = aw__column_dup(s, arena, 2);
}

int aw__attributes_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                       const char *name, aw__attribute_row *ret_row, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "SELECT name, data, timestamp FROM attributes WHERE " THIS_ONE " AND " ALIVE(5), err);
    aw__attribute_row row = {0};
    bool found;
    int rc;

    bind_key(&s, actor_id, bucket, name);
    aw__bind_int(&s, now_s());
    found = aw__row(&s);
    if (found)
        read_attribute(&s, arena, &row);
    rc = aw__finish_found(&s, found, "attribute");
    if (!rc)
        *ret_row = row;
    return rc;
}

/* The first text behind all that begin with the prefix, so that the index is searched for no more than those: a bucket
 * may hold many lists. NULL when there is none that is simple (or no memory: then it takes longer). */
static char *range_end(aw__arena *arena, const char *prefix)
{
    size_t bytes = prefix ? strlen(prefix) : 0;
    char *end = bytes && prefix[bytes - 1] > 0 && prefix[bytes - 1] < '~' ? aw__arena_strndup(arena, prefix, bytes) : NULL;

    if (end)
        end[bytes - 1]++;
    return end;
}

/* The prefix is compared as properties.c does with "list:", and for the same reasons. */
int aw__attributes_list(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                        const char *prefix, aw__attribute_row **ret_rows, size_t *ret_count, aw_error *err)
{
    char *end = range_end(arena, prefix);
    aw__statement s = aw__sql(database,
                              end ? "SELECT name, data, timestamp FROM attributes WHERE id = $1 AND bucket = $2"
                                    " AND substr(name, 1, length($3)) = $3 AND " ALIVE(4)
                                    " AND name" AW__BYTEWISE " >= $5 AND name" AW__BYTEWISE " < $6 ORDER BY name" AW__BYTEWISE
                                  : "SELECT name, data, timestamp FROM attributes WHERE id = $1 AND bucket = $2"
                                    " AND substr(name, 1, length($3)) = $3 AND " ALIVE(4)
                                    " ORDER BY name" AW__BYTEWISE,
                              err);
    aw__attribute_row *rows = NULL;
    size_t count = 0;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, bucket);
    aw__bind_text(&s, prefix ? prefix : "");
    aw__bind_int(&s, now_s());
    if (end) {
        aw__bind_text(&s, prefix);
        aw__bind_text(&s, end);
    }
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        read_attribute(&s, arena, &rows[count]);
        count++;
    }
    rc = aw__finish(&s);
    if (rc)
        return rc;
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
}

int aw__attributes_list_all(aw_database *database, aw__arena *arena, const char *actor_id,
                            aw__attribute_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT name, data, timestamp, bucket FROM attributes WHERE id = $1 AND " ALIVE(2)
                              " ORDER BY bucket" AW__BYTEWISE ", name" AW__BYTEWISE,
                              err);
    aw__attribute_row *rows = NULL;
    size_t count = 0;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_int(&s, now_s());
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        read_attribute(&s, arena, &rows[count]);
        rows[count++].bucket = aw__column_dup(&s, arena, 3);
    }
    rc = aw__finish(&s);
    if (rc)
        return rc;
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
}

int aw__attributes_set(aw_database *database, const char *actor_id, const char *bucket, const char *name,
                       const char *data, int64_t expires_at_s, aw_error *err)
{
    aw__statement s =
        aw__sql(database,
                "INSERT INTO attributes (id, bucket_name, bucket, name, data, timestamp, ttl_timestamp)"
                " VALUES ($1, $2 || ':' || $3, $4, $5, $6, $7, $8)"
                " ON CONFLICT (id, bucket_name) DO UPDATE SET bucket = excluded.bucket, name = excluded.name,"
                " data = excluded.data, timestamp = excluded.timestamp, ttl_timestamp = excluded.ttl_timestamp",
                err);
    char now[AW__TIMESTAMP_BYTES];

    aw__timestamp_space(aw__utc_us(), now);
    bind_key(&s, actor_id, bucket, name);
    aw__bind_text(&s, name);
    aw__bind_text(&s, data);
    aw__bind_text(&s, now);
    if (expires_at_s)
        aw__bind_int(&s, expires_at_s);
    else
        aw__bind_text(&s, NULL);
    return aw__finish(&s);
}

int aw__attributes_delete(aw_database *database, const char *actor_id, const char *bucket, const char *name,
                          aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM attributes WHERE " THIS_ONE, err);

    bind_key(&s, actor_id, bucket, name);
    return aw__finish(&s);
}

int aw__attributes_delete_bucket(aw_database *database, const char *actor_id, const char *bucket, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM attributes WHERE id = $1 AND bucket = $2", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, bucket);
    return aw__finish(&s);
}

int aw__attributes_delete_all(aw_database *database, const char *actor_id, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM attributes WHERE id = $1", err);

    aw__bind_text(&s, actor_id);
    return aw__finish(&s);
}

int aw__attributes_bytes(aw_database *database, const char *actor_id, const char *bucket, int64_t *ret_bytes,
                         aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT COALESCE(SUM(length(name) + length(CAST(data AS TEXT)) + 64), 0) FROM attributes"
                              " WHERE id = $1 AND bucket = $2",
                              err);
    int64_t bytes = 0;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, bucket);
    if (aw__row(&s))
        bytes = aw__column_int(&s, 0);
    int rc = aw__finish(&s);

    if (rc == AW_OK)
        *ret_bytes = bytes;
    return rc;
}

/* The bucket is written out, so that the index that has nothing else is used. */
int aw__attributes_callback_states(aw_database *database, aw__arena *arena, const aw__attribute_place *after, int limit,
                                   aw__attribute_place **ret_places, size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT id, name FROM attributes WHERE bucket = '_callback_state'"
                              " AND (id > $1 OR (id = $2 AND name > $3)) ORDER BY id, name LIMIT $4",
                              err);
    aw__attribute_place *places = NULL;
    size_t count = 0;

    aw__bind_text(&s, after ? after->actor_id : "");
    aw__bind_text(&s, after ? after->actor_id : "");
    aw__bind_text(&s, after ? after->name : "");
    aw__bind_int(&s, limit);
    while (aw__row(&s)) {
        places = aw__rows_grow(&s, arena, places, count, sizeof(*places));
        if (!places)
            break;
        places[count].actor_id = aw__column_dup(&s, arena, 0);
        places[count].name = aw__column_dup(&s, arena, 1);
        count++;
    }
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    *ret_places = places;
    *ret_count = count;
    return AW_OK;
}

/* Those that the index has first, so that a page costs no more than what is in it. What another one sets anew meanwhile
 * is looked at again. */
int aw__attributes_delete_expired(aw_database *database, int64_t now, int limit, int64_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "DELETE FROM attributes WHERE ttl_timestamp <= $1 AND (id, bucket_name) IN"
                              " (SELECT id, bucket_name FROM attributes WHERE ttl_timestamp <= $1"
                              " ORDER BY ttl_timestamp LIMIT $2)",
                              err);

    aw__bind_int(&s, now);
    aw__bind_int(&s, limit);
    int rc = aw__finish(&s);

    if (rc == AW_OK)
        *ret_count = aw__changes(database);
    return rc;
}
