/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Sockets with names: directories for them, who has a name, what the dead leave; connections, and what comes along with
 * them; what a process is started with and tells its starter.
 *
 * Every test has a directory of its own below /tmp, and removes it.  Processes of other users are forked, and give what
 * CHECK found: 0, or the line of the check that failed.
 */

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <os/linux.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_demand.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define ROUNDS 500
#define DEAD_PID INT_MAX   /* no process ever has it; that of one that has ended may be given to another meanwhile */
#define BACKLOG_TRIES 1000 /* more than any backlog */

static struct acti_os *os;
static char base[] = "/tmp/actor-listen-XXXXXX";

/* What a call that failed told. */
static const char *why;
static pid_t holder;

static struct acti_os *
new_os(void)
{
	struct acti_os *made = NULL;
	const char *step = NULL;
	int rc = acti_os_linux_new(&made, &step);

	cr_assert_eq(rc, 0, "%s: %d", step, rc);
	return made;
}

static void
begin(void)
{
	test_demand(mkdtemp(base) != NULL, "%d", errno);
	os = new_os();
}

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void
end(void)
{
	acti_os_linux_free(os);
	test_demand(nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, "%s: %d", base, errno);
}

TestSuite(directory, .init = begin, .fini = end);
TestSuite(listen, .init = begin, .fini = end);
TestSuite(dead, .init = begin, .fini = end);
TestSuite(connection, .init = begin, .fini = end);
TestSuite(started, .init = begin, .fini = end);

#define CHECK(condition)                 \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

/* A path below ours; good until the eighth call from then on. */
static const char *
at(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static bool
is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static mode_t
mode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 ? status.st_mode & 07777 : 0xffff;
}

static int
make_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	ssize_t count = write(fd, text, strlen(text));

	return close(fd) == 0 && count == (ssize_t)strlen(text) ? 0 : -1;
}

static unsigned
count_fds(void)
{
	DIR *entries = opendir("/proc/self/fd");
	unsigned count = 0;

	cr_assert_not_null(entries);
	while (readdir(entries) != NULL)
		count++;
	closedir(entries);
	return count;
}

static void
skip_unless_root(void)
{
	if (geteuid() != 0)
		cr_skip_test("only root can be other users");
}

/* As a program without locks does it. */
static int
listen_plainly(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		cr_assert_eq(listen(fd, 8), 0);
	return fd;
}

/* A child that does not outlive a test that fails. */
static pid_t
fork_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent))
		_exit(255);
	return pid;
}

/* In a process of its own, as another user if `uid` is not 0. */
static void
run_as(uid_t uid, int (*body)(void))
{
	int status = 0;
	pid_t pid = fork_child();

	if (pid == 0) {
		if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0))
			_exit(255);
		_exit(body());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "status %x, from line %d of `listen_test.c`, modulo 256", status, WEXITSTATUS(status));
}

/* ---- directories ------------------------------------------------------------------------------------------------ */

static int
directory(const char *path, bool is_shared)
{
	why = NULL;
	return os->ops->socket_directory(os, path, is_shared, &why);
}

/* shows: TP-04, TP-06 */
Test(directory, one_that_is_not_there_is_made_with_its_parents_whatever_the_umask)
{
	const mode_t umasks[] = { 0, 022, 077 };
	char name[32];

	for (size_t i = 0; i < sizeof(umasks) / sizeof(umasks[0]); i++) {
		(void)umask(umasks[i]);
		snprintf(name, sizeof(name), "%zu/b//c/", i);
		cr_assert_eq(directory(at(name), false), 0, "%s", why);
		cr_assert_eq(mode_of(at(name)), 0700);
		snprintf(name, sizeof(name), "%zu/b", i);
		cr_assert_eq(mode_of(at(name)), 0700);
		snprintf(name, sizeof(name), "%zu", i);
		cr_assert_eq(mode_of(at(name)), 0700);
		snprintf(name, sizeof(name), "%zu/shared", i);
		cr_assert_eq(directory(at(name), true), 0, "%s", why);
		cr_assert_eq(mode_of(at(name)), 0711);
	}
}

/* shows: TP-06 */
Test(directory, one_of_ours_that_is_open_wider_is_tightened)
{
	cr_assert_eq(mkdir(at("a"), 0700), 0);
	cr_assert_eq(chmod(at("a"), 0755), 0);
	cr_assert_eq(directory(at("a"), false), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0700);
	cr_assert_eq(chmod(at("a"), 0777), 0);
	cr_assert_eq(directory(at("a"), true), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0711);
}

/* shows: TP-06 */
Test(directory, one_that_is_shared_stays_so_for_programs_that_are_not)
{
	cr_assert_eq(directory(at("a"), false), 0, "%s", why);
	cr_assert_eq(directory(at("a"), true), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0711);
	cr_assert_eq(directory(at("a"), false), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0711);
	cr_assert_eq(directory(at("a"), true), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0711);
}

static void
expect_in_use(const char *path, bool is_shared, mode_t mode)
{
	cr_assert_eq(chmod(path, mode), 0);
	cr_assert_eq(directory(path, is_shared), -EPERM, "%s %o", path, mode);
	cr_assert_str_eq(why, "it holds other files: name a directory of its own for the registry");
	cr_assert_eq(mode_of(path), mode);
}

/* shows: TP-06 */
Test(directory, one_with_other_files_in_it_keeps_its_mode)
{
	const char *const used[] = { "file", "folder", "false", "link", "socket", "lock" };

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		cr_assert_eq(mkdir(at(used[i]), 0700), 0);
	cr_assert_eq(make_file(at("file/text"), ""), 0);
	cr_assert_eq(mkdir(at("folder/a.sock"), 0700), 0);
	cr_assert_eq(make_file(at("false/a.sock"), ""), 0);
	cr_assert_eq(symlink("nothing", at("link/a.sock")), 0);
	close(listen_plainly(at("socket/a"), SOCK_STREAM));
	cr_assert_eq(make_file(at("lock/a.lock"), ""), 0);
	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		expect_in_use(at(used[i]), false, 0755);
		expect_in_use(at(used[i]), true, 0755);
		expect_in_use(at(used[i]), true, 0700);
		cr_assert_eq(directory(at(used[i]), false), 0, "%s", why); /* as it is */
		cr_assert_eq(mode_of(at(used[i])), 0700);
	}
}

/* shows: TP-06 */
Test(directory, sockets_and_their_locks_are_what_one_may_hold)
{
	unsigned before;

	cr_assert_eq(mkdir(at("a"), 0700), 0);
	close(listen_plainly(at("a/registry.sock"), SOCK_STREAM));
	cr_assert_eq(make_file(at("a/registry.sock.lock"), "1\n"), 0);
	cr_assert_eq(make_file(at("a/leaf@12.sock.lock"), ""), 0);
	before = count_fds();
	cr_assert_eq(directory(at("a"), true), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0711);
	cr_assert_eq(chmod(at("a"), 0755), 0);
	cr_assert_eq(directory(at("a"), false), 0, "%s", why);
	cr_assert_eq(mode_of(at("a")), 0700);
	cr_assert_eq(count_fds(), before);
}

static int
ask_for_the_directory_of_another(void)
{
	CHECK(directory(at("private"), false) == -EPERM);
	CHECK(directory(at("passable"), true) == -EPERM);
	CHECK(strcmp(why, "it belongs to another user") == 0);
	return 0;
}

/* shows: TP-06; robustness: K4 */
Test(directory, one_of_another_user_is_refused_and_left_alone)
{
	struct stat status;

	skip_unless_root();
	cr_assert_eq(chmod(base, 0711), 0);
	cr_assert_eq(mkdir(at("private"), 0700), 0);
	cr_assert_eq(mkdir(at("passable"), 0755), 0);
	run_as(NOBODY, ask_for_the_directory_of_another);
	cr_assert_eq(mode_of(at("private")), 0700);
	cr_assert_eq(mode_of(at("passable")), 0755);

	cr_assert_eq(chown(at("passable"), NOBODY, NOBODY), 0);
	cr_assert_eq(directory(at("passable"), false), -EPERM); /* not even to root */
	cr_assert_eq(stat(at("passable"), &status), 0);
	cr_assert_eq(status.st_mode & 07777, 0755);
	cr_assert_eq(status.st_uid, NOBODY);
}

/* shows: TP-06; robustness: K4 */
Test(directory, what_is_none_is_refused_and_so_is_a_link_to_one)
{
	cr_assert_eq(make_file(at("file"), ""), 0);
	cr_assert_eq(mkdir(at("real"), 0755), 0);
	cr_assert_eq(symlink("real", at("link")), 0);
	cr_assert_eq(symlink("nothing", at("dangling")), 0);
	cr_assert_eq(directory(at("file"), false), -ENOTDIR);
	cr_assert_eq(directory(at("file/below"), false), -ENOTDIR);
	cr_assert_eq(directory(at("link"), false), -ENOTDIR);
	cr_assert_eq(directory(at("link/"), false), -ENOTDIR);
	cr_assert_eq(directory(at("dangling"), false), -ENOTDIR);
	cr_assert_str_eq(why, "something else than a directory is in its place");
	cr_assert_eq(mode_of(at("real")), 0755);
	cr_assert_not(is_there(at("nothing")));
	cr_assert_eq(directory(at("link/below"), false), 0, "%s",
	             why); /* above it a link is as good as what it names */
	cr_assert_eq(mode_of(at("real/below")), 0700);
}

/* robustness: K4 */
Test(directory, one_that_anybody_may_put_there_is_refused)
{
	cr_assert_eq(mkdir(at("all"), 0700), 0);
	cr_assert_eq(mkdir(at("all/there"), 0755), 0);
	cr_assert_eq(chmod(at("all"), 0777), 0);
	cr_assert_eq(directory(at("all/there"), false), -EPERM);
	cr_assert_eq(directory(at("all/new"), false), -EPERM);
	cr_assert_eq(directory(at("all/there/below"), false), -EPERM);
	cr_assert_eq(mode_of(at("all/there")), 0755);
	cr_assert_not(is_there(at("all/new")));
	cr_assert_not(is_there(at("all/there/below")));

	cr_assert_eq(chmod(at("all"), 01777), 0); /* as /tmp: what we put there stays ours */
	cr_assert_eq(directory(at("all/there"), false), 0, "%s", why);
	cr_assert_eq(directory(at("all/new"), false), 0, "%s", why);
	cr_assert_eq(directory(at("all"), false), -EPERM); /* nor is /tmp taken from all others */
	cr_assert_eq(mode_of(at("all")), 01777);
}

/* robustness: K4 */
Test(directory, one_below_what_belongs_to_another_user_is_refused)
{
	skip_unless_root();
	cr_assert_eq(mkdir(at("other"), 0755), 0);
	cr_assert_eq(mkdir(at("other/there"), 0755), 0);
	cr_assert_eq(chown(at("other"), NOBODY, NOBODY), 0);
	cr_assert_eq(directory(at("other/there"), false), -EPERM);
	cr_assert_str_eq(why, "a directory above it belongs to another user");
	cr_assert_eq(directory(at("other/there/below"), false), -EPERM);
	cr_assert_eq(directory(at("other/new"), false), -EPERM);
	cr_assert_eq(mode_of(at("other/there")), 0755);
	cr_assert_not(is_there(at("other/new")));

	cr_assert_eq(mkdir(at("all"), 0700), 0); /* as /tmp, where another user was first */
	cr_assert_eq(mkdir(at("all/first"), 0755), 0);
	cr_assert_eq(chown(at("all/first"), NOBODY, NOBODY), 0);
	cr_assert_eq(chmod(at("all"), 01777), 0);
	cr_assert_eq(directory(at("all/first/new"), false), -EPERM);
	cr_assert_str_eq(why, "a directory above it belongs to another user");
	cr_assert_not(is_there(at("all/first/new")));
}

/* robustness: K4 */
Test(directory, above_it_only_the_group_that_we_run_as_may_write_and_only_in_what_is_ours)
{
	cr_assert_eq(mkdir(at("own"), 0700), 0);
	cr_assert_eq(chown(at("own"), (uid_t)-1, getegid()), 0);
	cr_assert_eq(chmod(at("own"), 0775), 0);
	cr_assert_eq(directory(at("own/new"), false), 0, "%s", why);

	skip_unless_root();
	cr_assert_eq(chown(at("own"), (uid_t)-1, NOBODY), 0);
	cr_assert_eq(chmod(at("own"), 0775), 0);
	cr_assert_eq(directory(at("own/other"), false), -EPERM);
	cr_assert_str_eq(why, "anybody may replace it: a directory above it is writable for others");
	cr_assert_not(is_there(at("own/other")));
}

/* As nobody, below a directory of root's that nobody's group may write. */
static int
ask_below_what_is_roots(void)
{
	CHECK(directory(at("roots/new"), false) == -EPERM);
	CHECK(strcmp(why, "anybody may replace it: a directory above it is writable for others") == 0);
	CHECK(directory(at("plain/mine"), false) == 0);
	return 0;
}

/* robustness: K4 */
Test(directory, what_is_above_it_may_be_roots_but_not_writable_for_a_group)
{
	skip_unless_root();
	cr_assert_eq(chmod(base, 0711), 0);
	cr_assert_eq(mkdir(at("roots"), 0700), 0);
	cr_assert_eq(chown(at("roots"), 0, NOBODY), 0);
	cr_assert_eq(chmod(at("roots"), 0775), 0);
	cr_assert_eq(mkdir(at("plain"), 0755), 0);
	cr_assert_eq(mkdir(at("plain/mine"), 0700), 0);
	cr_assert_eq(chown(at("plain/mine"), NOBODY, NOBODY), 0);
	run_as(NOBODY, ask_below_what_is_roots);
	cr_assert_not(is_there(at("roots/new")));
}

/* robustness: K4 */
Test(directory, a_link_above_it_is_as_good_as_what_it_leads_through)
{
	unsigned before = count_fds();

	cr_assert_eq(mkdir(at("real"), 0700), 0);
	cr_assert_eq(mkdir(at("all"), 0700), 0);
	cr_assert_eq(mkdir(at("all/real"), 0700), 0);
	cr_assert_eq(chmod(at("all"), 0777), 0);
	cr_assert_eq(symlink(at("real"), at("absolute")), 0);
	cr_assert_eq(symlink("real/../absolute/", at("twice")), 0);
	cr_assert_eq(symlink("all/real", at("unsafe")), 0);
	cr_assert_eq(symlink("loop", at("loop")), 0);
	cr_assert_eq(directory(at("twice//below/"), false), 0, "%s", why);
	cr_assert_eq(mode_of(at("real/below")), 0700);
	cr_assert_eq(directory(at("unsafe/below"), false), -EPERM);
	cr_assert_str_eq(why, "anybody may replace it: a directory above it is writable for others");
	cr_assert_not(is_there(at("all/real/below")));
	cr_assert_eq(directory(at("loop/below"), false), -ELOOP);
	cr_assert_eq(count_fds(), before);

	skip_unless_root();
	cr_assert_eq(lchown(at("absolute"), NOBODY, NOBODY), 0);
	cr_assert_eq(directory(at("absolute/new"), false), -EPERM);
	cr_assert_str_eq(why, "a link above it belongs to another user");
	cr_assert_eq(directory(at("twice/new"), false), -EPERM);
	cr_assert_not(is_there(at("real/new")));
	cr_assert_eq(count_fds(), before);
}

/* robustness: J10 */
Test(directory, a_path_that_a_link_makes_too_long_is_told_as_that)
{
	char path[PATH_MAX + 1], text[2000];
	int size;

	memset(text, '/', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_assert_eq(symlink(text, at("long")), 0);
	size = snprintf(path, sizeof(path), "%s/long", base);
	while (size < PATH_MAX - 3) {
		path[size++] = '/';
		path[size++] = '.';
	}
	path[size] = '\0';
	cr_assert_eq(directory(path, false), -ENAMETOOLONG);
	memset(path, '/', PATH_MAX);
	path[PATH_MAX - 1] = 'a';
	path[PATH_MAX] = '\0';
	cr_assert_eq(directory(path, false), -ENAMETOOLONG);
	cr_assert_str_eq(why, "its path is too long");
}

static int
ask_for_no_directories(void)
{
	CHECK(directory("", false) == -EINVAL);
	CHECK(directory("relative", false) == -EINVAL);
	CHECK(directory("//", false) == -EINVAL);
	return 0;
}

/* Not by root: a mistake there would close the root directory to everybody. */
Test(directory, its_path_is_absolute_and_not_the_root)
{
	char path[400];

	run_as(geteuid() == 0 ? NOBODY : 0, ask_for_no_directories);
	snprintf(path, sizeof(path), "%s/%0300d", base, 0);
	cr_assert_eq(directory(path, false), -ENAMETOOLONG);
	cr_assert_not_null(why);
}

/* ---- who has a name --------------------------------------------------------------------------------------------- */

static int
try_listen(const char *path, bool is_shared, struct acti_listener_socket *ret_socket)
{
	why = NULL;
	holder = -1;
	return os->ops->listen(os, path, is_shared, ret_socket, &holder, &why);
}

static struct acti_listener_socket
listen_at(const char *path)
{
	struct acti_listener_socket made;
	int rc = try_listen(path, false, &made);

	cr_assert_eq(rc, 0, "%s: %d", why, rc);
	return made;
}

static int
refused_at(const char *path)
{
	struct acti_listener_socket made;

	return try_listen(path, false, &made);
}

/* 0, and nothing is left of it, if one can connect. */
static int
connect_once(const char *path)
{
	struct acti_credentials who;
	int fd = os->ops->connect(os, path, &who);

	if (fd >= 0)
		os->ops->close(os, fd);
	return fd < 0 ? fd : 0;
}

static int
listen_with_low_numbers_free(void)
{
	struct acti_listener_socket made;

	CHECK(close_range(3, 9, 0) == 0);
	CHECK(try_listen(at("s"), false, &made) == 0);
	CHECK(made.fd >= 10);
	CHECK(made.lock_fd >= 10);
	os->ops->listen_end(os, &made);
	return 0;
}

Test(listen, the_descriptors_are_out_of_the_way_and_the_names_are_two)
{
	struct acti_listener_socket made;

	run_as(0, listen_with_low_numbers_free);
	made = listen_at(at("s"));
	cr_assert_eq(fcntl(made.fd, F_GETFD), FD_CLOEXEC);
	cr_assert_eq(fcntl(made.lock_fd, F_GETFD), FD_CLOEXEC);
	cr_assert_neq(fcntl(made.fd, F_GETFL) & O_NONBLOCK, 0);
	cr_assert_str_eq(made.path, at("s"));
	cr_assert(is_there(at("s")));
	cr_assert_eq(mode_of(at("s.lock")), 0600);
	os->ops->listen_end(os, &made);
}

Test(listen, the_mode_does_not_depend_on_the_umask)
{
	const mode_t umasks[] = { 0, 022, 077, 0777 };
	struct acti_listener_socket made;

	for (size_t i = 0; i < sizeof(umasks) / sizeof(umasks[0]); i++) {
		(void)umask(umasks[i]);
		made = listen_at(at("s"));
		cr_assert_eq(mode_of(at("s")), 0600);
		os->ops->listen_end(os, &made);
		cr_assert_eq(try_listen(at("s"), true, &made), 0, "%s", why);
		cr_assert_eq(mode_of(at("s")), 0666);
		os->ops->listen_end(os, &made);
		cr_assert_eq(umask(0), umasks[i]);
	}
}

/* shows: TP-05 */
Test(listen, a_name_in_use_is_refused_with_the_pid_of_who_has_it)
{
	struct acti_listener_socket made = listen_at(at("s"));
	unsigned before = count_fds();

	cr_assert_eq(refused_at(at("s")), -EADDRINUSE);
	cr_assert_eq(holder, getpid());
	cr_assert_str_eq(why, "a living process has it");
	cr_assert_eq(connect_once(at("s")), 0);
	cr_assert_eq(count_fds(), before);
	os->ops->listen_end(os, &made);
}

/* Listens until it is killed, and says so by a byte. */
static pid_t
start_listener(const char *path)
{
	int ends[2];
	char byte = 0;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork_child();
	if (pid == 0) {
		struct acti_listener_socket made;

		if (try_listen(path, false, &made) != 0 || write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	cr_assert_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

static void
kill_and_reap(pid_t pid)
{
	int status;

	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status));
}

/* shows: TP-05; robustness: K1, a stale file is replaced, and one of a living process never is */
Test(listen, what_a_killed_process_left_is_replaced)
{
	struct acti_listener_socket made;
	pid_t pid = start_listener(at("s"));

	cr_assert_eq(refused_at(at("s")), -EADDRINUSE);
	cr_assert_eq(holder, pid);
	cr_assert_eq(connect_once(at("s")), 0);
	kill_and_reap(pid);
	cr_assert(is_there(at("s")));
	cr_assert_eq(connect_once(at("s")), -ECONNREFUSED);
	made = listen_at(at("s"));
	cr_assert_eq(connect_once(at("s")), 0);
	cr_assert_eq(refused_at(at("s")), -EADDRINUSE);
	cr_assert_eq(holder, getpid());
	os->ops->listen_end(os, &made);
}

/* robustness: K1 */
Test(listen, a_program_that_knows_no_locks_keeps_its_socket_while_it_lives)
{
	struct acti_listener_socket made;
	int plain = listen_plainly(at("s"), SOCK_STREAM), datagrams = listen_plainly(at("d"), SOCK_DGRAM);

	cr_assert_eq(refused_at(at("s")), -EADDRINUSE);
	cr_assert_eq(holder, getpid());
	cr_assert_eq(refused_at(at("d")), -EADDRINUSE);
	cr_assert_eq(holder, 0);
	cr_assert_not(is_there(at("s.lock")));
	cr_assert_eq(connect_once(at("s")), 0);
	close(plain);
	close(datagrams);
	made = listen_at(at("s"));
	os->ops->listen_end(os, &made);
	made = listen_at(at("d"));
	os->ops->listen_end(os, &made);
}

/* Two processes that go for one name at the same time, again and again; every second time a dead one has left it. */
struct race {
	pthread_barrier_t barrier;
	struct {
		pid_t pid, holder;
		int rc;
	} sides[2];
};

static int
run_round(struct race *race, int side, bool leaves)
{
	struct acti_listener_socket made;

	(void)pthread_barrier_wait(&race->barrier);
	race->sides[side].rc = try_listen(at("s"), false, &made);
	race->sides[side].holder = holder;
	(void)pthread_barrier_wait(&race->barrier); /* by now the winner has written who it is */
	if (race->sides[side].rc != 0) {
		CHECK(race->sides[side].rc == -EADDRINUSE);
		CHECK(race->sides[1 - side].rc == 0);
		CHECK(race->sides[side].holder == 0 || race->sides[side].holder == race->sides[1 - side].pid);
		CHECK(refused_at(at("s")) == -EADDRINUSE && holder == race->sides[1 - side].pid);
	}
	(void)pthread_barrier_wait(&race->barrier);
	if (race->sides[side].rc != 0)
		return 0;
	if (leaves) {
		CHECK(ftruncate(made.lock_fd, 0) == 0);
		CHECK(dprintf(made.lock_fd, "%d\n", DEAD_PID) > 0);
		close(made.fd);
		close(made.lock_fd);
	} else {
		CHECK(connect_once(at("s")) == 0);
		os->ops->listen_end(os, &made);
	}
	return 0;
}

static int
run_side(struct race *race, int side)
{
	int line = 0;

	race->sides[side].pid = getpid();
	for (int round = 0; round < ROUNDS && line == 0; round++)
		line = run_round(race, side, round % 2 == 1);
	return line;
}

static pid_t
start_side(struct race *race, int side)
{
	pid_t pid = fork_child();

	if (pid == 0)
		_exit(run_side(race, side) != 0);
	return pid;
}

/* robustness: K2 */
Test(listen, of_two_processes_that_race_for_a_name_exactly_one_gets_it, .timeout = 50)
{
	struct race *race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t shared;
	int status, line;
	pid_t pid;

	cr_assert_neq(race, MAP_FAILED);
	cr_assert_eq(pthread_barrierattr_init(&shared), 0);
	cr_assert_eq(pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED), 0);
	cr_assert_eq(pthread_barrier_init(&race->barrier, &shared, 2), 0);
	pid = start_side(race, 1);
	line = run_side(race, 0);
	cr_assert_eq(line, 0, "line %d: %d from %d, %d from %d", line, race->sides[0].rc, race->sides[0].holder,
	             race->sides[1].rc, race->sides[1].holder);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "status %x", status);
	(void)munmap(race, sizeof(*race));
}

static int
take_turns(void)
{
	struct acti_listener_socket made;
	struct stat status;

	for (int turns = 0; turns < ROUNDS;) {
		int rc = try_listen(at("s"), false, &made);

		CHECK(rc == 0 || rc == -EADDRINUSE);
		if (rc != 0)
			continue;
		CHECK(fstat(made.lock_fd, &status) == 0 && status.st_nlink == 1);
		os->ops->listen_end(os, &made);
		turns++;
	}
	return 0;
}

/* robustness: K2; the lock that one has is never a file that another has removed meanwhile */
Test(listen, a_name_that_changes_hands_all_the_time_always_has_one_holder, .timeout = 50)
{
	pid_t pid = fork_child();
	int status;

	if (pid == 0)
		_exit(take_turns() == 0 ? 0 : 1);
	cr_assert_eq(take_turns(), 0, "%s", why);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "status %x", status);
}

static void
expect_refused_untouched(const char *path, const char *taken)
{
	struct stat before, after;

	cr_assert_eq(lstat(taken, &before), 0);
	cr_assert_eq(refused_at(path), -EEXIST, "%s", taken);
	cr_assert_not_null(why);
	cr_assert_eq(lstat(taken, &after), 0, "%s", taken);
	cr_assert_eq(memcmp(&before.st_ino, &after.st_ino, sizeof(before.st_ino)), 0);
	cr_assert_eq(before.st_mode, after.st_mode);
	cr_assert_eq(before.st_uid, after.st_uid);
	cr_assert_eq(before.st_size, after.st_size);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

/* robustness: K3 */
Test(listen, what_is_no_socket_of_ours_stays_where_it_is)
{
	int other = listen_plainly(at("other"), SOCK_STREAM);
	unsigned before = count_fds();

	close(other); /* dead, so it is the link that is refused */
	cr_assert_eq(make_file(at("file"), "text"), 0);
	cr_assert_eq(mkdir(at("directory"), 0700), 0);
	cr_assert_eq(mkfifo(at("fifo"), 0600), 0);
	cr_assert_eq(symlink("other", at("link")), 0);
	cr_assert_eq(symlink("nothing", at("dangling")), 0);
	expect_refused_untouched(at("file"), at("file"));
	expect_refused_untouched(at("directory"), at("directory"));
	expect_refused_untouched(at("fifo"), at("fifo"));
	expect_refused_untouched(at("link"), at("link"));
	expect_refused_untouched(at("dangling"), at("dangling"));
	cr_assert_str_eq(why, "something else than a socket of ours lies there");
	cr_assert(is_there(at("other")));
	cr_assert_not(is_there(at("nothing")));
	cr_assert_not(is_there(at("file.lock")));
	cr_assert_eq(count_fds(), before - 1);
}

/* robustness: K3 */
Test(listen, what_is_no_lock_of_ours_stays_where_it_is)
{
	unsigned before = count_fds();

	cr_assert_eq(make_file(at("file.lock"), "dependencies of something else"), 0);
	cr_assert_eq(mkdir(at("directory.lock"), 0700), 0);
	cr_assert_eq(mkfifo(at("fifo.lock"), 0600), 0);
	cr_assert_eq(symlink("target", at("link.lock")), 0);
	close(listen_plainly(at("socket.lock"), SOCK_STREAM));
	expect_refused_untouched(at("file"), at("file.lock"));
	expect_refused_untouched(at("directory"), at("directory.lock"));
	expect_refused_untouched(at("fifo"), at("fifo.lock"));
	expect_refused_untouched(at("link"), at("link.lock"));
	expect_refused_untouched(at("socket"), at("socket.lock"));
	cr_assert_not(is_there(at("target")));
	cr_assert_not(is_there(at("file")));
	cr_assert_eq(count_fds(), before);
}

/* robustness: K3 */
Test(listen, what_belongs_to_another_user_stays_where_it_is)
{
	skip_unless_root();
	close(listen_plainly(at("s"), SOCK_STREAM));
	cr_assert_eq(chown(at("s"), NOBODY, NOBODY), 0);
	expect_refused_untouched(at("s"), at("s"));
	cr_assert_eq(make_file(at("t.lock"), ""), 0);
	cr_assert_eq(chown(at("t.lock"), NOBODY, NOBODY), 0);
	expect_refused_untouched(at("t"), at("t.lock"));
}

/* robustness: K3 */
Test(listen, a_directory_behind_a_link_is_none)
{
	cr_assert_eq(mkdir(at("real"), 0700), 0);
	cr_assert_eq(symlink("real", at("link")), 0);
	cr_assert_eq(refused_at(at("link/s")), -ENOTDIR);
	cr_assert_eq(refused_at(at("link//s")), -ENOTDIR);
	cr_assert_eq(refused_at(at("nothing/s")), -ENOENT);
	cr_assert_not_null(why);
	cr_assert_not(is_there(at("real/s")));
	cr_assert_not(is_there(at("real/s.lock")));
}

/* robustness: J10 */
Test(listen, a_path_that_is_too_long_is_told_as_that)
{
	char path[ACTI_SOCKET_PATH_SIZE + 1];
	struct acti_listener_socket made;

	snprintf(path, sizeof(path), "%s/%0*d", base, (int)(sizeof(path) - 2 - strlen(base)), 0);
	cr_assert_eq(strlen(path), ACTI_SOCKET_PATH_SIZE);
	cr_assert_eq(refused_at(path), -ENAMETOOLONG);
	cr_assert_str_eq(why, "its path is longer than 107 bytes");
	cr_assert_eq(connect_once(path), -ENAMETOOLONG);
	path[ACTI_SOCKET_PATH_SIZE - 1] = '\0';
	made = listen_at(path);
	cr_assert_str_eq(made.path, path);
	cr_assert_eq(connect_once(path), 0);
	os->ops->listen_end(os, &made);
	cr_assert_not(is_there(path));
	cr_assert_eq(refused_at("relative"), -EINVAL);
	cr_assert_eq(refused_at(""), -EINVAL);
	cr_assert_eq(refused_at(at("slash/")), -EINVAL);
}

/* shows: TP-09 */
Test(listen, the_end_removes_the_files_and_is_safe_twice)
{
	unsigned before = count_fds();
	struct acti_listener_socket made = listen_at(at("s"));

	os->ops->listen_end(os, &made);
	cr_assert_eq(made.fd, -1);
	cr_assert_eq(made.lock_fd, -1);
	cr_assert_not(is_there(at("s")));
	cr_assert_not(is_there(at("s.lock")));
	cr_assert_eq(connect_once(at("s")), -ENOENT);
	os->ops->listen_end(os, &made);
	cr_assert_eq(count_fds(), before);
}

/* shows: TP-09 */
Test(listen, files_that_are_gone_are_no_obstacle_to_the_end)
{
	unsigned before = count_fds();
	struct acti_listener_socket made = listen_at(at("s"));

	cr_assert_eq(unlink(at("s")), 0);
	os->ops->listen_end(os, &made);
	cr_assert_not(is_there(at("s.lock")));

	cr_assert_eq(mkdir(at("d"), 0700), 0);
	made = listen_at(at("d/s"));
	cr_assert_eq(unlink(at("d/s")), 0);
	cr_assert_eq(unlink(at("d/s.lock")), 0);
	cr_assert_eq(rmdir(at("d")), 0);
	os->ops->listen_end(os, &made);
	cr_assert_eq(count_fds(), before);
}

Test(listen, who_lost_its_files_does_not_remove_those_of_the_next)
{
	struct acti_listener_socket old = listen_at(at("s")), next;

	cr_assert_eq(unlink(at("s")), 0);
	cr_assert_eq(unlink(at("s.lock")), 0);
	next = listen_at(at("s"));
	os->ops->listen_end(os, &old);
	cr_assert_eq(connect_once(at("s")), 0);
	cr_assert_eq(refused_at(at("s")), -EADDRINUSE);
	os->ops->listen_end(os, &next);
}

/* ---- what the dead leave ---------------------------------------------------------------------------------------- */

/* One of each kind, in the directory "d"; the one that lives is given. */
static struct acti_listener_socket
populate(void)
{
	struct acti_listener_socket alive;

	cr_assert_eq(directory(at("d"), false), 0);
	kill_and_reap(start_listener(at("d/dead")));
	cr_assert(is_there(at("d/dead")) && is_there(at("d/dead.lock")));
	alive = listen_at(at("d/alive"));
	close(listen_plainly(at("d/plain.sock"), SOCK_STREAM));
	cr_assert_eq(make_file(at("d/lone.lock"), "1\n"), 0);
	cr_assert_eq(make_file(at("d/notes.lock"), "these are no locks of ours"), 0);
	cr_assert_eq(make_file(at("d/text"), "no socket"), 0);
	cr_assert_eq(make_file(at("d/text.lock"), ""), 0);
	cr_assert_eq(make_file(at("d/.lock"), ""), 0);
	return alive;
}

static void
expect_only_the_dead_gone(void)
{
	cr_assert_not(is_there(at("d/dead")));
	cr_assert_not(is_there(at("d/dead.lock")));
	cr_assert_not(is_there(at("d/lone.lock")));
	cr_assert_not(is_there(at("d/text.lock")));
	cr_assert(is_there(at("d/alive.lock")));
	cr_assert(is_there(at("d/plain.sock")));
	cr_assert(is_there(at("d/notes.lock")));
	cr_assert(is_there(at("d/text")));
	cr_assert(is_there(at("d/.lock")));
	cr_assert_eq(connect_once(at("d/alive")), 0);
}

/* robustness: K1 */
Test(dead, a_sweep_removes_what_they_left_and_nothing_else)
{
	struct acti_listener_socket alive = populate();
	unsigned before = count_fds();

	os->ops->socket_directory_sweep(os, at("d"));
	expect_only_the_dead_gone();
	os->ops->socket_directory_sweep(os, at("nothing"));
	os->ops->socket_directory_sweep(os, at("d/text"));
	cr_assert_eq(count_fds(), before);
	os->ops->listen_end(os, &alive);
}

/* robustness: K1 */
Test(dead, one_socket_is_removed_by_its_name_if_nobody_holds_it)
{
	struct acti_listener_socket alive = populate();
	const char *const names[] = { "d/dead", "d/alive", "d/plain.sock", "d/lone", "d/notes", "d/text", "d/nothing" };
	unsigned before = count_fds();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		os->ops->socket_remove(os, at(names[i]));
	expect_only_the_dead_gone();
	os->ops->socket_remove(os, at("nothing/s"));
	os->ops->socket_remove(os, "relative");
	cr_assert_eq(count_fds(), before);
	os->ops->listen_end(os, &alive);
}

Test(dead, a_directory_of_another_user_is_not_swept)
{
	struct acti_listener_socket alive;

	skip_unless_root();
	alive = populate();
	cr_assert_eq(chown(at("d"), NOBODY, NOBODY), 0);
	os->ops->socket_directory_sweep(os, at("d"));
	cr_assert(is_there(at("d/dead")));
	cr_assert_eq(symlink("d", at("link")), 0);
	cr_assert_eq(chown(at("d"), 0, 0), 0);
	os->ops->socket_directory_sweep(os, at("link"));
	cr_assert(is_there(at("d/dead")));
	os->ops->listen_end(os, &alive);
}

/* ---- connections ------------------------------------------------------------------------------------------------ */

Test(connection, both_sides_learn_who_the_other_is)
{
	struct acti_listener_socket made = listen_at(at("s"));
	struct acti_credentials listener = { 0 }, caller = { 0 };
	int near, far;
	char byte = 0;

	cr_assert_eq(os->ops->accept(os, made.fd, &caller), -EAGAIN);
	near = os->ops->connect(os, at("s"), &listener);
	cr_assert_geq(near, 0);
	far = os->ops->accept(os, made.fd, &caller);
	cr_assert_geq(far, 0);
	cr_assert_eq(listener.pid, getpid());
	cr_assert_eq(listener.uid, geteuid());
	cr_assert_eq(caller.pid, getpid());
	cr_assert_eq(caller.uid, os->ops->user(os));
	cr_assert_eq(fcntl(near, F_GETFD) & fcntl(far, F_GETFD), FD_CLOEXEC);
	cr_assert_neq(fcntl(near, F_GETFL) & fcntl(far, F_GETFL) & O_NONBLOCK, 0);
	cr_assert_eq(os->ops->write(os, near, "x", 1), 1);
	cr_assert_eq(os->ops->read(os, far, &byte, 1), 1);
	cr_assert_eq(byte, 'x');
	os->ops->close(os, near);
	os->ops->close(os, far);
	os->ops->listen_end(os, &made);
}

static int
connect_to_both(void)
{
	CHECK(connect_once(at("private")) == -EACCES);
	CHECK(connect_once(at("shared")) == 0);
	return 0;
}

/* robustness: K5 */
Test(connection, another_user_reaches_what_is_shared_and_is_known_as_that_user)
{
	struct acti_listener_socket made = { .fd = -1 }, private;
	struct acti_credentials who = { 0 };
	int fd;

	skip_unless_root();
	cr_assert_eq(chmod(base, 0711), 0);
	private = listen_at(at("private"));
	cr_assert_eq(try_listen(at("shared"), true, &made), 0, "%s", why);
	run_as(NOBODY, connect_to_both);
	fd = os->ops->accept(os, made.fd, &who);
	cr_assert_geq(fd, 0);
	cr_assert_eq(who.uid, NOBODY);
	cr_assert_gt(who.pid, 0);
	cr_assert_neq(who.pid, getpid());
	cr_assert_eq(os->ops->accept(os, private.fd, &who), -EAGAIN);
	os->ops->close(os, fd);
	os->ops->listen_end(os, &made);
	os->ops->listen_end(os, &private);
}

/* robustness: K3 */
Test(connection, there_is_none_to_what_does_not_listen)
{
	struct acti_listener_socket made = listen_at(at("s"));

	close(listen_plainly(at("dead"), SOCK_STREAM));
	cr_assert_eq(symlink("s", at("link")), 0);
	cr_assert_eq(symlink("nothing", at("dangling")), 0);
	cr_assert_eq(make_file(at("file"), ""), 0);
	cr_assert_eq(connect_once(at("nothing")), -ENOENT);
	cr_assert_eq(connect_once(at("dead")), -ECONNREFUSED);
	cr_assert_eq(connect_once(at("link")), -ELOOP);
	cr_assert_eq(connect_once(at("dangling")), -ELOOP);
	cr_assert_eq(connect_once(at("file")), -ENOTSOCK);
	cr_assert_eq(connect_once(base), -ENOTSOCK);
	cr_assert_eq(connect_once("relative"), -EINVAL);
	os->ops->listen_end(os, &made);
}

/* robustness: J4 */
Test(connection, too_many_that_wait_are_told_to_come_again)
{
	struct acti_listener_socket made = listen_at(at("s"));
	struct acti_credentials who;
	int fds[BACKLOG_TRIES], count = 0, fd;

	while (count < BACKLOG_TRIES && (fds[count] = os->ops->connect(os, at("s"), &who)) >= 0)
		count++;
	cr_assert_lt(count, BACKLOG_TRIES);
	cr_assert_geq(count, 128);
	cr_assert_eq(fds[count], -EAGAIN);
	fd = os->ops->accept(os, made.fd, &who);
	cr_assert_geq(fd, 0);
	cr_assert_eq(connect_once(at("s")), 0);
	os->ops->close(os, fd);
	while (count > 0)
		os->ops->close(os, fds[--count]);
	os->ops->listen_end(os, &made);
}

static int
lowest_free_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* robustness: C1 */
Test(connection, without_a_free_descriptor_it_waits)
{
	struct acti_listener_socket made = listen_at(at("s"));
	struct acti_credentials who;
	struct rlimit limit, small;
	int near = os->ops->connect(os, at("s"), &who), far;

	cr_assert_geq(near, 0);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	small = limit;
	small.rlim_cur = (rlim_t)lowest_free_fd();
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &small), 0);
	cr_assert_eq(os->ops->accept(os, made.fd, &who), -EMFILE);
	cr_assert_eq(os->ops->accept(os, made.fd, &who), -EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	far = os->ops->accept(os, made.fd, &who);
	cr_assert_geq(far, 0);
	cr_assert_eq(os->ops->write(os, near, "x", 1), 1);
	os->ops->close(os, near);
	os->ops->close(os, far);
	os->ops->listen_end(os, &made);
}

static void
send_with_fd(int fd, int attached)
{
	struct iovec piece = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &attached, sizeof(int));
	cr_assert_eq(sendmsg(fd, &message, 0), 1);
}

/* robustness: E16 */
Test(connection, descriptors_that_come_along_are_closed_and_told_of)
{
	int pair[2], ends[2];
	unsigned before;
	char bytes[8];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_assert_eq(pipe(ends), 0);
	send_with_fd(pair[1], ends[1]);
	close(ends[1]);
	before = count_fds();
	cr_assert_eq(os->ops->read_from_stranger(os, pair[0], bytes, sizeof(bytes)), -EBADMSG);
	cr_assert_eq(count_fds(), before);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	cr_assert_eq(read(ends[0], bytes, 1), 0); /* nobody has the other end any more */
	cr_assert_eq(os->ops->read(os, pair[0], bytes, sizeof(bytes)), -EAGAIN);
	cr_assert_eq(os->ops->write(os, pair[1], "ab", 2), 2);
	cr_assert_eq(os->ops->read(os, pair[0], bytes, sizeof(bytes)), 2);
	close(pair[1]);
	cr_assert_eq(os->ops->read(os, pair[0], bytes, sizeof(bytes)), 0);
	close(pair[0]);
	close(ends[0]);
}

static bool
is_half_closed_after_the_end(int fd)
{
	char byte;

	cr_assert_eq(fcntl(fd, F_SETFL, 0), 0);
	cr_assert_eq(recv(fd, &byte, 1, 0), 0); /* waits for it */
	return os->ops->is_half_closed(os, fd);
}

Test(connection, who_only_stops_writing_is_told_from_who_is_gone)
{
	int pair[2];
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_assert_eq(shutdown(pair[1], SHUT_WR), 0);
	cr_assert(is_half_closed_after_the_end(pair[0]));
	close(pair[1]);
	cr_assert_not(is_half_closed_after_the_end(pair[0]));
	close(pair[0]);

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork_child();
	if (pid == 0) {
		close(pair[0]);
		for (;;)
			pause();
	}
	close(pair[1]);
	kill_and_reap(pid);
	cr_assert_not(is_half_closed_after_the_end(pair[0]));
	close(pair[0]);
}

/* ---- what a process is started with, and tells ------------------------------------------------------------------ */

/* As a service manager starts us: with these as 3 and up, of which there are `count`, and nothing else. */
static int
start_with(const int *fds, int count)
{
	char number[16];

	for (int i = 0; i < count; i++) {
		int high = fcntl(fds[i], F_DUPFD, 100 + i);

		CHECK(high == 100 + i);
	}
	CHECK(close_range(3, 99, 0) == 0);
	for (int i = 0; i < count; i++)
		CHECK(dup2(100 + i, 3 + i) == 3 + i);
	CHECK(close_range((unsigned)(3 + count), ~0u, 0) == 0);
	snprintf(number, sizeof(number), "%d", count);
	CHECK(setenv("LISTEN_FDS", number, 1) == 0);
	snprintf(number, sizeof(number), "%d", getpid());
	CHECK(setenv("LISTEN_PID", number, 1) == 0);
	CHECK(setenv("LISTEN_FDNAMES", "some:names", 1) == 0);
	return 0;
}

static int
make_os(struct acti_os **ret_os)
{
	const char *step;

	return acti_os_linux_new(ret_os, &step);
}

static bool
does_listen(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1;
}

static int
take_both_but_one(void)
{
	int fds[] = { listen_plainly(at("a"), SOCK_STREAM), listen_plainly(at("b"), SOCK_STREAM) };
	struct acti_listener_socket made;
	struct acti_os *of_the_test = os;
	struct acti_credentials who;
	int near, far;

	CHECK(start_with(fds, 2) == 0);
	CHECK(make_os(&os) == 0);
	CHECK(getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDNAMES") == NULL);
	CHECK(!does_listen(3) && !does_listen(4));
	CHECK(os->ops->inherited_listener(os, 0, &made, &why) == 0);
	CHECK(strcmp(made.path, at("a")) == 0 && made.lock_fd == -1 && made.fd >= 10);
	CHECK(fcntl(made.fd, F_GETFD) == FD_CLOEXEC && (fcntl(made.fd, F_GETFL) & O_NONBLOCK) != 0);
	CHECK(os->ops->inherited_listener(os, 2, &made, &why) == -ENOENT);
	CHECK(os->ops->inherited_listener(os, 0, &made, &why) == -EINVAL);
	CHECK((near = os->ops->connect(os, at("a"), &who)) >= 0);
	CHECK((far = os->ops->accept(os, made.fd, &who)) >= 0);
	CHECK(connect_once(at("b")) == 0);
	acti_os_linux_free(os);
	os = of_the_test;
	CHECK(connect_once(at("b")) == -ECONNREFUSED); /* nobody took it */
	CHECK(connect_once(at("a")) == 0);
	os->ops->listen_end(os, &made);
	CHECK(connect_once(at("a")) == -ECONNREFUSED);
	return is_there(at("a")) ? 0 : __LINE__; /* who made it removes it */
}

Test(started, listening_sockets_that_a_process_is_started_with_are_given_once_each)
{
	run_as(0, take_both_but_one);
}

static int
open_abstract_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (const struct sockaddr *)&address, sizeof(sa_family_t)) != 0 || listen(fd, 1) != 0)
		return -1;
	return fd;
}

static int
expect_wrong(size_t index, const char *expected)
{
	struct acti_listener_socket made;

	why = "";
	CHECK(os->ops->inherited_listener(os, index, &made, &why) == -EINVAL);
	CHECK(strcmp(why, expected) == 0);
	return 0;
}

static int
take_wrong_ones(void)
{
	int fds[] = {
		open("/dev/null", O_RDWR),
		socket(AF_INET, SOCK_STREAM, 0),
		listen_plainly(at("d"), SOCK_DGRAM),
		socket(AF_UNIX, SOCK_STREAM, 0),
		open_abstract_listener(),
		0,
		listen_plainly(at("s"), SOCK_STREAM),
	};
	struct acti_listener_socket made;

	CHECK(start_with(fds, 7) == 0);
	close(3 + 5);
	CHECK(make_os(&os) == 0);
	CHECK(expect_wrong(0, "it is no unix stream socket") == 0);
	CHECK(expect_wrong(1, "it is no unix stream socket") == 0);
	CHECK(expect_wrong(2, "it is no unix stream socket") == 0);
	CHECK(expect_wrong(3, "it does not listen") == 0);
	CHECK(expect_wrong(4, "its name is no absolute path of a file") == 0);
	CHECK(expect_wrong(5, "it is not open, or was taken before") == 0);
	CHECK(os->ops->inherited_listener(os, 6, &made, &why) == 0);
	os->ops->listen_end(os, &made);
	acti_os_linux_free(os);
	for (int fd = 3; fd < 40; fd++)
		CHECK(fcntl(fd, F_GETFD) == -1);
	return 0;
}

Test(started, what_is_no_listening_socket_with_a_path_is_told_as_that)
{
	run_as(0, take_wrong_ones);
}

static int
expect_untouched(void)
{
	struct acti_listener_socket made;

	CHECK(make_os(&os) == 0);
	CHECK(os->ops->inherited_listener(os, 0, &made, &why) == -ENOENT);
	CHECK(getenv("LISTEN_FDNAMES") != NULL);
	CHECK(fcntl(3, F_GETFD) == 0);
	acti_os_linux_free(os);
	CHECK(fcntl(3, F_GETFD) == 0);
	return 0;
}

static int
start_with_what_is_not_for_us(void)
{
	static const char *const counts[] = { "0", "17", "-1", "", "3x", "99999999999999999999" };
	int fd = listen_plainly(at("s"), SOCK_STREAM);

	CHECK(start_with(&fd, 1) == 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		CHECK(setenv("LISTEN_FDS", counts[i], 1) == 0);
		CHECK(expect_untouched() == 0);
	}
	CHECK(setenv("LISTEN_FDS", "1", 1) == 0);
	CHECK(setenv("LISTEN_PID", "1", 1) == 0);
	CHECK(expect_untouched() == 0);
	CHECK(unsetenv("LISTEN_PID") == 0);
	CHECK(expect_untouched() == 0);
	return 0;
}

Test(started, sockets_for_another_process_and_nonsense_are_left_alone)
{
	run_as(0, start_with_what_is_not_for_us);
}

static int
start_as_a_child(void)
{
	struct acti_listener_socket made;
	int pair[2], fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	fds[0] = pair[0];
	fds[1] = listen_plainly(at("s"), SOCK_STREAM);
	CHECK(start_with(fds, 2) == 0);
	CHECK(setenv("ACTOR_LINK", "3", 1) == 0);
	CHECK(make_os(&os) == 0);
	CHECK(os->ops->inherited_link(os) >= 10);
	CHECK(os->ops->inherited_listener(os, 0, &made, &why) == -ENOENT);
	CHECK(fcntl(4, F_GETFD) == 0);
	return 0;
}

Test(started, a_child_takes_its_link_and_no_listening_sockets)
{
	run_as(0, start_as_a_child);
}

static int
take_one_that_passes_credentials(void)
{
	int fd = listen_plainly(at("s"), SOCK_STREAM), on = 1, near, far;
	struct acti_listener_socket made;
	struct acti_credentials who;
	char byte;

	CHECK(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	CHECK(start_with(&fd, 1) == 0);
	CHECK(make_os(&os) == 0);
	CHECK(os->ops->inherited_listener(os, 0, &made, &why) == 0);
	CHECK((near = os->ops->connect(os, at("s"), &who)) >= 0);
	CHECK((far = os->ops->accept(os, made.fd, &who)) >= 0);
	CHECK(os->ops->write(os, near, "x", 1) == 1);
	CHECK(os->ops->read(os, far, &byte, 1) == 1);
	return 0;
}

Test(started, credentials_that_a_socket_passes_are_not_taken_for_descriptors)
{
	run_as(0, take_one_that_passes_credentials);
}

static int
bind_datagrams(const char *name, bool is_abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	size_t size = strlen(name);

	memcpy(address.sun_path, name, size);
	if (is_abstract)
		address.sun_path[0] = '\0';
	size += offsetof(struct sockaddr_un, sun_path) + (is_abstract ? 0 : 1);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, (socklen_t)size), 0);
	return fd;
}

static void
expect_notice(int fd, const char *state)
{
	char text[64] = "";

	os->ops->notify(os, state);
	cr_assert_eq(recv(fd, text, sizeof(text) - 1, 0), (ssize_t)strlen(state));
	cr_assert_str_eq(text, state);
}

Test(started, who_started_a_process_and_asks_for_it_is_told_how_it_is)
{
	unsigned before = count_fds();
	char name[64];
	int fd = bind_datagrams(at("notify"), false);

	cr_assert_eq(setenv("NOTIFY_SOCKET", at("notify"), 1), 0);
	expect_notice(fd, "READY=1");
	expect_notice(fd, "STOPPING=1\nSTATUS=closing");
	close(fd);
	snprintf(name, sizeof(name), "@actor-listen-%d", getpid());
	fd = bind_datagrams(name, true);
	cr_assert_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	expect_notice(fd, "READY=1");
	close(fd);
	cr_assert_eq(count_fds(), before);
}

/* What is logged comes out of the pipe that is given. */
static int
log_to_pipe(void)
{
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	return ends[0];
}

static void
expect_logged(int log, const char *expected)
{
	char text[512] = "";

	cr_assert_geq(read(log, text, sizeof(text) - 1), 0, "%d", errno);
	cr_assert_str_eq(text, expected);
}

Test(started, a_notice_that_can_reach_nobody_is_logged_and_nothing_waits, .timeout = 20)
{
	int log = log_to_pipe();
	unsigned before = count_fds();
	char path[200], byte;

	os->ops->notify(os, "READY=1");
	cr_assert_eq(read(log, &byte, 1), -1); /* nobody asked for it */
	snprintf(path, sizeof(path), "/%0150d", 0);
	const char *const nowhere[] = { "", "@", "/", "relative", path, at("nothing"), base };
	const char *const reasons[] = { "Invalid argument",  "Invalid argument", "Invalid argument",
		                        "Invalid argument",  "Invalid argument", "No such file or directory",
		                        "Connection refused" };
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		char line[200];

		snprintf(line, sizeof(line), "actor: STOPPING=1 did not reach NOTIFY_SOCKET: %s\n", reasons[i]);
		cr_assert_eq(setenv("NOTIFY_SOCKET", nowhere[i], 1), 0);
		os->ops->notify(os, "STOPPING=1\nSTATUS=closing");
		expect_logged(log, line);
	}
	cr_assert_eq(count_fds(), before);
	close(log);
}

/* Until the queue is full, without waiting: how many it takes. */
static int
fill(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), count = 0;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	while (sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof(address)) == 1)
		count++;
	cr_assert_eq(errno, EAGAIN);
	close(fd);
	return count;
}

/* The state of a process, as in /proc: 'S' while it waits. */
static char
state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (file != NULL)
		fclose(file);
	return state;
}

static void
await_sleep(pid_t pid)
{
	char state;

	do
		state = state_of(pid);
	while (state != 'S' && state != 'Z');
}

static int heard[2];

static void
on_alarm(int number)
{
	(void)number;
	(void)!write(heard[1], "x", 1);
}

static void
catch_alarms(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	cr_assert_eq(pipe2(heard, O_CLOEXEC), 0);
	cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
}

Test(started, a_notice_waits_for_room_and_gets_there_whatever_signals_come, .timeout = 20)
{
	int fd = bind_datagrams(at("full"), false), count = fill(at("full")), status;
	char text[64] = "";
	pid_t pid;

	cr_assert_eq(setenv("NOTIFY_SOCKET", at("full"), 1), 0);
	catch_alarms();
	pid = fork_child();
	if (pid == 0) {
		os->ops->notify(os, "READY=1");
		_exit(0);
	}
	await_sleep(pid);
	cr_assert_eq(kill(pid, SIGALRM), 0);
	cr_assert_eq(read(heard[0], text, 1), 1);
	await_sleep(pid);
	for (; count > 0; count--)
		cr_assert_eq(recv(fd, text, sizeof(text), 0), 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	cr_assert_eq(recv(fd, text, sizeof(text) - 1, 0), 7);
	cr_assert_str_eq(text, "READY=1");
	close(fd);
}

/* Nor do signals make it wait for ever. */
Test(started, a_notice_that_nobody_reads_is_given_up_and_logged, .timeout = 20)
{
	const struct itimerval often = { .it_interval = { .tv_usec = 100000 }, .it_value = { .tv_usec = 100000 } };
	const struct itimerval never = { .it_value = { 0 } };
	int fd = bind_datagrams(at("full"), false), log = log_to_pipe();

	(void)fill(at("full"));
	cr_assert_eq(setenv("NOTIFY_SOCKET", at("full"), 1), 0);
	os->ops->notify(os, "READY=1");
	expect_logged(log, "actor: READY=1 did not reach NOTIFY_SOCKET: Resource temporarily unavailable\n");
	catch_alarms();
	cr_assert_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
	os->ops->notify(os, "READY=1");
	cr_assert_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	expect_logged(log, "actor: READY=1 did not reach NOTIFY_SOCKET: Interrupted system call\n");
	close(fd);
	close(log);
}

Test(started, the_processors_are_those_that_the_process_may_use)
{
	cpu_set_t allowed;
	int one = sched_getcpu();

	cr_assert_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	cr_assert_eq(os->ops->processors(os), (uint32_t)CPU_COUNT(&allowed));
	CPU_ZERO(&allowed);
	CPU_SET((unsigned)one, &allowed);
	cr_assert_eq(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
	cr_assert_eq(os->ops->processors(os), 1);
	cr_assert_eq(os->ops->user(os), geteuid());
}
