/*
 * Rules of one relationship. How they combine with those of its type is permission.c's.
 */
#include "actor/permission_own.h"

#include <string.h>

#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/permission_json.h"
#include "store/attributes.h"

enum { NOTES_MAX_BYTES = 2048 };

/* ---- what may be set ---- */

static int check_note(const json_t *object, const char *name, aw_error *err)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);

    if (!value || json_is_null(value))
        return AW_OK;
    if (!text || strlen(text) != json_string_length(value))
        return aw__fail(err, AW_E_INVALID, "%s: must be a text", name);
    if (json_string_length(value) > NOTES_MAX_BYTES)
        return aw__fail(err, AW_E_TOO_LARGE, "%s: must not be longer than %d bytes", name, NOTES_MAX_BYTES);
    return AW_OK;
}

/* A member that GET shows too, so that what was read can be sent back. */
static bool is_known(const char *name)
{
    static const char *const others[] = {"actor_id",  "peer_id", "trust_type", "created_by",
                                         "updated_at", "notes",   "is_custom",  "source"};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(name, others[i]) == 0)
            return true;
    for (size_t i = 0; i < AW__PERMISSION_CATEGORIES; i++)
        if (strcmp(name, aw__permission_category_name((aw__permission_category)i)) == 0)
            return true;
    return false;
}

int aw__permission_check_own(json_t *object, aw_error *err)
{
    const char *name;
    json_t *value;
    int rc = aw__permissions_check(object, err);

    if (rc == AW_OK)
        rc = check_note(object, "created_by", err);
    if (rc == AW_OK)
        rc = check_note(object, "notes", err);
    if (rc)
        return rc;
    json_object_foreach(object, name, value)
        if (!is_known(name))
            return aw__fail(err, AW_E_INVALID,
                            "permissions are of properties, methods, actions, tools, resources and prompts, with "
                            "created_by and notes beside them");
    return AW_OK;
}

/* ---- the row ---- */

/* A category as it is stored; a new reference. */
static json_t *stored_rules(json_t *rules)
{
    if (json_is_array(rules))
        return json_pack("{s:O,s:[s]}", "patterns", rules, "operations", "read");
    return json_incref(rules);
}

/* Sets the row's member to the object's, or, where it has none yet, to fallback (NULL: null). */
static int set_member(json_t *row, const char *name, const json_t *object, const char *fallback)
{
    json_t *given = json_object_get(object, name);

    if (given)
        return json_object_set_new(row, name, stored_rules(given));
    return json_object_get(row, name) ? 0 : aw__json_set_text(row, name, fallback);
}

static int change_row(json_t *row, const aw_trust *trust, const json_t *object)
{
    char now[AW__TIMESTAMP_BYTES];
    int failed = aw__json_set_text(row, "actor_id", trust->actor_id) ||
                 aw__json_set_text(row, "peer_id", trust->peer_id) ||
                 aw__json_set_text(row, "trust_type", trust->relationship);

    for (size_t i = 0; i < AW__PERMISSION_CATEGORIES && !failed; i++)
        failed = set_member(row, aw__permission_category_name((aw__permission_category)i), object, NULL);
    aw__timestamp_offset(aw__utc_us(), now);
    return failed || set_member(row, "created_by", object, "system") || set_member(row, "notes", object, NULL) ||
           aw__json_set_text(row, "updated_at", now);
}

/* *ret_row NULL: there is none. The caller's. */
static int read_row(aw_database *database, aw__arena *arena, const aw_trust *trust, json_t **ret_row, aw_error *err)
{
    const char *key = aw__permission_key(arena, trust->actor_id, trust->peer_id);
    aw__attribute_row found;
    aw_error why = {0};
    int rc = key ? aw__attributes_get(database, arena, trust->actor_id, AW__TRUST_PERMISSIONS_BUCKET, key, &found, &why)
                 : aw__fail_nomem(&why);

    if (rc == AW_E_NOT_FOUND) {
        *ret_row = NULL;
        return AW_OK;
    }
    if (rc == AW_OK)
        return aw__stored_object(found.data, ret_row, err);
    *err = why;
    return rc;
}

/* ---- looking ---- */

struct work {
    aw__site *site;
    aw__arena *arena;
    const char *actor_id;
    const char *peer_id;
    const json_t *object;
    aw__granted granted;
    bool existed;
};

static void release_trust(void *trust)
{
    aw_trust_free(trust);
}

static void release_json(void *json)
{
    json_decref(json);
}

static int find_trust(aw_database *database, struct work *work, aw_error *err)
{
    aw_trust *trust = NULL;
    int rc = aw__trusts_get(database, work->actor_id, work->peer_id, &trust, err);

    if (rc)
        return rc;
    work->granted.trust = trust;
    return aw__arena_defer(work->arena, release_trust, trust) ? aw__fail_nomem(err) : AW_OK;
}

static int look(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__granted *granted = &work->granted;
    json_t *row = NULL;
    int rc = find_trust(database, work, err);

    if (rc == AW_OK)
        rc = read_row(database, work->arena, granted->trust, &row, err);
    if (rc == AW_OK && row && aw__arena_defer(work->arena, release_json, row))
        rc = aw__fail_nomem(err);
    if (rc)
        return rc;
    granted->own = row;
    return aw__permission_merged(work->site, work->arena, granted->trust, row, &granted->permissions, err);
}

int aw__permission_look(aw__site *site, aw__arena *arena, const char *actor_id, const char *peer_id,
                        aw__granted *ret_granted, aw_error *err)
{
    struct work work = {.site = site, .arena = arena, .actor_id = actor_id, .peer_id = peer_id};
    int rc = aw__store_read(site->store, look, &work, err);

    if (rc == AW_OK)
        *ret_granted = work.granted;
    return rc;
}

const char *aw__granted_source(const aw__granted *granted)
{
    return granted->own ? "custom_override" : "trust_type_default";
}

json_t *aw__granted_json(const aw__granted *granted)
{
    return aw__permissions_json(granted->permissions);
}

/* ---- changing ---- */

static int write_row(aw_database *database, const struct work *work, json_t *row, aw_error *err)
{
    const aw_trust *trust = work->granted.trust;
    const char *key = aw__permission_key(work->arena, work->actor_id, work->peer_id);
    char *text = key && change_row(row, trust, work->object) == 0 ? aw__stored_object_text(row) : NULL;
    int rc = text ? aw__attributes_set(database, work->actor_id, AW__TRUST_PERMISSIONS_BUCKET, key, text, 0, err)
                  : aw__fail_nomem(err);

    aw__free(text);
    return rc;
}

static int set(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    json_t *row = NULL;
    aw_error why = {0};
    int rc = find_trust(database, work, err);

    if (rc)
        return rc;
    rc = read_row(database, work->arena, work->granted.trust, &row, &why);
    /* What is stored and cannot be understood is replaced; but not what a failing database has not given. */
    if (rc && (rc != AW_E_STORE || why.retriable)) {
        *err = why;
        return rc;
    }
    work->existed = row != NULL;
    row = row ? row : json_object();
    rc = row ? write_row(database, work, row, err) : aw__fail_nomem(err);
    json_decref(row);
    return rc;
}

static int reset(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__attribute_row found;
    aw_error why = {0};
    int rc = find_trust(database, work, err);

    if (rc)
        return rc;
    const char *key = aw__permission_key(work->arena, work->actor_id, work->peer_id);

    if (!key)
        return aw__fail_nomem(err);
    rc = aw__attributes_get(database, work->arena, work->actor_id, AW__TRUST_PERMISSIONS_BUCKET, key, &found, &why);
    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    work->existed = rc == AW_OK;
    return aw__attributes_delete(database, work->actor_id, AW__TRUST_PERMISSIONS_BUCKET, key, err);
}

static int change(aw__store_fn *fn, struct work *work, aw_error *err)
{
    work->arena = aw__arena_new();
    int rc = work->arena ? aw__store_write(work->site->store, fn, work, err) : aw__fail_nomem(err);

    aw__arena_free(work->arena);
    return rc;
}

int aw__permission_set(aw__site *site, const char *actor_id, const char *peer_id, json_t *object,
                       bool *ret_created, aw_error *err)
{
    struct work work = {.site = site, .actor_id = actor_id, .peer_id = peer_id, .object = object};
    int rc = aw__permission_check_own(object, err);

    if (rc == AW_OK)
        rc = change(set, &work, err);
    if (rc == AW_OK && ret_created)
        *ret_created = !work.existed;
    return rc;
}

int aw__permission_reset(aw__site *site, const char *actor_id, const char *peer_id, bool *ret_existed, aw_error *err)
{
    struct work work = {.site = site, .actor_id = actor_id, .peer_id = peer_id};
    int rc = change(reset, &work, err);

    if (rc == AW_OK && ret_existed)
        *ret_existed = work.existed;
    return rc;
}

int aw__permission_forget(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    aw__arena *arena = aw__arena_new();
    const char *key = arena ? aw__permission_key(arena, actor_id, peer_id) : NULL;
    int rc = key ? aw__attributes_delete(database, actor_id, AW__TRUST_PERMISSIONS_BUCKET, key, err)
                 : aw__fail_nomem(err);

    aw__arena_free(arena);
    return rc;
}
