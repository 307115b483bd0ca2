/*
 * Verifying a store: passes over tables, a page of rows at a time, whose findings are counted and, when asked for,
 * mended. What is right and wrong about a table is in the pass: verify_tables.c and verify_attributes.c here, and those
 * that need more than SQL in src/actor/.
 */
#ifndef AW_STORE_VERIFY_H
#define AW_STORE_VERIFY_H

#include "store/rows.h"
#include "store/store.h"
#include <actingweb/store.h>

enum { AW__VERIFY_TEXTS_MAX = 5, AW__VERIFY_FAULTS_MAX = 12, AW__VERIFY_EXAMPLES = 3 };

/*
 * Whether there is something, in the statements that look at pages, is asked with "(SELECT 1 ... LIMIT 1) IS NULL": for
 * NOT EXISTS in a CASE, PostgreSQL may make a hash of the whole other table, for each page anew.
 */

/* That no row of actors has this id (an SQL expression), and that it is no system actor's, which have none. */
#define AW__VERIFY_ORPHAN(id)                                                                                          \
    "substr(" id ", 1, 11) <> '_actingweb_' AND (SELECT 1 FROM actors a WHERE a.id = " id " LIMIT 1) IS NULL"
/* The same in a statement that mends, where $1 is the id. */
#define AW__VERIFY_STILL_ORPHAN "NOT EXISTS (SELECT 1 FROM actors WHERE id = $1)"

/* Values longer than this, in characters, are not read with the page but one at a time. */
#define AW__VERIFY_SHORT "65536"

/* A row that is not right. The texts are those of its pass, in the page's arena. */
typedef struct aw__verify_fault {
    size_t kind; /* of the pass's */
    const char *texts[AW__VERIFY_TEXTS_MAX];
    int64_t number;
    const char *example; /* NULL: the keys, with "/" between them */
} aw__verify_fault;

/* Inside a transaction, in which it looks again whether anything is wrong. */
typedef int aw__verify_mend_fn(aw_database *database, const aw__verify_fault *fault, aw_error *err);

typedef struct aw__verify_kind {
    const char *name; /* as in aw_store_finding */
    const char *what;
    const char *mend; /* NULL: nothing is done about it */
    bool note;
    /* Statements that mend it, the first one that changes a row being the last. They look again whether it is wrong,
     * and take the first so many texts as $1..., then the number where there is one. */
    const char *sql[2];
    size_t binds;
    aw__verify_mend_fn *fn; /* or this instead */
} aw__verify_kind;

typedef struct aw__verify_page aw__verify_page;

typedef struct aw__verify_pass {
    const char *table;
    /* Parameters: the keys and the number of the row before, the time now in seconds where `timed`, and how many rows.
     * Columns: the texts, keys first; the number where there is one; which kind it is, counted from 1, or 0. In order
     * of the keys. */
    const char *sql;
    size_t keys, texts;
    bool numbered, timed;
    aw__verify_kind kinds[AW__VERIFY_FAULTS_MAX];
    /* What SQL cannot tell: adds what there is to add, given the fault that the row has by now (kind counts from 1, 0:
     * none). NULL: adds that one. More columns begin at `column`. Failures stick to the statement. */
    void (*look)(aw__verify_page *page, aw__statement *row, int column, aw__verify_fault *fault);
    /* What stands for it in examples, from the arena. NULL: the keys. */
    const char *(*example)(aw__arena *arena, const aw__verify_fault *fault);
} aw__verify_pass;

/* For look(): the page's arena, and adding a fault (kind counts from 1) whose texts are the row's. */
aw__arena *aw__verify_arena(aw__verify_page *page);
void aw__verify_add(aw__verify_page *page, aw__statement *row, const aw__verify_fault *fault);
/* Whether the page's last fault is of this kind with these first two texts, or that of the page before. */
bool aw__verify_seen(const aw__verify_page *page, const aw__verify_fault *fault);

typedef struct aw__verify_params {
    aw__store *store;
    bool repair;
    aw_store_progress_cb *progress;
    aw_store_finding_cb *finding;
    void *ud;
} aw__verify_params;

/* All passes, in this order: what depends on something comes after it. */
int aw__verify_run(const aw__verify_params *params, const aw__verify_pass *const *passes, size_t count, int64_t *ret_left,
                   aw_error *err);

extern const aw__verify_pass aw__verify_trusts, aw__verify_peertrustees, aw__verify_subscriptions, aw__verify_suspensions,
    aw__verify_attributes, aw__verify_property_lookup, aw__verify_diffs, aw__verify_outbox, aw__verify_outbox_queues;

#endif
