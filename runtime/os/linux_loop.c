/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The event loop: the only file that knows libev.
 *
 * Never the default loop: it reaps with waitpid(-1) and would take the status of every child.  Epoll and signalfd,
 * whatever LIBEV_FLAGS says.  One prepare watcher is the hook that runs the actor: libev calls it when all events
 * are handled and before it computes how long to wait.  While there is more to run an idle watcher is active, and
 * libev then polls instead of waiting.
 *
 * In the steady state that is one epoll_wait per turn and no other system call: clocks are read through the vDSO,
 * timers are a descriptor among others (linux_timer.c), and a change of interest reaches epoll_ctl only when it differs
 * at the end of the turn.
 *
 * libev's watchers live in the `storage` of the seam's structs, so starting one allocates nothing of ours.  They are
 * all of priority 0 and are never touched while libev runs another loop: there is one loop per actor and thread.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux_internal.h>
#include <stdlib.h>
#include <time.h>

/* libev's macros shadow, convert and alias; what they expand to is used in this file only. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wstrict-aliasing"
#define EV_COMPAT3 0
#include <ev.h>

#define NS_PER_S 1000000000u

#define RETRY_S 0.01

/*
 * In seconds: to libev a wait of at least this long, whatever timers it has.  In milliseconds it is more than an int
 * holds, and becomes a negative one, which for epoll_wait() is no timeout; on a machine where it becomes a large one
 * nothing is lost but the time that linux_timer.c speaks of.
 */
#define WAIT_S 4294967.

struct acti_linux_loop {
	struct ev_loop *ev;
	ev_timer retry;           /* runs while the list is not empty; libev's, as ours need a watch */
	struct acti_list refused; /* watches that the kernel would not take */
	ev_prepare before_wait;
	ev_idle more;
	bool poll_once; /* what may make an event just before the wait, which libev would not see, was done in a turn */
	struct acti_os *os;
	bool (*turn)(void *argument);
	void *argument;
};

struct stored_watch {
	ev_io io;
	struct acti_list refused_link;
};

_Static_assert(sizeof(struct stored_watch) <= sizeof(((struct acti_watch *)0)->storage), "an ev_io fits a watch");
_Static_assert(sizeof(ev_signal) <= sizeof(((struct acti_signal *)0)->storage), "an ev_signal fits a signal");
_Static_assert(_Alignof(ev_io) <= 8 && _Alignof(ev_signal) <= 8, "and its alignment");
_Static_assert((int)ACTI_READABLE == EV_READ && (int)ACTI_WRITABLE == EV_WRITE, "readiness is libev's event mask");

static struct ev_loop *
ev_of(struct acti_os *os)
{
	return acti_linux_of(os)->loop->ev;
}

static struct stored_watch *
stored_of(struct acti_watch *watch)
{
	return (struct stored_watch *)(void *)watch->storage;
}

static ev_io *
io_of(struct acti_watch *watch)
{
	return &stored_of(watch)->io;
}

static ev_signal *
signal_of(struct acti_signal *signal)
{
	return (ev_signal *)(void *)signal->storage;
}

static uint64_t
clock_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t
acti_linux_now_ns(struct acti_os *os)
{
	(void)os;
	return clock_ns(CLOCK_MONOTONIC);
}

static void
on_before_wait(struct ev_loop *ev, ev_prepare *prepare, int events)
{
	struct acti_linux_loop *loop = acti_container_of(prepare, struct acti_linux_loop, before_wait);
	bool has_more;

	(void)events;
	loop->os->turn_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	has_more = loop->turn(loop->argument);
	acti_linux_timers_arm(acti_linux_of(loop->os));
	if (has_more || loop->poll_once)
		ev_idle_start(ev, &loop->more);
	else
		ev_idle_stop(ev, &loop->more);
	loop->poll_once = false;
}

/* An idle watcher is there for what it does to the timeout; its event says nothing. */
static void
on_idle(struct ev_loop *ev, ev_idle *idle, int events)
{
	(void)ev;
	(void)idle;
	(void)events;
}

/* A watch that is refused again comes back to the list in the turn that follows. */
static void
on_retry(struct ev_loop *ev, ev_timer *timer, int events)
{
	struct acti_linux_loop *loop = acti_container_of(timer, struct acti_linux_loop, retry);

	(void)events;
	ev_set_timeout_collect_interval(ev, WAIT_S);
	for (struct acti_list *link; (link = acti_list_pop_front(&loop->refused)) != NULL;)
		ev_io_start(ev, &acti_container_of(link, struct stored_watch, refused_link)->io);
	loop->poll_once = true;
}

int
acti_linux_loop_new(struct acti_linux_loop **ret_loop)
{
	struct acti_linux_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return -ENOMEM;
	errno = ENOMEM; /* libev gives no reason of its own when memory is spent */
	loop->ev = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL | EVFLAG_SIGNALFD);
	if (loop->ev == NULL) {
		int rc = -errno;

		free(loop);
		return rc;
	}
	ev_prepare_init(&loop->before_wait, on_before_wait);
	ev_idle_init(&loop->more, on_idle);
	ev_timer_init(&loop->retry, on_retry, 0., 0.);
	ev_set_timeout_collect_interval(loop->ev, WAIT_S);
	acti_list_init(&loop->refused);
	*ret_loop = loop;
	return 0;
}

struct acti_linux_loop *
acti_linux_loop_free(struct acti_linux_loop *loop)
{
	if (loop != NULL) {
		ev_loop_destroy(loop->ev);
		free(loop);
	}
	return NULL;
}

int
acti_linux_loop_run(struct acti_os *os, bool (*turn)(void *argument), void *argument)
{
	struct acti_linux_loop *loop = acti_linux_of(os)->loop;

	assert(loop->turn == NULL); /* not from within itself */
	loop->os = os;
	loop->turn = turn;
	loop->argument = argument;
	ev_prepare_start(loop->ev, &loop->before_wait); /* being active, it also keeps ev_run from returning */
	(void)ev_run(loop->ev, 0);
	ev_idle_stop(loop->ev, &loop->more);
	ev_timer_stop(loop->ev, &loop->retry);
	ev_prepare_stop(loop->ev, &loop->before_wait);
	loop->turn = NULL;
	return 0;
}

void
acti_linux_loop_stop(struct acti_os *os)
{
	ev_break(ev_of(os), EVBREAK_ONE);
}

/* libev asserts that epoll_ctl knows the descriptor, and a user can close any descriptor: so it is not left to it. */
static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* It waits for the kernel to take it; not of one that was never started, which is all zero. */
static bool
is_refused(struct acti_watch *watch)
{
	struct acti_list *link = &stored_of(watch)->refused_link;

	return link->next != NULL && !acti_list_is_empty(link);
}

/* libev has stopped it; without this nobody would ever be told. */
static void
try_again_later(struct acti_linux_loop *loop, ev_io *io)
{
	acti_list_push_back(&loop->refused, &acti_container_of(io, struct stored_watch, io)->refused_link);
	if (!ev_is_active(&loop->retry)) {
		ev_set_timeout_collect_interval(loop->ev, 0.);
		ev_timer_set(&loop->retry, RETRY_S, 0.);
		ev_timer_start(loop->ev, &loop->retry);
	}
}

/*
 * EV_ERROR: the descriptor was closed behind our back, or the kernel has no room to watch it (ENOMEM, or ENOSPC of
 * fs.epoll.max_user_watches).  It is reported as what was waited for, so that the read or write that follows meets
 * EBADF; an open one is asked for again after a while, and in the meantime polled that way.
 */
static void
on_ready(struct ev_loop *ev, ev_io *io, int events)
{
	struct acti_watch *watch = acti_container_of(io, struct acti_watch, storage);
	int readiness = events & (EV_READ | EV_WRITE);

	(void)ev;
	if ((events & EV_ERROR) != 0) {
		readiness = io->events & (EV_READ | EV_WRITE);
		if (!ev_is_active(io) && is_open(io->fd))
			try_again_later(acti_linux_of(watch->os)->loop, io);
	}
	watch->ready(watch, (unsigned)readiness);
}

int
acti_linux_watch_start(struct acti_os *os, struct acti_watch *watch, int fd, unsigned readiness)
{
	struct acti_linux_loop *loop = acti_linux_of(os)->loop;
	ev_io *io = io_of(watch);

	assert(!ev_is_active(io));
	assert((readiness & ~(unsigned)(ACTI_READABLE | ACTI_WRITABLE)) == 0);
	if (!is_open(fd))
		return -EBADF;
	watch->os = os;
	acti_list_init(&stored_of(watch)->refused_link);
	ev_io_init(io, on_ready, fd, (int)readiness);
	ev_io_start(loop->ev, io);
	loop->poll_once = true;
	return 0;
}

/* ev_io_modify, unlike ev_io_set, leaves it to the end of the turn whether anything has changed for the kernel. */
void
acti_linux_watch_change(struct acti_os *os, struct acti_watch *watch, unsigned readiness)
{
	struct acti_linux_loop *loop = acti_linux_of(os)->loop;
	ev_io *io = io_of(watch);

	if (is_refused(watch)) {
		ev_io_modify(io, (int)readiness);
		return;
	}
	if (!ev_is_active(io) || (unsigned)(io->events & (EV_READ | EV_WRITE)) == readiness)
		return;
	ev_io_stop(loop->ev, io);
	ev_io_modify(io, (int)readiness);
	if (is_open(io->fd)) {
		ev_io_start(loop->ev, io);
	} else {
		ev_feed_event(loop->ev, io, EV_ERROR);
		loop->poll_once = true;
	}
}

void
acti_linux_watch_stop(struct acti_os *os, struct acti_watch *watch)
{
	if (is_refused(watch))
		acti_list_remove(&stored_of(watch)->refused_link);
	ev_io_stop(ev_of(os), io_of(watch));
}

static void
on_raised(struct ev_loop *ev, ev_signal *stored, int events)
{
	struct acti_signal *signal = acti_container_of(stored, struct acti_signal, storage);

	(void)ev;
	(void)events;
	signal->raised(signal);
}

/* libev blocks the signal while somebody waits for it, and unblocks it after the last one has stopped. */
int
acti_linux_signal_start(struct acti_os *os, struct acti_signal *signal, int number)
{
	ev_signal *stored = signal_of(signal);

	if (number <= 0 || number >= NSIG)
		return -EINVAL;
	assert(!ev_is_active(stored));
	signal->os = os;
	signal->number = number;
	ev_signal_init(stored, on_raised, number);
	ev_signal_start(ev_of(os), stored);
	return 0;
}

void
acti_linux_signal_stop(struct acti_os *os, struct acti_signal *signal)
{
	ev_signal_stop(ev_of(os), signal_of(signal));
}
