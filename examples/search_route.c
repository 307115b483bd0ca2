/*
 * A route that answers each caller from what that caller may see: the owner from everything, a peer from what its trust
 * lets it read. A view of the actor decides, so that the handler has no rules of its own.
 *
 *     search_route sqlite:app.db localhost:5000
 *     curl -H "Authorization: Bearer SECRET" 'http://localhost:5000/ALICE/search?q=blue'
 */
#include <actingweb/actingweb.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of the properties that hold the word somewhere. */
static json_t *names_with(json_t *properties, const char *word)
{
    json_t *names = json_array(), *value;
    const char *name;

    json_object_foreach(properties, name, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        if (text && strstr(text, word))
            json_array_append_new(names, json_string(name));
        free(text);
    }
    return names;
}

static void search(aw_request *request, void *ud)
{
    const char *word = aw_request_query(request, "q");
    aw_actor *seen = NULL; /* the actor as the caller sees it */
    json_t *properties = NULL;
    aw_error err = {0};
    (void)ud;

    if (aw_request_role(request) == AW_ROLE_CREATOR)
        seen = aw_actor_ref(aw_request_actor(request));
    else if (aw_request_role(request) == AW_ROLE_PEER)
        aw_actor_as_peer(aw_request_actor(request), aw_request_peer_id(request), &seen, &err);
    else
        err = (aw_error){.code = AW_E_DENIED, .message = "only the owner and peers may search"};

    if (!seen || aw_property_get(seen, NULL, &properties, &err)) {
        aw_request_reply_error(request, &err);
    } else {
        json_t *answer = json_pack("{s:o}", "found", names_with(properties, word ? word : ""));

        aw_request_reply(request, 200, answer);
        json_decref(answer);
    }
    json_decref(properties);
    aw_actor_unref(seen);
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_error err = {0};
    sigset_t ending;
    int got;

    if (argc != 3) {
        fprintf(stderr, "usage: search_route STORE HOST:PORT\n");
        return 2;
    }
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, NULL);

    if (aw_app_new(AW_WITH(app, .store = argv[1], .listen = argv[2]), &app, &err) ||
        aw_app_route(app, "GET", "/{actor_id}/search", search, NULL, &err) || aw_app_listen(app, &err)) {
        fprintf(stderr, "search_route: %s\n", err.message);
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
