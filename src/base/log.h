/*
 * Log lines to the application's function. No secrets, ever.
 */
#ifndef AW_BASE_LOG_H
#define AW_BASE_LOG_H

#include <actingweb/log.h>

void aw__log(aw_log_level level, const char *format, ...) AW_PRINTF(2, 3);
bool aw__log_wants(aw_log_level level); /* cheap; ask before preparing a costly line */

#endif
