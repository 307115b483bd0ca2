/* adapters/glib.h in a GLib main loop. */
#include "adapters/glib.h"

#include "scenario.h"

static GMainContext *context;
static GMainLoop *main_loop;
static aw_glib *adapter;

static void loop_open(void)
{
    context = g_main_context_new();
    main_loop = g_main_loop_new(context, FALSE);
}

static void loop_run(void)
{
    g_main_loop_run(main_loop);
}

static void loop_stop(void)
{
    g_main_loop_quit(main_loop);
}

static void loop_turn(void)
{
    g_main_context_iteration(context, FALSE);
}

static bool attach(aw_runtime *runtime)
{
    adapter = aw_glib_attach(context, runtime);
    return adapter != NULL;
}

static void detach(void)
{
    aw_glib_detach(adapter);
    adapter = NULL;
}

static void loop_close(void)
{
    g_main_loop_unref(main_loop);
    g_main_context_unref(context);
}

int main(void)
{
    const struct loop loop = {loop_open, loop_run, loop_stop, loop_turn, attach, detach, loop_close};

    return scenario_run(&loop);
}
