/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <errno.h>
#include <payload_test.pb-c.h>
#include <plain_test.pb-c.h>
#include <stdio.h>
#include <string.h>
#include <support/test_bytes.h>
#include <time.h>
#include <valgrind/valgrind.h>
#include <wire/guard.h>

#define EVERYTHING (&wire_test__everything__descriptor)
#define NODE (&wire_test__node__descriptor)
#define PLAIN (&wire_test__plain__descriptor)

static struct acti_limits limits;
static struct acti_refusal refusal;
static struct test_bytes bytes, inner;
static size_t decoded_size;

static void
begin(void)
{
	limits = acti_limits_default;
	test_bytes_fini(&bytes);
	test_bytes_fini(&inner);
}

static void
end(void)
{
	test_bytes_fini(&bytes);
	test_bytes_fini(&inner);
}

TestSuite(guard, .init = begin, .fini = end);

static int
guard(const ProtobufCMessageDescriptor *descriptor)
{
	memset(&refusal, 0, sizeof refusal);
	return acti_payload_guard(&limits, descriptor, bytes.at, bytes.size, &decoded_size, &refusal);
}

#define ACCEPTED(descriptor) cr_assert_eq(guard(descriptor), 0, "%s", refusal.text)
#define REFUSED(descriptor, why)                           \
	do {                                               \
		cr_assert_eq(guard(descriptor), -EBADMSG); \
		cr_assert_str_eq(refusal.text, why);       \
	} while (0)

/* Forgets the bytes, and begins with what an Everything must have. */
static void
everything(void)
{
	bytes.size = 0;
	test_bytes_add(&bytes, "\x08\x07\x12\x01x", 5);
}

static void
add_varint_field(uint32_t number, uint64_t value)
{
	test_bytes_add_tag(&bytes, number, 0);
	test_bytes_add_varint(&bytes, value);
}

/* Levels of Node.child, the outermost counted; the lengths take as many bytes as they need. */
static void
nest(unsigned depth)
{
	bytes.size = 0;
	for (unsigned i = 1; i < depth; i++) {
		inner.size = 0;
		test_bytes_add_field(&inner, 1, bytes.at, bytes.size);
		bytes.size = 0;
		test_bytes_add(&bytes, inner.at, inner.size);
	}
}

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* Of the processor, since others use it too. */
static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The bound on what one input may cost the loop: 10 ms, a hundred times as much where each access is looked at. */
static void
assert_quick(uint64_t begun)
{
	cr_assert_lt(now_ns() - begun, (RUNNING_ON_VALGRIND || IS_SANITIZED ? 1000U : 10U) * 1000 * 1000);
}

Test(guard, an_empty_message_is_accepted_where_nothing_is_required)
{
	ACCEPTED(NODE);
	cr_assert_geq(decoded_size, NODE->sizeof_message);
	ACCEPTED(&wire_test__empty__descriptor);
}

Test(guard, required_fields_must_be_there_even_with_a_default)
{
	REFUSED(EVERYTHING, "id: required, but missing");
	add_varint_field(1, 7);
	REFUSED(EVERYTHING, "label: required, but missing");
	test_bytes_add_text(&bytes, 2, "x");
	ACCEPTED(EVERYTHING);
	test_bytes_add_field(&bytes, 37, "\x08\x07", 2);
	REFUSED(EVERYTHING, "inner.label: required, but missing");
}

Test(guard, a_required_field_is_found_in_a_message_of_many_fields)
{
	const ProtobufCMessageDescriptor *wide = &wire_test__wide__descriptor;

	for (uint32_t number = 1; number < 140; number++)
		add_varint_field(number, number);
	REFUSED(wide, "last: required, but missing");
	test_bytes_add_field(&bytes, 140, "", 0);
	ACCEPTED(wide);
	test_bytes_add_field(&bytes, 140, "", 0);
	REFUSED(wide, "last: given twice");
}

/* robustness: E10 */
Test(guard, malformed_tags_are_refused)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *why;
	} bad[] = {
		{ "\x80", 1, "malformed tag" },
		{ "\x80\x80\x80\x80\x80\x00", 6, "malformed tag" },
		{ "\x98\x80\x80\x80\x10\x01", 6, "malformed tag" }, /* field 2^29 and more */
		{ "\x98\x80\x80\x80\x80\x01\x01", 7, "malformed tag" },
		{ "\x98\x00\x01", 3, "malformed tag" }, /* field 3 in one byte too many */
		{ "\x00\x01", 2, "field number 0" },
		{ "\x02\x00", 2, "field number 0" },
		{ "\x80\x00\x01", 3, "field number 0" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		bytes.size = 0;
		test_bytes_add(&bytes, bad[i].bytes, bad[i].size);
		REFUSED(NODE, bad[i].why);
	}
	bytes.size = 0;
	add_varint_field(0x1fffffff, 1);
	ACCEPTED(NODE);
}

/* robustness: E10 */
Test(guard, group_and_other_wire_types_are_refused)
{
	char why[64];

	for (unsigned wire_type = 3; wire_type < 8; wire_type++) {
		if (wire_type == 5)
			continue;
		bytes.size = 0;
		test_bytes_add_tag(&bytes, 3, wire_type);
		test_bytes_add(&bytes, "\1\1\1\1\1\1\1\1", 8);
		snprintf(why, sizeof why, "value: expected wire type 0, got %u", wire_type);
		REFUSED(NODE, why);
		bytes.size = 0;
		test_bytes_add_tag(&bytes, 99, wire_type);
		test_bytes_add(&bytes, "\1\1\1\1\1\1\1\1", 8);
		REFUSED(NODE, "field 99: wrong wire type");
	}
}

/* robustness: E10 */
Test(guard, numbers_that_are_cut_or_too_long_are_refused)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{ "", 0 },
		{ "\x80", 1 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80", 9 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 10 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		bytes.size = 0;
		test_bytes_add_tag(&bytes, 3, 0);
		test_bytes_add(&bytes, bad[i].bytes, bad[i].size);
		REFUSED(NODE, "value: malformed number");
		bytes.at[0] = 99 << 3 & 0x7f;
		cr_assert_eq(guard(NODE), -EBADMSG);
	}
}

Test(guard, a_number_padded_within_ten_bytes_is_accepted)
{
	test_bytes_add(&bytes, "\x18\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11);
	ACCEPTED(NODE);
}

/* robustness: E10 */
Test(guard, a_number_that_its_field_cannot_hold_is_refused)
{
	static const struct {
		uint32_t number;
		uint64_t good[2], bad[2];
	} fields[] = {
		{ 5, { 0x7fffffff, UINT64_MAX }, { UINT64_C(0x100000000), UINT64_C(0xffffffff7fffffff) } },
		{ 6,
		  { 0xffffffff, UINT64_C(0xffffffff80000000) },
		  { UINT64_C(0x100000000), UINT64_C(0x8000000000000000) } },
		{ 7, { 0, 0xffffffff }, { UINT64_C(0x100000000), UINT64_MAX } },
		{ 8, { 0, 0xffffffff }, { UINT64_C(0x100000000), UINT64_MAX } },
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		for (size_t k = 0; k < 2; k++) {
			everything();
			add_varint_field(fields[i].number, fields[i].good[k]);
			ACCEPTED(EVERYTHING);
			everything();
			add_varint_field(fields[i].number, fields[i].bad[k]);
			cr_assert_eq(guard(EVERYTHING), -EBADMSG);
			cr_assert_not_null(strstr(refusal.text, ": expected at most 32 bits, got more"), "%s",
			                   refusal.text);
		}
	}
	everything();
	add_varint_field(9, UINT64_MAX);
	add_varint_field(10, UINT64_MAX);
	add_varint_field(11, UINT64_MAX);
	add_varint_field(16, UINT64_MAX);
	ACCEPTED(EVERYTHING);
}

/* robustness: E10 */
Test(guard, a_wrong_wire_type_is_refused_for_every_type_of_field)
{
	static const unsigned sizes[] = { [0] = 1, [1] = 8, [2] = 1, [5] = 4 };

	for (unsigned i = 0; i < EVERYTHING->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &EVERYTHING->fields[i];
		unsigned accepted = 0;

		for (unsigned wire_type = 0; wire_type <= 5; wire_type++) {
			if (wire_type == 3 || wire_type == 4)
				continue;
			everything();
			test_bytes_add_tag(&bytes, field->id, wire_type);
			test_bytes_add(&bytes, "\0\0\0\0\0\0\0\0", sizes[wire_type]);
			if (guard(EVERYTHING) == 0 || strstr(refusal.text, "expected wire type") == NULL)
				accepted++;
		}
		/* Repeated numbers come packed or one by one. */
		cr_assert_eq(accepted,
		             field->label == PROTOBUF_C_LABEL_REPEATED && field->type != PROTOBUF_C_TYPE_STRING &&
		                     field->type != PROTOBUF_C_TYPE_BYTES && field->type != PROTOBUF_C_TYPE_MESSAGE
		                 ? 2
		                 : 1,
		             "%s", field->name);
	}
}

Test(guard, fixed_numbers_that_are_cut_are_refused)
{
	everything();
	test_bytes_add_tag(&bytes, 12, 5);
	test_bytes_add(&bytes, "\1\2\3", 3);
	REFUSED(EVERYTHING, "a_fixed32: cut");
	everything();
	test_bytes_add_tag(&bytes, 15, 1);
	test_bytes_add(&bytes, "\1\2\3\4\5\6\7", 7);
	REFUSED(EVERYTHING, "a_double: cut");
	everything();
	test_bytes_add_tag(&bytes, 99, 5);
	REFUSED(EVERYTHING, "field 99: cut");
}

Test(guard, a_length_beyond_the_message_is_refused)
{
	everything();
	test_bytes_add(&bytes, "\x1a\x02x", 3);
	REFUSED(EVERYTHING, "note: longer than the message");
	everything();
	test_bytes_add(&bytes, "\x1a\xff\xff\xff\xff\x0fx", 7);
	REFUSED(EVERYTHING, "note: longer than the message");
	everything();
	test_bytes_add(&bytes, "\x1a\x81\x80\x80\x80\x80\x00x", 8);
	REFUSED(EVERYTHING, "note: malformed length");
	everything();
	test_bytes_add(&bytes, "\x1a\x81\x80\x80\x80\x00x", 7);
	ACCEPTED(EVERYTHING);
	/* Inside a sub-message, its own end counts. */
	everything();
	test_bytes_add(&bytes, "\xa2\x02\x03\x08\x80\x80\x01", 7);
	REFUSED(EVERYTHING, "place.x: malformed number");
}

Test(guard, a_sub_message_cannot_reach_beyond_its_own_end)
{
	test_bytes_add(&bytes, "\x0a\x02\x18\x80\x18\x01", 6);
	REFUSED(NODE, "child.value: malformed number");
}

/* robustness: E11 */
Test(guard, strings_are_text_wherever_they_are)
{
	everything();
	test_bytes_add_text(&bytes, 3, "gr\xc3\xbc\xc3\x9f");
	ACCEPTED(EVERYTHING);
	everything();
	test_bytes_add_field(&bytes, 3, "good\0evil", 9);
	REFUSED(EVERYTHING, "note: expected UTF-8 without NUL, got the byte 0x00 at 4");
	everything();
	test_bytes_add_text(&bytes, 24, "zero");
	test_bytes_add_text(&bytes, 24, "one");
	test_bytes_add_text(&bytes, 24, "\xed\xa0\x80");
	REFUSED(EVERYTHING, "names[2]: expected UTF-8 without NUL, got the byte 0xed at 0");
	everything();
	test_bytes_add_text(&bytes, 30, "\xff");
	REFUSED(EVERYTHING, "text: expected UTF-8 without NUL, got the byte 0xff at 0");
	everything();
	test_bytes_add_text(&inner, 1, "\xff");
	test_bytes_add_field(&bytes, 35, inner.at, inner.size);
	REFUSED(EVERYTHING, "places[0].key: expected UTF-8 without NUL, got the byte 0xff at 0");
	everything();
	test_bytes_add_field(&bytes, 4, "\xff\0\xff", 3);
	ACCEPTED(EVERYTHING);
}

Test(guard, the_path_of_a_refusal_counts_elements_of_every_form)
{
	everything();
	test_bytes_add_field(&bytes, 20, "\1\2\3", 3);
	add_varint_field(20, 4);
	test_bytes_add_field(&bytes, 28, "\0\0\0\0\0\0\0\0", 8);
	test_bytes_add_field(&bytes, 20, "\5\6\x80", 3);
	REFUSED(EVERYTHING, "numbers[6]: malformed number");
	everything();
	test_bytes_add_field(&bytes, 23, "\0\1\2", 3);
	REFUSED(EVERYTHING, "flags[2]: expected a bool, got 2");
	everything();
	test_bytes_add_field(&bytes, 28, "\0\0\0\0\0\0\0\0", 8);
	test_bytes_add_field(&bytes, 28, "\0\0\0\0\0", 5);
	REFUSED(EVERYTHING, "words[2]: packed numbers are cut");
	everything();
	test_bytes_add_field(&bytes, 22, "\0\0\0\0", 4);
	REFUSED(EVERYTHING, "doubles[0]: packed numbers are cut");
}

Test(guard, the_path_of_a_refusal_leads_through_all_levels)
{
	test_bytes_add(&bytes, "\x12\x00\x12\x00\x12\x08\x0a\x06\x12\x00\x12\x02\x18\x80", 14);
	REFUSED(NODE, "children[2].child.children[1].value: malformed number");
}

/* robustness: E8 */
Test(guard, a_singular_sub_message_given_twice_is_refused)
{
	everything();
	test_bytes_add_field(&bytes, 36, "\x08\x02", 2);
	ACCEPTED(EVERYTHING);
	test_bytes_add_field(&bytes, 36, "", 0);
	REFUSED(EVERYTHING, "place: given twice");
	everything();
	test_bytes_add_field(&bytes, 31, "", 0);
	test_bytes_add_field(&bytes, 31, "", 0);
	REFUSED(EVERYTHING, "point: given twice");
	everything();
	test_bytes_add_field(&bytes, 26, "", 0);
	test_bytes_add_field(&bytes, 26, "", 0);
	ACCEPTED(EVERYTHING);
}

Test(guard, of_several_members_of_a_oneof_the_last_is_fine)
{
	everything();
	test_bytes_add_text(&bytes, 30, "text");
	test_bytes_add_field(&bytes, 31, "\x08\x02", 2);
	add_varint_field(32, 5);
	test_bytes_add_field(&bytes, 34, "\x08\x02", 2);
	test_bytes_add_text(&bytes, 30, "text");
	ACCEPTED(EVERYTHING);
}

/* robustness: E7 */
Test(guard, nesting_beyond_the_limit_is_refused)
{
	nest(32);
	ACCEPTED(NODE);
	nest(33);
	cr_assert_eq(guard(NODE), -EBADMSG);
	cr_assert_not_null(strstr(refusal.text, " levels, got more"));
	nest(68);
	cr_assert_lt(bytes.size, 142, "the bomb that overflows a stack of 64 KiB");
	cr_assert_eq(guard(NODE), -EBADMSG);
	limits.depth_max = 1;
	nest(1);
	ACCEPTED(NODE);
	nest(2);
	REFUSED(NODE, "child: expected at most 1 levels, got more");
}

/* robustness: E7 */
Test(guard, no_knob_allows_more_than_sixty_four_levels)
{
	limits.depth_max = UINT32_MAX;
	nest(64);
	ACCEPTED(NODE);
	nest(65);
	cr_assert_eq(guard(NODE), -EBADMSG);
}

/* robustness: E7 */
Test(guard, a_nest_of_two_hundred_thousand_levels_is_refused_at_once)
{
	enum {
		LEVELS = 200000
	};
	unsigned left = 1000000;
	uint64_t begun;

	/* Lengths of three bytes each, from the outside in. */
	while (bytes.size < 4 * LEVELS) {
		left -= 4;
		test_bytes_add_byte(&bytes, 0x0a);
		test_bytes_add_byte(&bytes, 0x80 | (left & 0x7f));
		test_bytes_add_byte(&bytes, 0x80 | (left >> 7 & 0x7f));
		test_bytes_add_byte(&bytes, left >> 14);
	}
	while (bytes.size < 1000000)
		test_bytes_add(&bytes, "\x18\x01", 2);
	begun = now_ns();
	cr_assert_eq(guard(NODE), -EBADMSG);
	cr_assert_not_null(strstr(refusal.text, " levels, got more"), "%s", refusal.text);
	assert_quick(begun);
}

/* robustness: E8 */
Test(guard, a_merge_bomb_of_one_mebibyte_is_refused_within_ten_milliseconds)
{
	uint64_t begun;

	while (bytes.size + 6 <= 1 << 20)
		test_bytes_add(&bytes, "\x0a\x04\x12\x02\x18\x01", 6);
	begun = now_ns();
	cr_assert_eq(guard(NODE), -EBADMSG);
	assert_quick(begun);
	cr_assert_str_eq(refusal.text, "child: given twice");
}

/* robustness: E9 */
Test(guard, half_a_million_empty_elements_are_refused_within_ten_milliseconds)
{
	uint64_t begun;

	while (bytes.size < 1 << 20)
		test_bytes_add(&bytes, "\x0a\x00", 2);
	begun = now_ns();
	REFUSED(&wire_test__empties__descriptor, "empties[65536]: expected at most 65536 elements, got more");
	assert_quick(begun);
}

/* robustness: E9 */
Test(guard, the_same_number_again_and_again_is_refused_within_ten_milliseconds)
{
	uint64_t begun;

	while (bytes.size < 1 << 20)
		test_bytes_add(&bytes, "\x18\x01", 2);
	begun = now_ns();
	REFUSED(NODE, "value: expected at most 65536 elements, got more");
	assert_quick(begun);
}

Test(guard, elements_are_counted_to_the_limit_packed_or_not)
{
	limits.elements_max = 5;
	for (unsigned i = 0; i < 5; i++)
		add_varint_field(4, i);
	ACCEPTED(NODE);
	add_varint_field(4, 5);
	REFUSED(NODE, "values[5]: expected at most 5 elements, got more");
	bytes.size = 0;
	test_bytes_add_field(&bytes, 4, "\1\2\3\4", 4);
	ACCEPTED(NODE);
	bytes.size = 0;
	test_bytes_add_field(&bytes, 4, "\1\2\3\4\5", 5);
	REFUSED(NODE, "values[5]: expected at most 5 elements, got more");
}

/* robustness: E9 */
Test(guard, unknown_fields_are_counted_to_the_limit_over_all_levels)
{
	for (unsigned i = 0; i < 32; i++)
		test_bytes_add_field(&inner, 99, "x", 1);
	test_bytes_add_field(&bytes, 1, inner.at, inner.size);
	for (unsigned i = 0; i < 32; i++)
		add_varint_field(100, i);
	ACCEPTED(NODE);
	add_varint_field(100, 0);
	REFUSED(NODE, "field 100: expected at most 64 unknown fields, got more");
	limits.unknown_max = 0;
	bytes.size = 0;
	add_varint_field(100, 0);
	REFUSED(NODE, "field 100: expected at most 0 unknown fields, got more");
}

Test(guard, a_message_above_the_size_limit_is_refused)
{
	limits.message_size_max = 2;
	test_bytes_add(&bytes, "\x18\x01", 2);
	ACCEPTED(NODE);
	test_bytes_add(&bytes, "\x18\x01", 2);
	REFUSED(NODE, "expected at most 2 bytes, got 4");
}

static void
refused_for_its_memory(void)
{
	cr_assert_eq(guard(NODE), -EBADMSG);
	cr_assert_not_null(strstr(refusal.text, " bytes when decoded, got more"), "%s", refusal.text);
}

/* robustness: E9 */
Test(guard, what_decodes_to_more_than_its_share_is_refused)
{
	limits.decoded_base = (uint32_t)NODE->sizeof_message;
	ACCEPTED(NODE);
	limits.decoded_base--;
	refused_for_its_memory();
	limits.decoded_base = 1000;
	for (unsigned i = 0; i < 100; i++)
		test_bytes_add(&bytes, "\x12\x00", 2);
	refused_for_its_memory();
}

/* robustness: E9 */
Test(guard, what_one_level_takes_counts_when_it_ends)
{
	limits.decoded_factor = 0;
	limits.decoded_base = (uint32_t)NODE->sizeof_message + 100 * 4 + 8;
	for (unsigned i = 0; i < 16; i++)
		add_varint_field(4, i);
	ACCEPTED(NODE);
	for (unsigned i = 16; i < 100; i++)
		add_varint_field(4, i);
	ACCEPTED(NODE);
	add_varint_field(4, 100);
	refused_for_its_memory();
}

Test(guard, lists_of_ten_thousand_small_things_pass_by_default)
{
	for (unsigned i = 0; i < 10000; i++)
		test_bytes_add_field(&bytes, 26, "\x08\x02\x10\x04", 4);
	test_bytes_add(&bytes, "\x08\x07\x12\x01x", 5);
	ACCEPTED(EVERYTHING);
	everything();
	for (unsigned i = 0; i < 10000; i++)
		test_bytes_add_text(&bytes, 24, "short");
	ACCEPTED(EVERYTHING);
	everything();
	for (unsigned i = 0; i < 10000; i++)
		add_varint_field(21, 1);
	ACCEPTED(EVERYTHING);
}

Test(guard, a_plain_message_of_proto3_is_accepted)
{
	test_bytes_add_text(&bytes, 1, "name");
	test_bytes_add_field(&bytes, 4, "\1\2\3", 3);
	add_varint_field(4, 4);
	test_bytes_add_field(&bytes, 7, bytes.at, 6);
	ACCEPTED(PLAIN);
	test_bytes_add_field(&bytes, 9, "", 0);
	test_bytes_add_field(&bytes, 9, "", 0);
	REFUSED(PLAIN, "plain: given twice");
}
