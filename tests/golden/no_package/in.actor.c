/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message now_request__message = {
	.descriptor = &now_request__descriptor,
};

static const struct actor_message now_reply__message = {
	.descriptor = &now_reply__descriptor,
};

enum {
	CLOCK_NOW_NUMBER,
};

static int
clock_now_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct clock_ops *clock = ops;

	(void)context;
	return clock->now(state, request, reply);
}

static const struct actor_endpoint clock_endpoints[] = {
	[CLOCK_NOW_NUMBER] = {
		.name = "Now",
		.op = "now",
		.kind = ACTOR_FUNCTION,
		.request = &now_request__message,
		.reply = &now_reply__message,
		.ops_offset = offsetof(struct clock_ops, now),
		.thunk = clock_now_thunk,
	},
};

static int
clock_state_open(const void *ops, void **ret_state)
{
	const struct clock_ops *clock = ops;
	struct clock_state *state = NULL;
	int rc = clock->state_open != NULL ? clock->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
clock_state_close(const void *ops, void *state)
{
	const struct clock_ops *clock = ops;

	if (clock->state_close != NULL)
		clock->state_close(state);
}

const struct actor_service clock_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "Clock",
	.fingerprint = UINT64_C(0x3c7b4f11b4dd721b),
	.endpoints = clock_endpoints,
	.endpoint_count = ACTOR_COUNT(clock_endpoints),
	.state_open = clock_state_open,
	.state_close = clock_state_close,
};

int
clock_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
            struct clock *ret_clock)
{
	return actor_nursery_spawn(nursery, name, &clock_service, options, &ret_clock->portal);
}

int
clock_find_actor(struct actor_nursery *nursery, const char *name, struct clock *ret_clock)
{
	return actor_find(nursery, name, &clock_service, &ret_clock->portal);
}

int
clock_wait_for_actor(struct actor_nursery *nursery, const char *name, struct clock *ret_clock)
{
	return actor_wait_for(nursery, name, &clock_service, &ret_clock->portal);
}

int
clock_cluster_open(const struct actor_cluster_options *options, struct clock_cluster *ret_cluster)
{
	return acti_cluster_open(&clock_service, options, &ret_cluster->cluster);
}

int
clock_now(struct clock clock, const NowRequest *request, NowReply **ret_reply)
{
	return acti_call(clock.portal, &clock_service, CLOCK_NOW_NUMBER, (const ProtobufCMessage *)request, ret_reply);
}

int
clock_now_start(struct actor_nursery *nursery, struct clock clock, const NowRequest *request, NowReply **ret_reply)
{
	return acti_call_start(nursery, clock.portal, &clock_service, CLOCK_NOW_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
clock_now_run_in_actor(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                       const NowRequest *request, struct clock *ret_clock)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "now", options, &clock_service, CLOCK_NOW_NUMBER,
	                         (const ProtobufCMessage *)request, &ret_clock->portal);
}

int
clock_now_wait_for_result(struct clock clock, NowReply **ret_reply)
{
	return acti_wait_for_result(clock.portal, &clock_service, CLOCK_NOW_NUMBER, ret_reply);
}
