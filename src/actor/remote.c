/*
 * Remote data: what diffs and baselines of a peer make of what is kept of it. Which of them get here, and in what
 * order, is callback.c's; reading it is remote_read.c's.
 *
 * A diff carries the new value of whatever it names, so a value that comes replaces the one that is kept, as it does at
 * the reference's subscribers. Its publishers may mean a part of that value all the same: where that makes a
 * difference, the diff is not exact, and whoever applies it fetches a baseline.
 */
#include "actor/remote.h"

#include <string.h>

#include "actor/remote_bucket.h"
#include "actor/remote_list.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "model/path.h"
#include "store/attributes.h"

static const char list_prefix[] = "list:";

/* What a publisher names or nests in a way that cannot be kept is left out, or its other changes would never arrive. */
static bool can_be_kept(const char *name, const json_t *value)
{
    aw_error why = {0};

    if (aw__path_check(&name, 1, &why) == AW_OK &&
        (aw__remote_is_deletion(value) || aw__path_check_value(1, value, &why) == AW_OK))
        return true;
    aw__log(AW_LOG_INFO, "a peer's property is not kept: %s", why.message);
    return false;
}

/* ---- what a diff may leave open ---- */

static bool has_deletions(json_t *value)
{
    const char *name;
    json_t *member;

    json_object_foreach(value, name, member)
        if (aw__remote_is_deletion(member) || has_deletions(member))
            return true;
    return false;
}

/* Whether value in the place of kept takes something away, so that it makes a difference whether it is the whole. The
 * reference's publishers tell a change inside of a property as {"part":...}, and a deletion there as {"part":""}:
 * whether the rest is still there nobody can see. */
static bool takes_away(json_t *kept, json_t *value)
{
    const char *name;
    json_t *member;

    if (!json_is_object(kept) || !json_is_object(value))
        return false;
    json_object_foreach(kept, name, member) {
        json_t *new_member = json_object_get(value, name);

        if (!new_member || (json_is_object(member) && !json_is_object(new_member)) || takes_away(member, new_member))
            return true;
    }
    return has_deletions(value);
}

/* What the reference says of a list instead of its items. */
static bool is_sentence_of_list(const json_t *value)
{
    const char *text = json_string_value(value);

    return text && (!strcmp(text, "[Empty list property created]") || !strcmp(text, "[No items to update]") ||
                    aw__text_starts(text, "[Bulk update: "));
}

/* ---- diffs ---- */

/* A diff being applied. */
struct diff {
    const aw__remote_bucket *bucket;
    bool whole;
    bool exact;
};

/* A value for a name that is a list here. What is neither a change nor items says nothing of the items. */
static int change_list(struct diff *diff, const aw__remote_list *list, json_t *value, aw_error *err)
{
    if (json_is_array(value))
        return aw__remote_list_set(list, value, err);
    if (json_is_object(value))
        return aw__remote_list_change(list, value, &diff->exact, err);
    diff->exact = false;
    return AW_OK;
}

static int set_value(struct diff *diff, const char *name, json_t *value, aw_error *err)
{
    json_t *kept = NULL;
    int rc = AW_OK;

    if (!diff->whole) {
        if (aw__remote_list_may_be_change(value) || is_sentence_of_list(value))
            diff->exact = false;
        rc = aw__remote_bucket_get(diff->bucket, name, &kept, err);
        if (rc == AW_OK && takes_away(kept, value))
            diff->exact = false;
        json_decref(kept);
    }
    return rc ? rc : aw__remote_bucket_set(diff->bucket, name, value, err);
}

static int apply_value(struct diff *diff, const char *name, json_t *value, aw_error *err)
{
    aw__remote_list list = aw__remote_bucket_list(diff->bucket, name);
    bool is_list = false;
    int rc;

    if (!can_be_kept(name, value))
        return AW_OK;
    if (aw__remote_is_deletion(value))
        return aw__remote_bucket_delete(diff->bucket, name, err);
    if (json_is_true(json_object_get(value, "_list"))) {
        json_t *items = json_object_get(value, "items");

        if (json_is_array(items))
            return aw__remote_bucket_set_list(diff->bucket, name, items, err);
        diff->exact = false;
        return AW_OK;
    }
    rc = aw__remote_list_exists(&list, &is_list, err);
    if (rc)
        return rc;
    return is_list ? change_list(diff, &list, value, err) : set_value(diff, name, value, err);
}

/* A change of a list may come under any name, and says itself which list it means. */
static int apply_change(struct diff *diff, const char *name, json_t *value, aw_error *err)
{
    if (aw__text_starts(name, list_prefix))
        name += sizeof(list_prefix) - 1;
    if (!aw__remote_list_is_change(value))
        return apply_value(diff, name, value, err);
    aw__remote_list list = aw__remote_bucket_list(diff->bucket, aw__json_get_text(value, "list", name));

    return can_be_kept(list.name, value) ? aw__remote_list_change(&list, value, &diff->exact, err) : AW_OK;
}

/* Sets what is at the names inside of kept, an object that holds the value of the first; a parent that is no object
 * gives way. data NULL: deletes it. */
static int edit_inside(json_t *kept, const aw__path *path, json_t *data, aw_error *err)
{
    aw_error why = {0};

    aw__path_delete(kept, path->names, path->depth);
    if (!data)
        return AW_OK;
    int rc = aw__path_set(kept, path->names, path->depth, data, &why);

    if (rc == AW_E_CONFLICT) {
        json_object_clear(kept);
        rc = aw__path_set(kept, path->names, path->depth, data, &why);
    }
    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(err);
    if (rc)
        aw__log(AW_LOG_INFO, "a peer's property is not kept: %s", why.message);
    return AW_OK;
}

/* A resource lies inside the value of its subtarget. */
static int apply_inside(struct diff *diff, const char *subtarget, const char *resource, json_t *data, aw_error *err)
{
    const aw__remote_bucket *bucket = diff->bucket;
    const char *text = aw__arena_printf(bucket->arena, "%s/%s", subtarget, resource);
    aw__path path;
    json_t *kept = NULL, *value = NULL;
    aw_error why = {0};

    if (!text)
        return aw__fail_nomem(err);
    int rc = aw__path_split(bucket->arena, text, false, &path, &why);

    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(err);
    if (rc || !can_be_kept(subtarget, data))
        return AW_OK;
    rc = aw__remote_bucket_get(bucket, subtarget, &value, err);
    if (rc)
        return rc;
    kept = json_object();
    if (!kept || (value && json_object_set(kept, subtarget, value)))
        rc = aw__fail_nomem(err);
    if (rc == AW_OK && !diff->whole && takes_away(aw__path_get(kept, path.names, path.depth), data))
        diff->exact = false;
    if (rc == AW_OK)
        rc = edit_inside(kept, &path, aw__remote_is_deletion(data) ? NULL : data, err);
    if (rc == AW_OK && json_object_get(kept, subtarget))
        rc = aw__remote_bucket_set(bucket, subtarget, json_object_get(kept, subtarget), err);
    json_decref(value);
    json_decref(kept);
    return rc;
}

static int apply_all(struct diff *diff, json_t *data, aw_error *err)
{
    const char *name;
    json_t *value;
    int rc = AW_OK;

    json_object_foreach(data, name, value) {
        rc = apply_change(diff, name, value, err);
        if (rc)
            break;
    }
    return rc;
}

int aw__remote_apply(aw_database *database, const char *actor_id, const char *peer_id, const char *subtarget,
                     const char *resource, json_t *data, bool whole, bool *ret_exact, aw_error *err)
{
    aw__remote_bucket bucket;
    struct diff diff = {&bucket, whole, true};
    int rc = aw__remote_bucket_open(&bucket, database, actor_id, peer_id, err);

    if (rc)
        return rc;
    if (!aw__text_empty(subtarget) && !aw__text_empty(resource))
        rc = apply_inside(&diff, subtarget, resource, data, err);
    else if (!aw__text_empty(subtarget))
        rc = apply_change(&diff, subtarget, data, err);
    else if (json_is_object(data))
        rc = apply_all(&diff, data, err);
    else
        rc = aw__fail(err, AW_E_INVALID, "the data of this subscription must be an object");
    aw__remote_bucket_close(&bucket);
    if (rc == AW_OK && !diff.exact)
        *ret_exact = false;
    return rc;
}

/* ---- baselines ---- */

static int delete_missing(const aw__remote_bucket *bucket, json_t *baseline, aw_error *err)
{
    aw__attribute_row *rows = NULL;
    size_t count = 0;
    int64_t index;
    int rc = aw__attributes_list(bucket->database, bucket->arena, bucket->actor_id, bucket->name, NULL, &rows, &count,
                                 err);

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        const char *name = aw__remote_bucket_name(bucket, rows[i].name, &index);

        if (!name)
            rc = aw__fail_nomem(err);
        else if (aw__remote_is_deletion(json_object_get(baseline, name)))
            rc = aw__attributes_delete(bucket->database, bucket->actor_id, bucket->name, rows[i].name, err);
    }
    return rc;
}

/* What was a list and is none now, or the reverse, must not leave the rows of the other kind behind. */
static int replace_value(const aw__remote_bucket *bucket, const char *name, json_t *value, aw_error *err)
{
    bool is_list = json_is_true(json_object_get(value, "_list"));
    aw__remote_list list = aw__remote_bucket_list(bucket, name);
    int rc = AW_OK;

    if (!is_list && !aw__remote_is_deletion(value) && can_be_kept(name, value)) {
        rc = aw__remote_list_delete(&list, err);
        return rc ? rc : aw__remote_bucket_set(bucket, name, value, err);
    }
    struct diff whole = {bucket, true, true};

    return apply_value(&whole, name, value, err);
}

static int replace_all(const aw__remote_bucket *bucket, json_t *baseline, aw_error *err)
{
    const char *name;
    json_t *value;
    int rc = delete_missing(bucket, baseline, err);

    if (rc)
        return rc;
    json_object_foreach(baseline, name, value) {
        rc = replace_value(bucket, name, value, err);
        if (rc)
            break;
    }
    return rc;
}

int aw__remote_replace(aw_database *database, const char *actor_id, const char *peer_id, const char *subtarget,
                       const char *resource, json_t *baseline, aw_error *err)
{
    aw__remote_bucket bucket;
    int rc = aw__remote_bucket_open(&bucket, database, actor_id, peer_id, err);

    if (rc)
        return rc;
    struct diff whole = {&bucket, true, true};

    if (!aw__text_empty(subtarget) && !aw__text_empty(resource))
        rc = apply_inside(&whole, subtarget, resource, baseline, err);
    else if (!aw__text_empty(subtarget) && json_is_array(baseline))
        rc = aw__remote_bucket_set_list(&bucket, subtarget, baseline, err);
    else if (!aw__text_empty(subtarget))
        rc = replace_value(&bucket, subtarget, baseline, err);
    else if (json_is_object(baseline))
        rc = replace_all(&bucket, baseline, err);
    else
        rc = aw__fail(err, AW_E_PROTOCOL, "the baseline of this subscription must be an object");
    aw__remote_bucket_close(&bucket);
    return rc;
}

int aw__remote_wipe(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    aw__remote_bucket bucket;
    int rc = aw__remote_bucket_open(&bucket, database, actor_id, peer_id, err);

    if (rc == AW_OK)
        rc = aw__attributes_delete_bucket(database, actor_id, bucket.name, err);
    aw__remote_bucket_close(&bucket);
    return rc;
}
