/* SPDX-License-Identifier: BSD-2-Clause */
#include "heap_count.h"

#include <stddef.h>

static uint64_t count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t number, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **ret_block, size_t alignment, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t number, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **ret_block, size_t alignment, size_t size);

uint64_t
heap_count(void)
{
	return count;
}

void *
__wrap_malloc(size_t size)
{
	count++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t number, size_t size)
{
	count++;
	return __real_calloc(number, size);
}

void *
__wrap_realloc(void *block, size_t size)
{
	count++;
	return __real_realloc(block, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	count++;
	return __real_aligned_alloc(alignment, size);
}

int
__wrap_posix_memalign(void **ret_block, size_t alignment, size_t size)
{
	count++;
	return __real_posix_memalign(ret_block, alignment, size);
}
