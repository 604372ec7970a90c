/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_MEMORY_H
#define ACTI_BASE_MEMORY_H

#include <base/list.h>
#include <stdalign.h>
#include <stdint.h>

/*
 * Where an actor's memory comes from.  The seam provides one per actor, so that a simulator can make
 * any allocation fail, count the bytes, and drop all of them when it kills the actor.
 */
struct acti_memory {
	void *(*allocate)(struct acti_memory *memory, size_t size); /* uninitialised; NULL when spent */
	void (*release)(struct acti_memory *memory, void *block);   /* NULL is fine */
	size_t in_use;                                              /* bytes, as the seam counts them */
};

static inline void *
acti_allocate(struct acti_memory *memory, size_t size)
{
	return memory->allocate(memory, size);
}

static inline void
acti_release(struct acti_memory *memory, void *block)
{
	memory->release(memory, block);
}

/*
 * Blocks of a task (or of another owner): each is on its owner's list, so they can be released one by
 * one or all at once.  Freed blocks are kept by size class, so that the steady state never reaches
 * the allocator below; in sanitizer builds nothing is kept, so that a stale use is seen.
 */
#define ACTI_POOL_CLASSES 16 /* 64 B, 128 B, ... 2 MiB; larger ones go straight to the memory below */

struct acti_block;

struct acti_pool {
	struct acti_memory *memory;
	struct acti_block *free[ACTI_POOL_CLASSES];
	size_t kept[ACTI_POOL_CLASSES]; /* blocks on each free list */
	size_t kept_max[ACTI_POOL_CLASSES];
};

void acti_pool_init(struct acti_pool *pool, struct acti_memory *memory);
void acti_pool_fini(struct acti_pool *pool);

void *acti_pool_allocate_anew(struct acti_pool *pool, struct acti_list *owner, size_t size);
void acti_pool_give_up(struct acti_pool *pool, struct acti_block *block);

/*
 * Classes count the header in, so that what reaches the memory below is a power of two.  A block is of one class for
 * life.
 */
#define ACTI_POOL_CLASS_MIN_LOG2 6

struct acti_block {
	union {
		struct acti_list link;   /* on the owner's list */
		struct acti_block *next; /* on the pool's free list */
	};
	size_t class; /* ACTI_POOL_CLASSES: of a size of its own */
	alignas(16) unsigned char bytes[];
};

static inline size_t
acti_pool_class_for(size_t size)
{
	size_t last = size + sizeof(struct acti_block) - 1;

	return last < (size_t)1 << ACTI_POOL_CLASS_MIN_LOG2
	           ? 0
	           : (size_t)(64 - __builtin_clzl(last)) - ACTI_POOL_CLASS_MIN_LOG2;
}

/* What a block that is asked for `size` bytes really has; for sizes that have a class. */
static inline size_t
acti_pool_room(size_t size)
{
	return ((size_t)1 << (ACTI_POOL_CLASS_MIN_LOG2 + acti_pool_class_for(size))) - sizeof(struct acti_block);
}

/* A block on `owner`'s list; aligned to 16.  NULL when memory is spent. */
static inline void *
acti_pool_allocate(struct acti_pool *pool, struct acti_list *owner, size_t size)
{
	struct acti_block *block;
	size_t class;

	if (size > ((size_t)1 << (ACTI_POOL_CLASS_MIN_LOG2 + ACTI_POOL_CLASSES - 1)) - sizeof *block)
		return acti_pool_allocate_anew(pool, owner, size);
	class = acti_pool_class_for(size);
	block = pool->free[class];
	if (block == NULL)
		return acti_pool_allocate_anew(pool, owner, size);
	pool->free[class] = block->next;
	pool->kept[class]--;
	acti_list_push_back(owner, &block->link);
	return block->bytes;
}

/* Free lists are bounded: a burst does not stay for ever. */
static inline void
acti_pool_keep(struct acti_pool *pool, struct acti_block *block)
{
	size_t class = block->class;

	if (class >= ACTI_POOL_CLASSES || pool->kept[class] >= pool->kept_max[class]) {
		acti_pool_give_up(pool, block);
		return;
	}
	block->next = pool->free[class];
	pool->free[class] = block;
	pool->kept[class]++;
}

/* NULL is fine. */
static inline void
acti_pool_release(struct acti_pool *pool, void *bytes)
{
	struct acti_block *block;

	if (bytes == NULL)
		return;
	block = acti_container_of(bytes, struct acti_block, bytes);
	block->link.prev->next = block->link.next;
	block->link.next->prev = block->link.prev;
	acti_pool_keep(pool, block);
}

/* The block is that owner's from now on. */
static inline void
acti_pool_move(void *bytes, struct acti_list *owner)
{
	struct acti_block *block = acti_container_of(bytes, struct acti_block, bytes);

	acti_list_remove(&block->link);
	acti_list_push_back(owner, &block->link);
}

void acti_pool_release_all(struct acti_pool *pool, struct acti_list *owner);

#endif
