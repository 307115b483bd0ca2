/*
 * The table of trust types. How its rules are applied is in permission.c.
 */
#include "model/trust_type.h"

#include "base/text.h"

#define READ        AW__OPERATION_READ
#define READ_WRITE  (READ | AW__OPERATION_WRITE)
#define READ_DELETE (READ_WRITE | AW__OPERATION_DELETE)

static const aw__trust_type types[] = {
    {
        .name = "associate",
        .display_name = "Associate",
        .description = "Reads what is public",
        .properties = {.patterns = "public/*", .operations = READ},
        .methods = {.allowed = "get_* ping", .denied = "delete_* admin_* system_*"},
        .actions = {.denied = "*"},
    },
    {
        .name = "viewer",
        .display_name = "Viewer",
        .description = "Reads what is public or shared",
        .properties = {.patterns = "public/* shared/*", .operations = READ},
        .methods = {.allowed = "get_* list_* export_*", .denied = "delete_* admin_*"},
        .actions = {.denied = "*"},
    },
    {
        .name = "friend",
        .display_name = "Friend",
        .description = "Reads and writes what is not private, and uses most methods and actions",
        .properties = {.patterns = "*", .operations = READ_WRITE, .excluded = "private/* security/* _internal/*"},
        .methods = {.allowed = "*", .denied = "delete_* admin_* system_*"},
        .actions = {.allowed = "*", .denied = "delete_* admin_* system_*"},
    },
    {
        .name = "partner",
        .display_name = "Partner",
        .description = "Reads and writes nearly everything, and uses all but administrative methods and actions",
        .properties = {.patterns = "*", .operations = READ_WRITE, .excluded = "_internal/*"},
        .methods = {.allowed = "*", .denied = "admin_* system_*"},
        .actions = {.allowed = "*", .denied = "admin_* system_*"},
    },
    {
        .name = "admin",
        .display_name = "Administrator",
        .description = "Reads, writes and deletes everything, and uses every method and action",
        .properties = {.patterns = "*", .operations = READ_DELETE},
        .methods = {.allowed = "*"},
        .actions = {.allowed = "*"},
    },
    {
        .name = "mcp_client",
        .display_name = "MCP client",
        .description = "An assistant that reads selected data and searches",
        .properties = {.patterns = "public/* shared/* notes/* profile/*",
                       .operations = READ,
                       .excluded = "private/* security/* _internal/* oauth_* auth_*"},
        .methods = {.allowed = "get_* list_* search_* export_*", .denied = "delete_* admin_* system_* oauth_* auth_*"},
        .actions = {.allowed = "search fetch export", .denied = "delete_* admin_* system_* oauth_* auth_*"},
    },
};

enum { TYPE_COUNT = sizeof(types) / sizeof(*types) };

const aw__trust_type *aw__trust_types(size_t *ret_count)
{
    *ret_count = TYPE_COUNT;
    return types;
}

const aw__trust_type *aw__trust_type_find(const char *relationship)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (aw__text_equal(types[i].name, relationship))
            return &types[i];
    return NULL;
}
