/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_ACTOR_H
#define ACTI_RPC_ACTOR_H

/* The actor: everything that would be global in a program that could have only one. */

#include <actor/generated.h>
#include <base/log.h>
#include <net/link.h>
#include <rpc/table.h>
#include <task/nursery.h>
#include <wire/control.h>
#include <wire/limits.h>

#define ACTI_MODULES_MAX 64

/* A module that this actor serves. */
struct acti_served {
	const struct actor_service *service;
	const void *ops;
	void *state;
	bool is_open; /* state_open() has succeeded */
};

struct acti_connection;

/* What rpc asks of the layers above it. */
struct acti_actor_hooks {
	/* Somebody who may asks this actor to stop. */
	void (*cancel_actor)(struct actor *actor, const struct actor_uid *canceller, uint32_t budget_ms);
};

struct actor {
	struct acti_scheduler scheduler;
	struct acti_os *os;
	const struct acti_actor_hooks *hooks;
	struct acti_limits limits;
	enum acti_log_level log_level;
	struct actor_uid uid;
	pid_t pid;
	uint64_t build;        /* of its executable; 0: unknown */
	uint32_t depth;        /* in the tree: the root is 0 */
	struct actor_uid root; /* of the tree */
	const struct actor_program *program;
	struct acti_served served[ACTI_MODULES_MAX];
	size_t served_count;
	size_t served_for_all; /* the first so many are also for peers; the others for parent and children only */
	bool is_registrar;
	struct acti_scope scope;         /* around all of its tasks */
	struct acti_list flush_list;     /* links with something to send */
	struct acti_turns turns;         /* that its links share */
	struct acti_list blocks;         /* memory that is no task's */
	struct acti_table portals;       /* struct acti_portal */
	struct acti_table contexts;      /* struct acti_context */
	struct acti_table subscriptions; /* struct acti_subscription */
	/* For one encoding or decoding at a time, on the loop's or a task's stack, never across a wait. */
	union {
		actor_wire_Hello hello;
		actor_wire_SpawnSpec spec;
		actor_wire_Cancel cancel;
		actor_wire_Error error;
	} * wire;
	unsigned char *body; /* ACTI_ERROR_SIZE_MAX */
	struct actor_error *error;
};

/* `os` is borrowed. */
int acti_actor_init(struct actor *actor, struct acti_os *os, const struct actor_program *program,
                    const struct acti_actor_hooks *hooks);
void acti_actor_fini(struct actor *actor); /* no task, connection or portal is left */

/* The running task's; NULL outside one. */
struct actor *acti_actor_current(void);

/* The module that serves `name`, among the first `count`, or NULL: the allowlist, and nothing else. */
struct acti_served *acti_actor_find_served(struct actor *actor, size_t count, const char *name, size_t size);

/* What the program has by that name; NULL: nothing. */
const struct actor_module *acti_program_find_module(const struct actor_program *program, const char *name);

void acti_log(const struct actor *actor, enum acti_log_level level, const char *format, ...) ACTOR_PRINTF(3, 4);

#endif
