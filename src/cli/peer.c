/*
 * Commands on a peer's own resources: peer get, post, put, delete. The actor's trust says where the peer is and with
 * which secret; the request goes straight to the peer.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The trust with its secret, which some servers show only where the trust itself is. */
static int find_secret(cli *c, const char *peer_id, json_t **ret_trust)
{
    json_t *listed = NULL;
    int status = cli_find_trust(c, peer_id, &listed);

    if (status != EXIT_OK || json_is_string(json_object_get(listed, "secret"))) {
        *ret_trust = listed;
        return status;
    }
    cli_answer answer = {0};
    const char *relationship = json_string_value(json_object_get(listed, "relationship"));
    char *path = cli_join("trust", relationship ? relationship : "", peer_id, NULL);

    status = cli_request(c, (cli_ask){.method = "GET", .base = c->actor, .path = path, .as = AS_CREATOR}, &answer);
    if (status == EXIT_OK && !json_is_string(json_object_get(answer.json, "secret"))) {
        cli_complain("the server does not show the secret of the trust with %s", peer_id);
        status = EXIT_REFUSED;
    }
    if (status == EXIT_OK)
        *ret_trust = json_incref(answer.json);
    cli_answer_free(&answer);
    json_decref(listed);
    free(path);
    return status;
}

static int request_peer(cli *c, const char *method, json_t *body)
{
    cli_answer answer = {0};
    json_t *trust = NULL;
    int status = find_secret(c, c->argv[0], &trust);

    if (status != EXIT_OK) {
        json_decref(body);
        return status;
    }
    const char *baseuri = json_string_value(json_object_get(trust, "baseuri"));

    if (!baseuri) {
        cli_complain("the server does not say where %s is", c->argv[0]);
        json_decref(body);
        json_decref(trust);
        return EXIT_REFUSED;
    }
    status = cli_request(c,
                         (cli_ask){.method = method,
                                   .base = baseuri,
                                   .path = c->argv[1],
                                   .body = body,
                                   .as = AS_PEER,
                                   .secret = json_string_value(json_object_get(trust, "secret"))},
                         &answer);
    if (status == EXIT_OK && answer.json)
        cli_print_json(answer.json);
    else if (status == EXIT_OK && *answer.text)
        puts(answer.text);
    cli_answer_free(&answer);
    json_decref(trust);
    return status;
}

static int request_with_body(cli *c, const char *method)
{
    json_error_t mistake;
    json_t *body = json_loads(c->argv[2], JSON_DECODE_ANY, &mistake);

    if (!body)
        return cli_complain("\"%s\" is not JSON: %s", c->argv[2], mistake.text);
    return request_peer(c, method, body);
}

int cli_peer_get(cli *c)
{
    return request_peer(c, "GET", NULL);
}

int cli_peer_post(cli *c)
{
    return request_with_body(c, "POST");
}

int cli_peer_put(cli *c)
{
    return request_with_body(c, "PUT");
}

int cli_peer_delete(cli *c)
{
    return request_peer(c, "DELETE", NULL);
}
