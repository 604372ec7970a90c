/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: matrix_scenario SCENARIO
 *
 * One small tree, from its first process to the last.  The root says on stdout how it went, in lines that matrix.py reads;
 * by pwrite(), which the runtime never uses, so that no fault that is meant for the runtime meets it.
 *
 * matrix.py runs the root under strace to hurt it.  To hurt another actor, MATRIX_VICTIM names it: its process then
 * becomes "strace -D $MATRIX_STRACE this program", where the strace stands aside and the actor keeps its pid, parent and link.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.actor.h"

#define NOTHING \
	(&(const Google__Protobuf__Empty){ .base = PROTOBUF_C_MESSAGE_INIT(&google__protobuf__empty__descriptor) })
#define TWO_AND_THREE MATRIX_PAIR(.a = 2, .b = 3)
#define START_TIMEOUT_MS 3000
#define LOOKUP_MS 4000
#define LOOKUP "lookup" /* the one with a registry */
#define DESCRIPTORS 64
#define LINK 3
#define CRASH 4 /* and where it reports a crash */

/* ---- what is said ---- */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *format, ...)
{
	static off_t end;
	char line[4096];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line, sizeof line - 1, format, arguments);
	va_end(arguments);
	if (size >= (int)sizeof line - 1)
		size = sizeof line - 2;
	line[size++] = '\n';
	(void)!pwrite(STDOUT_FILENO, line, (size_t)size, end);
	end += size;
}

/* CODE/origin/wait status, or CODE[members]; `*used` is where to go on. */
static void
describe(const struct actor_error *error, char *text, size_t size, size_t *used)
{
	const struct actor_uid *origin = actor_error_origin(error);

	*used += (size_t)snprintf(text + *used, size - *used, "%s/%s/%d", actor_code_name(actor_error_code(error)) + 6,
	                          origin != NULL ? origin->name : "root", actor_error_wait_status(error));
	if (actor_error_member_count(error) == 0)
		return;
	*used += (size_t)snprintf(text + *used, size - *used, "[");
	for (size_t i = 0; i < actor_error_member_count(error) && *used < size / 2; i++) {
		if (i > 0)
			*used += (size_t)snprintf(text + *used, size - *used, " ");
		describe(actor_error_member(error, i), text, size, used);
	}
	*used += (size_t)snprintf(text + *used, size - *used, "]");
}

static void
say_error(void)
{
	char text[2048];
	size_t used = 0;

	describe(actor_error_last(), text, sizeof text, &used);
	say("error %s", text);
	say("text %s", actor_error_text(actor_error_last()));
}

/* All in one system call, which the runtime never uses. */
static int
open_descriptors(void)
{
	const struct timespec at_once = { 0 };
	struct pollfd all[DESCRIPTORS];
	int count = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		all[fd] = (struct pollfd){ .fd = fd };
	if (ppoll(all, DESCRIPTORS, &at_once, NULL) < 0)
		return -1;
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		count += (all[fd].revents & POLLNVAL) == 0;
	return count;
}

/* ---- spawning ---- */

static char victim[80], trace[400];

static struct actor_spawn_options
options_for(const char *name)
{
	static const char *environment[] = { victim, trace, NULL, NULL };
	const char *wanted = getenv("MATRIX_VICTIM");
	bool is_victim = wanted != NULL && strcmp(wanted, name) == 0;

	snprintf(victim, sizeof victim, "MATRIX_VICTIM=%s", wanted != NULL ? wanted : "");
	snprintf(trace, sizeof trace, "MATRIX_STRACE=%s", wanted != NULL ? getenv("MATRIX_STRACE") : "");
	environment[2] = is_victim ? "MATRIX_HERE=1" : NULL;
	return (struct actor_spawn_options){ .environment = environment,
		                             .executable = is_victim ? "/proc/self/exe" : NULL,
		                             .start_timeout_ms = START_TIMEOUT_MS };
}

static int
spawn(struct actor_nursery *actors, const char *name, struct matrix_worker *ret_worker)
{
	const struct actor_spawn_options options = options_for(name);

	return matrix_worker_spawn(actors, name, &options, ret_worker);
}

/* The body of a nursery with one worker in it. */
static int
with_worker(int (*body)(struct matrix_worker worker, Matrix__Number *ret_number), Matrix__Number *ret_number)
{
	struct actor_nursery *actors;
	struct matrix_worker worker;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = spawn(actors, "worker", &worker);
	if (rc == 0)
		rc = body(worker, ret_number);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

/* ---- the services ---- */

static int
add(struct matrix_worker_state *state, const Matrix__Pair *request, Matrix__Number *reply)
{
	(void)state;
	reply->value = request->a + request->b;
	return 0;
}

static int
refuse(struct matrix_worker_state *state, const Matrix__Pair *request, Matrix__Number *reply)
{
	(void)state, (void)request, (void)reply;
	return matrix_worker_raise_refusal(MATRIX_REFUSAL(.why = (char *)"it will not"));
}

static int
sleep_until_cancelled(struct matrix_worker_state *state, const Google__Protobuf__Empty *request, Matrix__Number *reply)
{
	(void)state, (void)request, (void)reply;
	return actor_sleep_ms(UINT32_MAX);
}

static int
do_deed(const Matrix__Errand *request, Matrix__Number *reply)
{
	switch (request->deed) {
	case MATRIX__DEED__REFUSE:
		return matrix_worker_raise_refusal(MATRIX_REFUSAL(.why = (char *)"it will not"));
	case MATRIX__DEED__SLEEP:
		return actor_sleep_ms(UINT32_MAX);
	case MATRIX__DEED__KILL_ITSELF:
		raise(SIGKILL);
		return 0;
	case MATRIX__DEED__KILL_ITS_PARENT:
		kill(getppid(), SIGKILL);
		return actor_sleep_ms(UINT32_MAX);
	default:
		reply->value = 5;
		return 0;
	}
}

static int
send_on(const char *const *path, size_t count, Matrix__Deed deed, Matrix__Number *ret_number)
{
	struct actor_nursery *actors;
	struct matrix_worker next;
	Matrix__Number *answer;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = spawn(actors, path[0], &next);
	if (rc == 0)
		rc = matrix_worker_relay(
		    next, MATRIX_ERRAND(.n_path = count - 1, .path = (char **)(uintptr_t)(path + 1), .deed = deed),
		    &answer);
	if (rc == 0)
		ret_number->value = answer->value;
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

static int
relay(struct matrix_worker_state *state, const Matrix__Errand *request, Matrix__Number *reply)
{
	(void)state;
	if (request->n_path == 0)
		return do_deed(request, reply);
	return send_on((const char *const *)request->path, request->n_path, request->deed, reply);
}

static int
ask(struct matrix_worker_state *state, const Google__Protobuf__Empty *request, Matrix__Number *reply)
{
	struct actor_nursery *portals;
	struct matrix_worker other;
	Matrix__Number *answer;
	int rc = actor_nursery_open(&portals);

	(void)state, (void)request;
	if (rc == 0)
		rc = matrix_worker_wait_for_actor(portals, "other", &other);
	if (rc == 0)
		rc = matrix_worker_add(other, TWO_AND_THREE, &answer);
	if (rc == 0)
		reply->value = answer->value;
	return actor_nursery_close(portals, rc);
}

static int
broken_open(struct matrix_broken_state **ret_state)
{
	(void)ret_state;
	return actor_fail(ACTOR_EINVAL, "the disk is full");
}

static int
broken_nothing(struct matrix_broken_state *state, const Google__Protobuf__Empty *request,
               Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	return 0;
}

static int
absent_nothing(struct matrix_absent_state *state, const Google__Protobuf__Empty *request,
               Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	return 0;
}

/* ---- the scenarios ---- */

static int
do_nothing(struct matrix_worker worker, Matrix__Number *ret_number)
{
	(void)worker, (void)ret_number;
	return 0;
}

static int
only_spawn(Matrix__Number *ret_number)
{
	return with_worker(do_nothing, ret_number);
}

static int
call_add(struct matrix_worker worker, Matrix__Number *ret_number)
{
	Matrix__Number *answer;
	int rc = matrix_worker_add(worker, TWO_AND_THREE, &answer);

	if (rc == 0)
		ret_number->value = answer->value;
	return rc;
}

static int
call(Matrix__Number *ret_number)
{
	return with_worker(call_add, ret_number);
}

static int
call_add_by_name(struct matrix_worker worker, Matrix__Number *ret_number)
{
	static const unsigned char request[] = { 0x08, 2, 0x10, 3 };
	struct actor_bytes reply;
	int rc = actor_portal_run_from_ns(worker.portal, "matrix.Worker", "Add",
	                                  (struct actor_bytes){ request, sizeof request }, &reply);

	if (rc == 0 && reply.size == 2)
		ret_number->value = ((const unsigned char *)reply.data)[1];
	return rc;
}

static int
call_by_name(Matrix__Number *ret_number)
{
	return with_worker(call_add_by_name, ret_number);
}

#define CALLS 8

static int
call_often(struct matrix_worker worker, Matrix__Number *ret_number)
{
	Matrix__Number *answers[CALLS];
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (size_t i = 0; rc == 0 && i < CALLS; i++)
		rc = matrix_worker_add_start(calls, worker, TWO_AND_THREE, &answers[i]);
	rc = actor_nursery_close(calls, rc);
	for (size_t i = 0; rc == 0 && i < CALLS; i++)
		ret_number->value += answers[i]->value;
	return rc;
}

static int
calls_at_once(Matrix__Number *ret_number)
{
	return with_worker(call_often, ret_number);
}

static const char *const two[] = { "middle", "leaf" };

static int
nested_call(Matrix__Number *ret_number)
{
	return send_on(two, 2, MATRIX__DEED__ADD, ret_number);
}

/* The second call is served after the first has begun, so that it is a sleeping task that is cancelled. */
static int
call_and_cancel(struct matrix_worker worker, Matrix__Number *ret_number)
{
	Matrix__Number *never;
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = matrix_worker_sleep_start(calls, worker, NOTHING, &never);
	if (rc == 0)
		rc = call_add(worker, ret_number);
	if (rc == 0)
		actor_nursery_cancel(calls);
	return actor_nursery_close(calls, rc);
}

static int
cancel_of_a_call(Matrix__Number *ret_number)
{
	return with_worker(call_and_cancel, ret_number);
}

static int
call_with_deadline(struct matrix_worker worker, Matrix__Number *ret_number)
{
	Matrix__Number *never;
	int fired, rc;
	ACTOR_SCOPE(limit, .timeout_ms = 10);

	rc = matrix_worker_sleep(worker, NOTHING, &never);
	rc = actor_scope_close(&limit, rc, &fired);
	ret_number->value = fired;
	return rc;
}

static int
deadline(Matrix__Number *ret_number)
{
	return with_worker(call_with_deadline, ret_number);
}

/* Across two hops. */
static int
deadline_below(Matrix__Number *ret_number)
{
	int fired, rc;
	ACTOR_SCOPE(limit, .timeout_ms = 100);

	rc = send_on(two, 2, MATRIX__DEED__SLEEP, ret_number);
	rc = actor_scope_close(&limit, rc, &fired);
	ret_number->value = fired;
	return rc;
}

/* It may come at any moment of the spawn. */
static int
cancel_of_a_spawn(Matrix__Number *ret_number)
{
	int fired, rc;
	ACTOR_SCOPE(limit, .timeout_ms = 2);

	rc = with_worker(do_nothing, ret_number);
	return actor_scope_close(&limit, rc, &fired);
}

static int
cancel_it(struct matrix_worker worker, Matrix__Number *ret_number)
{
	ret_number->value = actor_portal_cancel_actor(worker.portal);
	return 0;
}

static int
cancel_of_an_actor(Matrix__Number *ret_number)
{
	return with_worker(cancel_it, ret_number);
}

#define SIBLINGS 3

static int
teardown(Matrix__Number *ret_number)
{
	static const char *const names[SIBLINGS] = { "worker", "brother", "sister" };
	struct actor_nursery *actors, *calls = NULL;
	struct matrix_worker workers[SIBLINGS];
	Matrix__Number *never[SIBLINGS];
	int rc = actor_nursery_open(&actors);

	for (size_t i = 0; rc == 0 && i < SIBLINGS; i++)
		rc = spawn(actors, names[i], &workers[i]);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	for (size_t i = 0; rc == 0 && i < SIBLINGS; i++)
		rc = matrix_worker_sleep_start(calls, workers[i], NOTHING, &never[i]);
	for (size_t i = 0; rc == 0 && i < SIBLINGS; i++)
		rc = call_add(workers[i], ret_number);
	if (rc == 0)
		actor_nursery_cancel(calls);
	rc = actor_nursery_close(calls, rc);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

static int
one_shot(Matrix__Number *ret_number)
{
	const struct actor_spawn_options options = options_for("worker");
	struct actor_nursery *actors;
	struct matrix_worker worker;
	Matrix__Number *answer;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = matrix_worker_add_run_in_actor(actors, "worker", &options, TWO_AND_THREE, &worker);
	if (rc == 0)
		rc = matrix_worker_add_wait_for_result(worker, &answer);
	if (rc == 0)
		ret_number->value = answer->value;
	return actor_nursery_close(actors, rc);
}

static int
one_shot_that_fails(Matrix__Number *ret_number)
{
	const struct actor_spawn_options options = options_for("worker");
	struct actor_nursery *actors;
	struct matrix_worker worker;
	int rc = actor_nursery_open(&actors);

	(void)ret_number;
	if (rc == 0)
		rc = matrix_worker_refuse_run_in_actor(actors, "worker", &options, TWO_AND_THREE, &worker);
	return actor_nursery_close(actors, rc);
}

static int
module_that_is_missing(Matrix__Number *ret_number)
{
	struct actor_spawn_options options = options_for("worker");
	struct actor_nursery *actors;
	struct matrix_absent absent;
	int rc = actor_nursery_open(&actors);

	(void)ret_number;
	options.executable = "/proc/self/exe"; /* it is the child that finds out */
	if (rc == 0)
		rc = matrix_absent_spawn(actors, "worker", &options, &absent);
	return actor_nursery_close(actors, rc);
}

static int
state_that_does_not_open(Matrix__Number *ret_number)
{
	const struct actor_spawn_options options = options_for("worker");
	struct actor_nursery *actors;
	struct matrix_broken broken;
	int rc = actor_nursery_open(&actors);

	(void)ret_number;
	if (rc == 0)
		rc = matrix_broken_spawn(actors, "worker", &options, &broken);
	return actor_nursery_close(actors, rc);
}

static int
file_that_is_missing(Matrix__Number *ret_number)
{
	const struct actor_spawn_options options = { .executable = "/nowhere/to/be/found" };
	struct actor_nursery *actors;
	struct matrix_worker worker;
	int rc = actor_nursery_open(&actors);

	(void)ret_number;
	if (rc == 0)
		rc = matrix_worker_spawn(actors, "worker", &options, &worker);
	return actor_nursery_close(actors, rc);
}

static int
call_refuse(struct matrix_worker worker, Matrix__Number *ret_number)
{
	Matrix__Number *never;

	(void)ret_number;
	return matrix_worker_refuse(worker, TWO_AND_THREE, &never);
}

static int
endpoint_that_fails(Matrix__Number *ret_number)
{
	return with_worker(call_refuse, ret_number);
}

static int
error_over_two_hops(Matrix__Number *ret_number)
{
	return send_on(two, 2, MATRIX__DEED__REFUSE, ret_number);
}

static int
parent_that_is_killed(Matrix__Number *ret_number)
{
	return send_on(two, 2, MATRIX__DEED__KILL_ITS_PARENT, ret_number);
}

static int
child_that_is_killed(Matrix__Number *ret_number)
{
	return send_on(two, 2, MATRIX__DEED__KILL_ITSELF, ret_number);
}

/* As by ctrl-C, in a tree that waits. */
static int
call_and_interrupt(struct matrix_worker worker, Matrix__Number *ret_number)
{
	Matrix__Number *never;
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = matrix_worker_sleep_start(calls, worker, NOTHING, &never);
	if (rc == 0)
		rc = call_add(worker, ret_number);
	if (rc == 0)
		raise(SIGINT);
	return actor_nursery_close(calls, rc);
}

static int
interrupt(Matrix__Number *ret_number)
{
	return with_worker(call_and_interrupt, ret_number);
}

/* Two siblings, one of which finds the other by its name; within a while, as it may not be able to enter itself. */
static int
lookup(Matrix__Number *ret_number)
{
	struct matrix_worker worker, other;
	struct actor_nursery *actors;
	Matrix__Number *answer;
	ACTOR_SCOPE(limit, .timeout_ms = LOOKUP_MS);
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = spawn(actors, "worker", &worker);
	if (rc == 0)
		rc = spawn(actors, "other", &other);
	if (rc == 0)
		rc = matrix_worker_ask(worker, NOTHING, &answer);
	if (rc == 0)
		ret_number->value = answer->value;
	if (rc == 0)
		actor_nursery_cancel(actors);
	rc = actor_nursery_close(actors, rc);
	return actor_scope_close(&limit, rc, NULL);
}

static const struct {
	const char *name;
	int (*run)(Matrix__Number *ret_number);
} scenarios[] = {
	{ "only_spawn", only_spawn },
	{ "call", call },
	{ "call_by_name", call_by_name },
	{ "calls_at_once", calls_at_once },
	{ "nested_call", nested_call },
	{ "cancel_of_a_call", cancel_of_a_call },
	{ "deadline", deadline },
	{ "deadline_below", deadline_below },
	{ "cancel_of_a_spawn", cancel_of_a_spawn },
	{ "cancel_of_an_actor", cancel_of_an_actor },
	{ "teardown", teardown },
	{ "one_shot", one_shot },
	{ "one_shot_that_fails", one_shot_that_fails },
	{ "module_that_is_missing", module_that_is_missing },
	{ "state_that_does_not_open", state_that_does_not_open },
	{ "file_that_is_missing", file_that_is_missing },
	{ "endpoint_that_fails", endpoint_that_fails },
	{ "error_over_two_hops", error_over_two_hops },
	{ "parent_that_is_killed", parent_that_is_killed },
	{ "child_that_is_killed", child_that_is_killed },
	{ "interrupt", interrupt },
	{ LOOKUP, lookup },
};

static int
root(int argc, char **argv)
{
	Matrix__Number number = MATRIX__NUMBER__INIT;
	int before = open_descriptors();

	for (size_t i = 0; i < ACTOR_COUNT(scenarios); i++) {
		if (argc != 2 || strcmp(argv[1], scenarios[i].name) != 0)
			continue;
		if (scenarios[i].run(&number) == 0)
			say("result %d", number.value);
		else
			say_error();
		say("descriptors %d %d", before, open_descriptors());
		return 0;
	}
	fprintf(stderr, "no such scenario\n");
	return 1;
}

/* Never comes back. */
static void
become_a_victim(void)
{
	char self[256], *arguments[32] = { (char *)"strace", (char *)"-D" };
	ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
	char *text = strdup(getenv("MATRIX_STRACE"));
	size_t count = 2;

	unsetenv("MATRIX_HERE");
	for (char *word = strtok(text, " "); word != NULL && count < 30; word = strtok(NULL, " "))
		arguments[count++] = word;
	self[size > 0 ? size : 0] = '\0';
	arguments[count++] = self;
	execvp("strace", arguments);
	_exit(126);
}

static void
expect_no_strays(bool is_child, int before)
{
	siginfo_t info;
	int after = open_descriptors();

	if (before > 0 && after > 0 && after != (is_child ? before - 2 : before))
		fprintf(stderr, "left behind: %d descriptors instead of %d\n", after, before);
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		fprintf(stderr, "left behind: a child\n");
}

int
main(int argc, char **argv)
{
	static const struct matrix_worker_ops worker = {
		.add = add, .refuse = refuse, .sleep = sleep_until_cancelled, .ask = ask, .relay = relay
	};
	static const struct matrix_broken_ops broken = { .state_open = broken_open, .nothing = broken_nothing };
	static const struct matrix_absent_ops absent = { .nothing = absent_nothing };
	const struct actor_module modules[] = { matrix_worker_module(&worker), matrix_broken_module(&broken),
		                                matrix_absent_module(&absent) };
	bool is_child = getenv("ACTOR_LINK") != NULL;
	const struct actor_program program = { .modules = modules,
		                               .module_count = ACTOR_COUNT(modules) - (is_child ? 1 : 0),
		                               .root = root,
		                               .registry =
		                                   argc == 2 && strcmp(argv[1], LOOKUP) == 0 ? "matrix" : NULL };
	int status, before;

	if (getenv("MATRIX_HERE") != NULL)
		become_a_victim();
	(void)access("main begins", F_OK); /* for matrix.py, to tell the loader's calls from the program's */
	before = open_descriptors();
	if (is_child && before > CRASH + 1)
		fprintf(stderr, "left behind: %d descriptors were inherited\n", before);
	status = actor_main(argc, argv, &program);
	expect_no_strays(is_child, before);
	return status;
}
