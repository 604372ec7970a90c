/* SPDX-License-Identifier: BSD-2-Clause */
#include "roots.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROLE "PLACE_ROLE"
#define NAME "PLACE_NAME"
#define REGISTRY "PLACE_REGISTRY"
#define LISTEN "PLACE_LISTEN"
#define MUST "PLACE_MUST_BE_REGISTRAR"

/* ---- what an actor does ---- */

static int
describe(Trees__Finding *finding)
{
	struct actor_identity self;
	int rc = actor_self(&self);

	if (rc != 0)
		return rc;
	finding->name = actor_strdup(self.uid.name);
	finding->uuid.data = actor_alloc(sizeof self.uid.uuid);
	if (finding->name == NULL || finding->uuid.data == NULL)
		return ACTOR_ENOMEM;
	memcpy(finding->uuid.data, self.uid.uuid, sizeof self.uid.uuid);
	finding->uuid.len = sizeof self.uid.uuid;
	finding->pid = getpid();
	finding->parent_pid = getppid();
	return 0;
}

static int
who(struct trees_place_state *state, const Google__Protobuf__Empty *request, Trees__Finding *reply)
{
	(void)state, (void)request;
	return describe(reply);
}

static int
ask_who(struct trees_place place, Trees__Finding **ret_finding)
{
	struct actor_identity identity;
	int rc = trees_place_who(place, NOTHING, ret_finding);

	if (rc == 0)
		rc = actor_portal_identity(place.portal, &identity);
	if (rc == 0)
		(*ret_finding)->told_pid = identity.pid;
	return rc;
}

int
search(const char *name, bool waits, Trees__Finding **ret_finding)
{
	struct actor_nursery *nursery;
	struct trees_place place;
	int rc = actor_nursery_open(&nursery), closed;

	if (rc == 0)
		rc = waits ? trees_place_wait_for_actor(nursery, name, &place)
		           : trees_place_find_actor(nursery, name, &place);
	if (rc == 0)
		rc = ask_who(place, ret_finding);
	closed = actor_nursery_close(nursery, rc < 0 ? rc : 0);
	return rc > 0 ? rc : closed;
}

/* What the search came to is the answer: it has failed by no fault of this call. */
static int
note(Trees__Finding *reply, const Trees__Finding *found, int code, uint64_t began_ms)
{
	if (code == 0) {
		reply->name = found->name;
		reply->uuid = found->uuid;
		reply->pid = found->pid;
		reply->parent_pid = found->parent_pid;
		reply->told_pid = found->told_pid;
	}
	reply->code = code;
	reply->took_ms = (uint32_t)(now_ms() - began_ms);
	return code == ACTOR_ECANCELED ? code : 0;
}

static int
search_for(struct trees_place_state *state, const Trees__Wanted *request, Trees__Finding *reply)
{
	uint64_t began_ms = now_ms();
	Trees__Finding *found = NULL;
	int rc;

	(void)state;
	rc = search(request->name, request->waits, &found);
	if (rc == ACTOR_ECANCELED)
		trace("a search for %s was cancelled", request->name);
	return note(reply, found, rc, began_ms);
}

static int
search_root(struct trees_place_state *state, const Google__Protobuf__Empty *request, Trees__Finding *reply)
{
	uint64_t began_ms = now_ms();
	struct actor_nursery *nursery;
	Trees__Finding *found = NULL;
	struct trees_place root;
	int rc = actor_nursery_open(&nursery);

	(void)state, (void)request;
	if (rc == 0)
		rc = actor_open_root(nursery, &root.portal);
	if (rc == 0)
		rc = ask_who(root, &found);
	return actor_nursery_close(nursery, note(reply, found, rc, began_ms));
}

/* What the environment has become since the program began is not inherited. */
const struct actor_spawn_options *
place_options(const char *address)
{
	struct actor_spawn_options *options = actor_calloc(1, sizeof *options);
	const char **environment = actor_calloc(2, sizeof *environment), **listen = actor_calloc(2, sizeof *listen);

	if (options == NULL || environment == NULL || listen == NULL)
		return NULL;
	environment[0] = trace_entry();
	listen[0] = address;
	options->environment = environment;
	if (address != NULL)
		options->listen = listen;
	return options;
}

static int
settle(struct trees_place_state *state, const Trees__Wanted *request, Trees__Finding *reply)
{
	struct actor_nursery *nursery;
	struct trees_place place;
	Trees__Finding *finding;
	int rc = actor_nursery_open(&nursery);

	(void)state, (void)reply;
	if (rc == 0)
		rc = trees_place_spawn(nursery, request->name, place_options(NULL), &place);
	if (rc == 0)
		trace("settled %s", request->name);
	if (rc == 0 && request->n_path > 0)
		rc = trees_place_settle(
		    place,
		    TREES_WANTED(.name = request->path[0], .n_path = request->n_path - 1, .path = request->path + 1),
		    &finding);
	return actor_nursery_close(nursery, rc);
}

static int
echo(struct trees_place_state *state, const Trees__Wanted *request, Trees__Wanted *reply)
{
	(void)state;
	reply->name = request->name;
	return actor_checkpoint();
}

static int
kill_self(struct trees_place_state *state, const Google__Protobuf__Empty *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	raise(SIGKILL);
	return 0;
}

static int
fail(struct trees_place_state *state, const Google__Protobuf__Empty *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	return actor_fail(ACTOR_EINVAL, "as it was asked to");
}

int
entries(const char *name)
{
	const struct actor_registration *list;
	size_t count;
	int rc = actor_query(name, &list, &count);

	return rc == 0 ? (int)count : rc;
}

/* What is left of its place when its modules are closed: one of this name tells. */
static void
place_close(struct trees_place_state *state)
{
	struct actor_identity self;

	(void)state;
	if (actor_self(&self) != 0 || strcmp(self.uid.name, "orderly") != 0)
		return;
	trace("orderly sockets=%d", files_in_bank("orderly@"));
	trace("orderly entries=%d", entries("orderly"));
}

static const struct trees_place_ops place_ops = {
	.state_close = place_close,
	.who = who,
	.search = search_for,
	.search_root = search_root,
	.settle = settle,
	.echo = echo,
	.kill = kill_self,
	.fail = fail,
};

int
is_settled(const char *name)
{
	char line[128];

	snprintf(line, sizeof line, "settled %s", name);
	return trace_count(line);
}

/* ---- roots ---- */

static int
park(void)
{
	return actor_sleep_ms(UINT64_MAX);
}

/* Three of them. */
static int
keep_kids(void)
{
	struct actor_nursery *nursery;
	struct trees_place place;
	struct actor_identity self;
	char name[80];
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_self(&self);
	for (int i = 0; rc == 0 && i < 3; i++) {
		snprintf(name, sizeof name, "%.32s_kid_%d", self.uid.name, i);
		rc = trees_place_spawn(nursery, name, place_options(NULL), &place);
	}
	if (rc == 0)
		trace("kids %s", self.uid.name);
	return actor_nursery_close(nursery, rc);
}

static const struct role standard_roles[] = { { "park", park }, { "kids", keep_kids } };
static const struct role *own_roles;
static int (*run_role)(void);

static int (*find_role(const char *name))(void)
{
	for (size_t i = 0; i < ACTOR_COUNT(standard_roles); i++)
		if (strcmp(name, standard_roles[i].name) == 0)
			return standard_roles[i].run;
	for (const struct role *role = own_roles; role->name != NULL; role++)
		if (strcmp(name, role->name) == 0)
			return role->run;
	return NULL;
}

static int
root(int argc, char **argv)
{
	struct actor_identity self;
	int rc = actor_self(&self);

	(void)argc, (void)argv;
	if (rc == 0)
		trace("up %s pid=%d", self.uid.name, getpid());
	return rc == 0 ? run_role() : rc;
}

static int
run_program(const struct wish *wish)
{
	const struct actor_module modules[] = { trees_place_module(&place_ops) };
	const struct actor_service *const enable[] = { &trees_place_service, NULL };
	const char *const listen[] = { wish->listen, NULL };
	const struct actor_program program = {
		.modules = modules,
		.module_count = ACTOR_COUNT(modules),
		.root = root,
		.name = wish->name,
		.registry = wish->registry != NULL ? wish->registry : "bank",
		.registrar = wish->must_be_registrar ? ACTOR_REGISTRAR_ALWAYS : ACTOR_REGISTRAR_IF_NONE,
		.enable = enable,
		.listen = wish->listen != NULL ? listen : NULL,
	};
	char *arguments[] = { (char *)"here", NULL };

	return actor_main(1, arguments, &program);
}

int
run_here(const struct wish *wish, int (*body)(void))
{
	run_role = body;
	return run_program(wish);
}

static void
set(const char *variable, const char *value)
{
	if (value != NULL)
		setenv(variable, value, 1);
	else
		unsetenv(variable);
}

static void
become(const struct wish *wish)
{
	set(ROLE, wish->role != NULL ? wish->role : "park");
	set(NAME, wish->name);
	set(REGISTRY, wish->registry);
	set(LISTEN, wish->listen);
	set(MUST, wish->must_be_registrar ? "1" : NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/proc/self/exe", "other", (char *)NULL);
	_exit(127);
}

void
start_other(struct other *other, const struct wish *wish)
{
	*other = (struct other){ .status = -1, .log_file = tmpfile() };
	fflush(stdout);
	other->pid = fork();
	if (other->pid != 0)
		return;
	dup2(fileno(other->log_file), STDERR_FILENO);
	become(wish);
}

int
ups(const char *name)
{
	char line[128];

	snprintf(line, sizeof line, "up %s ", name);
	return trace_count(line);
}

bool
is_over(struct other *other)
{
	ssize_t size;

	if (other->status != -1)
		return true;
	if (waitpid(other->pid, &other->status, WNOHANG) != other->pid) {
		other->status = -1;
		return false;
	}
	size = pread(fileno(other->log_file), other->log, sizeof other->log - 1, 0);
	other->log[size > 0 ? size : 0] = '\0';
	fclose(other->log_file);
	return true;
}

static void
wait_briefly(void)
{
	const struct timespec little = { .tv_nsec = 1000000 };

	nanosleep(&little, NULL);
}

void
await_end(struct other *other)
{
	uint64_t give_up = now_ms() + PATIENCE_MS;

	while (!is_over(other) && now_ms() < give_up)
		wait_briefly();
	if (!EXPECT(is_over(other))) {
		send_signal(other->pid, SIGKILL);
		while (!is_over(other))
			wait_briefly();
	}
}

void
end_other(struct other *other, int signal)
{
	send_signal(other->pid, signal);
	await_end(other);
}

bool
await_ups(const char *name, int count)
{
	uint64_t give_up = now_ms() + PATIENCE_MS;

	while (ups(name) < count && now_ms() < give_up)
		wait_briefly();
	return EXPECT(ups(name) >= count);
}

/* ---- files ---- */

const char *
in_session(const char *path)
{
	static char text[512];

	snprintf(text, sizeof text, "%s/%s", getenv("XDG_RUNTIME_DIR"), path);
	return text;
}

const char *
in_bank(const char *file)
{
	static char text[512];

	snprintf(text, sizeof text, "%s/actor/bank/%s", getenv("XDG_RUNTIME_DIR"), file);
	return text;
}

bool
is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

int
files_in_bank(const char *part)
{
	DIR *directory = opendir(in_bank(""));
	int count = 0;

	if (directory == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		count += entry->d_name[0] != '.' && strstr(entry->d_name, part) != NULL;
	closedir(directory);
	return count;
}

/* ---- the program ---- */

static int
run_as_told(void)
{
	const struct wish wish = {
		.name = getenv(NAME),
		.registry = getenv(REGISTRY),
		.listen = getenv(LISTEN),
		.must_be_registrar = getenv(MUST) != NULL,
	};

	run_role = getenv(ROLE) != NULL ? find_role(getenv(ROLE)) : NULL;
	return run_program(&wish);
}

static void
remove_all(const char *directory)
{
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	(void)!system(command);
}

int
drive_roots(const struct role *roles, const struct check *checks, size_t count, int argc, char **argv)
{
	char directory[] = "/tmp/actor-roots-XXXXXX";
	int status;

	own_roles = roles;
	if (getenv(TRACE_VARIABLE) != NULL)
		return run_as_told();
	if (strchr(argv[0], '@') != NULL)
		return 1; /* an actor that was spawned without it */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!trace_create() || mkdtemp(directory) == NULL) {
		perror("the driver");
		return 1;
	}
	setenv("XDG_RUNTIME_DIR", directory, 1);
	status = run_checks(checks, count, argc, argv);
	trace_remove();
	remove_all(directory);
	return status;
}
