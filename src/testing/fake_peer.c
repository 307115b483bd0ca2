/*
 * The fake peer: its beginning, its end, and its switches.
 */
#include "testing/fake_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int init_lock(aw_fake_peer *peer)
{
    pthread_condattr_t attributes;

    if (pthread_mutex_init(&peer->lock, NULL))
        return -1;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int rc = pthread_cond_init(&peer->changed, &attributes);

    pthread_condattr_destroy(&attributes);
    if (rc)
        pthread_mutex_destroy(&peer->lock);
    return rc ? -1 : 0;
}

static void free_rest(aw_fake_peer *peer)
{
    aw__fake_rules_free(peer);
    aw__fake_record_free(peer);
    pthread_cond_destroy(&peer->changed);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

aw_fake_peer *aw_fake_peer_new(void)
{
    aw_fake_peer *peer = calloc(1, sizeof(*peer));

    if (!peer)
        return NULL;
    aw__list_init(&peer->open);
    aw__list_init(&peer->closed);
    aw__list_init(&peer->timed);
    if (getrandom(&peer->id_seed, sizeof(peer->id_seed), 0) != (ssize_t)sizeof(peer->id_seed))
        peer->id_seed = aw__fake_now_ms();
    if (init_lock(peer)) {
        free(peer);
        return NULL;
    }
    if (aw__fake_loop_open(peer)) {
        free_rest(peer);
        return NULL;
    }
    snprintf(peer->root, sizeof(peer->root), "http://127.0.0.1:%d/", peer->port);
    if (pthread_create(&peer->thread, NULL, aw__fake_loop_run, peer)) {
        aw__fake_loop_close(peer);
        free_rest(peer);
        return NULL;
    }
    return peer;
}

void aw_fake_peer_free(aw_fake_peer *peer)
{
    if (!peer)
        return;
    aw__fake_loop_command(peer, AW__FAKE_END);
    pthread_join(peer->thread, NULL);
    aw__fake_loop_close(peer);
    free_rest(peer);
}

int aw_fake_peer_port(const aw_fake_peer *peer)
{
    return peer->port;
}

const char *aw_fake_peer_root(const aw_fake_peer *peer)
{
    return peer->root;
}

void aw_fake_peer_refuse(aw_fake_peer *peer)
{
    aw__fake_loop_command(peer, AW__FAKE_REFUSE);
}

int aw_fake_peer_accept(aw_fake_peer *peer)
{
    return aw__fake_loop_command(peer, AW__FAKE_ACCEPT);
}

size_t aw_fake_peer_connections(const aw_fake_peer *peer)
{
    return atomic_load(&peer->accepted);
}
