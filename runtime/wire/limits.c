/* SPDX-License-Identifier: BSD-2-Clause */
#include <wire/control.h>
#include <wire/frame.h>
#include <wire/limits.h>

/*
 * decoded_base: protobuf-c's structs are much larger than their bytes when a message is a list of small things: a list
 * of points of 6 bytes each takes about 100 bytes for a point.  With this base, every message whose elements number
 * 10,000 passes, whatever they are, and one message never takes more than five times the largest frame.
 */
const struct acti_limits acti_limits_default = {
	.message_size_max = 1024 * 1024,
	.depth_max = 32,
	.elements_max = 65536,
	.unknown_max = 64,
	.decoded_factor = 4,
	.decoded_base = 1024 * 1024,
	.dialogs_max = 16384,
	.peer_dialogs_max = 1024,
	.starts_per_turn = 64,
	.cancels_burst = 1000,
	.cancels_per_s = 33,
	.children_max = 1024,
	.tree_depth_max = 64,
	.pending_max = 64 * 1024 * 1024,
	.queued_max = 1024 * 1024,
	.handshake_ms = 5000,
	.stranger_size_max = 4096 - ACTI_FRAME_HEADER_SIZE,
	.strangers_max = 64,
	.guests_max = 8,
	.peers_max = 1024,
	.frame_ms = 30000,
	.registrations_max = 1024,
	.waiters_max = 128,
	.leave_ms = 3000,
	.unregister_ms = 500,
	.probe_ms = 1000,
	.connect_ms = 5000,
	.control_size_max = ACTI_ERROR_SIZE_MAX + ACTI_RAISED_VALUE_MAX,
	.blocking_threads = 4,
	.supervision = {
		.ack_ms = 500,
		.terminate_ms = 1600,
		.budget_ms = 2300,
		.hop_ms = 20,
		.ping_ms = 1000,
		.watchdog_ms = 100,
	},
};

_Static_assert(ACTI_HELLO_SIZE_MAX <= ACTI_ERROR_SIZE_MAX, "the Error is the largest control body");
_Static_assert(ACTI_SPAWN_SPEC_SIZE_MAX <= ACTI_ERROR_SIZE_MAX, "the Error is the largest control body");

static void
set(uint32_t *knob, uint32_t wanted)
{
	if (wanted != 0)
		*knob = wanted;
}

void
acti_limits_set_supervision(struct acti_limits *limits, const struct actor_supervision *wanted)
{
	struct actor_supervision *knobs = &limits->supervision;

	set(&knobs->ack_ms, wanted->ack_ms);
	set(&knobs->terminate_ms, wanted->terminate_ms);
	set(&knobs->budget_ms, wanted->budget_ms);
	set(&knobs->hop_ms, wanted->hop_ms);
	set(&knobs->ping_ms, wanted->ping_ms);
	set(&knobs->watchdog_ms, wanted->watchdog_ms);
}
