/*
 * Subscriptions of the test site's actor.
 */
#include "support/subscribed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/property.h"
#include "actor/remote.h"
#include "actor/subscription.h"
#include "store/outbox.h"

test_id inbound(const char *peer_id, const char *subtarget, const char *resource, const char *granularity)
{
    aw_subscription *made = NULL;
    aw_error err = {0};
    test_id id;

    if (aw__subscription_accept(&t->site, t->actor_id, peer_id, "properties", subtarget, resource, granularity, &made,
                                &err))
        fail_msg("no subscription: %s", err.message);
    snprintf(id.text, sizeof(id.text), "%s", made->id);
    aw_subscription_free(made);
    return id;
}

void outbound(const char *id, const char *subtarget, const char *resource)
{
    aw_subscription row = {.actor_id = t->actor_id,
                           .peer_id = "bob",
                           .id = id,
                           .granularity = "high",
                           .target = "properties",
                           .subtarget = subtarget ? subtarget : "",
                           .resource = resource ? resource : "",
                           .url = "",
                           .outbound = true};
    aw_error err = {0};

    if (aw__subscription_add(&t->site, &row, &err))
        fail_msg("no subscription: %s", err.message);
}

int64_t sequence_of(const char *peer_id, const char *id)
{
    aw_subscription *found = NULL;
    aw_error err = {0};
    int rc = aw__subscription_find(&t->site, t->actor_id, peer_id, id, -1, &found, &err);

    if (rc == AW_E_NOT_FOUND)
        return -1;
    if (rc)
        fail_msg("the subscription cannot be read: %s", err.message);
    int64_t sequence = found->sequence;

    aw_subscription_free(found);
    return sequence;
}

static size_t split(char *path, const char *names[], size_t room)
{
    size_t depth = 0;
    char *rest = NULL;

    for (char *name = strtok_r(path, "/", &rest); name && depth < room; name = strtok_r(NULL, "/", &rest))
        names[depth++] = name;
    return depth;
}

void set_property(const char *path, const char *json)
{
    const char *names[8];
    char *copy = strdup(path);
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    aw_error err = {0};

    assert_non_null(value);
    if (aw__property_set(&t->site, t->actor_id, names, split(copy, names, 8), value, NULL, &err))
        fail_msg("%s cannot be set: %s", path, err.message);
    json_decref(value);
    free(copy);
}

void delete_property(const char *path)
{
    const char *names[8];
    char *copy = strdup(path);
    aw_error err = {0};

    if (aw__property_delete(&t->site, t->actor_id, names, split(copy, names, 8), NULL, NULL, &err))
        fail_msg("%s cannot be deleted: %s", path, err.message);
    free(copy);
}

static const char *text_of(const json_t *value)
{
    static char text[65536];
    size_t bytes = json_dumpb(value, text, sizeof(text) - 1, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    assert_true(bytes < sizeof(text));
    text[bytes] = '\0';
    return text;
}

const char *diff_of(const char *id, int64_t sequence)
{
    aw__arena *arena = aw__arena_new();
    aw__diff_row row;
    aw_error err = {0};
    int rc = aw__subscription_diff(&t->site, arena, t->actor_id, id, sequence, &row, &err);
    const char *text = "";

    if (rc == AW_OK) {
        json_t *data = json_loads(row.data, JSON_DECODE_ANY, NULL);

        assert_non_null(data);
        text = text_of(data);
        json_decref(data);
    } else {
        assert_int_equal(rc, AW_E_NOT_FOUND);
    }
    aw__arena_free(arena);
    return text;
}

size_t diff_count(const char *id)
{
    aw__arena *arena = aw__arena_new();
    aw__diff_row *rows = NULL;
    size_t count = 0;
    aw_error err = {0};

    assert_int_equal(aw__subscription_diffs(&t->site, arena, t->actor_id, id, &rows, &count, &err), AW_OK);
    aw__arena_free(arena);
    return count;
}

size_t outbox_count(void)
{
    return (size_t)test_place_query_int(&t->place, "SELECT count(*) FROM outbox");
}

const char *kept(const char *name)
{
    json_t *value = NULL;
    aw_error err = {0};
    int rc = aw__remote_get(&t->site, t->actor_id, "bob", name, &value, &err);

    if (rc == AW_E_NOT_FOUND)
        return "";
    if (rc)
        fail_msg("what is kept cannot be read: %s", err.message);
    const char *text = text_of(value);

    json_decref(value);
    return text;
}

json_t *callback_body(const char *id, int64_t sequence, const char *data)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "id", "bob", "subscriptionid", id, "target", "properties",
                             "sequence", (json_int_t)sequence, "timestamp", "2026-11-22 01:25:30.835806", "granularity",
                             "high");

    assert_non_null(body);
    if (data) {
        json_t *value = json_loads(data, JSON_DECODE_ANY, NULL);

        assert_non_null(value);
        json_object_set_new(body, "data", value);
    }
    return body;
}
