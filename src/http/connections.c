/*
 * Counting connections.
 */
#include "http/connections.h"

#include <time.h>

#include "base/alloc.h"

struct aw__connection {
    bool silent;
};

void aw__connections_add(aw__connections *all)
{
    atomic_fetch_add(&all->open, 1);
    atomic_fetch_add(&all->handed_over, 1);
}

void aw__connections_undo_add(aw__connections *all)
{
    atomic_fetch_sub(&all->open, 1);
    atomic_fetch_sub(&all->handed_over, 1);
}

aw__connection *aw__connection_begin(aw__connections *all)
{
    aw__connection *connection = aw__calloc(1, sizeof(*connection));

    if (connection) {
        connection->silent = true;
        atomic_fetch_add(&all->silent, 1);
    }
    atomic_fetch_sub(&all->handed_over, 1);
    return connection;
}

void aw__connection_heard(aw__connections *all, aw__connection *connection)
{
    if (!connection || !connection->silent)
        return;
    connection->silent = false;
    atomic_fetch_sub(&all->silent, 1);
}

void aw__connection_end(aw__connections *all, aw__connection *connection)
{
    aw__connection_heard(all, connection);
    aw__free(connection);
    atomic_fetch_sub(&all->open, 1);
}

static int wait_until_none(const atomic_int *count, int max_ms)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int ms = 0;

    for (; ms < max_ms && atomic_load(count) > 0; ms++)
        nanosleep(&pause, NULL);
    return ms;
}

void aw__connections_wait_begun(const aw__connections *all, int max_ms)
{
    wait_until_none(&all->handed_over, max_ms);
}

int aw__connections_wait_heard(const aw__connections *all, int max_ms)
{
    int ms = wait_until_none(&all->handed_over, max_ms);

    return ms + wait_until_none(&all->silent, max_ms - ms);
}
