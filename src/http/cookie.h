/*
 * Cookies, as browsers send them back.
 */
#ifndef AW_HTTP_COOKIE_H
#define AW_HTTP_COOKIE_H

#include "base/alloc.h"

/* The value of the first cookie of this name in a Cookie header's value, without quotes around it, in the arena. NULL
 * when absent (or out of memory). Names are compared by case. */
const char *aw__cookie_find(aw__arena *arena, const char *header, const char *name);

#endif
