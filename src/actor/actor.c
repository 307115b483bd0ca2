/*
 * Actors: made, found, ended, and their trustee_root. What peers have to be told when one ends is src/flow/'s.
 */
#include "actor/actor.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/attributes.h"

enum { TEXT_MAX_BYTES = 255, ROOT_MAX_BYTES = 2048 };

static const char internal_bucket[] = "_internal"; /* as the reference names it */
static const char trustee_root_name[] = "trustee_root";

/* ---- making ---- */

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without blanks at its ends; lower-case when it is an address. NULL when out of memory. */
static char *normalised(aw__arena *arena, const char *creator)
{
    while (blank(*creator))
        creator++;
    size_t bytes = strlen(creator);

    while (bytes && blank(creator[bytes - 1]))
        bytes--;
    char *text = aw__arena_strndup(arena, creator, bytes);

    if (text && strchr(text, '@'))
        for (char *at = text; *at; at++)
            if (*at >= 'A' && *at <= 'Z')
                *at += 'a' - 'A';
    return text;
}

static int check_text(const char *name, const char *text, aw_error *err)
{
    if (!*text)
        return aw__fail(err, AW_E_INVALID, "%s: must not be empty", name);
    if (strlen(text) > TEXT_MAX_BYTES)
        return aw__fail(err, AW_E_INVALID, "%s: must not be longer than %d bytes", name, TEXT_MAX_BYTES);
    if (!aw__text_utf8(text, strlen(text)))
        return aw__fail(err, AW_E_INVALID, "%s: must be UTF-8", name);
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            return aw__fail(err, AW_E_INVALID, "%s: must not hold control characters", name);
    return AW_OK;
}

struct creation {
    aw__arena *arena;
    aw__actor_row row;
    bool unique_creator;
    bool passphrase_given;
    aw__actor_row existing;
    bool exists;
};

/* An actor of this creator is there: its owner, who knows the passphrase, gets it back; nobody else does. */
static int meet_existing(struct creation *creation, aw_error *err)
{
    if (!creation->passphrase_given || !aw__secret_equal(creation->existing.passphrase, creation->row.passphrase))
        return aw__fail(err, AW_E_EXISTS, "creator: has an actor already; there is one per creator here");
    creation->exists = true;
    return AW_OK;
}

static int insert(aw_database *database, void *arg, aw_error *err)
{
    struct creation *creation = arg;

    creation->exists = false;
    if (creation->unique_creator) {
        aw_error failure = {0};
        int rc =
            aw__actors_get_by_creator(database, creation->arena, creation->row.creator, &creation->existing, &failure);

        if (rc == AW_OK)
            return meet_existing(creation, err);
        if (rc != AW_E_NOT_FOUND) {
            *err = failure;
            return rc;
        }
    }
    return aw__actors_insert(database, creation->row.id, creation->row.creator, creation->row.passphrase, err);
}

/* Fills the row that is to be stored. */
static int prepare(aw__site *site, const char *creator, const char *passphrase, struct creation *creation,
                   aw_error *err)
{
    aw__arena *arena = creation->arena;
    char *id = aw__arena_alloc(arena, AW__ID_BYTES);
    char *token = aw__arena_alloc(arena, AW__TOKEN_BYTES);
    char *now = aw__arena_alloc(arena, AW__TIMESTAMP_BYTES);
    char *name = normalised(arena, creator ? creator : "creator");

    creation->passphrase_given = !aw__text_empty(passphrase);
    const char *secret = creation->passphrase_given ? aw__arena_strdup(arena, passphrase) : token;

    if (aw__arena_failed(arena))
        return aw__fail_nomem(err);
    if (aw__id_new(site->config.root, id) || aw__token_new(token))
        return aw__fail(err, AW_E_UNSUPPORTED, "no randomness to be had for a new actor's id and passphrase");
    aw__timestamp_space(aw__utc_us(), now);
    creation->row = (aw__actor_row){.id = id, .creator = name, .passphrase = secret, .created_at = now};
    int rc = check_text("creator", name, err);

    return rc ? rc : check_text("passphrase", secret, err);
}

int aw__actor_create(aw__site *site, aw__arena *arena, const char *creator, const char *passphrase,
                     aw__actor_row *ret_row, bool *ret_created, aw_error *err)
{
    struct creation creation = {.arena = arena, .unique_creator = site->config.unique_creator};
    int rc = prepare(site, creator, passphrase, &creation, err);

    if (rc == AW_OK)
        rc = aw__store_write(site->store, insert, &creation, err);
    if (rc)
        return rc;
    *ret_row = creation.exists ? creation.existing : creation.row;
    *ret_created = !creation.exists;
    return AW_OK;
}

/* ---- finding and ending ---- */

struct lookup {
    aw__arena *arena;
    const char *actor_id;
    aw__actor_row row;
    const char *trustee_root;
};

static int find(aw_database *database, void *arg, aw_error *err)
{
    struct lookup *lookup = arg;

    return aw__actors_get(database, lookup->arena, lookup->actor_id, &lookup->row, err);
}

int aw__actor_find(aw__site *site, aw__arena *arena, const char *actor_id, aw__actor_row *ret_row, aw_error *err)
{
    struct lookup lookup = {.arena = arena, .actor_id = actor_id};

    if (!aw__id_valid(actor_id))
        return aw__fail(err, AW_E_NOT_FOUND, "no such actor");
    int rc = aw__store_read(site->store, find, &lookup, err);

    if (rc == AW_OK)
        *ret_row = lookup.row;
    return rc;
}

static int erase(aw_database *database, void *arg, aw_error *err)
{
    return aw__actors_delete(database, arg, err);
}

int aw__actor_erase(aw__site *site, const char *actor_id, aw_error *err)
{
    char id[TEXT_MAX_BYTES + 1];

    if (!aw__id_valid(actor_id))
        return aw__fail(err, AW_E_NOT_FOUND, "no such actor");
    memcpy(id, actor_id, strlen(actor_id) + 1);
    return aw__store_write(site->store, erase, id, err);
}

/* ---- trustee_root ---- */

static int read_root(aw_database *database, void *arg, aw_error *err)
{
    struct lookup *lookup = arg;
    aw__attribute_row row;
    aw_error failure = {0};
    json_t *value = NULL;

    lookup->trustee_root = "";
    int rc = aw__attributes_get(database, lookup->arena, lookup->actor_id, internal_bucket, trustee_root_name, &row,
                                &failure);

    if (rc == AW_E_NOT_FOUND)
        return AW_OK;
    if (rc == AW_OK)
        rc = aw__json_parse(row.data, strlen(row.data), &value, &failure);
    if (rc && rc != AW_E_INVALID) { /* what is no JSON was not written by us, and is no root */
        *err = failure;
        return rc;
    }
    if (json_is_string(value))
        lookup->trustee_root = aw__arena_strdup(lookup->arena, json_string_value(value));
    json_decref(value);
    return lookup->trustee_root ? AW_OK : aw__fail_nomem(err);
}

int aw__actor_trustee_root(aw__site *site, aw__arena *arena, const char *actor_id, const char **ret_root, aw_error *err)
{
    struct lookup lookup = {.arena = arena, .actor_id = actor_id};
    int rc = aw__store_read(site->store, read_root, &lookup, err);

    if (rc == AW_OK)
        *ret_root = lookup.trustee_root;
    return rc;
}

struct root_change {
    const char *actor_id;
    const char *data; /* JSON text; NULL: forget it */
};

static int write_root(aw_database *database, void *arg, aw_error *err)
{
    const struct root_change *change = arg;

    if (!change->data)
        return aw__attributes_delete(database, change->actor_id, internal_bucket, trustee_root_name, err);
    return aw__attributes_set(database, change->actor_id, internal_bucket, trustee_root_name, change->data, 0, err);
}

/* The root as it is stored, in the arena; NULL when it is unset. */
static int root_data(aw__arena *arena, const char *root, const char **ret_data, aw_error *err)
{
    if (aw__text_empty(root))
        return AW_OK;
    if (strlen(root) > ROOT_MAX_BYTES || !aw__text_utf8(root, strlen(root)))
        return aw__fail(err, AW_E_INVALID, "trustee_root: must be UTF-8 of at most %d bytes", ROOT_MAX_BYTES);
    json_t *value = json_string(root);
    char *text = value ? aw__json_text(value) : NULL;

    json_decref(value);
    if (!text || aw__arena_defer(arena, aw__free, text))
        return aw__fail_nomem(err);
    *ret_data = text;
    return AW_OK;
}

int aw__actor_set_trustee_root(aw__site *site, const char *actor_id, const char *root, aw_error *err)
{
    struct root_change change = {.actor_id = actor_id};
    aw__arena *arena = aw__arena_new();
    int rc = arena ? root_data(arena, root, &change.data, err) : aw__fail_nomem(err);

    if (rc == AW_OK)
        rc = aw__store_write(site->store, write_root, &change, err);
    aw__arena_free(arena);
    return rc;
}

/* ---- who owns it ---- */

struct owner_change {
    aw__arena *arena;
    const char *actor_id;
    const char *creator;   /* NULL: stays */
    const char *root_data; /* likewise */
    bool unique_creator;
};

static int refuse_taken(aw_database *database, const struct owner_change *change, aw_error *err)
{
    aw__actor_row other;
    aw_error failure = {0};
    int rc = aw__actors_get_by_creator(database, change->arena, change->creator, &other, &failure);

    if (rc == AW_E_NOT_FOUND || (rc == AW_OK && strcmp(other.id, change->actor_id) == 0))
        return AW_OK;
    if (rc == AW_OK)
        return aw__fail(err, AW_E_EXISTS, "creator: has an actor already; there is one per creator here");
    *err = failure;
    return rc;
}

static int write_owner(aw_database *database, void *arg, aw_error *err)
{
    const struct owner_change *change = arg;
    struct root_change root = {.actor_id = change->actor_id, .data = change->root_data};
    int rc = change->creator && change->unique_creator ? refuse_taken(database, change, err) : AW_OK;

    if (rc == AW_OK && change->creator)
        rc = aw__actors_set_creator(database, change->actor_id, change->creator, err);
    return rc || !root.data ? rc : write_root(database, &root, err);
}

int aw__actor_set_owner(aw__site *site, const char *actor_id, const char *creator, const char *trustee_root,
                        aw_error *err)
{
    aw__arena *arena = aw__arena_new();
    struct owner_change change = {.arena = arena, .actor_id = actor_id, .unique_creator = site->config.unique_creator};
    int rc = arena ? root_data(arena, trustee_root, &change.root_data, err) : aw__fail_nomem(err);

    if (rc == AW_OK && !aw__text_empty(creator)) {
        change.creator = normalised(arena, creator);
        rc = change.creator ? check_text("creator", change.creator, err) : aw__fail_nomem(err);
    }
    if (rc == AW_OK && (change.creator || change.root_data))
        rc = aw__store_write(site->store, write_owner, &change, err);
    aw__arena_free(arena);
    return rc;
}
