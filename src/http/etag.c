/*
 * Making entity tags, and finding one in a list.
 */
#include "http/etag.h"

#include <string.h>

#include "base/digest.h"
#include <actingweb/error.h>

enum { TAG_OCTETS = (AW__ETAG_BYTES - 3) / 2 };

/* Half of a SHA-256: nobody can make two representations with one tag. */
int aw__etag_make(const char *text, size_t bytes, char out[AW__ETAG_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char octets[AW__DIGEST_OCTETS];
    int rc = aw__digest(text, bytes, octets);

    if (rc)
        return rc;
    *out++ = '"';
    for (size_t i = 0; i < TAG_OCTETS; i++) {
        *out++ = digits[octets[i] >> 4];
        *out++ = digits[octets[i] & 15];
    }
    *out++ = '"';
    *out = '\0';
    return AW_OK;
}

/* ---- lists ---- */

struct tag {
    const char *opaque; /* with its quotes */
    size_t bytes;
    bool weak;
};

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* What may stand between the quotes: visible characters but the quote, and anything above ASCII. */
static bool is_tag_character(unsigned char c)
{
    return c == '!' || (c > '"' && c < 0x7F) || c >= 0x80;
}

/* One tag at *at, which moves behind it. */
static bool read_tag(const char **at, struct tag *ret_tag)
{
    const char *end = *at;

    ret_tag->weak = end[0] == 'W' && end[1] == '/';
    if (ret_tag->weak)
        end += 2;
    ret_tag->opaque = end;
    if (*end++ != '"')
        return false;
    while (is_tag_character((unsigned char)*end))
        end++;
    if (*end++ != '"')
        return false;
    ret_tag->bytes = (size_t)(end - ret_tag->opaque);
    *at = end;
    return true;
}

/* The next tag of the list, past blanks and empty elements. False at the list's end, where **at is NUL, or at a
 * mistake, where it is not. */
static bool next_tag(const char **at, struct tag *ret_tag)
{
    *at = skip_blanks(*at);
    while (**at == ',')
        *at = skip_blanks(*at + 1);
    if (!**at || !read_tag(at, ret_tag))
        return false;
    *at = skip_blanks(*at);
    return !**at || **at == ',';
}

static bool is_any(const char *list)
{
    list = skip_blanks(list);
    return *list == '*' && !*skip_blanks(list + 1);
}

bool aw__etag_list_valid(const char *list)
{
    struct tag tag;
    size_t count = 0;

    if (is_any(list))
        return true;
    while (next_tag(&list, &tag))
        count++;
    return count && !*list;
}

bool aw__etag_list_has(const char *list, const char *etag, aw__etag_comparison comparison)
{
    struct tag tag;
    bool weak = etag && etag[0] == 'W';
    const char *opaque = weak ? etag + 2 : etag;

    if (!etag)
        return false;
    if (is_any(list))
        return true;
    while (next_tag(&list, &tag)) {
        if (comparison == AW__ETAG_STRONG && (tag.weak || weak))
            continue;
        if (tag.bytes == strlen(opaque) && memcmp(tag.opaque, opaque, tag.bytes) == 0)
            return true;
    }
    return false;
}
