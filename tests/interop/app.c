/*
 * A small application on this library, the counterpart of tests/support/reference_app.py: what an owner does by calling
 * the library while its server runs, and a method and an action for peers to call.
 *
 *     interop_app STORE HOST:PORT      serves there, and says where
 */
#include <actingweb/actingweb.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- the owner's ---- */

static int suspend(aw_actor *actor, json_t *wish, json_t **ret_answer, aw_error *err)
{
    bool fresh = false;
    const char *name = json_string_value(json_object_get(wish, "name"));
    int rc = aw_subscription_suspend(actor, "properties", name, &fresh, err);

    if (rc == AW_OK)
        *ret_answer = json_boolean(fresh);
    return rc;
}

static int resume(aw_actor *actor, json_t *wish, json_t **ret_answer, aw_error *err)
{
    size_t told = 0;
    int rc = aw_subscription_resume(actor, "properties", json_string_value(json_object_get(wish, "name")), &told, err);

    if (rc == AW_OK)
        *ret_answer = json_integer((json_int_t)told);
    return rc;
}

static int run_list_method(aw_actor *actor, const char *name, const char *method, json_t *arguments, aw_error *err)
{
    json_t *first = json_array_get(arguments, 0), *last = json_array_get(arguments, json_array_size(arguments) - 1);
    json_int_t position = json_integer_value(first);

    if (strcmp(method, "create") == 0)
        return aw_list_create(actor, AW_WITH(list_create, .name = name, .description = json_string_value(first)), err);
    if (strcmp(method, "append") == 0)
        return aw_list_append(actor, name, first, NULL, err);
    if (strcmp(method, "extend") == 0)
        return aw_list_extend(actor, name, first, err);
    if (strcmp(method, "insert") == 0)
        return aw_list_insert(actor, AW_WITH(list_insert, .name = name, .position = position, .item = last), err);
    if (strcmp(method, "set") == 0)
        return aw_list_set(actor, AW_WITH(list_set, .name = name, .position = position, .item = last), err);
    if (strcmp(method, "remove") == 0)
        return aw_list_remove(actor, AW_WITH(list_remove, .name = name, .position = position), err);
    if (strcmp(method, "describe") == 0)
        return aw_list_describe(actor, AW_WITH(list_describe, .name = name, .description = json_string_value(first)),
                                err);
    if (strcmp(method, "clear") == 0)
        return aw_list_clear(actor, name, err);
    if (strcmp(method, "delete") == 0)
        return aw_list_delete(actor, name, err);
    *err = (aw_error){.code = AW_E_INVALID, .message = "lists have no such method"};
    return AW_E_INVALID;
}

/* {"name", "method", "arguments"} */
static int change_list(aw_actor *actor, json_t *wish, json_t **ret_answer, aw_error *err)
{
    const char *name = json_string_value(json_object_get(wish, "name"));
    const char *method = json_string_value(json_object_get(wish, "method"));
    int rc = run_list_method(actor, name, method ? method : "", json_object_get(wish, "arguments"), err);

    if (rc == AW_OK)
        *ret_answer = json_null();
    return rc;
}

typedef int owner_call(aw_actor *actor, json_t *wish, json_t **ret_answer, aw_error *err);

static const struct {
    const char *name;
    owner_call *run;
} calls[] = {{"suspend", suspend}, {"resume", resume}, {"list", change_list}};

/* Open to everybody, as this is for tests. */
static void serve_owner(aw_request *request, void *ud)
{
    const char *name = aw_request_segment(request, "what");
    json_t *wish = NULL, *answer = NULL;
    aw_error err = {.code = AW_E_NOT_FOUND, .message = "there is no such call"};
    int rc = AW_E_NOT_FOUND;

    (void)ud;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(calls[i].name, name) != 0)
            continue;
        rc = aw_request_json(request, &wish, &err);
        if (!rc)
            rc = calls[i].run(aw_request_actor(request), wish, &answer, &err);
    }
    if (rc)
        aw_request_reply_error(request, &err);
    else
        aw_request_reply(request, 200, answer);
    json_decref(answer);
    json_decref(wish);
}

/* ---- what peers may call ---- */

/* ud is the name of the collection, and then what is in it. */
static void tell_all(aw_request *request, void *ud)
{
    const char *const *names = ud;
    json_t *answer = json_pack("{s:[{s:s,s:s}]}", names[0], "name", names[1], "description", names[2]);

    aw_request_reply(request, 200, answer);
    json_decref(answer);
}

static void greet(aw_request *request, void *ud)
{
    json_t *wish = NULL;
    aw_error err = {0};

    (void)ud;
    if (aw_request_json(request, &wish, &err)) {
        aw_request_reply_error(request, &err);
        return;
    }
    const char *whom = json_string_value(json_object_get(wish, "to"));
    json_t *answer = json_pack("{s:s+}", "greeting", "Hello ", whom ? whom : "you");

    aw_request_reply(request, 200, answer);
    json_decref(answer);
    json_decref(wish);
}

static void wave(aw_request *request, void *ud)
{
    json_t *wish = NULL;
    aw_error err = {0};

    (void)ud;
    if (aw_request_json(request, &wish, &err) || aw_property_set(aw_request_actor(request), "waved", wish, &err)) {
        aw_request_reply_error(request, &err);
    } else {
        json_t *answer = json_pack("{s:b}", "waved", 1);

        aw_request_reply(request, 200, answer);
        json_decref(answer);
    }
    json_decref(wish);
}

static int add_routes(aw_app *app, aw_error *err)
{
    static const char *methods[] = {"methods", "greet", "Says hello"}, *actions[] = {"actions", "wave", "Waves"};
    int rc = aw_app_route(app, "POST", "/{actor_id}/interop/{what}", serve_owner, NULL, err);

    if (!rc)
        rc = aw_app_route(app, "GET", "/{actor_id}/methods", tell_all, methods, err);
    if (!rc)
        rc = aw_app_route(app, "POST", "/{actor_id}/methods/greet", greet, NULL, err);
    if (!rc)
        rc = aw_app_route(app, "GET", "/{actor_id}/actions", tell_all, actions, err);
    if (!rc)
        rc = aw_app_route(app, "POST", "/{actor_id}/actions/wave", wave, NULL, err);
    return rc;
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_error err = {0};
    sigset_t ending;
    int got;

    if (argc != 3) {
        fprintf(stderr, "usage: interop_app STORE HOST:PORT\n");
        return 2;
    }
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    if (aw_app_new(AW_WITH(app, .store = argv[1], .listen = argv[2], .subscription_processing = true, .devtest = true,
                           .delivery = AW_DELIVERY_DURABLE),
                   &app, &err) ||
        add_routes(app, &err) || aw_app_listen(app, &err)) {
        fprintf(stderr, "interop_app: %s\n", err.message);
        aw_app_free(app);
        return 1;
    }
    printf("interop_app serves %s\n", aw_app_root(app));
    fflush(stdout);
    sigwait(&ending, &got);
    aw_app_drain(app, 5000, NULL);
    aw_app_free(app);
    return 0;
}
