/*
 * Attributes of an actor, one transaction each. Which buckets are an application's is decided here; the library's own
 * files write theirs over src/store/attributes.h.
 */
#ifndef AW_ACTOR_ATTRIBUTE_H
#define AW_ACTOR_ATTRIBUTE_H

#include <jansson.h>

#include "actor/site.h"

#define AW__ATTRIBUTE_BUCKET_BYTES 100
#define AW__ATTRIBUTE_NAME_BYTES   150 /* with the bucket and a ":", within the 255 of the key's column */

/* Values are the caller's. AW_E_NOT_FOUND: absent, or expired. */
int aw__attribute_get(aw__site *site, const char *actor_id, const char *bucket, const char *name, json_t **ret_value,
                      aw_error *err);
/* An object of the bucket's values by name; bucket NULL: of all buckets, each such an object. */
int aw__attribute_list(aw__site *site, const char *actor_id, const char *bucket, json_t **ret_values, aw_error *err);

typedef struct aw__attribute_set {
    const char *bucket;
    const char *name;
    const json_t *value;
    int64_t expires_after_s; /* 0: never */
    const json_t *expected;  /* NULL: whatever is there */
    bool only_if_absent;
} aw__attribute_set;

/* AW_E_DENIED: a bucket of the library's; AW_E_CONFLICT, AW_E_EXISTS: not what was expected; AW_E_NOT_FOUND: no
 * actor. */
int aw__attribute_put(aw__site *site, const char *actor_id, const aw__attribute_set *set, aw_error *err);
/* name NULL: all of the bucket. */
int aw__attribute_delete(aw__site *site, const char *actor_id, const char *bucket, const char *name, aw_error *err);

#endif
