/*
 * The HTTP server over libmicrohttpd: its threads, its limits, and the way of a connection through a request. The life
 * of requests is exchange.c's, accepting connections acceptor.c's.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/acceptor.h"
#include "http/connections.h"
#include "http/exchange.h"

enum {
    DEFAULT_MAX_CONNECTIONS = 1024,
    DEFAULT_MAX_BODY = 1024 * 1024,
    DEFAULT_MAX_PATH = 4096,
    DEFAULT_IDLE_S = 60,
    BEGIN_MAX_MS = 1000,
    FIRST_MAX_MS = 1000, /* that the first request of a connection is waited for, when the server ends */
    MAX_THREADS = 256,
    /* Of each connection, for the request's head and for reading. Up to this size libmicrohttpd takes it from the heap
     * and not with a system call of its own, and it wipes all of it between two requests. */
    HEAD_BYTES = 32 * 1024,
    /* A body of unknown length is read on for so long after its limit: most clients listen when they are done. */
    MAX_EXCESS = 1024 * 1024
};

enum { STAGE_HEAD, STAGE_BODY, STAGE_REFUSED, STAGE_HANDED }; /* of an exchange's connection */

struct aw__http_server {
    aw__http_server_params params;
    aw__exchanges *exchanges;
    aw__acceptor *acceptor;
    struct MHD_Daemon *daemon;
    struct MHD_Response *out_of_memory; /* ready for when nothing can be made any more */
    aw__connections connections;
};

/* ---- answers ---- */

static struct MHD_Response *make_response(const char *body, size_t bytes)
{
    if (!body || !bytes)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    char *copy = aw__malloc(bytes);

    if (!copy)
        return NULL;
    memcpy(copy, body, bytes);
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(bytes, copy, aw__free);

    if (!response)
        aw__free(copy);
    return response;
}

void *aw__answer_new(const aw__exchange *x, const char *body, size_t body_bytes, bool last)
{
    struct MHD_Response *response = make_response(body, body_bytes);
    bool ok = response != NULL;

    for (const aw__header_line *line = x->answer_headers.first; ok && line; line = line->next)
        ok = MHD_add_response_header(response, line->name, line->value) == MHD_YES;
    if (ok && last)
        ok = MHD_add_response_header(response, "Connection", "close") == MHD_YES;
    if (ok)
        return response;
    aw__answer_free(response);
    return NULL;
}

void aw__answer_free(void *answer)
{
    if (answer)
        MHD_destroy_response(answer);
}

void aw__connection_suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

void aw__connection_resume(void *connection)
{
    MHD_resume_connection(connection);
}

/* Out of memory (x is NULL, or has no answer) is answered as well as it can be. */
static enum MHD_Result send_answer(aw__http_server *server, struct MHD_Connection *connection, const aw__exchange *x)
{
    if (x && x->answer)
        return MHD_queue_response(connection, (unsigned)x->status, x->answer);
    return MHD_queue_response(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, server->out_of_memory);
}

static char *refusal_body(const aw__http_server *server, int status, const char *message)
{
    return server->params.refusal ? server->params.refusal(status, message) : aw__strdup("");
}

static struct MHD_Response *make_refusal(const aw__http_server *server, int status, const char *message)
{
    char *body = refusal_body(server, status, message);
    struct MHD_Response *response = body ? make_response(body, strlen(body)) : NULL;

    if (response && *body && MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES) {
        MHD_destroy_response(response);
        response = NULL;
    }
    if (response && status == MHD_HTTP_UNSUPPORTED_MEDIA_TYPE)
        MHD_add_response_header(response, "Accept-Encoding", "gzip");
    aw__free(body);
    return response;
}

/* Answers in place of handle(). Before the body has been read this closes the connection afterwards. */
static enum MHD_Result refuse(aw__http_server *server, aw__exchange *x, int status, const char *message)
{
    x->stage = STAGE_REFUSED;
    x->status = status;
    x->answer = make_refusal(server, status, message);
    return send_answer(server, x->connection, x);
}

/* Tells a client that its connection is about to be cut while it sends. In the middle of a body libmicrohttpd takes no
 * answer, so this one goes past it; nothing else of ours is on its way on this connection. */
static void refuse_past(const aw__http_server *server, const aw__exchange *x, int status, const char *message)
{
    char *body = refusal_body(server, status, message);
    aw__buffer text = {0};

    if (body && !aw__buffer_printf(&text,
                                   "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                                   "Connection: close\r\n\r\n%s",
                                   status, MHD_get_reason_phrase_for((unsigned)status), strlen(body), body))
        send(x->fd, text.data, text.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    aw__buffer_free(&text);
    aw__free(body);
}

/* ---- requests ---- */

static void *on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
    aw__http_server *server = arg;
    void *x = aw__exchange_new(server->exchanges, target ? target : "");
    char *query = target ? strchr(target, '?') : NULL;

    (void)connection;
    /* libmicrohttpd would split the query into arguments that nobody asks it for; and when they are too many for its
     * memory, the client gets no answer at all (0.9.75). The exchange has its copy: leave nothing to split. */
    if (query)
        query[1] = '\0';
    return x;
}

static enum MHD_Result add_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    aw__exchange *x = arg;

    (void)kind;
    return aw__headers_add(&x->headers, x->arena, name, value ? value : "") == 0 ? MHD_YES : MHD_NO;
}

static bool add_headers(aw__exchange *x, struct MHD_Connection *connection)
{
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, x);
    return !aw__arena_failed(x->arena);
}

static aw__connection *connection_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* A request of which nothing shall be done. When all others are answered its connection is closed, as it would be a
 * moment later: that tells a client, or a proxy, to ask another server. */
static enum MHD_Result turn_away(aw__http_server *server, aw__exchange *x)
{
    if (aw__exchanges_drained(server->exchanges))
        return MHD_NO;
    return refuse(server, x, MHD_HTTP_SERVICE_UNAVAILABLE, "The server is shutting down");
}

/* The headers are there. */
static enum MHD_Result begin(aw__http_server *server, aw__exchange *x, struct MHD_Connection *connection,
                             const char *method, const char *version)
{
    const char *message = NULL;

    x->connection = connection;
    x->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    x->method = aw__arena_strdup(x->arena, method);
    bool begun = aw__exchange_begin(x);

    aw__connection_heard(&server->connections, connection_of(connection));
    if (!begun)
        return turn_away(server, x);
    if (!add_headers(x, connection))
        return refuse(server, x, MHD_HTTP_INTERNAL_SERVER_ERROR, "Out of memory");
    if (strlen(x->path) > server->params.max_path_bytes)
        return refuse(server, x, MHD_HTTP_URI_TOO_LONG, "The path is too long");
    x->body.limit = server->params.max_body_bytes;
    int status = aw__exchange_check_head(x, aw__text_equal(version, MHD_HTTP_VERSION_1_0), &message);

    if (status)
        return refuse(server, x, status, message);
    x->stage = STAGE_BODY;
    return MHD_YES;
}

static const char *why_no_body(const aw__exchange *x)
{
    return x->body_refusal == MHD_HTTP_CONTENT_TOO_LARGE ? "The body is too large" : "Out of memory";
}

/* A piece of the body. What will be refused is read on and dropped for a while. */
static enum MHD_Result take_body(const aw__http_server *server, aw__exchange *x, const char *data, size_t bytes)
{
    int rc = x->body_refusal ? AW_OK : aw__buffer_append(&x->body, data, bytes);

    if (rc)
        x->body_refusal = rc == AW_E_TOO_LARGE ? MHD_HTTP_CONTENT_TOO_LARGE : MHD_HTTP_INTERNAL_SERVER_ERROR;
    if (!x->body_refusal)
        return MHD_YES;
    aw__buffer_free(&x->body);
    x->excess_bytes += bytes;
    if (x->excess_bytes <= MAX_EXCESS)
        return MHD_YES;
    refuse_past(server, x, x->body_refusal, why_no_body(x));
    return MHD_NO;
}

static enum MHD_Result take_turn(aw__http_server *server, aw__exchange *x, aw__exchange_turn turn)
{
    if (turn == AW__TURN_ANSWER)
        return send_answer(server, x->connection, x);
    return turn == AW__TURN_WAIT ? MHD_YES : MHD_NO;
}

/* The whole request is there. */
static enum MHD_Result hand(aw__http_server *server, aw__exchange *x)
{
    const char *message = NULL;

    if (x->body_refusal)
        return refuse(server, x, x->body_refusal, why_no_body(x));
    int status = aw__exchange_unpack_body(x, &message);

    if (status)
        return refuse(server, x, status, message);
    x->stage = STAGE_HANDED;
    aw__exchange_hand(x);
    server->params.handle(x, server->params.arg);
    return take_turn(server, x, aw__exchange_settle(x));
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_bytes, void **context)
{
    aw__http_server *server = arg;
    aw__exchange *x = *context;
    size_t bytes = *data_bytes;

    (void)url;
    *data_bytes = 0; /* all of it is taken */
    if (!x)
        return send_answer(server, connection, NULL);
    switch (x->stage) {
    case STAGE_HEAD:
        return begin(server, x, connection, method, version);
    case STAGE_BODY:
        return bytes ? take_body(server, x, data, bytes) : hand(server, x);
    case STAGE_HANDED:
        return take_turn(server, x, aw__exchange_resumed(x));
    default:
        return MHD_NO;
    }
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)arg;
    (void)connection;
    (void)code;
    if (*context)
        aw__exchange_leave(*context);
    *context = NULL;
}

/* Paths stay as they were sent. */
static size_t keep_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg;
    (void)connection;
    return strlen(text);
}

/* ---- connections ---- */

static bool is_full(void *arg)
{
    aw__http_server *server = arg;

    return atomic_load(&server->connections.open) >= server->params.max_connections;
}

static void take_connection(int fd, const struct sockaddr *address, socklen_t bytes, void *arg)
{
    aw__http_server *server = arg;

    aw__connections_add(&server->connections);
    if (MHD_add_connection(server->daemon, fd, address, bytes) != MHD_YES)
        aw__connections_undo_add(&server->connections); /* and it has been closed */
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    aw__http_server *server = arg;

    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED)
        aw__connection_end(&server->connections, *context);
    else
        *context = aw__connection_begin(&server->connections);
}

static void AW_PRINTF(2, 0) on_log(void *arg, const char *format, va_list args)
{
    char line[256];

    (void)arg;
    if (!aw__log_wants(AW_LOG_TRACE))
        return;
    vsnprintf(line, sizeof(line), format, args);
    line[strcspn(line, "\r\n")] = '\0';
    aw__log(AW_LOG_TRACE, "server: %s", line);
}

/* ---- start and end ---- */

static void fill_defaults(aw__http_server_params *params)
{
    if (params->threads < 1)
        params->threads = 1;
    if (params->threads > MAX_THREADS)
        params->threads = MAX_THREADS;
    if (params->max_connections < 1)
        params->max_connections = DEFAULT_MAX_CONNECTIONS;
    if (!params->max_body_bytes)
        params->max_body_bytes = DEFAULT_MAX_BODY;
    if (!params->max_path_bytes)
        params->max_path_bytes = DEFAULT_MAX_PATH;
    if (params->idle_timeout_s < 1)
        params->idle_timeout_s = DEFAULT_IDLE_S;
}

/* The daemon has no socket of its own: it gets its connections from take_connection(), which also counts them. Its
 * limit is shared out among its threads, so it is set to what lets any one have all. */
static struct MHD_Daemon *start_daemon(aw__http_server *server)
{
    const aw__http_server_params *params = &server->params;
    size_t head_bytes = HEAD_BYTES + (params->max_path_bytes > DEFAULT_MAX_PATH ? 2 * params->max_path_bytes : 0);
    unsigned limit = (unsigned)params->max_connections;

    limit = limit > UINT32_MAX / (unsigned)params->threads ? UINT32_MAX : limit * (unsigned)params->threads;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)head_bytes, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, params->idle_timeout_s, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_target, server},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {params->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, params->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                                MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
                            0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server,
                            MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/* The application's signals are handled in its own threads; faults stay with whoever commits them. */
static int start_threads(aw__http_server *server, aw_error *err)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPROF};
    sigset_t most, before;
    int rc = AW_OK;

    sigfillset(&most);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&most, faults[i]);
    pthread_sigmask(SIG_SETMASK, &most, &before);
    server->daemon = start_daemon(server);
    if (!server->daemon)
        rc = aw__fail(err, AW_E_UNSUPPORTED, "no threads or descriptors for the server");
    else
        rc = aw__acceptor_start(server->acceptor, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int aw__http_server_start(const aw__http_server_params *params, aw__http_server **ret_server, aw_error *err)
{
    aw__http_server *server = aw__calloc(1, sizeof(*server));

    if (!server)
        return aw__fail_nomem(err);
    server->params = *params;
    fill_defaults(&server->params);
    aw__acceptor_params accepting = {params->host, params->port, is_full, take_connection, server};
    int rc = aw__acceptor_open(&accepting, &server->acceptor, err);

    server->params.host = NULL; /* the caller's */
    if (rc)
        goto done;
    rc = aw__exchanges_new(params->runtime, &server->exchanges, err);
    if (rc)
        goto done;
    server->out_of_memory = make_refusal(server, MHD_HTTP_INTERNAL_SERVER_ERROR, "Out of memory");
    if (!server->out_of_memory) {
        rc = aw__fail_nomem(err);
        goto done;
    }
    rc = start_threads(server, err);
    if (rc)
        goto done;
    *ret_server = server;

done:
    if (rc)
        aw__http_server_free(server);
    return rc;
}

int aw__http_server_port(const aw__http_server *server)
{
    return aw__acceptor_port(server->acceptor);
}

/* A proxy opens a connection for a request that it has at hand, so one that was accepted last is about to send it. */
int aw__http_server_drain(aw__http_server *server, int timeout_ms)
{
    aw__acceptor_stop(server->acceptor);
    aw__exchanges_last(server->exchanges);
    timeout_ms -= aw__connections_wait_heard(&server->connections, timeout_ms < FIRST_MAX_MS ? timeout_ms : FIRST_MAX_MS);
    return aw__exchanges_drain(server->exchanges, timeout_ms);
}

void aw__http_server_free(aw__http_server *server)
{
    if (!server)
        return;
    aw__acceptor_free(server->acceptor);
    /* libmicrohttpd frees, when it is stopped, what it was handed and has not begun, without its lock. A connection
     * that it gave up on is never begun, so the wait has an end. */
    aw__connections_wait_begun(&server->connections, BEGIN_MAX_MS);
    if (server->exchanges)
        aw__exchanges_close(server->exchanges); /* libmicrohttpd must not be stopped with suspended connections */
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    aw__answer_free(server->out_of_memory);
    aw__exchanges_unref(server->exchanges);
    aw__free(server);
}
