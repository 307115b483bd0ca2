/*
 * Digests of bytes.
 */
#ifndef AW_BASE_DIGEST_H
#define AW_BASE_DIGEST_H

#include <actingweb/common.h>

#define AW__DIGEST_OCTETS 32

/* SHA-256. AW_OK, or AW_E_UNSUPPORTED when there is none to be had. */
int aw__digest(const void *data, size_t bytes, unsigned char out[AW__DIGEST_OCTETS]);

#endif
