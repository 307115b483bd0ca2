/*
 * Requests before they are sent: what may not be in one, and its header lines as libcurl wants them.
 */
#ifndef AW_HTTP_CLIENT_REQUEST_H
#define AW_HTTP_CLIENT_REQUEST_H

#include "http/client.h"

#define AW__HTTP_NAME_BYTES 128 /* of a method's or a header's name, and the NUL */

/* URL, method and headers are well-formed: nothing in them can end a line early or begin a second request.
 * AW_OK, AW_E_INVALID. */
int aw__http_request_check(const aw__http_request *request, aw_error *err);

bool aw__http_request_has(const char *const *headers, const char *name);

/* A checked line as libcurl wants it: "Name: value" itself, or, when it has no value, "Name;" in scratch. */
const char *aw__http_request_line(const char *line, char scratch[AW__HTTP_NAME_BYTES + 1]);

#endif
