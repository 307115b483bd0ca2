/*
 * Opening listening sockets.
 */
#ifndef AW_HTTP_LISTEN_H
#define AW_HTTP_LISTEN_H

#include <actingweb/error.h>

enum { AW__LISTEN_MAX = 2 };

/* As aw__acceptor_params says. Non-blocking; the number of sockets in *ret_count (1 or 2), their port in *ret_port.
 * AW_E_INVALID, AW_E_BUSY, AW_E_UNSUPPORTED. */
int aw__listen_open(const char *host, int port, int ret_sockets[AW__LISTEN_MAX], int *ret_count, int *ret_port,
                    aw_error *err);

/* Before the last ones are accepted: the system begins no more connections, and those that it has begun can be accepted
 * still. Else one that it makes between the last accept() and close() is reset, with the request that it may have sent. */
void aw__listen_shut(int socket);

#endif
