/*
 * The fake peer's rules: which one decides about a request.
 */
#include <stdlib.h>
#include <string.h>

#include "base/params.h"
#include "testing/fake_peer.h"

/* A copy of text or of NULL; false when out of memory. */
static bool copy(const char *text, char **ret_copy)
{
    *ret_copy = text ? strdup(text) : NULL;
    return !text || *ret_copy;
}

static void free_rule(aw__fake_rule *rule)
{
    free(rule->method);
    free(rule->path);
    free(rule->body);
    free(rule->headers);
    free(rule);
}

int aw_fake_peer_rule(aw_fake_peer *peer, const aw_fake_peer_rule_params *given)
{
    aw_fake_peer_rule_params params;
    aw__fake_rule *rule = calloc(1, sizeof(*rule));

    if (!rule)
        return -1;
    bool ok = given && aw__params_read(&params, sizeof(params), given);

    if (!ok || !copy(params.method, &rule->method) || !copy(params.path, &rule->path) ||
        !copy(params.body, &rule->body) || !copy(params.headers, &rule->headers)) {
        free_rule(rule);
        return -1;
    }
    rule->exact = params.exact;
    rule->times = params.times;
    rule->after = params.after;
    rule->status = params.status;
    rule->delay_ms = params.delay_ms;
    rule->dribble_ms = params.dribble_ms;
    rule->fault = params.fault;
    pthread_mutex_lock(&peer->lock);
    rule->older = peer->rules;
    peer->rules = rule;
    pthread_mutex_unlock(&peer->lock);
    return 0;
}

void aw_fake_peer_reset_rules(aw_fake_peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    aw__fake_rules_free(peer);
    pthread_mutex_unlock(&peer->lock);
}

void aw__fake_rules_free(aw_fake_peer *peer)
{
    while (peer->rules) {
        aw__fake_rule *rule = peer->rules;

        peer->rules = rule->older;
        free_rule(rule);
    }
}

static bool matches(const aw__fake_rule *rule, const char *method, const char *path)
{
    if (rule->method && strcmp(rule->method, method) != 0)
        return false;
    if (!rule->path)
        return true;
    return rule->exact ? strcmp(path, rule->path) == 0 : strncmp(path, rule->path, strlen(rule->path)) == 0;
}

const aw__fake_rule *aw__fake_rule_for(aw_fake_peer *peer, const char *method, const char *path)
{
    for (aw__fake_rule *rule = peer->rules; rule; rule = rule->older) {
        if (!matches(rule, method, path) || (rule->times && rule->applied == rule->times))
            continue;
        if (rule->seen++ < rule->after)
            continue;
        rule->applied++;
        return rule;
    }
    return NULL;
}
