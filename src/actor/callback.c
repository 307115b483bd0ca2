/*
 * Callbacks received: each is one transaction, in which the sequence machine of src/model/ decides and the inbox obeys.
 * Fetching links and baselines is src/flow/'s.
 */
#include "actor/callback.h"

#include "actor/inbox.h"
#include "actor/remote.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

/* One transaction's work. */
struct work {
    aw__site *site;
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
    const aw__callback *callback;
    aw__callback_outcome outcome;
    int64_t hold;
    int64_t sequence;
    const aw__callback_baseline *baseline;
    json_t *diffs;
    int64_t min_ms;
    aw__callback_settling settling;
    aw__callback_standing standing;
};

static int open_inbox(aw__inbox *inbox, aw_database *database, const struct work *work, aw_error *err)
{
    return aw__inbox_open(inbox, database, work->actor_id, work->peer_id, work->subscription_id, err);
}

/* ---- receiving ---- */

static int check(const aw__inbox *inbox, const aw__callback *callback, aw_error *err)
{
    if (callback->sequence < 1)
        return aw__fail(err, AW_E_INVALID, "a callback's sequence begins at 1");
    if (!callback->data || json_is_null(callback->data))
        return aw__fail(err, AW_E_INVALID, "the callback has no data");
    if (aw__text_empty(inbox->subscription->subtarget) && !json_is_object(callback->data))
        return aw__fail(err, AW_E_INVALID, "the data of this subscription must be an object");
    return AW_OK;
}

/* While a baseline is fetched none is the next one, so that none is applied. */
static aw__sequence_verdict judge(const aw__inbox *inbox, const struct work *work, int64_t *ret_last)
{
    const aw__config *config = &work->site->config;
    aw__sequence_state state = aw__inbox_state(inbox);
    aw__sequence_limits limits = {config->gap_timeout_ms, (size_t)config->max_pending};

    if (inbox->held && work->callback->sequence > state.last)
        state.last = -1;
    return aw__sequence_judge(&state, &limits, work->callback->sequence, ret_last);
}

/* What waits for a baseline that never came is in the inbox as well, and starts the next attempt. */
static int queue(aw__inbox *inbox, const struct work *work, bool *ret_fits, aw_error *err)
{
    for (size_t i = 0; i < inbox->count; i++)
        if (inbox->sequences[i] == work->callback->sequence)
            return AW_OK;
    if (inbox->count >= (size_t)work->site->config.max_pending) {
        *ret_fits = false;
        return AW_OK;
    }
    return aw__inbox_add(inbox, work->callback->sequence, work->callback->data, work->callback->whole, ret_fits, err);
}

/* And those that waited for it. */
static int apply(aw__inbox *inbox, struct work *work, int64_t last, aw_error *err)
{
    const aw__callback *callback = work->callback;
    bool was_out_of_step = inbox->out_of_step;
    int rc = aw__inbox_apply(inbox, callback->data, callback->whole, err);

    if (rc == AW_OK)
        rc = aw__inbox_advance(inbox, callback->sequence, last, err);
    if (rc == AW_OK && inbox->out_of_step && !was_out_of_step)
        rc = aw__inbox_save_state(inbox, err);
    if (rc == AW_OK)
        rc = aw__remote_check_room(work->site, inbox->database, work->actor_id, work->peer_id, callback->data, err);
    work->outcome = inbox->out_of_step ? AW__CALLBACK_RESYNC : AW__CALLBACK_APPLIED;
    return rc;
}

static int obey(aw__inbox *inbox, struct work *work, aw_error *err)
{
    int64_t last = 0;
    bool fits = true;
    int rc = AW_OK;

    switch (judge(inbox, work, &last)) {
    case AW__SEQUENCE_DUPLICATE:
        work->outcome = AW__CALLBACK_DUPLICATE;
        break;
    case AW__SEQUENCE_PROCESS:
        rc = apply(inbox, work, last, err);
        work->sequence = last;
        break;
    case AW__SEQUENCE_QUEUE:
        rc = queue(inbox, work, &fits, err);
        work->outcome = fits ? AW__CALLBACK_QUEUED : AW__CALLBACK_FULL;
        break;
    case AW__SEQUENCE_RESYNC:
        /* Queued too, if there is room: should the baseline turn out to be older, it is still there. */
        rc = queue(inbox, work, &fits, err);
        work->outcome = AW__CALLBACK_RESYNC;
        break;
    case AW__SEQUENCE_REJECT_FULL:
        work->outcome = AW__CALLBACK_FULL;
        break;
    }
    return rc;
}

static int receive(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__inbox inbox;
    int rc = open_inbox(&inbox, database, work, err);

    work->outcome = AW__CALLBACK_APPLIED;
    work->sequence = work->callback->sequence;
    if (rc || !work->site->config.subscription_processing)
        goto done;
    if (work->callback->resync) {
        work->outcome = AW__CALLBACK_RESYNC;
        goto done;
    }
    rc = check(&inbox, work->callback, err);
    if (rc == AW_OK)
        rc = obey(&inbox, work, err);
done:
    aw__inbox_close(&inbox);
    return rc;
}

int aw__callback_receive(aw__site *site, const aw__callback *callback, aw__callback_outcome *ret_outcome,
                         int64_t *ret_last, aw_error *err)
{
    struct work work = {.site = site,
                        .actor_id = callback->actor_id,
                        .peer_id = callback->peer_id,
                        .subscription_id = callback->subscription_id,
                        .callback = callback};
    int rc = aw__store_write(site->store, receive, &work, err);

    if (rc == AW_OK)
        *ret_outcome = work.outcome;
    if (rc == AW_OK && ret_last && work.outcome == AW__CALLBACK_APPLIED)
        *ret_last = work.sequence;
    return rc;
}

/* ---- baselines ---- */

static int hold(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;

    return aw__inbox_hold(database, work->actor_id, work->peer_id, work->subscription_id, work->min_ms, &work->hold, err);
}

int aw__callback_hold(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                      int64_t min_ms, int64_t *ret_hold, aw_error *err)
{
    struct work work = {.site = site,
                        .actor_id = actor_id,
                        .peer_id = peer_id,
                        .subscription_id = subscription_id,
                        .min_ms = min_ms};
    int rc = aw__store_write(site->store, hold, &work, err);

    if (rc == AW_OK)
        *ret_hold = work.hold;
    return rc;
}

/* The inbox goes on behind `sequence`, which has been applied. */
static int go_on(aw__inbox *inbox, int64_t sequence, aw_error *err)
{
    aw__sequence_state state = aw__inbox_state(inbox);
    int rc = aw__inbox_advance(inbox, sequence, aw__sequence_drain(&state, sequence), err);

    inbox->held = false;
    return rc ? rc : aw__inbox_save_state(inbox, err);
}

/* Whatever was queued when the baseline was asked for is in it. */
static int64_t newest(const aw__inbox *inbox)
{
    int64_t last = inbox->subscription->sequence;

    return inbox->count && inbox->sequences[inbox->count - 1] > last ? inbox->sequences[inbox->count - 1] : last;
}

static bool is_latest(const aw__inbox *inbox, const struct work *work)
{
    return inbox->held && inbox->hold == work->hold;
}

static int resynced(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__inbox inbox;
    int rc = open_inbox(&inbox, database, work, err);

    work->settling = AW__CALLBACK_SUPERSEDED;
    if (rc == AW_OK && is_latest(&inbox, work)) {
        const aw_subscription *s = inbox.subscription;

        int64_t sequence = work->baseline->sequence;

        rc = aw__remote_replace(database, s->actor_id, s->peer_id, s->subtarget, s->resource, work->baseline->data, err);
        inbox.out_of_step = !work->baseline->exact;
        if (rc == AW_OK && work->baseline->asked)
            rc = aw__inbox_drop_impossible(&inbox, sequence, err);
        if (rc == AW_OK)
            rc = go_on(&inbox, sequence < 0 ? newest(&inbox) : sequence, err);
        if (rc == AW_OK)
            rc = aw__remote_check_room(work->site, database, s->actor_id, s->peer_id, NULL, err);
        work->settling = inbox.out_of_step ? AW__CALLBACK_OPEN : AW__CALLBACK_SETTLED;
    }
    aw__inbox_close(&inbox);
    return rc;
}

int aw__callback_resynced(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                          int64_t hold_id, const aw__callback_baseline *baseline, aw__callback_settling *ret_settling,
                          aw_error *err)
{
    struct work work = {.site = site,
                        .actor_id = actor_id,
                        .peer_id = peer_id,
                        .subscription_id = subscription_id,
                        .hold = hold_id,
                        .baseline = baseline};
    int rc = aw__store_write(site->store, resynced, &work, err);

    if (rc == AW_OK)
        *ret_settling = work.settling;
    return rc;
}

/* Lets a diff wait like a callback, as far as that is not stored: what cannot be applied is left out and stays a
 * gap. */
static int add_diff(aw__inbox *inbox, json_t *diff, aw_error *err)
{
    aw__callback callback = {.data = json_object_get(diff, "data")};
    aw_error why = {0};

    if (!aw__json_get_int(diff, "sequence", &callback.sequence) || callback.sequence <= inbox->subscription->sequence ||
        check(inbox, &callback, &why))
        return AW_OK;
    for (size_t i = 0; i < inbox->count; i++)
        if (inbox->sequences[i] == callback.sequence)
            return AW_OK;
    return aw__inbox_add(inbox, callback.sequence, callback.data, false, NULL, err);
}

static int catch_up_with(aw__inbox *inbox, struct work *work, aw_error *err)
{
    int64_t last = inbox->subscription->sequence;
    json_t *diff;
    size_t at;
    int rc = AW_OK;

    if (aw__inbox_has_impossible(inbox, work->sequence))
        return AW_OK;
    json_array_foreach(work->diffs, at, diff) {
        rc = add_diff(inbox, diff, err);
        if (rc)
            return rc;
    }
    aw__sequence_state state = aw__inbox_state(inbox);

    if (inbox->out_of_step || work->sequence < last || aw__sequence_drain(&state, last) < work->sequence)
        return AW_OK;
    work->settling = AW__CALLBACK_SETTLED;
    rc = go_on(inbox, last, err);
    /* Then the baseline has to be fetched all the same, and the hold goes on. */
    if (rc == AW_OK && inbox->out_of_step) {
        work->settling = AW__CALLBACK_OPEN;
        inbox->held = true;
        rc = aw__inbox_save_state(inbox, err);
    }
    return rc ? rc : aw__remote_check_room(work->site, inbox->database, work->actor_id, work->peer_id, work->diffs, err);
}

static int catch_up(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__inbox inbox;
    int rc = open_inbox(&inbox, database, work, err);

    work->settling = AW__CALLBACK_OPEN;
    if (rc == AW_OK && !is_latest(&inbox, work))
        work->settling = AW__CALLBACK_SUPERSEDED;
    else if (rc == AW_OK)
        rc = catch_up_with(&inbox, work, err);
    aw__inbox_close(&inbox);
    return rc;
}

int aw__callback_catch_up(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                          int64_t hold_id, int64_t sequence, json_t *diffs, aw__callback_settling *ret_settling,
                          aw_error *err)
{
    struct work work = {.site = site,
                        .actor_id = actor_id,
                        .peer_id = peer_id,
                        .subscription_id = subscription_id,
                        .hold = hold_id,
                        .sequence = sequence,
                        .diffs = diffs};
    int rc = aw__store_write(site->store, catch_up, &work, err);

    if (rc == AW_OK)
        *ret_settling = work.settling;
    return rc;
}

static int release(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__inbox inbox;
    aw_error why = {0};
    int rc = open_inbox(&inbox, database, work, &why);

    if (rc == AW_E_NOT_FOUND)
        rc = AW_OK;
    else if (rc)
        *err = why;
    else if (is_latest(&inbox, work))
        rc = go_on(&inbox, inbox.subscription->sequence, err);
    aw__inbox_close(&inbox);
    return rc;
}

int aw__callback_release(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                         int64_t hold_id, aw_error *err)
{
    struct work work = {.site = site,
                        .actor_id = actor_id,
                        .peer_id = peer_id,
                        .subscription_id = subscription_id,
                        .hold = hold_id};

    return aw__store_write(site->store, release, &work, err);
}

/* ---- looking ---- */

static int look(aw_database *database, void *arg, aw_error *err)
{
    struct work *work = arg;
    aw__inbox inbox;
    int rc = open_inbox(&inbox, database, work, err);

    if (rc == AW_OK) {
        work->standing = (aw__callback_standing){
            .sequence = inbox.subscription->sequence,
            .oldest_pending_ms = inbox.oldest_ms,
            .held_ms = aw__inbox_held_ms(&inbox),
            .needs_baseline = inbox.held || inbox.out_of_step,
        };
    }
    aw__inbox_close(&inbox);
    return rc;
}

int aw__callback_state(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                       aw__callback_standing *ret_standing, aw_error *err)
{
    struct work work = {
        .site = site, .actor_id = actor_id, .peer_id = peer_id, .subscription_id = subscription_id};
    int rc = aw__store_read(site->store, look, &work, err);

    if (rc == AW_OK)
        *ret_standing = work.standing;
    return rc;
}

int aw__callback_forget(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                        aw_error *err)
{
    return aw__inbox_forget(database, actor_id, peer_id, subscription_id, err);
}
