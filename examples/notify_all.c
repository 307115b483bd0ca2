/*
 * Notifying every trusted peer at the same time, where some fail: a group gives each peer two seconds and all of them
 * five, has at most sixteen in flight, and one peer's failure touches no other.
 *
 *     notify_all sqlite:app.db http://localhost:5000/ ACTOR_ID "the message"
 */
#include <actingweb/actingweb.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct reply {
    const char *peer;
    int code;
    char message[256];
} reply;

static void on_notified(const aw_error *err, json_t *answer, void *ud)
{
    reply *mine = ud;
    (void)answer;

    mine->code = err ? err->code : AW_OK;
    if (err)
        snprintf(mine->message, sizeof mine->message, "%s", err->message);
}

static int notify_all(aw_actor *actor, json_t *message, aw_error *err)
{
    aw_trust **peers = NULL;
    size_t count = 0;
    aw_group_result result = {0};
    int rc = aw_trust_list(actor, NULL, &peers, &count, err);

    if (rc)
        return rc;
    reply *replies = calloc(count ? count : 1, sizeof *replies);
    aw_group *group = aw_group_new(actor, AW_WITH(group, .deadline_ms = 5000, .max_in_flight = 16));
    if (!replies || !group) {
        rc = err->code = AW_E_NOMEM;
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        replies[i].peer = aw_trust_peer_id(peers[i]);
        int started = aw_proxy_create_resource_async(actor,
                                                     AW_WITH(proxy_create_resource, .peer_id = replies[i].peer,
                                                             .path = "callbacks/notification", .data = message,
                                                             .timeout_ms = 2000, .group = group),
                                                     on_notified, &replies[i], NULL);
        if (started) /* otherwise the callback says what became of it, perhaps already */
            replies[i].code = started;
    }
    rc = aw_group_wait(group, &result, err);
    for (size_t i = 0; i < count; i++)
        printf("%s: %s%s%s\n", replies[i].peer, replies[i].code ? aw_code_name(replies[i].code) : "told",
               replies[i].code ? ": " : "", replies[i].message);
    printf("%zu told, %zu not\n", result.succeeded, count - result.succeeded);
done:
    aw_group_free(group);
    aw_trust_list_free(peers, count);
    free(replies);
    return rc;
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_actor *actor = NULL;
    aw_error err = {0};
    json_t *message = NULL;

    if (argc != 5) {
        fprintf(stderr, "usage: notify_all STORE ROOT ACTOR_ID MESSAGE\n");
        return 2;
    }
    message = json_pack("{s:s}", "message", argv[4]);
    if (aw_app_new(AW_WITH(app, .store = argv[1], .root = argv[2]), &app, &err) ||
        aw_actor_get(app, argv[3], &actor, &err) || notify_all(actor, message, &err))
        fprintf(stderr, "notify_all: %s\n", err.message);
    json_decref(message);
    aw_actor_unref(actor);
    aw_app_free(app);
    return err.code ? 1 : 0;
}
