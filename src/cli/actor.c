/*
 * Commands about an actor as a whole: create, delete, meta.
 */
#include "cli/cli.h"

#include <stdio.h>

/* export NAME='value', for a shell to eval. */
static void print_export(const char *name, const char *value)
{
    printf("export %s='", name);
    for (; *value; value++) {
        if (*value == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*value);
    }
    puts("'");
}

static int print_env(const json_t *actor)
{
    const char *url = json_string_value(json_object_get(actor, "url"));
    const char *creator = json_string_value(json_object_get(actor, "creator"));
    const char *passphrase = json_string_value(json_object_get(actor, "passphrase"));

    if (!url || !creator || !passphrase) {
        cli_complain("the server's answer has no address, creator or passphrase");
        return EXIT_REFUSED;
    }
    print_export("AW_ACTOR", url);
    print_export("AW_CREATOR", creator);
    print_export("AW_PASSPHRASE", passphrase);
    return EXIT_OK;
}

int cli_create(cli *c)
{
    static const char *const keys[] = {"id", "url", "creator", "passphrase", NULL};
    cli_answer answer;
    json_t *body = c->passphrase_from_file ? json_pack("{s:s,s:s}", "creator", c->creator, "passphrase", c->passphrase)
                                           : json_pack("{s:s}", "creator", c->creator);
    int status = cli_request(c, (cli_ask){.method = "POST", .base = c->argv[0], .path = "", .body = body}, &answer);

    if (status == EXIT_OK && answer.json) {
        if (answer.location)
            json_object_set_new(answer.json, "url", json_string(answer.location));
        if (c->env)
            status = print_env(answer.json);
        else if (c->json)
            cli_print_json(answer.json);
        else
            cli_print_pairs(answer.json, keys);
    }
    cli_answer_free(&answer);
    return status;
}

int cli_delete(cli *c)
{
    cli_answer answer;
    int status = cli_request(c, (cli_ask){.method = "DELETE", .base = c->actor, .as = AS_CREATOR}, &answer);

    cli_answer_free(&answer);
    return status;
}

int cli_meta(cli *c)
{
    static const char *const keys[] = {"id",           "type",       "version",      "desc",       "info",
                                       "trustee_root", "aw_version", "aw_supported", "aw_formats", NULL};
    const char *url = c->argc ? c->argv[0] : c->actor;
    cli_answer answer;

    if (!url)
        return cli_complain("which actor? Give its URL, --actor URL, or set AW_ACTOR");
    int status = cli_request(c, (cli_ask){.method = "GET", .base = url, .path = "meta"}, &answer);
    if (status == EXIT_OK && answer.json) {
        if (c->json)
            cli_print_json(answer.json);
        else
            cli_print_pairs(answer.json, keys);
    }
    cli_answer_free(&answer);
    return status;
}
