/*
 * Trust as the store knows it: the transactions of a relationship. What peers have to be told is src/flow/'s.
 */
#ifndef AW_ACTOR_TRUST_H
#define AW_ACTOR_TRUST_H

#include "actor/site.h"
#include "store/trusts.h"

int aw__trust_find(aw__site *site, const char *actor_id, const char *peer_id, aw_trust **ret_trust, aw_error *err);
int aw__trust_find_all(aw__site *site, const char *actor_id, const char *relationship, const char *type,
                       const char *peer_id, aw_trust ***ret_trusts, size_t *ret_count, aw_error *err);

enum { AW__TRUSTS_WAITING_MAX = 1000 };

/* AW_E_EXISTS: there is a trust with this peer (never replaced), AW_E_DENIED: the secret is another trust's of this
 * actor, AW_E_NOT_FOUND: no such actor, AW_E_BUSY: it is not approved, and AW__TRUSTS_WAITING_MAX of this actor are not
 * either (anybody may ask for a trust, and each is kept until its owner decides). */
int aw__trust_add(aw__site *site, const aw_trust *trust, aw_error *err);

/* Changes what is not NULL / AW_KEEP of an existing trust; the row as it then is. An edit of nothing only reads. */
typedef struct aw__trust_edit {
    /* NULL: whatever row there is. Otherwise only the row that one conversation added, known by its verification token:
     * while it talked to the peer its own may have been deleted, and another's may stand there. */
    const char *only_token;
    const char *baseuri;
    const char *desc;
    const char *type;
    aw_change approved;
    aw_change peer_approved;
    aw_change verified;
} aw__trust_edit;
/* Both results may be NULL; ret_newly_approved tells whether approved went from false to true. AW_E_NOT_FOUND. */
int aw__trust_change(aw__site *site, const char *actor_id, const char *peer_id, const aw__trust_edit *edit,
                     aw_trust **ret_trust, bool *ret_newly_approved, aw_error *err);

/* The trust with its subscriptions, diffs, outbox rows, and the data kept of the peer; not the passphrase of a peer
 * that is this actor's, which is there still (src/actor/trustee.h). With secret, only a row that has it (so that
 * undoing one attempt never deletes another's); NULL: whatever row. AW_OK when absent. */
int aw__trust_remove(aw__site *site, const char *actor_id, const char *peer_id, const char *secret, bool *ret_existed,
                     aw_error *err);

/* The same, and the passphrase with it, whether or not there is a trust: one transaction. AW_OK when absent. */
int aw__trust_remove_made(aw__site *site, const char *actor_id, const char *peer_id, const char *secret, aw_error *err);

#endif
