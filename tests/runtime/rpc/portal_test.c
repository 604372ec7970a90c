/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"

static void
begin(void)
{
	begin_linked(true, 1024);
}

TestSuite(portal, .init = begin, .fini = end);

static int
use(void *argument)
{
	const struct actor_portal *handle = argument;
	struct actor_identity identity;

	return actor_portal_identity(*handle, &identity);
}

static void
demand_stale(struct actor_portal handle, const char *message)
{
	cr_assert_eq(test_actor_run(&actor, use, &handle), ACTOR_ECLOSED);
	cr_assert_str_eq(actor_error_message(&actor.error), message);
}

/* robustness: G8 */
Test(portal, that_is_zeroed_is_refused)
{
	demand_stale((struct actor_portal){ 0 }, "the portal is empty: no spawn has filled it in");
}

/* robustness: G8 */
Test(portal, that_is_rubbish_is_refused)
{
	demand_stale((struct actor_portal){ UINT64_MAX }, "the portal is stale: its nursery has closed");
	demand_stale((struct actor_portal){ actor.handle.handle + 1 }, "the portal is stale: its nursery has closed");
	demand_stale((struct actor_portal){ actor.handle.handle + (UINT64_C(1) << 32) },
	             "the portal is stale: its nursery has closed");
}

Test(portal, whose_place_was_taken_by_another_is_refused)
{
	struct acti_portal *first = acti_portal_new(&actor.proc.actor, &peer, NULL), *second;
	struct actor_portal stale = acti_portal_handle(first), fresh;

	acti_portal_free(first);
	demand_stale(stale, "the portal is stale: its nursery has closed");
	second = acti_portal_new(&actor.proc.actor, &peer, NULL);
	fresh = acti_portal_handle(second);
	cr_assert_eq((uint32_t)fresh.handle, (uint32_t)stale.handle, "the place is used again");
	demand_stale(stale, "the portal is stale: its nursery has closed");
	cr_assert_eq(test_actor_run(&actor, use, &fresh), 0);
	acti_portal_free(second);
}

Test(portal, there_may_be_many)
{
	struct acti_portal *portals[100];
	struct actor_portal handle;

	for (size_t i = 0; i < ACTOR_COUNT(portals); i++)
		portals[i] = acti_portal_new(&actor.proc.actor, &peer, NULL);
	for (size_t i = 0; i < ACTOR_COUNT(portals); i++) {
		handle = acti_portal_handle(portals[i]);
		cr_assert_eq(test_actor_run(&actor, use, &handle), 0);
	}
	cr_assert_eq(test_actor_run(&actor, use, &actor.handle), 0);
	for (size_t i = 0; i < ACTOR_COUNT(portals); i++)
		acti_portal_free(portals[i]);
}

static int
look_who_is_there(void *argument)
{
	struct actor_identity identity;

	(void)argument;
	cr_assert_eq(actor_self(&identity), 0);
	cr_assert_str_eq(identity.uid.name, "actor");
	cr_assert_eq(identity.pid, 42);
	cr_assert_eq(actor_portal_identity(actor.handle, &identity), 0);
	cr_assert_str_eq(identity.uid.name, "peer");
	cr_assert_eq(identity.pid, 4711);
	return 0;
}

Test(portal, tells_who_is_behind_it_also_after_its_end)
{
	cr_assert_eq(test_actor_run(&actor, look_who_is_there, NULL), 0);
	test_os_shut(&os, far);
	test_os_settle(&os);
	cr_assert(actor.is_ended);
	cr_assert_eq(test_actor_run(&actor, look_who_is_there, NULL), 0);
}
