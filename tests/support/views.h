/*
 * An app with an actor "alice", and peers of hers whose views are looked at.
 */
#ifndef TESTS_SUPPORT_VIEWS_H
#define TESTS_SUPPORT_VIEWS_H

#include <actingweb/test/fake_peer.h>

#include "support/apps.h"

extern test_app views_app; /* it listens */
extern aw_fake_peer *nobody;
extern aw_actor *alice;

/* cmocka fixtures of a group. */
int views_open(void **state);
int views_close(void **state);

/* A trust with a peer, whose secret is "secret-of-{peer_id}"; client_id NULL: it is no client's. */
void add_trust(const char *peer_id, const char *relationship, bool approved, const char *client_id);
void remove_trust(const char *peer_id);
void approve(const char *peer_id, bool approved);
/* The row of the peer's own rules, as it stands in the store. */
void give_rules(const char *peer_id, const char *json);
/* The caller's. */
aw_actor *view_of(const char *peer_id);

#endif
