/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "emit.h"

static struct ag_arena arena;
static struct ag_emit emit;
static const struct ag_place place = { .file = "tree.proto", .line = 8, .column = 7 };

static void
init(void)
{
	emit = (struct ag_emit){ .text = { .arena = &arena } };
}

static void
fini(void)
{
	ag_arena_fini(&arena);
}

TestSuite(emit, .init = init, .fini = fini);

static const char *
text(void)
{
	return ag_buffer_text(&emit.text);
}

Test(emit, holes_are_filled_by_name)
{
	ag_emit(&emit, "int $b$_$a$(void);\n", "a", "one", "b", "two", NULL);
	cr_assert_str_eq(text(), "int two_one(void);\n");
}

Test(emit, a_value_is_not_searched_for_holes)
{
	ag_emit(&emit, "$a$\n", "a", "$b$", NULL);
	cr_assert_str_eq(text(), "$b$\n");
}

Test(emit, an_unknown_hole_aborts, .signal = SIGABRT)
{
	ag_emit(&emit, "$typo$\n", "type", "int", NULL);
}

Test(emit, a_long_line_goes_on_under_its_bracket)
{
	ag_emit(&emit, "int $f$(struct first_parameter *first, struct second_parameter *second, int number);\n", "f",
	        "a_function_with_a_name_that_takes_most_of_it", NULL);
	cr_assert_str_eq(text(),
	                 "int a_function_with_a_name_that_takes_most_of_it(struct first_parameter *first, struct "
	                 "second_parameter *second,\n"
	                 "                                                 int number);\n");
}

Test(emit, a_mark_behind_the_last_bracket_may_go_on_alone)
{
	ag_emit(&emit, "int $f$(struct first_parameter *first, struct second_parameter *second) ACTOR_AWAITS;\n", "f",
	        "a_function_with_a_name_that_is_not_long", NULL);
	cr_assert_str_eq(text(), "int a_function_with_a_name_that_is_not_long(struct first_parameter *first, struct "
	                         "second_parameter *second)\n"
	                         "    ACTOR_AWAITS;\n");
}

Test(emit, a_macro_goes_on_behind_a_backslash)
{
	ag_emit(&emit, "#define X(...) \\\n\tf($a$, $a$, __VA_ARGS__)\n", "a",
	        "an_argument_that_is_long_enough_for_half_of_a_line_of_text", NULL);
	cr_assert_str_eq(text(), "#define X(...) \\\n"
	                         "\tf(an_argument_that_is_long_enough_for_half_of_a_line_of_text, \\\n"
	                         "\t  an_argument_that_is_long_enough_for_half_of_a_line_of_text, __VA_ARGS__)\n");
}

Test(emit, commas_in_strings_are_no_place_to_break)
{
	const char *line =
	    "f(\"a string, with commas, and, much, much, text, in, it, which is, all in all, longer, than, "
	    "a line, should, ever, be\");\n";

	ag_emit(&emit, "$line$", "line", line, NULL);
	cr_assert_str_eq(text(), line);
}

Test(emit, a_short_comment_is_one_line_with_its_place)
{
	ag_emit_comment(&emit, 1, " Squares one number.\n", place, NULL);
	cr_assert_str_eq(text(), "\t/* Squares one number.  [tree.proto:8] */\n");
}

Test(emit, a_note_is_a_paragraph_of_its_own)
{
	ag_emit_comment(&emit, 0, " One.\n Two.\n", place, "Three.");
	cr_assert_str_eq(text(), "/*\n * One.\n * Two.  [tree.proto:8]\n *\n * Three.\n */\n");
}

Test(emit, a_note_alone_has_no_place)
{
	ag_emit_comment(&emit, 0, "", place, "Three.");
	cr_assert_str_eq(text(), "/* Three. */\n");
}

Test(emit, a_comment_cannot_be_ended_from_within)
{
	ag_emit_comment(&emit, 0, " */ int x; /* and /*/ too", place, NULL);
	cr_assert_str_eq(text(), "/* * / int x; / * and / * / too  [tree.proto:8] */\n");
}

Test(emit, a_word_longer_than_a_line_stays_whole)
{
	char word[151];

	memset(word, 'w', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	ag_emit_comment(&emit, 0, word, place, NULL);
	cr_assert_str_eq(text(), ag_format(&arena, "/*\n * %s\n * [tree.proto:8]\n */\n", word));
}
