/*
 * Trusting a service and then subscribing to it, its baseline included, as a chain of two operations: the second begins
 * in the callback of the first, and no thread waits in between.
 *
 *     subscribe_service sqlite:app.db localhost:5000 ACTOR_ID http://service.example.com/ACTOR
 */
#include <actingweb/actingweb.h>

#include <semaphore.h>
#include <stdio.h>

typedef struct session {
    aw_actor *actor;
    int code;
    sem_t ended;
} session;

static void end(session *me, int code)
{
    me->code = code;
    sem_post(&me->ended);
}

static void on_subscribed(const aw_error *err, const aw_subscription *subscription, void *ud)
{
    session *me = ud;

    if (err) {
        fprintf(stderr, "no subscription: %s\n", err->message);
        end(me, err->code);
        return;
    }
    printf("subscribed: %s\n", aw_subscription_url(subscription));
    end(me, AW_OK);
}

static void on_trust(const aw_error *err, const aw_trust *trust, void *ud)
{
    session *me = ud;
    int rc;

    if (err) {
        fprintf(stderr, "no trust: %s%s\n", err->message, err->retriable ? " (try later)" : "");
        end(me, err->code);
        return;
    }
    rc = aw_subscription_subscribe_to_peer_async(me->actor,
                                                 AW_WITH(subscription_subscribe_to_peer,
                                                         .peer_id = aw_trust_peer_id(trust), .target = "properties",
                                                         .granularity = "high"),
                                                 on_subscribed, me, NULL);
    if (rc)
        end(me, rc);
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_error err = {0};
    session me = {.code = AW_OK};
    json_t *data = NULL;

    if (argc != 5) {
        fprintf(stderr, "usage: subscribe_service STORE HOST:PORT ACTOR_ID SERVICE_URL\n");
        return 2;
    }
    sem_init(&me.ended, 0, 0);
    /* It listens, since the service verifies us while we ask, and sends its callbacks here. */
    if (aw_app_new(AW_WITH(app, .store = argv[1], .listen = argv[2], .subscription_processing = true), &app, &err) ||
        aw_app_listen(app, &err) || aw_actor_get(app, argv[3], &me.actor, &err) ||
        aw_trust_create_reciprocal_async(
            me.actor,
            AW_WITH(trust_create_reciprocal, .peer_url = argv[4], .relationship = "friend", .timeout_ms = 10000),
            on_trust, &me, NULL)) {
        fprintf(stderr, "subscribe_service: %s\n", err.message);
        aw_actor_unref(me.actor);
        aw_app_free(app);
        return 1;
    }
    while (sem_wait(&me.ended))
        ;
    aw_trust **peers = NULL;
    size_t count = 0;
    if (me.code == AW_OK && aw_trust_list(me.actor, NULL, &peers, &count, &err) == AW_OK && count > 0 &&
        aw_remote_get(me.actor, aw_trust_peer_id(peers[0]), NULL, &data, &err) == AW_OK) {
        fputs("baseline: ", stdout);
        json_dumpf(data, stdout, JSON_COMPACT | JSON_SORT_KEYS);
        putchar('\n');
    }
    json_decref(data);
    aw_trust_list_free(peers, count);
    aw_actor_unref(me.actor);
    aw_app_free(app);
    sem_destroy(&me.ended);
    return me.code ? 1 : 0;
}
