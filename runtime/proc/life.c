/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of an actor: STARTING until its modules are open (the root starts in RUNNING), RUNNING until its scope is
 * cancelled and the last task and child have ended, CLOSING while its modules are closed, LEAVING until its parent
 * has been told.  What ends it only cancels the scope; the rest follows from the count of what is left.  A second signal
 * is different: then what is left is dropped as it is.
 */
#include <errno.h>
#include <proc/crash.h>
#include <proc/peer.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SIGNAL_ECHO_MS 100u /* in which further signals belong to the first */

/* ---- modules ---- */

static bool
is_listed(const struct actor_service *const *list, const struct actor_module *module)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		if (strcmp(list[i]->name, module->service->name) == 0)
			return true;
	return false;
}

int
acti_proc_serve(struct acti_proc *proc, const struct actor_module *module, bool is_for_family)
{
	struct actor *actor = &proc->actor;
	size_t place = is_for_family ? actor->served_count : actor->served_for_all;

	if (actor->served_count == ACTI_MODULES_MAX)
		return -E2BIG;
	memmove(actor->served + place + 1, actor->served + place,
	        (actor->served_count - place) * sizeof actor->served[0]);
	actor->served[place] = (struct acti_served){ .service = module->service, .ops = module->ops };
	actor->served_count++;
	if (!is_for_family)
		actor->served_for_all++;
	return 0;
}

int
acti_proc_open_modules(struct acti_proc *proc)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < proc->actor.served_count; i++) {
		struct acti_served *served = &proc->actor.served[i];

		if (served->is_open)
			continue;
		rc = served->service->state_open(served->ops, &served->state);
		served->is_open = rc == 0;
		if (rc > 0)
			rc = acti_fail(ACTOR_EINVAL, "the state_open of %s gave %d: 0 is success, an error is negative",
			               served->service->name, rc);
	}
	return rc;
}

/* ---- the root's own task ---- */

static int
run_root(void *argument)
{
	struct acti_proc *proc = argument;
	int rc = acti_proc_open_modules(proc);

	if (rc == 0 && proc->discovery != NULL)
		rc = proc->discovery->start(proc);
	return rc == 0 ? proc->actor.program->root(proc->argc, proc->argv) : rc;
}

static void
root_ended(struct acti_task *task, int rc)
{
	struct acti_proc *proc = task->owner;

	proc->status = rc == 0 ? 0 : 1;
	if (rc == ACTOR_NOBODY)
		acti_log(&proc->actor, ACTI_LOG_ERROR, "root gave ACTOR_NOBODY: no actor of that name was found");
	else if (rc > 0)
		acti_log(&proc->actor, ACTI_LOG_ERROR, "root gave %d: 0 is success, an error is negative", rc);
	if (rc < 0 && proc->signal == 0)
		acti_log(&proc->actor, acti_error_is_cancellation(&task->error) ? ACTI_LOG_WARNING : ACTI_LOG_ERROR,
		         "%s", actor_error_text(&task->error));
	acti_scope_cancel(&proc->actor.scope, ACTOR_ECANCELED, &proc->actor.uid);
}

/* What check_program() has found to be there. */
static int
serve_as_root(struct acti_proc *proc)
{
	const struct actor_program *program = proc->actor.program;
	const struct actor_service *const *enable = program->enable;
	int rc = 0;

	for (size_t i = 0; rc == 0 && proc->daemon_name != NULL && i < program->module_count; i++)
		rc = acti_proc_serve(proc, &program->modules[i], is_listed(program->family_only, &program->modules[i]));
	for (size_t i = 0; rc == 0 && proc->daemon_name == NULL && enable != NULL && enable[i] != NULL; i++) {
		const struct actor_module *module = acti_program_find_module(program, enable[i]->name);

		rc = acti_proc_serve(proc, module, is_listed(program->family_only, module));
	}
	return rc;
}

static int
start_root(struct acti_proc *proc)
{
	struct actor *actor = &proc->actor;
	const char *name = proc->daemon_name != NULL      ? proc->daemon_name
	                   : actor->program->name != NULL ? actor->program->name
	                                                  : "root";
	struct acti_task *task;
	int rc = actor->os->ops->random(actor->os, actor->uid.uuid, sizeof actor->uid.uuid);

	if (rc == 0)
		rc = serve_as_root(proc);
	if (rc != 0)
		return rc;
	snprintf(actor->uid.name, sizeof actor->uid.name, "%s", name);
	actor->root = actor->uid;
	task = acti_task_new(&actor->scheduler, &actor->scope, "root");
	if (task == NULL)
		return -ENOMEM;
	proc->phase = ACTI_PHASE_RUNNING;
	acti_task_start(task, run_root, proc, root_ended, proc);
	return 0;
}

/* ---- the end ---- */

/* What one leaves undone is undone for it, and told. */
static void
close_module(struct acti_proc *proc, struct acti_served *served)
{
	struct acti_task *task = acti_task_current();
	int rc;

	served->service->state_close(served->ops, served->state);
	served->is_open = false;
	rc = acti_nursery_close_forgotten(task, 0);
	if (rc < 0)
		acti_log(&proc->actor, ACTI_LOG_ERROR, "closing %s: %s", served->service->name,
		         actor_error_text(&task->error));
}

static int
close_modules(void *argument)
{
	struct acti_proc *proc = argument;

	for (size_t i = proc->actor.served_count; i-- > 0;)
		if (proc->actor.served[i].is_open)
			close_module(proc, &proc->actor.served[i]);
	if (proc->discovery != NULL)
		proc->discovery->leave(proc);
	acti_peers_leave(proc);
	return 0;
}

static void
modules_closed(struct acti_task *task, int rc)
{
	struct acti_proc *proc = task->owner;

	(void)rc;
	proc->phase = ACTI_PHASE_LEAVING;
	if (!proc->has_parent || proc->parent_is_gone)
		return;
	acti_connection_send(&proc->parent, ACTI_FRAME_BYE, 0, NULL, 0);
	acti_link_stop_reading(&proc->parent.link);
}

static void
close_down(struct acti_proc *proc)
{
	struct acti_task *task = acti_task_new(&proc->actor.scheduler, NULL, "close");

	proc->phase = ACTI_PHASE_CLOSING;
	if (task == NULL) {
		acti_log(&proc->actor, ACTI_LOG_ERROR, "no memory to close the modules with");
		proc->phase = ACTI_PHASE_LEAVING;
		proc->status = 1;
		return;
	}
	/* One that awaits for ever fails in time for the others to be closed, too. */
	if (acti_supervision_limit_ns(proc) != UINT64_MAX)
		acti_scope_set_deadline(&task->root_scope, proc->actor.os, acti_supervision_limit_ns(proc),
		                        &proc->actor.uid);
	acti_task_start(task, close_modules, proc, modules_closed, proc);
}

/* The next phase, if this one is over; true: it began, so that there is more to run. */
static bool
advance(struct acti_proc *proc)
{
	struct actor *actor = &proc->actor;

	if (proc->is_forced && proc->child_count == 0)
		actor->os->ops->loop_stop(actor->os);
	if (proc->phase == ACTI_PHASE_RUNNING && actor->scope.cause != 0 && actor->scheduler.task_count == 0 &&
	    proc->child_count == 0) {
		/* Before the last word, what has been read is heard: a Cancel in it is to be acknowledged. */
		actor->turns.are_over = true;
		if (acti_list_is_empty(&actor->turns.held))
			close_down(proc);
		return true;
	}
	if (proc->phase == ACTI_PHASE_LEAVING && acti_list_is_empty(&actor->flush_list) &&
	    (!proc->has_parent || proc->parent.link.out_end == proc->parent.link.out_start))
		actor->os->ops->loop_stop(actor->os);
	return false;
}

static bool
turn(void *argument)
{
	struct acti_proc *proc = argument;
	bool more = acti_scheduler_run(&proc->actor.scheduler);

	acti_links_go_on(&proc->actor.turns);
	acti_children_sweep(proc);
	acti_peers_sweep(proc);
	while (!acti_list_is_empty(&proc->actor.flush_list))
		acti_link_flush(acti_container_of(proc->actor.flush_list.next, struct acti_link, flush_link));
	more = more || !acti_list_is_empty(&proc->actor.turns.held);
	return advance(proc) || more || proc->actor.scheduler.ready_count > 0;
}

/* Until it has ended; gives the exit status. */
static int
run(struct acti_proc *proc)
{
	struct actor *actor = &proc->actor;
	int rc = actor->os->ops->loop_run(actor->os, turn, proc);

	acti_thread_set_ended(&actor->uid);
	if (proc->is_forced)
		return 1; /* with tasks in it: they go with the process */
	acti_children_sweep(proc);
	if (proc->discovery != NULL)
		proc->discovery->fini(proc);
	acti_peers_fini(proc);
	if (proc->has_parent)
		acti_connection_fini(&proc->parent);
	return rc == 0 ? proc->status : 1;
}

/* ---- what may end it ---- */

static void
cancel_actor(struct actor *actor, const struct actor_uid *canceller, uint32_t budget_ms)
{
	struct acti_proc *proc = acti_proc_of(actor);

	acti_supervision_set_budget(proc, budget_ms);
	acti_scope_cancel(&actor->scope, ACTOR_ECANCELED, canceller);
}

/* From this moment on nobody comes in. */
static void
on_scope_cancel(struct acti_scope *scope)
{
	struct acti_proc *proc = acti_proc_of(acti_container_of(scope, struct actor, scope));

	acti_peers_stop_listening(proc);
	acti_peers_hurry(proc);
	if (proc->daemon_name != NULL)
		proc->actor.os->ops->notify(proc->actor.os, "STOPPING=1");
}

static const struct acti_actor_hooks hooks = { .cancel_actor = cancel_actor };

/*
 * The first signal asks, and so do those that come with it: timeout(1) and terminals signal a process and its group.
 * A later one is from somebody who does not want to wait any longer.
 */
static void
signalled(struct acti_proc *proc, int number)
{
	struct actor *actor = &proc->actor;
	uint64_t now = actor->os->ops->now_ns(actor->os);

	if (proc->signal == 0) {
		proc->signal = number;
		proc->signalled_ns = now;
		acti_log(actor, proc->daemon_name != NULL ? ACTI_LOG_WARNING : ACTI_LOG_INFO, "%s: stopping",
		         acti_signal_name(number));
		cancel_actor(actor, actor->uid.name[0] != '\0' ? &actor->uid : NULL, 0);
	} else if (now - proc->signalled_ns >= SIGNAL_ECHO_MS * ACTI_NS_PER_MS && !proc->is_forced) {
		acti_log(actor, ACTI_LOG_WARNING, "signal %d again: what is left ends now", number);
		acti_supervision_force(proc);
	}
}

static void
interrupted(struct acti_signal *signal)
{
	signalled(acti_container_of(signal, struct acti_proc, interrupt), signal->number);
}

static void
terminated(struct acti_signal *signal)
{
	signalled(acti_container_of(signal, struct acti_proc, terminate), signal->number);
}

static void
asked_to_show(struct acti_signal *signal)
{
	acti_proc_view(acti_container_of(signal, struct acti_proc, show));
}

/* ---- the program ---- */

static int
check_module(const struct actor_module *module, char *text, size_t size)
{
	const struct actor_service *service = module->service;

	if (service->abi != ACTOR_GENERATED_ABI) {
		snprintf(text, size, "the module %s was made by another actorgen: run it again", service->name);
		return ACTOR_EINVAL;
	}
	if (module->ops == NULL) {
		snprintf(text, size, "the module %s has no ops", service->name);
		return ACTOR_EINVAL;
	}
	for (size_t i = 0; i < service->endpoint_count; i++) {
		void (*slot)(void);

		memcpy(&slot, (const char *)module->ops + service->endpoints[i].ops_offset, sizeof slot);
		if (slot == NULL) {
			snprintf(text, size, "the module %s has no function for %s: set .%s in its ops", service->name,
			         service->endpoints[i].name, service->endpoints[i].op);
			return ACTOR_EINVAL;
		}
	}
	return 0;
}

static int
check_listed(const struct actor_program *program, const struct actor_service *const *list, char *text, size_t size)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		const struct actor_module *module = acti_program_find_module(program, list[i]->name);

		if (module != NULL && module->service->fingerprint == list[i]->fingerprint)
			continue;
		snprintf(text, size, "this program has no module %s, which its root is to serve", list[i]->name);
		return ACTOR_ENOMODULE;
	}
	return 0;
}

static int
check_root(const struct acti_proc_options *options, char *text, size_t size)
{
	const struct actor_program *program = options->program;
	const char *name = options->daemon_name != NULL ? options->daemon_name : program->name;
	int rc;

	if (name != NULL && !acti_name_is_valid(name)) {
		snprintf(text, size, "\"%.70s\" is not an actor's name: use 1 to 64 of A-Z a-z 0-9 . _ -", name);
		return ACTOR_EINVAL;
	}
	rc = check_listed(program, program->enable, text, size);
	return rc == 0 ? check_listed(program, program->family_only, text, size) : rc;
}

static int
check_program(const struct actor_program *program, char *text, size_t size)
{
	int rc = 0;

	if (program->module_count > ACTI_MODULES_MAX) {
		snprintf(text, size, "a program has at most %d modules", ACTI_MODULES_MAX);
		return ACTOR_EINVAL;
	}
	for (size_t i = 0; rc == 0 && i < program->module_count; i++) {
		rc = check_module(&program->modules[i], text, size);
		if (rc == 0 &&
		    acti_program_find_module(program, program->modules[i].service->name) != &program->modules[i]) {
			snprintf(text, size, "the module %s is there twice", program->modules[i].service->name);
			rc = ACTOR_EINVAL;
		}
	}
	return rc;
}

static void
complain(struct acti_os *os, const char *text)
{
	char line[ACTI_LOG_LINE_SIZE];
	const struct actor_uid nobody = { .name = "main" };

	os->ops->log(os, line, acti_log_format(line, &nobody, ACTI_LOG_ERROR, "%s", text));
}

/* ---- all of it ---- */

/* Until a child's spec is here, it has the level of a root. */
static void
set_log_level(struct actor *actor)
{
	const char *wanted = actor->os->ops->variable(actor->os, "ACTOR_LOG");
	enum actor_log_level level = wanted != NULL ? acti_log_level_of(wanted) : ACTOR_LOG_DEFAULT;

	if (level == ACTOR_LOG_DEFAULT)
		level = actor->program->log_level;
	if (level != ACTOR_LOG_DEFAULT)
		actor->log_level = (enum acti_log_level)level;
	if (wanted != NULL && acti_log_level_of(wanted) == ACTOR_LOG_DEFAULT)
		acti_log(actor, ACTI_LOG_WARNING, "ACTOR_LOG is \"%s\": it can be error, warning, info or debug",
		         wanted);
}

static int
start(struct acti_proc *proc)
{
	struct actor *actor = &proc->actor;
	struct acti_os *os = actor->os;
	int link = os->ops->inherited_link(os);
	int rc;

	set_log_level(actor);
	acti_crash_prepare(proc);
	acti_supervision_init(proc);
	acti_supervision_watch(proc);
	proc->started_ns = os->ops->now_ns(os);
	proc->interrupt.raised = interrupted;
	proc->terminate.raised = terminated;
	proc->show.raised = asked_to_show;
	rc = os->ops->signal_start(os, &proc->interrupt, SIGINT);
	if (rc == 0)
		rc = os->ops->signal_start(os, &proc->terminate, SIGTERM);
	if (rc == 0)
		rc = os->ops->signal_start(os, &proc->show, SIGUSR1);
	if (rc != 0)
		return rc;
	if (link >= 0)
		return acti_parent_open(proc, link);
	if (actor->program->root == NULL) {
		complain(os, "this program has no root: it can only be spawned");
		return -EINVAL;
	}
	return start_root(proc);
}

static int
init(struct acti_proc *proc, struct acti_os *os, const struct acti_proc_options *options)
{
	const struct actor_program *program = options->program;
	struct actor *actor = &proc->actor;
	int rc = acti_actor_init(actor, os, program, &hooks);

	if (rc != 0)
		return rc;
	actor->limits = *options->limits;
	acti_limits_set_supervision(&actor->limits, &program->supervision);
	if (program->blocking_threads != 0)
		actor->limits.blocking_threads = program->blocking_threads;
	actor->scheduler.threads_max = actor->limits.blocking_threads;
	actor->scope.on_cancel = on_scope_cancel;
	acti_peers_init(proc);
	proc->argc = options->argc;
	proc->argv = options->argv;
	proc->discovery = options->discovery;
	proc->daemon_name = options->daemon_name;
	return 0;
}

static void
fini(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	os->ops->signal_stop(os, &proc->interrupt);
	os->ops->signal_stop(os, &proc->terminate);
	os->ops->signal_stop(os, &proc->show);
	os->ops->timer_stop(os, &proc->force);
	if (proc->is_forced)
		return;
	acti_actor_fini(&proc->actor);
	acti_release(&os->memory, proc);
}

int
acti_proc_main(struct acti_os *os, const struct acti_proc_options *options, int *ret_signal)
{
	char text[256];
	struct acti_proc *proc;
	int rc;

	*ret_signal = 0;
	if (check_program(options->program, text, sizeof text) != 0 || check_root(options, text, sizeof text) != 0) {
		complain(os, text);
		return 1;
	}
	proc = acti_allocate(&os->memory, sizeof *proc);
	if (proc == NULL) {
		complain(os, strerror(ENOMEM));
		return 1;
	}
	memset(proc, 0, sizeof *proc);
	rc = init(proc, os, options);
	if (rc != 0) {
		complain(os, strerror(-rc));
		acti_release(&os->memory, proc);
		return 1;
	}
	rc = start(proc);
	if (rc != 0)
		complain(os, strerror(-rc));
	rc = rc == 0 ? run(proc) : 1;
	*ret_signal = proc->signal;
	fini(proc);
	return rc;
}
