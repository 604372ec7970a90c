/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a tree when its root, or another part of it, is killed or interrupted. */
#include <signal.h>

#include "probe.h"
#include "whole_tree.h"

/* ---- the trees ---- */

static int
deep_tree(void)
{
	return park_below(TREES__ERRAND__PARK);
}

static int
untethered_tree(void)
{
	return park_below(TREES__ERRAND__PARK_UNTETHERED);
}

static int
blocked_tree(void)
{
	return park_below(TREES__ERRAND__PARK_BLOCKED);
}

static const char *const three_names[] = { "top", "middle", "leaf" };

/* The root waits for daemons that nobody cancels. */
static int
daemons_that_are_waited_for(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(three_names); i++) {
		rc = trees_probe_spawn(nursery, three_names[i], probe_options(NULL, NULL), &probe);
		if (rc == 0)
			trace("spawned %s pid=%d", three_names[i], probe_pid(probe));
	}
	trace("parked root");
	return actor_nursery_close(nursery, rc);
}

static int
park_one_shots(void *argument)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(three_names); i++) {
		rc = trees_probe_relay_run_in_actor(nursery, three_names[i], probe_options(NULL, NULL),
		                                    TREES_JOURNEY(.errand = TREES__ERRAND__PARK), &probe);
		if (rc == 0)
			trace("spawned %s pid=%d", three_names[i], probe_pid(probe));
	}
	return actor_nursery_close(nursery, rc);
}

static int
one_shots_of_another_task(void)
{
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_start(tasks, park_one_shots, NULL);
	return actor_nursery_close(tasks, rc);
}

static const struct check trees[] = {
	CHECK(deep_tree),
	CHECK(untethered_tree),
	CHECK(blocked_tree),
	CHECK(daemons_that_are_waited_for),
	CHECK(one_shots_of_another_task),
};

/* ---- the checks ---- */

/* shows: SP-29 */
static int
killing_the_root_ends_all_its_descendants(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGKILL));
	return 0;
}

/* shows: SP-29 */
static int
killing_an_actor_in_the_middle_ends_what_is_below_and_is_an_error_above(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	send_signal(tree.middle.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, EXITED_WITH(1));
	EXPECT_PART(tree.log, "middle");
	EXPECT_PART(tree.log, "SIGKILL");
	return 0;
}

/*
 * The kernel does not kill this leaf with its parent: that its link has ended is what it goes by.
 *
 * shows: SP-29, PR-18, ER-11
 */
static int
an_actor_whose_link_has_ended_cancels_its_tasks_and_exits(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "untethered_tree", 1))
		return 0;
	send_signal(tree.middle.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(trace_number("unparked leaf code"), ACTOR_ECANCELED);
	EXPECT_INT(trace_count("closing leaf"), 1);
	EXPECT_INT(tree.leaf.status, EXITED_WITH(1)); /* it came to us: nobody killed it */
	EXPECT_PART(tree.log, "could not be sent");
	return 0;
}

/* shows: SP-29 */
static int
killing_the_root_ends_an_actor_that_goes_by_its_link_alone(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "untethered_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(trace_count("unparked leaf"), 1); /* by itself, whatever its parents came to do before they died */
	return 0;
}

/* shows: SP-29 */
static int
killing_the_root_ends_an_actor_that_blocks(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "blocked_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	expect_end(&tree);
	return 0;
}

/* From the inside, by cancelling; nobody is killed. */
static void
expect_orderly_end(struct tree *tree, int signal_number)
{
	send_signal(tree->root.pid, signal_number);
	expect_end(tree);
	EXPECT_INT(tree->root.status, KILLED_BY(signal_number));
	EXPECT_INT(trace_count("closing top"), 1);
	EXPECT_INT(trace_count("closing middle"), 1);
	EXPECT_INT(trace_count("closing leaf"), 1);
}

/* shows: CA-27, CA-38 */
static int
an_interrupt_of_the_root_ends_the_tree_from_the_inside(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct tree tree = { .prepare = NULL };

	for (size_t i = 0; i < ACTOR_COUNT(signals); i++) {
		trace_clear();
		if (!start_tree(&tree, "deep_tree", 1))
			return 0;
		expect_orderly_end(&tree, signals[i]);
		EXPECT(trace_line("closing leaf") < trace_line("closing middle"));
		EXPECT(trace_line("closing middle") < trace_line("closing top"));
	}
	return 0;
}

/* shows: CA-39 */
static int
an_interrupt_ends_one_shots_that_another_task_started(void)
{
	struct tree tree = { .prepare = NULL };

	if (start_tree(&tree, "one_shots_of_another_task", 3))
		expect_orderly_end(&tree, SIGINT);
	return 0;
}

/* shows: CA-34 */
static int
an_interrupt_ends_daemons_that_the_root_waits_for(void)
{
	struct tree tree = { .prepare = NULL };

	if (start_tree(&tree, "daemons_that_are_waited_for", 1))
		expect_orderly_end(&tree, SIGINT);
	return 0;
}

static const struct check checks[] = {
	CHECK(killing_the_root_ends_all_its_descendants),
	CHECK(killing_an_actor_in_the_middle_ends_what_is_below_and_is_an_error_above),
	CHECK(an_actor_whose_link_has_ended_cancels_its_tasks_and_exits),
	CHECK(killing_the_root_ends_an_actor_that_goes_by_its_link_alone),
	CHECK(killing_the_root_ends_an_actor_that_blocks),
	CHECK(an_interrupt_of_the_root_ends_the_tree_from_the_inside),
	CHECK(an_interrupt_ends_one_shots_that_another_task_started),
	CHECK(an_interrupt_ends_daemons_that_the_root_waits_for),
};

int
main(int argc, char **argv)
{
	return drive(trees, ACTOR_COUNT(trees), checks, ACTOR_COUNT(checks), argc, argv);
}
