/* SPDX-License-Identifier: BSD-2-Clause */
#include <rpc/inbox.h>

#define BLOCK_SIZE_MAX (16u * 1024)

struct acti_item *
acti_item_new(struct acti_pool *pool, struct acti_list *owner, size_t capacity)
{
	size_t room = capacity >= ACTI_ITEM_IN_PLACE_MIN ? ACTI_ITEM_ROOM : 0;
	struct acti_item *item = acti_pool_allocate(pool, owner, sizeof *item + room + capacity);

	if (item == NULL)
		return NULL;
	acti_list_init(&item->link);
	item->lost = 0;
	item->size = 0;
	item->capacity = (uint32_t)capacity;
	return item;
}

/* Each block is twice as large as the last, as long as something waits; what the pool gives beyond that is used. */
static size_t
block_size(const struct acti_inbox_block *last, size_t wanted)
{
	size_t size = last != NULL ? 2 * (size_t)last->size : wanted;

	if (size > BLOCK_SIZE_MAX)
		size = BLOCK_SIZE_MAX;
	return acti_pool_room(sizeof *last + (size > wanted ? size : wanted)) - sizeof *last;
}

static bool
add_block(struct acti_inbox *inbox, struct acti_pool *pool, struct acti_list *owner, size_t wanted)
{
	size_t size = block_size(inbox->last, wanted);
	struct acti_inbox_block *block = acti_pool_allocate(pool, owner, sizeof *block + size);

	if (block == NULL)
		return false;
	block->next = NULL;
	block->size = (uint32_t)size;
	block->used = 0;
	if (inbox->last != NULL)
		inbox->last->next = block;
	else
		inbox->first = block;
	inbox->last = block;
	return true;
}

unsigned char *
acti_inbox_place(struct acti_inbox *inbox, struct acti_pool *pool, struct acti_list *owner, size_t wanted,
                 size_t *ret_size)
{
	struct acti_inbox_block *block = inbox->last;

	if ((block == NULL || block->size - block->used < wanted) && !add_block(inbox, pool, owner, wanted))
		return NULL;
	block = inbox->last;
	*ret_size = block->size - block->used;
	return block->bytes + block->used;
}

void
acti_inbox_add(struct acti_inbox *inbox, size_t size)
{
	inbox->last->used += (uint32_t)size;
}

bool
acti_inbox_add_item(struct acti_inbox *inbox, struct acti_pool *pool, struct acti_list *owner, struct acti_item *item)
{
	size_t size;
	unsigned char *place = acti_inbox_place(inbox, pool, owner, ACTI_FRAME_HEADER_SIZE, &size);

	if (place == NULL)
		return false;
	memset(place, 0, 8); /* no frame */
	memcpy(place + 8, &item, sizeof item);
	acti_inbox_add(inbox, ACTI_FRAME_HEADER_SIZE);
	return true;
}

void
acti_inbox_drop_block(struct acti_inbox *inbox, struct acti_pool *pool)
{
	struct acti_inbox_block *block = inbox->first;

	inbox->first = block->next;
	if (inbox->first == NULL)
		inbox->last = NULL;
	inbox->read = 0;
	acti_pool_release(pool, block);
}
