/*
 * Where a test keeps its store: an SQLite file in a directory of its own, or, when AW_TEST_POSTGRES has the address of
 * a server (script/with-postgres sets it), a schema of its own there.
 */
#ifndef TESTS_SUPPORT_PLACE_H
#define TESTS_SUPPORT_PLACE_H

#include <actingweb/sys/database.h>

typedef struct test_place {
    char directory[64];  /* "" with PostgreSQL */
    char path[96];       /* of the SQLite file */
    char location[256];  /* for aw__store_open() and aw_app_params.store */
    const aw_database_driver *driver;
    bool shared;         /* another's */
    const char *rest;    /* of the location, for driver->open() */
} test_place;

/* True: the tests of this process use PostgreSQL. */
bool test_place_is_postgres(void);

/* Makes a place in memory where there is some, or in parent when that is not NULL: commits that wait for a disk make a
 * walk over every failure slow. Fails the test when it cannot. */
void test_place_make(test_place *place, const char *parent);

/* The same place once more, for another server; `other` goes last. */
void test_place_share(test_place *place, const test_place *other);

/* With all that is in it, unless it is shared. Takes one that was never made. */
void test_place_remove(test_place *place);

/* Statements without results, behind the store's back. */
void test_place_execute(const test_place *place, const char *sql);
/* The first column of the first row; fails the test when there is none. sql is a literal. */
int64_t test_place_query_int(const test_place *place, const char *sql);

/* Keeps all others from writing until test_place_let_go(). */
aw_database *test_place_hold(const test_place *place);
void test_place_let_go(aw_database *held); /* takes NULL */

/* All rows of all tables as lines "table|column=value|...", sorted; free() it. */
char *test_place_snapshot(const test_place *place);

#endif
