/*
 * The HTTP client: libcurl's multi handles over the runtime's watches and timers. The only file with curl.h. When calls
 * begin and end is call.c's.
 */
#include "http/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "http/call.h"
#include "http/client_request.h"
#include "http/url.h"
#include "runtime/watch.h"

enum {
    RETRY_MS = 20,     /* after libcurl itself ran out of memory */
    READ_BYTES = 4096, /* at once: peers' answers are small, and each call under way has a buffer of this size */
    USUAL_CALLS = 1024
};

/* A socket that libcurl waits for. */
struct watched {
    aw__link link; /* of the call that it was opened for */
    aw__pool *pool;
    curl_socket_t fd;
    aw__watch *watch;
};

static aw__http_call *call_of(CURL *easy)
{
    void *call = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    return call;
}

/*
 * Running: libcurl says what it waits for, the loop says what happened.
 */

/* A broken connection has an errno; without one, and without TLS in between, what came over it made no sense. */
static bool was_malformed(const aw__http_call *call)
{
    curl_off_t tls_us = 0;

    curl_easy_getinfo(call->easy, CURLINFO_APPCONNECT_TIME_T, &tls_us);
    return tls_us == 0 && aw__transfer_errno(call) == 0;
}

static aw__fault fault_of(aw__http_call *call, CURLcode result)
{
    if (call->refusal)
        return call->refusal == AW_E_TOO_LARGE ? AW__FAULT_TOO_LARGE : AW__FAULT_MEMORY;
    switch (result) {
    case CURLE_OK:
        return AW__FAULT_NONE;
    case CURLE_OUT_OF_MEMORY:
        return AW__FAULT_MEMORY;
    case CURLE_URL_MALFORMAT:
        return AW__FAULT_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
        return AW__FAULT_NAME;
    case CURLE_COULDNT_CONNECT:
        return AW__FAULT_CONNECT;
    case CURLE_OPERATION_TIMEDOUT: /* only connecting has a time limit of libcurl's */
        return AW__FAULT_CONNECT_TIMEOUT;
    case CURLE_GOT_NOTHING:
        return AW__FAULT_NO_ANSWER;
    case CURLE_PARTIAL_FILE:
        return AW__FAULT_CUT;
    case CURLE_SEND_ERROR:
        return AW__FAULT_BROKEN;
    case CURLE_RECV_ERROR:
        return was_malformed(call) ? AW__FAULT_NOT_HTTP : AW__FAULT_BROKEN;
    case CURLE_FILESIZE_EXCEEDED:
        return AW__FAULT_TOO_LARGE;
    case CURLE_UNSUPPORTED_PROTOCOL: /* to libcurl, bytes that are not HTTP are HTTP 0.9 */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
        return AW__FAULT_NOT_HTTP;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
        return AW__FAULT_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
        return AW__FAULT_TLS;
    default:
        /* In general words: the particular ones might hold some of the URL. */
        snprintf(call->detail, sizeof(call->detail), "%s", curl_easy_strerror(result));
        return AW__FAULT_OTHER;
    }
}

static void collect(const aw__pool *pool)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(pool->multi, &left))) {
        CURLcode result = message->data.result;
        aw__http_call *call = call_of(message->easy_handle);

        if (aw__lookup_waits(&call->lookup))
            aw__transfer_remove(call); /* it was not its turn to ask for the name */
        else
            aw__call_end(call, fault_of(call, result));
    }
    aw__lookups_settle(&pool->client->lookups);
}

static void on_timer(void *arg);

static void drive(aw__pool *pool, curl_socket_t fd, int events)
{
    int running;

    if (curl_multi_socket_action(pool->multi, fd, events, &running))
        aw__timer_start(pool->client->runtime, &pool->timer, RETRY_MS, on_timer, pool);
    collect(pool);
}

static void on_timer(void *arg)
{
    drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
    aw__pool *pool = arg;

    (void)multi;
    if (timeout_ms < 0)
        aw__timer_stop(pool->client->runtime, &pool->timer);
    else
        aw__timer_start(pool->client->runtime, &pool->timer, (uint64_t)timeout_ms, on_timer, pool);
    return 0;
}

static void on_event(void *arg, int events)
{
    const struct watched *watched = arg;
    int action = (events & AW__READABLE ? CURL_CSELECT_IN : 0) | (events & AW__WRITABLE ? CURL_CSELECT_OUT : 0);

    drive(watched->pool, watched->fd, action ? action : CURL_CSELECT_ERR);
}

static void unwatch(struct watched *watched)
{
    if (!watched)
        return;
    aw__list_remove(&watched->link);
    aw__watch_free(watched->watch);
    aw__free(watched);
}

static struct watched *watch(aw__pool *pool, aw__http_call *call, curl_socket_t fd)
{
    struct watched *watched = aw__malloc(sizeof(*watched));

    if (!watched)
        return NULL;
    aw__list_init(&watched->link);
    aw__list_append(&call->watched, &watched->link);
    watched->pool = pool;
    watched->fd = fd;
    watched->watch = aw__watch_new(pool->client->runtime, fd, on_event, watched);
    if (watched->watch && curl_multi_assign(pool->multi, fd, watched) == CURLM_OK)
        return watched;
    unwatch(watched);
    return NULL;
}

static int set_events(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct watched *watched = socket_arg;

    if (what == CURL_POLL_REMOVE) {
        unwatch(watched);
        return 0;
    }
    if (watched && !watched->watch)
        return 0; /* its call is being removed */
    if (!watched)
        watched = watch(arg, call_of(easy), fd);
    if (!watched || aw__watch_set(watched->watch,
                                  (what & CURL_POLL_IN ? AW__READABLE : 0) | (what & CURL_POLL_OUT ? AW__WRITABLE : 0)))
        /* libcurl must not hear of it: it would give up every call, for ever. */
        aw__call_doom(call_of(easy), AW__FAULT_MEMORY);
    return 0;
}

/*
 * What libcurl asks about one call.
 */

static int on_lookup(void *resolver, void *reserved, void *arg)
{
    (void)resolver;
    (void)reserved;
    return aw__call_may_ask(arg) ? 0 : 1;
}

/* Whatever URL and name led here: this is the address that would be connected to. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    aw__http_call *call = arg;

    (void)purpose;
    aw__lookup_found(&call->client->lookups, &call->lookup);
    if (!call->client->params->allow_private_peers && aw__address_is_special(&address->addr)) {
        call->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    if (fd < 0)
        call->socket_errno = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* Returning less than all there is ends the transfer. */
static size_t accept_bytes(aw__http_call *call, size_t bytes, int rc)
{
    if (!rc)
        return bytes;
    call->refusal = rc;
    return 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    aw__http_call *call = arg;

    return accept_bytes(call, size * count, aw__http_reply_line(&call->reply, line, size * count));
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    aw__http_call *call = arg;

    return accept_bytes(call, size * count, aw__buffer_append(&call->reply.body, data, size * count));
}

/*
 * Transfers.
 */

int aw__transfer_open(aw__http_call *call)
{
    call->easy = curl_easy_init();
    return call->easy ? AW_OK : AW_E_NOMEM;
}

void aw__transfer_close(aw__http_call *call)
{
    curl_easy_cleanup(call->easy);
}

/* Our options are right: when one cannot be set, memory is what was missing. */
#define SET(rc, easy, option, value)                                                                                   \
    do {                                                                                                               \
        if (!(rc))                                                                                                     \
            (rc) = curl_easy_setopt(easy, option, value);                                                              \
    } while (0)

/* libcurl goes through all the addresses that it remembers whenever a transfer ends. So that it has few to go through,
 * names are spread over several caches. NULL when out of memory. */
static CURLSH *name_cache_of(aw__http_client *client, const char *url)
{
    aw__url_host host = aw__url_host_of(url);
    void **cache = &client->name_caches[aw__url_host_hash(&host) % AW__NAME_CACHES];

    if (!*cache) {
        CURLSH *made = curl_share_init();

        if (made && curl_share_setopt(made, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS)) {
            curl_share_cleanup(made);
            made = NULL;
        }
        *cache = made;
    }
    return *cache;
}

static CURLcode set_transport(aw__http_call *call)
{
    CURL *easy = call->easy;
    CURLcode rc = CURLE_OK;

    SET(rc, easy, CURLOPT_PRIVATE, call);
    SET(rc, easy, CURLOPT_ERRORBUFFER, call->detail);
    SET(rc, easy, CURLOPT_NOSIGNAL, 1L);
    SET(rc, easy, CURLOPT_QUICK_EXIT, 1L); /* dropping a call never waits for a name server */
    SET(rc, easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(rc, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(rc, easy, CURLOPT_PROXY, "");
    SET(rc, easy, CURLOPT_PATH_AS_IS, 1L);
    SET(rc, easy, CURLOPT_TCP_NODELAY, 1L);
    SET(rc, easy, CURLOPT_BUFFERSIZE, (long)READ_BYTES);
    SET(rc, easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
    SET(rc, easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->client->params->max_response_bytes);
    SET(rc, easy, CURLOPT_RESOLVER_START_FUNCTION, on_lookup);
    SET(rc, easy, CURLOPT_RESOLVER_START_DATA, call);
    SET(rc, easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(rc, easy, CURLOPT_OPENSOCKETDATA, call);
    SET(rc, easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(rc, easy, CURLOPT_HEADERDATA, call);
    SET(rc, easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(rc, easy, CURLOPT_WRITEDATA, call);
    return rc;
}

static CURLcode set_request(aw__http_call *call, const aw__http_request *request)
{
    CURL *easy = call->easy;
    CURLSH *cache = name_cache_of(call->client, request->url);
    CURLcode rc = cache ? CURLE_OK : CURLE_OUT_OF_MEMORY;

    SET(rc, easy, CURLOPT_URL, request->url);
    SET(rc, easy, CURLOPT_SHARE, cache);
    SET(rc, easy, CURLOPT_USERAGENT, "actingweb/" AW_VERSION_STRING);
    SET(rc, easy, CURLOPT_HTTPHEADER, call->headers);
    if (strcmp(request->method, "HEAD") == 0) {
        SET(rc, easy, CURLOPT_NOBODY, 1L);
    } else if (request->body || strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0) {
        /* By pointer, so that it can be sent once more when a kept connection turns out to be closed. */
        SET(rc, easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
        SET(rc, easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    SET(rc, easy, CURLOPT_CUSTOMREQUEST, request->method);
    return rc;
}

#undef SET

static bool add_header(aw__http_call *call, const char *line)
{
    struct curl_slist *longer = curl_slist_append(call->headers, line);

    call->headers = longer ? longer : call->headers;
    return longer;
}

/* The request's, and none of those that libcurl adds to forms and to large bodies. */
static bool add_headers(aw__http_call *call, const char *const *headers)
{
    char scratch[AW__HTTP_NAME_BYTES + 1];
    bool ok = add_header(call, "Expect:");

    if (!aw__http_request_has(headers, "Content-Type"))
        ok = ok && add_header(call, "Content-Type:");
    for (; ok && headers && *headers; headers++)
        ok = add_header(call, aw__http_request_line(*headers, scratch));
    return ok;
}

int aw__transfer_prepare(aw__http_call *call, const aw__http_request *request)
{
    if (!add_headers(call, request->headers) || set_transport(call) || set_request(call, request))
        return AW_E_NOMEM;
    return AW_OK;
}

void aw__transfer_clear(aw__http_call *call)
{
    curl_easy_reset(call->easy);
    curl_slist_free_all(call->headers);
    call->headers = NULL;
}

/*
 * Pools. When a transfer ends, libcurl goes through all the connections of its multi handle, and more than once: with
 * ten thousand under way, ending them all takes many seconds. So the first pool, whose connections are kept and used
 * again, takes as many calls as are usual; the others, opened when needed, share what is beyond that and keep nothing.
 */

static void close_pool(aw__pool *pool)
{
    if (!pool->multi)
        return;
    aw__timer_stop(pool->client->runtime, &pool->timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, NULL);
    curl_multi_cleanup(pool->multi);
    pool->multi = NULL;
}

static int open_pool(aw__http_client *client, aw__pool *pool)
{
    CURLM *multi = curl_multi_init();

    pool->client = client;
    pool->multi = multi;
    if (multi && !curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_events) &&
        !curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool) &&
        !curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) &&
        !curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool) &&
        !curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING))
        return AW_OK;
    close_pool(pool);
    return AW_E_NOMEM;
}

static bool keeps_connections(const aw__pool *pool)
{
    return pool == &pool->client->pools[0];
}

static aw__pool *choose_pool(aw__http_client *client)
{
    size_t usual = USUAL_CALLS + (size_t)client->params->max_idle_connections;

    if (client->pools[0].transfers < usual)
        return &client->pools[0];
    client->next_pool = client->next_pool % (AW__POOLS - 1) + 1;
    aw__pool *next = &client->pools[client->next_pool];

    return next->multi || open_pool(client, next) == AW_OK ? next : &client->pools[0];
}

/* A limit for the connections that are idle, of a libcurl that has one for all. It looks at it when a transfer ends and
 * its connection becomes idle, and then closes the one that was idle for longest. */
static void limit_connections(const aw__pool *pool)
{
    size_t others = pool->transfers ? pool->transfers - 1 : 0;

    if (keeps_connections(pool))
        curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS,
                          (long)(others + (size_t)pool->client->params->max_idle_connections));
}

int aw__transfer_add(aw__http_call *call)
{
    aw__pool *pool = choose_pool(call->client);

    curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, keeps_connections(pool) ? 0L : 1L);
    if (curl_multi_add_handle(pool->multi, call->easy))
        return AW_E_NOMEM;
    call->pool = pool;
    pool->transfers++;
    limit_connections(pool);
    return AW_OK;
}

/* libcurl closes a socket that is still connecting before it says so, and by then its number may be another
 * thread's. */
static void forget_sockets(aw__http_call *call)
{
    for (aw__link *link = call->watched.next; link != &call->watched; link = link->next) {
        struct watched *watched = AW__ITEM(link, struct watched, link);

        aw__watch_free(watched->watch);
        watched->watch = NULL;
    }
}

void aw__transfer_remove(aw__http_call *call)
{
    aw__pool *pool = call->pool;

    if (!pool)
        return;
    call->pool = NULL;
    forget_sockets(call);
    curl_multi_remove_handle(pool->multi, call->easy);
    pool->transfers--;
    limit_connections(pool);
}

bool aw__transfer_sent(const aw__http_call *call)
{
    long bytes = 0;

    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

int aw__transfer_status(const aw__http_call *call)
{
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

int aw__transfer_errno(const aw__http_call *call)
{
    long os_errno = 0;

    curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno);
    return call->socket_errno ? call->socket_errno : (int)os_errno;
}

/*
 * The client.
 */

static void free_client(aw__http_client *client)
{
    for (size_t i = 0; i < AW__POOLS; i++)
        close_pool(&client->pools[i]);
    for (size_t i = 0; i < AW__NAME_CACHES; i++)
        curl_share_cleanup(client->name_caches[i]); /* takes NULL */
    aw__slots_free(&client->slots);
    curl_global_cleanup();
    aw__free(client);
}

static void close_client(void *arg)
{
    aw__http_client *client = arg;

    aw__calls_free(client);
    aw__timer_stop(client->runtime, &client->sweep);
    free_client(client);
}

static aw__http_client *new_client(aw_runtime *runtime)
{
    aw__http_client *client = aw__calloc(1, sizeof(*client));

    if (!client)
        return NULL;
    client->runtime = runtime;
    client->params = aw__runtime_params(runtime);
    aw__list_init(&client->calls);
    aw__list_init(&client->spare);
    aw__lookups_init(&client->lookups);
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        aw__free(client);
        return NULL;
    }
    if (aw__slots_init(&client->slots, (size_t)client->params->max_connections_per_peer) ||
        open_pool(client, &client->pools[0])) {
        free_client(client);
        return NULL;
    }
    return client;
}

aw__http_client *aw__http_client_of(aw_runtime *runtime, aw_error *err)
{
    aw__runtime_lock(runtime);
    aw__http_client *client = aw__runtime_attached(runtime);

    if (!client) {
        client = new_client(runtime);
        if (client)
            aw__runtime_attach(runtime, client, close_client);
    }
    aw__runtime_unlock(runtime);
    if (!client)
        aw__fail_nomem(err);
    return client;
}
