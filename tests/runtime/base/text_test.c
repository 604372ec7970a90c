/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <criterion/criterion.h>
#include <string.h>

static const char *
escaped(const char *foreign)
{
	static char bytes[256];
	struct acti_text text;

	acti_text_init(&text, bytes, sizeof bytes);
	acti_text_add_escaped(&text, foreign);
	cr_assert_eq(text.used, strlen(bytes));
	return bytes;
}

Test(text, what_is_plain_stays_as_it_is)
{
	cr_assert_str_eq(escaped("plain: 'text', gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xad"),
	                 "plain: 'text', gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xad");
}

/* robustness: F18 */
Test(text, what_acts_on_a_terminal_is_escaped)
{
	cr_assert_str_eq(escaped("a\nb\rc\td"), "a\\nb\\rc\\td");
	cr_assert_str_eq(escaped("\x1b[31mred"), "\\x1b[31mred");
	cr_assert_str_eq(escaped("\x7f\x01"), "\\x7f\\x01");
	cr_assert_str_eq(escaped("\xc2\x9b"
	                         "31m"),
	                 "\\u009b31m");
	cr_assert_str_eq(escaped("\xe2\x80\xae"
	                         "evil"),
	                 "\\u202eevil");
	cr_assert_str_eq(escaped("\xe2\x81\xa6|\xd8\x9c|\xe2\x80\xa8"), "\\u2066|\\u061c|\\u2028");
}

Test(text, an_escape_cannot_be_forged)
{
	cr_assert_str_eq(escaped("\\n"), "\\\\n");
}

Test(text, what_is_not_utf8_is_shown_byte_by_byte)
{
	cr_assert_str_eq(escaped("\xff"
	                         "a\xc3"),
	                 "\\xffa\\xc3");
	cr_assert_str_eq(escaped("\xc0\xaf"), "\\xc0\\xaf");
	cr_assert_str_eq(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

Test(text, is_cut_with_an_ellipsis_when_it_does_not_fit)
{
	char bytes[12];
	struct acti_text text;

	acti_text_init(&text, bytes, sizeof bytes);
	acti_text_add(&text, "%s", "12345678901");
	cr_assert_str_eq(bytes, "12345678901");
	cr_assert_not(text.is_cut);
	acti_text_add(&text, "2");
	cr_assert_str_eq(bytes, "12345678...");
	acti_text_add(&text, "3");
	cr_assert_str_eq(bytes, "12345678...");
}

Test(text, is_never_cut_inside_a_character_or_an_escape)
{
	char bytes[12];
	struct acti_text text;

	for (size_t lead = 0; lead < 12; lead++) {
		acti_text_init(&text, bytes, sizeof bytes);
		for (size_t i = 0; i < lead; i++)
			acti_text_add(&text, "x");
		acti_text_add_escaped(&text, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
		cr_assert_lt(strlen(bytes), sizeof bytes);
		cr_assert_eq(acti_utf8_whole(bytes, strlen(bytes)), strlen(bytes));
		cr_assert(text.is_cut);
		cr_assert_eq((strlen(bytes) - 3 - (lead < 8 ? lead : 8)) % 3, 0);
	}
	acti_text_init(&text, bytes, sizeof bytes);
	acti_text_add_escaped(&text, "12345678\x1b");
	cr_assert_str_eq(bytes, "12345678...");
}

Test(text, finds_the_whole_characters_of_a_cut_text)
{
	cr_assert_eq(acti_utf8_whole("abc", 3), 3);
	cr_assert_eq(acti_utf8_whole("", 0), 0);
	cr_assert_eq(acti_utf8_whole("a\xe2\x82\xac", 4), 4);
	cr_assert_eq(acti_utf8_whole("a\xe2\x82", 3), 1);
	cr_assert_eq(acti_utf8_whole("a\xe2", 2), 1);
	cr_assert_eq(acti_utf8_whole("a\xf0\x9f\x8e", 4), 1);
}
