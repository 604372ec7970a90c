/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSTILE_LEFT_H
#define HOSTILE_LEFT_H

/* What a test may not leave behind. */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* So that orphans come to us, where they are seen. */
static inline void
left_begin(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static inline size_t
left_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	return count;
}

/* A process, living, dead or orphaned. */
static inline bool
left_process(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

#endif
