/* SPDX-License-Identifier: BSD-2-Clause */

/* How far a cancellation and a deadline reach, and what may hold them off. */

#include <stdlib.h>

#include "probe.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *path_of_three[] = { (char *)"a", (char *)"b", (char *)"c" };

static const Trees__Journey *
journey(size_t length, Trees__Errand errand)
{
	static Trees__Journey journey;

	journey = (Trees__Journey)TREES__JOURNEY__INIT;
	journey.n_path = length;
	journey.path = path_of_three;
	journey.errand = errand;
	journey.text = (char *)"from below";
	return &journey;
}

/* ---- deadlines ---- */

static int
travel_with_a_deadline(struct trees_probe child)
{
	Trees__Value *answer;
	int left[4], rc;

	{
		ACTOR_SCOPE(limit, .timeout_ms = 10000);
		rc = trees_probe_relay(child, journey(3, TREES__ERRAND__TELL_TIME), &answer);
		left[3] = (int)actor_time_left_ms();
	}
	EXPECT_CODE(rc, 0);
	left[0] = trace_number("time child left");
	left[1] = trace_number("time a left");
	left[2] = trace_number("time b left");
	EXPECT(left[0] <= 10001);
	for (int i = 1; i < 3; i++)
		EXPECT(left[i] > 0 && left[i] <= left[i - 1] - 20 + 1); /* each hop may round up */
	EXPECT(trace_number("time c left") <= left[2] - 20 + 1);
	EXPECT(trace_number("time c left") >= left[3]);
	return rc;
}

static int
a_deadline_shrinks_with_every_hop(void)
{
	return with_probe(travel_with_a_deadline);
}

static int
park_with_a_deadline(struct trees_probe child)
{
	Trees__Value *answer;
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = 500);
	rc = trees_probe_relay(child, journey(3, TREES__ERRAND__PARK), &answer);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	EXPECT_TEXT(actor_error_canceller(actor_error_last())->name, "root");
	rc = actor_scope_close(&limit, rc, &fired);
	EXPECT(fired);
	for (int i = 0; i < 3; i++) {
		char line[20];

		snprintf(line, sizeof line, "spawned %s", path_of_three[i]);
		AWAIT(trace_number(line) < 0 || is_gone(trace_number(line)));
	}
	return rc;
}

static int
a_deadline_ends_the_whole_way(void)
{
	return with_probe(park_with_a_deadline);
}

/* ---- cancellations ---- */

static int
cancel_the_spawner(struct trees_probe child)
{
	struct actor_nursery *calls;
	Trees__Value *answer;
	uint64_t began = 0;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = trees_probe_relay_start(calls, child, journey(1, TREES__ERRAND__PARK), &answer);
	AWAIT(trace_count("parked a") == 1);
	began = now_ms();
	actor_nursery_cancel(calls);
	rc = actor_nursery_close(calls, rc);
	AWAIT(is_gone(trace_number("spawned a")));
	EXPECT(now_ms() - began < 3000);
	EXPECT_CODE(trees_probe_echo(child, TREES_VALUE(.number = 1), &answer), 0);
	return rc;
}

/* shows: CA-24, PR-14 */
static int
a_spawner_that_is_cancelled_takes_down_what_it_spawned_and_lives(void)
{
	return with_probe(cancel_the_spawner);
}

static int
fail_below(struct trees_probe child)
{
	const struct actor_error *error;
	Trees__Value *answer;

	EXPECT_CODE(trees_probe_relay(child, journey(1, TREES__ERRAND__FAIL), &answer), ACTOR_EINVAL);
	error = actor_error_last();
	EXPECT_TEXT(actor_error_boxed_type(error), "actor.BoxedError");
	EXPECT_TEXT(actor_error_type(error), "ACTOR_EINVAL");
	EXPECT_PART(actor_error_message(error), "from below (do_errand() at ");
	EXPECT_PART(actor_error_text(error), " from a@");
	EXPECT_PART(actor_error_text(error), " via child@");
	EXPECT_TEXT(actor_error_origin(error)->name, "a");
	EXPECT_INT(actor_error_hop_count(error), 2);
	EXPECT_TEXT(actor_error_hop(error, 1)->name, "child");
	EXPECT_CODE(actor_fail(ACTOR_ECLOSED, "and so: %s", actor_error_text(error)), ACTOR_ECLOSED);
	error = actor_error_last();
	EXPECT_PART(actor_error_message(error), "and so: ACTOR_EINVAL: from below (do_errand() at ");
	EXPECT_PART(actor_error_message(error), " via child@");
	EXPECT_PART(actor_error_message(error), " (fail_below() at ");
	EXPECT(actor_error_origin(error) == NULL);
	return trees_probe_echo(child, TREES_VALUE(.number = 1), &answer);
}

/* shows: CA-25, ER-02, ER-14 */
static int
a_failure_below_a_spawner_is_boxed_twice_and_nothing_hangs(void)
{
	return with_probe(fail_below);
}

static int
die_below(struct trees_probe child)
{
	const struct actor_error *error;
	Trees__Value *answer;

	EXPECT_CODE(trees_probe_relay(child, journey(1, TREES__ERRAND__KILL_ITSELF), &answer), ACTOR_EPEERGONE);
	error = actor_error_last();
	EXPECT_TEXT(actor_error_type(error), "ACTOR_EPEERGONE");
	EXPECT_TEXT(actor_error_origin(error)->name, "child");
	EXPECT_INT(actor_error_hop_count(error), 1);
	EXPECT_INT(actor_error_wait_status(error), KILLED_BY(SIGKILL));
	EXPECT_INT(actor_error_member_count(error), 0);
	return trees_probe_echo(child, TREES_VALUE(.number = 1), &answer);
}

/* shows: ER-17 */
static int
the_loss_of_a_link_goes_up_as_itself_and_harms_nobody(void)
{
	return with_probe(die_below);
}

/* ---- shields ---- */

/* Calls a child of a nursery, which parks, and cancels that nursery; gives the ms that its end took. */
static uint64_t
cancel_while(Trees__Errand errand, struct actor_nursery_report *ret_report)
{
	struct actor_nursery *actors, *calls = NULL;
	struct trees_probe child;
	Trees__Value *answer;
	uint64_t began = 0;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = trees_probe_spawn(actors, "child", probe_options(NULL, NULL), &child);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_probe_relay_start(calls, child, journey(0, errand), &answer);
	AWAIT(trace_count("parked child") == 1);
	actor_nursery_cancel(actors);
	began = now_ms();
	actor_nursery_cancel(calls);
	rc = actor_nursery_close(calls, rc);
	EXPECT_CODE(actor_nursery_close_report(actors, rc, ret_report), 0);
	return now_ms() - began;
}

static int
a_cleanup_under_a_shield_comes_to_its_end(void)
{
	struct actor_nursery_report report;

	EXPECT(cancel_while(TREES__ERRAND__CLEAN_UP, &report) >= 99);
	EXPECT_INT(trace_count("cleaned up child"), 1);
	EXPECT_INT(report.killed_count, 0);
	return 0;
}

/* robustness: G7 */
static int
shields_do_not_hold_off_the_end_of_their_actor(void)
{
	struct actor_nursery_report report;
	uint64_t took = cancel_while(TREES__ERRAND__SHIELD, &report);

	EXPECT(took >= 2200);
	EXPECT_INT(report.killed_count, 1);
	return 0;
}

/* ---- modules ---- */

/* shows: TD-08 */
static int
a_module_that_does_not_close_keeps_no_other_from_closing(void)
{
	static const struct actor_service *both[] = { &trees_probe_service, &trees_other_service, NULL };
	struct actor_spawn_options options = *probe_options(CLOSE_BADLY "=1", NULL);
	struct actor_nursery_report report;
	struct actor_nursery *actors;
	struct trees_probe child;
	int rc = actor_nursery_open(&actors);

	options.enable = both;
	if (rc == 0)
		rc = trees_probe_spawn(actors, "child", &options, &child);
	if (rc == 0)
		actor_nursery_cancel(actors);
	rc = actor_nursery_close_report(actors, rc, &report);
	EXPECT_INT(trace_count("stuck child rc=-1004"), 1);
	EXPECT_INT(trace_count("closing child"), 1);
	EXPECT(trace_line("stuck child") < trace_line("closing child"));
	EXPECT_INT(report.killed_count, 0);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_deadline_shrinks_with_every_hop),
		CHECK(a_deadline_ends_the_whole_way),
		CHECK(a_spawner_that_is_cancelled_takes_down_what_it_spawned_and_lives),
		CHECK(a_failure_below_a_spawner_is_boxed_twice_and_nothing_hangs),
		CHECK(the_loss_of_a_link_goes_up_as_itself_and_harms_nobody),
		CHECK(a_cleanup_under_a_shield_comes_to_its_end),
		CHECK(shields_do_not_hold_off_the_end_of_their_actor),
		CHECK(a_module_that_does_not_close_keeps_no_other_from_closing),
	};

	/* A module that does not close leaves its actor no more than that to end in, and sanitizers take their time. */
	if (getenv(CLOSE_BADLY) != NULL)
		probe_knobs.hop_ms = 1500;
	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
