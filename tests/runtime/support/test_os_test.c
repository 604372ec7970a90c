/* SPDX-License-Identifier: BSD-2-Clause */

/* The sockets of the seam for tests, on both of whose sides a test may play the stranger. */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <support/test_os.h>

#define PATH "/run/actor/bank/teller.sock"

static struct test_os os;
static struct acti_listener_socket socket;

static int
listen_at(const char *path, pid_t *ret_holder)
{
	const char *why;

	return os.os.ops->listen(&os.os, path, false, &socket, ret_holder, &why);
}

static void
begin(void)
{
	pid_t holder;

	test_os_init(&os);
	cr_assert_eq(listen_at(PATH, &holder), 0);
}

static void
end(void)
{
	test_os_fini(&os);
}

TestSuite(test_os, .init = begin, .fini = end);

static int
connect_there(struct acti_credentials *ret_who)
{
	return os.os.ops->connect(&os.os, PATH, ret_who);
}

Test(test_os, a_stranger_connects_and_is_accepted)
{
	int stranger = test_os_connect(&os, PATH), end;
	struct acti_credentials who;
	char text[5];

	test_os_send(&os, stranger, "hello", 5);
	os.connecting_uid = 1001;
	end = os.os.ops->accept(&os.os, socket.fd, &who);
	cr_assert_geq(end, 0);
	cr_assert_eq(who.uid, 1001);
	cr_assert_eq(who.pid, TEST_STRANGER_PID);
	cr_assert(test_os_take(&os, end, text, sizeof text));
	cr_assert_eq(os.os.ops->accept(&os.os, socket.fd, &who), -EAGAIN);

	cr_assert_not(os.os.ops->is_half_closed(&os.os, end));
	test_os_end_writing(&os, stranger);
	cr_assert(os.os.ops->is_half_closed(&os.os, end));
	test_os_shut(&os, stranger);
	cr_assert_not(os.os.ops->is_half_closed(&os.os, end));
}

Test(test_os, a_stranger_that_listens_is_dialled_dies_and_is_replaced)
{
	struct acti_credentials who;
	pid_t holder = 0;
	int listener, near, far;

	os.os.ops->listen_end(&os.os, &socket);
	cr_assert_eq(connect_there(&who), -ENOENT);
	listener = test_os_listen_by_hand(&os, PATH);
	cr_assert_eq(listen_at(PATH, &holder), -EADDRINUSE);
	cr_assert_eq(holder, TEST_STRANGER_PID);
	near = connect_there(&who);
	cr_assert_geq(near, 0);
	cr_assert_eq(who.uid, TEST_USER);
	cr_assert_eq(who.pid, TEST_STRANGER_PID);
	far = test_os_accept_by_hand(&os, PATH);
	cr_assert_eq(os.ends[far].peer, near);
	cr_assert_eq(test_os_accept_by_hand(&os, PATH), -1);

	near = connect_there(&who);
	test_os_shut(&os, listener);
	cr_assert(os.ends[near].is_ended, "nobody accepted it");
	cr_assert_eq(connect_there(&who), -ECONNREFUSED);
	cr_assert_eq(listen_at(PATH, &holder), 0);
}

static unsigned woken;

static void
ready(struct acti_watch *watch, unsigned readiness)
{
	struct acti_credentials who;

	cr_assert_eq(readiness, ACTI_READABLE);
	woken++;
	cr_assert_geq(os.os.ops->accept(watch->os, socket.fd, &who), 0);
}

Test(test_os, who_listens_is_woken_by_each_connection)
{
	struct acti_watch watch = { .ready = ready };

	cr_assert_eq(os.os.ops->watch_start(&os.os, &watch, socket.fd, ACTI_READABLE | ACTI_WRITABLE), 0);
	test_os_settle(&os);
	cr_assert_eq(woken, 0);
	test_os_connect(&os, PATH);
	test_os_connect(&os, PATH);
	test_os_settle(&os);
	cr_assert_eq(woken, 2);
}

Test(test_os, each_of_them_fails_when_it_is_told_to)
{
	struct acti_credentials who;
	const char *why;
	pid_t holder;

	test_os_connect(&os, PATH);
	os.connect_error = EAGAIN;
	os.accept_error = EMFILE;
	os.listen_error = EACCES;
	os.directory_error = EPERM;
	cr_assert_eq(connect_there(&who), -EAGAIN);
	cr_assert_eq(os.os.ops->accept(&os.os, socket.fd, &who), -EMFILE);
	cr_assert_eq(listen_at("/run/other.sock", &holder), -EACCES);
	cr_assert_eq(os.os.ops->socket_directory(&os.os, "/run/actor", false, &why), -EPERM);
	os.accept_error = 0;
	cr_assert_geq(os.os.ops->accept(&os.os, socket.fd, &who), 0, "it has waited");
}

Test(test_os, an_inherited_socket_keeps_its_name)
{
	struct acti_listener_socket given;
	struct acti_credentials who;
	const char *why;

	os.inherited[os.inherited_count++] = (struct acti_listener_socket){
		.fd = test_os_listen_by_hand(&os, "/run/given.sock"), .lock_fd = -1, .path = "/run/given.sock"
	};
	cr_assert_eq(os.os.ops->inherited_listener(&os.os, 0, &given, &why), 0);
	cr_assert_eq(os.os.ops->inherited_listener(&os.os, 1, &given, &why), -ENOENT);
	os.os.ops->listen_end(&os.os, &given);
	cr_assert_eq(os.os.ops->connect(&os.os, "/run/given.sock", &who), -ECONNREFUSED);
	os.os.ops->socket_directory_sweep(&os.os, "/run");
	cr_assert_eq(os.os.ops->connect(&os.os, "/run/given.sock", &who), -ENOENT);
}

Test(test_os, what_is_notified_is_kept)
{
	os.os.ops->notify(&os.os, "READY=1");
	os.os.ops->notify(&os.os, "STOPPING=1");
	cr_assert_eq(os.notified.size, strlen("READY=1\nSTOPPING=1\n"));
	cr_assert_eq(memcmp(os.notified.at, "READY=1\nSTOPPING=1\n", os.notified.size), 0);
}
