/* SPDX-License-Identifier: BSD-2-Clause */
#include <actor/program.h>
#include <os/linux.h>
#include <proc/proc.h>

int
actor_main(int argc, char **argv, const struct actor_program *program)
{
	struct acti_os *os;
	const char *step;
	int rc, status, signal;

	if (acti_task_current() != NULL)
		return acti_fail(ACTOR_ERUNNING, "%s runs in this process: a process is one actor",
		                 acti_actor_current()->uid.name);
	rc = acti_os_linux_new(&os, &step);
	if (rc != 0) {
		acti_os_linux_complain(step, rc);
		return 1;
	}
	status = acti_proc_main(os, argc, argv, program, &acti_limits_default, &signal);
	acti_os_linux_free(os);
	if (signal != 0)
		acti_os_linux_end_by(signal);
	return status;
}
