/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge.h"
#include <rpc/portal.h>
#include <stdio.h>
#include <string.h>

struct truth truths[TRUTHS_MAX];

struct acti_sim *
the_sim(void)
{
	return &acti_simulation_current()->sim;
}

struct acti_sim_process *
this_process(void)
{
	return acti_simulation_current()->running;
}

bool
has_fired(enum acti_sim_fault fault)
{
	return (the_sim()->fired >> fault & 1) != 0;
}

bool
memory_was_short(void)
{
	return has_fired(ACTI_SIM_MEMORY) || has_fired(ACTI_SIM_STACK);
}

void
judge_forget(void)
{
	memset(truths, 0, sizeof truths);
}

bool
may_be_limited(void)
{
	return has_fired(ACTI_SIM_SITE) || ((the_sim()->faults >> ACTI_SIM_SITE) & 1) != 0;
}

struct acti_proc *
actor_of(const struct acti_sim_process *process)
{
	struct acti_proc *proc = process != NULL ? process->loop_argument : NULL;

	if (proc == NULL || process->stage != ACTI_SIM_ALIVE || process->loop_stopped ||
	    proc->actor.uid.name[0] == '\0')
		return NULL;
	return proc;
}

bool
is_staying(const struct acti_proc *proc)
{
	return proc != NULL && proc->phase == ACTI_PHASE_RUNNING && proc->actor.scope.cause == 0;
}

/* ---- what a call may come to ---- */

void
judge_boxed(uint32_t id, const struct truth *truth, const struct actor_error *error)
{
	const struct actor_uid *origin = actor_error_origin(error);
	int code = actor_error_code(error);

	if (truth->started == 0) {
		if (code != ACTOR_ECLOSED && code != ACTOR_ECANCELED &&
		    !(code == ACTOR_ENOMEM && (memory_was_short() || may_be_limited())))
			WRONG("call %u was refused for no reason: %s", id, actor_error_text(error));
		return;
	}
	if (truth->ended == 0) {
		WRONG("call %u has an error while it runs: %s", id, actor_error_text(error));
		return;
	}
	if (code == ACTOR_ENOMEM && truth->rc != code && memory_was_short())
		return; /* its reply, or its error, could not be kept */
	if (code != truth->rc) {
		WRONG("call %u ended with %s, its caller has %s", id, actor_code_name(truth->rc),
		      actor_error_text(error));
		return;
	}
	if (strcmp(origin->name, truth->origin.name) != 0 || memcmp(origin->uuid, truth->origin.uuid, 16) != 0)
		WRONG("call %u failed because of %s, its caller thinks of %s", id, truth->origin.name, origin->name);
	if (actor_error_hop_count(error) != truth->hops + 1)
		WRONG("call %u failed over %zu hops, its caller counts %zu", id, truth->hops + 1,
		      actor_error_hop_count(error));
	if (strcmp(actor_error_type(error), truth->type) != 0)
		WRONG("call %u failed with a %s, its caller has a %s", id, truth->type, actor_error_type(error));
	if (actor_error_member_count(error) != truth->members && !memory_was_short())
		WRONG("call %u failed with %zu members, its caller has %zu", id, truth->members,
		      actor_error_member_count(error));
}

bool
is_past(uint64_t time_ns)
{
	return the_sim()->now_ns > time_ns + LATE_MS * ACTI_NS_PER_MS;
}

bool
is_calm_for(const struct acti_sim_process *process)
{
	const uint32_t slow = 1u << ACTI_SIM_DELAY | 1u << ACTI_SIM_CLOG | 1u << ACTI_SIM_STOP | 1u << ACTI_SIM_CLOCK |
	                      1u << ACTI_SIM_SIGNAL | 1u << ACTI_SIM_RESET | 1u << ACTI_SIM_HALF_CLOSE |
	                      1u << ACTI_SIM_WRITE | 1u << ACTI_SIM_CONNECT;

	return (the_sim()->fired & slow) == 0 && process->blocked_until_ns == 0 &&
	       (process->disturbed_ns == 0 || is_past(process->disturbed_ns)) && !memory_was_short();
}

bool
is_calm(const struct acti_sim_process *callee)
{
	return is_calm_for(callee) && is_calm_for(this_process());
}

/* Whether the callee has been doing nothing for a while. */
static bool
is_idle(pid_t callee)
{
	for (size_t i = 0; i < TRUTHS_MAX; i++)
		if (truths[i].pid == callee && (truths[i].started > truths[i].ended || !is_past(truths[i].ended_ns)))
			return false;
	return true;
}

void
judge_cancelled(uint32_t id, const struct truth *truth, const struct acti_sim_process *callee, uint64_t begun_ns)
{
	if (actor_checkpoint() >= 0)
		WRONG("call %u is cancelled in a scope that is not", id);
	if (callee == NULL || !is_calm(callee))
		return;
	if (callee->stage == ACTI_SIM_REAPED && is_past(callee->ended_ns))
		WRONG("call %u waited on for an actor that is gone", id);
	else if (truth->ended > 0 && is_past(truth->ended_ns))
		WRONG("call %u waited on for an endpoint that has ended", id);
	else if (callee->stage == ACTI_SIM_ALIVE && truth->started == 0 && is_past(begun_ns) && is_idle(callee->pid))
		WRONG("call %u was not begun by an idle actor", id);
	else if (callee->stage == ACTI_SIM_ALIVE && truth->started > truth->ended && !truth->is_one_shot &&
	         truth->task->root_scope.cause == 0)
		WRONG("call %u is over, and its endpoint does not know", id);
}

/* ---- the endpoint's side ---- */

struct truth *
write_begin(uint32_t id)
{
	struct truth *truth = &truths[id];

	truth->started++;
	truth->task = acti_task_current();
	truth->pid = this_process()->pid;
	return truth;
}

void
write_down(struct truth *truth, int rc)
{
	const struct actor_error *error = actor_error_last();
	const struct actor_uid *origin;
	struct actor_identity self;

	truth->rc = rc;
	truth->ended++;
	truth->ended_ns = the_sim()->now_ns;
	if (rc == 0)
		return;
	if (error == NULL || actor_error_code(error) != rc) {
		WRONG("an endpoint fails with %d, and its error says otherwise", rc);
		return;
	}
	origin = actor_error_origin(error);
	if (origin == NULL && actor_self(&self) == 0)
		truth->origin = self.uid;
	else if (origin != NULL)
		truth->origin = *origin;
	if (actor_error_canceller(error) != NULL)
		truth->canceller = *actor_error_canceller(error);
	truth->hops = actor_error_hop_count(error);
	truth->members = actor_error_member_count(error);
	snprintf(truth->type, sizeof truth->type, "%s", actor_error_type(error));
}
