/* SPDX-License-Identifier: BSD-2-Clause */

/* Either side of a context, against a peer that does as it likes; and what is kept, and what is given back. */

#include "fixture.h"

#include <rpc/context.h>

#define LARGE 20000 /* bytes, for which no block is kept */

/* ---- a service with one context ---- */

struct talk_ops {
	int (*play)(struct actor_context context);
};

static struct talk_ops ops;
static struct actor_context endpoint_context;

static int
play(const void *ops_, void *state, struct actor_context context, const void *request, void *reply)
{
	(void)state, (void)request, (void)reply;
	endpoint_context = context;
	return ((const struct talk_ops *)ops_)->play(context);
}

static const struct actor_message request_type = { .descriptor = &test__request__descriptor };
static const struct actor_message reply_type = { .descriptor = &test__reply__descriptor };

static const struct actor_endpoint talk_endpoint = {
	.name = "Talk",
	.op = "talk",
	.kind = ACTOR_CONTEXT,
	.request = &request_type,
	.reply = &reply_type,
	.started = &reply_type,
	.send = &reply_type,
	.receive = &reply_type,
	.thunk = play,
};

static const struct actor_service talk_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "test.Talker",
	.fingerprint = 7,
	.endpoints = &talk_endpoint,
	.endpoint_count = 1,
};

static void
begin(void)
{
	begin_linked(true, 1024);
	test_actor_serve(&actor, &talk_service, &ops);
}

TestSuite(context, .init = begin, .fini = end);

/* ---- the peer's frames ---- */

static const Test__Reply *
item_of(size_t size)
{
	static Test__Reply item;
	static char text[1024 * 1024];

	item = (Test__Reply)TEST__REPLY__INIT;
	memset(text, 'x', size);
	text[size] = '\0';
	item.text = text;
	return &item;
}

static void
peer_sends_item(unsigned kind, uint64_t cid, size_t size)
{
	test_peer_send(&os, far, kind, cid, body, test__reply__pack(item_of(size), body));
	test_os_settle(&os);
}

static void
peer_ends(uint64_t cid, int code)
{
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, cid, NULL, 0);
	test_peer_error(&os, far, cid, code, "", &peer);
	test_os_settle(&os);
}

/* As the opener has asked it to. */
static void
peer_ends_as_asked(uint64_t cid)
{
	struct actor_error end;

	acti_error_init(&end);
	acti_error_set(NULL, &end, ACTOR_ECANCELED, NULL);
	acti_error_set_canceller(&end, &test_actor_of(&actor)->uid);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, cid, NULL, 0);
	test_peer_send(&os, far, ACTI_FRAME_ERROR, cid, body,
	               acti_error_encode(&end, &test_actor_of(&actor)->wire->error, body, sizeof body));
	test_os_settle(&os);
}

static void
peer_grants(uint64_t cid, uint32_t messages, uint32_t bytes)
{
	const unsigned char credit[8] = {
		(unsigned char)messages,         (unsigned char)(messages >> 8), (unsigned char)(messages >> 16),
		(unsigned char)(messages >> 24), (unsigned char)bytes,           (unsigned char)(bytes >> 8),
		(unsigned char)(bytes >> 16),    (unsigned char)(bytes >> 24),
	};

	test_peer_send(&os, far, ACTI_FRAME_CREDIT, cid, credit, sizeof credit);
}

/* As an endpoint does, up to its first value. */
static void
peer_accepts(uint64_t cid)
{
	const unsigned char kind = ACTOR_CONTEXT;

	take(ACTI_FRAME_START, cid);
	test_peer_send(&os, far, ACTI_FRAME_START_ACK, cid, &kind, 1);
	peer_grants(cid, 64, 65536);
	test_os_settle(&os);
}

static void
peer_opens(uint64_t cid)
{
	const struct acti_start start = { .credit_messages = 64, .credit_bytes = 65536 };

	acti_start_encode(&start, body);
	test_peer_send(&os, far, ACTI_FRAME_START, cid, body, ACTI_START_PREFIX_SIZE);
	take(ACTI_FRAME_START_ACK, cid);
}

/* ---- the actor's own tasks ---- */

static struct actor_context opened;
static int outcome; /* of what was awaited */
static char message[256];

static int
open_it(const struct actor_context_options *options)
{
	const Test__Request request = TEST__REQUEST__INIT;

	return acti_context_open(actor.handle, &talk_service, 0, &request.base, options, NULL, &opened);
}

static int
note(int rc)
{
	outcome = rc;
	snprintf(message, sizeof message, "%s", rc < 0 ? actor_error_message(actor_error_last()) : "");
	return rc;
}

static int
open_and_receive(void *options)
{
	int rc = open_it(options);

	if (rc != 0)
		return note(rc);
	rc = note(acti_context_receive(opened, NULL));
	return acti_context_close(opened, rc, NULL);
}

/* ---- closing ---- */

static int
open_and_close(void *code)
{
	int rc = open_it(NULL);

	return rc == 0 ? acti_context_close(opened, *(const int *)code, NULL) : rc;
}

/* shows: CX-32 */
Test(context, an_outcome_that_was_not_handled_is_a_failure_of_the_opener)
{
	static int codes[] = { ACTOR_NO_RESULT, ACTOR_NO_ACK, ACTOR_NOBODY, ACTOR_WOULD_BLOCK, ACTOR_LAGGED, 77 };

	for (uint64_t i = 0; i < ACTOR_COUNT(codes); i++) {
		test_actor_start(&actor, open_and_close, &codes[i]);
		peer_accepts(2 * i + 1);
		peer_sends_item(ACTI_FRAME_STARTED, 2 * i + 1, 1);
		take(ACTI_FRAME_CANCEL, 2 * i + 1);
		peer_ends(2 * i + 1, ACTOR_ECANCELED);
		cr_assert_eq(actor.running, 0);
		cr_assert_eq(actor.rc, ACTOR_EINVAL, "%d", codes[i]);
	}
}

/* shows: CX-32 */
Test(context, that_the_items_have_ended_is_no_failure)
{
	int code = ACTOR_END_OF_STREAM;

	test_actor_start(&actor, open_and_close, &code);
	peer_accepts(1);
	peer_sends_item(ACTI_FRAME_STARTED, 1, 1);
	take(ACTI_FRAME_STOP, 1);
	test_peer_send(&os, far, ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0);
}

static int
cancel_and_wait(void *argument)
{
	int rc = open_it(argument);

	if (rc == 0)
		rc = actor_context_cancel(opened);
	if (rc == 0)
		rc = note(acti_context_wait(opened, NULL));
	return acti_context_close(opened, rc, NULL);
}

/* shows: CX-32 */
Test(context, that_there_is_no_result_as_it_was_cancelled_is_no_failure)
{
	test_actor_start(&actor, cancel_and_wait, NULL);
	peer_accepts(1);
	peer_sends_item(ACTI_FRAME_STARTED, 1, 1);
	take(ACTI_FRAME_CANCEL, 1);
	peer_ends_as_asked(1);
	cr_assert_eq(outcome, ACTOR_NO_RESULT);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0);
}

static int
open_when_cancelled(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	cr_assert_eq(rc, 0);
	actor_nursery_cancel(nursery);
	cr_assert_eq(open_it(argument), ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(actor_error_last())->name, "actor");
	actor.connection.is_cancelled = true;
	cr_assert_eq(open_it(argument), ACTOR_ECANCELED);
	return actor_nursery_close(nursery, 0);
}

Test(context, of_a_task_that_is_cancelled_is_not_opened)
{
	cr_assert_eq(test_actor_run(&actor, open_when_cancelled, NULL), 0);
	take_nothing();
}

/* ---- memory that is spent ---- */

static const char no_item[] = "the opener of Talk has no memory for an item";
static const char no_value[] = "the opener of Talk has no memory for the first value";

/* The peer is asked to end, and is not told that it has erred. */
static void
take_cancel(const char *why)
{
	take(ACTI_FRAME_CANCEL, 1);
	cr_assert_str_eq((const char *)frame.body.at, why);
	peer_ends(1, ACTOR_ECANCELED);
	cr_assert_eq(actor.running, 0);
}

/* shows: CX-31 */
Test(context, an_item_that_the_opener_has_no_memory_for_is_that)
{
	test_actor_start(&actor, open_and_receive, NULL);
	peer_accepts(1);
	peer_sends_item(ACTI_FRAME_STARTED, 1, 1);
	os.memory.allocations_left = 0;
	peer_sends_item(ACTI_FRAME_YIELD, 1, LARGE);
	os.memory.allocations_left = SIZE_MAX;
	cr_assert_eq(outcome, ACTOR_ENOMEM, "%s", message);
	cr_assert_str_eq(message, no_item);
	take_cancel(no_item);
	cr_assert_eq(actor.rc, ACTOR_ENOMEM);
}

/* shows: CX-31 */
Test(context, a_first_value_that_the_opener_has_no_memory_for_is_that)
{
	test_actor_start(&actor, open_and_receive, NULL);
	peer_accepts(1);
	os.memory.allocations_left = 0;
	peer_sends_item(ACTI_FRAME_STARTED, 1, LARGE);
	os.memory.allocations_left = SIZE_MAX;
	take_cancel(no_value);
	cr_assert_eq(outcome, ACTOR_ENOMEM, "%s", message);
	cr_assert_str_eq(message, no_value);
	cr_assert_eq(actor.rc, ACTOR_ENOMEM);
}

static int
announce_and_receive(struct actor_context context)
{
	int rc = acti_context_started(context, &item_of(1)->base);

	return rc == 0 ? note(acti_context_receive(context, NULL)) : rc;
}

static int
announce_and_sleep(struct actor_context context)
{
	int rc = acti_context_started(context, &item_of(1)->base);

	return rc == 0 ? note(actor_sleep_ms(1000)) : rc;
}

static void
run_out_in(int (*play_)(struct actor_context context))
{
	ops.play = play_;
	peer_opens(2);
	take(ACTI_FRAME_CREDIT, 2);
	take(ACTI_FRAME_STARTED, 2);
	os.memory.allocations_left = 0;
	peer_sends_item(ACTI_FRAME_YIELD, 2, LARGE);
	os.memory.allocations_left = SIZE_MAX;
	cr_assert_str_eq(message, "the endpoint of Talk has no memory for an item");
	take_error(2, ACTOR_ENOMEM);
	cr_assert_str_eq(actor_error_message(&error), message);
}

/* shows: CX-31 */
Test(context, an_item_that_the_endpoint_has_no_memory_for_is_that)
{
	run_out_in(announce_and_receive);
	cr_assert_eq(outcome, ACTOR_ENOMEM);
}

/* shows: CX-31 */
Test(context, an_endpoint_without_memory_for_an_item_ends_whatever_it_awaits)
{
	run_out_in(announce_and_sleep);
	cr_assert_eq(outcome, ACTOR_ECANCELED);
}
