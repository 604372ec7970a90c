/* SPDX-License-Identifier: BSD-2-Clause */

/* The memory of a task, and its last error. */

#include "fixture.h"
#include <string.h>

TestSuite(memory, .init = begin, .fini = end);

#define LARGE (4u * 1024 * 1024) /* no pool keeps it */

static int
allocate_all_kinds(void *argument)
{
	unsigned char *bytes = actor_alloc(100), *zeroes = actor_calloc(10, 10);
	char *text = actor_strdup("hello");

	(void)argument;
	cr_assert(bytes != NULL && zeroes != NULL && text != NULL && actor_alloc(0) != NULL);
	cr_assert_eq((uintptr_t)bytes % 16, 0);
	memset(bytes, 1, 100);
	for (size_t i = 0; i < 100; i++)
		cr_assert_eq(zeroes[i], 0);
	cr_assert_str_eq(text, "hello");
	cr_assert_not_null(actor_alloc(LARGE));
	return 0;
}

Test(memory, of_a_task_ends_with_it)
{
	size_t before = os.memory.live_bytes;

	cr_assert_eq(test_actor_run(&actor, allocate_all_kinds, NULL), 0);
	cr_assert_lt(os.memory.live_bytes, before + LARGE);
}

static int
free_early(void *argument)
{
	size_t before;
	void *large;

	(void)argument;
	before = os.memory.live_bytes;
	large = actor_alloc(LARGE);
	cr_assert_gt(os.memory.live_bytes, before);
	actor_free(large);
	cr_assert_eq(os.memory.live_bytes, before);
	actor_free(NULL);
	{
		ACTOR_OWNED(char, owned);
		owned = actor_alloc(LARGE);
		cr_assert_not_null(owned);
	}
	cr_assert_eq(os.memory.live_bytes, before);
	return 0;
}

Test(memory, may_be_given_back_early)
{
	cr_assert_eq(test_actor_run(&actor, free_early, NULL), 0);
}

static int
ask_for_too_much(void *argument)
{
	struct {
		size_t n_items;
		uint64_t *items;
	} message = { 0 };

	volatile size_t huge = SIZE_MAX;

	(void)argument;
	cr_assert_null(actor_calloc(huge / 2, 3));
	cr_assert_null(actor_alloc(huge));
	cr_assert_eq(ACTOR_REPEATED(&message, items, 3), 0);
	cr_assert_eq(message.n_items, 3);
	message.items[2] = 7;
	os.memory.allocations_left = 0;
	cr_assert_eq(ACTOR_REPEATED(&message, items, 100000), ACTOR_ENOMEM);
	cr_assert_eq(message.n_items, 0);
	os.memory.allocations_left = SIZE_MAX;
	return 0;
}

Test(memory, that_is_not_there_is_refused)
{
	cr_assert_eq(test_actor_run(&actor, ask_for_too_much, NULL), 0);
}

/* ---- actor_error_last() ---- */

static int
look_at_errors(void *argument)
{
	struct actor_nursery *nursery;
	int rc;

	(void)argument;
	cr_assert_null(actor_error_last());
	rc = actor_fail(ACTOR_EINVAL, "%d is too large", 7);
	cr_assert_eq(rc, ACTOR_EINVAL);
	cr_assert_eq(actor_error_code(actor_error_last()), ACTOR_EINVAL);
	cr_assert(strncmp(last_message(), "7 is too large (", 16) == 0);
	cr_assert(strstr(last_message(), "memory_test.c:") != NULL);

	/* Successes keep it. */
	cr_assert_eq(actor_checkpoint(), 0);
	actor_free(actor_alloc(10));
	cr_assert(strncmp(last_message(), "7 is too large (", 16) == 0);

	/* So do closes that are handed the code. */
	cr_assert_eq(actor_nursery_open(&nursery), 0);
	cr_assert_eq(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	cr_assert(strncmp(last_message(), "7 is too large (", 16) == 0);
	ACTOR_SCOPE(limit, .timeout_ms = 10);
	cr_assert_eq(actor_scope_close(&limit, rc, NULL), ACTOR_EINVAL);
	cr_assert(strncmp(last_message(), "7 is too large (", 16) == 0);

	/* The next failure replaces it. */
	cr_assert_eq(actor_fail(ACTOR_EKIND, "other"), ACTOR_EKIND);
	cr_assert(strncmp(last_message(), "other (", 7) == 0);
	return ACTOR_EKIND;
}

Test(memory, the_last_error_is_kept_by_success_by_close_and_by_free)
{
	cr_assert_eq(test_actor_run(&actor, look_at_errors, NULL), ACTOR_EKIND);
	cr_assert(strncmp(actor_error_message(&actor.error), "other (", 7) == 0);
}

static int
fail_silently(void *argument)
{
	(void)argument;
	return ACTOR_EDENIED;
}

Test(memory, a_code_without_details_gets_some)
{
	cr_assert_eq(test_actor_run(&actor, fail_silently, NULL), ACTOR_EDENIED);
	cr_assert_eq(actor_error_code(&actor.error), ACTOR_EDENIED);
	cr_assert_str_eq(actor_error_message(&actor.error), "test gave -1007 without saying why");
}

static int
fail_or_look(void *argument)
{
	if (*(const char *)argument == 'f')
		return actor_fail(ACTOR_EINVAL, "mine");
	cr_assert_eq(actor_checkpoint(), 0);
	cr_assert_null(actor_error_last());
	return 0;
}

Test(memory, the_last_error_is_the_tasks_own)
{
	test_actor_start(&actor, fail_or_look, "look");
	test_actor_start(&actor, fail_or_look, "fail");
	test_actor_start(&actor, fail_or_look, "look");
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
}

static int
fail_at_length(void *argument)
{
	char text[3000];

	(void)argument;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	return actor_fail(ACTOR_EINVAL, "%s", text);
}

/* robustness: F18 */
Test(memory, a_long_message_is_cut)
{
	cr_assert_eq(test_actor_run(&actor, fail_at_length, NULL), ACTOR_EINVAL);
	cr_assert_eq(strlen(actor_error_message(&actor.error)), 1023);
	cr_assert(strstr(actor_error_message(&actor.error), "xx (fail_at_length() at ") != NULL, "its place is not");
}
