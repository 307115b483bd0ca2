/*
 * The conversation "delete actor": every peer is told at the same time, each in a small conversation of its own, then
 * the actor ends. What it has made elsewhere as a trustee ends with it. A peer that cannot be told does not keep the
 * actor alive.
 */
#include "flow/actor_delete.h"

#include <string.h>

#include "actor/actor.h"
#include "actor/trust.h"
#include "actor/trustee.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, TELL_MAX_MS = 10000 };

/* ---- telling one peer ---- */

struct goodbye {
    const char *actor_url;  /* of a peer that is ours to end, or NULL */
    const char *passphrase; /* as its trustee */
    const char *trust_url;  /* NULL: there is no trust */
    const char *secret;
};

static int end_theirs(aw__flow *flow)
{
    const struct goodbye *s = flow->state;

    if (!s->actor_url)
        return AW__STEP_SKIP;
    int rc = aw__flow_ask(flow, "DELETE", s->actor_url, NULL, NULL);

    return rc ? rc : aw__flow_ask_basic(flow, "trustee", s->passphrase);
}

/* An actor that does not end has at least to know that the trust does. */
static int on_ended(aw__flow *flow)
{
    int rc = aw__flow_answer_ok(flow);

    return rc ? rc : AW__STEP_FINISH;
}

static int delete_theirs(aw__flow *flow)
{
    const struct goodbye *s = flow->state;

    return s->trust_url ? aw__flow_ask(flow, "DELETE", s->trust_url, s->secret, NULL) : AW__STEP_SKIP;
}

/* clang-format off */
static const aw_step goodbye_steps[] = {
    /* name    kind     begin          reply     undo  optional */
    { "end",   AW_PEER, end_theirs,    on_ended, NULL, true  },  /* DELETE peer, as trustee      */
    { "tell",  AW_PEER, delete_theirs, NULL,     NULL, false },  /* DELETE peer/trust/{rel}/{us} */
    { 0 }
};
/* clang-format on */

static const aw__conversation goodbye = {"actor_delete goodbye", goodbye_steps};

static void on_told(aw__flow *flow, const aw_error *err, void *ud)
{
    (void)flow;
    (void)ud;
    if (err)
        aw__log(AW_LOG_INFO, "actor_delete: a peer could not be told: %s", err->message);
}

/* trust or owned may be NULL. */
static int tell(aw__flow *flow, const aw_trust *trust, const aw__peertrustee_row *owned, int timeout_ms)
{
    aw__flow *other = NULL;
    int rc = aw__flow_new(flow->site, &goodbye, flow->actor_id, sizeof(struct goodbye), timeout_ms, timeout_ms, NULL,
                          &other, &flow->error);

    if (rc)
        return rc;
    struct goodbye *s = other->state;

    if (owned) {
        s->actor_url = aw__arena_strdup(other->arena, owned->baseuri);
        s->passphrase = aw__arena_strdup(other->arena, owned->passphrase);
    }
    if (trust) {
        s->trust_url = aw__peer_path(other, trust->baseuri, "trust", trust->relationship, flow->actor_id, NULL);
        s->secret = aw__arena_strdup(other->arena, trust->secret);
    }
    if (aw__arena_failed(other->arena)) {
        aw__flow_unref(other);
        return aw__fail_nomem(&flow->error);
    }
    return aw__flow_add(flow, other, on_told, NULL);
}

/* ---- the whole ---- */

struct actor_delete {
    aw_trust **trusts;
    size_t count;
    aw__peertrustee_row *owned; /* both by peer id */
    size_t owned_count; /* few: what one actor makes elsewhere */
};

static void release_trusts(void *state)
{
    struct actor_delete *s = state;

    aw_trust_list_free(s->trusts, s->count);
}

static int find_peers(aw__flow *flow)
{
    struct actor_delete *s = flow->state;
    aw__actor_row row;
    int rc = aw__actor_find(flow->site, flow->arena, flow->actor_id, &row, &flow->error);

    if (rc == AW_OK)
        rc = aw__trust_find_all(flow->site, flow->actor_id, NULL, NULL, NULL, &s->trusts, &s->count, &flow->error);
    if (rc == AW_OK && aw__arena_defer(flow->arena, release_trusts, s))
        rc = aw__fail_nomem(&flow->error);
    if (rc == AW_OK)
        rc = aw__trustee_find_all(flow->site, flow->arena, flow->actor_id, &s->owned, &s->owned_count, &flow->error);
    return rc;
}

static const aw_trust *trust_with(const struct actor_delete *s, const char *peer_id)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->trusts[i]->peer_id, peer_id) == 0)
            return s->trusts[i];
    return NULL;
}

static bool is_owned(const struct actor_delete *s, const char *peer_id)
{
    for (size_t i = 0; i < s->owned_count; i++)
        if (strcmp(s->owned[i].peer_id, peer_id) == 0)
            return true;
    return false;
}

/* The slowest peer leaves time for the last step. */
static int tell_all(aw__flow *flow)
{
    const struct actor_delete *s = flow->state;
    int part_ms = aw__flow_left_ms(flow) / 4 * 3 + 1;
    int timeout_ms = part_ms < TELL_MAX_MS ? part_ms : TELL_MAX_MS;

    for (size_t i = 0; i < s->owned_count; i++)
        if (tell(flow, trust_with(s, s->owned[i].peer_id), &s->owned[i], timeout_ms))
            aw__log(AW_LOG_WARNING, "actor_delete: a peer is not ended: %s", flow->error.message);
    for (size_t i = 0; i < s->count; i++)
        if (aw__peer_is_actor(flow, s->trusts[i]) && !is_owned(s, s->trusts[i]->peer_id) &&
            tell(flow, s->trusts[i], NULL, timeout_ms))
            aw__log(AW_LOG_WARNING, "actor_delete: a peer is not told: %s", flow->error.message);
    return AW_OK;
}

static int erase(aw__flow *flow)
{
    return aw__actor_erase(flow->site, flow->actor_id, &flow->error);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name     kind      begin        reply  undo */
    { "find",   AW_STORE, find_peers,  NULL,  NULL },
    { "tell",   AW_FLOWS, tell_all,    NULL,  NULL },  /* goodbye, to all */
    { "erase",  AW_STORE, erase,       NULL,  NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"actor_delete", steps};

int aw__actor_delete_new(aw__site *site, const char *actor_id, const aw_actor_delete_params *params,
                         aw__flow **ret_flow, aw_error *err)
{
    aw_actor_delete_params p = {.size = sizeof(p)};
    int rc = params ? aw__check_params(&p, sizeof(p), params, err) : AW_OK;

    if (rc == AW_OK)
        rc = aw__check_timeout(p.timeout_ms, err);
    if (rc)
        return rc;
    return aw__flow_new(site, &conversation, actor_id, sizeof(struct actor_delete), p.timeout_ms, TIMEOUT_MS, p.group,
                        ret_flow, err);
}
