/*
 * A site and a fake peer, as nearly every test of a conversation needs them: "bob" is an actor at the fake peer.
 */
#ifndef TESTS_SUPPORT_PAIR_H
#define TESTS_SUPPORT_PAIR_H

#include <actingweb/test/fake_peer.h>

#include "support/outcome.h"
#include "support/site.h"

#define BOB_TYPE "urn:actingweb:actingweb.org:fake-peer"

extern test_site *t;
extern aw_fake_peer *bob;
extern char bob_url[64]; /* "http://127.0.0.1:PORT/bob" */

/* cmocka fixtures; the second knows a trust with bob already. */
int pair_set_up(void **state);
int pair_set_up_trusting(void **state);
int pair_tear_down(void **state);

extern const char *bob_headers; /* further lines of every answer that has a rule, each ending with \r\n; "": none */

/* A rule for bob: method may be NULL; path is what follows bob_url, and its beginning suffices. */
void bob_answers(const char *method, const char *path, int status, const char *body);
void bob_fails(const char *method, const char *path, aw_fake_peer_fault fault);
/* How many such requests bob has had. */
size_t bob_heard(const char *method, const char *path);
bool bob_hears(const char *method, const char *path, size_t count); /* soon */
/* The index-th such request; fails the test when there is none. */
aw_fake_peer_request bob_heard_request(const char *method, const char *path, size_t index);
/* The request has this header line; for X-Request-ID and the like, its value up to the end of the line. */
bool request_has(const aw_fake_peer_request *request, const char *header_line);
void request_header(const aw_fake_peer_request *request, const char *name, char *out, size_t out_bytes);

/* Runs a flow whose builder has said rc (when it failed, that is the outcome). *ret_result is the caller's. */
int run_flow(int rc, aw__flow *flow, void **ret_result, aw_error *err);

#endif
