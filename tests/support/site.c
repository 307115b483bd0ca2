/*
 * The site of the tests.
 */
#include "support/site.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"
#include "store/actors.h"

enum { PUMP_MAX_MS = 10000, PUMP_STEP_MS = 50 };

static char actor_id[AW__ID_BYTES]; /* the same for every site of a process */

static const aw__config settings = {
    .type = "urn:actingweb:test:me",
    .version = "1",
    .desc = "Test: ",
    .info = "https://actingweb.org/",
    .default_relationship = "associate",
    .gap_timeout_ms = 5000,
    .max_pending = 100,
    .subscription_processing = true,
};

static int insert_actor(aw_database *database, void *arg, aw_error *err)
{
    test_site *t = arg;

    return aw__actors_insert(database, t->actor_id, "creator", "passphrase-of-the-actor", err);
}

static void open_site(test_site *t, bool embedded)
{
    aw_error err = {0};

    t->actor_id = actor_id;
    t->site.config = settings;
    t->site.config.root = t->root;
    if (aw_runtime_new(&(aw_runtime_params){.size = sizeof(aw_runtime_params), .workers = 2,
                                            .allow_private_peers = true}, &t->site.runtime, &err))
        fail_msg("no runtime: %s", err.message);
    if (!embedded && aw_runtime_start(t->site.runtime, &err))
        fail_msg("no thread for the runtime: %s", err.message);
    if (aw__store_open(t->place.location, AW__STORE_MAKE, &t->site.store, &err))
        fail_msg("no store: %s", err.message);
}

static test_site *make(bool embedded)
{
    test_site *t = calloc(1, sizeof(*t));
    aw_error err = {0};

    assert_non_null(t);
    test_place_make(&t->place, NULL);
    snprintf(t->root, sizeof(t->root), "http://127.0.0.1:9/");
    if (!*actor_id)
        assert_int_equal(aw__id_new(t->root, actor_id), AW_OK);
    open_site(t, embedded);
    if (aw__store_write(t->site.store, insert_actor, t, &err))
        fail_msg("no actor: %s", err.message);
    return t;
}

test_site *test_site_new(void)
{
    return make(false);
}

test_site *test_site_new_embedded(void)
{
    return make(true);
}

test_site *test_site_new_beside(const test_site *other)
{
    test_site *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    test_place_share(&t->place, &other->place);
    snprintf(t->root, sizeof(t->root), "http://127.0.0.1:10/");
    open_site(t, false);
    return t;
}

void test_site_free(test_site *t)
{
    if (!t)
        return;
    aw_runtime_free(t->site.runtime);
    aw__store_close(t->site.store);
    test_place_remove(&t->place);
    free(t);
}

static int insert_trust(aw_database *database, void *arg, aw_error *err)
{
    return aw__trusts_insert(database, arg, err);
}

void test_site_add_trust(test_site *t, const char *peer_id, const char *baseuri)
{
    char secret[300];
    aw_trust made = {
        .actor_id = t->actor_id,
        .peer_id = peer_id,
        .baseuri = baseuri,
        .type = "urn:actingweb:test:peer",
        .relationship = "friend",
        .secret = secret,
        .desc = "",
        .verification_token = "token",
        .peer_identifier = "",
        .established_via = "trust",
        .created_at = "",
        .last_accessed = "",
        .last_connected_via = "",
        .client_name = "",
        .client_version = "",
        .client_platform = "",
        .oauth_client_id = "",
        .aw_supported = "",
        .aw_version = "",
        .capabilities_fetched_at = "",
        .approved = true,
        .peer_approved = true,
        .verified = true,
    };
    aw_error err = {0};

    snprintf(secret, sizeof(secret), "secret-of-%s", peer_id);
    if (aw__store_write(t->site.store, insert_trust, &made, &err))
        fail_msg("no trust: %s", err.message);
}

struct trust_read {
    const char *actor_id;
    const char *peer_id;
    aw_trust *trust;
};

static int read_trust(aw_database *database, void *arg, aw_error *err)
{
    struct trust_read *r = arg;

    return aw__trusts_get(database, r->actor_id, r->peer_id, &r->trust, err);
}

aw_trust *test_site_trust(test_site *t, const char *peer_id)
{
    struct trust_read r = {t->actor_id, peer_id, NULL};
    aw_error err = {0};
    int rc = aw__store_read(t->site.store, read_trust, &r, &err);

    if (rc && rc != AW_E_NOT_FOUND)
        fail_msg("the trust cannot be read: %s", err.message);
    return r.trust;
}

char *test_site_snapshot(const test_site *t)
{
    return test_place_snapshot(&t->place);
}

void test_site_pump(test_site *t)
{
    struct pollfd readable = {.fd = aw_runtime_fd(t->site.runtime), .events = POLLIN};
    int timeout_ms = aw_runtime_timeout_ms(t->site.runtime);

    poll(&readable, 1, timeout_ms < 0 || timeout_ms > PUMP_STEP_MS ? PUMP_STEP_MS : timeout_ms);
    aw_runtime_process(t->site.runtime);
}

bool test_site_pump_until(test_site *t, const bool *flag)
{
    uint64_t end = aw__now_ms() + PUMP_MAX_MS;

    while (!*flag && aw__now_ms() < end)
        test_site_pump(t);
    return *flag;
}
