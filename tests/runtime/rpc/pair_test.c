/* SPDX-License-Identifier: BSD-2-Clause */

/* Two actors, joined by a stream in memory: both sides of a call at once. */

#include "service.h"

#include <criterion/criterion.h>
#include <string.h>
#include <support/test_actor.h>
#include <support/test_demand.h>

#define MANY 10000
#define IN_FLIGHT 64

#if defined(__SANITIZE_ADDRESS__)
#define POOLS 0 /* such builds keep nothing */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOLS 0
#endif
#endif
#ifndef POOLS
#define POOLS 1
#endif

static struct test_os os;
static struct test_actor caller, callee;
static struct test_ops counts;

static void
begin(void)
{
	test_os_init(&os);
	counts = (struct test_ops){ 0 };
	test_actor_init(&caller, &os, "caller");
	test_actor_init(&callee, &os, "other");
	test_actor_serve(&callee, &test_service, &counts);
	test_actor_join(&caller, &callee);
}

static size_t
dialogs_of(const struct test_actor *actor)
{
	size_t count = actor->connection.call_count + actor->connection.served_count;

	for (size_t i = 0; i < ACTI_DIALOG_BUCKETS; i++)
		count += actor->connection.buckets[i] != NULL;
	return count;
}

static void
end(void)
{
	test_demand(dialogs_of(&caller) == 0, "the caller keeps a dialog");
	test_demand(dialogs_of(&callee) == 0, "the callee keeps a dialog");
	test_actor_fini(&caller);
	test_actor_fini(&callee);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_demand(os.stack_count == 0, "%zu stacks are left", os.stack_count);
	test_demand(test_os_running_timers(&os) == 0, "a timer is left");
	test_os_fini(&os);
}

TestSuite(pair, .init = begin, .fini = end);

static int
call(size_t endpoint, int32_t number, const char *text, const Test__Reply **ret_reply)
{
	Test__Request request = TEST__REQUEST__INIT;

	request.number = number;
	request.text = (char *)(uintptr_t)text;
	return acti_call(caller.handle, &test_service, endpoint, &request.base, ret_reply);
}

static int
call_many(void *argument)
{
	const int *count = argument;
	const Test__Reply *reply;
	int rc = 0;

	for (int32_t i = 0; rc == 0 && i < *count; i++) {
		rc = call(TEST_ECHO, i, "hello", &reply);
		if (rc != 0)
			break;
		cr_assert_eq(reply->number, i);
		actor_free(reply);
	}
	return rc;
}

/* shows: PR-20; robustness: D7, H6 */
Test(pair, ten_thousand_calls_leave_nothing_and_allocate_nothing_on_either_side)
{
	int warm_up = 100, many = MANY;
	size_t allocations, reads, writes, stacks;

	cr_assert_eq(test_actor_run(&caller, call_many, &warm_up), 0);
	allocations = os.memory.allocation_count;
	reads = os.reads;
	writes = os.writes;
	stacks = os.stacks_mapped;
	cr_assert_eq(test_actor_run(&caller, call_many, &many), 0);
	cr_assert_eq(counts.called, MANY + 100);
	cr_assert_eq(dialogs_of(&caller), 0);
	cr_assert_eq(dialogs_of(&callee), 0);
	cr_assert_eq(os.stacks_mapped, stacks);
	cr_assert_eq(os.reads - reads, 2 * MANY, "one read on either side");
	cr_assert_eq(os.writes - writes, 2 * MANY, "one write on either side");
	cr_assert_eq(os.timers_started, 0);
	if (POOLS)
		cr_assert_eq(os.memory.allocation_count, allocations);
}

static int
call_with_64_in_flight(void *argument)
{
	static Test__Reply *replies[IN_FLIGHT];
	Test__Request request = TEST__REQUEST__INIT;
	int rc = 0;

	for (int round = 0; rc == 0 && round < *(const int *)argument; round++) {
		struct actor_nursery *nursery;

		rc = actor_nursery_open(&nursery);
		for (int i = 0; rc == 0 && i < IN_FLIGHT; i++) {
			request.number = i;
			rc = acti_call_start(nursery, caller.handle, &test_service, TEST_ECHO, &request.base,
			                     &replies[i]);
		}
		rc = actor_nursery_close(nursery, rc);
		for (int i = 0; rc == 0 && i < IN_FLIGHT; i++) {
			cr_assert_eq(replies[i]->number, i);
			actor_free(replies[i]);
		}
	}
	return rc;
}

Test(pair, sixty_four_calls_in_flight_share_their_reads_and_writes)
{
	int warm_up = 3, rounds = 100;
	size_t allocations, before;

	cr_assert_eq(test_actor_run(&caller, call_with_64_in_flight, &warm_up), 0);
	allocations = os.memory.allocation_count;
	before = os.reads + os.writes;
	cr_assert_eq(test_actor_run(&caller, call_with_64_in_flight, &rounds), 0);
	cr_assert_leq((os.reads + os.writes - before) * 10, (size_t)rounds * IN_FLIGHT);
	if (POOLS)
		cr_assert_eq(os.memory.allocation_count, allocations);
}

static int
use_deadlines(void *argument)
{
	const Test__Reply *reply;
	int rc;

	(void)argument;
	rc = call(TEST_LEFT, 0, "", &reply);
	cr_assert_eq(rc, 0);
	cr_assert_eq(reply->number, -1);
	ACTOR_SCOPE(limit, .timeout_ms = 1000);
	rc = call(TEST_LEFT, 0, "", &reply);
	cr_assert_eq(rc, 0);
	cr_assert(reply->number >= 1000 && reply->number <= 1001);
	cr_assert_eq(actor_sleep_ms(300), 0);
	rc = call(TEST_LEFT, 0, "", &reply);
	cr_assert_eq(rc, 0);
	cr_assert(reply->number >= 700 && reply->number <= 701);
	rc = call(TEST_SLEEP, 5000, "", &reply);
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	return 0;
}

Test(pair, a_deadline_travels_as_the_time_that_is_left)
{
	test_actor_start(&caller, use_deadlines, NULL);
	test_os_advance_ms(&os, 2000);
	cr_assert_eq(caller.running, 0);
	cr_assert_eq(caller.rc, 0);
}

static int
catch_errors(void *argument)
{
	const struct actor_error *error;
	const Test__Reply *reply;
	const Test__Bad *bad;

	(void)argument;
	cr_assert_eq(call(TEST_RAISE, 0, "because", &reply), ACTOR_ERAISED);
	error = actor_error_last();
	cr_assert_str_eq(actor_error_type(error), "test.Bad");
	cr_assert_str_eq(actor_error_boxed_type(error), "test.Bad");
	bad = acti_raised(error, &test_bad);
	cr_assert_not_null(bad);
	cr_assert_str_eq(bad->why, "because");
	cr_assert_null(acti_raised(error, &test_other), "it is of another type");
	cr_assert_null(acti_raised(NULL, &test_bad));

	cr_assert_eq(call(TEST_RAISE, 70000, "large", &reply), ACTOR_ERAISED);
	cr_assert_str_eq(actor_error_type(actor_error_last()), "test.Bad");
	cr_assert_null(acti_raised(actor_error_last(), &test_bad), "its value is lost");

	cr_assert_eq(call(TEST_RAISE_OTHER, 0, "", &reply), ACTOR_EINVAL);
	cr_assert_null(acti_raised(actor_error_last(), &test_other));
	cr_assert_eq(call(TEST_FAIL, 0, "plain", &reply), ACTOR_EINVAL);
	cr_assert_str_eq(actor_error_origin(actor_error_last())->name, "other");
	return 0;
}

/* shows: ER-01, ER-03, ER-04 */
Test(pair, errors_arrive_typed)
{
	cr_assert_eq(test_actor_run(&caller, catch_errors, NULL), 0);
}

static int
raise_in_a_task_without_endpoint(void *argument)
{
	Test__Bad bad = TEST__BAD__INIT;

	(void)argument;
	return acti_raise(&bad.base);
}

Test(pair, a_task_that_serves_no_endpoint_declares_nothing)
{
	cr_assert_eq(test_actor_run(&caller, raise_in_a_task_without_endpoint, NULL), ACTOR_EINVAL);
	cr_assert(strstr(actor_error_message(&caller.error), "this task, which serves no endpoint,") != NULL);
}

static int
call_by_name(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	unsigned char packed[64];
	struct actor_bytes bytes = { packed, 0 }, reply;
	const Test__Reply *typed;

	(void)argument;
	request.number = 77;
	bytes.size = test__request__pack(&request, packed);
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "test.Service", "Echo", bytes, &reply), 0);
	cr_assert_eq(call(TEST_ECHO, 77, "", &typed), 0);
	cr_assert_eq(reply.size, test__reply__get_packed_size(typed));
	cr_assert(memcmp(reply.data, packed, reply.size) == 0, "the reply has the same fields");
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "test.Service", "Echo", bytes, NULL), 0);
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "test.Service", "Nothing", bytes, &reply),
	             ACTOR_ENOENDPOINT);
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "test.Service", "Items", bytes, &reply), ACTOR_EKIND);
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "test.Nothing", "Echo", bytes, &reply), ACTOR_EDENIED);
	bytes = (struct actor_bytes){ "\xff\xff", 2 };
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "test.Service", "Echo", bytes, &reply), ACTOR_EINVAL);
	cr_assert_eq(actor_portal_run_from_ns(caller.handle, "self", "ping", bytes, &reply), 0);
	cr_assert_eq(reply.size, 2);
	return 0;
}

/* shows: NS-01, NS-03, PR-03, PR-04, PR-06, PR-07 */
Test(pair, calls_by_name_need_no_module_here)
{
	cr_assert_eq(test_actor_run(&caller, call_by_name, NULL), 0);
}

/* Each side's queue passes one byte at a time, in every order of the ready tasks. */
Test(pair, any_schedule_and_any_pieces_give_the_same_outcome)
{
	int many = 20;

	for (uint64_t seed = 1; seed <= 10; seed++) {
		os.choices = seed;
		os.ends[caller.connection.link.fd].in_max = seed;
		os.ends[callee.connection.link.fd].read_max = 11 - seed + 1;
		cr_assert_eq(test_actor_run(&caller, call_many, &many), 0);
		many = 1;
		cr_assert_eq(test_actor_run(&caller, call_with_64_in_flight, &many), 0);
		many = 20;
	}
}

/* Both directions are full, and both sides only write: readers do not wait for writers. */
static int
send_large(void *argument)
{
	static uint8_t data[300 * 1024];
	struct test_actor *self = argument;
	struct actor_bytes reply;
	int rc = 0;

	for (int i = 0; rc == 0 && i < 5; i++)
		rc = actor_portal_run_from_ns(self->handle, "self", "ping", (struct actor_bytes){ data, sizeof data },
		                              &reply);
	return rc;
}

/* robustness: F22 */
Test(pair, both_may_fill_their_queues_at_once)
{
	os.ends[caller.connection.link.fd].in_max = 1000;
	os.ends[callee.connection.link.fd].in_max = 1000;
	for (int i = 0; i < 10; i++) {
		test_actor_start(&caller, send_large, &caller);
		test_actor_start(&callee, send_large, &callee);
	}
	test_os_settle(&os);
	cr_assert_eq(caller.running, 0);
	cr_assert_eq(callee.running, 0);
	cr_assert_eq(caller.rc, 0);
	cr_assert_eq(callee.rc, 0);
}
