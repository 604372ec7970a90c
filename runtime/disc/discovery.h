/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_DISC_DISCOVERY_H
#define ACTI_DISC_DISCOVERY_H

/* An actor's place in its registries: as their registrar, or as one who has entered himself. */

#include <actor/discovery.h>
#include <actor/registrar.actor.h>
#include <proc/peer.h>

#define ACTI_REGISTRAR_FILE "registry.sock"
#define ACTI_ADDRESS_COUNT_MAX (ACTI_LISTENERS_MAX) /* of one actor */

struct acti_discovery;

/* What is known of somebody who may be connected to. */
struct acti_found {
	struct actor_uid uid;
	int pid;
	char addresses[ACTI_ADDRESS_COUNT_MAX][ACTI_ADDRESS_SIZE];
	size_t address_count;
};

/* One registry, seen from one who is not its registrar. */
struct acti_membership {
	struct acti_proc *proc;
	char address[ACTI_ADDRESS_SIZE]; /* of its registrar */
	struct acti_peer *peer;          /* the registrar; NULL: none now, or it is the parent */
	struct acti_portal *portal;      /* to it; NULL: none now */
	struct acti_cleanup loss;        /* on its connection */
	bool is_registered;
	bool is_twin;             /* its registrar is that of another membership, which keeps the entry */
	bool has_tried;           /* once, at least */
	char why[200];            /* the last try failed */
	struct acti_list waiters; /* for a change of the above */
};

struct acti_discovery {
	struct acti_portal *own; /* this actor is the registrar: to itself */
	struct acti_membership memberships[ACTI_REGISTRIES_MAX];
	size_t membership_count;
};

extern const struct acti_discovery_ops acti_discovery_ops;

/* ---- the table of a registrar: registry.c ---- */

extern const struct actor_registrar_ops acti_registrar_ops;

/* ---- being a member: membership.c ---- */

/* Starts a task that keeps the actor entered, at the registrar of that address. */
int acti_membership_open(struct acti_membership *membership, struct acti_proc *proc, const char *address);

/* Waits until it has entered; ACTOR_ENOREGISTRAR if that takes too long. */
int acti_membership_wait(struct acti_membership *membership, uint32_t timeout_ms) ACTOR_AWAITS;

/* ACTOR_ENOREGISTRAR, with what the last try has failed by. */
int acti_membership_fail(const struct acti_membership *membership);

/* Waits until it has entered, or has found that it cannot for now. */
int acti_membership_wait_for_first_try(struct acti_membership *membership) ACTOR_AWAITS;

/* Takes the entry away, at the end; waits for that no longer than a moment. */
void acti_membership_leave(struct acti_membership *membership);
void acti_membership_fini(struct acti_membership *membership);

/* ---- looking up: lookup.c ---- */

/* Its addresses, the preferred first, as far as there is room. */
void acti_found_from_wire(struct acti_found *found, const Actor__Registration *registration);

/*
 * Connects to one that was found.  `is_probe`: only to see whether it is there.  ACTI_DIAL_NOBODY: nobody, or somebody
 * else, is at its addresses.
 */
int acti_found_connect(struct acti_proc *proc, const struct acti_found *found, bool is_probe,
                       struct acti_peer **ret_peer) ACTOR_AWAITS;

#endif
