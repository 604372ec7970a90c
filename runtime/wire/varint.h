/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_VARINT_H
#define ACTI_WIRE_VARINT_H

/* Varints of several bytes, for who reads one after the other. */

#include <wire/field.h>

/* Byte by byte, for the last few of a message; varint.c. */
const unsigned char *acti_varint_read_slowly(const unsigned char *at, const unsigned char *end, uint64_t *ret_value);

/* The 7 bits of each of 8 bytes, joined. */
static inline uint64_t
acti_varint_join(uint64_t word)
{
	word = (word & UINT64_C(0x7f007f007f007f00)) >> 1 | (word & UINT64_C(0x007f007f007f007f));
	word = (word & UINT64_C(0x3fff00003fff0000)) >> 2 | (word & UINT64_C(0x00003fff00003fff));
	return (word & UINT64_C(0x0fffffff00000000)) >> 4 | (word & UINT64_C(0x0fffffff));
}

static inline __attribute__((always_inline)) const unsigned char *
acti_varint_read_words(const unsigned char *at, const unsigned char *end, uint64_t *ret_value)
{
	uint64_t word, last;

	if (end - at < 8)
		return acti_varint_read_slowly(at, end, ret_value);
	word = acti_get_u64(at);
	last = ~word & ACTI_EACH_BYTE(0x80);
	if (last != 0) {
		*ret_value = acti_varint_join(word & (last ^ (last - 1)));
		return at + (__builtin_ctzll(last) + 1) / 8;
	}
	word = acti_varint_join(word);
	if (end - at >= 9 && at[8] < 0x80) {
		*ret_value = word | (uint64_t)at[8] << 56;
		return at + 9;
	}
	if (end - at < 10 || at[9] > 1)
		return NULL;
	*ret_value = word | (uint64_t)(at[8] & 0x7f) << 56 | (uint64_t)at[9] << 63;
	return at + 10;
}

#endif
