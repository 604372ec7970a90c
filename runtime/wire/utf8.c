/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <string.h>
#include <wire/bytes.h>
#include <wire/payload.h>

/* Eight characters of ASCII, none of them NUL: the subtraction borrows into the high bit of a byte that is 0. */
static bool
word_is_text(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof word);
	return ((word | (word - ACTI_EACH_BYTE(0x01))) & ACTI_EACH_BYTE(0x80)) == 0;
}

static bool
continues(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The usual sizes are looked at here, in a line each, since a call for each character is what long texts would feel. */
static size_t
multibyte_size(const unsigned char *at, size_t left)
{
	unsigned char lead = at[0];
	uint32_t character;

	if (lead >= 0xc2 && lead <= 0xdf)
		return left >= 2 && continues(at[1]) ? 2 : 0;
	if (lead > 0xe0 && lead < 0xed)
		return left >= 3 && continues(at[1]) && continues(at[2]) ? 3 : 0;
	return acti_utf8_character(at, left, &character);
}

bool
acti_utf8_is_text(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	const unsigned char *end;

	if (size == 0)
		return true; /* there may be no bytes at all: NULL */
	end = at + size;
	while (at < end) {
		size_t length;

		if (end - at >= 8 && word_is_text(at)) {
			at += 8;
			continue;
		}
		if (*at == '\0')
			return false;
		length = *at < 0x80 ? 1 : multibyte_size(at, (size_t)(end - at));
		if (length == 0)
			return false;
		at += length;
	}
	return true;
}

size_t
acti_utf8_fault(const void *bytes, size_t size)
{
	const unsigned char *start = bytes, *at = start;
	uint32_t character;
	size_t length;

	while (at < start + size && *at != '\0' &&
	       (length = acti_utf8_character(at, size - (size_t)(at - start), &character)) > 0)
		at += length;
	return (size_t)(at - start);
}
