/*
 * The driver: walks a conversation's table, one step after the other, as an operation. What a failed conversation takes
 * back is in undo.c, what steps use to talk to a peer in ask.c.
 */
#include "flow/flow.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/driver.h"
#include "runtime/group.h"

enum { PENDING = 100 }; /* beside what a step says: its answer will come */
enum { RUNNING = 0, UNDOING };

static void run(aw__flow *flow);

static const aw_step *current(const aw__flow *flow)
{
    return &flow->conversation->steps[flow->step];
}

static void note_began(aw__flow *flow)
{
    flow->began_steps |= (uint64_t)1 << flow->step;
}

/* "trust_create/ask -> settle 12 ms" */
static void trace(const aw__flow *flow, const aw_step *step, const char *next)
{
    if (aw__log_wants(AW_LOG_TRACE))
        aw__log(AW_LOG_TRACE, "%s/%s -> %s %llu ms", flow->conversation->name, step->name, next,
                (unsigned long long)(aw__now_ms() - flow->step_started_ms));
}

/* ---- how it ends ---- */

static void give_up(aw__flow *flow, const aw_error *why)
{
    flow->outcome = *why;
    flow->phase = UNDOING;
    aw__undo_start(flow);
}

static void give_up_stopped(aw__flow *flow)
{
    const char *conversation = flow->conversation->name;
    const char *step = current(flow)->name;
    aw_error why = {0};

    if (flow->op.stop_code == AW_E_TIMEOUT)
        aw__fail(&why, AW_E_TIMEOUT, "not done within %d ms (%s/%s)", flow->timeout_ms, conversation, step);
    else if (flow->op.stop_code == AW_E_CLOSED)
        aw__fail(&why, AW_E_CLOSED, "the app or its runtime is ending (%s/%s)", conversation, step);
    else
        aw__fail(&why, flow->op.stop_code, "cancelled (%s/%s)", conversation, step);
    give_up(flow, &why);
}

static bool goes_on_after(const aw_step *step, int rc)
{
    return (step->optional && rc != AW_E_NOMEM) || (step->tolerated && step->tolerated == rc);
}

/* The step under way has said rc. True when there is a step to begin; false when the flow ends, or has ended. */
static bool conclude(aw__flow *flow, int rc)
{
    const aw_step *step = current(flow);

    if (rc < 0 && goes_on_after(step, rc) && !flow->op.stop_code) {
        aw__log(AW_LOG_DEBUG, "%s/%s: going on without it: %s", flow->conversation->name, step->name,
                flow->error.message);
        rc = AW_OK;
    }
    if (rc < 0) {
        if (flow->error.code != rc)
            aw__fail(&flow->error, rc, "%s/%s failed", flow->conversation->name, step->name);
        trace(flow, step, aw_code_name(rc));
        if (flow->op.stop_code)
            give_up_stopped(flow);
        else
            give_up(flow, &flow->error);
        return false;
    }
    if (rc == AW_OK || rc == AW__STEP_SKIP)
        flow->step++;
    bool over = rc == AW__STEP_FINISH || !current(flow)->name;

    if (rc != AW__STEP_SKIP)
        trace(flow, step, over ? "done" : current(flow)->name);
    if (over) {
        aw__op_finish(&flow->op, NULL);
        return false;
    }
    if (flow->op.stop_code) {
        give_up_stopped(flow);
        return false;
    }
    return true;
}

static void resume(aw__flow *flow, int rc)
{
    if (conclude(flow, rc))
        run(flow);
}

/* ---- steps at the store ---- */

static void work_on_step(void *arg)
{
    aw__flow *flow = arg;

    flow->said = current(flow)->begin(flow);
}

static void worked_on_step(void *arg)
{
    aw__flow *flow = arg;

    if (flow->said != AW__STEP_SKIP)
        note_began(flow);
    resume(flow, flow->said);
}

static int begin_store(aw__flow *flow)
{
    aw__worker_queue(flow->op.runtime, &flow->work, work_on_step, worked_on_step, flow);
    return PENDING;
}

/* ---- steps at the peer ---- */

static void answered(void *arg, const aw_error *err, const aw__http_response *response, bool sent)
{
    aw__flow *flow = arg;
    const aw_step *step = current(flow);
    int rc;

    flow->call = NULL;
    if (sent)
        note_began(flow);
    if (err) {
        flow->error = *err;
        rc = err->code;
    } else {
        flow->response = response;
        rc = step->reply ? step->reply(flow) : aw__flow_answer_ok(flow);
        flow->response = NULL;
    }
    resume(flow, rc);
}

int aw__flow_send(aw__flow *flow, aw__http_done *done)
{
    aw__http_client *client = aw__http_client_of(flow->op.runtime, &flow->error);

    if (!client)
        return aw__fail_nomem(&flow->error);
    return aw__http_start(client, &flow->request, done, flow, &flow->call, &flow->error);
}

static int begin_peer(aw__flow *flow, const aw_step *step)
{
    flow->request = (aw__http_request){0};
    flow->secret = flow->encoded_secret = NULL;
    int rc = step->begin(flow);

    if (rc == AW_OK)
        rc = aw__flow_send(flow, answered);
    return rc == AW_OK ? PENDING : rc;
}

/* ---- steps that are other flows ---- */

static void members_ended(aw_group *group, const aw_group_result *result, void *ud)
{
    aw__flow *flow = ud;
    const aw_step *step = current(flow);

    (void)group;
    (void)result;
    aw_group_free(flow->members);
    flow->members = NULL;
    resume(flow, flow->said == AW_OK && step->reply ? step->reply(flow) : flow->said);
    aw__op_unref(&flow->op);
}

int aw__flow_add(aw__flow *flow, aw__flow *other, aw__flow_done *done, void *ud)
{
    other->group = flow->members;
    return aw__flow_start(other, done, NULL, ud, NULL, &flow->error);
}

/* The flow goes on when every member has ended, also when begin failed after it had started some. */
static int begin_flows(aw__flow *flow, const aw_step *step)
{
    flow->members = aw__group_new(flow->op.runtime, NULL);
    if (!flow->members)
        return aw__fail_nomem(&flow->error);
    note_began(flow);
    flow->said = step->begin(flow);
    if (flow->said < 0)
        aw_group_cancel(flow->members);
    aw__op_ref(&flow->op);
    if (aw_group_on_done(flow->members, members_ended, flow) == AW_OK)
        return PENDING;
    aw__op_unref(&flow->op);
    aw_group_free(flow->members);
    flow->members = NULL;
    return aw__fail_nomem(&flow->error);
}

/* ---- the walk ---- */

static void run(aw__flow *flow)
{
    int rc;

    do {
        const aw_step *step = current(flow);

        flow->step_started_ms = aw__now_ms();
        flow->error = (aw_error){.retry_after_ms = -1};
        switch (step->kind) {
        case AW_STORE:
            rc = begin_store(flow);
            break;
        case AW_FLOWS:
            rc = begin_flows(flow, step);
            break;
        default:
            rc = begin_peer(flow, step);
        }
    } while (rc != PENDING && conclude(flow, rc));
}

static void start(aw__op *op)
{
    aw__flow *flow = (aw__flow *)op;
    aw_error err;

    if (!atomic_load(&flow->site->closed)) {
        run(flow);
        return;
    }
    aw__fail(&err, AW_E_CLOSED, "the app is ending");
    aw__op_finish(op, &err);
}

static void stop(aw__op *op, int code)
{
    aw__flow *flow = (aw__flow *)op;

    (void)code; /* also op->stop_code */
    if (flow->phase == UNDOING) {
        aw__undo_stop(flow);
    } else if (flow->call) {
        note_began(flow); /* who can tell what the peer has received? */
        aw__http_abort(flow->call);
        flow->call = NULL;
        give_up_stopped(flow);
    } else if (flow->members) {
        aw_group_cancel(flow->members);
    } else if (aw__worker_withdraw(op->runtime, &flow->work)) {
        give_up_stopped(flow);
    } /* else a worker has begun the step: worked_on_step() will see that the flow was stopped */
}

static void deliver(aw__op *op, const aw_error *err)
{
    aw__flow *flow = (aw__flow *)op;

    if (flow->done)
        flow->done(flow, err, flow->ud);
}

static void destroy(aw__op *op)
{
    aw__flow *flow = (aw__flow *)op;
    aw__site *site = flow->site;

    if (flow->result && flow->result_free)
        flow->result_free(flow->result);
    aw__arena_free(flow->arena);
    aw__free(flow);
    atomic_fetch_sub(&site->flows, 1); /* last: the site may end when there are none */
}

const aw__op_class aw__flow_class = {"flow", start, stop, deliver, destroy};

/* ---- for those who want a conversation held ---- */

int aw__flow_new(aw__site *site, const aw__conversation *conversation, const char *actor_id, size_t state_bytes,
                 int timeout_ms, int default_ms, aw_group *group, aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = aw__calloc(1, sizeof(*flow));

    if (!flow)
        return aw__fail_nomem(err);
    atomic_fetch_add(&site->flows, 1);
    aw__op_init(&flow->op, &aw__flow_class, site->runtime);
    flow->site = site;
    flow->conversation = conversation;
    flow->timeout_ms = timeout_ms ? timeout_ms : default_ms;
    flow->group = group;
    flow->arena = aw__arena_new();
    if (flow->arena) {
        flow->actor_id = aw__arena_strdup(flow->arena, actor_id);
        flow->state = aw__arena_alloc(flow->arena, state_bytes);
    }
    if (!flow->actor_id || !flow->state) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}

void aw__flow_unref(aw__flow *flow)
{
    if (flow)
        aw__op_unref(&flow->op);
}

int aw__flow_start(aw__flow *flow, aw__flow_done *done, void (*callback)(void), void *ud, aw_op *ret_op, aw_error *err)
{
    flow->done = done;
    flow->callback = callback;
    flow->ud = ud;
    flow->due_ms = aw__now_ms() + (uint64_t)flow->timeout_ms;
    int rc = aw__op_start(&flow->op, flow->timeout_ms, flow->group, ret_op, err);

    aw__flow_unref(flow);
    return rc;
}

int aw__flow_run(aw__flow *flow, void **ret_result, aw_error *err)
{
    flow->due_ms = aw__now_ms() + (uint64_t)flow->timeout_ms;
    int rc = aw__op_run(&flow->op, flow->timeout_ms, flow->group, err);

    if (rc == AW_OK && ret_result)
        *ret_result = aw__flow_take(flow);
    aw__flow_unref(flow);
    return rc;
}

void *aw__flow_take(aw__flow *flow)
{
    void *result = flow->result;

    flow->result = NULL;
    return result;
}

int aw__flow_left_ms(const aw__flow *flow)
{
    uint64_t now = aw__now_ms();

    return flow->due_ms > now ? (int)(flow->due_ms - now) : 1;
}
