/* adapters/epoll.h in an epoll loop. */
#include "adapters/epoll.h"

#include <errno.h>
#include <stdlib.h>

#include "scenario.h"

enum { MAX_EVENTS = 4 };

static int epoll_fd;
static aw_epoll adapter;
static bool stopped;

static void loop_open(void)
{
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
}

static void wait_once(int timeout_ms)
{
    struct epoll_event events[MAX_EVENTS];
    int n = epoll_wait(epoll_fd, events, MAX_EVENTS, timeout_ms);

    if (n < 0 && errno != EINTR)
        abort();
    for (int i = 0; i < n; i++)
        if (!aw_epoll_handle(&adapter, &events[i]))
            abort(); /* nothing else is in this loop */
}

static void loop_run(void)
{
    for (stopped = false; !stopped;)
        wait_once(-1);
}

static void loop_stop(void)
{
    stopped = true;
}

static void loop_turn(void)
{
    wait_once(0);
}

static bool attach(aw_runtime *runtime)
{
    return aw_epoll_attach(&adapter, epoll_fd, runtime) == AW_OK;
}

static void detach(void)
{
    aw_epoll_detach(&adapter);
}

static void loop_close(void)
{
    close(epoll_fd);
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
