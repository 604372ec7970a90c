/* SPDX-License-Identifier: BSD-2-Clause */
/* What actor_main() does before it has a seam, and after it has given it back. */
#include <os/linux.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void
acti_os_linux_complain(const char *step, int rc)
{
	fprintf(stderr, "actor: cannot start: %s: %s\n", step, strerror(-rc));
}

void
acti_os_linux_end_by(int signal)
{
	(void)raise(signal);
}
