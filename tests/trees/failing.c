/* SPDX-License-Identifier: BSD-2-Clause */
/* What an error tells of itself after one hop and after several, alone and in groups. */
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define TREE_WIDTH 2

static const char *
origin_of(const struct actor_error *error)
{
	const struct actor_uid *uid = actor_error_origin(error);

	return uid != NULL ? uid->name : "here";
}

/* The errand, done by the last of `path` below the actor "top". */
static int
fail_at_the_end_of(char **path, size_t length, Trees__Errand errand)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "top", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = trees_probe_relay(
		    probe, TREES_JOURNEY(.n_path = length, .path = path, .errand = errand, .text = (char *)"a spoon"),
		    &reply);
	return end_nursery(nursery, rc);
}

/* shows: ER-01, ER-02, ER-03, ER-04 */
static int
an_error_of_a_child_carries_its_type_its_value_and_its_origin(void)
{
	const struct actor_error *error;
	const Trees__NotFound *value;

	EXPECT_CODE(fail_at_the_end_of(NULL, 0, TREES__ERRAND__RAISE), ACTOR_ERAISED);
	error = actor_error_last();
	value = trees_probe_raised_not_found(error);
	EXPECT_INT(actor_error_code(error), ACTOR_ERAISED);
	EXPECT_TEXT(actor_error_type(error), "trees.NotFound");
	EXPECT_TEXT(actor_error_boxed_type(error), "trees.NotFound");
	EXPECT_TEXT(origin_of(error), "top");
	EXPECT_INT(actor_error_hop_count(error), 1);
	EXPECT(memcmp(actor_error_hop(error, 0), actor_error_origin(error), sizeof(struct actor_uid)) == 0);
	EXPECT_INT(actor_error_wait_status(error), -1);
	EXPECT(actor_error_canceller(error) == NULL);
	EXPECT(actor_error_message(error)[0] != '\0');
	EXPECT_PART(actor_error_text(error), "trees.NotFound");
	if (EXPECT(value != NULL))
		EXPECT_TEXT(value->what, "a spoon");
	return 0;
}

/* shows: ER-01, ER-02, ER-03, ER-04 */
static int
an_error_from_further_down_carries_its_way(void)
{
	static const char *const way[] = { "leaf", "middle", "top" };
	char *path[] = { (char *)"middle", (char *)"leaf" };
	const struct actor_error *error;
	const Trees__NotFound *value;

	EXPECT_CODE(fail_at_the_end_of(path, 2, TREES__ERRAND__RAISE), ACTOR_ERAISED);
	error = actor_error_last();
	value = trees_probe_raised_not_found(error);
	EXPECT_TEXT(actor_error_type(error), "trees.NotFound");
	EXPECT_TEXT(actor_error_boxed_type(error), "actor.BoxedError");
	EXPECT_TEXT(origin_of(error), "leaf");
	if (EXPECT_INT(actor_error_hop_count(error), 3))
		for (size_t i = 0; i < 3; i++)
			EXPECT_TEXT(actor_error_hop(error, i)->name, way[i]);
	if (EXPECT(value != NULL))
		EXPECT_TEXT(value->what, "a spoon");
	EXPECT_CODE(fail_at_the_end_of(path, 2, TREES__ERRAND__FAIL), ACTOR_EINVAL);
	EXPECT_TEXT(actor_error_type(actor_error_last()), "ACTOR_EINVAL");
	EXPECT_PART(actor_error_message(actor_error_last()), "a spoon");
	EXPECT_TEXT(origin_of(actor_error_last()), "leaf");
	return 0;
}

static int
raise_what_the_caller_does_not_know(struct trees_probe probe)
{
	const Trees__Failure *request = TREES_FAILURE(.message = (char *)"a fork");
	unsigned char bytes[64];
	const struct actor_bytes packed = { bytes, protobuf_c_message_pack(&request->base, bytes) };

	/* By name, the caller has no type of the callee's; what it tells apart by is the name. */
	EXPECT_CODE(actor_portal_run_from_ns(probe.portal, "trees.Probe", "Raise", packed, NULL), ACTOR_ERAISED);
	EXPECT_TEXT(actor_error_type(actor_error_last()), "trees.NotFound");
	EXPECT_TEXT(origin_of(actor_error_last()), "child");
	EXPECT(acti_raised(actor_error_last(), &(struct actor_message){ .descriptor = &trees__rare__descriptor }) ==
	       NULL);
	return 0;
}

/* shows: ER-04 */
static int
an_error_of_another_type_keeps_its_name(void)
{
	return with_probe(raise_what_the_caller_does_not_know);
}

static int
fail_as_group(struct trees_probe probe)
{
	const struct actor_error *group;
	Trees__Value *reply;
	char message[32];

	EXPECT_CODE(trees_probe_fail_as_group(probe, TREES_MEETING(.count = 3), &reply), ACTOR_EGROUP);
	group = actor_error_last();
	EXPECT_TEXT(actor_error_type(group), "ACTOR_EGROUP");
	EXPECT_TEXT(origin_of(group), "child");
	EXPECT_INT(actor_error_dropped_count(group), 0);
	if (EXPECT_INT(actor_error_member_count(group), 3))
		for (size_t i = 0; i < 3; i++) {
			const struct actor_error *member = actor_error_member(group, i);

			snprintf(message, sizeof message, "number %zu fails", i);
			EXPECT_INT(actor_error_code(member), ACTOR_ERAISED);
			EXPECT_PART(actor_error_message(member), message);
		}
	return 0;
}

/* shows: ER-06 */
static int
a_remote_group_arrives_with_its_members(void)
{
	return with_probe(fail_as_group);
}

static int
fail_as_group_of_one(struct trees_probe probe)
{
	Trees__Value *reply;

	EXPECT_CODE(trees_probe_fail_as_group(probe, TREES_MEETING(.count = 1), &reply), ACTOR_ERAISED);
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT_PART(actor_error_message(actor_error_last()), "number 0 fails");
	return 0;
}

/* shows: CA-37 */
static int
a_group_of_one_is_that_one(void)
{
	return with_probe(fail_as_group_of_one);
}

static int
fail_in_a_crowd(struct trees_probe probe)
{
	Trees__Value *reply;

	EXPECT_CODE(trees_probe_fail_as_group(probe, TREES_MEETING(.count = 20), &reply), ACTOR_EGROUP);
	EXPECT_INT(actor_error_member_count(actor_error_last()), 16);
	EXPECT_INT(actor_error_dropped_count(actor_error_last()), 4);
	return 0;
}

/* shows: ER-06 */
static int
a_large_group_keeps_sixteen_and_counts_the_rest(void)
{
	return with_probe(fail_in_a_crowd);
}

/* A tree whose leaves all fail; as its root, we are the actor that collects the topmost group. */
static int
collect_tree(unsigned depth, unsigned leaves)
{
	struct trees_probe children[TREE_WIDTH];
	struct actor_nursery *actors, *calls = NULL;
	Trees__Value *replies[TREE_WIDTH];
	int rc = actor_nursery_open(&actors);

	for (size_t i = 0; rc == 0 && i < TREE_WIDTH; i++)
		rc = trees_probe_spawn(actors, "branch", probe_options(NULL, NULL), &children[i]);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	for (size_t i = 0; rc == 0 && i < TREE_WIDTH; i++)
		rc = trees_probe_fail_as_tree_start(calls, children[i],
		                                    TREES_SHAPE(.width = TREE_WIDTH, .depth = depth, .leaves = leaves),
		                                    &replies[i]);
	rc = actor_nursery_close(calls, rc);
	return actor_nursery_close(actors, rc);
}

static void
expect_groups(const struct actor_error *error, unsigned depth)
{
	EXPECT_INT(actor_error_code(error), ACTOR_EGROUP);
	EXPECT_INT(actor_error_dropped_count(error), 0);
	if (!EXPECT_INT(actor_error_member_count(error), TREE_WIDTH))
		return;
	for (size_t i = 0; i < TREE_WIDTH; i++)
		if (depth > 0)
			expect_groups(actor_error_member(error, i), depth - 1);
		else
			EXPECT_PART(actor_error_message(actor_error_member(error, i)), "the leaf");
}

/* shows: ER-06, ER-07 */
static int
a_tree_whose_leaves_all_fail_gives_a_group_of_groups(void)
{
	EXPECT_CODE(collect_tree(1, 4), ACTOR_EGROUP);
	expect_groups(actor_error_last(), 1);
	trace_clear();
	EXPECT_CODE(collect_tree(2, 8), ACTOR_EGROUP);
	expect_groups(actor_error_last(), 2);
	return 0;
}

#define DAEMONS 4

/* shows: ER-18 */
static int
one_failing_daemon_among_healthy_ones_is_one_error(void)
{
	struct trees_probe daemons[DAEMONS];
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	Trees__Value *reply;
	char name[32];
	int rc = actor_nursery_open(&nursery);

	for (int i = 0; rc == 0 && i < DAEMONS; i++) {
		snprintf(name, sizeof name, "daemon_%d", i);
		rc = trees_probe_spawn(nursery, name, probe_options(NULL, NULL), &daemons[i]);
	}
	if (rc == 0)
		rc =
		    trees_probe_fail(daemons[2], TREES_FAILURE(.code = ACTOR_EINVAL, .message = (char *)"two"), &reply);
	EXPECT_CODE(actor_nursery_close_report(nursery, rc, &report), ACTOR_EINVAL);
	EXPECT_TEXT(origin_of(actor_error_last()), "daemon_2");
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT_INT(trace_count("closing daemon"), DAEMONS); /* all were gone before the error was here */
	EXPECT_INT(report.killed_count, 0);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(an_error_of_a_child_carries_its_type_its_value_and_its_origin),
		CHECK(an_error_from_further_down_carries_its_way),
		CHECK(an_error_of_another_type_keeps_its_name),
		CHECK(a_remote_group_arrives_with_its_members),
		CHECK(a_group_of_one_is_that_one),
		CHECK(a_large_group_keeps_sixteen_and_counts_the_rest),
		CHECK(a_tree_whose_leaves_all_fail_gives_a_group_of_groups),
		CHECK(one_failing_daemon_among_healthy_ones_is_one_error),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
