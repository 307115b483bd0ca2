/*
 * Parsing what the store holds.
 */
#include "actor/stored.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

int aw__stored_parse(const char *text, json_t **ret_value, aw_error *err)
{
    int rc = aw__json_parse_own(text, strlen(text), ret_value, err);

    return rc == AW_E_INVALID ? aw__fail(err, AW_E_STORE, "the store holds a value that is no JSON") : rc;
}
