/*
 * Takes our parameters out of a PostgreSQL URI, since libpq refuses those that it does not know. What it would refuse
 * is refused here: its messages quote the URI, and with it the password.
 */
#include "store/postgres_location.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "store/postgres_connection.h"

#define SCHEME        "postgresql:"
#define NAME_LETTERS  "abcdefghijklmnopqrstuvwxyz0123456789_"

enum { STATEMENT_TIMEOUT_S = 30, STATEMENT_TIMEOUT_MAX_S = 3600 };

enum own { SCHEMA, PREFIX, STATEMENT_TIMEOUT, OWN };

static const char *const fields[OWN] = {"schema=", "prefix=", "statement_timeout="};

/* What was given for each of ours. */
struct given {
    char texts[OWN][AW__SCHEMA_NAME_BYTES];
};

static int refuse_timeout(aw_error *err)
{
    return aw__fail(err, AW_E_INVALID, "store: statement_timeout= must be 1 to %d seconds", STATEMENT_TIMEOUT_MAX_S);
}

/* One "name=value" of the query. *ret_ours: it is not for libpq. */
static int take_parameter(const char *text, size_t bytes, struct given *given, bool *ret_ours, aw_error *err)
{
    size_t own = 0;

    while (own < OWN && !aw__text_starts(text, fields[own]))
        own++;
    *ret_ours = own < OWN;
    if (!*ret_ours)
        return AW_OK;

    const char *value = text + strlen(fields[own]);
    size_t value_bytes = bytes - strlen(fields[own]);

    if (strspn(value, NAME_LETTERS) < value_bytes || value_bytes >= AW__SCHEMA_NAME_BYTES)
        return own == STATEMENT_TIMEOUT
                   ? refuse_timeout(err)
                   : aw__fail(err, AW_E_INVALID, "store: %s must be at most 63 lower-case letters, digits and \"_\"",
                              fields[own]);
    memcpy(given->texts[own], value, value_bytes);
    given->texts[own][value_bytes] = '\0';
    return AW_OK;
}

/* Copies to uri what is libpq's; it is long enough. */
static int take_query(const char *query, char *uri, struct given *given, aw_error *err)
{
    char *end = uri + strlen(uri);
    char before = '?';

    while (*query) {
        size_t bytes = strcspn(query, "&");
        bool ours = false;
        int rc = take_parameter(query, bytes, given, &ours, err);

        if (rc)
            return rc;
        if (bytes && !ours) {
            *end++ = before;
            memcpy(end, query, bytes);
            end += bytes;
            before = '&';
        }
        query += bytes + (query[bytes] == '&');
    }
    *end = '\0';
    return AW_OK;
}

static int use(const struct given *given, aw__postgres_location *location, aw_error *err)
{
    const char *base = *given->texts[SCHEMA] ? given->texts[SCHEMA] : "public";
    const char *timeout = given->texts[STATEMENT_TIMEOUT];
    int64_t timeout_s = STATEMENT_TIMEOUT_S;
    int bytes = snprintf(location->schema, sizeof(location->schema), "%s%s", given->texts[PREFIX], base);

    if (bytes < 0 || bytes >= AW__SCHEMA_NAME_BYTES)
        return aw__fail(err, AW_E_INVALID, "store: prefix and schema together have more than 63 characters");
    if (*timeout && !aw__text_to_int(timeout, 1, STATEMENT_TIMEOUT_MAX_S, &timeout_s))
        return refuse_timeout(err);
    location->statement_timeout_s = (int)timeout_s;
    return AW_OK;
}

/* Unescaped, they end a password for libpq: what follows is the host's name then, and in messages. rest begins with
 * "//". */
static int check_user(const char *rest, size_t bytes, aw_error *err)
{
    const char *first = memchr(rest, '@', bytes), *last = memrchr(rest, '@', bytes);
    size_t authority = 2 + strcspn(rest + 2, "/");

    if (!first || (first == last && first < rest + authority))
        return AW_OK;
    return aw__fail(err, AW_E_INVALID, "store: write \"/\" and \"@\" in a user or a password as %%2F and %%40");
}

static int check_uri(const char *uri, aw_error *err)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(uri, &why);
    bool refused = why != NULL;

    PQfreemem(why);
    PQconninfoFree(options);
    if (options)
        return AW_OK;
    return refused ? aw__fail(err, AW_E_INVALID, "store: is no URI for libpq; look at the names of its parameters, and its"
                                                 " escapes, such as %%40 for \"@\"")
                   : aw__fail_nomem(err);
}

int aw__postgres_location_read(const char *rest, aw__postgres_location *ret_location, aw_error *err)
{
    aw__postgres_location location = {0};
    struct given given = {0};
    const char *query = rest ? strchr(rest, '?') : NULL;

    if (!aw__text_starts(rest ? rest : "", "//"))
        return aw__fail(err, AW_E_INVALID, "store: must be \"postgresql://USER@HOST/DATABASE\"");

    size_t bytes = query ? (size_t)(query - rest) : strlen(rest);
    int rc = check_user(rest, bytes, err);

    if (rc)
        return rc;
    location.uri = aw__malloc(sizeof(SCHEME) + strlen(rest));
    if (!location.uri)
        return aw__fail_nomem(err);
    memcpy(location.uri, SCHEME, sizeof(SCHEME) - 1);
    memcpy(location.uri + sizeof(SCHEME) - 1, rest, bytes);
    location.uri[sizeof(SCHEME) - 1 + bytes] = '\0';

    if (query)
        rc = take_query(query + 1, location.uri, &given, err);
    if (rc == AW_OK)
        rc = check_uri(location.uri, err);
    if (rc == AW_OK)
        rc = use(&given, &location, err);
    if (rc) {
        aw__free(location.uri);
        return rc;
    }
    *ret_location = location;
    return AW_OK;
}
