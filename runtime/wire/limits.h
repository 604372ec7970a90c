/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_LIMITS_H
#define ACTI_WIRE_LIMITS_H

#include <actor/program.h>

/* What a peer may ask of us, and how long we wait for it.  One per actor, so that a test can turn each knob. */
struct acti_limits {
	uint32_t message_size_max; /* a payload's bytes */
	uint32_t depth_max;        /* of nested messages */
	uint32_t elements_max;     /* fields and repeated elements in one message */
	uint32_t unknown_max;      /* unknown fields in one message */
	uint32_t decoded_factor;   /* decoded bytes are at most this many times the message's, plus the part below */
	uint32_t decoded_base;
	uint32_t dialogs_max;       /* that a parent or a child may have open */
	uint32_t peer_dialogs_max;  /* the same of a peer */
	uint32_t starts_per_turn;   /* of one connection, before others have their turn */
	uint32_t cancels_burst;     /* calls that run which a peer may cancel at once, before its Starts are refused */
	uint32_t cancels_per_s;     /* for which room is made again */
	uint32_t children_max;      /* processes in one nursery */
	uint32_t tree_depth_max;    /* of actors below the root */
	uint32_t pending_max;       /* bytes that wait for a peer, in all, before calls are refused */
	uint32_t queued_max;        /* bytes in an outgoing queue before senders wait */
	uint32_t handshake_ms;      /* for a peer's Hello */
	uint32_t stranger_size_max; /* body of the first frame of who connects */
	uint32_t strangers_max;     /* connections whose Hello has not come */
	uint32_t guests_max;        /* the same, of one user that is not ours */
	uint32_t peers_max;         /* connections of actors that are neither parent nor child */
	uint32_t frame_ms;          /* for a frame of a peer that has begun */
	uint32_t registrations_max; /* entries of one user at a registrar */
	uint32_t waiters_max;       /* for one name, at a registrar */
	uint32_t leave_ms;          /* for peers to let go, at the end */
	uint32_t unregister_ms;     /* for a registrar to hear of the end */
	uint32_t probe_ms;          /* for one attempt to find out whether there is a registrar */
	uint32_t connect_ms;        /* for a peer to let us in */
	uint32_t control_size_max;  /* body of a Hello, SpawnSpec or Error */
	uint32_t blocking_threads;  /* of this actor */
	struct actor_supervision supervision;
};

extern const struct acti_limits acti_limits_default;

/* Turns those knobs that the program sets. */
void acti_limits_set_supervision(struct acti_limits *limits, const struct actor_supervision *wanted);

#endif
