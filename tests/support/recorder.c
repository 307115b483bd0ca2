/*
 * The recorder, in the linker's place between callers and the store.
 */
#include "support/recorder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/statement.h"
#include "store/store.h"
#include "web/web.h"

enum { TEXTS_MAX = 500, ID_BYTES = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct texts {
    const char *list[TEXTS_MAX];
    unsigned count;
} texts, strays; /* under lock */
static atomic_bool takes_all;
static _Thread_local bool serving;
static _Thread_local struct transaction {
    bool open;
    char actor_id[ID_BYTES]; /* "" before the first statement */
} transaction;
static _Thread_local struct {
    aw_database_statement *handle;
    const char *sql;
} latest;

void recorder_serve(bool serves)
{
    serving = serves;
}

void recorder_take_all(bool all)
{
    takes_all = all;
}

static bool has(const struct texts *all, const char *sql)
{
    for (unsigned i = 0; i < all->count; i++)
        if (!strcmp(all->list[i], sql))
            return true;
    return false;
}

static void add(struct texts *all, const char *sql)
{
    pthread_mutex_lock(&lock);
    if (!has(all, sql)) {
        if (all->count == TEXTS_MAX)
            abort();
        all->list[all->count++] = sql; /* a literal */
    }
    pthread_mutex_unlock(&lock);
}

bool recorder_has(const char *sql)
{
    return has(&texts, sql);
}

const char *recorder_text(unsigned index)
{
    return index < texts.count ? texts.list[index] : NULL;
}

const char *recorder_stray(unsigned index)
{
    return index < strays.count ? strays.list[index] : NULL;
}

/* ---- statements ---- */

aw__statement __real_aw__sql(aw_database *database, const char *sql, aw_error *err);
aw__statement __wrap_aw__sql(aw_database *database, const char *sql, aw_error *err);

aw__statement __wrap_aw__sql(aw_database *database, const char *sql, aw_error *err)
{
    aw__statement s = __real_aw__sql(database, sql, err);

    if (serving || takes_all)
        add(&texts, sql);
    latest.handle = s.handle;
    latest.sql = sql;
    return s;
}

/* Which parameter says whose rows they are; 0: none does. */
static int key_of(const char *sql)
{
    if (strstr(sql, "INSERT INTO property_lookup"))
        return 3;
    return strstr(sql, "id = $1") || strstr(sql, "(id, ") ? 1 : 0;
}

void __real_aw__bind_text(aw__statement *s, const char *value);
void __wrap_aw__bind_text(aw__statement *s, const char *value);

void __wrap_aw__bind_text(aw__statement *s, const char *value)
{
    bool counts = transaction.open && (serving || takes_all) && s->handle && s->handle == latest.handle;

    if (counts && value && s->next_parameter == key_of(latest.sql) && !aw__text_starts(value, "_actingweb_")) {
        if (*transaction.actor_id && strcmp(transaction.actor_id, value) != 0)
            add(&strays, latest.sql);
        snprintf(transaction.actor_id, sizeof(transaction.actor_id), "%s", value);
    }
    __real_aw__bind_text(s, value);
}

/* ---- threads ---- */

struct call {
    aw__store_fn *fn;
    void *arg;
    bool serving;
};

/* In the thread that makes the transaction. */
static int run(aw_database *database, void *arg, aw_error *err)
{
    const struct call *call = arg;
    bool before = serving;

    serving = call->serving;
    transaction = (struct transaction){.open = true};
    int rc = call->fn(database, call->arg, err);

    transaction.open = false;
    serving = before;
    return rc;
}

int __real_aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);
int __wrap_aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

int __wrap_aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    struct call call = {fn, arg, serving};

    return __real_aw__store_read(store, run, &call, err);
}

int __real_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);
int __wrap_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

int __wrap_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    struct call call = {fn, arg, serving};

    return __real_aw__store_write(store, run, &call, err);
}

void __real_aw__web_handle(aw__exchange *exchange, void *web);
void __wrap_aw__web_handle(aw__exchange *exchange, void *web);

void __wrap_aw__web_handle(aw__exchange *exchange, void *web)
{
    serving = true;
    __real_aw__web_handle(exchange, web);
    serving = false;
}
