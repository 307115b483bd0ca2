/*
 * Whole apps for tests of the public API: each has a store in a place of its own, and listens on 127.0.0.1
 * at a free port.
 */
#ifndef TESTS_SUPPORT_APPS_H
#define TESTS_SUPPORT_APPS_H

#include <actingweb/actingweb.h>

#include "support/place.h"

typedef struct test_app {
    aw_app *app;
    test_place place; /* of its store */
} test_app;

/* Makes an app that does not listen yet; opens one that does. more may be NULL: further params. All fail the test when
 * they cannot. */
void test_app_new(test_app *a, const aw_app_params *more);
void test_app_open(test_app *a, const aw_app_params *more);
void test_app_close(test_app *a); /* what was never made, or is closed, too */

/* The caller's: aw_actor_unref(). Its passphrase is "passphrase-of-{creator}". */
aw_actor *test_app_actor(test_app *a, const char *creator);

/* At the store. */
size_t test_count_trusts(aw_actor *actor);
size_t test_count_subscriptions(aw_actor *actor);

/* The app's runtime has nothing under way any more; waits up to ten seconds. */
bool test_app_is_idle(aw_app *app);

#endif
