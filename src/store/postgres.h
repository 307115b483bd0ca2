/*
 * The PostgreSQL driver. What it must do is written in <actingweb/sys/database.h>.
 */
#ifndef AW_STORE_POSTGRES_H
#define AW_STORE_POSTGRES_H

#include <actingweb/sys/database.h>

/* Scheme "postgresql"; the location is the rest of a libpq URI, "//user@host:5432/database?sslmode=require". Three of
 * its parameters are ours: schema (default "public") and prefix, which is put before it, as the Python library does
 * with PG_DB_SCHEMA and PG_DB_PREFIX, both lower-case letters, digits and "_"; and statement_timeout, in seconds (30).
 * A server that says nothing for half as long again is taken for gone. Passwords are better kept in ~/.pgpass.
 *
 * Transactions that write are serializable, those that read are one snapshot. When a server cannot be reached or ends,
 * errors are AW_E_STORE, retriable, with a retry_after_ms. */
extern const aw_database_driver aw__postgres_driver;

#endif
