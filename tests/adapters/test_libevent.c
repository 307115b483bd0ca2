/* adapters/libevent.h in a libevent base. */
#include "adapters/libevent.h"

#include "scenario.h"

static struct event_base *base;
static aw_libevent *adapter;

static void loop_open(void)
{
    base = event_base_new();
}

static void loop_run(void)
{
    event_base_dispatch(base);
}

static void loop_stop(void)
{
    event_base_loopbreak(base);
}

static void loop_turn(void)
{
    event_base_loop(base, EVLOOP_NONBLOCK);
}

static bool attach(aw_runtime *runtime)
{
    adapter = aw_libevent_attach(base, runtime);
    return adapter != NULL;
}

static void detach(void)
{
    aw_libevent_detach(adapter);
    adapter = NULL;
}

static void loop_close(void)
{
    event_base_free(base);
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
