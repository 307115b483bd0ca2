/*
 * A runtime in a GLib main context, as a source of its own. Its callbacks then run in the thread that iterates the
 * context. The context asks for the timeout in each iteration.
 *
 *     aw_glib *adapter = aw_glib_attach(NULL, runtime); // the default context
 *     g_main_loop_run(loop);
 *     aw_glib_detach(adapter);
 *     aw_runtime_free(runtime);
 */
#ifndef ACTINGWEB_ADAPTERS_GLIB_H
#define ACTINGWEB_ADAPTERS_GLIB_H

#include <actingweb/runtime.h>
#include <glib.h>

typedef struct aw_glib {
    GSource source;
    aw_runtime *runtime;
    gpointer readable;
} aw_glib;

static inline gboolean aw__glib_prepare(GSource *source, gint *timeout_ms)
{
    *timeout_ms = aw_runtime_timeout_ms(((aw_glib *)source)->runtime);
    return *timeout_ms == 0;
}

static inline gboolean aw__glib_check(GSource *source)
{
    aw_glib *adapter = (aw_glib *)source;

    return g_source_query_unix_fd(source, adapter->readable) != 0 || aw_runtime_timeout_ms(adapter->runtime) == 0;
}

static inline gboolean aw__glib_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)callback;
    (void)data;
    aw_runtime_process(((aw_glib *)source)->runtime);
    return G_SOURCE_CONTINUE;
}

/* context NULL: the default one. NULL when the runtime has a thread of its own. */
static inline aw_glib *aw_glib_attach(GMainContext *context, aw_runtime *runtime)
{
    static GSourceFuncs functions = {aw__glib_prepare, aw__glib_check, aw__glib_dispatch, NULL, NULL, NULL};
    int fd = aw_runtime_fd(runtime);
    GSource *source;
    aw_glib *adapter;

    if (fd < 0)
        return NULL;
    source = g_source_new(&functions, sizeof(aw_glib));
    adapter = (aw_glib *)source;
    adapter->runtime = runtime;
    adapter->readable = g_source_add_unix_fd(source, fd, G_IO_IN);
    g_source_set_name(source, "actingweb");
    g_source_attach(source, context);
    return adapter;
}

/* In the context's thread, also from a callback of the runtime. Takes NULL. */
static inline void aw_glib_detach(aw_glib *adapter)
{
    if (!adapter)
        return;
    g_source_destroy(&adapter->source);
    g_source_unref(&adapter->source); /* GLib keeps it while it dispatches it */
}

#endif
