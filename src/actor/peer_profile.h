/*
 * What peers say of themselves, as it was fetched last: bucket _peer_profiles, in the rows of the reference (WIRE 12,
 * 14).
 */
#ifndef AW_ACTOR_PEER_PROFILE_H
#define AW_ACTOR_PEER_PROFILE_H

#include <jansson.h>

#include "actor/site.h"

#define AW__PEER_PROFILES_BUCKET "_peer_profiles"

/* Property names. Those that every profile has need not be among them. */
typedef struct aw__profile_names {
    const char *const *items;
    size_t count;
} aw__profile_names;

/* The row: {"actor_id","peer_id","displayname","email","description","extra_attributes":{},"fetched_at","fetch_error"};
 * null: the peer does not show it. The caller's. AW_E_NOT_FOUND: nothing was fetched. */
int aw__peer_profile_get(aw__site *site, const char *actor_id, const char *peer_id, json_t **ret_row, aw_error *err);

/* Whether the row answers for all of these, and was fetched at most max_age_s ago. */
bool aw__peer_profile_serves(const json_t *row, const aw__profile_names *names, int64_t max_age_s);

/* Makes a row of the peer's properties: what every profile has, these names, and those that were kept before. It is the
 * caller's. AW_E_NOT_FOUND: there is no trust with the peer any more. */
int aw__peer_profile_keep(aw__site *site, const char *actor_id, const char *peer_id, const json_t *properties,
                          const aw__profile_names *names, json_t **ret_row, aw_error *err);

/* Inside a write: nothing is kept of the peer any more. */
int aw__peer_profile_forget(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
