/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <rpc/actor.h>
#include <stdarg.h>
#include <string.h>
#include <wire/frame.h>

int
acti_actor_init(struct actor *actor, struct acti_os *os, const struct actor_program *program,
                const struct acti_actor_hooks *hooks)
{
	int rc;

	*actor = (struct actor){
		.os = os,
		.hooks = hooks,
		.limits = acti_limits_default,
		.log_level = ACTI_LOG_WARNING,
		.pid = os->ops->pid(os),
		.build = os->ops->build(os),
		.program = program,
	};
	acti_list_init(&actor->flush_list);
	acti_list_init(&actor->turns.held);
	acti_list_init(&actor->blocks);
	acti_scope_init(&actor->scope, NULL, NULL, NULL);
	rc = acti_scheduler_init(&actor->scheduler, os, actor, &actor->uid);
	if (rc != 0)
		return rc;
	actor->wire = acti_pool_allocate(&actor->scheduler.pool, &actor->blocks, sizeof *actor->wire);
	actor->body = acti_pool_allocate(&actor->scheduler.pool, &actor->blocks, ACTI_ERROR_SIZE_MAX);
	actor->error = acti_pool_allocate(&actor->scheduler.pool, &actor->blocks, sizeof *actor->error);
	if (actor->wire == NULL || actor->body == NULL || actor->error == NULL) {
		acti_actor_fini(actor);
		return -ENOMEM;
	}
	acti_error_init(actor->error);
	return 0;
}

void
acti_actor_fini(struct actor *actor)
{
	acti_scope_fini(&actor->scope);
	acti_pool_release_all(&actor->scheduler.pool, &actor->blocks);
	acti_scheduler_fini(&actor->scheduler);
}

struct actor *
acti_actor_current(void)
{
	struct acti_task *task = acti_task_current();

	return task != NULL ? task->scheduler->actor : NULL;
}

int
actor_self(struct actor_identity *ret_identity)
{
	struct actor *actor = acti_actor_current();

	if (actor == NULL)
		return ACTOR_ENORUNTIME;
	*ret_identity = (struct actor_identity){ .uid = actor->uid, .pid = actor->pid };
	return 0;
}

enum actor_log_level
actor_self_log_level(void)
{
	struct actor *actor = acti_actor_current();

	return actor != NULL ? (enum actor_log_level)actor->log_level : ACTOR_LOG_DEFAULT;
}

struct acti_served *
acti_actor_find_served(struct actor *actor, size_t count, const char *name, size_t size)
{
	for (size_t i = 0; i < count; i++)
		if (acti_name_is(name, size, actor->served[i].service->name))
			return &actor->served[i];
	return NULL;
}

const struct actor_module *
acti_program_find_module(const struct actor_program *program, const char *name)
{
	for (size_t i = 0; i < program->module_count; i++)
		if (strcmp(program->modules[i].service->name, name) == 0)
			return &program->modules[i];
	return NULL;
}

void
acti_log(const struct actor *actor, enum acti_log_level level, const char *format, ...)
{
	char line[ACTI_LOG_LINE_SIZE];
	va_list arguments;
	size_t size;

	if (level > actor->log_level)
		return;
	va_start(arguments, format);
	size = acti_log_format_list(line, &actor->uid, level, format, arguments);
	va_end(arguments);
	actor->os->ops->log(actor->os, line, size);
}
