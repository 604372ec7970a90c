/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_SIM_H
#define ACTOR_SIM_H

#include <actor/program.h>

ACTOR_BEGIN

/*
 * Runs a whole tree of actors in this process: your own root and endpoints, over a simulated world, on virtual time,
 * with all that chance decides taken from one seed.  The world delays, cuts and breaks streams, kills and stops
 * processes, makes spawns and allocations fail, and lets time jump; after a while it heals, and then everything has to
 * come to its end.  The same seed gives the same run.  Link libactor_sim besides libactor.
 *
 * In each run it is checked that the tree ends in time, that every process is reaped, once, by its parent, that no
 * child outlives its parent, that an actor which ends in order leaves no memory, stack, descriptor or timer behind,
 * and that every actor keeps to the protocol.  What your tree was to achieve is yours to check.
 *
 * What actors share by a global variable would be shared by processes: keep their state in `struct <service>_state`.
 * They take time and memory from this library (actor_sleep_ms(), actor_alloc()): what a process that is killed here had
 * from malloc() leaks.  One that blocks calls actor_sim_block_ms(), one that ends its process
 * actor_sim_end_process().
 */

enum actor_sim_fault {
	ACTOR_SIM_STREAMS = 1 << 0, /* bytes come late, in pieces, or for a while not at all */
	ACTOR_SIM_BREAKS = 1 << 1,  /* streams break; a write fails, or a connection is refused */
	ACTOR_SIM_KILLS = 1 << 2,   /* processes die, also in the middle of a write */
	ACTOR_SIM_STOPS = 1 << 3,   /* processes stand still for a while; time jumps */
	ACTOR_SIM_SPAWNS = 1 << 4,  /* spawns fail, or take long */
	ACTOR_SIM_MEMORY = 1 << 5,  /* allocations and stacks fail */
	ACTOR_SIM_EVERYTHING = 63,
};

struct actor_sim_report {
	uint64_t seed;
	uint64_t hash;       /* of all that happened: the same in each run of a seed */
	uint64_t steps;      /* turns of processes */
	uint64_t virtual_ms; /* that it took */
	unsigned processes;  /* that there were */
	unsigned faults;     /* kinds that happened: ACTOR_SIM_... */
	int root_status;     /* as waitpid() gives it */
	char failure[1024];  /* what did not hold; "": everything did */
};

struct actor_sim_options {
	const struct actor_program *program; /* its root is run, with no arguments */
	unsigned faults;                     /* kinds that may happen; a seed takes about half of them */
	uint64_t healthy_ms;                 /* for the tree to end in, once the world has healed; 0: 60 s */
	void (*begin)(void *context);        /* before each run; may be NULL */
	/* After each run in which everything above held: writes what did not hold to `text`, or leaves it.  May be NULL. */
	void (*check)(void *context, const struct actor_sim_report *report, char *text, size_t size);
	void *context;
};

/* One run.  0, or -1 if something did not hold: report->failure says what.  Not within an actor. */
ACTOR_API int actor_sim_run(const struct actor_sim_options *options, uint64_t seed,
                            struct actor_sim_report *ret_report);

/*
 * A main() for simulations:
 *
 *     --seeds N     runs the seeds 1 to N (1,000 if not said), --first S begins with another; every hundredth is run twice
 *     --jobs N      in that many processes
 *     --seed S      runs one seed; --trace prints all that happens in it
 *
 * A failing seed is shrunk to its shortest list of decisions, and the command that replays it is printed.  Gives the exit
 * status: 0 if all held, 1 if not, 2 for arguments that are not understood.
 */
ACTOR_API int actor_sim_main(int argc, char **argv, const struct actor_sim_options *options);

/* In an endpoint or a root: whether this is a simulation. */
ACTOR_API int actor_sim_is_running(void);

/* A number below `count` (which is not 0), decided by the seed; 0 outside a simulation. */
ACTOR_API uint32_t actor_sim_choose(uint32_t count);

/* As if this process blocked for so long, without giving its other tasks a turn; UINT64_MAX: for ever. */
ACTOR_API void actor_sim_block_ms(uint64_t ms);

/* As exit(), for this process; `status` is waitpid()'s: 7 << 8 for exit(7), SIGSEGV for a crash. */
ACTOR_API void actor_sim_end_process(int status) __attribute__((noreturn));

ACTOR_END
#endif
