/*
 * aw_list_*: thin over src/actor/list.h.
 */
#include <actingweb/list.h>

#include <string.h>

#include "actor/list.h"
#include "actor/view.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"

static int need_name(const char *name, aw_error *err)
{
    return aw__text_empty(name) ? aw__fail(err, AW_E_INVALID, "name: is required") : AW_OK;
}

/* Whether whoever uses the handle may read the list. */
static int check_reading(const aw_actor *actor, aw__arena *arena, const char *name, aw_error *err)
{
    aw__caller caller;
    bool may = false;
    int rc = aw__view_caller(actor, arena, &caller, err);

    if (rc == AW_OK)
        rc = aw__caller_may_property(&caller, arena, &name, 1, AW__OPERATION_READ, &may, err);
    return rc || may ? rc : aw__view_refuse(&caller, err);
}

/* Whether it may change it so, as over HTTP. */
static int check_change(const aw_actor *actor, aw__arena *arena, const aw__list_change *change, aw_error *err)
{
    aw__caller caller;
    int rc = aw__view_caller(actor, arena, &caller, err);

    return rc || aw__list_change_allowed(change, &caller) ? rc : aw__view_refuse(&caller, err);
}

static int make_arena(aw__arena **ret_arena, aw_error *err)
{
    *ret_arena = aw__arena_new();
    return *ret_arena ? AW_OK : aw__fail_nomem(err);
}

/* The checks of functions without params. The caller frees the arena, also after a failure. */
static int begin(const aw_actor *actor, const char *name, aw__arena **ret_arena, aw_error *err)
{
    int rc = aw__may_wait_viewing(actor, err);

    *ret_arena = NULL;
    if (rc == AW_OK)
        rc = make_arena(ret_arena, err);
    return rc ? rc : need_name(name, err);
}

static int begin_reading(const aw_actor *actor, const char *name, aw__arena **ret_arena, aw_error *err)
{
    int rc = begin(actor, name, ret_arena, err);

    return rc ? rc : check_reading(actor, *ret_arena, name, err);
}

/* The checks of those with params, which are copied; their second field is the name. */
static int begin_params(const aw_actor *actor, void *ret_params, size_t bytes, const void *params,
                        aw__arena **ret_arena, aw_error *err)
{
    const char *name;
    int rc = aw__may_wait_viewing(actor, err);

    *ret_arena = NULL;
    if (rc == AW_OK)
        rc = aw__check_params(ret_params, bytes, params, err);
    if (rc == AW_OK)
        rc = make_arena(ret_arena, err);
    if (rc)
        return rc;
    memcpy(&name, (const char *)ret_params + offsetof(aw_list_create_params, name), sizeof(name));
    return need_name(name, err);
}

/* ---- reading ---- */

static aw__list_source source_of(const aw_actor *actor, const char *name, aw__arena *arena)
{
    return (aw__list_source){.arena = arena, .actor_id = actor->id, .name = name};
}

int aw_list_get(aw_actor *actor, const char *name, json_t **ret_items, aw_error *err)
{
    aw__arena *arena;
    int rc = begin_reading(actor, name, &arena, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_items", ret_items, err);
    if (rc == AW_OK)
        rc = aw__list_get_items(actor->site, source_of(actor, name, arena), ret_items, err);
    aw__arena_free(arena);
    return rc;
}

int aw_list_get_item(aw_actor *actor, const aw_list_get_item_params *params, json_t **ret_item, aw_error *err)
{
    aw_list_get_item_params p;
    aw__arena *arena;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);

    if (rc == AW_OK)
        rc = check_reading(actor, arena, p.name, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_item", ret_item, err);
    if (rc == AW_OK)
        rc = aw__list_get_item(actor->site, source_of(actor, p.name, arena), &(aw__list_place){p.handle, p.position},
                               ret_item, err);
    aw__arena_free(arena);
    return rc;
}

/* Copies into one block: the structs, and their texts behind them. */
static char *put_text(char **end, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = *end;

    memcpy(copy, text, bytes);
    *end += bytes;
    return copy;
}

static aw_list_entry *copy_entries(const aw__list_entry *entries, size_t count)
{
    size_t bytes = (count + 1) * sizeof(aw_list_entry);

    for (size_t i = 0; i < count; i++)
        bytes += strlen(entries[i].handle) + 1;
    aw_list_entry *copies = aw__malloc(bytes);
    char *end = (char *)(copies + count + 1);

    for (size_t i = 0; copies && i < count; i++)
        copies[i] = (aw_list_entry){put_text(&end, entries[i].handle), json_incref(entries[i].item)};
    return copies;
}

int aw_list_entries(aw_actor *actor, const char *name, aw_list_entry **ret_entries, size_t *ret_count, aw_error *err)
{
    aw__list_entry *entries = NULL;
    aw_list_entry *copies = NULL;
    aw__arena *arena;
    size_t count = 0;
    int rc = begin_reading(actor, name, &arena, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_entries", ret_entries, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_count", ret_count, err);
    if (rc == AW_OK)
        rc = aw__list_get_entries(actor->site, source_of(actor, name, arena), &entries, &count, err);
    if (rc == AW_OK && !(copies = copy_entries(entries, count)))
        rc = aw__fail_nomem(err);
    if (rc == AW_OK) {
        *ret_entries = copies;
        *ret_count = count;
    }
    aw__arena_free(arena);
    return rc;
}

void aw_list_entries_free(aw_list_entry *entries, size_t count)
{
    for (size_t i = 0; entries && i < count; i++)
        json_decref(entries[i].item);
    aw__free(entries);
}

static aw_list_info *copy_infos(const aw__list_info *infos, size_t count)
{
    size_t bytes = (count + 1) * sizeof(aw_list_info);

    for (size_t i = 0; i < count; i++)
        bytes += strlen(infos[i].name) + strlen(infos[i].description) + strlen(infos[i].explanation) + 3;
    aw_list_info *copies = aw__malloc(bytes);
    char *end = (char *)(copies + count + 1);

    for (size_t i = 0; copies && i < count; i++) {
        copies[i].name = put_text(&end, infos[i].name);
        copies[i].description = put_text(&end, infos[i].description);
        copies[i].explanation = put_text(&end, infos[i].explanation);
        copies[i].count = infos[i].count;
    }
    return copies;
}

int aw_list_get_info(aw_actor *actor, const char *name, aw_list_info **ret_info, aw_error *err)
{
    aw__list_info info;
    aw_list_info *copy = NULL;
    aw__arena *arena;
    int rc = begin_reading(actor, name, &arena, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_info", ret_info, err);
    if (rc == AW_OK)
        rc = aw__list_get_info(actor->site, source_of(actor, name, arena), &info, err);
    if (rc == AW_OK && !(copy = copy_infos(&info, 1)))
        rc = aw__fail_nomem(err);
    if (rc == AW_OK)
        *ret_info = copy;
    aw__arena_free(arena);
    return rc;
}

/* Of a peer's view: the lists that it may read. */
static int leave_out(const aw_actor *actor, aw__arena *arena, aw__list_info *infos, size_t *count, aw_error *err)
{
    aw__caller caller;
    size_t kept = 0;
    int rc = aw__view_caller(actor, arena, &caller, err);

    for (size_t i = 0; rc == AW_OK && i < *count; i++) {
        bool may = false;

        rc = aw__caller_may_property(&caller, arena, &infos[i].name, 1, AW__OPERATION_READ, &may, err);
        if (may)
            infos[kept++] = infos[i];
    }
    *count = kept;
    return rc;
}

int aw_list_infos(aw_actor *actor, aw_list_info **ret_infos, size_t *ret_count, aw_error *err)
{
    aw__list_info *infos = NULL;
    aw_list_info *copies = NULL;
    aw__arena *arena = NULL;
    size_t count = 0;
    int rc = aw__may_wait_viewing(actor, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_infos", ret_infos, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_count", ret_count, err);
    if (rc == AW_OK)
        rc = make_arena(&arena, err);
    if (rc == AW_OK)
        rc = aw__list_get_infos(actor->site, source_of(actor, NULL, arena), false, &infos, &count, err);
    if (rc == AW_OK)
        rc = leave_out(actor, arena, infos, &count, err);
    if (rc == AW_OK && !(copies = copy_infos(infos, count)))
        rc = aw__fail_nomem(err);
    if (rc == AW_OK) {
        *ret_infos = copies;
        *ret_count = count;
    }
    aw__arena_free(arena);
    return rc;
}

void aw_list_infos_free(aw_list_info *infos, size_t count)
{
    (void)count;
    aw__free(infos);
}

/* ---- changing ---- */

/* Runs the change when rc, what the checks of its input have said, is AW_OK; frees the arena. */
static int run(const aw_actor *actor, aw__arena *arena, int rc, aw__list_change *change, aw_error *err)
{
    if (rc == AW_OK)
        rc = check_change(actor, arena, change, err);
    if (rc == AW_OK)
        rc = aw__list_change_run(actor->site, arena, actor->id, change, NULL, err);
    aw__arena_free(arena);
    return rc;
}

int aw_list_create(aw_actor *actor, const aw_list_create_params *params, aw_error *err)
{
    aw_list_create_params p = {0};
    aw__arena *arena;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);
    aw__list_change change = {.operation = AW__LIST_CREATE,
                              .name = p.name,
                              .description = p.description,
                              .explanation = p.explanation};

    return run(actor, arena, rc, &change, err);
}

int aw_list_describe(aw_actor *actor, const aw_list_describe_params *params, aw_error *err)
{
    aw_list_describe_params p = {0};
    aw__arena *arena;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);
    aw__list_change change = {.operation = AW__LIST_DESCRIBE,
                              .name = p.name,
                              .description = p.description,
                              .explanation = p.explanation};

    return run(actor, arena, rc, &change, err);
}

int aw_list_clear(aw_actor *actor, const char *name, aw_error *err)
{
    aw__arena *arena;
    int rc = begin(actor, name, &arena, err);
    aw__list_change change = {.operation = AW__LIST_CLEAR, .name = name};

    return run(actor, arena, rc, &change, err);
}

int aw_list_delete(aw_actor *actor, const char *name, aw_error *err)
{
    aw__arena *arena;
    int rc = begin(actor, name, &arena, err);
    aw__list_change change = {.operation = AW__LIST_DELETE, .name = name};

    return run(actor, arena, rc, &change, err);
}

int aw_list_append(aw_actor *actor, const char *name, json_t *item, int64_t *ret_position, aw_error *err)
{
    aw__arena *arena;
    int rc = begin(actor, name, &arena, err);
    aw__list_change change = {.operation = AW__LIST_ADD, .name = name, .item = item};

    rc = run(actor, arena, rc, &change, err);
    if (rc == AW_OK && ret_position)
        *ret_position = change.position;
    return rc;
}

int aw_list_extend(aw_actor *actor, const char *name, json_t *items, aw_error *err)
{
    aw__arena *arena;
    int rc = begin(actor, name, &arena, err);
    aw__list_change change = {.operation = AW__LIST_EXTEND, .name = name, .items = items};

    return run(actor, arena, rc, &change, err);
}

int aw_list_insert(aw_actor *actor, const aw_list_insert_params *params, aw_error *err)
{
    aw_list_insert_params p = {0};
    aw__arena *arena;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);
    aw__list_change change = {.operation = AW__LIST_INSERT,
                              .name = p.name,
                              .place.position = p.position,
                              .item = p.item};

    return run(actor, arena, rc, &change, err);
}

int aw_list_set(aw_actor *actor, const aw_list_set_params *params, aw_error *err)
{
    aw_list_set_params p = {0};
    aw__arena *arena;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);
    aw__list_change change = {.operation = AW__LIST_SET,
                              .name = p.name,
                              .place = {p.handle, p.position},
                              .item = p.item};

    return run(actor, arena, rc, &change, err);
}

int aw_list_remove(aw_actor *actor, const aw_list_remove_params *params, aw_error *err)
{
    aw_list_remove_params p = {0};
    aw__arena *arena;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);
    aw__list_change change = {.operation = AW__LIST_REMOVE, .name = p.name, .place = {p.handle, p.position}};

    return run(actor, arena, rc, &change, err);
}

int aw_list_edit_all(aw_actor *actor, const aw_list_edit_all_params *params, aw_error *err)
{
    aw_list_edit_all_params p = {0};
    aw__arena *arena;
    aw__list_edit *edits = NULL;
    int rc = begin_params(actor, &p, sizeof(p), params, &arena, err);

    if (rc == AW_OK && p.count && !p.edits)
        rc = aw__fail(err, AW_E_INVALID, "edits: must not be NULL when there are any");
    if (rc == AW_OK) {
        edits = p.count < SIZE_MAX / sizeof(*edits) ? aw__arena_alloc(arena, (p.count + 1) * sizeof(*edits)) : NULL;
        rc = edits ? AW_OK : aw__fail_nomem(err);
    }
    for (size_t i = 0; edits && i < p.count; i++)
        edits[i] = (aw__list_edit){p.edits[i].position, p.edits[i].item};
    aw__list_change change = {.operation = AW__LIST_BULK, .name = p.name, .edits = edits, .edit_count = p.count};

    return run(actor, arena, rc, &change, err);
}
