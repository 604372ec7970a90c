/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__item__message = {
	.descriptor = &demo__item__descriptor,
};

static const struct actor_message demo__receipt__message = {
	.descriptor = &demo__receipt__descriptor,
};

static const struct actor_message demo__full__message = {
	.descriptor = &demo__full__descriptor,
};

static const struct actor_message demo__broken__message = {
	.descriptor = &demo__broken__descriptor,
};

enum {
	DEMO_STORE_PUT_NUMBER,
};

static int
demo_store_put_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_store_ops *store = ops;

	(void)context;
	return store->put(state, request, reply);
}

static const struct actor_message *const demo_store_put_raises[] = {
	&demo__full__message,
	&demo__broken__message,
	NULL,
};

static const struct actor_endpoint demo_store_endpoints[] = {
	[DEMO_STORE_PUT_NUMBER] = {
		.name = "Put",
		.op = "put",
		.kind = ACTOR_FUNCTION,
		.request = &demo__item__message,
		.reply = &demo__receipt__message,
		.raises = demo_store_put_raises,
		.ops_offset = offsetof(struct demo_store_ops, put),
		.thunk = demo_store_put_thunk,
	},
};

static int
demo_store_state_open(const void *ops, void **ret_state)
{
	const struct demo_store_ops *store = ops;
	struct demo_store_state *state = NULL;
	int rc = store->state_open != NULL ? store->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_store_state_close(const void *ops, void *state)
{
	const struct demo_store_ops *store = ops;

	if (store->state_close != NULL)
		store->state_close(state);
}

const struct actor_service demo_store_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Store",
	.fingerprint = UINT64_C(0xf35495e31a35ac02),
	.endpoints = demo_store_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_store_endpoints),
	.state_open = demo_store_state_open,
	.state_close = demo_store_state_close,
};

int
demo_store_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                 struct demo_store *ret_store)
{
	return actor_nursery_spawn(nursery, name, &demo_store_service, options, &ret_store->portal);
}

int
demo_store_find_actor(struct actor_nursery *nursery, const char *name, struct demo_store *ret_store)
{
	return actor_find(nursery, name, &demo_store_service, &ret_store->portal);
}

int
demo_store_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_store *ret_store)
{
	return actor_wait_for(nursery, name, &demo_store_service, &ret_store->portal);
}

int
demo_store_cluster_open(const struct actor_cluster_options *options, struct demo_store_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_store_service, options, &ret_cluster->cluster);
}

int
demo_store_raise_full(const Demo__Full *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__Full *
demo_store_raised_full(const struct actor_error *error)
{
	return acti_raised(error, &demo__full__message);
}

int
demo_store_raise_broken(const Demo__Broken *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__Broken *
demo_store_raised_broken(const struct actor_error *error)
{
	return acti_raised(error, &demo__broken__message);
}

int
demo_store_put(struct demo_store store, const Demo__Item *request, Demo__Receipt **ret_reply)
{
	return acti_call(store.portal, &demo_store_service, DEMO_STORE_PUT_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_store_put_start(struct actor_nursery *nursery, struct demo_store store, const Demo__Item *request,
                     Demo__Receipt **ret_reply)
{
	return acti_call_start(nursery, store.portal, &demo_store_service, DEMO_STORE_PUT_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_store_put_run_in_actor(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                            const Demo__Item *request, struct demo_store *ret_store)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "put", options, &demo_store_service,
	                         DEMO_STORE_PUT_NUMBER, (const ProtobufCMessage *)request, &ret_store->portal);
}

int
demo_store_put_wait_for_result(struct demo_store store, Demo__Receipt **ret_reply)
{
	return acti_wait_for_result(store.portal, &demo_store_service, DEMO_STORE_PUT_NUMBER, ret_reply);
}
