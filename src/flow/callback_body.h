/*
 * What a callback carries: its JSON, of high or low granularity, and how it travels.
 */
#ifndef AW_FLOW_CALLBACK_BODY_H
#define AW_FLOW_CALLBACK_BODY_H

#include <jansson.h>

#include "flow/flow.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/subscriptions.h"
#include "store/trusts.h"

/* What is told; part is borrowed. */
typedef struct aw__callback_content {
    const aw_subscription *subscription;
    const aw_trust *trust; /* with the subscriber */
    const aw__diff_row *diff;
    json_t *part; /* of the diff's data, what the subscriber may read */
    bool low;     /* only the link, whatever the subscription's granularity is */
} aw__callback_content;

typedef struct aw__callback_body {
    const char *text;
    size_t bytes;
    const char *packed; /* the same, gzip'ed; NULL: the subscriber is not known to take it, or it would save nothing */
    size_t packed_bytes;
    bool downgraded; /* a link, though the subscription is of high granularity: the whole would be too large */
    bool large;      /* large enough to be packed, if the subscriber took it */
} aw__callback_body;

/* For AW_STORE steps: in the flow's arena. AW_E_NOMEM. */
int aw__callback_body_make(aw__flow *flow, const aw__callback_content *content, aw__callback_body *ret_body);

/* The same of a resync: where the subscriber is to fetch what it subscribes to (WIRE 7 "Suspend/resume"). */
int aw__callback_body_resync(aw__flow *flow, const aw_subscription *subscription, const aw__outbox_row *due,
                             aw__callback_body *ret_body);

#endif
