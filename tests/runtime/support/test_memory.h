/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SUPPORT_MEMORY_H
#define TEST_SUPPORT_MEMORY_H

#include <base/memory.h>
#include <stdint.h>

/* Memory that counts, and that fails when told to. */
struct test_memory {
	struct acti_memory memory;
	size_t live_blocks, live_bytes;
	size_t allocation_count; /* that succeeded, in all */
	size_t allocations_left; /* the ones after these fail */
};

void test_memory_init(struct test_memory *memory);

#endif
