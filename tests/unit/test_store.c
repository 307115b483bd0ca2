/*
 * The store: opening and closing, reads and writes one at a time, and that what was acknowledged is there after a
 * crash.
 */
#include "store_puts.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>


/* --------------------------------------------------------------------------------------------- open and close --- */

static void test_reopen(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    char log[400];

    assert_ok(f, write_property(store, "one", &f->err));
    assert_int_equal(properties(f, store), 1);
    aw__store_close(store);
    snprintf(log, sizeof(log), "%s-wal", f->path);
    assert_int_not_equal(access(log, F_OK), 0); /* a clean end leaves one file */
    store = opened(f);
    assert_int_equal(properties(f, store), 1);
    aw__store_close(store);
    aw__store_close(NULL);
}

static void test_locations(void **state)
{
    struct fixture *f = *state;
    aw__store *store = NULL;
    char missing[400];

    assert_fails(f, AW_E_INVALID, aw__store_open(NULL, AW__STORE_MAKE, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("", AW__STORE_MAKE, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open(f->path, AW__STORE_MAKE, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("mongodb://x", AW__STORE_MAKE, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("sqlit:x", AW__STORE_MAKE, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("sqlite:", AW__STORE_MAKE, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("sqlite::memory:", AW__STORE_MAKE, &store, &f->err));
    snprintf(missing, sizeof(missing), "sqlite:%s/none/aw.db", f->directory);
    assert_fails(f, AW_E_STORE, aw__store_open(missing, AW__STORE_MAKE, &store, &f->err));
    assert_non_null(strstr(f->err.message, missing + strlen("sqlite:")));
    assert_null(store);
    assert_int_equal(aw__store_open(NULL, AW__STORE_MAKE, &store, NULL), AW_E_INVALID);
}

/* Nothing of these is looked for. */
static void test_checking_a_location(void **state)
{
    struct fixture *f = *state;
    static const char *const right[] = {"sqlite:none.db", "postgresql:///none?schema=blue&statement_timeout=5"};
    static const char *const wrong[] = {"", "sqlite:", "sqlite::memory:", "sqlite:file:x?mode=memory", "postgresql:x",
                                        "postgresql:///x?schema=Blue", "postgresql://u:hunter2@h/x?statement_timeout=0"};

    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        assert_ok(f, aw__store_check(right[i], &f->err));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_fails(f, AW_E_INVALID, aw__store_check(wrong[i], &f->err));
        assert_true(strlen(f->err.message) > 10);
        assert_null(strstr(f->err.message, "hunter2"));
    }
    assert_fails(f, AW_E_INVALID, aw__store_check(NULL, &f->err));
}

/* ------------------------------------------------------------------------------------------ one at a time --- */

static void test_a_failed_write_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    struct put p = {.name = "one", .fail_with = AW_E_CONFLICT};

    assert_fails(f, AW_E_CONFLICT, aw__store_write(store, put, &p, &f->err));
    assert_string_equal(f->err.message, "as told");
    assert_int_equal(aw__store_write(store, put, &p, NULL), AW_E_CONFLICT);
    assert_int_equal(properties(f, store), 0);
    assert_ok(f, write_property(store, "two", &f->err));
    assert_int_equal(properties(f, store), 1);
    aw__store_close(store);
}

static void test_success_leaves_the_error_alone(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    aw_error untouched = {.code = 77};

    assert_ok(f, write_property(store, "one", &untouched));
    assert_ok(f, read_property(store, "one", &untouched));
    assert_int_equal(untouched.code, 77);
    assert_int_equal(read_property(store, "two", NULL), AW_E_NOT_FOUND);
    aw__store_close(store);
}

static void test_reads_write_nothing(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    struct put p = {.name = "one"};

    assert_fails(f, AW_E_STORE, aw__store_read(store, put, &p, &f->err));
    assert_int_equal(properties(f, store), 0);
    aw__store_close(store);
}

static int count_around_a_write(aw_database *database, void *arg, aw_error *err)
{
    int64_t before = -1, after = -1;
    int rc = count(database, &before, err);

    if (!rc)
        rc = write_property(arg, "meanwhile", err);
    if (!rc)
        rc = count(database, &after, err);
    return !rc && before != after ? aw__fail(err, AW_E_CONFLICT, "the snapshot changed") : rc;
}

static void test_a_read_is_a_snapshot(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);

    assert_ok(f, aw__store_read(store, count_around_a_write, store, &f->err));
    assert_int_equal(properties(f, store), 1);
    aw__store_close(store);
}

static int write_inside(aw_database *database, void *arg, aw_error *err)
{
    (void)database;
    return write_property(arg, "inner", err);
}

static void test_a_write_inside_of_a_write(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);

    assert_fails(f, AW_E_REENTRANT, aw__store_write(store, write_inside, store, &f->err));
    assert_int_equal(properties(f, store), 0);
    aw__store_close(store);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__store *store = NULL;
    int64_t n = -1;

    assert_survives_nomem(f, aw__store_open(f->location, AW__STORE_MAKE, &store, &f->err), assert_null(store));
    assert_survives_nomem(f, write_property(store, "one", &f->err), assert_int_equal(properties(f, store), 0));
    aw__store_close(store);

    store = opened(f);
    assert_survives_nomem(f, aw__store_read(store, count, &n, &f->err), assert_int_equal(n, -1));
    assert_int_equal(n, 1);
    aw__store_close(store);
}

/* ------------------------------------------------------------------------------------------------- processes --- */

struct reporter {
    aw__store *store;
    int pipe;
    int number;
};

/* Tells of each write after it was acknowledged. */
static void *write_and_report(void *arg)
{
    struct reporter *me = arg;

    for (int i = 0;; i++) {
        char name[32] = "";

        snprintf(name, sizeof(name), "w%d-%d", me->number, i);
        if (write_property(me->store, name, NULL) || write(me->pipe, name, sizeof(name)) != sizeof(name))
            return NULL;
    }
}

static void write_until_killed(struct fixture *f, int pipe)
{
    pthread_t threads[4];
    struct reporter reporters[4];
    aw__store *store = NULL;

    if (aw__store_open(f->location, AW__STORE_MAKE, &store, &f->err))
        _exit(1);
    for (int i = 0; i < 4; i++) {
        reporters[i] = (struct reporter){store, pipe, i};
        if (pthread_create(&threads[i], NULL, write_and_report, &reporters[i]))
            _exit(1);
    }
    pthread_join(threads[0], NULL);
    _exit(1);
}

enum { REPORTS = 4000, REPORTS_BEFORE_KILL = 200 };

static void test_acknowledged_writes_survive_a_kill(void **state)
{
    struct fixture *f = *state;
    static char names[REPORTS][32];
    size_t n = 0;
    int ends[2], status = 0;
    aw__store *store;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_until_killed(f, ends[1]);
    close(ends[1]);
    while (n < REPORTS && read(ends[0], names[n], sizeof(names[n])) == sizeof(names[n]))
        if (++n == REPORTS_BEFORE_KILL)
            kill(child, SIGKILL);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(n >= REPORTS_BEFORE_KILL);

    store = opened(f);
    for (size_t i = 0; i < n; i++)
        assert_ok(f, read_property(store, names[i], &f->err));
    aw__store_close(store);
}

static int write_a_hundred(struct fixture *f, char letter)
{
    aw__store *store = NULL;
    int rc = aw__store_open(f->location, AW__STORE_MAKE, &store, &f->err);

    for (int i = 0; i < 100 && !rc; i++) {
        char name[32];

        snprintf(name, sizeof(name), "%c%d", letter, i);
        rc = write_property(store, name, &f->err);
    }
    if (rc)
        fprintf(stderr, "%s\n", f->err.message);
    aw__store_close(store);
    return rc;
}

static int check_integrity(aw_database *database, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(database, "PRAGMA integrity_check", err);

    *(bool *)arg = aw__row(&s) && strcmp(aw__column_text(&s, 0), "ok") == 0;
    return aw__finish(&s);
}

static void test_two_processes(void **state)
{
    struct fixture *f = *state;
    pid_t child = fork();
    int status = -1, rc;
    bool intact = false;
    aw__store *store;

    assert_true(child >= 0);
    if (child == 0)
        _exit(write_a_hundred(f, 'c') ? 1 : 0);
    rc = write_a_hundred(f, 'p');
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_ok(f, rc);
    assert_int_equal(status, 0);
    store = opened(f);
    assert_int_equal(properties(f, store), 200);
    if (!test_place_is_postgres()) {
        assert_ok(f, aw__store_read(store, check_integrity, &intact, &f->err));
        assert_true(intact);
    }
    aw__store_close(store);
}

/* ------------------------------------------------------------------------- a long write beside short ones --- */

enum { SHORT_WRITERS = 2, PATIENCE_MS = 200 };

static struct {
    atomic_int done;     /* short writes that have been committed */
    atomic_bool ending;
} others;

/* Reads what all others write, so that of two at once the database lets one go on: that which ends first. */
static int look_and_put(aw_database *database, void *arg, aw_error *err)
{
    int64_t n = 0;
    int rc = count(database, &n, err);

    return rc ? rc : put(database, arg, err);
}

static void *write_short_ones(void *arg)
{
    struct put p = {.store = arg};

    for (int i = 0; !atomic_load(&others.ending) && !p.rc; i++) {
        snprintf(p.name, sizeof(p.name), "%llx-%d", (unsigned long long)pthread_self(), i);
        p.rc = aw__store_write(p.store, look_and_put, &p, &p.err);
        atomic_fetch_add(&others.done, p.rc == AW_OK);
    }
    if (p.rc)
        fprintf(stderr, "%s\n", p.err.message);
    return p.rc ? arg : NULL;
}

/* Ends when another was faster, or cannot be. */
static int look_long_and_put(aw_database *database, void *arg, aw_error *err)
{
    int64_t n = 0;
    int rc = count(database, &n, err), before = atomic_load(&others.done);

    for (int ms = 0; ms < PATIENCE_MS && atomic_load(&others.done) == before; ms++)
        usleep(1000);
    return rc ? rc : put(database, arg, err);
}

/* Of another server, which does not know that somebody has lost for the tenth time. */
static void test_a_long_write_gets_through_beside_short_ones(void **state)
{
    struct fixture *f = *state;
    aw__store *ours = opened(f), *theirs = opened(f);
    pthread_t threads[SHORT_WRITERS];
    void *failed = NULL;

    atomic_store(&others.ending, false);
    for (int i = 0; i < SHORT_WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_short_ones, theirs), 0);
    for (int i = 0; i < 3; i++) {
        struct put p = {.name = {'l', (char)('0' + i)}};

        assert_ok(f, aw__store_write(ours, look_long_and_put, &p, &f->err));
    }
    atomic_store(&others.ending, true);
    for (int i = 0; i < SHORT_WRITERS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(properties(f, ours), atomic_load(&others.done) + 3);
    aw__store_close(ours);
    aw__store_close(theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* These fork, so they come before any thread. */
        with_directory(test_acknowledged_writes_survive_a_kill),
        with_directory(test_two_processes),
        with_directory(test_reopen),
        with_directory(test_locations),
        with_directory(test_checking_a_location),
        with_directory(test_a_failed_write_leaves_nothing),
        with_directory(test_success_leaves_the_error_alone),
        with_directory(test_reads_write_nothing),
        with_directory(test_a_read_is_a_snapshot),
        with_directory(test_a_write_inside_of_a_write),
        with_directory(test_out_of_memory),
        with_directory(test_a_long_write_gets_through_beside_short_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
