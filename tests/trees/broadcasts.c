/* SPDX-License-Identifier: BSD-2-Clause */
/* One stream, several receivers in the actor: each gets all of it, at its own pace, unless that is too slow. */
#include "streamer.h"

#include <stdio.h>
#include <string.h>

#define LOAD_MS 3000 /* what a loaded machine may add */

typedef struct trees_streams_play_dialog dialog;

/* One of the receivers: by a subscription, or the stream's own. */
struct receiver {
	dialog with;
	struct trees_streams_play_subscription subscription;
	bool is_own;
	int64_t taken, lost;
	int lags;
	int code; /* what ended it */
	bool is_mixed_up, is_waiting;
};

static int
receive(struct receiver *self, Trees__Item **ret_item)
{
	return self->is_own ? trees_streams_play_receive(self->with, ret_item)
	                    : trees_streams_play_subscription_receive(self->subscription, ret_item);
}

static uint64_t
lagged(const struct receiver *self)
{
	return self->is_own ? actor_context_lagged(self->with.context)
	                    : actor_subscription_lagged(self->subscription.subscription);
}

/* 0, also where some were lost: those are counted. */
static int
receive_next(struct receiver *self)
{
	Trees__Item *item = NULL;

	self->is_waiting = true;
	self->code = receive(self, &item);
	self->is_waiting = false;
	if (self->code == ACTOR_LAGGED) {
		self->lags++;
		self->lost += (int64_t)lagged(self);
		return 0;
	}
	if (self->code == 0) {
		self->is_mixed_up |= !is_numbered(item, self->taken + self->lost);
		self->taken++;
	}
	return self->code;
}

static int
receive_all(void *argument)
{
	while (receive_next(argument) == 0)
		continue;
	return 0; /* `code` tells */
}

static int
open_play(struct trees_streams streams, const Trees__Course *script, uint32_t window, dialog *ret_dialog)
{
	const struct actor_context_options options = { .window_messages = window };

	return trees_streams_play_open(streams, script, &options, NULL, ret_dialog);
}

/* The first is the stream's own. */
static int
subscribe_all(dialog with, struct receiver *receivers, size_t count)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		receivers[i] = (struct receiver){ .with = with, .is_own = i == 0 };
		if (i > 0)
			rc = trees_streams_play_subscribe(with, &receivers[i].subscription);
	}
	return rc;
}

static int
start_all(struct actor_nursery *tasks, struct receiver *receivers, size_t count)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = actor_nursery_start(tasks, receive_all, &receivers[i]);
	return rc;
}

static bool
all_wait(const struct receiver *receivers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!receivers[i].is_waiting)
			return false;
	return true;
}

/* ---- copies ---- */

static int
fan_out(struct trees_streams streams)
{
	struct receiver receivers[11];
	struct actor_nursery *tasks;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 1000, .size = 10), 0, &with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc == 0)
		rc = start_all(tasks, receivers, ACTOR_COUNT(receivers));
	rc = actor_nursery_close(tasks, rc);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(receivers); i++) {
		EXPECT_INT(receivers[i].taken, 1000);
		EXPECT_INT(receivers[i].lost, 0);
		EXPECT(!receivers[i].is_mixed_up);
		EXPECT_CODE(receivers[i].code, ACTOR_END_OF_STREAM);
	}
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: BC-01 */
static int
each_subscription_gets_a_copy_of_each_item(void)
{
	return with_streamer(fan_out);
}

struct sharer {
	struct trees_streams_count_subscription subscription;
	int64_t taken;
};

static int
share_a_generator(void *argument)
{
	struct sharer *self = argument;
	Trees__Item *item;
	int rc = 0;

	while (rc == 0) {
		rc = trees_streams_count_subscription_receive(self->subscription, &item);
		if (rc == 0)
			self->taken += is_numbered(item, self->taken);
	}
	return rc > 0 ? 0 : rc;
}

static int
fan_out_a_generator(struct trees_streams streams)
{
	struct trees_streams_count_stream stream;
	struct sharer sharers[3] = { { .taken = 0 } };
	struct actor_nursery *tasks;
	int rc = trees_streams_count_open(streams, TREES_COURSE(.count = 500), NULL, &stream);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(sharers); i++)
		rc = trees_streams_count_subscribe(stream, &sharers[i].subscription);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(sharers); i++)
		rc = actor_nursery_start(tasks, share_a_generator, &sharers[i]);
	rc = actor_nursery_close(tasks, rc);
	for (size_t i = 0; i < ACTOR_COUNT(sharers); i++)
		EXPECT_INT(sharers[i].taken, 500);
	return trees_streams_count_close(stream, rc);
}

/* shows: BC-01 */
static int
a_generator_may_have_several_consumers(void)
{
	return with_streamer(fan_out_a_generator);
}

static int
fan_out_in_the_endpoint(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__TAKE_TWICE), 0, &with);

	if (rc != 0)
		return rc;
	rc = give_items(with, 500, 10);
	rc = trees_streams_play_close(with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 1000);
		EXPECT(!outcome->mixed_up);
	}
	return rc;
}

/* shows: BC-01 */
static int
an_endpoint_may_have_several_receivers(void)
{
	return with_streamer(fan_out_in_the_endpoint);
}

static int
end_an_endless_stream(struct trees_streams streams)
{
	struct receiver receivers[23];
	struct actor_nursery *tasks;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE_UNTIL_DONE, .ms = 1), 0, &with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc == 0)
		rc = start_all(tasks, receivers + 1, ACTOR_COUNT(receivers) - 1);
	if (rc == 0)
		rc = actor_sleep_ms(200);
	if (rc == 0)
		rc = trees_streams_play_send(with, TREES_ITEM(.text = (char *)"done"));
	rc = actor_nursery_close(tasks, rc);
	EXPECT(receivers[1].taken > 0);
	for (size_t i = 1; i < ACTOR_COUNT(receivers); i++) {
		EXPECT_INT(receivers[i].taken, receivers[1].taken);
		EXPECT_INT(receivers[i].lost, 0);
		EXPECT_CODE(receivers[i].code, ACTOR_END_OF_STREAM);
	}
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: BC-02 */
static int
subscribers_of_an_endless_stream_end_together(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(end_an_endless_stream);

	EXPECT(now_ms() - start < 3000 + LOAD_MS);
	return rc;
}

static int
subscribe_late(struct trees_streams streams)
{
	struct receiver receivers[3];
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 9), 0, &with);

	if (rc == 0)
		rc = subscribe_all(with, receivers, 2);
	if (rc != 0)
		return rc;
	for (int i = 0; i < 3; i++)
		EXPECT_CODE(receive_next(&receivers[0]), 0);
	receivers[2] = (struct receiver){ .with = with, .taken = 3 };
	EXPECT_CODE(trees_streams_play_subscribe(with, &receivers[2].subscription), 0);
	for (int i = 0; i < 2; i++)
		EXPECT_CODE(receive_next(&receivers[2]), 0); /* the third, and on */
	for (int i = 0; i < 6; i++)
		EXPECT_CODE(receive_next(&receivers[1]), 0);
	actor_subscription_close(receivers[1].subscription.subscription);
	actor_subscription_close(receivers[2].subscription.subscription);
	actor_subscription_close(receivers[2].subscription.subscription);
	EXPECT_CODE(receive_next(&receivers[2]), ACTOR_ECLOSED);
	EXPECT_INT(lagged(&receivers[2]), 0);
	while (receive_next(&receivers[0]) == 0)
		continue;
	EXPECT_INT(receivers[0].taken, 9);
	for (size_t i = 0; i < ACTOR_COUNT(receivers); i++)
		EXPECT(!receivers[i].is_mixed_up);
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: BC-03, BC-09 */
static int
the_stream_s_own_receive_is_one_of_them_from_then_on(void)
{
	return with_streamer(subscribe_late);
}

static int
subscribe_to_what_is_over(struct trees_streams streams)
{
	struct receiver receiver = { .taken = 0 };
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__LEAVE), 0, &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_streams_play_subscribe(with, &receiver.subscription), 0);
	EXPECT_CODE(receive_next(&receiver), ACTOR_END_OF_STREAM);
	EXPECT_CODE(receive_next(&receiver), ACTOR_END_OF_STREAM);
	rc = trees_streams_play_close(with, 0, NULL);
	EXPECT_CODE(receive_next(&receiver), ACTOR_ECLOSED);
	EXPECT_CODE(trees_streams_play_subscribe(with, &receiver.subscription), ACTOR_ECLOSED);
	return rc;
}

/* shows: BC-09 */
static int
nobody_subscribes_to_a_context_that_has_closed(void)
{
	return with_streamer(subscribe_to_what_is_over);
}

static int
send_from_subscribers(struct trees_streams streams)
{
	struct receiver receivers[3];
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__REPEAT), 0, &with);

	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc != 0)
		return rc;
	for (int64_t i = 0; i < 20; i++) {
		EXPECT_CODE(trees_streams_play_send(receivers[i % 3].with, numbered(i, 1)), 0);
		for (size_t k = 0; k < ACTOR_COUNT(receivers); k++)
			EXPECT(receive(&receivers[k], &item) == 0 && is_numbered(item, i));
	}
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: BC-12 */
static int
a_subscriber_sends_by_the_context_s_handle(void)
{
	return with_streamer(send_from_subscribers);
}

/* ---- who is too slow ---- */

static int
lag_behind(struct trees_streams streams, bool own_is_slow)
{
	struct receiver receivers[2], *fast = &receivers[own_is_slow], *slow = &receivers[!own_is_slow];
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 10), 4, &with);

	if (rc == 0)
		rc = subscribe_all(with, receivers, 2);
	if (rc != 0)
		return rc;
	while (receive_next(fast) == 0)
		continue;
	EXPECT_INT(fast->taken, 10);
	EXPECT_INT(fast->lost, 0);
	EXPECT_CODE(receive_next(slow), 0);
	EXPECT_CODE(slow->code, ACTOR_LAGGED);
	EXPECT_INT(lagged(slow), 6);
	while (receive_next(slow) == 0)
		continue;
	EXPECT_INT(slow->taken, 4);
	EXPECT_INT(slow->lags, 1);
	EXPECT(!slow->is_mixed_up && !fast->is_mixed_up);
	EXPECT_INT(lagged(slow), 6);
	EXPECT_INT(lagged(fast), 0);
	return trees_streams_play_close(with, 0, NULL);
}

static int
lag_on_either_side(struct trees_streams streams)
{
	int rc = lag_behind(streams, false);

	return rc == 0 ? lag_behind(streams, true) : rc;
}

/* shows: BC-04, BC-10 */
static int
who_lags_is_told_how_much_and_goes_on_with_the_oldest_that_is_kept(void)
{
	return with_streamer(lag_on_either_side);
}

/* Always more than a window behind the other one. */
struct laggard {
	struct receiver receiver;
	const struct receiver *fast;
	int patience; /* so many lags; 0: any number */
};

static int
fall_behind(const struct laggard *self)
{
	int rc = 0;

	while (rc == 0 && self->fast->code == 0 && self->fast->taken <= self->receiver.taken + self->receiver.lost + 20)
		rc = actor_sleep_ms(1);
	return rc;
}

static int
receive_slowly(void *argument)
{
	struct laggard *self = argument;
	int rc = 0;

	while (rc == 0 && (self->patience == 0 || self->receiver.lags < self->patience)) {
		rc = fall_behind(self);
		if (rc == 0)
			rc = receive_next(&self->receiver);
	}
	return rc > 0 ? 0 : rc;
}

static int
go_at_two_paces(struct trees_streams streams, bool own_is_slow)
{
	struct receiver receivers[2], *fast = &receivers[own_is_slow];
	struct laggard slow;
	struct actor_nursery *tasks;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 300), 16, &with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = subscribe_all(with, receivers, 2);
	slow = (struct laggard){ .receiver = receivers[!own_is_slow], .fast = fast };
	if (rc == 0)
		rc = actor_nursery_start(tasks, receive_slowly, &slow);
	if (rc == 0)
		rc = actor_nursery_start(tasks, receive_all, fast);
	rc = actor_nursery_close(tasks, rc);
	EXPECT_INT(fast->taken, 300);
	EXPECT_INT(fast->lags, 0);
	EXPECT(slow.receiver.lags >= 1);
	EXPECT_INT(slow.receiver.taken + slow.receiver.lost, 300);
	EXPECT(!slow.receiver.is_mixed_up && !fast->is_mixed_up);
	return trees_streams_play_close(with, rc, NULL);
}

static int
go_at_two_paces_each_way(struct trees_streams streams)
{
	int rc = go_at_two_paces(streams, false);

	return rc == 0 ? go_at_two_paces(streams, true) : rc;
}

/* shows: BC-05, BC-06 */
static int
the_fastest_sets_the_pace_and_loses_nothing(void)
{
	return with_streamer(go_at_two_paces_each_way);
}

static int
lose_patience(struct trees_streams streams)
{
	struct receiver receivers[5];
	struct laggard laggards[4];
	struct actor_nursery *tasks, *fast;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE), 8, &with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&fast);
	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(laggards); i++) {
		laggards[i] = (struct laggard){ receivers[i + 1], &receivers[0], 4 };
		rc = actor_nursery_start(tasks, receive_slowly, &laggards[i]);
	}
	if (rc == 0)
		rc = actor_nursery_start(fast, receive_all, &receivers[0]);
	rc = actor_nursery_close(tasks, rc);
	rc = end_nursery(fast, rc);
	for (size_t i = 0; i < ACTOR_COUNT(laggards); i++) {
		EXPECT_INT(laggards[i].receiver.lags, 4);
		EXPECT(!laggards[i].receiver.is_mixed_up);
	}
	EXPECT_INT(receivers[0].lags, 0);
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: BC-13 */
static int
laggards_may_give_up_one_by_one(void)
{
	return with_streamer(lose_patience);
}

static int
drop_for_all(struct trees_streams streams)
{
	const struct actor_context_options options = { .window_messages = 10, .overrun = ACTOR_OVERRUN_DROP };
	struct receiver receivers[3];
	dialog with;
	int rc = trees_streams_play_open(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 100), &options, NULL,
	                                 &with);

	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc != 0)
		return rc;
	AWAIT(strcmp(state_of(with.context), "returned") == 0);
	for (size_t i = 0; i < ACTOR_COUNT(receivers); i++) {
		while (receive_next(&receivers[i]) == 0)
			continue;
		EXPECT_INT(receivers[i].taken, 10);
		EXPECT_INT(receivers[i].lost, 90);
		EXPECT_CODE(receivers[i].code, ACTOR_END_OF_STREAM);
	}
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: BP-08 */
static int
what_the_sender_has_dropped_all_of_them_are_told(void)
{
	return with_streamer(drop_for_all);
}

/* ---- ends ---- */

static int
cancel_the_fast_one(struct trees_streams streams)
{
	struct receiver receivers[3];
	uint64_t start;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 1000), 0, &with);

	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc != 0)
		return rc;
	for (int i = 0; i < 20; i++)
		EXPECT_CODE(receive_next(&receivers[1]), 0);
	{
		struct actor_nursery *tasks;

		rc = actor_nursery_open(&tasks);
		actor_nursery_cancel(tasks);
		EXPECT_CODE(receive_next(&receivers[1]), ACTOR_ECANCELED);
		rc = actor_nursery_close(tasks, rc);
	}
	actor_subscription_close(receivers[1].subscription.subscription);
	start = now_ms();
	while (receive_next(&receivers[2]) == 0)
		continue;
	EXPECT_INT(receivers[2].taken, 1000);
	EXPECT(!receivers[2].is_mixed_up);
	EXPECT(now_ms() - start < 500 + LOAD_MS);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: BC-07 */
static int
a_slow_subscriber_goes_on_when_a_faster_one_is_cancelled(void)
{
	return with_streamer(cancel_the_fast_one);
}

static int
cancel_who_waits_first(struct trees_streams streams)
{
	struct receiver receivers[3];
	struct actor_nursery *first, *rest;
	uint64_t start;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 5, .waits = true), 0, &with);

	if (rc == 0)
		rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&rest);
	if (rc == 0)
		rc = actor_nursery_open(&first);
	if (rc == 0)
		rc = start_all(first, receivers, 1);
	AWAIT(all_wait(receivers, 1));
	if (rc == 0)
		rc = start_all(rest, receivers + 1, 2);
	AWAIT(all_wait(receivers, 3));
	rc = end_nursery(first, rc);
	EXPECT_CODE(receivers[0].code, ACTOR_ECANCELED);
	start = now_ms();
	trace("go");
	rc = actor_nursery_close(rest, rc);
	EXPECT(now_ms() - start < 500 + LOAD_MS);
	EXPECT_INT(receivers[1].taken, 5);
	EXPECT_INT(receivers[2].taken, 5);
	return trees_streams_play_close(with, rc, NULL);
}

/* shows: BC-08 */
static int
who_waits_behind_a_cancelled_receiver_gets_the_item(void)
{
	return with_streamer(cancel_who_waits_first);
}

/* The receivers are outside of the context, so that only the stream tells them. */
static int
wake_all(struct trees_streams streams, Trees__Part part, int wanted)
{
	struct receiver receivers[6];
	struct actor_nursery *tasks;
	dialog with;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = open_play(streams, TREES_COURSE(.part = part, .waits = part == TREES__PART__LEAVE), 0, &with);
	if (rc != 0)
		return actor_nursery_close(tasks, rc);
	rc = subscribe_all(with, receivers, ACTOR_COUNT(receivers));
	if (rc == 0)
		rc = start_all(tasks, receivers, ACTOR_COUNT(receivers));
	AWAIT(all_wait(receivers, ACTOR_COUNT(receivers)));
	if (part == TREES__PART__STAY)
		EXPECT_CODE(trees_streams_play_cancel(with), 0);
	trace("go");
	{
		ACTOR_SCOPE(shield, .shield_ms = PATIENCE_MS);
		AWAIT(!receivers[0].is_waiting && !receivers[5].is_waiting);
	}
	rc = trees_streams_play_close(with, rc, NULL);
	EXPECT_CODE(rc, part == TREES__PART__STAY ? 0 : wanted < 0 ? wanted : 0);
	rc = actor_nursery_close(tasks, 0);
	for (size_t i = 0; i < ACTOR_COUNT(receivers); i++)
		EXPECT_CODE(receivers[i].code, wanted);
	trace_clear();
	return rc;
}

static int
wake_all_at_each_end(struct trees_streams streams)
{
	int rc = wake_all(streams, TREES__PART__LEAVE, ACTOR_END_OF_STREAM);

	return rc == 0 ? wake_all(streams, TREES__PART__STAY, ACTOR_ECANCELED) : rc;
}

/* shows: BC-11, ST-28 */
static int
all_who_wait_are_woken_by_the_end(void)
{
	return with_streamer(wake_all_at_each_end);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(each_subscription_gets_a_copy_of_each_item),
		CHECK(a_generator_may_have_several_consumers),
		CHECK(an_endpoint_may_have_several_receivers),
		CHECK(subscribers_of_an_endless_stream_end_together),
		CHECK(the_stream_s_own_receive_is_one_of_them_from_then_on),
		CHECK(nobody_subscribes_to_a_context_that_has_closed),
		CHECK(a_subscriber_sends_by_the_context_s_handle),
		CHECK(who_lags_is_told_how_much_and_goes_on_with_the_oldest_that_is_kept),
		CHECK(the_fastest_sets_the_pace_and_loses_nothing),
		CHECK(laggards_may_give_up_one_by_one),
		CHECK(what_the_sender_has_dropped_all_of_them_are_told),
		CHECK(a_slow_subscriber_goes_on_when_a_faster_one_is_cancelled),
		CHECK(who_waits_behind_a_cancelled_receiver_gets_the_item),
		CHECK(all_who_wait_are_woken_by_the_end),
	};

	return streamer_main(argc, argv, checks, ACTOR_COUNT(checks), streamer_alone);
}
