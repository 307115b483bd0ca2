/*
 * The table properties: names and JSON text (or raw text, when stored so).
 */
#ifndef AW_STORE_PROPERTIES_H
#define AW_STORE_PROPERTIES_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__property_row {
    const char *name;
    const char *value;
} aw__property_row;

/* *ret_value NULL with AW_OK never: absent is AW_E_NOT_FOUND. */
int aw__properties_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *name,
                       const char **ret_value, aw_error *err);
int aw__properties_set(aw_database *database, const char *actor_id, const char *name, const char *value, aw_error *err);
/* Of different names. */
int aw__properties_set_several(aw_database *database, const char *actor_id, const aw__property_row *rows, size_t count,
                               aw_error *err);
int aw__properties_delete(aw_database *database, const char *actor_id, const char *name, aw_error *err);
/* All simple ones (names that do not begin with "list:"), by name. */
int aw__properties_list(aw_database *database, aw__arena *arena, const char *actor_id, aw__property_row **ret_rows,
                        size_t *ret_count, aw_error *err);
/* Whether a list property of that name exists (row "list:{name}-meta"). */
int aw__properties_is_list(aw_database *database, const char *actor_id, const char *name, bool *ret_is_list,
                           aw_error *err);
/* Whether one of the names is a list property's; one statement for ten of them. */
int aw__properties_any_list(aw_database *database, const char *actor_id, const char *const *names, size_t count,
                            bool *ret_any, aw_error *err);

#endif
