/*
 * actingwebd's commands: words in front of the options, for what is done to a store besides serving it.
 */
#ifndef AW_DAEMON_COMMAND_H
#define AW_DAEMON_COMMAND_H

#include "daemon/options.h"

enum { COMMAND_DONE = 0, COMMAND_FINDINGS = 1, COMMAND_USAGE = 2, COMMAND_FAILED = 3 }; /* exit statuses */

/* Runs the command that argv[1] names; false when it names none. */
bool daemon_command(int argc, char **argv, int *ret_status);

/* ---- for the commands ---- */

typedef struct command_flag {
    const char *name;
    bool *value;
} command_flag;

typedef struct command {
    const char *name, *usage; /* usage: all that --help prints */
    const char *operand;      /* what stands behind the options, for messages; NULL: nothing does */
    command_flag flags[4];    /* besides --store, --config and --help */
    daemon_options options;   /* read; command_dispose() it */
    const char *given;        /* the operand; borrowed from argv */
} command;

/* Reads argv (argv[0] is the command) as actingwebd reads its options, of which commands need --store and --config.
 * False: end with *ret_status, all has been said. */
bool command_read(command *c, int argc, char **argv, int *ret_status);
void command_dispose(command *c);

int command_fail(const command *c, const aw_error *err); /* says it, and gives the status */

/* How far it is, on one line of stderr when that is a terminal. False after a signal that ends programs; command_fail()
 * then ends this one by it. */
bool command_progress(const char *what, int64_t done, int64_t total, void *ud);
void command_progress_end(void);

int daemon_verify(int argc, char **argv);
int daemon_backup(int argc, char **argv);
int daemon_restore(int argc, char **argv);
int daemon_resync(int argc, char **argv);

#endif
