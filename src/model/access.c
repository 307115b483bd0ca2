/*
 * The access list.
 */
#include "model/access.h"

#include <string.h>

#include "base/text.h"

enum { GET = 1, POST = 2, PUT = 4, DELETE = 8, ANY = GET | POST | PUT | DELETE };

enum reach { BELOW, ALONE }; /* the path with all below it, or only the path */

struct entry {
    const char *path;
    unsigned methods;
    enum reach reach;
};

struct grant {
    const char *role;
    const struct entry *entries; /* end with a NULL path */
};

static const struct entry anyone[] = {
    {"meta", GET},
    {"oauth", ANY},
    {"trust/<type>", POST, ALONE}, /* to ask for a relationship */
    {0},
};

/* The peer itself, whatever its relationship. Its trust it may not PUT: approval is this actor's. */
static const struct entry owner[] = {
    {"callbacks/subscriptions", ANY},
    {"callbacks/permissions", ANY},
    {"permissions/<id>", GET},
    {"subscriptions", ANY},
    {"trust/<type>/<id>", GET | POST | DELETE},
    {0},
};

static const struct entry creator[] = {
    {"/", ANY},       {"www", ANY},      {"properties", ANY}, {"resources", ANY},     {"methods", ANY},
    {"actions", ANY}, {"services", ANY}, {"trust", ANY},      {"subscriptions", ANY}, {0},
};

static const struct entry trustee[] = {
    {"/", ANY}, {"services", ANY}, {"trust", ANY}, {"subscriptions", ANY}, {0},
};

static const struct entry admin[] = {
    {"/", ANY},       {"properties", ANY}, {"resources", ANY}, {"methods", ANY},
    {"actions", ANY}, {"services", ANY},   {"trust", ANY},     {0},
};

static const struct entry friend_or_partner[] = {
    {"properties", ANY}, {"resources", ANY}, {"methods", ANY}, {"actions", ANY}, {0},
};

static const struct entry associate[] = {{"properties", GET}, {0}};

static const struct grant own_roles[] = {{"creator", creator}, {"trustee", trustee}, {0}};

static const struct grant relationships[] = {
    {"admin", admin}, {"friend", friend_or_partner}, {"partner", friend_or_partner}, {"associate", associate}, {0},
};

static unsigned method_bit(const char *method)
{
    static const struct {
        const char *name;
        unsigned bit;
    } methods[] = {{"GET", GET}, {"POST", POST}, {"PUT", PUT}, {"DELETE", DELETE}};

    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
        if (aw__text_equal(methods[i].name, method))
            return methods[i].bit;
    return 0;
}

/* Takes what off the front of *at, with the "/" behind it. */
static bool take(const char **at, const char *what, size_t bytes)
{
    if (strncmp(*at, what, bytes) != 0 || ((*at)[bytes] && (*at)[bytes] != '/'))
        return false;
    *at += bytes + ((*at)[bytes] == '/');
    return true;
}

/* Compares whole segments of "path/subpath" without joining them. */
static bool entry_covers(const struct entry *entry, const char *path, const char *subpath)
{
    const char *left = entry->path;

    if (!take(&left, path, strlen(path)))
        return false;
    if (*left && !take(&subpath, left, strlen(left)))
        return false;
    return entry->reach == BELOW || !*subpath;
}

static bool any_covers(const struct entry *entries, const char *path, const char *subpath, unsigned method)
{
    for (; entries && entries->path; entries++)
        if ((entries->methods & method) && entry_covers(entries, path, subpath))
            return true;
    return false;
}

static const struct entry *entries_of(const struct grant *grants, const char *role)
{
    for (; grants->role; grants++)
        if (aw__text_equal(grants->role, role))
            return grants->entries;
    return NULL;
}

bool aw__access_allows(const aw__access_caller *caller, const char *path, const char *subpath, const char *method)
{
    unsigned bit = method_bit(method);

    if (aw__text_empty(path))
        return false;
    subpath = subpath ? subpath : "";
    if (any_covers(anyone, path, subpath, bit))
        return true;
    if (!caller->is_peer)
        return any_covers(entries_of(own_roles, caller->role), path, subpath, bit);
    if (!caller->approved)
        return false;
    if (caller->is_owner && any_covers(owner, path, subpath, bit))
        return true;
    return any_covers(entries_of(relationships, caller->role), path, subpath, bit);
}
