/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_PROBE_H
#define TREES_PROBE_H

/* The program that all tests of trees are, but for their checks: it serves probe.proto in its children. */

#include <stdint.h>

#include "check.h"
#include "probe.actor.h"
#include "trace.h"

/* Of the program, in all of its processes; to be set before probe_main(). */
extern struct actor_supervision probe_knobs;
extern bool probe_has_threads; /* its root has used some before the first check: they take a descriptor */
extern int (*probe_runs)(int argc, char **argv, const struct actor_program *program); /* actor_main() */
extern const struct actor_module *probe_module; /* that its program has, too; NULL: none */

/* In the environment of a child. */
#define START_WITH "TREES_START_WITH"     /* its state opens only when so many children are at it */
#define OPEN_GIVES "TREES_OPEN_GIVES"     /* what its state_open() gives */
#define START_SLOWLY "TREES_START_SLOWLY" /* its state opens never, but for a cancellation */
#define TEMPORARY_FILE "TREES_FILE"       /* exists as long as its state, and PATH.exit as long as its process */
#define CLOSE_BADLY "TREES_CLOSE_BADLY"   /* closing trees.Other leaves a nursery open, and awaits for ever */
#define FEW_MODULES "TREES_FEW_MODULES"   /* its program has only the module trees.Other */

/* A main() of a test: `stranger`, if not NULL, may do something else with this process; it gives -1 if it does not. */
int probe_main(int argc, char **argv, const struct check *checks, size_t check_count, int (*stranger)(void));

extern const struct actor_service trees_stream_service; /* made by hand: its endpoint is not a function */

/* With the trace, and up to two more entries, which may be NULL; in the task's memory. */
const struct actor_spawn_options *probe_options(const char *entry, const char *another);

/* Of this process, in bytes. */
int64_t heap_in_use(void);

int probe_pid(struct trees_probe probe);

/* The status of a process that a signal has ended, and of one that has exited. */
#define KILLED_BY(signal) (signal)
#define EXITED_WITH(status) ((status) << 8)

#define NOTHING (&(const Google__Protobuf__Empty)GOOGLE__PROTOBUF__EMPTY__INIT)

/* A nursery that is cancelled when the body is done, as daemons want. */
int end_nursery(struct actor_nursery *nursery, int rc);

/* `body` with one daemon, called "child". */
int with_probe(int (*body)(struct trees_probe probe));

#endif
