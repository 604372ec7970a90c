/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_WIRE_H
#define AG_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

/* A run of bytes, borrowed. */
struct ag_bytes {
	const uint8_t *data;
	size_t size;
};

/* One field as it stands on the wire. */
struct ag_wire_field {
	uint32_t number;
	uint32_t type;        /* 0 varint, 1 fixed64, 2 length-delimited, 5 fixed32 */
	struct ag_bytes all;  /* with its tag */
	struct ag_bytes body; /* without tag and length */
	uint64_t varint;      /* of type 0 */
};

/* Takes the first field off `bytes`.  False at the end, and where the bytes make no sense: then some are left. */
bool ag_wire_next(struct ag_bytes *bytes, struct ag_wire_field *ret_field);

/* Appends tag, length and body of a length-delimited field. */
void ag_wire_add(struct ag_buffer *buffer, uint32_t number, struct ag_bytes body);

/* Whether `bytes` nest messages of `descriptor` at most `depth` deep, so that the recursive unpacker is safe. */
bool ag_wire_depth_within(struct ag_bytes bytes, const ProtobufCMessageDescriptor *descriptor, int depth);

#endif
