/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__request__message = {
	.descriptor = &demo__request__descriptor,
};

static const struct actor_message demo__reply__message = {
	.descriptor = &demo__reply__descriptor,
};

static const struct actor_message demo__first__message = {
	.descriptor = &demo__first__descriptor,
};

static const struct actor_message demo__down__message = {
	.descriptor = &demo__down__descriptor,
};

static const struct actor_message demo__up__message = {
	.descriptor = &demo__up__descriptor,
};

static const struct actor_message google__protobuf__empty__message = {
	.descriptor = &google__protobuf__empty__descriptor,
};

static const struct actor_message demo__too_deep__message = {
	.descriptor = &demo__too_deep__descriptor,
};

static const struct actor_message demo__too_wide__message = {
	.descriptor = &demo__too_wide__descriptor,
};

enum {
	DEMO_LEGS_STARTED_NUMBER,
	DEMO_LEGS_SEND_NUMBER,
	DEMO_LEGS_RECEIVE_NUMBER,
	DEMO_LEGS_NONE_NUMBER,
	DEMO_LEGS_WALK_NUMBER,
};

static int
demo_legs_started_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_legs_ops *legs = ops;
	struct demo_legs_started_context typed = { context };

	return legs->started(state, typed, request, reply);
}

static int
demo_legs_send_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_legs_ops *legs = ops;
	struct demo_legs_send_context typed = { context };

	return legs->send(state, typed, request, reply);
}

static int
demo_legs_receive_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_legs_ops *legs = ops;
	struct demo_legs_receive_context typed = { context };

	return legs->receive(state, typed, request, reply);
}

static int
demo_legs_none_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_legs_ops *legs = ops;
	struct demo_legs_none_context typed = { context };

	return legs->none(state, typed, request, reply);
}

static int
demo_legs_walk_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_legs_ops *legs = ops;
	struct demo_legs_walk_context typed = { context };

	return legs->walk(state, typed, request, reply);
}

static const struct actor_message *const demo_legs_walk_raises[] = {
	&demo__too_deep__message,
	&demo__too_wide__message,
	NULL,
};

static const struct actor_endpoint demo_legs_endpoints[] = {
	[DEMO_LEGS_STARTED_NUMBER] = {
		.name = "Started",
		.op = "started",
		.kind = ACTOR_CONTEXT,
		.request = &demo__request__message,
		.reply = &demo__reply__message,
		.started = &demo__first__message,
		.ops_offset = offsetof(struct demo_legs_ops, started),
		.thunk = demo_legs_started_thunk,
	},
	[DEMO_LEGS_SEND_NUMBER] = {
		.name = "Send",
		.op = "send",
		.kind = ACTOR_CONTEXT,
		.request = &demo__request__message,
		.reply = &demo__reply__message,
		.send = &demo__down__message,
		.ops_offset = offsetof(struct demo_legs_ops, send),
		.thunk = demo_legs_send_thunk,
	},
	[DEMO_LEGS_RECEIVE_NUMBER] = {
		.name = "Receive",
		.op = "receive",
		.kind = ACTOR_CONTEXT,
		.request = &demo__request__message,
		.reply = &demo__reply__message,
		.receive = &demo__up__message,
		.ops_offset = offsetof(struct demo_legs_ops, receive),
		.thunk = demo_legs_receive_thunk,
	},
	[DEMO_LEGS_NONE_NUMBER] = {
		.name = "None",
		.op = "none",
		.kind = ACTOR_CONTEXT,
		.request = &demo__request__message,
		.reply = &demo__reply__message,
		.ops_offset = offsetof(struct demo_legs_ops, none),
		.thunk = demo_legs_none_thunk,
	},
	[DEMO_LEGS_WALK_NUMBER] = {
		.name = "All",
		.op = "walk",
		.kind = ACTOR_CONTEXT,
		.request = &google__protobuf__empty__message,
		.reply = &google__protobuf__empty__message,
		.started = &demo__first__message,
		.send = &demo__down__message,
		.receive = &demo__up__message,
		.raises = demo_legs_walk_raises,
		.ops_offset = offsetof(struct demo_legs_ops, walk),
		.thunk = demo_legs_walk_thunk,
	},
};

static int
demo_legs_state_open(const void *ops, void **ret_state)
{
	const struct demo_legs_ops *legs = ops;
	struct demo_legs_state *state = NULL;
	int rc = legs->state_open != NULL ? legs->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_legs_state_close(const void *ops, void *state)
{
	const struct demo_legs_ops *legs = ops;

	if (legs->state_close != NULL)
		legs->state_close(state);
}

const struct actor_service demo_legs_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Legs",
	.fingerprint = UINT64_C(0x43dcf78a13e5e00f),
	.endpoints = demo_legs_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_legs_endpoints),
	.state_open = demo_legs_state_open,
	.state_close = demo_legs_state_close,
};

int
demo_legs_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                struct demo_legs *ret_legs)
{
	return actor_nursery_spawn(nursery, name, &demo_legs_service, options, &ret_legs->portal);
}

int
demo_legs_find_actor(struct actor_nursery *nursery, const char *name, struct demo_legs *ret_legs)
{
	return actor_find(nursery, name, &demo_legs_service, &ret_legs->portal);
}

int
demo_legs_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_legs *ret_legs)
{
	return actor_wait_for(nursery, name, &demo_legs_service, &ret_legs->portal);
}

int
demo_legs_cluster_open(const struct actor_cluster_options *options, struct demo_legs_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_legs_service, options, &ret_cluster->cluster);
}

int
demo_legs_raise_too_deep(const Demo__TooDeep *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__TooDeep *
demo_legs_raised_too_deep(const struct actor_error *error)
{
	return acti_raised(error, &demo__too_deep__message);
}

int
demo_legs_raise_too_wide(const Demo__TooWide *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__TooWide *
demo_legs_raised_too_wide(const struct actor_error *error)
{
	return acti_raised(error, &demo__too_wide__message);
}

int
demo_legs_started_started(struct demo_legs_started_context context, const Demo__First *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_legs_started_open(struct demo_legs legs, const Demo__Request *request, const struct actor_context_options *options,
                       Demo__First **ret_started, struct demo_legs_started_dialog *ret_dialog)
{
	return acti_context_open(legs.portal, &demo_legs_service, DEMO_LEGS_STARTED_NUMBER,
	                         (const ProtobufCMessage *)request, options, ret_started, &ret_dialog->context);
}

int
demo_legs_started_wait(struct demo_legs_started_dialog dialog, Demo__Reply **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_legs_started_cancel(struct demo_legs_started_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_legs_started_close(struct demo_legs_started_dialog dialog, int rc, Demo__Reply **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_legs_send_context_receive(struct demo_legs_send_context context, Demo__Down **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_legs_send_context_try_receive(struct demo_legs_send_context context, Demo__Down **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_legs_send_context_subscribe(struct demo_legs_send_context context,
                                 struct demo_legs_send_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_legs_send_context_subscription_receive(struct demo_legs_send_context_subscription subscription,
                                            Demo__Down **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_legs_send_open(struct demo_legs legs, const Demo__Request *request, const struct actor_context_options *options,
                    struct demo_legs_send_dialog *ret_dialog)
{
	return acti_context_open(legs.portal, &demo_legs_service, DEMO_LEGS_SEND_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_dialog->context);
}

int
demo_legs_send_send(struct demo_legs_send_dialog dialog, const Demo__Down *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_legs_send_close_send(struct demo_legs_send_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_legs_send_wait(struct demo_legs_send_dialog dialog, Demo__Reply **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_legs_send_cancel(struct demo_legs_send_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_legs_send_close(struct demo_legs_send_dialog dialog, int rc, Demo__Reply **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_legs_receive_context_send(struct demo_legs_receive_context context, const Demo__Up *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_legs_receive_context_close_send(struct demo_legs_receive_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_legs_receive_open(struct demo_legs legs, const Demo__Request *request, const struct actor_context_options *options,
                       struct demo_legs_receive_dialog *ret_dialog)
{
	return acti_context_open(legs.portal, &demo_legs_service, DEMO_LEGS_RECEIVE_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_dialog->context);
}

int
demo_legs_receive_receive(struct demo_legs_receive_dialog dialog, Demo__Up **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_legs_receive_try_receive(struct demo_legs_receive_dialog dialog, Demo__Up **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_legs_receive_subscribe(struct demo_legs_receive_dialog dialog,
                            struct demo_legs_receive_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_legs_receive_subscription_receive(struct demo_legs_receive_subscription subscription, Demo__Up **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_legs_receive_wait(struct demo_legs_receive_dialog dialog, Demo__Reply **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_legs_receive_cancel(struct demo_legs_receive_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_legs_receive_close(struct demo_legs_receive_dialog dialog, int rc, Demo__Reply **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_legs_none_open(struct demo_legs legs, const Demo__Request *request, const struct actor_context_options *options,
                    struct demo_legs_none_dialog *ret_dialog)
{
	return acti_context_open(legs.portal, &demo_legs_service, DEMO_LEGS_NONE_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_dialog->context);
}

int
demo_legs_none_wait(struct demo_legs_none_dialog dialog, Demo__Reply **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_legs_none_cancel(struct demo_legs_none_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_legs_none_close(struct demo_legs_none_dialog dialog, int rc, Demo__Reply **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}

int
demo_legs_walk_started(struct demo_legs_walk_context context, const Demo__First *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_legs_walk_context_send(struct demo_legs_walk_context context, const Demo__Up *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_legs_walk_context_close_send(struct demo_legs_walk_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_legs_walk_context_receive(struct demo_legs_walk_context context, Demo__Down **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_legs_walk_context_try_receive(struct demo_legs_walk_context context, Demo__Down **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_legs_walk_context_subscribe(struct demo_legs_walk_context context,
                                 struct demo_legs_walk_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_legs_walk_context_subscription_receive(struct demo_legs_walk_context_subscription subscription,
                                            Demo__Down **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_legs_walk_open(struct demo_legs legs, const Google__Protobuf__Empty *request,
                    const struct actor_context_options *options, Demo__First **ret_started,
                    struct demo_legs_walk_dialog *ret_dialog)
{
	return acti_context_open(legs.portal, &demo_legs_service, DEMO_LEGS_WALK_NUMBER,
	                         (const ProtobufCMessage *)request, options, ret_started, &ret_dialog->context);
}

int
demo_legs_walk_send(struct demo_legs_walk_dialog dialog, const Demo__Down *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_legs_walk_close_send(struct demo_legs_walk_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_legs_walk_receive(struct demo_legs_walk_dialog dialog, Demo__Up **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_legs_walk_try_receive(struct demo_legs_walk_dialog dialog, Demo__Up **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_legs_walk_subscribe(struct demo_legs_walk_dialog dialog, struct demo_legs_walk_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_legs_walk_subscription_receive(struct demo_legs_walk_subscription subscription, Demo__Up **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_legs_walk_wait(struct demo_legs_walk_dialog dialog, Google__Protobuf__Empty **ret_reply)
{
	return acti_context_wait(dialog.context, ret_reply);
}

int
demo_legs_walk_cancel(struct demo_legs_walk_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_legs_walk_close(struct demo_legs_walk_dialog dialog, int rc, Google__Protobuf__Empty **ret_reply)
{
	return acti_context_close(dialog.context, rc, ret_reply);
}
