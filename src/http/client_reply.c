/*
 * Answers: collecting their lines, and what a peer meant by one that is no success. Nothing of libcurl.
 */
#include "http/client_reply.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { MAX_HEADER_BYTES = 64 * 1024, MAX_REASON_BYTES = 160 };

void aw__http_reply_init(aw__http_reply *reply, size_t max_body_bytes)
{
    *reply = (aw__http_reply){.body = {.limit = max_body_bytes}};
}

void aw__http_reply_free(aw__http_reply *reply)
{
    aw__buffer_free(&reply->header_lines);
    aw__buffer_free(&reply->body);
    aw__arena_free(reply->arena);
    reply->header_bytes = 0;
    reply->arena = NULL;
}

int aw__http_reply_line(aw__http_reply *reply, const char *line, size_t bytes)
{
    aw__buffer *lines = &reply->header_lines;

    reply->header_bytes += bytes;
    if (reply->header_bytes > MAX_HEADER_BYTES)
        return AW_E_TOO_LARGE;
    while (bytes && (line[bytes - 1] == '\r' || line[bytes - 1] == '\n'))
        bytes--;
    if (bytes >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        aw__buffer_clear(lines);
        return AW_OK;
    }
    if (bytes == 0 || memchr(line, '\0', bytes))
        return AW_OK;
    int rc;

    if (line[0] == ' ' || line[0] == '\t') {
        /* The rest of the line before (RFC 9112, 5.2): its end becomes a space. */
        if (lines->bytes < 2)
            return AW_OK;
        rc = aw__buffer_append(lines, line, bytes);
        if (rc)
            return rc;
        memcpy(lines->data + lines->bytes - bytes - 2, "  ", 2);
    } else {
        rc = aw__buffer_append(lines, line, bytes);
        if (rc)
            return rc;
    }
    return aw__buffer_append(lines, "\r\n", 2);
}

/* A header's value, "" when absent; NULL when out of memory. */
static const char *value_or_empty(aw__http_reply *reply, const char *name)
{
    const char *value = aw__http_header(reply->arena, reply->header_lines.data, name);

    return value || aw__arena_failed(reply->arena) ? value : "";
}

int aw__http_reply_response(aw__http_reply *reply, int status, aw__http_response *ret_response)
{
    if (!reply->arena)
        reply->arena = aw__arena_new();
    if (!reply->arena)
        return AW_E_NOMEM;
    const char *location = value_or_empty(reply, "Location");
    const char *content_type = value_or_empty(reply, "Content-Type");
    const char *retry_after = value_or_empty(reply, "Retry-After");

    if (!location || !content_type || !retry_after)
        return AW_E_NOMEM;
    *ret_response = (aw__http_response){
        .status = status,
        .retry_after_ms = aw__http_retry_after_ms(retry_after),
        .location = location,
        .content_type = content_type,
        .header_lines = reply->header_lines.data ? reply->header_lines.data : "",
        .body = reply->body.data ? reply->body.data : "",
        .body_bytes = reply->body.bytes,
    };
    return AW_OK;
}

/* The peer's words in an object of JSON: the forms of this project, of the reference, and of FastAPI. */
static const char *json_reason(const json_t *value)
{
    const json_t *error = json_object_get(value, "error");
    const char *reason = aw__json_get_text(error, "message", NULL);

    if (!reason)
        reason = json_string_value(error);
    if (!reason)
        reason = aw__json_get_text(value, "detail", NULL);
    if (!reason)
        reason = aw__json_get_text(value, "message", "");
    return reason;
}

/* The first line that has something in it, cut without splitting a character, with nothing that moves a cursor. */
static const char *tidy(aw__arena *arena, const char *text)
{
    text += strspn(text, " \t\r\n");
    size_t bytes = strcspn(text, "\r\n");

    if (bytes > MAX_REASON_BYTES) {
        bytes = MAX_REASON_BYTES;
        while (bytes && ((unsigned char)text[bytes] & 0xC0) == 0x80)
            bytes--;
    }
    char *reason = aw__arena_strndup(arena, text, bytes);

    if (!reason)
        return "";
    aw__text_clean(reason);
    return reason;
}

const char *aw__http_reason(aw__arena *arena, const aw__http_response *response)
{
    const char *body = response->body + strspn(response->body, " \t\r\n");
    json_t *value = NULL;
    const char *reason;

    /* A page for people says nothing in its first line. */
    if (*body == '<' || *body == '\0')
        return "";
    if (aw__json_parse(response->body, response->body_bytes, &value, NULL) == AW_OK)
        reason = json_is_string(value) ? json_string_value(value) : json_reason(value);
    else
        reason = *body == '{' || *body == '[' ? "" : body;
    reason = tidy(arena, reason);
    json_decref(value);
    return reason;
}
