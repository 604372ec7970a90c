/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_ENCODE_H
#define ACTI_WIRE_ENCODE_H

/* What measuring and packing agree on: which fields go into a message, and how long they are. */

#include <wire/field.h>
#include <wire/payload.h>

/*
 * Checks a message that is about to be sent against its descriptor: strings are UTF-8, required and repeated fields are
 * there, enough depth.  0 and its packed size, or -EBADMSG.
 */
int acti_payload_measure(const struct acti_limits *limits, const ProtobufCMessage *message, size_t *ret_size,
                         struct acti_refusal *reterr_refusal);

/* Of nothing but numbers; NULL: there is something else.  pack.c. */
unsigned char *acti_payload_pack_numbers(const ProtobufCMessage *message, unsigned char *end);

static inline size_t
acti_tag_size(uint32_t number)
{
	return number < 16 ? 1 : acti_varint_size((uint64_t)number << 3);
}

/* Of a oneof: it is this member that counts. */
static inline bool
acti_field_is_chosen(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
	       *(const uint32_t *)acti_member_of(message, field->quantifier_offset) == field->id;
}

static inline bool
acti_value_is_zero(ProtobufCType type, const void *value)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return *(const char *const *)value == NULL || **(const char *const *)value == '\0';
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(const void *const *)value == NULL;
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)value)->len == 0;
	case PROTOBUF_C_TYPE_FLOAT:
		return *(const float *)value == 0;
	case PROTOBUF_C_TYPE_DOUBLE:
		return *(const double *)value == 0;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
		return *(const uint64_t *)value == 0;
	default:
		return *(const uint32_t *)value == 0;
	}
}

/* Whether a singular field goes into the message; as in protobuf-c, a pointer to the default value is an absent one. */
static inline bool
acti_field_is_packed(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const void *value = acti_member_of(message, field->offset);

	if (field->label == PROTOBUF_C_LABEL_REQUIRED)
		return true;
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
		if (!acti_field_is_chosen(message, field))
			return false;
	} else if (field->label == PROTOBUF_C_LABEL_NONE) {
		return !acti_value_is_zero(field->type, value);
	}
	if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(const void *const *)value != NULL && *(const void *const *)value != field->default_value;
	return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ||
	       *(const protobuf_c_boolean *)acti_member_of(message, field->quantifier_offset) != 0;
}

/* What goes onto the wire for a varint field. */
static inline uint64_t
acti_varint_of(ProtobufCType type, const void *value)
{
	uint32_t word;
	uint64_t wide;

	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		return *(const uint64_t *)value;
	case PROTOBUF_C_TYPE_SINT64:
		wide = *(const uint64_t *)value;
		return wide << 1 ^ -(wide >> 63);
	case PROTOBUF_C_TYPE_SINT32:
		word = *(const uint32_t *)value;
		return (uint32_t)(word << 1 ^ -(word >> 31));
	case PROTOBUF_C_TYPE_UINT32:
		return *(const uint32_t *)value;
	case PROTOBUF_C_TYPE_BOOL:
		return *(const protobuf_c_boolean *)value != 0;
	default: /* INT32 and ENUM: a negative one is extended to 64 bits */
		return (uint64_t)(int64_t) * (const int32_t *)value;
	}
}

/* The most usual kind of field, for a short way: it is left out when it is 0, as it goes onto the wire. */
static inline bool
acti_is_plain_varint(const ProtobufCFieldDescriptor *field)
{
	return field->label == PROTOBUF_C_LABEL_NONE && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 &&
	       acti_wire_type_of(field->type) == PROTOBUF_C_WIRE_TYPE_VARINT;
}

/* Of a number, without its tag. */
static inline size_t
acti_scalar_size(ProtobufCType type, const void *value)
{
	switch (acti_wire_type_of(type)) {
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return 4;
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return 8;
	default:
		return acti_varint_size(acti_varint_of(type, value));
	}
}

#endif
