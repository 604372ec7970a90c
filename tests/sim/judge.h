/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_JUDGE_H
#define TESTS_SIM_JUDGE_H

/*
 * What both kinds of simulated worlds hold their calls against: each call has a number, and a place in a table that all
 * simulated processes share because they are one process.  Both sides write down there what became of it.
 */

#include <actor/sim.h>
#include <sim/sim.h>
#include <string.h>

#define TRUTHS_MAX 48
#define LATE_MS 1000
#define FIRST_PID 1001
#define PROCESSES_MAX 64

struct truth {
	unsigned started, ended;
	pid_t pid;    /* where it runs */
	pid_t caller; /* 0: not said */
	struct acti_task *task;
	bool is_one_shot;
	uint64_t ended_ns;
	int rc;
	uint32_t value;
	bool has_error;
	char type[64];
	struct actor_uid origin, canceller; /* all zeros: none */
	size_t hops, members;
};

extern struct truth truths[TRUTHS_MAX];

#define WRONG(...) acti_sim_fail(the_sim(), __VA_ARGS__)

struct acti_sim *the_sim(void);
struct acti_sim_process *this_process(void);
void judge_forget(void);

/* ---- what has happened to the world ---- */

bool has_fired(enum acti_sim_fault fault);
bool memory_was_short(void);
bool may_be_limited(void);
bool is_past(uint64_t time_ns); /* by more than LATE_MS */

/* Nothing has made anybody slow: what should have happened a second ago must have. */
bool is_calm_for(const struct acti_sim_process *process);
bool is_calm(const struct acti_sim_process *callee); /* and for who runs */

/* NULL: it has no name yet, or does not live. */
struct acti_proc *actor_of(const struct acti_sim_process *process);
bool is_staying(const struct acti_proc *proc); /* it runs, and nobody has told it to stop */

/* ---- what a call may come to ---- */

/* An error that came from the callee: its own, one hop further. */
void judge_boxed(uint32_t id, const struct truth *truth, const struct actor_error *error);

/* A call that was cancelled: it must have had something to wait for, and what it leaves behind must know. */
void judge_cancelled(uint32_t id, const struct truth *truth, const struct acti_sim_process *callee, uint64_t begun_ns);

/* The endpoint's own side of it, at its beginning and its end. */
struct truth *write_begin(uint32_t id);
void write_down(struct truth *truth, int rc);

/* ---- the other worlds: of several trees, market.c; of contexts and generators, dialogs.c ---- */

/* Draws what happens in it, and gives what the first root runs.  `is_scenario`: always the same. */
const struct actor_program *market_begin(bool is_scenario);
void market_check(char *text, size_t size);

const struct actor_program *dialogs_begin(bool is_scenario);
void dialogs_check(char *text, size_t size);

#endif
