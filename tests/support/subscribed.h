/*
 * Subscriptions between the actor of a test site and its peers, in both directions, and what became of them.
 */
#ifndef TESTS_SUPPORT_SUBSCRIBED_H
#define TESTS_SUPPORT_SUBSCRIBED_H

#include <jansson.h>

#include "support/pair.h"

typedef struct test_id {
    char text[40];
} test_id;

/* The actor of t. All of these fail the test when they cannot. */

/* peer_id subscribes here; subtarget and resource may be NULL. */
test_id inbound(const char *peer_id, const char *subtarget, const char *resource, const char *granularity);
/* The actor subscribes at bob, who has called it id. */
void outbound(const char *id, const char *subtarget, const char *resource);
/* As stored; -1 when there is no such subscription. */
int64_t sequence_of(const char *peer_id, const char *id);

/* path is split at "/". */
void set_property(const char *path, const char *json);
void delete_property(const char *path);

/* The diff's data as compact JSON with sorted keys, in static memory; "" when there is none. */
const char *diff_of(const char *id, int64_t sequence);
size_t diff_count(const char *id);
size_t outbox_count(void);

/* What is kept of bob under name, as compact JSON with sorted keys, in static memory; "" when nothing is. NULL: all. */
const char *kept(const char *name);

/* A callback from bob for the subscription id. */
json_t *callback_body(const char *id, int64_t sequence, const char *data);

#endif
