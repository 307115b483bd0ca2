/*
 * Connections to one database, shared by many threads: made when they are needed, kept, and dropped when they break.
 * While the database cannot be reached, it is asked with growing pauses only, and whoever wants a connection is told at
 * once.
 */
#ifndef AW_STORE_POOL_H
#define AW_STORE_POOL_H

#include <actingweb/sys/database.h>

typedef struct aw__pool aw__pool;

/* location is copied; read_only as in driver->open. max: beyond that many, takers wait for each other. AW_E_NOMEM. */
int aw__pool_new(const aw_database_driver *driver, const char *location, bool read_only, size_t max, aw__pool **ret_pool,
                 aw_error *err);
void aw__pool_free(aw__pool *pool); /* when all connections are back; takes NULL */

/* One for this thread alone. What driver->open() fails with; AW_E_BUSY when all were in use for ten seconds. */
int aw__pool_take(aw__pool *pool, aw_database **ret_database, aw_error *err);

/* After its transaction has ended. A lost one is closed, and so are the idle ones: most likely they are lost as
 * well. */
void aw__pool_give_back(aw__pool *pool, aw_database *database);

#endif
