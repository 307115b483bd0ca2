/*
 * The loop, as the other files of the library see it: posting work to its thread, and asking which thread this is.
 * libuv is included in src/runtime/ only.
 */
#ifndef AW_RUNTIME_RUNTIME_H
#define AW_RUNTIME_RUNTIME_H

#include <actingweb/runtime.h>

/* Runs fn(arg) on the loop's thread, soon, in the order of posting. Any thread. The node is embedded in the caller's
 * object and must not be posted again before it ran, so posting never allocates and never fails. */
typedef struct aw__post {
    struct aw__post *next;
    void (*fn)(void *arg);
    void *arg;
} aw__post;

void aw__runtime_post(aw_runtime *runtime, aw__post *post, void (*fn)(void *), void *arg);

/* The caller is inside the loop: a synchronous wait here would never end. */
bool aw__runtime_inside(const aw_runtime *runtime);

/* Params as given, with the defaults filled in. */
const aw_runtime_params *aw__runtime_params(const aw_runtime *runtime);

/*
 * One slot for the HTTP client, which lives as long as the runtime (layer 2 hangs itself in here, so the runtime need
 * not know it): `close` runs on the loop's thread (or in aw_runtime_free) before the loop ends, after every operation
 * has completed.
 */
void aw__runtime_attach(aw_runtime *runtime, void *client, void (*close)(void *client));
void *aw__runtime_attached(const aw_runtime *runtime);

/* Held while layer 2 makes its client once: threads may ask for it at the same time. */
void aw__runtime_lock(aw_runtime *runtime);
void aw__runtime_unlock(aw_runtime *runtime);

#endif
