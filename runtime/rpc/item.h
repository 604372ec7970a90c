/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_ITEM_H
#define ACTI_RPC_ITEM_H

/*
 * Items that came and wait to be received, packed.  They come and go in the same order, so small ones share blocks: one alone has
 * a block of its size, and each further block is twice as large as the last, until nothing waits any more.
 */

#include <base/memory.h>
#include <stdint.h>

#define ACTI_ITEM_ROOM \
	512 /* before the bytes of an item that shares no block: what it is decoded into can begin there */

struct acti_item_block {
	uint32_t size, used;
	uint32_t items; /* that are in it */
	alignas(8) unsigned char bytes[];
};

struct acti_item {
	struct acti_list link;
	struct acti_item_block *block; /* NULL: it is the only one in its block of the pool */
	uint64_t lost;                 /* the sender has dropped so many before it */
	uint32_t size, capacity;
};

struct acti_item_store {
	struct acti_item_block *last; /* NULL: there is none */
};

/* For the function below: when there is no room in the last block. */
struct acti_item *acti_item_new_anew(struct acti_item_store *store, struct acti_pool *pool, struct acti_list *owner,
                                     size_t capacity);
void acti_item_free_block(struct acti_item_store *store, struct acti_pool *pool, struct acti_item_block *block);

static inline unsigned char *
acti_item_bytes(struct acti_item *item)
{
	return (unsigned char *)(item + 1) + (item->block == NULL ? ACTI_ITEM_ROOM : 0);
}

static inline size_t
acti_item_size(size_t capacity)
{
	return (sizeof(struct acti_item) + capacity + 7) & ~(size_t)7;
}

static inline struct acti_item *
acti_item_init(struct acti_item *item, struct acti_item_block *block, size_t capacity)
{
	item->block = block;
	item->lost = 0;
	item->size = 0;
	item->capacity = (uint32_t)capacity;
	return item;
}

/* Of a size that a message may have, and empty; NULL: memory is spent. */
static inline struct acti_item *
acti_item_new(struct acti_item_store *store, struct acti_pool *pool, struct acti_list *owner, size_t capacity)
{
	struct acti_item_block *block = store->last;
	size_t size = acti_item_size(capacity);
	struct acti_item *item;

	if (block == NULL || block->size - block->used < size)
		return acti_item_new_anew(store, pool, owner, capacity);
	item = (struct acti_item *)(void *)(block->bytes + block->used);
	block->used += (uint32_t)size;
	block->items++;
	return acti_item_init(item, block, capacity);
}

/* One that is on no list; NULL is fine. */
static inline void
acti_item_free(struct acti_item_store *store, struct acti_pool *pool, struct acti_item *item)
{
	if (item == NULL)
		return;
	if (item->block == NULL)
		acti_pool_release(pool, item);
	else if (--item->block->items == 0)
		acti_item_free_block(store, pool, item->block);
}

#endif
