/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_SIM_SIM_H
#define ACTI_SIM_SIM_H

/* Simulated processes that run actors, and what is checked of all of them. */

#include <actor/sim.h>
#include <os/sim.h>
#include <proc/proc.h>

#define ACTI_SIMULATION_ROOTS_MAX 3 /* besides the first */

/* A further tree of the world: it starts whatever has become of the others. */
struct acti_simulation_root {
	const struct actor_program *program;
	uint64_t delay_ns; /* from the beginning of the run until it starts */
	pid_t pid;         /* 0: it has not started yet */
};

struct acti_simulation {
	struct acti_sim sim;
	const struct actor_sim_options *options;
	struct acti_coroutine world;
	struct acti_sim_process *running;
	struct acti_list idle_runners;
	struct acti_monitor *monitor;
	unsigned process_count;
	struct acti_simulation_root roots[ACTI_SIMULATION_ROOTS_MAX];
	size_t root_count;  /* 0 at the beginning of each run: `plan` or options->begin sets it */
	uint64_t steps_max; /* of one run; 0: the default */
};

void acti_simulation_init(struct acti_simulation *self, const struct actor_sim_options *options);
void acti_simulation_fini(struct acti_simulation *self);

/* 0, or -1 if something did not hold.  `plan` is called before the first step, to plan other faults; may be NULL. */
int acti_simulation_run(struct acti_simulation *self, uint64_t seed,
                        void (*plan)(struct acti_simulation *self, void *argument), void *argument,
                        struct actor_sim_report *ret_report);

/* The run that goes on on this thread; NULL: none. */
struct acti_simulation *acti_simulation_current(void);

/* ---- the monitor: reads along on every stream ---- */

struct acti_monitor *acti_monitor_new(void);
void acti_monitor_free(struct acti_monitor *monitor);
void acti_monitor_reset(struct acti_monitor *monitor);
void acti_monitor_wrote(struct acti_monitor *monitor, struct acti_sim_process *process, int end,
                        const unsigned char *bytes, size_t size);

#endif
