/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The decoder: protobuf-c's structs from the wire bytes, in one walk along the descriptor, into memory that is there
 * already.  It keeps all the rules of the guard (guard.c has the list), and stops where one is broken; to say which,
 * and where, is left to the guard.  So it never has to look back.
 *
 * Arrays are made when the first element of any of them comes: what is left of the message is then skimmed once, to
 * count the elements of each field and the unknown fields, in the counters of the message itself.  Nested messages
 * are stepped over in that, so each field of the whole is skimmed once and decoded once.
 *
 * It recurses along with the bytes, but no deeper than ACTI_DEPTH_CEILING, in frames of a few words.
 */

#include <string.h>
#include <wire/bytes.h>
#include <wire/decode.h>
#include <wire/varint.h>

#define SMALL_SIZE_MAX 1024
#define ROOM_FACTOR 4 /* a string of 2 bytes on the wire takes 8, and so does a small number in an array */

struct decoder {
	unsigned char *at, *end; /* the room that is left */
	size_t slack;            /* what the guard counts for arrays beyond what they take */
	uint32_t elements_left, unknown_left;
	size_t depth_left;
	bool in_place;             /* long blocks of bytes stay where they are */
	uint64_t *seen, *seen_end; /* the words that no message on the path has */
};

/* A message being decoded. */
struct level {
	const ProtobufCMessageDescriptor *descriptor;
	const ProtobufCFieldDescriptor
	    *field; /* that was found last: the next one is often the same or its neighbour */
	ProtobufCMessage *message;
	uint64_t *seen;
	bool is_counted; /* it has its arrays */
};

struct tag {
	uint32_t number;
	unsigned wire_type;
};

static ProtobufCMessage *message_decode(struct decoder *decoder, const ProtobufCMessageDescriptor *descriptor,
                                        const unsigned char *at, const unsigned char *end);

static void *
take(struct decoder *decoder, size_t size)
{
	unsigned char *piece = decoder->at;

	if (size > (size_t)(decoder->end - piece))
		return NULL;
	decoder->at = piece + acti_rounded(size); /* the room ends at a multiple of 8 */
	return piece;
}

/* ---- reading ---- */

static const unsigned char *
long_tag_read(const unsigned char *at, const unsigned char *end, struct tag *ret_tag)
{
	const unsigned char *start = at;
	uint64_t tag;

	at = acti_varint_read(at, end, &tag);
	if (at == NULL || at - start > ACTI_TAG_SIZE_MAX || tag >> 3 > ACTI_FIELD_NUMBER_MAX || tag < 8)
		return NULL;
	if (at - start > 1 && at[-1] == 0)
		return NULL;
	ret_tag->number = (uint32_t)(tag >> 3);
	ret_tag->wire_type = (unsigned)tag & 7;
	return at;
}

/* `at` is before `end`. */
static inline const unsigned char *
tag_read(const unsigned char *at, const unsigned char *end, struct tag *ret_tag)
{
	if (*at < 8 || *at >= 0x80)
		return long_tag_read(at, end, ret_tag);
	ret_tag->number = *at >> 3;
	ret_tag->wire_type = *at & 7;
	return at + 1;
}

static inline const unsigned char *
length_read(const unsigned char *at, const unsigned char *end, size_t *ret_length)
{
	const unsigned char *after;
	uint64_t length;

	after = acti_varint_read(at, end, &length);
	if (after == NULL || after - at > ACTI_LENGTH_SIZE_MAX || length > (size_t)(end - after))
		return NULL;
	*ret_length = (size_t)length;
	return after;
}

static const unsigned char *
skip(unsigned wire_type, const unsigned char *at, const unsigned char *end)
{
	uint64_t value;
	size_t length;

	switch (wire_type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return acti_varint_read(at, end, &value);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return end - at >= 8 ? at + 8 : NULL;
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return end - at >= 4 ? at + 4 : NULL;
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		at = length_read(at, end, &length);
		return at != NULL ? at + length : NULL;
	default:
		return NULL;
	}
}

/* NULL: unknown. */
static inline const ProtobufCFieldDescriptor *
field_find(const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *last, uint32_t number)
{
	if (descriptor->n_fields == 0)
		return NULL;
	if (last->id == number)
		return last;
	if (++last < descriptor->fields + descriptor->n_fields && last->id == number)
		return last;
	return protobuf_c_message_descriptor_get_field(descriptor, number);
}

/* ---- arrays ---- */

static size_t *
count_of(const struct level *level, const ProtobufCFieldDescriptor *field)
{
	return acti_member(level->message, field->quantifier_offset);
}

static bool
count(struct level *level, const unsigned char *at, const unsigned char *end)
{
	const ProtobufCFieldDescriptor *last = level->field;

	while (at < end) {
		const ProtobufCFieldDescriptor *field;
		const unsigned char *after;
		struct tag tag;

		at = tag_read(at, end, &tag);
		after = at != NULL ? skip(tag.wire_type, at, end) : NULL;
		if (after == NULL)
			return false;
		field = field_find(level->descriptor, last, tag.number);
		if (field == NULL) {
			level->message->n_unknown_fields++;
		} else if (field->label != PROTOBUF_C_LABEL_REPEATED) {
			last = field;
		} else if (tag.wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && acti_is_packable(field->type)) {
			size_t length;

			last = field;
			at = length_read(at, end, &length);
			if (at == NULL)
				return false;
			*count_of(level, field) += acti_packed_count(field, at, length);
		} else {
			last = field;
			++*count_of(level, field);
		}
		at = after;
	}
	return true;
}

/* From here on a counter says how many elements are there. */
static bool
arrays_make(struct decoder *decoder, struct level *level, const unsigned char *at, const unsigned char *end)
{
	const ProtobufCMessageDescriptor *descriptor = level->descriptor;
	ProtobufCMessage *message = level->message;

	if (!count(level, at, end))
		return false;
	level->is_counted = true;
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		size_t size;
		void *array;

		if (field->label != PROTOBUF_C_LABEL_REPEATED || *count_of(level, field) == 0)
			continue;
		size = *count_of(level, field) * acti_element_size(field->type);
		array = take(decoder, size);
		if (array == NULL)
			return false;
		decoder->slack += size - acti_rounded(size);
		memcpy(acti_member(message, field->offset), &array, sizeof array);
		*count_of(level, field) = 0;
	}
	if (message->n_unknown_fields > 0) {
		message->unknown_fields = take(decoder, message->n_unknown_fields * sizeof *message->unknown_fields);
		if (message->unknown_fields == NULL)
			return false;
		message->n_unknown_fields = 0;
	}
	return true;
}

/* Where the next element goes. */
static void *
element_next(const struct level *level, const ProtobufCFieldDescriptor *field)
{
	size_t *number = count_of(level, field);
	char *array;

	memcpy(&array, acti_member_of(level->message, field->offset), sizeof array);
	return array + (*number)++ * acti_element_size(field->type);
}

/* ---- values: each gives the byte after it, or NULL ---- */

/* false: the field cannot hold it, or is of another kind. */
static inline bool
varint_store(ProtobufCType type, uint64_t value, void *place)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		*(uint64_t *)place = value;
		return true;
	case PROTOBUF_C_TYPE_INT32: /* a negative one comes sign-extended to 64 bits */
	case PROTOBUF_C_TYPE_ENUM:
		*(uint32_t *)place = (uint32_t)value;
		return value <= UINT32_MAX || value >= (uint64_t)INT32_MIN;
	case PROTOBUF_C_TYPE_UINT32:
		*(uint32_t *)place = (uint32_t)value;
		return value <= UINT32_MAX;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)place = value != 0;
		return true;
	case PROTOBUF_C_TYPE_SINT32:
		*(uint32_t *)place = (uint32_t)(value >> 1) ^ -(uint32_t)(value & 1);
		return value <= UINT32_MAX;
	case PROTOBUF_C_TYPE_SINT64:
		*(uint64_t *)place = value >> 1 ^ -(value & 1);
		return true;
	default:
		return false;
	}
}

static inline __attribute__((always_inline)) const unsigned char *
varint_decode(ProtobufCType type, const unsigned char *at, const unsigned char *end, void *place)
{
	uint64_t value;

	if (at < end && *at < 0x80)
		value = *at++;
	else
		at = acti_varint_read_words(at, end, &value);
	return at != NULL && varint_store(type, value, place) ? at : NULL;
}

static inline const unsigned char *
fixed32_decode(const unsigned char *at, const unsigned char *end, void *place)
{
	uint32_t value;

	if (end - at < 4)
		return NULL;
	value = acti_get_u32(at);
	memcpy(place, &value, sizeof value);
	return at + 4;
}

static inline const unsigned char *
fixed64_decode(const unsigned char *at, const unsigned char *end, void *place)
{
	uint64_t value;

	if (end - at < 8)
		return NULL;
	value = acti_get_u64(at);
	memcpy(place, &value, sizeof value);
	return at + 8;
}

static const unsigned char *
packed_decode(struct decoder *decoder, const struct level *level, const ProtobufCFieldDescriptor *field,
              const unsigned char *at, size_t size)
{
	size_t elements = acti_packed_count(field, at, size);
	size_t each = acti_element_size(field->type);
	unsigned wire_type = acti_wire_type_of(field->type);
	const unsigned char *end = at + size;
	char *place;

	if (elements > decoder->elements_left)
		return NULL;
	decoder->elements_left -= (uint32_t)elements;
	if (wire_type != PROTOBUF_C_WIRE_TYPE_VARINT && size % each != 0)
		return NULL;
	if (elements == 0)
		return size == 0 ? at : NULL;
	place = element_next(level, field);
	*count_of(level, field) += elements - 1;
	for (; at < end; place += each) {
		if (field->type == PROTOBUF_C_TYPE_BOOL && *at > 1)
			return NULL;
		if (wire_type == PROTOBUF_C_WIRE_TYPE_VARINT)
			at = varint_decode(field->type, at, end, place);
		else
			at = each == 4 ? fixed32_decode(at, end, place) : fixed64_decode(at, end, place);
		if (at == NULL)
			return NULL;
	}
	return at;
}

static bool
string_decode(struct decoder *decoder, const unsigned char *at, size_t size, void *place)
{
	char *text = acti_utf8_is_text(at, size) ? take(decoder, size + 1) : NULL;

	if (text == NULL)
		return false;
	memcpy(text, at, size);
	text[size] = '\0';
	*(char **)place = text;
	return true;
}

static bool
bytes_decode(struct decoder *decoder, const unsigned char *at, size_t size, ProtobufCBinaryData *place)
{
	uint8_t *data = NULL;

	if (decoder->in_place && size > 0) {
		data = (uint8_t *)(uintptr_t)at;
	} else if (size > 0) {
		data = take(decoder, size);
		if (data == NULL)
			return false;
		memcpy(data, at, size);
	}
	*place = (ProtobufCBinaryData){ .len = size, .data = data };
	return true;
}

/* A string, bytes or a message. */
static bool
delimited_decode(struct decoder *decoder, const ProtobufCFieldDescriptor *field, const unsigned char *at, size_t size,
                 void *place)
{
	ProtobufCMessage *message;

	if (field->type == PROTOBUF_C_TYPE_STRING)
		return string_decode(decoder, at, size, place);
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return bytes_decode(decoder, at, size, place);
	message = message_decode(decoder, field->descriptor, at, at + size);
	*(ProtobufCMessage **)place = message;
	return message != NULL;
}

static inline __attribute__((always_inline)) const unsigned char *
number_decode(ProtobufCType type, unsigned wire_type, const unsigned char *at, const unsigned char *end, void *place)
{
	switch (wire_type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return varint_decode(type, at, end, place);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return fixed64_decode(at, end, place);
	default:
		return fixed32_decode(at, end, place);
	}
}

static const unsigned char *
value_decode(struct decoder *decoder, const ProtobufCFieldDescriptor *field, unsigned wire_type,
             const unsigned char *at, const unsigned char *end, void *place)
{
	size_t size;

	if (wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		return number_decode(field->type, wire_type, at, end, place);
	at = length_read(at, end, &size);
	return at != NULL && delimited_decode(decoder, field, at, size, place) ? at + size : NULL;
}

/* ---- fields: each gives the byte after it, or NULL ---- */

static const unsigned char *
repeated_decode(struct decoder *decoder, const struct level *level, const ProtobufCFieldDescriptor *field,
                unsigned wire_type, const unsigned char *at, const unsigned char *end)
{
	if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && acti_is_packable(field->type)) {
		size_t size;

		at = length_read(at, end, &size);
		return at != NULL ? packed_decode(decoder, level, field, at, size) : NULL;
	}
	if (wire_type != acti_wire_type_of(field->type))
		return NULL;
	return value_decode(decoder, field, wire_type, at, end, element_next(level, field));
}

/* A member of a oneof is chosen, an optional field is there. */
static inline void
mark_given(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
		*(uint32_t *)acti_member(message, field->quantifier_offset) = field->id;
	else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset != 0)
		*(protobuf_c_boolean *)acti_member(message, field->quantifier_offset) = 1;
}

static inline const unsigned char *
singular_decode(struct decoder *decoder, const struct level *level, const ProtobufCFieldDescriptor *field,
                unsigned wire_type, const unsigned char *at, const unsigned char *end, bool was_seen)
{
	ProtobufCMessage *message = level->message;

	if (wire_type != acti_wire_type_of(field->type) || (was_seen && field->type == PROTOBUF_C_TYPE_MESSAGE))
		return NULL;
	mark_given(message, field);
	return value_decode(decoder, field, wire_type, at, end, acti_member(message, field->offset));
}

static const unsigned char *
unknown_keep(struct decoder *decoder, const struct level *level, const struct tag *tag, const unsigned char *at,
             const unsigned char *end)
{
	ProtobufCMessage *message = level->message;
	ProtobufCMessageUnknownField *unknown;
	const unsigned char *after = skip(tag->wire_type, at, end);
	size_t size;
	uint8_t *data;

	if (after == NULL || decoder->unknown_left-- == 0)
		return NULL;
	size = (size_t)(after - at);
	data = take(decoder, size);
	if (data == NULL)
		return NULL;
	memcpy(data, at, size);
	unknown = &message->unknown_fields[message->n_unknown_fields++];
	*unknown = (ProtobufCMessageUnknownField){
		.tag = tag->number,
		.wire_type = (ProtobufCWireType)tag->wire_type,
		.len = size,
		.data = data,
	};
	return after;
}

static inline const unsigned char *
field_decode(struct decoder *decoder, struct level *level, const unsigned char *at, const unsigned char *end)
{
	const unsigned char *start = at;
	const ProtobufCFieldDescriptor *field;
	struct tag tag;
	size_t index;
	bool was_seen;

	at = tag_read(at, end, &tag);
	if (at == NULL || decoder->elements_left-- == 0)
		return NULL;
	field = field_find(level->descriptor, level->field, tag.number);
	if ((field == NULL || field->label == PROTOBUF_C_LABEL_REPEATED) && !level->is_counted &&
	    !arrays_make(decoder, level, start, end))
		return NULL;
	if (field == NULL)
		return unknown_keep(decoder, level, &tag, at, end);
	level->field = field;
	index = (size_t)(field - level->descriptor->fields);
	was_seen = (level->seen[index / 64] >> index % 64 & 1) != 0;
	level->seen[index / 64] |= UINT64_C(1) << index % 64;
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		decoder->slack += was_seen ? 0 : 8;
		return repeated_decode(decoder, level, field, tag.wire_type, at, end);
	}
	return singular_decode(decoder, level, field, tag.wire_type, at, end, was_seen);
}

/* ---- a message without fields ---- */

/* For types that were generated without init functions. */
static void __attribute__((noinline, cold))
init_by_descriptor(const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage *message)
{
	memset(message, 0, descriptor->sizeof_message);
	message->descriptor = descriptor;
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		void *place = acti_member(message, field->offset);

		if (field->default_value == NULL || field->label == PROTOBUF_C_LABEL_REPEATED)
			continue;
		if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
			memcpy(place, &field->default_value, sizeof field->default_value);
		else
			memcpy(place, field->default_value, acti_element_size(field->type));
	}
}

void
acti_payload_init(const ProtobufCMessageDescriptor *descriptor, void *message)
{
	if (descriptor->message_init != NULL)
		descriptor->message_init(message);
	else
		init_by_descriptor(descriptor, message);
}

/* ---- messages ---- */

static bool
has_all_required(const struct level *level)
{
	const ProtobufCMessageDescriptor *descriptor = level->descriptor;

	for (unsigned i = 0; i < descriptor->n_fields; i++)
		if ((level->seen[i / 64] >> i % 64 & 1) == 0 &&
		    descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED)
			return false;
	return true;
}

/*
 * A run of numbers, each in the field of the last one or the next: what messages have most of.  Gives the place of the
 * first thing that is something else, be it a mistake.
 */
static inline __attribute__((always_inline)) const unsigned char *
numbers_decode(const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage *message, const unsigned char *at,
               const unsigned char *end, const ProtobufCFieldDescriptor **last, uint32_t *elements_left)
{
	const ProtobufCFieldDescriptor *field = *last, *fields_end;

	if (descriptor->n_fields == 0)
		return at;
	fields_end = descriptor->fields + descriptor->n_fields;
	while (*elements_left > 0 && at < end) {
		unsigned wire_type = *at & 7, number = *at >> 3;
		const unsigned char *after;

		if (field->id != number && (field + 1 == fields_end || (++field)->id != number))
			break;
		if (*at >= 0x80 || wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ||
		    (field->label != PROTOBUF_C_LABEL_NONE && field->label != PROTOBUF_C_LABEL_OPTIONAL) ||
		    (wire_type != PROTOBUF_C_WIRE_TYPE_VARINT && wire_type != acti_wire_type_of(field->type)))
			break;
		after = number_decode(field->type, wire_type, at + 1, end, acti_member(message, field->offset));
		if (after == NULL)
			break;
		mark_given(message, field);
		--*elements_left;
		*last = field;
		at = after;
	}
	return at;
}

/* A message that is made, and may have its first fields; false: it is refused, or does not fit. */
static bool
message_fill(struct decoder *decoder, struct level *level, const unsigned char *at, const unsigned char *end)
{
	size_t words = (level->descriptor->n_fields + 63) / 64;

	if (decoder->depth_left == 0 || words > (size_t)(decoder->seen_end - decoder->seen))
		return false;
	decoder->depth_left--;
	level->seen = decoder->seen;
	decoder->seen += words;
	for (size_t i = 0; i < words; i++)
		level->seen[i] = 0;
	while (at < end) {
		at = field_decode(decoder, level, at, end);
		if (at == NULL)
			return false;
		at = numbers_decode(level->descriptor, level->message, at, end, &level->field, &decoder->elements_left);
	}
	decoder->seen -= words;
	decoder->depth_left++;
	return has_all_required(level);
}

/* NULL: it is refused, or does not fit. */
static ProtobufCMessage *
message_decode(struct decoder *decoder, const ProtobufCMessageDescriptor *descriptor, const unsigned char *at,
               const unsigned char *end)
{
	struct level level = {
		.descriptor = descriptor,
		.field = descriptor->fields,
		.message = take(decoder, descriptor->sizeof_message),
	};

	if (level.message == NULL)
		return NULL;
	acti_payload_init(descriptor, level.message);
	return message_fill(decoder, &level, at, end) ? level.message : NULL;
}

/* What is left of the root, once its first numbers are there; `field` is the last of them. */
static bool __attribute__((noinline))
decode_rest(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor,
            const ProtobufCFieldDescriptor *field, const unsigned char *at, const unsigned char *end,
            uint32_t elements_left, void *room, size_t room_size, size_t decoded_size_max, bool in_place)
{
	unsigned char *start = room;
	uint64_t seen[ACTI_SEEN_WORDS];
	struct level root = { .descriptor = descriptor, .field = field, .message = room };
	struct decoder decoder = {
		.at = start + acti_rounded(descriptor->sizeof_message),
		.end = start + (room_size & ~(size_t)7),
		.elements_left = elements_left,
		.unknown_left = limits->unknown_max,
		.depth_left = limits->depth_max < ACTI_DEPTH_CEILING ? limits->depth_max : ACTI_DEPTH_CEILING,
		.in_place = in_place,
		.seen = seen,
		.seen_end = seen + ACTI_SEEN_WORDS,
	};

	return message_fill(&decoder, &root, at, end) &&
	       (size_t)(decoder.at - start) + decoder.slack <= decoded_size_max;
}

static bool
has_required(const ProtobufCMessageDescriptor *descriptor)
{
	for (unsigned i = 0; i < descriptor->n_fields; i++)
		if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED)
			return true;
	return false;
}

static inline __attribute__((always_inline)) bool
root_decode(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
            size_t size, void *room, size_t room_size, bool in_place)
{
	static const unsigned char nothing[1];
	const unsigned char *at = bytes != NULL ? bytes : nothing, *end = at + size;
	size_t root_size = acti_rounded(descriptor->sizeof_message);
	size_t decoded_size_max = (size_t)limits->decoded_factor * size + limits->decoded_base;
	uint32_t elements_left = limits->elements_max;
	const ProtobufCFieldDescriptor *field = descriptor->fields;

	if (size > limits->message_size_max || root_size > room_size || root_size > decoded_size_max ||
	    descriptor->n_fields > ACTI_SEEN_WORDS * 64 || limits->depth_max == 0)
		return false;
	acti_payload_init(descriptor, room);
	at = numbers_decode(descriptor, room, at, end, &field, &elements_left);
	if (at == end && !has_required(descriptor))
		return true;
	return decode_rest(limits, descriptor, field, at, end, elements_left, room, room_size, decoded_size_max,
	                   in_place);
}

bool
acti_decode(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
            size_t size, void *room, size_t room_size, bool in_place)
{
	return root_decode(limits, descriptor, bytes, size, room, room_size, in_place);
}

void *
acti_payload_decode_small(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                          const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size)
{
	size_t room_size = acti_rounded(descriptor->sizeof_message) + ROOM_FACTOR * acti_rounded(size);
	void *room = size <= SMALL_SIZE_MAX ? acti_pool_allocate(pool, owner, room_size) : NULL;

	if (room == NULL || root_decode(limits, descriptor, bytes, size, room, room_size, false))
		return room;
	acti_pool_release(pool, room);
	return NULL;
}
