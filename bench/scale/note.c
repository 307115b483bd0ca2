/*
 * What a database that was filled says about itself, so that it can be used again.
 */
#include "scale.h"

#include <jansson.h>
#include <stdio.h>

#include "store/attributes.h"
#include "store/statement.h"

/* No actor has this id. */
static const char note_actor[] = "_bench_scale", note_bucket[] = "load", note_name[] = "done";

static int write_note(aw_database *connection, void *arg, aw_error *err)
{
    return aw__attributes_set(connection, note_actor, note_bucket, note_name, arg, 0, err);
}

static int read_note(aw_database *connection, void *arg, aw_error *err)
{
    json_t **ret_note = arg;
    aw__arena *arena = aw__arena_new();
    aw__attribute_row row;
    int rc = aw__attributes_get(connection, arena, note_actor, note_bucket, note_name, &row, err);

    json_decref(*ret_note);
    *ret_note = rc ? NULL : json_loads(row.data, JSON_DECODE_ANY, NULL);
    aw__arena_free(arena);
    return rc;
}

void note_keep(const database *d)
{
    char text[192];
    aw_error err = {0};

    snprintf(text, sizeof(text), "{\"actors\":%lld,\"properties\":%d,\"threads\":%d,\"s\":%.3f,\"busy\":%.2f}",
             (long long)d->actors, d->options->properties, d->options->threads, d->load_s, d->load_busy);
    if (aw__store_write(d->store, write_note, text, &err))
        give_up("loading", &err);
}

static int ask_actors(aw_database *connection, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(connection, "SELECT 1 FROM actors LIMIT 1", err);

    *(bool *)arg = aw__row(&s);
    return aw__finish(&s);
}

static _Noreturn void refuse(const database *d, const char *what)
{
    char text[700];

    snprintf(text, sizeof(text), "%s scale%c%lld %.500s; remove it, or choose another place",
             *d->path ? "the file" : "the schema", *d->path ? '-' : '_', (long long)d->actors, what);
    give_up(text, NULL);
}

bool note_find(database *d)
{
    json_t *note = NULL;
    bool used = false, same;
    aw_error err = {0};

    if (aw__store_read(d->store, read_note, &note, &err)) {
        if (aw__store_read(d->store, ask_actors, &used, &err) || used)
            refuse(d, used ? "has actors, but was not loaded to the end" : err.message);
        return false;
    }
    same = json_integer_value(json_object_get(note, "actors")) == d->actors &&
           json_integer_value(json_object_get(note, "properties")) == d->options->properties;
    if (!same)
        refuse(d, "was loaded with other numbers of actors and properties");
    d->load_s = json_number_value(json_object_get(note, "s"));
    d->load_busy = json_number_value(json_object_get(note, "busy"));
    json_decref(note);
    return true;
}
