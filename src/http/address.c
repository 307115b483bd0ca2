/*
 * Which network addresses are special: the registries of special-purpose addresses (RFC 6890 and its successors) as two
 * tables. Names and URLs are in url.c.
 */
#include "http/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct range {
    unsigned char first[16];
    int bits;
};

static const struct range special_v4[] = {
    {{0}, 8},             /* "this network" */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared, behind carriers' NAT */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local, and clouds' metadata services */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relays */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 4},           /* multicast */
    {{240}, 4},           /* reserved, and broadcast */
};

/* Within 2000::/3, the only unicast addresses of the whole internet. */
static const struct range special_v6[] = {
    {{0x20, 0x01, 0x00}, 23},       /* protocol assignments: Teredo, benchmarks, ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation */
};

static const struct range global_v6 = {{0x20}, 3};

/* IPv4 inside IPv6, and where it begins. */
static const struct {
    struct range range;
    int offset;
} embedding[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12}, /* ::ffff:a.b.c.d, mapped */
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},                   /* 64:ff9b::a.b.c.d, NAT64 */
    {{{0x20, 0x02}, 16}, 2},                                /* 2002:abcd::, 6to4 */
};

static bool within(const unsigned char *address, const struct range *range)
{
    int whole = range->bits / 8;
    int rest = range->bits % 8;

    if (memcmp(address, range->first, (size_t)whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ range->first[whole]) >> (8 - rest) == 0;
}

static bool within_any(const unsigned char *address, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (within(address, &ranges[i]))
            return true;
    return false;
}

static bool is_special_v4(const unsigned char *address)
{
    return within_any(address, special_v4, sizeof(special_v4) / sizeof(special_v4[0]));
}

static bool is_special_v6(const unsigned char *address)
{
    for (size_t i = 0; i < sizeof(embedding) / sizeof(embedding[0]); i++)
        if (within(address, &embedding[i].range))
            return is_special_v4(address + embedding[i].offset);
    return !within(address, &global_v6) || within_any(address, special_v6, sizeof(special_v6) / sizeof(special_v6[0]));
}

bool aw__address_is_special(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    /* Copied: the caller's may be aligned for a plain sockaddr only. */
    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof(v4));
        return is_special_v4((const unsigned char *)&v4.sin_addr);
    case AF_INET6:
        memcpy(&v6, address, sizeof(v6));
        return is_special_v6((const unsigned char *)&v6.sin6_addr);
    default:
        return true;
    }
}
