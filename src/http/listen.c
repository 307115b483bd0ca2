/*
 * Listening sockets for a host and a port. Accepting is acceptor.c's.
 */
#include "http/listen.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

/* The kernel cuts it to net.core.somaxconn. */
enum { BACKLOG = 4096 };

enum { PORT_TEXT = 8 };

/* -1 with errno. dual: an IPv6 socket takes IPv4 too. */
static int open_socket(const struct sockaddr *address, socklen_t bytes, bool dual)
{
    int on = 1, v6_only = !dual;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only)) != 0)
        goto failed;
    if (bind(fd, address, bytes) != 0 || listen(fd, BACKLOG) != 0)
        goto failed;
    return fd;

failed:;
    int saved = errno;

    close(fd);
    errno = saved;
    return -1;
}

static int open_v4(uint32_t address, int port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    in.sin_addr.s_addr = htonl(address);
    return open_socket((const struct sockaddr *)&in, sizeof(in), false);
}

static int open_v6(const struct in6_addr *address, int port, bool dual)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = *address};

    return open_socket((const struct sockaddr *)&in, sizeof(in), dual);
}

static int port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t bytes = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &bytes) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&address)->sin6_port
                                               : ((const struct sockaddr_in *)&address)->sin_port);
}

/* An IPv4 address that is in use already is an error; a missing or taken ::1 beside it is not. */
static int open_localhost(int port, int sockets[AW__LISTEN_MAX])
{
    int count = 0;
    int fd = open_v4(INADDR_LOOPBACK, port);

    if (fd < 0 && errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)
        return 0;
    if (fd >= 0) {
        sockets[count++] = fd;
        port = port_of(fd);
    }
    fd = open_v6(&in6addr_loopback, port, false);
    if (fd >= 0)
        sockets[count++] = fd;
    else if (count)
        aw__log(AW_LOG_INFO, "server: localhost is 127.0.0.1 only, not ::1: %s", strerror(errno));
    return count;
}

static int open_all_interfaces(int port, int sockets[AW__LISTEN_MAX])
{
    int fd = open_v6(&in6addr_any, port, true);

    if (fd < 0 && errno != EADDRINUSE && errno != EACCES)
        fd = open_v4(INADDR_ANY, port); /* a system without IPv6 */
    sockets[0] = fd;
    return fd >= 0;
}

/* AW_E_INVALID when host is no address; otherwise the number of sockets. */
static int open_address(const char *host, int port, int sockets[AW__LISTEN_MAX])
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[PORT_TEXT], name[INET6_ADDRSTRLEN + 32];
    size_t bytes = strlen(host);
    bool bracketed = bytes > 2 && host[0] == '[' && host[bytes - 1] == ']';

    snprintf(service, sizeof(service), "%d", port);
    if (bracketed)
        snprintf(name, sizeof(name), "%.*s", (int)bytes - 2, host + 1);
    if (getaddrinfo(bracketed ? name : host, service, &hints, &found) != 0)
        return AW_E_INVALID;
    sockets[0] = open_socket(found->ai_addr, found->ai_addrlen, false);
    int saved = errno;

    freeaddrinfo(found);
    errno = saved;
    return sockets[0] >= 0;
}

int aw__listen_open(const char *host, int port, int ret_sockets[AW__LISTEN_MAX], int *ret_count, int *ret_port,
                    aw_error *err)
{
    int sockets[AW__LISTEN_MAX] = {-1, -1};
    int count;

    if (port < 0 || port > UINT16_MAX)
        return aw__fail(err, AW_E_INVALID, "cannot listen on port %d: ports are 1 to 65535, or 0 for any", port);
    if (aw__text_empty(host) || aw__text_equal(host, "*"))
        count = open_all_interfaces(port, sockets);
    else if (aw__text_equal(host, "localhost"))
        count = open_localhost(port, sockets);
    else
        count = open_address(host, port, sockets);
    if (count < 0)
        return aw__fail(err, count, "cannot listen on \"%s\": give an address, \"localhost\" or \"*\"", host);
    if (count == 0)
        return aw__fail(err, errno == EADDRINUSE ? AW_E_BUSY : AW_E_UNSUPPORTED, "cannot listen on %s port %d: %s",
                        aw__text_empty(host) ? "*" : host, port, strerror(errno));
    memcpy(ret_sockets, sockets, sizeof(sockets));
    *ret_count = count;
    *ret_port = port_of(sockets[0]);
    return AW_OK;
}

/* A filter that drops what begins a connection: a TCP header with SYN and without ACK. The other side hears nothing of
 * that, and asks once more a second later: by then the socket is closed, and it is told so before it could send
 * anything. */
void aw__listen_shut(int socket)
{
    enum { FLAGS_AT = 13, SYN = 0x02, ACK = 0x10 };
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0)
        aw__log(AW_LOG_DEBUG, "server: connections are made until the end: %s", strerror(errno));
}
