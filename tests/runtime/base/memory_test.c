/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <string.h>
#include <support/test_demand.h>
#include <support/test_memory.h>

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

/* A block and its header, which takes 32 bytes, in the largest class. */
#define LARGEST_KEPT (((size_t)64 << (ACTI_POOL_CLASSES - 1)) - 32)

static struct test_memory memory;
static struct acti_pool pool;
static struct acti_list owner;

static void
begin(void)
{
	test_memory_init(&memory);
	acti_pool_init(&pool, &memory.memory);
	acti_list_init(&owner);
}

static void
end(void)
{
	acti_pool_release_all(&pool, &owner);
	acti_pool_fini(&pool);
	test_demand(memory.live_blocks == 0, "%zu blocks leak", memory.live_blocks);
}

TestSuite(pool, .init = begin, .fini = end);

Test(pool, blocks_of_every_size_are_aligned_and_separate)
{
	unsigned char *blocks[200];

	for (size_t i = 0; i < 200; i++) {
		blocks[i] = acti_pool_allocate(&pool, &owner, i * 101);
		cr_assert_not_null(blocks[i]);
		cr_assert_eq((uintptr_t)blocks[i] % 16, 0);
		memset(blocks[i], (int)i, i * 101);
	}
	for (size_t i = 1; i < 200; i++) {
		cr_assert_eq(blocks[i][0], i);
		cr_assert_eq(blocks[i][i * 101 - 1], i);
	}
}

Test(pool, the_steady_state_does_not_reach_the_memory_below)
{
	size_t before;

	acti_pool_release(&pool, acti_pool_allocate(&pool, &owner, 400));
	before = memory.allocation_count;
	for (int i = 0; i < 100; i++)
		acti_pool_release(&pool, acti_pool_allocate(&pool, &owner, 300));
	cr_assert_eq(memory.allocation_count - before, KEEPS_BLOCKS ? 0 : 100);
}

Test(pool, blocks_above_the_largest_class_are_not_kept)
{
	acti_pool_release(&pool, acti_pool_allocate(&pool, &owner, LARGEST_KEPT + 1));
	cr_assert_eq(memory.live_blocks, 0);
	acti_pool_release(&pool, acti_pool_allocate(&pool, &owner, LARGEST_KEPT));
	cr_assert_eq(memory.live_blocks, KEEPS_BLOCKS);
}

Test(pool, a_burst_is_given_back)
{
	static const size_t sizes[] = { 1, 100, 1000, 8000 };

	for (size_t size = 0; size < 4; size++) {
		for (int i = 0; i < 5000; i++)
			cr_assert_not_null(acti_pool_allocate(&pool, &owner, sizes[size]));
		acti_pool_release_all(&pool, &owner);
	}
	cr_assert_leq(memory.live_bytes, 4 * 256 * 1024);
}

Test(pool, releasing_all_releases_what_is_left_of_one_owner)
{
	struct acti_list other;
	char *kept;

	acti_list_init(&other);
	kept = acti_pool_allocate(&pool, &other, LARGEST_KEPT + 1);
	for (int i = 0; i < 10; i++)
		cr_assert_not_null(acti_pool_allocate(&pool, &owner, LARGEST_KEPT + 1));
	acti_pool_release(&pool, acti_pool_allocate(&pool, &owner, LARGEST_KEPT + 1));
	acti_pool_release_all(&pool, &owner);
	cr_assert(acti_list_is_empty(&owner));
	cr_assert_eq(memory.live_blocks, 1);
	acti_pool_release(&pool, kept);
	cr_assert(acti_list_is_empty(&other));
}

Test(pool, null_is_released_without_effect)
{
	acti_pool_release(&pool, NULL);
}

/* robustness: D1 */
Test(pool, spent_memory_gives_null_and_leaves_the_owner_as_it_was)
{
	memory.allocations_left = 0;
	cr_assert_null(acti_pool_allocate(&pool, &owner, 10));
	cr_assert_null(acti_pool_allocate(&pool, &owner, 100000));
	cr_assert(acti_list_is_empty(&owner));
}

Test(pool, a_size_that_cannot_be_is_refused)
{
	cr_assert_null(acti_pool_allocate(&pool, &owner, SIZE_MAX));
	cr_assert_null(acti_pool_allocate(&pool, &owner, SIZE_MAX - 16));
}

Test(pool, fini_is_safe_on_a_zeroed_pool)
{
	struct acti_pool zeroed = { 0 };

	acti_pool_fini(&zeroed);
}
