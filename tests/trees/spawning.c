/* SPDX-License-Identifier: BSD-2-Clause */
/* How actors come to be: what a spawn gives, what a child gets, and what is refused. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define SIBLINGS 6

/* shows: SP-01, SP-02 */
static int
the_root_is_an_actor_and_every_nursery_is_of_it(void)
{
	struct actor_identity outer, inner;
	struct actor_nursery *first = NULL, *second = NULL;
	int rc = actor_self(&outer);

	if (rc == 0)
		rc = actor_nursery_open(&first);
	if (rc == 0)
		rc = actor_nursery_open(&second);
	if (rc == 0)
		rc = actor_self(&inner);
	if (rc == 0) {
		EXPECT_TEXT(outer.uid.name, "root");
		EXPECT_INT(outer.pid, getpid());
		EXPECT(memcmp(&outer.uid, &inner.uid, sizeof outer.uid) == 0);
	}
	rc = actor_nursery_close(second, rc);
	return actor_nursery_close(first, rc);
}

/* shows: SP-03 */
static int
a_second_root_is_refused_here_and_in_an_endpoint(void)
{
	const struct actor_program program = { 0 };
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	EXPECT_CODE(actor_main(0, NULL, &program), ACTOR_ERUNNING);
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "child", probe_options(NULL, NULL), &probe);
	if (rc == 0 && EXPECT_CODE(trees_probe_open_root(probe, NOTHING, &reply), ACTOR_ERUNNING)) {
		EXPECT_TEXT(actor_error_type(actor_error_last()), "ACTOR_ERUNNING");
		EXPECT_TEXT(actor_error_origin(actor_error_last())->name, "child");
	}
	return end_nursery(nursery, rc);
}

/* shows: SP-04, ID-04 */
static int
a_spawn_gives_a_process_that_is_ready(void)
{
	struct actor_nursery_report report;
	struct actor_identity seen;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Identity *own;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "ready", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		EXPECT_INT(trace_count("starting ready"), 1);
		actor_nursery_inspect(nursery, &report);
		EXPECT_INT(report.child_count, 1);
		rc = actor_portal_identity(probe.portal, &seen);
	}
	if (rc == 0)
		rc = trees_probe_identify(probe, NOTHING, &own);
	if (rc == 0) {
		EXPECT_INT(own->pid, seen.pid);
		EXPECT_INT(own->parent_pid, getpid());
		EXPECT_TEXT(own->name, seen.uid.name);
		EXPECT(own->uuid.len == 16 && memcmp(own->uuid.data, seen.uid.uuid, 16) == 0);
	}
	return end_nursery(nursery, rc);
}

/* shows: SP-06, PR-01 */
static int
a_daemon_takes_call_after_call_until_it_is_cancelled(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *first, *second;
	int pid = -1;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = trees_probe_count_calls(probe, NOTHING, &first);
	if (rc == 0)
		rc = trees_probe_count_calls(probe, NOTHING, &second);
	if (rc == 0) {
		EXPECT_INT(first->number, 0);
		EXPECT_INT(second->number, 1);
		pid = probe_pid(probe);
		EXPECT(!is_gone(pid));
	}
	rc = end_nursery(nursery, rc);
	EXPECT(is_gone(pid));
	return rc;
}

/* shows: SP-07 */
static int
a_nursery_waits_for_a_daemon_that_nobody_cancels(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int fired, rc;
	uint64_t start = now_ms();
	ACTOR_SCOPE(limit, .timeout_ms = 400);

	rc = actor_nursery_open(&nursery);
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &probe);
	EXPECT_CODE(rc, 0);
	rc = actor_nursery_close(nursery, rc);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	rc = actor_scope_close(&limit, rc, &fired);
	EXPECT(fired);
	EXPECT(now_ms() - start >= 400);
	return rc;
}

/* shows: SP-11, TD-14, ID-10 */
static int
a_child_spawns_in_its_turn_and_its_tree_ends_from_the_inside(void)
{
	char *path[] = { (char *)"inner", (char *)"innermost" };
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "outer", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = trees_probe_relay(probe, TREES_JOURNEY(.n_path = 2, .path = path, .number = 10), &reply);
	if (rc == 0)
		EXPECT_INT(reply->number, 10);
	rc = end_nursery(nursery, rc);

	/* Each was reaped by its own parent, before that ended; to the last, each had its one link, to the parent. */
	EXPECT_INT(trace_number("reaped innermost by inner gone"), 1);
	EXPECT_INT(trace_number("reaped inner by outer gone"), 1);
	EXPECT(trace_line("closing innermost") < trace_line("reaped innermost"));
	EXPECT(trace_line("reaped innermost") < trace_line("closing inner "));
	EXPECT(trace_line("closing inner ") < trace_line("reaped inner by"));
	EXPECT(trace_line("reaped inner by") < trace_line("closing outer"));
	EXPECT_INT(trace_number("closing innermost"), 1);
	EXPECT_INT(trace_number("closing inner "), 1);
	EXPECT_INT(trace_number("closing outer"), 1);
	return rc;
}

static int
modules_of(struct actor_portal portal, char *text, size_t size)
{
	struct actor_bytes reply;
	int rc = actor_portal_run_from_ns(portal, "self", "modules", (struct actor_bytes){ 0 }, &reply);

	if (rc == 0)
		snprintf(text, size, "%.*s", (int)reply.size - 2, (const char *)reply.data + 2);
	return rc;
}

/* shows: SP-15, AL-06 */
static int
a_child_serves_what_its_spawner_named_and_inherits_nothing(void)
{
	const struct actor_service *const extra[] = { &trees_other_service, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);
	struct actor_nursery *nursery;
	struct actor_portal other;
	struct trees_probe plain, both;
	char text[256];
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "plain", &options, &plain);
	options.enable = extra;
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "both", &options, &both);
	if (rc == 0)
		rc = actor_nursery_spawn(nursery, "other", NULL, &options, &other);
	if (rc == 0)
		rc = modules_of(plain.portal, text, sizeof text);
	if (rc == 0)
		EXPECT_TEXT(text, "trees.Probe");
	if (rc == 0)
		rc = modules_of(both.portal, text, sizeof text);
	if (rc == 0)
		EXPECT_TEXT(text, "trees.Probe\ntrees.Other");
	if (rc == 0)
		rc = modules_of(other, text, sizeof text);
	if (rc == 0)
		EXPECT_TEXT(text, "trees.Other");
	return end_nursery(nursery, rc);
}

static const char *
temporary_file(char *entry, size_t size)
{
	snprintf(entry, size, TEMPORARY_FILE "=/tmp/actor-trees-file-%d", getpid());
	return strchr(entry, '=') + 1;
}

static bool
file_is_there(const char *path, const char *suffix)
{
	char full[256];

	snprintf(full, sizeof full, "%s%s", path, suffix);
	return access(full, F_OK) == 0;
}

/* What the child says that its level is, and what it tells when it is terminated. */
static int
look_at_level(enum actor_log_level level, int *ret_level, char *text, size_t size)
{
	const struct actor_spawn_options *plain = probe_options(NULL, NULL);
	struct actor_spawn_options options = { .log_level = level };
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0 && plain != NULL) {
		options.environment = plain->environment;
		rc = trees_probe_spawn(nursery, "talker", &options, &probe);
	}
	if (rc == 0)
		rc = trees_probe_log_level(probe, NOTHING, &reply);
	if (rc == 0) {
		*ret_level = (int)reply->number;
		send_signal(probe_pid(probe), SIGTERM);
	}
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EPEERGONE);
	captured_stderr(text, size);
	return 0;
}

/* shows: SP-13 */
static int
a_child_logs_as_its_spawner_says_or_does_itself(void)
{
	char text[4096];
	int level = 0;

	for (int wanted = ACTOR_LOG_ERROR; wanted <= ACTOR_LOG_DEBUG; wanted++) {
		EXPECT_CODE(look_at_level((enum actor_log_level)wanted, &level, text, sizeof text), 0);
		EXPECT_INT(level, wanted);
		EXPECT_INT(strstr(text, "info: SIGTERM: stopping") != NULL, wanted >= ACTOR_LOG_INFO);
	}
	EXPECT_CODE(look_at_level(ACTOR_LOG_DEFAULT, &level, text, sizeof text), 0);
	EXPECT_INT(level, actor_self_log_level());
	return 0;
}

/* shows: SP-18 */
static int
what_an_actor_leaves_to_its_end_is_done_when_its_task_fails(void)
{
	char entry[256];
	const char *path = temporary_file(entry, sizeof entry);
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc =
		    trees_probe_fail_run_in_actor(nursery, "fails", probe_options(entry, NULL),
		                                  TREES_FAILURE(.code = ACTOR_EINVAL, .message = "on purpose"), &probe);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	EXPECT_INT(trace_count("closing fails"), 1);
	EXPECT(!file_is_there(path, ""));
	EXPECT(!file_is_there(path, ".exit"));
	return 0;
}

/* shows: SP-18 */
static int
what_an_actor_leaves_to_its_end_is_done_when_its_parent_gives_up(void)
{
	char entry[256];
	const char *path = temporary_file(entry, sizeof entry);
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_sleep_run_in_actor(nursery, "sleeps", probe_options(entry, NULL),
		                                    TREES_PAUSE(.ms = UINT32_MAX), &probe);
	AWAIT(trace_count("sleeping") == 1);
	EXPECT(file_is_there(path, ""));
	EXPECT(file_is_there(path, ".exit"));
	rc = end_nursery(nursery, rc);
	EXPECT(!file_is_there(path, ""));
	EXPECT(!file_is_there(path, ".exit"));
	return rc;
}

struct sibling {
	struct actor_nursery *nursery;
	struct trees_probe probe;
};

static int
spawn_sibling(void *argument)
{
	struct sibling *self = argument;
	char entry[32];

	snprintf(entry, sizeof entry, START_WITH "=%d", SIBLINGS);
	return trees_probe_spawn(self->nursery, "sibling", probe_options(entry, NULL), &self->probe);
}

static int
spawn_siblings(struct actor_nursery *actors, struct sibling siblings[SIBLINGS])
{
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	for (size_t i = 0; rc == 0 && i < SIBLINGS; i++) {
		siblings[i].nursery = actors;
		rc = actor_nursery_start(tasks, spawn_sibling, &siblings[i]);
	}
	return actor_nursery_close(tasks, rc);
}

/*
 * None of the children is ready before all are starting, so spawns that did not overlap would never end.
 *
 * shows: SP-19, SP-26, ID-04
 */
static int
spawns_at_once_overlap_and_a_crash_of_the_body_ends_them_all(void)
{
	struct actor_nursery_report report;
	struct sibling siblings[SIBLINGS];
	struct actor_identity identities[SIBLINGS];
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = spawn_siblings(nursery, siblings);
	if (EXPECT_CODE(rc, 0)) {
		actor_nursery_inspect(nursery, &report);
		EXPECT_INT(report.child_count, SIBLINGS);
		for (size_t i = 0; i < SIBLINGS; i++)
			EXPECT_CODE(actor_portal_identity(siblings[i].probe.portal, &identities[i]), 0);
		EXPECT_TEXT(identities[0].uid.name, identities[1].uid.name);
		EXPECT(memcmp(identities[0].uid.uuid, identities[1].uid.uuid, 16) != 0);
	}
	rc = actor_nursery_close(nursery, actor_fail(ACTOR_EINVAL, "the body crashed"));
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the body crashed");
	for (size_t i = 0; i < SIBLINGS; i++)
		EXPECT(is_gone(identities[i].pid));
	return 0;
}

/* shows: SP-20 */
static int
a_module_that_the_program_lacks_is_refused_before_anything_starts(void)
{
	struct actor_service missing = trees_probe_service, changed = trees_probe_service;
	const struct actor_service *const extra[] = { &missing, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct actor_portal portal;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	missing.name = "trees.Missing";
	changed.fingerprint++;
	EXPECT_CODE(actor_nursery_spawn(nursery, "child", &missing, &options, &portal), ACTOR_ENOMODULE);
	EXPECT_PART(actor_error_message(actor_error_last()), "trees.Missing");
	EXPECT_PART(actor_error_message(actor_error_last()), "actor_program.modules");
	EXPECT_CODE(actor_nursery_spawn(nursery, "child", &changed, &options, &portal), ACTOR_ENOMODULE);
	options.enable = extra;
	EXPECT_CODE(trees_probe_spawn(nursery, "child", &options, &probe), ACTOR_ENOMODULE);
	EXPECT(!has_children());
	actor_nursery_inspect(nursery, &report);
	EXPECT_INT(report.child_count, 0);
	return actor_nursery_close(nursery, rc);
}

/* shows: SP-21, ER-09 */
static int
a_state_that_cannot_be_opened_fails_the_spawn_with_its_cause(void)
{
	struct actor_nursery *nursery;
	struct trees_broken broken;
	int rc = actor_nursery_open(&nursery);

	EXPECT_CODE(trees_broken_spawn(nursery, "child", probe_options(NULL, NULL), &broken), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the disk of child is full");
	EXPECT_TEXT(actor_error_origin(actor_error_last())->name, "child");
	return actor_nursery_close(nursery, rc);
}

/* shows: SP-21 */
static int
a_state_that_opens_with_an_outcome_fails_the_spawn(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	EXPECT_CODE(trees_probe_spawn(nursery, "child", probe_options(OPEN_GIVES "=1", NULL), &probe), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the state_open of trees.Probe gave 1");
	return actor_nursery_close(nursery, rc);
}

/* shows: SP-21 */
static int
a_program_that_lacks_the_module_fails_the_spawn_with_its_cause(void)
{
	struct actor_spawn_options options = *probe_options(FEW_MODULES "=1", NULL);
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	options.executable = "/proc/self/exe";
	EXPECT_CODE(trees_probe_spawn(nursery, "child", &options, &probe), ACTOR_ENOMODULE);
	EXPECT_PART(actor_error_message(actor_error_last()), "trees.Probe");
	EXPECT_TEXT(actor_error_origin(actor_error_last())->name, "child");
	return actor_nursery_close(nursery, rc);
}

static int
spawn_into_it(void *argument)
{
	struct trees_probe probe;
	int rc;

	/* Once the body is closing, its sibling is stopped. */
	rc = trees_probe_spawn(argument, "late", probe_options(NULL, NULL), &probe);
	EXPECT_CODE(rc, ACTOR_ECLOSED);
	return 0;
}

/* shows: SP-25 */
static int
a_nursery_that_is_cancelled_or_closing_takes_no_newcomer(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, spawn_into_it, nursery); /* it runs when we close */
	rc = actor_nursery_close(nursery, rc);
	if (rc == 0)
		rc = actor_nursery_open(&nursery);
	actor_nursery_cancel(nursery);
	EXPECT_CODE(trees_probe_spawn(nursery, "late", probe_options(NULL, NULL), &probe), ACTOR_ECANCELED);
	EXPECT_TEXT(actor_error_canceller(actor_error_last())->name, "root");
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 1000);
		EXPECT_CODE(trees_probe_spawn(nursery, "late", probe_options(NULL, NULL), &probe), ACTOR_ECLOSED);
		EXPECT_PART(actor_error_message(actor_error_last()), "cancelled");
	}
	EXPECT(!has_children());
	return actor_nursery_close(nursery, rc);
}

/* shows: SP-30 */
static int
a_nursery_tells_whether_it_was_cancelled_and_who_had_to_be_forced(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_close_report(nursery, rc, &report);
	EXPECT_INT(report.cancel_called, 0);
	if (rc == 0)
		rc = actor_nursery_open(&nursery);
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "willing", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		actor_nursery_cancel(nursery);
	rc = actor_nursery_close_report(nursery, rc, &report);
	EXPECT_INT(report.cancel_called, 1);
	EXPECT_INT(report.killed_count, 0);
	EXPECT_INT(report.child_count, 0);
	return rc;
}

static void
read_proc(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	FILE *file;
	size_t count;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	count = file != NULL ? fread(text, 1, size - 1, file) : 0;
	text[count] = '\0';
	if (file != NULL)
		fclose(file);
}

/* shows: SP-33 */
static int
a_child_shows_its_name_to_the_outside(void)
{
	struct actor_identity identity;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	char text[256], title[128];
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "shown", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = actor_portal_identity(probe.portal, &identity);
	if (rc == 0) {
		snprintf(title, sizeof title, "shown@%02x%02x%02x%02x", identity.uid.uuid[0], identity.uid.uuid[1],
		         identity.uid.uuid[2], identity.uid.uuid[3]);
		read_proc(identity.pid, "cmdline", text, sizeof text);
		EXPECT_TEXT(text, title);
		read_proc(identity.pid, "comm", text, sizeof text);
		EXPECT(strncmp(text, title, 14) == 0); /* the kernel keeps 15 bytes */
		EXPECT_INT(strlen(text), 14 + 1);
		read_proc(getpid(), "cmdline", text, sizeof text);
		EXPECT(strchr(text, '@') == NULL);
		read_proc(getpid(), "comm", text, sizeof text);
		EXPECT(strchr(text, '@') == NULL);
	}
	return end_nursery(nursery, rc);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(the_root_is_an_actor_and_every_nursery_is_of_it),
		CHECK(a_second_root_is_refused_here_and_in_an_endpoint),
		CHECK(a_spawn_gives_a_process_that_is_ready),
		CHECK(a_daemon_takes_call_after_call_until_it_is_cancelled),
		CHECK(a_nursery_waits_for_a_daemon_that_nobody_cancels),
		CHECK(a_child_spawns_in_its_turn_and_its_tree_ends_from_the_inside),
		CHECK(a_child_serves_what_its_spawner_named_and_inherits_nothing),
		CHECK(a_child_logs_as_its_spawner_says_or_does_itself),
		CHECK(what_an_actor_leaves_to_its_end_is_done_when_its_task_fails),
		CHECK(what_an_actor_leaves_to_its_end_is_done_when_its_parent_gives_up),
		CHECK(spawns_at_once_overlap_and_a_crash_of_the_body_ends_them_all),
		CHECK(a_module_that_the_program_lacks_is_refused_before_anything_starts),
		CHECK(a_state_that_cannot_be_opened_fails_the_spawn_with_its_cause),
		CHECK(a_state_that_opens_with_an_outcome_fails_the_spawn),
		CHECK(a_program_that_lacks_the_module_fails_the_spawn_with_its_cause),
		CHECK(a_nursery_that_is_cancelled_or_closing_takes_no_newcomer),
		CHECK(a_nursery_tells_whether_it_was_cancelled_and_who_had_to_be_forced),
		CHECK(a_child_shows_its_name_to_the_outside),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
