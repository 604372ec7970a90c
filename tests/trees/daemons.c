/* SPDX-License-Identifier: BSD-2-Clause */
/* Daemons: what starts them, tells of them, and ends them. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "raw_peer.h"
#include "town.h"

/* ---- serving ---- */

static int
serve_until_told(struct actor_nursery *town)
{
	struct actor_bytes bytes = { 0 };
	struct neighbour *daemon = start_neighbour("daemon", NULL, NULL, NULL);
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = trees_probe_wait_for_actor(town, "daemon", &probe);

	if (rc == 0)
		rc = trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply);
	if (rc == 0)
		rc = trees_other_greet((struct trees_other){ probe.portal }, NOTHING, &reply);
	if (rc == 0)
		rc = actor_portal_run_from_ns(probe.portal, "self", "modules", bytes, &bytes);
	if (rc != 0)
		return rc;
	EXPECT(bytes.size == 2 + strlen("trees.Other\ntrees.Probe\ntrees.Stage\ntrees.Visitor"));
	EXPECT(memmem(bytes.data, bytes.size, "trees.Other\ntrees.Probe\ntrees.Stage\ntrees.Visitor", bytes.size - 2) !=
	       NULL);
	EXPECT_CODE(actor_portal_run_from_ns(probe.portal, "trees.Broken", "Nothing", bytes, NULL), ACTOR_EDENIED);
	EXPECT_CODE(actor_portal_run_from_ns(probe.portal, "actor.Registrar", "List", bytes, NULL), ACTOR_EDENIED);
	EXPECT(!has_ended(daemon));
	send_signal(daemon->pid, SIGTERM);
	AWAIT(has_ended(daemon));
	EXPECT_INT(daemon->status, KILLED_BY(SIGTERM));
	EXPECT_INT(trace_count("closing daemon"), 1);
	return 0;
}

/* shows: DM-01, DM-04, DM-06 */
static int
a_daemon_serves_all_modules_of_its_program_and_nothing_else_until_it_is_told(void)
{
	return in_town(serve_until_told);
}

static int
start_a_broken_one(struct actor_nursery *town)
{
	struct neighbour *daemon = start_neighbour("daemon", HAS_BROKEN, NULL, NULL);
	struct actor_portal portal;

	AWAIT(has_ended(daemon));
	EXPECT_INT(daemon->status, EXITED_WITH(1));
	EXPECT_PART(daemon->text, "the disk of daemon is full");
	EXPECT_CODE(actor_find(town, "daemon", NULL, &portal), ACTOR_NOBODY);
	return 0;
}

/* shows: DM-01 */
static int
a_daemon_with_a_module_that_cannot_be_opened_fails_at_once(void)
{
	return in_town(start_a_broken_one);
}

/* ---- its end ---- */

static int
interrupt(struct actor_nursery *town)
{
	struct neighbour *daemon = start_neighbour("daemon", NULL, NULL, NULL);
	struct trees_probe probe;
	int rc = trees_probe_wait_for_actor(town, "daemon", &probe);

	send_signal(daemon->pid, SIGINT);
	AWAIT(has_ended(daemon));
	EXPECT_INT(daemon->status, KILLED_BY(SIGINT));
	EXPECT_PART(daemon->text, "SIGINT");
	EXPECT_INT(trace_count("goes on daemon"), 0);
	return rc;
}

/* shows: DM-02 */
static int
an_interrupted_daemon_ends_by_that_signal_and_says_so(void)
{
	return in_town(interrupt);
}

/* A call that was refused is over for the caller, but the actor goes on. */
static void
expect_stopped(struct neighbour *daemon, const char *path)
{
	AWAIT(trace_count("goes on") == 1);
	EXPECT_INT(trace_number("goes on"), 0);
	EXPECT(connect_to(path) < 0);
	EXPECT(!has_ended(daemon));
	trace("let go");
	AWAIT(has_ended(daemon));
	EXPECT_INT(daemon->status, EXITED_WITH(0));
}

static int
send_client(struct actor_nursery *town, const char *variable, const char *whom)
{
	struct trees_probe client;
	Trees__Value *reply;
	int rc = meet_neighbour(town, "client", variable, &client);

	if (rc == 0)
		rc = trees_visitor_visit(visitor_of(client),
		                         TREES_TRIP(.name = (char *)(uintptr_t)whom, .act = TREES__ACT__CANCEL_ACTOR),
		                         &reply);
	if (rc == 0)
		EXPECT_INT(reply->number, 0);
	return rc;
}

static int
cancel_a_daemon(struct actor_nursery *town)
{
	struct neighbour *daemon = start_neighbour("daemon", CANCELLED_BY_US, LINGERS, NULL);
	struct trees_probe probe;
	const char *path;
	int rc = trees_probe_wait_for_actor(town, "daemon", &probe);

	path = socket_of("daemon");
	EXPECT_INT(close(connect_to(path)), 0);
	if (rc == 0)
		rc = send_client(town, NULL, "daemon");
	if (rc == 0)
		expect_stopped(daemon, path);
	return rc;
}

/* The one who does it is a member of both registries. */
static int
cancel_a_registrar(struct actor_nursery *town)
{
	const char *other = entry("%s/other", session_directory());
	struct neighbour *boss = start_neighbour("boss", CANCELLED_BY_US, LINGERS, entry(REGISTRY "=%s", other));
	const char *path = entry("%s/registry.sock", other);
	int rc = send_client(town, entry(REGISTRY "=%s:town", other), "boss");

	if (rc == 0)
		expect_stopped(boss, path);
	return rc;
}

/* shows: DM-03, DM-04, DI-24 */
static int
a_daemon_that_a_peer_cancels_listens_no_more_and_its_process_goes_on(void)
{
	int rc = in_town(cancel_a_daemon);

	return rc == 0 ? in_town(cancel_a_registrar) : rc;
}

static int
cancel_twice(struct actor_nursery *town)
{
	struct neighbour *daemon = start_neighbour("daemon", CANCELLED_BY_US, TWICE, LINGERS);
	struct trees_probe client, probe;
	Trees__Value *reply;
	int rc = trees_probe_wait_for_actor(town, "daemon", &probe);

	if (rc == 0)
		rc = send_client(town, NULL, "daemon");
	AWAIT(trace_count("starting daemon") == 2);
	if (rc == 0)
		rc = trees_probe_wait_for_actor(town, "client", &client);
	if (rc == 0)
		rc = trees_visitor_visit(visitor_of(client),
		                         TREES_TRIP(.name = (char *)"daemon", .act = TREES__ACT__CANCEL_ACTOR), &reply);
	if (rc == 0)
		expect_stopped(daemon, "/nowhere");
	EXPECT_INT(trace_count("closing daemon"), 2);
	return rc;
}

/* shows: DM-03 */
static int
a_program_can_run_its_daemon_again(void)
{
	return in_town(cancel_twice);
}

/* ---- readiness ---- */

static int
open_notify_socket(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof address->sun_path, "%s/notify", session_directory());
	EXPECT_INT(bind(fd, (const struct sockaddr *)address, sizeof *address), 0);
	return fd;
}

/* "": nothing has come. */
static const char *
notified(int fd)
{
	static char text[256];
	ssize_t size = recv(fd, text, sizeof text - 1, 0);

	text[size > 0 ? size : 0] = '\0';
	return text;
}

static void
expect_ready_then_stopping(struct actor_nursery *town, int fd, const char *variable)
{
	struct neighbour *daemon = start_neighbour("daemon", variable, NULL, NULL);
	struct trees_probe probe;
	const char *text;

	AWAIT((text = notified(fd))[0] != '\0');
	EXPECT_TEXT(text, "READY=1");
	EXPECT_INT(close(connect_to(socket_of("daemon"))), 0); /* at once, without waiting for it */
	EXPECT_CODE(trees_probe_find_actor(town, "daemon", &probe), 0);
	EXPECT_TEXT(notified(fd), "");
	send_signal(daemon->pid, SIGTERM);
	AWAIT((text = notified(fd))[0] != '\0');
	EXPECT_TEXT(text, "STOPPING=1");
	AWAIT(has_ended(daemon));
	EXPECT_TEXT(notified(fd), "");
}

static int
listen_to_daemons(struct actor_nursery *town)
{
	struct sockaddr_un address;
	int fd = open_notify_socket(&address);
	const char *variable = entry("NOTIFY_SOCKET=%s", address.sun_path);
	struct neighbour *broken;

	expect_ready_then_stopping(town, fd, variable);
	broken = start_neighbour("broken", variable, HAS_BROKEN, NULL);
	AWAIT(has_ended(broken));
	EXPECT_INT(broken->status, EXITED_WITH(1));
	EXPECT(strstr(notified(fd), "READY") == NULL);
	close(fd);
	unlink(address.sun_path);
	return 0;
}

/* shows: DM-05 */
static int
a_daemon_tells_when_it_can_be_found_and_when_it_stops(void)
{
	return in_town(listen_to_daemons);
}

/* ---- sockets that it is given ---- */

static char given[100];

static void
give_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char pid[16];

	snprintf(address.sun_path, sizeof address.sun_path, "%s", given);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0)
		_exit(90);
	dup2(fd, 3);
	close_range(4, ~0u, 0);
	snprintf(pid, sizeof pid, "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
}

static bool
is_socket(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int
give_an_address(struct actor_nursery *town)
{
	struct neighbour *daemon;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc;

	snprintf(given, sizeof given, "%s/given.sock", session_directory());
	daemon = start_prepared("daemon", give_socket, NULL, NULL);
	rc = trees_probe_wait_for_actor(town, "daemon", &probe);
	if (rc == 0)
		rc = trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply);
	if (rc != 0)
		return rc;
	EXPECT_TEXT(socket_of("daemon"), given);
	EXPECT(!is_socket(entry("%s/daemon@%d.sock", town_directory(), daemon->pid)));
	send_signal(daemon->pid, SIGTERM);
	AWAIT(has_ended(daemon));
	EXPECT_INT(daemon->status, KILLED_BY(SIGTERM));
	EXPECT(is_socket(given));
	unlink(given);
	return 0;
}

static int
give_the_registry(struct actor_nursery *town)
{
	static struct raw_frame frame;
	const char *other = entry("%s/given", session_directory());
	struct neighbour *boss;
	struct trees_probe client;
	Trees__Value *reply;
	int fd, rc;

	mkdir(other, 0700);
	snprintf(given, sizeof given, "%s/registry.sock", other);
	boss = start_prepared("boss", give_socket, entry(REGISTRY "=%s", other), NULL);
	rc = meet_neighbour(town, "client", entry(REGISTRY "=%s:town", other), &client);
	if (rc == 0)
		rc = trees_visitor_visit(visitor_of(client), TREES_TRIP(.name = (char *)"boss", .number = 4), &reply);
	if (rc != 0)
		return rc;
	EXPECT_INT(reply->number, 4);
	fd = raw_meet(given, "raw", 7, &frame);
	EXPECT(raw_has(&frame, "boss"));
	EXPECT(raw_has(&frame, "\x28\x01")); /* Hello.registrar */
	close(fd);
	send_signal(boss->pid, SIGTERM);
	AWAIT(has_ended(boss));
	EXPECT(is_socket(given));
	unlink(given);
	return 0;
}

/* shows: DM-05, DI-01 */
static int
a_daemon_listens_at_the_sockets_that_it_was_started_with_and_leaves_their_files(void)
{
	int rc = in_town(give_an_address);

	return rc == 0 ? in_town(give_the_registry) : rc;
}

static void
give_no_listener(void)
{
	char pid[16];

	dup2(socket(AF_UNIX, SOCK_DGRAM, 0), 3);
	snprintf(pid, sizeof pid, "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
}

static int
give_something_else(struct actor_nursery *town)
{
	struct neighbour *daemon = start_prepared("daemon", give_no_listener, NULL, NULL);

	(void)town;
	AWAIT(has_ended(daemon));
	EXPECT_INT(daemon->status, EXITED_WITH(1));
	EXPECT_PART(daemon->text, "LISTEN_FDS");
	return 0;
}

static int
a_daemon_that_is_given_something_else_than_a_listener_fails(void)
{
	return in_town(give_something_else);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_daemon_serves_all_modules_of_its_program_and_nothing_else_until_it_is_told),
		CHECK(a_daemon_with_a_module_that_cannot_be_opened_fails_at_once),
		CHECK(an_interrupted_daemon_ends_by_that_signal_and_says_so),
		CHECK(a_daemon_that_a_peer_cancels_listens_no_more_and_its_process_goes_on),
		CHECK(a_program_can_run_its_daemon_again),
		CHECK(a_daemon_that_is_given_something_else_than_a_listener_fails),
		CHECK(a_daemon_tells_when_it_can_be_found_and_when_it_stops),
		CHECK(a_daemon_listens_at_the_sockets_that_it_was_started_with_and_leaves_their_files),
	};

	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
