/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_MACHINE_H
#define ACTI_RPC_MACHINE_H

/*
 * What each frame means in each state of a dialog: the whole protocol of a dialog as one table, without I/O.  The
 * states are those of one side, as it sees the frames of the other; sending has its own rules, where it is done.
 */

#include <wire/frame.h>

enum acti_dialog_state {
	ACTI_DIALOG_UNKNOWN, /* no dialog has this id (any more) */
	/* the opener's side */
	ACTI_DIALOG_CALLING,    /* function: Start sent */
	ACTI_DIALOG_CALLED,     /* function: acknowledged */
	ACTI_DIALOG_REQUESTING, /* generator: Start sent */
	ACTI_DIALOG_OPENING,    /* context: Start sent */
	ACTI_DIALOG_OPENED,     /* context: acknowledged, not announced */
	ACTI_DIALOG_STREAMING,  /* announced, or a generator that was acknowledged */
	ACTI_DIALOG_DRAINED,    /* the endpoint sends no more items */
	ACTI_DIALOG_ABANDONED,  /* nobody waits for the outcome */
	/* the endpoint's side */
	ACTI_DIALOG_SERVING,     /* function: it runs */
	ACTI_DIALOG_YIELDING,    /* generator: it runs */
	ACTI_DIALOG_ACCEPTING,   /* context: it runs, nothing announced */
	ACTI_DIALOG_ANNOUNCED,   /* context: Started sent */
	ACTI_DIALOG_HALF_CLOSED, /* context: the opener sends no more items */
	ACTI_DIALOG_STATES,
};

enum acti_dialog_action {
	ACTI_ACTION_VIOLATION, /* close the connection */
	ACTI_ACTION_IGNORE,    /* late, and harmless */
	ACTI_ACTION_OPEN,      /* a new dialog */
	ACTI_ACTION_ACCEPTED,  /* the endpoint's kind is known */
	ACTI_ACTION_STARTED,   /* its first value is here */
	ACTI_ACTION_ITEM,      /* of the stream */
	ACTI_ACTION_STOP,      /* the end of the stream */
	ACTI_ACTION_RETURN,    /* it has ended well */
	ACTI_ACTION_ERROR,     /* it has ended with an error */
	ACTI_ACTION_FORGET,    /* it has ended, and nobody cares */
	ACTI_ACTION_CANCEL,    /* acknowledge, and cancel the task */
	ACTI_ACTION_ACK_ONLY,  /* acknowledge: nothing is there to cancel, or it is not the sender's to cancel */
	ACTI_ACTION_CANCEL_ACK,
	ACTI_ACTION_CREDIT,
};

struct acti_dialog_step {
	enum acti_dialog_action action;
	enum acti_dialog_state next;
};

/* `kind` is below ACTI_FRAME_KINDS.  Frames that are no dialog's (Hello, Ping, ...) are violations here. */
struct acti_dialog_step acti_dialog_step(enum acti_dialog_state state, unsigned kind);

const char *acti_dialog_state_name(enum acti_dialog_state state);

#endif
