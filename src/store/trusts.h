/*
 * The table trusts, and the aw_trust object that its rows become.
 */
#ifndef AW_STORE_TRUSTS_H
#define AW_STORE_TRUSTS_H

#include <actingweb/sys/database.h>
#include <actingweb/trust.h>

/* One block of memory with its texts, so that it is freed at once and can be handed to the application. Texts are
 * never NULL. */
struct aw_trust {
    const char *actor_id;
    const char *peer_id;
    const char *baseuri;
    const char *type;
    const char *relationship;
    const char *secret;
    const char *desc;
    const char *verification_token;
    const char *peer_identifier;
    const char *established_via;
    const char *created_at;
    const char *last_accessed;
    const char *last_connected_via;
    const char *client_name;
    const char *client_version;
    const char *client_platform;
    const char *oauth_client_id;
    const char *aw_supported;
    const char *aw_version;
    const char *capabilities_fetched_at;
    bool approved;
    bool peer_approved;
    bool verified;
};

/* aw_trust_free(), aw_trust_dup() and the accessors are in trusts.c. aw_trust_dup() also makes an aw_trust from a
 * struct on the stack whose unset texts are NULL. */

/* AW_E_EXISTS when there is one with this peer: a trust is never replaced. Empty created_at: now; empty
 * last_accessed: the same. */
int aw__trusts_insert(aw_database *database, const aw_trust *trust, aw_error *err);
int aw__trusts_get(aw_database *database, const char *actor_id, const char *peer_id, aw_trust **ret_trust,
                   aw_error *err);
/* By the secret that a peer presents (indexed); of this actor only; "" finds none. Compare again in constant time. */
int aw__trusts_get_by_secret(aw_database *database, const char *actor_id, const char *secret, aw_trust **ret_trust,
                             aw_error *err);
/* relationship, type, peer_id: NULL is any. By peer id. Freed with aw_trust_list_free(). */
int aw__trusts_list(aw_database *database, const char *actor_id, const char *relationship, const char *type,
                    const char *peer_id, aw_trust ***ret_trusts, size_t *ret_count, aw_error *err);
/* How many of an actor's are not approved by it. */
int aw__trusts_count_waiting(aw_database *database, const char *actor_id, int64_t *ret_count, aw_error *err);
/* Writes baseuri, type, relationship, desc, flags, verification_token and the aw_* columns of an existing row. */
int aw__trusts_update(aw_database *database, const aw_trust *trust, aw_error *err);
/* The aw_* columns alone. AW_E_NOT_FOUND. */
int aw__trusts_set_capabilities(aw_database *database, const char *actor_id, const char *peer_id, const char *supported,
                                const char *version, const char *fetched_at, aw_error *err);
int aw__trusts_delete(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
