/*
 * A site for tests: a runtime with a thread of its own, a store in a place of its own, and one actor. What
 * an app would make of aw_app_params is done by hand here, so that flows are tested without a server.
 */
#ifndef TESTS_SUPPORT_SITE_H
#define TESTS_SUPPORT_SITE_H

#include "actor/site.h"
#include "store/trusts.h"
#include "support/place.h"

typedef struct test_site {
    aw__site site; /* settings may be changed between test_site_new() and the first operation */
    const char *actor_id;
    char root[64];
    test_place place; /* of its store */
} test_site;

/* Both fail the test when they cannot. With embedded the runtime has no thread: the test calls aw_runtime_process(). */
test_site *test_site_new(void);
test_site *test_site_new_embedded(void);
/* Another process on the same database, as far as this one can be two: a runtime and a store of its own, another root,
 * the same actor. It goes first. */
test_site *test_site_new_beside(const test_site *other);
void test_site_free(test_site *t); /* takes NULL */

/* A trust with a peer at baseuri: relationship "friend", approved by both, verified, secret "secret-of-{peer_id}". */
void test_site_add_trust(test_site *t, const char *peer_id, const char *baseuri);
/* The trust as stored, the caller's; NULL when there is none. */
aw_trust *test_site_trust(test_site *t, const char *peer_id);

/* Every row of every table as text, in an order that does not depend on when it was written. The caller's: free(). */
char *test_site_snapshot(const test_site *t);

/* For embedded sites: waits for something to do, but not for long, and does it. */
void test_site_pump(test_site *t);
/* The same as long as *flag is false, up to ten seconds; returns *flag. */
bool test_site_pump_until(test_site *t, const bool *flag);

#endif
