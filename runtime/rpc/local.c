/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <rpc/connection.h>
#include <rpc/local.h>
#include <string.h>

static int
find(const char *module, struct acti_served **ret_served)
{
	struct acti_task *task = acti_task_current();
	struct actor *actor = task->scheduler->actor;
	struct acti_served *served = acti_actor_find_served(actor, actor->served_count, module, strlen(module));
	int rc = acti_scope_check(task->scope, task);

	if (rc != 0)
		return rc;
	if (served == NULL)
		return acti_fail(ACTOR_EDENIED, "%s does not expose the module %s", actor->uid.name, module);
	if (!served->is_open)
		return acti_fail(ACTOR_ECLOSED, "%s does not serve now", actor->uid.name);
	*ret_served = served;
	return 0;
}

/* The task takes the endpoint's place for that time: typed errors are looked up by what a task serves. */
static int
run(const struct acti_served *served, const struct actor_endpoint *endpoint, const void *request, void **ret_reply)
{
	struct acti_task *task = acti_task_current();
	const struct actor_endpoint *serves_before = task->serves;
	const struct actor_service *service_before = task->service;
	bool itself_before = task->serves_itself;
	struct acti_refusal refusal;
	size_t size;
	int rc;

	*ret_reply = actor_alloc(endpoint->reply->descriptor->sizeof_message);
	if (*ret_reply == NULL)
		return acti_fail(ACTOR_ENOMEM, "the reply of %s: out of memory", endpoint->name);
	acti_payload_init(endpoint->reply->descriptor, *ret_reply);
	task->serves = endpoint;
	task->service = served->service;
	task->serves_itself = true;
	rc = endpoint->thunk(served->ops, served->state, (struct actor_context){ 0 }, request, *ret_reply);
	task->serves = serves_before;
	task->service = service_before;
	task->serves_itself = itself_before;
	if (rc > 0)
		rc = acti_fail(ACTOR_EINVAL, "%s gave %d: 0 is success, an error is negative", endpoint->name, rc);
	if (rc == 0 &&
	    acti_message_measure(&task->scheduler->actor->limits, endpoint->reply, *ret_reply, &size, &refusal) != 0)
		rc = acti_fail(ACTOR_EINVAL, "the reply of %s: %s", endpoint->name, refusal.text);
	if (rc != 0)
		actor_free(*ret_reply);
	return rc;
}

int
acti_local_call(const struct actor_service *service, size_t endpoint, const ProtobufCMessage *message, void *ret_reply)
{
	struct acti_served *served;
	void *reply;
	int rc = find(service->name, &served);

	if (rc == 0 && served->service->fingerprint != service->fingerprint)
		rc = acti_fail(ACTOR_EPROTOCOL, "this actor has another contract of %s", service->name);
	if (rc == 0)
		rc = run(served, &served->service->endpoints[endpoint], message, &reply);
	if (rc == 0 && ret_reply != NULL)
		memcpy(ret_reply, &reply, sizeof reply);
	else if (rc == 0)
		actor_free(reply);
	return rc;
}

/* ---- by name ---- */

static int
find_endpoint(const struct acti_served *served, const char *name, const struct actor_endpoint **ret_endpoint)
{
	const struct actor_service *service = served->service;

	for (size_t i = 0; i < service->endpoint_count; i++)
		if (strcmp(service->endpoints[i].name, name) == 0) {
			*ret_endpoint = &service->endpoints[i];
			return service->endpoints[i].kind == ACTOR_FUNCTION
			           ? 0
			           : acti_fail(ACTOR_EKIND, "%s.%s is not a function", service->name, name);
		}
	return acti_fail(ACTOR_ENOENDPOINT, "%s has no endpoint %s", service->name, name);
}

static int
decode(const struct actor_message *type, struct acti_list *owner, struct actor_bytes bytes, void **ret_message)
{
	struct actor *actor = acti_actor_current();
	struct acti_refusal refusal;
	int rc = acti_message_decode(&actor->scheduler.pool, owner, &actor->limits, type, bytes.data, bytes.size,
	                             ret_message, &refusal);

	if (rc == 0)
		return 0;
	return acti_fail(rc == -ENOMEM ? ACTOR_ENOMEM : ACTOR_EINVAL, "a %s%s",
	                 rc == -ENOMEM ? type->descriptor->name : refusal.text, rc == -ENOMEM ? ": out of memory" : "");
}

static int
pack(const struct actor_message *type, const ProtobufCMessage *message, struct actor_bytes *ret_bytes)
{
	struct acti_refusal refusal;
	unsigned char *bytes;
	size_t size;

	if (acti_message_measure(&acti_actor_current()->limits, type, message, &size, &refusal) != 0)
		return acti_fail(ACTOR_EINVAL, "a %s", refusal.text);
	bytes = actor_alloc(size);
	if (bytes == NULL)
		return acti_fail(ACTOR_ENOMEM, "a %s: out of memory", message->descriptor->name);
	acti_payload_pack(message, bytes, size);
	*ret_bytes = (struct actor_bytes){ bytes, size };
	return 0;
}

int
acti_local_run(const char *module, const char *name, struct actor_bytes bytes, struct actor_bytes *ret_reply)
{
	const struct actor_endpoint *endpoint = NULL;
	struct acti_served *served;
	struct actor_bytes packed;
	void *request, *reply;
	int rc = find(module, &served);

	if (rc == 0)
		rc = find_endpoint(served, name, &endpoint);
	if (rc == 0)
		rc = decode(endpoint->request, &acti_task_current()->blocks, bytes, &request);
	if (rc == 0)
		rc = run(served, endpoint, request, &reply);
	if (rc == 0)
		rc = pack(endpoint->reply, reply, &packed);
	if (rc == 0 && ret_reply != NULL)
		*ret_reply = packed;
	return rc;
}

/* ---- as a child of a nursery ---- */

/* Lives in the memory of the nursery's task, as the reply does. */
struct started {
	const struct actor_service *service;
	size_t endpoint;
	struct acti_task *owner;
	void *ret_reply;
	size_t size;
	unsigned char request[];
};

/* Messages change hands packed: each belongs to the task that has it. */
static int
run_started(void *argument)
{
	struct started *self = argument;
	const struct actor_endpoint *endpoint = &self->service->endpoints[self->endpoint];
	struct actor_bytes bytes = { self->request, self->size };
	void *request, *reply;
	int rc = decode(endpoint->request, &acti_task_current()->blocks, bytes, &request);

	if (rc == 0)
		rc = acti_local_call(self->service, self->endpoint, request, &reply);
	if (rc == 0)
		rc = pack(endpoint->reply, reply, &bytes);
	if (rc == 0 && self->ret_reply != NULL) {
		rc = decode(endpoint->reply, &self->owner->blocks, bytes, &reply);
		if (rc == 0)
			memcpy(self->ret_reply, &reply, sizeof reply);
	}
	acti_pool_release(&acti_actor_current()->scheduler.pool, self);
	return rc;
}

int
acti_local_start(struct actor_nursery *owner, const struct actor_service *service, size_t endpoint,
                 const ProtobufCMessage *message, void *ret_reply)
{
	struct actor *actor = acti_actor_current();
	struct acti_request request;
	struct acti_nursery *nursery;
	struct started *self;
	int rc = acti_nursery_find_open(owner, &nursery);

	if (rc == 0)
		rc = acti_request_prepare(&request, actor, service, endpoint, message);
	if (rc != 0)
		return rc;
	self = acti_pool_allocate(&actor->scheduler.pool, &nursery->task->blocks, sizeof *self + request.size);
	if (self == NULL)
		return acti_fail(ACTOR_ENOMEM, "a call to itself: out of memory");
	*self = (struct started){ service, endpoint, nursery->task, ret_reply, request.size };
	acti_payload_pack(message, self->request, request.size);
	rc = actor_nursery_start(owner, run_started, self);
	if (rc != 0)
		acti_pool_release(&actor->scheduler.pool, self);
	return rc;
}
