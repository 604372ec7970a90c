/* SPDX-License-Identifier: BSD-2-Clause */
#include <rpc/table.h>
#include <string.h>

#define FIRST_SLOTS 16

static bool
grow(struct acti_table *table, struct acti_pool *pool, struct acti_list *owner)
{
	uint32_t count = table->count > 0 ? table->count * 2 : FIRST_SLOTS;
	struct acti_table_entry **slots = acti_pool_allocate(pool, owner, count * sizeof(struct acti_table_entry *));

	if (slots == NULL)
		return false;
	memset(slots, 0, count * sizeof(struct acti_table_entry *));
	if (table->slots != NULL)
		memcpy(slots, table->slots, table->count * sizeof(struct acti_table_entry *));
	acti_pool_release(pool, table->slots);
	table->slots = slots;
	table->count = count;
	return true;
}

bool
acti_table_add(struct acti_table *table, struct acti_pool *pool, struct acti_list *owner,
               struct acti_table_entry *entry)
{
	uint32_t index = table->hint;

	while (index < table->count && table->slots[index] != NULL)
		index++;
	if (index == table->count && !grow(table, pool, owner))
		return false;
	*entry = (struct acti_table_entry){ .index = index, .generation = ++table->last_generation };
	table->slots[index] = entry;
	table->hint = index + 1;
	return true;
}

void
acti_table_remove(struct acti_table *table, struct acti_table_entry *entry)
{
	table->slots[entry->index] = NULL;
	if (entry->index < table->hint)
		table->hint = entry->index;
}
