/*
 * What the tests of copies share: where they are, calls without progress, and what files hold.
 */
#ifndef AW_TESTS_BACKUP_FIXTURE_H
#define AW_TESTS_BACKUP_FIXTURE_H

#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <actingweb/store.h>

#include "store/properties.h"

struct paths {
    char copy[400], other[400], location[440], kept[440];
};

static inline struct paths paths_of(const struct fixture *f)
{
    struct paths p;

    snprintf(p.copy, sizeof(p.copy), "%s/copy.db", f->directory);
    snprintf(p.other, sizeof(p.other), "%s/other.db", f->directory);
    snprintf(p.location, sizeof(p.location), "sqlite:%s", p.other);
    snprintf(p.kept, sizeof(p.kept), "%s.before-restore", f->path);
    return p;
}

static inline int backup(struct fixture *f, const char *file, bool overwrite)
{
    f->err = (aw_error){0};
    return aw_store_backup(AW_WITH(store_backup, .store = f->location, .file = file, .overwrite = overwrite), &f->err);
}

static inline int restore(struct fixture *f, const char *file, bool overwrite)
{
    f->err = (aw_error){0};
    return aw_store_restore(AW_WITH(store_restore, .store = f->location, .file = file, .overwrite = overwrite), &f->err);
}

static inline void put(struct fixture *f, const char *value)
{
    assert_ok(f, aw__properties_set(f->database, "a", "n", value, &f->err));
}

static inline void close_database(struct fixture *f)
{
    if (f->database)
        f->database->driver->close(f->database);
    f->database = NULL;
}

static inline void open_database(struct fixture *f)
{
    assert_ok(f, aw__sqlite_driver.open(f->path, false, &f->database, &f->err));
}

/* Of the property, in the database at path; "" when there is none. */
static inline const char *value_in(struct fixture *f, const char *path)
{
    aw_database *database = NULL;
    const char *value = "";

    assert_ok(f, aw__sqlite_driver.open(path, true, &database, &f->err));
    int rc = aw__properties_get(database, f->arena, "a", "n", &value, &f->err);

    database->driver->close(database);
    return rc ? "" : value;
}

static inline int files_in(const char *directory)
{
    DIR *open = opendir(directory);
    int count = 0;

    for (struct dirent *entry; (entry = readdir(open));)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs(text, file);
    fclose(file);
}

static inline void damage(const char *path)
{
    int file = open(path, O_WRONLY);
    char garbage[4096];

    memset(garbage, 0xA5, sizeof(garbage));
    assert_int_equal(pwrite(file, garbage, sizeof(garbage), 4096 * 3), sizeof(garbage));
    close(file);
}

/* The copy has "one", and the database "two". */
static inline void copy_one_and_put_two(struct fixture *f, const struct paths *p)
{
    put(f, "one");
    assert_ok(f, backup(f, p->copy, false));
    put(f, "two");
}

#endif
