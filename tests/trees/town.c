/* SPDX-License-Identifier: BSD-2-Clause */
#include "town.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"
#include "visitor.h"

#define NAME "TREES_NAME"
#define MODULES_MAX 8
#define NEIGHBOURS_MAX 5
#define TOWN "town"

/* ---- the programs ---- */

static const struct actor_service *const all_services[] = { &trees_probe_service, &trees_visitor_service,
	                                                    &trees_stage_service, &trees_other_service, NULL };
static const struct actor_service *const family_services[] = { &trees_other_service, NULL };

static int
sleep_on(int argc, char **argv)
{
	int rc = actor_sleep_ms(UINT64_MAX);

	(void)argc, (void)argv;
	return rc == ACTOR_ECANCELED ? 0 : rc;
}

int (*neighbour_root)(int argc, char **argv) = sleep_on;
bool town_has_hall;

static bool
is_served(const struct actor_service *service)
{
	if (service == &trees_broken_service)
		return getenv("TREES_HAS_BROKEN") != NULL;
	return service != &trees_stream_service;
}

/* A daemon serves all that its program has; a check's own program has more. */
static size_t
take_modules(const struct actor_program *program, bool is_daemon, struct actor_module modules[static MODULES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < program->module_count; i++)
		if (!is_daemon || is_served(program->modules[i].service))
			modules[count++] = program->modules[i];
	modules[count++] = trees_visitor_module(&visitor_ops);
	return count;
}

static void
go_on(const char *name, int status)
{
	trace("goes on %s status=%d", name, status);
	while (getenv("TREES_LINGERS") != NULL && trace_count("let go") == 0)
		usleep(2000);
}

static int
run_neighbour(int argc, char **argv, struct actor_program *program)
{
	const char *name = getenv(NAME), *listen[] = { getenv(LISTENS_AT), NULL };
	unsigned self = getuid(), other = getenv(LETS_IN) != NULL ? (unsigned)atoi(getenv(LETS_IN)) : 0;
	bool only_looks = getenv("TREES_ONLY_LOOKS") != NULL;
	int status;

	trace("descriptors %s count=%d", name, open_descriptors());
	program->registry = getenv(REGISTRY) != NULL ? getenv(REGISTRY) : TOWN;
	program->registrar = only_looks ? ACTOR_REGISTRAR_NEVER : ACTOR_REGISTRAR_IF_NONE;
	program->listen = listen[0] != NULL ? listen : NULL;
	program->access = (struct actor_access){
		.uids = &other,
		.uid_count = getenv(LETS_IN) != NULL,
		.cancel_uids = &self,
		.cancel_uid_count = getenv("TREES_CANCELLED_BY_US") != NULL,
	};
	if (getenv("TREES_IS_ROOT") == NULL && !only_looks) {
		status = actor_run_daemon(argc, argv, name, program);
		if (getenv("TREES_TWICE") != NULL)
			status = actor_run_daemon(argc, argv, name, program);
	} else {
		program->name = name;
		program->root = neighbour_root;
		program->enable = all_services;
		program->family_only = family_services;
		status = actor_main(argc, argv, program);
	}
	go_on(name, status);
	return status;
}

static int
run_in_town(int argc, char **argv, const struct actor_program *given)
{
	struct actor_module modules[MODULES_MAX];
	struct actor_program program = *given;
	bool is_neighbour = getenv(NAME) != NULL;

	program.module_count = take_modules(given, is_neighbour, modules);
	program.modules = modules;
	if (is_neighbour)
		return run_neighbour(argc, argv, &program);
	program.name = "main";
	program.registry = TOWN;
	program.registrar = town_has_hall ? ACTOR_REGISTRAR_NEVER : ACTOR_REGISTRAR_ALWAYS;
	program.enable = all_services;
	program.family_only = family_services;
	return actor_main(argc, argv, &program);
}

static int
remove_one(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
	(void)stat, (void)kind, (void)place;
	return remove(path);
}

int
town_main(int argc, char **argv, const struct check *checks, size_t check_count)
{
	char directory[] = "/tmp/actor-town-XXXXXX";
	bool is_first = getenv(TRACE_VARIABLE) == NULL;
	int status;

	if (is_first && (mkdtemp(directory) == NULL || setenv("XDG_RUNTIME_DIR", directory, 1) != 0)) {
		perror("the directory of this run");
		return 1;
	}
	probe_runs = run_in_town;
	status = probe_main(argc, argv, checks, check_count, NULL);
	if (is_first && nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		status = 1;
	return status;
}

/* ---- places ---- */

const char *
entry(const char *format, ...)
{
	char *text = actor_alloc(300);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, 300, format, arguments);
	va_end(arguments);
	return text;
}

const char *
session_directory(void)
{
	return getenv("XDG_RUNTIME_DIR");
}

const char *
town_directory(void)
{
	return entry("%s/actor/" TOWN, session_directory());
}

const char *
socket_of(const char *name)
{
	const struct actor_registration *list;
	size_t count = 0;

	if (actor_query(name, &list, &count) != 0 || count == 0 || list[0].addresses[0] == NULL)
		return "/nowhere";
	return list[0].addresses[0] + strlen("unix:");
}

int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -errno;
}

/* ---- neighbours ---- */

static struct neighbour neighbours[NEIGHBOURS_MAX];

static struct neighbour *
free_place(void)
{
	for (size_t i = 0; i < NEIGHBOURS_MAX; i++)
		if (neighbours[i].log == NULL)
			return &neighbours[i];
	abort();
}

static void __attribute__((noreturn))
become(const char *name, int log, void (*prepare)(void), const char *const *entries)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv(NAME, name, 1);
	for (; *entries != NULL; entries++)
		putenv((char *)(uintptr_t)*entries);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (prepare != NULL)
		prepare();
	execl("/proc/self/exe", "neighbour", (char *)NULL);
	_exit(127);
}

static struct neighbour *
start(const char *name, void (*prepare)(void), const char *const *entries)
{
	struct neighbour *neighbour = free_place();

	neighbour->log = tmpfile();
	fcntl(fileno(neighbour->log), F_SETFD, FD_CLOEXEC);
	neighbour->status = -1;
	fflush(stdout);
	neighbour->pid = fork();
	if (neighbour->pid == 0)
		become(name, fileno(neighbour->log), prepare, entries);
	neighbour->pidfd = pidfd_open(neighbour->pid, 0);
	return neighbour;
}

struct neighbour *
start_neighbour(const char *name, const char *one, const char *another, const char *third)
{
	const char *const entries[] = { one, one != NULL ? another : NULL, another != NULL ? third : NULL, NULL };

	return start(name, NULL, entries);
}

struct neighbour *
start_prepared(const char *name, void (*prepare)(void), const char *one, const char *another)
{
	const char *const entries[] = { one, one != NULL ? another : NULL, NULL };

	return start(name, prepare, entries);
}

const char *
log_of(struct neighbour *neighbour)
{
	ssize_t size = pread(fileno(neighbour->log), neighbour->text, sizeof neighbour->text - 1, 0);

	neighbour->text[size > 0 ? size : 0] = '\0';
	return neighbour->text;
}

bool
has_ended(struct neighbour *neighbour)
{
	siginfo_t info = { .si_pid = 0 };

	if (neighbour->status != -1)
		return true;
	if (waitid(P_PIDFD, (id_t)neighbour->pidfd, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
		return false;
	neighbour->status = info.si_code == CLD_EXITED ? EXITED_WITH(info.si_status) : KILLED_BY(info.si_status);
	log_of(neighbour);
	close(neighbour->pidfd);
	return true;
}

static void
end_neighbours(void)
{
	for (size_t i = 0; i < NEIGHBOURS_MAX; i++) {
		if (neighbours[i].log == NULL)
			continue;
		if (!has_ended(&neighbours[i])) {
			trace("let go");
			send_signal(neighbours[i].pid, SIGTERM);
			AWAIT(has_ended(&neighbours[i]));
		}
		fclose(neighbours[i].log);
		neighbours[i].log = NULL;
	}
}

static bool
hall_is_open(void)
{
	const struct actor_registration *list;
	size_t count = 0;

	return actor_query("hall", &list, &count) == 0 && count == 1;
}

static void
open_hall(void)
{
	start_neighbour("hall", NULL, NULL, NULL);
	AWAIT(hall_is_open());
}

/* A connection that was let go is closed when the other side has answered. */
int
in_town(int (*body)(struct actor_nursery *town))
{
	int before = open_descriptors();
	struct actor_nursery *town;
	int rc = actor_nursery_open(&town);

	trace_clear();
	if (town_has_hall)
		open_hall();
	if (rc == 0)
		rc = body(town);
	rc = end_nursery(town, rc);
	end_neighbours();
	AWAIT(open_descriptors() == before);
	return rc;
}

int
meet_neighbour(struct actor_nursery *town, const char *name, const char *one, struct trees_probe *ret_probe)
{
	start_neighbour(name, one, NULL, NULL);
	return trees_probe_wait_for_actor(town, name, ret_probe);
}

struct trees_visitor
visitor_of(struct trees_probe probe)
{
	return (struct trees_visitor){ probe.portal };
}

struct trees_probe
probe_of(struct trees_visitor visitor)
{
	return (struct trees_probe){ visitor.portal };
}

int
spawn_visitor(struct actor_nursery *nursery, const char *name, struct trees_visitor *ret_visitor)
{
	static const struct actor_service *const enable[] = { &trees_probe_service, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);

	options.enable = enable;
	return trees_visitor_spawn(nursery, name, &options, ret_visitor);
}

/* ---- errors ---- */

const char *
error_origin(void)
{
	const struct actor_uid *uid = actor_error_origin(actor_error_last());

	return uid != NULL ? uid->name : "here";
}

const char *
error_canceller(void)
{
	const struct actor_uid *uid = actor_error_canceller(actor_error_last());

	return uid != NULL ? uid->name : "nobody";
}
