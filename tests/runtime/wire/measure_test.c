/* SPDX-License-Identifier: BSD-2-Clause */
#include <actor/base.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <payload_test.pb-c.h>
#include <plain_test.pb-c.h>
#include <string.h>
#include <wire/encode.h>

static struct acti_limits limits;
static struct acti_refusal refusal;
static size_t size;
static WireTest__Everything everything;
static WireTest__Plain plain;
static WireTest__Node nodes[70];

static void
begin(void)
{
	limits = acti_limits_default;
	everything = (WireTest__Everything)WIRE_TEST__EVERYTHING__INIT;
	plain = (WireTest__Plain)WIRE_TEST__PLAIN__INIT;
	for (size_t i = 0; i < 70; i++)
		nodes[i] = (WireTest__Node)WIRE_TEST__NODE__INIT;
}

TestSuite(measure, .init = begin);

#define ACCEPTED(message) \
	cr_assert_eq(acti_payload_measure(&limits, &(message).base, &size, &refusal), 0, "%s", refusal.text)
#define REFUSED(message, why)                                                                            \
	do {                                                                                             \
		cr_assert_eq(acti_payload_measure(&limits, &(message).base, &size, &refusal), -EBADMSG); \
		cr_assert_str_eq(refusal.text, why);                                                     \
	} while (0)

Test(measure, gives_the_packed_size)
{
	unsigned char packed[64];

	plain.name = "name";
	plain.number = 300;
	ACCEPTED(plain);
	cr_assert_eq(size, 9);
	cr_assert_eq(wire_test__plain__pack(&plain, packed), size);
}

Test(measure, a_null_string_or_sub_message_is_an_absent_one)
{
	unsigned char packed[64];

	plain.name = NULL;
	plain.inner = NULL;
	ACCEPTED(plain);
	cr_assert_eq(size, 0);
	cr_assert_eq(wire_test__plain__pack(&plain, packed), 0);
	everything.note = NULL;
	ACCEPTED(everything);
}

Test(measure, a_required_string_must_be_there)
{
	everything.label = NULL;
	REFUSED(everything, "label: expected a value, got NULL");
}

Test(measure, a_required_sub_message_must_be_there)
{
	WireTest__Wide wide = WIRE_TEST__WIDE__INIT;
	WireTest__Point point = WIRE_TEST__POINT__INIT;

	REFUSED(wide, "last: expected a value, got NULL");
	wide.last = &point;
	ACCEPTED(wide);
}

Test(measure, repeated_fields_need_their_array_and_each_element)
{
	char *names[] = { "a", NULL };
	WireTest__Plain *plains[] = { &plain, NULL };
	WireTest__Plain outer = WIRE_TEST__PLAIN__INIT;
	ProtobufCBinaryData blobs[] = { { 0, NULL }, { 1, NULL } };

	plain.n_numbers = 3;
	REFUSED(plain, "numbers[0]: expected a value, got NULL");
	plain.n_numbers = 0;
	plain.n_names = 2;
	plain.names = names;
	REFUSED(plain, "names[1]: expected a value, got NULL");
	plain.n_names = 1;
	ACCEPTED(plain);
	outer.n_plains = 2;
	outer.plains = plains;
	REFUSED(outer, "plains[1]: expected a value, got NULL");
	everything.n_blobs = 2;
	everything.blobs = blobs;
	REFUSED(everything, "blobs[1]: expected a value, got NULL");
	everything.n_blobs = 1;
	ACCEPTED(everything);
}

Test(measure, strings_are_utf8_wherever_they_are)
{
	char *names[] = { "fine", "\xff" };
	WireTest__Plain outer = WIRE_TEST__PLAIN__INIT;

	plain.n_names = 2;
	plain.names = names;
	outer.inner = &plain;
	REFUSED(outer, "inner.names[1]: expected UTF-8 without NUL, got the byte 0xff at 0");
	everything.note = "fine\xc0\x80";
	REFUSED(everything, "note: expected UTF-8 without NUL, got the byte 0xc0 at 4");
}

Test(measure, bytes_need_their_data_when_they_are_given)
{
	everything.raw = (ProtobufCBinaryData){ 3, NULL };
	ACCEPTED(everything);
	everything.has_raw = true;
	REFUSED(everything, "raw: expected a value, got NULL");
	plain.raw.len = 2;
	REFUSED(plain, "raw: expected a value, got NULL");
}

Test(measure, the_chosen_member_of_a_oneof_must_be_there)
{
	plain.choice_case = WIRE_TEST__PLAIN__CHOICE_TEXT;
	plain.text = NULL;
	REFUSED(plain, "text: expected a value, got NULL");
	plain.choice_case = WIRE_TEST__PLAIN__CHOICE_PLAIN;
	REFUSED(plain, "plain: expected a value, got NULL");
	plain.choice_case = WIRE_TEST__PLAIN__CHOICE__NOT_SET;
	ACCEPTED(plain);
	everything.choice_case = WIRE_TEST__EVERYTHING__CHOICE_NUMBER;
	everything.number = -1;
	ACCEPTED(everything);
}

Test(measure, a_struct_of_another_type_or_none_is_refused)
{
	WireTest__Plain zeroed = { 0 };
	WireTest__Plain outer = WIRE_TEST__PLAIN__INIT;

	REFUSED(zeroed, "expected a message, got one that is not initialised");
	outer.inner = &zeroed;
	REFUSED(outer, "inner: expected a wire_test.Plain, got another type, or none");
	outer.inner = (WireTest__Plain *)&nodes[0];
	REFUSED(outer, "inner: expected a wire_test.Plain, got another type, or none");
}

Test(measure, nesting_beyond_the_limit_is_refused_and_so_is_a_ring)
{
	for (size_t i = 0; i < 31; i++)
		nodes[i].child = &nodes[i + 1];
	ACCEPTED(nodes[0]);
	nodes[31].child = &nodes[32];
	cr_assert_eq(acti_payload_measure(&limits, &nodes[0].base, &size, &refusal), -EBADMSG);
	cr_assert_not_null(strstr(refusal.text, " levels, got more"));
	nodes[31].child = &nodes[0];
	limits.depth_max = UINT32_MAX;
	cr_assert_eq(acti_payload_measure(&limits, &nodes[0].base, &size, &refusal), -EBADMSG);
	cr_assert_not_null(strstr(refusal.text, " levels, got more"));
}

Test(measure, repeated_elements_are_counted_to_the_limit)
{
	int32_t values[5] = { 1, 2, 3, 4, 5 };

	limits.elements_max = 5;
	nodes[0].n_values = 5;
	nodes[0].values = values;
	ACCEPTED(nodes[0]);
	nodes[1].child = &nodes[0];
	nodes[1].n_values = 1;
	nodes[1].values = values;
	REFUSED(nodes[1], "values[0]: expected at most 5 elements, got more");
}

Test(measure, a_message_above_the_size_limit_is_refused)
{
	plain.name = "12345678";
	limits.message_size_max = 10;
	ACCEPTED(plain);
	limits.message_size_max = 9;
	REFUSED(plain, "expected at most 9 bytes, got 10");
}

/* ---- in pieces ---- */

/* As a socket would. */
static void
gather(unsigned char *to, const unsigned char *from, size_t part, const struct acti_holes *holes)
{
	struct acti_piece pieces[ACTI_HOLE_PIECES_MAX];
	size_t count = acti_payload_pieces(from, part, holes, pieces);

	for (size_t i = 0; i < count; to += pieces[i].size, i++) {
		cr_assert_gt(pieces[i].size, 0);
		memcpy(to, pieces[i].bytes, pieces[i].size);
	}
}

/* Lengths from none to several fragments, at both sides of what makes a hole; more than there are holes for. */
Test(measure, a_message_that_is_copied_in_pieces_is_the_packed_one)
{
	static const size_t lengths[] = { 200000, 0, ACTI_HOLE_MIN - 1, ACTI_HOLE_MIN, 7, ACTI_HOLE_MIN + 1, 65536 };
	static const size_t pieces[] = { 1, 100, 4096, 65536, 1u << 20 };
	static unsigned char bytes[200000], packed[1u << 20], around[1u << 20], copied[1u << 20];
	WireTest__Plain inner[20], *list[20];
	struct acti_holes holes;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 31 ^ i >> 8);
	for (size_t i = 0; i < 20; i++) {
		inner[i] = (WireTest__Plain)WIRE_TEST__PLAIN__INIT;
		inner[i].number = (int32_t)i;
		inner[i].raw = (ProtobufCBinaryData){ lengths[i % ACTOR_COUNT(lengths)], bytes };
		list[i] = &inner[i];
	}
	plain.name = "first";
	plain.n_plains = 20;
	plain.plains = list;
	ACCEPTED(plain);
	acti_payload_pack(&plain.base, packed, size);
	acti_payload_pack_around(&plain.base, around, size, &holes);
	cr_assert_eq(holes.count, ACTI_HOLES_MAX);
	for (size_t i = 0; i < ACTOR_COUNT(pieces); i++) {
		memset(copied, 0xee, sizeof copied);
		for (size_t at = 0; at < size; at += pieces[i])
			gather(copied + at, around + at, size - at < pieces[i] ? size - at : pieces[i], &holes);
		cr_assert_eq(memcmp(copied, packed, size), 0, "in pieces of %zu", pieces[i]);
		cr_assert_eq(copied[size], 0xee);
	}
}
