/* SPDX-License-Identifier: BSD-2-Clause */

/* The caller's side, against a peer that answers as it likes. */

#include "fixture.h"

static void
begin(void)
{
	begin_linked(true, 1024);
}

TestSuite(call, .init = begin, .fini = end);

/* A call, and what came of it. */
struct call {
	size_t endpoint;
	int32_t number;
	const char *text;
	uint64_t timeout_ms; /* 0: none */
	struct acti_task *task;
	bool is_done;
	int rc;
	Test__Reply reply;
	char message[1024], type[128], origin[70];
	size_t hop_count;
};

static void
note_error(struct call *self)
{
	const struct actor_error *last = actor_error_last();

	snprintf(self->message, sizeof self->message, "%s", actor_error_message(last));
	snprintf(self->type, sizeof self->type, "%s", actor_error_type(last));
	if (actor_error_origin(last) != NULL)
		snprintf(self->origin, sizeof self->origin, "%s", actor_error_origin(last)->name);
	self->hop_count = actor_error_hop_count(last);
}

static int
make_call(void *argument)
{
	struct call *self = argument;
	Test__Request request = TEST__REQUEST__INIT;
	Test__Reply *reply = NULL;

	self->task = acti_task_current();
	request.number = self->number;
	if (self->text != NULL)
		request.text = (char *)(uintptr_t)self->text;
	ACTOR_SCOPE(limit, .timeout_ms = self->timeout_ms);
	self->rc = acti_call(actor.handle, &test_service, self->endpoint, &request.base, &reply);
	if (self->rc < 0)
		note_error(self);
	else
		self->reply.number = reply->number;
	self->is_done = true;
	return self->rc;
}

static void
start(struct call *call)
{
	test_actor_start(&actor, make_call, call);
	test_os_settle(&os);
}

/* The call has ended, with this code. */
static void
demand_end(const struct call *call, int rc)
{
	test_os_settle(&os);
	cr_assert(call->is_done);
	cr_assert_eq(call->rc, rc, "%s: %s", actor_code_name(call->rc), call->message);
}

static void
reply(uint64_t cid, int32_t number)
{
	Test__Reply message = TEST__REPLY__INIT;

	message.number = number;
	test_peer_send(&os, far, ACTI_FRAME_RETURN, cid, body, test__reply__pack(&message, body));
}

/* The actor still calls, and is answered. */
static void
demand_life(uint64_t cid)
{
	struct call call = { .number = 5 };

	start(&call);
	take(ACTI_FRAME_START, cid);
	reply(cid, 25);
	demand_end(&call, 0);
	cr_assert_eq(call.reply.number, 25);
}

static void
cancel(const struct call *call)
{
	acti_scope_cancel(&call->task->root_scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
}

/* ---- what is sent, and what comes back ---- */

/* shows: PR-01, NS-02 */
Test(call, goes_out_by_number_and_gives_its_reply)
{
	struct call call = { .endpoint = TEST_SLEEP, .number = 3, .text = "hello" };
	struct acti_start start_body;
	Test__Request *request;

	start(&call);
	take(ACTI_FRAME_START, 1);
	cr_assert_eq(frame.head.flags, 0);
	cr_assert(acti_start_decode(frame.body.at, frame.body.size, &start_body));
	cr_assert_eq(start_body.module, 0);
	cr_assert_eq(start_body.endpoint, TEST_SLEEP);
	cr_assert_eq(start_body.deadline_ms, 0);
	request = test__request__unpack(NULL, frame.body.size - ACTI_START_PREFIX_SIZE,
	                                frame.body.at + ACTI_START_PREFIX_SIZE);
	cr_assert_eq(request->number, 3);
	cr_assert_str_eq(request->text, "hello");
	test__request__free_unpacked(request, NULL);
	cr_assert_not(call.is_done);
	reply(1, 9);
	demand_end(&call, 0);
	cr_assert_eq(call.reply.number, 9);
}

/* shows: PR-02, ID-06 */
Test(call, each_gets_its_own_reply_in_whatever_order_they_come)
{
	struct call calls[5] = { 0 };
	static const int order[] = { 3, 0, 4, 2, 1 };

	for (int i = 0; i < 5; i++)
		start(&calls[i]);
	for (uint64_t cid = 1; cid < 10; cid += 2)
		take(ACTI_FRAME_START, cid);
	for (int i = 0; i < 5; i++) {
		reply((uint64_t)order[i] * 2 + 1, order[i] * 100);
		demand_end(&calls[order[i]], 0);
		cr_assert_eq(calls[order[i]].reply.number, order[i] * 100);
	}
	cr_assert_eq(actor.connection.call_count, 0);
}

/* shows: PR-25 */
Test(call, an_empty_message_is_a_result_like_any_other)
{
	struct call call = { .number = 1 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_RETURN, 1, NULL, 0);
	demand_end(&call, 0);
	cr_assert_eq(call.reply.number, 0);
}

Test(call, a_reply_that_cannot_be_decoded_fails_that_call_only)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_RETURN, 1, "\xff\xff\xff", 3);
	demand_end(&call, ACTOR_EPROTOCOL);
	cr_assert(strstr(call.message, "the reply of Echo: ") != NULL, "%s", call.message);
	demand_life(3);
}

/* ---- what is not sent ---- */

static int
call_badly(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	Test__Bad bad = TEST__BAD__INIT;
	Test__Reply *reply = (void *)&bad;
	static uint8_t large[2 * 1024 * 1024];

	(void)argument;
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, &bad.base, &reply), ACTOR_EINVAL);
	cr_assert_str_eq(actor_error_message(actor_error_last()), "test.Service.Echo takes a test.Request");
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, NULL, &reply), ACTOR_EINVAL);
	bad.base.descriptor = NULL;
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, &bad.base, &reply), ACTOR_EINVAL);
	cr_assert(strstr(actor_error_message(actor_error_last()), "it was not initialised") != NULL);
	request.text = "\xc3\x28";
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, &request.base, &reply), ACTOR_EINVAL);
	cr_assert(strstr(actor_error_message(actor_error_last()), "the request of test.Service.Echo: ") != NULL);
	request.text = "";
	request.data = (ProtobufCBinaryData){ sizeof large, large };
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, &request.base, &reply), ACTOR_EINVAL);
	cr_assert_eq(actor_portal_run_from_ns(actor.handle, "", "x", (struct actor_bytes){ 0 }, NULL), ACTOR_EINVAL);
	cr_assert_eq(
	    actor_portal_run_from_ns(actor.handle, "x", "x", (struct actor_bytes){ large, sizeof large }, NULL),
	    ACTOR_EINVAL);
	actor.connection.message_size_max = 100;
	request.data = (ProtobufCBinaryData){ 200, large };
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, &request.base, &reply), ACTOR_EINVAL);
	cr_assert(strstr(actor_error_message(actor_error_last()), "bytes: peer takes 100") != NULL);
	cr_assert_eq((void *)reply, (void *)&bad, "what is returned is set on success only");
	return 0;
}

/* shows: PR-05, PR-08 */
Test(call, what_breaks_its_type_or_the_limits_is_refused_here_and_nothing_is_sent)
{
	cr_assert_eq(test_actor_run(&actor, call_badly, NULL), 0);
	take_nothing();
	demand_life(1);
}

static int
call_another_build(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	Test__Reply *reply;

	(void)argument;
	return acti_call(actor.handle, &test_service_of_another_build, TEST_ECHO, &request.base, &reply);
}

/* robustness: L6 */
Test(call, to_a_module_with_another_contract_is_refused_here)
{
	cr_assert_eq(test_actor_run(&actor, call_another_build, NULL), ACTOR_EPROTOCOL);
	cr_assert(strstr(actor_error_message(&actor.error), " has another contract of test.Service") != NULL, "%s",
	          actor_error_message(&actor.error));
	take_nothing();
	demand_life(1);
}

static int
call_unknown(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	Test__Reply *reply;

	(void)argument;
	return acti_call(actor.handle, &test_service_unknown, TEST_ECHO, &request.base, &reply);
}

/* shows: NS-02 */
Test(call, to_a_module_that_the_peer_did_not_name_goes_out_by_name)
{
	struct acti_start_names names;

	test_actor_start(&actor, call_unknown, NULL);
	take(ACTI_FRAME_START, 1);
	cr_assert_eq(frame.head.flags, ACTI_FLAG_BY_NAME);
	cr_assert(acti_start_names_decode(frame.body.at + ACTI_START_PREFIX_SIZE,
	                                  frame.body.size - ACTI_START_PREFIX_SIZE, &names));
	cr_assert(memcmp(names.module, "test.Unknown", names.module_size) == 0);
	cr_assert(memcmp(names.endpoint, "Echo", names.endpoint_size) == 0);
	test_peer_error(&os, far, 1, ACTOR_EDENIED, "not here", NULL);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, ACTOR_EDENIED);
	demand_life(3);
}

/* ---- errors ---- */

/* shows: ER-01, PR-09 */
Test(call, that_fails_gives_the_boxed_error)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_error(&os, far, 1, ACTOR_EINVAL, "7 is too large", NULL);
	demand_end(&call, ACTOR_EINVAL);
	cr_assert_str_eq(call.message, "7 is too large");
	cr_assert_str_eq(call.type, "ACTOR_EINVAL");
	cr_assert_str_eq(call.origin, "peer");
	cr_assert_eq(call.hop_count, 1);
	demand_life(3);
}

/* robustness: F8 */
Test(call, an_error_comes_from_who_sent_it_whatever_it_claims)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_error(&os, far, 1, ACTOR_EINVAL, "forged", &(struct actor_uid){ "root", { 1 } });
	demand_end(&call, ACTOR_EINVAL);
	cr_assert_str_eq(call.origin, "peer");
}

Test(call, an_error_that_cannot_be_decoded_ends_the_connection_and_its_calls)
{
	struct call one = { 0 }, other = { 0 };

	start(&one);
	start(&other);
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	test_peer_send(&os, far, ACTI_FRAME_ERROR, 1, "rubbish", 7);
	demand_end(&one, ACTOR_EPROTOCOL);
	demand_end(&other, ACTOR_EPROTOCOL);
	take_bye("an Error that cannot be decoded");
}

/* ---- the start is acknowledged ---- */

/* shows: PR-13 */
Test(call, an_acknowledgement_of_another_kind_is_a_violation)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_START_ACK, 1, "\x02", 1);
	demand_end(&call, ACTOR_EPROTOCOL);
	take_bye("a StartAck with another kind of endpoint than was called");
}

/* shows: PR-13 */
Test(call, an_acknowledgement_that_is_empty_or_unknown_is_a_violation)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_START_ACK, 1, "\x09", 1);
	demand_end(&call, ACTOR_EPROTOCOL);
	take_bye("a StartAck with another kind of endpoint than was called");
}

/* shows: PR-13 */
Test(call, an_error_in_place_of_the_acknowledgement_is_the_error)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_error(&os, far, 1, ACTOR_EKIND, "a generator", NULL);
	demand_end(&call, ACTOR_EKIND);
	demand_life(3);
}

Test(call, an_acknowledgement_comes_before_the_result)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_START_ACK, 1, "\x01", 1);
	test_os_settle(&os);
	cr_assert_not(call.is_done);
	reply(1, 4);
	demand_end(&call, 0);
}

/* ---- frames that do not belong ---- */

/* robustness: F2, F4 */
Test(call, what_comes_for_a_call_that_has_ended_is_ignored)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	reply(1, 1);
	demand_end(&call, 0);
	reply(1, 2);
	test_peer_error(&os, far, 1, ACTOR_EINVAL, "late", NULL);
	for (unsigned kind = ACTI_FRAME_START_ACK; kind <= ACTI_FRAME_CREDIT; kind++)
		if (kind != ACTI_FRAME_CANCEL && kind != ACTI_FRAME_ERROR)
			test_peer_send(&os, far, kind, 1, "late", 4);
	take_nothing();
	demand_life(3);
}

/* robustness: F3 */
Test(call, a_reply_to_a_call_that_was_never_made_is_a_violation)
{
	reply(1, 1);
	take_bye("a Return frame for a dialog that is unknown");
}

/* robustness: F3 */
Test(call, a_reply_to_a_call_of_the_peers_own_is_a_violation)
{
	reply(2, 1);
	take_bye("a Return frame for a dialog that is unknown");
}

Test(call, an_acknowledgement_of_a_cancel_that_was_not_sent_is_a_violation)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, 1, NULL, 0);
	demand_end(&call, ACTOR_EPROTOCOL);
	take_bye("a CancelAck that nobody asked for");
}

/* robustness: F4 */
Test(call, an_item_for_a_function_is_a_violation)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_YIELD, 1, "x", 1);
	demand_end(&call, ACTOR_EPROTOCOL);
	take_bye("a Yield frame for a dialog that is calling");
}

Test(call, the_peer_may_not_cancel_what_it_did_not_start_but_gets_its_acknowledgement)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	cr_assert_not(call.is_done);
	reply(1, 1);
	demand_end(&call, 0);
}

/* ---- cancelling ---- */

/* shows: PR-14 */
Test(call, that_is_cancelled_here_is_cancelled_there)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	cancel(&call);
	take(ACTI_FRAME_CANCEL, 1);
	cr_assert_not(call.is_done, "it waits for the end");
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert_not(call.is_done);
	test_peer_error(&os, far, 1, ACTOR_ECANCELED, "cancelled", NULL);
	demand_end(&call, ACTOR_ECANCELED);
	demand_life(3);
}

/* robustness: F6 */
Test(call, a_result_that_crosses_the_cancellation_wins)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	cancel(&call);
	reply(1, 6);
	demand_end(&call, 0);
	cr_assert_eq(call.reply.number, 6);
	take(ACTI_FRAME_CANCEL, 1);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, 1, NULL, 0);
	demand_life(3);
}

/* shows: PR-14 */
Test(call, that_is_cancelled_twice_is_cancelled_there_once)
{
	struct call call = { .endpoint = TEST_SLEEP, .timeout_ms = 20 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	cancel(&call);
	take(ACTI_FRAME_CANCEL, 1);
	test_os_advance_ms(&os, 100); /* its deadline passes, too */
	acti_scope_cancel(&actor.proc.actor.scope, ACTOR_ECANCELED, NULL);
	take_nothing();
	cr_assert_not(call.is_done);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, 1, NULL, 0);
	test_peer_error(&os, far, 1, ACTOR_ECANCELED, "", NULL);
	demand_end(&call, ACTOR_ECANCELED);
}

/* shows: PR-14 */
Test(call, that_is_cancelled_while_the_link_takes_no_writes_ends_with_the_link)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	os.ends[actor.connection.link.fd].write_error = EPIPE;
	cancel(&call);
	demand_end(&call, ACTOR_EPEERGONE); /* a failure that comes meanwhile is heard */
	cr_assert(actor.is_ended);
	cr_assert_eq(os.now_ns, 1000000000, "at once");
}

/* shows: PR-14 */
Test(call, that_is_cancelled_while_nothing_can_be_written_is_given_up_in_time)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	os.ends[far].in_max = 0;
	cancel(&call);
	test_os_advance_ms(&os, 615);
	cr_assert_not(call.is_done);
	test_os_advance_ms(&os, 1);
	demand_end(&call, ACTOR_ECANCELED);
	os.ends[far].in_max = SIZE_MAX;
	take(ACTI_FRAME_CANCEL, 1);
	reply(1, 1);
	demand_life(3);
}

/* shows: PR-14; robustness: I5 */
Test(call, whose_result_and_deadline_come_in_one_turn_has_one_outcome)
{
	for (uint64_t cid = 1; cid < 40; cid += 2) {
		struct call call = { .endpoint = TEST_SLEEP, .timeout_ms = 20 };

		os.choices = cid;
		start(&call);
		take(ACTI_FRAME_START, cid);
		if (cid % 4 == 1) { /* the result is read first */
			test_os_advance_ms(&os, 19);
			reply(cid, 6);
			os.now_ns += 1000000;
			test_os_advance_ms(&os, 0);
			demand_end(&call, 0);
			take_nothing();
		} else { /* the deadline fires first */
			test_os_advance_ms(&os, 20);
			reply(cid, 6);
			demand_end(&call, 0);
			cr_assert_eq(call.reply.number, 6);
			take(ACTI_FRAME_CANCEL, cid);
		}
	}
}

/* shows: PR-14; robustness: F7 */
Test(call, that_is_cancelled_is_given_up_when_the_peer_stays_silent)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	cancel(&call);
	take(ACTI_FRAME_CANCEL, 1);
	test_os_advance_ms(&os, 615);
	cr_assert_not(call.is_done);
	test_os_advance_ms(&os, 1);
	demand_end(&call, ACTOR_ECANCELED);
	cr_assert_eq(dialogs_in_table(&actor), 1, "the peer may still answer");
	reply(1, 6);
	test_os_settle(&os);
	cr_assert_eq(dialogs_in_table(&actor), 0);
	cr_assert_eq(actor.connection.call_count, 0);
	demand_life(3);
}

Test(call, the_late_error_of_one_that_was_given_up_is_forgotten)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	cancel(&call);
	take(ACTI_FRAME_CANCEL, 1);
	test_os_advance_ms(&os, 616);
	demand_end(&call, ACTOR_ECANCELED);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, 1, NULL, 0);
	test_peer_error(&os, far, 1, ACTOR_EINVAL, "late", NULL);
	test_os_settle(&os);
	cr_assert_eq(dialogs_in_table(&actor), 0);
	demand_life(3);
}

Test(call, that_times_out_tells_so_and_cancels_there)
{
	struct call call = { .endpoint = TEST_SLEEP, .timeout_ms = 50 };
	struct acti_start start_body;

	start(&call);
	take(ACTI_FRAME_START, 1);
	cr_assert(acti_start_decode(frame.body.at, frame.body.size, &start_body));
	cr_assert(start_body.deadline_ms == 50 || start_body.deadline_ms == 51, "%u", start_body.deadline_ms);
	test_os_advance_ms(&os, 50);
	take(ACTI_FRAME_CANCEL, 1);
	test_peer_error(&os, far, 1, ACTOR_EDEADLINE, "late", NULL);
	demand_end(&call, ACTOR_EDEADLINE);
}

/* ---- more calls than the peer takes ---- */

static void
begin_with_two(void)
{
	begin_linked(true, 2);
}

TestSuite(queued_call, .init = begin_with_two, .fini = end);

Test(queued_call, waits_and_is_sent_in_order)
{
	struct call calls[5];

	for (int i = 0; i < 5; i++) {
		calls[i] = (struct call){ .number = i };
		start(&calls[i]);
	}
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	take_nothing();
	for (int i = 0; i < 5; i++) {
		reply((uint64_t)i * 2 + 1, i);
		demand_end(&calls[i], 0);
		if (i < 3)
			take(ACTI_FRAME_START, (uint64_t)i * 2 + 5);
		cr_assert_leq(actor.connection.call_count, 2);
	}
	take_nothing();
}

Test(queued_call, that_is_cancelled_ends_at_once_and_is_never_sent)
{
	struct call calls[4];

	for (int i = 0; i < 4; i++) {
		calls[i] = (struct call){ .number = i };
		start(&calls[i]);
	}
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	cancel(&calls[2]);
	demand_end(&calls[2], ACTOR_ECANCELED);
	take_nothing();
	reply(1, 0);
	take(ACTI_FRAME_START, 5);
	reply(5, 33);
	demand_end(&calls[3], 0);
	cr_assert_eq(calls[3].reply.number, 33);
	reply(3, 0);
	demand_end(&calls[1], 0);
}

Test(queued_call, fails_with_the_loss_of_the_link)
{
	struct call calls[4];

	for (int i = 0; i < 4; i++) {
		calls[i] = (struct call){ .number = i };
		start(&calls[i]);
	}
	test_os_shut(&os, far);
	for (int i = 0; i < 4; i++)
		demand_end(&calls[i], ACTOR_EPEERGONE);
}

Test(queued_call, carries_the_time_that_is_left_when_it_is_sent)
{
	struct call calls[3] = { { 0 }, { 0 }, { .timeout_ms = 1000 } };
	struct acti_start start_body;

	for (int i = 0; i < 3; i++)
		start(&calls[i]);
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	test_os_advance_ms(&os, 600);
	reply(1, 0);
	take(ACTI_FRAME_START, 5);
	cr_assert(acti_start_decode(frame.body.at, frame.body.size, &start_body));
	cr_assert(start_body.deadline_ms == 400 || start_body.deadline_ms == 401, "%u", start_body.deadline_ms);
	reply(3, 0);
	reply(5, 0);
	for (int i = 0; i < 3; i++)
		demand_end(&calls[i], 0);
}

Test(queued_call, that_is_given_up_makes_room_only_when_it_has_ended_there)
{
	struct call calls[3] = { 0 };

	for (int i = 0; i < 3; i++)
		start(&calls[i]);
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	cancel(&calls[0]);
	take(ACTI_FRAME_CANCEL, 1);
	test_os_advance_ms(&os, 616);
	demand_end(&calls[0], ACTOR_ECANCELED);
	take_nothing();
	reply(1, 0);
	take(ACTI_FRAME_START, 5);
	reply(3, 0);
	reply(5, 0);
	demand_end(&calls[2], 0);
}

/* ---- loss ---- */

/* shows: PR-15 */
Test(call, fails_at_once_when_the_link_ends_and_so_does_every_later_one)
{
	struct call call = { 0 }, later = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	test_os_shut(&os, far);
	demand_end(&call, ACTOR_EPEERGONE);
	start(&later);
	demand_end(&later, ACTOR_EPEERGONE);
	cr_assert_str_eq(later.message, "the peer is gone");
}

/* robustness: I5 */
Test(call, whose_link_ends_in_the_turn_of_its_cancellation_tells_one_of_the_two)
{
	struct call call = { .endpoint = TEST_SLEEP };

	start(&call);
	take(ACTI_FRAME_START, 1);
	acti_scope_cancel(&call.task->root_scope, ACTOR_ECANCELED, NULL);
	test_os_shut(&os, far);
	acti_link_drain(&actor.connection.link); /* before the task has run */
	demand_end(&call, ACTOR_EPEERGONE);
	cr_assert_str_eq(call.message, "the peer is gone");
	cr_assert_str_eq(call.type, "ACTOR_EPEERGONE");
}

/* robustness: A10 */
Test(call, gets_the_reply_that_was_sent_before_the_end)
{
	struct call call = { 0 };

	start(&call);
	take(ACTI_FRAME_START, 1);
	os.ends[actor.connection.link.fd].write_error = EPIPE;
	reply(1, 8);
	test_os_shut(&os, far);
	demand_end(&call, 0);
	cr_assert_eq(call.reply.number, 8);
}

/* shows: PR-17 */
Test(call, to_a_peer_that_agreed_to_stop_is_refused_here)
{
	struct call call = { 0 };

	actor.connection.is_cancelled = true;
	start(&call);
	demand_end(&call, ACTOR_ECLOSED);
	cr_assert_str_eq(call.message, "peer was told to stop, and takes no calls");
	take_nothing();
}

static int
call_when_cancelled(void *argument)
{
	const Test__Request request = TEST__REQUEST__INIT;
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	cr_assert_eq(rc, 0);
	actor_nursery_cancel(nursery);
	cr_assert_eq(acti_call(actor.handle, &test_service, TEST_ECHO, &request.base, NULL), ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(actor_error_last())->name, "actor");
	cr_assert_eq(acti_call_start(nursery, actor.handle, &test_service, TEST_ECHO, &request.base, NULL),
	             ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(actor_error_last())->name, "actor");
	return actor_nursery_close(nursery, 0);
}

/* shows: PR-17 */
Test(call, of_a_task_that_was_cancelled_with_its_callee_hears_of_that)
{
	actor.connection.is_cancelled = true;
	cr_assert_eq(test_actor_run(&actor, call_when_cancelled, NULL), 0);
	take_nothing();
}

/* ---- backpressure ---- */

Test(call, waits_while_the_queue_is_full)
{
	struct call calls[4];
	static char text[600 * 1024];

	memset(text, 'x', sizeof text - 1);
	os.ends[far].in_max = 1;
	for (int i = 0; i < 4; i++) {
		calls[i] = (struct call){ .text = text };
		start(&calls[i]);
	}
	cr_assert_eq(actor.connection.call_count, 2, "the limit is passed by one message at most");
	cancel(&calls[2]);
	demand_end(&calls[2], ACTOR_ECANCELED);
	os.ends[far].in_max = SIZE_MAX;
	for (uint64_t cid = 1; cid < 6; cid += 2) {
		take(ACTI_FRAME_START, cid);
		reply(cid, 1);
	}
	demand_end(&calls[0], 0);
	demand_end(&calls[1], 0);
	demand_end(&calls[3], 0);
}

/* ---- calls of a nursery ---- */

static Test__Reply *replies[3];

static int
start_three(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = acti_call_start(nursery, actor.handle, &test_service, TEST_SLEEP, &request.base, &replies[i]);
	if (rc == 0 && argument != NULL)
		rc = actor_sleep_ms(10);
	rc = actor_nursery_close(nursery, rc);
	for (size_t i = 0; rc == 0 && i < 3; i++)
		cr_assert_eq(replies[i]->number, (int32_t)i);
	return rc;
}

static void
begin_three(void *argument)
{
	test_actor_start(&actor, start_three, argument);
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	take(ACTI_FRAME_START, 5);
}

Test(call, several_go_side_by_side_in_a_nursery)
{
	begin_three(NULL);
	reply(5, 2);
	reply(1, 0);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 1);
	reply(3, 1);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0);
}

Test(call, the_first_failure_in_a_nursery_cancels_the_others)
{
	begin_three("");
	test_peer_error(&os, far, 3, ACTOR_EINVAL, "bad", NULL);
	take(ACTI_FRAME_CANCEL, 1);
	take(ACTI_FRAME_CANCEL, 5);
	test_peer_error(&os, far, 1, ACTOR_ECANCELED, "", NULL);
	test_peer_error(&os, far, 5, ACTOR_EKIND, "worse", NULL);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 2);
}

Test(call, one_in_a_nursery_is_given_up_when_the_peer_stays_silent)
{
	begin_three("");
	test_peer_error(&os, far, 3, ACTOR_EINVAL, "bad", NULL);
	test_os_advance_ms(&os, 615);
	cr_assert_eq(actor.running, 1);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_EINVAL);
	cr_assert_eq(dialogs_in_table(&actor), 2);
	reply(1, 0);
	reply(5, 0);
	test_os_settle(&os);
	cr_assert_eq(dialogs_in_table(&actor), 0);
}

Test(call, all_of_a_nursery_fail_with_the_link_as_one_error)
{
	begin_three(NULL);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, ACTOR_EPEERGONE, "one loss is one failure");
}

/* Calls in a nursery within a nursery, and one that fails for another reason if `argument` says so. */
static int
call_in_nested_nurseries(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	struct actor_nursery *outer, *inner = NULL;
	int rc = actor_nursery_open(&outer);

	if (rc == 0)
		rc = acti_call_start(outer, actor.handle, &test_service, TEST_SLEEP, &request.base, &replies[0]);
	if (rc == 0)
		rc = actor_nursery_open(&inner);
	for (size_t i = 1; rc == 0 && i < 3; i++)
		rc = acti_call_start(inner, actor.handle, &test_service, TEST_SLEEP, &request.base, &replies[i]);
	rc = actor_nursery_close(inner, rc);
	if (argument != NULL)
		rc = actor_fail(ACTOR_EINVAL, "unrelated");
	return actor_nursery_close(outer, rc);
}

static void
lose_in_nested_nurseries(void *argument, bool in_writing, int reason)
{
	struct test_end *near = &os.ends[actor.connection.link.fd];

	test_actor_start(&actor, call_in_nested_nurseries, argument);
	for (uint64_t cid = 1; cid < 7; cid += 2)
		take(ACTI_FRAME_START, cid);
	if (in_writing) {
		near->write_error = reason;
		test_peer_send(&os, far, ACTI_FRAME_PING, 0, NULL, 0);
	} else {
		near->read_error = reason;
	}
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
}

/* shows: ER-16 */
Test(call, all_fail_with_a_reset_link_as_one_error)
{
	lose_in_nested_nurseries(NULL, false, ECONNRESET);
	cr_assert_eq(actor.rc, ACTOR_EPEERGONE);
	cr_assert_eq(actor_error_member_count(&actor.error), 0);
}

/* shows: ER-16 */
Test(call, all_fail_with_a_link_that_takes_no_writes_as_one_error)
{
	lose_in_nested_nurseries(NULL, true, EPIPE);
	cr_assert_eq(actor.rc, ACTOR_EPEERGONE);
	cr_assert_eq(actor_error_member_count(&actor.error), 0);
}

/* shows: ER-16, CA-35 */
Test(call, the_loss_of_a_link_beside_another_failure_is_a_group)
{
	lose_in_nested_nurseries("", false, ECONNRESET);
	cr_assert_eq(actor.rc, ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 2);
}

Test(queued_call, of_a_nursery_is_cancelled_with_it)
{
	test_actor_start(&actor, start_three, "");
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	test_peer_error(&os, far, 1, ACTOR_EINVAL, "bad", NULL);
	take(ACTI_FRAME_CANCEL, 3); /* and no Start of the third, for which there would be room now */
	reply(3, 0);
	test_os_settle(&os);
	take_nothing();
	cr_assert_eq(actor.rc, ACTOR_EINVAL);
}

Test(call, is_refused_when_too_much_waits_for_the_peer)
{
	struct call call = { .text = "more than ten bytes" };

	test_actor_of(&actor)->limits.pending_max = 10;
	start(&call);
	cr_assert(call.is_done);
	cr_assert_eq(call.rc, ACTOR_ENOMEM);
	take_nothing();
}

/* ---- memory ---- */

/* robustness: D1 */
Test(call, survives_each_allocation_that_fails)
{
	static char text[200 * 1024];
	uint64_t cid = 1;
	size_t failures = 0;

	memset(text, 'x', sizeof text - 1);
	for (size_t n = 0;; n++) {
		struct call call = { .text = text };

		cr_assert_lt(n, 20);
		os.memory.allocations_left = n;
		start(&call);
		if (!call.is_done) {
			take(ACTI_FRAME_START, cid);
			reply(cid, 1);
			test_os_settle(&os);
			cid += 2;
		}
		os.memory.allocations_left = SIZE_MAX;
		cr_assert(call.is_done);
		if (call.rc == 0)
			break;
		cr_assert_eq(call.rc, ACTOR_ENOMEM);
		failures++;
	}
	cr_assert_geq(failures, 1);
	demand_life(cid);
}

/* Nothing that could end later would send it. */
/* robustness: D1 */
Test(queued_call, fails_when_its_turn_comes_and_memory_is_spent)
{
	static char text[400 * 1024];
	struct call calls[3];

	memset(text, 'x', sizeof text - 1);
	for (int i = 0; i < 3; i++) {
		calls[i] = (struct call){ .number = i, .text = i == 2 ? text : NULL };
		start(&calls[i]);
	}
	take(ACTI_FRAME_START, 1);
	take(ACTI_FRAME_START, 3);
	os.memory.allocations_left = 0;
	test_peer_error(&os, far, 1, ACTOR_EINVAL, "bad", NULL);
	test_os_settle(&os);
	os.memory.allocations_left = SIZE_MAX;
	cr_assert(calls[2].is_done);
	cr_assert_eq(calls[2].rc, ACTOR_ENOMEM);
	test_peer_error(&os, far, 3, ACTOR_EINVAL, "bad", NULL);
	test_os_settle(&os);
	cr_assert(calls[1].is_done);
}
