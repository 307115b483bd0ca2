/*
 * Steps that leave marks.
 */
#include "support/steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "flow/peer.h"

enum { LONG_MS = 20000 };

void mark(aw__flow *flow, const char *what)
{
    struct marks *m = flow->state;

    assert_true(strlen(m->text) + strlen(what) + 2 < sizeof(m->text));
    if (*m->text)
        strcat(m->text, " ");
    strcat(m->text, what);
}

const char *marks(const aw__flow *flow)
{
    return ((const struct marks *)flow->state)->text;
}

int step_a(aw__flow *flow)
{
    assert_false(aw__runtime_inside(flow->op.runtime));
    mark(flow, "a");
    return AW_OK;
}

int step_a_undo(aw__flow *flow)
{
    struct marks *m = flow->state;

    assert_false(aw__runtime_inside(flow->op.runtime));
    mark(flow, "-a");
    if (m->early)
        assert_int_equal(test_outcome_completions(m->early), 0);
    return AW_OK;
}

int step_b(aw__flow *flow)
{
    mark(flow, "b");
    return AW_OK;
}

int step_b_undo(aw__flow *flow)
{
    mark(flow, "-b");
    return AW_OK;
}

int step_skipped(aw__flow *flow)
{
    mark(flow, "s");
    return AW__STEP_SKIP;
}

int step_failing(aw__flow *flow)
{
    mark(flow, "f");
    return aw__fail(&flow->error, AW_E_CONFLICT, "made to fail");
}

int step_failing_undo(aw__flow *flow)
{
    mark(flow, "-f");
    return AW_OK;
}

int step_thrice(aw__flow *flow)
{
    struct marks *m = flow->state;

    mark(flow, "3");
    return ++m->turns < 3 ? AW__STEP_AGAIN : AW_OK;
}

int step_finish(aw__flow *flow)
{
    mark(flow, "!");
    return AW__STEP_FINISH;
}

int step_wait(aw__flow *flow)
{
    struct marks *m = flow->state;

    mark(flow, "w");
    sem_post(&m->begun);
    sem_wait(&m->go);
    return AW_OK;
}

int step_wait_undo(aw__flow *flow)
{
    mark(flow, "-w");
    return AW_OK;
}

static int ask_path(aw__flow *flow, const char *method, const char *name)
{
    return aw__flow_ask(flow, method, aw__peer_path(flow, aw_fake_peer_root(bob), "x", name, NULL), "secret", NULL);
}

int step_one(aw__flow *flow)
{
    assert_true(aw__runtime_inside(flow->op.runtime));
    mark(flow, "1");
    return ask_path(flow, "POST", "one");
}

int step_one_undo(aw__flow *flow)
{
    mark(flow, "-1");
    return ask_path(flow, "DELETE", "one");
}

int step_two(aw__flow *flow)
{
    mark(flow, "2");
    return ask_path(flow, "POST", "two");
}

int step_two_reply(aw__flow *flow)
{
    mark(flow, "2r");
    return aw__flow_answer_ok(flow);
}

int step_two_undo(aw__flow *flow)
{
    mark(flow, "-2");
    return ask_path(flow, "DELETE", "two");
}

int step_undo_skipped(aw__flow *flow)
{
    mark(flow, "-skip");
    return AW__STEP_SKIP;
}

/* ---- the bench ---- */

int steps_set_up(void **state)
{
    pair_set_up(state);
    x_answers(NULL, "/x/", 204);
    return 0;
}

void x_answers(const char *method, const char *path, int status)
{
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = method, .path = path, .status = status)),
                     0);
}

void x_fails(const char *method, const char *path, aw_fake_peer_fault fault)
{
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = method, .path = path, .fault = fault)),
                     0);
}

aw__flow *make_flow(const aw__conversation *conversation, int timeout_ms)
{
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (aw__flow_new(&t->site, conversation, t->actor_id, sizeof(struct marks), timeout_ms, LONG_MS, NULL, &flow, &err))
        fail_msg("no flow: %s", err.message);
    struct marks *m = flow->state;

    sem_init(&m->begun, 0, 0);
    sem_init(&m->go, 0, 0);
    aw__op_ref(&flow->op);
    return flow;
}

void free_flow(aw__flow *flow)
{
    aw__flow_unref(flow);
}

aw_op start_flow(aw__flow *flow, test_outcome *outcome)
{
    aw_op op = 0;
    aw_error err = {0};

    test_outcome_init(outcome);
    if (aw__flow_start(flow, test_outcome_set, NULL, outcome, &op, &err))
        fail_msg("not started: %s", err.message);
    return op;
}

void wait_until_begun(aw__flow *flow)
{
    struct marks *m = flow->state;

    sem_wait(&m->begun);
}

void let_go(aw__flow *flow)
{
    struct marks *m = flow->state;

    sem_post(&m->go);
}

void expect(const aw__conversation *conversation, int code, const char *text)
{
    aw__flow *flow = make_flow(conversation, 0);
    aw_error err = {0};

    assert_int_equal(aw__flow_run(flow, NULL, &err), code);
    assert_string_equal(marks(flow), text);
    free_flow(flow);
}
