/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_actor.h>

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static struct test_actor *
of_actor(struct actor *actor)
{
	return acti_container_of(acti_proc_of(actor), struct test_actor, proc);
}

static struct test_actor *
of_connection(struct acti_connection *connection)
{
	return acti_container_of(connection, struct test_actor, connection);
}

struct actor *
test_actor_of(struct test_actor *self)
{
	return &self->proc.actor;
}

/* ---- the owner of the connection ---- */

static void
take_hello(struct test_actor *self, const unsigned char *body, size_t size)
{
	struct actor *actor = &self->proc.actor;

	acti_connection_take_hello(&self->connection, body, size, NULL);
	demand(self->connection.is_open);
	self->portal = acti_portal_new(actor, &self->connection.peer, &self->connection);
	demand(self->portal != NULL);
	self->portal->pid = (int)actor->wire->hello.pid;
	self->handle = acti_portal_handle(self->portal);
}

static void
on_frame(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	struct test_actor *self = of_connection(connection);

	self->frames[frame->kind]++;
	if (frame->kind == ACTI_FRAME_HELLO && !connection->is_open)
		take_hello(self, body, frame->body_size);
}

static void
on_ended(struct acti_connection *connection, const char *reason)
{
	struct test_actor *self = of_connection(connection);
	struct acti_error_pool *errors = &self->proc.actor.scheduler.errors;

	demand(!self->is_ended);
	self->is_ended = true;
	snprintf(self->reason, sizeof self->reason, "%s", reason != NULL ? reason : "");
	if (reason != NULL)
		acti_error_set(errors, &self->loss, ACTOR_EPROTOCOL, "%s", reason);
	else
		acti_error_set(errors, &self->loss, ACTOR_EPEERGONE, "the peer is gone");
	acti_connection_lose(connection);
	acti_connection_drop_portals(connection);
}

static void
on_idle(struct acti_connection *connection)
{
	of_connection(connection)->idle_count++;
}

static const struct acti_connection_ops connection_ops = { .frame = on_frame, .ended = on_ended, .idle = on_idle };

/* ---- the actor ---- */

static void
cancel_actor(struct actor *actor, const struct actor_uid *canceller, uint32_t budget_ms)
{
	(void)canceller, (void)budget_ms;
	of_actor(actor)->cancel_count++;
}

static const struct acti_actor_hooks hooks = { .cancel_actor = cancel_actor };

static bool
turn(void *argument)
{
	struct test_actor *self = argument;
	struct actor *actor = &self->proc.actor;
	bool more = acti_scheduler_run(&actor->scheduler);

	acti_links_go_on(&actor->turns);
	acti_children_sweep(&self->proc);
	acti_peers_sweep(&self->proc);
	while (!acti_list_is_empty(&actor->flush_list))
		acti_link_flush(acti_container_of(actor->flush_list.next, struct acti_link, flush_link));
	return more || actor->scheduler.ready_count > 0 || !acti_list_is_empty(&actor->turns.held);
}

void
test_actor_init(struct test_actor *self, struct test_os *os, const char *name)
{
	static const struct actor_program program = { 0 };
	struct actor *actor = &self->proc.actor;

	memset(self, 0, sizeof *self);
	self->os = os;
	demand(acti_actor_init(actor, &os->os, &program, &hooks) == 0);
	acti_supervision_init(&self->proc);
	acti_peers_init(&self->proc);
	self->proc.phase = ACTI_PHASE_RUNNING;
	self->proc.started_ns = os->now_ns;
	snprintf(actor->uid.name, sizeof actor->uid.name, "%s", name);
	memset(actor->uid.uuid, name[0], sizeof actor->uid.uuid);
	actor->root = actor->uid;
	acti_error_init(&self->error);
	acti_error_init(&self->loss);
	test_os_add_turn(os, turn, self);
}

void
test_actor_fini(struct test_actor *self)
{
	struct acti_error_pool *errors = &self->proc.actor.scheduler.errors;

	acti_scope_cancel(&self->proc.actor.scope, ACTOR_ECANCELED, NULL);
	test_os_settle(self->os);
	demand(self->proc.actor.scheduler.task_count == 0 && self->proc.child_count == 0);
	if (self->is_linked) {
		acti_connection_lose(&self->connection);
		acti_connection_fini(&self->connection);
	}
	if (self->portal != NULL)
		acti_portal_free(self->portal);
	acti_error_reset(errors, &self->error);
	acti_error_reset(errors, &self->loss);
	acti_actor_fini(&self->proc.actor);
	self->os->turn_count = 0;
}

void
test_actor_serve(struct test_actor *self, const struct actor_service *service, const void *ops)
{
	struct actor *actor = &self->proc.actor;

	actor->served[actor->served_count++] = (struct acti_served){ .service = service, .ops = ops, .is_open = true };
	actor->served_for_all = actor->served_count;
}

void
test_actor_link(struct test_actor *self, int end, bool is_maker)
{
	demand(acti_connection_open(&self->connection, &self->proc.actor, &connection_ops, ACTI_ROLE_CHILD, end,
	                            is_maker, &self->loss) == 0);
	self->is_linked = true;
	acti_connection_send_hello(&self->connection);
}

void
test_actor_join(struct test_actor *maker, struct test_actor *other)
{
	int one, two;

	test_os_pair(maker->os, &one, &two);
	test_actor_link(maker, one, true);
	test_actor_link(other, two, false);
	test_os_settle(maker->os);
	demand(maker->connection.is_open && other->connection.is_open);
}

static void
ended(struct acti_task *task, int rc)
{
	struct test_actor *self = task->owner;

	self->running--;
	self->rc = rc;
	acti_error_copy(&task->scheduler->errors, &self->error, &task->error);
}

void
test_actor_start(struct test_actor *self, actor_task_fn *fn, void *argument)
{
	struct actor *actor = &self->proc.actor;
	struct acti_task *task = acti_task_new(&actor->scheduler, &actor->scope, "test");

	demand(task != NULL);
	self->running++;
	acti_task_start(task, fn, argument, ended, self);
}

int
test_actor_run(struct test_actor *self, actor_task_fn *fn, void *argument)
{
	size_t before = self->running;

	test_actor_start(self, fn, argument);
	test_os_settle(self->os);
	demand(self->running == before);
	return self->rc;
}

/* ---- a peer by hand ---- */

void
test_frame_fini(struct test_frame *frame)
{
	test_bytes_fini(&frame->body);
}

void
test_peer_send_flags(struct test_os *os, int end, unsigned kind, unsigned flags, uint64_t cid, const void *body,
                     size_t size)
{
	const struct acti_frame frame = {
		.body_size = (uint32_t)size, .kind = (uint8_t)kind, .flags = (uint8_t)flags, .cid = cid
	};
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&frame, header);
	test_os_send(os, end, header, sizeof header);
	test_os_send(os, end, body, size);
}

void
test_peer_send(struct test_os *os, int end, unsigned kind, uint64_t cid, const void *body, size_t size)
{
	test_peer_send_flags(os, end, kind, 0, cid, body, size);
}

bool
test_peer_next(struct test_os *os, int end, struct test_frame *ret_frame)
{
	unsigned char header[ACTI_FRAME_HEADER_SIZE];
	struct test_bytes *body = &ret_frame->body;

	if (!test_os_take(os, end, header, sizeof header))
		return false;
	demand(acti_frame_decode(header, UINT32_MAX, &ret_frame->head));
	body->size = 0;
	for (uint32_t i = 0; i <= ret_frame->head.body_size; i++)
		test_bytes_add_byte(body, 0);
	body->size = ret_frame->head.body_size;
	demand(test_os_take(os, end, body->at, body->size));
	return true;
}

void
test_peer_hello(struct test_os *os, int end, const struct actor_uid *uid, uint32_t dialogs_max,
                const struct actor_service *service)
{
	static unsigned char body[ACTI_ERROR_SIZE_MAX];
	static actor_wire_Hello hello;

	hello = (actor_wire_Hello){
		.version_min = ACTI_PROTOCOL_VERSION,
		.version_max = ACTI_PROTOCOL_VERSION,
		.has_uid = true,
		.pid = 4711,
		.dialogs_max = dialogs_max,
		.message_size_max = 1024 * 1024,
		.modules_count = service != NULL ? 1 : 0,
	};
	acti_uid_to_wire(uid, &hello.uid);
	if (service != NULL) {
		snprintf(hello.modules[0].name, sizeof hello.modules[0].name, "%s", service->name);
		hello.modules[0].fingerprint = service->fingerprint;
	}
	test_peer_send(os, end, ACTI_FRAME_HELLO, 0, body, acti_hello_encode(&hello, body, sizeof body));
}

void
test_peer_error(struct test_os *os, int end, uint64_t cid, int code, const char *message,
                const struct actor_uid *origin)
{
	static unsigned char body[ACTI_ERROR_SIZE_MAX];
	static actor_wire_Error scratch;
	static struct actor_error error;

	acti_error_init(&error);
	acti_error_set(NULL, &error, code, "%s", message);
	if (origin != NULL) {
		error.has_origin = true;
		error.origin = *origin;
	}
	test_peer_send(os, end, ACTI_FRAME_ERROR, cid, body, acti_error_encode(&error, &scratch, body, sizeof body));
}

size_t
test_start_by_number(unsigned char *body, uint16_t module, uint16_t endpoint, uint32_t deadline_ms, const void *payload,
                     size_t size)
{
	const struct acti_start start = { .module = module, .endpoint = endpoint, .deadline_ms = deadline_ms };

	acti_start_encode(&start, body);
	if (size > 0)
		memcpy(body + ACTI_START_PREFIX_SIZE, payload, size);
	return ACTI_START_PREFIX_SIZE + size;
}

size_t
test_start_by_name(unsigned char *body, const char *module, const char *endpoint, const void *payload, size_t size)
{
	size_t used = test_start_by_number(body, 0xffff, 0xffff, 0, NULL, 0);

	body[used++] = (unsigned char)strlen(module);
	memcpy(body + used, module, strlen(module));
	used += strlen(module);
	body[used++] = (unsigned char)strlen(endpoint);
	memcpy(body + used, endpoint, strlen(endpoint));
	used += strlen(endpoint);
	if (size > 0)
		memcpy(body + used, payload, size);
	return used + size;
}
