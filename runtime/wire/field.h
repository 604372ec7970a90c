/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_FIELD_H
#define ACTI_WIRE_FIELD_H

/* What the guard, the decoder and the encoder agree on: numbers on the wire, and what a field of each type is. */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wire/bytes.h>

#define ACTI_DEPTH_CEILING 64 /* of nested messages, whatever the limits say */
#define ACTI_SEEN_WORDS 256   /* 16,384 fields in the messages of one path */

#define ACTI_TAG_SIZE_MAX 5
#define ACTI_LENGTH_SIZE_MAX 5
#define ACTI_VARINT_SIZE_MAX 10
#define ACTI_FIELD_NUMBER_MAX 0x1fffffffU

/* The 56 bits, 7 to each of 8 bytes. */
static inline uint64_t
acti_varint_split(uint64_t value)
{
	value = (value & UINT64_C(0x00fffffff0000000)) << 4 | (value & UINT64_C(0x0fffffff));
	value = (value & UINT64_C(0x0fffc0000fffc000)) << 2 | (value & UINT64_C(0x00003fff00003fff));
	return (value & UINT64_C(0x3f803f803f803f80)) << 1 | (value & UINT64_C(0x007f007f007f007f));
}

/* A varint of more than one byte; varint.c. */
const unsigned char *acti_varint_read_long(const unsigned char *at, const unsigned char *end, uint64_t *ret_value);

/* The byte after the varint, NULL: it is cut or does not fit 64 bits. */
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
	static const uint8_t wire_types[PROTOBUF_C_TYPE_MESSAGE + 1] = {
		[PROTOBUF_C_TYPE_SFIXED32] = PROTOBUF_C_WIRE_TYPE_32BIT,
		[PROTOBUF_C_TYPE_FIXED32] = PROTOBUF_C_WIRE_TYPE_32BIT,
		[PROTOBUF_C_TYPE_FLOAT] = PROTOBUF_C_WIRE_TYPE_32BIT,
		[PROTOBUF_C_TYPE_SFIXED64] = PROTOBUF_C_WIRE_TYPE_64BIT,
		[PROTOBUF_C_TYPE_FIXED64] = PROTOBUF_C_WIRE_TYPE_64BIT,
		[PROTOBUF_C_TYPE_DOUBLE] = PROTOBUF_C_WIRE_TYPE_64BIT,
		[PROTOBUF_C_TYPE_STRING] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
		[PROTOBUF_C_TYPE_BYTES] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
		[PROTOBUF_C_TYPE_MESSAGE] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
	};

	return wire_types[type]; /* VARINT, which is 0, for the others */
}

/* Of an element in the array of a repeated field. */
static inline size_t
acti_element_size(ProtobufCType type)
{
	static const uint8_t sizes[PROTOBUF_C_TYPE_MESSAGE + 1] = {
		[PROTOBUF_C_TYPE_INT32] = 4,
		[PROTOBUF_C_TYPE_SINT32] = 4,
		[PROTOBUF_C_TYPE_SFIXED32] = 4,
		[PROTOBUF_C_TYPE_INT64] = 8,
		[PROTOBUF_C_TYPE_SINT64] = 8,
		[PROTOBUF_C_TYPE_SFIXED64] = 8,
		[PROTOBUF_C_TYPE_UINT32] = 4,
		[PROTOBUF_C_TYPE_FIXED32] = 4,
		[PROTOBUF_C_TYPE_UINT64] = 8,
		[PROTOBUF_C_TYPE_FIXED64] = 8,
		[PROTOBUF_C_TYPE_FLOAT] = 4,
		[PROTOBUF_C_TYPE_DOUBLE] = 8,
		[PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
		[PROTOBUF_C_TYPE_ENUM] = 4,
		[PROTOBUF_C_TYPE_STRING] = sizeof(char *),
		[PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
		[PROTOBUF_C_TYPE_MESSAGE] = sizeof(ProtobufCMessage *),
	};

	return sizes[type];
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
