/*
 * What tests of the store write and look for: properties of actor "a".
 */
#ifndef TESTS_UNIT_STORE_PUTS_H
#define TESTS_UNIT_STORE_PUTS_H

#include "store_fixture.h"

#include "base/error.h"
#include "store/properties.h"
#include "store/store.h"

static inline aw__store *opened(struct fixture *f)
{
    aw__store *store = NULL;

    assert_ok(f, aw__store_open(f->location, AW__STORE_MAKE, &store, &f->err));
    return store;
}

/* A write of one property, and what else a test wants of it. */
struct put {
    aw__store *store;
    char name[32];
    const char *value;
    int fail_with; /* after the property is written */
    aw_error err;
    int rc;
};

static inline int put(aw_database *database, void *arg, aw_error *err)
{
    struct put *p = arg;
    int rc = aw__properties_set(database, "a", p->name, p->value ? p->value : "1", err);

    return !rc && p->fail_with ? aw__fail(err, p->fail_with, "as told") : rc;
}

static inline void *run_put(void *arg)
{
    struct put *p = arg;

    p->rc = aw__store_write(p->store, put, p, &p->err);
    return NULL;
}

static inline int write_property(aw__store *store, const char *name, aw_error *err)
{
    struct put p = {0};

    snprintf(p.name, sizeof(p.name), "%s", name);
    return aw__store_write(store, put, &p, err);
}

static inline int count(aw_database *database, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT count(*) FROM properties", err);

    if (aw__row(&s))
        *(int64_t *)arg = aw__column_int(&s, 0);
    return aw__finish(&s);
}

static inline int64_t properties(struct fixture *f, aw__store *store)
{
    int64_t n = -1;

    assert_ok(f, aw__store_read(store, count, &n, &f->err));
    return n;
}

static inline int find(aw_database *database, void *arg, aw_error *err)
{
    const char *const *name = arg;
    aw__statement s = aw__sql(database, "SELECT 1 FROM properties WHERE id = 'a' AND name = $1", err);

    aw__bind_text(&s, *name);
    return aw__finish_found(&s, aw__row(&s), "property");
}

static inline int read_property(aw__store *store, const char *name, aw_error *err)
{
    return aw__store_read(store, find, &name, err);
}

#endif
