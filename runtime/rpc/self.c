/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runtime's own verbs: a closed table.  None of them leads to a module, and each says who may use it.  They are
 * answered in the turn in which they are read, ahead of any task.
 */
#include <google/protobuf/wrappers.pb-c.h>
#include <rpc/connection.h>
#include <string.h>

static void
ping(struct acti_connection *connection, uint64_t cid, const unsigned char *payload, size_t size)
{
	acti_connection_send(connection, ACTI_FRAME_RETURN, cid, payload, size);
}

static void
modules(struct acti_connection *connection, uint64_t cid, const unsigned char *payload, size_t size)
{
	struct actor *actor = connection->actor;
	Google__Protobuf__StringValue value = GOOGLE__PROTOBUF__STRING_VALUE__INIT;
	char names[ACTI_MODULES_MAX * 128] = "";
	size_t used = 0;

	(void)payload, (void)size;
	for (size_t i = 0; i < acti_connection_served_count(connection); i++) {
		size_t length = strnlen(actor->served[i].service->name, 127);

		memcpy(names + used, actor->served[i].service->name, length);
		used += length;
		names[used++] = '\n';
	}
	names[used > 0 ? used - 1 : 0] = '\0';
	value.value = names;
	used = protobuf_c_message_pack(&value.base, actor->body);
	acti_connection_send(connection, ACTI_FRAME_RETURN, cid, actor->body, used);
}

static void
cancel(struct acti_connection *connection, uint64_t cid, const unsigned char *payload, size_t size)
{
	(void)payload, (void)size;
	if (connection->role != ACTI_ROLE_PARENT && !connection->peer_may_cancel) {
		acti_refuse(connection, cid, ACTOR_EDENIED,
		            "only its parent may stop %s, and who is named in its access.cancel_uids",
		            connection->actor->uid.name);
		return;
	}
	acti_connection_send(connection, ACTI_FRAME_RETURN, cid, NULL, 0);
	acti_link_flush(&connection->link); /* at once: a cancelled task may block before this turn ends */
	connection->actor->hooks->cancel_actor(connection->actor, &connection->peer,
	                                       connection->actor->limits.supervision.budget_ms);
}

static const struct verb {
	const char *name;
	void (*fn)(struct acti_connection *connection, uint64_t cid, const unsigned char *payload, size_t size);
} verbs[] = {
	{ "ping", ping },
	{ "modules", modules },
	{ "cancel", cancel },
};

void
acti_self(struct acti_connection *connection, uint64_t cid, const char *verb, size_t verb_size,
          const unsigned char *payload, size_t size)
{
	for (size_t i = 0; i < ACTOR_COUNT(verbs); i++)
		if (acti_name_is(verb, verb_size, verbs[i].name)) {
			verbs[i].fn(connection, cid, payload, size);
			return;
		}
	acti_refuse(connection, cid, ACTOR_ENOENDPOINT, "self has no verb %.*s: there are ping, modules and cancel",
	            (int)verb_size, verb);
}
