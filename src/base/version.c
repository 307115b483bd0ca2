/*
 * The library's version as text.
 */
#include <actingweb/actingweb.h>

const char *aw_version(void)
{
    return AW_VERSION_STRING;
}
