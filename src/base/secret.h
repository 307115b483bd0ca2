/*
 * Secrets: making, comparing and wiping them.
 */
#ifndef AW_BASE_SECRET_H
#define AW_BASE_SECRET_H

#include <actingweb/common.h>

#define AW__TOKEN_BYTES 41 /* 20 random bytes in hex and the NUL */

/* A passphrase, trust secret or verification token: 40 lowercase hex digits. AW_E_UNSUPPORTED without randomness. */
int aw__token_new(char out[AW__TOKEN_BYTES]);

/* In a time that depends on presented's length alone. NULL and empty texts equal nothing. */
bool aw__secret_equal(const char *expected, const char *presented);

void aw__secret_wipe(void *data, size_t bytes);

#endif
