/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <wire/control.h>
#include <wire/limits.h>

Test(limits, defaults_are_the_documented_ones)
{
	const struct acti_limits *limits = &acti_limits_default;

	cr_assert_eq(limits->message_size_max, 1048576);
	cr_assert_eq(limits->depth_max, 32);
	cr_assert_eq(limits->elements_max, 65536);
	cr_assert_eq(limits->unknown_max, 64);
	cr_assert_eq(limits->decoded_factor, 4);
	cr_assert_eq(limits->decoded_base, 1048576);
	cr_assert_eq(limits->dialogs_max, 16384);
	cr_assert_eq(limits->peer_dialogs_max, 1024);
	cr_assert_eq(limits->starts_per_turn, 64);
	cr_assert_eq(limits->cancels_burst, 1000);
	cr_assert_eq(limits->cancels_per_s, 33);
	cr_assert_eq(limits->queued_max, 1048576);
	cr_assert_eq(limits->handshake_ms, 5000);
	cr_assert_eq(limits->blocking_threads, 4);
	cr_assert_eq(limits->supervision.ack_ms, 500);
	cr_assert_eq(limits->supervision.terminate_ms, 1600);
	cr_assert_eq(limits->supervision.budget_ms, 2300);
	cr_assert_eq(limits->supervision.hop_ms, 20);
	cr_assert_eq(limits->supervision.ping_ms, 1000);
	cr_assert_eq(limits->supervision.watchdog_ms, 100);
}

Test(limits, what_a_program_does_not_say_stays)
{
	struct acti_limits limits = acti_limits_default;

	acti_limits_set_supervision(&limits, &(struct actor_supervision){ .ack_ms = 1, .ping_ms = ACTOR_NEVER });
	cr_assert_eq(limits.supervision.ack_ms, 1);
	cr_assert_eq(limits.supervision.ping_ms, ACTOR_NEVER);
	cr_assert_eq(limits.supervision.budget_ms, 2300);
}

Test(limits, every_control_body_fits)
{
	cr_assert_geq(acti_limits_default.control_size_max, ACTI_HELLO_SIZE_MAX);
	cr_assert_geq(acti_limits_default.control_size_max, ACTI_SPAWN_SPEC_SIZE_MAX);
	cr_assert_geq(acti_limits_default.control_size_max, ACTI_CANCEL_SIZE_MAX);
	cr_assert_eq(acti_limits_default.control_size_max, ACTI_ERROR_SIZE_MAX + ACTI_RAISED_VALUE_MAX);
}
