/* SPDX-License-Identifier: BSD-2-Clause */

/* Sockets of the simulated world, whose processes do what the test says. */

#include <criterion/criterion.h>
#include <errno.h>
#include <os/sim.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_demand.h>

#define PATH "/run/actor/bank/teller.sock"
#define BACKLOG 8
#define SEEDS 200

static struct acti_sim sim;
static struct acti_sim_process *one, *other;
static const char *expected; /* what the run is to be ended by; NULL: nothing */

static void
enter(struct acti_sim_process *process)
{
	process->wants_turn = false;
	acti_sim_handle_events(process);
}

static void
leave(struct acti_sim_process *process)
{
	(void)process;
	abort();
}

static __attribute__((noreturn)) void
abandon(struct acti_sim_process *process)
{
	(void)process;
	abort();
}

static void
drop(struct acti_sim_process *process)
{
	(void)process;
}

static void
wrote(struct acti_sim_process *process, int end, const unsigned char *bytes, size_t size)
{
	(void)process, (void)end, (void)bytes, (void)size;
}

static void
start(struct acti_sim *self, size_t which)
{
	(void)self, (void)which;
	abort();
}

static const struct acti_sim_hooks hooks = { enter, leave, abandon, drop, wrote, start };

static void
begin_with(uint64_t seed, uint32_t faults)
{
	acti_sim_begin(&sim, seed, faults);
	one = acti_sim_start(&sim, "one");
	other = acti_sim_start(&sim, "other");
}

static void
begin(void)
{
	expected = NULL;
	acti_sim_init(&sim, &hooks);
	begin_with(1, 0);
}

static void
end(void)
{
	test_demand(strstr(sim.failure, expected != NULL ? expected : "") != NULL, "%s", sim.failure);
	test_demand(expected != NULL || sim.failure[0] == '\0', "%s", sim.failure);
	acti_sim_fini(&sim);
}

TestSuite(sim_socket, .init = begin, .fini = end);

/* Until nothing is left to happen. */
static void
settle(void)
{
	while (acti_sim_step(&sim))
		;
}

static int
listen_at(struct acti_sim_process *process, const char *path, struct acti_listener_socket *ret_socket,
          pid_t *ret_holder)
{
	const char *why;

	return process->os.ops->listen(&process->os, path, false, ret_socket, ret_holder, &why);
}

static struct acti_listener_socket
must_listen(struct acti_sim_process *process, const char *path)
{
	struct acti_listener_socket socket;
	pid_t holder;

	cr_assert_eq(listen_at(process, path, &socket, &holder), 0);
	return socket;
}

static int
connect_to(struct acti_sim_process *process, const char *path)
{
	struct acti_credentials who;

	return process->os.ops->connect(&process->os, path, &who);
}

static int
accept_at(struct acti_sim_process *process, const struct acti_listener_socket *socket)
{
	struct acti_credentials who;

	return process->os.ops->accept(&process->os, socket->fd, &who);
}

static ssize_t
read_at(struct acti_sim_process *process, int fd)
{
	char buffer[16];

	return process->os.ops->read(&process->os, fd, buffer, sizeof buffer);
}

static void
stop_listening(struct acti_sim_process *process, struct acti_listener_socket *socket)
{
	process->os.ops->listen_end(&process->os, socket);
}

Test(sim_socket, a_name_is_free_taken_stale_and_free_again)
{
	struct acti_listener_socket socket, second;
	pid_t holder = 0;

	cr_assert_eq(connect_to(other, PATH), -ENOENT);
	socket = must_listen(one, PATH);
	cr_assert_str_eq(socket.path, PATH);
	cr_assert_eq(listen_at(other, PATH, &second, &holder), -EADDRINUSE);
	cr_assert_eq(holder, one->pid);

	acti_sim_end(one, SIGKILL);
	cr_assert_eq(connect_to(other, PATH), -ECONNREFUSED);
	second = must_listen(other, PATH);
	cr_assert_geq(connect_to(other, PATH), 0);

	stop_listening(other, &second);
	cr_assert_lt(second.fd, 0);
	stop_listening(other, &second);
	cr_assert_eq(connect_to(other, PATH), -ENOENT);
}

Test(sim_socket, only_stale_names_are_removed)
{
	struct acti_listener_socket socket = must_listen(other, "/run/actor/bank/other.sock");

	must_listen(one, PATH);
	must_listen(one, "/run/actor/bank/deeper/one.sock");
	other->os.ops->socket_remove(&other->os, PATH);
	other->os.ops->socket_directory_sweep(&other->os, "/run/actor/bank");
	cr_assert_geq(connect_to(other, PATH), 0);

	acti_sim_end(one, SIGKILL);
	other->os.ops->socket_directory_sweep(&other->os, "/run/actor/bank");
	cr_assert_eq(connect_to(other, PATH), -ENOENT);
	cr_assert_geq(connect_to(other, socket.path), 0);
	cr_assert_eq(connect_to(other, "/run/actor/bank/deeper/one.sock"), -ECONNREFUSED);
	other->os.ops->socket_remove(&other->os, "/run/actor/bank/deeper/one.sock");
	cr_assert_eq(connect_to(other, "/run/actor/bank/deeper/one.sock"), -ENOENT);
}

Test(sim_socket, what_is_written_before_it_is_accepted_arrives)
{
	struct acti_listener_socket socket = must_listen(one, PATH);
	struct acti_credentials server, client;
	int near = other->os.ops->connect(&other->os, PATH, &server), far;

	cr_assert_eq(server.pid, one->pid);
	cr_assert_eq(other->os.ops->write(&other->os, near, "hello", 5), 5);
	cr_assert_eq(accept_at(one, &socket), -EAGAIN, "it is not there yet");
	settle();
	far = one->os.ops->accept(&one->os, socket.fd, &client);
	cr_assert_geq(far, 0);
	cr_assert_eq(client.pid, other->pid);
	cr_assert_eq(client.uid, 1000);
	cr_assert_eq(read_at(one, far), 5);
	cr_assert_eq(accept_at(one, &socket), -EAGAIN);
	cr_assert(acti_sim_is_peer_stream(&sim, near) && acti_sim_is_peer_stream(&sim, far));
	cr_assert_lt(acti_sim_stream_out(&sim, near), acti_sim_stream_out(&sim, far), "who connects is its maker");
}

static unsigned woken;

static void
ready(struct acti_watch *watch, unsigned readiness)
{
	cr_assert_eq(readiness, ACTI_READABLE);
	watch->os->ops->watch_stop(watch->os, watch);
	woken++;
}

Test(sim_socket, who_listens_is_woken_by_a_connection)
{
	struct acti_listener_socket socket = must_listen(one, PATH);
	struct acti_watch watch = { .ready = ready };

	woken = 0;
	cr_assert_eq(one->os.ops->watch_start(&one->os, &watch, socket.fd, ACTI_READABLE | ACTI_WRITABLE), 0);
	settle();
	cr_assert_eq(woken, 0);
	connect_to(other, PATH);
	settle();
	cr_assert_eq(woken, 1);
}

static void
expect_the_end(int fd)
{
	ssize_t got;

	settle();
	got = read_at(other, fd);
	cr_assert(got == 0 || got == -ECONNRESET, "%zd", got);
	cr_assert_eq(other->os.ops->write(&other->os, fd, "x", 1), -EPIPE);
	other->os.ops->close(&other->os, fd);
}

Test(sim_socket, who_dies_ends_the_connections_that_it_has_not_accepted)
{
	int early = connect_to(other, PATH), near;

	cr_assert_lt(early, 0);
	must_listen(one, PATH);
	near = connect_to(other, PATH);
	settle();
	cr_assert_eq(read_at(other, near), -EAGAIN);
	acti_sim_end(one, SIGKILL);
	expect_the_end(near);
	acti_sim_returned(other, 0);
}

Test(sim_socket, who_listens_no_more_ends_them_too)
{
	struct acti_listener_socket socket = must_listen(one, PATH);
	int accepted = connect_to(other, PATH), waiting = connect_to(other, PATH), far;

	settle();
	far = accept_at(one, &socket);
	stop_listening(one, &socket);
	expect_the_end(waiting);
	cr_assert_eq(other->os.ops->write(&other->os, accepted, "x", 1), 1);
	one->os.ops->close(&one->os, far);
	acti_sim_returned(one, 0);
}

Test(sim_socket, only_so_many_wait)
{
	struct acti_listener_socket socket = must_listen(one, PATH);

	for (int i = 0; i < BACKLOG; i++)
		cr_assert_geq(connect_to(other, PATH), 0);
	cr_assert_eq(connect_to(other, PATH), -EAGAIN);
	settle();
	cr_assert_geq(accept_at(one, &socket), 0);
	cr_assert_geq(connect_to(other, PATH), 0);
	cr_assert_eq(connect_to(other, PATH), -EAGAIN);
}

/* Whether it is half closed, as it says and as it is seen. */
static bool
is_half_closed(struct acti_sim_process *process, int fd)
{
	bool says = process->os.ops->is_half_closed(&process->os, fd);
	bool is_ended = read_at(process, fd) != -EAGAIN;
	bool takes_more = process->os.ops->write(&process->os, fd, "x", 1) == 1;

	cr_assert_eq(says, is_ended && takes_more);
	return says;
}

Test(sim_socket, who_has_ended_only_what_it_writes_has_half_closed)
{
	unsigned half_closed = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct acti_listener_socket socket;
		int near, far;

		begin_with(seed, 1u << ACTI_SIM_RESET | 1u << ACTI_SIM_HALF_CLOSE);
		socket = must_listen(one, PATH);
		near = connect_to(other, PATH);
		acti_sim_connected(&sim, acti_sim_stream_out(&sim, near));
		far = accept_at(one, &socket);
		acti_sim_break_random(&sim);
		half_closed += is_half_closed(other, near);
		half_closed += is_half_closed(one, far);
	}
	cr_assert_gt(half_closed, 0);
}

Test(sim_socket, who_has_gone_meanwhile_is_accepted_and_has_ended)
{
	struct acti_listener_socket socket = must_listen(one, PATH);
	int far;

	connect_to(other, PATH);
	acti_sim_end(other, SIGKILL);
	settle();
	far = accept_at(one, &socket);
	cr_assert_geq(far, 0);
	cr_assert_eq(read_at(one, far), 0);
	cr_assert_not(one->os.ops->is_half_closed(&one->os, far));
}

Test(sim_socket, who_returns_must_not_listen)
{
	must_listen(one, PATH);
	acti_sim_returned(one, 0);
	expected = "one ended and still listens at " PATH;
}

Test(sim_socket, who_returns_must_not_leave_a_connection)
{
	must_listen(one, PATH);
	connect_to(other, PATH);
	acti_sim_returned(other, 0);
	expected = "other ended with 1 descriptors open";
}

Test(sim_socket, a_listening_socket_is_not_just_closed)
{
	struct acti_listener_socket socket = must_listen(one, PATH);

	one->os.ops->close(&one->os, socket.fd);
	expected = "one closes descriptor 3, and leaves its name";
}

Test(sim_socket, who_returns_must_not_leave_a_name)
{
	struct acti_listener_socket socket = must_listen(one, PATH);

	one->os.ops->close(&one->os, socket.fd);
	sim.failure[0] = '\0';
	acti_sim_returned(one, 0);
	expected = "one ended and left " PATH;
}

Test(sim_socket, what_has_not_been_accepted_is_nobodys_to_use)
{
	int near;

	must_listen(one, PATH);
	near = connect_to(other, PATH);
	settle();
	cr_assert_eq(read_at(one, near + 1), -EBADF, "the far end has the next number");
	expected = "which it does not have";
}

Test(sim_socket, a_listening_socket_is_no_stream)
{
	struct acti_listener_socket socket = must_listen(one, PATH);

	read_at(one, socket.fd);
	expected = "one takes descriptor 3 for a stream";
}

Test(sim_socket, a_broken_stream_between_peers_is_not_the_link_of_a_child)
{
	int near;

	must_listen(one, PATH);
	near = connect_to(other, PATH);
	acti_sim_break(&sim, near);
	cr_assert(one->peer_was_broken && other->peer_was_broken);
	cr_assert(!one->link_was_broken && !other->link_was_broken);
	settle();
}

Test(sim_socket, each_of_the_faults_happens)
{
	unsigned refused = 0, full = 0, connected = 0, no_descriptor = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct acti_listener_socket socket;
		int rc;

		begin_with(seed, 1u << ACTI_SIM_CONNECT);
		socket = must_listen(one, PATH);
		rc = connect_to(other, PATH);
		refused += rc == -ECONNREFUSED;
		full += rc == -EAGAIN;
		connected += rc >= 0;
		cr_assert(rc >= 0 || (sim.fired >> ACTI_SIM_CONNECT & 1) != 0);
		while (sim.event_count > 0 && !sim.healed && rc >= 0 && no_descriptor == 0 &&
		       accept_at(one, &socket) == -EAGAIN)
			acti_sim_step(&sim);
		no_descriptor += accept_at(one, &socket) == -EMFILE;
	}
	cr_assert(refused > 0 && full > 0 && connected > SEEDS / 2 && no_descriptor > 0, "%u %u %u %u", refused, full,
	          connected, no_descriptor);
}
