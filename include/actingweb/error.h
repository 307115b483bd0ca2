/*
 * Errors are values. Functions return AW_OK or a negative code; the detail goes into an aw_error of the caller.
 */
#ifndef ACTINGWEB_ERROR_H
#define ACTINGWEB_ERROR_H

#include <actingweb/common.h>

AW_BEGIN_DECLS

typedef enum aw_code {
    AW_OK = 0,
    AW_E_INVALID = -1,      /* an argument is NULL, empty, over-long or malformed; nothing was started */
    AW_E_NOMEM = -2,        /* out of memory; everything begun was undone */
    AW_E_REENTRANT = -3,    /* a synchronous call from the thread that runs the loop: use the _async form */
    AW_E_CANCELED = -4,     /* aw_op_cancel(), aw_group_cancel(), or the client that asked hung up */
    AW_E_TIMEOUT = -5,      /* the deadline over the whole operation passed */
    AW_E_CLOSED = -6,       /* the runtime or the app is being freed */
    AW_E_CONNECT = -7,      /* no connection to the peer, or it broke: name, refusal, reset, TLS */
    AW_E_ADDRESS = -8,      /* the peer's address is private or special and such peers are not allowed */
    AW_E_HTTP = -9,         /* the peer answered with a status that is no success; see http_status */
    AW_E_PROTOCOL = -10,    /* the peer's answer is not what the protocol says (not JSON, a field missing) */
    AW_E_TOO_LARGE = -11,   /* an answer, a value, or a property's path or name is over its limit */
    AW_E_NOT_FOUND = -12,   /* no such actor, property, trust, subscription or diff */
    AW_E_EXISTS = -13,      /* it is there already */
    AW_E_DENIED = -14,      /* known, but not allowed */
    AW_E_STORE = -15,       /* the database failed; the transaction was rolled back */
    AW_E_BUSY = -16,        /* too much is waiting; see retry_after_ms */
    AW_E_UNSUPPORTED = -17, /* not on this system, or not by this peer */
    AW_E_CONFLICT = -18     /* the request contradicts what is stored (a scalar where an object is needed) */
} aw_code;

/*
 * Fixed size, owned by the caller, never allocated. Zero-initialise it. Written only on failure; in a callback a
 * NULL aw_error means success. The message never holds a secret and ends with what to do next where that is known.
 */
typedef struct aw_error {
    int code;           /* an aw_code */
    int http_status;    /* what the peer answered, or 0 when it did not */
    bool retriable;     /* the same call may succeed later */
    int retry_after_ms; /* what the peer asked for, or -1 */
    char message[256];
} aw_error;

/* The name of a code ("AW_E_TIMEOUT"); "AW_E_UNKNOWN" for others. Static storage, any thread. */
AW_API const char *aw_code_name(int code);

AW_END_DECLS

#endif
