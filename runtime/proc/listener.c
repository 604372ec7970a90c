/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening: who is let in, and who of those that say nothing has to make room. */
#include <base/probe.h>
#include <errno.h>
#include <proc/peer.h>
#include <string.h>

#define ACCEPT_PAUSE_MS 100 /* when no descriptor is left */

/* Who has waited longest without saying a word makes room.  `user`: one of that user. */
static bool
drop_oldest_stranger(struct acti_proc *proc, const uid_t *user)
{
	acti_list_for_each(link, &proc->strangers) {
		struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);

		if (peer->is_ours || (user != NULL && peer->who.uid != *user))
			continue;
		ACTI_PROBE("a stranger made room for another");
		acti_peers_tell(proc, "too many connections have not said who they are: the oldest goes");
		acti_peer_end(peer, ACTOR_EPEERGONE, "others waited");
		return true;
	}
	return false;
}

/* So that no user whom we let in keeps ours, or another, out. */
static bool
has_too_many_guests(const struct acti_proc *proc, uid_t user)
{
	struct acti_os *os = proc->actor.os;
	unsigned count = 0;

	if (user == os->ops->user(os))
		return false;
	acti_list_for_each(link, &proc->strangers)
		count += acti_container_of(link, struct acti_peer, link)->who.uid == user;
	return count >= proc->actor.limits.guests_max;
}

static void
pause_listener(struct acti_listener *listener)
{
	struct acti_os *os = listener->proc->actor.os;

	os->ops->watch_stop(os, &listener->watch);
	os->ops->timer_start(os, &listener->pause, acti_deadline_after_ms(os, ACCEPT_PAUSE_MS));
}

static void on_connect(struct acti_watch *watch, unsigned readiness);

static int
watch_listener(struct acti_listener *listener)
{
	struct acti_os *os = listener->proc->actor.os;

	listener->watch = (struct acti_watch){ .ready = on_connect };
	return os->ops->watch_start(os, &listener->watch, listener->socket.fd, ACTI_READABLE);
}

static void
pause_over(struct acti_timer *timer)
{
	struct acti_listener *listener = acti_container_of(timer, struct acti_listener, pause);

	if (watch_listener(listener) != 0)
		pause_listener(listener);
}

/* One at a time: whoever is connected already has his turn in between. */
static void
on_connect(struct acti_watch *watch, unsigned readiness)
{
	struct acti_listener *listener = acti_container_of(watch, struct acti_listener, watch);
	struct acti_proc *proc = listener->proc;
	struct acti_os *os = proc->actor.os;
	struct acti_credentials who;
	int fd = os->ops->accept(os, listener->socket.fd, &who);

	(void)readiness;
	if (fd == -EAGAIN)
		return;
	if (fd < 0) {
		ACTI_PROBE("no descriptor for a connection");
		acti_peers_tell(proc, "a connection has to wait: %s", strerror(-fd));
		if (!drop_oldest_stranger(proc, NULL))
			pause_listener(listener);
		return;
	}
	if (!acti_peers_let_in(proc, who.uid)) {
		acti_peers_tell(
		    proc, "a process (pid %d) of user %u is not let in: actor_program.access.uids does not name it",
		    (int)who.pid, (unsigned)who.uid);
		os->ops->close(os, fd);
		return;
	}
	if (has_too_many_guests(proc, who.uid))
		drop_oldest_stranger(proc, &who.uid);
	else if (proc->stranger_count >= proc->actor.limits.strangers_max)
		drop_oldest_stranger(proc, NULL);
	if (acti_peer_new(proc, fd, &who, false) == NULL)
		acti_peers_tell(proc, "no memory for a connection");
}

int
acti_peers_take_listener(struct acti_proc *proc, const struct acti_listener_socket *socket)
{
	struct acti_listener *listener = &proc->listeners[proc->listener_count];
	int rc;

	if (proc->listener_count == ACTI_LISTENERS_MAX)
		return -E2BIG;
	*listener = (struct acti_listener){ .proc = proc, .socket = *socket, .pause = { .expired = pause_over } };
	rc = watch_listener(listener);
	if (rc == 0)
		proc->listener_count++;
	return rc;
}

int
acti_peers_listen(struct acti_proc *proc, const char *address, pid_t *reterr_holder, const char **reterr_why)
{
	bool is_shared = proc->actor.program->access.uid_count > 0;
	struct acti_os *os = proc->actor.os;
	struct acti_listener_socket socket;
	const struct acti_transport *transport;
	const char *place;
	int rc;

	*reterr_holder = 0;
	transport = acti_transport_of(address, &place, reterr_why);
	if (transport == NULL)
		return -EINVAL;
	rc = transport->listen(os, place, is_shared, &socket, reterr_holder, reterr_why);
	if (rc != 0)
		return rc;
	rc = acti_peers_take_listener(proc, &socket);
	if (rc != 0) {
		*reterr_why = "watch it";
		os->ops->listen_end(os, &socket);
	}
	return rc;
}

void
acti_peers_drop_listeners(struct acti_proc *proc, size_t from)
{
	struct acti_os *os = proc->actor.os;

	while (proc->listener_count > from) {
		struct acti_listener *listener = &proc->listeners[--proc->listener_count];

		os->ops->watch_stop(os, &listener->watch);
		os->ops->timer_stop(os, &listener->pause);
		os->ops->listen_end(os, &listener->socket);
	}
}

void
acti_peers_stop_listening(struct acti_proc *proc)
{
	acti_peers_drop_listeners(proc, 0);
	for (struct acti_list *link = proc->strangers.next, *next; link != &proc->strangers; link = next) {
		struct acti_peer *peer = acti_container_of(link, struct acti_peer, link);

		next = link->next;
		if (!peer->is_ours)
			acti_peer_end(peer, ACTOR_EPEERGONE, "this actor is stopping");
	}
}
