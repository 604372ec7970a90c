/* SPDX-License-Identifier: BSD-2-Clause */

/* How a root takes its place: as the registrar, as a member, or not at all. */

#include "fixture.h"

TestSuite(discovery, .init = begin, .fini = end);

static void
demand_failure(struct test_root *root, const char *why)
{
	cr_assert(root->is_over, "it waits yet");
	cr_assert_eq(root->rc, ACTOR_ELISTEN, "%s: %s", actor_code_name(root->rc), root->message);
	cr_assert_not_null(strstr(root->message, why), "%s", root->message);
}

static bool
listens_at(const struct test_root *root, const char *path)
{
	for (size_t i = 0; i < root->actor.proc.listener_count; i++)
		if (strcmp(root->actor.proc.listeners[i].socket.path, path) == 0)
			return true;
	return false;
}

static bool
is_registrar(const struct test_root *root)
{
	return root->actor.proc.actor.is_registrar;
}

/* ---- registrar and member ---- */

/* shows: DI-01 */
Test(discovery, the_first_root_is_the_registrar_and_listens_where_it_was_told_besides)
{
	static const char *const addresses[] = { "unix:/run/one.sock", "unix:/run/two.sock", NULL };
	struct test_root *first = make_root("first");

	first->program.listen = addresses;
	start_root(first);
	cr_assert_eq(first->rc, 0, "%s", first->message);
	cr_assert_eq(first->ended_ns, first->began_ns, "nobody is waited for");
	cr_assert(is_registrar(first));
	cr_assert_eq(first->actor.proc.listener_count, 3);
	cr_assert(listens_at(first, REGISTRY));
	cr_assert(listens_at(first, "/run/one.sock"));
	cr_assert(listens_at(first, "/run/two.sock"));
}

/* shows: DI-02 */
Test(discovery, the_second_root_joins_and_listens_beside_the_registrar)
{
	struct test_root *first = start_well("first"), *second = start_well("second");

	cr_assert(is_registrar(first));
	cr_assert_not(is_registrar(second));
	cr_assert_eq(second->actor.proc.listener_count, 1);
	cr_assert(listens_at(second, DIRECTORY "/second@42.sock"));
	cr_assert(second->actor.proc.discovered->memberships[0].is_registered);
	cr_assert_eq(first->actor.proc.peer_count, 1);
	cr_assert_eq(first->actor.proc.stranger_count, 0);
}

/* shows: DI-02 */
Test(discovery, a_member_that_was_told_where_listens_there_and_nowhere_else)
{
	static const char *const addresses[] = { "unix:/run/one.sock", NULL };
	struct test_root *second;

	start_well("first");
	second = make_root("second");
	second->program.listen = addresses;
	start_root(second);
	cr_assert_eq(second->rc, 0, "%s", second->message);
	cr_assert_eq(second->actor.proc.listener_count, 1);
	cr_assert(listens_at(second, "/run/one.sock"));
}

/* shows: DI-06, DI-07 */
Test(discovery, one_that_must_be_the_registrar_fails_if_there_is_one_which_it_does_not_trouble)
{
	struct test_root *first = start_well("first"), *second = make_root("second");

	second->program.registrar = ACTOR_REGISTRAR_ALWAYS;
	start_root(second);
	demand_failure(second, DIRECTORY " has a registrar, and this actor must be it");
	cr_assert_eq(first->actor.proc.peer_count, 0);
	cr_assert_eq(first->actor.proc.stranger_count, 0);
	cr_assert_eq(second->actor.proc.peer_count, 0);
	cr_assert_eq(second->actor.proc.listener_count, 0);
}

/* shows: DI-07 */
Test(discovery, one_that_must_be_the_registrar_is_it_if_there_is_none)
{
	struct test_root *first = make_root("first");

	first->program.registrar = ACTOR_REGISTRAR_ALWAYS;
	start_root(first);
	cr_assert_eq(first->rc, 0, "%s", first->message);
	cr_assert(is_registrar(first));
}

/* shows: DI-26 */
Test(discovery, a_root_without_a_registry_listens_where_it_was_told)
{
	static const char *const addresses[] = { "unix:/run/one.sock", NULL };
	struct test_root *root = make_root("root"), *silent;

	root->program.registry = NULL;
	root->program.listen = addresses;
	start_root(root);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	cr_assert_eq(root->actor.proc.listener_count, 1);
	cr_assert(listens_at(root, "/run/one.sock"));
	cr_assert_not(is_registrar(root));
	silent = make_root("silent");
	silent->program.registry = NULL;
	start_root(silent);
	cr_assert_eq(silent->rc, 0);
	cr_assert_eq(silent->actor.proc.listener_count, 0);
}

/* robustness: K1 */
Test(discovery, what_is_left_of_a_dead_registrar_is_no_registrar)
{
	struct test_root *root;

	test_os_shut(&os, test_os_listen_by_hand(&os, REGISTRY));
	root = start_well("root");
	cr_assert(is_registrar(root));
}

/* ---- who else may be there ---- */

static int listener;

static int
take_probe(void)
{
	actor_wire_Hello hello;
	int far;

	test_os_settle(&os);
	far = test_os_accept_by_hand(&os, REGISTRY);
	cr_assert_geq(far, 0, "nobody looks");
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert(acti_hello_decode(&hello, frame.body.at, frame.body.size));
	cr_assert(hello.probe);
	return far;
}

static const struct actor_uid somebody = { "somebody", { 0x73 } };

static struct test_root *
start_beside_somebody(void)
{
	struct test_root *root = make_root("root");

	listener = test_os_listen_by_hand(&os, REGISTRY);
	start_root(root);
	cr_assert_not(root->is_over);
	return root;
}

static void
demand_untouched(struct test_root *root)
{
	cr_assert_eq(root->actor.proc.listener_count, 0);
	cr_assert_not(is_registrar(root));
	cr_assert_eq(root->actor.proc.stranger_count, 0);
	cr_assert_eq(root->actor.proc.peer_count, 0);
	cr_assert_eq(test_os_accept_by_hand(&os, REGISTRY), -1, "it looks once more");
	test_os_shut(&os, listener);
}

/* shows: DI-03 */
Test(discovery, an_address_is_occupied_if_who_listens_never_answers)
{
	struct test_root *root = start_beside_somebody();
	int probes[3];

	for (size_t i = 0; i < 3; i++) {
		probes[i] = take_probe();
		test_os_advance_ms(&os, 999);
		cr_assert_not(is_closed(probes[i]));
		test_os_advance_ms(&os, 1);
		cr_assert(is_closed(probes[i]), "a probe has a second");
		cr_assert_eq(root->is_over, i == 2);
		test_os_advance_ms(&os, 50 * (i + 1));
	}
	demand_failure(root, "unix:" REGISTRY " is occupied, but who listens there did not answer as a registrar");
	cr_assert_eq(root->ended_ns - root->began_ns, (3 * 1000 + 50 + 100) * MS);
	for (size_t i = 0; i < 3; i++)
		shut(probes[i]);
	demand_untouched(root);
}

/* shows: DI-03 */
Test(discovery, an_address_is_occupied_if_who_answers_is_no_registrar)
{
	struct test_root *root = start_beside_somebody();
	int probe = take_probe();

	answer_hello(probe, &somebody, false);
	test_os_settle(&os);
	demand_failure(root, "is occupied, but who listens there did not answer as a registrar: "
	                     "somebody says that it is no registrar");
	cr_assert_eq(root->ended_ns, root->began_ns);
	cr_assert(is_closed(probe));
	shut(probe);
	demand_untouched(root);
}

/* shows: DI-03 */
Test(discovery, an_address_is_occupied_if_who_listens_speaks_something_else)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct test_root *root = start_beside_somebody();

	for (size_t i = 0; i < 3; i++) {
		int probe = take_probe();

		test_os_send(&os, probe, answer, sizeof answer - 1);
		cr_assert(is_closed(probe));
		shut(probe);
		test_os_advance_ms(&os, 50 * (i + 1));
	}
	demand_failure(root, "is occupied");
	cr_assert_not_null(strstr(root->message, "unknown kind of frame"), "%s", root->message);
	demand_untouched(root);
}

/* shows: DI-04 */
Test(discovery, a_registrar_that_stalls_once_is_asked_again)
{
	struct test_root *root = start_beside_somebody();
	int first = take_probe(), second, own;

	test_os_advance_ms(&os, 1000 + 50);
	cr_assert(is_closed(first));
	second = take_probe();
	answer_hello(second, &somebody, true);
	cr_assert(is_closed(second));
	own = test_os_accept_by_hand(&os, REGISTRY);
	cr_assert_geq(own, 0, "it joins");
	take(own, ACTI_FRAME_HELLO, 0);
	answer_hello(own, &somebody, true);
	take(own, ACTI_FRAME_START, 1);
	test_peer_send(&os, own, ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert(root->is_over);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	cr_assert_eq(root->ended_ns - root->began_ns, 1050 * MS);
	cr_assert(listens_at(root, DIRECTORY "/root@42.sock"));
	shut(first);
	shut(second);
	shut(own);
	test_os_shut(&os, listener);
}

/* A registrar that goes while it is looked at is asked again, and is found to be absent.  shows: DI-04 */
Test(discovery, a_registrar_that_ends_meanwhile_is_followed)
{
	struct test_root *root = start_beside_somebody();
	int probe = take_probe();

	test_os_shut(&os, listener);
	shut(probe);
	test_os_advance_ms(&os, 1000);
	cr_assert(root->is_over);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	cr_assert(is_registrar(root));
}

/* There is no way to close but at once.  shows: DI-05 */
Test(discovery, a_probe_whose_other_end_takes_and_closes_nothing_takes_no_longer)
{
	struct test_root *root = start_beside_somebody();
	int probe = take_probe(), own;

	os.ends[probe].in_max = 0; /* no Bye can leave */
	answer_hello(probe, &somebody, true);
	test_os_settle(&os);
	own = test_os_accept_by_hand(&os, REGISTRY);
	cr_assert_geq(own, 0, "it has its answer, and joins");
	take(own, ACTI_FRAME_HELLO, 0);
	cr_assert_eq(os.now_ns, root->began_ns);
	cr_assert(is_closed(probe), "it does not wait for the other side");
	answer_hello(own, &somebody, true);
	take(own, ACTI_FRAME_START, 1);
	test_peer_send(&os, own, ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert(root->is_over);
	shut(probe);
	shut(own);
	test_os_shut(&os, listener);
}

/* robustness: K5 */
Test(discovery, a_registrar_of_another_user_is_none_and_its_socket_is_in_the_way)
{
	struct test_root *root = make_root("root");

	listener = test_os_listen_by_hand(&os, REGISTRY);
	os.connecting_uid = TEST_USER + 1;
	start_root(root);
	for (int far; (far = test_os_accept_by_hand(&os, REGISTRY)) >= 0; test_os_advance_ms(&os, 50)) {
		cr_assert(is_closed(far));
		cr_assert_eq(os.ends[far].in.size, 0, "nothing is said to it");
		shut(far);
	}
	demand_failure(root, REGISTRY ": the process 4712 listens there");
	cr_assert_leq(root->ended_ns - root->began_ns, 1000 * MS);
	test_os_shut(&os, listener);
}

/* robustness: K2 */
Test(discovery, who_is_slower_than_another_root_looks_again_and_joins)
{
	struct test_root *slow = make_root("slow"), *quick;

	os.listen_error = EADDRINUSE; /* another has the lock, and does not listen yet */
	start_root(slow);
	test_os_advance_ms(&os, 120);
	cr_assert_not(slow->is_over);
	os.listen_error = 0;
	quick = start_well("quick");
	cr_assert(is_registrar(quick));
	test_os_advance_ms(&os, 50);
	cr_assert(slow->is_over);
	cr_assert_eq(slow->rc, 0, "%s", slow->message);
	cr_assert_not(is_registrar(slow));
	cr_assert_eq(slow->ended_ns - slow->began_ns, 150 * MS);
}

/* robustness: K2 */
Test(discovery, a_lock_that_somebody_holds_and_never_listens_is_a_failure_in_a_second)
{
	struct test_root *root = make_root("root");

	os.listen_error = EADDRINUSE;
	start_root(root);
	test_os_advance_ms(&os, 1000);
	demand_failure(root, REGISTRY ": somebody listens there");
	cr_assert_leq(root->ended_ns - root->began_ns, 1000 * MS);
}

/* ---- what the program asks for ---- */

/* shows: DI-01; robustness: K4 */
Test(discovery, a_registry_is_a_name_below_the_directory_of_the_session_or_a_path)
{
	struct test_root *named = make_root("named");

	os.runtime_directory = "/run/user/1000";
	named->program.registry = "bank";
	start_root(named);
	cr_assert_eq(named->rc, 0, "%s", named->message);
	cr_assert(listens_at(named, "/run/user/1000/actor/bank/registry.sock"));
}

static const struct {
	const char *registry, *session, *why;
	int code;
} refused[] = {
	{ "bank", NULL, "the registry bank: XDG_RUNTIME_DIR is not set", ACTOR_ELISTEN },
	{ "bank", "", "the registry bank: XDG_RUNTIME_DIR is not set", ACTOR_ELISTEN },
	{ "bank", "run", "the registry bank: XDG_RUNTIME_DIR is not set", ACTOR_ELISTEN },
	{ "", "/run", "the registry \"\": use 1 to 64 of", ACTOR_EINVAL },
	{ "a b", "/run", "the registry \"a b\": use 1 to 64 of", ACTOR_EINVAL },
	{ "a/b", "/run", "the registry \"a/b\": use 1 to 64 of", ACTOR_EINVAL },
	{ "..", "/run", "the registry \"..\": use 1 to 64 of", ACTOR_EINVAL },
	{ ".", "/run", "the registry \".\": use 1 to 64 of", ACTOR_EINVAL },
	{ "a::b", "/run", "the registry \"\": use 1 to 64 of", ACTOR_EINVAL },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/run", "use 1 to 64 of", ACTOR_EINVAL },
	{ "a:b:c:d:e", "/run", "actor_program.registry names more than 4", ACTOR_EINVAL },
	{ "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaa",
	  "/run", "the path is too long", ACTOR_EINVAL },
	{ "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "/run", "is too long for a registry", ACTOR_ELISTEN },
};

/* robustness: K4 */
Test(discovery, a_registry_that_can_be_none_is_refused_with_the_reason)
{
	for (size_t i = 0; i < ACTOR_COUNT(refused); i++) {
		struct test_root *root = make_root("root");

		root->program.registry = refused[i].registry;
		os.runtime_directory = refused[i].session;
		start_root(root);
		cr_assert(root->is_over);
		cr_assert_eq(root->rc, refused[i].code, "%s: %s", actor_code_name(root->rc), root->message);
		cr_assert_not_null(strstr(root->message, refused[i].why), "%s", root->message);
		end();
		begin();
	}
}

/* shows: SP-17 */
Test(discovery, an_address_that_can_be_none_is_refused_with_the_reason)
{
	static const char *const unknown[] = { "tcp:127.0.0.1:80", NULL }, *const many[] = { "unix:/a", "unix:/b",
		                                                                             "unix:/c", "unix:/d",
		                                                                             "unix:/e", NULL };
	struct test_root *root = make_root("root"), *other = make_root("other");

	root->program.registry = NULL;
	root->program.listen = unknown;
	start_root(root);
	cr_assert_eq(root->rc, ACTOR_EINVAL);
	cr_assert_not_null(
	    strstr(root->message,
	           "tcp:127.0.0.1:80: an address is TRANSPORT:PLACE, and the one transport there is, is unix"),
	    "%s", root->message);
	other->program.listen = many;
	start_root(other);
	cr_assert_eq(other->rc, ACTOR_EINVAL);
	cr_assert_not_null(strstr(other->message, "at most 4 addresses"), "%s", other->message);
}

/* robustness: K3, K4 */
Test(discovery, a_directory_that_the_system_refuses_is_a_failure_with_the_reason)
{
	struct test_root *root = make_root("root");

	os.directory_error = EACCES;
	start_root(root);
	demand_failure(root, "the registry " DIRECTORY ": mkdir: Permission denied");
	cr_assert_eq(root->actor.proc.listener_count, 0);
}

/* All or none. */
Test(discovery, a_registrar_of_several_registries_has_all_of_them_or_fails)
{
	struct test_root *root = make_root("root");

	root->program.registry = "/run/a:/run/b:/run/c";
	start_root(root);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	cr_assert(listens_at(root, "/run/a/registry.sock"));
	cr_assert(listens_at(root, "/run/b/registry.sock"));
	cr_assert(listens_at(root, "/run/c/registry.sock"));
}

/* ---- being a member, for long ---- */

static bool
is_registered(const struct test_root *root)
{
	return root->actor.proc.discovered->memberships[0].is_registered;
}

/* robustness: K7, K8 */
Test(discovery, a_member_enters_again_as_soon_as_there_is_a_registrar)
{
	struct test_root *first = start_well("first"), *member = start_well("member"), *next;
	uint64_t back_ns;

	cr_assert(is_registered(member));
	end_root(first);
	cr_assert_not(is_registered(member));
	test_os_advance_ms(&os, 60 * 1000);
	cr_assert_not(is_registered(member), "nobody takes over");
	cr_assert(listens_at(member, DIRECTORY "/member@42.sock"));
	next = start_well("next");
	cr_assert(is_registrar(next));
	back_ns = os.now_ns;
	while (!is_registered(member) && os.now_ns - back_ns < 2000 * MS)
		test_os_advance_ms(&os, 1);
	cr_assert(is_registered(member));
	cr_assert_leq(os.now_ns - back_ns, 400 * MS);
}

/* shows: DI-08 */
Test(discovery, a_root_goes_on_if_the_registrar_does_not_enter_it_in_time)
{
	struct test_root *root = start_beside_somebody();
	int probe = take_probe(), own;

	answer_hello(probe, &somebody, true);
	test_os_settle(&os);
	own = test_os_accept_by_hand(&os, REGISTRY);
	answer_hello(own, &somebody, true);
	test_os_advance_ms(&os, 999);
	cr_assert_not(root->is_over);
	test_os_advance_ms(&os, 1);
	cr_assert(root->is_over);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	cr_assert(test_os_logged(&os, "no registrar answers at unix:" REGISTRY ": it goes on without for now"), "%.*s",
	          (int)os.log.size, (const char *)os.log.at);
	shut(probe);
	shut(own);
	test_os_shut(&os, listener);
}

/* ---- leaving ---- */

static int
leave(void *argument)
{
	acti_discovery_ops.leave(argument);
	return 0;
}

/* shows: DI-08 */
Test(discovery, who_ends_takes_its_entry_away_and_waits_half_a_second_for_that)
{
	struct test_root *root = start_beside_somebody();
	int probe = take_probe(), own;
	uint64_t began_ns;

	answer_hello(probe, &somebody, true);
	test_os_settle(&os);
	own = test_os_accept_by_hand(&os, REGISTRY);
	take(own, ACTI_FRAME_HELLO, 0);
	answer_hello(own, &somebody, true);
	take(own, ACTI_FRAME_START, 1);
	test_peer_send(&os, own, ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert(root->is_over);
	began_ns = os.now_ns;
	test_actor_start(&root->actor, leave, &root->actor.proc);
	take(own, ACTI_FRAME_START, 3);
	test_os_advance_ms(&os, 499);
	cr_assert_eq(root->actor.running, 1);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(root->actor.running, 0);
	cr_assert_eq(os.now_ns - began_ns, 500 * MS);
	cr_assert(test_os_logged(&os, "did not hear of the end"));
	shut(probe);
	shut(own);
	test_os_shut(&os, listener);
}

/* shows: DI-12 */
Test(discovery, who_ends_after_its_registrar_waits_for_nothing)
{
	struct test_root *first = start_well("first"), *member = start_well("member");
	uint64_t began_ns;

	end_root(first);
	test_os_settle(&os);
	began_ns = os.now_ns;
	test_actor_start(&member->actor, leave, &member->actor.proc);
	test_os_settle(&os);
	cr_assert_eq(member->actor.running, 0);
	cr_assert_eq(os.now_ns, began_ns);
}
