/*
 * ActingWeb for C: everything an application needs. Start reading at app.h and actor.h.
 */
#ifndef ACTINGWEB_H
#define ACTINGWEB_H

#include <actingweb/actor.h>
#include <actingweb/app.h>
#include <actingweb/attribute.h>
#include <actingweb/common.h>
#include <actingweb/error.h>
#include <actingweb/group.h>
#include <actingweb/http.h>
#include <actingweb/list.h>
#include <actingweb/log.h>
#include <actingweb/offload.h>
#include <actingweb/op.h>
#include <actingweb/peer.h>
#include <actingweb/permission.h>
#include <actingweb/property.h>
#include <actingweb/proxy.h>
#include <actingweb/remote.h>
#include <actingweb/route.h>
#include <actingweb/runtime.h>
#include <actingweb/store.h>
#include <actingweb/subscription.h>
#include <actingweb/trust.h>

AW_BEGIN_DECLS

/* The library's version, "0.1.0". Static storage. */
AW_API const char *aw_version(void);

AW_END_DECLS

#endif
