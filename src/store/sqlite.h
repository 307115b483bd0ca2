/*
 * The SQLite driver. What it must do is written in <actingweb/sys/database.h>.
 */
#ifndef AW_STORE_SQLITE_H
#define AW_STORE_SQLITE_H

#include <actingweb/sys/database.h>

/* Scheme "sqlite"; the location is a path. In SQLite's memory and "file:" URIs are refused (AW_E_INVALID). Connections
 * that write switch the database to a write-ahead log and make the file, for this user alone, when there is none. */
extern const aw_database_driver aw__sqlite_driver;

#endif
