/* SPDX-License-Identifier: BSD-2-Clause */

/* What the monitor makes of frames on streams between peers, as opposed to those between a parent and its child. */

#include <criterion/criterion.h>
#include <sim/sim.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_demand.h>
#include <wire/control.h>
#include <wire/frame.h>

#define PATH "/run/actor/one.sock"

static struct acti_sim sim;
static struct acti_monitor *monitor;
static struct acti_sim_process *caller, *callee;
static int near, far; /* the caller's end, and the callee's */
static struct actor_program program;

static void
unused(struct acti_sim_process *process)
{
	(void)process;
}

static __attribute__((noreturn)) void
abandon(struct acti_sim_process *process)
{
	(void)process;
	abort();
}

static void
wrote(struct acti_sim_process *process, int end, const unsigned char *bytes, size_t size)
{
	acti_monitor_wrote(monitor, process, end, bytes, size);
}

static const struct acti_sim_hooks hooks = {
	.enter = unused, .leave = unused, .abandon = abandon, .drop = unused, .wrote = wrote
};

static void
say(struct acti_sim_process *process, int end, unsigned kind, uint64_t cid)
{
	unsigned char bytes[ACTI_FRAME_HEADER_SIZE + ACTI_START_PREFIX_SIZE] = { 0 };
	const struct acti_frame frame = {
		.kind = (uint8_t)kind,
		.cid = cid,
		.body_size = kind == ACTI_FRAME_START ? ACTI_START_PREFIX_SIZE : 0,
	};
	size_t size = ACTI_FRAME_HEADER_SIZE + frame.body_size;

	acti_frame_encode(&frame, bytes);
	cr_assert_eq(process->os.ops->write(&process->os, end, bytes, size), (ssize_t)size);
}

static void
say_hello(struct acti_sim_process *process, int end, bool is_probe)
{
	static actor_wire_Hello hello;
	unsigned char bytes[ACTI_FRAME_HEADER_SIZE + 256];
	const struct actor_uid uid = { .name = "somebody", .uuid = { 1 } };
	struct acti_frame frame = { .kind = ACTI_FRAME_HELLO };

	memset(&hello, 0, sizeof hello);
	hello.version_min = hello.version_max = 1;
	hello.has_uid = true;
	acti_uid_to_wire(&uid, &hello.uid);
	hello.probe = is_probe;
	frame.body_size = (uint32_t)acti_hello_encode(&hello, bytes + ACTI_FRAME_HEADER_SIZE, 256);
	acti_frame_encode(&frame, bytes);
	cr_assert_gt(process->os.ops->write(&process->os, end, bytes, ACTI_FRAME_HEADER_SIZE + frame.body_size), 0);
}

static void
connect_them(bool is_probe)
{
	struct acti_listener_socket socket;
	struct acti_credentials who;
	const char *why;
	pid_t holder;

	monitor = acti_monitor_new();
	program = (struct actor_program){ .root = NULL };
	acti_sim_init(&sim, &hooks);
	acti_sim_begin(&sim, 1, 0);
	caller = acti_sim_start(&sim, "caller");
	callee = acti_sim_start(&sim, "callee");
	callee->program = &program;
	cr_assert_eq(callee->os.ops->listen(&callee->os, PATH, false, &socket, &holder, &why), 0);
	near = caller->os.ops->connect(&caller->os, PATH, &who);
	acti_sim_connected(&sim, acti_sim_stream_out(&sim, near));
	say_hello(caller, near, is_probe);
	far = callee->os.ops->accept(&callee->os, socket.fd, &who);
	say_hello(callee, far, false);
	test_demand(sim.failure[0] == '\0', "%s", sim.failure);
}

static void
begin(void)
{
	connect_them(false);
}

static void
begin_probe(void)
{
	connect_them(true);
}

static void
end(void)
{
	acti_sim_fini(&sim);
	acti_monitor_free(monitor);
}

TestSuite(monitor, .init = begin, .fini = end);
TestSuite(probe, .init = begin_probe, .fini = end);

Test(monitor, calls_between_peers_are_counted_by_themselves)
{
	say(caller, near, ACTI_FRAME_START, 1);
	say(callee, far, ACTI_FRAME_START, 2);
	say(callee, far, ACTI_FRAME_RETURN, 1);
	cr_assert_str_eq(sim.failure, "");
	cr_assert_eq(callee->peer_starts, 1);
	cr_assert_eq(callee->peer_replies, 1);
	cr_assert_eq(caller->peer_starts, 1);
	cr_assert_eq(caller->peer_replies, 0);
	cr_assert_eq(callee->starts + callee->replies + caller->starts, 0);
}

Test(monitor, who_connects_has_the_odd_numbers)
{
	say(caller, near, ACTI_FRAME_START, 2);
	cr_assert_str_eq(sim.failure, "caller sends a Start for cid 2: the other side never started it");
}

/* It does so by a call, whoever may. */
Test(monitor, a_peer_cannot_cancel_an_actor)
{
	static const unsigned uids[] = { 1000 };

	program.access.cancel_uids = uids;
	program.access.cancel_uid_count = 1;
	say(caller, near, ACTI_FRAME_CANCEL, 0);
	cr_assert_str_eq(sim.failure, "caller sends a Cancel for cid 0: they are not parent and child");
}

Test(monitor, nor_can_who_listens)
{
	say(callee, far, ACTI_FRAME_CANCEL, 0);
	cr_assert_str_eq(sim.failure, "callee sends a Cancel for cid 0: they are not parent and child");
}

Test(monitor, who_connected_lets_go_once)
{
	say(caller, near, ACTI_FRAME_STOP, 0);
	say(callee, far, ACTI_FRAME_START, 2);
	say(callee, far, ACTI_FRAME_BYE, 0);
	cr_assert_str_eq(sim.failure, "");
	say(caller, near, ACTI_FRAME_STOP, 0);
	cr_assert_str_eq(sim.failure, "caller sends a Stop for cid 0: it said that before");
}

Test(monitor, and_calls_nobody_after_that)
{
	say(caller, near, ACTI_FRAME_STOP, 0);
	say(caller, near, ACTI_FRAME_START, 1);
	cr_assert_str_eq(sim.failure, "caller sends a Start for cid 1: it has let go of the connection");
}

Test(monitor, who_listens_does_not_let_go)
{
	say(callee, far, ACTI_FRAME_STOP, 0);
	cr_assert_str_eq(sim.failure, "callee sends a Stop for cid 0: the other side has made the connection");
}

Test(probe, who_only_asks_says_bye)
{
	say(caller, near, ACTI_FRAME_BYE, 0);
	cr_assert_str_eq(sim.failure, "");
}

Test(probe, who_only_asks_says_no_more)
{
	say(caller, near, ACTI_FRAME_STOP, 0);
	cr_assert_str_eq(sim.failure, "caller sends a Stop for cid 0: it was only asked who is there");
}

Test(probe, nor_does_who_answered)
{
	say(callee, far, ACTI_FRAME_START, 2);
	cr_assert_str_eq(sim.failure, "callee sends a Start for cid 2: it was only asked who is there");
}
