/* SPDX-License-Identifier: BSD-2-Clause */
/* Simulated processes: their start, what signals do to them, and their ends. */
#include <errno.h>
#include <os/sim_internal.h>
#include <signal.h>
#include <stdlib.h>

#define ORPHAN_MS 8000 /* for who has lost its parent: the bytes may be late, and then it has its budget */

/* ---- signals ---- */

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
	else if (number != SIGKILL && acti_sim_takes_signal(process, number))
		process->pending_signals |= UINT64_C(1) << number, process->signal_count++;
	else
		acti_sim_end(process, number);
}

/* ---- processes ---- */

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

	acti_sim_out_of_memory(process);
	process->os.memory = (struct acti_memory){ .allocate = acti_sim_allocate, .release = acti_sim_release };
	process->os.ops = &acti_sim_ops;
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
	acti_sim_drop_memory(process);
	if (process->parent == NULL)
		process->stage = ACTI_SIM_REAPED;
	else if (acti_sim_may(sim, ACTI_SIM_DELAY) && acti_sim_choose(sim, 4) == 3 && acti_sim_on(sim, ACTI_SIM_DELAY))
		late_ns = acti_sim_soon_or_late(sim, 19) * NS_PER_US;
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

int
acti_sim_spawn(struct acti_os *os, const struct acti_spawn *plan, struct acti_process *ret_process, int *ret_link,
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
		late_ns = acti_sim_soon_or_late(sim, 24) * NS_PER_US;
	acti_sim_event(sim, sim->now_ns + late_ns, SIM_BOOT, (uint64_t)child->pid, 0);
	acti_sim_note(sim, parent, "spawns", (uint64_t)child->pid, 0);
	acti_sim_dies_here(parent);
	return 0;
}

int
acti_sim_process_reap(struct acti_os *os, struct acti_process *process, int *ret_status)
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

int
acti_sim_process_kill(struct acti_os *os, const struct acti_process *process, int signal)
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

void
acti_sim_process_close(struct acti_os *os, struct acti_process *process)
{
	if (process->pidfd >= 0)
		acti_sim_close(os, process->pidfd);
	process->pidfd = -1;
}

void
acti_sim_process_end(struct acti_os *os, struct acti_process *process)
{
	struct acti_sim *sim = acti_sim_of(os)->sim;
	struct acti_sim_process *child = acti_sim_pidfd_process(sim, process->pidfd);

	child->by_order = true;
	acti_sim_end(child, SIGKILL);
	child->stage = ACTI_SIM_REAPED;
	child->parent = NULL;
	acti_sim_process_close(os, process);
}

void
acti_sim_boot(struct acti_sim_process *process)
{
	if (process->stage != ACTI_SIM_SPAWNED)
		return;
	process->stage = ACTI_SIM_ALIVE;
	process->wants_turn = true;
}

/* It should have seen the end of its link by now, and gone by itself. */
void
acti_sim_end_orphan(struct acti_sim_process *process)
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
