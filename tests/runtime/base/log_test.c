/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/log.h>
#include <criterion/criterion.h>
#include <string.h>

static const struct actor_uid leaf = { "leaf_0", { 0x1a, 0x2b, 0x3c, 0x4d, 0x5e } };

Test(log, a_line_names_the_actor_and_the_level)
{
	char line[ACTI_LOG_LINE_SIZE];
	size_t size = acti_log_format(line, &leaf, ACTI_LOG_WARNING, "%d of %s", 3, "them");

	cr_assert_str_eq(line, "actor[leaf_0@1a2b3c4d] warning: 3 of them\n");
	cr_assert_eq(size, strlen(line));
}

Test(log, every_level_has_a_name)
{
	cr_assert_str_eq(acti_log_level_name(ACTI_LOG_ERROR), "error");
	cr_assert_str_eq(acti_log_level_name(ACTI_LOG_WARNING), "warning");
	cr_assert_str_eq(acti_log_level_name(ACTI_LOG_INFO), "info");
	cr_assert_str_eq(acti_log_level_name(ACTI_LOG_DEBUG), "debug");
	cr_assert_str_eq(acti_log_level_name((enum acti_log_level)99), "<unknown>");
}

/* robustness: N3 */
Test(log, neither_text_nor_name_can_begin_a_line_of_their_own)
{
	char line[ACTI_LOG_LINE_SIZE];
	const struct actor_uid hostile = { "a\nb", { 0 } };

	acti_log_format(line, &hostile, ACTI_LOG_INFO, "x\nactor[root@00000000] error: forged");
	cr_assert_str_eq(line, "actor[a\\nb@00000000] info: x\\nactor[root@00000000] error: forged\n");
}

Test(log, a_long_text_is_cut_and_still_ends_its_line)
{
	char line[ACTI_LOG_LINE_SIZE];
	char text[5000];
	size_t size;

	memset(text, '\n', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	size = acti_log_format(line, &leaf, ACTI_LOG_ERROR, "%s", text);
	cr_assert_lt(size, sizeof line);
	cr_assert_str_eq(line + size - 4, "...\n");
}
