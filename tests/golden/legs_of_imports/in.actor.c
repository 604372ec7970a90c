/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message google__protobuf__empty__message = {
	.descriptor = &google__protobuf__empty__descriptor,
};

static const struct actor_message demo__started__message = {
	.descriptor = &demo__started__descriptor,
};

static const struct actor_message demo__send__value__message = {
	.descriptor = &demo__send__value__descriptor,
};

static const struct actor_message demo__receive__value__message = {
	.descriptor = &demo__receive__value__descriptor,
};

static const struct actor_message google__protobuf__duration__message = {
	.descriptor = &google__protobuf__duration__descriptor,
};

static const struct actor_message demo__item__message = {
	.descriptor = &demo__item__descriptor,
};

static const struct actor_message google__protobuf__timestamp__message = {
	.descriptor = &google__protobuf__timestamp__descriptor,
};

enum {
	DEMO_TREE_WALK_NUMBER,
	DEMO_TREE_TIMES_NUMBER,
	DEMO_TREE_COUNT_NUMBER,
	DEMO_TREE_TICK_NUMBER,
};

static int
demo_tree_walk_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_walk_context typed = { context };

	return tree->walk(state, typed, request, reply);
}

static int
demo_tree_times_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_times_context typed = { context };

	return tree->times(state, typed, request, reply);
}

static int
demo_tree_count_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_count_context typed = { context };

	(void)reply;
	return tree->count(state, typed, request);
}

static int
demo_tree_tick_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_tick_context typed = { context };

	(void)reply;
	return tree->tick(state, typed, request);
}

static const struct actor_endpoint demo_tree_endpoints[] = {
	[DEMO_TREE_WALK_NUMBER] = {
		.name = "Walk",
		.op = "walk",
		.kind = ACTOR_CONTEXT,
		.request = &google__protobuf__empty__message,
		.reply = &google__protobuf__empty__message,
		.started = &demo__started__message,
		.send = &demo__send__value__message,
		.receive = &demo__receive__value__message,
		.ops_offset = offsetof(struct demo_tree_ops, walk),
		.thunk = demo_tree_walk_thunk,
	},
	[DEMO_TREE_TIMES_NUMBER] = {
		.name = "Times",
		.op = "times",
		.kind = ACTOR_CONTEXT,
		.request = &google__protobuf__empty__message,
		.reply = &google__protobuf__empty__message,
		.started = &google__protobuf__duration__message,
		.ops_offset = offsetof(struct demo_tree_ops, times),
		.thunk = demo_tree_times_thunk,
	},
	[DEMO_TREE_COUNT_NUMBER] = {
		.name = "Count",
		.op = "count",
		.kind = ACTOR_GENERATOR,
		.request = &google__protobuf__empty__message,
		.receive = &demo__item__message,
		.ops_offset = offsetof(struct demo_tree_ops, count),
		.thunk = demo_tree_count_thunk,
	},
	[DEMO_TREE_TICK_NUMBER] = {
		.name = "Tick",
		.op = "tick",
		.kind = ACTOR_GENERATOR,
		.request = &google__protobuf__empty__message,
		.receive = &google__protobuf__timestamp__message,
		.ops_offset = offsetof(struct demo_tree_ops, tick),
		.thunk = demo_tree_tick_thunk,
	},
};

static int
demo_tree_state_open(const void *ops, void **ret_state)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_state *state = NULL;
	int rc = tree->state_open != NULL ? tree->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_tree_state_close(const void *ops, void *state)
{
	const struct demo_tree_ops *tree = ops;

	if (tree->state_close != NULL)
		tree->state_close(state);
}

const struct actor_service demo_tree_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Tree",
	.fingerprint = UINT64_C(0x2d612a5673f72ca7),
	.endpoints = demo_tree_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_tree_endpoints),
	.state_open = demo_tree_state_open,
	.state_close = demo_tree_state_close,
};

int
demo_tree_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                struct demo_tree *ret_tree)
{
	return actor_nursery_spawn(nursery, name, &demo_tree_service, options, &ret_tree->portal);
}

int
demo_tree_find_actor(struct actor_nursery *nursery, const char *name, struct demo_tree *ret_tree)
{
	return actor_find(nursery, name, &demo_tree_service, &ret_tree->portal);
}

int
demo_tree_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_tree *ret_tree)
{
	return actor_wait_for(nursery, name, &demo_tree_service, &ret_tree->portal);
}

int
demo_tree_cluster_open(const struct actor_cluster_options *options, struct demo_tree_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_tree_service, options, &ret_cluster->cluster);
}

int
demo_tree_walk_started(struct demo_tree_walk_context context, const Demo__Started *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_tree_walk_context_send(struct demo_tree_walk_context context, const Demo__Receive__Value *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_walk_context_close_send(struct demo_tree_walk_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_tree_walk_context_receive(struct demo_tree_walk_context context, Demo__Send__Value **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_tree_walk_context_try_receive(struct demo_tree_walk_context context, Demo__Send__Value **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_tree_walk_context_subscribe(struct demo_tree_walk_context context,
                                 struct demo_tree_walk_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_tree_walk_context_subscription_receive(struct demo_tree_walk_context_subscription subscription,
                                            Demo__Send__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_walk_open(struct demo_tree tree, const Google__Protobuf__Empty *request,
                    const struct actor_context_options *options, Demo__Started **ret_started,
                    struct demo_tree_walk_dialog *ret_dialog)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_WALK_NUMBER,
	                         (const ProtobufCMessage *)request, options, ret_started, &ret_dialog->context);
}

int
demo_tree_walk_send(struct demo_tree_walk_dialog dialog, const Demo__Send__Value *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_tree_walk_close_send(struct demo_tree_walk_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_tree_walk_receive(struct demo_tree_walk_dialog dialog, Demo__Receive__Value **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_tree_walk_try_receive(struct demo_tree_walk_dialog dialog, Demo__Receive__Value **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_tree_walk_subscribe(struct demo_tree_walk_dialog dialog, struct demo_tree_walk_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_tree_walk_subscription_receive(struct demo_tree_walk_subscription subscription, Demo__Receive__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_walk_wait(struct demo_tree_walk_dialog dialog, Google__Protobuf__Empty **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_tree_walk_cancel(struct demo_tree_walk_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_tree_walk_close(struct demo_tree_walk_dialog dialog, int rc, Google__Protobuf__Empty **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_tree_times_started(struct demo_tree_times_context context, const Google__Protobuf__Duration *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_tree_times_open(struct demo_tree tree, const Google__Protobuf__Empty *request,
                     const struct actor_context_options *options, Google__Protobuf__Duration **ret_started,
                     struct demo_tree_times_dialog *ret_dialog)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_TIMES_NUMBER,
	                         (const ProtobufCMessage *)request, options, ret_started, &ret_dialog->context);
}

int
demo_tree_times_wait(struct demo_tree_times_dialog dialog, Google__Protobuf__Empty **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_tree_times_cancel(struct demo_tree_times_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_tree_times_close(struct demo_tree_times_dialog dialog, int rc, Google__Protobuf__Empty **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_tree_count_send(struct demo_tree_count_context context, const Demo__Item *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_count_open(struct demo_tree tree, const Google__Protobuf__Empty *request,
                     const struct actor_context_options *options, struct demo_tree_count_stream *ret_stream)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_COUNT_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_stream->context);
}

int
demo_tree_count_next(struct demo_tree_count_stream stream, Demo__Item **ret_item)
{
	return acti_context_receive(stream.context, ret_item);
}

int
demo_tree_count_try_next(struct demo_tree_count_stream stream, Demo__Item **ret_item)
{
	return acti_context_try_receive(stream.context, ret_item);
}

int
demo_tree_count_subscribe(struct demo_tree_count_stream stream, struct demo_tree_count_subscription *ret_subscription)
{
	return acti_context_subscribe(stream.context, &ret_subscription->subscription);
}

int
demo_tree_count_subscription_receive(struct demo_tree_count_subscription subscription, Demo__Item **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_count_close(struct demo_tree_count_stream stream, int rc)
{
	return acti_context_close(stream.context, rc, NULL);
}

int
demo_tree_tick_send(struct demo_tree_tick_context context, const Google__Protobuf__Timestamp *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_tick_open(struct demo_tree tree, const Google__Protobuf__Empty *request,
                    const struct actor_context_options *options, struct demo_tree_tick_stream *ret_stream)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_TICK_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_stream->context);
}

int
demo_tree_tick_next(struct demo_tree_tick_stream stream, Google__Protobuf__Timestamp **ret_item)
{
	return acti_context_receive(stream.context, ret_item);
}

int
demo_tree_tick_try_next(struct demo_tree_tick_stream stream, Google__Protobuf__Timestamp **ret_item)
{
	return acti_context_try_receive(stream.context, ret_item);
}

int
demo_tree_tick_subscribe(struct demo_tree_tick_stream stream, struct demo_tree_tick_subscription *ret_subscription)
{
	return acti_context_subscribe(stream.context, &ret_subscription->subscription);
}

int
demo_tree_tick_subscription_receive(struct demo_tree_tick_subscription subscription,
                                    Google__Protobuf__Timestamp **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_tick_close(struct demo_tree_tick_stream stream, int rc)
{
	return acti_context_close(stream.context, rc, NULL);
}
