/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random trees of actors, simulated, and judged.
 *
 * The root draws a plan: a tree of calls, each with what its endpoint is to do.  Each call writes down what became of
 * it, on both sides, in a table that all simulated processes share because they are one process.  A caller compares
 * what it gets with that: a result must be the one that the endpoint gave, an error the one that it ended with, one hop
 * further on, and whatever else a caller is told needs a reason in what has happened to the processes.  As each hop is held
 * against the one below, so is the whole way of an error.
 */
#include "judge.h"
#include "world.actor.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define CALLS_MAX 24
#define BRANCHES_MAX 24
#define DEPTH_MAX 3
#define TREE_MS 20000
#define PADDING_MAX 40000 /* all plans, one in another, are below the largest message */

/* ---- the plan ---- */

static World__Plan plans[CALLS_MAX];
static unsigned char padding[PADDING_MAX];
static World__Branch branches[BRANCHES_MAX];
static World__Plan *call_lists[CALLS_MAX];
static World__Branch *branch_lists[BRANCHES_MAX];
static size_t plan_count, branch_count, call_list_count, branch_list_count;

static uint32_t
draw_ms(uint32_t limit)
{
	return actor_sim_choose(3) == 2 ? 1 + actor_sim_choose(limit) : 0;
}

static World__Ending
draw_ending(void)
{
	static const World__Ending rare[] = {
		WORLD__ENDING__FAILS,  WORLD__ENDING__RAISES, WORLD__ENDING__EXITS,  WORLD__ENDING__CRASHES,
		WORLD__ENDING__STICKS, WORLD__ENDING__SLEEPS, WORLD__ENDING__SLEEPS, WORLD__ENDING__STRUGGLES,
	};

	if (actor_sim_choose(5) < 3)
		return WORLD__ENDING__RETURNS;
	return rare[actor_sim_choose(ACTOR_COUNT(rare))];
}

static World__Plan *draw_plan(unsigned depth);

static World__Branch *
draw_branch(unsigned depth)
{
	World__Branch *branch = &branches[branch_count++];
	size_t count = 1 + actor_sim_choose(3);

	*branch = (World__Branch)WORLD__BRANCH__INIT;
	branch->one_shot = actor_sim_choose(4) == 3;
	branch->by_name = actor_sim_choose(4) == 3;
	branch->in_turn = actor_sim_choose(3) == 2;
	branch->cancel_actor = actor_sim_choose(6) == 5;
	branch->deadline_ms = draw_ms(2000);
	branch->cancel_call_ms = draw_ms(800);
	branch->calls = &call_lists[call_list_count];
	while (count-- > 0 && plan_count < CALLS_MAX && call_list_count + 1 < CALLS_MAX) {
		branch->calls[branch->n_calls++] = NULL;
		call_list_count++;
	}
	for (size_t i = 0; i < branch->n_calls; i++) {
		World__Plan *plan = plan_count < CALLS_MAX ? draw_plan(depth) : NULL;

		if (plan == NULL)
			branch->n_calls = i;
		else
			branch->calls[i] = plan;
	}
	return branch;
}

static World__Plan *
draw_plan(unsigned depth)
{
	uint32_t id = (uint32_t)plan_count++;
	World__Plan *plan = &plans[id];
	size_t count = depth == 0 ? 1 + actor_sim_choose(3) : depth < DEPTH_MAX ? actor_sim_choose(3) : 0;

	*plan = (World__Plan)WORLD__PLAN__INIT;
	plan->id = id;
	plan->value = actor_sim_choose(100);
	plan->sleep_ms = draw_ms(300);
	plan->block_ms = depth > 0 && actor_sim_choose(12) == 11 ? 1 + actor_sim_choose(3000) : 0;
	plan->tolerant = depth == 0 || actor_sim_choose(3) == 2;
	plan->cancel_after_ms = actor_sim_choose(4) == 3 ? 1 + actor_sim_choose(500) : 0;
	plan->ending = depth == 0 ? WORLD__ENDING__RETURNS : draw_ending();
	if (depth > 0 && actor_sim_choose(16) == 15)
		plan->padding = (ProtobufCBinaryData){ .len = 1 + actor_sim_choose(PADDING_MAX), .data = padding };
	plan->branches = &branch_lists[branch_list_count];
	if (branch_list_count + count > BRANCHES_MAX || branch_count + count > BRANCHES_MAX)
		count = 0;
	branch_list_count += count;
	plan->n_branches = count;
	for (size_t i = 0; i < count; i++)
		plan->branches[i] = NULL;
	for (size_t i = 0; i < plan->n_branches; i++) {
		if (branch_count == BRANCHES_MAX)
			plan->n_branches = i;
		else
			plan->branches[i] = draw_branch(depth + 1);
	}
	return plan;
}

/* ---- the judge ---- */

static unsigned lost_calls[PROCESSES_MAX]; /* by pid */

static bool
is_gone(const struct acti_sim_process *process)
{
	return process == NULL || process->stage > ACTI_SIM_ALIVE || process->link_was_broken;
}

static bool
was_always_calm(const struct acti_sim_process *process)
{
	return is_calm_for(process) && process->disturbed_ns == 0;
}

/* Each call that is lost with its peer is one without a reply: what was written before must be heard. */
static void
judge_lost(uint32_t id, const struct truth *truth, struct acti_sim_process *callee, const struct actor_error *error)
{
	int status = actor_error_wait_status(error);

	if (!is_gone(callee)) {
		WRONG("call %u: its peer is gone, but it lives: %s", id, actor_error_text(error));
		return;
	}
	if (callee == NULL)
		return;
	if (status != -1 && callee->status != status)
		WRONG("call %u: its peer ended with %d, not with %d", id, callee->status, status);
	if (truth->started == 0 || callee->link_was_broken || memory_was_short())
		return;
	if (++lost_calls[callee->pid - FIRST_PID] > callee->starts - callee->replies)
		WRONG("call %u is lost, but its reply was written", id);
}

/* An error of the caller's own side: it needs a reason. */
static void
judge_local(uint32_t id, const struct actor_error *error, pid_t callee, uint64_t begun_ns)
{
	struct acti_sim_process *process = acti_sim_find(the_sim(), callee);
	int code = actor_error_code(error);

	switch (code) {
	case ACTOR_ECANCELED:
	case ACTOR_EDEADLINE:
		judge_cancelled(id, &truths[id], process, begun_ns);
		break;
	case ACTOR_EPEERGONE:
		judge_lost(id, &truths[id], process, error);
		break;
	case ACTOR_ECLOSED:
		if (!is_gone(process) && !process->was_told_to_stop)
			WRONG("call %u: nobody has closed its peer: %s", id, actor_error_text(error));
		break;
	case ACTOR_ENOMEM:
		if (!memory_was_short())
			WRONG("call %u: there was memory: %s", id, actor_error_text(error));
		break;
	default:
		WRONG("call %u: that cannot be: %s", id, actor_error_text(error));
	}
}

static void
judge(uint32_t id, int rc, const World__Outcome *outcome, pid_t callee, uint64_t begun_ns)
{
	const struct truth *truth = &truths[id];
	const struct actor_error *error = actor_error_last();

	if (rc == 0 && (truth->ended != 1 || truth->rc != 0))
		WRONG("call %u has a result that nobody gave", id);
	else if (rc == 0 && outcome->padding.len != plans[id].padding.len)
		WRONG("call %u gave %zu bytes, its caller has %zu", id, plans[id].padding.len, outcome->padding.len);
	else if (rc == 0 && (outcome->value != truth->value || outcome->id != id))
		WRONG("call %u gave %u, its caller has %u of call %u", id, truth->value, outcome->value, outcome->id);
	else if (rc < 0 && (error == NULL || actor_error_code(error) != rc))
		WRONG("call %u failed with %d and no error that says so", id, rc);
	else if (rc < 0 && actor_error_origin(error) != NULL)
		judge_boxed(id, truth, error);
	else if (rc < 0)
		judge_local(id, error, callee, begun_ns);
}

static const struct acti_sim_process *
find_child(const char *name)
{
	size_t size = strlen(name);

	acti_list_for_each(link, &the_sim()->processes) {
		const struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);

		if (process->parent_pid == this_process()->pid && strncmp(process->title, name, size) == 0 &&
		    process->title[size] == '@')
			return process;
	}
	return NULL;
}

/* What a spawn says must have a reason too. */
static void
judge_spawn(int rc, const char *name)
{
	const struct actor_error *error = actor_error_last();
	const struct acti_sim_process *child = find_child(name);

	switch (rc) {
	case 0:
		break;
	case ACTOR_ECANCELED:
		if (actor_error_origin(error) == NULL && actor_checkpoint() >= 0)
			WRONG("a spawn is cancelled in a scope that is not");
		if (child != NULL && is_calm(child) && child->stage == ACTI_SIM_REAPED && is_past(child->ended_ns))
			WRONG("a spawn waited on for an actor that is gone");
		break;
	case ACTOR_EDEADLINE:
		if (actor_checkpoint() >= 0 && !has_fired(ACTI_SIM_BOOT) && !has_fired(ACTI_SIM_STOP) &&
		    !has_fired(ACTI_SIM_CLOG) && !has_fired(ACTI_SIM_CLOCK) && !has_fired(ACTI_SIM_DELAY))
			WRONG("a spawn took too long, and nothing was slow: %s", actor_error_text(error));
		break;
	case ACTOR_ESPAWN:
		if (!has_fired(ACTI_SIM_SPAWN) && !memory_was_short())
			WRONG("a spawn failed for no reason: %s", actor_error_text(error));
		break;
	case ACTOR_ENOMEM:
		if (!memory_was_short())
			WRONG("a spawn had memory: %s", actor_error_text(error));
		break;
	case ACTOR_EPEERGONE:
	case ACTOR_ECLOSED:
		break;
	default:
		WRONG("a spawn cannot fail so: %s", actor_error_text(error));
	}
}

/* ---- calling ---- */

struct errand {
	const World__Branch *branch;
	const World__Plan *plan;
	struct world_node node;
	pid_t pid;
	uint32_t value;
	struct actor_scope *scope;
};

static int
call_by_name(struct world_node node, const World__Plan *plan, World__Outcome *ret)
{
	size_t size = world__plan__get_packed_size(plan);
	unsigned char *packed = actor_alloc(size);
	struct actor_bytes reply;
	World__Outcome *outcome;
	int rc;

	if (packed == NULL)
		return actor_fail(ACTOR_ENOMEM, "no memory for the plan");
	world__plan__pack(plan, packed);
	rc = actor_portal_run_from_ns(node.portal, "world.Node", "Run", (struct actor_bytes){ packed, size }, &reply);
	if (rc != 0)
		return rc;
	outcome = world__outcome__unpack(NULL, reply.size, reply.data);
	*ret = *outcome;
	ret->padding.len = outcome->padding.len;
	world__outcome__free_unpacked(outcome, NULL);
	return 0;
}

static int
call_once(struct errand *errand)
{
	World__Outcome *reply = NULL, outcome = WORLD__OUTCOME__INIT;
	uint64_t begun_ns = the_sim()->now_ns;
	int rc;

	if (errand->branch->by_name) {
		rc = call_by_name(errand->node, errand->plan, &outcome);
	} else {
		rc = world_node_run(errand->node, errand->plan, &reply);
		if (rc == 0)
			outcome = *reply;
	}
	judge(errand->plan->id, rc, &outcome, errand->pid, begun_ns);
	errand->value = outcome.value;
	return rc;
}

static int
cancel_soon(void *argument)
{
	struct errand *errand = argument;
	int rc = actor_sleep_ms(errand->branch->cancel_call_ms);

	if (rc == 0 && errand->scope != NULL)
		actor_scope_cancel(errand->scope);
	return rc;
}

/* The call in a scope with its time, and with somebody who cancels that scope. */
static int
call(void *argument)
{
	struct errand *errand = argument;
	struct actor_nursery *helpers = NULL;
	struct actor_scope scope;
	int rc = actor_nursery_open(&helpers), fired;

	if (rc != 0)
		return rc;
	if (errand->branch->cancel_call_ms != 0)
		rc = actor_nursery_start(helpers, cancel_soon, errand);
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = errand->branch->deadline_ms });
	errand->scope = &scope;
	if (rc == 0)
		rc = call_once(errand);
	errand->scope = NULL;
	rc = actor_scope_close(&scope, rc, &fired);
	actor_nursery_cancel(helpers);
	return actor_nursery_close(helpers, rc);
}

/* As many places are taken at the peer as there are calls to it that have not ended. */
static void
judge_books(struct world_node node)
{
	struct acti_portal *portal;
	uint32_t count = 0;

	if (acti_portal_find(node.portal, &portal) != 0 || portal->connection == NULL || portal->connection->is_lost)
		return;
	acti_list_for_each(link, &portal->connection->calls)
		count++;
	if (count != portal->connection->call_count)
		WRONG("%u calls to an actor have not ended, its link counts %u", count, portal->connection->call_count);
}

static int
call_all(const World__Branch *branch, struct world_node node, pid_t pid, uint32_t *sum)
{
	struct errand *errands = actor_calloc(branch->n_calls + 1, sizeof *errands);
	struct actor_nursery *calls = NULL;
	int rc = actor_nursery_open(&calls);

	if (rc == 0 && errands == NULL)
		rc = actor_fail(ACTOR_ENOMEM, "no memory for the errands");
	for (size_t i = branch->one_shot ? 1 : 0; rc == 0 && i < branch->n_calls; i++) {
		errands[i] = (struct errand){ .branch = branch, .plan = branch->calls[i], .node = node, .pid = pid };
		rc = branch->in_turn ? call(&errands[i]) : actor_nursery_start(calls, call, &errands[i]);
	}
	rc = actor_nursery_close(calls, rc);
	if (rc == 0)
		judge_books(node);
	for (size_t i = 0; rc == 0 && i < branch->n_calls; i++)
		*sum += errands[i].value;
	return rc;
}

/* ---- a branch: an actor ---- */

static int
start_branch(struct actor_nursery *nursery, const World__Branch *branch, const char *name, struct world_node *node)
{
	int rc = branch->one_shot && branch->n_calls > 0
	             ? world_node_run_run_in_actor(nursery, name, NULL, branch->calls[0], node)
	             : world_node_spawn(nursery, name, NULL, node);

	judge_spawn(rc, name);
	if (branch->one_shot && branch->n_calls > 0)
		truths[branch->calls[0]->id].is_one_shot = true;
	return rc;
}

struct limb {
	struct actor_nursery *actors;
	const World__Branch *branch;
	char name[32];
	uint32_t value;
	pid_t pid;
	const World__Plan *plan;
};

static int
run_branch(void *argument)
{
	struct limb *limb = argument;
	const World__Branch *branch = limb->branch;
	struct actor_identity identity = { .pid = 0 };
	struct world_node node;
	int rc = start_branch(limb->actors, branch, limb->name, &node);

	if (rc == 0)
		rc = actor_portal_identity(node.portal, &identity);
	limb->pid = identity.pid;
	if (rc == 0)
		rc = call_all(branch, node, identity.pid, &limb->value);
	if (rc == 0 && branch->one_shot && branch->n_calls > 0) {
		uint64_t begun_ns = the_sim()->now_ns;
		World__Outcome *reply = NULL;

		rc = world_node_run_wait_for_result(node, &reply);
		judge(branch->calls[0]->id, rc, reply, identity.pid, begun_ns);
		if (rc == 0)
			limb->value += reply->value;
	}
	if (rc == 0 && branch->cancel_actor) {
		rc = actor_portal_cancel_actor(node.portal);
		rc = rc > 0 ? 0 : rc;
	}
	return rc;
}

static int
cancel_branches(void *argument)
{
	struct limb *limb = argument;
	int rc = actor_sleep_ms(limb->plan->cancel_after_ms);

	if (rc == 0)
		actor_nursery_cancel(limb->actors);
	return rc;
}

static int
run_limbs(const World__Plan *plan, struct limb *limbs, struct actor_nursery *actors, uint32_t *sum)
{
	struct actor_nursery *tasks = NULL, *helpers = NULL;
	struct limb canceller = { .actors = actors, .plan = plan };
	int rc = actor_nursery_open(&helpers);

	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	if (rc == 0 && plan->cancel_after_ms != 0)
		rc = actor_nursery_start(helpers, cancel_branches, &canceller);
	for (size_t i = 0; rc == 0 && i < plan->n_branches; i++) {
		limbs[i] = (struct limb){ .actors = actors, .branch = plan->branches[i] };
		snprintf(limbs[i].name, sizeof limbs[i].name, "n%u_%zu", plan->id, i);
		rc = actor_nursery_start(tasks, run_branch, &limbs[i]);
	}
	rc = actor_nursery_close(tasks, rc);
	actor_nursery_cancel(helpers);
	rc = actor_nursery_close(helpers, rc);
	for (size_t i = 0; rc == 0 && i < plan->n_branches; i++)
		*sum += limbs[i].value;
	return rc;
}

/* Half a second for the acknowledgement, and the budget from then on. */
static void
judge_close(uint64_t begun_ns, bool was_clean)
{
	struct acti_sim *sim = the_sim();
	uint64_t took_ms = (sim->now_ns - begun_ns) / ACTI_NS_PER_MS;

	if (was_clean && sim->fired == 0 && took_ms > 2810)
		WRONG("a nursery took %llu ms to end its actors", (unsigned long long)took_ms);
}

static int
run_branches(const World__Plan *plan, uint32_t *sum)
{
	struct limb *limbs = actor_calloc(plan->n_branches + 1, sizeof *limbs);
	struct actor_nursery *actors = NULL;
	uint64_t begun_ns;
	int rc;

	if (limbs == NULL)
		return actor_fail(ACTOR_ENOMEM, "no memory for the limbs");
	rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = run_limbs(plan, limbs, actors, sum);
	if (rc == 0)
		actor_nursery_cancel(actors);
	begun_ns = the_sim()->now_ns;
	rc = actor_nursery_close(actors, rc);
	judge_close(begun_ns, plan->id == 0);
	return rc;
}

/* ---- the endpoint ---- */

/* A cleanup that fails must not replace the error that is under way; a shield does not hold for ever. */
static int
struggle(const World__Plan *plan)
{
	int rc = actor_sleep_ms(TREE_MS);
	ACTOR_SCOPE(cleanup, .shield_ms = 1 + plan->value % 50 * 20);

	if (actor_sleep_ms(plan->value * 5) == 0 && actor_fail(ACTOR_EINVAL, "in the cleanup") == 0)
		WRONG("a failure did not fail");
	return rc;
}

static int
finish(const World__Plan *plan)
{
	switch (plan->ending) {
	case WORLD__ENDING__FAILS:
		return actor_fail(ACTOR_EINVAL, "as call %u was told", plan->id);
	case WORLD__ENDING__RAISES:
		return world_node_raise_trouble(WORLD_TROUBLE(.id = plan->id));
	case WORLD__ENDING__EXITS:
		actor_sim_end_process(7 << 8);
	case WORLD__ENDING__CRASHES:
		actor_sim_end_process(SIGSEGV);
	case WORLD__ENDING__STICKS:
		actor_sim_block_ms(UINT32_MAX);
		return 0;
	case WORLD__ENDING__SLEEPS:
		return actor_sleep_ms(TREE_MS);
	case WORLD__ENDING__STRUGGLES:
		return struggle(plan);
	default:
		return 0;
	}
}

static int
follow(const World__Plan *plan, uint32_t *ret_value)
{
	uint32_t sum = plan->value;
	int rc = plan->sleep_ms != 0 ? actor_sleep_ms(plan->sleep_ms) : 0;

	if (rc == 0 && plan->block_ms != 0)
		actor_sim_block_ms(plan->block_ms);
	if (rc == 0 && plan->n_branches > 0) {
		rc = run_branches(plan, &sum);
		if (rc < 0 && plan->tolerant)
			rc = 0;
	}
	*ret_value = sum;
	return rc == 0 ? finish(plan) : rc;
}

static int
node_run(struct world_node_state *state, const World__Plan *plan, World__Outcome *reply)
{
	struct truth *truth = write_begin(plan->id);
	int rc;

	(void)state;
	rc = follow(plan, &reply->value);
	reply->id = plan->id;
	reply->padding = plan->padding;
	truth->value = reply->value;
	write_down(truth, rc);
	return rc;
}

/* ---- the root ---- */

static bool is_scenario; /* in place of a random plan */
static World__Plan *scenario(void);

static int
root(int argc, char **argv)
{
	World__Plan *plan = is_scenario ? scenario() : draw_plan(0);
	struct actor_scope scope;
	uint32_t value;
	int rc, fired;

	(void)argc, (void)argv;
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = TREE_MS });
	rc = follow(plan, &value);
	return actor_scope_close(&scope, rc, &fired);
}

/* What is left when all is over. */
static void
check_tree(char *text, size_t size)
{
	for (size_t i = 0; i < plan_count; i++) {
		const struct truth *truth = &truths[i];
		const struct acti_sim_process *process;

		if (truth->started > 1)
			snprintf(text, size, "call %zu was run %u times", i, truth->started);
		if (truth->started == 0)
			continue;
		process = acti_sim_find(the_sim(), truth->pid);
		if (truth->is_one_shot && truth->ended > 0 && was_always_calm(process) &&
		    was_always_calm(acti_sim_find(the_sim(), process->parent_pid)) &&
		    process->ended_ns > truth->ended_ns + 3 * LATE_MS * ACTI_NS_PER_MS)
			snprintf(text, size, "call %zu was all that its actor had to do, but that went on", i);
		if (truth->started == truth->ended)
			continue;
		if (process->status == 0)
			snprintf(text, size, "call %zu never ended, but its process ended in order", i);
	}
}

/* ---- every allocation fails once ---- */

static World__Plan *
scenario_plan(World__Ending ending, uint32_t sleep_ms)
{
	World__Plan *plan = &plans[plan_count];

	*plan = (World__Plan)WORLD__PLAN__INIT;
	plan->id = (uint32_t)plan_count++;
	plan->value = plan->id;
	plan->ending = ending;
	plan->sleep_ms = sleep_ms;
	return plan;
}

static World__Branch *
scenario_branch(World__Plan *of)
{
	World__Branch *branch = &branches[branch_count++];

	*branch = (World__Branch)WORLD__BRANCH__INIT;
	branch->calls = &call_lists[call_list_count];
	if (of->n_branches == 0)
		of->branches = &branch_lists[branch_list_count];
	of->branches[of->n_branches++] = branch;
	branch_list_count++;
	return branch;
}

static World__Plan *
scenario_call(World__Branch *branch, World__Ending ending, uint32_t sleep_ms)
{
	World__Plan *plan = scenario_plan(ending, sleep_ms);

	branch->calls[branch->n_calls++] = plan;
	call_list_count++;
	return plan;
}

/* Spawns, calls, a call that is cancelled, one that fails, a one-shot, an actor below an actor, and their teardown. */
static World__Plan *
scenario(void)
{
	World__Plan *root_plan = scenario_plan(WORLD__ENDING__RETURNS, 0), *middle;
	World__Branch *daemon = scenario_branch(root_plan), *one_shot = scenario_branch(root_plan), *below;

	root_plan->tolerant = true;
	daemon->by_name = true;
	daemon->in_turn = true;
	daemon->cancel_actor = true;
	daemon->deadline_ms = 100;
	scenario_call(daemon, WORLD__ENDING__RETURNS, 0);
	scenario_call(daemon, WORLD__ENDING__STRUGGLES, 0);
	middle = scenario_call(daemon, WORLD__ENDING__RETURNS, 0);
	middle->tolerant = true;
	one_shot->one_shot = true;
	one_shot->calls = &call_lists[call_list_count];
	scenario_call(one_shot, WORLD__ENDING__RAISES, 50);
	below = scenario_branch(middle);
	below->calls = &call_lists[call_list_count];
	scenario_call(below, WORLD__ENDING__FAILS, 10);
	scenario_call(below, WORLD__ENDING__RETURNS, 0);
	return root_plan;
}

struct shortage {
	uint64_t allocation, stack;
	bool from;
};

static void
run_short(struct acti_simulation *simulation, void *argument)
{
	const struct shortage *shortage = argument;

	simulation->sim.faults = 1u << ACTI_SIM_MEMORY | 1u << ACTI_SIM_STACK;
	simulation->sim.allocation_at = shortage->allocation;
	simulation->sim.allocations_from = shortage->from;
	simulation->sim.stack_at = shortage->stack;
}

/* Until a run needs no more than those before it; the number of runs, 0 if something did not hold. */
static unsigned
sweep(struct acti_simulation *simulation, struct shortage *shortage, uint64_t *counter, const uint64_t *needed,
      const char *what)
{
	struct actor_sim_report report;
	unsigned runs = 0;

	do {
		++*counter;
		runs++;
		if (acti_simulation_run(simulation, 1, run_short, shortage, &report) == 0)
			continue;
		printf("%s %llu%s FAILED: %s\n", what, (unsigned long long)*counter,
		       shortage->from ? " and all after it" : "", report.failure);
		return 0;
	} while (*counter <= *needed);
	printf("%u runs, in each of which one %s failed%s\n", runs, what, shortage->from ? ", and all after it" : "");
	return runs;
}

static int
sweep_all(const struct actor_sim_options *options)
{
	struct acti_simulation *simulation = malloc(sizeof *simulation);
	struct shortage once = { 0 }, from = { .from = true }, stacks = { 0 };
	bool held;

	if (simulation == NULL)
		return 1;
	acti_simulation_init(simulation, options);
	held = sweep(simulation, &once, &once.allocation, &simulation->sim.allocations, "allocation") != 0;
	held = sweep(simulation, &from, &from.allocation, &simulation->sim.allocations, "allocation") != 0 && held;
	held = sweep(simulation, &stacks, &stacks.stack, &simulation->sim.stacks, "stack") != 0 && held;
	acti_simulation_fini(simulation);
	free(simulation);
	return held ? 0 : 1;
}

/* ---- one world or another ---- */

static const struct world_node_ops node_ops = { .run = node_run };
static struct actor_module tree_modules[1];
static struct actor_program program; /* the first root's: one of a tree, or of a market */
static enum {
	TREE,
	MARKET,
	DIALOGS,
	KINDS
} kind;

/* A third of the seeds each; with the hash, whatever else they have in common. */
static unsigned
kind_of(uint64_t seed)
{
	return (unsigned)((seed * 0x9e3779b97f4a7c15u) >> 32) % KINDS;
}

static void
begin(void *context)
{
	(void)context;
	judge_forget();
	memset(lost_calls, 0, sizeof lost_calls);
	plan_count = branch_count = call_list_count = branch_list_count = 0;
	if (!is_scenario)
		kind = kind_of(the_sim()->seed);
	tree_modules[0] = world_node_module(&node_ops);
	program = (struct actor_program){ .modules = tree_modules, .module_count = 1, .root = root };
	if (kind == MARKET)
		program = *market_begin(is_scenario);
	else if (kind == DIALOGS)
		program = *dialogs_begin(is_scenario);
}

static void
check(void *context, const struct actor_sim_report *report, char *text, size_t size)
{
	(void)context, (void)report;
	if (kind == MARKET)
		market_check(text, size);
	else if (kind == DIALOGS)
		dialogs_check(text, size);
	else
		check_tree(text, size);
}

static int
sweep_each(const struct actor_sim_options *options)
{
	static const char *const names[KINDS] = { "a tree", "two trees with one registry", "dialogs" };
	int rc = 0;

	is_scenario = true;
	for (unsigned i = 0; i < KINDS; i++) {
		kind = i;
		printf("%s:\n", names[i]);
		rc = sweep_all(options) != 0 || rc != 0;
	}
	return rc;
}

/* shows: PR-15, CA-22, ER-01, ER-02, TD-01 */
/* robustness: A2, A7, A9, A10, A11, B4, D1, D2, F5, F6, I2, I5, N1 */
int
main(int argc, char **argv)
{
	const struct actor_sim_options options = {
		.program = &program,
		.faults = ACTOR_SIM_EVERYTHING,
		.begin = begin,
		.check = check,
	};

	if (argc == 2 && strcmp(argv[1], "--allocations") == 0)
		return sweep_each(&options);
	return actor_sim_main(argc, argv, &options);
}
