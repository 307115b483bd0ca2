/*
 * The beat: one transaction that writes this server's and reads all others'; as long as there are none, it only reads.
 * It is made by a worker; what becomes of what it found out is delivery.c's, on the loop.
 */
#include "flow/membership.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "runtime/timer.h"
#include "runtime/worker.h"
#include "store/outbox_queues.h"
#include "store/servers.h"

enum { LEASE_MS = 10000, BEATS_PER_LEASE = 5 };

/* A server, this one included, as it was seen. */
struct seen {
    aw__server_row row;
    uint64_t since_ms; /* its beat is that */
};

struct aw__membership {
    aw__site *site;
    aw__tally *tally;
    void (*tell)(void *arg, const aw__membership_news *news);
    void *arg;
    uint64_t lease_ms;
    uint64_t beat_ms;
    uint64_t held_from_ms; /* when the last beat that came to its end began */
    bool renew;            /* with the next beat */
    bool failing;
    aw__timer timer;
    aw__work work;
    bool busy; /* a worker beats */

    /* The worker's while it beats. */
    uint64_t began_ms;
    uint64_t read_ms; /* when the others were read last */
    uint64_t server;  /* as which; then as which from now on */
    aw__arena *arena; /* of seen */
    struct seen *seen;
    size_t seen_count;
    struct {
        bool leaves; /* its old id */
        uint64_t server;
        aw__arena *arena;
        aw__server_row *rows;
        size_t count;
        bool *dead; /* of rows */
        bool orphaned;
    } beat;
    bool widowed;
    int rc;
};

/* ---- joining and leaving ---- */

static int new_number(uint64_t *ret_number, aw_error *err)
{
    enum { HEX_DIGITS = 16 };
    char token[AW__TOKEN_BYTES];
    int rc = aw__token_new(token);

    if (rc)
        return aw__fail(err, rc, "no random numbers for the id of this server");
    token[HEX_DIGITS] = '\0';
    *ret_number = strtoull(token, NULL, 16) | 1; /* never 0 */
    return AW_OK;
}

static int insert(aw_database *database, uint64_t server, aw_error *err)
{
    char id[AW__SERVER_ID_BYTES];

    aw__server_id(server, id);
    return aw__servers_insert(database, id, err);
}

static int join(aw_database *database, void *arg, aw_error *err)
{
    return insert(database, *(const uint64_t *)arg, err);
}

static int leave(aw_database *database, void *arg, aw_error *err)
{
    char id[AW__SERVER_ID_BYTES];

    aw__server_id(*(const uint64_t *)arg, id);
    return aw__servers_delete(database, id, err);
}

int aw__membership_new(aw__site *site, aw__tally *tally, void (*tell)(void *arg, const aw__membership_news *news),
                       void *arg, aw__membership **ret_membership, aw_error *err)
{
    aw__membership *m = aw__calloc(1, sizeof(*m));

    if (!m)
        return aw__fail_nomem(err);
    m->site = site;
    m->tally = tally;
    m->tell = tell;
    m->arg = arg;
    m->lease_ms = (uint64_t)(site->config.lease_ms > 0 ? site->config.lease_ms : LEASE_MS);
    m->beat_ms = m->lease_ms / BEATS_PER_LEASE;
    m->held_from_ms = aw__elapsed_ms();
    int rc = new_number(&m->server, err);

    if (rc == AW_OK)
        rc = aw__store_write(site->store, join, &m->server, err);
    if (rc) {
        aw__membership_free(m);
        return rc;
    }
    atomic_store(&site->server, m->server);
    *ret_membership = m;
    return AW_OK;
}

void aw__membership_free(aw__membership *membership)
{
    if (!membership)
        return;
    aw__arena_free(membership->arena);
    aw__free(membership);
}

/* When it fails the others find out by themselves, later. */
void aw__membership_leave(aw__site *site)
{
    uint64_t server = atomic_exchange(&site->server, 0);
    aw_error err = {0};

    if (server && aw__store_write(site->store, leave, &server, &err))
        aw__log(AW_LOG_WARNING, "what is in the outbox is not handed over: %s", err.message);
}

/* ---- a beat, on a worker ---- */

static const struct seen *find_seen(const aw__membership *m, const char *id)
{
    for (size_t i = 0; i < m->seen_count; i++)
        if (strcmp(m->seen[i].row.id, id) == 0)
            return &m->seen[i];
    return NULL;
}

static uint64_t since(const aw__membership *m, const aw__server_row *row, uint64_t otherwise_ms)
{
    const struct seen *seen = find_seen(m, row->id);

    return seen && seen->row.beat == row->beat ? seen->since_ms : otherwise_ms;
}

static int remove_dead(aw_database *database, aw__membership *m, aw_error *err)
{
    int rc = AW_OK;

    for (size_t i = 0; rc == AW_OK && i < m->beat.count; i++) {
        const aw__server_row *row = &m->beat.rows[i];

        if (m->began_ms - since(m, row, m->began_ms) >= m->lease_ms)
            rc = aw__servers_delete_silent(database, row, &m->beat.dead[i], err);
    }
    return rc;
}

/* Under its own id, or under a new one when that was removed, or is to be left. */
static int beat_once(aw_database *database, aw__membership *m, aw_error *err)
{
    char id[AW__SERVER_ID_BYTES];
    bool there = false;
    int rc;

    aw__server_id(m->server, id);
    rc = m->beat.leaves ? aw__servers_delete(database, id, err) : aw__servers_beat(database, id, &there, err);
    if (rc || there)
        return rc;
    rc = new_number(&m->beat.server, err);
    return rc ? rc : insert(database, m->beat.server, err);
}

static int list(aw_database *database, aw__membership *m, aw_error *err)
{
    m->beat.rows = NULL;
    m->beat.count = 0;
    int rc = aw__servers_list(database, m->beat.arena, &m->beat.rows, &m->beat.count, err);

    if (rc)
        return rc;
    m->beat.dead = aw__arena_alloc(m->beat.arena, (m->beat.count + 1) * sizeof(*m->beat.dead));
    return m->beat.dead ? AW_OK : aw__fail_nomem(err);
}

static int beat(aw_database *database, void *arg, aw_error *err)
{
    aw__membership *m = arg;

    m->beat.server = m->server;
    int rc = beat_once(database, m, err);

    if (rc == AW_OK)
        rc = list(database, m, err);
    if (rc == AW_OK)
        rc = remove_dead(database, m, err);
    return rc ? rc : aw__outbox_queues_orphaned(database, m->beat.arena, &m->beat.orphaned, err);
}

static int look(aw_database *database, void *arg, aw_error *err)
{
    aw__membership *m = arg;

    m->beat.server = m->server;
    int rc = list(database, m, err);

    return rc ? rc : aw__outbox_queues_orphaned(database, m->beat.arena, &m->beat.orphaned, err);
}

static bool is_alone(const aw__membership *m)
{
    char own[AW__SERVER_ID_BYTES];

    aw__server_id(m->server, own);
    return m->beat.count == 1 && strcmp(m->beat.rows[0].id, own) == 0;
}

/* Where nobody else is, a beat would be read by nobody: one that comes later gives this server a whole lease, in which
 * it is seen. So a server that is alone and idle leaves the database as it is. */
static int beat_or_look(aw__membership *m, aw_error *err)
{
    aw__store *store = m->site->store;
    bool was_alone = m->seen_count <= 1 && !m->beat.leaves;
    int rc = was_alone ? aw__store_read(store, look, m, err) : AW_OK;

    return rc || (was_alone && is_alone(m)) ? rc : aw__store_write(store, beat, m, err);
}

/* Somebody who was seen before is not there, and this server is the first of those that are: one of them is enough. */
static bool is_widowed(const aw__membership *m)
{
    const aw__server_row *first = NULL;
    char own[AW__SERVER_ID_BYTES];
    size_t left = 0;

    aw__server_id(m->beat.server, own);
    for (size_t i = 0; i < m->beat.count; i++) {
        if (m->beat.dead[i])
            continue;
        first = first ? first : &m->beat.rows[i];
        left += find_seen(m, m->beat.rows[i].id) != NULL;
    }
    return left < m->seen_count && first && strcmp(first->id, own) == 0;
}

/* What was read, for the next time. Now is later than when it was read: nobody is thought silent for longer than he
 * was. */
static int remember(aw__membership *m, aw_error *err)
{
    uint64_t now_ms = aw__elapsed_ms();
    struct seen *seen = aw__arena_alloc(m->beat.arena, (m->beat.count + 1) * sizeof(*seen));
    size_t count = 0;

    if (!seen)
        return aw__fail_nomem(err);
    for (size_t i = 0; i < m->beat.count; i++) {
        if (!m->beat.dead[i])
            seen[count++] = (struct seen){m->beat.rows[i], since(m, &m->beat.rows[i], now_ms)};
    }
    m->seen = seen;
    m->seen_count = count;
    m->read_ms = now_ms;
    return AW_OK;
}

/* The database may have been away, for the others as well: they have all their time again. */
static void forget_long_ago(aw__membership *m)
{
    if (m->began_ms - m->read_ms < m->lease_ms / 2)
        return;
    for (size_t i = 0; i < m->seen_count; i++)
        m->seen[i].since_ms = m->began_ms;
}

static void run(void *arg)
{
    aw__membership *m = arg;
    aw_error err = {0};

    m->began_ms = aw__elapsed_ms();
    m->widowed = false;
    forget_long_ago(m);
    m->beat.arena = aw__arena_new();
    m->rc = m->beat.arena ? beat_or_look(m, &err) : aw__fail_nomem(&err);
    if (m->rc == AW_OK) {
        m->server = m->beat.server;
        m->widowed = is_widowed(m);
    }
    if (m->rc == AW_OK && remember(m, &err) == AW_OK) {
        aw__arena_free(m->arena);
        m->arena = m->beat.arena;
    } else {
        aw__arena_free(m->beat.arena);
    }
    m->beat.arena = NULL;
    if (m->rc && !m->failing)
        aw__log(AW_LOG_WARNING, "this server cannot say that it lives: %s", err.message);
}

/* ---- what follows, on the loop ---- */

static void on_run(void *arg);

static void on_timer(void *arg)
{
    aw__membership *m = arg;

    m->busy = true;
    m->beat.leaves = m->renew;
    aw__tally_begin(m->tally);
    aw__worker_queue_first(m->site->runtime, &m->work, run, on_run, m);
}

bool aw__membership_holds(const aw__membership *membership)
{
    return aw__elapsed_ms() - membership->held_from_ms < membership->lease_ms - membership->beat_ms;
}

static void on_beaten(aw__membership *m)
{
    aw__membership_news news = {
        .renewed = m->server != atomic_load(&m->site->server),
        .resumed = !aw__membership_holds(m),
        .orphaned = m->beat.orphaned,
        .widowed = m->widowed,
    };

    m->held_from_ms = m->began_ms;
    if (news.renewed) {
        if (!m->beat.leaves)
            aw__log(AW_LOG_WARNING, "this server was taken for dead by another one; it begins anew");
        atomic_store(&m->site->server, m->server);
        m->renew = false;
    }
    m->tell(m->arg, &news);
}

static void on_run(void *arg)
{
    aw__membership *m = arg;
    aw__tally *tally = m->tally;

    m->busy = false;
    m->failing = m->rc != AW_OK;
    if (tally->closing) {
        atomic_store(&m->site->server, m->server); /* the one to be removed */
    } else {
        uint64_t took_ms = aw__elapsed_ms() - m->began_ms;

        if (m->rc == AW_OK)
            on_beaten(m);
        aw__timer_start(m->site->runtime, &m->timer, took_ms < m->beat_ms ? m->beat_ms - took_ms : 0, on_timer, m);
    }
    aw__tally_end(tally);
}

/* ---- for delivery.c ---- */

void aw__membership_start(aw__membership *membership)
{
    if (!membership->tally->closing)
        on_timer(membership);
}

void aw__membership_stop(aw__membership *membership)
{
    aw_runtime *runtime = membership->site->runtime;

    aw__timer_stop(runtime, &membership->timer);
    if (membership->busy && aw__worker_withdraw(runtime, &membership->work)) {
        membership->busy = false;
        aw__tally_end(membership->tally);
    }
}

void aw__membership_renew(aw__membership *membership)
{
    membership->renew = true;
}
