/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message acme__store__item__message = {
	.descriptor = &acme__store__item__descriptor,
};

enum {
	ACME_STORE_STORE_PUT_NUMBER,
};

static int
acme_store_store_put_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct acme_store_store_ops *store = ops;

	(void)context;
	return store->put(state, request, reply);
}

static const struct actor_endpoint acme_store_store_endpoints[] = {
	[ACME_STORE_STORE_PUT_NUMBER] = {
		.name = "Put",
		.op = "put",
		.kind = ACTOR_FUNCTION,
		.request = &acme__store__item__message,
		.reply = &acme__store__item__message,
		.ops_offset = offsetof(struct acme_store_store_ops, put),
		.thunk = acme_store_store_put_thunk,
	},
};

static int
acme_store_store_state_open(const void *ops, void **ret_state)
{
	const struct acme_store_store_ops *store = ops;
	struct acme_store_store_state *state = NULL;
	int rc = store->state_open != NULL ? store->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
acme_store_store_state_close(const void *ops, void *state)
{
	const struct acme_store_store_ops *store = ops;

	if (store->state_close != NULL)
		store->state_close(state);
}

const struct actor_service acme_store_store_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Store",
	.fingerprint = UINT64_C(0xdc5b55670374c110),
	.endpoints = acme_store_store_endpoints,
	.endpoint_count = ACTOR_COUNT(acme_store_store_endpoints),
	.state_open = acme_store_store_state_open,
	.state_close = acme_store_store_state_close,
};

int
acme_store_store_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                       struct acme_store_store *ret_store)
{
	return actor_nursery_spawn(nursery, name, &acme_store_store_service, options, &ret_store->portal);
}

int
acme_store_store_find_actor(struct actor_nursery *nursery, const char *name, struct acme_store_store *ret_store)
{
	return actor_find(nursery, name, &acme_store_store_service, &ret_store->portal);
}

int
acme_store_store_wait_for_actor(struct actor_nursery *nursery, const char *name, struct acme_store_store *ret_store)
{
	return actor_wait_for(nursery, name, &acme_store_store_service, &ret_store->portal);
}

int
acme_store_store_cluster_open(const struct actor_cluster_options *options, struct acme_store_store_cluster *ret_cluster)
{
	return acti_cluster_open(&acme_store_store_service, options, &ret_cluster->cluster);
}

int
acme_store_store_put(struct acme_store_store store, const Acme__Store__Item *request, Acme__Store__Item **ret_reply)
{
	return acti_call(store.portal, &acme_store_store_service, ACME_STORE_STORE_PUT_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
acme_store_store_put_start(struct actor_nursery *nursery, struct acme_store_store store,
                           const Acme__Store__Item *request, Acme__Store__Item **ret_reply)
{
	return acti_call_start(nursery, store.portal, &acme_store_store_service, ACME_STORE_STORE_PUT_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
acme_store_store_put_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Acme__Store__Item *request,
                                  struct acme_store_store *ret_store)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "put", options, &acme_store_store_service,
	                         ACME_STORE_STORE_PUT_NUMBER, (const ProtobufCMessage *)request, &ret_store->portal);
}

int
acme_store_store_put_wait_for_result(struct acme_store_store store, Acme__Store__Item **ret_reply)
{
	return acti_wait_for_result(store.portal, &acme_store_store_service, ACME_STORE_STORE_PUT_NUMBER, ret_reply);
}
