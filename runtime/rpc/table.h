/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_TABLE_H
#define ACTI_RPC_TABLE_H

/*
 * What users hold by value: a place in a table of the actor's, and the generation of what is there.  A handle whose entry
 * has gone is stale for ever; {0} is none.
 */

#include <base/memory.h>
#include <stdbool.h>

struct acti_table_entry {
	uint32_t index, generation;
};

struct acti_table {
	struct acti_table_entry **slots;
	uint32_t count;
	uint32_t hint; /* no slot below it is free */
	uint32_t last_generation;
};

/* `owner` is what its memory belongs to.  false: memory is spent. */
bool acti_table_add(struct acti_table *table, struct acti_pool *pool, struct acti_list *owner,
                    struct acti_table_entry *entry);
void acti_table_remove(struct acti_table *table, struct acti_table_entry *entry);

/* NULL: stale, or no handle. */
static inline struct acti_table_entry *
acti_table_find(const struct acti_table *table, uint64_t handle)
{
	uint32_t index = (uint32_t)handle;
	struct acti_table_entry *entry = index < table->count ? table->slots[index] : NULL;

	return entry != NULL && entry->generation == (uint32_t)(handle >> 32) ? entry : NULL;
}

static inline uint64_t
acti_table_handle(const struct acti_table_entry *entry)
{
	return (uint64_t)entry->generation << 32 | entry->index;
}

#endif
