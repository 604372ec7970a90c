/* SPDX-License-Identifier: BSD-2-Clause */

/* The callee's side, against a peer that asks for what it likes. */

#include "fixture.h"

#include <google/protobuf/wrappers.pb-c.h>

static struct test_ops counts;

static void
begin(void)
{
	begin_linked(false, 1024);
	counts = (struct test_ops){ 0 };
	test_actor_serve(&actor, &test_service, &counts);
}

TestSuite(serve, .init = begin, .fini = end);

static const Test__Request *
request_of(int32_t number, const char *text)
{
	static Test__Request request;

	request = (Test__Request)TEST__REQUEST__INIT;
	request.number = number;
	request.text = (char *)(uintptr_t)text;
	return &request;
}

/* Sends a Start, by number. */
static void
call_with(uint64_t cid, unsigned flags, uint16_t endpoint, uint32_t deadline_ms, const Test__Request *request)
{
	unsigned char packed[4096];
	size_t size = test__request__pack(request, packed);

	size = test_start_by_number(body, 0, endpoint, deadline_ms, packed, size);
	test_peer_send_flags(&os, far, ACTI_FRAME_START, flags, cid, body, size);
}

static void
call(uint64_t cid, uint16_t endpoint, int32_t number)
{
	call_with(cid, 0, endpoint, 0, request_of(number, ""));
}

static void
call_by_name(uint64_t cid, const char *module, const char *endpoint)
{
	unsigned char packed[64];
	size_t size = test__request__pack(request_of(6, "x"), packed);

	size = test_start_by_name(body, module, endpoint, packed, size);
	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, cid, body, size);
}

static void
call_self(uint64_t cid, const char *verb, const char *payload)
{
	size_t size = test_start_by_name(body, "self", verb, payload, strlen(payload));

	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, cid, body, size);
}

static void
take_reply(uint64_t cid, int32_t number)
{
	Test__Reply *reply;

	take(ACTI_FRAME_RETURN, cid);
	reply = test__reply__unpack(NULL, frame.body.size, frame.body.at);
	cr_assert_not_null(reply);
	cr_assert_eq(reply->number, number, "%d", reply->number);
	test__reply__free_unpacked(reply, NULL);
}

static void
demand_life(uint64_t cid)
{
	call(cid, TEST_ECHO, 5);
	take_reply(cid, 5);
}

/* ---- what is served ---- */

/* shows: PR-01, NS-01 */
Test(serve, a_call_by_name_is_the_call_by_number)
{
	struct test_bytes first = { 0 };

	call_with(1, 0, TEST_ECHO, 0, request_of(6, "x"));
	take_reply(1, 6);
	test_bytes_add(&first, frame.body.at, frame.body.size);
	call_by_name(3, "test.Service", "Echo");
	take_reply(3, 6);
	cr_assert_eq(frame.body.size, first.size);
	cr_assert(memcmp(frame.body.at, first.at, first.size) == 0);
	test_bytes_fini(&first);
}

/* shows: PR-06, NS-10 */
Test(serve, an_endpoint_of_another_kind_is_refused)
{
	call(1, TEST_ITEMS, 0);
	take_error(1, ACTOR_EKIND);
	call_by_name(3, "test.Service", "Items");
	take_error(3, ACTOR_EKIND);
	cr_assert_str_eq(actor_error_message(&error), "test.Service.Items is not a function");
	demand_life(5);
}

/* shows: PR-03, NS-03, AL-01, AL-03 */
Test(serve, a_module_that_is_not_exposed_is_refused_like_one_that_is_unknown)
{
	static const char *const names[] = { "test.Other",          "no.such",         "test.service",
		                             "test.Servic",         "test.Service2",   "test",
		                             "\321\202est.Service", "../test.Service", "self2" };
	uint64_t cid = 1;

	for (size_t i = 0; i < ACTOR_COUNT(names); i++, cid += 2) {
		char wanted[300];

		call_by_name(cid, names[i], "Echo");
		take_error(cid, ACTOR_EDENIED);
		snprintf(wanted, sizeof wanted,
		         "actor does not expose the module %s: its spawner has to name it in "
		         "actor_spawn_options.enable, or spawn it by the module's own _spawn(); a root's "
		         "program, in actor_program.enable",
		         names[i]);
		cr_assert_str_eq(actor_error_message(&error), wanted);
	}
	cr_assert_eq(counts.called, 0);
	test_peer_send(&os, far, ACTI_FRAME_START, cid, body, test_start_by_number(body, 1, 0, 0, NULL, 0));
	take_error(cid, ACTOR_EDENIED);
	cr_assert_str_eq(actor_error_message(&error), "actor exposes no module 1");
	demand_life(cid + 2);
}

/* shows: PR-04, NS-11, NS-12; robustness: F9, F10 */
Test(serve, an_endpoint_that_is_not_declared_is_refused)
{
	static const char *const names[] = { "echo", "Ech", "Echo2", "raise_bad", "Echo ", "E\321\201ho" };
	uint64_t cid = 1;

	for (size_t i = 0; i < ACTOR_COUNT(names); i++, cid += 2) {
		call_by_name(cid, "test.Service", names[i]);
		take_error(cid, ACTOR_ENOENDPOINT);
		cr_assert(strstr(actor_error_message(&error), "Sleep") == NULL, "it does not list what exists");
	}
	call(cid, TEST_ENDPOINTS, 0);
	take_error(cid, ACTOR_ENOENDPOINT);
	call(cid + 2, 0xffff, 0);
	take_error(cid + 2, ACTOR_ENOENDPOINT);
	cr_assert_eq(counts.called, 0);
	demand_life(cid + 4);
}

/* shows: PR-07; robustness: E5 */
Test(serve, a_request_that_cannot_be_decoded_is_refused_before_the_body_runs)
{
	size_t size = test_start_by_number(body, 0, TEST_ECHO, 0, "\x12\x02\xc3\x28", 4);

	test_peer_send(&os, far, ACTI_FRAME_START, 1, body, size);
	take_error(1, ACTOR_EINVAL);
	cr_assert(strncmp(actor_error_message(&error), "the request of test.Service.Echo: ", 34) == 0);
	size = test_start_by_name(body, "test.Service", "Echo", "\xff\xff\xff\xff", 4);
	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, 3, body, size);
	take_error(3, ACTOR_EINVAL);
	cr_assert_eq(counts.called, 0);
	cr_assert_eq(actor.proc.actor.scheduler.task_count, 0);
	demand_life(5);
}

/* shows: OS-10, PR-13 */
Test(serve, a_start_is_acknowledged_when_that_is_wanted)
{
	size_t size;

	call_with(1, ACTI_FLAG_WANT_ACK, TEST_ECHO, 0, request_of(6, "x"));
	take(ACTI_FRAME_START_ACK, 1);
	cr_assert_eq(frame.body.size, 1);
	cr_assert_eq(frame.body.at[0], ACTOR_FUNCTION);
	take_reply(1, 6);
	size = test_start_by_number(body, 0, TEST_ECHO, 0, "\xff", 1);
	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_WANT_ACK, 3, body, size);
	take_error(3, ACTOR_EINVAL);
	call_with(5, ACTI_FLAG_WANT_ACK, TEST_ITEMS, 0, request_of(6, "x"));
	take_error(5, ACTOR_EKIND);
	take_nothing();
}

/* ---- what goes wrong in the body ---- */

/* shows: PR-09, ER-01, ER-02 */
Test(serve, an_error_of_the_body_is_boxed_and_the_actor_goes_on)
{
	call_with(1, 0, TEST_FAIL, 0, request_of(0, "7 is too large"));
	take_error(1, ACTOR_EINVAL);
	cr_assert(strncmp(actor_error_message(&error), "7 is too large (", 16) == 0);
	cr_assert_str_eq(actor_error_origin(&error)->name, "actor");
	cr_assert_eq(actor_error_hop_count(&error), 1);
	demand_life(3);
}

Test(serve, a_reply_that_breaks_its_type_is_the_endpoints_error)
{
	call(1, TEST_BREAK, 0);
	take_error(1, ACTOR_EINVAL);
	cr_assert(strncmp(actor_error_message(&error), "the reply of Break: ", 20) == 0);
	demand_life(3);
}

Test(serve, a_reply_that_is_larger_than_the_caller_takes_is_the_endpoints_error)
{
	actor.connection.message_size_max = 1000;
	call(1, TEST_LARGE, 900);
	take(ACTI_FRAME_RETURN, 1);
	call(3, TEST_LARGE, 1000);
	take_error(3, ACTOR_EINVAL);
	cr_assert(strstr(actor_error_message(&error), "bytes: the caller takes 1000") != NULL);
	call(5, TEST_LARGE, 2 * 1024 * 1024);
	take_error(5, ACTOR_EINVAL);
	demand_life(7);
}

Test(serve, a_positive_code_is_the_endpoints_error)
{
	call(1, TEST_POSITIVE, 0);
	take_error(1, ACTOR_EINVAL);
	cr_assert_str_eq(actor_error_message(&error), "Positive gave 7: 0 is success, an error is negative");
}

Test(serve, a_declared_error_travels_with_its_value)
{
	Test__Bad *bad;

	call_with(1, 0, TEST_RAISE, 0, request_of(0, "why not"));
	take_error(1, ACTOR_ERAISED);
	cr_assert_str_eq(actor_error_type(&error), "test.Bad");
	cr_assert_not_null(error.value);
	bad = test__bad__unpack(NULL, error.value->size, error.value->bytes);
	cr_assert_str_eq(bad->why, "why not");
	test__bad__free_unpacked(bad, NULL);
	demand_life(3);
}

Test(serve, a_declared_error_that_is_too_large_loses_its_value_only)
{
	call(1, TEST_RAISE, 65000);
	take_error(1, ACTOR_ERAISED);
	cr_assert_not_null(error.value);
	cr_assert_not(error.value_lost);
	call(3, TEST_RAISE, 65537);
	take_error(3, ACTOR_ERAISED);
	cr_assert_str_eq(actor_error_type(&error), "test.Bad");
	cr_assert_null(error.value);
	cr_assert(error.value_lost);
}

Test(serve, an_undeclared_error_is_refused_at_the_side_that_raises_it)
{
	call(1, TEST_RAISE_OTHER, 0);
	take_error(1, ACTOR_EINVAL);
	cr_assert(strstr(actor_error_message(&error), "RaiseOther does not declare that it raises test.Other") != NULL);
}

/* ---- cancelling ---- */

/* robustness: F5 */
Test(serve, a_cancel_is_acknowledged_at_once_and_the_task_ends)
{
	call(1, TEST_SLEEP, 1000);
	take_nothing();
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	take_error(1, ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(&error)->name, "peer");
	cr_assert_eq(counts.cancelled, 1);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	take_nothing();
	demand_life(3);
}

/* shows: NS-06; robustness: F5 */
Test(serve, a_cancel_of_what_is_not_there_is_acknowledged)
{
	static const uint64_t cids[] = { 1, 99, UINT64_MAX };

	for (size_t i = 0; i < ACTOR_COUNT(cids); i++) {
		test_peer_send(&os, far, ACTI_FRAME_CANCEL, cids[i], NULL, 0);
		take(ACTI_FRAME_CANCEL_ACK, cids[i]);
	}
	demand_life(101);
}

/* Begins a call, and cancels it while it runs. */
static void
call_and_cancel(uint64_t cid)
{
	call(cid, TEST_SLEEP, 1000);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, cid, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, cid);
	take_error(cid, ACTOR_ECANCELED);
}

/* From this cid on; gives the next. */
static uint64_t
call_and_cancel_all_that_may_be(uint64_t cid)
{
	for (uint32_t i = 0; i < acti_limits_default.cancels_burst; i++, cid += 2)
		call_and_cancel(cid);
	return cid;
}

static void
demand_no_life(uint64_t cid, const char *how_long)
{
	call(cid, TEST_ECHO, 5);
	take_error(cid, ACTOR_ENOMEM);
	cr_assert(strstr(actor_error_message(&error), "too many of those that ran were cancelled") != NULL);
	cr_assert(strstr(actor_error_message(&error), how_long) != NULL, "%s", actor_error_message(&error));
}

/* robustness: F12 */
Test(serve, a_peer_that_cancels_call_after_call_begins_none_for_a_while)
{
	uint64_t cid;

	actor.connection.role = ACTI_ROLE_PEER;
	cid = call_and_cancel_all_that_may_be(1);
	demand_no_life(cid, "for 31 ms");
	test_os_advance_ms(&os, 29);
	demand_no_life(cid + 2, "for 2 ms");
	test_os_advance_ms(&os, 2);
	call(cid + 4, TEST_ECHO, 5);
	take_reply(cid + 4, 5);
	call_and_cancel(cid + 6);
	demand_no_life(cid + 8, "for 30 ms");
}

/* robustness: F12 */
Test(serve, after_a_while_a_peer_may_cancel_as_many_calls_as_before_and_no_more)
{
	struct acti_watch *watch = os.ends[actor.connection.link.fd].watch;
	uint64_t cid;

	actor.connection.role = ACTI_ROLE_PEER;
	cid = call_and_cancel_all_that_may_be(1);
	os.now_ns += 3600ull * 1000 * ACTI_NS_PER_MS; /* in one wait, so the turn began before it */
	call(cid, TEST_ECHO, 5);
	watch->ready(watch, ACTI_READABLE);
	take_reply(cid, 5);
	cid += 2;
	cid = call_and_cancel_all_that_may_be(cid);
	demand_no_life(cid, "for 31 ms");
}

/* robustness: F12 */
Test(serve, calls_that_end_or_that_a_parent_or_a_child_cancels_are_not_counted)
{
	uint64_t cid = call_and_cancel_all_that_may_be(1);

	demand_life(cid);
	actor.connection.role = ACTI_ROLE_PEER;
	for (uint32_t i = 0; i < acti_limits_default.cancels_burst; i++) {
		demand_life(cid += 2);
		test_peer_send(&os, far, ACTI_FRAME_CANCEL, cid, NULL, 0);
		take(ACTI_FRAME_CANCEL_ACK, cid);
	}
	demand_life(cid + 2);
}

/* robustness: F12 */
Test(serve, who_begins_no_calls_for_a_while_is_answered_all_the_same)
{
	uint64_t cid;

	actor.connection.role = ACTI_ROLE_PEER;
	call(1, TEST_SLEEP, 1000);
	cid = call_and_cancel_all_that_may_be(3);
	demand_no_life(cid, "for 31 ms");
	call_self(cid + 2, "ping", "now");
	take(ACTI_FRAME_RETURN, cid + 2);
	test_os_advance_ms(&os, 1000);
	take_reply(1, 1000);
}

/* robustness: F12 */
Test(serve, what_was_cancelled_counts_until_it_ends)
{
	struct actor *self = test_actor_of(&actor);

	self->limits.dialogs_max = 2;
	call(1, TEST_PERSIST, 30);
	call(3, TEST_PERSIST, 30);
	test_os_settle(&os);
	for (uint64_t cid = 1; cid <= 3; cid += 2) {
		test_peer_send(&os, far, ACTI_FRAME_CANCEL, cid, NULL, 0);
		take(ACTI_FRAME_CANCEL_ACK, cid);
	}
	cr_assert_eq(counts.cancelled, 2);
	call(5, TEST_ECHO, 5);
	take_error(5, ACTOR_ENOMEM);
	cr_assert_str_eq(actor_error_message(&error), "actor runs 2 calls of this peer already, or has no memory");
	test_os_advance_ms(&os, 30);
	take_reply(1, 30);
	take_reply(3, 30);
	demand_life(7);
}

/* robustness: F5 */
Test(serve, a_cancel_before_its_start_does_nothing_to_it)
{
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	demand_life(1);
}

/* Start and Cancel in one read: the task exists when the Cancel is looked at. */
Test(serve, a_cancel_right_behind_its_start_ends_it)
{
	call(1, TEST_SLEEP, 1000);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	take_error(1, ACTOR_ECANCELED);
	cr_assert_eq(counts.called, 0, "nothing of it has run, or ever will");
	demand_life(3);
}

/* Without any memory: what ends things needs none. */
static void
demand_control_without_memory(void)
{
	os.memory.allocations_left = 0;
	test_peer_send(&os, far, ACTI_FRAME_PING, 9, NULL, 0);
	take(ACTI_FRAME_PONG, 9);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 77, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 77);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	os.memory.allocations_left = SIZE_MAX; /* for the test's own */
	take_error(1, ACTOR_ECANCELED);
	os.memory.allocations_left = 0;
	call(21, TEST_ECHO, 1);
	test_os_settle(&os);
	test_peer_send(&os, far, 99, 1, NULL, 0);
	test_os_settle(&os);
	os.memory.allocations_left = SIZE_MAX;
	cr_assert(test_peer_next(&os, far, &frame));
	cr_assert_eq(frame.head.cid, 21, "a reply, or that there is no memory");
	take_bye("unknown kind of frame");
}

/* shows: NS-05; robustness: D1 */
Test(serve, control_frames_leave_without_memory)
{
	call(1, TEST_SLEEP, 1000);
	take_nothing();
	demand_control_without_memory();
}

/* The peer does not read, the queue is as full as its memory allows, and most outcomes wait for room. */
Test(serve, errors_behind_a_full_queue_leave_without_memory)
{
	size_t counts_of[ACTI_FRAME_KINDS] = { 0 };

	call(1, TEST_SLEEP, 1000);
	take_nothing();
	os.ends[far].in_max = 0;
	for (uint64_t cid = 3; cid < 31; cid += 2)
		call(cid, TEST_LARGE, 4000);
	for (uint64_t cid = 31; cid < 1031; cid += 2)
		call_with(cid, 0, TEST_FAIL, 0, request_of(0, "a failure with a message of some length, as they are"));
	test_os_settle(&os);
	cr_assert_eq(counts.called, 515);
	cr_assert_gt(actor.connection.served_count, 100, "they wait");
	os.memory.allocations_left = 0;
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	test_peer_send(&os, far, ACTI_FRAME_PING, 9, NULL, 0);
	test_os_settle(&os);
	os.ends[far].in_max = SIZE_MAX;
	test_os_settle(&os);
	cr_assert_eq(actor.connection.served_count, 0);
	os.memory.allocations_left = SIZE_MAX;
	while (test_peer_next(&os, far, &frame))
		counts_of[frame.head.kind]++;
	cr_assert_eq(counts_of[ACTI_FRAME_RETURN], 14);
	cr_assert_eq(counts_of[ACTI_FRAME_ERROR], 501);
	cr_assert_eq(counts_of[ACTI_FRAME_CANCEL_ACK], 1);
	cr_assert_eq(counts_of[ACTI_FRAME_PONG], 1);
	demand_life(2001);
}

/* ---- deadlines ---- */

Test(serve, the_callers_deadline_holds_here)
{
	call_with(1, 0, TEST_LEFT, 250, request_of(0, ""));
	take_reply(1, 250);
	call(3, TEST_LEFT, 0);
	take_reply(3, -1); /* there is none */
	call_with(5, 0, TEST_SLEEP, 250, request_of(1000, ""));
	test_os_advance_ms(&os, 249);
	take_nothing();
	test_os_advance_ms(&os, 1);
	take_error(5, ACTOR_EDEADLINE);
}

/* ---- violations ---- */

/* robustness: F1 */
Test(serve, a_cid_that_is_in_use_may_not_be_used_again)
{
	call(1, TEST_SLEEP, 1000);
	take_nothing();
	call(1, TEST_ECHO, 1);
	take_bye("a Start frame for a dialog that is serving");
	cr_assert_eq(counts.cancelled, 1);
}

/* robustness: F1, F2 */
Test(serve, a_cid_that_was_in_use_may_not_be_used_again)
{
	call(5, TEST_ECHO, 1);
	take_reply(5, 1);
	call(5, TEST_ECHO, 1);
	take_bye("a Start frame for a dialog that is unknown");
}

/* robustness: F1 */
Test(serve, cids_only_grow)
{
	call(5, TEST_ECHO, 1);
	take_reply(5, 1);
	call(3, TEST_ECHO, 1);
	take_bye("a Start frame for a dialog that is unknown");
}

/* robustness: F1 */
Test(serve, a_cid_of_the_other_side_is_not_the_peers_to_start)
{
	call(2, TEST_ECHO, 1);
	take_bye("a Start frame for a dialog that is unknown");
}

/* robustness: F3 */
Test(serve, an_answer_to_what_was_not_asked_is_a_violation)
{
	test_peer_send(&os, far, ACTI_FRAME_RETURN, 2, NULL, 0);
	take_bye("a Return frame for a dialog that is unknown");
}

/* robustness: E5 */
Test(serve, a_start_that_is_too_short_is_a_violation)
{
	test_peer_send(&os, far, ACTI_FRAME_START, 1, "short", 5);
	take_bye("a Start of 5 bytes");
}

/* robustness: E11 */
Test(serve, names_that_are_no_text_are_a_violation)
{
	size_t size = test_start_by_name(body, "test\x01", "x", NULL, 0);

	body[ACTI_START_PREFIX_SIZE + 5] = '\0';
	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, 1, body, size);
	take_bye("a Start whose names cannot be decoded");
}

/* robustness: F4 */
Test(serve, a_frame_that_a_function_has_no_use_for_is_a_violation)
{
	call(1, TEST_SLEEP, 1000);
	test_peer_send(&os, far, ACTI_FRAME_YIELD, 1, "x", 1);
	take_bye("a Yield frame for a dialog that is serving");
}

/* ---- the connection as a whole ---- */

/* shows: PR-18, ER-11 */
Test(serve, the_loss_of_the_link_cancels_what_was_started_over_it)
{
	for (uint64_t cid = 1; cid < 20; cid += 2)
		call(cid, TEST_SLEEP, 1000);
	test_os_settle(&os);
	cr_assert_eq(counts.called, 10);
	cr_assert_eq(actor.idle_count, 0);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert_eq(counts.cancelled, 10);
	cr_assert_eq(actor.connection.served_count, 0);
	cr_assert_eq(actor.idle_count, 1);
	cr_assert_eq(dialogs_in_table(&actor), 0);
	cr_assert(test_os_logged(&os, "an error could not be sent to peer: ACTOR_ECANCELED"));
}

/* shows: PR-11, PR-12 */
Test(serve, an_outcome_for_a_caller_that_is_gone_is_dropped)
{
	size_t writes;

	call(1, TEST_ECHO, 1);
	call_with(3, 0, TEST_FAIL, 0, request_of(0, "lost"));
	test_os_shut(&os, far);
	writes = os.writes;
	test_os_settle(&os);
	cr_assert_eq(counts.called, 2);
	cr_assert_leq(os.writes, writes + 1);
	cr_assert_eq(dialogs_in_table(&actor), 0);
}

/* shows: PR-18, PR-26 */
Test(serve, a_call_that_is_acknowledged_and_does_well_after_its_caller_is_gone_is_told_and_the_actor_goes_on)
{
	actor.proc.actor.log_level = ACTI_LOG_INFO;
	call_with(1, ACTI_FLAG_WANT_ACK, TEST_PERSIST, 0, request_of(30, ""));
	take(ACTI_FRAME_START_ACK, 1);
	test_os_advance_ms(&os, 10);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert_eq(counts.cancelled, 1, "it is told");
	cr_assert_eq(actor.connection.served_count, 1, "and goes on, under a shield");
	test_os_advance_ms(&os, 30);
	cr_assert_eq(actor.connection.served_count, 0);
	cr_assert_eq(dialogs_in_table(&actor), 0);
	cr_assert(test_os_logged(&os, "Persist did well, but its caller peer is gone"));
}

Test(serve, calls_beyond_the_limit_are_refused)
{
	actor.proc.actor.limits.dialogs_max = actor.proc.actor.limits.peer_dialogs_max = 2;
	call(1, TEST_SLEEP, 10);
	call(3, TEST_SLEEP, 10);
	call(5, TEST_SLEEP, 10);
	take_error(5, ACTOR_ENOMEM);
	cr_assert_str_eq(actor_error_message(&error), "actor runs 2 calls of this peer already, or has no memory");
	test_os_advance_ms(&os, 10);
	take_reply(1, 10);
	take_reply(3, 10);
	demand_life(7);
}

/* robustness: D4 */
Test(serve, a_call_that_there_is_no_stack_for_is_refused)
{
	os.stacks_left = 0;
	call(1, TEST_ECHO, 1);
	take_error(1, ACTOR_ENOMEM);
	os.stacks_left = SIZE_MAX;
	demand_life(3);
}

/* robustness: D1 */
Test(serve, survives_each_allocation_that_fails)
{
	static char text[3000];
	uint64_t cid = 1;
	bool is_done = false;
	size_t failures = 0;

	memset(text, 'x', sizeof text - 1);
	for (size_t n = 0; !is_done; n++, cid += 2) {
		cr_assert_lt(n, 20);
		os.memory.allocations_left = n;
		call_with(cid, 0, TEST_ECHO, 0, request_of(1, text));
		test_os_settle(&os);
		os.memory.allocations_left = SIZE_MAX;
		cr_assert(test_peer_next(&os, far, &frame));
		cr_assert_eq(frame.head.cid, cid);
		is_done = frame.head.kind == ACTI_FRAME_RETURN;
		failures += !is_done;
		cr_assert(is_done || frame.head.kind == ACTI_FRAME_ERROR);
	}
	cr_assert_geq(failures, 1);
	demand_life(cid);
}

Test(serve, replies_wait_while_the_caller_does_not_read)
{
	os.ends[far].in_max = 1;
	actor.proc.actor.limits.message_size_max = 10 * 1024 * 1024;
	for (uint64_t cid = 1; cid < 40; cid += 2)
		call(cid, TEST_LARGE, 300 * 1024);
	test_os_settle(&os);
	cr_assert_eq(counts.called, 20);
	cr_assert_geq(actor.connection.served_count, 15, "they wait with what they have");
	cr_assert_leq(actor.connection.link.out_end, 2 * 1024 * 1024);
	os.ends[far].in_max = SIZE_MAX;
	for (uint64_t cid = 1; cid < 40; cid += 2)
		take(ACTI_FRAME_RETURN, cid);
	cr_assert_eq(actor.connection.served_count, 0);
}

Test(serve, an_actor_that_stops_takes_no_calls)
{
	acti_scope_cancel(&actor.proc.actor.scope, ACTOR_ECANCELED, NULL);
	call(1, TEST_ECHO, 1);
	take_error(1, ACTOR_ECLOSED);
	cr_assert_str_eq(actor_error_message(&error), "actor is stopping: it takes no calls");
}

Test(serve, a_module_that_is_not_open_yet_takes_no_calls)
{
	actor.proc.actor.served[0].is_open = false;
	call(1, TEST_ECHO, 1);
	take_error(1, ACTOR_ECLOSED);
	cr_assert_str_eq(actor_error_message(&error), "actor is starting: it takes no calls");
}

Test(serve, a_ping_is_answered)
{
	test_peer_send(&os, far, ACTI_FRAME_PING, 0, NULL, 0);
	take(ACTI_FRAME_PONG, 0);
	test_peer_send(&os, far, ACTI_FRAME_PING, 7, NULL, 0);
	take(ACTI_FRAME_PONG, 7);
}

/* robustness: F13 */
Test(serve, who_asks_for_answers_and_reads_none_loses_the_link)
{
	os.ends[far].in_max = 64;
	actor.proc.actor.limits.pending_max = 1000;
	actor.proc.actor.limits.queued_max = 1000;
	for (unsigned i = 0; i < 200; i++)
		test_peer_send(&os, far, ACTI_FRAME_PING, i, NULL, 0);
	test_os_settle(&os);
	cr_assert(test_os_logged(&os, "does not read its answers"));
	cr_assert_not(acti_link_is_up(&actor.connection.link));
}

/* ---- the runtime's own verbs ---- */

Test(serve, self_ping_gives_its_request_back)
{
	call_self(1, "ping", "any bytes");
	take(ACTI_FRAME_RETURN, 1);
	cr_assert_str_eq((const char *)frame.body.at, "any bytes");
}

Test(serve, self_modules_lists_what_is_exposed)
{
	Google__Protobuf__StringValue *value;

	test_actor_serve(&actor, &test_service_unknown, &counts);
	call_self(1, "modules", "");
	take(ACTI_FRAME_RETURN, 1);
	value = google__protobuf__string_value__unpack(NULL, frame.body.size, frame.body.at);
	cr_assert_str_eq(value->value, "test.Service\ntest.Unknown");
	google__protobuf__string_value__free_unpacked(value, NULL);
}

/* robustness: F11 */
Test(serve, self_cancel_is_the_parents_alone)
{
	call_self(1, "cancel", "");
	take_error(1, ACTOR_EDENIED);
	cr_assert_str_eq(actor_error_message(&error),
	                 "only its parent may stop actor, and who is named in its access.cancel_uids");
	cr_assert_eq(actor.cancel_count, 0);
	actor.connection.role = ACTI_ROLE_PARENT;
	call_self(3, "cancel", "");
	take(ACTI_FRAME_RETURN, 3);
	cr_assert_eq(actor.cancel_count, 1);
}

/* shows: NS-11; robustness: F10 */
Test(serve, self_has_no_other_verbs)
{
	static const char *const verbs[] = { "Ping", "pin", "pingx", "_cancel_task", "test.Service", "Echo" };
	uint64_t cid = 1;

	for (size_t i = 0; i < ACTOR_COUNT(verbs); i++, cid += 2) {
		call_self(cid, verbs[i], "");
		take_error(cid, ACTOR_ENOENDPOINT);
	}
	demand_life(cid);
}

static int
stay_ready(void *argument)
{
	int rc = 0;

	(void)argument;
	for (int i = 0; rc == 0 && i < 10; i++)
		rc = actor_checkpoint();
	return rc;
}

/* shows: NS-05; robustness: G10 */
Test(serve, self_is_answered_ahead_of_a_thousand_tasks_and_so_is_a_cancel)
{
	struct acti_watch *watch = os.ends[actor.connection.link.fd].watch;
	uint32_t ready;

	call(1, TEST_SLEEP, 1000);
	test_os_settle(&os);
	for (int i = 0; i < 1000; i++)
		test_actor_start(&actor, stay_ready, NULL);
	ready = actor.proc.actor.scheduler.ready_count;
	call_self(3, "ping", "now");
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	watch->ready(watch, ACTI_READABLE);
	acti_link_flush(&actor.connection.link);
	cr_assert_eq(actor.proc.actor.scheduler.ready_count, ready + 1, "no task but the cancelled one moved");
	cr_assert(test_peer_next(&os, far, &frame));
	cr_assert_eq(frame.head.kind, ACTI_FRAME_RETURN);
	cr_assert(test_peer_next(&os, far, &frame));
	cr_assert_eq(frame.head.kind, ACTI_FRAME_CANCEL_ACK);
	take_error(1, ACTOR_ECANCELED);
}
