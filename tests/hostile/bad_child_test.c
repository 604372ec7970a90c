/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * usage: bad_child_test CASE BAD_CHILD
 *
 * An actor that spawns a process which is no actor.  Each case says what has to come of it; beside it a well-behaved
 * child is called before and after, and must not notice.
 */

#include "left.h"
#include "raw.h"

#include <actor/program.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ANY (-2)
#define EXITED(status) ((status) << 8)
#define TORN_MAX 60
#define STREAM_CALLS 8

enum then {
	NOTHING,
	CALL,   /* one call */
	CANCEL, /* the nursery */
	STREAM, /* many large calls, for 200 ms, and then cancel */
};

static const struct hostile {
	const char *name;
	int spawn_rc, spawn_status; /* status: ANY, or as waitpid()'s */
	const char *message;        /* is part of the error's */
	enum then then;
	int call_rc, call_status, close_rc;
	size_t killed;
	uint64_t min_ms, max_ms; /* of all of it; generous above, for a busy machine */
} cases[] = {
	/* shows: ID-02; robustness: A4 */
	{ "silent", ACTOR_EDEADLINE, SIGKILL, "was not ready within 300 ms", .killed = 1, .min_ms = 300,
	  .max_ms = 3000 },
	/* shows: SP-22; robustness: A2 */
	{ "exit_7", ACTOR_EPEERGONE, EXITED(7), "ended before it was ready", .max_ms = 1000 },
	/* shows: ID-03 */
	{ "http", ACTOR_EPEERGONE, EXITED(0), "it ended inside a header, after 14 of 16 bytes", .max_ms = 1000 },
	/* shows: ID-02, ID-03 */
	{ "http_and_stay", ACTOR_EDEADLINE, SIGKILL, "was not ready within 300 ms", .killed = 1, .max_ms = 3000 },
	/* shows: ID-02; robustness: E13 */
	{ "long_http", ACTOR_EPROTOCOL, SIGTERM, "unknown kind of frame", .killed = 1, .max_ms = 1000 },
	/* robustness: E13 */
	{ "tls", ACTOR_EPROTOCOL, SIGTERM, "broke the protocol: ", .killed = 1, .max_ms = 1000 },
	/* shows: ID-03; robustness: E4 */
	{ "oversize", ACTOR_EPROTOCOL, SIGTERM, "the frame is too large", .killed = 1, .max_ms = 1000 },
	/* shows: ID-07; robustness: E12 */
	{ "unknown_kind", ACTOR_EPROTOCOL, SIGTERM, "unknown kind of frame", .killed = 1, .max_ms = 1000 },
	/* shows: ID-01 */
	{ "wrong_uid", ACTOR_EPROTOCOL, SIGTERM, "it says that it is root@01010101, which it is not", .killed = 1,
	  .max_ms = 1000 },
	/* robustness: L7 */
	{ "wrong_version", ACTOR_EPROTOCOL, SIGTERM, "it speaks versions 2 to 9 of the protocol, not 1", .killed = 1,
	  .max_ms = 1000 },
	/* shows: ID-02; robustness: E5 */
	{ "garbage_hello", ACTOR_EPROTOCOL, SIGTERM, "a Hello that cannot be decoded", .killed = 1, .max_ms = 1000 },
	/* shows: ID-07, PR-15 */
	{ "garbage_in_call", .then = CALL, .call_rc = ACTOR_EPROTOCOL, .call_status = ANY, .close_rc = ACTOR_EPROTOCOL,
	  .message = "unknown kind of frame", .killed = 1, .max_ms = 1000 },
	/* robustness: A9 */
	{ "return_and_exit", .then = CALL, .call_rc = 0, .close_rc = ACTOR_EPEERGONE, .max_ms = 1000 },
	/* robustness: E6 */
	{ "half_return", .then = CALL, .call_rc = ACTOR_EPEERGONE, .call_status = SIGKILL, .close_rc = ACTOR_EPEERGONE,
	  .message = "it ended inside a Return frame, after 20 of 116 bytes", .max_ms = 1000 },
	/* shows: PR-15, SP-28 */
	{ "die_in_call", .then = CALL, .call_rc = ACTOR_EPEERGONE, .call_status = SIGKILL, .close_rc = ACTOR_EPEERGONE,
	  .message = "ended", .max_ms = 1000 },
	/* robustness: F22 */
	{ "never_read", .then = STREAM, .killed = 1, .min_ms = 700, .max_ms = 4000 },
	/* shows: TD-01; robustness: F7 */
	{ "ignore_cancel", .then = CANCEL, .killed = 1, .min_ms = 500, .max_ms = 1500 },
	/* shows: TD-01; robustness: F7 */
	{ "ignore_all", .then = CANCEL, .killed = 1, .min_ms = 2100, .max_ms = 4000 },
	/* shows: TD-01 */
	{ "ack_and_stay", .then = CANCEL, .killed = 1, .min_ms = 2280, .max_ms = 4000 },
	/* shows: OS-08, ER-09 */
	{ "fail_as_a_whole", .then = CALL, .call_rc = ACTOR_ENOMEM, .call_status = ANY, .close_rc = ACTOR_ENOMEM,
	  .message = "all is lost", .killed = 1, .max_ms = 4000 },
	{ "close_link", .then = CALL, .call_rc = ACTOR_EPEERGONE, .call_status = -1, .close_rc = ACTOR_EPEERGONE,
	  .message = "ended its link, but not itself", .killed = 1, .min_ms = 90, .max_ms = 2000 },
	{ "echo", .then = CANCEL, .max_ms = 1000 },
};

static const char *executable;
static int failures;

static void
check(bool holds, const char *text, long is, long wanted)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %ld instead of %ld\n", text, is, wanted);
	failures++;
}

static void
check_code(const char *text, int is, int wanted)
{
	if (is != wanted)
		fprintf(stderr, "%s: %s instead of %s\n", text, actor_code_name(is), actor_code_name(wanted));
	failures += is != wanted;
}

static void
check_error(const struct hostile *hostile, int status)
{
	const struct actor_error *error = actor_error_last();

	if (hostile->message != NULL && strstr(actor_error_message(error), hostile->message) == NULL) {
		fprintf(stderr, "the message is: %s\n", actor_error_text(error));
		failures++;
	}
	if (status != ANY)
		check(actor_error_wait_status(error) == status, "wait status", actor_error_wait_status(error), status);
}

static int
spawn(struct actor_nursery *nursery, const char *name, const char *part, int size, struct actor_portal *ret_portal)
{
	char mode[100], bytes[100];
	const char *const environment[] = { mode, bytes, NULL };
	const struct actor_spawn_options options = { .executable = executable,
		                                     .environment = environment,
		                                     .start_timeout_ms = 300 };

	snprintf(mode, sizeof mode, "HOSTILE=%s", part);
	snprintf(bytes, sizeof bytes, "HOSTILE_SIZE=%d", size);
	return actor_nursery_spawn(nursery, name, NULL, &options, ret_portal);
}

static int
call(struct actor_portal portal)
{
	return actor_portal_run_from_ns(portal, "any.Module", "Any", (struct actor_bytes){ "x", 1 }, NULL);
}

static int
call_large(void *argument)
{
	static const char large[512 * 1024];
	const struct actor_portal *portal = argument;

	return actor_portal_run_from_ns(*portal, "any.Module", "Any", (struct actor_bytes){ large, sizeof large },
	                                NULL);
}

static int
stream(struct actor_portal portal)
{
	struct actor_nursery *calls;
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = 200);
	rc = actor_nursery_open(&calls);
	for (int i = 0; rc == 0 && i < STREAM_CALLS; i++)
		rc = actor_nursery_start(calls, call_large, &portal);
	rc = actor_nursery_close(calls, rc);
	check_code("a call that nobody reads", rc, ACTOR_EDEADLINE);
	return actor_scope_close(&limit, rc, &fired);
}

static void
misbehave(const struct hostile *hostile, int size)
{
	struct actor_nursery_report report = { 0 };
	uint64_t began_ms = raw_now_ms(), took_ms;
	struct actor_nursery *nursery;
	struct actor_portal portal;
	int call_rc = 0, rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn(nursery, "bad", hostile->name, size, &portal);
	check_code("spawn", rc, hostile->spawn_rc);
	if (rc != 0) {
		check_error(hostile, hostile->spawn_status);
		rc = 0;
	} else if (hostile->then == CALL) {
		call_rc = call(portal);
		check_code("call", call_rc, hostile->call_rc);
		if (call_rc != 0)
			check_error(hostile, hostile->call_status);
	} else if (hostile->then == STREAM) {
		rc = stream(portal);
	}
	if (hostile->then == CANCEL || hostile->then == STREAM)
		actor_nursery_cancel(nursery);
	rc = actor_nursery_close_report(nursery, call_rc != 0 ? call_rc : rc, &report);
	check_code("close", rc, hostile->close_rc);
	check(report.killed_count == hostile->killed, "killed", (long)report.killed_count, (long)hostile->killed);
	took_ms = raw_now_ms() - began_ms;
	check(took_ms >= hostile->min_ms && took_ms <= hostile->max_ms, "ms", (long)took_ms, (long)hostile->max_ms);
}

/* robustness: A3; shows: SP-22 */
static void
tear_hellos(void)
{
	static const int sizes[] = { 1, 4, 15, 16, 17, 30, TORN_MAX };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const struct hostile hostile = { .name = "torn",
			                         .spawn_rc = ACTOR_EPEERGONE,
			                         .spawn_status = SIGKILL,
			                         .message = "it ended inside a ",
			                         .max_ms = 1000 };

		misbehave(&hostile, sizes[i]);
	}
}

static int
find_and_run(const char *name)
{
	if (strcmp(name, "torn") == 0) {
		tear_hellos();
		return 0;
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (strcmp(cases[i].name, name) == 0) {
			misbehave(&cases[i], 0);
			return 0;
		}
	}
	return actor_fail(ACTOR_EINVAL, "no case %s", name);
}

static int
root(int argc, char **argv)
{
	struct actor_nursery_report report = { 0 };
	size_t descriptors = left_descriptors();
	struct actor_nursery *nursery;
	struct actor_portal good;
	int rc = actor_nursery_open(&nursery);

	(void)argc;
	executable = argv[2];
	if (rc == 0)
		rc = spawn(nursery, "good", "echo", 0, &good);
	if (rc == 0)
		rc = call(good);
	if (rc == 0)
		rc = find_and_run(argv[1]);
	if (rc == 0)
		rc = call(good);
	if (rc == 0)
		actor_nursery_cancel(nursery);
	rc = actor_nursery_close_report(nursery, rc, &report);
	check(report.killed_count == 0, "the good one was killed", (long)report.killed_count, 0);
	check(left_descriptors() == descriptors, "descriptors", (long)left_descriptors(), (long)descriptors);
	check(!left_process(), "processes that are left", 1, 0);
	if (rc == 0 && failures > 0)
		rc = actor_fail(ACTOR_EINVAL, "%d checks failed", failures);
	return rc;
}

int
main(int argc, char **argv)
{
	const struct actor_program program = { .root = root };

	if (argc != 3) {
		fprintf(stderr, "usage: %s CASE BAD_CHILD\n", argv[0]);
		return 2;
	}
	left_begin();
	return actor_main(argc, argv, &program);
}
