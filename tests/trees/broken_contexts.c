/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts whose link breaks, or whose process ends: both sides are told, and nothing is left. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "stage.h"

#define ITEMS 1000
#define BREAK_AT 500

/* Of one exchange of items, at either side. */
struct fault {
	bool opener_breaks, endpoint_breaks;
	bool closes_first; /* the opener's stream has ended before */
};

static const struct fault faults[] = {
	{ .opener_breaks = true },
	{ .endpoint_breaks = true },
	{ .opener_breaks = true, .endpoint_breaks = true },
	{ .opener_breaks = true, .closes_first = true },
	{ .endpoint_breaks = true, .closes_first = true },
	{ .opener_breaks = true, .endpoint_breaks = true, .closes_first = true },
};

static const struct fault *fault;

static int
exchange(play_dialog dialog)
{
	Trees__Line *item;
	int rc = 0;

	for (int64_t i = 1; rc == 0 && i <= BREAK_AT; i++) {
		rc = trees_stage_play_send(dialog, TREES_LINE(.number = i));
		if (rc == 0)
			rc = trees_stage_play_receive(dialog, &item);
	}
	EXPECT_CODE(rc, 0);
	if (rc == 0 && fault->closes_first)
		rc = trees_stage_play_close_send(dialog);
	return rc;
}

/* An exchange that goes on, if the link holds. */
static int
go_on(play_dialog dialog)
{
	Trees__Line *item;
	int rc = 0;

	if (fault->endpoint_breaks)
		trace("break it");
	if (fault->opener_breaks)
		break_links();
	for (int64_t i = BREAK_AT; rc == 0 && i < ITEMS; i++) {
		if (!fault->closes_first)
			rc = trees_stage_play_send(dialog, TREES_LINE(.number = i));
		if (rc == 0)
			rc = trees_stage_play_receive(dialog, &item);
	}
	return rc;
}

static int
break_an_exchange(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = trees_stage_play_open(stage,
	                               fault->endpoint_breaks ? SCRIPT(STEP(ANNOUNCE), STEP(ECHO, .number = BREAK_AT),
	                                                               STEP(AWAIT_LINES, .number = 1, TEXT("break it")),
	                                                               STEP(BREAK_LINKS), STEP(BLOCK))
	                                                      : SCRIPT(STEP(ANNOUNCE), STEP(ECHO), STEP(BLOCK)),
	                               NULL, NULL, &dialog);
	if (rc != 0)
		return rc;
	rc = exchange(dialog);
	if (rc == 0)
		rc = go_on(dialog);
	EXPECT_CODE(rc, ACTOR_EPEERGONE);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT(actor_error_canceller(actor_error_last()) == NULL);
	return rc;
}

/* shows: TD-10, TD-11, ER-15 */
static int
a_link_that_breaks_within_a_stream_ends_the_tree(void)
{
	for (size_t i = 0; i < ACTOR_COUNT(faults); i++) {
		int rc;

		fault = &faults[i];
		trace_clear();
		rc = with_stage(break_an_exchange);
		EXPECT(rc == ACTOR_EPEERGONE || rc == ACTOR_EGROUP); /* the child's end is a failure, too */
		EXPECT(actor_error_member_count(actor_error_last()) <= 2);
		for (size_t j = 0; j < actor_error_member_count(actor_error_last()); j++)
			EXPECT_CODE(actor_error_code(actor_error_member(actor_error_last(), j)), ACTOR_EPEERGONE);
		EXPECT(!has_children());
	}
	return 0;
}

/* ---- deaths ---- */

static int
receive_from_the_dead(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage, SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 1), STEP(RECEIVE_ONE), STEP(KILL)), NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), 0);
	rc = trees_stage_play_receive(dialog, &item);
	EXPECT_CODE(rc, ACTOR_EPEERGONE);
	EXPECT_INT(report_of(dialog.context).state, ACTOR_CONTEXT_FAILED);
	return trees_stage_play_close(dialog, rc, NULL);
}

static int
sleep_beside_the_dead(struct trees_stage stage)
{
	play_dialog dialog;
	int rc =
	    trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE_ONE), STEP(KILL)), NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), 0);
	rc = actor_sleep_ms(UINT32_MAX);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	rc = trees_stage_play_close(dialog, rc, NULL);
	EXPECT(rc == ACTOR_EPEERGONE || rc == ACTOR_EGROUP); /* the child's nursery has cancelled this, too */
	EXPECT_PART(actor_error_text(actor_error_last()), "ACTOR_EPEERGONE");
	return rc;
}

static int
open_to_the_dying(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(KILL)), NULL, NULL, &dialog);

	EXPECT_CODE(rc, ACTOR_EPEERGONE);
	return rc;
}

static void
expect_death(int (*body)(struct trees_stage stage))
{
	int rc = with_stage(body);

	EXPECT(rc == ACTOR_EPEERGONE || rc == ACTOR_EGROUP);
	EXPECT_PART(actor_error_text(actor_error_last()), "child");
}

/* shows: TD-11 */
static int
an_opener_hears_of_the_death_of_its_endpoint_whatever_it_does(void)
{
	expect_death(receive_from_the_dead);
	expect_death(sleep_beside_the_dead);
	expect_death(open_to_the_dying);
	return 0;
}

static int
leave_a_broken_one(struct trees_stage stage)
{
	int pid = probe_pid(probe_at(stage));
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage,
	    SCRIPT(STEP(ANNOUNCE), STEP(AWAIT_LINES, TEXT("it is open"), .number = 1), STEP(BREAK_LINKS), STEP(BLOCK)),
	    NULL, NULL, &dialog);

	EXPECT(pid > 0);
	if (rc != 0)
		return rc;
	trace("it is open");
	rc = actor_sleep_ms(1000);
	EXPECT_CODE(rc, ACTOR_ECANCELED); /* at once */
	return trees_stage_play_close(dialog, actor_fail(ACTOR_EDENIED, "an error of the root"), NULL);
}

/* shows: TD-12 */
static int
a_child_that_has_broken_its_link_is_reaped(void)
{
	uint64_t start = now_ms();
	int rc = with_stage(leave_a_broken_one);

	EXPECT_CODE(rc, ACTOR_EGROUP);
	EXPECT_PART(actor_error_text(actor_error_last()), "an error of the root");
	EXPECT(now_ms() - start < PATIENCE_MS);
	EXPECT(!has_children());
	return 0;
}

/* The other way round: an endpoint whose opener is gone is cancelled, and its cleanup runs. */
static int
lose_the_opener(struct trees_stage stage)
{
	Trees__Script *inner = SCRIPT(STEP(ANNOUNCE), STEP(BLOCK));
	Trees__Script *outer = SCRIPT(STEP(OPEN, .script = inner));
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(SPAWN, TEXT("inner"), .script = outer)), NULL,
	                               NULL, &dialog);

	if (rc != 0)
		return rc;
	AWAIT(trace_count("blocking inner") == 1);
	send_signal(probe_pid(probe_at(stage)), SIGKILL);
	rc = actor_sleep_ms(UINT32_MAX);
	return trees_stage_play_close(dialog, rc, NULL);
}

/* shows: TD-11 */
static int
the_death_of_an_opener_is_told_and_leaves_nobody(void)
{
	expect_death(lose_the_opener);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_link_that_breaks_within_a_stream_ends_the_tree),
		CHECK(an_opener_hears_of_the_death_of_its_endpoint_whatever_it_does),
		CHECK(a_child_that_has_broken_its_link_is_reaped),
		CHECK(the_death_of_an_opener_is_told_and_leaves_nobody),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
