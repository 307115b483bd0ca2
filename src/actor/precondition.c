/*
 * Preconditions of a change, checked against what is stored now.
 */
#include "actor/precondition.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "http/etag.h"

static bool holds(const aw__precondition *condition, const char *etag)
{
    if (condition->if_match && !aw__etag_list_has(condition->if_match, etag, AW__ETAG_STRONG))
        return false;
    return !condition->if_none_match || !aw__etag_list_has(condition->if_none_match, etag, AW__ETAG_WEAK);
}

int aw__precondition_check(aw__precondition *condition, aw_database *database, aw_error *err)
{
    char etag[AW__ETAG_BYTES];
    char *text = NULL;
    aw_error failure = {0};

    if (!condition)
        return AW_OK;
    condition->failed = false;
    int rc = condition->represent(database, condition->arg, &text, &failure);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = failure;
        return rc;
    }
    rc = text ? aw__etag_make(text, strlen(text), etag) : AW_OK;
    if (rc == AW_OK && !holds(condition, text ? etag : NULL)) {
        condition->failed = true;
        rc = AW_E_CONFLICT;
    }
    aw__free(text);
    if (rc)
        return aw__fail(err, rc, rc == AW_E_CONFLICT ? "what is there is not what the request expects"
                                                     : "no digest is to be had");
    return AW_OK;
}
