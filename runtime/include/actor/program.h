/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_PROGRAM_H
#define ACTOR_PROGRAM_H

#include <actor/nursery.h>

ACTOR_BEGIN

/* One service and its implementation; made by the emitted demo_tree_module(&ops), never by hand. */
struct actor_module {
	const struct actor_service *service;
	const void *ops;
};

/* In place of a time: never. */
#define ACTOR_NEVER UINT32_MAX

/*
 * The numbers by which an actor of this program supervises its children and itself; 0 is the default, which each
 * comment ends with.  They are the program's own: a child of another executable has that program's.
 */
struct actor_supervision {
	uint32_t ack_ms;       /* from asking a child to stop to its acknowledgement; else SIGTERM.  500 */
	uint32_t terminate_ms; /* from SIGTERM to SIGKILL.  1600 */
	uint32_t budget_ms;    /* that a cancelled child has in all; then SIGKILL.  2300 */
	uint32_t hop_ms;       /* a child has that much less than its parent, who so outlasts it.  20 */
	uint32_t ping_ms;      /* a child that is silent for so long is asked whether it lives.  1000, or ACTOR_NEVER */
	uint32_t watchdog_ms;  /* a task that does not await for so long is told of on stderr.  100, or ACTOR_NEVER */
};

/*
 * Who may connect to actors of this program, besides processes of their own user: the kernel tells the user of a process
 * before a byte of it is read.  With `uids`, the directory of the registry is made passable (0711) and its sockets
 * connectable for all users, and this list alone decides.
 */
struct actor_access {
	const unsigned *uids;
	size_t uid_count;
	/* Whose processes may stop the root (actor_portal_cancel_actor()); ours is not among them unless named. */
	const unsigned *cancel_uids;
	size_t cancel_uid_count;
};

/* What the root of a program does where its registry has no registrar yet. */
enum actor_registrar_wish {
	ACTOR_REGISTRAR_IF_NONE = 0, /* it becomes the registrar */
	ACTOR_REGISTRAR_ALWAYS,      /* the same; and if there is one, it does not start */
	/*
	 * For clients, which come and go, and may be another user's: it and what it spawns only look.  They make no
	 * directory, have no address but those of `listen`, and are not entered.
	 */
	ACTOR_REGISTRAR_NEVER,
};

struct actor_program {
	const struct actor_module *modules; /* what actors of this program can serve */
	size_t module_count;
	int (*root)(int argc, char **argv); /* the root actor's first task; not run in a child */
	enum actor_log_level log_level;     /* the root's, unless ACTOR_LOG says otherwise; 0: warning */
	struct actor_supervision supervision;
	uint32_t blocking_threads; /* of one actor, for actor_run_blocking(); 0: 4 */

	/* What follows is the root's, and is there for actors that others than their parent shall find or call. */

	const char *name; /* 1 to 64 of [A-Za-z0-9._-]; NULL: "root" */
	/*
	 * The registry that this tree belongs to: a name of the same characters, "bank", for the directory
	 * $XDG_RUNTIME_DIR/actor/bank, or a directory's absolute path, "/run/bank".  The root is its registrar, unless one
	 * answers there, or it does not want to be (`registrar`).  Several, separated by ':', are joined together; the
	 * root is the registrar of all of them if none of them has one.  NULL: its actors do not listen, and are not
	 * found.
	 */
	const char *registry;
	enum actor_registrar_wish registrar;            /* whether the root is to be the registrar */
	const struct actor_service *const *enable;      /* modules that the root serves; NULL-terminated */
	const struct actor_service *const *family_only; /* of those, what only its children may call */
	/*
	 * Addresses that the root listens at, "unix:/absolute/path"; NULL-terminated.  A registrar listens at its own
	 * besides; any other actor that has some has no other.  NULL: one of its own, if there is a registry.
	 */
	const char *const *listen;
	struct actor_access access;
};

/*
 * Runs the actor that this process is: the root, or a child that a parent spawned.  Call it first
 * in main(): whatever precedes it runs in every child too.  Gives main()'s exit status: 0 when root()
 * gave 0 (or, in a child, when its parent ended it), else 1, and the error is on stderr.  SIGINT and
 * SIGTERM cancel the root's task; the process then ends by that signal.
 *
 * In a task, where an actor runs already, it fails at once with ACTOR_ERUNNING.
 */
ACTOR_API int actor_main(int argc, char **argv, const struct actor_program *program);

/*
 * The same for a daemon: its root, called `name`, serves all of program->modules to whoever may connect, and sleeps until
 * it is cancelled: by a signal, or by one of program->access.cancel_uids.  Then actor_run_daemon() returns, as
 * actor_main() does, except that it has ended by no signal when a peer has cancelled it.  program->root, ->name and
 * ->enable are not looked at.
 *
 * Where systemd (or who speaks like it) started it, it tells it when it is ready, that is, listening and registered, and
 * when it stops (NOTIFY_SOCKET: sd_notify(3)), and it listens at the sockets that it was given, instead of making its own
 * (LISTEN_FDS: sd_listen_fds(3)).  If one of these is the registry's own, it is the registrar.
 */
ACTOR_API int actor_run_daemon(int argc, char **argv, const char *name, const struct actor_program *program);

ACTOR_END
#endif
