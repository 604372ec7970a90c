/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the simulated seam, and the small calls in it. */
#include <errno.h>
#include <os/sim_internal.h>
#include <stdlib.h>
#include <string.h>

#define PROCESSORS 2

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

static uint64_t
now_ns(struct acti_os *os)
{
	return acti_sim_of(os)->sim->now_ns;
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
		at[i] = (unsigned char)(acti_sim_draw(acti_sim_of(os)->sim) >> 56);
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

static __attribute__((noreturn)) void
end_copy(struct acti_os *os)
{
	(void)os;
	abort();
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

const struct acti_os_ops acti_sim_ops = {
	.now_ns = now_ns,
	.loop_run = acti_sim_loop_run,
	.loop_stop = acti_sim_loop_stop,
	.watch_start = acti_sim_watch_start,
	.watch_change = acti_sim_watch_change,
	.watch_stop = acti_sim_watch_stop,
	.timer_start = acti_sim_timer_start,
	.timer_stop = acti_sim_timer_stop,
	.signal_start = acti_sim_signal_start,
	.signal_stop = acti_sim_signal_stop,
	.watchdog_wake = watchdog_wake,
	.watchdog_end = watchdog_end,
	.job_start = acti_sim_job_start,
	.job_withdraw = acti_sim_job_withdraw,
	.read = acti_sim_read,
	.read_from_stranger = acti_sim_read,
	.write = acti_sim_write,
	.write_pieces = acti_write_one_by_one,
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
	.spawn = acti_sim_spawn,
	.process_reap = acti_sim_process_reap,
	.process_kill = acti_sim_process_kill,
	.process_close = acti_sim_process_close,
	.process_end = acti_sim_process_end,
	.crash_find = crash_find,
	.crash_read = crash_read,
	.crash_trace = crash_trace,
	.inherited_link = inherited_link,
	.pid = own_pid,
	.user = user,
	.processors = processors,
	.build = build,
	.title = title,
	.stack_map = acti_sim_stack_map,
	.stack_unmap = acti_sim_stack_unmap,
	.random = random_bytes,
	.variable = variable,
	.log = log_line,
	.notify = notify,
	.end_copy = end_copy,
	.choose = choose,
	.fault = fault,
};
