/*
 * A tally of what is under way in the background (flows, work on workers), so that whoever started it can stop it all
 * and wait for the end. All but init and close on the loop's thread.
 */
#ifndef AW_FLOW_TALLY_H
#define AW_FLOW_TALLY_H

#include "runtime/op.h"

typedef struct aw__tally {
    aw__op op; /* first; of closing */
    int busy;
    bool closing;
    void (*stop)(void *arg);
    void (*release)(void *arg);
    void *arg;
} aw__tally;

/* Of an object (arg) that has it embedded, zeroed. stop(arg) cancels what it can and starts nothing more; release(arg)
 * frees the object. */
void aw__tally_init(aw__tally *tally, aw_runtime *runtime, void (*stop)(void *arg), void (*release)(void *arg),
                    void *arg);

void aw__tally_begin(aw__tally *tally);
void aw__tally_end(aw__tally *tally);

/* stop() on the loop's thread, then returns when nothing is under way; the object is released, perhaps a moment later.
 * Not from the loop. */
void aw__tally_close(aw__tally *tally);

#endif
