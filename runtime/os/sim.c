/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated world: decisions, events, time, and its steps.
 *
 * Every decision is a number below a small bound, taken from the seed's generator and kept in a list.  A run that is given
 * such a list takes its decisions from there: so a failure can be shrunk by making the list shorter and its numbers
 * smaller, which the generator would not allow.
 */
#include <errno.h>
#include <os/sim_internal.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define START_NS (1000ull * 1000 * 1000 * 1000)

struct sim_event {
	uint64_t time_ns, sequence;
	enum sim_event_kind kind;
	uint64_t a, b;
};

void
acti_sim_out_of_memory(const void *block)
{
	if (block == NULL)
		abort(); /* the simulator's own; what it simulates fails elsewhere */
}

/* ---- decisions ---- */

static uint64_t
rotate(uint64_t value, int by)
{
	return value << by | value >> (64 - by);
}

/* splitmix64, http://prng.di.unimi.it/splitmix64.c: fills the state of the generator below from a seed. */
static uint64_t
split(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* xoroshiro128++, Blackman and Vigna, http://prng.di.unimi.it. */
uint64_t
acti_sim_draw(struct acti_sim *sim)
{
	uint64_t one = sim->random[0], two = sim->random[1], result = rotate(one + two, 17) + one;

	two ^= one;
	sim->random[0] = rotate(one, 49) ^ two ^ two << 21;
	sim->random[1] = rotate(two, 28);
	return result;
}

static void
record(struct acti_sim *sim, uint32_t decision)
{
	struct acti_sim_decisions *taken = &sim->taken;

	if (taken->count == taken->capacity) {
		taken->capacity = taken->capacity != 0 ? 2 * taken->capacity : 4096;
		taken->at = realloc(taken->at, taken->capacity * sizeof *taken->at);
		acti_sim_out_of_memory(taken->at);
	}
	taken->at[taken->count++] = decision;
}

uint32_t
acti_sim_choose(struct acti_sim *sim, uint32_t count)
{
	uint32_t decision;

	if (count <= 1)
		return 0;
	if (sim->given != NULL)
		decision = sim->taken.count < sim->given_count ? sim->given[sim->taken.count] % count : 0;
	else
		decision = (uint32_t)((acti_sim_draw(sim) >> 32) * count >> 32);
	record(sim, decision);
	return decision;
}

/* The rare case is a number other than 0, so that a shrunk list has none. */
bool
acti_sim_chance(struct acti_sim *sim, uint32_t one_in)
{
	return acti_sim_choose(sim, one_in) == one_in - 1 && one_in > 1;
}

/* 1 and up, each power of two as likely as the next. */
uint64_t
acti_sim_soon_or_late(struct acti_sim *sim, uint32_t bits)
{
	uint32_t power = acti_sim_choose(sim, bits + 1);

	return 1 + acti_sim_choose(sim, 1u << power);
}

/* ---- what happened ---- */

/* FNV-1a over 64-bit words (http://www.isthe.com/chongo/tech/comp/fnv/). */
static void
hash(struct acti_sim *sim, uint64_t word)
{
	sim->hash = (sim->hash ^ word) * 0x100000001b3u;
	sim->hash ^= sim->hash >> 29;
}

void
acti_sim_note(struct acti_sim *sim, const struct acti_sim_process *process, const char *what, uint64_t a, uint64_t b)
{
	hash(sim, sim->now_ns);
	hash(sim, process != NULL ? (uint64_t)process->pid : 0);
	for (const char *c = what; *c != '\0'; c++)
		hash(sim, (unsigned char)*c);
	hash(sim, a);
	hash(sim, b);
	if (sim->trace != NULL)
		fprintf(sim->trace, "%12.6f ms  %-22s %s %llu %llu\n", (double)(sim->now_ns - START_NS) / 1e6,
		        process != NULL ? process->title : "", what, (unsigned long long)a, (unsigned long long)b);
}

void
acti_sim_fail(struct acti_sim *sim, const char *format, ...)
{
	va_list arguments;

	if (sim->failure[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(sim->failure, sizeof sim->failure, format, arguments);
	va_end(arguments);
	if (sim->trace != NULL)
		fprintf(sim->trace, "FAILED: %s\n", sim->failure);
}

/* ---- events of the world ---- */

static bool
is_before(const struct sim_event *one, const struct sim_event *other)
{
	return one->time_ns != other->time_ns ? one->time_ns < other->time_ns : one->sequence < other->sequence;
}

void
acti_sim_event(struct acti_sim *sim, uint64_t time_ns, enum sim_event_kind kind, uint64_t a, uint64_t b)
{
	struct sim_event event = { time_ns, sim->sequence++, kind, a, b };
	size_t place = sim->event_count++;

	if (sim->event_count > sim->event_capacity) {
		sim->event_capacity = sim->event_capacity != 0 ? 2 * sim->event_capacity : 256;
		sim->events = realloc(sim->events, sim->event_capacity * sizeof *sim->events);
		acti_sim_out_of_memory(sim->events);
	}
	while (place > 0 && is_before(&event, &sim->events[(place - 1) / 2])) {
		sim->events[place] = sim->events[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	sim->events[place] = event;
}

static struct sim_event
take_event(struct acti_sim *sim)
{
	struct sim_event first = sim->events[0], last = sim->events[--sim->event_count];
	size_t place = 0, child;

	while ((child = 2 * place + 1) < sim->event_count) {
		if (child + 1 < sim->event_count && is_before(&sim->events[child + 1], &sim->events[child]))
			child++;
		if (!is_before(&sim->events[child], &last))
			break;
		sim->events[place] = sim->events[child];
		place = child;
	}
	if (sim->event_count > 0)
		sim->events[place] = last;
	return first;
}

/* ---- the world's steps ---- */

static void
continue_all(struct acti_sim *sim)
{
	acti_list_for_each(link, &sim->processes)
		acti_container_of(link, struct acti_sim_process, link)->is_stopped = false;
}

void
acti_sim_heal(struct acti_sim *sim)
{
	if (sim->healed)
		return;
	sim->healed = true;
	sim->healed_ns = sim->now_ns;
	acti_sim_note(sim, NULL, "healed", 0, 0);
	continue_all(sim);
}

static void
handle(struct acti_sim *sim, const struct sim_event *event)
{
	switch (event->kind) {
	case SIM_ARRIVE:
		acti_sim_arrived(sim, event->a, event->b);
		break;
	case SIM_END:
		acti_sim_pipe_ended(sim, event->a);
		break;
	case SIM_BOOT:
		acti_sim_boot(acti_sim_find(sim, (pid_t)event->a));
		break;
	case SIM_EXIT:
		acti_sim_exit_is_told(sim, (pid_t)event->a);
		break;
	case SIM_CONTINUE:
		acti_sim_signal(acti_sim_find(sim, (pid_t)event->a), SIGCONT);
		break;
	case SIM_ORPHAN:
		acti_sim_end_orphan(acti_sim_find(sim, (pid_t)event->a));
		break;
	case SIM_JOB: {
		struct acti_sim_process *process = acti_sim_find(sim, (pid_t)event->a);

		if (process->stage == ACTI_SIM_ALIVE)
			process->jobs_ready++;
		break;
	}
	case SIM_HEAL:
		acti_sim_heal(sim);
		break;
	case SIM_START:
		sim->hooks->start(sim, (size_t)event->a);
		break;
	case SIM_CONNECTED:
		acti_sim_connected(sim, event->a);
		break;
	}
}

/* To the next point in time at which something happens; false: nothing will. */
static bool
pass_time(struct acti_sim *sim)
{
	uint64_t next = sim->event_count > 0 ? sim->events[0].time_ns : ACTI_SIM_FOREVER;

	acti_list_for_each(link, &sim->processes) {
		struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);
		uint64_t own =
		    process->blocked_until_ns != 0 ? process->blocked_until_ns : acti_sim_next_timer(process);

		if (process->stage == ACTI_SIM_ALIVE && !process->is_stopped && own < next)
			next = own;
	}
	if (next == ACTI_SIM_FOREVER)
		return false;
	if (next > sim->now_ns)
		sim->now_ns = next;
	return true;
}

static struct acti_sim_process *
pick(struct acti_sim *sim)
{
	struct acti_sim_process *best = NULL;
	uint32_t count = 0;

	acti_list_for_each(link, &sim->processes) {
		struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);

		if (!acti_sim_can_run(process))
			continue;
		count++;
		if (best == NULL || (sim->policy == ACTI_SIM_PRIORITY && process->priority > best->priority) ||
		    sim->policy == ACTI_SIM_LIFO || (sim->policy == ACTI_SIM_RANDOM && acti_sim_chance(sim, count)))
			best = process;
	}
	return best;
}

/* Time passes while a process runs, so that two timers of one length do not fire together for ever. */
static void
enter(struct acti_sim *sim, struct acti_sim_process *process)
{
	sim->now_ns += (1 + acti_sim_choose(sim, 16)) * NS_PER_US;
	process->is_running = true;
	sim->hooks->enter(process);
	process->is_running = false;
}

bool
acti_sim_step(struct acti_sim *sim)
{
	struct acti_sim_process *next;

	if (sim->failure[0] != '\0')
		return false;
	while (sim->event_count > 0 && sim->events[0].time_ns <= sim->now_ns) {
		struct sim_event event = take_event(sim);

		handle(sim, &event);
	}
	acti_sim_inject(sim);
	next = pick(sim);
	if (next == NULL)
		return pass_time(sim);
	enter(sim, next);
	return true;
}

/* ---- a run ---- */

void
acti_sim_init(struct acti_sim *sim, const struct acti_sim_hooks *hooks)
{
	*sim = (struct acti_sim){ .hooks = hooks };
	acti_list_init(&sim->processes);
	acti_list_init(&sim->idle_stacks);
}

static void
drop_all(struct acti_sim *sim)
{
	acti_list_for_each(link, &sim->processes) {
		struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);

		process->parent = NULL;
		acti_sim_end(process, SIGKILL);
	}
	for (struct acti_list *link; (link = acti_list_pop_front(&sim->processes)) != NULL;)
		free(acti_container_of(link, struct acti_sim_process, link));
	acti_sim_streams_reset(sim);
}

void
acti_sim_begin(struct acti_sim *sim, uint64_t seed, uint32_t allowed)
{
	struct acti_list stacks;
	struct acti_sim kept;

	drop_all(sim);
	acti_list_init(&stacks);
	acti_list_splice(&stacks, &sim->idle_stacks);
	kept = *sim;
	*sim = (struct acti_sim){
		.hooks = kept.hooks,
		.seed = seed,
		.taken = { .at = kept.taken.at, .capacity = kept.taken.capacity },
		.given = kept.given,
		.given_count = kept.given_count,
		.now_ns = START_NS,
		.start_ns = START_NS,
		.trace = kept.trace,
		.last_pid = 1000,
		.ends = kept.ends,
		.end_capacity = kept.end_capacity,
		.pipes = kept.pipes,
		.pipe_capacity = kept.pipe_capacity,
		.names = kept.names,
		.name_capacity = kept.name_capacity,
		.events = kept.events,
		.event_capacity = kept.event_capacity,
	};
	acti_list_init(&sim->processes);
	acti_list_init(&sim->idle_stacks);
	acti_list_splice(&sim->idle_stacks, &stacks);
	sim->random[0] = split(&seed);
	sim->random[1] = split(&seed);
	acti_sim_plan(sim, allowed);
}

void
acti_sim_fini(struct acti_sim *sim)
{
	drop_all(sim);
	acti_sim_stacks_free(sim);
	acti_sim_streams_free(sim);
	free(sim->events);
	free(sim->taken.at);
}
