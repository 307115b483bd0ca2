/*
 * aw_attribute_*: thin over src/actor/attribute.h.
 */
#include <actingweb/attribute.h>

#include "actor/attribute.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"

static int need(const char *what, const char *value, aw_error *err)
{
    return aw__text_empty(value) ? aw__fail(err, AW_E_INVALID, "%s: is required", what) : AW_OK;
}

int aw_attribute_get(aw_actor *actor, const char *bucket, const char *name, json_t **ret_value, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK)
        rc = need("bucket", bucket, err);
    if (rc == AW_OK)
        rc = need("name", name, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_value", ret_value, err);
    return rc ? rc : aw__attribute_get(actor->site, actor->id, bucket, name, ret_value, err);
}

int aw_attribute_list(aw_actor *actor, const char *bucket, json_t **ret_values, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && bucket)
        rc = need("bucket", bucket, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_values", ret_values, err);
    return rc ? rc : aw__attribute_list(actor->site, actor->id, bucket, ret_values, err);
}

int aw_attribute_set(aw_actor *actor, const aw_attribute_set_params *params, aw_error *err)
{
    aw_attribute_set_params p;
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK)
        rc = aw__check_params(&p, sizeof(p), params, err);
    if (rc == AW_OK)
        rc = need("bucket", p.bucket, err);
    if (rc == AW_OK)
        rc = need("name", p.name, err);
    if (rc == AW_OK && !p.value)
        rc = aw__fail(err, AW_E_INVALID, "value: is required");
    return rc ? rc
              : aw__attribute_put(actor->site, actor->id,
                                  &(aw__attribute_set){.bucket = p.bucket,
                                                       .name = p.name,
                                                       .value = p.value,
                                                       .expires_after_s = p.expires_after_s,
                                                       .expected = p.expected,
                                                       .only_if_absent = p.only_if_absent},
                                  err);
}

int aw_attribute_delete(aw_actor *actor, const char *bucket, const char *name, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK)
        rc = need("bucket", bucket, err);
    if (rc == AW_OK)
        rc = need("name", name, err);
    return rc ? rc : aw__attribute_delete(actor->site, actor->id, bucket, name, err);
}

int aw_attribute_delete_bucket(aw_actor *actor, const char *bucket, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK)
        rc = need("bucket", bucket, err);
    return rc ? rc : aw__attribute_delete(actor->site, actor->id, bucket, NULL, err);
}
