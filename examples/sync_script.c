/*
 * A script: one thing after the other, each waited for. What a cron job or a command-line tool wants.
 *
 *     sync_script http://localhost:5000/PEER_ACTOR
 */
#include <actingweb/actingweb.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_actor *alice = NULL;
    aw_error err = {0};
    json_t *info = NULL, *colour = NULL;
    char folder[] = "/tmp/actingweb-script-XXXXXX", store[64];

    if (argc != 2) {
        fprintf(stderr, "usage: sync_script PEER_URL\n");
        return 2;
    }
    if (!mkdtemp(folder))
        return 1;
    snprintf(store, sizeof store, "sqlite:%s/actors.db", folder);

    int rc = aw_app_new(AW_WITH(app, .store = store, .root = "http://localhost:5999/"), &app, &err);
    if (!rc)
        rc = aw_actor_create(app, AW_WITH(actor_create, .creator = "alice"), &alice, &err);
    if (!rc)
        rc = aw_peer_get_info(alice, AW_WITH(peer_get_info, .peer_url = argv[1], .timeout_ms = 5000), &info, &err);
    if (!rc) {
        printf("the peer is %s, of type %s\n", json_string_value(json_object_get(info, "id")),
               json_string_value(json_object_get(info, "type")));
        colour = json_string("blue");
        rc = aw_property_set(alice, "favourites/colour", colour, &err);
    }
    json_decref(colour);
    colour = NULL;
    if (!rc)
        rc = aw_property_get(alice, "favourites/colour", &colour, &err);
    if (!rc)
        printf("the favourite colour is %s\n", json_string_value(colour));
    if (!rc)
        rc = aw_actor_delete(alice, NULL, &err);
    if (rc)
        fprintf(stderr, "sync_script: %s: %s\n", aw_code_name(rc), err.message);

    json_decref(colour);
    json_decref(info);
    aw_actor_unref(alice);
    aw_app_free(app);
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL}; *end; end++) {
        char path[96];

        snprintf(path, sizeof path, "%s%s", store + sizeof "sqlite:" - 1, *end);
        unlink(path);
    }
    rmdir(folder);
    return rc ? 1 : 0;
}
