/*
 * The site, the fake peer, and questions about what the peer has heard.
 */
#include "support/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

test_site *t;
aw_fake_peer *bob;
char bob_url[64];
const char *bob_headers = "";

int pair_set_up(void **state)
{
    (void)state;
    t = test_site_new();
    bob = aw_fake_peer_new();
    assert_non_null(bob);
    snprintf(bob_url, sizeof(bob_url), "%sbob", aw_fake_peer_root(bob));
    return 0;
}

int pair_set_up_trusting(void **state)
{
    pair_set_up(state);
    test_site_add_trust(t, "bob", bob_url);
    return 0;
}

int pair_tear_down(void **state)
{
    (void)state;
    test_site_free(t);
    aw_fake_peer_free(bob);
    t = NULL;
    bob = NULL;
    return 0;
}

static const char *at_bob(const char *path)
{
    static char full[512];

    if (!path)
        return NULL;
    snprintf(full, sizeof(full), "/bob%s", path);
    return full;
}

void bob_answers(const char *method, const char *path, int status, const char *body)
{
    char headers[128];

    snprintf(headers, sizeof(headers), "%s%s",
             body && (*body == '{' || *body == '[') ? "Content-Type: application/json\r\n" : "", bob_headers);
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = method, .path = at_bob(path),
                                                    .status = status, .body = body, .headers = headers)), 0);
}

void bob_fails(const char *method, const char *path, aw_fake_peer_fault fault)
{
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = method, .path = at_bob(path),
                                                    .fault = fault, .dribble_ms = 20)), 0);
}

size_t bob_heard(const char *method, const char *path)
{
    return aw_fake_peer_count_of(bob, method, at_bob(path));
}

bool bob_hears(const char *method, const char *path, size_t count)
{
    return aw_fake_peer_wait_for(bob, method, at_bob(path), count, 10000);
}

aw_fake_peer_request bob_heard_request(const char *method, const char *path, size_t index)
{
    const char *wanted = at_bob(path);
    aw_fake_peer_request request;

    for (size_t i = 0; aw_fake_peer_get(bob, i, &request); i++)
        if (strcmp(request.method, method) == 0 && strncmp(request.path, wanted, strlen(wanted)) == 0 && index-- == 0)
            return request;
    fail_msg("bob has not heard %s %s", method, wanted);
    return (aw_fake_peer_request){0};
}

bool request_has(const aw_fake_peer_request *request, const char *header_line)
{
    size_t bytes = strlen(header_line);

    for (const char *line = request->headers; line && *line; line = strstr(line, "\r\n")) {
        line += strncmp(line, "\r\n", 2) == 0 ? 2 : 0;
        if (strncasecmp(line, header_line, bytes) == 0 && (line[bytes] == '\r' || !line[bytes]))
            return true;
    }
    return false;
}

void request_header(const aw_fake_peer_request *request, const char *name, char *out, size_t out_bytes)
{
    size_t bytes = strlen(name);

    *out = '\0';
    for (const char *line = request->headers; line && *line; line = strstr(line, "\r\n")) {
        line += strncmp(line, "\r\n", 2) == 0 ? 2 : 0;
        if (strncasecmp(line, name, bytes) == 0 && strncmp(line + bytes, ": ", 2) == 0) {
            const char *value = line + bytes + 2;

            snprintf(out, out_bytes, "%.*s", (int)strcspn(value, "\r\n"), value);
            return;
        }
    }
}

int run_flow(int rc, aw__flow *flow, void **ret_result, aw_error *err)
{
    return rc ? rc : aw__flow_run(flow, ret_result, err);
}
