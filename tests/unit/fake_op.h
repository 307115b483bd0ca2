/*
 * An operation that does what a test tells it to: for the tests of op.c and group.c.
 */
#ifndef AW_TESTS_FAKE_OP_H
#define AW_TESTS_FAKE_OP_H

#include "loop_support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "runtime/group.h"
#include "runtime/op.h"

enum fake_way {
    FAKE_AT_ONCE, /* finishes inside start() */
    FAKE_HANGS,   /* finishes inside stop() */
    FAKE_UNDOES,  /* finishes a little after stop() */
    FAKE_DEAF     /* succeeds although it was stopped */
};

struct fake {
    aw__op op;
    enum fake_way way;
    int code; /* of its own failure; AW_OK: it succeeds */
    aw__timer undoing;
    void (*on_delivered)(struct fake *fake, const aw_error *err);
    void *ud;
    /* what happened, by the loop's thread */
    int starts, stops, deliveries;
    int stopped_with;
    int code_delivered;
    bool inside_when_delivered;
    char message[256];
    struct gate *delivered;
    atomic_int *destroyed;
};

static inline void fake_finish(struct fake *fake)
{
    aw_error err;

    if (!fake->code) {
        aw__op_finish(&fake->op, NULL);
        return;
    }
    aw__fail(&err, fake->code, "a failure of its own");
    aw__op_finish(&fake->op, &err);
}

static inline void fake_start(aw__op *op)
{
    struct fake *fake = (struct fake *)op;

    fake->starts++;
    if (fake->way == FAKE_AT_ONCE)
        fake_finish(fake);
}

static inline void fake_undone(void *arg)
{
    struct fake *fake = arg;

    fake->code = AW_E_CONNECT;
    fake_finish(fake);
}

static inline void fake_stop(aw__op *op, int code)
{
    struct fake *fake = (struct fake *)op;

    fake->stops++;
    fake->stopped_with = code;
    if (fake->way == FAKE_UNDOES) {
        aw__timer_start(op->runtime, &fake->undoing, 5, fake_undone, fake);
        return;
    }
    if (fake->way == FAKE_HANGS)
        fake->code = AW_E_CONNECT;
    fake_finish(fake);
}

static inline void fake_deliver(aw__op *op, const aw_error *err)
{
    struct fake *fake = (struct fake *)op;

    fake->deliveries++;
    fake->inside_when_delivered = aw__runtime_inside(op->runtime);
    fake->code_delivered = err ? err->code : AW_OK;
    if (err)
        memcpy(fake->message, err->message, sizeof(fake->message));
    if (fake->on_delivered)
        fake->on_delivered(fake, err);
    if (fake->delivered)
        gate_open(fake->delivered);
}

static inline void fake_destroy(aw__op *op)
{
    struct fake *fake = (struct fake *)op;

    if (fake->destroyed)
        atomic_fetch_add(fake->destroyed, 1);
    aw__free(fake);
}

static const aw__op_class fake_class = {"fake", fake_start, fake_stop, fake_deliver, fake_destroy};

static inline struct fake *fake_new(aw_runtime *runtime, enum fake_way way, int code)
{
    struct fake *fake = aw__calloc(1, sizeof(*fake));

    assert_non_null(fake);
    aw__op_init(&fake->op, &fake_class, runtime);
    fake->way = way;
    fake->code = code;
    return fake;
}

static inline void fake_unref(struct fake *fake)
{
    aw__op_unref(&fake->op);
}

#endif
