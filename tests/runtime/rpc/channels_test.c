/* SPDX-License-Identifier: BSD-2-Clause */

/* One actor with two links: what one peer does there is not the other's to disturb. */

#include "fixture.h"

static struct test_ops counts;

static struct {
	struct acti_connection connection;
	struct actor_error loss;
	int far;
	bool is_ended;
} second;

static const struct actor_uid other_peer = { "other", { 0x6f } };

static void
second_frame(struct acti_connection *connection, const struct acti_frame *got, const unsigned char *bytes)
{
	if (got->kind == ACTI_FRAME_HELLO && !connection->is_open)
		acti_connection_take_hello(connection, bytes, got->body_size, NULL);
	else
		acti_connection_violate(connection, "a frame that concerns no dialog");
}

static void
second_ended(struct acti_connection *connection, const char *reason)
{
	second.is_ended = true;
	acti_error_set(&actor.proc.actor.scheduler.errors, &second.loss, ACTOR_EPEERGONE, "%s",
	               reason != NULL ? reason : "gone");
	acti_connection_lose(connection);
}

static const struct acti_connection_ops second_ops = { .frame = second_frame, .ended = second_ended };

static void
begin(void)
{
	int near;

	begin_linked(false, 1024);
	counts = (struct test_ops){ 0 };
	test_actor_serve(&actor, &test_service, &counts);
	memset(&second, 0, sizeof second);
	acti_error_init(&second.loss);
	test_os_pair(&os, &near, &second.far);
	cr_assert_eq(acti_connection_open(&second.connection, &actor.proc.actor, &second_ops, ACTI_ROLE_CHILD, near,
	                                  false, &second.loss),
	             0);
	test_peer_hello(&os, second.far, &other_peer, 1024, NULL);
	test_os_settle(&os);
	cr_assert(second.connection.is_open);
}

static void
end_both(void)
{
	if (!second.is_ended) {
		test_os_shut(&os, second.far);
		test_os_settle(&os);
	}
	acti_connection_fini(&second.connection);
	acti_error_reset(&actor.proc.actor.scheduler.errors, &second.loss);
	end();
}

TestSuite(channels, .init = begin, .fini = end_both);

static void
call(int end_of_peer, uint64_t cid, uint16_t endpoint, int32_t number)
{
	Test__Request request = TEST__REQUEST__INIT;
	unsigned char packed[64];
	size_t size;

	request.number = number;
	size = test__request__pack(&request, packed);
	size = test_start_by_number(body, 0, endpoint, 0, packed, size);
	test_peer_send(&os, end_of_peer, ACTI_FRAME_START, cid, body, size);
	test_os_settle(&os);
}

/* Takes the next frame that the second peer gets. */
static void
take_there(unsigned kind, uint64_t cid)
{
	test_os_settle(&os);
	cr_assert(test_peer_next(&os, second.far, &frame));
	cr_assert_eq(frame.head.kind, kind, "%s", acti_frame_kind_name(frame.head.kind));
	cr_assert_eq(frame.head.cid, cid);
}

/* shows: NS-07, NS-06; robustness: F5 */
Test(channels, a_call_is_cancelled_only_over_the_link_that_it_came_by)
{
	call(far, 1, TEST_SLEEP, 1000);
	cr_assert_eq(counts.called, 1);
	test_peer_send(&os, second.far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take_there(ACTI_FRAME_CANCEL_ACK, 1);
	take_nothing();
	cr_assert_eq(counts.cancelled, 0);
	cr_assert_eq(actor.connection.served_count, 1);
	test_peer_send(&os, far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take(ACTI_FRAME_CANCEL_ACK, 1);
	take_error(1, ACTOR_ECANCELED);
	cr_assert_eq(counts.cancelled, 1);
}

/* As call(), but nothing moves yet. */
static void
send_call(int end_of_peer, uint64_t cid, uint16_t endpoint)
{
	size_t size = test_start_by_number(body, 0, endpoint, 0, NULL, 0);

	test_peer_send(&os, end_of_peer, ACTI_FRAME_START, cid, body, size);
}

static void
turn_once(void)
{
	for (size_t i = 0; i < os.turn_count; i++)
		os.turns[i].turn(os.turns[i].argument);
}

static void
hear(const struct acti_connection *connection)
{
	struct acti_watch *watch = os.ends[connection->link.fd].watch;

	watch->ready(watch, ACTI_READABLE);
}

/* robustness: G9 */
Test(channels, a_thousand_calls_over_one_do_not_keep_a_call_over_the_other_waiting)
{
	uint32_t per_turn = actor.proc.actor.limits.starts_per_turn;

	for (uint64_t cid = 1; cid < 2000; cid += 2)
		send_call(far, cid, TEST_ECHO);
	send_call(second.far, 1, TEST_ECHO);
	hear(&actor.connection);
	hear(&second.connection);
	turn_once();
	cr_assert_eq(counts.called, per_turn + 1);
	cr_assert(test_peer_next(&os, second.far, &frame));
	cr_assert_eq(frame.head.kind, ACTI_FRAME_RETURN);
	send_call(second.far, 3, TEST_ECHO);
	hear(&actor.connection);
	hear(&second.connection);
	turn_once();
	cr_assert_eq(counts.called, 2 * per_turn + 2);
	cr_assert(test_peer_next(&os, second.far, &frame));
	for (uint64_t cid = 1; cid < 2000; cid += 2)
		take(ACTI_FRAME_RETURN, cid);
}

/* robustness: G9, G10 */
Test(channels, a_cancel_over_one_does_not_wait_for_the_calls_over_the_other)
{
	call(second.far, 1, TEST_SLEEP, 1000);
	for (uint64_t cid = 1; cid < 2000; cid += 2)
		send_call(far, cid, TEST_ECHO);
	test_peer_send(&os, second.far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	hear(&actor.connection);
	hear(&second.connection);
	turn_once();
	cr_assert_eq(counts.cancelled, 1);
	cr_assert_eq(counts.called, 1 + actor.proc.actor.limits.starts_per_turn);
	take_there(ACTI_FRAME_CANCEL_ACK, 1);
}

/* robustness: G9 */
Test(channels, calls_that_wait_for_their_turn_are_lost_with_their_link)
{
	for (uint64_t cid = 1; cid < 2000; cid += 2)
		send_call(second.far, cid, TEST_SLEEP);
	hear(&second.connection);
	turn_once();
	acti_connection_violate(&second.connection, "enough");
	cr_assert(second.is_ended);
	test_os_settle(&os);
	cr_assert_leq(counts.called, 2 * actor.proc.actor.limits.starts_per_turn);
	cr_assert_eq(second.connection.served_count, 0);
	call(far, 1, TEST_ECHO, 1);
	take(ACTI_FRAME_RETURN, 1);
}

/* shows: NS-07 */
Test(channels, the_same_number_on_two_links_is_two_calls)
{
	call(far, 1, TEST_SLEEP, 1000);
	call(second.far, 1, TEST_SLEEP, 1000);
	test_peer_send(&os, second.far, ACTI_FRAME_CANCEL, 1, NULL, 0);
	take_there(ACTI_FRAME_CANCEL_ACK, 1);
	take_there(ACTI_FRAME_ERROR, 1);
	cr_assert_eq(counts.cancelled, 1);
	test_os_advance_ms(&os, 1000);
	take(ACTI_FRAME_RETURN, 1);
}

/* shows: PR-18 */
Test(channels, the_loss_of_a_link_cancels_only_what_came_over_it)
{
	call(far, 1, TEST_SLEEP, 1000);
	call(second.far, 1, TEST_SLEEP, 1000);
	test_os_shut(&os, second.far);
	test_os_settle(&os);
	cr_assert(second.is_ended);
	cr_assert_eq(counts.cancelled, 1);
	test_os_advance_ms(&os, 1000);
	take(ACTI_FRAME_RETURN, 1);
}

/* shows: NS-14, ID-02 */
Test(channels, a_peer_that_gives_itself_another_name_loses_its_link_and_nothing_else_is_disturbed)
{
	call(far, 1, TEST_SLEEP, 1000);
	call(second.far, 1, TEST_SLEEP, 1000);
	test_peer_hello(&os, second.far, &peer, 1024, NULL);
	take_there(ACTI_FRAME_BYE, 0);
	cr_assert(second.is_ended);
	cr_assert_str_eq(second.connection.peer.name, "other");
	cr_assert_eq(counts.cancelled, 1);
	test_os_advance_ms(&os, 1000);
	take(ACTI_FRAME_RETURN, 1);
}
