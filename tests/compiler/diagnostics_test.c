/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <string.h>

#include "diagnostics.h"

static struct ag_arena arena;
static struct ag_diagnostics diagnostics;

static void
init(void)
{
	ag_diagnostics_init(&diagnostics, &arena);
}

static void
fini(void)
{
	ag_arena_fini(&arena);
}

TestSuite(diagnostics, .init = init, .fini = fini);

Test(diagnostics, nothing_is_nothing)
{
	cr_assert_str_eq(ag_diagnostics_text(&diagnostics), "");
	cr_assert_eq(diagnostics.error_count, 0);
}

Test(diagnostics, have_the_form_that_editors_know)
{
	ag_error(&diagnostics, (struct ag_place){ "tree.proto", 8, 7 }, "%s is wrong: do %s", "this", "that");
	cr_assert_str_eq(ag_diagnostics_text(&diagnostics), "tree.proto:8:7: error: this is wrong: do that\n");
}

Test(diagnostics, without_a_line_name_the_file)
{
	ag_error(&diagnostics, (struct ag_place){ "tree.proto", 0, 0 }, "what");
	cr_assert_str_eq(ag_diagnostics_text(&diagnostics), "tree.proto: error: what\n");
}

Test(diagnostics, are_in_the_order_of_the_text)
{
	ag_error(&diagnostics, (struct ag_place){ "b.proto", 1, 1 }, "5");
	ag_error(&diagnostics, (struct ag_place){ "a.proto", 10, 1 }, "4");
	ag_error(&diagnostics, (struct ag_place){ "a.proto", 9, 2 }, "2");
	ag_error(&diagnostics, (struct ag_place){ "a.proto", 9, 2 }, "3");
	ag_error(&diagnostics, (struct ag_place){ "a.proto", 9, 1 }, "1");
	cr_assert_str_eq(ag_diagnostics_text(&diagnostics), "a.proto:9:1: error: 1\n"
	                                                    "a.proto:9:2: error: 2\n"
	                                                    "a.proto:9:2: error: 3\n"
	                                                    "a.proto:10:1: error: 4\n"
	                                                    "b.proto:1:1: error: 5\n");
}

Test(diagnostics, are_all_kept)
{
	for (int i = 0; i < 1000; i++)
		ag_error(&diagnostics, (struct ag_place){ "a.proto", i + 1, 1 }, "%d", i);
	cr_assert_eq(diagnostics.error_count, 1000);
	cr_assert_not_null(strstr(ag_diagnostics_text(&diagnostics), "a.proto:1000:1: error: 999\n"));
}
