/*
 * Log lines go to one function of the application's; without one, nothing is printed anywhere.
 */
#ifndef ACTINGWEB_LOG_H
#define ACTINGWEB_LOG_H

#include <actingweb/common.h>

AW_BEGIN_DECLS

typedef enum aw_log_level { AW_LOG_ERROR, AW_LOG_WARNING, AW_LOG_INFO, AW_LOG_DEBUG, AW_LOG_TRACE } aw_log_level;

/* Called from any thread, one call at a time per line; line has no newline and is borrowed until the return. It never
 * holds a secret, a passphrase or a token. Must not call back into the library. */
typedef void aw_log_fn(aw_log_level level, const char *line, void *ud);

/* Sends lines up to level to fn; NULL silences. Process-wide; call it before the first app or runtime is made. */
AW_API void aw_log_to(aw_log_fn *fn, aw_log_level level, void *ud);

AW_END_DECLS

#endif
