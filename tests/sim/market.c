/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two to four trees that find each other, simulated, and judged.
 *
 * What happens is drawn before the run: roots, which start at different times, with registries that they share or do not;
 * jobs, which a root or an endpoint does; and acts, of which a job consists: to spawn an actor or to look one up, by one of
 * a few names, to call it, to keep it for a while, to stop it.  Each call is a job too, so that actors which found each
 * other find further ones.  market_judge.c has what is held against that.
 */
#include "market.h"
#include <os/sim_internal.h>
#include <rpc/portal.h>
#include <signal.h>
#include <stdio.h>

#define JOBS_MAX 40
#define ACTS_MAX 60
#define ACTS_OF_JOB_MAX 6
#define CALLS_OF_ACT_MAX 3
#define DEPTH_MAX 3
#define ROOTS_MAX (1 + ACTI_SIMULATION_ROOTS_MAX)
#define TREE_MS 40000
#define HEALTHY_MS 7000ull /* after which all must be in order */
#define SAMPLE_MS 200

enum kind {
	SPAWN,
	FIND,
	WAIT_FOR,
	OPEN_ROOT,
	QUERY,
	ENTER,
	TAKE_OVER,
};

enum ending {
	RETURNS,
	FAILS,
	RAISES,
	EXITS,
	CRASHES,
	STICKS,
	SLEEPS,
};

struct job;

struct act {
	enum kind kind;
	const char *name;
	uint32_t delay_ms, deadline_ms, hold_ms;
	uint32_t cancel_call_ms; /* each call's scope is cancelled then; 0: not */
	bool in_turn, keeps, cancel_actor, by_name;
	size_t call_count;
	struct job *calls[CALLS_OF_ACT_MAX];
};

struct job {
	uint32_t id, value, sleep_ms, block_ms;
	uint32_t leave_ms; /* its acts are cancelled then; 0: not */
	bool is_tolerant;  /* failures of its acts are not its own */
	bool enters;       /* its actor once more, in the task of the endpoint itself */
	bool stays;        /* a root, until the world has been healthy for a while */
	enum ending ending;
	size_t act_count;
	struct act *acts[ACTS_OF_JOB_MAX];
};

struct tree {
	struct actor_program program;
	struct job *job;
	uint64_t delay_ns;
};

static struct job jobs[JOBS_MAX];
static struct act acts[ACTS_MAX];
static struct tree trees[ROOTS_MAX];
static size_t job_count, act_count, tree_count;
static size_t jobs_max, acts_max; /* as far as the tree that is drawn may go: each has its share */

_Static_assert(JOBS_MAX <= TRUTHS_MAX, "each job has a place in the table");

/* ---- the plan ---- */

static uint32_t
choose(uint32_t count)
{
	return acti_sim_choose(the_sim(), count);
}

static uint32_t
draw_ms(uint32_t one_in, uint32_t limit)
{
	return choose(one_in) == one_in - 1 ? 1 + choose(limit) : 0;
}

static const char *
draw_name(void)
{
	static const char *const names[] = { "ann", "bob", "ann", "cat", "root" };

	return names[choose(ACTOR_COUNT(names))];
}

static enum ending
draw_ending(void)
{
	static const enum ending rare[] = { FAILS, RAISES, EXITS, CRASHES, STICKS, SLEEPS, SLEEPS };

	return choose(5) < 3 ? RETURNS : rare[choose(ACTOR_COUNT(rare))];
}

static struct job *draw_job(unsigned depth);

static struct act *
new_act(enum kind kind, const char *name)
{
	struct act *act = &acts[act_count++];

	*act = (struct act){ .kind = kind, .name = name };
	return act;
}

static struct act *
draw_act(unsigned depth, bool only_spawns)
{
	static const enum kind kinds[] = { FIND, FIND, SPAWN, WAIT_FOR, FIND, SPAWN, OPEN_ROOT, QUERY, ENTER };
	enum kind kind = only_spawns ? SPAWN : kinds[choose(ACTOR_COUNT(kinds))];
	struct act *act = new_act(kind, draw_name());
	size_t count = kind == QUERY || kind == ENTER ? 0 : choose(CALLS_OF_ACT_MAX + 1);

	if (kind == QUERY && choose(2) == 1)
		act->name = NULL;
	act->delay_ms = only_spawns ? 0 : draw_ms(2, depth == 0 ? 4000 : 400);
	act->deadline_ms = kind == WAIT_FOR ? 100 + choose(4000) : draw_ms(4, 2000);
	act->hold_ms = draw_ms(3, 2000);
	act->in_turn = choose(2) == 1;
	act->keeps = only_spawns || choose(3) == 2;
	act->cancel_actor = choose(8) == 7;
	act->by_name = choose(4) == 3;
	act->cancel_call_ms = draw_ms(4, 800);
	for (size_t i = 0; i < count && job_count < jobs_max; i++)
		act->calls[act->call_count++] = draw_job(depth + 1);
	if (kind == OPEN_ROOT && act->call_count > 0)
		act->calls[0]->enters = choose(2) == 1;
	return act;
}

static struct job *
new_job(void)
{
	struct job *job = &jobs[job_count];

	*job = (struct job){ .id = (uint32_t)job_count++ };
	job->value = job->id;
	return job;
}

static struct job *
draw_job(unsigned depth)
{
	struct job *job = new_job();
	size_t count = depth == 0 ? 2 + choose(4) : depth < DEPTH_MAX ? choose(3) : 0;

	job->value = choose(100);
	job->sleep_ms = depth > 0 ? draw_ms(3, 400) : 0;
	job->block_ms = depth > 0 ? draw_ms(16, 3000) : 0;
	job->is_tolerant = depth == 0 || choose(3) == 2;
	job->leave_ms = draw_ms(4, depth == 0 ? 4000 : 600);
	job->ending = depth > 0 ? draw_ending() : RETURNS;
	job->stays = depth == 0 && choose(3) > 0;
	for (size_t i = 0; i < count && act_count < acts_max; i++)
		job->acts[job->act_count++] = draw_act(depth, depth == 0 && i < 2);
	return job;
}

/* ---- the programs ---- */

static int root(int argc, char **argv);
static int work(struct market_stall_state *state, const Market__Order *order, Market__Receipt *receipt);

static const struct market_stall_ops stall_ops = { .work = work };
static struct actor_module modules[1];
static const struct actor_service *const enabled[] = { &market_stall_service, NULL };
static const char *const stand[] = { "unix:/run/stand.sock", NULL };
static const unsigned users[] = { 1000 };

static void
make_program(struct actor_program *program, const char *registry)
{
	modules[0] = market_stall_module(&stall_ops);
	*program = (struct actor_program){
		.modules = modules,
		.module_count = 1,
		.root = root,
		.registry = registry,
		.enable = enabled,
		.log_level = ACTOR_LOG_INFO,
	};
}

static void
draw_program(struct actor_program *program)
{
	static const char *const registries[] = { "m", "m", "m", "m", "m:n", "n", "n:m", NULL };
	static const char *const names[] = { NULL, NULL, NULL, "ann" };

	make_program(program, registries[choose(ACTOR_COUNT(registries))]);
	program->name = names[choose(ACTOR_COUNT(names))];
	if (choose(4) == 3)
		program->listen = stand;
	program->registrar = choose(12) == 11 ? ACTOR_REGISTRAR_ALWAYS : ACTOR_REGISTRAR_IF_NONE;
	if (choose(2) == 1)
		program->access = (struct actor_access){ .cancel_uids = users, .cancel_uid_count = 1 };
}

static uint64_t
draw_delay_ns(void)
{
	static const uint32_t limits_ms[] = { 1, 50, 3000, 3000, 7000 };

	return (1 + choose(1000u * limits_ms[choose(ACTOR_COUNT(limits_ms))])) * (uint64_t)1000;
}

/*
 * One that the registrar does not know to be dead, as its streams stand still: another listens at its address, who is
 * entered nowhere, or elsewhere; and some look for the dead one.
 */
static void
draw_stand(void)
{
	uint32_t when_ms = 20 + choose(1500);

	make_program(&trees[0].program, "m");
	make_program(&trees[1].program, "m");
	make_program(&trees[2].program, choose(2) == 1 ? "n" : NULL);
	trees[1].program.name = "bob";
	trees[1].program.listen = trees[2].program.listen = stand;
	tree_count = 3;
	for (size_t i = 0; i < tree_count; i++) {
		trees[i].job = new_job();
		trees[i].job->is_tolerant = trees[i].job->stays = true;
	}
	for (uint32_t i = 0; i < 4; i++) {
		struct job *job = trees[0].job;
		struct act *act = job->acts[job->act_count++] = new_act(i == 0 ? TAKE_OVER : FIND, "bob");

		act->delay_ms = when_ms + (i > 0 ? choose(2000) : 0);
		if (i > 0)
			act->calls[act->call_count++] = new_job();
	}
	trees[1].delay_ns = choose(20) * ACTI_NS_PER_MS;
	trees[2].delay_ns = (when_ms + choose(1000)) * ACTI_NS_PER_MS;
}

static void
draw_trees(void)
{
	for (size_t i = 0, count = 2 + choose(ROOTS_MAX - 1); i < count; i++) {
		struct tree *tree = &trees[tree_count++];

		jobs_max = JOBS_MAX * (i + 1) / count;
		acts_max = ACTS_MAX * (i + 1) / count;
		draw_program(&tree->program);
		tree->job = draw_job(0);
		tree->delay_ns = draw_delay_ns();
	}
}

/* A registrar with a child; a root that comes later finds the child, calls it, asks for others, and leaves. */
static void
scenario(void)
{
	make_program(&trees[0].program, "m");
	make_program(&trees[1].program, "m");
	tree_count = 2;
	trees[1].delay_ns = 50 * ACTI_NS_PER_MS;
	trees[0].job = new_job();
	trees[0].job->is_tolerant = true;
	trees[0].job->acts[trees[0].job->act_count++] = new_act(SPAWN, "ann");
	trees[0].job->acts[0]->calls[trees[0].job->acts[0]->call_count++] = new_job();
	trees[0].job->acts[0]->hold_ms = 600;
	trees[0].job->acts[0]->keeps = true;
	trees[1].job = new_job();
	trees[1].job->is_tolerant = true;
	for (size_t i = 0; i < 3; i++) {
		static const enum kind kinds[] = { WAIT_FOR, FIND, QUERY };
		struct act *act = new_act(kinds[i], "ann");

		act->deadline_ms = 800;
		act->calls[0] = i < 2 ? new_job() : NULL;
		act->call_count = i < 2 ? 1 : 0;
		trees[1].job->acts[trees[1].job->act_count++] = act;
	}
}

/* The steps that faults are planned for are early ones, mostly, in which there is no peer yet. */
static void
draw_breaks(void)
{
	struct acti_sim *sim = the_sim();

	if ((sim->faults >> ACTI_SIM_RESET & 1) != 0)
		for (size_t i = 0; i < ACTOR_COUNT(sim->break_steps); i++)
			sim->break_steps[i] = 20 + choose(300);
}

const struct actor_program *
market_begin(bool is_scenario)
{
	struct acti_simulation *simulation = acti_simulation_current();

	job_count = act_count = tree_count = 0;
	market_judge_forget();
	if (is_scenario)
		scenario();
	else if (choose(16) == 15)
		draw_stand();
	else
		draw_trees(), draw_breaks();
	simulation->root_count = tree_count - 1;
	for (size_t i = 1; i < tree_count; i++)
		simulation->roots[i - 1] = (struct acti_simulation_root){
			.program = &trees[i].program,
			.delay_ns = trees[i].delay_ns,
		};
	return &trees[0].program;
}

/* ---- calling ---- */

struct errand {
	const struct act *act;
	const struct job *job;
	struct market_stall stall;
	struct target target;
	uint32_t value;
	struct actor_scope *scope;
};

static int
call_by_name(const struct errand *errand, Market__Receipt **ret_receipt)
{
	Market__Order order = MARKET__ORDER__INIT;
	unsigned char packed[16];
	struct actor_bytes reply;
	int rc;

	order.id = errand->job->id;
	rc = actor_portal_run_from_ns(errand->stall.portal, "market.Stall", "Work",
	                              (struct actor_bytes){ packed, market__order__pack(&order, packed) }, &reply);
	if (rc == 0)
		*ret_receipt = market__receipt__unpack(NULL, reply.size, reply.data);
	return rc;
}

static int
call_once(struct errand *errand)
{
	Market__Receipt *receipt = NULL;
	uint64_t begun_ns = the_sim()->now_ns;
	uint32_t id = errand->job->id;
	bool was_cancelled = acti_task_current()->scope->cause != 0;
	int rc;

	truths[id].caller = this_process()->pid;
	if (errand->act->by_name)
		rc = call_by_name(errand, &receipt);
	else
		rc = market_stall_work(errand->stall, MARKET_ORDER(.id = id), &receipt);
	judge_call(id, rc, receipt, &errand->target, begun_ns, was_cancelled);
	errand->value = rc == 0 ? receipt->value : 0;
	if (errand->act->by_name && rc == 0)
		market__receipt__free_unpacked(receipt, NULL);
	return rc;
}

static int
cancel_soon(void *argument)
{
	struct errand *errand = argument;
	int rc = actor_sleep_ms(errand->act->cancel_call_ms);

	if (rc == 0 && errand->scope != NULL)
		actor_scope_cancel(errand->scope);
	return rc;
}

static int
call(void *argument)
{
	struct errand *errand = argument;
	struct actor_nursery *helpers = NULL;
	struct actor_scope scope;
	int rc = actor_nursery_open(&helpers);

	if (rc != 0)
		return rc;
	if (errand->act->cancel_call_ms != 0)
		rc = actor_nursery_start(helpers, cancel_soon, errand);
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = 0 });
	errand->scope = &scope;
	if (rc == 0)
		rc = call_once(errand);
	errand->scope = NULL;
	rc = actor_scope_close(&scope, rc, NULL);
	actor_nursery_cancel(helpers);
	return actor_nursery_close(helpers, rc);
}

static int
call_all(const struct act *act, struct market_stall stall, uint32_t *sum)
{
	struct errand errands[CALLS_OF_ACT_MAX];
	const struct target target = target_of(stall.portal);
	struct actor_nursery *calls = NULL;
	int rc = actor_nursery_open(&calls);

	for (size_t i = 0; rc == 0 && i < act->call_count; i++) {
		errands[i] = (struct errand){ .act = act, .job = act->calls[i], .stall = stall, .target = target };
		rc = act->in_turn ? call(&errands[i]) : actor_nursery_start(calls, call, &errands[i]);
	}
	rc = actor_nursery_close(calls, rc);
	for (size_t i = 0; rc == 0 && i < act->call_count; i++)
		*sum += errands[i].value;
	return rc;
}

/* ---- an act ---- */

struct deed {
	const struct act *act;
	struct actor_nursery *kept; /* by the job */
	bool is_tolerant;
	uint32_t value;
};

static int
sample(void *argument)
{
	int rc = 0;

	(void)argument;
	while (rc == 0) {
		observe();
		rc = actor_sleep_ms(SAMPLE_MS);
	}
	return rc;
}

/* Beside one who looks, so that it is known who has been there for how long. */
static int
wait_for(struct actor_nursery *nursery, const char *name, struct market_stall *stall)
{
	struct actor_nursery *helpers = NULL;
	int rc = actor_nursery_open(&helpers);

	if (rc != 0)
		return rc;
	rc = actor_nursery_start(helpers, sample, NULL);
	if (rc == 0) {
		struct before before;

		before_lookup(&before, name);
		rc = market_stall_wait_for_actor(nursery, name, stall);
		judge_lookup(&before, rc, true, stall->portal);
	}
	actor_nursery_cancel(helpers);
	return actor_nursery_close(helpers, rc);
}

static int
find(struct actor_nursery *nursery, const char *name, struct market_stall *stall)
{
	struct before before;
	int rc;

	before_lookup(&before, name);
	rc = market_stall_find_actor(nursery, name, stall);
	judge_lookup(&before, rc, false, stall->portal);
	if (rc == ACTOR_NOBODY && before.registry_count == 1) {
		const struct actor_registration *list;
		size_t count;

		if (actor_query(name, &list, &count) == 0)
			judge_forgotten(&before, list, count);
	}
	return rc;
}

static int
obtain(const struct act *act, struct actor_nursery *nursery, struct market_stall *stall)
{
	int rc;

	switch (act->kind) {
	case SPAWN:
		rc = market_stall_spawn(nursery, act->name, NULL, stall);
		judge_spawn(rc);
		return rc;
	case WAIT_FOR:
		return wait_for(nursery, act->name, stall);
	case OPEN_ROOT:
		return actor_open_root(nursery, &stall->portal);
	default:
		return find(nursery, act->name, stall);
	}
}

static int
visit(struct deed *deed, struct actor_nursery *booth)
{
	const struct act *act = deed->act;
	struct market_stall stall = { { 0 } };
	int rc = obtain(act, act->keeps ? deed->kept : booth, &stall);

	if (rc == 0)
		rc = call_all(act, stall, &deed->value);
	if (rc == 0 && act->hold_ms != 0)
		rc = actor_sleep_ms(act->hold_ms);
	if (rc == 0 && act->cancel_actor) {
		const struct target target = target_of(stall.portal);

		note_asked(&target);
		rc = actor_portal_cancel_actor(stall.portal);
		judge_cancelling(rc, &target);
	}
	return rc > 0 ? 0 : rc;
}

static int
ask(const struct act *act)
{
	const struct actor_registration *list = NULL;
	struct before before;
	size_t count = 0;
	int rc;

	before_lookup(&before, act->name);
	rc = actor_query(act->name, &list, &count);
	judge_list(&before, rc, list, count);
	return rc;
}

/* Once more: as if it had not been. */
static int
enter(struct actor_nursery *nursery)
{
	const struct acti_proc *proc = acti_proc_of(acti_actor_current());
	char addresses[ACTI_LISTENERS_MAX][ACTI_ADDRESS_SIZE], *list[ACTI_LISTENERS_MAX];
	Actor__Addresses request = ACTOR__ADDRESSES__INIT;
	struct actor_registrar registrar;
	int rc = actor_open_registrar(nursery, &registrar.portal);

	for (size_t i = 0; i < proc->listener_count; i++) {
		acti_address_of_path(addresses[i], proc->listeners[i].socket.path);
		list[i] = addresses[i];
	}
	request.n_addresses = proc->listener_count;
	request.addresses = list;
	note_entering();
	if (rc == 0) {
		rc = actor_registrar_register(registrar, &request, NULL);
		judge_entering(rc);
	}
	return rc;
}

/* Kills who listens at the stand, and lets nobody hear of that for a while. */
static int
take_over(void)
{
	struct acti_sim *sim = the_sim();
	struct acti_sim_process *victim = acti_sim_find(sim, acti_simulation_current()->roots[0].pid);

	if (victim == NULL || sim->healed)
		return 0;
	sim->fired |= 1u << ACTI_SIM_KILL | 1u << ACTI_SIM_CLOG;
	for (size_t i = 0; i < sim->end_capacity; i++)
		if (sim->ends[i].is_open && sim->ends[i].owner == victim && sim->ends[i].is_peer)
			sim->pipes[sim->ends[i].out]->clogged_until_ns = sim->now_ns + 2000 * ACTI_NS_PER_MS;
	victim->by_fault = true;
	acti_sim_end(victim, SIGKILL);
	return 0;
}

static int
perform_in(struct deed *deed, struct actor_nursery *booth)
{
	switch (deed->act->kind) {
	case QUERY:
		return ask(deed->act);
	case ENTER:
		return enter(booth);
	case TAKE_OVER:
		return take_over();
	default:
		return visit(deed, booth);
	}
}

static int
perform(void *argument)
{
	struct deed *deed = argument;
	const struct act *act = deed->act;
	struct actor_nursery *booth = NULL;
	struct actor_scope scope;
	int rc = act->delay_ms != 0 ? actor_sleep_ms(act->delay_ms) : 0;

	if (rc == 0)
		rc = actor_nursery_open(&booth);
	if (rc != 0)
		return rc;
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = act->deadline_ms });
	rc = perform_in(deed, booth);
	rc = actor_scope_close(&scope, rc, NULL);
	actor_nursery_cancel(booth);
	rc = actor_nursery_close(booth, rc);
	return deed->is_tolerant ? actor_checkpoint() : rc;
}

/* ---- a job ---- */

struct leave {
	const struct job *job;
	struct actor_nursery *deeds;
};

static int
leave_soon(void *argument)
{
	struct leave *leave = argument;
	int rc = actor_sleep_ms(leave->job->leave_ms);

	if (rc == 0)
		actor_nursery_cancel(leave->deeds);
	return rc;
}

static int
perform_all(const struct job *job, struct deed *deeds, struct actor_nursery *kept)
{
	struct actor_nursery *tasks = NULL, *helpers = NULL;
	struct leave leave = { .job = job };
	int rc = actor_nursery_open(&helpers);

	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	leave.deeds = tasks;
	if (rc == 0 && job->leave_ms != 0)
		rc = actor_nursery_start(helpers, leave_soon, &leave);
	for (size_t i = 0; rc == 0 && i < job->act_count; i++) {
		deeds[i] = (struct deed){ .act = job->acts[i], .kept = kept, .is_tolerant = job->is_tolerant };
		rc = actor_nursery_start(tasks, perform, &deeds[i]);
	}
	rc = actor_nursery_close(tasks, rc);
	actor_nursery_cancel(helpers);
	return actor_nursery_close(helpers, rc);
}

/* Until all must be in order; then it looks whether it is. */
static int
stay(void)
{
	const struct actor_registration *list = NULL;
	size_t count = 0;
	int rc = 0;

	while (rc == 0 &&
	       (!the_sim()->healed || the_sim()->now_ns < the_sim()->healed_ns + HEALTHY_MS * ACTI_NS_PER_MS))
		rc = actor_sleep_ms(500);
	observe();
	if (rc != 0 || acti_proc_of(acti_actor_current())->place.registry_count == 0)
		return rc;
	rc = actor_query(NULL, &list, &count);
	if (rc == 0 || actor_checkpoint() == 0)
		judge_registry(rc, list, count);
	return 0;
}

static int
do_acts(const struct job *job, uint32_t *sum)
{
	struct deed *deeds = actor_calloc(job->act_count + 1, sizeof *deeds);
	struct actor_nursery *kept = NULL;
	int rc;

	if (deeds == NULL)
		return actor_fail(ACTOR_ENOMEM, "no memory for deeds");
	rc = actor_nursery_open(&kept);
	if (rc == 0)
		rc = perform_all(job, deeds, kept);
	for (size_t i = 0; rc == 0 && i < job->act_count; i++)
		*sum += deeds[i].value;
	if (job->stays && (rc == 0 || actor_checkpoint() == 0))
		rc = stay();
	actor_nursery_cancel(kept);
	return actor_nursery_close(kept, rc);
}

/* Nobody would end a root that sticks. */
static int
finish(const struct job *job)
{
	switch (job->ending) {
	case FAILS:
		return actor_fail(ACTOR_EINVAL, "as call %u was told", job->id);
	case RAISES:
		return market_stall_raise_trouble(MARKET_TROUBLE(.id = job->id));
	case EXITS:
		actor_sim_end_process(7 << 8);
	case CRASHES:
		actor_sim_end_process(SIGSEGV);
	case STICKS:
		if (this_process()->parent_pid == 0)
			return actor_sleep_ms(TREE_MS);
		actor_sim_block_ms(UINT32_MAX);
		return 0;
	case SLEEPS:
		return actor_sleep_ms(TREE_MS);
	default:
		return 0;
	}
}

static int
follow(const struct job *job, uint32_t *ret_value)
{
	uint32_t sum = job->value;
	int rc = job->sleep_ms != 0 ? actor_sleep_ms(job->sleep_ms) : 0;

	if (rc == 0 && job->block_ms != 0)
		actor_sim_block_ms(job->block_ms);
	if (rc == 0 && (job->act_count > 0 || job->stays)) {
		rc = do_acts(job, &sum);
		if (rc < 0 && job->is_tolerant)
			rc = 0;
	}
	*ret_value = sum;
	return rc == 0 ? finish(job) : rc;
}

/* Whatever comes of it. */
static int
enter_in_place(void)
{
	struct actor_nursery *nursery = NULL;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = enter(nursery);
	return actor_nursery_close(nursery, rc < 0 ? 0 : rc);
}

static int
work(struct market_stall_state *state, const Market__Order *order, Market__Receipt *receipt)
{
	struct truth *truth = write_begin(order->id);
	struct actor_identity self;
	int rc;

	(void)state;
	observe();
	rc = actor_self(&self);
	receipt->uuid.data = actor_alloc(sizeof self.uid.uuid);
	if (rc == 0 && receipt->uuid.data == NULL)
		rc = actor_fail(ACTOR_ENOMEM, "no memory for a name");
	if (rc == 0) {
		memcpy(receipt->uuid.data, self.uid.uuid, sizeof self.uid.uuid);
		receipt->uuid.len = sizeof self.uid.uuid;
		receipt->pid = (uint32_t)self.pid;
		receipt->id = order->id;
		if (jobs[order->id].enters)
			rc = enter_in_place();
	}
	if (rc == 0)
		rc = follow(&jobs[order->id], &receipt->value);
	truth->value = receipt->value;
	write_down(truth, rc);
	return rc;
}

/* ---- a root ---- */

static const struct tree *
own_tree(void)
{
	const struct actor_program *program = this_process()->program;

	for (size_t i = 1; i < tree_count; i++)
		if (program == &trees[i].program)
			return &trees[i];
	return &trees[0];
}

static int
root(int argc, char **argv)
{
	struct actor_scope scope;
	uint32_t value;
	int rc;

	(void)argc, (void)argv;
	note_root_begins();
	observe();
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = TREE_MS });
	rc = follow(own_tree()->job, &value);
	rc = actor_scope_close(&scope, rc, NULL);
	observe();
	note_root_ends();
	return rc;
}

/* ---- what is left when all is over ---- */

/* A root that did not begin needs a reason. */
static void
check_root(const struct acti_sim_process *process, char *text, size_t size)
{
	const struct actor_program *program = process->program;

	if (process->parent_pid != 0)
		return;
	if (has_ended_too_late(process))
		snprintf(text, size, "%d took long to end", (int)process->pid);
	if (!root_has_begun_or_may_not(process) && process->status == 1 << 8 && are_all_quiet(NULL) &&
	    program->listen == NULL && program->registrar == ACTOR_REGISTRAR_IF_NONE) {
		acti_list_for_each(link, &the_sim()->processes)
			if (acti_container_of(link, struct acti_sim_process, link)->disturbed_ns != 0)
				return;
		snprintf(text, size, "the root %d did not begin", (int)process->pid);
	}
}

void
market_check(char *text, size_t size)
{
	acti_list_for_each(link, &the_sim()->processes)
		check_root(acti_container_of(link, struct acti_sim_process, link), text, size);
	for (size_t i = 0; i < job_count; i++) {
		const struct truth *truth = &truths[i];

		if (truth->started > 1)
			snprintf(text, size, "call %zu was run %u times", i, truth->started);
		if (truth->started > truth->ended && acti_sim_find(the_sim(), truth->pid)->status == 0)
			snprintf(text, size, "call %zu never ended, but its process ended in order", i);
	}
}
