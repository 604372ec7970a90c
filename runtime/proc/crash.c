/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A child that died by a fault has left a record of it, behind the seam.  Who it was is in there; where it was takes
 * unwinding, which a process beside us does, the tracer.  Meanwhile the child is in the stage ACTI_CHILD_REPORTING: it
 * is reaped, but nobody is told yet, so that all who are told learn the same.  That ends when the tracer has closed its
 * output, and at the latest after TRACE_MS.  No more than TRACERS_MAX run at a time: when everything crashes at once,
 * the first few will do.
 *
 * The trace is the one thing on the path of an error that needs memory.  Without memory there is none.
 */
#include <base/text.h>
#include <errno.h>
#include <proc/child.h>
#include <string.h>

#define TRACE_SIZE_MAX 16384
#define TRACERS_MAX 4

/* ---- this process ---- */

static const char *
module_of(const struct actor *actor, const struct actor_endpoint *endpoint)
{
	for (size_t i = 0; i < actor->served_count; i++) {
		const struct actor_service *service = actor->served[i].service;

		if (endpoint >= service->endpoints && endpoint < service->endpoints + service->endpoint_count)
			return service->name;
	}
	return NULL;
}

/* In a signal handler, in the thread that crashed. */
static void
find_place(struct acti_crash_place *ret_place)
{
	const struct acti_task *task = acti_task_current();

	if (task == NULL)
		return;
	ret_place->stack = task->stack;
	ret_place->task = task->name;
	if (task->serves != NULL) {
		ret_place->module = module_of(task->scheduler->actor, task->serves);
		ret_place->endpoint = task->serves->name;
	}
}

void
acti_crash_prepare(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	os->ops->crash_find(os, find_place);
}

/* ---- the trace ---- */

void
acti_crash_report_init(struct acti_crash_report *report)
{
	memset(report, 0, sizeof *report);
	report->output = -1;
}

void
acti_crash_report_fini(struct acti_crash_report *report)
{
	acti_value_put(report->trace);
	report->trace = NULL;
}

static void
finish_tracer(struct acti_child_process *child)
{
	struct acti_crash_report *report = &child->report;
	struct acti_os *os = child->actor->os;

	os->ops->watch_stop(os, &report->watch);
	os->ops->close(os, report->output);
	report->output = -1;
	os->ops->process_end(os, &report->tracer);
	acti_proc_of(child->actor)->tracer_count--;
}

void
acti_crash_end(struct acti_child_process *child)
{
	finish_tracer(child);
	child->report.trace->bytes[child->report.trace->size] = '\0';
	acti_text_make_plain((char *)child->report.trace->bytes, child->report.trace->size);
	acti_child_process_gone(child);
}

static void
on_output(struct acti_watch *watch, unsigned readiness)
{
	struct acti_child_process *child = acti_container_of(watch, struct acti_child_process, report.watch);
	struct acti_crash_report *report = &child->report;
	struct acti_os *os = child->actor->os;
	struct acti_value *trace = report->trace;
	ssize_t count = os->ops->read(os, report->output, trace->bytes + trace->size, TRACE_SIZE_MAX - trace->size);

	(void)readiness;
	if (count > 0)
		trace->size += (size_t)count;
	if ((count <= 0 && count != -EAGAIN) || trace->size == TRACE_SIZE_MAX)
		acti_crash_end(child);
}

static int
start_tracer(struct acti_child_process *child)
{
	struct acti_crash_report *report = &child->report;
	struct acti_os *os = child->actor->os;
	int rc = os->ops->crash_trace(os, &child->process, &report->tracer, &report->output);

	if (rc != 0)
		return rc;
	report->watch.ready = on_output;
	acti_proc_of(child->actor)->tracer_count++;
	rc = os->ops->watch_start(os, &report->watch, report->output, ACTI_READABLE);
	if (rc != 0)
		finish_tracer(child);
	return rc;
}

bool
acti_crash_begin(struct acti_child_process *child)
{
	struct acti_crash_report *report = &child->report;
	struct acti_os *os = child->actor->os;

	if (child->status == -1 || os->ops->crash_read(os, &child->process, child->status, &report->crash) != 0 ||
	    acti_proc_of(child->actor)->tracer_count >= TRACERS_MAX)
		return false;
	report->trace = acti_value_new(&os->memory, TRACE_SIZE_MAX + 1);
	if (report->trace == NULL)
		return false;
	report->trace->size = 0;
	if (start_tracer(child) == 0)
		return true;
	acti_crash_report_fini(report);
	return false;
}

/* ---- telling ---- */

void
acti_crash_describe(struct acti_text *text, const struct acti_crash *crash)
{
	const char *name = acti_signal_name(crash->signal);

	acti_text_add(text, "%s", crash->is_overflow ? "stack overflow" : name != NULL ? name : "a fault");
	if (crash->has_address && !crash->is_overflow)
		acti_text_add(text, " at address 0x%llx", (unsigned long long)crash->address);
	if (crash->task[0] != '\0') {
		acti_text_add(text, " in task ");
		acti_text_add_escaped(text, crash->task);
	}
	if (crash->endpoint[0] != '\0') {
		acti_text_add(text, ", endpoint ");
		acti_text_add_escaped(text, crash->endpoint);
	}
}

/* A line of the log each, cut where they are longer than one. */
static void
log_trace(struct acti_child_process *child)
{
	const char *line = (const char *)child->report.trace->bytes;

	while (*line != '\0') {
		size_t size = strcspn(line, "\n");

		acti_log(child->actor, ACTI_LOG_WARNING, "  %.*s", (int)size, line);
		line += size + (line[size] == '\n');
	}
}

void
acti_crash_conclude(struct acti_child_process *child)
{
	struct acti_crash_report *report = &child->report;
	char what[512];
	struct acti_text text;

	if (report->crash.signal == 0)
		return;
	acti_text_init(&text, what, sizeof what);
	acti_crash_describe(&text, &report->crash);
	acti_log(child->actor, ACTI_LOG_WARNING, "%s (pid %d) crashed: %s; build %016llx", child->uid.name,
	         (int)child->process.pid, what, (unsigned long long)report->crash.build);
	if (report->trace == NULL || report->trace->size == 0)
		return;
	log_trace(child);
	if (child->loss.code == ACTOR_EPEERGONE && child->loss.value == NULL) {
		child->loss.value = report->trace;
		report->trace = NULL;
	}
}
