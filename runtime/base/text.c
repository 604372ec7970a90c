/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "..."
#define PIECE_SIZE 256

static bool
continues(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* By its first byte; 0: no character starts like this. */
static size_t
utf8_size(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

size_t
acti_utf8_character(const void *bytes, size_t size, uint32_t *ret_character)
{
	const unsigned char *at = bytes;
	size_t length = utf8_size(at[0]);
	uint32_t character;

	if (length == 0 || length > size)
		return 0;
	if (length == 1) {
		*ret_character = at[0];
		return 1;
	}
	character = at[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if (!continues(at[i]))
			return 0;
		character = character << 6 | (at[i] & 0x3f);
	}
	if (length == 3 && (character < 0x800 || (character >= 0xd800 && character <= 0xdfff)))
		return 0;
	if (length == 4 && (character < 0x10000 || character > 0x10ffff))
		return 0;
	*ret_character = character;
	return length;
}

size_t
acti_utf8_whole(const char *bytes, size_t size)
{
	for (size_t back = 1; back <= 3 && back <= size; back++) {
		unsigned char byte = (unsigned char)bytes[size - back];

		if (!continues(byte))
			return utf8_size(byte) > back ? size - back : size;
	}
	return size;
}

void
acti_text_init(struct acti_text *text, char *bytes, size_t size)
{
	*text = (struct acti_text){ .bytes = bytes, .size = size };
	bytes[0] = '\0';
}

/* Makes room for the ellipsis by taking back whole characters. */
static void
text_cut(struct acti_text *text)
{
	size_t end = text->size - sizeof ELLIPSIS;

	if (text->used > end)
		text->used = acti_utf8_whole(text->bytes, end);
	memcpy(text->bytes + text->used, ELLIPSIS, sizeof ELLIPSIS);
	text->used += sizeof ELLIPSIS - 1;
	text->is_cut = true;
}

/* A piece that is to be seen whole or not at all. */
static void
text_add_piece(struct acti_text *text, const char *piece, size_t size)
{
	if (text->is_cut)
		return;
	if (size >= text->size - text->used) {
		text_cut(text);
		return;
	}
	memcpy(text->bytes + text->used, piece, size);
	text->used += size;
	text->bytes[text->used] = '\0';
}

void
acti_text_add_list(struct acti_text *text, const char *format, va_list arguments)
{
	char piece[PIECE_SIZE];
	int length = vsnprintf(piece, sizeof piece, format, arguments);

	if (length > 0)
		text_add_piece(text, piece, strlen(piece));
}

void
acti_text_add(struct acti_text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	acti_text_add_list(text, format, arguments);
	va_end(arguments);
}

static bool
is_bidirectional_control(uint32_t character)
{
	return character == 0x61c || character == 0x200e || character == 0x200f ||
	       (character >= 0x202a && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

/* Line and paragraph separators, and the invisible mark that some editors act upon. */
static bool
is_layout_control(uint32_t character)
{
	return character == 0x2028 || character == 0x2029 || character == 0xfeff;
}

/* The escape of a character, into `piece`; false: it may stand as it is. */
static bool
escape(uint32_t character, char piece[static 16])
{
	switch (character) {
	case '\n':
		memcpy(piece, "\\n", 3);
		return true;
	case '\r':
		memcpy(piece, "\\r", 3);
		return true;
	case '\t':
		memcpy(piece, "\\t", 3);
		return true;
	case '\\':
		memcpy(piece, "\\\\", 3);
		return true;
	default:
		break;
	}
	if (character < 0x20 || character == 0x7f) {
		snprintf(piece, 16, "\\x%02x", (unsigned)character);
		return true;
	}
	if ((character >= 0x80 && character < 0xa0) || is_bidirectional_control(character) ||
	    is_layout_control(character)) {
		snprintf(piece, 16, "\\u%04x", (unsigned)character);
		return true;
	}
	return false;
}

void
acti_text_add_escaped(struct acti_text *text, const char *foreign)
{
	size_t left = strlen(foreign);
	size_t size;

	for (; left > 0 && !text->is_cut; foreign += size, left -= size) {
		uint32_t character;
		char piece[16];

		size = acti_utf8_character(foreign, left, &character);
		if (size == 0) {
			size = 1;
			snprintf(piece, sizeof piece, "\\x%02x", (unsigned)(unsigned char)*foreign);
			text_add_piece(text, piece, strlen(piece));
		} else if (escape(character, piece)) {
			text_add_piece(text, piece, strlen(piece));
		} else {
			text_add_piece(text, foreign, size);
		}
	}
}

void
acti_text_make_plain(char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != '\n' && (bytes[i] < 0x20 || bytes[i] > 0x7e))
			bytes[i] = '?';
}
