/*
 * Identifiers. Secrets are in secret.c.
 */
#include "base/id.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include <actingweb/error.h>

enum { UUID_OCTETS = 16, SHA1_OCTETS = 20, ID_MAX_BYTES = 255 };

/* RFC 4122, appendix C: the namespace of names that are URLs. */
static const unsigned char url_namespace[UUID_OCTETS] = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                                         0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static void set_version(unsigned char octets[UUID_OCTETS], int version)
{
    octets[6] = (unsigned char)((octets[6] & 0x0f) | version << 4);
    octets[8] = (unsigned char)((octets[8] & 0x3f) | 0x80);
}

static void write_hex(char *out, const unsigned char *octets, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        *out++ = digits[octets[i] >> 4];
        *out++ = digits[octets[i] & 15];
    }
    *out = '\0';
}

/* The name is url, this moment and some randomness: the moment alone would repeat within a microsecond, and between
 * processes that serve one URL. */
static int hash_name(const char *url, unsigned char digest[SHA1_OCTETS])
{
    char moment[AW__TIMESTAMP_BYTES];
    unsigned char random[UUID_OCTETS];
    int rc = AW_OK;

    if (RAND_bytes(random, (int)sizeof(random)) != 1)
        return AW_E_UNSUPPORTED;
    aw__timestamp_iso(aw__utc_us(), moment);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();

    if (!hash)
        return AW_E_NOMEM;
    if (!EVP_DigestInit_ex(hash, EVP_sha1(), NULL) || !EVP_DigestUpdate(hash, url_namespace, sizeof(url_namespace)) ||
        !EVP_DigestUpdate(hash, url, strlen(url)) || !EVP_DigestUpdate(hash, moment, strlen(moment)) ||
        !EVP_DigestUpdate(hash, random, sizeof(random)) || !EVP_DigestFinal_ex(hash, digest, NULL))
        rc = AW_E_UNSUPPORTED;
    EVP_MD_CTX_free(hash);
    return rc;
}

int aw__id_new(const char *url, char out[AW__ID_BYTES])
{
    unsigned char digest[SHA1_OCTETS];
    int rc = hash_name(url, digest);

    if (rc)
        return rc;
    set_version(digest, 5);
    write_hex(out, digest, UUID_OCTETS);
    return AW_OK;
}

int aw__id_new_later(const char *url, char out[AW__ID_BYTES])
{
    enum { MOMENT_OCTETS = 7 };
    unsigned char digest[SHA1_OCTETS];
    int rc = hash_name(url, digest);
    uint64_t moment = (uint64_t)aw__utc_us();

    if (rc)
        return rc;
    for (int i = 0; i < MOMENT_OCTETS; i++)
        digest[i] = (unsigned char)(moment >> 8 * (MOMENT_OCTETS - 1 - i));
    write_hex(out, digest, UUID_OCTETS);
    return AW_OK;
}

int aw__uuid4(char out[AW__UUID_BYTES])
{
    static const size_t groups[] = {4, 2, 2, 2, 6}; /* octets between the dashes */
    unsigned char octets[UUID_OCTETS];
    const unsigned char *next = octets;

    if (RAND_bytes(octets, (int)sizeof(octets)) != 1)
        return AW_E_UNSUPPORTED;
    set_version(octets, 4);
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
        if (i)
            *out++ = '-';
        write_hex(out, next, groups[i]);
        out += 2 * groups[i];
        next += groups[i];
    }
    return AW_OK;
}

bool aw__id_valid(const char *id)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~";

    if (!id || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return false;
    size_t bytes = strnlen(id, ID_MAX_BYTES + 1);

    return bytes >= 1 && bytes <= ID_MAX_BYTES && strspn(id, allowed) == bytes;
}
