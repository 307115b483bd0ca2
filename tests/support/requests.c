/*
 * Requests of every kind, and every conversation, so that a test sees what they do with the store.
 */
#include "support/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <actingweb/test/fake_peer.h>

#include "support/apps.h"
#include "support/asking.h"
#include "support/recorder.h"
#include "support/walk.h"

#define OWNER "Authorization: Basic YWxpY2U6cGFzc3BocmFzZS1vZi1hbGljZQ==\r\n"
#define PEER  "Authorization: Bearer s3cret\r\n"

static aw__arena *kept; /* texts, of the caller */
static test_app served;
static aw_fake_peer *host;
static aw_actor *alice;

/* In order. {} is alice, [] a subscription of bob's. */
static const test_request_row requests[] = {
    {"GET", "/", "", "", 200},
    {"POST", "/", "", "{\"creator\":\"a\",\"trustee_root\":\"https://a.example/\"}", 201},
    {"POST", "/", "", "{\"creator\":\"alice\"}", 403},
    {"GET", "/{}", OWNER, "", 200},
    {"GET", "/{}/meta", "", "", 200},
    {"GET", "/{}/meta/trustee_root", "", "", 200},

    {"POST", "/{}/subscriptions/bob", PEER, "{\"target\":\"properties\",\"granularity\":\"high\"}", 201},
    {"PUT", "/{}/properties/long", OWNER, "1", 204},
    {"PUT", "/{}/properties/email", OWNER, "\"alice@example.org\"", 204},
    {"PUT", "/{}/properties/a/b/c", OWNER, "{\"d\":[1,2,{\"e\":\"f\"}]}", 204},
    {"POST", "/{}/properties", OWNER, "{\"x\":{\"y\":1},\"z\":\"text\"}", 201},
    {"POST", "/{}/properties", OWNER,
     "{\"p1\":1,\"p2\":2,\"p3\":3,\"p4\":4,\"p5\":5,\"p6\":6,\"p7\":7,\"p8\":8,\"p9\":9,\"p10\":10,\"p11\":11,"
     "\"p12\":12}", 201},
    {"GET", "/{}/properties?metadata=true", OWNER, "", 200},
    {"GET", "/{}/properties", PEER, "", 200},
    {"GET", "/{}/properties/a/b", PEER, "", 200},
    {"DELETE", "/{}/properties/z", OWNER, "", 204},

    {"POST", "/{}/properties", OWNER, "{\"n\":{\"_type\":\"list\",\"description\":\"d\"},\"y\":1}", 201},
    {"POST", "/{}/properties/n", PEER, "{\"i\":[1]}", 201},
    {"POST", "/{}/properties/n", PEER, "2", 201},
    {"POST", "/{}/properties/n", PEER, "3", 201},
    {"POST", "/{}/properties/n/items", OWNER, "{\"action\":\"update\",\"item_index\":0,\"item_value\":2}", 204},
    {"POST", "/{}/properties/n/items", OWNER, "{\"action\":\"delete\",\"item_index\":1}", 204},
    {"PUT", "/{}/properties/n/0", PEER "If-Match: *\r\n", "3", 204},
    {"PUT", "/{}/properties/n/metadata", OWNER, "{\"explanation\":\"e\"}", 204},
    {"GET", "/{}/properties/n/0", PEER, "", 200},
    {"GET", "/{}/properties/n?index=-1", PEER, "", 200},
    {"GET", "/{}/properties/n/items", OWNER, "", 200},
    {"GET", "/{}/properties/n?format=short", OWNER, "", 200},
    {"GET", "/{}/properties?format=full", PEER, "", 200},
    {"GET", "/{}/properties/old", OWNER, "", 200},
    {"POST", "/{}/properties/old", OWNER, "3", 201},
    {"DELETE", "/{}/properties/n", OWNER, "", 204},
    {"DELETE", "/{}/properties", OWNER, "", 204},

    {"GET", "/{}/trust", OWNER, "", 200},
    {"GET", "/{}/trust/friend", OWNER, "", 200},
    {"GET", "/{}/trust/friend/bob", PEER, "", 200},
    {"POST", "/{}/trust/friend/bob", PEER, "{\"approved\":true}", 204},
    {"PUT", "/{}/trust/friend/bob", OWNER, "{\"desc\":\"x\"}", 204},
    {"PUT", "/{}/trust/trustee", OWNER, "{\"trustee_root\":\"urn:a\",\"creator\":\"alice\"}", 204},
    {"GET", "/{}/meta/trustee_root", "", "", 200},
    {"PUT", "/{}/trust/friend/bob/permissions", OWNER, "{\"properties\":{\"denied\":[\"q/*\"]}}", 201},
    {"GET", "/{}/trust/friend/bob/permissions", OWNER, "", 200},
    {"GET", "/{}/permissions/bob", PEER, "", 200},
    {"GET", "/{}/trust/friend/bob/shared_properties", PEER, "", 200},
    {"DELETE", "/{}/trust/friend/bob/permissions", OWNER, "", 204},

    {"GET", "/{}/subscriptions", OWNER, "", 200},
    {"GET", "/{}/subscriptions/bob", PEER, "", 200},
    {"GET", "/{}/subscriptions/bob/[]", PEER, "", 200},
    {"GET", "/{}/subscriptions/bob/[]/1", PEER, "", 200},
    {"PUT", "/{}/subscriptions/bob/[]", PEER, "{\"sequence\":1}", 204},
    {"PUT", "/{}/subscriptions/bob/[]", PEER, "{\"sequence\":0}", 204},
    {"DELETE", "/{}/subscriptions/bob/[]", PEER, "", 204},
    {"POST", "/{}/callbacks/subscriptions/bob/out", PEER,
     "{\"id\":\"bob\",\"subscriptionid\":\"out\",\"target\":\"properties\",\"sequence\":1,\"data\":{\"a\":1},"
     "\"granularity\":\"high\",\"timestamp\":\"2026-01-01 00:00:00.000000\"}", 204},
    {"DELETE", "/{}/callbacks/subscriptions/bob/out", PEER, "", 204},
    {"POST", "/{}/callbacks/permissions/bob", PEER,
     "{\"id\":\"bob\",\"target\":\"permissions\",\"type\":\"permission\",\"timestamp\":\"2026-01-01T00:00:00+00:00\","
     "\"data\":{\"properties\":{\"patterns\":[\"*\"],\"operations\":[\"read\"]}}}", 204},

    {"GET", "/{}/resources", PEER, "", 200},
    {"GET", "/{}/methods", PEER, "", 200},
    {"GET", "/{}/devtest/proxy/properties", OWNER, "", 200},
    {"POST", "/{}/devtest/attributes/b", PEER, "{\"a\":1,\"c\":[2]}", 200},
    {"PUT", "/{}/devtest/attributes/b/a", PEER, "\"x\"", 204},
    {"GET", "/{}/devtest/attributes", PEER, "", 200},
    {"GET", "/{}/devtest/attributes/b/a", PEER, "", 200},
    {"DELETE", "/{}/devtest/attributes/b/a", PEER, "", 204},
    {"DELETE", "/{}/devtest/attributes/b", PEER, "", 204},
    {"DELETE", "/{}/devtest/attributes", PEER, "", 204},
    {"DELETE", "/{}", OWNER, "", 204},
};

static const char *replaced(const char *text, const char *mark, const char *with)
{
    const char *at = strstr(text, mark);

    return at ? aw__arena_printf(kept, "%.*s%s%s", (int)(at - text), text, with, at + strlen(mark)) : text;
}

static void send_requests(void)
{
    static raw_answer answer;
    const char *subscription = "";

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        test_request_row row = requests[i];

        row.path = replaced(row.path, "[]", subscription);
        int status = test_request_send(&row, aw_app_port(served.app), aw_actor_id(alice), &answer);

        if (status != row.status)
            fail_msg("%s %s: %d %s", row.method, row.path, status, answer.body);
        if (status == 201 && strstr(row.path, "/subscriptions/"))
            subscription = aw__arena_strdup(kept, strrchr(raw_header(&answer, "Location"), '/') + 1);
    }
}

/* A subscription of alice's at bob, an old one of his, a list as older servers kept them, and one with no room in
 * it. */
static void store_more(void)
{
    static const char *const rows[] = {
        "INSERT INTO properties (id, name, value) VALUES ('%s', 'list:old-meta', '{\"length\":2}'),"
        " ('%s', 'list:old-0', '1'), ('%s', 'list:old-1', '2'),"
        " ('%s', 'list:full-meta', '{\"format\":2,\"count_hint\":2}'),"
        " ('%s', 'list:full-#0', '1'), ('%s', 'list:full-#b0', '2')",
        "INSERT INTO subscriptions (id, peer_sub_id, peerid, subid, granularity, target, subtarget, seqnr, callback)"
        " VALUES ('%s', 'bob:out', 'bob', 'out', 'high', 'properties', '', 1, TRUE),"
        " ('%s', 'bob:long', 'bob', 'long', 'high', 'properties', 'long', 20000, FALSE)",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *sql = rows[i];

        while (strstr(sql, "%s"))
            sql = replaced(sql, "%s", aw_actor_id(alice));
        test_place_execute(&served.place, sql);
    }
}

/* In handlers of their own. */
static void call_as_applications_do(void)
{
    json_t *items = json_pack("[i, i]", 1, 2), *got = NULL;
    aw_list_entry *entries = NULL;
    size_t count = 0;
    aw_error err = {0};

    recorder_serve(true);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "songs"), &err), AW_OK);
    assert_int_equal(aw_list_extend(alice, "songs", items, &err), AW_OK);
    assert_int_equal(aw_list_entries(alice, "songs", &entries, &count, &err), AW_OK);
    assert_int_equal(aw_list_set(alice, AW_WITH(list_set, .name = "songs", .handle = entries[0].handle, .item = items),
                                 &err), AW_OK);
    aw_list_entries_free(entries, count);
    assert_int_equal(aw_list_insert(alice, AW_WITH(list_insert, .name = "full", .position = 1, .item = items), &err),
                     AW_OK);
    assert_int_equal(aw_remote_info(alice, "bob", "songs", &got, &err), AW_E_NOT_FOUND);
    recorder_serve(false);
    json_decref(items);
}

static void serve(void)
{
    aw_error err = {0};

    host = aw_fake_peer_new();
    test_app_open(&served, AW_WITH(app, .devtest = true, .unique_creator = true, .delivery = AW_DELIVERY_DURABLE));
    alice = test_app_actor(&served, "alice");
    if (aw_trust_create_verified(alice,
                                 AW_WITH(trust_create_verified, .peer_id = "bob", .baseuri = aw_fake_peer_root(host),
                                         .type = "urn:x", .relationship = "friend", .secret = "s3cret",
                                         .verify_token = "t", .approved = true),
                                 NULL, &err))
        fail_msg("%s", err.message);
    store_more();
    call_as_applications_do();
    send_requests();
    aw_actor_unref(alice);
    test_app_close(&served);
    aw_fake_peer_free(host);
}

/* What requests begin and what answers them later is in conversations. */
static void converse(void)
{
    recorder_take_all(true);
    for (size_t i = 0; i < test_conversation_count; i++) {
        walk w;

        walk_open(&w, &test_conversations[i], false);
        walk_close(&w);
    }
    recorder_take_all(false);
}

void test_requests_record(aw__arena *arena)
{
    kept = arena;
    serve();
    converse();
    kept = NULL;
}
