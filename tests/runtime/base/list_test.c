/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/list.h>
#include <criterion/criterion.h>

struct item {
	struct acti_list link;
	int number;
};

static int
number_of(struct acti_list *link)
{
	return acti_container_of(link, struct item, link)->number;
}

/* The numbers on the list, as the digits of one number. */
static int
digits(struct acti_list *list)
{
	int all = 0;

	acti_list_for_each(link, list)
		all = 10 * all + number_of(link);
	return all;
}

Test(list, a_new_list_is_empty_and_gives_nothing)
{
	struct acti_list list;

	acti_list_init(&list);
	cr_assert(acti_list_is_empty(&list));
	cr_assert_null(acti_list_pop_front(&list));
}

Test(list, keeps_the_order_of_what_is_pushed)
{
	struct acti_list list;
	struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };

	acti_list_init(&list);
	acti_list_push_back(&list, &items[1].link);
	acti_list_push_back(&list, &items[2].link);
	acti_list_push_front(&list, &items[0].link);
	cr_assert_eq(digits(&list), 123);
	cr_assert_eq(number_of(acti_list_pop_front(&list)), 1);
	cr_assert_eq(digits(&list), 23);
}

Test(list, removing_twice_is_harmless)
{
	struct acti_list list;
	struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };

	acti_list_init(&list);
	acti_list_push_back(&list, &items[0].link);
	acti_list_push_back(&list, &items[1].link);
	acti_list_remove(&items[0].link);
	acti_list_push_front(&list, &items[2].link);
	acti_list_remove(&items[0].link);
	cr_assert_eq(digits(&list), 32);
}

Test(list, splicing_appends_all_and_leaves_the_other_empty)
{
	struct acti_list list, from;
	struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };

	acti_list_init(&list);
	acti_list_init(&from);
	acti_list_splice(&list, &from);
	cr_assert(acti_list_is_empty(&list));
	acti_list_push_back(&list, &items[0].link);
	acti_list_push_back(&from, &items[1].link);
	acti_list_push_back(&from, &items[2].link);
	acti_list_splice(&list, &from);
	cr_assert_eq(digits(&list), 123);
	cr_assert(acti_list_is_empty(&from));
	acti_list_remove(&items[1].link);
	cr_assert_eq(digits(&list), 13);
	acti_list_remove(&items[2].link);
	cr_assert_eq(digits(&list), 1);
}
