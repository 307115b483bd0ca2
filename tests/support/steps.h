/*
 * Steps for made-up conversations, with which the driver of flows is tested. Each leaves a mark: "a" when step_a
 * begins, "-a" when it is undone; their order is what the tests look at.
 */
#ifndef TESTS_SUPPORT_STEPS_H
#define TESTS_SUPPORT_STEPS_H

#include <semaphore.h>

#include "support/pair.h"

#define CONVERSATION(name, ...)                                                                                        \
    static const aw_step name##_steps[] = {__VA_ARGS__, {0}};                                                          \
    static const aw__conversation name = {#name, name##_steps}

/* The state of such a conversation. */
struct marks {
    char text[128];
    int turns; /* of step_thrice */
    aw__flow *children[3];
    size_t child_count;
    sem_t begun;         /* posted by step_wait */
    sem_t go;            /* waited for by it */
    test_outcome *early; /* step_a_undo looks whether this has completed, which would be too early */
};

void mark(aw__flow *flow, const char *what);
const char *marks(const aw__flow *flow);

/* At the store: step_failing fails with AW_E_CONFLICT, step_wait waits for the test, step_thrice begins three times,
 * step_finish ends the conversation. At the peer: POST /x/one and /x/two, undone by DELETE. */
aw__step_fn step_a, step_a_undo, step_b, step_b_undo, step_skipped, step_failing, step_failing_undo, step_thrice,
    step_finish, step_wait, step_wait_undo, step_one, step_one_undo, step_two, step_two_reply, step_two_undo,
    step_undo_skipped;

/* A fixture of cmocka: as pair_set_up(), and bob answers 204 to all of it. */
int steps_set_up(void **state);
/* What bob's /x/ does instead. */
void x_answers(const char *method, const char *path, int status);
void x_fails(const char *method, const char *path, aw_fake_peer_fault fault);

/* A flow with two references: the one that starting it takes, and the caller's. timeout_ms 0: long. */
aw__flow *make_flow(const aw__conversation *conversation, int timeout_ms);
void free_flow(aw__flow *flow);
aw_op start_flow(aw__flow *flow, test_outcome *outcome);
/* step_wait has begun; and shall end. */
void wait_until_begun(aw__flow *flow);
void let_go(aw__flow *flow);
/* Runs the conversation and checks how it ends and which marks it leaves. */
void expect(const aw__conversation *conversation, int code, const char *text);

#endif
