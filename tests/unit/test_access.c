/*
 * The access list: each caller, and what it must not reach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/access.h"

static const aw__access_caller anyone = {0};
static const aw__access_caller creator = {.role = "creator"};
static const aw__access_caller trustee = {.role = "trustee"};

static aw__access_caller peer(const char *relationship)
{
    return (aw__access_caller){.role = relationship, .is_peer = true, .approved = true};
}

static aw__access_caller owner(const char *relationship)
{
    aw__access_caller caller = peer(relationship);

    caller.is_owner = true;
    return caller;
}

static bool may(aw__access_caller caller, const char *method, const char *path, const char *subpath)
{
    return aw__access_allows(&caller, path, subpath, method);
}

static void anyone_reads_meta_and_asks_for_trust(void **state)
{
    (void)state;
    assert_true(may(anyone, "GET", "meta", ""));
    assert_true(may(anyone, "GET", "meta", "actingweb/version"));
    assert_false(may(anyone, "PUT", "meta", ""));
    assert_true(may(anyone, "POST", "trust", "<type>"));
    assert_false(may(anyone, "POST", "trust", "<type>/<id>"));
    assert_false(may(anyone, "POST", "trust", ""));
    assert_false(may(anyone, "GET", "trust", "<type>"));
    assert_false(may(anyone, "GET", "properties", ""));
    assert_false(may(anyone, "GET", "/", ""));
    assert_false(may(anyone, "POST", "callbacks", "subscriptions"));
}

static void the_creator_reaches_everything_of_the_actor(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",       "www",      "properties", "resources",    "methods",
                                        "actions", "services", "trust",      "subscriptions"};
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        for (size_t k = 0; k < sizeof(methods) / sizeof(*methods); k++)
            assert_true(may(creator, methods[k], paths[i], "any/thing"));
    assert_true(may(creator, "PUT", "trust", "<type>/<id>"));
    assert_false(may(creator, "GET", "permissions", "<id>"));
    assert_false(may(creator, "PATCH", "properties", ""));
    assert_false(may(creator, NULL, "properties", ""));
}

static void the_trustee_does_not_reach_properties(void **state)
{
    (void)state;
    assert_true(may(trustee, "DELETE", "/", NULL));
    assert_true(may(trustee, "GET", "trust", NULL));
    assert_true(may(trustee, "GET", "subscriptions", NULL));
    assert_false(may(trustee, "GET", "properties", NULL));
    assert_false(may(trustee, "GET", "www", NULL));
}

static void peers_by_their_relationship(void **state)
{
    (void)state;
    assert_true(may(peer("admin"), "GET", "/", ""));
    assert_true(may(peer("admin"), "DELETE", "properties", ""));
    assert_false(may(peer("admin"), "GET", "subscriptions", "<id>"));
    assert_true(may(peer("friend"), "POST", "properties", ""));
    assert_true(may(peer("partner"), "PUT", "actions", "wave"));
    assert_false(may(peer("friend"), "GET", "trust", ""));
    assert_false(may(peer("friend"), "GET", "/", ""));
    assert_true(may(peer("associate"), "GET", "properties", ""));
    assert_false(may(peer("associate"), "POST", "properties", ""));
    assert_false(may(peer("viewer"), "GET", "properties", ""));
    assert_false(may(peer("mcp_client"), "GET", "properties", ""));
    assert_false(may(peer("whoever"), "GET", "properties", ""));
}

static void an_unapproved_peer_is_anyone(void **state)
{
    (void)state;
    aw__access_caller admin = peer("admin");
    aw__access_caller self = owner("friend");

    admin.approved = false;
    self.approved = false;
    assert_false(may(admin, "GET", "properties", ""));
    assert_false(may(admin, "GET", "/", ""));
    assert_false(may(self, "GET", "subscriptions", "<id>"));
    assert_false(may(self, "GET", "trust", "<type>/<id>"));
    assert_true(may(admin, "GET", "meta", ""));
}

static void a_relationship_makes_no_creator(void **state)
{
    (void)state;
    static const char *const names[] = {"creator", "trustee", "owner", "any", ""};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        assert_false(may(peer(names[i]), "GET", "properties", ""));
        assert_false(may(peer(names[i]), "GET", "/", ""));
        assert_false(may(peer(names[i]), "GET", "trust", ""));
        assert_false(may(peer(names[i]), "GET", "subscriptions", ""));
    }
    assert_false(may(peer(NULL), "GET", "properties", ""));
    assert_false(may((aw__access_caller){.role = "admin"}, "GET", "properties", ""));
    assert_false(may((aw__access_caller){.role = "owner", .is_owner = true}, "GET", "subscriptions", ""));
}

static void a_peer_reaches_what_is_about_itself(void **state)
{
    (void)state;
    assert_true(may(owner("whoever"), "GET", "trust", "<type>/<id>"));
    assert_true(may(owner("whoever"), "POST", "trust", "<type>/<id>"));
    assert_true(may(owner("whoever"), "DELETE", "trust", "<type>/<id>"));
    assert_false(may(owner("whoever"), "PUT", "trust", "<type>/<id>"));
    assert_false(may(owner("whoever"), "GET", "trust", ""));
    assert_true(may(owner("associate"), "POST", "subscriptions", "<id>"));
    assert_true(may(owner("associate"), "DELETE", "subscriptions", "<id>/<sub>"));
    assert_true(may(owner("associate"), "POST", "callbacks", "subscriptions"));
    assert_true(may(owner("associate"), "GET", "permissions", "<id>"));
}

static void but_not_what_is_about_another(void **state)
{
    (void)state;
    static const char *const relationships[] = {"associate", "friend", "partner"};

    for (size_t i = 0; i < sizeof(relationships) / sizeof(*relationships); i++) {
        assert_false(may(peer(relationships[i]), "GET", "subscriptions", "<id>"));
        assert_false(may(peer(relationships[i]), "POST", "callbacks", "subscriptions"));
        assert_false(may(peer(relationships[i]), "POST", "trust", "<type>/<id>"));
        assert_false(may(peer(relationships[i]), "GET", "permissions", "<id>"));
    }
}

static void paths_match_by_whole_segments(void **state)
{
    (void)state;
    assert_false(may(anyone, "GET", "metadata", ""));
    assert_false(may(anyone, "GET", "met", ""));
    assert_false(may(creator, "GET", "propertiesx", ""));
    assert_false(may(owner("friend"), "POST", "callbacks", "subscriptionsx"));
    assert_false(may(owner("friend"), "POST", "callbacks", ""));
    assert_true(may(owner("friend"), "POST", "callbacks/subscriptions", "x"));
    assert_false(may(creator, "GET", "", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anyone_reads_meta_and_asks_for_trust),
        cmocka_unit_test(the_creator_reaches_everything_of_the_actor),
        cmocka_unit_test(the_trustee_does_not_reach_properties),
        cmocka_unit_test(peers_by_their_relationship),
        cmocka_unit_test(an_unapproved_peer_is_anyone),
        cmocka_unit_test(a_relationship_makes_no_creator),
        cmocka_unit_test(a_peer_reaches_what_is_about_itself),
        cmocka_unit_test(but_not_what_is_about_another),
        cmocka_unit_test(paths_match_by_whole_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
