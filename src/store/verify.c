/*
 * The passes of a verification: pages are read, findings counted, and mended page by page. What is wrong with which
 * table is not known here.
 */
#include "store/verify.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

enum { PAGE = 500, TRIES = 3 };

struct tally {
    int64_t found, failed;
    const char *examples[AW__VERIFY_EXAMPLES];
    size_t example_count;
};

struct run {
    const aw__verify_params *params;
    const aw__verify_pass *pass;
    struct tally tallies[AW__VERIFY_FAULTS_MAX];
    aw__arena *examples;
    int64_t rows; /* of the pass */
    int64_t left;
};

struct aw__verify_page {
    const aw__verify_pass *pass;
    const aw__verify_page *before; /* NULL: this is the first */
    aw__arena *arena;
    aw__verify_fault last; /* the last row */
    int64_t rows;
    aw__verify_fault *faults;
    size_t count;
    size_t from, to; /* these of the faults are being mended */
};

/* ------------------------------------------------------------------------------------------------ reading a page
 * --- */

aw__arena *aw__verify_arena(aw__verify_page *page)
{
    return page->arena;
}

static bool same(const aw__verify_fault *a, const aw__verify_fault *b)
{
    return a->kind == b->kind && !strcmp(a->texts[0], b->texts[0]) && !strcmp(a->texts[1], b->texts[1]);
}

bool aw__verify_seen(const aw__verify_page *page, const aw__verify_fault *fault)
{
    aw__verify_fault sought = *fault;

    sought.kind--;
    for (size_t i = page->count; i-- > 0;)
        if (same(&page->faults[i], &sought))
            return true;
    return page->before && page->before->count && same(&page->before->faults[page->before->count - 1], &sought);
}

void aw__verify_add(aw__verify_page *page, aw__statement *row, const aw__verify_fault *fault)
{
    page->faults = aw__rows_grow(row, page->arena, page->faults, page->count, sizeof(*page->faults));
    if (!page->faults)
        return;
    page->faults[page->count] = *fault;
    page->faults[page->count++].kind = fault->kind - 1;
}

static void bind_start(aw__statement *s, const aw__verify_page *page)
{
    const aw__verify_pass *pass = page->pass;

    for (size_t i = 0; i < pass->keys; i++)
        aw__bind_text(s, page->before ? page->before->last.texts[i] : "");
    if (pass->numbered)
        aw__bind_int(s, page->before ? page->before->last.number : 0);
    if (pass->timed)
        aw__bind_int(s, aw__utc_us() / 1000000);
    aw__bind_int(s, PAGE);
}

static int read_page(aw_database *database, void *arg, aw_error *err)
{
    aw__verify_page *page = arg;
    const aw__verify_pass *pass = page->pass;
    aw__statement s = aw__sql(database, pass->sql, err);

    page->rows = 0;
    page->faults = NULL;
    page->count = 0;
    bind_start(&s, page);
    while (aw__row(&s)) {
        aw__verify_fault row = {0};
        int column = 0;

        for (size_t i = 0; i < pass->texts; i++)
            row.texts[i] = aw__column_dup(&s, page->arena, column++);
        if (pass->numbered)
            row.number = aw__column_int(&s, column++);
        row.kind = (size_t)aw__column_int(&s, column++);
        page->last = row;
        page->rows++;
        if (pass->look)
            pass->look(page, &s, column, &row);
        else if (row.kind)
            aw__verify_add(page, &s, &row);
    }
    return aw__finish(&s);
}

/* ------------------------------------------------------------------------------------------------------- mending
 * --- */

static int run_mend(aw_database *database, const aw__verify_pass *pass, const aw__verify_fault *fault, aw_error *err)
{
    const aw__verify_kind *kind = &pass->kinds[fault->kind];
    bool mended = false;

    if (kind->fn)
        return kind->fn(database, fault, err);
    for (size_t n = 0; n < 2 && kind->sql[n] && !mended; n++) {
        aw__statement s = aw__sql(database, kind->sql[n], err);

        for (size_t i = 0; i < kind->binds; i++)
            aw__bind_text(&s, fault->texts[i]);
        if (pass->numbered)
            aw__bind_int(&s, fault->number);
        int rc = aw__finish(&s);

        if (rc)
            return rc;
        mended = aw__changes(database) > 0;
    }
    return AW_OK;
}

static const aw__verify_kind *kind_of(const aw__verify_page *page, size_t at)
{
    return &page->pass->kinds[page->faults[at].kind];
}

static int mend_some(aw_database *database, void *arg, aw_error *err)
{
    const aw__verify_page *page = arg;
    int rc = AW_OK;

    for (size_t i = page->from; rc == AW_OK && i < page->to; i++)
        if (kind_of(page, i)->mend)
            rc = run_mend(database, page->pass, &page->faults[i], err);
    return rc;
}

static int mend_range(struct run *run, aw__verify_page *page, size_t from, size_t to, aw_error *err)
{
    int rc = AW_E_STORE;

    page->from = from;
    page->to = to;
    for (int tries = 0; rc && tries < TRIES; tries++) {
        *err = (aw_error){0};
        rc = aw__store_write(run->params->store, mend_some, page, err);
        if (rc && !err->retriable)
            break;
    }
    return rc;
}

/* All in one transaction; when one of them cannot be mended, each in its own, so that it keeps no others from it. */
static int mend_page(struct run *run, aw__verify_page *page, aw_error *err)
{
    bool any = false;
    aw_error why = {0};

    for (size_t i = 0; i < page->count; i++)
        any = any || kind_of(page, i)->mend;
    if (!any || mend_range(run, page, 0, page->count, &why) == AW_OK)
        return AW_OK;
    for (size_t i = 0; !why.retriable && i < page->count; i++) {
        if (!kind_of(page, i)->mend || mend_range(run, page, i, i + 1, &why) == AW_OK || why.retriable)
            continue;
        run->tallies[page->faults[i].kind].failed++;
        aw__log(AW_LOG_WARNING, "a finding of kind %s could not be mended: %s", kind_of(page, i)->name, why.message);
    }
    if (!why.retriable)
        return AW_OK;
    *err = why;
    return why.code;
}

/* --------------------------------------------------------------------------------------------------- a whole pass
 * --- */

static const char *example_of(struct run *run, const aw__verify_fault *fault)
{
    char *text;

    if (run->pass->example)
        text = aw__arena_strdup(run->examples, run->pass->example(run->examples, fault));
    else if (run->pass->keys == 2)
        text = aw__arena_printf(run->examples, "%s/%s", fault->texts[0], fault->texts[1]);
    else
        text = aw__arena_printf(run->examples, "%s/%s/%s", fault->texts[0], fault->texts[1], fault->texts[2]);
    if (text)
        aw__text_clean(text);
    return text;
}

static int count_page(struct run *run, const aw__verify_page *page, aw_error *err)
{
    for (size_t i = 0; i < page->count; i++) {
        struct tally *tally = &run->tallies[page->faults[i].kind];

        if (tally->example_count < AW__VERIFY_EXAMPLES) {
            const char *example = example_of(run, &page->faults[i]);

            if (!example)
                return aw__fail_nomem(err);
            tally->examples[tally->example_count++] = example;
        }
        tally->found++;
    }
    run->rows += page->rows;
    return AW_OK;
}

static int look_at_page(struct run *run, aw__verify_page *page, aw_error *err)
{
    const aw__verify_params *params = run->params;
    int rc = aw__store_read(params->store, read_page, page, err);

    if (rc == AW_OK)
        rc = count_page(run, page, err);
    if (rc == AW_OK && params->repair && page->count)
        rc = mend_page(run, page, err);
    if (rc == AW_OK && params->progress && !params->progress(run->pass->table, run->rows, 0, params->ud))
        rc = aw__fail(err, AW_E_CANCELED, "as asked for");
    return rc;
}

static void tell(struct run *run)
{
    const aw__verify_params *params = run->params;

    for (size_t i = 0; i < AW__VERIFY_FAULTS_MAX && run->pass->kinds[i].name; i++) {
        const aw__verify_kind *kind = &run->pass->kinds[i];
        const struct tally *tally = &run->tallies[i];
        aw_store_finding finding = {
            .kind = kind->name,
            .what = kind->what,
            .mend = kind->mend,
            .note = kind->note,
            .found = tally->found,
            .left = params->repair && kind->mend ? tally->failed : tally->found,
            .examples = tally->examples,
            .example_count = tally->example_count,
        };

        if (!kind->note)
            run->left += finding.left;
        if (finding.found && params->finding)
            params->finding(&finding, params->ud);
    }
}

/* Two pages are kept, since the next one begins after the last row of the one before. */
static int run_pass(struct run *run, aw_error *err)
{
    aw__verify_page pages[2] = {{0}, {0}};
    bool first = true;
    int rc = AW_OK, at = 0;

    do {
        aw__arena_free(pages[at].arena);
        pages[at] = (aw__verify_page){.pass = run->pass, .before = first ? NULL : &pages[!at], .arena = aw__arena_new()};
        rc = pages[at].arena ? look_at_page(run, &pages[at], err) : aw__fail_nomem(err);
        first = false;
        at = !at;
    } while (rc == AW_OK && pages[!at].rows == PAGE);
    aw__arena_free(pages[0].arena);
    aw__arena_free(pages[1].arena);
    return rc;
}

int aw__verify_run(const aw__verify_params *params, const aw__verify_pass *const *passes, size_t count, int64_t *ret_left,
                   aw_error *err)
{
    struct run *runs = aw__calloc(count, sizeof(*runs));
    aw__arena *examples = aw__arena_new();
    int64_t left = 0;
    int rc = runs && examples ? AW_OK : aw__fail_nomem(err);

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        runs[i].params = params;
        runs[i].pass = passes[i];
        runs[i].examples = examples;
        rc = run_pass(&runs[i], err);
    }
    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        tell(&runs[i]);
        left += runs[i].left;
    }
    if (rc == AW_OK)
        *ret_left = left;
    aw__arena_free(examples);
    aw__free(runs);
    return rc;
}
