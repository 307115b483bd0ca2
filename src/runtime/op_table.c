/*
 * Operations by handle: a hash table chained through the operations themselves. Handles count up, so their low bits
 * are a perfect hash of those that are under way together.
 */
#include "runtime/loop.h"

#include "base/alloc.h"

enum { FIRST_BUCKETS = 64 };

int aw__op_table_init(aw__op_table *table)
{
    table->buckets = aw__calloc(FIRST_BUCKETS, sizeof(table->buckets[0]));
    if (!table->buckets)
        return AW_E_NOMEM;
    table->mask = FIRST_BUCKETS - 1;
    pthread_mutex_init(&table->lock, NULL);
    return AW_OK;
}

void aw__op_table_free(aw__op_table *table)
{
    if (!table->buckets)
        return;
    pthread_mutex_destroy(&table->lock);
    aw__free(table->buckets);
    table->buckets = NULL;
}

static aw__op **bucket_of(const aw__op_table *table, aw_op handle)
{
    return &table->buckets[handle & table->mask];
}

static void push(aw__op_table *table, aw__op *op)
{
    aw__op **bucket = bucket_of(table, op->handle);

    op->table_next = *bucket;
    *bucket = op;
}

/* Doubles the buckets. Without memory for it the chains get longer, and nothing fails. */
static void grow(aw__op_table *table)
{
    size_t count = table->mask + 1;
    aw__op **before = table->buckets;
    aw__op **buckets = aw__calloc(2 * count, sizeof(buckets[0]));

    if (!buckets)
        return;
    table->buckets = buckets;
    table->mask = 2 * count - 1;
    for (size_t i = 0; i < count; i++) {
        for (aw__op *op = before[i], *next; op; op = next) {
            next = op->table_next;
            push(table, op);
        }
    }
    aw__free(before);
}

bool aw__op_table_add(aw__op_table *table, aw__op *op)
{
    bool open;

    pthread_mutex_lock(&table->lock);
    open = !table->closed;
    if (open) {
        if (table->used > table->mask)
            grow(table);
        op->handle = ++table->newest;
        push(table, op);
        table->used++;
    }
    pthread_mutex_unlock(&table->lock);
    return open;
}

void aw__op_table_remove(aw__op_table *table, aw__op *op)
{
    pthread_mutex_lock(&table->lock);
    for (aw__op **at = bucket_of(table, op->handle); *at; at = &(*at)->table_next) {
        if (*at == op) {
            *at = op->table_next;
            table->used--;
            break;
        }
    }
    pthread_mutex_unlock(&table->lock);
}

aw__op *aw__op_table_claim_cancel(aw__op_table *table, aw_op handle, bool *ret_known)
{
    aw__op *op;

    pthread_mutex_lock(&table->lock);
    op = *bucket_of(table, handle);
    while (op && op->handle != handle)
        op = op->table_next;
    *ret_known = op != NULL;
    if (op)
        op = atomic_exchange(&op->cancel_asked, true) ? NULL : aw__op_ref(op);
    pthread_mutex_unlock(&table->lock);
    return op;
}

void aw__op_table_close(aw__op_table *table)
{
    pthread_mutex_lock(&table->lock);
    table->closed = true;
    pthread_mutex_unlock(&table->lock);
}
