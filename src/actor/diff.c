/*
 * Diffs: which subscriptions a change concerns, what each of them is told, and what becomes due. Sending is src/flow/'s.
 */
#include "actor/diff.h"

#include <stdlib.h>
#include <string.h>

#include "actor/stored.h"
#include "actor/visible.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/matching.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/properties.h"
#include "store/subscriptions.h"
#include "store/trusts.h"

enum { INBOUND = 0, SINGLE_TRUSTS = 16 };

/* ---- one diff ---- */

static int insert_outbox(aw_database *database, const aw_subscription *subscription, aw_error *err)
{
    aw__outbox_row row = {
        .actor_id = subscription->actor_id,
        .peer_id = subscription->peer_id,
        .subscription_id = subscription->id,
        .sequence = subscription->sequence,
        .created_at_ms = aw__utc_us() / 1000,
    };

    return aw__outbox_insert(database, &row, err);
}

/* Stores the next diff of a subscription, whose sequence becomes the diff's, and what follows from it. */
static int store_diff(const aw__site *site, aw_database *database, aw_subscription *subscription, const char *text,
                      aw__notices *notices, aw_error *err)
{
    char now[AW__TIMESTAMP_BYTES];
    aw__diff_row row = {.sequence = subscription->sequence + 1, .timestamp = now, .data = text};

    aw__timestamp_space(aw__utc_us(), now);
    int rc = aw__diffs_insert(database, subscription->actor_id, subscription->id, &row, err);

    if (rc == AW_OK)
        rc = aw__subscriptions_set_sequence(database, subscription->actor_id, subscription->peer_id, subscription->id,
                                            row.sequence, err);
    if (rc)
        return rc;
    subscription->sequence = row.sequence;
    if (!notices || !strcmp(subscription->granularity, "none"))
        return AW_OK;
    if (site->config.delivery == AW_DELIVERY_DURABLE)
        rc = insert_outbox(database, subscription, err);
    return rc ? rc : aw__notices_add(notices, subscription, err);
}

int aw__diff_append(const aw__site *site, aw_database *database, const char *actor_id, const char *peer_id,
                    const char *subscription_id, json_t *data, aw__notices *notices, int64_t *ret_sequence,
                    aw_error *err)
{
    aw_subscription *subscription = NULL;
    aw_trust *trust = NULL;
    json_t *part = NULL;
    char *text = NULL;
    int rc = aw__subscriptions_get(database, actor_id, peer_id, subscription_id, INBOUND, &subscription, err);

    if (rc == AW_OK)
        rc = aw__trusts_get(database, actor_id, peer_id, &trust, err);
    if (rc == AW_OK)
        rc = aw__visible_part(trust, subscription, data, &part, err);
    if (rc)
        goto done;
    if (!part) {
        rc = aw__fail(err, AW_E_DENIED, "the peer may not read any of this data");
        goto done;
    }
    text = aw__json_text(part);
    rc = text ? store_diff(site, database, subscription, text, notices, err) : aw__fail_nomem(err);
    if (rc == AW_OK && ret_sequence)
        *ret_sequence = subscription->sequence;
done:
    aw__free(text);
    json_decref(part);
    aw_trust_free(trust);
    aw_subscription_free(subscription);
    return rc;
}

/* ---- changes ---- */

/* What was told to one kind of subscriber: many of them see the same of a change. */
struct told {
    const char *relationship;
    const char *subtarget;
    const char *resource;
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
    aw_trust **trusts; /* those looked up by themselves, or all by peer id */
    size_t trust_count;
    bool all_trusts;
    /* Changes that make one diff together. */
    const aw__change *changes;
    size_t count;
    json_t **values; /* of the whole property, after the change; NULL: deleted */
    struct told *told;
};

static void free_trusts(struct registration *r)
{
    aw_trust_list_free(r->trusts, r->trust_count);
    r->trusts = NULL;
    r->trust_count = 0;
}

static int by_peer(const void *a, const void *b)
{
    return strcmp((*(aw_trust *const *)a)->peer_id, (*(aw_trust *const *)b)->peer_id);
}

static int by_peer_id(const void *key, const void *item)
{
    return strcmp(key, (*(aw_trust *const *)item)->peer_id);
}

static int read_all_trusts(struct registration *r, aw_error *err)
{
    aw_trust **all = NULL;
    size_t count = 0;
    int rc = aw__trusts_list(r->database, r->actor_id, NULL, NULL, NULL, &all, &count, err);

    if (rc)
        return rc;
    if (count)
        qsort(all, count, sizeof(aw_trust *), by_peer);
    free_trusts(r);
    r->trusts = all;
    r->trust_count = count;
    r->all_trusts = true;
    return AW_OK;
}

/* One more by itself; NULL when there is none. */
static int read_trust(struct registration *r, const char *peer_id, const aw_trust **ret_trust, aw_error *err)
{
    aw_trust *trust = NULL;
    aw_error why = {0};
    int rc = aw__trusts_get(r->database, r->actor_id, peer_id, &trust, &why);

    *ret_trust = NULL;
    if (rc == AW_E_NOT_FOUND)
        return AW_OK;
    if (rc) {
        *err = why;
        return rc;
    }
    if (!r->trusts)
        r->trusts = aw__calloc(SINGLE_TRUSTS, sizeof(aw_trust *));
    if (!r->trusts) {
        aw_trust_free(trust);
        return aw__fail_nomem(err);
    }
    r->trusts[r->trust_count++] = trust;
    *ret_trust = trust;
    return AW_OK;
}

/* A few peers are looked up, one by one: an actor may have very many trusts and few subscribers. With more than a few, one
 * query brings them all. NULL: no trust. */
static int find_trust(struct registration *r, const char *peer_id, const aw_trust **ret_trust, aw_error *err)
{
    for (size_t i = 0; !r->all_trusts && i < r->trust_count; i++) {
        if (!strcmp(r->trusts[i]->peer_id, peer_id)) {
            *ret_trust = r->trusts[i];
            return AW_OK;
        }
    }
    if (!r->all_trusts && r->trust_count < SINGLE_TRUSTS)
        return read_trust(r, peer_id, ret_trust, err);
    int rc = r->all_trusts ? AW_OK : read_all_trusts(r, err);

    if (rc)
        return rc;
    aw_trust *const *found =
        r->trust_count ? bsearch(peer_id, r->trusts, r->trust_count, sizeof(aw_trust *), by_peer_id) : NULL;

    *ret_trust = found ? *found : NULL;
    return AW_OK;
}

static aw__place place_of(const aw_subscription *subscription)
{
    return (aw__place){subscription->target, subscription->subtarget, subscription->resource};
}

/* Whether any of the changes concerns the subscription. */
static bool concerns(const struct registration *r, const aw_subscription *subscription)
{
    aw__place wanted = place_of(subscription);

    for (size_t i = 0; i < r->count; i++) {
        aw__place changed = {r->changes[i].target, r->changes[i].subtarget, r->changes[i].resource};

        if (aw__matching_concerns(&wanted, &changed))
            return true;
    }
    return false;
}

/* What the subscription sees of all the changes together; the caller's.
 *
 * The value of the whole property is cut to what is asked for, also when something inside of it changed: a subscriber
 * cannot tell a property that became {"city":"Oslo"} from one whose city became "Oslo", and replaces what it has. */
static int slice(const struct registration *r, const aw_subscription *subscription, json_t **ret_data, aw_error *err)
{
    aw__place wanted = place_of(subscription);
    json_t *data = NULL;

    for (size_t i = 0; i < r->count; i++) {
        aw__place changed = {r->changes[i].target, r->changes[i].subtarget, r->changes[i].resource};
        aw__place whole = {r->changes[i].target, r->changes[i].subtarget, NULL};

        if (!aw__matching_concerns(&wanted, &changed))
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
                     char **ret_text, aw_error *err)
{
    json_t *data = NULL, *part = NULL;
    int rc = slice(r, subscription, &data, err);

    *ret_text = NULL;
    if (rc == AW_OK)
        rc = aw__visible_part(trust, subscription, data, &part, err);
    if (rc == AW_OK && part) {
        *ret_text = aw__json_text(part);
        rc = *ret_text ? AW_OK : aw__fail_nomem(err);
    }
    json_decref(part);
    json_decref(data);
    return rc;
}

/* The text for a subscription, made once for all that are alike; NULL: it is not told. */
static int text_for(struct registration *r, const aw_subscription *subscription, const aw_trust *trust,
                    const char **ret_text, aw_error *err)
{
    struct told *told = r->told;

    while (told && (strcmp(told->relationship, trust->relationship) || strcmp(told->subtarget, subscription->subtarget) ||
                    strcmp(told->resource, subscription->resource)))
        told = told->next;
    if (!told) {
        told = aw__arena_alloc(r->arena, sizeof(*told));
        if (!told)
            return aw__fail_nomem(err);
        *told = (struct told){trust->relationship, subscription->subtarget, subscription->resource, NULL, r->told};
        int rc = make_text(r, subscription, trust, &told->text, err);

        if (rc)
            return rc;
        r->told = told;
        if (told->text && aw__arena_defer(r->arena, aw__free, told->text))
            return aw__fail_nomem(err);
    }
    *ret_text = told->text;
    return AW_OK;
}

static int tell(struct registration *r, aw_subscription *subscription, aw_error *err)
{
    const aw_trust *trust = NULL;
    const char *text = NULL;
    int rc;

    if (!concerns(r, subscription))
        return AW_OK;
    rc = find_trust(r, subscription->peer_id, &trust, err);
    if (rc || !trust || !trust->approved)
        return rc;
    rc = text_for(r, subscription, trust, &text, err);
    if (rc || !text)
        return rc;
    return store_diff(r->site, r->database, subscription, text, r->notices, err);
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
    for (size_t i = 0; rc == AW_OK && i < r->subscription_count; i++)
        rc = tell(r, r->subscriptions[i], err);
    return rc;
}

/* How many of the changes make one diff together: values that were set at once do, each deletion is one by itself, as at
 * the reference. */
static size_t batch_of(const aw__change *changes, size_t count)
{
    size_t n = 0;

    while (n < count && changes[n].value && !strcmp(changes[n].target, changes[0].target))
        n++;
    return n ? n : 1;
}

int aw__diff_register(const aw__site *site, aw_database *database, const char *actor_id, const aw__change *changes,
                      size_t count, aw__notices *notices, aw_error *err)
{
    struct registration r = {.site = site, .database = database, .actor_id = actor_id, .notices = notices};
    int rc = aw__subscriptions_list(database, actor_id, NULL, NULL, NULL, NULL, INBOUND, &r.subscriptions,
                                    &r.subscription_count, err);

    if (rc || !r.subscription_count)
        goto done;
    r.arena = aw__arena_new();
    if (!r.arena) {
        rc = aw__fail_nomem(err);
        goto done;
    }
    for (size_t i = 0, n; rc == AW_OK && i < count; i += n) {
        n = batch_of(changes + i, count - i);
        rc = tell_all(&r, changes + i, n, err);
    }
done:
    aw__arena_free(r.arena);
    free_trusts(&r);
    aw_subscription_list_free(r.subscriptions, r.subscription_count);
    return rc;
}
