/*
 * Calls: one request each, from its start to its one done(). How bytes move is client.c's.
 */
#include "http/call.h"

#include "base/error.h"
#include "http/client_request.h"
#include "http/url.h"

enum {
    CONNECT_TIMEOUT_MS = 5000,
    MAX_SPARE = 256,
};

static aw__http_call *of_link(aw__link *link)
{
    return AW__ITEM(link, aw__http_call, link);
}

static void free_call(aw__http_call *call)
{
    aw__transfer_close(call);
    aw__free(call);
}

/* Frees what the request needed, and keeps the rest for the next if it went well: a handle remembers failures (the
 * errno of one is reported of the next as well, a buffer in use refuses options). */
static void release(aw__http_call *call, bool well)
{
    aw__http_client *client = call->client;

    aw__transfer_clear(call);
    aw__http_reply_free(&call->reply);
    if (!well || client->spare_count == MAX_SPARE) {
        free_call(call);
        return;
    }
    aw__list_append(&client->spare, &call->link);
    client->spare_count++;
}

/* A spare call or a new one, its handle without a request. */
static aw__http_call *take_call(aw__http_client *client)
{
    aw__http_call *call;
    void *easy = NULL;

    if (client->spare_count) {
        /* The one used last: its memory is still in the processor's cache. */
        call = of_link(client->spare.prev);
        aw__list_remove(&call->link);
        client->spare_count--;
        easy = call->easy;
    } else {
        call = aw__malloc(sizeof(*call));
        if (!call)
            return NULL;
    }
    *call = (aw__http_call){.client = client, .easy = easy};
    aw__list_init(&call->link);
    aw__list_init(&call->watched);
    aw__http_reply_init(&call->reply, client->params->max_response_bytes);
    if (!easy && aw__transfer_open(call)) {
        aw__free(call);
        return NULL;
    }
    return call;
}

/* Takes it out of everything; a connection in the middle of something is closed. The other calls to its name hear of
 * lookup_fault, if the name was still being asked for. */
static void withdraw(aw__http_call *call, aw__fault lookup_fault)
{
    aw__http_client *client = call->client;

    call->over = true;
    aw__timer_stop(client->runtime, &call->deadline);
    aw__transfer_remove(call);
    aw__list_remove(&call->link);
    aw__lookup_end(&client->lookups, &call->lookup, (int)lookup_fault);
    aw__slot_leave(&client->slots, &call->slot);
}

static int read_reply(aw__http_call *call, aw__http_response *ret_response, aw_error *err)
{
    int status = aw__transfer_status(call);

    return aw__http_reply_response(&call->reply, status, ret_response) ? aw__fail_nomem(err) : AW_OK;
}

void aw__call_end(aw__http_call *call, aw__fault fault)
{
    aw_error err = {0};
    aw__http_response response;
    bool sent = aw__transfer_sent(call);
    bool no_name = fault == AW__FAULT_NAME || fault == AW__FAULT_CONNECT_TIMEOUT;
    int rc = fault ? aw__call_explain(call, fault, &err) : read_reply(call, &response, &err);

    withdraw(call, no_name ? fault : AW__FAULT_NONE);
    call->done(call->arg, rc ? &err : NULL, rc ? NULL : &response, sent);
    release(call, !fault);
}

static void on_deadline(void *arg)
{
    aw__http_call *call = arg;
    aw_error err = {0};
    char peer[AW__HOST_PORT_BYTES];
    bool sent = aw__transfer_sent(call);

    aw__url_host_port(call->url, peer);
    aw__fail(&err, AW_E_TIMEOUT, "no answer from %s within %d ms", peer, call->timeout_ms);
    withdraw(call, AW__FAULT_NONE);
    call->done(call->arg, &err, NULL, sent);
    release(call, false);
}

static void on_sweep(void *arg)
{
    aw__http_client *client = arg;

    /* From the start again after each: done() may have begun and ended any others. */
    for (aw__link *link = client->calls.next; link != &client->calls;) {
        aw__http_call *call = of_link(link);

        link = link->next;
        if (call->doom) {
            aw__call_end(call, (aw__fault)call->doom);
            link = client->calls.next;
        }
    }
}

void aw__call_doom(aw__http_call *call, aw__fault fault)
{
    call->doom = (int)fault;
    aw__timer_start(call->client->runtime, &call->client->sweep, 0, on_sweep, call->client);
}

/* Its peer has a slot for it. */
static void on_slot(void *arg)
{
    if (aw__transfer_add(arg))
        aw__call_doom(arg, AW__FAULT_MEMORY);
}

/* Its turn to ask for its name has come, or another call's asking made it needless, or fruitless. */
static void on_turn(void *arg, int fault)
{
    aw__http_call *call = arg;

    aw__transfer_remove(call);
    if (fault)
        aw__call_doom(call, (aw__fault)fault);
    else if (aw__transfer_add(call))
        aw__call_doom(call, AW__FAULT_MEMORY);
}

bool aw__call_may_ask(aw__http_call *call)
{
    return aw__lookup_begin(&call->client->lookups, &call->lookup, call->url, on_turn, call);
}

int aw__http_start(aw__http_client *client, const aw__http_request *request, aw__http_done *done, void *arg,
                   aw__http_call **ret_call, aw_error *err)
{
    bool now = false;
    int rc = aw__http_request_check(request, err);

    if (rc)
        return rc;
    aw__http_call *call = take_call(client);

    if (!call)
        return aw__fail_nomem(err);
    call->url = request->url;
    call->timeout_ms = request->timeout_ms;
    call->connect_timeout_ms = request->connect_timeout_ms > 0 ? request->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    call->done = done;
    call->arg = arg;
    rc = aw__transfer_prepare(call, request);
    if (!rc)
        rc = aw__slot_take(&client->slots, &call->slot, call->url, on_slot, call, &now);
    if (!rc && now)
        rc = aw__transfer_add(call);
    if (rc) {
        aw__slot_leave(&client->slots, &call->slot);
        release(call, false);
        return aw__fail_nomem(err);
    }
    aw__list_append(&client->calls, &call->link);
    if (call->timeout_ms > 0)
        aw__timer_start(client->runtime, &call->deadline, (uint64_t)call->timeout_ms, on_deadline, call);
    *ret_call = call;
    return AW_OK;
}

void aw__http_abort(aw__http_call *call)
{
    if (!call || call->over)
        return;
    withdraw(call, AW__FAULT_NONE);
    release(call, false);
}

void aw__calls_free(aw__http_client *client)
{
    while (!aw__list_empty(&client->calls))
        aw__http_abort(of_link(client->calls.next));
    while (!aw__list_empty(&client->spare))
        free_call(of_link(aw__list_pop(&client->spare)));
}
