/*
 * Suspending places, and what their subscribers are told afterwards. That nothing is told meanwhile is diff.c's.
 */
#include "actor/suspension.h"

#include <string.h>

#include "actor/capability.h"
#include "actor/diff.h"
#include "actor/list.h"
#include "actor/property.h"
#include "actor/trust_cache.h"
#include "actor/visible.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/matching.h"
#include "store/actors.h"
#include "store/suspensions.h"

enum { TEXT_MAX_BYTES = 255, INBOUND = 0 };

struct suspending {
    aw__site *site;
    const char *actor_id;
    aw__suspension place;
    bool changed;
    bool holds;
    /* Of an end. */
    aw__arena *arena;
    aw__notices notices;
    aw__trust_cache trusts;
    bool is_list; /* the place */
    size_t count;
};

static int check_text(const char *name, const char *text, aw_error *err)
{
    size_t bytes = strnlen(text, TEXT_MAX_BYTES + 1);

    if (bytes > TEXT_MAX_BYTES)
        return aw__fail(err, AW_E_INVALID, "%s is longer than %d bytes", name, TEXT_MAX_BYTES);
    return aw__text_utf8(text, bytes) ? AW_OK : aw__fail(err, AW_E_INVALID, "%s is not UTF-8", name);
}

static int prepare(struct suspending *s, aw__site *site, const char *actor_id, const char *target, const char *subtarget,
                   aw_error *err)
{
    *s = (struct suspending){
        .site = site, .actor_id = actor_id, .place = {target, subtarget ? subtarget : ""}};
    if (aw__text_empty(target))
        return aw__fail(err, AW_E_INVALID, "target is required");
    int rc = check_text("target", target, err);

    return rc ? rc : check_text("subtarget", s->place.subtarget, err);
}

static int holds(aw_database *database, aw__arena *arena, struct suspending *s, aw_error *err)
{
    aw__suspension *all = NULL;
    size_t count = 0;
    int rc = aw__suspensions_list(database, arena, s->actor_id, &all, &count, err);

    if (rc == AW_OK)
        s->holds = aw__suspensions_hold(all, count, s->place.target, s->place.subtarget);
    return rc;
}

/* ---- beginning, and asking ---- */

static int begin(aw_database *database, void *arg, aw_error *err)
{
    struct suspending *s = arg;
    aw__actor_row row;
    /* So that an actor that was deleted meanwhile leaves no rows behind. */
    int rc = aw__actors_get(database, s->arena, s->actor_id, &row, err);

    return rc ? rc : aw__suspensions_insert(database, s->actor_id, &s->place, &s->changed, err);
}

int aw__suspension_begin(aw__site *site, const char *actor_id, const char *target, const char *subtarget, bool *ret_new,
                         aw_error *err)
{
    struct suspending s;
    int rc = prepare(&s, site, actor_id, target, subtarget, err);

    if (rc)
        return rc;
    s.arena = aw__arena_new();
    rc = s.arena ? aw__store_write(site->store, begin, &s, err) : aw__fail_nomem(err);
    aw__arena_free(s.arena);
    if (rc == AW_OK && ret_new)
        *ret_new = s.changed;
    return rc;
}

static int ask(aw_database *database, void *arg, aw_error *err)
{
    struct suspending *s = arg;

    return holds(database, s->arena, s, err);
}

int aw__suspension_holds(aw__site *site, const char *actor_id, const char *target, const char *subtarget,
                         bool *ret_holds, aw_error *err)
{
    struct suspending s;
    int rc = prepare(&s, site, actor_id, target, subtarget, err);

    if (rc)
        return rc;
    s.arena = aw__arena_new();
    rc = s.arena ? aw__store_read(site->store, ask, &s, err) : aw__fail_nomem(err);
    aw__arena_free(s.arena);
    if (rc == AW_OK)
        *ret_holds = s.holds;
    return rc;
}

/* ---- one who does not understand a resync: told all that there is, as diffs ---- */

struct telling {
    struct suspending *s;
    aw_database *database;
    aw_subscription *subscription;
    const aw_trust *trust;
    const aw__permissions *permissions;
    const char *name; /* the property; "": all of them */
};

/* data is what the subscription is shown; its reference is taken. */
static int tell_data(struct telling *t, json_t *data, aw_error *err)
{
    json_t *part = NULL;
    int rc = data ? aw__visible_part(t->trust, t->permissions, t->subscription, data, &part, err) : aw__fail_nomem(err);
    char *text = rc == AW_OK && part ? aw__json_text(part) : NULL;

    if (rc == AW_OK && part)
        rc = text ? aw__diff_store(t->s->site, t->database, t->subscription,
                                   &(aw__telling){.kind = AW__OUTBOX_LINK, .text = text}, &t->s->notices, err)
                  : aw__fail_nomem(err);
    aw__free(text);
    json_decref(part);
    json_decref(data);
    return rc;
}

static json_t *shown(const struct telling *t, const char *name, json_t *value)
{
    const aw_subscription *sub = t->subscription;
    aw__place wanted = {sub->target, sub->subtarget, sub->resource}, whole = {sub->target, name, NULL};

    return aw__matching_slice(&wanted, &whole, value);
}

/* What a subscriber had of the list goes, and all its items come. */
static int tell_list(struct telling *t, const char *name, json_t *items, aw_error *err)
{
    json_t *clear = json_pack("{s:s, s:s, s:i}", "list", name, "operation", "clear", "length", 0);
    json_t *extend = json_pack("{s:s, s:s, s:I, s:O}", "list", name, "operation", "extend", "length",
                               (json_int_t)json_array_size(items), "items", items);
    int rc = clear && extend ? tell_data(t, shown(t, name, clear), err) : aw__fail_nomem(err);

    if (rc == AW_OK && json_array_size(items))
        rc = tell_data(t, shown(t, name, extend), err);
    json_decref(clear);
    json_decref(extend);
    return rc;
}

static aw__list_source list_of(const struct telling *t)
{
    return (aw__list_source){t->database, t->s->arena, t->s->actor_id, t->name};
}

static int tell_lists(struct telling *t, aw_error *err)
{
    aw__list_source source = list_of(t);
    aw__list_info *infos = NULL;
    size_t count = 0;
    int rc = aw__list_read_infos(&source, true, &infos, &count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = tell_list(t, infos[i].name, infos[i].items, err);
    return rc;
}

static int tell_one_list(struct telling *t, aw_error *err)
{
    aw__list_source source = list_of(t);
    json_t *items = NULL;
    int rc = aw__list_read_items(&source, &items, err);

    if (rc == AW_OK)
        rc = tell_list(t, t->name, items, err);
    json_decref(items);
    return rc;
}

static int tell_property(struct telling *t, aw_error *err)
{
    json_t *value = NULL;
    aw_error why = {0};
    int rc = aw__property_read(t->database, t->s->arena, t->s->actor_id, &t->name, 1, &value, &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    rc = tell_data(t, shown(t, t->name, value), err);
    json_decref(value);
    return rc;
}

static int tell_all(struct telling *t, aw_error *err)
{
    json_t *all = NULL;
    int rc = aw__property_read(t->database, t->s->arena, t->s->actor_id, NULL, 0, &all, err);

    if (rc == AW_OK)
        rc = tell_data(t, all, err);
    return rc ? rc : tell_lists(t, err);
}

static int tell_state(struct telling *t, aw_error *err)
{
    aw__list_source source = list_of(t);
    bool is_list = false;

    if (!*t->name)
        return tell_all(t, err);
    int rc = aw__list_exists(&source, &is_list, err);

    if (rc)
        return rc;
    if (!is_list)
        return tell_property(t, err);
    return *t->subscription->resource ? AW_OK : tell_one_list(t, err); /* nothing is below a list */
}

/* ---- ending ---- */

static bool understands_resync(const aw_trust *trust)
{
    return !aw__capability_known(trust, AW__CAPABILITIES_AGE_S) || aw__capability_has(trust, AW__OPTION_RESYNC);
}

/* A list is fetched by itself. Of any other property the reference would keep what is inside of it, beside it; so every
 * subscriber is told to fetch all that its subscription is to. */
static int find_list(struct suspending *s, aw_database *database, aw_error *err)
{
    aw__list_source source = {database, s->arena, s->actor_id, s->place.subtarget};

    s->is_list = false;
    if (!*s->place.subtarget || strcmp(s->place.target, "properties") != 0)
        return AW_OK;
    return aw__list_exists(&source, &s->is_list, err);
}

static int tell(struct suspending *s, aw_database *database, aw_subscription *subscription, aw_error *err)
{
    const char *mine = s->place.subtarget;
    struct telling t = {.s = s, .database = database, .subscription = subscription};

    if (*mine && *subscription->subtarget && strcmp(mine, subscription->subtarget))
        return AW_OK;
    int rc = aw__trust_cache_get(&s->trusts, subscription->peer_id, &t.trust, &t.permissions, err);

    if (rc || !t.trust || !t.trust->approved)
        return rc;
    s->count++;
    t.name = *subscription->subtarget ? subscription->subtarget : mine;
    if (strcmp(subscription->target, "properties") == 0 && !understands_resync(t.trust))
        return tell_state(&t, err);
    return aw__diff_store(s->site, database, subscription,
                          &(aw__telling){.kind = AW__OUTBOX_RESYNC, .subtarget = s->is_list ? mine : ""}, &s->notices,
                          err);
}

static int tell_subscribers(struct suspending *s, aw_database *database, aw_error *err)
{
    aw_subscription **subscriptions = NULL;
    size_t count = 0;
    int rc = find_list(s, database, err);

    if (rc == AW_OK)
        rc = aw__subscriptions_list(database, s->actor_id, NULL, s->place.target, NULL, NULL, INBOUND, &subscriptions,
                                    &count, err);
    s->trusts = (aw__trust_cache){.site = s->site, .database = database, .actor_id = s->actor_id, .arena = s->arena};
    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = tell(s, database, subscriptions[i], err);
    aw__trust_cache_free(&s->trusts);
    aw_subscription_list_free(subscriptions, count);
    return rc;
}

static int end(aw_database *database, void *arg, aw_error *err)
{
    struct suspending *s = arg;

    s->count = 0;
    aw__notices_clear(&s->notices);
    int rc = aw__suspensions_delete(database, s->actor_id, &s->place, &s->changed, err);

    if (rc || !s->changed)
        return rc;
    rc = holds(database, s->arena, s, err);
    /* While all of the target is suspended still, what is inside of it is told when that ends. */
    return rc || s->holds ? rc : tell_subscribers(s, database, err);
}

int aw__suspension_end(aw__site *site, const char *actor_id, const char *target, const char *subtarget,
                       size_t *ret_count, aw_error *err)
{
    struct suspending s;
    int rc = prepare(&s, site, actor_id, target, subtarget, err);

    if (rc)
        return rc;
    s.arena = s.notices.arena = aw__arena_new();
    rc = s.arena ? aw__store_write(site->store, end, &s, err) : aw__fail_nomem(err);
    if (rc == AW_OK)
        aw__notices_tell(site, &s.notices);
    aw__arena_free(s.arena);
    if (rc == AW_OK && ret_count)
        *ret_count = s.count;
    return rc;
}
