/*
 * Who asks, and whether they may (WIRE 2). Nothing is written here: a request that only reads stays one.
 */
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "flow/delivery.h"
#include "web/router.h"

/* Below this a trustee's passphrase is too weak to stand alone, without the creator's name (WIRE 2.1). */
enum { TRUSTEE_PASSPHRASE_MIN_BYTES = 13 };

/* ---- credentials ---- */

/* What follows "Scheme " in an Authorization header; NULL when that is not its scheme. */
static const char *after_scheme(const char *header, const char *scheme)
{
    size_t bytes = strlen(scheme);

    if (strncasecmp(header, scheme, bytes) != 0 || header[bytes] != ' ')
        return NULL;
    return header + bytes + strspn(header + bytes, " ");
}

/* "creator:passphrase", compared as one text, so that either may hold a colon. */
static int try_basic(aw__call *call, const char *encoded, aw_error *err)
{
    size_t bytes = 0;
    char *presented = aw__base64_decode(call->arena, encoded, &bytes);
    char *expected = aw__arena_printf(call->arena, "%s:%s", call->actor.creator, call->actor.passphrase);

    if (aw__arena_failed(call->arena))
        return aw__fail_nomem(err);
    if (!presented || strlen(presented) != bytes || !strchr(presented, ':')) {
        call->caller.malformed = true;
        return AW_OK;
    }
    /* An actor without a passphrase, which only another server can have stored, is not open to all: it is closed. */
    if (*call->actor.passphrase && aw__secret_equal(expected, presented)) {
        call->caller.role = AW_ROLE_CREATOR;
        call->caller.acl_role = "creator";
    }
    return AW_OK;
}

/* An actor that was made for a trustee: its passphrase alone will do, if it is strong. */
static int try_trustee(aw__call *call, const char *token, aw_error *err)
{
    const char *root = "";

    if (strcmp(call->actor.creator, "trustee") != 0 || strlen(token) < TRUSTEE_PASSPHRASE_MIN_BYTES ||
        !aw__secret_equal(call->actor.passphrase, token))
        return AW_OK;
    int rc = aw__actor_trustee_root(call->site, call->arena, call->actor.id, &root, err);

    if (rc == AW_OK && *root) {
        call->caller.role = AW_ROLE_CREATOR;
        call->caller.acl_role = "trustee";
    }
    return rc;
}

static int try_secret(aw__call *call, const char *token, aw_error *err)
{
    aw_error why = {0};
    int rc = aw__caller_find_peer(&call->caller, call->site, call->arena, call->actor.id, token, &why);

    if (rc == AW_E_NOT_FOUND)
        return AW_OK;
    if (rc)
        *err = why;
    else
        aw__delivery_wake(call->site, call->actor.id, call->caller.trust->peer_id);
    return rc;
}

static int try_bearer(aw__call *call, const char *token, aw_error *err)
{
    if (!*token) {
        call->caller.malformed = true;
        return AW_OK;
    }
    int rc = try_trustee(call, token, err);

    if (rc || call->caller.role != AW_ROLE_ANONYMOUS)
        return rc;
    return try_secret(call, token, err);
}

int aw__call_authenticate(aw__call *call, aw_error *err)
{
    const char *header = aw__exchange_header(call->exchange, "Authorization");
    const char *cookie = header ? NULL : aw__exchange_cookie(call->exchange, "oauth_token");
    const char *basic = header ? after_scheme(header, "Basic") : NULL;
    const char *bearer = header ? after_scheme(header, "Bearer") : cookie;

    call->caller.presented = header || cookie;
    if (basic)
        return try_basic(call, basic, err);
    if (bearer)
        return try_bearer(call, bearer, err);
    call->caller.malformed = header != NULL;
    return AW_OK;
}

/* ---- authorisation ---- */

/* The realm is host and port of the site's root, "https://host:port/". */
static const char *challenge_of(const aw__call *call)
{
    const char *root = call->site->config.root;
    const char *host = strstr(root, "://");

    host = host ? host + 3 : root;
    return aw__arena_printf(call->arena, "Basic realm=\"%.*s\"", (int)strcspn(host, "/\""), host);
}

void aw__call_refuse(aw__call *call)
{
    const aw__caller *caller = &call->caller;
    const char *challenge;

    if (caller->presented && !caller->malformed) {
        if (caller->role == AW_ROLE_PEER && !caller->approved)
            aw__call_fail(call, 403, "forbidden", "the trust with this peer is not approved");
        else if (caller->role == AW_ROLE_ANONYMOUS)
            aw__call_fail(call, 403, "forbidden", "these credentials are not known here");
        else
            aw__call_fail(call, 403, "forbidden", "these credentials do not allow this");
        return;
    }
    challenge = challenge_of(call);
    if (challenge)
        aw__call_header(call, "WWW-Authenticate", challenge);
    aw__call_fail(call, 401, "unauthorized",
                  caller->malformed ? "the Authorization header cannot be read" : "authentication is required");
}

bool aw__call_need_creator(aw__call *call)
{
    if (call->caller.role == AW_ROLE_CREATOR)
        return true;
    aw__call_refuse(call);
    return false;
}

bool aw__call_need_access(aw__call *call, const char *path, const char *subpath)
{
    if (aw__caller_has_access(&call->caller, path, subpath, call->method))
        return true;
    aw__call_refuse(call);
    return false;
}

bool aw__call_need_permission(aw__call *call, aw__permission_category category, const char *target,
                              aw__operation operation)
{
    if (aw__caller_may(&call->caller, category, target, operation))
        return true;
    aw__call_refuse(call);
    return false;
}

bool aw__call_is_peer(const aw__call *call, const char *peer_id, bool even_unapproved)
{
    return aw__caller_is_peer(&call->caller, peer_id, even_unapproved);
}
