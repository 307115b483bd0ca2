/*
 * The public functions that look after a store.
 */
#include <actingweb/store.h>

#include "actor/verify_properties.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"
#include "store/backup.h"
#include "store/resync_all.h"
#include "store/verify.h"

/* What depends on something comes after it, so that one run mends all: subscriptions on trusts, diffs on
 * subscriptions. */
static const aw__verify_pass *const passes[] = {
    &aw__verify_trusts,     &aw__verify_peertrustees,    &aw__verify_subscriptions,
    &aw__verify_suspensions, &aw__verify_attributes,      &aw__verify_properties,
    &aw__verify_property_lookup, &aw__verify_diffs,       &aw__verify_outbox,
    &aw__verify_outbox_queues,
};

static int check_given(const char *field, const char *text, aw_error *err)
{
    return aw__text_empty(text) ? aw__fail(err, AW_E_INVALID, "%s: is required", field) : AW_OK;
}

int aw_store_verify(const aw_store_verify_params *params, int64_t *ret_left, aw_error *err)
{
    aw_store_verify_params p;
    aw__verify_params verify = {.store = NULL};
    int64_t left = 0;

    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check_given("store", p.store, err);
    if (rc == AW_OK)
        rc = aw__store_open(p.store, p.repair ? AW__STORE_EXISTING : AW__STORE_READ, &verify.store, err);
    if (rc)
        return rc;
    verify.repair = p.repair;
    verify.progress = p.progress;
    verify.finding = p.finding;
    verify.ud = p.ud;
    rc = aw__verify_run(&verify, passes, sizeof(passes) / sizeof(*passes), &left, err);
    aw__store_close(verify.store);
    if (rc == AW_OK && ret_left)
        *ret_left = left;
    return rc;
}

static int check_both(const char *store, const char *file, aw_error *err)
{
    int rc = check_given("store", store, err);

    return rc ? rc : check_given("file", file, err);
}

int aw_store_backup(const aw_store_backup_params *params, aw_error *err)
{
    aw_store_backup_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check_both(p.store, p.file, err);
    if (rc)
        return rc;
    return aw__backup_write(&(aw__backup){p.store, p.file, p.overwrite, p.progress, p.ud}, err);
}

int aw_store_restore(const aw_store_restore_params *params, aw_error *err)
{
    aw_store_restore_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check_both(p.store, p.file, err);
    if (rc)
        return rc;
    return aw__backup_restore(&(aw__backup){p.store, p.file, p.overwrite, p.progress, p.ud}, err);
}

int aw_store_resync(const aw_store_resync_params *params, int64_t *ret_told, aw_error *err)
{
    aw_store_resync_params p;
    aw__store *store = NULL;
    int64_t told = 0;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check_given("store", p.store, err);
    if (rc == AW_OK)
        rc = aw__store_open(p.store, AW__STORE_EXISTING, &store, err);
    if (rc)
        return rc;
    rc = aw__resync_all(store, p.progress, p.ud, &told, err);
    aw__store_close(store);
    if (rc == AW_OK && ret_told)
        *ret_told = told;
    return rc;
}
