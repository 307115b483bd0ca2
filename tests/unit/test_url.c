/*
 * URLs and addresses: what is taken, what is refused, and which addresses are special.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "http/url.h"

static void parses(void **state)
{
    static const struct {
        const char *text, *scheme, *host;
        int port;
        const char *path, *query;
    } cases[] = {
        {"http://bob.example/bob", "http", "bob.example", 80, "/bob", NULL},
        {"HTTPS://Bob.Example", "https", "bob.example", 443, "/", NULL},
        {"http://bob.example:5001/a/b?x=1&y=2", "http", "bob.example", 5001, "/a/b", "x=1&y=2"},
        {"http://bob.example?x", "http", "bob.example", 80, "/", "x"},
        {"http://bob.example/?", "http", "bob.example", 80, "/", ""},
        {"http://[::1]:8080/x", "http", "[::1]", 8080, "/x", NULL},
        {"https://[2001:DB8::1]", "https", "[2001:db8::1]", 443, "/", NULL},
        {"http://127.0.0.1:65535/", "http", "127.0.0.1", 65535, "/", NULL},
        {"http://a_b-c.d/%2F%20", "http", "a_b-c.d", 80, "/%2F%20", NULL},
        {"http://bob/gr\xc3\xb6\xc3\x9f""e", "http", "bob", 80, "/gr\xc3\xb6\xc3\x9f""e", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        aw__arena *arena = aw__arena_new();
        aw__url url;

        assert_int_equal(aw__url_parse(arena, cases[i].text, &url, NULL), AW_OK);
        assert_int_equal(aw__url_check(cases[i].text, NULL), AW_OK);
        assert_string_equal(url.scheme, cases[i].scheme);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.path, cases[i].path);
        if (cases[i].query)
            assert_string_equal(url.query, cases[i].query);
        else
            assert_null(url.query);
        aw__arena_free(arena);
    }
}

static void refuses(void **state)
{
    static const char *const cases[] = {
        "", "bob", "/bob", "ftp://bob/", "file:///etc/passwd", "http:/bob", "http://", "http:///bob", "http://:80/",
        "http://user@bob/", "http://user:pass@bob/", "http://bob@127.0.0.1/", "http://bob/#part", "http://bob /",
        "http://bob/a b", "http://bob/\r\nX: y", "http://bob/\x01", "http://bob/\x7f", "http://bob:0/",
        "http://bob:65536/", "http://bob:999999/", "http://bob:/", "http://bob:80x/", "http://bob:-1/",
        "http://bob%2eexample/", "http://b\xc3\xbc" "cher/", "http://bob\\@evil/", "http://.bob/", "http://[::1/",
        "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[bob]/", "http://[]/", "http://bob,alice/",
    };
    aw__arena *arena = aw__arena_new();
    aw__url url = {.port = 7};
    aw_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&err, 0, sizeof(err));
        assert_int_equal(aw__url_parse(arena, cases[i], &url, &err), AW_E_INVALID);
        assert_int_equal(aw__url_check(cases[i], NULL), AW_E_INVALID);
        assert_int_equal(err.code, AW_E_INVALID);
        assert_true(err.message[0]);
        assert_int_equal(url.port, 7); /* untouched */
    }
    assert_int_equal(aw__url_parse(arena, NULL, &url, NULL), AW_E_INVALID);
    aw__arena_free(arena);
}

static void limits(void **state)
{
    char text[AW__URL_MAX_BYTES + 2] = "http://bob/";
    char host[7 + 254 + 2] = "http://";

    (void)state;
    memset(text + 11, 'x', AW__URL_MAX_BYTES - 11);
    assert_int_equal(aw__url_check(text, NULL), AW_OK);
    text[AW__URL_MAX_BYTES] = 'x';
    assert_int_equal(aw__url_check(text, NULL), AW_E_INVALID);
    memset(host + 7, 'h', 253);
    assert_int_equal(aw__url_check(host, NULL), AW_OK);
    host[7 + 253] = 'h';
    assert_int_equal(aw__url_check(host, NULL), AW_E_INVALID);
}

static void out_of_memory(void **state)
{
    char text[1024] = "http://bob/";
    int rc = AW_E_NOMEM;
    int n;

    (void)state;
    memset(text + 11, 'x', 1000);
    for (n = 1; rc == AW_E_NOMEM && n < 20; n++) {
        aw__arena *arena = aw__arena_new();
        aw__url url;

        aw__arena_alloc(arena, 1900); /* so that the first block is nearly full */
        aw__alloc_fail_at(n, true);
        rc = aw__url_parse(arena, text, &url, NULL);
        aw__alloc_fail_at(0, false);
        aw__arena_free(arena);
    }
    assert_int_equal(rc, AW_OK);
    assert_true(n > 2);
}

static void joins(void **state)
{
    static const struct {
        const char *base, *path, *joined;
    } cases[] = {
        {"http://bob/bob", "meta", "http://bob/bob/meta"},
        {"http://bob/bob/", "/meta", "http://bob/bob/meta"},
        {"http://bob/bob///", "//a/b/", "http://bob/bob/a/b/"},
        {"http://bob", "", "http://bob/"},
    };
    aw__arena *arena = aw__arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(aw__url_join(arena, cases[i].base, cases[i].path), cases[i].joined);
    aw__arena_free(arena);
}

static void same_origin(void **state)
{
    (void)state;
    assert_true(aw__url_same_origin("http://bob/a", "HTTP://BOB:80/b?c"));
    assert_true(aw__url_same_origin("https://bob:443", "https://bob/x"));
    assert_false(aw__url_same_origin("http://bob/", "https://bob/"));
    assert_false(aw__url_same_origin("http://bob/", "http://bob:81/"));
    assert_false(aw__url_same_origin("http://bob/", "http://bob.example/"));
    assert_false(aw__url_same_origin("http://bob/", "http://bob@evil/"));
    assert_false(aw__url_same_origin("", ""));
    assert_false(aw__url_same_origin(NULL, "http://bob/"));
}

static void loopback_by_name(void **state)
{
    static const char *const yes[] = {"http://localhost:5000", "http://LOCALHOST/", "http://127.0.0.1",
                                      "http://127.9.9.9:1/", "http://[::1]/", "https://[0:0::1]:443/"};
    static const char *const no[] = {"http://localhost.example/", "http://128.0.0.1/", "http://127.0.0.1.example/",
                                     "http://[::2]/", "http://0.0.0.0/", "127.0.0.1", "http://127.1/"};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(aw__url_is_loopback(yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(aw__url_is_loopback(no[i]));
}

static bool special(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return aw__address_is_special((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return aw__address_is_special((struct sockaddr *)&v6);
}

static void special_addresses(void **state)
{
    static const char *const yes[] = {
        "0.0.0.0", "0.255.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
        "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
        "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:1ff::1", "2001:db8::1",
        "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1",
    };
    static const char *const no[] = {
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "169.253.1.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.167.1.1", "198.17.1.1", "198.20.1.1",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:200::1", "2001:4860::8888", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:808:808::1",
    };
    struct sockaddr_un local = {.sun_family = AF_UNIX};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!special(yes[i]))
            fail_msg("%s is special", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (special(no[i]))
            fail_msg("%s is not special", no[i]);
    assert_true(aw__address_is_special((struct sockaddr *)&local));
}

static void host_and_port(void **state)
{
    char out[AW__HOST_PORT_BYTES];
    char url[300] = "https://";
    aw__url_host a, b;

    (void)state;
    aw__url_host_port("http://Bob.example/secret?token=x", out);
    assert_string_equal(out, "Bob.example:80");
    aw__url_host_port("http://[::1]:5001/", out);
    assert_string_equal(out, "[::1]:5001");
    aw__url_host_port("no url", out);
    assert_string_equal(out, "");
    memset(url + 8, 'h', 240);
    memcpy(url + 240, ".example", 9);
    aw__url_host_port(url, out);
    assert_true(strlen(out) < sizeof(out));
    assert_memory_equal(out, "...hhh", 6);
    assert_string_equal(out + strlen(out) - 12, ".example:443");
    a = aw__url_host_of("http://Bob:80/x");
    b = aw__url_host_of("http://bob");
    assert_true(aw__url_host_equal(&a, &b));
    assert_int_equal(aw__url_host_hash(&a), aw__url_host_hash(&b));
    b = aw__url_host_of("https://bob");
    assert_false(aw__url_host_equal(&a, &b));
    assert_int_equal(aw__url_host_of("nothing").bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),           cmocka_unit_test(refuses),       cmocka_unit_test(limits),
        cmocka_unit_test(out_of_memory),    cmocka_unit_test(joins),         cmocka_unit_test(same_origin),
        cmocka_unit_test(loopback_by_name), cmocka_unit_test(special_addresses), cmocka_unit_test(host_and_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
