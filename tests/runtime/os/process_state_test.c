/* SPDX-License-Identifier: BSD-2-Clause */

/* What the seam does to the process that it is made in, and gives back; and its small calls. */

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct acti_os *
new_os(void)
{
	struct acti_os *os = NULL;
	const char *step = NULL;
	int rc = acti_os_linux_new(&os, &step);

	cr_assert_eq(rc, 0, "%s: %d", step, rc);
	return os;
}

static unsigned
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	cr_assert_not_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static void
ignore(int number)
{
	(void)number;
}

/* robustness: B5 */
Test(process_state, signals_are_made_ours_and_given_back)
{
	struct sigaction odd = { .sa_handler = SIG_IGN, .sa_flags = SA_NOCLDWAIT }, seen;
	struct sigaction pipe_handler = { .sa_handler = ignore };
	sigset_t blocked, after;
	struct acti_os *os;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGUSR2);
	cr_assert_eq(sigaction(SIGCHLD, &odd, NULL), 0);
	cr_assert_eq(sigaction(SIGPIPE, &pipe_handler, NULL), 0);
	cr_assert_eq(pthread_sigmask(SIG_SETMASK, &blocked, NULL), 0);

	os = new_os();
	cr_assert_eq(sigaction(SIGCHLD, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, SIG_DFL);
	cr_assert_eq(seen.sa_flags & SA_NOCLDWAIT, 0);
	cr_assert_eq(sigaction(SIGPIPE, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, SIG_IGN);
	cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
	cr_assert_eq(sigismember(&after, SIGCHLD), 0);
	cr_assert_eq(sigismember(&after, SIGTERM), 0);
	cr_assert_eq(sigismember(&after, SIGUSR1), 0);
	cr_assert_eq(sigismember(&after, SIGUSR2), 1);
	cr_assert_eq(sigaction(SIGUSR1, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, SIG_IGN);

	acti_os_linux_free(os);
	cr_assert_eq(sigaction(SIGCHLD, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, SIG_IGN);
	cr_assert_neq(seen.sa_flags & SA_NOCLDWAIT, 0);
	cr_assert_eq(sigaction(SIGPIPE, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, ignore);
	cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
	cr_assert_eq(sigismember(&after, SIGCHLD), 1);
	cr_assert_eq(sigismember(&after, SIGTERM), 1);
	cr_assert_eq(sigismember(&after, SIGUSR1), 1);
	cr_assert_eq(sigismember(&after, SIGUSR2), 1);
	cr_assert_eq(sigaction(SIGUSR1, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, SIG_DFL);
}

Test(process_state, nothing_is_left_open_after_the_end)
{
	unsigned before = count_fds();

	for (int i = 0; i < 3; i++)
		acti_os_linux_free(new_os());
	acti_os_linux_free(NULL);
	cr_assert_eq(count_fds(), before);
}

Test(process_state, without_a_parent_actor_there_is_no_link)
{
	struct acti_os *os = new_os();

	cr_assert_eq(os->ops->inherited_link(os), -1);
	acti_os_linux_free(os);
}

/*
 * A process without descriptors but 0 to 2, since those of the test's own process include a 3.  It runs `body` and
 * exits with what it gives: 0, or the line of the check that failed.
 */
static void
run_apart(int (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		close_range(3, ~0u, 0);
		_exit(body());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "status %x, from line %d", status, WEXITSTATUS(status));
}

#define CHECK(condition)                 \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

/* Which link is found by whom the variable names descriptor `value` and who has `fd` as its 3 (below 0: nothing). */
static int
link_when(const char *value, int fd)
{
	struct acti_os *os = NULL;
	const char *step;
	int rc, link = -2;

	if (fd >= 0 && fd != 3 && dup2(fd, 3) != 3)
		return -2;
	if (setenv("ACTOR_LINK", value, 1) != 0)
		return -2;
	rc = acti_os_linux_new(&os, &step);
	link = rc == 0 ? os->ops->inherited_link(os) : rc;
	acti_os_linux_free(os);
	return getenv("ACTOR_LINK") == NULL ? link : -3;
}

static int
offer_wrong_links(void)
{
	int file = open("/dev/null", O_RDWR), pair[2], datagrams[2];

	CHECK(file == 3);
	CHECK(link_when("3", file) == -ENOTSOCK);
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams) == 0);
	CHECK(link_when("3", datagrams[0]) == -ENOTSOCK);
	CHECK(link_when("3", socket(AF_INET, SOCK_STREAM, 0)) == -ENOTSOCK);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(link_when("4", pair[0]) == -1);
	CHECK(link_when("", pair[0]) == -1);
	CHECK(link_when("3x", pair[0]) == -1);
	CHECK(fcntl(3, F_GETFD) == 0); /* none of them was touched */
	close(3);
	CHECK(link_when("3", -1) == -ENOTSOCK);
	return 0;
}

Test(process_state, a_link_is_taken_only_where_the_variable_and_the_descriptor_agree)
{
	run_apart(offer_wrong_links);
}

static int
take_link(void)
{
	int pair[2], link;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(pair[0] == 3);
	link = link_when("3", 3);
	CHECK(link >= 10);
	CHECK(fcntl(3, F_GETFD) == -1);
	CHECK(fcntl(link, F_GETFD) == FD_CLOEXEC); /* the end of the seam has not closed it */
	CHECK((fcntl(link, F_GETFL) & O_NONBLOCK) != 0);
	return 0;
}

Test(process_state, a_link_that_was_asked_for_belongs_to_who_asked)
{
	run_apart(take_link);
}

static int
leave_link(void)
{
	struct acti_os *os = NULL;
	const char *step;
	int pair[2];
	char byte;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(setenv("ACTOR_LINK", "3", 1) == 0);
	CHECK(acti_os_linux_new(&os, &step) == 0);
	CHECK(recv(pair[1], &byte, 1, MSG_DONTWAIT) == -1);
	acti_os_linux_free(os);
	CHECK(recv(pair[1], &byte, 1, MSG_DONTWAIT) == 0);
	return 0;
}

Test(process_state, a_link_that_nobody_asked_for_is_closed_at_the_end)
{
	run_apart(leave_link);
}

static int
start_without_standard_descriptors(void)
{
	struct acti_os *os = NULL;
	const char *step;

	close(0);
	close(1);
	close(2);
	CHECK(acti_os_linux_new(&os, &step) == 0);
	for (int fd = 0; fd <= 2; fd++)
		CHECK(fcntl(fd, F_GETFD) == 0); /* open, and passed on to children */
	CHECK(write(1, "x", 1) == 1);
	CHECK(dup(0) > 2);
	acti_os_linux_free(os);
	return 0;
}

/* robustness: C4 */
Test(process_state, closed_standard_descriptors_are_opened_first)
{
	run_apart(start_without_standard_descriptors);
}

static int
start_in_an_empty_root(void)
{
	struct acti_os *os = NULL;
	const struct acti_spawn spawn = { .title = "child" };
	struct acti_process process;
	const char *step = NULL;
	char byte;
	int link;

	close(0);
	CHECK(chdir("/proc/self/fdinfo") == 0 && chroot(".") == 0); /* it has neither /dev nor /proc */
	CHECK(acti_os_linux_new(&os, &step) == 0);
	CHECK(fcntl(0, F_GETFD) == 0);
	CHECK(read(0, &byte, 1) == -1);
	CHECK(write(0, "x", 1) == -1 && errno == ENOTCONN);
	CHECK(os->ops->spawn(os, &spawn, &process, &link, &step) == -ENOENT);
	CHECK(strcmp(step, "open /proc/self/exe") == 0);
	acti_os_linux_free(os);
	return 0;
}

/* robustness: C10 */
Test(process_state, without_proc_and_dev_only_a_spawn_fails)
{
	if (geteuid() != 0)
		cr_skip_test("only root can change its root");
	run_apart(start_in_an_empty_root);
}

Test(process_state, a_stack_can_be_used_from_end_to_end_and_its_size_is_rounded_up)
{
	struct acti_os *os = new_os();
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *stack = os->ops->stack_map(os, 262144), *small = os->ops->stack_map(os, 1);

	cr_assert_not_null(stack);
	cr_assert_not_null(small);
	memset(stack, 1, 262144);
	memset(small, 1, page);
	os->ops->stack_unmap(os, stack, 262144);
	os->ops->stack_unmap(os, small, 1);
	os->ops->stack_unmap(os, NULL, 1);
	cr_assert_null(os->ops->stack_map(os, SIZE_MAX));
	cr_assert_null(os->ops->stack_map(os, SIZE_MAX - 4096));
	cr_assert_null(os->ops->stack_map(os, SIZE_MAX / 2));
	acti_os_linux_free(os);
}

Test(process_state, just_below_a_stack_is_a_guard, .signal = SIGSEGV)
{
	struct acti_os *os = new_os();
	char *stack = os->ops->stack_map(os, 262144);

	signal(SIGSEGV, SIG_DFL);
	((volatile char *)stack)[-1] = 1;
}

Test(process_state, the_guard_is_at_least_64_kib)
{
	struct acti_os *os = new_os();
	char *stack = os->ops->stack_map(os, 262144);
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], rights[8];
	uintptr_t start = 0, end = 0;

	cr_assert_not_null(maps);
	while (end != (uintptr_t)stack) {
		cr_assert_not_null(fgets(line, sizeof(line), maps));
		cr_assert_eq(sscanf(line, "%lx-%lx %7s", &start, &end, rights), 3);
	}
	fclose(maps);
	cr_assert_str_eq(rights, "---p");
	cr_assert_geq(end - start, 65536);
	os->ops->stack_unmap(os, stack, 262144);
	acti_os_linux_free(os);
}

Test(process_state, the_small_calls_do_what_they_say)
{
	struct acti_os *os = new_os();
	unsigned char one[300] = { 0 }, other[300] = { 0 };
	char name[16] = "";
	void *block = acti_allocate(&os->memory, 100);

	cr_assert_eq((uintptr_t)block % 16, 0);
	acti_release(&os->memory, block);
	acti_release(&os->memory, NULL);
	cr_assert_eq(os->ops->random(os, one, sizeof(one)), 0);
	cr_assert_eq(os->ops->random(os, other, sizeof(other)), 0);
	cr_assert_neq(memcmp(one, other, sizeof(one)), 0);
	cr_assert_eq(os->ops->pid(os), getpid());
	cr_assert_eq(os->ops->choose(os, 5), 0);
	cr_assert_eq(setenv("ACTOR_TEST", "value", 1), 0);
	cr_assert_str_eq(os->ops->variable(os, "ACTOR_TEST"), "value");
	cr_assert_null(os->ops->variable(os, "ACTOR_TEST_OTHER"));
	os->ops->title(os, "a_name_longer_than_15");
	cr_assert_eq(prctl(PR_GET_NAME, name, 0, 0, 0), 0);
	cr_assert_str_eq(name, "a_name_longer_t");
	acti_os_linux_free(os);
}

/* ---- the log --------------------------------------------------------------------------------------------------- */

/* Puts `fd` in place of descriptor 2. */
static void
redirect(int fd)
{
	cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
}

static void
log_line(struct acti_os *os, const char *line)
{
	os->ops->log(os, line, strlen(line));
}

static void
expect_text(int fd, const char *expected)
{
	char text[256] = "";
	ssize_t count = read(fd, text, sizeof(text) - 1);

	cr_assert_gt(count, 0);
	cr_assert_str_eq(text, expected);
}

Test(log, a_line_reaches_files_pipes_and_sockets)
{
	struct acti_os *os = new_os();
	int ends[2], file = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	cr_assert_geq(file, 0);
	redirect(dup(file));
	log_line(os, "to a file\n");
	cr_assert_eq(lseek(file, 0, SEEK_SET), 0);
	expect_text(file, "to a file\n");
	cr_assert_eq(pipe(ends), 0);
	redirect(ends[1]);
	log_line(os, "to a pipe\n");
	expect_text(ends[0], "to a pipe\n");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	redirect(ends[1]);
	log_line(os, "to a socket\n");
	expect_text(ends[0], "to a socket\n");
	acti_os_linux_free(os);
}

static void
fill_and_log(struct acti_os *os, int out, int in)
{
	char block[65536];
	int flags = fcntl(out, F_GETFL);

	memset(block, '.', sizeof(block));
	redirect(out);
	cr_assert_eq(fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(STDERR_FILENO, block, sizeof(block)) > 0)
		continue;
	while (write(STDERR_FILENO, block, 1) > 0)
		continue;
	cr_assert_eq(fcntl(STDERR_FILENO, F_SETFL, flags), 0);
	log_line(os, "lost\n");
	log_line(os, "lost too\n");

	cr_assert_eq(fcntl(in, F_SETFL, O_NONBLOCK), 0);
	while (read(in, block, sizeof(block)) > 0)
		continue;
	log_line(os, "seen\n");
	memset(block, 0, 256);
	cr_assert_gt(read(in, block, 255), 0);
	cr_assert_str_eq(block, "actor: 2 log lines were dropped here\nseen\n");
	close(in);
}

/* robustness: C9 */
Test(log, where_nobody_reads_lines_are_dropped_and_counted_and_nothing_blocks, .timeout = 20)
{
	struct acti_os *os = new_os();
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	fill_and_log(os, ends[1], ends[0]);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fill_and_log(os, ends[1], ends[0]);
	acti_os_linux_free(os);
}

/* robustness: C9, B2 */
Test(log, a_reader_that_is_gone_does_no_harm)
{
	struct acti_os *os = new_os();
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	close(ends[0]);
	redirect(ends[1]);
	log_line(os, "to nobody\n");
	redirect(open("/dev/full", O_WRONLY));
	log_line(os, "to a full disk\n");
	close(STDERR_FILENO);
	log_line(os, "to nothing\n");
	acti_os_linux_free(os);
}
