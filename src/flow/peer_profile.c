/*
 * The conversation "peer profile". A peer that does not answer leaves what is kept as it is.
 */
#include "flow/peer_profile.h"

#include "actor/peer_profile.h"
#include "base/error.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, MAX_AGE_S = 3600, NAMES_MAX = 100 };

struct profile {
    const char *peer_id;
    aw__profile_names names;
    int64_t max_age_s;
    const aw_trust *trust;
    json_t *properties;
};

static void release_row(void *row)
{
    json_decref(row);
}

static int look_up(aw__flow *flow)
{
    struct profile *s = flow->state;
    json_t *row = NULL;
    aw_error why = {0};
    int rc = aw__peer_find(flow, s->peer_id, &s->trust);

    if (rc || !s->max_age_s)
        return rc;
    rc = aw__peer_profile_get(flow->site, flow->actor_id, s->peer_id, &row, &why);
    if (rc == AW_OK && aw__peer_profile_serves(row, &s->names, s->max_age_s)) {
        flow->result = row;
        return AW__STEP_FINISH;
    }
    json_decref(row);
    return AW_OK; /* whatever it is that cannot be read, the peer knows better */
}

static int ask_properties(aw__flow *flow)
{
    const struct profile *s = flow->state;

    if (!aw__peer_is_actor(flow, s->trust))
        return aw__fail(&flow->error, AW_E_UNSUPPORTED, "no actor is behind this trust that could be asked");
    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->trust->baseuri, "properties", NULL), s->trust->secret,
                        NULL);
}

static int on_properties(aw__flow *flow)
{
    struct profile *s = flow->state;
    int rc = aw__flow_answer_ok(flow);

    return rc ? rc : aw__flow_answer_object(flow, &s->properties);
}

static int keep(aw__flow *flow)
{
    const struct profile *s = flow->state;
    json_t *row = NULL;
    int rc = aw__peer_profile_keep(flow->site, flow->actor_id, s->peer_id, s->properties, &s->names, &row,
                                   &flow->error);

    if (rc == AW_OK)
        flow->result = row;
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name    kind      begin           reply          undo */
    { "look",  AW_STORE, look_up,        NULL,          NULL },  /* is it known, and young enough? */
    { "ask",   AW_PEER,  ask_properties, on_properties, NULL },  /* GET peer/properties            */
    { "keep",  AW_STORE, keep,           NULL,          NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"peer_profile", steps};

static int check(const aw_peer_get_profile_params *p, aw_error *err)
{
    int rc = aw__check_question(p->peer_id, p->timeout_ms, p->max_age_s, err);

    if (rc == AW_OK && p->attributes && (!json_is_array(p->attributes) || json_array_size(p->attributes) > NAMES_MAX))
        rc = aw__fail(err, AW_E_INVALID, "attributes: must be an array of at most %d names", NAMES_MAX);
    for (size_t i = 0; rc == AW_OK && i < json_array_size(p->attributes); i++)
        rc = aw__check_required("attributes", json_string_value(json_array_get(p->attributes, i)), AW__NAME_MAX_BYTES,
                                err);
    return rc;
}

static int copy_names(aw__arena *arena, const json_t *attributes, aw__profile_names *ret_names, aw_error *err)
{
    size_t count = json_array_size(attributes);
    const char **names = aw__arena_alloc(arena, (count + 1) * sizeof(*names));

    for (size_t i = 0; names && i < count; i++)
        names[i] = aw__arena_strdup(arena, json_string_value(json_array_get(attributes, i)));
    *ret_names = (aw__profile_names){names, count};
    return aw__arena_failed(arena) ? aw__fail_nomem(err) : AW_OK;
}

int aw__peer_profile_new(aw__site *site, const char *actor_id, const aw_peer_get_profile_params *params,
                         aw__flow **ret_flow, aw_error *err)
{
    aw_peer_get_profile_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct profile), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct profile *s = flow->state;

    flow->result_free = release_row;
    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    s->max_age_s = p.max_age_s < 0 ? 0 : p.max_age_s ? p.max_age_s : MAX_AGE_S;
    rc = copy_names(flow->arena, p.attributes, &s->names, err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
