/*
 * Commands on a peer's own resources: peer get, post, put, delete. The actor's trust says where the peer is and with
 * which secret; the request goes straight to the peer.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int request_peer(cli *c, const char *method, json_t *body)
{
    cli_answer answer = {0};
    json_t *trust = NULL;
    int status = cli_find_trust(c, c->argv[0], &trust);

    if (status != EXIT_OK) {
        json_decref(body);
        return status;
    }
    status = cli_request(c,
                         (cli_ask){.method = method,
                                   .base = json_string_value(json_object_get(trust, "baseuri")),
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
