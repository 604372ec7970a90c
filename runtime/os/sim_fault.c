/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the simulated world.  They are planned by step, call or allocation number, drawn log-uniformly, so that the
 * beginning of a run (a spawn, a handshake) is hit as often as all the rest.
 */
#include <errno.h>
#include <os/sim_internal.h>
#include <signal.h>

#define LATEST_STEP_BITS 11
#define ROOT_ALLOCATIONS 40 /* about as many as it takes for a root to start: a failure there ends the run */

bool
acti_sim_may(const struct acti_sim *sim, enum acti_sim_fault fault)
{
	return !sim->healed && (sim->faults >> fault & 1) != 0;
}

bool
acti_sim_on(struct acti_sim *sim, enum acti_sim_fault fault)
{
	if (!acti_sim_may(sim, fault))
		return false;
	sim->fired |= 1u << fault;
	return true;
}

/* ---- of processes ---- */

static struct acti_sim_process *
random_process(struct acti_sim *sim)
{
	struct acti_sim_process *found = NULL;
	uint32_t count = 0;

	acti_list_for_each(link, &sim->processes)
		if (acti_container_of(link, struct acti_sim_process, link)->stage <= ACTI_SIM_ALIVE)
			count++;
	if (count == 0)
		return NULL;
	count = acti_sim_choose(sim, count) + 1;
	acti_list_for_each(link, &sim->processes) {
		found = acti_container_of(link, struct acti_sim_process, link);
		if (found->stage <= ACTI_SIM_ALIVE && --count == 0)
			break;
	}
	return found;
}

static void
kill_random(struct acti_sim *sim)
{
	struct acti_sim_process *victim = random_process(sim);

	if (victim == NULL || !acti_sim_on(sim, ACTI_SIM_KILL))
		return;
	victim->by_fault = true;
	acti_sim_note(sim, victim, "is killed", 0, 0);
	acti_sim_end(victim, SIGKILL);
}

static void
stop_random(struct acti_sim *sim)
{
	struct acti_sim_process *victim = random_process(sim);

	if (victim == NULL || !acti_sim_on(sim, ACTI_SIM_STOP))
		return;
	acti_sim_signal(victim, SIGSTOP);
	acti_sim_event(sim, sim->now_ns + acti_sim_soon_or_late(sim, 22) * NS_PER_US, SIM_CONTINUE,
	               (uint64_t)victim->pid, 0);
}

static void
signal_random(struct acti_sim *sim)
{
	struct acti_sim_process *victim = random_process(sim);

	if (victim == NULL || !acti_sim_on(sim, ACTI_SIM_SIGNAL))
		return;
	victim->by_fault = true;
	acti_sim_signal(victim, acti_sim_choose(sim, 2) == 1 ? SIGINT : SIGTERM);
}

/* ---- of streams ---- */

static void
mark_broken(struct acti_sim *sim, struct sim_end *end)
{
	struct acti_sim_process *owner = end->owner, *peer;

	if (end->peer < 0)
		return;
	peer = sim->ends[end->peer].owner;
	if (end->is_peer)
		owner->peer_was_broken = peer->peer_was_broken = true;
	else
		(owner->parent == peer ? owner : peer)->link_was_broken = true;
}

/* Bytes that are under way are cut anywhere, and nothing follows. */
static void
break_pipe(struct acti_sim *sim, uint64_t number)
{
	struct sim_pipe *pipe = sim->pipes[number];

	if (pipe->size > pipe->arrived)
		pipe->arrived += acti_sim_choose(sim, (uint32_t)(pipe->size - pipe->arrived) + 1);
	pipe->size = pipe->arrived;
	pipe->broken = pipe->write_closed = true;
	pipe->error = acti_sim_choose(sim, 2) == 1 ? ECONNRESET : 0;
	pipe->ended = true;
}

void
acti_sim_break(struct acti_sim *sim, int fd)
{
	struct sim_end *end = &sim->ends[fd];

	mark_broken(sim, end);
	break_pipe(sim, end->in);
	break_pipe(sim, end->out);
}

static bool
is_stream(const struct sim_end *end, bool is_peer)
{
	return end->is_open && end->peer >= 0 && (end->is_peer || !is_peer);
}

static struct sim_end *
random_stream_of(struct acti_sim *sim, bool is_peer)
{
	uint32_t count = 0, wanted;

	for (size_t i = 0; i < sim->end_capacity; i++)
		count += is_stream(&sim->ends[i], is_peer);
	if (count == 0)
		return NULL;
	wanted = acti_sim_choose(sim, count);
	for (size_t i = 0;; i++)
		if (is_stream(&sim->ends[i], is_peer) && wanted-- == 0)
			return &sim->ends[i];
}

/* Half of the time between peers, if there are some: they are few among many. */
static struct sim_end *
random_stream(struct acti_sim *sim)
{
	struct sim_end *end = sim->name_count > 0 && acti_sim_choose(sim, 2) == 1 ? random_stream_of(sim, true) : NULL;

	return end != NULL ? end : random_stream_of(sim, false);
}

void
acti_sim_break_random(struct acti_sim *sim)
{
	struct sim_end *end = random_stream(sim);

	if (end == NULL)
		return;
	acti_sim_note(sim, end->owner, "its stream breaks", (uint64_t)(end - sim->ends), 0);
	if (acti_sim_may(sim, ACTI_SIM_HALF_CLOSE) && acti_sim_choose(sim, 2) == 1) {
		acti_sim_on(sim, ACTI_SIM_HALF_CLOSE);
		mark_broken(sim, end);
		break_pipe(sim, end->in);
		sim->pipes[end->in]->error = 0;
	} else if (acti_sim_on(sim, ACTI_SIM_RESET)) {
		acti_sim_break(sim, (int)(end - sim->ends));
	}
}

static void
clog_random(struct acti_sim *sim)
{
	struct sim_end *end = random_stream(sim);

	if (end == NULL || !acti_sim_on(sim, ACTI_SIM_CLOG))
		return;
	acti_sim_note(sim, end->owner, "its stream is clogged", (uint64_t)(end - sim->ends), 0);
	sim->pipes[end->out]->clogged_until_ns = sim->now_ns + (1 + acti_sim_choose(sim, 4000)) * ACTI_NS_PER_MS;
}

/* ---- in the world's steps ---- */

static bool
is_planned(const uint64_t *plan, size_t count, uint64_t step)
{
	for (size_t i = 0; i < count; i++)
		if (plan[i] == step)
			return true;
	return false;
}

void
acti_sim_inject(struct acti_sim *sim)
{
	uint64_t step = ++sim->steps;

	if (sim->healed)
		return;
	if (is_planned(sim->kill_steps, 2, step))
		kill_random(sim);
	if (is_planned(sim->stop_steps, 2, step))
		stop_random(sim);
	if (is_planned(sim->signal_steps, 2, step))
		signal_random(sim);
	if (is_planned(sim->break_steps, 2, step))
		acti_sim_break_random(sim);
	if (is_planned(sim->clog_steps, 2, step))
		clog_random(sim);
	if (step == sim->jump_step && acti_sim_on(sim, ACTI_SIM_CLOCK)) {
		sim->now_ns += acti_sim_soon_or_late(sim, 30) * NS_PER_US;
		acti_sim_note(sim, NULL, "the clock jumps", 0, 0);
	}
	if (is_planned(sim->change_steps, 3, step) && sim->policy == ACTI_SIM_PRIORITY)
		acti_list_for_each(link, &sim->processes)
			acti_container_of(link, struct acti_sim_process, link)->priority = acti_sim_choose(sim, 1000);
}

/* ---- the plan ---- */

static void
plan_steps(struct acti_sim *sim, uint64_t *steps, size_t count, enum acti_sim_fault fault)
{
	for (size_t i = 0; i < count; i++)
		steps[i] = (sim->faults >> fault & 1) != 0 && acti_sim_choose(sim, 2) == 1
		               ? acti_sim_soon_or_late(sim, LATEST_STEP_BITS)
		               : 0;
}

static uint64_t
plan_one(struct acti_sim *sim, enum acti_sim_fault fault, uint32_t bits)
{
	return (sim->faults >> fault & 1) != 0 ? acti_sim_soon_or_late(sim, bits) : 0;
}

/* A run without sockets takes no decision about them. */
void
acti_sim_plan_sockets(struct acti_sim *sim)
{
	if (sim->sockets_allowed != 0 && acti_sim_choose(sim, 2) == 1)
		sim->faults |= sim->sockets_allowed;
	sim->sockets_allowed = 0;
}

void
acti_sim_plan(struct acti_sim *sim, uint32_t allowed)
{
	bool calm = acti_sim_choose(sim, 10) == 0;

	for (unsigned i = 0; i < ACTI_SIM_CONNECT; i++) /* which is the last one */
		if (!calm && acti_sim_choose(sim, 2) == 1)
			sim->faults |= 1u << i;
	sim->faults &= allowed;
	sim->sockets_allowed = calm ? 0 : allowed & 1u << ACTI_SIM_CONNECT;
	sim->policy = acti_sim_choose(sim, ACTI_SIM_POLICIES);
	sim->task_policy = acti_sim_choose(sim, ACTI_SIM_PRIORITY);
	plan_steps(sim, sim->kill_steps, 2, ACTI_SIM_KILL);
	plan_steps(sim, sim->stop_steps, 2, ACTI_SIM_STOP);
	plan_steps(sim, sim->signal_steps, 2, ACTI_SIM_SIGNAL);
	plan_steps(sim, sim->clog_steps, 2, ACTI_SIM_CLOG);
	plan_steps(sim, sim->break_steps, 2, ACTI_SIM_RESET);
	for (size_t i = 0; i < 3; i++)
		sim->change_steps[i] = acti_sim_soon_or_late(sim, LATEST_STEP_BITS);
	sim->torn_call = plan_one(sim, ACTI_SIM_TORN, 8);
	sim->write_call = plan_one(sim, ACTI_SIM_WRITE, 8);
	sim->jump_step = plan_one(sim, ACTI_SIM_CLOCK, LATEST_STEP_BITS);
	sim->spawn_number = plan_one(sim, ACTI_SIM_SPAWN, 4);
	sim->allocation_at = plan_one(sim, ACTI_SIM_MEMORY, 12);
	if (sim->allocation_at != 0 && acti_sim_choose(sim, 4) != 0)
		sim->allocation_at += ROOT_ALLOCATIONS;
	sim->allocations_from = acti_sim_choose(sim, 3) == 2;
	sim->stack_at = plan_one(sim, ACTI_SIM_STACK, 4);
	sim->sites_seed = acti_sim_choose(sim, 1u << 30);
	sim->pipe_limit = (sim->faults >> ACTI_SIM_PARTIAL & 1) != 0 ? 15 + acti_sim_soon_or_late(sim, 16) : 200 * 1024;
	sim->heal_ns = sim->now_ns + acti_sim_soon_or_late(sim, 23) * NS_PER_US;
	acti_sim_event(sim, sim->heal_ns, SIM_HEAL, 0, 0);
}
