/*
 * The recorder, in the linker's place between callers and the store.
 */
#include "support/recorder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "store/statement.h"
#include "store/store.h"
#include "web/web.h"

enum { TEXTS_MAX = 500 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *texts[TEXTS_MAX]; /* under lock */
static unsigned text_count;          /* likewise */
static atomic_bool takes_all;
static _Thread_local bool serving;

void recorder_serve(bool serves)
{
    serving = serves;
}

void recorder_take_all(bool all)
{
    takes_all = all;
}

bool recorder_has(const char *sql)
{
    for (unsigned i = 0; i < text_count; i++)
        if (!strcmp(texts[i], sql))
            return true;
    return false;
}

const char *recorder_text(unsigned index)
{
    return index < text_count ? texts[index] : NULL;
}

/* ---- statements ---- */

aw__statement __real_aw__sql(aw_database *database, const char *sql, aw_error *err);
aw__statement __wrap_aw__sql(aw_database *database, const char *sql, aw_error *err);

aw__statement __wrap_aw__sql(aw_database *database, const char *sql, aw_error *err)
{
    if (serving || takes_all) {
        pthread_mutex_lock(&lock);
        if (!recorder_has(sql)) {
            if (text_count == TEXTS_MAX)
                abort();
            texts[text_count++] = sql; /* a literal */
        }
        pthread_mutex_unlock(&lock);
    }
    return __real_aw__sql(database, sql, err);
}

/* ---- threads ---- */

struct write {
    aw__store_fn *fn;
    void *arg;
    bool serving;
};

static int write_for(aw_database *database, void *arg, aw_error *err)
{
    const struct write *w = arg;
    bool before = serving;

    serving = w->serving;
    int rc = w->fn(database, w->arg, err);

    serving = before;
    return rc;
}

int __real_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);
int __wrap_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

int __wrap_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    struct write w = {fn, arg, serving};

    return __real_aw__store_write(store, write_for, &w, err);
}

void __real_aw__web_handle(aw__exchange *exchange, void *web);
void __wrap_aw__web_handle(aw__exchange *exchange, void *web);

void __wrap_aw__web_handle(aw__exchange *exchange, void *web)
{
    serving = true;
    __real_aw__web_handle(exchange, web);
    serving = false;
}
