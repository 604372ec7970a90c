/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdalign.h>
#include <stdlib.h>
#include <support/test_memory.h>

struct block {
	size_t size;
	alignas(16) unsigned char bytes[];
};

static void *
test_allocate(struct acti_memory *base, size_t size)
{
	struct test_memory *memory = acti_container_of(base, struct test_memory, memory);
	struct block *block;

	if (memory->allocations_left == 0)
		return NULL;
	memory->allocations_left--;
	block = malloc(sizeof *block + size);
	if (block == NULL)
		abort();
	block->size = size;
	memory->allocation_count++;
	memory->live_blocks++;
	memory->live_bytes += size;
	return block->bytes;
}

static void
test_release(struct acti_memory *base, void *bytes)
{
	struct test_memory *memory = acti_container_of(base, struct test_memory, memory);
	struct block *block;

	if (bytes == NULL)
		return;
	block = acti_container_of(bytes, struct block, bytes);
	memory->live_blocks--;
	memory->live_bytes -= block->size;
	free(block);
}

void
test_memory_init(struct test_memory *memory)
{
	*memory = (struct test_memory){
		.memory = { .allocate = test_allocate, .release = test_release },
		.allocations_left = SIZE_MAX,
	};
}
