/* adapters/poll.h in a poll() loop. */
#include "adapters/poll.h"

#include "scenario.h"

static aw_poll adapter;
static bool stopped;

static void loop_open(void)
{
}

static void wait_once(int timeout_ms)
{
    struct pollfd slot;

    timeout_ms = aw_poll_prepare(&adapter, &slot, timeout_ms);
    poll(&slot, 1, timeout_ms);
    aw_poll_handle(&adapter, &slot);
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
    return aw_poll_attach(&adapter, runtime) == AW_OK;
}

static void detach(void)
{
    aw_poll_detach(&adapter);
}

static void loop_close(void)
{
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
