/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Timers: a pairing heap, and a timerfd that is readable when the first of them is due.
 *
 * They are not libev's, since those become the timeout of epoll_wait.  The kernel makes a timer of its own of that,
 * for each wait: a twelfth of the time that a call over a link takes.  The timerfd is set when a timer is started
 * that is due before all others, and after it has fired.  When a timer is stopped it stays as it is, and may then fire
 * for nothing: in the steady state, where calls start timers and stop them, none of them is the first.
 */

#include <errno.h>
#include <os/linux_internal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define NS_PER_S 1000000000u

/* What is in the storage of a timer.  `prev` is the sibling before it, or the parent of a first child. */
struct node {
	struct acti_timer *child, *next, *prev;
	bool is_active, is_later;
};

_Static_assert(sizeof(struct node) <= sizeof(((struct acti_timer *)0)->storage), "a node fits a timer");

static struct node *
node_of(struct acti_timer *timer)
{
	return (struct node *)(void *)timer->storage;
}

/* ---- the heap ---- */

/* Of two heaps, without siblings; either may be NULL.  Of equals `one` comes first. */
static struct acti_timer *
merge(struct acti_timer *one, struct acti_timer *other)
{
	struct acti_timer *first = one, *second = other;

	if (one == NULL || other == NULL)
		return one != NULL ? one : other;
	if (other->deadline_ns < one->deadline_ns) {
		first = other;
		second = one;
	}
	node_of(second)->prev = first;
	node_of(second)->next = node_of(first)->child;
	if (node_of(first)->child != NULL)
		node_of(node_of(first)->child)->prev = second;
	node_of(first)->child = second;
	return first;
}

static struct acti_timer *
take_next(struct acti_timer **list)
{
	struct acti_timer *timer = *list;

	if (timer != NULL) {
		*list = node_of(timer)->next;
		node_of(timer)->next = node_of(timer)->prev = NULL;
	}
	return timer;
}

/* Of siblings, by pairs. */
static struct acti_timer *
merge_all(struct acti_timer *siblings)
{
	struct acti_timer *pairs = NULL, *heap = NULL;

	while (siblings != NULL) {
		struct acti_timer *one = take_next(&siblings);
		struct acti_timer *pair = merge(one, take_next(&siblings));

		node_of(pair)->next = pairs;
		pairs = pair;
	}
	while (pairs != NULL)
		heap = merge(take_next(&pairs), heap);
	return heap;
}

static struct acti_timer *
without(struct acti_timer *heap, struct acti_timer *timer)
{
	struct node *node = node_of(timer);

	if (heap == timer)
		return merge_all(node->child);
	if (node_of(node->prev)->child == timer)
		node_of(node->prev)->child = node->next;
	else
		node_of(node->prev)->next = node->next;
	if (node->next != NULL)
		node_of(node->next)->prev = node->prev;
	return merge(heap, merge_all(node->child));
}

/* ---- timers ---- */

void
acti_linux_timer_stop(struct acti_os *os, struct acti_timer *timer)
{
	struct acti_linux_timers *timers = &acti_linux_of(os)->timers;
	struct acti_timer **heap = node_of(timer)->is_later ? &timers->later : &timers->heap;

	if (!node_of(timer)->is_active)
		return;
	*heap = without(*heap, timer);
	node_of(timer)->is_active = false;
}

void
acti_linux_timer_start(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns)
{
	struct acti_linux_timers *timers = &acti_linux_of(os)->timers;
	struct acti_timer **heap = timers->are_firing ? &timers->later : &timers->heap;

	acti_linux_timer_stop(os, timer);
	timer->os = os;
	timer->deadline_ns = deadline_ns;
	*node_of(timer) = (struct node){ .is_active = true, .is_later = timers->are_firing };
	*heap = merge(*heap, timer);
}

/* Those that are started meanwhile wait for the next turn, even if they are due. */
static void
fire(struct acti_linux_timers *timers, uint64_t now_ns)
{
	timers->are_firing = true;
	while (timers->heap != NULL && timers->heap->deadline_ns <= now_ns) {
		struct acti_timer *timer = timers->heap;

		acti_linux_timer_stop(timer->os, timer);
		timer->expired(timer);
	}
	timers->are_firing = false;
	for (struct acti_timer *timer; (timer = timers->later) != NULL;)
		acti_linux_timer_start(timer->os, timer, timer->deadline_ns);
}

static void
on_due(struct acti_watch *watch, unsigned readiness)
{
	struct acti_linux_timers *timers = acti_container_of(watch, struct acti_linux_timers, watch);
	uint64_t count;

	(void)readiness;
	if (read(timers->fd, &count, sizeof count) == (ssize_t)sizeof count)
		timers->armed_ns = UINT64_MAX;
	fire(timers, acti_linux_now_ns(watch->os));
}

void
acti_linux_timers_arm(struct acti_linux *self)
{
	struct acti_linux_timers *timers = &self->timers;
	struct itimerspec when = { .it_value = { 0 } };
	uint64_t first_ns;

	if (timers->heap == NULL || timers->heap->deadline_ns >= timers->armed_ns)
		return;
	if (!timers->is_watched && acti_linux_watch_start(&self->os, &timers->watch, timers->fd, ACTI_READABLE) == 0)
		timers->is_watched = true;
	first_ns = timers->heap->deadline_ns > 0 ? timers->heap->deadline_ns : 1; /* 0 would disarm it */
	when.it_value.tv_sec = (time_t)(first_ns / NS_PER_S);
	when.it_value.tv_nsec = (long)(first_ns % NS_PER_S);
	if (timerfd_settime(timers->fd, TFD_TIMER_ABSTIME, &when, NULL) == 0)
		timers->armed_ns = timers->heap->deadline_ns;
}

int
acti_linux_timers_init(struct acti_linux *self)
{
	struct acti_linux_timers *timers = &self->timers;

	*timers = (struct acti_linux_timers){ .armed_ns = UINT64_MAX, .watch.ready = on_due };
	timers->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return timers->fd < 0 ? -errno : 0;
}

void
acti_linux_timers_fini(struct acti_linux *self)
{
	struct acti_linux_timers *timers = &self->timers;

	if (timers->fd < 0)
		return;
	if (timers->is_watched)
		acti_linux_watch_stop(&self->os, &timers->watch);
	(void)close(timers->fd);
	timers->fd = -1;
}
