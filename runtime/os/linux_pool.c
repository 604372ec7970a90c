/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Threads for work that blocks.  They know the pool and their job, and nothing of the actor.
 *
 *     loop's thread                     the others
 *     job_start: queue, wake one  --->  take the first, run it
 *     on_finished: done()         <---  put it among the finished, and write to the eventfd if it is the first there
 *
 * One lock guards all that both sides see.  A job belongs to its thread from the moment it is taken off the queue until
 * it is finished; so one that is still queued can be withdrawn, and one that runs cannot.
 *
 * At the end, threads without a job are joined.  One that has a job may be stuck in it for ever: it is left behind,
 * detached, and the pool with it, until the last of them has found it closed.
 */

#include <assert.h>
#include <base/list.h>
#include <errno.h>
#include <os/linux_internal.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

struct worker {
	struct acti_linux_pool *pool;
	pthread_t thread;
	bool is_busy; /* under the lock */
	bool is_left; /* behind */
};

struct acti_linux_pool {
	struct acti_os *os;
	int event_fd;
	struct acti_watch watch;
	uint32_t threads_max, thread_count;
	struct worker *workers;
	/* Below: under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	struct acti_list queued, finished;
	uint32_t queued_count, idle_count;
	uint32_t references; /* of the owner, and the threads that it left behind */
	bool is_closed;
};

/* What a job's storage holds. */
struct place {
	struct acti_list link;
	bool is_queued;
};

_Static_assert(sizeof(struct place) <= sizeof(((struct acti_job *)0)->storage), "a place fits a job");

static struct place *
place_of(struct acti_job *job)
{
	return (struct place *)(void *)job->storage;
}

static struct acti_job *
job_at(struct acti_list *link)
{
	struct place *place = acti_container_of(link, struct place, link);

	return acti_container_of((unsigned char *)place, struct acti_job, storage[0]);
}

static void
free_pool(struct acti_linux_pool *pool)
{
	(void)pthread_cond_destroy(&pool->wanted);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool->workers);
	free(pool);
}

/* Under the lock, which it gives up. */
static void
release(struct acti_linux_pool *pool)
{
	bool is_last = --pool->references == 0;

	(void)pthread_mutex_unlock(&pool->lock);
	if (is_last)
		free_pool(pool);
}

/* ---- on the threads -------------------------------------------------------------------------------------------- */

/* Under the lock; NULL: it is over. */
static struct acti_job *
take(struct acti_linux_pool *pool)
{
	struct acti_list *link = NULL;

	pool->idle_count++;
	while (!pool->is_closed && (link = acti_list_pop_front(&pool->queued)) == NULL)
		(void)pthread_cond_wait(&pool->wanted, &pool->lock);
	pool->idle_count--;
	if (link == NULL)
		return NULL;
	pool->queued_count--;
	place_of(job_at(link))->is_queued = false;
	return job_at(link);
}

/* Under the lock. */
static void
hand_in(struct acti_linux_pool *pool, struct acti_job *job)
{
	static const uint64_t one = 1;
	bool is_first = acti_list_is_empty(&pool->finished);

	if (pool->is_closed)
		return;
	acti_list_push_back(&pool->finished, &place_of(job)->link);
	if (is_first)
		(void)!write(pool->event_fd, &one, sizeof(one));
}

static void *
work(void *argument)
{
	struct worker *self = argument;
	struct acti_linux_pool *pool = self->pool;
	struct acti_job *job;

	(void)prctl(PR_SET_NAME, "actor-blocking", 0, 0, 0);
	(void)pthread_mutex_lock(&pool->lock);
	while ((job = take(pool)) != NULL) {
		self->is_busy = true;
		(void)pthread_mutex_unlock(&pool->lock);
		job->run(job);
		(void)pthread_mutex_lock(&pool->lock);
		hand_in(pool, job);
		self->is_busy = false;
	}
	if (self->is_left)
		release(pool);
	else
		(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* ---- on the loop's thread -------------------------------------------------------------------------------------- */

static void
finish(struct acti_linux_pool *pool)
{
	struct acti_list finished;

	acti_list_init(&finished);
	(void)pthread_mutex_lock(&pool->lock);
	acti_list_splice(&finished, &pool->finished);
	(void)pthread_mutex_unlock(&pool->lock);
	for (struct acti_list *link; (link = acti_list_pop_front(&finished)) != NULL;) {
		struct acti_job *job = job_at(link);

		job->done(job);
	}
}

static void
on_finished(struct acti_watch *watch, unsigned readiness)
{
	struct acti_linux_pool *pool = acti_container_of(watch, struct acti_linux_pool, watch);
	uint64_t count;

	(void)readiness;
	(void)!read(pool->event_fd, &count, sizeof(count));
	finish(pool);
}

static int
open_event(struct acti_linux_pool *pool)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int rc;

	if (fd < 0)
		return -errno;
	fd = acti_linux_move_fd(fd);
	if (fd < 0)
		return fd;
	pool->watch.ready = on_finished;
	rc = acti_linux_watch_start(pool->os, &pool->watch, fd, ACTI_READABLE);
	if (rc != 0)
		(void)close(fd);
	pool->event_fd = fd;
	return rc;
}

static int
new_pool(struct acti_os *os, uint32_t threads_max, struct acti_linux_pool **ret_pool)
{
	struct acti_linux_pool *pool = calloc(1, sizeof(*pool));
	int rc = -ENOMEM;

	if (pool == NULL)
		return rc;
	pool->os = os;
	pool->references = 1;
	pool->threads_max = threads_max;
	pool->workers = calloc(threads_max, sizeof(*pool->workers));
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->wanted, NULL);
	acti_list_init(&pool->queued);
	acti_list_init(&pool->finished);
	if (pool->workers != NULL)
		rc = open_event(pool);
	if (rc != 0)
		free_pool(pool);
	else
		*ret_pool = pool;
	return rc;
}

/* The signals are for the loop's thread; only what a thread does to itself must reach its handler. */
static void
block_signals(sigset_t *ret_before)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&set, own[i]);
	(void)pthread_sigmask(SIG_SETMASK, &set, ret_before);
}

static int
add_thread(struct acti_linux_pool *pool)
{
	struct worker *worker = &pool->workers[pool->thread_count];
	sigset_t before;
	int error;

	*worker = (struct worker){ .pool = pool };
	block_signals(&before);
	error = pthread_create(&worker->thread, NULL, work, worker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		pool->thread_count++;
	return -error;
}

int
acti_linux_job_start(struct acti_os *os, struct acti_job *job, uint32_t threads_max)
{
	struct acti_linux *self = acti_linux_of(os);
	struct acti_linux_pool *pool;
	bool wants_thread;
	int rc = 0;

	if (self->pool == NULL)
		rc = new_pool(os, threads_max, &self->pool);
	if (rc != 0)
		return rc;
	pool = self->pool;
	job->os = os;
	(void)pthread_mutex_lock(&pool->lock);
	place_of(job)->is_queued = true;
	acti_list_push_back(&pool->queued, &place_of(job)->link);
	wants_thread = ++pool->queued_count > pool->idle_count && pool->thread_count < pool->threads_max;
	(void)pthread_cond_signal(&pool->wanted);
	(void)pthread_mutex_unlock(&pool->lock);
	if (wants_thread)
		rc = add_thread(pool);
	if (rc == 0 || pool->thread_count > 0)
		return 0; /* it waits for one that there is */
	(void)acti_linux_job_withdraw(os, job);
	return rc;
}

bool
acti_linux_job_withdraw(struct acti_os *os, struct acti_job *job)
{
	struct acti_linux_pool *pool = acti_linux_of(os)->pool;
	bool is_queued;

	(void)pthread_mutex_lock(&pool->lock);
	is_queued = place_of(job)->is_queued;
	if (is_queued) {
		acti_list_remove(&place_of(job)->link);
		place_of(job)->is_queued = false;
		pool->queued_count--;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return is_queued;
}

static void
leave_behind(struct worker *worker)
{
	worker->is_left = true;
	worker->pool->references++;
	(void)pthread_detach(worker->thread);
}

struct acti_linux_pool *
acti_linux_pool_free(struct acti_linux_pool *pool)
{
	if (pool == NULL)
		return NULL;
	acti_linux_watch_stop(pool->os, &pool->watch);
	finish(pool);
	(void)pthread_mutex_lock(&pool->lock);
	pool->is_closed = true;
	for (uint32_t i = 0; i < pool->thread_count; i++)
		if (pool->workers[i].is_busy)
			leave_behind(&pool->workers[i]);
	(void)pthread_cond_broadcast(&pool->wanted);
	(void)pthread_mutex_unlock(&pool->lock);
	(void)close(pool->event_fd);
	for (uint32_t i = 0; i < pool->thread_count; i++)
		if (!pool->workers[i].is_left)
			(void)pthread_join(pool->workers[i].thread, NULL);
	(void)pthread_mutex_lock(&pool->lock);
	release(pool);
	return NULL;
}
