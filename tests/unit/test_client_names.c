/*
 * The HTTP client and names, with a resolver of the test's own in the place of the system's: how many ask for a name at
 * once, names that do not exist, and name servers that hang.
 */
#include "client_support.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>

static atomic_int lookups, at_once, most_at_once;
static struct gate hanging = GATE; /* "hang...": until the end of the test */

/* libcurl finds these before the system's. */
__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints, struct addrinfo **ret_list)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(service ? service : "0"))};
    int now = atomic_fetch_add(&at_once, 1) + 1;
    int most = atomic_load(&most_at_once);

    (void)hints;
    atomic_fetch_add(&lookups, 1);
    while (now > most && !atomic_compare_exchange_weak(&most_at_once, &most, now))
        continue;
    if (strncmp(node, "hang", 4) == 0)
        gate_pass(&hanging);
    else
        sleep_ms(20);
    atomic_fetch_sub(&at_once, 1);
    if (strncasecmp(node, "peer", 4) != 0 && strcmp(node, "public.test") != 0)
        return EAI_NONAME;
    struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(address));

    if (!info)
        return EAI_MEMORY;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    info->ai_family = AF_INET;
    info->ai_socktype = SOCK_STREAM;
    info->ai_protocol = IPPROTO_TCP;
    info->ai_addrlen = sizeof(address);
    info->ai_addr = memcpy(info + 1, &address, sizeof(address));
    *ret_list = info;
    return 0;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *list)
{
    free(list);
}

static void start_to(struct attempt *attempt, struct world *world, const char *name)
{
    attempt->world = world;
    snprintf(attempt->url, sizeof(attempt->url), "http://%s:%d/bob/meta", name, aw_fake_peer_port(world->peer));
    on_loop(world->runtime, attempt_start_here, attempt);
    assert_int_equal(attempt->start_rc, AW_OK);
}

static void reset_counts(void)
{
    atomic_store(&lookups, 0);
    atomic_store(&most_at_once, 0);
}

static void one_lookup_for_many_calls(void **state)
{
    static struct attempt attempts[100];
    struct world world;

    (void)state;
    reset_counts();
    memset(attempts, 0, sizeof(attempts));
    world_open(&world, WORLD());
    for (int i = 0; i < 100; i++)
        start_to(&attempts[i], &world, i % 2 ? "peer.test" : "PEER.test");
    for (int i = 0; i < 100; i++) {
        attempt_wait(&attempts[i]);
        if (attempts[i].code)
            fail_msg("%d %d: %s", i, attempts[i].code, attempts[i].message);
        assert_int_equal(attempts[i].status, 200);
    }
    assert_int_equal(atomic_load(&lookups), 1);
    world_close(&world);
}

static void few_threads_for_many_names(void **state)
{
    static struct attempt attempts[200];
    struct world world;
    char name[32];

    (void)state;
    reset_counts();
    memset(attempts, 0, sizeof(attempts));
    world_open(&world, WORLD());
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "peer%d.test", i);
        start_to(&attempts[i], &world, name);
    }
    for (int i = 0; i < 200; i++) {
        attempt_wait(&attempts[i]);
        assert_int_equal(attempts[i].code, AW_OK);
    }
    assert_int_equal(atomic_load(&lookups), 200);
    assert_in_range(atomic_load(&most_at_once), 1, 64);
    world_close(&world);
}

static void no_such_name(void **state)
{
    static struct attempt attempts[50];
    struct world world;
    char words[64];

    (void)state;
    reset_counts();
    memset(attempts, 0, sizeof(attempts));
    world_open(&world, WORLD());
    for (int i = 0; i < 50; i++)
        start_to(&attempts[i], &world, "nowhere.test");
    for (int i = 0; i < 50; i++) {
        attempt_wait(&attempts[i]);
        assert_int_equal(attempts[i].code, AW_E_CONNECT);
        assert_false(attempts[i].sent);
    }
    snprintf(words, sizeof(words), "no address was found for nowhere.test:%d", aw_fake_peer_port(world.peer));
    assert_string_equal(attempts[49].message, words);
    assert_in_range(atomic_load(&lookups), 1, 49); /* those that came later may have asked again */
    world_close(&world);
}

static void private_behind_a_name(void **state)
{
    struct attempt attempt = {0};
    struct world world;

    (void)state;
    world_open(&world, (aw_runtime_params){.allow_private_peers = false});
    start_to(&attempt, &world, "public.test");
    attempt_wait(&attempt);
    assert_int_equal(attempt.code, AW_E_ADDRESS);
    assert_int_equal(aw_fake_peer_connections(world.peer), 0);
    world_close(&world);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* While name servers hang, nothing else waits: other calls, aborting, the end of the runtime. */
static void hanging_name_servers(void **state)
{
    struct attempt aborted = {0}, follower = {0}, other = {0}, left = {0};
    struct attempt connecting = {.request = {.connect_timeout_ms = 150}};
    struct attempt limited = {.request = {.timeout_ms = 150}};
    uint64_t began = now_ms();
    struct world world;

    (void)state;
    reset_counts();
    world_open(&world, WORLD());
    start_to(&aborted, &world, "hang.test");
    start_to(&follower, &world, "hang.test");
    start_to(&connecting, &world, "hang2.test");
    start_to(&limited, &world, "hang3.test");
    start_to(&left, &world, "hang4.test");
    start_to(&other, &world, "peer.test");
    attempt_wait(&other);
    assert_int_equal(other.code, AW_OK);
    on_loop(world.runtime, attempt_abort_here, &aborted);
    attempt_wait(&connecting);
    assert_int_equal(connecting.code, AW_E_TIMEOUT);
    attempt_wait(&limited);
    assert_int_equal(limited.code, AW_E_TIMEOUT);
    for (int waited = 0; atomic_load(&lookups) < 6 && waited < PATIENCE_MS; waited += 2)
        sleep_ms(2); /* the follower's: it asks itself now */
    assert_int_equal(atomic_load(&lookups), 6);
    on_loop(world.runtime, attempt_abort_here, &follower);
    world_close(&world);
    assert_false(attempt_over(&aborted) || attempt_over(&follower) || attempt_over(&left));
    assert_true(now_ms() - began < PATIENCE_MS);
    gate_open(&hanging);
    for (int waited = 0; atomic_load(&at_once) && waited < PATIENCE_MS; waited += 2)
        sleep_ms(2);
    sleep_ms(50); /* libcurl's threads free what is theirs */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_lookup_for_many_calls),
        cmocka_unit_test(few_threads_for_many_names),
        cmocka_unit_test(no_such_name),
        cmocka_unit_test(private_behind_a_name),
        cmocka_unit_test(hanging_name_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
