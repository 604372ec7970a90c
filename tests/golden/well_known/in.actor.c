/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message google__protobuf__duration__message = {
	.descriptor = &google__protobuf__duration__descriptor,
};

static const struct actor_message google__protobuf__timestamp__message = {
	.descriptor = &google__protobuf__timestamp__descriptor,
};

static const struct actor_message demo__all__message = {
	.descriptor = &demo__all__descriptor,
};

static const struct actor_message google__protobuf__string_value__message = {
	.descriptor = &google__protobuf__string_value__descriptor,
};

enum {
	DEMO_CLOCK_SLEEP_NUMBER,
	DEMO_CLOCK_DESCRIBE_NUMBER,
};

static int
demo_clock_sleep_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_clock_ops *clock = ops;

	(void)context;
	return clock->sleep(state, request, reply);
}

static int
demo_clock_describe_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_clock_ops *clock = ops;

	(void)context;
	return clock->describe(state, request, reply);
}

static const struct actor_endpoint demo_clock_endpoints[] = {
	[DEMO_CLOCK_SLEEP_NUMBER] = {
		.name = "Sleep",
		.op = "sleep",
		.kind = ACTOR_FUNCTION,
		.request = &google__protobuf__duration__message,
		.reply = &google__protobuf__timestamp__message,
		.ops_offset = offsetof(struct demo_clock_ops, sleep),
		.thunk = demo_clock_sleep_thunk,
	},
	[DEMO_CLOCK_DESCRIBE_NUMBER] = {
		.name = "Describe",
		.op = "describe",
		.kind = ACTOR_FUNCTION,
		.request = &demo__all__message,
		.reply = &google__protobuf__string_value__message,
		.ops_offset = offsetof(struct demo_clock_ops, describe),
		.thunk = demo_clock_describe_thunk,
	},
};

static int
demo_clock_state_open(const void *ops, void **ret_state)
{
	const struct demo_clock_ops *clock = ops;
	struct demo_clock_state *state = NULL;
	int rc = clock->state_open != NULL ? clock->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_clock_state_close(const void *ops, void *state)
{
	const struct demo_clock_ops *clock = ops;

	if (clock->state_close != NULL)
		clock->state_close(state);
}

const struct actor_service demo_clock_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Clock",
	.fingerprint = UINT64_C(0x7bc5622e40577c5a),
	.endpoints = demo_clock_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_clock_endpoints),
	.state_open = demo_clock_state_open,
	.state_close = demo_clock_state_close,
};

int
demo_clock_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                 struct demo_clock *ret_clock)
{
	return actor_nursery_spawn(nursery, name, &demo_clock_service, options, &ret_clock->portal);
}

int
demo_clock_find_actor(struct actor_nursery *nursery, const char *name, struct demo_clock *ret_clock)
{
	return actor_find(nursery, name, &demo_clock_service, &ret_clock->portal);
}

int
demo_clock_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_clock *ret_clock)
{
	return actor_wait_for(nursery, name, &demo_clock_service, &ret_clock->portal);
}

int
demo_clock_cluster_open(const struct actor_cluster_options *options, struct demo_clock_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_clock_service, options, &ret_cluster->cluster);
}

int
demo_clock_sleep(struct demo_clock clock, const Google__Protobuf__Duration *request,
                 Google__Protobuf__Timestamp **ret_reply)
{
	return acti_call(clock.portal, &demo_clock_service, DEMO_CLOCK_SLEEP_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_clock_sleep_start(struct actor_nursery *nursery, struct demo_clock clock,
                       const Google__Protobuf__Duration *request, Google__Protobuf__Timestamp **ret_reply)
{
	return acti_call_start(nursery, clock.portal, &demo_clock_service, DEMO_CLOCK_SLEEP_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_clock_sleep_run_in_actor(struct actor_nursery *nursery, const char *name,
                              const struct actor_spawn_options *options, const Google__Protobuf__Duration *request,
                              struct demo_clock *ret_clock)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "sleep", options, &demo_clock_service,
	                         DEMO_CLOCK_SLEEP_NUMBER, (const ProtobufCMessage *)request, &ret_clock->portal);
}

int
demo_clock_sleep_wait_for_result(struct demo_clock clock, Google__Protobuf__Timestamp **ret_reply)
{
	return acti_wait_for_result(clock.portal, &demo_clock_service, DEMO_CLOCK_SLEEP_NUMBER, ret_reply);
}

int
demo_clock_describe(struct demo_clock clock, const Demo__All *request, Google__Protobuf__StringValue **ret_reply)
{
	return acti_call(clock.portal, &demo_clock_service, DEMO_CLOCK_DESCRIBE_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_clock_describe_start(struct actor_nursery *nursery, struct demo_clock clock, const Demo__All *request,
                          Google__Protobuf__StringValue **ret_reply)
{
	return acti_call_start(nursery, clock.portal, &demo_clock_service, DEMO_CLOCK_DESCRIBE_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_clock_describe_run_in_actor(struct actor_nursery *nursery, const char *name,
                                 const struct actor_spawn_options *options, const Demo__All *request,
                                 struct demo_clock *ret_clock)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "describe", options, &demo_clock_service,
	                         DEMO_CLOCK_DESCRIBE_NUMBER, (const ProtobufCMessage *)request, &ret_clock->portal);
}

int
demo_clock_describe_wait_for_result(struct demo_clock clock, Google__Protobuf__StringValue **ret_reply)
{
	return acti_wait_for_result(clock.portal, &demo_clock_service, DEMO_CLOCK_DESCRIBE_NUMBER, ret_reply);
}
