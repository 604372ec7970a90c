/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Taking over a process at the start of its actor, whoever launched it and in whatever state: with standard
 * descriptors closed, with signals ignored or blocked, through a loader, or by a parent actor that left a link.
 */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <os/linux_internal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A closed standard descriptor would be given to the next socket, and a printf would then write into it.  Where
 * /dev/null is missing an unconnected socket holds the place: it gives an error to whoever reads or writes it.
 */
int
acti_linux_fill_standard_fds(void)
{
	for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
		int fd;

		if (fcntl(number, F_GETFD) >= 0)
			continue;
		fd = open("/dev/null", O_RDWR); /* the lowest free number is `number`: those below are open by now */
		if (fd < 0)
			fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fd < 0)
			return -errno;
	}
	return 0;
}

int
acti_linux_move_fd(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, ACTI_HELD_FD_MIN);

	if (moved < 0)
		moved = -errno;
	(void)close(fd);
	return moved;
}

static bool
is_unix_stream(int fd)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && domain == AF_UNIX && type == SOCK_STREAM;
}

/* The variable goes, so that a program which user code starts does not believe that it has a link. */
static int
take_link(struct acti_linux *self)
{
	const char *value = getenv(ACTI_LINK_VARIABLE);
	bool is_named = value != NULL && strcmp(value, "3") == 0 && !self->secure;
	int fd;

	_Static_assert(ACTI_LINK_FD == 3, "the value that is expected above");
	if (value != NULL)
		(void)unsetenv(ACTI_LINK_VARIABLE);
	if (!is_named)
		return 0;
	if (!is_unix_stream(ACTI_LINK_FD))
		return -ENOTSOCK; /* never on as a root: that would start a tree where one actor was asked for */
	if (fcntl(ACTI_LINK_FD, F_SETFL, O_NONBLOCK) != 0)
		return -errno;
	fd = acti_linux_move_fd(ACTI_LINK_FD);
	if (fd < 0)
		return fd;
	self->link_fd = fd;
	return 0;
}

/* A parent without crash reports names none: then there is no report. */
static int
take_crash(struct acti_linux *self)
{
	const char *value = getenv(ACTI_CRASH_VARIABLE);
	bool is_named = value != NULL && strcmp(value, "4") == 0 && getenv(ACTI_LINK_VARIABLE) != NULL && !self->secure;
	int fd;

	_Static_assert(ACTI_CRASH_FD == 4, "the value that is expected above");
	if (value != NULL)
		(void)unsetenv(ACTI_CRASH_VARIABLE);
	if (!is_named)
		return 0;
	fd = acti_linux_move_fd(ACTI_CRASH_FD);
	if (fd < 0)
		return fd;
	self->crash_fd = fd;
	return 0;
}

/* The number of a variable, 0 if it is none from 1 to `max`. */
static long
number_in(const char *name, long max)
{
	const char *value = getenv(name);
	char *end;
	long number;

	if (value == NULL || value[0] < '1' || value[0] > '9')
		return 0;
	number = strtol(value, &end, 10);
	return *end == '\0' && number <= max ? number : 0;
}

/* One that is not open is kept as such: whoever asks for it is told. */
static int
take_listener(int number)
{
	int flags = fcntl(number, F_GETFL);

	if (flags < 0)
		return -EBADF;
	if (fcntl(number, F_SETFL, flags | O_NONBLOCK) != 0)
		return -errno;
	return acti_linux_move_fd(number);
}

/*
 * Variables that name another process are another's, and stay as they are.  A child actor is never started in this way:
 * what it has on these numbers is of its parent.
 */
static int
take_listeners(struct acti_linux *self)
{
	long count = number_in("LISTEN_FDS", ACTI_LISTENERS_MAX);

	if (self->secure || self->link_fd >= 0 || number_in("LISTEN_PID", INT_MAX) != getpid())
		return 0;
	for (long i = 0; i < count; i++) {
		int fd = take_listener(ACTI_LISTENER_FD + (int)i);

		if (fd < 0 && fd != -EBADF)
			return fd;
		self->listener_fds[self->listener_count++] = fd;
	}
	if (count > 0) {
		(void)unsetenv("LISTEN_PID");
		(void)unsetenv("LISTEN_FDS");
		(void)unsetenv("LISTEN_FDNAMES");
	}
	return 0;
}

/* All of it, in any case: what the parent left is ours to close. */
int
acti_linux_take_inherited(struct acti_linux *self, const char **ret_step)
{
	int crash_rc = take_crash(self), rc = take_link(self);

	if (rc == 0 && crash_rc == 0) {
		*ret_step = "taking over the sockets of LISTEN_FDS";
		return take_listeners(self);
	}
	*ret_step = rc != 0
	                ? "descriptor 3 is not the link to the parent: something closed it before actor_main()"
	                : "descriptor 4 is not the parent's file for a crash: something closed it before actor_main()";
	return rc != 0 ? rc : crash_rc;
}

/*
 * `ld.so ./program` makes the kernel run ld.so, which has no interpreter: AT_BASE is 0.  ld.so then turns AT_PHDR
 * to the headers of the program, and those do name an interpreter.  /proc/self/exe is ld.so in that case.
 */
bool
acti_linux_started_by_loader(void)
{
	const ElfW(Phdr) *header = (const void *)getauxval(AT_PHDR);
	unsigned long count = header != NULL ? getauxval(AT_PHNUM) : 0;

	if (getauxval(AT_BASE) != 0)
		return false;
	for (unsigned long i = 0; i < count; i++) {
		if (header[i].p_type == PT_INTERP)
			return true;
	}
	return false;
}

/*
 * Those by which people, the kernel and a parent stop a process, ask it what it does, or tell it of a child.  Others
 * that were blocked (SIGUSR2, SIGALRM, real-time) stay so: the program may have a thread that waits for them.
 */
static const int our_signals[] = {
	SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,  SIGSEGV, SIGPIPE,
	SIGTERM, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGXCPU, SIGXFSZ, SIGSYS,  SIGUSR1,
};

/*
 * SIGCHLD at its default, whatever the launcher left: ignored, or with SA_NOCLDWAIT, the kernel would throw away
 * the status of each child.  SIGPIPE ignored, for what is no socket: a log line to a pipe without a reader.  SIGUSR1
 * ignored, which does not keep a loop from hearing of it: one that comes while none waits for it is not to kill.
 */
void
acti_linux_take_signals(struct acti_linux *self)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
	sigset_t wanted, blocked;

	(void)sigaction(SIGPIPE, &ignored, &self->old_sigpipe);
	(void)sigaction(SIGUSR1, &ignored, &self->old_sigusr1);
	(void)sigaction(SIGCHLD, &standard, &self->old_sigchld);
	sigemptyset(&wanted);
	for (size_t i = 0; i < sizeof(our_signals) / sizeof(our_signals[0]); i++)
		sigaddset(&wanted, our_signals[i]);
	(void)pthread_sigmask(SIG_UNBLOCK, &wanted, &blocked);
	sigandset(&self->reblock, &wanted, &blocked);
	self->signals_taken = true;
}

/* In a spawned actor SIGUSR1 stays ignored: its parent may send one until it has reaped us. */
void
acti_linux_return_signals(struct acti_linux *self)
{
	(void)pthread_sigmask(SIG_BLOCK, &self->reblock, NULL);
	(void)sigaction(SIGCHLD, &self->old_sigchld, NULL);
	(void)sigaction(SIGPIPE, &self->old_sigpipe, NULL);
	if (self->link_fd < 0)
		(void)sigaction(SIGUSR1, &self->old_sigusr1, NULL);
	self->signals_taken = false;
}
