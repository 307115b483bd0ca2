/*
 * URLs, without resolving anything: taken apart strictly (what is refused here never reaches the client), put together,
 * compared. Which addresses a peer may have is in address.c.
 */
#include "http/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

enum { MAX_HOST_BYTES = 253 }; /* what a DNS name can have (RFC 1035) */

struct part {
    const char *text;
    size_t bytes;
};

/* A URL's parts, still inside it. */
struct parts {
    const char *scheme; /* one of the two literals */
    struct part host;
    int port;
    struct part path; /* may be empty */
    struct part query;
    bool has_query;
};

static int refuse(aw_error *err, const char *why)
{
    return aw__fail(err, AW_E_INVALID, "not a URL that can be used: %s", why);
}

static bool clean(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

/* What stands between brackets is an IPv6 address; a zone ("%eth0") is none. */
static bool valid_ipv6(struct part host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (host.bytes < 4 || host.bytes - 2 >= sizeof(text) || host.text[host.bytes - 1] != ']')
        return false;
    memcpy(text, host.text + 1, host.bytes - 2);
    text[host.bytes - 2] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* Letters, digits, "-", "." and "_": no escapes and no Unicode, which different readers read differently. */
static bool valid_host(struct part host)
{
    if (host.bytes == 0 || host.bytes > MAX_HOST_BYTES)
        return false;
    if (host.text[0] == '[')
        return valid_ipv6(host);
    for (size_t i = 0; i < host.bytes; i++) {
        char c = host.text[i];

        if (!isascii(c) || (!isalnum((unsigned char)c) && c != '-' && c != '.' && c != '_'))
            return false;
    }
    return host.text[0] != '.';
}

/* 1 to 65535, or 0 for anything else. */
static int port_of(const char *text, size_t bytes)
{
    int port = 0;

    if (bytes == 0 || bytes > 5)
        return 0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        port = port * 10 + (text[i] - '0');
    }
    return port <= 65535 ? port : 0;
}

/* "host" or "host:port". */
static int split_authority(struct part authority, struct parts *parts, aw_error *err)
{
    const char *end = authority.text + authority.bytes;
    const char *from = authority.text;

    if (memchr(authority.text, '@', authority.bytes))
        return refuse(err, "it holds a user name");
    if (authority.bytes && *from == '[') {
        from = memchr(from, ']', authority.bytes);
        if (!from)
            return refuse(err, "its address lacks a bracket");
    }
    const char *colon = memchr(from, ':', (size_t)(end - from));

    parts->host = (struct part){authority.text, (size_t)((colon ? colon : end) - authority.text)};
    if (!valid_host(parts->host))
        return refuse(err, "its host name is none");
    if (colon) {
        parts->port = port_of(colon + 1, (size_t)(end - colon - 1));
        if (!parts->port)
            return refuse(err, "its port is no number from 1 to 65535");
    }
    return AW_OK;
}

static int split(const char *text, struct parts *ret_parts, aw_error *err)
{
    struct parts parts = {0};

    if (aw__text_empty(text))
        return refuse(err, "it is empty");
    if (strnlen(text, AW__URL_MAX_BYTES + 1) > AW__URL_MAX_BYTES)
        return aw__fail(err, AW_E_INVALID, "a URL has more than %d bytes", AW__URL_MAX_BYTES);
    if (!clean(text))
        return refuse(err, "it holds a space or a control character; percent-encode it");
    if (strchr(text, '#'))
        return refuse(err, "it has a fragment (#)");
    if (strncasecmp(text, "http://", 7) == 0) {
        parts.scheme = "http";
        parts.port = 80;
    } else if (strncasecmp(text, "https://", 8) == 0) {
        parts.scheme = "https";
        parts.port = 443;
    } else {
        return refuse(err, "it does not begin with http:// or https://");
    }
    const char *host = text + strlen(parts.scheme) + 3;
    const char *path = host + strcspn(host, "/?");
    const char *query = path + strcspn(path, "?");
    int rc = split_authority((struct part){host, (size_t)(path - host)}, &parts, err);

    if (rc)
        return rc;
    parts.path = (struct part){path, (size_t)(query - path)};
    parts.has_query = *query == '?';
    if (parts.has_query)
        parts.query = (struct part){query + 1, strlen(query + 1)};
    *ret_parts = parts;
    return AW_OK;
}

int aw__url_check(const char *text, aw_error *err)
{
    struct parts parts;

    return split(text, &parts, err);
}

int aw__url_parse(aw__arena *arena, const char *text, aw__url *ret_url, aw_error *err)
{
    struct parts parts;
    int rc = split(text, &parts, err);

    if (rc)
        return rc;
    char *host = aw__arena_strndup(arena, parts.host.text, parts.host.bytes);
    char *path =
        parts.path.bytes ? aw__arena_strndup(arena, parts.path.text, parts.path.bytes) : aw__arena_strdup(arena, "/");
    char *query = parts.has_query ? aw__arena_strndup(arena, parts.query.text, parts.query.bytes) : NULL;

    if (!host || !path || (parts.has_query && !query))
        return aw__fail_nomem(err);
    for (char *c = host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    *ret_url = (aw__url){.scheme = parts.scheme, .host = host, .port = parts.port, .path = path, .query = query};
    return AW_OK;
}

char *aw__url_join(aw__arena *arena, const char *base, const char *path)
{
    size_t bytes = strlen(base);

    while (bytes && base[bytes - 1] == '/')
        bytes--;
    while (*path == '/')
        path++;
    return aw__arena_printf(arena, "%.*s/%s", (int)bytes, base, path);
}

bool aw__url_same_origin(const char *a, const char *b)
{
    struct parts left;
    struct parts right;

    if (split(a, &left, NULL) || split(b, &right, NULL))
        return false;
    return strcmp(left.scheme, right.scheme) == 0 && left.port == right.port && left.host.bytes == right.host.bytes &&
           strncasecmp(left.host.text, right.host.text, left.host.bytes) == 0;
}

static bool part_is(struct part part, const char *text)
{
    return part.bytes == strlen(text) && strncasecmp(part.text, text, part.bytes) == 0;
}

bool aw__url_is_loopback(const char *url)
{
    struct parts parts;
    struct in_addr v4;
    struct in6_addr v6;
    char host[INET6_ADDRSTRLEN];

    if (split(url, &parts, NULL))
        return false;
    if (part_is(parts.host, "localhost") || part_is(parts.host, "localhost."))
        return true;
    if (parts.host.bytes >= sizeof(host))
        return false;
    if (parts.host.text[0] == '[') {
        memcpy(host, parts.host.text + 1, parts.host.bytes - 2);
        host[parts.host.bytes - 2] = '\0';
        return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    }
    memcpy(host, parts.host.text, parts.host.bytes);
    host[parts.host.bytes] = '\0';
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

aw__url_host aw__url_host_of(const char *url)
{
    struct parts parts;

    if (split(url, &parts, NULL))
        return (aw__url_host){.name = ""};
    return (aw__url_host){.name = parts.host.text, .bytes = parts.host.bytes, .port = parts.port};
}

/* FNV-1a. */
uint32_t aw__url_host_hash(const aw__url_host *host)
{
    uint32_t hash = 2166136261u ^ (uint32_t)host->port;

    for (size_t i = 0; i < host->bytes; i++)
        hash = (hash ^ (uint32_t)tolower((unsigned char)host->name[i])) * 16777619u;
    return hash;
}

bool aw__url_host_equal(const aw__url_host *a, const aw__url_host *b)
{
    return a->port == b->port && a->bytes == b->bytes && strncasecmp(a->name, b->name, a->bytes) == 0;
}

void aw__url_host_port(const char *url, char out[AW__HOST_PORT_BYTES])
{
    struct parts parts;

    out[0] = '\0';
    if (split(url, &parts, NULL))
        return;
    /* A name that does not fit loses its beginning: its end says whose it is. */
    size_t fits = AW__HOST_PORT_BYTES - sizeof("...:65535");
    size_t skip = parts.host.bytes > fits ? parts.host.bytes - fits : 0;

    snprintf(out, AW__HOST_PORT_BYTES, "%s%.*s:%d", skip ? "..." : "", (int)(parts.host.bytes - skip),
             parts.host.text + skip, parts.port);
}
