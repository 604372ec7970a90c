/* SPDX-License-Identifier: BSD-2-Clause */
/* Fleets of daemons: that all of them start at once, serve the same, and go together. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "town.h"

#define WORKERS 3
#define SOON_MS 3000

static const struct actor_spawn_options *
worker_options(void)
{
	return probe_options(START_WITH "=3", NULL); /* none is ready before all are there */
}

static int
open_three(struct trees_probe_cluster *cluster)
{
	const struct actor_cluster_options options = { .count = WORKERS, .spawn = worker_options() };

	return trees_probe_cluster_open(&options, cluster);
}

static int
processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

/* ---- opening ---- */

static void
expect_worker(const struct trees_probe_cluster *cluster, size_t index, const char *name)
{
	Trees__Identity *identity;

	EXPECT_CODE(trees_probe_identify(trees_probe_cluster_worker(cluster, index), NOTHING, &identity), 0);
	EXPECT_TEXT(identity->name, name);
	EXPECT_TEXT(cluster->cluster.names[index], name);
	EXPECT_INT(actor_cluster_index(&cluster->cluster, name), index);
}

/* shows: CL-01, CL-03, CL-06 */
static int
all_workers_of_a_cluster_start_at_once(void)
{
	struct trees_probe_cluster cluster;
	int rc = open_three(&cluster);

	if (rc == 0) {
		EXPECT_INT(cluster.cluster.count, WORKERS);
		expect_worker(&cluster, 0, "main.worker_0");
		expect_worker(&cluster, 1, "main.worker_1");
		expect_worker(&cluster, 2, "main.worker_2");
		EXPECT_INT(actor_cluster_index(&cluster.cluster, "main.worker_3"), WORKERS);
		EXPECT_INT(trace_count("starting main.worker_"), WORKERS);
	}
	rc = actor_cluster_close(&cluster.cluster, rc);
	EXPECT_INT(trace_count("closing main.worker_"), WORKERS);
	EXPECT(!has_children());
	return rc;
}

/* shows: CL-01 */
static int
a_cluster_has_a_worker_for_each_processor_unless_it_is_told(void)
{
	const struct actor_cluster_options options = { .spawn = probe_options(NULL, NULL) };
	struct trees_probe_cluster cluster;
	int rc = trees_probe_cluster_open(&options, &cluster);

	if (rc == 0)
		EXPECT_INT(cluster.cluster.count, processors());
	return actor_cluster_close(&cluster.cluster, rc);
}

/* shows: CL-06 */
static int
what_a_worker_is_given_each_of_them_is_given(void)
{
	static const struct actor_service *const enable[] = { &trees_other_service, NULL };
	static const char *const names[] = { "left", "right", NULL };
	struct actor_spawn_options spawn = *probe_options(NULL, NULL);
	const struct actor_cluster_options options = { .count = 2, .names = names, .spawn = &spawn };
	struct trees_probe_cluster cluster;
	Trees__Value *reply;
	int rc;

	spawn.enable = enable;
	spawn.log_level = ACTOR_LOG_ERROR;
	rc = trees_probe_cluster_open(&options, &cluster);
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		struct trees_probe worker = trees_probe_cluster_worker(&cluster, i);

		EXPECT_CODE(trees_other_greet((struct trees_other){ worker.portal }, NOTHING, &reply), 0);
		EXPECT_CODE(trees_probe_log_level(worker, NOTHING, &reply), 0);
		EXPECT_INT(reply->number, ACTOR_LOG_ERROR);
		expect_worker(&cluster, i, names[i]);
	}
	return actor_cluster_close(&cluster.cluster, rc);
}

static void
expect_refusal(size_t count, const char *const *names)
{
	const struct actor_cluster_options options = { .count = count,
		                                       .names = names,
		                                       .spawn = probe_options(NULL, NULL) };
	struct trees_probe_cluster cluster;

	EXPECT_CODE(trees_probe_cluster_open(&options, &cluster), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "names");
	EXPECT_CODE(actor_cluster_close(&cluster.cluster, 0), 0);
	EXPECT(!has_children());
	EXPECT_INT(trace_count("starting"), 0);
}

/* shows: CL-02 */
static int
names_that_are_not_as_many_as_the_workers_are_refused(void)
{
	static const char *const names[] = { "left", "right", NULL };

	expect_refusal(1, names);
	expect_refusal(3, names);
	expect_refusal(2, names + 2); /* none at all */
	return 0;
}

/* More than an actor may have children is a mistake of whoever counted. */
static int
a_cluster_of_more_than_an_actor_may_have_children_is_refused(void)
{
	static const size_t counts[] = { 1025, SIZE_MAX };

	for (size_t i = 0; i < ACTOR_COUNT(counts); i++) {
		const struct actor_cluster_options options = { .count = counts[i], .spawn = probe_options(NULL, NULL) };
		struct trees_probe_cluster cluster;

		EXPECT_CODE(trees_probe_cluster_open(&options, &cluster), ACTOR_EINVAL);
		EXPECT_PART(actor_error_message(actor_error_last()), "children");
		EXPECT(!has_children());
	}
	return 0;
}

/* One of them fails to start: there is no cluster, and nobody is left of it. */
static int
a_cluster_of_which_one_cannot_start_is_none(void)
{
	const struct actor_cluster_options options = { .count = WORKERS,
		                                       .spawn = probe_options(OPEN_GIVES "=-1003", NULL) };
	struct trees_probe_cluster cluster;

	EXPECT(trees_probe_cluster_open(&options, &cluster) != 0);
	EXPECT(cluster.cluster.nursery == NULL);
	EXPECT(!has_children());
	return 0;
}

/* ---- closing ---- */

static int
fail_on_top(const struct trees_probe_cluster *cluster)
{
	(void)cluster;
	return actor_fail(ACTOR_EINVAL, "there is nothing to gather");
}

/* shows: CL-04 */
static int
an_error_on_top_of_a_cluster_ends_it_soon_and_comes_out(void)
{
	struct trees_probe_cluster cluster;
	uint64_t start;
	int rc = open_three(&cluster);

	if (rc != 0)
		return rc;
	start = now_ms();
	EXPECT_CODE(actor_cluster_close(&cluster.cluster, fail_on_top(&cluster)), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "there is nothing to gather");
	EXPECT(now_ms() - start < SOON_MS);
	EXPECT(!has_children());
	return 0;
}

/* It blocks, and sees a SIGTERM come.  If it were asked first, that would come after ack_ms, which is a minute here. */
static int
close_the_hard_way(void)
{
	const struct actor_cluster_options options = { .count = 2, .spawn = probe_options(NULL, NULL), .hard_kill = 1 };
	struct trees_probe_cluster cluster;
	struct actor_nursery *calls = NULL;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = trees_probe_cluster_open(&options, &cluster);
	for (size_t i = 0; rc == 0 && i < 2; i++)
		rc = trees_probe_block_start(calls, trees_probe_cluster_worker(&cluster, i), TREES_PAUSE(.ms = 10000),
		                             NULL);
	AWAIT(rc != 0 || trace_count("blocking") == 2);
	EXPECT_CODE(actor_cluster_close(&cluster.cluster, rc), 0);
	EXPECT_INT(trace_count("terminated"), 2);
	EXPECT(actor_nursery_close(calls, 0) != 0); /* of both calls */
	EXPECT(!has_children());
	return 0;
}

/* shows: CL-03 */
static int
a_cluster_can_be_closed_by_signals(void)
{
	return close_the_hard_way();
}

/* ---- an interrupt ---- */

static int
call_all(const struct trees_probe_cluster *cluster)
{
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (size_t i = 0; rc == 0 && i < cluster->cluster.count; i++)
		rc = trees_probe_sleep_start(calls, trees_probe_cluster_worker(cluster, i),
		                             TREES_PAUSE(.ms = UINT32_MAX), NULL);
	return actor_nursery_close(calls, rc);
}

/* In a root of its own. */
static int
run_fleet(int argc, char **argv)
{
	struct trees_probe_cluster cluster;
	int rc = open_three(&cluster);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = call_all(&cluster);
	return actor_cluster_close(&cluster.cluster, rc);
}

static int
interrupt_a_fleet(struct actor_nursery *town)
{
	struct neighbour *fleet = start_neighbour("fleet", IS_ROOT, NULL, NULL);
	char start[64];

	(void)town;
	AWAIT(trace_count("sleeping fleet.worker_") == WORKERS);
	send_signal(fleet->pid, SIGINT);
	AWAIT(has_ended(fleet));
	EXPECT_INT(fleet->status, KILLED_BY(SIGINT));
	EXPECT_INT(trace_count("cancelled fleet.worker_"), WORKERS);
	for (int i = 0; i < WORKERS; i++) {
		snprintf(start, sizeof start, "starting fleet.worker_%d", i);
		EXPECT(is_gone(trace_number(start)));
	}
	return 0;
}

/* shows: CL-05 */
static int
an_interrupt_ends_a_cluster_with_calls_in_it_and_comes_out_as_itself(void)
{
	return in_town(interrupt_a_fleet);
}

/* ---- calls of all ---- */

static int
echo_all(const struct trees_probe_cluster *cluster, Trees__Value **replies)
{
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (size_t i = 0; rc == 0 && i < WORKERS; i++)
		rc = trees_probe_echo_start(calls, trees_probe_cluster_worker(cluster, i),
		                            TREES_VALUE(.number = (int64_t)i), &replies[i]);
	return actor_nursery_close(calls, rc);
}

/* Nobody's call ends before all have begun. */
static int
fail_all_together(const struct trees_probe_cluster *cluster)
{
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (size_t i = 0; rc == 0 && i < WORKERS; i++)
		rc = trees_probe_fail_together_start(calls, trees_probe_cluster_worker(cluster, i),
		                                     TREES_MEETING(.count = WORKERS), NULL);
	return actor_nursery_close(calls, rc);
}

/* shows: CL-07 */
static int
calls_of_all_workers_run_at_once_and_their_results_are_in_order(void)
{
	Trees__Value *replies[WORKERS] = { NULL };
	struct trees_probe_cluster cluster;
	int rc = open_three(&cluster);

	if (rc == 0)
		rc = echo_all(&cluster, replies);
	for (int i = 0; rc == 0 && i < WORKERS; i++)
		EXPECT_INT(replies[i]->number, i);
	if (rc == 0) {
		EXPECT(fail_all_together(&cluster) != 0);
		EXPECT_INT(trace_count("met main.worker_"), WORKERS);
	}
	return actor_cluster_close(&cluster.cluster, rc);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(all_workers_of_a_cluster_start_at_once),
		CHECK(a_cluster_has_a_worker_for_each_processor_unless_it_is_told),
		CHECK(what_a_worker_is_given_each_of_them_is_given),
		CHECK(names_that_are_not_as_many_as_the_workers_are_refused),
		CHECK(a_cluster_of_more_than_an_actor_may_have_children_is_refused),
		CHECK(a_cluster_of_which_one_cannot_start_is_none),
		CHECK(an_error_on_top_of_a_cluster_ends_it_soon_and_comes_out),
		CHECK(a_cluster_can_be_closed_by_signals),
		CHECK(an_interrupt_ends_a_cluster_with_calls_in_it_and_comes_out_as_itself),
		CHECK(calls_of_all_workers_run_at_once_and_their_results_are_in_order),
	};

	probe_knobs = (struct actor_supervision){ .ack_ms = 60000, .terminate_ms = 300, .budget_ms = 70000 };
	neighbour_root = run_fleet;
	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
