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
	cr_assert_eq(limits->dialogs_max, 1024);
	cr_assert_eq(limits->queued_max, 1048576);
	cr_assert_eq(limits->handshake_ms, 5000);
}

Test(limits, every_control_body_fits)
{
	cr_assert_geq(acti_limits_default.control_size_max, ACTI_HELLO_SIZE_MAX);
	cr_assert_geq(acti_limits_default.control_size_max, ACTI_SPAWN_SPEC_SIZE_MAX);
	cr_assert_geq(acti_limits_default.control_size_max, ACTI_CANCEL_SIZE_MAX);
	cr_assert_eq(acti_limits_default.control_size_max, ACTI_ERROR_SIZE_MAX + ACTI_RAISED_VALUE_MAX);
}
