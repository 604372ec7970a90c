/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSTILE_RAW_H
#define HOSTILE_RAW_H

/* The wire, written by hand from docs/wire-format.md: nothing here is the runtime's. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum raw_kind {
	RAW_HELLO = 1,
	RAW_SPAWN_SPEC,
	RAW_START,
	RAW_START_ACK,
	RAW_STARTED,
	RAW_YIELD,
	RAW_STOP,
	RAW_RETURN,
	RAW_ERROR,
	RAW_CANCEL,
	RAW_CANCEL_ACK,
	RAW_CREDIT,
	RAW_PING,
	RAW_PONG,
	RAW_BYE,
};

#define RAW_BY_NAME 1
#define RAW_HEADER_SIZE 16

struct raw_bytes {
	unsigned char at[4096];
	size_t size;
};

struct raw_frame {
	uint32_t size;
	uint8_t kind, flags;
	uint64_t cid;
	unsigned char body[1 << 21];
};

void raw_add(struct raw_bytes *bytes, const void *more, size_t size);
void raw_add_varint(struct raw_bytes *bytes, uint64_t value);
/* Fields of protobuf: a number, and length-prefixed bytes. */
void raw_add_number(struct raw_bytes *bytes, unsigned field, uint64_t value);
void raw_add_field(struct raw_bytes *bytes, unsigned field, const void *value, size_t size);

/* A Uid with this name, and a uuid of one byte repeated; a Hello of this uid. */
void raw_make_uid(struct raw_bytes *uid, const char *name, unsigned fill);
void raw_make_hello(struct raw_bytes *hello, const struct raw_bytes *uid, unsigned version_min, unsigned version_max);
/* An Error of one fault. */
void raw_make_error(struct raw_bytes *error, int code, const char *message);

/* The bytes of the first length-prefixed field with this number; false: there is none. */
bool raw_find(const void *message, size_t size, unsigned field, struct raw_bytes *ret_value);

void raw_make_header(unsigned char header[static RAW_HEADER_SIZE], uint32_t size, unsigned kind, unsigned flags,
                     uint64_t cid);

/* Both block.  Sending to a peer that is gone does nothing. */
void raw_write(int fd, const void *bytes, size_t size);
void raw_send(int fd, unsigned kind, unsigned flags, uint64_t cid, const void *body, size_t size);
bool raw_receive(int fd, struct raw_frame *ret_frame, int timeout_ms); /* false: the end, or nothing in time */

uint64_t raw_now_ms(void);

#endif
