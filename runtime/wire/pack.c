/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Packs from the last byte to the first: the length of a nested message is then known when it is due, however deep it
 * is.  Each function takes the place after what it writes, and gives the place of it.  The bytes are those of
 * protobuf_c_message_pack(): fields by number, then the unknown ones.
 */

#include <assert.h>
#include <string.h>
#include <wire/bytes.h>
#include <wire/encode.h>

static unsigned char *message_pack(const ProtobufCMessage *message, unsigned char *end, struct acti_holes *holes);

static inline unsigned char *
varint_pack(uint64_t value, unsigned char *end)
{
	unsigned char *start, *at;

	if (value < 0x80) {
		*--end = (unsigned char)value;
		return end;
	}
	start = at = end - acti_varint_size(value);
	if (end - start >= 9) {
		acti_put_u64(at, acti_varint_split(value & (UINT64_MAX >> 8)) | ACTI_EACH_BYTE(0x80));
		at += 8;
		value >>= 56;
	}
	for (; value >= 0x80; value >>= 7)
		*at++ = (unsigned char)(value | 0x80);
	*at = (unsigned char)value;
	return start;
}

static inline unsigned char *
tag_pack(uint32_t number, unsigned wire_type, unsigned char *end)
{
	return varint_pack((uint64_t)number << 3 | wire_type, end);
}

static unsigned char *
block_pack(const void *bytes, size_t size, unsigned char *end, struct acti_holes *holes)
{
	if (size == 0)
		return end;
	end -= size;
	if (holes != NULL && size >= ACTI_HOLE_MIN && holes->count < ACTI_HOLES_MAX)
		holes->at[holes->count++] = (struct acti_hole){ .place = end, .bytes = bytes, .size = size };
	else
		memcpy(end, bytes, size);
	return end;
}

static unsigned char *
delimited_pack(const void *bytes, size_t size, unsigned char *end, struct acti_holes *holes)
{
	return varint_pack(size, block_pack(bytes, size, end, holes));
}

static inline unsigned char *
scalar_pack(ProtobufCType type, const void *value, unsigned char *end)
{
	uint32_t word;
	uint64_t wide;

	switch (acti_wire_type_of(type)) {
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		memcpy(&word, value, sizeof word);
		acti_put_u32(end -= 4, word);
		return end;
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		memcpy(&wide, value, sizeof wide);
		acti_put_u64(end -= 8, wide);
		return end;
	default:
		return varint_pack(acti_varint_of(type, value), end);
	}
}

/* Without its tag. */
static inline unsigned char *
value_pack(ProtobufCType type, const void *value, unsigned char *end, struct acti_holes *holes)
{
	const ProtobufCBinaryData *bytes = value;
	unsigned char *start;

	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return delimited_pack(*(const char *const *)value, strlen(*(const char *const *)value), end, holes);
	case PROTOBUF_C_TYPE_BYTES:
		return delimited_pack(bytes->data, bytes->len, end, holes);
	case PROTOBUF_C_TYPE_MESSAGE:
		start = message_pack(*(const ProtobufCMessage *const *)value, end, holes);
		return varint_pack((size_t)(end - start), start);
	default:
		return scalar_pack(type, value, end);
	}
}

static unsigned char *
repeated_pack(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, unsigned char *end,
              struct acti_holes *holes)
{
	bool is_packed = (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
	size_t count = *(const size_t *)acti_member_of(message, field->quantifier_offset);
	const char *elements = *(const char *const *)acti_member_of(message, field->offset);
	size_t each = acti_element_size(field->type);
	unsigned char *at = end;

	if (count == 0)
		return end;
	while (count-- > 0) {
		at = value_pack(field->type, elements + count * each, at, holes);
		if (!is_packed)
			at = tag_pack(field->id, acti_wire_type_of(field->type), at);
	}
	if (!is_packed)
		return at;
	at = varint_pack((size_t)(end - at), at);
	return tag_pack(field->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, at);
}

static inline unsigned char *
plain_varint_pack(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, unsigned char *end)
{
	uint64_t value = acti_varint_of(field->type, acti_member_of(message, field->offset));

	return value != 0 ? tag_pack(field->id, PROTOBUF_C_WIRE_TYPE_VARINT, varint_pack(value, end)) : end;
}

static unsigned char *
message_pack(const ProtobufCMessage *message, unsigned char *end, struct acti_holes *holes)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;

	for (unsigned i = message->n_unknown_fields; i-- > 0;) {
		const ProtobufCMessageUnknownField *unknown = &message->unknown_fields[i];

		end = block_pack(unknown->data, unknown->len, end, holes);
		end = tag_pack(unknown->tag, unknown->wire_type, end);
	}
	for (unsigned i = descriptor->n_fields; i-- > 0;) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

		if (acti_is_plain_varint(field)) {
			end = plain_varint_pack(message, field, end);
		} else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			end = repeated_pack(message, field, end, holes);
		} else if (acti_field_is_packed(message, field)) {
			end = value_pack(field->type, acti_member_of(message, field->offset), end, holes);
			end = tag_pack(field->id, acti_wire_type_of(field->type), end);
		}
	}
	return end;
}

unsigned char *
acti_payload_pack_numbers(const ProtobufCMessage *message, unsigned char *end)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;

	if (message->n_unknown_fields > 0)
		return NULL;
	for (unsigned i = descriptor->n_fields; i-- > 0;) {
		if (!acti_is_plain_varint(&descriptor->fields[i]))
			return NULL;
		end = plain_varint_pack(message, &descriptor->fields[i], end);
	}
	return end;
}

void
acti_payload_pack(const ProtobufCMessage *message, void *place, size_t size)
{
	unsigned char *end = (unsigned char *)place + size, *start = acti_payload_pack_numbers(message, end);

	if (start == NULL)
		start = message_pack(message, end, NULL);
	assert(start == place);
	(void)start;
}

void
acti_payload_pack_around(const ProtobufCMessage *message, void *place, size_t size, struct acti_holes *ret_holes)
{
	unsigned char *start;

	ret_holes->count = 0;
	start = message_pack(message, (unsigned char *)place + size, ret_holes);
	assert(start == place);
	(void)start;
}

static size_t
lesser(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* The last hole is the first in the message. */
size_t
acti_payload_pieces(const unsigned char *from, size_t size, const struct acti_holes *holes,
                    struct acti_piece pieces[static ACTI_HOLE_PIECES_MAX])
{
	size_t count = 0;

	for (size_t i = holes->count; i-- > 0 && size > 0;) {
		const struct acti_hole *hole = &holes->at[i];
		size_t part, skipped;

		if (hole->place + hole->size <= from)
			continue;
		part = hole->place > from ? lesser((size_t)(hole->place - from), size) : 0;
		if (part > 0)
			pieces[count++] = (struct acti_piece){ from, part };
		from += part, size -= part;
		if (size == 0)
			break;
		skipped = (size_t)(from - hole->place);
		part = lesser(hole->size - skipped, size);
		pieces[count++] = (struct acti_piece){ (const unsigned char *)hole->bytes + skipped, part };
		from += part, size -= part;
	}
	if (size > 0)
		pieces[count++] = (struct acti_piece){ from, size };
	return count;
}
