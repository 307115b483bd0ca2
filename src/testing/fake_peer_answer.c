/*
 * The fake peer's answers: what a rule says on top of what the well-behaved actor would, as text for the wire.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/fake_peer.h"

enum { TRUNCATED_BYTES = 64 }; /* what is announced of an empty body that is to be cut short */

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 408:
        return "Request Timeout";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    default:
        return "Status";
    }
}

static bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static bool has_header(const char *lines, const char *name)
{
    size_t bytes;

    return lines && aw__fake_header(lines, name, &bytes);
}

/* How many bytes the head announces, and how many follow it. */
static void body_lengths(const aw__fake_reply *reply, aw_fake_peer_fault fault, bool head_only, size_t *ret_announced,
                         size_t *ret_sent)
{
    *ret_announced = *ret_sent = reply->body_bytes;
    if (fault == AW_FAKE_TRUNCATE) {
        *ret_announced = reply->body_bytes ? reply->body_bytes : TRUNCATED_BYTES;
        *ret_sent = reply->body_bytes / 2;
    } else if (head_only) {
        *ret_sent = 0;
    }
}

static void write_answer(FILE *out, const aw__fake_reply *reply, const char *headers, aw_fake_peer_fault fault,
                         bool head_only)
{
    size_t announced, sent;

    body_lengths(reply, fault, head_only, &announced, &sent);
    fprintf(out, "HTTP/1.1 %d %s\r\n", reply->status, reason_of(reply->status));
    if (reply->location[0] && !has_header(headers, "Location"))
        fprintf(out, "Location: %s\r\n", reply->location);
    if (reply->body && reply->content_type && !has_header(headers, "Content-Type"))
        fprintf(out, "Content-Type: %s\r\n", reply->content_type);
    if (headers)
        fputs(headers, out);
    if (fault == AW_FAKE_ENDLESS)
        fputs("Connection: close\r\n", out);
    else if (has_body(reply->status) && !has_header(headers, "Content-Length") &&
             !has_header(headers, "Transfer-Encoding"))
        fprintf(out, "Content-Length: %zu\r\n", announced);
    fputs("\r\n", out);
    if (reply->body && has_body(reply->status))
        fwrite(reply->body, 1, sent, out);
}

/* A rule's status and body in the place of the actor's. */
static bool apply(const aw__fake_rule *rule, aw__fake_reply *reply)
{
    if (rule->status) {
        reply->status = rule->status;
        reply->location[0] = '\0';
    }
    if (rule->status || rule->body) {
        free(reply->body);
        reply->body = NULL;
        reply->body_bytes = 0;
        reply->content_type = "application/json";
    }
    if (!rule->body)
        return true;
    reply->body = strdup(rule->body);
    reply->body_bytes = strlen(rule->body);
    return reply->body;
}

static bool print(const aw__fake_reply *reply, const aw__fake_rule *rule, bool head_only, aw__fake_answer *answer)
{
    FILE *out = open_memstream(&answer->text, &answer->bytes);

    if (!out)
        return false;
    if (answer->fault == AW_FAKE_GARBAGE)
        fputs("this is not HTTP at all\r\n\r\n", out);
    else
        write_answer(out, reply, rule ? rule->headers : NULL, answer->fault, head_only);
    return fclose(out) == 0;
}

bool aw__fake_answer_make(aw_fake_peer *peer, const aw_fake_peer_request *request, aw__fake_answer *ret_answer)
{
    aw__fake_reply reply = {0};
    aw__fake_answer answer = {0};

    if (!aw__fake_actor_reply(peer, request, &reply))
        return false;
    /* Rules may go away: the lock until its texts have been used. */
    pthread_mutex_lock(&peer->lock);
    const aw__fake_rule *rule = aw__fake_rule_for(peer, request->method, request->path);
    bool ok = true;

    if (rule) {
        answer.delay_ms = rule->delay_ms;
        answer.dribble_ms = rule->dribble_ms;
        answer.fault = rule->fault;
        ok = apply(rule, &reply);
    }
    ok = ok && print(&reply, rule, strcmp(request->method, "HEAD") == 0, &answer);
    pthread_mutex_unlock(&peer->lock);
    free(reply.body);
    if (!ok) {
        free(answer.text);
        return false;
    }
    *ret_answer = answer;
    return true;
}
