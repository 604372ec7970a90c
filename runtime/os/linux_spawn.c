/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Starting a process, and following its end.
 *
 * A child begins with clone(CLONE_VM | CLONE_VFORK): it runs in our memory, on a stack of its own, while we stand
 * still until it has exec'ed or exited.  Nothing is copied, so a spawn costs the same whatever our size, and
 * everything that the child needs is made ready here, because in between it may only do what a signal handler may:
 *
 *     parent                                        child
 *     environment, link pair, memory file
 *     block all signals
 *     clone ------------------------------------->  default dispositions (ignored ones would survive exec, and
 *       |                                           our handlers must not run in it)
 *       |  stands still                             process group of its own: ctrl-C is for the root alone
 *       |                                           SIGKILL when the parent dies; is the parent dead already?
 *       |                                           no new privileges
 *       |                                           link to 3, memory file to 4, close-on-exec from 5 on: strays
 *       |                                           end at the exec
 *       |                                           empty signal mask
 *       |  <--------------------------------------  exec, or else: report step and errno, exit 127
 *     restore the mask
 *     close the child's end
 *     read the report
 *
 * How it can fail.  Before and in clone: nothing has been started.  In the child: the report is an eventfd that we
 * hold since the start; it is close-on-exec, so nothing that was exec'ed can write it, and it is written before we
 * go on, so reading it without waiting is enough: empty means exec'ed.  (The link will not do: a fast child may have
 * written its first frame by then.  Nor will our memory, which Valgrind and qemu-user do not share with it.)  A
 * child that failed is reaped here.  One that was killed between clone and exec reports nothing; it is handed out
 * as started, and its pidfd tells its end.
 *
 * Every child has a pidfd from the moment that it exists, by CLONE_PIDFD; where that is unknown (qemu-user) it is
 * opened afterwards, which is as sound: the pid of a child that nobody reaped is not used again.
 *
 * The memory file is where the child reports a crash (crash.h).  A process that is to trace a crash is started in the
 * same way, with the file of the process that crashed, and the link for its output.
 *
 * PR_SET_PDEATHSIG fires when the *thread* that cloned ends, so all of this is for the thread of the loop.  It is
 * the belt only: the end of the link is what tells a child of its parent's death.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux_internal.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_EXECUTED 127
#define LOADER_STEP "exec: this program was started through a loader; name its file in options.executable"

/*
 * The child runs on a stack that the address sanitizer does not know, in memory that is not its own: it must not
 * touch the sanitizer's records of either.
 */
#define IN_CHILD __attribute__((no_sanitize_address))

enum child_step {
	STEP_SETPGID = 1,
	STEP_PRCTL,
	STEP_PLACE,
	STEP_CLOSE_RANGE,
	STEP_EXEC,
};

/* What the child works from; it reads this and changes nothing. */
struct plan {
	const char *path; /* NULL: executable_fd */
	int executable_fd;
	char executable_path[32]; /* of executable_fd, for kernels without execveat */
	char *arguments[2];
	char **environment;
	int link_fd;
	int crash_fd;
	int report_fd;
	pid_t parent;
};

/* ---- in the child ---------------------------------------------------------------------------------------------- */

IN_CHILD static void
fail(const struct plan *plan, enum child_step step, int error)
{
	uint64_t report = (uint64_t)step << 32 | (uint32_t)error;

	(void)!write(plan->report_fd, &report, sizeof(report));
	_exit(EXIT_NOT_EXECUTED);
}

IN_CHILD static void
default_dispositions(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &standard, NULL); /* SIGKILL, SIGSTOP and libc's own two refuse */
}

/* dup2 of a descriptor to itself would keep its close-on-exec. */
IN_CHILD static int
place(int fd, int number)
{
	return fd == number ? fcntl(fd, F_SETFD, 0) : dup2(fd, number);
}

/* They may themselves have got the numbers 3 and 4, in any order. */
IN_CHILD static int
place_both(const struct plan *plan)
{
	int crash_fd = plan->crash_fd != ACTI_LINK_FD ? plan->crash_fd : dup(plan->crash_fd);

	if (crash_fd < 0 || place(plan->link_fd, ACTI_LINK_FD) < 0)
		return -1;
	return place(crash_fd, ACTI_CRASH_FD);
}

/* Close-on-exec does not hinder execveat: it looks up the file before it closes, and needs no path after that. */
IN_CHILD static int
execute(const struct plan *plan)
{
	int error;

	if (plan->path != NULL) {
		(void)execve(plan->path, plan->arguments, plan->environment);
		return errno;
	}
	(void)execveat(plan->executable_fd, "", plan->arguments, plan->environment, AT_EMPTY_PATH);
	error = errno;
	(void)execve(plan->executable_path, plan->arguments, plan->environment);
	return error;
}

IN_CHILD static int
child(void *argument)
{
	const struct plan *plan = argument;
	sigset_t none;

	default_dispositions();
	if (setpgid(0, 0) != 0)
		fail(plan, STEP_SETPGID, errno);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		fail(plan, STEP_PRCTL, errno);
	if (getppid() != plan->parent)
		_exit(EXIT_NOT_EXECUTED); /* it died before the line above, so its death signals nothing */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail(plan, STEP_PRCTL, errno);
	if (place_both(plan) < 0)
		fail(plan, STEP_PLACE, errno);
	if (close_range(ACTI_CRASH_FD + 1, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
		fail(plan, STEP_CLOSE_RANGE, errno);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	fail(plan, STEP_EXEC, execute(plan));
	return EXIT_NOT_EXECUTED;
}

/* ---- the environment ------------------------------------------------------------------------------------------- */

/* An entry that ends in '=' names a variable, any other the beginning of names. */
static const char *const passed_on[] = {
	"PATH=",
	"LANG=",
	"LC_",
	"TZ=",
	"HOME=",
	"XDG_RUNTIME_DIR=",
	"TERM=",
	"ACTOR_LOG=",
	/* what instrumented builds are told by */
	"ASAN_OPTIONS=",
	"UBSAN_OPTIONS=",
	"LSAN_OPTIONS=",
	"LLVM_PROFILE_FILE=",
	"GCOV_PREFIX=",
	"GCOV_PREFIX_STRIP=",
};

static bool
is_passed_on(const char *entry, bool secure)
{
	if (secure && strncmp(entry, "ACTOR_", 6) == 0)
		return false;
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
		if (strncmp(entry, passed_on[i], strlen(passed_on[i])) == 0)
			return true;
	}
	return false;
}

/* Of the name and its '='. */
static size_t
name_size(const char *entry)
{
	const char *equals = strchr(entry, '=');

	return equals == NULL ? 0 : (size_t)(equals - entry) + 1;
}

static bool
has_name(const char *const *entries, const char *entry)
{
	size_t size = name_size(entry);

	for (size_t i = 0; entries != NULL && entries[i] != NULL; i++) {
		if (strncmp(entries[i], entry, size) == 0)
			return true;
	}
	return false;
}

static size_t
count_entries(const char *const *entries)
{
	size_t count = 0;

	while (entries != NULL && entries[count] != NULL)
		count++;
	return count;
}

/* What tells the process what it is; nobody else may say that. */
static const char *const child_entries[] = { ACTI_LINK_VARIABLE "=3", ACTI_CRASH_VARIABLE "=4", NULL };
static const char *const tracer_entries[] = { ACTI_TRACE_VARIABLE "=4", NULL };

static bool
is_ours(const char *entry)
{
	return has_name(child_entries, entry) || has_name(tracer_entries, entry);
}

/* What is passed on of ours, then what the spawner adds and overrides, then what it is. */
static void
fill_environment(const struct acti_linux *self, const char *const *added, const char *const *own, const char **entries)
{
	size_t count = 0;

	for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
		if (is_passed_on(*entry, self->secure) && !has_name(added, *entry))
			entries[count++] = *entry;
	}
	for (size_t i = 0; added != NULL && added[i] != NULL; i++) {
		if (!is_ours(added[i]))
			entries[count++] = added[i];
	}
	for (size_t i = 0; own[i] != NULL; i++)
		entries[count++] = own[i];
	entries[count] = NULL;
}

/* One block of pointers into strings of others, which stay as they are until we go on. */
static int
make_environment(struct acti_linux *self, const char *const *added, const char *const *own, char ***ret_environment)
{
	size_t count = count_entries((const char *const *)environ) + count_entries(added) + count_entries(own) + 1;
	const char **entries;

	for (size_t i = 0; added != NULL && added[i] != NULL; i++) {
		if (name_size(added[i]) <= 1)
			return -EINVAL;
	}
	entries = acti_allocate(&self->os.memory, count * sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	fill_environment(self, added, own, entries);
	*ret_environment = (char **)(uintptr_t)entries;
	return 0;
}

/* ---- in the parent --------------------------------------------------------------------------------------------- */

static const char *
step_name(const struct plan *plan, uint64_t step)
{
	switch ((enum child_step)step) {
	case STEP_SETPGID:
		return "setpgid";
	case STEP_PRCTL:
		return "prctl";
	case STEP_PLACE:
		return "dup2";
	case STEP_CLOSE_RANGE:
		return "close_range";
	case STEP_EXEC:
		return plan->path != NULL ? "execve" : "execveat";
	}
	return "the child";
}

/* Waits for a child that has nothing left to do but end. */
static void
bury(idtype_t kind, int id)
{
	siginfo_t info;

	while (waitid(kind, (id_t)id, &info, WEXITED) != 0 && errno == EINTR)
		continue;
}

static int
clone_child(struct acti_linux *self, struct plan *plan, int flags, struct acti_process *process)
{
	char *stack_top = (char *)self->spawn_stack + ACTI_SPAWN_STACK_SIZE;
	pid_t pid = clone(child, stack_top, flags | CLONE_VM | CLONE_VFORK | SIGCHLD, plan, &process->pidfd);

	process->pid = pid;
	return pid < 0 ? -errno : 0;
}

static int
open_pidfd(struct acti_process *process)
{
	int rc = 0;

	process->pidfd = pidfd_open(process->pid, 0);
	if (process->pidfd < 0) {
		rc = -errno;
		(void)kill(process->pid, SIGKILL); /* ours and not reaped, so the number can only mean it */
		bury(P_PID, process->pid);
	}
	return rc;
}

static int
start_child(struct acti_linux *self, struct plan *plan, struct acti_process *process, const char **ret_step)
{
	sigset_t all, before;
	int rc;

	*ret_step = "clone";
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = clone_child(self, plan, CLONE_PIDFD, process);
	if (rc == -EINVAL) {
		rc = clone_child(self, plan, 0, process);
		if (rc == 0) {
			*ret_step = "pidfd_open";
			rc = open_pidfd(process);
		}
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int
read_report(struct acti_linux *self, const struct plan *plan, struct acti_process *process, const char **ret_step)
{
	uint64_t report = 0;
	ssize_t count;

	do
		count = read(self->report_fd, &report, sizeof(report));
	while (count < 0 && errno == EINTR);
	if (count != (ssize_t)sizeof(report))
		return 0;
	*ret_step = step_name(plan, report >> 32);
	bury(P_PIDFD, process->pidfd);
	(void)close(process->pidfd);
	return -(int)(report & UINT32_MAX);
}

static int
choose_executable(struct acti_linux *self, const struct acti_spawn *spawn, struct plan *plan, const char **ret_step)
{
	plan->path = spawn->executable;
	plan->executable_fd = self->executable_fd;
	if (plan->path != NULL)
		return 0;
	*ret_step = LOADER_STEP;
	if (self->started_by_loader)
		return -ENOEXEC;
	*ret_step = "open /proc/self/exe";
	if (self->executable_fd < 0)
		return self->executable_fd;
	(void)snprintf(plan->executable_path, sizeof(plan->executable_path), "/proc/self/fd/%d", plan->executable_fd);
	return 0;
}

static int
make_link(int link[2], const char **ret_step)
{
	*ret_step = "socketpair";
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) != 0)
		return -errno;
	*ret_step = "fcntl";
	if (fcntl(link[0], F_SETFL, O_NONBLOCK) != 0) {
		int rc = -errno;

		(void)close(link[0]);
		(void)close(link[1]);
		return rc;
	}
	return 0;
}

/* With a plan that lacks only the link. */
static int
start_linked(struct acti_linux *self, struct plan *plan, struct acti_process *process, int *ret_link,
             const char **ret_step)
{
	int link[2];
	int rc = make_link(link, ret_step);

	if (rc != 0)
		return rc;
	plan->link_fd = link[1];
	rc = start_child(self, plan, process, ret_step);
	(void)close(link[1]);
	if (rc == 0)
		rc = read_report(self, plan, process, ret_step);
	if (rc == 0)
		*ret_link = link[0];
	else
		(void)close(link[0]);
	return rc;
}

/* Its own memory file; a kernel that does not know the one flag gets the other from then on. */
static int
make_crash_file(struct acti_linux *self, const char **ret_step)
{
	int fd = memfd_create("actor-crash", self->memfd_flags);

	if (fd < 0 && errno == EINVAL && self->memfd_flags != MFD_CLOEXEC) {
		self->memfd_flags = MFD_CLOEXEC;
		fd = memfd_create("actor-crash", self->memfd_flags);
	}
	*ret_step = "memfd_create";
	return fd < 0 ? -errno : fd;
}

int
acti_linux_start(struct acti_linux *self, const struct acti_spawn *spawn, int crash_fd,
                 struct acti_process *ret_process, int *ret_link, const char **ret_step)
{
	bool is_child = crash_fd < 0;
	struct acti_process process = { .pid = -1, .pidfd = -1, .crash_fd = -1 };
	struct plan plan = { .report_fd = self->report_fd, .parent = getpid(), .crash_fd = crash_fd };
	const char *step = "";
	int rc;

	assert(spawn->title != NULL);
	plan.arguments[0] = (char *)(uintptr_t)spawn->title;
	rc = choose_executable(self, spawn, &plan, &step);
	if (rc == 0) {
		step = "make the environment";
		rc = make_environment(self, spawn->environment, is_child ? child_entries : tracer_entries,
		                      &plan.environment);
	}
	if (rc == 0 && is_child)
		rc = process.crash_fd = plan.crash_fd = make_crash_file(self, &step);
	if (rc >= 0)
		rc = start_linked(self, &plan, &process, ret_link, &step);
	acti_release(&self->os.memory, plan.environment);
	if (rc == 0) {
		*ret_process = process;
		return 0;
	}
	if (process.crash_fd >= 0)
		(void)close(process.crash_fd);
	*ret_step = step;
	return rc;
}

int
acti_linux_spawn(struct acti_os *os, const struct acti_spawn *spawn, struct acti_process *ret_process, int *ret_link,
                 const char **ret_step)
{
	return acti_linux_start(acti_linux_of(os), spawn, -1, ret_process, ret_link, ret_step);
}

/* ---- its end --------------------------------------------------------------------------------------------------- */

static int
status_of(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return (info->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return info->si_status | WCOREFLAG;
	default:
		return info->si_status;
	}
}

int
acti_linux_process_reap(struct acti_os *os, struct acti_process *process, int *ret_status)
{
	siginfo_t info = { .si_pid = 0 };
	int rc;

	(void)os;
	do
		rc = waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG);
	while (rc != 0 && errno == EINTR);
	if (rc != 0)
		return -errno;
	if (info.si_pid == 0)
		return -EAGAIN;
	*ret_status = status_of(&info);
	return 0;
}

int
acti_linux_process_kill(struct acti_os *os, const struct acti_process *process, int signal)
{
	(void)os;
	return pidfd_send_signal(process->pidfd, signal, NULL, 0) == 0 ? 0 : -errno;
}

void
acti_linux_process_close(struct acti_os *os, struct acti_process *process)
{
	(void)os;
	if (process->pidfd >= 0)
		(void)close(process->pidfd);
	if (process->crash_fd >= 0)
		(void)close(process->crash_fd);
	process->pidfd = process->crash_fd = -1;
}

void
acti_linux_process_end(struct acti_os *os, struct acti_process *process)
{
	(void)pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
	bury(P_PIDFD, process->pidfd);
	acti_linux_process_close(os, process);
}
