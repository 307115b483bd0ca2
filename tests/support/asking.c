/*
 * Requests over raw_http.h, with what HTTP needs around them.
 */
#include "support/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

raw_http *test_send(int port, const char *method, const char *path, const char *headers, const char *body,
                    size_t bytes)
{
    char text[1024];
    raw_http *client = raw_open(port);

    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n", method, path, headers,
             bytes);
    raw_send(client, text);
    if (bytes)
        assert_true(raw_try_send(client, body, bytes));
    return client;
}

int test_request(int port, const char *method, const char *path, const char *headers, const char *body,
                 raw_answer *ret_answer)
{
    raw_http *client = test_send(port, method, path, headers, body, strlen(body));
    bool got = raw_receive(client, ret_answer);

    raw_close(client);
    assert_true(got);
    return ret_answer->status;
}

int test_request_send(const test_request_row *row, int port, const char *actor_id, raw_answer *ret_answer)
{
    char text[2048];
    const char *braces = strstr(row->path, "{}");
    int before = (int)(braces ? (size_t)(braces - row->path) : strlen(row->path));
    int bytes = snprintf(text, sizeof(text),
                         "%s %.*s%s%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
                         row->method, before, row->path, braces ? actor_id : "", braces ? braces + 2 : "", row->headers,
                         strlen(row->body), row->body);

    assert_true(bytes < (int)sizeof(text));
    raw_http *client = raw_open(port);
    int status = raw_exchange(client, text, ret_answer);

    raw_close(client);
    return status;
}

json_t *test_answer_json(const raw_answer *answer)
{
    json_t *json = json_loads(answer->body, JSON_DECODE_ANY, NULL);

    if (!json)
        fail_msg("not JSON: %s", answer->body);
    return json;
}

void test_answer_has(const raw_answer *answer, const char *key, const char *wanted)
{
    json_t *json = test_answer_json(answer);
    const char *text = json_string_value(json_object_get(json, key));

    if (wanted ? !text || strcmp(text, wanted) : text != NULL)
        fail_msg("%s is %s, not %s", key, text ? text : "absent", wanted ? wanted : "absent");
    json_decref(json);
}
