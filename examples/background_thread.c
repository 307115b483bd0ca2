/*
 * An application that has threads of its own: one of them makes synchronous calls, which wait in that thread only,
 * while the library's loop goes on serving the others; and aw_offload brings blocking work to a worker.
 *
 *     background_thread sqlite:app.db http://localhost:5000/ ACTOR_ID PEER_URL
 */
#include <actingweb/actingweb.h>

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

typedef struct job {
    aw_actor *actor;
    const char *peer_url;
    int code;
} job;

/* In its own thread: may wait as long as it likes. */
static void *ask_peer_ten_times(void *arg)
{
    job *mine = arg;

    for (int i = 0; i < 10; i++) {
        json_t *info = NULL;
        aw_error err = {0};

        mine->code = aw_peer_get_info(
            mine->actor, AW_WITH(peer_get_info, .peer_url = mine->peer_url, .timeout_ms = 5000), &info, &err);
        if (mine->code) {
            fprintf(stderr, "no answer: %s\n", err.message);
            break;
        }
        json_decref(info);
    }
    return NULL;
}

static int slow_calculation(void *arg, aw_error *err)
{
    int *sum = arg;
    (void)err;

    usleep(50000); /* something that blocks */
    *sum = 6 * 7;
    return AW_OK;
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_error err = {0};
    job mine = {0};
    pthread_t thread;
    int sum = 0;

    if (argc != 5) {
        fprintf(stderr, "usage: background_thread STORE ROOT ACTOR_ID PEER_URL\n");
        return 2;
    }
    mine.peer_url = argv[4];
    if (aw_app_new(AW_WITH(app, .store = argv[1], .root = argv[2]), &app, &err) ||
        aw_actor_get(app, argv[3], &mine.actor, &err) || pthread_create(&thread, NULL, ask_peer_ten_times, &mine)) {
        fprintf(stderr, "background_thread: %s\n", err.message);
        aw_actor_unref(mine.actor);
        aw_app_free(app);
        return 1;
    }
    if (aw_offload(aw_app_runtime(app), AW_WITH(offload, .fn = slow_calculation, .arg = &sum, .timeout_ms = 5000),
                   &err) == AW_OK)
        printf("calculated meanwhile: %d\n", sum);
    pthread_join(thread, NULL);
    printf("the peer answered %s\n", mine.code ? "not every time" : "ten times");
    aw_actor_unref(mine.actor);
    aw_app_free(app);
    return mine.code ? 1 : 0;
}
