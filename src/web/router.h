/*
 * The way of a request to its endpoint: what router.c, path.c, route.c, request.c and auth.c share.
 */
#ifndef AW_WEB_ROUTER_H
#define AW_WEB_ROUTER_H

#include <pthread.h>

#include "web/web.h"

/* A route of the application's, and where its pattern's names stand. */
typedef struct aw__route {
    struct aw__route *next; /* in order of registration */
    char *method;
    char *pattern;
    aw_route_handler *handler;
    void *ud;
    bool of_actor; /* begins with /{actor_id} */
} aw__route;

struct aw__web {
    aw__site *site;
    aw__route *routes; /* fixed once requests come */
    pthread_mutex_t lock;
    struct {
        aw__call *deferred;
    } synced; /* under lock */
};

/* ---- path.c ---- */

/* Takes the path apart into call->segment. *ret_slash: it ended with a slash too many. 0, or the status to answer:
 * 400 (broken escapes, not UTF-8), 404 (an empty segment inside), 414 (too many), 500. */
int aw__call_split(aw__call *call, const char *path, bool *ret_slash);

/* The segments from this one on, "a/b/c"; "" when there are none. NULL when out of memory. */
const char *aw__call_rest(aw__call *call, size_t from);

/* "{name}" in a pattern stands for one segment, "*" at its end for one or more. */
bool aw__pattern_matches(const char *pattern, const char *const *segment, size_t segments);

/* The segment that {name} stands for; NULL when the pattern has no such name. */
const char *aw__pattern_segment(const char *pattern, const char *name, const char *const *segment);

/* What is wrong with an application's pattern, or NULL. */
const char *aw__pattern_mistake(const char *pattern);

/* ---- body.c ---- */

/* Reads the query, and the form that is posted, which no endpoint of the protocol begins without: AW_E_INVALID,
 * AW_E_TOO_LARGE (too many fields), AW_E_NOMEM. To an application's route what cannot be read is absent. */
int aw__call_read_arguments(aw__call *call, aw_error *err);

/* ---- override.c ---- */

/* The method that a GET or POST says it stands for ("PUT", "DELETE" or "POST"), by its argument _method, or of a POST
 * by the header X-HTTP-Method-Override; NULL: it says none. */
const char *aw__override_claimed(aw__call *call);

/* Whether it may. False: it was answered, with 403. */
bool aw__override_allowed(aw__call *call);

/* ---- auth.c ---- */

/* Fills call->caller from the request's credentials. AW_OK also when they are wrong; a code when the store failed. */
int aw__call_authenticate(aw__call *call, aw_error *err);

/* ---- route.c ---- */

/* Serves the call by an application's route whose pattern begins with an actor, or does not, unless the guard (or NULL)
 * refuses it. False: none matches. *ret_allow gets also the methods of routes whose pattern alone matches. */
bool aw__route_serve(aw__call *call, bool of_actor, aw__guard *guard, const char **ret_allow);
/* One of them is at or below /{actor_id}/{segment}. */
bool aw__routes_serve(const aw__route *routes, const char *segment);
void aw__routes_free(aw__route *routes);

/* ---- request.c ---- */

/* Runs the handler and sees to it that the request is answered or deferred. */
void aw__request_run(aw__call *call, const aw__route *route);

/* ---- router.c ---- */

/* Finds the call's actor and who asks; answers by itself and returns false when that fails. */
bool aw__call_meet(aw__call *call);

#endif
