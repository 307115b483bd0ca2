/*
 * Permissions of the built-in trust types.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/permission.h"

static const aw__operation read_it = AW__OPERATION_READ;
static const aw__operation write_it = AW__OPERATION_WRITE;
static const aw__operation delete_it = AW__OPERATION_DELETE;

/* As a peer of that relationship, approved. */
static aw__permission check(const char *relationship, aw__permission_category category, const char *target,
                            aw__operation operation)
{
    const aw__trust_type *type = aw__trust_type_find(NULL, relationship);

    return aw__permission_check(type ? &type->permissions : NULL, true, category, target, operation);
}

static aw__permission property(const char *relationship, const char *target, aw__operation operation)
{
    return check(relationship, AW__PERMISSION_PROPERTIES, target, operation);
}

static aw__permission method(const char *relationship, const char *name)
{
    return check(relationship, AW__PERMISSION_METHODS, name, AW__OPERATION_READ);
}

static aw__permission action(const char *relationship, const char *name)
{
    return check(relationship, AW__PERMISSION_ACTIONS, name, AW__OPERATION_READ);
}

static void nothing_is_granted_to_the_unapproved(void **state)
{
    (void)state;
    const aw__trust_type *types = aw__trust_types_builtin.items;
    size_t count = aw__trust_types_builtin.count;

    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        for (int category = AW__PERMISSION_PROPERTIES; category < AW__PERMISSION_CATEGORIES; category++) {
            const aw__permissions *rules = &types[i].permissions;

            assert_int_equal(aw__permission_check(rules, false, (aw__permission_category)category, "public/x", read_it),
                             AW__PERMISSION_DENIED);
            assert_int_equal(aw__permission_check(rules, false, (aw__permission_category)category, "", read_it),
                             AW__PERMISSION_DENIED);
        }
    }
}

static void associates_read_what_is_public(void **state)
{
    (void)state;
    assert_int_equal(property("associate", "public/x", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("associate", "public/x/y", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("associate", "public/x", write_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("associate", "public", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("associate", "Public/x", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("associate", "x/public/x", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("associate", "email", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(method("associate", "ping"), AW__PERMISSION_ALLOWED);
    assert_int_equal(method("associate", "pings"), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(method("associate", "get_time"), AW__PERMISSION_ALLOWED);
    assert_int_equal(action("associate", "ping"), AW__PERMISSION_DENIED);
}

static void friends_read_and_write_but_not_what_is_private(void **state)
{
    (void)state;
    static const char *const hidden[] = {"private/x", "private/x/y",     "private",  "security/keys",
                                         "security",  "_internal/email", "_internal"};

    assert_int_equal(property("friend", "email", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("friend", "email", write_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("friend", "email", delete_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("friend", "email", AW__OPERATION_SUBSCRIBE), AW__PERMISSION_DENIED);
    assert_int_equal(property("friend", "privately", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("friend", "not/private/x", read_it), AW__PERMISSION_ALLOWED);
    for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
        assert_int_equal(property("friend", hidden[i], read_it), AW__PERMISSION_DENIED);
    assert_int_equal(method("friend", "anything"), AW__PERMISSION_ALLOWED);
    assert_int_equal(method("friend", "delete_all"), AW__PERMISSION_DENIED);
    assert_int_equal(action("friend", "system_halt"), AW__PERMISSION_DENIED);
    assert_int_equal(action("friend", "wave"), AW__PERMISSION_ALLOWED);
}

static void partners_and_administrators(void **state)
{
    (void)state;
    assert_int_equal(property("partner", "private/x", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("partner", "_internal/x", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("partner", "x", delete_it), AW__PERMISSION_DENIED);
    assert_int_equal(method("partner", "delete_note"), AW__PERMISSION_ALLOWED);
    assert_int_equal(method("partner", "admin_note"), AW__PERMISSION_DENIED);
    assert_int_equal(property("admin", "_internal/x", delete_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("admin", "x", AW__OPERATION_SUBSCRIBE), AW__PERMISSION_DENIED);
    assert_int_equal(method("admin", "system_halt"), AW__PERMISSION_ALLOWED);
}

static void viewers_and_mcp_clients(void **state)
{
    (void)state;
    assert_int_equal(property("viewer", "shared/x", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("viewer", "notes/x", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(method("viewer", "export_all"), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("mcp_client", "notes/x", read_it), AW__PERMISSION_ALLOWED);
    assert_int_equal(property("mcp_client", "notes/x", write_it), AW__PERMISSION_DENIED);
    assert_int_equal(action("mcp_client", "fetch"), AW__PERMISSION_ALLOWED);
    assert_int_equal(action("mcp_client", "fetch_it"), AW__PERMISSION_NOT_FOUND);
}

static void no_rule_speaks_of_a_collection(void **state)
{
    (void)state;
    assert_int_equal(property("friend", "", read_it), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(property("friend", NULL, read_it), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(property("associate", "", read_it), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(method("admin", ""), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(action("associate", ""), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(property("friend", "", delete_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("associate", "", write_it), AW__PERMISSION_DENIED);
}

static void unknown_relationships_have_no_rules(void **state)
{
    (void)state;
    static const char *const unknown[] = {"", "creator", "Friend", "friend ", "lover"};

    for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
        assert_int_equal(property(unknown[i], "public/x", read_it), AW__PERMISSION_NOT_FOUND);
        assert_null(aw__trust_type_find(NULL, unknown[i]));
    }
    assert_int_equal(property(NULL, "public/x", read_it), AW__PERMISSION_NOT_FOUND);
}

static void control_characters_are_denied_everywhere(void **state)
{
    (void)state;
    assert_int_equal(property("admin", "public/a\nb", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(property("nobody", "\x7f", read_it), AW__PERMISSION_DENIED);
    assert_int_equal(method("admin", "get_\xc2\x85"), AW__PERMISSION_DENIED);
    assert_int_equal(property("admin", "caf\xc3\xa9", read_it), AW__PERMISSION_ALLOWED);
}

static void long_names_are_judged_quickly(void **state)
{
    (void)state;
    char name[4096];

    memset(name, '_', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(method("mcp_client", name), AW__PERMISSION_NOT_FOUND);
    assert_int_equal(method("friend", name), AW__PERMISSION_ALLOWED);
}

static void every_type_is_described(void **state)
{
    (void)state;
    const aw__trust_type *types = aw__trust_types_builtin.items;
    size_t count = aw__trust_types_builtin.count;

    assert_string_equal(types[0].name, "associate");
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(aw__trust_type_find(NULL, types[i].name), &types[i]);
        assert_true(*types[i].display_name && *types[i].description);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_granted_to_the_unapproved),
        cmocka_unit_test(associates_read_what_is_public),
        cmocka_unit_test(friends_read_and_write_but_not_what_is_private),
        cmocka_unit_test(partners_and_administrators),
        cmocka_unit_test(viewers_and_mcp_clients),
        cmocka_unit_test(no_rule_speaks_of_a_collection),
        cmocka_unit_test(unknown_relationships_have_no_rules),
        cmocka_unit_test(control_characters_are_denied_everywhere),
        cmocka_unit_test(long_names_are_judged_quickly),
        cmocka_unit_test(every_type_is_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
