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

/* ---- at any time ---- */

static int
signal_until_told(void *argument)
{
	const bool *is_over = argument;
	int rc = 0;

	while (rc == 0 && !*is_over) {
		kill(getpid(), SIGUSR1);
		rc = actor_checkpoint();
	}
	return rc;
}

static int
spawn_and_end_many(void)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < 50; i++) {
		struct actor_nursery_report report;
		struct actor_nursery *children;
		struct trees_probe probe;

		rc = actor_nursery_open(&children);
		if (rc == 0)
			rc = trees_probe_spawn(children, "child", probe_options(NULL, NULL), &probe);
		if (rc == 0)
			actor_nursery_cancel(children);
		rc = actor_nursery_close_report(children, rc, &report);
		EXPECT_CODE(rc, 0);
		EXPECT_INT(report.killed_count, 0);
	}
	return rc;
}

/* From before they have said Hello until after they have said Bye. */
/* robustness: B8 */
static int
a_storm_of_signals_harms_no_child_in_any_part_of_its_life(void)
{
	struct actor_nursery *nursery;
	bool is_over = false;
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0)
		rc = actor_nursery_start(nursery, signal_until_told, &is_over);
	if (rc == 0)
		rc = spawn_and_end_many();
	is_over = true;
	rc = actor_nursery_close(nursery, rc);
	if (rc == 0)
		rc = actor_sleep_ms(1); /* the last signal is still to be heard of */
	EXPECT(count_lines("root", "] actor, pid ") > 50);
	captured_stderr(text, sizeof text);
	return rc;
}

/* ---- who is who ---- */

static void
read_proc(int pid, const char *name, char *content, size_t size)
{
	char path[64];
	FILE *file;
	size_t count;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	count = file != NULL ? fread(content, 1, size - 1, file) : 0;
	content[count] = '\0';
	if (file != NULL)
		fclose(file);
}

/* shows: SP-33 */
static int
a_one_shot_shows_its_name_to_the_outside(void)
{
	struct actor_identity identity;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	char content[256], title[80];
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_sleep_run_in_actor(nursery, NULL, probe_options(NULL, NULL), TREES_PAUSE(.ms = 100000),
		                                    &probe);
	if (rc == 0)
		rc = actor_portal_identity(probe.portal, &identity);
	if (rc == 0) {
		snprintf(title, sizeof title, "sleep@%02x%02x%02x%02x", identity.uid.uuid[0], identity.uid.uuid[1],
		         identity.uid.uuid[2], identity.uid.uuid[3]);
		read_proc(identity.pid, "cmdline", content, sizeof content);
		EXPECT_TEXT(content, title); /* argv[0], and nothing more */
		read_proc(identity.pid, "comm", content, sizeof content);
		EXPECT_PART(content, title);
	}
	return end_nursery(nursery, rc);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(each_actor_of_a_tree_shows_its_part_once_per_signal_and_no_call_is_harmed),
		CHECK(a_storm_of_signals_harms_no_child_in_any_part_of_its_life),
		CHECK(a_one_shot_shows_its_name_to_the_outside),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
