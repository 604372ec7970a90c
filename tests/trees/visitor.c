/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "town.h"
#include "visitor.h"

struct trees_visitor_state {
	int greeted;
};

static int
state_open(struct trees_visitor_state **ret_state)
{
	*ret_state = calloc(1, sizeof **ret_state);
	return *ret_state != NULL ? 0 : ACTOR_ENOMEM;
}

/* A neighbour that cannot follow when it is asked to end. */
static void
spin(void)
{
	for (uint64_t end = now_ms() + 5000; now_ms() < end && trace_count("let go") == 0;)
		continue;
}

static void
state_close(struct trees_visitor_state *state)
{
	if (getenv("TREES_SPINS") != NULL)
		spin();
	free(state);
}

/* ---- visits ---- */

static int
greet(struct actor_portal portal, Trees__Value *reply)
{
	struct actor_bytes bytes = { 0 };
	int rc = actor_portal_run_from_ns(portal, "trees.Other", "Greet", bytes, &bytes);

	reply->number = (int64_t)bytes.size;
	return rc;
}

static int
greet_root(struct actor_nursery *portals, Trees__Value *reply)
{
	struct actor_portal root;
	int rc = actor_open_root(portals, &root);

	return rc == 0 ? greet(root, reply) : rc;
}

static int
hold(const Trees__Trip *trip)
{
	trace("holding %s", trip->name);
	return actor_sleep_ms(UINT32_MAX);
}

static int
take_answer(int rc, const Trees__Value *answer, Trees__Value *reply)
{
	if (rc == 0) {
		reply->number = answer->number;
		reply->text = answer->text;
	}
	return rc;
}

static int
act(struct trees_probe probe, const Trees__Trip *trip, Trees__Value *reply)
{
	Trees__Value *answer = NULL;
	int rc;

	switch (trip->act) {
	case TREES__ACT__CALL_SLEEP:
		rc = trees_probe_sleep(probe, TREES_PAUSE(.ms = (uint32_t)trip->number), &answer);
		return take_answer(rc, answer, reply);
	case TREES__ACT__CALL_FAIL:
		return trees_probe_fail(probe, TREES_FAILURE(.code = ACTOR_EINVAL, .message = trip->text), &answer);
	case TREES__ACT__CALL_RAISE:
		return trees_probe_raise(probe, TREES_FAILURE(.message = trip->text), &answer);
	case TREES__ACT__CALL_GREET:
		return greet(probe.portal, reply);
	case TREES__ACT__CANCEL_ACTOR:
		reply->number = actor_portal_cancel_actor(probe.portal);
		return 0;
	case TREES__ACT__HOLD_PORTAL:
		return hold(trip);
	default:
		rc = trees_probe_echo(probe, TREES_VALUE(.number = trip->number, .text = trip->text), &answer);
		return take_answer(rc, answer, reply);
	}
}

static void
trace_end(const char *what, const Trees__Trip *trip, int rc)
{
	const struct actor_error *error = rc != 0 ? actor_error_last() : NULL;
	const struct actor_uid *canceller = error != NULL ? actor_error_canceller(error) : NULL;

	trace("%s %s by %s code=%d", what, trip->name, canceller != NULL ? canceller->name : "?", rc);
}

static int
visit(struct trees_visitor_state *state, const Trees__Trip *trip, Trees__Value *reply)
{
	struct actor_nursery *portals;
	struct trees_probe probe;
	int rc = actor_nursery_open(&portals);

	(void)state;
	if (rc == 0 && trip->act == TREES__ACT__GREET_ROOT)
		rc = greet_root(portals, reply);
	else if (rc == 0 && (rc = trees_probe_wait_for_actor(portals, trip->name, &probe)) == 0)
		rc = act(probe, trip, reply);
	trace_end("visited", trip, rc);
	return actor_nursery_close(portals, rc);
}

/* ---- meetings ---- */

static int
hello(struct trees_visitor_state *state, const Trees__Value *request, Trees__Value *reply)
{
	struct actor_identity self;
	size_t size = strlen(request->text) + 100;
	int rc = actor_self(&self);

	state->greeted++;
	reply->text = actor_alloc(size);
	if (rc == 0 && reply->text == NULL)
		rc = ACTOR_ENOMEM;
	if (rc == 0)
		snprintf(reply->text, size, "Hi %s, my name is %s", request->text, self.uid.name);
	return rc;
}

/* As a one-shot it ends with this call: not before the other one has made his. */
static int
meet(struct trees_visitor_state *state, const Trees__Trip *trip, Trees__Value *reply)
{
	struct actor_nursery *portals;
	struct trees_visitor other;
	struct actor_identity self;
	Trees__Value *line = NULL;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = actor_self(&self);
	if (rc == 0)
		rc = trees_visitor_wait_for_actor(portals, trip->name, &other);
	if (rc == 0)
		rc = trees_visitor_hello(other, TREES_VALUE(.text = self.uid.name), &line);
	while (rc == 0 && state->greeted == 0)
		rc = actor_sleep_ms(2);
	return actor_nursery_close(portals, take_answer(rc, line, reply));
}

/* ---- the rest ---- */

static int
keep(struct trees_visitor_state *state, const Trees__Trip *trip, Trees__Value *reply)
{
	struct actor_nursery *nursery;
	struct trees_visitor visitor;
	int rc = actor_nursery_open(&nursery);

	(void)state, (void)reply;
	if (rc == 0)
		rc = spawn_visitor(nursery, trip->name, &visitor);
	if (rc == 0) {
		trace("keeping %s pid=%d", trip->name, probe_pid(probe_of(visitor)));
		rc = actor_sleep_ms(UINT32_MAX);
	}
	return actor_nursery_close(nursery, rc);
}

static int
descriptors(struct trees_visitor_state *state, const Google__Protobuf__Empty *request, Trees__Value *reply)
{
	(void)state, (void)request;
	reply->number = open_descriptors();
	return 0;
}

const struct trees_visitor_ops visitor_ops = {
	.state_open = state_open,
	.state_close = state_close,
	.visit = visit,
	.meet = meet,
	.hello = hello,
	.keep = keep,
	.descriptors = descriptors,
};
