/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting: to an address, until who is there has said who it is. */
#include <base/probe.h>
#include <errno.h>
#include <proc/peer.h>
#include <string.h>

#define ROOT_UID 0 /* by whom a service manager makes the sockets of services of other users */
#define RETRY_FIRST_MS 5
#define RETRY_LAST_MS 200

static void
waiting_for_hello(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_peer *peer = acti_container_of(task->queue, const struct acti_peer, waiters);

	acti_view_add(view, "waits for an actor (pid %d) to say who it is", (int)peer->who.pid);
}

/* The descriptor, an outcome, or an error. */
static int
connect_now(struct acti_proc *proc, const struct acti_dial *dial, struct acti_credentials *ret_who)
{
	struct acti_os *os = proc->actor.os;
	const struct acti_transport *transport;
	const char *place, *why;
	int fd;

	transport = acti_transport_of(dial->address, &place, &why);
	if (transport == NULL)
		return acti_fail(ACTOR_EINVAL, "%s: %s", dial->address, why);
	fd = transport->connect(os, place, ret_who);
	if (fd >= 0 && ret_who->uid != ROOT_UID && !acti_peers_let_in(proc, ret_who->uid)) {
		acti_peers_tell(proc, "%s belongs to user %u: nobody of that user is talked to", dial->address,
		                (unsigned)ret_who->uid);
		os->ops->close(os, fd);
		return -ECONNREFUSED;
	}
	return fd;
}

static bool
is_nobody(int rc)
{
	return rc == -ECONNREFUSED || rc == -ENOENT || rc == -ENOTSOCK || rc == -ELOOP || rc == -ENOTDIR ||
	       rc == -EPROTOTYPE;
}

/* Until it is open or has ended; the peer has a reference of ours. */
static int
shake_hands(struct acti_peer *peer, const struct acti_dial *dial)
{
	struct acti_task *task = acti_task_current();
	int rc = 0;

	peer->connection.is_probe = dial->is_probe;
	if (dial->expected != NULL) {
		peer->has_expected = true;
		peer->expected = *dial->expected;
	}
	acti_connection_send_hello(&peer->connection);
	while (rc == 0 && !peer->connection.is_open && !peer->is_ended)
		rc = acti_wait(&peer->waiters, waiting_for_hello);
	if (rc != 0)
		return rc;
	if (peer->is_wrong)
		return ACTI_DIAL_WRONG;
	if (!peer->is_ended)
		return 0;
	acti_error_copy(&task->scheduler->errors, &task->error, peer->loss);
	return peer->loss->code;
}

static int
try_once(struct acti_proc *proc, const struct acti_dial *dial, uint64_t deadline_ns, struct acti_peer **ret_peer)
{
	struct acti_os *os = proc->actor.os;
	struct acti_credentials who;
	struct acti_peer *peer;
	int rc = connect_now(proc, dial, &who);

	if (rc < 0)
		return is_nobody(rc) ? ACTI_DIAL_NOBODY : rc;
	peer = acti_peer_new(proc, rc, &who, true);
	if (peer == NULL)
		return acti_fail(ACTOR_ENOMEM, "a connection to %s: out of memory", dial->address);
	os->ops->timer_start(os, &peer->timer, deadline_ns);
	peer->references++;
	rc = shake_hands(peer, dial);
	if (rc == 0)
		*ret_peer = peer;
	else
		acti_peer_put(peer);
	return rc;
}

/* What may be otherwise in a moment: a full backlog, no descriptor, and a door that closed in our face. */
static bool
may_pass(int rc)
{
	return rc == -EAGAIN || rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -ENOBUFS || rc == -EINTR ||
	       rc == ACTOR_EPEERGONE;
}

static int
fail_to_connect(const char *address, int error)
{
	if (error == -EACCES || error == -EPERM)
		return acti_fail(ACTOR_EDENIED, "%s: its owner does not let this process's user in", address);
	if (error == -EAGAIN)
		return acti_fail(ACTOR_EPEERGONE, "%s: it lets nobody in", address);
	return acti_fail(may_pass(error) ? ACTOR_ENOMEM : ACTOR_EPEERGONE, "%s: %s", address, strerror(-error));
}

int
acti_peer_dial(struct acti_proc *proc, const struct acti_dial *dial, struct acti_peer **ret_peer)
{
	struct acti_os *os = proc->actor.os;
	uint64_t deadline_ns = acti_deadline_after_ms(os, dial->timeout_ms);
	uint32_t pause_ms = RETRY_FIRST_MS;
	int rc;

	for (;;) {
		rc = try_once(proc, dial, deadline_ns, ret_peer);
		if (!may_pass(rc) || os->ops->now_ns(os) + pause_ms * ACTI_NS_PER_MS >= deadline_ns)
			break;
		ACTI_PROBE("a connection was tried again");
		rc = actor_sleep_ms(pause_ms);
		if (rc != 0)
			return rc;
		pause_ms = pause_ms * 2 < RETRY_LAST_MS ? pause_ms * 2 : RETRY_LAST_MS;
	}
	if (rc < 0 && rc > ACTOR_ECANCELED) /* an errno */
		return fail_to_connect(dial->address, rc);
	return rc;
}
