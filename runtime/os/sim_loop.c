/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of a simulated process: timers, signals, jobs, and what wakes it, in the order in which it looks at them. */
#include <os/sim_internal.h>

/* ---- timers ---- */

/* What the storage of a timer, or a signal, holds. */
static struct acti_list *
link_in(unsigned char *storage)
{
	struct acti_list *link = (struct acti_list *)(void *)storage;

	if (link->next == NULL)
		acti_list_init(link);
	return link;
}

static struct acti_timer *
timer_at(struct acti_list *link)
{
	return acti_container_of(link, struct acti_timer, storage);
}

void
acti_sim_timer_stop(struct acti_os *os, struct acti_timer *timer)
{
	(void)os;
	acti_list_remove(link_in(timer->storage));
}

/* Behind those of the same time. */
void
acti_sim_timer_start(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_list *before;

	acti_sim_timer_stop(os, timer);
	timer->os = os;
	timer->deadline_ns = deadline_ns;
	before = process->timers.next;
	while (before != &process->timers && timer_at(before)->deadline_ns <= deadline_ns)
		before = before->next;
	acti_list_push_back(before, link_in(timer->storage));
}

uint64_t
acti_sim_next_timer(const struct acti_sim_process *process)
{
	return acti_list_is_empty(&process->timers) ? ACTI_SIM_FOREVER : timer_at(process->timers.next)->deadline_ns;
}

/* ---- signals ---- */

static struct acti_signal *
signal_at(struct acti_list *link)
{
	return acti_container_of(link, struct acti_signal, storage);
}

int
acti_sim_signal_start(struct acti_os *os, struct acti_signal *signal, int number)
{
	signal->os = os;
	signal->number = number;
	acti_list_push_back(&acti_sim_of(os)->signals, link_in(signal->storage));
	return 0;
}

void
acti_sim_signal_stop(struct acti_os *os, struct acti_signal *signal)
{
	(void)os;
	acti_list_remove(link_in(signal->storage));
}

bool
acti_sim_takes_signal(const struct acti_sim_process *process, int number)
{
	acti_list_for_each(link, &process->signals)
		if (signal_at(link)->number == number)
			return true;
	return false;
}

/* ---- jobs ---- */

static struct acti_list *
job_link(struct acti_job *job)
{
	return (struct acti_list *)(void *)job->storage;
}

/* Other threads are not simulated: the work is done, at once, when its end is due. */
int
acti_sim_job_start(struct acti_os *os, struct acti_job *job, uint32_t threads_max)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;

	(void)threads_max;
	job->os = os;
	acti_list_init(job_link(job));
	acti_list_push_back(&process->jobs, job_link(job));
	acti_sim_event(sim, sim->now_ns + acti_sim_soon_or_late(sim, 20) * NS_PER_US, SIM_JOB, (uint64_t)process->pid,
	               0);
	return 0;
}

bool
acti_sim_job_withdraw(struct acti_os *os, struct acti_job *job)
{
	bool has_begun = acti_list_is_empty(job_link(job)) || acti_sim_choose(acti_sim_of(os)->sim, 2) == 1;

	if (!has_begun)
		acti_list_remove(job_link(job));
	return !has_begun;
}

static void
end_job(struct acti_sim_process *process)
{
	struct acti_list *link = acti_list_pop_front(&process->jobs);
	struct acti_job *job = acti_container_of((unsigned char *)link, struct acti_job, storage[0]);

	process->jobs_ready--;
	job->run(job);
	job->done(job);
}

/* One turn, then the world: others run, and time passes, between any two turns. */
int
acti_sim_loop_run(struct acti_os *os, bool (*turn)(void *argument), void *argument)
{
	struct acti_sim_process *process = acti_sim_of(os);

	process->loop_argument = argument;
	process->loop_stopped = false;
	for (;;) {
		os->turn_ns = os->ops->now_ns(os);
		process->wants_turn = turn(argument);
		if (process->loop_stopped)
			return 0;
		process->sim->hooks->leave(process);
		acti_sim_handle_events(process);
	}
}

void
acti_sim_loop_stop(struct acti_os *os)
{
	acti_sim_of(os)->loop_stopped = true;
}

/* ---- what a process has to do ---- */

/* A thing that it can be woken by, in the order in which it will look at them. */
struct wake {
	struct acti_watch *watch;
	struct acti_timer *timer;
	struct acti_signal *signal;
	bool is_job;
};

#define WAKES_MAX 64

static size_t
list_wakes(struct acti_sim_process *process, struct wake *wakes)
{
	struct acti_sim *sim = process->sim;
	size_t count = 0;

	acti_list_for_each(link, &process->watches)
		if (count < WAKES_MAX && acti_sim_watch_is_ready(sim, link))
			wakes[count++] = (struct wake){ .watch = acti_sim_watch_at(link) };
	acti_list_for_each(link, &process->timers) {
		if (count == WAKES_MAX || timer_at(link)->deadline_ns > sim->now_ns)
			break;
		wakes[count++] = (struct wake){ .timer = timer_at(link) };
	}
	acti_list_for_each(link, &process->signals)
		if (count < WAKES_MAX && (process->pending_signals >> signal_at(link)->number & 1) != 0)
			wakes[count++] = (struct wake){ .signal = signal_at(link) };
	if (count < WAKES_MAX && process->jobs_ready > 0 && !acti_list_is_empty(&process->jobs))
		wakes[count++] = (struct wake){ .is_job = true };
	return count;
}

static void
wake(struct acti_sim_process *process, const struct wake *wake)
{
	if (wake->watch != NULL) {
		acti_sim_watch_fire(process, wake->watch, false);
	} else if (wake->timer != NULL) {
		acti_sim_timer_stop(&process->os, wake->timer);
		wake->timer->expired(wake->timer);
	} else if (wake->is_job) {
		end_job(process);
	} else {
		process->pending_signals &= ~(UINT64_C(1) << wake->signal->number);
		wake->signal->raised(wake->signal);
	}
}

/* epoll may say that there is something to read when there is not. */
static void
wake_for_nothing(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;

	if (acti_list_is_empty(&process->watches) || !acti_sim_may(sim, ACTI_SIM_SPURIOUS) ||
	    acti_sim_choose(sim, 20) != 19)
		return;
	acti_sim_on(sim, ACTI_SIM_SPURIOUS);
	acti_sim_watch_fire(process, acti_sim_watch_at(process->watches.next), true);
}

/* One event may undo another: so each is looked for anew.  Under the random policy some are left for later. */
void
acti_sim_handle_events(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;
	struct wake wakes[WAKES_MAX];
	size_t count = list_wakes(process, wakes), left = count;

	while (count > 0 && left-- > 0) {
		uint32_t which = sim->policy == ACTI_SIM_FIFO ? 0 : acti_sim_choose(sim, (uint32_t)count);

		wake(process, &wakes[which]);
		if (sim->policy == ACTI_SIM_RANDOM && acti_sim_choose(sim, 4) == 3)
			break;
		count = list_wakes(process, wakes);
	}
	wake_for_nothing(process);
}

bool
acti_sim_can_run(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;
	struct wake wakes[WAKES_MAX];

	if (process->stage != ACTI_SIM_ALIVE || process->is_stopped)
		return false;
	if (process->blocked_until_ns != 0)
		return process->blocked_until_ns <= sim->now_ns;
	return process->wants_turn || list_wakes(process, wakes) > 0;
}
