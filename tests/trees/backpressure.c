/* SPDX-License-Identifier: BSD-2-Clause */
/* Who sends more than the other side takes: that he waits, or fails, or drops; and that nobody else notices. */
#include "streamer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define WINDOW 64
#define LOAD_MS 3000 /* what a loaded machine may add */

typedef struct trees_streams_play_dialog dialog;

static int
open_play(struct trees_streams streams, const Trees__Course *script, dialog *ret_dialog)
{
	return trees_streams_play_open(streams, script, NULL, NULL, ret_dialog);
}

/* As a sender that waits for longer than this. */
static bool
would_wait(dialog with)
{
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = 30);
	rc = trees_streams_play_send(with, numbered(0, 0));
	return actor_scope_close(&limit, rc, &fired) == 0 && fired && rc == ACTOR_EDEADLINE;
}

static struct actor_context_report
report_of(dialog with)
{
	struct actor_context_report report = { .code = -1 };

	EXPECT_CODE(actor_context_inspect(with.context, &report), 0);
	return report;
}

/* ---- the window ---- */

static int
fill(struct trees_streams streams, const Trees__Course *script, int64_t count, size_t size)
{
	dialog with;
	int rc = open_play(streams, script, &with);

	if (rc != 0)
		return rc;
	rc = give_items(with, count, size);
	EXPECT(would_wait(with));
	EXPECT_CODE(actor_context_configure(with.context, &(struct actor_context_options){ .window_messages = 1 }),
	            ACTOR_EINVAL);
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	return trees_streams_play_close(with, rc, NULL);
}

static int
fill_windows(struct trees_streams streams)
{
	int rc = fill(streams, TREES_COURSE(.part = TREES__PART__STAY), WINDOW, 0);

	if (rc == 0)
		rc = fill(streams, TREES_COURSE(.part = TREES__PART__STAY, .window_messages = 3), 3, 0);
	if (rc == 0) /* the last one may exceed it */
		rc = fill(streams, TREES_COURSE(.part = TREES__PART__STAY, .window_bytes = 1000), 2, 900);
	return rc;
}

/* shows: BP-01, BP-12, BP-15, robustness: F14 */
static int
a_sender_waits_when_the_window_is_full(void)
{
	return with_streamer(fill_windows);
}

static int
pile_up(struct trees_streams streams)
{
	const struct actor_context_options options = { .window_messages = 680, .overrun = ACTOR_OVERRUN_FAIL };
	Trees__Outcome taken, *outcome = NULL;
	dialog with;
	int rc = trees_streams_play_open(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 680), &options, NULL,
	                                 &with);

	if (rc != 0)
		return rc;
	AWAIT(report_of(with).has_outcome);
	rc = take_items(with, 0, &taken);
	EXPECT_INT(taken.taken, 680);
	EXPECT(!taken.mixed_up);
	rc = trees_streams_play_close(with, rc, &outcome);
	EXPECT(rc != 0 || outcome->given == 680);
	return rc;
}

/* shows: BP-07 */
static int
what_fits_into_the_window_waits_for_a_late_reader(void)
{
	return with_streamer(pile_up);
}

static int
end_with_unread(struct trees_streams streams, int64_t count)
{
	Trees__Outcome taken, *outcome = NULL;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = count), &with);

	if (rc != 0)
		return rc;
	if (count <= WINDOW) {
		AWAIT(report_of(with).has_outcome);
		EXPECT_TEXT(state_of(with.context), "returned");
	}
	rc = take_items(with, 0, &taken);
	EXPECT_INT(taken.taken, count);
	EXPECT_CODE(taken.code, ACTOR_END_OF_STREAM);
	if (rc == 0)
		rc = trees_streams_play_wait(with, &outcome);
	EXPECT(rc != 0 || outcome->given == count);
	return trees_streams_play_close(with, rc, NULL);
}

static int
end_with_full_windows(struct trees_streams streams)
{
	int rc = 0;

	for (int64_t count = WINDOW - 1; rc == 0 && count <= WINDOW + 2; count++)
		rc = end_with_unread(streams, count);
	return rc;
}

/* shows: BP-09, robustness: F23 */
static int
the_end_and_the_result_come_through_a_full_window(void)
{
	return with_streamer(end_with_full_windows);
}

static int
leave_unread(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 1000, .size = 1000), &with);

	if (rc == 0)
		rc = trees_streams_play_close(with, 0, &outcome);
	if (rc == 0)
		EXPECT_INT(outcome->given, 1000);
	return rc;
}

/* shows: BP-13 */
static int
an_opener_may_leave_what_it_has_not_received(void)
{
	return with_streamer(leave_unread);
}

/* ---- a receiver that wants no waiting ---- */

static int
overrun_an_endpoint(struct trees_streams streams)
{
	uint64_t start;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__STAY, .overrun = ACTOR_OVERRUN_FAIL), &with);

	if (rc != 0)
		return rc;
	start = now_ms();
	EXPECT_CODE(give_items(with, WINDOW, 0), 0);
	rc = trees_streams_play_send(with, numbered(WINDOW, 0));
	EXPECT_CODE(rc, ACTOR_EOVERRUN);
	EXPECT_PART(actor_error_message(actor_error_last()), "full window");
	rc = trees_streams_play_close(with, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EOVERRUN);
	EXPECT_TEXT(error_origin(), "here");
	EXPECT(now_ms() - start < 1000 + LOAD_MS);
	return 0;
}

/* shows: BP-02, robustness: F15 */
static int
a_sender_may_fail_instead_of_waiting(void)
{
	return with_streamer(overrun_an_endpoint);
}

static int
overrun_an_opener(struct trees_streams streams)
{
	const struct actor_context_options options = { .overrun = ACTOR_OVERRUN_FAIL };
	uint64_t start;
	dialog with;
	int rc = trees_streams_play_open(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 100, .waits = true),
	                                 &options, NULL, &with);

	if (rc != 0)
		return rc;
	start = now_ms();
	trace("go");
	rc = actor_sleep_ms(PATIENCE_MS);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	rc = trees_streams_play_close(with, rc, NULL);
	EXPECT_CODE(rc, ACTOR_EOVERRUN);
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_TEXT(actor_error_type(actor_error_last()), "ACTOR_EOVERRUN");
	EXPECT_INT(trace_number("part is over"), WINDOW);
	EXPECT(now_ms() - start < 1000 + LOAD_MS);
	return 0;
}

/* shows: BP-03, BP-11 */
static int
an_endpoint_that_overruns_its_opener_fails_and_says_who_it_is(void)
{
	return with_streamer(overrun_an_opener);
}

struct variant {
	bool opener_is_slow, opener_allows, endpoint_allows, is_cancelled;
};

static uint32_t
policy(bool allows)
{
	return allows ? ACTOR_OVERRUN_WAIT : ACTOR_OVERRUN_FAIL;
}

/* 20 items to the slow side, which takes one at a time. */
static int
exchange(const struct variant *variant, dialog with)
{
	Trees__Outcome taken;
	int rc;

	if (!variant->opener_is_slow)
		return give_items(with, 20, 0);
	rc = actor_sleep_ms(5);
	for (int i = 0; rc == 0 && i < 20; i++) {
		rc = take_items(with, 1, &taken);
		if (rc == 0)
			rc = actor_sleep_ms(1);
	}
	return rc;
}

static int
try_variant(struct trees_streams streams, const struct variant *variant)
{
	const Trees__Course *script =
	    TREES_COURSE(.part = variant->opener_is_slow ? TREES__PART__GIVE : TREES__PART__TAKE, .count = 20,
	                 .ms = variant->opener_is_slow ? 0 : 1, .window_messages = 1,
	                 .overrun = policy(variant->endpoint_allows), .stays = variant->is_cancelled,
	                 .text = (char *)"yo");
	const struct actor_context_options options = { .window_messages = 1,
		                                       .overrun = policy(variant->opener_allows) };
	bool slow_one_allows = variant->opener_is_slow ? variant->opener_allows : variant->endpoint_allows;
	Trees__Outcome *outcome = NULL;
	struct actor_context_report report;
	dialog with;
	int rc = trees_streams_play_open(streams, script, &options, NULL, &with);

	if (rc == 0)
		rc = exchange(variant, with);
	if (rc == 0 && variant->is_cancelled) {
		EXPECT_CODE(trees_streams_play_cancel(with), 0);
		EXPECT_CODE(trees_streams_play_wait(with, NULL), ACTOR_NO_RESULT);
		report = report_of(with);
		EXPECT(report.has_canceller && strcmp(report.canceller.name, "root") == 0);
	}
	rc = trees_streams_play_close(with, rc, &outcome);
	EXPECT_CODE(rc, slow_one_allows ? 0 : ACTOR_EOVERRUN);
	if (rc != 0)
		EXPECT_TEXT(error_origin(), variant->opener_is_slow ? "child" : "here");
	else if (!variant->is_cancelled)
		EXPECT_TEXT(outcome->text, "yo");
	else
		EXPECT(outcome == NULL);
	return 0;
}

static int
try_all_variants(struct trees_streams streams)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < 16; i++)
		rc = try_variant(streams, &(struct variant){ (i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0 });
	return rc;
}

/* shows: BP-04, BP-05 */
static int
only_what_the_slow_side_wants_counts(void)
{
	uint64_t start = now_ms();
	int rc = with_streamer(try_all_variants);

	EXPECT(now_ms() - start < 4000 + LOAD_MS);
	return rc;
}

static int
overrun_and_go_on(struct trees_streams streams)
{
	const Trees__Course *script = TREES_COURSE(.part = TREES__PART__TAKE, .count = 1, .waits = true,
	                                           .window_messages = 1, .overrun = ACTOR_OVERRUN_FAIL);
	dialog with;
	int rc = open_play(streams, script, &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(give_items(with, 1, 0), 0);
	EXPECT_CODE(trees_streams_play_send(with, numbered(1, 0)), ACTOR_EOVERRUN);
	trace("go");
	EXPECT_CODE(trees_streams_play_wait(with, NULL), 0);
	rc = trees_streams_play_close(with, 0, NULL);
	if (rc == 0)
		rc = open_play(
		    streams,
		    TREES_COURSE(.part = TREES__PART__STAY, .window_messages = 1, .overrun = ACTOR_OVERRUN_FAIL),
		    &with);
	if (rc != 0)
		return rc;
	EXPECT_CODE(give_items(with, 1, 0), 0);
	EXPECT_CODE(trees_streams_play_send(with, numbered(1, 0)), ACTOR_EOVERRUN);
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	EXPECT_CODE(trees_streams_play_wait(with, NULL), ACTOR_NO_RESULT);
	return trees_streams_play_close(with, 0, NULL);
}

/* shows: BP-10 */
static int
an_overrun_is_the_sender_s_own_to_handle(void)
{
	return with_streamer(overrun_and_go_on);
}

/* ---- a receiver that wants to lose ---- */

static int
drop_behind_the_window(struct trees_streams streams)
{
	const struct actor_context_options options = { .overrun = ACTOR_OVERRUN_DROP };
	Trees__Outcome taken, *outcome = NULL;
	dialog with;
	int rc = trees_streams_play_open(streams, TREES_COURSE(.part = TREES__PART__GIVE, .count = 1000), &options,
	                                 NULL, &with);

	if (rc != 0)
		return rc;
	AWAIT(report_of(with).has_outcome);
	rc = take_items(with, 0, &taken);
	EXPECT_CODE(taken.code, ACTOR_END_OF_STREAM);
	EXPECT_INT(taken.taken, WINDOW);
	EXPECT_INT(taken.lost, 1000 - WINDOW);
	EXPECT(!taken.mixed_up);
	EXPECT_INT(report_of(with).received_lost, 1000 - WINDOW);
	rc = trees_streams_play_close(with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->given, 1000);
		EXPECT_INT(outcome->dropped, 1000 - WINDOW);
	}
	return rc;
}

/* Until one is not dropped. */
static int64_t
send_until_taken(dialog with, int64_t number)
{
	uint64_t before;

	do {
		before = report_of(with).sent_lost;
		EXPECT_CODE(trees_streams_play_send(with, numbered(number++, 0)), 0);
	} while (report_of(with).sent_lost > before && actor_sleep_ms(1) == 0);
	return number;
}

static int
drop_in_the_middle(struct trees_streams streams)
{
	Trees__Outcome *outcome = NULL;
	int64_t number = WINDOW + 10;
	uint64_t dropped;
	dialog with;
	int rc = open_play(
	    streams, TREES_COURSE(.part = TREES__PART__TAKE, .waits = true, .overrun = ACTOR_OVERRUN_DROP), &with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(give_items(with, number, 0), 0);
	EXPECT_INT(report_of(with).sent_lost, 10);
	trace("go");
	for (int i = 0; i < 3; i++)
		number = send_until_taken(with, number);
	dropped = report_of(with).sent_lost;
	rc = trees_streams_play_close(with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->lost, dropped);
		EXPECT_INT(outcome->taken + outcome->lost, number);
		EXPECT(!outcome->mixed_up);
	}
	return rc;
}

static int
drop_at_both_sides(struct trees_streams streams)
{
	int rc = drop_behind_the_window(streams);

	return rc == 0 ? drop_in_the_middle(streams) : rc;
}

/* shows: BP-08 */
static int
both_sides_know_how_much_was_dropped(void)
{
	return with_streamer(drop_at_both_sides);
}

static int
flood(const struct trees_streams_cluster *cluster, dialog *with, size_t *ret_opened, uint64_t until)
{
	int64_t sent = 0;
	int rc = 0;

	for (; rc == 0 && *ret_opened < cluster->cluster.count; *ret_opened += rc == 0)
		rc = open_play(trees_streams_cluster_worker(cluster, *ret_opened),
		               TREES_COURSE(.part = TREES__PART__TAKE, .overrun = ACTOR_OVERRUN_DROP),
		               &with[*ret_opened]);
	for (; rc == 0 && now_ms() < until; sent++) {
		ACTOR_OWNED(const Trees__Item, item);

		item = numbered(sent / (int64_t)cluster->cluster.count, 0);
		rc = trees_streams_play_send(with[(size_t)sent % cluster->cluster.count], item);
		if (rc == 0 && sent % 100 == 0)
			rc = actor_checkpoint(); /* who drops never waits */
	}
	EXPECT(sent > 0);
	return rc;
}

static int
flood_a_cluster(void)
{
	const struct actor_cluster_options options = { .spawn = probe_options(NULL, NULL) };
	struct trees_streams_cluster cluster;
	dialog *with;
	size_t opened = 0;
	int rc = trees_streams_cluster_open(&options, &cluster);

	if (rc != 0)
		return rc;
	with = actor_calloc(cluster.cluster.count, sizeof *with);
	rc = flood(&cluster, with, &opened, now_ms() + 500);
	while (opened > 0) {
		Trees__Outcome *outcome = NULL;

		rc = trees_streams_play_close(with[--opened], rc, &outcome);
		EXPECT(rc != 0 || !outcome->mixed_up);
	}
	return actor_cluster_close(&cluster.cluster, rc);
}

/* shows: BP-14 */
static int
a_cluster_may_be_flooded(void)
{
	uint64_t start = now_ms();
	int rc = flood_a_cluster();

	EXPECT(now_ms() - start < 6000);
	return rc;
}

/* ---- a receiver that receives nothing ---- */

struct writer {
	dialog with;
	size_t size;
	int rc;
	bool has_begun;
};

static int
write_for_ever(void *argument)
{
	struct writer *self = argument;

	self->has_begun = true;
	self->rc = give_items(self->with, INT64_MAX, self->size);
	return self->rc;
}

static int
use_all_else(struct trees_streams streams)
{
	Trees__Item *item;
	dialog with;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__REPEAT), &with);

	if (rc != 0)
		return rc;
	for (int i = 0; rc == 0 && i < 100; i++) {
		rc = trees_streams_play_send(with, numbered(i, 100));
		if (rc == 0)
			rc = trees_streams_play_receive(with, &item);
		EXPECT(rc == 0 && is_numbered(item, i));
		EXPECT(is_awake(streams));
	}
	rc = trees_streams_play_close(with, rc, NULL);
	if (rc == 0)
		rc = open_play(streams, TREES_COURSE(.part = TREES__PART__STAY), &with);
	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_streams_play_cancel(with), 0);
	EXPECT(report_of(with).cancel_acked);
	return trees_streams_play_close(with, 0, NULL);
}

/* Both ways at once: the endpoint gives and takes nothing, as the opener does. */
static int
stop_reading(struct trees_streams streams, size_t size)
{
	struct writer writer = { .size = size };
	struct actor_nursery *tasks;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE, .size = (uint32_t)size), &writer.with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = actor_nursery_start(tasks, write_for_ever, &writer);
	AWAIT(writer.has_begun);
	if (rc == 0)
		rc = use_all_else(streams);
	EXPECT_CODE(writer.rc, 0); /* it still waits */
	EXPECT_INT(trace_count("part is over"), trace_count("played"));
	EXPECT_CODE(trees_streams_play_cancel(writer.with), 0);
	EXPECT(report_of(writer.with).cancel_acked);
	rc = end_nursery(tasks, rc);
	EXPECT_CODE(writer.rc, ACTOR_ECANCELED);
	rc = trees_streams_play_close(writer.with, rc, NULL);
	EXPECT_INT(trace_count("played rc=1001"), 2); /* one of them was cancelled among all else */
	trace_clear();
	return rc;
}

static int
stop_reading_all_sizes(struct trees_streams streams)
{
	int rc = stop_reading(streams, 0);

	if (rc == 0)
		rc = stop_reading(streams, 50000);
	return rc == 0 ? stop_reading(streams, LARGE) : rc;
}

/* shows: BP-06, robustness: F22, robustness: F23, robustness: G11 */
static int
two_who_only_write_hold_up_nobody_else(void)
{
	return with_streamer(stop_reading_all_sizes);
}

/* ---- bulk ---- */

struct bulk {
	dialog with;
	int64_t count;
	int rc;
};

static int
give_bulk(void *argument)
{
	struct bulk *self = argument;
	int rc = give_items(self->with, self->count, LARGE);

	return rc == 0 ? trees_streams_play_close_send(self->with) : rc;
}

static int
exchange_bulk(struct trees_streams streams)
{
	struct bulk bulk = { .count = 20 };
	Trees__Outcome taken, *outcome = NULL;
	struct actor_nursery *tasks;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__GIVE_AND_TAKE, .count = 20, .size = LARGE),
	                   &bulk.with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = actor_nursery_start(tasks, give_bulk, &bulk);
	if (rc == 0)
		rc = take_items(bulk.with, 0, &taken);
	rc = actor_nursery_close(tasks, rc);
	if (rc == 0) {
		EXPECT_INT(taken.taken, 20);
		EXPECT(!taken.mixed_up);
	}
	rc = trees_streams_play_close(bulk.with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 20);
		EXPECT(!outcome->mixed_up);
	}
	return rc;
}

static int
large_items_arrive_whole_in_both_directions_at_once(void)
{
	return with_streamer(exchange_bulk);
}

/* The other process does not read: so the item is begun, and not ended. */
static void
break_off(dialog with, int pid, int64_t number)
{
	int fired, rc;

	send_signal(pid, SIGSTOP);
	{
		ACTOR_SCOPE(limit, .timeout_ms = 30);
		rc = trees_streams_play_send(with, numbered(number, LARGE));
		EXPECT_CODE(rc, ACTOR_EDEADLINE);
		rc = actor_scope_close(&limit, rc, &fired);
		EXPECT(rc == 0 && fired);
	}
	send_signal(pid, SIGCONT);
}

static int
break_off_items(struct trees_streams streams)
{
	struct actor_identity identity;
	Trees__Outcome *outcome = NULL;
	dialog with;
	int rc = actor_portal_identity(streams.portal, &identity);

	if (rc == 0)
		rc = open_play(streams, TREES_COURSE(.part = TREES__PART__TAKE, .window_messages = 2), &with);
	if (rc != 0)
		return rc;
	for (int64_t i = 0; rc == 0 && i < 6; i += 2) {
		break_off(with, identity.pid, i);
		rc = trees_streams_play_send(with, numbered(i, LARGE));
		if (rc == 0)
			rc = trees_streams_play_send(with, numbered(i + 1, 10));
	}
	rc = trees_streams_play_close(with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 6);
		EXPECT(!outcome->mixed_up);
	}
	return rc;
}

static int
an_item_that_is_broken_off_leaves_the_stream_as_it_was(void)
{
	return with_streamer(break_off_items);
}

struct hasty {
	dialog with;
	int64_t *next;
	int broken_off;
};

static int
send_hastily(void *argument)
{
	struct hasty *self = argument;
	int rc = 0;

	for (int i = 0; rc == 0 && i < 40; i++) {
		const Trees__Item *item = numbered(1, LARGE);
		int fired;

		ACTOR_SCOPE(limit, .timeout_ms = 1);
		rc = trees_streams_play_send(self->with, item);
		self->broken_off += rc == ACTOR_EDEADLINE;
		rc = actor_scope_close(&limit, rc, &fired);
		actor_free(item->data.data);
	}
	return rc;
}

static int
send_patiently(void *argument)
{
	const dialog *with = argument;
	int rc = 0;

	for (int64_t i = 0; rc == 0 && i < 200; i++) {
		const Trees__Item *item = numbered(2, 100000);

		rc = trees_streams_play_send(*with, item);
		actor_free(item->data.data);
	}
	return rc;
}

/* What comes back is whole, and all of the patient one's; of the hasty one's, what it has not broken off. */
static int
count_items(dialog with, int *counts)
{
	int rc = 0;

	while (rc == 0) {
		Trees__Item *item;
		int64_t number;

		rc = trees_streams_play_receive(with, &item);
		if (rc != 0)
			break;
		number = item->number;
		EXPECT(number == 1 ? item->data.len == LARGE : number == 2 && item->data.len == 100000);
		EXPECT(is_numbered(item, number));
		counts[number & 3]++;
	}
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
send_side_by_side(void *argument)
{
	struct hasty *self = argument;
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_start(tasks, send_hastily, self);
	if (rc == 0)
		rc = actor_nursery_start(tasks, send_patiently, &self->with);
	rc = actor_nursery_close(tasks, rc);
	return rc == 0 ? trees_streams_play_close_send(self->with) : rc;
}

static int
break_off_beside_another(struct trees_streams streams)
{
	struct hasty hasty = { .broken_off = 0 };
	struct actor_nursery *tasks;
	int counts[4] = { 0 }, rc = open_play(streams, TREES_COURSE(.part = TREES__PART__REPEAT), &hasty.with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	if (rc == 0)
		rc = actor_nursery_start(tasks, send_side_by_side, &hasty);
	if (rc == 0)
		rc = count_items(hasty.with, counts);
	rc = actor_nursery_close(tasks, rc);
	EXPECT_INT(counts[1], 40 - hasty.broken_off);
	EXPECT_INT(counts[2], 200);
	return trees_streams_play_close(hasty.with, rc, NULL);
}

static int
who_breaks_off_does_not_harm_other_senders_of_the_same_stream(void)
{
	return with_streamer(break_off_beside_another);
}

struct crowd {
	dialog with;
	int64_t next;
};

/* Whoever takes a number sends it before those who take one later, however often it has to wait. */
static int
send_in_turn(void *argument)
{
	struct crowd *self = argument;
	int rc = 0;

	while (rc == 0 && self->next < 1000) {
		int64_t number = self->next++;

		rc = trees_streams_play_send(self->with, numbered(number, number % 50 == 0 ? 100000 : 0));
		if (rc == 0 && number % 7 == 0)
			rc = actor_checkpoint();
	}
	return rc;
}

static int
send_as_crowd(struct trees_streams streams)
{
	struct crowd crowd = { .next = 0 };
	Trees__Outcome *outcome = NULL;
	struct actor_nursery *tasks;
	int rc = open_play(streams, TREES_COURSE(.part = TREES__PART__TAKE, .window_messages = 3), &crowd.with);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&tasks);
	for (int i = 0; rc == 0 && i < 10; i++)
		rc = actor_nursery_start(tasks, send_in_turn, &crowd);
	rc = actor_nursery_close(tasks, rc);
	rc = trees_streams_play_close(crowd.with, rc, &outcome);
	if (rc == 0) {
		EXPECT_INT(outcome->taken, 1000);
		EXPECT(!outcome->mixed_up);
	}
	return rc;
}

/* shows: ST-17 */
static int
tasks_that_wait_send_in_the_order_in_which_they_came(void)
{
	return with_streamer(send_as_crowd);
}

/* Each of them has more to send than the link takes. */
static int
cancel_among_writers(dialog with, struct writer *writers, size_t count)
{
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = actor_nursery_start(tasks, write_for_ever, &writers[i]);
	AWAIT(writers[count - 1].has_begun);
	if (rc == 0)
		EXPECT_CODE(trees_streams_play_cancel(with), 0);
	EXPECT(report_of(with).cancel_acked);
	return end_nursery(tasks, rc);
}

static int
cancel_beside_bulk(struct trees_streams streams)
{
	struct writer writers[4];
	size_t opened = 0;
	dialog with;
	int rc = 0;

	for (; rc == 0 && opened < ACTOR_COUNT(writers); opened += rc == 0) {
		writers[opened] = (struct writer){ .size = LARGE };
		rc = open_play(streams, TREES_COURSE(.part = TREES__PART__TAKE), &writers[opened].with);
	}
	if (rc == 0)
		rc = open_play(streams, TREES_COURSE(.part = TREES__PART__STAY), &with);
	if (rc == 0) {
		rc = cancel_among_writers(with, writers, opened);
		rc = trees_streams_play_close(with, rc, NULL);
	}
	while (opened > 0) {
		Trees__Outcome *outcome = NULL;

		rc = trees_streams_play_close(writers[--opened].with, rc, &outcome);
		EXPECT(rc != 0 || !outcome->mixed_up);
	}
	return rc;
}

/* shows: robustness: F23, robustness: G10 */
static int
a_cancellation_does_not_wait_behind_bulk(void)
{
	return with_streamer(cancel_beside_bulk);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_sender_waits_when_the_window_is_full),
		CHECK(what_fits_into_the_window_waits_for_a_late_reader),
		CHECK(the_end_and_the_result_come_through_a_full_window),
		CHECK(an_opener_may_leave_what_it_has_not_received),
		CHECK(a_sender_may_fail_instead_of_waiting),
		CHECK(an_endpoint_that_overruns_its_opener_fails_and_says_who_it_is),
		CHECK(only_what_the_slow_side_wants_counts),
		CHECK(an_overrun_is_the_sender_s_own_to_handle),
		CHECK(both_sides_know_how_much_was_dropped),
		CHECK(a_cluster_may_be_flooded),
		CHECK(two_who_only_write_hold_up_nobody_else),
		CHECK(large_items_arrive_whole_in_both_directions_at_once),
		CHECK(an_item_that_is_broken_off_leaves_the_stream_as_it_was),
		CHECK(who_breaks_off_does_not_harm_other_senders_of_the_same_stream),
		CHECK(tasks_that_wait_send_in_the_order_in_which_they_came),
		CHECK(a_cancellation_does_not_wait_behind_bulk),
	};

	return streamer_main(argc, argv, checks, ACTOR_COUNT(checks), streamer_alone);
}
