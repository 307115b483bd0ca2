/*
 * Secrets: randomness, comparison in constant time, wiping. Password hashing is not here.
 */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/text.h"
#include <actingweb/error.h>

int aw__token_new(char out[AW__TOKEN_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[(AW__TOKEN_BYTES - 1) / 2];

    if (RAND_bytes(bytes, (int)sizeof(bytes)) != 1)
        return AW_E_UNSUPPORTED;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[AW__TOKEN_BYTES - 1] = '\0';
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return AW_OK;
}

/* One turn per byte of presented, its NUL included; the place in expected stops at expected's NUL. Neither the length
 * nor the first difference of expected changes the number of turns. */
bool aw__secret_equal(const char *expected, const char *presented)
{
    if (aw__text_empty(expected) || aw__text_empty(presented))
        return false;
    size_t turns = strlen(presented) + 1;
    size_t at = 0;
    int different = 0;

    for (size_t i = 0; i < turns; i++) {
        different |= CRYPTO_memcmp(expected + at, presented + i, 1);
        at += expected[at] != '\0';
    }
    return different == 0;
}

void aw__secret_wipe(void *data, size_t bytes)
{
    if (data)
        OPENSSL_cleanse(data, bytes);
}
