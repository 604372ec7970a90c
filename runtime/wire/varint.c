/* SPDX-License-Identifier: BSD-2-Clause */
#include <wire/varint.h>

const unsigned char *
acti_varint_read_slowly(const unsigned char *at, const unsigned char *end, uint64_t *ret_value)
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
	return acti_varint_read_words(at, end, ret_value);
}
