/*
 * The end of a site: its flows end before what they look at. They are counted from their making to their freeing, which
 * any thread may do, so the wait looks at the count again and again; it happens once in a site's life.
 */
#include "flow/driver.h"

#include <sched.h>

#include "base/log.h"

enum { LOOK_AGAIN_MS = 5 };

/* An operation, so that it can be waited for whoever runs the loop. */
struct closing {
    aw__op op; /* first */
    aw__site *site;
    aw__timer timer;
};

static bool of_site(const aw__op *op, const void *site)
{
    const aw__flow *flow = NULL;

    if (op->cls == &aw__flow_class)
        flow = (const aw__flow *)op;
    else if (op->cls == &aw__undo_class)
        flow = ((const struct aw__flow_rest *)op)->flow;
    return flow && flow->site == site;
}

static void look(void *arg)
{
    struct closing *closing = arg;

    if (atomic_load(&closing->site->flows) == 0) {
        aw__op_finish(&closing->op, NULL);
        return;
    }
    aw__ops_stop_those(closing->op.runtime, AW_E_CLOSED, of_site, closing->site);
    aw__timer_start(closing->op.runtime, &closing->timer, LOOK_AGAIN_MS, look, closing);
}

static void start(aw__op *op)
{
    look(op);
}

/* The runtime itself is ending, and the flows with it. */
static void stop(aw__op *op, int code)
{
    aw_error err = {.code = code};

    aw__timer_stop(op->runtime, &((struct closing *)op)->timer);
    aw__op_finish(op, &err);
}

static void deliver(aw__op *op, const aw_error *err)
{
    (void)op;
    (void)err;
}

/* It lives on the stack of aw__flow_close_all(), which waits until it has the last reference. */
static void destroy(aw__op *op)
{
    (void)op;
}

static const aw__op_class closing_class = {"closing", start, stop, deliver, destroy};

void aw__flow_close_all(aw__site *site)
{
    struct closing closing = {.site = site};
    aw_error err = {0};

    atomic_store(&site->closed, true);
    if (!site->runtime || atomic_load(&site->flows) == 0)
        return;
    aw__op_init(&closing.op, &closing_class, site->runtime);
    if (aw__op_run(&closing.op, 0, NULL, &err))
        aw__log(AW_LOG_WARNING, "flows were not waited for: %s", err.message);
    while (atomic_load(&closing.op.refs) > 1)
        sched_yield(); /* the loop is just letting go of it */
}
