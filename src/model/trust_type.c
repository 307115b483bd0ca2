/*
 * The table of trust types. How their rules are applied is in permission.c.
 */
#include "model/trust_type.h"

#include "base/text.h"

#define READ        AW__OPERATION_READ
#define READ_WRITE  (READ | AW__OPERATION_WRITE)
#define READ_DELETE (READ_WRITE | AW__OPERATION_DELETE)

#define GLOBS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define NO_GLOBS    ((const char *const[]){NULL}) /* said to be empty, and shown so */

/* clang-format off */
static const aw__trust_type types[] = {
    {
        .name = "associate",
        .display_name = "Associate",
        .description = "Reads what is public",
        .access = "associate",
        .permissions.rules = {
            [AW__PERMISSION_PROPERTIES] = {
                .patterns = GLOBS("public/*"),
                .operations = READ,
            },
            [AW__PERMISSION_METHODS] = {
                .allowed = GLOBS("get_*", "ping"),
                .denied = GLOBS("delete_*", "admin_*", "system_*"),
            },
            [AW__PERMISSION_ACTIONS] = {
                .allowed = NO_GLOBS,
                .denied = GLOBS("*"),
            },
            [AW__PERMISSION_TOOLS] = {
                .allowed = NO_GLOBS,
                .denied = GLOBS("*"),
            },
            [AW__PERMISSION_RESOURCES] = {
                .patterns = GLOBS("public/*"),
                .operations = READ,
            },
        },
    },
    {
        .name = "viewer",
        .display_name = "Viewer",
        .description = "Reads what is public or shared",
        .access = "viewer",
        .permissions.rules = {
            [AW__PERMISSION_PROPERTIES] = {
                .patterns = GLOBS("public/*", "shared/*"),
                .operations = READ,
            },
            [AW__PERMISSION_METHODS] = {
                .allowed = GLOBS("get_*", "list_*", "export_*"),
                .denied = GLOBS("delete_*", "admin_*"),
            },
            [AW__PERMISSION_ACTIONS] = {
                .allowed = NO_GLOBS,
                .denied = GLOBS("*"),
            },
            [AW__PERMISSION_TOOLS] = {
                .allowed = NO_GLOBS,
                .denied = GLOBS("*"),
            },
            [AW__PERMISSION_RESOURCES] = {
                .patterns = GLOBS("public/*"),
                .operations = READ,
            },
        },
    },
    {
        .name = "friend",
        .display_name = "Friend",
        .description = "Reads and writes what is not private, and uses most methods and actions",
        .access = "friend",
        .permissions.rules = {
            [AW__PERMISSION_PROPERTIES] = {
                .patterns = GLOBS("*"),
                .operations = READ_WRITE,
                .excluded = GLOBS("private/*", "security/*", "_internal/*"),
            },
            [AW__PERMISSION_METHODS] = {
                .allowed = GLOBS("*"),
                .denied = GLOBS("delete_*", "admin_*", "system_*"),
            },
            [AW__PERMISSION_ACTIONS] = {
                .allowed = GLOBS("*"),
                .denied = GLOBS("delete_*", "admin_*", "system_*"),
            },
            [AW__PERMISSION_TOOLS] = {
                .allowed = GLOBS("*"),
                .denied = GLOBS("admin_*", "system_*"),
            },
            [AW__PERMISSION_RESOURCES] = {
                .patterns = GLOBS("*"),
                .operations = READ_WRITE,
                .excluded = GLOBS("private/*", "security/*"),
            },
        },
    },
    {
        .name = "partner",
        .display_name = "Partner",
        .description = "Reads and writes nearly everything, and uses all but administrative methods and actions",
        .access = "partner",
        .permissions.rules = {
            [AW__PERMISSION_PROPERTIES] = {
                .patterns = GLOBS("*"),
                .operations = READ_WRITE,
                .excluded = GLOBS("_internal/*"),
            },
            [AW__PERMISSION_METHODS] = {
                .allowed = GLOBS("*"),
                .denied = GLOBS("admin_*", "system_*"),
            },
            [AW__PERMISSION_ACTIONS] = {
                .allowed = GLOBS("*"),
                .denied = GLOBS("admin_*", "system_*"),
            },
            [AW__PERMISSION_TOOLS] = {
                .allowed = GLOBS("*"),
                .denied = GLOBS("admin_*", "system_*"),
            },
            [AW__PERMISSION_RESOURCES] = {
                .patterns = GLOBS("*"),
                .operations = READ_WRITE,
                .excluded = GLOBS("security/*"),
            },
        },
    },
    {
        .name = "admin",
        .display_name = "Administrator",
        .description = "Reads, writes and deletes everything, and uses every method and action",
        .access = "admin",
        .permissions.rules = {
            [AW__PERMISSION_PROPERTIES] = {
                .patterns = GLOBS("*"),
                .operations = READ_DELETE,
            },
            [AW__PERMISSION_METHODS] = {
                .allowed = GLOBS("*"),
            },
            [AW__PERMISSION_ACTIONS] = {
                .allowed = GLOBS("*"),
            },
            [AW__PERMISSION_TOOLS] = {
                .allowed = GLOBS("*"),
            },
            [AW__PERMISSION_RESOURCES] = {
                .patterns = GLOBS("*"),
                .operations = READ_DELETE,
            },
        },
    },
    {
        .name = "mcp_client",
        .display_name = "MCP client",
        .description = "An assistant that reads selected data and searches",
        .access = "mcp_client",
        .permissions.rules = {
            [AW__PERMISSION_PROPERTIES] = {
                .patterns = GLOBS("public/*", "shared/*", "notes/*", "profile/*"),
                .operations = READ,
                .excluded = GLOBS("private/*", "security/*", "_internal/*", "oauth_*", "auth_*"),
            },
            [AW__PERMISSION_METHODS] = {
                .allowed = GLOBS("get_*", "list_*", "search_*", "export_*"),
                .denied = GLOBS("delete_*", "admin_*", "system_*", "oauth_*", "auth_*"),
            },
            [AW__PERMISSION_ACTIONS] = {
                .allowed = GLOBS("search", "fetch", "export"),
                .denied = GLOBS("delete_*", "admin_*", "system_*", "oauth_*", "auth_*"),
            },
            [AW__PERMISSION_TOOLS] = {
                .allowed = GLOBS("search", "fetch", "create_note", "list", "get_*", "list_*"),
                .denied = GLOBS("admin_*", "system_*", "delete_*", "oauth_*", "auth_*"),
            },
            [AW__PERMISSION_RESOURCES] = {
                .patterns = GLOBS("public/*", "shared/*", "notes://*", "usage://*", "actingweb://properties/all"),
                .operations = READ,
                .excluded = GLOBS("private/*", "security/*", "oauth://*", "auth://*"),
            },
            [AW__PERMISSION_PROMPTS] = {
                .allowed = GLOBS("analyze_*", "create_*", "summarize_*", "generate_*"),
            },
        },
    },
};
/* clang-format on */

const aw__trust_types aw__trust_types_builtin = {types, sizeof(types) / sizeof(*types)};

const aw__trust_type *aw__trust_type_find(const aw__trust_types *known, const char *relationship)
{
    if (!known)
        known = &aw__trust_types_builtin;
    for (size_t i = 0; i < known->count; i++)
        if (aw__text_equal(known->items[i].name, relationship))
            return &known->items[i];
    return NULL;
}
