/*
 * The tables (WIRE 14), as SQLite has them.
 */
#ifndef AW_STORE_SCHEMA_H
#define AW_STORE_SCHEMA_H

#include <actingweb/sys/database.h>

/* Makes what is missing, in one transaction. AW_E_STORE also for a database of a later version of this library. */
int aw__schema_create(aw_database *database, aw_error *err);
/* Makes nothing: AW_E_STORE unless all of it is there, in this version. */
int aw__schema_check(aw_database *database, aw_error *err);

#endif
