/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_CRASH_H
#define ACTI_OS_CRASH_H

/*
 * What a process that crashes leaves for its parent, in a file in memory that the parent has held since the spawn:
 *
 *     offset              linux_crash.c writes, in a signal handler of the process that dies
 *     0                   struct acti_crash_record
 *     ACTI_CRASH_STACK    the stack from the stack pointer upwards, record.stack_size bytes
 *     ACTI_CRASH_MAPS     lines of /proc/self/maps that name a file, record.maps_size bytes
 *
 * linux_crash_read.c reads the record in the parent, once the process is reaped.  linux_crash_trace.c reads all of it
 * in a process of its own, and makes a text of it.
 *
 * The process may have been hostile, so no reader believes a size, or maps the file: it could shrink meanwhile.
 */

#include <os/os.h>

#define ACTI_CRASH_MAGIC UINT64_C(0x3148534152434341) /* "ACCRASH1" */
#define ACTI_CRASH_REGISTERS_MAX 34

#define ACTI_CRASH_STACK 4096
#define ACTI_CRASH_STACK_MAX 262144 /* a task's, as a whole */
#define ACTI_CRASH_MAPS (ACTI_CRASH_STACK + ACTI_CRASH_STACK_MAX)
#define ACTI_CRASH_MAPS_MAX 65536

#if defined(__x86_64__)
#define ACTI_CRASH_RED_ZONE 128 /* in use below the stack pointer */
#else
#define ACTI_CRASH_RED_ZONE 0
#endif

struct acti_crash_record {
	uint64_t magic; /* ACTI_CRASH_MAGIC; written by this machine, for this machine */
	uint64_t address;
	uint64_t build;
	int32_t pid;
	int32_t signal;
	int32_t code; /* si_code */
	uint32_t is_overflow;
	uint64_t pc, sp;
	uint64_t stack_start; /* address of what is at ACTI_CRASH_STACK */
	uint64_t stack_size;
	uint64_t maps_size;
	uint64_t register_count;                      /* 0: this architecture has no traces */
	uint64_t registers[ACTI_CRASH_REGISTERS_MAX]; /* by their numbers in DWARF */
	char task[64];                                /* texts end with a NUL, unless they are cut */
	char module[128];
	char endpoint[128];
};

/*
 * What the first `size` bytes of the file say of a process that was `pid` and ended by `signal`.  Any bytes will do;
 * false: they are not a record of that.
 */
bool acti_crash_parse(const void *bytes, size_t size, pid_t pid, int signal, struct acti_crash *ret_crash);

/* The signals that are taken for a crash. */
bool acti_crash_is_fault(int signal);

#endif
