/*
 * What a request says must hold before it changes anything: If-Match and If-None-Match (RFC 9110, 13). It is looked at
 * in the change's own transaction, so that of two writers who have read the same, one is refused.
 */
#ifndef AW_ACTOR_PRECONDITION_H
#define AW_ACTOR_PRECONDITION_H

#include <actingweb/sys/database.h>

/* What whoever asks is shown of what it wants to change; aw__free() it. AW_E_NOT_FOUND: there is nothing to be shown.
 * May run again, as every aw__store_fn; makes *ret_text on success only. */
typedef int aw__represent_fn(aw_database *database, void *arg, char **ret_text, aw_error *err);

typedef struct aw__precondition {
    const char *if_match;      /* the fields' values; NULL: absent */
    const char *if_none_match; /* valid lists (src/http/etag.h), both */
    aw__represent_fn *represent;
    void *arg;
    bool failed; /* set by the check: the change was refused for this and nothing else */
} aw__precondition;

/* The first step of a change. condition NULL: it has none, and nothing is read. AW_E_CONFLICT when it does not hold;
 * what represent() returns, but for AW_E_NOT_FOUND; AW_E_NOMEM, AW_E_UNSUPPORTED (no digest). */
int aw__precondition_check(aw__precondition *condition, aw_database *database, aw_error *err);

#endif
