/*
 * aw_store_restore(): the database is the copy, what it was is kept, and nobody who has it open is surprised. What is
 * refused for the same reasons as a copy is in test_backup.c, and so is PostgreSQL, which has tools of its own.
 */
#include "backup_fixture.h"

#include <pthread.h>

#include "store/files.h"
#include "store/store.h"

static void test_there_and_back(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct stat found;

    copy_one_and_put_two(f, &p);
    close_database(f);
    assert_int_equal(chmod(f->path, 0640), 0);
    assert_ok(f, restore(f, p.copy, false));
    assert_string_equal(value_in(f, f->path), "one");
    assert_string_equal(value_in(f, p.kept), "two");
    assert_string_equal(value_in(f, p.copy), "one");
    assert_int_equal(stat(f->path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0640); /* who could read it still can */
    open_database(f);
    put(f, "three");
    close_database(f);
    assert_int_equal(restore(f, p.copy, false), AW_E_EXISTS);
    assert_non_null(strstr(f->err.message, p.kept));
    assert_string_equal(value_in(f, f->path), "three");
    assert_ok(f, restore(f, p.copy, true));
    assert_string_equal(value_in(f, f->path), "one");
    assert_string_equal(value_in(f, p.kept), "three");
    assert_int_equal(unlink(p.kept), 0);
}

static void test_where_nothing_was(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char log[440];

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    snprintf(log, sizeof(log), "%s-wal", p.other);
    write_file(log, "of a database that is gone"); /* must not be taken for the new one's */
    assert_ok(f, aw_store_restore(AW_WITH(store_restore, .store = p.location, .file = p.copy), &f->err));
    assert_string_equal(value_in(f, p.other), "one");
}

static void test_not_while_it_is_open(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    aw_database *reader = NULL;

    copy_one_and_put_two(f, &p);
    assert_int_equal(restore(f, p.copy, true), AW_E_BUSY);
    assert_true(f->err.retriable);
    assert_ok(f, aw__sqlite_driver.open(f->path, true, &reader, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 1);
    close_database(f);
    assert_ok(f, reader->driver->begin(reader, false, &f->err));
    assert_string_equal(value_in(f, f->path), "two");
    aw__statement s = aw__sql(reader, "SELECT count(*) FROM properties", &f->err);

    assert_true(aw__row(&s)); /* one that only reads */
    assert_int_equal(restore(f, p.copy, true), AW_E_BUSY);
    assert_ok(f, aw__finish(&s));
    reader->driver->close(reader);
    assert_ok(f, restore(f, p.copy, true));
    assert_string_equal(value_in(f, f->path), "one");
}

/* A server that was killed leaves a log, which is part of the old database. */
static void test_after_a_crash(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char command[2000];

    copy_one_and_put_two(f, &p);
    snprintf(command, sizeof(command), "cp %s %s && cp %s-wal %s-wal", f->path, p.other, f->path, p.other);
    assert_int_equal(system(command), 0);
    assert_ok(f, aw_store_restore(AW_WITH(store_restore, .store = p.location, .file = p.copy), &f->err));
    assert_string_equal(value_in(f, p.other), "one");
    snprintf(command, sizeof(command), "%s.before-restore", p.other);
    assert_string_equal(value_in(f, command), "two");
    unlink(command);
}

/* What nobody can open is kept as it is, and replaced. */
static void test_of_a_broken_database(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char name[500];

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    write_file(p.other, "broken ");
    snprintf(name, sizeof(name), "%s-wal", p.other);
    write_file(name, "broken too ");
    snprintf(name, sizeof(name), "%s-journal", p.other);
    write_file(name, "broken as well ");
    assert_ok(f, aw_store_restore(AW_WITH(store_restore, .store = p.location, .file = p.copy), &f->err));
    assert_string_equal(value_in(f, p.other), "one");
    snprintf(name, sizeof(name), "%s-journal", p.other);
    assert_int_not_equal(access(name, F_OK), 0);
    snprintf(name, sizeof(name), "%s.before-restore", p.other);
    assert_int_equal(access(name, F_OK), 0);
}

static void assert_holds(const char *path, const char *text)
{
    char found[32] = "";
    FILE *file = fopen(path, "r");

    if (!file)
        fail_msg("%s is gone", path);
    assert_int_equal(fread(found, 1, strlen(text), file), strlen(text));
    fclose(file);
    assert_string_equal(found, text);
}

/* A folder is where the old database, or one of its logs, is to be kept. */
static void restore_in_the_way(struct fixture *f, const struct paths *p, const char *end, int code)
{
    char folder[500];

    snprintf(folder, sizeof(folder), "%s.before-restore%s", p->other, end);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_fails(f, code,
                 aw_store_restore(AW_WITH(store_restore, .store = p->location, .file = p->copy, .overwrite = true),
                                  &f->err));
    assert_non_null(strstr(f->err.message, folder));
    assert_int_equal(rmdir(folder), 0);
}

/* All that was moved by then goes back. */
static void test_what_cannot_be_kept_stays_in_its_place(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char log[440], journal[440];

    copy_one_and_put_two(f, &p);
    close_database(f);
    write_file(p.other, "old ");
    restore_in_the_way(f, &p, "", AW_E_STORE);
    assert_holds(p.other, "old ");
    assert_int_equal(files_in(f->directory), 3); /* the database, the copy, and this one */
    assert_int_equal(unlink(p.other), 0); /* what it was is in its logs alone: SQLite does not look at them */
    snprintf(log, sizeof(log), "%s-wal", p.other);
    snprintf(journal, sizeof(journal), "%s-journal", p.other);
    write_file(log, "log ");
    write_file(journal, "journal ");
    restore_in_the_way(f, &p, "-wal", AW_E_EXISTS);
    restore_in_the_way(f, &p, "-journal", AW_E_EXISTS);
    assert_holds(log, "log ");
    assert_holds(journal, "journal ");
    assert_int_equal(files_in(f->directory), 4);
}

static void test_a_copy_that_is_not_whole_is_not_taken(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    copy_one_and_put_two(f, &p);
    close_database(f);
    damage(p.copy);
    assert_int_equal(restore(f, p.copy, false), AW_E_STORE);
    assert_int_equal(truncate(p.copy, 8192), 0);
    assert_int_equal(restore(f, p.copy, false), AW_E_STORE);
    write_file(p.copy, "text ");
    assert_int_equal(restore(f, p.copy, false), AW_E_STORE);
    assert_int_equal(unlink(p.copy), 0);
    assert_int_equal(restore(f, p.copy, false), AW_E_STORE);
    assert_int_equal(restore(f, f->directory, false), AW_E_INVALID);
    assert_int_equal(files_in(f->directory), 1);
    assert_string_equal(value_in(f, f->path), "two");
}

static void test_copies_of_other_versions(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    aw__store *store = NULL;

    put(f, "one");
    assert_ok(f, f->database->driver->execute(f->database, "PRAGMA user_version = 0", &f->err));
    assert_int_equal(backup(f, p.copy, false), AW_E_STORE); /* some other program's */
    assert_ok(f, f->database->driver->execute(f->database, "PRAGMA user_version = 99", &f->err));
    assert_int_equal(backup(f, p.copy, false), AW_E_STORE);
    assert_ok(f, f->database->driver->execute(f->database,
                                              "PRAGMA user_version = 2; DROP TABLE servers; DROP TABLE outbox_queues",
                                              &f->err));
    assert_ok(f, backup(f, p.copy, false)); /* an older one, as before an update */
    close_database(f);
    assert_ok(f, restore(f, p.copy, false));
    assert_ok(f, aw__store_open(f->location, AW__STORE_MAKE, &store, &f->err)); /* and the server brings it up to date */
    aw__store_close(store);
}

static void test_links_are_followed(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct stat found;

    copy_one_and_put_two(f, &p);
    close_database(f);
    assert_int_equal(symlink(f->path, p.other), 0);
    assert_ok(f, aw_store_restore(AW_WITH(store_restore, .store = p.location, .file = p.copy), &f->err));
    assert_int_equal(lstat(p.other, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_string_equal(value_in(f, f->path), "one");
    assert_string_equal(value_in(f, p.kept), "two");
}

/* ---- who opens it in the very moment ---- */

static bool open_meanwhile(const char *what, int64_t done, int64_t total, void *ud)
{
    struct fixture *f = ud;

    (void)what, (void)done, (void)total;
    if (!f->database)
        open_database(f);
    return true;
}

static void test_whoever_opens_it_while_the_copy_is_read_keeps_it(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    copy_one_and_put_two(f, &p);
    close_database(f);
    assert_fails(f, AW_E_BUSY,
                 aw_store_restore(AW_WITH(store_restore, .store = f->location, .file = p.copy,
                                          .progress = open_meanwhile, .ud = f),
                                  &f->err));
    assert_non_null(f->database);
    put(f, "three");
    assert_string_equal(value_in(f, f->path), "three");
    assert_false(aw__files_exist(p.kept));
    close_database(f);
    assert_int_equal(files_in(f->directory), 2);
    assert_string_equal(value_in(f, f->path), "three");
}

static void *open_it(void *arg)
{
    struct fixture *f = arg;

    return (void *)(intptr_t)aw__sqlite_driver.open(f->path, false, &f->database, &f->err);
}

static void test_whoever_opens_it_meanwhile_gets_the_new_one(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    pthread_t opener;
    void *said = NULL;
    int lock = -1;

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    close_database(f);
    assert_ok(f, aw__files_lock(f->path, &lock, &f->err));
    assert_int_equal(pthread_create(&opener, NULL, open_it, f), 0);
    usleep(300000); /* by now it has opened the old file, and waits for the lock */
    assert_int_equal(rename(p.copy, f->path), 0);
    aw__files_unlock(lock);
    pthread_join(opener, &said);
    if ((intptr_t)said) { /* it had, and says so */
        assert_int_equal((intptr_t)said, AW_E_STORE);
        assert_true(f->err.retriable);
        assert_null(f->database);
        open_database(f);
    }
    put(f, "two");
    assert_string_equal(value_in(f, f->path), "two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_there_and_back),
        with_database(test_where_nothing_was),
        with_database(test_not_while_it_is_open),
        with_database(test_after_a_crash),
        with_database(test_of_a_broken_database),
        with_database(test_what_cannot_be_kept_stays_in_its_place),
        with_database(test_a_copy_that_is_not_whole_is_not_taken),
        with_database(test_copies_of_other_versions),
        with_database(test_links_are_followed),
        with_database(test_whoever_opens_it_while_the_copy_is_read_keeps_it),
        with_database(test_whoever_opens_it_meanwhile_gets_the_new_one),
    };

    return test_place_is_postgres() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
