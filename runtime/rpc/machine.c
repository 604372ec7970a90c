/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules behind the table: every Cancel is acknowledged; Return and Error end a dialog in every state of its
 * opener; what comes for a dialog that has ended is dropped; an endpoint kind has only its own legs.
 */
#include <rpc/machine.h>

#define ON(kind, action_, next_) [ACTI_FRAME_##kind] = { ACTI_ACTION_##action_, ACTI_DIALOG_##next_ }

/* What holds for an opener in every state. */
#define OPENER(state)                                                                              \
	ON(RETURN, RETURN, UNKNOWN), ON(ERROR, ERROR, UNKNOWN), ON(CANCEL_ACK, CANCEL_ACK, state), \
	    ON(CANCEL, ACK_ONLY, state)

static const struct acti_dialog_step steps[ACTI_DIALOG_STATES][ACTI_FRAME_KINDS] = {
	[ACTI_DIALOG_UNKNOWN] = { ON(START, OPEN, UNKNOWN), ON(START_ACK, IGNORE, UNKNOWN),
	                          ON(STARTED, IGNORE, UNKNOWN), ON(YIELD, IGNORE, UNKNOWN), ON(STOP, IGNORE, UNKNOWN),
	                          ON(RETURN, IGNORE, UNKNOWN), ON(ERROR, IGNORE, UNKNOWN),
	                          ON(CANCEL, ACK_ONLY, UNKNOWN), ON(CANCEL_ACK, IGNORE, UNKNOWN),
	                          ON(CREDIT, IGNORE, UNKNOWN) },
	[ACTI_DIALOG_CALLING] = { OPENER(CALLING), ON(START_ACK, ACCEPTED, CALLED) },
	[ACTI_DIALOG_CALLED] = { OPENER(CALLED) },
	[ACTI_DIALOG_REQUESTING] = { OPENER(REQUESTING), ON(START_ACK, ACCEPTED, STREAMING) },
	[ACTI_DIALOG_OPENING] = { OPENER(OPENING), ON(START_ACK, ACCEPTED, OPENED) },
	[ACTI_DIALOG_OPENED] = { OPENER(OPENED), ON(STARTED, STARTED, STREAMING), ON(CREDIT, CREDIT, OPENED) },
	[ACTI_DIALOG_STREAMING] = { OPENER(STREAMING), ON(YIELD, ITEM, STREAMING), ON(STOP, STOP, DRAINED),
	                            ON(CREDIT, CREDIT, STREAMING) },
	[ACTI_DIALOG_DRAINED] = { OPENER(DRAINED), ON(CREDIT, CREDIT, DRAINED) },
	[ACTI_DIALOG_ABANDONED] = { ON(START_ACK, IGNORE, ABANDONED), ON(STARTED, IGNORE, ABANDONED),
	                            ON(YIELD, IGNORE, ABANDONED), ON(STOP, IGNORE, ABANDONED),
	                            ON(CREDIT, IGNORE, ABANDONED), ON(CANCEL_ACK, CANCEL_ACK, ABANDONED),
	                            ON(CANCEL, ACK_ONLY, ABANDONED), ON(RETURN, FORGET, UNKNOWN),
	                            ON(ERROR, FORGET, UNKNOWN) },
	[ACTI_DIALOG_SERVING] = { ON(CANCEL, CANCEL, SERVING) },
	[ACTI_DIALOG_YIELDING] = { ON(CANCEL, CANCEL, YIELDING), ON(CREDIT, CREDIT, YIELDING) },
	[ACTI_DIALOG_ACCEPTING] = { ON(CANCEL, CANCEL, ACCEPTING), ON(CREDIT, CREDIT, ACCEPTING) },
	[ACTI_DIALOG_ANNOUNCED] = { ON(CANCEL, CANCEL, ANNOUNCED), ON(CREDIT, CREDIT, ANNOUNCED),
	                            ON(YIELD, ITEM, ANNOUNCED), ON(STOP, STOP, HALF_CLOSED) },
	[ACTI_DIALOG_HALF_CLOSED] = { ON(CANCEL, CANCEL, HALF_CLOSED), ON(CREDIT, CREDIT, HALF_CLOSED) },
};

struct acti_dialog_step
acti_dialog_step(enum acti_dialog_state state, unsigned kind)
{
	return steps[state][kind];
}

const char *
acti_dialog_state_name(enum acti_dialog_state state)
{
	static const char *const names[ACTI_DIALOG_STATES] = {
		"unknown", "calling",   "called",  "requesting", "opening",   "opened",    "streaming",
		"drained", "abandoned", "serving", "yielding",   "accepting", "announced", "half-closed",
	};

	return names[state];
}
