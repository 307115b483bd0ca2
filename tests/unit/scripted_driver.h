/*
 * A database driver whose connections fail as a test tells them to. It has no statements.
 */
#ifndef TESTS_UNIT_SCRIPTED_DRIVER_H
#define TESTS_UNIT_SCRIPTED_DRIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <actingweb/sys/database.h>

#include "base/error.h"

static struct {
    int refusals;            /* connections that will not open */
    bool retriable;          /* of those */
    void (*opening)(void);   /* or NULL: what happens while the next one is being opened */
    int opened, closed, begun, committed, rolled_back;
    int shared, alone;       /* locks, */
    int failing_locks;       /* and so many that are not given */
    int failing_commits;     /* so many fail, */
    aw_database_state state; /* and then it is this; also after a function that failed */
} script;

static int scripted_open(const char *location, bool read_only, aw_database **ret_database, aw_error *err);

static void scripted_close(aw_database *database)
{
    script.closed++;
    free(database);
}

static int scripted_begin(aw_database *database, bool writes, aw_error *err)
{
    (void)database, (void)writes, (void)err;
    script.begun++;
    return AW_OK;
}

static int scripted_commit(aw_database *database, aw_error *err)
{
    (void)database;
    if (script.failing_commits-- > 0)
        return aw__fail(err, AW_E_BUSY, "another was faster");
    script.state = AW_DATABASE_FINE;
    script.committed++;
    return AW_OK;
}

static void scripted_rollback(aw_database *database)
{
    (void)database;
    script.rolled_back++;
}

static int scripted_lock(aw_database *database, bool alone, aw_error *err)
{
    (void)database;
    if (script.failing_locks-- > 0)
        return aw__fail(err, AW_E_BUSY, "others write");
    script.shared += !alone;
    script.alone += alone;
    return AW_OK;
}

static aw_database_state scripted_state(aw_database *database)
{
    (void)database;
    return script.state;
}

static const aw_database_driver scripted = {
    .size = sizeof(aw_database_driver),
    .scheme = "scripted",
    .many_writers = true,
    .open = scripted_open,
    .close = scripted_close,
    .begin = scripted_begin,
    .commit = scripted_commit,
    .rollback = scripted_rollback,
    .state = scripted_state,
    .lock = scripted_lock,
};

static int scripted_open(const char *location, bool read_only, aw_database **ret_database, aw_error *err)
{
    void (*opening)(void) = script.opening;

    (void)location, (void)read_only;
    script.opening = NULL;
    if (opening)
        opening();
    if (script.refusals > 0) {
        script.refusals--;
        aw__fail(err, AW_E_STORE, "nobody is there");
        err->retriable = script.retriable;
        return AW_E_STORE;
    }
    *ret_database = calloc(1, sizeof(**ret_database));
    assert_non_null(*ret_database);
    (*ret_database)->driver = &scripted;
    script.opened++;
    return AW_OK;
}

#endif
