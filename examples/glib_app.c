/*
 * An application whose loop is GLib's: the runtime nests in it, so that one thread serves both. A peer is asked who it
 * is while a timer of the application's own ticks on.
 *
 *     glib_app sqlite:app.db http://localhost:5000/ ACTOR_ID PEER_URL
 */
#include <actingweb/actingweb.h>
#include <actingweb/adapters/glib.h>

#include <glib.h>
#include <stdio.h>

typedef struct session {
    GMainLoop *loop;
    int ticks;
    int code;
} session;

static gboolean tick(gpointer ud)
{
    session *me = ud;

    me->ticks++;
    return G_SOURCE_CONTINUE;
}

/* In the thread of g_main_loop_run(), as everything here. */
static void on_info(const aw_error *err, json_t *info, void *ud)
{
    session *me = ud;

    if (err)
        fprintf(stderr, "no answer: %s\n", err->message);
    else
        printf("the peer is %s; the timer ticked %s meanwhile\n", json_string_value(json_object_get(info, "id")),
               me->ticks ? "on" : "not");
    me->code = err ? err->code : AW_OK;
    g_main_loop_quit(me->loop);
}

int main(int argc, char **argv)
{
    aw_runtime *runtime = NULL;
    aw_app *app = NULL;
    aw_actor *actor = NULL;
    aw_glib *adapter = NULL;
    aw_error err = {0};
    session me = {0};

    if (argc != 5) {
        fprintf(stderr, "usage: glib_app STORE ROOT ACTOR_ID PEER_URL\n");
        return 2;
    }
    me.loop = g_main_loop_new(NULL, FALSE);
    /* Peers on this machine are fine for an example; a service on the internet leaves that out. */
    int rc = aw_runtime_new(AW_WITH(runtime, .allow_private_peers = true), &runtime, &err);
    if (rc == AW_OK)
        rc = aw_app_new(AW_WITH(app, .store = argv[1], .root = argv[2], .runtime = runtime), &app, &err);
    if (rc == AW_OK)
        rc = aw_actor_get(app, argv[3], &actor, &err);
    if (rc == AW_OK) {
        guint timer = g_timeout_add(10, tick, &me);

        adapter = aw_glib_attach(NULL, runtime);
        rc = aw_peer_get_info_async(actor, AW_WITH(peer_get_info, .peer_url = argv[4], .timeout_ms = 10000), on_info,
                                    &me, NULL);
        if (rc == AW_OK) {
            g_main_loop_run(me.loop);
            rc = me.code;
        }
        g_source_remove(timer);
    } else {
        fprintf(stderr, "glib_app: %s\n", err.message);
    }
    aw_actor_unref(actor);
    aw_app_free(app);
    aw_glib_detach(adapter);
    aw_runtime_free(runtime);
    g_main_loop_unref(me.loop);
    return rc ? 1 : 0;
}
