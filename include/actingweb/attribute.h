/*
 * Attributes: JSON values in named buckets of an actor, for an application's own use. No peer ever sees them, and no
 * subscriber is told of them. Some expire.
 * These calls wait for the store and never for a peer. Any thread but the loop's own, where each returns
 * AW_E_REENTRANT.
 *
 * The library has buckets of its own: those whose names begin with "_", "mcp_" or "spa_", and "remote" with what begins
 * with "remote:". They can be read here; changing one is AW_E_DENIED. Their contents may be secrets. (WIRE 14)
 * All of it is the owner's: for a view (actor.h) each is AW_E_DENIED.
 */
#ifndef ACTINGWEB_ATTRIBUTE_H
#define ACTINGWEB_ATTRIBUTE_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* The value. The caller owns it: json_decref(). Errors: AW_E_NOT_FOUND (absent, or expired), AW_E_INVALID, AW_E_STORE,
 * AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_attribute_get(aw_actor *actor, const char *bucket, const char *name, json_t **ret_value, aw_error *err);

/* Everything in the bucket as one object, names to values, empty when there is nothing; with bucket NULL every bucket,
 * an object of such objects. What has expired is left out. The caller owns it. Errors: as above without
 * AW_E_NOT_FOUND. */
AW_API int aw_attribute_list(aw_actor *actor, const char *bucket, json_t **ret_values, aw_error *err);

typedef struct aw_attribute_set_params {
    size_t size;
    const char *bucket;      /* required; at most 100 bytes, without ":" */
    const char *name;        /* required; at most 150 bytes */
    json_t *value;           /* required, borrowed: any JSON, null as well */
    int64_t expires_after_s; /* seconds from now; 0: never */
    json_t *expected;        /* borrowed: only if the value that is there equals this; NULL: whatever is there */
    bool only_if_absent;     /* only if there is none (one that has expired is none) */
} aw_attribute_set_params;

/* Sets one, in one transaction with what it depends on: with `expected` a value that was read can be changed without
 * losing what somebody else wrote meanwhile. Errors: AW_E_CONFLICT (something else is there, or nothing),
 * AW_E_EXISTS (only_if_absent), AW_E_DENIED (a bucket of the library's), AW_E_NOT_FOUND (the actor was deleted),
 * AW_E_INVALID, AW_E_TOO_LARGE (16 MiB, or nested more than 64 deep), AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_attribute_set(aw_actor *actor, const aw_attribute_set_params *params, aw_error *err);

/* Deletes one; absent is no error. Errors: AW_E_DENIED, AW_E_INVALID, AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_attribute_delete(aw_actor *actor, const char *bucket, const char *name, aw_error *err);

/* Deletes all that is in the bucket. Errors: as above. */
AW_API int aw_attribute_delete_bucket(aw_actor *actor, const char *bucket, aw_error *err);

AW_END_DECLS

#endif
