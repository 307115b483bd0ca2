/*
 * Every statement that the library holds, and those that docs/sharding.md lists.
 */
#ifndef TESTS_SUPPORT_STATEMENTS_H
#define TESTS_SUPPORT_STATEMENTS_H

#include "base/alloc.h"

enum { TEST_STATEMENTS_MAX = 300 };

typedef struct test_statements {
    const char *texts[TEST_STATEMENTS_MAX];
    size_t count;
} test_statements;

/* All texts in the file of a library that begin as statements on rows do, each once. */
void test_statements_of_library(const char *path, aw__arena *arena, test_statements *ret_statements);

/* The blocks of SQL below a heading of a document, up to the next heading. Each ends with ";", and white space is one
 * space, as in the library. */
void test_statements_of_document(const char *path, const char *heading, aw__arena *arena, test_statements *ret_statements);

/* The text is as the pattern says, in which "..." is anything. */
bool test_statement_fits(const char *text, const char *pattern);

#endif
