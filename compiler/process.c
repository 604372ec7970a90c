/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Input goes through a memory file, not through a pipe: so there is one pipe, which we read, and neither a deadlock
 * (both sides writing) nor SIGPIPE (the program ends before it has read all) can come up.
 */

extern char **environ;

int
ag_read_all(struct ag_arena *arena, int fd, struct ag_bytes *ret_bytes)
{
	struct ag_buffer buffer = { .arena = arena };
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n > 0)
			ag_buffer_add(&buffer, chunk, (size_t)n);
		else if (errno != EINTR)
			return -1;
	}
	*ret_bytes = (struct ag_bytes){ (const uint8_t *)ag_buffer_text(&buffer), buffer.size };
	return 0;
}

int
ag_write_all(int fd, const void *data, size_t size)
{
	const char *from = data;

	while (size > 0) {
		ssize_t n = write(fd, from, size);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			from += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* A descriptor to read `bytes` from; -1 and errno. */
static int
memory_file(struct ag_bytes bytes)
{
	int fd = memfd_create("actorgen", MFD_CLOEXEC);

	if (fd >= 0 && (ag_write_all(fd, bytes.data, bytes.size) != 0 || lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* 0, or an errno. */
static int
spawn(const struct ag_command *command, int input_fd, int output_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	if (input_fd >= 0)
		error = posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, output_fd, command->output_fd);
	if (error == 0)
		error = posix_spawnp(ret_pid, command->argv[0], &actions, NULL, command->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static const char *
spawn_failure(struct ag_arena *arena, const struct ag_command *command, int error)
{
	if (error == ENOENT)
		return ag_format(arena, "%s was not found: apt install %s", command->argv[0], command->package);
	return ag_format(arena, "%s could not be run: %s", command->argv[0], strerror(error));
}

static const char *
exit_failure(struct ag_arena *arena, const struct ag_command *command, int status)
{
	if (WIFSIGNALED(status))
		return ag_format(arena, "%s was ended by signal %d", command->argv[0], WTERMSIG(status));
	return status != 0 ? "" : NULL;
}

/* Closes the descriptors. */
static const char *
run(struct ag_arena *arena, const struct ag_command *command, int input_fd, const int output[2],
    struct ag_bytes *ret_output)
{
	int status = 0, read_error = 0;
	pid_t pid;
	int error = spawn(command, input_fd, output[1], &pid);

	if (input_fd >= 0)
		close(input_fd);
	close(output[1]);
	if (error == 0 && ag_read_all(arena, output[0], ret_output) != 0)
		read_error = errno;
	close(output[0]);
	if (error != 0)
		return spawn_failure(arena, command, error);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (read_error != 0)
		return ag_format(arena, "the output of %s cannot be read: %s", command->argv[0], strerror(read_error));
	return exit_failure(arena, command, status);
}

int
ag_run(struct ag_arena *arena, const struct ag_command *command, struct ag_bytes *ret_output,
       const char **reterr_reason)
{
	int input_fd = -1;
	int output[2];
	const char *reason;

	if (command->input.data != NULL) {
		input_fd = memory_file(command->input);
		if (input_fd < 0) {
			*reterr_reason =
			    ag_format(arena, "no memory file for %s: %s", command->argv[0], strerror(errno));
			return -1;
		}
	}
	if (pipe2(output, O_CLOEXEC) != 0) {
		*reterr_reason = ag_format(arena, "no pipe for %s: %s", command->argv[0], strerror(errno));
		if (input_fd >= 0)
			close(input_fd);
		return -1;
	}
	reason = run(arena, command, input_fd, output, ret_output);
	if (reason != NULL)
		*reterr_reason = reason;
	return reason == NULL ? 0 : -1;
}
