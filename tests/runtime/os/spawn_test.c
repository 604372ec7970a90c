/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Starting processes, and their end.  The children are this same program: main() looks at its first argument, and
 * "as:exit_7" makes it the child that exits with 7 (the table `parts`), while any other makes it the test runner.
 *
 * A child that has something to tell writes lines into its link and exits; whoever reads sees the end of the link.
 */

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINK_FD 3
#define CRASH_FD 4
#define WAIT_MS 20000 /* for what is certain to come; only a failing test waits as long */
#define SPAWNS 300

/* ---- the parts that children play ------------------------------------------------------------------------------ */

static int
exit_7(void)
{
	return 7;
}

/* Instrumented builds turn some of these into an exit: back to the default, which is what is shown here. */
static int
die_by(int number)
{
	signal(number, SIG_DFL);
	raise(number);
	return 1;
}

static int
abort_self(void)
{
	return die_by(SIGABRT);
}

static int
segfault(void)
{
	return die_by(SIGSEGV);
}

static int
segfault_with_core(void)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_CORE, &limit);
	return die_by(SIGSEGV);
}

static int
wait_for_ever(void)
{
	while (pause() < 0)
		continue;
	return 1;
}

static int
wait_for_end_of_link(void)
{
	char byte;

	while (read(LINK_FD, &byte, 1) > 0)
		continue;
	return 0;
}

static int
write_at_once(void)
{
	return write(LINK_FD, "first frame", 11) == 11 && fcntl(CRASH_FD, F_GET_SEALS) >= 0 ? 0 : 1;
}

static void
tell_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
			dprintf(LINK_FD, "fd %s\n", entry->d_name);
	}
	closedir(dir);
}

/* As the kernel sees them, the two that libc keeps to itself included. */
static void
tell_signals(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];

	while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
		if (strstr(line, "Sig") != NULL || strstr(line, "Pnd") != NULL || strstr(line, "NoNewPrivs") != NULL)
			dprintf(LINK_FD, "%s", line);
	}
	fclose(status);
}

/* The state that exec left, before anything of ours has run. */
static int
tell_state(void)
{
	int death_signal = 0;

	tell_fds();
	tell_signals();
	(void)prctl(PR_GET_PDEATHSIG, &death_signal);
	dprintf(LINK_FD, "death signal %d\n", death_signal);
	dprintf(LINK_FD, "own group %d\n", getpgrp() == getpid());
	dprintf(LINK_FD, "link flags %x %x\n", fcntl(LINK_FD, F_GETFD), (unsigned)fcntl(LINK_FD, F_GETFL) & O_NONBLOCK);
	return 0;
}

static int
tell_environment(void)
{
	for (char **entry = environ; *entry != NULL; entry++)
		dprintf(LINK_FD, "%s\n", *entry);
	return 0;
}

static struct acti_os *
new_os(void)
{
	struct acti_os *os = NULL;
	const char *step = NULL;
	int rc = acti_os_linux_new(&os, &step);

	if (rc != 0) {
		dprintf(STDERR_FILENO, "%s: %s\n", step, strerror(-rc));
		abort();
	}
	return os;
}

static int
take_link(void)
{
	struct acti_os *os = new_os();
	int link = os->ops->inherited_link(os);

	dprintf(link, "taken, variable %s\n", getenv("ACTOR_LINK") == NULL ? "removed" : "left");
	acti_os_linux_free(os);
	return 0;
}

/* Spawns `title`; the link of that child is left open. */
static int
spawn_from_child(struct acti_os *os, const char *title, struct acti_process *process)
{
	const struct acti_spawn spawn = { .title = title };
	const char *step = "";
	int link, rc = os->ops->spawn(os, &spawn, process, &link, &step);

	if (rc != 0)
		dprintf(os->ops->inherited_link(os), "%d %s\n", rc, step);
	return rc;
}

/* Has a child that listens to nobody, and tells its pid. */
static int
be_parent(void)
{
	struct acti_os *os = new_os();
	struct acti_process process;

	if (spawn_from_child(os, "as:wait_for_ever", &process) == 0)
		dprintf(os->ops->inherited_link(os), "%d\n", process.pid);
	return wait_for_ever();
}

/* Its own file is replaced while it runs: a new version of the program was installed. */
static int
respawn_replaced(void)
{
	struct acti_os *os = new_os();
	struct acti_process process;
	char path[4096] = "";
	int status = -1;

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) <= 0 || unlink(path) != 0 ||
	    symlink("/bin/false", path) != 0)
		return 1;
	if (spawn_from_child(os, "as:exit_7", &process) != 0)
		return 2;
	waitpid(process.pid, &status, 0);
	dprintf(os->ops->inherited_link(os), "%d\n", WEXITSTATUS(status));
	acti_os_linux_free(os);
	return 0;
}

/* Started through ld.so; says on standard output how a spawn of itself went. */
static int
respawn_under_loader(void)
{
	const struct acti_spawn spawn = { .title = "as:exit_7" };
	struct acti_os *os = new_os();
	struct acti_process process;
	const char *step = "";
	int link, rc = os->ops->spawn(os, &spawn, &process, &link, &step);

	dprintf(STDOUT_FILENO, "%d %s\n", rc, step);
	_exit(0); /* the leak sanitizer does not know what belongs to a loader that runs as the program */
}

/* Started with other rights than its user has; what it was told by variables goes to standard output. */
static int
obey_nobody(void)
{
	const struct acti_spawn spawn = { .executable = "/usr/bin/env", .title = "env" };
	struct acti_os *os = new_os();
	struct acti_process process;
	const char *step = "", *log = os->ops->variable(os, "ACTOR_LOG"), *path = os->ops->variable(os, "PATH");
	int link = os->ops->inherited_link(os);

	dprintf(STDOUT_FILENO, "link %d\nlog %s\npath %s\n", link, log != NULL ? log : "-", path);
	if (os->ops->spawn(os, &spawn, &process, &link, &step) == 0)
		waitpid(process.pid, NULL, 0);
	dprintf(STDOUT_FILENO, "%s", step);
	_exit(0); /* without the leak sanitizer: it would need rights over this process that it does not have */
}

static const struct part {
	const char *name;
	int (*play)(void);
} parts[] = {
	{ "exit_7", exit_7 },
	{ "abort", abort_self },
	{ "segfault", segfault },
	{ "segfault_with_core", segfault_with_core },
	{ "wait_for_ever", wait_for_ever },
	{ "wait_for_end_of_link", wait_for_end_of_link },
	{ "write_at_once", write_at_once },
	{ "tell_state", tell_state },
	{ "tell_environment", tell_environment },
	{ "take_link", take_link },
	{ "be_parent", be_parent },
	{ "respawn_replaced", respawn_replaced },
	{ "respawn_under_loader", respawn_under_loader },
	{ "obey_nobody", obey_nobody },
};

int
main(int argc, char **argv)
{
	struct criterion_test_set *tests;
	int result = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strncmp(argv[0], "as:", 3) == 0 && strcmp(argv[0] + 3, parts[i].name) == 0)
			return parts[i].play();
	}
	if (getenv("ACTOR_LINK") != NULL)
		return 99; /* a child that lost its part (Valgrind does that) must not run all the tests, and so on */
	tests = criterion_initialize();
	if (criterion_handle_args(argc, argv, true))
		result = !criterion_run_all_tests(tests);
	criterion_finalize(tests);
	return result;
}

/* ---- the spawner's side ---------------------------------------------------------------------------------------- */

struct child {
	struct acti_process process;
	int link;
};

static void
spawn_with(struct acti_os *os, const struct acti_spawn *spawn, struct child *child)
{
	const char *step = "";
	int rc = os->ops->spawn(os, spawn, &child->process, &child->link, &step);

	cr_assert_eq(rc, 0, "%s: %s", step, strerror(-rc));
	cr_assert_gt(child->process.pid, 0);
	cr_assert_geq(child->process.pidfd, 0);
}

static void
spawn(struct acti_os *os, const char *title, struct child *child)
{
	const struct acti_spawn spec = { .title = title };

	spawn_with(os, &spec, child);
}

static void
await(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	cr_assert_eq(poll(&ready, 1, WAIT_MS), 1, "it does not come");
}

static int
reap(struct acti_os *os, struct child *child)
{
	int status = -1, rc;

	await(child->process.pidfd);
	rc = os->ops->process_reap(os, &child->process, &status);
	cr_assert_eq(rc, 0, "%s", strerror(-rc));
	os->ops->process_close(os, &child->process);
	cr_assert_eq(child->process.pidfd, -1);
	os->ops->process_close(os, &child->process);
	os->ops->close(os, child->link);
	return status;
}

/* All that the child says, to its end. */
static const char *
listen_to(struct acti_os *os, struct child *child, char *text, size_t size)
{
	size_t used = 0;
	ssize_t count = 1;

	while (count > 0) {
		await(child->link);
		cr_assert_lt(used, size - 1);
		count = os->ops->read(os, child->link, text + used, size - 1 - used);
		cr_assert_geq(count, 0);
		used += (size_t)count;
	}
	text[used] = '\0';
	cr_assert_eq(reap(os, child), 0, "%s", text);
	return text;
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
expect_no_children(void)
{
	siginfo_t info;

	cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
	cr_assert_eq(errno, ECHILD);
}

/* A spawn fails in this way, and leaves nothing behind. */
static void
expect_failure(struct acti_os *os, const struct acti_spawn *spec, int expected, const char *expected_step)
{
	struct acti_process process = { .pid = 11, .pidfd = 12 };
	unsigned before = count_fds();
	const char *step = "";
	int link = 13, rc;

	rc = os->ops->spawn(os, spec, &process, &link, &step);
	cr_assert_eq(rc, expected, "%s: %s", step, strerror(-rc));
	cr_assert_str_eq(step, expected_step);
	cr_assert(process.pid == 11 && process.pidfd == 12 && link == 13, "results are written on success only");
	cr_assert_eq(count_fds(), before);
	expect_no_children();
}

/* A directory for the files of one test; the test's process works in it. */
static void
enter_directory(char path[static 32])
{
	strcpy(path, "/tmp/actor-spawn-XXXXXX");
	cr_assert_not_null(mkdtemp(path));
	cr_assert_eq(chdir(path), 0);
}

static void
leave_directory(const char *path)
{
	DIR *dir = opendir(".");
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlink(entry->d_name);
	}
	closedir(dir);
	cr_assert_eq(rmdir(path), 0);
}

static void
make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* ---- how it fails ---------------------------------------------------------------------------------------------- */

/* robustness: A1 */
Test(spawn_failure, the_errno_of_exec_is_reported_with_its_step)
{
	static const struct {
		const char *name;
		int error;
	} cases[] = {
		{ "./missing", ENOENT },         { "./text/below", ENOTDIR },
		{ "./not_executable", EACCES },  { ".", EACCES },
		{ "./text", ENOEXEC },           { "./busy", ETXTBSY },
		{ "./bad_interpreter", ENOENT }, { "./loop", ELOOP },
	};
	struct acti_os *os = new_os();
	char path[32];
	int busy;

	enter_directory(path);
	make_file("not_executable", "#!/bin/sh\n", 0600);
	make_file("text", "no program\n", 0700);
	make_file("busy", "#!/bin/sh\n", 0700);
	make_file("bad_interpreter", "#!/missing/interpreter\n", 0700);
	cr_assert_eq(symlink("loop", "loop"), 0);
	busy = open("busy", O_WRONLY | O_CLOEXEC);
	cr_assert_geq(busy, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct acti_spawn spec = { .executable = cases[i].name, .title = "never" };

		expect_failure(os, &spec, -cases[i].error, "execve");
	}
	close(busy);
	leave_directory(path);
	acti_os_linux_free(os);
}

/* robustness: A1 */
Test(spawn_failure, an_environment_that_is_too_large_is_reported)
{
	static char entry[1 << 20] = "LARGE=";
	const char *const environment[] = { entry, NULL };
	const struct acti_spawn held = { .title = "never", .environment = environment };
	const struct acti_spawn named = { .title = "never", .executable = "/bin/true", .environment = environment };
	struct acti_os *os = new_os();

	memset(entry + 6, 'x', sizeof(entry) - 7);
	expect_failure(os, &held, -E2BIG, "execveat");
	expect_failure(os, &named, -E2BIG, "execve");
	acti_os_linux_free(os);
}

Test(spawn_failure, an_entry_of_the_environment_needs_a_name)
{
	static const char *const entries[] = { "NO_VALUE", "=no name", "" };
	struct acti_os *os = new_os();

	for (size_t i = 0; i < 3; i++) {
		const char *const environment[] = { "GOOD=1", entries[i], NULL };
		const struct acti_spawn spec = { .title = "never", .environment = environment };

		expect_failure(os, &spec, -EINVAL, "make the environment");
	}
	acti_os_linux_free(os);
}

static void *
allocate_nothing(struct acti_memory *memory, size_t size)
{
	(void)memory;
	(void)size;
	return NULL;
}

/* robustness: A1 */
Test(spawn_failure, spent_memory_is_reported)
{
	const struct acti_spawn spec = { .title = "never" };
	struct acti_os *os = new_os();

	os->memory.allocate = allocate_nothing;
	expect_failure(os, &spec, -ENOMEM, "make the environment");
	acti_os_linux_free(os);
}

static int
lowest_free_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Room for 0 to 3 more descriptors, and then for the four that it takes. */
/* robustness: C2 */
Test(spawn_failure, spent_descriptors_are_reported_and_no_child_is_left_without_its_pidfd)
{
	static const char *const steps[] = { "memfd_create", "socketpair", "socketpair", "clone" };
	const struct acti_spawn spec = { .title = "as:exit_7" };
	struct acti_os *os = new_os();
	struct rlimit limit, before;
	struct child child;
	int fds[4];

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	fds[3] = lowest_free_fd();
	while (fds[3] < 200) /* no gaps below, so that the limit says how many are left */
		fds[3] = dup(0);
	limit = before;
	limit.rlim_cur = (rlim_t)fds[3] + 5;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < 4; i++)
		fds[i] = dup(0);
	for (size_t i = 0; i < 4; i++) {
		struct acti_process process;
		const char *step = "";
		int link;

		cr_assert_eq(os->ops->spawn(os, &spec, &process, &link, &step), -EMFILE);
		cr_assert_str_eq(step, steps[i]);
		expect_no_children();
		close(fds[i]);
	}
	spawn_with(os, &spec, &child);
	cr_assert_eq(WEXITSTATUS(reap(os, &child)), 7);
	cr_assert_eq(dup(0), fds[0], "what failed has left none open");
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	acti_os_linux_free(os);
}

Test(spawn_failure, a_program_started_through_a_loader_is_told_to_name_its_file)
{
	const char *loader = "/lib64/ld-linux-x86-64.so.2";
	char text[256] = "", self[4096] = "";
	int ends[2], status = -1;
	pid_t pid;

	if (access(loader, X_OK) != 0)
		cr_skip_test("no loader of a known name");
	cr_assert_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		clearenv(); /* the test runner takes over whatever has its variables */
		execl(loader, loader, "--argv0", "as:respawn_under_loader", self, NULL);
		_exit(1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	cr_assert_gt(read(ends[0], text, sizeof(text) - 1), 0);
	cr_assert_not_null(strstr(text, "-8 exec: this program was started through a loader"), "%s", text);
	cr_assert_not_null(strstr(text, "options.executable"));
}

/* ---- what a child inherits ------------------------------------------------------------------------------------- */

static void
expect_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	cr_assert_not_null(found, "no \"%s\" in:\n%s", line, text);
	cr_assert(found == text || found[-1] == '\n', "within a line: \"%s\" in:\n%s", line, text);
	cr_assert_eq(found[strlen(line)], '\n', "the start of a line only: \"%s\" in:\n%s", line, text);
}

static void
ignore(int number)
{
	(void)number;
}

/* Everything that a careless program does before it spawns: handlers, ignored and blocked signals, open files. */
static void
make_a_mess(void)
{
	sigset_t all;

	for (int number = 1; number < NSIG; number++) {
		if (number != SIGCHLD)
			signal(number, number % 2 == 0 ? ignore : SIG_IGN);
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < 200; i++)
		cr_assert_geq(open("/dev/null", O_RDONLY), 0); /* without O_CLOEXEC */
	cr_assert_eq(dup2(0, 1000), 1000);
}

/* robustness: C5, C6, B2, B5 */
Test(spawn, a_child_inherits_five_descriptors_and_a_clean_signal_state)
{
	struct acti_os *os = new_os();
	struct child child;
	char text[8192];

	make_a_mess();
	spawn(os, "as:tell_state", &child);
	listen_to(os, &child, text, sizeof(text));
	for (int fd = 0; fd <= CRASH_FD; fd++) {
		char line[16];

		snprintf(line, sizeof(line), "fd %d", fd);
		expect_line(text, line);
	}
	cr_assert_null(strstr(strstr(text, "fd 4\n") + 1, "fd "), "%s", text);
	expect_line(text, "SigPnd:\t0000000000000000");
	expect_line(text, "ShdPnd:\t0000000000000000");
	expect_line(text, "SigBlk:\t0000000000000000");
	expect_line(text, "SigIgn:\t0000000000000000");
	expect_line(text, "NoNewPrivs:\t1");
	expect_line(text, "death signal 9");
	expect_line(text, "own group 1");
	expect_line(text, "link flags 0 0");
	acti_os_linux_free(os);
}

/*
 * 3 and 4 are numbers in the child; in the parent they may be those of any of the three descriptors that a spawn
 * makes, which get the lowest that are free.
 */
Test(spawn, descriptors_that_get_the_numbers_3_and_4_in_the_parent_work_too)
{
	static const int gaps[][3] = { { 3, 3, 3 }, { 4, 4, 4 }, { 3, 4, 4 }, { 0, 3, 3 },
		                       { 0, 4, 4 }, { 0, 3, 4 }, { 0, 1, 3 }, { 0, 1, 4 } };
	struct acti_os *os = new_os();
	struct child child;
	char text[64] = "";
	int status = -1;
	pid_t pid = fork(); /* the test's own process needs its 3 */

	if (pid == 0) {
		struct acti_spawn spec = { .title = "as:write_at_once" };
		const char *step;

		for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
			for (int fd = 0; fd < 5; fd++)
				if (fcntl(fd, F_GETFD) < 0)
					dup2(2, fd);
			for (size_t k = 0; k < 3; k++)
				close(gaps[i][k]);
			if (os->ops->spawn(os, &spec, &child.process, &child.link, &step) != 0)
				_exit(2);
			if (waitpid(child.process.pid, &status, 0) < 0 || status != 0)
				_exit(3);
			if (recv(child.link, text, sizeof(text), 0) != 11)
				_exit(4);
			os->ops->process_close(os, &child.process);
			close(child.link);
		}
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%x", status);
	acti_os_linux_free(os);
}

/* robustness: N4 */
Test(spawn, a_child_gets_the_allowed_part_of_the_environment_and_what_the_spawner_adds)
{
	static const char *const added[] = {
		"ADDED=1", "LANG=xx", "ACTOR_LINK=9", "ACTOR_CRASH=9", "ACTOR_TRACE_CRASH=4", "SECRET_NOT=", NULL
	};
	const struct acti_spawn spec = { .title = "as:tell_environment", .environment = added };
	struct acti_os *os = new_os();
	struct child child;
	char text[8192];

	clearenv();
	setenv("PATH", "/bin", 1);
	setenv("LANG", "C", 1);
	setenv("LC_ALL", "C", 1);
	setenv("LC_TIME", "C", 1);
	setenv("TZ", "UTC", 1);
	setenv("HOME", "/", 1);
	setenv("XDG_RUNTIME_DIR", "/run", 1);
	setenv("TERM", "vt100", 1);
	setenv("ACTOR_LOG", "debug", 1);
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	setenv("GCOV_PREFIX_STRIP", "2", 1);
	setenv("SECRET", "1", 1);
	setenv("LD_PRELOAD", "", 1);
	setenv("PATHOLOGY", "1", 1);
	setenv("ACTOR_LINK", "5", 1);
	setenv("ACTOR_LOG_FILE", "x", 1);
	setenv("NOTIFY_SOCKET", "/run/notify", 1);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "1", 1);
	spawn_with(os, &spec, &child);
	cr_assert_str_eq(listen_to(os, &child, text, sizeof(text)),
	                 "PATH=/bin\nLC_ALL=C\nLC_TIME=C\nTZ=UTC\nHOME=/\nXDG_RUNTIME_DIR=/run\nTERM=vt100\n"
	                 "ACTOR_LOG=debug\nASAN_OPTIONS=detect_leaks=0\nGCOV_PREFIX_STRIP=2\n"
	                 "ADDED=1\nLANG=xx\nSECRET_NOT=\nACTOR_LINK=3\nACTOR_CRASH=4\n");
	acti_os_linux_free(os);
}

Test(spawn, a_child_finds_its_link_and_forgets_the_variable)
{
	struct acti_os *os = new_os();
	struct child child;
	char text[64];

	spawn(os, "as:take_link", &child);
	cr_assert_neq(fcntl(child.link, F_GETFL) & O_NONBLOCK, 0);
	cr_assert_neq(fcntl(child.link, F_GETFD) & FD_CLOEXEC, 0);
	cr_assert_neq(fcntl(child.process.pidfd, F_GETFD) & FD_CLOEXEC, 0);
	cr_assert_str_eq(listen_to(os, &child, text, sizeof(text)), "taken, variable removed\n");
	acti_os_linux_free(os);
}

/* Its words and its end may both be there before the spawner goes on. */
Test(spawn, a_child_that_writes_at_once_is_not_taken_for_one_that_failed)
{
	struct acti_os *os = new_os();
	struct child child;
	char text[64];

	for (int i = 0; i < 20; i++) {
		spawn(os, "as:write_at_once", &child);
		cr_assert_str_eq(listen_to(os, &child, text, sizeof(text)), "first frame");
	}
	acti_os_linux_free(os);
}

Test(spawn, another_program_can_be_named_and_a_script_is_one_too)
{
	const struct acti_spawn spec = { .executable = "./script", .title = "script" };
	struct acti_os *os = new_os();
	struct child child;
	char path[32];

	enter_directory(path);
	make_file("script", "#!/bin/sh\nexit 9\n", 0700);
	spawn_with(os, &spec, &child);
	cr_assert_eq(WEXITSTATUS(reap(os, &child)), 9);
	leave_directory(path);
	acti_os_linux_free(os);
}

static void
copy_self(const char *name)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	char block[65536];
	ssize_t count;

	cr_assert(from >= 0 && to >= 0);
	while ((count = read(from, block, sizeof(block))) > 0)
		cr_assert_eq(write(to, block, (size_t)count), count);
	close(from);
	close(to);
}

Test(spawn, a_program_whose_file_was_replaced_starts_the_build_that_runs)
{
	const struct acti_spawn spec = { .executable = "./copy", .title = "as:respawn_replaced" };
	struct acti_os *os = new_os();
	struct child child;
	char path[32], text[64];

	enter_directory(path);
	copy_self("copy");
	spawn_with(os, &spec, &child);
	cr_assert_str_eq(listen_to(os, &child, text, sizeof(text)), "7\n");
	leave_directory(path);
	acti_os_linux_free(os);
}

/* robustness: N4 */
Test(spawn, a_program_with_more_rights_than_its_user_takes_no_orders_from_the_environment)
{
	static char *const arguments[] = { "as:obey_nobody", NULL };
	static char *const environment[] = { "PATH=/bin", "ACTOR_LINK=3", "ACTOR_LOG=debug", NULL };
	char path[32], text[256] = "";
	int ends[2], status = -1;
	pid_t pid;

	if (geteuid() != 0)
		cr_skip_test("only root can make a file that belongs to somebody else");
	enter_directory(path);
	cr_assert_eq(chmod(".", 0711), 0);
	copy_self("copy");
	cr_assert_eq(chown("copy", 65534, 65534), 0);
	cr_assert_eq(chmod("copy", 04755), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = fork();
	if (pid == 0) {
		int place = fcntl(ends[1], F_DUPFD, 10);

		dup2(place, STDOUT_FILENO);
		dup2(place, LINK_FD);
		execve("./copy", arguments, environment);
		_exit(1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	close(ends[1]);
	cr_assert_gt(recv(ends[0], text, sizeof(text) - 1, MSG_WAITALL), 0);
	cr_assert_str_eq(text, "link -1\nlog -\npath /bin\nPATH=/bin\nACTOR_LINK=3\nACTOR_CRASH=4\n");
	leave_directory(path);
}

Test(spawn, the_state_of_the_spawner_is_as_before)
{
	struct acti_os *os = new_os();
	sigset_t odd, after;
	struct child child;
	struct sigaction seen;

	sigemptyset(&odd);
	sigaddset(&odd, SIGUSR2);
	cr_assert_eq(pthread_sigmask(SIG_SETMASK, &odd, NULL), 0);
	signal(SIGHUP, ignore);
	spawn(os, "as:exit_7", &child);
	reap(os, &child);
	cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
	cr_assert_eq(sigismember(&after, SIGUSR2), 1);
	cr_assert_eq(sigismember(&after, SIGTERM), 0);
	cr_assert_eq(sigaction(SIGHUP, NULL, &seen), 0);
	cr_assert_eq(seen.sa_handler, ignore);
	acti_os_linux_free(os);
}

/* ---- its end --------------------------------------------------------------------------------------------------- */

Test(process_end, a_process_that_runs_is_not_reaped)
{
	struct acti_os *os = new_os();
	struct child child;
	int status = 77;

	spawn(os, "as:wait_for_end_of_link", &child);
	cr_assert_eq(os->ops->process_reap(os, &child.process, &status), -EAGAIN);
	cr_assert_eq(status, 77);
	cr_assert_eq(shutdown(child.link, SHUT_WR), 0);
	cr_assert_eq(reap(os, &child), 0);
	expect_no_children();
	acti_os_linux_free(os);
}

/* robustness: A14 */
Test(process_end, the_status_is_the_one_that_waitpid_gives)
{
	static const char *const titles[] = { "as:exit_7", "as:abort", "as:segfault", "as:segfault_with_core" };
	static const int causes[] = { 0, SIGABRT, SIGSEGV, SIGSEGV };
	struct acti_os *os = new_os();
	char path[32];

	enter_directory(path); /* for cores */
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		struct child one, other;
		int expected = -1, status;

		spawn(os, titles[i], &one);
		spawn(os, titles[i], &other);
		cr_assert_eq(waitpid(one.process.pid, &expected, 0), one.process.pid);
		status = reap(os, &other);
		cr_assert_eq(status, expected, "%x, not %x", status, expected);
		cr_assert_eq(WTERMSIG(status), causes[i]);
		os->ops->process_close(os, &one.process);
		os->ops->close(os, one.link);
	}
	leave_directory(path);
	acti_os_linux_free(os);
}

/* robustness: A14 */
Test(process_end, a_killed_process_says_by_which_signal)
{
	static const int signals[] = { SIGTERM, SIGKILL };
	struct acti_os *os = new_os();

	for (size_t i = 0; i < 2; i++) {
		struct child child;

		spawn(os, "as:wait_for_ever", &child);
		cr_assert_eq(os->ops->process_kill(os, &child.process, signals[i]), 0);
		cr_assert_eq(reap(os, &child), signals[i]);
	}
	acti_os_linux_free(os);
}

Test(process_end, a_process_that_was_reaped_can_no_longer_be_killed)
{
	struct acti_os *os = new_os();
	struct child child;
	int status;

	spawn(os, "as:exit_7", &child);
	await(child.process.pidfd);
	cr_assert_eq(os->ops->process_kill(os, &child.process, SIGKILL), 0, "a zombie takes it");
	cr_assert_eq(os->ops->process_reap(os, &child.process, &status), 0);
	cr_assert_eq(WEXITSTATUS(status), 7);
	cr_assert_eq(os->ops->process_kill(os, &child.process, SIGKILL), -ESRCH);
	cr_assert_eq(os->ops->process_reap(os, &child.process, &status), -ECHILD);
	os->ops->process_close(os, &child.process);
	os->ops->close(os, child.link);
	acti_os_linux_free(os);
}

/* robustness: B6 */
Test(process_end, a_status_that_somebody_else_took_is_told_as_such)
{
	struct acti_os *os = new_os();
	struct child child;
	int status = 77;

	spawn(os, "as:exit_7", &child);
	cr_assert_eq(wait(NULL), child.process.pid);
	await(child.process.pidfd);
	cr_assert_eq(os->ops->process_reap(os, &child.process, &status), -ECHILD);
	cr_assert_eq(status, 77);
	os->ops->process_close(os, &child.process);
	os->ops->close(os, child.link);
	acti_os_linux_free(os);
}

struct reaping {
	struct acti_watch watch;
	struct child child;
	int status;
};

static void
reap_when_ready(struct acti_watch *watch, unsigned readiness)
{
	struct reaping *reaping = acti_container_of(watch, struct reaping, watch);

	(void)readiness;
	cr_assert_eq(watch->os->ops->process_reap(watch->os, &reaping->child.process, &reaping->status), 0);
	watch->os->ops->watch_stop(watch->os, watch);
	watch->os->ops->loop_stop(watch->os);
}

static bool
no_turn(void *argument)
{
	(void)argument;
	return false;
}

/* The loop must not reap by itself, as libev's default loop does, whatever the launcher left of SIGCHLD. */
/* robustness: B5 */
Test(process_end, the_loop_tells_of_it_and_leaves_the_status)
{
	struct reaping reaping = { .watch.ready = reap_when_ready, .status = -1 };
	struct acti_os *os;

	signal(SIGCHLD, SIG_IGN);
	os = new_os();
	spawn(os, "as:exit_7", &reaping.child);
	cr_assert_eq(os->ops->watch_start(os, &reaping.watch, reaping.child.process.pidfd, ACTI_READABLE), 0);
	cr_assert_eq(os->ops->loop_run(os, no_turn, NULL), 0);
	cr_assert_eq(WEXITSTATUS(reaping.status), 7);
	os->ops->process_close(os, &reaping.child.process);
	os->ops->close(os, reaping.child.link);
	acti_os_linux_free(os);
}

/* A grandchild that listens to nobody, so that only the death signal ends it. */
/* robustness: A5 */
Test(process_end, the_death_of_a_parent_ends_its_children)
{
	struct acti_os *os = new_os();
	struct child parent;
	char text[32] = "";
	int grandchild;

	spawn(os, "as:be_parent", &parent);
	await(parent.link);
	cr_assert_gt(os->ops->read(os, parent.link, text, sizeof(text) - 1), 0);
	grandchild = pidfd_open(atoi(text), 0);
	cr_assert_geq(grandchild, 0, "%s", text);
	cr_assert_eq(os->ops->process_kill(os, &parent.process, SIGKILL), 0);
	cr_assert_eq(reap(os, &parent), SIGKILL);
	await(grandchild);
	close(grandchild);
	acti_os_linux_free(os);
}

Test(process_end, many_processes_leave_nothing_behind, .timeout = 300)
{
	const struct acti_spawn missing = { .executable = "/missing", .title = "never" };
	struct acti_os *os = new_os();
	unsigned before = count_fds();

	for (int i = 0; i < SPAWNS; i++) {
		struct child child;

		spawn(os, "as:exit_7", &child);
		cr_assert_eq(WEXITSTATUS(reap(os, &child)), 7);
		if (i % 10 == 0)
			expect_failure(os, &missing, -ENOENT, "execve");
	}
	cr_assert_eq(count_fds(), before);
	expect_no_children();
	acti_os_linux_free(os);
}
