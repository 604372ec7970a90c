/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A child process, as its parent sees it.
 *
 * Its end is told by its pidfd: the process is reaped at once, what it wrote before is read to the end, and then all
 * its dialogs fail with its wait status.  The end of its link alone is not enough, as the status would be unknown;
 * the process has a moment to follow.
 *
 * It is stopped in steps, each with its time: a Cancel, which it acknowledges at once if its loop runs; SIGTERM if it
 * does not; SIGKILL if even that, or its acknowledged budget, has passed.  All children of a nursery go through
 * this side by side.
 *
 * We may have to end ourselves by a certain time: then the steps are shortened, so that the last one is over a little
 * before that.  So a parent outlasts its children, at any depth, and the whole takes no longer than the root says.
 */
#include <actor/scope.h>
#include <base/probe.h>
#include <base/text.h>
#include <errno.h>
#include <proc/child.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define UNLINKED_MS 100 /* from the end of the link to that of the process */
#define TRACE_MS 2000   /* for the trace of a crash */

static struct acti_child_process *
of_connection(struct acti_connection *connection)
{
	return acti_container_of(connection, struct acti_child_process, connection);
}

static struct acti_error_pool *
errors_of(struct acti_child_process *child)
{
	return &child->actor->scheduler.errors;
}

static const struct actor_supervision *
knobs_of(const struct acti_child_process *child)
{
	return &child->actor->limits.supervision;
}

static uint64_t
limit_ns(const struct acti_child_process *child)
{
	return acti_supervision_limit_ns(acti_proc_of(child->actor));
}

/* The stages that end with a step of ours. */
static bool
is_ending(const struct acti_child_process *child)
{
	return child->stage > ACTI_CHILD_SERVING && child->stage != ACTI_CHILD_KILLED;
}

static void
enter(struct acti_child_process *child, enum acti_child_stage stage, uint64_t timeout_ms)
{
	struct acti_os *os = child->actor->os;

	child->stage = stage;
	child->since_ns = os->ops->now_ns(os);
	if (timeout_ms == 0)
		os->ops->timer_stop(os, &child->timer);
	else
		os->ops->timer_start(os, &child->timer, acti_deadline_after_ms(os, timeout_ms));
	acti_child_process_hurry(child);
}

void
acti_child_process_hurry(struct acti_child_process *child)
{
	struct acti_os *os = child->actor->os;
	uint64_t limit = limit_ns(child);

	if (is_ending(child) && child->timer.deadline_ns > limit)
		os->ops->timer_start(os, &child->timer, limit);
}

/* ---- stopping it ---- */

static void
force(struct acti_child_process *child, int signal)
{
	struct acti_os *os = child->actor->os;

	acti_log(child->actor, ACTI_LOG_INFO, "%s (pid %d) gets %s", child->uid.name, (int)child->process.pid,
	         signal == SIGKILL ? "SIGKILL" : "SIGTERM");
	child->signals_sent |= 1u << signal;
	os->ops->process_kill(os, &child->process, signal);
	if (signal == SIGTERM)
		enter(child, ACTI_CHILD_TERMINATED, knobs_of(child)->terminate_ms);
	else
		enter(child, ACTI_CHILD_KILLED, 0);
}

void
acti_child_process_kill(struct acti_child_process *child)
{
	if (child->stage == ACTI_CHILD_REPORTING)
		enter(child, ACTI_CHILD_REPORTING, 1); /* there is nothing left to kill, and no time to wait for */
	else if (child->stage != ACTI_CHILD_KILLED)
		force(child, SIGKILL);
}

/* What is left of ours, or what the knob says. */
static uint32_t
budget_ms(const struct acti_child_process *child)
{
	uint64_t limit = limit_ns(child), now = child->actor->os->ops->now_ns(child->actor->os);
	uint64_t left_ms = limit > now ? (limit - now) / ACTI_NS_PER_MS : 0;

	if (limit == UINT64_MAX)
		return knobs_of(child)->budget_ms;
	return left_ms > knobs_of(child)->hop_ms ? (uint32_t)left_ms : knobs_of(child)->hop_ms;
}

static bool
send_cancel(struct acti_child_process *child)
{
	struct actor *actor = child->actor;
	actor_wire_Cancel *cancel = &actor->wire->cancel;

	memset(cancel, 0, sizeof *cancel);
	cancel->has_canceller = true;
	acti_uid_to_wire(&actor->uid, &cancel->canceller);
	cancel->budget_ms = budget_ms(child);
	return acti_connection_send(&child->connection, ACTI_FRAME_CANCEL, 0, actor->body,
	                            acti_cancel_encode(cancel, actor->body, ACTI_ERROR_SIZE_MAX));
}

/*
 * One that has left the Cancel of a call without any sign of life has had that part of its time already: else the time
 * of the call's end and that of the child's would add up.
 */
static uint64_t
ack_ms(const struct acti_child_process *child)
{
	uint64_t whole = knobs_of(child)->ack_ms, least = knobs_of(child)->hop_ms;
	uint64_t silent = acti_connection_silent_ms(&child->connection);
	uint64_t left = whole > silent ? whole - silent : 0;

	return left > least ? left : least;
}

/* It was not given the whole time, and has spoken since. */
static bool
has_woken(const struct acti_child_process *child)
{
	uint64_t whole_ns = child->since_ns + (uint64_t)knobs_of(child)->ack_ms * ACTI_NS_PER_MS;

	return child->timer.deadline_ns < whole_ns && limit_ns(child) > child->timer.deadline_ns &&
	       acti_connection_silent_ms(&child->connection) == 0;
}

void
acti_child_process_stop(struct acti_child_process *child)
{
	if (child->is_asked || child->is_gone)
		return;
	child->is_asked = true;
	/* Its acknowledgement is not to wait behind its calls. */
	acti_link_share_turns(&child->connection.link, ACTI_STARTS_UNBOUNDED, &child->actor->turns);
	if (child->stage > ACTI_CHILD_SERVING)
		return; /* it is on its way out */
	if (send_cancel(child))
		enter(child, ACTI_CHILD_ASKED, ack_ms(child));
	else
		force(child, SIGTERM);
}

static void
on_nursery_cancel(struct acti_child *child)
{
	acti_child_process_stop(acti_container_of(child, struct acti_child_process, child));
}

/* By SIGTERM at once: what it does about that is its own affair, and has its time. */
static void
on_nursery_terminate(struct acti_child *link)
{
	struct acti_child_process *child = acti_container_of(link, struct acti_child_process, child);

	if (child->is_asked || child->is_gone || child->stage > ACTI_CHILD_SERVING)
		return;
	child->is_asked = true;
	force(child, SIGTERM);
}

static const struct acti_child_ops nursery_ops = {
	.cancel = on_nursery_cancel,
	.terminate = on_nursery_terminate,
	.show = acti_child_process_view,
};

/* ---- its end ---- */

static bool
ended_in_order(const struct acti_child_process *child)
{
	return child->status == 0 || child->status == -1;
}

/* By the very signal that we sent: one that crashes, or gives up, on its way out has failed. */
static bool
ended_by_us(const struct acti_child_process *child)
{
	return child->status != -1 && WIFSIGNALED(child->status) &&
	       (child->signals_sent & 1u << WTERMSIG(child->status)) != 0;
}

/* A failure is what nobody asked for. */
static bool
ended_well(const struct acti_child_process *child)
{
	if (child->loss.code == ACTOR_EPROTOCOL)
		return false;
	if (child->is_asked)
		return ended_in_order(child) || ended_by_us(child);
	return child->said_bye && child->status == 0;
}

static void
set_loss(struct acti_child_process *child)
{
	const char *why = child->connection.link.reason;
	char crash[512];
	struct acti_text text;

	acti_text_init(&text, crash, sizeof crash);
	if (child->report.crash.signal != 0)
		acti_crash_describe(&text, &child->report.crash);
	acti_error_set(errors_of(child), &child->loss, ACTOR_EPEERGONE, "%s (pid %d) ended%s%s%s%s%s%s",
	               child->uid.name, (int)child->process.pid, child->is_booted ? "" : " before it was ready",
	               child->status == -1 ? "; its status is unknown" : "", crash[0] != '\0' ? ": " : "", crash,
	               why[0] != '\0' ? "; its link: " : "", why);
}

/* One that was killed could not remove the names of its sockets. */
static void
remove_sockets(struct acti_child_process *child)
{
	const struct acti_place *place = &acti_proc_of(child->actor)->place;
	struct acti_os *os = child->actor->os;
	char path[ACTI_SOCKET_PATH_SIZE];
	const char *its_path, *why;

	if (child->status == 0)
		return;
	for (size_t i = 0; i < child->listen_count; i++)
		if (acti_transport_of(child->listen[i], &its_path, &why) != NULL)
			os->ops->socket_remove(os, its_path);
	if (child->listen_count == 0 && place->registry_count > 0 && !place->only_looks &&
	    acti_socket_path(path, place->registries[0], child->uid.name, child->process.pid))
		os->ops->socket_remove(os, path);
}

void
acti_child_process_gone(struct acti_child_process *child)
{
	struct acti_os *os = child->actor->os;
	bool failed = !ended_well(child);

	enter(child, ACTI_CHILD_KILLED, 0);
	if (child->loss.code == 0)
		set_loss(child);
	acti_crash_conclude(child);
	child->loss.wait_status = child->status;
	remove_sockets(child);
	os->ops->process_close(os, &child->process);
	child->is_gone = true;
	acti_connection_lose(&child->connection);
	acti_connection_drop_portals(&child->connection);
	acti_list_remove(&child->sibling);
	if (--acti_proc_of(child->actor)->child_count == 0)
		acti_supervision_stop_pings(acti_proc_of(child->actor));
	if (child->signals_sent != 0 && (ended_in_order(child) || ended_by_us(child)))
		child->child.nursery->killed_count++;
	acti_wake_all(&child->waiters);
	/* A spawn that failed is its caller's error, not a second one of the nursery. */
	acti_nursery_remove(&child->child, failed && child->is_booted ? &child->loss : NULL);
	acti_child_process_retire(child);
}

static void
on_process(struct acti_watch *watch, unsigned readiness)
{
	struct acti_child_process *child = acti_container_of(watch, struct acti_child_process, watch);
	struct acti_os *os = child->actor->os;
	int rc = os->ops->process_reap(os, &child->process, &child->status);

	(void)readiness;
	if (rc == -EAGAIN)
		return;
	if (rc != 0)
		child->status = -1; /* somebody else in this process took it */
	os->ops->watch_stop(os, &child->watch);
	enter(child, ACTI_CHILD_KILLED, 0);
	acti_link_drain(&child->connection.link);
	if (acti_crash_begin(child))
		enter(child, ACTI_CHILD_REPORTING, TRACE_MS);
	else
		acti_child_process_gone(child);
}

static void
on_time(struct acti_timer *timer)
{
	struct acti_child_process *child = acti_container_of(timer, struct acti_child_process, timer);
	bool has_time = timer->deadline_ns < limit_ns(child);

	switch (child->stage) {
	case ACTI_CHILD_STARTING:
		ACTI_PROBE("a start took too long");
		acti_error_set(errors_of(child), &child->loss, ACTOR_EDEADLINE,
		               "%s (pid %d) was not ready within %llu ms", child->uid.name, (int)child->process.pid,
		               (unsigned long long)child->start_timeout_ms);
		force(child, SIGKILL);
		break;
	case ACTI_CHILD_UNLINKED:
		ACTI_PROBE("a link ended, and its process did not");
		if (child->loss.code == 0)
			acti_error_set(errors_of(child), &child->loss, ACTOR_EPEERGONE,
			               "%s (pid %d) ended its link, but not itself", child->uid.name,
			               (int)child->process.pid);
		acti_connection_lose(&child->connection);
		force(child, has_time ? SIGTERM : SIGKILL);
		break;
	case ACTI_CHILD_ASKED:
		ACTI_PROBE("a child did not acknowledge");
		if (has_woken(child)) {
			enter(child, ACTI_CHILD_ASKED, knobs_of(child)->ack_ms);
			break;
		}
		/* One that has not started has nothing to clean up. */
		force(child, has_time && child->is_booted ? SIGTERM : SIGKILL);
		acti_wake_all(&child->waiters);
		break;
	case ACTI_CHILD_REPORTING:
		acti_crash_end(child);
		break;
	default:
		force(child, SIGKILL);
		break;
	}
}

/* ---- whether it lives ---- */

/* Without memory, or a link to write to, there is none: a ping is no reason to give a link up. */
static void
ping(struct acti_child_process *child)
{
	const struct acti_frame frame = { .kind = ACTI_FRAME_PING };

	child->is_pinged = acti_link_queue(&child->connection.link, &frame) != NULL;
}

/* One that says more than what it was asked for need not be asked again. */
static void
note_life(struct acti_child_process *child, uint32_t reads)
{
	bool is_busy = reads > (child->is_pinged ? 1u : 0u);

	if (child->is_slow)
		acti_log(child->actor, ACTI_LOG_WARNING, "%s (pid %d) answers again", child->uid.name,
		         (int)child->process.pid);
	child->is_slow = child->is_pinged = false;
	if (!is_busy)
		ping(child);
}

void
acti_child_process_check(struct acti_child_process *child, bool judges)
{
	struct acti_link *link = &child->connection.link;
	uint32_t reads;

	if (!child->is_booted || child->is_gone)
		return;
	if (judges && child->is_pinged && link->reads == child->reads)
		acti_link_drain(link); /* an answer may lie there that only this turn has not come to */
	reads = link->reads - child->reads;
	child->reads = link->reads;
	if (!acti_link_is_up(link))
		return;
	if (reads > 0) {
		note_life(child, reads);
	} else if (!child->is_pinged) {
		ping(child);
	} else if (judges && !child->is_slow) {
		child->is_slow = true;
		acti_log(child->actor, ACTI_LOG_WARNING, "%s (pid %d) is slow: no answer for %u ms", child->uid.name,
		         (int)child->process.pid, knobs_of(child)->ping_ms);
	}
}

/* ---- what it says ---- */

static void
on_booted(struct acti_child_process *child)
{
	if (child->loss.code != 0)
		return; /* its time was over, and it has been killed for that */
	child->is_booted = true;
	if (child->stage == ACTI_CHILD_STARTING)
		enter(child, ACTI_CHILD_SERVING, 0);
	acti_wake_all(&child->waiters);
}

static void
on_ack(struct acti_child_process *child)
{
	child->is_acked = child->connection.is_cancelled = true;
	if (child->stage == ACTI_CHILD_ASKED)
		enter(child, ACTI_CHILD_GOING, budget_ms(child));
	acti_wake_all(&child->waiters);
}

/* The actor as a whole has failed: while it starts, that is why; later, it concerns its supervisor. */
static void
on_failure(struct acti_child_process *child, const unsigned char *body, size_t size)
{
	struct actor *actor = child->actor;

	acti_error_reset(errors_of(child), &child->loss);
	if (!acti_error_decode(errors_of(child), &child->loss, &actor->wire->error, &child->uid, body, size)) {
		acti_connection_violate(&child->connection, "an Error that cannot be decoded");
		return;
	}
	if (child->stage <= ACTI_CHILD_SERVING)
		enter(child, ACTI_CHILD_GOING, knobs_of(child)->budget_ms);
	if (!child->is_booted)
		return;
	acti_connection_lose(&child->connection); /* who waits for it learns this first, and then its nursery */
	acti_nursery_fail(child->child.nursery, &child->loss);
}

static void
on_frame(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_child_process *child = of_connection(connection);

	if (frame->kind == ACTI_FRAME_HELLO && !connection->is_open)
		acti_connection_take_hello(connection, body, frame->body_size, &child->uid);
	else if (frame->kind == ACTI_FRAME_BYE)
		child->said_bye = true;
	else if (!connection->is_open)
		acti_connection_violate(connection, "%s %s before its Hello", acti_frame_kind_article(frame->kind),
		                        acti_frame_kind_name(frame->kind));
	else if (frame->kind == ACTI_FRAME_START_ACK && !child->is_booted)
		on_booted(child);
	else if (frame->kind == ACTI_FRAME_CANCEL_ACK && child->is_asked)
		on_ack(child);
	else if (frame->kind == ACTI_FRAME_ERROR)
		on_failure(child, body, frame->body_size);
	else if (frame->kind != ACTI_FRAME_PONG)
		acti_connection_violate(connection, "%s %s that concerns no dialog",
		                        acti_frame_kind_article(frame->kind), acti_frame_kind_name(frame->kind));
	if (frame->kind == ACTI_FRAME_BYE && frame->body_size > 0)
		acti_log(child->actor, ACTI_LOG_WARNING, "%s says that we broke the protocol: %.*s", child->uid.name,
		         (int)frame->body_size, (const char *)body);
}

static void
on_ended(struct acti_connection *connection, const char *reason)
{
	struct acti_child_process *child = of_connection(connection);

	if (!connection->link.is_violated) {
		if (child->stage <= ACTI_CHILD_SERVING)
			enter(child, ACTI_CHILD_UNLINKED, UNLINKED_MS);
		return;
	}
	if (child->loss.code == 0)
		acti_error_set(errors_of(child), &child->loss, ACTOR_EPROTOCOL, "%s (pid %d) broke the protocol: %s",
		               child->uid.name, (int)child->process.pid, reason);
	if (child->stage <= ACTI_CHILD_UNLINKED)
		force(child, SIGTERM);
	acti_connection_lose(connection);
}

static void
on_idle(struct acti_connection *connection)
{
	acti_child_process_retire(of_connection(connection));
}

const struct acti_connection_ops acti_child_connection_ops = { .frame = on_frame, .ended = on_ended, .idle = on_idle };

/* ---- its record ---- */

int
acti_child_process_watch(struct acti_child_process *child)
{
	struct acti_os *os = child->actor->os;
	int rc;

	child->watch.ready = on_process;
	child->timer.expired = on_time;
	rc = os->ops->watch_start(os, &child->watch, child->process.pidfd, ACTI_READABLE);
	if (rc != 0)
		return rc;
	acti_list_push_back(&acti_proc_of(child->actor)->children, &child->sibling);
	if (acti_proc_of(child->actor)->child_count++ == 0)
		acti_supervision_start_pings(acti_proc_of(child->actor));
	acti_nursery_add(child->child.nursery, &child->child, &nursery_ops);
	enter(child, ACTI_CHILD_STARTING, child->start_timeout_ms);
	return 0;
}

void
acti_child_process_retire(struct acti_child_process *child)
{
	if (child->is_gone && child->references == 0 && child->connection.served_count == 0 &&
	    acti_list_is_empty(&child->retired_link))
		acti_list_push_back(&acti_proc_of(child->actor)->retired, &child->retired_link);
}

void
acti_child_process_free(struct acti_child_process *child)
{
	struct actor *actor = child->actor;

	if (child->portal != NULL)
		child->portal->child = NULL;
	acti_connection_fini(&child->connection);
	acti_error_reset(errors_of(child), &child->loss);
	acti_crash_report_fini(&child->report);
	acti_list_remove(&child->retired_link);
	acti_release(&actor->os->memory, child);
}

void
acti_children_sweep(struct acti_proc *proc)
{
	for (struct acti_list *link; (link = acti_list_pop_front(&proc->retired)) != NULL;)
		acti_child_process_free(acti_container_of(link, struct acti_child_process, retired_link));
}

static int
cancel(struct acti_child_process *child)
{
	struct acti_os *os = child->actor->os;
	uint64_t limit = acti_deadline_after_ms(os, knobs_of(child)->ack_ms);
	int rc;

	acti_child_process_stop(child);
	child->references++;
	while (!child->is_acked && !child->is_gone &&
	       acti_wait_shielded_until(&child->waiters, acti_waiting_for_stop, limit))
		;
	rc = child->is_acked ? 0 : ACTOR_NO_ACK;
	child->references--;
	acti_child_process_retire(child);
	return rc;
}

/* One may be found, and connected to, before it has told its parent that it is ready. */
static struct acti_child_process *
find_child(struct acti_proc *proc, const struct actor_uid *uid)
{
	acti_list_for_each(link, &proc->children) {
		struct acti_child_process *child = acti_container_of(link, struct acti_child_process, sibling);

		if (acti_uid_equal(&child->uid, uid))
			return child;
	}
	return NULL;
}

/* Somebody else's child: it decides itself whether we may.  If not, that is the error, whatever the caller had before. */
static int
ask_to_cancel(struct actor_portal handle, const struct acti_portal *portal)
{
	struct acti_task *task = acti_task_current();
	struct acti_error_pool *errors = &task->scheduler->errors;
	struct acti_error_aside refusal = { .code = 0 };
	struct actor_scope limit;
	int rc;

	actor_scope_open(&limit, &(const struct actor_scope_options){
				     .timeout_ms = portal->actor->limits.supervision.ack_ms,
				     .shield_ms = portal->actor->limits.supervision.ack_ms,
				 });
	rc = actor_portal_run_from_ns(handle, "self", "cancel", (struct actor_bytes){ NULL, 0 }, NULL);
	if (rc == ACTOR_EPEERGONE || rc == ACTOR_EDEADLINE || rc == ACTOR_ECANCELED)
		rc = ACTOR_NO_ACK;
	if (rc < 0)
		acti_error_put_aside(errors, &task->error, &refusal);
	actor_scope_abandon(&limit);
	acti_error_take_back(errors, &task->error, &refusal);
	return rc;
}

int
actor_portal_cancel_actor(struct actor_portal handle)
{
	struct acti_child_process *child;
	struct acti_portal *portal;
	int rc = acti_portal_find(handle, &portal);

	if (rc != 0)
		return rc;
	child = portal->child;
	if (child == NULL && !portal->is_self)
		child = find_child(acti_proc_of(portal->actor), &portal->uid);
	if (child != NULL)
		return child->is_gone ? ACTOR_NO_ACK : cancel(child);
	if (portal->is_self)
		return acti_fail(ACTOR_EINVAL, "an actor ends by its root, its parent or a signal, not by itself");
	return portal->connection != NULL ? ask_to_cancel(handle, portal) : ACTOR_NO_ACK;
}
