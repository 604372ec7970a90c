/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_DISC_FIXTURE_H
#define TEST_DISC_FIXTURE_H

/* Roots that take their places in registries, and strangers that the test plays.  Time is exact. */

#include <criterion/criterion.h>
#include <disc/discovery.h>
#include <errno.h>
#include <rpc/service.h>
#include <stdio.h>
#include <string.h>
#include <support/test_actor.h>
#include <support/test_demand.h>

#define DIRECTORY "/run/bank"
#define REGISTRY DIRECTORY "/registry.sock"
#define ROOTS_MAX 5
#define MS UINT64_C(1000000)

/* A root, and what came of its start. */
struct test_root {
	struct test_actor actor;
	struct actor_program program;
	uint64_t began_ns, ended_ns;
	bool has_started, is_over;
	int rc;
	char message[512];
};

static struct test_os os;
static struct test_root roots[ROOTS_MAX];
static size_t root_count;
static __attribute__((unused)) struct test_frame frame;
static __attribute__((unused)) unsigned char body[8192];

/* It does nothing yet. */
static struct test_root *
make_root(const char *name)
{
	struct test_root *root = &roots[root_count++];

	memset(root, 0, sizeof *root);
	test_actor_init(&root->actor, &os, name);
	root->actor.proc.actor.uid.uuid[15] =
	    (unsigned char)((size_t)name[0] + root_count - 1); /* names may be the same */
	root->actor.proc.actor.root = root->actor.proc.actor.uid;
	root->program.registry = DIRECTORY;
	root->actor.proc.actor.program = &root->program;
	root->actor.proc.actor.log_level = ACTI_LOG_DEBUG;
	root->actor.proc.discovery = &acti_discovery_ops;
	return root;
}

static int
take_place(void *argument)
{
	struct test_root *root = argument;

	root->began_ns = os.now_ns;
	root->rc = acti_discovery_ops.start(&root->actor.proc);
	root->ended_ns = os.now_ns;
	if (root->rc != 0)
		snprintf(root->message, sizeof root->message, "%s", actor_error_message(actor_error_last()));
	root->is_over = true;
	return 0;
}

static void
start_root(struct test_root *root)
{
	root->has_started = true;
	test_actor_start(&root->actor, take_place, root);
	test_os_settle(&os);
}

static struct test_root *
start_well(const char *name)
{
	struct test_root *root = make_root(name);

	start_root(root);
	cr_assert(root->is_over);
	cr_assert_eq(root->rc, 0, "%s", root->message);
	return root;
}

static void
end_root(struct test_root *root)
{
	struct acti_proc *proc = &root->actor.proc;

	acti_scope_cancel(&proc->actor.scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	acti_discovery_ops.fini(proc);
	acti_peers_fini(proc);
	proc->actor.served_count = 0;
	test_os_settle(&os);
}

static void
begin(void)
{
	test_os_init(&os);
	root_count = 0;
}

static void
end(void)
{
	for (size_t i = root_count; i-- > 0;)
		end_root(&roots[i]);
	for (size_t i = 0; i < root_count; i++)
		test_actor_fini(&roots[i].actor);
	test_frame_fini(&frame);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_demand(os.stack_count == 0, "%zu stacks are left", os.stack_count);
	test_demand(test_os_running_timers(&os) == 0, "a timer is left");
	test_os_fini(&os);
}

/* ---- one that the test plays ---- */

static inline bool
is_closed(int far)
{
	test_os_settle(&os);
	return os.ends[far].peer < 0;
}

static inline void
shut(int far)
{
	test_os_shut(&os, far);
	test_os_settle(&os);
}

static inline void
take(int far, unsigned kind, uint64_t cid)
{
	test_os_settle(&os);
	cr_assert(test_peer_next(&os, far, &frame), "no %s came", acti_frame_kind_name(kind));
	cr_assert_eq(frame.head.kind, kind, "%s instead of %s: %s", acti_frame_kind_name(frame.head.kind),
	             acti_frame_kind_name(kind), (const char *)frame.body.at);
	cr_assert_eq(frame.head.cid, cid);
}

static inline void
take_nothing(int far)
{
	test_os_settle(&os);
	cr_assert_not(test_peer_next(&os, far, &frame), "a %s came", acti_frame_kind_name(frame.head.kind));
}

/* Of the Error that was taken; its code. */
static inline int
error_code(char *message, size_t size)
{
	struct actor *actor = test_actor_of(&roots[0].actor);
	struct actor_error error;
	int code;

	acti_error_init(&error);
	cr_assert(acti_error_decode(&actor->scheduler.errors, &error, &actor->wire->error, &actor->uid, frame.body.at,
	                            frame.body.size));
	code = error.code;
	snprintf(message, size, "%s", error.message);
	acti_error_reset(&actor->scheduler.errors, &error);
	return code;
}

/* Answers a Hello as somebody who is a registrar, or none. */
static inline void
answer_hello(int far, const struct actor_uid *uid, bool is_registrar)
{
	actor_wire_Hello hello = {
		.version_min = ACTI_PROTOCOL_VERSION,
		.version_max = ACTI_PROTOCOL_VERSION,
		.has_uid = true,
		.pid = TEST_STRANGER_PID,
		.registrar = is_registrar,
		.dialogs_max = 1024,
		.message_size_max = 1024 * 1024,
		.modules_count = is_registrar ? 1 : 0,
	};

	acti_uid_to_wire(uid, &hello.uid);
	if (is_registrar) {
		strcpy(hello.modules[0].name, actor_registrar_service.name);
		hello.modules[0].fingerprint = actor_registrar_service.fingerprint;
	}
	test_peer_send(&os, far, ACTI_FRAME_HELLO, 0, body, acti_hello_encode(&hello, body, sizeof body));
}

#endif
