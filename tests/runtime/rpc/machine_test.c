/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every cell of the (state x frame) table against one that was written down from the rules alone, and the rules
 * against every cell.
 */

#include <criterion/criterion.h>
#include <rpc/machine.h>
#include <string.h>

/*
 * One letter for each frame from Hello to Bye, and the state that follows where it differs:
 *   V violation  . ignored  O opens  A accepted  S started  Y item  P stop  R return  E error  F forgotten
 *   X cancels  a only acknowledges  K its CancelAck  C credit
 */
static const struct row {
	enum acti_dialog_state state;
	const char *actions;
	enum acti_dialog_state after_ack, after_started, after_stop;
} rows[] = {
	/* Hello, SpawnSpec, Start, StartAck, Started, Yield, Stop, Return, Error, Cancel, CancelAck, Credit, Ping, ... */
	{ ACTI_DIALOG_UNKNOWN, "VVO......a..VVV", ACTI_DIALOG_UNKNOWN, ACTI_DIALOG_UNKNOWN, ACTI_DIALOG_UNKNOWN },
	{ ACTI_DIALOG_CALLING, "VVVAVVVREaKVVVV", ACTI_DIALOG_CALLED, 0, 0 },
	{ ACTI_DIALOG_CALLED, "VVVVVVVREaKVVVV", 0, 0, 0 },
	{ ACTI_DIALOG_REQUESTING, "VVVAVVVREaKVVVV", ACTI_DIALOG_STREAMING, 0, 0 },
	{ ACTI_DIALOG_OPENING, "VVVAVVVREaKVVVV", ACTI_DIALOG_OPENED, 0, 0 },
	{ ACTI_DIALOG_OPENED, "VVVVSVVREaKCVVV", 0, ACTI_DIALOG_STREAMING, 0 },
	{ ACTI_DIALOG_STREAMING, "VVVVVYPREaKCVVV", 0, 0, ACTI_DIALOG_DRAINED },
	{ ACTI_DIALOG_DRAINED, "VVVVVVVREaKCVVV", 0, 0, 0 },
	{ ACTI_DIALOG_ABANDONED, "VVV....FFaK.VVV", ACTI_DIALOG_ABANDONED, ACTI_DIALOG_ABANDONED,
	  ACTI_DIALOG_ABANDONED },
	{ ACTI_DIALOG_SERVING, "VVVVVVVVVXVVVVV", 0, 0, 0 },
	{ ACTI_DIALOG_YIELDING, "VVVVVVVVVXVCVVV", 0, 0, 0 },
	{ ACTI_DIALOG_ACCEPTING, "VVVVVVVVVXVCVVV", 0, 0, 0 },
	{ ACTI_DIALOG_ANNOUNCED, "VVVVVYPVVXVCVVV", 0, 0, ACTI_DIALOG_HALF_CLOSED },
	{ ACTI_DIALOG_HALF_CLOSED, "VVVVVVVVVXVCVVV", 0, 0, 0 },
};

static enum acti_dialog_action
action_of(char letter)
{
	static const char letters[] = "V.OASYPREFXaKC";
	static const enum acti_dialog_action actions[] = {
		ACTI_ACTION_VIOLATION,  ACTI_ACTION_IGNORE, ACTI_ACTION_OPEN,   ACTI_ACTION_ACCEPTED,
		ACTI_ACTION_STARTED,    ACTI_ACTION_ITEM,   ACTI_ACTION_STOP,   ACTI_ACTION_RETURN,
		ACTI_ACTION_ERROR,      ACTI_ACTION_FORGET, ACTI_ACTION_CANCEL, ACTI_ACTION_ACK_ONLY,
		ACTI_ACTION_CANCEL_ACK, ACTI_ACTION_CREDIT,
	};

	return actions[strchr(letters, letter) - letters];
}

static enum acti_dialog_state
next_of(const struct row *row, unsigned kind)
{
	switch (kind) {
	case ACTI_FRAME_START_ACK:
		return row->after_ack;
	case ACTI_FRAME_STARTED:
		return row->after_started;
	case ACTI_FRAME_STOP:
		return row->after_stop;
	case ACTI_FRAME_RETURN:
	case ACTI_FRAME_ERROR:
		return ACTI_DIALOG_UNKNOWN;
	default:
		return row->state;
	}
}

/* shows: ID-06; robustness: F4 */
Test(machine, every_frame_has_its_meaning_in_every_state)
{
	cr_assert_eq(sizeof rows / sizeof rows[0], ACTI_DIALOG_STATES);
	for (unsigned i = 0; i < ACTI_DIALOG_STATES; i++) {
		const struct row *row = &rows[i];

		cr_assert_eq(row->state, i);
		cr_assert_eq(strlen(row->actions), ACTI_FRAME_KINDS - 1);
		for (unsigned kind = 1; kind < ACTI_FRAME_KINDS; kind++) {
			struct acti_dialog_step step = acti_dialog_step(row->state, kind);
			enum acti_dialog_action wanted = action_of(row->actions[kind - 1]);

			cr_assert_eq(step.action, wanted, "a %s while %s", acti_frame_kind_name(kind),
			             acti_dialog_state_name(row->state));
			if (wanted != ACTI_ACTION_VIOLATION)
				cr_assert_eq(step.next, next_of(row, kind), "after a %s while %s: %s",
				             acti_frame_kind_name(kind), acti_dialog_state_name(row->state),
				             acti_dialog_state_name(step.next));
		}
		cr_assert_eq(acti_dialog_step(row->state, 0).action, ACTI_ACTION_VIOLATION);
	}
}

static bool
is_opener(unsigned state)
{
	return state >= ACTI_DIALOG_CALLING && state <= ACTI_DIALOG_ABANDONED;
}

/* robustness: F5 */
Test(machine, a_cancel_is_acknowledged_in_every_state)
{
	for (unsigned state = 0; state < ACTI_DIALOG_STATES; state++) {
		enum acti_dialog_action action = acti_dialog_step(state, ACTI_FRAME_CANCEL).action;

		cr_assert(action == ACTI_ACTION_CANCEL || action == ACTI_ACTION_ACK_ONLY);
		cr_assert_eq(action == ACTI_ACTION_CANCEL, state > ACTI_DIALOG_ABANDONED,
		             "only a task that runs here for the peer is cancelled by it");
	}
}

/* robustness: F6 */
Test(machine, return_and_error_end_every_dialog_of_its_opener)
{
	for (unsigned state = 0; state < ACTI_DIALOG_STATES; state++) {
		struct acti_dialog_step done = acti_dialog_step(state, ACTI_FRAME_RETURN);
		struct acti_dialog_step failed = acti_dialog_step(state, ACTI_FRAME_ERROR);

		if (!is_opener(state))
			continue;
		cr_assert_eq(done.next, ACTI_DIALOG_UNKNOWN);
		cr_assert_eq(failed.next, ACTI_DIALOG_UNKNOWN);
		cr_assert(done.action == ACTI_ACTION_RETURN || done.action == ACTI_ACTION_FORGET);
		cr_assert(failed.action == ACTI_ACTION_ERROR || failed.action == ACTI_ACTION_FORGET);
	}
}

Test(machine, nothing_but_a_start_comes_to_life_for_an_unknown_dialog)
{
	for (unsigned kind = ACTI_FRAME_START; kind <= ACTI_FRAME_CREDIT; kind++) {
		struct acti_dialog_step step = acti_dialog_step(ACTI_DIALOG_UNKNOWN, kind);

		cr_assert(step.action == ACTI_ACTION_IGNORE || kind == ACTI_FRAME_START || kind == ACTI_FRAME_CANCEL);
		cr_assert_eq(step.next, ACTI_DIALOG_UNKNOWN);
	}
}

/* robustness: F1 */
Test(machine, a_start_for_a_dialog_that_lives_is_a_violation)
{
	for (unsigned state = ACTI_DIALOG_CALLING; state < ACTI_DIALOG_STATES; state++)
		cr_assert_eq(acti_dialog_step(state, ACTI_FRAME_START).action, ACTI_ACTION_VIOLATION);
}

Test(machine, frames_that_concern_the_actors_are_no_dialogs)
{
	static const unsigned kinds[] = { ACTI_FRAME_HELLO, ACTI_FRAME_SPAWN_SPEC, ACTI_FRAME_PING, ACTI_FRAME_PONG,
		                          ACTI_FRAME_BYE };

	for (unsigned state = 0; state < ACTI_DIALOG_STATES; state++)
		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			cr_assert_eq(acti_dialog_step(state, kinds[i]).action, ACTI_ACTION_VIOLATION);
}

Test(machine, every_state_has_a_name_of_its_own)
{
	for (unsigned one = 0; one < ACTI_DIALOG_STATES; one++)
		for (unsigned other = 0; other < one; other++)
			cr_assert_str_neq(acti_dialog_state_name(one), acti_dialog_state_name(other));
}
