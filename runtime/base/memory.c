/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/memory.h>
#include <stdalign.h>
#include <stdint.h>

#define KEPT_BYTES_MAX_LOG2 18 /* per class: 256 KiB have room for what a thousand calls in flight hold */
#define KEPT_LARGE_MAX 2 /* of those classes whose blocks are larger than that: what a stream of large messages takes */

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

void
acti_pool_init(struct acti_pool *pool, struct acti_memory *memory)
{
	*pool = (struct acti_pool){ .memory = memory };
	for (size_t class = 0; KEEPS_BLOCKS && class < ACTI_POOL_CLASSES; class ++)
		pool->kept_max[class] = class + ACTI_POOL_CLASS_MIN_LOG2 < KEPT_BYTES_MAX_LOG2
		                            ? (size_t)1 << (KEPT_BYTES_MAX_LOG2 - ACTI_POOL_CLASS_MIN_LOG2 - class)
		                            : KEPT_LARGE_MAX;
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

/* For the header: when no block of the class is kept, or it is large. */
void *
acti_pool_allocate_anew(struct acti_pool *pool, struct acti_list *owner, size_t size)
{
	struct acti_block *block;
	size_t class;

	if (size > PTRDIFF_MAX - sizeof *block)
		return NULL;
	class = acti_pool_class_for(size);
	block = acti_allocate(pool->memory, class < ACTI_POOL_CLASSES ? (size_t)1 << (ACTI_POOL_CLASS_MIN_LOG2 + class)
	                                                              : size + sizeof *block);
	if (block == NULL)
		return NULL;
	block->class = class < ACTI_POOL_CLASSES ? class : ACTI_POOL_CLASSES;
	acti_list_push_back(owner, &block->link);
	return block->bytes;
}

/* For the header: of its class enough are kept. */
void
acti_pool_give_up(struct acti_pool *pool, struct acti_block *block)
{
	acti_release(pool->memory, block);
}

void
acti_pool_release_all(struct acti_pool *pool, struct acti_list *owner)
{
	struct acti_list *link = owner->next;

	while (link != owner) {
		struct acti_block *block = acti_container_of(link, struct acti_block, link);

		link = link->next;
		acti_pool_keep(pool, block);
	}
	acti_list_init(owner);
}
