/*
 * Every operation of the public API that talks to a peer, as a table: how its params are filled, how it is called and
 * how it is started, what it asks the peer, and what it promises. The tests of the API walk over it.
 */
#ifndef TESTS_SUPPORT_OPERATIONS_H
#define TESTS_SUPPORT_OPERATIONS_H

#include <pthread.h>

#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#include "support/apps.h"

#define TEST_SECRET "the-secret-that-must-not-show"

enum { TEST_PARAMS_MAX_BYTES = 256 };

/* What an operation is called with. */
typedef struct test_ask {
    aw_runtime *runtime;
    aw_actor *actor;
    char peer_url[64];        /* http://127.0.0.1:PORT/bob */
    char meta_url[80];        /* the same with /meta */
    char factory_url[64];     /* http://127.0.0.1:PORT/ */
    char trustee_id[64];      /* of a peer that test_operation_prepare() had made, or "none" */
    char subscription_id[64]; /* of what test_operation_prepare() made, or "none" */
    json_t *data;
    json_t *rules; /* permissions */
    int timeout_ms;
    aw_group *group;
} test_ask;

/* What came of a call, or of a start. */
typedef struct test_done {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int calls;
    aw_error error;   /* code AW_OK: success */
    pthread_t thread; /* that the callback ran in */
    bool touched;     /* a result was written by a call that failed, or the error by one that succeeded */

    /* The result, a copy. */
    json_t *json;
    aw_trust *trust;
    aw_subscription *subscription;
    int status;
} test_done;

void test_done_init(test_done *d);
void test_done_free(test_done *d);
bool test_done_wait(test_done *d); /* until the callback came; false after twenty seconds */
int test_done_calls(test_done *d);

typedef struct test_operation {
    const char *name;
    size_t params_bytes;
    void (*fill)(void *params, const test_ask *ask);
    int (*run)(const test_ask *ask, const void *params, test_done *d);
    int (*start)(const test_ask *ask, const void *params, test_done *d, aw_op *ret_op);
    void (*check)(const test_done *d); /* what is promised on success; NULL: nothing but success */

    /* The request that it depends on. */
    const char *method, *path;
    size_t times; /* that it is sent; 0: once */
    bool sends_secret;
    bool forgiving; /* a peer that fails is no failure */
    bool answers;   /* an answer of whatever status is a success */

    /* What must be there first, and how it changes on success. */
    bool needs_trust, needs_outbound, needs_inbound, needs_trustee;
    int trusts_more, subscriptions_more;

    bool params_optional;
} test_operation;

extern const test_operation test_operations[];
extern const size_t test_operation_count;

/* A new actor with what the operation needs; ask is filled, with a timeout of ten seconds. Fails the test when it
 * cannot. */
void test_operation_prepare(const test_operation *o, test_app *app, aw_fake_peer *bob, const char *creator,
                            test_ask *ask);
void test_ask_free(test_ask *ask);

/* With params filled from ask. */
int test_operation_run(const test_operation *o, const test_ask *ask, test_done *d);
int test_operation_start(const test_operation *o, const test_ask *ask, test_done *d, aw_op *ret_op);

/* One test per operation, as a group that is named after what happens: "trust_delete_reciprocal: what". Each finds its
 * operation in *state. Returns how many failed. */
int test_operations_walk(const char *what, void (*test)(void **state), int (*set_up)(void **state),
                         int (*tear_down)(void **state));

#endif
