/*
 * Database files as files: names, modes, and the lock that keeps SQLite's users out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/files.h"
#include "store/sqlite.h"

static char folder[32];
static char here[64], there[64]; /* two names in it, of nothing at first */
static aw_error err;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/aw-test-XXXXXX");
    err = (aw_error){0};
    if (!mkdtemp(folder))
        return -1;
    snprintf(here, sizeof(here), "%s/here", folder);
    snprintf(there, sizeof(there), "%s/there", folder);
    return 0;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static void make(const char *path, int mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(file >= 0);
    assert_int_equal(fchmod(file, (mode_t)mode), 0);
    close(file);
}

static int mode_of(const char *path)
{
    struct stat found;

    assert_int_equal(stat(path, &found), 0);
    return (int)(found.st_mode & 0777);
}

static void assert_failed(int rc, int code, const char *saying)
{
    assert_int_equal(rc, code);
    assert_int_equal(err.code, code);
    if (!strstr(err.message, saying))
        fail_msg("\"%s\" does not say \"%s\"", err.message, saying);
    err = (aw_error){0};
}

/* ---- names ---- */

static void test_a_temporary_one(void **state)
{
    char first[AW__FILES_PATH_BYTES], second[AW__FILES_PATH_BYTES], long_path[AW__FILES_PATH_BYTES];

    (void)state;
    make(here, 0644);
    assert_int_equal(aw__files_make_temporary(here, first, &err), AW_OK);
    assert_int_equal(aw__files_make_temporary(here, second, &err), AW_OK);
    assert_string_not_equal(first, second);
    assert_int_equal(strncmp(first, here, strlen(here)), 0);
    assert_int_equal(mode_of(first), 0600);
    snprintf(long_path, sizeof(long_path), "%s/none/x", folder);
    assert_failed(aw__files_make_temporary(long_path, first, &err), AW_E_STORE, "none");
    memset(long_path, 'x', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    assert_failed(aw__files_make_temporary(long_path, first, &err), AW_E_INVALID, "too long");
}

static void test_a_name_that_is_taken(void **state)
{
    (void)state;
    make(here, 0600);
    make(there, 0640);
    assert_failed(aw__files_rename(here, there, false, &err), AW_E_EXISTS, there);
    assert_int_equal(mode_of(there), 0640);
    assert_int_equal(mode_of(here), 0600);
    assert_int_equal(aw__files_rename(here, there, true, &err), AW_OK);
    assert_int_equal(mode_of(there), 0600);
    assert_false(aw__files_exist(here));
    assert_int_equal(aw__files_rename(there, here, false, &err), AW_OK);
    assert_failed(aw__files_rename(there, here, true, &err), AW_E_STORE, "No such file");
    assert_true(aw__files_exist(here));
}

static void test_links(void **state)
{
    (void)state;
    assert_int_equal(symlink(there, here), 0);
    assert_true(aw__files_exist(here)); /* a name, though it leads to nothing */
    assert_false(aw__files_same(here, there));
    assert_failed(aw__files_check_plain("file", here, false, &err), AW_E_INVALID, "file: ");
    assert_int_equal(aw__files_check_plain("file", here, true, &err), AW_OK);
    make(there, 0600);
    assert_true(aw__files_same(here, there));
    assert_int_equal(aw__files_check_plain("file", here, true, &err), AW_OK);
    assert_failed(aw__files_check_plain("store", folder, true, &err), AW_E_INVALID, "store: ");
    assert_false(aw__files_same(folder, there));
}

/* ---- the disk ---- */

static void test_what_is_not_there_is_not_saved(void **state)
{
    char name[AW__FILES_PATH_BYTES];

    (void)state;
    assert_failed(aw__files_sync(here, &err), AW_E_STORE, here);
    make(here, 0600);
    assert_int_equal(aw__files_sync(here, &err), AW_OK);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(aw__files_sync("here", &err), AW_OK); /* in this folder */
    assert_int_equal(chdir("/"), 0);
    snprintf(name, sizeof(name), "%s/here", folder + 1);
    assert_int_equal(aw__files_sync(name, &err), AW_OK);
}

static void test_whose_it_is(void **state)
{
    struct stat found;

    (void)state;
    make(here, 0600);
    make(there, 0654);
    assert_int_equal(aw__files_give_to_folder(here, &err), AW_OK);
    assert_int_equal(mode_of(here), 0600);
    assert_int_equal(aw__files_copy_owner(here, there, &err), AW_OK);
    assert_int_equal(mode_of(here), 0654);
    if (geteuid() == 0) {
        assert_int_equal(chown(there, 12345, 12346), 0);
        assert_int_equal(aw__files_copy_owner(here, there, &err), AW_OK);
        assert_int_equal(stat(here, &found), 0);
        assert_int_equal(found.st_uid, 12345);
        assert_int_equal(found.st_gid, 12346);
        assert_int_equal(aw__files_give_to_folder(here, &err), AW_OK);
        assert_int_equal(stat(here, &found), 0);
        assert_int_equal(found.st_uid, 0);
    }
    assert_int_equal(unlink(there), 0);
    assert_failed(aw__files_copy_owner(here, there, &err), AW_E_STORE, there);
}

/* ---- the lock ---- */

/* By another process, in which nothing is open that is so here. */
static int lock_elsewhere(void)
{
    int status = 0, lock = -1;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        closefrom(STDERR_FILENO + 1);
        _exit(aw__files_lock(here, &lock, NULL) == AW_E_BUSY ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) ? AW_E_BUSY : AW_OK;
}

static void test_one_has_the_lock(void **state)
{
    int lock = 7, other = 7;

    (void)state;
    assert_int_equal(aw__files_lock(here, &lock, &err), AW_OK); /* nobody has what is not there */
    assert_int_equal(lock, -1);
    aw__files_unlock(lock);
    make(here, 0600);
    assert_int_equal(lock_elsewhere(), AW_OK);
    assert_int_equal(aw__files_lock(here, &lock, &err), AW_OK);
    assert_true(lock >= 0);
    assert_int_equal(lock_elsewhere(), AW_E_BUSY);
    assert_failed(aw__files_lock(here, &other, &err), AW_E_BUSY, here);
    assert_int_equal(other, 7);
    aw__files_unlock(lock);
    assert_int_equal(aw__files_lock(here, &lock, &err), AW_OK);
    aw__files_unlock(lock);
    assert_failed(aw__files_lock(folder, &lock, &err), AW_E_STORE, folder);
}

/* Closing a file takes away the locks that its process has on it, SQLite's among them. */
static void test_a_database_that_is_open_here_stays_locked(void **state)
{
    aw_database *database = NULL;
    int lock = 7;

    (void)state;
    assert_int_equal(aw__sqlite_driver.open(here, false, &database, &err), AW_OK);
    assert_int_equal(database->driver->execute(database, "CREATE TABLE x (y)", &err), AW_OK);
    assert_int_equal(lock_elsewhere(), AW_E_BUSY);
    assert_failed(aw__files_lock(here, &lock, &err), AW_E_BUSY, here);
    assert_int_equal(lock, 7);
    assert_int_equal(lock_elsewhere(), AW_E_BUSY);
    database->driver->close(database);
    assert_int_equal(lock_elsewhere(), AW_OK);
}

/* Whoever has the database open, whatever he does. */
static void test_an_open_database_is_locked(void **state)
{
    aw_database *database = NULL;
    int lock = -1, to_child[2], to_parent[2], status = 0;
    char byte = 0;

    (void)state;
    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(to_parent), 0);
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        int rc = aw__sqlite_driver.open(here, false, &database, NULL) ||
                 database->driver->execute(database, "CREATE TABLE x (y)", NULL) || write(to_parent[1], &byte, 1) != 1 ||
                 read(to_child[0], &byte, 1) != 1;

        if (database)
            database->driver->close(database);
        _exit(rc);
    }
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    assert_failed(aw__files_lock(here, &lock, &err), AW_E_BUSY, "in use");
    assert_int_equal(lock, -1);
    assert_int_equal(write(to_child[1], &byte, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(aw__files_lock(here, &lock, &err), AW_OK);
    aw__files_unlock(lock);
    for (int i = 0; i < 2; i++) {
        close(to_child[i]);
        close(to_parent[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_temporary_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_name_that_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_there_is_not_saved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whose_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_has_the_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_database_that_is_open_here_stays_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_open_database_is_locked, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
