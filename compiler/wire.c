/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire.h"

static bool
take_varint(struct ag_bytes *bytes, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes->size && i < 10; i++) {
		value |= (uint64_t)(bytes->data[i] & 0x7f) << (7 * i);
		if (bytes->data[i] < 0x80) {
			bytes->data += i + 1;
			bytes->size -= i + 1;
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static bool
take_body(struct ag_bytes *bytes, struct ag_wire_field *field)
{
	uint64_t size;

	switch (field->type) {
	case 0:
		field->body = *bytes;
		if (!take_varint(bytes, &field->varint))
			return false;
		field->body.size -= bytes->size;
		return true;
	case 1:
		size = 8;
		break;
	case 2:
		if (!take_varint(bytes, &size))
			return false;
		break;
	case 5:
		size = 4;
		break;
	default:
		return false;
	}
	if (size > bytes->size)
		return false;
	field->body = (struct ag_bytes){ bytes->data, (size_t)size };
	bytes->data += size;
	bytes->size -= (size_t)size;
	return true;
}

bool
ag_wire_next(struct ag_bytes *bytes, struct ag_wire_field *ret_field)
{
	struct ag_wire_field field = { .all = *bytes };
	struct ag_bytes rest = *bytes;
	uint64_t tag;

	if (rest.size == 0 || !take_varint(&rest, &tag) || tag > UINT32_MAX)
		return false;
	field.number = (uint32_t)(tag >> 3);
	field.type = (uint32_t)(tag & 7);
	if (!take_body(&rest, &field))
		return false;
	field.all.size -= rest.size;
	*bytes = rest;
	*ret_field = field;
	return true;
}

static void
add_varint(struct ag_buffer *buffer, uint64_t value)
{
	uint8_t bytes[10];
	size_t size = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[size++] = (uint8_t)(value | 0x80);
	bytes[size++] = (uint8_t)value;
	ag_buffer_add(buffer, bytes, size);
}

void
ag_wire_add(struct ag_buffer *buffer, uint32_t number, struct ag_bytes body)
{
	add_varint(buffer, (uint64_t)number << 3 | 2);
	add_varint(buffer, body.size);
	ag_buffer_add(buffer, body.data, body.size);
}

bool
ag_wire_depth_within(struct ag_bytes bytes, const ProtobufCMessageDescriptor *descriptor, int depth)
{
	struct ag_wire_field field;

	if (depth == 0)
		return false;
	while (ag_wire_next(&bytes, &field)) {
		const ProtobufCFieldDescriptor *known =
		    protobuf_c_message_descriptor_get_field(descriptor, field.number);

		if (field.type == 2 && known != NULL && known->type == PROTOBUF_C_TYPE_MESSAGE &&
		    !ag_wire_depth_within(field.body, known->descriptor, depth - 1))
			return false;
	}
	return true;
}
