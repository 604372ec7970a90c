/* SPDX-License-Identifier: BSD-2-Clause */
/* Portals of actors that were found: how long they hold, what they cost, and that calls by them are calls like any other. */
#include <stdio.h>
#include <string.h>

#include "town.h"

#define OFTEN 1000
#define LEAK_MAX 65536 /* less than a byte for each byte of a lookup, and room for pools to settle */

/* ---- their life ---- */

static int
use_stale_portals(struct actor_nursery *town)
{
	struct actor_nursery *portals, *calls;
	struct actor_bytes none = { 0 };
	struct actor_identity identity;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&portals);

	(void)town;
	start_neighbour("peer", NULL, NULL, NULL);
	if (rc == 0)
		rc = trees_probe_wait_for_actor(portals, "peer", &probe);
	if (rc == 0)
		rc = trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply);
	rc = actor_nursery_close(portals, rc);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply), ACTOR_ECLOSED);
	EXPECT_CODE(trees_probe_echo_start(calls, probe, TREES_VALUE(.number = 1), &reply), ACTOR_ECLOSED);
	EXPECT_CODE(actor_portal_run_from_ns(probe.portal, "self", "ping", none, NULL), ACTOR_ECLOSED);
	EXPECT_CODE(actor_portal_identity(probe.portal, &identity), ACTOR_ECLOSED);
	EXPECT_CODE(actor_portal_cancel_actor(probe.portal), ACTOR_ECLOSED);
	EXPECT_CODE(trees_probe_find_actor(portals, "peer", &probe), ACTOR_ECLOSED);
	EXPECT_CODE(trees_probe_wait_for_actor(portals, "peer", &probe), ACTOR_ECLOSED);
	return end_nursery(calls, 0);
}

static int
a_portal_of_a_lookup_is_stale_when_its_nursery_has_closed(void)
{
	return in_town(use_stale_portals);
}

static int
look_up_twice(struct actor_nursery *town)
{
	int before = open_descriptors();
	struct actor_nursery *portals;
	struct trees_probe first, second;
	Trees__Value *reply;
	int rc;

	start_neighbour("peer", NULL, NULL, NULL);
	rc = actor_nursery_open(&portals);
	before = open_descriptors();
	if (rc == 0)
		rc = trees_probe_wait_for_actor(town, "peer", &first);
	EXPECT_INT(open_descriptors(), before + 1);
	if (rc == 0)
		rc = trees_probe_find_actor(portals, "peer", &second);
	EXPECT_INT(open_descriptors(), before + 1);
	if (rc == 0)
		rc = trees_probe_echo(second, TREES_VALUE(.number = 1), &reply);
	rc = actor_nursery_close(portals, rc);
	if (rc == 0)
		rc = trees_probe_echo(first, TREES_VALUE(.number = 1), &reply); /* it is still needed */
	EXPECT_INT(open_descriptors(), before + 1);
	return rc;
}

/* shows: PE-09, DI-15 */
static int
two_lookups_of_one_actor_use_one_connection(void)
{
	return in_town(look_up_twice);
}

static int
visit_peer(int64_t *ret_memory, int64_t *ret_descriptors)
{
	ACTOR_OWNED(Trees__Value, memory);
	ACTOR_OWNED(Trees__Value, descriptors);
	struct actor_nursery *portals;
	struct trees_probe probe;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = trees_probe_wait_for_actor(portals, "peer", &probe);
	if (rc == 0)
		rc = trees_probe_memory(probe, NOTHING, &memory);
	if (rc == 0)
		rc = trees_visitor_descriptors(visitor_of(probe), NOTHING, &descriptors);
	if (rc == 0) {
		*ret_memory = memory->number;
		*ret_descriptors = descriptors->number;
	}
	return actor_nursery_close(portals, rc);
}

static int
visit_often(int count, int64_t *ret_memory, int64_t *ret_descriptors)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < count; i++)
		rc = visit_peer(ret_memory, ret_descriptors);
	return rc;
}

static int
measure_many_visits(struct actor_nursery *town)
{
	int64_t memory[2] = { 0 }, descriptors[2] = { 0 }, here;
	int before, rc;

	(void)town;
	start_neighbour("peer", NULL, NULL, NULL);
	rc = visit_often(100, &memory[0], &descriptors[0]);
	here = heap_in_use();
	before = open_descriptors();
	if (rc == 0)
		rc = visit_often(OFTEN, &memory[1], &descriptors[1]);
	EXPECT(heap_in_use() - here < LEAK_MAX);
	EXPECT(memory[1] - memory[0] < LEAK_MAX);
	EXPECT(descriptors[1] <= descriptors[0] + 2); /* the last ones may be on their way out */
	AWAIT(open_descriptors() <= before);
	return rc;
}

static int
many_lookups_leave_nothing_on_either_side(void)
{
	return in_town(measure_many_visits);
}

/* ---- calls ---- */

static int
take_time_along(struct actor_nursery *town)
{
	char *path[] = { (char *)"leaf" };
	struct trees_probe peer;
	Trees__Value *reply;
	int left_peer, left_leaf, rc = meet_neighbour(town, "peer", NULL, &peer);
	ACTOR_SCOPE(limit, .timeout_ms = 10000);

	if (rc == 0)
		rc = trees_probe_relay(
		    peer, TREES_JOURNEY(.n_path = 1, .path = path, .errand = TREES__ERRAND__TELL_TIME), &reply);
	left_peer = trace_number("time peer");
	left_leaf = trace_number("time leaf");
	EXPECT(left_peer > 0 && left_peer <= 10000);
	EXPECT(left_leaf > 0 && left_leaf <= left_peer - 20);
	rc = actor_scope_close(&limit, rc, NULL);
	if (rc == 0) {
		ACTOR_SCOPE(moment, .timeout_ms = 50);

		rc = trees_probe_sleep(peer, TREES_PAUSE(.ms = UINT32_MAX), &reply);
		EXPECT_CODE(rc, ACTOR_EDEADLINE);
		AWAIT(trace_count("cancelled peer") == 1);
		rc = actor_scope_close(&moment, 0, NULL);
	}
	return rc;
}

static int
a_deadline_travels_to_peers(void)
{
	return in_town(take_time_along);
}

static const char *
hop(size_t index)
{
	const struct actor_uid *uid = actor_error_hop(actor_error_last(), index);

	return uid != NULL ? uid->name : "nobody";
}

static int
raise_beyond(struct actor_nursery *town)
{
	char *path[] = { (char *)"leaf" };
	const Trees__NotFound *raised;
	struct trees_probe peer;
	Trees__Value *reply;
	int rc = meet_neighbour(town, "peer", NULL, &peer);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_probe_raise(peer, TREES_FAILURE(.message = (char *)"it"), &reply), ACTOR_ERAISED);
	raised = trees_probe_raised_not_found(actor_error_last());
	EXPECT_TEXT(raised != NULL ? raised->what : NULL, "it");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 1);
	EXPECT_TEXT(hop(0), "peer");
	EXPECT_CODE(trees_probe_relay(peer,
	                              TREES_JOURNEY(.n_path = 1, .path = path, .errand = TREES__ERRAND__RAISE,
	                                            .text = (char *)"that"),
	                              &reply),
	            ACTOR_ERAISED);
	raised = trees_probe_raised_not_found(actor_error_last());
	EXPECT_TEXT(raised != NULL ? raised->what : NULL, "that");
	EXPECT_TEXT(actor_error_type(actor_error_last()), "trees.NotFound");
	EXPECT_TEXT(actor_error_boxed_type(actor_error_last()), "actor.BoxedError");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 2);
	EXPECT_TEXT(hop(0), "leaf");
	EXPECT_TEXT(hop(1), "peer");
	return 0;
}

/* shows: PE-01, ER-02 */
static int
a_raised_error_comes_through_a_peer_as_it_does_through_a_child(void)
{
	return in_town(raise_beyond);
}

static int
call_both_ways(struct actor_nursery *town)
{
	struct actor_nursery *calls = NULL;
	struct trees_probe peer;
	Trees__Value *reply, *counts[2];
	int before, rc = meet_neighbour(town, "peer", NULL, &peer);

	before = open_descriptors();
	if (rc == 0)
		rc = trees_visitor_descriptors(visitor_of(peer), NOTHING, &counts[0]);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_visitor_visit_start(
		    calls, visitor_of(peer),
		    TREES_TRIP(.name = (char *)"main", .act = TREES__ACT__CALL_SLEEP, .number = 1 << 30), NULL);
	AWAIT(rc != 0 || trace_count("sleeping main") == 1);
	for (int i = 0; rc == 0 && i < 100; i++)
		rc = trees_visitor_visit(visitor_of(peer), TREES_TRIP(.name = (char *)"main", .number = i), &reply);
	if (rc == 0)
		rc = trees_visitor_descriptors(visitor_of(peer), NOTHING, &counts[1]);
	if (rc == 0)
		EXPECT_INT(counts[1]->number, counts[0]->number);
	EXPECT_INT(open_descriptors(), before);
	rc = end_nursery(calls, rc);
	AWAIT(trace_count("cancelled main by peer") == 1);
	return rc;
}

/* shows: PE-01 */
static int
calls_go_both_ways_on_one_connection_at_once(void)
{
	return in_town(call_both_ways);
}

/* ---- to oneself ---- */

static int
call_myself(struct trees_probe self)
{
	char *path[] = { (char *)"leaf" };
	const Trees__NotFound *raised;
	struct actor_bytes bytes = { 0 };
	Trees__Value *reply = NULL;

	EXPECT_CODE(trees_probe_echo(self, TREES_VALUE(.number = 5, .text = (char *)"me"), &reply), 0);
	EXPECT(reply != NULL && reply->number == 5);
	EXPECT_CODE(actor_portal_run_from_ns(self.portal, "trees.Other", "Greet", bytes, &bytes), 0);
	EXPECT_INT(bytes.size, 2 + strlen("hello"));
	EXPECT_CODE(actor_portal_run_from_ns(self.portal, "trees.Probe", "Nowhere", bytes, NULL), ACTOR_ENOENDPOINT);
	EXPECT_CODE(actor_portal_run_from_ns(self.portal, "no.Module", "Echo", bytes, NULL), ACTOR_EDENIED);
	EXPECT_CODE(trees_probe_raise(self, TREES_FAILURE(.message = (char *)"it"), &reply), ACTOR_ERAISED);
	raised = trees_probe_raised_not_found(actor_error_last());
	EXPECT_TEXT(raised != NULL ? raised->what : NULL, "it");
	EXPECT_CODE(trees_probe_relay(self,
	                              TREES_JOURNEY(.n_path = 1, .path = path, .errand = TREES__ERRAND__RAISE,
	                                            .text = (char *)"that"),
	                              &reply),
	            ACTOR_ERAISED);
	EXPECT_TEXT(hop(0), "leaf");
	EXPECT_CODE(actor_portal_cancel_actor(self.portal), ACTOR_EINVAL);
	return actor_checkpoint();
}

static int
start_calls_to_myself(struct trees_probe self)
{
	Trees__Value *replies[3] = { NULL };
	struct actor_nursery *calls;
	const Trees__NotFound *raised;
	int rc = actor_nursery_open(&calls);

	for (int i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_echo_start(calls, self, TREES_VALUE(.number = i), &replies[i]);
	EXPECT_CODE(actor_nursery_close(calls, rc), 0);
	for (int i = 0; i < 3; i++)
		EXPECT(replies[i] != NULL && replies[i]->number == i);
	rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_probe_raise_start(calls, self, TREES_FAILURE(.message = (char *)"it"), &replies[0]);
	EXPECT_CODE(actor_nursery_close(calls, rc), ACTOR_ERAISED);
	raised = trees_probe_raised_not_found(actor_error_last());
	EXPECT_TEXT(raised != NULL ? raised->what : NULL, "it");
	return 0;
}

static int
cancel_calls_to_myself(struct trees_probe self)
{
	struct actor_nursery *calls;
	Trees__Value *reply;
	int fired, rc = actor_nursery_open(&calls);
	ACTOR_SCOPE(moment, .timeout_ms = 20);

	EXPECT_CODE(trees_probe_sleep(self, TREES_PAUSE(.ms = UINT32_MAX), &reply), ACTOR_EDEADLINE);
	EXPECT_CODE(actor_scope_close(&moment, ACTOR_EDEADLINE, &fired), 0);
	if (rc == 0)
		rc = trees_probe_sleep_start(calls, self, TREES_PAUSE(.ms = UINT32_MAX), NULL);
	AWAIT(rc != 0 || trace_count("sleeping main") == 2);
	EXPECT_CODE(end_nursery(calls, rc), 0);
	EXPECT_INT(trace_count("cancelled main"), 2);
	return 0;
}

static int
find_myself(struct actor_nursery *town)
{
	int before = open_descriptors();
	struct actor_identity found, self;
	struct trees_probe probe;
	int rc = trees_probe_find_actor(town, "main", &probe);

	if (rc != 0)
		return rc;
	EXPECT_INT(open_descriptors(), before);
	EXPECT_CODE(actor_portal_identity(probe.portal, &found), 0);
	EXPECT_CODE(actor_self(&self), 0);
	EXPECT(memcmp(&found.uid, &self.uid, sizeof self.uid) == 0);
	rc = call_myself(probe);
	if (rc == 0)
		rc = start_calls_to_myself(probe);
	return rc == 0 ? cancel_calls_to_myself(probe) : rc;
}

static int
an_actor_finds_itself_and_calls_its_own_functions(void)
{
	return in_town(find_myself);
}

static int
call_myself_once(struct trees_probe self)
{
	ACTOR_OWNED(Trees__Value, reply);
	Trees__Value *none;
	struct actor_nursery *calls;
	int rc = trees_probe_echo(self, TREES_VALUE(.number = 1, .text = (char *)"me"), &reply);

	if (rc == 0 && trees_probe_raise(self, TREES_FAILURE(.message = (char *)"it"), &none) != ACTOR_ERAISED)
		rc = actor_fail(ACTOR_EINVAL, "it raised nothing");
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0) {
		rc = trees_probe_nothing_start(calls, self, NOTHING, NULL);
		rc = actor_nursery_close(calls, rc);
	}
	return rc;
}

static int
measure_calls_to_myself(struct actor_nursery *town)
{
	struct trees_probe self;
	int64_t before;
	int rc = trees_probe_find_actor(town, "main", &self);

	for (int i = 0; rc == 0 && i < 100; i++)
		rc = call_myself_once(self);
	before = heap_in_use();
	for (int i = 0; rc == 0 && i < OFTEN; i++)
		rc = call_myself_once(self);
	EXPECT(heap_in_use() - before < LEAK_MAX);
	return rc;
}

static int
many_calls_to_oneself_leave_nothing(void)
{
	return in_town(measure_calls_to_myself);
}

/* ---- stopping who was found ---- */

static int
cancel_a_found_child(struct actor_nursery *town)
{
	struct trees_visitor child, found;
	int rc = spawn_visitor(town, "child", &child);

	if (rc == 0)
		rc = trees_visitor_find_actor(town, "child", &found);
	if (rc != 0)
		return rc;
	EXPECT_CODE(actor_portal_cancel_actor(found.portal), 0);
	AWAIT(is_gone(probe_pid(probe_of(child))));
	EXPECT_INT(trace_count("closing child"), 1);
	EXPECT_CODE(actor_portal_cancel_actor(found.portal), ACTOR_NO_ACK);
	return 0;
}

static int
a_child_that_was_found_can_be_stopped(void)
{
	return in_town(cancel_a_found_child);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_portal_of_a_lookup_is_stale_when_its_nursery_has_closed),
		CHECK(two_lookups_of_one_actor_use_one_connection),
		CHECK(many_lookups_leave_nothing_on_either_side),
		CHECK(a_deadline_travels_to_peers),
		CHECK(a_raised_error_comes_through_a_peer_as_it_does_through_a_child),
		CHECK(calls_go_both_ways_on_one_connection_at_once),
		CHECK(an_actor_finds_itself_and_calls_its_own_functions),
		CHECK(many_calls_to_oneself_leave_nothing),
		CHECK(a_child_that_was_found_can_be_stopped),
	};

	town_has_hall = true;
	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
