/* SPDX-License-Identifier: BSD-2-Clause */
/* A program around its runtime: before, while it is local only, and after. */
#include <stdio.h>

#include "probe.h"

static uint64_t slept_ms;
static struct actor_identity root_identity;

static void
expect_no_runtime(void)
{
	struct trees_probe nobody = { .portal = { .handle = 1 } };
	struct actor_nursery *nursery;
	struct actor_identity identity;
	struct actor_portal portal;
	Trees__Value *reply;

	EXPECT_CODE(actor_self(&identity), ACTOR_ENORUNTIME);
	EXPECT_CODE(actor_nursery_open(&nursery), ACTOR_ENORUNTIME);
	EXPECT(nursery == NULL);
	EXPECT_CODE(actor_sleep_ms(1), ACTOR_ENORUNTIME);
	EXPECT_CODE(actor_checkpoint(), ACTOR_ENORUNTIME);
	EXPECT_CODE(actor_nursery_spawn(NULL, "child", &trees_probe_service, NULL, &portal), ACTOR_ENORUNTIME);
	EXPECT_CODE(trees_probe_echo(nobody, TREES_VALUE(.number = 1), &reply), ACTOR_ENORUNTIME);
	EXPECT_CODE(trees_probe_spawn(NULL, "child", NULL, &nobody), ACTOR_ENORUNTIME);
	EXPECT_CODE(actor_portal_identity(nobody.portal, &identity), ACTOR_ENORUNTIME);
	EXPECT_CODE(actor_portal_cancel_actor(nobody.portal), ACTOR_ENORUNTIME);
	EXPECT(actor_alloc(1) == NULL);
	EXPECT_INT(actor_error_code(actor_error_last()), ACTOR_ENORUNTIME);
}

static int
root(int argc, char **argv)
{
	uint64_t start = now_ms();
	int rc = actor_self(&root_identity);

	(void)argc, (void)argv;
	for (int i = 0; rc == 0 && i < 10; i++)
		rc = actor_sleep_ms(100);
	slept_ms = now_ms() - start;
	return rc;
}

static int
failing_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	return actor_fail(ACTOR_EINVAL, "the root failed");
}

/* shows: SP-31, SP-34, SP-01 */
static int
a_program_is_an_actor_only_within_actor_main(void)
{
	const struct actor_program program = { .root = root };
	char *arguments[] = { (char *)"local", NULL };

	expect_no_runtime();
	EXPECT(actor_error_message(actor_error_last())[0] != '\0');
	EXPECT_INT(actor_main(1, arguments, &program), 0);
	EXPECT(slept_ms >= 1000);
	EXPECT_TEXT(root_identity.uid.name, "root");
	expect_no_runtime();
	EXPECT_PART(actor_error_message(actor_error_last()), "root@"); /* who was here last */
	return 0;
}

static int
a_root_that_fails_says_why_and_ends_with_status_1(void)
{
	const struct actor_program program = { .root = failing_root };
	char *arguments[] = { (char *)"local", NULL };
	char text[1024];
	int status;

	capture_stderr();
	status = actor_main(1, arguments, &program);
	captured_stderr(text, sizeof text);
	EXPECT_INT(status, 1);
	EXPECT_PART(text, "the root failed");
	EXPECT_PART(text, "outside.c");
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_program_is_an_actor_only_within_actor_main),
		CHECK(a_root_that_fails_says_why_and_ends_with_status_1),
	};
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!trace_create())
		return 1;
	status = run_checks(checks, ACTOR_COUNT(checks), argc, argv);
	trace_remove();
	return status;
}
