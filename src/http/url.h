/*
 * URLs: taken apart, put together, compared; and which addresses a peer may have.
 */
#ifndef AW_HTTP_URL_H
#define AW_HTTP_URL_H

#include "base/alloc.h"
#include <actingweb/error.h>

struct sockaddr;

#define AW__URL_MAX_BYTES 2048

typedef struct aw__url {
    const char *scheme; /* "http" or "https", lower case */
    const char *host;   /* lower case; an IPv6 address with its brackets */
    int port;           /* the scheme's own when none was given */
    const char *path;   /* begins with "/" (never empty) */
    const char *query;  /* without "?", or NULL */
} aw__url;

/* Only http and https with a host, no user information, no fragment, no control characters, not over-long.
 * AW_E_INVALID, AW_E_NOMEM. */
int aw__url_parse(aw__arena *arena, const char *text, aw__url *ret_url, aw_error *err);

/* The same question without the parts: AW_OK, AW_E_INVALID. Allocates nothing. */
int aw__url_check(const char *text, aw_error *err);

/* Whom a URL leads to: its host as it stands in the URL, and its port. No bytes for what is no URL. */
typedef struct aw__url_host {
    const char *name;
    size_t bytes;
    int port;
} aw__url_host;

aw__url_host aw__url_host_of(const char *url);
uint32_t aw__url_host_hash(const aw__url_host *host); /* of any case the same */
bool aw__url_host_equal(const aw__url_host *a, const aw__url_host *b);

/* "host:port" of a URL, for messages; "" for what is no URL. */
#define AW__HOST_PORT_BYTES 128
void aw__url_host_port(const char *url, char out[AW__HOST_PORT_BYTES]);

/* base without slashes at its end + "/" + path without slashes at its beginning. NULL when out of memory. */
char *aw__url_join(aw__arena *arena, const char *base, const char *path);

/* Same scheme, host and port. */
bool aw__url_same_origin(const char *a, const char *b);

/* The URL is of this host name or address itself: "localhost", 127/8, ::1. By name only; nothing is resolved. */
bool aw__url_is_loopback(const char *url);

/* Loopback, private, link-local, multicast, unspecified, documentation or otherwise special (IPv4, IPv6, and IPv4
 * inside IPv6): not for peers unless allowed. */
bool aw__address_is_special(const struct sockaddr *address);

#endif
