/*
 * A route that creates a verified trust without blocking: POST /{actor_id}/connect starts the conversation with the
 * peer, returns at once, and the answer goes out when the peer has answered. A thousand slow peers hold no thread.
 *
 *     connect_route sqlite:app.db localhost:5000
 *     curl -d '{"baseuri":"http://...","secret":"...","verify_token":"..."}' http://localhost:5000/ACTOR_ID/connect
 */
#include <actingweb/actingweb.h>

#include <signal.h>
#include <stdio.h>

/* On the loop, when the peer has been asked. */
static void on_trust(const aw_error *err, const aw_trust *trust, void *ud)
{
    aw_request *request = ud;

    if (err) {
        aw_request_reply_error(request, err);
        return;
    }
    json_t *answer = json_pack("{s:s,s:s,s:b}", "trust_id", aw_trust_peer_id(trust), "status", "connected", "verified",
                               aw_trust_verified(trust));
    aw_request_reply(request, 200, answer);
    json_decref(answer);
}

/* On a web thread. */
static void connect_to_peer(aw_request *request, void *ud)
{
    aw_error err = {0};
    json_t *body = NULL;
    const char *baseuri = NULL, *secret = NULL, *token = NULL;
    (void)ud;

    if (aw_request_role(request) != AW_ROLE_CREATOR) {
        aw_request_reply_error(request,
                               &(aw_error){.code = AW_E_DENIED, .message = "only the actor's creator connects"});
        return;
    }
    if (aw_request_json(request, &body, &err)) {
        aw_request_reply_error(request, &err);
        return;
    }
    json_unpack(body, "{s?s,s?s,s?s}", "baseuri", &baseuri, "secret", &secret, "verify_token", &token);

    aw_request_defer(request);
    if (aw_trust_create_verified_async(aw_request_actor(request),
                                       AW_WITH(trust_create_verified, .baseuri = baseuri, .relationship = "friend",
                                               .secret = secret, .verify_token = token, .approved = true,
                                               .timeout_ms = 10000, .group = aw_request_group(request)),
                                       on_trust, request, NULL))
        aw_request_reply_error(
            request, &(aw_error){.code = AW_E_INVALID, .message = "baseuri, secret and verify_token, please"});
    json_decref(body);
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_error err = {0};
    sigset_t ending;
    int got;

    if (argc != 3) {
        fprintf(stderr, "usage: connect_route STORE HOST:PORT\n");
        return 2;
    }
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, NULL);

    if (aw_app_new(AW_WITH(app, .store = argv[1], .listen = argv[2]), &app, &err) ||
        aw_app_route(app, "POST", "/{actor_id}/connect", connect_to_peer, NULL, &err) || aw_app_listen(app, &err)) {
        fprintf(stderr, "connect_route: %s\n", err.message);
        aw_app_free(app);
        return 1;
    }
    printf("listening on port %d\n", aw_app_port(app));
    fflush(stdout);
    sigwait(&ending, &got);
    aw_app_drain(app, 5000, NULL);
    aw_app_free(app);
    return 0;
}
