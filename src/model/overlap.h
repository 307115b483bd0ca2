/*
 * Overlap: one peer may subscribe to a place and to places inside of it, and is told of a change once (the
 * specification, "Subscription Scope and Overlap").
 */
#ifndef AW_MODEL_OVERLAP_H
#define AW_MODEL_OVERLAP_H

#include "model/matching.h"

/* One of a peer's subscriptions. */
typedef struct aw__scope {
    aw__place place;
    const char *id;  /* of two at the very same place, the one whose id sorts behind has been made later */
    bool calls_back; /* granularity "none" does not: it is polled, and neither told instead of others nor left out */
    bool told;       /* the answer */
} aw__scope;

/*
 * Says which of one peer's subscriptions are told of a change. Each that does not call back and is concerned is; of the
 * others one, the most specific that sees all of the change: a narrower one would be shown a part, and the rest of the
 * change be lost. When none sees all of it, each outermost one is told its part, and no part twice. Of several at the
 * very same place the last one made is told: its maker may have lost sight of the others.
 */
void aw__overlap_choose(aw__scope *scopes, size_t count, const aw__place *change);

#endif
