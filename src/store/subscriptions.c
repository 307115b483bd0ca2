/*
 * The table subscriptions, and aw_subscription: its copies and accessors. What is sent to subscribers, and when, is not
 * here.
 */
#include "store/subscriptions.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "store/rows.h"
#include "store/statement.h"

/* The texts, in the order of COLUMNS, and the one that is not stored. */
static const size_t texts[] = {
    offsetof(aw_subscription, actor_id),    offsetof(aw_subscription, peer_id), offsetof(aw_subscription, id),
    offsetof(aw_subscription, granularity), offsetof(aw_subscription, target),  offsetof(aw_subscription, subtarget),
    offsetof(aw_subscription, resource),    offsetof(aw_subscription, url),
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]), TEXTS_STORED = TEXTS - 1 };

#define COLUMNS "id, peerid, subid, granularity, target, subtarget, resource, seqnr, callback"

/* peer_sub_id, half of the key, is ambiguous ("a:b" + "c", "a" + "b:c"), so the peer is compared as well. */
#define THIS_ONE "id = $1 AND peer_sub_id = $2 || ':' || $3 AND peerid = $2"

/* ------------------------------------------------------------------------------------------------- the object --- */

void aw_subscription_free(aw_subscription *subscription)
{
    aw__free(subscription);
}

aw_subscription *aw_subscription_dup(const aw_subscription *subscription)
{
    return aw__texts_dup(subscription, sizeof(*subscription), texts, TEXTS);
}

void aw_subscription_list_free(aw_subscription **subscriptions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        aw_subscription_free(subscriptions[i]);
    aw__free(subscriptions);
}

const char *aw_subscription_id(const aw_subscription *subscription)
{
    return subscription->id;
}

const char *aw_subscription_peer_id(const aw_subscription *subscription)
{
    return subscription->peer_id;
}

const char *aw_subscription_target(const aw_subscription *subscription)
{
    return subscription->target;
}

const char *aw_subscription_subtarget(const aw_subscription *subscription)
{
    return subscription->subtarget;
}

const char *aw_subscription_resource(const aw_subscription *subscription)
{
    return subscription->resource;
}

const char *aw_subscription_granularity(const aw_subscription *subscription)
{
    return subscription->granularity;
}

int64_t aw_subscription_sequence(const aw_subscription *subscription)
{
    return subscription->sequence;
}

bool aw_subscription_outbound(const aw_subscription *subscription)
{
    return subscription->outbound;
}

const char *aw_subscription_url(const aw_subscription *subscription)
{
    return subscription->url;
}

/* ---------------------------------------------------------------------------------------------------- reading --- */

/* The row of s; its texts are borrowed until the next one. */
static aw_subscription borrow_subscription(aw__statement *s)
{
    aw_subscription row = {0};

    aw__texts_read(s, &row, texts, TEXTS_STORED);
    row.sequence = aw__column_int(s, TEXTS_STORED);
    row.outbound = aw__column_flag(s, TEXTS_STORED + 1);
    return row;
}

/* NULL when out of memory, which sticks to s. */
static aw_subscription *keep_subscription(aw__statement *s, const aw_subscription *row)
{
    aw_subscription *subscription = aw_subscription_dup(row);

    if (!subscription)
        aw__statement_fail(s, AW_E_NOMEM);
    return subscription;
}

static bool in_direction(const aw_subscription *subscription, int direction)
{
    return direction < 0 || subscription->outbound == (direction > 0);
}

int aw__subscriptions_get(aw_database *database, const char *actor_id, const char *peer_id, const char *id,
                          int direction, aw_subscription **ret_subscription, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "SELECT " COLUMNS " FROM subscriptions WHERE " THIS_ONE, err);
    aw_subscription *subscription = NULL;
    bool found = false;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    aw__bind_text(&s, id);
    if (aw__row(&s)) {
        aw_subscription row = borrow_subscription(&s);

        found = in_direction(&row, direction);
        if (found)
            subscription = keep_subscription(&s, &row);
    }
    rc = aw__finish_found(&s, found, "subscription");
    if (rc)
        aw_subscription_free(subscription);
    else
        *ret_subscription = subscription;
    return rc;
}

static bool wanted(const char *filter, const char *text)
{
    return !filter || aw__text_equal(filter, text);
}

/* Adds a copy to an array that doubles whenever it is full at a power of two. Out of memory sticks to s. */
static void add_subscription(aw__statement *s, const aw_subscription *row, aw_subscription ***subscriptions,
                             size_t *count)
{
    if ((*count & (*count - 1)) == 0) {
        aw_subscription **larger = aw__realloc(*subscriptions, (*count ? 2 * *count : 1) * sizeof(aw_subscription *));

        if (!larger) {
            aw__statement_fail(s, AW_E_NOMEM);
            return;
        }
        *subscriptions = larger;
    }
    (*subscriptions)[*count] = keep_subscription(s, row);
    if ((*subscriptions)[*count])
        ++*count;
}

static int finish_list(aw__statement *s, aw_subscription **subscriptions, size_t count,
                       aw_subscription ***ret_subscriptions, size_t *ret_count)
{
    int rc = aw__finish(s);

    if (rc) {
        aw_subscription_list_free(subscriptions, count);
        return rc;
    }
    *ret_subscriptions = subscriptions;
    *ret_count = count;
    return AW_OK;
}

static aw__statement select_subscriptions(aw_database *database, const char *actor_id, const char *peer_id,
                                          aw_error *err)
{
    aw__statement s =
        peer_id ? aw__sql(database,
                          "SELECT " COLUMNS " FROM subscriptions WHERE id = $1 AND peerid = $2"
                          " ORDER BY subid" AW__BYTEWISE,
                          err)
                : aw__sql(database,
                          "SELECT " COLUMNS " FROM subscriptions WHERE id = $1"
                          " ORDER BY peerid" AW__BYTEWISE ", subid" AW__BYTEWISE,
                          err);

    aw__bind_text(&s, actor_id);
    if (peer_id)
        aw__bind_text(&s, peer_id);
    return s;
}

int aw__subscriptions_list(aw_database *database, const char *actor_id, const char *peer_id, const char *target,
                           const char *subtarget, const char *resource, int direction,
                           aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err)
{
    aw__statement s = select_subscriptions(database, actor_id, peer_id, err);
    aw_subscription **subscriptions = NULL;
    size_t count = 0;

    while (aw__row(&s)) {
        aw_subscription row = borrow_subscription(&s);

        if (in_direction(&row, direction) && wanted(target, row.target) && wanted(subtarget, row.subtarget) &&
            wanted(resource, row.resource))
            add_subscription(&s, &row, &subscriptions, &count);
    }
    return finish_list(&s, subscriptions, count, ret_subscriptions, ret_count);
}

int aw__subscriptions_list_inbound(aw_database *database, const aw_subscription *after, int limit,
                                   aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT " COLUMNS " FROM subscriptions WHERE (id, peerid, subid) > ($1, $2, $3)"
                              " AND peer_sub_id = peerid || ':' || subid AND NOT callback"
                              " ORDER BY id, peerid, subid LIMIT $4",
                              err);
    aw_subscription **subscriptions = NULL;
    size_t count = 0;

    aw__bind_text(&s, after ? after->actor_id : "");
    aw__bind_text(&s, after ? after->peer_id : "");
    aw__bind_text(&s, after ? after->id : "");
    aw__bind_int(&s, limit);
    while (aw__row(&s)) {
        aw_subscription row = borrow_subscription(&s);

        add_subscription(&s, &row, &subscriptions, &count);
    }
    return finish_list(&s, subscriptions, count, ret_subscriptions, ret_count);
}

/* ---------------------------------------------------------------------------------------------------- writing --- */

int aw__subscriptions_insert(aw_database *database, const aw_subscription *subscription, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO subscriptions (" COLUMNS ", peer_sub_id)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10 || ':' || $11)",
                              err);
    int rc;

    for (int i = 0; i < TEXTS_STORED; i++)
        aw__bind_text(&s, aw__text_at(subscription, texts[i]));
    aw__bind_int(&s, subscription->sequence);
    aw__bind_flag(&s, subscription->outbound);
    aw__bind_text(&s, subscription->peer_id);
    aw__bind_text(&s, subscription->id);
    rc = aw__finish(&s);
    return rc == AW_E_EXISTS ? aw__fail(err, rc, "there is a subscription of this peer with this id") : rc;
}

int aw__subscriptions_count(aw_database *database, const char *actor_id, const char *peer_id, int64_t *ret_count,
                            aw_error *err)
{
    aw__statement s = aw__sql(
        database, "SELECT count(*) FROM subscriptions WHERE id = $1 AND peerid = $2 AND NOT callback", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    int64_t count = aw__row(&s) ? aw__column_int(&s, 0) : 0;
    int rc = aw__finish(&s);

    if (!rc)
        *ret_count = count;
    return rc;
}

int aw__subscriptions_set_sequence(aw_database *database, const char *actor_id, const char *peer_id, const char *id,
                                   int64_t sequence, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "UPDATE subscriptions SET seqnr = $4 WHERE " THIS_ONE, err);
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    aw__bind_text(&s, id);
    aw__bind_int(&s, sequence);
    rc = aw__finish(&s);
    if (!rc && aw__changes(database) == 0)
        rc = aw__fail(err, AW_E_NOT_FOUND, "no such subscription");
    return rc;
}

/* Runs a statement whose parameters are up to three texts. */
static int run(aw_database *database, const char *sql, const char *first, const char *second, const char *third,
               aw_error *err)
{
    aw__statement s = aw__sql(database, sql, err);

    aw__bind_text(&s, first);
    aw__bind_text(&s, second);
    if (third)
        aw__bind_text(&s, third);
    return aw__finish(&s);
}

/* Diffs are found by the subscription's id alone. Ids of outbound subscriptions are chosen by the peer: one that takes
 * the id of somebody else's inbound subscription must not take its diffs with it, so only inbound ones have any. */
int aw__subscriptions_delete(aw_database *database, const char *actor_id, const char *peer_id, const char *id,
                             bool *ret_existed, aw_error *err)
{
    bool existed = false;
    int rc = run(database,
                 "DELETE FROM subscription_diffs WHERE id = $1 AND subid = (SELECT subid FROM subscriptions"
                 " WHERE " THIS_ONE " AND NOT callback)",
                 actor_id, peer_id, id, err);

    if (!rc)
        rc = run(database, "DELETE FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3", actor_id, peer_id, id,
                 err);
    if (!rc)
        rc = run(database, "DELETE FROM outbox_queues WHERE id = $1 AND peerid = $2 AND subid = $3", actor_id, peer_id,
                 id, err);
    if (!rc) {
        rc = run(database, "DELETE FROM subscriptions WHERE " THIS_ONE, actor_id, peer_id, id, err);
        existed = !rc && aw__changes(database) > 0;
    }
    if (!rc)
        *ret_existed = existed;
    return rc;
}

int aw__subscriptions_delete_of_peer(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    int rc = run(database,
                 "DELETE FROM subscription_diffs WHERE id = $1 AND subid IN (SELECT subid FROM subscriptions"
                 " WHERE id = $1 AND peerid = $2 AND NOT callback)",
                 actor_id, peer_id, NULL, err);

    if (!rc)
        rc = run(database, "DELETE FROM outbox WHERE id = $1 AND peerid = $2", actor_id, peer_id, NULL, err);
    if (!rc)
        rc = run(database, "DELETE FROM outbox_queues WHERE id = $1 AND peerid = $2", actor_id, peer_id, NULL, err);
    if (!rc)
        rc = run(database, "DELETE FROM subscriptions WHERE id = $1 AND peerid = $2", actor_id, peer_id, NULL, err);
    return rc;
}
