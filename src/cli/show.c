/*
 * How answers and mistakes are shown.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_complain(const char *format, ...)
{
    va_list args;

    fputs("actingweb: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

void cli_print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

void cli_print_value(const cli *c, const cli_answer *answer)
{
    if (answer->json && (c->json || !json_is_string(answer->json)))
        cli_print_json(answer->json);
    else
        puts(answer->json ? json_string_value(answer->json) : answer->text);
}

void cli_clean(char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
}

/* A value on one line: texts without quotes. The caller frees it. */
static char *plain(const json_t *value)
{
    if (value && !json_is_null(value) && !json_is_string(value))
        return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    char *text = strdup(json_is_string(value) ? json_string_value(value) : "");

    cli_clean(text);
    return text;
}

void cli_print_pairs(const json_t *object, const char *const *keys)
{
    for (size_t i = 0; keys[i]; i++) {
        char *value = plain(json_object_get(object, keys[i]));

        if (value && *value)
            printf("%-14s %s\n", keys[i], value);
        free(value);
    }
}

static size_t width_of(const json_t *rows, const char *key, const char *title)
{
    size_t width = strlen(title), i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        char *value = plain(json_object_get(row, key));

        if (value && strlen(value) > width)
            width = strlen(value);
        free(value);
    }
    return width;
}

void cli_print_table(const cli *c, const json_t *rows, const char *const *keys, const char *const *titles)
{
    size_t width[16] = {0}, columns = 0, i;
    json_t *row;

    for (; keys[columns] && columns < 16; columns++)
        width[columns] = width_of(rows, keys[columns], titles[columns]);
    if (c->colour)
        fputs("\033[1m", stdout);
    for (size_t k = 0; k < columns; k++)
        printf("%-*s%s", k + 1 < columns ? (int)width[k] : 0, titles[k], k + 1 < columns ? "  " : "");
    puts(c->colour ? "\033[0m" : "");
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < columns; k++) {
            char *value = plain(json_object_get(row, keys[k]));

            printf("%-*s%s", k + 1 < columns ? (int)width[k] : 0, value ? value : "", k + 1 < columns ? "  " : "");
            free(value);
        }
        putchar('\n');
    }
}
