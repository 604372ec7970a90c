/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs call: all layers, over the system that there is. */
#include <actor/program.h>
#include <disc/discovery.h>
#include <os/linux.h>
#include <string.h>

static int
run(int argc, char **argv, const struct actor_program *program, const char *daemon_name)
{
	const struct acti_proc_options options = {
		.argc = argc,
		.argv = argv,
		.program = program,
		.limits = &acti_limits_default,
		.discovery = &acti_discovery_ops,
		.daemon_name = daemon_name,
	};
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
	status = acti_proc_main(os, &options, &signal);
	acti_os_linux_free(os);
	if (signal != 0)
		acti_os_linux_end_by(signal);
	return status;
}

int
actor_main(int argc, char **argv, const struct actor_program *program)
{
	return run(argc, argv, program, NULL);
}

/* Sleeps until it is cancelled.  By a signal, or by one who may: either is what it waits for. */
static int
serve(int argc, char **argv)
{
	int rc = actor_sleep_ms(UINT64_MAX);

	(void)argc, (void)argv;
	return rc == ACTOR_ECANCELED ? 0 : rc;
}

int
actor_run_daemon(int argc, char **argv, const char *name, const struct actor_program *program)
{
	struct actor_program daemon = *program;

	daemon.root = serve;
	daemon.enable = NULL;
	return run(argc, argv, &daemon, name != NULL ? name : "");
}
