/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_FRAME_H
#define ACTI_WIRE_FRAME_H

/* Frames, as docs/wire-format.md specifies them: a 16-byte little-endian header and a body. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wire/bytes.h>

#define ACTI_FRAME_HEADER_SIZE 16
#define ACTI_START_PREFIX_SIZE 16

enum acti_frame_kind {
	ACTI_FRAME_HELLO = 1,
	ACTI_FRAME_SPAWN_SPEC = 2,
	ACTI_FRAME_START = 3,
	ACTI_FRAME_START_ACK = 4,
	ACTI_FRAME_STARTED = 5,
	ACTI_FRAME_YIELD = 6,
	ACTI_FRAME_STOP = 7,
	ACTI_FRAME_RETURN = 8,
	ACTI_FRAME_ERROR = 9,
	ACTI_FRAME_CANCEL = 10,
	ACTI_FRAME_CANCEL_ACK = 11,
	ACTI_FRAME_CREDIT = 12,
	ACTI_FRAME_PING = 13,
	ACTI_FRAME_PONG = 14,
	ACTI_FRAME_BYE = 15,
	ACTI_FRAME_KINDS = 16, /* one more than the last */
};

enum acti_frame_flag {
	ACTI_FLAG_BY_NAME = 1,      /* Start: two length-prefixed names precede the payload */
	ACTI_FLAG_WANT_ACK = 2,     /* Start: a function's start is to be acknowledged too */
	ACTI_FLAG_OVERRUN_FAIL = 4, /* Start, Credit: the sender is to fail rather than wait for credit */
	ACTI_FLAG_OVERRUN_DROP = 8, /* Start, Credit: the sender is to drop items rather than wait for credit */
	ACTI_FLAG_MORE = 16,        /* Yield: further fragments of the item follow */
	ACTI_FLAG_LOST = 32,    /* Yield, Stop: begins with the count (u64) of items that were dropped since the last */
	ACTI_FLAG_ABORTED = 64, /* Yield: no more of the item follows, which is to be forgotten */
};

/* The kind and the flags are bytes: as words here, so that they are not read at once, having been written one by one. */
struct acti_frame {
	uint32_t body_size;
	uint32_t kind;
	uint32_t flags;
	uint64_t cid;
};

static inline void
acti_frame_encode(const struct acti_frame *frame, unsigned char header[static ACTI_FRAME_HEADER_SIZE])
{
	acti_put_u32(header, frame->body_size);
	acti_put_u32(header + 4, frame->kind | frame->flags << 8);
	acti_put_u64(header + 8, frame->cid);
}

extern const uint8_t acti_frame_flags[ACTI_FRAME_KINDS]; /* that each kind may carry */

/* What is wrong with a header; NULL: nothing. */
const char *acti_frame_fault(const unsigned char header[static ACTI_FRAME_HEADER_SIZE], size_t body_max);

/*
 * false: no peer of ours sends this header (an unknown kind, an unknown flag of the kind, a reserved bit, a body
 * above `body_max`); acti_frame_fault() says which, for the log and the error.
 */
static inline bool
acti_frame_decode(const unsigned char header[static ACTI_FRAME_HEADER_SIZE], size_t body_max,
                  struct acti_frame *ret_frame)
{
	uint32_t size = acti_get_u32(header), word = acti_get_u32(header + 4);
	uint8_t kind = (uint8_t)word;

	if (kind == 0 || kind >= ACTI_FRAME_KINDS || (word >> 8 & ~(uint32_t)acti_frame_flags[kind]) != 0 ||
	    size > body_max)
		return false;
	ret_frame->body_size = size;
	ret_frame->kind = kind;
	ret_frame->flags = word >> 8;
	ret_frame->cid = acti_get_u64(header + 8);
	return true;
}

const char *acti_frame_kind_name(unsigned kind);    /* "Hello"; "<unknown>" */
const char *acti_frame_kind_article(unsigned kind); /* "a", or "an" */

/* The fixed start of a Start's body. */
struct acti_start {
	uint16_t module, endpoint; /* places in the callee's module table; 0xffff with the names flag */
	uint32_t deadline_ms;      /* remaining time; 0: none */
	uint32_t credit_messages, credit_bytes;
};

void acti_start_encode(const struct acti_start *start, unsigned char prefix[static ACTI_START_PREFIX_SIZE]);

/* false: too short.  *ret_rest is what follows the prefix. */
bool acti_start_decode(const unsigned char *body, size_t size, struct acti_start *ret_start);

/* The names of a call by name: u8 length and bytes, twice.  A length of 0 is refused, and so is a NUL or bad UTF-8. */
struct acti_start_names {
	const char *module, *endpoint; /* in the body, not terminated */
	size_t module_size, endpoint_size;
	size_t size; /* of both, prefixes included */
};

bool acti_name_is(const char *name, size_t size, const char *wanted); /* the first is not terminated */
bool acti_start_names_decode(const unsigned char *bytes, size_t size, struct acti_start_names *ret_names);

#endif
