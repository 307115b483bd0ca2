/*
 * Ranks. Which items have them is src/actor/list_edit.c's.
 */
#include "model/rank.h"

#include <string.h>

enum { BASE = 62, INTEGER_MAX_BYTES = 27 };

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* A key under way. */
struct key {
    char text[AW__RANK_SIZE];
    size_t bytes;
    bool failed; /* no room */
};

static int value_of(char digit)
{
    return (int)(strchr(digits, digit) - digits);
}

static void push(struct key *key, char c)
{
    if (key->bytes == AW__RANK_MAX_BYTES) {
        key->failed = true;
        return;
    }
    key->text[key->bytes++] = c;
}

static void push_text(struct key *key, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        push(key, text[i]);
}

/* How long an integer is that begins so; 0: none does. */
static size_t integer_bytes(char head)
{
    if (head >= 'a' && head <= 'z')
        return (size_t)(head - 'a') + 2;
    if (head >= 'A' && head <= 'Z')
        return (size_t)('Z' - head) + 2;
    return 0;
}

/* "A" and zeros, below which there is nothing; it needs a fraction. */
static bool is_least(const char *integer)
{
    return *integer == 'A' && strspn(integer + 1, "0") >= INTEGER_MAX_BYTES - 1;
}

bool aw__rank_valid(const char *text)
{
    size_t bytes = strlen(text), whole = integer_bytes(*text);

    if (text[strspn(text, digits)] || !whole || whole > bytes || bytes > AW__RANK_MAX_BYTES)
        return false;
    if (whole == bytes)
        return !is_least(text);
    return text[bytes - 1] != '0';
}

/* The integer after this one; false when it is the last. */
static bool increment(const char *key, char ret_integer[INTEGER_MAX_BYTES + 2])
{
    size_t bytes = integer_bytes(*key), i = bytes;

    memcpy(ret_integer, key, bytes);
    ret_integer[bytes] = '\0';
    while (--i > 0 && ret_integer[i] == 'z')
        ret_integer[i] = '0';
    if (i > 0) {
        ret_integer[i] = digits[value_of(ret_integer[i]) + 1];
        return true;
    }
    if (*key == 'z')
        return false;
    /* All digits ran over: the next head, which has one digit more, or one less below zero. */
    char head = *key == 'Z' ? 'a' : (char)(*key + 1);

    bytes = integer_bytes(head);
    ret_integer[0] = head;
    memset(ret_integer + 1, '0', bytes - 1);
    ret_integer[bytes] = '\0';
    return true;
}

/* The integer before this one, which is not the least. */
static void decrement(const char *key, char ret_integer[INTEGER_MAX_BYTES + 2])
{
    size_t bytes = integer_bytes(*key), i = bytes;

    memcpy(ret_integer, key, bytes);
    ret_integer[bytes] = '\0';
    while (--i > 0 && ret_integer[i] == '0')
        ret_integer[i] = 'z';
    if (i > 0) {
        ret_integer[i] = digits[value_of(ret_integer[i]) - 1];
        return;
    }
    char head = *key == 'a' ? 'Z' : (char)(*key - 1);

    bytes = integer_bytes(head);
    ret_integer[0] = head;
    memset(ret_integer + 1, 'z', bytes - 1);
    ret_integer[bytes] = '\0';
}

/* Adds a fraction between two; above NULL: below one. Neither ends in "0", and they are in order. */
static void push_between(struct key *key, const char *below, const char *above)
{
    while (!key->failed) {
        int low = *below ? value_of(*below) : 0;
        int high = above ? value_of(*above) : BASE;

        if (high - low > 1) {
            push(key, digits[(low + high + 1) / 2]);
            return;
        }
        if (high - low == 1 && above && above[1]) {
            push(key, digits[high]); /* shorter than what is above, and so below it */
            return;
        }
        push(key, digits[low]);
        below += *below != '\0';
        above = above && high == low ? above + 1 : NULL;
    }
}

static void push_first(struct key *key, const char *after)
{
    size_t whole = integer_bytes(*after);
    char integer[INTEGER_MAX_BYTES + 2];

    if (is_least(after)) {
        push_text(key, after, whole);
        push_between(key, "", after + whole);
    } else if (after[whole]) {
        push_text(key, after, whole);
    } else {
        decrement(after, integer);
        push_text(key, integer, strlen(integer));
        if (is_least(integer))
            push_between(key, "", NULL);
    }
}

static void push_after(struct key *key, const char *before, const char *after)
{
    size_t whole = integer_bytes(*before);
    char integer[INTEGER_MAX_BYTES + 2];

    if (after && !strncmp(before, after, whole)) {
        push_text(key, before, whole);
        push_between(key, before + whole, after + whole);
    } else if (increment(before, integer) && (!after || strcmp(integer, after) < 0)) {
        push_text(key, integer, strlen(integer));
    } else {
        push_text(key, before, whole);
        push_between(key, before + whole, NULL);
    }
}

int aw__rank_between(const char *before, const char *after, char ret_rank[AW__RANK_SIZE])
{
    struct key key = {.bytes = 0};

    if ((before && !aw__rank_valid(before)) || (after && !aw__rank_valid(after)) || (before && after && strcmp(before, after) >= 0))
        return AW_E_INVALID;
    if (before)
        push_after(&key, before, after);
    else if (after)
        push_first(&key, after);
    else
        push_text(&key, "a0", 2);
    if (key.failed)
        return AW_E_TOO_LARGE;
    memcpy(ret_rank, key.text, sizeof(key.text));
    return AW_OK;
}

int aw__rank_beyond(const char *last, char ret_rank[AW__RANK_SIZE])
{
    struct key key = {.bytes = 0};

    if (!last || aw__rank_valid(last))
        return aw__rank_between(last, NULL, ret_rank);
    if ((unsigned char)*last >= 'z') /* what is no ASCII, too */
        return AW_E_TOO_LARGE;
    char head = *last >= 'a' ? (char)(*last + 1) : 'a';

    push(&key, head);
    for (size_t i = 1; i < integer_bytes(head); i++)
        push(&key, '0');
    memcpy(ret_rank, key.text, sizeof(key.text));
    return AW_OK;
}
