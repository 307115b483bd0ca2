/*
 * Commands about properties: list, get, set, unset.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int request_property(cli *c, const char *method, const char *path, json_t *body, cli_answer *ret_answer)
{
    char *encoded = cli_encode(path + strspn(path, "/")), *below = NULL;
    int status = EXIT_UNREACHABLE;

    *ret_answer = (cli_answer){0};
    if (!encoded || asprintf(&below, "properties%s%s", *encoded ? "/" : "", encoded) < 0) {
        json_decref(body);
        cli_complain("out of memory");
    } else {
        status =
            cli_request(c, (cli_ask){.method = method, .base = c->actor, .path = below, .body = body, .as = AS_CREATOR},
                        ret_answer);
        free(below);
    }
    free(encoded);
    return status;
}

int cli_list(cli *c)
{
    cli_answer answer;
    const char *name;
    json_t *value;
    int status = request_property(c, "GET", "", NULL, &answer);

    if (status == EXIT_OK && answer.json) {
        if (c->json)
            cli_print_json(answer.json);
        else
            json_object_foreach(answer.json, name, value) puts(name);
    }
    cli_answer_free(&answer);
    return status;
}

int cli_get(cli *c)
{
    cli_answer answer;
    int status = request_property(c, "GET", c->argc ? c->argv[0] : "", NULL, &answer);

    if (status == EXIT_OK)
        cli_print_value(c, &answer);
    cli_answer_free(&answer);
    return status;
}

static char *read_all(FILE *file)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t bytes = getdelim(&text, &capacity, '\0', file);

    if (bytes < 0) {
        free(text);
        return NULL;
    }
    return text;
}

bool cli_read_value(const char *operand, json_t **ret_value)
{
    char *input = NULL;

    if (strcmp(operand, "-") == 0 && !(input = read_all(stdin))) {
        cli_complain("nothing to read on stdin");
        return false;
    }
    const char *text = input ? input : operand;
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    if (!value)
        value = json_string(text);
    free(input);
    if (!value) {
        cli_complain("the value is neither JSON nor UTF-8 text");
        return false;
    }
    *ret_value = value;
    return true;
}

/* A name by itself is in the way of a value only when it is that of a list. */
static void explain_conflict(const cli *c)
{
    const char *name = c->argv[0] + strspn(c->argv[0], "/");

    if (!strchr(name, '/'))
        cli_complain("%s is a list: change its items with \"actingweb list\", or delete it with \"actingweb unset\"", name);
}

int cli_set(cli *c)
{
    cli_answer answer;
    json_t *value = NULL;

    if (!cli_read_value(c->argv[1], &value))
        return EXIT_USAGE;
    int status = request_property(c, "PUT", c->argv[0], value, &answer);
    if (answer.status == 409)
        explain_conflict(c);
    cli_answer_free(&answer);
    return status;
}

int cli_unset(cli *c)
{
    cli_answer answer;
    int status = request_property(c, "DELETE", c->argv[0], NULL, &answer);

    cli_answer_free(&answer);
    return status;
}
