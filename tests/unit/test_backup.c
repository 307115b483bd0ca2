/*
 * aw_store_backup() and aw_store_restore(): copies are whole and private, what is there stays unless it is to be
 * replaced, and a failure leaves everything as it was.
 */
#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include <actingweb/store.h>

#include "store/files.h"
#include "store/properties.h"
#include "store/store.h"

struct paths {
    char copy[400], other[400], location[440], kept[440];
};

static struct paths paths_of(const struct fixture *f)
{
    struct paths p;

    snprintf(p.copy, sizeof(p.copy), "%s/copy.db", f->directory);
    snprintf(p.other, sizeof(p.other), "%s/other.db", f->directory);
    snprintf(p.location, sizeof(p.location), "sqlite:%s", p.other);
    snprintf(p.kept, sizeof(p.kept), "%s.before-restore", f->path);
    return p;
}

static int backup(struct fixture *f, const char *file, bool overwrite)
{
    f->err = (aw_error){0};
    return aw_store_backup(AW_WITH(store_backup, .store = f->location, .file = file, .overwrite = overwrite), &f->err);
}

static int restore(struct fixture *f, const char *file, bool overwrite)
{
    f->err = (aw_error){0};
    return aw_store_restore(AW_WITH(store_restore, .store = f->location, .file = file, .overwrite = overwrite), &f->err);
}

static void put(struct fixture *f, const char *value)
{
    assert_ok(f, aw__properties_set(f->database, "a", "n", value, &f->err));
}

static void close_database(struct fixture *f)
{
    if (f->database)
        f->database->driver->close(f->database);
    f->database = NULL;
}

static void open_database(struct fixture *f)
{
    assert_ok(f, aw__sqlite_driver.open(f->path, false, &f->database, &f->err));
}

/* Of the property, in the database at path; "" when there is none. */
static const char *value_in(struct fixture *f, const char *path)
{
    aw_database *database = NULL;
    const char *value = "";

    assert_ok(f, aw__sqlite_driver.open(path, true, &database, &f->err));
    int rc = aw__properties_get(database, f->arena, "a", "n", &value, &f->err);

    database->driver->close(database);
    return rc ? "" : value;
}

static int files_in(const char *directory)
{
    DIR *open = opendir(directory);
    int count = 0;

    for (struct dirent *entry; (entry = readdir(open));)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs(text, file);
    fclose(file);
}

static void damage(const char *path)
{
    int file = open(path, O_WRONLY);
    char garbage[4096];

    memset(garbage, 0xA5, sizeof(garbage));
    assert_int_equal(pwrite(file, garbage, sizeof(garbage), 4096 * 3), sizeof(garbage));
    close(file);
}

/* ---- backup ---- */

static void test_a_copy_is_what_was_committed(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct stat found;

    put(f, "one");
    assert_ok(f, f->database->driver->begin(f->database, true, &f->err));
    put(f, "two"); /* not yet committed; it is in the log beside the database, as "one" is */
    assert_ok(f, backup(f, p.copy, false));
    assert_ok(f, f->database->driver->commit(f->database, &f->err));
    assert_string_equal(value_in(f, p.copy), "one");
    assert_string_equal(value_in(f, f->path), "two");
    assert_int_equal(stat(p.copy, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(files_in(f->directory), 4); /* the copy is one file, and nothing else is left */
}

static void test_what_is_there_stays(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    put(f, "two");
    assert_int_equal(backup(f, p.copy, false), AW_E_EXISTS);
    assert_non_null(strstr(f->err.message, p.copy));
    assert_string_equal(value_in(f, p.copy), "one");
    assert_ok(f, backup(f, p.copy, true));
    assert_string_equal(value_in(f, p.copy), "two");
    assert_int_equal(files_in(f->directory), 4);
}

static void test_what_cannot_be_copied(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char nowhere[400];

    snprintf(nowhere, sizeof(nowhere), "%s/none/copy.db", f->directory);
    assert_int_equal(backup(f, nowhere, false), AW_E_STORE);
    assert_int_equal(backup(f, f->path, true), AW_E_INVALID); /* itself */
    assert_int_equal(backup(f, f->directory, true), AW_E_INVALID);
    assert_fails(f, AW_E_STORE, aw_store_backup(AW_WITH(store_backup, .store = p.location, .file = p.copy), &f->err));
    write_file(p.other, "no database ");
    assert_fails(f, AW_E_STORE, aw_store_backup(AW_WITH(store_backup, .store = p.location, .file = p.copy), &f->err));
    assert_int_not_equal(access(p.copy, F_OK), 0);
    assert_int_equal(files_in(f->directory), 4);
}

/* A device, a pipe or a link in its place would be gone. */
static void test_only_files_are_replaced(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct stat found;

    put(f, "one");
    assert_int_equal(mkfifo(p.other, 0600), 0);
    assert_int_equal(symlink("/dev/null", p.copy), 0);
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        assert_int_equal(backup(f, p.other, overwrite), AW_E_INVALID);
        assert_non_null(strstr(f->err.message, "no plain file"));
        assert_int_equal(backup(f, p.copy, overwrite), AW_E_INVALID);
        assert_int_equal(restore(f, p.other, overwrite), AW_E_BUSY);
    }
    assert_fails(f, AW_E_INVALID, aw_store_backup(AW_WITH(store_backup, .store = p.location, .file = "x"), &f->err));
    close_database(f);
    assert_int_equal(restore(f, p.other, true), AW_E_INVALID); /* which nobody writes to: not waited for */
    assert_int_equal(restore(f, p.copy, true), AW_E_INVALID);
    assert_fails(f, AW_E_INVALID, aw_store_restore(AW_WITH(store_restore, .store = p.location, .file = f->path), &f->err));
    assert_int_equal(lstat(p.other, &found), 0);
    assert_true(S_ISFIFO(found.st_mode));
    assert_int_equal(lstat(p.copy, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_int_equal(files_in(f->directory), 3);
}

/* What a server that was killed has left beside an earlier copy must not be read as the new one's. */
static void test_the_log_of_another_database(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char log[440];

    put(f, "one");
    snprintf(log, sizeof(log), "%s-wal", p.copy);
    write_file(log, "of another ");
    assert_int_equal(backup(f, p.copy, false), AW_E_EXISTS);
    assert_non_null(strstr(f->err.message, "-wal"));
    assert_int_equal(access(log, F_OK), 0);
    assert_ok(f, backup(f, p.copy, true));
    assert_int_not_equal(access(log, F_OK), 0);
    snprintf(log, sizeof(log), "%s-journal", p.copy);
    write_file(log, "of another ");
    put(f, "two");
    assert_ok(f, backup(f, p.copy, true));
    assert_string_equal(value_in(f, p.copy), "two");
    assert_int_equal(files_in(f->directory), 4);
}

static void test_a_database_that_is_open_is_not_replaced_by_a_copy(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    aw_database *other = NULL;

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    assert_ok(f, aw__sqlite_driver.open(p.copy, false, &other, &f->err));
    assert_int_equal(backup(f, p.copy, true), AW_E_BUSY);
    other->driver->close(other);
    assert_ok(f, backup(f, p.copy, true));
}

/* Found in the copy, before it has the name. */
static void test_a_damaged_database(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    put(f, "one");
    close_database(f);
    damage(f->path);
    assert_int_equal(backup(f, p.copy, false), AW_E_STORE);
    assert_non_null(strstr(f->err.message, f->path));
    assert_non_null(strstr(f->err.message, "damaged"));
    assert_null(strchr(f->err.message, '\n'));
    assert_int_not_equal(access(p.copy, F_OK), 0);
}

static void test_what_is_wrong_with_the_question(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    assert_fails(f, AW_E_INVALID, aw_store_backup(NULL, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_backup(&(aw_store_backup_params){.store = f->location, .file = "x"}, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_backup(AW_WITH(store_backup, .file = p.copy), &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_backup(AW_WITH(store_backup, .store = f->location), &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_backup(AW_WITH(store_backup, .store = "nosql:x", .file = p.copy), &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_backup(AW_WITH(store_backup, .store = "sqlite:", .file = p.copy), &f->err));
    assert_fails(f, AW_E_UNSUPPORTED,
                 aw_store_backup(AW_WITH(store_backup, .store = "postgresql://h/d", .file = p.copy), &f->err));
    assert_non_null(strstr(f->err.message, "pg_dump"));
    assert_fails(f, AW_E_INVALID, aw_store_restore(NULL, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_restore(AW_WITH(store_restore, .file = p.copy), &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_restore(AW_WITH(store_restore, .store = f->location), &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_restore(AW_WITH(store_restore, .store = f->location, .file = f->path), &f->err));
    assert_fails(f, AW_E_UNSUPPORTED,
                 aw_store_restore(AW_WITH(store_restore, .store = "postgresql://h/d", .file = p.copy), &f->err));
    assert_non_null(strstr(f->err.message, "pg_restore"));
}

/* ---- PostgreSQL ---- */

/* It is asked for nothing: the answer is the same when it cannot be reached. */
static void test_of_a_database_with_tools_of_its_own(void **state)
{
    struct fixture *f = *state;
    char directory[] = "/tmp/aw-test-XXXXXX", copy[64];
    int64_t tables = query_int(f, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()");

    assert_non_null(mkdtemp(directory));
    snprintf(copy, sizeof(copy), "%s/copy.db", directory);
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        assert_int_equal(backup(f, copy, overwrite), AW_E_UNSUPPORTED);
        assert_non_null(strstr(f->err.message, "pg_dump"));
        assert_int_equal(files_in(directory), 0);
    }
    write_file(copy, "a copy ");
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        assert_int_equal(restore(f, copy, overwrite), AW_E_UNSUPPORTED);
        assert_non_null(strstr(f->err.message, "pg_restore"));
        assert_null(strstr(f->err.message, "127.0.0.1"));
    }
    assert_int_equal(files_in(directory), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"), tables);
    unlink(copy);
    rmdir(directory);
}

/* ---- progress ---- */

struct watched {
    int64_t last, total;
    int checks;
    int stop_after; /* calls; 0: never */
    int calls;
};

static bool watch(const char *what, int64_t done, int64_t total, void *ud)
{
    struct watched *w = ud;

    w->calls++;
    if (strcmp(what, "check") == 0) {
        w->checks++;
    } else {
        assert_string_equal(what, "pages");
        assert_true(done > w->last && done <= total);
        w->last = done;
        w->total = total;
    }
    return w->calls != w->stop_after;
}

static void test_progress_and_stopping(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct watched w = {0};

    assert_ok(f, f->database->driver->execute(f->database,
                                              "INSERT INTO properties SELECT 'a', 'n' || value, printf('%.*c', 4000, 'x')"
                                              " FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n"
                                              " WHERE value < 3000) SELECT value FROM n)",
                                              &f->err));
    assert_ok(f, aw_store_backup(AW_WITH(store_backup, .store = f->location, .file = p.copy, .progress = watch, .ud = &w),
                                 &f->err));
    assert_true(w.calls > 2 && w.total > 2000);
    assert_true(w.checks > 0);
    for (int stop = 1; stop <= w.calls; stop++) {
        struct watched again = {.stop_after = stop};

        assert_fails(f, AW_E_CANCELED,
                     aw_store_backup(AW_WITH(store_backup, .store = f->location, .file = p.other, .progress = watch,
                                             .ud = &again),
                                     &f->err));
        assert_int_not_equal(access(p.other, F_OK), 0);
    }
    assert_int_equal(files_in(f->directory), 4);
    close_database(f);
    for (int stop = 1; stop <= w.calls; stop++) {
        struct watched again = {.stop_after = stop};

        assert_fails(f, AW_E_CANCELED,
                     aw_store_restore(AW_WITH(store_restore, .store = f->location, .file = p.copy, .progress = watch,
                                              .ud = &again),
                                      &f->err));
    }
    assert_int_equal(files_in(f->directory), 2); /* the database and the copy */
}

/* ---- restore ---- */

static void test_there_and_back(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct stat found;

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    put(f, "two");
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

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    put(f, "two");
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

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    put(f, "two");
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

static void test_a_copy_that_is_not_whole_is_not_taken(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    put(f, "two");
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

    put(f, "one");
    assert_ok(f, backup(f, p.copy, false));
    put(f, "two");
    close_database(f);
    assert_int_equal(symlink(f->path, p.other), 0);
    assert_ok(f, aw_store_restore(AW_WITH(store_restore, .store = p.location, .file = p.copy), &f->err));
    assert_int_equal(lstat(p.other, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_string_equal(value_in(f, f->path), "one");
    assert_string_equal(value_in(f, p.kept), "two");
}

/* ---- who opens it in the very moment ---- */

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

/* ---- failures ---- */

static void test_without_memory(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    put(f, "one");
    assert_survives_nomem(f, backup(f, p.copy, false), assert_int_not_equal(access(p.copy, F_OK), 0));
    put(f, "two");
    close_database(f);
    assert_survives_nomem(f, restore(f, p.copy, false), assert_int_equal(files_in(f->directory), 2));
    assert_string_equal(value_in(f, f->path), "one");
}

static void test_a_folder_that_cannot_be_written(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);

    if (geteuid() == 0)
        skip();
    assert_ok(f, backup(f, p.copy, false));
    assert_int_equal(chmod(f->directory, 0500), 0);
    assert_int_equal(backup(f, p.other, false), AW_E_STORE);
    assert_int_equal(chmod(f->directory, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_a_copy_is_what_was_committed),
        with_database(test_what_is_there_stays),
        with_database(test_what_cannot_be_copied),
        with_database(test_only_files_are_replaced),
        with_database(test_the_log_of_another_database),
        with_database(test_a_database_that_is_open_is_not_replaced_by_a_copy),
        with_database(test_a_damaged_database),
        with_database(test_what_is_wrong_with_the_question),
        with_database(test_progress_and_stopping),
        with_database(test_there_and_back),
        with_database(test_where_nothing_was),
        with_database(test_not_while_it_is_open),
        with_database(test_after_a_crash),
        with_database(test_of_a_broken_database),
        with_database(test_a_copy_that_is_not_whole_is_not_taken),
        with_database(test_copies_of_other_versions),
        with_database(test_links_are_followed),
        with_database(test_whoever_opens_it_meanwhile_gets_the_new_one),
        with_database(test_without_memory),
        with_database(test_a_folder_that_cannot_be_written),
    };
    const struct CMUnitTest on_postgres[] = {with_database(test_of_a_database_with_tools_of_its_own)};

    if (test_place_is_postgres())
        return cmocka_run_group_tests(on_postgres, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
