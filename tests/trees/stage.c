/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "raw_peer.h"

#define LEAVES 2

struct trees_stage_state {
	struct actor_nursery *kept;
};

/* Who plays a script. */
struct player {
	struct trees_stage_state *state;
	struct trees_stage_play_context context;
	struct trees_stage child; /* that it has spawned last */
	Trees__Line *reply;
};

static int perform_all(struct player *player, const Trees__Script *script);

static const char *
my_name(void)
{
	static struct actor_identity self;

	return actor_self(&self) == 0 ? self.uid.name : "nobody";
}

static int
state_open(struct trees_stage_state **ret_state)
{
	*ret_state = calloc(1, sizeof **ret_state);
	return *ret_state != NULL ? 0 : ACTOR_ENOMEM;
}

static void
state_close(struct trees_stage_state *state)
{
	free(state);
}

/* ---- legs ---- */

/* What a bad value gives; a step with a number has caught it. */
static int
try_badly(const Trees__Step *step, const char *what, int rc)
{
	trace("%s badly code=%d hops=%d %s", what, rc, (int)actor_error_hop_count(actor_error_last()),
	      actor_error_message(actor_error_last()));
	return step->number != 0 ? 0 : rc;
}

static int
announce(struct player *player, const Trees__Step *step)
{
	static char bad[] = "not \xff UTF-8";
	struct trees_stage_play_context context = player->context;

	switch (step->verb) {
	case TREES__STEP__VERB__ANNOUNCE_BADLY:
		return try_badly(step, "announced", trees_stage_play_started(context, TREES_LINE(.text = bad)));
	case TREES__STEP__VERB__ANNOUNCE_NOTHING:
		return try_badly(step, "announced", trees_stage_play_started(context, NULL));
	default:
		return trees_stage_play_started(context, TREES_LINE(.number = step->number, .text = step->text));
	}
}

static int
send_items(struct player *player, const Trees__Step *step)
{
	static char bad[] = "not \xff UTF-8";
	int rc = 0;

	if (step->verb == TREES__STEP__VERB__SEND_BADLY)
		return try_badly(step, "sent", trees_stage_play_context_send(player->context, TREES_LINE(.text = bad)));
	for (int64_t i = 1; rc == 0 && i <= step->number; i++)
		rc = trees_stage_play_context_send(player->context, TREES_LINE(.number = i, .text = step->text));
	return rc;
}

static int
receive_items(struct player *player, const Trees__Step *step)
{
	int rc = 0;

	for (int64_t i = 1; rc == 0; i++) {
		ACTOR_OWNED(Trees__Line, item);

		rc = trees_stage_play_context_receive(player->context, &item);
		if (rc == 0)
			player->reply->number += item->number;
		if (rc == 0 && step->verb == TREES__STEP__VERB__ECHO)
			rc = trees_stage_play_context_send(player->context, item);
		if (rc == 0 && (step->verb == TREES__STEP__VERB__RECEIVE_ONE || i == step->number))
			return 0;
	}
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
poll_items(struct player *player)
{
	Trees__Line *item;
	int rc = trees_stage_play_context_try_receive(player->context, &item);

	trace("polled code=%d", rc);
	return rc > 0 ? 0 : rc;
}

static int
give(struct player *player, const Trees__Step *step)
{
	static char bad[] = "not \xff UTF-8";

	player->reply->number = step->number;
	player->reply->text = step->verb == TREES__STEP__VERB__RETURN_BADLY ? bad : step->text;
	return 0;
}

/* ---- taking time, and looking ---- */

static int
hold(void)
{
	trace("holding %s", my_name());
	trace_block_until("let go");
	trace("held %s", my_name());
	return 0;
}

static int
await_lines(const Trees__Step *step)
{
	int rc = 0;

	while (rc == 0 && trace_count(step->text) < (int)step->number)
		rc = actor_sleep_ms(2);
	return rc;
}

static int
block(void)
{
	trace("blocking %s", my_name());
	return actor_sleep_ms(UINT32_MAX);
}

static int
inspect(struct player *player)
{
	struct actor_context handle = player->context.context;
	struct actor_context_report report;
	int rc = actor_context_inspect(handle, &report);

	if (rc != 0)
		return rc;
	trace("inside %s opener=%d called=%d outcome=%d canceller=%s current=%d",
	      actor_context_state_text(report.state), report.is_opener, report.cancel_called, report.has_outcome,
	      report.has_canceller ? report.canceller.name : "nobody", actor_context_current().handle == handle.handle);
	return 0;
}

static int
wait_for_result(struct player *player)
{
	Trees__Line *reply;
	int rc = acti_context_wait(player->context.context, &reply);

	trace("waited code=%d", rc);
	return rc;
}

/* ---- others ---- */

static int
find(struct player *player, struct actor_nursery *portals, const char *name, struct trees_stage *ret_stage)
{
	if (name[0] != '\0')
		return trees_stage_wait_for_actor(portals, name, ret_stage);
	*ret_stage = player->child;
	return 0;
}

static int
cancel_actor(const Trees__Step *step)
{
	struct actor_nursery *portals;
	struct trees_stage stage;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = trees_stage_wait_for_actor(portals, step->text, &stage);
	if (rc == 0)
		rc = actor_portal_cancel_actor(stage.portal);
	return actor_nursery_close(portals, rc);
}

static int
spawn(struct player *player, const Trees__Step *step)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_stage(nursery, step->text, &player->child);
	if (rc == 0)
		rc = perform_all(player, step->script);
	return end_nursery(nursery, rc);
}

static int
try(struct player *player, const Trees__Step *step)
{
	int rc = perform_all(player, step->script);

	trace("tried code=%d %s", rc, rc != 0 ? actor_error_message(actor_error_last()) : "");
	return 0;
}

static int
exchange(play_dialog dialog)
{
	int rc = 0;

	for (int64_t i = 1; rc == 0; i++) {
		ACTOR_OWNED(Trees__Line, item);

		rc = trees_stage_play_send(dialog, TREES_LINE(.number = i));
		if (rc == 0)
			rc = trees_stage_play_receive(dialog, &item);
		if (rc == 0 && i == 3)
			trace("exchanged by %s", my_name());
	}
	return rc;
}

/* Its own failure, and then a cancellation of the other one: that is none of its own. */
static int
fail_and_cancel(struct player *player, play_dialog dialog, const Trees__Step *step)
{
	int cancelled, rc = announce(player, step);

	ACTOR_SCOPE(cleanup, .shield_ms = PATIENCE_MS);
	cancelled = trees_stage_play_cancel(dialog);
	trace("cancelled the inner one code=%d", cancelled);
	return actor_scope_close(&cleanup, rc, NULL);
}

static int
open_another(struct player *player, const Trees__Step *step)
{
	struct actor_nursery *portals;
	struct trees_stage stage;
	Trees__Line *result = NULL;
	play_dialog dialog = { 0 };
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = find(player, portals, step->text, &stage);
	if (rc == 0)
		rc = trees_stage_play_open(stage, step->script, NULL, NULL, &dialog);
	trace("opened by %s code=%d", my_name(), rc);
	if (rc == 0 && step->verb == TREES__STEP__VERB__OPEN_TO_ECHO)
		rc = exchange(dialog);
	else if (rc == 0 && step->verb == TREES__STEP__VERB__OPEN_AND_FAIL)
		rc = fail_and_cancel(player, dialog, STEP(ANNOUNCE_BADLY));
	else if (rc == 0)
		rc = trees_stage_play_wait(dialog, &result);
	rc = trees_stage_play_close(dialog, rc, &result);
	if (rc == 0 && result != NULL)
		*player->reply = *result;
	return actor_nursery_close(portals, rc);
}

/* Squares by the leaves in turn. */
static int
pass_on(struct player *player, const struct trees_stage leaves[static LEAVES])
{
	Trees__Line *item, *square;
	int rc = 0;

	for (size_t i = 0; rc == 0; i++) {
		rc = trees_stage_play_context_receive(player->context, &item);
		if (rc == 0)
			rc = trees_stage_square(leaves[i % LEAVES], item, &square);
		if (rc == 0)
			rc = trees_stage_play_context_send(player->context, square);
	}
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
supervise(struct player *player)
{
	struct trees_stage leaves[LEAVES];
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < LEAVES; i++) {
		rc = spawn_stage(nursery, i == 0 ? "leaf_1" : "leaf_2", &leaves[i]);
		if (rc == 0)
			trace("spawned leaf pid=%d", probe_pid(probe_at(leaves[i])));
	}
	if (rc == 0)
		rc = trees_stage_play_started(player->context, TREES_LINE(TEXT("leaf_1 leaf_2")));
	if (rc == 0)
		rc = pass_on(player, leaves);
	rc = end_nursery(nursery, rc);
	trace("no leaves are left=%d", has_children());
	return rc;
}

static int
keep_nursery(struct player *player, const Trees__Step *step)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	player->state->kept = nursery;
	if (rc == 0)
		rc = announce(player, step);
	if (rc == 0)
		rc = block();
	player->state->kept = NULL;
	return actor_nursery_close(nursery, rc);
}

static int
fail_soon(void *argument)
{
	int rc = actor_sleep_ms(20);

	(void)argument;
	return rc == 0 ? actor_fail(ACTOR_ERAISED, "a name that nobody knows") : rc;
}

/* ---- breaking things ---- */

static bool
is_connected(int fd)
{
	struct sockaddr_un peer;
	socklen_t size = sizeof peer;

	return getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

void
break_links(void)
{
	for (int fd = 3; fd < 256; fd++)
		if (is_connected(fd))
			shutdown(fd, SHUT_RDWR);
}

/* Of a child without a registry: it has no other connection. */
static int
write_frame(const Trees__Step *step)
{
	int fd = 3, rc = actor_sleep_ms(1); /* what was queued before goes first */

	while (fd < 256 && !is_connected(fd))
		fd++;
	raw_send(fd, (unsigned)step->number, step->flags, step->cid, step->body.data, step->body.len);
	return rc;
}

/* ---- a script ---- */

static int
perform_with_others(struct player *player, const Trees__Step *step)
{
	switch (step->verb) {
	case TREES__STEP__VERB__CANCEL_ACTOR:
		return cancel_actor(step);
	case TREES__STEP__VERB__TRY:
		return try(player, step);
	case TREES__STEP__VERB__SPAWN:
		return spawn(player, step);
	case TREES__STEP__VERB__OPEN:
	case TREES__STEP__VERB__OPEN_TO_ECHO:
	case TREES__STEP__VERB__OPEN_AND_FAIL:
		return open_another(player, step);
	case TREES__STEP__VERB__SUPERVISE:
		return supervise(player);
	case TREES__STEP__VERB__KEEP_NURSERY:
		return keep_nursery(player, step);
	case TREES__STEP__VERB__START_FAILING:
		return actor_nursery_start(player->state->kept, fail_soon, NULL);
	case TREES__STEP__VERB__WRITE_FRAME:
		return write_frame(step);
	case TREES__STEP__VERB__BREAK_LINKS:
		break_links();
		return 0;
	case TREES__STEP__VERB__KILL:
		raise(SIGKILL);
		return 0;
	default:
		return actor_fail(ACTOR_EINVAL, "no step has the number %d", (int)step->verb);
	}
}

static int
perform_alone(struct player *player, const Trees__Step *step)
{
	switch (step->verb) {
	case TREES__STEP__VERB__FAIL:
		return actor_fail((enum actor_code)step->number, "%s", step->text);
	case TREES__STEP__VERB__RAISE:
		return trees_stage_raise_complaint(TREES_COMPLAINT(.what = step->text));
	case TREES__STEP__VERB__SLEEP:
		return actor_sleep_ms((uint64_t)step->number);
	case TREES__STEP__VERB__BLOCK:
		return block();
	case TREES__STEP__VERB__HOLD:
		return hold();
	case TREES__STEP__VERB__SAY:
		trace("%s", step->text);
		return 0;
	case TREES__STEP__VERB__AWAIT_LINES:
		return await_lines(step);
	case TREES__STEP__VERB__INSPECT:
		return inspect(player);
	case TREES__STEP__VERB__WAIT:
		return wait_for_result(player);
	case TREES__STEP__VERB__CANCEL_ITSELF:
		return actor_context_cancel(player->context.context);
	default:
		return perform_with_others(player, step);
	}
}

static int
perform(struct player *player, const Trees__Step *step)
{
	switch (step->verb) {
	case TREES__STEP__VERB__ANNOUNCE:
	case TREES__STEP__VERB__ANNOUNCE_BADLY:
	case TREES__STEP__VERB__ANNOUNCE_NOTHING:
		return announce(player, step);
	case TREES__STEP__VERB__SEND:
	case TREES__STEP__VERB__SEND_BADLY:
		return send_items(player, step);
	case TREES__STEP__VERB__RECEIVE:
	case TREES__STEP__VERB__RECEIVE_ONE:
	case TREES__STEP__VERB__ECHO:
		return receive_items(player, step);
	case TREES__STEP__VERB__POLL:
		return poll_items(player);
	case TREES__STEP__VERB__RETURN:
	case TREES__STEP__VERB__RETURN_BADLY:
		return give(player, step);
	default:
		return perform_alone(player, step);
	}
}

static int
perform_all(struct player *player, const Trees__Script *script)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < script->n_steps; i++)
		rc = perform(player, script->steps[i]);
	return rc;
}

static int
play_script(struct player *player, const Trees__Script *script)
{
	int slept, rc = perform_all(player, script);

	if (rc == 0)
		return 0;
	trace("failed %s code=%d by %s: %s", my_name(), rc, error_canceller(), actor_error_text(actor_error_last()));
	inspect(player);
	if (script->cleanup_ms == 0)
		return rc;
	ACTOR_SCOPE(cleanup, .shield_ms = script->shield_ms);
	trace("cleaning %s", my_name());
	slept = actor_sleep_ms(script->cleanup_ms);
	trace("cleaned %s code=%d %s", my_name(), slept, slept != 0 ? actor_error_message(actor_error_last()) : "");
	return actor_scope_close(&cleanup, rc, NULL);
}

static int
play(struct trees_stage_state *state, struct trees_stage_play_context context, const Trees__Script *script,
     Trees__Line *reply)
{
	struct player player = { .state = state, .context = context, .reply = reply };

	return play_script(&player, script);
}

static int
bare(struct trees_stage_state *state, struct trees_stage_bare_context context, const Trees__Script *script,
     Trees__Line *reply)
{
	struct player player = { .state = state, .context = { context.context }, .reply = reply };

	return play_script(&player, script);
}

static int
count(struct trees_stage_state *state, struct trees_stage_count_context context, const Trees__Script *script)
{
	Trees__Line none = TREES__LINE__INIT;
	struct player player = { .state = state, .context = { context.context }, .reply = &none };

	return play_script(&player, script);
}

static int
square(struct trees_stage_state *state, const Trees__Line *line, Trees__Line *reply)
{
	(void)state;
	reply->number = line->number * line->number;
	return 0;
}

const struct trees_stage_ops stage_ops = {
	.state_open = state_open,
	.state_close = state_close,
	.play = play,
	.bare = bare,
	.count = count,
	.square = square,
};

/* ---- for the checks ---- */

int
spawn_stage(struct actor_nursery *nursery, const char *name, struct trees_stage *ret_stage)
{
	static const struct actor_service *const enable[] = { &trees_probe_service, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);

	options.enable = enable;
	return trees_stage_spawn(nursery, name, &options, ret_stage);
}

int
with_stage(int (*body)(struct trees_stage stage))
{
	struct actor_nursery *nursery;
	struct trees_stage stage;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_stage(nursery, "child", &stage);
	if (rc == 0)
		rc = body(stage);
	return end_nursery(nursery, rc);
}

struct trees_probe
probe_at(struct trees_stage stage)
{
	return (struct trees_probe){ stage.portal };
}

bool
still_answers(struct trees_stage stage)
{
	Trees__Line *reply;

	return trees_stage_square(stage, TREES_LINE(.number = 7), &reply) == 0 && reply->number == 49;
}

struct actor_context_report
report_of(struct actor_context context)
{
	struct actor_context_report report = { 0 };

	if (actor_context_inspect(context, &report) != 0)
		return (struct actor_context_report){ 0 };
	return report;
}
