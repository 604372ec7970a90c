/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Children that are not what they should be: programs that are no actors, and actors that break the protocol.  They
 * speak the wire format by themselves, as docs/wire-format.md has it, without the runtime.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define STRANGER "TREES_STRANGER"
#define LINK 3
#define HEADER 16
#define LADDER_MS 2100 /* Cancel, 0.5 s, SIGTERM, 1.6 s, SIGKILL */
#define LOAD_MS 3000

/* ---- the strangers ---- */

enum kind {
	HELLO = 1,
	SPAWN_SPEC = 2,
	START = 3,
	START_ACK = 4,
	RETURN = 8,
	ERROR = 9,
	CANCEL = 10,
	CANCEL_ACK = 11,
	BYE = 15,
};

struct frame {
	uint32_t size;
	uint8_t kind, flags;
	uint64_t cid;
	unsigned char body[65536];
};

static void
send_bytes(const void *bytes, size_t size)
{
	(void)!write(LINK, bytes, size);
}

static void
send_frame(unsigned kind, uint64_t cid, const void *body, size_t size)
{
	unsigned char header[HEADER] = { [4] = (unsigned char)kind };

	for (int i = 0; i < 4; i++)
		header[i] = (unsigned char)(size >> 8 * i);
	for (int i = 0; i < 8; i++)
		header[8 + i] = (unsigned char)(cid >> 8 * i);
	send_bytes(header, sizeof header);
	if (size > 0)
		send_bytes(body, size);
}

static bool
read_fully(void *place, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = read(LINK, (char *)place + done, size - done);

		if (count <= 0)
			return false;
		done += (size_t)count;
	}
	return true;
}

static bool
read_frame(struct frame *frame)
{
	unsigned char header[HEADER];

	if (!read_fully(header, sizeof header))
		return false;
	frame->size = 0;
	frame->cid = 0;
	for (int i = 0; i < 4; i++)
		frame->size |= (uint32_t)header[i] << 8 * i;
	for (int i = 0; i < 8; i++)
		frame->cid |= (uint64_t)header[8 + i] << 8 * i;
	frame->kind = header[4];
	frame->flags = header[5];
	return frame->size <= sizeof frame->body && read_fully(frame->body, frame->size);
}

/* A Hello that answers the SpawnSpec: its uid is field 1 there, its modules are field 2. */
static size_t
make_hello(const struct frame *spec, unsigned version, unsigned char *hello)
{
	const unsigned char limits[] = { 0x38, 64, 0x40, 0x80, 0x80, 0x40 }; /* dialogs_max, message_size_max */
	unsigned char *end = hello;

	*end++ = 0x08, *end++ = (unsigned char)version;
	*end++ = 0x10, *end++ = (unsigned char)version;
	for (size_t i = 0; i + 1 < spec->size && (spec->body[i] == 0x0a || spec->body[i] == 0x12);) {
		size_t size = 2u + spec->body[i + 1];

		if (spec->body[i] == 0x12) {
			memcpy(end, limits, sizeof limits);
			end += sizeof limits;
		}
		memcpy(end, spec->body + i, size);
		*end = spec->body[i] == 0x0a ? 0x1a : 0x4a;
		end += size;
		i += size;
	}
	return (size_t)(end - hello);
}

static bool
has(const struct frame *frame, const char *text)
{
	return memmem(frame->body, frame->size, text, strlen(text)) != NULL;
}

/* What the parent says first, noted; and the answer to it. */
static void
shake_hands(struct frame *frame, unsigned version)
{
	unsigned char hello[1024];

	if (!read_frame(frame))
		_exit(90);
	trace("first kind=%d", frame->kind);
	trace("names root=%d", has(frame, "root"));
	if (!read_frame(frame))
		_exit(91);
	trace("second kind=%d", frame->kind);
	trace("names module=%d", has(frame, "trees.Probe"));
	trace("names other module=%d", has(frame, "trees.Other"));
	trace("names me=%d", has(frame, "stranger"));
	send_frame(HELLO, 0, hello, make_hello(frame, version, hello));
}

static void
note_start(const struct frame *start)
{
	unsigned module = start->body[0] | (unsigned)start->body[1] << 8;
	unsigned endpoint = start->body[2] | (unsigned)start->body[3] << 8;

	trace("start number=%d", (int)start->cid);
	trace("start %d by name=%d module %u endpoint %u", (int)start->cid, start->flags & 1, module, endpoint);
	trace("start %d names=%d", (int)start->cid,
	      memmem(start->body, start->size, "\x0btrees.Probe\x07Nothing", 20) != NULL);
}

static void
answer_start(const char *mode, const struct frame *start)
{
	const unsigned char function = 1, generator = 2;

	note_start(start);
	if (strcmp(mode, "wrong_ack") == 0) {
		send_frame(START_ACK, start->cid, &generator, 1);
	} else if (strcmp(mode, "unknown_kind") == 0) {
		send_frame(99, start->cid, NULL, 0);
	} else if (strcmp(mode, "two_returns") == 0) {
		send_frame(RETURN, start->cid, NULL, 0);
		send_frame(ERROR, start->cid, NULL, 0);
	} else if (strcmp(mode, "bad_reply") == 0) {
		send_frame(RETURN, start->cid, "\x12\x01\xff", 3);
	} else if (strcmp(mode, "actor_error") == 0) {
		/* Error: u32 length; faults (1): code (1, zigzag of -1008), message (3). */
		send_frame(START_ACK, start->cid, &function, 1);
		send_frame(ERROR, 0, "\x0e\0\0\0\x0a\x0c\x08\xdf\x0f\x1a\x07no room", 4 + 14);
	} else if (strcmp(mode, "never") != 0) {
		send_frame(RETURN, start->cid, NULL, 0);
	}
}

/* Serves, in its way, until it is cancelled or its parent has gone. */
static int
serve(const char *mode)
{
	static struct frame frame;

	shake_hands(&frame, strcmp(mode, "old_version") == 0 ? 99 : 1);
	send_frame(START_ACK, 0, NULL, 0);
	while (read_frame(&frame)) {
		if (frame.kind == START)
			answer_start(mode, &frame);
		if (frame.kind == CANCEL && frame.cid == 0) {
			trace("cancel");
			send_frame(CANCEL_ACK, 0, NULL, 0);
			send_frame(BYE, 0, NULL, 0);
			return 0;
		}
	}
	return 1;
}

static int
hang(void)
{
	while (pause() != 0)
		continue;
	return 0;
}

static int
stranger(void)
{
	static const char http[] = "GET / HTTP/1.0\r\n\r\n";
	const char *mode = getenv(STRANGER);

	if (mode == NULL)
		return -1;
	trace("stranger pid=%d", getpid());
	if (strcmp(mode, "exit") == 0)
		return 3;
	if (strcmp(mode, "kill") == 0)
		raise(SIGKILL);
	if (strcmp(mode, "deaf") == 0)
		signal(SIGTERM, SIG_IGN);
	if (strcmp(mode, "deaf") == 0 || strcmp(mode, "mute") == 0)
		trace("hangs");
	else if (strcmp(mode, "http") == 0 || strcmp(mode, "http_and_exit") == 0)
		send_bytes(http, 14);
	else if (strcmp(mode, "long_http") == 0)
		send_bytes(http, strlen(http));
	else if (strcmp(mode, "absurd_length") == 0)
		send_bytes("\xff\xff\xff\xff\x01\0\0\0\0\0\0\0\0\0\0\0", HEADER);
	else if (strcmp(mode, "bad_hello") == 0)
		send_frame(HELLO, 0, "\xff\xff\xff", 3);
	else if (strcmp(mode, "no_hello") == 0)
		send_frame(START_ACK, 0, NULL, 0);
	else
		return serve(mode);
	return strcmp(mode, "http_and_exit") == 0 ? 0 : hang();
}

/* ---- strangers that never become actors ---- */

static int
spawn_stranger(struct actor_nursery *nursery, const char *mode, uint64_t start_timeout_ms, struct trees_probe *ret)
{
	char entry[64];
	struct actor_spawn_options options;

	snprintf(entry, sizeof entry, STRANGER "=%s", mode);
	options = *probe_options(entry, NULL);
	options.start_timeout_ms = start_timeout_ms;
	return trees_probe_spawn(nursery, "stranger", &options, ret);
}

/* shows: SP-22 */
static int
a_child_that_ends_before_its_handshake_fails_the_spawn_with_its_status(void)
{
	static const struct {
		const char *mode;
		int status;
	} ends[] = { { "exit", EXITED_WITH(3) }, { "kill", KILLED_BY(SIGKILL) } };
	struct actor_nursery *nursery;
	struct trees_probe probe;
	char who[32];

	for (size_t i = 0; i < ACTOR_COUNT(ends); i++) {
		uint64_t start = now_ms();
		int rc = actor_nursery_open(&nursery);

		trace_clear();
		if (rc == 0)
			rc = spawn_stranger(nursery, ends[i].mode, 0, &probe);
		EXPECT_CODE(rc, ACTOR_EPEERGONE);
		EXPECT(now_ms() - start < 1000 + LOAD_MS);
		EXPECT_INT(actor_error_wait_status(actor_error_last()), ends[i].status);
		snprintf(who, sizeof who, "stranger (pid %d)", trace_number("stranger"));
		EXPECT_PART(actor_error_message(actor_error_last()), who);
		EXPECT(!has_children());
		EXPECT_CODE(actor_nursery_close(nursery, 0), 0); /* the spawn's failure is its caller's */
	}
	return 0;
}

/* shows: SP-22 */
static int
a_program_that_is_no_actor_or_not_there_fails_the_spawn(void)
{
	struct actor_spawn_options options = *probe_options(NULL, NULL);
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	options.executable = "/bin/false";
	EXPECT_CODE(trees_probe_spawn(nursery, "stranger", &options, &probe), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), EXITED_WITH(1));
	options.executable = "/no/such/program";
	EXPECT_CODE(trees_probe_spawn(nursery, "stranger", &options, &probe), ACTOR_ESPAWN);
	EXPECT_PART(actor_error_message(actor_error_last()), "/no/such/program");
	EXPECT_PART(actor_error_message(actor_error_last()), "No such file");
	EXPECT(!has_children());
	return actor_nursery_close(nursery, rc);
}

static int
break_the_protocol(struct trees_probe healthy)
{
	static const struct {
		const char *mode;
		uint64_t start_timeout_ms;
		int code;
		const char *message;
	} breaks[] = {
		/* Less than a header: only time, or the end, tells that it is none. */
		{ "http", 300, ACTOR_EDEADLINE, "300 ms" },   { "http_and_exit", 0, ACTOR_EPEERGONE, "14 of 16 bytes" },
		{ "long_http", 0, ACTOR_EPROTOCOL, "frame" }, { "absurd_length", 0, ACTOR_EPROTOCOL, "too large" },
		{ "bad_hello", 0, ACTOR_EPROTOCOL, "Hello" }, { "no_hello", 0, ACTOR_EPROTOCOL, "before its Hello" },
		{ "old_version", 0, ACTOR_EPROTOCOL, "99" },
	};
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(breaks); i++) {
		uint64_t start = now_ms();

		rc = actor_nursery_open(&nursery);
		EXPECT_CODE(spawn_stranger(nursery, breaks[i].mode, breaks[i].start_timeout_ms, &probe),
		            breaks[i].code);
		EXPECT_PART(actor_error_message(actor_error_last()), "stranger");
		EXPECT_PART(actor_error_message(actor_error_last()), breaks[i].message);
		rc = actor_nursery_close(nursery, rc);
		EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
		if (rc == 0)
			rc = trees_probe_echo(healthy, TREES_VALUE(.number = 1), &reply);
	}
	return rc;
}

/* shows: ID-02, ID-03 */
static int
a_child_that_does_not_speak_the_protocol_loses_its_own_link_only(void)
{
	return with_probe(break_the_protocol);
}

/* A stranger that says nothing: it has half a second to hear its Cancel. */
static void
expect_force(const char *mode)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start = now_ms();
	int fired = 0, rc = actor_nursery_open(&nursery);

	trace_clear();
	if (rc == 0) {
		ACTOR_SCOPE(limit, .timeout_ms = 200);
		rc = spawn_stranger(nursery, mode, 0, &probe);
		EXPECT_CODE(rc, ACTOR_EDEADLINE);
		EXPECT_CODE(actor_scope_close(&limit, rc, &fired), 0);
	}
	EXPECT(fired);
	EXPECT_CODE(actor_nursery_close_report(nursery, 0, &report), 0);
	EXPECT_INT(report.killed_count, 1);
	EXPECT(now_ms() - start >= 200 + 500);
	EXPECT(now_ms() - start < 200 + LADDER_MS + LOAD_MS);
	EXPECT(is_gone(trace_number("stranger")));
}

/* shows: SP-23, SP-24 */
static int
a_spawn_that_is_given_up_before_the_handshake_ends_by_force(void)
{
	expect_force("mute");
	expect_force("deaf");
	return 0;
}

/* shows: ID-02 */
static int
a_child_that_says_nothing_has_its_start_timeout(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_stranger(nursery, "deaf", 300, &probe);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	EXPECT_PART(actor_error_message(actor_error_last()), "300 ms");
	EXPECT(!has_children());
	EXPECT_CODE(actor_nursery_close(nursery, 0), 0);
	return 0;
}

/* ---- strangers that do ---- */

/* shows: SP-15, ID-01, NS-02 */
static int
what_a_child_is_sent_is_its_parents_hello_its_spec_and_calls_with_fresh_ids(void)
{
	const struct actor_bytes none = { NULL, 0 };
	Google__Protobuf__Empty *reply;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_stranger(nursery, "good", 0, &probe);
	if (rc == 0)
		rc = trees_probe_nothing(probe, NOTHING, &reply);
	if (rc == 0)
		rc = trees_probe_nothing(probe, NOTHING, &reply);
	if (rc == 0)
		rc = actor_portal_run_from_ns(probe.portal, "trees.Probe", "Nothing", none, NULL);
	EXPECT_INT(trace_number("first kind"), HELLO);
	EXPECT_INT(trace_number("names root"), 1);
	EXPECT_INT(trace_number("second kind"), SPAWN_SPEC);
	EXPECT_INT(trace_number("names module"), 1);
	EXPECT_INT(trace_number("names other module"), 0);
	EXPECT_INT(trace_number("names me"), 1);
	EXPECT_INT(trace_count("start number"), 3);
	EXPECT_INT(trace_count("start 1 by name=0 module 0 endpoint 1"), 1);
	EXPECT_INT(trace_count("start 3 by name=0 module 0 endpoint 1"), 1);
	EXPECT_INT(trace_count("start 5 by name=1"), 1);
	EXPECT_INT(trace_number("start 5 names"), 1);
	return end_nursery(nursery, rc);
}

/* One call to a stranger; *ret_rc is what that gives, the result is what its nursery does. */
static int
call_stranger(const char *mode, int *ret_rc)
{
	Google__Protobuf__Empty *reply;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	trace_clear();
	if (rc == 0)
		rc = spawn_stranger(nursery, mode, 0, &probe);
	EXPECT_CODE(rc, 0);
	if (rc == 0)
		*ret_rc = trees_probe_nothing(probe, NOTHING, &reply);
	return end_nursery(nursery, 0);
}

/* shows: ID-06, ID-07 */
static int
an_unknown_frame_ends_the_link_and_the_calls_on_it(void)
{
	int rc = 1;

	EXPECT_CODE(call_stranger("unknown_kind", &rc), ACTOR_EPROTOCOL);
	EXPECT_CODE(rc, ACTOR_EPROTOCOL);

	/* The second end of a call is dropped: the link lives, as its orderly end shows. */
	EXPECT_CODE(call_stranger("two_returns", &rc), 0);
	EXPECT_CODE(rc, 0);
	EXPECT_INT(trace_count("cancel"), 1);
	return 0;
}

/* shows: ID-08 */
static int
a_reply_that_cannot_be_decoded_fails_its_call_only(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_stranger(nursery, "bad_reply", 0, &probe);
	for (int i = 0; rc == 0 && i < 2; i++) {
		EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply), ACTOR_EPROTOCOL);
		EXPECT_PART(actor_error_message(actor_error_last()), "Echo");
	}
	rc = end_nursery(nursery, rc);
	EXPECT_INT(trace_count("cancel"), 1); /* the link was there to the end */
	return rc;
}

/* shows: PR-13 */
static int
an_ack_that_names_another_kind_of_endpoint_is_a_violation(void)
{
	int rc = 1;

	EXPECT_CODE(call_stranger("wrong_ack", &rc), ACTOR_EPROTOCOL);
	EXPECT_CODE(rc, ACTOR_EPROTOCOL);
	return 0;
}

/* shows: PR-13, OS-10 */
static int
an_error_in_place_of_the_ack_is_the_error_of_the_call(void)
{
	const struct actor_service *const wanted = &trees_other_service;
	struct actor_service bare = *wanted;
	struct actor_nursery *nursery;
	struct actor_portal portal;
	int rc = actor_nursery_open(&nursery);

	/* The child's own table has no such endpoint. */
	struct actor_endpoint endpoints[2] = { wanted->endpoints[0], wanted->endpoints[0] };

	bare.endpoints = endpoints;
	bare.endpoint_count = 2;
	if (rc == 0)
		rc =
		    acti_run_in_actor(nursery, "refuses", probe_options(NULL, NULL), &bare, 1, &NOTHING->base, &portal);
	EXPECT_CODE(rc, ACTOR_ENOENDPOINT);
	EXPECT_TEXT(actor_error_origin(actor_error_last())->name, "refuses");
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_ENOENDPOINT); /* not a group */
	return 0;
}

struct waiting {
	struct trees_probe probe;
	int rc;
	char message[64];
};

static int
wait_for_it(void *argument)
{
	struct waiting *self = argument;
	Google__Protobuf__Empty *reply;

	self->rc = trees_probe_nothing_wait_for_result(self->probe, &reply);
	snprintf(self->message, sizeof self->message, "%.60s", actor_error_message(actor_error_last()));
	return 0;
}

/* shows: OS-08, ER-09 */
static int
the_failure_of_an_actor_as_a_whole_is_what_waiting_for_its_result_gives(void)
{
	struct actor_spawn_options options = *probe_options(STRANGER "=actor_error", NULL);
	struct actor_nursery *tasks, *actors = NULL;
	struct waiting waiting = { .rc = 1 };
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_nothing_run_in_actor(actors, "stranger", &options, NOTHING, &waiting.probe);
	if (rc == 0)
		rc = actor_nursery_start(tasks, wait_for_it, &waiting);
	EXPECT_CODE(actor_nursery_close(actors, rc), ACTOR_ENOMEM);
	EXPECT_PART(actor_error_message(actor_error_last()), "no room");
	rc = actor_nursery_close(tasks, 0);
	EXPECT_CODE(waiting.rc, ACTOR_ENOMEM);
	EXPECT_TEXT(waiting.message, "no room");
	return rc;
}

/* shows: PR-14 */
static int
a_callee_that_ignores_the_cancellation_of_a_call_does_not_hold_its_caller(void)
{
	Google__Protobuf__Empty *reply;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start = 0;
	int fired = 0, rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_stranger(nursery, "never", 0, &probe);
	EXPECT_CODE(rc, 0);
	if (rc == 0) {
		ACTOR_SCOPE(limit, .timeout_ms = 100);
		start = now_ms();
		rc = trees_probe_nothing(probe, NOTHING, &reply);
		EXPECT_CODE(rc, ACTOR_EDEADLINE);
		rc = actor_scope_close(&limit, rc, &fired);
	}
	EXPECT(fired);
	EXPECT(now_ms() - start >= 600);
	EXPECT(now_ms() - start < 700 + LOAD_MS);
	return end_nursery(nursery, rc);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_child_that_ends_before_its_handshake_fails_the_spawn_with_its_status),
		CHECK(a_program_that_is_no_actor_or_not_there_fails_the_spawn),
		CHECK(a_child_that_does_not_speak_the_protocol_loses_its_own_link_only),
		CHECK(a_spawn_that_is_given_up_before_the_handshake_ends_by_force),
		CHECK(a_child_that_says_nothing_has_its_start_timeout),
		CHECK(what_a_child_is_sent_is_its_parents_hello_its_spec_and_calls_with_fresh_ids),
		CHECK(an_unknown_frame_ends_the_link_and_the_calls_on_it),
		CHECK(a_reply_that_cannot_be_decoded_fails_its_call_only),
		CHECK(an_ack_that_names_another_kind_of_endpoint_is_a_violation),
		CHECK(an_error_in_place_of_the_ack_is_the_error_of_the_call),
		CHECK(the_failure_of_an_actor_as_a_whole_is_what_waiting_for_its_result_gives),
		CHECK(a_callee_that_ignores_the_cancellation_of_a_call_does_not_hold_its_caller),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), stranger);
}
