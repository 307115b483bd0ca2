/*
 * Checks of what an application hands over. What a peer sends is checked where it is read.
 */
#include "flow/params.h"

#include <string.h>

#include "base/error.h"
#include "base/id.h"
#include "base/params.h"
#include "base/text.h"
#include "http/url.h"

int aw__check_params(void *ret_params, size_t bytes, const void *params, aw_error *err)
{
    if (!params)
        return aw__fail(err, AW_E_INVALID, "params is NULL");
    if (!aw__params_read(ret_params, bytes, params))
        return aw__fail(err, AW_E_INVALID, "params->size is not set: use AW_WITH() or AW_DEFAULTS()");
    return AW_OK;
}

int aw__check_text(const char *name, const char *value, size_t max_bytes, aw_error *err)
{
    if (!value)
        return AW_OK;
    size_t bytes = strnlen(value, max_bytes + 1);

    if (bytes > max_bytes)
        return aw__fail(err, AW_E_INVALID, "%s is longer than %zu bytes", name, max_bytes);
    if (aw__text_control(value))
        return aw__fail(err, AW_E_INVALID, "%s holds control characters", name);
    if (!aw__text_utf8(value, bytes))
        return aw__fail(err, AW_E_INVALID, "%s is not UTF-8", name);
    return AW_OK;
}

int aw__check_required(const char *name, const char *value, size_t max_bytes, aw_error *err)
{
    if (aw__text_empty(value))
        return aw__fail(err, AW_E_INVALID, "%s is required", name);
    return aw__check_text(name, value, max_bytes, err);
}

int aw__check_segment(const char *name, const char *value, aw_error *err)
{
    if (!value)
        return AW_OK;
    if (!*value || strcmp(value, ".") == 0 || strcmp(value, "..") == 0)
        return aw__fail(err, AW_E_INVALID, "%s cannot be empty, \".\" or \"..\"", name);
    return aw__check_text(name, value, AW__NAME_MAX_BYTES, err);
}

int aw__check_id(const char *name, const char *value, aw_error *err)
{
    if (!value || aw__id_valid(value))
        return AW_OK;
    return aw__fail(err, AW_E_INVALID, "%s must be 1 to %d letters, digits, \"_\", \"-\", \".\" or \"~\"", name,
                    AW__NAME_MAX_BYTES);
}

int aw__check_timeout(int timeout_ms, aw_error *err)
{
    return timeout_ms < 0 ? aw__fail(err, AW_E_INVALID, "timeout_ms is negative") : AW_OK;
}

int aw__check_question(const char *peer_id, int timeout_ms, int max_age_s, aw_error *err)
{
    int rc = aw__check_required("peer_id", peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_segment("peer_id", peer_id, err);
    if (rc == AW_OK)
        rc = aw__check_timeout(timeout_ms, err);
    if (rc == AW_OK && max_age_s < -1)
        rc = aw__fail(err, AW_E_INVALID, "max_age_s: must be -1 or more");
    return rc;
}

int aw__check_actor_url(aw__arena *arena, const char *name, const char *value, const char **ret_url, aw_error *err)
{
    aw__url url;
    aw_error why = {0};

    if (aw__text_empty(value))
        return aw__fail(err, AW_E_INVALID, "%s is required", name);
    int rc = aw__check_text(name, value, AW__URL_MAX_BYTES, err);

    if (rc)
        return rc;
    rc = aw__url_parse(arena, value, &url, &why);
    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(err);
    if (rc)
        return aw__fail(err, AW_E_INVALID, "%s: %s", name, why.message);
    if (url.query)
        return aw__fail(err, AW_E_INVALID, "%s has a query, which no actor's URL has", name);
    size_t bytes = strlen(value);

    while (bytes && value[bytes - 1] == '/')
        bytes--;
    const char *trimmed = aw__arena_strndup(arena, value, bytes);

    if (!trimmed)
        return aw__fail_nomem(err);
    *ret_url = trimmed;
    return AW_OK;
}
