/*
 * Counts the library's statements: the linker puts this in the place of aw__sql() (--wrap).
 */
#include "scale.h"

#include "store/statement.h"

aw__statement __real_aw__sql(aw_database *connection, const char *sql, aw_error *err);
aw__statement __wrap_aw__sql(aw_database *connection, const char *sql, aw_error *err);

static atomic_uint_least64_t count;

aw__statement __wrap_aw__sql(aw_database *connection, const char *sql, aw_error *err)
{
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    return __real_aw__sql(connection, sql, err);
}

uint64_t statements_count(void)
{
    return atomic_load(&count);
}
