/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RPC_FIXTURE_H
#define TEST_RPC_FIXTURE_H

/* One actor, and at the other end of its link a peer whose frames are made by hand. */

#include "service.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <support/test_actor.h>
#include <support/test_demand.h>

static struct test_os os;
static struct test_actor actor;
static struct test_frame frame; /* the one that was taken last */
static int far;                 /* the peer's end */
static __attribute__((unused)) unsigned char body[ACTI_ERROR_SIZE_MAX + 2 * 1024 * 1024];
static struct actor_error error; /* the one that was taken last */

static const struct actor_uid peer = { "peer", { 0x70, 0x70, 0x70, 0x70 } };

/* Takes the next frame that the actor sent. */
static inline void
take(unsigned kind, uint64_t cid)
{
	test_os_settle(&os);
	cr_assert(test_peer_next(&os, far, &frame), "no %s came", acti_frame_kind_name(kind));
	cr_assert_eq(frame.head.kind, kind, "%s instead of %s: %s", acti_frame_kind_name(frame.head.kind),
	             acti_frame_kind_name(kind), (const char *)frame.body.at);
	cr_assert_eq(frame.head.cid, cid);
}

static inline void
take_nothing(void)
{
	test_os_settle(&os);
	cr_assert_not(test_peer_next(&os, far, &frame), "a %s came", acti_frame_kind_name(frame.head.kind));
}

/* Takes an Error, as an actor would that is called peer's peer. */
static inline void
take_error(uint64_t cid, int code)
{
	struct actor *self = test_actor_of(&actor);

	take(ACTI_FRAME_ERROR, cid);
	cr_assert(acti_error_decode(&self->scheduler.errors, &error, &self->wire->error, &self->uid, frame.body.at,
	                            frame.body.size));
	cr_assert_eq(error.code, code, "%s", actor_error_text(&error));
}

/* The link was closed for a reason, and the peer was told. */
static inline void
take_bye(const char *reason)
{
	take(ACTI_FRAME_BYE, 0);
	cr_assert_str_eq((const char *)frame.body.at, reason);
	cr_assert(actor.is_ended);
	cr_assert_str_eq(actor.reason, reason);
	cr_assert_eq(os.ends[far].peer, -1);
}

static inline size_t
dialogs_in_table(const struct test_actor *self)
{
	size_t count = 0;

	for (size_t i = 0; i < ACTI_DIALOG_BUCKETS; i++)
		for (struct acti_dialog *dialog = self->connection.buckets[i]; dialog != NULL; dialog = dialog->next)
			count++;
	return count;
}

static void
begin_linked(bool is_maker, uint32_t dialogs_max)
{
	int near;

	test_os_init(&os);
	test_actor_init(&actor, &os, "actor");
	acti_error_init(&error);
	test_os_pair(&os, &near, &far);
	test_actor_link(&actor, near, is_maker);
	test_peer_hello(&os, far, &peer, dialogs_max, &test_service);
	take(ACTI_FRAME_HELLO, 0);
	cr_assert(actor.connection.is_open);
}

static void
end(void)
{
	struct acti_list *links[] = { &actor.connection.calls, &actor.connection.queued };

	test_os_settle(&os);
	if (!actor.is_ended) {
		test_os_shut(&os, far);
		test_os_settle(&os);
	}
	test_demand(actor.is_ended, "the link has not ended");
	test_os_advance_ms(&os, 1000);
	test_demand(dialogs_in_table(&actor) == 0, "a dialog is left");
	for (size_t i = 0; i < 2; i++)
		test_demand(acti_list_is_empty(links[i]), "a call is left");
	acti_error_reset(&actor.proc.actor.scheduler.errors, &error);
	test_actor_fini(&actor);
	test_frame_fini(&frame);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_demand(os.stack_count == 0, "%zu stacks are left", os.stack_count);
	test_demand(test_os_running_timers(&os) == 0, "a timer is left");
	test_os_fini(&os);
}

#endif
