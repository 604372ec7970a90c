/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__request__message = {
	.descriptor = &demo__request__descriptor,
};

static const struct actor_message demo__reply__message = {
	.descriptor = &demo__reply__descriptor,
};

static const struct actor_message demo__names__message = {
	.descriptor = &demo__names__descriptor,
};

static const struct actor_message demo__value__message = {
	.descriptor = &demo__value__descriptor,
};

enum {
	DEMO_TREE_FAN_OUT_NUMBER,
	DEMO_TREE_BARE_NUMBER,
	DEMO_TREE_CHAT_NUMBER,
	DEMO_TREE_CHAT_WITH_START_NUMBER,
	DEMO_TREE_COUNT_NUMBER,
};

static int
demo_tree_fan_out_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_fan_out_context typed = { context };

	return tree->fan_out(state, typed, request, reply);
}

static int
demo_tree_bare_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_bare_context typed = { context };

	return tree->bare(state, typed, request, reply);
}

static int
demo_tree_chat_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_chat_context typed = { context };

	(void)request, (void)reply;
	return tree->chat(state, typed);
}

static int
demo_tree_chat_with_start_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                                void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_chat_with_start_context typed = { context };

	(void)request, (void)reply;
	return tree->chat_with_start(state, typed);
}

static const struct actor_message *const demo_tree_chat_with_start_raises[] = {
	&demo__names__message,
	NULL,
};

static int
demo_tree_count_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;
	struct demo_tree_count_context typed = { context };

	(void)reply;
	return tree->count(state, typed, request);
}

static const struct actor_endpoint demo_tree_endpoints[] = {
	[DEMO_TREE_FAN_OUT_NUMBER] = {
		.name = "FanOut",
		.op = "fan_out",
		.kind = ACTOR_CONTEXT,
		.request = &demo__request__message,
		.reply = &demo__reply__message,
		.started = &demo__names__message,
		.send = &demo__value__message,
		.receive = &demo__value__message,
		.ops_offset = offsetof(struct demo_tree_ops, fan_out),
		.thunk = demo_tree_fan_out_thunk,
	},
	[DEMO_TREE_BARE_NUMBER] = {
		.name = "Bare",
		.op = "bare",
		.kind = ACTOR_CONTEXT,
		.request = &demo__request__message,
		.reply = &demo__reply__message,
		.ops_offset = offsetof(struct demo_tree_ops, bare),
		.thunk = demo_tree_bare_thunk,
	},
	[DEMO_TREE_CHAT_NUMBER] = {
		.name = "Chat",
		.op = "chat",
		.kind = ACTOR_CONTEXT,
		.send = &demo__value__message,
		.receive = &demo__value__message,
		.ops_offset = offsetof(struct demo_tree_ops, chat),
		.thunk = demo_tree_chat_thunk,
	},
	[DEMO_TREE_CHAT_WITH_START_NUMBER] = {
		.name = "ChatWithStart",
		.op = "chat_with_start",
		.kind = ACTOR_CONTEXT,
		.started = &demo__names__message,
		.send = &demo__value__message,
		.receive = &demo__value__message,
		.raises = demo_tree_chat_with_start_raises,
		.ops_offset = offsetof(struct demo_tree_ops, chat_with_start),
		.thunk = demo_tree_chat_with_start_thunk,
	},
	[DEMO_TREE_COUNT_NUMBER] = {
		.name = "Count",
		.op = "count",
		.kind = ACTOR_GENERATOR,
		.request = &demo__request__message,
		.receive = &demo__value__message,
		.ops_offset = offsetof(struct demo_tree_ops, count),
		.thunk = demo_tree_count_thunk,
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
	.fingerprint = UINT64_C(0xafc37975b0b53f25),
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
demo_tree_raise_names(const Demo__Names *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__Names *
demo_tree_raised_names(const struct actor_error *error)
{
	return acti_raised(error, &demo__names__message);
}

int
demo_tree_fan_out_started(struct demo_tree_fan_out_context context, const Demo__Names *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_tree_fan_out_context_send(struct demo_tree_fan_out_context context, const Demo__Value *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_fan_out_context_close_send(struct demo_tree_fan_out_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_tree_fan_out_context_receive(struct demo_tree_fan_out_context context, Demo__Value **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_tree_fan_out_context_try_receive(struct demo_tree_fan_out_context context, Demo__Value **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_tree_fan_out_context_subscribe(struct demo_tree_fan_out_context context,
                                    struct demo_tree_fan_out_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_tree_fan_out_context_subscription_receive(struct demo_tree_fan_out_context_subscription subscription,
                                               Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_fan_out_open(struct demo_tree tree, const Demo__Request *request, const struct actor_context_options *options,
                       Demo__Names **ret_started, struct demo_tree_fan_out_dialog *ret_dialog)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_FAN_OUT_NUMBER,
	                         (const ProtobufCMessage *)request, options, ret_started, &ret_dialog->context);
}

int
demo_tree_fan_out_send(struct demo_tree_fan_out_dialog dialog, const Demo__Value *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_tree_fan_out_close_send(struct demo_tree_fan_out_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_tree_fan_out_receive(struct demo_tree_fan_out_dialog dialog, Demo__Value **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_tree_fan_out_try_receive(struct demo_tree_fan_out_dialog dialog, Demo__Value **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_tree_fan_out_subscribe(struct demo_tree_fan_out_dialog dialog,
                            struct demo_tree_fan_out_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_tree_fan_out_subscription_receive(struct demo_tree_fan_out_subscription subscription, Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_fan_out_wait(struct demo_tree_fan_out_dialog dialog, Demo__Reply **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_tree_fan_out_cancel(struct demo_tree_fan_out_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_tree_fan_out_close(struct demo_tree_fan_out_dialog dialog, int rc, Demo__Reply **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_tree_bare_open(struct demo_tree tree, const Demo__Request *request, const struct actor_context_options *options,
                    struct demo_tree_bare_dialog *ret_dialog)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_BARE_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_dialog->context);
}

int
demo_tree_bare_wait(struct demo_tree_bare_dialog dialog, Demo__Reply **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_tree_bare_cancel(struct demo_tree_bare_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_tree_bare_close(struct demo_tree_bare_dialog dialog, int rc, Demo__Reply **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_tree_chat_context_send(struct demo_tree_chat_context context, const Demo__Value *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_chat_context_close_send(struct demo_tree_chat_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_tree_chat_context_receive(struct demo_tree_chat_context context, Demo__Value **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_tree_chat_context_try_receive(struct demo_tree_chat_context context, Demo__Value **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_tree_chat_context_subscribe(struct demo_tree_chat_context context,
                                 struct demo_tree_chat_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_tree_chat_context_subscription_receive(struct demo_tree_chat_context_subscription subscription,
                                            Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_chat_open(struct demo_tree tree, const struct actor_context_options *options,
                    struct demo_tree_chat_dialog *ret_dialog)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_CHAT_NUMBER, NULL, options, NULL,
	                         &ret_dialog->context);
}

int
demo_tree_chat_send(struct demo_tree_chat_dialog dialog, const Demo__Value *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_tree_chat_close_send(struct demo_tree_chat_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_tree_chat_receive(struct demo_tree_chat_dialog dialog, Demo__Value **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_tree_chat_try_receive(struct demo_tree_chat_dialog dialog, Demo__Value **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_tree_chat_subscribe(struct demo_tree_chat_dialog dialog, struct demo_tree_chat_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_tree_chat_subscription_receive(struct demo_tree_chat_subscription subscription, Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_chat_wait(struct demo_tree_chat_dialog dialog)
{
	return acti_context_wait(dialog.context, NULL);
}

int
demo_tree_chat_cancel(struct demo_tree_chat_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_tree_chat_close(struct demo_tree_chat_dialog dialog, int rc)
{
	return acti_context_close(dialog.context, rc, NULL);
}

int
demo_tree_chat_with_start_started(struct demo_tree_chat_with_start_context context, const Demo__Names *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_tree_chat_with_start_context_send(struct demo_tree_chat_with_start_context context, const Demo__Value *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_chat_with_start_context_close_send(struct demo_tree_chat_with_start_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_tree_chat_with_start_context_receive(struct demo_tree_chat_with_start_context context, Demo__Value **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_tree_chat_with_start_context_try_receive(struct demo_tree_chat_with_start_context context, Demo__Value **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_tree_chat_with_start_context_subscribe(struct demo_tree_chat_with_start_context context,
                                            struct demo_tree_chat_with_start_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_tree_chat_with_start_context_subscription_receive(struct demo_tree_chat_with_start_context_subscription subscription,
                                                       Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_chat_with_start_open(struct demo_tree tree, const struct actor_context_options *options,
                               Demo__Names **ret_started, struct demo_tree_chat_with_start_dialog *ret_dialog)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_CHAT_WITH_START_NUMBER, NULL, options,
	                         ret_started, &ret_dialog->context);
}

int
demo_tree_chat_with_start_send(struct demo_tree_chat_with_start_dialog dialog, const Demo__Value *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_tree_chat_with_start_close_send(struct demo_tree_chat_with_start_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_tree_chat_with_start_receive(struct demo_tree_chat_with_start_dialog dialog, Demo__Value **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_tree_chat_with_start_try_receive(struct demo_tree_chat_with_start_dialog dialog, Demo__Value **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_tree_chat_with_start_subscribe(struct demo_tree_chat_with_start_dialog dialog,
                                    struct demo_tree_chat_with_start_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_tree_chat_with_start_subscription_receive(struct demo_tree_chat_with_start_subscription subscription,
                                               Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_chat_with_start_wait(struct demo_tree_chat_with_start_dialog dialog)
{
	return acti_context_wait(dialog.context, NULL);
}

int
demo_tree_chat_with_start_cancel(struct demo_tree_chat_with_start_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_tree_chat_with_start_close(struct demo_tree_chat_with_start_dialog dialog, int rc)
{
	return acti_context_close(dialog.context, rc, NULL);
}

int
demo_tree_count_send(struct demo_tree_count_context context, const Demo__Value *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_tree_count_open(struct demo_tree tree, const Demo__Request *request, const struct actor_context_options *options,
                     struct demo_tree_count_stream *ret_stream)
{
	return acti_context_open(tree.portal, &demo_tree_service, DEMO_TREE_COUNT_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_stream->context);
}

int
demo_tree_count_next(struct demo_tree_count_stream stream, Demo__Value **ret_item)
{
	return acti_context_receive(stream.context, ret_item);
}

int
demo_tree_count_try_next(struct demo_tree_count_stream stream, Demo__Value **ret_item)
{
	return acti_context_try_receive(stream.context, ret_item);
}

int
demo_tree_count_subscribe(struct demo_tree_count_stream stream, struct demo_tree_count_subscription *ret_subscription)
{
	return acti_context_subscribe(stream.context, &ret_subscription->subscription);
}

int
demo_tree_count_subscription_receive(struct demo_tree_count_subscription subscription, Demo__Value **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_tree_count_close(struct demo_tree_count_stream stream, int rc)
{
	return acti_context_close(stream.context, rc, NULL);
}
