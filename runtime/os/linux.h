/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_LINUX_H
#define ACTI_OS_LINUX_H

#include <os/os.h>

/*
 * The seam on Linux.  To be made early in main(), on its first thread: it opens /dev/null for standard descriptors
 * that are closed, takes the link that a parent actor left for us, holds the running executable open, and makes
 * the signal state ours.  *ret_step names what failed.
 */
int acti_os_linux_new(struct acti_os **ret_os, const char **ret_step);
void acti_os_linux_free(struct acti_os *os);

/* Says on stderr why there is no seam: what acti_os_linux_new() gave. */
void acti_os_linux_complain(const char *step, int rc);

/* Ends this process by the signal's default action: whoever waits for it sees what ended it. */
_Noreturn void acti_os_linux_end_by(int number);

#endif
