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
open_and_forget(void *argument)
{
	return open_it(argument);
}

Test(context, that_was_forgotten_is_closed_with_its_task_which_is_told_so)
{
	test_actor_start(&actor, open_and_forget, NULL);
	peer_accepts(1);
	peer_sends_item(ACTI_FRAME_STARTED, 1, 1);
	take(ACTI_FRAME_CANCEL, 1);
	peer_ends_as_asked(1);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_ECLOSED, "%s", actor_error_text(&actor.error));
	cr_assert(strstr(actor_error_message(&actor.error), "left a context of Talk open") != NULL);
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

static struct actor_context_options nonsense = { .overrun = (enum actor_overrun)77 };

static int
open_with_nonsense(void *argument)
{
	(void)argument;
	return note(open_it(&nonsense));
}

Test(context, is_not_opened_with_options_that_are_nonsense)
{
	cr_assert_eq(test_actor_run(&actor, open_with_nonsense, NULL), ACTOR_EINVAL);
	cr_assert_str_eq(message, "Talk: the option `overrun` is 77, which is none of enum actor_overrun");
	take_nothing();
}

static int
configure_with_nonsense(struct actor_context context)
{
	return actor_context_configure(context, &nonsense);
}

Test(context, is_not_configured_with_options_that_are_nonsense)
{
	ops.play = configure_with_nonsense;
	peer_opens(2);
	take_error(2, ACTOR_EINVAL);
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

/* shows: CX-31 */
Test(context, without_memory_for_an_item_ends_for_that_whatever_its_opener_says_meanwhile)
{
	ops.play = announce_and_receive;
	peer_opens(2);
	take(ACTI_FRAME_CREDIT, 2);
	take(ACTI_FRAME_STARTED, 2);
	test_peer_send(&os, far, ACTI_FRAME_YIELD, 2, body, test__reply__pack(item_of(LARGE), body));
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 2, "bad", 3);
	os.memory.allocations_left = 0;
	acti_link_drain(&actor.connection.link); /* before the task has run */
	os.memory.allocations_left = SIZE_MAX;
	test_os_settle(&os);
	cr_assert_str_eq(message, "the endpoint of Talk has no memory for an item");
	take(ACTI_FRAME_CANCEL_ACK, 2);
	take_error(2, ACTOR_ENOMEM);
}

/* ---- what is kept, and what is given back ---- */

static struct acti_context *
record_of_opened(void)
{
	struct acti_table_entry *entry = acti_table_find(&test_actor_of(&actor)->contexts, opened.handle);

	return acti_container_of(entry, struct acti_context, entry);
}

/* Opens, and is there for others until the peer ends it. */
static int
open_and_wait(void *options)
{
	int rc = open_it(options);

	if (rc == 0)
		rc = acti_context_wait(opened, NULL);
	return acti_context_close(opened, rc, NULL);
}

static void
peer_returns(uint64_t cid)
{
	test_peer_send(&os, far, ACTI_FRAME_RETURN, cid, NULL, 0);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0, "%s", actor_error_text(&actor.error));
}

/* The opener's task runs, and so does the stream. */
static void
open_up(actor_task_fn *fn, void *options)
{
	test_actor_start(&actor, fn, options);
	peer_accepts(1);
	peer_sends_item(ACTI_FRAME_STARTED, 1, 1);
}

struct receiver {
	struct acti_task *task;
	int rc, count;
	size_t size; /* of the last one's text */
};

static int
receive_one(void *argument)
{
	struct receiver *self = argument;
	Test__Reply *item;

	self->task = acti_task_current();
	self->rc = acti_context_receive(opened, &item);
	self->count += self->rc == 0;
	self->size = self->rc == 0 ? strlen(item->text) : 0;
	return 0;
}

static void
start_receiver(struct receiver *receiver)
{
	*receiver = (struct receiver){ .rc = 1 };
	test_actor_start(&actor, receive_one, receiver);
	test_os_settle(&os);
}

static int
share(void *options)
{
	struct actor_subscription slow;
	uint64_t lagged = 0;
	int kept = 0, rc = open_it(options);

	if (rc == 0)
		rc = acti_context_subscribe(opened, &slow);
	while (rc == 0) {
		rc = acti_context_receive(opened, NULL);
		cr_assert_leq(record_of_opened()->in.kept_bytes, 1000);
	}
	if (rc == ACTOR_END_OF_STREAM)
		rc = acti_subscription_receive(slow, NULL);
	if (rc == ACTOR_LAGGED)
		lagged = actor_subscription_lagged(slow);
	for (rc = rc == ACTOR_LAGGED ? 0 : rc; rc == 0; kept++)
		rc = acti_subscription_receive(slow, NULL);
	cr_assert_eq(lagged, 18);
	cr_assert_eq(kept - 1, 2);
	return acti_context_close(opened, rc, NULL);
}

/* shows: BC-04 */
Test(context, a_shared_stream_keeps_no_more_than_its_window_in_bytes)
{
	struct actor_context_options options = { .window_messages = 100, .window_bytes = 1000 };

	open_up(share, &options);
	for (int i = 0; i < 20; i++)
		peer_sends_item(ACTI_FRAME_YIELD, 1, 400);
	test_peer_send(&os, far, ACTI_FRAME_STOP, 1, NULL, 0);
	for (int i = 0; i < 10; i++)
		take(ACTI_FRAME_CREDIT, 1);
	take(ACTI_FRAME_STOP, 1);
	peer_returns(1);
}

/* shows: CX-23, BC-08 */
Test(context, an_item_that_somebody_waits_for_is_not_dropped_when_another_gives_up)
{
	struct receiver gives_up, waits;

	open_up(open_and_wait, NULL);
	start_receiver(&gives_up);
	start_receiver(&waits);
	acti_scope_cancel(&gives_up.task->root_scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	cr_assert_eq(gives_up.rc, ACTOR_ECANCELED);
	peer_sends_item(ACTI_FRAME_YIELD, 1, 5);
	cr_assert_eq(waits.rc, 0);
	cr_assert_eq(waits.size, 5);
	peer_sends_item(ACTI_FRAME_YIELD, 1, 5);
	cr_assert(acti_inbox_is_empty(&record_of_opened()->in.inbox), "nobody takes it");
	peer_returns(1);
}

/* shows: CX-23 */
Test(context, an_item_whose_receiver_is_cancelled_before_it_takes_it_is_dropped_and_its_credit_given_back)
{
	struct actor_context_options options = { .window_messages = 2 };
	struct receiver receiver;

	open_up(open_and_wait, &options);
	start_receiver(&receiver);
	test_peer_send(&os, far, ACTI_FRAME_YIELD, 1, body, test__reply__pack(item_of(5), body));
	acti_link_drain(&actor.connection.link); /* before the task has run */
	acti_scope_cancel(&receiver.task->root_scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	cr_assert_eq(receiver.rc, ACTOR_ECANCELED);
	cr_assert(acti_inbox_is_empty(&record_of_opened()->in.inbox));
	take(ACTI_FRAME_CREDIT, 1);
	peer_returns(1);
}

/* shows: CX-23 */
Test(context, items_that_nobody_wants_give_their_credit_back)
{
	open_up(open_and_wait, NULL);
	for (int i = 0; i < 32; i++)
		peer_sends_item(ACTI_FRAME_YIELD, 1, 5);
	take(ACTI_FRAME_CREDIT, 1);
	take_nothing();
	peer_returns(1);
}

static int
receive_two(void *options)
{
	Test__Reply *item;
	int rc = open_it(options);

	if (rc == 0)
		rc = acti_context_receive(opened, &item);
	if (rc == 0)
		outcome = (int)strlen(item->text);
	if (rc == 0)
		rc = acti_context_wait(opened, NULL);
	return acti_context_close(opened, rc, NULL);
}

Test(context, what_follows_an_item_that_was_broken_off_is_whole)
{
	size_t size = test__reply__pack(item_of(1000), body);

	open_up(receive_two, NULL);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, ACTI_FLAG_MORE, 1, body, size / 2);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, ACTI_FLAG_ABORTED, 1, NULL, 0);
	peer_sends_item(ACTI_FRAME_YIELD, 1, 7);
	cr_assert_eq(outcome, 7);
	peer_returns(1);
}

static int
send_without_memory(void *left)
{
	int rc = open_it(NULL);

	if (rc != 0)
		return rc;
	os.memory.allocations_left = *(const size_t *)left;
	os.ends[far].in_max = 0; /* so that it has to wait in memory */
	note(acti_context_send(opened, &item_of(100000)->base));
	os.ends[far].in_max = SIZE_MAX;
	os.memory.allocations_left = SIZE_MAX;
	rc = acti_context_send(opened, &item_of(1)->base);
	return acti_context_close(opened, rc, NULL);
}

struct sent {
	size_t whole, broken_off; /* items */
	size_t last;              /* bytes of the last one that is whole */
};

/* What the actor has sent until its Stop. */
static struct sent
take_items(uint64_t cid)
{
	struct sent sent = { 0 };
	size_t size = 0;

	for (;;) {
		test_os_settle(&os);
		cr_assert(test_peer_next(&os, far, &frame));
		cr_assert_eq(frame.head.cid, cid);
		if (frame.head.kind != ACTI_FRAME_YIELD)
			return sent;
		size += frame.body.size;
		if (frame.head.flags == ACTI_FLAG_MORE)
			continue;
		sent.broken_off += frame.head.flags == ACTI_FLAG_ABORTED;
		sent.whole += frame.head.flags == 0;
		sent.last = size;
		size = 0;
	}
}

Test(context, an_item_that_memory_does_not_suffice_for_is_broken_off_and_the_next_is_whole)
{
	size_t broken_off = 0, small = test__reply__pack(item_of(1), body);

	outcome = ACTOR_ENOMEM;
	for (size_t left = 0; outcome != 0; left++) {
		uint64_t cid = 2 * left + 1;
		struct sent sent;

		cr_assert_lt(left, 20);
		test_actor_start(&actor, send_without_memory, &left);
		peer_accepts(cid);
		peer_grants(cid, 64, 1 << 20);
		peer_sends_item(ACTI_FRAME_STARTED, cid, 1);
		sent = take_items(cid);
		cr_assert(outcome == 0 || outcome == ACTOR_ENOMEM, "%s", message);
		cr_assert_eq(sent.whole, outcome == 0 ? 2 : 1);
		cr_assert_eq(sent.last, small);
		broken_off += sent.broken_off;
		peer_returns(cid);
	}
	cr_assert_geq(broken_off, 1);
}

/* ---- a Cancel beside bulk ---- */

#define BULK_ITEM 1000000
#define BULK_SENDERS 64 /* 64 MB wait to be sent */

static int
send_bulk(void *argument)
{
	(void)argument;
	return acti_context_send(opened, &item_of(BULK_ITEM)->base);
}

static int
cancel_it(void *argument)
{
	(void)argument;
	return actor_context_cancel(opened);
}

static size_t
bytes_before(unsigned kind)
{
	size_t size = 0;

	for (;;) {
		test_os_settle(&os);
		cr_assert(test_peer_next(&os, far, &frame));
		if (frame.head.kind == kind)
			return size;
		size += ACTI_FRAME_HEADER_SIZE + frame.body.size;
	}
}

/* shows: robustness: F23 */
Test(context, whose_cancel_waits_for_no_more_of_the_bulk_than_is_in_the_links_queue)
{
	open_up(open_and_wait, NULL);
	peer_grants(1, 1000, 1 << 28);
	test_os_settle(&os);
	os.ends[far].in_max = 0;
	for (int i = 0; i < BULK_SENDERS; i++)
		test_actor_start(&actor, send_bulk, NULL);
	test_os_settle(&os);
	test_actor_start(&actor, cancel_it, NULL);
	test_os_settle(&os);
	os.ends[far].in_max = SIZE_MAX;
	cr_assert_leq(bytes_before(ACTI_FRAME_CANCEL), 200 * 1024);
	peer_ends_as_asked(1);
	cr_assert_eq(actor.running, 0);
}

static int
stay_open(void *options)
{
	int rc = open_it(options);

	if (rc == 0)
		rc = actor_sleep_ms(1000);
	return acti_context_close(opened, rc, NULL);
}

static size_t
capacity_of_last(void)
{
	struct acti_inbox rest = record_of_opened()->in.inbox;
	struct acti_arrival first;

	do {
		first = acti_inbox_first(&rest);
		rest.read += ACTI_FRAME_HEADER_SIZE + (first.item == NULL ? first.size : 0);
		if (rest.read == rest.first->used)
			rest = (struct acti_inbox){ .first = rest.first->next };
	} while (!acti_inbox_is_empty(&rest));
	return first.item != NULL ? first.item->capacity : first.size;
}

Test(context, small_items_take_little_memory_though_a_large_one_came_before)
{
	size_t size = test__reply__pack(item_of(150000), body);

	open_up(stay_open, NULL);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, ACTI_FLAG_MORE, 1, body, 65536);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, ACTI_FLAG_MORE, 1, body + 65536, 65536);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, 0, 1, body + 131072, size - 131072);
	peer_sends_item(ACTI_FRAME_YIELD, 1, 10);
	cr_assert_lt(capacity_of_last(), 100);
	size = test__reply__pack(item_of(10), body);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, ACTI_FLAG_MORE, 1, body, 5);
	test_peer_send_flags(&os, far, ACTI_FRAME_YIELD, 0, 1, body + 5, size - 5);
	test_os_settle(&os);
	cr_assert_lt(capacity_of_last(), 100);
	test_os_advance_ms(&os, 1000);
	take(ACTI_FRAME_CREDIT, 1); /* for what is dropped by the end */
	take(ACTI_FRAME_STOP, 1);
	peer_returns(1);
}

/* ---- the first value ---- */

static int
subscribe_before(struct actor_context context)
{
	struct actor_subscription subscription;
	int rc = acti_context_subscribe(context, &subscription);

	return rc == 0 ? acti_subscription_receive(subscription, NULL) : rc;
}

Test(context, whose_opener_awaits_the_first_value_gives_nothing_to_who_has_subscribed)
{
	ops.play = subscribe_before;
	peer_opens(2);
	take_error(2, ACTOR_ECLOSED);
}

static int
announce_twice(struct actor_context context)
{
	int rc;

	os.memory.allocations_left = 0;
	rc = note(acti_context_started(context, &item_of(600000)->base));
	os.memory.allocations_left = SIZE_MAX;
	return rc == ACTOR_ENOMEM ? acti_context_started(context, &item_of(1)->base) : ACTOR_EINVAL;
}

Test(context, the_first_credit_is_given_once_though_the_announcement_takes_two_attempts)
{
	ops.play = announce_twice;
	peer_opens(2);
	take(ACTI_FRAME_CREDIT, 2);
	take(ACTI_FRAME_STARTED, 2);
	cr_assert_eq(outcome, ACTOR_ENOMEM, "%s", message);
	take(ACTI_FRAME_RETURN, 2);
}

/* The peer reads nothing any more, once it has taken what its Start has brought. */
static int
fill_the_link(void)
{
	int rc = actor_sleep_ms(1);

	os.ends[far].in_max = 0;
	while (!acti_link_is_full(&actor.connection.link))
		acti_connection_send(&actor.connection, ACTI_FRAME_PONG, 0, body, sizeof body / 2);
	return rc;
}

static void
peer_opens_and_reads_no_more(int (*play_)(struct actor_context context))
{
	ops.play = play_;
	peer_opens(2);
	test_os_advance_ms(&os, 1);
}

static void
empty_the_link(void)
{
	os.ends[far].in_max = SIZE_MAX;
	test_os_settle(&os);
	do
		cr_assert(test_peer_next(&os, far, &frame));
	while (frame.head.kind == ACTI_FRAME_PONG);
}

static int
announce(void *argument)
{
	int *rc = argument;

	*rc = acti_context_started(endpoint_context, &item_of(1)->base);
	return 0;
}

static int
announce_in_a_full_link(struct actor_context context)
{
	struct actor_nursery *nursery;
	int other = 1, rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = fill_the_link();
	if (rc == 0)
		rc = actor_nursery_start(nursery, announce, &other);
	if (rc == 0)
		rc = acti_context_started(context, &item_of(1)->base);
	rc = actor_nursery_close(nursery, rc);
	cr_assert_eq(other, ACTOR_ERUNNING);
	return rc;
}

/* shows: CX-04 */
Test(context, of_two_that_wait_to_announce_one_does)
{
	peer_opens_and_reads_no_more(announce_in_a_full_link);
	empty_the_link();
	cr_assert_eq(frame.head.kind, ACTI_FRAME_CREDIT);
	take(ACTI_FRAME_STARTED, 2);
	take(ACTI_FRAME_RETURN, 2);
}

static int
fail_in_a_full_link(struct actor_context context)
{
	int rc = fill_the_link();

	(void)context;
	return rc == 0 ? actor_fail(ACTOR_EINVAL, "it has no first value") : rc;
}

/* shows: CX-04 */
Test(context, whose_endpoint_has_ended_is_not_announced_by_who_waited_to)
{
	int late = 1;

	peer_opens_and_reads_no_more(fail_in_a_full_link);
	test_actor_start(&actor, announce, &late); /* behind the end, which waits for the same */
	test_os_settle(&os);
	cr_assert_eq(late, 1);
	empty_the_link();
	cr_assert_eq(frame.head.kind, ACTI_FRAME_ERROR);
	test_os_settle(&os);
	cr_assert_eq(late, ACTOR_ECLOSED);
	take_nothing();
}

static int
announce_in_a_link_that_ends(struct actor_context context)
{
	int rc = fill_the_link();

	return rc == 0 ? note(acti_context_started(context, &item_of(1)->base)) : rc;
}

/* shows: PR-18 */
Test(context, that_waits_to_be_announced_ends_with_its_link)
{
	peer_opens_and_reads_no_more(announce_in_a_link_that_ends);
	cr_assert_eq(outcome, 0);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert_eq(outcome, ACTOR_EPEERGONE, "%s", message);
}
