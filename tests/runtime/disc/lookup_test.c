/* SPDX-License-Identifier: BSD-2-Clause */

/* Looking up, by roots that are in one registry, and over registrars and actors that the test plays. */

#include "fixture.h"

static struct test_ops counts;
static struct test_root *bank, *asks; /* the registrar, and a member */

static struct test_root *
start_serving(const char *name, const char *address)
{
	static const char *addresses[ROOTS_MAX][2];
	struct test_root *root = make_root(name);

	test_actor_serve(&root->actor, &test_service, &counts);
	addresses[root - roots][0] = address;
	if (address != NULL)
		root->program.listen = addresses[root - roots];
	start_root(root);
	cr_assert(root->is_over);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	return root;
}

static void
begin_two(void)
{
	begin();
	counts = (struct test_ops){ 0 };
	bank = start_well("bank");
	asks = start_well("asks");
}

TestSuite(lookup, .init = begin_two, .fini = end);

/* ---- one lookup ---- */

struct lookup {
	const char *name;
	bool waits;
	const struct actor_service *service;
	bool holds; /* the portal, until this is cleared */
	uint64_t began_ns, ended_ns;
	int rc, call_rc;
	bool is_over, is_closed;
	struct actor_identity identity;
	char message[512];
};

static int
call_echo(struct actor_portal portal)
{
	return actor_portal_run_from_ns(portal, "test.Service", "Echo", (struct actor_bytes){ 0 }, NULL);
}

static int
look_up(void *argument)
{
	struct lookup *self = argument;
	struct actor_nursery *nursery;
	struct actor_portal portal = { 0 };
	int rc = actor_nursery_open(&nursery);

	self->began_ns = os.now_ns;
	if (rc == 0)
		rc = self->waits ? actor_wait_for(nursery, self->name, self->service, &portal)
		                 : actor_find(nursery, self->name, self->service, &portal);
	self->rc = rc;
	if (rc < 0)
		snprintf(self->message, sizeof self->message, "%s", actor_error_message(actor_error_last()));
	self->ended_ns = os.now_ns;
	self->is_over = true;
	if (rc == 0 && actor_portal_identity(portal, &self->identity) == 0)
		self->call_rc = call_echo(portal);
	while (rc == 0 && self->holds)
		rc = actor_sleep_ms(10);
	if (self->rc == 0 && self->is_over && !self->holds)
		self->call_rc = call_echo(portal);
	rc = actor_nursery_close(nursery, 0);
	self->is_closed = true;
	return rc;
}

static void
start_lookup(struct test_root *root, struct lookup *lookup)
{
	lookup->rc = lookup->call_rc = 77;
	test_actor_start(&root->actor, look_up, lookup);
	test_os_settle(&os);
}

static void
demand(const struct lookup *lookup, int rc, uint64_t after_ms)
{
	cr_assert(lookup->is_over, "it waits yet");
	cr_assert_eq(lookup->rc, rc, "%s: %s", actor_code_name(lookup->rc), lookup->message);
	cr_assert_eq(lookup->ended_ns - lookup->began_ns, after_ms * MS, "after %llu ms",
	             (unsigned long long)((lookup->ended_ns - lookup->began_ns) / MS));
}

static void
demand_nobody(const char *name)
{
	struct lookup lookup = { .name = name };

	start_lookup(asks, &lookup);
	demand(&lookup, ACTOR_NOBODY, 0);
}

static void
demand_found(struct test_root *by, const char *name, const struct test_root *wanted)
{
	struct lookup lookup = { .name = name };

	start_lookup(by, &lookup);
	demand(&lookup, 0, 0);
	cr_assert(acti_uid_equal(&lookup.identity.uid, &wanted->actor.proc.actor.uid), "it is another %s", name);
	cr_assert_eq(lookup.call_rc, 0, "%s", actor_code_name(lookup.call_rc));
}

/* ---- finding ---- */

/* shows: DI-13 */
Test(lookup, a_name_that_nobody_has_is_an_outcome_and_no_error)
{
	struct lookup lookup = { .name = "teller" };

	demand_nobody("teller");
	start_lookup(bank, &lookup);
	demand(&lookup, ACTOR_NOBODY, 0);
}

/* shows: DI-08, DI-20 */
Test(lookup, one_that_is_found_is_connected_to_for_as_long_as_the_nursery_is_open)
{
	struct test_root *teller = start_serving("teller", NULL);
	struct lookup lookup = { .name = "teller", .service = &test_service, .holds = true };
	uint32_t before = teller->actor.proc.peer_count;

	start_lookup(asks, &lookup);
	demand(&lookup, 0, 0);
	cr_assert_eq(lookup.call_rc, 0);
	cr_assert_eq(teller->actor.proc.peer_count, before + 1);
	test_os_advance_ms(&os, 3600 * 1000);
	cr_assert_eq(teller->actor.proc.peer_count, before + 1);
	lookup.holds = false;
	test_os_advance_ms(&os, 10);
	cr_assert(lookup.is_closed);
	cr_assert_eq(teller->actor.proc.peer_count, before);
	cr_assert_eq(asks->actor.proc.peer_count, 1, "the registrar");
}

/* shows: DI-15 */
Test(lookup, who_is_connected_already_is_found_without_the_registrar_and_by_that_connection)
{
	struct lookup first = { .name = "teller", .holds = true }, back = { .name = "asks" }, self = { .name = "asks" };
	struct test_root *teller = start_serving("teller", NULL);
	size_t connections, writes;

	start_lookup(asks, &first);
	demand(&first, 0, 0);
	connections = teller->actor.proc.peer_count;
	end_root(bank); /* nobody can be asked any more */
	connections -= 1;
	cr_assert_eq(teller->actor.proc.peer_count, connections);
	demand_found(asks, "teller", teller);
	cr_assert_eq(teller->actor.proc.peer_count, connections);
	start_lookup(&roots[2], &back);
	demand(&back, 0, 0);
	cr_assert(acti_uid_equal(&back.identity.uid, &asks->actor.proc.actor.uid), "the other way, too");
	cr_assert_eq(asks->actor.proc.peer_count, connections);
	writes = os.writes;
	start_lookup(asks, &self);
	demand(&self, 0, 0);
	cr_assert_eq(os.writes, writes, "itself, it finds without a word");
	first.holds = false;
	test_os_advance_ms(&os, 10);
	cr_assert_eq(first.call_rc, 0, "the connection is still there");
}

/* shows: DI-16; robustness: K9 */
Test(lookup, of_several_with_one_name_the_latest_that_lives_is_found_by_all_ways)
{
	struct test_root *first = start_serving("teller", "unix:/run/1.sock"),
			 *second = start_serving("teller", "unix:/run/2.sock");
	struct lookup lookup = { .name = "teller", .waits = true };

	demand_found(asks, "teller", second);
	demand_found(bank, "teller", second);
	start_lookup(asks, &lookup);
	demand(&lookup, 0, 0);
	cr_assert(acti_uid_equal(&lookup.identity.uid, &second->actor.proc.actor.uid));
	end_root(second);
	demand_found(asks, "teller", first);
}

/* shows: DI-14; robustness: K13 */
Test(lookup, who_waits_gets_a_portal_as_soon_as_there_is_one)
{
	struct lookup lookups[3] = { { .name = "teller", .waits = true },
		                     { .name = "teller", .waits = true, .service = &test_service },
		                     { .name = "teller", .waits = true } };

	start_lookup(asks, &lookups[0]);
	start_lookup(bank, &lookups[1]);
	test_os_advance_ms(&os, 60 * 1000);
	cr_assert_not(lookups[0].is_over);
	cr_assert_not(lookups[1].is_over);
	start_serving("teller", NULL);
	for (size_t i = 0; i < 2; i++) {
		demand(&lookups[i], 0, 60 * 1000);
		cr_assert_eq(lookups[i].call_rc, 0);
	}
	start_lookup(asks, &lookups[2]);
	demand(&lookups[2], 0, 0);
}

static int
limited_wait(void *argument)
{
	ACTOR_SCOPE(limit, .timeout_ms = 1000);

	return look_up(argument);
}

/* robustness: K13 */
Test(lookup, a_wait_may_have_a_limit)
{
	struct lookup lookup = { .name = "teller", .waits = true };

	test_actor_start(&asks->actor, limited_wait, &lookup);
	test_os_advance_ms(&os, 999);
	cr_assert_not(lookup.is_over);
	test_os_advance_ms(&os, 1);
	demand(&lookup, ACTOR_EDEADLINE, 1000);
}

/* ---- what it must be ---- */

Test(lookup, one_that_does_not_serve_what_is_wanted_is_refused)
{
	struct lookup denied = { .name = "bank", .service = &test_service }, unknown = { .name = "teller" },
		      other = { .name = "teller", .service = &test_service_of_another_build };
	struct lookup own = { .name = "asks", .service = &test_service };

	start_lookup(asks, &denied);
	demand(&denied, ACTOR_EDENIED, 0);
	start_lookup(asks, &own);
	demand(&own, ACTOR_EDENIED, 0);
	start_serving("teller", NULL);
	unknown.service = &test_service_unknown;
	start_lookup(asks, &unknown);
	demand(&unknown, ACTOR_EDENIED, 0);
	start_lookup(asks, &other);
	demand(&other, ACTOR_EPROTOCOL, 0);
	cr_assert_eq(asks->actor.proc.peer_count, 1, "no connection is left");
}

/* robustness: N3 */
Test(lookup, a_name_that_nobody_can_have_is_refused)
{
	static const char *const names[] = { "", "a b", "../x", "a/b", "\xc3\xa4", NULL };

	for (size_t i = 0; i < ACTOR_COUNT(names); i++) {
		struct lookup lookup = { .name = names[i], .waits = i % 2 };
		size_t writes = os.writes;

		start_lookup(asks, &lookup);
		demand(&lookup, ACTOR_EINVAL, 0);
		cr_assert_eq(os.writes, writes);
	}
}

Test(lookup, without_a_registry_only_oneself_is_known)
{
	struct test_root *alone = make_root("alone");
	struct lookup lookup = { .name = "bank" };

	alone->program.registry = NULL;
	start_root(alone);
	start_lookup(alone, &lookup);
	demand(&lookup, ACTOR_ENOREGISTRAR, 0);
	cr_assert_not_null(strstr(lookup.message, "set actor_program.registry"), "%s", lookup.message);
}

/* ---- entries that lead nowhere ---- */

/* A member that the test plays: its connection to the registrar stays. */
static int
enter_by_hand(const char *name, unsigned char fill, const char *address)
{
	int far = test_os_connect(&os, REGISTRY);
	Actor__Addresses request = ACTOR__ADDRESSES__INIT;
	struct actor_uid uid = { .name = "" };
	unsigned char packed[512];
	size_t size;

	snprintf(uid.name, sizeof uid.name, "%s", name);
	memset(uid.uuid, fill, sizeof uid.uuid);
	test_peer_hello(&os, far, &uid, 1024, NULL);
	take(far, ACTI_FRAME_HELLO, 0);
	request.n_addresses = 1;
	request.addresses = (char **)(uintptr_t)&address;
	size = actor__addresses__pack(&request, packed);
	size = test_start_by_name(body, "actor.Registrar", "Register", packed, size);
	test_peer_send_flags(&os, far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, 1, body, size);
	take(far, ACTI_FRAME_RETURN, 1);
	return far;
}

static size_t count_entries(const char *name);

/* shows: DI-17; robustness: K10 */
Test(lookup, an_entry_behind_which_nobody_listens_is_removed_and_is_nobody)
{
	int far = enter_by_hand("teller", 't', "unix:/run/dead.sock");

	cr_assert_eq(count_entries("teller"), 1);
	demand_nobody("teller");
	cr_assert_eq(count_entries("teller"), 0);
	shut(far);
}

/* shows: DI-17, DI-16; robustness: K14 */
Test(lookup, behind_entries_that_lead_nowhere_the_one_that_lives_is_found)
{
	struct test_root *teller = start_serving("teller", NULL);
	int dead = enter_by_hand("teller", 'd', "unix:/run/dead.sock"),
	    deader = enter_by_hand("teller", 'w', "unix:/run/deader.sock");

	cr_assert_eq(count_entries("teller"), 3);
	demand_found(asks, "teller", teller);
	cr_assert_eq(count_entries("teller"), 1);
	shut(dead);
	shut(deader);
}

/* robustness: K14 */
Test(lookup, one_who_is_looked_for_is_not_who_answers_in_its_place)
{
	int far = enter_by_hand("teller", 't', "unix:/run/played.sock"),
	    listener = test_os_listen_by_hand(&os, "/run/played.sock");
	struct lookup lookup = { .name = "teller" };

	start_lookup(asks, &lookup);
	for (size_t i = 0; i < 2; i++) { /* who looks, and the registrar, which does not believe it */
		int other = test_os_accept_by_hand(&os, "/run/played.sock");

		cr_assert_geq(other, 0);
		take(other, ACTI_FRAME_HELLO, 0);
		answer_hello(other, &(struct actor_uid){ "teller", { 'x' } }, false);
		cr_assert(is_closed(other));
		shut(other);
	}
	demand(&lookup, ACTOR_NOBODY, 0);
	cr_assert_eq(count_entries("teller"), 0);
	shut(far);
	test_os_shut(&os, listener);
}

/* ---- lists, the registrar, the root ---- */

struct query {
	const char *name;
	int rc;
	size_t count;
	char text[1024]; /* "name address ..., " */
	bool is_over;
	uint64_t began_ns, ended_ns;
};

static int
query(void *argument)
{
	struct query *self = argument;
	const struct actor_registration *list;

	self->began_ns = os.now_ns;
	self->rc = actor_query(self->name, &list, &self->count);
	for (size_t i = 0; self->rc == 0 && i < self->count; i++) {
		strcat(self->text, list[i].uid.name);
		for (size_t k = 0; list[i].addresses[k] != NULL; k++) {
			strcat(self->text, " ");
			strcat(self->text, list[i].addresses[k]);
		}
		strcat(self->text, "; ");
	}
	self->ended_ns = os.now_ns;
	self->is_over = true;
	return 0;
}

static size_t
count_entries(const char *name)
{
	struct query self = { .name = name };

	test_actor_run(&asks->actor, query, &self);
	cr_assert_eq(self.rc, 0);
	return self.count;
}

/* shows: DI-21 */
Test(lookup, a_query_tells_addresses_and_connects_to_nobody)
{
	struct query one = { .name = "teller" }, all = { .name = NULL }, nobody = { .name = "nobody" }, own;
	int far = enter_by_hand("teller", 't', "unix:/run/played.sock"),
	    listener = test_os_listen_by_hand(&os, "/run/played.sock");
	size_t writes;

	test_actor_run(&asks->actor, query, &one);
	cr_assert_str_eq(one.text, "teller unix:/run/played.sock; ");
	cr_assert_eq(test_os_accept_by_hand(&os, "/run/played.sock"), -1, "somebody connects");
	test_actor_run(&asks->actor, query, &all);
	cr_assert_str_eq(all.text, "teller unix:/run/played.sock; asks unix:" DIRECTORY "/asks@42.sock; "
	                           "bank unix:" REGISTRY "; ");
	test_actor_run(&asks->actor, query, &nobody);
	cr_assert_eq(nobody.rc, 0);
	cr_assert_eq(nobody.count, 0);
	own = (struct query){ .name = "teller" };
	writes = os.writes;
	test_actor_run(&bank->actor, query, &own);
	cr_assert_str_eq(own.text, "teller unix:/run/played.sock; ");
	cr_assert_eq(os.writes, writes);
	shut(far);
	test_os_shut(&os, listener);
}

/* Calls the registrar's module by a portal to it. */
struct registrar_call {
	int open_rc, list_rc, find_rc;
	size_t count;
	struct actor_identity identity;
};

static int
call_registrar(void *argument)
{
	struct registrar_call *self = argument;
	struct actor_nursery *nursery;
	struct actor_registrar registrar = { { 0 } };
	Actor__Registrations *reply;
	int rc = actor_nursery_open(&nursery);

	self->open_rc = actor_open_registrar(nursery, &registrar.portal);
	if (self->open_rc == 0)
		rc = actor_portal_identity(registrar.portal, &self->identity);
	if (self->open_rc == 0) {
		self->list_rc = actor_registrar_list(registrar, ACTOR_ACTOR_NAME(.name = (char *)""), &reply);
		self->count = self->list_rc == 0 ? reply->n_registrations : 0;
		self->find_rc = actor_registrar_find(registrar, ACTOR_ACTOR_NAME(.name = (char *)"a b"), &reply);
	}
	return actor_nursery_close(nursery, rc);
}

/* shows: NS-04, NS-09, DI-21 */
Test(lookup, the_registrar_opens_itself_and_calls_its_functions)
{
	struct registrar_call own = { 0 }, far = { 0 };
	struct lookup itself = { .name = "bank", .waits = true };
	size_t writes = os.writes;

	test_actor_run(&bank->actor, call_registrar, &own);
	cr_assert_eq(own.open_rc, 0);
	cr_assert_eq(own.list_rc, 0);
	cr_assert_eq(own.count, 2);
	cr_assert_eq(own.find_rc, ACTOR_EINVAL);
	cr_assert_str_eq(own.identity.uid.name, "bank");
	start_lookup(bank, &itself);
	demand(&itself, 0, 0);
	cr_assert_eq(os.writes, writes, "without a word to anybody");
	test_actor_run(&asks->actor, call_registrar, &far);
	cr_assert_eq(far.list_rc, 0);
	cr_assert_eq(far.count, 2);
	cr_assert_eq(far.find_rc, ACTOR_EINVAL);
	cr_assert_str_eq(far.identity.uid.name, "bank");
	cr_assert(os.writes > writes);
	cr_assert_eq(bank->actor.proc.peer_count, 1, "by the connection that there was");
}

/* ---- the registrar goes, or stalls ---- */

/* robustness: K7 */
Test(lookup, when_the_registrar_is_gone_a_lookup_fails_in_a_second_and_links_go_on)
{
	struct lookup first = { .name = "teller", .holds = true }, second = { .name = "other" },
		      third = { .name = "other", .waits = true };
	struct query list = { .name = NULL };

	start_serving("teller", NULL);
	start_lookup(asks, &first);
	demand(&first, 0, 0);
	end_root(bank);
	start_lookup(asks, &second);
	test_actor_start(&asks->actor, query, &list);
	test_os_advance_ms(&os, 1000);
	demand(&second, ACTOR_ENOREGISTRAR, 1000);
	cr_assert(list.is_over);
	cr_assert_eq(list.rc, ACTOR_ENOREGISTRAR);
	start_lookup(asks, &third);
	test_os_advance_ms(&os, 1000);
	demand(&third, ACTOR_ENOREGISTRAR, 1000);
	first.holds = false;
	first.call_rc = 77;
	test_os_advance_ms(&os, 10);
	cr_assert_eq(first.call_rc, 0, "%s", actor_code_name(first.call_rc));
}

/* robustness: K7 */
Test(lookup, who_waits_for_a_name_hears_that_the_registrar_has_gone)
{
	struct lookup lookup = { .name = "teller", .waits = true };

	start_lookup(asks, &lookup);
	test_os_advance_ms(&os, 500);
	end_root(bank);
	test_os_settle(&os);
	demand(&lookup, ACTOR_ENOREGISTRAR, 500);
}

static const struct actor_uid played = { "played", { 0x70 } };

/* A registrar that takes in, and says nothing after that. */
static int
play_registrar(const char *path)
{
	int far;

	far = test_os_accept_by_hand(&os, path); /* the probe */
	cr_assert_geq(far, 0);
	take(far, ACTI_FRAME_HELLO, 0);
	answer_hello(far, &played, true);
	cr_assert(is_closed(far));
	shut(far);
	far = test_os_accept_by_hand(&os, path);
	cr_assert_geq(far, 0);
	take(far, ACTI_FRAME_HELLO, 0);
	answer_hello(far, &played, true);
	take(far, ACTI_FRAME_START, 1);
	test_peer_send(&os, far, ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	return far;
}

/* robustness: K7 */
Test(lookup, a_registrar_that_stalls_costs_a_second_and_a_list_as_well)
{
	int listener = test_os_listen_by_hand(&os, "/run/slow/registry.sock"), far;
	struct test_root *member = make_root("member");
	struct lookup lookup = { .name = "teller" };
	struct query list = { .name = NULL };

	member->program.registry = "/run/slow";
	start_root(member);
	far = play_registrar("/run/slow/registry.sock");
	cr_assert(member->is_over);
	start_lookup(member, &lookup);
	test_actor_start(&member->actor, query, &list);
	test_os_advance_ms(&os, 999);
	cr_assert_not(lookup.is_over);
	test_os_advance_ms(&os, 1);
	demand(&lookup, ACTOR_ENOREGISTRAR, 1000);
	cr_assert_not_null(strstr(lookup.message, "did not answer in time"), "%s", lookup.message);
	cr_assert(list.is_over);
	cr_assert_eq(list.rc, ACTOR_ENOREGISTRAR);
	shut(far);
	test_os_shut(&os, listener);
}

/* shows: DI-22 */
Test(lookup, of_several_registrars_all_are_asked_at_once_and_the_first_that_knows_counts)
{
	int listener = test_os_listen_by_hand(&os, "/run/slow/registry.sock"), far;
	struct test_root *member = make_root("member"), *teller;
	struct lookup lookup = { .name = "teller" }, nobody = { .name = "nobody" },
		      waits = { .name = "late", .waits = true };

	member->program.registry = "/run/slow:" DIRECTORY;
	start_root(member);
	far = play_registrar("/run/slow/registry.sock");
	cr_assert(member->is_over);
	cr_assert_eq(member->rc, 0, "%s", member->message);
	cr_assert_eq(count_entries("member"), 1, "it is entered in both");
	teller = start_serving("teller", NULL);
	start_lookup(member, &lookup);
	take(far, ACTI_FRAME_START, 3); /* it is asked, too */
	demand(&lookup, 0, 0);
	cr_assert(acti_uid_equal(&lookup.identity.uid, &teller->actor.proc.actor.uid));
	take(far, ACTI_FRAME_CANCEL, 3);
	start_lookup(member, &nobody);
	test_os_advance_ms(&os, 1000);
	demand(&nobody, ACTOR_NOBODY, 1000);
	start_lookup(member, &waits);
	test_os_advance_ms(&os, 100);
	shut(far);
	cr_assert_not(waits.is_over, "the other may know it yet");
	end_root(bank);
	test_os_settle(&os);
	demand(&waits, ACTOR_ENOREGISTRAR, 100);
	test_os_shut(&os, listener);
}

/* ---- clients ---- */

static struct test_root *
start_client(const char *registry)
{
	struct test_root *client = make_root("client");

	client->program.registry = registry;
	client->program.registrar = ACTOR_REGISTRAR_NEVER;
	start_root(client);
	cr_assert(client->is_over);
	cr_assert_eq(client->rc, 0, "%s", client->message);
	return client;
}

Test(lookup, a_client_finds_and_waits_but_is_in_no_table_and_makes_nothing_in_the_file_system)
{
	struct test_root *client, *teller = start_serving("teller", NULL);
	struct lookup waits = { .name = "late", .waits = true };

	os.directory_error = EACCES;
	os.listen_error = EACCES;
	client = start_client(DIRECTORY);
	os.directory_error = os.listen_error = 0;
	cr_assert_eq(client->actor.proc.listener_count, 0);
	cr_assert_eq(count_entries("client"), 0);
	demand_found(client, "teller", teller);
	start_lookup(client, &waits);
	cr_assert_not(waits.is_over);
	start_serving("late", NULL);
	demand(&waits, 0, 0);
}

/* robustness: K4 */
Test(lookup, a_client_whose_daemon_does_not_run_hears_where_nobody_is)
{
	struct test_root *client = start_client("/run/none");
	struct lookup lookup = { .name = "teller" };

	start_lookup(client, &lookup);
	test_os_advance_ms(&os, 1000);
	demand(&lookup, ACTOR_ENOREGISTRAR, 1000);
	cr_assert_str_eq(lookup.message, "no registrar answers at unix:/run/none/registry.sock: "
	                                 "nobody listens at unix:/run/none/registry.sock");
}

/* ---- one registrar of two registries ---- */

Test(lookup, what_two_registries_of_one_registrar_share_goes_and_comes_back_with_it)
{
	struct test_root *both = make_root("both"), *next = make_root("next"), *member = make_root("member");
	struct lookup lookup = { .name = "member" };

	both->program.registry = next->program.registry = member->program.registry = "/run/one:/run/two";
	start_root(both);
	start_root(member);
	cr_assert_eq(member->actor.proc.peer_count, 1);
	cr_assert_not(test_os_logged(&os, "not entered"));
	start_lookup(both, &lookup);
	demand(&lookup, 0, 0);
	end_root(both);
	test_os_settle(&os);
	cr_assert_eq(member->actor.proc.peer_count, 0, "nothing keeps what is gone");
	start_root(next);
	test_os_advance_ms(&os, 1000);
	cr_assert_eq(member->actor.proc.peer_count, 1);
	lookup = (struct lookup){ .name = "member" };
	start_lookup(next, &lookup);
	demand(&lookup, 0, 0);
}

Test(lookup, who_is_refused_by_the_registrar_of_one_registry_is_not_taken_for_entered_in_another)
{
	static const char *const paths[] = { "/run/one/registry.sock", "/run/two/registry.sock" };
	struct test_root *member = make_root("member");
	int listeners[2], far[2];

	for (size_t i = 0; i < 2; i++)
		listeners[i] = test_os_listen_by_hand(&os, paths[i]);
	member->program.registry = "/run/one:/run/two";
	start_root(member);
	for (size_t i = 0; i < 2; i++) {
		far[0] = test_os_accept_by_hand(&os, paths[i]); /* the probe */
		answer_hello(far[0], &played, true);
		cr_assert(is_closed(far[0]));
		shut(far[0]);
	}
	for (size_t i = 0; i < 2; i++) {
		far[i] = test_os_accept_by_hand(&os, paths[i]);
		take(far[i], ACTI_FRAME_HELLO, 0);
		answer_hello(far[i], &played, true);
	}
	take(far[0], ACTI_FRAME_START, 1);
	take_nothing(far[1]);
	test_peer_send(&os, far[0], ACTI_FRAME_ERROR, 1, "rubbish", 7);
	take(far[1], ACTI_FRAME_START, 1);
	test_peer_send(&os, far[1], ACTI_FRAME_RETURN, 1, NULL, 0);
	test_os_settle(&os);
	cr_assert(member->is_over);
	cr_assert_not(member->actor.proc.discovered->memberships[0].is_registered);
	cr_assert(member->actor.proc.discovered->memberships[1].is_registered);
	for (size_t i = 0; i < 2; i++) {
		shut(far[i]);
		test_os_shut(&os, listeners[i]);
	}
}

/* ---- cancelled in the middle ---- */

Test(lookup, may_be_cancelled_wherever_it_waits)
{
	struct lookup lookup = { .name = "teller" };
	int far = enter_by_hand("teller", 't', "unix:/run/played.sock"),
	    listener = test_os_listen_by_hand(&os, "/run/played.sock"), other;

	start_lookup(asks, &lookup);
	cr_assert_not(lookup.is_over);
	other = test_os_accept_by_hand(&os, "/run/played.sock");
	acti_scope_cancel(&asks->actor.proc.actor.scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	demand(&lookup, ACTOR_ECANCELED, 0);
	take(other, ACTI_FRAME_HELLO, 0);
	cr_assert(is_closed(other));
	shut(other);
	shut(far);
	test_os_shut(&os, listener);
}

/* ---- when memory is spent ---- */

Test(lookup, memory_that_is_spent_is_an_error_of_the_lookup)
{
	bool is_through = false;

	start_serving("teller", NULL);
	for (size_t allocations = 0; !is_through && allocations < 300; allocations++) {
		struct lookup lookup = { .name = "teller" };

		test_os_advance_ms(&os, 1000); /* a connection that was lost for want of memory is back */
		lookup.rc = lookup.call_rc = 77;
		test_actor_start(&asks->actor, look_up, &lookup);
		os.memory.allocations_left = allocations;
		test_os_advance_ms(&os, 6000);
		os.memory.allocations_left = SIZE_MAX;
		test_os_settle(&os);
		is_through = lookup.rc == 0 && lookup.call_rc == 0;
	}
	cr_assert(is_through);
}

/* ---- addresses ---- */

/* shows: DI-19 */
Test(lookup, of_several_addresses_the_nearest_and_then_the_last_named_comes_first)
{
	char *addresses[] = { (char *)"unix:/first", (char *)"farther:7", (char *)"unix:/last" };
	Actor__Registration registration = ACTOR__REGISTRATION__INIT;
	struct acti_found found;

	registration.name = (char *)"teller";
	registration.n_addresses = ACTOR_COUNT(addresses);
	registration.addresses = addresses;
	acti_found_from_wire(&found, &registration);
	cr_assert_eq(found.address_count, 3);
	cr_assert_str_eq(found.addresses[0], "unix:/last");
	cr_assert_str_eq(found.addresses[1], "unix:/first");
	cr_assert_str_eq(found.addresses[2], "farther:7");
}
