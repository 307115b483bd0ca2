/*
 * Commands about trust: request, list, show, types, approve, revoke, delete.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some servers answer with more than was asked for. */
static json_t *trust_with(const json_t *trusts, const char *peer_id)
{
    size_t i;
    json_t *trust;

    json_array_foreach(trusts, i, trust)
    {
        const char *id = json_string_value(json_object_get(trust, "peerid"));

        if (id && strcmp(id, peer_id) == 0)
            return trust;
    }
    return NULL;
}

int cli_find_trust(cli *c, const char *peer_id, json_t **ret_trust)
{
    cli_answer answer;
    char *encoded = cli_join(peer_id, NULL), *path = NULL;
    int status = EXIT_UNREACHABLE;

    if (!encoded || asprintf(&path, "trust?peerid=%s", encoded) < 0) {
        free(encoded);
        cli_complain("out of memory");
        return status;
    }
    status = cli_request(c, (cli_ask){.method = "GET", .base = c->actor, .path = path, .as = AS_CREATOR}, &answer);
    json_t *trust = status == EXIT_OK ? trust_with(answer.json, peer_id) : NULL;
    if (status == EXIT_OK && !trust) {
        cli_complain("no trust with %s; \"actingweb trust list\" shows them", peer_id);
        status = EXIT_REFUSED;
    }
    if (status == EXIT_OK)
        *ret_trust = json_incref(trust);
    cli_answer_free(&answer);
    free(encoded);
    free(path);
    return status;
}

int cli_trust_request(cli *c)
{
    static const char *const keys[] = {"peerid",   "baseuri", "relationship", "approved", "peer_approved",
                                       "verified", NULL};
    cli_answer answer;
    json_t *body = json_pack("{s:s,s:s,s:s*}", "url", c->argv[0], "relationship", c->relationship, "desc", c->desc);
    int status = cli_request(
        c, (cli_ask){.method = "POST", .base = c->actor, .path = "trust", .body = body, .as = AS_CREATOR}, &answer);

    if (status == EXIT_OK && answer.json) {
        if (c->json)
            cli_print_json(answer.json);
        else
            cli_print_pairs(answer.json, keys);
    }
    cli_answer_free(&answer);
    return status;
}

int cli_trust_list(cli *c)
{
    static const char *const keys[] = {"peerid",   "relationship", "approved", "peer_approved",
                                       "verified", "baseuri",      NULL};
    static const char *const titles[] = {"PEER", "RELATIONSHIP", "APPROVED", "BY PEER", "VERIFIED", "URL"};
    cli_answer answer;
    int status =
        cli_request(c, (cli_ask){.method = "GET", .base = c->actor, .path = "trust", .as = AS_CREATOR}, &answer);

    if (status == EXIT_OK && answer.json) {
        if (c->json)
            cli_print_json(answer.json);
        else
            cli_print_table(c, answer.json, keys, titles);
    }
    cli_answer_free(&answer);
    return status;
}

int cli_trust_show(cli *c)
{
    static const char *const keys[] = {"peerid",        "baseuri",  "type",       "relationship", "desc", "approved",
                                       "peer_approved", "verified", "created_at", NULL};
    json_t *trust = NULL;
    int status = cli_find_trust(c, c->argv[0], &trust);

    if (status == EXIT_OK && c->json)
        cli_print_json(trust);
    else if (status == EXIT_OK)
        cli_print_pairs(trust, keys);
    json_decref(trust);
    return status;
}

/* {"friend":{"description"}} as rows with their names. */
static json_t *rows_of(json_t *types)
{
    json_t *rows = json_array(), *type;
    const char *name;

    json_object_foreach(types, name, type)
    {
        json_object_set_new(type, "name", json_string(name));
        json_array_append(rows, type);
    }
    return rows;
}

int cli_trust_types(cli *c)
{
    static const char *const keys[] = {"name", "description", NULL}, *const titles[] = {"RELATIONSHIP", "WHAT IT IS"};
    cli_answer answer;
    int status = cli_request(c, (cli_ask){.method = "GET", .base = c->actor, .path = "meta/trusttypes"}, &answer);

    if (status == EXIT_OK && answer.json) {
        json_t *rows = NULL;

        if (c->json)
            cli_print_json(answer.json);
        else
            cli_print_table(c, rows = rows_of(json_object_get(answer.json, "trust_types")), keys, titles);
        json_decref(rows);
    }
    cli_answer_free(&answer);
    return status;
}

static int request_one(cli *c, const char *method, json_t *body)
{
    cli_answer answer = {0};
    json_t *trust = NULL;
    int status = cli_find_trust(c, c->argv[0], &trust);

    if (status != EXIT_OK) {
        json_decref(body);
        return status;
    }
    const char *relationship = json_string_value(json_object_get(trust, "relationship"));
    char *path = cli_join("trust", relationship ? relationship : "", c->argv[0], NULL);

    status = cli_request(c, (cli_ask){.method = method, .base = c->actor, .path = path, .body = body, .as = AS_CREATOR},
                         &answer);
    cli_answer_free(&answer);
    json_decref(trust);
    free(path);
    return status;
}

int cli_trust_approve(cli *c)
{
    return request_one(c, "PUT", json_pack("{s:b}", "approved", 1));
}

int cli_trust_revoke(cli *c)
{
    return request_one(c, "PUT", json_pack("{s:b}", "approved", 0));
}

int cli_trust_delete(cli *c)
{
    return request_one(c, "DELETE", NULL);
}
