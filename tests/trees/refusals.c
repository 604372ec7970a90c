/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that the system does not start: the spawn fails at once with its reason, and nothing is left of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

#define TOO_LONG (256u * 1024) /* of one entry; the kernel takes half of it */

static char path[64];

static bool
make_file(mode_t mode, const char *text)
{
	int fd;

	snprintf(path, sizeof path, "/tmp/actor-trees-program-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return false;
	(void)!write(fd, text, strlen(text));
	(void)fchmod(fd, mode);
	close(fd);
	return true;
}

/* A spawn that fails with this, before a process that could be seen exists. */
static void
expect_refusal(const char *executable, const char *entry, int error)
{
	struct actor_spawn_options options = *probe_options(entry, NULL);
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int descriptors = open_descriptors();
	uint64_t start = now_ms();

	options.executable = executable;
	EXPECT_CODE(actor_nursery_open(&nursery), 0);
	EXPECT_CODE(trees_probe_spawn(nursery, "refused", &options, &probe), ACTOR_ESPAWN);
	EXPECT_PART(actor_error_message(actor_error_last()), strerror(error));
	if (executable != NULL)
		EXPECT_PART(actor_error_message(actor_error_last()), executable);
	EXPECT(now_ms() - start < PATIENCE_MS / 4);
	actor_nursery_inspect(nursery, &report);
	EXPECT_INT(report.child_count, 0);
	EXPECT(!has_children());
	EXPECT_INT(open_descriptors(), descriptors);
	EXPECT_CODE(actor_nursery_close(nursery, 0), 0);
}

/* row A1 */
static int
a_file_that_is_not_there_is_named_with_the_reason(void)
{
	expect_refusal("/nowhere/to/be/found", NULL, ENOENT);
	return 0;
}

/* row A1 */
static int
a_file_that_may_not_be_executed_is_named_with_the_reason(void)
{
	if (EXPECT(make_file(0600, "#!/bin/sh\n")))
		expect_refusal(path, NULL, EACCES);
	unlink(path);
	return 0;
}

/* row A1 */
static int
a_file_that_is_no_program_is_named_with_the_reason(void)
{
	if (EXPECT(make_file(0700, "\001 this is no program\n")))
		expect_refusal(path, NULL, ENOEXEC);
	unlink(path);
	return 0;
}

/* row A1 */
static int
a_file_that_is_being_written_is_named_with_the_reason(void)
{
	int fd;

	if (!EXPECT(make_file(0700, "#!/bin/sh\n")))
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	expect_refusal(path, NULL, ETXTBSY);
	close(fd);
	unlink(path);
	return 0;
}

/* row A1 */
static int
an_environment_that_is_too_long_is_told_of(void)
{
	char *entry = malloc(TOO_LONG);

	if (!EXPECT(entry != NULL))
		return 0;
	memset(entry, 'x', TOO_LONG);
	memcpy(entry, "LONG=", 5);
	entry[TOO_LONG - 1] = '\0';
	expect_refusal(NULL, entry, E2BIG);
	free(entry);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_file_that_is_not_there_is_named_with_the_reason),
		CHECK(a_file_that_may_not_be_executed_is_named_with_the_reason),
		CHECK(a_file_that_is_no_program_is_named_with_the_reason),
		CHECK(a_file_that_is_being_written_is_named_with_the_reason),
		CHECK(an_environment_that_is_too_long_is_told_of),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
