/*
 * What an actor's owner does with the library and not over HTTP, for the interoperation tests: each run is one call of
 * one function, whose result is printed as {"answer"} or {"error","status","message"}. The program shares the database
 * of a running server, so that both are one service.
 */
#include <actingweb/actingweb.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: interop_owner DATABASE ROOT ACTOR COMMAND\n"
    "  info PEER_URL | get PEER PATH | post PEER PATH JSON | put PEER PATH JSON | delete PEER PATH\n"
    "  child FACTORY_URL | delete-child PEER | profile PEER | permissions PEER\n"
    "  capabilities PEER | approve PEER | suspend NAME | verified PEER PEER_URL JSON";

typedef struct command {
    const char *name;
    int operands;
    int (*run)(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err);
} command;

static int get_info(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    (void)data;
    return aw_peer_get_info(actor, AW_WITH(peer_get_info, .peer_url = operand[0]), ret_answer, err);
}

static int get(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    (void)data;
    return aw_proxy_get_resource(actor, AW_WITH(proxy_get_resource, .peer_id = operand[0], .path = operand[1]),
                                 ret_answer, err);
}

static int post(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    return aw_proxy_create_resource(
        actor, AW_WITH(proxy_create_resource, .peer_id = operand[0], .path = operand[1], .data = data), ret_answer,
        err);
}

static int put(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    return aw_proxy_change_resource(
        actor, AW_WITH(proxy_change_resource, .peer_id = operand[0], .path = operand[1], .data = data), ret_answer,
        err);
}

static int erase(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    (void)data;
    return aw_proxy_delete_resource(actor, AW_WITH(proxy_delete_resource, .peer_id = operand[0], .path = operand[1]),
                                    ret_answer, err);
}

static int make_child(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    aw_trust *trust = NULL;
    int rc = aw_peer_create_trustee(
        actor, AW_WITH(peer_create_trustee, .factory_url = operand[0], .relationship = "friend"), &trust, err);

    (void)data;
    if (rc)
        return rc;
    *ret_answer = json_pack("{s:s,s:s}", "peerid", aw_trust_peer_id(trust), "baseuri", aw_trust_baseuri(trust));
    aw_trust_free(trust);
    return AW_OK;
}

static int delete_child(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    int rc = aw_peer_delete_trustee(actor, AW_WITH(peer_delete_trustee, .peer_id = operand[0]), err);

    (void)data;
    if (rc == AW_OK)
        *ret_answer = json_true();
    return rc;
}

static int get_profile(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    (void)data;
    return aw_peer_get_profile(actor, AW_WITH(peer_get_profile, .peer_id = operand[0], .max_age_s = -1), ret_answer,
                               err);
}

static int get_permissions(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    (void)data;
    return aw_peer_get_permissions(actor, AW_WITH(peer_get_permissions, .peer_id = operand[0], .max_age_s = -1),
                                   ret_answer, err);
}

static int get_capabilities(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    (void)data;
    return aw_peer_get_capabilities(actor, AW_WITH(peer_get_capabilities, .peer_id = operand[0], .max_age_s = -1),
                                    ret_answer, err);
}

/* data: {"secret", "token", "approved"} */
static int create_verified(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    aw_trust *trust = NULL;
    int rc = aw_trust_create_verified(
        actor,
        AW_WITH(trust_create_verified, .peer_id = operand[0], .baseuri = operand[1], .relationship = "friend",
                .secret = json_string_value(json_object_get(data, "secret")),
                .verify_token = json_string_value(json_object_get(data, "token")),
                .approved = json_is_true(json_object_get(data, "approved"))),
        &trust, err);

    if (rc)
        return rc;
    *ret_answer =
        json_pack("{s:b,s:b}", "verified", aw_trust_verified(trust), "approved", aw_trust_approved(trust));
    aw_trust_free(trust);
    return AW_OK;
}

static int approve(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    aw_trust *trust = NULL;
    int rc = aw_trust_modify_and_notify(
        actor, AW_WITH(trust_modify_and_notify, .peer_id = operand[0], .approved = AW_SET), &trust, err);

    (void)data;
    if (rc == AW_OK)
        *ret_answer = json_true();
    aw_trust_free(trust);
    return rc;
}

/* Whatever is told when it is resumed: not by this process. */
static int suspend(aw_actor *actor, char **operand, json_t *data, json_t **ret_answer, aw_error *err)
{
    bool fresh = false;
    int rc = aw_subscription_suspend(actor, "properties", operand[0], &fresh, err);

    (void)data;
    if (rc == AW_OK)
        *ret_answer = json_boolean(fresh);
    return rc;
}

static const command commands[] = {
    {"info", 1, get_info},
    {"get", 2, get},
    {"post", 3, post},
    {"put", 3, put},
    {"delete", 2, erase},
    {"child", 1, make_child},
    {"delete-child", 1, delete_child},
    {"profile", 1, get_profile},
    {"permissions", 1, get_permissions},
    {"capabilities", 1, get_capabilities},
    {"verified", 3, create_verified},
    {"approve", 1, approve},
    {"suspend", 1, suspend},
};

static const command *find_command(const char *name, int operands)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0 && commands[i].operands == operands)
            return &commands[i];
    }
    return NULL;
}

static int print_result(int rc, json_t *answer, const aw_error *err)
{
    json_t *result =
        rc ? json_pack("{s:s,s:i,s:s}", "error", aw_code_name(rc), "status", err->http_status, "message", err->message)
           : json_pack("{s:O}", "answer", answer);
    int failed = !result || json_dumpf(result, stdout, JSON_COMPACT);

    json_decref(result);
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    const command *what = argc > 4 ? find_command(argv[4], argc - 5) : NULL;
    json_t *data = what && what->operands == 3 ? json_loads(argv[7], JSON_DECODE_ANY, NULL) : NULL;
    json_t *answer = NULL;
    aw_app *app = NULL;
    aw_actor *actor = NULL;
    aw_error err = {0};

    if (!what || (what->operands == 3 && !data)) {
        fprintf(stderr, "%s\n", usage);
        return 2;
    }
    int rc = aw_app_new(AW_WITH(app, .store = argv[1], .root = argv[2]), &app, &err);

    if (!rc)
        rc = aw_actor_get(app, argv[3], &actor, &err);
    if (!rc)
        rc = what->run(actor, argv + 5, data, &answer, &err);
    int status = print_result(rc, answer, &err);

    json_decref(answer);
    json_decref(data);
    aw_actor_unref(actor);
    aw_app_free(app);
    return status;
}
