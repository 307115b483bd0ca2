/*
 * Views: no public function that takes an actor has forgotten that there are views, and what is the owner's alone is
 * refused.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/operations.h"
#include "support/views.h"

static aw_error err;

static json_t *got;

static int subscription_suspend(aw_actor *v)
{
    return aw_subscription_suspend(v, "properties", NULL, NULL, &err);
}

static int subscription_resume(aw_actor *v)
{
    return aw_subscription_resume(v, "properties", NULL, NULL, &err);
}

static int subscription_is_suspended(aw_actor *v)
{
    bool suspended = false;

    return aw_subscription_is_suspended(v, "properties", NULL, &suspended, &err);
}

static int attribute_get(aw_actor *v)
{
    return aw_attribute_get(v, "things", "a", &got, &err);
}

static int attribute_list(aw_actor *v)
{
    return aw_attribute_list(v, NULL, &got, &err);
}

static int attribute_set(aw_actor *v)
{
    json_t *value = json_true();

    return aw_attribute_set(v, AW_WITH(attribute_set, .bucket = "things", .name = "a", .value = value), &err);
}

static void never(const aw_error *error, void *ud)
{
    (void)error;
    (void)ud;
    fail();
}

static int attribute_delete(aw_actor *v)
{
    return aw_attribute_delete(v, "things", "a", &err);
}

static int attribute_delete_bucket(aw_actor *v)
{
    return aw_attribute_delete_bucket(v, "things", &err);
}

static int remote_get(aw_actor *v)
{
    return aw_remote_get(v, "bob", NULL, &got, &err);
}

static int remote_info(aw_actor *v)
{
    return aw_remote_info(v, "bob", NULL, &got, &err);
}

static int remote_get_item(aw_actor *v)
{
    return aw_remote_get_item(v, AW_WITH(remote_get_item, .peer_id = "bob", .name = "songs"), &got, &err);
}

static int remote_delete(aw_actor *v)
{
    return aw_remote_delete(v, "bob", "songs", &err);
}

static int remote_wipe(aw_actor *v)
{
    return aw_remote_wipe(v, "bob", &err);
}

static int kept_profile(aw_actor *v)
{
    return aw_peer_kept_profile(v, "bob", &got, &err);
}

static int as_peer(aw_actor *v)
{
    aw_actor *other = NULL;

    return aw_actor_as_peer(v, "bob", &other, &err);
}

static int as_client(aw_actor *v)
{
    aw_actor *other = NULL;

    return aw_actor_as_client(v, "bob", &other, &err);
}

static int permission_get(aw_actor *v)
{
    return aw_permission_get(v, "bob", &got, &err);
}

static int permission_get_own(aw_actor *v)
{
    return aw_permission_get_own(v, "bob", &got, &err);
}

static int permission_get_granted(aw_actor *v)
{
    return aw_permission_get_granted(v, "bob", &got, &err);
}

static int permission_check(aw_actor *v)
{
    bool may;

    return aw_permission_check(v, AW_WITH(permission_check, .peer_id = "bob", .target = "mood"), &may, &err);
}

static int set_rules(aw_actor *v, bool async)
{
    json_t *rules = json_object();
    const aw_permission_set_params *params = AW_WITH(permission_set, .peer_id = "bob", .permissions = rules);
    int rc = async ? aw_permission_set_async(v, params, never, NULL, NULL) : aw_permission_set(v, params, &err);

    json_decref(rules);
    return rc;
}

static int permission_set(aw_actor *v)
{
    return set_rules(v, false);
}

static int permission_set_async(aw_actor *v)
{
    return set_rules(v, true);
}

static int permission_reset(aw_actor *v)
{
    return aw_permission_reset(v, AW_WITH(permission_reset, .peer_id = "bob"), &err);
}

static int permission_reset_async(aw_actor *v)
{
    return aw_permission_reset_async(v, AW_WITH(permission_reset, .peer_id = "bob"), never, NULL, NULL);
}

/* What a view may do with each. Those that talk to peers are in test_operations. */
static const struct function {
    const char *name;
    enum { ANY, WITHIN_ITS_RIGHTS, OWNER } what; /* ANY: it shows and changes nothing of the actor's */
    int (*call)(aw_actor *view);                 /* of OWNER */
} functions[] = {
    {"aw_actor_ref", ANY, NULL},
    {"aw_actor_unref", ANY, NULL},
    {"aw_group_new", ANY, NULL},
    {"aw_property_get", WITHIN_ITS_RIGHTS, NULL},
    {"aw_property_set", WITHIN_ITS_RIGHTS, NULL},
    {"aw_property_delete", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_get", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_get_item", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_entries", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_get_info", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_infos", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_create", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_describe", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_clear", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_delete", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_append", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_extend", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_insert", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_set", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_remove", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_edit_all", WITHIN_ITS_RIGHTS, NULL},
    {"aw_trust_get", WITHIN_ITS_RIGHTS, NULL},
    {"aw_trust_list", WITHIN_ITS_RIGHTS, NULL},
    {"aw_subscription_list", WITHIN_ITS_RIGHTS, NULL},
    {"aw_actor_as_peer", OWNER, as_peer},
    {"aw_actor_as_client", OWNER, as_client},
    {"aw_subscription_suspend", OWNER, subscription_suspend},
    {"aw_subscription_resume", OWNER, subscription_resume},
    {"aw_subscription_is_suspended", OWNER, subscription_is_suspended},
    {"aw_attribute_get", OWNER, attribute_get},
    {"aw_attribute_list", OWNER, attribute_list},
    {"aw_attribute_set", OWNER, attribute_set},
    {"aw_attribute_delete", OWNER, attribute_delete},
    {"aw_attribute_delete_bucket", OWNER, attribute_delete_bucket},
    {"aw_peer_kept_profile", OWNER, kept_profile},
    {"aw_remote_get", OWNER, remote_get},
    {"aw_permission_get", OWNER, permission_get},
    {"aw_permission_get_own", OWNER, permission_get_own},
    {"aw_permission_get_granted", OWNER, permission_get_granted},
    {"aw_permission_check", OWNER, permission_check},
    {"aw_permission_set", OWNER, permission_set},
    {"aw_permission_set_async", OWNER, permission_set_async},
    {"aw_permission_reset", OWNER, permission_reset},
    {"aw_permission_reset_async", OWNER, permission_reset_async},
    {"aw_remote_info", OWNER, remote_info},
    {"aw_remote_get_item", OWNER, remote_get_item},
    {"aw_remote_delete", OWNER, remote_delete},
    {"aw_remote_wipe", OWNER, remote_wipe},
};

enum { FUNCTIONS = sizeof(functions) / sizeof(*functions) };

/* "aw_proxy_get_resource_async" is the operation "proxy_get_resource", with or without words in brackets behind it. */
static bool is_operation(const char *function)
{
    size_t bytes = strlen(function + 3);

    if (bytes > 6 && strcmp(function + strlen(function) - 6, "_async") == 0)
        bytes -= 6;
    for (size_t i = 0; i < test_operation_count; i++)
        if (strncmp(test_operations[i].name, function + 3, bytes) == 0 && strchr(" ", test_operations[i].name[bytes]))
            return true;
    return false;
}

static bool is_known(const char *function)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (strcmp(functions[i].name, function) == 0)
            return true;
    return is_operation(function);
}

/* Every "aw_x(aw_actor *" in the text. */
static size_t check_header(const char *file, const char *text)
{
    static const char taking[] = "(aw_actor *";
    size_t found = 0;

    for (const char *at = text; (at = strstr(at, taking)); at++, found++) {
        const char *from = at;
        char name[128];

        while (from > text && (from[-1] == '_' || (from[-1] >= 'a' && from[-1] <= 'z')))
            from--;
        snprintf(name, sizeof(name), "%.*s", (int)(at - from), from);
        if (!is_known(name))
            fail_msg("%s: what may a view do with %s()? Add it to `functions` of this test", file, name);
    }
    return found;
}

static void no_function_has_forgotten(void **state)
{
    static char text[1 << 17];
    char path[1024];
    size_t found = 0;
    DIR *directory = opendir(AW_HEADERS);
    struct dirent *entry;

    (void)state;
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        if (!strstr(entry->d_name, ".h"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", AW_HEADERS, entry->d_name);
        FILE *file = fopen(path, "r");

        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = 0;
        fclose(file);
        found += check_header(entry->d_name, text);
    }
    closedir(directory);
    assert_true(found > 30);
}

static void what_is_the_owners(void **state)
{
    (void)state;
    add_trust("bob", "admin", true, NULL);
    aw_actor *view = view_of("bob");

    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (functions[i].what == OWNER && functions[i].call(view) != AW_E_DENIED)
            fail_msg("a view may use %s()", functions[i].name);
    }
    assert_null(got);
    aw_actor_unref(view);
    remove_trust("bob");
}

static void talking_to_peers_is_the_owners(void **state)
{
    const test_operation *o = *state;
    test_ask asked;
    test_done d;
    aw_op op = 77;

    test_operation_prepare(&(test_operation){0}, &views_app, nobody, "somebody", &asked);
    add_trust("bob", "admin", true, NULL);
    aw_actor *view = view_of("bob"), *owner = asked.actor;
    size_t heard = aw_fake_peer_count(nobody);

    asked.actor = view;
    if (!strstr(o->name, "http_") && !strstr(o->name, "fetch")) {
        test_done_init(&d);
        assert_int_equal(test_operation_run(o, &asked, &d), AW_E_DENIED);
        assert_false(d.touched);
        d.calls = 0;
        assert_int_equal(test_operation_start(o, &asked, &d, &op), AW_E_DENIED);
        assert_int_equal(op, 77);
        assert_int_equal(test_done_calls(&d), 0);
        assert_int_equal(aw_fake_peer_count(nobody), heard);
        test_done_free(&d);
    }
    asked.actor = owner;
    aw_actor_unref(view);
    remove_trust("bob");
    test_ask_free(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_function_has_forgotten),
        cmocka_unit_test(what_is_the_owners),
    };

    return cmocka_run_group_tests(tests, views_open, views_close) +
           test_operations_walk("of a view", talking_to_peers_is_the_owners, views_open, views_close);
}
