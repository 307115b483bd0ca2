/*
 * Matching changes with subscriptions. Sequences, permissions and granularity are not known here.
 */
#include "model/matching.h"

#include <string.h>

#include "base/text.h"

/* The names of a place below its target, one after another: the subtarget whole, then the segments of the resource. */
struct names {
    const char *subtarget; /* NULL once taken */
    const char *resource;
};

struct name {
    const char *text;
    size_t bytes;
};

static struct names names_of(const aw__place *place)
{
    if (aw__text_empty(place->subtarget))
        return (struct names){.resource = ""};
    return (struct names){.subtarget = place->subtarget, .resource = place->resource ? place->resource : ""};
}

static bool take_name(struct names *names, struct name *ret_name)
{
    if (names->subtarget) {
        *ret_name = (struct name){names->subtarget, strlen(names->subtarget)};
        names->subtarget = NULL;
        return true;
    }
    while (*names->resource == '/')
        names->resource++;
    if (!*names->resource)
        return false;
    *ret_name = (struct name){names->resource, strcspn(names->resource, "/")};
    names->resource += ret_name->bytes;
    return true;
}

static bool same_name(struct name a, struct name b)
{
    return a.bytes == b.bytes && memcmp(a.text, b.text, a.bytes) == 0;
}

/* Walks both as long as they agree. True when one of them came to its end, so that the names left are the other's. */
static bool meet(const aw__place *subscription, const aw__place *change, struct names *ret_below_subscription,
                 struct names *ret_below_change)
{
    struct names wanted = names_of(subscription);
    struct names changed = names_of(change);

    if (!aw__text_equal(subscription->target, change->target))
        return false;
    for (;;) {
        struct names wanted_before = wanted;
        struct names changed_before = changed;
        struct name a, b;
        bool more_wanted = take_name(&wanted, &a);
        bool more_changed = take_name(&changed, &b);

        if (!more_wanted || !more_changed) {
            *ret_below_subscription = changed_before;
            *ret_below_change = wanted_before;
            return true;
        }
        if (!same_name(a, b))
            return false;
    }
}

/* value under the names that are left, the first outermost. Takes the reference of value. */
static json_t *wrap(struct names names, json_t *value)
{
    struct name name;

    if (!value || !take_name(&names, &name))
        return value;
    json_t *inner = wrap(names, value);
    json_t *object = inner ? json_object() : NULL;

    if (json_object_setn_new(object, name.text, name.bytes, inner) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The part of value that the names lead to; borrowed, or NULL. */
static json_t *part(json_t *value, struct names names)
{
    struct name name;

    while (value && take_name(&names, &name))
        value = json_object_getn(value, name.text, name.bytes);
    return value;
}

bool aw__matching_concerns(const aw__place *subscription, const aw__place *change)
{
    struct names ignored;

    return meet(subscription, change, &ignored, &ignored);
}

bool aw__matching_covers(const aw__place *outer, const aw__place *inner)
{
    struct names ignored, rest_of_outer;
    struct name name;

    return meet(outer, inner, &ignored, &rest_of_outer) && !take_name(&rest_of_outer, &name);
}

json_t *aw__matching_slice(const aw__place *subscription, const aw__place *change, json_t *value)
{
    struct names below_subscription, below_change;

    if (!meet(subscription, change, &below_subscription, &below_change))
        return NULL;
    json_t *seen = part(value, below_change);

    return wrap(below_subscription, seen ? json_incref(seen) : json_string(""));
}
