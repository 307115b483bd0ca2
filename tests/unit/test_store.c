/*
 * The store: reads and writes of many threads, what is shared by a commit and what is not, and that what was
 * acknowledged is there after a crash.
 */
#include "store_fixture.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/error.h"
#include "store/attributes.h"
#include "store/properties.h"
#include "store/store.h"

static aw__store *opened(struct fixture *f)
{
    aw__store *store = NULL;

    assert_ok(f, aw__store_open(f->location, &store, &f->err));
    return store;
}

/* A write of one property, and what else a test wants of it. */
struct put {
    aw__store *store;
    char name[32];
    const char *value;
    int fail_with; /* after the property is written */
    aw_error err;
    int rc;
};

static int put(aw_database *database, void *arg, aw_error *err)
{
    struct put *p = arg;
    int rc = aw__properties_set(database, "a", p->name, p->value ? p->value : "1", err);

    return !rc && p->fail_with ? aw__fail(err, p->fail_with, "as told") : rc;
}

static void *run_put(void *arg)
{
    struct put *p = arg;

    p->rc = aw__store_write(p->store, put, p, &p->err);
    return NULL;
}

static int write_property(aw__store *store, const char *name, aw_error *err)
{
    struct put p = {0};

    snprintf(p.name, sizeof(p.name), "%s", name);
    return aw__store_write(store, put, &p, err);
}

static int count(aw_database *database, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT count(*) FROM properties", err);

    if (aw__row(&s))
        *(int64_t *)arg = aw__column_int(&s, 0);
    return aw__finish(&s);
}

static int64_t properties(struct fixture *f, aw__store *store)
{
    int64_t n = -1;

    assert_ok(f, aw__store_read(store, count, &n, &f->err));
    return n;
}

static int find(aw_database *database, void *arg, aw_error *err)
{
    const char *const *name = arg;
    aw__statement s = aw__sql(database, "SELECT 1 FROM properties WHERE id = 'a' AND name = $1", err);

    aw__bind_text(&s, *name);
    return aw__finish_found(&s, aw__row(&s), "property");
}

static int read_property(aw__store *store, const char *name, aw_error *err)
{
    return aw__store_read(store, find, &name, err);
}

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

static int put_attributes(aw_database *database, void *arg, aw_error *err)
{
    (void)arg;
    int rc = aw__attributes_set(database, "a", "b", "gone", "1", 1000000000, err);

    return rc ? rc : aw__attributes_set(database, "a", "b", "kept", "1", 0, err);
}

static int count_attributes(aw_database *database, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT count(*) FROM attributes", err);

    if (aw__row(&s))
        *(int64_t *)arg = aw__column_int(&s, 0);
    return aw__finish(&s);
}

static void test_opening_removes_what_has_expired(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    int64_t rows = 0;

    assert_ok(f, aw__store_write(store, put_attributes, NULL, &f->err));
    assert_ok(f, aw__store_read(store, count_attributes, &rows, &f->err));
    assert_int_equal(rows, 2);
    aw__store_close(store);
    store = opened(f);
    assert_ok(f, aw__store_read(store, count_attributes, &rows, &f->err));
    assert_int_equal(rows, 1);
    aw__store_close(store);
}

static void test_locations(void **state)
{
    struct fixture *f = *state;
    aw__store *store = NULL;
    char missing[400];

    assert_fails(f, AW_E_INVALID, aw__store_open(NULL, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("", &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open(f->path, &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("mongodb://x", &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("sqlit:x", &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("sqlite:", &store, &f->err));
    assert_fails(f, AW_E_INVALID, aw__store_open("sqlite::memory:", &store, &f->err));
    snprintf(missing, sizeof(missing), "sqlite:%s/none/aw.db", f->directory);
    assert_fails(f, AW_E_STORE, aw__store_open(missing, &store, &f->err));
    assert_non_null(strstr(f->err.message, missing + strlen("sqlite:")));
    assert_null(store);
    assert_int_equal(aw__store_open(NULL, &store, NULL), AW_E_INVALID);
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

    assert_survives_nomem(f, aw__store_open(f->location, &store, &f->err), assert_null(store));
    assert_survives_nomem(f, write_property(store, "one", &f->err), assert_int_equal(properties(f, store), 0));
    aw__store_close(store);

    store = opened(f);
    assert_survives_nomem(f, aw__store_read(store, count, &n, &f->err), assert_int_equal(n, -1));
    assert_int_equal(n, 1);
    aw__store_close(store);
}

/* --------------------------------------------------------------------------------------------------- together --- */

/* Holds the writer until the others have queued, so that they share a commit. */
struct gate {
    aw__store *store;
    sem_t open;
};

static int wait_at_gate(aw_database *database, void *arg, aw_error *err)
{
    struct gate *gate = arg;

    (void)database, (void)err;
    while (sem_wait(&gate->open))
        continue;
    return AW_OK;
}

static void *close_gate(void *arg)
{
    struct gate *gate = arg;

    aw__store_write(gate->store, wait_at_gate, gate, NULL);
    return NULL;
}

static void nap_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Runs all puts at once. What they end with must not depend on whether they met in one commit. */
static void put_together(aw__store *store, struct put *puts, size_t n)
{
    struct gate gate = {.store = store};
    pthread_t threads[32], keeper;

    sem_init(&gate.open, 0, 0);
    assert_int_equal(pthread_create(&keeper, NULL, close_gate, &gate), 0);
    nap_ms(30);
    for (size_t i = 0; i < n; i++) {
        puts[i].store = store;
        assert_int_equal(pthread_create(&threads[i], NULL, run_put, &puts[i]), 0);
    }
    nap_ms(100);
    sem_post(&gate.open);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    pthread_join(keeper, NULL);
    sem_destroy(&gate.open);
}

static void test_failures_are_rolled_back_alone(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    struct put puts[16] = {0};

    for (int i = 0; i < 16; i++) {
        snprintf(puts[i].name, sizeof(puts[i].name), "p%d", i);
        puts[i].fail_with = i % 3 ? AW_OK : AW_E_CONFLICT;
    }
    put_together(store, puts, 16);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(puts[i].rc, puts[i].fail_with);
        assert_int_equal(puts[i].err.code, puts[i].fail_with);
        assert_int_equal(read_property(store, puts[i].name, NULL), i % 3 ? AW_OK : AW_E_NOT_FOUND);
    }
    aw__store_close(store);
}

/* The database may grow by some pages, which is room for all but one. */
static int leave_little_room(aw_database *database, void *arg, aw_error *err)
{
    aw__statement s = aw__sql(database, "PRAGMA page_count", err);
    char limit[64] = "";
    int rc;

    (void)arg;
    if (aw__row(&s))
        snprintf(limit, sizeof(limit), "PRAGMA max_page_count = %d", (int)aw__column_int(&s, 0) + 20);
    rc = aw__finish(&s);
    return rc ? rc : database->driver->execute(database, limit, err);
}

/* SQLite ends the transaction of all when the database is full. The others must not notice. */
static void test_one_that_does_not_fit_fails_alone(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    struct put puts[8] = {0};
    char *large = calloc(1, 1 << 20);

    assert_non_null(large);
    memset(large, 'x', (1 << 20) - 1);
    for (int i = 0; i < 8; i++)
        snprintf(puts[i].name, sizeof(puts[i].name), "p%d", i);
    puts[5].value = large;
    assert_ok(f, aw__store_write(store, leave_little_room, NULL, &f->err));
    put_together(store, puts, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(puts[i].rc, i == 5 ? AW_E_STORE : AW_OK);
    assert_true(puts[5].err.retriable);
    assert_non_null(strstr(puts[5].err.message, "make room"));
    assert_int_equal(properties(f, store), 7);
    aw__store_close(store);
    free(large);
}

/* No file may grow: the log cannot be written, so the commit fails. */
static void test_a_commit_that_fails_fails_all_of_it(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    struct rlimit before, none;
    struct put puts[8] = {0};

    assert_ok(f, write_property(store, "before", &f->err));
    assert_int_equal(properties(f, store), 1);
    for (int i = 0; i < 8; i++)
        snprintf(puts[i].name, sizeof(puts[i].name), "p%d", i);
    puts[3].fail_with = AW_E_CONFLICT;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    put_together(store, puts, 8);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    for (int i = 0; i < 8; i++) {
        assert_int_equal(puts[i].rc, i == 3 ? AW_E_CONFLICT : AW_E_STORE);
        assert_int_equal(puts[i].err.code, puts[i].rc);
        assert_int_equal(puts[i].err.retriable, i != 3);
    }
    assert_int_equal(properties(f, store), 1);
    assert_ok(f, write_property(store, "after", &f->err)); /* the same call succeeds later */
    aw__store_close(store);
    store = opened(f);
    assert_int_equal(properties(f, store), 2);
    aw__store_close(store);
}

static int be_impatient(aw_database *database, void *arg, aw_error *err)
{
    (void)arg;
    return database->driver->execute(database, "PRAGMA busy_timeout = 10", err);
}

static void test_a_writer_that_gets_no_turn(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);

    assert_ok(f, aw__store_write(store, be_impatient, NULL, &f->err));
    assert_ok(f, aw__sqlite_driver.open(f->path, false, &f->database, &f->err)); /* another process */
    assert_ok(f, aw__sqlite_driver.begin(f->database, true, &f->err));
    assert_fails(f, AW_E_STORE, write_property(store, "one", &f->err));
    assert_true(f->err.retriable);
    aw__sqlite_driver.rollback(f->database);
    assert_int_equal(properties(f, store), 0);
    assert_ok(f, write_property(store, "one", &f->err));
    aw__store_close(store);
}

enum { WRITERS = 16, READERS = 6, WRITES_EACH = 60 };

struct crowd {
    aw__store *store;
    int number;
    atomic_int *failures;
    atomic_bool *done;
};

/* Reads back what it wrote at once: a write is visible when it returns. */
static void *write_and_look(void *arg)
{
    struct crowd *me = arg;

    for (int i = 0; i < WRITES_EACH; i++) {
        struct put p = {.fail_with = i % 10 == 9 ? AW_E_CONFLICT : AW_OK};

        snprintf(p.name, sizeof(p.name), "w%d-%d", me->number, i);
        if (aw__store_write(me->store, put, &p, NULL) != p.fail_with ||
            read_property(me->store, p.name, NULL) != (p.fail_with ? AW_E_NOT_FOUND : AW_OK))
            atomic_fetch_add(me->failures, 1);
    }
    return NULL;
}

/* Counts never go back. */
static void *keep_counting(void *arg)
{
    struct crowd *me = arg;
    int64_t last = 0;

    while (!atomic_load(me->done)) {
        int64_t now = -1;

        if (aw__store_read(me->store, count, &now, NULL) || now < last)
            atomic_fetch_add(me->failures, 1);
        last = now;
        nap_ms(1);
    }
    return NULL;
}

static void test_many_writers_and_readers(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    pthread_t threads[WRITERS + READERS];
    struct crowd crowd[WRITERS + READERS];
    atomic_int failures = 0;
    atomic_bool done = false;

    for (int i = 0; i < WRITERS + READERS; i++) {
        crowd[i] = (struct crowd){store, i, &failures, &done};
        assert_int_equal(pthread_create(&threads[i], NULL, i < WRITERS ? write_and_look : keep_counting, &crowd[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&done, true);
    for (int i = WRITERS; i < WRITERS + READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(properties(f, store), WRITERS * WRITES_EACH * 9 / 10);
    aw__store_close(store);
}

static int read_slowly(aw_database *database, void *arg, aw_error *err)
{
    int rc = count(database, arg, err);

    nap_ms(5);
    return rc;
}

static void *run_read_slowly(void *arg)
{
    struct crowd *me = arg;
    int64_t n = -1;

    if (aw__store_read(me->store, read_slowly, &n, NULL) || n != 0)
        atomic_fetch_add(me->failures, 1);
    return NULL;
}

/* Each of them ends, and its reader serves the next one. */
static void test_more_readers_than_connections(void **state)
{
    struct fixture *f = *state;
    aw__store *store = opened(f);
    pthread_t threads[100];
    atomic_int failures = 0;
    struct crowd crowd = {.store = store, .failures = &failures};

    for (size_t i = 0; i < 100; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_read_slowly, &crowd), 0);
    for (size_t i = 0; i < 100; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(properties(f, store), 0);
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

    if (aw__store_open(f->location, &store, &f->err))
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
    int rc = aw__store_open(f->location, &store, &f->err);

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
    assert_ok(f, aw__store_read(store, check_integrity, &intact, &f->err));
    assert_true(intact);
    aw__store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* These fork, so they come before any thread. */
        with_directory(test_acknowledged_writes_survive_a_kill),
        with_directory(test_two_processes),
        with_directory(test_reopen),
        with_directory(test_opening_removes_what_has_expired),
        with_directory(test_locations),
        with_directory(test_a_failed_write_leaves_nothing),
        with_directory(test_success_leaves_the_error_alone),
        with_directory(test_reads_write_nothing),
        with_directory(test_a_read_is_a_snapshot),
        with_directory(test_a_write_inside_of_a_write),
        with_directory(test_out_of_memory),
        with_directory(test_failures_are_rolled_back_alone),
        with_directory(test_one_that_does_not_fit_fails_alone),
        with_directory(test_a_commit_that_fails_fails_all_of_it),
        with_directory(test_a_writer_that_gets_no_turn),
        with_directory(test_many_writers_and_readers),
        with_directory(test_more_readers_than_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
