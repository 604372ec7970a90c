/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts that are cancelled: by either side, by others, as a task or with the whole actor, and what each is told. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "stage.h"

#define NOT_LONG_MS 100
#define OFTEN 40

/* An opener that is about to cancel it knows that the endpoint is in the midst of it. */
static int
open_blocked(struct trees_stage stage, play_dialog *ret_dialog)
{
	int before = trace_count("blocking");
	int rc = trees_stage_play_open(stage, SCRIPT_OF(20, PATIENCE_MS, STEP(ANNOUNCE), STEP(BLOCK)), NULL, NULL,
	                               ret_dialog);

	if (rc == 0)
		AWAIT(trace_count("blocking") == before + 1);
	return rc;
}

static const char *
canceller_of(play_dialog dialog)
{
	static struct actor_context_report report;

	report = report_of(dialog.context);
	return report.has_canceller ? report.canceller.name : "nobody";
}

/* ---- before it begins ---- */

static int
open_too_late(struct trees_stage stage)
{
	play_dialog dialog;
	struct actor_scope over;
	int fired, rc;

	actor_scope_open(&over, &(const struct actor_scope_options){ 0 });
	actor_scope_cancel(&over);
	rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(BLOCK)), NULL, NULL, &dialog);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_CODE(actor_scope_close(&over, rc, &fired), 0);
	EXPECT(fired);
	EXPECT_INT(trace_count("blocking"), 0);
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: CX-15, CA-17 */
static int
a_context_in_a_scope_that_is_over_is_none(void)
{
	return with_stage(open_too_late);
}

/* ---- what this side has asked for ---- */

static int
cancel_and_wait(struct trees_stage stage)
{
	struct actor_context_report report;
	Trees__Line *result;
	play_dialog dialog;
	int rc = open_blocked(stage, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_INT(trees_stage_play_wait(dialog, &result), ACTOR_NO_RESULT);
	report = report_of(dialog.context);
	EXPECT_INT(report.state, ACTOR_CONTEXT_CANCELLED);
	EXPECT_INT(report.cancel_called, 1);
	EXPECT_INT(report.cancel_acked, 1);
	EXPECT_INT(report.has_outcome, 1);
	EXPECT_CODE(report.code, ACTOR_ECANCELED);
	EXPECT_TEXT(canceller_of(dialog), "main");
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0); /* again */
	EXPECT_CODE(actor_sleep_ms(1), 0);               /* this side goes on */
	EXPECT(still_answers(stage));
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT(result == NULL);
	EXPECT_CODE(trees_stage_play_cancel(dialog), ACTOR_ECLOSED);
	EXPECT(still_answers(stage));
	return rc;
}

/* shows: CA-01, CA-07, CA-14 */
static int
a_context_that_its_opener_has_cancelled_ends_without_a_failure(void)
{
	return with_stage(cancel_and_wait);
}

static int
cancel_and_close(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_blocked(stage, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	rc = trees_stage_play_close(dialog, 0, NULL);
	EXPECT_INT(trace_count("cleaned child code=0"), 1); /* it has ended */
	return rc;
}

/* shows: CA-01, CA-08, CA-14 */
static int
closing_a_cancelled_context_waits_for_its_end(void)
{
	return with_stage(cancel_and_close);
}

/* The endpoint hears of it only when it awaits again. */
static int
cancel_who_never_awaits(struct trees_stage stage)
{
	uint64_t start;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(SLEEP, .number = 1), STEP(HOLD), STEP(BLOCK)),
	                               NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("holding child") == 1);
	start = now_ms();
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT(now_ms() - start >= 600);
	EXPECT_INT(trace_count("held child"), 0);
	EXPECT_INT(report_of(dialog.context).cancel_acked, 0);
	EXPECT_INT(report_of(dialog.context).has_outcome, 0);
	trace("let go");
	rc = trees_stage_play_close(dialog, 0, NULL);
	EXPECT_INT(trace_count("held child"), 1);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	return rc;
}

/* shows: CA-08 */
static int
cancelling_waits_no_longer_than_it_has_to(void)
{
	return with_stage(cancel_who_never_awaits);
}

static int
see_it_inside(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_blocked(stage, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	rc = trees_stage_play_close(dialog, 0, NULL);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	EXPECT_INT(trace_count("inside started opener=0 called=1 outcome=0 canceller=main current=1"), 1);
	return rc;
}

/* shows: CA-15 */
static int
a_cancelled_endpoint_sees_a_cancellation_and_whose_it_is(void)
{
	return with_stage(see_it_inside);
}

static int
cancel_who_has_returned(struct trees_stage stage)
{
	Trees__Line *result;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(RETURN, TEXT("yo"))), NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	AWAIT(report_of(dialog.context).has_outcome);
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_CODE(trees_stage_play_wait(dialog, &result), 0);
	EXPECT_TEXT(result->text, "yo");
	EXPECT_INT(report_of(dialog.context).state, ACTOR_CONTEXT_RETURNED);
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT_TEXT(result->text, "yo");
	return rc;
}

static int
cancel_the_actor_of_who_has_returned(struct trees_stage stage)
{
	Trees__Line *result;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(RETURN, TEXT("yo"))), NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	AWAIT(report_of(dialog.context).has_outcome);
	EXPECT_CODE(actor_portal_cancel_actor(stage.portal), 0);
	EXPECT_CODE(trees_stage_play_wait(dialog, &result), 0);
	EXPECT_TEXT(result->text, "yo");
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT_TEXT(result->text, "yo");
	return rc;
}

/* shows: CA-03 */
static int
a_cancellation_that_comes_after_the_result_changes_nothing(void)
{
	int rc = with_stage(cancel_who_has_returned);

	return rc == 0 ? with_stage(cancel_the_actor_of_who_has_returned) : rc;
}

/* Whichever comes first is how it ended. */
static int
cancel_who_returns(struct trees_stage stage)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < OFTEN; i++) {
		Trees__Line *result = NULL;
		play_dialog dialog;
		int waited;

		rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE_ONE), STEP(RETURN, .number = 1)),
		                           NULL, NULL, &dialog);
		if (rc != 0)
			return rc;
		rc = trees_stage_play_send(dialog, TREES_LINE(.number = 1));
		for (int j = 0; rc == 0 && j < i % 4; j++)
			rc = actor_checkpoint();
		if (rc == 0)
			rc = trees_stage_play_cancel(dialog);
		waited = trees_stage_play_wait(dialog, &result);
		EXPECT(waited == 0 || waited == ACTOR_NO_RESULT);
		rc = trees_stage_play_close(dialog, rc, &result);
		EXPECT((result != NULL) == (waited == 0));
	}
	EXPECT(still_answers(stage));
	return rc;
}

/* shows: CA-16, CX-30 */
static int
a_cancellation_and_a_result_that_cross_are_one_end(void)
{
	return with_stage(cancel_who_returns);
}

/* ---- with the whole actor ---- */

static int
cancel_the_actor(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = open_blocked(stage, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(actor_portal_cancel_actor(stage.portal), 0);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_TEXT(actor_error_type(actor_error_last()), "ACTOR_ECANCELED");
	EXPECT_INT(report_of(dialog.context).state, ACTOR_CONTEXT_PEER_CANCELLED);
	EXPECT_INT(report_of(dialog.context).cancel_called, 0);
	EXPECT_TEXT(canceller_of(dialog), "child");
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT_TEXT(error_origin(), "child");
	return 0;
}

/* shows: CA-02, CA-04, ER-15 */
static int
a_context_whose_actor_is_cancelled_fails_whoever_asked(void)
{
	return with_stage(cancel_the_actor);
}

/* What the endpoint says at its end comes through, and not the end of the link instead. */
static int
hear_the_last_words(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 30), STEP(BLOCK)), NULL, NULL,
	                               &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("blocking child") == 1);
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	EXPECT_CODE(actor_portal_cancel_actor(stage.portal), 0);
	rc = trees_stage_play_close(dialog, 0, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 1);
	return 0;
}

/* shows: TD-07 */
static int
an_actor_that_is_cancelled_still_tells_how_its_contexts_end(void)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < 5; i++) {
		trace_clear();
		rc = with_stage(hear_the_last_words);
	}
	return rc;
}

/* ---- by another task ---- */

struct helper {
	struct trees_stage stage;
	play_dialog dialog;
	int rc;
};

static int
cancel_for_another(void *argument)
{
	struct helper *helper = argument;

	helper->rc = actor_sleep_ms(1);
	if (helper->rc == 0)
		helper->rc = trees_stage_play_cancel(helper->dialog);
	return 0;
}

static int
cancel_actor_for_another(void *argument)
{
	struct helper *helper = argument;

	helper->rc = actor_sleep_ms(1);
	if (helper->rc == 0)
		helper->rc = actor_portal_cancel_actor(helper->stage.portal);
	return 0;
}

/* A context that is open beside a task which is about to do something with it. */
static int
open_beside(struct trees_stage stage, actor_task_fn *task, int (*body)(play_dialog dialog))
{
	struct helper helper = { .stage = stage, .rc = -1 };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = open_blocked(stage, &helper.dialog);
	if (rc == 0)
		rc = actor_nursery_start(nursery, task, &helper);
	if (rc == 0)
		rc = body(helper.dialog);
	rc = actor_nursery_close(nursery, rc);
	EXPECT_CODE(helper.rc, 0);
	return rc;
}

static int
sleep_and_be_cancelled(play_dialog dialog)
{
	int rc = actor_sleep_ms(UINT32_MAX);

	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_INT(report_of(dialog.context).state, ACTOR_CONTEXT_CANCELLED);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, 0);
	EXPECT_CODE(actor_sleep_ms(1), 0);
	return rc;
}

static int
cancel_from_a_task(struct trees_stage stage)
{
	int rc = open_beside(stage, cancel_for_another, sleep_and_be_cancelled);

	EXPECT(still_answers(stage));
	return rc;
}

/* shows: CA-09 */
static int
a_cancellation_by_another_task_interrupts_the_opener(void)
{
	return with_stage(cancel_from_a_task);
}

static int
sleep_and_lose_the_actor(play_dialog dialog)
{
	int rc = actor_sleep_ms(UINT32_MAX);

	EXPECT_CODE(rc, ACTOR_ECANCELED);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	return 0;
}

static int
receive_and_lose_the_actor(play_dialog dialog)
{
	Trees__Line *item;
	int rc = trees_stage_play_receive(dialog, &item);

	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT_TEXT(error_origin(), "child");
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 1);
	return 0;
}

static int
cancel_the_actor_from_a_task(struct trees_stage stage)
{
	return open_beside(stage, cancel_actor_for_another, sleep_and_lose_the_actor);
}

static int
cancel_the_actor_while_receiving(struct trees_stage stage)
{
	return open_beside(stage, cancel_actor_for_another, receive_and_lose_the_actor);
}

/* shows: CA-10, CA-11 */
static int
the_end_of_the_actor_interrupts_an_opener_once_whatever_it_does(void)
{
	int rc = with_stage(cancel_the_actor_from_a_task);

	trace_clear();
	return rc == 0 ? with_stage(cancel_the_actor_while_receiving) : rc;
}

static int
send_and_cancel(void *argument)
{
	struct helper *helper = argument;

	helper->rc = trees_stage_play_send(helper->dialog, TREES_LINE(.number = 1));
	while (helper->rc == 0 && trace_count("received") == 0)
		helper->rc = actor_sleep_ms(1);
	if (helper->rc == 0)
		helper->rc = trees_stage_play_cancel(helper->dialog);
	return 0;
}

static int
receive_while_another_cancels(struct trees_stage stage)
{
	struct helper helper = { .stage = stage, .rc = -1 };
	struct actor_nursery *nursery;
	Trees__Line *item;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)), NULL, NULL, &helper.dialog);
	if (rc == 0)
		rc = actor_nursery_start(nursery, send_and_cancel, &helper);
	if (rc == 0)
		rc = trees_stage_play_receive(helper.dialog, &item);
	EXPECT_CODE(rc, 0);
	trace("received");
	if (rc == 0)
		rc = trees_stage_play_receive(helper.dialog, &item);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_CODE(trees_stage_play_close(helper.dialog, rc, NULL), 0);
	EXPECT(still_answers(stage));
	rc = actor_nursery_close(nursery, 0);
	EXPECT_CODE(helper.rc, 0);
	return rc;
}

/* shows: CA-11, CA-12 */
static int
who_receives_sees_that_another_task_has_cancelled(void)
{
	return with_stage(receive_while_another_cancels);
}

/* ---- by the opener's scope ---- */

static int
run_out_of_time(struct trees_stage stage)
{
	play_dialog dialog;
	int fired, rc;

	ACTOR_SCOPE(limit, 0);
	rc = open_blocked(stage, &dialog);
	actor_scope_cancel(&limit);
	if (rc == 0)
		rc = actor_sleep_ms(UINT32_MAX);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "main");
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	rc = actor_scope_close(&limit, rc, &fired);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	EXPECT_INT(trace_count("cleaned child code=0"), 1);
	EXPECT(still_answers(stage));
	return rc;
}

/* shows: CA-17, ER-13 */
static int
an_opener_that_is_cancelled_cancels_and_keeps_its_own_reason(void)
{
	return with_stage(run_out_of_time);
}

/* ---- by the endpoint ---- */

static int
let_it_cancel_itself(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE_ONE), STEP(CANCEL_ITSELF), STEP(BLOCK)), NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), 0);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "child");
	EXPECT_INT(report_of(dialog.context).state, ACTOR_CONTEXT_PEER_CANCELLED);
	EXPECT_INT(report_of(dialog.context).cancel_called, 0);
	EXPECT_TEXT(canceller_of(dialog), "child");
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "child");
	return 0;
}

/* It had done so before this side asked: that is not what was asked for. */
static int
cancel_who_has_cancelled_itself(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage, SCRIPT_OF(NOT_LONG_MS, PATIENCE_MS, STEP(ANNOUNCE), STEP(CANCEL_ITSELF), STEP(BLOCK)), NULL, NULL,
	    &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("cleaning child") == 1);
	EXPECT_CODE(trees_stage_play_cancel(dialog), 0);
	EXPECT_INT(report_of(dialog.context).cancel_called, 1);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "child");
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_ECANCELED);
	return 0;
}

/* It passes on the cancellation of another: the canceller is the same, but it comes from further away. */
static int
cancel_who_relays(struct trees_stage stage)
{
	Trees__Script *inner = SCRIPT(STEP(ANNOUNCE), STEP(CANCEL_ITSELF), STEP(BLOCK));
	Trees__Script *outer = SCRIPT(STEP(ANNOUNCE), STEP(OPEN, .script = inner));
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(SPAWN, TEXT("inner"), .script = outer)), NULL, NULL, &dialog);

	if (rc == 0) {
		rc = trees_stage_play_wait(dialog, NULL);
		rc = trees_stage_play_close(dialog, rc, NULL);
	}
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "inner");
	EXPECT_TEXT(error_origin(), "inner");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 2);
	return 0;
}

/* shows: CA-04, CA-13 */
static int
only_what_this_side_has_asked_for_is_no_failure(void)
{
	int rc = with_stage(let_it_cancel_itself);

	trace_clear();
	if (rc == 0)
		rc = with_stage(cancel_who_has_cancelled_itself);
	trace_clear();
	return rc == 0 ? with_stage(cancel_who_relays) : rc;
}

/* ---- by a third actor ---- */

static int
meet_stage(struct actor_nursery *town, const char *name, const char *variable, struct trees_stage *ret_stage)
{
	struct trees_probe probe;
	int rc = meet_neighbour(town, name, variable, &probe);

	ret_stage->portal = probe.portal;
	return rc;
}

struct three {
	struct trees_stage sleeper, caller, judge;
	play_dialog sleeping, judging;
	struct actor_nursery *beside;
};

/* The sleeper is slept at by us and by the caller, until the judge cancels it. */
static int
meet_three(struct actor_nursery *town, struct three *three)
{
	int rc = meet_stage(town, "sleeper", CANCELLED_BY_US, &three->sleeper);

	if (rc == 0)
		rc = meet_stage(town, "caller", NULL, &three->caller);
	return rc == 0 ? meet_stage(town, "judge", NULL, &three->judge) : rc;
}

/* In a task of its own: its failure must not be what ends the others. */
static int
call_by_another(void *argument)
{
	const struct trees_stage *caller = argument;
	Trees__Script *inner = SCRIPT(STEP(ANNOUNCE), STEP(BLOCK));
	play_dialog dialog = { 0 };
	int rc = trees_stage_play_open(*caller, SCRIPT(STEP(ANNOUNCE), STEP(OPEN, TEXT("sleeper"), .script = inner)),
	                               NULL, NULL, &dialog);

	EXPECT_CODE(rc, 0);
	if (rc == 0)
		rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "judge");
	EXPECT_TEXT(error_origin(), "sleeper");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 2);
	return 0;
}

static int
open_three_contexts(struct three *three)
{
	int rc = actor_nursery_open(&three->beside);

	if (rc == 0)
		rc = actor_nursery_start(three->beside, call_by_another, &three->caller);
	if (rc == 0)
		rc = trees_stage_play_open(three->judge,
		                           SCRIPT(STEP(ANNOUNCE),
		                                  STEP(AWAIT_LINES, .number = 2, TEXT("blocking sleeper")),
		                                  STEP(CANCEL_ACTOR, TEXT("sleeper")), STEP(BLOCK)),
		                           NULL, NULL, &three->judging);
	if (rc == 0)
		rc = trees_stage_play_open(three->sleeper, SCRIPT(STEP(ANNOUNCE), STEP(BLOCK)), NULL, NULL,
		                           &three->sleeping);
	return rc;
}

/* Closes what is ours; the caller's end is another task's. */
static int
close_three_contexts(struct three *three, int rc)
{
	rc = trees_stage_play_close(three->sleeping, rc, NULL);
	rc = trees_stage_play_close(three->judging, rc, NULL);
	AWAIT(trace_count("failed caller") == 1);
	EXPECT_CODE(actor_nursery_close(three->beside, 0), 0);
	EXPECT_INT(trace_count("failed sleeper code=-1001 by judge"), 2);
	EXPECT_INT(trace_count("failed caller code=-1001 by judge"), 1);
	EXPECT_INT(trace_count("failed judge code=-1001 by main"), 1); /* as the body has failed */
	return rc;
}

/* As raised to those who were told, by the one who has told them. */
static int
be_told(struct three *three)
{
	int rc = trees_stage_play_wait(three->sleeping, NULL);

	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "judge");
	EXPECT_TEXT(error_origin(), "sleeper");
	EXPECT_TEXT(canceller_of(three->sleeping), "sleeper");
	EXPECT_INT(report_of(three->sleeping.context).cancel_called, 0);
	EXPECT_INT(report_of(three->sleeping.context).cancel_acked, 0);
	EXPECT_INT(report_of(three->judging.context).cancel_called, 0);
	EXPECT_INT(report_of(three->judging.context).has_outcome, 0);
	return rc;
}

static int
judge_a_sleeper(struct actor_nursery *town)
{
	struct three three = { 0 };
	int rc = meet_three(town, &three);

	if (rc == 0)
		rc = open_three_contexts(&three);
	if (rc == 0)
		rc = be_told(&three);
	rc = close_three_contexts(&three, rc);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	return 0;
}

/* shows: CA-05, CA-18 */
static int
every_opener_is_told_who_cancelled_and_by_whom_it_is_told(void)
{
	return in_town(judge_a_sleeper);
}

static int
fail_when_told(struct actor_nursery *town)
{
	struct three three = { 0 };
	int rc = meet_three(town, &three);

	if (rc == 0)
		rc = open_three_contexts(&three);
	if (rc == 0)
		rc = be_told(&three);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	rc = close_three_contexts(&three, actor_fail(ACTOR_EDENIED, "an error of the handler"));
	EXPECT(rc == ACTOR_EDENIED || rc == ACTOR_EGROUP);
	EXPECT_PART(actor_error_text(actor_error_last()), "an error of the handler");
	return 0;
}

/* shows: CA-06 */
static int
an_opener_that_fails_when_it_is_told_cancels_the_rest(void)
{
	return in_town(fail_when_told);
}

/* ---- actors that others have made ---- */

static int
look_for_bro(void)
{
	const struct actor_registration *list;
	size_t count = 0;
	int rc = actor_query("little_bro", &list, &count);

	return rc == 0 ? (int)count : rc;
}

/* The server has a child, with which the client talks. */
static int
open_both(struct actor_nursery *town, Trees__Script *talk, play_dialog *serving, play_dialog *talking)
{
	struct trees_stage server, client;
	Trees__Script *keep = SCRIPT(STEP(ANNOUNCE), STEP(BLOCK));
	int rc = meet_stage(town, "server", NULL, &server);

	if (rc == 0)
		rc = meet_stage(town, "client", NULL, &client);
	if (rc == 0)
		rc = trees_stage_play_open(server, SCRIPT(STEP(SPAWN, TEXT("little_bro"), .script = keep)), NULL, NULL,
		                           serving);
	if (rc == 0)
		rc = trees_stage_play_open(
		    client, SCRIPT(STEP(ANNOUNCE), STEP(OPEN_TO_ECHO, TEXT("little_bro"), .script = talk)), NULL, NULL,
		    talking);
	return rc;
}

static int
take_bro_down(struct actor_nursery *town)
{
	play_dialog serving = { 0 }, talking = { 0 };
	int rc = open_both(town, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)), &serving, &talking);

	if (rc == 0) {
		AWAIT(trace_count("exchanged by client") == 1);
		EXPECT_INT(look_for_bro(), 1);
		EXPECT_CODE(trees_stage_play_cancel(talking), 0);
		EXPECT_INT(trees_stage_play_wait(talking, NULL), ACTOR_NO_RESULT);
		EXPECT_INT(report_of(talking.context).cancel_acked, 1);
		EXPECT_TEXT(canceller_of(talking), "main");
	}
	rc = trees_stage_play_close(talking, rc, NULL);
	if (rc == 0) {
		EXPECT_CODE(trees_stage_play_cancel(serving), 0);
		EXPECT_INT(trees_stage_play_wait(serving, NULL), ACTOR_NO_RESULT);
		EXPECT_INT(look_for_bro(), 0);
	}
	return trees_stage_play_close(serving, rc, NULL);
}

/* shows: CA-24 */
static int
an_actor_goes_with_the_context_that_has_spawned_it(void)
{
	return in_town(take_bro_down);
}

static int
let_bro_fail(struct actor_nursery *town)
{
	play_dialog serving = { 0 }, talking = { 0 };
	int rc = open_both(town,
	                   SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE_ONE), STEP(SEND, .number = 1), STEP(RECEIVE_ONE),
	                          STEP(FAIL, .number = ACTOR_EINVAL, TEXT("in the midst of it"))),
	                   &serving, &talking);

	if (rc == 0)
		rc = trees_stage_play_wait(talking, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_TEXT(error_origin(), "little_bro");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 2);
	EXPECT_TEXT(actor_error_hop(actor_error_last(), 1)->name, "client");
	EXPECT_TEXT(actor_error_boxed_type(actor_error_last()), "actor.BoxedError");
	rc = trees_stage_play_close(talking, rc, NULL);
	rc = trees_stage_play_close(serving, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_INT(look_for_bro(), 0);
	return 0;
}

/* shows: CA-25 */
static int
a_failure_in_the_midst_of_a_stream_is_told_from_hop_to_hop(void)
{
	return in_town(let_bro_fail);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_context_in_a_scope_that_is_over_is_none),
		CHECK(a_context_that_its_opener_has_cancelled_ends_without_a_failure),
		CHECK(closing_a_cancelled_context_waits_for_its_end),
		CHECK(cancelling_waits_no_longer_than_it_has_to),
		CHECK(a_cancelled_endpoint_sees_a_cancellation_and_whose_it_is),
		CHECK(a_cancellation_that_comes_after_the_result_changes_nothing),
		CHECK(a_cancellation_and_a_result_that_cross_are_one_end),
		CHECK(a_context_whose_actor_is_cancelled_fails_whoever_asked),
		CHECK(an_actor_that_is_cancelled_still_tells_how_its_contexts_end),
		CHECK(a_cancellation_by_another_task_interrupts_the_opener),
		CHECK(the_end_of_the_actor_interrupts_an_opener_once_whatever_it_does),
		CHECK(who_receives_sees_that_another_task_has_cancelled),
		CHECK(an_opener_that_is_cancelled_cancels_and_keeps_its_own_reason),
		CHECK(only_what_this_side_has_asked_for_is_no_failure),
		CHECK(every_opener_is_told_who_cancelled_and_by_whom_it_is_told),
		CHECK(an_opener_that_fails_when_it_is_told_cancels_the_rest),
		CHECK(an_actor_goes_with_the_context_that_has_spawned_it),
		CHECK(a_failure_in_the_midst_of_a_stream_is_told_from_hop_to_hop),
	};

	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
