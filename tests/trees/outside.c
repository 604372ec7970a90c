/* SPDX-License-Identifier: BSD-2-Clause */
/* A program around its runtime: before, while it is local only, and after. */
#include <stdio.h>
#include <stdlib.h>

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

static enum actor_log_level seen_level;

static int
look_at_level(int argc, char **argv)
{
	(void)argc, (void)argv;
	seen_level = actor_self_log_level();
	return 0;
}

static enum actor_log_level
level_with(const char *variable, enum actor_log_level argument)
{
	const struct actor_program program = { .root = look_at_level, .log_level = argument };
	char *arguments[] = { (char *)"local", NULL };

	if (variable != NULL)
		setenv("ACTOR_LOG", variable, 1);
	EXPECT_INT(actor_main(1, arguments, &program), 0);
	unsetenv("ACTOR_LOG");
	return seen_level;
}

/* shows: SP-14 */
static int
the_environment_says_how_much_is_logged_then_the_program(void)
{
	char text[1024];

	unsetenv("ACTOR_LOG");
	EXPECT_INT(level_with(NULL, ACTOR_LOG_DEFAULT), ACTOR_LOG_WARNING);
	EXPECT_INT(level_with(NULL, ACTOR_LOG_INFO), ACTOR_LOG_INFO);
	EXPECT_INT(level_with("error", ACTOR_LOG_INFO), ACTOR_LOG_ERROR);
	EXPECT_INT(level_with("debug", ACTOR_LOG_INFO), ACTOR_LOG_DEBUG);
	EXPECT_INT(level_with("debug", ACTOR_LOG_DEFAULT), ACTOR_LOG_DEBUG);
	capture_stderr();
	EXPECT_INT(level_with("verbose", ACTOR_LOG_INFO), ACTOR_LOG_INFO);
	captured_stderr(text, sizeof text);
	EXPECT_PART(text, "ACTOR_LOG is \"verbose\": it can be error, warning, info or debug");
	EXPECT_INT(actor_self_log_level(), ACTOR_LOG_DEFAULT); /* no actor is here */
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_program_is_an_actor_only_within_actor_main),
		CHECK(the_environment_says_how_much_is_logged_then_the_program),
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
