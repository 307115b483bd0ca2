/*
 * The state of a connection and of its transaction, as far as it is the same for each driver.
 */
#include "store/database.h"

#include "base/error.h"

aw_database_state aw__database_state(aw_database *database)
{
    return database->driver->state ? database->driver->state(database) : AW_DATABASE_FINE;
}

int aw__database_transaction_gone(aw_error *err)
{
    aw__fail(err, AW_E_STORE, "the transaction ended early because of a failure in it; try again");
    if (err)
        err->retriable = true;
    return AW_E_STORE;
}
