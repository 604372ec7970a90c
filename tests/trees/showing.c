/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tree says of itself when it gets SIGUSR1, and what it looks like from outside. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

static char text[256 * 1024];

/* Lines of the actor that have `part`. */
static int
count_lines(const char *actor, const char *part)
{
	char start[80];
	int count = 0;

	snprintf(start, sizeof start, "live[%s@", actor);
	captured_so_far(text, sizeof text);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		count += strncmp(line, start, strlen(start)) == 0 && strstr(line, part) != NULL;
	return count;
}

/* ---- a tree of three levels, with calls in flight ---- */

static const char *const everybody[] = { "root", "top", "middle", "leaf" };

/* Each of them has said all of its part: what it says last is what it runs, and all of these wait. */
static bool
all_have_shown(int times)
{
	for (size_t i = 0; i < ACTOR_COUNT(everybody); i++)
		if (count_lines(everybody[i], "] actor, pid ") < times)
			return false;
	return count_lines("leaf", ": sleeps, ") >= times;
}

struct caller {
	struct trees_probe probe;
	int calls;
	bool is_over;
};

static int
call_until_told(void *argument)
{
	struct caller *caller = argument;
	int rc = 0;

	while (rc == 0 && !caller->is_over) {
		Trees__Value *reply;

		rc = trees_probe_echo(caller->probe, TREES_VALUE(.number = caller->calls), &reply);
		if (rc == 0)
			EXPECT_INT(reply->number, caller->calls++);
		if (rc == 0)
			actor_free(reply);
	}
	return rc;
}

static void
show_and_look(struct caller *caller)
{
	int before;

	for (int times = 1; times <= 2; times++) {
		before = caller->calls;
		kill(getpid(), SIGUSR1);
		AWAIT(all_have_shown(times));
		AWAIT(caller->calls > before + 10);
		for (size_t i = 0; i < ACTOR_COUNT(everybody); i++)
			EXPECT_INT(count_lines(everybody[i], "] actor, pid "), times);
	}
	EXPECT_INT(count_lines("root", "  task root: sleeps, "), 2);
	EXPECT_INT(count_lines("root", "  nursery of "), 2);
	EXPECT_INT(count_lines("root", "    actor top@"), 2);
	EXPECT_INT(count_lines("root", "    calls #"), 4); /* Relay and Echo */
	EXPECT_INT(count_lines("root", "    call of trees.Probe.Relay to top@"), 2);
	EXPECT_INT(count_lines("root", "    task: waits for the reply of trees.Probe.Echo from top@"), 2);
	EXPECT_INT(count_lines("top", "] actor, pid "), 2);
	EXPECT_INT(count_lines("top", "  parent root@"), 2);
	EXPECT_INT(count_lines("top", "  module trees.Probe"), 2);
	EXPECT_INT(count_lines("top", "    actor middle@"), 2);
	EXPECT_INT(count_lines("middle", "    serves #1 trees.Probe.Relay: serving, for "), 2);
	EXPECT_INT(count_lines("middle", "  task trees.Probe.Relay for top@"), 2);
	EXPECT_INT(count_lines("middle", ": waits for the reply of trees.Probe.Relay from leaf@"), 2);
	EXPECT_INT(count_lines("leaf", "  task trees.Probe.Relay for middle@"), 2);
	EXPECT_INT(count_lines("leaf", ": sleeps, "), 2);
	EXPECT_INT(count_lines("leaf", "    actor "), 0);
}

/* shows: DB-08 */
/* robustness: B8 */
static int
each_actor_of_a_tree_shows_its_part_once_per_signal_and_no_call_is_harmed(void)
{
	char *path[] = { (char *)"middle", (char *)"leaf" };
	struct caller caller = { .calls = 0 };
	struct actor_nursery *nursery;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "top", probe_options(NULL, NULL), &caller.probe);
	if (rc == 0)
		rc = trees_probe_relay_start(nursery, caller.probe,
		                             TREES_JOURNEY(.n_path = 2, .path = path, .errand = TREES__ERRAND__PARK),
		                             &reply);
	if (rc == 0)
		AWAIT(trace_count("parked leaf") == 1);
	if (rc == 0)
		rc = actor_nursery_start(nursery, call_until_told, &caller);
	if (rc == 0)
		show_and_look(&caller);
	caller.is_over = true;
	rc = end_nursery(nursery, rc);
	captured_stderr(text, sizeof text);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(each_actor_of_a_tree_shows_its_part_once_per_signal_and_no_call_is_harmed),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
