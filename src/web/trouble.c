/*
 * A peer's trouble, told to a client: one status for all of it, as the reference has it, and a reason that it never
 * gives.
 */
#include "web/trouble.h"

bool aw__is_peer_trouble(const aw_error *err)
{
    switch (err->code) {
    case AW_E_CONNECT:
    case AW_E_ADDRESS:
    case AW_E_HTTP:
    case AW_E_PROTOCOL:
    case AW_E_TIMEOUT:
    case AW_E_TOO_LARGE: return true;
    default: return false;
    }
}

static const char *word_of(int code)
{
    switch (code) {
    case AW_E_HTTP: return "peer_refused";
    case AW_E_PROTOCOL:
    case AW_E_TOO_LARGE: return "peer_protocol";
    case AW_E_TIMEOUT: return "peer_timeout";
    case AW_E_ADDRESS: return "peer_address";
    default: return "peer_unreachable";
    }
}

void aw__call_peer_trouble(aw__call *call, const aw_error *err, int status)
{
    if (!aw__is_peer_trouble(err)) {
        aw__call_error(call, err);
        return;
    }
    if (err->retry_after_ms >= 0)
        aw__call_retry_after(call, err->retry_after_ms);
    aw__call_fail(call, status, word_of(err->code), "%s", err->message);
}
