/*
 * Profiles of peers, kept and read. Fetching them is src/flow/peer_profile.c's.
 */
#include "actor/peer_profile.h"

#include <string.h>

#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "store/attributes.h"
#include "store/trusts.h"

static const char *const standard[] = {"displayname", "email", "description"};

enum { STANDARD = sizeof(standard) / sizeof(*standard), US_PER_S = 1000000 };

static bool is_standard(const char *name)
{
    for (size_t i = 0; i < STANDARD; i++)
        if (strcmp(standard[i], name) == 0)
            return true;
    return false;
}

/* One transaction, with what it looks at. */
struct profile {
    aw__arena *arena;
    const char *actor_id;
    const char *peer_id;
    const char *key;
    const json_t *properties;
    const aw__profile_names *names;
    json_t *row; /* that was read, or written */
};

static int begin(struct profile *p, const char *actor_id, const char *peer_id, aw_error *err)
{
    *p = (struct profile){.arena = aw__arena_new(), .actor_id = actor_id, .peer_id = peer_id};
    p->key = p->arena ? aw__arena_printf(p->arena, "%s:%s", actor_id, peer_id) : NULL;
    return p->key ? AW_OK : aw__fail_nomem(err);
}

static void end(struct profile *p)
{
    json_decref(p->row);
    aw__arena_free(p->arena);
}

/* ---- reading ---- */

static int read_row(aw_database *database, void *arg, aw_error *err)
{
    struct profile *p = arg;
    aw__attribute_row found;

    json_decref(p->row);
    p->row = NULL;
    int rc = aw__attributes_get(database, p->arena, p->actor_id, AW__PEER_PROFILES_BUCKET, p->key, &found, err);

    return rc ? rc : aw__stored_object(found.data, &p->row, err);
}

int aw__peer_profile_get(aw__site *site, const char *actor_id, const char *peer_id, json_t **ret_row, aw_error *err)
{
    struct profile p;
    int rc = begin(&p, actor_id, peer_id, err);

    if (rc == AW_OK)
        rc = aw__store_read(site->store, read_row, &p, err);
    if (rc == AW_OK) {
        *ret_row = p.row;
        p.row = NULL;
    }
    end(&p);
    return rc;
}

bool aw__peer_profile_serves(const json_t *row, const aw__profile_names *names, int64_t max_age_s)
{
    const json_t *extra = json_object_get(row, "extra_attributes");
    int64_t fetched_us, age_us;

    if (!aw__timestamp_parse(aw__json_get_text(row, "fetched_at", ""), &fetched_us) ||
        *aw__json_get_text(row, "fetch_error", ""))
        return false;
    age_us = aw__utc_us() - fetched_us;
    if (age_us < 0 || age_us / US_PER_S >= max_age_s)
        return false;
    for (size_t i = 0; i < names->count; i++)
        if (!is_standard(names->items[i]) && !json_object_get(extra, names->items[i]))
            return false;
    return true;
}

/* ---- keeping ---- */

/* The property, or null; 0, or -1 when out of memory. */
static int copy(json_t *to, const json_t *properties, const char *name)
{
    json_t *value = json_object_get(properties, name);

    return json_object_set_new(to, name, value ? json_deep_copy(value) : json_null());
}

static int copy_all(const struct profile *p, json_t *row, json_t *extra, const json_t *before)
{
    const char *name;
    json_t *value;
    int failed = 0;

    for (size_t i = 0; i < STANDARD; i++)
        failed = failed || copy(row, p->properties, standard[i]);
    for (size_t i = 0; i < p->names->count; i++)
        if (!is_standard(p->names->items[i]))
            failed = failed || copy(extra, p->properties, p->names->items[i]);
    json_object_foreach((json_t *)(uintptr_t)json_object_get(before, "extra_attributes"), name, value)
    {
        failed = failed || copy(extra, p->properties, name);
    }
    return failed;
}

/* NULL when out of memory. */
static json_t *make_row(const struct profile *p, const json_t *before)
{
    char now[AW__TIMESTAMP_BYTES];
    json_t *extra = json_object();
    json_t *row = json_pack("{s:s,s:s}", "actor_id", p->actor_id, "peer_id", p->peer_id);

    aw__timestamp_offset(aw__utc_us(), now);
    if (row && extra && !copy_all(p, row, extra, before) && !json_object_set(row, "extra_attributes", extra) &&
        !aw__json_set_text(row, "fetched_at", now) && !json_object_set_new(row, "fetch_error", json_null())) {
        json_decref(extra);
        return row;
    }
    json_decref(extra);
    json_decref(row);
    return NULL;
}

static int write_row(aw_database *database, const struct profile *p, const json_t *row, aw_error *err)
{
    char *text = aw__stored_object_text(row);
    int rc = text ? aw__attributes_set(database, p->actor_id, AW__PEER_PROFILES_BUCKET, p->key, text, 0, err)
                  : aw__fail_nomem(err);

    aw__free(text);
    return rc;
}

static int keep_row(aw_database *database, void *arg, aw_error *err)
{
    struct profile *p = arg;
    aw_trust *trust = NULL;
    aw_error why = {0};
    /* So that a trust that was deleted meanwhile leaves no rows behind. */
    int rc = aw__trusts_get(database, p->actor_id, p->peer_id, &trust, err);

    aw_trust_free(trust);
    if (rc)
        return rc;
    rc = read_row(database, p, &why);
    /* A row that cannot be understood is replaced; but not one that a failing database has not given. */
    if (rc && rc != AW_E_NOT_FOUND && (rc != AW_E_STORE || why.retriable)) {
        *err = why;
        return rc;
    }
    json_t *before = p->row;

    p->row = make_row(p, before);
    json_decref(before);
    return p->row ? write_row(database, p, p->row, err) : aw__fail_nomem(err);
}

int aw__peer_profile_keep(aw__site *site, const char *actor_id, const char *peer_id, const json_t *properties,
                          const aw__profile_names *names, json_t **ret_row, aw_error *err)
{
    struct profile p;
    int rc = begin(&p, actor_id, peer_id, err);

    p.properties = properties;
    p.names = names;
    if (rc == AW_OK)
        rc = aw__store_write(site->store, keep_row, &p, err);
    if (rc == AW_OK) {
        *ret_row = p.row;
        p.row = NULL;
    }
    end(&p);
    return rc;
}

int aw__peer_profile_forget(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    struct profile p;
    int rc = begin(&p, actor_id, peer_id, err);

    if (rc == AW_OK)
        rc = aw__attributes_delete(database, actor_id, AW__PEER_PROFILES_BUCKET, p.key, err);
    end(&p);
    return rc;
}
