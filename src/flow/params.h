/*
 * What an application hands over, checked before anything is started. Messages name the field and never show its value,
 * which may be a secret.
 */
#ifndef AW_FLOW_PARAMS_H
#define AW_FLOW_PARAMS_H

#include "base/alloc.h"
#include <actingweb/error.h>

#define AW__NAME_MAX_BYTES 255  /* ids, relationships, secrets, types: what the store's columns hold */
#define AW__TEXT_MAX_BYTES 2048 /* descriptions and paths */

/* Copies a params struct as aw__params_read() does. AW_E_INVALID when it is NULL, or its size was never set. */
int aw__check_params(void *ret_params, size_t bytes, const void *params, aw_error *err);

/* NULL is fine. AW_E_INVALID when longer, or with control characters or broken UTF-8. */
int aw__check_text(const char *name, const char *value, size_t max_bytes, aw_error *err);
/* The same, but neither NULL nor empty. */
int aw__check_required(const char *name, const char *value, size_t max_bytes, aw_error *err);
/* NULL is fine. What can be one segment of a path once it is encoded: not empty, not "." or "..". */
int aw__check_segment(const char *name, const char *value, aw_error *err);
/* NULL is fine. An actor's id, as aw__id_valid() has it: ids are joined with ":" to the store's keys, where one that
 * holds ":" could pass for another. */
int aw__check_id(const char *name, const char *value, aw_error *err);
int aw__check_timeout(int timeout_ms, aw_error *err);

/* What all questions have in common whose answer is kept: whom, how long, and how old an answer may be (-1: a new one,
 * 0: the default). */
int aw__check_question(const char *peer_id, int timeout_ms, int max_age_s, aw_error *err);

/* An actor's URL, without the slashes at its end, in the arena. AW_E_INVALID when it is none or has a query. */
int aw__check_actor_url(aw__arena *arena, const char *name, const char *value, const char **ret_url, aw_error *err);

#endif
