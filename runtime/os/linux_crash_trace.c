/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The trace of a crash: a process that does nothing else.  It is this executable, started again by the parent of the
 * process that crashed, with the file of crash.h on descriptor 4, and descriptor 3 for the text.  It ends within
 * actor_main(), so user code before that runs, as in every child.
 *
 * libdw unwinds; it is loaded here, and in no other process.  Where it is missing there is no trace, and the parent
 * has signal, task and endpoint all the same.  It gets the modules from the copied lines of /proc/PID/maps, the memory
 * of the stack from the copy, everything else from the files, and the registers from the record.
 *
 * All of the input is a dead process's word.  So files that it names are opened without waiting, and must be regular;
 * but above all this is a process by itself, which its parent kills when it takes too long.
 */

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <os/crash.h>
#include <os/linux_internal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAMES_MAX 64
#define REPEATS_MAX 100000
#define MODULES_MAX 256
#define LINE_MAX 512

/* What is used of libdw. */
#define DW_FUNCTIONS(X)                  \
	X(dwfl_begin)                    \
	X(dwfl_end)                      \
	X(dwfl_report_elf)               \
	X(dwfl_report_end)               \
	X(dwfl_attach_state)             \
	X(dwfl_getthread_frames)         \
	X(dwfl_thread_state_registers)   \
	X(dwfl_thread_state_register_pc) \
	X(dwfl_frame_pc)                 \
	X(dwfl_addrmodule)               \
	X(dwfl_module_addrinfo)          \
	X(dwfl_module_getsrc)            \
	X(dwfl_module_info)              \
	X(dwfl_lineinfo)                 \
	X(dwfl_standard_find_debuginfo)

struct dw {
#define DW_MEMBER(name) __typeof__(name) *name;
	DW_FUNCTIONS(DW_MEMBER)
};

struct trace {
	struct dw dw;
	Dwfl *dwfl;
	struct acti_crash_record record;
	unsigned char stack[ACTI_CRASH_STACK_MAX];
	char maps[ACTI_CRASH_MAPS_MAX + 1];
	unsigned frame_count;
	unsigned repeats; /* of the last frame */
	Dwarf_Addr last_pc;
};

/*
 * A program that is linked statically has no traces: it cannot load libdw soundly, and the mere mention of dlopen would
 * make its linker warn.  Hence it is looked up, by a function that need not be there either.
 */
extern __typeof__(dlsym) dlsym __attribute__((weak));

static bool
load(struct dw *dw)
{
	__typeof__(dlopen) *open_library = NULL;
	void *library;

	if (dlsym != NULL)
		*(void **)(void *)&open_library = dlsym(RTLD_DEFAULT, "dlopen");
	library = open_library != NULL ? open_library("libdw.so.1", RTLD_NOW | RTLD_LOCAL) : NULL;
	if (library == NULL)
		return false;
#define DW_LOAD(name)                                        \
	*(void **)(void *)&dw->name = dlsym(library, #name); \
	if (dw->name == NULL)                                \
		return false;
	DW_FUNCTIONS(DW_LOAD)
	return true;
}

/* ---- what there is to read ------------------------------------------------------------------------------------- */

static bool
read_record(struct trace *trace)
{
	struct acti_crash_record *record = &trace->record;
	ssize_t size;

	if (pread(ACTI_CRASH_FD, record, sizeof *record, 0) != (ssize_t)sizeof *record ||
	    record->magic != ACTI_CRASH_MAGIC || record->register_count > ACTI_CRASH_REGISTERS_MAX)
		return false;
	size = pread(ACTI_CRASH_FD, trace->stack, sizeof trace->stack, ACTI_CRASH_STACK);
	if (size < 0 || record->stack_size > (uint64_t)size)
		record->stack_size = size > 0 ? (uint64_t)size : 0;
	size = pread(ACTI_CRASH_FD, trace->maps, sizeof trace->maps - 1, ACTI_CRASH_MAPS);
	if (size < 0 || record->maps_size > (uint64_t)size)
		record->maps_size = size > 0 ? (uint64_t)size : 0;
	trace->maps[record->maps_size] = '\0';
	return true;
}

static bool
read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *argument)
{
	const struct trace *trace = argument;
	uint64_t offset = address - trace->record.stack_start;

	(void)dwfl;
	if (trace->record.stack_size < sizeof *ret_word || offset > trace->record.stack_size - sizeof *ret_word)
		return false;
	memcpy(ret_word, trace->stack + offset, sizeof *ret_word);
	return true;
}

/* ---- modules --------------------------------------------------------------------------------------------------- */

/* A file that was replaced on disk is still there if it is ours. */
static int
open_file(const char *path)
{
	char ours[LINE_MAX];
	ssize_t size = readlink("/proc/self/exe", ours, sizeof ours - 1);
	struct stat status;
	int fd;

	ours[size > 0 ? size : 0] = '\0';
	fd = open(strcmp(path, ours) == 0 ? "/proc/self/exe" : path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void
report_file(struct trace *trace, uint64_t base, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	int fd = open_file(path);

	if (fd >= 0 && trace->dw.dwfl_report_elf(trace->dwfl, name, path, fd, base, false) == NULL)
		(void)close(fd);
}

/* The first part of a file, offset 0, tells where it is loaded. */
static void
report_modules(struct trace *trace)
{
	unsigned count = 0;
	char *rest = trace->maps;

	for (char *line; count < MODULES_MAX && (line = strsep(&rest, "\n")) != NULL;) {
		unsigned long long start, end, offset;
		char *path = strchr(line, '/');

		if (path == NULL || sscanf(line, "%llx-%llx %*4s %llx", &start, &end, &offset) != 3 || offset != 0)
			continue;
		report_file(trace, start, path);
		count++;
	}
}

/* ---- the thread ------------------------------------------------------------------------------------------------ */

static pid_t
next_thread(Dwfl *dwfl, void *argument, void **ret_argument)
{
	const struct trace *trace = argument;

	(void)dwfl;
	if (*ret_argument != NULL)
		return 0;
	*ret_argument = argument;
	return trace->record.pid;
}

/* A call of what is no code has pushed where it came from: that is the first frame which can be unwound. */
static void
return_from_nowhere(struct trace *trace)
{
	struct acti_crash_record *record = &trace->record;

	if (trace->dw.dwfl_addrmodule(trace->dwfl, record->pc) != NULL)
		return;
#if defined(__x86_64__)
	if (!read_word(trace->dwfl, record->sp, &record->pc, trace))
		return;
	record->sp += 8;
	record->registers[7] = record->sp;
	record->registers[16] = record->pc;
#elif defined(__aarch64__)
	record->pc = record->registers[30];
#endif
}

static bool
set_registers(Dwfl_Thread *thread, void *argument)
{
	struct trace *trace = argument;
	Dwarf_Word words[ACTI_CRASH_REGISTERS_MAX];

	for (uint64_t i = 0; i < trace->record.register_count; i++)
		words[i] = trace->record.registers[i];
	trace->dw.dwfl_thread_state_register_pc(thread, trace->record.pc);
	return trace->dw.dwfl_thread_state_registers(thread, 0, (unsigned)trace->record.register_count, words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.memory_read = read_word,
	.set_initial_registers = set_registers,
};

/* ---- the text -------------------------------------------------------------------------------------------------- */

/* Each abort() goes through it; to read all of its debug information for that takes longer than everything else. */
static bool
is_libc(const char *module)
{
	return module != NULL && strncmp(module, "libc.so", 7) == 0;
}

/* "#3 square + 0x1d (main.c:120) in app"; what is not known is left out. */
static void
print_frame(struct trace *trace, Dwarf_Addr pc, bool is_return)
{
	Dwarf_Addr at = is_return ? pc - 1 : pc; /* the call, not what follows it */
	Dwfl_Module *module = trace->dw.dwfl_addrmodule(trace->dwfl, at);
	const char *name = NULL, *file = NULL, *module_name = NULL;
	Dwfl_Line *line;
	GElf_Off offset = 0;
	GElf_Sym symbol;
	int number = 0;
	char text[LINE_MAX];
	int used;

	if (module != NULL) {
		module_name = trace->dw.dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
		name = trace->dw.dwfl_module_addrinfo(module, at, &offset, &symbol, NULL, NULL, NULL);
		line = is_libc(module_name) ? NULL : trace->dw.dwfl_module_getsrc(module, at);
		if (line != NULL)
			file = trace->dw.dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	}
	used = snprintf(text, sizeof text, "#%u ", trace->frame_count++);
	if (name != NULL)
		used += snprintf(text + used, sizeof text - (size_t)used, "%.200s", name);
	else
		used += snprintf(text + used, sizeof text - (size_t)used, "0x%llx", (unsigned long long)pc);
	if (file != NULL && number > 0)
		used += snprintf(text + used, sizeof text - (size_t)used, " (%.120s:%d)",
		                 strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file, number);
	else if (name != NULL)
		used += snprintf(text + used, sizeof text - (size_t)used, " + 0x%llx", (unsigned long long)offset);
	if (module_name != NULL)
		used += snprintf(text + used, sizeof text - (size_t)used, " in %.60s", module_name);
	text[used++] = '\n';
	(void)!write(ACTI_LINK_FD, text, (size_t)used); /* at once: we may not get to the end */
}

static void
print_repeats(struct trace *trace)
{
	if (trace->repeats > 0)
		dprintf(ACTI_LINK_FD, "   the same %u more times\n", trace->repeats);
	trace->repeats = 0;
}

/* A function that calls itself is one line, so that there is room for who called it first. */
static int
on_frame(Dwfl_Frame *frame, void *argument)
{
	struct trace *trace = argument;
	bool is_first = trace->frame_count == 0, is_activation;
	Dwarf_Addr pc;

	if (!trace->dw.dwfl_frame_pc(frame, &pc, &is_activation))
		return DWARF_CB_ABORT;
	if (!is_first && pc == trace->last_pc) {
		trace->repeats++;
		return trace->repeats < REPEATS_MAX ? DWARF_CB_OK : DWARF_CB_ABORT;
	}
	print_repeats(trace);
	if (trace->frame_count >= FRAMES_MAX)
		return DWARF_CB_ABORT;
	print_frame(trace, pc, !is_first && !is_activation);
	trace->last_pc = pc;
	return DWARF_CB_OK;
}

static void
trace_crash(struct trace *trace)
{
	char *debug_path = NULL; /* the standard places */
	Dwfl_Callbacks callbacks = { .debuginfo_path = &debug_path };
	Dwarf_Addr crash_pc;

	if (!read_record(trace) || trace->record.register_count == 0 || !load(&trace->dw))
		return;
	callbacks.find_debuginfo = trace->dw.dwfl_standard_find_debuginfo;
	trace->dwfl = trace->dw.dwfl_begin(&callbacks);
	if (trace->dwfl == NULL)
		return;
	report_modules(trace);
	(void)trace->dw.dwfl_report_end(trace->dwfl, NULL, NULL);
	crash_pc = trace->record.pc;
	return_from_nowhere(trace);
	if (trace->record.pc != crash_pc)
		print_frame(trace, crash_pc, false);
	if (trace->dw.dwfl_attach_state(trace->dwfl, NULL, trace->record.pid, &thread_callbacks, trace))
		(void)trace->dw.dwfl_getthread_frames(trace->dwfl, trace->record.pid, on_frame, trace);
	print_repeats(trace);
	trace->dw.dwfl_end(trace->dwfl);
}

void
acti_linux_trace_if_asked(bool secure)
{
	const char *value = getenv(ACTI_TRACE_VARIABLE);
	struct trace *trace;

	if (value == NULL || strcmp(value, "4") != 0 || secure)
		return;
	(void)unsetenv("DEBUGINFOD_URLS"); /* libdw would ask the network */
	trace = calloc(1, sizeof *trace);
	if (trace != NULL)
		trace_crash(trace);
	_exit(0);
}
