/*
 * What every adapter must carry: the same tests run through each loop. A test program tells how its loop is made, run
 * and stopped, and how the runtime is attached to it.
 */
#ifndef AW_TESTS_ADAPTERS_SCENARIO_H
#define AW_TESTS_ADAPTERS_SCENARIO_H

#include <actingweb/runtime.h>

struct loop {
    void (*open)(void);
    void (*run)(void);  /* until stop(), however long nothing happens */
    void (*stop)(void); /* from a callback in the loop's thread: run() returns soon */
    void (*turn)(void); /* does what is due now and does not wait */
    bool (*attach)(aw_runtime *runtime);
    void (*detach)(void);
    void (*close)(void);
};

/* main()'s result. */
int scenario_run(const struct loop *loop);

#endif
