/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_FIELD_H
#define ACTI_WIRE_FIELD_H

/* What the guard, the decoder and the encoder agree on: numbers on the wire, and what a field of each type is. */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACTI_DEPTH_CEILING 64 /* of nested messages, whatever the limits say */
#define ACTI_SEEN_WORDS 256   /* 16,384 fields in the messages of one path */

#define ACTI_TAG_SIZE_MAX 5
#define ACTI_LENGTH_SIZE_MAX 5
#define ACTI_VARINT_SIZE_MAX 10
#define ACTI_FIELD_NUMBER_MAX 0x1fffffffU

/* The byte after the varint, NULL: it is cut or does not fit 64 bits. */
static inline const unsigned char *
acti_varint_read_long(const unsigned char *at, const unsigned char *end, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < ACTI_VARINT_SIZE_MAX && at < end; i++, at++) {
		if (i == ACTI_VARINT_SIZE_MAX - 1 && *at > 1)
			return NULL;
		value |= (uint64_t)(*at & 0x7f) << (7 * i);
		if ((*at & 0x80) == 0) {
			*ret_value = value;
			return at + 1;
		}
	}
	return NULL;
}

static inline const unsigned char *
acti_varint_read(const unsigned char *at, const unsigned char *end, uint64_t *ret_value)
{
	if (at < end && *at < 0x80) {
		*ret_value = *at;
		return at + 1;
	}
	return acti_varint_read_long(at, end, ret_value);
}

static inline size_t
acti_varint_size(uint64_t value)
{
	unsigned bits = 63 - (unsigned)__builtin_clzll(value | 1);

	return (bits * 9 + 73) / 64;
}

/* What a piece of a decoded message takes. */
static inline size_t
acti_rounded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static inline bool
acti_is_packable(ProtobufCType type)
{
	return type != PROTOBUF_C_TYPE_STRING && type != PROTOBUF_C_TYPE_BYTES && type != PROTOBUF_C_TYPE_MESSAGE;
}

static inline unsigned
acti_wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	default:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	}
}

/* Of an element in the array of a repeated field. */
static inline size_t
acti_element_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

/* Elements in the packed bytes of a field. */
static inline size_t
acti_packed_count(const ProtobufCFieldDescriptor *field, const unsigned char *bytes, size_t size)
{
	size_t count = 0;

	if (acti_wire_type_of(field->type) != PROTOBUF_C_WIRE_TYPE_VARINT)
		return size / acti_element_size(field->type);
	for (size_t i = 0; i < size; i++)
		count += bytes[i] < 0x80;
	return count;
}

/* Whether the field of this type can hold the number; a negative one comes sign-extended to 64 bits. */
static inline bool
acti_varint_fits(ProtobufCType type, uint64_t value)
{
	switch (type) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return value <= UINT32_MAX;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		return value <= UINT32_MAX || value >= (uint64_t)INT32_MIN;
	default:
		return true;
	}
}

static inline void *
acti_member(void *message, unsigned offset)
{
	return (char *)message + offset;
}

static inline const void *
acti_member_of(const void *message, unsigned offset)
{
	return (const char *)message + offset;
}

#endif
