/* SPDX-License-Identifier: BSD-2-Clause */
#include "streamer.h"

#include <stdio.h>
#include <string.h>

/* ---- items ---- */

const Trees__Item *
numbered(int64_t number, size_t size)
{
	Trees__Item *item = actor_calloc(1, sizeof *item);

	if (item == NULL)
		return NULL;
	trees__item__init(item);
	item->number = number;
	item->data.len = size;
	item->data.data = size > 0 ? actor_alloc(size) : NULL;
	if (item->data.data != NULL)
		memset(item->data.data, (int)(number & 255), size);
	return item;
}

static void
free_numbered(const Trees__Item *item)
{
	if (item != NULL)
		actor_free(item->data.data);
	actor_free(item);
}

static bool
is_whole(const Trees__Item *item)
{
	const unsigned char *data = item->data.data;

	return item->data.len == 0 ||
	       (data[0] == (item->number & 255) && memcmp(data, data + 1, item->data.len - 1) == 0);
}

bool
is_numbered(Trees__Item *item, int64_t number)
{
	bool is_so = item != NULL && item->number == number && is_whole(item);

	actor_free(item);
	return is_so;
}

/* ---- both sides of a stream ---- */

/* The opener's, and the endpoint's. */
struct side {
	struct trees_streams_play_dialog dialog;
	struct trees_streams_play_context context;
	bool is_opener;
};

static int
receive(const struct side *side, Trees__Item **ret_item)
{
	return side->is_opener ? trees_streams_play_receive(side->dialog, ret_item)
	                       : trees_streams_play_context_receive(side->context, ret_item);
}

static int
send(const struct side *side, const Trees__Item *item)
{
	return side->is_opener ? trees_streams_play_send(side->dialog, item)
	                       : trees_streams_play_context_send(side->context, item);
}

static int
send_numbered(const struct side *side, int64_t number, size_t size)
{
	const Trees__Item *item = numbered(number, size);
	int rc = item != NULL ? send(side, item) : ACTOR_ENOMEM;

	free_numbered(item);
	return rc;
}

static uint64_t
lagged(const struct side *side)
{
	return actor_context_lagged(side->is_opener ? side->dialog.context : side->context.context);
}

static int
pause_ms(uint32_t ms)
{
	return ms > 0 ? actor_sleep_ms(ms) : 0;
}

static int
take(const struct side *side, int64_t count, uint32_t ms, Trees__Outcome *outcome)
{
	int rc = 0;

	while (rc == 0 && (count == 0 || outcome->taken < count)) {
		Trees__Item *item = NULL;

		rc = receive(side, &item);
		if (rc == ACTOR_LAGGED) {
			outcome->lost += (int64_t)lagged(side);
			rc = 0;
		} else if (rc == 0) {
			outcome->mixed_up |= !is_numbered(item, outcome->taken + outcome->lost);
			outcome->taken++;
			rc = pause_ms(ms);
		}
	}
	outcome->code = rc;
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

int
take_items(struct trees_streams_play_dialog dialog, int64_t count, Trees__Outcome *ret_outcome)
{
	const struct side side = { .dialog = dialog, .is_opener = true };

	trees__outcome__init(ret_outcome);
	return take(&side, count, 0, ret_outcome);
}

int
give_items(struct trees_streams_play_dialog dialog, int64_t count, size_t size)
{
	const struct side side = { .dialog = dialog, .is_opener = true };
	int rc = 0;

	for (int64_t i = 0; rc == 0 && i < count; i++)
		rc = send_numbered(&side, i, size);
	return rc;
}

/* ---- the parts ---- */

struct play {
	struct side side;
	const Trees__Course *script;
	Trees__Outcome *outcome;
};

static int
wait_for_go(void)
{
	int rc = 0;

	while (rc == 0 && trace_count("go") == 0)
		rc = actor_sleep_ms(2);
	return rc;
}

static int
leave(struct play *play)
{
	return trees_streams_play_context_close_send(play->side.context);
}

static int
answer(struct play *play)
{
	int rc = 0;

	while (rc == 0) {
		ACTOR_OWNED(Trees__Item, item);

		rc = receive(&play->side, &item);
		if (rc != 0)
			break;
		play->outcome->taken++;
		if (strcmp(item->text, "ping") == 0)
			rc = send(&play->side, TREES_ITEM(.number = item->number, .text = (char *)"pong"));
	}
	play->outcome->code = rc;
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
push(void *argument)
{
	struct play *play = argument;
	int rc = 0;

	while (rc == 0) {
		rc = send(&play->side, TREES_ITEM(.number = play->outcome->given, .text = (char *)"yo"));
		play->outcome->given += rc == 0;
		if (rc == 0)
			rc = actor_sleep_ms(play->script->ms);
	}
	return rc;
}

static int
push_and_answer(struct play *play)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, push, play);
	if (rc == 0)
		rc = answer(play);
	return end_nursery(nursery, rc);
}

static int
take_part(struct play *play)
{
	return take(&play->side, play->script->count, play->script->ms, play->outcome);
}

struct share {
	struct trees_streams_play_context_subscription subscription;
	Trees__Outcome *outcome;
};

static int
take_share(void *argument)
{
	struct share *self = argument;
	int rc = 0;

	for (int64_t next = 0; rc == 0; next++) {
		Trees__Item *item;

		rc = trees_streams_play_context_subscription_receive(self->subscription, &item);
		if (rc != 0)
			break;
		self->outcome->mixed_up |= !is_numbered(item, next);
		self->outcome->taken++;
	}
	return rc > 0 ? 0 : rc;
}

static int
take_twice(struct play *play)
{
	struct share shares[2] = { { .outcome = play->outcome }, { .outcome = play->outcome } };
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(shares); i++)
		rc = trees_streams_play_context_subscribe(play->side.context, &shares[i].subscription);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(shares); i++)
		rc = actor_nursery_start(tasks, take_share, &shares[i]);
	return actor_nursery_close(tasks, rc);
}

static int
give(struct play *play)
{
	const Trees__Course *script = play->script;
	int rc = 0;

	while (rc == 0 && (script->count == 0 || play->outcome->given < script->count)) {
		rc = send_numbered(&play->side, play->outcome->given, script->size);
		play->outcome->given += rc == 0;
		if (rc == 0)
			rc = pause_ms(script->ms);
	}
	return rc;
}

static int
give_as_task(void *argument)
{
	return give(argument);
}

/* The writer learns from its next send() that the reader has closed the stream. */
static int
give_until_closed(void *argument)
{
	struct play *play = argument;
	int rc = give(play);

	play->outcome->code = rc;
	return rc == ACTOR_ECLOSED ? 0 : rc;
}

static int
give_until_done(struct play *play)
{
	struct actor_nursery *nursery;
	bool is_done = false;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, give_until_closed, play);
	while (rc == 0 && !is_done) {
		ACTOR_OWNED(Trees__Item, item);

		rc = receive(&play->side, &item);
		is_done = rc == 0 && strcmp(item->text, "done") == 0;
	}
	if (rc == 0)
		rc = trees_streams_play_context_close_send(play->side.context);
	return actor_nursery_close(nursery, rc);
}

static int
give_and_take(struct play *play)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, give_as_task, play);
	if (rc == 0)
		rc = take_part(play);
	return actor_nursery_close(nursery, rc);
}

static int
repeat(struct play *play)
{
	int rc = 0;

	while (rc == 0) {
		ACTOR_OWNED(Trees__Item, item);

		rc = receive(&play->side, &item);
		if (rc == 0)
			rc = send(&play->side, item);
		play->outcome->given += rc == 0;
	}
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
stay(struct play *play)
{
	(void)play;
	return actor_sleep_ms(UINT32_MAX);
}

static int
linger_on(struct play *play)
{
	int rc = stay(play);

	ACTOR_SCOPE(cleanup, .shield_ms = PATIENCE_MS);
	return wait_for_go() == 0 ? rc : ACTOR_EDEADLINE;
}

static int
fail_in_time(struct play *play)
{
	int rc = give(play);

	if (rc == 0)
		rc = trees_streams_play_context_close_send(play->side.context);
	if (rc == 0)
		rc = wait_for_go();
	return rc == 0 ? actor_fail(ACTOR_ERAISED, "it fails in time") : rc;
}

static int
fail_late(struct play *play)
{
	int rc = take_part(play);

	return rc == 0 ? actor_fail(ACTOR_ERAISED, "it fails late") : rc;
}

static int (*const parts[])(struct play *play) = {
	[TREES__PART__LEAVE] = leave,
	[TREES__PART__ANSWER] = answer,
	[TREES__PART__PUSH_AND_ANSWER] = push_and_answer,
	[TREES__PART__TAKE] = take_part,
	[TREES__PART__TAKE_TWICE] = take_twice,
	[TREES__PART__GIVE] = give,
	[TREES__PART__GIVE_UNTIL_DONE] = give_until_done,
	[TREES__PART__GIVE_AND_TAKE] = give_and_take,
	[TREES__PART__REPEAT] = repeat,
	[TREES__PART__STAY] = stay,
	[TREES__PART__LINGER_ON] = linger_on,
	[TREES__PART__FAIL_IN_TIME] = fail_in_time,
	[TREES__PART__FAIL_LATE] = fail_late,
};

static int64_t
dropped_of(struct actor_context context)
{
	struct actor_context_report report;

	return actor_context_inspect(context, &report) == 0 ? (int64_t)report.sent_lost : -1;
}

static int
do_part(struct trees_streams_play_context context, const Trees__Course *script, Trees__Outcome *outcome)
{
	struct play play = { .side = { .context = context }, .script = script, .outcome = outcome };
	int rc;

	trace("playing");
	rc = script->waits ? wait_for_go() : 0;
	if (rc == 0)
		rc = parts[script->part](&play);
	outcome->dropped = dropped_of(context.context);
	trace("part is over, given=%d", (int)outcome->given);
	if (rc == 0 && script->stays)
		rc = actor_sleep_ms(UINT32_MAX);
	trace("played rc=%d", -rc);
	outcome->text = script->text;
	return rc;
}

static int
play(struct trees_streams_state *state, struct trees_streams_play_context context, const Trees__Course *script,
     Trees__Outcome *reply)
{
	const struct actor_context_options options = {
		.window_messages = script->window_messages,
		.window_bytes = script->window_bytes,
		.overrun = (enum actor_overrun)script->overrun,
	};
	int rc = actor_context_configure(context.context, &options);

	(void)state;
	if (rc == 0)
		rc = trees_streams_play_started(context, TREES_OUTCOME(.text = script->text));
	return rc == 0 ? do_part(context, script, reply) : rc;
}

/* ---- generators ---- */

static int
count(struct trees_streams_state *state, struct trees_streams_count_context context, const Trees__Course *script)
{
	int rc = 0;

	(void)state;
	for (int64_t i = 0; rc == 0 && (script->count == 0 || i < script->count); i++) {
		const Trees__Item *item = numbered(i, script->size);

		rc = item != NULL ? trees_streams_count_send(context, item) : ACTOR_ENOMEM;
		free_numbered(item);
		if (rc == 0)
			rc = pause_ms(script->ms);
	}
	if (rc == 0)
		trace("counted");
	if (rc == 0 && script->stays)
		rc = actor_sleep_ms(UINT32_MAX);
	trace("count ended rc=%d", -rc);
	return rc;
}

/* Several sources, of which each gives each number: what has come of them, at least once. */
struct aggregate {
	struct trees_streams_count_context context;
	const Trees__Course *script;
	int64_t next;
};

struct source {
	struct trees_streams streams;
	struct aggregate *aggregate;
};

static int
pass_on(void *argument)
{
	struct source *source = argument;
	struct aggregate *aggregate = source->aggregate;
	struct trees_streams_count_stream stream;
	int rc = trees_streams_count_open(source->streams, aggregate->script, NULL, &stream);

	if (rc != 0)
		return rc;
	while (rc == 0) {
		ACTOR_OWNED(Trees__Item, item);

		rc = trees_streams_count_next(stream, &item);
		if (rc != 0 || item->number != aggregate->next)
			continue;
		aggregate->next++; /* the other one may be faster with the next while this one waits */
		rc = trees_streams_count_send(aggregate->context, item);
	}
	return trees_streams_count_close(stream, rc == ACTOR_END_OF_STREAM ? 0 : rc);
}

static int
pass_both_on(struct actor_nursery *nursery, struct aggregate *aggregate)
{
	struct source sources[2] = { { .aggregate = aggregate }, { .aggregate = aggregate } };
	struct actor_nursery *tasks;
	int rc = spawn_streamer(nursery, "one", &sources[0].streams);

	if (rc == 0)
		rc = spawn_streamer(nursery, "other", &sources[1].streams);
	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	if (rc != 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < 2; i++)
		rc = actor_nursery_start(tasks, pass_on, &sources[i]);
	return actor_nursery_close(tasks, rc);
}

static int
aggregate(struct trees_streams_state *state, struct trees_streams_aggregate_context context,
          const Trees__Course *script)
{
	struct aggregate self = { .context = { context.context }, .script = script };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)state;
	if (rc == 0)
		rc = pass_both_on(nursery, &self);
	return end_nursery(nursery, rc);
}

/* ---- calls ---- */

static int
follow_for(struct trees_streams publisher, const Trees__Course *script, int64_t count)
{
	struct trees_streams_count_stream stream;
	int rc = trees_streams_count_open(publisher, TREES_COURSE(.ms = script->ms), NULL, &stream);

	if (rc != 0)
		return rc;
	for (int64_t i = 0; rc == 0 && (count == 0 || i < count); i++) {
		Trees__Item *item;

		rc = trees_streams_count_next(stream, &item);
		if (rc == 0 && !is_numbered(item, i))
			rc = actor_fail(ACTOR_ERAISED, "%lld is mixed up", (long long)i);
		if (i == 0)
			trace("following");
	}
	return trees_streams_count_close(stream, rc);
}

static int
follow(struct trees_streams_state *state, const Trees__Course *script, Trees__Outcome *reply)
{
	struct actor_nursery *portals;
	struct trees_streams publisher;
	int rc = actor_nursery_open(&portals);

	(void)state, (void)reply;
	if (rc == 0)
		rc = trees_streams_wait_for_actor(portals, "publisher", &publisher);
	while (rc == 0)
		rc = follow_for(publisher, script, script->again ? 20 : 0);
	return actor_nursery_close(portals, rc);
}

static int
greet(struct trees_streams_state *state, const Trees__Item *request, Trees__Item *reply)
{
	(void)state;
	reply->number = request->number;
	reply->text = request->text;
	return 0;
}

/* ---- the program ---- */

static const struct trees_streams_ops streams_ops = {
	.play = play,
	.count = count,
	.aggregate = aggregate,
	.follow = follow,
	.greet = greet,
};

int
streamer_main(int argc, char **argv, const struct check *checks, size_t check_count,
              int (*run)(int argc, char **argv, const struct check *checks, size_t check_count))
{
	const struct actor_module module = trees_streams_module(&streams_ops);

	probe_module = &module;
	return run(argc, argv, checks, check_count);
}

int
streamer_alone(int argc, char **argv, const struct check *checks, size_t check_count)
{
	return probe_main(argc, argv, checks, check_count, NULL);
}

int
spawn_streamer(struct actor_nursery *nursery, const char *name, struct trees_streams *ret_streams)
{
	return trees_streams_spawn(nursery, name, probe_options(NULL, NULL), ret_streams);
}

int
with_streamer(int (*body)(struct trees_streams streams))
{
	struct actor_nursery *nursery;
	struct trees_streams streams;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_streamer(nursery, "child", &streams);
	if (rc == 0)
		rc = body(streams);
	return end_nursery(nursery, rc);
}

bool
is_awake(struct trees_streams streams)
{
	ACTOR_OWNED(Trees__Item, reply);

	return trees_streams_greet(streams, TREES_ITEM(.number = 42), &reply) == 0 && reply->number == 42;
}

const char *
state_of(struct actor_context context)
{
	struct actor_context_report report;

	return actor_context_inspect(context, &report) == 0 ? actor_context_state_text(report.state) : "stale";
}
