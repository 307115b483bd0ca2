/*
 * Statements, looked for in files.
 */
#include "support/statements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SQL_FENCE "```sql\n"

static char *read_file(const char *path, size_t *ret_bytes)
{
    FILE *file = fopen(path, "rb");
    size_t bytes = 0;
    char *text;

    if (!file)
        fail_msg("%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    bytes = (size_t)ftell(file);
    rewind(file);
    text = calloc(1, bytes + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, bytes, file), bytes);
    fclose(file);
    *ret_bytes = bytes;
    return text;
}

static void add(test_statements *all, const char *text)
{
    for (size_t i = 0; i < all->count; i++)
        if (!strcmp(all->texts[i], text))
            return;
    assert_true(all->count < TEST_STATEMENTS_MAX);
    all->texts[all->count++] = text;
}

/* ---- in the library ---- */

static bool begins_a_statement(const char *text)
{
    static const char *const words[] = {"SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "WITH "};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strncmp(text, words[i], strlen(words[i])))
            return true;
    return false;
}

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

void test_statements_of_library(const char *path, aw__arena *arena, test_statements *ret_statements)
{
    size_t bytes = 0;
    char *text = read_file(path, &bytes);

    ret_statements->count = 0;
    for (size_t i = 1; i < bytes; i++)
        if (!is_printable(text[i - 1]) && begins_a_statement(text + i))
            add(ret_statements, aw__arena_strdup(arena, text + i));
    free(text);
}

/* ---- in a document ---- */

/* With one space for many, and none at the ends. */
static const char *squeezed(const char *text, size_t bytes, aw__arena *arena)
{
    char *out = aw__arena_strdup(arena, text), *end = out;

    for (size_t i = 0; i < bytes; i++) {
        bool space = text[i] == ' ' || text[i] == '\n';

        if (!space)
            *end++ = text[i];
        else if (end > out && end[-1] != ' ')
            *end++ = ' ';
    }
    end -= end > out && end[-1] == ' ';
    *end = '\0';
    return out;
}

static void add_block(test_statements *all, const char *block, const char *end, aw__arena *arena)
{
    while (block < end) {
        size_t bytes = strcspn(block, ";");

        if (block + bytes < end)
            add(all, squeezed(block, bytes, arena));
        block += bytes + 1;
    }
}

void test_statements_of_document(const char *path, const char *heading, aw__arena *arena, test_statements *ret_statements)
{
    size_t bytes = 0;
    char *text = read_file(path, &bytes);
    char *from = strstr(text, heading);

    if (!from)
        fail_msg("%s has no \"%s\"", path, heading);
    from += strlen(heading);

    char *next = strstr(from, "\n#");

    if (next)
        *next = '\0';
    ret_statements->count = 0;
    while ((from = strstr(from, SQL_FENCE))) {
        char *end = strstr(from += strlen(SQL_FENCE), "```");

        assert_non_null(end);
        add_block(ret_statements, from, end, arena);
        from = end + 3;
    }
    free(text);
}

bool test_statement_fits(const char *text, const char *pattern)
{
    const char *gap = strstr(pattern, "...");
    size_t bytes = gap ? (size_t)(gap - pattern) : strlen(pattern);

    if (strncmp(text, pattern, bytes) != 0)
        return false;
    if (!gap)
        return text[bytes] == '\0';
    for (text += bytes; *text; text++)
        if (test_statement_fits(text, gap + 3))
            return true;
    return gap[3] == '\0';
}
