/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <errno.h>
#include <payload_test.pb-c.h>
#include <plain_test.pb-c.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_bytes.h>
#include <support/test_demand.h>
#include <support/test_memory.h>
#include <valgrind/valgrind.h>
#include <wire/decode.h>
#include <wire/encode.h>
#include <wire/guard.h>

static struct test_memory memory;
static struct acti_pool pool;
static struct acti_list owner;
static struct acti_limits limits;
static struct acti_refusal refusal;

static void
begin(void)
{
	test_memory_init(&memory);
	acti_pool_init(&pool, &memory.memory);
	acti_list_init(&owner);
	limits = acti_limits_default;
}

static void
end(void)
{
	acti_pool_release_all(&pool, &owner);
	acti_pool_fini(&pool);
	test_demand(memory.live_blocks == 0, "%zu blocks leak", memory.live_blocks);
}

TestSuite(payload, .init = begin, .fini = end);

/* Every field of an Everything, nested once. */
struct sample {
	WireTest__Everything outer, inner;
	WireTest__Point point;
	WireTest__Point *points[20];
	WireTest__Everything__PlacesEntry entry;
	WireTest__Everything__PlacesEntry *places[1];
	ProtobufCBinaryData blobs[2];
	char *names[3];
	int32_t numbers[5];
	int64_t loose[40];
	double doubles[2];
	protobuf_c_boolean flags[3];
	WireTest__Kind kinds[2];
	uint32_t words[3];
};

static void
sample_init(struct sample *sample)
{
	*sample = (struct sample){
		.outer = WIRE_TEST__EVERYTHING__INIT,
		.inner = WIRE_TEST__EVERYTHING__INIT,
		.point = WIRE_TEST__POINT__INIT,
		.entry = WIRE_TEST__EVERYTHING__PLACES_ENTRY__INIT,
		.blobs = { { 3, (uint8_t *)"a\0b" }, { 0, NULL } },
		.names = { "zero", "", "two" },
		.numbers = { 1, -1, 300, INT32_MIN, 0 },
		.doubles = { 0.5, -1e300 },
		.flags = { 1, 0, 1 },
		.kinds = { WIRE_TEST__KIND__NEGATIVE, WIRE_TEST__KIND__FIRST },
		.words = { 1, 2, UINT32_MAX },
	};
	sample->point.has_x = true;
	sample->point.x = -77;
	for (size_t i = 0; i < 20; i++)
		sample->points[i] = &sample->point;
	for (size_t i = 0; i < 40; i++)
		sample->loose[i] = (int64_t)i << i;
	sample->entry.key = "home";
	sample->entry.value = &sample->point;
	sample->places[0] = &sample->entry;
	sample->inner.label = "inside";
	sample->inner.note = "a note";
	sample->inner.choice_case = WIRE_TEST__EVERYTHING__CHOICE_POINT;
	sample->inner.point = &sample->point;

	WireTest__Everything *outer = &sample->outer;

	outer->id = -3;
	outer->label = "outside";
	outer->has_raw = outer->has_kind = outer->has_an_int32 = outer->has_a_sint32 = outer->has_a_uint32 = true;
	outer->has_an_int64 = outer->has_a_sint64 = outer->has_a_uint64 = outer->has_a_fixed32 = true;
	outer->has_a_fixed64 = outer->has_a_float = outer->has_a_double = outer->has_a_bool = true;
	outer->a_uint64 = UINT64_MAX;
	outer->a_sint32 = INT32_MIN;
	outer->n_numbers = 5;
	outer->numbers = sample->numbers;
	outer->n_loose = 40;
	outer->loose = sample->loose;
	outer->n_doubles = 2;
	outer->doubles = sample->doubles;
	outer->n_flags = 3;
	outer->flags = sample->flags;
	outer->n_names = 3;
	outer->names = sample->names;
	outer->n_blobs = 2;
	outer->blobs = sample->blobs;
	outer->n_points = 20;
	outer->points = sample->points;
	outer->n_kinds = 2;
	outer->kinds = sample->kinds;
	outer->n_words = 3;
	outer->words = sample->words;
	outer->n_places = 1;
	outer->places = sample->places;
	outer->place = &sample->point;
	outer->inner = &sample->inner;
	outer->choice_case = WIRE_TEST__EVERYTHING__CHOICE_TEXT;
	outer->text = "chosen";
}

static unsigned char *
pack(const ProtobufCMessage *message, size_t *ret_size)
{
	unsigned char *packed;

	*ret_size = protobuf_c_message_get_packed_size(message);
	packed = malloc(*ret_size + 1);
	cr_assert_eq(protobuf_c_message_pack(message, packed), *ret_size);
	return packed;
}

static int
decode(const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size, void **ret_message)
{
	return acti_payload_decode(&pool, &owner, &limits, descriptor, bytes, size, ret_message, &refusal);
}

Test(payload, every_kind_of_field_arrives)
{
	struct sample sample;
	size_t size, again_size, measured;
	unsigned char *packed, *again;
	void *message;
	const WireTest__Everything *decoded;

	sample_init(&sample);
	cr_assert_eq(acti_payload_measure(&limits, &sample.outer.base, &measured, &refusal), 0, "%s", refusal.text);
	packed = pack(&sample.outer.base, &size);
	cr_assert_eq(measured, size);
	cr_assert_eq(decode(&wire_test__everything__descriptor, packed, size, &message), 0, "%s", refusal.text);
	decoded = message;
	cr_assert_eq(decoded->id, -3);
	cr_assert_eq(decoded->n_loose, 40);
	cr_assert_eq(decoded->loose[39], INT64_C(39) << 39);
	cr_assert_str_eq(decoded->names[2], "two");
	cr_assert_str_eq(decoded->places[0]->key, "home");
	cr_assert_str_eq(decoded->text, "chosen");
	cr_assert_eq(decoded->inner->point->x, -77);
	again = pack(&decoded->base, &again_size);
	cr_assert_eq(again_size, size);
	cr_assert_arr_eq(again, packed, size);
	free(packed);
	free(again);
}

Test(payload, a_message_is_one_block)
{
	struct sample sample;
	size_t size;
	unsigned char *packed;
	void *message;

	sample_init(&sample);
	packed = pack(&sample.outer.base, &size);
	cr_assert_eq(decode(&wire_test__everything__descriptor, packed, size, &message), 0);
	acti_pool_release(&pool, message);
	cr_assert(acti_list_is_empty(&owner));
	free(packed);
}

Test(payload, defaults_are_there_when_fields_are_not)
{
	void *message;
	const WireTest__Everything *decoded;

	cr_assert_eq(decode(&wire_test__everything__descriptor, "\x08\x07\x12\x01x", 5, &message), 0);
	decoded = message;
	cr_assert_str_eq(decoded->note, "none");
	cr_assert_eq(decoded->an_int32, -7);
	cr_assert_not(decoded->has_an_int32);
	cr_assert_eq(decoded->raw.len, 2);
}

Test(payload, an_empty_payload_is_an_empty_message)
{
	void *message;

	cr_assert_eq(decode(&wire_test__plain__descriptor, NULL, 0, &message), 0);
	cr_assert_str_eq(((WireTest__Plain *)message)->name, "");
}

Test(payload, unknown_fields_are_kept)
{
	void *message;

	cr_assert_eq(decode(&wire_test__point__descriptor, "\x08\x02\x1a\x03xyz", 7, &message), 0);
	cr_assert_eq(((ProtobufCMessage *)message)->n_unknown_fields, 1);
	cr_assert_eq(((ProtobufCMessage *)message)->unknown_fields[0].tag, 3);
}

Test(payload, what_is_refused_takes_no_memory)
{
	void *message = &memory;

	cr_assert_eq(decode(&wire_test__point__descriptor, "\x08", 1, &message), -EBADMSG);
	cr_assert_str_eq(refusal.text, "x: malformed number");
	cr_assert_eq(message, &memory);
	cr_assert(acti_list_is_empty(&owner));
}

/* robustness: D1 */
Test(payload, spent_memory_is_told_from_a_refusal)
{
	void *message;

	memory.allocations_left = 0;
	cr_assert_eq(decode(&wire_test__point__descriptor, "\x08\x02", 2, &message), -ENOMEM);
}

Test(payload, many_members_and_many_fields_stay_within_the_bound)
{
	struct test_bytes bytes = { 0 };
	void *message;

	for (unsigned count = 0; count < 3000; count++) {
		if (count % 37 == 0 || (count & (count - 1)) == 0)
			cr_assert_eq(decode(&wire_test__node__descriptor, bytes.at, bytes.size, &message), 0, "%u: %s",
			             count, refusal.text);
		test_bytes_add(&bytes, "\x20\x01", 2);
	}
	bytes.size = 0;
	for (uint32_t number = 1; number < 140; number++) {
		test_bytes_add_tag(&bytes, number, 0);
		test_bytes_add_varint(&bytes, number);
	}
	test_bytes_add_field(&bytes, 140, "", 0);
	cr_assert_eq(decode(&wire_test__wide__descriptor, bytes.at, bytes.size, &message), 0, "%s", refusal.text);
	cr_assert_eq(((WireTest__Wide *)message)->field_139, 139);
	test_bytes_fini(&bytes);
}

Test(payload, a_list_of_ten_thousand_messages_is_decoded)
{
	struct test_bytes bytes = { 0 };
	void *message;

	for (unsigned i = 0; i < 10000; i++)
		test_bytes_add(&bytes, "\x12\x00", 2);
	cr_assert_eq(decode(&wire_test__node__descriptor, bytes.at, bytes.size, &message), 0, "%s", refusal.text);
	cr_assert_eq(((WireTest__Node *)message)->n_children, 10000);
	test_bytes_fini(&bytes);
}

/*
 * Mutants: whatever the guard lets through is decoded, within the bound, and what comes of it packs to something that
 * the guard lets through again.
 */

#define MUTANTS (RUNNING_ON_VALGRIND ? 20000U : 300000U)
#define CORPUS_SIZE 6
#define MUTANT_SIZE_MAX 4096

struct corpus_item {
	const ProtobufCMessageDescriptor *descriptor;
	unsigned char *bytes;
	size_t size;
};

static struct corpus_item corpus[CORPUS_SIZE];

static void
corpus_add(size_t index, const ProtobufCMessage *message)
{
	corpus[index].descriptor = message->descriptor;
	corpus[index].bytes = pack(message, &corpus[index].size);
}

static void
corpus_fill(void)
{
	static int32_t values[] = { 1, -2, 3 };
	struct sample sample;
	WireTest__Node nodes[4] = { WIRE_TEST__NODE__INIT, WIRE_TEST__NODE__INIT, WIRE_TEST__NODE__INIT,
		                    WIRE_TEST__NODE__INIT };
	WireTest__Node *children[] = { &nodes[2], &nodes[3] };
	WireTest__Plain plains[2] = { WIRE_TEST__PLAIN__INIT, WIRE_TEST__PLAIN__INIT };
	WireTest__Plain *list[] = { &plains[1], &plains[1] };
	WireTest__Wide wide = WIRE_TEST__WIDE__INIT;

	sample_init(&sample);
	corpus_add(0, &sample.outer.base);
	corpus_add(1, &sample.inner.base);
	nodes[0].child = &nodes[1];
	nodes[1].n_children = 2;
	nodes[1].children = children;
	nodes[2].n_values = 3;
	nodes[2].values = values;
	nodes[3].has_value = true;
	corpus_add(2, &nodes[0].base);
	plains[0].name = "plain";
	plains[0].n_plains = 2;
	plains[0].plains = list;
	plains[0].choice_case = WIRE_TEST__PLAIN__CHOICE_PLAIN;
	plains[0].plain = &plains[1];
	plains[1].n_numbers = 3;
	plains[1].numbers = values;
	plains[1].choice_case = WIRE_TEST__PLAIN__CHOICE_TEXT;
	plains[1].text = "gr\xc3\xbc\xc3\x9f";
	corpus_add(3, &plains[0].base);
	wide.last = &sample.point;
	wide.has_field_1 = wide.has_field_70 = wide.has_field_139 = true;
	corpus_add(4, &wide.base);
	corpus_add(5, &sample.point.base);
}

static void
corpus_empty(void)
{
	for (size_t i = 0; i < CORPUS_SIZE; i++)
		free(corpus[i].bytes);
}

/* Makes room at `at` for `count` bytes, as far as there is some; gives how many. */
static size_t
insert(unsigned char *bytes, size_t *size, size_t at, size_t count)
{
	if (*size + count > MUTANT_SIZE_MAX)
		return 0;
	memmove(bytes + at + count, bytes + at, *size - at);
	*size += count;
	return count;
}

static void
mutate(uint64_t *state, unsigned char *bytes, size_t *size)
{
	static const unsigned char interesting[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0x08, 0x0a, 0x12, 0x1a, 0x22 };
	size_t at = *size > 0 ? test_random(state) % *size : 0;
	size_t length = *size > at ? test_random(state) % (*size - at < 24 ? *size - at : 24) : 0;
	unsigned char piece[24];

	switch (test_random(state) % 7) {
	case 0:
		if (*size > 0)
			bytes[at] ^= (unsigned char)(1U << test_random(state) % 8);
		break;
	case 1:
		if (*size > 0)
			bytes[at] = interesting[test_random(state) % sizeof interesting];
		break;
	case 2:
		*size = at;
		break;
	case 3:
		memmove(bytes + at, bytes + at + length, *size - at - length);
		*size -= length;
		break;
	case 4:
		memcpy(piece, bytes + at, length);
		at = *size > 0 ? test_random(state) % (*size + 1) : 0;
		if (insert(bytes, size, at, length) > 0)
			memcpy(bytes + at, piece, length);
		break;
	case 5:
		if (insert(bytes, size, at, 1) > 0)
			bytes[at] = (unsigned char)test_random(state);
		break;
	default:
		if (*size > 0)
			bytes[at] = (unsigned char)(bytes[at] + test_random(state) % 5 - 2);
		break;
	}
}

/* true: the guard let it through. */
static bool
check_mutant(const ProtobufCMessageDescriptor *descriptor, const unsigned char *bytes, size_t size, uint64_t mutant)
{
	void *message, *again;
	unsigned char *packed;
	size_t packed_size, decoded_size;

	if (acti_payload_guard(&limits, descriptor, bytes, size, &decoded_size, &refusal) != 0)
		return false;
	cr_assert_leq(decoded_size, 4 * size + limits.decoded_base);
	cr_assert_eq(decode(descriptor, bytes, size, &message), 0, "mutant %lu: %s", (unsigned long)mutant,
	             refusal.text);
	cr_assert_eq(acti_payload_measure(&limits, message, &packed_size, &refusal), 0, "mutant %lu: %s",
	             (unsigned long)mutant, refusal.text);
	packed = pack(message, &packed_size);
	cr_assert_eq(decode(descriptor, packed, packed_size, &again), 0, "mutant %lu: %s", (unsigned long)mutant,
	             refusal.text);
	free(packed);
	acti_pool_release_all(&pool, &owner);
	return true;
}

/* robustness: E5, E17 */
Test(payload, whatever_the_guard_lets_through_decodes_within_the_bound)
{
	uint64_t state = 20261123;
	size_t accepted = 0;

	corpus_fill();
	for (uint64_t mutant = 0; mutant < MUTANTS; mutant++) {
		const struct corpus_item *item = &corpus[test_random(&state) % CORPUS_SIZE];
		unsigned char bytes[MUTANT_SIZE_MAX];
		unsigned char *exact;
		size_t size = item->size;
		size_t rounds = 1 + test_random(&state) % 4;

		memcpy(bytes, item->bytes, size);
		for (size_t i = 0; i < rounds; i++)
			mutate(&state, bytes, &size);
		exact = malloc(size + (size == 0)); /* a byte read beyond it is seen */
		memcpy(exact, bytes, size);
		accepted += check_mutant(item->descriptor, exact, size, mutant);
		free(exact);
	}
	cr_assert_gt(accepted, MUTANTS / 20, "only %zu of them pass: the test shows little", accepted);
	cr_assert_lt(accepted, MUTANTS / 2);
	corpus_empty();
}

/* robustness: A, C */
Test(payload, bytes_at_random_never_break_the_decoder)
{
	uint64_t state = 4;

	for (unsigned i = 0; i < MUTANTS / 3; i++) {
		unsigned char bytes[64];
		size_t size = test_random(&state) % sizeof bytes;

		for (size_t at = 0; at < size; at++)
			bytes[at] = (unsigned char)(test_random(&state) & (test_random(&state) % 2 == 0 ? 0x3f : 0xff));
		(void)check_mutant(&wire_test__everything__descriptor, bytes, size, i);
		(void)check_mutant(&wire_test__node__descriptor, bytes, size, i);
		(void)check_mutant(&wire_test__plain__descriptor, bytes, size, i);
	}
}
