/*
 * The writer: what is shared by a commit and what is not, and crowds of threads that write and read.
 */
#include "store_puts.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(test_failures_are_rolled_back_alone),
        with_directory(test_one_that_does_not_fit_fails_alone),
        with_directory(test_a_commit_that_fails_fails_all_of_it),
        with_directory(test_a_writer_that_gets_no_turn),
        with_directory(test_many_writers_and_readers),
        with_directory(test_more_readers_than_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
