/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up.  Who is connected already is known without asking; for others every registrar is asked, all at once, and
 * the first that knows the name counts.  What it says is a claim: the handshake tells whether who answers at an address is
 * the actor that was looked for.  If not, the registrar is told, which sees for itself.
 */
#include <base/probe.h>
#include <disc/discovery.h>
#include <stdio.h>
#include <string.h>

#define STALE_MAX 16 /* entries of one name that lead nowhere, before it is given up */

static struct acti_proc *
current_proc(void)
{
	struct actor *actor = acti_actor_current();

	return actor != NULL ? acti_proc_of(actor) : NULL;
}

/* ---- what is found ---- */

static unsigned
rank_of(const char *address)
{
	const char *place, *why;
	const struct acti_transport *transport = acti_transport_of(address, &place, &why);

	return transport != NULL ? transport->rank : UINT32_MAX;
}

/* Of one rank, the last that was named comes first. */
static void
add_address(struct acti_found *found, const char *address)
{
	size_t place = 0;

	if (found->address_count == ACTI_ADDRESS_COUNT_MAX || strlen(address) >= ACTI_ADDRESS_SIZE)
		return;
	while (place < found->address_count && rank_of(found->addresses[place]) < rank_of(address))
		place++;
	memmove(found->addresses[place + 1], found->addresses[place],
	        (found->address_count - place) * sizeof found->addresses[0]);
	strcpy(found->addresses[place], address);
	found->address_count++;
}

void
acti_found_from_wire(struct acti_found *found, const Actor__Registration *registration)
{
	*found = (struct acti_found){ .pid = (int)registration->pid };
	snprintf(found->uid.name, sizeof found->uid.name, "%s", registration->name);
	if (registration->uuid.len == sizeof found->uid.uuid)
		memcpy(found->uid.uuid, registration->uuid.data, sizeof found->uid.uuid);
	for (size_t i = 0; i < registration->n_addresses; i++)
		add_address(found, registration->addresses[i]);
}

int
acti_found_connect(struct acti_proc *proc, const struct acti_found *found, bool is_probe, struct acti_peer **ret_peer)
{
	const struct acti_limits *limits = &proc->actor.limits;
	int rc = ACTI_DIAL_NOBODY;

	for (size_t i = 0; i < found->address_count && rc > 0; i++) {
		const struct acti_dial dial = {
			.address = found->addresses[i],
			.expected = &found->uid,
			.is_probe = is_probe,
			.timeout_ms = is_probe ? limits->probe_ms : limits->connect_ms,
		};

		rc = acti_peer_dial(proc, &dial, ret_peer);
		if (rc == ACTI_DIAL_WRONG)
			ACTI_PROBE("another actor answered at an address");
	}
	return rc > 0 ? ACTI_DIAL_NOBODY : rc;
}

/* ---- asking registrars ---- */

/* The portal of one to be asked; waits a moment for one that was not reached yet. */
static int
registrar_of(struct acti_membership *membership, struct actor_registrar *ret_registrar)
{
	int rc =
	    membership->is_registered ? 0 : acti_membership_wait(membership, membership->proc->actor.limits.probe_ms);

	if (rc == 0)
		ret_registrar->portal = acti_portal_handle(membership->portal);
	return rc;
}

/* The loss of the registrar is not that of what was looked for, and its cancellation is not that of who asks. */
static int
as_registrar_error(int rc, const char *address)
{
	const struct actor_error *error = actor_error_last();
	bool is_ours = acti_task_current()->scope->cause != 0 || (rc == ACTOR_EDEADLINE && actor_time_left_ms() == 0);
	char text[256];

	if (rc != ACTOR_EPEERGONE && rc != ACTOR_ECLOSED && (!acti_code_is_cancellation(rc) || is_ours))
		return rc;
	snprintf(text, sizeof text, "%.255s", actor_error_message(error));
	return acti_fail(ACTOR_ENOREGISTRAR, "the registrar at %s: %s", address, text);
}

static int
ask(struct actor_registrar registrar, const char *name, bool waits, struct acti_found *ret_found)
{
	Actor__ActorName request = ACTOR__ACTOR_NAME__INIT;
	Actor__Registrations *reply;
	int rc;

	request.name = (char *)(uintptr_t)name;
	rc = waits ? actor_registrar_wait_for(registrar, &request, &reply)
	           : actor_registrar_find(registrar, &request, &reply);
	if (rc != 0)
		return rc;
	rc = reply->n_registrations == 0 ? ACTOR_NOBODY : 0;
	if (rc == 0)
		acti_found_from_wire(ret_found, reply->registrations[0]);
	actor_free(reply);
	return rc;
}

/* What a registrar is asked that has nothing to wait for has a bounded time, with that to reach it. */
static void
open_limit(struct actor_scope *limit, uint32_t timeout_ms)
{
	actor_scope_open(limit, &(const struct actor_scope_options){ .timeout_ms = timeout_ms });
}

static int
close_limit(struct actor_scope *limit, int rc, const struct acti_membership *membership)
{
	bool is_answered = rc >= 0;
	int fired;

	rc = actor_scope_close(limit, rc, &fired);
	if (fired && !is_answered && rc == 0 && !membership->is_registered)
		return acti_membership_fail(membership);
	if (fired && !is_answered && rc == 0)
		return acti_fail(ACTOR_ENOREGISTRAR, "the registrar at %s did not answer in time", membership->address);
	return as_registrar_error(rc, membership->address);
}

static int
find_or_wait(struct acti_membership *membership, const char *name, bool waits, struct acti_found *ret_found)
{
	struct actor_registrar registrar;
	int rc = registrar_of(membership, &registrar);

	return rc == 0 ? ask(registrar, name, waits, ret_found) : rc;
}

static int
ask_membership(struct acti_membership *membership, const char *name, bool waits, struct acti_found *ret_found)
{
	struct actor_scope limit;

	if (waits)
		return as_registrar_error(find_or_wait(membership, name, true, ret_found), membership->address);
	open_limit(&limit, membership->proc->actor.limits.probe_ms);
	return close_limit(&limit, find_or_wait(membership, name, false, ret_found), membership);
}

/* One of several questions at once. */
struct question {
	struct acti_membership *membership;
	struct actor_nursery *nursery;
	const char *name;
	bool waits;
	int rc;
	struct acti_found found;
};

/* Who knows it first ends the others' search, and a failure is one only if nobody knows it. */
static int
ask_beside_others(void *argument)
{
	struct question *question = argument;

	question->rc = ask_membership(question->membership, question->name, question->waits, &question->found);
	if (question->rc == 0)
		actor_nursery_cancel(question->nursery);
	return 0;
}

/* Of those that were asked: who knew it; else nobody does, if one could say so; else why not. */
static int
conclude(const struct question *questions, size_t count, struct acti_found *ret_found)
{
	int rc = ACTOR_ENOREGISTRAR;

	for (size_t i = 0; i < count; i++) {
		if (questions[i].rc == 0) {
			*ret_found = questions[i].found;
			return 0;
		}
		if (questions[i].rc > 0)
			rc = questions[i].rc;
	}
	return rc > 0 ? rc : acti_fail(rc, "none of %zu registrars answers", count);
}

static int
ask_all(struct acti_discovery *self, const char *name, bool waits, struct acti_found *ret_found)
{
	struct question *questions = actor_calloc(self->membership_count, sizeof *questions);
	struct actor_nursery *nursery = NULL;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0 && questions == NULL)
		rc = acti_fail(ACTOR_ENOMEM, "a lookup: out of memory");
	for (size_t i = 0; rc == 0 && i < self->membership_count; i++) {
		questions[i] = (struct question){
			.membership = &self->memberships[i],
			.nursery = nursery,
			.name = name,
			.waits = waits,
			.rc = ACTOR_ECANCELED,
		};
		rc = actor_nursery_start(nursery, ask_beside_others, &questions[i]);
	}
	rc = actor_nursery_close(nursery, rc);
	if (rc == 0)
		rc = conclude(questions, self->membership_count, ret_found);
	actor_free(questions);
	return rc;
}

static int
ask_registrars(struct acti_proc *proc, const char *name, bool waits, struct acti_found *ret_found)
{
	struct acti_discovery *self = proc->discovered;

	if (self != NULL && self->own != NULL)
		return ask((struct actor_registrar){ acti_portal_handle(self->own) }, name, waits, ret_found);
	if (self == NULL || self->membership_count == 0)
		return acti_fail(ACTOR_ENOREGISTRAR,
		                 "%s is not known here, and there is no registry: "
		                 "set actor_program.registry",
		                 name);
	if (self->membership_count == 1)
		return ask_membership(&self->memberships[0], name, waits, ret_found);
	return ask_all(self, name, waits, ret_found);
}

/* The registrar looks for itself before it answers, so it has the time for that. */
static int
report_to(struct acti_membership *membership, const Actor__Registration *request)
{
	struct actor_registrar registrar = { acti_portal_handle(membership->portal) };
	struct actor_scope limit;

	open_limit(&limit, membership->proc->actor.limits.connect_ms);
	return close_limit(&limit, actor_registrar_report(registrar, request, NULL), membership);
}

/* All are told: which one said it does not matter to the others. */
static int
report(struct acti_proc *proc, const struct acti_found *found)
{
	struct acti_discovery *self = proc->discovered;
	Actor__Registration request = ACTOR__REGISTRATION__INIT;
	int rc = 0;

	ACTI_PROBE("a found actor was not there");
	request.name = (char *)(uintptr_t)found->uid.name;
	request.uuid = (ProtobufCBinaryData){ sizeof found->uid.uuid, (uint8_t *)(uintptr_t)found->uid.uuid };
	if (self->own != NULL)
		return actor_registrar_report((struct actor_registrar){ acti_portal_handle(self->own) }, &request,
		                              NULL);
	for (size_t i = 0; rc == 0 && i < self->membership_count; i++)
		if (self->memberships[i].is_registered)
			rc = report_to(&self->memberships[i], &request);
	return rc;
}

/* ---- who is found becomes a portal ---- */

static int
check_contract(const struct actor_service *service, const char *name, const char *module, uint64_t fingerprint,
               bool *ret_is_it)
{
	*ret_is_it = strcmp(module, service->name) == 0;
	if (!*ret_is_it || fingerprint == service->fingerprint)
		return 0;
	return acti_fail(ACTOR_EPROTOCOL, "%s has another contract of %s: build both from the same .proto files", name,
	                 service->name);
}

static int
check_serves(struct acti_proc *proc, const struct acti_connection *connection, const struct actor_service *service)
{
	const struct actor *actor = &proc->actor;
	const char *name = connection != NULL ? connection->peer.name : actor->uid.name;
	size_t count = connection != NULL ? connection->module_count : actor->served_count;
	bool is_it = service == NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && !is_it && i < count; i++) {
		if (connection != NULL)
			rc = check_contract(service, name, connection->modules[i].name,
			                    connection->modules[i].fingerprint, &is_it);
		else
			rc = check_contract(service, name, actor->served[i].service->name,
			                    actor->served[i].service->fingerprint, &is_it);
	}
	if (rc != 0 || is_it)
		return rc;
	return acti_fail(ACTOR_EDENIED, "%s does not serve %s, or not to this actor", name, service->name);
}

static int
open_portal(struct acti_proc *proc, struct actor_nursery *owner, struct acti_connection *connection,
            const struct actor_service *service, struct actor_portal *ret_portal)
{
	struct acti_nursery *nursery;
	int rc = acti_nursery_find_open(owner, &nursery);

	if (rc == 0)
		rc = check_serves(proc, connection, service);
	if (rc == 0)
		rc = acti_proc_open_portal(proc, nursery, connection, ret_portal);
	return rc;
}

/* By the connection that there is, or a new one. */
static int
open_found(struct acti_proc *proc, struct actor_nursery *nursery, const struct acti_found *found,
           const struct actor_service *service, struct actor_portal *ret_portal)
{
	struct acti_connection *connection;
	struct acti_peer *peer;
	int rc;

	if (acti_proc_find_connection(proc, NULL, &found->uid, &connection))
		return open_portal(proc, nursery, connection, service, ret_portal);
	rc = acti_found_connect(proc, found, false, &peer);
	if (rc != 0)
		return rc;
	rc = open_portal(proc, nursery, &peer->connection, service, ret_portal);
	acti_peer_put(peer);
	return rc;
}

static int
look_up(struct acti_proc *proc, struct actor_nursery *nursery, const char *name, bool waits,
        const struct actor_service *service, struct actor_portal *ret_portal)
{
	struct acti_found found;
	int rc;

	for (unsigned stale = 0; stale < STALE_MAX; stale++) {
		rc = ask_registrars(proc, name, waits, &found);
		if (rc != 0)
			return rc;
		rc = open_found(proc, nursery, &found, service, ret_portal);
		if (rc != ACTI_DIAL_NOBODY)
			return rc;
		rc = report(proc, &found);
		if (rc != 0)
			return rc;
	}
	return waits ? acti_fail(ACTOR_EPEERGONE, "%s is in the registry, but nobody answers at its addresses", name)
	             : ACTOR_NOBODY;
}

static int
find(struct actor_nursery *owner, const char *name, bool waits, const struct actor_service *service,
     struct actor_portal *ret_portal)
{
	struct acti_proc *proc = current_proc();
	struct acti_connection *connection;
	struct acti_nursery *nursery;
	int rc;

	if (proc == NULL)
		return ACTOR_ENORUNTIME;
	if (name == NULL || !acti_name_is_valid(name))
		return acti_fail(ACTOR_EINVAL, "\"%.70s\" is not an actor's name: use 1 to 64 of A-Z a-z 0-9 . _ -",
		                 name != NULL ? name : "");
	rc = acti_nursery_find_open(owner, &nursery);
	if (rc == 0)
		rc = actor_checkpoint();
	if (rc != 0)
		return rc;
	if (acti_proc_find_connection(proc, name, NULL, &connection))
		return open_portal(proc, owner, connection, service, ret_portal);
	return look_up(proc, owner, name, waits, service, ret_portal);
}

int
actor_find(struct actor_nursery *nursery, const char *name, const struct actor_service *service,
           struct actor_portal *ret_portal)
{
	return find(nursery, name, false, service, ret_portal);
}

int
actor_wait_for(struct actor_nursery *nursery, const char *name, const struct actor_service *service,
               struct actor_portal *ret_portal)
{
	return find(nursery, name, true, service, ret_portal);
}

/* ---- lists ---- */

/* What registrars have said, until all have. */
struct findings {
	struct acti_found *at;
	size_t count;
};

static int
append(struct findings *findings, const Actor__Registrations *reply)
{
	struct acti_found *longer = actor_calloc(findings->count + reply->n_registrations + 1, sizeof *longer);

	if (longer == NULL)
		return acti_fail(ACTOR_ENOMEM, "a list of actors: out of memory");
	if (findings->count > 0)
		memcpy(longer, findings->at, findings->count * sizeof *longer);
	actor_free(findings->at);
	findings->at = longer;
	for (size_t i = 0; i < reply->n_registrations; i++)
		acti_found_from_wire(&longer[findings->count++], reply->registrations[i]);
	return 0;
}

/* Entries, then the lists of their addresses, then those: one block, to be released at once. */
static int
to_list(const struct findings *findings, const struct actor_registration **ret_list)
{
	struct actor_registration *list;
	size_t address_count = 0;
	char(*text)[ACTI_ADDRESS_SIZE];
	const char **next;

	for (size_t i = 0; i < findings->count; i++)
		address_count += findings->at[i].address_count;
	list = actor_alloc(findings->count * sizeof *list + (address_count + findings->count) * sizeof(const char *) +
	                   address_count * sizeof *text);
	if (list == NULL)
		return acti_fail(ACTOR_ENOMEM, "a list of actors: out of memory");
	next = (const char **)(void *)(list + findings->count);
	text = (char(*)[ACTI_ADDRESS_SIZE])(void *)(next + address_count + findings->count);
	for (size_t i = 0; i < findings->count; i++) {
		const struct acti_found *found = &findings->at[i];

		list[i] = (struct actor_registration){ .uid = found->uid, .pid = found->pid, .addresses = next };
		for (size_t j = 0; j < found->address_count; j++)
			*next++ = memcpy(*text++, found->addresses[j], sizeof *text);
		*next++ = NULL;
	}
	*ret_list = list;
	return 0;
}

static int
append_list_of(struct actor_registrar registrar, const char *name, struct findings *findings)
{
	Actor__ActorName request = ACTOR__ACTOR_NAME__INIT;
	Actor__Registrations *reply;
	int rc;

	if (name != NULL)
		request.name = (char *)(uintptr_t)name;
	rc = actor_registrar_list(registrar, &request, &reply);
	if (rc != 0)
		return rc;
	rc = append(findings, reply);
	actor_free(reply);
	return rc;
}

static int
append_list_of_member(struct acti_membership *membership, const char *name, struct findings *findings)
{
	struct actor_registrar registrar;
	struct actor_scope limit;
	int rc;

	open_limit(&limit, membership->proc->actor.limits.probe_ms);
	rc = registrar_of(membership, &registrar);
	if (rc == 0 && !membership->is_twin) /* whose list is that of another */
		rc = append_list_of(registrar, name, findings);
	return close_limit(&limit, rc, membership);
}

int
actor_query(const char *name, const struct actor_registration **ret_list, size_t *ret_count)
{
	struct acti_proc *proc = current_proc();
	struct acti_discovery *self = proc != NULL ? proc->discovered : NULL;
	struct findings findings = { NULL, 0 };
	int rc = 0;

	if (proc == NULL)
		return ACTOR_ENORUNTIME;
	if (self == NULL || (self->own == NULL && self->membership_count == 0))
		return acti_fail(ACTOR_ENOREGISTRAR, "there is no registry: set actor_program.registry");
	if (self->own != NULL)
		rc = append_list_of((struct actor_registrar){ acti_portal_handle(self->own) }, name, &findings);
	for (size_t i = 0; rc == 0 && i < self->membership_count; i++)
		rc = append_list_of_member(&self->memberships[i], name, &findings);
	if (rc == 0)
		rc = to_list(&findings, ret_list);
	if (rc == 0)
		*ret_count = findings.count;
	actor_free(findings.at);
	return rc;
}

/* ---- the registrar and the root themselves ---- */

int
actor_open_registrar(struct actor_nursery *owner, struct actor_portal *ret_portal)
{
	struct acti_proc *proc = current_proc();
	struct acti_discovery *self = proc != NULL ? proc->discovered : NULL;
	struct actor_registrar registrar;
	struct acti_portal *portal;
	int rc;

	if (proc == NULL)
		return ACTOR_ENORUNTIME;
	if (self != NULL && self->own != NULL)
		return open_portal(proc, owner, NULL, NULL, ret_portal);
	if (self == NULL || self->membership_count == 0)
		return acti_fail(ACTOR_ENOREGISTRAR, "there is no registry: set actor_program.registry");
	rc = registrar_of(&self->memberships[0], &registrar);
	if (rc == 0)
		rc = acti_portal_find(registrar.portal, &portal);
	return rc == 0 ? open_portal(proc, owner, portal->connection, NULL, ret_portal) : rc;
}

int
actor_open_root(struct actor_nursery *owner, struct actor_portal *ret_portal)
{
	struct acti_proc *proc = current_proc();
	struct acti_found found;
	int rc;

	if (proc == NULL)
		return ACTOR_ENORUNTIME;
	found = (struct acti_found){ .uid = proc->actor.root };
	if (proc->place.root_address[0] != '\0') {
		strcpy(found.addresses[0], proc->place.root_address);
		found.address_count = 1;
	}
	rc = open_found(proc, owner, &found, NULL, ret_portal);
	if (rc == ACTI_DIAL_NOBODY)
		rc = acti_fail(found.address_count > 0 ? ACTOR_EPEERGONE : ACTOR_ENOREGISTRAR,
		               found.address_count > 0
		                   ? "the root of this tree does not listen any more"
		                   : "the root of this tree has no address: set actor_program.registry");
	return rc;
}
