/*
 * A call's life beyond its endpoint: deferring, the group of what is started for it, and flows that answer it.
 */
#include "base/error.h"
#include "runtime/group.h"
#include "web/router.h"

/* ---- the group ---- */

static void free_group(void *group)
{
    aw_group_free(group);
}

aw_group *aw__call_group(aw__call *call)
{
    if (call->group)
        return call->group;
    aw_group *group = aw__group_new(call->site->runtime, NULL);

    if (!group || aw__exchange_at_end(call->exchange, free_group, group))
        return NULL; /* aw__exchange_at_end() frees it when it cannot remember it */
    call->group = group;
    return group;
}

/* ---- deferring ---- */

static void forget(void *arg)
{
    aw__call *call = arg;
    aw__web *web = call->web;

    pthread_mutex_lock(&web->lock);
    if (call->previous)
        call->previous->next = call->next;
    else
        web->synced.deferred = call->next;
    if (call->next)
        call->next->previous = call->previous;
    pthread_mutex_unlock(&web->lock);
}

static void remember(aw__call *call)
{
    aw__web *web = call->web;

    pthread_mutex_lock(&web->lock);
    call->next = web->synced.deferred;
    if (call->next)
        call->next->previous = call;
    web->synced.deferred = call;
    pthread_mutex_unlock(&web->lock);
    /* Out of memory: forget() has run already, and only aw__web_cancel() will not see this call. */
    (void)aw__exchange_at_end(call->exchange, forget, call);
}

static void hang_up(void *arg)
{
    aw__call *call = arg;

    aw_group_cancel(call->group);
}

void aw__call_defer(aw__call *call)
{
    if (call->deferred)
        return;
    /* Made now, so that no thread has to make it while another reads it. Without one, hanging up cancels nothing. */
    aw_group *group = aw__call_group(call);

    call->deferred = true;
    if (group)
        remember(call);
    aw__exchange_defer(call->exchange, group ? hang_up : NULL, call);
}

void aw__web_cancel(aw__web *web)
{
    pthread_mutex_lock(&web->lock);
    for (aw__call *call = web->synced.deferred; call; call = call->next)
        aw_group_cancel(call->group);
    pthread_mutex_unlock(&web->lock);
}

/* ---- flows ---- */

static void flow_done(aw__flow *flow, const aw_error *err, void *ud)
{
    aw__call *call = ud;

    call->finished(call, err, flow);
}

void aw__call_run(aw__call *call, aw__flow *flow, void (*finished)(aw__call *call, const aw_error *err, aw__flow *flow))
{
    aw_error err = {0};

    call->finished = finished;
    flow->group = aw__call_group(call);
    if (!flow->group) {
        aw__flow_unref(flow);
        aw__call_fail(call, 500, "out_of_memory", "out of memory");
        return;
    }
    /* Before the start: its completion may come before this function is left. */
    aw__call_defer(call);
    if (aw__flow_start(flow, flow_done, NULL, call, NULL, &err))
        aw__call_error(call, &err);
}
