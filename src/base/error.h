/*
 * Making errors.
 */
#ifndef AW_BASE_ERROR_H
#define AW_BASE_ERROR_H

#include <actingweb/error.h>

/* Fills err (may be NULL) with code and message, the other fields cleared, and returns code: return aw__fail(...).
 * retriable is set for AW_E_CONNECT, AW_E_TIMEOUT, AW_E_BUSY and AW_E_NOMEM. */
int aw__fail(aw_error *err, int code, const char *format, ...) AW_PRINTF(3, 4);

/* The same for a peer's status: AW_E_HTTP; retriable for 408, 425, 429 and 5xx but 501 and 505. retry_after_ms is -1
 * when the peer asked for nothing. */
int aw__fail_http(aw_error *err, int status, int retry_after_ms, const char *format, ...) AW_PRINTF(4, 5);

int aw__fail_nomem(aw_error *err);

#endif
