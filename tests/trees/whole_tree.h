/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_WHOLE_TREE_H
#define TREES_WHOLE_TREE_H

/*
 * Whole trees, seen from outside: this process starts the root of a tree, does something to it, and then must be able to
 * reap all of it.  As a subreaper it inherits those whose parent has gone; it has no runtime of its own.
 */

#include <stdio.h>

#include "check.h"
#include "probe.h"

struct watched {
	int pid, pidfd; /* pid -1: there is no such process */
	int status;     /* as waitpid()'s; -1: it has not ended */
};

struct tree {
	void (*prepare)(void); /* in what is to become the root; may be NULL */
	struct watched root, top, middle, leaf;
	char log[65536]; /* what it wrote to stderr */
	FILE *log_file;
};

/* The program: the root of one of `trees` if it was started as one, else what runs the checks. */
int drive(const struct check *trees, size_t tree_count, const struct check *checks, size_t check_count, int argc,
          char **argv);

/* In a root: spawns top, which spawns middle, which spawns leaf, which does the errand; then waits for them. */
int park_below(Trees__Errand errand);

/* Starts one of the trees; waits until so many have said "parked", and three below the root that they are spawned. */
bool start_tree(struct tree *tree, const char *name, int parked);

/* The same, of a root alone. */
bool start_lone_root(struct tree *tree, const char *name, int parked);

/* All of it ends by itself within a bound; then its log can be read. */
void expect_end(struct tree *tree);

/* What it has written up to now. */
const char *read_log(struct tree *tree);

void wait_a_little(void);
bool trace_comes(const char *start, int count);

#endif
