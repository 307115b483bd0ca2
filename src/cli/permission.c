/*
 * Commands about what one peer may do: permissions show, set, reset. They are at the trust with it.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

static int request_permissions(cli *c, const char *method, json_t *body, cli_answer *ret_answer)
{
    json_t *trust = NULL;
    int status = cli_find_trust(c, c->argv[0], &trust);

    *ret_answer = (cli_answer){0};
    if (status != EXIT_OK) {
        json_decref(body);
        return status;
    }
    const char *relationship = json_string_value(json_object_get(trust, "relationship"));
    char *path = cli_join("trust", relationship ? relationship : "", c->argv[0], "permissions", NULL);

    status = cli_request(c, (cli_ask){.method = method, .base = c->actor, .path = path, .body = body, .as = AS_CREATOR},
                         ret_answer);
    json_decref(trust);
    free(path);
    return status;
}

/* A line for each rule: properties, patterns, ["public/..."]. */
static json_t *rows_of(const json_t *permissions)
{
    static const char *const targets[] = {"properties", "methods", "actions", "tools", "resources", "prompts"};
    json_t *rows = json_array();

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        json_t *rules = json_object_get(permissions, targets[i]), *value;
        const char *rule;

        json_object_foreach(rules, rule, value)
            json_array_append_new(rows, json_pack("{s:s,s:s,s:O}", "for", targets[i], "rule", rule, "value", value));
    }
    return rows;
}

int cli_permissions_show(cli *c)
{
    static const char *const about[] = {"trust_type", "source", "notes", "updated_at", NULL};
    static const char *const keys[] = {"for", "rule", "value", NULL}, *const titles[] = {"FOR", "RULE", "VALUE"};
    cli_answer answer;
    int status = request_permissions(c, "GET", NULL, &answer);

    if (status == EXIT_OK && answer.json) {
        json_t *rows = rows_of(answer.json);

        if (c->json) {
            cli_print_json(answer.json);
        } else {
            cli_print_pairs(answer.json, about);
            putchar('\n');
            cli_print_table(c, rows, keys, titles);
        }
        json_decref(rows);
    }
    cli_answer_free(&answer);
    return status;
}

int cli_permissions_set(cli *c)
{
    cli_answer answer;
    json_t *rules = NULL;

    if (!cli_read_value(c->argv[1], &rules))
        return EXIT_USAGE;
    if (!json_is_object(rules)) {
        json_decref(rules);
        return cli_complain("rules are a JSON object, such as {\"properties\":{\"patterns\":[\"mood\"]}}");
    }
    int status = request_permissions(c, "PUT", rules, &answer);
    cli_answer_free(&answer);
    return status;
}

int cli_permissions_reset(cli *c)
{
    cli_answer answer;
    int status = request_permissions(c, "DELETE", NULL, &answer);

    cli_answer_free(&answer);
    return status;
}
