/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls, by stub and by name: what they give, what is refused, and that the callee goes on whatever it was asked. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define TURNS 8
#define MANY_CALLS 10000
#define LEAK_MAX 65536 /* less than a byte for each of them, and room for pools to settle */

static int
calls_so_far(struct trees_probe probe)
{
	Trees__Value *reply;
	int rc = trees_probe_count_calls(probe, NOTHING, &reply);

	return rc == 0 ? (int)reply->number : rc;
}

/* Any call, to see that the actor still serves. */
static bool
still_serves(struct trees_probe probe)
{
	Trees__Value *reply;
	int rc = trees_probe_echo(probe, TREES_VALUE(.number = 42), &reply);

	return rc == 0 && reply->number == 42;
}

static struct actor_bytes
pack(const ProtobufCMessage *message)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	void *bytes = actor_alloc(size);

	return (struct actor_bytes){ bytes, protobuf_c_message_pack(message, bytes) };
}

static int
by_name(struct trees_probe probe, const char *ns, const char *function)
{
	return actor_portal_run_from_ns(probe.portal, ns, function, (struct actor_bytes){ 0 }, NULL);
}

static const char *
origin(void)
{
	const struct actor_uid *uid = actor_error_origin(actor_error_last());

	return uid != NULL ? uid->name : "here";
}

/* ---- answers ---- */

static int
echo_and_echo_by_name(struct trees_probe probe)
{
	const Trees__Value *request = TREES_VALUE(.number = -7, .text = (char *)"gr\xc3\xbc\xc3\x9f"
	                                                                        "e");
	struct actor_bytes bytes, wanted = pack(&request->base);
	Trees__Value *reply;
	int rc = trees_probe_echo(probe, request, &reply);

	if (rc == 0)
		rc = actor_portal_run_from_ns(probe.portal, "trees.Probe", "Echo", wanted, &bytes);
	if (rc == 0) {
		EXPECT_INT(reply->number, -7);
		EXPECT_TEXT(reply->text, request->text);
		EXPECT(bytes.size == wanted.size && memcmp(bytes.data, wanted.data, wanted.size) == 0);
	}
	return rc;
}

/* shows: PR-01, NS-01 */
static int
a_call_by_name_gives_what_the_stub_gives(void)
{
	return with_probe(echo_and_echo_by_name);
}

static int
take_turns(struct trees_probe probe)
{
	Trees__Value *replies[TURNS];
	char names[TURNS][16];
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (int i = 0; rc == 0 && i < TURNS; i++) {
		snprintf(names[i], sizeof names[i], "%d", i + 1);
		rc = trees_probe_take_turn_start(calls, probe, TREES_VALUE(.number = TURNS, .text = names[i]),
		                                 &replies[i]);
	}
	rc = actor_nursery_close(calls, rc);
	for (int i = 0; rc == 0 && i < TURNS; i++)
		EXPECT_INT(replies[i]->number, i + 1);
	return rc;
}

/*
 * The callee answers in the reverse order of the calls.
 *
 * shows: PR-02
 */
static int
replies_in_another_order_reach_their_own_callers(void)
{
	return with_probe(take_turns);
}

static int
call_for_nothing(struct trees_probe probe)
{
	Google__Protobuf__Empty *reply = NULL;
	struct actor_bytes bytes = { .size = 99 };
	int rc = trees_probe_nothing(probe, NOTHING, &reply);

	EXPECT(reply != NULL);
	if (rc == 0)
		rc = actor_portal_run_from_ns(probe.portal, "trees.Probe", "Nothing", bytes = (struct actor_bytes){ 0 },
		                              &bytes);
	EXPECT_INT(bytes.size, 0);
	return rc;
}

/* shows: PR-25 */
static int
an_empty_reply_is_a_reply(void)
{
	return with_probe(call_for_nothing);
}

static int
measure(struct trees_probe probe, int64_t *ret_bytes)
{
	ACTOR_OWNED(Trees__Value, reply);
	int rc = trees_probe_memory(probe, NOTHING, &reply);

	if (rc == 0)
		*ret_bytes = reply->number;
	return rc;
}

static int
call_often(struct trees_probe probe, int count)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < count; i++) {
		ACTOR_OWNED(Trees__Value, reply);

		rc = trees_probe_echo(probe, TREES_VALUE(.number = i), &reply);
	}
	return rc;
}

static int
measure_many_calls(struct trees_probe probe)
{
	int64_t before = 0, after = 0, here;
	int rc = call_often(probe, 100);

	if (rc == 0)
		rc = measure(probe, &before);
	here = heap_in_use();
	if (rc == 0)
		rc = call_often(probe, MANY_CALLS);
	EXPECT(heap_in_use() - here < LEAK_MAX);
	if (rc == 0)
		rc = measure(probe, &after);
	EXPECT(before > 0);
	EXPECT(after - before < LEAK_MAX);
	return rc;
}

/* shows: PR-20 */
static int
many_calls_leave_nothing_on_either_side(void)
{
	return with_probe(measure_many_calls);
}

/* ---- what is refused ---- */

static int
call_what_is_not_enabled(struct trees_probe probe)
{
	struct trees_other other = { probe.portal };
	Trees__Value *reply;

	EXPECT_CODE(trees_other_greet(other, NOTHING, &reply), ACTOR_EDENIED);
	EXPECT_TEXT(origin(), "child");
	EXPECT_PART(actor_error_message(actor_error_last()), "trees.Other");
	EXPECT_PART(actor_error_message(actor_error_last()), "actor_spawn_options.enable");
	EXPECT(still_serves(probe));
	EXPECT_CODE(by_name(probe, "trees.Other", "Greet"), ACTOR_EDENIED);
	EXPECT_CODE(by_name(probe, "trees.Other", "NoSuchThing"), ACTOR_EDENIED); /* it was not looked up */
	EXPECT_CODE(by_name(probe, "no.such.Module", "Greet"), ACTOR_EDENIED);
	EXPECT_PART(actor_error_message(actor_error_last()), "no.such.Module");
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: PR-03, NS-03, AL-01, AL-03 */
static int
a_module_that_is_not_enabled_is_refused_whether_it_exists_or_not(void)
{
	return with_probe(call_what_is_not_enabled);
}

/* shows: AL-01, AL-06 */
static int
an_actor_without_modules_refuses_every_call(void)
{
	struct actor_nursery *nursery;
	struct trees_probe bare;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_spawn(nursery, "bare", NULL, probe_options(NULL, NULL), &bare.portal);
	if (rc == 0) {
		EXPECT_CODE(trees_probe_echo(bare, TREES_VALUE(.number = 1), &reply), ACTOR_EDENIED);
		EXPECT_PART(actor_error_message(actor_error_last()), "trees.Probe");
		EXPECT_CODE(by_name(bare, "trees.Probe", "Nothing"), ACTOR_EDENIED);
		EXPECT_CODE(by_name(bare, "self", "ping"), 0);
	}
	return end_nursery(nursery, rc);
}

static int
call_what_is_no_endpoint(struct trees_probe probe)
{
	static const char *const names[] = { "NoSuchThing", "echo",         "ECHO",  "state_open",
		                             "open_root",   "still_serves", "Greet", "trees_probe_echo" };

	for (size_t i = 0; i < ACTOR_COUNT(names); i++) {
		EXPECT_CODE(by_name(probe, "trees.Probe", names[i]), ACTOR_ENOENDPOINT);
		EXPECT_TEXT(origin(), "child");
	}
	EXPECT_CODE(by_name(probe, "", "Echo"), ACTOR_EINVAL);
	EXPECT_CODE(by_name(probe, "trees.Probe", ""), ACTOR_EINVAL);
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: PR-04, NS-11, NS-12 */
static int
only_what_the_service_declares_can_be_called(void)
{
	return with_probe(call_what_is_no_endpoint);
}

static int
ask_self(struct trees_probe probe)
{
	static const char *const verbs[] = { "registry", "spawn", "Ping", "cancel_actor", "_cancel_task" };
	const struct actor_bytes word = { "word", 4 };
	struct actor_bytes reply;

	for (size_t i = 0; i < ACTOR_COUNT(verbs); i++) {
		EXPECT_CODE(by_name(probe, "self", verbs[i]), ACTOR_ENOENDPOINT);
		EXPECT_TEXT(origin(), "child");
	}
	if (EXPECT_CODE(actor_portal_run_from_ns(probe.portal, "self", "ping", word, &reply), 0))
		EXPECT(reply.size == 4 && memcmp(reply.data, "word", 4) == 0);
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: NS-10, NS-11 */
static int
self_is_a_closed_set_of_verbs(void)
{
	return with_probe(ask_self);
}

/* shows: PR-06 */
static int
an_endpoint_that_is_not_a_function_is_refused_by_the_callee(void)
{
	struct actor_nursery *nursery;
	struct trees_probe stream;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_spawn(nursery, "stream", &trees_stream_service, probe_options(NULL, NULL),
		                         &stream.portal);
	if (rc == 0) {
		EXPECT_CODE(by_name(stream, "trees.Stream", "Count"), ACTOR_EKIND);
		EXPECT_TEXT(origin(), "stream");
		EXPECT_INT(trace_count("the stream ran"), 0);
		EXPECT_CODE(by_name(stream, "self", "ping"), 0);
	}
	return end_nursery(nursery, rc);
}

static int
send_wrong_bytes(struct trees_probe probe)
{
	/* A number where text should be; text that is not UTF-8; a length beyond the end. */
	static const struct actor_bytes wrong[] = { { "\x10\x01", 2 }, { "\x12\x01\xff", 3 }, { "\x12\x7f", 2 } };
	int before = calls_so_far(probe);

	for (size_t i = 0; i < ACTOR_COUNT(wrong); i++) {
		EXPECT_CODE(actor_portal_run_from_ns(probe.portal, "trees.Probe", "Echo", wrong[i], NULL),
		            ACTOR_EINVAL);
		EXPECT_TEXT(origin(), "child");
	}
	EXPECT_INT(calls_so_far(probe), before + 1);
	return 0;
}

/* shows: PR-07 */
static int
a_request_that_cannot_be_decoded_never_reaches_the_function(void)
{
	return with_probe(send_wrong_bytes);
}

static int
send_what_cannot_be_sent(struct trees_probe probe)
{
	static char large[5 * 1024 * 1024];
	Trees__Value *reply;
	int before = calls_so_far(probe);

	memset(large, 'x', sizeof large - 1);
	EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.text = (char *)"\xff"), &reply), ACTOR_EINVAL);
	EXPECT_TEXT(origin(), "here");
	EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.text = large), &reply), ACTOR_EINVAL);
	EXPECT_TEXT(origin(), "here");
	EXPECT_INT(calls_so_far(probe), before + 1);
	return 0;
}

/* shows: PR-08 */
static int
a_request_that_breaks_its_type_or_a_limit_is_not_sent(void)
{
	return with_probe(send_what_cannot_be_sent);
}

/* ---- endpoints that misbehave ---- */

static int
let_it_fail(struct trees_probe probe)
{
	Trees__Value *reply = NULL;

	EXPECT_CODE(trees_probe_fail(probe, TREES_FAILURE(.code = ACTOR_ENOMEM, .message = (char *)"no more"), &reply),
	            ACTOR_ENOMEM);
	EXPECT_TEXT(actor_error_type(actor_error_last()), "ACTOR_ENOMEM");
	EXPECT_PART(actor_error_message(actor_error_last()), "no more");
	EXPECT_TEXT(origin(), "child");
	EXPECT(reply == NULL);
	EXPECT_CODE(trees_probe_bad_reply(probe, NOTHING, &reply), ACTOR_EINVAL);
	EXPECT_TEXT(origin(), "child");
	EXPECT_CODE(trees_probe_forget_nursery(probe, NOTHING, &reply), ACTOR_ECLOSED);
	EXPECT_PART(actor_error_message(actor_error_last()), "probe.c");
	EXPECT_CODE(trees_probe_raise_undeclared(probe, TREES_FAILURE(.code = 0), &reply), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "trees.Rare");
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: PR-09 */
static int
a_function_that_fails_ends_its_call_and_nothing_else(void)
{
	return with_probe(let_it_fail);
}

/* ---- time ---- */

static int
give_up_on_a_call(struct trees_probe probe)
{
	Trees__Value *reply;
	uint64_t start = now_ms();
	int fired = 0, rc;
	ACTOR_SCOPE(limit, .timeout_ms = 300);

	rc = trees_probe_sleep(probe, TREES_PAUSE(.ms = UINT32_MAX), &reply);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	EXPECT_CODE(actor_scope_close(&limit, rc, &fired), 0);
	EXPECT(fired);
	EXPECT(now_ms() - start < PATIENCE_MS / 2);
	AWAIT(trace_count("cancelled child") == 1);
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: PR-14 */
static int
a_caller_that_gives_up_cancels_the_remote_task(void)
{
	return with_probe(give_up_on_a_call);
}

struct one_call {
	struct trees_probe probe;
	uint32_t ms;
	uint64_t answered_at;
	int64_t ended_at;
	int rc;
};

static int
call_block(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_block(self->probe, TREES_PAUSE(.ms = self->ms), &reply);
	self->answered_at = now_ms();
	if (self->rc == 0)
		self->ended_at = reply->number;
	return 0;
}

static int
cancel_sleep(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;
	int fired;
	ACTOR_SCOPE(limit, .timeout_ms = 50);

	self->rc = trees_probe_sleep(self->probe, TREES_PAUSE(.ms = UINT32_MAX), &reply);
	self->answered_at = now_ms();
	return actor_scope_close(&limit, self->rc, &fired);
}

static int
call_echo_later(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;

	AWAIT(trace_count("blocking") == 1);
	self->rc = trees_probe_echo(self->probe, TREES_VALUE(.number = 1), &reply);
	self->answered_at = now_ms();
	return 0;
}

static int
call_beside_a_blocked_one(struct trees_probe probe)
{
	struct one_call block = { .probe = probe, .ms = 400 }, echo = { .probe = probe }, sleep = { .probe = probe };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, cancel_sleep, &sleep);
	if (rc == 0)
		rc = actor_nursery_start(nursery, call_block, &block);
	if (rc == 0)
		rc = actor_nursery_start(nursery, call_echo_later, &echo);
	rc = actor_nursery_close(nursery, rc);
	EXPECT_CODE(block.rc, 0);
	EXPECT_CODE(echo.rc, 0);
	EXPECT_CODE(sleep.rc, ACTOR_EDEADLINE);
	EXPECT((int64_t)echo.answered_at >= block.ended_at);
	EXPECT((int64_t)sleep.answered_at >= block.ended_at);
	return rc;
}

/*
 * A call, and the cancellation of another, come while a function of the actor blocks for longer.
 *
 * shows: PR-21
 */
static int
an_actor_that_blocks_answers_nothing_until_it_yields(void)
{
	return with_probe(call_beside_a_blocked_one);
}

static int
call_ping(void *argument)
{
	struct one_call *self = argument;

	self->rc = by_name(self->probe, "self", "ping");
	self->answered_at = now_ms();
	trace("pinged");
	return 0;
}

static int
call_block_and_tell(void *argument)
{
	int rc = call_block(argument);

	trace("unblocked");
	return rc;
}

/* Both leave in one write; the function is called first, and takes a task. */
static int
ping_behind_a_call(struct trees_probe probe)
{
	struct one_call block = { .probe = probe, .ms = 20 }, ping = { .probe = probe };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, call_block_and_tell, &block);
	if (rc == 0)
		rc = actor_nursery_start(nursery, call_ping, &ping);
	rc = actor_nursery_close(nursery, rc);
	EXPECT_CODE(ping.rc, 0);
	EXPECT_CODE(block.rc, 0);
	EXPECT(trace_line("pinged") >= 0 && trace_line("pinged") < trace_line("unblocked"));
	return rc;
}

static int
cancel_by_name(struct trees_probe probe)
{
	Trees__Value *reply;

	EXPECT_CODE(by_name(probe, "self", "cancel"), 0);
	AWAIT(trace_count("closing child") == 1);
	EXPECT(trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply) != 0);
	return 0;
}

/* shows: NS-05 */
static int
verbs_of_self_are_answered_ahead_of_tasks(void)
{
	int rc = with_probe(ping_behind_a_call);

	trace_clear();
	return rc == 0 ? with_probe(cancel_by_name) : rc;
}

/* ---- a pool ---- */

#define WORKERS 3
#define JOBS 12

static int
spawn_workers(struct actor_nursery *nursery, struct trees_probe workers[WORKERS])
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < WORKERS; i++)
		rc = trees_probe_spawn(nursery, "worker", probe_options(NULL, NULL), &workers[i]);
	return rc;
}

static int
run_jobs(const struct trees_probe workers[WORKERS], Trees__Value *replies[JOBS])
{
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (int i = 0; rc == 0 && i < JOBS; i++)
		rc = trees_probe_echo_start(calls, workers[i % WORKERS], TREES_VALUE(.number = i), &replies[i]);
	return actor_nursery_close(calls, rc);
}

static int
run_jobs_with_a_crash(const struct trees_probe workers[WORKERS])
{
	Trees__Value *ignored[WORKERS];
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (int i = 0; rc == 0 && i < WORKERS - 1; i++)
		rc = trees_probe_sleep_start(calls, workers[i], TREES_PAUSE(.ms = UINT32_MAX), &ignored[i]);
	if (rc == 0)
		rc = trees_probe_fail_start(calls, workers[WORKERS - 1],
		                            TREES_FAILURE(.code = ACTOR_EINVAL, .message = (char *)"a job crashed"),
		                            &ignored[WORKERS - 1]);
	return actor_nursery_close(calls, rc);
}

/* shows: PR-24 */
static int
a_pool_of_workers_does_its_jobs_and_goes_down_with_the_first_crash(void)
{
	struct trees_probe workers[WORKERS];
	Trees__Value *replies[JOBS];
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_workers(nursery, workers);
	if (rc == 0)
		rc = run_jobs(workers, replies);
	for (int i = 0; rc == 0 && i < JOBS; i++)
		EXPECT_INT(replies[i]->number, i);
	EXPECT_CODE(rc, 0);
	if (rc == 0)
		rc = run_jobs_with_a_crash(workers);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "a job crashed");
	EXPECT_TEXT(origin(), "worker");
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_call_by_name_gives_what_the_stub_gives),
		CHECK(replies_in_another_order_reach_their_own_callers),
		CHECK(an_empty_reply_is_a_reply),
		CHECK(many_calls_leave_nothing_on_either_side),
		CHECK(a_module_that_is_not_enabled_is_refused_whether_it_exists_or_not),
		CHECK(an_actor_without_modules_refuses_every_call),
		CHECK(only_what_the_service_declares_can_be_called),
		CHECK(self_is_a_closed_set_of_verbs),
		CHECK(an_endpoint_that_is_not_a_function_is_refused_by_the_callee),
		CHECK(a_request_that_cannot_be_decoded_never_reaches_the_function),
		CHECK(a_request_that_breaks_its_type_or_a_limit_is_not_sent),
		CHECK(a_function_that_fails_ends_its_call_and_nothing_else),
		CHECK(a_caller_that_gives_up_cancels_the_remote_task),
		CHECK(an_actor_that_blocks_answers_nothing_until_it_yields),
		CHECK(verbs_of_self_are_answered_ahead_of_tasks),
		CHECK(a_pool_of_workers_does_its_jobs_and_goes_down_with_the_first_crash),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
