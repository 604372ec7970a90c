/* SPDX-License-Identifier: BSD-2-Clause */
/* What actor_main() does around its seam: which program this is, why it cannot start, and how it ends. */
#include <elf.h>
#include <link.h>
#include <os/linux_internal.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
acti_os_linux_complain(const char *step, int rc)
{
	fprintf(stderr, "actor: cannot start: %s: %s\n", step, strerror(-rc));
}

void
acti_os_linux_end_by(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	(void)signal(number, SIG_DFL); /* a shell starts what it puts in the background with SIGINT ignored */
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(number);
	_exit(128 + number);
}

static uint64_t
hash(const unsigned char *bytes, size_t size)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
	return value;
}

/* Looks through a segment of notes: a header, a name, a description, each padded to 4. */
static uint64_t
find_build_id(const unsigned char *notes, size_t size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		size_t name_size = (note->n_namesz + 3u) & ~3u;
		size_t whole = sizeof *note + name_size + ((note->n_descsz + 3u) & ~3u);

		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == sizeof "GNU" &&
		    memcmp(note + 1, "GNU", sizeof "GNU") == 0)
			return hash(notes + sizeof *note + name_size, note->n_descsz);
		if (whole > size)
			break;
		notes += whole;
		size -= whole;
	}
	return 0;
}

/* The first object is the program itself. */
static int
look_at_program(struct dl_phdr_info *info, size_t size, void *ret_build)
{
	uint64_t *build = ret_build;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum && *build == 0; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			*build = find_build_id((const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
			                       info->dlpi_phdr[i].p_memsz);
	return 1;
}

uint64_t
acti_linux_build(struct acti_os *os)
{
	uint64_t build = 0;

	(void)os;
	(void)dl_iterate_phdr(look_at_program, &build);
	return build;
}
