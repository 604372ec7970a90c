/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is true of the trees of a market: looked up in the actors themselves, as all of them are in this process.  A
 * lookup is held against who was entered, for certain, while it went on: that is all that can be said of it from outside.
 */
#include "market.h"
#include <rpc/portal.h>
#include <stdio.h>

#define SETTLED_MS 5000ull /* who has been left alone for so long has entered himself */

struct person {
	bool is_known;
	bool has_begun; /* a root: its task */
	bool was_asked; /* by a peer, to stop */
	bool was_registered;
	bool enters_again; /* by itself: which puts it behind others */
	struct actor_uid uid;
	uint64_t began_ns;      /* when it was first seen */
	uint64_t registered_ns; /* since when it is seen to be entered; 0: it is not */
	pid_t last_then;        /* the last process that there was then */
	uint64_t left_ns;       /* a root: when its task was over */
	unsigned lost_calls;
};

static struct person people[PROCESSES_MAX]; /* by pid */

static struct person *
person_of(const struct acti_sim_process *process)
{
	return &people[(process->pid - FIRST_PID) % PROCESSES_MAX];
}

void
market_judge_forget(void)
{
	memset(people, 0, sizeof people);
}

/* ---- who is there ---- */

/* Those at which it is entered, as far as it knows. */
static size_t
registrars_of(const struct acti_sim_process *process, pid_t pids[static REGISTRARS_MAX])
{
	const struct acti_proc *proc = actor_of(process);
	const struct acti_discovery *self = proc != NULL ? proc->discovered : NULL;
	size_t count = 0;

	if (self == NULL)
		return 0;
	if (self->own != NULL)
		pids[count++] = process->pid;
	for (size_t i = 0; i < self->membership_count; i++) {
		const struct acti_membership *membership = &self->memberships[i];

		/* A twin has no peer of its own: it goes by the connection of another. */
		if (membership->is_registered && membership->portal != NULL)
			pids[count++] = membership->portal->connection->peer_pid;
	}
	return count;
}

static bool
is_among(const pid_t *pids, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Nothing that would excuse anything has happened to it. */
static bool
is_quiet(const struct acti_sim_process *process)
{
	return process != NULL && is_calm_for(process) && !may_be_limited();
}

static bool
is_quiet_registrar(pid_t pid)
{
	const struct acti_sim_process *process = acti_sim_find(the_sim(), pid);

	return is_quiet(process) && is_staying(actor_of(process));
}

bool
are_all_quiet(const char *name)
{
	acti_list_for_each(link, &the_sim()->processes) {
		const struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);
		bool is_meant = name == NULL || strcmp(people[process->pid - FIRST_PID].uid.name, name) == 0;

		if (is_meant && !is_quiet(process))
			return false;
	}
	return true;
}

/* ---- what is seen in passing ---- */

static bool
have_registry_in_common(const struct acti_place *one, const struct acti_place *other)
{
	for (size_t i = 0; i < one->registry_count; i++)
		for (size_t j = 0; j < other->registry_count; j++)
			if (strcmp(one->registries[i], other->registries[j]) == 0)
				return true;
	return false;
}

static void
check_only_registrar(const struct acti_sim_process *process)
{
	const struct acti_proc *proc = actor_of(process);

	if (!is_staying(proc) || !proc->actor.is_registrar)
		return;
	acti_list_for_each(link, &the_sim()->processes) {
		const struct acti_sim_process *other = acti_container_of(link, struct acti_sim_process, link);
		const struct acti_proc *theirs = actor_of(other);

		if (other != process && is_staying(theirs) && theirs->actor.is_registrar &&
		    have_registry_in_common(&proc->place, &theirs->place))
			WRONG("two registrars: %d and %d", (int)process->pid, (int)other->pid);
	}
}

/* Who asks only who is there is no peer; and who stops lets nobody in, and forgets who has not said who he is. */
static void
check_connections(const struct acti_sim_process *process)
{
	const struct acti_proc *proc = actor_of(process);

	if (proc == NULL)
		return;
	if (proc->actor.scope.cause != 0 && proc->listener_count > 0)
		WRONG("%s stops, and listens", process->title);
	acti_list_for_each(link, &proc->strangers)
		if (proc->actor.scope.cause != 0 && !acti_container_of(link, struct acti_peer, link)->is_ours)
			WRONG("%s stops, and has a stranger", process->title);
	acti_list_for_each(link, &proc->peers) {
		const struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);

		if (!peer->is_ours && peer->connection.is_probe)
			WRONG("%s takes one that asks who is there for a peer", process->title);
	}
}

static void
see(const struct acti_sim_process *process)
{
	struct person *person = person_of(process);
	const struct acti_proc *proc = actor_of(process);
	pid_t pids[REGISTRARS_MAX];

	if (proc != NULL && !person->is_known)
		person->is_known = true, person->uid = proc->actor.uid, person->began_ns = the_sim()->now_ns;
	if (!is_staying(proc) || registrars_of(process, pids) == 0) {
		person->registered_ns = 0;
	} else if (person->registered_ns == 0) {
		person->was_registered = true;
		person->registered_ns = the_sim()->now_ns;
		person->last_then = the_sim()->last_pid;
	}
	check_only_registrar(process);
	check_connections(process);
}

/* A call whose caller has died goes with him. */
static void
check_abandoned(uint32_t id)
{
	const struct truth *truth = &truths[id];
	const struct acti_sim_process *callee, *caller;

	if (truth->started <= truth->ended || truth->caller == 0 || truth->caller == truth->pid)
		return;
	callee = acti_sim_find(the_sim(), truth->pid);
	caller = acti_sim_find(the_sim(), truth->caller);
	if (actor_of(callee) != NULL && is_quiet(callee) && caller->stage > ACTI_SIM_ALIVE &&
	    is_past(caller->ended_ns) && truth->task->root_scope.cause == 0)
		WRONG("call %u goes on, and its caller is gone", id);
}

void
observe(void)
{
	acti_list_for_each(link, &the_sim()->processes)
		see(acti_container_of(link, struct acti_sim_process, link));
	for (uint32_t i = 0; i < TRUTHS_MAX; i++)
		check_abandoned(i);
}

void
note_root_begins(void)
{
	person_of(this_process())->has_begun = true;
}

void
note_root_ends(void)
{
	person_of(this_process())->left_ns = the_sim()->now_ns;
}

void
note_entering(void)
{
	person_of(this_process())->enters_again = true;
}

void
note_asked(const struct target *target)
{
	people[(target->pid - FIRST_PID) % PROCESSES_MAX].was_asked = true;
}

bool
root_has_begun_or_may_not(const struct acti_sim_process *process)
{
	return person_of(process)->has_begun || person_of(process)->was_asked;
}

/* What it served has its budget, and then it takes its leave: of the registry, and of its peers. */
bool
has_ended_too_late(const struct acti_sim_process *process)
{
	const struct person *person = person_of(process);
	const struct acti_limits *limits = &acti_limits_default;
	uint64_t allowed_ms = limits->supervision.budget_ms + limits->unregister_ms + limits->leave_ms + LATE_MS;

	return person->left_ns != 0 && the_sim()->fired == 0 && process->disturbed_ns == 0 &&
	       process->ended_ns > person->left_ns + allowed_ms * ACTI_NS_PER_MS;
}

/* ---- lookups ---- */

static bool
is_candidate(const struct acti_sim_process *process, const struct before *before)
{
	const struct acti_proc *proc = actor_of(process);
	pid_t pids[REGISTRARS_MAX];
	size_t count;

	if (!is_staying(proc) || (before->name != NULL && strcmp(proc->actor.uid.name, before->name) != 0))
		return false;
	count = registrars_of(process, pids);
	for (size_t i = 0; i < count; i++)
		if (is_among(before->registrars, before->registrar_count, pids[i]))
			return true;
	return false;
}

void
before_lookup(struct before *before, const char *name)
{
	struct acti_proc *proc = actor_of(this_process());
	struct acti_connection *connection;

	observe();
	*before = (struct before){ .name = name, .begun_ns = the_sim()->now_ns };
	before->registrar_count = registrars_of(this_process(), before->registrars);
	before->registry_count = proc->discovered == NULL        ? 0
	                         : proc->discovered->own != NULL ? 1
	                                                         : proc->discovered->membership_count;
	before->is_linked = name != NULL && acti_proc_find_connection(proc, name, NULL, &connection);
	if (before->is_linked)
		before->linked = connection != NULL ? connection->peer : proc->actor.uid;
	acti_list_for_each(link, &the_sim()->processes) {
		const struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);

		if (is_candidate(process, before) && before->candidate_count < CANDIDATES_MAX)
			before->candidates[before->candidate_count++] = process->pid;
	}
}

/* One that was there all the time, and that the registrar must know; NULL: none. */
static const struct acti_sim_process *
certain_candidate(const struct before *before, size_t index)
{
	const struct acti_sim_process *process = acti_sim_find(the_sim(), before->candidates[index]);
	pid_t pids[REGISTRARS_MAX];
	size_t count = registrars_of(process, pids);

	if (!is_candidate(process, before) || !is_quiet(process) || !is_quiet(this_process()))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (is_among(before->registrars, before->registrar_count, pids[i]) && is_quiet_registrar(pids[i]))
			return process;
	return NULL;
}

/* From then to now: it may have been lost before it was looked for. */
static bool
is_still_linked(const struct before *before)
{
	struct acti_proc *proc = actor_of(this_process());
	struct acti_connection *connection;

	return before->is_linked && acti_proc_find_connection(proc, NULL, &before->linked, &connection);
}

static void
judge_nobody(const struct before *before)
{
	for (size_t i = 0; i < before->candidate_count; i++)
		if (certain_candidate(before, i) != NULL)
			WRONG("nobody is called %s, but %d is", before->name, (int)before->candidates[i]);
	if (is_still_linked(before))
		WRONG("nobody is called %s, but there is a link to one", before->name);
}

/* It needs one that is registered later than who was found, and both for certain, and nowhere else. */
static void
judge_latest(const struct before *before, const struct acti_sim_process *found)
{
	const struct person *person = person_of(found);

	if (before->is_linked || before->registrar_count != 1 || before->registry_count != 1 ||
	    person->registered_ns == 0 || person->enters_again || actor_of(found) == NULL ||
	    actor_of(found)->place.registry_count != 1)
		return;
	for (size_t i = 0; i < before->candidate_count; i++) {
		const struct acti_sim_process *other = certain_candidate(before, i);

		if (other != NULL && other != found && other->pid > person->last_then && is_quiet(found))
			WRONG("%d was found for %s, but %d is later", (int)found->pid, before->name, (int)other->pid);
	}
}

static void
judge_found(const struct before *before, struct actor_portal portal)
{
	const struct target target = target_of(portal);
	const struct acti_sim_process *process = acti_sim_find(the_sim(), target.pid);
	const struct acti_proc *proc = actor_of(process);

	if (process == NULL) {
		WRONG("%d was found for %s: there never was one", (int)target.pid, before->name);
		return;
	}
	if (strcmp(target.uid.name, before->name) != 0)
		WRONG("%s was found for %s", target.uid.name, before->name);
	if (proc != NULL && !acti_uid_equal(&proc->actor.uid, &target.uid))
		WRONG("%d was found for %s, but is another", (int)target.pid, before->name);
	if (process->stage > ACTI_SIM_ALIVE && is_quiet(process) && is_quiet(this_process()) &&
	    is_past(process->ended_ns))
		WRONG("%d was found for %s, and is dead for long", (int)target.pid, before->name);
	if (is_still_linked(before) && !acti_uid_equal(&before->linked, &target.uid) && is_quiet(this_process()))
		WRONG("%d was found for %s, in spite of a link to another", (int)target.pid, before->name);
	judge_latest(before, process);
}

/* Whoever has been there for a while would have been found. */
static void
judge_waited(const struct before *before)
{
	uint64_t since_ns = person_of(this_process())->registered_ns;

	if (since_ns == 0 || !is_past(since_ns) || !is_past(before->begun_ns) || !is_quiet(this_process()) ||
	    !are_all_quiet(before->name)) /* it may be held up by another of that name */
		return;
	acti_list_for_each(link, &the_sim()->processes) {
		const struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);
		const struct person *person = person_of(process);
		pid_t pids[REGISTRARS_MAX];
		size_t count = registrars_of(process, pids);

		if (!is_candidate(process, before) || !is_quiet(process) || person->registered_ns == 0 ||
		    !is_past(person->registered_ns))
			continue;
		for (size_t i = 0; i < count; i++)
			if (is_among(before->registrars, before->registrar_count, pids[i]) &&
			    is_quiet_registrar(pids[i]))
				WRONG("%d has long been called %s, and is still waited for", (int)process->pid,
				      before->name);
	}
}

/* There must be one that was not reached, for any list; for an actor, all must be so. */
static void
judge_no_registrar(const struct before *before, bool needs_all)
{
	size_t certain = 0;

	if (!is_quiet(this_process()) || before->registry_count == 0)
		return;
	for (size_t i = 0; i < before->registrar_count; i++)
		certain += is_quiet_registrar(before->registrars[i]);
	if (certain > 0 && (!needs_all || certain == before->registry_count))
		WRONG("no registrar for %s, but %d is one", before->name != NULL ? before->name : "all",
		      (int)before->registrars[0]);
}

/* An error that has nothing to do with what is looked for. */
static void
judge_failure(int rc)
{
	const struct actor_error *error = actor_error_last();

	if (error == NULL || actor_error_code(error) != rc) {
		WRONG("a lookup failed with %d and no error that says so", rc);
		return;
	}
	switch (rc) {
	case ACTOR_ECANCELED:
	case ACTOR_EDEADLINE:
		if (actor_checkpoint() >= 0 && !(rc == ACTOR_EDEADLINE && actor_time_left_ms() == 0))
			WRONG("a lookup is cancelled in a scope that is not: %s", actor_error_text(error));
		break;
	case ACTOR_ENOMEM:
		if (!memory_was_short() && !may_be_limited())
			WRONG("a lookup had memory: %s", actor_error_text(error));
		break;
	case ACTOR_EPEERGONE:
		if (are_all_quiet(NULL))
			WRONG("a lookup found one that lets nobody in: %s", actor_error_text(error));
		break;
	case ACTOR_ECLOSED:
		if (actor_error_origin(error) != NULL)
			WRONG("a lookup found one that is closed: %s", actor_error_text(error));
		break;
	default:
		WRONG("a lookup cannot fail so: %s", actor_error_text(error));
	}
}

void
judge_lookup(const struct before *before, int rc, bool waited, struct actor_portal portal)
{
	if (rc == 0)
		judge_found(before, portal);
	else if (rc == ACTOR_NOBODY)
		judge_nobody(before);
	else if (rc == ACTOR_ENOREGISTRAR)
		judge_no_registrar(before, false);
	else
		judge_failure(rc);
	if (waited && (rc == ACTOR_ECANCELED || rc == ACTOR_EDEADLINE))
		judge_waited(before);
	observe();
}

static unsigned
count_in(const struct actor_registration *list, size_t count, const struct actor_uid *uid)
{
	unsigned times = 0;

	for (size_t i = 0; i < count; i++)
		times += acti_uid_equal(&list[i].uid, uid) && strcmp(list[i].uid.name, uid->name) == 0;
	return times;
}

void
judge_list(const struct before *before, int rc, const struct actor_registration *list, size_t count)
{
	if (rc == ACTOR_ENOREGISTRAR)
		judge_no_registrar(before, true);
	else if (rc < 0)
		judge_failure(rc);
	for (size_t i = 0; rc == 0 && i < before->candidate_count; i++) {
		const struct acti_sim_process *process = certain_candidate(before, i);

		if (process != NULL && count_in(list, count, &actor_of(process)->actor.uid) == 0)
			WRONG("%d is entered, but on no list", (int)process->pid);
	}
	for (size_t i = 0; rc == 0 && before->name != NULL && i < count; i++)
		if (strcmp(list[i].uid.name, before->name) != 0)
			WRONG("%s is on a list of those who are called %s", list[i].uid.name, before->name);
	observe();
}

/* Who is dead was looked for, and nobody was found: so he has been taken away. */
void
judge_forgotten(const struct before *before, const struct actor_registration *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct acti_sim_process *process = acti_sim_find(the_sim(), list[i].pid);

		if (process != NULL && process->stage > ACTI_SIM_ALIVE && process->ended_ns < before->begun_ns &&
		    person_of(process)->was_registered && !memory_was_short() && !may_be_limited())
			WRONG("nobody is called %s, but %d is still entered, and dead", before->name,
			      (int)process->pid);
	}
}

/* Whoever calls it meanwhile: who enters itself has its own name, and addresses that nobody else has. */
void
judge_entering(int rc)
{
	if (rc == ACTOR_EDENIED)
		WRONG("%s may not enter itself: %s", this_process()->title, actor_error_text(actor_error_last()));
}

void
judge_spawn(int rc)
{
	acti_list_for_each(link, &the_sim()->processes)
		if (acti_container_of(link, struct acti_sim_process, link)->disturbed_ns != 0)
			return;
	if (rc < 0 && the_sim()->fired == 0 && actor_checkpoint() == 0 && rc != ACTOR_EPEERGONE && rc != ACTOR_ECLOSED)
		WRONG("a spawn failed, and nothing was wrong: %s", actor_error_text(actor_error_last()));
}

/* ---- at rest ---- */

static bool
is_settled(const struct acti_sim_process *process)
{
	uint64_t before_ns = the_sim()->now_ns - SETTLED_MS * ACTI_NS_PER_MS;
	const struct acti_proc *proc = actor_of(process);

	return is_staying(proc) && proc->started_ns < before_ns && process->disturbed_ns < before_ns &&
	       process->blocked_until_ns == 0 && !process->is_stopped;
}

static void
check_entry(const struct acti_sim_process *process, const struct actor_registration *entry)
{
	const struct acti_proc *proc = actor_of(process);
	size_t count = 0;

	if (process == NULL) {
		WRONG("%s is entered, and never was", entry->uid.name);
		return;
	}
	if (process->stage > ACTI_SIM_ALIVE && is_past(process->ended_ns))
		WRONG("%s is entered, and is dead for long", process->title);
	if (!is_settled(process))
		return;
	while (entry->addresses[count] != NULL)
		count++;
	if (count != proc->listener_count)
		WRONG("%s listens at %zu addresses, and %zu are entered", process->title, proc->listener_count, count);
	for (size_t i = 0; i < count; i++) {
		bool is_own = false;

		for (size_t j = 0; j < proc->listener_count; j++)
			is_own |= strcmp(entry->addresses[i] + strlen("unix:"), proc->listeners[j].socket.path) == 0;
		if (!is_own)
			WRONG("%s is entered at %s, where it does not listen", process->title, entry->addresses[i]);
	}
}

static const struct acti_peer *
other_end(const struct acti_proc *proc, const struct acti_peer *peer)
{
	const struct acti_proc *theirs = actor_of(acti_sim_find(the_sim(), peer->connection.peer_pid));

	if (theirs == NULL || !is_settled(acti_sim_find(the_sim(), peer->connection.peer_pid)))
		return NULL;
	acti_list_for_each(link, &theirs->peers) {
		const struct acti_peer *other = acti_container_of(link, struct acti_peer, link);

		if (!other->is_ours && acti_uid_equal(&other->connection.peer, &proc->actor.uid))
			return other;
	}
	return NULL;
}

/* A connection that neither side has a use for is gone. */
static void
check_released(const struct acti_sim_process *process)
{
	const struct acti_proc *proc = actor_of(process);

	if (!is_settled(process))
		return;
	acti_list_for_each(link, &proc->peers) {
		const struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);
		const struct acti_peer *other = peer->is_released ? other_end(proc, peer) : NULL;

		if (peer->is_ours && !peer->is_released && peer->references == 0 &&
		    acti_list_is_empty(&peer->connection.portals))
			WRONG("%s keeps a connection that it has no use for", process->title);
		if (other != NULL && other->has_released && other->references == 0 &&
		    acti_list_is_empty(&other->connection.portals))
			WRONG("%s was let go, and keeps the connection", other->proc->actor.uid.name);
	}
}

static void
check_all_released(void)
{
	acti_list_for_each(link, &the_sim()->processes)
		check_released(acti_container_of(link, struct acti_sim_process, link));
}

void
judge_registry(int rc, const struct actor_registration *list, size_t count)
{
	const struct acti_sim_process *self = this_process(), *registrar;
	const struct acti_proc *proc;
	pid_t pids[REGISTRARS_MAX];

	if (!is_settled(self) || registrars_of(self, pids) != 1)
		return;
	registrar = acti_sim_find(the_sim(), pids[0]);
	if (!is_settled(registrar) || may_be_limited())
		return;
	proc = actor_of(registrar);
	check_all_released();
	if (rc != 0) {
		if (actor_of(self)->discovered->membership_count <= 1)
			WRONG("a registrar is there, and gives no list: %s", actor_error_text(actor_error_last()));
		return;
	}
	for (size_t i = 0; i < count; i++)
		check_entry(acti_sim_find(the_sim(), list[i].pid), &list[i]);
	acti_list_for_each(link, &the_sim()->processes) {
		const struct acti_sim_process *process = acti_container_of(link, struct acti_sim_process, link);
		unsigned times;

		if (!is_settled(process) || !have_registry_in_common(&actor_of(process)->place, &proc->place))
			continue;
		times = count_in(list, count, &actor_of(process)->actor.uid);
		if (times == 0 && process->parent_pid == registrar->pid && has_fired(ACTI_SIM_CONNECT))
			continue; /* it seemed not to be there, and has no connection of its own to see that by */
		if (times != 1 && actor_of(self)->discovered->membership_count <= 1)
			WRONG("%s lives, and is entered %u times", process->title, times);
	}
}

/* ---- calls ---- */

struct target
target_of(struct actor_portal handle)
{
	struct target target = { .pid = 0 };
	struct acti_portal *portal;

	if (acti_portal_find(handle, &portal) != 0)
		return target;
	target.pid = portal->pid;
	target.uid = portal->uid;
	target.is_self = portal->is_self;
	if (portal->connection != NULL) {
		target.role = portal->connection->role;
		target.is_ours = target.role == ACTI_ROLE_PEER && acti_peer_of(portal->connection)->is_ours;
	}
	return target;
}

/*
 * A connection may end when one side does, or when the world breaks it; and who made it may have had enough before we
 * knew of it.
 */
static bool
may_be_lost(uint32_t id, const struct target *target, const struct acti_sim_process *callee)
{
	const struct acti_sim_process *self = this_process();

	if (callee == NULL || !is_staying(actor_of(callee)) || memory_was_short())
		return true;
	switch (target->role) {
	case ACTI_ROLE_CHILD:
		return callee->link_was_broken;
	case ACTI_ROLE_PARENT:
		return self->link_was_broken;
	default: /* a registrar gives up one that seems not to be there */
		return callee->peer_was_broken || self->peer_was_broken || has_fired(ACTI_SIM_CONNECT) ||
		       (!target->is_ours && truths[id].started == 0);
	}
}

static void
judge_lost(uint32_t id, const struct target *target, const struct acti_sim_process *callee,
           const struct actor_error *error)
{
	const struct truth *truth = &truths[id];

	if (!may_be_lost(id, target, callee)) {
		WRONG("call %u: its peer is gone, but it lives: %s", id, actor_error_text(error));
		return;
	}
	if (callee == NULL || truth->started == 0 || callee->link_was_broken || callee->peer_was_broken ||
	    this_process()->link_was_broken || this_process()->peer_was_broken || memory_was_short())
		return;
	if (++person_of(callee)->lost_calls >
	    callee->starts + callee->peer_starts - callee->replies - callee->peer_replies)
		WRONG("call %u is lost, but its reply was written", id);
}

static void
judge_local(uint32_t id, const struct actor_error *error, const struct target *target, uint64_t begun_ns)
{
	const struct acti_sim_process *callee = acti_sim_find(the_sim(), target->pid);

	switch (actor_error_code(error)) {
	case ACTOR_ECANCELED:
	case ACTOR_EDEADLINE:
		judge_cancelled(id, &truths[id], may_be_limited() ? NULL : callee, begun_ns);
		break;
	case ACTOR_EPEERGONE:
		judge_lost(id, target, callee, error);
		break;
	case ACTOR_EPROTOCOL: /* a frame that it began, before it stuck */
		if (is_quiet(callee))
			WRONG("call %u: both sides are ours: %s", id, actor_error_text(error));
		break;
	case ACTOR_ECLOSED:
		if (!may_be_lost(id, target, callee) && !callee->was_told_to_stop)
			WRONG("call %u: nobody has closed its peer: %s", id, actor_error_text(error));
		break;
	case ACTOR_ENOMEM:
		if (!memory_was_short())
			WRONG("call %u: there was memory: %s", id, actor_error_text(error));
		break;
	default:
		WRONG("call %u: that cannot be: %s", id, actor_error_text(error));
	}
}

/* The endpoint ran in the caller's own task: so its error is the caller's. */
static void
judge_self(uint32_t id, int rc)
{
	const struct truth *truth = &truths[id];

	if (truth->started > 0 ? truth->ended != 1 || (truth->rc != rc && !memory_was_short())
	                       : rc != ACTOR_ECANCELED && rc != ACTOR_EDEADLINE && rc != ACTOR_ECLOSED &&
	                             !(rc == ACTOR_ENOMEM && memory_was_short()))
		WRONG("call %u, of an actor to itself, gave %s", id, actor_code_name(rc));
}

static void
judge_receipt(uint32_t id, const Market__Receipt *receipt, const struct target *target)
{
	const struct truth *truth = &truths[id];

	if (truth->ended != 1 || truth->rc != 0)
		WRONG("call %u has a result that nobody gave", id);
	else if (receipt->value != truth->value || receipt->id != id)
		WRONG("call %u gave %u, its caller has %u of call %u", id, truth->value, receipt->value, receipt->id);
	else if ((pid_t)receipt->pid != target->pid || receipt->uuid.len != sizeof target->uid.uuid ||
	         memcmp(receipt->uuid.data, target->uid.uuid, sizeof target->uid.uuid) != 0)
		WRONG("call %u was for %d, and %u has answered", id, (int)target->pid, receipt->pid);
}

void
judge_call(uint32_t id, int rc, const Market__Receipt *receipt, const struct target *target, uint64_t begun_ns,
           bool was_cancelled)
{
	const struct actor_error *error = actor_error_last();
	const struct truth *truth = &truths[id];

	if (was_cancelled && truth->started > 0)
		WRONG("call %u was made in a scope that was cancelled", id);
	if (truth->started > 0 && truth->pid != target->pid)
		WRONG("call %u was for %d, and ran in %d", id, (int)target->pid, (int)truth->pid);
	if (rc == 0)
		judge_receipt(id, receipt, target);
	else if (rc > 0 || error == NULL || actor_error_code(error) != rc)
		WRONG("call %u failed with %d and no error that says so", id, rc);
	else if (target->is_self)
		judge_self(id, rc);
	else if (actor_error_origin(error) != NULL)
		judge_boxed(id, truth, error);
	else
		judge_local(id, error, target, begun_ns);
	observe();
}

/* A parent may, and whom the program of a root names may stop that. */
static bool
may_cancel(const struct target *target, const struct acti_sim_process *process)
{
	const struct actor_program *program = process->program;

	if (process->parent_pid == this_process()->pid)
		return true;
	return target->role == ACTI_ROLE_PEER && process->parent_pid == 0 && program->access.cancel_uid_count > 0;
}

void
judge_cancelling(int rc, const struct target *target)
{
	const struct acti_sim_process *process = acti_sim_find(the_sim(), target->pid);

	switch (rc) {
	case 0:
		if (!may_cancel(target, process))
			WRONG("%d was stopped by one who may not", (int)target->pid);
		if (is_staying(actor_of(process)))
			WRONG("%d said that it stops, and goes on", (int)target->pid);
		break;
	case ACTOR_EDENIED:
		if (may_cancel(target, process))
			WRONG("%d did not stop for one who may ask", (int)target->pid);
		break;
	case ACTOR_EINVAL:
		if (!target->is_self)
			WRONG("%d is not the actor itself", (int)target->pid);
		break;
	case ACTOR_NO_ACK:
		if (is_quiet(this_process()) && is_quiet(process) && is_staying(actor_of(process)))
			WRONG("%d did not say whether it stops", (int)target->pid);
		break;
	default:
		if (rc != ACTOR_ECANCELED && rc != ACTOR_EDEADLINE && rc != ACTOR_ECLOSED &&
		    !(rc == ACTOR_ENOMEM && memory_was_short()))
			WRONG("an actor cannot be stopped so: %s", actor_error_text(actor_error_last()));
	}
}
