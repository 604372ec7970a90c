/* SPDX-License-Identifier: BSD-2-Clause */
#include <rpc/portal.h>
#include <stdio.h>
#include <string.h>

struct acti_portal *
acti_portal_new(struct actor *actor, const struct actor_uid *uid, struct acti_connection *connection)
{
	struct acti_pool *pool = &actor->scheduler.pool;
	struct acti_portal *portal = acti_pool_allocate(pool, &actor->blocks, sizeof *portal);

	if (portal == NULL)
		return NULL;
	*portal = (struct acti_portal){
		.actor = actor,
		.connection = connection,
		.is_self = connection == NULL,
		.uid = *uid,
		.wait_status = -1,
	};
	if (!acti_table_add(&actor->portals, pool, &actor->blocks, &portal->entry)) {
		acti_pool_release(pool, portal);
		return NULL;
	}
	acti_list_init(&portal->cleanup.link);
	acti_list_init(&portal->connection_link);
	if (connection != NULL)
		acti_list_push_back(&connection->portals, &portal->connection_link);
	return portal;
}

void
acti_portal_free(struct acti_portal *portal)
{
	struct actor *actor = portal->actor;

	acti_list_remove(&portal->cleanup.link);
	acti_list_remove(&portal->connection_link);
	acti_table_remove(&actor->portals, &portal->entry);
	acti_pool_release(&actor->scheduler.pool, portal);
}

struct actor_portal
acti_portal_handle(const struct acti_portal *portal)
{
	return (struct actor_portal){ acti_table_handle(&portal->entry) };
}

int
acti_portal_find(struct actor_portal handle, struct acti_portal **ret_portal)
{
	struct actor *actor = acti_actor_current();
	struct acti_table_entry *entry;

	*ret_portal = NULL;
	if (actor == NULL)
		return ACTOR_ENORUNTIME;
	entry = acti_table_find(&actor->portals, handle.handle);
	if (entry == NULL)
		return acti_fail(ACTOR_ECLOSED, handle.handle == 0 ? "the portal is empty: no spawn has filled it in"
		                                                   : "the portal is stale: its nursery has closed");
	*ret_portal = acti_container_of(entry, struct acti_portal, entry);
	return 0;
}

/* Who is cancelled together with it hears of that. */
static int
told_to_stop(const struct acti_portal *portal)
{
	struct acti_task *task = acti_task_current();

	if (task->scope->cause != 0)
		return acti_scope_check(task->scope, task);
	return acti_fail(ACTOR_ECLOSED, "%s was told to stop, and takes no calls", portal->uid.name);
}

int
acti_portal_connect(struct actor_portal handle, struct acti_connection **ret_connection)
{
	struct acti_portal *portal;
	int rc = acti_portal_find(handle, &portal);

	if (rc != 0)
		return rc;
	if (portal->is_self)
		return ACTI_PORTAL_IS_SELF;
	if (portal->connection == NULL) {
		acti_fail(portal->loss_code, "%s", portal->loss_text);
		acti_task_current()->error.id = portal->loss_id;
		acti_task_current()->error.wait_status = portal->wait_status;
		return portal->loss_code;
	}
	if (portal->connection->is_lost) {
		struct acti_task *task = acti_task_current();

		acti_error_copy(&task->scheduler->errors, &task->error, portal->connection->loss);
		return task->error.code;
	}
	if (portal->connection->is_cancelled)
		return told_to_stop(portal);
	*ret_connection = portal->connection;
	return 0;
}

void
acti_portal_lose(struct acti_portal *portal, const struct actor_error *loss)
{
	portal->connection = NULL;
	portal->loss_id = loss->id;
	portal->loss_code = loss->code;
	portal->wait_status = loss->wait_status;
	snprintf(portal->loss_text, sizeof portal->loss_text, "%.255s", loss->message);
}

int
actor_portal_identity(struct actor_portal handle, struct actor_identity *ret_identity)
{
	struct acti_portal *portal;
	int rc = acti_portal_find(handle, &portal);

	if (rc == 0)
		*ret_identity = (struct actor_identity){ .uid = portal->uid, .pid = portal->pid };
	return rc;
}
