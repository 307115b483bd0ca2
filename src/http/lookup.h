/*
 * Name lookups take turns. libcurl asks for each name in a thread of its own; a burst of calls to one new peer, or to
 * many peers whose name servers hang, must not become as many threads. So one call asks for a name while the others
 * to that name wait for its answer, and no more than a few names are asked for at once. Names that libcurl still
 * remembers, and connections that are reused, never come here. All on the loop's thread.
 */
#ifndef AW_HTTP_LOOKUP_H
#define AW_HTTP_LOOKUP_H

#include "base/list.h"
#include "http/url.h"
#include <actingweb/common.h>

/* A call that had to wait may try again: another one has found its name, or it is its turn to ask. Or, with a result
 * that is not 0: there is no such name, says the call that asked, which passed result to aw__lookup_end(). It must not
 * end calls at once. */
typedef void aw__lookup_go(void *arg, int result);

typedef struct aw__lookup {
    aw__link link;
    aw__url_host host; /* inside the call's URL */
    uint32_t hash;
    enum { AW__LOOKUP_NONE, AW__LOOKUP_WAITS, AW__LOOKUP_ASKS, AW__LOOKUP_FOUND } state;
    aw__lookup_go *go;
    void *arg;
} aw__lookup;

typedef struct aw__lookups {
    aw__link asking; /* and those that have just found theirs */
    size_t asking_count;
    aw__link waiting; /* first come, first served */
    bool unsettled;
} aw__lookups;

void aw__lookups_init(aw__lookups *lookups);

/* A call to url is about to ask for its name: true when it may, false when it has to wait for go(arg). lookup is zeroed
 * at first, and lives as long as the call, like url. */
bool aw__lookup_begin(aw__lookups *lookups, aw__lookup *lookup, const char *url, aw__lookup_go *go, void *arg);

bool aw__lookup_waits(const aw__lookup *lookup);

/* Its name is known. Only a note, so that it can be made inside libcurl; settling lets the others go. */
void aw__lookup_found(aw__lookups *lookups, aw__lookup *lookup);
void aw__lookups_settle(aw__lookups *lookups);

/* Its call is over. With a result that is not 0 there is no such name: the others to it need not ask as well. */
void aw__lookup_end(aw__lookups *lookups, aw__lookup *lookup, int result);

#endif
