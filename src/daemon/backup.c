/*
 * actingwebd backup and restore: a copy of the database, and the way back.
 */
#include "daemon/command.h"

#include <stdio.h>

static const char backup_usage[] =
    "usage: actingwebd backup [--force] [--store sqlite:PATH] [--config FILE] COPY\n\n"
    "Copies the database into the file COPY, as it is at this moment, while the server goes on. The copy is a database by\n"
    "itself, of one file that only its owner may read; it is checked, and gets its name when all of it is on the disk.\n\n"
    "  --force           replace COPY when it is there\n"
    "  --store STORE     the store, as the server's option; also AW_STORE, or --config\n"
    "  --config FILE     the server's INI file\n"
    "  --help            print this, and end\n\n"
    "Examples:\n"
    "  actingwebd backup --store sqlite:/var/lib/actingweb/actors.db /backup/actors-$(date +%F).db\n"
    "  actingwebd backup --force --config /etc/actingwebd.ini /backup/actors.db\n\n"
    "A PostgreSQL database has tools of its own: pg_dump --format=custom --file=COPY --schema=NAME URI, where the URI is\n"
    "the store's without schema=, prefix= and statement_timeout=.\n\n"
    "Exit status: 0 done, 2 wrong options, 3 not done.\n";

static const char restore_usage[] =
    "usage: actingwebd restore [--force] [--store sqlite:PATH] [--config FILE] COPY\n\n"
    "Puts what `actingwebd backup` made in the database's place, after checking it. No server may have the database open.\n"
    "The old one is kept beside it, with \".before-restore\" behind its name.\n\n"
    "  --force           replace what an earlier restore has kept\n"
    "  --store STORE     the store, as the server's option; also AW_STORE, or --config\n"
    "  --config FILE     the server's INI file\n"
    "  --help            print this, and end\n\n"
    "Example:\n"
    "  systemctl stop actingwebd\n"
    "  actingwebd restore --store sqlite:/var/lib/actingweb/actors.db /backup/actors-2026-11-26.db\n"
    "  actingwebd resync --store sqlite:/var/lib/actingweb/actors.db\n"
    "  systemctl start actingwebd\n\n"
    "A PostgreSQL database has tools of its own: pg_restore --clean --if-exists --single-transaction --dbname=URI COPY,\n"
    "where the URI is the store's without schema=, prefix= and statement_timeout=.\n\n"
    "Exit status: 0 done, 2 wrong options, 3 not done.\n";

static int fail(const command *c, const char *what_now, const aw_error *err)
{
    int status = command_fail(c, err);

    if (err->code == AW_E_EXISTS)
        fprintf(stderr, "actingwebd %s: %s\n", c->name, what_now);
    return err->code == AW_E_UNSUPPORTED ? COMMAND_USAGE : status;
}

int daemon_backup(int argc, char **argv)
{
    bool force = false;
    command c = {.name = "backup", .usage = backup_usage, .operand = "say where the copy goes", .flags = {{"force", &force}}};
    aw_error err = {0};
    int status = COMMAND_DONE;

    if (!command_read(&c, argc, argv, &status))
        return status;
    if (aw_store_backup(AW_WITH(store_backup, .store = c.options.app.store, .file = c.given, .overwrite = force,
                                .progress = command_progress),
                        &err))
        status = fail(&c, "choose another name, or let --force replace it", &err);
    command_progress_end();
    if (status == COMMAND_DONE)
        printf("%s is a copy of the database\n", c.given);
    command_dispose(&c);
    return status;
}

int daemon_restore(int argc, char **argv)
{
    bool force = false;
    command c = {.name = "restore", .usage = restore_usage, .operand = "say which copy", .flags = {{"force", &force}}};
    aw_error err = {0};
    int status = COMMAND_DONE;

    if (!command_read(&c, argc, argv, &status))
        return status;
    if (aw_store_restore(AW_WITH(store_restore, .store = c.options.app.store, .file = c.given, .overwrite = force,
                                 .progress = command_progress),
                         &err))
        status = fail(&c, "move it away, or let --force replace it", &err);
    command_progress_end();
    if (status == COMMAND_DONE)
        printf("the database is what %s was\nnext, so that peers who subscribe here fetch it: actingwebd resync\n", c.given);
    command_dispose(&c);
    return status;
}
