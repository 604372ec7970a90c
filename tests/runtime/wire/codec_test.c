/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The codec against its references: the guard, which says what may be decoded and why not, and protobuf-c, which says
 * what comes of it and how it packs again.  The types are made at random, as well as the bytes.
 */
#include <actor/base.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_bytes.h>
#include <support/test_demand.h>
#include <support/test_memory.h>
#include <valgrind/valgrind.h>
#include <wire/decode.h>
#include <wire/encode.h>
#include <wire/field.h>
#include <wire/guard.h>

#define TYPE_SETS (RUNNING_ON_VALGRIND ? 40U : 1500U)
#define MESSAGES_EACH 200U
#define TYPES 5
#define FIELDS_MAX 12
#define WIDE_FIELDS 90 /* of the last type: more than a word of the decoder's bits */
#define MEMBER_SIZE 16

static uint64_t state;

static uint32_t
pick(uint32_t count)
{
	return (uint32_t)(test_random(&state) % count);
}

static bool
once_in(uint32_t count)
{
	return pick(count) == 0;
}

/* ---- types ---- */

struct type {
	ProtobufCMessageDescriptor descriptor;
	ProtobufCFieldDescriptor fields[WIDE_FIELDS];
	ProtobufCIntRange ranges[WIDE_FIELDS + 1];
};

static struct type types[TYPES];

static const uint64_t default_number = UINT64_C(0x4008000000000003);
static const ProtobufCBinaryData default_bytes = { 3, (uint8_t *)"abc" };

static const void *
default_of(ProtobufCType type)
{
	if (type == PROTOBUF_C_TYPE_MESSAGE || once_in(2))
		return NULL;
	return type == PROTOBUF_C_TYPE_STRING  ? (const void *)"unnamed"
	       : type == PROTOBUF_C_TYPE_BYTES ? (const void *)&default_bytes
	                                       : (const void *)&default_number;
}

/*
 * Every member has MEMBER_SIZE bytes, and its quantifier 8 before them; a oneof is one member and one case for all of
 * them, at the start.
 */
static void
make_field(ProtobufCFieldDescriptor *field, unsigned index, uint32_t id)
{
	static const ProtobufCLabel labels[] = { PROTOBUF_C_LABEL_REQUIRED, PROTOBUF_C_LABEL_OPTIONAL,
		                                 PROTOBUF_C_LABEL_OPTIONAL, PROTOBUF_C_LABEL_REPEATED,
		                                 PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_LABEL_NONE,
		                                 PROTOBUF_C_LABEL_NONE,     PROTOBUF_C_LABEL_NONE };
	unsigned offset = (unsigned)sizeof(ProtobufCMessage) + (index + 1) * (8 + MEMBER_SIZE);

	*field = (ProtobufCFieldDescriptor){
		.name = "field",
		.id = id,
		.label = labels[once_in(8) ? 0 : 1 + pick((uint32_t)ACTOR_COUNT(labels) - 1)],
		.type = (ProtobufCType)pick(PROTOBUF_C_TYPE_MESSAGE + 1),
		.quantifier_offset = offset,
		.offset = offset + 8,
	};
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		field->flags = acti_is_packable(field->type) && once_in(2) ? PROTOBUF_C_FIELD_FLAG_PACKED : 0;
	} else if (field->label != PROTOBUF_C_LABEL_REQUIRED && once_in(4)) {
		field->flags = PROTOBUF_C_FIELD_FLAG_ONEOF;
		field->quantifier_offset = (unsigned)sizeof(ProtobufCMessage);
		field->offset = field->quantifier_offset + 8;
	} else if (field->label != PROTOBUF_C_LABEL_OPTIONAL || field->type == PROTOBUF_C_TYPE_STRING ||
	           field->type == PROTOBUF_C_TYPE_MESSAGE) {
		field->quantifier_offset = 0;
	}
	if (field->label != PROTOBUF_C_LABEL_REPEATED && field->flags == 0)
		field->default_value = default_of(field->type);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		field->descriptor = &types[pick(TYPES)].descriptor;
}

static void
make_type(struct type *type, unsigned field_count)
{
	ProtobufCMessageDescriptor *descriptor = &type->descriptor;
	uint32_t id = 0;

	*descriptor = (ProtobufCMessageDescriptor){
		.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
		.name = "Random",
		.sizeof_message = sizeof(ProtobufCMessage) + (field_count + 1) * (8 + MEMBER_SIZE),
		.n_fields = field_count,
		.fields = field_count > 0 ? type->fields : NULL,
		.field_ranges = type->ranges,
	};
	for (unsigned i = 0; i < field_count; i++) {
		uint32_t step = once_in(20) ? 2 + pick(5000000) : once_in(4) ? 2 + pick(20) : 1;

		if (i == 0 || step > 1)
			type->ranges[descriptor->n_field_ranges++] =
			    (ProtobufCIntRange){ .start_value = (int)(id + step), .orig_index = i };
		id += step;
		make_field(&type->fields[i], i, id);
	}
	type->ranges[descriptor->n_field_ranges] = (ProtobufCIntRange){ .start_value = 0, .orig_index = field_count };
}

static void
make_types(void)
{
	for (unsigned i = 0; i < TYPES; i++)
		make_type(&types[i], i == TYPES - 1 ? WIDE_FIELDS : pick(FIELDS_MAX));
}

/* ---- bytes ---- */

static void
add_varint(struct test_bytes *bytes, uint64_t value)
{
	size_t size = bytes->size;

	test_bytes_add_varint(bytes, value);
	if (once_in(30))
		for (unsigned padding = 1 + pick(6); padding > 0 && bytes->size - size < 9; padding--) {
			bytes->at[bytes->size - 1] |= 0x80;
			test_bytes_add_byte(bytes, 0);
		}
}

static uint64_t
number(void)
{
	uint64_t value = test_random(&state) >> pick(64);

	switch (pick(6)) {
	case 0:
		return value;
	case 1:
		return (uint64_t)(int64_t)(int32_t)value;
	case 2:
		return pick(2);
	default:
		return value & 0x7fffffff;
	}
}

static void
add_number(struct test_bytes *bytes, unsigned wire_type)
{
	uint64_t value = once_in(10) ? UINT64_C(0x8000000000000000) : once_in(5) ? 0 : test_random(&state);

	if (wire_type == PROTOBUF_C_WIRE_TYPE_VARINT)
		add_varint(bytes, number());
	else
		test_bytes_add(bytes, &value, wire_type == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4);
}

static void
add_text(struct test_bytes *bytes)
{
	static const char *const pieces[] = {
		"", "a", "text of a length", "gr\xc3\xbc\xc3\x9f", "\xf0\x9f\x90\x99", "z"
	};

	for (unsigned count = pick(4); count > 0; count--) {
		const char *piece = pieces[pick((uint32_t)ACTOR_COUNT(pieces))];

		test_bytes_add(bytes, piece, strlen(piece));
	}
	if (once_in(300))
		test_bytes_add(bytes, once_in(2) ? "\xc0" : "\0", 1);
}

static void add_message(struct test_bytes *bytes, const ProtobufCMessageDescriptor *descriptor, unsigned depth);

static void
add_field(struct test_bytes *bytes, const ProtobufCFieldDescriptor *field, unsigned depth)
{
	unsigned wire_type = acti_wire_type_of(field->type);
	bool packed = field->label == PROTOBUF_C_LABEL_REPEATED && acti_is_packable(field->type) && once_in(2);
	struct test_bytes inner = { 0 };

	if (once_in(500))
		wire_type = pick(8);
	if (wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && !packed) {
		add_varint(bytes, (uint64_t)field->id << 3 | wire_type);
		add_number(bytes, wire_type);
		return;
	}
	if (packed)
		for (unsigned count = pick(6); count > 0; count--)
			add_number(&inner, wire_type);
	else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		add_message(&inner, field->descriptor, depth + 1);
	else
		add_text(&inner);
	test_bytes_add_tag(bytes, field->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
	add_varint(bytes, inner.size + (once_in(1000) ? 1 : 0));
	test_bytes_add(bytes, inner.at, inner.size);
	test_bytes_fini(&inner);
}

static void
add_unknown(struct test_bytes *bytes)
{
	test_bytes_add_tag(bytes, 1 + pick(40000), pick(20) == 0 ? 3 : 0);
	add_varint(bytes, number());
}

static void
add_message(struct test_bytes *bytes, const ProtobufCMessageDescriptor *descriptor, unsigned depth)
{
	for (unsigned i = 0; i < descriptor->n_fields; i++)
		if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED && !once_in(100) && depth < 7)
			add_field(bytes, &descriptor->fields[i], depth);
	for (unsigned count = depth > 4 ? pick(2) : pick(10); count > 0 && descriptor->n_fields > 0; count--) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[pick(descriptor->n_fields)];

		/* A sub-message that comes twice ends the matter, so it seldom does. */
		if (field->type != PROTOBUF_C_TYPE_MESSAGE || (depth < 6 && once_in(3)))
			add_field(bytes, field, depth);
	}
	if (once_in(8))
		add_unknown(bytes);
}

static void
spoil(struct test_bytes *bytes)
{
	if (bytes->size == 0)
		return;
	switch (pick(3)) {
	case 0:
		bytes->size = pick((uint32_t)bytes->size);
		break;
	case 1:
		bytes->at[pick((uint32_t)bytes->size)] ^= (unsigned char)(1U << pick(8));
		break;
	default:
		bytes->at[pick((uint32_t)bytes->size)] = (unsigned char)pick(256);
		break;
	}
}

/* ---- what comes of them ---- */

static bool same_message(const ProtobufCMessage *one, const ProtobufCMessage *other);

static bool
same_text(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool
same_value(const ProtobufCFieldDescriptor *field, const void *one, const void *other)
{
	const ProtobufCBinaryData *bytes = one, *other_bytes = other;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return same_text(*(const char *const *)one, *(const char *const *)other);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes->len == other_bytes->len && (bytes->data == NULL) == (other_bytes->data == NULL) &&
		       (bytes->len == 0 || memcmp(bytes->data, other_bytes->data, bytes->len) == 0);
	case PROTOBUF_C_TYPE_MESSAGE:
		return same_message(*(const ProtobufCMessage *const *)one, *(const ProtobufCMessage *const *)other);
	default:
		return memcmp(one, other, acti_element_size(field->type)) == 0;
	}
}

static bool
same_array(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *one, const ProtobufCMessage *other)
{
	size_t count = *(const size_t *)acti_member_of(one, field->quantifier_offset);
	const char *array = *(const char *const *)acti_member_of(one, field->offset);
	const char *other_array = *(const char *const *)acti_member_of(other, field->offset);
	size_t each = acti_element_size(field->type);

	if (count != *(const size_t *)acti_member_of(other, field->quantifier_offset))
		return false;
	if (count == 0)
		return array == NULL && other_array == NULL;
	for (size_t i = 0; i < count; i++)
		if (!same_value(field, array + i * each, other_array + i * each))
			return false;
	return true;
}

static bool
same_field(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *one, const ProtobufCMessage *other)
{
	const uint32_t *quantifier = acti_member_of(one, field->quantifier_offset);
	const uint32_t *other_quantifier = acti_member_of(other, field->quantifier_offset);

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return same_array(field, one, other);
	if (field->quantifier_offset != 0 && *quantifier != *other_quantifier)
		return false;
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *quantifier != field->id)
		return true;
	return same_value(field, acti_member_of(one, field->offset), acti_member_of(other, field->offset));
}

static bool
same_message(const ProtobufCMessage *one, const ProtobufCMessage *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	if (one->descriptor != other->descriptor || one->n_unknown_fields != other->n_unknown_fields)
		return false;
	for (unsigned i = 0; i < one->n_unknown_fields; i++) {
		const ProtobufCMessageUnknownField *field = &one->unknown_fields[i], *same = &other->unknown_fields[i];

		if (field->tag != same->tag || field->wire_type != same->wire_type || field->len != same->len ||
		    memcmp(field->data, same->data, field->len) != 0)
			return false;
	}
	for (unsigned i = 0; i < one->descriptor->n_fields; i++)
		if (!same_field(&one->descriptor->fields[i], one, other))
			return false;
	return true;
}

static void
check_packing(const ProtobufCMessage *message, const char *where)
{
	struct acti_limits wide = acti_limits_default;
	struct acti_refusal refusal;
	size_t size;
	unsigned char *packed, *wanted;

	wide.elements_max = UINT32_MAX;
	test_demand(acti_payload_measure(&wide, message, &size, &refusal) == 0, "%s: %s", where, refusal.text);
	test_demand(size == protobuf_c_message_get_packed_size(message), "%s: %zu bytes", where, size);
	packed = malloc(size + 1);
	wanted = malloc(size + 1);
	acti_payload_pack(message, packed, size);
	protobuf_c_message_pack(message, wanted);
	test_demand(memcmp(packed, wanted, size) == 0, "%s: packed otherwise", where);
	free(packed);
	free(wanted);
}

static struct test_memory memory;
static struct acti_pool pool;
static struct acti_list owner;

static void
check_accepted(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
               size_t size, size_t room_size, const ProtobufCMessage *message, const char *where)
{
	ProtobufCMessage *wanted = protobuf_c_message_unpack(descriptor, NULL, size, bytes);
	void *room = malloc(room_size);

	test_demand(wanted != NULL, "%s: protobuf-c refuses it", where);
	test_demand(same_message(message, wanted), "%s: it is decoded otherwise", where);
	test_demand(acti_decode(limits, descriptor, bytes, size, room, room_size, false), "%s: the room is too small",
	            where);
	test_demand(same_message(room, wanted), "%s: in its own room it is decoded otherwise", where);
	check_packing(room, where);
	test_demand(acti_decode(limits, descriptor, bytes, size, room, room_size, true),
	            "%s: the room is too small for it in place", where);
	test_demand(same_message(room, wanted), "%s: in place it is decoded otherwise", where);
	protobuf_c_message_free_unpacked(wanted, NULL);
	free(room);
}

/* true: it was accepted. */
static bool
check(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size,
      const char *where)
{
	struct acti_refusal wanted = { "" }, refusal = { "" };
	size_t room_size;
	void *message;
	int wanted_rc = acti_payload_guard(limits, descriptor, bytes, size, &room_size, &wanted);
	int rc = acti_payload_decode(&pool, &owner, limits, descriptor, bytes, size, &message, &refusal);

	test_demand(rc == wanted_rc, "%s: %d (%s) instead of %d (%s)", where, rc, refusal.text, wanted_rc, wanted.text);
	if (rc == 0)
		check_accepted(limits, descriptor, bytes, size, acti_rounded(room_size), message, where);
	else
		test_demand(strcmp(refusal.text, wanted.text) == 0, "%s: %s instead of %s", where, refusal.text,
		            wanted.text);
	acti_pool_release_all(&pool, &owner);
	return rc == 0;
}

static void
turn_knobs(struct acti_limits *limits)
{
	*limits = acti_limits_default;
	if (once_in(10))
		limits->depth_max = 1 + pick(6);
	if (once_in(10))
		limits->elements_max = pick(30);
	if (once_in(10))
		limits->unknown_max = pick(3);
	if (once_in(5)) {
		limits->decoded_factor = pick(3);
		limits->decoded_base = pick(1500);
	}
}

/* robustness: D, E5, E9, E17 */
Test(codec, does_what_the_guard_and_protobuf_c_do)
{
	size_t accepted = 0, total = 0;

	state = 20261123;
	test_memory_init(&memory);
	acti_pool_init(&pool, &memory.memory);
	acti_list_init(&owner);
	for (unsigned set = 0; set < TYPE_SETS; set++) {
		make_types();
		for (unsigned i = 0; i < MESSAGES_EACH; i++) {
			const ProtobufCMessageDescriptor *descriptor = &types[pick(TYPES)].descriptor;
			struct test_bytes bytes = { 0 };
			struct acti_limits limits;
			unsigned char *exact;
			char where[64];

			turn_knobs(&limits);
			add_message(&bytes, descriptor, 0);
			if (once_in(6))
				spoil(&bytes);
			snprintf(where, sizeof where, "set %u, message %u", set, i);
			exact = malloc(bytes.size + (bytes.size == 0)); /* a byte read beyond it is seen */
			if (bytes.size > 0)
				memcpy(exact, bytes.at, bytes.size);
			accepted += check(&limits, descriptor, exact, bytes.size, where);
			total++;
			free(exact);
			test_bytes_fini(&bytes);
		}
	}
	acti_pool_fini(&pool);
	test_demand(memory.live_blocks == 0, "%zu blocks leak", memory.live_blocks);
	cr_assert_gt(accepted, total / 4, "only %zu of %zu pass: the test shows little", accepted, total);
	cr_assert_lt(accepted, total - total / 10);
}
