/*
 * The sweep, on a worker: page by page, with other work between them, so that neither a worker nor the writer is kept
 * from the requests. Several servers may do it at once: a row that another has deleted is not there any more.
 */
#include "flow/expiry.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/tally.h"
#include "runtime/timer.h"
#include "runtime/worker.h"
#include "store/attributes.h"

enum { PAGE = 500, FIRST_MS = 5000, EVERY_MS = 3600 * 1000, AGAIN_MS = 60 * 1000, US_PER_S = 1000000 };

struct expiry {
    aw__tally tally; /* first */
    aw__post begin;
    aw__site *site;
    aw__timer timer;
    aw__work work;
    bool busy;
    int64_t count; /* of this page */
    int64_t total; /* of this sweep */
    int rc;
};

static int delete_page(aw_database *database, void *arg, aw_error *err)
{
    struct expiry *expiry = arg;

    return aw__attributes_delete_expired(database, aw__utc_us() / US_PER_S, PAGE, &expiry->count, err);
}

static void run_page(void *arg)
{
    struct expiry *expiry = arg;
    aw_error err = {0};

    expiry->rc = aw__store_write(expiry->site->store, delete_page, expiry, &err);
    if (expiry->rc)
        aw__log(AW_LOG_WARNING, "attributes that have expired could not be deleted: %s", err.message);
}

static void on_timer(void *arg);

static void on_page(void *arg)
{
    struct expiry *expiry = arg;
    aw_runtime *runtime = expiry->site->runtime;
    bool more = !expiry->rc && expiry->count == PAGE;

    expiry->busy = false;
    if (!expiry->rc)
        expiry->total += expiry->count;
    if (!more && expiry->total)
        aw__log(AW_LOG_INFO, "%lld attributes had expired and were deleted", (long long)expiry->total);
    if (!more)
        expiry->total = 0;
    if (!expiry->tally.closing)
        aw__timer_start(runtime, &expiry->timer, more ? 0 : expiry->rc ? AGAIN_MS : EVERY_MS, on_timer, expiry);
    aw__tally_end(&expiry->tally);
}

static void on_timer(void *arg)
{
    struct expiry *expiry = arg;

    expiry->busy = true;
    aw__tally_begin(&expiry->tally);
    aw__worker_queue(expiry->site->runtime, &expiry->work, run_page, on_page, expiry);
}

/* ---- opening and closing ---- */

static void begin(void *arg)
{
    struct expiry *expiry = arg;
    int first_ms = expiry->site->config.expiry_first_ms;

    if (!expiry->tally.closing)
        aw__timer_start(expiry->site->runtime, &expiry->timer, first_ms ? (uint64_t)first_ms : FIRST_MS, on_timer, expiry);
}

static void stop(void *arg)
{
    struct expiry *expiry = arg;

    aw__timer_stop(expiry->site->runtime, &expiry->timer);
    if (expiry->busy && aw__worker_withdraw(expiry->site->runtime, &expiry->work)) {
        expiry->busy = false;
        aw__tally_end(&expiry->tally);
    }
}

static void release(void *arg)
{
    aw__free(arg);
}

int aw__expiry_open(aw__site *site, aw_error *err)
{
    struct expiry *expiry = aw__calloc(1, sizeof(*expiry));

    if (!expiry)
        return aw__fail_nomem(err);
    expiry->site = site;
    aw__tally_init(&expiry->tally, site->runtime, stop, release, expiry);
    site->expiry = expiry;
    aw__runtime_post(site->runtime, &expiry->begin, begin, expiry);
    return AW_OK;
}

void aw__expiry_close(aw__site *site)
{
    struct expiry *expiry = site->expiry;

    if (!expiry)
        return;
    aw__tally_close(&expiry->tally);
    site->expiry = NULL;
}
