/*
 * Parsing what the store holds.
 */
#include "actor/stored.h"

#include "base/error.h"

int aw__stored_parse(const char *text, json_t **ret_value, aw_error *err)
{
    json_error_t why;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &why);

    if (value) {
        *ret_value = value;
        return AW_OK;
    }
    if (json_error_code(&why) == json_error_out_of_memory)
        return aw__fail_nomem(err);
    return aw__fail(err, AW_E_STORE, "the store holds a value that is no JSON");
}
