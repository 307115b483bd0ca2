/*
 * Answers as applications keep them: a copy of what the client had borrowed out.
 */
#include "http/answer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

struct aw_http_answer {
    int status;
    const char *headers; /* name NUL value NUL ... and an empty name: looking one up allocates nothing */
    size_t body_bytes;
    char body[]; /* and a NUL, and then the headers */
};

/* Turns "Name: value\r\n" lines into texts, in place; they get no longer. */
static void split_lines(char *lines)
{
    char *out = lines;

    while (*lines) {
        char *end = strstr(lines, "\r\n");
        char *next = end ? end + 2 : lines + strlen(lines);
        char *colon = strchr(lines, ':');

        end = end ? end : next;
        if (colon && colon > lines && colon < end) {
            char *value = colon + 1;
            size_t name_bytes = (size_t)(colon - lines);

            while (value < end && (*value == ' ' || *value == '\t'))
                value++;
            while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            size_t value_bytes = (size_t)(end - value);

            memmove(out, lines, name_bytes);
            out[name_bytes] = '\0';
            out += name_bytes + 1;
            memmove(out, value, value_bytes);
            out[value_bytes] = '\0';
            out += value_bytes + 1;
        }
        lines = next;
    }
    *out = '\0';
}

aw_http_answer *aw__http_answer_new(const aw__http_response *response)
{
    size_t header_bytes = strlen(response->header_lines) + 1;
    aw_http_answer *answer = aw__malloc(sizeof(*answer) + response->body_bytes + 1 + header_bytes);

    if (!answer)
        return NULL;
    char *headers = answer->body + response->body_bytes + 1;

    answer->status = response->status;
    answer->headers = headers;
    answer->body_bytes = response->body_bytes;
    memcpy(answer->body, response->body, response->body_bytes);
    answer->body[response->body_bytes] = '\0';
    memcpy(headers, response->header_lines, header_bytes);
    split_lines(headers);
    return answer;
}

void aw_http_answer_free(aw_http_answer *answer)
{
    aw__free(answer);
}

int aw_http_answer_status(const aw_http_answer *answer)
{
    return answer ? answer->status : 0;
}

const char *aw_http_answer_header(const aw_http_answer *answer, const char *name)
{
    for (const char *at = answer && name ? answer->headers : ""; *at;) {
        const char *value = at + strlen(at) + 1;

        if (aw__text_equal_nocase(at, name))
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

const void *aw_http_answer_body(const aw_http_answer *answer, size_t *ret_bytes)
{
    if (ret_bytes)
        *ret_bytes = answer ? answer->body_bytes : 0;
    return answer ? answer->body : "";
}
