/* Emitted by actorgen from actor/registrar.proto.  Edit that file, not this one. */
#include "actor/registrar.actor.h"

static const struct actor_message actor__addresses__message = {
	.descriptor = &actor__addresses__descriptor,
};

static const struct actor_message google__protobuf__empty__message = {
	.descriptor = &google__protobuf__empty__descriptor,
};

static const struct actor_message actor__actor_name__message = {
	.descriptor = &actor__actor_name__descriptor,
};

static const struct actor_message actor__registrations__message = {
	.descriptor = &actor__registrations__descriptor,
};

static const struct actor_message actor__registration__message = {
	.descriptor = &actor__registration__descriptor,
};

enum {
	ACTOR_REGISTRAR_REGISTER_NUMBER,
	ACTOR_REGISTRAR_UNREGISTER_NUMBER,
	ACTOR_REGISTRAR_FIND_NUMBER,
	ACTOR_REGISTRAR_WAIT_FOR_NUMBER,
	ACTOR_REGISTRAR_LIST_NUMBER,
	ACTOR_REGISTRAR_REPORT_NUMBER,
};

static int
actor_registrar_register_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                               void *reply)
{
	const struct actor_registrar_ops *registrar = ops;

	(void)context;
	return registrar->register_(state, request, reply);
}

static int
actor_registrar_unregister_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                                 void *reply)
{
	const struct actor_registrar_ops *registrar = ops;

	(void)context;
	return registrar->unregister(state, request, reply);
}

static int
actor_registrar_find_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct actor_registrar_ops *registrar = ops;

	(void)context;
	return registrar->find(state, request, reply);
}

static int
actor_registrar_wait_for_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                               void *reply)
{
	const struct actor_registrar_ops *registrar = ops;

	(void)context;
	return registrar->wait_for(state, request, reply);
}

static int
actor_registrar_list_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	const struct actor_registrar_ops *registrar = ops;

	(void)context;
	return registrar->list(state, request, reply);
}

static int
actor_registrar_report_thunk(const void *ops, void *state, struct actor_context context, const void *request,
                             void *reply)
{
	const struct actor_registrar_ops *registrar = ops;

	(void)context;
	return registrar->report(state, request, reply);
}

static const struct actor_endpoint actor_registrar_endpoints[] = {
	[ACTOR_REGISTRAR_REGISTER_NUMBER] = {
		.name = "Register",
		.op = "register_",
		.kind = ACTOR_FUNCTION,
		.request = &actor__addresses__message,
		.reply = &google__protobuf__empty__message,
		.ops_offset = offsetof(struct actor_registrar_ops, register_),
		.thunk = actor_registrar_register_thunk,
	},
	[ACTOR_REGISTRAR_UNREGISTER_NUMBER] = {
		.name = "Unregister",
		.op = "unregister",
		.kind = ACTOR_FUNCTION,
		.request = &google__protobuf__empty__message,
		.reply = &google__protobuf__empty__message,
		.ops_offset = offsetof(struct actor_registrar_ops, unregister),
		.thunk = actor_registrar_unregister_thunk,
	},
	[ACTOR_REGISTRAR_FIND_NUMBER] = {
		.name = "Find",
		.op = "find",
		.kind = ACTOR_FUNCTION,
		.request = &actor__actor_name__message,
		.reply = &actor__registrations__message,
		.ops_offset = offsetof(struct actor_registrar_ops, find),
		.thunk = actor_registrar_find_thunk,
	},
	[ACTOR_REGISTRAR_WAIT_FOR_NUMBER] = {
		.name = "WaitFor",
		.op = "wait_for",
		.kind = ACTOR_FUNCTION,
		.request = &actor__actor_name__message,
		.reply = &actor__registrations__message,
		.ops_offset = offsetof(struct actor_registrar_ops, wait_for),
		.thunk = actor_registrar_wait_for_thunk,
	},
	[ACTOR_REGISTRAR_LIST_NUMBER] = {
		.name = "List",
		.op = "list",
		.kind = ACTOR_FUNCTION,
		.request = &actor__actor_name__message,
		.reply = &actor__registrations__message,
		.ops_offset = offsetof(struct actor_registrar_ops, list),
		.thunk = actor_registrar_list_thunk,
	},
	[ACTOR_REGISTRAR_REPORT_NUMBER] = {
		.name = "Report",
		.op = "report",
		.kind = ACTOR_FUNCTION,
		.request = &actor__registration__message,
		.reply = &google__protobuf__empty__message,
		.ops_offset = offsetof(struct actor_registrar_ops, report),
		.thunk = actor_registrar_report_thunk,
	},
};

static int
actor_registrar_state_open(const void *ops, void **ret_state)
{
	const struct actor_registrar_ops *registrar = ops;
	struct actor_registrar_state *state = NULL;
	int rc = registrar->state_open != NULL ? registrar->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
actor_registrar_state_close(const void *ops, void *state)
{
	const struct actor_registrar_ops *registrar = ops;

	if (registrar->state_close != NULL)
		registrar->state_close(state);
}

const struct actor_service actor_registrar_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "actor.Registrar",
	.fingerprint = UINT64_C(0xb5f0258a7c87ef3d),
	.endpoints = actor_registrar_endpoints,
	.endpoint_count = ACTOR_COUNT(actor_registrar_endpoints),
	.state_open = actor_registrar_state_open,
	.state_close = actor_registrar_state_close,
};

int
actor_registrar_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                      struct actor_registrar *ret_registrar)
{
	return actor_nursery_spawn(nursery, name, &actor_registrar_service, options, &ret_registrar->portal);
}

int
actor_registrar_find_actor(struct actor_nursery *nursery, const char *name, struct actor_registrar *ret_registrar)
{
	return actor_find(nursery, name, &actor_registrar_service, &ret_registrar->portal);
}

int
actor_registrar_wait_for_actor(struct actor_nursery *nursery, const char *name, struct actor_registrar *ret_registrar)
{
	return actor_wait_for(nursery, name, &actor_registrar_service, &ret_registrar->portal);
}

int
actor_registrar_cluster_open(const struct actor_cluster_options *options, struct actor_registrar_cluster *ret_cluster)
{
	return acti_cluster_open(&actor_registrar_service, options, &ret_cluster->cluster);
}

int
actor_registrar_register(struct actor_registrar registrar, const Actor__Addresses *request,
                         Google__Protobuf__Empty **ret_reply)
{
	return acti_call(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_REGISTER_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_register_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                               const Actor__Addresses *request, Google__Protobuf__Empty **ret_reply)
{
	return acti_call_start(nursery, registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_REGISTER_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_register_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Actor__Addresses *request,
                                      struct actor_registrar *ret_registrar)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "register", options, &actor_registrar_service,
	                         ACTOR_REGISTRAR_REGISTER_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_registrar->portal);
}

int
actor_registrar_register_wait_for_result(struct actor_registrar registrar, Google__Protobuf__Empty **ret_reply)
{
	return acti_wait_for_result(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_REGISTER_NUMBER,
	                            ret_reply);
}

int
actor_registrar_unregister(struct actor_registrar registrar, const Google__Protobuf__Empty *request,
                           Google__Protobuf__Empty **ret_reply)
{
	return acti_call(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_UNREGISTER_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_unregister_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                                 const Google__Protobuf__Empty *request, Google__Protobuf__Empty **ret_reply)
{
	return acti_call_start(nursery, registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_UNREGISTER_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_unregister_run_in_actor(struct actor_nursery *nursery, const char *name,
                                        const struct actor_spawn_options *options,
                                        const Google__Protobuf__Empty *request, struct actor_registrar *ret_registrar)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "unregister", options, &actor_registrar_service,
	                         ACTOR_REGISTRAR_UNREGISTER_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_registrar->portal);
}

int
actor_registrar_unregister_wait_for_result(struct actor_registrar registrar, Google__Protobuf__Empty **ret_reply)
{
	return acti_wait_for_result(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_UNREGISTER_NUMBER,
	                            ret_reply);
}

int
actor_registrar_find(struct actor_registrar registrar, const Actor__ActorName *request,
                     Actor__Registrations **ret_reply)
{
	return acti_call(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_FIND_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_find_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                           const Actor__ActorName *request, Actor__Registrations **ret_reply)
{
	return acti_call_start(nursery, registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_FIND_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_find_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Actor__ActorName *request,
                                  struct actor_registrar *ret_registrar)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "find", options, &actor_registrar_service,
	                         ACTOR_REGISTRAR_FIND_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_registrar->portal);
}

int
actor_registrar_find_wait_for_result(struct actor_registrar registrar, Actor__Registrations **ret_reply)
{
	return acti_wait_for_result(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_FIND_NUMBER, ret_reply);
}

int
actor_registrar_wait_for(struct actor_registrar registrar, const Actor__ActorName *request,
                         Actor__Registrations **ret_reply)
{
	return acti_call(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_WAIT_FOR_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_wait_for_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                               const Actor__ActorName *request, Actor__Registrations **ret_reply)
{
	return acti_call_start(nursery, registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_WAIT_FOR_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_wait_for_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Actor__ActorName *request,
                                      struct actor_registrar *ret_registrar)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "wait_for", options, &actor_registrar_service,
	                         ACTOR_REGISTRAR_WAIT_FOR_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_registrar->portal);
}

int
actor_registrar_wait_for_wait_for_result(struct actor_registrar registrar, Actor__Registrations **ret_reply)
{
	return acti_wait_for_result(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_WAIT_FOR_NUMBER,
	                            ret_reply);
}

int
actor_registrar_list(struct actor_registrar registrar, const Actor__ActorName *request,
                     Actor__Registrations **ret_reply)
{
	return acti_call(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_LIST_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_list_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                           const Actor__ActorName *request, Actor__Registrations **ret_reply)
{
	return acti_call_start(nursery, registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_LIST_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_list_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Actor__ActorName *request,
                                  struct actor_registrar *ret_registrar)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "list", options, &actor_registrar_service,
	                         ACTOR_REGISTRAR_LIST_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_registrar->portal);
}

int
actor_registrar_list_wait_for_result(struct actor_registrar registrar, Actor__Registrations **ret_reply)
{
	return acti_wait_for_result(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_LIST_NUMBER, ret_reply);
}

int
actor_registrar_report(struct actor_registrar registrar, const Actor__Registration *request,
                       Google__Protobuf__Empty **ret_reply)
{
	return acti_call(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_REPORT_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_report_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                             const Actor__Registration *request, Google__Protobuf__Empty **ret_reply)
{
	return acti_call_start(nursery, registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_REPORT_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
actor_registrar_report_run_in_actor(struct actor_nursery *nursery, const char *name,
                                    const struct actor_spawn_options *options, const Actor__Registration *request,
                                    struct actor_registrar *ret_registrar)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "report", options, &actor_registrar_service,
	                         ACTOR_REGISTRAR_REPORT_NUMBER, (const ProtobufCMessage *)request,
	                         &ret_registrar->portal);
}

int
actor_registrar_report_wait_for_result(struct actor_registrar registrar, Google__Protobuf__Empty **ret_reply)
{
	return acti_wait_for_result(registrar.portal, &actor_registrar_service, ACTOR_REGISTRAR_REPORT_NUMBER,
	                            ret_reply);
}
