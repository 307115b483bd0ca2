/*
 * A test of an application against a peer that behaves well and then badly: libactingweb-test's fake peer.
 *
 *     fake_peer sqlite:test.db
 */
#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#undef NDEBUG
#include <assert.h>
#include <stdio.h>

static void test_meta(aw_actor *alice, aw_fake_peer *bob)
{
    aw_error err = {0};
    json_t *info = NULL;
    char url[64];

    snprintf(url, sizeof url, "%sbob", aw_fake_peer_root(bob)); /* http://127.0.0.1:PORT/bob */

    /* Without rules it is a well-behaved actor. */
    assert(aw_peer_get_info(alice, AW_WITH(peer_get_info, .peer_url = url), &info, &err) == AW_OK);
    json_decref(info);
    assert(aw_fake_peer_count_of(bob, "GET", "/bob/meta") == 1);

    /* With a rule it is not. */
    aw_fake_peer_rule(bob,
                      AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 503, .headers = "Retry-After: 7\r\n"));
    assert(aw_peer_get_info(alice, AW_WITH(peer_get_info, .peer_url = url), &info, &err) == AW_E_HTTP);
    assert(err.http_status == 503 && err.retriable && err.retry_after_ms == 7000);

    /* Nobody is there at all. */
    aw_fake_peer_refuse(bob);
    assert(aw_peer_get_info(alice, AW_WITH(peer_get_info, .peer_url = url), &info, &err) == AW_E_CONNECT);
}

int main(int argc, char **argv)
{
    aw_app *app = NULL;
    aw_actor *alice = NULL;
    aw_error err = {0};

    if (argc != 2) {
        fprintf(stderr, "usage: fake_peer STORE\n");
        return 2;
    }
    aw_fake_peer *bob = aw_fake_peer_new();
    /* Its root is on loopback, so peers on loopback are allowed. */
    if (!bob || aw_app_new(AW_WITH(app, .store = argv[1], .root = "http://localhost:5999/"), &app, &err) ||
        aw_actor_create(app, AW_WITH(actor_create, .creator = "alice"), &alice, &err)) {
        fprintf(stderr, "fake_peer: %s\n", err.message);
        aw_app_free(app);
        aw_fake_peer_free(bob);
        return 1;
    }
    test_meta(alice, bob);
    puts("the peer behaved well, and badly");
    aw_actor_unref(alice);
    aw_app_free(app);
    aw_fake_peer_free(bob);
    return 0;
}
