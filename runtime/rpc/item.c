/* SPDX-License-Identifier: BSD-2-Clause */
#include <rpc/item.h>

#define BLOCK_SIZE_MAX (16u * 1024)
#define SHARING_SIZE_MAX (BLOCK_SIZE_MAX / 8) /* larger ones have a block of the pool to themselves */

static struct acti_item *
new_alone(struct acti_pool *pool, struct acti_list *owner, size_t capacity)
{
	struct acti_item *item = acti_pool_allocate(pool, owner, sizeof *item + ACTI_ITEM_ROOM + capacity);

	return item != NULL ? acti_item_init(item, NULL, capacity) : NULL;
}

/* What the pool would give anyway is used. */
static size_t
block_size(const struct acti_item_block *last, size_t wanted)
{
	size_t size = last != NULL ? 2 * (size_t)last->size : wanted, whole;

	if (size > BLOCK_SIZE_MAX)
		size = BLOCK_SIZE_MAX;
	whole = acti_pool_room(sizeof *last + (size > wanted ? size : wanted));
	return whole - sizeof *last;
}

struct acti_item *
acti_item_new_anew(struct acti_item_store *store, struct acti_pool *pool, struct acti_list *owner, size_t capacity)
{
	struct acti_item_block *block;
	size_t size;

	if (acti_item_size(capacity) > SHARING_SIZE_MAX)
		return new_alone(pool, owner, capacity);
	size = block_size(store->last, acti_item_size(capacity));
	block = acti_pool_allocate(pool, owner, sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->size = (uint32_t)size;
	block->used = 0;
	block->items = 0;
	store->last = block;
	return acti_item_new(store, pool, owner, capacity);
}

void
acti_item_free_block(struct acti_item_store *store, struct acti_pool *pool, struct acti_item_block *block)
{
	if (store->last == block)
		store->last = NULL;
	acti_pool_release(pool, block);
}
