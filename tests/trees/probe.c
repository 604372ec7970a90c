/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe.h"

#include "crash.h"
#include "misbehave.h"
#include "stage.h"

#include <actor/blocking.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
#endif

struct trees_probe_state {
	int calls;
	int turns_begun, turns_left;
};

/* ---- what the actor's life leaves in the trace ---- */

static const char *
my_name(void)
{
	static struct actor_identity self;

	return actor_self(&self) == 0 ? self.uid.name : "nobody";
}

static int
open_sockets(void)
{
	int count = 0;

	for (int fd = 3; fd < 256; fd++) {
		int type;
		socklen_t size = sizeof type;

		count += getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
	}
	return count;
}

static void
remove_exit_file(void)
{
	char path[256];

	snprintf(path, sizeof path, "%s.exit", getenv(TEMPORARY_FILE));
	unlink(path);
}

static void
create(const char *path)
{
	FILE *file = fopen(path, "w");

	if (file != NULL)
		fclose(file);
}

static void
create_files(void)
{
	const char *path = getenv(TEMPORARY_FILE);
	char exit_path[256];

	if (path == NULL)
		return;
	create(path);
	snprintf(exit_path, sizeof exit_path, "%s.exit", path);
	create(exit_path);
	atexit(remove_exit_file);
}

static int
start_with_others(void)
{
	const char *count = getenv(START_WITH);
	int rc = 0;

	trace("starting %s pid=%d", my_name(), getpid());
	while (rc == 0 && getenv(START_SLOWLY) != NULL)
		rc = actor_sleep_ms(1000);
	while (rc == 0 && count != NULL && trace_count("starting") < atoi(count))
		rc = actor_sleep_ms(2);
	return rc;
}

static int
state_open(struct trees_probe_state **ret_state)
{
	int rc = start_with_others();

	if (rc == 0 && getenv(OPEN_GIVES) != NULL)
		rc = atoi(getenv(OPEN_GIVES));
	if (rc != 0)
		return rc;
	*ret_state = calloc(1, sizeof **ret_state);
	if (*ret_state == NULL)
		return actor_fail(ACTOR_ENOMEM, "no state");
	create_files();
	return 0;
}

static void
state_close(struct trees_probe_state *state)
{
	const char *path = getenv(TEMPORARY_FILE);

	trace("closing %s sockets=%d", my_name(), open_sockets());
	if (path != NULL)
		unlink(path);
	free(state);
}

/* ---- answers ---- */

static int
echo(struct trees_probe_state *state, const Trees__Value *request, Trees__Value *reply)
{
	state->calls++;
	reply->number = request->number;
	reply->text = request->text;
	return 0;
}

static int
nothing(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Google__Protobuf__Empty *reply)
{
	(void)request, (void)reply;
	state->calls++;
	return 0;
}

static int
identify(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Identity *reply)
{
	struct actor_identity *self = actor_alloc(sizeof *self);
	int rc = self != NULL ? actor_self(self) : ACTOR_ENOMEM;

	(void)state, (void)request;
	if (rc != 0)
		return rc;
	reply->name = self->uid.name;
	reply->uuid.data = self->uid.uuid;
	reply->uuid.len = sizeof self->uid.uuid;
	reply->pid = getpid();
	reply->parent_pid = getppid();
	return 0;
}

static int
count_calls(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	(void)request;
	reply->number = state->calls++;
	return 0;
}

int64_t
heap_in_use(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
	if (__sanitizer_get_current_allocated_bytes != NULL)
		return (int64_t)__sanitizer_get_current_allocated_bytes();
#endif
	return (int64_t)mallinfo2().uordblks;
}

static int
log_level(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	(void)state, (void)request;
	reply->number = actor_self_log_level();
	return 0;
}

static int
memory(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	(void)state, (void)request;
	reply->number = heap_in_use();
	return 0;
}

static int
take_turn(struct trees_probe_state *state, const Trees__Value *request, Trees__Value *reply)
{
	int rc = 0;

	/* The last to begin is the first to end. */
	state->turns_begun++;
	state->turns_left++;
	while (rc == 0 && (state->turns_begun < request->number || state->turns_left > atoi(request->text)))
		rc = actor_sleep_ms(1);
	state->turns_left--;
	reply->number = atoi(request->text);
	return rc;
}

/* ---- failures ---- */

static int
fail(struct trees_probe_state *state, const Trees__Failure *request, Trees__Value *reply)
{
	(void)reply;
	state->calls++;
	return actor_fail((enum actor_code)request->code, "%s", request->message);
}

static int
raise_not_found(struct trees_probe_state *state, const Trees__Failure *request, Trees__Value *reply)
{
	(void)state, (void)reply;
	return trees_probe_raise_not_found(TREES_NOT_FOUND(.what = request->message));
}

static int
raise_undeclared(struct trees_probe_state *state, const Trees__Failure *request, Trees__Value *reply)
{
	(void)state, (void)reply, (void)request;
	return acti_raise(&TREES_RARE(.number = 7)->base);
}

static int
bad_reply(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	(void)state, (void)request;
	reply->text = (char *)"not \xff UTF-8";
	return 0;
}

static int
sleep_forever(void *argument)
{
	(void)argument;
	return actor_sleep_ms(UINT32_MAX);
}

static int
forget_nursery(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)state, (void)request, (void)reply;
	return rc == 0 ? actor_nursery_start(nursery, sleep_forever, NULL) : rc;
}

static int
open_root(struct trees_probe_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	const struct actor_program program = { 0 };

	(void)state, (void)request, (void)reply;
	return actor_main(0, NULL, &program);
}

static void
block_for(uint64_t ms)
{
	const struct timespec step = { .tv_nsec = 1000000 };

	for (uint64_t end = now_ms() + ms; now_ms() < end;)
		nanosleep(&step, NULL);
}

/* It does not await, so that nothing can keep it from its own failure. */
static void
meet(unsigned count)
{
	uint64_t give_up = now_ms() + PATIENCE_MS;

	trace("met %s", my_name());
	while (trace_count("met") < (int)count && now_ms() < give_up)
		block_for(1);
}

static int
fail_together(struct trees_probe_state *state, const Trees__Meeting *request, Trees__Value *reply)
{
	(void)state, (void)reply;
	meet(request->count);
	return actor_fail(ACTOR_ERAISED, "%s fails", my_name());
}

static int
fail_with_number(void *argument)
{
	return actor_fail(ACTOR_ERAISED, "number %d fails", *(int *)argument);
}

static int
fail_as_group(struct trees_probe_state *state, const Trees__Meeting *request, Trees__Value *reply)
{
	int *numbers = actor_calloc(request->count, sizeof *numbers);
	struct actor_nursery *nursery = NULL;
	int rc = numbers != NULL ? actor_nursery_open(&nursery) : ACTOR_ENOMEM;

	(void)state, (void)reply;
	for (int i = 0; rc == 0 && i < (int)request->count; i++) {
		numbers[i] = i;
		rc = actor_nursery_start(nursery, fail_with_number, &numbers[i]);
	}
	return actor_nursery_close(nursery, rc);
}

/* ---- taking time ---- */

/* The time at which it ended is its result; a cancellation leaves a trace of who asked. */
static int
end_pause(int rc, Trees__Value *reply)
{
	const struct actor_error *error = rc != 0 ? actor_error_last() : NULL;
	const struct actor_uid *canceller = error != NULL ? actor_error_canceller(error) : NULL;

	if (rc != 0)
		trace("cancelled %s by %s code=%d", my_name(), canceller != NULL ? canceller->name : "?", rc);
	reply->number = (int64_t)now_ms();
	return rc;
}

static int
sleep_for(struct trees_probe_state *state, const Trees__Pause *request, Trees__Value *reply)
{
	state->calls++;
	trace("sleeping %s", my_name());
	return end_pause(actor_sleep_ms(request->ms), reply);
}

static int
block(struct trees_probe_state *state, const Trees__Pause *request, Trees__Value *reply)
{
	sigset_t pending;
	bool was_terminated = false;

	state->calls++;
	trace("blocking %s", my_name());
	for (uint64_t end = now_ms() + request->ms; now_ms() < end;) {
		block_for(1);
		if (!was_terminated && sigpending(&pending) == 0 && sigismember(&pending, SIGTERM)) {
			trace("terminated %s", my_name());
			was_terminated = true;
		}
	}
	return end_pause(0, reply);
}

static int
linger_for(uint32_t ms, Trees__Value *reply)
{
	uint64_t give_up;
	int rc;

	trace("sleeping %s", my_name());
	rc = end_pause(actor_sleep_ms(UINT32_MAX), reply);
	give_up = now_ms() + ms;
	while (trace_count("let go") == 0 && now_ms() < give_up)
		block_for(1);
	return rc;
}

static int
linger(struct trees_probe_state *state, const Trees__Pause *request, Trees__Value *reply)
{
	state->calls++;
	return linger_for(request->ms, reply);
}

struct pause {
	uint32_t ms;
	const char *who; /* NULL: nobody is to know */
};

static int
sleep_on_a_thread(void *argument)
{
	const struct pause *pause = argument;

	if (pause->who != NULL)
		trace("parked %s pid=%d", pause->who, getpid());
	block_for(pause->ms);
	return 0;
}

static int
work_for(uint32_t ms, Trees__Value *reply)
{
	struct pause pause = { .ms = ms, .who = my_name() };

	return end_pause(actor_run_blocking(sleep_on_a_thread, &pause), reply);
}

static int
work(struct trees_probe_state *state, const Trees__Pause *request, Trees__Value *reply)
{
	state->calls++;
	return work_for(request->ms, reply);
}

/* ---- ends of the process ---- */

static int
interrupt_myself(void)
{
	kill(getpid(), SIGINT);
	return actor_sleep_ms(UINT32_MAX);
}

/* Closes the one around it, which does not make that better. */
static int
leave_inner_scope(void)
{
	struct actor_scope outer, inner;

	actor_scope_open(&outer, &(const struct actor_scope_options){ 0 });
	actor_scope_open(&inner, &(const struct actor_scope_options){ .timeout_ms = 1000 });
	return actor_scope_close(&outer, 0, NULL);
}

static int
leave_scope(void)
{
	struct actor_scope left;

	actor_scope_open(&left, &(struct actor_scope_options){ .timeout_ms = 1 });
	return 0;
}

static int
die(struct trees_probe_state *state, const Trees__Death *request, Trees__Value *reply)
{
	const struct rlimit none = { 0 };

	(void)state, (void)reply;
	setrlimit(RLIMIT_CORE, &none);
	if (crash(request->way, request->status))
		return 0;
	if (request->way >= TREES__WAY__EXIT_WITH_HANDLER)
		return misbehave(request->way, request->status, &reply->number);
	switch (request->way) {
	case TREES__WAY__EXIT:
		exit(request->status);
	case TREES__WAY__EXIT_AT_ONCE:
		_exit(request->status);
	case TREES__WAY__ABORT:
		signal(SIGABRT, SIG_DFL); /* whatever a sanitizer makes of it */
		abort();
	case TREES__WAY__SEGFAULT:
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		break;
	case TREES__WAY__LEAVE_SCOPE:
		signal(SIGABRT, SIG_DFL);
		return request->status == 0 ? leave_scope() : leave_inner_scope();
	case TREES__WAY__INTERRUPT:
		return interrupt_myself();
	default:
		raise(SIGKILL);
		break;
	}
	return 0;
}

/* ---- trees ---- */

static int
park(bool is_tethered)
{
	int rc;

	if (!is_tethered)
		prctl(PR_SET_PDEATHSIG, 0);
	trace("parked %s pid=%d", my_name(), getpid());
	rc = actor_sleep_ms(UINT32_MAX);
	trace("unparked %s code=%d", my_name(), rc);
	return rc;
}

static int
clean_up(void)
{
	int rc = park(true);

	ACTOR_SCOPE(cleanup, .shield_ms = 1000);
	if (actor_sleep_ms(100) == 0)
		trace("cleaned up %s", my_name());
	return actor_scope_close(&cleanup, rc, NULL);
}

static int
shield_for_ever(void)
{
	int rc = park(true);

	for (int slept = 0; slept == 0;) {
		ACTOR_SCOPE(shield, .shield_ms = 50);
		slept = actor_sleep_ms(20);
	}
	return rc;
}

static void
tell_time(void)
{
	trace("time %s left=%d", my_name(), (int)actor_time_left_ms());
}

static int
do_errand(const Trees__Journey *request, Trees__Value *reply)
{
	reply->number = request->number;
	reply->text = request->text;
	switch (request->errand) {
	case TREES__ERRAND__RAISE:
		return trees_probe_raise_not_found(TREES_NOT_FOUND(.what = request->text));
	case TREES__ERRAND__FAIL:
		return actor_fail(ACTOR_EINVAL, "%s", request->text);
	case TREES__ERRAND__PARK:
		return park(true);
	case TREES__ERRAND__PARK_UNTETHERED:
		return park(false);
	case TREES__ERRAND__PARK_BLOCKED:
		trace("parked %s pid=%d", my_name(), getpid());
		block_for(60000);
		return 0;
	case TREES__ERRAND__ASSERT_FALSE:
		return !crash(TREES__WAY__ASSERT, 0);
	case TREES__ERRAND__WORK_UNTETHERED:
		prctl(PR_SET_PDEATHSIG, 0);
		return work_for(60000, reply);
	case TREES__ERRAND__PARK_UNLINKED:
		close_range(3, ~0u, 0);
		trace("parked %s pid=%d", my_name(), getpid());
		block_for(60000);
		return 0;
	case TREES__ERRAND__LINGER:
		return linger_for(PATIENCE_MS, reply);
	case TREES__ERRAND__TELL_TIME:
		tell_time();
		return 0;
	case TREES__ERRAND__CLEAN_UP:
		return clean_up();
	case TREES__ERRAND__SHIELD:
		return shield_for_ever();
	case TREES__ERRAND__KILL_ITSELF:
		raise(SIGKILL);
		return 0;
	default:
		return 0;
	}
}

static int
pass_on(struct actor_nursery *nursery, const Trees__Journey *request, Trees__Value *reply)
{
	Trees__Journey rest = *request;
	Trees__Value *answer;
	struct trees_probe next;
	int rc = 0;

	if (request->errand == TREES__ERRAND__TELL_TIME) {
		tell_time();
		rc = actor_sleep_ms(20);
	}
	if (rc == 0)
		rc = trees_probe_spawn(nursery, request->path[0], probe_options(NULL, NULL), &next);
	if (rc != 0)
		return rc;
	trace("spawned %s pid=%d", request->path[0], probe_pid(next));
	rest.path++;
	rest.n_path--;
	rc = trees_probe_relay(next, &rest, &answer);
	if (rc == 0) {
		reply->number = answer->number;
		reply->text = answer->text;
	}
	return rc;
}

static int
relay(struct trees_probe_state *state, const Trees__Journey *request, Trees__Value *reply)
{
	struct actor_nursery *nursery;
	int rc, pid;

	(void)state;
	if (request->n_path == 0)
		return do_errand(request, reply);
	rc = actor_nursery_open(&nursery);
	if (rc == 0)
		rc = pass_on(nursery, request, reply);
	rc = end_nursery(nursery, rc);
	pid = trace_number(request->path[0]);
	trace("reaped %s by %s gone=%d", request->path[0], my_name(), pid < 0 || is_gone(pid));
	return rc;
}

static int
ask_children(const struct trees_probe *children, const Trees__Shape *request)
{
	Trees__Value **answers = actor_calloc(request->width, sizeof *answers);
	struct actor_nursery *calls = NULL;
	int rc = answers != NULL ? actor_nursery_open(&calls) : ACTOR_ENOMEM;

	for (size_t i = 0; rc == 0 && i < request->width; i++)
		rc = trees_probe_fail_as_tree_start(
		    calls, children[i],
		    TREES_SHAPE(.width = request->width, .depth = request->depth - 1, .leaves = request->leaves),
		    &answers[i]);
	return actor_nursery_close(calls, rc);
}

static int
fail_as_tree(struct trees_probe_state *state, const Trees__Shape *request, Trees__Value *reply)
{
	struct trees_probe *children = actor_calloc(request->width, sizeof *children);
	struct actor_nursery *nursery = NULL;
	char name[32];
	int rc;

	(void)state, (void)reply;
	if (request->depth == 0) {
		meet(request->leaves);
		return actor_fail(ACTOR_ERAISED, "the leaf %s fails", my_name());
	}
	rc = children != NULL ? actor_nursery_open(&nursery) : ACTOR_ENOMEM;
	for (size_t i = 0; rc == 0 && i < request->width; i++) {
		snprintf(name, sizeof name, "d%u_%zu", request->depth, i);
		rc = trees_probe_spawn(nursery, name, probe_options(NULL, NULL), &children[i]);
	}
	if (rc == 0)
		rc = ask_children(children, request);
	return actor_nursery_close(nursery, rc);
}

/* ---- the other modules ---- */

static int
greet(struct trees_other_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	(void)state, (void)request;
	reply->text = (char *)"hello";
	return 0;
}

static int
sleep_for_ever(void *argument)
{
	(void)argument;
	return actor_sleep_ms(UINT32_MAX);
}

static void
other_close(struct trees_other_state *state)
{
	struct actor_nursery *nursery;

	(void)state;
	if (getenv(CLOSE_BADLY) == NULL || actor_nursery_open(&nursery) != 0 ||
	    actor_nursery_start(nursery, sleep_for_ever, NULL) != 0)
		return;
	trace("stuck %s rc=%d", my_name(), actor_sleep_ms(UINT32_MAX));
}

static int
broken_open(struct trees_broken_state **ret_state)
{
	(void)ret_state;
	return actor_fail(ACTOR_EINVAL, "the disk of %s is full", my_name());
}

static int
broken_nothing(struct trees_broken_state *state, const Google__Protobuf__Empty *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	return 0;
}

static int
stream_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	(void)context, (void)ops, (void)state, (void)request, (void)reply;
	trace("the stream ran");
	return 0;
}

static int
stream_open(const void *ops, void **ret_state)
{
	(void)ops, (void)ret_state;
	return 0;
}

static void
stream_close(const void *ops, void *state)
{
	(void)ops, (void)state;
}

static const struct actor_message stream_value = { .descriptor = &trees__value__descriptor };

static const struct actor_endpoint stream_endpoints[] = {
	{ .name = "Count",
	  .op = "count",
	  .kind = ACTOR_GENERATOR,
	  .request = &stream_value,
	  .reply = &stream_value,
	  .thunk = stream_thunk },
};

const struct actor_service trees_stream_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "trees.Stream",
	.fingerprint = 1,
	.endpoints = stream_endpoints,
	.endpoint_count = 1,
	.state_open = stream_open,
	.state_close = stream_close,
};

/* ---- the program ---- */

struct actor_supervision probe_knobs;
bool probe_has_threads;
int (*probe_runs)(int argc, char **argv, const struct actor_program *program) = actor_main;
const struct actor_module *probe_module;

static const struct trees_probe_ops probe_ops = {
	.state_open = state_open,
	.state_close = state_close,
	.echo = echo,
	.nothing = nothing,
	.identify = identify,
	.count_calls = count_calls,
	.log_level = log_level,
	.memory = memory,
	.take_turn = take_turn,
	.fail = fail,
	.raise = raise_not_found,
	.raise_undeclared = raise_undeclared,
	.bad_reply = bad_reply,
	.forget_nursery = forget_nursery,
	.open_root = open_root,
	.fail_together = fail_together,
	.fail_as_group = fail_as_group,
	.sleep = sleep_for,
	.block = block,
	.linger = linger,
	.work = work,
	.die = die,
	.relay = relay,
	.fail_as_tree = fail_as_tree,
};

static const struct trees_other_ops other_ops = { .state_close = other_close, .greet = greet };
static const struct trees_broken_ops broken_ops = { .state_open = broken_open, .nothing = broken_nothing };
static const struct {
	int (*count)(void);
} stream_ops = { open_sockets };

const struct actor_spawn_options *
probe_options(const char *entry, const char *another)
{
	struct actor_spawn_options *options = actor_calloc(1, sizeof *options);
	const char **environment = actor_calloc(4, sizeof *environment);
	size_t count = 0;

	if (options == NULL || environment == NULL)
		return NULL;
	environment[count++] = trace_entry();
	if (entry != NULL)
		environment[count++] = entry;
	if (another != NULL)
		environment[count++] = another;
	options->environment = environment;
	return options;
}

int
probe_pid(struct trees_probe probe)
{
	struct actor_identity identity;

	return actor_portal_identity(probe.portal, &identity) == 0 ? identity.pid : -1;
}

int
end_nursery(struct actor_nursery *nursery, int rc)
{
	if (rc == 0)
		actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

int
with_probe(int (*body)(struct trees_probe probe))
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "child", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = body(probe);
	return end_nursery(nursery, rc);
}

static struct {
	const struct check *checks;
	size_t count;
} program_checks;

static int
root(int argc, char **argv)
{
	struct pause none = { .ms = 0 };
	int rc = probe_has_threads ? actor_run_blocking(sleep_on_a_thread, &none) : 0;

	if (rc != 0)
		return rc;
	return run_checks(program_checks.checks, program_checks.count, argc, argv);
}

static int
run_root(int argc, char **argv, const struct actor_program *program)
{
	int descriptors = open_descriptors();
	int status;

	if (!trace_create()) {
		perror("the trace");
		return 1;
	}
	status = probe_runs(argc, argv, program);
	if (open_descriptors() != descriptors || has_children()) {
		printf("not ok: the root has left something behind\n");
		status = 1;
	}
	trace_remove();
	return status;
}

int
probe_main(int argc, char **argv, const struct check *checks, size_t check_count, int (*stranger)(void))
{
	const struct actor_module modules[] = {
		trees_other_module(&other_ops),
		trees_probe_module(&probe_ops),
		trees_broken_module(&broken_ops),
		trees_stage_module(&stage_ops),
		{ &trees_stream_service, &stream_ops },
		probe_module != NULL ? *probe_module : (struct actor_module){ 0 },
	};
	size_t count = ACTOR_COUNT(modules) - (probe_module == NULL);
	const struct actor_program program = {
		.modules = modules,
		.module_count = getenv(FEW_MODULES) != NULL ? 1 : count,
		.root = root,
		.supervision = probe_knobs,
	};
	int status = stranger != NULL ? stranger() : -1;

	if (status != -1)
		return status;
	setvbuf(stdout, NULL, _IOLBF, 0);
	program_checks.checks = checks;
	program_checks.count = check_count;
	return getenv(TRACE_VARIABLE) == NULL ? run_root(argc, argv, &program) : probe_runs(argc, argv, &program);
}
