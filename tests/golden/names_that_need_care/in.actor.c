/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message demo__item__message = {
	.descriptor = &demo__item__descriptor,
};

enum {
	DEMO_NURSERY_DELETE_NUMBER,
	DEMO_NURSERY_ERRNO_NUMBER,
	DEMO_NURSERY_HTTPGET_NUMBER,
	DEMO_NURSERY_UNDER_SCORE_NUMBER,
};

static int
demo_nursery_delete_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_nursery_ops *nursery_portal = ops;

	(void)context;
	return nursery_portal->delete_(state, request, reply);
}

static int
demo_nursery_errno_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_nursery_ops *nursery_portal = ops;

	(void)context;
	return nursery_portal->errno_(state, request, reply);
}

static int
demo_nursery_httpget_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_nursery_ops *nursery_portal = ops;

	(void)context;
	return nursery_portal->httpget(state, request, reply);
}

static int
demo_nursery_under_score_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                               void *reply)
{
	const struct demo_nursery_ops *nursery_portal = ops;

	(void)context;
	return nursery_portal->_under_score(state, request, reply);
}

static const struct actor_endpoint demo_nursery_endpoints[] = {
	[DEMO_NURSERY_DELETE_NUMBER] = {
		.name = "Delete",
		.op = "delete_",
		.kind = ACTOR_FUNCTION,
		.request = &demo__item__message,
		.reply = &demo__item__message,
		.ops_offset = offsetof(struct demo_nursery_ops, delete_),
		.thunk = demo_nursery_delete_thunk,
	},
	[DEMO_NURSERY_ERRNO_NUMBER] = {
		.name = "Errno",
		.op = "errno_",
		.kind = ACTOR_FUNCTION,
		.request = &demo__item__message,
		.reply = &demo__item__message,
		.ops_offset = offsetof(struct demo_nursery_ops, errno_),
		.thunk = demo_nursery_errno_thunk,
	},
	[DEMO_NURSERY_HTTPGET_NUMBER] = {
		.name = "HTTPGet",
		.op = "httpget",
		.kind = ACTOR_FUNCTION,
		.request = &demo__item__message,
		.reply = &demo__item__message,
		.ops_offset = offsetof(struct demo_nursery_ops, httpget),
		.thunk = demo_nursery_httpget_thunk,
	},
	[DEMO_NURSERY_UNDER_SCORE_NUMBER] = {
		.name = "_under__Score",
		.op = "_under_score",
		.kind = ACTOR_FUNCTION,
		.request = &demo__item__message,
		.reply = &demo__item__message,
		.ops_offset = offsetof(struct demo_nursery_ops, _under_score),
		.thunk = demo_nursery_under_score_thunk,
	},
};

static int
demo_nursery_state_open(const void *ops, void **ret_state)
{
	const struct demo_nursery_ops *nursery_portal = ops;
	struct demo_nursery_state *state = NULL;
	int rc = nursery_portal->state_open != NULL ? nursery_portal->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_nursery_state_close(const void *ops, void *state)
{
	const struct demo_nursery_ops *nursery_portal = ops;

	if (nursery_portal->state_close != NULL)
		nursery_portal->state_close(state);
}

const struct actor_service demo_nursery_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Nursery",
	.fingerprint = UINT64_C(0xabf0c862c1d34677),
	.endpoints = demo_nursery_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_nursery_endpoints),
	.state_open = demo_nursery_state_open,
	.state_close = demo_nursery_state_close,
};

int
demo_nursery_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                   struct demo_nursery *ret_nursery_portal)
{
	return actor_nursery_spawn(nursery, name, &demo_nursery_service, options, &ret_nursery_portal->portal);
}

int
demo_nursery_find_actor(struct actor_nursery *nursery, const char *name, struct demo_nursery *ret_nursery_portal)
{
	return actor_find(nursery, name, &demo_nursery_service, &ret_nursery_portal->portal);
}

int
demo_nursery_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_nursery *ret_nursery_portal)
{
	return actor_wait_for(nursery, name, &demo_nursery_service, &ret_nursery_portal->portal);
}

int
demo_nursery_cluster_open(const struct actor_cluster_options *options, struct demo_nursery_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_nursery_service, options, &ret_cluster->cluster);
}

int
demo_nursery_delete(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
{
	return acti_call(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_DELETE_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_delete_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal, const Demo__Item *request,
                          Demo__Item **ret_reply)
{
	return acti_call_start(nursery, nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_DELETE_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_delete_run_in_actor(struct actor_nursery *nursery, const char *name,
                                 const struct actor_spawn_options *options, const Demo__Item *request,
                                 struct demo_nursery *ret_nursery_portal)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "delete", options, &demo_nursery_service,
	                         DEMO_NURSERY_DELETE_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_nursery_portal->portal);
}

int
demo_nursery_delete_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply)
{
	return acti_wait_for_result(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_DELETE_NUMBER,
	                            ret_reply);
}

int
demo_nursery_errno(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
{
	return acti_call(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_ERRNO_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_errno_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal, const Demo__Item *request,
                         Demo__Item **ret_reply)
{
	return acti_call_start(nursery, nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_ERRNO_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_errno_run_in_actor(struct actor_nursery *nursery, const char *name,
                                const struct actor_spawn_options *options, const Demo__Item *request,
                                struct demo_nursery *ret_nursery_portal)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "errno", options, &demo_nursery_service,
	                         DEMO_NURSERY_ERRNO_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_nursery_portal->portal);
}

int
demo_nursery_errno_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply)
{
	return acti_wait_for_result(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_ERRNO_NUMBER, ret_reply);
}

int
demo_nursery_httpget(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
{
	return acti_call(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_HTTPGET_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_httpget_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal, const Demo__Item *request,
                           Demo__Item **ret_reply)
{
	return acti_call_start(nursery, nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_HTTPGET_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_httpget_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Demo__Item *request,
                                  struct demo_nursery *ret_nursery_portal)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "httpget", options, &demo_nursery_service,
	                         DEMO_NURSERY_HTTPGET_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_nursery_portal->portal);
}

int
demo_nursery_httpget_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply)
{
	return acti_wait_for_result(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_HTTPGET_NUMBER,
	                            ret_reply);
}

int
demo_nursery_under_score(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
{
	return acti_call(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_UNDER_SCORE_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_under_score_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal,
                               const Demo__Item *request, Demo__Item **ret_reply)
{
	return acti_call_start(nursery, nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_UNDER_SCORE_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_nursery_under_score_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Demo__Item *request,
                                      struct demo_nursery *ret_nursery_portal)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "_under_score", options, &demo_nursery_service,
	                         DEMO_NURSERY_UNDER_SCORE_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_nursery_portal->portal);
}

int
demo_nursery_under_score_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply)
{
	return acti_wait_for_result(nursery_portal.portal, &demo_nursery_service, DEMO_NURSERY_UNDER_SCORE_NUMBER,
	                            ret_reply);
}

enum {
	DEMO_INT_SPAWNED_NUMBER,
};

static int
demo_int_spawned_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct demo_int_ops *int_portal = ops;

	(void)context;
	return int_portal->spawned(state, request, reply);
}

static const struct actor_endpoint demo_int_endpoints[] = {
	[DEMO_INT_SPAWNED_NUMBER] = {
		.name = "Spawned",
		.op = "spawned",
		.kind = ACTOR_FUNCTION,
		.request = &demo__item__message,
		.reply = &demo__item__message,
		.ops_offset = offsetof(struct demo_int_ops, spawned),
		.thunk = demo_int_spawned_thunk,
	},
};

static int
demo_int_state_open(const void *ops, void **ret_state)
{
	const struct demo_int_ops *int_portal = ops;
	struct demo_int_state *state = NULL;
	int rc = int_portal->state_open != NULL ? int_portal->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_int_state_close(const void *ops, void *state)
{
	const struct demo_int_ops *int_portal = ops;

	if (int_portal->state_close != NULL)
		int_portal->state_close(state);
}

const struct actor_service demo_int_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Int",
	.fingerprint = UINT64_C(0x8ba25a51109e66eb),
	.endpoints = demo_int_endpoints,
	.endpoint_count = ACTOR_COUNT(demo_int_endpoints),
	.state_open = demo_int_state_open,
	.state_close = demo_int_state_close,
};

int
demo_int_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
               struct demo_int *ret_int_portal)
{
	return actor_nursery_spawn(nursery, name, &demo_int_service, options, &ret_int_portal->portal);
}

int
demo_int_find_actor(struct actor_nursery *nursery, const char *name, struct demo_int *ret_int_portal)
{
	return actor_find(nursery, name, &demo_int_service, &ret_int_portal->portal);
}

int
demo_int_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_int *ret_int_portal)
{
	return actor_wait_for(nursery, name, &demo_int_service, &ret_int_portal->portal);
}

int
demo_int_cluster_open(const struct actor_cluster_options *options, struct demo_int_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_int_service, options, &ret_cluster->cluster);
}

int
demo_int_spawned(struct demo_int int_portal, const Demo__Item *request, Demo__Item **ret_reply)
{
	return acti_call(int_portal.portal, &demo_int_service, DEMO_INT_SPAWNED_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
demo_int_spawned_start(struct actor_nursery *nursery, struct demo_int int_portal, const Demo__Item *request,
                       Demo__Item **ret_reply)
{
	return acti_call_start(nursery, int_portal.portal, &demo_int_service, DEMO_INT_SPAWNED_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
demo_int_spawned_run_in_actor(struct actor_nursery *nursery, const char *name,
                              const struct actor_spawn_options *options, const Demo__Item *request,
                              struct demo_int *ret_int_portal)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "spawned", options, &demo_int_service,
	                         DEMO_INT_SPAWNED_NUMBER, (const ProtobufCMessage *)request, &ret_int_portal->portal);
}

int
demo_int_spawned_wait_for_result(struct demo_int int_portal, Demo__Item **ret_reply)
{
	return acti_wait_for_result(int_portal.portal, &demo_int_service, DEMO_INT_SPAWNED_NUMBER, ret_reply);
}

static int
demo_cluster_state_open(const void *ops, void **ret_state)
{
	const struct demo_cluster_ops *cluster = ops;
	struct demo_cluster_state *state = NULL;
	int rc = cluster->state_open != NULL ? cluster->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_cluster_state_close(const void *ops, void *state)
{
	const struct demo_cluster_ops *cluster = ops;

	if (cluster->state_close != NULL)
		cluster->state_close(state);
}

const struct actor_service demo_cluster_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Cluster",
	.fingerprint = UINT64_C(0x3d9019a3ac9273d7),
	.state_open = demo_cluster_state_open,
	.state_close = demo_cluster_state_close,
};

int
demo_cluster_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                   struct demo_cluster *ret_cluster)
{
	return actor_nursery_spawn(nursery, name, &demo_cluster_service, options, &ret_cluster->portal);
}

int
demo_cluster_find_actor(struct actor_nursery *nursery, const char *name, struct demo_cluster *ret_cluster)
{
	return actor_find(nursery, name, &demo_cluster_service, &ret_cluster->portal);
}

int
demo_cluster_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_cluster *ret_cluster)
{
	return actor_wait_for(nursery, name, &demo_cluster_service, &ret_cluster->portal);
}

int
demo_cluster_cluster_open(const struct actor_cluster_options *options, struct demo_cluster_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_cluster_service, options, &ret_cluster->cluster);
}

static int
demo_worker_state_open(const void *ops, void **ret_state)
{
	const struct demo_worker_ops *worker = ops;
	struct demo_worker_state *state = NULL;
	int rc = worker->state_open != NULL ? worker->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
demo_worker_state_close(const void *ops, void *state)
{
	const struct demo_worker_ops *worker = ops;

	if (worker->state_close != NULL)
		worker->state_close(state);
}

const struct actor_service demo_worker_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "demo.Worker",
	.fingerprint = UINT64_C(0x6a53938133db0fcd),
	.state_open = demo_worker_state_open,
	.state_close = demo_worker_state_close,
};

int
demo_worker_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                  struct demo_worker *ret_worker)
{
	return actor_nursery_spawn(nursery, name, &demo_worker_service, options, &ret_worker->portal);
}

int
demo_worker_find_actor(struct actor_nursery *nursery, const char *name, struct demo_worker *ret_worker)
{
	return actor_find(nursery, name, &demo_worker_service, &ret_worker->portal);
}

int
demo_worker_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_worker *ret_worker)
{
	return actor_wait_for(nursery, name, &demo_worker_service, &ret_worker->portal);
}

int
demo_worker_cluster_open(const struct actor_cluster_options *options, struct demo_worker_cluster *ret_cluster)
{
	return acti_cluster_open(&demo_worker_service, options, &ret_cluster->cluster);
}
