/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run: each simulated process is an actor's whole life (acti_proc_main) on a stack of its own, which is left when
 * its loop would wait.  A process that dies is dropped as it stands, with all of its stacks; its memory is the simulated
 * world's to give back.
 */
#include <disc/discovery.h>
#include <signal.h>
#include <sim/sim.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RUNNER_STACK_SIZE (256u * 1024)
#define HEALTHY_MS 60000
#define STEPS_MAX 2000000
#define ROOT_TITLE "root"

/* The one variable of the process: which simulation this thread runs. */
static _Thread_local struct acti_simulation *current;

/* What a simulated process runs on.  Kept for others when it is over. */
struct runner {
	struct acti_list link;
	struct acti_coroutine coroutine;
	struct acti_sim_process *process;
	struct acti_task *task; /* that ran when it was left */
	void *stack;
	unsigned stack_id;
	bool is_running, is_dropped, has_returned;
	int status;
};

struct acti_simulation *
acti_simulation_current(void)
{
	return current;
}

static struct acti_simulation *
of_sim(struct acti_sim *sim)
{
	return acti_container_of(sim, struct acti_simulation, sim);
}

/* ---- limits that a seed turns ---- */

static struct acti_limits
draw_limits(struct acti_sim *sim)
{
	static const uint32_t dialogs[] = { 0, 1, 2, 5 };
	static const uint32_t queued[] = { 0, 1, 300 };
	struct acti_limits limits = acti_limits_default;
	uint32_t dialogs_max = dialogs[acti_sim_choose(sim, 4)];
	uint32_t queued_max = queued[acti_sim_choose(sim, 3)];

	if (!acti_sim_may(sim, ACTI_SIM_SITE))
		return limits;
	if (dialogs_max != 0)
		limits.dialogs_max = limits.peer_dialogs_max = dialogs_max;
	if (queued_max != 0)
		limits.queued_max = queued_max;
	return limits;
}

/* ---- processes ---- */

static void
run_process(struct acti_coroutine *coroutine)
{
	struct runner *runner = acti_container_of(coroutine, struct runner, coroutine);
	struct acti_sim_process *process = runner->process;
	struct acti_simulation *self = of_sim(process->sim);
	const struct acti_limits limits = draw_limits(&self->sim);
	char title[sizeof process->title];
	char *arguments[] = { title, NULL };
	const struct acti_proc_options options = {
		.argc = 1,
		.argv = arguments,
		.program = process->program,
		.limits = &limits,
		.discovery = &acti_discovery_ops,
	};
	int signal, status;

	memcpy(title, process->title, sizeof title);
	status = acti_proc_main(&process->os, &options, &signal);
	runner->status = signal != 0 ? signal : (status & 0xff) << 8;
	runner->has_returned = true;
	acti_coroutine_leave(coroutine, &self->world);
}

static struct runner *
new_runner(struct acti_simulation *self, struct acti_sim_process *process)
{
	struct acti_list *link = acti_list_pop_front(&self->idle_runners);
	struct runner *runner = link != NULL ? acti_container_of(link, struct runner, link) : NULL;

	if (runner == NULL) {
		runner = calloc(1, sizeof *runner);
		if (runner == NULL)
			abort();
		acti_list_init(&runner->link);
		runner->stack = mmap(NULL, RUNNER_STACK_SIZE, PROT_READ | PROT_WRITE,
		                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
		if (runner->stack == MAP_FAILED)
			abort();
	}
	runner->stack_id = acti_stack_register(runner->stack, RUNNER_STACK_SIZE);
	runner->process = process;
	runner->task = NULL;
	runner->is_running = runner->is_dropped = runner->has_returned = false;
	acti_coroutine_init(&runner->coroutine, runner->stack, RUNNER_STACK_SIZE, run_process);
	process->runner = runner;
	self->process_count++;
	return runner;
}

static void
retire(struct acti_simulation *self, struct runner *runner)
{
	runner->process->runner = NULL;
	acti_stack_unregister(runner->stack, RUNNER_STACK_SIZE, runner->stack_id);
	acti_list_push_back(&self->idle_runners, &runner->link);
}

/* By its own hand, when its time is over or somebody insists: what it has goes with it. */
static bool
ends_by_force(const struct acti_sim_process *process, int status)
{
	return status == SIGKILL || (status < 0x80 && status != 0 && process->signal_count > 1);
}

static void
enter(struct acti_sim_process *process)
{
	struct acti_simulation *self = of_sim(process->sim);
	struct runner *runner = process->runner != NULL ? process->runner : new_runner(self, process);

	self->running = process;
	runner->is_running = true;
	acti_thread_exchange_task(runner->task);
	acti_coroutine_switch(&self->world, &runner->coroutine);
	runner->is_running = false;
	self->running = NULL;
	if (runner->has_returned && ends_by_force(process, runner->status))
		acti_sim_end(process, runner->status);
	else if (runner->has_returned)
		acti_sim_returned(process, runner->status);
	else if (runner->is_dropped)
		retire(self, runner);
}

static void
leave(struct acti_sim_process *process)
{
	struct runner *runner = process->runner;

	runner->task = acti_thread_exchange_task(NULL);
	acti_coroutine_switch(&runner->coroutine, &of_sim(process->sim)->world);
}

static __attribute__((noreturn)) void
abandon(struct acti_sim_process *process)
{
	struct runner *runner = process->runner;

	acti_thread_exchange_task(NULL);
	acti_coroutine_leave(&runner->coroutine, &of_sim(process->sim)->world);
}

/* Its stacks are about to be used for others: the tools that watch stacks must know. */
static void
forget_stacks(struct acti_proc *proc)
{
	struct acti_scheduler *scheduler = &proc->actor.scheduler;

	acti_list_for_each(link, &scheduler->tasks) {
		struct acti_task *task = acti_container_of(link, struct acti_task, all_link);

		acti_stack_unregister(task->stack, task->stack_size, task->stack_id);
	}
	acti_list_for_each(link, &scheduler->idle_stacks) {
		struct acti_task *task = acti_container_of(link, struct acti_task, link);

		acti_stack_unregister(task->stack, task->stack_size, task->stack_id);
	}
}

static void
drop(struct acti_sim_process *process)
{
	struct runner *runner = process->runner;

	if (runner == NULL)
		return;
	if (!runner->has_returned && process->loop_argument != NULL)
		forget_stacks(process->loop_argument);
	runner->is_dropped = true;
	if (!runner->is_running)
		retire(of_sim(process->sim), runner);
}

static void
wrote(struct acti_sim_process *process, int end, const unsigned char *bytes, size_t size)
{
	acti_monitor_wrote(of_sim(process->sim)->monitor, process, end, bytes, size);
}

static struct acti_sim_process *
start_root(struct acti_sim *sim, const struct actor_program *program)
{
	struct acti_sim_process *root = acti_sim_start(sim, ROOT_TITLE);

	root->program = program;
	return root;
}

static void
start(struct acti_sim *sim, size_t which)
{
	struct acti_simulation_root *root = &of_sim(sim)->roots[which];

	root->pid = start_root(sim, root->program)->pid;
}

static const struct acti_sim_hooks hooks = {
	.enter = enter,
	.leave = leave,
	.abandon = abandon,
	.drop = drop,
	.wrote = wrote,
	.start = start,
};

/* ---- what has to hold at the end ---- */

static void
check_processes(struct acti_sim *sim)
{
	acti_list_for_each(link, &sim->processes) {
		const struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);

		if (process->stage == ACTI_SIM_ZOMBIE)
			acti_sim_fail(sim, "%s (pid %d) was never reaped", process->title, (int)process->pid);
		else if (process->stage != ACTI_SIM_REAPED)
			acti_sim_fail(sim, "%s (pid %d) does not end", process->title, (int)process->pid);
	}
}

/* Until nothing moves any more, or too long: what still is there then is a finding. */
static void
run_to_the_end(struct acti_simulation *self)
{
	struct acti_sim *sim = &self->sim;
	uint64_t healthy_ms = self->options->healthy_ms != 0 ? self->options->healthy_ms : HEALTHY_MS;

	while (acti_sim_step(sim)) {
		if (sim->steps > STEPS_MAX)
			acti_sim_fail(sim, "it goes on and on: %llu steps", (unsigned long long)sim->steps);
		if (sim->healed && sim->now_ns > sim->healed_ns + healthy_ms * ACTI_NS_PER_MS)
			break;
	}
	check_processes(sim);
}

static unsigned
kinds(uint32_t faults)
{
	static const unsigned kind_of[ACTI_SIM_FAULTS] = {
		[ACTI_SIM_SIGNAL] = ACTOR_SIM_KILLS,  [ACTI_SIM_PARTIAL] = ACTOR_SIM_STREAMS,
		[ACTI_SIM_DELAY] = ACTOR_SIM_STREAMS, [ACTI_SIM_CLOG] = ACTOR_SIM_STREAMS,
		[ACTI_SIM_RESET] = ACTOR_SIM_BREAKS,  [ACTI_SIM_HALF_CLOSE] = ACTOR_SIM_BREAKS,
		[ACTI_SIM_WRITE] = ACTOR_SIM_BREAKS,  [ACTI_SIM_KILL] = ACTOR_SIM_KILLS,
		[ACTI_SIM_TORN] = ACTOR_SIM_KILLS,    [ACTI_SIM_STOP] = ACTOR_SIM_STOPS,
		[ACTI_SIM_SPAWN] = ACTOR_SIM_SPAWNS,  [ACTI_SIM_BOOT] = ACTOR_SIM_SPAWNS,
		[ACTI_SIM_MEMORY] = ACTOR_SIM_MEMORY, [ACTI_SIM_STACK] = ACTOR_SIM_MEMORY,
		[ACTI_SIM_CLOCK] = ACTOR_SIM_STOPS,   [ACTI_SIM_ORPHAN] = ACTOR_SIM_KILLS,
		[ACTI_SIM_STATUS] = ACTOR_SIM_KILLS,  [ACTI_SIM_SPURIOUS] = ACTOR_SIM_STREAMS,
		[ACTI_SIM_SITE] = ACTOR_SIM_STREAMS,  [ACTI_SIM_CONNECT] = ACTOR_SIM_BREAKS,
	};
	unsigned found = 0;

	for (unsigned i = 0; i < ACTI_SIM_FAULTS; i++)
		if ((faults >> i & 1) != 0)
			found |= kind_of[i];
	return found;
}

static uint32_t
faults_of(unsigned wanted)
{
	uint32_t faults = 0;

	for (unsigned i = 0; i < ACTI_SIM_FAULTS; i++)
		if ((kinds(UINT32_C(1) << i) & wanted) != 0)
			faults |= UINT32_C(1) << i;
	return faults;
}

/* ---- a run ---- */

void
acti_simulation_init(struct acti_simulation *self, const struct actor_sim_options *options)
{
	*self = (struct acti_simulation){ .options = options, .monitor = acti_monitor_new() };
	acti_sim_init(&self->sim, &hooks);
	acti_list_init(&self->idle_runners);
}

void
acti_simulation_fini(struct acti_simulation *self)
{
	acti_sim_fini(&self->sim);
	for (struct acti_list *link; (link = acti_list_pop_front(&self->idle_runners)) != NULL;) {
		struct runner *runner = acti_container_of(link, struct runner, link);

		munmap(runner->stack, RUNNER_STACK_SIZE);
		free(runner);
	}
	acti_monitor_free(self->monitor);
}

static void
report(struct acti_simulation *self, int root_status, struct actor_sim_report *ret_report)
{
	const struct acti_sim *sim = &self->sim;

	*ret_report = (struct actor_sim_report){
		.seed = sim->seed,
		.hash = sim->hash,
		.steps = sim->steps,
		.virtual_ms = (sim->now_ns - sim->start_ns) / ACTI_NS_PER_MS,
		.processes = self->process_count,
		.faults = kinds(sim->fired),
		.root_status = root_status,
	};
	memcpy(ret_report->failure, sim->failure, sizeof ret_report->failure);
}

int
acti_simulation_run(struct acti_simulation *self, uint64_t seed,
                    void (*plan)(struct acti_simulation *self, void *argument), void *argument,
                    struct actor_sim_report *ret_report)
{
	const struct actor_sim_options *options = self->options;
	struct acti_sim *sim = &self->sim;
	struct acti_simulation *before = current;
	struct acti_sim_process *root;

	acti_sim_begin(sim, seed, faults_of(options->faults));
	acti_monitor_reset(self->monitor);
	self->process_count = 0;
	self->root_count = 0;
	current = self;
	if (plan != NULL)
		plan(self, argument);
	if (options->begin != NULL)
		options->begin(options->context);
	for (size_t i = 0; i < self->root_count; i++) {
		self->roots[i].pid = 0;
		acti_sim_start_later(sim, self->roots[i].delay_ns, i);
	}
	root = start_root(sim, options->program);
	run_to_the_end(self);
	report(self, root->status, ret_report);
	if (sim->failure[0] == '\0' && options->check != NULL)
		options->check(options->context, ret_report, ret_report->failure, sizeof ret_report->failure);
	current = before;
	return ret_report->failure[0] == '\0' ? 0 : -1;
}

int
actor_sim_run(const struct actor_sim_options *options, uint64_t seed, struct actor_sim_report *ret_report)
{
	struct acti_simulation *self = malloc(sizeof *self);
	int rc;

	if (self == NULL)
		abort();
	acti_simulation_init(self, options);
	rc = acti_simulation_run(self, seed, NULL, NULL, ret_report);
	acti_simulation_fini(self);
	free(self);
	return rc;
}

/* ---- what endpoints call ---- */

int
actor_sim_is_running(void)
{
	return current != NULL && current->running != NULL;
}

uint32_t
actor_sim_choose(uint32_t count)
{
	return actor_sim_is_running() ? acti_sim_choose(&current->sim, count) : 0;
}

void
actor_sim_block_ms(uint64_t ms)
{
	if (actor_sim_is_running())
		acti_sim_block(current->running, acti_deadline_after_ms(&current->running->os, ms));
}

void
actor_sim_end_process(int status)
{
	struct acti_sim_process *process;

	if (!actor_sim_is_running())
		_Exit(status >> 8);
	process = current->running;
	acti_sim_end(process, status);
	abandon(process);
}
