/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__interval__message = {
	.descriptor = &demo__interval__descriptor,
};

static const struct actor_message google__protobuf__timestamp__message = {
	.descriptor = &google__protobuf__timestamp__descriptor,
};

static const struct actor_message demo__too_fast__message = {
	.descriptor = &demo__too_fast__descriptor,
};

enum {
	DEMO_STREAM_TICK_NUMBER,
	DEMO_STREAM_REGISTER_NUMBER,
};

static int
demo_stream_tick_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_stream_ops *stream = ops;
	struct demo_stream_tick_context typed = { context };

	(void)reply;
	return stream->tick(state, typed, request);
}

static const struct actor_message *const demo_stream_tick_raises[] = {
	&demo__too_fast__message,
	NULL,
};

static int
demo_stream_register_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_stream_ops *stream = ops;
	struct demo_stream_register_context typed = { context };

	(void)reply;
	return stream->register_(state, typed, request);
}

static const struct actor_endpoint demo_stream_endpoints[] = {
	[DEMO_STREAM_TICK_NUMBER] = {
		.name = "Tick",
		.op = "tick",
		.kind = ACTOR_GENERATOR,
		.request = &demo__interval__message,
		.receive = &google__protobuf__timestamp__message,
		.raises = demo_stream_tick_raises,
		.ops_offset = offsetof(struct demo_stream_ops, tick),
		.thunk = demo_stream_tick_thunk,
	},
	[DEMO_STREAM_REGISTER_NUMBER] = {
		.name = "Register",
		.op = "register_",
		.kind = ACTOR_GENERATOR,
		.request = &demo__interval__message,
		.receive = &demo__interval__message,
		.ops_offset = offsetof(struct demo_stream_ops, register_),
		.thunk = demo_stream_register_thunk,
	},
};

static int
demo_stream_state_open(const void *ops, void **ret_state)
{
	const struct demo_stream_ops *stream = ops;
	struct demo_stream_state *state = NULL;
	int rc = stream->state_open != NULL ? stream->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_stream_state_close(const void *ops, void *state)
{
	const struct demo_stream_ops *stream = ops;

	if (stream->state_close != NULL)
		stream->state_close(state);
}

const struct actor_service demo_stream_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Stream",
	.fingerprint = UINT64_C(0xd9f9e5bb71d95d44),
	.endpoints = demo_stream_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_stream_endpoints),
	.state_open = demo_stream_state_open,
	.state_close = demo_stream_state_close,
};

int
demo_stream_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                  struct demo_stream *ret_stream)
{
	return actor_nursery_spawn(nursery, name, &demo_stream_service, options, &ret_stream->portal);
}

int
demo_stream_find_actor(struct actor_nursery *nursery, const char *name, struct demo_stream *ret_stream)
{
	return actor_find(nursery, name, &demo_stream_service, &ret_stream->portal);
}

int
demo_stream_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_stream *ret_stream)
{
	return actor_wait_for(nursery, name, &demo_stream_service, &ret_stream->portal);
}

int
demo_stream_cluster_open(const struct actor_cluster_options *options, struct demo_stream_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_stream_service, options, &ret_cluster->cluster);
}

int
demo_stream_raise_too_fast(const Demo__TooFast *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__TooFast *
demo_stream_raised_too_fast(const struct actor_error *error)
{
	return acti_raised(error, &demo__too_fast__message);
}

int
demo_stream_tick_send(struct demo_stream_tick_context context, const Google__Protobuf__Timestamp *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_stream_tick_open(struct demo_stream stream, const Demo__Interval *request,
                      const struct actor_context_options *options, struct demo_stream_tick_stream *ret_stream)
{
	return acti_context_open(stream.portal, &demo_stream_service, DEMO_STREAM_TICK_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_stream->context);
}

int
demo_stream_tick_next(struct demo_stream_tick_stream stream, Google__Protobuf__Timestamp **ret_item)
{
	return acti_context_receive(stream.context, ret_item);
}

int
demo_stream_tick_try_next(struct demo_stream_tick_stream stream, Google__Protobuf__Timestamp **ret_item)
{
	return acti_context_try_receive(stream.context, ret_item);
}

int
demo_stream_tick_subscribe(struct demo_stream_tick_stream stream,
                           struct demo_stream_tick_subscription *ret_subscription)
{
	return acti_context_subscribe(stream.context, &ret_subscription->subscription);
}

int
demo_stream_tick_subscription_receive(struct demo_stream_tick_subscription subscription,
                                      Google__Protobuf__Timestamp **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_stream_tick_close(struct demo_stream_tick_stream stream, int rc)
{
	return acti_context_close(stream.context, rc, NULL);
}

int
demo_stream_register_send(struct demo_stream_register_context context, const Demo__Interval *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_stream_register_open(struct demo_stream stream, const Demo__Interval *request,
                          const struct actor_context_options *options, struct demo_stream_register_stream *ret_stream)
{
	return acti_context_open(stream.portal, &demo_stream_service, DEMO_STREAM_REGISTER_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_stream->context);
}

int
demo_stream_register_next(struct demo_stream_register_stream stream, Demo__Interval **ret_item)
{
	return acti_context_receive(stream.context, ret_item);
}

int
demo_stream_register_try_next(struct demo_stream_register_stream stream, Demo__Interval **ret_item)
{
	return acti_context_try_receive(stream.context, ret_item);
}

int
demo_stream_register_subscribe(struct demo_stream_register_stream stream,
                               struct demo_stream_register_subscription *ret_subscription)
{
	return acti_context_subscribe(stream.context, &ret_subscription->subscription);
}

int
demo_stream_register_subscription_receive(struct demo_stream_register_subscription subscription,
                                          Demo__Interval **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_stream_register_close(struct demo_stream_register_stream stream, int rc)
{
	return acti_context_close(stream.context, rc, NULL);
}

enum {
	DEMO_RET_STREAM_OPEN_NUMBER,
};

static int
demo_ret_stream_open_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_ret_stream_ops *ret_stream_portal = ops;
	struct demo_ret_stream_open_context typed = { context };

	(void)reply;
	return ret_stream_portal->open(state, typed, request);
}

static const struct actor_endpoint demo_ret_stream_endpoints[] = {
	[DEMO_RET_STREAM_OPEN_NUMBER] = {
		.name = "Open",
		.op = "open",
		.kind = ACTOR_GENERATOR,
		.request = &demo__interval__message,
		.receive = &demo__interval__message,
		.ops_offset = offsetof(struct demo_ret_stream_ops, open),
		.thunk = demo_ret_stream_open_thunk,
	},
};

static int
demo_ret_stream_state_open(const void *ops, void **ret_state)
{
	const struct demo_ret_stream_ops *ret_stream_portal = ops;
	struct demo_ret_stream_state *state = NULL;
	int rc = ret_stream_portal->state_open != NULL ? ret_stream_portal->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_ret_stream_state_close(const void *ops, void *state)
{
	const struct demo_ret_stream_ops *ret_stream_portal = ops;

	if (ret_stream_portal->state_close != NULL)
		ret_stream_portal->state_close(state);
}

const struct actor_service demo_ret_stream_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.RetStream",
	.fingerprint = UINT64_C(0x6aefb2982c71549d),
	.endpoints = demo_ret_stream_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_ret_stream_endpoints),
	.state_open = demo_ret_stream_state_open,
	.state_close = demo_ret_stream_state_close,
};

int
demo_ret_stream_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                      struct demo_ret_stream *ret_ret_stream_portal)
{
	return actor_nursery_spawn(nursery, name, &demo_ret_stream_service, options, &ret_ret_stream_portal->portal);
}

int
demo_ret_stream_find_actor(struct actor_nursery *nursery, const char *name,
                           struct demo_ret_stream *ret_ret_stream_portal)
{
	return actor_find(nursery, name, &demo_ret_stream_service, &ret_ret_stream_portal->portal);
}

int
demo_ret_stream_wait_for_actor(struct actor_nursery *nursery, const char *name,
                               struct demo_ret_stream *ret_ret_stream_portal)
{
	return actor_wait_for(nursery, name, &demo_ret_stream_service, &ret_ret_stream_portal->portal);
}

int
demo_ret_stream_cluster_open(const struct actor_cluster_options *options, struct demo_ret_stream_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_ret_stream_service, options, &ret_cluster->cluster);
}

int
demo_ret_stream_open_send(struct demo_ret_stream_open_context context, const Demo__Interval *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_ret_stream_open_open(struct demo_ret_stream ret_stream_portal, const Demo__Interval *request,
                          const struct actor_context_options *options, struct demo_ret_stream_open_stream *ret_stream)
{
	return acti_context_open(ret_stream_portal.portal, &demo_ret_stream_service, DEMO_RET_STREAM_OPEN_NUMBER,
	                         (const ProtobufCMessage *)request, options, NULL, &ret_stream->context);
}

int
demo_ret_stream_open_next(struct demo_ret_stream_open_stream stream, Demo__Interval **ret_item)
{
	return acti_context_receive(stream.context, ret_item);
}

int
demo_ret_stream_open_try_next(struct demo_ret_stream_open_stream stream, Demo__Interval **ret_item)
{
	return acti_context_try_receive(stream.context, ret_item);
}

int
demo_ret_stream_open_subscribe(struct demo_ret_stream_open_stream stream,
                               struct demo_ret_stream_open_subscription *ret_subscription)
{
	return acti_context_subscribe(stream.context, &ret_subscription->subscription);
}

int
demo_ret_stream_open_subscription_receive(struct demo_ret_stream_open_subscription subscription,
                                          Demo__Interval **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_ret_stream_open_close(struct demo_ret_stream_open_stream stream, int rc)
{
	return acti_context_close(stream.context, rc, NULL);
}

enum {
	DEMO_RET_DIALOG_OPEN_NUMBER,
};

static int
demo_ret_dialog_open_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_ret_dialog_ops *ret_dialog_portal = ops;
	struct demo_ret_dialog_open_context typed = { context };

	(void)request, (void)reply;
	return ret_dialog_portal->open(state, typed);
}

static const struct actor_endpoint demo_ret_dialog_endpoints[] = {
	[DEMO_RET_DIALOG_OPEN_NUMBER] = {
		.name = "Open",
		.op = "open",
		.kind = ACTOR_CONTEXT,
		.send = &demo__interval__message,
		.receive = &demo__interval__message,
		.ops_offset = offsetof(struct demo_ret_dialog_ops, open),
		.thunk = demo_ret_dialog_open_thunk,
	},
};

static int
demo_ret_dialog_state_open(const void *ops, void **ret_state)
{
	const struct demo_ret_dialog_ops *ret_dialog_portal = ops;
	struct demo_ret_dialog_state *state = NULL;
	int rc = ret_dialog_portal->state_open != NULL ? ret_dialog_portal->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_ret_dialog_state_close(const void *ops, void *state)
{
	const struct demo_ret_dialog_ops *ret_dialog_portal = ops;

	if (ret_dialog_portal->state_close != NULL)
		ret_dialog_portal->state_close(state);
}

const struct actor_service demo_ret_dialog_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.RetDialog",
	.fingerprint = UINT64_C(0x3eb471206c7e20cc),
	.endpoints = demo_ret_dialog_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_ret_dialog_endpoints),
	.state_open = demo_ret_dialog_state_open,
	.state_close = demo_ret_dialog_state_close,
};

int
demo_ret_dialog_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                      struct demo_ret_dialog *ret_ret_dialog_portal)
{
	return actor_nursery_spawn(nursery, name, &demo_ret_dialog_service, options, &ret_ret_dialog_portal->portal);
}

int
demo_ret_dialog_find_actor(struct actor_nursery *nursery, const char *name,
                           struct demo_ret_dialog *ret_ret_dialog_portal)
{
	return actor_find(nursery, name, &demo_ret_dialog_service, &ret_ret_dialog_portal->portal);
}

int
demo_ret_dialog_wait_for_actor(struct actor_nursery *nursery, const char *name,
                               struct demo_ret_dialog *ret_ret_dialog_portal)
{
	return actor_wait_for(nursery, name, &demo_ret_dialog_service, &ret_ret_dialog_portal->portal);
}

int
demo_ret_dialog_cluster_open(const struct actor_cluster_options *options, struct demo_ret_dialog_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_ret_dialog_service, options, &ret_cluster->cluster);
}

int
demo_ret_dialog_open_context_send(struct demo_ret_dialog_open_context context, const Demo__Interval *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_ret_dialog_open_context_close_send(struct demo_ret_dialog_open_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_ret_dialog_open_context_receive(struct demo_ret_dialog_open_context context, Demo__Interval **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_ret_dialog_open_context_try_receive(struct demo_ret_dialog_open_context context, Demo__Interval **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_ret_dialog_open_context_subscribe(struct demo_ret_dialog_open_context context,
                                       struct demo_ret_dialog_open_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_ret_dialog_open_context_subscription_receive(struct demo_ret_dialog_open_context_subscription subscription,
                                                  Demo__Interval **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_ret_dialog_open_open(struct demo_ret_dialog ret_dialog_portal, const struct actor_context_options *options,
                          struct demo_ret_dialog_open_dialog *ret_dialog)
{
	return acti_context_open(ret_dialog_portal.portal, &demo_ret_dialog_service, DEMO_RET_DIALOG_OPEN_NUMBER, NULL,
	                         options, NULL, &ret_dialog->context);
}

int
demo_ret_dialog_open_send(struct demo_ret_dialog_open_dialog dialog, const Demo__Interval *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_ret_dialog_open_close_send(struct demo_ret_dialog_open_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_ret_dialog_open_receive(struct demo_ret_dialog_open_dialog dialog, Demo__Interval **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_ret_dialog_open_try_receive(struct demo_ret_dialog_open_dialog dialog, Demo__Interval **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_ret_dialog_open_subscribe(struct demo_ret_dialog_open_dialog dialog,
                               struct demo_ret_dialog_open_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_ret_dialog_open_subscription_receive(struct demo_ret_dialog_open_subscription subscription,
                                          Demo__Interval **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_ret_dialog_open_wait(struct demo_ret_dialog_open_dialog dialog)
{
	return acti_context_wait(dialog.context, NULL);
}

int
demo_ret_dialog_open_cancel(struct demo_ret_dialog_open_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_ret_dialog_open_close(struct demo_ret_dialog_open_dialog dialog, int rc)
{
	return acti_context_close(dialog.context, rc, NULL);
}

enum {
	DEMO_RET_STARTED_OPEN_NUMBER,
};

static int
demo_ret_started_open_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                            void *reply)
{
	const struct demo_ret_started_ops *ret_started_portal = ops;
	struct demo_ret_started_open_context typed = { context };

	(void)request, (void)reply;
	return ret_started_portal->open(state, typed);
}

static const struct actor_endpoint demo_ret_started_endpoints[] = {
	[DEMO_RET_STARTED_OPEN_NUMBER] = {
		.name = "Open",
		.op = "open",
		.kind = ACTOR_CONTEXT,
		.started = &demo__interval__message,
		.send = &demo__interval__message,
		.receive = &demo__interval__message,
		.ops_offset = offsetof(struct demo_ret_started_ops, open),
		.thunk = demo_ret_started_open_thunk,
	},
};

static int
demo_ret_started_state_open(const void *ops, void **ret_state)
{
	const struct demo_ret_started_ops *ret_started_portal = ops;
	struct demo_ret_started_state *state = NULL;
	int rc = ret_started_portal->state_open != NULL ? ret_started_portal->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_ret_started_state_close(const void *ops, void *state)
{
	const struct demo_ret_started_ops *ret_started_portal = ops;

	if (ret_started_portal->state_close != NULL)
		ret_started_portal->state_close(state);
}

const struct actor_service demo_ret_started_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.RetStarted",
	.fingerprint = UINT64_C(0x348180fa10d082a6),
	.endpoints = demo_ret_started_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_ret_started_endpoints),
	.state_open = demo_ret_started_state_open,
	.state_close = demo_ret_started_state_close,
};

int
demo_ret_started_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                       struct demo_ret_started *ret_ret_started_portal)
{
	return actor_nursery_spawn(nursery, name, &demo_ret_started_service, options, &ret_ret_started_portal->portal);
}

int
demo_ret_started_find_actor(struct actor_nursery *nursery, const char *name,
                            struct demo_ret_started *ret_ret_started_portal)
{
	return actor_find(nursery, name, &demo_ret_started_service, &ret_ret_started_portal->portal);
}

int
demo_ret_started_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                struct demo_ret_started *ret_ret_started_portal)
{
	return actor_wait_for(nursery, name, &demo_ret_started_service, &ret_ret_started_portal->portal);
}

int
demo_ret_started_cluster_open(const struct actor_cluster_options *options, struct demo_ret_started_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_ret_started_service, options, &ret_cluster->cluster);
}

int
demo_ret_started_open_started(struct demo_ret_started_open_context context, const Demo__Interval *value)
{
	return acti_context_started(context.context, (const ProtobufCMessage *)value);
}

int
demo_ret_started_open_context_send(struct demo_ret_started_open_context context, const Demo__Interval *item)
{
	return acti_context_send(context.context, (const ProtobufCMessage *)item);
}

int
demo_ret_started_open_context_close_send(struct demo_ret_started_open_context context)
{
	return actor_context_close_send(context.context);
}

int
demo_ret_started_open_context_receive(struct demo_ret_started_open_context context, Demo__Interval **ret_item)
{
	return acti_context_receive(context.context, ret_item);
}

int
demo_ret_started_open_context_try_receive(struct demo_ret_started_open_context context, Demo__Interval **ret_item)
{
	return acti_context_try_receive(context.context, ret_item);
}

int
demo_ret_started_open_context_subscribe(struct demo_ret_started_open_context context,
                                        struct demo_ret_started_open_context_subscription *ret_subscription)
{
	return acti_context_subscribe(context.context, &ret_subscription->subscription);
}

int
demo_ret_started_open_context_subscription_receive(struct demo_ret_started_open_context_subscription subscription,
                                                   Demo__Interval **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_ret_started_open_open(struct demo_ret_started ret_started_portal, const struct actor_context_options *options,
                           Demo__Interval **ret_started, struct demo_ret_started_open_dialog *ret_dialog)
{
	return acti_context_open(ret_started_portal.portal, &demo_ret_started_service, DEMO_RET_STARTED_OPEN_NUMBER,
	                         NULL, options, ret_started, &ret_dialog->context);
}

int
demo_ret_started_open_send(struct demo_ret_started_open_dialog dialog, const Demo__Interval *item)
{
	return acti_context_send(dialog.context, (const ProtobufCMessage *)item);
}

int
demo_ret_started_open_close_send(struct demo_ret_started_open_dialog dialog)
{
	return actor_context_close_send(dialog.context);
}

int
demo_ret_started_open_receive(struct demo_ret_started_open_dialog dialog, Demo__Interval **ret_item)
{
	return acti_context_receive(dialog.context, ret_item);
}

int
demo_ret_started_open_try_receive(struct demo_ret_started_open_dialog dialog, Demo__Interval **ret_item)
{
	return acti_context_try_receive(dialog.context, ret_item);
}

int
demo_ret_started_open_subscribe(struct demo_ret_started_open_dialog dialog,
                                struct demo_ret_started_open_subscription *ret_subscription)
{
	return acti_context_subscribe(dialog.context, &ret_subscription->subscription);
}

int
demo_ret_started_open_subscription_receive(struct demo_ret_started_open_subscription subscription,
                                           Demo__Interval **ret_item)
{
	return acti_subscription_receive(subscription.subscription, ret_item);
}

int
demo_ret_started_open_wait(struct demo_ret_started_open_dialog dialog)
{
	return acti_context_wait(dialog.context, NULL);
}

int
demo_ret_started_open_cancel(struct demo_ret_started_open_dialog dialog)
{
	return actor_context_cancel(dialog.context);
}

int
demo_ret_started_open_close(struct demo_ret_started_open_dialog dialog, int rc)
{
	return acti_context_close(dialog.context, rc, NULL);
}
