/*
 * Every conversation with a peer, for the tests that walk through all of them (tests/torture/). A new conversation adds
 * a row to conversations.c.
 */
#ifndef TESTS_SUPPORT_CONVERSATIONS_H
#define TESTS_SUPPORT_CONVERSATIONS_H

#include "support/pair.h"

#define TEST_MAX_ASKS 6

/* A request that the peer gets, and what shall take it back when the conversation fails after all. */
typedef struct test_ask {
    const char *method;
    const char *path; /* below bob_url; its beginning */
    const char *undo_method;
    const char *undo_path;    /* NULL: there is nothing to take back */
    bool undo_needs_answer;   /* without an answer it is not known what to take back */
} test_ask;

typedef struct test_conversation {
    const char *name;
    void (*prepare)(void); /* what the store holds before; the fixture of pair.h is set up */
    int (*build)(int timeout_ms, aw__flow **ret_flow, aw_error *err);
    test_ask asks[TEST_MAX_ASKS]; /* in order; ends with one without a method */
    const char *const *stores;    /* the names of the steps at the store that write, up to NULL; or NULL */
    bool stores_first;            /* the first of these is the first step of all */
    const char *varies;           /* what differs from one success to the other ("verified"), or NULL */
    bool stays;                   /* what it has stored stays though it fails later */
} test_conversation;

extern const test_conversation test_conversations[];
extern const size_t test_conversation_count;

#endif
