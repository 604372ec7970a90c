/* SPDX-License-Identifier: BSD-2-Clause */

/* The registrar's table, and those who ask and enter, whom the test plays. */

#include "fixture.h"

static struct test_root *registrar;

static void
begin_registrar(void)
{
	begin();
	registrar = start_well("registrar");
	cr_assert(registrar->actor.proc.actor.is_registrar);
}

TestSuite(registry, .init = begin_registrar, .fini = end);

/* ---- the members ---- */

struct member {
	int far;
	uint64_t cid; /* of its last call */
};

static struct member
connect_as(const char *name, unsigned char fill)
{
	struct member member = { .far = test_os_connect(&os, REGISTRY) };
	struct actor_uid uid = { .name = "" };

	snprintf(uid.name, sizeof uid.name, "%s", name);
	memset(uid.uuid, fill, sizeof uid.uuid);
	test_peer_hello(&os, member.far, &uid, 1024, NULL);
	take(member.far, ACTI_FRAME_HELLO, 0);
	member.cid = (uint64_t)-1;
	return member;
}

static void
call(struct member *member, const char *endpoint, const ProtobufCMessage *request)
{
	unsigned char packed[4096];
	size_t size = protobuf_c_message_pack(request, packed);

	cr_assert_leq(size, sizeof packed);
	member->cid += 2;
	size = test_start_by_name(body, "actor.Registrar", endpoint, packed, size);
	test_peer_send_flags(&os, member->far, ACTI_FRAME_START, ACTI_FLAG_BY_NAME, member->cid, body, size);
}

static void
send_register(struct member *member, const char *const *addresses, size_t count)
{
	Actor__Addresses request = ACTOR__ADDRESSES__INIT;

	request.n_addresses = count;
	request.addresses = (char **)(uintptr_t)addresses;
	call(member, "Register", &request.base);
}

static void
enter(struct member *member, const char *address)
{
	send_register(member, &address, 1);
	take(member->far, ACTI_FRAME_RETURN, member->cid);
}

static void
call_nothing(struct member *member, const char *endpoint)
{
	Google__Protobuf__Empty request = GOOGLE__PROTOBUF__EMPTY__INIT;

	call(member, endpoint, &request.base);
}

static void
call_with_name(struct member *member, const char *endpoint, const char *name)
{
	Actor__ActorName request = ACTOR__ACTOR_NAME__INIT;

	request.name = (char *)(uintptr_t)name;
	call(member, endpoint, &request.base);
}

static void
demand_error(struct member *member, int code, const char *why)
{
	char message[256];

	take(member->far, ACTI_FRAME_ERROR, member->cid);
	cr_assert_eq(error_code(message, sizeof message), code, "%s", message);
	cr_assert_not_null(strstr(message, why), "%s", message);
}

/* The answer that has come for a call: the uuids' first bytes, "abc", and the addresses of the first. */
static char found[64], found_addresses[512];

static void
take_found(struct member *member, uint64_t cid)
{
	Actor__Registrations *reply;

	take(member->far, ACTI_FRAME_RETURN, cid);
	reply = actor__registrations__unpack(NULL, frame.body.size, frame.body.at);
	cr_assert_not_null(reply);
	found[0] = found_addresses[0] = '\0';
	for (size_t i = 0; i < reply->n_registrations; i++) {
		cr_assert_eq(reply->registrations[i]->uuid.len, 16);
		found[i] = (char)reply->registrations[i]->uuid.data[0];
		found[i + 1] = '\0';
	}
	for (size_t i = 0; reply->n_registrations > 0 && i < reply->registrations[0]->n_addresses; i++) {
		strcat(found_addresses, i > 0 ? " " : "");
		strcat(found_addresses, reply->registrations[0]->addresses[i]);
	}
	actor__registrations__free_unpacked(reply, NULL);
}

static const char *
ask(struct member *member, const char *endpoint, const char *name)
{
	call_with_name(member, endpoint, name);
	take_found(member, member->cid);
	return found;
}

/* ---- entries ---- */

/* shows: DI-09, DI-01 */
Test(registry, holds_the_registrar_itself_and_nobody_else_at_first)
{
	struct member member = connect_as("member", 'm');

	cr_assert_str_eq(ask(&member, "List", ""), "r");
	cr_assert_str_eq(found_addresses, "unix:" REGISTRY);
	cr_assert_str_eq(ask(&member, "Find", "registrar"), "r");
	cr_assert_str_eq(ask(&member, "Find", "member"), "", "one has to enter");
	shut(member.far);
}

/* shows: DI-08, DI-13; robustness: K11, the name is that of the connection */
Test(registry, an_actor_is_entered_by_the_identity_of_its_connection_until_it_leaves)
{
	struct member teller = connect_as("teller", 'a'), asks = connect_as("asks", 'q');

	cr_assert_str_eq(ask(&asks, "Find", "teller"), "", "nobody is no error");
	enter(&teller, "unix:/run/bank/teller.sock");
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a");
	cr_assert_str_eq(found_addresses, "unix:/run/bank/teller.sock");
	call_nothing(&asks, "Unregister");
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a", "that is somebody else's");
	call_nothing(&teller, "Unregister");
	take(teller.far, ACTI_FRAME_RETURN, teller.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "");
	call_nothing(&teller, "Unregister");
	take(teller.far, ACTI_FRAME_RETURN, teller.cid);
	shut(teller.far);
	shut(asks.far);
}

/* shows: DI-10; robustness: K10 */
Test(registry, an_entry_goes_with_its_connection)
{
	struct member teller = connect_as("teller", 'a'), asks = connect_as("asks", 'q');

	enter(&teller, "unix:/run/bank/teller.sock");
	enter(&asks, "unix:/run/bank/asks.sock");
	cr_assert_str_eq(ask(&asks, "List", ""), "qar");
	shut(teller.far);
	cr_assert_str_eq(ask(&asks, "List", ""), "qr");
	shut(asks.far);
}

/* shows: DI-16; robustness: K9 */
Test(registry, of_several_with_one_name_the_latest_that_lives_counts)
{
	struct member asks = connect_as("asks", 'q'), members[8];
	char address[64], wanted[16] = "";

	for (size_t i = 0; i < 8; i++) {
		members[i] = connect_as("teller", (unsigned char)('a' + i));
		snprintf(address, sizeof address, "unix:/run/%zu.sock", i);
		enter(&members[i], address);
		cr_assert_eq(ask(&asks, "Find", "teller")[0], 'a' + (char)i);
		cr_assert_eq(ask(&asks, "WaitFor", "teller")[0], 'a' + (char)i);
		memmove(wanted + 1, wanted, strlen(wanted) + 1);
		wanted[0] = (char)('a' + i);
		cr_assert_str_eq(ask(&asks, "List", "teller"), wanted);
	}
	shut(members[7].far);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "g");
	enter(&members[0], "unix:/run/0.sock");
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a", "who enters again is the latest");
	cr_assert_str_eq(ask(&asks, "List", "teller"), "agfedcb");
	for (size_t i = 0; i < 7; i++)
		shut(members[i].far);
	shut(asks.far);
}

/* shows: DI-18 */
Test(registry, an_address_is_that_of_the_last_who_named_it)
{
	static const char *const two[] = { "unix:/run/one.sock", "unix:/run/two.sock" };
	struct member first = connect_as("first", 'a'), second = connect_as("second", 'b');

	send_register(&first, two, 2);
	take(first.far, ACTI_FRAME_RETURN, first.cid);
	cr_assert_str_eq(ask(&second, "Find", "first"), "a");
	cr_assert_str_eq(found_addresses, "unix:/run/one.sock unix:/run/two.sock");
	enter(&second, "unix:/run/one.sock");
	cr_assert_str_eq(ask(&second, "Find", "first"), "a", "it has another");
	cr_assert_str_eq(found_addresses, "unix:/run/two.sock");
	enter(&second, "unix:/run/two.sock");
	cr_assert_str_eq(ask(&second, "Find", "first"), "", "it has no other");
	cr_assert_str_eq(ask(&second, "Find", "second"), "b");
	cr_assert_str_eq(found_addresses, "unix:/run/two.sock", "one that enters again has these");
	shut(first.far);
	shut(second.far);
}

/* robustness: K11 */
Test(registry, another_user_takes_no_address_from_an_entry)
{
	const unsigned uids[] = { TEST_USER + 1 };
	struct member teller = connect_as("teller", 'a'), other;
	const char *address = "unix:/run/teller.sock";

	registrar->program.access = (struct actor_access){ .uids = uids, .uid_count = 1 };
	enter(&teller, "unix:/run/teller.sock");
	os.connecting_uid = TEST_USER + 1;
	other = connect_as("other", 'o');
	send_register(&other, &address, 1);
	take(other.far, ACTI_FRAME_ERROR, other.cid);
	cr_assert_str_eq(ask(&other, "Find", "teller"), "a");
	cr_assert_str_eq(found_addresses, "unix:/run/teller.sock");
	shut(teller.far);
	shut(other.far);
}

/* robustness: K11 */
Test(registry, a_name_is_that_of_an_actor_of_the_registrars_user_if_there_is_one)
{
	const unsigned uids[] = { TEST_USER + 1 };
	struct member ours = connect_as("teller", 'a'), other, asks = connect_as("asks", 'q');

	registrar->program.access = (struct actor_access){ .uids = uids, .uid_count = 1 };
	os.connecting_uid = TEST_USER + 1;
	other = connect_as("teller", 'o');
	enter(&other, "unix:/run/other.sock");
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "o");
	enter(&ours, "unix:/run/ours.sock");
	enter(&other, "unix:/run/other.sock");
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a", "though the other is the latest");
	cr_assert_str_eq(ask(&asks, "List", "teller"), "oa");
	shut(ours.far);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "o");
	shut(other.far);
	shut(asks.far);
}

/* robustness: K11 */
Test(registry, nobody_takes_the_entry_of_another_connection_by_saying_that_it_is_that_actor)
{
	struct member teller = connect_as("teller", 'a'), liar = connect_as("teller", 'a'),
		      asks = connect_as("asks", 'q'), registrar_too = connect_as("registrar", 'r');
	const char *address = "unix:/run/liar.sock";

	enter(&teller, "unix:/run/teller.sock");
	send_register(&liar, &address, 1);
	demand_error(&liar, ACTOR_EDENIED, "teller@61616161 is entered already, by another connection");
	call_nothing(&liar, "Unregister");
	take(liar.far, ACTI_FRAME_RETURN, liar.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a");
	cr_assert_str_eq(found_addresses, "unix:/run/teller.sock");
	send_register(&registrar_too, &address, 1);
	demand_error(&registrar_too, ACTOR_EDENIED, "is entered already");
	shut(teller.far);
	enter(&liar, "unix:/run/teller.sock");
	shut(liar.far);
	shut(asks.far);
	shut(registrar_too.far);
}

static const struct {
	const char *address, *why;
} bad_addresses[] = {
	{ "", "an address is TRANSPORT:PLACE" },
	{ "/run/a.sock", "an address is TRANSPORT:PLACE" },
	{ "tcp:127.0.0.1:80", "the one transport there is, is unix" },
	{ "unix:a.sock", "an absolute path is wanted" },
};

/* robustness: E11 */
Test(registry, takes_addresses_and_names_that_can_be_such_only)
{
	static const char *const names[] = { "", "a b", "../x", "a/b", "\xc3\xa4" };
	const char *many[9];
	struct member member = connect_as("member", 'm');
	char text[300] = "unix:/";
	const char *address = text;

	for (size_t i = 0; i < ACTOR_COUNT(bad_addresses); i++) {
		send_register(&member, &bad_addresses[i].address, 1);
		demand_error(&member, ACTOR_EINVAL, bad_addresses[i].why);
	}
	memset(text + 6, 'a', sizeof text - 7);
	send_register(&member, &address, 1);
	demand_error(&member, ACTOR_EINVAL, "an address of 299 bytes");
	text[127] = '\0';
	send_register(&member, &address, 1);
	demand_error(&member, ACTOR_EINVAL, "the path of a socket has at most 107 bytes");
	for (size_t i = 0; i < 9; i++)
		many[i] = "unix:/run/a.sock";
	send_register(&member, many, 9);
	demand_error(&member, ACTOR_EINVAL, "an entry has 1 to 8 addresses, not 9");
	send_register(&member, many, 0);
	demand_error(&member, ACTOR_EINVAL, "an entry has 1 to 8 addresses, not 0");
	for (size_t i = 0; i < ACTOR_COUNT(names); i++) {
		call_with_name(&member, "Find", names[i]);
		demand_error(&member, ACTOR_EINVAL, "no actor can be called");
		call_with_name(&member, "WaitFor", names[i]);
		demand_error(&member, ACTOR_EINVAL, "no actor can be called");
	}
	cr_assert_str_eq(ask(&member, "List", ""), "r");
	shut(member.far);
}

/* ---- waiting ---- */

/* shows: DI-14; robustness: K13 */
Test(registry, who_waits_for_a_name_gets_the_first_that_enters_by_it)
{
	struct member one = connect_as("one", '1'), two = connect_as("two", '2'), teller = connect_as("teller", 'a');
	uint64_t cid;

	call_with_name(&one, "WaitFor", "teller");
	cid = one.cid;
	call_with_name(&one, "WaitFor", "other");
	call_with_name(&two, "WaitFor", "teller");
	test_os_advance_ms(&os, 3600 * 1000);
	take_nothing(one.far);
	enter(&teller, "unix:/run/teller.sock");
	take_found(&one, cid);
	cr_assert_str_eq(found, "a");
	take_found(&two, two.cid);
	cr_assert_str_eq(found, "a");
	take_nothing(one.far);
	cr_assert_str_eq(ask(&two, "WaitFor", "teller"), "a", "it is there already");
	shut(one.far);
	shut(two.far);
	shut(teller.far);
}

/* shows: DI-27 */
Test(registry, who_is_woken_for_one_that_has_gone_again_waits_on)
{
	const char *address = "unix:/run/teller.sock";
	struct member waits = connect_as("waits", 'w'), teller = connect_as("teller", 'a'),
		      other = connect_as("teller", 'b');

	call_with_name(&waits, "WaitFor", "teller");
	test_os_settle(&os);
	send_register(&teller, &address, 1);
	call_nothing(&teller, "Unregister"); /* both tasks are ready before the one that waits is */
	take(teller.far, ACTI_FRAME_RETURN, teller.cid - 2);
	take(teller.far, ACTI_FRAME_RETURN, teller.cid);
	take_nothing(waits.far);
	enter(&other, "unix:/run/other.sock");
	take_found(&waits, waits.cid);
	cr_assert_str_eq(found, "b");
	shut(waits.far);
	shut(teller.far);
	shut(other.far);
}

Test(registry, who_waits_and_goes_or_is_cancelled_is_forgotten)
{
	struct member waits = connect_as("waits", 'w'), goes = connect_as("goes", 'g'),
		      teller = connect_as("teller", 'a');

	call_with_name(&waits, "WaitFor", "teller");
	call_with_name(&goes, "WaitFor", "teller");
	test_os_settle(&os);
	shut(goes.far);
	test_peer_send(&os, waits.far, ACTI_FRAME_CANCEL, waits.cid, NULL, 0);
	take(waits.far, ACTI_FRAME_CANCEL_ACK, waits.cid);
	demand_error(&waits, ACTOR_ECANCELED, "");
	enter(&teller, "unix:/run/teller.sock");
	take_nothing(waits.far);
	shut(waits.far);
	shut(teller.far);
}

/* ---- limits ---- */

/* robustness: K12 */
Test(registry, a_user_has_1024_entries_and_no_more)
{
	struct acti_limits *limits = &registrar->actor.proc.actor.limits;
	const unsigned uids[] = { TEST_USER + 1 };
	const char *address = "unix:/run/d.sock";
	struct member members[3], more;

	cr_assert_eq(acti_limits_default.registrations_max, 1024);
	registrar->program.access = (struct actor_access){ .uids = uids, .uid_count = 1 };
	limits->registrations_max = 3; /* one is the registrar's own */
	members[0] = connect_as("a", 'a');
	members[1] = connect_as("b", 'b');
	members[2] = connect_as("d", 'd');
	enter(&members[0], "unix:/run/a.sock");
	enter(&members[1], "unix:/run/b.sock");
	send_register(&members[2], &address, 1);
	demand_error(&members[2], ACTOR_ENOMEM, "user 1000 has 3 entries already: that is the limit");
	enter(&members[1], "unix:/run/c.sock"); /* it has one, which it changes */
	os.connecting_uid = TEST_USER + 1;
	more = connect_as("e", 'e');
	enter(&more, "unix:/run/e.sock"); /* another user has a count of his own */
	shut(members[0].far);
	enter(&members[2], address);
	cr_assert_str_eq(ask(&more, "List", ""), "debr");
	shut(members[1].far);
	shut(members[2].far);
	shut(more.far);
}

/* robustness: K12 */
Test(registry, tasks_that_wait_for_a_name_are_128_at_most)
{
	struct member waits = connect_as("waits", 'w'), teller = connect_as("teller", 'a');

	cr_assert_eq(acti_limits_default.waiters_max, 128);
	for (size_t i = 0; i < 128; i++)
		call_with_name(&waits, "WaitFor", "teller");
	take_nothing(waits.far);
	call_with_name(&waits, "WaitFor", "teller");
	demand_error(&waits, ACTOR_ENOMEM, "128 tasks wait for teller already: that is the limit");
	call_with_name(&waits, "WaitFor", "other");
	take_nothing(waits.far);
	enter(&teller, "unix:/run/teller.sock");
	for (size_t i = 0; i < 128; i++)
		take_found(&waits, 2 * i + 1);
	shut(waits.far);
	shut(teller.far);
}

/* ---- reports ---- */

static void
report(struct member *member, unsigned char fill, size_t uuid_size)
{
	Actor__Registration request = ACTOR__REGISTRATION__INIT;
	unsigned char uuid[32];

	memset(uuid, fill, sizeof uuid);
	request.name = (char *)(uintptr_t) "anybody";
	request.uuid = (ProtobufCBinaryData){ uuid_size, uuid };
	call(member, "Report", &request.base);
}

/* shows: DI-17; robustness: K10 */
Test(registry, an_entry_behind_which_nobody_listens_goes_when_it_is_reported)
{
	struct member asks = connect_as("asks", 'q'), teller = connect_as("teller", 'a');

	enter(&teller, "unix:/run/teller.sock");
	report(&asks, 'a', 16);
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "");
	report(&asks, 'z', 16); /* whom nobody knows */
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	report(&asks, 'r', 16); /* the registrar */
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_str_eq(ask(&asks, "List", ""), "r");
	report(&asks, 'a', 15);
	demand_error(&asks, ACTOR_EINVAL, "a uuid of 15 bytes");
	shut(asks.far);
	shut(teller.far);
}

/* The registrar's probe, at a listener that the test plays. */
static int
take_probe(const char *path)
{
	actor_wire_Hello hello;
	int far;

	test_os_settle(&os);
	far = test_os_accept_by_hand(&os, path);
	cr_assert_geq(far, 0, "the registrar does not look");
	take(far, ACTI_FRAME_HELLO, 0);
	cr_assert(acti_hello_decode(&hello, frame.body.at, frame.body.size));
	cr_assert(hello.probe);
	return far;
}

static const struct actor_uid teller_uid = {
	"teller", { 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a' }
};

/* The registrar looks for itself.  shows: DI-17 */
Test(registry, an_entry_of_one_that_lives_stays_whatever_is_reported)
{
	struct member asks = connect_as("asks", 'q'), teller = connect_as("teller", 'a');
	int listener = test_os_listen_by_hand(&os, "/run/teller.sock"), probe;

	enter(&teller, "unix:/run/teller.sock");
	report(&asks, 'a', 16);
	probe = take_probe("/run/teller.sock");
	answer_hello(probe, &teller_uid, false);
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a");
	shut(probe);
	test_os_shut(&os, listener);
	shut(asks.far);
	shut(teller.far);
}

/* shows: DI-17; robustness: K14 */
Test(registry, an_entry_at_whose_address_another_answers_goes)
{
	struct member asks = connect_as("asks", 'q'), teller = connect_as("teller", 'a');
	int listener = test_os_listen_by_hand(&os, "/run/teller.sock"), probe;

	enter(&teller, "unix:/run/teller.sock");
	report(&asks, 'a', 16);
	probe = take_probe("/run/teller.sock");
	answer_hello(probe, &(struct actor_uid){ "teller", { 'x' } }, false);
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "");
	shut(probe);
	test_os_shut(&os, listener);
	shut(asks.far);
	shut(teller.far);
}

/* One that is busy is not dead; and the registrar serves others while it looks.  shows: DI-17 */
Test(registry, an_entry_of_one_that_does_not_answer_stays_and_nobody_waits_for_it)
{
	struct member asks = connect_as("asks", 'q'), teller = connect_as("teller", 'a'),
		      other = connect_as("other", 'o');
	int listener = test_os_listen_by_hand(&os, "/run/teller.sock"), probe;
	uint64_t began_ns = os.now_ns;

	enter(&teller, "unix:/run/teller.sock");
	report(&asks, 'a', 16);
	probe = take_probe("/run/teller.sock");
	cr_assert_str_eq(ask(&other, "Find", "teller"), "a");
	test_os_advance_ms(&os, 1000);
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_leq(os.now_ns - began_ns, 1000 * MS);
	cr_assert_str_eq(ask(&other, "Find", "teller"), "a");
	cr_assert(is_closed(probe));
	shut(probe);
	test_os_shut(&os, listener);
	shut(asks.far);
	shut(teller.far);
	shut(other.far);
}

/* What was found dead is not what is there now. */
Test(registry, an_entry_that_was_made_anew_while_the_registrar_looked_stays)
{
	struct member asks = connect_as("asks", 'q'), teller = connect_as("teller", 'a');
	int listener = test_os_listen_by_hand(&os, "/run/teller.sock"), probe;

	enter(&teller, "unix:/run/teller.sock");
	report(&asks, 'a', 16);
	probe = take_probe("/run/teller.sock");
	enter(&teller, "unix:/run/another.sock");
	answer_hello(probe, &(struct actor_uid){ "teller", { 'x' } }, false);
	take(asks.far, ACTI_FRAME_RETURN, asks.cid);
	cr_assert_str_eq(ask(&asks, "Find", "teller"), "a");
	cr_assert_str_eq(found_addresses, "unix:/run/another.sock");
	shut(probe);
	test_os_shut(&os, listener);
	shut(asks.far);
	shut(teller.far);
}

/* ---- when memory is spent ---- */

Test(registry, memory_that_is_spent_is_an_error_and_nothing_else)
{
	struct member teller = connect_as("teller", 'a'), asks = connect_as("asks", 'q');
	const char *address = "unix:/run/teller.sock";
	bool is_through = false;

	for (size_t allocations = 0; !is_through && allocations < 100; allocations++) {
		os.memory.allocations_left = allocations;
		send_register(&teller, &address, 1);
		test_os_settle(&os);
		os.memory.allocations_left = SIZE_MAX;
		cr_assert(test_peer_next(&os, teller.far, &frame));
		is_through = frame.head.kind == ACTI_FRAME_RETURN;
	}
	cr_assert(is_through);
	is_through = false;
	for (size_t allocations = 0; !is_through && allocations < 100; allocations++) {
		os.memory.allocations_left = allocations;
		call_with_name(&asks, "Find", "teller");
		test_os_settle(&os);
		os.memory.allocations_left = SIZE_MAX;
		cr_assert(test_peer_next(&os, asks.far, &frame));
		is_through = frame.head.kind == ACTI_FRAME_RETURN;
	}
	cr_assert(is_through);
	shut(teller.far);
	shut(asks.far);
}
