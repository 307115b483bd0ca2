/*
 * Checking requests. Sending them is client.c's.
 */
#include "http/client_request.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "http/headers.h"
#include "http/url.h"

/* RFC 9110's token at the beginning of text: its bytes. */
static size_t token_bytes(const char *text)
{
    return strspn(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool names(const char *line, const char *name)
{
    size_t bytes = strlen(name);

    return strncasecmp(line, name, bytes) == 0 && line[bytes] == ':';
}

/* The headers' values may be secret; their names are not. */
static int check_header(const char *line, aw_error *err)
{
    size_t name = token_bytes(line);

    if (name == 0 || name >= AW__HTTP_NAME_BYTES || line[name] != ':')
        return aw__fail(err, AW_E_INVALID, "a request header is not \"Name: value\"");
    if (!aw__header_value_valid(line + name + 1))
        return aw__fail(err, AW_E_INVALID, "the request header %.*s holds a control character", (int)name, line);
    if (names(line, "Content-Length") || names(line, "Transfer-Encoding"))
        return aw__fail(err, AW_E_INVALID, "the request header %.*s follows from the body; leave it out", (int)name,
                        line);
    return AW_OK;
}

int aw__http_request_check(const aw__http_request *request, aw_error *err)
{
    int rc = aw__url_check(request->url, err);

    if (rc)
        return rc;
    if (aw__text_empty(request->method) || token_bytes(request->method) != strlen(request->method) ||
        strlen(request->method) >= AW__HTTP_NAME_BYTES)
        return aw__fail(err, AW_E_INVALID, "the request's method is not a word");
    if (request->body_bytes && !request->body)
        return aw__fail(err, AW_E_INVALID, "the request has a body's length without a body");
    for (const char *const *line = request->headers; line && *line; line++) {
        rc = check_header(*line, err);
        if (rc)
            return rc;
    }
    return AW_OK;
}

bool aw__http_request_has(const char *const *headers, const char *name)
{
    for (; headers && *headers; headers++)
        if (names(*headers, name))
            return true;
    return false;
}

const char *aw__http_request_line(const char *line, char scratch[AW__HTTP_NAME_BYTES + 1])
{
    size_t name = token_bytes(line);

    if (line[name + 1 + strspn(line + name + 1, " \t")])
        return line;
    memcpy(scratch, line, name);
    memcpy(scratch + name, ";", 2);
    return scratch;
}
