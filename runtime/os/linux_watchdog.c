/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Tells of a task that does not yield.  It cannot be a thread, as an actor has one only, and cannot be the loop, which
 * that task keeps from running; so it is a POSIX timer whose signal interrupts the task.
 *
 * The timer ticks twice in the time that a task may take, while tasks run.  Its handler compares what it sees with what
 * it saw at the last tick: the same run three times over is told of, once.  It counts ticks and not time, because a
 * process that was stopped, or a machine that was suspended, makes up for none of them.  When nothing has run between
 * two ticks the timer stops, and the next task starts it again: a busy actor pays for two signals in each interval, an
 * idle one nothing, and no turn of the loop a system call.
 *
 * SIGURG is the signal because nobody misses it: its default is to be ignored, debuggers pass it on without stopping,
 * and the C library does not use it.  SA_RESTART leaves most system calls of the interrupted task as they were; those
 * that never restart (sleeping, polling) end early, as they do for any signal.
 *
 * A task that is stuck also keeps the loop from hearing SIGINT and SIGTERM.  The ticks go on, slowly, while it is; if
 * one of the two has been pending for longer than a cancelled actor may take, the process ends by it.
 */

#include <errno.h>
#include <os/linux_internal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define NUMBER SIGURG
#define TICKS 2u /* in the time that a task may take */
#define STUCK_TICK_MS 200u
#define NS_PER_MS 1000000
#define MS_PER_S 1000

struct acti_linux_watchdog {
	struct acti_watchdog *dog;
	timer_t timer;
	struct sigaction old_action;
	bool was_blocked;
	/* The handler's. */
	uint32_t seen; /* the last run */
	unsigned same; /* ticks since that was seen first */
	bool is_told;  /* of this run */
	uint32_t pending_ms;
};

/* Safe in the handler; 0 stops it. */
static void
tick_every(struct acti_linux_watchdog *self, uint32_t ms)
{
	struct timespec interval = { .tv_sec = ms / MS_PER_S, .tv_nsec = (long)(ms % MS_PER_S) * NS_PER_MS };
	struct itimerspec when = { .it_interval = interval, .it_value = interval };

	(void)timer_settime(self->timer, 0, &when, NULL);
}

static uint32_t
tick_ms(const struct acti_linux_watchdog *self)
{
	return self->dog->limit_ms > TICKS ? self->dog->limit_ms / TICKS : 1;
}

/* ---- in the handler -------------------------------------------------------------------------------------------- */

static void
tell(struct acti_linux_watchdog *self, const void *running)
{
	char line[ACTI_WATCHDOG_LINE_SIZE];
	size_t size = self->dog->describe(self->dog, running, line, sizeof line);

	self->is_told = true;
	if (size > 0)
		(void)!write(STDERR_FILENO, line, size);
}

static void
end_by_pending(struct acti_linux_watchdog *self)
{
	static const int numbers[] = { SIGTERM, SIGINT };
	sigset_t pending;

	if (sigpending(&pending) != 0)
		return;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (sigismember(&pending, numbers[i]) != 1)
			continue;
		self->pending_ms += STUCK_TICK_MS;
		if (self->pending_ms >= self->dog->patience_ms)
			acti_os_linux_end_by(numbers[i]);
		return;
	}
}

static void
look(struct acti_linux_watchdog *self)
{
	const void *running = self->dog->running;
	uint32_t runs = self->dog->runs;

	if (runs != self->seen) {
		if (self->is_told)
			tick_every(self, tick_ms(self));
		self->seen = runs;
		self->same = self->pending_ms = 0;
		self->is_told = false;
	} else if (running == NULL) {
		tick_every(self, 0);
		self->dog->is_awake = false;
	} else if (self->is_told) {
		end_by_pending(self);
	} else if (++self->same >= TICKS) {
		tell(self, running);
		tick_every(self, STUCK_TICK_MS);
	}
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
	int error = errno;

	(void)number, (void)context;
	if (info->si_code == SI_TIMER && info->si_value.sival_ptr != NULL)
		look(info->si_value.sival_ptr);
	errno = error;
}

/* ---- outside it ------------------------------------------------------------------------------------------------ */

static void
complain(struct acti_os *os, const char *why)
{
	char line[160];
	int size = snprintf(line, sizeof line, "actor: no watchdog: %s\n", why);

	acti_linux_log(os, line, (size_t)size);
}

/* NULL: it is there. */
static const char *
take_signal(struct acti_linux_watchdog *self)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
	sigset_t set, old;

	(void)sigaction(NUMBER, NULL, &self->old_action);
	if ((self->old_action.sa_flags & SA_SIGINFO) != 0 ||
	    (self->old_action.sa_handler != SIG_DFL && self->old_action.sa_handler != SIG_IGN))
		return "the program has a handler for SIGURG";
	sigemptyset(&set);
	sigaddset(&set, NUMBER);
	(void)sigaction(NUMBER, &action, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, &old);
	self->was_blocked = sigismember(&old, NUMBER) == 1;
	return NULL;
}

static void
return_signal(struct acti_linux_watchdog *self)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, NUMBER);
	if (self->was_blocked)
		(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)sigaction(NUMBER, &self->old_action, NULL);
}

/* To this very thread: others have nothing to do with it. */
static int
make_timer(struct acti_linux_watchdog *self)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = NUMBER,
		.sigev_value.sival_ptr = self,
	};

	event.sigev_notify_thread_id = gettid();
	return timer_create(CLOCK_MONOTONIC, &event, &self->timer) == 0 ? 0 : -errno;
}

static struct acti_linux_watchdog *
new_watchdog(struct acti_os *os, struct acti_watchdog *dog)
{
	struct acti_linux_watchdog *self = calloc(1, sizeof(*self));
	const char *why;
	int rc;

	if (self == NULL) {
		complain(os, strerror(ENOMEM));
		return NULL;
	}
	self->dog = dog;
	rc = make_timer(self);
	if (rc != 0) {
		complain(os, strerror(-rc));
		free(self);
		return NULL;
	}
	why = take_signal(self);
	if (why != NULL) {
		complain(os, why);
		(void)timer_delete(self->timer);
		free(self);
		return NULL;
	}
	return self;
}

/* Valgrind makes everything so slow that it would bark without end. */
void
acti_linux_watchdog_wake(struct acti_os *os, struct acti_watchdog *dog)
{
	struct acti_linux *self = acti_linux_of(os);

	if (self->watchdog == NULL && !RUNNING_ON_VALGRIND)
		self->watchdog = new_watchdog(os, dog);
	if (self->watchdog == NULL) {
		dog->limit_ms = 0;
		return;
	}
	dog->is_awake = true;
	tick_every(self->watchdog, tick_ms(self->watchdog));
}

void
acti_linux_watchdog_end(struct acti_os *os)
{
	struct acti_linux *self = acti_linux_of(os);

	if (self->watchdog == NULL)
		return;
	(void)timer_delete(self->watchdog->timer); /* a signal of its that is pending goes with it */
	return_signal(self->watchdog);
	free(self->watchdog);
	self->watchdog = NULL;
}
