/* adapters/libev.h in a libev loop. */
#include "adapters/libev.h"

#include "scenario.h"

static struct ev_loop *ev;
static aw_libev *adapter;

static void loop_open(void)
{
    ev = ev_loop_new(EVFLAG_AUTO);
}

static void loop_run(void)
{
    ev_run(ev, 0);
}

static void loop_stop(void)
{
    ev_break(ev, EVBREAK_ALL);
}

static void loop_turn(void)
{
    ev_run(ev, EVRUN_NOWAIT);
}

static bool attach(aw_runtime *runtime)
{
    adapter = aw_libev_attach(ev, runtime);
    return adapter != NULL;
}

static void detach(void)
{
    aw_libev_detach(adapter);
    adapter = NULL;
}

static void loop_close(void)
{
    ev_loop_destroy(ev);
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
