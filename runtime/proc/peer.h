/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_PROC_PEER_H
#define ACTI_PROC_PEER_H

/*
 * Connections between actors that are neither parent nor child: those that came in by a listener, and those that were
 * made by a lookup.
 */

#include <net/transport.h>
#include <proc/proc.h>

struct acti_peer {
	struct acti_proc *proc;
	struct acti_connection connection;
	struct acti_list link; /* among strangers, peers, or retired ones */
	struct acti_credentials who;
	uint64_t number;         /* of its kind in this actor: later ones have greater ones */
	struct acti_timer timer; /* of the handshake; of one that says no more: to see whether it is still there */
	bool is_ours;            /* we connected */
	bool is_counted;         /* among the peers; else among the strangers */
	bool has_expected;
	bool is_wrong; /* not who was expected */
	bool is_ended; /* its link is closed, its dialogs are over */
	bool is_half_closed;
	bool is_released;  /* we have no use for the link, and have said so */
	bool has_released; /* it has said so */
	struct actor_uid expected;
	unsigned references;      /* tasks that wait for it, or hold it */
	struct acti_list waiters; /* for the handshake, or its end */
	struct actor_error *loss; /* a stranger's is that of all strangers: nobody asks for it */
};

/* Who a connection belongs to. */
static inline struct acti_peer *
acti_peer_of(struct acti_connection *connection)
{
	return acti_container_of(connection, struct acti_peer, connection);
}

void acti_peers_init(struct acti_proc *proc);

/* ---- listening ---- */

/* Listens at an address.  -errno, and why; *reterr_holder as the seam's. */
int acti_peers_listen(struct acti_proc *proc, const char *address, pid_t *reterr_holder, const char **reterr_why);

/* Takes over a socket that listens already; on failure it stays the caller's. */
int acti_peers_take_listener(struct acti_proc *proc, const struct acti_listener_socket *socket);

/* Gives up the listeners from the index on. */
void acti_peers_drop_listeners(struct acti_proc *proc, size_t from);

/* Nobody comes in any more, and who has not said who he is goes. */
void acti_peers_stop_listening(struct acti_proc *proc);

/* The actor stops: who does not take what is queued for him no longer holds up the tasks that have more for him. */
void acti_peers_hurry(struct acti_proc *proc);

/* ---- connecting ---- */

enum acti_dial_outcome {
	ACTI_DIAL_NOBODY = 1, /* nobody listens there */
	ACTI_DIAL_WRONG = 2,  /* somebody else does */
};

struct acti_dial {
	const char *address;
	const struct actor_uid *expected; /* NULL: anybody */
	bool is_probe;                    /* the peer is not to count us */
	uint32_t timeout_ms;
};

/*
 * Connects, and shakes hands.  0: *ret_peer, with a reference; an outcome; or an error, as the running task's:
 * ACTOR_EPEERGONE in the end if it lets nobody in.
 */
int acti_peer_dial(struct acti_proc *proc, const struct acti_dial *dial, struct acti_peer **ret_peer) ACTOR_AWAITS;

/* Gives a reference back: the last one of a connection of ours that no portal stands for ends it. */
void acti_peer_put(struct acti_peer *peer);

/* Ends a connection that nobody here uses, and over which nothing is called. */
void acti_peer_give_up_if_idle(struct acti_peer *peer, const char *reason);

/* ---- portals ---- */

/*
 * A portal that goes with the nursery; NULL, as the running task's error, when memory is spent.  `connection` may be any
 * of this actor's; NULL: the actor itself.
 */
int acti_proc_open_portal(struct acti_proc *proc, struct acti_nursery *nursery, struct acti_connection *connection,
                          struct actor_portal *ret_portal);

/*
 * The link to an actor with that name, or uuid, that was made last; false: there is none.  *ret_connection is NULL for
 * the actor itself.
 */
bool acti_proc_find_connection(struct acti_proc *proc, const char *name, const struct actor_uid *uid,
                               struct acti_connection **ret_connection);

/* ---- its record: for listener.c and dial.c ---- */

/* Whether processes of that user may be peers. */
bool acti_peers_let_in(const struct acti_proc *proc, uid_t uid);

/* A stranger, with a time for its handshake.  Takes the descriptor, also on failure: NULL, memory is spent. */
struct acti_peer *acti_peer_new(struct acti_proc *proc, int fd, const struct acti_credentials *who, bool is_ours);

/* Closes the link, if it is open; every dialog on it ends. */
void acti_peer_end(struct acti_peer *peer, int code, const char *reason);

/* A warning that others can cause: what is too much of it is counted, and left out. */
void acti_peers_tell(struct acti_proc *proc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- the end ---- */

/* In the last task of the actor: says Bye to all, and sees to it that what is queued for them leaves. */
void acti_peers_leave(struct acti_proc *proc);

/* Frees those that have ended, between two turns. */
void acti_peers_sweep(struct acti_proc *proc);

/* Drops what is left; no task is. */
void acti_peers_fini(struct acti_proc *proc);

/* Lines for the live view. */
void acti_peers_view(struct acti_view *view, struct acti_proc *proc);

#endif
