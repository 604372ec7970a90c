/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_ROOTS_H
#define TREES_ROOTS_H

/*
 * Several roots that share a registry: this process, which is one while run_here() runs, and others that it starts.  All
 * are this program, serve trees.Place, and have a directory of their own as XDG_RUNTIME_DIR.
 */

#include <actor/program.h>
#include <actor/registrar.actor.h>
#include <stdio.h>

#include "check.h"
#include "place.actor.h"
#include "trace.h"

/* What a root is to be; what is not said is that of the others. */
struct wish {
	const char *role;     /* a name of a role; here: of no matter */
	const char *name;     /* NULL: "root" */
	const char *registry; /* NULL: "bank" */
	const char *listen;   /* an address; NULL: none of its own */
	bool must_be_registrar;
};

struct other {
	int pid;
	int status; /* as waitpid()'s; -1: it has not ended */
	FILE *log_file;
	char log[8192]; /* once it has ended */
};

/* What a root does in another process, until it is cancelled. */
struct role {
	const char *name;
	int (*run)(void);
};

/* The program.  `roles` ends with a zeroed one; there are park, and kids, besides. */
int drive_roots(const struct role *roles, const struct check *checks, size_t count, int argc, char **argv);

/* This process is a root for as long as `body` runs; gives the status that it would have ended with. */
int run_here(const struct wish *wish, int (*body)(void));

/* Starts a root.  It says "up NAME pid=" in the trace once its task runs. */
void start_other(struct other *other, const struct wish *wish);
int ups(const char *name); /* how many of that name have said so */

/* Whether it has ended; its status and log are known then. */
bool is_over(struct other *other);

/* In no task: a signal, and its end. */
void end_other(struct other *other, int signal);
void await_end(struct other *other);
bool await_ups(const char *name, int count);

#define KILLED_BY(signal) (signal)
#define EXITED_WITH(status) ((status) << 8)
#define NOTHING (&(const Google__Protobuf__Empty)GOOGLE__PROTOBUF__EMPTY__INIT)

/* "DIRECTORY/actor/bank/FILE", until it is called again. */
const char *in_bank(const char *file);
const char *in_session(const char *path);
bool is_there(const char *path);
int files_in_bank(const char *part); /* whose names have that in them; -1: there is no such directory */

/* ---- in a task ---- */

int entries(const char *name); /* of the table; negative: the code */

/* Looks for it and asks it who it is. */
int search(const char *name, bool waits, Trees__Finding **ret_finding);

/* One called "orderly" says at its end how many sockets and entries it has.  For every spawn here; `address` may be NULL. */
const struct actor_spawn_options *place_options(const char *address);

int is_settled(const char *name);

#endif
