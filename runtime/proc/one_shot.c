/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A one-shot is an actor with a main task: one call, whose end is the actor's.  The result is kept packed with the
 * portal, beyond the nursery, until the task that opened the nursery ends, so that it can be had again and again;
 * whether it is there is a flag of its own, as an empty message is a result like any other.
 */
#include <errno.h>
#include <proc/child.h>
#include <string.h>

struct acti_one_shot {
	struct acti_call call;
	struct acti_portal *portal;
	const struct actor_service *service;
	size_t endpoint;
	bool is_accepted, is_done;
	struct acti_list waiters;
	struct acti_list blocks;   /* the packed result, or the error */
	struct actor_error *error; /* NULL once it has ended well */
};

static struct acti_one_shot *
of_call(struct acti_call *call)
{
	return acti_container_of(call, struct acti_one_shot, call);
}

void
acti_one_shot_free(struct acti_portal *portal)
{
	struct acti_one_shot *self = portal->one_shot;
	struct acti_scheduler *scheduler = &portal->actor->scheduler;

	if (self == NULL)
		return;
	portal->one_shot = NULL;
	acti_wake_all(&self->waiters);
	if (self->error != NULL)
		acti_error_reset(&scheduler->errors, self->error);
	acti_pool_release_all(&scheduler->pool, &self->blocks);
	acti_pool_release(&scheduler->pool, self);
}

static void
on_accepted(struct acti_call *call)
{
	of_call(call)->is_accepted = true;
	acti_wake_all(&of_call(call)->waiters);
}

/* The main task has ended, and so does its actor; a failure is its nursery's too, whether somebody waits or not. */
static void
on_done(struct acti_call *call)
{
	struct acti_one_shot *self = of_call(call);
	struct acti_child_process *child = self->portal->child;

	self->is_done = true;
	acti_wake_all(&self->waiters);
	if (call->rc == 0) {
		acti_pool_release(&self->portal->actor->scheduler.pool, self->error);
		self->error = NULL;
	}
	if (child == NULL)
		return;
	/* The death of the process, when that is what ended the call, is told by the child's own end. */
	if (call->rc != 0 && !child->is_gone)
		acti_nursery_fail(child->child.nursery, self->error);
	acti_child_process_stop(child);
}

/* Gives the actor its main task, the only one that it ever gets. */
static int
submit(struct acti_portal *portal, const struct actor_service *service, size_t endpoint,
       const struct acti_request *request, struct acti_task *owner)
{
	struct acti_connection *connection;
	struct acti_one_shot *self;
	int rc = acti_portal_connect(acti_portal_handle(portal), &connection);

	if (rc != 0)
		return rc;
	self = acti_pool_allocate(&portal->actor->scheduler.pool, &portal->actor->blocks, sizeof *self);
	if (self == NULL)
		return acti_fail(ACTOR_ENOMEM, "the main task of %s: out of memory", portal->uid.name);
	acti_list_init(&self->blocks);
	self->error = acti_pool_allocate(&portal->actor->scheduler.pool, &self->blocks, sizeof *self->error);
	if (self->error == NULL) {
		acti_pool_release(&portal->actor->scheduler.pool, self);
		return acti_fail(ACTOR_ENOMEM, "the main task of %s: out of memory", portal->uid.name);
	}
	acti_error_init(self->error);
	self->call = (struct acti_call){
		.done = on_done, .accepted = on_accepted, .owner = &self->blocks, .error = self->error
	};
	self->portal = portal;
	self->service = service;
	self->endpoint = endpoint;
	self->is_accepted = self->is_done = false;
	acti_list_init(&self->waiters);
	portal->one_shot = self;
	rc = acti_call_open(connection, &self->call, request);
	if (rc != 0)
		acti_one_shot_free(portal);
	else
		acti_child_process_keep_portal(portal, owner);
	return rc;
}

static int
tell_error(struct acti_one_shot *self)
{
	struct acti_task *task = acti_task_current();

	acti_error_copy(&task->scheduler->errors, &task->error, self->error);
	return self->call.rc;
}

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_one_shot *self = acti_container_of(task->queue, const struct acti_one_shot, waiters);

	acti_view_add(view, self->is_accepted ? "waits for the result of " : "waits for the start of ");
	acti_call_view_name(view, &self->call);
	acti_view_add(view, " in ");
	acti_view_add_uid(view, &self->portal->uid);
}

/* The one-shot behind a portal; ACTOR_NO_RESULT for a daemon's. */
static int
find(struct actor_portal handle, const struct actor_service *service, size_t endpoint,
     struct acti_one_shot **ret_one_shot)
{
	struct acti_portal *portal;
	struct acti_one_shot *self;
	int rc = acti_portal_find(handle, &portal);

	if (rc != 0)
		return rc;
	self = portal->one_shot;
	if (self == NULL) {
		acti_log(portal->actor, ACTI_LOG_WARNING, "%s is a daemon: there is no result to wait for",
		         portal->uid.name);
		return ACTOR_NO_RESULT;
	}
	if (self->service != service || self->endpoint != endpoint)
		return acti_fail(ACTOR_EINVAL, "the main task of %s is %s.%s", portal->uid.name, self->service->name,
		                 self->service->endpoints[self->endpoint].name);
	*ret_one_shot = self;
	return 0;
}

int
acti_run_in_actor(struct actor_nursery *owner, const char *name, const struct actor_spawn_options *options,
                  const struct actor_service *service, size_t endpoint, const ProtobufCMessage *message,
                  struct actor_portal *ret_portal)
{
	struct acti_task *task = acti_task_current();
	struct acti_request request;
	struct actor_portal handle;
	struct acti_nursery *nursery;
	struct acti_portal *portal;
	struct acti_one_shot *self;
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	rc = acti_request_prepare(&request, task->scheduler->actor, service, endpoint, message);
	if (rc == 0)
		rc = actor_nursery_spawn(owner, name != NULL ? name : service->endpoints[endpoint].op, service, options,
		                         &handle);
	if (rc == 0)
		rc = acti_portal_find(handle, &portal);
	if (rc == 0)
		rc = acti_nursery_find(owner, &nursery);
	if (rc != 0)
		return rc;
	request.want_ack = true;
	request.scope = &nursery->scope;
	rc = submit(portal, service, endpoint, &request, nursery->task);
	if (rc != 0 && portal->child != NULL)
		acti_child_process_stop(portal->child);
	self = portal->one_shot;
	while (rc == 0 && !self->is_accepted && !self->is_done) {
		rc = acti_wait(&self->waiters, waiting);
		if (rc == 0)
			rc = find(handle, service, endpoint, &self); /* it may have gone meanwhile */
	}
	if (rc == 0 && !self->is_accepted)
		rc = tell_error(self);
	if (rc == 0)
		*ret_portal = handle;
	return rc;
}

static int
decode(struct acti_one_shot *self, void *ret_reply)
{
	struct acti_task *task = acti_task_current();
	const struct actor_endpoint *endpoint = &self->service->endpoints[self->endpoint];
	struct acti_refusal refusal;
	void *reply;
	int rc = acti_message_decode(&task->scheduler->pool, &task->blocks, &self->portal->actor->limits,
	                             endpoint->reply, self->call.reply, self->call.reply_size, &reply, &refusal);

	if (rc != 0)
		return acti_fail(rc == -ENOMEM ? ACTOR_ENOMEM : ACTOR_EPROTOCOL, "the result of %s: %s", endpoint->name,
		                 rc == -ENOMEM ? "out of memory" : refusal.text);
	memcpy(ret_reply, &reply, sizeof reply);
	return 0;
}

int
acti_wait_for_result(struct actor_portal handle, const struct actor_service *service, size_t endpoint, void *ret_reply)
{
	struct acti_one_shot *self;
	int rc = find(handle, service, endpoint, &self);

	while (rc == 0 && !self->is_done) {
		rc = acti_wait(&self->waiters, waiting);
		if (rc == 0)
			rc = find(handle, service, endpoint, &self); /* it may have gone meanwhile */
	}
	if (rc != 0)
		return rc;
	return self->call.rc != 0 ? tell_error(self) : decode(self, ret_reply);
}
