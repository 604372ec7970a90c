/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A parent, and a child process that is played by the test: what it says, when it dies, and what becomes of the spawn,
 * of calls and of the nursery.  Time is exact.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <rpc/service.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <support/test_actor.h>
#include <support/test_demand.h>

#define EXITED(status) ((status) << 8)
#define MS UINT64_C(1000000)

static struct test_os os;
static struct test_actor parent;
static struct test_frame frame;
static unsigned char body[ACTI_ERROR_SIZE_MAX];
static actor_wire_SpawnSpec spec; /* that the child was sent */
static uint64_t began_ns;

/* What the parent does, and what came of it. */
static struct {
	const char *name; /* NULL: kid */
	uint64_t start_timeout_ms;
	bool calls;         /* makes a call when the child is there */
	uint64_t call_ms;   /* its deadline, after which the nursery is cancelled */
	bool waits;         /* sleeps when the child is there */
	bool cancels;       /* cancels the nursery when the child is there */
	bool cancels_actor; /* by actor_portal_cancel_actor() */
	bool is_spawned, has_called, is_closed;
	int spawn_rc, call_rc, cancel_rc, close_rc;
	int call_status, close_status;
	char message[1024];
	struct acti_task *task;
	struct actor_nursery_report report;
	struct actor_portal portal;
} run;

static void
begin(void)
{
	test_os_init(&os);
	test_actor_init(&parent, &os, "parent");
	memset(&run, 0, sizeof run);
}

static void
end(void)
{
	test_actor_fini(&parent);
	test_frame_fini(&frame);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_demand(os.stack_count == 0, "%zu stacks are left", os.stack_count);
	test_demand(test_os_running_timers(&os) == 0, "a timer is left");
	test_demand(os.process.pidfd < 0 || (os.process.is_reaped && !os.ends[os.process.pidfd].is_open),
	            "the process is not reaped, or its descriptor not closed");
	test_os_fini(&os);
}

TestSuite(child, .init = begin, .fini = end);

static void
note(int rc, int *ret_status)
{
	if (rc < 0)
		snprintf(run.message, sizeof run.message, "%s", actor_error_message(actor_error_last()));
	*ret_status = rc < 0 ? actor_error_wait_status(actor_error_last()) : -1;
}

static int
supervise(void *argument)
{
	const struct actor_spawn_options options = { .executable = "/some/program",
		                                     .start_timeout_ms = run.start_timeout_ms };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	run.task = acti_task_current();
	if (rc == 0)
		rc = actor_nursery_spawn(nursery, run.name != NULL ? run.name : "kid", NULL, &options, &run.portal);
	run.spawn_rc = rc;
	note(rc, &run.call_status);
	run.is_spawned = true;
	if (rc == 0 && run.calls) {
		ACTOR_SCOPE(limit, .timeout_ms = run.call_ms);
		rc = run.call_rc = actor_portal_run_from_ns(run.portal, "a.B", "C", (struct actor_bytes){ 0 }, NULL);
		note(rc, &run.call_status);
		run.has_called = true;
	}
	if (run.waits)
		rc = actor_sleep_ms(100000);
	if (run.cancels)
		actor_nursery_cancel(nursery);
	if (run.cancels_actor)
		run.cancel_rc = actor_portal_cancel_actor(run.portal);
	run.close_rc = actor_nursery_close_report(nursery, run.spawn_rc < 0 ? 0 : rc, &run.report);
	if (run.close_rc < 0)
		note(run.close_rc, &run.close_status);
	run.is_closed = true;
	return run.close_rc;
}

static void
take(unsigned kind, uint64_t cid)
{
	test_os_settle(&os);
	cr_assert(test_peer_next(&os, os.process.link, &frame), "no %s came", acti_frame_kind_name(kind));
	cr_assert_eq(frame.head.kind, kind, "%s instead of %s", acti_frame_kind_name(frame.head.kind),
	             acti_frame_kind_name(kind));
	cr_assert_eq(frame.head.cid, cid);
}

/* Spawns, and takes what the child is told first. */
static void
spawn(void)
{
	began_ns = os.now_ns;
	test_actor_start(&parent, supervise, NULL);
	take(ACTI_FRAME_HELLO, 0);
	take(ACTI_FRAME_SPAWN_SPEC, 0);
	cr_assert(acti_spawn_spec_decode(&spec, frame.body.at, frame.body.size));
}

static void
say_hello(void)
{
	struct actor_uid uid;

	cr_assert(acti_uid_from_wire(&spec.uid, &uid));
	test_peer_hello(&os, os.process.link, &uid, 1024, NULL);
}

static void
say(unsigned kind, uint64_t cid)
{
	test_peer_send(&os, os.process.link, kind, cid, NULL, 0);
}

/* Spawns, and is ready. */
static void
boot(void)
{
	spawn();
	say_hello();
	say(ACTI_FRAME_START_ACK, 0);
	test_os_settle(&os);
	cr_assert(run.is_spawned);
	cr_assert_eq(run.spawn_rc, 0, "%s", run.message);
}

static void
demand_spawn_error(int code, int status)
{
	test_os_settle(&os);
	cr_assert(run.is_closed, "the spawn, or its nursery, has not ended");
	cr_assert_eq(run.spawn_rc, code, "%s: %s", actor_code_name(run.spawn_rc), run.message);
	cr_assert_eq(run.call_status, status, "0x%x", (unsigned)run.call_status);
	cr_assert_eq(run.close_rc, 0, "a spawn that failed is its caller's error, and no second one of the nursery");
	cr_assert(os.process.is_reaped);
}

static void
demand_signals(size_t count, const int *signals, const uint64_t *times_ms)
{
	cr_assert_eq(os.process.signal_count, count, "%zu signals", os.process.signal_count);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(os.process.signals[i], signals[i]);
		cr_assert_eq(os.process.signal_times_ns[i] - began_ns, times_ms[i] * MS, "signal %d after %llu ms",
		             signals[i], (unsigned long long)((os.process.signal_times_ns[i] - began_ns) / MS));
	}
}

#define SIGNALS(...)        \
	(const int[])       \
	{                   \
		__VA_ARGS__ \
	}
#define TIMES(...)          \
	(const uint64_t[])  \
	{                   \
		__VA_ARGS__ \
	}

/* ---- starting ---- */

/* shows: SP-04, SP-15, ID-01 */
Test(child, is_told_who_its_parent_is_and_what_it_is_to_be_before_anything_else)
{
	actor_wire_Hello hello;

	test_actor_start(&parent, supervise, NULL);
	take(ACTI_FRAME_HELLO, 0);
	cr_assert(acti_hello_decode(&hello, frame.body.at, frame.body.size));
	cr_assert_str_eq(hello.uid.name, "parent");
	cr_assert_eq(hello.version_min, ACTI_PROTOCOL_VERSION);
	take(ACTI_FRAME_SPAWN_SPEC, 0);
	cr_assert(acti_spawn_spec_decode(&spec, frame.body.at, frame.body.size));
	cr_assert_str_eq(spec.uid.name, "kid");
	cr_assert_eq(spec.depth, 1);
	cr_assert_eq(spec.modules_count, 0);
	cr_assert(strncmp(os.process.title, "kid@", 4) == 0);
	cr_assert_not(run.is_spawned, "it has not said Hello");
	say_hello();
	test_os_settle(&os);
	cr_assert_not(run.is_spawned, "its modules are not open");
	say(ACTI_FRAME_START_ACK, 0);
	test_os_settle(&os);
	cr_assert(run.is_spawned);
	cr_assert_eq(run.spawn_rc, 0);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, 0);
}

/* shows: SP-22; robustness: A2 */
Test(child, that_dies_before_its_hello_fails_the_spawn_at_once_with_its_status)
{
	spawn();
	test_os_end_process(&os, EXITED(7));
	demand_spawn_error(ACTOR_EPEERGONE, EXITED(7));
	cr_assert_eq(os.now_ns, began_ns);
	cr_assert(strstr(run.message, "kid (pid 4711)") != NULL, "%s", run.message);
	cr_assert(strstr(run.message, "before it was ready") != NULL, "%s", run.message);
}

/* shows: SP-22; robustness: A2 */
Test(child, that_is_killed_before_its_hello_fails_the_spawn_with_the_signal)
{
	spawn();
	test_os_end_process(&os, SIGSEGV);
	demand_spawn_error(ACTOR_EPEERGONE, SIGSEGV);
}

/* The bytes of a Hello and what follows it. */
static size_t
sent_by_child(unsigned char *bytes, size_t size)
{
	struct test_bytes *in = &os.ends[os.ends[os.process.link].peer].in;

	say_hello();
	cr_assert_leq(in->size, size);
	memcpy(bytes, in->at, in->size);
	size = in->size;
	in->size = 0;
	return size;
}

/* shows: SP-22, ID-03; robustness: A3 */
Test(child, that_dies_anywhere_in_its_hello_fails_the_spawn_with_its_status)
{
	static unsigned char hello[4096];
	size_t size = 2;

	for (size_t torn = 1; torn < size; torn++) {
		memset(&run, 0, sizeof run);
		spawn();
		size = sent_by_child(hello, sizeof hello);
		test_os_send(&os, os.process.link, hello, torn);
		test_os_end_process(&os, SIGKILL);
		demand_spawn_error(ACTOR_EPEERGONE, SIGKILL);
		cr_assert(strstr(run.message, torn < 16 ? "inside a header" : "inside a Hello frame") != NULL, "%s",
		          run.message);
	}
	cr_assert_gt(size, 30);
}

/* shows: ID-02; robustness: A4 */
Test(child, that_says_nothing_is_killed_when_its_time_is_over)
{
	run.start_timeout_ms = 300;
	spawn();
	test_os_advance_ms(&os, 299);
	cr_assert_not(run.is_spawned);
	test_os_advance_ms(&os, 1);
	demand_spawn_error(ACTOR_EDEADLINE, SIGKILL);
	demand_signals(1, SIGNALS(SIGKILL), TIMES(300));
	cr_assert(strstr(run.message, "kid (pid 4711) was not ready within 300 ms") != NULL, "%s", run.message);
}

/* robustness: A3, A4 */
Test(child, that_stops_in_the_middle_of_its_hello_is_killed_when_its_time_is_over)
{
	run.start_timeout_ms = 300;
	spawn();
	test_os_send(&os, os.process.link, "\x40\0\0\0\x01", 5);
	test_os_advance_ms(&os, 300);
	demand_spawn_error(ACTOR_EDEADLINE, SIGKILL);
	cr_assert(strstr(run.message, "was not ready within 300 ms") != NULL, "%s", run.message);
}

/* shows: SP-21 */
Test(child, that_cannot_start_says_why)
{
	spawn();
	say_hello();
	test_peer_error(&os, os.process.link, 0, ACTOR_ENOMODULE, "the program of kid has no module x", NULL);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, EXITED(1));
	demand_spawn_error(ACTOR_ENOMODULE, EXITED(1));
	cr_assert_str_eq(run.message, "the program of kid has no module x");
}

/* It breaks the protocol before it is ready: it is terminated, and the spawn fails. */
static void
demand_violation(const char *why)
{
	test_os_settle(&os);
	cr_assert_geq(os.process.signal_count, 1);
	if (!os.process.is_reaped)
		test_os_end_process(&os, SIGTERM);
	demand_spawn_error(ACTOR_EPROTOCOL, os.process.status);
	cr_assert(strstr(run.message, why) != NULL, "%s", run.message);
	cr_assert(strstr(run.message, "kid (pid 4711) broke the protocol: ") != NULL, "%s", run.message);
}

/* shows: NS-14 */
Test(child, that_says_it_is_another_breaks_the_protocol)
{
	spawn();
	test_peer_hello(&os, os.process.link, &(struct actor_uid){ "root", { 1 } }, 1, NULL);
	demand_violation("it says that it is root@01000000, which it is not");
}

/* robustness: L7 */
Test(child, that_speaks_other_versions_breaks_the_protocol)
{
	actor_wire_Hello hello = { .version_min = 2, .version_max = 9, .has_uid = true };

	spawn();
	hello.uid = spec.uid;
	test_peer_send(&os, os.process.link, ACTI_FRAME_HELLO, 0, body, acti_hello_encode(&hello, body, sizeof body));
	demand_violation("it speaks versions 2 to 9 of the protocol, not 1");
}

/* robustness: E5 */
Test(child, whose_hello_is_rubbish_breaks_the_protocol)
{
	spawn();
	test_peer_send(&os, os.process.link, ACTI_FRAME_HELLO, 0, "rubbish", 7);
	demand_violation("a Hello that cannot be decoded");
}

/* shows: ID-01 */
Test(child, that_says_something_before_its_hello_breaks_the_protocol)
{
	spawn();
	say(ACTI_FRAME_START_ACK, 0);
	demand_violation("a StartAck before its Hello");
}

/* shows: ID-07; robustness: E13 */
Test(child, that_sends_other_bytes_than_frames_breaks_the_protocol)
{
	spawn();
	test_os_send(&os, os.process.link, "GET / HTTP/1.1\r\nHost: x\r\n", 25);
	demand_violation("unknown kind of frame");
}

/* shows: ID-03 */
Test(child, that_sends_14_bytes_of_http_and_dies_fails_the_spawn)
{
	spawn();
	test_os_send(&os, os.process.link, "GET / HTTP/1.0", 14);
	test_os_end_process(&os, 0);
	demand_spawn_error(ACTOR_EPEERGONE, 0);
	cr_assert(strstr(run.message, "it ended inside a header, after 14 of 16 bytes") != NULL, "%s", run.message);
}

/* shows: NS-14 */
Test(child, that_says_hello_twice_breaks_the_protocol)
{
	spawn();
	say_hello();
	say_hello();
	demand_violation("a Hello that concerns no dialog");
}

/* ---- what is refused before a process exists ---- */

static void
demand_refusal(int code, const char *why)
{
	test_actor_start(&parent, supervise, NULL);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.spawn_rc, code);
	cr_assert(strstr(run.message, why) != NULL, "%s", run.message);
	cr_assert_eq(run.close_rc, 0);
	cr_assert_eq(os.process.pidfd, -1, "nothing was started");
}

/* robustness: N3 */
Test(child, needs_a_name_of_its_own_kind)
{
	static const char *const names[] = { "",
		                             "a b",
		                             "a\nb",
		                             "a/b",
		                             "\xc3\xa4",
		                             "../x",
		                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	for (size_t i = 0; i < ACTOR_COUNT(names); i++) {
		memset(&run, 0, sizeof run);
		run.name = names[i];
		demand_refusal(ACTOR_EINVAL, "is not an actor's name: use 1 to 64 of A-Z a-z 0-9 . _ -");
	}
}

/* robustness: A1, C2, C3 */
Test(child, that_the_system_refuses_fails_the_spawn_with_the_reason)
{
	os.spawn_error = EAGAIN;
	demand_refusal(ACTOR_ESPAWN, "kid: clone /some/program: Resource temporarily unavailable");
}

static int
spawn_in_a_cancelled_nursery(void *argument)
{
	const struct actor_spawn_options options = { .executable = "/some/program" };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	actor_nursery_cancel(nursery);
	cr_assert_eq(rc, 0);
	cr_assert_eq(actor_nursery_spawn(nursery, "kid", NULL, &options, &run.portal), ACTOR_ECANCELED);
	cr_assert_eq(actor_nursery_spawn(NULL, "kid", NULL, &options, &run.portal), ACTOR_ECLOSED);
	return actor_nursery_close(nursery, 0);
}

/* shows: SP-25 */
Test(child, of_a_cancelled_nursery_is_refused)
{
	cr_assert_eq(test_actor_run(&parent, spawn_in_a_cancelled_nursery, NULL), 0);
	cr_assert_eq(os.process.pidfd, -1);
}

static int
spawn_a_module_that_is_not_here(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	cr_assert_eq(rc, 0);
	cr_assert_eq(actor_nursery_spawn(nursery, "kid", &test_service, NULL, &run.portal), ACTOR_ENOMODULE);
	return actor_nursery_close(nursery, 0);
}

/* shows: SP-20 */
Test(child, with_a_module_that_this_program_lacks_is_refused)
{
	cr_assert_eq(test_actor_run(&parent, spawn_a_module_that_is_not_here, NULL), 0);
	cr_assert_eq(os.process.pidfd, -1);
}

/* ---- dying ---- */

/* shows: PR-15, SP-28 */
Test(child, that_dies_fails_its_calls_and_its_nursery_with_its_status)
{
	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.call_rc, ACTOR_EPEERGONE);
	cr_assert_eq(run.call_status, SIGKILL);
	cr_assert_eq(run.close_rc, ACTOR_EPEERGONE, "the call's failure and the child's are one");
	cr_assert_eq(run.close_status, SIGKILL);
	cr_assert(strstr(run.message, "kid (pid 4711) ended") != NULL, "%s", run.message);
}

/* shows: SP-28; robustness: A14 */
Test(child, that_dies_while_nobody_calls_is_reaped_at_once_and_fails_its_nursery)
{
	static const int statuses[] = { SIGKILL, SIGSEGV | 0x80, SIGABRT, EXITED(0), EXITED(7), EXITED(255) };

	for (size_t i = 0; i < ACTOR_COUNT(statuses); i++) {
		memset(&run, 0, sizeof run);
		boot();
		test_os_end_process(&os, statuses[i]);
		test_os_settle(&os);
		cr_assert(os.process.is_reaped);
		cr_assert_eq(run.close_rc, ACTOR_EPEERGONE);
		cr_assert_eq(run.close_status, statuses[i]);
	}
}

/* robustness: A9 */
Test(child, that_dies_after_its_reply_has_replied)
{
	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	say(ACTI_FRAME_RETURN, 1);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert(run.has_called);
	cr_assert_eq(run.call_rc, 0);
	cr_assert_eq(run.close_rc, 0);
}

/* The pidfd may be seen before the bytes: they are read then. robustness: A9 */
Test(child, whose_death_is_seen_before_its_reply_has_replied)
{
	struct acti_watch *watch;

	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	say(ACTI_FRAME_RETURN, 1);
	watch = os.ends[os.process.pidfd].watch;
	test_os_end_process(&os, SIGKILL);
	watch->ready(watch, ACTI_READABLE);
	test_os_settle(&os);
	cr_assert_eq(run.call_rc, 0);
	cr_assert_eq(run.close_rc, ACTOR_EPEERGONE);
}

/* robustness: A9, E6 */
Test(child, that_dies_within_its_reply_has_not_replied)
{
	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	test_os_send(&os, os.process.link, "\x28\0\0\0\x08\0\0\0\x01\0\0\0\0\0\0\0part", 20);
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
	cr_assert_eq(run.call_rc, ACTOR_EPEERGONE, "%s: %s", actor_code_name(run.call_rc), run.message);
	cr_assert_eq(run.call_status, SIGKILL);
	cr_assert(strstr(run.message, "it ended inside a Return frame, after 20 of 56 bytes") != NULL, "%s",
	          run.message);
}

Test(child, that_says_goodbye_and_exits_in_order_is_no_failure)
{
	boot();
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, 0);
}

/* ---- misbehaving ---- */

/* shows: ID-07 */
Test(child, that_breaks_the_protocol_fails_its_calls_at_once_and_is_terminated)
{
	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	say(99, 1);
	test_os_settle(&os);
	cr_assert(run.has_called, "before the process has ended");
	cr_assert_eq(run.call_rc, ACTOR_EPROTOCOL);
	demand_signals(1, SIGNALS(SIGTERM), TIMES(0));
	test_os_end_process(&os, SIGTERM);
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, ACTOR_EPROTOCOL);
	cr_assert_eq(run.report.killed_count, 1);
}

static int
call_it(void *argument)
{
	(void)argument;
	return actor_portal_run_from_ns(run.portal, "a.B", "C", (struct actor_bytes){ 0 }, NULL);
}

/* It is reaped only later: nobody waits for that. */
Test(child, that_has_broken_the_protocol_fails_new_calls_at_once)
{
	run.waits = true;
	boot();
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_settle(&os);
	test_actor_start(&parent, call_it, NULL);
	test_os_settle(&os);
	cr_assert_not(os.process.is_reaped);
	cr_assert_eq(parent.rc, ACTOR_EPROTOCOL);
	cr_assert(strstr(actor_error_message(&parent.error), "kid (pid 4711) broke the protocol: ") != NULL);
	test_os_end_process(&os, SIGTERM);
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, ACTOR_EPROTOCOL);
}

Test(child, that_breaks_the_protocol_and_ignores_SIGTERM_is_killed)
{
	boot();
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_advance_ms(&os, 3000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(0, 1600));
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, ACTOR_EPROTOCOL);
	cr_assert(strstr(run.message, "a CancelAck that concerns no dialog") != NULL, "%s", run.message);
}

Test(child, that_closes_its_link_and_lives_is_terminated_and_killed)
{
	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	test_os_shut(&os, os.process.link);
	test_os_advance_ms(&os, 3000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(100, 1700));
	cr_assert_eq(run.call_rc, ACTOR_EPEERGONE);
	cr_assert_eq(run.call_status, -1, "the call does not wait for the process to end");
	cr_assert_eq(run.close_rc, ACTOR_EPEERGONE);
	cr_assert(strstr(run.message, "ended its link, but not itself") != NULL, "%s", run.message);
	cr_assert_eq(run.report.killed_count, 1);
}

/* shows: OS-08, ER-09 */
Test(child, that_fails_as_a_whole_fails_its_calls_and_its_nursery_with_that)
{
	run.calls = true;
	boot();
	take(ACTI_FRAME_START, 1);
	test_peer_error(&os, os.process.link, 0, ACTOR_ENOMEM, "all is lost", NULL);
	test_os_advance_ms(&os, 5000);
	cr_assert(run.is_closed);
	cr_assert_eq(run.call_rc, ACTOR_ENOMEM);
	cr_assert_eq(run.close_rc, ACTOR_ENOMEM);
	cr_assert_str_eq(run.message, "all is lost");
}

/* ---- the ladder ---- */

static void
boot_and_cancel(void)
{
	actor_wire_Cancel cancel;

	run.cancels = true;
	boot();
	take(ACTI_FRAME_CANCEL, 0);
	cr_assert(acti_cancel_decode(&cancel, frame.body.at, frame.body.size));
	cr_assert_eq(cancel.budget_ms, 2300);
	cr_assert_str_eq(cancel.canceller.name, "parent");
}

/* shows: TD-01, SP-30 */
Test(child, that_is_cancelled_and_goes_is_not_forced)
{
	boot_and_cancel();
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_advance_ms(&os, 2000);
	cr_assert_not(run.is_closed);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, 0);
	cr_assert_eq(run.report.killed_count, 0);
	cr_assert(run.report.cancel_called);
	demand_signals(0, NULL, NULL);
}

/* shows: TD-01, SP-30; robustness: F7 */
Test(child, that_does_not_acknowledge_is_terminated_and_then_killed)
{
	boot_and_cancel();
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(500, 2100));
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, 0, "it was our own wish");
	cr_assert_eq(run.report.killed_count, 1);
}

/* The child calls again and again, and then says that; the parent reads it all at once.  Whether calls are left. */
static bool
hear_calls_and(unsigned kind)
{
	struct acti_watch *watch = os.ends[os.ends[os.process.link].peer].watch;
	size_t size = test_start_by_number(body, 0, 0, 0, NULL, 0);

	for (uint64_t cid = 2; cid <= 400; cid += 2)
		test_peer_send(&os, os.process.link, ACTI_FRAME_START, cid, body, size);
	say(kind, 0);
	watch->ready(watch, ACTI_READABLE);
	return !acti_list_is_empty(&parent.proc.actor.turns.held);
}

/* shows: TD-01; robustness: G9 */
Test(child, that_is_to_stop_is_heard_through_all_that_it_asks)
{
	boot_and_cancel();
	cr_assert_not(hear_calls_and(ACTI_FRAME_CANCEL_ACK));
	test_os_advance_ms(&os, 2000);
	demand_signals(0, NULL, NULL);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, 0);
}

/* robustness: G9 */
Test(child, that_calls_again_and_again_has_its_turn_as_others_have)
{
	boot();
	cr_assert(hear_calls_and(ACTI_FRAME_PING));
	test_os_settle(&os);
	for (uint64_t cid = 2; cid <= 400; cid += 2)
		take(ACTI_FRAME_ERROR, cid);
	take(ACTI_FRAME_PONG, 0);
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, ACTOR_EPEERGONE);
}

/* robustness: G9 */
Test(child, that_dies_has_all_that_it_asked_handed_over)
{
	boot();
	cr_assert(hear_calls_and(ACTI_FRAME_BYE));
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, 0, "%s", run.message);
}

static void
boot_and_time_out(void)
{
	run.calls = true;
	run.call_ms = 100;
	boot();
	take(ACTI_FRAME_START, 1);
	test_os_advance_ms(&os, 100);
	take(ACTI_FRAME_CANCEL, 1);
}

/* shows: TD-01 */
Test(child, that_has_not_answered_the_end_of_a_call_either_is_terminated_sooner)
{
	boot_and_time_out();
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(100 + 616 + 20, 100 + 616 + 20 + 1600));
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, ACTOR_EDEADLINE);
}

/* shows: TD-01 */
Test(child, that_has_answered_the_end_of_a_call_has_all_of_its_time)
{
	boot_and_time_out();
	say(ACTI_FRAME_CANCEL_ACK, 1);
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(100 + 616 + 500, 100 + 616 + 500 + 1600));
}

/* shows: TD-01 */
Test(child, that_answers_at_last_has_all_of_its_time)
{
	boot_and_time_out();
	test_os_advance_ms(&os, 616 + 10);
	say(ACTI_FRAME_CANCEL_ACK, 1);
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(100 + 616 + 20 + 500, 100 + 616 + 20 + 500 + 1600));
}

/* Its end, after it was sent SIGTERM. */
static void
demand_failure_after_SIGTERM(int status)
{
	boot_and_cancel();
	test_os_advance_ms(&os, 500);
	demand_signals(1, SIGNALS(SIGTERM), TIMES(500));
	test_os_end_process(&os, status);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.close_rc, ACTOR_EPEERGONE);
	cr_assert_eq(run.close_status, status);
	cr_assert_eq(run.report.killed_count, 0);
}

/* shows: SP-30, TD-01 */
Test(child, that_crashes_after_our_SIGTERM_has_failed)
{
	demand_failure_after_SIGTERM(SIGSEGV);
}

/* shows: SP-30, TD-01 */
Test(child, that_is_killed_by_somebody_else_after_our_SIGTERM_has_failed)
{
	demand_failure_after_SIGTERM(SIGKILL);
}

/* shows: SP-30, TD-01 */
Test(child, that_exits_badly_after_our_SIGTERM_has_failed)
{
	demand_failure_after_SIGTERM(EXITED(3));
}

/* shows: SP-30, TD-01 */
Test(child, that_crashes_after_it_agreed_to_stop_has_failed)
{
	boot_and_cancel();
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_end_process(&os, SIGABRT);
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, ACTOR_EPEERGONE);
	cr_assert_eq(run.close_status, SIGABRT);
	cr_assert_eq(run.report.killed_count, 0);
}

/* shows: SP-30 */
Test(child, that_exits_in_order_after_our_SIGTERM_needed_it)
{
	boot_and_cancel();
	test_os_advance_ms(&os, 500);
	test_os_end_process(&os, EXITED(0));
	test_os_settle(&os);
	cr_assert_eq(run.close_rc, 0);
	cr_assert_eq(run.report.killed_count, 1);
}

/* shows: TD-01 */
Test(child, that_acknowledges_and_stays_is_killed_when_its_budget_is_spent)
{
	boot_and_cancel();
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_advance_ms(&os, 5000);
	demand_signals(1, SIGNALS(SIGKILL), TIMES(2300));
	cr_assert_eq(run.close_rc, 0);
	cr_assert_eq(run.report.killed_count, 1);
}

/* shows: TD-01 */
Test(child, that_goes_on_SIGTERM_is_not_killed)
{
	boot_and_cancel();
	test_os_advance_ms(&os, 700);
	test_os_end_process(&os, SIGTERM);
	test_os_advance_ms(&os, 5000);
	demand_signals(1, SIGNALS(SIGTERM), TIMES(500));
	cr_assert_eq(run.close_rc, 0);
}

/* shows: SP-23, SP-24 */
Test(child, that_is_cancelled_while_it_starts_gets_half_a_second)
{
	spawn();
	acti_scope_cancel(&run.task->root_scope, ACTOR_ECANCELED, NULL);
	take(ACTI_FRAME_CANCEL, 0);
	test_os_advance_ms(&os, 499);
	cr_assert_not(run.is_closed);
	cr_assert_eq(os.process.signal_count, 0);
	test_os_advance_ms(&os, 1);
	demand_signals(1, SIGNALS(SIGKILL), TIMES(500));
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.spawn_rc, ACTOR_ECANCELED);
	cr_assert_eq(run.close_rc, ACTOR_ECANCELED);
}

Test(child, may_be_cancelled_through_its_portal)
{
	run.cancels_actor = true;
	boot();
	take(ACTI_FRAME_CANCEL, 0);
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_advance_ms(&os, 10);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(run.cancel_rc, 0);
	cr_assert_eq(run.close_rc, 0);
}

Test(child, that_does_not_acknowledge_the_portal_is_told_so_after_half_a_second)
{
	run.cancels_actor = true;
	boot();
	test_os_advance_ms(&os, 5000);
	cr_assert_eq(run.cancel_rc, ACTOR_NO_ACK);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(500, 2100));
	cr_assert_eq(run.close_rc, 0);
}

/* shows: TD-03 */
Test(child, that_is_gone_is_not_asked_to_stop)
{
	size_t writes;

	run.waits = run.cancels_actor = true;
	boot();
	writes = os.writes;
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(run.cancel_rc, ACTOR_NO_ACK);
	cr_assert_eq(os.writes, writes);
	demand_signals(0, NULL, NULL);
}

/* ---- the ladder of an actor that has to end itself ---- */

static void
take_cancel(uint32_t budget_ms)
{
	actor_wire_Cancel cancel;

	take(ACTI_FRAME_CANCEL, 0);
	cr_assert(acti_cancel_decode(&cancel, frame.body.at, frame.body.size));
	cr_assert_eq(cancel.budget_ms, budget_ms, "%u", cancel.budget_ms);
}

/* shows: TD-01, CA-32 */
Test(child, has_less_time_than_its_parent_has_left)
{
	run.cancels = true;
	spawn();
	acti_supervision_set_budget(&parent.proc, 2000);
	test_os_advance_ms(&os, 1000);
	say_hello();
	say(ACTI_FRAME_START_ACK, 0);
	take_cancel(980);
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(1500, 1980));
}

/* shows: TD-01 */
Test(child, that_acknowledged_is_killed_before_its_parent_would_be)
{
	run.cancels = true;
	spawn();
	acti_supervision_set_budget(&parent.proc, 1000);
	say_hello();
	say(ACTI_FRAME_START_ACK, 0);
	take_cancel(980);
	test_os_advance_ms(&os, 400);
	say(ACTI_FRAME_CANCEL_ACK, 0);
	test_os_advance_ms(&os, 5000);
	demand_signals(1, SIGNALS(SIGKILL), TIMES(980));
}

/* shows: TD-01 */
Test(child, is_hurried_when_its_parent_gets_less_time)
{
	boot_and_cancel();
	test_os_advance_ms(&os, 300);
	acti_supervision_set_budget(&parent.proc, 400);
	acti_supervision_set_budget(&parent.proc, 5000); /* the earliest counts */
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(500, 680));
}

/* shows: TD-01 */
Test(child, whose_parent_has_no_time_for_all_steps_skips_to_the_last)
{
	boot_and_cancel();
	acti_supervision_set_budget(&parent.proc, 300);
	test_os_advance_ms(&os, 5000);
	demand_signals(1, SIGNALS(SIGKILL), TIMES(280));
}

/* Any depth: the parent of one that is stuck, however late it is asked, is not killed by its own parent. */
Test(child, of_a_parent_without_time_gets_a_hop)
{
	run.cancels = true;
	spawn();
	acti_supervision_set_budget(&parent.proc, 25);
	say_hello();
	say(ACTI_FRAME_START_ACK, 0);
	take_cancel(20);
	test_os_advance_ms(&os, 5000);
	demand_signals(1, SIGNALS(SIGKILL), TIMES(5));
}

/* shows: TD-01 */
Test(child, has_the_times_that_the_program_says)
{
	const struct actor_supervision knobs = {
		.ack_ms = 7, .terminate_ms = 30, .budget_ms = 100, .hop_ms = 3, .ping_ms = 11
	};

	acti_limits_set_supervision(&test_actor_of(&parent)->limits, &knobs);
	run.cancels = true;
	boot();
	take_cancel(100);
	test_os_advance_ms(&os, 5000);
	demand_signals(2, SIGNALS(SIGTERM, SIGKILL), TIMES(7, 37));
}

/* ---- whether it lives ---- */

/* The frames of that kind that it got. */
static unsigned
count_frames(unsigned kind)
{
	unsigned count = 0;

	test_os_settle(&os);
	while (test_peer_next(&os, os.process.link, &frame))
		if (frame.head.kind == kind)
			count++;
	return count;
}

static unsigned
count_logged(const char *text)
{
	unsigned count = 0;
	const char *end = (const char *)os.log.at + os.log.size;

	for (const char *at = (const char *)os.log.at; at != NULL && at < end;) {
		at = memmem(at, (size_t)(end - at), text, strlen(text));
		if (at != NULL) {
			count++;
			at++;
		}
	}
	return count;
}

static void
end_kid(void)
{
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
	cr_assert(run.is_closed);
	cr_assert_eq(test_os_running_timers(&os), 0, "nothing is timed without children");
}

static void
boot_and_wait(void)
{
	run.waits = true;
	boot();
	count_frames(0);
}

Test(child, that_is_idle_is_pinged_each_second)
{
	boot_and_wait();
	test_os_advance_ms(&os, 999);
	cr_assert_eq(count_frames(ACTI_FRAME_PING), 0);
	for (int i = 0; i < 10; i++) {
		test_os_advance_ms(&os, i == 0 ? 1001 : 1000); /* the first second was not silent: it booted */
		cr_assert_eq(count_frames(ACTI_FRAME_PING), 1, "second %d", i);
		say(ACTI_FRAME_PONG, 0);
		test_os_settle(&os);
	}
	cr_assert_eq(count_logged("slow"), 0);
	end_kid();
}

Test(child, that_speaks_is_not_pinged)
{
	boot_and_wait();
	for (int i = 0; i < 20; i++) {
		test_os_advance_ms(&os, 500);
		say(ACTI_FRAME_PONG, 0); /* any frame */
		test_os_settle(&os);
	}
	cr_assert_eq(count_frames(ACTI_FRAME_PING), 0);
	end_kid();
}

/* robustness: B3 */
Test(child, that_is_silent_is_slow_and_told_of_once_and_lives)
{
	boot_and_wait();
	test_os_advance_ms(&os, 2999);
	cr_assert_eq(count_logged("is slow"), 0);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(count_logged("warning: kid (pid 4711) is slow: no answer for 1000 ms"), 1);
	test_os_advance_ms(&os, 60000);
	cr_assert_eq(count_logged("is slow"), 1);
	cr_assert_eq(count_frames(ACTI_FRAME_PING), 1, "more would only fill its socket");
	cr_assert_eq(os.process.signal_count, 0, "a ping never kills");
	say(ACTI_FRAME_PONG, 0);
	test_os_advance_ms(&os, 1000);
	cr_assert_eq(count_logged("warning: kid (pid 4711) answers again"), 1);
	say(ACTI_FRAME_PONG, 0);
	test_os_advance_ms(&os, 1000);
	cr_assert_eq(count_logged("answers again"), 1);
	test_os_advance_ms(&os, 5000);
	cr_assert_eq(count_logged("is slow"), 2, "another time");
	end_kid();
}

/* The clock jumps, as after a suspend; robustness: I2, I3 */
Test(child, is_not_slow_because_we_stood_still)
{
	boot_and_wait();
	test_os_advance_ms(&os, 2500); /* it has been asked */
	os.now_ns += 600 * 1000 * MS;
	test_os_advance_ms(&os, 999);
	cr_assert_eq(count_logged("is slow"), 0, "it has one full interval from now");
	test_os_advance_ms(&os, 1);
	cr_assert_eq(count_logged("is slow"), 1, "and no more than that");
	end_kid();
}

Test(child, that_has_answered_is_not_slow_because_we_have_not_read_it)
{
	struct acti_timer *tick = &parent.proc.pings;

	boot_and_wait();
	test_os_advance_ms(&os, 2900);
	say(ACTI_FRAME_PONG, 0);
	acti_supervision_stop_pings(&parent.proc);
	tick->expired(tick); /* before its link is looked at */
	cr_assert_eq(count_logged("is slow"), 0);
	end_kid();
}

Test(child, is_never_pinged_if_the_program_says_so)
{
	test_actor_of(&parent)->limits.supervision.ping_ms = ACTOR_NEVER;
	boot_and_wait();
	test_os_advance_ms(&os, 60000);
	cr_assert_eq(count_frames(ACTI_FRAME_PING), 0);
	cr_assert_eq(count_logged("slow"), 0);
	end_kid();
}

Test(child, that_starts_is_not_pinged)
{
	run.start_timeout_ms = 5000;
	spawn();
	test_os_advance_ms(&os, 4999);
	cr_assert_eq(count_frames(ACTI_FRAME_PING), 0);
	test_os_advance_ms(&os, 1);
	demand_spawn_error(ACTOR_EDEADLINE, SIGKILL);
}

/* ---- memory ---- */

/* robustness: D1, N1 */
Test(child, survives_each_allocation_that_fails_while_it_is_spawned)
{
	size_t failures = 0;

	for (size_t n = 0;; n++) {
		cr_assert_lt(n, 40);
		memset(&run, 0, sizeof run);
		os.process.pidfd = -1;
		run.start_timeout_ms = 50;
		os.memory.allocations_left = n;
		test_actor_start(&parent, supervise, NULL);
		test_os_settle(&os);
		os.memory.allocations_left = SIZE_MAX;
		test_os_advance_ms(&os, 5000);
		cr_assert(run.is_closed);
		cr_assert(os.process.pidfd < 0 || os.process.is_reaped);
		cr_assert_neq(run.spawn_rc, 0);
		if (run.spawn_rc == ACTOR_EDEADLINE)
			break; /* all of it succeeded, and nobody answers */
		failures++;
	}
	cr_assert_geq(failures, 3);
}

/* ---- one-shots ---- */

static struct {
	bool is_started, waits_twice, has_waited;
	int start_rc, wait_rc, close_rc;
	int32_t number;
	char message[200];
} shot;

static int
run_one_shot(void *argument)
{
	const struct actor_spawn_options options = { .executable = "/some/program" };
	Test__Request request = TEST__REQUEST__INIT;
	struct actor_nursery *nursery;
	struct actor_portal portal;
	Test__Reply *reply = NULL;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = acti_run_in_actor(nursery, NULL, &options, &test_service, TEST_ECHO, &request.base, &portal);
	shot.start_rc = rc;
	shot.is_started = true;
	if (rc == 0)
		rc = shot.wait_rc = acti_wait_for_result(portal, &test_service, TEST_ECHO, &reply);
	if (rc < 0)
		snprintf(shot.message, sizeof shot.message, "%s", actor_error_message(actor_error_last()));
	shot.has_waited = true;
	rc = shot.close_rc = actor_nursery_close(nursery, shot.start_rc < 0 ? 0 : rc);
	for (int i = 0; rc == 0 && shot.start_rc == 0 && i < 2; i++) {
		/* Also when the nursery has closed. */
		cr_assert_eq(acti_wait_for_result(portal, &test_service, TEST_ECHO, &reply), 0);
		shot.number = reply->number;
	}
	return 0;
}

static void
start_one_shot(void)
{
	struct actor_uid uid;

	memset(&shot, 0, sizeof shot);
	test_actor_start(&parent, run_one_shot, NULL);
	take(ACTI_FRAME_HELLO, 0);
	take(ACTI_FRAME_SPAWN_SPEC, 0);
	cr_assert(acti_spawn_spec_decode(&spec, frame.body.at, frame.body.size));
	cr_assert(acti_uid_from_wire(&spec.uid, &uid));
	test_peer_hello(&os, os.process.link, &uid, 1024, &test_service);
	say(ACTI_FRAME_START_ACK, 0);
	take(ACTI_FRAME_START, 1);
	cr_assert_eq(frame.head.flags, ACTI_FLAG_WANT_ACK);
}

static void
accept_one_shot(void)
{
	test_peer_send(&os, os.process.link, ACTI_FRAME_START_ACK, 1, "\x01", 1);
	test_os_settle(&os);
	cr_assert(shot.is_started);
	cr_assert_eq(shot.start_rc, 0);
	cr_assert_not(shot.has_waited);
}

/* shows: SP-08, SP-09, OS-01, OS-02, AL-04 */
Test(child, one_shot_ends_with_its_function_and_its_result_stays)
{
	Test__Reply reply = TEST__REPLY__INIT;

	start_one_shot();
	cr_assert_str_eq(spec.uid.name, "echo", "it is named after its function");
	cr_assert_eq(spec.modules_count, 1);
	cr_assert_str_eq(spec.modules[0].name, "test.Service");
	accept_one_shot();
	reply.number = 49;
	test_peer_send(&os, os.process.link, ACTI_FRAME_RETURN, 1, body, test__reply__pack(&reply, body));
	take(ACTI_FRAME_CANCEL, 0);
	say(ACTI_FRAME_CANCEL_ACK, 0);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(parent.running, 0);
	cr_assert_eq(shot.close_rc, 0);
	cr_assert_eq(shot.number, 49);
}

/* shows: OS-03, PR-25 */
Test(child, one_shot_may_have_an_empty_result)
{
	start_one_shot();
	accept_one_shot();
	say(ACTI_FRAME_RETURN, 1);
	say(ACTI_FRAME_BYE, 0);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(parent.running, 0);
	cr_assert_eq(shot.close_rc, 0);
}

/* shows: OS-10 */
Test(child, one_shot_that_is_refused_fails_at_the_start)
{
	start_one_shot();
	test_peer_error(&os, os.process.link, 1, ACTOR_EINVAL, "bad request", NULL);
	test_os_settle(&os);
	cr_assert(shot.is_started);
	cr_assert_eq(shot.start_rc, ACTOR_EINVAL);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(parent.running, 0);
	cr_assert_eq(shot.close_rc, ACTOR_EINVAL, "a single error, not a group");
}

/* shows: OS-11 */
Test(child, one_shot_that_is_killed_ends_the_wait)
{
	start_one_shot();
	accept_one_shot();
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
	cr_assert_eq(parent.running, 0);
	cr_assert_eq(shot.wait_rc, ACTOR_EPEERGONE);
	cr_assert_eq(shot.close_rc, ACTOR_EPEERGONE);
}

/* shows: OS-04, OS-05 */
Test(child, one_shot_that_fails_fails_the_wait_and_the_nursery_once)
{
	start_one_shot();
	accept_one_shot();
	test_peer_error(&os, os.process.link, 1, ACTOR_EKIND, "no", NULL);
	test_os_settle(&os);
	cr_assert_eq(shot.wait_rc, ACTOR_EKIND);
	test_os_end_process(&os, 0);
	test_os_settle(&os);
	cr_assert_eq(parent.running, 0);
	cr_assert_eq(shot.close_rc, ACTOR_EKIND);
}

/* A task that starts a one-shot in a nursery of another task's, which ends when the actor dies. */

static struct actor_nursery *theirs;

static int
open_for_another(void *argument)
{
	struct actor_nursery_report report = { 0 };
	int rc = actor_nursery_open(&theirs);

	(void)argument;
	while (rc == 0 && report.child_count == 0) {
		rc = actor_checkpoint();
		actor_nursery_inspect(theirs, &report);
	}
	return actor_nursery_close(theirs, rc);
}

static int
start_in_theirs(void *argument)
{
	const struct actor_spawn_options options = { .executable = "/some/program" };
	Test__Request request = TEST__REQUEST__INIT;
	struct actor_portal portal;

	(void)argument;
	while (theirs == NULL)
		cr_assert_eq(actor_checkpoint(), 0);
	shot.start_rc = acti_run_in_actor(theirs, NULL, &options, &test_service, TEST_ECHO, &request.base, &portal);
	shot.is_started = true;
	return 0;
}

static int
start_both(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	theirs = NULL;
	if (rc == 0)
		rc = actor_nursery_start(nursery, start_in_theirs, NULL);
	if (rc == 0)
		rc = actor_nursery_start(nursery, open_for_another, NULL);
	return actor_nursery_close(nursery, rc);
}

Test(child, one_shot_may_go_with_its_nursery_while_its_start_is_waited_for)
{
	for (uint64_t seed = 1; seed <= 50; seed++) {
		memset(&shot, 0, sizeof shot);
		os.choices = seed;
		test_actor_start(&parent, start_both, NULL);
		test_os_settle(&os);
		if (!shot.is_started) {
			take(ACTI_FRAME_HELLO, 0);
			take(ACTI_FRAME_SPAWN_SPEC, 0);
			cr_assert(acti_spawn_spec_decode(&spec, frame.body.at, frame.body.size));
			say_hello();
			say(ACTI_FRAME_START_ACK, 0);
			take(ACTI_FRAME_START, 1);
			test_os_end_process(&os, SIGKILL);
			test_os_settle(&os);
		}
		cr_assert(shot.is_started);
		cr_assert(shot.start_rc == ACTOR_EPEERGONE || shot.start_rc == ACTOR_ECLOSED, "%d", shot.start_rc);
		test_os_advance_ms(&os, 5000);
	}
	os.choices = 0;
}

/* ---- the live view ---- */

static void
look(void)
{
	test_os_settle(&os);
	os.log.size = 0;
	os.os.memory.in_use = 12345;
	acti_proc_view(&parent.proc);
}

#define demand_line(line) \
	cr_assert_eq(count_logged("live[parent@70707070] " line "\n"), 1, "%.*s", (int)os.log.size, (char *)os.log.at)

Test(child, that_starts_is_shown_but_not_asked_as_it_would_die_of_the_signal)
{
	spawn();
	test_os_advance_ms(&os, 1234);
	look();
	demand_line(
	    "actor, pid 42, depth 0: running, for 1,234 ms; 1 task, 1 child; 12,345 bytes in use, 0 idle stacks");
	demand_line("  task test: waits for kid@a5a5a5a5 to be ready, for 1,234 ms");
	demand_line("      actor kid@a5a5a5a5, pid 4711: starting, for 1,234 ms; 0 bytes queued for it");
	cr_assert_eq(os.process.signal_count, 0);
	say_hello();
	look();
	cr_assert_eq(os.process.signal_count, 1);
	cr_assert_eq(os.process.signals[0], SIGUSR1);
	say(ACTI_FRAME_BYE, 0);
	look();
	cr_assert_eq(os.process.signal_count, 1, "it leaves");
	end_kid();
}

Test(child, is_asked_once_for_each_time_and_its_calls_are_below_it)
{
	run.calls = true;
	boot();
	test_os_advance_ms(&os, 500);
	for (size_t times = 1; times <= 3; times++) {
		look();
		demand_line("      actor kid@a5a5a5a5, pid 4711: serving, for 500 ms; 0 bytes queued for it");
		demand_line("        calls #1 a.B.C: calling, for 500 ms");
		cr_assert_eq(os.process.signal_count, times);
		cr_assert_eq(os.process.signals[times - 1], SIGUSR1);
	}
	end_kid();
}

Test(child, that_is_slow_is_shown_as_such_with_what_waits_for_it)
{
	boot_and_wait();
	os.ends[os.process.link].in_max = 0;
	test_os_advance_ms(&os, 4000);
	look();
	demand_line(
	    "      actor kid@a5a5a5a5, pid 4711: serving, for 4,000 ms; slow: it does not answer; 16 bytes queued "
	    "for it");
	end_kid();
}

Test(child, that_is_being_stopped_is_shown_at_each_step)
{
	run.cancels = true;
	boot();
	test_os_advance_ms(&os, 100);
	look();
	demand_line("      actor kid@a5a5a5a5, pid 4711: asked to stop, for 100 ms; 0 bytes queued for it");
	test_os_advance_ms(&os, 500);
	look();
	demand_line("      actor kid@a5a5a5a5, pid 4711: got SIGTERM, for 100 ms; 0 bytes queued for it");
	say(ACTI_FRAME_CANCEL_ACK, 0);
	end_kid();
}

Test(child, that_agreed_to_stop_is_shown_as_stopping)
{
	run.cancels = true;
	boot();
	say(ACTI_FRAME_CANCEL_ACK, 0);
	look();
	demand_line("      actor kid@a5a5a5a5, pid 4711: stopping, for 0 ms; 0 bytes queued for it");
	end_kid();
}

Test(child, whose_link_has_ended_is_shown_as_such)
{
	boot_and_wait();
	test_os_shut(&os, os.process.link);
	look();
	demand_line("      actor kid@a5a5a5a5, pid 4711: its link has ended, for 0 ms; 0 bytes queued for it");
	end_kid();
}

Test(child, whose_acknowledgement_is_waited_for_is_named)
{
	run.cancels_actor = true;
	boot();
	look();
	demand_line("  task test: waits for kid@a5a5a5a5 to acknowledge that it is to stop, for 0 ms");
	end_kid();
}

Test(child, one_shot_is_named_where_its_start_and_its_result_are_waited_for)
{
	start_one_shot();
	look();
	demand_line("  task test: waits for the start of test.Service.Echo in echo@a5a5a5a5, for 0 ms");
	accept_one_shot();
	look();
	demand_line("  task test: waits for the result of test.Service.Echo in echo@a5a5a5a5, for 0 ms");
	test_os_end_process(&os, SIGKILL);
	test_os_settle(&os);
}

Test(child, of_which_there_is_none_leaves_the_actor_and_its_modules)
{
	static struct test_ops ops;

	test_actor_serve(&parent, &test_service, &ops);
	acti_scope_cancel(&test_actor_of(&parent)->scope, ACTOR_ECANCELED, NULL);
	parent.proc.phase = ACTI_PHASE_CLOSING;
	look();
	demand_line(
	    "actor, pid 42, depth 0: closing its modules, cancelled, for 0 ms; 0 tasks, 0 children; 12,345 bytes "
	    "in use, 0 idle stacks");
	demand_line("  module test.Service");
	parent.proc.phase = ACTI_PHASE_RUNNING;
}
