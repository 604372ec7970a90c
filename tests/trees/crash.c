/* SPDX-License-Identifier: BSD-2-Clause */
/* Real faults.  Their functions are looked for by name in what is told of them, so none is inlined or static. */
#include "crash.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE 196608 /* more than a guard, less than a stack */

__attribute__((noinline)) void crash_by_wild_write(int address);
__attribute__((noinline)) int crash_by_wild_call(void);
__attribute__((noinline)) int crash_by_division(int dividend);
__attribute__((noinline)) int crash_by_recursion(int depth);
__attribute__((noinline)) int crash_by_large_frame(int count);
__attribute__((noinline)) void crash_by_truncated_file(void);
__attribute__((noinline)) void crash_by_assertion(int number);

void
crash_by_wild_write(int address)
{
	*(volatile int *)(intptr_t)address = 1;
}

int
crash_by_wild_call(void)
{
	int (*volatile nowhere)(void) = NULL;

	return nowhere() + 1;
}

int
crash_by_division(int dividend)
{
	volatile int zero = 0;

	return dividend % zero;
}

/* Through a pointer, or a compiler makes a loop of it. */
int
crash_by_recursion(int depth)
{
	int (*volatile again)(int depth) = crash_by_recursion;
	volatile char used[256];

	used[0] = (char)depth;
	return depth < 0 ? 0 : again(depth + 1 < 0 ? 1 : depth + 1) + used[0];
}

/* Two of them are more than a stack; one of them reaches from what is used to beyond the guard. */
int
crash_by_large_frame(int count)
{
	int (*volatile again)(int count) = crash_by_large_frame;
	volatile char used[LARGE];

	__asm__ volatile("" : : "r"(used) : "memory"); /* all of it, not only what is touched */
	used[0] = (char)count;
	return count > 0 ? again(count - 1) + used[0] : 0;
}

void
crash_by_truncated_file(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	volatile char *bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	bytes[0] = 1;
}

void
crash_by_assertion(int number)
{
	assert(number < 0);
}

bool
crash(Trees__Way way, int status)
{
	switch (way) {
	case TREES__WAY__WILD_WRITE:
		crash_by_wild_write(status);
		return true;
	case TREES__WAY__WILD_CALL:
		return crash_by_wild_call() != 0;
	case TREES__WAY__DIVIDE:
		return crash_by_division(7) != 0;
	case TREES__WAY__ILLEGAL:
		__builtin_trap();
	case TREES__WAY__TRAP:
		__asm__ volatile("int3");
		return true;
	case TREES__WAY__TRUNCATED_FILE:
		crash_by_truncated_file();
		return true;
	case TREES__WAY__RECURSE:
		return crash_by_recursion(1) != 0;
	case TREES__WAY__LARGE_FRAME:
		return crash_by_large_frame(2) != 0;
	case TREES__WAY__ASSERT:
		crash_by_assertion(1);
		return true;
	default:
		return false;
	}
}
