/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registrar's table, and the functions of its module.
 *
 * An entry belongs to the connection that it came by, and has the identity which that connection has since its handshake;
 * no other connection replaces it.  So nobody can enter another, and an entry goes when its actor does, however that goes.
 * The latest entry is the last of the list.  A lookup walks it: it is as long as there are connections.
 */
#include <base/probe.h>
#include <disc/discovery.h>
#include <stdio.h>
#include <string.h>

struct entry {
	struct acti_list link;
	struct acti_cleanup loss; /* on its connection */
	struct actor_registrar_state *registry;
	struct acti_connection *connection; /* NULL: the registrar's own */
	uid_t user;
	struct acti_found found;
};

/* Somebody who waits for a name; in the memory of his task. */
struct waiter {
	struct acti_list link;
	const char *name;
	struct acti_list queue;
};

struct actor_registrar_state {
	struct acti_proc *proc;
	struct acti_list entries; /* the latest last */
	struct acti_list waiters;
};

static struct acti_memory *
memory_of(struct actor_registrar_state *registry)
{
	return &registry->proc->actor.os->memory;
}

/* ---- entries ---- */

static struct entry *
entry_at(struct acti_list *link)
{
	return acti_container_of(link, struct entry, link);
}

static void
remove_entry(struct entry *entry)
{
	acti_list_remove(&entry->link);
	acti_list_remove(&entry->loss.link);
	acti_release(memory_of(entry->registry), entry);
}

static void
on_loss(struct acti_cleanup *cleanup)
{
	remove_entry(acti_container_of(cleanup, struct entry, loss));
}

static struct entry *
find_uid(struct actor_registrar_state *registry, const struct actor_uid *uid)
{
	acti_list_for_each(link, &registry->entries)
		if (acti_uid_equal(&entry_at(link)->found.uid, uid))
			return entry_at(link);
	return NULL;
}

static uid_t
user_of(const struct acti_proc *proc, struct acti_connection *connection)
{
	if (connection == NULL || connection->role != ACTI_ROLE_PEER)
		return proc->actor.os->ops->user(proc->actor.os);
	return acti_peer_of(connection)->who.uid;
}

/* One of our own user, if there is one: who is let in does not take a name from us. */
static struct entry *
find_latest(struct actor_registrar_state *registry, const char *name)
{
	uid_t ours = user_of(registry->proc, NULL);
	struct entry *other = NULL;

	for (struct acti_list *link = registry->entries.prev; link != &registry->entries; link = link->prev) {
		if (strcmp(entry_at(link)->found.uid.name, name) != 0)
			continue;
		if (entry_at(link)->user == ours)
			return entry_at(link);
		if (other == NULL)
			other = entry_at(link);
	}
	return other;
}

static size_t
count_of_user(struct actor_registrar_state *registry, uid_t user)
{
	size_t count = 0;

	acti_list_for_each(link, &registry->entries)
		count += entry_at(link)->user == user;
	return count;
}

static bool
has_address(const struct acti_found *found, const char *address)
{
	for (size_t i = 0; i < found->address_count; i++)
		if (strcmp(found->addresses[i], address) == 0)
			return true;
	return false;
}

static void
take_address(struct entry *entry, const char *address)
{
	struct acti_found *found = &entry->found;

	for (size_t i = 0; i < found->address_count; i++)
		if (strcmp(found->addresses[i], address) == 0) {
			memmove(found->addresses[i], found->addresses[i + 1],
			        (found->address_count - i - 1) * sizeof found->addresses[0]);
			found->address_count--;
			return;
		}
}

/* An address is used by one at a time: whoever had it is not there any more.  Another user's word is no proof of that. */
static void
take_from_others(struct actor_registrar_state *registry, const struct entry *owner)
{
	for (struct acti_list *link = registry->entries.next, *next; link != &registry->entries; link = next) {
		struct entry *entry = entry_at(link);

		next = link->next;
		if (entry == owner || entry->user != owner->user)
			continue;
		for (size_t i = 0; i < owner->found.address_count; i++)
			if (has_address(&entry->found, owner->found.addresses[i]))
				take_address(entry, owner->found.addresses[i]);
		if (entry->found.address_count == 0)
			remove_entry(entry);
	}
}

static void
wake_waiters(struct actor_registrar_state *registry, const char *name)
{
	acti_list_for_each(link, &registry->waiters) {
		struct waiter *waiter = acti_container_of(link, struct waiter, link);

		if (strcmp(waiter->name, name) == 0)
			acti_wake_all(&waiter->queue);
	}
}

/* ---- the module ---- */

static int
state_open(struct actor_registrar_state **ret_state)
{
	struct acti_proc *proc = acti_proc_of(acti_actor_current());
	struct actor_registrar_state *registry = acti_allocate(&proc->actor.os->memory, sizeof *registry);

	if (registry == NULL)
		return actor_fail(ACTOR_ENOMEM, "the registry: out of memory");
	registry->proc = proc;
	acti_list_init(&registry->entries);
	acti_list_init(&registry->waiters);
	*ret_state = registry;
	return 0;
}

static void
state_close(struct actor_registrar_state *registry)
{
	while (!acti_list_is_empty(&registry->entries))
		remove_entry(entry_at(registry->entries.next));
	acti_release(memory_of(registry), registry);
}

static int
check_addresses(const Actor__Addresses *request)
{
	if (request->n_addresses == 0 || request->n_addresses > ACTI_ADDRESS_COUNT_MAX)
		return acti_fail(ACTOR_EINVAL, "an entry has 1 to %d addresses, not %zu", ACTI_ADDRESS_COUNT_MAX,
		                 request->n_addresses);
	for (size_t i = 0; i < request->n_addresses; i++) {
		const char *place, *why;

		if (strlen(request->addresses[i]) >= ACTI_ADDRESS_SIZE)
			return acti_fail(ACTOR_EINVAL, "an address of %zu bytes", strlen(request->addresses[i]));
		if (acti_transport_of(request->addresses[i], &place, &why) == NULL)
			return acti_fail(ACTOR_EINVAL, "%s: %s", request->addresses[i], why);
	}
	return 0;
}

static struct entry *
find_address(struct actor_registrar_state *registry, const struct actor_uid *uid, const char *address)
{
	acti_list_for_each(link, &registry->entries)
		if (!acti_uid_equal(&entry_at(link)->found.uid, uid) && has_address(&entry_at(link)->found, address))
			return entry_at(link);
	return NULL;
}

/* 1: whoever has that address answers there. */
static int
see_owner(struct actor_registrar_state *registry, const struct entry *owner, const char *address)
{
	struct acti_found found = { .uid = owner->found.uid, .address_count = 1 };
	struct acti_peer *peer;
	int rc;

	strcpy(found.addresses[0], address);
	rc = acti_found_connect(registry->proc, &found, true, &peer);
	if (rc == 0)
		acti_peer_put(peer);
	if (rc == 0)
		return 1;
	return rc == ACTI_DIAL_NOBODY || rc == ACTOR_EPEERGONE ? 0 : rc;
}

/* Nobody takes an address of the registrar's, or of another user, or one at which its owner still answers. */
static int
check_owners(struct actor_registrar_state *registry, const struct actor_uid *uid, uid_t user,
             const Actor__Addresses *request)
{
	for (size_t i = 0; i < request->n_addresses; i++) {
		struct entry *owner = find_address(registry, uid, request->addresses[i]);
		int rc = 0;

		if (owner != NULL && (owner->connection == NULL || owner->user != user))
			rc = 1;
		else if (owner != NULL)
			rc = see_owner(registry, owner, request->addresses[i]);
		if (rc < 0)
			return rc;
		if (rc > 0)
			return acti_fail(ACTOR_EDENIED, "%s is the address of another", request->addresses[i]);
	}
	return 0;
}

static int
register_actor(struct actor_registrar_state *registry, const Actor__Addresses *request, Google__Protobuf__Empty *reply)
{
	struct acti_connection *connection = acti_serving_connection();
	struct actor *actor = &registry->proc->actor;
	const struct actor_uid *uid = connection != NULL ? &connection->peer : &actor->uid;
	uid_t user = user_of(registry->proc, connection);
	struct entry *entry, *before;
	char text[ACTI_UID_TEXT_SIZE];
	int rc = check_addresses(request);

	(void)reply;
	if (rc == 0)
		rc = check_owners(registry, uid, user, request);
	if (rc != 0)
		return rc;
	before = find_uid(registry, uid);
	if (connection != NULL && connection->is_lost)
		return acti_fail(ACTOR_EPEERGONE, "who asks has gone"); /* nobody would take the entry away */
	if (before != NULL && before->connection != connection)
		return acti_fail(ACTOR_EDENIED, "%s is entered already, by another connection",
		                 acti_uid_text(uid, text));
	if (before == NULL && count_of_user(registry, user) >= actor->limits.registrations_max)
		return acti_fail(ACTOR_ENOMEM, "user %u has %u entries already: that is the limit", (unsigned)user,
		                 actor->limits.registrations_max);
	entry = acti_allocate(memory_of(registry), sizeof *entry);
	if (entry == NULL)
		return acti_fail(ACTOR_ENOMEM, "an entry for %s: out of memory", uid->name);
	if (before != NULL)
		remove_entry(before);
	memset(entry, 0, sizeof *entry);
	entry->registry = registry;
	entry->connection = connection;
	entry->user = user;
	entry->found.uid = *uid;
	entry->found.pid = connection != NULL ? connection->peer_pid : (int)actor->pid;
	for (size_t i = 0; i < request->n_addresses; i++)
		strcpy(entry->found.addresses[entry->found.address_count++], request->addresses[i]);
	acti_list_push_back(&registry->entries, &entry->link);
	acti_list_init(&entry->loss.link);
	entry->loss.fn = on_loss;
	if (connection != NULL)
		acti_list_push_back(&connection->losses, &entry->loss.link);
	take_from_others(registry, entry);
	wake_waiters(registry, uid->name);
	return 0;
}

static int
unregister(struct actor_registrar_state *registry, const Google__Protobuf__Empty *request,
           Google__Protobuf__Empty *reply)
{
	struct acti_connection *connection = acti_serving_connection();
	struct entry *entry = find_uid(registry, connection != NULL ? &connection->peer : &registry->proc->actor.uid);

	(void)request, (void)reply;
	if (entry != NULL && entry->connection == connection)
		remove_entry(entry);
	return 0;
}

/* ---- answers, in the memory of the task ---- */

static Actor__Registration *
describe(const struct acti_found *found)
{
	Actor__Registration *registration = actor_alloc(sizeof *registration);

	if (registration == NULL)
		return NULL;
	*registration = (Actor__Registration)ACTOR__REGISTRATION__INIT;
	registration->name = actor_strdup(found->uid.name);
	registration->uuid.data = actor_alloc(sizeof found->uid.uuid);
	registration->pid = (uint32_t)found->pid;
	if (registration->name == NULL || registration->uuid.data == NULL ||
	    ACTOR_REPEATED(registration, addresses, found->address_count) != 0)
		return NULL;
	memcpy(registration->uuid.data, found->uid.uuid, sizeof found->uid.uuid);
	registration->uuid.len = sizeof found->uid.uuid;
	for (size_t i = 0; i < found->address_count; i++) {
		registration->addresses[i] = actor_strdup(found->addresses[i]);
		if (registration->addresses[i] == NULL)
			return NULL;
	}
	return registration;
}

static int
answer(Actor__Registrations *reply, const struct acti_found *found)
{
	Actor__Registration *registration = describe(found);

	if (registration == NULL || (reply->registrations == NULL && ACTOR_REPEATED(reply, registrations, 1) != 0))
		return acti_fail(ACTOR_ENOMEM, "the answer about %s: out of memory", found->uid.name);
	reply->registrations[0] = registration;
	return 0;
}

static int
check_name(const Actor__ActorName *request)
{
	if (acti_name_is_valid(request->name))
		return 0;
	return acti_fail(ACTOR_EINVAL, "no actor can be called \"%.70s\": names are 1 to 64 of A-Z a-z 0-9 . _ -",
	                 request->name);
}

static int
find(struct actor_registrar_state *registry, const Actor__ActorName *request, Actor__Registrations *reply)
{
	int rc = check_name(request);
	struct entry *entry = rc == 0 ? find_latest(registry, request->name) : NULL;

	return entry != NULL ? answer(reply, &entry->found) : rc;
}

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	const struct waiter *waiter = acti_container_of(task->queue, const struct waiter, queue);

	acti_view_add(view, "waits for an actor called %s to register", waiter->name);
}

static size_t
count_waiters(struct actor_registrar_state *registry, const char *name)
{
	size_t count = 0;

	acti_list_for_each(link, &registry->waiters)
		count += strcmp(acti_container_of(link, struct waiter, link)->name, name) == 0;
	return count;
}

/* It may be gone again by the time that this task runs: then the wait goes on. */
static int
wait_for(struct actor_registrar_state *registry, const Actor__ActorName *request, Actor__Registrations *reply)
{
	struct waiter *waiter = actor_alloc(sizeof *waiter);
	struct entry *entry = NULL;
	int rc = check_name(request);

	if (rc == 0 && waiter == NULL)
		rc = acti_fail(ACTOR_ENOMEM, "a wait for %s: out of memory", request->name);
	if (rc == 0 && count_waiters(registry, request->name) >= registry->proc->actor.limits.waiters_max)
		rc = acti_fail(ACTOR_ENOMEM, "%u tasks wait for %s already: that is the limit",
		               registry->proc->actor.limits.waiters_max, request->name);
	if (rc != 0)
		return rc;
	waiter->name = request->name;
	acti_list_init(&waiter->queue);
	acti_list_push_back(&registry->waiters, &waiter->link);
	while (rc == 0 && (entry = find_latest(registry, request->name)) == NULL)
		rc = acti_wait(&waiter->queue, waiting);
	acti_list_remove(&waiter->link);
	actor_free(waiter);
	return rc == 0 ? answer(reply, &entry->found) : rc;
}

static int
list(struct actor_registrar_state *registry, const Actor__ActorName *request, Actor__Registrations *reply)
{
	size_t count = 0;

	acti_list_for_each(link, &registry->entries)
		count += request->name[0] == '\0' || strcmp(entry_at(link)->found.uid.name, request->name) == 0;
	if (ACTOR_REPEATED(reply, registrations, count) != 0)
		return acti_fail(ACTOR_ENOMEM, "a list of %zu entries: out of memory", count);
	count = 0;
	for (struct acti_list *link = registry->entries.prev; link != &registry->entries; link = link->prev) {
		const struct acti_found *found = &entry_at(link)->found;

		if (request->name[0] != '\0' && strcmp(found->uid.name, request->name) != 0)
			continue;
		reply->registrations[count] = describe(found);
		if (reply->registrations[count++] == NULL)
			return acti_fail(ACTOR_ENOMEM, "a list of entries: out of memory");
	}
	return 0;
}

/*
 * Who lives after all sees the end of his connection, and enters himself again: so no mistake is for ever.  Unless it is
 * used for something else.
 */
static void
remove_stale(struct entry *entry)
{
	struct acti_connection *connection = entry->connection;

	ACTI_PROBE("a stale entry was removed");
	remove_entry(entry);
	if (connection->role == ACTI_ROLE_PEER)
		acti_peer_give_up_if_idle(acti_peer_of(connection), "nobody answers at its addresses");
}

/* The registrar believes only what it sees; and the entry may be another's, or gone, when it has looked. */
static int
report(struct actor_registrar_state *registry, const Actor__Registration *request, Google__Protobuf__Empty *reply)
{
	struct actor_uid uid = { .name = "" };
	struct acti_found found;
	struct acti_peer *peer;
	struct entry *entry;
	int rc;

	(void)reply;
	if (request->uuid.len != sizeof uid.uuid)
		return acti_fail(ACTOR_EINVAL, "a uuid of %zu bytes", request->uuid.len);
	memcpy(uid.uuid, request->uuid.data, sizeof uid.uuid);
	entry = find_uid(registry, &uid);
	if (entry == NULL || entry->connection == NULL)
		return 0;
	found = entry->found;
	rc = acti_found_connect(registry->proc, &found, true, &peer);
	if (rc == 0)
		acti_peer_put(peer);
	if (rc != ACTI_DIAL_NOBODY)
		return rc == ACTOR_EPEERGONE ? 0 : rc;
	entry = find_uid(registry, &uid);
	if (entry != NULL && memcmp(&entry->found, &found, sizeof found) == 0)
		remove_stale(entry);
	return 0;
}

const struct actor_registrar_ops acti_registrar_ops = {
	.state_open = state_open,
	.state_close = state_close,
	.register_ = register_actor,
	.unregister = unregister,
	.find = find,
	.wait_for = wait_for,
	.list = list,
	.report = report,
};
