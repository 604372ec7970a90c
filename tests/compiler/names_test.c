/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>

#include "names.h"

static struct ag_arena arena;

static void
fini(void)
{
	ag_arena_fini(&arena);
}

TestSuite(names, .fini = fini);

static const struct ag_file plain = { .package = "demo.sub" };
static const struct ag_file renamed = { .package = "demo.sub", .c_package = "acme" };
static const struct ag_file renamed_without_package = { .package = "", .c_package = "acme" };

Test(names, lower_puts_an_underscore_before_each_capital_that_follows_none)
{
	cr_assert_str_eq(ag_name_lower(&arena, "FanOut"), "fan_out");
	cr_assert_str_eq(ag_name_lower(&arena, "fan_out"), "fan_out");
	cr_assert_str_eq(ag_name_lower(&arena, "HTTPGet"), "httpget");
	cr_assert_str_eq(ag_name_lower(&arena, "getURL2"), "get_url2");
	cr_assert_str_eq(ag_name_lower(&arena, ""), "");
}

Test(names, upper_and_camel_match_protobuf_c)
{
	cr_assert_str_eq(ag_name_upper(&arena, "FanOut"), "FAN_OUT");
	cr_assert_str_eq(ag_name_camel(&arena, "sub_x"), "SubX");
	cr_assert_str_eq(ag_name_camel(&arena, "FooBar"), "FooBar");
}

Test(names, full_names_join_with_two_underscores_for_protobuf_c)
{
	cr_assert_str_eq(ag_name_c_type(&arena, &plain, "demo.sub.FanOut.In"), "Demo__Sub__FanOut__In");
	cr_assert_str_eq(ag_name_c_lower(&arena, &plain, "demo.sub.FanOut"), "demo__sub__fan_out");
	cr_assert_str_eq(ag_name_c_upper(&arena, &plain, "demo.sub.FanOut"), "DEMO__SUB__FAN_OUT");
}

Test(names, full_names_join_with_one_underscore_for_us)
{
	cr_assert_str_eq(ag_name_prefix(&arena, &plain, "demo.sub.TreeTop"), "demo_sub_tree_top");
	cr_assert_str_eq(ag_name_keyword(&arena, &plain, "demo.sub.FanOut.In"), "DEMO_SUB_FAN_OUT_IN");
	cr_assert_str_eq(ag_name_prefix(&arena, &plain, "demo.sub.Tree_Top"), "demo_sub_tree_top");
}

Test(names, c_package_takes_the_place_of_the_package)
{
	cr_assert_str_eq(ag_name_c_type(&arena, &renamed, "demo.sub.Item"), "Acme__Item");
	cr_assert_str_eq(ag_name_prefix(&arena, &renamed, "demo.sub.Tree"), "acme_tree");
	cr_assert_str_eq(ag_name_c_type(&arena, &renamed_without_package, "Item"), "Acme__Item");
}

Test(names, symbols_never_have_two_underscores_in_a_row)
{
	cr_assert_str_eq(ag_name_symbol(&arena, "demo_tree", "_square"), "demo_tree_square");
	cr_assert_str_eq(ag_name_number(&arena, "demo_tree_square"), "DEMO_TREE_SQUARE_NUMBER");
}

Test(names, what_c_cannot_have_as_a_member_gets_an_underscore)
{
	cr_assert_str_eq(ag_name_slot(&arena, "square"), "square");
	cr_assert_str_eq(ag_name_slot(&arena, "delete"), "delete_");
	cr_assert_str_eq(ag_name_slot(&arena, "errno"), "errno_");
	cr_assert_str_eq(ag_name_member(&arena, "Int"), "int_");
	cr_assert_str_eq(ag_name_member(&arena, "EOF"), "eof");
	cr_assert_str_eq(ag_name_member(&arena, "constexpr"), "constexpr", "protobuf-c does not know this one");
}

Test(names, a_portal_keeps_out_of_the_way_of_other_parameters)
{
	cr_assert_str_eq(ag_name_parameter(&arena, "Tree"), "tree");
	cr_assert_str_eq(ag_name_parameter(&arena, "Nursery"), "nursery_portal");
	cr_assert_str_eq(ag_name_parameter(&arena, "Int"), "int_portal");
}

Test(names, files)
{
	cr_assert_str_eq(ag_name_stem(&arena, "dir/tree.proto"), "dir/tree");
	cr_assert_str_eq(ag_name_stem(&arena, "tree"), "tree");
	cr_assert_str_eq(ag_name_guard(&arena, "dir/tree-2.x"), "ACTOR_GENERATED_DIR_TREE_2_X_H");
}

Test(names, c_names_are_small_letters_digits_and_single_underscores)
{
	cr_assert(ag_name_is_c_name("fan_out2"));
	cr_assert_not(ag_name_is_c_name(""));
	cr_assert_not(ag_name_is_c_name("2nd"));
	cr_assert_not(ag_name_is_c_name("Fan"));
	cr_assert_not(ag_name_is_c_name("fan__out"));
	cr_assert_not(ag_name_is_c_name("fan_"));
}
