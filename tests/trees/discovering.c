/* SPDX-License-Identifier: BSD-2-Clause */
/* Actors of several trees in one registry, which find each other by name. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "roots.h"

static const struct wish here = { .name = "here" };

/* A nursery with `count` children called NAME_0 and so on. */
static int
open_kids(struct actor_nursery **ret_nursery, const char *name, size_t count, struct trees_place *places)
{
	int rc = actor_nursery_open(ret_nursery);
	char text[64];

	for (size_t i = 0; rc == 0 && i < count; i++) {
		snprintf(text, sizeof text, "%s_%zu", name, i);
		rc = trees_place_spawn(*ret_nursery, text, place_options(NULL), &places[i]);
	}
	return rc;
}

static int
end_kids(struct actor_nursery *nursery, int rc)
{
	if (rc == 0)
		actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

/* The code that a connection to the registrar gives: 0 or an errno. */
static int
try_to_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), code;

	snprintf(address.sun_path, sizeof address.sun_path, "%.107s", in_bank("registry.sock"));
	code = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
	close(fd);
	return code;
}

/* ---- the first root, and the second ---- */

static int
look_at_first(void)
{
	EXPECT_INT(entries(NULL), 1);
	EXPECT_INT(entries("here"), 1);
	EXPECT(is_there(in_bank("registry.sock")));
	EXPECT(is_there(in_session("explicit.sock")));
	EXPECT_INT(try_to_connect(), 0);
	return 0;
}

/* shows: DI-01, DI-09, DI-26, TP-03 */
static int
the_first_root_is_the_registrar_and_its_sockets_end_with_it(void)
{
	char address[256];
	const struct wish wish = { .name = "here", .listen = address };

	snprintf(address, sizeof address, "unix:%s", in_session("explicit.sock"));
	EXPECT_INT(run_here(&wish, look_at_first), 0);
	EXPECT_INT(files_in_bank(""), 0);
	EXPECT(!is_there(in_session("explicit.sock")));
	EXPECT(!is_there(in_session("explicit.sock.lock")));
	return 0;
}

static int
join(void)
{
	Trees__Finding *first, *kid;
	char file[64];

	snprintf(file, sizeof file, "here@%d.sock", (int)getpid());
	EXPECT(is_there(in_bank(file)));
	EXPECT_INT(entries("here"), 1);
	EXPECT_CODE(search("first", false, &first), 0);
	EXPECT(AWAIT(entries("first_kid_2") == 1));
	EXPECT_CODE(search("first_kid_2", false, &kid), 0);
	EXPECT_INT(kid->told_pid, kid->pid);
	EXPECT_INT(kid->parent_pid, first->pid);
	EXPECT_INT(first->parent_pid, getpid()); /* of the process, not of the actor */
	return 0;
}

/* shows: DI-02, DI-08, SP-36 */
static int
the_second_root_joins_and_trees_stay_apart(void)
{
	const struct wish wish = { .role = "kids", .name = "first" };
	struct other first;

	start_other(&first, &wish);
	if (await_ups("first", 1))
		EXPECT_INT(run_here(&here, join), 0);
	EXPECT(!is_over(&first));
	EXPECT_INT(files_in_bank("here@"), 0);
	end_other(&first, SIGTERM);
	EXPECT_INT(first.status, KILLED_BY(SIGTERM));
	EXPECT_INT(files_in_bank(""), 0);
	return 0;
}

static int
in_one_table(void)
{
	struct actor_nursery *kids;
	struct trees_place kid;
	Trees__Finding *there, *back, *own;
	int rc = open_kids(&kids, "kid", 1, &kid);

	if (rc == 0)
		rc = trees_place_search(kid, TREES_WANTED(.name = (char *)"other_kid_0", .waits = true), &there);
	if (rc == 0) {
		EXPECT_INT(there->code, 0);
		EXPECT_TEXT(there->name, "other_kid_0");
		EXPECT(there->parent_pid != getpid());
		rc = search("other", true, &back);
	}
	if (rc == 0)
		rc = trees_place_who(kid, NOTHING, &own);
	if (rc == 0) {
		EXPECT_INT(own->parent_pid, getpid());
		EXPECT_INT(there->parent_pid, back->pid);
		EXPECT_INT(entries("kid_0"), 1);
	}
	return end_kids(kids, rc);
}

/* shows: SP-36, DI-08, DI-14 */
static int
children_of_two_trees_find_each_other(void)
{
	const struct wish wish = { .role = "kids", .name = "other" };
	struct other other;

	start_other(&other, &wish);
	if (await_ups("other", 1))
		EXPECT_INT(run_here(&here, in_one_table), 0);
	EXPECT(!is_over(&other));
	end_other(&other, SIGTERM);
	return 0;
}

static int
never(void)
{
	EXPECT(false);
	return 0;
}

/* shows: DI-07 */
static int
one_that_must_be_the_registrar_fails_if_there_is_one(void)
{
	const struct wish wish = { .name = "first" }, must = { .name = "here", .must_be_registrar = true };
	struct other first;
	char text[1024];

	start_other(&first, &wish);
	await_ups("first", 1);
	capture_stderr();
	EXPECT_INT(run_here(&must, never), 1);
	captured_stderr(text, sizeof text);
	EXPECT_PART(text, "has a registrar, and this actor must be it");
	end_other(&first, SIGTERM);
	return 0;
}

/* shows: TP-05 */
static int
an_address_is_one_process_s_and_the_other_is_told_whose(void)
{
	char address[256], text[1024], wanted[64];
	const struct wish first_wish = { .name = "first", .listen = address },
			  second_wish = { .name = "here", .listen = address };
	struct other first;

	snprintf(address, sizeof address, "unix:%s", in_session("shared.sock"));
	start_other(&first, &first_wish);
	await_ups("first", 1);
	capture_stderr();
	EXPECT_INT(run_here(&second_wish, never), 1);
	captured_stderr(text, sizeof text);
	snprintf(wanted, sizeof wanted, "the process %d listens there", first.pid);
	EXPECT_PART(text, wanted);
	EXPECT(is_there(in_session("shared.sock")));
	end_other(&first, SIGTERM);
	EXPECT(!is_there(in_session("shared.sock")));
	return 0;
}

/* ---- children ---- */

static int
spawn_and_look(void)
{
	struct actor_nursery *kids;
	struct trees_place kid;
	Trees__Finding *finding;
	int rc = open_kids(&kids, "kid", 1, &kid);

	if (rc == 0)
		rc = trees_place_who(kid, NOTHING, &finding); /* whether it is entered or not */
	if (rc == 0) {
		EXPECT_INT(finding->parent_pid, getpid());
		EXPECT(AWAIT(entries("kid_0") == 1));
	}
	rc = end_kids(kids, rc);
	EXPECT_INT(entries("kid_0"), 0);
	return rc;
}

/* shows: SP-05, DI-08 */
static int
a_child_enters_itself_in_its_own_time_and_is_called_before_that(void)
{
	EXPECT_INT(run_here(&here, spawn_and_look), 0);
	return 0;
}

/* What the table has for a name: one address. */
static void
expect_address(const char *name, const char *wanted)
{
	const struct actor_registration *list;
	size_t count = 0;

	EXPECT(AWAIT(entries(name) == 1));
	EXPECT_CODE(actor_query(name, &list, &count), 0);
	if (!EXPECT_INT(count, 1))
		return;
	EXPECT_TEXT(list[0].addresses[0], wanted);
	EXPECT(list[0].addresses[0] == NULL || list[0].addresses[1] == NULL);
}

static int
spawn_at(void)
{
	char explicit[256], own[600], file[64];
	struct actor_nursery *kids;
	struct trees_place kid, other, none;
	int rc = open_kids(&kids, "kid", 1, &kid);
	struct actor_identity identity;

	snprintf(explicit, sizeof explicit, "unix:%s", in_session("kid.sock"));
	EXPECT_CODE(trees_place_spawn(kids, "none", place_options("tcp:127.0.0.1:0"), &none), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the one transport there is, is unix");
	if (rc == 0)
		rc = trees_place_spawn(kids, "other", place_options(explicit), &other);
	if (rc == 0)
		rc = actor_portal_identity(kid.portal, &identity);
	if (rc == 0) {
		snprintf(file, sizeof file, "kid_0@%d.sock", identity.pid);
		EXPECT(is_there(in_bank(file)));
		snprintf(own, sizeof own, "unix:%s", in_bank(file));
		expect_address("kid_0", own);
		EXPECT_INT(files_in_bank("other@"), 0);
		EXPECT(is_there(in_session("kid.sock")));
		expect_address("other", explicit);
	}
	return end_kids(kids, rc);
}

static int
refuse_transport(void)
{
	struct actor_nursery *nursery;
	struct trees_place none;
	int rc = actor_nursery_open(&nursery);

	EXPECT_CODE(trees_place_spawn(nursery, "none", place_options("tcp:127.0.0.1:0"), &none), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "tcp:127.0.0.1:0");
	EXPECT(!has_children());
	return actor_nursery_close(nursery, rc);
}

/* shows: SP-16, SP-17, TP-03 */
static int
a_child_listens_at_an_address_of_its_own_or_at_those_that_it_is_given(void)
{
	EXPECT_INT(run_here(&here, spawn_at), 0);
	EXPECT_INT(files_in_bank(""), 0);
	EXPECT(!is_there(in_session("kid.sock")));
	EXPECT_INT(run_here(&here, refuse_transport), 0);
	return 0;
}

static int
settle_three(void)
{
	char *path[] = { (char *)"middle", (char *)"leaf" };
	struct actor_nursery *kids, *calls = NULL;
	struct trees_place kid;
	Trees__Finding *finding, *found;
	char part[64];
	int rc = open_kids(&kids, "kid", 1, &kid);

	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_place_settle_start(calls, kid,
		                              TREES_WANTED(.name = (char *)"top", .n_path = 2, .path = path), &finding);
	if (rc == 0) {
		static const char *const names[] = { "top", "middle", "leaf" };
		int parent = -1;

		for (size_t i = 0; i < ACTOR_COUNT(names); i++) {
			EXPECT_CODE(search(names[i], true, &found), 0);
			EXPECT_INT(found->told_pid, found->pid);
			EXPECT(i == 0 || found->parent_pid == parent);
			parent = found->pid;
			snprintf(part, sizeof part, "%s@%d.sock", names[i], found->pid);
			EXPECT(is_there(in_bank(part)));
		}
	}
	rc = end_kids(calls, rc);
	return end_kids(kids, rc);
}

/* shows: TP-03, DI-08 */
static int
every_descendant_listens_and_is_found(void)
{
	EXPECT_INT(run_here(&here, settle_three), 0);
	EXPECT_INT(files_in_bank(""), 0);
	return 0;
}

static int
ask_for_root(void)
{
	struct actor_nursery *kids;
	struct trees_place kid;
	struct actor_identity self;
	Trees__Finding *root;
	int rc = open_kids(&kids, "kid", 1, &kid);

	if (rc == 0)
		rc = actor_self(&self);
	if (rc == 0)
		rc = trees_place_search_root(kid, NOTHING, &root);
	if (rc == 0) {
		EXPECT_INT(root->code, 0);
		EXPECT_TEXT(root->name, "root");
		EXPECT_INT(root->pid, getpid());
		EXPECT(root->uuid.len == 16 && memcmp(root->uuid.data, self.uid.uuid, 16) == 0);
	}
	if (rc == 0)
		rc = trees_place_settle_start(kids, kid, TREES_WANTED(.name = (char *)"grandchild"), &root);
	if (rc == 0) {
		struct actor_nursery *portals;
		struct trees_place grandchild;

		rc = actor_nursery_open(&portals);
		if (rc == 0)
			rc = trees_place_wait_for_actor(portals, "grandchild", &grandchild);
		if (rc == 0)
			rc = trees_place_search_root(grandchild, NOTHING, &root);
		rc = actor_nursery_close(portals, rc);
		EXPECT_INT(root->code, 0);
		EXPECT_INT(root->pid, getpid());
	}
	return end_kids(kids, rc);
}

/* shows: DI-23 */
static int
an_actor_finds_the_root_of_its_own_tree(void)
{
	const struct wish wish = { .name = "first" }, root = { .name = NULL };
	struct other first;

	start_other(&first, &wish);
	if (await_ups("first", 1))
		EXPECT_INT(run_here(&root, ask_for_root), 0);
	end_other(&first, SIGTERM);
	return 0;
}

/* ---- entries go ---- */

static int
cancel_three(void)
{
	struct actor_nursery *kids;
	struct trees_place places[3];
	uint64_t began_ms;
	int before = entries(NULL), rc = open_kids(&kids, "kid", 3, places);

	if (rc == 0)
		EXPECT(AWAIT(entries(NULL) == before + 3));
	began_ms = now_ms();
	rc = end_kids(kids, rc);
	EXPECT_INT(entries(NULL), before);
	EXPECT(now_ms() - began_ms < 5000);
	return rc;
}

static int
fail_beside_three(void)
{
	struct actor_nursery *kids;
	struct trees_place places[3];
	Google__Protobuf__Empty *nothing;
	int before = entries(NULL), rc = open_kids(&kids, "kid", 3, places);

	if (rc == 0)
		EXPECT(AWAIT(entries(NULL) == before + 3));
	if (rc == 0)
		rc = trees_place_fail_start(kids, places[1], NOTHING, &nothing);
	rc = actor_nursery_close(kids, rc);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_INT(entries(NULL), before);
	return 0;
}

static const int ends[] = { SIGINT, SIGTERM, SIGKILL };

/* A tree of four in another process, and its end. */
static int
watch_others_end(void)
{
	const struct wish wish = { .role = "kids", .name = "other" };

	for (size_t i = 0; i < ACTOR_COUNT(ends); i++) {
		struct other other;
		uint64_t began_ms;

		trace_clear();
		start_other(&other, &wish);
		EXPECT(AWAIT(entries(NULL) == 5));
		EXPECT(AWAIT(trace_count("kids other") == 1));
		began_ms = now_ms();
		send_signal(other.pid, ends[i]);
		EXPECT(AWAIT(entries(NULL) == 1));
		EXPECT(now_ms() - began_ms < 5000);
		EXPECT(AWAIT(is_over(&other)));
		EXPECT_INT(other.status, KILLED_BY(ends[i]));
	}
	return 0;
}

/* shows: DI-10, DI-08 */
static int
entries_go_with_children_that_are_cancelled(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;

	EXPECT_INT(run_here(&here, cancel_three), 0);
	EXPECT_INT(run_here(&here, fail_beside_three), 0);
	start_other(&first, &wish);
	if (await_ups("first", 1)) {
		EXPECT_INT(run_here(&here, cancel_three), 0);
		EXPECT_INT(run_here(&here, fail_beside_three), 0);
	}
	end_other(&first, SIGTERM);
	return 0;
}

static int
look_around(void)
{
	EXPECT_INT(entries(NULL), 1);
	return 0;
}

/* shows: DI-10, DI-11; robustness: K10 */
static int
entries_go_with_a_tree_however_it_ends(void)
{
	EXPECT_INT(run_here(&here, watch_others_end), 0);
	EXPECT(files_in_bank("other") > 0); /* of the one that was killed */
	EXPECT_INT(run_here(&here, look_around), 0);
	EXPECT_INT(files_in_bank(""), 0); /* the next registrar has swept */
	return 0;
}

static int
die_one_by_one(void)
{
	char address[256];
	Google__Protobuf__Empty *nothing;

	snprintf(address, sizeof address, "unix:%s", in_session("dies.sock"));
	for (int i = 0; i < 2; i++) {
		struct actor_nursery *nursery;
		struct trees_place place;
		int rc = actor_nursery_open(&nursery);

		if (rc == 0)
			rc = trees_place_spawn(nursery, "dies", place_options(i == 0 ? NULL : address), &place);
		EXPECT(AWAIT(entries("dies") == 1));
		EXPECT(i == 0 ? files_in_bank("dies@") == 2 : is_there(in_session("dies.sock")));
		if (rc == 0)
			rc = trees_place_kill(place, NOTHING, &nothing);
		EXPECT_CODE(rc, ACTOR_EPEERGONE);
		rc = actor_nursery_close(nursery, 0);
		EXPECT_CODE(rc, ACTOR_EPEERGONE);
		EXPECT_INT(files_in_bank("dies@"), 0);
		EXPECT(!is_there(in_session("dies.sock")));
		EXPECT(!is_there(in_session("dies.sock.lock")));
		EXPECT_INT(entries("dies"), 0);
	}
	return 0;
}

/* shows: TD-09; robustness: K10 */
static int
what_a_killed_child_leaves_its_parent_removes(void)
{
	EXPECT_INT(run_here(&here, die_one_by_one), 0);
	return 0;
}

static int
end_a_hundred(void)
{
	static struct trees_place places[100];
	struct actor_nursery *kids;
	uint64_t began_ms;
	int rc = open_kids(&kids, "kid", 100, places);

	EXPECT_CODE(rc, 0);
	EXPECT(AWAIT(entries(NULL) == 102));
	began_ms = now_ms();
	rc = end_kids(kids, rc);
	EXPECT_INT(entries(NULL), 2);
	printf("# 100 children have ended and left in %d ms\n", (int)(now_ms() - began_ms));
	return rc;
}

/* Each has its own connection to the registrar, which is another's process.  shows: TP-10, DI-08 */
static int
a_hundred_children_leave_at_once(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;
	char text[4096];

	start_other(&first, &wish);
	if (await_ups("first", 1)) {
		setenv("ACTOR_LOG", "info", 1);
		capture_stderr();
		EXPECT_INT(run_here(&here, end_a_hundred), 0);
		captured_stderr(text, sizeof text);
		unsetenv("ACTOR_LOG");
		EXPECT(strstr(text, "did not hear of the end") == NULL);
		EXPECT(strstr(text, "not entered") == NULL);
	}
	end_other(&first, SIGTERM);
	return 0;
}

static int
end_in_order(void)
{
	struct actor_nursery *nursery, *calls = NULL;
	struct trees_place place;
	Trees__Finding *finding;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_place_spawn(nursery, "orderly", place_options(NULL), &place);
	EXPECT(AWAIT(entries("orderly") == 1));
	EXPECT_INT(files_in_bank("orderly@"), 2);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_place_search_start(calls, place, TREES_WANTED(.name = (char *)"nobody", .waits = true),
		                              &finding);
	if (rc == 0)
		rc = trees_place_who(place, NOTHING, &finding); /* the search has begun */
	EXPECT_CODE(actor_portal_cancel_actor(place.portal), 0);
	EXPECT_CODE(actor_nursery_close(calls, rc), ACTOR_ECANCELED);
	EXPECT_CODE(actor_nursery_close(nursery, 0), 0);
	EXPECT_INT(entries("orderly"), 0);
	return 0;
}

/* Tasks, then the listener, then modules, then the entry.  shows: TD-05, DI-08 */
static int
an_actor_ends_in_order(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;

	start_other(&first, &wish);
	if (await_ups("first", 1))
		EXPECT_INT(run_here(&here, end_in_order), 0);
	EXPECT_INT(trace_count("a search for nobody was cancelled"), 1);
	EXPECT_INT(trace_number("orderly sockets"), 0);
	EXPECT_INT(trace_number("orderly entries"), 1);
	EXPECT(trace_line("a search for nobody was cancelled") < trace_line("orderly sockets"));
	end_other(&first, SIGTERM);
	return 0;
}

/* ---- the registrar ends ---- */

/* Cancelled, it lives on until it is let go, and is no registrar any more. */
static int
linger(void)
{
	int rc = actor_sleep_ms(UINT64_MAX);

	ACTOR_SCOPE(shield, .shield_ms = PATIENCE_MS);
	trace("lingering registrar=%d", try_to_connect());
	while (trace_count("let go") == 0 && actor_sleep_ms(5) == 0)
		continue;
	return rc;
}

/* Says that the registrar is gone when a list cannot be had, and that there is one again when it can. */
static int
watch(void)
{
	int rc = 0;

	while (rc == 0 && entries(NULL) != ACTOR_ENOREGISTRAR)
		rc = actor_sleep_ms(5);
	if (rc == 0)
		trace("no registrar");
	while (rc == 0 && entries("watch") < 1)
		rc = actor_sleep_ms(5);
	if (rc == 0)
		trace("a registrar");
	return rc == 0 ? actor_sleep_ms(UINT64_MAX) : rc;
}

static int
look_alone(void)
{
	EXPECT_INT(entries(NULL), 1); /* the other member has a link to the old one for as long as that lives */
	trace("let go");
	EXPECT(AWAIT(entries("watch") == 1));
	EXPECT(AWAIT(trace_count("a registrar") == 1));
	EXPECT_INT(entries("first"), 0);
	EXPECT_INT(entries(NULL), 2);
	return 0;
}

/* shows: DI-24; robustness: K8 */
static int
a_registrar_that_is_cancelled_is_gone_and_nobody_takes_over(void)
{
	const struct wish first_wish = { .role = "linger", .name = "first" },
			  watch_wish = { .role = "watch", .name = "watch" };
	struct other first, watcher;
	bool is_up;

	start_other(&first, &first_wish);
	is_up = await_ups("first", 1);
	start_other(&watcher, &watch_wish);
	is_up = is_up && await_ups("watch", 1);
	send_signal(first.pid, SIGTERM);
	while (is_up && trace_count("lingering") == 0 && !is_over(&first))
		usleep(2000);
	EXPECT_INT(trace_number("lingering registrar"), ENOENT);
	while (is_up && trace_count("no registrar") == 0 && !is_over(&watcher))
		usleep(2000);
	EXPECT(!is_over(&first));
	EXPECT_INT(try_to_connect(), ENOENT);
	EXPECT_INT(files_in_bank("watch@"), 2); /* the other lives, and listens */
	EXPECT_INT(run_here(&here, look_alone), 0);
	await_end(&first);
	EXPECT_INT(first.status, KILLED_BY(SIGTERM));
	end_other(&watcher, SIGTERM);
	return 0;
}

/* shows: DI-12 */
static int
members_end_without_waiting_for_a_registrar_that_has_gone(void)
{
	const struct wish first_wish = { .name = "first" }, wish = { .role = "kids", .name = "other" };
	struct other first, other;
	uint64_t began_ms;

	start_other(&first, &first_wish);
	await_ups("first", 1);
	start_other(&other, &wish);
	await_ups("other", 1);
	while (trace_count("kids other") == 0 && !is_over(&other))
		usleep(2000);
	end_other(&first, SIGKILL);
	began_ms = now_ms();
	end_other(&other, SIGTERM);
	EXPECT_INT(other.status, KILLED_BY(SIGTERM));
	EXPECT(now_ms() - began_ms < 1500);
	EXPECT_INT(files_in_bank("other"), 0);
	return 0;
}

/* ---- finding ---- */

static int
find_and_wait(void)
{
	const struct wish wish = { .name = "late" };
	struct other late;
	Trees__Finding *found;
	uint64_t began_ms = now_ms();

	EXPECT_CODE(search("late", false, &found), ACTOR_NOBODY);
	start_other(&late, &wish);
	EXPECT_CODE(search("late", true, &found), 0);
	EXPECT_INT(found->pid, late.pid);
	EXPECT_INT(found->told_pid, late.pid);
	EXPECT_CODE(search("late", true, &found), 0);
	EXPECT_CODE(search("late", false, &found), 0);
	began_ms = now_ms();
	EXPECT_CODE(search("here", true, &found), 0);
	EXPECT_INT(found->pid, getpid());
	EXPECT(now_ms() - began_ms < 200);
	send_signal(late.pid, SIGTERM);
	EXPECT(AWAIT(is_over(&late)));
	EXPECT_CODE(search("late", false, &found), ACTOR_NOBODY);
	return 0;
}

/* shows: DI-13, DI-14, NS-09 */
static int
finding_nobody_is_an_outcome_and_waiting_ends_with_a_portal(void)
{
	EXPECT_INT(run_here(&here, find_and_wait), 0);
	return 0;
}

static int
find_twins(void)
{
	const struct wish wish = { .name = "twin" };
	struct actor_nursery *kids;
	struct trees_place kid;
	struct other twins[3];
	Trees__Finding *found;
	int rc = open_kids(&kids, "kid", 1, &kid);

	for (int i = 0; i < 3; i++) {
		start_other(&twins[i], &wish);
		EXPECT(AWAIT(entries("twin") == i + 1));
	}
	for (int i = 2; rc == 0 && i >= 0; i--) {
		rc = trees_place_search(kid, TREES_WANTED(.name = (char *)"twin"), &found);
		EXPECT_INT(rc == 0 ? found->pid : -1, twins[i].pid);
		rc =
		    rc == 0 ? trees_place_search(kid, TREES_WANTED(.name = (char *)"twin", .waits = true), &found) : rc;
		EXPECT_INT(rc == 0 ? found->pid : -1, twins[i].pid);
		EXPECT_CODE(search("twin", false, &found), 0); /* by the links that the registrar has */
		EXPECT_INT(found->pid, twins[i].pid);
		send_signal(twins[i].pid, SIGKILL);
		EXPECT(AWAIT(is_over(&twins[i])));
		EXPECT(AWAIT(entries("twin") == i));
	}
	return end_kids(kids, rc);
}

/* shows: DI-16 */
static int
of_several_with_one_name_the_latest_that_lives_counts(void)
{
	EXPECT_INT(run_here(&here, find_twins), 0);
	return 0;
}

/* ---- calls over links between trees ---- */

struct sender {
	struct trees_place place;
	int number;
};

/* Replies are the requests that they belong to, of all sizes. */
static int
send_many(void *argument)
{
	struct sender *sender = argument;
	static const size_t sizes[] = { 1, 100, 5000, 70000, 300000 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(sizes); i++) {
		size_t size = sizes[(i + (size_t)sender->number) % ACTOR_COUNT(sizes)];
		char *text = actor_alloc(size + 1);
		Trees__Wanted *reply;

		if (text == NULL)
			return ACTOR_ENOMEM;
		memset(text, 'a' + sender->number % 26, size);
		text[size] = '\0';
		rc = trees_place_echo(sender->place, TREES_WANTED(.name = text), &reply);
		EXPECT(rc != 0 || strcmp(reply->name, text) == 0);
		actor_free(text);
	}
	return rc;
}

static int
send_from_many_tasks(void)
{
	static struct sender senders[40];
	struct actor_nursery *nursery, *tasks = NULL;
	struct trees_place place;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_place_wait_for_actor(nursery, "first", &place);
	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	for (int i = 0; rc == 0 && i < (int)ACTOR_COUNT(senders); i++) {
		senders[i] = (struct sender){ place, i };
		rc = actor_nursery_start(tasks, send_many, &senders[i]);
	}
	rc = actor_nursery_close(tasks, rc);
	return actor_nursery_close(nursery, rc);
}

/* shows: TP-11 */
static int
many_tasks_send_over_one_link_and_nothing_is_mixed_up(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;

	start_other(&first, &wish);
	if (await_ups("first", 1))
		EXPECT_INT(run_here(&here, send_from_many_tasks), 0);
	end_other(&first, SIGTERM);
	return 0;
}

/* ---- what a cancelled call had spawned ---- */

static int
settle_in_another_tree(void *argument)
{
	struct trees_place *first = argument;
	Trees__Finding *finding;

	return trees_place_settle(*first, TREES_WANTED(.name = (char *)"little_bro"), &finding);
}

static int
ask_another_tree_to_settle(void)
{
	struct actor_nursery *portals, *calls = NULL;
	struct trees_place first;
	Trees__Finding *found;
	uint64_t began_ms;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = trees_place_wait_for_actor(portals, "first", &first);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = actor_nursery_start(calls, settle_in_another_tree, &first);
	if (rc == 0) {
		EXPECT_CODE(search("little_bro", true, &found), 0);
		EXPECT(is_settled("little_bro"));
		began_ms = now_ms();
		actor_nursery_cancel(calls);
		rc = actor_nursery_close(calls, 0);
		EXPECT(AWAIT(entries("little_bro") == 0));
		EXPECT_CODE(search("little_bro", false, &found), ACTOR_NOBODY);
		EXPECT(now_ms() - began_ms < 3000);
		EXPECT(is_gone(found->pid));
		EXPECT_CODE(search("first", false, &found), 0);
	}
	return actor_nursery_close(portals, rc);
}

/* shows: CA-24 */
static int
what_a_cancelled_call_had_spawned_in_another_tree_is_found_no_more(void)
{
	const struct wish wish = { .name = "first" };
	struct other first;

	start_other(&first, &wish);
	if (await_ups("first", 1))
		EXPECT_INT(run_here(&here, ask_another_tree_to_settle), 0);
	EXPECT(!is_over(&first));
	end_other(&first, SIGTERM);
	return 0;
}

static const struct role roles[] = { { "linger", linger }, { "watch", watch }, { NULL, NULL } };

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(the_first_root_is_the_registrar_and_its_sockets_end_with_it),
		CHECK(the_second_root_joins_and_trees_stay_apart),
		CHECK(children_of_two_trees_find_each_other),
		CHECK(one_that_must_be_the_registrar_fails_if_there_is_one),
		CHECK(an_address_is_one_process_s_and_the_other_is_told_whose),
		CHECK(a_child_enters_itself_in_its_own_time_and_is_called_before_that),
		CHECK(a_child_listens_at_an_address_of_its_own_or_at_those_that_it_is_given),
		CHECK(every_descendant_listens_and_is_found),
		CHECK(an_actor_finds_the_root_of_its_own_tree),
		CHECK(entries_go_with_children_that_are_cancelled),
		CHECK(entries_go_with_a_tree_however_it_ends),
		CHECK(what_a_killed_child_leaves_its_parent_removes),
		CHECK(a_hundred_children_leave_at_once),
		CHECK(an_actor_ends_in_order),
		CHECK(a_registrar_that_is_cancelled_is_gone_and_nobody_takes_over),
		CHECK(members_end_without_waiting_for_a_registrar_that_has_gone),
		CHECK(finding_nobody_is_an_outcome_and_waiting_ends_with_a_portal),
		CHECK(of_several_with_one_name_the_latest_that_lives_counts),
		CHECK(many_tasks_send_over_one_link_and_nothing_is_mixed_up),
		CHECK(what_a_cancelled_call_had_spawned_in_another_tree_is_found_no_more),
	};

	return drive_roots(roles, checks, ACTOR_COUNT(checks), argc, argv);
}
