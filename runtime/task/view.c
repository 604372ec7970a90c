/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <task/nursery.h>
#include <task/view.h>

/* ---- lines ---- */

void
acti_view_init(struct acti_view *view, struct acti_os *os, const struct actor_uid *uid)
{
	view->os = os;
	view->uid = uid;
	view->now_ns = os->ops->now_ns(os);
	view->depth = 0;
	view->line_count = view->left_out = 0;
}

void
acti_view_begin(struct acti_view *view)
{
	char name[ACTI_UID_TEXT_SIZE];

	acti_text_init(&view->text, view->line, sizeof view->line - 1);
	acti_text_add(&view->text, "live[");
	acti_text_add_escaped(&view->text, acti_uid_text(view->uid, name));
	acti_text_add(&view->text, "] %*s", (int)view->depth * 2, "");
}

static void
write_line(struct acti_view *view)
{
	view->line[view->text.used] = '\n';
	view->os->ops->log(view->os, view->line, view->text.used + 1);
}

void
acti_view_end(struct acti_view *view)
{
	if (view->line_count == ACTI_VIEW_LINES_MAX) {
		view->left_out++;
		return;
	}
	view->line_count++;
	write_line(view);
}

void
acti_view_fini(struct acti_view *view)
{
	if (view->left_out == 0)
		return;
	view->depth = 1;
	acti_view_begin(view);
	acti_view_add(view, "... and ");
	acti_view_add_count(view, view->left_out, "more line", "more lines");
	write_line(view);
}

static void
add_list(struct acti_view *view, const char *format, va_list arguments)
{
	char piece[ACTI_LOG_LINE_SIZE];

	vsnprintf(piece, sizeof piece, format, arguments);
	acti_text_add_escaped(&view->text, piece);
}

void
acti_view_add(struct acti_view *view, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_list(view, format, arguments);
	va_end(arguments);
}

void
acti_view_line(struct acti_view *view, const char *format, ...)
{
	va_list arguments;

	acti_view_begin(view);
	va_start(arguments, format);
	add_list(view, format, arguments);
	va_end(arguments);
	acti_view_end(view);
}

void
acti_view_add_uid(struct acti_view *view, const struct actor_uid *uid)
{
	char name[ACTI_UID_TEXT_SIZE];

	acti_text_add_escaped(&view->text, acti_uid_text(uid, name));
}

void
acti_view_add_number(struct acti_view *view, uint64_t number)
{
	char text[32];
	size_t start = sizeof text - 1;

	text[start] = '\0';
	for (unsigned digits = 0; number > 0 || digits == 0; digits++, number /= 10) {
		if (digits > 0 && digits % 3 == 0)
			text[--start] = ',';
		text[--start] = (char)('0' + number % 10);
	}
	acti_text_add(&view->text, "%s", text + start);
}

void
acti_view_add_count(struct acti_view *view, uint64_t count, const char *one, const char *many)
{
	acti_view_add_number(view, count);
	acti_view_add(view, " %s", count == 1 ? one : many);
}

static void
add_ms(struct acti_view *view, uint64_t from_ns, uint64_t to_ns)
{
	acti_view_add_number(view, to_ns > from_ns ? (to_ns - from_ns) / ACTI_NS_PER_MS : 0);
	acti_view_add(view, " ms");
}

void
acti_view_add_ms_since(struct acti_view *view, uint64_t since_ns)
{
	add_ms(view, since_ns, view->now_ns);
}

void
acti_view_add_ms_until(struct acti_view *view, uint64_t deadline_ns)
{
	add_ms(view, view->now_ns, deadline_ns);
}

/* ---- lists and levels ---- */

void
acti_view_rest(struct acti_view *view, size_t count, const char *what)
{
	if (count <= ACTI_VIEW_LIST_MAX)
		return;
	acti_view_begin(view);
	acti_view_add(view, "... and ");
	acti_view_add_number(view, count - ACTI_VIEW_LIST_MAX);
	acti_view_add(view, " more %s", what);
	acti_view_end(view);
}

bool
acti_view_descend(struct acti_view *view)
{
	if (view->depth == ACTI_VIEW_DEPTH_MAX) {
		acti_view_line(view, "... and what is nested deeper");
		return false;
	}
	view->depth++;
	return true;
}

void
acti_view_ascend(struct acti_view *view)
{
	view->depth--;
}

/* ---- tasks, scopes, nurseries ---- */

static void
add_state(struct acti_view *view, const struct acti_task *task)
{
	switch (task->state) {
	case ACTI_TASK_NEW:
	case ACTI_TASK_READY:
		acti_view_add(view, "ready");
		break;
	case ACTI_TASK_RUNNING:
		acti_view_add(view, "runs");
		break;
	case ACTI_TASK_WAITING:
		task->place(view, task);
		acti_view_add(view, ", for ");
		acti_view_add_ms_since(view, task->since_ns);
		break;
	case ACTI_TASK_ENDED:
		acti_view_add(view, "has ended");
		break;
	}
}

void
acti_view_add_scope(struct acti_view *view, const struct acti_scope *scope)
{
	if (scope->cause == ACTOR_EDEADLINE)
		acti_view_add(view, ", out of time");
	else if (scope->cause != 0)
		acti_view_add(view, ", cancelled");
	if (scope->cause != 0 && scope->has_canceller) {
		acti_view_add(view, " by ");
		acti_view_add_uid(view, &scope->canceller);
	}
	if (scope->cause == 0 && scope->timer.os != NULL) {
		acti_view_add(view, ", ");
		acti_view_add_ms_until(view, scope->timer.deadline_ns);
		acti_view_add(view, " left");
	}
	if (scope->shield != NULL) {
		acti_view_add(view, ", shielded for another ");
		acti_view_add_ms_until(view, scope->shield->deadline_ns);
	}
}

static void
show_nursery(struct acti_view *view, const struct acti_nursery *nursery)
{
	size_t count = 0;

	acti_view_begin(view);
	acti_view_add(view, "nursery of %s:%d", nursery->file, nursery->line);
	acti_view_add_scope(view, &nursery->scope);
	acti_view_add(view, "%s: ", nursery->closing ? ", closing" : "");
	acti_view_add_count(view, nursery->child_count, "child", "children");
	acti_view_end(view);
	if (acti_list_is_empty(&nursery->children) || !acti_view_descend(view))
		return;
	acti_list_for_each(link, &nursery->children) {
		struct acti_child *child = acti_container_of(link, struct acti_child, link);

		if (acti_view_has_room(&count))
			child->ops->show(view, child);
	}
	acti_view_rest(view, count, "children");
	acti_view_ascend(view);
}

/* The scopes of a task from the one below its own inwards, each a level below the one around it. */
static void
show_scopes(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_scope *chain[ACTI_VIEW_DEPTH_MAX];
	unsigned count = 0, entered = 0, skipped = 0;

	for (const struct acti_scope *scope = task->scope; scope != &task->root_scope; scope = scope->parent) {
		if (count < ACTI_VIEW_DEPTH_MAX)
			chain[count++] = scope;
		else
			skipped++;
	}
	if (skipped > 0)
		acti_view_line(view, "... and %u scopes around the next", skipped);
	while (count-- > 0 && acti_view_descend(view)) {
		const struct acti_nursery *nursery = acti_nursery_of_scope(chain[count]);

		entered++;
		if (nursery != NULL) {
			show_nursery(view, nursery);
			continue;
		}
		acti_view_begin(view);
		acti_view_add(view, "scope");
		acti_view_add_scope(view, chain[count]);
		acti_view_end(view);
	}
	while (entered-- > 0)
		acti_view_ascend(view);
}

void
acti_view_task(struct acti_view *view, const struct acti_task *task)
{
	acti_view_begin(view);
	acti_view_add(view, "task");
	if (task->title != NULL)
		task->title(view, task);
	else if (!acti_nursery_owns(task))
		acti_view_add(view, " %s", task->name);
	acti_view_add_scope(view, &task->root_scope);
	acti_view_add(view, ": ");
	add_state(view, task);
	acti_view_end(view);
	show_scopes(view, task);
}

void
acti_view_tasks(struct acti_view *view, const struct acti_scheduler *scheduler)
{
	size_t count = 0;

	acti_list_for_each(link, &scheduler->tasks) {
		const struct acti_task *task = acti_container_of(link, struct acti_task, all_link);

		if (!acti_nursery_owns(task) && acti_view_has_room(&count))
			acti_view_task(view, task);
	}
	acti_view_rest(view, count, "tasks");
}
