/*
 * What the fake peer received.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "testing/fake_peer.h"

static char *place(char **at, const char *text, size_t bytes)
{
    char *copy = memcpy(*at, text, bytes);

    copy[bytes] = '\0';
    *at += bytes + 1;
    return copy;
}

static aw__fake_entry *new_entry(const aw_fake_peer_request *request)
{
    size_t method = strlen(request->method);
    size_t path = strlen(request->path);
    size_t headers = strlen(request->headers);
    aw__fake_entry *entry = malloc(sizeof(*entry) + method + path + headers + request->body_bytes + 4);

    if (!entry)
        return NULL;
    char *at = entry->text;

    entry->request.method = place(&at, request->method, method);
    entry->request.path = place(&at, request->path, path);
    entry->request.headers = place(&at, request->headers, headers);
    entry->request.body = place(&at, request->body, request->body_bytes);
    entry->request.body_bytes = request->body_bytes;
    return entry;
}

/* With the lock held. */
static bool make_room(aw_fake_peer *peer)
{
    if (peer->recorded < peer->record_room)
        return true;
    size_t room = peer->record_room ? peer->record_room * 2 : 64;
    aw__fake_entry **record = realloc(peer->record, room * sizeof(aw__fake_entry *));

    if (!record)
        return false;
    peer->record = record;
    peer->record_room = room;
    return true;
}

bool aw__fake_record(aw_fake_peer *peer, const aw_fake_peer_request *request)
{
    aw__fake_entry *entry = new_entry(request);

    if (!entry)
        return false;
    pthread_mutex_lock(&peer->lock);
    bool ok = make_room(peer);

    if (ok) {
        peer->record[peer->recorded++] = entry;
        pthread_cond_broadcast(&peer->changed);
    }
    pthread_mutex_unlock(&peer->lock);
    if (!ok)
        free(entry);
    return ok;
}

void aw__fake_record_free(aw_fake_peer *peer)
{
    for (size_t i = 0; i < peer->recorded; i++)
        free(peer->record[i]);
    free(peer->record);
    peer->record = NULL;
    peer->recorded = peer->record_room = 0;
}

void aw_fake_peer_clear(aw_fake_peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    aw__fake_record_free(peer);
    pthread_mutex_unlock(&peer->lock);
}

/* The lock is no part of what a reader sees. */
static pthread_mutex_t *lock_of(const aw_fake_peer *peer)
{
    return (pthread_mutex_t *)(uintptr_t)&peer->lock;
}

size_t aw_fake_peer_count(const aw_fake_peer *peer)
{
    return aw_fake_peer_count_of(peer, NULL, NULL);
}

bool aw_fake_peer_get(const aw_fake_peer *peer, size_t index, aw_fake_peer_request *ret_request)
{
    pthread_mutex_lock(lock_of(peer));
    bool known = index < peer->recorded;

    if (known)
        *ret_request = peer->record[index]->request;
    pthread_mutex_unlock(lock_of(peer));
    return known;
}

/* With the lock held. */
static size_t count(const aw_fake_peer *peer, const char *method, const char *path)
{
    size_t n = 0;

    if (!method && !path)
        return peer->recorded;
    for (size_t i = 0; i < peer->recorded; i++) {
        const aw_fake_peer_request *request = &peer->record[i]->request;

        if ((!method || strcmp(request->method, method) == 0) &&
            (!path || strncmp(request->path, path, strlen(path)) == 0))
            n++;
    }
    return n;
}

size_t aw_fake_peer_count_of(const aw_fake_peer *peer, const char *method, const char *path)
{
    pthread_mutex_lock(lock_of(peer));
    size_t n = count(peer, method, path);

    pthread_mutex_unlock(lock_of(peer));
    return n;
}

static struct timespec deadline_in(int ms)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += ms / 1000;
    deadline.tv_nsec += ms % 1000 * 1000000L;
    if (deadline.tv_nsec >= 1000000000L) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000L;
    }
    return deadline;
}

bool aw_fake_peer_wait_for(aw_fake_peer *peer, const char *method, const char *path, size_t wanted, int timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms);
    int rc = 0;

    pthread_mutex_lock(&peer->lock);
    while (count(peer, method, path) < wanted && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&peer->changed, &peer->lock, &deadline);
    bool arrived = count(peer, method, path) >= wanted;

    pthread_mutex_unlock(&peer->lock);
    return arrived;
}
