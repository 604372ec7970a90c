/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/memory.h>
#include <stdalign.h>
#include <stdint.h>

/*
 * A block is a header and what its owner sees.  Classes count the header in, so that what reaches the memory below
 * is a power of two.  Free lists are bounded: a burst does not stay for ever.
 */

#define CLASS_SIZE_MIN_LOG2 6
#define CLASS_LARGE ACTI_POOL_CLASSES
#define KEPT_BYTES_MAX_LOG2 18 /* per class: 256 KiB have room for what a thousand calls in flight hold */

#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_BLOCKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS_BLOCKS 0
#endif
#endif
#ifndef KEEPS_BLOCKS
#define KEEPS_BLOCKS 1
#endif

struct acti_block {
	union {
		struct acti_list link;   /* on the owner's list */
		struct acti_block *next; /* on the pool's free list */
	};
	size_t class;
	alignas(16) unsigned char bytes[];
};

static struct acti_block *
block_of(void *bytes)
{
	return acti_container_of(bytes, struct acti_block, bytes);
}

static size_t
class_size(size_t class)
{
	return (size_t)1 << (CLASS_SIZE_MIN_LOG2 + class);
}

static size_t
class_kept_max(size_t class)
{
	return (size_t)1 << (KEPT_BYTES_MAX_LOG2 - CLASS_SIZE_MIN_LOG2 - class);
}

static size_t
class_for(size_t total)
{
	size_t class = (size_t)(64 - __builtin_clzl((total - 1) >> CLASS_SIZE_MIN_LOG2 | 1)) - (total <= class_size(0));

	return class < CLASS_LARGE ? class : CLASS_LARGE;
}

void
acti_pool_init(struct acti_pool *pool, struct acti_memory *memory)
{
	*pool = (struct acti_pool){ .memory = memory };
}

void
acti_pool_fini(struct acti_pool *pool)
{
	if (pool->memory == NULL)
		return;
	for (size_t class = 0; class < ACTI_POOL_CLASSES; class ++) {
		while (pool->free[class] != NULL) {
			struct acti_block *block = pool->free[class];

			pool->free[class] = block->next;
			acti_release(pool->memory, block);
		}
		pool->kept[class] = 0;
	}
}

static struct acti_block *__attribute__((noinline)) block_make(struct acti_pool *pool, size_t class, size_t total)
{
	struct acti_block *block = acti_allocate(pool->memory, class < CLASS_LARGE ? class_size(class) : total);

	if (block != NULL)
		block->class = class;
	return block;
}

/* A block is of one class for life. */
void *
acti_pool_allocate(struct acti_pool *pool, struct acti_list *owner, size_t size)
{
	struct acti_block *block = NULL;
	size_t class;

	if (size > PTRDIFF_MAX - sizeof *block)
		return NULL;
	class = class_for(size + sizeof *block);
	if (class < CLASS_LARGE)
		block = pool->free[class];
	if (block != NULL) {
		pool->free[class] = block->next;
		pool->kept[class]--;
	} else {
		block = block_make(pool, class, size + sizeof *block);
		if (block == NULL)
			return NULL;
	}
	acti_list_push_back(owner, &block->link);
	return block->bytes;
}

/* It is on no list any more. */
static void
block_keep(struct acti_pool *pool, struct acti_block *block)
{
	size_t class = block->class;

	if (KEEPS_BLOCKS && class < CLASS_LARGE && pool->kept[class] < class_kept_max(class)) {
		block->next = pool->free[class];
		pool->free[class] = block;
		pool->kept[class]++;
	} else {
		acti_release(pool->memory, block);
	}
}

void
acti_pool_release(struct acti_pool *pool, void *bytes)
{
	struct acti_block *block;

	if (bytes == NULL)
		return;
	block = block_of(bytes);
	block->link.prev->next = block->link.next;
	block->link.next->prev = block->link.prev;
	block_keep(pool, block);
}

void
acti_pool_release_all(struct acti_pool *pool, struct acti_list *owner)
{
	struct acti_list *link = owner->next;

	while (link != owner) {
		struct acti_block *block = acti_container_of(link, struct acti_block, link);

		link = link->next;
		block_keep(pool, block);
	}
	acti_list_init(owner);
}
