/*
 * Apps and their stores. Only the public API is used here.
 */
#include "support/apps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

void test_app_new(test_app *a, const aw_app_params *more)
{
    aw_app_params params = {.size = sizeof(params)};
    aw_error err = {0};

    *a = (test_app){0};
    test_place_make(&a->place, NULL);
    if (more)
        params = *more;
    params.store = a->place.location;
    params.listen = "127.0.0.1:0";
    params.web_threads = params.web_threads ? params.web_threads : 2;
    if (aw_app_new(&params, &a->app, &err))
        fail_msg("no app: %s", err.message);
}

void test_app_open(test_app *a, const aw_app_params *more)
{
    aw_error err = {0};

    test_app_new(a, more);
    if (aw_app_listen(a->app, &err))
        fail_msg("no server: %s", err.message);
}

void test_app_close(test_app *a)
{
    aw_app_free(a->app);
    test_place_remove(&a->place);
    *a = (test_app){0};
}

aw_actor *test_app_actor(test_app *a, const char *creator)
{
    char passphrase[128];
    aw_actor *actor = NULL;
    aw_error err = {0};

    snprintf(passphrase, sizeof(passphrase), "passphrase-of-%s", creator);
    if (aw_actor_create(a->app, AW_WITH(actor_create, .creator = creator, .passphrase = passphrase), &actor, &err))
        fail_msg("no actor: %s", err.message);
    return actor;
}

size_t test_count_trusts(aw_actor *actor)
{
    aw_trust **trusts = NULL;
    size_t count = 0;
    aw_error err = {0};

    if (aw_trust_list(actor, NULL, &trusts, &count, &err))
        fail_msg("the trusts cannot be read: %s", err.message);
    aw_trust_list_free(trusts, count);
    return count;
}

size_t test_count_subscriptions(aw_actor *actor)
{
    aw_subscription **subscriptions = NULL;
    size_t count = 0;
    aw_error err = {0};

    if (aw_subscription_list(actor, NULL, &subscriptions, &count, &err))
        fail_msg("the subscriptions cannot be read: %s", err.message);
    aw_subscription_list_free(subscriptions, count);
    return count;
}

bool test_app_is_idle(aw_app *app)
{
    for (int i = 0; i < PATIENCE_MS && aw_runtime_in_flight(aw_app_runtime(app)); i++)
        usleep(1000);
    return aw_runtime_in_flight(aw_app_runtime(app)) == 0;
}
