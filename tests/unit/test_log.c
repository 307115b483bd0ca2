/*
 * Log lines reach the application's function, and only the wanted ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

struct heard {
    int lines;
    int inside; /* calls at one time */
    bool overlapped;
    aw_log_level level;
    char last[2048];
};

static void hear(aw_log_level level, const char *line, void *ud)
{
    struct heard *heard = ud;

    heard->overlapped |= heard->inside++ > 0;
    heard->lines++;
    heard->level = level;
    snprintf(heard->last, sizeof(heard->last), "%s", line);
    heard->inside--;
}

static int silence(void **state)
{
    (void)state;
    aw_log_to(NULL, AW_LOG_TRACE, NULL);
    return 0;
}

static void silent_without_a_function(void **state)
{
    (void)state;
    assert_false(aw__log_wants(AW_LOG_ERROR));
    aw__log(AW_LOG_ERROR, "nobody hears %s", "this");
    aw_log_to(NULL, AW_LOG_TRACE, NULL);
    assert_false(aw__log_wants(AW_LOG_ERROR));
}

static void lines_up_to_the_level_arrive(void **state)
{
    (void)state;
    struct heard heard = {0};

    aw_log_to(hear, AW_LOG_INFO, &heard);
    assert_true(aw__log_wants(AW_LOG_ERROR));
    assert_true(aw__log_wants(AW_LOG_INFO));
    assert_false(aw__log_wants(AW_LOG_DEBUG));
    aw__log(AW_LOG_DEBUG, "too fine");
    assert_int_equal(heard.lines, 0);
    aw__log(AW_LOG_WARNING, "peer %s answered %d", "bob", 503);
    assert_int_equal(heard.lines, 1);
    assert_int_equal(heard.level, AW_LOG_WARNING);
    assert_string_equal(heard.last, "peer bob answered 503");
}

static void a_line_is_one_line_however_long(void **state)
{
    (void)state;
    struct heard heard = {0};
    char text[4000];

    aw_log_to(hear, AW_LOG_TRACE, &heard);
    aw__log(AW_LOG_INFO, "%s", "first\nforged");
    assert_string_equal(heard.last, "first?forged");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    aw__log(AW_LOG_INFO, "%s", text);
    assert_int_equal(heard.lines, 2);
    assert_in_range(strlen(heard.last), 500, 1999);
}

static void *say_often(void *ud)
{
    (void)ud;
    for (int i = 0; i < 500; i++)
        aw__log(AW_LOG_INFO, "line %d", i);
    return NULL;
}

static void one_line_at_a_time(void **state)
{
    (void)state;
    struct heard heard = {0};
    pthread_t threads[4];

    aw_log_to(hear, AW_LOG_INFO, &heard);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, say_often, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(heard.lines, 2000);
    assert_false(heard.overlapped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(silent_without_a_function, silence),
        cmocka_unit_test_teardown(lines_up_to_the_level_arrive, silence),
        cmocka_unit_test_teardown(a_line_is_one_line_however_long, silence),
        cmocka_unit_test_teardown(one_line_at_a_time, silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
