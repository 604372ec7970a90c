/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_bytes.h>
#include <support/test_demand.h>
#include <support/test_memory.h>
#include <wire/control.h>

#define RECORDS 64

static struct test_memory memory;
static struct acti_error_pool pool;
static struct actor_error error, decoded;
static actor_wire_Error scratch;
static actor_wire_Hello hello, hello_decoded;
static actor_wire_SpawnSpec spec, spec_decoded;
static unsigned char body[ACTI_ERROR_SIZE_MAX + ACTI_RAISED_VALUE_MAX + 16];

static const struct actor_uid leaf = { "leaf_0", { 0x1a, 0x2b, 0x3c, 0x4d } };
static const struct actor_uid middle = { "mid", { 0x99, 0xaa, 0xbb, 0xcc } };
static const struct actor_uid root = { "root", { 0x01 } };

static void
begin(void)
{
	test_memory_init(&memory);
	cr_assert_eq(acti_error_pool_init(&pool, &memory.memory, RECORDS), 0);
	acti_error_init(&error);
	acti_error_init(&decoded);
}

static void
end(void)
{
	acti_error_reset(&pool, &error);
	acti_error_reset(&pool, &decoded);
	acti_error_pool_fini(&pool);
	test_demand(memory.live_blocks == 0, "%zu blocks leak", memory.live_blocks);
}

TestSuite(control, .init = begin, .fini = end);

static size_t
encode_hello(void)
{
	hello = (actor_wire_Hello){
		.version_min = 1,
		.version_max = 2,
		.has_uid = true,
		.pid = 4711,
		.registrar = true,
		.build = UINT64_C(0xfedcba9876543210),
		.dialogs_max = 1024,
		.message_size_max = 1 << 20,
		.modules_count = 2,
		.modules = { { "demo.Tree", 1 }, { "demo.Gr\xc3\xbc\xc3\x9f", UINT64_MAX } },
	};
	acti_uid_to_wire(&leaf, &hello.uid);
	return acti_hello_encode(&hello, body, sizeof body);
}

static size_t
encode_spec(void)
{
	spec = (actor_wire_SpawnSpec){
		.has_uid = true,
		.modules_count = 1,
		.modules = { { "demo.Tree", 1 } },
		.has_root = true,
		.depth = 3,
	};
	acti_uid_to_wire(&leaf, &spec.uid);
	acti_uid_to_wire(&root, &spec.root);
	return acti_spawn_spec_encode(&spec, body, sizeof body);
}

/* An error with everything in it: members, paths, a value. */
static size_t
encode_error(void)
{
	static const char value[] = "packed";
	size_t size;

	acti_error_set(&pool, &decoded, ACTOR_EPEERGONE, "it was killed");
	decoded.wait_status = 9;
	acti_error_append_hop(&decoded, &leaf);
	acti_error_add(&pool, &error, &decoded);
	acti_error_set(&pool, &decoded, ACTOR_ECANCELED, NULL);
	acti_error_set_canceller(&decoded, &root);
	acti_error_add(&pool, &error, &decoded);
	size = acti_error_encode(&error, &scratch, body, sizeof body);
	memcpy(body + size, value, sizeof value);
	return size + sizeof value;
}

static bool
decode_hello(const void *bytes, size_t size)
{
	return acti_hello_decode(&hello_decoded, bytes, size);
}

static bool
decode_spec(const void *bytes, size_t size)
{
	return acti_spawn_spec_decode(&spec_decoded, bytes, size);
}

static bool
decode_cancel(const void *bytes, size_t size)
{
	actor_wire_Cancel cancel;

	return acti_cancel_decode(&cancel, bytes, size);
}

static bool
decode_error(const void *bytes, size_t size)
{
	return acti_error_decode(&pool, &decoded, &scratch, &middle, bytes, size);
}

/* `error` to the peer and back, as if `peer` had sent it. */
static void
relay(const struct actor_uid *peer)
{
	size_t size = acti_error_encode(&error, &scratch, body, sizeof body);

	cr_assert_gt(size, 4);
	if (error.value != NULL) {
		memcpy(body + size, error.value->bytes, error.value->size);
		size += error.value->size;
	}
	cr_assert(acti_error_decode(&pool, &decoded, &scratch, peer, body, size));
	acti_error_move(&pool, &error, &decoded);
}

Test(control, a_hello_arrives_as_it_was_sent)
{
	cr_assert(decode_hello(body, encode_hello()));
	cr_assert_eq(hello_decoded.version_min, 1);
	cr_assert_eq(hello_decoded.version_max, 2);
	cr_assert_str_eq(hello_decoded.uid.name, "leaf_0");
	cr_assert_arr_eq(hello_decoded.uid.uuid, leaf.uuid, 16);
	cr_assert_eq(hello_decoded.pid, 4711);
	cr_assert(hello_decoded.registrar);
	cr_assert_eq(hello_decoded.build, UINT64_C(0xfedcba9876543210));
	cr_assert_eq(hello_decoded.modules_count, 2);
	cr_assert_str_eq(hello_decoded.modules[1].name, "demo.Gr\xc3\xbc\xc3\x9f");
	cr_assert_eq(hello_decoded.modules[1].fingerprint, UINT64_MAX);
}

Test(control, a_spawn_spec_arrives_as_it_was_sent)
{
	cr_assert(decode_spec(body, encode_spec()));
	cr_assert_str_eq(spec_decoded.uid.name, "leaf_0");
	cr_assert_str_eq(spec_decoded.root.name, "root");
	cr_assert_str_eq(spec_decoded.modules[0].name, "demo.Tree");
	cr_assert_eq(spec_decoded.depth, 3);
}

Test(control, a_cancel_arrives_as_it_was_sent)
{
	actor_wire_Cancel cancel = { .has_canceller = true, .budget_ms = 2300 };
	actor_wire_Cancel result;
	size_t size;

	acti_uid_to_wire(&root, &cancel.canceller);
	size = acti_cancel_encode(&cancel, body, sizeof body);
	cr_assert(acti_cancel_decode(&result, body, size));
	cr_assert_str_eq(result.canceller.name, "root");
	cr_assert_eq(result.budget_ms, 2300);
	cr_assert(acti_cancel_decode(&result, body, 0), "all of it may be left out");
	cr_assert_not(result.has_canceller);
}

Test(control, the_largest_bodies_fit_their_maximum)
{
	memset(&hello, 0, sizeof hello);
	hello.has_uid = true;
	memset(hello.uid.name, 'x', 64);
	hello.version_min = hello.version_max = hello.pid = hello.dialogs_max = hello.message_size_max = UINT32_MAX;
	hello.build = UINT64_MAX;
	hello.registrar = true;
	hello.modules_count = 64;
	for (size_t i = 0; i < 64; i++) {
		memset(hello.modules[i].name, 'y', 127);
		hello.modules[i].fingerprint = UINT64_MAX;
	}
	cr_assert_gt(acti_hello_encode(&hello, body, ACTI_HELLO_SIZE_MAX), 0);
}

/* robustness: E11 */
Test(control, text_with_a_nul_is_refused)
{
	struct test_bytes module = { 0 };
	size_t size = encode_hello();

	test_bytes_add_field(&module, actor_wire_Module_name_tag, "good\0evil", 9);
	memcpy(body + size, "\x4a\x0b", 2);
	memcpy(body + size + 2, module.at, module.size);
	cr_assert_not(decode_hello(body, size + 2 + module.size));
	body[size + 2 + 6] = '-';
	cr_assert(decode_hello(body, size + 2 + module.size), "the NUL was all that was wrong");
	cr_assert_str_eq(hello_decoded.modules[2].name, "good-evil");
	test_bytes_fini(&module);
}

/* robustness: E11 */
Test(control, text_that_is_not_utf8_is_refused)
{
	struct test_bytes module = { 0 };
	size_t size = encode_hello();

	test_bytes_add_text(&module, actor_wire_Module_name_tag,
	                    "good\xc0\xaf"
	                    "xyz");
	memcpy(body + size, "\x4a\x0b", 2);
	memcpy(body + size + 2, module.at, module.size);
	cr_assert_not(decode_hello(body, size + 2 + module.size));
	test_bytes_fini(&module);
}

Test(control, a_string_replaced_by_a_later_one_is_looked_at_too)
{
	struct test_bytes uid = { 0 }, message = { 0 };

	test_bytes_add_text(&uid, actor_wire_Uid_name_tag, "bad\xff");
	test_bytes_add_text(&uid, actor_wire_Uid_name_tag, "good");
	test_bytes_add_field(&message, actor_wire_Hello_uid_tag, uid.at, uid.size);
	cr_assert_not(decode_hello(message.at, message.size));
	test_bytes_fini(&uid);
	test_bytes_fini(&message);
}

/* robustness: E11 */
Test(control, names_outside_the_alphabet_are_refused)
{
	static const char *const bad[] = { "", "../x", "a b", "a\nb", "a/b", "gr\xc3\xbc\xc3\x9f", "a\x1b", "a@b" };
	char longest[66];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert_not(acti_name_is_valid(bad[i]));
		encode_hello();
		snprintf(hello.uid.name, sizeof hello.uid.name, "%s", bad[i]);
		cr_assert_not(decode_hello(body, acti_hello_encode(&hello, body, sizeof body)), "%zu", i);
		encode_spec();
		snprintf(spec.root.name, sizeof spec.root.name, "%s", bad[i]);
		cr_assert_not(decode_spec(body, acti_spawn_spec_encode(&spec, body, sizeof body)), "%zu", i);
	}
	memset(longest, 'x', sizeof longest);
	longest[64] = '\0';
	cr_assert(acti_name_is_valid(longest));
	longest[64] = 'x';
	longest[65] = '\0';
	cr_assert_not(acti_name_is_valid(longest));
	cr_assert(acti_name_is_valid("Leaf-0_x.y"));
}

Test(control, a_hello_or_spec_without_an_identity_is_refused)
{
	encode_hello();
	hello.has_uid = false;
	cr_assert_not(decode_hello(body, acti_hello_encode(&hello, body, sizeof body)));
	encode_spec();
	spec.has_uid = false;
	cr_assert_not(decode_spec(body, acti_spawn_spec_encode(&spec, body, sizeof body)));
}

Test(control, unknown_fields_are_skipped)
{
	struct test_bytes more = { 0 };
	size_t size = encode_hello();

	test_bytes_add_text(&more, 99, "any \xff\x00 bytes");
	memcpy(body + size, more.at, more.size);
	cr_assert(decode_hello(body, size + more.size));
	test_bytes_fini(&more);
}

Test(control, more_modules_than_there_is_room_for_are_refused)
{
	size_t size = encode_hello();

	for (unsigned i = 0; i < 63; i++) {
		memcpy(body + size, "\x4a\x03\x0a\x01x", 5);
		size += 5;
	}
	cr_assert_not(decode_hello(body, size));
	cr_assert(decode_hello(body, size - 5));
}

/* Decodes each prefix and each change of one bit or byte: whatever comes of it, nothing breaks. */
static void
torture(size_t size, bool (*decode)(const void *bytes, size_t size))
{
	unsigned char *copy;

	for (size_t cut = 0; cut < size; cut++) {
		copy = malloc(cut > 0 ? cut : 1);
		memcpy(copy, body, cut);
		(void)decode(copy, cut);
		free(copy);
	}
	copy = malloc(size);
	for (size_t at = 0; at < size; at++) {
		for (unsigned value = 0; value < 256; value++) {
			memcpy(copy, body, size);
			copy[at] = (unsigned char)value;
			(void)decode(copy, size);
		}
	}
	free(copy);
}

/* robustness: E17 */
Test(control, a_damaged_hello_never_breaks_the_decoder)
{
	torture(encode_hello(), decode_hello);
}

/* robustness: E17 */
Test(control, a_damaged_spawn_spec_never_breaks_the_decoder)
{
	torture(encode_spec(), decode_spec);
}

/* robustness: E17 */
Test(control, a_damaged_cancel_never_breaks_the_decoder)
{
	actor_wire_Cancel cancel = { .has_canceller = true, .budget_ms = 2300 };

	acti_uid_to_wire(&root, &cancel.canceller);
	torture(acti_cancel_encode(&cancel, body, sizeof body), decode_cancel);
}

/* robustness: E17 */
Test(control, a_damaged_error_never_breaks_the_decoder)
{
	torture(encode_error(), decode_error);
}

/* robustness: E6 */
Test(control, an_error_cut_before_its_tail_is_refused)
{
	size_t size;

	acti_error_set(&pool, &error, ACTOR_EINVAL, "seven is too large");
	acti_error_append_hop(&error, &leaf);
	size = acti_error_encode(&error, &scratch, body, sizeof body);
	for (size_t cut = 0; cut < size; cut++)
		cr_assert_not(decode_error(body, cut), "%zu", cut);
	cr_assert(decode_error(body, size));
}

/* shows: ER-01, ER-02 */
Test(control, an_error_collects_its_path_on_the_way_to_the_root)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "%d is too large", 7);
	acti_error_set_type(&error, "demo.Bad");
	relay(&leaf);
	cr_assert_str_eq(actor_error_boxed_type(&error), "demo.Bad");
	cr_assert_eq(actor_error_hop_count(&error), 1);
	relay(&middle);
	cr_assert_eq(actor_error_code(&error), ACTOR_EINVAL);
	cr_assert_str_eq(actor_error_message(&error), "7 is too large");
	cr_assert_str_eq(actor_error_type(&error), "demo.Bad");
	cr_assert_str_eq(actor_error_boxed_type(&error), "actor.BoxedError");
	cr_assert(acti_uid_equal(actor_error_origin(&error), &leaf));
	cr_assert_eq(actor_error_hop_count(&error), 2);
	cr_assert(acti_uid_equal(actor_error_hop(&error, 0), &leaf));
	cr_assert(acti_uid_equal(actor_error_hop(&error, 1), &middle));
}

/* shows: ER-04 */
Test(control, an_unknown_type_survives_as_text)
{
	acti_error_set(&pool, &error, ACTOR_ERAISED, "no such symbol");
	acti_error_set_type(&error, "nobody.knows.This");
	relay(&leaf);
	cr_assert_str_eq(actor_error_type(&error), "nobody.knows.This");
	cr_assert_str_eq(actor_error_text(&error),
	                 "ACTOR_ERAISED: no such symbol [nobody.knows.This] from leaf_0@1a2b3c4d");
}

Test(control, an_error_keeps_canceller_and_wait_status)
{
	acti_error_set(&pool, &error, ACTOR_ECANCELED, NULL);
	acti_error_set_canceller(&error, &root);
	error.wait_status = 9;
	relay(&leaf);
	cr_assert(acti_uid_equal(actor_error_canceller(&error), &root));
	cr_assert_eq(actor_error_wait_status(&error), 9);
	acti_error_set(&pool, &error, ACTOR_EINVAL, NULL);
	relay(&leaf);
	cr_assert_null(actor_error_canceller(&error));
	cr_assert_eq(actor_error_wait_status(&error), -1);
}

/* robustness: F8 */
Test(control, the_connection_says_who_sent_an_error_whatever_the_bytes_claim)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, NULL);
	error.has_origin = true;
	error.origin = root;
	relay(&leaf);
	cr_assert(acti_uid_equal(actor_error_origin(&error), &leaf));
	cr_assert_eq(actor_error_hop_count(&error), 1);
	error.origin = root;
	relay(&middle);
	cr_assert(acti_uid_equal(actor_error_origin(&error), &leaf));
	cr_assert(acti_uid_equal(actor_error_hop(&error, 1), &middle));
}

/* robustness: F19 */
Test(control, an_error_relayed_a_thousand_times_keeps_its_origin_and_last_relayers)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, NULL);
	relay(&leaf);
	for (unsigned i = 0; i < 1000; i++)
		relay(i % 2 == 0 ? &middle : &root);
	cr_assert_eq(actor_error_hop_count(&error), ACTI_ERROR_HOPS_MAX);
	cr_assert(acti_uid_equal(actor_error_origin(&error), &leaf));
	cr_assert(acti_uid_equal(actor_error_hop(&error, ACTI_ERROR_HOPS_MAX - 1), &root));
}

static void
add_failure(struct actor_error *group, const char *message)
{
	struct actor_error one;

	acti_error_init(&one);
	acti_error_set(&pool, &one, ACTOR_EINVAL, "%s", message);
	acti_error_add(&pool, group, &one);
	acti_error_reset(&pool, &one);
}

/* shows: ER-06 */
Test(control, members_of_a_group_arrive_as_errors_in_order)
{
	struct actor_error inner;

	acti_error_init(&inner);
	add_failure(&inner, "a");
	add_failure(&inner, "b");
	acti_error_add(&pool, &error, &inner);
	add_failure(&error, "c");
	acti_error_reset(&pool, &inner);
	relay(&leaf);
	cr_assert_eq(actor_error_code(&error), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&error), 2);
	cr_assert_eq(actor_error_member_count(actor_error_member(&error, 0)), 2);
	cr_assert_str_eq(actor_error_text(&error),
	                 "ACTOR_EGROUP: several errors from leaf_0@1a2b3c4d { ACTOR_EGROUP: several errors from "
	                 "leaf_0@1a2b3c4d { ACTOR_EINVAL: a from leaf_0@1a2b3c4d; ACTOR_EINVAL: b from leaf_0@1a2b3c4d "
	                 "}; ACTOR_EINVAL: c from leaf_0@1a2b3c4d }");
}

/* robustness: F20 */
Test(control, members_that_find_no_place_are_counted_with_their_group)
{
	struct actor_error inner;
	char message[16];

	acti_error_init(&inner);
	for (unsigned i = 0; i < 12; i++) {
		snprintf(message, sizeof message, "%u", i);
		add_failure(&inner, message);
		add_failure(&error, message);
	}
	acti_error_move(&pool, &decoded, &inner);
	acti_error_add(&pool, &error, &decoded);
	acti_error_reset(&pool, &decoded);
	relay(&leaf);
	cr_assert_eq(actor_error_member_count(&error), 13, "the outer group is kept");
	cr_assert_eq(actor_error_dropped_count(&error), 0);
	cr_assert_eq(actor_error_member_count(actor_error_member(&error, 12)), 3);
	cr_assert_eq(actor_error_dropped_count(actor_error_member(&error, 12)), 9);
}

/* robustness: D2 */
Test(control, members_beyond_the_pool_are_counted)
{
	size_t members_max = pool.members_max, size;

	add_failure(&error, "a");
	add_failure(&error, "b");
	add_failure(&error, "c");
	size = acti_error_encode(&error, &scratch, body, sizeof body);
	pool.members_max = pool.member_count + 1;
	cr_assert(decode_error(body, size));
	cr_assert_eq(actor_error_member_count(&decoded), 1);
	cr_assert_eq(actor_error_dropped_count(&decoded), 2);
	pool.members_max = members_max;
}

Test(control, a_code_that_is_not_ours_is_a_raised_error)
{
	static const int codes[] = { 0, 1, -17, -1000, INT32_MIN };

	for (size_t i = 0; i < ACTOR_COUNT(codes); i++) {
		acti_error_set(&pool, &error, codes[i], "from the future");
		relay(&leaf);
		cr_assert_eq(actor_error_code(&error), ACTOR_ERAISED);
		cr_assert_str_eq(actor_error_message(&error), "from the future");
	}
}

static void
raise_value(const void *value, size_t size)
{
	acti_error_set(&pool, &error, ACTOR_ERAISED, NULL);
	acti_error_set_type(&error, "demo.Bad");
	error.value = acti_value_new(&memory.memory, size);
	memcpy(error.value->bytes, value, size);
}

Test(control, a_raised_value_arrives)
{
	raise_value("packed", 6);
	relay(&leaf);
	cr_assert_eq(error.value->size, 6);
	cr_assert_arr_eq(error.value->bytes, "packed", 6);
	cr_assert_not(error.value_lost);
	raise_value("", 0);
	relay(&leaf);
	cr_assert_not_null(error.value, "a message without fields packs to nothing");
	cr_assert_eq(error.value->size, 0);
}

static void
crash_with(const char *trace, size_t size)
{
	acti_error_set(&pool, &error, ACTOR_EPEERGONE, NULL);
	error.value = acti_value_new(&memory.memory, size);
	memcpy(error.value->bytes, trace, size);
}

Test(control, the_stack_of_a_crash_arrives_and_is_plain_text)
{
	crash_with("#0 f (a.c:1)\n#1 \x1b[2J\xc3\xa9\0g\n", 25);
	relay(&leaf);
	relay(&middle);
	cr_assert_str_eq(actor_error_backtrace(&error), "#0 f (a.c:1)\n#1 ?[2J???g\n");
	acti_error_set(&pool, &error, ACTOR_EPEERGONE, NULL);
	relay(&leaf);
	cr_assert_null(actor_error_backtrace(&error), "no crash, no stack");
	raise_value("packed", 6);
	relay(&leaf);
	cr_assert_null(actor_error_backtrace(&error), "a raised value is none");
}

Test(control, a_lost_value_stays_lost)
{
	acti_error_set(&pool, &error, ACTOR_ERAISED, NULL);
	acti_error_set_type(&error, "demo.Bad");
	relay(&leaf);
	cr_assert_null(error.value);
	cr_assert(error.value_lost);
}

/* robustness: D2 */
Test(control, a_value_without_memory_is_lost_and_the_error_is_not)
{
	size_t size;

	raise_value("packed", 6);
	size = acti_error_encode(&error, &scratch, body, sizeof body);
	memcpy(body + size, "packed", 6);
	memory.allocations_left = 0;
	cr_assert(decode_error(body, size + 6));
	cr_assert_null(decoded.value);
	cr_assert(decoded.value_lost);
	cr_assert_str_eq(actor_error_type(&decoded), "demo.Bad");
}

Test(control, a_value_above_the_limit_is_refused)
{
	size_t size;

	raise_value("", 0);
	size = acti_error_encode(&error, &scratch, body, sizeof body);
	memset(body + size, 'x', ACTI_RAISED_VALUE_MAX + 1);
	cr_assert_not(decode_error(body, size + ACTI_RAISED_VALUE_MAX + 1));
	cr_assert(decode_error(body, size + ACTI_RAISED_VALUE_MAX));
}

Test(control, only_text_leaves_us_whatever_was_said)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "a file named \xff\xc3 and \xc3\xbc");
	acti_error_set_type(&error, "bad\x80type");
	relay(&leaf);
	cr_assert_str_eq(actor_error_message(&error), "a file named ?? and \xc3\xbc");
	cr_assert_str_eq(actor_error_type(&error), "bad?type");
}

Test(control, the_largest_error_fits_its_maximum)
{
	char message[ACTI_ERROR_MESSAGE_SIZE];
	struct actor_error one;
	struct actor_uid longest = { .name = "", .uuid = { 1 } };

	memset(message, 'x', sizeof message - 1);
	message[sizeof message - 1] = '\0';
	memset(longest.name, 'y', 64);
	acti_error_init(&one);
	for (unsigned i = 0; i < 20; i++) {
		acti_error_set(&pool, &one, ACTOR_EGROUP, "%s", message);
		message[127] = '\0';
		acti_error_set_type(&one, message);
		message[127] = 'x';
		for (unsigned hop = 0; hop < 40; hop++)
			acti_error_append_hop(&one, &longest);
		acti_error_set_canceller(&one, &longest);
		one.wait_status = INT32_MAX;
		acti_error_add(&pool, &error, &one);
	}
	acti_error_set_canceller(&error, &longest);
	cr_assert_gt(acti_error_encode(&error, &scratch, body, ACTI_ERROR_SIZE_MAX), 60000);
	relay(&leaf);
	cr_assert_eq(actor_error_member_count(&error), 16);
	cr_assert_eq(actor_error_dropped_count(&error), 4);
	cr_assert_lt(strlen(actor_error_text(&error)), ACTI_ERROR_TEXT_SIZE);
}

struct fault {
	int code;
	unsigned parent;
};

/* An Error made of these faults. */
static bool
faults_are_accepted(const struct fault *faults, size_t count)
{
	struct test_bytes all = { 0 };
	bool accepted;

	for (size_t i = 0; i < count; i++) {
		struct test_bytes fault = { 0 };

		test_bytes_add_tag(&fault, actor_wire_Fault_code_tag, 0);
		test_bytes_add_varint(&fault, (uint64_t)-faults[i].code * 2 - 1);
		test_bytes_add_tag(&fault, actor_wire_Fault_parent_tag, 0);
		test_bytes_add_varint(&fault, faults[i].parent);
		test_bytes_add_field(&all, actor_wire_Error_faults_tag, fault.at, fault.size);
		test_bytes_fini(&fault);
	}
	body[0] = (unsigned char)all.size;
	body[1] = (unsigned char)(all.size >> 8);
	body[2] = body[3] = 0;
	if (all.size > 0)
		memcpy(body + 4, all.at, all.size);
	accepted = decode_error(body, 4 + all.size);
	test_bytes_fini(&all);
	return accepted;
}

Test(control, members_belong_to_a_group_before_them)
{
	static const struct fault good[] = {
		{ ACTOR_EGROUP, 0 },
		{ ACTOR_EGROUP, 1 },
		{ ACTOR_EINVAL, 2 },
		{ ACTOR_EINVAL, 1 },
	};
	static const struct fault no_group[] = { { ACTOR_EINVAL, 0 }, { ACTOR_EINVAL, 1 } };
	static const struct fault own_parent[] = { { ACTOR_EGROUP, 0 }, { ACTOR_EGROUP, 2 } };
	static const struct fault far_parent[] = { { ACTOR_EGROUP, 0 }, { ACTOR_EINVAL, 9 } };
	static const struct fault two_roots[] = { { ACTOR_EGROUP, 0 }, { ACTOR_EINVAL, 0 } };
	static const struct fault child_root[] = { { ACTOR_EGROUP, 1 } };
	struct fault many[18] = { { ACTOR_EGROUP, 0 } };

	cr_assert(faults_are_accepted(good, 4));
	cr_assert_eq(actor_error_member_count(&decoded), 2);
	cr_assert_eq(actor_error_member_count(actor_error_member(&decoded, 0)), 1);
	cr_assert_not(faults_are_accepted(no_group, 2));
	cr_assert_not(faults_are_accepted(own_parent, 2));
	cr_assert_not(faults_are_accepted(far_parent, 2));
	cr_assert_not(faults_are_accepted(two_roots, 2));
	cr_assert_not(faults_are_accepted(child_root, 1));
	cr_assert_not(faults_are_accepted(NULL, 0));
	for (size_t i = 1; i < 18; i++)
		many[i] = (struct fault){ ACTOR_EINVAL, 1 };
	cr_assert(faults_are_accepted(many, 17));
	cr_assert_not(faults_are_accepted(many, 18));
}
