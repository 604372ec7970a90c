/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The seam on Linux: making and unmaking it, its table, and the calls that are little more than one system call.
 *
 * Nothing here is process-wide except what the kernel and libc keep process-wide: descriptors 0 to 2, the variable
 * that names the link, those of LISTEN_FDS, and the dispositions of SIGPIPE, SIGCHLD and SIGUSR1.  The latter are put back by free(), so that
 * a main() that goes on after its actor finds them as it left them.
 */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <os/linux_internal.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define STACK_GUARD_SIZE 65536
#define NOTICE_PATIENCE_S 1

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u /* Linux 6.3; such a file cannot become a program */
#endif

_Static_assert(_Alignof(max_align_t) >= 16, "blocks are aligned to 16");

static void *
allocate(struct acti_memory *memory, size_t size)
{
	void *block = malloc(size);

	memory->in_use += malloc_usable_size(block);
	return block;
}

static void
release(struct acti_memory *memory, void *block)
{
	memory->in_use -= malloc_usable_size(block);
	free(block);
}

static ssize_t
read_some(struct acti_os *os, int fd, void *buffer, size_t size)
{
	ssize_t count;

	(void)os;
	do
		count = recv(fd, buffer, size, MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

/* Descriptors that come along find no room here, so the kernel closes them, and says that something is cut off. */
static ssize_t
read_from_stranger(struct acti_os *os, int fd, void *buffer, size_t size)
{
	struct iovec piece = { .iov_base = buffer, .iov_len = size };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
	ssize_t count;

	(void)os;
	do
		count = recvmsg(fd, &message, MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	if (count >= 0 && (message.msg_flags & MSG_CTRUNC) != 0)
		return -EBADMSG;
	return count < 0 ? -errno : count;
}

static ssize_t
write_some(struct acti_os *os, int fd, const void *buffer, size_t size)
{
	ssize_t count;

	(void)os;
	do
		count = send(fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

static ssize_t
write_pieces(struct acti_os *os, int fd, const struct acti_piece *pieces, size_t count)
{
	struct iovec vector[ACTI_PIECES_MAX];
	const struct msghdr message = { .msg_iov = vector, .msg_iovlen = count };
	ssize_t written;

	(void)os;
	for (size_t i = 0; i < count; i++)
		vector[i] = (struct iovec){ (void *)(uintptr_t)pieces[i].bytes, pieces[i].size };
	do
		written = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (written < 0 && errno == EINTR);
	return written < 0 ? -errno : written;
}

static void
close_fd(struct acti_os *os, int fd)
{
	(void)os;
	(void)close(fd); /* never repeated: Linux frees the number even when it says EINTR */
}

static void
shut_down(struct acti_os *os, int fd)
{
	(void)os;
	(void)shutdown(fd, SHUT_RDWR);
}

static int
inherited_link(struct acti_os *os)
{
	struct acti_linux *self = acti_linux_of(os);

	self->link_taken = true;
	return self->link_fd;
}

static pid_t
own_pid(struct acti_os *os)
{
	(void)os;
	return getpid();
}

static uid_t
user(struct acti_os *os)
{
	(void)os;
	return geteuid();
}

/* On a machine of more than a cpu_set_t has room for it is as many as are online. */
static uint32_t
processors(struct acti_os *os)
{
	cpu_set_t allowed;
	long count;

	(void)os;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		count = CPU_COUNT(&allowed);
	else
		count = sysconf(_SC_NPROCESSORS_ONLN);
	return count > 0 ? (uint32_t)count : 1;
}

static void
title(struct acti_os *os, const char *text)
{
	(void)os;
	(void)prctl(PR_SET_NAME, text, 0, 0, 0); /* the kernel cuts it to 15 bytes */
}

/* Sizes are rounded to pages here, so that a caller need not know how large pages are. */
static size_t
page_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

size_t
acti_linux_stack_guard(void)
{
	return page_round(STACK_GUARD_SIZE);
}

/*
 * Reserved, not committed: pages come when they are touched.  MAP_STACK also keeps huge pages away on kernels that
 * know it; on others the guards keep each mapping too small for them.
 */
void *
acti_linux_stack_map(struct acti_os *os, size_t size)
{
	size_t guard = acti_linux_stack_guard(), usable = page_round(size);
	char *base;

	(void)os;
	if (usable < size || usable + guard < usable)
		return NULL;
	base = mmap(NULL, guard + usable, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	if (mprotect(base + guard, usable, PROT_READ | PROT_WRITE) != 0) {
		(void)munmap(base, guard + usable);
		return NULL;
	}
	return base + guard;
}

void
acti_linux_stack_unmap(struct acti_os *os, void *stack, size_t size)
{
	size_t guard = acti_linux_stack_guard();

	(void)os;
	if (stack != NULL)
		(void)munmap((char *)stack - guard, guard + page_round(size));
}

static int
random_bytes(struct acti_os *os, void *bytes, size_t size)
{
	size_t done = 0;

	(void)os;
	while (done < size) {
		ssize_t count = getrandom((char *)bytes + done, size - done, 0);

		if (count < 0 && errno != EINTR)
			return -errno;
		if (count > 0)
			done += (size_t)count;
	}
	return 0;
}

static const char *
variable(struct acti_os *os, const char *name)
{
	if (acti_linux_of(os)->secure && strncmp(name, "ACTOR_", 6) == 0)
		return NULL;
	return getenv(name);
}

/* The address that a variable names: a path, or '@' and an abstract name.  Its size; 0: it is none. */
static socklen_t
socket_address(const char *text, struct sockaddr_un *ret_address)
{
	size_t size = text != NULL ? strlen(text) : 0;

	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (size < 2 || size >= sizeof(ret_address->sun_path) || (text[0] != '/' && text[0] != '@'))
		return 0;
	memcpy(ret_address->sun_path, text, size);
	if (text[0] == '@')
		ret_address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (text[0] == '/'));
}

/* A queue that is full is waited for, but no longer than a loop may stand still, whatever signals come. */
static int
send_notice(struct acti_os *os, const char *state, const struct sockaddr_un *address, socklen_t size)
{
	const struct timeval patience = { .tv_sec = NOTICE_PATIENCE_S };
	uint64_t until_ns = acti_linux_now_ns(os) + NOTICE_PATIENCE_S * UINT64_C(1000000000);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;
	ssize_t count;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	do
		count = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)address, size);
	while (count < 0 && errno == EINTR && acti_linux_now_ns(os) < until_ns);
	if (count < 0)
		rc = -errno;
	(void)close(fd);
	return rc;
}

static void
complain(struct acti_os *os, const char *state, int error)
{
	char line[160];
	int size = snprintf(line, sizeof(line), "actor: %.*s did not reach NOTIFY_SOCKET: %s\n",
	                    (int)strcspn(state, "\n"), state, strerror(error));

	acti_linux_log(os, line, (size_t)size);
}

/* As sd_notify(3) does.  Children do not have the variable, so they need not be kept from it. */
static void
notify(struct acti_os *os, const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t size = socket_address(name, &address);
	int rc = -EINVAL;

	if (name == NULL || acti_linux_of(os)->secure)
		return;
	if (size > 0)
		rc = send_notice(os, state, &address, size);
	if (rc != 0)
		complain(os, state, -rc);
}

/* No handlers of exit(), no buffers: they are the original's. */
static __attribute__((noreturn)) void
end_copy(struct acti_os *os)
{
	(void)os;
	_exit(EX_SOFTWARE);
}

static uint32_t
choose(struct acti_os *os, uint32_t count)
{
	(void)os;
	(void)count;
	return 0;
}

static bool
fault(struct acti_os *os, const char *site)
{
	(void)os;
	(void)site;
	return false;
}

static const struct acti_os_ops linux_ops = {
	.now_ns = acti_linux_now_ns,
	.loop_run = acti_linux_loop_run,
	.loop_stop = acti_linux_loop_stop,
	.watch_start = acti_linux_watch_start,
	.watch_change = acti_linux_watch_change,
	.watch_stop = acti_linux_watch_stop,
	.timer_start = acti_linux_timer_start,
	.timer_stop = acti_linux_timer_stop,
	.signal_start = acti_linux_signal_start,
	.signal_stop = acti_linux_signal_stop,
	.watchdog_wake = acti_linux_watchdog_wake,
	.watchdog_end = acti_linux_watchdog_end,
	.job_start = acti_linux_job_start,
	.job_withdraw = acti_linux_job_withdraw,
	.read = read_some,
	.read_from_stranger = read_from_stranger,
	.write = write_some,
	.write_pieces = write_pieces,
	.close = close_fd,
	.shutdown = shut_down,
	.is_half_closed = acti_linux_is_half_closed,
	.socket_directory = acti_linux_socket_directory,
	.socket_directory_sweep = acti_linux_socket_directory_sweep,
	.socket_remove = acti_linux_socket_remove,
	.listen = acti_linux_listen,
	.inherited_listener = acti_linux_inherited_listener,
	.listen_end = acti_linux_listen_end,
	.accept = acti_linux_accept,
	.connect = acti_linux_connect,
	.spawn = acti_linux_spawn,
	.process_reap = acti_linux_process_reap,
	.process_kill = acti_linux_process_kill,
	.process_close = acti_linux_process_close,
	.process_end = acti_linux_process_end,
	.crash_find = acti_linux_crash_find,
	.crash_read = acti_linux_crash_read,
	.crash_trace = acti_linux_crash_trace,
	.inherited_link = inherited_link,
	.pid = own_pid,
	.user = user,
	.processors = processors,
	.build = acti_linux_build,
	.title = title,
	.stack_map = acti_linux_stack_map,
	.stack_unmap = acti_linux_stack_unmap,
	.random = random_bytes,
	.variable = variable,
	.log = acti_linux_log,
	.notify = notify,
	.end_copy = end_copy,
	.choose = choose,
	.fault = fault,
};

/*
 * The running executable, by a descriptor that a replaced file does not change.  O_PATH: to execute it does not
 * need the right to read it.  Without /proc there is none, and only a spawn that needs it fails.
 */
static int
hold_executable(void)
{
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : acti_linux_move_fd(fd);
}

static int
open_report(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : acti_linux_move_fd(fd);
}

/*
 * The mark that a fork() wipes: the lowest page of the spawn stack, which nothing reaches.  A kernel that cannot do that
 * leaves it, and then a copy is not known as one.
 */
static void
mark_original(struct acti_linux *self)
{
	uint32_t *mark = self->spawn_stack;

	(void)madvise(mark, page_round(1), MADV_WIPEONFORK);
	*mark = 1;
	self->os.is_original = mark;
}

/*
 * pthread_exit() in a task ends the thread of the loop.  Where it is the only thread, that is exit(0); where there are
 * others, it is that, too, and not a process that nobody hears.
 */
static void
loop_thread_ended(void *argument)
{
	(void)argument;
	exit(0);
}

static int
watch_thread(struct acti_linux *self)
{
	int rc = -pthread_key_create(&self->thread_key, loop_thread_ended);

	self->has_thread_key = rc == 0;
	return rc == 0 ? -pthread_setspecific(self->thread_key, self) : rc;
}

static int
set_up(struct acti_linux *self, const char **ret_step)
{
	*ret_step = "open /dev/null";
	int rc = acti_linux_fill_standard_fds(); /* first: else one of ours could become a standard descriptor */

	if (rc == 0)
		rc = acti_linux_take_inherited(self, ret_step);
	if (rc == 0) {
		self->executable_fd = hold_executable();
		self->started_by_loader = acti_linux_started_by_loader();
		*ret_step = "eventfd";
		rc = self->report_fd = open_report();
	}
	if (rc >= 0) {
		*ret_step = "mmap";
		self->spawn_stack = acti_linux_stack_map(&self->os, ACTI_SPAWN_STACK_SIZE);
		rc = self->spawn_stack == NULL ? -ENOMEM : 0;
	}
	if (rc == 0) {
		mark_original(self);
		*ret_step = "pthread_key_create";
		rc = watch_thread(self);
	}
	if (rc == 0) {
		*ret_step = "ev_loop_new";
		rc = acti_linux_loop_new(&self->loop);
	}
	if (rc == 0) {
		*ret_step = "timerfd_create";
		rc = acti_linux_timers_init(self);
	}
	if (rc == 0) {
		acti_linux_take_signals(self);
		acti_linux_take_crashes(self);
	}
	return rc;
}

int
acti_os_linux_new(struct acti_os **ret_os, const char **ret_step)
{
	struct acti_linux *self = calloc(1, sizeof(*self));
	int rc;

	*ret_step = "calloc";
	if (self == NULL)
		return -ENOMEM;
	self->os = (struct acti_os){ .memory = { .allocate = allocate, .release = release }, .ops = &linux_ops };
	self->secure = getauxval(AT_SECURE) != 0;
	acti_linux_trace_if_asked(self->secure);
	self->link_fd = self->crash_fd = self->executable_fd = self->report_fd = self->timers.fd = -1;
	self->memfd_flags = MFD_CLOEXEC | MFD_NOEXEC_SEAL;
	rc = set_up(self, ret_step);
	if (rc != 0) {
		acti_os_linux_free(&self->os);
		return rc;
	}
	*ret_step = NULL;
	*ret_os = &self->os;
	return 0;
}

static void
close_held(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void
acti_os_linux_free(struct acti_os *os)
{
	struct acti_linux *self;

	if (os == NULL)
		return;
	self = acti_linux_of(os);
	acti_linux_watchdog_end(os);
	self->pool = acti_linux_pool_free(self->pool); /* before the loop, which watches it */
	if (self->has_thread_key)
		(void)pthread_key_delete(self->thread_key);
	if (self->crashes_taken)
		acti_linux_return_crashes(self);
	if (self->signals_taken)
		acti_linux_return_signals(self);
	acti_linux_timers_fini(self);
	self->loop = acti_linux_loop_free(self->loop);
	acti_linux_stack_unmap(os, self->spawn_stack, ACTI_SPAWN_STACK_SIZE);
	close_held(self->report_fd);
	close_held(self->executable_fd);
	close_held(self->crash_fd);
	for (size_t i = 0; i < self->listener_count; i++)
		close_held(self->listener_fds[i]);
	if (!self->link_taken)
		close_held(self->link_fd);
	free(self);
}
