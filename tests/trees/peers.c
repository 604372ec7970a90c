/* SPDX-License-Identifier: BSD-2-Clause */
/* Actors that are neither parent nor child: what they are to each other, and what becomes of it when one of them ends. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw_peer.h"
#include "town.h"

/* ---- siblings ---- */

static int
let_them_meet(struct actor_nursery *town)
{
	struct trees_visitor donny, gretchen;
	Trees__Value *first, *second;
	int rc = trees_visitor_meet_run_in_actor(town, "donny", probe_options(NULL, NULL),
	                                         TREES_TRIP(.name = (char *)"gretchen"), &donny);

	if (rc == 0)
		rc = trees_visitor_meet_run_in_actor(town, "gretchen", probe_options(NULL, NULL),
		                                     TREES_TRIP(.name = (char *)"donny"), &gretchen);
	if (rc == 0)
		rc = trees_visitor_meet_wait_for_result(gretchen, &second);
	if (rc == 0)
		rc = trees_visitor_meet_wait_for_result(donny, &first);
	if (rc == 0) {
		EXPECT_TEXT(first->text, "Hi donny, my name is gretchen");
		EXPECT_TEXT(second->text, "Hi gretchen, my name is donny");
	}
	return rc;
}

/* shows: PR-22 */
static int
siblings_that_wait_for_each_other_greet_as_one_shots(void)
{
	return in_town(let_them_meet);
}

static int
descriptors_of(struct trees_visitor visitor)
{
	Trees__Value *reply;
	int rc = trees_visitor_descriptors(visitor, NOTHING, &reply);

	return rc == 0 ? (int)reply->number : rc;
}

static int
spawn_siblings(struct actor_nursery *town, struct trees_visitor *donny, struct trees_visitor *gretchen)
{
	int rc = spawn_visitor(town, "donny", donny);

	return rc == 0 ? spawn_visitor(town, "gretchen", gretchen) : rc;
}

/* What the caller holds it has dialled, and the other one has accepted: a descriptor of each, and none of ours. */
static int
connect_siblings(struct actor_nursery *town)
{
	struct actor_nursery *calls = NULL;
	struct trees_visitor donny, gretchen;
	int here = 0, at_donny = 0, at_gretchen = 0;
	int rc = spawn_siblings(town, &donny, &gretchen);

	if (rc == 0) {
		here = open_descriptors();
		at_donny = descriptors_of(donny);
		at_gretchen = descriptors_of(gretchen);
		rc = actor_nursery_open(&calls);
	}
	if (rc == 0)
		rc = trees_visitor_visit_start(
		    calls, donny, TREES_TRIP(.name = (char *)"gretchen", .act = TREES__ACT__HOLD_PORTAL), NULL);
	if (rc == 0) {
		AWAIT(trace_count("holding gretchen") == 1);
		EXPECT_INT(descriptors_of(donny), at_donny + 1);
		EXPECT_INT(descriptors_of(gretchen), at_gretchen + 1);
		EXPECT_INT(open_descriptors(), here);
		actor_nursery_cancel(calls);
	}
	rc = actor_nursery_close(calls, rc);
	AWAIT(descriptors_of(gretchen) == at_gretchen);
	AWAIT(descriptors_of(donny) == at_donny);
	return rc;
}

/* shows: PE-01, PE-09, DI-20 */
static int
siblings_have_a_connection_of_their_own_as_long_as_a_portal_needs_it(void)
{
	return in_town(connect_siblings);
}

/* ---- errors, and cancellations ---- */

static int
expect_failures(struct trees_probe daemon)
{
	Trees__Value *reply;

	EXPECT_CODE(trees_probe_fail(daemon, TREES_FAILURE(.code = ACTOR_EINVAL, .message = (char *)"no"), &reply),
	            ACTOR_EINVAL);
	EXPECT_TEXT(error_origin(), "daemon");
	EXPECT_INT(actor_error_hop_count(actor_error_last()), 1);
	EXPECT_CODE(trees_probe_echo(daemon, TREES_VALUE(.number = 3), &reply), 0);
	return 0;
}

static int
fail_beside_others(struct actor_nursery *town)
{
	struct actor_nursery *calls = NULL;
	struct trees_probe daemon, other;
	Trees__Value *reply = NULL;
	int rc = meet_neighbour(town, "daemon", NULL, &daemon);

	if (rc == 0)
		rc = meet_neighbour(town, "other", NULL, &other);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_visitor_visit_start(
		    calls, visitor_of(other),
		    TREES_TRIP(.name = (char *)"daemon", .act = TREES__ACT__CALL_SLEEP, .number = 300), &reply);
	if (rc == 0) {
		AWAIT(trace_count("sleeping daemon") == 1);
		rc = expect_failures(daemon);
	}
	rc = actor_nursery_close(calls, rc); /* the other one's call has gone on */
	EXPECT_INT(trace_count("cancelled"), 0);
	return rc;
}

/* shows: PR-10 */
static int
the_failure_of_a_call_is_its_callers_alone(void)
{
	return in_town(fail_beside_others);
}

static int
cancel_what_others_call(struct actor_nursery *town)
{
	struct actor_nursery *calls = NULL, *judging = NULL;
	struct trees_probe callee, judge;
	Trees__Value *reply = NULL;
	int rc = meet_neighbour(town, "callee", CANCELLED_BY_US, &callee);

	if (rc == 0)
		rc = meet_neighbour(town, "judge", NULL, &judge);
	if (rc == 0)
		rc = actor_nursery_open(&judging);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_probe_sleep_start(calls, callee, TREES_PAUSE(.ms = UINT32_MAX), NULL);
	if (rc == 0) {
		AWAIT(trace_count("sleeping callee") == 1);
		rc = trees_visitor_visit_start(judging, visitor_of(judge),
		                               TREES_TRIP(.name = (char *)"callee", .act = TREES__ACT__CANCEL_ACTOR),
		                               &reply);
	}
	EXPECT_CODE(actor_nursery_close(calls, rc), ACTOR_ECANCELED);
	EXPECT_TEXT(error_canceller(), "judge");
	EXPECT_TEXT(error_origin(), "callee");
	EXPECT_INT(trace_count("cancelled callee by judge"), 1);
	rc = actor_nursery_close(judging, 0);
	EXPECT(reply != NULL && reply->number == 0);
	return rc;
}

/* shows: PR-16, PE-03 */
static int
who_cancels_a_callee_is_named_to_those_who_called_it(void)
{
	return in_town(cancel_what_others_call);
}

/* client: sleeps at the server on our behalf. */
static int
start_visit(struct actor_nursery *town, struct actor_nursery *calls, struct trees_probe *server,
            struct trees_probe *client)
{
	int rc = meet_neighbour(town, "server", NULL, server);

	if (rc == 0)
		rc = meet_neighbour(town, "client", NULL, client);
	if (rc == 0)
		rc = trees_visitor_visit_start(
		    calls, visitor_of(*client),
		    TREES_TRIP(.name = (char *)"server", .act = TREES__ACT__CALL_SLEEP, .number = 1 << 30), NULL);
	if (rc == 0)
		AWAIT(trace_count("sleeping server") == 1);
	return rc;
}

static int
cancel_a_client_task(struct actor_nursery *town)
{
	struct actor_nursery *calls;
	struct trees_probe server, client;
	Trees__Value *reply;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = start_visit(town, calls, &server, &client);
	rc = end_nursery(calls, rc);
	AWAIT(trace_count("cancelled server by client") == 1);
	AWAIT(trace_count("visited server by main") == 1);
	if (rc == 0)
		rc = trees_probe_echo(server, TREES_VALUE(.number = 1), &reply);
	return rc == 0 ? trees_probe_echo(client, TREES_VALUE(.number = 1), &reply) : rc;
}

/* shows: PE-05, PE-01 */
static int
a_cancelled_client_cancels_its_call_and_the_server_stays(void)
{
	return in_town(cancel_a_client_task);
}

static int
kill_a_server(struct actor_nursery *town)
{
	struct actor_nursery *calls;
	struct trees_probe server;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = meet_neighbour(town, "server", NULL, &server);
	if (rc == 0)
		rc = trees_probe_sleep_start(calls, server, TREES_PAUSE(.ms = UINT32_MAX), NULL);
	if (rc == 0) {
		AWAIT(trace_count("sleeping server") == 1);
		send_signal(probe_pid(server), SIGKILL);
	}
	EXPECT_CODE(actor_nursery_close(calls, rc), ACTOR_EPEERGONE);
	EXPECT_PART(actor_error_text(actor_error_last()), "server@");
	EXPECT_CODE(trees_probe_nothing(server, NOTHING, NULL), ACTOR_EPEERGONE);
	EXPECT_PART(actor_error_text(actor_error_last()), "server@");
	return 0;
}

/* shows: PR-15 */
static int
a_call_to_a_peer_that_is_killed_fails_at_once(void)
{
	return in_town(kill_a_server);
}

static int
end_a_client(struct actor_nursery *town, Trees__Way way)
{
	struct actor_nursery *calls;
	struct trees_probe server, client;
	Trees__Value *reply;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = start_visit(town, calls, &server, &client);
	if (rc == 0)
		rc = trees_probe_die(client, TREES_DEATH(.way = way), &reply);
	EXPECT_CODE(actor_nursery_close(calls, rc), ACTOR_EPEERGONE);
	AWAIT(trace_count("cancelled server by") == 1);
	EXPECT_INT(trace_number("cancelled server by"), ACTOR_ECANCELED);
	EXPECT_CODE(trees_probe_echo(server, TREES_VALUE(.number = 1), &reply), 0);
	return 0;
}

static int
kill_a_client(struct actor_nursery *town)
{
	return end_a_client(town, TREES__WAY__KILL);
}

static int
let_a_client_exit(struct actor_nursery *town)
{
	return end_a_client(town, TREES__WAY__EXIT_AT_ONCE);
}

static int
abort_a_client(struct actor_nursery *town)
{
	return end_a_client(town, TREES__WAY__ABORT);
}

/* shows: PR-18, PE-04 */
static int
what_a_peer_had_called_is_cancelled_when_it_dies(void)
{
	int rc = in_town(kill_a_client);

	if (rc == 0)
		rc = in_town(let_a_client_exit);
	return rc == 0 ? in_town(abort_a_client) : rc;
}

/* ---- rights ---- */

static int
try_to_cancel(struct actor_nursery *town)
{
	struct actor_bytes none = { 0 };
	struct trees_probe daemon;
	Trees__Value *reply;
	int rc = meet_neighbour(town, "daemon", NULL, &daemon);

	if (rc != 0)
		return rc;
	EXPECT_CODE(actor_portal_run_from_ns(daemon.portal, "trees.Broken", "Nothing", none, NULL), ACTOR_EDENIED);
	EXPECT_CODE(actor_portal_cancel_actor(daemon.portal), ACTOR_EDENIED);
	EXPECT_TEXT(error_origin(), "daemon");
	EXPECT_PART(actor_error_message(actor_error_last()), "cancel_uids");
	EXPECT_CODE(actor_portal_run_from_ns(daemon.portal, "self", "cancel", none, NULL), ACTOR_EDENIED);
	EXPECT_CODE(actor_portal_run_from_ns(daemon.portal, "self", "ping", none, NULL), 0);
	EXPECT_CODE(trees_probe_echo(daemon, TREES_VALUE(.number = 1), &reply), 0);
	EXPECT_INT(trace_count("closing daemon"), 0);
	return 0;
}

/* shows: NS-13 */
static int
a_peer_may_not_stop_an_actor(void)
{
	return in_town(try_to_cancel);
}

/* A child may not stop its parent, nor its sibling. */
static int
let_a_child_try(struct actor_nursery *town)
{
	static const char *const names[] = { "main", "gretchen" };
	struct trees_visitor donny, gretchen;
	Trees__Value *reply;
	int rc = spawn_siblings(town, &donny, &gretchen);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(names); i++) {
		rc = trees_visitor_visit(
		    donny, TREES_TRIP(.name = (char *)(uintptr_t)names[i], .act = TREES__ACT__CANCEL_ACTOR), &reply);
		if (rc == 0)
			EXPECT_INT(reply->number, ACTOR_EDENIED);
	}
	return rc == 0 ? actor_checkpoint() : rc;
}

/* shows: NS-13 */
static int
a_child_may_not_stop_its_parent_nor_its_sibling(void)
{
	return in_town(let_a_child_try);
}

static int
call_all_around(struct actor_nursery *town)
{
	struct trees_visitor donny, gretchen;
	Trees__Value *reply;
	int rc = spawn_siblings(town, &donny, &gretchen);

	if (rc == 0) {
		EXPECT_CODE(trees_visitor_visit(donny, TREES_TRIP(.name = (char *)"gretchen", .number = 5), &reply), 0);
		EXPECT_INT(reply->number, 5);
		EXPECT_CODE(trees_visitor_visit(donny, TREES_TRIP(.name = (char *)"main", .number = 6), &reply), 0);
		EXPECT_INT(reply->number, 6);
		EXPECT_CODE(trees_visitor_visit(donny, TREES_TRIP(.act = TREES__ACT__GREET_ROOT), &reply), 0);
	}
	return rc;
}

/* shows: AL-02 */
static int
a_module_can_be_called_by_siblings_and_by_the_child_of_a_root(void)
{
	return in_town(call_all_around);
}

static int
call_for_family(struct actor_nursery *town)
{
	struct trees_visitor child;
	struct trees_probe peer;
	Trees__Value *reply;
	int rc = meet_neighbour(town, "peer", IS_ROOT, &peer);

	if (rc == 0)
		rc = spawn_visitor(town, "child", &child);
	if (rc != 0)
		return rc;
	EXPECT_CODE(
	    trees_visitor_visit(child, TREES_TRIP(.name = (char *)"main", .act = TREES__ACT__CALL_GREET), &reply), 0);
	EXPECT_CODE(trees_visitor_visit(visitor_of(peer),
	                                TREES_TRIP(.name = (char *)"main", .act = TREES__ACT__CALL_GREET), &reply),
	            ACTOR_EDENIED);
	EXPECT_PART(actor_error_message(actor_error_last()), "trees.Other");
	EXPECT_CODE(
	    trees_visitor_visit(child, TREES_TRIP(.name = (char *)"peer", .act = TREES__ACT__CALL_GREET), &reply),
	    ACTOR_EDENIED);
	EXPECT_CODE(actor_find(town, "peer", &trees_other_service, &peer.portal), ACTOR_EDENIED);
	return 0;
}

/* A module that a child has for its family can be called by its parent. */
static int
call_a_child_for_family(struct actor_nursery *town)
{
	static const struct actor_service *const enable[] = { &trees_probe_service, &trees_other_service, NULL };
	static const struct actor_service *const family[] = { &trees_other_service, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);
	struct trees_probe shy, bold;
	Trees__Value *reply;
	int rc;

	options.enable = enable;
	options.family_only = family;
	rc = trees_probe_spawn(town, "shy", &options, &shy);
	if (rc == 0)
		rc = meet_neighbour(town, "bold", NULL, &bold);
	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_other_greet((struct trees_other){ shy.portal }, NOTHING, &reply), 0);
	EXPECT_CODE(trees_visitor_visit(visitor_of(bold),
	                                TREES_TRIP(.name = (char *)"shy", .act = TREES__ACT__CALL_GREET), &reply),
	            ACTOR_EDENIED);
	EXPECT_CODE(trees_visitor_visit(visitor_of(bold), TREES_TRIP(.name = (char *)"shy", .number = 1), &reply), 0);
	return 0;
}

/* shows: AL-02 */
static int
what_is_for_the_family_is_not_for_peers(void)
{
	int rc = in_town(call_for_family);

	return rc == 0 ? in_town(call_a_child_for_family) : rc;
}

/* ---- the end of an actor ---- */

static int
start_one_that_spins(struct actor_nursery *town, struct trees_probe *ret_probe)
{
	static const struct actor_service *const enable[] = { &trees_visitor_service, NULL };
	struct actor_spawn_options options = *probe_options(SPINS, NULL);

	options.enable = enable;
	return trees_probe_spawn(town, "donny", &options, ret_probe);
}

static bool
has_news(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static int
entries_of(const char *name)
{
	const struct actor_registration *list;
	size_t count;
	int rc = actor_query(name, &list, &count);

	return rc == 0 ? (int)count : rc;
}

/* While its modules close, and after that. */
static void
watch_it_end(const char *path, int peer)
{
	static struct raw_frame frame;

	EXPECT(connect_to(path) < 0);
	EXPECT_INT(entries_of("donny"), 1);
	EXPECT(!has_news(peer));
	trace("let go");
	AWAIT(has_news(peer));
	EXPECT(raw_read(peer, &frame) && frame.kind == RAW_BYE && frame.size == 0);
	EXPECT_INT(entries_of("donny"), 0);
}

static int
end_slowly(struct actor_nursery *town)
{
	static struct raw_frame frame;
	struct actor_nursery *calls = NULL;
	struct trees_probe donny;
	const char *path;
	int peer, rc = start_one_that_spins(town, &donny);

	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_probe_sleep_start(calls, donny, TREES_PAUSE(.ms = UINT32_MAX), NULL);
	if (rc != 0)
		return rc;
	AWAIT(trace_count("sleeping donny") == 1);
	AWAIT(entries_of("donny") == 1);
	peer = raw_meet(path = socket_of("donny"), "peer", 1, &frame);
	EXPECT_CODE(actor_portal_cancel_actor(donny.portal), 0);
	EXPECT_CODE(actor_nursery_close(calls, 0), ACTOR_ECANCELED); /* its tasks first: here is the outcome */
	watch_it_end(path, peer);
	close(peer);
	AWAIT(is_gone(probe_pid(donny)));
	EXPECT_INT(trace_count("closing donny"), 1);
	return 0;
}

/*
 * The entry goes by a call over the link to its parent, which is there for that.
 *
 * shows: TD-05, ID-10
 */
static int
an_actor_ends_in_order(void)
{
	return in_town(end_slowly);
}

/* ---- a link that was there before ---- */

static int
find_a_child(struct actor_nursery *town)
{
	struct actor_nursery *portals;
	struct actor_identity identity;
	struct trees_visitor child, found;
	int before, rc = spawn_visitor(town, "child", &child);

	before = open_descriptors();
	if (rc == 0)
		rc = actor_nursery_open(&portals);
	if (rc == 0)
		rc = trees_visitor_find_actor(portals, "child", &found);
	if (rc == 0) {
		EXPECT_INT(open_descriptors(), before);
		rc = actor_portal_identity(found.portal, &identity);
		EXPECT_INT(identity.pid, probe_pid(probe_of(child)));
		rc = actor_nursery_close(portals, rc);
	}
	EXPECT_CODE(actor_portal_identity(found.portal, &identity), ACTOR_ECLOSED);
	EXPECT(descriptors_of(child) > 0);
	return rc;
}

/* shows: PE-09, DI-15 */
static int
a_link_that_was_there_is_used_and_stays(void)
{
	return in_town(find_a_child);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(siblings_that_wait_for_each_other_greet_as_one_shots),
		CHECK(siblings_have_a_connection_of_their_own_as_long_as_a_portal_needs_it),
		CHECK(the_failure_of_a_call_is_its_callers_alone),
		CHECK(who_cancels_a_callee_is_named_to_those_who_called_it),
		CHECK(a_cancelled_client_cancels_its_call_and_the_server_stays),
		CHECK(a_call_to_a_peer_that_is_killed_fails_at_once),
		CHECK(what_a_peer_had_called_is_cancelled_when_it_dies),
		CHECK(a_peer_may_not_stop_an_actor),
		CHECK(a_child_may_not_stop_its_parent_nor_its_sibling),
		CHECK(a_module_can_be_called_by_siblings_and_by_the_child_of_a_root),
		CHECK(what_is_for_the_family_is_not_for_peers),
		CHECK(an_actor_ends_in_order),
		CHECK(a_link_that_was_there_is_used_and_stays),
	};

	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
