/*
 * Peers that this actor owns, one transaction each.
 */
#include "actor/trustee.h"

#include "base/error.h"
#include "store/actors.h"
#include "store/trusts.h"

struct job {
    aw__arena *arena;
    const char *actor_id;
    const char *peer_id;
    const char *type;
    aw__peertrustee_row row;
    aw__peertrustee_row *rows;
    size_t count;
};

/* ---- finding ---- */

static int find(aw_database *database, void *arg, aw_error *err)
{
    struct job *job = arg;

    return aw__peertrustees_get(database, job->arena, job->actor_id, job->peer_id, &job->row, err);
}

int aw__trustee_find(aw__site *site, aw__arena *arena, const char *actor_id, const char *peer_id,
                     aw__peertrustee_row *ret_row, aw_error *err)
{
    struct job job = {.arena = arena, .actor_id = actor_id, .peer_id = peer_id};
    int rc = aw__store_read(site->store, find, &job, err);

    if (rc == AW_OK)
        *ret_row = job.row;
    return rc;
}

static int find_type(aw_database *database, void *arg, aw_error *err)
{
    struct job *job = arg;

    return aw__peertrustees_get_trusted(database, job->arena, job->actor_id, job->type, &job->row, err);
}

int aw__trustee_find_type(aw__site *site, aw__arena *arena, const char *actor_id, const char *type,
                          aw__peertrustee_row *ret_row, aw_error *err)
{
    struct job job = {.arena = arena, .actor_id = actor_id, .type = type};
    int rc = aw__store_read(site->store, find_type, &job, err);

    if (rc == AW_OK)
        *ret_row = job.row;
    return rc;
}

static int find_all(aw_database *database, void *arg, aw_error *err)
{
    struct job *job = arg;

    return aw__peertrustees_list(database, job->arena, job->actor_id, &job->rows, &job->count, err);
}

int aw__trustee_find_all(aw__site *site, aw__arena *arena, const char *actor_id, aw__peertrustee_row **ret_rows,
                         size_t *ret_count, aw_error *err)
{
    struct job job = {.arena = arena, .actor_id = actor_id};
    int rc = aw__store_read(site->store, find_all, &job, err);

    if (rc)
        return rc;
    *ret_rows = job.rows;
    *ret_count = job.count;
    return AW_OK;
}

/* ---- adding ---- */

/* AW_E_EXISTS when a read has found something; what it has not found is as it should be. */
static int absent(int rc, const aw_error *why, aw_error *err)
{
    if (rc == AW_OK)
        return aw__fail(err, AW_E_EXISTS, "there is a peer of that name already");
    if (rc == AW_E_NOT_FOUND)
        return AW_OK;
    *err = *why;
    return rc;
}

/* A service that makes actors must not, by the name it gives one, get in between this actor and a peer that it has. */
static int add(aw_database *database, void *arg, aw_error *err)
{
    struct job *job = arg;
    aw__actor_row actor;
    aw_trust *trust = NULL;
    aw_error why = {0};
    int rc = aw__actors_get(database, job->arena, job->actor_id, &actor, err);

    if (rc)
        return rc;
    rc = absent(aw__trusts_get(database, job->actor_id, job->row.peer_id, &trust, &why), &why, err);
    aw_trust_free(trust);
    if (rc == AW_OK) {
        aw__peertrustee_row found;

        rc = absent(aw__peertrustees_get(database, job->arena, job->actor_id, job->row.peer_id, &found, &why), &why,
                    err);
    }
    return rc ? rc : aw__peertrustees_set(database, job->actor_id, &job->row, err);
}

int aw__trustee_add(aw__site *site, const char *actor_id, const aw__peertrustee_row *row, aw_error *err)
{
    struct job job = {.arena = aw__arena_new(), .actor_id = actor_id, .row = *row};
    int rc = job.arena ? aw__store_write(site->store, add, &job, err) : aw__fail_nomem(err);

    aw__arena_free(job.arena);
    return rc;
}
