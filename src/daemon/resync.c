/*
 * actingwebd resync: after an old copy of the database was put back, peers fetch anew.
 */
#include "daemon/command.h"

#include <inttypes.h>
#include <stdio.h>

static const char usage[] =
    "usage: actingwebd resync [--store STORE] [--config FILE]\n\n"
    "After an old copy of the database was put back: peers that subscribe here know of changes that are gone. Makes the\n"
    "server tell each of them to fetch all that it subscribes to, and gives their next changes numbers that they have not\n"
    "seen. The server does it when it starts, or within seconds when it runs. Once more does no harm. When the copy is\n"
    "of an older version of the server, start the server first.\n\n"
    "  --store STORE     the store, as the server's option; also AW_STORE, or --config\n"
    "  --config FILE     the server's INI file\n"
    "  --help            print this, and end\n\n"
    "Examples:\n"
    "  actingwebd restore --store sqlite:/var/lib/actingweb/actors.db /backup/actors-2026-11-26.db\n"
    "  actingwebd resync --store sqlite:/var/lib/actingweb/actors.db\n"
    "  actingwebd resync --store postgresql:///actors     # after pg_restore\n\n"
    "Exit status: 0 done, 2 wrong options, 3 not done, or not all.\n";

int daemon_resync(int argc, char **argv)
{
    command c = {.name = "resync", .usage = usage};
    aw_error err = {0};
    int64_t told = 0;
    int status = COMMAND_DONE;

    if (!command_read(&c, argc, argv, &status))
        return status;
    if (aw_store_resync(AW_WITH(store_resync, .store = c.options.app.store, .progress = command_progress), &told, &err))
        status = command_fail(&c, &err);
    command_progress_end();
    if (status == COMMAND_DONE)
        printf("%" PRId64 " subscription%s, whose peer%s will be told to fetch anew\n", told, told == 1 ? "" : "s",
               told == 1 ? "" : "s");
    command_dispose(&c);
    return status;
}
