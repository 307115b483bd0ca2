/*
 * Where actingwebd's options come from, in order: defaults, the INI file, AW_* variables, flags. Each option is one row
 * of the table below and works in all three places. What the options do is main.c's.
 */
#include "daemon/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { TEXT, NUMBER, FLAG, CHOICE } kind;

typedef struct option_row {
    const char *name;
    kind kind;
    size_t offset;
    const char *operand;
    const char *help;
    long min, max;
    const char *choices[6];
} option_row;

#define AT(field) offsetof(daemon_options, field)

/* clang-format off */
static const option_row table[] = {
    {"listen", TEXT, AT(app.listen), "HOST:PORT",
     "the address to serve (localhost:5000); port 0 picks a free one", 0, 0, {0}},
    {"root", TEXT, AT(app.root), "URL",
     "how peers reach this server (http://HOST:PORT/ of --listen)", 0, 0, {0}},
    {"type", TEXT, AT(app.type), "URN", "the type of its actors (urn:actingweb:example.com:actingwebd)", 0, 0, {0}},
    {"store", TEXT, AT(app.store), "DATABASE",
     "sqlite:PATH, made when absent (sqlite:actingweb.db), or postgresql://USER@HOST/DATABASE", 0, 0, {0}},
    {"migrate", CHOICE, AT(app.migrate), "on|off",
     "make or bring up the tables at the start, or refuse to start without them (on)", 0, 0, {"on", "off"}},
    {"devtest", FLAG, AT(app.devtest), NULL, "serve /{id}/devtest; never on a public server", 0, 0, {0}},
    {"subscription-processing", FLAG, AT(app.subscription_processing), NULL,
     "keep subscribed peers' data; order, gaps and duplicates are handled", 0, 0, {0}},
    {"gap-timeout-s", NUMBER, AT(app.gap_timeout_s), "N",
     "seconds that a missing callback is waited for before it is fetched (5)", 1, 86400, {0}},
    {"max-pending", NUMBER, AT(app.max_pending), "N",
     "callbacks kept per subscription while one is missing (100)", 1, 100000, {0}},
    {"delivery", CHOICE, AT(app.delivery), "once|durable",
     "callbacks: one try each, or retried across restarts until accepted (once)", 0, 0, {"once", "durable"}},
    {"allow-private-peers", FLAG, AT(app.allow_private_peers), NULL,
     "peers may have private or loopback addresses (implied when the root is on loopback)", 0, 0, {0}},
    {"unique-creator", FLAG, AT(app.unique_creator), NULL, "one actor per creator", 0, 0, {0}},
    {"default-relationship", TEXT, AT(app.default_relationship), "NAME",
     "what is asked for where a request names no relationship (associate)", 0, 0, {0}},
    {"auto-accept", FLAG, AT(app.auto_accept), NULL,
     "approve whoever asks for the default relationship; for services only", 0, 0, {0}},
    {"trust-types", TEXT, AT(trust_types), "FILE",
     "kinds of relationship of your own, a JSON file; see docs/trust-and-permissions.md", 0, 0, {0}},
    {"web-threads", NUMBER, AT(app.web_threads), "N", "threads that serve requests (16)", 1, 256, {0}},
    {"workers", NUMBER, AT(app.workers), "N", "threads for the store steps of peer conversations (4)", 1, 256, {0}},
    {"drain-timeout-s", NUMBER, AT(drain_timeout_s), "N",
     "seconds that SIGTERM lets requests in flight have (10)", 0, 3600, {0}},
    {"log-level", CHOICE, AT(log_level), "LEVEL", "error, warning, info, debug or trace, to stderr (info)", 0, 0,
     {"error", "warning", "info", "debug", "trace"}},
};
/* clang-format on */

#define ROWS (sizeof table / sizeof table[0])

_Static_assert(sizeof(aw_delivery) == sizeof(int) && sizeof(aw_migrate) == sizeof(int) && sizeof(aw_log_level) == sizeof(int), "choices are stored as int");
_Static_assert(ROWS <= sizeof((daemon_options *)0)->texts / sizeof(char *), "a text for each row");

void daemon_options_help(void)
{
    puts("usage: actingwebd [OPTION...]\n"
         "       actingwebd verify [--repair] [--json] [--store STORE] [--config FILE]\n"
         "       actingwebd backup|restore [--force] [--store sqlite:PATH] [--config FILE] COPY\n"
         "       actingwebd resync [--store STORE] [--config FILE]\n\n"
         "Serves ActingWeb actors: each user, device or agent gets a small REST service of its own. With a word in front,\n"
         "looks after a store instead: each of them has its --help.\n\n"
         "Options (the INI file of --config has the same names, and so have the variables: AW_LISTEN for --listen;\n"
         "a flag wins over a variable, a variable over the file):");
    for (size_t i = 0; i < ROWS; i++) {
        char left[48];

        snprintf(left, sizeof left, "--%s%s%s", table[i].name, table[i].operand ? " " : "",
                 table[i].operand ? table[i].operand : "");
        printf("  %-27s  %s\n", left, table[i].help);
    }
    puts("  --config FILE                read options from an INI file, \"name = value\" lines\n"
         "  --check-config               say whether the options are right, and end (0 or 2)\n"
         "  --version                    print the version, and end\n"
         "  --help                       print this, and end\n\n"
         "Examples:\n"
         "  actingwebd --store sqlite:var/actingweb.db\n"
         "  actingwebd --store 'postgresql://actingweb@db.example.com/actors?sslmode=verify-full'\n"
         "  actingwebd --listen 0.0.0.0:5000 --root https://actors.example.com/ --delivery durable\n"
         "  AW_STORE=sqlite:/var/lib/actingweb/actors.db actingwebd --config /etc/actingwebd.ini --check-config\n\n"
         "Exit status: 0 ended as asked, 1 could not serve, 2 wrong options.");
}

static int complain(const char *source, const char *name, const char *what)
{
    fprintf(stderr, "actingwebd: %s%s: %s; see actingwebd --help\n", source, name, what);
    return -1;
}

static bool read_flag(const char *value, bool *ret_flag)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};

    for (size_t i = 0; i < 4; i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            *ret_flag = strcmp(value, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool read_number(const char *value, long min, long max, int *ret_number)
{
    char *end = NULL;

    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || end == value || *end || number < min || number > max)
        return false;
    *ret_number = (int)number;
    return true;
}

static bool read_choice(const option_row *row, const char *value, int *ret_choice)
{
    for (int i = 0; row->choices[i]; i++) {
        if (strcmp(value, row->choices[i]) == 0) {
            *ret_choice = i;
            return true;
        }
    }
    return false;
}

static const char *choices_of(const option_row *row, char *what, size_t bytes)
{
    int used = snprintf(what, bytes, "wants ");

    for (int i = 0; row->choices[i] && (size_t)used < bytes; i++) {
        const char *between = row->choices[i + 1] ? ", " : " or ";

        used += snprintf(what + used, bytes - (size_t)used, "%s%s", i ? between : "", row->choices[i]);
    }
    return what;
}

/* source is "--", "AW_ variable for --" or "config file, ": where the value stood, for the message. */
static int set_option(daemon_options *options, size_t at, const char *value, const char *source)
{
    const option_row *row = &table[at];
    char *field = (char *)options + row->offset;
    char what[128];

    switch (row->kind) {
    case TEXT: {
        if (!*value)
            return complain(source, row->name, "needs a value");
        char *copy = strdup(value);
        if (!copy)
            return complain(source, row->name, "out of memory");
        free(options->texts[at]);
        options->texts[at] = copy;
        memcpy(field, &copy, sizeof copy);
        return 0;
    }
    case NUMBER:
        if (read_number(value, row->min, row->max, (int *)(void *)field))
            return 0;
        snprintf(what, sizeof what, "wants a number from %ld to %ld", row->min, row->max);
        return complain(source, row->name, what);
    case FLAG:
        if (read_flag(value, (bool *)field))
            return 0;
        return complain(source, row->name, "wants true or false");
    case CHOICE:
        if (read_choice(row, value, (int *)(void *)field))
            return 0;
        return complain(source, row->name, choices_of(row, what, sizeof what));
    }
    return -1;
}

static int read_ini_line(void *user, const char *section, const char *name, const char *value)
{
    if (*section && strcmp(section, "actingwebd") != 0)
        return 1; /* another program's */
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(table[i].name, name) == 0)
            return set_option(user, i, value, "config file, ") == 0;
    }
    complain("config file, ", name, "no such option");
    return 0;
}

static int read_file(daemon_options *options)
{
    FILE *file = fopen(options->config, "r");
    int line = file ? ini_parse_file(file, read_ini_line, options) : 0;
    bool unread = !file || ferror(file); /* a folder opens, and cannot be read */

    if (unread)
        fprintf(stderr, "actingwebd: --config %s: cannot read it: %s\n", options->config, strerror(errno));
    else if (line < 0)
        complain("--", "config", "out of memory");
    else if (line > 0)
        fprintf(stderr, "actingwebd: %s, line %d: wants \"name = value\", with a name of actingwebd --help\n",
                options->config, line);
    if (file)
        fclose(file);
    return unread || line ? -1 : 0;
}

static int read_environment(daemon_options *options)
{
    for (size_t i = 0; i < ROWS; i++) {
        char name[48] = "AW_";
        size_t used = 3;

        for (const char *c = table[i].name; *c && used < sizeof name - 1; c++)
            name[used++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
        name[used] = '\0';
        const char *value = getenv(name);
        if (value && set_option(options, i, value, "AW_ variable for --"))
            return -1;
    }
    return 0;
}

enum { CONFIG = 1000, CHECK, VERSION, HELP };

static void fill_long_options(struct option out[ROWS + 5])
{
    static const struct option own[] = {{"config", required_argument, NULL, CONFIG},
                                        {"check-config", no_argument, NULL, CHECK},
                                        {"version", no_argument, NULL, VERSION},
                                        {"help", no_argument, NULL, HELP},
                                        {NULL, 0, NULL, 0}};

    for (size_t i = 0; i < ROWS; i++)
        out[i] =
            (struct option){table[i].name, table[i].kind == FLAG ? optional_argument : required_argument, NULL, (int)i};
    memcpy(out + ROWS, own, sizeof own);
}

/* Twice over the flags: the first time only for --config and the modes, since the file comes before the flags. */
static int read_flags(int argc, char **argv, daemon_options *options, bool values)
{
    struct option flags[ROWS + 5];
    int at;

    fill_long_options(flags);
    optind = 1;
    while ((at = getopt_long(argc, argv, "h", flags, NULL)) != -1) {
        if (at >= 0 && at < (int)ROWS) {
            if (values && set_option(options, (size_t)at, optarg ? optarg : "true", "--"))
                return -1;
            continue;
        }
        switch (at) {
        case CONFIG:
            free(options->config);
            options->config = strdup(optarg);
            if (!options->config)
                return complain("--", "config", "out of memory");
            break;
        case CHECK:
            options->mode = DAEMON_CHECK_CONFIG;
            break;
        case VERSION:
            options->mode = DAEMON_VERSION;
            return 0;
        case 'h':
        case HELP:
            options->mode = DAEMON_HELP;
            return 0;
        default:
            fputs("see actingwebd --help\n", stderr);
            return -1;
        }
    }
    if (optind < argc)
        return complain("", argv[optind], "not an option (what is on or off is written like --devtest=false)");
    return 0;
}

int daemon_options_read(int argc, char **argv, daemon_options *options)
{
    *options = (daemon_options){
        .app = {.size = sizeof options->app, .listen = "localhost:5000", .store = "sqlite:actingweb.db"},
        .log_level = AW_LOG_INFO,
        .drain_timeout_s = 10,
    };
    if (read_flags(argc, argv, options, false))
        return -1;
    if (options->mode == DAEMON_VERSION || options->mode == DAEMON_HELP)
        return 0;
    if (options->config && read_file(options))
        return -1;
    if (read_environment(options) || read_flags(argc, argv, options, true))
        return -1;
    if (options->trust_types && daemon_trust_types_read(options->trust_types, &options->types))
        return -1;
    options->app.trust_types = options->types.items;
    options->app.trust_type_count = options->types.count;
    return 0;
}

void daemon_options_free(daemon_options *options)
{
    for (size_t i = 0; i < ROWS; i++)
        free(options->texts[i]);
    free(options->config);
    daemon_trust_types_free(&options->types);
    *options = (daemon_options){0};
}
