/* adapters/libuv.h in a libuv loop. */
#include "adapters/libuv.h"

#include "scenario.h"

static uv_loop_t uv;
static aw_libuv *adapter;

static void loop_open(void)
{
    uv_loop_init(&uv);
}

static void loop_run(void)
{
    uv_run(&uv, UV_RUN_DEFAULT);
}

static void loop_stop(void)
{
    uv_stop(&uv);
}

static void loop_turn(void)
{
    uv_run(&uv, UV_RUN_NOWAIT);
}

static bool attach(aw_runtime *runtime)
{
    adapter = aw_libuv_attach(&uv, runtime);
    return adapter != NULL;
}

static void detach(void)
{
    aw_libuv_detach(adapter);
    adapter = NULL;
}

static void loop_close(void)
{
    while (uv_run(&uv, UV_RUN_DEFAULT))
        ;
    if (uv_loop_close(&uv))
        abort();
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
