/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SUPPORT_BYTES_H
#define TEST_SUPPORT_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that grow, to write hostile messages by hand.  Zero it first; release with test_bytes_fini(). */
struct test_bytes {
	unsigned char *at;
	size_t size, capacity;
};

void test_bytes_fini(struct test_bytes *bytes);
void test_bytes_add(struct test_bytes *bytes, const void *more, size_t size);
void test_bytes_add_byte(struct test_bytes *bytes, unsigned byte);
void test_bytes_add_varint(struct test_bytes *bytes, uint64_t value);
void test_bytes_add_tag(struct test_bytes *bytes, uint32_t number, unsigned wire_type);
/* A length-prefixed field. */
void test_bytes_add_field(struct test_bytes *bytes, uint32_t number, const void *value, size_t size);
void test_bytes_add_text(struct test_bytes *bytes, uint32_t number, const char *text);

/* The same numbers on every run: splitmix64.  `state` is the seed. */
uint64_t test_random(uint64_t *state);

#endif
