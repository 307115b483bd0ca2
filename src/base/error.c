/*
 * Making errors, and the names of codes.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *aw_code_name(int code)
{
    switch (code) {
#define NAME(code)                                                                                                     \
    case code:                                                                                                         \
        return #code
        NAME(AW_OK);
        NAME(AW_E_INVALID);
        NAME(AW_E_NOMEM);
        NAME(AW_E_REENTRANT);
        NAME(AW_E_CANCELED);
        NAME(AW_E_TIMEOUT);
        NAME(AW_E_CLOSED);
        NAME(AW_E_CONNECT);
        NAME(AW_E_ADDRESS);
        NAME(AW_E_HTTP);
        NAME(AW_E_PROTOCOL);
        NAME(AW_E_TOO_LARGE);
        NAME(AW_E_NOT_FOUND);
        NAME(AW_E_EXISTS);
        NAME(AW_E_DENIED);
        NAME(AW_E_STORE);
        NAME(AW_E_BUSY);
        NAME(AW_E_UNSUPPORTED);
        NAME(AW_E_CONFLICT);
#undef NAME
    default:
        return "AW_E_UNKNOWN";
    }
}

static bool code_retriable(int code)
{
    return code == AW_E_CONNECT || code == AW_E_TIMEOUT || code == AW_E_BUSY || code == AW_E_NOMEM;
}

static bool status_retriable(int status)
{
    if (status == 408 || status == 425 || status == 429)
        return true;
    return status >= 500 && status <= 599 && status != 501 && status != 505;
}

/* format's arguments may point into err itself ("reading meta: %s", err->message). */
AW_PRINTF(3, 0)
static void fill(aw_error *err, int code, const char *format, va_list args)
{
    aw_error made = {.code = code, .retry_after_ms = -1};

    vsnprintf(made.message, sizeof(made.message), format, args);
    aw__text_clean(made.message);
    *err = made;
}

int aw__fail(aw_error *err, int code, const char *format, ...)
{
    if (err) {
        va_list args;

        va_start(args, format);
        fill(err, code, format, args);
        va_end(args);
        err->retriable = code_retriable(code);
    }
    return code;
}

int aw__fail_http(aw_error *err, int status, int retry_after_ms, const char *format, ...)
{
    if (err) {
        va_list args;

        va_start(args, format);
        fill(err, AW_E_HTTP, format, args);
        va_end(args);
        err->http_status = status;
        err->retriable = status_retriable(status);
        err->retry_after_ms = retry_after_ms;
    }
    return AW_E_HTTP;
}

int aw__fail_nomem(aw_error *err)
{
    return aw__fail(err, AW_E_NOMEM, "out of memory");
}
