/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a child.  Hello and SpawnSpec are in the link before the child has run an instruction of ours; it answers
 * with its own Hello, opens its modules, and says that it is ready, or why not.
 */
#include <base/probe.h>
#include <errno.h>
#include <proc/child.h>
#include <stdio.h>
#include <string.h>

#define START_TIMEOUT_MS 10000
#define TITLE_SIZE ACTI_UID_TEXT_SIZE

/* What the child is to serve; what is for its family only comes last. */
struct allowlist {
	const struct actor_service *services[ACTI_MODULES_MAX];
	size_t count;
	size_t family_count;
};

static int
allow(struct allowlist *list, struct actor *actor, const struct actor_service *service, bool is_other_program)
{
	const struct actor_module *module = acti_program_find_module(actor->program, service->name);

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->services[i]->name, service->name) == 0)
			return 0;
	if (!is_other_program && (module == NULL || module->service->fingerprint != service->fingerprint))
		return acti_fail(ACTOR_ENOMODULE,
		                 "this program has no module %s: put it into actor_program.modules, or name the "
		                 "program that has it in actor_spawn_options.executable",
		                 service->name);
	if (list->count == ACTI_MODULES_MAX)
		return acti_fail(ACTOR_EINVAL, "an actor serves at most %d modules", ACTI_MODULES_MAX);
	list->services[list->count++] = service;
	return 0;
}

/* Moves it behind the others. */
static int
restrict_to_family(struct allowlist *list, const struct actor_service *service)
{
	size_t open_count = list->count - list->family_count;

	for (size_t i = 0; i < open_count; i++) {
		const struct actor_service *found = list->services[i];

		if (strcmp(found->name, service->name) != 0)
			continue;
		memmove(list->services + i, list->services + i + 1,
		        (list->count - i - 1) * sizeof(const struct actor_service *));
		list->services[list->count - 1] = found;
		list->family_count++;
		return 0;
	}
	return acti_fail(ACTOR_EINVAL, "options.family_only names %s, which is not enabled, or is named there twice",
	                 service->name);
}

static int
collect(struct allowlist *list, struct actor *actor, const struct actor_service *service,
        const struct actor_spawn_options *options)
{
	bool is_other_program = options->executable != NULL;
	int rc = 0;

	list->count = list->family_count = 0;
	if (service != NULL)
		rc = allow(list, actor, service, is_other_program);
	for (size_t i = 0; rc == 0 && options->enable != NULL && options->enable[i] != NULL; i++)
		rc = allow(list, actor, options->enable[i], is_other_program);
	for (size_t i = 0; rc == 0 && options->family_only != NULL && options->family_only[i] != NULL; i++)
		rc = restrict_to_family(list, options->family_only[i]);
	return rc;
}

/* Its own addresses, known to be ones before a process is made. */
static int
take_addresses(struct acti_child_process *child, const char *const *addresses)
{
	const char *path, *why;

	for (size_t i = 0; addresses != NULL && addresses[i] != NULL; i++) {
		if (i == ACTI_ADDRESSES_MAX)
			return acti_fail(ACTOR_EINVAL, "options.listen has more than %d addresses", ACTI_ADDRESSES_MAX);
		if (strlen(addresses[i]) >= ACTI_ADDRESS_SIZE)
			return acti_fail(ACTOR_EINVAL, "an address of %zu bytes", strlen(addresses[i]));
		if (acti_transport_of(addresses[i], &path, &why) == NULL)
			return acti_fail(ACTOR_EINVAL, "%s: %s", addresses[i], why);
		strcpy(child->listen[child->listen_count++], addresses[i]);
	}
	return 0;
}

static void
place_to_wire(const struct acti_child_process *child, actor_wire_SpawnSpec *spec)
{
	const struct acti_place *place = &acti_proc_of(child->actor)->place;

	spec->only_looks = place->only_looks;
	spec->registries_count = (pb_size_t)place->registry_count;
	for (size_t i = 0; i < place->registry_count; i++)
		memcpy(spec->registries[i], place->registries[i], sizeof place->registries[i]);
	spec->listen_count = (pb_size_t)child->listen_count;
	for (size_t i = 0; i < child->listen_count; i++)
		memcpy(spec->listen[i], child->listen[i], sizeof child->listen[i]);
	memcpy(spec->root_address, place->root_address, sizeof place->root_address);
}

static void
send_spec(struct acti_child_process *child, const struct allowlist *list, enum actor_log_level log_level)
{
	struct actor *actor = child->actor;
	actor_wire_SpawnSpec *spec = &actor->wire->spec;

	memset(spec, 0, sizeof *spec);
	spec->has_uid = true;
	acti_uid_to_wire(&child->uid, &spec->uid);
	spec->has_root = true;
	acti_uid_to_wire(&actor->root, &spec->root);
	spec->log_level = log_level != ACTOR_LOG_DEFAULT ? (uint32_t)log_level : (uint32_t)actor->log_level;
	spec->depth = actor->depth + 1;
	spec->family_only = (uint32_t)list->family_count;
	place_to_wire(child, spec);
	spec->modules_count = (pb_size_t)list->count;
	for (size_t i = 0; i < list->count; i++) {
		snprintf(spec->modules[i].name, sizeof spec->modules[i].name, "%s", list->services[i]->name);
		spec->modules[i].fingerprint = list->services[i]->fingerprint;
	}
	acti_connection_send(&child->connection, ACTI_FRAME_SPAWN_SPEC, 0, actor->body,
	                     acti_spawn_spec_encode(spec, actor->body, ACTI_ERROR_SIZE_MAX));
}

static int
start_process(struct acti_child_process *child, const struct actor_spawn_options *options, int *ret_link)
{
	struct acti_os *os = child->actor->os;
	char title[TITLE_SIZE];
	const struct acti_spawn spawn = {
		.executable = options->executable,
		.title = acti_uid_text(&child->uid, title),
		.environment = options->environment,
	};
	const char *step = "";
	int rc = os->ops->spawn(os, &spawn, &child->process, ret_link, &step);

	if (rc != 0)
		return acti_fail(ACTOR_ESPAWN, "%s: %s%s%s: %s", child->uid.name, step,
		                 options->executable != NULL ? " " : "",
		                 options->executable != NULL ? options->executable : "", strerror(-rc));
	return 0;
}

/* A record with nothing started; NULL: memory is spent. */
static struct acti_child_process *
new_child(struct acti_nursery *nursery, struct actor *actor, const char *name, uint64_t start_timeout_ms)
{
	struct acti_child_process *child = acti_allocate(&actor->os->memory, sizeof *child);

	if (child == NULL)
		return NULL;
	memset(child, 0, offsetof(struct acti_child_process, loss));
	child->actor = actor;
	child->child.nursery = nursery;
	child->start_timeout_ms = start_timeout_ms != 0 ? start_timeout_ms : START_TIMEOUT_MS;
	child->status = -1;
	child->number = ++acti_proc_of(actor)->last_peer;
	acti_list_init(&child->waiters);
	acti_list_init(&child->sibling);
	acti_list_init(&child->retired_link);
	acti_error_init(&child->loss);
	acti_crash_report_init(&child->report);
	child->portal = NULL;
	snprintf(child->uid.name, sizeof child->uid.name, "%s", name);
	if (actor->os->ops->random(actor->os, child->uid.uuid, sizeof child->uid.uuid) != 0) {
		acti_release(&actor->os->memory, child);
		return NULL;
	}
	return child;
}

static void
free_portal(struct acti_cleanup *cleanup)
{
	struct acti_portal *portal = acti_container_of(cleanup, struct acti_portal, cleanup);
	struct acti_child_process *child = portal->child;

	if (child != NULL)
		child->portal = NULL;
	acti_one_shot_free(portal);
	acti_portal_free(portal);
}

void
acti_child_process_keep_portal(struct acti_portal *portal, struct acti_task *task)
{
	acti_list_remove(&portal->cleanup.link);
	acti_list_push_back(&task->cleanups, &portal->cleanup.link);
}

static int
make_portal(struct acti_child_process *child, struct acti_nursery *nursery)
{
	struct acti_portal *portal = acti_portal_new(child->actor, &child->uid, &child->connection);

	if (portal == NULL)
		return acti_fail(ACTOR_ENOMEM, "a portal to %s: out of memory", child->uid.name);
	portal->child = child;
	portal->pid = (int)child->process.pid;
	portal->cleanup.fn = free_portal;
	acti_list_push_back(&nursery->kept, &portal->cleanup.link);
	child->portal = portal;
	return 0;
}

/* The child as a running process that the nursery owns, or nothing at all. */
static int
launch(struct acti_child_process *child, struct acti_nursery *nursery, const struct allowlist *list,
       const struct actor_spawn_options *options)
{
	struct actor *actor = child->actor;
	int link, rc = start_process(child, options, &link);

	if (rc != 0) {
		acti_release(&actor->os->memory, child);
		return rc;
	}
	rc = acti_connection_open(&child->connection, actor, &acti_child_connection_ops, ACTI_ROLE_CHILD, link, true,
	                          &child->loss);
	if (rc == 0)
		rc = acti_child_process_watch(child);
	if (rc != 0) {
		ACTI_PROBE("a process could not be set up");
		actor->os->ops->process_end(actor->os, &child->process);
		acti_child_process_free(child);
		return acti_fail(ACTOR_ESPAWN, "the link to a new process: %s", strerror(-rc));
	}
	acti_connection_send_hello(&child->connection);
	send_spec(child, list, options->log_level);
	rc = make_portal(child, nursery);
	if (rc != 0)
		acti_child_process_stop(child);
	return rc;
}

/* Its portal is gone if its nursery is: it may have ended, and that closed, before this task runs again. */
static int
wait_until_ready(struct acti_child_process *child, struct actor_portal *ret_portal)
{
	struct acti_scheduler *scheduler = &child->actor->scheduler;
	int rc = 0;

	child->references++;
	while (rc == 0 && !child->is_booted && !child->is_gone)
		rc = acti_wait(&child->waiters, acti_waiting_for_start);
	if (rc == 0 && !child->is_booted) {
		acti_error_copy(&scheduler->errors, &acti_task_current()->error, &child->loss);
		rc = child->loss.code;
	} else if (rc != 0) {
		ACTI_PROBE("a spawn was cancelled");
		acti_child_process_stop(child);
	} else if (child->portal == NULL) {
		rc = acti_fail(ACTOR_ECLOSED, "%s has ended already", child->uid.name);
	} else {
		*ret_portal = acti_portal_handle(child->portal);
	}
	child->references--;
	acti_child_process_retire(child);
	return rc;
}

/* A handler that spawns itself comes to an end. */
static int
check_limits(struct actor *actor, const struct acti_nursery *nursery)
{
	if (nursery->child_count >= actor->limits.children_max)
		return acti_fail(ACTOR_ENOMEM, "the nursery of %s:%d has %zu children already: the limit is %u",
		                 nursery->file, nursery->line, nursery->child_count, actor->limits.children_max);
	if (actor->depth >= actor->limits.tree_depth_max)
		return acti_fail(ACTOR_ENOMEM, "the tree is %u deep: that is the limit", actor->depth);
	return 0;
}

int
actor_nursery_spawn(struct actor_nursery *owner, const char *name, const struct actor_service *service,
                    const struct actor_spawn_options *options, struct actor_portal *ret_portal)
{
	static const struct actor_spawn_options defaults = { 0 };
	struct actor *actor = acti_actor_current();
	struct acti_child_process *child;
	struct acti_nursery *nursery;
	struct allowlist list;
	int rc;

	if (options == NULL)
		options = &defaults;
	if (actor == NULL)
		return ACTOR_ENORUNTIME;
	if (name == NULL || !acti_name_is_valid(name))
		return acti_fail(ACTOR_EINVAL, "\"%.70s\" is not an actor's name: use 1 to 64 of A-Z a-z 0-9 . _ -",
		                 name != NULL ? name : "");
	rc = acti_nursery_find_open(owner, &nursery);
	if (rc == 0)
		rc = check_limits(actor, nursery);
	if (rc == 0)
		rc = collect(&list, actor, service, options);
	if (rc != 0)
		return rc;
	child = new_child(nursery, actor, name, options->start_timeout_ms);
	if (child == NULL)
		return acti_fail(ACTOR_ENOMEM, "%s: out of memory", name);
	rc = take_addresses(child, options->listen);
	if (rc != 0) {
		acti_release(&actor->os->memory, child);
		return rc;
	}
	rc = launch(child, nursery, &list, options);
	return rc != 0 ? rc : wait_until_ready(child, ret_portal);
}
