/*
 * Watching descriptors on the loop. All calls on the loop's thread.
 */
#ifndef AW_RUNTIME_WATCH_H
#define AW_RUNTIME_WATCH_H

#include "runtime/runtime.h"

enum { AW__READABLE = 1, AW__WRITABLE = 2, AW__HANGUP = 4 }; /* HANGUP: the other side closed its half (EPOLLRDHUP) */

typedef struct aw__watch aw__watch;
typedef void aw__watch_fn(void *arg, int events);

/* The descriptor stays the caller's, becomes non-blocking, must outlive the watch and has one watch at a time. After an
 * error on it fn gets all events that the watch asks for: using the descriptor tells what it is. NULL when out of
 * memory. */
aw__watch *aw__watch_new(aw_runtime *runtime, int fd, aw__watch_fn *fn, void *arg);
int aw__watch_set(aw__watch *watch, int events); /* 0: none. AW_OK or AW_E_UNSUPPORTED */
void aw__watch_free(aw__watch *watch);           /* fn never runs again; takes NULL */

#endif
