/* SPDX-License-Identifier: BSD-2-Clause */

/* Items of streams as they come in runs: of all sizes, whole, in pieces, broken off, with losses, of several dialogs at once. */

#include "fixture.h"

#include <rpc/context.h>

#define STREAMS 2
#define QUEUED_MAX 512
#define SEEDS 200

static const struct actor_message request_type = { .descriptor = &test__request__descriptor };
static const struct actor_message item_type = { .descriptor = &test__reply__descriptor };

static const struct actor_endpoint numbers_endpoint = {
	.name = "Numbers",
	.op = "numbers",
	.kind = ACTOR_GENERATOR,
	.request = &request_type,
	.receive = &item_type,
};

static const struct actor_service numbers_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "test.Numbers",
	.fingerprint = 8,
	.endpoints = &numbers_endpoint,
	.endpoint_count = 1,
};

/* ---- what is sent, and what is to come of it ---- */

struct expected {
	int32_t number;
	size_t size;
	uint64_t lost; /* before it */
};

/* One stream, as its sender has it. */
struct stream {
	uint64_t cid;
	struct actor_context context;
	int64_t messages, bytes; /* credit */
	uint64_t lost;           /* told of, and no whole item has followed */
	struct expected queued[QUEUED_MAX];
	size_t first, count;
	int32_t next_number;
	size_t begun, left; /* of an item in pieces: its bytes, and those that are to be sent */
	bool has_failed, is_over;
};

static struct stream streams[STREAMS];
static struct test_bytes sent; /* and not written yet */
static uint64_t random_state;
static bool is_short; /* of memory, now and then */

static uint32_t
below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % limit;
}

/* What one says is text, or bytes, of one letter. */
static bool
is_text(int32_t number)
{
	return number % 3 == 0;
}

static int
letter_of(int32_t number)
{
	return 'A' + number % 26;
}

static size_t
pack_item(int32_t number, size_t size)
{
	static unsigned char data[1024 * 1024];
	Test__Reply item = TEST__REPLY__INIT;

	item.number = number;
	memset(data, letter_of(number), size);
	data[size] = '\0';
	if (is_text(number))
		item.text = (char *)data;
	else
		item.data = (ProtobufCBinaryData){ size, data };
	return test__reply__pack(&item, body);
}

/* Bytes of its data, so that those of the whole are about the limits at which an item is kept, or read, in another way. */
static size_t
some_size(void)
{
	static const size_t limits[] = { 0, 2048, 16 * 1024, 64 * 1024, 256 * 1024 };
	size_t at =
	    limits[below(8) > 0 ? below(2) : below(is_short ? 4 : 5)]; /* a link has room for all but the last */

	return at == 0 ? below(64) : at - 16 + below(32);
}

static void
queue_frame(const struct stream *stream, unsigned flags, const void *prefix, size_t prefix_size, const void *bytes,
            size_t size)
{
	const struct acti_frame head = {
		.body_size = (uint32_t)(prefix_size + size),
		.kind = ACTI_FRAME_YIELD,
		.flags = flags | (prefix_size > 0 ? ACTI_FLAG_LOST : 0),
		.cid = stream->cid,
	};
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&head, header);
	test_bytes_add(&sent, header, sizeof header);
	test_bytes_add(&sent, prefix, prefix_size);
	test_bytes_add(&sent, bytes, size);
}

static void
expect(struct stream *stream, int32_t number, size_t size)
{
	cr_assert_lt(stream->count, QUEUED_MAX);
	stream->queued[(stream->first + stream->count++) % QUEUED_MAX] =
	    (struct expected){ .number = number, .size = size, .lost = stream->lost };
	stream->lost = 0;
}

/* The next piece of the item that was begun, or that it is broken off. */
static void
go_on(struct stream *stream)
{
	size_t size = pack_item(stream->next_number, stream->begun), at = size - stream->left;
	size_t count = below(2) == 0 ? stream->left : below((uint32_t)stream->left + 1);
	bool is_last = count == stream->left;

	if (below(6) == 0) {
		queue_frame(stream, ACTI_FLAG_ABORTED, NULL, 0, NULL, 0);
		stream->left = 0;
		return;
	}
	queue_frame(stream, is_last ? 0 : ACTI_FLAG_MORE, NULL, 0, body + at, count);
	stream->bytes -= (int64_t)count;
	stream->left -= count;
	if (is_last)
		expect(stream, stream->next_number++, stream->begun);
}

static void
send_next(struct stream *stream)
{
	unsigned char prefix[8] = { 0 };
	size_t prefix_size = 0, of_data = some_size(), size, count;

	if (stream->messages <= 0 || stream->bytes <= 0)
		return;
	size = count = pack_item(stream->next_number, of_data);
	if (below(10) == 0) {
		prefix[0] = (unsigned char)(1 + below(9));
		prefix_size = sizeof prefix;
		stream->lost += prefix[0];
	}
	if (size > 1 && below(10) == 0)
		count = 1 + below((uint32_t)size - 1);
	queue_frame(stream, count < size ? ACTI_FLAG_MORE : 0, prefix, prefix_size, body, count);
	stream->messages--;
	stream->bytes -= (int64_t)count;
	stream->begun = of_data;
	stream->left = size - count;
	if (stream->left == 0)
		expect(stream, stream->next_number++, of_data);
}

static void
send_some(struct stream *stream)
{
	for (uint32_t i = below(40); i > 0 && !stream->is_over; i--) {
		if (stream->left > 0)
			go_on(stream);
		else
			send_next(stream);
	}
}

/* In as many writes as it happens, each of which is read by itself or not. */
static void
write_all(void)
{
	size_t at = 0;

	if (is_short)
		os.memory.allocations_left = below(6);
	while (at < sent.size) {
		size_t count = below(3) == 0 ? 1 + below((uint32_t)(sent.size - at)) : sent.size - at;

		test_os_send(&os, far, sent.at + at, count);
		if (below(2) == 0)
			test_os_settle(&os);
		at += count;
	}
	sent.size = 0;
	test_os_settle(&os);
	os.memory.allocations_left = SIZE_MAX;
}

static struct stream *
stream_of(uint64_t cid)
{
	for (size_t i = 0; i < STREAMS; i++)
		if (streams[i].cid == cid)
			return &streams[i];
	cr_assert_fail("a frame of another dialog");
	return NULL;
}

/* Credit, and Cancels of streams that failed; false: nothing has come. */
static bool
take_one(void)
{
	struct stream *stream;

	test_os_settle(&os);
	if (!test_peer_next(&os, far, &frame))
		return false;
	stream = stream_of(frame.head.cid);
	if (frame.head.kind == ACTI_FRAME_CANCEL)
		stream->has_failed = true;
	if (frame.head.kind != ACTI_FRAME_CREDIT)
		return true;
	stream->messages += acti_get_u32(frame.body.at);
	stream->bytes += acti_get_u32(frame.body.at + 4);
	return true;
}

/* ---- the receiver ---- */

static struct acti_context *
record_of(const struct stream *stream)
{
	struct acti_table_entry *entry = acti_table_find(&test_actor_of(&actor)->contexts, stream->context.handle);

	return acti_container_of(entry, struct acti_context, entry);
}

static void
drop_first(struct stream *stream)
{
	stream->first = (stream->first + 1) % QUEUED_MAX;
	stream->count--;
}

static bool
is_all(const unsigned char *bytes, size_t size, int letter)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != letter)
			return false;
	return true;
}

static void
check_first(struct stream *stream, const Test__Reply *item)
{
	const struct expected *expected = &stream->queued[stream->first];
	const unsigned char *said;

	cr_assert_gt(stream->count, 0);
	cr_assert_eq(expected->lost, 0);
	cr_assert_eq(item->number, expected->number, "%d, not %d", item->number, expected->number);
	said = is_text(item->number) ? (const unsigned char *)item->text : item->data.data;
	cr_assert_eq(is_text(item->number) ? strlen(item->text) : item->data.len, expected->size);
	cr_assert(is_all(said, expected->size, letter_of(item->number)));
	drop_first(stream);
}

/* 0: one more was as it should be. */
static int
receive_one(struct stream *stream)
{
	struct expected *expected = &stream->queued[stream->first];
	Test__Reply *item;
	int rc = acti_context_try_receive(stream->context, &item);

	if (rc == 0) {
		check_first(stream, item);
		actor_free(item);
	} else if (rc == ACTOR_LAGGED) {
		uint64_t lost = stream->count > 0 ? expected->lost : stream->lost;

		cr_assert_eq(actor_context_lagged(stream->context), lost);
		expected->lost = 0;
		return 0;
	} else if (rc == ACTOR_ENOMEM && !record_of(stream)->in.has_run_out) {
		drop_first(stream); /* the task had no memory for it */
		return 0;
	} else if (rc == ACTOR_WOULD_BLOCK || rc == ACTOR_END_OF_STREAM) {
		cr_assert_eq(stream->count, 0, "%zu have not come", stream->count);
	}
	return rc;
}

static int
receive_some(void *argument)
{
	struct stream *stream = argument;
	int rc = 0;

	if (is_short)
		os.memory.allocations_left = below(6);
	for (uint32_t left = below(2) == 0 ? below(50) : UINT32_MAX; rc == 0 && left > 0; left--)
		rc = receive_one(stream);
	os.memory.allocations_left = SIZE_MAX;
	return rc;
}

static int
open_stream(void *argument)
{
	const struct actor_context_options options = {
		.window_messages = 1 + below(100),
		.window_bytes = 1 + below(below(2) == 0 ? 100 : 400000),
	};
	const Test__Request request = TEST__REQUEST__INIT;
	struct stream *stream = argument;
	int rc = acti_context_open(actor.handle, &numbers_service, 0, &request.base, &options, NULL, &stream->context);

	if (rc == 0)
		rc = actor_sleep_ms(1000);
	return acti_context_close(stream->context, rc, NULL);
}

static void
begin(void)
{
	begin_linked(true, 1024);
}

static void
fini(void)
{
	end();
	test_bytes_fini(&sent);
}

TestSuite(items, .init = begin, .fini = fini);

/* ---- all together ---- */

static void
open_one(struct stream *stream, uint64_t cid)
{
	const unsigned char kind = ACTOR_GENERATOR;
	struct acti_start start;

	*stream = (struct stream){ .cid = cid };
	test_actor_start(&actor, open_stream, stream);
	take(ACTI_FRAME_START, cid);
	cr_assert(acti_start_decode(frame.body.at, frame.body.size, &start));
	stream->messages = start.credit_messages;
	stream->bytes = start.credit_bytes;
	test_peer_send(&os, far, ACTI_FRAME_START_ACK, cid, &kind, 1);
	test_os_settle(&os);
}

static void
return_from(struct stream *stream)
{
	test_peer_send(&os, far, ACTI_FRAME_RETURN, stream->cid, NULL, 0);
	test_os_settle(&os);
}

/* All was received: what may be sent, and what is owed, are the window. */
static void
check_credit(const struct stream *stream)
{
	const struct acti_stream_in *in = &record_of(stream)->in;

	while (take_one())
		;
	cr_assert_eq(stream->messages, in->granted_messages);
	cr_assert_eq(stream->bytes, in->granted_bytes);
	cr_assert_eq(in->granted_messages + in->owed_messages, in->window_messages);
	cr_assert_eq(in->granted_bytes + in->owed_bytes, in->window_bytes);
}

static void
finish(struct stream *stream)
{
	if (stream->left > 0)
		queue_frame(stream, ACTI_FLAG_ABORTED, NULL, 0, NULL, 0);
	stream->left = 0;
	write_all();
	while (test_actor_run(&actor, receive_some, stream) == 0)
		;
	check_credit(stream);
	return_from(stream);
	while (test_actor_run(&actor, receive_some, stream) == 0)
		;
	cr_assert_eq(actor.rc, ACTOR_END_OF_STREAM);
}

static void
play_round(void)
{
	for (uint32_t i = below(6); i > 0; i--)
		send_some(&streams[below(STREAMS)]);
	write_all();
	for (uint32_t i = below(4); i > 0; i--)
		test_actor_run(&actor, receive_some, &streams[below(STREAMS)]);
	while (take_one())
		;
}

static void
open_all(uint64_t seed)
{
	random_state = seed;
	for (size_t i = 0; i < STREAMS; i++)
		open_one(&streams[i], 2 * i + 1);
}

static void
play_out(uint64_t seed)
{
	open_all(seed);
	for (int round = 0; round < 20; round++)
		play_round();
	for (size_t i = 0; i < STREAMS; i++)
		finish(&streams[i]);
	test_os_advance_ms(&os, 1000);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0, "%s", actor_error_text(&actor.error));
}

/* shows: BP-07 */
Test(items, all_come_as_they_were_sent_whatever_their_sizes_and_pieces_and_reads)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		play_out(seed);
		end();
		begin();
	}
}

/* ---- memory that is spent ---- */

/* As those do that are cancelled. */
static size_t
end_those_that_failed(void)
{
	size_t count = 0;

	for (size_t i = 0; i < STREAMS; i++) {
		if (!streams[i].has_failed || streams[i].is_over)
			continue;
		test_peer_send(&os, far, ACTI_FRAME_CANCEL_ACK, streams[i].cid, NULL, 0);
		test_peer_error(&os, far, streams[i].cid, ACTOR_ECANCELED, "", &peer);
		streams[i].is_over = true;
		count++;
	}
	test_os_settle(&os);
	return count;
}

/* How many streams have failed. */
static size_t
play_short_of_memory(uint64_t seed)
{
	size_t count = 0;

	open_all(seed);
	is_short = true;
	for (int round = 0; round < 20; round++) {
		play_round();
		if (below(3) == 0)
			count += end_those_that_failed();
	}
	is_short = false;
	cr_assert_not(actor.is_ended, "%s", actor.reason);
	return count;
}

/* shows: CX-31 */
Test(items, that_there_is_no_memory_for_end_their_stream_and_no_other_is_wrong)
{
	size_t count = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		count += play_short_of_memory(seed);
		end();
		begin();
	}
	cr_assert_gt(count, SEEDS / 4);
}

/* ---- beyond what was granted ---- */

static int
open_with(void *options)
{
	const Test__Request request = TEST__REQUEST__INIT;
	struct stream *stream = &streams[0];
	int rc = acti_context_open(actor.handle, &numbers_service, 0, &request.base, options, NULL, &stream->context);

	if (rc == 0)
		rc = actor_sleep_ms(1000);
	return acti_context_close(stream->context, rc, NULL);
}

static void
open_window(uint32_t messages, uint32_t bytes)
{
	struct actor_context_options options = { .window_messages = messages, .window_bytes = bytes };
	const unsigned char kind = ACTOR_GENERATOR;

	streams[0] = (struct stream){ .cid = 1 };
	test_actor_start(&actor, open_with, &options);
	take(ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_START_ACK, 1, &kind, 1);
	test_os_settle(&os);
}

static void
send_at_once(size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++)
		queue_frame(&streams[0], 0, NULL, 0, body, pack_item(0, size));
	test_os_send(&os, far, sent.at, sent.size);
	sent.size = 0;
	test_os_settle(&os);
}

/* shows: robustness: F15 */
Test(items, one_more_in_a_run_than_was_granted_breaks_the_rules)
{
	open_window(5, 100000);
	send_at_once(6, 10);
	take_bye("an item beyond the credit that it has");
}

Test(items, as_many_in_a_run_as_were_granted_are_taken)
{
	open_window(5, 100000);
	send_at_once(5, 10);
	take_nothing();
}

/* shows: robustness: F15 */
Test(items, a_run_that_goes_on_behind_the_last_byte_that_was_granted_breaks_the_rules)
{
	open_window(100, 1);
	send_at_once(2, 10);
	take_bye("an item beyond the credit that it has");
}

/* ---- a link that breaks while credit is given ---- */

static int
receive_all(void *argument)
{
	size_t *count = argument;
	int rc = 0;

	for (*count = 0; rc == 0; *count += rc == 0)
		rc = acti_context_try_receive(streams[0].context, NULL);
	return rc;
}

static void
break_writes(void)
{
	os.ends[actor.connection.link.fd].write_error = EPIPE;
}

Test(items, that_wait_are_received_though_the_link_breaks_with_the_credit_for_them)
{
	size_t count;

	open_window(20, 100000);
	send_at_once(20, 10);
	break_writes();
	test_actor_start(&actor, receive_all, &count);
	test_os_settle(&os);
	cr_assert_eq(count, 20);
	cr_assert(actor.is_ended);
	cr_assert_eq(actor.running, 0);
}

Test(items, that_are_dropped_as_their_stream_closes_may_break_their_link)
{
	open_window(20, 100000);
	test_os_advance_ms(&os, 1000);
	take(ACTI_FRAME_CANCEL, 1);
	break_writes();
	send_at_once(20, 10);
	cr_assert(actor.is_ended);
	cr_assert_eq(actor.running, 0);
}

/* ---- who subscribes while items wait ---- */

/* Each item that the stream itself receives, and of the subscription's every `each` of them one; then the rest. */
static int
receive_at_two_paces(void *argument)
{
	struct actor_subscription subscription;
	int each = *(const int *)argument, own = 0, others = 0;
	Test__Reply *item;
	int rc = acti_context_subscribe(streams[0].context, &subscription);

	cr_assert_eq(rc, 0);
	while ((rc = acti_context_receive(streams[0].context, &item)) == 0) {
		cr_assert_eq(item->number, own++);
		if (own % each > 0)
			continue;
		cr_assert_eq(acti_subscription_receive(subscription, &item), 0);
		cr_assert_eq(item->number, others++);
	}
	while ((rc = acti_subscription_receive(subscription, &item)) == 0)
		cr_assert_eq(item->number, others++);
	cr_assert_eq(own, 50);
	cr_assert_eq(others, 50);
	return rc;
}

/* shows: BC-01 */
Test(items, that_wait_are_for_who_subscribes_then_and_for_the_first_receiver)
{
	static int paces[] = { 1, 2, 3, 7, 100 };

	for (size_t i = 0; i < ACTOR_COUNT(paces); i++) {
		open_window(100, 1000000);
		for (int32_t number = 0; number < 50; number++)
			queue_frame(&streams[0], 0, NULL, 0, body, pack_item(number, number % 10 == 0 ? 5000 : 10));
		write_all();
		test_peer_send(&os, far, ACTI_FRAME_RETURN, 1, NULL, 0);
		test_os_settle(&os);
		cr_assert_eq(test_actor_run(&actor, receive_at_two_paces, &paces[i]), ACTOR_END_OF_STREAM);
		end();
		begin();
	}
}

static int
share_without_memory(void *argument)
{
	struct actor_subscription subscription;
	int *of_subscriber = argument;
	int rc = acti_context_subscribe(streams[0].context, &subscription);

	cr_assert_eq(rc, 0);
	os.memory.allocations_left = 0;
	rc = acti_context_receive(streams[0].context, NULL);
	*of_subscriber = acti_subscription_receive(subscription, NULL);
	os.memory.allocations_left = SIZE_MAX;
	return rc;
}

/* shows: CX-31 */
Test(items, that_there_is_no_memory_to_share_are_not_taken_for_the_end)
{
	int of_subscriber;

	open_window(20, 100000);
	send_at_once(3, 1500);
	test_peer_send(&os, far, ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert_eq(test_actor_run(&actor, share_without_memory, &of_subscriber), ACTOR_ENOMEM, "%d", actor.rc);
	cr_assert_eq(of_subscriber, ACTOR_ENOMEM);
}
