/* SPDX-License-Identifier: BSD-2-Clause */
/* The link between peers byte by byte, and who may have one. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_peer.h"
#include "town.h"

#define STRANGER_UID 65534
#define LEAVE_MS 3000

static struct raw_frame frame;

/* A daemon, and the path of its socket. */
static int
start_daemon(struct actor_nursery *town, const char *variable, struct trees_probe *ret_probe, const char **ret_path)
{
	int rc = meet_neighbour(town, "daemon", variable, ret_probe);

	*ret_path = socket_of("daemon");
	return rc;
}

/* Any call over another link, to see that the actor still serves. */
static bool
still_serves(struct trees_probe probe)
{
	Trees__Value *reply;

	return trees_probe_echo(probe, TREES_VALUE(.number = 42), &reply) == 0 && reply->number == 42;
}

/* ---- frames ---- */

static bool
says_nothing(int fd, int ms)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	return poll(&end, 1, ms) != 1;
}

static void
expect_header(const unsigned char (*header)[RAW_HEADER])
{
	EXPECT(memcmp(frame.header, *header, RAW_HEADER) == 0);
}

static int
look_at_frames(struct actor_nursery *town)
{
	static const unsigned char hello_uid[] = { 0x08, 1,   0x10, 1,   0x1a, 26,  0x0a, 6,
		                                   'd',  'a', 'e',  'm', 'o',  'n', 0x12, 16 };
	static const unsigned char start[] = { 31,  0, 0,   0,   3,   1,   0,   0,   1,   0,   0,   0,
		                               0,   0, 0,   0,   255, 255, 255, 255, 0,   0,   0,   0,
		                               0,   0, 0,   0,   0,   0,   0,   0,   4,   's', 'e', 'l',
		                               'f', 4, 'p', 'i', 'n', 'g', 'h', 'e', 'l', 'l', 'o' };
	struct trees_probe probe;
	const char *path;
	int fd, rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	fd = connect_to(path);
	EXPECT(says_nothing(fd, 20)); /* who connects begins */
	raw_send_hello(fd, "raw", 1, 1);
	EXPECT(raw_read(fd, &frame));
	expect_header(&(unsigned char[RAW_HEADER]){
	    [0] = (unsigned char)frame.size, [1] = (unsigned char)(frame.size >> 8), [4] = 1 });
	EXPECT(memcmp(frame.body, hello_uid, sizeof hello_uid) == 0);
	raw_send_bytes(fd, start, sizeof start);
	EXPECT(raw_read(fd, &frame));
	expect_header(&(unsigned char[RAW_HEADER]){ [0] = 5, [4] = 8, [8] = 1 });
	EXPECT(memcmp(frame.body, "hello", 5) == 0);
	raw_send(fd, RAW_PING, 0, 0, NULL, 0);
	EXPECT(raw_read(fd, &frame));
	expect_header(&(unsigned char[RAW_HEADER]){ [4] = 14 });
	raw_send(fd, RAW_STOP, 0, 0, NULL, 0); /* no more use for it */
	EXPECT(raw_read(fd, &frame));
	expect_header(&(unsigned char[RAW_HEADER]){ [4] = 15 });
	EXPECT(raw_is_closed(fd, &frame));
	close(fd);
	return 0;
}

/* shows: ID-01, ID-05 */
static int
frames_between_peers_are_as_the_wire_format_has_them(void)
{
	return in_town(look_at_frames);
}

/* ---- what is no peer ---- */

static int
connect_without_a_word(struct actor_nursery *town)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct trees_probe probe;
	const char *path;
	int silent, fd, rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	silent = connect_to(path);
	fd = connect_to(path);
	raw_send_bytes(fd, http, sizeof http);
	EXPECT(raw_is_closed(fd, &frame));
	close(fd);
	fd = connect_to(path);
	raw_send(fd, RAW_HELLO, 0, 0, "\xff\xff\xff", 3);
	EXPECT(raw_is_closed(fd, &frame));
	close(fd);
	fd = connect_to(path);
	raw_call(fd, 1, "self", "ping", NULL, 0); /* before the Hello */
	EXPECT(raw_is_closed(fd, &frame));
	close(fd);
	EXPECT(still_serves(probe));
	AWAIT(!says_nothing(silent, 0)); /* after 5 s */
	EXPECT(raw_is_closed(silent, &frame));
	close(silent);
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: ID-02, ID-03 */
static int
who_does_not_say_who_he_is_loses_his_connection_and_no_more(void)
{
	return in_town(connect_without_a_word);
}

static int
break_the_protocol(struct actor_nursery *town)
{
	struct trees_probe probe;
	const char *path;
	int good, bad, rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	good = raw_meet(path, "good", 1, &frame);
	bad = raw_meet(path, "bad", 2, &frame);
	raw_send(bad, 99, 0, 1, NULL, 0);
	EXPECT(raw_read(bad, &frame) && frame.kind == RAW_BYE && frame.size > 0);
	EXPECT(raw_is_closed(bad, &frame));
	close(bad);
	bad = raw_meet(path, "bad", 2, &frame);
	raw_send_hello(bad, "good", 1, 1); /* somebody else all at once */
	EXPECT(raw_is_closed(bad, &frame));
	close(bad);
	raw_call(good, 1, "self", "ping", "x", 1);
	EXPECT(raw_read(good, &frame) && frame.kind == RAW_RETURN && frame.cid == 1);
	close(good);
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: ID-07, NS-14 */
static int
a_violation_ends_that_connection_and_no_other(void)
{
	return in_town(break_the_protocol);
}

static int
send_a_bad_payload(struct actor_nursery *town)
{
	struct trees_probe probe;
	Trees__Value *reply;
	const char *path;
	int fd, rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	fd = raw_meet(path, "raw", 1, &frame);
	raw_call(fd, 1, "trees.Probe", "Echo", "\xff\xff\xff", 3);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_ERROR && frame.cid == 1);
	EXPECT(frame.body[4] == 0x0a && frame.body[6] == 0x08);                                  /* faults[0].code */
	EXPECT_INT(frame.body[7] | frame.body[8] << 8, ((2005 & 127) | 128) | (2005 >> 7) << 8); /* zigzag of -1003 */
	raw_call(fd, 3, "self", "ping", "x", 1);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_RETURN && frame.cid == 3);
	close(fd);
	EXPECT(trees_probe_bad_reply(probe, NOTHING, &reply) < 0); /* the other way */
	EXPECT(still_serves(probe));
	return 0;
}

/* shows: ID-08 */
static int
a_payload_that_is_not_valid_fails_its_call_and_no_more(void)
{
	return in_town(send_a_bad_payload);
}

/* ---- dialogs ---- */

static int
cancel_what_another_began(struct actor_nursery *town)
{
	static const unsigned char long_time[] = { 0x08, 0x80, 0x80, 0x80, 0x80, 0x01 };
	struct trees_probe probe;
	const char *path;
	int one, other, rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	one = raw_meet(path, "one", 1, &frame);
	other = raw_meet(path, "other", 2, &frame);
	raw_call(one, 1, "trees.Probe", "Sleep", long_time, sizeof long_time);
	raw_call(other, 1, "trees.Probe", "Sleep", long_time, sizeof long_time);
	raw_call(other, 3, "trees.Probe", "Sleep", long_time, sizeof long_time);
	AWAIT(trace_count("sleeping daemon") == 3);
	raw_send(one, RAW_CANCEL, 0, 3, NULL, 0); /* not his */
	EXPECT(raw_read(one, &frame) && frame.kind == RAW_CANCEL_ACK && frame.cid == 3);
	EXPECT_INT(trace_count("cancelled"), 0);
	raw_send(one, RAW_CANCEL, 0, 1, NULL, 0);
	EXPECT(raw_read(one, &frame) && frame.kind == RAW_CANCEL_ACK && frame.cid == 1);
	EXPECT(raw_read(one, &frame) && frame.kind == RAW_ERROR && frame.cid == 1);
	raw_call(other, 5, "self", "ping", NULL, 0);
	EXPECT(raw_read(other, &frame) && frame.kind == RAW_RETURN && frame.cid == 5); /* and nothing for 1 and 3 */
	EXPECT_INT(trace_count("cancelled"), 1);
	EXPECT_INT(trace_count("cancelled daemon by one"), 1);
	close(one);
	close(other);
	AWAIT(trace_count("cancelled daemon by other") == 2);
	return 0;
}

/* shows: NS-07, PE-06, PR-18 */
static int
a_dialog_is_known_by_its_id_and_its_link_together(void)
{
	return in_town(cancel_what_another_began);
}

static int
pid_of(const char *name)
{
	struct actor_nursery *portals;
	struct actor_identity identity = { .pid = -1 };
	struct actor_portal portal;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = actor_find(portals, name, NULL, &portal);
	if (rc == 0)
		rc = actor_portal_identity(portal, &identity);
	rc = actor_nursery_close(portals, rc < 0 ? rc : 0);
	return rc == 0 ? identity.pid : rc;
}

/* To ourselves: it must not block. */
static int
come_twice(struct actor_nursery *town)
{
	const char *path = entry("%s/registry.sock", town_directory());
	int one = connect_to(path), other = connect_to(path);

	(void)town;
	EXPECT_INT(pid_of("twin"), -1);
	raw_send_hello(one, "twin", 9, 1);
	AWAIT(pid_of("twin") == 1);
	raw_send_hello(other, "twin", 9, 2);
	AWAIT(pid_of("twin") == 2);
	close(other);
	AWAIT(pid_of("twin") == 1);
	close(one);
	AWAIT(pid_of("twin") == -1);
	return 0;
}

/* shows: PE-02 */
static int
a_peer_with_several_connections_is_there_until_the_last_of_them_closes(void)
{
	return in_town(come_twice);
}

/* ---- an actor at its end ---- */

static int
leave_who_does_not_read(struct actor_nursery *town)
{
	static unsigned char value[100005] = { 0x12, 0xa0, 0x8d, 0x06 };
	struct trees_probe probe;
	struct neighbour *daemon = start_neighbour("daemon", NULL, NULL, NULL);
	Trees__Value *reply = NULL;
	uint64_t start;
	int fd, rc = trees_probe_wait_for_actor(town, "daemon", &probe);

	if (rc != 0)
		return rc;
	memset(value + 4, 'x', 100000);
	fd = raw_meet(socket_of("daemon"), "deaf", 1, &frame);
	for (uint64_t cid = 1; cid < 20; cid += 2)
		raw_call(fd, cid, "trees.Probe", "Echo", value, 100004);
	AWAIT((rc = trees_probe_count_calls(probe, NOTHING, &reply)) != 0 || reply->number >= 10);
	start = now_ms();
	send_signal(daemon->pid, SIGTERM);
	AWAIT(has_ended(daemon));
	EXPECT(now_ms() - start >= LEAVE_MS - 100);
	EXPECT_PART(daemon->text, "deaf does not take what is queued for it");
	EXPECT_INT(daemon->status, KILLED_BY(SIGTERM));
	close(fd);
	return rc;
}

static int
leave_who_reads(struct actor_nursery *town)
{
	struct trees_probe probe;
	struct neighbour *daemon = start_neighbour("daemon", NULL, NULL, NULL);
	int fd, rc = trees_probe_wait_for_actor(town, "daemon", &probe);

	if (rc != 0)
		return rc;
	fd = raw_meet(socket_of("daemon"), "raw", 1, &frame);
	send_signal(daemon->pid, SIGTERM);
	AWAIT(!says_nothing(fd, 0));
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_BYE && frame.size == 0);
	close(fd);
	AWAIT(has_ended(daemon));
	EXPECT(strstr(daemon->text, "does not take") == NULL);
	return rc;
}

/* shows: PE-07 */
static int
an_actor_at_its_end_waits_a_while_for_peers_that_do_not_read(void)
{
	int rc = in_town(leave_who_reads);

	return rc == 0 ? in_town(leave_who_does_not_read) : rc;
}

/* ---- other users ---- */

enum result {
	NO_CONNECTION = 10,
	CLOSED = 11, /* without a word */
	LET_IN = 12,
	SOMETHING_ELSE = 13,
};

static int
try_as_stranger(const char *path)
{
	int fd = connect_to(path);

	if (fd < 0)
		return NO_CONNECTION;
	raw_send_hello(fd, "stranger", 5, 5);
	if (!raw_read(fd, &frame))
		return CLOSED;
	if (frame.kind != RAW_HELLO)
		return SOMETHING_ELSE;
	raw_call(fd, 1, "self", "ping", NULL, 0);
	return raw_read(fd, &frame) && frame.kind == RAW_RETURN ? LET_IN : SOMETHING_ELSE;
}

static int
as_stranger(const char *path)
{
	int status, pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(setgid(STRANGER_UID) == 0 && setuid(STRANGER_UID) == 0 ? try_as_stranger(path) : SOMETHING_ELSE);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* By mistake, for everybody to connect. */
static void
open_up(const char *path)
{
	EXPECT_INT(chmod(session_directory(), 0711), 0);
	EXPECT_INT(chmod(entry("%s/actor", session_directory()), 0711), 0);
	EXPECT_INT(chmod(town_directory(), 0711), 0);
	EXPECT_INT(chmod(path, 0666), 0);
}

static int
mode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 ? (int)(status.st_mode & 0777) : -1;
}

static int
keep_strangers_out(struct actor_nursery *town)
{
	struct trees_probe probe;
	const char *path;
	int rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	EXPECT_INT(mode_of(town_directory()), 0700);
	EXPECT_INT(mode_of(path), 0600);
	EXPECT_INT(as_stranger(path), NO_CONNECTION);
	open_up(path);
	EXPECT_INT(as_stranger(path), CLOSED);
	EXPECT(still_serves(probe));
	chmod(town_directory(), 0700);
	chmod(session_directory(), 0700);
	return 0;
}

static void
become_stranger(void)
{
	if (setgid(STRANGER_UID) != 0 || setuid(STRANGER_UID) != 0)
		_exit(126);
}

/* As root of a program of its own. */
static int
look_for_daemon(int argc, char **argv)
{
	struct actor_nursery *portals;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&portals);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = trees_probe_find_actor(portals, "daemon", &probe);
	if (rc == 0)
		rc = trees_probe_echo(probe, TREES_VALUE(.number = 7), &reply);
	return actor_nursery_close(portals, rc);
}

static void
expect_client_of_stranger(const char *registry)
{
	struct neighbour *client =
	    start_prepared("client", become_stranger, entry(REGISTRY "=%s", registry), ONLY_LOOKS);

	AWAIT(has_ended(client));
	EXPECT_INT(client->status, EXITED_WITH(0));
	EXPECT_TEXT(client->text, "");
}

static int
let_a_stranger_in(struct actor_nursery *town)
{
	char directory[] = "/tmp/actor-open-XXXXXX";
	const char *registry = mkdtemp(directory), *path = entry("%s/registry.sock", directory);
	struct neighbour *daemon =
	    start_neighbour("daemon", entry(REGISTRY "=%s", registry), entry(LETS_IN "=%d", STRANGER_UID), NULL);
	int fd = -1;

	(void)town;
	AWAIT(access(path, F_OK) == 0 && (fd = raw_meet(path, "raw", 1, &frame)) >= 0);
	close(fd);
	EXPECT_INT(mode_of(registry), 0711);
	EXPECT_INT(mode_of(path), 0666);
	EXPECT_INT(as_stranger(path), LET_IN);
	expect_client_of_stranger(registry);
	send_signal(daemon->pid, SIGTERM);
	AWAIT(has_ended(daemon));
	unlink(entry("%s.lock", path));
	EXPECT_INT(rmdir(registry), 0);
	return 0;
}

/* robustness: K5 */
static int
another_user_is_refused_before_he_is_read_unless_the_program_names_him(void)
{
	int rc = 0;

	if (getuid() != 0) {
		printf("# only root can be another user\n");
		return 0;
	}
	rc = in_town(keep_strangers_out);
	return rc == 0 ? in_town(let_a_stranger_in) : rc;
}

static int
change_user_after_connecting(struct actor_nursery *town)
{
	struct trees_probe probe;
	const char *path;
	int fd, rc = start_daemon(town, NULL, &probe, &path);

	if (rc != 0)
		return rc;
	open_up(path);
	fd = connect_to(path); /* as its user */
	EXPECT_INT(seteuid(STRANGER_UID), 0);
	raw_send_hello(fd, "raw", 1, 1);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_HELLO);
	close(fd);
	fd = connect_to(path); /* as another, who then becomes its user */
	EXPECT_INT(seteuid(0), 0);
	raw_send_hello(fd, "raw", 1, 1);
	EXPECT(!raw_read(fd, &frame));
	close(fd);
	chmod(town_directory(), 0700);
	chmod(session_directory(), 0700);
	return 0;
}

/* robustness: L3 */
static int
the_user_that_counts_is_the_one_who_connected(void)
{
	if (getuid() == 0)
		return in_town(change_user_after_connecting);
	printf("# only root can be another user\n");
	return 0;
}

/* ---- descriptors ---- */

static int
open_in_programs(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
		count += atoi(entry->d_name) > 2 && (fcntl(atoi(entry->d_name), F_GETFD) & FD_CLOEXEC) == 0;
	closedir(directory);
	return count;
}

/* Main has a listener, a child and a peer, and then it starts a program. */
static int
look_at_descriptors(struct actor_nursery *town)
{
	struct trees_visitor child;
	struct trees_probe peer, second;
	int before = open_in_programs();
	int rc = spawn_visitor(town, "child", &child);

	if (rc == 0)
		rc = meet_neighbour(town, "first", NULL, &peer);
	EXPECT_INT(open_in_programs(), before);
	if (rc == 0)
		rc = meet_neighbour(town, "second", NULL, &second);
	EXPECT_INT(trace_number("descriptors second"), before);
	return rc;
}

/* robustness: L4 */
static int
no_link_goes_on_to_other_programs(void)
{
	return in_town(look_at_descriptors);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(frames_between_peers_are_as_the_wire_format_has_them),
		CHECK(who_does_not_say_who_he_is_loses_his_connection_and_no_more),
		CHECK(a_violation_ends_that_connection_and_no_other),
		CHECK(a_payload_that_is_not_valid_fails_its_call_and_no_more),
		CHECK(a_dialog_is_known_by_its_id_and_its_link_together),
		CHECK(a_peer_with_several_connections_is_there_until_the_last_of_them_closes),
		CHECK(an_actor_at_its_end_waits_a_while_for_peers_that_do_not_read),
		CHECK(another_user_is_refused_before_he_is_read_unless_the_program_names_him),
		CHECK(the_user_that_counts_is_the_one_who_connected),
		CHECK(no_link_goes_on_to_other_programs),
	};

	neighbour_root = look_for_daemon;
	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
