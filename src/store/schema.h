/*
 * The tables (WIRE 14): made, brought up, or found to be of a version that this library cannot use. Their texts are in
 * one file for each dialect of SQL.
 */
#ifndef AW_STORE_SCHEMA_H
#define AW_STORE_SCHEMA_H

#include <actingweb/sys/database.h>

/* Of the tables that this library works with, in every dialect. */
enum { AW__SCHEMA_VERSION = 4 };

/* Makes what is missing, in one transaction; with migrate false that is AW_E_STORE and says how to go on. AW_E_STORE
 * also for a database of a later version of this library, or with tables that are not known. What another process has
 * done meanwhile is found done. */
int aw__schema_open(aw_database *database, bool migrate, aw_error *err);
/* Makes nothing: AW_E_STORE unless the tables are of this version, or of one that can be brought up to it. */
int aw__schema_known(aw_database *database, aw_error *err);

typedef struct aw__schema_dialect {
    /* So that of several processes that start at once one does it; outside of transactions. Both may be NULL. */
    const char *lock;
    const char *unlock;
    /* 0: there are none. */
    int (*read_version)(aw_database *database, int64_t *ret_version, aw_error *err);
    /* In the transaction, before tables are made. May be NULL. */
    int (*prepare)(aw_database *database, aw_error *err);
    /* By the version that each starts from, run one after another. That of 0 makes everything. The last one, and that
     * of 0, set the version. */
    const char *const *upgrades;
} aw__schema_dialect;

extern const aw__schema_dialect aw__schema_sqlite;
extern const aw__schema_dialect aw__schema_postgres;

#endif
