/* SPDX-License-Identifier: BSD-2-Clause */

/* What the live view tells of connections, and of the tasks that wait for them. */

#include "fixture.h"

static void
begin(void)
{
	begin_linked(true, 2);
}

TestSuite(view, .init = begin, .fini = end);

static void
demand_view(const char *wanted)
{
	struct acti_view view;

	test_os_settle(&os);
	os.log.size = 0;
	acti_view_init(&view, &os.os, &test_actor_of(&actor)->uid);
	acti_connection_view(&view, &actor.connection);
	acti_view_tasks(&view, &test_actor_of(&actor)->scheduler);
	acti_view_fini(&view);
	test_bytes_add_byte(&os.log, 0);
	cr_assert_str_eq((const char *)os.log.at, wanted, "\n%s---- instead of ----\n%s", (const char *)os.log.at,
	                 wanted);
}

static struct acti_task *caller;

static int
make_call(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	Test__Reply *reply;

	(void)argument;
	caller = acti_task_current();
	return acti_call(actor.handle, &test_service, TEST_ECHO, &request.base, &reply);
}

static int
make_call_by_name(void *argument)
{
	(void)argument;
	return actor_portal_run_from_ns(actor.handle, "other.Module", "Do\x1b", (struct actor_bytes){ 0 }, NULL);
}

Test(view, a_call_in_flight_is_seen_by_its_dialog_and_by_its_task)
{
	test_actor_start(&actor, make_call, NULL);
	test_os_settle(&os);
	test_os_advance_ms(&os, 1234);
	demand_view("live[actor@61616161] calls #1 test.Service.Echo: calling, for 1,234 ms\n"
	            "live[actor@61616161] task test: waits for the reply of test.Service.Echo from peer@70707070, "
	            "for 1,234 ms\n");
}

Test(view, a_call_by_name_has_its_name_and_it_is_escaped)
{
	test_actor_start(&actor, make_call_by_name, NULL);
	demand_view("live[actor@61616161] calls #1 other.Module.Do\\x1b: calling, for 0 ms\n"
	            "live[actor@61616161] task test: waits for the reply of other.Module.Do\\x1b from peer@70707070, "
	            "for 0 ms\n");
}

Test(view, a_cancelled_call_waits_for_its_end_and_is_abandoned_then)
{
	test_actor_start(&actor, make_call, NULL);
	test_os_settle(&os);
	acti_scope_cancel(&caller->root_scope, ACTOR_ECANCELED, &peer);
	demand_view("live[actor@61616161] calls #1 test.Service.Echo: calling, cancelled, for 0 ms\n"
	            "live[actor@61616161] task test, cancelled by peer@70707070: waits for the end of "
	            "test.Service.Echo from peer@70707070, for 0 ms\n");
	test_os_advance_ms(&os, 5000);
	demand_view("live[actor@61616161] calls #1: abandoned, cancelled, for 5,000 ms\n");
}

static int
start_calls(void *argument)
{
	Test__Request request = TEST__REQUEST__INIT;
	struct actor_nursery *nursery;
	Test__Reply *replies[3];
	int rc = actor_nursery_open_at(&nursery, "main.c", 42);

	(void)argument;
	for (int i = 0; rc == 0 && i < 3; i++)
		rc = acti_call_start(nursery, actor.handle, &test_service, TEST_SLEEP, &request.base, &replies[i]);
	return actor_nursery_close(nursery, rc);
}

Test(view, calls_of_a_nursery_are_its_children_and_more_than_the_peer_takes_are_queued)
{
	test_actor_start(&actor, start_calls, NULL);
	demand_view("live[actor@61616161] calls #1 test.Service.Sleep: calling, for 0 ms\n"
	            "live[actor@61616161] calls #3 test.Service.Sleep: calling, for 0 ms\n"
	            "live[actor@61616161] calls test.Service.Sleep: queued, for 0 ms\n"
	            "live[actor@61616161] task test: closing the nursery of main.c:42: 3 children, for 0 ms\n"
	            "live[actor@61616161]   nursery of main.c:42, closing: 3 children\n"
	            "live[actor@61616161]     call of test.Service.Sleep to peer@70707070, for 0 ms\n"
	            "live[actor@61616161]     call of test.Service.Sleep to peer@70707070, for 0 ms\n"
	            "live[actor@61616161]     call of test.Service.Sleep to peer@70707070, for 0 ms\n");
}

Test(view, a_task_that_waits_for_room_says_on_which_link)
{
	os.ends[far].in_max = 0;
	actor.connection.link.queued_max = 20;
	test_actor_start(&actor, make_call, NULL);
	test_os_settle(&os);
	test_actor_start(&actor, make_call, NULL);
	demand_view("live[actor@61616161] calls #1 test.Service.Echo: calling, for 0 ms\n"
	            "live[actor@61616161] task test: waits for the reply of test.Service.Echo from peer@70707070, "
	            "for 0 ms\n"
	            "live[actor@61616161] task test: waits for room on the link to peer@70707070, where 32 bytes are "
	            "queued, for 0 ms\n");
	os.ends[far].in_max = SIZE_MAX;
}

Test(view, what_is_served_is_seen_by_its_dialog_and_by_its_task)
{
	static struct test_ops ops;
	Test__Request request = TEST__REQUEST__INIT;
	unsigned char payload[100];
	size_t size;

	test_actor_serve(&actor, &test_service, &ops);
	request.number = 10000;
	size = test__request__pack(&request, payload);
	test_peer_send(&os, far, ACTI_FRAME_START, 2, body,
	               test_start_by_number(body, 0, TEST_SLEEP, 5000, payload, size));
	test_os_settle(&os);
	test_os_advance_ms(&os, 1000);
	demand_view("live[actor@61616161] serves #2 test.Service.Sleep: serving, for 1,000 ms\n"
	            "live[actor@61616161] task test.Service.Sleep for peer@70707070, 4,000 ms left: sleeps, 9,000 ms "
	            "left, for 1,000 ms\n");
}
