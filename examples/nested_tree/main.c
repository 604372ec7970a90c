/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root -> supervisor -> leaf_0, leaf_1.  A context that the root opens makes the supervisor spawn the leaves, announce
 * their names, square 1, 2, 3, 4 on them at once, and return 1, 4, 9, 16; the tree is torn down from the inside.
 *
 *     nested_tree          all goes well
 *     nested_tree --fail   one leaf cannot square its number, and says so to the root
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tree.actor.h"

#define LEAVES 2
#define LARGEST 3037000499 /* whose square has 64 bits */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line on stdout, with who says it. */
static void
say(const char *format, ...)
{
	struct actor_identity self;
	va_list arguments;

	if (actor_self(&self) == 0)
		printf("%-10s (pid %d): ", self.uid.name, self.pid);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

/* ---- what the actors serve ---- */

static int
square(struct demo_tree_state *state, const Demo__SquareRequest *request, Demo__SquareReply *reply)
{
	(void)state;
	if (request->value > LARGEST || request->value < -LARGEST) {
		say("%" PRId64 " is too large, so I fail", request->value);
		return demo_tree_raise_too_large(DEMO_TOO_LARGE(.value = request->value));
	}
	reply->value = request->value * request->value;
	say("%" PRId64 " squared is %" PRId64, request->value, reply->value);
	return 0;
}

/* All values at once, in turn over the leaves; the squares in the order of the values. */
static int
square_all(const struct demo_tree *leaves, const Demo__FanOutRequest *request, Demo__FanOutReply *reply)
{
	Demo__SquareReply **squares = actor_calloc(request->n_values, sizeof *squares);
	struct actor_nursery *calls = NULL;
	int rc = ACTOR_REPEATED(reply, squares, request->n_values);

	if (squares == NULL)
		rc = ACTOR_ENOMEM;
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	for (size_t i = 0; rc == 0 && i < request->n_values; i++)
		rc = demo_tree_square_start(calls, leaves[i % LEAVES], DEMO_SQUARE_REQUEST(.value = request->values[i]),
		                            &squares[i]);
	rc = actor_nursery_close(calls, rc); /* every call has ended */
	for (size_t i = 0; rc == 0 && i < request->n_values; i++)
		reply->squares[i] = squares[i]->value;
	return rc;
}

/* Leaves are daemons: whoever closes the nursery has cancelled it before. */
static int
spawn_leaves(struct actor_nursery *nursery, struct demo_tree leaves[LEAVES], Demo__Leaves *announcement)
{
	static const char *const names[LEAVES] = { "leaf_0", "leaf_1" };
	struct actor_identity identity;
	int rc = ACTOR_REPEATED(announcement, names, LEAVES);

	if (rc == 0)
		rc = ACTOR_REPEATED(announcement, pids, LEAVES);
	for (size_t i = 0; rc == 0 && i < LEAVES; i++) {
		rc = demo_tree_spawn(nursery, names[i], NULL, &leaves[i]);
		if (rc == 0)
			rc = actor_portal_identity(leaves[i].portal, &identity);
		if (rc == 0) {
			announcement->names[i] = (char *)names[i];
			announcement->pids[i] = identity.pid;
			say("+- %s (pid %d) is my child", identity.uid.name, identity.pid);
		}
	}
	return rc;
}

static int
fan_out(struct demo_tree_state *state, struct demo_tree_fan_out_context context, const Demo__FanOutRequest *request,
        Demo__FanOutReply *reply)
{
	Demo__Leaves announcement = DEMO__LEAVES__INIT;
	struct demo_tree leaves[LEAVES];
	struct actor_nursery *nursery = NULL;
	int rc = actor_nursery_open(&nursery);

	(void)state;
	if (rc == 0)
		rc = spawn_leaves(nursery, leaves, &announcement);
	if (rc == 0)
		rc = demo_tree_fan_out_started(context, &announcement); /* the root's open() returns with it */
	if (rc == 0)
		rc = square_all(leaves, request, reply);
	if (rc == 0)
		actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc); /* only when both are reaped */
}

/* The state is what tells us of an actor's end; there is nothing in it. */
static int
state_open(struct demo_tree_state **ret_state)
{
	*ret_state = NULL;
	say("is up");
	return 0;
}

static void
state_close(struct demo_tree_state *state)
{
	(void)state;
	say("ends");
}

/* ---- the root ---- */

/* What the boxed error says; actor_main() prints it in one line, too. */
static void
print_failure(const struct actor_error *error)
{
	const Demo__TooLarge *value = demo_tree_raised_too_large(error);

	say("the context failed:");
	say("  type   %s", actor_error_type(error));
	if (value != NULL)
		say("  value  %" PRId64, value->value);
	if (actor_error_origin(error) != NULL) /* else it arose here */
		say("  origin %s", actor_error_origin(error)->name);
	for (size_t i = 0; i < actor_error_hop_count(error); i++)
		say("  hop %zu  %s", i, actor_error_hop(error, i)->name);
}

/* Nothing is left of a process when nothing has its pid, not even as a zombie. */
static int
check_gone(int pid)
{
	if (kill(pid, 0) == 0 || errno != ESRCH)
		return actor_fail(ACTOR_ECLOSED, "the process %d is still there", pid);
	return 0;
}

static int
use_supervisor(struct demo_tree supervisor, const Demo__FanOutRequest *request, Demo__Leaves **ret_leaves,
               Demo__FanOutReply **ret_reply)
{
	struct demo_tree_fan_out_dialog dialog;
	int rc = demo_tree_fan_out_open(supervisor, request, NULL, ret_leaves, &dialog);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < (*ret_leaves)->n_names; i++)
		say("the supervisor has %s", (*ret_leaves)->names[i]);
	return demo_tree_fan_out_close(dialog, 0, ret_reply); /* waits for the result */
}

static int
run_tree(const Demo__FanOutRequest *request, int *ret_pid, Demo__Leaves **ret_leaves, Demo__FanOutReply **ret_reply)
{
	struct actor_identity identity;
	struct demo_tree supervisor;
	struct actor_nursery *nursery = NULL;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = demo_tree_spawn(nursery, "supervisor", NULL, &supervisor);
	if (rc == 0)
		rc = actor_portal_identity(supervisor.portal, &identity);
	if (rc == 0) {
		*ret_pid = identity.pid;
		say("+- %s (pid %d) is my child", identity.uid.name, identity.pid);
		rc = use_supervisor(supervisor, request, ret_leaves, ret_reply);
	}
	if (rc == 0)
		actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

static int
root(int argc, char **argv)
{
	int fail = argc > 1 && strcmp(argv[1], "--fail") == 0;
	int64_t values[] = { 1, 2, 3, fail ? 4000000000 : 4 };
	Demo__FanOutReply *reply = NULL;
	Demo__Leaves *leaves = NULL;
	int pid = 0;
	int rc =
	    run_tree(DEMO_FAN_OUT_REQUEST(.n_values = ACTOR_COUNT(values), .values = values), &pid, &leaves, &reply);

	if (rc != 0)
		print_failure(actor_error_last());
	for (size_t i = 0; rc == 0 && i < reply->n_squares; i++)
		say("square of %" PRId64 ": %" PRId64, values[i], reply->squares[i]);
	for (size_t i = 0; rc == 0 && i < leaves->n_pids; i++)
		rc = check_gone(leaves->pids[i]);
	if (rc == 0)
		rc = check_gone(pid);
	if (rc == 0)
		say("nothing is left of the other processes");
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct demo_tree_ops ops = {
		.state_open = state_open, .state_close = state_close, .square = square, .fan_out = fan_out
	};
	const struct actor_module modules[] = { demo_tree_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = ACTOR_COUNT(modules), .root = root };

	setvbuf(stdout, NULL, _IOLBF, 0); /* a line is one write, whoever writes beside us */
	return actor_main(argc, argv, &program);
}
