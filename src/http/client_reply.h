/*
 * An answer while it comes in: header lines and body, each with its limit. client.c feeds it.
 */
#ifndef AW_HTTP_CLIENT_REPLY_H
#define AW_HTTP_CLIENT_REPLY_H

#include "http/client.h"

typedef struct aw__http_reply {
    aw__buffer header_lines; /* of the last answer: those of a 100 Continue are forgotten */
    aw__buffer body;
    size_t header_bytes; /* of all answers, so that a peer cannot go on with 100 Continue for ever */
    aw__arena *arena;    /* of what was made for the response */
} aw__http_reply;

void aw__http_reply_init(aw__http_reply *reply, size_t max_body_bytes);
void aw__http_reply_free(aw__http_reply *reply); /* and leaves it empty */

/* One line as received: a status line, a header, or the empty one. AW_OK, AW_E_TOO_LARGE, AW_E_NOMEM. */
int aw__http_reply_line(aw__http_reply *reply, const char *line, size_t bytes);

/* The whole answer; borrowed from reply. AW_OK or AW_E_NOMEM. */
int aw__http_reply_response(aw__http_reply *reply, int status, aw__http_response *ret_response);

#endif
