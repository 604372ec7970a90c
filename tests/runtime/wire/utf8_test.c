/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <criterion/criterion.h>
#include <string.h>
#include <wire/payload.h>

static bool
text(const char *bytes)
{
	return acti_utf8_is_text(bytes, strlen(bytes));
}

Test(utf8, nothing_and_ascii_are_text)
{
	cr_assert(acti_utf8_is_text("", 0));
	cr_assert(acti_utf8_is_text(NULL, 0));
	cr_assert(text("a"));
	cr_assert(text("exactly8"));
	cr_assert(text("more than eight characters\x01\x7f"));
}

Test(utf8, the_first_and_last_character_of_each_size_are_text)
{
	cr_assert(text("\x01\x7f"));
	cr_assert(text("\xc2\x80\xdf\xbf"));
	cr_assert(text("\xe0\xa0\x80\xef\xbf\xbf"));
	cr_assert(text("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
	cr_assert(text("\xed\x9f\xbf\xee\x80\x80"));
}

Test(utf8, overlong_forms_surrogates_and_beyond_are_refused)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x8e",
		"\xc3(",
		"\xe2(\xac",
		"\xe2\x82(",
		"\xf0\x9f\x8e(",
		"\xf8\x88\x80\x80\x80",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_not(text(bad[i]), "%zu", i);
}

/* robustness: E11 */
Test(utf8, a_nul_or_a_bad_byte_is_found_wherever_it_is)
{
	char bytes[40];

	for (size_t size = 1; size <= sizeof bytes; size++) {
		for (size_t i = 0; i < size; i++) {
			memset(bytes, 'x', sizeof bytes);
			cr_assert(acti_utf8_is_text(bytes, size));
			bytes[i] = '\0';
			cr_assert_not(acti_utf8_is_text(bytes, size));
			cr_assert_eq(acti_utf8_fault(bytes, size), i);
			bytes[i] = '\x80';
			cr_assert_not(acti_utf8_is_text(bytes, size));
			cr_assert_eq(acti_utf8_fault(bytes, size), i);
		}
	}
}

Test(utf8, a_character_cut_by_the_end_is_refused_whatever_lies_beyond)
{
	cr_assert_not(acti_utf8_is_text("\xc3\xbc", 1));
	cr_assert_not(acti_utf8_is_text("\xe2\x82\xac", 2));
	cr_assert_not(acti_utf8_is_text("\xed\x82\xac", 2));
	cr_assert_not(acti_utf8_is_text("\xf0\x9f\x8e\xad", 3));
}

Test(utf8, no_word_of_bytes_above_ascii_is_taken_for_ascii)
{
	char bytes[16];

	for (int byte = 0x80; byte < 0x100; byte++) {
		memset(bytes, byte, sizeof bytes);
		cr_assert_not(acti_utf8_is_text(bytes, sizeof bytes), "%x", (unsigned)byte);
	}
}

Test(utf8, every_character_is_recognised_and_nothing_else)
{
	for (uint32_t lead = 0xc0; lead < 0x100; lead++) {
		for (uint32_t tail = 0; tail < 0x100; tail++) {
			unsigned char bytes[2] = { (unsigned char)lead, (unsigned char)tail };
			bool good = lead >= 0xc2 && lead < 0xe0 && tail >= 0x80 && tail < 0xc0;

			cr_assert_eq(acti_utf8_is_text(bytes, 2), good);
		}
	}
}
