/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <string.h>
#include <wire/payload.h>

#define EACH_BYTE(value) (UINT64_MAX / 0xff * (value))

/* Eight characters of ASCII, none of them NUL: the subtraction borrows into the high bit of a byte that is 0. */
static bool
word_is_text(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof word);
	return ((word | (word - EACH_BYTE(0x01))) & EACH_BYTE(0x80)) == 0;
}

bool
acti_utf8_is_text(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	const unsigned char *end = at + size;

	while (at < end) {
		uint32_t character;
		size_t length;

		if (end - at >= 8 && word_is_text(at)) {
			at += 8;
			continue;
		}
		length = acti_utf8_character(at, (size_t)(end - at), &character);
		if (length == 0 || character == 0)
			return false;
		at += length;
	}
	return true;
}
