/*
 * Answers: JSON, text, HTML or nothing, and errors in their one form {"error":{"code","message"}}.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "web/router.h"

enum { MESSAGE_BYTES = 512 };

static const char json_content[] = "application/json";

static void answer(aw__call *call, int status, const char *content_type, const char *body)
{
    if (content_type)
        aw__call_header(call, "Content-Type", content_type);
    aw__exchange_reply(call->exchange, status, body, body ? strlen(body) : 0);
}

/* What is left when there is no memory to say it better. */
static void answer_out_of_memory(aw__call *call)
{
    answer(call, 500, json_content, "{\"error\":{\"code\":\"out_of_memory\",\"message\":\"out of memory\"}}");
}

void aw__call_header(aw__call *call, const char *name, const char *value)
{
    /* An answer without a header that it should have is better than none. */
    (void)aw__exchange_add_header(call->exchange, name, value);
}

void aw__call_json(aw__call *call, int status, json_t *body)
{
    char *text = body ? aw__json_text(body) : NULL;

    if (text)
        answer(call, status, json_content, text);
    else
        answer_out_of_memory(call);
    aw__free(text);
}

void aw__call_json_text(aw__call *call, int status, const char *text)
{
    answer(call, status, json_content, text);
}

void aw__call_text(aw__call *call, int status, const char *text)
{
    answer(call, status, NULL, text);
}

void aw__call_html(aw__call *call, int status, const char *html)
{
    aw__call_header(call, "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'");
    answer(call, status, "text/html; charset=utf-8", html);
}

void aw__call_empty(aw__call *call, int status)
{
    answer(call, status, NULL, NULL);
}

/* ---- errors ---- */

static char *error_body(const char *code, const char *message)
{
    json_t *body = json_pack("{s:{s:s,s:s}}", "error", "code", code, "message", message);
    char *text = body ? aw__json_text(body) : NULL;

    json_decref(body);
    return text;
}

void aw__call_fail(aw__call *call, int status, const char *code, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    aw__text_clean(message);
    char *body = error_body(code, message);

    if (body)
        answer(call, status, json_content, body);
    else
        answer_out_of_memory(call);
    aw__free(body);
}

char *aw__web_refusal(int status, const char *message)
{
    const char *code = status == 413   ? "too_large"
                       : status == 414 ? "too_long"
                       : status == 415 ? "unsupported_encoding"
                       : status == 431 ? "headers_too_large"
                       : status == 503 ? "busy"
                       : status >= 500 ? "server_error"
                                       : "bad_request";

    return error_body(code, message);
}

static const struct {
    int code;
    int status;
    const char *word;
} meanings[] = {
    {AW_E_INVALID, 400, "bad_request"},
    {AW_E_NOMEM, 500, "out_of_memory"},
    {AW_E_CANCELED, 503, "canceled"},
    {AW_E_TIMEOUT, 504, "timeout"},
    {AW_E_CLOSED, 503, "shutting_down"},
    {AW_E_CONNECT, 502, "peer_unreachable"},
    {AW_E_ADDRESS, 502, "peer_address"},
    {AW_E_HTTP, 502, "peer_refused"},
    {AW_E_PROTOCOL, 502, "peer_protocol"},
    {AW_E_TOO_LARGE, 413, "too_large"},
    {AW_E_NOT_FOUND, 404, "not_found"},
    {AW_E_EXISTS, 409, "exists"},
    {AW_E_DENIED, 403, "forbidden"},
    {AW_E_STORE, 500, "store_failed"},
    {AW_E_BUSY, 503, "busy"},
    {AW_E_UNSUPPORTED, 501, "unsupported"},
    {AW_E_CONFLICT, 409, "conflict"},
};

enum { STORE_AWAY = 503 };

/* In whole seconds, rounded up: who comes early comes in vain. */
void aw__call_retry_after(aw__call *call, int ms)
{
    char seconds[16];

    snprintf(seconds, sizeof(seconds), "%d", ms / 1000 + (ms % 1000 != 0));
    aw__call_header(call, "Retry-After", seconds);
}

/* That passes, and is in the log once and not once for each request. Where the database is, is nobody's business. */
static void fail_away(aw__call *call, const aw_error *err)
{
    aw__log(AW_LOG_DEBUG, "request %s: %s", call->request_id ? call->request_id : "-", err->message);
    aw__call_retry_after(call, err->retry_after_ms);
    aw__call_fail(call, STORE_AWAY, "store_unavailable", "the database is away; try again");
}

void aw__call_error(aw__call *call, const aw_error *err)
{
    int status = 500;
    const char *word = "server_error";

    if (err->code == AW_E_STORE && err->retriable && err->retry_after_ms > 0) {
        fail_away(call, err);
        return;
    }
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
        if (meanings[i].code == err->code) {
            status = meanings[i].status;
            word = meanings[i].word;
        }
    if (err->code == AW_E_BUSY || (err->code == AW_E_HTTP && err->retry_after_ms >= 0))
        aw__call_retry_after(call, err->retry_after_ms > 0 ? err->retry_after_ms : 1000);
    if (status != 500) {
        aw__call_fail(call, status, word, "%s", err->message);
        return;
    }
    /* What failed inside is for the operator, who finds it by the request's id. */
    aw__log(AW_LOG_ERROR, "request %s: %s: %s", call->request_id ? call->request_id : "-", aw_code_name(err->code),
            err->message);
    aw__call_fail(call, status, word, "the server could not do this; its log says why");
}
