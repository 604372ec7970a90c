/* SPDX-License-Identifier: BSD-2-Clause */

/* A link, whose far end is ours: what arrives in which pieces, and what leaves in which. */

#include <criterion/criterion.h>
#include <errno.h>
#include <net/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_demand.h>
#include <support/test_os.h>

#define BODY_MAX (1024u * 1024)
#define QUEUED_MAX (256u * 1024)
#define BUFFER_SIZE (64u * 1024)
#define FRAGMENT_SIZE (64u * 1024 + 8) /* with a count of lost items */
#define MANY 1000

static struct test_os os;
static struct acti_link link;
static struct acti_list flush_list;
static struct acti_turns turns;
static int far; /* the other end */

/* What the link has told. */
static size_t frame_count, ended_count;
static struct acti_frame last;
static struct test_bytes bodies; /* all of them */
static char reason[200];
static bool ended_in_order;
static size_t close_after; /* frames; the callback closes the link then */
static size_t half_closed_count;

static void
on_frame(struct acti_link *self, const struct acti_frame *frame, const unsigned char *body)
{
	cr_assert_eq(ended_count, 0, "a frame after the end");
	frame_count++;
	last = *frame;
	test_bytes_add(&bodies, body, frame->body_size);
	if (frame_count == close_after)
		acti_link_close(self);
}

static void
on_ended(struct acti_link *self, const char *why)
{
	cr_assert_lt(self->fd, 0);
	ended_count++;
	ended_in_order = why == NULL;
	snprintf(reason, sizeof reason, "%s", why != NULL ? why : "");
}

static const struct acti_link_ops ops = { .frame = on_frame, .ended = on_ended };

static void
on_half_closed(struct acti_link *self)
{
	cr_assert_eq(self->fd, link.fd);
	half_closed_count++;
}

static const struct acti_link_ops ops_of_peer = {
	.frame = on_frame,
	.ended = on_ended,
	.half_closed = on_half_closed,
};

static bool
turn(void *argument)
{
	(void)argument;
	acti_links_go_on(&turns);
	while (!acti_list_is_empty(&flush_list))
		acti_link_flush(acti_container_of(flush_list.next, struct acti_link, flush_link));
	return !acti_list_is_empty(&turns.held);
}

static void
begin(void)
{
	int near;

	test_os_init(&os);
	test_os_add_turn(&os, turn, NULL);
	acti_list_init(&flush_list);
	acti_list_init(&turns.held);
	test_os_pair(&os, &near, &far);
	cr_assert_eq(acti_link_open(&link, &os.os, &ops, near, &flush_list, BODY_MAX, QUEUED_MAX), 0);
}

static void
end(void)
{
	acti_link_close(&link);
	acti_link_close(&link);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_bytes_fini(&bodies);
	test_os_fini(&os);
}

TestSuite(link, .init = begin, .fini = end);

/* Adds a frame with a body of this size, all of one byte. */
static void
add_frame(struct test_bytes *bytes, unsigned kind, uint64_t cid, uint32_t size, unsigned fill)
{
	const struct acti_frame frame = { .body_size = size, .kind = (uint8_t)kind, .cid = cid };
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&frame, header);
	test_bytes_add(bytes, header, sizeof header);
	for (uint32_t i = 0; i < size; i++)
		test_bytes_add_byte(bytes, fill);
}

static void
arrive(const struct test_bytes *bytes, size_t from, size_t to)
{
	test_os_send(&os, far, bytes->at + from, to - from);
	test_os_settle(&os);
}

static void
forget(void)
{
	frame_count = 0;
	bodies.size = 0;
}

/* ---- in ---- */

/* robustness: E2 */
Test(link, a_frame_that_is_split_anywhere_is_the_same_frame)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_RETURN, 7, 40, 'x');
	add_frame(&bytes, ACTI_FRAME_PING, 9, 0, 0);
	for (size_t at = 0; at <= bytes.size; at++) {
		forget();
		arrive(&bytes, 0, at);
		cr_assert_eq(frame_count, (at >= 56) + (at >= 72), "split at %zu", at);
		arrive(&bytes, at, bytes.size);
		cr_assert_eq(frame_count, 2);
		cr_assert_eq(last.kind, ACTI_FRAME_PING);
		cr_assert_eq(last.cid, 9);
		cr_assert_eq(bodies.size, 40);
	}
	test_bytes_fini(&bytes);
}

/* robustness: E1, E2 */
Test(link, bytes_that_come_one_by_one_are_the_same_frames)
{
	struct test_bytes bytes = { 0 };
	size_t before = os.memory.allocation_count;

	for (unsigned i = 0; i < 3; i++)
		add_frame(&bytes, ACTI_FRAME_YIELD, i, 20 * i, 'a' + i);
	for (size_t at = 0; at < bytes.size; at++)
		arrive(&bytes, at, at + 1);
	cr_assert_eq(frame_count, 3);
	cr_assert_eq(bodies.size, 60);
	cr_assert_eq(bodies.at[19], 'b');
	cr_assert_eq(bodies.at[20], 'c');
	cr_assert_eq(os.memory.allocation_count, before);
	test_bytes_fini(&bytes);
}

/* robustness: E2 */
Test(link, a_thousand_frames_come_in_one_read)
{
	struct test_bytes bytes = { 0 };

	for (unsigned i = 0; i < MANY; i++)
		add_frame(&bytes, ACTI_FRAME_RETURN, i + 1, 40, i & 0xff);
	arrive(&bytes, 0, bytes.size);
	cr_assert_eq(frame_count, MANY);
	cr_assert_eq(last.cid, MANY);
	cr_assert_eq(os.reads, 1, "no read is for EAGAIN alone");
	cr_assert_eq(bodies.at[39 * 40], 39);
	test_bytes_fini(&bytes);
}

/* robustness: E15 */
Test(link, the_frame_before_an_invalid_one_is_delivered)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_RETURN, 1, 5, 'x');
	add_frame(&bytes, 99, 1, 5, 'x');
	arrive(&bytes, 0, bytes.size);
	cr_assert_eq(frame_count, 1);
	cr_assert_eq(ended_count, 1);
	cr_assert_str_eq(reason, "unknown kind of frame");
	test_bytes_fini(&bytes);
}

static void
refuse(const unsigned char header[static ACTI_FRAME_HEADER_SIZE], const char *wanted)
{
	size_t before = os.memory.allocation_count;

	test_os_send(&os, far, header, ACTI_FRAME_HEADER_SIZE);
	test_os_settle(&os);
	cr_assert_eq(ended_count, 1);
	cr_assert_str_eq(reason, wanted);
	cr_assert_eq(os.memory.allocation_count, before, "nothing is allocated for what is refused");
	cr_assert_eq(os.ends[far].peer, -1, "it is closed");
}

/* robustness: E4 */
Test(link, one_byte_more_than_the_limit_is_refused_before_any_allocation)
{
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&(struct acti_frame){ .body_size = BODY_MAX + 1, .kind = ACTI_FRAME_RETURN, .cid = 1 },
	                  header);
	refuse(header, "the frame is too large");
}

/* robustness: E4 */
Test(link, four_gigabytes_are_refused_before_any_allocation)
{
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&(struct acti_frame){ .body_size = UINT32_MAX, .kind = ACTI_FRAME_RETURN, .cid = 1 }, header);
	refuse(header, "the frame is too large");
}

/* robustness: E3 */
Test(link, a_header_of_zeroes_is_refused)
{
	refuse((unsigned char[ACTI_FRAME_HEADER_SIZE]){ 0 }, "unknown kind of frame");
}

/* robustness: E12 */
Test(link, an_unknown_flag_is_refused)
{
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&(struct acti_frame){ .kind = ACTI_FRAME_RETURN, .flags = 1, .cid = 1 }, header);
	refuse(header, "unknown flag");
}

/* robustness: E4 */
Test(link, an_announced_length_alone_takes_no_memory)
{
	size_t before = os.memory.live_bytes;
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&(struct acti_frame){ .body_size = BODY_MAX, .kind = ACTI_FRAME_RETURN, .cid = 1 }, header);
	test_os_send(&os, far, header, sizeof header);
	test_os_settle(&os);
	cr_assert_eq(ended_count, 0);
	cr_assert_eq(os.memory.live_bytes, before);
}

Test(link, a_frame_of_the_limit_passes_and_its_memory_is_given_back)
{
	struct test_bytes bytes = { 0 };
	size_t before = os.memory.live_bytes;

	add_frame(&bytes, ACTI_FRAME_RETURN, 1, BODY_MAX, 'x');
	arrive(&bytes, 0, bytes.size);
	cr_assert_eq(frame_count, 1);
	cr_assert_eq(bodies.size, BODY_MAX);
	cr_assert_leq(os.memory.live_bytes, before + 3 * BODY_MAX);
	bytes.size = 0;
	add_frame(&bytes, ACTI_FRAME_PING, 1, 0, 0);
	arrive(&bytes, 0, bytes.size);
	cr_assert_eq(frame_count, 2);
	cr_assert_eq(os.memory.live_bytes, before);
	test_bytes_fini(&bytes);
}

Test(link, ends_when_there_is_no_memory_for_a_large_frame)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_RETURN, 1, 10 * BUFFER_SIZE, 'x');
	os.memory.allocations_left = 1;
	arrive(&bytes, 0, bytes.size);
	cr_assert_eq(ended_count, 1);
	cr_assert_str_eq(reason, "out of memory for a large frame");
	cr_assert_eq(os.memory.live_blocks, 0);
	os.memory.allocations_left = SIZE_MAX;
	test_bytes_fini(&bytes);
}

/* ---- the end ---- */

Test(link, the_end_between_two_frames_is_in_order)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_RETURN, 1, 5, 'x');
	test_os_send(&os, far, bytes.at, bytes.size);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert_eq(frame_count, 1);
	cr_assert_eq(ended_count, 1);
	cr_assert(ended_in_order);
	test_bytes_fini(&bytes);
}

/* A frame of 56 bytes, of which only some come. */
static void
end_after(size_t size, const char *wanted)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_RETURN, 1, 40, 'x');
	test_os_send(&os, far, bytes.at, size);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert_eq(frame_count, 0);
	cr_assert_eq(ended_count, 1);
	cr_assert_str_eq(reason, wanted);
	test_bytes_fini(&bytes);
}

/* robustness: E6 */
Test(link, the_end_within_a_frame_tells_how_much_of_it_came)
{
	end_after(30, "it ended inside a Return frame, after 30 of 56 bytes");
}

/* robustness: E6 */
Test(link, the_end_within_a_header_tells_how_much_of_it_came)
{
	end_after(15, "it ended inside a header, after 15 of 16 bytes");
}

/* robustness: E6 */
Test(link, the_end_after_a_header_tells_so)
{
	end_after(16, "it ended inside a Return frame, after 16 of 56 bytes");
}

/* robustness: A10 */
Test(link, a_reset_is_an_end_like_any_other)
{
	os.ends[link.fd].read_error = ECONNRESET;
	test_os_settle(&os);
	cr_assert_eq(ended_count, 1);
	cr_assert(ended_in_order);
}

/* robustness: E16 */
Test(link, descriptors_that_come_along_break_the_rules)
{
	os.ends[link.fd].read_error = EBADMSG;
	test_os_settle(&os);
	cr_assert_eq(ended_count, 1);
	cr_assert(link.is_violated);
	cr_assert_str_eq(reason, "descriptors came along");
}

/* robustness: C7 */
Test(link, another_failure_to_read_is_told)
{
	os.ends[link.fd].read_error = EBADF;
	test_os_settle(&os);
	cr_assert_eq(ended_count, 1);
	cr_assert_str_eq(reason, "reading failed: Bad file descriptor");
}

Test(link, may_be_closed_within_the_callback_of_a_frame)
{
	struct test_bytes bytes = { 0 };

	close_after = 2;
	for (unsigned i = 0; i < 3; i++)
		add_frame(&bytes, ACTI_FRAME_RETURN, i, 5, 'x');
	arrive(&bytes, 0, bytes.size);
	cr_assert_eq(frame_count, 2);
	cr_assert_eq(ended_count, 0, "it was no end of the peer's making");
	cr_assert_eq(os.memory.live_blocks, 0);
	test_bytes_fini(&bytes);
}

/* What comes then is nobody's, and its sender is accused of nothing. */
Test(link, that_is_not_read_any_more_has_no_time_for_a_frame)
{
	struct test_bytes bytes = { 0 };

	link.frame_ms = 1000;
	add_frame(&bytes, ACTI_FRAME_RETURN, 1, 40, 'x');
	arrive(&bytes, 0, 20);
	acti_link_stop_reading(&link);
	test_os_send(&os, far, bytes.at + 20, bytes.size - 20);
	test_os_oversleep_ms(&os, 1000);
	cr_assert_eq(frame_count, 0);
	cr_assert_eq(ended_count, 0);
	test_bytes_fini(&bytes);
}

Test(link, draining_reads_to_the_end)
{
	struct test_bytes bytes = { 0 };

	os.ends[link.fd].read_max = 100;
	for (unsigned i = 0; i < MANY; i++)
		add_frame(&bytes, ACTI_FRAME_RETURN, i, 40, 'x');
	test_os_send(&os, far, bytes.at, bytes.size);
	test_os_shut(&os, far);
	acti_link_drain(&link);
	cr_assert_eq(frame_count, MANY);
	cr_assert_eq(ended_count, 1);
	acti_link_drain(&link);
	cr_assert_eq(ended_count, 1);
	test_bytes_fini(&bytes);
}

/* ---- turns ---- */

#define STARTS 10

/* Starts with the cids from 1 on, and an item behind each; then so many bytes of one more item. */
static void
send_starts(size_t size_of_rest)
{
	struct test_bytes bytes = { 0 };
	size_t whole;

	for (unsigned i = 1; i <= STARTS; i++) {
		add_frame(&bytes, ACTI_FRAME_START, i, 20, 'x');
		add_frame(&bytes, ACTI_FRAME_YIELD, i, 4, 'y');
	}
	whole = bytes.size;
	add_frame(&bytes, ACTI_FRAME_YIELD, STARTS + 1, 40, 'z');
	test_os_send(&os, far, bytes.at, whole + size_of_rest);
	test_bytes_fini(&bytes);
}

static void
hear(void)
{
	struct acti_watch *watch = os.ends[link.fd].watch;

	watch->ready(watch, ACTI_READABLE);
}

/* So far as the link is held: with three Starts a turn, and their items. */
static void
begin_held(size_t size_of_rest)
{
	acti_link_share_turns(&link, 3, &turns);
	send_starts(size_of_rest);
	hear();
	cr_assert_eq(frame_count, 6);
	cr_assert_not(acti_list_is_empty(&turns.held));
}

static void
expect_all(void)
{
	cr_assert_eq(frame_count, 2 * STARTS);
	cr_assert_eq(last.cid, STARTS);
	cr_assert_eq(bodies.size, STARTS * 24);
	for (size_t i = 0; i < bodies.size; i++)
		cr_assert_eq(bodies.at[i], i % 24 < 20 ? 'x' : 'y');
	cr_assert(acti_list_is_empty(&turns.held));
}

/* robustness: G9 */
Test(link, so_many_starts_have_their_turn_and_the_rest_the_next_in_order)
{
	begin_held(0);
	for (size_t wanted = 12; wanted < 20; wanted += 6) {
		acti_links_go_on(&turns);
		cr_assert_eq(frame_count, wanted);
		cr_assert_eq(last.cid, wanted / 2);
	}
	acti_links_go_on(&turns);
	expect_all();
}

/* robustness: G9 */
Test(link, that_is_held_is_not_read)
{
	size_t reads;

	begin_held(0);
	reads = os.reads;
	send_starts(0);
	hear();
	cr_assert_eq(os.reads, reads);
	cr_assert_eq(frame_count, 6);
	test_os_settle(&os);
	cr_assert_eq(frame_count, 4 * STARTS);
}

Test(link, as_many_starts_as_may_be_do_not_hold_it)
{
	acti_link_share_turns(&link, STARTS, &turns);
	send_starts(0);
	hear();
	expect_all();
}

Test(link, items_have_no_part_in_that)
{
	struct test_bytes bytes = { 0 };

	acti_link_share_turns(&link, 1, &turns);
	for (unsigned i = 0; i < MANY; i++)
		add_frame(&bytes, ACTI_FRAME_YIELD, i, 4, 'x');
	test_os_send(&os, far, bytes.at, bytes.size);
	hear();
	cr_assert_eq(frame_count, MANY);
	test_bytes_fini(&bytes);
}

Test(link, that_was_held_goes_on_with_half_a_frame)
{
	struct test_bytes rest = { 0 };

	begin_held(30);
	test_os_settle(&os);
	expect_all();
	add_frame(&rest, ACTI_FRAME_YIELD, STARTS + 1, 40, 'z');
	arrive(&rest, 30, rest.size);
	cr_assert_eq(frame_count, 2 * STARTS + 1);
	cr_assert_eq(last.cid, STARTS + 1);
	cr_assert_eq(bodies.at[bodies.size - 1], 'z');
	test_bytes_fini(&rest);
}

/* The time that a frame takes begins when nothing is left but that. */
Test(link, frames_that_are_held_are_not_late)
{
	link.frame_ms = 100;
	begin_held(30);
	cr_assert_eq(test_os_running_timers(&os), 0);
	acti_links_go_on(&turns);
	cr_assert_eq(test_os_running_timers(&os), 0);
	test_os_settle(&os);
	expect_all();
	cr_assert_eq(test_os_running_timers(&os), 1);
	test_os_advance_ms(&os, 100);
	cr_assert_eq(ended_count, 1);
	cr_assert_str_eq(reason, "a frame was begun and not completed within 100 ms");
}

Test(link, half_a_frame_that_turns_into_held_ones_is_timed_no_more)
{
	struct test_bytes bytes = { 0 };

	link.frame_ms = 100;
	acti_link_share_turns(&link, 1, &turns);
	for (unsigned i = 1; i <= 3; i++)
		add_frame(&bytes, ACTI_FRAME_START, i, 20, 'x');
	test_os_send(&os, far, bytes.at, 20);
	hear();
	cr_assert_eq(test_os_running_timers(&os), 1);
	test_os_send(&os, far, bytes.at + 20, bytes.size - 20);
	hear();
	cr_assert_eq(frame_count, 1);
	cr_assert_eq(test_os_running_timers(&os), 0);
	test_bytes_fini(&bytes);
}

Test(link, the_end_comes_after_all_that_was_held)
{
	begin_held(0);
	test_os_shut(&os, far);
	hear();
	cr_assert_eq(ended_count, 0);
	test_os_settle(&os);
	expect_all();
	cr_assert_eq(ended_count, 1);
	cr_assert(ended_in_order);
}

Test(link, the_end_within_a_frame_is_one_after_held_frames_too)
{
	begin_held(30);
	test_os_shut(&os, far);
	test_os_settle(&os);
	expect_all();
	cr_assert_str_eq(reason, "it ended inside a Yield frame, after 30 of 56 bytes");
}

Test(link, who_says_no_more_has_all_handed_over_before)
{
	link.ops = &ops_of_peer;
	begin_held(0);
	os.ends[link.fd].is_ended = true; /* and the other way goes on */
	hear();
	acti_links_go_on(&turns);
	hear();
	cr_assert_eq(half_closed_count, 0);
	test_os_settle(&os);
	expect_all();
	cr_assert_eq(half_closed_count, 1);
	cr_assert_eq(ended_count, 0);
}

Test(link, draining_takes_what_is_held_first)
{
	begin_held(0);
	test_os_shut(&os, far);
	acti_link_drain(&link);
	expect_all();
	cr_assert_eq(ended_count, 1);
	cr_assert(ended_in_order);
}

Test(link, that_is_closed_is_held_no_more)
{
	begin_held(0);
	acti_link_close(&link);
	cr_assert(acti_list_is_empty(&turns.held));
	cr_assert_eq(os.memory.live_blocks, 0);
}

Test(link, what_is_held_is_lost_on_one_that_reads_no_more)
{
	begin_held(0);
	acti_link_stop_reading(&link);
	cr_assert(acti_list_is_empty(&turns.held));
	acti_link_drain(&link);
	test_os_settle(&os);
	cr_assert_eq(frame_count, 6);
}

Test(link, may_be_closed_by_a_frame_that_was_held)
{
	close_after = 10;
	begin_held(0);
	acti_links_go_on(&turns);
	cr_assert_eq(frame_count, 10);
	cr_assert_lt(link.fd, 0);
	cr_assert(acti_list_is_empty(&turns.held));
	acti_links_go_on(&turns);
	cr_assert_eq(ended_count, 0, "it was no end of the peer's making");
}

Test(link, that_is_broken_hands_over_what_was_held_and_ends)
{
	begin_held(0);
	acti_link_break(&link);
	test_os_settle(&os);
	expect_all();
	cr_assert_eq(ended_count, 1);
}

Test(link, is_held_no_more_once_turns_are_over)
{
	begin_held(0);
	turns.are_over = true;
	acti_links_go_on(&turns);
	expect_all();
	forget();
	send_starts(0);
	hear();
	expect_all();
}

Test(link, a_violation_behind_held_frames_is_met_in_its_turn)
{
	static const unsigned char nonsense[ACTI_FRAME_HEADER_SIZE];

	acti_link_share_turns(&link, 3, &turns);
	send_starts(0);
	test_os_send(&os, far, nonsense, sizeof nonsense);
	hear();
	cr_assert_eq(ended_count, 0);
	test_os_settle(&os);
	expect_all();
	cr_assert_eq(ended_count, 1);
	cr_assert(link.is_violated);
}

static struct acti_link second;

static void
close_second(struct acti_link *self, const struct acti_frame *frame, const unsigned char *body)
{
	on_frame(self, frame, body);
	if (frame->cid == 4)
		acti_link_close(&second);
}

Test(link, that_is_held_may_be_closed_by_another_that_was)
{
	static const struct acti_link_ops closing = { .frame = close_second, .ended = on_ended };
	int near, second_far, first_far = far;

	link.ops = &closing;
	begin_held(0);
	test_os_pair(&os, &near, &second_far);
	cr_assert_eq(acti_link_open(&second, &os.os, &ops, near, &flush_list, BODY_MAX, QUEUED_MAX), 0);
	acti_link_share_turns(&second, 1, &turns);
	far = second_far;
	send_starts(0);
	os.ends[near].watch->ready(os.ends[near].watch, ACTI_READABLE);
	cr_assert_eq(frame_count, 6 + 2);
	far = first_far;
	test_os_settle(&os);
	cr_assert_eq(frame_count, 2 * STARTS + 2);
	cr_assert_lt(second.fd, 0);
}

/* ---- out ---- */

static bool
queue_kind(unsigned kind, uint32_t size, unsigned fill)
{
	const struct acti_frame frame = { .body_size = size, .kind = (uint8_t)kind, .cid = 1 };
	unsigned char *body = acti_link_queue(&link, &frame);

	if (body != NULL)
		memset(body, (int)fill, size);
	return body != NULL;
}

static bool
queue(uint32_t size, unsigned fill)
{
	return queue_kind(ACTI_FRAME_RETURN, size, fill);
}

/* Takes a frame of that size and content from the far end. */
static void
expect(uint32_t size, unsigned fill)
{
	unsigned char header[ACTI_FRAME_HEADER_SIZE], *body = malloc(size + 1);
	struct acti_frame frame;

	cr_assert(test_os_take(&os, far, header, sizeof header));
	cr_assert(acti_frame_decode(header, UINT32_MAX, &frame));
	cr_assert_eq(frame.body_size, size);
	cr_assert(test_os_take(&os, far, body, size));
	for (uint32_t i = 0; i < size; i++)
		cr_assert_eq(body[i], fill);
	free(body);
}

Test(link, what_is_queued_in_a_turn_leaves_in_one_write)
{
	for (unsigned i = 0; i < MANY; i++)
		cr_assert(queue(40, i & 0xff));
	cr_assert_eq(os.writes, 0);
	test_os_settle(&os);
	cr_assert_eq(os.writes, 1);
	cr_assert_eq(os.watch_changes, 0, "interest in writing is for a short write only");
	for (unsigned i = 0; i < MANY; i++)
		expect(40, i & 0xff);
	cr_assert(!test_os_take(&os, far, reason, 1));
}

Test(link, the_rest_of_a_short_write_leaves_when_the_peer_takes_more)
{
	os.ends[far].in_max = 100;
	for (unsigned i = 0; i < 10; i++)
		cr_assert(queue(40, i));
	test_os_settle(&os);
	cr_assert(link.write_armed);
	cr_assert_eq(os.watch_changes, 1);
	os.ends[far].in_max = 300;
	cr_assert(queue(40, 10), "more may be queued meanwhile");
	test_os_settle(&os);
	cr_assert(link.write_armed);
	os.ends[far].in_max = SIZE_MAX;
	test_os_settle(&os);
	cr_assert_not(link.write_armed);
	cr_assert_eq(os.watch_changes, 2);
	for (unsigned i = 0; i <= 10; i++)
		expect(40, i);
}

Test(link, trickles_out_byte_by_byte)
{
	struct test_bytes all = { 0 };
	unsigned char byte;

	os.ends[far].in_max = 1;
	cr_assert(queue(100, 'x'));
	for (test_os_settle(&os); test_os_take(&os, far, &byte, 1); test_os_settle(&os))
		test_bytes_add_byte(&all, byte);
	cr_assert_eq(all.size, 116);
	cr_assert_eq(all.at[115], 'x');
	test_bytes_fini(&all);
}

/* robustness: A10 */
Test(link, what_the_peer_sent_is_read_though_it_takes_nothing_any_more)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_RETURN, 1, 5, 'x');
	test_os_send(&os, far, bytes.at, bytes.size);
	os.ends[link.fd].write_error = EPIPE;
	cr_assert(queue(40, 'x'));
	acti_link_flush(&link);
	cr_assert_not(acti_link_is_up(&link));
	cr_assert_not(queue(40, 'x'), "nothing is queued for nobody");
	cr_assert_eq(ended_count, 0);
	test_os_settle(&os);
	cr_assert_eq(frame_count, 1);
	cr_assert_eq(ended_count, 1, "it ends though the peer has not shut it");
	cr_assert(ended_in_order);
	test_bytes_fini(&bytes);
}

Test(link, that_the_kernel_has_no_memory_for_sends_later)
{
	os.ends[link.fd].write_error = ENOBUFS;
	cr_assert(queue(40, 'x'));
	acti_link_flush(&link);
	cr_assert(acti_link_is_up(&link));
	os.ends[link.fd].write_error = 0;
	test_os_settle(&os);
	cr_assert_eq(os.ends[far].in.size, ACTI_FRAME_HEADER_SIZE + 40);
	cr_assert_eq(ended_count, 0);
}

/* ---- bodies that lie elsewhere ---- */

#define PIECES 3

static const size_t piece_sizes[PIECES] = { 20, 1, 79 };

/* A frame whose body is one byte everywhere, in pieces; at the end they are gone. */
static bool
fill(unsigned value)
{
	const struct acti_frame frame = { .body_size = 100, .kind = ACTI_FRAME_YIELD, .cid = 1 };
	unsigned char bytes[100];
	struct acti_piece pieces[PIECES];
	size_t at = 0;

	if (acti_link_queue(&link, &frame) == NULL)
		return false;
	memset(bytes, (int)value, sizeof bytes);
	for (size_t i = 0; i < PIECES; at += piece_sizes[i], i++)
		pieces[i] = (struct acti_piece){ bytes + at, piece_sizes[i] };
	acti_link_fill(&link, pieces, PIECES);
	memset(bytes, 0xee, sizeof bytes);
	return true;
}

Test(link, a_body_in_pieces_leaves_at_once_with_what_was_queued_before)
{
	cr_assert(queue(40, 1));
	cr_assert(fill(2));
	cr_assert_eq(acti_link_pending(&link), 0);
	cr_assert(acti_list_is_empty(&flush_list));
	cr_assert(queue(40, 3));
	test_os_settle(&os);
	expect(40, 1);
	expect(100, 2);
	expect(40, 3);
	cr_assert_eq(os.watch_changes, 0);
}

Test(link, a_body_in_pieces_is_kept_from_where_the_write_ended)
{
	for (size_t taken = 0; taken <= 40 + 100 + 2 * ACTI_FRAME_HEADER_SIZE; taken++) {
		os.ends[far].in_max = taken;
		cr_assert(queue(40, 1));
		cr_assert(fill(2));
		cr_assert(fill(3), "behind what could not be written");
		os.ends[far].in_max = SIZE_MAX;
		test_os_settle(&os);
		cr_assert_not(link.write_armed);
		expect(40, 1);
		expect(100, 2);
		expect(100, 3);
	}
}

Test(link, a_body_in_pieces_that_nobody_takes_breaks_the_link)
{
	os.ends[link.fd].write_error = ENOBUFS;
	cr_assert(fill(1));
	cr_assert(acti_link_is_up(&link), "the kernel's want passes");
	os.ends[link.fd].write_error = 0;
	test_os_settle(&os);
	expect(100, 1);
	os.ends[link.fd].write_error = EPIPE;
	cr_assert(fill(2));
	cr_assert_not(acti_link_is_up(&link));
	cr_assert_not(fill(3));
	test_os_settle(&os);
	cr_assert_eq(ended_count, 1);
}

Test(link, a_large_queue_is_given_back_when_it_has_left)
{
	size_t before = os.memory.live_bytes;

	for (unsigned i = 0; i < 10; i++)
		cr_assert(queue(BUFFER_SIZE, i));
	cr_assert(acti_link_is_full(&link));
	cr_assert_gt(os.memory.live_bytes, before);
	test_os_settle(&os);
	cr_assert_not(acti_link_is_full(&link));
	cr_assert_eq(os.memory.live_bytes, before);
	for (unsigned i = 0; i < 10; i++)
		expect(BUFFER_SIZE, i);
}

static void
queue_fragments(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		cr_assert(queue(FRAGMENT_SIZE, i));
	test_os_settle(&os);
	for (unsigned i = 0; i < count; i++)
		expect(FRAGMENT_SIZE, i);
}

Test(link, fragments_take_memory_once_at_most)
{
	size_t before = os.memory.allocation_count;

	for (unsigned i = 0; i < 10; i++)
		queue_fragments(1);
	cr_assert_eq(os.memory.allocation_count, before);
	for (unsigned i = 0; i < 10; i++)
		queue_fragments(3);
	cr_assert_eq(os.memory.allocation_count, before + 1);
}

Test(link, a_frame_that_there_is_no_memory_for_is_refused_and_the_others_leave)
{
	cr_assert(queue(40, 'x'));
	os.memory.allocations_left = 0;
	cr_assert_not(queue(BODY_MAX, 'y'));
	cr_assert(queue(40, 'z'));
	os.memory.allocations_left = SIZE_MAX;
	test_os_settle(&os);
	expect(40, 'x');
	expect(40, 'z');
}

#define ERROR_MAX ((uint32_t)(ACTI_LINK_CONTROL_MAX - ACTI_FRAME_HEADER_SIZE))
#define ACKS 2000

/* shows: robustness: D1 */
Test(link, control_frames_need_no_memory_when_data_has_taken_all_that_there_is)
{
	unsigned count = 0;

	os.ends[far].in_max = 0; /* and the peer does not read */
	os.memory.allocations_left = 0;
	while (queue(1000, count & 0xff))
		count++;
	cr_assert_gt(count, 50);
	cr_assert_not(acti_link_is_full(&link));
	cr_assert(queue_kind(ACTI_FRAME_ERROR, ERROR_MAX, 'e'));
	cr_assert(acti_link_is_full(&link), "the next one waits until this has left");
	for (int i = 0; i < ACKS; i++)
		cr_assert(queue_kind(ACTI_FRAME_CANCEL_ACK, 0, 0));
	cr_assert(queue_kind(ACTI_FRAME_PONG, 0, 0));
	cr_assert(queue_kind(ACTI_FRAME_BYE, 100, 'b'));
	test_os_settle(&os);
	os.ends[far].in_max = SIZE_MAX;
	test_os_settle(&os);
	for (unsigned i = 0; i < count; i++)
		expect(1000, i & 0xff);
	expect(ERROR_MAX, 'e');
	for (int i = 0; i < ACKS + 1; i++)
		expect(0, 0);
	expect(100, 'b');
	cr_assert_not(acti_link_is_full(&link));
	os.memory.allocations_left = SIZE_MAX;
}

Test(link, control_frames_beyond_the_reserve_make_room_by_writing)
{
	os.memory.allocations_left = 0;
	for (unsigned i = 0; i < 10; i++)
		cr_assert(queue_kind(ACTI_FRAME_ERROR, ERROR_MAX, i));
	os.ends[far].in_max = os.ends[far].in.size; /* it stops reading */
	cr_assert(queue_kind(ACTI_FRAME_ERROR, 1000, 'x'));
	cr_assert_not(queue_kind(ACTI_FRAME_ERROR, ERROR_MAX, 'y'));
	os.memory.allocations_left = SIZE_MAX;
	cr_assert(queue_kind(ACTI_FRAME_ERROR, ERROR_MAX, 'z'));
	os.ends[far].in_max = SIZE_MAX;
	test_os_settle(&os);
	for (unsigned i = 0; i < 10; i++)
		expect(ERROR_MAX, i);
	expect(1000, 'x');
	expect(ERROR_MAX, 'z');
}

Test(link, the_largest_control_frame_is_received_without_memory)
{
	struct test_bytes bytes = { 0 };

	add_frame(&bytes, ACTI_FRAME_ERROR, 1, ERROR_MAX, 'e');
	os.memory.allocations_left = 0;
	test_os_send(&os, far, bytes.at, bytes.size);
	test_os_settle(&os);
	cr_assert_eq(ended_count, 0, "%s", reason);
	cr_assert_eq(frame_count, 1);
	os.memory.allocations_left = SIZE_MAX;
	test_bytes_fini(&bytes);
}

Test(link, the_queue_is_moved_up_before_it_grows)
{
	size_t before = os.memory.allocation_count;

	os.ends[far].in_max = BUFFER_SIZE - 1000;
	cr_assert(queue(BUFFER_SIZE - 100, 'x'));
	test_os_settle(&os);
	cr_assert(queue(10000, 'y'));
	cr_assert_eq(os.memory.allocation_count, before);
	os.ends[far].in_max = SIZE_MAX;
	test_os_settle(&os);
	expect(BUFFER_SIZE - 100, 'x');
	expect(10000, 'y');
}

Test(link, that_is_closed_takes_nothing)
{
	cr_assert(queue(40, 'x'));
	acti_link_close(&link);
	cr_assert(acti_list_is_empty(&flush_list));
	cr_assert_not(queue(40, 'x'));
	acti_link_drain(&link);
	test_os_settle(&os);
	cr_assert_eq(ended_count, 0);
}

/* ---- opening ---- */

Test(link, that_cannot_be_opened_closes_its_descriptor)
{
	struct acti_link other;
	int one, two;

	test_os_pair(&os, &one, &two);
	os.memory.allocations_left = 1;
	cr_assert_eq(acti_link_open(&other, &os.os, &ops, one, &flush_list, BODY_MAX, QUEUED_MAX), -ENOMEM);
	os.memory.allocations_left = SIZE_MAX;
	cr_assert_not(os.ends[one].is_open);

	test_os_pair(&os, &one, &two);
	os.watch_error = EPERM;
	cr_assert_eq(acti_link_open(&other, &os.os, &ops, one, &flush_list, BODY_MAX, QUEUED_MAX), -EPERM);
	cr_assert_not(os.ends[one].is_open);
	cr_assert_eq(ended_count, 0);
}
