/*
 * What the store and its drivers say of connections alike.
 */
#ifndef AW_STORE_DATABASE_H
#define AW_STORE_DATABASE_H

#include <actingweb/sys/database.h>

/* Whether what took a connection may go on with it. */
aw_database_state aw__database_state(aw_database *database);

/* For drivers: a failure has ended the whole transaction, so there is nothing to commit. AW_E_STORE, retriable. */
int aw__database_transaction_gone(aw_error *err);

#endif
