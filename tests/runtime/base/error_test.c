/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/error.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_demand.h>
#include <support/test_memory.h>

#define RECORDS 40

static struct test_memory memory;
static struct acti_error_pool pool;
static struct actor_error error, other, group;

static const struct actor_uid leaf = { "leaf_0", { 0x1a, 0x2b, 0x3c, 0x4d } };
static const struct actor_uid supervisor = { "supervisor", { 0x99, 0xaa, 0xbb, 0xcc } };
static const struct actor_uid root = { "root", { 0x01 } };

static void
begin(void)
{
	test_memory_init(&memory);
	cr_assert_eq(acti_error_pool_init(&pool, &memory.memory, RECORDS), 0);
	acti_error_init(&error);
	acti_error_init(&other);
	acti_error_init(&group);
}

static size_t
records_free(void)
{
	return pool.members_max - pool.member_count;
}

static void
end(void)
{
	acti_error_reset(&pool, &error);
	acti_error_reset(&pool, &other);
	acti_error_reset(&pool, &group);
	if (pool.memory != NULL)
		test_demand(records_free() == RECORDS, "a record is lost");
	acti_error_pool_fini(&pool);
	test_demand(memory.live_blocks == 0, "%zu blocks leak", memory.live_blocks);
}

TestSuite(error, .init = begin, .fini = end);

/* A new failure with this message, added to the group. */
static void
add_failure(const char *message)
{
	acti_error_set(&pool, &other, ACTOR_EINVAL, "%s", message);
	acti_error_add(&pool, &group, &other);
}

Test(error, codes_have_a_name_a_text_and_a_grpc_code)
{
	cr_assert_str_eq(actor_code_name(ACTOR_EINVAL), "ACTOR_EINVAL");
	cr_assert_str_eq(actor_code_text(ACTOR_EINVAL), "an argument or a message is not valid");
	cr_assert_str_eq(actor_code_grpc(ACTOR_EINVAL), "INVALID_ARGUMENT");
	cr_assert_str_eq(actor_code_name(ACTOR_ESPAWN), "ACTOR_ESPAWN");
	cr_assert_str_eq(actor_code_name(0), "ACTOR_OK");
	cr_assert_str_eq(actor_code_grpc(0), "OK");
}

Test(error, numbers_that_are_no_codes_are_unknown)
{
	static const int numbers[] = { 1, -17, -1000, INT32_MAX, INT32_MIN };

	for (size_t i = 0; i < ACTOR_COUNT(numbers); i++) {
		cr_assert_str_eq(actor_code_name(numbers[i]), "<unknown>");
		cr_assert_str_eq(actor_code_grpc(numbers[i]), "UNKNOWN");
		cr_assert_str_eq(actor_code_text(numbers[i]), "an unknown error");
	}
}

Test(error, without_details_tells_so)
{
	cr_assert_eq(actor_error_code(&error), 0);
	cr_assert_str_eq(actor_error_message(&error), "");
	cr_assert_null(actor_error_origin(&error));
	cr_assert_null(actor_error_canceller(&error));
	cr_assert_eq(actor_error_hop_count(&error), 0);
	cr_assert_null(actor_error_hop(&error, 0));
	cr_assert_eq(actor_error_member_count(&error), 0);
	cr_assert_null(actor_error_member(&error, 0));
	cr_assert_eq(actor_error_wait_status(&error), -1);
}

Test(error, setting_replaces_all_of_the_failure_before)
{
	acti_error_set(&pool, &error, ACTOR_EPEERGONE, "gone");
	acti_error_append_hop(&error, &leaf);
	acti_error_set_canceller(&error, &root);
	acti_error_set_type(&error, "demo.Bad");
	error.wait_status = 9;
	error.value = acti_value_new(&memory.memory, 3);
	acti_error_set(&pool, &error, ACTOR_EINVAL, "%d is too large", 7);
	cr_assert_eq(actor_error_code(&error), ACTOR_EINVAL);
	cr_assert_str_eq(actor_error_message(&error), "7 is too large");
	cr_assert_str_eq(actor_error_type(&error), "ACTOR_EINVAL");
	cr_assert_null(actor_error_origin(&error));
	cr_assert_null(actor_error_canceller(&error));
	cr_assert_eq(actor_error_wait_status(&error), -1);
	cr_assert_null(error.value);
}

Test(error, a_message_may_be_made_of_the_one_it_replaces)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "inner");
	acti_error_set(&pool, &error, ACTOR_EINVAL, "outer: %s", actor_error_message(&error));
	cr_assert_str_eq(actor_error_message(&error), "outer: inner");
}

Test(error, a_long_message_is_cut_between_characters)
{
	char text[1200];

	memset(text, 'x', sizeof text);
	memcpy(text + 1022, "\xc3\xbc", 2);
	text[1100] = '\0';
	acti_error_set(&pool, &error, ACTOR_EINVAL, "%s", text);
	cr_assert_eq(strlen(actor_error_message(&error)), 1022);
}

Test(error, can_be_set_without_a_pool)
{
	acti_error_set(NULL, &error, ACTOR_ENORUNTIME, "outside");
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_ENORUNTIME: outside");
	cr_assert_eq(error.id, 0);
}

/* shows: ER-02 */
Test(error, after_one_hop_the_boxed_type_is_the_type_itself)
{
	acti_error_set(&pool, &error, ACTOR_ERAISED, NULL);
	acti_error_set_type(&error, "demo.Bad");
	acti_error_append_hop(&error, &leaf);
	cr_assert_str_eq(actor_error_type(&error), "demo.Bad");
	cr_assert_str_eq(actor_error_boxed_type(&error), "demo.Bad");
	cr_assert_eq(actor_error_hop_count(&error), 1);
	cr_assert(acti_uid_equal(actor_error_hop(&error, 0), &leaf));
	cr_assert(acti_uid_equal(actor_error_origin(&error), &leaf));
}

/* shows: ER-02 */
Test(error, after_more_hops_the_boxed_type_is_a_boxed_error)
{
	acti_error_set(&pool, &error, ACTOR_ERAISED, NULL);
	acti_error_set_type(&error, "demo.Bad");
	acti_error_append_hop(&error, &leaf);
	acti_error_append_hop(&error, &supervisor);
	cr_assert_str_eq(actor_error_type(&error), "demo.Bad");
	cr_assert_str_eq(actor_error_boxed_type(&error), "actor.BoxedError");
	cr_assert(acti_uid_equal(actor_error_origin(&error), &leaf));
	cr_assert(acti_uid_equal(actor_error_hop(&error, 1), &supervisor));
}

/* shows: ER-05 */
Test(error, a_boxed_error_made_here_without_a_code_has_an_unknown_type)
{
	cr_assert_str_eq(actor_error_type(&error), "<unknown>");
	cr_assert_str_eq(actor_error_boxed_type(&error), "<unknown>");
}

/* robustness: F19 */
Test(error, a_long_path_keeps_its_origin_and_its_last_hops)
{
	struct actor_uid hop = { "", { 0 } };

	acti_error_set(&pool, &error, ACTOR_EINVAL, NULL);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(hop.name, sizeof hop.name, "hop_%u", i);
		acti_error_append_hop(&error, &hop);
	}
	cr_assert_eq(actor_error_hop_count(&error), ACTI_ERROR_HOPS_MAX);
	cr_assert_str_eq(actor_error_origin(&error)->name, "hop_0");
	cr_assert_str_eq(actor_error_hop(&error, 0)->name, "hop_0");
	cr_assert_str_eq(actor_error_hop(&error, 1)->name, "hop_971");
	cr_assert_str_eq(actor_error_hop(&error, ACTI_ERROR_HOPS_MAX - 1)->name, "hop_999");
	cr_assert_lt(strlen(actor_error_text(&error)), ACTI_ERROR_TEXT_SIZE);
}

Test(error, a_copy_is_the_same_failure_and_stands_alone)
{
	acti_error_set(&pool, &error, ACTOR_EPEERGONE, "gone");
	acti_error_set_type(&error, "demo.Bad");
	acti_error_append_hop(&error, &leaf);
	acti_error_set_canceller(&error, &root);
	error.wait_status = 9;
	error.value_lost = true;
	error.value = acti_value_new(&memory.memory, 3);
	acti_error_copy(&pool, &other, &error);
	acti_error_reset(&pool, &error);
	cr_assert_eq(memory.live_blocks, 2, "the value lives on in the copy");
	cr_assert_eq(other.value->size, 3);
	cr_assert(other.value_lost);
	cr_assert_str_eq(actor_error_text(&other), "ACTOR_EPEERGONE: gone [demo.Bad] (killed by SIGKILL), "
	                                           "cancelled by root@01000000 from leaf_0@1a2b3c4d");
}

Test(error, a_move_leaves_the_source_without_details)
{
	add_failure("first");
	add_failure("second");
	acti_error_move(&pool, &error, &group);
	cr_assert_eq(actor_error_code(&group), 0);
	cr_assert_eq(actor_error_member_count(&group), 0);
	cr_assert_eq(actor_error_member_count(&error), 2);
	cr_assert_str_eq(actor_error_message(actor_error_member(&error, 1)), "second");
}

Test(error, copied_or_moved_onto_itself_stays)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "still here");
	acti_error_copy(&pool, &error, &error);
	acti_error_move(&pool, &error, &error);
	cr_assert_str_eq(actor_error_message(&error), "still here");
}

Test(error, keeps_its_place_on_a_list_when_it_is_reset)
{
	struct acti_list list;

	acti_list_init(&list);
	acti_list_push_back(&list, &error.link);
	acti_error_set(&pool, &error, ACTOR_EINVAL, NULL);
	acti_error_reset(&pool, &error);
	cr_assert_eq(acti_list_pop_front(&list), &error.link);
}

Test(error, a_group_of_one_is_that_one)
{
	add_failure("alone");
	cr_assert_eq(actor_error_code(&group), ACTOR_EINVAL);
	cr_assert_str_eq(actor_error_message(&group), "alone");
	cr_assert_eq(actor_error_member_count(&group), 0);
}

Test(error, a_second_failure_makes_a_group_and_keeps_the_order)
{
	add_failure("first");
	add_failure("second");
	add_failure("third");
	cr_assert_eq(actor_error_code(&group), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&group), 3);
	cr_assert_str_eq(actor_error_message(actor_error_member(&group, 0)), "first");
	cr_assert_str_eq(actor_error_message(actor_error_member(&group, 1)), "second");
	cr_assert_str_eq(actor_error_message(actor_error_member(&group, 2)), "third");
	cr_assert_null(actor_error_member(&group, 3));
	cr_assert_eq(actor_error_dropped_count(&group), 0);
}

Test(error, the_same_failure_counts_once)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "one");
	acti_error_add(&pool, &group, &error);
	acti_error_add(&pool, &group, &error);
	cr_assert_eq(actor_error_code(&group), ACTOR_EINVAL);
	add_failure("two");
	acti_error_add(&pool, &group, &error);
	acti_error_add(&pool, &group, &other);
	cr_assert_eq(actor_error_member_count(&group), 2);
}

Test(error, a_failure_inside_a_member_is_there_already)
{
	add_failure("one");
	acti_error_copy(&pool, &error, &other);
	add_failure("two");
	acti_error_copy(&pool, &other, &group);
	acti_error_reset(&pool, &group);
	acti_error_add(&pool, &group, &other);
	acti_error_add(&pool, &group, &error);
	cr_assert_eq(actor_error_member_count(&group), 2);
	cr_assert_str_eq(actor_error_message(actor_error_member(&group, 0)), "one");
}

Test(error, a_group_that_is_added_is_one_member)
{
	add_failure("one");
	add_failure("two");
	acti_error_move(&pool, &error, &group);
	acti_error_add(&pool, &group, &error);
	add_failure("three");
	cr_assert_eq(actor_error_member_count(&group), 2);
	cr_assert_eq(actor_error_code(actor_error_member(&group, 0)), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(actor_error_member(&group, 0)), 2);
	cr_assert_str_eq(actor_error_message(actor_error_member(&group, 1)), "three");
}

/* robustness: F20 */
Test(error, sixteen_members_are_kept_and_the_rest_is_counted)
{
	char message[16];

	for (unsigned i = 0; i < 10000; i++) {
		snprintf(message, sizeof message, "%u", i);
		add_failure(message);
	}
	cr_assert_eq(actor_error_member_count(&group), 16);
	cr_assert_eq(actor_error_dropped_count(&group), 10000 - 16);
	cr_assert_str_eq(actor_error_message(actor_error_member(&group, 15)), "15");
}

/* robustness: D2 */
Test(error, without_free_records_the_first_failure_is_kept_and_others_are_counted)
{
	struct acti_error_pool empty;

	cr_assert_eq(acti_error_pool_init(&empty, &memory.memory, 0), 0);
	acti_error_set(&empty, &error, ACTOR_EINVAL, "first");
	acti_error_set(&empty, &other, ACTOR_ENOMEM, "second");
	acti_error_add(&empty, &group, &error);
	acti_error_add(&empty, &group, &other);
	cr_assert_eq(actor_error_code(&group), ACTOR_EINVAL);
	cr_assert_eq(actor_error_dropped_count(&group), 1);
	cr_assert_str_eq(actor_error_text(&group), "ACTOR_EINVAL: first and 1 more");
	acti_error_reset(&empty, &group);
	acti_error_pool_fini(&empty);
}

/* robustness: D2 */
Test(error, with_one_free_record_the_first_failure_is_the_only_member)
{
	struct acti_error_pool tiny;

	cr_assert_eq(acti_error_pool_init(&tiny, &memory.memory, 1), 0);
	acti_error_set(&tiny, &error, ACTOR_EINVAL, "first");
	acti_error_set(&tiny, &other, ACTOR_ENOMEM, "second");
	acti_error_add(&tiny, &group, &error);
	acti_error_add(&tiny, &group, &other);
	cr_assert_eq(actor_error_code(&group), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&group), 1);
	cr_assert_eq(actor_error_dropped_count(&group), 1);
	acti_error_reset(&tiny, &group);
	acti_error_pool_fini(&tiny);
}

/* robustness: D2 */
Test(error, each_promise_has_a_record_whatever_becomes_of_memory_and_of_the_members)
{
	enum {
		PROMISES = 500
	};
	struct actor_error *records[PROMISES];
	size_t blocks = memory.live_blocks, more = 0;

	for (size_t i = 0; i < PROMISES; i++)
		cr_assert(acti_error_promise(&pool));
	memory.allocations_left = 0;
	for (size_t i = 0; i < 100; i++) {
		acti_error_set(&pool, &error, ACTOR_EINVAL, "a member");
		acti_error_add(&pool, &group, &error);
	}
	for (size_t i = 0; i < PROMISES; i++) {
		records[i] = acti_error_take_promised(&pool);
		acti_error_set(&pool, records[i], ACTOR_EINVAL, "%zu", i);
	}
	while (acti_error_promise(&pool))
		more++;
	for (size_t i = 0; i < PROMISES; i++) {
		cr_assert_eq(atoi(actor_error_message(records[i])), (int)i);
		acti_error_end_promise(&pool, records[i]);
	}
	for (; more > 0; more--)
		acti_error_end_promise(&pool, NULL);
	cr_assert_leq(memory.live_blocks, blocks + 1, "a burst does not stay for ever");
}

/* robustness: D1 */
Test(error, a_pool_that_gets_no_memory_says_so)
{
	struct acti_error_pool poor;

	memory.allocations_left = 0;
	cr_assert_eq(acti_error_pool_init(&poor, &memory.memory, 8), ACTOR_ENOMEM);
	cr_assert_null(acti_value_new(&memory.memory, 8));
	acti_error_pool_fini(&poor);
}

Test(error, a_value_lives_as_long_as_one_error_has_it)
{
	acti_error_set(&pool, &error, ACTOR_ERAISED, NULL);
	error.value = acti_value_new(&memory.memory, 5);
	acti_error_copy(&pool, &other, &error);
	cr_assert_eq(other.value, error.value);
	acti_error_reset(&pool, &error);
	acti_error_reset(&pool, &other);
	cr_assert_eq(memory.live_blocks, 1, "only the pool's records are left");
	acti_value_put(NULL);
}

Test(error, text_tells_all_in_one_line)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "%d is too large", 7);
	acti_error_set_type(&error, "demo.Bad");
	acti_error_append_hop(&error, &leaf);
	acti_error_append_hop(&error, &supervisor);
	acti_error_append_hop(&error, &root);
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_EINVAL: 7 is too large [demo.Bad] from leaf_0@1a2b3c4d "
	                                           "via supervisor@99aabbcc, root@01000000");
}

Test(error, text_without_a_message_is_the_codes)
{
	acti_error_set(&pool, &error, ACTOR_EDEADLINE, NULL);
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_EDEADLINE: the deadline passed");
}

Test(error, text_follows_later_changes)
{
	acti_error_set(&pool, &error, ACTOR_ECANCELED, NULL);
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_ECANCELED: cancelled");
	acti_error_set_canceller(&error, &root);
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_ECANCELED: cancelled, cancelled by root@01000000");
	acti_error_append_hop(&error, &leaf);
	cr_assert_str_eq(actor_error_text(&error),
	                 "ACTOR_ECANCELED: cancelled, cancelled by root@01000000 from leaf_0@1a2b3c4d");
	acti_error_set_canceller(&error, NULL);
	acti_error_set_type(&error, "demo.Bad");
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_ECANCELED: cancelled [demo.Bad] from leaf_0@1a2b3c4d");
}

Test(error, text_follows_members_that_are_added)
{
	add_failure("a");
	cr_assert_str_eq(actor_error_text(&group), "ACTOR_EINVAL: a");
	add_failure("b");
	cr_assert_str_eq(actor_error_text(&group), "ACTOR_EGROUP: several errors { ACTOR_EINVAL: a; ACTOR_EINVAL: b }");
	add_failure("c");
	cr_assert_str_eq(actor_error_text(&group),
	                 "ACTOR_EGROUP: several errors { ACTOR_EINVAL: a; ACTOR_EINVAL: b; ACTOR_EINVAL: c }");
}

/* robustness: A14 */
Test(error, text_names_how_a_process_ended)
{
	static const struct {
		int status;
		const char *text;
	} deaths[] = {
		{ SIGKILL, "ACTOR_EPEERGONE: the peer process ended (killed by SIGKILL)" },
		{ SIGSEGV | 0x80, "ACTOR_EPEERGONE: the peer process ended (killed by SIGSEGV, core dumped)" },
		{ 40, "ACTOR_EPEERGONE: the peer process ended (killed by signal 40)" },
		{ 3 << 8, "ACTOR_EPEERGONE: the peer process ended (exit status 3)" },
		{ 0, "ACTOR_EPEERGONE: the peer process ended (exit status 0)" },
		{ 0xffff, "ACTOR_EPEERGONE: the peer process ended (wait status 0xffff)" },
	};

	for (size_t i = 0; i < ACTOR_COUNT(deaths); i++) {
		acti_error_set(&pool, &error, ACTOR_EPEERGONE, NULL);
		error.wait_status = deaths[i].status;
		cr_assert_str_eq(actor_error_text(&error), deaths[i].text);
	}
}

Test(error, text_of_a_group_has_its_members_in_order)
{
	add_failure("a");
	add_failure("b");
	acti_error_move(&pool, &error, &group);
	acti_error_add(&pool, &group, &error);
	add_failure("c");
	group.dropped_count = 2;
	cr_assert_str_eq(actor_error_text(&group),
	                 "ACTOR_EGROUP: several errors { ACTOR_EGROUP: several errors { ACTOR_EINVAL: a; "
	                 "ACTOR_EINVAL: b }; ACTOR_EINVAL: c } and 2 more");
}

/* robustness: F18 */
Test(error, text_escapes_what_others_wrote)
{
	acti_error_set(&pool, &error, ACTOR_EINVAL, "a\nb\x1b[1m\xe2\x80\xae\xff");
	acti_error_set_type(&error, "x\ny");
	cr_assert_str_eq(actor_error_text(&error), "ACTOR_EINVAL: a\\nb\\x1b[1m\\u202e\\xff [x\\ny]");
	cr_assert_str_eq(actor_error_message(&error), "a\nb\x1b[1m\xe2\x80\xae\xff", "what was said is kept as it is");
}

/* robustness: F18 */
Test(error, text_is_cut_at_four_kibibytes)
{
	char message[ACTI_ERROR_MESSAGE_SIZE];

	memset(message, '\x1b', sizeof message - 1);
	message[sizeof message - 1] = '\0';
	for (unsigned i = 0; i < 16; i++)
		add_failure(message);
	cr_assert_lt(strlen(actor_error_text(&group)), ACTI_ERROR_TEXT_SIZE);
	cr_assert_str_eq(actor_error_text(&group) + strlen(actor_error_text(&group)) - 3, "...");
}

Test(error, text_that_is_there_already_is_not_written_again)
{
	static const struct actor_error constant = { .code = ACTOR_ENORUNTIME, .text = "ready" };

	cr_assert_str_eq(actor_error_text(&constant), "ready");
}
