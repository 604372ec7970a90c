/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated world: decisions, time, processes and their memory.
 *
 * Every decision is a number below a small bound, taken from the seed's generator and kept in a list.  A run that is given
 * such a list takes its decisions from there: so a failure can be shrunk by making the list shorter and its numbers
 * smaller, which the generator would not allow.
 *
 * Faults are planned by step, call or allocation number, drawn log-uniformly, so that the beginning of a run (a spawn,
 * a handshake) is hit as often as all the rest.
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
#define LATEST_STEP_BITS 11
#define ORPHAN_MS 8000 /* for who has lost its parent: the bytes may be late, and then it has its budget */
#define PROCESSORS 2
#define ROOT_ALLOCATIONS 40 /* about as many as it takes for a root to start: a failure there ends the run */

struct sim_event {
	uint64_t time_ns, sequence;
	enum sim_event_kind kind;
	uint64_t a, b;
};

static void
out_of_memory(const void *block)
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
static uint64_t
draw(struct acti_sim *sim)
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
		out_of_memory(taken->at);
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
		decision = (uint32_t)((draw(sim) >> 32) * count >> 32);
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
static uint64_t
soon_or_late(struct acti_sim *sim, uint32_t bits)
{
	uint32_t power = acti_sim_choose(sim, bits + 1);

	return 1 + acti_sim_choose(sim, 1u << power);
}

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
		out_of_memory(sim->events);
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

/* ---- memory ---- */

struct block {
	struct acti_list link;
	size_t size;
	struct acti_sim_process *owner;
} __attribute__((aligned(16)));

/* Kept for the next that wants one, in this run or a later one. */
struct stack {
	struct acti_list link;
	void *memory;
	size_t size;
};

static struct acti_sim_process *
of_memory(struct acti_memory *memory)
{
	return acti_container_of(memory, struct acti_sim_process, os.memory);
}

struct acti_sim_process *
acti_sim_of(struct acti_os *os)
{
	return acti_container_of(os, struct acti_sim_process, os);
}

static bool
allocation_fails(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;
	uint64_t number = ++sim->allocations;

	if (sim->allocation_at == 0 || !acti_sim_may(sim, ACTI_SIM_MEMORY))
		return false;
	if (number != sim->allocation_at && !(sim->allocations_from && number > sim->allocation_at))
		return false;
	acti_sim_note(sim, process, "allocation fails", number, 0);
	process->memory_failed = true;
	return acti_sim_on(sim, ACTI_SIM_MEMORY);
}

static void *
allocate(struct acti_memory *memory, size_t size)
{
	struct acti_sim_process *process = of_memory(memory);
	struct block *block;

	if (allocation_fails(process))
		return NULL;
	block = malloc(sizeof *block + size);
	out_of_memory(block);
	block->size = size;
	block->owner = process;
	acti_list_push_back(&process->blocks, &block->link);
	memory->in_use = process->bytes += size;
	return block + 1;
}

static void
release(struct acti_memory *memory, void *memory_block)
{
	struct acti_sim_process *process = of_memory(memory);
	struct block *block;

	if (memory_block == NULL)
		return;
	block = (struct block *)memory_block - 1;
	if (block->owner != process)
		acti_sim_fail(process->sim, "%s releases memory that is not its own", process->title);
	acti_list_remove(&block->link);
	memory->in_use = process->bytes -= block->size;
	free(block);
}

static struct stack *
take_stack(struct acti_sim *sim, size_t size)
{
	struct acti_list *link = acti_list_pop_front(&sim->idle_stacks);
	struct stack *stack;

	if (link != NULL) {
		stack = acti_container_of(link, struct stack, link);
		if (stack->size != size)
			abort(); /* there is one size of stacks */
		return stack;
	}
	stack = malloc(sizeof *stack);
	out_of_memory(stack);
	stack->size = size;
	stack->memory =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack->memory == MAP_FAILED)
		abort();
	return stack;
}

static void *
stack_map(struct acti_os *os, size_t size)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct stack *stack;

	if (++sim->stacks == sim->stack_at && acti_sim_on(sim, ACTI_SIM_STACK)) {
		acti_sim_note(sim, process, "a stack cannot be mapped", sim->stacks, 0);
		process->memory_failed = true;
		return NULL;
	}
	stack = take_stack(sim, size);
	acti_list_push_back(&process->stacks, &stack->link);
	process->stack_count++;
	return stack->memory;
}

static void
give_back(struct acti_sim_process *process, struct stack *stack)
{
	acti_list_remove(&stack->link);
	process->stack_count--;
	acti_list_push_back(&process->sim->idle_stacks, &stack->link);
}

static void
stack_unmap(struct acti_os *os, void *memory, size_t size)
{
	struct acti_sim_process *process = acti_sim_of(os);

	(void)size;
	acti_list_for_each(link, &process->stacks) {
		struct stack *stack = acti_container_of(link, struct stack, link);

		if (stack->memory == memory) {
			give_back(process, stack);
			return;
		}
	}
	acti_sim_fail(process->sim, "%s unmaps a stack that is not its own", process->title);
}

static void
drop_memory(struct acti_sim_process *process)
{
	for (struct acti_list *link; (link = acti_list_pop_front(&process->blocks)) != NULL;)
		free(acti_container_of(link, struct block, link));
	while (!acti_list_is_empty(&process->stacks))
		give_back(process, acti_container_of(process->stacks.next, struct stack, link));
	process->bytes = 0;
}

/* ---- timers ---- */

static uint64_t
now_ns(struct acti_os *os)
{
	return acti_sim_of(os)->sim->now_ns;
}

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

static void
timer_stop(struct acti_os *os, struct acti_timer *timer)
{
	(void)os;
	acti_list_remove(link_in(timer->storage));
}

/* Behind those of the same time. */
static void
timer_start(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_list *before;

	timer_stop(os, timer);
	timer->os = os;
	timer->deadline_ns = deadline_ns;
	before = process->timers.next;
	while (before != &process->timers && timer_at(before)->deadline_ns <= deadline_ns)
		before = before->next;
	acti_list_push_back(before, link_in(timer->storage));
}

static uint64_t
next_timer(const struct acti_sim_process *process)
{
	return acti_list_is_empty(&process->timers) ? ACTI_SIM_FOREVER : timer_at(process->timers.next)->deadline_ns;
}

/* ---- signals ---- */

static struct acti_signal *
signal_at(struct acti_list *link)
{
	return acti_container_of(link, struct acti_signal, storage);
}

static int
signal_start(struct acti_os *os, struct acti_signal *signal, int number)
{
	signal->os = os;
	signal->number = number;
	acti_list_push_back(&acti_sim_of(os)->signals, link_in(signal->storage));
	return 0;
}

static void
signal_stop(struct acti_os *os, struct acti_signal *signal)
{
	(void)os;
	acti_list_remove(link_in(signal->storage));
}

static bool
takes_signal(const struct acti_sim_process *process, int number)
{
	acti_list_for_each(link, &process->signals)
		if (signal_at(link)->number == number)
			return true;
	return false;
}

static const char *
signal_text(int number)
{
	switch (number) {
	case SIGKILL:
		return "SIGKILL";
	case SIGTERM:
		return "SIGTERM";
	case SIGINT:
		return "SIGINT";
	case SIGSTOP:
		return "SIGSTOP";
	case SIGCONT:
		return "SIGCONT";
	default:
		return "signal";
	}
}

void
acti_sim_signal(struct acti_sim_process *process, int number)
{
	if (process->stage > ACTI_SIM_ALIVE)
		return;
	acti_sim_note(process->sim, process, signal_text(number), (uint64_t)number, 0);
	if (number == SIGSTOP || number == SIGCONT)
		process->is_stopped = number == SIGSTOP, process->disturbed_ns = process->sim->now_ns;
	else if (number != SIGKILL && takes_signal(process, number))
		process->pending_signals |= UINT64_C(1) << number, process->signal_count++;
	else
		acti_sim_end(process, number);
}

/* ---- processes ---- */

static const struct acti_os_ops sim_ops;

struct acti_sim_process *
acti_sim_find(struct acti_sim *sim, pid_t pid)
{
	acti_list_for_each(link, &sim->processes) {
		struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);

		if (process->pid == pid)
			return process;
	}
	return NULL;
}

/* Nothing here is ever copied by fork(). */
static const uint32_t original = 1;

static struct acti_sim_process *
new_process(struct acti_sim *sim, struct acti_sim_process *parent, const char *title)
{
	struct acti_sim_process *process = calloc(1, sizeof *process);

	out_of_memory(process);
	process->os.memory = (struct acti_memory){ .allocate = allocate, .release = release };
	process->os.ops = &sim_ops;
	process->os.is_original = &original;
	process->sim = sim;
	process->pid = ++sim->last_pid;
	process->parent = parent;
	process->parent_pid = parent != NULL ? parent->pid : 0;
	process->link_end = -1;
	process->status = -1;
	process->has_death_signal = parent != NULL;
	process->program = parent != NULL ? parent->program : NULL;
	process->priority = acti_sim_choose(sim, 1000);
	snprintf(process->title, sizeof process->title, "%s", title);
	acti_list_init(&process->blocks);
	acti_list_init(&process->stacks);
	acti_list_init(&process->timers);
	acti_list_init(&process->watches);
	acti_list_init(&process->signals);
	acti_list_init(&process->jobs);
	acti_list_push_back(&sim->processes, &process->link);
	return process;
}

struct acti_sim_process *
acti_sim_start(struct acti_sim *sim, const char *title)
{
	struct acti_sim_process *process = new_process(sim, NULL, title);

	process->stage = ACTI_SIM_ALIVE;
	process->wants_turn = true;
	return process;
}

void
acti_sim_start_later(struct acti_sim *sim, uint64_t delay_ns, size_t which)
{
	acti_sim_event(sim, sim->now_ns + delay_ns, SIM_START, which, 0);
}

/* Its children, told by the kernel, or left to see their link end. */
static void
orphan(struct acti_sim_process *parent)
{
	struct acti_sim *sim = parent->sim;

	acti_list_for_each(link, &sim->processes) {
		struct acti_sim_process *child = acti_container_of(link, struct acti_sim_process, link);

		if (child->parent != parent)
			continue;
		child->parent = NULL;
		child->orphaned_ns = sim->now_ns;
		if (child->stage == ACTI_SIM_ZOMBIE) {
			child->stage = ACTI_SIM_REAPED; /* by init */
		} else if (child->stage < ACTI_SIM_ZOMBIE && child->has_death_signal) {
			acti_sim_note(sim, child, "its parent died", (uint64_t)parent->pid, 0);
			acti_sim_end(child, SIGKILL);
		} else if (child->stage < ACTI_SIM_ZOMBIE) {
			acti_sim_event(sim, sim->now_ns + (uint64_t)acti_sim_choose(sim, 20000) * ACTI_NS_PER_MS,
			               SIM_ORPHAN, (uint64_t)child->pid, 0);
		}
	}
}

/*
 * The process is over; what it held goes, whatever it was doing.  Within one machine its death is not known before what it
 * wrote can be read: so it is told when the last byte has arrived, or later.
 */
static void
end(struct acti_sim_process *process, int status)
{
	struct acti_sim *sim = process->sim;
	uint64_t late_ns = 0, told_ns;

	process->stage = ACTI_SIM_ZOMBIE;
	process->status = status;
	process->ended_ns = sim->now_ns;
	acti_sim_note(sim, process, "ended", (uint64_t)status, 0);
	acti_list_init(&process->timers);
	acti_list_init(&process->signals);
	acti_list_init(&process->jobs);
	acti_sim_close_all(process);
	told_ns = process->heard_ns > sim->now_ns ? process->heard_ns : sim->now_ns;
	sim->hooks->drop(process);
	drop_memory(process);
	if (process->parent == NULL)
		process->stage = ACTI_SIM_REAPED;
	else if (acti_sim_may(sim, ACTI_SIM_DELAY) && acti_sim_choose(sim, 4) == 3 && acti_sim_on(sim, ACTI_SIM_DELAY))
		late_ns = soon_or_late(sim, 19) * NS_PER_US;
	if (process->parent != NULL)
		acti_sim_event(sim, told_ns + late_ns, SIM_EXIT, (uint64_t)process->pid, 0);
	orphan(process);
}

void
acti_sim_end(struct acti_sim_process *process, int status)
{
	if (process->stage < ACTI_SIM_ZOMBIE)
		end(process, status);
}

static void
check_names(const struct acti_sim_process *process)
{
	bool listens;
	const char *path = acti_sim_name_left(process, &listens);

	if (path != NULL)
		acti_sim_fail(process->sim, "%s ended and %s %s", process->title, listens ? "still listens at" : "left",
		              path);
}

/* An end in order must leave nothing: what the process held is counted before it goes. */
void
acti_sim_returned(struct acti_sim_process *process, int status)
{
	struct acti_sim *sim = process->sim;

	if (process->bytes != 0 || process->stack_count != 0)
		acti_sim_fail(sim, "%s ended with %zu bytes and %zu stacks in use", process->title, process->bytes,
		              process->stack_count);
	check_names(process);
	if (process->descriptors > (process->link_end >= 0 && !process->has_taken_link ? 1 : 0))
		acti_sim_fail(sim, "%s ended with %zu descriptors open", process->title, process->descriptors);
	if (!acti_list_is_empty(&process->timers) || !acti_list_is_empty(&process->watches) ||
	    !acti_list_is_empty(&process->signals))
		acti_sim_fail(sim, "%s ended with a timer, a watch or a signal running", process->title);
	acti_list_for_each(link, &sim->processes) {
		struct acti_sim_process *child = acti_container_of(link, struct acti_sim_process, link);

		if (child->parent == process)
			acti_sim_fail(sim, "%s ended before its child %s was reaped", process->title, child->title);
	}
	end(process, status);
}

void
acti_sim_block(struct acti_sim_process *process, uint64_t until_ns)
{
	process->blocked_until_ns = until_ns;
	acti_sim_note(process->sim, process, "blocks", until_ns, 0);
	while (process->sim->now_ns < until_ns)
		process->sim->hooks->leave(process);
	process->blocked_until_ns = 0;
	process->disturbed_ns = process->sim->now_ns;
}

void
acti_sim_dies_here(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;

	if (++sim->calls != sim->torn_call || !acti_sim_on(sim, ACTI_SIM_TORN))
		return;
	process->by_fault = true;
	end(process, SIGKILL);
	sim->hooks->abandon(process);
}

static const struct {
	int error;
	const char *step;
} spawn_errors[] = {
	{ EMFILE, "socketpair" }, { ENOMEM, "clone" },   { EAGAIN, "clone" },   { ENOENT, "execve" },
	{ EACCES, "execve" },     { ENOEXEC, "execve" }, { ETXTBSY, "execve" }, { E2BIG, "execve" },
};

static int
spawn(struct acti_os *os, const struct acti_spawn *plan, struct acti_process *ret_process, int *ret_link,
      const char **ret_step)
{
	struct acti_sim_process *parent = acti_sim_of(os), *child;
	struct acti_sim *sim = parent->sim;
	uint64_t late_ns;

	acti_sim_dies_here(parent);
	if (++sim->spawns == sim->spawn_number && acti_sim_on(sim, ACTI_SIM_SPAWN)) {
		uint32_t which = acti_sim_choose(sim, sizeof spawn_errors / sizeof spawn_errors[0]);

		*ret_step = spawn_errors[which].step;
		acti_sim_note(sim, parent, "a spawn fails", (uint64_t)spawn_errors[which].error, 0);
		return -spawn_errors[which].error;
	}
	child = new_process(sim, parent, plan->title);
	if (plan->executable != NULL)
		snprintf(child->executable, sizeof child->executable, "%s", plan->executable);
	if (acti_sim_may(sim, ACTI_SIM_ORPHAN) && acti_sim_choose(sim, 2) == 1 && acti_sim_on(sim, ACTI_SIM_ORPHAN))
		child->has_death_signal = false;
	acti_sim_pair(parent, child, ret_link, &child->link_end);
	*ret_process = (struct acti_process){
		.pid = child->pid,
		.pidfd = acti_sim_open_pidfd(parent, child),
		.crash_fd = -1,
	};
	late_ns = acti_sim_choose(sim, 1000) * NS_PER_US;
	if (acti_sim_may(sim, ACTI_SIM_BOOT) && acti_sim_choose(sim, 8) == 7 && acti_sim_on(sim, ACTI_SIM_BOOT))
		late_ns = soon_or_late(sim, 24) * NS_PER_US;
	acti_sim_event(sim, sim->now_ns + late_ns, SIM_BOOT, (uint64_t)child->pid, 0);
	acti_sim_note(sim, parent, "spawns", (uint64_t)child->pid, 0);
	acti_sim_dies_here(parent);
	return 0;
}

static int
process_reap(struct acti_os *os, struct acti_process *process, int *ret_status)
{
	struct acti_sim_process *self = acti_sim_of(os);
	struct acti_sim *sim = self->sim;
	struct acti_sim_process *child = acti_sim_pidfd_process(sim, process->pidfd);

	if (child == NULL || child->parent != self) {
		acti_sim_fail(sim, "%s reaps %d, which is no child of its", self->title, (int)process->pid);
		return -ECHILD;
	}
	if (!acti_sim_pidfd_is_told(sim, process->pidfd))
		return -EAGAIN;
	if (child->stage == ACTI_SIM_REAPED)
		acti_sim_fail(sim, "%s reaps %s twice", self->title, child->title);
	child->stage = ACTI_SIM_REAPED;
	child->parent = NULL;
	acti_sim_note(sim, self, "reaps", (uint64_t)child->pid, 0);
	if (acti_sim_may(sim, ACTI_SIM_STATUS) && acti_sim_choose(sim, 4) == 3 && acti_sim_on(sim, ACTI_SIM_STATUS))
		return -ECHILD;
	*ret_status = child->status;
	return 0;
}

static int
process_kill(struct acti_os *os, const struct acti_process *process, int signal)
{
	struct acti_sim_process *self = acti_sim_of(os), *child;

	acti_sim_dies_here(self);
	child = acti_sim_pidfd_process(self->sim, process->pidfd);
	if (child == NULL || child->stage == ACTI_SIM_REAPED)
		return -ESRCH;
	if (child->stage < ACTI_SIM_ZOMBIE)
		child->by_order = true;
	acti_sim_signal(child, signal);
	return 0;
}

static void
process_close(struct acti_os *os, struct acti_process *process)
{
	if (process->pidfd >= 0)
		acti_sim_close(os, process->pidfd);
	process->pidfd = -1;
}

static __attribute__((noreturn)) void
end_copy(struct acti_os *os)
{
	(void)os;
	abort();
}

/* ---- crashes: who dies here leaves no more than a status ---- */

static void
crash_find(struct acti_os *os, void (*find)(struct acti_crash_place *ret_place))
{
	(void)os, (void)find;
}

static int
crash_read(struct acti_os *os, const struct acti_process *process, int status, struct acti_crash *ret_crash)
{
	(void)os, (void)process, (void)status, (void)ret_crash;
	return -ENODATA;
}

static int
crash_trace(struct acti_os *os, const struct acti_process *process, struct acti_process *ret_tracer, int *ret_output)
{
	(void)os, (void)process, (void)ret_tracer, (void)ret_output;
	return -ENOSYS;
}

static void
process_end(struct acti_os *os, struct acti_process *process)
{
	struct acti_sim *sim = acti_sim_of(os)->sim;
	struct acti_sim_process *child = acti_sim_pidfd_process(sim, process->pidfd);

	child->by_order = true;
	acti_sim_end(child, SIGKILL);
	child->stage = ACTI_SIM_REAPED;
	child->parent = NULL;
	process_close(os, process);
}

/* ---- the rest of the table ---- */

/* Its line would go to the log, which nobody reads here. */
static void
watchdog_wake(struct acti_os *os, struct acti_watchdog *dog)
{
	(void)os;
	dog->is_awake = true;
}

static void
watchdog_end(struct acti_os *os)
{
	(void)os;
}

static struct acti_list *
job_link(struct acti_job *job)
{
	return (struct acti_list *)(void *)job->storage;
}

/* Other threads are not simulated: the work is done, at once, when its end is due. */
static int
job_start(struct acti_os *os, struct acti_job *job, uint32_t threads_max)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;

	(void)threads_max;
	job->os = os;
	acti_list_init(job_link(job));
	acti_list_push_back(&process->jobs, job_link(job));
	acti_sim_event(sim, sim->now_ns + soon_or_late(sim, 20) * NS_PER_US, SIM_JOB, (uint64_t)process->pid, 0);
	return 0;
}

static bool
job_withdraw(struct acti_os *os, struct acti_job *job)
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
static int
loop_run(struct acti_os *os, bool (*turn)(void *argument), void *argument)
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

static void
loop_stop(struct acti_os *os)
{
	acti_sim_of(os)->loop_stopped = true;
}

static int
inherited_link(struct acti_os *os)
{
	acti_sim_of(os)->has_taken_link = true;
	return acti_sim_of(os)->link_end;
}

static pid_t
own_pid(struct acti_os *os)
{
	return acti_sim_of(os)->pid;
}

static uid_t
user(struct acti_os *os)
{
	(void)os;
	return ACTI_SIM_USER;
}

static uint32_t
processors(struct acti_os *os)
{
	(void)os;
	return PROCESSORS;
}

static uint64_t
build(struct acti_os *os)
{
	(void)os;
	return 1;
}

static void
title(struct acti_os *os, const char *text)
{
	struct acti_sim_process *process = acti_sim_of(os);

	snprintf(process->title, sizeof process->title, "%s", text);
}

static int
random_bytes(struct acti_os *os, void *bytes, size_t size)
{
	unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		at[i] = (unsigned char)(draw(acti_sim_of(os)->sim) >> 56);
	return 0;
}

static const char *
variable(struct acti_os *os, const char *name)
{
	(void)os;
	return strcmp(name, "XDG_RUNTIME_DIR") == 0 ? "/run" : NULL;
}

static void
log_line(struct acti_os *os, const char *line, size_t size)
{
	struct acti_sim_process *process = acti_sim_of(os);

	if (process->sim->trace != NULL)
		fprintf(process->sim->trace, "%15s  %-22s says: %.*s", "", process->title, (int)size, line);
}

static void
notify(struct acti_os *os, const char *state)
{
	acti_sim_note(acti_sim_of(os)->sim, acti_sim_of(os), state, 0, 0);
}

static uint32_t
choose(struct acti_os *os, uint32_t count)
{
	struct acti_sim *sim = acti_sim_of(os)->sim;

	switch (sim->task_policy) {
	case ACTI_SIM_LIFO:
		return count - 1;
	case ACTI_SIM_RANDOM:
		return acti_sim_choose(sim, count);
	default:
		return 0;
	}
}

/* A quarter of the fault points is live in a run, and those fire every fourth time. */
static bool
fault(struct acti_os *os, const char *site)
{
	struct acti_sim *sim = acti_sim_of(os)->sim;
	uint32_t mixed = sim->sites_seed;

	if (!acti_sim_may(sim, ACTI_SIM_SITE))
		return false;
	for (const char *c = site; *c != '\0'; c++)
		mixed = (mixed ^ (unsigned char)*c) * 0x01000193u;
	return (mixed >> 13) % 4 == 0 && acti_sim_choose(sim, 4) == 3 && acti_sim_on(sim, ACTI_SIM_SITE);
}

static const struct acti_os_ops sim_ops = {
	.now_ns = now_ns,
	.loop_run = loop_run,
	.loop_stop = loop_stop,
	.watch_start = acti_sim_watch_start,
	.watch_change = acti_sim_watch_change,
	.watch_stop = acti_sim_watch_stop,
	.timer_start = timer_start,
	.timer_stop = timer_stop,
	.signal_start = signal_start,
	.signal_stop = signal_stop,
	.watchdog_wake = watchdog_wake,
	.watchdog_end = watchdog_end,
	.job_start = job_start,
	.job_withdraw = job_withdraw,
	.read = acti_sim_read,
	.read_from_stranger = acti_sim_read,
	.write = acti_sim_write,
	.close = acti_sim_close,
	.shutdown = acti_sim_shutdown,
	.is_half_closed = acti_sim_is_half_closed,
	.socket_directory = acti_sim_socket_directory,
	.socket_directory_sweep = acti_sim_socket_directory_sweep,
	.socket_remove = acti_sim_socket_remove,
	.listen = acti_sim_listen,
	.inherited_listener = acti_sim_inherited_listener,
	.listen_end = acti_sim_listen_end,
	.accept = acti_sim_accept,
	.connect = acti_sim_connect,
	.spawn = spawn,
	.process_reap = process_reap,
	.process_kill = process_kill,
	.process_close = process_close,
	.process_end = process_end,
	.crash_find = crash_find,
	.crash_read = crash_read,
	.crash_trace = crash_trace,
	.inherited_link = inherited_link,
	.pid = own_pid,
	.user = user,
	.processors = processors,
	.build = build,
	.title = title,
	.stack_map = stack_map,
	.stack_unmap = stack_unmap,
	.random = random_bytes,
	.variable = variable,
	.log = log_line,
	.notify = notify,
	.end_copy = end_copy,
	.choose = choose,
	.fault = fault,
};

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
		timer_stop(&process->os, wake->timer);
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

static bool
can_run(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;
	struct wake wakes[WAKES_MAX];

	if (process->stage != ACTI_SIM_ALIVE || process->is_stopped)
		return false;
	if (process->blocked_until_ns != 0)
		return process->blocked_until_ns <= sim->now_ns;
	return process->wants_turn || list_wakes(process, wakes) > 0;
}

/* ---- the world's steps ---- */

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
	acti_sim_event(sim, sim->now_ns + soon_or_late(sim, 22) * NS_PER_US, SIM_CONTINUE, (uint64_t)victim->pid, 0);
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

static bool
is_planned(const uint64_t *plan, size_t count, uint64_t step)
{
	for (size_t i = 0; i < count; i++)
		if (plan[i] == step)
			return true;
	return false;
}

static void
inject(struct acti_sim *sim)
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
		acti_sim_clog_random(sim);
	if (step == sim->jump_step && acti_sim_on(sim, ACTI_SIM_CLOCK)) {
		sim->now_ns += soon_or_late(sim, 30) * NS_PER_US;
		acti_sim_note(sim, NULL, "the clock jumps", 0, 0);
	}
	if (is_planned(sim->change_steps, 3, step) && sim->policy == ACTI_SIM_PRIORITY)
		acti_list_for_each(link, &sim->processes)
			acti_container_of(link, struct acti_sim_process, link)->priority = acti_sim_choose(sim, 1000);
}

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
boot(struct acti_sim_process *process)
{
	if (process->stage != ACTI_SIM_SPAWNED)
		return;
	process->stage = ACTI_SIM_ALIVE;
	process->wants_turn = true;
}

/* It should have seen the end of its link by now, and gone by itself. */
static void
end_orphan(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;
	uint64_t alone_ms = (sim->now_ns - process->orphaned_ns) / ACTI_NS_PER_MS;

	if (process->stage == ACTI_SIM_ALIVE && alone_ms > ORPHAN_MS && process->disturbed_ns < process->orphaned_ns &&
	    !process->is_stopped && process->blocked_until_ns == 0 &&
	    (sim->fired & (1u << ACTI_SIM_CLOG | 1u << ACTI_SIM_CLOCK)) == 0)
		acti_sim_fail(sim, "%s goes on for %llu ms without its parent", process->title,
		              (unsigned long long)alone_ms);
	acti_sim_end(process, SIGKILL);
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
		boot(acti_sim_find(sim, (pid_t)event->a));
		break;
	case SIM_EXIT:
		acti_sim_exit_is_told(sim, (pid_t)event->a);
		break;
	case SIM_CONTINUE:
		acti_sim_signal(acti_sim_find(sim, (pid_t)event->a), SIGCONT);
		break;
	case SIM_ORPHAN:
		end_orphan(acti_sim_find(sim, (pid_t)event->a));
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
		uint64_t own = process->blocked_until_ns != 0 ? process->blocked_until_ns : next_timer(process);

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

		if (!can_run(process))
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
	inject(sim);
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

static void
plan_steps(struct acti_sim *sim, uint64_t *steps, size_t count, enum acti_sim_fault fault)
{
	for (size_t i = 0; i < count; i++)
		steps[i] = (sim->faults >> fault & 1) != 0 && acti_sim_choose(sim, 2) == 1
		               ? soon_or_late(sim, LATEST_STEP_BITS)
		               : 0;
}

static uint64_t
plan_one(struct acti_sim *sim, enum acti_sim_fault fault, uint32_t bits)
{
	return (sim->faults >> fault & 1) != 0 ? soon_or_late(sim, bits) : 0;
}

/* A run without sockets takes no decision about them. */
void
acti_sim_plan_sockets(struct acti_sim *sim)
{
	if (sim->sockets_allowed != 0 && acti_sim_choose(sim, 2) == 1)
		sim->faults |= sim->sockets_allowed;
	sim->sockets_allowed = 0;
}

static void
plan(struct acti_sim *sim, uint32_t allowed)
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
		sim->change_steps[i] = soon_or_late(sim, LATEST_STEP_BITS);
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
	sim->pipe_limit = (sim->faults >> ACTI_SIM_PARTIAL & 1) != 0 ? 15 + soon_or_late(sim, 16) : 200 * 1024;
	sim->heal_ns = sim->now_ns + soon_or_late(sim, 23) * NS_PER_US;
	acti_sim_event(sim, sim->heal_ns, SIM_HEAL, 0, 0);
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
	plan(sim, allowed);
}

void
acti_sim_fini(struct acti_sim *sim)
{
	drop_all(sim);
	for (struct acti_list *link; (link = acti_list_pop_front(&sim->idle_stacks)) != NULL;) {
		struct stack *stack = acti_container_of(link, struct stack, link);

		munmap(stack->memory, stack->size);
		free(stack);
	}
	acti_sim_streams_free(sim);
	free(sim->events);
	free(sim->taken.at);
}
