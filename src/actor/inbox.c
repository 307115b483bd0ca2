/*
 * The inbox of one outbound subscription, in bucket _callback_state: "state:{peer}:{sub}" and "pending:{peer}:{sub}",
 * with the members that the reference has there.
 */
#include "actor/inbox.h"

#include <string.h>

#include "actor/remote.h"
#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "store/attributes.h"

enum {
    OUTBOUND = 1,
    PENDING_MAX_BYTES = 4 << 20,
    HOLD_SLACK_US = 1000 /* seconds in a double are not exact to the microsecond */
};

static const char bucket[] = "_callback_state";

/* ---- the attributes ---- */

static const char *attribute_name(aw__arena *arena, const char *kind, const char *peer_id, const char *subscription_id)
{
    return aw__arena_printf(arena, "%s:%s:%s", kind, peer_id, subscription_id);
}

static const char *name_of(const aw__inbox *inbox, const char *kind)
{
    return attribute_name(inbox->arena, kind, inbox->subscription->peer_id, inbox->subscription->id);
}

/* *ret_value NULL when it is absent. One that cannot be read is as good as absent: what waited comes with a
 * baseline. */
static int read_attribute(const aw__inbox *inbox, const char *kind, json_t **ret_value, aw_error *err)
{
    const char *name = name_of(inbox, kind);
    aw__attribute_row row = {0};
    aw_error why = {0};

    if (!name)
        return aw__fail_nomem(err);
    int rc = aw__attributes_get(inbox->database, inbox->arena, inbox->subscription->actor_id, bucket, name, &row, &why);

    if (rc == AW_OK)
        rc = aw__stored_parse(row.data, ret_value, &why);
    if (rc == AW_OK || rc == AW_E_NOT_FOUND)
        return AW_OK;
    if (row.data && rc == AW_E_STORE) {
        aw__log(AW_LOG_WARNING, "the state of a subscription's callbacks cannot be read and begins anew");
        return AW_OK;
    }
    *err = why;
    return rc;
}

static int write_attribute(const aw__inbox *inbox, const char *kind, const char *text, aw_error *err)
{
    const char *name = name_of(inbox, kind);

    if (!name || !text)
        return aw__fail_nomem(err);
    return aw__attributes_set(inbox->database, inbox->subscription->actor_id, bucket, name, text, 0, err);
}

/* ---- reading ---- */

static int read_state(aw__inbox *inbox, aw_error *err)
{
    json_t *state = NULL;
    int rc = read_attribute(inbox, "state", &state, err);

    if (rc == AW_OK) {
        inbox->held = aw__json_get_flag(state, "resync_pending", false);
        inbox->out_of_step = aw__json_get_flag(state, "out_of_step", false);
        aw__json_get_int(state, "version", &inbox->hold);
    }
    json_decref(state);
    return rc;
}

static int64_t waited_ms(const json_t *callback)
{
    double received_at_s = json_number_value(json_object_get(callback, "_received_at"));
    double waited = (double)aw__utc_us() / 1000 - received_at_s * 1000;

    return waited > 0 ? (int64_t)waited : 0;
}

/* Fills in what follows from inbox->pending, and leaves out what is no callback. */
static int index_pending(aw__inbox *inbox, aw_error *err)
{
    size_t room = json_array_size(inbox->pending);

    inbox->count = 0;
    inbox->oldest_ms = -1;
    inbox->sequences = aw__arena_alloc(inbox->arena, (room + 1) * sizeof(*inbox->sequences));
    if (!inbox->sequences)
        return aw__fail_nomem(err);
    while (inbox->count < json_array_size(inbox->pending)) {
        json_t *callback = json_array_get(inbox->pending, inbox->count);

        if (!aw__json_get_int(callback, "sequence", &inbox->sequences[inbox->count])) {
            json_array_remove(inbox->pending, inbox->count);
            continue;
        }
        int64_t waited = waited_ms(callback);

        if (waited > inbox->oldest_ms)
            inbox->oldest_ms = waited;
        inbox->count++;
    }
    return AW_OK;
}

static int read_pending(aw__inbox *inbox, aw_error *err)
{
    json_t *stored = NULL;
    int rc = read_attribute(inbox, "pending", &stored, err);

    if (rc)
        return rc;
    json_t *callbacks = json_object_get(stored, "callbacks");

    inbox->pending = json_is_array(callbacks) ? json_incref(callbacks) : json_array();
    json_decref(stored);
    return inbox->pending ? index_pending(inbox, err) : aw__fail_nomem(err);
}

int aw__inbox_open(aw__inbox *inbox, aw_database *database, const char *actor_id, const char *peer_id,
                   const char *subscription_id, aw_error *err)
{
    *inbox = (aw__inbox){.database = database};
    inbox->arena = aw__arena_new();
    if (!inbox->arena)
        return aw__fail_nomem(err);
    int rc = aw__subscriptions_get(database, actor_id, peer_id, subscription_id, OUTBOUND, &inbox->subscription, err);

    if (rc == AW_OK)
        rc = read_state(inbox, err);
    if (rc == AW_OK)
        rc = read_pending(inbox, err);
    return rc;
}

void aw__inbox_close(aw__inbox *inbox)
{
    json_decref(inbox->pending);
    aw_subscription_free(inbox->subscription);
    aw__arena_free(inbox->arena);
    *inbox = (aw__inbox){0};
}

aw__sequence_state aw__inbox_state(const aw__inbox *inbox)
{
    return (aw__sequence_state){
        .last = inbox->subscription->sequence,
        .pending = inbox->sequences,
        .pending_count = inbox->count,
        .oldest_pending_ms = inbox->oldest_ms,
    };
}

/* ---- changing ---- */

static int save_pending(aw__inbox *inbox, bool *ret_fits, aw_error *err)
{
    const char *name = name_of(inbox, "pending");
    json_t *stored = NULL;
    char *text = NULL;
    int rc;

    if (ret_fits)
        *ret_fits = true;
    if (!name)
        return aw__fail_nomem(err);
    if (!json_array_size(inbox->pending))
        return aw__attributes_delete(inbox->database, inbox->subscription->actor_id, bucket, name, err);
    stored = json_pack("{s:O}", "callbacks", inbox->pending);
    text = stored ? aw__json_text(stored) : NULL;
    if (ret_fits && text && strlen(text) > PENDING_MAX_BYTES) {
        *ret_fits = false;
        rc = AW_OK;
    } else {
        rc = write_attribute(inbox, "pending", text, err);
    }
    aw__free(text);
    json_decref(stored);
    return rc;
}

/* In seconds. What comes during a hold has come after its beginning, whatever the clock of the server where that was
 * said. */
static double received_at_s(const aw__inbox *inbox)
{
    int64_t now_us = aw__utc_us(), first_us = inbox->held ? inbox->hold + HOLD_SLACK_US : 0;

    return (double)(now_us > first_us ? now_us : first_us) / 1e6;
}

int aw__inbox_add(aw__inbox *inbox, int64_t sequence, json_t *data, bool whole, bool *ret_fits, aw_error *err)
{
    size_t at = 0;
    json_t *callback = json_pack("{s:I, s:O, s:b, s:s, s:f}", "sequence", (json_int_t)sequence, "data", data, "whole",
                                 whole, "callback_type", "diff", "_received_at", received_at_s(inbox));

    while (at < inbox->count && inbox->sequences[at] < sequence)
        at++;
    if (json_array_insert_new(inbox->pending, at, callback))
        return aw__fail_nomem(err);
    int rc = index_pending(inbox, err);

    return rc || !ret_fits ? rc : save_pending(inbox, ret_fits, err);
}

int aw__inbox_apply(aw__inbox *inbox, json_t *data, bool whole, aw_error *err)
{
    const aw_subscription *s = inbox->subscription;
    bool exact = true;
    int rc = aw__remote_apply(inbox->database, s->actor_id, s->peer_id, s->subtarget, s->resource, data, whole, &exact,
                              err);

    if (rc == AW_OK && !exact)
        inbox->out_of_step = true;
    return rc;
}

int aw__inbox_advance(aw__inbox *inbox, int64_t from, int64_t to, aw_error *err)
{
    aw_subscription *s = inbox->subscription;
    size_t had = inbox->count;
    int64_t applied = from;
    int rc = AW_OK;

    while (rc == AW_OK && inbox->count && inbox->sequences[0] <= to) {
        json_t *callback = json_array_get(inbox->pending, 0);

        if (inbox->sequences[0] > applied) {
            applied = inbox->sequences[0];
            rc = aw__inbox_apply(inbox, json_object_get(callback, "data"),
                                 aw__json_get_flag(callback, "whole", false), err);
        }
        json_array_remove(inbox->pending, 0);
        inbox->sequences++;
        inbox->count--;
    }
    if (rc == AW_OK && inbox->count != had)
        rc = save_pending(inbox, NULL, err);
    if (rc == AW_OK && s->sequence != to)
        rc = aw__subscriptions_set_sequence(inbox->database, s->actor_id, s->peer_id, s->id, to, err);
    if (rc == AW_OK)
        s->sequence = to;
    return rc;
}

/* A hold's number is the time when it began. */
static bool is_impossible(const aw__inbox *inbox, size_t at, int64_t sequence)
{
    const json_t *received_at_s = json_object_get(json_array_get(inbox->pending, at), "_received_at");

    return inbox->sequences[at] > sequence && json_number_value(received_at_s) * 1e6 < (double)inbox->hold;
}

bool aw__inbox_has_impossible(const aw__inbox *inbox, int64_t sequence)
{
    for (size_t i = 0; i < inbox->count; i++)
        if (is_impossible(inbox, i, sequence))
            return true;
    return false;
}

int aw__inbox_drop_impossible(aw__inbox *inbox, int64_t sequence, aw_error *err)
{
    size_t had = inbox->count;

    for (size_t at = had; at > 0; at--)
        if (is_impossible(inbox, at - 1, sequence))
            json_array_remove(inbox->pending, at - 1);
    if (json_array_size(inbox->pending) == had)
        return AW_OK;
    int rc = index_pending(inbox, err);

    return rc ? rc : save_pending(inbox, NULL, err);
}

int aw__inbox_save_state(const aw__inbox *inbox, aw_error *err)
{
    const char *name = name_of(inbox, "state");

    if (!name)
        return aw__fail_nomem(err);
    if (!inbox->held && !inbox->out_of_step)
        return aw__attributes_delete(inbox->database, inbox->subscription->actor_id, bucket, name, err);
    json_t *state = json_pack("{s:I, s:b, s:b}", "version", (json_int_t)inbox->hold, "resync_pending", inbox->held,
                              "out_of_step", inbox->out_of_step);
    char *text = state ? aw__json_text(state) : NULL;
    int rc = write_attribute(inbox, "state", text, err);

    aw__free(text);
    json_decref(state);
    return rc;
}

/* Numbers are never used twice, though the row that had the last one may be gone: they are times. */
static int64_t next_number(int64_t last)
{
    int64_t now = aw__utc_us();

    return now > last ? now : last + 1;
}

int aw__inbox_hold(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                   int64_t min_ms, int64_t *ret_hold, aw_error *err)
{
    aw__inbox inbox;
    int rc = aw__inbox_open(&inbox, database, actor_id, peer_id, subscription_id, err);

    *ret_hold = 0;
    if (rc == AW_OK && (!inbox.held || aw__inbox_held_ms(&inbox) >= min_ms)) {
        inbox.held = true;
        inbox.hold = next_number(inbox.hold);
        *ret_hold = inbox.hold;
        rc = aw__inbox_save_state(&inbox, err);
    }
    aw__inbox_close(&inbox);
    return rc;
}

int64_t aw__inbox_held_ms(const aw__inbox *inbox)
{
    int64_t held_us = aw__utc_us() - inbox->hold;

    if (!inbox->held)
        return -1;
    return held_us > 0 ? held_us / 1000 : 0; /* another server's clock may be ahead */
}

int aw__inbox_forget(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                     aw_error *err)
{
    static const char *const kinds[] = {"state", "pending"};
    aw__arena *arena = aw__arena_new();
    int rc = arena ? AW_OK : aw__fail_nomem(err);

    for (size_t i = 0; rc == AW_OK && i < sizeof(kinds) / sizeof(*kinds); i++) {
        const char *name = attribute_name(arena, kinds[i], peer_id, subscription_id);

        rc = name ? aw__attributes_delete(database, actor_id, bucket, name, err) : aw__fail_nomem(err);
    }
    aw__arena_free(arena);
    return rc;
}
