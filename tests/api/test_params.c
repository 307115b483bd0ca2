/*
 * The params of every operation that talks to a peer: sizes of other versions, and fields that are missing, too long or
 * malformed, which are refused in both forms with a message that names them, and nothing is started.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/operations.h"

enum { LONG_BYTES = 10000, TAIL_BYTES = 32 };

static test_app app;
static aw_fake_peer *bob;
static aw_runtime *runtime;
static char long_text[LONG_BYTES + 1], long_url[LONG_BYTES + 1];

/* ---- fixture ---- */

static int open_all(void **state)
{
    (void)state;
    test_app_open(&app, AW_WITH(app, .workers = 2));
    runtime = aw_app_runtime(app.app);
    bob = aw_fake_peer_new();
    memset(long_text, 'a', LONG_BYTES);
    memset(long_url, 'a', LONG_BYTES);
    memcpy(long_url, "http://h/", 9);
    return bob ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    aw_fake_peer_free(bob);
    test_app_close(&app);
    return 0;
}

typedef union params {
    max_align_t align;
    size_t size;
    char bytes[TEST_PARAMS_MAX_BYTES];
} params;

/* ---- the params of every operation ---- */

/* Refused in both forms, and nothing has begun. names: what the message must hold, or NULL. */
static void assert_refused_with(int code, const test_operation *o, const test_ask *ask, const void *p,
                                const char *names, const char *why)
{
    size_t heard = aw_fake_peer_count(bob);
    test_done d;
    aw_op op = 77;

    test_done_init(&d);
    int rc = o->run(ask, p, &d);

    if (rc != code || d.touched || (names && !strcasestr(d.error.message, names)))
        fail_msg("%s, %s: %s \"%s\"", o->name, why, aw_code_name(rc), d.error.message);
    assert_true(*d.error.message);
    d.calls = 0;
    rc = o->start(ask, p, &d, &op);
    if (rc != code)
        fail_msg("%s_async, %s: %s", o->name, why, aw_code_name(rc));
    assert_int_equal(op, 77);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    assert_int_equal(test_done_calls(&d), 0);
    assert_int_equal(aw_fake_peer_count(bob), heard);
    test_done_free(&d);
}

static void assert_refused(const test_operation *o, const test_ask *ask, const void *p, const char *names,
                           const char *why)
{
    assert_refused_with(AW_E_INVALID, o, ask, p, names, why);
}

static void without_a_subject_or_params(void **state)
{
    const test_operation *o = *state;
    test_ask ask;
    test_ask nobody = {.timeout_ms = 1000};
    params p;

    test_operation_prepare(&(test_operation){0}, &app, bob, "somebody", &ask);
    o->fill(&p, &ask);
    assert_refused(o, &nobody, &p, NULL, "without a subject");
    if (!o->params_optional)
        assert_refused(o, &ask, NULL, "params", "without params");
    test_ask_free(&ask);
}

static void sizes_that_were_never_set(void **state)
{
    const test_operation *o = *state;
    test_ask ask;
    params p;

    test_operation_prepare(&(test_operation){0}, &app, bob, "somebody", &ask);
    o->fill(&p, &ask);
    for (size_t size = 0; size < sizeof(size_t); size++) {
        p.size = size;
        assert_refused(o, &ask, &p, "size", "a size that was never set");
    }
    test_ask_free(&ask);
}

static void assert_works(const test_operation *o, void (*change)(const test_operation *o, params *p), const char *how)
{
    test_ask ask;
    test_done d;
    params p;

    test_operation_prepare(o, &app, bob, "somebody", &ask);
    test_done_init(&d);
    memset(&p, 0, sizeof(p));
    o->fill(&p, &ask);
    change(o, &p);
    if (o->run(&ask, &p, &d))
        fail_msg("%s, %s: %s", o->name, how, d.error.message);
    if (o->check)
        o->check(&d);
    test_done_free(&d);
    test_ask_free(&ask);
}

/* As of a program that was compiled before there was a group: what lies behind its struct is not looked at. */
static void make_older(const test_operation *o, params *p)
{
    size_t bytes = o->params_bytes - sizeof(aw_group *);

    memset(p->bytes + bytes, 0xee, sizeof(p->bytes) - bytes);
    p->size = bytes;
}

static void make_newer(const test_operation *o, params *p)
{
    p->size = o->params_bytes + TAIL_BYTES;
}

/* It asks for something that this library does not know of. */
static void make_newer_and_used(const test_operation *o, params *p)
{
    memset(p->bytes + o->params_bytes, 0xee, TAIL_BYTES);
    p->size = o->params_bytes + TAIL_BYTES;
}

static void sizes_of_other_versions(void **state)
{
    const test_operation *o = *state;

    assert_works(o, make_older, "an older size");
    assert_works(o, make_newer, "a newer size");
    assert_works(o, make_newer_and_used, "a newer size with an unknown field");
}

/* ---- fields ---- */

enum {
    REQUIRED = 1,  /* neither NULL nor "" */
    TEXT = 2,      /* bounded, without control characters, UTF-8 */
    URL = 4,
    PLAIN = 8      /* bounded, without control characters */
};

struct field {
    const char *operation;
    const char *name;
    size_t offset;
    int what;
};

#define FIELD(noun_verb, field, what) {#noun_verb, #field, offsetof(aw_##noun_verb##_params, field), what}

static const struct field fields[] = {
    FIELD(peer_get_info, peer_id, REQUIRED | TEXT),
    FIELD(peer_get_capabilities, peer_id, REQUIRED | TEXT),
    FIELD(peer_create_trustee, factory_url, REQUIRED | URL),
    FIELD(peer_create_trustee, relationship, TEXT),
    FIELD(peer_create_trustee, type, TEXT),
    FIELD(peer_create_trustee, desc, TEXT),
    FIELD(peer_delete_trustee, peer_id, REQUIRED | TEXT),
    FIELD(trust_create_reciprocal, peer_url, REQUIRED | URL),
    FIELD(trust_create_reciprocal, relationship, TEXT),
    FIELD(trust_create_reciprocal, secret, TEXT),
    FIELD(trust_create_reciprocal, desc, TEXT),
    FIELD(trust_create_reciprocal, type, TEXT),
    FIELD(trust_create_verified, peer_id, TEXT),
    FIELD(trust_create_verified, baseuri, REQUIRED | URL),
    FIELD(trust_create_verified, relationship, TEXT),
    FIELD(trust_create_verified, secret, REQUIRED | TEXT),
    FIELD(trust_create_verified, verify_token, REQUIRED | TEXT),
    FIELD(trust_create_verified, desc, TEXT),
    FIELD(trust_create_verified, type, TEXT),
    FIELD(trust_modify_and_notify, peer_id, REQUIRED | TEXT),
    FIELD(trust_modify_and_notify, baseuri, URL),
    FIELD(trust_modify_and_notify, desc, TEXT),
    FIELD(trust_delete_reciprocal, peer_id, REQUIRED | TEXT),
    FIELD(subscription_create_remote, peer_id, REQUIRED | TEXT),
    FIELD(subscription_create_remote, target, REQUIRED | TEXT),
    FIELD(subscription_create_remote, subtarget, TEXT),
    FIELD(subscription_create_remote, resource, TEXT),
    FIELD(subscription_create_remote, granularity, TEXT),
    FIELD(subscription_delete_remote, peer_id, REQUIRED | TEXT),
    FIELD(subscription_delete_remote, subscription_id, REQUIRED | TEXT),
    FIELD(subscription_callback, peer_id, REQUIRED | TEXT),
    FIELD(subscription_callback, subscription_id, REQUIRED | TEXT),
    FIELD(subscription_subscribe_to_peer, peer_id, REQUIRED | TEXT),
    FIELD(subscription_subscribe_to_peer, target, TEXT),
    FIELD(subscription_subscribe_to_peer, subtarget, TEXT),
    FIELD(subscription_subscribe_to_peer, resource, TEXT),
    FIELD(subscription_subscribe_to_peer, granularity, TEXT),
    FIELD(subscription_unsubscribe, peer_id, REQUIRED | TEXT),
    FIELD(subscription_unsubscribe, subscription_id, REQUIRED | TEXT),
    FIELD(proxy_get_resource, peer_id, REQUIRED | TEXT),
    FIELD(proxy_get_resource, path, REQUIRED | TEXT),
    FIELD(proxy_get_resource, parent_request_id, TEXT),
    FIELD(proxy_create_resource, peer_id, REQUIRED | TEXT),
    FIELD(proxy_create_resource, path, REQUIRED | TEXT),
    FIELD(proxy_create_resource, parent_request_id, TEXT),
    FIELD(proxy_change_resource, peer_id, REQUIRED | TEXT),
    FIELD(proxy_change_resource, path, REQUIRED | TEXT),
    FIELD(proxy_change_resource, parent_request_id, TEXT),
    FIELD(proxy_delete_resource, peer_id, REQUIRED | TEXT),
    FIELD(proxy_delete_resource, path, REQUIRED | TEXT),
    FIELD(proxy_delete_resource, parent_request_id, TEXT),
    FIELD(http_fetch, url, REQUIRED | URL),
    FIELD(http_fetch, method, PLAIN),
};

static void with_text(const test_operation *o, const test_ask *ask, const struct field *field, const char *value,
                      const char *why)
{
    char what[64];
    params p;

    o->fill(&p, ask);
    memcpy(p.bytes + field->offset, &value, sizeof(value));
    snprintf(what, sizeof(what), "%s %s", field->name, why);
    assert_refused_with(AW_E_INVALID, o, ask, &p, field->name, what);
}

static void with_bad_texts(const test_operation *o, const test_ask *ask, const struct field *field)
{
    static const char *const bad_urls[] = {"bob", "//bob", "ftp://h/bob", "http://", "http:///bob", "http://h:99999/",
                                           "http://h/a b", "http://h/\r\nX: y", "http://user:pass@h/", "http://h\n/"};

    if (field->what & REQUIRED) {
        with_text(o, ask, field, NULL, "is NULL");
        with_text(o, ask, field, "", "is empty");
    }
    if (field->what & (TEXT | PLAIN)) {
        with_text(o, ask, field, long_text, "is too long");
        with_text(o, ask, field, "a\nb", "has a line break");
        with_text(o, ask, field, "a\x01", "has a control character");
        with_text(o, ask, field, "a\x7f", "has a delete character");
    }
    if (field->what & TEXT)
        with_text(o, ask, field, "a\xff", "is not UTF-8");
    for (size_t i = 0; (field->what & URL) && i < sizeof(bad_urls) / sizeof(*bad_urls); i++)
        with_text(o, ask, field, bad_urls[i], bad_urls[i]);
    if (field->what & URL)
        with_text(o, ask, field, long_url, "is too long");
}

static void malformed_fields(void **state)
{
    const test_operation *o = *state;
    test_ask ask;
    params p;

    test_operation_prepare(&(test_operation){0}, &app, bob, "somebody", &ask);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (!strcmp(fields[i].operation, o->name))
            with_bad_texts(o, &ask, &fields[i]);
    ask.timeout_ms = -1;
    o->fill(&p, &ask);
    assert_refused(o, &ask, &p, "timeout_ms", "a negative timeout");
    test_ask_free(&ask);
}

static void groups_that_do_not_fit(void **state)
{
    const test_operation *o = *state;
    aw_runtime *other = NULL;
    aw_error err = {0};
    test_ask ask;
    params p;

    test_operation_prepare(&(test_operation){0}, &app, bob, "somebody", &ask);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .workers = 1), &other, &err), AW_OK);
    ask.group = aw_group_new(NULL, AW_WITH(group, .runtime = other));
    o->fill(&p, &ask);
    assert_refused(o, &ask, &p, "group", "a group of another runtime");
    aw_group_free(ask.group);
    aw_runtime_free(other);
    test_ask_free(&ask);
}

int main(void)
{
    int failed = test_operations_walk("without a subject or params", without_a_subject_or_params, open_all, close_all);

    failed += test_operations_walk("sizes that were never set", sizes_that_were_never_set, open_all, close_all);
    failed += test_operations_walk("sizes of other versions", sizes_of_other_versions, open_all, close_all);
    failed += test_operations_walk("malformed fields", malformed_fields, open_all, close_all);
    failed += test_operations_walk("groups that do not fit", groups_that_do_not_fit, open_all, close_all);
    return failed;
}
