/*
 * What went wrong with a call, in words.
 */
#include <string.h>

#include "base/error.h"
#include "http/call.h"
#include "http/url.h"

static int fail_to_connect(const aw__http_call *call, const char *peer, aw_error *err)
{
    char buffer[96];
    int why = aw__transfer_errno(call);

    if (call->address_refused)
        return aw__fail(err, AW_E_ADDRESS,
                        "%s has a private or otherwise special address, and peers there are not allowed"
                        " (allow_private_peers)",
                        peer);
    if (!why)
        return aw__fail(err, AW_E_CONNECT, "cannot connect to %s", peer);
    return aw__fail(err, AW_E_CONNECT, "cannot connect to %s: %s", peer, strerror_r(why, buffer, sizeof(buffer)));
}

static int fail_in_transfer(const aw__http_call *call, const char *peer, aw_error *err)
{
    char buffer[96];
    int why = aw__transfer_errno(call);

    if (!why)
        return aw__fail(err, AW_E_CONNECT, "the connection to %s broke", peer);
    return aw__fail(err, AW_E_CONNECT, "the connection to %s broke: %s", peer, strerror_r(why, buffer, sizeof(buffer)));
}

static int fail_tls(const aw__http_call *call, const char *peer, bool certificate, aw_error *err)
{
    int rc = aw__fail(err, AW_E_CONNECT, "no TLS with %s: %s", peer, call->detail);

    /* A wrong certificate stays wrong. */
    if (err && certificate)
        err->retriable = false;
    return rc;
}

int aw__call_explain(const aw__http_call *call, aw__fault fault, aw_error *err)
{
    char peer[AW__HOST_PORT_BYTES];

    aw__url_host_port(call->url, peer);
    switch (fault) {
    case AW__FAULT_NONE:
        return AW_OK;
    case AW__FAULT_MEMORY:
        return aw__fail_nomem(err);
    case AW__FAULT_URL:
        return aw__fail(err, AW_E_INVALID, "the URL of %s cannot be used", peer);
    case AW__FAULT_NAME:
        return aw__fail(err, AW_E_CONNECT, "no address was found for %s", peer);
    case AW__FAULT_CONNECT:
        return fail_to_connect(call, peer, err);
    case AW__FAULT_CONNECT_TIMEOUT:
        return aw__fail(err, AW_E_TIMEOUT, "no connection to %s within %d ms", peer, call->connect_timeout_ms);
    case AW__FAULT_NO_ANSWER:
        return aw__fail(err, AW_E_CONNECT, "%s closed the connection without an answer", peer);
    case AW__FAULT_CUT:
        return aw__fail(err, AW_E_CONNECT, "%s closed the connection in the middle of its answer", peer);
    case AW__FAULT_BROKEN:
        return fail_in_transfer(call, peer, err);
    case AW__FAULT_TOO_LARGE:
        return aw__fail(err, AW_E_TOO_LARGE, "the answer of %s is larger than allowed", peer);
    case AW__FAULT_NOT_HTTP:
        return aw__fail(err, AW_E_PROTOCOL, "%s answered with something that is not HTTP", peer);
    case AW__FAULT_TLS:
    case AW__FAULT_CERTIFICATE:
        return fail_tls(call, peer, fault == AW__FAULT_CERTIFICATE, err);
    case AW__FAULT_OTHER:
        break;
    }
    return aw__fail(err, AW_E_CONNECT, "the request to %s failed: %s", peer, call->detail);
}
