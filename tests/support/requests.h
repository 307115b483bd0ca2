/*
 * Every kind of request, and every conversation, run once before the recorder (recorder.h).
 */
#ifndef TESTS_SUPPORT_REQUESTS_H
#define TESTS_SUPPORT_REQUESTS_H

#include "base/alloc.h"

/* Every route that reads or writes the store, what an application's own handlers may call besides, and all
 * conversations. Fails the test when one of them is not answered as it should be. */
void test_requests_record(aw__arena *arena);

#endif
