/* SPDX-License-Identifier: BSD-2-Clause */

/* The threads of the Linux seam. */

#include <criterion/criterion.h>
#include <errno.h>
#include <os/linux.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 64

static struct acti_os *os;
static struct {
	sem_t begun, may_end;
	int running, running_max; /* atomics */
	unsigned done_count, done_target;
	pthread_t loop, threads[JOBS_MAX];
	int order[JOBS_MAX];
	int count; /* atomic */
	bool may_go_on;
} seen;

struct numbered {
	struct acti_job job;
	int number;
};

static void
begin(void)
{
	const char *step;

	cr_assert_eq(acti_os_linux_new(&os, &step), 0);
	memset(&seen, 0, sizeof seen);
	sem_init(&seen.begun, 0, 0);
	sem_init(&seen.may_end, 0, 0);
	seen.loop = pthread_self();
}

static void
end(void)
{
	acti_os_linux_free(os);
}

TestSuite(pool, .init = begin, .fini = end);

static void
run(struct acti_job *job)
{
	int running = __atomic_add_fetch(&seen.running, 1, __ATOMIC_SEQ_CST);
	int place = __atomic_fetch_add(&seen.count, 1, __ATOMIC_SEQ_CST);

	for (int max = __atomic_load_n(&seen.running_max, __ATOMIC_SEQ_CST);
	     running > max &&
	     !__atomic_compare_exchange_n(&seen.running_max, &max, running, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);)
		continue;
	seen.threads[place] = pthread_self();
	seen.order[place] = acti_container_of(job, struct numbered, job)->number;
	sem_post(&seen.begun);
	while (sem_wait(&seen.may_end) != 0)
		continue;
	__atomic_sub_fetch(&seen.running, 1, __ATOMIC_SEQ_CST);
}

static void
done(struct acti_job *job)
{
	(void)job;
	cr_assert(pthread_equal(pthread_self(), seen.loop));
	if (++seen.done_count == seen.done_target)
		os->ops->loop_stop(os);
}

static bool
turn(void *argument)
{
	(void)argument;
	return false;
}

static void
run_until_done(unsigned count)
{
	seen.done_target = count;
	if (seen.done_count < count)
		cr_assert_eq(os->ops->loop_run(os, turn, NULL), 0);
	cr_assert_eq(seen.done_count, count);
}

static void
start(struct numbered *jobs, int count, uint32_t threads_max)
{
	for (int i = 0; i < count; i++) {
		jobs[i] = (struct numbered){ .job = { .run = run, .done = done }, .number = i };
		cr_assert_eq(os->ops->job_start(os, &jobs[i].job, threads_max), 0);
	}
}

static void
await(sem_t *semaphore, int count)
{
	while (count-- > 0)
		while (sem_wait(semaphore) != 0)
			continue;
}

static void
let_end(int count)
{
	while (count-- > 0)
		sem_post(&seen.may_end);
}

Test(pool, runs_jobs_on_other_threads_side_by_side_up_to_the_limit)
{
	static struct numbered jobs[20];

	start(jobs, 20, 4);
	await(&seen.begun, 4);
	cr_assert_eq(sem_trywait(&seen.begun), -1, "the fifth waits");
	let_end(20);
	run_until_done(20);
	cr_assert_eq(seen.running_max, 4);
	for (int i = 0; i < 20; i++)
		cr_assert_not(pthread_equal(seen.threads[i], seen.loop));
}

Test(pool, with_one_thread_keeps_the_order)
{
	static struct numbered jobs[20];

	start(jobs, 20, 1);
	let_end(20);
	run_until_done(20);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(seen.order[i], i);
}

Test(pool, uses_a_thread_again)
{
	static struct numbered job;

	for (unsigned i = 0; i < 5; i++) {
		start(&job, 1, 4);
		let_end(1);
		run_until_done(i + 1);
		cr_assert(pthread_equal(seen.threads[i], seen.threads[0]));
	}
}

/* An idle thread that has been woken for one job, and has not taken it yet, is not there for the next. */
Test(pool, does_not_let_a_job_wait_for_another_while_it_may_make_a_thread)
{
	static struct numbered jobs[2];

	for (unsigned i = 0; i < 50; i++) {
		start(jobs, 1, 2);
		let_end(1);
		run_until_done(i == 0 ? 1 : seen.done_count + 1);
		await(&seen.begun, 1);
		start(jobs, 2, 2);
		await(&seen.begun, 2);
		let_end(2);
		run_until_done(seen.done_count + 2);
		seen.count = 0;
	}
}

Test(pool, gives_back_a_job_that_has_not_begun)
{
	static struct numbered jobs[3];

	start(jobs, 3, 1);
	await(&seen.begun, 1);
	cr_assert(os->ops->job_withdraw(os, &jobs[1].job));
	cr_assert_not(os->ops->job_withdraw(os, &jobs[1].job));
	cr_assert_not(os->ops->job_withdraw(os, &jobs[0].job), "it runs");
	let_end(2);
	run_until_done(2);
	cr_assert_not(os->ops->job_withdraw(os, &jobs[0].job), "it is over");
	cr_assert_eq(seen.order[1], 2);
}

static void
look_at_signals(struct acti_job *job)
{
	sigset_t blocked;

	(void)job;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	seen.may_go_on = sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGTERM) &&
	                 sigismember(&blocked, SIGURG) && sigismember(&blocked, SIGCHLD) &&
	                 !sigismember(&blocked, SIGSEGV);
}

Test(pool, takes_no_signals)
{
	static struct acti_job job = { .run = look_at_signals, .done = done };

	cr_assert_eq(os->ops->job_start(os, &job, 1), 0);
	run_until_done(1);
	cr_assert(seen.may_go_on);
}

/* Of threads that are made without saying how large. */
static void
set_stack_size(size_t size)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, size);
	cr_assert_eq(pthread_setattr_default_np(&attributes), 0);
	pthread_attr_destroy(&attributes);
}

Test(pool, without_a_thread_says_so_and_keeps_nothing)
{
	static struct numbered one, job = { .job = { .run = run, .done = done } };

	set_stack_size((size_t)1 << 47); /* more than there is room for */
	cr_assert_eq(os->ops->job_start(os, &job.job, 1), -EAGAIN);
	set_stack_size(1 << 20);
	cr_assert_not(os->ops->job_withdraw(os, &job.job));
	start(&one, 1, 1);
	let_end(1);
	run_until_done(1);
}

/* It goes on, and finds everything gone but what is its own. */
Test(pool, leaves_behind_a_job_that_does_not_end)
{
	static struct numbered jobs[2];

	start(jobs, 2, 2);
	await(&seen.begun, 2);
	acti_os_linux_free(os);
	os = NULL;
	let_end(2);
	while (__atomic_load_n(&seen.running, __ATOMIC_SEQ_CST) > 0)
		sched_yield();
	cr_assert_eq(seen.done_count, 0);
}
