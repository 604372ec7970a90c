/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__thing__message = {
	.descriptor = &demo__thing__descriptor,
};

static int
demo_nothing_state_open(const void *ops, void **ret_state)
{
	const struct demo_nothing_ops *nothing = ops;
	struct demo_nothing_state *state = NULL;
	int rc = nothing->state_open != NULL ? nothing->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_nothing_state_close(const void *ops, void *state)
{
	const struct demo_nothing_ops *nothing = ops;

	if (nothing->state_close != NULL)
		nothing->state_close(state);
}

const struct actor_service demo_nothing_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Nothing",
	.fingerprint = UINT64_C(0xdbf116cc78395836),
	.state_open = demo_nothing_state_open,
	.state_close = demo_nothing_state_close,
};

int
demo_nothing_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                   struct demo_nothing *ret_nothing)
{
	return actor_nursery_spawn(nursery, name, &demo_nothing_service, options, &ret_nothing->portal);
}

int
demo_nothing_find_actor(struct actor_nursery *nursery, const char *name, struct demo_nothing *ret_nothing)
{
	return actor_find(nursery, name, &demo_nothing_service, &ret_nothing->portal);
}

int
demo_nothing_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_nothing *ret_nothing)
{
	return actor_wait_for(nursery, name, &demo_nothing_service, &ret_nothing->portal);
}

int
demo_nothing_cluster_open(const struct actor_cluster_options *options, struct demo_nothing_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_nothing_service, options, &ret_cluster->cluster);
}

enum {
	DEMO_SOMETHING_DO_NUMBER,
};

static int
demo_something_do_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_something_ops *something = ops;

	(void)context;
	return something->do_(state, request, reply);
}

static const struct actor_endpoint demo_something_endpoints[] = {
	[DEMO_SOMETHING_DO_NUMBER] = {
		.name = "Do",
		.op = "do_",
		.kind = ACTOR_FUNCTION,
		.request = &demo__thing__message,
		.reply = &demo__thing__message,
		.ops_offset = offsetof(struct demo_something_ops, do_),
		.thunk = demo_something_do_thunk,
	},
};

static int
demo_something_state_open(const void *ops, void **ret_state)
{
	const struct demo_something_ops *something = ops;
	struct demo_something_state *state = NULL;
	int rc = something->state_open != NULL ? something->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_something_state_close(const void *ops, void *state)
{
	const struct demo_something_ops *something = ops;

	if (something->state_close != NULL)
		something->state_close(state);
}

const struct actor_service demo_something_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Something",
	.fingerprint = UINT64_C(0xb51473d422dcdce5),
	.endpoints = demo_something_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_something_endpoints),
	.state_open = demo_something_state_open,
	.state_close = demo_something_state_close,
};

int
demo_something_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                     struct demo_something *ret_something)
{
	return actor_nursery_spawn(nursery, name, &demo_something_service, options, &ret_something->portal);
}

int
demo_something_find_actor(struct actor_nursery *nursery, const char *name, struct demo_something *ret_something)
{
	return actor_find(nursery, name, &demo_something_service, &ret_something->portal);
}

int
demo_something_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_something *ret_something)
{
	return actor_wait_for(nursery, name, &demo_something_service, &ret_something->portal);
}

int
demo_something_cluster_open(const struct actor_cluster_options *options, struct demo_something_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_something_service, options, &ret_cluster->cluster);
}

int
demo_something_do(struct demo_something something, const Demo__Thing *request, Demo__Thing **ret_reply)
{
	return acti_call(something.portal, &demo_something_service, DEMO_SOMETHING_DO_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_something_do_start(struct actor_nursery *nursery, struct demo_something something, const Demo__Thing *request,
                        Demo__Thing **ret_reply)
{
	return acti_call_start(nursery, something.portal, &demo_something_service, DEMO_SOMETHING_DO_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_something_do_run_in_actor(struct actor_nursery *nursery, const char *name,
                               const struct actor_spawn_options *options, const Demo__Thing *request,
                               struct demo_something *ret_something)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "do", options, &demo_something_service,
	                         DEMO_SOMETHING_DO_NUMBER, (const ProtobufCMessage *)request, &ret_something->portal);
}

int
demo_something_do_wait_for_result(struct demo_something something, Demo__Thing **ret_reply)
{
	return acti_wait_for_result(something.portal, &demo_something_service, DEMO_SOMETHING_DO_NUMBER, ret_reply);
}
