/* SPDX-License-Identifier: BSD-2-Clause */

/* What the live view tells of tasks, scopes and nurseries. */

#include "fixture.h"

#include <stdio.h>
#include <string.h>

TestSuite(view, .init = begin, .fini = end);

#define MS UINT64_C(1000000)

/* What would be told now; valid until the next. */
static const char *
look(void)
{
	struct acti_view view;

	test_os_settle(&os);
	os.log.size = 0;
	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	acti_view_tasks(&view, &test_actor_of(&actor)->scheduler);
	acti_view_fini(&view);
	test_bytes_add_byte(&os.log, 0);
	os.log.size--;
	return (const char *)os.log.at;
}

static void
demand_view(const char *wanted)
{
	const char *seen = look();

	cr_assert_str_eq(seen, wanted, "\n%s---- instead of ----\n%s", seen, wanted);
}

static size_t
count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

static int
sleep_for(void *argument)
{
	return actor_sleep_ms(*(uint64_t *)argument);
}

/* ---- lines ---- */

Test(view, numbers_are_grouped_and_nouns_follow_them)
{
	static const uint64_t numbers[] = { 0, 1, 999, 1000, 1234567, UINT64_MAX };
	struct acti_view view;

	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	acti_view_begin(&view);
	for (size_t i = 0; i < ACTOR_COUNT(numbers); i++) {
		acti_view_add_count(&view, numbers[i], "thing", "things");
		acti_view_add(&view, "; ");
	}
	acti_view_add_ms_since(&view, os.now_ns + 5 * MS); /* a clock that is ahead is no age of centuries */
	acti_view_end(&view);
	acti_view_fini(&view);
	cr_assert(test_os_logged(&os, "live[tester@74747474] 0 things; 1 thing; 999 things; 1,000 things; "
	                              "1,234,567 things; 18,446,744,073,709,551,615 things; 0 ms\n"));
}

/* robustness: N3 */
Test(view, what_others_wrote_cannot_begin_a_line_of_its_own)
{
	struct acti_view view;
	char foreign[3000];

	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	acti_view_line(&view, "module %s", "a\nlive[root@00000000] \x1b[2Jb");
	memset(foreign, 'x', sizeof foreign);
	foreign[sizeof foreign - 1] = '\0';
	acti_view_line(&view, "%s", foreign);
	acti_view_fini(&view);
	cr_assert(test_os_logged(&os, "] module a\\nlive[root@00000000] \\x1b[2Jb\n"));
	cr_assert(test_os_logged(&os, "xxx...\n"));
	test_bytes_add_byte(&os.log, 0);
	cr_assert_eq(count_lines((const char *)os.log.at), 2);
	cr_assert_leq(os.log.size, 2 * ACTI_LOG_LINE_SIZE);
}

Test(view, lines_are_bounded_and_those_left_out_are_counted)
{
	struct acti_view view;

	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	for (int i = 0; i < ACTI_VIEW_LINES_MAX + 1234; i++)
		acti_view_line(&view, "line");
	acti_view_fini(&view);
	cr_assert(test_os_logged(&os, "] line\nlive[tester@74747474]   ... and 1,234 more lines\n"));
	test_bytes_add_byte(&os.log, 0);
	cr_assert_eq(count_lines((const char *)os.log.at), ACTI_VIEW_LINES_MAX + 1);
}

/* ---- tasks ---- */

Test(view, a_task_that_sleeps_says_for_how_long_it_will_and_did)
{
	uint64_t ms = 5000;

	test_actor_start(&actor, sleep_for, &ms);
	test_os_settle(&os);
	test_os_advance_ms(&os, 1234);
	demand_view("live[tester@74747474] task test: sleeps, 3,766 ms left, for 1,234 ms\n");
}

static int
go_round(void *argument)
{
	unsigned *rounds = argument;
	struct acti_view view;

	while ((*rounds)-- > 0)
		if (actor_checkpoint() != 0)
			return -1;
	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	acti_view_tasks(&view, &test_actor_of(&actor)->scheduler);
	return 0;
}

Test(view, a_task_that_could_run_is_ready)
{
	unsigned one = 1, other = 2;

	test_actor_start(&actor, go_round, &one);
	test_actor_start(&actor, go_round, &other);
	test_os_settle(&os);
	cr_assert(test_os_logged(&os, "] task test: runs\nlive[tester@74747474] task test: ready\n"));
}

static int
wait_for_nothing(void *argument)
{
	return acti_wait(argument, waiting);
}

Test(view, a_task_says_where_it_waits)
{
	static struct acti_list queue; /* left when the test has ended */

	acti_list_init(&queue);
	test_actor_start(&actor, wait_for_nothing, &queue);
	test_os_settle(&os);
	demand_view("live[tester@74747474] task test: waits for the test, for 0 ms\n");
}

static int
sleep_without_end(void *argument)
{
	(void)argument;
	return actor_sleep_ms(UINT64_MAX);
}

Test(view, of_many_tasks_the_first_are_shown_and_the_rest_is_counted)
{
	const char *text;

	for (int i = 0; i < ACTI_VIEW_LIST_MAX + 7; i++)
		test_actor_start(&actor, sleep_without_end, NULL);
	text = look();
	cr_assert_eq(count_lines(text), ACTI_VIEW_LIST_MAX + 1);
	cr_assert(test_os_logged(&os, "live[tester@74747474] ... and 7 more tasks\n"));
}

/* ---- scopes and nurseries ---- */

static int
close_in_a_scope(void *argument)
{
	uint64_t naps[] = { 3000, 4000 };
	struct actor_nursery *outer, *inner = NULL;
	int rc;

	(void)argument;
	rc = actor_nursery_open_at(&outer, "outer.c", 10);
	if (rc == 0)
		rc = actor_nursery_start(outer, sleep_for, &naps[0]);
	ACTOR_SCOPE(limit, .timeout_ms = 9000);
	if (rc == 0)
		rc = actor_nursery_open_at(&inner, "inner.c", 20);
	if (rc == 0)
		rc = actor_nursery_start(inner, sleep_for, &naps[1]);
	rc = actor_nursery_close(inner, rc);
	rc = actor_scope_close(&limit, rc, NULL);
	return actor_nursery_close(outer, rc);
}

Test(view, nurseries_and_scopes_are_nested_as_they_were_opened)
{
	test_actor_start(&actor, close_in_a_scope, NULL);
	test_os_settle(&os);
	test_os_advance_ms(&os, 2000);
	demand_view("live[tester@74747474] task test: closing the nursery of inner.c:20: 1 child, for 2,000 ms\n"
	            "live[tester@74747474]   nursery of outer.c:10: 1 child\n"
	            "live[tester@74747474]     task: sleeps, 1,000 ms left, for 2,000 ms\n"
	            "live[tester@74747474]     scope, 7,000 ms left\n"
	            "live[tester@74747474]       nursery of inner.c:20, closing: 1 child\n"
	            "live[tester@74747474]         task: sleeps, 2,000 ms left, for 2,000 ms\n");
	test_os_advance_ms(&os, 1500);
	demand_view("live[tester@74747474] task test: closing the nursery of inner.c:20: 1 child, for 3,500 ms\n"
	            "live[tester@74747474]   nursery of outer.c:10: 0 children\n"
	            "live[tester@74747474]     scope, 5,500 ms left\n"
	            "live[tester@74747474]       nursery of inner.c:20, closing: 1 child\n"
	            "live[tester@74747474]         task: sleeps, 500 ms left, for 3,500 ms\n");
}

static int
hold_on(void *argument)
{
	struct acti_list queue;

	(void)argument;
	acti_list_init(&queue);
	(void)acti_wait_shielded_until(&queue, waiting, os.now_ns + 1000 * MS);
	return actor_checkpoint();
}

static int
cancel_and_close(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open_at(&nursery, "main.c", 42);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, hold_on, NULL);
	if (rc == 0)
		rc = actor_checkpoint();
	actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

Test(view, what_is_cancelled_is_shown_as_such)
{
	test_actor_start(&actor, cancel_and_close, NULL);
	demand_view("live[tester@74747474] task test: closing the nursery of main.c:42: 1 child, for 0 ms\n"
	            "live[tester@74747474]   nursery of main.c:42, cancelled by tester@74747474, closing: 1 child\n"
	            "live[tester@74747474]     task, cancelled by tester@74747474: waits for the test, for 0 ms\n");
	test_os_advance_ms(&os, 1000);
}

Test(view, who_cancelled_is_named)
{
	const struct actor_uid boss = { "boss", { 0xab, 0xcd, 0xef, 0x01 } };
	struct acti_scope scope;
	struct acti_view view;

	acti_scope_init(&scope, NULL, NULL, NULL);
	acti_scope_cancel(&scope, ACTOR_EDEADLINE, &boss);
	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	acti_view_begin(&view);
	acti_view_add_scope(&view, &scope);
	acti_view_end(&view);
	acti_scope_fini(&scope);
	cr_assert(test_os_logged(&os, "] , out of time by boss@abcdef01\n"));
}

static int
hold_a_shield(void *argument)
{
	int rc;

	(void)argument;
	ACTOR_SCOPE(cleanup, .shield_ms = 3000);
	rc = actor_sleep_ms(1000);
	return rc;
}

Test(view, a_shield_says_how_long_it_lasts)
{
	test_actor_start(&actor, hold_a_shield, NULL);
	test_os_settle(&os);
	test_os_advance_ms(&os, 600);
	demand_view("live[tester@74747474] task test: sleeps, 400 ms left, for 600 ms\n"
	            "live[tester@74747474]   scope, shielded for another 2,400 ms\n");
	test_os_advance_ms(&os, 400);
}

static int
nest(void *argument)
{
	unsigned *depth = argument;
	struct actor_nursery *nursery;
	int rc;

	if (*depth == 0)
		return actor_sleep_ms(1000);
	(*depth)--;
	rc = actor_nursery_open_at(&nursery, "nest.c", 1);
	if (rc == 0)
		rc = actor_nursery_start(nursery, nest, depth);
	return actor_nursery_close(nursery, rc);
}

Test(view, nesting_is_bounded)
{
	unsigned depth = 200;

	test_actor_start(&actor, nest, &depth);
	cr_assert_lt(count_lines(look()), 60);
	cr_assert(test_os_logged(&os, "   ... and what is nested deeper\n"));
	test_os_advance_ms(&os, 1000);
}

static int
open_scopes(void *argument)
{
	unsigned *depth = argument;
	int rc;

	ACTOR_SCOPE(one, .timeout_ms = 5000);
	if (--*depth == 0)
		return actor_sleep_ms(1000);
	rc = open_scopes(depth);
	return rc;
}

Test(view, of_many_scopes_the_inner_ones_are_shown)
{
	unsigned depth = ACTI_VIEW_DEPTH_MAX + 3;

	test_actor_start(&actor, open_scopes, &depth);
	cr_assert_eq(count_lines(look()), 1 + 1 + ACTI_VIEW_DEPTH_MAX);
	cr_assert(test_os_logged(&os, "... and 3 scopes around the next\n"));
	test_os_advance_ms(&os, 1000);
}

Test(view, looking_takes_no_memory)
{
	uint64_t ms = 5000;

	test_actor_start(&actor, close_in_a_scope, NULL);
	test_actor_start(&actor, sleep_for, &ms);
	test_os_settle(&os);
	os.memory.allocations_left = 0;
	look();
	os.memory.allocations_left = SIZE_MAX;
	cr_assert(test_os_logged(&os, "inner.c:20"));
	test_os_advance_ms(&os, 5000);
}
