/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sent in a context or by a generator: in which order it comes, how it ends, and who learns of the end. */
#include "streamer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_MS 3000 /* what a loaded machine may add */

#define PING TREES_ITEM(.text = (char *)"ping")

typedef struct trees_streams_play_dialog dialog;

/* Without options, and without the first value. */
static int
open_play(struct trees_streams streams, const Trees__Course *script, dialog *ret_dialog)
{
	return trees_streams_play_open(streams, script, NULL, NULL, ret_dialog);
}

/* ---- both sides speak ---- */

static int
ping_in_a_loop(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	Trees__Item *pong;
	dialog with;
	int pongs = 0, rc = open_play(streams, TREES_COURSE(.part = TREES__PART__ANSWER), &with);

	if (rc != 0)
		return rc;
	rc = trees_streams_play_send(with, PING);
	while (rc == 0 && pongs < 9) {
		rc = trees_streams_play_receive(with, &pong);
		EXPECT_TEXT(rc == 0 ? pong->text : "", "pong");
		pongs++;
		if (rc == 0)
			rc = trees_streams_play_send(with, PING);
	}
	rc = trees_streams_play_close(with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 10);
		EXPECT_CODE(outcome->code, ACTOR_END_OF_STREAM);
	}
	return rc;
}

/* shows: ST-01 */
static int
the_opener_may_stop_before_it_has_received_every_answer(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(ping_in_a_loop);

	EXPECT(now_ms() - start < 6000 + LOAD_MS);
	return rc;
}

static int
ping_ten_times(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	Trees__Item *pong;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__ANSWER), &with);

	if (rc != 0)
		return rc;
	for (int i = 0; rc == 0 && i < 10; i++) {
		rc = trees_streams_play_send(with, TREES_ITEM(.number = i, .text = (char *)"ping"));
		if (rc == 0)
			rc = trees_streams_play_receive(with, &pong);
		EXPECT_INT(rc == 0 ? pong->number : -1, i);
	}
	if (rc == 0)
		rc = trees_streams_play_close_send(with);
	if (rc == 0)
		rc = trees_streams_play_wait(with, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 10);
		EXPECT_CODE(outcome->code, ACTOR_END_OF_STREAM);
		EXPECT_TEXT(state_of(with.context), "returned");
	}
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: ST-02 */
static int
ten_rounds_and_then_the_end_of_the_stream(void)
{
	return with_streamer(ping_ten_times);
}

static int
ping_among_others(struct trees_streams streams)
{
	int pongs = 0, others = 0;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__PUSH_AND_ANSWER, .ms = 10), &with);

	if (rc != 0)
		return rc;
	rc = trees_streams_play_send(with, PING);
	while (rc == 0 && (pongs < 10 || others < 10)) {
		ACTOR_OWNED(Trees__Item, item);

		rc = trees_streams_play_receive(with, &item);
		if (rc != 0)
			break;
		if (strcmp(item->text, "yo") == 0) {
			EXPECT_INT(item->number, others++);
			continue;
		}
		pongs++;
		rc = trees_streams_play_send(with, PING);
	}
	EXPECT(pongs >= 10 && others >= 10);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: ST-03 */
static int
two_dialogs_share_one_stream(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(ping_among_others);

	EXPECT(now_ms() - start < 2000 + LOAD_MS);
	return rc;
}

/* ---- its end ---- */

static int
see_the_end(struct trees_streams streams)
{
	Trees__Item *item = NULL;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LEAVE, .stays = true), &with);

	if (rc != 0)
		return rc;
	for (int i = 0; i < 3; i++) {
		EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_END_OF_STREAM);
		EXPECT_CODE(trees_streams_play_try_receive(with, &item), ACTOR_END_OF_STREAM);
	}
	EXPECT(item == NULL);
	EXPECT_TEXT(state_of(with.context), "stream ended");
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: ST-04, ST-13 */
static int
after_the_end_every_receive_says_so_and_that_is_no_failure(void)
{
	return with_streamer(see_the_end);
}

static int
be_left(struct trees_streams streams, bool says_something)
{
	uint64_t start;
	Trees__Outcome *outcome = NULL;
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LEAVE, .text = (char *)"left"), &with);

	if (rc != 0)
		return rc;
	start = now_ms();
	if (says_something) {
		int sent = trees_streams_play_send(with, TREES_ITEM(.text = (char *)"yo"));

		EXPECT(sent == 0 || sent == ACTOR_END_OF_STREAM); /* it knows already */
	}
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_streams_play_close_send(with), 0);
	rc = trees_streams_play_close(with, 0, &outcome);
	EXPECT(now_ms() - start < 500 + LOAD_MS);
	if (rc == 0)
		EXPECT_TEXT(outcome->text, "left");
	return rc;
}

static int
be_left_twice(struct trees_streams streams)
{
	int rc = be_left(streams, false);

	return rc == 0 ? be_left(streams, true) : rc;
}

/* shows: ST-05 */
static int
an_endpoint_that_returns_at_once_ends_the_stream(void)
{
	return with_streamer(be_left_twice);
}

static int
close_and_send(struct trees_streams streams)
{
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__REPEAT), &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_streams_play_send(with, PING), 0);
	EXPECT_CODE(trees_streams_play_close_send(with), 0);
	EXPECT_CODE(trees_streams_play_close_send(with), 0);
	EXPECT_CODE(trees_streams_play_send(with, PING), ACTOR_ECLOSED);
	EXPECT_CODE(trees_streams_play_receive(with, &item), 0); /* the other direction is another thing */
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_streams_play_send(with, PING), ACTOR_ECLOSED);
	rc = trees_streams_play_close(with, 0, NULL);
	EXPECT_CODE(trees_streams_play_send(with, PING), ACTOR_ECLOSED);
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_ECLOSED);
	EXPECT_CODE(trees_streams_play_close_send(with), ACTOR_ECLOSED);
	EXPECT_CODE(trees_streams_play_close(with, 0, NULL), ACTOR_ECLOSED);
	return rc;
}

/* shows: ST-06, ST-07, ST-09 */
static int
a_stream_closes_once_and_for_all(void)
{
	return with_streamer(close_and_send);
}

static int
send_behind_its_end(struct trees_streams streams)
{
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LEAVE), &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_streams_play_wait(with, NULL), 0);
	EXPECT_CODE(trees_streams_play_send(with, PING), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_END_OF_STREAM);
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: ST-07 */
static int
who_sends_to_an_endpoint_that_has_returned_is_told(void)
{
	return with_streamer(send_behind_its_end);
}

struct outsider {
	dialog with;
	bool may_go, is_done;
	int sent, received;
};

/* Outside of the context's scope, so that nothing but the stream tells it. */
static int
use_from_outside(void *argument)
{
	struct outsider *self = argument;
	Trees__Item *item;
	int rc = 0;

	while (rc == 0 && !self->may_go)
		rc = actor_sleep_ms(1);
	self->received = trees_streams_play_receive(self->with, &item);
	self->sent = trees_streams_play_send(self->with, PING);
	self->is_done = true;
	return rc;
}

static int
learn_of_an_error(struct trees_streams streams)
{
	struct outsider outsider = { .may_go = false };
	struct actor_nursery *tasks;
	Trees__Item *item;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_start(tasks, use_from_outside, &outsider);
	if (rc == 0)
		rc = open_play(streams, TREES_COURSE(.part = TREES__PART__FAIL_IN_TIME, .count = 1), &outsider.with);
	if (rc != 0)
		return actor_nursery_close(tasks, rc);
	EXPECT_CODE(trees_streams_play_receive(outsider.with, &item), 0);
	EXPECT_CODE(trees_streams_play_receive(outsider.with, &item), ACTOR_END_OF_STREAM);
	EXPECT_CODE(trees_streams_play_close_send(outsider.with), 0);
	trace("go");
	EXPECT_CODE(trees_streams_play_wait(outsider.with, NULL), ACTOR_ERAISED);
	EXPECT_CODE(trees_streams_play_receive(outsider.with, &item), ACTOR_ERAISED);
	EXPECT_CODE(trees_streams_play_send(outsider.with, PING), ACTOR_ERAISED);
	outsider.may_go = true;
	{
		ACTOR_SCOPE(shield, .shield_ms = PATIENCE_MS);
		AWAIT(outsider.is_done);
	}
	EXPECT_CODE(trees_streams_play_close(outsider.with, 0, NULL), ACTOR_ERAISED);
	rc = actor_nursery_close(tasks, 0);
	EXPECT_CODE(outsider.received, ACTOR_ERAISED);
	EXPECT_CODE(outsider.sent, ACTOR_ERAISED);
	return rc;
}

/* shows: ST-07, ST-11 */
static int
a_remote_error_wins_over_every_end_of_the_stream(void)
{
	return with_streamer(learn_of_an_error);
}

static int
send_too_late(struct trees_streams streams)
{
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LEAVE, .waits = true), &with);

	if (rc != 0)
		return rc;
	trace("go");
	trace_block_until("played"); /* so that this actor does not hear of it */
	EXPECT_CODE(trees_streams_play_send(with, PING), 0);
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_END_OF_STREAM);
	rc = trees_streams_play_close(with, 0, NULL);
	EXPECT(is_awake(streams));
	return rc;
}

/* shows: ST-08, robustness: F2 */
static int
what_is_sent_while_the_end_is_on_its_way_is_dropped(void)
{
	return with_streamer(send_too_late);
}

static int
stream_after_cancel(struct trees_streams streams)
{
	struct actor_context_report report;
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LINGER_ON), &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	rc = actor_context_inspect(with.context, &report);
	EXPECT(report.cancel_called && report.cancel_acked && !report.has_outcome);
	EXPECT_CODE(trees_streams_play_send(with, PING), ACTOR_ECLOSED);
	trace("go");
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_ECANCELED);
	EXPECT_CODE(trees_streams_play_send(with, PING), ACTOR_ECANCELED);
	EXPECT_CODE(trees_streams_play_wait(with, NULL), ACTOR_NO_RESULT);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: ST-10 */
static int
who_has_cancelled_streams_no_more(void)
{
	return with_streamer(stream_after_cancel);
}

static int
fail_both_ways(struct trees_streams streams)
{
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__FAIL_LATE, .count = 1), &with);

	if (rc != 0)
		return rc;
	rc = give_items(with, 1, 0);
	EXPECT_CODE(rc, 0);
	EXPECT_CODE(trees_streams_play_receive(with, &item), ACTOR_ERAISED);
	EXPECT_CODE(trees_streams_play_close(with, ACTOR_ERAISED, NULL), ACTOR_ERAISED);
	rc = open_play(streams, TREES_COURSE(.part = TREES__PART__TAKE), &with);
	if (rc != 0)
		return rc;
	rc = give_items(with, 1, 0);
	EXPECT_CODE(rc, 0);
	rc = trees_streams_play_close(with, actor_fail(ACTOR_EINVAL, "the opener fails"), NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_INT(trace_count("played rc=1001"), 1);
	return 0;
}

/* shows: ST-12 */
static int
an_end_by_an_error_is_not_taken_for_the_end_of_the_stream(void)
{
	return with_streamer(fail_both_ways);
}

/* ---- several readers, several streams ---- */

struct counter {
	struct trees_streams streams;
	bool *seen;
	int64_t count;
};

static int
add_else_remove(void *argument)
{
	struct counter *self = argument;
	struct trees_streams_count_stream stream;
	int rc = trees_streams_count_open(self->streams, TREES_COURSE(.count = self->count), NULL, &stream);

	if (rc != 0)
		return rc;
	while (rc == 0) {
		ACTOR_OWNED(Trees__Item, item);

		rc = trees_streams_count_next(stream, &item);
		if (rc == 0)
			self->seen[item->number] = !self->seen[item->number];
	}
	return trees_streams_count_close(stream, rc == ACTOR_END_OF_STREAM ? 0 : rc);
}

static int
count_twice(struct trees_streams streams)
{
	bool seen[1000] = { false };
	struct counter counter = { streams, seen, 1000 };
	struct actor_nursery *tasks;
	int left = 0, rc = actor_nursery_open(&tasks);

	for (int i = 0; rc == 0 && i < 2; i++)
		rc = actor_nursery_start(tasks, add_else_remove, &counter);
	rc = actor_nursery_close(tasks, rc);
	for (size_t i = 0; i < ACTOR_COUNT(seen); i++)
		left += seen[i];
	EXPECT_INT(left, 0);
	EXPECT_INT(trace_count("counted"), 2);
	return rc;
}

/* shows: ST-14 */
static int
two_streams_of_one_generator_are_two(void)
{
	return with_streamer(count_twice);
}

static int
end_a_writer(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE_UNTIL_DONE, .count = 10000, .ms = 1), &with);

	if (rc != 0)
		return rc;
	for (int i = 0; rc == 0 && i < 5; i++)
		rc = trees_streams_play_receive(with, &item);
	if (rc == 0)
		rc = trees_streams_play_send(with, TREES_ITEM(.text = (char *)"done"));
	while (rc == 0)
		rc = trees_streams_play_receive(with, &item);
	EXPECT_CODE(rc, ACTOR_END_OF_STREAM);
	rc = trees_streams_play_close(with, rc == ACTOR_END_OF_STREAM ? 0 : rc, &outcome);
	if (rc == 0) {
		EXPECT_CODE(outcome->code, ACTOR_ECLOSED);
		EXPECT(outcome->given >= 5 && outcome->given < 10000);
	}
	return rc;
}

/* shows: ST-15 */
static int
a_writer_learns_that_a_reader_has_closed_its_stream(void)
{
	return with_streamer(end_a_writer);
}

struct restarted {
	struct trees_streams_count_stream stream;
	struct actor_nursery *nursery;
	int64_t next;
	bool is_over;
};

static int
take_until_even(void *argument)
{
	struct restarted *self = argument;
	int rc = 0;

	while (rc == 0) {
		Trees__Item *item;

		rc = trees_streams_count_next(self->stream, &item);
		if (rc != 0)
			break;
		EXPECT(is_numbered(item, self->next));
		if (self->next++ % 2 == 0)
			actor_nursery_cancel(self->nursery);
	}
	self->is_over = rc == ACTOR_END_OF_STREAM;
	return rc > 0 ? 0 : rc;
}

static int
restart_a_consumer(struct trees_streams streams)
{
	struct restarted self = { .next = 0 };
	int rc = trees_streams_count_open(streams, TREES_COURSE(.count = 11, .ms = 1), NULL, &self.stream);

	if (rc != 0)
		return rc;
	while (rc == 0 && !self.is_over) {
		rc = actor_nursery_open(&self.nursery);
		if (rc == 0)
			rc = actor_nursery_start(self.nursery, take_until_even, &self);
		rc = actor_nursery_close(self.nursery, rc);
	}
	EXPECT_INT(self.next, 11);
	return trees_streams_count_close(self.stream, rc);
}

static int
hurry_a_consumer(struct trees_streams streams)
{
	struct trees_streams_count_stream stream;
	int64_t next = 0;
	int rc = trees_streams_count_open(streams, TREES_COURSE(.count = 11, .ms = 3), NULL, &stream);

	if (rc != 0)
		return rc;
	while (rc == 0) {
		Trees__Item *item = NULL;
		int fired;

		ACTOR_SCOPE(limit, .timeout_ms = 1);
		rc = trees_streams_count_next(stream, &item);
		if (rc == 0)
			EXPECT(is_numbered(item, next++));
		rc = actor_scope_close(&limit, rc, &fired);
	}
	EXPECT_CODE(rc, ACTOR_END_OF_STREAM);
	EXPECT_INT(next, 11);
	return trees_streams_count_close(stream, rc == ACTOR_END_OF_STREAM ? 0 : rc);
}

static int
disturb_consumers(struct trees_streams streams)
{
	int rc = restart_a_consumer(streams);

	return rc == 0 ? hurry_a_consumer(streams) : rc;
}

/* shows: ST-16 */
static int
a_cancelled_consumer_takes_nothing_with_it(void)
{
	return with_streamer(disturb_consumers);
}

static int
receive_many(struct trees_streams streams)
{
	Trees__Outcome taken;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 5000, .size = 100), &with);

	if (rc != 0)
		return rc;
	rc = take_items(with, 0, &taken);
	EXPECT_INT(taken.taken, 5000);
	EXPECT(!taken.mixed_up);
	EXPECT_CODE(taken.code, ACTOR_END_OF_STREAM);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: ST-17 */
static int
items_arrive_in_the_order_in_which_they_were_sent(void)
{
	return with_streamer(receive_many);
}

static int
receive_without_waiting(struct trees_streams streams)
{
	Trees__Item *item = NULL;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 2, .waits = true), &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_streams_play_try_receive(with, &item), ACTOR_WOULD_BLOCK);
	EXPECT_CODE(trees_streams_play_try_receive(with, &item), ACTOR_WOULD_BLOCK);
	EXPECT(item == NULL);
	trace("go");
	AWAIT(strcmp(state_of(with.context), "returned") == 0);
	for (int i = 0; i < 2; i++) {
		EXPECT_CODE(trees_streams_play_try_receive(with, &item), 0);
		EXPECT(is_numbered(item, i));
	}
	EXPECT_CODE(trees_streams_play_try_receive(with, &item), ACTOR_END_OF_STREAM);
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: ST-18 */
static int
a_receive_that_does_not_wait_says_whether_there_is_something(void)
{
	return with_streamer(receive_without_waiting);
}

struct reader {
	dialog with;
	int waiting, ended;
};

static int
read_to_the_end(void *argument)
{
	struct reader *self = argument;
	Trees__Item *item;

	self->waiting++;
	self->ended += trees_streams_play_receive(self->with, &item) == ACTOR_END_OF_STREAM;
	return 0;
}

static int
read_in_crowd(struct trees_streams streams)
{
	struct reader reader = { .waiting = 0 };
	struct actor_nursery *tasks;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LEAVE, .waits = true), &reader.with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	for (int i = 0; rc == 0 && i < 5; i++)
		rc = actor_nursery_start(tasks, read_to_the_end, &reader);
	AWAIT(reader.waiting == 5);
	trace("go");
	rc = actor_nursery_close(tasks, rc);
	EXPECT_INT(reader.ended, 5);
	return trees_streams_play_close(reader.with, rc, NULL);
}

/* shows: ST-28 */
static int
all_readers_of_a_stream_see_its_end(void)
{
	return with_streamer(read_in_crowd);
}

static int
send_to_who_does_not_receive(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__TAKE, .waits = true), &with);

	if (rc != 0)
		return rc;
	rc = give_items(with, 64, 10);
	EXPECT_CODE(trees_streams_play_close_send(with), 0);
	trace("go");
	rc = trees_streams_play_close(with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 64);
		EXPECT(!outcome->mixed_up);
	}
	if (rc == 0)
		rc = open_play(streams, TREES_COURSE(.part = TREES__PART__STAY), &with);
	if (rc != 0)
		return rc;
	rc = give_items(with, 64, 10);
	EXPECT_CODE(trees_streams_play_close_send(with), 0);
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: ST-27 */
static int
what_nobody_receives_yet_waits_in_the_window(void)
{
	return with_streamer(send_to_who_does_not_receive);
}

/* ---- generators ---- */

static int
take_some(struct trees_streams streams, int64_t wanted, int64_t count)
{
	struct trees_streams_count_stream stream;
	Trees__Item *item;
	int rc = trees_streams_count_open(streams, TREES_COURSE(.count = count, .stays = true), NULL, &stream);

	if (rc != 0)
		return rc;
	for (int64_t i = 0; rc == 0 && i < wanted; i++) {
		rc = trees_streams_count_next(stream, &item);
		if (rc == 0 && !is_numbered(item, i))
			rc = actor_fail(ACTOR_ERAISED, "%lld is mixed up", (long long)i);
	}
	rc = trees_streams_count_close(stream, rc);
	EXPECT_INT(trace_count("count ended rc="), 1);
	if (rc == 0)
		EXPECT_CODE(trees_streams_count_next(stream, &item), ACTOR_ECLOSED);
	return rc;
}

static int
take_ten(struct trees_streams streams)
{
	return take_some(streams, 10, 10);
}

static int
take_fifty_one(struct trees_streams streams)
{
	return take_some(streams, 51, 0);
}

/* shows: ST-19 */
static int
a_generator_that_waits_is_cancelled_by_its_consumer(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(take_ten);

	EXPECT(now_ms() - start < 5000);
	return rc;
}

/* shows: ST-20 */
static int
an_endless_generator_ends_with_its_consumer(void)
{
	return with_streamer(take_fifty_one);
}

static int
take_for_a_while(struct trees_streams streams)
{
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = 200);
	rc = take_some(streams, INT64_MAX, 0);
	rc = actor_scope_close(&limit, rc, &fired);
	EXPECT(fired);
	return rc;
}

/* shows: ST-24 */
static int
a_consumer_s_scope_ends_an_endless_generator(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(take_for_a_while);

	EXPECT(now_ms() - start < 4000);
	return rc;
}

static int
confuse_kinds(struct trees_streams streams)
{
	struct actor_bytes none = { 0 };

	EXPECT_CODE(actor_portal_run_from_ns(streams.portal, "trees.Streams", "Count", none, NULL), ACTOR_EKIND);
	EXPECT_CODE(actor_portal_run_from_ns(streams.portal, "trees.Streams", "Play", none, NULL), ACTOR_EKIND);
	EXPECT_INT(trace_count("play"), 0);
	EXPECT_INT(trace_count("count"), 0);
	return 0;
}

/* What is typed does not compile.  shows: ST-21 */
static int
an_endpoint_of_another_kind_does_not_run(void)
{
	return with_streamer(confuse_kinds);
}

/* ---- a pipeline ---- */

static int
aggregate(struct trees_streams streams, const Trees__Course *script, int64_t *ret_count)
{
	struct trees_streams_aggregate_stream stream;
	int rc = trees_streams_aggregate_open(streams, script, NULL, &stream);

	*ret_count = 0;
	if (rc != 0)
		return rc;
	while (rc == 0) {
		Trees__Item *item;

		rc = trees_streams_aggregate_next(stream, &item);
		if (rc == 0)
			EXPECT(is_numbered(item, (*ret_count)++));
	}
	return trees_streams_aggregate_close(stream, rc == ACTOR_END_OF_STREAM ? 0 : rc);
}

static int
aggregate_a_thousand(struct trees_streams streams)
{
	int64_t count;
	int rc = aggregate(streams, TREES_COURSE(.count = 1000), &count);

	EXPECT_INT(count, 1000);
	return rc;
}

/* shows: ST-22 */
static int
an_aggregator_passes_on_what_two_others_stream_in_order(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(aggregate_a_thousand);

	EXPECT(now_ms() - start < 3000 + LOAD_MS);
	return rc;
}

static int
aggregate_for_ever(struct trees_streams streams)
{
	int64_t count;

	return aggregate(streams, TREES_COURSE(.count = 100000, .ms = 1), &count);
}

/* shows: ST-23 */
static int
a_pipeline_goes_when_it_is_cancelled_at_any_time(void)
{
	int rc = 0;

	for (uint64_t ms = 30; rc == 0 && ms <= 480; ms += 90) {
		int fired;

		ACTOR_SCOPE(limit, .timeout_ms = ms);
		rc = with_streamer(aggregate_for_ever);
		EXPECT_CODE(rc, ACTOR_EDEADLINE);
		rc = actor_scope_close(&limit, rc, &fired);
		EXPECT(fired && !has_children());
	}
	EXPECT_INT(trace_count("counted"), 0);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(the_opener_may_stop_before_it_has_received_every_answer),
		CHECK(ten_rounds_and_then_the_end_of_the_stream),
		CHECK(two_dialogs_share_one_stream),
		CHECK(after_the_end_every_receive_says_so_and_that_is_no_failure),
		CHECK(an_endpoint_that_returns_at_once_ends_the_stream),
		CHECK(a_stream_closes_once_and_for_all),
		CHECK(who_sends_to_an_endpoint_that_has_returned_is_told),
		CHECK(a_remote_error_wins_over_every_end_of_the_stream),
		CHECK(what_is_sent_while_the_end_is_on_its_way_is_dropped),
		CHECK(who_has_cancelled_streams_no_more),
		CHECK(an_end_by_an_error_is_not_taken_for_the_end_of_the_stream),
		CHECK(two_streams_of_one_generator_are_two),
		CHECK(a_writer_learns_that_a_reader_has_closed_its_stream),
		CHECK(a_cancelled_consumer_takes_nothing_with_it),
		CHECK(items_arrive_in_the_order_in_which_they_were_sent),
		CHECK(a_receive_that_does_not_wait_says_whether_there_is_something),
		CHECK(all_readers_of_a_stream_see_its_end),
		CHECK(what_nobody_receives_yet_waits_in_the_window),
		CHECK(a_generator_that_waits_is_cancelled_by_its_consumer),
		CHECK(an_endless_generator_ends_with_its_consumer),
		CHECK(a_consumer_s_scope_ends_an_endless_generator),
		CHECK(an_endpoint_of_another_kind_does_not_run),
		CHECK(an_aggregator_passes_on_what_two_others_stream_in_order),
		CHECK(a_pipeline_goes_when_it_is_cancelled_at_any_time),
	};

	return streamer_main(argc, argv, checks, ACTOR_COUNT(checks), streamer_alone);
}
