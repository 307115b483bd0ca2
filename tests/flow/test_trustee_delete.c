/*
 * The conversation "delete a peer as its trustee".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "actor/trust.h"
#include "actor/trustee.h"
#include "flow/trustee_delete.h"
#include "support/pair.h"

static aw_error err;

/* Bob is trusted, and ours. */
static int set_up(void **state)
{
    int rc = pair_set_up_trusting(state);
    aw__peertrustee_row carol = {.peer_id = "carol", .baseuri = "http://127.0.0.1:9/carol", .passphrase = "p"};
    aw__peertrustee_row row = {.peer_id = "made", .baseuri = bob_url, .type = BOB_TYPE, .passphrase = "opensesame"};

    err = (aw_error){0};
    if (rc || aw__trustee_add(&t->site, t->actor_id, &carol, &err) ||
        aw__trustee_add(&t->site, t->actor_id, &row, &err))
        return -1;
    test_site_add_trust(t, "made", bob_url);
    return 0;
}

static int end(const char *peer_id)
{
    aw__flow *flow = NULL;
    int rc = aw__trustee_delete_new(&t->site, t->actor_id, AW_WITH(peer_delete_trustee, .peer_id = peer_id), &flow,
                                    &err);

    return run_flow(rc, flow, NULL, &err);
}

static bool knows(const char *text)
{
    char *now = test_site_snapshot(t);
    bool found = strstr(now, text) != NULL;

    free(now);
    return found;
}

static void test_it_ends_there_and_here(void **state)
{
    (void)state;
    assert_int_equal(end("made"), AW_OK);
    assert_int_equal(aw_fake_peer_count(bob), 1);
    aw_fake_peer_request ended = bob_heard_request("DELETE", "", 0);

    assert_string_equal(ended.path, "/bob");
    assert_true(request_has(&ended, "Authorization: Basic dHJ1c3RlZTpvcGVuc2VzYW1l")); /* trustee:opensesame */
    assert_false(knows("=made|") || knows("opensesame"));
    assert_true(knows("=bob|") && knows("=carol|"));
    assert_int_equal(end("made"), AW_E_NOT_FOUND);
}

static void test_gone_already(void **state)
{
    (void)state;
    bob_answers("DELETE", "", 404, NULL);
    assert_int_equal(end("made"), AW_OK);
    assert_false(knows("=made|"));
}

/* When the peer has ended the trust by itself. */
static void test_without_a_trust(void **state)
{
    (void)state;
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "made", NULL, NULL, &err), AW_OK);
    assert_true(knows("opensesame"));
    assert_int_equal(end("made"), AW_OK);
    assert_false(knows("=made|"));
}

static void test_refused(void **state)
{
    static const int statuses[] = {401, 403, 500, 302};
    char *before, *after;

    (void)state;
    before = test_site_snapshot(t);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        bob_answers("DELETE", "", statuses[i], "opensesame");
        assert_int_equal(end("made"), AW_E_HTTP);
        assert_int_equal(err.http_status, statuses[i]);
        assert_null(strstr(err.message, "opensesame"));
    }
    assert_int_equal(end("carol"), AW_E_CONNECT);
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* A trust alone makes no peer ours. */
static void test_peers_that_are_not_ours(void **state)
{
    (void)state;
    assert_int_equal(end("bob"), AW_E_NOT_FOUND);
    assert_int_equal(end("nobody"), AW_E_NOT_FOUND);
    assert_int_equal(end(""), AW_E_INVALID);
    assert_int_equal(end(NULL), AW_E_INVALID);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_ends_there_and_here), TEST(gone_already), TEST(without_a_trust), TEST(refused),
        TEST(peers_that_are_not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
