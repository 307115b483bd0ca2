/*
 * actingwebd verify: what is wrong with a store, as lines or as JSON.
 */
#include "daemon/command.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: actingwebd verify [--repair] [--json] [--store STORE] [--config FILE]\n\n"
    "Looks at every row of a store and says which do not belong there: rows that nothing leads to, lists whose rows do\n"
    "not fit together, values that cannot be read. Servers may go on meanwhile. Writes nothing without --repair.\n\n"
    "  --repair          mend what can be mended, each page of findings in a transaction that looks again\n"
    "  --json            print one JSON object instead of lines\n"
    "  --store STORE     the store, as the server's option; also AW_STORE, or --config\n"
    "  --config FILE     the server's INI file\n"
    "  --help            print this, and end\n\n"
    "Examples:\n"
    "  actingwebd verify --store sqlite:/var/lib/actingweb/actors.db\n"
    "  actingwebd verify --repair --config /etc/actingwebd.ini\n\n"
    "Exit status: 0 clean, or all mended; 1 findings are left; 2 wrong options; 3 could not look.\n";

struct report {
    bool json;
    json_t *findings;
    int64_t left, could_mend;
    bool failed; /* out of memory */
};

static void print_line(const aw_store_finding *finding)
{
    printf("%s%s: %" PRId64 " found", finding->note ? "note: " : "", finding->kind, finding->found);
    if (finding->left < finding->found)
        printf(", %" PRId64 " mended (%s)", finding->found - finding->left, finding->mend);
    printf(": %s", finding->what);
    for (size_t i = 0; i < finding->example_count; i++)
        printf("%s%s", i ? ", " : "; for example ", finding->examples[i]);
    putchar('\n');
}

static void collect(struct report *report, const aw_store_finding *finding)
{
    json_t *examples = json_array();

    for (size_t i = 0; i < finding->example_count; i++)
        report->failed |= json_array_append_new(examples, json_string(finding->examples[i])) != 0;
    report->failed |=
        json_array_append_new(report->findings,
                              json_pack("{s:s, s:s, s:b, s:b, s:I, s:I, s:o}", "kind", finding->kind, "what", finding->what,
                                        "note", finding->note, "mendable", finding->mend != NULL, "found",
                                        (json_int_t)finding->found, "left", (json_int_t)finding->left, "examples",
                                        examples)) != 0;
}

static void on_finding(const aw_store_finding *finding, void *ud)
{
    struct report *report = ud;

    command_progress_end();
    if (!finding->note && finding->mend)
        report->could_mend += finding->left;
    if (report->json)
        collect(report, finding);
    else
        print_line(finding);
}

static int print_json(const command *c, const struct report *report, bool repair)
{
    json_t *all = json_pack("{s:b, s:b, s:I, s:O}", "clean", report->left == 0, "repaired", repair, "left",
                            (json_int_t)report->left, "findings", report->findings);
    char *text = all && !report->failed ? json_dumps(all, JSON_INDENT(2)) : NULL;
    int status = report->left ? COMMAND_FINDINGS : COMMAND_DONE;

    if (text)
        puts(text);
    else
        status = command_fail(c, &(aw_error){.code = AW_E_NOMEM, .message = "out of memory"});
    free(text);
    json_decref(all);
    return status;
}

/* Without the store's name, which may have a password in it. */
static int print_verdict(const struct report *report, bool repair)
{
    if (!report->left)
        printf("nothing is wrong%s\n", repair ? " now" : "");
    else if (repair || !report->could_mend)
        printf("%" PRId64 " left, to be looked at by people\n", report->left);
    else
        printf("%" PRId64 " found, of which --repair mends %" PRId64 "\n", report->left, report->could_mend);
    return report->left ? COMMAND_FINDINGS : COMMAND_DONE;
}

int daemon_verify(int argc, char **argv)
{
    bool repair = false;
    struct report report = {.json = false};
    command c = {.name = "verify", .usage = usage, .flags = {{"repair", &repair}, {"json", &report.json}}};
    aw_error err = {0};
    int status = COMMAND_DONE;

    if (!command_read(&c, argc, argv, &status))
        return status;
    report.findings = json_array();
    report.failed = !report.findings;
    if (aw_store_verify(AW_WITH(store_verify, .store = c.options.app.store, .repair = repair, .finding = on_finding,
                                .progress = command_progress, .ud = &report),
                        &report.left, &err))
        status = command_fail(&c, &err);
    else
        status = report.json ? print_json(&c, &report, repair) : print_verdict(&report, repair);
    command_progress_end();
    json_decref(report.findings);
    command_dispose(&c);
    return status;
}
