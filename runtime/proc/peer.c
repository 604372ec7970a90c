/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to another actor that is nobody's child here.
 *
 *     STRANGER  connected, and let in by the kernel's word on its user; it has a few seconds for one small frame, its Hello
 *     PEER      both have said who they are: dialogs both ways, by the same rules as with a parent
 *     ENDED     the link is closed, every dialog on it is over; kept as long as a task of it runs, or one waits for it
 *
 * Whoever connected owns the connection, and lets go of it when no portal of his stands for it.  The other side may use
 * it too, for as long: so letting go is to ask.  A Stop with cid 0 says "I have no use for it"; the other side answers
 * with Bye once it has none either, and closes.  An actor that ends does not ask: it says Bye, and that is the last.
 */
#include <base/probe.h>
#include <base/text.h>
#include <proc/child.h>
#include <proc/peer.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HALF_CLOSED_MS 250 /* between two looks at a peer that says no more */
#define LOG_LINES_MAX 20
#define LOG_WHILE_MS 5000

static struct acti_error_pool *
errors_of(const struct acti_peer *peer)
{
	return &peer->proc->actor.scheduler.errors;
}

/* ---- what strangers bring into the log ---- */

void
acti_peers_tell(struct acti_proc *proc, const char *format, ...)
{
	struct acti_log_budget *budget = &proc->stranger_log;
	uint64_t now = proc->actor.os->ops->now_ns(proc->actor.os);
	char text[256];
	va_list arguments;

	if (now - budget->since_ns >= (uint64_t)LOG_WHILE_MS * ACTI_NS_PER_MS) {
		if (budget->dropped > 0)
			acti_log(&proc->actor, ACTI_LOG_WARNING, "%u more lines on connections were left out",
			         budget->dropped);
		*budget = (struct acti_log_budget){ .since_ns = now };
	}
	if (budget->lines == LOG_LINES_MAX) {
		budget->dropped++;
		return;
	}
	budget->lines++;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	acti_log(&proc->actor, ACTI_LOG_WARNING, "%s", text);
}

static bool
is_among(const unsigned *uids, size_t count, uid_t uid)
{
	for (size_t i = 0; i < count; i++)
		if (uids[i] == uid)
			return true;
	return false;
}

bool
acti_peers_let_in(const struct acti_proc *proc, uid_t uid)
{
	const struct actor_access *access = &proc->actor.program->access;
	struct acti_os *os = proc->actor.os;

	return uid == os->ops->user(os) || is_among(access->uids, access->uid_count, uid);
}

static bool
may_cancel(const struct acti_proc *proc, uid_t uid)
{
	const struct actor_access *access = &proc->actor.program->access;

	return !proc->has_parent && is_among(access->cancel_uids, access->cancel_uid_count, uid);
}

/* ---- its record ---- */

static const struct acti_connection_ops ops;
static void on_time(struct acti_timer *timer);

/* A record of its own, from the start or when it is known: an error's is larger than all that a stranger has. */
static bool
make_loss(struct acti_peer *peer)
{
	struct actor_error *loss = acti_allocate(&peer->proc->actor.os->memory, sizeof *loss);

	if (loss == NULL)
		return false;
	acti_error_init(loss);
	peer->loss = peer->connection.loss = loss;
	return true;
}

struct acti_peer *
acti_peer_new(struct acti_proc *proc, int fd, const struct acti_credentials *who, bool is_ours)
{
	struct actor *actor = &proc->actor;
	struct acti_peer *peer = acti_allocate(&actor->os->memory, sizeof *peer);

	if (peer == NULL) {
		actor->os->ops->close(actor->os, fd);
		return NULL;
	}
	memset(peer, 0, sizeof *peer);
	peer->proc = proc;
	peer->who = *who;
	peer->is_ours = is_ours;
	peer->number = ++proc->last_peer;
	peer->timer.expired = on_time;
	acti_list_init(&peer->link);
	acti_list_init(&peer->waiters);
	peer->loss = &proc->stranger_loss;
	if (acti_connection_open(&peer->connection, actor, &ops, ACTI_ROLE_PEER, fd, is_ours, peer->loss) != 0 ||
	    (is_ours && !make_loss(peer))) {
		acti_connection_fini(&peer->connection);
		acti_release(&actor->os->memory, peer);
		return NULL;
	}
	peer->connection.peer_may_cancel = may_cancel(proc, who->uid);
	acti_list_push_back(&proc->strangers, &peer->link);
	proc->stranger_count++;
	actor->os->ops->timer_start(actor->os, &peer->timer,
	                            acti_deadline_after_ms(actor->os, actor->limits.handshake_ms));
	return peer;
}

static void
retire(struct acti_peer *peer)
{
	if (peer->is_ended && peer->references == 0 && peer->connection.served_count == 0 &&
	    acti_list_is_empty(&peer->link))
		acti_list_push_back(&peer->proc->retired_peers, &peer->link);
}

/* "teller@1a2b3c4d (pid 1234)" */
static const char *
name_of(const struct acti_peer *peer, char text[static 2 * ACTI_UID_TEXT_SIZE])
{
	char uid[ACTI_UID_TEXT_SIZE];

	if (peer->connection.is_open)
		snprintf(text, 2 * ACTI_UID_TEXT_SIZE, "%s (pid %d)", acti_uid_text(&peer->connection.peer, uid),
		         (int)peer->who.pid);
	else
		snprintf(text, 2 * ACTI_UID_TEXT_SIZE, "a process (pid %d)", (int)peer->who.pid);
	return text;
}

void
acti_peer_end(struct acti_peer *peer, int code, const char *reason)
{
	struct acti_proc *proc = peer->proc;
	struct acti_os *os = proc->actor.os;
	char name[2 * ACTI_UID_TEXT_SIZE];

	if (peer->is_ended)
		return;
	peer->is_ended = true;
	os->ops->timer_stop(os, &peer->timer);
	acti_error_set(errors_of(peer), peer->loss, code, "%s: %s", name_of(peer, name), reason);
	if (peer->is_counted)
		proc->peer_count--;
	else
		proc->stranger_count--;
	acti_list_remove(&peer->link);
	acti_connection_lose(&peer->connection);
	acti_connection_drop_portals(&peer->connection);
	acti_wake_all(&peer->waiters);
	retire(peer);
}

static void
say_bye_and_end(struct acti_peer *peer, const char *reason)
{
	if (acti_link_is_up(&peer->connection.link) &&
	    acti_connection_send(&peer->connection, ACTI_FRAME_BYE, 0, NULL, 0))
		acti_link_flush(&peer->connection.link);
	acti_peer_end(peer, ACTOR_EPEERGONE, reason);
}

/* ---- letting go ---- */

static bool
is_in_use(const struct acti_peer *peer)
{
	return peer->references > 0 || !acti_list_is_empty(&peer->connection.portals);
}

void
acti_peer_give_up_if_idle(struct acti_peer *peer, const char *reason)
{
	if (!is_in_use(peer) && peer->connection.served_count == 0 && acti_list_is_empty(&peer->connection.calls))
		say_bye_and_end(peer, reason);
}

/* What the other side has called before it let go is served to its end. */
static void
consider_release(struct acti_peer *peer)
{
	if (peer->is_ended || !peer->connection.is_open || is_in_use(peer))
		return;
	if (peer->is_ours && peer->connection.is_probe) {
		say_bye_and_end(peer, "it is known now who is there");
	} else if (peer->has_released && peer->connection.served_count == 0) {
		ACTI_PROBE("a connection was let go by both sides");
		say_bye_and_end(peer, "nobody needed the connection");
	} else if (peer->is_ours && !peer->is_released && !peer->has_released) {
		peer->is_released = true;
		acti_connection_send(&peer->connection, ACTI_FRAME_STOP, 0, NULL, 0);
	}
}

void
acti_peer_put(struct acti_peer *peer)
{
	peer->references--;
	if (peer->references == 0 && !peer->connection.is_open && !peer->is_ended)
		acti_peer_end(peer, ACTOR_EPEERGONE, "nobody waits for it any more");
	consider_release(peer);
	retire(peer);
}

/* ---- what it says ---- */

/* Who only asks gets the answer, and no more: it ends when that has left, or when it does not for too long. */
static void
answer_probe(struct acti_peer *peer)
{
	struct acti_os *os = peer->proc->actor.os;

	acti_connection_send_hello(&peer->connection);
	acti_link_stop_reading(&peer->connection.link);
	acti_link_flush(&peer->connection.link);
	if (acti_link_pending(&peer->connection.link) > 0)
		os->ops->timer_start(os, &peer->timer, acti_deadline_after_ms(os, peer->proc->actor.limits.probe_ms));
	else
		acti_peer_end(peer, ACTOR_EPEERGONE, "it only wanted to know who is here");
}

static void
count_as_peer(struct acti_peer *peer)
{
	struct acti_proc *proc = peer->proc;

	proc->actor.os->ops->timer_stop(proc->actor.os, &peer->timer);
	peer->is_counted = true;
	proc->stranger_count--;
	proc->peer_count++;
	acti_list_remove(&peer->link);
	acti_list_push_back(&proc->peers, &peer->link);
	peer->connection.link.frame_ms = proc->actor.limits.frame_ms;
}

static void
turn_away(struct acti_peer *peer)
{
	struct acti_proc *proc = peer->proc;
	char name[2 * ACTI_UID_TEXT_SIZE], reason[128];
	int length = snprintf(reason, sizeof reason, "%s has %u peers, and takes no more", proc->actor.uid.name,
	                      proc->peer_count);

	acti_peers_tell(proc, "%s is turned away: %s", name_of(peer, name), reason);
	if (acti_connection_send(&peer->connection, ACTI_FRAME_BYE, 0, reason, (size_t)length))
		acti_link_flush(&peer->connection.link);
	acti_peer_end(peer, ACTOR_EPEERGONE, reason);
}

static void
on_hello(struct acti_peer *peer, const unsigned char *body, size_t size)
{
	struct acti_connection *connection = &peer->connection;
	struct acti_proc *proc = peer->proc;

	if (!peer->is_ours && !make_loss(peer)) {
		acti_peer_end(peer, ACTOR_ENOMEM, "no memory for a peer");
		return;
	}
	acti_connection_take_hello(connection, body, size, NULL);
	if (!connection->is_open)
		return;
	if (!peer->is_ours && connection->is_probe) {
		answer_probe(peer);
		return;
	}
	if (!peer->is_ours && proc->peer_count >= proc->actor.limits.peers_max) {
		turn_away(peer);
		return;
	}
	count_as_peer(peer);
	if (!peer->is_ours)
		acti_connection_send_hello(connection);
	if (peer->has_expected && (!acti_uid_equal(&connection->peer, &peer->expected) ||
	                           strcmp(connection->peer.name, peer->expected.name) != 0)) {
		peer->is_wrong = true;
		say_bye_and_end(peer, "it is not who was expected there");
	}
	acti_wake_all(&peer->waiters);
}

static void
on_bye(struct acti_peer *peer, const unsigned char *body, size_t size)
{
	char reason[192];

	if (size == 0) {
		acti_peer_end(peer, ACTOR_EPEERGONE, "it has ended the connection");
		return;
	}
	snprintf(reason, sizeof reason, "it says: %.*s", (int)(size < 160 ? size : 160), (const char *)body);
	acti_peers_tell(peer->proc, "a peer ends the connection, and %s", reason);
	acti_peer_end(peer, ACTOR_EPEERGONE, reason);
}

static void
on_frame(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_peer *peer = acti_peer_of(connection);

	if (frame->kind == ACTI_FRAME_HELLO && !connection->is_open)
		on_hello(peer, body, frame->body_size);
	else if (frame->kind == ACTI_FRAME_BYE)
		on_bye(peer, body, frame->body_size);
	else if (!connection->is_open)
		acti_connection_violate(connection, "%s %s before its Hello", acti_frame_kind_article(frame->kind),
		                        acti_frame_kind_name(frame->kind));
	else if (frame->kind == ACTI_FRAME_STOP && !peer->is_ours && !peer->has_released) {
		peer->has_released = true;
		consider_release(peer);
	} else {
		acti_connection_violate(connection, "%s %s that concerns no dialog",
		                        acti_frame_kind_article(frame->kind), acti_frame_kind_name(frame->kind));
	}
}

static void
on_ended(struct acti_connection *connection, const char *reason)
{
	struct acti_peer *peer = acti_peer_of(connection);
	char name[2 * ACTI_UID_TEXT_SIZE];

	if (!connection->link.is_violated) {
		if (reason != NULL) /* nobody may wait for it, and be told */
			acti_peers_tell(peer->proc, "%s has gone: %s", name_of(peer, name), reason);
		acti_peer_end(peer, ACTOR_EPEERGONE, reason != NULL ? reason : "its end of the connection has closed");
		return;
	}
	acti_peers_tell(peer->proc, "%s broke the protocol: %s", name_of(peer, name), reason);
	acti_peer_end(peer, ACTOR_EPROTOCOL, reason);
}

/* ---- one that says no more, but listens ---- */

static void
close_if_all_is_said(struct acti_peer *peer)
{
	struct acti_os *os = peer->proc->actor.os;
	struct acti_link *link = &peer->connection.link;

	acti_link_flush(link);
	if (!acti_link_is_up(link) || !os->ops->is_half_closed(os, link->fd))
		acti_peer_end(peer, ACTOR_EPEERGONE, "its end of the connection has closed");
	else if (peer->connection.served_count == 0 && acti_link_pending(link) == 0)
		say_bye_and_end(peer, "it said no more, and has its answers");
	else
		os->ops->timer_start(os, &peer->timer, acti_deadline_after_ms(os, HALF_CLOSED_MS));
}

/* It cannot answer any more: what we have asked is lost, what it has asked is not. */
static void
on_half_closed(struct acti_connection *connection)
{
	struct acti_peer *peer = acti_peer_of(connection);
	char name[2 * ACTI_UID_TEXT_SIZE];

	if (!connection->is_open) {
		acti_peer_end(peer, ACTOR_EPEERGONE, "it closed before its Hello");
		return;
	}
	ACTI_PROBE("a peer closed its half of a connection");
	peer->is_half_closed = true;
	acti_error_set(errors_of(peer), peer->loss, ACTOR_EPEERGONE, "%s: it says no more", name_of(peer, name));
	acti_connection_lose_calls(connection);
	close_if_all_is_said(peer);
}

static void
on_idle(struct acti_connection *connection)
{
	struct acti_peer *peer = acti_peer_of(connection);

	if (peer->is_half_closed && !peer->is_ended)
		close_if_all_is_said(peer);
	consider_release(peer);
	retire(peer);
}

static void
on_time(struct acti_timer *timer)
{
	struct acti_peer *peer = acti_container_of(timer, struct acti_peer, timer);

	if (peer->is_half_closed)
		close_if_all_is_said(peer);
	else if (peer->connection.is_open)
		acti_peer_end(peer, ACTOR_EPEERGONE, "it only wanted to know who is here");
	else if (peer->is_ours)
		acti_peer_end(peer, ACTOR_EPEERGONE, "it did not say who it is in time");
	else
		acti_connection_violate(&peer->connection, "no Hello within %u ms",
		                        peer->proc->actor.limits.handshake_ms);
}

static const struct acti_connection_ops ops = {
	.frame = on_frame,
	.ended = on_ended,
	.idle = on_idle,
	.half_closed = on_half_closed,
};

/* ---- portals ---- */

static void
free_portal(struct acti_cleanup *cleanup)
{
	struct acti_portal *portal = acti_container_of(cleanup, struct acti_portal, cleanup);
	struct acti_connection *connection = portal->connection;

	acti_portal_free(portal);
	if (connection != NULL && connection->role == ACTI_ROLE_PEER)
		consider_release(acti_peer_of(connection));
}

int
acti_proc_open_portal(struct acti_proc *proc, struct acti_nursery *nursery, struct acti_connection *connection,
                      struct actor_portal *ret_portal)
{
	const struct actor_uid *uid = connection != NULL ? &connection->peer : &proc->actor.uid;
	struct acti_portal *portal = acti_portal_new(&proc->actor, uid, connection);

	if (portal == NULL)
		return acti_fail(ACTOR_ENOMEM, "a portal to %s: out of memory", uid->name);
	portal->pid = connection != NULL ? connection->peer_pid : (int)proc->actor.pid;
	portal->cleanup.fn = free_portal;
	acti_list_push_back(&nursery->kept, &portal->cleanup.link);
	*ret_portal = acti_portal_handle(portal);
	return 0;
}

static bool
is_named(const struct actor_uid *one, const char *name, const struct actor_uid *uid)
{
	return uid != NULL ? acti_uid_equal(one, uid) : strcmp(one->name, name) == 0;
}

static bool
is_usable(const struct acti_connection *connection)
{
	return connection->is_open && !connection->is_lost && !connection->is_cancelled &&
	       acti_link_is_up(&connection->link);
}

/* Peers and children have numbers of one count, so that the latest can be told. */
bool
acti_proc_find_connection(struct acti_proc *proc, const char *name, const struct actor_uid *uid,
                          struct acti_connection **ret_connection)
{
	struct acti_connection *found = NULL;
	bool is_self = is_named(&proc->actor.uid, name, uid);
	uint64_t number = 0;

	if (proc->has_parent && is_usable(&proc->parent) && is_named(&proc->parent.peer, name, uid))
		found = &proc->parent;
	acti_list_for_each(link, &proc->children) {
		struct acti_child_process *child = acti_container_of(link, struct acti_child_process, sibling);

		if (is_usable(&child->connection) && child->is_booted && child->number > number &&
		    is_named(&child->uid, name, uid)) {
			found = &child->connection;
			number = child->number;
		}
	}
	acti_list_for_each(link, &proc->peers) {
		struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);

		if (is_usable(&peer->connection) && !peer->is_released && !peer->is_half_closed &&
		    !peer->connection.is_probe && peer->number > number &&
		    is_named(&peer->connection.peer, name, uid)) {
			found = &peer->connection;
			number = peer->number;
		}
	}
	*ret_connection = found;
	return found != NULL || is_self;
}

/* ---- the end ---- */

static void
waiting_for_peer(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_connection *connection =
	    acti_container_of(task->queue, const struct acti_connection, link.writers);

	acti_view_add(view, "waits for ");
	acti_view_add_uid(view, &connection->peer);
	acti_view_add(view, " to take the last of what is queued for it");
}

static void
say_bye(struct acti_peer *peer)
{
	struct acti_link *link = &peer->connection.link;

	if (!acti_link_is_up(link))
		return;
	acti_connection_send(&peer->connection, ACTI_FRAME_BYE, 0, NULL, 0);
	acti_link_stop_reading(link);
	acti_link_flush(link);
}

static void
leave_stalled(struct acti_timer *timer)
{
	struct acti_proc *proc = acti_container_of(timer, struct acti_proc, stalled);

	for (struct acti_list *link = proc->peers.next, *next; link != &proc->peers; link = next) {
		struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);

		next = link->next;
		if (!acti_link_is_full(&peer->connection.link))
			continue;
		acti_peer_end(peer, ACTOR_EPEERGONE,
		              "it does not take what is queued for it, and this actor is stopping");
	}
	acti_peers_hurry(proc);
}

void
acti_peers_hurry(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	proc->stalled.expired = leave_stalled;
	os->ops->timer_start(os, &proc->stalled, acti_deadline_after_ms(os, proc->actor.limits.leave_ms));
}

static struct acti_peer *
first_unsaid(struct acti_proc *proc)
{
	acti_list_for_each(link, &proc->peers) {
		struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);

		if (acti_link_is_up(&peer->connection.link) && acti_link_pending(&peer->connection.link) > 0)
			return peer;
	}
	return NULL;
}

/* Bytes that the kernel has are read by the peer, however we end after that. */
void
acti_peers_leave(struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;
	uint64_t limit = acti_deadline_after_ms(os, proc->actor.limits.leave_ms);
	uint64_t own = acti_supervision_limit_ns(proc);
	struct acti_peer *peer;

	os->ops->timer_stop(os, &proc->stalled);
	acti_list_for_each(link, &proc->peers)
		say_bye(acti_container_of(link, struct acti_peer, link));
	limit = own < limit ? own : limit;
	while ((peer = first_unsaid(proc)) != NULL && os->ops->now_ns(os) < limit)
		(void)acti_wait_shielded_until(&peer->connection.link.writers, waiting_for_peer, limit);
	if (peer != NULL)
		acti_log(&proc->actor, ACTI_LOG_WARNING, "%s does not take what is queued for it, and is left",
		         peer->connection.peer.name);
	while (!acti_list_is_empty(&proc->peers))
		acti_peer_end(acti_container_of(proc->peers.next, struct acti_peer, link), ACTOR_EPEERGONE,
		              "this actor has ended");
}

static void
free_peer(struct acti_peer *peer)
{
	acti_list_remove(&peer->link);
	acti_connection_fini(&peer->connection);
	if (peer->loss != &peer->proc->stranger_loss) {
		acti_error_reset(errors_of(peer), peer->loss);
		acti_release(&peer->proc->actor.os->memory, peer->loss);
	}
	acti_release(&peer->proc->actor.os->memory, peer);
}

void
acti_peers_sweep(struct acti_proc *proc)
{
	for (struct acti_list *link; (link = acti_list_pop_front(&proc->retired_peers)) != NULL;)
		free_peer(acti_container_of(link, struct acti_peer, link));
}

void
acti_peers_init(struct acti_proc *proc)
{
	acti_list_init(&proc->strangers);
	acti_list_init(&proc->peers);
	acti_list_init(&proc->retired_peers);
	acti_error_init(&proc->stranger_loss);
}

void
acti_peers_fini(struct acti_proc *proc)
{
	struct acti_list *lists[] = { &proc->strangers, &proc->peers };

	proc->actor.os->ops->timer_stop(proc->actor.os, &proc->stalled);
	acti_peers_stop_listening(proc);
	for (size_t i = 0; i < ACTOR_COUNT(lists); i++)
		while (!acti_list_is_empty(lists[i]))
			acti_peer_end(acti_container_of(lists[i]->next, struct acti_peer, link), ACTOR_EPEERGONE,
			              "this actor has ended");
	acti_peers_sweep(proc);
	acti_error_reset(&proc->actor.scheduler.errors, &proc->stranger_loss);
}

/* ---- the live view ---- */

static void
show_peer(struct acti_view *view, const struct acti_peer *peer)
{
	acti_view_begin(view);
	acti_view_add(view, "peer ");
	acti_view_add_uid(view, &peer->connection.peer);
	acti_view_add(view, ", pid %d%s%s; ", (int)peer->who.pid, peer->is_ours ? ", connected to" : "",
	              peer->is_half_closed ? ", says no more" : "");
	acti_view_add_count(view, acti_link_pending(&peer->connection.link) + peer->connection.queued_bytes, "byte",
	                    "bytes");
	acti_view_add(view, " queued for it");
	acti_view_end(view);
	if (acti_view_descend(view)) {
		acti_connection_view(view, &peer->connection);
		acti_view_ascend(view);
	}
}

void
acti_peers_view(struct acti_view *view, struct acti_proc *proc)
{
	size_t count = 0;

	for (size_t i = 0; i < proc->listener_count; i++)
		acti_view_line(view, "listens at unix:%s", proc->listeners[i].socket.path);
	acti_list_for_each(link, &proc->peers)
		if (acti_view_has_room(&count))
			show_peer(view, acti_container_of(link, struct acti_peer, link));
	acti_view_rest(view, count, "peers");
	if (proc->stranger_count > 0)
		acti_view_line(view, "%u connections have not said who they are", proc->stranger_count);
}
