/*
 * Making the public answer.
 */
#ifndef AW_HTTP_ANSWER_H
#define AW_HTTP_ANSWER_H

#include "http/client.h"
#include <actingweb/http.h>

/* A copy; NULL when out of memory. */
aw_http_answer *aw__http_answer_new(const aw__http_response *response);

#endif
