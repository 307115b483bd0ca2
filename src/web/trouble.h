/*
 * A peer's trouble, told to a client.
 */
#ifndef AW_WEB_TROUBLE_H
#define AW_WEB_TROUBLE_H

#include "web/web.h"

/* The failure is the peer's or the network's, not ours and not the client's. */
bool aw__is_peer_trouble(const aw_error *err);

/* Answers with `status` when it is the peer's trouble (clients of the reference expect 408 or 502 there), otherwise
 * with the status that fits. */
void aw__call_peer_trouble(aw__call *call, const aw_error *err, int status);

#endif
