/*
 * The way of log lines to the application's function.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/text.h"

enum { LINE_BYTES = 1024, SILENT = -1 };

static atomic_int wanted = SILENT; /* the highest level that goes out; read without the lock */

/* The lock makes lines come one at a time and keeps fn and ud together. */
static struct {
    pthread_mutex_t lock;
    aw_log_fn *fn;
    void *ud;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER};

void aw_log_to(aw_log_fn *fn, aw_log_level level, void *ud)
{
    pthread_mutex_lock(&sink.lock);
    sink.fn = fn;
    sink.ud = ud;
    atomic_store(&wanted, fn ? (int)level : SILENT);
    pthread_mutex_unlock(&sink.lock);
}

bool aw__log_wants(aw_log_level level)
{
    return (int)level <= atomic_load_explicit(&wanted, memory_order_relaxed);
}

void aw__log(aw_log_level level, const char *format, ...)
{
    if (!aw__log_wants(level))
        return;
    char line[LINE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    aw__text_clean(line);
    pthread_mutex_lock(&sink.lock);
    if (sink.fn)
        sink.fn(level, line, sink.ud);
    pthread_mutex_unlock(&sink.lock);
}
