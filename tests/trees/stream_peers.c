/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams between peers: how they end with a tree, and byte by byte, what a peer that has no runtime may not do. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw_peer.h"
#include "streamer.h"

#define FOLLOWERS 3
#define SOON_MS 5000
#define ROLE "TREES_ROLE"

#define FRAMES_MAX 6
#define FLAG_MORE 16
#define FLAG_LOST 32
#define FLAG_ABORTED 64

typedef struct trees_streams_play_dialog dialog;

static struct raw_frame frame;

/* ---- trees that end while streams are open ---- */

static int
stream_both_ways(dialog with, struct trees_streams_count_stream stream)
{
	int rc = 0;

	for (int64_t i = 0; rc == 0; i++) {
		ACTOR_OWNED(Trees__Item, item);
		ACTOR_OWNED(Trees__Item, another);

		rc = trees_streams_play_send(with, TREES_ITEM(.number = i));
		if (rc == 0)
			rc = trees_streams_play_receive(with, &item);
		if (rc == 0)
			rc = trees_streams_count_next(stream, &another);
		if (rc == 0 && i == 10)
			trace("streaming");
	}
	return rc;
}

static int
open_both(struct trees_streams streams)
{
	struct trees_streams_count_stream stream;
	dialog with;
	int rc = trees_streams_play_open(streams, TREES_COURSE(.part = TREES__PART__REPEAT), NULL, NULL, &with);

	if (rc != 0)
		return rc;
	rc = trees_streams_count_open(streams, TREES_COURSE(.ms = 1), NULL, &stream);
	if (rc == 0) {
		rc = stream_both_ways(with, stream);
		rc = trees_streams_count_close(stream, rc);
	}
	return trees_streams_play_close(with, rc, NULL);
}

static int
start_followers(struct actor_nursery *daemons, struct actor_nursery *calls)
{
	static const char *const names[FOLLOWERS] = { "one", "two", "three" };
	struct trees_streams streams;
	int rc = spawn_streamer(daemons, "publisher", &streams);

	for (size_t i = 0; rc == 0 && i < FOLLOWERS; i++) {
		rc = spawn_streamer(daemons, names[i], &streams);
		if (rc == 0)
			rc = trees_streams_follow_start(calls, streams, TREES_COURSE(.ms = 1, .again = i == 0), NULL);
	}
	return rc;
}

static bool
all_follow(void)
{
	return trace_count("following") > FOLLOWERS + 2; /* one comes again and again */
}

/* Until it fails, or is interrupted. */
static int
publish(bool fails)
{
	struct actor_nursery *daemons, *calls;
	int rc = actor_nursery_open(&daemons);

	if (rc != 0)
		return rc;
	rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = start_followers(daemons, calls);
	while (rc == 0 && !all_follow())
		rc = actor_sleep_ms(2);
	trace("streaming");
	if (rc == 0)
		rc = fails ? actor_fail(ACTOR_EOVERRUN, "it is too slow") : actor_sleep_ms(UINT32_MAX);
	rc = actor_nursery_close(calls, rc);
	return actor_nursery_close(daemons, rc);
}

/* What a neighbour does. */
static int
be_root(int argc, char **argv)
{
	const char *role = getenv(ROLE);
	int rc;

	(void)argc, (void)argv;
	rc = role != NULL && strcmp(role, "publish") == 0 ? publish(false) : with_streamer(open_both);
	return rc == ACTOR_ECANCELED ? 0 : rc;
}

static int
interrupt(const char *role)
{
	struct neighbour *neighbour = start_neighbour("hub", IS_ROOT, role, NULL);
	uint64_t start;

	AWAIT(trace_count("streaming") == 1);
	start = now_ms();
	send_signal(neighbour->pid, SIGINT);
	AWAIT(has_ended(neighbour));
	EXPECT(now_ms() - start < SOON_MS);
	EXPECT_INT(neighbour->status, KILLED_BY(SIGINT));
	return 0;
}

static int
interrupt_streams(struct actor_nursery *town)
{
	(void)town;
	return interrupt(ROLE "=open");
}

/* shows: ST-25 */
static int
an_interrupt_ends_a_tree_with_both_kinds_of_streams(void)
{
	return in_town(interrupt_streams);
}

static int
fail_among_peers(struct actor_nursery *town)
{
	uint64_t start = now_ms();

	(void)town;
	EXPECT_CODE(publish(true), ACTOR_EOVERRUN);
	EXPECT_PART(actor_error_message(actor_error_last()), "it is too slow");
	EXPECT(!has_children());
	EXPECT(now_ms() - start < PATIENCE_MS);
	trace_clear();
	return interrupt(ROLE "=publish");
}

/* shows: ST-26 */
static int
a_tree_of_peers_that_stream_to_each_other_ends_with_its_root_s_error(void)
{
	return in_town(fail_among_peers);
}

/* ---- a raw opener ---- */

static int
start_daemon(struct actor_nursery *town, struct trees_streams *ret_streams, const char **ret_path)
{
	struct trees_probe probe;
	int rc = meet_neighbour(town, "daemon", NULL, &probe);

	*ret_streams = (struct trees_streams){ probe.portal };
	*ret_path = socket_of("daemon");
	return rc;
}

static void
open_script(int fd, uint64_t cid, const char *endpoint, const Trees__Course *script)
{
	unsigned char request[128];

	raw_open(fd, cid, "trees.Streams", endpoint, request, trees__course__pack(script, request), 64, 262144);
}

/* A context that has announced; its credit has been seen. */
static int
open_raw(const char *path, const Trees__Course *script)
{
	int fd = raw_meet(path, "raw", 1, &frame);

	open_script(fd, 1, "Play", script);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_START_ACK && frame.size == 1 && frame.body[0] == 3);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_CREDIT && frame.size == 8);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_STARTED);
	return fd;
}

static int
open_idle(const char *path)
{
	return open_raw(path, TREES_COURSE(.part = TREES__PART__STAY, .window_messages = 2, .window_bytes = 100));
}

/* Whatever else comes before it: the connection ends with a Bye that says that. */
static void
expect_bye(int fd, const char *why)
{
	bool has_come = false;

	while (!has_come && raw_read(fd, &frame))
		has_come = frame.kind == RAW_BYE;
	EXPECT(has_come);
	frame.body[frame.size < sizeof frame.body ? frame.size : 0] = '\0';
	EXPECT_PART((const char *)frame.body, why);
	EXPECT(raw_is_closed(fd, &frame));
	close(fd);
}

/* One frame that follows a beginning, and what the daemon makes of it. */
struct misuse {
	struct {
		unsigned kind, flags;
		const char *body;
		size_t size;
	} frames[FRAMES_MAX]; /* the last one counts */
	const char *why;
};

static void
misuse(const char *path, const struct misuse *misuse)
{
	int fd = open_idle(path);

	for (size_t i = 0; i < FRAMES_MAX && misuse->frames[i].kind != 0; i++)
		raw_send(fd, misuse->frames[i].kind, misuse->frames[i].flags, 1, misuse->frames[i].body,
		         misuse->frames[i].size);
	expect_bye(fd, misuse->why);
}

#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ALL_ONES "\xff\xff\xff\xff\xff\xff\xff\xff"

static const char large[150] = { 0x12, 127, 'x' }; /* an item's text, and then its number */

static int
misuse_as_opener(struct actor_nursery *town)
{
	static const struct misuse all[] = {
		{ { { RAW_YIELD, 0, NULL, 0 }, { RAW_YIELD, 0, NULL, 0 }, { RAW_YIELD, 0, NULL, 0 } },
		  "beyond the credit" },
		{ { { RAW_YIELD, 0, large, sizeof large }, { RAW_YIELD, 0, NULL, 0 } }, "beyond the credit" },
		{ { { RAW_STOP, 0, NULL, 0 }, { RAW_STOP, 0, NULL, 0 } },
		  "a Stop frame for a dialog that is half-closed" },
		{ { { RAW_STOP, 0, NULL, 0 }, { RAW_YIELD, 0, NULL, 0 } },
		  "a Yield frame for a dialog that is half-closed" },
		{ { { RAW_STOP, 0, "x", 1 } }, "a Stop with a body" },
		{ { { RAW_STOP, FLAG_LOST, NULL, 0 } }, "a Stop with a body" },
		{ { { RAW_YIELD, FLAG_MORE, "\x08", 1 }, { RAW_STOP, 0, NULL, 0 } }, "a Stop within an item" },
		{ { { RAW_YIELD, FLAG_ABORTED, NULL, 0 } }, "the end of an item that was not begun" },
		{ { { RAW_YIELD, 0, NULL, 0 }, { RAW_YIELD, FLAG_ABORTED, NULL, 0 } },
		  "the end of an item that was not begun" },
		{ { { RAW_YIELD, FLAG_MORE, "\x08", 1 }, { RAW_YIELD, FLAG_ABORTED, "x", 1 } }, "the end of an item" },
		{ { { RAW_YIELD, FLAG_LOST, "1234567", 7 } }, "count of lost items" },
		{ { { RAW_YIELD, FLAG_MORE, "\x08", 1 }, { RAW_YIELD, FLAG_LOST, ZEROS, 8 } }, "count of lost items" },
		{ { { RAW_YIELD, 1, NULL, 0 } }, "unknown flag" },
		{ { { RAW_CREDIT, 0, ZEROS, 7 } }, "a Credit of another size" },
		{ { { RAW_CREDIT, 0, ZEROS, 9 } }, "a Credit of another size" },
		{ { { RAW_CREDIT, 0, ALL_ONES, 8 } }, "more credit than there can be" },
		{ { { RAW_STARTED, 0, NULL, 0 } }, "a Started frame" },
		{ { { RAW_RETURN, 0, NULL, 0 } }, "a Return frame" },
		{ { { RAW_ERROR, 0, NULL, 0 } }, "an Error frame" },
		{ { { RAW_START_ACK, 0, "\3", 1 } }, "a StartAck frame" },
		{ { { RAW_CANCEL_ACK, 0, NULL, 0 } }, "a CancelAck frame" },
	};
	struct trees_streams streams;
	const char *path;
	int rc = start_daemon(town, &streams, &path);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(all); i++)
		misuse(path, &all[i]);
	EXPECT(is_awake(streams));
	AWAIT(trace_count("played rc=1001") == (int)ACTOR_COUNT(all));
	return rc;
}

/* shows: robustness: F4, robustness: F14, robustness: F15 */
static int
an_opener_that_breaks_the_rules_of_streams_loses_its_connection_and_is_told_why(void)
{
	return in_town(misuse_as_opener);
}

static int
speak_too_early(struct actor_nursery *town)
{
	struct actor_identity identity = { .pid = -1 };
	struct trees_streams streams;
	const char *path;
	int fd, rc = start_daemon(town, &streams, &path);

	if (rc != 0)
		return rc;
	fd = raw_meet(path, "raw", 1, &frame);
	EXPECT_CODE(actor_portal_identity(streams.portal, &identity), 0);
	send_signal(identity.pid, SIGSTOP); /* or it would have announced by the time */
	open_script(fd, 1, "Play", TREES_COURSE(.part = TREES__PART__STAY));
	raw_send(fd, RAW_YIELD, 0, 1, NULL, 0);
	send_signal(identity.pid, SIGCONT);
	expect_bye(fd, "a Yield frame for a dialog that is accepting");
	EXPECT(is_awake(streams));
	fd = raw_meet(path, "raw", 1, &frame);
	open_script(fd, 1, "Count", TREES_COURSE(.ms = 1));
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_START_ACK && frame.body[0] == 2);
	raw_send(fd, RAW_YIELD, 0, 1, NULL, 0);
	expect_bye(fd, "a Yield frame for a dialog that is yielding");
	fd = raw_meet(path, "raw", 1, &frame);
	open_script(fd, 1, "Count", TREES_COURSE(.ms = 1));
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_START_ACK);
	raw_send(fd, RAW_STOP, 0, 1, NULL, 0);
	expect_bye(fd, "a Stop frame for a dialog that is yielding");
	EXPECT(is_awake(streams));
	return rc;
}

/* shows: robustness: F4 */
static int
an_opener_sends_no_items_before_the_first_value_nor_to_a_generator(void)
{
	return in_town(speak_too_early);
}

static int
send_too_large_an_item(struct actor_nursery *town)
{
	static const char fragment[100000];
	struct trees_streams streams;
	const char *path;
	int fd, rc = start_daemon(town, &streams, &path);

	if (rc != 0)
		return rc;
	fd = open_idle(path); /* which an item may exceed, but not its fragments together what a message may have */
	for (int i = 0; i < 11; i++)
		raw_send(fd, RAW_YIELD, FLAG_MORE, 1, fragment, sizeof fragment);
	expect_bye(fd, "larger than a message may be");
	EXPECT(is_awake(streams));
	return rc;
}

/* shows: robustness: F15 */
static int
fragments_do_not_make_an_item_that_is_too_large(void)
{
	return in_town(send_too_large_an_item);
}

/* The next frame that is none of credit. */
static bool
read_next(int fd, unsigned kind, uint64_t cid)
{
	while (raw_read(fd, &frame))
		if (frame.kind != RAW_CREDIT)
			return frame.kind == kind && frame.cid == cid;
	return false;
}

static int
send_bad_items(struct actor_nursery *town)
{
	struct trees_streams streams;
	const char *path;
	int fd, rc = start_daemon(town, &streams, &path);

	if (rc != 0)
		return rc;
	fd = open_raw(path, TREES_COURSE(.part = TREES__PART__TAKE));
	raw_send(fd, RAW_YIELD, FLAG_MORE, 1, "\x08", 1); /* number: 0, in two fragments */
	raw_send(fd, RAW_YIELD, 0, 1, "\0", 1);
	raw_send(fd, RAW_YIELD, FLAG_MORE, 1, "\xff\xff\xff", 3); /* broken off */
	raw_send(fd, RAW_YIELD, FLAG_ABORTED, 1, NULL, 0);
	raw_send(fd, RAW_YIELD, FLAG_LOST, 1, "\1\0\0\0\0\0\0\0\x08\2", 10);
	raw_send(fd, RAW_STOP, FLAG_LOST, 1, "\3\0\0\0\0\0\0\0", 8);
	EXPECT(read_next(fd, RAW_RETURN, 1));
	EXPECT(frame.size >= 4 && memcmp(frame.body, "\x08\2\x18\4", 4) == 0); /* taken: 2, lost: 4 */
	raw_send(fd, RAW_YIELD, 0, 1, NULL, 0);                                /* late, and harmless */
	raw_send(fd, RAW_STOP, 0, 1, NULL, 0);
	raw_send(fd, RAW_CREDIT, 0, 1, ZEROS, 8);
	open_script(fd, 3, "Play", TREES_COURSE(.part = TREES__PART__TAKE));
	EXPECT(read_next(fd, RAW_START_ACK, 3));
	EXPECT(read_next(fd, RAW_STARTED, 3));
	raw_send(fd, RAW_YIELD, 0, 3, "\xff\xff\xff", 3); /* no item at all */
	EXPECT(read_next(fd, RAW_ERROR, 3));
	EXPECT(raw_has(&frame, "trees.Item"));
	raw_call(fd, 5, "self", "ping", "x", 1);
	EXPECT(read_next(fd, RAW_RETURN, 5));
	close(fd);
	EXPECT(is_awake(streams));
	return rc;
}

/* shows: robustness: F2, robustness: F4 */
static int
what_comes_late_or_is_no_item_ends_no_connection(void)
{
	return in_town(send_bad_items);
}

static int
give_little_credit(struct actor_nursery *town)
{
	unsigned char request[64];
	struct trees_streams streams;
	const char *path;
	size_t size = trees__course__pack(TREES_COURSE(.size = 10), request);
	int fd, rc = start_daemon(town, &streams, &path);

	if (rc != 0)
		return rc;
	fd = raw_meet(path, "raw", 1, &frame);
	raw_open(fd, 1, "trees.Streams", "Count", request, size, 2, 1);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_START_ACK);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_YIELD); /* for one byte, and then there is none left */
	raw_call(fd, 3, "self", "ping", NULL, 0);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_RETURN && frame.cid == 3);
	raw_send(fd, RAW_CREDIT, 0, 1, "\0\0\0\0\x0f\0\0\0", 8);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_YIELD && frame.cid == 1);
	raw_send(fd, RAW_CREDIT, 0, 1, "\0\0\0\0\x7f\0\0\0", 8); /* no messages */
	raw_call(fd, 5, "self", "ping", NULL, 0);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_RETURN && frame.cid == 5);
	raw_send(fd, RAW_CANCEL, 0, 1, NULL, 0);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_CANCEL_ACK && frame.cid == 1);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_ERROR && frame.cid == 1);
	close(fd);
	EXPECT(is_awake(streams));
	return rc;
}

/* shows: BP-15, robustness: F14 */
static int
a_sender_keeps_to_the_credit_that_it_has(void)
{
	return in_town(give_little_credit);
}

/* As its live view has it. */
static long
bytes_in_use(struct neighbour *of)
{
	size_t before = strlen(log_of(of));
	const char *at = NULL;
	long bytes = 0;

	send_signal(of->pid, SIGUSR1);
	if (!AWAIT((at = strstr(log_of(of) + before, " bytes in use")) != NULL))
		return -1;
	while (at[-1] != ' ')
		at--;
	for (; *at != ' '; at++)
		bytes = *at != ',' ? 10 * bytes + *at - '0' : bytes;
	return bytes;
}

#define STINGY 100
#define ITEM_SIZE 20000
#define ONE_OF_EACH "\1\0\0\0\1\0\0\0"

static uint64_t
cid_of(int number)
{
	return 2 * (uint64_t)number + 1;
}

/* Generators without credit, which have a deadline, and then as many that may send one item. */
static void
open_stingily(int fd)
{
	unsigned char request[64];
	size_t size = trees__course__pack(TREES_COURSE(.size = ITEM_SIZE), request);

	for (int i = 0; i < STINGY; i++) {
		raw_open_within(fd, cid_of(i), "trees.Streams", "Count", request, size, 1, 0, 1000);
		EXPECT(raw_read(fd, &frame) && frame.kind == RAW_START_ACK && frame.cid == cid_of(i));
	}
	for (int i = STINGY; i < 2 * STINGY; i++) {
		raw_open(fd, cid_of(i), "trees.Streams", "Count", request, size, 1, 1);
		EXPECT(raw_read(fd, &frame) && frame.kind == RAW_START_ACK && frame.cid == cid_of(i));
		EXPECT(raw_read(fd, &frame) && frame.kind == RAW_YIELD && frame.cid == cid_of(i));
	}
}

/* So much credit that the item before is paid for, and another one byte of one. */
static void
grant_next(int fd, int number)
{
	unsigned char credit[8] = { 1, 0, 0, 0, (unsigned char)frame.size, (unsigned char)(frame.size >> 8) };

	raw_send(fd, RAW_CREDIT, 0, cid_of(number), credit, sizeof credit);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_YIELD && frame.cid == cid_of(number));
}

static void
end_stingily(int fd)
{
	for (int i = 0; i < STINGY; i++) {
		EXPECT(raw_read(fd, &frame) && frame.kind == RAW_ERROR && frame.cid == cid_of(i));
		EXPECT(raw_has(&frame, "\x08\xd7\x0f")); /* ACTOR_EDEADLINE, zigzag */
	}
	for (int i = STINGY; i < 2 * STINGY; i++) {
		raw_send(fd, RAW_CANCEL, 0, cid_of(i), NULL, 0);
		EXPECT(raw_read(fd, &frame) && frame.kind == RAW_CANCEL_ACK && frame.cid == cid_of(i));
		EXPECT(raw_read(fd, &frame) && frame.kind == RAW_ERROR && frame.cid == cid_of(i));
	}
}

static int
be_stingy(struct actor_nursery *town)
{
	struct neighbour *daemon = start_neighbour("daemon", NULL, NULL, NULL);
	struct trees_streams streams;
	long before;
	int fd, rc = trees_streams_wait_for_actor(town, "daemon", &streams);

	if (rc != 0)
		return rc;
	fd = raw_meet(socket_of("daemon"), "raw", 1, &frame);
	before = bytes_in_use(daemon);
	open_stingily(fd);
	for (int round = 0; round < 10; round++) {
		for (int i = STINGY; i < 2 * STINGY; i++)
			grant_next(fd, i);
		EXPECT(is_awake(streams));
	}
	/* Nothing is kept for a sender but the item that it cannot send. */
	EXPECT(bytes_in_use(daemon) - before < 2 * STINGY * (ITEM_SIZE + 16384));
	end_stingily(fd);
	close(fd);
	EXPECT(is_awake(streams));
	return rc;
}

/* shows: BP-15, robustness: F14 */
static int
senders_without_credit_wait_for_no_longer_than_their_deadline_and_disturb_nobody(void)
{
	return in_town(be_stingy);
}

static long
resident_kib(int pid)
{
	FILE *file = fopen(entry("/proc/%d/statm", pid), "r");
	long pages = -1;

	if (file == NULL)
		return -1;
	EXPECT_INT(fscanf(file, "%*d %ld", &pages), 1);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int
send_some(dialog with, int64_t from, int64_t to)
{
	int rc = 0;

	for (int64_t i = from; rc == 0 && i < to; i++) {
		const Trees__Item *item = numbered(i, 20000);

		rc = trees_streams_play_send(with, item);
		actor_free(item->data.data);
		actor_free(item);
	}
	return rc;
}

/* All that is sent is 60 MB. */
static int
outpace(struct actor_nursery *town)
{
	struct neighbour *daemon = start_neighbour("daemon", NULL, NULL, NULL);
	const int pids[] = { daemon->pid, getpid() };
	struct trees_streams streams;
	Trees__Outcome *outcome = NULL;
	long before_kib[2];
	dialog with;
	int rc = trees_streams_wait_for_actor(town, "daemon", &streams);

	if (rc == 0)
		rc = trees_streams_play_open(streams, TREES_COURSE(.part = TREES__PART__TAKE, .ms = 1), NULL, NULL,
		                             &with);
	if (rc != 0)
		return rc;
	rc = send_some(with, 0, 500);
	for (size_t i = 0; i < ACTOR_COUNT(pids); i++)
		before_kib[i] = resident_kib(pids[i]);
	if (rc == 0)
		rc = send_some(with, 500, 3000);
	for (size_t i = 0; i < ACTOR_COUNT(pids); i++)
		EXPECT(SANITIZED || resident_kib(pids[i]) - before_kib[i] < 4096);
	EXPECT(bytes_in_use(daemon) < 4 << 20);
	EXPECT(is_awake(streams));
	rc = trees_streams_play_close(with, rc, &outcome);
	EXPECT(rc != 0 || (outcome->taken == 3000 && !outcome->mixed_up));
	return rc;
}

/* shows: BP-01, robustness: G11 */
static int
a_receiver_that_is_slower_for_long_costs_neither_side_memory(void)
{
	return in_town(outpace);
}

static int
stop_once(struct actor_nursery *town)
{
	struct trees_streams streams;
	const char *path;
	int fd, rc = start_daemon(town, &streams, &path);

	if (rc != 0)
		return rc;
	fd = open_raw(path, TREES_COURSE(.part = TREES__PART__LEAVE));
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_STOP && frame.size == 0);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_RETURN);
	raw_call(fd, 3, "self", "ping", NULL, 0);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_RETURN && frame.cid == 3);
	close(fd);
	return rc;
}

/* shows: ST-04 */
static int
exactly_one_stop_ends_a_stream(void)
{
	return in_town(stop_once);
}

/* ---- a raw endpoint: a peer of this very actor, so nothing here may block ---- */

struct raw_endpoint {
	int fd;
	struct trees_streams streams;
};

static int
open_twin(struct actor_nursery *town, struct raw_endpoint *ret)
{
	int rc = 1;

	ret->fd = connect_to(entry("%s/registry.sock", town_directory()));
	raw_send_hello(ret->fd, "twin", 9, 1);
	AWAIT((rc = actor_find(town, "twin", NULL, &ret->streams.portal)) != ACTOR_NOBODY);
	EXPECT(raw_read(ret->fd, &frame) && frame.kind == RAW_HELLO);
	return rc;
}

/* In a task. */
static bool
has_read(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	return AWAIT(poll(&end, 1, 0) == 1) && raw_read(fd, &frame);
}

struct opener {
	struct trees_streams streams;
	int opened, received, closed; /* codes */
	char text[512];               /* of the error */
	int64_t taken;
	bool has_opened, is_done;
};

/* What the raw endpoint's opener does, as a task: takes all, and closes. */
static int
take_all(void *argument)
{
	struct opener *self = argument;
	dialog with;
	int rc = trees_streams_play_open(self->streams, TREES_COURSE(.count = 0),
	                                 &(struct actor_context_options){ .window_messages = 2 }, NULL, &with);

	self->opened = rc;
	self->has_opened = true;
	while (rc == 0) {
		rc = trees_streams_play_receive(with, NULL);
		self->taken += rc == 0;
	}
	self->received = rc;
	if (self->opened == 0)
		rc = trees_streams_play_close(with, rc < 0 ? rc : 0, NULL);
	self->closed = rc;
	if (rc < 0)
		strncpy(self->text, actor_error_text(actor_error_last()), sizeof self->text - 1);
	self->is_done = true;
	return 0;
}

/* What becomes of a send that has 30 ms, in a stream of whose credit the receiver makes nothing. */
static int
send_in_time(dialog with)
{
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = 30);
	rc = trees_streams_play_send(with, TREES_ITEM(.text = (char *)"patience"));
	if (rc == ACTOR_EDEADLINE)
		return actor_scope_close(&limit, rc, &fired) == 0 && fired ? ACTOR_EDEADLINE : ACTOR_EINVAL;
	return actor_scope_close(&limit, rc, &fired);
}

/* An opener that sends, and how far it has come. */
struct stinted {
	struct trees_streams streams;
	dialog with;
	int rc;
	int step;
};

static int
send_one(void *argument)
{
	struct stinted *self = argument;

	self->rc = 0;
	self->step++;
	self->rc = trees_streams_play_send(self->with, TREES_ITEM(.number = 1));
	return self->rc;
}

/* A task that waits for credit which does not come is cancelled with its nursery. */
static int
cancel_a_sender(struct stinted *self)
{
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_start(tasks, send_one, self);
	if (rc == 0)
		rc = actor_sleep_ms(10);
	EXPECT_CODE(self->rc, 0);
	rc = end_nursery(tasks, rc);
	EXPECT_CODE(self->rc, ACTOR_ECANCELED);
	return rc;
}

static int
send_stinted(void *argument)
{
	struct stinted *self = argument;
	int rc = trees_streams_play_open(self->streams, TREES_COURSE(.count = 0), NULL, NULL, &self->with);

	if (rc != 0)
		return rc;
	EXPECT_CODE(send_in_time(self->with), ACTOR_EDEADLINE);
	rc = send_one(self);
	EXPECT_CODE(send_in_time(self->with), ACTOR_EDEADLINE);
	self->step++;
	AWAIT(self->step == 3);
	EXPECT_CODE(send_in_time(self->with), ACTOR_EDEADLINE);
	if (rc == 0)
		rc = cancel_a_sender(self);
	return trees_streams_play_close(self->with, rc, NULL);
}

#define ACCEPT                            \
	{                                 \
		RAW_START_ACK, 0, "\3", 1 \
	}
#define ANNOUNCE                        \
	{                               \
		RAW_STARTED, 0, NULL, 0 \
	}
#define AN_ITEM                       \
	{                             \
		RAW_YIELD, 0, NULL, 0 \
	}
#define RESULT                         \
	{                              \
		RAW_RETURN, 0, NULL, 0 \
	}

/* All at once, for the dialog of the frame that came last. */
static void
say(const struct raw_endpoint *twin, const struct misuse *misuse)
{
	for (size_t i = 0; i < FRAMES_MAX && misuse->frames[i].kind != 0; i++)
		raw_send(twin->fd, misuse->frames[i].kind, misuse->frames[i].flags, frame.cid, misuse->frames[i].body,
		         misuse->frames[i].size);
}

/* Sends frames to an opener, whose Start has come. */
static int
answer(struct actor_nursery *town, const struct misuse *misuse, struct raw_endpoint *ret_twin, struct opener *opener)
{
	struct actor_nursery *tasks;
	int rc = open_twin(town, ret_twin);

	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	if (rc != 0)
		return rc;
	*opener = (struct opener){ .streams = ret_twin->streams };
	rc = actor_nursery_start(tasks, take_all, opener);
	EXPECT(has_read(ret_twin->fd) && frame.kind == RAW_START);
	say(ret_twin, misuse);
	AWAIT(opener->is_done);
	return actor_nursery_close(tasks, rc);
}

static int
misuse_as_endpoint(struct actor_nursery *town)
{
	static const struct misuse all[] = {
		{ { { RAW_START_ACK, 0, "\2", 1 } }, "another kind of endpoint" },
		{ { ACCEPT, AN_ITEM }, "a Yield frame for a dialog that is opened" },
		{ { ACCEPT, { RAW_STOP, 0, NULL, 0 } }, "a Stop frame for a dialog that is opened" },
		{ { ANNOUNCE }, "a Started frame for a dialog that is opening" },
		{ { ACCEPT, ANNOUNCE, ANNOUNCE }, "a Started frame for a dialog that is streaming" },
		{ { ACCEPT, ANNOUNCE, AN_ITEM, AN_ITEM, AN_ITEM }, "an item beyond the credit" },
		{ { ACCEPT, ANNOUNCE, { RAW_STOP, 0, NULL, 0 }, { RAW_STOP, 0, NULL, 0 } },
		  "a Stop frame for a dialog that is drained" },
		{ { ACCEPT, ANNOUNCE, { RAW_STOP, 0, NULL, 0 }, AN_ITEM },
		  "a Yield frame for a dialog that is drained" },
		{ { ACCEPT, ANNOUNCE, { RAW_CANCEL_ACK, 0, NULL, 0 } }, "a CancelAck that nobody asked for" },
		{ { ACCEPT, ANNOUNCE, { RAW_CREDIT, 0, ZEROS, 3 } }, "a Credit of another size" },
		{ { ACCEPT, ANNOUNCE, { RAW_CREDIT, 0, ALL_ONES, 8 }, { RAW_CREDIT, 0, ALL_ONES, 8 } },
		  "more credit than there can be" },
		{ { ACCEPT, ANNOUNCE, { RAW_YIELD, FLAG_ABORTED, NULL, 0 } }, "the end of an item that was not begun" },
	};
	char log[8192];
	struct opener opener;
	struct raw_endpoint twin;
	int rc = 0;

	capture_stderr();
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(all); i++) {
		rc = answer(town, &all[i], &twin, &opener);
		EXPECT(opener.closed == ACTOR_EPEERGONE || opener.closed == ACTOR_EPROTOCOL);
		EXPECT_PART(opener.text, all[i].why);
		expect_bye(twin.fd, all[i].why);
	}
	EXPECT_PART(captured_stderr(log, sizeof log), "twin");
	return rc;
}

/* shows: robustness: F4, robustness: F14, robustness: F15 */
static int
an_endpoint_that_breaks_the_rules_of_streams_loses_its_connection_and_its_opener_learns_why(void)
{
	return in_town(misuse_as_endpoint);
}

static int
stint(struct actor_nursery *town)
{
	static const struct misuse beginning = { .frames = { ACCEPT, ANNOUNCE } };
	struct stinted self = { .step = 0 };
	struct actor_nursery *tasks;
	struct raw_endpoint twin;
	int rc = open_twin(town, &twin);

	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	if (rc != 0)
		return rc;
	self.streams = twin.streams;
	rc = actor_nursery_start(tasks, send_stinted, &self);
	EXPECT(has_read(twin.fd) && frame.kind == RAW_START);
	say(&twin, &beginning);
	AWAIT(self.step == 1);
	raw_send(twin.fd, RAW_CREDIT, 0, frame.cid, ONE_OF_EACH, 8);
	EXPECT(has_read(twin.fd) && frame.kind == RAW_YIELD);
	AWAIT(self.step == 2);
	raw_send(twin.fd, RAW_CREDIT, 0, frame.cid, ZEROS, 8);
	raw_send(twin.fd, RAW_CREDIT, 0, frame.cid, "\7\0\0\0\0\0\0\0", 8); /* messages of no bytes */
	raw_send(twin.fd, RAW_PING, 0, 0, NULL, 0);
	EXPECT(has_read(twin.fd) && frame.kind == RAW_PONG);
	self.step = 3;
	EXPECT(has_read(twin.fd) && frame.kind == RAW_STOP);
	raw_send(twin.fd, RAW_RETURN, 0, frame.cid, NULL, 0);
	rc = actor_nursery_close(tasks, rc);
	close(twin.fd);
	return rc;
}

/* shows: BP-15, robustness: F14 */
static int
a_send_that_gets_no_credit_ends_with_its_scope_and_the_stream_goes_on(void)
{
	return in_town(stint);
}

/* The connection goes on; what the opener has cancelled the endpoint for, "" if it has not, is in the text. */
static void
expect_connection(struct actor_nursery *town, struct raw_endpoint *twin, char *ret_reason, size_t size)
{
	bool is_over = false;

	ret_reason[0] = '\0';
	raw_send(twin->fd, RAW_PING, 0, 0, NULL, 0);
	while (!is_over && has_read(twin->fd)) {
		is_over = frame.kind == RAW_PONG || frame.kind == RAW_BYE;
		if (frame.kind == RAW_CANCEL && frame.size < size) {
			memcpy(ret_reason, frame.body, frame.size);
			ret_reason[frame.size] = '\0';
		}
	}
	EXPECT_INT(frame.kind, RAW_PONG);
	close(twin->fd);
	AWAIT(actor_find(town, "twin", NULL, &twin->streams.portal) == ACTOR_NOBODY);
}

static int
err_as_endpoint(struct actor_nursery *town)
{
	static const struct {
		struct misuse frames;
		int opened, received, closed;
		const char *reason;
	} all[] = {
		{ { { ACCEPT, ANNOUNCE, AN_ITEM, RESULT, RESULT }, NULL }, 0, ACTOR_END_OF_STREAM, 0, "" },
		{ { { ACCEPT, ANNOUNCE, RESULT, AN_ITEM, { RAW_STOP, 0, NULL, 0 } }, NULL },
		  0,
		  ACTOR_END_OF_STREAM,
		  0,
		  "" },
		{ { { ACCEPT, ANNOUNCE, { RAW_YIELD, FLAG_MORE, "\x08", 1 }, RESULT }, NULL },
		  0,
		  ACTOR_END_OF_STREAM,
		  0,
		  "" },
		{ { { ACCEPT, RESULT }, NULL }, ACTOR_EPROTOCOL, ACTOR_EPROTOCOL, ACTOR_EPROTOCOL, "" },
		{ { { ACCEPT, { RAW_STARTED, 0, "\xff", 1 } }, NULL },
		  ACTOR_EPROTOCOL,
		  ACTOR_EPROTOCOL,
		  ACTOR_EPROTOCOL,
		  "the first value of Play" },
		{ { { ACCEPT, ANNOUNCE, { RAW_YIELD, 0, "\xff", 1 } }, NULL },
		  0,
		  ACTOR_EPROTOCOL,
		  ACTOR_EPROTOCOL,
		  "an item of Play" },
	};
	char reason[512];
	struct opener opener;
	struct raw_endpoint twin;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(all); i++) {
		rc = answer(town, &all[i].frames, &twin, &opener);
		EXPECT_CODE(opener.opened, all[i].opened);
		EXPECT_CODE(opener.received, all[i].received);
		EXPECT_CODE(opener.closed, all[i].closed);
		expect_connection(town, &twin, reason, sizeof reason);
		EXPECT_PART(reason, all[i].reason);
		EXPECT(all[i].reason[0] != '\0' || reason[0] == '\0');
	}
	return rc;
}

/* shows: robustness: F2, robustness: F4 */
static int
what_an_endpoint_sends_too_late_or_wrong_ends_no_connection(void)
{
	return in_town(err_as_endpoint);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(an_interrupt_ends_a_tree_with_both_kinds_of_streams),
		CHECK(a_tree_of_peers_that_stream_to_each_other_ends_with_its_root_s_error),
		CHECK(an_opener_that_breaks_the_rules_of_streams_loses_its_connection_and_is_told_why),
		CHECK(an_opener_sends_no_items_before_the_first_value_nor_to_a_generator),
		CHECK(fragments_do_not_make_an_item_that_is_too_large),
		CHECK(what_comes_late_or_is_no_item_ends_no_connection),
		CHECK(a_sender_keeps_to_the_credit_that_it_has),
		CHECK(senders_without_credit_wait_for_no_longer_than_their_deadline_and_disturb_nobody),
		CHECK(a_receiver_that_is_slower_for_long_costs_neither_side_memory),
		CHECK(exactly_one_stop_ends_a_stream),
		CHECK(an_endpoint_that_breaks_the_rules_of_streams_loses_its_connection_and_its_opener_learns_why),
		CHECK(a_send_that_gets_no_credit_ends_with_its_scope_and_the_stream_goes_on),
		CHECK(what_an_endpoint_sends_too_late_or_wrong_ends_no_connection),
	};

	neighbour_root = be_root;
	return streamer_main(argc, argv, checks, ACTOR_COUNT(checks), town_main);
}
