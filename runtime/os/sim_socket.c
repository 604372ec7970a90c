/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets with names, in the simulated world.  A name is free, or somebody listens there, or it is stale: its process died,
 * and its file is still there.  Who connects has a stream at once, and may write; its other end waits in the queue of
 * the name, is to be seen there a while later, and is the listener's when it has been accepted.  If nobody accepts it, it
 * ends with the socket.
 */
#include <errno.h>
#include <os/sim_internal.h>
#include <stdlib.h>
#include <string.h>

#define BACKLOG 8 /* few, so that it happens */

struct waiting {
	int end;
	pid_t pid; /* who has connected */
};

struct sim_name {
	char path[ACTI_SOCKET_PATH_SIZE]; /* "": this place is free */
	pid_t holder;                     /* also when it is dead */
	int fd;                           /* that listens; -1: it is stale */
	struct waiting queue[BACKLOG];
	size_t waiting_count;
	uint64_t last_arrival_ns;
};

/* ---- names ---- */

static struct sim_name *
find_name(struct acti_sim *sim, const char *path)
{
	for (size_t i = 0; i < sim->name_count; i++)
		if (strcmp(sim->names[i].path, path) == 0)
			return &sim->names[i];
	return NULL;
}

/* A new one, or the place of one that is gone. */
static struct sim_name *
make_name(struct acti_sim *sim, const char *path)
{
	struct sim_name *name = find_name(sim, path);

	if (name == NULL)
		name = find_name(sim, "");
	if (name == NULL && sim->name_count == sim->name_capacity) {
		sim->name_capacity = sim->name_capacity != 0 ? 2 * sim->name_capacity : 16;
		sim->names = realloc(sim->names, sim->name_capacity * sizeof *sim->names);
		if (sim->names == NULL)
			abort();
	}
	if (name == NULL)
		name = &sim->names[sim->name_count++];
	*name = (struct sim_name){ .fd = -1 };
	snprintf(name->path, sizeof name->path, "%s", path);
	return name;
}

static void
check_path(const struct acti_sim_process *process, const char *path)
{
	if (path[0] != '/')
		acti_sim_fail(process->sim, "%s names a socket '%s'", process->title, path);
}

static struct sim_name *
name_of(struct acti_sim *sim, const struct sim_end *listener)
{
	return &sim->names[listener->name - 1];
}

/* A dead process's; what a living one has stays. */
static void
remove_stale(struct sim_name *name)
{
	if (name->fd < 0)
		name->path[0] = '\0';
}

int
acti_sim_socket_directory(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why)
{
	(void)os, (void)path, (void)is_shared, (void)reterr_why;
	return 0;
}

void
acti_sim_socket_directory_sweep(struct acti_os *os, const char *path)
{
	struct acti_sim *sim = acti_sim_of(os)->sim;
	size_t size = strlen(path);

	for (size_t i = 0; i < sim->name_count; i++) {
		struct sim_name *name = &sim->names[i];

		if (strncmp(name->path, path, size) == 0 && name->path[size] == '/' &&
		    strchr(name->path + size + 1, '/') == NULL)
			remove_stale(name);
	}
}

void
acti_sim_socket_remove(struct acti_os *os, const char *path)
{
	struct sim_name *name = find_name(acti_sim_of(os)->sim, path);

	if (name != NULL)
		remove_stale(name);
}

const char *
acti_sim_name_left(const struct acti_sim_process *process, bool *ret_listens)
{
	struct acti_sim *sim = process->sim;

	for (size_t i = 0; i < sim->name_count; i++) {
		const struct sim_name *name = &sim->names[i];

		if (name->path[0] == '\0' || name->holder != process->pid)
			continue;
		*ret_listens = name->fd >= 0;
		return name->path;
	}
	return NULL;
}

/* ---- listening ---- */

int
acti_sim_listen(struct acti_os *os, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
                pid_t *reterr_holder, const char **reterr_why)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_name *name = find_name(sim, path);

	(void)is_shared;
	check_path(process, path);
	acti_sim_dies_here(process);
	acti_sim_plan_sockets(sim);
	if (strlen(path) >= sizeof name->path) {
		*reterr_why = "its path is too long for a socket";
		return -ENAMETOOLONG;
	}
	if (name != NULL && name->fd >= 0) {
		*reterr_holder = name->holder;
		*reterr_why = "somebody listens there";
		return -EADDRINUSE;
	}
	name = make_name(sim, path);
	name->holder = process->pid;
	name->fd = acti_sim_open_end(process);
	sim->ends[name->fd].name = (size_t)(name - sim->names) + 1;
	*ret_socket = (struct acti_listener_socket){ .fd = name->fd, .lock_fd = name->fd };
	memcpy(ret_socket->path, name->path, sizeof ret_socket->path);
	acti_sim_note(sim, process, "listens", (uint64_t)name->fd, 0);
	acti_sim_dies_here(process);
	return 0;
}

/* Nobody starts a simulated process with sockets. */
int
acti_sim_inherited_listener(struct acti_os *os, size_t index, struct acti_listener_socket *ret_socket,
                            const char **reterr_why)
{
	(void)os, (void)index, (void)ret_socket, (void)reterr_why;
	return -ENOENT;
}

static void
drop_queue(struct acti_sim *sim, struct sim_name *name)
{
	for (size_t i = 0; i < name->waiting_count; i++) {
		struct sim_end *end = &sim->ends[name->queue[i].end];

		acti_sim_close_end(sim, end);
		end->is_open = false;
	}
	name->waiting_count = 0;
}

void
acti_sim_listener_dies(struct acti_sim *sim, const struct sim_end *listener)
{
	struct sim_name *name = name_of(sim, listener);

	name->fd = -1;
	drop_queue(sim, name);
}

void
acti_sim_listen_end(struct acti_os *os, struct acti_listener_socket *socket)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_end *end;

	if (socket->fd < 0)
		return;
	acti_sim_dies_here(process);
	end = acti_sim_own_listener(process, socket->fd);
	if (end == NULL)
		return;
	if (end->watch != NULL)
		acti_sim_fail(sim, "%s ends descriptor %d, which it watches", process->title, socket->fd);
	acti_sim_note(sim, process, "listens no more", (uint64_t)socket->fd, 0);
	acti_sim_listener_dies(sim, end);
	remove_stale(name_of(sim, end));
	end->is_open = false;
	process->descriptors--;
	socket->fd = socket->lock_fd = -1;
}

/* ---- connecting and accepting ---- */

/* In the order in which they connected. */
static void
wait_in_queue(struct acti_sim *sim, struct sim_name *name, int end, pid_t pid)
{
	uint64_t time_ns = sim->now_ns + acti_sim_latency_ns(sim);

	if (time_ns < name->last_arrival_ns)
		time_ns = name->last_arrival_ns;
	name->last_arrival_ns = time_ns;
	name->queue[name->waiting_count++] = (struct waiting){ .end = end, .pid = pid };
	sim->ends[end].is_waiting = true;
	sim->ends[end].owner->descriptors--;
	acti_sim_event(sim, time_ns, SIM_CONNECTED, sim->ends[end].in, 0);
}

void
acti_sim_connected(struct acti_sim *sim, uint64_t pipe)
{
	for (size_t i = 0; i < sim->end_capacity; i++)
		if (sim->ends[i].is_open && sim->ends[i].is_waiting && sim->ends[i].in == pipe)
			sim->ends[i].is_there = true;
}

static int
connect_error(struct acti_sim *sim, const struct sim_name *name)
{
	if (name == NULL)
		return -ENOENT;
	if (name->fd < 0)
		return -ECONNREFUSED;
	if (name->waiting_count == BACKLOG)
		return -EAGAIN;
	if (!acti_sim_may(sim, ACTI_SIM_CONNECT) || acti_sim_choose(sim, 8) != 7 || !acti_sim_on(sim, ACTI_SIM_CONNECT))
		return 0;
	return acti_sim_choose(sim, 2) == 1 ? -ECONNREFUSED : -EAGAIN;
}

int
acti_sim_connect(struct acti_os *os, const char *path, struct acti_credentials *ret_who)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_name *name = find_name(sim, path);
	int rc = connect_error(sim, name), near, far;

	check_path(process, path);
	acti_sim_dies_here(process);
	if (rc < 0) {
		acti_sim_note(sim, process, "cannot connect", (uint64_t)-rc, 0);
		return rc;
	}
	acti_sim_pair(process, sim->ends[name->fd].owner, &near, &far);
	sim->ends[near].is_peer = sim->ends[far].is_peer = true;
	wait_in_queue(sim, name, far, process->pid);
	*ret_who = (struct acti_credentials){ .uid = ACTI_SIM_USER, .pid = name->holder };
	acti_sim_note(sim, process, "connects", (uint64_t)near, (uint64_t)name->holder);
	acti_sim_dies_here(process);
	return near;
}

bool
acti_sim_somebody_waits(struct acti_sim *sim, const struct sim_end *listener)
{
	const struct sim_name *name = name_of(sim, listener);

	return name->waiting_count > 0 && sim->ends[name->queue[0].end].is_there;
}

static struct waiting
take_first(struct sim_name *name)
{
	struct waiting first = name->queue[0];

	name->waiting_count--;
	memmove(name->queue, name->queue + 1, name->waiting_count * sizeof *name->queue);
	return first;
}

int
acti_sim_accept(struct acti_os *os, int fd, struct acti_credentials *ret_who)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_end *listener = acti_sim_own_listener(process, fd);
	struct waiting first;

	acti_sim_dies_here(process);
	if (listener == NULL)
		return -EBADF;
	if (!acti_sim_somebody_waits(sim, listener))
		return -EAGAIN;
	if (acti_sim_may(sim, ACTI_SIM_CONNECT) && acti_sim_choose(sim, 8) == 7 && acti_sim_on(sim, ACTI_SIM_CONNECT)) {
		acti_sim_note(sim, process, "cannot accept", (uint64_t)fd, 0);
		return -EMFILE;
	}
	first = take_first(name_of(sim, listener));
	sim->ends[first.end].is_waiting = false;
	process->descriptors++;
	*ret_who = (struct acti_credentials){ .uid = ACTI_SIM_USER, .pid = first.pid };
	acti_sim_note(sim, process, "accepts", (uint64_t)first.end, (uint64_t)first.pid);
	acti_sim_dies_here(process);
	return first.end;
}
