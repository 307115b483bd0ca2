/*
 * What a request says, as its handler asks for it, and the headers of its answer. The life of requests is exchange.c's.
 */
#include <string.h>

#include "base/text.h"
#include "http/cookie.h"
#include "http/exchange.h"
#include "http/gzip.h"

/* A target that is a whole URL, as to a proxy, means its path (RFC 9112, 3.2.2). */
static const char *skip_origin(const char *target)
{
    size_t scheme = aw__text_starts(target, "http://") ? 7 : aw__text_starts(target, "https://") ? 8 : 0;

    return scheme ? target + scheme + strcspn(target + scheme, "/?") : target;
}

bool aw__exchange_set_target(aw__exchange *x, const char *target)
{
    const char *path = skip_origin(target);
    size_t path_bytes = strcspn(path, "?");
    const char *query = path[path_bytes] ? path + path_bytes + 1 : "";

    x->path = path_bytes ? aw__arena_strndup(x->arena, path, path_bytes) : "/";
    x->query = aw__arena_strdup(x->arena, query);
    return x->path && x->query;
}

static bool has_blanks(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= ' ')
            return true;
    }
    return false;
}

static bool is_malformed(const aw__exchange *x)
{
    for (const aw__header_line *line = x->headers.first; line; line = line->next) {
        if (!aw__header_name_valid(line->name))
            return true;
    }
    return has_blanks(x->path) || has_blanks(x->query);
}

/* Of such a header two readers may take two different ones. */
static bool is_repeated(const aw__header_line *line)
{
    return line && aw__headers_find(line->next, line->name);
}

/* NULL when the body is as it is. Of several codings none is understood: nobody packs twice. */
static const char *content_coding(const aw__exchange *x)
{
    const char *coding = aw__exchange_header(x, "Content-Encoding");

    return coding && *coding && !aw__text_equal_nocase(coding, "identity") ? coding : NULL;
}

static bool is_gzip(const char *coding)
{
    return aw__text_equal_nocase(coding, "gzip") || aw__text_equal_nocase(coding, "x-gzip");
}

int aw__exchange_check_head(const aw__exchange *x, bool hostless, const char **ret_message)
{
    const aw__header_line *length = aw__headers_find(x->headers.first, "Content-Length");
    const aw__header_line *coding = aw__headers_find(x->headers.first, "Transfer-Encoding");
    const aw__header_line *host = aw__headers_find(x->headers.first, "Host");
    int64_t announced;

    *ret_message = "The request is not well-formed HTTP";
    if (is_malformed(x) || (length && coding) || is_repeated(length) || is_repeated(coding) || is_repeated(host))
        return 400;
    *ret_message = "The Host header is missing";
    if (!hostless && !host)
        return 400;
    *ret_message = "The only transfer encoding understood is chunked";
    if (coding && !aw__text_equal_nocase(coding->value, "chunked"))
        return 501;
    *ret_message = "The body is too large";
    if (length && (!aw__text_to_int(length->value, 0, INT64_MAX, &announced) || (uint64_t)announced > x->body.limit))
        return 413;
    *ret_message = "The only content encoding understood is gzip";
    if ((length || coding) && content_coding(x) &&
        (!is_gzip(content_coding(x)) ||
         aw__headers_find(aw__headers_find(x->headers.first, "Content-Encoding")->next, "Content-Encoding")))
        return 415;
    return 0;
}

int aw__exchange_unpack_body(aw__exchange *x, const char **ret_message)
{
    aw__buffer unpacked = {.limit = x->body.limit};
    int rc = x->body.bytes && content_coding(x) ? aw__gzip_unpack(x->body.data, x->body.bytes, &unpacked) : AW_OK;

    if (rc == AW_OK && unpacked.data) {
        aw__buffer_free(&x->body);
        x->body = unpacked;
        return 0;
    }
    aw__buffer_free(&unpacked);
    switch (rc) {
    case AW_OK: return 0;
    case AW_E_TOO_LARGE: *ret_message = "The body is too large once it is unpacked"; return 413;
    case AW_E_NOMEM: *ret_message = "Out of memory"; return 500;
    default: *ret_message = "The body is not the gzip that it is called"; return 400;
    }
}

aw__arena *aw__exchange_arena(aw__exchange *x)
{
    return x->arena;
}

const char *aw__exchange_method(const aw__exchange *x)
{
    return x->method;
}

const char *aw__exchange_path(const aw__exchange *x)
{
    return x->path;
}

const char *aw__exchange_query(const aw__exchange *x)
{
    return x->query;
}

const char *aw__exchange_header(const aw__exchange *x, const char *name)
{
    const aw__header_line *line = aw__headers_find(x->headers.first, name);

    return line ? line->value : NULL;
}

const char *aw__exchange_header_list(const aw__exchange *x, const char *name)
{
    const aw__header_line *line = aw__headers_find(x->headers.first, name);
    const char *list = line ? line->value : NULL;

    while (list && (line = aw__headers_find(line->next, name)))
        list = aw__arena_printf(x->arena, "%s, %s", list, line->value);
    return list;
}

const char *aw__exchange_cookie(const aw__exchange *x, const char *name)
{
    const char *value = NULL;
    const aw__header_line *line = aw__headers_find(x->headers.first, "Cookie");

    while (line && !value) {
        value = aw__cookie_find(x->arena, line->value, name);
        line = aw__headers_find(line->next, "Cookie");
    }
    return value;
}

const char *aw__exchange_body(const aw__exchange *x, size_t *ret_bytes)
{
    if (ret_bytes)
        *ret_bytes = x->body.bytes;
    return x->body.data ? x->body.data : "";
}

/* The server writes these by itself. */
static bool is_framing(const char *name)
{
    return aw__text_equal_nocase(name, "Content-Length") || aw__text_equal_nocase(name, "Transfer-Encoding");
}

int aw__exchange_add_header(aw__exchange *x, const char *name, const char *value)
{
    if (!aw__header_name_valid(name) || !aw__header_value_valid(value) || is_framing(name))
        return AW_E_INVALID;
    return *value && aw__headers_add(&x->answer_headers, x->arena, name, value) ? AW_E_NOMEM : AW_OK;
}
