/*
 * What peers grant, kept and read. It arrives in callbacks (src/web/callbacks.c).
 */
#include "actor/peer_permission.h"

#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/attributes.h"
#include "store/trusts.h"

static const char *const categories[] = {"properties", "methods", "actions", "tools", "resources", "prompts"};

enum { CATEGORIES = sizeof(categories) / sizeof(*categories) };

/* ---- the row ---- */

static int check(const json_t *data, aw_error *err)
{
    if (!json_is_object(data))
        return aw__fail(err, AW_E_INVALID, "data must be an object of what is granted");
    for (size_t i = 0; i < CATEGORIES; i++) {
        const json_t *rules = json_object_get(data, categories[i]);
        bool shorthand = i == 0 && json_is_array(rules);

        if (rules && !json_is_null(rules) && !json_is_object(rules) && !shorthand)
            return aw__fail(err, AW_E_INVALID, "data.%s must be an object of rules", categories[i]);
    }
    return AW_OK;
}

/* The category as it is kept; a new reference. */
static json_t *kept_rules(const json_t *data, const char *category)
{
    json_t *rules = json_object_get(data, category);

    if (json_is_array(rules))
        return json_pack("{s:O,s:[s]}", "patterns", rules, "operations", "read");
    return rules ? json_incref(rules) : json_null();
}

static json_t *make_row(const char *actor_id, const char *peer_id, const json_t *data, const char *fetched_at)
{
    json_t *row = json_pack("{s:s,s:s}", "actor_id", actor_id, "peer_id", peer_id);
    bool failed = !row;

    for (size_t i = 0; i < CATEGORIES && !failed; i++)
        failed = json_object_set_new(row, categories[i], kept_rules(data, categories[i])) != 0;
    failed = failed || aw__json_set_text(row, "fetched_at", fetched_at) ||
             json_object_set_new(row, "fetch_error", json_null()) ||
             json_object_set_new(row, "extra_attributes", json_object());
    if (!failed)
        return row;
    json_decref(row);
    return NULL;
}

/* ---- one transaction ---- */

struct keeping {
    aw__arena *arena;
    const char *actor_id;
    const char *peer_id;
    const char *key;
    const char *text; /* to keep */
    int64_t said_at_us;
    bool kept;
    json_t *row; /* that was read */
};

static int begin(struct keeping *k, const char *actor_id, const char *peer_id, aw_error *err)
{
    *k = (struct keeping){.arena = aw__arena_new(), .actor_id = actor_id, .peer_id = peer_id};
    k->key = k->arena ? aw__arena_printf(k->arena, "%s:%s", actor_id, peer_id) : NULL;
    return k->key ? AW_OK : aw__fail_nomem(err);
}

static void end(struct keeping *k)
{
    json_decref(k->row);
    aw__arena_free(k->arena);
}

static int read_row(aw_database *database, void *arg, aw_error *err)
{
    struct keeping *k = arg;
    aw__attribute_row found;

    json_decref(k->row);
    k->row = NULL;
    int rc = aw__attributes_get(database, k->arena, k->actor_id, AW__PEER_PERMISSIONS_BUCKET, k->key, &found, err);

    return rc ? rc : aw__stored_object(found.data, &k->row, err);
}

/* Whether what is kept was said later. What cannot be read, or says no time, is older than anything. */
static int is_newer(const char *text, int64_t said_at_us, bool *ret_newer, aw_error *err)
{
    json_t *row = NULL;
    aw_error why = {0};
    int64_t kept_at_us;
    int rc = aw__stored_object(text, &row, &why);

    if (rc && rc != AW_E_STORE) {
        *err = why;
        return rc;
    }
    *ret_newer = aw__timestamp_parse(aw__json_get_text(row, "fetched_at", ""), &kept_at_us) && kept_at_us > said_at_us;
    json_decref(row);
    return AW_OK;
}

static int keep_row(aw_database *database, void *arg, aw_error *err)
{
    struct keeping *k = arg;
    aw__attribute_row found;
    bool newer = false;
    aw_trust *trust = NULL;
    aw_error why = {0};
    /* So that a trust that was deleted meanwhile leaves no rows behind. */
    int rc = aw__trusts_get(database, k->actor_id, k->peer_id, &trust, err);

    aw_trust_free(trust);
    if (rc)
        return rc;
    rc = aw__attributes_get(database, k->arena, k->actor_id, AW__PEER_PERMISSIONS_BUCKET, k->key, &found, &why);

    if (rc == AW_OK)
        rc = is_newer(found.data, k->said_at_us, &newer, &why);
    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    k->kept = !newer;
    return newer ? AW_OK
                 : aw__attributes_set(database, k->actor_id, AW__PEER_PERMISSIONS_BUCKET, k->key, k->text, 0, err);
}

/* ---- what callers use ---- */

/* As the reference has it: the JSON of a text that is the row's JSON. The caller's, aw__free(). */
static char *row_text(const char *actor_id, const char *peer_id, const json_t *data, int64_t said_at_us)
{
    char at[AW__TIMESTAMP_BYTES];

    aw__timestamp_offset(said_at_us, at);
    json_t *row = make_row(actor_id, peer_id, data, at);
    char *text = row ? aw__stored_object_text(row) : NULL;

    json_decref(row);
    return text;
}

int aw__peer_permission_keep(aw__site *site, const char *actor_id, const char *peer_id, const json_t *data,
                             int64_t said_at_us, bool *ret_kept, aw_error *err)
{
    struct keeping k;
    int rc = check(data, err);

    if (rc)
        return rc;
    char *text = row_text(actor_id, peer_id, data, said_at_us);

    rc = begin(&k, actor_id, peer_id, err);
    k.text = text;
    k.said_at_us = said_at_us;
    if (rc == AW_OK && !text)
        rc = aw__fail_nomem(err);
    if (rc == AW_OK)
        rc = aw__store_write(site->store, keep_row, &k, err);
    if (rc == AW_OK && ret_kept)
        *ret_kept = k.kept;
    aw__free(text);
    end(&k);
    return rc;
}

int aw__peer_permission_get(aw__site *site, const char *actor_id, const char *peer_id, json_t **ret_row, aw_error *err)
{
    struct keeping k;
    int rc = begin(&k, actor_id, peer_id, err);

    if (rc == AW_OK)
        rc = aw__store_read(site->store, read_row, &k, err);
    if (rc == AW_OK)
        *ret_row = json_incref(k.row);
    end(&k);
    return rc;
}

int aw__peer_permission_forget(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    struct keeping k;
    int rc = begin(&k, actor_id, peer_id, err);

    if (rc == AW_OK)
        rc = aw__attributes_delete(database, actor_id, AW__PEER_PERMISSIONS_BUCKET, k.key, err);
    end(&k);
    return rc;
}
