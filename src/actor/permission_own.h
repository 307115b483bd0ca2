/*
 * The rules that one relationship has for itself, beside those of its trust type: looked at, set, and taken back. Each
 * is a row of bucket _trust_permissions, in the form of the reference (WIRE 14). What peers have to be told is
 * src/flow/'s.
 */
#ifndef AW_ACTOR_PERMISSION_OWN_H
#define AW_ACTOR_PERMISSION_OWN_H

#include <jansson.h>

#include "actor/permission.h"

/* What a peer is granted. */
typedef struct aw__granted {
    const aw_trust *trust;
    const aw__permissions *permissions; /* as aw__permission_find() has it */
    json_t *own; /* the row: "actor_id", "peer_id", "trust_type", the categories (null: as the type has it),
                          "created_by", "updated_at", "notes"; NULL: there is none */
} aw__granted;

/* All of it is in the arena. AW_E_NOT_FOUND: no trust with this peer. */
int aw__permission_look(aw__site *site, aw__arena *arena, const char *actor_id, const char *peer_id,
                        aw__granted *ret_granted, aw_error *err);

/* "custom_override" or "trust_type_default", as the wire calls them. */
const char *aw__granted_source(const aw__granted *granted);
/* What the peer is told: every category with its rules, {} without. A new reference; NULL when out of memory. */
json_t *aw__granted_json(const aw__granted *granted);

/* Whether object can be set: categories as aw__permissions_check() has them, "created_by" and "notes", texts or null.
 * What aw__permission_look() shows beside these is passed over; anything else is refused. AW_E_INVALID,
 * AW_E_TOO_LARGE. */
int aw__permission_check_own(json_t *object, aw_error *err);

/* Each member that object has takes the place of the row's, null takes it away; what it does not name stays. Checked as
 * above. AW_E_NOT_FOUND: no trust. ret_created (may be NULL): there was no row. */
int aw__permission_set(aw__site *site, const char *actor_id, const char *peer_id, json_t *object,
                       bool *ret_created, aw_error *err);

/* The trust type alone counts again. AW_OK also when there is no row; ret_existed may be NULL. AW_E_NOT_FOUND: no
 * trust. */
int aw__permission_reset(aw__site *site, const char *actor_id, const char *peer_id, bool *ret_existed, aw_error *err);

/* Inside a write: of a trust that ends. */
int aw__permission_forget(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
