/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_TEXT_H
#define ACTI_BASE_TEXT_H

/*
 * Text for people, into a buffer of the caller's: it is always terminated, and cut between characters, with "..."
 * at its end, when it does not fit.
 */

#include <actor/base.h>
#include <stdbool.h>

struct acti_text {
	char *bytes;
	size_t size; /* of the buffer: at least 8 */
	size_t used; /* without the terminator */
	bool is_cut; /* nothing is added any more */
};

void acti_text_init(struct acti_text *text, char *bytes, size_t size);

/* Pieces of our own making; one that is longer than 255 bytes is cut. */
void acti_text_add(struct acti_text *text, const char *format, ...) ACTOR_PRINTF(2, 3);
void acti_text_add_list(struct acti_text *text, const char *format, __builtin_va_list arguments);

/*
 * Somebody else's text, made harmless for a terminal and a log: control characters, line ends, bidirectional
 * controls, backslashes and what is not UTF-8 are written as \n, \x1b or \u202e.
 */
void acti_text_add_escaped(struct acti_text *text, const char *foreign);

/* In place: anything but printable ASCII and line ends becomes '?'.  Of lines that somebody else wrote. */
void acti_text_make_plain(char *bytes, size_t size);

/* The character at the start of `bytes` (at least one): gives its size, 0 if that is not UTF-8 as of RFC 3629. */
size_t acti_utf8_character(const void *bytes, size_t size, uint32_t *ret_character);

/* The part of `bytes` that ends between two characters: less than `size` only if a character is cut there. */
size_t acti_utf8_whole(const char *bytes, size_t size);

#endif
