/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts: how they begin, what either side has of the other, and that they end together. */
#include <stdio.h>
#include <string.h>

#include "stage.h"

#define NOT_LONG_MS 100

/* What ends at once may have ended before it was opened: then opening fails. */
#define WHEN_OPENED STEP(AWAIT_LINES, .number = 1, TEXT("opened"))

static int
open_play(struct trees_stage stage, const Trees__Script *script, play_dialog *ret_dialog)
{
	int rc = trees_stage_play_open(stage, script, NULL, NULL, ret_dialog);

	if (rc == 0)
		trace("opened");
	return rc;
}

/* ---- the first value ---- */

static int
take_values(struct trees_stage stage)
{
	Trees__Line *first = NULL, *result = NULL, *again = NULL;
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage, SCRIPT(STEP(ANNOUNCE, .number = 11), STEP(RETURN, .number = 5, TEXT("yo"))), NULL, &first, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_INT(first->number, 11);
	EXPECT_CODE(trees_stage_play_wait(dialog, &result), 0);
	EXPECT_TEXT(result->text, "yo");
	EXPECT_INT(report_of(dialog.context).has_outcome, 1);
	EXPECT_CODE(report_of(dialog.context).code, 0);
	rc = trees_stage_play_close(dialog, 0, &again);
	EXPECT(again == result);
	return rc;
}

/* shows: CX-02, CX-03 */
static int
an_opener_gets_the_first_value_and_the_result(void)
{
	return with_stage(take_values);
}

/* What opening gives, of a script that does not get so far. */
static int
fail_to_open(struct trees_stage stage, const Trees__Script *script)
{
	play_dialog dialog;
	int rc = open_play(stage, script, &dialog);

	return rc == 0 ? trees_stage_play_close(dialog, 0, NULL) : rc;
}

static int
misuse_the_first_value(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(ANNOUNCE)), &dialog);

	if (rc == 0) {
		EXPECT_CODE(trees_stage_play_close(dialog, 0, NULL), ACTOR_ERUNNING);
		EXPECT_TEXT(error_origin(), "child");
	}
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(SEND, .number = 1))), ACTOR_ECLOSED);
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(RECEIVE))), ACTOR_ECLOSED);
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(WAIT))), ACTOR_EINVAL);
	EXPECT_TEXT(error_origin(), "child");
	rc = open_play(stage, SCRIPT(STEP(ANNOUNCE)), &dialog);
	if (rc != 0)
		return rc;
	EXPECT_CODE(acti_context_started(dialog.context, &TREES_LINE(.number = 1)->base), ACTOR_EINVAL);
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	return trees_stage_play_close(dialog, 0, NULL);
}

/* shows: CX-04, CX-05, CX-06 */
static int
a_side_that_misuses_a_context_fails(void)
{
	return with_stage(misuse_the_first_value);
}

static int
never_announce(struct trees_stage stage)
{
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(FAIL, .number = ACTOR_EINVAL, TEXT("before the first value")))),
	            ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "before the first value");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(RAISE, TEXT("a name")))), ACTOR_ERAISED);
	EXPECT(trees_stage_raised_complaint(actor_error_last()) != NULL);
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(RETURN, .number = 3))), ACTOR_EPROTOCOL);
	EXPECT_PART(actor_error_message(actor_error_last()), "without its first value");
	EXPECT_INT(actor_context_current().handle, 0); /* there is nothing to close */
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: CX-11, CX-13 */
static int
an_end_before_the_first_value_is_what_opening_gives(void)
{
	return with_stage(never_announce);
}

static int
cancel_before_the_first_value(struct trees_stage stage)
{
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(CANCEL_ITSELF), STEP(ANNOUNCE))), ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "child");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_INT(trace_count("failed child code=-1001 by child"), 1);
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(CANCEL_ITSELF), STEP(BLOCK))), ACTOR_ECANCELED);
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(CANCEL_ITSELF), STEP(SEND, .number = 1))), ACTOR_ECANCELED);
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: CX-14 */
static int
an_endpoint_may_cancel_itself_before_its_first_value(void)
{
	return with_stage(cancel_before_the_first_value);
}

static int
give_up_opening(struct trees_stage stage)
{
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = NOT_LONG_MS);
	rc = fail_to_open(stage, SCRIPT(STEP(BLOCK)));
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	rc = actor_scope_close(&limit, rc, &fired);
	EXPECT(fired);
	AWAIT(trace_count("failed child") == 1);
	EXPECT(still_answers(stage));
	return rc;
}

static int
cancel_when_it_blocks(void *argument)
{
	AWAIT(trace_count("blocking child") == 1);
	actor_scope_cancel(argument);
	return 0;
}

static int
cancel_opening(struct trees_stage stage)
{
	struct actor_nursery *nursery;
	int fired = 0, rc = actor_nursery_open(&nursery);

	if (rc != 0)
		return rc;
	ACTOR_SCOPE(scope, 0);
	rc = actor_nursery_start(nursery, cancel_when_it_blocks, &scope);
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(BLOCK))), ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	rc = actor_scope_close(&scope, rc != 0 ? rc : ACTOR_ECANCELED, &fired);
	EXPECT(fired);
	rc = actor_nursery_close(nursery, rc);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	EXPECT(still_answers(stage));
	return rc;
}

/* shows: CX-15 */
static int
an_opener_that_stops_waiting_for_the_first_value_cancels_the_endpoint(void)
{
	int rc = with_stage(give_up_opening);

	trace_clear();
	return rc == 0 ? with_stage(cancel_opening) : rc;
}

/* The endpoint has told of its end before this side looks at the time. */
static int
let_the_deadline_pass(struct trees_stage stage)
{
	play_dialog dialog;
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = NOT_LONG_MS);
	rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(BLOCK)), &dialog);
	if (rc != 0)
		return actor_scope_close(&limit, rc, NULL);
	trace_block_until("failed child");
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	rc = actor_scope_close(&limit, rc, &fired);
	EXPECT(fired);
	return rc;
}

/* shows: CX-15, CA-17 */
static int
a_deadline_that_passes_at_both_sides_is_the_openers(void)
{
	return with_stage(let_the_deadline_pass);
}

/* ---- the end ---- */

static int
close_early(struct trees_stage stage)
{
	Trees__Line *result = NULL;
	play_dialog dialog;
	int rc = open_play(stage,
	                   SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 200), STEP(SLEEP, .number = NOT_LONG_MS),
	                          STEP(SEND, .number = 3), STEP(SAY, TEXT("all is done")), STEP(RETURN, .number = 9)),
	                   &dialog);

	if (rc != 0)
		return rc;
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT_INT(trace_count("all is done"), 1);
	EXPECT(result != NULL && result->number == 9);
	return rc;
}

/* shows: CX-09 */
static int
a_context_closes_when_its_endpoint_has_ended_and_not_before(void)
{
	return with_stage(close_early);
}

static int
leave_items_unread(struct trees_stage stage)
{
	Trees__Line *item, *result = NULL;
	play_dialog dialog;
	int rc = open_play(stage,
	                   SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 10), STEP(SLEEP, .number = NOT_LONG_MS),
	                          STEP(SAY, TEXT("all is done")), STEP(RETURN, .number = 9)),
	                   &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	EXPECT_CODE(trees_stage_play_close_send(dialog), 0);
	EXPECT_CODE(trees_stage_play_wait(dialog, &result), 0);
	EXPECT_INT(trace_count("all is done"), 1);
	EXPECT(result != NULL && result->number == 9);
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT(result != NULL && result->number == 9);
	return rc;
}

static int
close_with_items_unread(struct trees_stage stage)
{
	Trees__Line *item, *result = NULL;
	play_dialog dialog;
	int rc = open_play(stage,
	                   SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 10), STEP(SLEEP, .number = NOT_LONG_MS),
	                          STEP(SAY, TEXT("all is done")), STEP(RETURN, .number = 9)),
	                   &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT_INT(trace_count("all is done"), 1);
	EXPECT(result != NULL && result->number == 9);
	return rc;
}

/* shows: CX-10 */
static int
unread_items_end_no_context_early(void)
{
	int rc = with_stage(leave_items_unread);

	trace_clear();
	return rc == 0 ? with_stage(close_with_items_unread) : rc;
}

static int
never_receive(struct trees_stage stage)
{
	Trees__Line *result = NULL;
	play_dialog dialog;
	int rc =
	    open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 500), STEP(RETURN, .number = 4)), &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_wait(dialog, &result), 0);
	EXPECT(result != NULL && result->number == 4);
	return trees_stage_play_close(dialog, 0, NULL);
}

/* shows: CX-23 */
static int
who_waits_for_the_result_needs_no_items(void)
{
	return with_stage(never_receive);
}

static int
stream_to_who_has_returned(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(RETURN)), &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_wait(dialog, NULL), 0);
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_stage_play_close_send(dialog), 0);
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), ACTOR_ECLOSED);
	rc = trees_stage_play_close(dialog, 0, NULL);
	EXPECT(still_answers(stage));
	return rc;
}

/* shows: CX-22 */
static int
a_stream_to_an_endpoint_that_has_returned_is_harmless(void)
{
	return with_stage(stream_to_who_has_returned);
}

/* ---- failures ---- */

static int
be_interrupted(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_play(
	    stage, SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(FAIL, .number = ACTOR_EINVAL, TEXT("something else"))),
	    &dialog);

	if (rc != 0)
		return rc;
	rc = actor_sleep_ms(UINT32_MAX);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_CODE(report_of(dialog.context).code, ACTOR_EINVAL);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "something else");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 1);
	return 0;
}

/* shows: CX-16, ER-10 */
static int
a_failed_endpoint_interrupts_whatever_its_opener_does(void)
{
	return with_stage(be_interrupted);
}

static int
see_it_everywhere(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = open_play(stage,
	                   SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(FAIL, .number = ACTOR_EINVAL, TEXT("one failure"))),
	                   &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "one failure");
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), ACTOR_EINVAL);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "one failure");
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "one failure");
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 1);
	return 0;
}

/* shows: CX-29, ER-10 */
static int
one_failure_that_is_seen_by_several_calls_is_one(void)
{
	return with_stage(see_it_everywhere);
}

static int
fail_in_the_body(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_play(stage, SCRIPT_OF(20, PATIENCE_MS, STEP(ANNOUNCE), STEP(BLOCK)), &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("blocking child") == 1);
	rc = trees_stage_play_close(dialog, actor_fail(ACTOR_EDENIED, "our own"), NULL);
	EXPECT_CODE(rc, ACTOR_EDENIED);
	EXPECT_PART(actor_error_message(actor_error_last()), "our own");
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	EXPECT_INT(trace_count("cleaned child code=0"), 1);
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: CX-17, ER-10, ER-13 */
static int
an_opener_that_fails_cancels_the_endpoint_and_keeps_its_error(void)
{
	return with_stage(fail_in_the_body);
}

/* The endpoint fails by itself while the opener does, too: neither is lost. */
static int
fail_on_both_sides(struct trees_stage stage)
{
	play_dialog dialog;
	const struct actor_error *error;
	int rc = open_play(
	    stage, SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(HOLD), STEP(FAIL, .number = ACTOR_EINVAL, TEXT("its own"))),
	    &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("holding child") == 1);
	trace("let go");
	rc = trees_stage_play_close(dialog, actor_fail(ACTOR_EDENIED, "our own"), NULL);
	EXPECT_CODE(rc, ACTOR_EGROUP);
	error = actor_error_last();
	EXPECT_INT(actor_error_member_count(error), 2);
	if (rc == ACTOR_EGROUP) {
		EXPECT_PART(actor_error_text(error), "its own");
		EXPECT_PART(actor_error_text(error), "our own");
	}
	return 0;
}

/* shows: ER-10 */
static int
failures_of_both_sides_are_both_told(void)
{
	return with_stage(fail_on_both_sides);
}

static int
fail_while_others_go_on(struct trees_stage stage)
{
	play_dialog first, second, third;
	Trees__Line *item, *result = NULL;
	int rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)), &first);

	if (rc != 0)
		return rc;
	rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)), &second);
	if (rc != 0)
		return trees_stage_play_close(first, rc, NULL);
	trace_clear();
	rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(SEND_BADLY)), &third);
	if (rc == 0)
		EXPECT_CODE(trees_stage_play_close(third, 0, NULL), ACTOR_EINVAL);
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(FAIL, .number = ACTOR_EDENIED, TEXT("no")))), ACTOR_EDENIED);
	EXPECT(still_answers(stage));
	rc = trees_stage_play_send(second, TREES_LINE(.number = 2));
	if (rc == 0)
		rc = trees_stage_play_receive(second, &item);
	rc = trees_stage_play_close(second, rc, &result);
	EXPECT(result != NULL && result->number == 2);
	if (rc == 0)
		rc = trees_stage_play_send(first, TREES_LINE(.number = 3));
	if (rc == 0)
		rc = trees_stage_play_receive(first, &item);
	rc = trees_stage_play_close(first, rc, &result);
	EXPECT(result != NULL && result->number == 3);
	return rc;
}

/* shows: CX-20, PS-08 */
static int
a_context_that_fails_leaves_the_others_on_its_link_alone(void)
{
	return with_stage(fail_while_others_go_on);
}

static int
fail_with_a_context_open(struct trees_stage stage)
{
	Trees__Script *inner = SCRIPT(STEP(ANNOUNCE), STEP(BLOCK));
	Trees__Script *outer = SCRIPT(STEP(OPEN_AND_FAIL, .script = inner));
	int rc = fail_to_open(stage, SCRIPT(STEP(SPAWN, TEXT("inner"), .script = outer)));

	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "UTF-8");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_INT(trace_count("cancelled the inner one code=0"), 1);
	EXPECT_INT(trace_count("failed inner code=-1001 by child"), 1);
	return 0;
}

/* shows: CX-12 */
static int
a_failure_comes_before_the_cancellations_of_its_cleanup(void)
{
	return with_stage(fail_with_a_context_open);
}

/* Cleaning up for longer than it is shielded: then the cancellation comes through to that, and the error stays. */
static int
cancel_a_cleanup(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_play(
	    stage,
	    SCRIPT_OF(UINT32_MAX, 1, STEP(ANNOUNCE), STEP(FAIL, .number = ACTOR_EINVAL, TEXT("what has failed"))),
	    &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("cleaning child") == 1);
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "what has failed");
	EXPECT_INT(trace_count("cleaned child code=-1001"), 1);
	return 0;
}

static int
cancel_without_a_failure(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_play(stage, SCRIPT_OF(UINT32_MAX, 1, STEP(ANNOUNCE), STEP(BLOCK)), &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_INT(trees_stage_play_wait(dialog, NULL), ACTOR_NO_RESULT);
	return trees_stage_play_close(dialog, 0, NULL);
}

/* shows: CX-27 */
static int
a_failure_outlives_a_cancellation_of_its_cleanup(void)
{
	int rc = with_stage(cancel_a_cleanup);

	trace_clear();
	return rc == 0 ? with_stage(cancel_without_a_failure) : rc;
}

/* "would block" is no failure, and does not become one. */
static int
cancel_who_polls(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(POLL), STEP(RECEIVE)), &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("polled code=5") == 1);
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_INT(trees_stage_play_wait(dialog, NULL), ACTOR_NO_RESULT);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	return trees_stage_play_close(dialog, 0, NULL);
}

/* shows: CX-28 */
static int
an_endpoint_that_waits_for_something_is_cancelled_and_nothing_else(void)
{
	return with_stage(cancel_who_polls);
}

/* ---- handles, and states ---- */

static int
look_at_handles(struct trees_stage stage)
{
	play_dialog dialog, inner;
	int rc;

	EXPECT_INT(actor_context_current().handle, 0);
	rc = open_play(stage, SCRIPT(STEP(INSPECT), STEP(ANNOUNCE), STEP(INSPECT), STEP(ECHO), STEP(INSPECT)), &dialog);
	if (rc != 0)
		return rc;
	EXPECT(actor_context_current().handle == dialog.context.handle);
	rc = open_play(stage, SCRIPT(STEP(ANNOUNCE)), &inner);
	if (rc == 0) {
		EXPECT(actor_context_current().handle == inner.context.handle);
		rc = trees_stage_play_close(inner, rc, NULL);
	}
	EXPECT(actor_context_current().handle == dialog.context.handle);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_INT(actor_context_current().handle, 0);
	EXPECT_CODE(trees_stage_play_close_send(dialog), ACTOR_ECLOSED);
	EXPECT_INT(trace_count("inside accepted opener=0 called=0 outcome=0 canceller=nobody current=1"), 1);
	EXPECT_INT(trace_count("inside started opener=0 called=0 outcome=0 canceller=nobody current=1"), 1);
	EXPECT_INT(trace_count("inside stream ended opener=0 called=0 outcome=0 canceller=nobody current=1"), 1);
	return rc;
}

/* shows: CX-18, CX-24 */
static int
each_side_knows_its_own_context(void)
{
	return with_stage(look_at_handles);
}

static const char *
state_text(play_dialog dialog)
{
	return actor_context_state_text(report_of(dialog.context).state);
}

static int
look_at_states(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE_ONE), STEP(SEND, .number = 1)), &dialog);

	if (rc != 0)
		return rc;
	EXPECT_TEXT(state_text(dialog), "started");
	EXPECT_INT(report_of(dialog.context).has_outcome, 0);
	EXPECT_INT(report_of(dialog.context).is_opener, 1);
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), 0);
	EXPECT_TEXT(state_text(dialog), "streaming");
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	EXPECT_CODE(trees_stage_play_wait(dialog, NULL), 0);
	EXPECT_TEXT(state_text(dialog), "returned");
	EXPECT_INT(report_of(dialog.context).has_outcome, 1);
	return trees_stage_play_close(dialog, 0, NULL);
}

static void
expect_end(struct trees_stage stage, const Trees__Script *script, int code, const char *state)
{
	play_dialog dialog;

	trace_clear();
	if (open_play(stage, script, &dialog) != 0) {
		EXPECT(!"opened");
		return;
	}
	EXPECT_CODE(trees_stage_play_wait(dialog, NULL), code);
	EXPECT_CODE(report_of(dialog.context).code, code);
	EXPECT_TEXT(state_text(dialog), state);
	EXPECT_CODE(trees_stage_play_close(dialog, 0, NULL), code);
}

static int
look_at_ends(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = look_at_states(stage);

	expect_end(stage, SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(FAIL, .number = ACTOR_EINVAL)), ACTOR_EINVAL,
	           "failed");
	expect_end(stage, SCRIPT(STEP(ANNOUNCE), WHEN_OPENED, STEP(CANCEL_ITSELF), STEP(BLOCK)), ACTOR_ECANCELED,
	           "cancelled by the peer");
	if (rc == 0)
		rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(BLOCK)), &dialog);
	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_INT(trees_stage_play_wait(dialog, NULL), ACTOR_NO_RESULT);
	EXPECT_TEXT(state_text(dialog), "cancelled");
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), ACTOR_ECANCELED);
	return trees_stage_play_close(dialog, 0, NULL);
}

/* shows: CX-24 */
static int
a_context_tells_how_far_it_is_and_how_it_ended(void)
{
	return with_stage(look_at_ends);
}

static int
open_to_itself(struct actor_nursery *town)
{
	struct trees_stage self;
	play_dialog dialog;
	Trees__Line *reply;
	int rc = trees_stage_wait_for_actor(town, "main", &self);

	if (rc != 0)
		return rc;
	EXPECT_CODE(open_play(self, SCRIPT(STEP(ANNOUNCE)), &dialog), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "itself");
	EXPECT_CODE(trees_stage_square(self, TREES_LINE(.number = 7), &reply), 0); /* a call is another thing */
	return 0;
}

/* shows: CX-19 */
static int
an_actor_opens_no_context_to_itself(void)
{
	return in_town(open_to_itself);
}

/* ---- several of them ---- */

static int
use_a_nursery_of_another(struct trees_stage stage)
{
	play_dialog keeper, user;
	int rc = open_play(stage, SCRIPT(STEP(KEEP_NURSERY)), &keeper);

	if (rc != 0)
		return rc;
	rc = open_play(stage, SCRIPT(STEP(ANNOUNCE), STEP(START_FAILING), STEP(BLOCK)), &user);
	if (rc == 0)
		rc = actor_sleep_ms(UINT32_MAX);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	rc = trees_stage_play_close(user, rc, NULL);
	rc = trees_stage_play_close(keeper, rc, NULL);
	EXPECT_CODE(rc, ACTOR_ERAISED);
	EXPECT_PART(actor_error_message(actor_error_last()), "a name that nobody knows");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: CX-25 */
static int
a_task_in_a_nursery_of_the_actor_fails_the_context_that_keeps_it(void)
{
	return with_stage(use_a_nursery_of_another);
}

static int
open_and_wait(void *argument)
{
	const struct trees_stage *stage = argument;

	return fail_to_open(*stage, SCRIPT(STEP(BLOCK)));
}

static int
fail_while_a_context_starts(struct trees_stage stage)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, open_and_wait, &stage);
	if (rc == 0)
		rc = actor_checkpoint();
	if (rc == 0)
		rc = actor_fail(ACTOR_EDENIED, "an error of the root");
	return actor_nursery_close(nursery, rc);
}

/* shows: CX-26 */
static int
a_failure_while_a_context_starts_ends_all(void)
{
	EXPECT_CODE(with_stage(fail_while_a_context_starts), ACTOR_EDENIED);
	EXPECT_PART(actor_error_message(actor_error_last()), "an error of the root");
	return 0;
}

struct entry {
	struct trees_stage stage;
	int64_t number, announced;
};

/* Each announces when all have been opened, and ends when all have announced. */
static int
enter(void *argument)
{
	struct entry *entry = argument;
	Trees__Line *first;
	play_dialog dialog;
	int rc =
	    trees_stage_play_open(entry->stage,
	                          SCRIPT(STEP(SAY, TEXT("entered")), STEP(AWAIT_LINES, .number = 3, TEXT("entered")),
	                                 STEP(ANNOUNCE, .number = entry->number), STEP(RECEIVE)),
	                          NULL, &first, &dialog);

	if (rc != 0)
		return rc;
	entry->announced = first->number;
	trace("opened");
	AWAIT(trace_count("opened") == 3);
	return trees_stage_play_close(dialog, 0, NULL);
}

static int
enter_all(const struct trees_stage_cluster *cluster)
{
	struct entry entries[3];
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(entries); i++) {
		entries[i] = (struct entry){ trees_stage_cluster_worker(cluster, i), (int64_t)i + 10, 0 };
		rc = actor_nursery_start(nursery, enter, &entries[i]);
	}
	rc = actor_nursery_close(nursery, rc);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(entries); i++)
		EXPECT_INT(entries[i].announced, i + 10);
	return rc;
}

/* shows: CL-07 */
static int
contexts_of_several_tasks_are_entered_at_once(void)
{
	const struct actor_cluster_options options = { .count = 3, .spawn = probe_options(NULL, NULL) };
	struct trees_stage_cluster cluster;
	int rc = trees_stage_cluster_open(&options, &cluster);

	if (rc == 0)
		rc = enter_all(&cluster);
	return actor_cluster_close(&cluster.cluster, rc);
}

static int
open_a_supervisor(struct trees_stage supervisor)
{
	Trees__Line *first, *item;
	play_dialog dialog;
	int rc = trees_stage_play_open(supervisor, SCRIPT(STEP(SUPERVISE)), NULL, &first, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_TEXT(first->text, "leaf_1 leaf_2");
	for (int64_t i = 1; rc == 0 && i <= 4; i++)
		rc = trees_stage_play_send(dialog, TREES_LINE(.number = i));
	for (int64_t i = 1; rc == 0 && i <= 4; i++) {
		rc = trees_stage_play_receive(dialog, &item);
		if (rc == 0)
			EXPECT_INT(item->number, i * i);
	}
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_INT(trace_count("spawned leaf"), 2);
	EXPECT(is_gone(trace_number("spawned leaf")));
	EXPECT_INT(trace_count("no leaves are left=0"), 1);
	return rc;
}

/* shows: SP-12 */
static int
a_supervisor_announces_its_leaves_and_ends_them_before_itself(void)
{
	return with_stage(open_a_supervisor);
}

/* ---- what is not exposed ---- */

static int
open_what_is_not_exposed(struct trees_probe probe)
{
	struct trees_stage stage = { probe.portal };
	struct trees_stage_count_stream stream;
	struct trees_stage_bare_dialog bare;
	play_dialog dialog;

	EXPECT_CODE(open_play(stage, SCRIPT(STEP(ANNOUNCE)), &dialog), ACTOR_EDENIED);
	EXPECT_PART(actor_error_text(actor_error_last()), "trees.Stage");
	EXPECT_CODE(trees_stage_bare_open(stage, SCRIPT(STEP(BLOCK)), NULL, &bare), ACTOR_EDENIED);
	EXPECT_CODE(trees_stage_count_open(stage, SCRIPT(STEP(BLOCK)), NULL, &stream), ACTOR_EDENIED);
	EXPECT(probe_pid(probe) > 0);
	return 0;
}

/* shows: AL-05 */
static int
a_context_of_a_module_that_is_not_exposed_is_refused(void)
{
	return with_probe(open_what_is_not_exposed);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(an_opener_gets_the_first_value_and_the_result),
		CHECK(a_side_that_misuses_a_context_fails),
		CHECK(an_end_before_the_first_value_is_what_opening_gives),
		CHECK(an_endpoint_may_cancel_itself_before_its_first_value),
		CHECK(an_opener_that_stops_waiting_for_the_first_value_cancels_the_endpoint),
		CHECK(a_deadline_that_passes_at_both_sides_is_the_openers),
		CHECK(a_context_closes_when_its_endpoint_has_ended_and_not_before),
		CHECK(unread_items_end_no_context_early),
		CHECK(who_waits_for_the_result_needs_no_items),
		CHECK(a_stream_to_an_endpoint_that_has_returned_is_harmless),
		CHECK(a_failed_endpoint_interrupts_whatever_its_opener_does),
		CHECK(one_failure_that_is_seen_by_several_calls_is_one),
		CHECK(an_opener_that_fails_cancels_the_endpoint_and_keeps_its_error),
		CHECK(failures_of_both_sides_are_both_told),
		CHECK(a_context_that_fails_leaves_the_others_on_its_link_alone),
		CHECK(a_failure_comes_before_the_cancellations_of_its_cleanup),
		CHECK(a_failure_outlives_a_cancellation_of_its_cleanup),
		CHECK(an_endpoint_that_waits_for_something_is_cancelled_and_nothing_else),
		CHECK(each_side_knows_its_own_context),
		CHECK(a_context_tells_how_far_it_is_and_how_it_ended),
		CHECK(an_actor_opens_no_context_to_itself),
		CHECK(a_task_in_a_nursery_of_the_actor_fails_the_context_that_keeps_it),
		CHECK(a_failure_while_a_context_starts_ends_all),
		CHECK(contexts_of_several_tasks_are_entered_at_once),
		CHECK(a_supervisor_announces_its_leaves_and_ends_them_before_itself),
		CHECK(a_context_of_a_module_that_is_not_exposed_is_refused),
	};

	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
