/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An actor that listens, and strangers that the test plays: how much each may ask, and when it goes.  And one that
 * connects, to a listener that the test plays.  Time is exact.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <rpc/service.h>
#include <stdio.h>
#include <string.h>
#include <support/test_actor.h>
#include <support/test_demand.h>

#define ADDRESS "unix:/run/server.sock"
#define PATH "/run/server.sock"
#define OTHER_USER (TEST_USER + 1)
#define MS UINT64_C(1000000)

static struct test_os os;
static struct test_actor server, client;
static struct test_ops counts;
static struct actor_program program; /* of both */
static struct test_frame frame;
static unsigned char body[8192];
static const struct actor_uid stranger = { "stranger", { 0x73, 1 } };

/* ---- the world ---- */

static void
listen(void)
{
	const char *why = "";
	pid_t holder;

	cr_assert_eq(acti_peers_listen(&server.proc, ADDRESS, &holder, &why), 0, "%s", why);
}

static void
begin(void)
{
	test_os_init(&os);
	test_actor_init(&server, &os, "server");
	test_actor_init(&client, &os, "client");
	program = (struct actor_program){ 0 };
	server.proc.actor.program = client.proc.actor.program = &program;
	counts = (struct test_ops){ 0 };
	test_actor_serve(&server, &test_service, &counts);
	listen();
}

static void
end_actor(struct test_actor *actor)
{
	acti_scope_cancel(&actor->proc.actor.scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	acti_peers_fini(&actor->proc);
}

static void
end(void)
{
	end_actor(&client);
	end_actor(&server);
	test_demand(server.proc.stranger_count == 0 && server.proc.peer_count == 0,
	            "a connection is left at the server");
	test_demand(client.proc.stranger_count == 0 && client.proc.peer_count == 0,
	            "a connection is left at the client");
	test_actor_fini(&client);
	test_actor_fini(&server);
	test_frame_fini(&frame);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_demand(os.stack_count == 0, "%zu stacks are left", os.stack_count);
	test_demand(test_os_running_timers(&os) == 0, "a timer is left");
	test_os_fini(&os);
}

TestSuite(peer, .init = begin, .fini = end);

/* ---- a stranger ---- */

static int
connect_stranger(void)
{
	int far = test_os_connect(&os, PATH);

	test_os_settle(&os);
	return far;
}

static bool
is_closed(int far)
{
	test_os_settle(&os);
	return os.ends[far].peer < 0;
}

static void
take(int far, unsigned kind, uint64_t cid)
{
	test_os_settle(&os);
	cr_assert(test_peer_next(&os, far, &frame), "no %s came", acti_frame_kind_name(kind));
	cr_assert_eq(frame.head.kind, kind, "%s instead of %s: %s", acti_frame_kind_name(frame.head.kind),
	             acti_frame_kind_name(kind), (const char *)frame.body.at);
	cr_assert_eq(frame.head.cid, cid);
}

static void
take_nothing(int far)
{
	test_os_settle(&os);
	cr_assert_not(test_peer_next(&os, far, &frame), "a %s came", acti_frame_kind_name(frame.head.kind));
}

static void
take_bye(int far, const char *reason)
{
	take(far, ACTI_FRAME_BYE, 0);
	cr_assert_str_eq((const char *)frame.body.at, reason);
	cr_assert(is_closed(far));
}

/* One that has shaken hands. */
static int
connect_peer(void)
{
	int far = connect_stranger();

	test_peer_hello(&os, far, &stranger, 1024, NULL);
	take(far, ACTI_FRAME_HELLO, 0);
	return far;
}

static void
call(int far, uint64_t cid, enum test_endpoint endpoint, int32_t number)
{
	Test__Request request = TEST__REQUEST__INIT;
	unsigned char packed[64];
	size_t size;

	request.number = number;
	size = test__request__pack(&request, packed);
	size = test_start_by_number(body, 0, (uint16_t)endpoint, 0, packed, size);
	test_peer_send(&os, far, ACTI_FRAME_START, cid, body, size);
}

static void
call_by_name(int far, uint64_t cid, const char *module, const char *endpoint)
{
	size_t size = test_start_by_name(body, module, endpoint, NULL, 0);

	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, cid, body, size);
}

static void
take_refusal(int far, uint64_t cid, int code)
{
	struct actor *actor = test_actor_of(&client);
	struct actor_error error;

	take(far, ACTI_FRAME_ERROR, cid);
	acti_error_init(&error);
	cr_assert(acti_error_decode(&actor->scheduler.errors, &error, &actor->wire->error, &actor->uid, frame.body.at,
	                            frame.body.size));
	cr_assert_eq(error.code, code, "%s", actor_error_text(&error));
	acti_error_reset(&actor->scheduler.errors, &error);
}

static void
shut(int far)
{
	test_os_shut(&os, far);
	test_os_settle(&os);
}

static size_t
logged_lines(void)
{
	size_t lines = 0;

	for (size_t i = 0; i < os.log.size; i++)
		lines += os.log.at[i] == '\n';
	return lines;
}

/* ---- what a stranger has ---- */

Test(peer, a_stranger_is_one_until_its_hello_and_then_a_peer)
{
	int far = connect_stranger();

	cr_assert_eq(server.proc.stranger_count, 1);
	cr_assert_eq(server.proc.peer_count, 0);
	take_nothing(far);
	test_peer_hello(&os, far, &stranger, 1024, NULL);
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert_eq(server.proc.stranger_count, 0);
	cr_assert_eq(server.proc.peer_count, 1);
	call(far, 1, TEST_ECHO, 5);
	take(far, ACTI_FRAME_RETURN, 1);
	shut(far);
	cr_assert_eq(server.proc.peer_count, 0);
}

/* robustness: J7 */
Test(peer, of_more_than_64_strangers_the_oldest_goes)
{
	int far[66];

	cr_assert_eq(acti_limits_default.strangers_max, 64);
	for (size_t i = 0; i < 64; i++)
		far[i] = connect_stranger();
	cr_assert_not(is_closed(far[0]));
	for (size_t i = 64; i < 66; i++) {
		far[i] = connect_stranger();
		cr_assert(is_closed(far[i - 64]), "%zu has to go", i - 64);
		cr_assert_not(is_closed(far[i - 63]));
		cr_assert_eq(server.proc.stranger_count, 64);
	}
	cr_assert(test_os_logged(&os, "too many connections have not said who they are: the oldest goes"));
	test_peer_hello(&os, far[65], &stranger, 1024, NULL);
	take(far[65], ACTI_FRAME_HELLO, 0);
	cr_assert_eq(server.proc.stranger_count, 63);
	for (size_t i = 0; i < 66; i++)
		shut(far[i]);
	cr_assert_eq(server.proc.stranger_count, 0);
}

/* robustness: J7 */
Test(peer, a_user_who_is_let_in_takes_no_more_than_8_of_the_strangers)
{
	static const unsigned guests[] = { OTHER_USER };
	int ours, far[9];

	cr_assert_eq(acti_limits_default.guests_max, 8);
	program.access = (struct actor_access){ .uids = guests, .uid_count = 1 };
	ours = connect_stranger();
	os.connecting_uid = OTHER_USER;
	for (size_t i = 0; i < 9; i++)
		far[i] = connect_stranger();
	cr_assert(is_closed(far[0]), "the oldest of that user has to go");
	cr_assert_not(is_closed(far[1]));
	cr_assert_not(is_closed(ours));
	cr_assert_eq(server.proc.stranger_count, 9);
	shut(ours);
	for (size_t i = 0; i < 9; i++)
		shut(far[i]);
}

/* robustness: J7, a link that is there already is not affected */
Test(peer, one_that_has_said_who_it_is_stays_whoever_comes)
{
	int far = connect_peer(), others[70];

	for (size_t i = 0; i < ACTOR_COUNT(others); i++) {
		others[i] = connect_stranger();
		call(far, 2 * i + 1, TEST_ECHO, 5);
		take(far, ACTI_FRAME_RETURN, 2 * i + 1);
		if (i >= 64)
			shut(others[i - 64]);
	}
	for (size_t i = ACTOR_COUNT(others) - 64; i < ACTOR_COUNT(others); i++)
		shut(others[i]);
	shut(far);
}

/* A Hello that is good, and made longer by a field that nobody knows. */
static size_t
long_hello(size_t size)
{
	static actor_wire_Hello hello;
	size_t used;

	hello = (actor_wire_Hello){ .version_min = 1, .version_max = 1, .has_uid = true, .dialogs_max = 8 };
	acti_uid_to_wire(&stranger, &hello.uid);
	memset(body, 'x', sizeof body);
	used = acti_hello_encode(&hello, body, sizeof body);
	body[used] = 0xa2; /* field 100, length-prefixed by two bytes */
	body[used + 1] = 0x06;
	body[used + 2] = (unsigned char)((size - used - 4) & 0x7f) | 0x80;
	body[used + 3] = (unsigned char)((size - used - 4) >> 7);
	return size;
}

Test(peer, the_first_frame_of_a_stranger_has_at_most_4096_bytes)
{
	int far = connect_stranger();

	test_peer_send(&os, far, ACTI_FRAME_HELLO, 0, body, long_hello(4096 - ACTI_FRAME_HEADER_SIZE));
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert_eq(server.proc.peer_count, 1);
	shut(far);
	far = connect_stranger();
	test_peer_send(&os, far, ACTI_FRAME_HELLO, 0, body, long_hello(4097 - ACTI_FRAME_HEADER_SIZE));
	take(far, ACTI_FRAME_BYE, 0);
	cr_assert(is_closed(far));
	cr_assert_eq(server.proc.stranger_count, 0);
	shut(far);
}

/* A peer may send more. */
Test(peer, a_peer_has_the_room_of_any_link)
{
	int far = connect_peer();
	size_t size = test_start_by_name(body, "no.Such", "Thing", NULL, 0);

	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, 1, body, size);
	take_refusal(far, 1, ACTOR_EDENIED);
	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, 3, body, sizeof body);
	take_refusal(far, 3, ACTOR_EDENIED);
	shut(far);
}

static const struct {
	const char *bytes, *why;
	size_t size;
} rubbish[] = {
	{ "GET / HTTP/1.1\r\n\r\n", "unknown kind of frame", 18 },
	{ "\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0", "a StartAck before its Hello", 16 },
	{ "\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0\0", "a Cancel before its Hello", 16 },
	{ "\x07\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0rubbish", "a Hello that cannot be decoded", 23 },
};

/* shows: ID-07; robustness: E13 */
Test(peer, a_stranger_that_says_something_else_than_hello_is_told_and_goes)
{
	for (size_t i = 0; i < ACTOR_COUNT(rubbish); i++) {
		int far = connect_stranger();

		test_os_send(&os, far, rubbish[i].bytes, rubbish[i].size);
		take(far, ACTI_FRAME_BYE, 0);
		cr_assert_not_null(strstr((const char *)frame.body.at, rubbish[i].why), "%s",
		                   (const char *)frame.body.at);
		cr_assert(is_closed(far));
		shut(far);
	}
	cr_assert_eq(logged_lines(), ACTOR_COUNT(rubbish), "one line each");
}

/* shows: ID-03 */
Test(peer, a_stranger_that_says_nothing_and_goes_is_no_matter)
{
	for (size_t torn = 0; torn < 16; torn++) {
		int far = connect_stranger();

		test_os_send(&os, far, "\x40\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0", torn);
		shut(far);
		cr_assert_eq(server.proc.stranger_count, 0);
	}
	shut(connect_peer());
}

/* shows: ID-02; robustness: E1 */
Test(peer, a_stranger_has_5_s_for_its_hello_however_it_comes)
{
	int silent = connect_stranger(), slow = connect_stranger();
	size_t size = long_hello(100);
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&(const struct acti_frame){ .body_size = (uint32_t)size, .kind = ACTI_FRAME_HELLO }, header);
	for (size_t i = 0; i < 4; i++) {
		test_os_send(&os, slow, &header[i], 1);
		test_os_advance_ms(&os, 1000);
	}
	test_os_send(&os, slow, &header[4], 1);
	test_os_advance_ms(&os, 999);
	cr_assert_not(is_closed(silent));
	cr_assert_not(is_closed(slow));
	test_os_advance_ms(&os, 1);
	take_bye(silent, "no Hello within 5000 ms");
	take_bye(slow, "no Hello within 5000 ms");
	shut(silent);
	shut(slow);
}

/* robustness: E1, and MEM: of a frame of 1 MiB no more is kept than has come */
Test(peer, a_frame_that_has_begun_is_complete_in_30_s)
{
	int far = connect_peer();
	unsigned char header[ACTI_FRAME_HEADER_SIZE];
	size_t before;

	test_os_advance_ms(&os, 3600 * 1000);
	cr_assert_not(is_closed(far), "it may be silent");
	acti_frame_encode(&(const struct acti_frame){ .body_size = 1 << 20, .kind = ACTI_FRAME_START, .cid = 1 },
	                  header);
	before = os.memory.live_bytes;
	test_os_send(&os, far, header, sizeof header);
	for (size_t i = 0; i < 29; i++) {
		test_os_advance_ms(&os, 1000);
		test_os_send(&os, far, "x", 1);
	}
	test_os_advance_ms(&os, 999);
	cr_assert_not(is_closed(far));
	cr_assert_leq(os.memory.live_bytes, before + 4096, "%zu bytes more", os.memory.live_bytes - before);
	test_os_advance_ms(&os, 1);
	take_bye(far, "a frame was begun and not completed within 30000 ms");
	shut(far);
}

/* robustness: E1; it was the reader that was stopped */
Test(peer, a_frame_that_waits_unread_when_its_time_is_over_is_taken)
{
	int far = connect_peer();
	const unsigned char ping[ACTI_FRAME_HEADER_SIZE] = { [4] = ACTI_FRAME_PING };

	for (uint64_t ms = 30000; ms <= 60000; ms += 30000) {
		test_os_send(&os, far, ping, 8);
		test_os_settle(&os);
		test_os_send(&os, far, ping + 8, 8);
		test_os_oversleep_ms(&os, ms);
		take(far, ACTI_FRAME_PONG, 0);
	}
	shut(far);
}

/* The peer could not go on while nobody read. */
Test(peer, a_frame_of_which_a_part_waits_unread_has_its_time_anew)
{
	int far = connect_peer();
	const unsigned char ping[ACTI_FRAME_HEADER_SIZE] = { [4] = ACTI_FRAME_PING };

	test_os_send(&os, far, ping, 8);
	test_os_settle(&os);
	test_os_send(&os, far, ping + 8, 7);
	test_os_oversleep_ms(&os, 30000);
	test_os_advance_ms(&os, 29999);
	cr_assert_not(is_closed(far));
	test_os_advance_ms(&os, 1);
	take_bye(far, "a frame was begun and not completed within 30000 ms");
	shut(far);
}

/* Both sides were stopped, as in a container that is paused. */
Test(peer, time_in_which_the_actor_did_not_run_is_not_the_peers)
{
	int far = connect_peer();
	const unsigned char ping[ACTI_FRAME_HEADER_SIZE] = { [4] = ACTI_FRAME_PING };

	test_os_send(&os, far, ping, 8);
	test_os_settle(&os);
	test_os_oversleep_ms(&os, 3600 * 1000);
	test_os_advance_ms(&os, 29999);
	cr_assert_not(is_closed(far));
	test_os_advance_ms(&os, 1);
	take_bye(far, "a frame was begun and not completed within 30000 ms");
	shut(far);
}

/* Each frame has its own time. */
Test(peer, frames_that_are_slow_but_in_time_are_taken)
{
	int far = connect_peer();
	const unsigned char ping[ACTI_FRAME_HEADER_SIZE] = { [4] = ACTI_FRAME_PING };

	for (size_t round = 0; round < 5; round++) {
		test_os_send(&os, far, ping, 8);
		test_os_advance_ms(&os, 29000);
		test_os_send(&os, far, ping + 8, 8);
		take(far, ACTI_FRAME_PONG, 0);
	}
	shut(far);
}

/* robustness: C1 */
Test(peer, without_descriptors_the_oldest_stranger_goes_then_it_waits_and_recovers_alone)
{
	int first = connect_stranger(), second = connect_peer(), third;
	size_t timers, lines;

	os.accept_error = EMFILE;
	third = connect_stranger();
	cr_assert(is_closed(first), "it makes room");
	cr_assert_not(is_closed(second));
	timers = os.timers_started;
	test_os_advance_ms(&os, 60 * 1000);
	cr_assert_leq(os.timers_started - timers, 600, "%zu looks in a minute", os.timers_started - timers);
	lines = logged_lines();
	cr_assert_leq(lines, 13 * 21, "%zu lines in a minute", lines);
	cr_assert(test_os_logged(&os, "more lines on connections were left out"));
	os.accept_error = 0;
	test_peer_hello(&os, third, &stranger, 8, NULL);
	test_os_advance_ms(&os, 100);
	take(third, ACTI_FRAME_HELLO, 0);
	call(second, 1, TEST_ECHO, 1);
	take(second, ACTI_FRAME_RETURN, 1);
	shut(first);
	shut(second);
	shut(third);
}

/* ---- who may come ---- */

/* robustness: K5 */
Test(peer, one_of_another_user_is_not_let_in_and_not_a_byte_of_it_is_read)
{
	size_t reads = os.reads;
	int far;

	os.connecting_uid = OTHER_USER;
	far = test_os_connect(&os, PATH);
	test_peer_hello(&os, far, &stranger, 8, NULL);
	cr_assert(is_closed(far));
	take_nothing(far);
	cr_assert_eq(os.reads, reads);
	cr_assert_eq(server.proc.stranger_count, 0);
	cr_assert(test_os_logged(&os, "a process (pid 4712) of user 1001 is not let in"));
	shut(far);
}

/* robustness: K5 */
Test(peer, one_of_a_user_that_the_program_names_is_let_in)
{
	const unsigned uids[] = { 5, OTHER_USER };
	int far;

	program.access = (struct actor_access){ .uids = uids, .uid_count = 2 };
	os.connecting_uid = OTHER_USER;
	far = connect_peer();
	call(far, 1, TEST_ECHO, 1);
	take(far, ACTI_FRAME_RETURN, 1);
	shut(far);
	os.connecting_uid = 6;
	far = connect_stranger();
	cr_assert(is_closed(far));
	shut(far);
}

Test(peer, only_one_of_a_user_who_may_stops_the_actor)
{
	const unsigned uids[] = { OTHER_USER }, cancel_uids[] = { OTHER_USER };
	int far = connect_peer();

	call_by_name(far, 1, "self", "cancel");
	take_refusal(far, 1, ACTOR_EDENIED);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 0, NULL, 0);
	take(far, ACTI_FRAME_BYE, 0);
	shut(far);
	cr_assert_eq(server.cancel_count, 0);
	program.access = (struct actor_access){ uids, 1, cancel_uids, 1 };
	far = connect_peer();
	call_by_name(far, 1, "self", "cancel");
	take_refusal(far, 1, ACTOR_EDENIED); /* our own user is not named */
	shut(far);
	os.connecting_uid = OTHER_USER;
	far = connect_peer();
	call_by_name(far, 1, "self", "cancel");
	take(far, ACTI_FRAME_RETURN, 1);
	cr_assert_eq(server.cancel_count, 1);
	shut(far);
}

/* A child is its parent's. */
Test(peer, nobody_but_its_parent_stops_an_actor_that_has_one)
{
	const unsigned uids[] = { TEST_USER };
	int far;

	program.access = (struct actor_access){ .cancel_uids = uids, .cancel_uid_count = 1 };
	server.proc.has_parent = true;
	far = connect_peer();
	server.proc.has_parent = false;
	call_by_name(far, 1, "self", "cancel");
	take_refusal(far, 1, ACTOR_EDENIED);
	cr_assert_eq(server.cancel_count, 0);
	shut(far);
}

Test(peer, a_module_for_the_family_is_hidden_from_peers)
{
	actor_wire_Hello hello;
	int far;

	server.proc.actor.served_for_all = 0;
	far = connect_stranger();
	test_peer_hello(&os, far, &stranger, 8, NULL);
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert(acti_hello_decode(&hello, frame.body.at, frame.body.size));
	cr_assert_eq(hello.modules_count, 0);
	call_by_name(far, 1, "test.Service", "Echo");
	take_refusal(far, 1, ACTOR_EDENIED);
	call(far, 3, TEST_ECHO, 1);
	take_refusal(far, 3, ACTOR_EDENIED);
	cr_assert_eq(counts.called, 0);
	shut(far);
}

Test(peer, of_too_many_peers_the_last_is_told_and_goes)
{
	int far[3];

	server.proc.actor.limits.peers_max = 2;
	cr_assert_eq(acti_limits_default.peers_max, 1024);
	far[0] = connect_peer();
	far[1] = connect_peer();
	far[2] = connect_stranger();
	test_peer_hello(&os, far[2], &stranger, 8, NULL);
	take_bye(far[2], "server has 2 peers, and takes no more");
	cr_assert(test_os_logged(&os, "is turned away: server has 2 peers, and takes no more"));
	cr_assert_not(test_os_logged(&os, "broke the protocol"));
	shut(far[0]);
	shut(far[2]);
	far[2] = connect_peer();
	shut(far[1]);
	shut(far[2]);
}

/* shows: DI-06 */
Test(peer, a_probe_gets_its_answer_and_is_no_peer)
{
	actor_wire_Hello hello = {
		.version_min = 1, .version_max = 1, .has_uid = true, .dialogs_max = 8, .probe = true
	};
	int far = connect_stranger();

	acti_uid_to_wire(&stranger, &hello.uid);
	test_peer_send(&os, far, ACTI_FRAME_HELLO, 0, body, acti_hello_encode(&hello, body, sizeof body));
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert(is_closed(far));
	cr_assert_eq(server.proc.peer_count, 0);
	cr_assert_eq(server.proc.stranger_count, 0);
	cr_assert_eq(logged_lines(), 0);
	shut(far);
}

/* ---- one that says no more ---- */

/* robustness: J1 */
Test(peer, one_that_says_no_more_still_gets_its_answers)
{
	int far = connect_peer();

	call(far, 1, TEST_SLEEP, 700);
	call(far, 3, TEST_SLEEP, 300);
	test_os_settle(&os);
	test_os_end_writing(&os, far);
	test_os_advance_ms(&os, 300);
	take(far, ACTI_FRAME_RETURN, 3);
	cr_assert_not(is_closed(far));
	test_os_advance_ms(&os, 400);
	take(far, ACTI_FRAME_RETURN, 1);
	take(far, ACTI_FRAME_BYE, 0);
	cr_assert(is_closed(far));
	cr_assert_eq(counts.cancelled, 0);
	shut(far);
}

/* robustness: J1 */
Test(peer, one_that_says_no_more_and_waits_for_nothing_goes_at_once)
{
	int far = connect_peer();

	test_os_end_writing(&os, far);
	take(far, ACTI_FRAME_BYE, 0);
	cr_assert(is_closed(far));
	shut(far);
}

/* robustness: J1, and its death later */
Test(peer, one_that_says_no_more_and_dies_is_noticed_and_its_calls_are_cancelled)
{
	int far = connect_peer();

	call(far, 1, TEST_SLEEP, 100000);
	test_os_settle(&os);
	test_os_end_writing(&os, far);
	test_os_advance_ms(&os, 5000);
	cr_assert_not(is_closed(far));
	cr_assert_eq(counts.cancelled, 0);
	shut(far);
	test_os_advance_ms(&os, 250);
	cr_assert_eq(counts.cancelled, 1);
	cr_assert_eq(server.proc.peer_count, 0);
}

/* Before its Hello there is nothing to answer. */
Test(peer, a_stranger_that_says_no_more_goes)
{
	int far = connect_stranger();

	test_os_end_writing(&os, far);
	cr_assert(is_closed(far));
	cr_assert_eq(server.proc.stranger_count, 0);
	shut(far);
}

/* What the actor calls over a peer's connection, twice. */
static struct {
	int first, second;
	char message[256];
	bool is_over;
} caller;

static int
call_back(void *argument)
{
	struct acti_connection *connection;
	struct actor_nursery *nursery = NULL;
	struct actor_portal portal = { 0 };
	struct acti_nursery *open;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0 && !acti_proc_find_connection(&server.proc, "stranger", NULL, &connection))
		rc = ACTOR_NOBODY;
	if (rc == 0)
		rc = acti_nursery_find_open(nursery, &open);
	if (rc == 0)
		rc = acti_proc_open_portal(&server.proc, open, connection, &portal);
	if (rc == 0) {
		caller.first = actor_portal_run_from_ns(portal, "a.B", "C", (struct actor_bytes){ 0 }, NULL);
		snprintf(caller.message, sizeof caller.message, "%s", actor_error_message(actor_error_last()));
		caller.second = actor_portal_run_from_ns(portal, "a.B", "C", (struct actor_bytes){ 0 }, NULL);
	}
	caller.is_over = true;
	return actor_nursery_close(nursery, rc);
}

/* robustness: J1 */
Test(peer, what_was_asked_of_one_that_says_no_more_is_lost)
{
	int far = connect_peer();

	memset(&caller, 0, sizeof caller);
	call(far, 1, TEST_SLEEP, 1000);
	test_actor_start(&server, call_back, NULL);
	take(far, ACTI_FRAME_START, 2);
	test_os_end_writing(&os, far);
	test_os_settle(&os);
	cr_assert(caller.is_over);
	cr_assert_eq(caller.first, ACTOR_EPEERGONE, "%s", actor_code_name(caller.first));
	cr_assert_eq(caller.second, ACTOR_EPEERGONE, "%s", actor_code_name(caller.second));
	cr_assert_not_null(strstr(caller.message, "stranger@73010000"), "%s", caller.message);
	test_os_advance_ms(&os, 1000);
	take(far, ACTI_FRAME_RETURN, 1);
	take(far, ACTI_FRAME_BYE, 0);
	shut(far);
}

/* shows: PR-18 */
Test(peer, what_was_asked_of_one_that_goes_is_lost_with_what_it_said)
{
	int far = connect_peer();

	memset(&caller, 0, sizeof caller);
	test_actor_start(&server, call_back, NULL);
	take(far, ACTI_FRAME_START, 2);
	test_peer_send(&os, far, ACTI_FRAME_BYE, 0, "I have had enough", 17);
	test_os_settle(&os);
	cr_assert(caller.is_over);
	cr_assert_eq(caller.first, ACTOR_EPEERGONE);
	cr_assert_eq(caller.second, ACTOR_EPEERGONE);
	cr_assert_not_null(strstr(caller.message, "it says: I have had enough"), "%s", caller.message);
	cr_assert(is_closed(far));
	shut(far);
}

/* ---- connecting ---- */

static struct dialled {
	struct acti_dial dial;
	struct acti_peer *peer;
	uint64_t began_ns, ended_ns;
	int rc;
	bool is_over, puts;
	char message[256];
} dialled;

static int
dial(void *argument)
{
	struct dialled *self = argument;

	self->began_ns = os.now_ns;
	self->rc = acti_peer_dial(&client.proc, &self->dial, &self->peer);
	self->ended_ns = os.now_ns;
	if (self->rc < 0)
		snprintf(self->message, sizeof self->message, "%s", actor_error_message(actor_error_last()));
	if (self->rc == 0 && self->puts)
		acti_peer_put(self->peer);
	self->is_over = true;
	return 0;
}

static void
start_to_dial(const char *address, const struct actor_uid *expected, bool puts)
{
	dialled = (struct dialled){
		.dial = { .address = address, .expected = expected, .timeout_ms = 5000 },
		.puts = puts,
	};
	test_actor_start(&client, dial, &dialled);
	test_os_settle(&os);
}

static void
demand_dialled(int rc, uint64_t after_ms)
{
	cr_assert(dialled.is_over, "it waits yet");
	cr_assert_eq(dialled.rc, rc, "%s: %s", actor_code_name(dialled.rc), dialled.message);
	cr_assert_eq(dialled.ended_ns - dialled.began_ns, after_ms * MS, "after %llu ms",
	             (unsigned long long)((dialled.ended_ns - dialled.began_ns) / MS));
}

Test(peer, a_connection_that_nobody_needs_is_let_go_by_both)
{
	start_to_dial(ADDRESS, &server.proc.actor.uid, true);
	demand_dialled(0, 0);
	cr_assert_eq(client.proc.peer_count, 0);
	cr_assert_eq(server.proc.peer_count, 0);
	cr_assert_eq(logged_lines(), 0);
}

Test(peer, a_connection_stays_as_long_as_somebody_holds_it)
{
	start_to_dial(ADDRESS, NULL, false);
	demand_dialled(0, 0);
	cr_assert_eq(client.proc.peer_count, 1);
	cr_assert_eq(server.proc.peer_count, 1);
	cr_assert_str_eq(dialled.peer->connection.peer.name, "server");
	test_os_advance_ms(&os, 3600 * 1000);
	cr_assert_eq(client.proc.peer_count, 1);
	acti_peer_put(dialled.peer);
	test_os_settle(&os);
	cr_assert_eq(client.proc.peer_count, 0);
	cr_assert_eq(server.proc.peer_count, 0);
}

/* The test is the listener. */
static int
be_dialled(const char *path)
{
	int far = test_os_accept_by_hand(&os, path);

	cr_assert_geq(far, 0, "nobody connects");
	return far;
}

#define PLAYED "unix:/run/played.sock"
#define PLAYED_PATH "/run/played.sock"

static const struct actor_uid played = { "played", { 0x70 } };

Test(peer, who_has_connected_asks_to_let_go_and_serves_until_the_answer)
{
	int listener = test_os_listen_by_hand(&os, PLAYED_PATH), far;

	test_actor_serve(&client, &test_service, &counts);
	start_to_dial(PLAYED, &played, true);
	far = be_dialled(PLAYED_PATH);
	take(far, ACTI_FRAME_HELLO, 0);
	test_peer_hello(&os, far, &played, 8, NULL);
	take(far, ACTI_FRAME_STOP, 0);
	demand_dialled(0, 0);
	cr_assert_not(is_closed(far), "it waits for a Bye");
	call(far, 2, TEST_ECHO, 1);
	take(far, ACTI_FRAME_RETURN, 2);
	take_nothing(far);
	cr_assert_eq(client.proc.peer_count, 1);
	test_peer_send(&os, far, ACTI_FRAME_BYE, 0, NULL, 0);
	cr_assert(is_closed(far));
	cr_assert_eq(client.proc.peer_count, 0);
	shut(far);
	test_os_shut(&os, listener);
}

/* robustness: K14 */
Test(peer, another_actor_at_the_address_is_not_the_one_that_is_wanted)
{
	static const struct actor_uid others[] = { { "played", { 0x71 } }, { "other", { 0x70 } } };
	int listener = test_os_listen_by_hand(&os, PLAYED_PATH);

	for (size_t i = 0; i < ACTOR_COUNT(others); i++) {
		int far;

		start_to_dial(PLAYED, &played, true);
		far = be_dialled(PLAYED_PATH);
		take(far, ACTI_FRAME_HELLO, 0);
		test_peer_hello(&os, far, &others[i], 8, NULL);
		take(far, ACTI_FRAME_BYE, 0);
		cr_assert(is_closed(far));
		demand_dialled(ACTI_DIAL_WRONG, 0);
		cr_assert_eq(client.proc.peer_count, 0);
		shut(far);
	}
	test_os_shut(&os, listener);
}

Test(peer, nobody_at_an_address_is_an_outcome)
{
	static const int nobody[] = { ECONNREFUSED, ENOENT, ENOTSOCK, ELOOP, ENOTDIR, EPROTOTYPE };

	start_to_dial(PLAYED, NULL, true);
	demand_dialled(ACTI_DIAL_NOBODY, 0);
	test_os_shut(&os, test_os_listen_by_hand(&os, PLAYED_PATH));
	start_to_dial(PLAYED, NULL, true);
	demand_dialled(ACTI_DIAL_NOBODY, 0); /* its name is stale */
	for (size_t i = 0; i < ACTOR_COUNT(nobody); i++) {
		os.connect_error = nobody[i];
		start_to_dial(PLAYED, NULL, true);
		demand_dialled(ACTI_DIAL_NOBODY, 0);
	}
}

Test(peer, a_socket_that_is_not_open_to_us_is_not_nobody)
{
	static const int closed_to_us[] = { EACCES, EPERM };

	for (size_t i = 0; i < ACTOR_COUNT(closed_to_us); i++) {
		os.connect_error = closed_to_us[i];
		start_to_dial(PLAYED, NULL, true);
		demand_dialled(ACTOR_EDENIED, 0);
		cr_assert_str_eq(dialled.message, PLAYED ": its owner does not let this process's user in");
	}
	os.connect_error = EIO;
	start_to_dial(PLAYED, NULL, true);
	demand_dialled(ACTOR_EPEERGONE, 0);
}

Test(peer, a_listener_of_another_user_is_nobody)
{
	os.connecting_uid = OTHER_USER;
	start_to_dial(ADDRESS, NULL, true);
	demand_dialled(ACTI_DIAL_NOBODY, 0);
	cr_assert(test_os_logged(&os, ADDRESS " belongs to user 1001: nobody of that user is talked to"));
}

/* robustness: J4 */
Test(peer, a_full_queue_is_tried_again_and_given_up_in_5_s)
{
	static const int passing[] = { EAGAIN, EMFILE, ENFILE, ENOMEM, ENOBUFS, EINTR };

	for (size_t i = 0; i < ACTOR_COUNT(passing); i++) {
		os.connect_error = passing[i];
		start_to_dial(ADDRESS, NULL, true);
		test_os_advance_ms(&os, 3000);
		cr_assert_not(dialled.is_over);
		os.connect_error = 0;
		test_os_advance_ms(&os, 200);
		cr_assert(dialled.is_over, "it is tried every 200 ms at least");
		cr_assert_eq(dialled.rc, 0);
		os.connect_error = passing[i];
		start_to_dial(ADDRESS, NULL, true);
		test_os_advance_ms(&os, 5000);
		cr_assert(dialled.is_over);
		cr_assert_eq(dialled.rc, passing[i] == EAGAIN ? ACTOR_EPEERGONE : ACTOR_ENOMEM, "%s",
		             actor_code_name(dialled.rc));
		os.connect_error = 0;
	}
}

/* robustness: J4 */
Test(peer, one_that_lets_us_in_and_says_nothing_is_given_up_in_5_s)
{
	int listener = test_os_listen_by_hand(&os, PLAYED_PATH), far;

	start_to_dial(PLAYED, &played, true);
	far = be_dialled(PLAYED_PATH);
	test_os_advance_ms(&os, 4999);
	cr_assert_not(dialled.is_over);
	test_os_advance_ms(&os, 1);
	demand_dialled(ACTOR_EPEERGONE, 5000);
	cr_assert_not_null(strstr(dialled.message, "it did not say who it is in time"), "%s", dialled.message);
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert(is_closed(far));
	shut(far);
	test_os_shut(&os, listener);
}

Test(peer, who_waits_for_a_hello_may_be_cancelled)
{
	int listener = test_os_listen_by_hand(&os, PLAYED_PATH), far;

	start_to_dial(PLAYED, &played, true);
	far = be_dialled(PLAYED_PATH);
	acti_scope_cancel(&client.proc.actor.scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	demand_dialled(ACTOR_ECANCELED, 0);
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert(is_closed(far));
	cr_assert_eq(client.proc.stranger_count, 0);
	shut(far);
	test_os_shut(&os, listener);
}

Test(peer, a_door_that_closes_in_our_face_is_knocked_at_again)
{
	int listener = test_os_listen_by_hand(&os, PLAYED_PATH), far;

	start_to_dial(PLAYED, &played, true);
	shut(be_dialled(PLAYED_PATH));
	test_os_advance_ms(&os, 5);
	far = be_dialled(PLAYED_PATH);
	take(far, ACTI_FRAME_HELLO, 0);
	test_peer_hello(&os, far, &played, 8, NULL);
	take(far, ACTI_FRAME_STOP, 0);
	demand_dialled(0, 5);
	shut(far);
	test_os_shut(&os, listener);
}

/* ---- when memory is spent ---- */

Test(peer, memory_that_is_spent_costs_a_connection_and_nothing_else)
{
	size_t allocations = 0;
	bool is_through = false;

	for (; !is_through && allocations < 100; allocations++) {
		int far;

		os.memory.allocations_left = allocations;
		far = connect_stranger();
		if (!is_closed(far))
			test_peer_hello(&os, far, &stranger, 8, NULL);
		if (!is_closed(far)) {
			call(far, 1, TEST_ECHO, 1);
			test_os_settle(&os);
			is_through = test_peer_next(&os, far, &frame) && frame.head.kind == ACTI_FRAME_HELLO &&
			             test_peer_next(&os, far, &frame) && frame.head.kind == ACTI_FRAME_RETURN;
		}
		os.memory.allocations_left = SIZE_MAX;
		shut(far);
		cr_assert_eq(server.proc.stranger_count + server.proc.peer_count, 0);
	}
	cr_assert(is_through);
	cr_assert_gt(allocations, 3);
	allocations = 0;
	for (is_through = false; !is_through && allocations < 100; allocations++) {
		os.memory.allocations_left = allocations;
		dialled = (struct dialled){ .dial = { .address = ADDRESS, .timeout_ms = 100 }, .puts = true };
		os.memory.allocations_left = SIZE_MAX;
		test_actor_start(&client, dial, &dialled);
		os.memory.allocations_left = allocations;
		test_os_advance_ms(&os, 200);
		os.memory.allocations_left = SIZE_MAX;
		test_os_settle(&os);
		cr_assert(dialled.is_over);
		is_through = dialled.rc == 0;
		cr_assert(is_through || dialled.rc < 0);
		cr_assert_eq(client.proc.stranger_count + client.proc.peer_count, 0);
	}
	cr_assert(is_through);
}

/* ---- the end ---- */

static int
leave(void *argument)
{
	(void)argument;
	acti_peers_leave(&server.proc);
	return 0;
}

/* shows: TD-05 */
Test(peer, an_actor_that_stops_lets_nobody_in_and_one_that_ends_says_bye)
{
	int far = connect_peer(), silent = connect_stranger();

	acti_peers_stop_listening(&server.proc);
	cr_assert(is_closed(silent));
	cr_assert_not(is_closed(far), "who has said who it is may stay until the end");
	cr_assert_eq(server.proc.listener_count, 0);
	cr_assert_eq(test_actor_run(&server, leave, NULL), 0);
	take(far, ACTI_FRAME_BYE, 0);
	cr_assert_eq(frame.body.size, 0);
	cr_assert(is_closed(far));
	shut(far);
	shut(silent);
}

/* shows: TD-05 */
Test(peer, one_that_takes_nothing_is_left_after_3_s)
{
	int far = connect_peer();
	uint64_t began_ns = os.now_ns;

	os.ends[far].in_max = 0;
	test_actor_start(&server, leave, NULL);
	test_os_advance_ms(&os, 2999);
	cr_assert_eq(server.running, 1);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(server.running, 0);
	cr_assert_eq(os.now_ns - began_ns, 3000 * MS);
	cr_assert(is_closed(far));
	cr_assert(test_os_logged(&os, "stranger does not take what is queued for it, and is left"));
	shut(far);
}
