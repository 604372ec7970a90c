/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <support/test_os.h>

#define ROUNDS_MAX 1000000 /* of one settling; more are a loop that never ends */

static struct test_os *
of(struct acti_os *os)
{
	return acti_container_of(os, struct test_os, os);
}

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

/* ---- memory and stacks ---- */

static void *
allocate(struct acti_memory *memory, size_t size)
{
	struct test_os *self = acti_container_of(memory, struct test_os, os.memory);

	void *block = acti_allocate(&self->memory.memory, size);

	memory->in_use = self->memory.live_bytes;
	return block;
}

static void
release(struct acti_memory *memory, void *block)
{
	struct test_os *self = acti_container_of(memory, struct test_os, os.memory);

	acti_release(&self->memory.memory, block);
	memory->in_use = self->memory.live_bytes;
}

static void *
stack_map(struct acti_os *os, size_t size)
{
	struct test_os *self = of(os);
	void *stack;

	if (self->stacks_left == 0)
		return NULL;
	self->stacks_left--;
	stack = aligned_alloc(4096, size);
	demand(stack != NULL);
	self->stack_count++;
	self->stacks_mapped++;
	return stack;
}

static void
stack_unmap(struct acti_os *os, void *stack, size_t size)
{
	(void)size;
	of(os)->stack_count--;
	free(stack);
}

/* ---- time ---- */

static uint64_t
now_ns(struct acti_os *os)
{
	return of(os)->now_ns;
}

/* What a timer's storage holds. */
static struct acti_list *
timer_link(struct acti_timer *timer)
{
	struct acti_list *link = (struct acti_list *)(void *)timer->storage;

	if (link->next == NULL)
		acti_list_init(link);
	return link;
}

static struct acti_timer *
timer_of(struct acti_list *link)
{
	return acti_container_of(link, struct acti_timer, storage);
}

static void
timer_stop(struct acti_os *os, struct acti_timer *timer)
{
	(void)os;
	acti_list_remove(timer_link(timer));
}

/* Behind those of the same time. */
static void
timer_start(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns)
{
	struct test_os *self = of(os);
	struct acti_list *before;

	timer_stop(os, timer);
	timer->os = os;
	timer->deadline_ns = deadline_ns;
	before = self->timers.next;
	while (before != &self->timers && timer_of(before)->deadline_ns <= deadline_ns)
		before = before->next;
	acti_list_push_back(before, timer_link(timer));
	self->timers_started++;
}

/* ---- streams ---- */

static struct test_end *
end_at(struct test_os *self, int number)
{
	demand(number >= 0 && number < TEST_ENDS_MAX && self->ends[number].is_open);
	return &self->ends[number];
}

static int
open_end(struct test_os *self)
{
	int number = 0;

	while (number < TEST_ENDS_MAX && self->ends[number].is_open)
		number++;
	demand(number < TEST_ENDS_MAX);
	test_bytes_fini(&self->ends[number].in);
	self->ends[number] = (struct test_end){ .is_open = true, .peer = -1, .in_max = SIZE_MAX, .read_max = SIZE_MAX };
	return number;
}

static unsigned
readiness_of(struct test_os *self, const struct test_end *end)
{
	bool readable = end->in.size > 0 || end->is_ended || end->read_error != 0;
	bool writable = end->peer < 0 || self->ends[end->peer].in.size < self->ends[end->peer].in_max;

	if (end->name != NULL)
		return end->name->waiting_count > 0 ? ACTI_READABLE : 0u;
	return (readable ? ACTI_READABLE : 0u) | (writable ? ACTI_WRITABLE : 0u);
}

static int
watch_start(struct acti_os *os, struct acti_watch *watch, int fd, unsigned readiness)
{
	struct test_end *end = end_at(of(os), fd);

	if (of(os)->watch_error != 0)
		return -of(os)->watch_error;
	demand(end->watch == NULL);
	watch->os = os;
	end->watch = watch;
	end->readiness = readiness;
	return 0;
}

static struct test_end *
watched(struct test_os *self, const struct acti_watch *watch)
{
	for (size_t i = 0; i < TEST_ENDS_MAX; i++)
		if (self->ends[i].is_open && self->ends[i].watch == watch)
			return &self->ends[i];
	return NULL;
}

static void
watch_change(struct acti_os *os, struct acti_watch *watch, unsigned readiness)
{
	struct test_end *end = watched(of(os), watch);

	demand(end != NULL);
	end->readiness = readiness;
	of(os)->watch_changes++;
}

static void
watch_stop(struct acti_os *os, struct acti_watch *watch)
{
	struct test_end *end = watched(of(os), watch);

	if (end != NULL)
		end->watch = NULL;
}

static void
drop_front(struct test_bytes *bytes, size_t size)
{
	bytes->size -= size;
	memmove(bytes->at, bytes->at + size, bytes->size);
}

static ssize_t
read_some(struct acti_os *os, int fd, void *buffer, size_t size)
{
	struct test_end *end = end_at(of(os), fd);

	of(os)->reads++;
	if (end->in.size == 0)
		return end->read_error != 0 ? -end->read_error : end->is_ended ? 0 : -EAGAIN;
	if (size > end->read_max)
		size = end->read_max;
	if (size > end->in.size)
		size = end->in.size;
	memcpy(buffer, end->in.at, size);
	drop_front(&end->in, size);
	return (ssize_t)size;
}

static ssize_t
write_some(struct acti_os *os, int fd, const void *buffer, size_t size)
{
	struct test_end *end = end_at(of(os), fd), *peer;

	of(os)->writes++;
	if (end->write_error != 0)
		return -end->write_error;
	if (end->peer < 0)
		return -EPIPE;
	peer = &of(os)->ends[end->peer];
	if (size > peer->in_max - peer->in.size)
		size = peer->in_max - peer->in.size;
	if (size == 0)
		return -EAGAIN;
	test_bytes_add(&peer->in, buffer, size);
	return (ssize_t)size;
}

static void
close_end(struct acti_os *os, int fd)
{
	struct test_os *self = of(os);
	struct test_end *end = end_at(self, fd);

	demand(end->watch == NULL && end->name == NULL);
	if (end->peer >= 0) {
		self->ends[end->peer].is_ended = true;
		self->ends[end->peer].peer = -1;
	}
	end->is_open = false;
	test_bytes_fini(&end->in);
}

/* Its name is stale then; who waits there sees the end. */
static void
close_listener(struct test_os *self, int fd)
{
	struct test_name *name = end_at(self, fd)->name;

	for (size_t i = 0; i < name->waiting_count; i++)
		close_end(&self->os, name->waiting[i].end);
	name->waiting_count = 0;
	name->fd = -1;
	self->ends[fd].name = NULL;
	close_end(&self->os, fd);
}

static bool
is_half_closed(struct acti_os *os, int fd)
{
	struct test_end *end = end_at(of(os), fd);

	return end->is_ended && end->peer >= 0 && !of(os)->ends[end->peer].is_ended;
}

static void
shut_down(struct acti_os *os, int fd)
{
	struct test_os *self = of(os);
	struct test_end *end = end_at(self, fd);

	end->is_ended = true;
	if (end->peer >= 0)
		self->ends[end->peer].is_ended = true;
}

void
test_os_pair(struct test_os *self, int *ret_one, int *ret_other)
{
	*ret_one = open_end(self);
	*ret_other = open_end(self);
	self->ends[*ret_one].peer = *ret_other;
	self->ends[*ret_other].peer = *ret_one;
}

void
test_os_send(struct test_os *self, int end, const void *bytes, size_t size)
{
	demand(end_at(self, end)->peer >= 0);
	test_bytes_add(&self->ends[self->ends[end].peer].in, bytes, size);
}

void
test_os_shut(struct test_os *self, int end)
{
	if (end_at(self, end)->name != NULL)
		close_listener(self, end);
	else
		close_end(&self->os, end);
}

void
test_os_end_writing(struct test_os *self, int end)
{
	demand(end_at(self, end)->peer >= 0);
	self->ends[self->ends[end].peer].is_ended = true;
}

bool
test_os_take(struct test_os *self, int end, void *bytes, size_t size)
{
	struct test_bytes *in = &end_at(self, end)->in;

	if (in->size < size)
		return false;
	if (size > 0) {
		memcpy(bytes, in->at, size);
		drop_front(in, size);
	}
	return true;
}

/* ---- sockets with names ---- */

static struct test_name *
find_name(struct test_os *self, const char *path)
{
	for (size_t i = 0; i < TEST_NAMES_MAX; i++)
		if (strcmp(self->names[i].path, path) == 0)
			return &self->names[i];
	return NULL;
}

static int
socket_directory(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why)
{
	demand(path[0] == '/');
	(void)is_shared;
	if (of(os)->directory_error != 0)
		*reterr_why = "mkdir";
	return -of(os)->directory_error;
}

static void
remove_stale(struct test_name *name)
{
	if (name->fd < 0)
		name->path[0] = '\0';
}

static void
socket_remove(struct acti_os *os, const char *path)
{
	struct test_name *name = find_name(of(os), path);

	if (name != NULL)
		remove_stale(name);
}

static void
socket_directory_sweep(struct acti_os *os, const char *path)
{
	size_t size = strlen(path);

	for (size_t i = 0; i < TEST_NAMES_MAX; i++) {
		struct test_name *name = &of(os)->names[i];

		if (strncmp(name->path, path, size) == 0 && name->path[size] == '/')
			remove_stale(name);
	}
}

static int
listen_at(struct test_os *self, const char *path, pid_t holder)
{
	struct test_name *name = find_name(self, path);
	int fd = open_end(self);

	if (name == NULL)
		name = find_name(self, "");
	demand(name != NULL && path[0] == '/' && strlen(path) < sizeof name->path);
	*name = (struct test_name){ .fd = fd, .holder = holder };
	strcpy(name->path, path);
	self->ends[fd].name = name;
	return fd;
}

static int
start_listening(struct acti_os *os, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
                pid_t *reterr_holder, const char **reterr_why)
{
	struct test_os *self = of(os);
	struct test_name *name = find_name(self, path);
	int fd;

	(void)is_shared;
	if (self->listen_error != 0) {
		*reterr_why = "bind";
		return -self->listen_error;
	}
	if (strlen(path) >= ACTI_SOCKET_PATH_SIZE) {
		*reterr_why = "its path is too long for a socket";
		return -ENAMETOOLONG;
	}
	if (name != NULL && name->fd >= 0) {
		*reterr_holder = name->holder;
		*reterr_why = "somebody listens there";
		return -EADDRINUSE;
	}
	fd = listen_at(self, path, self->os.ops->pid(os));
	*ret_socket = (struct acti_listener_socket){ .fd = fd, .lock_fd = fd };
	strcpy(ret_socket->path, path);
	return 0;
}

static int
inherited_listener(struct acti_os *os, size_t index, struct acti_listener_socket *ret_socket, const char **reterr_why)
{
	(void)reterr_why;
	if (index >= of(os)->inherited_count)
		return -ENOENT;
	*ret_socket = of(os)->inherited[index];
	return 0;
}

static void
end_listening(struct acti_os *os, struct acti_listener_socket *socket)
{
	if (socket->fd < 0)
		return;
	close_listener(of(os), socket->fd);
	if (socket->lock_fd >= 0)
		socket_remove(os, socket->path);
	socket->fd = socket->lock_fd = -1;
}

/* The end of who connects, or -errno. */
static int
connect_to(struct test_os *self, const char *path, pid_t pid)
{
	struct test_name *name = find_name(self, path);
	int near, far;

	demand(path[0] == '/');
	if (name == NULL)
		return -ENOENT;
	if (name->fd < 0)
		return -ECONNREFUSED;
	if (name->waiting_count == TEST_WAITING_MAX)
		return -EAGAIN;
	test_os_pair(self, &near, &far);
	name->waiting[name->waiting_count].end = far;
	name->waiting[name->waiting_count++].pid = pid;
	return near;
}

/* The end of who has waited longest, or -EAGAIN. */
static int
accept_at(struct test_name *name, pid_t *ret_pid)
{
	int end;

	demand(name != NULL);
	if (name->waiting_count == 0)
		return -EAGAIN;
	end = name->waiting[0].end;
	*ret_pid = name->waiting[0].pid;
	name->waiting_count--;
	memmove(name->waiting, name->waiting + 1, name->waiting_count * sizeof *name->waiting);
	return end;
}

static int
accept_one(struct acti_os *os, int fd, struct acti_credentials *ret_who)
{
	struct test_os *self = of(os);
	pid_t pid = 0;
	int end = self->accept_error != 0 ? -self->accept_error : accept_at(end_at(self, fd)->name, &pid);

	if (end >= 0)
		*ret_who = (struct acti_credentials){ self->connecting_uid, pid };
	return end;
}

static int
connect_there(struct acti_os *os, const char *path, struct acti_credentials *ret_who)
{
	struct test_os *self = of(os);
	int end = self->connect_error != 0 ? -self->connect_error : connect_to(self, path, os->ops->pid(os));

	if (end >= 0)
		*ret_who = (struct acti_credentials){ self->connecting_uid, find_name(self, path)->holder };
	return end;
}

int
test_os_connect(struct test_os *self, const char *path)
{
	int end = connect_to(self, path, TEST_STRANGER_PID);

	demand(end >= 0);
	return end;
}

int
test_os_listen_by_hand(struct test_os *self, const char *path)
{
	struct test_name *name = find_name(self, path);

	demand(name == NULL || name->fd < 0);
	return listen_at(self, path, TEST_STRANGER_PID);
}

int
test_os_accept_by_hand(struct test_os *self, const char *path)
{
	pid_t pid;
	int end = accept_at(find_name(self, path), &pid);

	return end >= 0 ? end : -1;
}

/* ---- processes ---- */

static int
spawn(struct acti_os *os, const struct acti_spawn *plan, struct acti_process *ret_process, int *ret_link,
      const char **ret_step)
{
	struct test_os *self = of(os);

	if (self->spawn_error != 0) {
		*ret_step = "clone";
		return -self->spawn_error;
	}
	self->process = (struct test_process){ .pidfd = open_end(self) };
	strncpy(self->process.title, plan->title, sizeof self->process.title - 1);
	test_os_pair(self, ret_link, &self->process.link);
	*ret_process = (struct acti_process){ .pid = 4711, .pidfd = self->process.pidfd, .crash_fd = -1 };
	return 0;
}

static int
process_reap(struct acti_os *os, struct acti_process *process, int *ret_status)
{
	struct test_os *self = of(os);

	demand(process->pidfd == self->process.pidfd);
	if (!end_at(self, process->pidfd)->is_ended)
		return -EAGAIN;
	demand(!self->process.is_reaped);
	self->process.is_reaped = true;
	*ret_status = self->process.status;
	return 0;
}

static int
process_kill(struct acti_os *os, const struct acti_process *process, int signal)
{
	struct test_os *self = of(os);

	demand(process->pidfd == self->process.pidfd && self->process.signal_count < TEST_SIGNALS_MAX);
	self->process.signal_times_ns[self->process.signal_count] = self->now_ns;
	self->process.signals[self->process.signal_count++] = signal;
	if (signal == SIGKILL && !end_at(self, process->pidfd)->is_ended)
		test_os_end_process(self, SIGKILL);
	return 0;
}

static void
process_close(struct acti_os *os, struct acti_process *process)
{
	close_end(os, process->pidfd);
}

static void
process_end(struct acti_os *os, struct acti_process *process)
{
	int status;

	process_kill(os, process, SIGKILL);
	process_reap(os, process, &status);
	process_close(os, process);
}

void
test_os_end_process(struct test_os *self, int status)
{
	self->process.status = status;
	self->ends[self->process.pidfd].is_ended = true;
	if (self->ends[self->process.link].is_open)
		test_os_shut(self, self->process.link);
}

/* Nothing here is ever copied. */
static const uint32_t original = 1;

static __attribute__((noreturn)) void
end_copy(struct acti_os *os)
{
	(void)os;
	abort();
}

/* ---- crashes: none ever leaves a record ---- */

static void
crash_find(struct acti_os *os, void (*find)(struct acti_crash_place *ret_place))
{
	(void)os, (void)find;
}

static int
crash_read(struct acti_os *os, const struct acti_process *process, int status, struct acti_crash *ret_crash)
{
	(void)os, (void)process, (void)status, (void)ret_crash;
	return -ENODATA;
}

static int
crash_trace(struct acti_os *os, const struct acti_process *process, struct acti_process *ret_tracer, int *ret_output)
{
	(void)os, (void)process, (void)ret_tracer, (void)ret_output;
	return -ENOSYS;
}

/* ---- the rest of the table ---- */

static int
signal_start(struct acti_os *os, struct acti_signal *signal, int number)
{
	(void)os, (void)signal, (void)number;
	return 0;
}

static void
signal_stop(struct acti_os *os, struct acti_signal *signal)
{
	(void)os, (void)signal;
}

static void
watchdog_wake(struct acti_os *os, struct acti_watchdog *dog)
{
	(void)os;
	dog->is_awake = true;
}

static void
watchdog_end(struct acti_os *os)
{
	(void)os;
}

/* What a job's storage holds. */
static struct acti_list *
job_link(struct acti_job *job)
{
	return (struct acti_list *)(void *)job->storage;
}

static int
job_start(struct acti_os *os, struct acti_job *job, uint32_t threads_max)
{
	(void)threads_max;
	if (of(os)->job_error != 0)
		return -of(os)->job_error;
	job->os = os;
	acti_list_init(job_link(job));
	acti_list_push_back(&of(os)->jobs, job_link(job));
	return 0;
}

static bool
job_withdraw(struct acti_os *os, struct acti_job *job)
{
	(void)os;
	if (acti_list_is_empty(job_link(job)))
		return false;
	acti_list_remove(job_link(job));
	return true;
}

void
test_os_end_job(struct test_os *self)
{
	struct acti_job *job = self->begun;

	demand(job != NULL);
	self->begun = NULL;
	job->run(job);
	job->done(job);
}

static bool
run_job(struct test_os *self)
{
	struct acti_list *link;

	if (self->begun != NULL || (link = acti_list_pop_front(&self->jobs)) == NULL)
		return false;
	self->begun = acti_container_of((unsigned char *)link, struct acti_job, storage[0]);
	if (!self->holds_jobs)
		test_os_end_job(self);
	return true;
}

static int
inherited_link(struct acti_os *os)
{
	(void)os;
	return -1;
}

static pid_t
own_pid(struct acti_os *os)
{
	(void)os;
	return 42;
}

static uid_t
user(struct acti_os *os)
{
	(void)os;
	return TEST_USER;
}

static uint32_t
processors(struct acti_os *os)
{
	return of(os)->processors;
}

static uint64_t
build(struct acti_os *os)
{
	(void)os;
	return 0;
}

static void
title(struct acti_os *os, const char *text)
{
	(void)os, (void)text;
}

static int
random_bytes(struct acti_os *os, void *bytes, size_t size)
{
	static const unsigned char pattern = 0xa5;

	(void)os;
	memset(bytes, pattern, size);
	return 0;
}

static const char *
variable(struct acti_os *os, const char *name)
{
	return strcmp(name, "XDG_RUNTIME_DIR") == 0 ? of(os)->runtime_directory : NULL;
}

static void
notify(struct acti_os *os, const char *state)
{
	test_bytes_add(&of(os)->notified, state, strlen(state));
	test_bytes_add_byte(&of(os)->notified, '\n');
}

static void
log_line(struct acti_os *os, const char *line, size_t size)
{
	test_bytes_add(&of(os)->log, line, size);
}

static uint32_t
choose(struct acti_os *os, uint32_t count)
{
	return of(os)->choices != 0 ? (uint32_t)(test_random(&of(os)->choices) % count) : 0;
}

static bool
fault(struct acti_os *os, const char *site)
{
	(void)os, (void)site;
	return false;
}

/* Actors whose loop is ours to turn: test_os_settle() does. */
static int
loop_run(struct acti_os *os, bool (*turn)(void *argument), void *argument)
{
	(void)os, (void)turn, (void)argument;
	return -ENOSYS;
}

static void
loop_stop(struct acti_os *os)
{
	(void)os;
}

static const struct acti_os_ops ops = {
	.now_ns = now_ns,
	.loop_run = loop_run,
	.loop_stop = loop_stop,
	.watch_start = watch_start,
	.watch_change = watch_change,
	.watch_stop = watch_stop,
	.timer_start = timer_start,
	.timer_stop = timer_stop,
	.signal_start = signal_start,
	.signal_stop = signal_stop,
	.watchdog_wake = watchdog_wake,
	.watchdog_end = watchdog_end,
	.job_start = job_start,
	.job_withdraw = job_withdraw,
	.read = read_some,
	.read_from_stranger = read_some,
	.write = write_some,
	.write_pieces = acti_write_one_by_one,
	.close = close_end,
	.shutdown = shut_down,
	.is_half_closed = is_half_closed,
	.socket_directory = socket_directory,
	.socket_directory_sweep = socket_directory_sweep,
	.socket_remove = socket_remove,
	.listen = start_listening,
	.inherited_listener = inherited_listener,
	.listen_end = end_listening,
	.accept = accept_one,
	.connect = connect_there,
	.spawn = spawn,
	.process_reap = process_reap,
	.process_kill = process_kill,
	.process_close = process_close,
	.process_end = process_end,
	.crash_find = crash_find,
	.crash_read = crash_read,
	.crash_trace = crash_trace,
	.inherited_link = inherited_link,
	.pid = own_pid,
	.user = user,
	.processors = processors,
	.build = build,
	.title = title,
	.stack_map = stack_map,
	.stack_unmap = stack_unmap,
	.random = random_bytes,
	.variable = variable,
	.log = log_line,
	.notify = notify,
	.end_copy = end_copy,
	.choose = choose,
	.fault = fault,
};

/* ---- the loop ---- */

void
test_os_init(struct test_os *self)
{
	*self = (struct test_os){
		.os = { .memory = { .allocate = allocate, .release = release }, .ops = &ops, .is_original = &original },
		.now_ns = 1000000000,
		.process = { .pidfd = -1 },
		.stacks_left = SIZE_MAX,
		.connecting_uid = TEST_USER,
		.processors = 1,
	};
	test_memory_init(&self->memory);
	acti_list_init(&self->timers);
	acti_list_init(&self->jobs);
}

void
test_os_fini(struct test_os *self)
{
	for (size_t i = 0; i < TEST_ENDS_MAX; i++)
		test_bytes_fini(&self->ends[i].in);
	test_bytes_fini(&self->log);
	test_bytes_fini(&self->notified);
}

void
test_os_add_turn(struct test_os *self, bool (*turn)(void *argument), void *argument)
{
	demand(self->turn_count < TEST_TURNS_MAX);
	self->turns[self->turn_count].turn = turn;
	self->turns[self->turn_count++].argument = argument;
}

static bool
run_turns(struct test_os *self)
{
	bool more = false;

	self->os.turn_ns = self->now_ns;
	for (size_t i = 0; i < self->turn_count; i++)
		more |= self->turns[i].turn(self->turns[i].argument);
	return more;
}

static bool
run_events(struct test_os *self)
{
	bool any = run_job(self);

	for (size_t i = 0; i < TEST_ENDS_MAX; i++) {
		struct test_end *end = &self->ends[i];
		unsigned readiness = end->is_open && end->watch != NULL ? readiness_of(self, end) & end->readiness : 0;

		if (readiness != 0) {
			end->watch->ready(end->watch, readiness);
			any = true;
		}
	}
	return any;
}

void
test_os_settle(struct test_os *self)
{
	size_t rounds = 0;
	bool more = true;

	while (more) {
		demand(rounds++ < ROUNDS_MAX);
		more = run_turns(self);
		more |= run_events(self);
	}
}

/* That is due by then; NULL: none. */
static struct acti_timer *
take_timer(struct test_os *self, uint64_t until)
{
	struct acti_list *first = self->timers.next;

	if (acti_list_is_empty(&self->timers) || timer_of(first)->deadline_ns > until)
		return NULL;
	acti_list_remove(first);
	return timer_of(first);
}

void
test_os_advance_ms(struct test_os *self, uint64_t ms)
{
	uint64_t until = self->now_ns + ms * 1000000;

	test_os_settle(self);
	for (struct acti_timer *timer; (timer = take_timer(self, until)) != NULL;) {
		if (timer->deadline_ns > self->now_ns)
			self->now_ns = timer->deadline_ns;
		timer->expired(timer);
		test_os_settle(self);
	}
	self->now_ns = until;
	test_os_settle(self);
}

void
test_os_oversleep_ms(struct test_os *self, uint64_t ms)
{
	self->now_ns += ms * 1000000;
	for (struct acti_timer *timer; (timer = take_timer(self, self->now_ns)) != NULL;)
		timer->expired(timer);
	test_os_settle(self);
}

size_t
test_os_running_timers(const struct test_os *self)
{
	size_t count = 0;

	acti_list_for_each(link, &self->timers)
		count++;
	return count;
}

bool
test_os_logged(const struct test_os *self, const char *text)
{
	return self->log.size > 0 && memmem(self->log.at, self->log.size, text, strlen(text)) != NULL;
}
