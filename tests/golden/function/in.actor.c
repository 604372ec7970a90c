/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__square_request__message = {
	.descriptor = &demo__square_request__descriptor,
};

static const struct actor_message demo__square_reply__message = {
	.descriptor = &demo__square_reply__descriptor,
};

static const struct actor_message demo__too_large__message = {
	.descriptor = &demo__too_large__descriptor,
};

static const struct actor_message demo__overflow__message = {
	.descriptor = &demo__overflow__descriptor,
};

static const struct actor_message google__protobuf__empty__message = {
	.descriptor = &google__protobuf__empty__descriptor,
};

enum {
	DEMO_TREE_SQUARE_NUMBER,
	DEMO_TREE_COUNT_NUMBER,
};

static int
demo_tree_square_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;

	(void)context;
	return tree->square(state, request, reply);
}

static const struct actor_message *const demo_tree_square_raises[] = {
	&demo__too_large__message,
	&demo__overflow__message,
	NULL,
};

static int
demo_tree_count_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_tree_ops *tree = ops;

	(void)context;
	return tree->count(state, request, reply);
}

static const struct actor_endpoint demo_tree_endpoints[] = {
	[DEMO_TREE_SQUARE_NUMBER] = {
		.name = "Square",
		.op = "square",
		.kind = ACTOR_FUNCTION,
		.request = &demo__square_request__message,
		.reply = &demo__square_reply__message,
		.raises = demo_tree_square_raises,
		.ops_offset = offsetof(struct demo_tree_ops, square),
		.thunk = demo_tree_square_thunk,
	},
	[DEMO_TREE_COUNT_NUMBER] = {
		.name = "Count",
		.op = "count",
		.kind = ACTOR_FUNCTION,
		.request = &google__protobuf__empty__message,
		.reply = &demo__square_reply__message,
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
	.fingerprint = UINT64_C(0xe5e23034de0de19e),
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
demo_tree_raise_too_large(const Demo__TooLarge *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__TooLarge *
demo_tree_raised_too_large(const struct actor_error *error)
{
	return acti_raised(error, &demo__too_large__message);
}

int
demo_tree_raise_overflow(const Demo__Overflow *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Demo__Overflow *
demo_tree_raised_overflow(const struct actor_error *error)
{
	return acti_raised(error, &demo__overflow__message);
}

int
demo_tree_square(struct demo_tree tree, const Demo__SquareRequest *request, Demo__SquareReply **ret_reply)
{
	return acti_call(tree.portal, &demo_tree_service, DEMO_TREE_SQUARE_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_tree_square_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__SquareRequest *request,
                       Demo__SquareReply **ret_reply)
{
	return acti_call_start(nursery, tree.portal, &demo_tree_service, DEMO_TREE_SQUARE_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_tree_square_run_in_actor(struct actor_nursery *nursery, const char *name,
                              const struct actor_spawn_options *options, const Demo__SquareRequest *request,
                              struct demo_tree *ret_tree)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "square", options, &demo_tree_service,
	                         DEMO_TREE_SQUARE_NUMBER, (const ProtobufCMessage *)request, &ret_tree->portal);
}

int
demo_tree_square_wait_for_result(struct demo_tree tree, Demo__SquareReply **ret_reply)
{
	return acti_wait_for_result(tree.portal, &demo_tree_service, DEMO_TREE_SQUARE_NUMBER, ret_reply);
}

int
demo_tree_count(struct demo_tree tree, const Google__Protobuf__Empty *request, Demo__SquareReply **ret_reply)
{
	return acti_call(tree.portal, &demo_tree_service, DEMO_TREE_COUNT_NUMBER, (const ProtobufCMessage *)request,
	                 ret_reply);
}

int
demo_tree_count_start(struct actor_nursery *nursery, struct demo_tree tree, const Google__Protobuf__Empty *request,
                      Demo__SquareReply **ret_reply)
{
	return acti_call_start(nursery, tree.portal, &demo_tree_service, DEMO_TREE_COUNT_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_tree_count_run_in_actor(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                             const Google__Protobuf__Empty *request, struct demo_tree *ret_tree)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "count", options, &demo_tree_service,
	                         DEMO_TREE_COUNT_NUMBER, (const ProtobufCMessage *)request, &ret_tree->portal);
}

int
demo_tree_count_wait_for_result(struct demo_tree tree, Demo__SquareReply **ret_reply)
{
	return acti_wait_for_result(tree.portal, &demo_tree_service, DEMO_TREE_COUNT_NUMBER, ret_reply);
}
