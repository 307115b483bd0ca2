/*
 * Permissions: what a peer may do with an actor. The type of its trust says it (aw_app_params.trust_types), and rules
 * of the one trust may add to that or take from it. A peer whose trust is not approved may do nothing.
 *
 * Permissions are JSON objects, the same here as on the wire:
 *
 *     {"properties": {"patterns": ["profile", "mood_*"], "operations": ["read", "subscribe"],
 *                     "excluded_patterns": ["mood_today"]},
 *      "methods":    {"allowed": ["get_*"], "denied": ["get_secret"]},
 *      "actions": {}, "tools": {}, "resources": {}, "prompts": {}}
 *
 * In this order: what is denied is denied; what is allowed is allowed; then an operation that is not listed is denied;
 * what is excluded is denied; what a pattern covers is allowed, and the rest is denied. In patterns "*" is any number
 * of characters, "/" among them, and "?" is one.
 */
#ifndef ACTINGWEB_PERMISSION_H
#define ACTINGWEB_PERMISSION_H

#include <jansson.h>

#include <actingweb/op.h>

AW_BEGIN_DECLS

/* A kind of relationship, which the protocol calls a trust type: one of the application's own, or one of the six there
 * are ("associate", "viewer", "friend", "partner", "admin", "mcp_client") with other rules. */
typedef struct aw_relationship {
    const char *name;         /* the relationship; required */
    const char *display_name; /* for people; NULL: the name */
    const char *description;  /* for people; NULL: none */
    const char *access;       /* one of the six: where no rule speaks of something, such as the list of all properties, a
                                 peer may do what one of these may; NULL: of the six its own name, of others nothing */
    json_t *permissions; /* as above, an object; absent categories have no rules; NULL: none has */
} aw_relationship;

typedef enum aw_permission_category {
    AW_PERMISSION_PROPERTIES,
    AW_PERMISSION_METHODS,
    AW_PERMISSION_ACTIONS,
    AW_PERMISSION_TOOLS,
    AW_PERMISSION_RESOURCES,
    AW_PERMISSION_PROMPTS
} aw_permission_category;

/* What is done; it matters for properties and resources only. Whoever may read may subscribe. */
typedef enum aw_operation {
    AW_OPERATION_READ,
    AW_OPERATION_WRITE,
    AW_OPERATION_DELETE,
    AW_OPERATION_SUBSCRIBE
} aw_operation;

/* What the peer may do: every category with all its rules, those of the trust type and those of this trust together.
 * The caller's: json_decref(). It waits for the store. Errors: AW_E_NOT_FOUND (no trust with this peer), AW_E_INVALID,
 * AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. (WIRE 6) */
AW_API int aw_permission_get(aw_actor *actor, const char *peer_id, json_t **ret_permissions, aw_error *err);

/* The rules of this one trust: an object with "trust_type", the categories (null: as the trust type has it),
 * "created_by", "updated_at" and "notes"; *ret_own is NULL when it has none. The caller's. Errors: as
 * aw_permission_get(). */
AW_API int aw_permission_get_own(aw_actor *actor, const char *peer_id, json_t **ret_own, aw_error *err);

/* What the peer said last that it grants to this actor: an object with the categories and "fetched_at". The caller's.
 * Errors: AW_E_NOT_FOUND (it has said nothing yet), and as aw_permission_get(). (WIRE 8) */
AW_API int aw_permission_get_granted(aw_actor *actor, const char *peer_id, json_t **ret_granted, aw_error *err);

typedef struct aw_permission_check_params {
    size_t size;
    const char *peer_id; /* required */
    aw_permission_category category;
    const char *target;  /* "profile/address", or the name of a method, action, ...; NULL: all of the category */
    aw_operation operation;
} aw_permission_check_params;

/* Whether the peer may, as a request of its would be judged. It waits for the store. Errors: as aw_permission_get(). */
AW_API int aw_permission_check(aw_actor *actor, const aw_permission_check_params *params, bool *ret_allowed,
                               aw_error *err);

typedef struct aw_permission_set_params {
    size_t size;
    const char *peer_id;       /* required */
    json_t *permissions; /* an object of categories, and "created_by" and "notes" for people; required. Each
                                  member takes the place of what was set of it before, null takes that away, and what is
                                  absent stays */
    int timeout_ms;            /* 0: 30 000 */
    aw_group *group;
} aw_permission_set_params;

/*
 * Sets rules of this one trust. Patterns and excluded patterns are added to those of the trust type, so that nothing it
 * keeps closed is opened by mistake; operations and the lists allowed and denied take the place of the type's. They
 * count for the next request and for callbacks that wait. Then the peer is told what it may do: POST
 * {peer}/callbacks/permissions/{us}. A peer that cannot be told fails the operation with the peer's error while the
 * change stays; it may ask at any time. A peer that is not approved is told nothing.
 * Errors: AW_E_NOT_FOUND (no trust with this peer), AW_E_INVALID (the message names what), AW_E_TOO_LARGE (more than 1
 * 000 patterns in a list, or one of more than 1 024 bytes), AW_E_CONNECT, AW_E_ADDRESS, AW_E_HTTP, AW_E_PROTOCOL,
 * AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM. The callback runs in the thread
 * that processes the runtime. (WIRE 6, 12 "permission callback")
 */
AW_API int aw_permission_set(aw_actor *actor, const aw_permission_set_params *params, aw_error *err);
AW_API int aw_permission_set_async(aw_actor *actor, const aw_permission_set_params *params, aw_done_cb *cb, void *ud,
                                   aw_op *ret_op);

typedef struct aw_permission_reset_params {
    size_t size;
    const char *peer_id; /* required */
    int timeout_ms;      /* 0: 30 000 */
    aw_group *group;
} aw_permission_reset_params;

/* Takes back what aw_permission_set() has set, so that the trust type alone counts, and tells the peer. Also when
 * nothing was set. Errors: as aw_permission_set(). */
AW_API int aw_permission_reset(aw_actor *actor, const aw_permission_reset_params *params, aw_error *err);
AW_API int aw_permission_reset_async(aw_actor *actor, const aw_permission_reset_params *params, aw_done_cb *cb, void *ud,
                                     aw_op *ret_op);

AW_END_DECLS

#endif
