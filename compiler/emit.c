/* SPDX-License-Identifier: BSD-2-Clause */
#include "emit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TAB = 8,
	NESTING_MAX = 32,
	CONTINUATION = 4
};

/* ---- holes ---- */

static const char *
value_of(const char *hole, size_t length, va_list args)
{
	const char *name;

	while ((name = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);

		if (strlen(name) == length && memcmp(name, hole, length) == 0)
			return value;
	}
	fprintf(stderr, "actorgen: a block of text has a hole without a value: $%.*s$\n", (int)length, hole);
	abort();
}

static const char *
fill(struct ag_arena *arena, const char *block, va_list args)
{
	struct ag_buffer filled = { .arena = arena };

	while (*block != '\0') {
		size_t plain = strcspn(block, "$");
		size_t hole;
		va_list pairs;

		ag_buffer_add(&filled, block, plain);
		block += plain;
		if (*block == '\0')
			break;
		hole = strcspn(++block, "$");
		va_copy(pairs, args);
		ag_buffer_add_text(&filled, value_of(block, hole, pairs));
		va_end(pairs);
		block += hole + (block[hole] == '$');
	}
	return ag_buffer_text(&filled);
}

/* ---- long lines ---- */

/* Where in a line of C we are: the columns behind the brackets that are open. */
struct cursor {
	size_t column;
	size_t brackets[NESTING_MAX];
	size_t depth;
	bool in_string;
};

static void
advance(struct cursor *at, char c)
{
	at->column = c == '\t' ? (at->column / TAB + 1) * TAB : at->column + 1;
	if (c == '"')
		at->in_string = !at->in_string;
	if (at->in_string)
		return;
	if ((c == '(' || c == '{') && at->depth < NESTING_MAX)
		at->brackets[at->depth++] = at->column + (c == '{'); /* a space follows */
	if ((c == ')' || c == '}') && at->depth > 0)
		at->depth--;
}

/*
 * How far `line` may be printed before a break: to the last one in time, or else to the first one.  0: there is none.
 * Moves `at` there.
 */
static size_t
find_break(const char *line, size_t length, struct cursor *at)
{
	struct cursor here = *at;
	size_t best = 0;

	for (size_t i = 0; i < length && (here.column <= AG_COLUMNS || best == 0); i++) {
		bool behind_comma = i > 0 && line[i - 1] == ',' && here.depth > 0;
		bool before_mark = here.depth == 0 && strncmp(line + i, " ACTOR_", strlen(" ACTOR_")) == 0;

		if (line[i] == ' ' && !here.in_string && (behind_comma || before_mark)) {
			best = i;
			*at = here;
		}
		advance(&here, line[i]);
	}
	return best;
}

static bool
fits(const char *line, size_t length, struct cursor at)
{
	for (size_t i = 0; i < length; i++)
		advance(&at, line[i]);
	return at.column <= AG_COLUMNS;
}

/* `line_end` goes before each newline that is put in: "", or " \\" in a macro. */
static void
add_line(struct ag_buffer *text, const char *line, size_t length, const char *line_end)
{
	size_t tabs = strspn(line, "\t");
	struct cursor at = { .column = 0 };

	while (!fits(line, length, at)) {
		size_t part = find_break(line, length, &at);

		if (part == 0)
			break;
		ag_buffer_add(text, line, part);
		ag_buffer_format(text, "%s\n", line_end);
		at.column = at.depth > 0 ? at.brackets[at.depth - 1] : tabs * TAB + CONTINUATION;
		for (size_t i = 0; i < tabs; i++)
			ag_buffer_add_text(text, "\t");
		for (size_t column = tabs * TAB; column < at.column; column++)
			ag_buffer_add_text(text, " ");
		line += part + 1;
		length -= part + 1;
	}
	ag_buffer_add(text, line, length);
	ag_buffer_add_text(text, "\n");
}

/* Comments and the lines of the preprocessor stay as they are. */
static bool
is_code(const char *line)
{
	line += strspn(line, "\t ");
	return *line != '#' && *line != '*' && strncmp(line, "/*", 2) != 0;
}

void
ag_emit(struct ag_emit *e, const char *block, ...)
{
	const char *filled, *line_end = "";
	va_list args;

	va_start(args, block);
	filled = fill(e->text.arena, block, args);
	va_end(args);
	while (*filled != '\0') {
		size_t length = strcspn(filled, "\n");

		if (is_code(filled)) {
			add_line(&e->text, filled, length, line_end);
		} else {
			ag_buffer_add(&e->text, filled, length);
			ag_buffer_add_text(&e->text, "\n");
		}
		line_end = length > 0 && filled[length - 1] == '\\' ? " \\" : "";
		filled += length + (filled[length] == '\n');
	}
}

/* ---- comments ---- */

/* What would end a comment, or begin another one in it, is taken apart. */
static const char *
harmless(struct ag_arena *arena, const char *text)
{
	struct ag_buffer result = { .arena = arena };

	for (; *text != '\0'; text++) {
		ag_buffer_add(&result, text, *text != '\r');
		if ((text[0] == '*' && text[1] == '/') || (text[0] == '/' && text[1] == '*'))
			ag_buffer_add_text(&result, " ");
	}
	return ag_buffer_text(&result);
}

static size_t
without_spaces_behind(const char *line, size_t length)
{
	while (length > 0 && line[length - 1] == ' ')
		length--;
	return length;
}

/* Where a line that is too long is broken: before the last word that does not fit, if it is not the only one. */
static size_t
find_space(const char *line, size_t length, size_t width)
{
	size_t space = width;

	while (space > 0 && line[space] != ' ')
		space--;
	if (without_spaces_behind(line, space) > 0)
		return space;
	for (space = width; space < length && line[space] != ' '; space++)
		;
	return space;
}

static void
add_comment_line(struct ag_buffer *lines, const char *line, size_t length, size_t width)
{
	while (length > width) {
		size_t space = find_space(line, length, width);

		ag_buffer_add(lines, line, without_spaces_behind(line, space));
		ag_buffer_add_text(lines, "\n");
		while (space < length && line[space] == ' ')
			space++;
		line += space;
		length -= space;
	}
	ag_buffer_add(lines, line, length);
	ag_buffer_add_text(lines, "\n");
}

/* The lines of `text`, without the space that follows `//`. */
static void
add_comment_text(struct ag_buffer *lines, const char *text, size_t width)
{
	text = harmless(lines->arena, text);
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		size_t start = text[0] == ' ' ? 1 : 0;

		add_comment_line(lines, text + start, without_spaces_behind(text + start, length - start), width);
		text += length + (text[length] == '\n');
	}
}

static void
add_tabs(struct ag_buffer *text, unsigned tabs)
{
	while (tabs-- > 0)
		ag_buffer_add_text(text, "\t");
}

/* `lines` as a comment: on one line when there is one and it fits. */
static void
add_comment(struct ag_buffer *text, unsigned tabs, const char *lines)
{
	size_t length = strcspn(lines, "\n");

	add_tabs(text, tabs);
	if (lines[length] == '\0' || lines[length + 1] == '\0') {
		if (tabs * TAB + length + strlen("/*  */") <= AG_COLUMNS) {
			ag_buffer_format(text, "/* %.*s */\n", (int)length, lines);
			return;
		}
	}
	ag_buffer_add_text(text, "/*\n");
	for (; *lines != '\0'; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		add_tabs(text, tabs);
		ag_buffer_format(text, " *%s%.*s\n", length > 0 ? " " : "", (int)length, lines);
	}
	add_tabs(text, tabs);
	ag_buffer_add_text(text, " */\n");
}

void
ag_emit_comment(struct ag_emit *e, unsigned tabs, const char *text, struct ag_place place, const char *note)
{
	size_t width = AG_COLUMNS - tabs * TAB - strlen("/*  */");
	struct ag_arena *arena = e->text.arena;
	struct ag_buffer lines = { .arena = arena };
	size_t length;

	text += strspn(text, "\n");
	length = strlen(text);
	while (length > 0 && strchr(" \r\n", text[length - 1]) != NULL)
		length--;
	if (length > 0)
		add_comment_text(&lines, ag_format(arena, "%.*s  [%s:%d]\n", (int)length, text, place.file, place.line),
		                 width);
	if (length > 0 && note != NULL)
		ag_buffer_add_text(&lines, "\n");
	if (note != NULL)
		add_comment_text(&lines, note, width);
	add_comment(&e->text, tabs, ag_buffer_text(&lines));
}
