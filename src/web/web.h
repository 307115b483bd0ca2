/*
 * The web layer's shared words: a call is one request on its way through authentication to one endpoint.
 *
 * An endpoint is a function of the table in router.c, one file per noun. It runs on a web thread, may wait for the
 * store, and never for a peer: it starts a flow and answers from its completion.
 */
#ifndef AW_WEB_WEB_H
#define AW_WEB_WEB_H

#include <jansson.h>

#include "actor/actor.h"
#include "actor/caller.h"
#include "actor/precondition.h"
#include "actor/site.h"
#include "flow/flow.h"
#include "http/form.h"
#include "http/server.h"
#include "store/trusts.h"
#include <actingweb/route.h>

#define AW__WEB_MAX_SEGMENTS 34

typedef struct aw__web aw__web; /* router.h's: the site, the application's routes */
typedef struct aw__call aw__call;

/* What the app does with the web layer. The site must outlive it. */
int aw__web_new(aw__site *site, aw__web **ret_web, aw_error *err);
void aw__web_free(aw__web *web); /* after every call was answered; takes NULL */
/* The server's handle(): answers one request, now or later. Any web thread. */
void aw__web_handle(aw__exchange *exchange, void *web);
/* The server's refusal(): the JSON body of what it refuses by itself; aw__free()d by the server. */
char *aw__web_refusal(int status, const char *message);
/* Cancels what is under way for deferred calls; they are then answered by their completions. Any thread. */
void aw__web_cancel(aw__web *web);
/* A route of the application's (aw_app_route()). Before the first request. */
int aw__web_route(aw__web *web, const char *method, const char *pattern, aw_route_handler *handler, void *ud,
                  aw_error *err);

/* One request. Lives in the exchange's arena, until the answer. */
struct aw__call {
    aw__web *web;
    aw__site *site;
    aw__exchange *exchange;
    aw__arena *arena;
    const char *request_id;
    const char *method;                      /* GET, POST, PUT, DELETE (HEAD is GET without a body) */
    bool overridden;                         /* that is what _method says: another one was sent */
    const char *segment[AW__WEB_MAX_SEGMENTS]; /* decoded; [0] is the actor id */
    size_t segments;
    bool slash; /* the path ended with a slash more, which the segments do not show */
    aw__actor_row actor;
    bool has_actor;
    aw__caller caller;
    aw_group *group;     /* of what was started for it; NULL until asked for */
    aw_request *request; /* of an application's route */
    void *state;         /* the endpoint's own, for what it does later; in the arena */

    /* call.c's and body.c's own */
    struct {
        aw__form form, query;
        bool form_read, query_read;
    } arguments;
    bool deferred;
    void (*finished)(aw__call *call, const aw_error *err, aw__flow *flow);
    aw__call *next, *previous; /* of the web's deferred calls */
};

/* Endpoints answer with exactly one of these, now or (after aw__call_defer) later from any thread. */
void aw__call_json(aw__call *call, int status, json_t *body);      /* body is borrowed; NULL: out of memory, 500 */
void aw__call_json_text(aw__call *call, int status, const char *text);
void aw__call_text(aw__call *call, int status, const char *text);  /* no Content-Type, as the reference */
void aw__call_html(aw__call *call, int status, const char *html);
void aw__call_empty(aw__call *call, int status);
void aw__call_fail(aw__call *call, int status, const char *code, const char *format, ...) AW_PRINTF(4, 5);
void aw__call_error(aw__call *call, const aw_error *err); /* the status that fits */
void aw__call_header(aw__call *call, const char *name, const char *value); /* before the answer */
void aw__call_retry_after(aw__call *call, int ms);                         /* not negative; likewise */

/* conditional.c: answers a GET with what represent() makes of the store in one read, its ETag, 304 and 412 included. */
void aw__call_show(aw__call *call, aw__represent_fn *represent, void *arg);
/* The precondition of a change of what represent() shows, in the call's arena; NULL: the request has none. False: it
 * was answered, with 400 for a field that cannot be read. */
bool aw__call_condition(aw__call *call, aw__represent_fn *represent, void *arg, aw__precondition **ret_condition);
/* Answers for a change that failed: 412 when its condition did not hold, or else the status that fits. */
void aw__call_refuse_change(aw__call *call, const aw__precondition *condition, const aw_error *err);

/* The answer will come later; inside the endpoint only. aw__call_run() does it by itself. */
void aw__call_defer(aw__call *call);

/* Starts a flow for this call and defers: finished() runs on the loop and must answer. Takes the flow's reference. When
 * it cannot be started the call is answered with the error and finished() never runs. A client that hangs up cancels
 * it. */
void aw__call_run(aw__call *call, aw__flow *flow,
                  void (*finished)(aw__call *call, const aw_error *err, aw__flow *flow));

/* The group of what is started for this call; NULL when out of memory. Set as flow->group by aw__call_run(). */
aw_group *aw__call_group(aw__call *call);

/* The body as a JSON object, kept until the call ends. Form bodies become an object of texts. Answers 400 itself and
 * returns NULL when it is none. */
json_t *aw__call_object(aw__call *call);
/* Any JSON value, kept; *ret_value is NULL when the body is no JSON. False: out of memory, and answered. */
bool aw__call_read_json(aw__call *call, json_t **ret_value);
json_t *aw__call_keep(aw__call *call, json_t *value);

/* A member of the body that may be absent or null, which gives NULL or AW_KEEP. Each answers 400 itself and returns
 * false when it is something else: no text; neither a boolean nor a word for one ("true", "false"). */
bool aw__call_take_text(aw__call *call, const json_t *body, const char *key, const char **ret_text);
bool aw__call_take_flag(aw__call *call, const json_t *body, const char *key, aw_change *ret_change);

/* A query argument (or form field, which goes before); NULL when absent. */
const char *aw__call_argument(aw__call *call, const char *name);
/* All of them as an object of texts. Borrowed; NULL when out of memory. */
json_t *aw__call_arguments(aw__call *call);
/* The body is application/x-www-form-urlencoded; or there is none, and the query of what came as another method stands
 * for it. */
bool aw__call_is_form(const aw__call *call);

/* Authorisation (WIRE 2.2, 2.3). Each answers by itself (401 without credentials, 403) and returns false. */
bool aw__call_need_creator(aw__call *call); /* the creator, or the trustee of an actor that has one */
/* By the access list (src/model/access.h), for the call's method; peers must be approved. subpath may be "". */
bool aw__call_need_access(aw__call *call, const char *path, const char *subpath);
/* By aw__caller_may(). */
bool aw__call_need_permission(aw__call *call, aw__permission_category category, const char *target,
                              aw__operation operation);
/* The peer itself, whose trust is with peer_id; approved unless the last is set. Answers nothing. */
bool aw__call_is_peer(const aw__call *call, const char *peer_id, bool even_unapproved);
void aw__call_refuse(aw__call *call); /* 401 without credentials, 403 with */

typedef void aw__endpoint(aw__call *call);

/* The endpoints; the router's table says which path and method leads to which. */
aw__endpoint aw__factory_page, aw__factory_create;                                                      /* factory.c */
aw__endpoint aw__root_get, aw__root_delete;                                                             /* root.c */
aw__endpoint aw__meta_get;                                                                              /* meta.c */
aw__endpoint aw__properties_read, aw__properties_put, aw__properties_post, aw__properties_remove;       /* properties.c */
aw__endpoint aw__trust_get_all, aw__trust_initiate, aw__trust_get_relationship, aw__trust_request, aw__trust_get_one,
    aw__trust_put, aw__trust_notice, aw__trust_remove_one;                                              /* trust.c */
aw__endpoint aw__trust_put_trustee, aw__trust_remove_trustee;                                           /* trustee.c */
aw__endpoint aw__permissions_get, aw__permissions_put, aw__permissions_remove, aw__permissions_query,
    aw__permissions_shared;                                                                             /* permissions.c */
aw__endpoint aw__subscriptions_get_all, aw__subscriptions_initiate, aw__subscriptions_get_peer, aw__subscriptions_accept,
    aw__subscriptions_get_one, aw__subscriptions_clear, aw__subscriptions_remove_one,
    aw__subscriptions_get_diff;                                                                         /* subscriptions.c */
aw__endpoint aw__callbacks_receive, aw__callbacks_remove, aw__callbacks_permissions;                    /* callbacks.c */
aw__endpoint aw__resources_get, aw__resources_absent, aw__services_absent, aw__www_absent,
    aw__bot_post;                                                                                       /* resources.c */
aw__endpoint aw__methods_get, aw__methods_call, aw__methods_absent, aw__actions_get, aw__actions_call,
    aw__actions_absent;                                                                                 /* methods.c */
aw__endpoint aw__devtest_proxy;                                                                         /* devtest_proxy.c */
aw__endpoint aw__devtest_any;                                                                           /* devtest.c */

/* Whether the caller may use what is at the call's path, whoever serves it. False: it was answered. */
typedef bool aw__guard(aw__call *call);

aw__guard aw__resources_guard, aw__services_guard, aw__open_guard; /* resources.c */
aw__guard aw__methods_guard, aw__actions_guard;                    /* methods.c */

#endif
