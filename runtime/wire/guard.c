/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The guard: whether bytes are a message that may be decoded, why not, and what decoding it takes.  It walks the bytes
 * once, along the descriptor, with an explicit stack: no recursion, no allocation, and time linear in the bytes.  The
 * decoder (decode.c) keeps the same rules on its own; the guard is asked when that stops, and about large messages, to
 * know how much memory they need.
 *
 * It is stricter than protobuf-c where leniency is a risk or a loss:
 *   - a singular sub-message given twice is refused (protobuf-c merges, in quadratic time), in a oneof too (there
 *     protobuf-c drops the first one, where protobuf asks for a merge); other fields given twice are fine, and so are
 *     different members of a oneof: the last one counts;
 *   - strings are UTF-8 without NUL, since a C string ends at the first one;
 *   - a number that its 32-bit field cannot hold is refused, not cut;
 *   - a tag in more bytes than it needs is refused; values and lengths may be padded, as protobuf allows;
 *   - a required field must be there even if it has a default.
 *
 * What decoding takes: per message the struct; the arrays of repeated fields, and of unknown ones; each string, bytes
 * and unknown field, also those that a later one replaces.  Each piece is rounded up to 8.
 *
 * The path in a refusal ("values[3].note") is found only once there is a refusal, by walking the part before it again
 * to count the elements.
 */

#include <base/text.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <wire/field.h>
#include <wire/guard.h>

struct level {
	const ProtobufCMessageDescriptor *descriptor;
	const ProtobufCFieldDescriptor *last; /* the field seen last: the next one is often the same or its neighbour */
	const ProtobufCFieldDescriptor *field; /* the parent's field that this message is; NULL: the root */
	const unsigned char *tag;              /* of that field */
	const unsigned char *start, *end;
	uint64_t *seen; /* a bit for each field that was given */
};

struct guard {
	const struct acti_limits *limits;
	struct acti_refusal *refusal;
	const unsigned char *tag; /* of the field being looked at */
	uint32_t number;          /* its number; 0: none yet */
	unsigned wire_type;
	const ProtobufCFieldDescriptor *field;
	size_t packed_index; /* of the element being looked at, when it is packed */
	size_t decoded_size, decoded_size_max;
	uint32_t element_count, unknown_count;
	size_t depth, depth_max;
	struct level levels[ACTI_DEPTH_CEILING];
	uint64_t seen[ACTI_SEEN_WORDS];
};

/* Refusals */

/* Elements of `field` in bytes that passed already. */
static size_t
element_count_until(const ProtobufCFieldDescriptor *field, const unsigned char *at, const unsigned char *end)
{
	size_t count = 0;
	uint64_t tag, value;

	while (at < end && (at = acti_varint_read(at, end, &tag)) != NULL) {
		bool matches = tag >> 3 == field->id;

		switch (tag & 7) {
		case PROTOBUF_C_WIRE_TYPE_64BIT:
			at += 8;
			count += matches;
			break;
		case PROTOBUF_C_WIRE_TYPE_32BIT:
			at += 4;
			count += matches;
			break;
		case PROTOBUF_C_WIRE_TYPE_VARINT:
			at = acti_varint_read(at, end, &value);
			count += matches;
			break;
		default:
			at = acti_varint_read(at, end, &value);
			if (matches && at != NULL)
				count +=
				    acti_is_packable(field->type) ? acti_packed_count(field, at, (size_t)value) : 1;
			at = at != NULL ? at + value : NULL;
			break;
		}
		if (at == NULL)
			break;
	}
	return count;
}

static void
path_add(struct acti_text *text, const struct level *level, const ProtobufCFieldDescriptor *field,
         const unsigned char *tag, size_t packed_index)
{
	acti_text_add(text, "%s%s", text->used > 0 ? "." : "", field->name);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		acti_text_add(text, "[%zu]", element_count_until(field, level->start, tag) + packed_index);
}

/* Gives NULL, for its caller to return. */
static const unsigned char *__attribute__((noinline, cold, format(printf, 2, 3)))
refuse(struct guard *guard, const char *what, ...)
{
	struct acti_text text;
	va_list arguments;

	acti_text_init(&text, guard->refusal->text, sizeof guard->refusal->text);
	for (size_t i = 1; i < guard->depth; i++)
		path_add(&text, &guard->levels[i - 1], guard->levels[i].field, guard->levels[i].tag, 0);
	if (guard->field != NULL)
		path_add(&text, &guard->levels[guard->depth - 1], guard->field, guard->tag, guard->packed_index);
	else if (guard->number != 0)
		acti_text_add(&text, "%sfield %u", text.used > 0 ? "." : "", guard->number);
	if (text.used > 0)
		acti_text_add(&text, ": ");
	va_start(arguments, what);
	acti_text_add_list(&text, what, arguments);
	va_end(arguments);
	return NULL;
}

static const unsigned char *__attribute__((noinline, cold))
refuse_text(struct guard *guard, const unsigned char *text, size_t size)
{
	size_t fault = acti_utf8_fault(text, size);

	return refuse(guard, ACTI_NO_TEXT, text[fault], fault);
}

/* Levels */

static const unsigned char *
level_enter(struct guard *guard, const ProtobufCMessageDescriptor *descriptor, const unsigned char *at, size_t size)
{
	struct level *level = &guard->levels[guard->depth];
	uint64_t *seen = guard->depth > 0 ? level[-1].seen + (level[-1].descriptor->n_fields + 63) / 64 : guard->seen;
	size_t words = (descriptor->n_fields + 63) / 64;

	if (guard->depth >= guard->depth_max)
		return refuse(guard, "expected at most %zu levels, got more", guard->depth_max);
	if (words > (size_t)(guard->seen + ACTI_SEEN_WORDS - seen))
		return refuse(guard, "message types with too many fields");
	for (size_t i = 0; i < words; i++)
		seen[i] = 0;
	guard->decoded_size += acti_rounded(descriptor->sizeof_message);
	if (guard->decoded_size > guard->decoded_size_max)
		return refuse(guard, "expected at most %zu bytes when decoded, got more", guard->decoded_size_max);
	level->descriptor = descriptor;
	level->last = descriptor->fields;
	level->field = guard->field;
	level->tag = guard->tag;
	level->start = at;
	level->end = at + size;
	level->seen = seen;
	guard->depth++;
	return at;
}

static bool
level_leave(struct guard *guard)
{
	const struct level *level = &guard->levels[guard->depth - 1];
	const ProtobufCMessageDescriptor *descriptor = level->descriptor;

	guard->field = NULL;
	guard->number = 0;
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED &&
		    (level->seen[i / 64] >> i % 64 & 1) == 0) {
			guard->field = &descriptor->fields[i];
			refuse(guard, "required, but missing");
			return false;
		}
	}
	if (guard->decoded_size > guard->decoded_size_max) {
		refuse(guard, "expected at most %zu bytes when decoded, got more", guard->decoded_size_max);
		return false;
	}
	guard->depth--;
	return true;
}

/* NULL: unknown. */
static const ProtobufCFieldDescriptor *
field_find(struct level *level, uint32_t number)
{
	const ProtobufCMessageDescriptor *descriptor = level->descriptor;
	const ProtobufCFieldDescriptor *field = level->last;

	if (descriptor->n_fields == 0)
		return NULL;
	if (field->id == number)
		return field;
	if (++field < descriptor->fields + descriptor->n_fields && field->id == number)
		return level->last = field;
	field = protobuf_c_message_descriptor_get_field(descriptor, number);
	if (field != NULL)
		level->last = field;
	return field;
}

/* Marks the field as given; true: it was already. */
static bool
field_mark(const struct level *level, const ProtobufCFieldDescriptor *field)
{
	size_t index = (size_t)(field - level->descriptor->fields);
	uint64_t bit = UINT64_C(1) << index % 64;
	bool was_seen = (level->seen[index / 64] & bit) != 0;

	level->seen[index / 64] |= bit;
	return was_seen;
}

/* The walk: each of these gives the byte after what it looked at, or NULL. */

static const unsigned char *
varint_look(struct guard *guard, const ProtobufCFieldDescriptor *field, const unsigned char *at,
            const unsigned char *end)
{
	uint64_t value;

	at = acti_varint_read(at, end, &value);
	if (at == NULL)
		return refuse(guard, "malformed number");
	if (!acti_varint_fits(field->type, value))
		return refuse(guard, "expected at most 32 bits, got more");
	return at;
}

static const unsigned char *
packed_varints_look(struct guard *guard, const ProtobufCFieldDescriptor *field, const unsigned char *at,
                    const unsigned char *end)
{
	for (; at < end; guard->packed_index++) {
		if (field->type == PROTOBUF_C_TYPE_BOOL && *at > 1)
			return refuse(guard, "expected a bool, got %u", *at);
		at = varint_look(guard, field, at, end);
		if (at == NULL)
			return NULL;
	}
	return at;
}

static const unsigned char *
packed_look(struct guard *guard, const ProtobufCFieldDescriptor *field, const unsigned char *at, size_t size)
{
	size_t each = acti_element_size(field->type);

	if (acti_wire_type_of(field->type) == PROTOBUF_C_WIRE_TYPE_VARINT) {
		if (packed_varints_look(guard, field, at, at + size) == NULL)
			return NULL;
	} else if (size % each == 0) {
		guard->packed_index = size / each;
	} else {
		return refuse(guard, "packed numbers are cut");
	}
	if (guard->packed_index > guard->limits->elements_max - guard->element_count)
		return refuse(guard, "expected at most %u elements, got more", guard->limits->elements_max);
	guard->element_count += (uint32_t)guard->packed_index;
	guard->decoded_size += guard->packed_index * each;
	return at + size;
}

static const unsigned char *
length_read(struct guard *guard, const unsigned char *at, const unsigned char *end, size_t *ret_length)
{
	const unsigned char *after;
	uint64_t length;

	after = acti_varint_read(at, end, &length);
	if (after == NULL || after - at > ACTI_LENGTH_SIZE_MAX)
		return refuse(guard, "malformed length");
	if (length > (size_t)(end - after))
		return refuse(guard, "longer than the message");
	*ret_length = (size_t)length;
	return after;
}

static const unsigned char *
delimited_look(struct guard *guard, const struct level *level, const ProtobufCFieldDescriptor *field,
               const unsigned char *at, bool was_seen)
{
	size_t length;

	at = length_read(guard, at, level->end, &length);
	if (at == NULL)
		return NULL;
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		if (!acti_utf8_is_text(at, length))
			return refuse_text(guard, at, length);
		guard->decoded_size += acti_rounded(length + 1);
		return at + length;
	case PROTOBUF_C_TYPE_BYTES:
		guard->decoded_size += acti_rounded(length);
		return at + length;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (was_seen && field->label != PROTOBUF_C_LABEL_REPEATED)
			return refuse(guard, "given twice");
		return level_enter(guard, field->descriptor, at, length);
	default:
		return packed_look(guard, field, at, length);
	}
}

static const unsigned char *
known_look(struct guard *guard, const struct level *level, const ProtobufCFieldDescriptor *field,
           const unsigned char *at)
{
	bool was_seen = field_mark(level, field);
	bool is_repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
	bool is_packed =
	    is_repeated && guard->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && acti_is_packable(field->type);

	if (!is_packed && guard->wire_type != acti_wire_type_of(field->type))
		return refuse(guard, "expected wire type %u, got %u", acti_wire_type_of(field->type), guard->wire_type);
	if (is_repeated && !is_packed)
		guard->decoded_size += acti_element_size(field->type);
	if (is_repeated && !was_seen)
		guard->decoded_size += 8; /* to round the array */
	switch (guard->wire_type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return varint_look(guard, field, at, level->end);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return level->end - at >= 8 ? at + 8 : refuse(guard, "cut");
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return level->end - at >= 4 ? at + 4 : refuse(guard, "cut");
	default:
		return delimited_look(guard, level, field, at, was_seen);
	}
}

static const unsigned char *
unknown_skip(struct guard *guard, const struct level *level, const unsigned char *at)
{
	uint64_t value;
	size_t length;

	switch (guard->wire_type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		at = acti_varint_read(at, level->end, &value);
		return at != NULL ? at : refuse(guard, "malformed number");
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return level->end - at >= 8 ? at + 8 : refuse(guard, "cut");
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return level->end - at >= 4 ? at + 4 : refuse(guard, "cut");
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		at = length_read(guard, at, level->end, &length);
		return at != NULL ? at + length : NULL;
	default:
		return refuse(guard, "wrong wire type");
	}
}

/* protobuf-c keeps unknown fields, their length prefix included. */
static const unsigned char *
unknown_look(struct guard *guard, const struct level *level, const unsigned char *at)
{
	const unsigned char *after;

	if (guard->unknown_count == guard->limits->unknown_max)
		return refuse(guard, "expected at most %u unknown fields, got more", guard->limits->unknown_max);
	guard->unknown_count++;
	after = unknown_skip(guard, level, at);
	if (after != NULL)
		guard->decoded_size += sizeof(ProtobufCMessageUnknownField) + acti_rounded((size_t)(after - at));
	return after;
}

static const unsigned char *
tag_read(struct guard *guard, const unsigned char *at, const unsigned char *end)
{
	uint64_t tag;

	guard->field = NULL;
	guard->number = 0;
	guard->packed_index = 0;
	guard->tag = at;
	at = acti_varint_read(at, end, &tag);
	if (at == NULL || at - guard->tag > ACTI_TAG_SIZE_MAX || tag >> 3 > ACTI_FIELD_NUMBER_MAX)
		return refuse(guard, "malformed tag");
	if (tag >= 8 && at - guard->tag > 1 && at[-1] == 0)
		return refuse(guard, "malformed tag");
	if (tag < 8)
		return refuse(guard, "field number 0");
	guard->number = (uint32_t)(tag >> 3);
	guard->wire_type = (unsigned)tag & 7;
	return at;
}

static const unsigned char *
field_look(struct guard *guard, const unsigned char *at)
{
	struct level *level = &guard->levels[guard->depth - 1];

	at = tag_read(guard, at, level->end);
	if (at == NULL)
		return NULL;
	guard->field = field_find(level, guard->number);
	if (guard->element_count == guard->limits->elements_max)
		return refuse(guard, "expected at most %u elements, got more", guard->limits->elements_max);
	guard->element_count++;
	if (guard->field != NULL)
		return known_look(guard, level, guard->field, at);
	return unknown_look(guard, level, at);
}

static bool
walk(struct guard *guard, const unsigned char *at)
{
	while (guard->depth > 0) {
		if (at != guard->levels[guard->depth - 1].end)
			at = field_look(guard, at);
		else if (!level_leave(guard))
			at = NULL;
		if (at == NULL)
			return false;
	}
	return true;
}

int
acti_payload_guard(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                   size_t size, size_t *ret_decoded_size, struct acti_refusal *reterr_refusal)
{
	static const unsigned char nothing[1];
	const unsigned char *at = bytes != NULL ? bytes : nothing;
	struct guard guard; /* large: what needs a value is given one below, or by level_enter() */

	guard.limits = limits;
	guard.refusal = reterr_refusal;
	guard.field = NULL;
	guard.number = 0;
	guard.tag = at;
	guard.packed_index = 0;
	guard.decoded_size = 0;
	guard.decoded_size_max = (size_t)limits->decoded_factor * size + limits->decoded_base;
	guard.element_count = guard.unknown_count = 0;
	guard.depth = 0;
	guard.depth_max = limits->depth_max < ACTI_DEPTH_CEILING ? limits->depth_max : ACTI_DEPTH_CEILING;
	if (size > limits->message_size_max)
		at = refuse(&guard, "expected at most %u bytes, got %zu", limits->message_size_max, size);
	else
		at = level_enter(&guard, descriptor, at, size);
	if (at == NULL || !walk(&guard, at))
		return -EBADMSG;
	*ret_decoded_size = guard.decoded_size;
	return 0;
}
