/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_PROCESS_H
#define AG_PROCESS_H

#include "wire.h"

/* A program to run, without a shell. */
struct ag_command {
	char **argv;           /* argv[0] is looked up in PATH */
	const char *package;   /* of Debian, that has it, for the message when it is missing */
	struct ag_bytes input; /* for its stdin; data NULL: ours */
	int output_fd;         /* the descriptor of its that is caught */
};

/*
 * Runs it to its end.  0, and what it wrote on output_fd; or -1, and why: "" when it ended with a failure, which it
 * has told on stderr itself.
 */
int ag_run(struct ag_arena *arena, const struct ag_command *command, struct ag_bytes *ret_output,
           const char **reterr_reason);

/* Everything up to the end of the descriptor.  -1 and errno. */
int ag_read_all(struct ag_arena *arena, int fd, struct ag_bytes *ret_bytes);

/* All of it, or -1 and errno. */
int ag_write_all(int fd, const void *data, size_t size);

#endif
