/*
 * Turns at looking names up. The lookups themselves are libcurl's.
 */
#include "http/lookup.h"

#include <string.h>
#include <strings.h>

enum { MAX_ASKING = 64 };

static aw__lookup *of_link(aw__link *link)
{
    return AW__ITEM(link, aw__lookup, link);
}

static bool same_host(const aw__lookup *a, const aw__lookup *b)
{
    return a->hash == b->hash && aw__url_host_equal(&a->host, &b->host);
}

/* Addresses and "localhost" are known without asking anybody. */
static bool needs_none(const aw__url_host *host)
{
    static const char local[] = "localhost";

    if (host->bytes == 0 || host->name[0] == '[' || strspn(host->name, "0123456789.") >= host->bytes)
        return true;
    return host->bytes == sizeof(local) - 1 && strncasecmp(host->name, local, host->bytes) == 0;
}

void aw__lookups_init(aw__lookups *lookups)
{
    *lookups = (aw__lookups){0};
    aw__list_init(&lookups->asking);
    aw__list_init(&lookups->waiting);
}

static bool is_asked_for(aw__lookups *lookups, const aw__lookup *lookup)
{
    for (aw__link *link = lookups->asking.next; link != &lookups->asking; link = link->next)
        if (same_host(of_link(link), lookup))
            return true;
    return false;
}

static void ask(aw__lookups *lookups, aw__lookup *lookup)
{
    lookup->state = AW__LOOKUP_ASKS;
    aw__list_append(&lookups->asking, &lookup->link);
    lookups->asking_count++;
}

bool aw__lookup_begin(aw__lookups *lookups, aw__lookup *lookup, const char *url, aw__lookup_go *go, void *arg)
{
    if (lookup->state != AW__LOOKUP_NONE) {
        /* It has had its turn, and libcurl asks now, or asks again after a stale connection. */
        lookup->state = AW__LOOKUP_ASKS;
        return true;
    }
    lookup->host = aw__url_host_of(url);
    if (needs_none(&lookup->host))
        return true;
    lookup->hash = aw__url_host_hash(&lookup->host);
    lookup->go = go;
    lookup->arg = arg;
    if (lookups->asking_count < MAX_ASKING && !is_asked_for(lookups, lookup)) {
        ask(lookups, lookup);
        return true;
    }
    lookup->state = AW__LOOKUP_WAITS;
    aw__list_append(&lookups->waiting, &lookup->link);
    return false;
}

bool aw__lookup_waits(const aw__lookup *lookup)
{
    return lookup->state == AW__LOOKUP_WAITS;
}

void aw__lookup_found(aw__lookups *lookups, aw__lookup *lookup)
{
    if (lookup->state != AW__LOOKUP_ASKS)
        return;
    lookup->state = AW__LOOKUP_FOUND;
    lookups->unsettled = true;
}

/* All that wait for the name of lookup go on. */
static void release_same(aw__lookups *lookups, const aw__lookup *lookup, int result)
{
    for (aw__link *link = lookups->waiting.next, *next; link != &lookups->waiting; link = next) {
        aw__lookup *waiter = of_link(link);

        next = link->next;
        if (!same_host(waiter, lookup))
            continue;
        aw__list_remove(link);
        waiter->state = AW__LOOKUP_NONE;
        waiter->go(waiter->arg, result);
    }
}

/* The free turns go to the first in line whose names nobody asks for. */
static void hand_on(aw__lookups *lookups)
{
    for (aw__link *link = lookups->waiting.next, *next; link != &lookups->waiting && lookups->asking_count < MAX_ASKING;
         link = next) {
        aw__lookup *waiter = of_link(link);

        next = link->next;
        if (is_asked_for(lookups, waiter))
            continue;
        aw__list_remove(link);
        ask(lookups, waiter);
        waiter->go(waiter->arg, 0);
    }
}

static void stop_asking(aw__lookups *lookups, aw__lookup *lookup)
{
    aw__list_remove(&lookup->link);
    lookups->asking_count--;
    lookup->state = AW__LOOKUP_NONE;
}

void aw__lookups_settle(aw__lookups *lookups)
{
    if (!lookups->unsettled)
        return;
    lookups->unsettled = false;
    for (aw__link *link = lookups->asking.next, *next; link != &lookups->asking; link = next) {
        aw__lookup *asker = of_link(link);

        next = link->next;
        if (asker->state != AW__LOOKUP_FOUND)
            continue;
        stop_asking(lookups, asker);
        release_same(lookups, asker, 0);
    }
    hand_on(lookups);
}

void aw__lookup_end(aw__lookups *lookups, aw__lookup *lookup, int result)
{
    bool found = lookup->state == AW__LOOKUP_FOUND;

    if (lookup->state == AW__LOOKUP_NONE)
        return;
    if (lookup->state == AW__LOOKUP_WAITS) {
        aw__list_remove(&lookup->link);
        lookup->state = AW__LOOKUP_NONE;
        return;
    }
    stop_asking(lookups, lookup);
    if (found || result)
        release_same(lookups, lookup, found ? 0 : result);
    hand_on(lookups);
}
