/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an actor takes its place.
 *
 * A child is told by its parent: it listens, and enters itself at the registrars, in its own time.
 *
 * A root looks whether somebody answers at the addresses of its registries' registrars.  Three cases are told apart: an
 * address is ABSENT when nobody listens there; a REGISTRAR answers a Hello and says that it is one; and an address is
 * OCCUPIED when somebody listens who is none, or does not answer, even when asked several times.  Nobody is bound over:
 * an occupied address is a failure.  If all are absent, the root becomes the registrar.  Two roots that begin at the same
 * time both find it absent; the lock beside the socket lets one of them listen, and the other looks again.
 */
#include <base/probe.h>
#include <disc/discovery.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX 20 /* of two roots that get in each other's way */
#define ATTEMPTS_MAX 3
#define BACKOFF_MS 50

static struct acti_os *
os_of(const struct acti_proc *proc)
{
	return proc->actor.os;
}

/* ---- listening ---- */

static int
fail_to_listen(const char *address, int rc, pid_t holder, const char *why)
{
	if (rc == -EADDRINUSE && holder != 0)
		return acti_fail(ACTOR_ELISTEN, "%s: the process %d listens there", address, (int)holder);
	if (rc == -EADDRINUSE)
		return acti_fail(ACTOR_ELISTEN, "%s: somebody listens there", address);
	if (rc == -EINVAL)
		return acti_fail(ACTOR_EINVAL, "%s: %s", address, why);
	return acti_fail(ACTOR_ELISTEN, "%s: %s: %s", address, why, strerror(-rc));
}

/* Who was told to stop by now does not begin to listen. */
static int
check_staying(void)
{
	struct acti_task *task = acti_task_current();

	return acti_scope_check(task->scope, task);
}

static int
listen_at(struct acti_proc *proc, const char *address)
{
	const char *why = "listen";
	pid_t holder = 0;
	int rc = check_staying();

	if (rc != 0)
		return rc;
	rc = acti_peers_listen(proc, address, &holder, &why);
	return rc == 0 ? 0 : fail_to_listen(address, rc, holder, why);
}

static int
listen_at_own(struct acti_proc *proc)
{
	char path[ACTI_SOCKET_PATH_SIZE], address[ACTI_ADDRESS_SIZE];

	if (!acti_socket_path(path, proc->place.registries[0], proc->actor.uid.name, proc->actor.pid))
		return acti_fail(ACTOR_ELISTEN, "%s is too long for a directory of sockets: their paths have 107 bytes",
		                 proc->place.registries[0]);
	acti_address_of_path(address, path);
	return listen_at(proc, address);
}

static int
listen_where_told(struct acti_proc *proc)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < proc->place.listen_count; i++)
		rc = listen_at(proc, proc->place.listen[i]);
	return rc;
}

/* ---- membership ---- */

static int
new_discovery(struct acti_proc *proc)
{
	struct acti_discovery *self = acti_allocate(&os_of(proc)->memory, sizeof *self);

	if (self == NULL)
		return acti_fail(ACTOR_ENOMEM, "a place in a registry: out of memory");
	memset(self, 0, sizeof *self);
	proc->discovered = self;
	return 0;
}

static bool
registrar_address(const struct acti_proc *proc, size_t index, char address[static ACTI_ADDRESS_SIZE])
{
	char path[ACTI_SOCKET_PATH_SIZE];
	bool fits = acti_join_path(path, proc->place.registries[index], ACTI_REGISTRAR_FILE);

	if (fits)
		acti_address_of_path(address, path);
	return fits;
}

/* One whose parent is the registrar has one entry, by the link to it. */
static int
join_all(struct acti_proc *proc)
{
	struct acti_discovery *self = proc->discovered;
	size_t count = proc->has_parent && proc->parent.peer_is_registrar ? 1 : proc->place.registry_count;
	char address[ACTI_ADDRESS_SIZE];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (!registrar_address(proc, i, address))
			return acti_fail(ACTOR_ELISTEN, "%s is too long for a registry", proc->place.registries[i]);
		rc = acti_membership_open(&self->memberships[i], proc, address);
		self->membership_count += rc == 0;
	}
	return rc;
}

/* ---- a child ---- */

static int
start_child(struct acti_proc *proc)
{
	int rc = listen_where_told(proc);

	if (rc != 0 || proc->place.registry_count == 0)
		return rc;
	if (proc->place.listen_count == 0 && !proc->place.only_looks)
		rc = listen_at_own(proc);
	if (rc == 0)
		rc = new_discovery(proc);
	return rc == 0 ? join_all(proc) : rc;
}

/* ---- a root: what its program asks for ---- */

static int
take_addresses(struct acti_proc *proc)
{
	const char *const *listen = proc->actor.program->listen;
	struct acti_place *place = &proc->place;

	for (size_t i = 0; listen != NULL && listen[i] != NULL; i++) {
		if (i == ACTI_ADDRESSES_MAX || strlen(listen[i]) >= ACTI_ADDRESS_SIZE)
			return acti_fail(ACTOR_EINVAL, "actor_program.listen: at most %d addresses of %d bytes",
			                 ACTI_ADDRESSES_MAX, ACTI_ADDRESS_SIZE - 1);
		strcpy(place->listen[place->listen_count++], listen[i]);
	}
	return 0;
}

/* A name is a directory below that of the user's session; a path is what it says. */
static int
take_registry(struct acti_proc *proc, const char *text, size_t size)
{
	struct acti_place *place = &proc->place;
	const char *session = os_of(proc)->ops->variable(os_of(proc), "XDG_RUNTIME_DIR");
	char *directory = place->registries[place->registry_count];
	char name[sizeof(((struct actor_uid *)0)->name)];
	int length;

	if (place->registry_count == ACTI_REGISTRIES_MAX)
		return acti_fail(ACTOR_EINVAL, "actor_program.registry names more than %d", ACTI_REGISTRIES_MAX);
	if (size > 0 && text[0] == '/') {
		length = snprintf(directory, ACTI_SOCKET_PATH_SIZE, "%.*s", (int)size, text);
	} else {
		snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size : sizeof name - 1), text);
		if (size >= sizeof name || !acti_name_is_valid(name) || strspn(name, ".") == size)
			return acti_fail(ACTOR_EINVAL,
			                 "the registry \"%.*s\": use 1 to 64 of A-Z a-z 0-9 . _ -, or "
			                 "the absolute path of a directory",
			                 (int)size, text);
		if (session == NULL || session[0] != '/')
			return acti_fail(ACTOR_ELISTEN,
			                 "the registry %s: XDG_RUNTIME_DIR is not set: set it, or name "
			                 "a directory by its absolute path",
			                 name);
		length = snprintf(directory, ACTI_SOCKET_PATH_SIZE, "%s/actor/%s", session, name);
	}
	if (length < 0 || length >= ACTI_SOCKET_PATH_SIZE)
		return acti_fail(ACTOR_EINVAL, "the registry %.*s: the path is too long", (int)size, text);
	place->registry_count++;
	return 0;
}

static int
take_registries(struct acti_proc *proc)
{
	const char *text = proc->actor.program->registry;
	int rc = 0;

	while (rc == 0 && text != NULL) {
		const char *end = strchr(text, ':');

		rc = take_registry(proc, text, end != NULL ? (size_t)(end - text) : strlen(text));
		text = end != NULL ? end + 1 : NULL;
	}
	return rc;
}

static int
open_directories(struct acti_proc *proc)
{
	bool is_shared = proc->actor.program->access.uid_count > 0;

	for (size_t i = 0; i < proc->place.registry_count; i++) {
		const char *directory = proc->place.registries[i], *why = "";
		int rc = os_of(proc)->ops->socket_directory(os_of(proc), directory, is_shared, &why);

		if (rc != 0)
			return acti_fail(ACTOR_ELISTEN, "the registry %s: %s: %s", directory, why, strerror(-rc));
	}
	return 0;
}

/* Those that the process was started with. */
static int
take_inherited(struct acti_proc *proc)
{
	struct acti_os *os = os_of(proc);
	struct acti_listener_socket socket;
	const char *why = "";
	int rc = 0;

	for (size_t i = 0; rc == 0; i++) {
		rc = os->ops->inherited_listener(os, i, &socket, &why);
		if (rc == -ENOENT)
			return 0;
		if (rc != 0)
			return acti_fail(ACTOR_ELISTEN, "a socket that this process was started with (LISTEN_FDS): %s",
			                 why);
		rc = acti_peers_take_listener(proc, &socket);
		if (rc != 0) {
			os->ops->listen_end(os, &socket);
			rc = acti_fail(ACTOR_ELISTEN, "%s: %s", socket.path, strerror(-rc));
		}
	}
	return rc;
}

static bool
listens_at(const struct acti_proc *proc, const char *address)
{
	char own[ACTI_ADDRESS_SIZE];

	for (size_t i = 0; i < proc->listener_count; i++) {
		acti_address_of_path(own, proc->listeners[i].socket.path);
		if (strcmp(own, address) == 0)
			return true;
	}
	return false;
}

/* ---- a root: whether there is a registrar ---- */

enum found {
	ABSENT,
	REGISTRAR,
};

/* One attempt.  Negative: somebody is there, and it is not clear who. */
static int
probe_once(struct acti_proc *proc, const char *address, enum found *ret_found)
{
	const struct acti_dial dial = {
		.address = address,
		.is_probe = true,
		.timeout_ms = proc->actor.limits.probe_ms,
	};
	struct acti_peer *peer;
	int rc = acti_peer_dial(proc, &dial, &peer);

	*ret_found = ABSENT;
	if (rc > 0)
		return 0;
	if (rc < 0)
		return rc;
	if (peer->connection.peer_is_registrar)
		*ret_found = REGISTRAR;
	else
		rc = acti_fail(ACTOR_ELISTEN, "%s says that it is no registrar", peer->connection.peer.name);
	acti_peer_put(peer);
	return rc;
}

static int
probe(struct acti_proc *proc, const char *address, enum found *ret_found)
{
	char reason[256];
	int rc = 0;

	for (unsigned attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
		rc = probe_once(proc, address, ret_found);
		if (rc == 0 || acti_task_current()->scope->cause != 0)
			return rc;
		ACTI_PROBE("a registrar did not answer at once");
		snprintf(reason, sizeof reason, "%.255s", actor_error_message(actor_error_last()));
		if (rc == ACTOR_ELISTEN)
			break;
		rc = attempt < ATTEMPTS_MAX ? actor_sleep_ms(BACKOFF_MS * attempt) : 0;
		if (rc != 0)
			return rc;
	}
	return acti_fail(ACTOR_ELISTEN, "%s is occupied, but who listens there did not answer as a registrar: %s",
	                 address, reason);
}

/* Whether at least one of the registries has a registrar that is not this actor. */
static int
look_around(struct acti_proc *proc, bool *ret_is_taken)
{
	char address[ACTI_ADDRESS_SIZE];
	enum found found;
	int rc = 0;

	*ret_is_taken = false;
	for (size_t i = 0; rc == 0 && i < proc->place.registry_count; i++) {
		if (!registrar_address(proc, i, address))
			return acti_fail(ACTOR_ELISTEN, "%s is too long for a registry", proc->place.registries[i]);
		if (listens_at(proc, address))
			continue;
		rc = probe(proc, address, &found);
		if (rc == 0 && found == REGISTRAR)
			*ret_is_taken = true;
	}
	return rc;
}

/* All or none: -EADDRINUSE if somebody was quicker. */
static int
listen_as_registrar(struct acti_proc *proc, char address[static ACTI_ADDRESS_SIZE], pid_t *ret_holder,
                    const char **reterr_why)
{
	size_t before = proc->listener_count;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < proc->place.registry_count; i++)
		if (registrar_address(proc, i, address) && !listens_at(proc, address))
			rc = acti_peers_listen(proc, address, ret_holder, reterr_why);
	if (rc != 0)
		acti_peers_drop_listeners(proc, before);
	return rc;
}

/* In the turn in which the last of its sockets is there: whoever comes finds the module. */
static int
serve_registrar(struct acti_proc *proc)
{
	const struct actor_module module = actor_registrar_module(&acti_registrar_ops);

	if (acti_proc_serve(proc, &module, false) != 0)
		return acti_fail(ACTOR_EINVAL, "a registrar has room for %d modules", ACTI_MODULES_MAX - 1);
	proc->actor.is_registrar = true;
	return acti_proc_open_modules(proc);
}

/* true: it is; false: somebody else is. */
static int
become_registrar(struct acti_proc *proc, bool *ret_is_registrar)
{
	char address[ACTI_ADDRESS_SIZE];
	bool is_taken = false;
	int rc;

	for (unsigned round = 1;; round++) {
		const char *why = "listen";
		pid_t holder = 0;

		rc = look_around(proc, &is_taken);
		if (rc == 0)
			rc = check_staying();
		if (rc != 0 || is_taken)
			break;
		rc = listen_as_registrar(proc, address, &holder, &why);
		if (rc == 0)
			rc = serve_registrar(proc);
		else if (rc != -EADDRINUSE || round == ROUNDS_MAX)
			rc = fail_to_listen(address, rc, holder, why);
		if (rc != -EADDRINUSE)
			break;
		ACTI_PROBE("another root was quicker to become the registrar");
		rc = actor_sleep_ms(BACKOFF_MS);
		if (rc != 0)
			break;
	}
	*ret_is_registrar = rc == 0 && !is_taken;
	return rc;
}

/* ---- a root ---- */

static int
enter_own_table(struct acti_proc *proc)
{
	struct acti_discovery *self = proc->discovered;
	char addresses[ACTI_LISTENERS_MAX][ACTI_ADDRESS_SIZE], *list[ACTI_LISTENERS_MAX];
	Actor__Addresses request = ACTOR__ADDRESSES__INIT;

	self->own = acti_portal_new(&proc->actor, &proc->actor.uid, NULL);
	if (self->own == NULL)
		return acti_fail(ACTOR_ENOMEM, "a portal to the registry: out of memory");
	for (size_t i = 0; i < proc->listener_count; i++) {
		acti_address_of_path(addresses[i], proc->listeners[i].socket.path);
		list[i] = addresses[i];
	}
	request.n_addresses = proc->listener_count;
	request.addresses = list;
	return actor_registrar_register((struct actor_registrar){ acti_portal_handle(self->own) }, &request, NULL);
}

static int
start_registrar(struct acti_proc *proc)
{
	int rc = listen_where_told(proc);

	for (size_t i = 0; rc == 0 && i < proc->place.registry_count; i++)
		os_of(proc)->ops->socket_directory_sweep(os_of(proc), proc->place.registries[i]);
	return rc == 0 ? enter_own_table(proc) : rc;
}

static int
start_member(struct acti_proc *proc)
{
	bool is_client = proc->place.only_looks;
	struct acti_discovery *self = proc->discovered;
	int rc = listen_where_told(proc);

	if (rc == 0 && proc->listener_count == 0 && !is_client)
		rc = listen_at_own(proc);
	if (rc == 0)
		rc = join_all(proc);
	for (size_t i = 0; rc == 0 && i < self->membership_count; i++) {
		rc = acti_membership_wait_for_first_try(&self->memberships[i]);
		if (rc == 0 && !self->memberships[i].is_registered)
			acti_log(&proc->actor, is_client ? ACTI_LOG_INFO : ACTI_LOG_WARNING,
			         "no registrar answers at %s: it goes on without for now",
			         self->memberships[i].address);
	}
	return rc;
}

static int
start_in_registries(struct acti_proc *proc)
{
	enum actor_registrar_wish wish = proc->actor.program->registrar;
	bool is_registrar = false;
	int rc = wish != ACTOR_REGISTRAR_NEVER ? open_directories(proc) : 0;

	proc->place.only_looks = wish == ACTOR_REGISTRAR_NEVER;
	if (rc == 0)
		rc = new_discovery(proc);
	if (rc == 0 && wish != ACTOR_REGISTRAR_NEVER)
		rc = become_registrar(proc, &is_registrar);
	if (rc == 0 && !is_registrar && wish == ACTOR_REGISTRAR_ALWAYS)
		rc = acti_fail(ACTOR_ELISTEN, "%s has a registrar, and this actor must be it",
		               proc->place.registries[0]);
	if (rc == 0)
		rc = is_registrar ? start_registrar(proc) : start_member(proc);
	return rc;
}

static int
start_root(struct acti_proc *proc)
{
	int rc = take_addresses(proc);

	if (rc == 0)
		rc = take_registries(proc);
	if (rc == 0 && proc->daemon_name != NULL)
		rc = take_inherited(proc);
	if (rc == 0)
		rc = proc->place.registry_count > 0 ? start_in_registries(proc) : listen_where_told(proc);
	if (rc == 0 && proc->daemon_name != NULL && proc->listener_count == 0)
		rc = acti_fail(ACTOR_EINVAL, "nobody could reach this daemon: set actor_program.registry, or .listen");
	if (rc == 0 && proc->listener_count > 0)
		acti_address_of_path(proc->place.root_address, proc->listeners[0].socket.path);
	if (rc == 0 && proc->daemon_name != NULL)
		os_of(proc)->ops->notify(os_of(proc), "READY=1");
	return rc;
}

/* ---- what proc calls ---- */

static int
start(struct acti_proc *proc)
{
	return proc->has_parent ? start_child(proc) : start_root(proc);
}

static void
leave(struct acti_proc *proc)
{
	struct acti_discovery *self = proc->discovered;

	for (size_t i = 0; self != NULL && i < self->membership_count; i++)
		acti_membership_leave(&self->memberships[i]);
}

/* As its module is closed; but without memory for a task, none is. */
static void
close_registry(struct acti_proc *proc)
{
	struct actor *actor = &proc->actor;
	struct acti_served *served = acti_actor_find_served(actor, actor->served_count, actor_registrar_service.name,
	                                                    strlen(actor_registrar_service.name));

	if (served != NULL && served->ops == &acti_registrar_ops && served->is_open)
		acti_registrar_ops.state_close(served->state);
	if (served != NULL)
		served->is_open = false;
}

static void
fini(struct acti_proc *proc)
{
	struct acti_discovery *self = proc->discovered;

	if (self == NULL)
		return;
	for (size_t i = 0; i < self->membership_count; i++)
		acti_membership_fini(&self->memberships[i]);
	close_registry(proc);
	if (self->own != NULL)
		acti_portal_free(self->own);
	acti_release(&os_of(proc)->memory, self);
	proc->discovered = NULL;
}

const struct acti_discovery_ops acti_discovery_ops = { .start = start, .leave = leave, .fini = fini };
