/*
 * What the commands have in common: their options, their failures, and the line that says how far they are.
 */
#include "daemon/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FLAGS_MAX = sizeof((command *)0)->flags / sizeof(command_flag), STORE = 100, CONFIG, HELP, PROGRESS_MS = 100 };

bool daemon_command(int argc, char **argv, int *ret_status)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {
        {"verify", daemon_verify},
        {"backup", daemon_backup},
        {"restore", daemon_restore},
        {"resync", daemon_resync},
    };

    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            *ret_status = commands[i].run(argc - 1, argv + 1);
            return true;
        }
    }
    return false;
}

/* ---- options ---- */

static int complain(const command *c, const char *what)
{
    fprintf(stderr, "actingwebd %s: %s; see actingwebd %s --help\n", c->name, what, c->name);
    return -1;
}

static void fill_long_options(const command *c, struct option out[FLAGS_MAX + 4])
{
    size_t n = 0;

    for (; n < FLAGS_MAX && c->flags[n].name; n++)
        out[n] = (struct option){c->flags[n].name, no_argument, NULL, (int)n};
    out[n++] = (struct option){"store", required_argument, NULL, STORE};
    out[n++] = (struct option){"config", required_argument, NULL, CONFIG};
    out[n++] = (struct option){"help", no_argument, NULL, HELP};
    out[n] = (struct option){NULL, 0, NULL, 0};
}

/* -1: a mistake, which has been told; 0: go on; 1: help was asked for. */
static int read_flags(command *c, int argc, char **argv, char **ret_store, char **ret_config)
{
    struct option flags[FLAGS_MAX + 4];
    int at;

    fill_long_options(c, flags);
    optind = 1;
    while ((at = getopt_long(argc, argv, "h", flags, NULL)) != -1) {
        if (at == 'h' || at == HELP)
            return 1;
        if (at == STORE)
            *ret_store = optarg;
        else if (at == CONFIG)
            *ret_config = optarg;
        else if (at >= 0 && at < FLAGS_MAX)
            *c->flags[at].value = true;
        else
            return complain(c, "no such option");
    }
    if (c->operand && optind < argc)
        c->given = argv[optind++];
    if (c->operand && !c->given)
        return complain(c, c->operand);
    return optind < argc ? complain(c, "there is more on the line than it understands") : 0;
}

/* ---- being told to end ---- */

static volatile sig_atomic_t ended_by; /* a signal, or 0 */

static void on_signal(int number)
{
    ended_by = number;
}

/* The first one lets the command put away what it has half done; another one ends it at once. What is ignored stays so:
 * nohup means it. A file that gets larger than it may is a failure like a full disk. */
static void watch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, now;

        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            (void)sigaction(numbers[i], &action, NULL);
    }
}

/* As whoever waits for it expects: a script that is interrupted ends with its command. */
static void end_by_signal(const command *c)
{
    fprintf(stderr, "actingwebd %s: stopped\n", c->name);
    raise(ended_by);
}

/* ---- beginning and ending ---- */

/* The store is found as the server finds it: from the flag, the variable or the file. */
bool command_read(command *c, int argc, char **argv, int *ret_status)
{
    char store_flag[] = "--store", config_flag[] = "--config";
    char *store = NULL, *config = NULL, *inner[6] = {argv[0]};
    int n = 1, said = read_flags(c, argc, argv, &store, &config);

    if (said > 0)
        fputs(c->usage, stdout);
    if (said) {
        *ret_status = said > 0 ? COMMAND_DONE : COMMAND_USAGE;
        return false;
    }
    if (config) {
        inner[n++] = config_flag;
        inner[n++] = config;
    }
    if (store) {
        inner[n++] = store_flag;
        inner[n++] = store;
    }
    if (daemon_options_read(n, inner, &c->options) == 0) {
        watch_signals();
        return true;
    }
    daemon_options_free(&c->options);
    *ret_status = COMMAND_USAGE;
    return false;
}

void command_dispose(command *c)
{
    daemon_options_free(&c->options);
}

int command_fail(const command *c, const aw_error *err)
{
    command_progress_end();
    if (err->code == AW_E_CANCELED && ended_by)
        end_by_signal(c);
    fprintf(stderr, "actingwebd %s: %s\n", c->name, err->message);
    return err->code == AW_E_INVALID ? COMMAND_USAGE : COMMAND_FAILED;
}

/* ---- progress ---- */

static bool shown; /* there is a line to be taken back */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool command_progress(const char *what, int64_t done, int64_t total, void *ud)
{
    static int64_t last_ms;

    (void)ud;
    if (ended_by)
        return false;
    if (!isatty(STDERR_FILENO) || (shown && now_ms() - last_ms < PROGRESS_MS))
        return true;
    last_ms = now_ms();
    shown = true;
    if (total)
        fprintf(stderr, "\r\033[K%s: %" PRId64 " of %" PRId64, what, done, total);
    else if (done)
        fprintf(stderr, "\r\033[K%s: %" PRId64, what, done);
    else
        fprintf(stderr, "\r\033[K%s", what);
    fflush(stderr);
    return true;
}

void command_progress_end(void)
{
    if (shown)
        fputs("\r\033[K", stderr);
    shown = false;
}
