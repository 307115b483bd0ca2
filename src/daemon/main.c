/*
 * actingwebd: an ActingWeb server in one process. Reads its options (options.c), serves until it is told to end, and
 * then answers what is in flight. What it does with a store besides is command.c's.
 */
#include "daemon/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void log_to_stderr(aw_log_level level, const char *line, void *ud)
{
    static const char *const names[] = {"error", "warning", "info", "debug", "trace"};
    static const char *const colours[] = {"\033[31m", "\033[33m", "", "\033[2m", "\033[2m"};
    const bool *colour = ud;
    struct timespec now;
    struct tm utc;
    char at[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &utc);
    if (*colour)
        fprintf(stderr, "%s%s.%03ldZ %-7s %s\033[0m\n", colours[level], at, now.tv_nsec / 1000000, names[level], line);
    else
        fprintf(stderr, "%s.%03ldZ %-7s %s\n", at, now.tv_nsec / 1000000, names[level], line);
}

/* Every waiting peer is a socket, so the soft limit on descriptors would be the limit on waiting peers. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* the old limit serves as well, only less */
    }
}

static void signals_that_end(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

static int fail(const char *what, const aw_error *err)
{
    fprintf(stderr, "actingwebd: %s: %s\n", what, err->message);
    return err->code == AW_E_INVALID ? 2 : 1;
}

static int serve(const daemon_options *options)
{
    aw_app *app = NULL;
    aw_error err = {0};
    sigset_t ending;
    int signal_number = 0, status = 0;

    /* Blocked before any thread is made, so that all of them leave these signals to sigwait() below. */
    signals_that_end(&ending);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();

    if (aw_app_new(&options->app, &app, &err))
        return fail("cannot start", &err);
    if (aw_app_listen(app, &err)) {
        status = fail("cannot serve", &err);
        goto done;
    }
    if (options->app.devtest)
        fputs("actingwebd: WARNING: --devtest is on: any approved peer can read and change everything of an actor\n",
              stderr);
    printf("actingwebd %s serves %s (port %d)\n", aw_version(), aw_app_root(app), aw_app_port(app));
    fflush(stdout);

    sigwait(&ending, &signal_number);
    fprintf(stderr, "actingwebd: %s: answering what is in flight; once more ends at once\n",
            signal_number == SIGINT ? "interrupted" : "terminated");
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &ending, NULL);
    if (aw_app_drain(app, options->drain_timeout_s * 1000, &err))
        status = fail("not everything was answered", &err);
done:
    aw_app_free(app);
    return status;
}

int main(int argc, char **argv)
{
    daemon_options options;
    aw_error err = {0};
    bool colour = isatty(STDERR_FILENO) == 1;
    int status = 2;

    if (daemon_command(argc, argv, &status))
        return status;
    if (daemon_options_read(argc, argv, &options))
        goto done;
    status = 0;
    switch (options.mode) {
    case DAEMON_HELP:
        daemon_options_help();
        break;
    case DAEMON_VERSION:
        printf("actingwebd %s\n", aw_version());
        break;
    case DAEMON_CHECK_CONFIG:
        if (aw_app_check(&options.app, &err))
            status = fail("the options are wrong", &err);
        else
            puts("actingwebd: the options are right");
        break;
    case DAEMON_SERVE:
        aw_log_to(log_to_stderr, options.log_level, &colour);
        status = serve(&options);
        break;
    }
done:
    daemon_options_free(&options);
    return status;
}
