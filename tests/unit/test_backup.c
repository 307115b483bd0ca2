/*
 * aw_store_backup(): copies are whole and private, what is there stays unless it is to be replaced, and a failure
 * leaves everything as it was. What aw_store_restore() refuses for the same reasons is here as well; the way back is in
 * test_restore.c.
 */
#include "backup_fixture.h"

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

    copy_one_and_put_two(f, &p);
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

/* ---- what happens while it is copied ---- */

struct meanwhile {
    const char *path;
    bool opens;
    aw_database *database;
};

static bool make_or_open(const char *what, int64_t done, int64_t total, void *ud)
{
    struct meanwhile *m = ud;

    (void)what, (void)done, (void)total;
    if (!m->opens && access(m->path, F_OK) != 0)
        write_file(m->path, "another's ");
    if (m->opens && !m->database)
        assert_int_equal(aw__sqlite_driver.open(m->path, false, &m->database, NULL), AW_OK);
    return true;
}

static int backup_meanwhile(struct fixture *f, struct meanwhile *m, bool overwrite)
{
    f->err = (aw_error){0};
    return aw_store_backup(AW_WITH(store_backup, .store = f->location, .file = m->path, .overwrite = overwrite,
                                   .progress = make_or_open, .ud = m),
                           &f->err);
}

static void test_a_file_that_is_made_meanwhile_stays(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct meanwhile m = {.path = p.copy};
    char first[9] = "";

    put(f, "one");
    assert_int_equal(backup_meanwhile(f, &m, false), AW_E_EXISTS);
    FILE *file = fopen(p.copy, "r");

    assert_non_null(file);
    assert_int_equal(fread(first, 1, 8, file), 8);
    fclose(file);
    assert_string_equal(first, "another'");
    assert_int_equal(files_in(f->directory), 4); /* the database with its log, and that file */
}

static void test_a_database_that_is_opened_meanwhile_stays(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    struct meanwhile m = {.path = p.copy, .opens = true};

    copy_one_and_put_two(f, &p);
    assert_int_equal(backup_meanwhile(f, &m, true), AW_E_BUSY);
    assert_non_null(m.database);
    m.database->driver->close(m.database);
    assert_int_equal(files_in(f->directory), 4);
    assert_string_equal(value_in(f, p.copy), "one");
}

/* ---- failures ---- */

static void test_names_that_are_too_long(void **state)
{
    struct fixture *f = *state;
    struct paths p = paths_of(f);
    char name[5000], location[5100];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(location, sizeof(location), "sqlite:%s", name);
    assert_int_equal(backup(f, name, true), AW_E_INVALID);
    assert_string_equal(f->err.message, "file: is too long");
    assert_int_equal(restore(f, name, true), AW_E_INVALID);
    assert_fails(f, AW_E_INVALID, aw_store_backup(AW_WITH(store_backup, .store = location, .file = p.copy), &f->err));
    assert_string_equal(f->err.message, "store: is too long");
}

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
        with_database(test_a_file_that_is_made_meanwhile_stays),
        with_database(test_a_database_that_is_opened_meanwhile_stays),
        with_database(test_names_that_are_too_long),
        with_database(test_without_memory),
        with_database(test_a_folder_that_cannot_be_written),
    };
    const struct CMUnitTest on_postgres[] = {with_database(test_of_a_database_with_tools_of_its_own)};

    if (test_place_is_postgres())
        return cmocka_run_group_tests(on_postgres, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
