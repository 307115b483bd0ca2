/*
 * actingweb: the command-line client. Finds the command and its options; each command is in the file of its noun.
 */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct command {
    const char *words[2]; /* "trust", "list" */
    const char *operands;
    int least, most; /* operands */
    bool needs_actor;
    int (*run)(cli *c);
    const char *help;
} command;

/* clang-format off */
static const command commands[] = {
    {{"create"}, "ROOT", 1, 1, false, cli_create,
     "make an actor at a server"},
    {{"delete"}, "", 0, 0, true, cli_delete,
     "delete the actor; its peers are told"},
    {{"meta"}, "[ACTOR_URL]", 0, 1, false, cli_meta,
     "what is public about an actor"},
    {{"list"}, "", 0, 0, true, cli_list,
     "the names of the properties"},
    {{"get"}, "[PATH]", 0, 1, true, cli_get,
     "a property, or all of them"},
    {{"set"}, "PATH VALUE", 2, 2, true, cli_set,
     "store JSON, or text that is none; - reads it from stdin"},
    {{"unset"}, "PATH", 1, 1, true, cli_unset,
     "delete a property"},
    {{"list", "make"}, "NAME [TEXT [MORE]]", 1, 3, true, cli_list_make,
     "make a list property, with texts about it"},
    {{"list", "show"}, "NAME [INDEX]", 1, 2, true, cli_list_show,
     "a list's items, or one (0: the first)"},
    {{"list", "add"}, "NAME VALUE", 2, 2, true, cli_list_add,
     "add an item at the end; prints its index"},
    {{"list", "set"}, "NAME INDEX VALUE", 3, 3, true, cli_list_set,
     "put an item in another's place"},
    {{"list", "remove"}, "NAME INDEX", 2, 2, true, cli_list_remove,
     "take an item out; those behind it move up"},
    {{"list", "describe"}, "NAME [TEXT [MORE]]", 1, 3, true, cli_list_describe,
     "the texts about a list, or other ones"},
    {{"list", "delete"}, "NAME", 1, 1, true, cli_list_delete,
     "delete a list with its items"},
    {{"trust", "request"}, "PEER_URL", 1, 1, true, cli_trust_request,
     "ask a peer for a relationship"},
    {{"trust", "list"}, "", 0, 0, true, cli_trust_list,
     "the relationships"},
    {{"trust", "show"}, "PEER_ID", 1, 1, true, cli_trust_show,
     "one of them"},
    {{"trust", "types"}, "", 0, 0, true, cli_trust_types,
     "the kinds of relationship that there are"},
    {{"trust", "approve"}, "PEER_ID", 1, 1, true, cli_trust_approve,
     "approve what a peer asked for; it is told"},
    {{"trust", "revoke"}, "PEER_ID", 1, 1, true, cli_trust_revoke,
     "take the approval back"},
    {{"trust", "delete"}, "PEER_ID", 1, 1, true, cli_trust_delete,
     "end a relationship, on both sides"},
    {{"permissions", "show"}, "PEER_ID", 1, 1, true, cli_permissions_show,
     "the rules set for a peer, or else its relationship's"},
    {{"permissions", "set"}, "PEER_ID JSON", 2, 2, true, cli_permissions_set,
     "rules for this peer; - reads them from stdin"},
    {{"permissions", "reset"}, "PEER_ID", 1, 1, true, cli_permissions_reset,
     "only the relationship's rules again"},
    {{"subscribe"}, "PEER_ID [TARGET]", 1, 2, true, cli_subscribe,
     "be told of changes (TARGET: properties[/NAME[/PART]])"},
    {{"unsubscribe"}, "PEER_ID SUBSCRIPTION_ID", 2, 2, true, cli_unsubscribe,
     "no longer"},
    {{"subscriptions"}, "", 0, 0, true, cli_subscriptions,
     "who is told of what"},
    {{"peer", "get"}, "PEER_ID PATH", 2, 2, true, cli_peer_get,
     "read a peer's resource, as the trust allows"},
    {{"peer", "post"}, "PEER_ID PATH JSON", 3, 3, true, cli_peer_post,
     "create one"},
    {{"peer", "put"}, "PEER_ID PATH JSON", 3, 3, true, cli_peer_put,
     "change one"},
    {{"peer", "delete"}, "PEER_ID PATH", 2, 2, true, cli_peer_delete,
     "delete one"},
};
/* clang-format on */

static void print_help(void)
{
    puts("usage: actingweb [OPTION...] COMMAND [OPERAND...]\n\n"
         "Works with ActingWeb actors over HTTP.\n\nCommands:");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char left[64];

        snprintf(left, sizeof left, "%s%s%s %s", commands[i].words[0], commands[i].words[1] ? " " : "",
                 commands[i].words[1] ? commands[i].words[1] : "", commands[i].operands);
        printf("  %-37s %s\n", left, commands[i].help);
    }
    puts("\nOptions:\n"
         "  --actor URL              the actor to work with (or the variable AW_ACTOR)\n"
         "  --creator NAME           who owns it (or AW_CREATOR; \"creator\")\n"
         "  --passphrase-file FILE   its passphrase, the file's first line; - is stdin (or AW_PASSPHRASE)\n"
         "  --relationship NAME      of \"trust request\" (friend)\n"
         "  --desc TEXT              of \"trust request\", for the peer's owner to read\n"
         "  --granularity WORD       of \"subscribe\": high (the data), low (a link), none (high)\n"
         "  --timeout SECONDS        for each request (30)\n"
         "  --json                   print the answer as JSON, for scripts\n"
         "  --env                    of \"create\": print AW_ACTOR, AW_CREATOR and AW_PASSPHRASE for a shell to eval\n"
         "  --version, --help\n"
         "An operand that begins with \"-\" comes after \"--\".\n\n"
         "Examples:\n"
         "  eval \"$(actingweb create http://localhost:5000/ --creator alice --env)\"\n"
         "  actingweb set profile '{\"city\":\"Oslo\"}'\n"
         "  actingweb get profile/city\n"
         "  actingweb trust request https://other.example.com/PEER --relationship friend\n"
         "  actingweb list make shopping 'What to buy' && actingweb list add shopping milk\n"
         "  actingweb trust list --json\n"
         "  actingweb permissions set PEER '{\"properties\":{\"patterns\":[\"mood\"]}}'\n"
         "  actingweb subscribe PEER properties/profile\n"
         "  actingweb peer get PEER properties/profile\n\n"
         "Exit status: 0 done, 1 the server or the peer refused, 2 wrong usage, 3 nobody could be reached in time.");
}

/* "list add" before "list". */
static const command *find_command(int argc, char **argv, int *ret_words)
{
    const command *single = NULL;

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const command *found = &commands[i];

        if (argc < 1 || strcmp(argv[0], found->words[0]) != 0)
            continue;
        if (!found->words[1]) {
            single = found;
        } else if (argc > 1 && strcmp(argv[1], found->words[1]) == 0) {
            *ret_words = 2;
            return found;
        }
    }
    *ret_words = single ? 1 : 0;
    return single;
}

static int complain_of_command(int argc, char **argv)
{
    char seconds[64] = "";
    size_t used = 0;

    if (argc == 0)
        return cli_complain("no command given; see actingweb --help");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const command *known = &commands[i];

        if (known->words[1] && strcmp(argv[0], known->words[0]) == 0 && used < sizeof seconds)
            used += (size_t)snprintf(seconds + used, sizeof seconds - used, "%s%s", used ? "|" : "", known->words[1]);
    }
    if (used)
        return cli_complain("no command \"%s%s%s\"; usage: actingweb %s %s", argv[0], argc > 1 ? " " : "",
                            argc > 1 ? argv[1] : "", argv[0], seconds);
    return cli_complain("no command \"%s\"; see actingweb --help", argv[0]);
}

static char *read_first_line(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;

    if (!file)
        return NULL;
    ssize_t bytes = getline(&line, &capacity, file);
    if (file != stdin)
        fclose(file);
    if (bytes < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

enum { ACTOR = 1000, CREATOR, PASSPHRASE_FILE, RELATIONSHIP, DESC, GRANULARITY, TIMEOUT, JSON, ENV, VERSION, HELP };

/* -1: go on; otherwise the exit status. */
static int read_options(int argc, char **argv, cli *c)
{
    static const struct option flags[] = {{"actor", required_argument, NULL, ACTOR},
                                          {"creator", required_argument, NULL, CREATOR},
                                          {"passphrase-file", required_argument, NULL, PASSPHRASE_FILE},
                                          {"relationship", required_argument, NULL, RELATIONSHIP},
                                          {"desc", required_argument, NULL, DESC},
                                          {"granularity", required_argument, NULL, GRANULARITY},
                                          {"timeout", required_argument, NULL, TIMEOUT},
                                          {"json", no_argument, NULL, JSON},
                                          {"env", no_argument, NULL, ENV},
                                          {"version", no_argument, NULL, VERSION},
                                          {"help", no_argument, NULL, HELP},
                                          {NULL, 0, NULL, 0}};
    int at;
    char *end = NULL;

    while ((at = getopt_long(argc, argv, "h", flags, NULL)) != -1) {
        switch (at) {
        case ACTOR:
            c->actor = optarg;
            break;
        case CREATOR:
            c->creator = optarg;
            break;
        case PASSPHRASE_FILE:
            free(c->passphrase);
            c->passphrase = read_first_line(optarg);
            if (!c->passphrase)
                return cli_complain("--passphrase-file %s: its first line cannot be read", optarg);
            c->passphrase_from_file = true;
            break;
        case RELATIONSHIP:
            c->relationship = optarg;
            break;
        case DESC:
            c->desc = optarg;
            break;
        case GRANULARITY:
            c->granularity = optarg;
            break;
        case TIMEOUT: {
            long seconds = strtol(optarg, &end, 10);
            if (*end || seconds < 1 || seconds > 86400)
                return cli_complain("--timeout wants seconds, 1 to 86400");
            c->timeout_ms = (int)seconds * 1000;
            break;
        }
        case JSON:
            c->json = true;
            break;
        case ENV:
            c->env = true;
            break;
        case VERSION:
            printf("actingweb %s\n", aw_version());
            return EXIT_OK;
        case 'h':
        case HELP:
            print_help();
            return EXIT_OK;
        default:
            return cli_complain("see actingweb --help; an operand that begins with \"-\" comes after \"--\"");
        }
    }
    return -1;
}

static int run(cli *c, int argc, char **argv)
{
    aw_error err = {0};
    int words = 0;
    const command *found = find_command(argc, argv, &words);

    if (!found)
        return complain_of_command(argc, argv);
    c->argc = argc - words;
    c->argv = argv + words;
    if (strcmp(found->words[0], "list") == 0 && !found->words[1] && c->argc)
        return complain_of_command(argc, argv);
    if (c->argc < found->least || c->argc > found->most)
        return cli_complain("usage: actingweb %s%s%s%s%s", found->words[0], found->words[1] ? " " : "",
                            found->words[1] ? found->words[1] : "", *found->operands ? " " : "", found->operands);
    if (found->needs_actor && !c->actor)
        return cli_complain("which actor? Give --actor URL or set AW_ACTOR");
    /* A person at the keyboard decides where to connect, so private addresses are no danger here. */
    if (aw_runtime_new(AW_WITH(runtime, .allow_private_peers = true, .workers = 1), &c->runtime, &err) ||
        aw_runtime_start(c->runtime, &err))
        return cli_complain("%s", err.message);
    return found->run(c);
}

int main(int argc, char **argv)
{
    const char *actor = getenv("AW_ACTOR"), *creator = getenv("AW_CREATOR"), *passphrase = getenv("AW_PASSPHRASE");
    cli c = {.actor = actor && *actor ? actor : NULL,
             .creator = creator && *creator ? creator : "creator",
             .passphrase = passphrase && *passphrase ? strdup(passphrase) : NULL,
             .relationship = "friend",
             .granularity = "high",
             .timeout_ms = 30000,
             .colour = isatty(STDOUT_FILENO) == 1};
    int status = read_options(argc, argv, &c);

    if (status < 0)
        status = run(&c, argc - optind, argv + optind);
    aw_runtime_free(c.runtime);
    if (c.passphrase)
        explicit_bzero(c.passphrase, strlen(c.passphrase));
    free(c.passphrase);
    if (fflush(stdout) && status == EXIT_OK)
        status = EXIT_REFUSED;
    return status;
}
