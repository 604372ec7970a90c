/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_MEMORY_H
#define ACTI_BASE_MEMORY_H

#include <base/list.h>

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
#define ACTI_POOL_CLASSES 9 /* 64 B, 128 B, ... 16 KiB; larger ones go straight to the memory below */

struct acti_block;

struct acti_pool {
	struct acti_memory *memory;
	struct acti_block *free[ACTI_POOL_CLASSES];
	size_t kept[ACTI_POOL_CLASSES]; /* blocks on each free list */
};

void acti_pool_init(struct acti_pool *pool, struct acti_memory *memory);
void acti_pool_fini(struct acti_pool *pool);

/* A block on `owner`'s list; aligned to 16.  NULL when memory is spent. */
void *acti_pool_allocate(struct acti_pool *pool, struct acti_list *owner, size_t size);
void acti_pool_release(struct acti_pool *pool, void *block); /* NULL is fine */
void acti_pool_release_all(struct acti_pool *pool, struct acti_list *owner);

#endif
