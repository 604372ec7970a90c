/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The process that crashes.  The handler runs on a stack of its own, for the one that it was called on may be what
 * overflowed, and copies: what the signal was, the registers, the used part of the stack, which files are mapped
 * where, and which task and endpoint ran.  Each step adds to what is there, the ones that may themselves fault come
 * last: memory may be in any state.  Copying is done by system calls, which give an error where an access would fault.
 * Then the same signal is sent again, with its details, and its default action ends the process as if we had not been
 * there: wait status and core file are what they would have been.
 *
 * The root has no parent to tell.  It says on stderr what there is.
 *
 * Only signals at their default action are taken: a program that handles SIGSEGV, and the sanitizers, which do, know
 * better.  A thread without an alternate stack runs the handler on its own.
 *
 * Everything here is safe in a signal handler: no locks, no memory, no stdio.
 */

#include <errno.h>
#include <fcntl.h>
#include <os/crash.h>
#include <os/linux_internal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define IN_HANDLER __attribute__((no_sanitize("address", "undefined")))

#define MAPS_READ_MAX (4u << 20) /* of /proc/self/maps: each task's stack is two lines of it */
#define MAPS_LINE_MAX 512
#define PAGE_STEP 4096u /* larger pages are tried more than once */

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

/* Handlers belong to the process, and so does what they work from. */
static struct {
	int fd; /* -1: this is the root */
	pid_t pid;
	uint64_t build;
	uintptr_t guard_size;
	void (*_Atomic find)(struct acti_crash_place *ret_place);
	atomic_flag is_crashing;
	bool has_stack; /* that is ours */
	bool is_taken[sizeof faults / sizeof faults[0]];
} crashes;

bool
acti_crash_is_fault(int signal)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i] == signal)
			return true;
	return false;
}

/* ---- what is written ------------------------------------------------------------------------------------------- */

/* How much of it the kernel could read; not by the wrapper of libc, which a sanitizer has replaced. */
IN_HANDLER static uint64_t
put(uint64_t offset, const void *bytes, size_t size)
{
	long count = syscall(SYS_pwrite64, crashes.fd, bytes, size, offset);

	return count > 0 ? (uint64_t)count : 0;
}

IN_HANDLER static void
take_registers(struct acti_crash_record *record, const ucontext_t *context)
{
#if defined(__x86_64__)
	static const unsigned char order[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
		                               REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
		                               REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP };

	for (size_t i = 0; i < sizeof order; i++)
		record->registers[i] = (uint64_t)context->uc_mcontext.gregs[order[i]];
	record->register_count = sizeof order;
	record->pc = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
	record->sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	for (size_t i = 0; i < 31; i++)
		record->registers[i] = context->uc_mcontext.regs[i];
	record->registers[31] = context->uc_mcontext.sp;
	record->register_count = 32;
	record->pc = context->uc_mcontext.pc;
	record->sp = context->uc_mcontext.sp;
#else
	(void)record, (void)context;
#endif
}

/* Of a stack that overflowed, the stack pointer may lie in the guard, and the used part begins above that. */
IN_HANDLER static void
take_stack(struct acti_crash_record *record)
{
	uint64_t end = record->sp + crashes.guard_size;

	for (uint64_t start = record->sp - ACTI_CRASH_RED_ZONE; record->stack_size == 0 && start <= end;
	     start = (start | (PAGE_STEP - 1)) + 1) {
		record->stack_start = start;
		record->stack_size = put(ACTI_CRASH_STACK, (const void *)(uintptr_t)start, ACTI_CRASH_STACK_MAX);
	}
}

/* Byte by byte: memcpy may be a sanitizer's, and the text may be anywhere. */
IN_HANDLER static void
take_text(char *to, size_t size, const char *from)
{
	size_t used = 0;

	for (; from != NULL && used < size - 1 && from[used] != '\0'; used++)
		to[used] = from[used];
	to[used] = '\0';
}

IN_HANDLER static bool
has_slash(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (line[i] == '/')
			return true;
	return false;
}

/* The stacks of tasks, two mappings each, are left out. */
IN_HANDLER static void
take_maps(struct acti_crash_record *record)
{
	char bytes[2048], line[MAPS_LINE_MAX];
	size_t used = 0;
	long count;
	long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);

	for (size_t read = 0; fd >= 0 && read < MAPS_READ_MAX; read += (size_t)count) {
		count = syscall(SYS_read, fd, bytes, sizeof bytes);
		if (count <= 0)
			break;
		for (long i = 0; i < count; i++) {
			if (used < sizeof line)
				line[used] = bytes[i];
			used++;
			if (bytes[i] != '\n')
				continue;
			if (used <= sizeof line && has_slash(line, used) &&
			    record->maps_size + used <= ACTI_CRASH_MAPS_MAX)
				record->maps_size += put(ACTI_CRASH_MAPS + record->maps_size, line, used);
			used = 0;
		}
	}
	if (fd >= 0)
		(void)syscall(SYS_close, fd);
}

IN_HANDLER static void
take_place(struct acti_crash_record *record)
{
	void (*find)(struct acti_crash_place * ret_place) = atomic_load(&crashes.find);
	struct acti_crash_place place = { .task = NULL };
	uintptr_t stack;

	if (find == NULL)
		return;
	find(&place);
	stack = (uintptr_t)place.stack;
	record->is_overflow = record->signal == SIGSEGV && record->code > 0 && place.stack != NULL &&
	                      record->address < stack && record->address >= stack - crashes.guard_size;
	take_text(record->task, sizeof record->task, place.task);
	take_text(record->module, sizeof record->module, place.module);
	take_text(record->endpoint, sizeof record->endpoint, place.endpoint);
}

/* ---- stderr, of the root --------------------------------------------------------------------------------------- */

struct line {
	char bytes[640];
	size_t used;
};

IN_HANDLER static void
add_text(struct line *line, const char *text)
{
	for (; *text != '\0' && line->used < sizeof line->bytes - 1; text++)
		line->bytes[line->used++] = *text;
}

IN_HANDLER static void
add_number(struct line *line, const char *name, uint64_t number)
{
	add_text(line, name);
	add_text(line, "0x");
	for (int shift = 60; shift >= 0; shift -= 4) {
		unsigned digit = (unsigned)(number >> shift) & 15;

		if (number >> shift != 0 || shift == 0)
			add_text(line, (const char[]){ (char)(digit < 10 ? '0' + digit : 'a' + digit - 10), '\0' });
	}
}

IN_HANDLER static const char *
name_of(int signal)
{
	switch (signal) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGFPE:
		return "SIGFPE";
	case SIGILL:
		return "SIGILL";
	case SIGABRT:
		return "SIGABRT";
	case SIGTRAP:
		return "SIGTRAP";
	default:
		return "SIGSYS";
	}
}

IN_HANDLER static void
tell(const struct acti_crash_record *record)
{
	struct line line = { .used = 0 };

	add_text(&line, "actor: the root crashed: ");
	add_text(&line, record->is_overflow ? "stack overflow" : name_of(record->signal));
	if (record->task[0] != '\0') {
		add_text(&line, " in task ");
		add_text(&line, record->task);
	}
	if (record->endpoint[0] != '\0') {
		add_text(&line, ", endpoint ");
		add_text(&line, record->module);
		add_text(&line, ".");
		add_text(&line, record->endpoint);
	}
	if (record->code > 0)
		add_number(&line, "; address ", record->address);
	add_number(&line, "; pc ", record->pc);
	add_number(&line, ", sp ", record->sp);
	add_number(&line, ", build ", record->build);
	line.bytes[line.used++] = '\n';
	(void)syscall(SYS_write, STDERR_FILENO, line.bytes, line.used);
}

/* ---- the handler ----------------------------------------------------------------------------------------------- */

/* What si_addr means something for. */
IN_HANDLER static bool
is_hardware(const siginfo_t *info)
{
	return info->si_code > 0 && info->si_signo != SIGABRT && info->si_signo != SIGSYS;
}

IN_HANDLER static void
report(const siginfo_t *info, const ucontext_t *context)
{
	struct acti_crash_record record = { .magic = 0 };

	record.pid = crashes.pid;
	record.signal = info->si_signo;
	record.code = is_hardware(info) ? info->si_code : 0;
	record.address = is_hardware(info) ? (uint64_t)(uintptr_t)info->si_addr : 0;
	record.build = crashes.build;
	take_registers(&record, context);
	if (crashes.fd < 0) {
		take_place(&record);
		tell(&record);
		return;
	}
	record.magic = ACTI_CRASH_MAGIC;
	take_stack(&record);
	take_maps(&record);
	(void)put(0, &record, sizeof record);
	take_place(&record);
	(void)put(0, &record, sizeof record);
}

IN_HANDLER static void
crashed(int number, siginfo_t *info, void *context)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	pid_t pid = (pid_t)syscall(SYS_getpid);

	/* A copy that fork() made of us has nothing to say to our parent. */
	if (pid == crashes.pid) {
		while (atomic_flag_test_and_set(&crashes.is_crashing))
			(void)syscall(SYS_ppoll, NULL, 0, NULL, NULL,
			              0); /* another thread was first, and ends us all */
		report(info, context);
	}
	(void)sigaction(number, &standard, NULL);
	if (syscall(SYS_rt_tgsigqueueinfo, pid, syscall(SYS_gettid), number, info) != 0)
		(void)syscall(SYS_tgkill, pid, syscall(SYS_gettid), number);
}

/* ---- while there is an actor ----------------------------------------------------------------------------------- */

/* One that is there already is large enough: a sanitizer's, or the program's. */
static void
set_stack(struct acti_linux *self)
{
	const stack_t ours = { .ss_sp = self->spawn_stack, .ss_size = ACTI_SPAWN_STACK_SIZE };
	stack_t theirs = { .ss_flags = SS_DISABLE };

	crashes.has_stack = sigaltstack(&ours, &theirs) == 0 && (theirs.ss_flags & SS_DISABLE) != 0;
	if ((theirs.ss_flags & SS_DISABLE) == 0)
		(void)sigaltstack(&theirs, NULL);
}

static bool
take(int number)
{
	struct sigaction taken = { .sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK }, before;

	sigfillset(&taken.sa_mask);
	if (sigaction(number, &taken, &before) != 0)
		return false;
	if ((before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL)
		return true;
	(void)sigaction(number, &before, NULL);
	return false;
}

void
acti_linux_take_crashes(struct acti_linux *self)
{
	crashes.fd = self->crash_fd;
	crashes.pid = getpid();
	crashes.build = acti_linux_build(&self->os);
	crashes.guard_size = acti_linux_stack_guard();
	atomic_flag_clear(&crashes.is_crashing);
	set_stack(self);
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		crashes.is_taken[i] = take(faults[i]);
	self->crashes_taken = true;
}

/* One that was replaced meanwhile is somebody else's. */
static void
give_back(int number)
{
	struct sigaction standard = { .sa_handler = SIG_DFL }, now;

	if (sigaction(number, &standard, &now) == 0 &&
	    ((now.sa_flags & SA_SIGINFO) == 0 || now.sa_sigaction != crashed))
		(void)sigaction(number, &now, NULL);
}

void
acti_linux_return_crashes(struct acti_linux *self)
{
	const stack_t none = { .ss_flags = SS_DISABLE };

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (crashes.is_taken[i])
			give_back(faults[i]);
	if (crashes.has_stack)
		(void)sigaltstack(&none, NULL);
	atomic_store(&crashes.find, NULL);
	self->crashes_taken = false;
}

void
acti_linux_crash_find(struct acti_os *os, void (*find)(struct acti_crash_place *ret_place))
{
	(void)os;
	atomic_store(&crashes.find, find);
}
