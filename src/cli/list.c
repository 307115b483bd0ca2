/*
 * Commands about list properties: list make, show, add, set, remove, describe, delete. By the routes that the Python
 * library's servers have too.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request at /properties/{list}{below}; below is already encoded. */
static int request_list(cli *c, const char *method, const char *below, json_t *body, cli_answer *ret_answer)
{
    char *name = cli_join(c->argv[0], NULL), *path = NULL;
    int status = EXIT_UNREACHABLE;

    *ret_answer = (cli_answer){0};
    if (!name || asprintf(&path, "properties/%s%s", name, below) < 0) {
        json_decref(body);
        cli_complain("out of memory");
    } else {
        status =
            cli_request(c, (cli_ask){.method = method, .base = c->actor, .path = path, .body = body, .as = AS_CREATOR},
                        ret_answer);
        if (ret_answer->status == 404 && *below != '?')
            cli_complain("%s is no list; \"actingweb list make %s\" makes one where there is nothing", c->argv[0],
                         c->argv[0]);
        free(path);
    }
    free(name);
    return status;
}

/* False after a complaint. */
static bool take_index(const char *text, json_int_t *ret_index)
{
    char *end = NULL;
    long long index = strtoll(text, &end, 10);

    if (!*text || *end) {
        cli_complain("\"%s\" is no place in a list: 0 is the first, 1 the one behind it", text);
        return false;
    }
    *ret_index = index;
    return true;
}

int cli_list_make(cli *c)
{
    cli_answer answer;
    json_t *body = json_pack("{s:{s:s,s:s,s:s}}", c->argv[0], "_type", "list", "description",
                             c->argc > 1 ? c->argv[1] : "", "explanation", c->argc > 2 ? c->argv[2] : "");

    if (!body)
        return cli_complain("a list's name and the texts about it must be UTF-8");
    int status = cli_request(
        c, (cli_ask){.method = "POST", .base = c->actor, .path = "properties", .body = body, .as = AS_CREATOR},
        &answer);
    cli_answer_free(&answer);
    return status;
}

static int show_item(cli *c)
{
    cli_answer answer;
    json_int_t index;
    char below[40];

    if (!take_index(c->argv[1], &index))
        return EXIT_USAGE;
    snprintf(below, sizeof below, "?index=%lld", (long long)index);
    int status = request_list(c, "GET", below, NULL, &answer);
    if (status == EXIT_OK)
        cli_print_value(c, &answer);
    cli_answer_free(&answer);
    return status;
}

int cli_list_show(cli *c)
{
    static const char *const keys[] = {"index", "item", NULL}, *const titles[] = {"INDEX", "ITEM"};
    cli_answer answer;

    if (c->argc > 1)
        return show_item(c);
    int status = request_list(c, "GET", c->json ? "" : "/items", NULL, &answer);
    if (status == EXIT_OK && c->json && answer.json)
        cli_print_json(answer.json);
    else if (status == EXIT_OK)
        cli_print_table(c, json_object_get(answer.json, "items"), keys, titles);
    cli_answer_free(&answer);
    return status;
}

int cli_list_add(cli *c)
{
    cli_answer answer;
    json_t *item = NULL;

    if (!cli_read_value(c->argv[1], &item))
        return EXIT_USAGE;
    int status =
        request_list(c, "POST", "/items", json_pack("{s:s,s:o}", "action", "add", "item_value", item), &answer);
    if (status == EXIT_OK && answer.json && c->json)
        cli_print_json(answer.json);
    else if (status == EXIT_OK && json_is_integer(json_object_get(answer.json, "index")))
        printf("%lld\n", (long long)json_integer_value(json_object_get(answer.json, "index")));
    cli_answer_free(&answer);
    return status;
}

int cli_list_set(cli *c)
{
    cli_answer answer;
    json_int_t index;
    json_t *item = NULL;

    if (!take_index(c->argv[1], &index) || !cli_read_value(c->argv[2], &item))
        return EXIT_USAGE;
    int status = request_list(
        c, "POST", "/items",
        json_pack("{s:s,s:I,s:o}", "action", "update", "item_index", index, "item_value", item), &answer);
    cli_answer_free(&answer);
    return status;
}

int cli_list_remove(cli *c)
{
    cli_answer answer;
    json_int_t index;

    if (!take_index(c->argv[1], &index))
        return EXIT_USAGE;
    int status = request_list(c, "POST", "/items", json_pack("{s:s,s:I}", "action", "delete", "item_index", index),
                              &answer);
    cli_answer_free(&answer);
    return status;
}

int cli_list_describe(cli *c)
{
    static const char *const keys[] = {"name", "count", "description", "explanation", NULL};
    bool change = c->argc > 1;
    json_t *body = change ? json_pack("{s:s,s:s*}", "description", c->argv[1], "explanation",
                                      c->argc > 2 ? c->argv[2] : NULL)
                          : NULL;
    cli_answer answer;

    if (change && !body)
        return cli_complain("the texts about a list must be UTF-8");
    int status = request_list(c, change ? "PUT" : "GET", "/metadata", body, &answer);
    if (status == EXIT_OK && !change && answer.json) {
        if (c->json)
            cli_print_json(answer.json);
        else
            cli_print_pairs(answer.json, keys);
    }
    cli_answer_free(&answer);
    return status;
}

/* Only a list: the metadata of other properties is not there. */
int cli_list_delete(cli *c)
{
    cli_answer answer;
    int status = request_list(c, "GET", "/metadata", NULL, &answer);

    if (status == EXIT_OK) {
        cli_answer_free(&answer);
        status = request_list(c, "DELETE", "", NULL, &answer);
    }
    cli_answer_free(&answer);
    return status;
}
