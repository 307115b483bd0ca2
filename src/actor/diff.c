/*
 * Diffs: which subscriptions a change concerns, what each of them is told, and what becomes due. Sending is
 * src/flow/'s.
 */
#include "actor/diff.h"

#include <string.h>

#include "actor/permission.h"
#include "actor/stored.h"
#include "actor/trust_cache.h"
#include "actor/visible.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/overlap.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/properties.h"
#include "store/subscriptions.h"
#include "store/suspensions.h"
#include "store/trusts.h"

enum { INBOUND = 0 };

/* What was told to one kind of subscriber: many of them see the same of a change. Those who ask for a resource are not
 * among them, since there may be as many resources as subscribers. */
struct told {
    const aw__permissions *permissions;
    const char *subtarget;
    char *text; /* NULL: nothing */
    struct told *next;
};

struct registration {
    const aw__site *site;
    aw_database *database;
    aw__arena *arena;
    const char *actor_id;
    aw__notices *notices;
    aw_subscription **subscriptions;
    size_t subscription_count;
    aw__trust_cache trusts;
    /* Changes that make one diff together. */
    const aw__change *changes;
    size_t count;
    json_t **values; /* of the whole property, after the change; NULL: deleted */
    struct told *told;
    /* The subscriptions of the peer that is under way, and of the changes those that one of them is told. The room for
     * both is the next peer's, too: of a thousand deletions each makes a diff of its own. */
    aw__scope *scopes;
    bool *seen;
    bool *flags;
    size_t flag_count;
};

static aw__place place_of(const aw_subscription *subscription)
{
    return (aw__place){subscription->target, subscription->subtarget, subscription->resource};
}

static aw__place change_of(const struct registration *r, size_t i)
{
    return (aw__place){r->changes[i].target, r->changes[i].subtarget, r->changes[i].resource};
}

/* Whether a change concerns the subscription. Nothing is below a list that a resource could name. */
static bool concerns(const struct registration *r, size_t i, const aw_subscription *subscription)
{
    aw__place wanted = place_of(subscription), changed = change_of(r, i);

    return !(r->changes[i].list && *subscription->resource) && aw__matching_concerns(&wanted, &changed);
}

/* What the subscription sees of all the changes that it is told; the caller's.
 *
 * The value of the whole property is cut to what is asked for, also when something inside of it changed: a subscriber
 * cannot tell a property that became {"city":"Oslo"} from one whose city became "Oslo", and replaces what it has. */
static int slice(const struct registration *r, const aw_subscription *subscription, json_t **ret_data, aw_error *err)
{
    aw__place wanted = place_of(subscription);
    json_t *data = NULL;

    for (size_t i = 0; i < r->count; i++) {
        aw__place whole = {r->changes[i].target, r->changes[i].subtarget, NULL};

        if (!r->seen[i])
            continue;
        json_t *seen = aw__matching_slice(&wanted, &whole, r->values[i]);

        if (data && aw__text_empty(wanted.subtarget)) {
            /* Of the whole target, each is an object of its own with one name. */
            if (json_object_update_new(data, seen) == 0)
                continue;
            json_decref(data);
            return aw__fail_nomem(err);
        }
        json_decref(data);
        data = seen;
        if (!data)
            return aw__fail_nomem(err);
    }
    *ret_data = data;
    return AW_OK;
}

static int make_text(const struct registration *r, const aw_subscription *subscription, const aw_trust *trust,
                     const aw__permissions *permissions, char **ret_text, aw_error *err)
{
    json_t *data = NULL, *part = NULL;
    int rc = slice(r, subscription, &data, err);

    *ret_text = NULL;
    if (rc == AW_OK)
        rc = aw__visible_part(trust, permissions, subscription, data, &part, err);
    if (rc == AW_OK && part) {
        *ret_text = aw__json_text(part);
        rc = *ret_text ? AW_OK : aw__fail_nomem(err);
    }
    json_decref(part);
    json_decref(data);
    return rc;
}

/* Whether the subscription is told all that concerns it, and nothing to another one of its peer instead. */
static bool sees_all(const struct registration *r, const aw_subscription *subscription)
{
    for (size_t i = 0; i < r->count; i++) {
        if (!r->seen[i] && concerns(r, i, subscription))
            return false;
    }
    return true;
}

/* The text for a subscription, in the arena; NULL: it is not told. */
static int text_for(struct registration *r, const aw_subscription *subscription, const aw_trust *trust,
                    const aw__permissions *permissions, const char **ret_text, aw_error *err)
{
    bool shared = !*subscription->resource && sees_all(r, subscription);
    struct told *told = shared ? r->told : NULL;
    char *text = NULL;

    while (told && (told->permissions != permissions || strcmp(told->subtarget, subscription->subtarget)))
        told = told->next;
    if (told) {
        *ret_text = told->text;
        return AW_OK;
    }
    int rc = make_text(r, subscription, trust, permissions, &text, err);

    if (rc)
        return rc;
    if (text && aw__arena_defer(r->arena, aw__free, text))
        return aw__fail_nomem(err);
    *ret_text = text;
    if (!shared)
        return AW_OK;
    told = aw__arena_alloc(r->arena, sizeof(*told));
    if (!told)
        return aw__fail_nomem(err);
    *told = (struct told){permissions, subscription->subtarget, text, r->told};
    r->told = told;
    return AW_OK;
}

static int tell(struct registration *r, aw_subscription *subscription, aw_error *err)
{
    const aw_trust *trust = NULL;
    const aw__permissions *permissions = NULL;
    const char *text = NULL;
    int rc;

    if (!memchr(r->seen, true, r->count))
        return AW_OK;
    rc = aw__trust_cache_get(&r->trusts, subscription->peer_id, &trust, &permissions, err);
    if (rc || !trust || !trust->approved)
        return rc;
    rc = text_for(r, subscription, trust, permissions, &text, err);
    if (rc || !text)
        return rc;
    return aw__diff_store(r->site, r->database, subscription, &(aw__telling){.text = text}, r->notices, err);
}

/* How many subscriptions from that one on are of its peer. */
static size_t of_one_peer(const struct registration *r, size_t first)
{
    size_t end = first + 1;

    while (end < r->subscription_count &&
           !strcmp(r->subscriptions[end]->peer_id, r->subscriptions[first]->peer_id))
        end++;
    return end - first;
}

/* For that many flags, and as many scopes as there are subscriptions. */
static int make_room(struct registration *r, size_t flag_count, aw_error *err)
{
    if (!r->scopes)
        r->scopes = aw__arena_alloc(r->arena, r->subscription_count * sizeof(*r->scopes));
    if (flag_count > r->flag_count) {
        r->flags = aw__arena_alloc(r->arena, flag_count * sizeof(*r->flags));
        r->flag_count = flag_count;
    }
    return r->scopes && r->flags ? AW_OK : aw__fail_nomem(err);
}

/* Which of the changes each of one peer's subscriptions is told: of the i-th, from r->seen[i * count] on. */
static int choose(struct registration *r, aw_subscription *const *subscriptions, size_t n, aw_error *err)
{
    if (make_room(r, n * r->count, err))
        return AW_E_NOMEM;
    r->seen = r->flags;
    for (size_t i = 0; i < n; i++)
        r->scopes[i] = (aw__scope){.place = place_of(subscriptions[i]),
                                   .id = subscriptions[i]->id,
                                   .calls_back = strcmp(subscriptions[i]->granularity, "none") != 0};
    for (size_t c = 0; c < r->count; c++) {
        aw__place changed = change_of(r, c);

        aw__overlap_choose(r->scopes, n, &changed);
        for (size_t i = 0; i < n; i++)
            r->seen[i * r->count + c] = r->scopes[i].told && concerns(r, c, subscriptions[i]);
    }
    return AW_OK;
}

static int tell_peer(struct registration *r, aw_subscription **subscriptions, size_t n, aw_error *err)
{
    int rc = choose(r, subscriptions, n, err);

    for (size_t i = 0; rc == AW_OK && i < n; i++, r->seen += r->count)
        rc = tell(r, subscriptions[i], err);
    return rc;
}

static void release_json(void *value)
{
    json_decref(value);
}

/* The value of the property that a change lies in, borrowed from the arena; NULL when there is none. */
static int read_whole(const struct registration *r, const aw__change *change, json_t **ret_value, aw_error *err)
{
    const char *text = NULL;
    aw_error why = {0};

    if (aw__text_empty(change->resource)) {
        *ret_value = change->value;
        return AW_OK;
    }
    int rc = aw__properties_get(r->database, r->arena, r->actor_id, change->subtarget, &text, &why);

    if (rc == AW_OK)
        rc = aw__stored_parse(text, ret_value, &why);
    if (rc == AW_OK && aw__arena_defer(r->arena, release_json, *ret_value))
        rc = aw__fail_nomem(&why);
    if (rc == AW_E_NOT_FOUND) {
        *ret_value = NULL;
        return AW_OK;
    }
    if (rc)
        *err = why;
    return rc;
}

static int tell_all(struct registration *r, const aw__change *changes, size_t count, aw_error *err)
{
    int rc = AW_OK;

    r->changes = changes;
    r->count = count;
    r->told = NULL;
    r->values = aw__arena_alloc(r->arena, count * sizeof(json_t *));
    if (!r->values)
        return aw__fail_nomem(err);
    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = read_whole(r, &changes[i], &r->values[i], err);
    for (size_t i = 0, n; rc == AW_OK && i < r->subscription_count; i += n) {
        n = of_one_peer(r, i);
        rc = tell_peer(r, r->subscriptions + i, n, err);
    }
    return rc;
}

/* How many of the changes make one diff together: values that were set at once do, each deletion and each change of a
 * list is one by itself, as at the reference. */
static size_t batch_of(const aw__change *changes, size_t count)
{
    size_t n = 0;

    while (n < count && changes[n].value && !changes[n].list && !strcmp(changes[n].target, changes[0].target))
        n++;
    return n ? n : 1;
}

/* Without those at a place that is suspended: they are told when it is resumed. */
static int leave_suspended(const struct registration *r, const aw__change **changes, size_t *count, aw_error *err)
{
    aw__suspension *suspensions = NULL;
    size_t suspension_count = 0, left = 0;
    int rc = aw__suspensions_list(r->database, r->arena, r->actor_id, &suspensions, &suspension_count, err);

    if (rc || !suspension_count)
        return rc;
    aw__change *others = aw__arena_alloc(r->arena, *count * sizeof(*others));

    if (!others)
        return aw__fail_nomem(err);
    for (size_t i = 0; i < *count; i++) {
        if (!aw__suspensions_hold(suspensions, suspension_count, (*changes)[i].target, (*changes)[i].subtarget))
            others[left++] = (*changes)[i];
    }
    *changes = others;
    *count = left;
    return AW_OK;
}

int aw__diff_register(const aw__site *site, aw_database *database, const char *actor_id, const aw__change *changes,
                      size_t count, aw__notices *notices, aw_error *err)
{
    struct registration r = {.site = site,
                             .database = database,
                             .actor_id = actor_id,
                             .notices = notices,
                             .trusts = {.site = site, .database = database, .actor_id = actor_id}};
    int rc = aw__subscriptions_list(database, actor_id, NULL, NULL, NULL, NULL, INBOUND, &r.subscriptions,
                                    &r.subscription_count, err);

    if (rc || !r.subscription_count)
        goto done;
    r.arena = aw__arena_new();
    r.trusts.arena = r.arena;
    if (!r.arena) {
        rc = aw__fail_nomem(err);
        goto done;
    }
    rc = leave_suspended(&r, &changes, &count, err);
    for (size_t i = 0, n; rc == AW_OK && i < count; i += n) {
        n = batch_of(changes + i, count - i);
        rc = tell_all(&r, changes + i, n, err);
    }
done:
    aw__trust_cache_free(&r.trusts);
    aw__arena_free(r.arena);
    aw_subscription_list_free(r.subscriptions, r.subscription_count);
    return rc;
}
