/*
 * The checks and defaults of aw_app_params.
 */
#include "api/settings.h"

#include <string.h>
#include <sys/resource.h>

#include "api/trust_types.h"
#include "base/error.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/params.h"
#include "http/url.h"

enum {
    MAX_WEB_THREADS = 256,
    /* More than processors: an answer that waits for a commit holds its thread, and a burst on some connections keeps
     * only those waiting that share a thread with them. */
    DEFAULT_WEB_THREADS = 16,
    MAX_WORKERS = 256,
    DEFAULT_CONNECTIONS = 16384,
    MIN_CONNECTIONS = 16,
    DEFAULT_BODY_BYTES = 1024 * 1024,
    DEFAULT_GAP_TIMEOUT_S = 5,
    MAX_GAP_TIMEOUT_S = 24 * 60 * 60,
    DEFAULT_MAX_PENDING = 100
};

/* ---- one field ---- */

static int check_range(const char *field, long value, long max, aw_error *err)
{
    if (value < 0 || value > max)
        return aw__fail(err, AW_E_INVALID, "%s: must be from 0 (the default) to %ld", field, max);
    return AW_OK;
}

/* Copies a text, or its default. */
static int read_text(const char *field, const char *given, const char *fallback, aw__arena *arena,
                     const char **ret_text, aw_error *err)
{
    int rc = aw__check_text(field, given, AW__TEXT_MAX_BYTES, err);

    if (rc)
        return rc;
    *ret_text = aw__arena_strdup(arena, given ? given : fallback);
    return *ret_text ? AW_OK : aw__fail_nomem(err);
}

static int check_store(const char *store, aw_error *err)
{
    if (aw__text_empty(store))
        return aw__fail(err, AW_E_INVALID,
                        "store: is required; give \"sqlite:PATH\" or \"postgresql://USER@HOST/DATABASE\"");
    return aw__store_check(store, err);
}

static int read_relationship(const char *given, aw__arena *arena, const char **ret_text, aw_error *err)
{
    if (given && (!aw__id_valid(given) || strcmp(given, "creator") == 0 || strcmp(given, "trustee") == 0))
        return aw__fail(err, AW_E_INVALID,
                        "default_relationship: must be one word, and neither \"creator\" nor "
                        "\"trustee\"");
    return read_text("default_relationship", given, "associate", arena, ret_text, err);
}

/* ---- where it listens, and where peers find it ---- */

/* "HOST:PORT", "[::1]:PORT", ":PORT". */
/* Of IPv4 and IPv6 addresses, names, and "*". */
#define HOST_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_%*"

static int read_listen(const char *listen, aw__arena *arena, aw__settings *settings, aw_error *err)
{
    const char *colon = strrchr(listen, ':');
    const char *host = listen;
    size_t host_bytes = colon ? (size_t)(colon - listen) : 0;
    int64_t port;

    if (!colon || !aw__text_to_int(colon + 1, 0, 65535, &port) || host_bytes > AW__NAME_MAX_BYTES)
        return aw__fail(err, AW_E_INVALID, "listen: must be \"HOST:PORT\"; port 0 picks a free one");
    if (host_bytes > 1 && *host == '[' && host[host_bytes - 1] == ']') {
        host++;
        host_bytes -= 2;
    } else if (memchr(host, ':', host_bytes)) {
        return aw__fail(err, AW_E_INVALID, "listen: an IPv6 address stands in brackets, \"[::1]:8080\"");
    }
    if (strspn(host, HOST_CHARACTERS) < host_bytes)
        return aw__fail(err, AW_E_INVALID, "listen: the host is an address, localhost, or empty for all addresses");
    settings->listens = true;
    settings->port = (int)port;
    settings->host = aw__arena_strndup(arena, host, host_bytes);
    return settings->host ? AW_OK : aw__fail_nomem(err);
}

static bool is_every_address(const char *host)
{
    return !*host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

char *aw__settings_root(const aw__settings *settings, aw__arena *arena, int port)
{
    bool ipv6 = strchr(settings->host, ':') != NULL;

    return aw__arena_printf(arena, "http://%s%s%s:%d/", ipv6 ? "[" : "", settings->host, ipv6 ? "]" : "", port);
}

static int derive_root(aw__settings *settings, aw__arena *arena, aw_error *err)
{
    if (!settings->listens)
        return aw__fail(err, AW_E_INVALID,
                        "root: is required; give the URL at which peers reach this service, "
                        "\"https://host/\"");
    if (is_every_address(settings->host))
        return aw__fail(err, AW_E_INVALID,
                        "root: is required when listen is every address; give the URL at which "
                        "peers reach this service");
    settings->root_waits = settings->port == 0;
    settings->config.root = aw__settings_root(settings, arena, settings->port);
    return settings->config.root ? AW_OK : aw__fail_nomem(err);
}

/* With exactly one slash at its end. */
static int read_root(const char *root, aw__arena *arena, aw__settings *settings, aw_error *err)
{
    aw__url url;
    aw_error why = {0};
    int rc = aw__url_parse(arena, root, &url, &why);

    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(err);
    if (rc)
        return aw__fail(err, AW_E_INVALID, "root: %s; give \"https://host/\"", why.message);
    if (url.query)
        return aw__fail(err, AW_E_INVALID, "root: must not have a query; give \"https://host/\"");
    size_t bytes = strlen(root);

    while (root[bytes - 1] == '/')
        bytes--;
    settings->config.root = aw__arena_printf(arena, "%.*s/", (int)bytes, root);
    return settings->config.root ? AW_OK : aw__fail_nomem(err);
}

static int read_addresses(const aw_app_params *params, aw__arena *arena, aw__settings *settings, aw_error *err)
{
    int rc = params->listen ? read_listen(params->listen, arena, settings, err) : AW_OK;

    if (rc == AW_OK)
        rc = params->root ? read_root(params->root, arena, settings, err) : derive_root(settings, arena, err);
    if (rc)
        return rc;
    /* A service behind a proxy listens on loopback too: what counts is where peers find it. Port 0 is in no URL. */
    const char *found_at = settings->root_waits ? aw__settings_root(settings, arena, 1) : settings->config.root;

    if (!found_at)
        return aw__fail_nomem(err);
    settings->allow_private_peers = params->allow_private_peers || aw__url_is_loopback(found_at);
    return AW_OK;
}

/* ---- limits ---- */

/* Each connection may need a second descriptor for a peer, so half of what there is. */
static int max_connections(int given)
{
    struct rlimit limit;

    if (given)
        return given;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur / 2 >= DEFAULT_CONNECTIONS)
        return DEFAULT_CONNECTIONS;
    return limit.rlim_cur / 2 < MIN_CONNECTIONS ? MIN_CONNECTIONS : (int)(limit.rlim_cur / 2);
}

static int read_limits(const aw_app_params *params, aw__settings *settings, aw_error *err)
{
    int rc = check_range("web_threads", params->web_threads, MAX_WEB_THREADS, err);

    if (rc == AW_OK)
        rc = check_range("workers", params->workers, MAX_WORKERS, err);
    if (rc == AW_OK)
        rc = check_range("gap_timeout_s", params->gap_timeout_s, MAX_GAP_TIMEOUT_S, err);
    if (rc == AW_OK)
        rc = check_range("max_pending", params->max_pending, 1000000, err);
    if (rc == AW_OK)
        rc = check_range("max_connections", params->max_connections, 1000000, err);
    if (rc == AW_OK && params->max_body_bytes > (size_t)1 << 30)
        rc = aw__fail(err, AW_E_INVALID, "max_body_bytes: must be at most 1 GiB");
    if (rc == AW_OK && params->delivery != AW_DELIVERY_ONCE && params->delivery != AW_DELIVERY_DURABLE)
        rc = aw__fail(err, AW_E_INVALID, "delivery: must be AW_DELIVERY_ONCE or AW_DELIVERY_DURABLE");
    if (rc)
        return rc;
    settings->workers = params->workers;
    settings->web_threads = params->web_threads ? params->web_threads : DEFAULT_WEB_THREADS;
    settings->max_connections = max_connections(params->max_connections);
    settings->max_body_bytes = params->max_body_bytes ? params->max_body_bytes : DEFAULT_BODY_BYTES;
    settings->config.gap_timeout_ms = 1000 * (params->gap_timeout_s ? params->gap_timeout_s : DEFAULT_GAP_TIMEOUT_S);
    settings->config.max_pending = params->max_pending ? params->max_pending : DEFAULT_MAX_PENDING;
    return AW_OK;
}

static int read_texts(const aw_app_params *params, aw__arena *arena, aw__settings *settings, aw_error *err)
{
    aw__config *config = &settings->config;
    int rc = check_store(params->store, err);

    if (rc == AW_OK)
        rc = read_text("store", params->store, NULL, arena, &settings->store, err);
    if (rc == AW_OK)
        rc = read_text("type", params->type, "urn:actingweb:example.com:actingwebd", arena, &config->type, err);
    if (rc == AW_OK)
        rc = read_text("version", params->version, AW_VERSION_STRING, arena, &config->version, err);
    if (rc == AW_OK)
        rc = read_text("desc", params->desc, "Actor: ", arena, &config->desc, err);
    if (rc == AW_OK)
        rc = read_text("info", params->info, "https://actingweb.org/", arena, &config->info, err);
    return rc ? rc : read_relationship(params->default_relationship, arena, &config->default_relationship, err);
}

int aw__settings_read(const aw_app_params *params, aw__arena *arena, aw__settings *ret_settings, aw_error *err)
{
    aw_app_params p;
    aw__settings settings = {.host = ""};
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = read_texts(&p, arena, &settings, err);
    if (rc == AW_OK)
        rc = read_addresses(&p, arena, &settings, err);
    if (rc == AW_OK)
        rc = read_limits(&p, &settings, err);
    if (rc == AW_OK)
        rc = aw__trust_types_read(p.trust_types, p.trust_type_count, arena, &settings.config.trust_types, err);
    if (rc)
        return rc;
    settings.runtime = p.runtime;
    settings.opening = p.migrate == AW_MIGRATE_OFF ? AW__STORE_EXISTING : AW__STORE_MAKE;
    settings.config.delivery = p.delivery;
    settings.config.subscription_processing = p.subscription_processing;
    settings.config.unique_creator = p.unique_creator;
    settings.config.auto_accept = p.auto_accept;
    settings.config.devtest = p.devtest;
    *ret_settings = settings;
    return AW_OK;
}
