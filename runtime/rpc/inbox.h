/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_INBOX_H
#define ACTI_RPC_INBOX_H

/*
 * Items that came and wait to be received.  Small ones lie as they came, each behind its frame's header, so that many are put
 * here at once, and one alone takes little; a large one, or one that has a loss to tell of, has a record of its own.
 */

#include <base/memory.h>
#include <string.h>
#include <wire/frame.h>

#define ACTI_ITEM_IN_PLACE_MIN (16u * 1024) /* from here on its message may begin in the room before its bytes */
#define ACTI_ITEM_ROOM 512

struct acti_item {
	struct acti_list link;
	uint64_t lost; /* the sender has dropped so many before it */
	uint32_t size, capacity;
};

/* NULL: memory is spent.  It is empty, and to be released to the pool. */
struct acti_item *acti_item_new(struct acti_pool *pool, struct acti_list *owner, size_t capacity);

static inline unsigned char *
acti_item_bytes(struct acti_item *item)
{
	return (unsigned char *)(item + 1) + (item->capacity >= ACTI_ITEM_IN_PLACE_MIN ? ACTI_ITEM_ROOM : 0);
}

struct acti_inbox_block {
	struct acti_inbox_block *next;
	uint32_t size, used;
	unsigned char bytes[];
};

struct acti_inbox {
	struct acti_inbox_block *first, *last; /* NULL: nothing waits */
	size_t read;                           /* of the first */
};

/* What waits longest. */
struct acti_arrival {
	const unsigned char *bytes; /* of a small one; there until it is taken */
	size_t size;
	struct acti_item *item; /* NULL: it is a small one */
};

static inline bool
acti_inbox_is_empty(const struct acti_inbox *inbox)
{
	return inbox->first == NULL;
}

/*
 * A place for at least `wanted` bytes of whole frames, which are to be added then: *ret_size says how many there is room for.
 * NULL: memory is spent.
 */
unsigned char *acti_inbox_place(struct acti_inbox *inbox, struct acti_pool *pool, struct acti_list *owner,
                                size_t wanted, size_t *ret_size);
void acti_inbox_add(struct acti_inbox *inbox, size_t size);

/* It is the inbox's until it is taken; false: memory is spent. */
bool acti_inbox_add_item(struct acti_inbox *inbox, struct acti_pool *pool, struct acti_list *owner,
                         struct acti_item *item);

/* The inbox is not empty. */
static inline struct acti_arrival
acti_inbox_first(const struct acti_inbox *inbox)
{
	const unsigned char *at = inbox->first->bytes + inbox->read;
	struct acti_arrival arrival = { .bytes = at + ACTI_FRAME_HEADER_SIZE, .size = acti_get_u32(at) };

	if (at[4] == ACTI_FRAME_YIELD)
		return arrival;
	memcpy(&arrival.item, at + 8, sizeof arrival.item);
	arrival.size = arrival.item->size;
	return arrival;
}

/* For the function below: of the first block nothing is left. */
void acti_inbox_drop_block(struct acti_inbox *inbox, struct acti_pool *pool);

/* Takes it out: an item is the caller's. */
static inline void
acti_inbox_take(struct acti_inbox *inbox, struct acti_pool *pool, const struct acti_arrival *first)
{
	inbox->read += ACTI_FRAME_HEADER_SIZE + (first->item == NULL ? first->size : 0);
	if (inbox->read == inbox->first->used)
		acti_inbox_drop_block(inbox, pool);
}

#endif
