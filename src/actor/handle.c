/*
 * Handles of actors: made, counted, read. They hold nothing of the store open.
 */
#include "actor/handle.h"

#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"

/* The public struct is const to its readers; the count lies in front of it. The texts follow in the same block. */
struct handle {
    struct aw_actor actor; /* first */
    atomic_int refs;
    char texts[];
};

static char *put(char **at, const char *text)
{
    char *start = *at;
    size_t bytes = strlen(text) + 1;

    memcpy(start, text, bytes);
    *at += bytes;
    return start;
}

/* Of a text that may be NULL. */
static size_t room(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static int make(aw__site *site, const aw__actor_row *row, const char *peer_id, const char *client_id,
                aw_actor **ret_actor, aw_error *err)
{
    size_t root_bytes = strlen(site->config.root);
    size_t bytes = 2 * room(row->id) + root_bytes + room(row->creator) + room(row->passphrase) + room(peer_id) +
                   room(client_id);
    struct handle *handle = aw__malloc(sizeof(*handle) + bytes);

    if (!handle)
        return aw__fail_nomem(err);
    char *at = handle->texts;

    atomic_init(&handle->refs, 1);
    handle->actor.site = site;
    handle->actor.id = put(&at, row->id);
    handle->actor.url = at;
    memcpy(at, site->config.root, root_bytes);
    at += root_bytes;
    put(&at, row->id);
    handle->actor.creator = put(&at, row->creator);
    handle->actor.passphrase = put(&at, row->passphrase);
    handle->actor.peer_id = peer_id ? put(&at, peer_id) : NULL;
    handle->actor.client_id = client_id ? put(&at, client_id) : NULL;
    *ret_actor = &handle->actor;
    return AW_OK;
}

int aw__handle_new(aw__site *site, const aw__actor_row *row, aw_actor **ret_actor, aw_error *err)
{
    return make(site, row, NULL, NULL, ret_actor, err);
}

int aw__handle_new_view(const aw_actor *actor, const char *peer_id, const char *client_id, aw_actor **ret_view,
                        aw_error *err)
{
    aw__actor_row row = {.id = actor->id, .creator = "", .passphrase = ""};

    return make(actor->site, &row, peer_id, client_id, ret_view, err);
}

aw_actor *aw_actor_ref(aw_actor *actor)
{
    if (actor)
        atomic_fetch_add_explicit(&((struct handle *)actor)->refs, 1, memory_order_relaxed);
    return actor;
}

void aw_actor_unref(aw_actor *actor)
{
    struct handle *handle = (struct handle *)actor;

    if (!handle || atomic_fetch_sub_explicit(&handle->refs, 1, memory_order_acq_rel) != 1)
        return;
    aw__secret_wipe(actor->passphrase, strlen(actor->passphrase));
    aw__free(handle);
}

const char *aw_actor_id(const aw_actor *actor)
{
    return actor->id;
}

const char *aw_actor_url(const aw_actor *actor)
{
    return actor->url;
}

const char *aw_actor_creator(const aw_actor *actor)
{
    return actor->creator;
}

const char *aw_actor_passphrase(const aw_actor *actor)
{
    return actor->passphrase;
}

const char *aw_actor_viewer(const aw_actor *actor)
{
    return actor->peer_id;
}

aw_app *aw_actor_app(const aw_actor *actor)
{
    return actor->site->app;
}
