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

struct block {
	struct acti_list link; /* on the owner's list, or on the pool's free list */
	size_t class;
	alignas(16) unsigned char bytes[];
};

static struct block *
block_of(void *bytes)
{
	return acti_container_of(bytes, struct block, bytes);
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
	size_t class = total <= class_size(0) ? 0 : (size_t)(64 - __builtin_clzl(total - 1)) - CLASS_SIZE_MIN_LOG2;

	return class < CLASS_LARGE ? class : CLASS_LARGE;
}

void
acti_pool_init(struct acti_pool *pool, struct acti_memory *memory)
{
	pool->memory = memory;
	for (size_t class = 0; class < ACTI_POOL_CLASSES; class ++) {
		acti_list_init(&pool->free[class]);
		pool->kept[class] = 0;
	}
}

void
acti_pool_fini(struct acti_pool *pool)
{
	struct acti_list *link;

	if (pool->memory == NULL)
		return;
	for (size_t class = 0; class < ACTI_POOL_CLASSES; class ++) {
		while ((link = acti_list_pop_front(&pool->free[class])) != NULL)
			acti_release(pool->memory, acti_container_of(link, struct block, link));
		pool->kept[class] = 0;
	}
}

static struct block *
block_take(struct acti_pool *pool, size_t class, size_t total)
{
	struct acti_list *link = class < CLASS_LARGE ? acti_list_pop_front(&pool->free[class]) : NULL;

	if (link != NULL) {
		pool->kept[class]--;
		return acti_container_of(link, struct block, link);
	}
	return acti_allocate(pool->memory, class < CLASS_LARGE ? class_size(class) : total);
}

void *
acti_pool_allocate(struct acti_pool *pool, struct acti_list *owner, size_t size)
{
	size_t class;
	struct block *block;

	if (size > PTRDIFF_MAX - sizeof *block)
		return NULL;
	class = class_for(size + sizeof *block);
	block = block_take(pool, class, size + sizeof *block);
	if (block == NULL)
		return NULL;
	block->class = class;
	acti_list_push_back(owner, &block->link);
	return block->bytes;
}

void
acti_pool_release(struct acti_pool *pool, void *bytes)
{
	struct block *block;
	size_t class;

	if (bytes == NULL)
		return;
	block = block_of(bytes);
	class = block->class;
	acti_list_remove(&block->link);
	if (KEEPS_BLOCKS && class < CLASS_LARGE && pool->kept[class] < class_kept_max(class)) {
		acti_list_push_front(&pool->free[class], &block->link);
		pool->kept[class]++;
	} else {
		acti_release(pool->memory, block);
	}
}

void
acti_pool_release_all(struct acti_pool *pool, struct acti_list *owner)
{
	while (!acti_list_is_empty(owner))
		acti_pool_release(pool, acti_container_of(owner->next, struct block, link)->bytes);
}
