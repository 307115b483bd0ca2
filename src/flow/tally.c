/*
 * Tallies. Closing one is an operation, so that an embedded runtime is pumped meanwhile.
 */
#include "flow/tally.h"

void aw__tally_begin(aw__tally *tally)
{
    tally->busy++;
}

void aw__tally_end(aw__tally *tally)
{
    tally->busy--;
    if (tally->closing && !tally->busy)
        aw__op_finish(&tally->op, NULL);
}

static void start(aw__op *op)
{
    aw__tally *tally = (aw__tally *)op;

    /* Counts as one itself, so that it cannot end before stop() has. */
    aw__tally_begin(tally);
    tally->closing = true;
    tally->stop(tally->arg);
    aw__tally_end(tally);
}

static void stop(aw__op *op, int code)
{
    (void)op;
    (void)code; /* what is under way is being stopped already */
}

static void deliver(aw__op *op, const aw_error *err)
{
    (void)op;
    (void)err;
}

static void destroy(aw__op *op)
{
    aw__tally *tally = (aw__tally *)op;

    tally->release(tally->arg);
}

static const aw__op_class closing = {"close", start, stop, deliver, destroy};

void aw__tally_init(aw__tally *tally, aw_runtime *runtime, void (*stop_all)(void *arg), void (*release)(void *arg),
                    void *arg)
{
    aw__op_init(&tally->op, &closing, runtime);
    tally->stop = stop_all;
    tally->release = release;
    tally->arg = arg;
}

void aw__tally_close(aw__tally *tally)
{
    aw_error err = {0};

    /* Fails only when the runtime has ended, and with it all that was under way. */
    aw__op_run(&tally->op, 0, NULL, &err);
    aw__op_unref(&tally->op);
}
