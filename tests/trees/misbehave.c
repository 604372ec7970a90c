/* SPDX-License-Identifier: BSD-2-Clause */
/* What a handler must not do, done. */
#include "misbehave.h"

#include <actor/scope.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "trace.h"

static int exit_status;
static jmp_buf hold;
static struct _Unwind_Exception exception;

static void
exit_in_handler(void)
{
	_exit(exit_status);
}

static void
await_in_handler(void)
{
	trace("awaited at exit: %d", actor_sleep_ms(1));
}

static void *
sleep_for_ever(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static int
execute_shell(int status)
{
	char script[32];

	snprintf(script, sizeof script, "exit %d", status);
	execl("/bin/sh", "sh", "-c", script, NULL);
	return -1;
}

static int
fork_here(bool awaits, int64_t *ret_status)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		return awaits ? actor_sleep_ms(60000) : 0;
	if (waitpid(pid, &status, 0) == pid)
		*ret_status = status;
	return 0;
}

static int
hold_on(int awaits)
{
	if (setjmp(hold) == 0) {
		trace("holding");
		return actor_sleep_ms(UINT32_MAX);
	}
	return awaits ? actor_sleep_ms(1) : 0;
}

/* What `throw` comes to in C++: nobody catches it, so that the search ends where the stack does. */
static void
throw_exception(void)
{
	memset(&exception, 0, sizeof exception);
	if (_Unwind_RaiseException(&exception) == _URC_END_OF_STACK)
		abort();
}

int
misbehave(Trees__Way way, int status, int64_t *ret_number)
{
	pthread_t thread;

	switch (way) {
	case TREES__WAY__EXIT_WITH_HANDLER:
		exit_status = status;
		atexit(exit_in_handler);
		exit(status + 1);
	case TREES__WAY__EXIT_AND_AWAIT:
		atexit(await_in_handler);
		exit(status);
	case TREES__WAY__RAISE_SIGNAL:
		raise(status);
		return 0;
	case TREES__WAY__END_THREAD_OF_TWO:
		pthread_create(&thread, NULL, sleep_for_ever, NULL);
		pthread_exit(NULL);
	case TREES__WAY__END_THREAD:
		pthread_exit(NULL);
	case TREES__WAY__EXECUTE:
		return execute_shell(status);
	case TREES__WAY__FORK_AND_RETURN:
	case TREES__WAY__FORK_AND_AWAIT:
		return fork_here(way == TREES__WAY__FORK_AND_AWAIT, ret_number);
	case TREES__WAY__HOLD:
		return hold_on(status);
	case TREES__WAY__JUMP:
		longjmp(hold, 1);
	case TREES__WAY__THROW:
		throw_exception();
		return 0;
	default:
		return -1;
	}
}
