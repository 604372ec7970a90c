/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an actor does for all of its children: it asks the silent ones whether they live, sees to it that they end
 * before it must end itself, and in the last resort ends what is left of them and of itself at once.
 *
 * One timer serves all pings, and none runs without children.  A child that has spoken since the last tick lives, so a
 * busy link carries no pings.  One that has not is asked, and is slow if it is silent up to the next tick; that is told
 * once, and has no other effect.  A tick that comes late judges nobody: then it was us, or the whole machine, that
 * stood still, and the children get one more interval.
 */
#include <proc/child.h>
#include <signal.h>

#define LATE_PART 8 /* of the interval: a tick that is later than that tells more of us than of the children */
#define REAP_MS 100 /* for children that got SIGKILL, before we end without having reaped them */

static struct acti_child_process *
child_at(struct acti_list *link)
{
	return acti_container_of(link, struct acti_child_process, sibling);
}

/* ---- pings ---- */

static void
schedule(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	proc->ping_due_ns = acti_deadline_after_ms(os, proc->actor.limits.supervision.ping_ms);
	os->ops->timer_start(os, &proc->pings, proc->ping_due_ns);
}

static void
on_tick(struct acti_timer *timer)
{
	struct acti_proc *proc = acti_container_of(timer, struct acti_proc, pings);
	struct acti_os *os = proc->actor.os;
	uint64_t interval_ns = (uint64_t)proc->actor.limits.supervision.ping_ms * ACTI_NS_PER_MS;
	bool judges = os->ops->now_ns(os) <= proc->ping_due_ns + interval_ns / LATE_PART;

	acti_list_for_each(link, &proc->children)
		acti_child_process_check(child_at(link), judges);
	schedule(proc);
}

void
acti_supervision_start_pings(struct acti_proc *proc)
{
	if (proc->actor.limits.supervision.ping_ms != ACTOR_NEVER)
		schedule(proc);
}

void
acti_supervision_stop_pings(struct acti_proc *proc)
{
	if (proc->actor.limits.supervision.ping_ms != ACTOR_NEVER)
		proc->actor.os->ops->timer_stop(proc->actor.os, &proc->pings);
}

/* ---- our own end ---- */

void
acti_supervision_set_budget(struct acti_proc *proc, uint32_t budget_ms)
{
	uint64_t deadline = acti_deadline_after_ms(proc->actor.os, budget_ms);

	if (budget_ms == 0 || (proc->deadline_ns != 0 && proc->deadline_ns <= deadline))
		return;
	proc->deadline_ns = deadline;
	acti_list_for_each(link, &proc->children)
		acti_child_process_hurry(child_at(link));
}

uint64_t
acti_supervision_limit_ns(const struct acti_proc *proc)
{
	uint64_t hop_ns = (uint64_t)proc->actor.limits.supervision.hop_ms * ACTI_NS_PER_MS;

	return proc->deadline_ns != 0 ? proc->deadline_ns - hop_ns : UINT64_MAX;
}

/* ---- tasks that do not yield ---- */

static char *
write_number(char text[static 12], uint32_t number)
{
	char *at = text + 11;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return at;
}

/* In a signal handler. */
static size_t
describe(const struct acti_watchdog *dog, const void *running, char *line, size_t size)
{
	const struct acti_task *task = running;
	bool serves = task->serves != NULL, is_endpoint = serves && task->name == task->serves->name;
	char limit[12];
	const struct actor *actor = task->scheduler->actor;
	const char *const pieces[] = {
		serves && !is_endpoint ? "a task of " : "",
		serves ? task->service->name : "",
		serves ? "." : "",
		serves ? task->serves->name : task->name,
		" has not awaited for ",
		write_number(limit, dog->limit_ms),
		" ms: this actor hears nobody until it does",
		NULL,
	};

	if (actor->log_level < ACTI_LOG_WARNING)
		return 0;
	return acti_log_join(line, size, &actor->uid, ACTI_LOG_WARNING, pieces);
}

void
acti_supervision_watch(struct acti_proc *proc)
{
	const struct actor_supervision *knobs = &proc->actor.limits.supervision;

	if (knobs->watchdog_ms == ACTOR_NEVER)
		return;
	proc->actor.scheduler.watchdog.patience_ms = knobs->budget_ms;
	proc->actor.scheduler.watchdog.describe = describe;
	proc->actor.scheduler.watchdog.limit_ms = knobs->watchdog_ms;
}

/* ---- the last resort ---- */

static void
force(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	proc->is_forced = true;
	acti_list_for_each(link, &proc->children)
		acti_child_process_kill(child_at(link));
	os->ops->timer_start(os, &proc->force, acti_deadline_after_ms(os, REAP_MS));
}

static void
on_force(struct acti_timer *timer)
{
	struct acti_proc *proc = acti_container_of(timer, struct acti_proc, force);

	if (proc->is_forced) {
		proc->actor.os->ops->loop_stop(proc->actor.os);
		return;
	}
	proc->signal = SIGKILL;
	force(proc);
}

void
acti_supervision_force(struct acti_proc *proc)
{
	if (!proc->is_forced)
		force(proc);
}

void
acti_supervision_force_in_time(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	if (!proc->is_forced)
		os->ops->timer_start(os, &proc->force, proc->deadline_ns);
}

void
acti_supervision_init(struct acti_proc *proc)
{
	acti_list_init(&proc->retired);
	acti_list_init(&proc->children);
	proc->pings.expired = on_tick;
	proc->force.expired = on_force;
}
