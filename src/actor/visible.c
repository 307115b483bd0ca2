/*
 * Filtering data by what a relationship may read. The rules are src/model/'s.
 */
#include "actor/visible.h"

#include <string.h>

#include "actor/remote_list.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "model/permission.h"

enum { PATH_MAX_BYTES = 65536 };

struct filter {
    const aw_trust *trust;
    const aw__permissions *permissions;
    aw__buffer path; /* of the value under way, "profile/address" */
    bool failed;     /* out of memory */
};

static json_t *part_of(struct filter *filter, json_t *value);

static bool may_read(const struct filter *filter)
{
    return filter->path.bytes &&
           aw__permission_check(filter->permissions, filter->trust->approved, AW__PERMISSION_PROPERTIES,
                                filter->path.data, AW__OPERATION_READ) == AW__PERMISSION_ALLOWED;
}

static bool enter(struct filter *filter, const char *name)
{
    int rc = filter->path.bytes ? aw__buffer_append_text(&filter->path, "/") : AW_OK;

    if (rc == AW_OK)
        rc = aw__buffer_append_text(&filter->path, name);
    filter->failed = filter->failed || rc == AW_E_NOMEM;
    return rc == AW_OK;
}

static void leave(struct filter *filter, size_t bytes)
{
    filter->path.bytes = bytes;
    if (filter->path.data)
        filter->path.data[bytes] = 0;
}

/* The members that may be read, when the object itself may not; NULL when there are none. */
static json_t *members_of(struct filter *filter, json_t *object)
{
    size_t bytes = filter->path.bytes;
    json_t *parts = json_object();
    const char *name;
    json_t *value;

    filter->failed = filter->failed || !parts;
    json_object_foreach(object, name, value) {
        json_t *part = enter(filter, name) ? part_of(filter, value) : NULL;

        leave(filter, bytes);
        if (part && json_object_set_new_nocheck(parts, name, part))
            filter->failed = true;
        if (filter->failed)
            break;
    }
    if (!filter->failed && json_object_size(parts))
        return parts;
    json_decref(parts);
    return NULL;
}

static json_t *part_of(struct filter *filter, json_t *value)
{
    if (may_read(filter))
        return json_incref(value);
    /* What changed in a list is for whoever may read the list: its members are no places below it. */
    return json_is_object(value) && !aw__remote_list_is_change(value) ? members_of(filter, value) : NULL;
}

int aw__visible_part(const aw_trust *trust, const aw__permissions *permissions, const aw_subscription *subscription,
                     json_t *data, json_t **ret_part, aw_error *err)
{
    struct filter filter = {.trust = trust, .permissions = permissions, .path = {.limit = PATH_MAX_BYTES}};
    json_t *part = NULL;

    if (!trust->approved) {
        *ret_part = NULL;
        return AW_OK;
    }
    if (strcmp(subscription->target, "properties") != 0) {
        *ret_part = json_incref(data);
        return AW_OK;
    }
    bool entered = aw__text_empty(subscription->subtarget) || enter(&filter, subscription->subtarget);

    if (entered && !aw__text_empty(subscription->subtarget) && !aw__text_empty(subscription->resource))
        entered = enter(&filter, subscription->resource);
    if (entered)
        part = part_of(&filter, data);
    aw__buffer_free(&filter.path);
    if (filter.failed) {
        json_decref(part);
        return aw__fail_nomem(err);
    }
    *ret_part = part;
    return AW_OK;
}
