/* SPDX-License-Identifier: BSD-2-Clause */
/* Registries in bad times: registrars that are killed, roots that race, sockets that are in the way, and limits. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../hostile/raw.h"
#include "roots.h"

#define RACES 200
#define MEETINGS 50

static const struct wish here = { .name = "here" };

static int
nothing(void)
{
	return 0;
}

/* ---- a registrar that is killed ---- */

/* robustness: K1 */
static int
the_next_root_takes_the_place_of_a_registrar_that_was_killed(void)
{
	const struct wish wish = { .name = "first", .must_be_registrar = true };

	for (int i = 0; i < 5; i++) {
		struct other first;

		trace_clear();
		start_other(&first, &wish);
		await_ups("first", 1);
		end_other(&first, SIGKILL);
		EXPECT(is_there(in_bank("registry.sock")));
	}
	EXPECT_INT(run_here(&here, nothing), 0);
	EXPECT_INT(files_in_bank(""), 0);
	return 0;
}

/* Says who the registrar is. */
static int
tell_registrar(void)
{
	struct actor_identity identity;
	struct actor_nursery *nursery;
	struct actor_portal portal;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_open_registrar(nursery, &portal);
	if (rc == 0)
		rc = actor_portal_identity(portal, &identity);
	trace("registrar of %d=%d", getpid(), rc == 0 ? identity.pid : rc);
	rc = actor_nursery_close(nursery, rc);
	return rc == 0 ? actor_sleep_ms(UINT64_MAX) : rc;
}

static int
registrar_of(const struct other *other)
{
	uint64_t give_up = now_ms() + PATIENCE_MS;
	char line[64];

	snprintf(line, sizeof line, "registrar of %d", other->pid);
	while (trace_count(line) == 0 && now_ms() < give_up)
		usleep(500);
	return trace_number(line);
}

/* Every other time the sockets of the last two are left there.  robustness: K2, K1 */
static int
of_two_roots_that_race_one_is_the_registrar_and_the_other_joins(void)
{
	const struct wish wishes[] = { { .role = "tell", .name = "one" }, { .role = "tell", .name = "two" } };
	int won[2] = { 0, 0 };

	for (int round = 0; round < RACES; round++) {
		struct other racers[2];
		int registrars[2];

		trace_clear();
		for (int i = 0; i < 2; i++)
			start_other(&racers[i], &wishes[(i + round) % 2]);
		for (int i = 0; i < 2; i++)
			registrars[i] = registrar_of(&racers[i]);
		EXPECT_INT(registrars[0], registrars[1]);
		EXPECT(registrars[0] == racers[0].pid || registrars[0] == racers[1].pid);
		won[registrars[0] == racers[1].pid]++;
		for (int i = 0; i < 2; i++)
			send_signal(racers[i].pid, round % 2 == 0 ? SIGTERM : SIGKILL);
		for (int i = 0; i < 2; i++)
			await_end(&racers[i]);
	}
	printf("# the first won %d times, the second %d\n", won[0], won[1]);
	return 0;
}

/* ---- members whose registrar goes ---- */

static int
lose_registrar(void)
{
	const struct wish next_wish = { .name = "next" };
	struct actor_nursery *portals;
	struct trees_place other;
	struct other next;
	Trees__Finding *found;
	uint64_t began_ms;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = trees_place_wait_for_actor(portals, "other", &other);
	send_signal(trace_number("up first"), SIGKILL);
	EXPECT(AWAIT(entries(NULL) == ACTOR_ENOREGISTRAR));
	began_ms = now_ms();
	EXPECT_CODE(search("nobody", false, &found), ACTOR_ENOREGISTRAR);
	EXPECT(now_ms() - began_ms < 1500);
	EXPECT_CODE(search("other", false, &found), 0); /* there is a link */
	EXPECT_CODE(rc == 0 ? trees_place_who(other, NOTHING, &found) : rc, 0);
	began_ms = now_ms();
	EXPECT_CODE(search("nobody", true, &found), ACTOR_ENOREGISTRAR);
	EXPECT(now_ms() - began_ms < 1500);
	start_other(&next, &next_wish);
	EXPECT(AWAIT(ups("next") == 1));
	began_ms = now_ms();
	EXPECT(AWAIT(entries("other") == 1 && entries("here") == 1));
	EXPECT(now_ms() - began_ms < 2000);
	send_signal(next.pid, SIGTERM);
	EXPECT(AWAIT(is_over(&next)));
	return actor_nursery_close(portals, rc);
}

/* robustness: K7, K8 */
static int
when_the_registrar_dies_links_go_on_and_members_enter_at_the_next(void)
{
	const struct wish first_wish = { .name = "first" }, other_wish = { .name = "other" };
	struct other first, other;

	start_other(&first, &first_wish);
	await_ups("first", 1);
	start_other(&other, &other_wish);
	if (await_ups("other", 1))
		EXPECT_INT(run_here(&here, lose_registrar), 0);
	await_end(&first);
	end_other(&other, SIGTERM);
	return 0;
}

/* The registrar is there, and does nothing. */
static int
ask_one_that_sleeps(void)
{
	Trees__Finding *found;
	uint64_t began_ms = now_ms();

	send_signal(trace_number("up first"), SIGSTOP);
	EXPECT_CODE(search("nobody", false, &found), ACTOR_ENOREGISTRAR);
	EXPECT(now_ms() - began_ms < 1500);
	began_ms = now_ms();
	EXPECT_INT(entries(NULL), ACTOR_ENOREGISTRAR);
	EXPECT(now_ms() - began_ms < 1500);
	return 0;
}

/* It hears of the end late, and who ends waits half a second for that.  shows: DI-08, DI-12; robustness: K7 */
static int
a_registrar_that_is_stopped_costs_a_lookup_a_second_and_an_end_half_of_one(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;
	uint64_t began_ms;

	start_other(&first, &wish);
	if (await_ups("first", 1)) {
		began_ms = now_ms();
		EXPECT_INT(run_here(&here, ask_one_that_sleeps), 0);
		EXPECT(now_ms() - began_ms < 3500);
	}
	send_signal(first.pid, SIGCONT);
	end_other(&first, SIGTERM);
	return 0;
}

/* ---- names that several have ---- */

static int
start_duplicates(void)
{
	const struct wish wish = { .name = "twin" };

	for (int count = 2; count <= 8; count *= 2) {
		struct other twins[8];
		Trees__Finding *found;

		for (int i = 0; i < count; i++)
			start_other(&twins[i], &wish);
		EXPECT(AWAIT(entries("twin") == count));
		for (int left = count; left > 0; left--) {
			int at = 0;

			EXPECT_CODE(search("twin", false, &found), 0);
			while (at < count - 1 && twins[at].pid != found->pid)
				at++;
			EXPECT_INT(found->pid, twins[at].pid);
			send_signal(twins[at].pid, SIGKILL);
			EXPECT(AWAIT(is_over(&twins[at])));
			EXPECT(AWAIT(entries("twin") == left - 1));
		}
		EXPECT_CODE(search("twin", false, &found), ACTOR_NOBODY);
	}
	return 0;
}

/* shows: DI-16; robustness: K9 */
static int
many_with_one_name_at_once_are_all_entered_and_each_is_found_in_its_turn(void)
{
	EXPECT_INT(run_here(&here, start_duplicates), 0);
	return 0;
}

static int
meet_often(void)
{
	struct actor_nursery *kids, *calls;
	struct trees_place kid;
	int rc = actor_nursery_open(&kids);

	if (rc == 0)
		rc = trees_place_spawn(kids, "kid", place_options(NULL), &kid);
	for (int i = 0; rc == 0 && i < MEETINGS; i++) {
		struct trees_place comer;
		Trees__Finding *found = NULL;
		char name[32];

		snprintf(name, sizeof name, "comer_%d", i);
		rc = actor_nursery_open(&calls);
		if (rc == 0 && i % 2 == 0)
			rc = trees_place_search_start(calls, kid, TREES_WANTED(.name = name, .waits = true), &found);
		if (rc == 0)
			rc = actor_sleep_ms((uint64_t)i % 5);
		if (rc == 0)
			rc = trees_place_spawn(kids, name, place_options(NULL), &comer);
		if (rc == 0 && i % 2 != 0)
			rc = trees_place_search_start(calls, kid, TREES_WANTED(.name = name, .waits = true), &found);
		rc = actor_nursery_close(calls, rc);
		EXPECT(found != NULL && found->code == 0 && strcmp(found->name, name) == 0);
	}
	if (rc == 0)
		actor_nursery_cancel(kids);
	return actor_nursery_close(kids, rc);
}

/* robustness: K13 */
static int
who_waits_for_one_that_comes_at_the_same_time_always_gets_it(void)
{
	EXPECT_INT(run_here(&here, meet_often), 0);
	return 0;
}

/* ---- what is in the way ---- */

static int
never(void)
{
	EXPECT(false);
	return 0;
}

static void
expect_refusal(const struct wish *wish, const char *why)
{
	char text[2048];

	capture_stderr();
	EXPECT_INT(run_here(wish, never), 1);
	captured_stderr(text, sizeof text);
	EXPECT_PART(text, why);
}

static void
make(const char *path, mode_t kind)
{
	if (kind == S_IFDIR)
		EXPECT_INT(mkdir(path, 0700), 0);
	else if (kind == S_IFIFO)
		EXPECT_INT(mkfifo(path, 0600), 0);
	else if (kind == S_IFLNK)
		EXPECT_INT(symlink("/nowhere", path), 0);
	else
		EXPECT_INT(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
}

/* robustness: K3 */
static int
what_is_no_socket_of_ours_is_not_replaced(void)
{
	static const mode_t kinds[] = { S_IFREG, S_IFDIR, S_IFIFO, S_IFLNK };
	static const char *const names[] = { "registry.sock", "registry.sock.lock" };

	EXPECT_INT(run_here(&here, nothing), 0); /* makes the directory */
	for (size_t i = 0; i < ACTOR_COUNT(kinds) * ACTOR_COUNT(names); i++) {
		const char *name = names[i % 2];
		mode_t kind = kinds[i / 2];
		struct stat status = { 0 };

		if (kind == S_IFREG && i % 2 == 1)
			continue; /* that is what a lock is */
		make(in_bank(name), kind);
		expect_refusal(&here, in_bank("registry.sock"));
		EXPECT_INT(lstat(in_bank(name), &status), 0);
		EXPECT((status.st_mode & S_IFMT) == kind);
		EXPECT(kind == S_IFDIR ? rmdir(in_bank(name)) == 0 : unlink(in_bank(name)) == 0);
		EXPECT_INT(files_in_bank(""), 0);
	}
	return 0;
}

/* robustness: K3 */
static int
a_directory_that_is_a_link_or_a_file_is_refused(void)
{
	static const mode_t kinds[] = { S_IFREG, S_IFLNK };
	const struct wish wish = { .name = "here", .registry = "elsewhere" };

	for (size_t i = 0; i < ACTOR_COUNT(kinds); i++) {
		make(in_session("actor/elsewhere"), kinds[i]);
		expect_refusal(&wish, "elsewhere: something else than a directory is in its place");
		EXPECT_INT(unlink(in_session("actor/elsewhere")), 0);
	}
	return 0;
}

/* robustness: K4 */
static int
without_a_directory_of_the_session_nothing_is_made_elsewhere(void)
{
	char saved[256], other[300];
	const struct wish wish = { .name = "here", .registry = other };

	snprintf(saved, sizeof saved, "%s", getenv("XDG_RUNTIME_DIR"));
	unsetenv("XDG_RUNTIME_DIR");
	expect_refusal(&here, "XDG_RUNTIME_DIR is not set: set it, or name a directory by its absolute path");
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	expect_refusal(&here, "XDG_RUNTIME_DIR is not set");
	setenv("XDG_RUNTIME_DIR", saved, 1);
	EXPECT(!is_there("relative"));
	EXPECT(!is_there("/tmp/actor"));
	snprintf(other, sizeof other, "%s", in_session("open"));
	EXPECT_INT(mkdir(other, 0700), 0);
	EXPECT_INT(chmod(other, 0777), 0);
	snprintf(other, sizeof other, "%s", in_session("open/registry"));
	expect_refusal(&wish, "a directory above it is writable for others");
	EXPECT(!is_there(other));
	EXPECT_INT(rmdir(in_session("open")), 0);
	return 0;
}

/* robustness: K3, K4 */
static int
a_directory_of_another_user_is_refused(void)
{
	const struct wish wish = { .name = "here", .registry = "strange" };
	struct stat status;

	if (geteuid() != 0) {
		printf("# skipped: only root can make a directory of another user\n");
		return 0;
	}
	make(in_session("actor/strange"), S_IFDIR);
	EXPECT_INT(chown(in_session("actor/strange"), 4711, 4711), 0);
	expect_refusal(&wish, "strange");
	EXPECT_INT(stat(in_session("actor/strange"), &status), 0);
	EXPECT_INT(status.st_uid, 4711);
	EXPECT_INT(rmdir(in_session("actor/strange")), 0);
	return 0;
}

/* ---- limits ---- */

/* A member by hand, and its call Register of one address; gives the kind of the answer. */
static int
enter_by_hand(int number, int *ret_fd)
{
	static struct raw_frame frame;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct raw_bytes uid, hello, request = { .size = 0 }, start = { .size = 0 };
	unsigned char uuid[16] = { 1 };
	char text[128];

	snprintf(address.sun_path, sizeof address.sun_path, "%.107s", in_bank("registry.sock"));
	*ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*ret_fd < 0 || connect(*ret_fd, (const struct sockaddr *)&address, sizeof address) != 0)
		return -errno;
	memcpy(uuid + 8, &number, sizeof number);
	uid.size = 0;
	raw_add_field(&uid, 1, "hand", 4);
	raw_add_field(&uid, 2, uuid, sizeof uuid);
	raw_make_hello(&hello, &uid, 1, 1);
	raw_send(*ret_fd, RAW_HELLO, 0, 0, hello.at, hello.size);
	if (!raw_receive(*ret_fd, &frame, PATIENCE_MS) || frame.kind != RAW_HELLO)
		return 0;
	snprintf(text, sizeof text, "unix:/nowhere/%d.sock", number);
	raw_add_field(&request, 1, text, strlen(text));
	raw_add(&start, "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	raw_add(&start,
	        "\x0f"
	        "actor.Registrar",
	        16);
	raw_add(&start,
	        "\x08"
	        "Register",
	        9);
	raw_add(&start, request.at, request.size);
	raw_send(*ret_fd, RAW_START, RAW_BY_NAME, 1, start.at, start.size);
	return raw_receive(*ret_fd, &frame, PATIENCE_MS) ? frame.kind : 0;
}

/* One entry is the registrar's.  robustness: K12 */
static int
a_user_has_1024_entries_in_a_registry(void)
{
	static int fds[1025];
	const struct wish wish = { .name = "first" };
	struct rlimit limit, wanted;
	struct other first;
	int count = 0, kind = RAW_RETURN;

	getrlimit(RLIMIT_NOFILE, &limit);
	wanted = (struct rlimit){ .rlim_cur = 4096, .rlim_max = limit.rlim_max };
	if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
		printf("# skipped: 4096 descriptors are not to be had\n");
		return 0;
	}
	start_other(&first, &wish);
	await_ups("first", 1);
	while (count < 1025 && kind == RAW_RETURN) {
		kind = enter_by_hand(count, &fds[count]);
		count++;
	}
	EXPECT_INT(count, 1024);
	EXPECT_INT(kind, RAW_ERROR);
	for (int i = 0; i < count; i++)
		close(fds[i]);
	EXPECT(!is_over(&first));
	end_other(&first, SIGTERM);
	EXPECT_INT(first.status, KILLED_BY(SIGTERM));
	setrlimit(RLIMIT_NOFILE, &limit);
	return 0;
}

/* An entry by hand leads nowhere. */
static int
find_stale(void)
{
	Trees__Finding *found;
	uint64_t began_ms;

	EXPECT(AWAIT(entries("hand") == 1));
	began_ms = now_ms();
	EXPECT_CODE(search("hand", false, &found), ACTOR_NOBODY);
	EXPECT(now_ms() - began_ms < 4000);
	EXPECT_INT(entries("hand"), 0);
	return 0;
}

/* shows: DI-17; robustness: K10 */
static int
an_entry_behind_which_nobody_listens_is_removed(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;
	int fd;

	start_other(&first, &wish);
	await_ups("first", 1);
	EXPECT_INT(enter_by_hand(1, &fd), RAW_RETURN);
	EXPECT_INT(run_here(&here, find_stale), 0);
	close(fd);
	end_other(&first, SIGTERM);
	return 0;
}

static const struct role roles[] = { { "tell", tell_registrar }, { NULL, NULL } };

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(the_next_root_takes_the_place_of_a_registrar_that_was_killed),
		CHECK(of_two_roots_that_race_one_is_the_registrar_and_the_other_joins),
		CHECK(when_the_registrar_dies_links_go_on_and_members_enter_at_the_next),
		CHECK(a_registrar_that_is_stopped_costs_a_lookup_a_second_and_an_end_half_of_one),
		CHECK(many_with_one_name_at_once_are_all_entered_and_each_is_found_in_its_turn),
		CHECK(who_waits_for_one_that_comes_at_the_same_time_always_gets_it),
		CHECK(what_is_no_socket_of_ours_is_not_replaced),
		CHECK(a_directory_that_is_a_link_or_a_file_is_refused),
		CHECK(without_a_directory_of_the_session_nothing_is_made_elsewhere),
		CHECK(a_directory_of_another_user_is_refused),
		CHECK(a_user_has_1024_entries_in_a_registry),
		CHECK(an_entry_behind_which_nobody_listens_is_removed),
	};

	return drive_roots(roles, checks, ACTOR_COUNT(checks), argc, argv);
}
