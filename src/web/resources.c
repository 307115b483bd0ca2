/*
 * /{id}/resources, /{id}/services, /{id}/www and /bot: paths whose content an application's routes bring (WIRE 9). Here
 * is who may use them, and what is answered where no route is.
 */
#include <jansson.h>
#include <string.h>

#include "web/router.h"

/* ---- /resources ---- */

static aw__operation operation_of(const aw__call *call)
{
    if (strcmp(call->method, "GET") == 0)
        return AW__OPERATION_READ;
    return strcmp(call->method, "DELETE") == 0 ? AW__OPERATION_DELETE : AW__OPERATION_WRITE;
}

bool aw__resources_guard(aw__call *call)
{
    const char *name = aw__call_rest(call, 2);

    if (name)
        return aw__call_need_permission(call, AW__PERMISSION_RESOURCES, name, operation_of(call));
    aw__call_json(call, 500, NULL);
    return false;
}

void aw__resources_get(aw__call *call)
{
    if (!aw__resources_guard(call))
        return;
    json_t *none = json_object();

    aw__call_json(call, 200, none);
    json_decref(none);
}

void aw__resources_absent(aw__call *call)
{
    if (aw__resources_guard(call))
        aw__call_fail(call, 404, "not_found", "there is no such resource");
}

/* ---- /services: what the actor uses elsewhere ---- */

bool aw__services_guard(aw__call *call)
{
    return aw__call_need_access(call, "services", call->segment[2]);
}

void aw__services_absent(aw__call *call)
{
    if (aw__services_guard(call))
        aw__call_fail(call, 404, "not_found", "there is no such service");
}

/* ---- /www, whose pages may be for everybody, and /bot, which has no actor: whoever serves them decides who may
 * ---- */

bool aw__open_guard(aw__call *call)
{
    (void)call;
    return true;
}

void aw__www_absent(aw__call *call)
{
    if (aw__call_need_access(call, "www", ""))
        aw__call_fail(call, 404, "not_found", "there is no such page");
}

void aw__bot_post(aw__call *call)
{
    aw__call_fail(call, 404, "not_found", "there is no bot here");
}
