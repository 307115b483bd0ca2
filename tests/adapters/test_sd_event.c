/* adapters/sd-event.h in an sd-event loop. */
#include "adapters/sd-event.h"

#include "scenario.h"

static sd_event *event;
static aw_sd_event *adapter;
static bool stopped;

static void loop_open(void)
{
    sd_event_new(&event);
}

/* sd_event_exit() would end the loop for good. */
static void loop_run(void)
{
    for (stopped = false; !stopped;)
        if (sd_event_run(event, UINT64_MAX) < 0)
            abort();
}

static void loop_stop(void)
{
    stopped = true;
}

static void loop_turn(void)
{
    if (sd_event_run(event, 0) < 0)
        abort();
}

static bool attach(aw_runtime *runtime)
{
    adapter = aw_sd_event_attach(event, runtime);
    return adapter != NULL;
}

static void detach(void)
{
    aw_sd_event_detach(adapter);
    adapter = NULL;
}

static void loop_close(void)
{
    sd_event_unref(event);
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
