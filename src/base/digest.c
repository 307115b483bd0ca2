/*
 * Digests. What they stand for is not known here.
 */
#include "base/digest.h"

#include <openssl/evp.h>
#include <pthread.h>

#include <actingweb/error.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

/* Kept for good: looking it up takes longer than digesting what most properties hold. */
static void find(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int aw__digest(const void *data, size_t bytes, unsigned char out[AW__DIGEST_OCTETS])
{
    pthread_once(&once, find);
    return sha256 && EVP_Digest(data, bytes, out, NULL, sha256, NULL) ? AW_OK : AW_E_UNSUPPORTED;
}
