/*
 * Walking a conversation through one mishap after the other, and what must be true after each: it has completed once,
 * and the store is as it was before, or complete; what the peer may keep half of, it was asked to forget.
 */
#ifndef TESTS_SUPPORT_WALK_H
#define TESTS_SUPPORT_WALK_H

#include "support/conversations.h"

typedef struct walk {
    const test_conversation *conversation;
    bool embedded;
    char *before;    /* the store, and with what varies from run to run made equal */
    char *complete;
    test_outcome outcome;
    aw_op op;
    char mishap[96]; /* in words, for messages */
} walk;

/* Finds out what a complete store looks like, by one run without a mishap. */
void walk_open(walk *w, const test_conversation *conversation, bool embedded);
void walk_close(walk *w);

/* A new site and a new peer. */
void walk_begin(walk *w, const char *format, ...) AW_PRINTF(2, 3);
/* Starts the conversation; false when it could not be started (which is an outcome, too). */
bool walk_start(walk *w, int timeout_ms);
/* Waits for the outcome and for what goes on behind it, and checks the store. Returns the outcome's code. */
int walk_finish(walk *w);
/* The peer was asked to take back each ask that it heard, up to and with the last-th, if the conversation failed. The
 * last one only if was_refused is false: a peer that says no keeps nothing. */
void walk_check_withdrawn(walk *w, int last, bool was_refused);
void walk_end(walk *w);

size_t walk_ask_count(const test_conversation *conversation);

/* One test for each conversation, run by cmocka. */
int walk_all(const char *name, void (*test)(void **state));

#define WALK_CHECK(w, condition)                                                                                       \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_msg("%s, %s: %s", (w)->conversation->name, (w)->mishap, #condition);                                  \
    } while (0)

#endif
