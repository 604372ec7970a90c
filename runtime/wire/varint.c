/* SPDX-License-Identifier: BSD-2-Clause */
#include <wire/field.h>

/* The 7 bits of each of 8 bytes, joined. */
static inline uint64_t
join(uint64_t word)
{
	word = (word & UINT64_C(0x7f007f007f007f00)) >> 1 | (word & UINT64_C(0x007f007f007f007f));
	word = (word & UINT64_C(0x3fff00003fff0000)) >> 2 | (word & UINT64_C(0x00003fff00003fff));
	return (word & UINT64_C(0x0fffffff00000000)) >> 4 | (word & UINT64_C(0x0fffffff));
}

/* Byte by byte, for the last few of a message. */
static const unsigned char *
read_slowly(const unsigned char *at, const unsigned char *end, uint64_t *ret_value)
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

const unsigned char *
acti_varint_read_long(const unsigned char *at, const unsigned char *end, uint64_t *ret_value)
{
	uint64_t word, last;

	if (end - at < 8)
		return read_slowly(at, end, ret_value);
	word = acti_get_u64(at);
	last = ~word & ACTI_EACH_BYTE(0x80);
	if (last != 0) {
		*ret_value = join(word & (last ^ (last - 1)));
		return at + (__builtin_ctzll(last) + 1) / 8;
	}
	word = join(word);
	if (end - at >= 9 && at[8] < 0x80) {
		*ret_value = word | (uint64_t)at[8] << 56;
		return at + 9;
	}
	if (end - at < 10 || at[9] > 1)
		return NULL;
	*ret_value = word | (uint64_t)(at[8] & 0x7f) << 56 | (uint64_t)at[9] << 63;
	return at + 10;
}
