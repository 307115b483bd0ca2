/*
 * actingwebd's options: one table for flags, the INI file and AW_* variables, which have the same names.
 */
#ifndef AW_DAEMON_OPTIONS_H
#define AW_DAEMON_OPTIONS_H

#include <actingweb/actingweb.h>

#include "daemon/trust_types.h"

typedef enum daemon_mode { DAEMON_SERVE, DAEMON_CHECK_CONFIG, DAEMON_VERSION, DAEMON_HELP } daemon_mode;

typedef struct daemon_options {
    daemon_mode mode;
    aw_app_params app;
    aw_log_level log_level;
    char *config;    /* the INI file, or NULL */
    char *texts[24]; /* what the app params point to; the table's order */
    int drain_timeout_s;
    char *trust_types; /* their file, or NULL */
    daemon_trust_types types;
} daemon_options;

/* Fills options from defaults, then the INI file, then AW_* variables, then the flags: later wins. On a mistake prints
 * what to do to stderr and returns -1. daemon_options_free() in either case. */
int daemon_options_read(int argc, char **argv, daemon_options *options);
void daemon_options_free(daemon_options *options);

void daemon_options_help(void); /* to stdout */

#endif
