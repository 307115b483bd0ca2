/*
 * The driver of flows: steps that are other flows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "support/steps.h"

static int start_children(aw__flow *flow)
{
    struct marks *m = flow->state;

    mark(flow, "go");
    for (size_t i = 0; i < m->child_count; i++)
        if (aw__flow_add(flow, m->children[i], NULL, NULL))
            return flow->error.code;
    return AW_OK;
}

static int on_children(aw__flow *flow)
{
    mark(flow, "all");
    return AW_OK;
}

static int start_children_and_fail(aw__flow *flow)
{
    start_children(flow);
    return aw__fail(&flow->error, AW_E_CONFLICT, "made to fail");
}

CONVERSATION(child_one, {"one", AW_PEER, step_one, NULL, step_one_undo});
CONVERSATION(child_two, {"two", AW_PEER, step_two, NULL, NULL});
CONVERSATION(parent, {"a", AW_STORE, step_a, NULL, step_a_undo}, {"all", AW_FLOWS, start_children, on_children, NULL},
             {"b", AW_STORE, step_b, NULL, NULL});
CONVERSATION(failing_parent, {"a", AW_STORE, step_a, NULL, step_a_undo},
             {"all", AW_FLOWS, start_children_and_fail, on_children, NULL});

static aw__flow *make_parent(const aw__conversation *conversation)
{
    aw__flow *flow = make_flow(conversation, 0);
    struct marks *m = flow->state;

    m->children[m->child_count++] = make_flow(&child_one, 0);
    m->children[m->child_count++] = make_flow(&child_two, 0);
    m->children[m->child_count++] = make_flow(&child_one, 0);
    return flow;
}

static void free_parent(aw__flow *flow)
{
    struct marks *m = flow->state;

    for (size_t i = 0; i < m->child_count; i++)
        free_flow(m->children[i]);
    free_flow(flow);
}

static void test_flows_within_a_flow_run_together(void **state)
{
    aw__flow *flow = make_parent(&parent);
    aw_error err = {0};

    (void)state;
    x_answers("POST", "/x/two", 500); /* one member's failure is not the others' */
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_OK);
    assert_string_equal(marks(flow), "a go all b");
    assert_int_equal(aw_fake_peer_count_of(bob, "POST", "/x/one"), 2);
    free_parent(flow);
}

static void test_no_flows_within_a_flow(void **state)
{
    (void)state;
    expect(&parent, AW_OK, "a go all b");
}

static void test_cancelling_a_flow_cancels_those_within(void **state)
{
    aw__flow *flow = make_parent(&parent);
    test_outcome outcome;

    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_HANG);
    aw_op op = start_flow(flow, &outcome);

    assert_true(aw_fake_peer_wait_for(bob, "POST", "/x/one", 2, 10000));
    aw_op_cancel(t->site.runtime, op);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_CANCELED);
    assert_string_equal(marks(flow), "a go all -a");
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/one", 2, 10000));
    free_parent(flow);
    test_outcome_free(&outcome);
}

static void test_flows_of_a_step_that_fails_are_cancelled(void **state)
{
    aw__flow *flow = make_parent(&failing_parent);
    aw_error err = {0};

    (void)state;
    x_fails("POST", "/x/", AW_FAKE_HANG);
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_CONFLICT);
    assert_string_equal(marks(flow), "a go -a");
    free_parent(flow);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, steps_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flows_within_a_flow_run_together),
        TEST(no_flows_within_a_flow),
        TEST(cancelling_a_flow_cancels_those_within),
        TEST(flows_of_a_step_that_fails_are_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
