/*
 * The file of --trust-types: a JSON array of kinds of relationship.
 */
#ifndef DAEMON_TRUST_TYPES_H
#define DAEMON_TRUST_TYPES_H

#include <actingweb/permission.h>

typedef struct daemon_trust_types {
    aw_relationship *items; /* borrow from json */
    size_t count;
    json_t *json;
} daemon_trust_types;

/* 0; -1 when it was complained of, on stderr. */
int daemon_trust_types_read(const char *path, daemon_trust_types *types);
void daemon_trust_types_free(daemon_trust_types *types);

#endif
