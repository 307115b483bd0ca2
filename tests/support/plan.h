/*
 * How a database would find the rows of a statement, in words that are the same for both.
 */
#ifndef TESTS_SUPPORT_PLAN_H
#define TESTS_SUPPORT_PLAN_H

#include "base/alloc.h"
#include "store/statement.h"

enum { TEST_PLAN_STEPS = 128, TEST_PLAN_PARAMETERS = 32 };

typedef struct test_plan_step {
    const char *table; /* or its alias; with PostgreSQL the partition, "" where another step says which */
    const char *by;    /* the condition that an index is searched with, "" when it is walked from one end to the other; */
    bool whole;        /* or the table is read as it lies */
} test_plan_step;

typedef struct test_plan {
    test_plan_step steps[TEST_PLAN_STEPS];
    size_t count;
    bool sorts;       /* what was found */
    const char *text; /* of the database, for messages */
} test_plan;

/* values: of PostgreSQL's parameters of type text, by their numbers from 1 on; all of them are in arena afterwards.
 * Fails the test when there is no plan. */
void test_plan_of(aw_database *database, const char *sql, const char *const *values, aw__arena *arena, test_plan *ret_plan);

/* The step's condition asks for one value of this column: "id". */
bool test_plan_step_has(const test_plan_step *step, const char *column);
/* For values on this side of one: '<' or '>'. */
bool test_plan_step_compares(const test_plan_step *step, const char *column, char sign);

#endif
