/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_RAW_PEER_H
#define TREES_RAW_PEER_H

/*
 * A peer that has no runtime: it speaks the wire format by itself, as docs/wire-format.md has it.  It blocks: whom it
 * talks to is another process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_HEADER 16

enum raw_kind {
	RAW_HELLO = 1,
	RAW_START = 3,
	RAW_START_ACK = 4,
	RAW_STARTED = 5,
	RAW_YIELD = 6,
	RAW_STOP = 7,
	RAW_RETURN = 8,
	RAW_ERROR = 9,
	RAW_CANCEL = 10,
	RAW_CANCEL_ACK = 11,
	RAW_CREDIT = 12,
	RAW_PING = 13,
	RAW_PONG = 14,
	RAW_BYE = 15,
};

struct raw_frame {
	uint32_t size;
	uint8_t kind, flags;
	uint64_t cid;
	unsigned char header[RAW_HEADER];
	unsigned char body[200000];
};

void raw_send_bytes(int fd, const void *bytes, size_t size);
void raw_send(int fd, unsigned kind, unsigned flags, uint64_t cid, const void *body, size_t size);

/* A Hello of an actor of that name; its uuid is made of the byte. */
void raw_send_hello(int fd, const char *name, unsigned byte, unsigned pid);

/* A context or a generator by name, with that much credit, in messages and in bytes. */
void raw_open(int fd, uint64_t cid, const char *module, const char *endpoint, const void *request, size_t size,
              uint32_t messages, uint32_t bytes);

/* The same, with a deadline. */
void raw_open_within(int fd, uint64_t cid, const char *module, const char *endpoint, const void *request, size_t size,
                     uint32_t messages, uint32_t bytes, uint32_t deadline_ms);

/* A call by name. */
void raw_call(int fd, uint64_t cid, const char *module, const char *endpoint, const void *request, size_t size);

/* false: the connection has ended. */
bool raw_read(int fd, struct raw_frame *frame);

/* Nothing comes but the end of the connection, and before it, maybe, a Bye. */
bool raw_is_closed(int fd, struct raw_frame *frame);

bool raw_has(const struct raw_frame *frame, const char *text);

/* Connects, and shakes hands; its Hello is in the frame.  Negative: it did not work. */
int raw_meet(const char *path, const char *name, unsigned byte, struct raw_frame *frame);

#endif
