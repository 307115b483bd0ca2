/*
 * Commands about subscriptions: subscribe, unsubscribe, subscriptions.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_subscribe(cli *c)
{
    cli_answer answer;
    char *target = strdup(c->argc > 1 ? c->argv[1] : "properties");

    if (!target)
        return cli_complain("out of memory");
    char *subtarget = strchr(target, '/'), *resource = NULL;
    if (subtarget) {
        *subtarget++ = '\0';
        if ((resource = strchr(subtarget, '/')))
            *resource++ = '\0';
    }
    json_t *body = json_pack("{s:s,s:s,s:s*,s:s*,s:s}", "peerid", c->argv[0], "target", target, "subtarget", subtarget,
                             "resource", resource, "granularity", c->granularity);
    int status = cli_request(
        c, (cli_ask){.method = "POST", .base = c->actor, .path = "subscriptions", .body = body, .as = AS_CREATOR},
        &answer);
    if (status == EXIT_OK && answer.location) {
        json_t *made = json_pack("{s:s}", "url", answer.location);

        if (c->json && made)
            cli_print_json(made);
        else
            puts(answer.location);
        json_decref(made);
    }
    cli_answer_free(&answer);
    free(target);
    return status;
}

int cli_unsubscribe(cli *c)
{
    cli_answer answer = {0};
    char *path = cli_join("subscriptions", c->argv[0], c->argv[1], NULL);
    int status =
        cli_request(c, (cli_ask){.method = "DELETE", .base = c->actor, .path = path, .as = AS_CREATOR}, &answer);

    cli_answer_free(&answer);
    free(path);
    return status;
}

int cli_subscriptions(cli *c)
{
    static const char *const keys[] = {"subscriptionid", "peerid",      "direction", "target", "subtarget",
                                       "resource",       "granularity", "sequence",  NULL};
    static const char *const titles[] = {"SUBSCRIPTION", "PEER",     "DIRECTION",   "TARGET",
                                         "SUBTARGET",    "RESOURCE", "GRANULARITY", "SEQUENCE"};
    cli_answer answer;
    size_t i;
    json_t *row;
    int status = cli_request(c, (cli_ask){.method = "GET", .base = c->actor, .path = "subscriptions", .as = AS_CREATOR},
                             &answer);

    if (status == EXIT_OK && answer.json) {
        json_t *rows = json_object_get(answer.json, "data");

        if (c->json) {
            cli_print_json(answer.json);
        } else {
            json_array_foreach(rows, i, row) json_object_set_new(
                row, "direction",
                json_string(json_is_true(json_object_get(row, "callback")) ? "to peer" : "from peer"));
            cli_print_table(c, rows, keys, titles);
        }
    }
    cli_answer_free(&answer);
    return status;
}
