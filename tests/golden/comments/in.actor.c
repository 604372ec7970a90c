/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__thing__message = {
	.descriptor = &demo__thing__descriptor,
};

enum {
	DEMO_TREE_LONG_NUMBER,
	DEMO_TREE_GLOB_NUMBER,
	DEMO_TREE_BEHIND_NUMBER,
	DEMO_TREE_UNTOLD_NUMBER,
};

static int
demo_tree_long_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;

	(void)context;
	return tree->long_(state, request, reply);
}

static int
demo_tree_glob_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;

	(void)context;
	return tree->glob(state, request, reply);
}

static int
demo_tree_behind_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;

	(void)context;
	return tree->behind(state, request, reply);
}

static int
demo_tree_untold_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;

	(void)context;
	return tree->untold(state, request, reply);
}

static const struct actor_endpoint demo_tree_endpoints[] = {
	[DEMO_TREE_LONG_NUMBER] = {
		.name = "Long",
		.op = "long_",
		.kind = ACTOR_FUNCTION,
		.request = &demo__thing__message,
		.reply = &demo__thing__message,
		.ops_offset = offsetof(struct demo_tree_ops, long_),
		.thunk = demo_tree_long_thunk,
	},
	[DEMO_TREE_GLOB_NUMBER] = {
		.name = "Glob",
		.op = "glob",
		.kind = ACTOR_FUNCTION,
		.request = &demo__thing__message,
		.reply = &demo__thing__message,
		.ops_offset = offsetof(struct demo_tree_ops, glob),
		.thunk = demo_tree_glob_thunk,
	},
	[DEMO_TREE_BEHIND_NUMBER] = {
		.name = "Behind",
		.op = "behind",
		.kind = ACTOR_FUNCTION,
		.request = &demo__thing__message,
		.reply = &demo__thing__message,
		.ops_offset = offsetof(struct demo_tree_ops, behind),
		.thunk = demo_tree_behind_thunk,
	},
	[DEMO_TREE_UNTOLD_NUMBER] = {
		.name = "Untold",
		.op = "untold",
		.kind = ACTOR_FUNCTION,
		.request = &demo__thing__message,
		.reply = &demo__thing__message,
		.ops_offset = offsetof(struct demo_tree_ops, untold),
		.thunk = demo_tree_untold_thunk,
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
	.fingerprint = UINT64_C(0x3c77a0e415fd9901),
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
demo_tree_long(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply)
{
	return acti_call(tree.portal, &demo_tree_service, DEMO_TREE_LONG_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_tree_long_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                     Demo__Thing **ret_reply)
{
	return acti_call_start(nursery, tree.portal, &demo_tree_service, DEMO_TREE_LONG_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_tree_long_run_in_actor(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                            const Demo__Thing *request, struct demo_tree *ret_tree)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "long", options, &demo_tree_service,
	                         DEMO_TREE_LONG_NUMBER, (const ProtobufCMessage *)request, &ret_tree->portal);
}

int
demo_tree_long_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply)
{
	return acti_wait_for_result(tree.portal, &demo_tree_service, DEMO_TREE_LONG_NUMBER, ret_reply);
}

int
demo_tree_glob(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply)
{
	return acti_call(tree.portal, &demo_tree_service, DEMO_TREE_GLOB_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_tree_glob_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                     Demo__Thing **ret_reply)
{
	return acti_call_start(nursery, tree.portal, &demo_tree_service, DEMO_TREE_GLOB_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_tree_glob_run_in_actor(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                            const Demo__Thing *request, struct demo_tree *ret_tree)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "glob", options, &demo_tree_service,
	                         DEMO_TREE_GLOB_NUMBER, (const ProtobufCMessage *)request, &ret_tree->portal);
}

int
demo_tree_glob_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply)
{
	return acti_wait_for_result(tree.portal, &demo_tree_service, DEMO_TREE_GLOB_NUMBER, ret_reply);
}

int
demo_tree_behind(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply)
{
	return acti_call(tree.portal, &demo_tree_service, DEMO_TREE_BEHIND_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_tree_behind_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                       Demo__Thing **ret_reply)
{
	return acti_call_start(nursery, tree.portal, &demo_tree_service, DEMO_TREE_BEHIND_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_tree_behind_run_in_actor(struct actor_nursery *nursery, const char *name,
                              const struct actor_spawn_options *options, const Demo__Thing *request,
                              struct demo_tree *ret_tree)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "behind", options, &demo_tree_service,
	                         DEMO_TREE_BEHIND_NUMBER, (const ProtobufCMessage *)request, &ret_tree->portal);
}

int
demo_tree_behind_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply)
{
	return acti_wait_for_result(tree.portal, &demo_tree_service, DEMO_TREE_BEHIND_NUMBER, ret_reply);
}

int
demo_tree_untold(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply)
{
	return acti_call(tree.portal, &demo_tree_service, DEMO_TREE_UNTOLD_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_tree_untold_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                       Demo__Thing **ret_reply)
{
	return acti_call_start(nursery, tree.portal, &demo_tree_service, DEMO_TREE_UNTOLD_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_tree_untold_run_in_actor(struct actor_nursery *nursery, const char *name,
                              const struct actor_spawn_options *options, const Demo__Thing *request,
                              struct demo_tree *ret_tree)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "untold", options, &demo_tree_service,
	                         DEMO_TREE_UNTOLD_NUMBER, (const ProtobufCMessage *)request, &ret_tree->portal);
}

int
demo_tree_untold_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply)
{
	return acti_wait_for_result(tree.portal, &demo_tree_service, DEMO_TREE_UNTOLD_NUMBER, ret_reply);
}
