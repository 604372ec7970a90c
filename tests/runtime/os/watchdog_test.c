/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The watchdog of the Linux seam.  The test plays the core: it stores what runs, and whether that is another run.  It
 * waits for ticks, never for a time in which there should be none, but for the one test that shows that.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 20

static struct acti_os *os;
static struct acti_watchdog dog;
static int lines[2]; /* what is written to stderr */
static volatile sig_atomic_t told;

static size_t
describe(const struct acti_watchdog *watchdog, const void *running, char *line, size_t size)
{
	(void)size;
	cr_assert_eq(watchdog, &dog);
	told = told + 1;
	strcpy(line, running);
	return strlen(running);
}

static void
begin(void)
{
	const char *step;

	cr_assert_eq(acti_os_linux_new(&os, &step), 0);
	cr_assert_eq(pipe2(lines, O_NONBLOCK), 0);
	dup2(lines[1], STDERR_FILENO);
	dog = (struct acti_watchdog){ .limit_ms = LIMIT_MS, .patience_ms = 60000, .describe = describe };
}

static void
end(void)
{
	acti_os_linux_free(os);
}

TestSuite(watchdog, .init = begin, .fini = end);

static uint64_t
now_ms(void)
{
	return os->ops->now_ns(os) / ACTI_NS_PER_MS;
}

/* As the core does before a task runs. */
static void
enter(const char *what)
{
	dog.runs++;
	if (!dog.is_awake && dog.limit_ms > 0)
		os->ops->watchdog_wake(os, &dog);
	dog.running = what;
}

static void
await_told(int count)
{
	for (uint64_t limit = now_ms() + 20000; told < count && now_ms() < limit;)
		continue;
	cr_assert_eq(told, count);
}

static void
await_sleep(void)
{
	for (uint64_t limit = now_ms() + 20000; dog.is_awake && now_ms() < limit;)
		continue;
	cr_assert_not(dog.is_awake);
}

static void
demand_written(const char *text)
{
	char line[100] = "";

	(void)!read(lines[0], line, sizeof line - 1);
	cr_assert_str_eq(line, text);
}

/* What it looked at may be gone: a look would have found that nothing runs. */
Test(watchdog, looks_no_more_after_its_end)
{
	os->ops->watchdog_wake(os, &dog);
	os->ops->watchdog_end(os);
	for (uint64_t limit = now_ms() + 2 * LIMIT_MS; now_ms() < limit;)
		continue;
	cr_assert(dog.is_awake);
}

/* robustness: G1 */
Test(watchdog, tells_of_a_task_that_does_not_yield)
{
	uint64_t start = now_ms();

	enter("stuck\n");
	await_told(1);
	cr_assert_geq(now_ms() - start, LIMIT_MS);
	demand_written("stuck\n");
}

Test(watchdog, tells_of_one_run_once)
{
	const struct timespec while_it_is_stuck = { .tv_sec = 1, .tv_nsec = 200000000 };
	struct timespec left = while_it_is_stuck;

	enter("stuck\n");
	await_told(1);
	while (nanosleep(&left, &left) != 0)
		continue; /* cut short by a tick: it goes on looking */
	cr_assert_eq(told, 1);
	enter("the next\n");
	await_told(2);
	demand_written("stuck\nthe next\n");
}

Test(watchdog, says_nothing_of_tasks_that_yield)
{
	for (uint64_t limit = now_ms() + 10 * LIMIT_MS; now_ms() < limit;)
		enter("busy\n");
	cr_assert_eq(told, 0);
	dog.running = NULL;
}

Test(watchdog, sleeps_when_nothing_runs_and_wakes_for_the_next)
{
	for (int i = 0; i < 3; i++) {
		enter("short\n");
		cr_assert(dog.is_awake);
		dog.running = NULL;
		await_sleep();
	}
	enter("stuck\n");
	await_told(1);
}

/* Between two ticks of the timer that it stopped, it would have to fire. */
Test(watchdog, that_sleeps_sends_no_signals)
{
	const struct timespec some_ticks = { .tv_nsec = 10 * LIMIT_MS * 1000000 };

	enter("short\n");
	dog.running = NULL;
	await_sleep();
	cr_assert_eq(nanosleep(&some_ticks, NULL), 0, "a signal came");
}

/* robustness: G2 */
Test(watchdog, leaves_system_calls_as_they_were_where_that_is_possible)
{
	int ends[2];
	char byte = 0;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		usleep(8 * LIMIT_MS * 1000);
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	}
	enter("reads\n");
	cr_assert_eq(read(ends[0], &byte, 1), 1, "%s", strerror(errno));
	cr_assert_eq(byte, 'x');
	cr_assert_eq(told, 1, "a task that blocks is one that does not yield");
	waitpid(pid, NULL, 0);
}

/* robustness: B1 */
Test(watchdog, ends_a_process_whose_task_keeps_a_signal_waiting, .signal = SIGTERM)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL); /* as the loop does */
	dog.patience_ms = 1000;
	raise(SIGTERM);
	enter("stuck\n");
	for (;;)
		continue;
}

Test(watchdog, yields_to_a_handler_of_the_program)
{
	struct sigaction theirs = { .sa_handler = _exit }, now;

	sigaction(SIGURG, &theirs, NULL);
	enter("stuck\n");
	cr_assert_eq(dog.limit_ms, 0);
	demand_written("actor: no watchdog: the program has a handler for SIGURG\n");
	sigaction(SIGURG, NULL, &now);
	cr_assert(now.sa_handler == _exit);
}

Test(watchdog, that_gets_no_timer_says_so)
{
	const struct rlimit none = { 0 };

	setrlimit(RLIMIT_SIGPENDING, &none);
	enter("stuck\n");
	cr_assert_eq(dog.limit_ms, 0);
	demand_written("actor: no watchdog: Resource temporarily unavailable\n");
}

Test(watchdog, gives_its_signal_back)
{
	struct sigaction now;
	sigset_t set, blocked;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	sigprocmask(SIG_BLOCK, &set, NULL);
	enter("stuck\n");
	await_told(1);
	acti_os_linux_free(os);
	sigaction(SIGURG, NULL, &now);
	cr_assert(now.sa_handler == SIG_DFL);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	cr_assert(sigismember(&blocked, SIGURG));
	os = NULL;
}

/* What a user's code sends is none of its business. */
Test(watchdog, takes_no_notice_of_others_signals)
{
	enter("short\n");
	for (int i = 0; i < 100; i++)
		sigqueue(getpid(), SIGURG, (union sigval){ .sival_ptr = (void *)(uintptr_t)(i + 1) });
	cr_assert_eq(told, 0);
	dog.running = NULL;
	await_sleep();
}
