/*
 * The location of a PostgreSQL database: what is libpq's, and what is ours.
 */
#ifndef AW_STORE_POSTGRES_LOCATION_H
#define AW_STORE_POSTGRES_LOCATION_H

#include <actingweb/error.h>

enum { AW__SCHEMA_NAME_BYTES = 64 };

typedef struct aw__postgres_location {
    char *uri; /* for libpq; aw__free() it. May hold a password */
    char schema[AW__SCHEMA_NAME_BYTES];
    int statement_timeout_s;
} aw__postgres_location;

/* rest: what follows "postgresql:". AW_E_INVALID (the message has no part of the location, which may hold a password),
 * AW_E_NOMEM. */
int aw__postgres_location_read(const char *rest, aw__postgres_location *ret_location, aw_error *err);

#endif
