/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte streams and descriptors of the simulated world; sim_socket.c has the sockets that others connect to.  A stream is
 * two pipes.  What is written is under way first and has arrived later, never out of order; the end comes after the last
 * byte.  As with Unix sockets, what arrived before the other side died can be read, whatever it left unread; the end then
 * reads as 0 or as ECONNRESET, and a write may fail while there is still something to read.
 */
#include <errno.h>
#include <os/sim_internal.h>
#include <stdlib.h>
#include <string.h>

/* What a watch's storage holds. */
struct stored {
	struct acti_list link;
	int fd;
};
_Static_assert(sizeof(struct stored) <= sizeof(((struct acti_watch *)0)->storage), "it fits");

static struct stored *
stored_in(struct acti_watch *watch)
{
	struct stored *stored = (struct stored *)(void *)watch->storage;

	if (stored->link.next == NULL)
		acti_list_init(&stored->link);
	return stored;
}

struct acti_watch *
acti_sim_watch_at(struct acti_list *link)
{
	return acti_container_of(link, struct acti_watch, storage);
}

/* ---- tables ---- */

int
acti_sim_open_end(struct acti_sim_process *owner)
{
	struct acti_sim *sim = owner->sim;
	size_t number = 3;

	while (number < sim->end_capacity && sim->ends[number].is_open)
		number++;
	if (number >= sim->end_capacity) {
		size_t before = sim->end_capacity;

		sim->end_capacity = before != 0 ? 2 * before : 64;
		sim->ends = realloc(sim->ends, sim->end_capacity * sizeof *sim->ends);
		if (sim->ends == NULL)
			abort();
		memset(sim->ends + before, 0, (sim->end_capacity - before) * sizeof *sim->ends);
	}
	sim->ends[number] = (struct sim_end){ .is_open = true, .owner = owner, .peer = -1 };
	owner->descriptors++;
	return (int)number;
}

static uint64_t
new_pipe(struct acti_sim *sim)
{
	size_t number = sim->pipe_count++;
	unsigned char *data;
	size_t capacity;

	if (number >= sim->pipe_capacity) {
		size_t before = sim->pipe_capacity;

		sim->pipe_capacity = before != 0 ? 2 * before : 64;
		sim->pipes = realloc(sim->pipes, sim->pipe_capacity * sizeof(struct sim_pipe *));
		if (sim->pipes == NULL)
			abort();
		memset((void *)(sim->pipes + before), 0, (sim->pipe_capacity - before) * sizeof(struct sim_pipe *));
	}
	if (sim->pipes[number] == NULL)
		sim->pipes[number] = calloc(1, sizeof(struct sim_pipe));
	if (sim->pipes[number] == NULL)
		abort();
	data = sim->pipes[number]->data;
	capacity = sim->pipes[number]->capacity;
	*sim->pipes[number] = (struct sim_pipe){ .data = data, .capacity = capacity };
	return number;
}

void
acti_sim_pair(struct acti_sim_process *one, struct acti_sim_process *other, int *ret_one, int *ret_other)
{
	struct acti_sim *sim = one->sim;
	uint64_t there = new_pipe(sim), back = new_pipe(sim);

	*ret_one = acti_sim_open_end(one);
	*ret_other = acti_sim_open_end(other);
	sim->ends[*ret_one].peer = *ret_other;
	sim->ends[*ret_one].out = sim->ends[*ret_other].in = there;
	sim->ends[*ret_one].in = sim->ends[*ret_other].out = back;
	sim->ends[*ret_other].peer = *ret_one;
}

int
acti_sim_open_pidfd(struct acti_sim_process *owner, struct acti_sim_process *child)
{
	int fd = acti_sim_open_end(owner);

	owner->sim->ends[fd].pid = child->pid;
	return fd;
}

struct acti_sim_process *
acti_sim_pidfd_process(struct acti_sim *sim, int fd)
{
	if (fd < 0 || (size_t)fd >= sim->end_capacity || !sim->ends[fd].is_open || sim->ends[fd].pid == 0)
		return NULL;
	return acti_sim_find(sim, sim->ends[fd].pid);
}

bool
acti_sim_pidfd_is_told(struct acti_sim *sim, int fd)
{
	return sim->ends[fd].exit_is_told;
}

void
acti_sim_exit_is_told(struct acti_sim *sim, pid_t pid)
{
	for (size_t i = 0; i < sim->end_capacity; i++)
		if (sim->ends[i].is_open && sim->ends[i].pid == pid)
			sim->ends[i].exit_is_told = true;
}

struct sim_end *
acti_sim_own_end(struct acti_sim_process *process, int fd)
{
	struct acti_sim *sim = process->sim;

	if (fd >= 0 && (size_t)fd < sim->end_capacity && sim->ends[fd].is_open && sim->ends[fd].owner == process &&
	    !sim->ends[fd].is_waiting)
		return &sim->ends[fd];
	acti_sim_fail(sim, "%s uses descriptor %d, which it does not have", process->title, fd);
	return NULL;
}

struct sim_end *
acti_sim_own_stream(struct acti_sim_process *process, int fd)
{
	struct sim_end *end = acti_sim_own_end(process, fd);

	if (end == NULL || (end->name == 0 && end->pid == 0))
		return end;
	acti_sim_fail(process->sim, "%s takes descriptor %d for a stream", process->title, fd);
	return NULL;
}

struct sim_end *
acti_sim_own_listener(struct acti_sim_process *process, int fd)
{
	struct sim_end *end = acti_sim_own_end(process, fd);

	if (end == NULL || end->name != 0)
		return end;
	acti_sim_fail(process->sim, "%s takes descriptor %d for one that listens", process->title, fd);
	return NULL;
}

struct acti_sim_process *
acti_sim_peer(struct acti_sim *sim, int end)
{
	int peer = sim->ends[end].peer;

	return peer >= 0 ? sim->ends[peer].owner : NULL;
}

bool
acti_sim_is_peer_stream(struct acti_sim *sim, int end)
{
	return sim->ends[end].is_peer;
}

uint64_t
acti_sim_stream_out(struct acti_sim *sim, int end)
{
	return sim->ends[end].out;
}

uint64_t
acti_sim_stream_in(struct acti_sim *sim, int end)
{
	return sim->ends[end].in;
}

uint64_t
acti_sim_stream_read(struct acti_sim *sim, uint64_t stream)
{
	return sim->pipes[stream]->start;
}

/* ---- arriving ---- */

uint64_t
acti_sim_latency_ns(struct acti_sim *sim)
{
	if (!acti_sim_may(sim, ACTI_SIM_DELAY))
		return 0;
	acti_sim_on(sim, ACTI_SIM_DELAY);
	if (acti_sim_choose(sim, 100) == 99)
		return (1 + acti_sim_choose(sim, 2000)) * ACTI_NS_PER_MS;
	return acti_sim_choose(sim, 200) * NS_PER_US;
}

/* In order: never before what was written earlier. */
static uint64_t
arrival_ns(struct acti_sim *sim, struct sim_pipe *pipe)
{
	uint64_t time_ns = sim->now_ns + acti_sim_latency_ns(sim);

	if (time_ns < pipe->last_arrival_ns)
		time_ns = pipe->last_arrival_ns;
	if (time_ns < pipe->clogged_until_ns)
		time_ns = pipe->clogged_until_ns;
	pipe->last_arrival_ns = time_ns;
	return time_ns;
}

void
acti_sim_arrived(struct acti_sim *sim, uint64_t number, uint64_t upto)
{
	struct sim_pipe *pipe = sim->pipes[number];

	if (!pipe->broken && upto > pipe->arrived)
		pipe->arrived = (size_t)upto;
}

void
acti_sim_pipe_ended(struct acti_sim *sim, uint64_t number)
{
	sim->pipes[number]->ended = true;
}

static void
close_writing(struct acti_sim *sim, uint64_t number, int error)
{
	struct sim_pipe *pipe = sim->pipes[number];

	if (pipe->write_closed)
		return;
	pipe->write_closed = true;
	pipe->error = error;
	acti_sim_event(sim, arrival_ns(sim, pipe), SIM_END, number, 0);
}

/* The end of a peer that left something unread, or never accepted the connection, may read as a reset. */
void
acti_sim_close_end(struct acti_sim *sim, struct sim_end *end)
{
	struct sim_pipe *in = sim->pipes[end->in];
	bool reset = (in->size > in->start || end->is_waiting) && acti_sim_choose(sim, 2) == 1;

	close_writing(sim, end->out, reset ? ECONNRESET : 0);
	if (sim->pipes[end->out]->last_arrival_ns > end->owner->heard_ns)
		end->owner->heard_ns = sim->pipes[end->out]->last_arrival_ns;
	in->read_closed = true;
	if (end->peer >= 0)
		sim->ends[end->peer].peer = -1;
}

static void
stop_watch(struct sim_end *end)
{
	if (end->watch != NULL)
		acti_list_remove(&stored_in(end->watch)->link);
	end->watch = NULL;
}

static void
end_goes(struct acti_sim *sim, struct sim_end *end)
{
	if (end->name != 0)
		acti_sim_listener_dies(sim, end);
	else if (end->pid == 0)
		acti_sim_close_end(sim, end);
	end->is_open = false;
}

void
acti_sim_close(struct acti_os *os, int fd)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct sim_end *end = acti_sim_own_end(process, fd);

	if (end == NULL)
		return;
	if (end->name != 0)
		acti_sim_fail(process->sim, "%s closes descriptor %d, and leaves its name", process->title, fd);
	if (end->watch != NULL)
		acti_sim_fail(process->sim, "%s closes descriptor %d, which it watches", process->title, fd);
	end_goes(process->sim, end);
	process->descriptors--;
}

void
acti_sim_close_all(struct acti_sim_process *process)
{
	struct acti_sim *sim = process->sim;

	for (size_t i = 0; i < sim->end_capacity; i++) {
		struct sim_end *end = &sim->ends[i];

		if (!end->is_open || end->owner != process || end->is_waiting)
			continue; /* what waits goes with the socket that it waits at */
		stop_watch(end);
		end_goes(sim, end);
	}
	process->descriptors = 0;
}

void
acti_sim_shutdown(struct acti_os *os, int fd)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct sim_end *end = acti_sim_own_stream(process, fd);

	if (end == NULL)
		return;
	close_writing(process->sim, end->out, 0);
	close_writing(process->sim, end->in, 0);
	process->sim->pipes[end->in]->read_closed = true;
}

bool
acti_sim_is_half_closed(struct acti_os *os, int fd)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_end *end = acti_sim_own_stream(process, fd);

	return end != NULL && sim->pipes[end->in]->ended && !sim->pipes[end->out]->write_closed &&
	       !sim->pipes[end->out]->read_closed;
}

/* ---- reading and writing ---- */

static size_t
some_of(struct acti_sim *sim, size_t size)
{
	if (size <= 1 || !acti_sim_may(sim, ACTI_SIM_PARTIAL) || acti_sim_choose(sim, 4) != 3)
		return size;
	acti_sim_on(sim, ACTI_SIM_PARTIAL);
	return 1 + acti_sim_choose(sim, (uint32_t)size - 1);
}

ssize_t
acti_sim_read(struct acti_os *os, int fd, void *buffer, size_t size)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_end *end = acti_sim_own_stream(process, fd);
	struct sim_pipe *pipe;
	size_t there;

	if (end == NULL)
		return -EBADF;
	pipe = sim->pipes[end->in];
	there = pipe->arrived - pipe->start;
	if (there == 0)
		return !pipe->ended ? -EAGAIN : -pipe->error;
	if (size > there)
		size = there;
	size = some_of(sim, size);
	memcpy(buffer, pipe->data + pipe->start, size);
	pipe->start += size;
	acti_sim_note(sim, process, "reads", (uint64_t)fd, size);
	return (ssize_t)size;
}

static void
append(struct sim_pipe *pipe, const void *bytes, size_t size)
{
	if (pipe->size + size > pipe->capacity) {
		pipe->capacity = 2 * (pipe->size + size);
		pipe->data = realloc(pipe->data, pipe->capacity);
		if (pipe->data == NULL)
			abort();
	}
	memcpy(pipe->data + pipe->size, bytes, size);
	pipe->size += size;
}

/* Offsets count from the beginning of the run: a stream carries some tens of kilobytes. */
ssize_t
acti_sim_write(struct acti_os *os, int fd, const void *buffer, size_t size)
{
	static const int errors[] = { ENOBUFS, ENOMEM, ECONNRESET, EPIPE };
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct sim_end *end = acti_sim_own_stream(process, fd);
	struct sim_pipe *pipe;
	size_t room;
	bool dies;

	if (end == NULL)
		return -EBADF;
	pipe = sim->pipes[end->out];
	if (pipe->write_closed || pipe->read_closed || end->peer < 0)
		return -EPIPE;
	if (sim->write_call != 0 && --sim->write_call == 0 && acti_sim_on(sim, ACTI_SIM_WRITE)) {
		int error = errors[acti_sim_choose(sim, sizeof errors / sizeof errors[0])];

		acti_sim_note(sim, process, "a write fails", (uint64_t)fd, (uint64_t)error);
		if (error != ENOBUFS && error != ENOMEM) /* those pass */
			acti_sim_break(sim, fd);
		return -error;
	}
	room = pipe->size - pipe->start < sim->pipe_limit ? sim->pipe_limit - (pipe->size - pipe->start) : 0;
	if (room == 0)
		return -EAGAIN;
	if (size > room)
		size = room;
	size = some_of(sim, size);
	dies = sim->calls + 1 == sim->torn_call && acti_sim_may(sim, ACTI_SIM_TORN);
	if (dies)
		size = acti_sim_choose(sim, (uint32_t)size + 1);
	append(pipe, buffer, size);
	acti_sim_note(sim, process, "writes", (uint64_t)fd, size);
	if (size > 0) {
		acti_sim_event(sim, arrival_ns(sim, pipe), SIM_ARRIVE, end->out, pipe->size);
		sim->hooks->wrote(process, fd, buffer, size);
	}
	acti_sim_dies_here(process);
	return (ssize_t)size;
}

/* ---- readiness ---- */

static unsigned
readiness_of(struct acti_sim *sim, const struct sim_end *end)
{
	const struct sim_pipe *in, *out;
	bool readable, writable;

	if (end->pid != 0)
		return end->exit_is_told ? ACTI_READABLE : 0u;
	if (end->name != 0)
		return acti_sim_somebody_waits(sim, end) ? ACTI_READABLE : 0u;
	in = sim->pipes[end->in];
	out = sim->pipes[end->out];
	readable = in->arrived > in->start || in->ended;
	writable = out->read_closed || out->write_closed || end->peer < 0 || out->size - out->start < sim->pipe_limit;
	return (readable ? ACTI_READABLE : 0u) | (writable ? ACTI_WRITABLE : 0u);
}

bool
acti_sim_watch_is_ready(struct acti_sim *sim, struct acti_list *link)
{
	struct sim_end *end = &sim->ends[stored_in(acti_sim_watch_at(link))->fd];

	return (readiness_of(sim, end) & end->readiness) != 0;
}

void
acti_sim_watch_fire(struct acti_sim_process *process, struct acti_watch *watch, bool for_nothing)
{
	struct acti_sim *sim = process->sim;
	struct sim_end *end = &sim->ends[stored_in(watch)->fd];

	watch->ready(watch, for_nothing ? ACTI_READABLE : readiness_of(sim, end) & end->readiness);
}

int
acti_sim_watch_start(struct acti_os *os, struct acti_watch *watch, int fd, unsigned readiness)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct sim_end *end = acti_sim_own_end(process, fd);

	if (end == NULL)
		return -EBADF;
	if (end->watch != NULL)
		acti_sim_fail(process->sim, "%s watches descriptor %d twice", process->title, fd);
	watch->os = os;
	stored_in(watch)->fd = fd;
	acti_list_push_back(&process->watches, &stored_in(watch)->link);
	end->watch = watch;
	end->readiness = readiness;
	return 0;
}

void
acti_sim_watch_change(struct acti_os *os, struct acti_watch *watch, unsigned readiness)
{
	struct acti_sim_process *process = acti_sim_of(os);

	if (acti_list_is_empty(&stored_in(watch)->link))
		return;
	process->sim->ends[stored_in(watch)->fd].readiness = readiness;
}

void
acti_sim_watch_stop(struct acti_os *os, struct acti_watch *watch)
{
	if (!acti_list_is_empty(&stored_in(watch)->link))
		stop_watch(&acti_sim_of(os)->sim->ends[stored_in(watch)->fd]);
}

/* ---- beginning and end ---- */

void
acti_sim_streams_reset(struct acti_sim *sim)
{
	for (size_t i = 0; i < sim->end_capacity; i++)
		sim->ends[i] = (struct sim_end){ .is_open = false };
	sim->name_count = 0;
}

void
acti_sim_streams_free(struct acti_sim *sim)
{
	for (size_t i = 0; i < sim->pipe_capacity; i++) {
		if (sim->pipes[i] != NULL)
			free(sim->pipes[i]->data);
		free(sim->pipes[i]);
	}
	free((void *)sim->pipes);
	free(sim->ends);
	free(sim->names);
}
