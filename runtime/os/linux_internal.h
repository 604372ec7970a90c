/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_LINUX_INTERNAL_H
#define ACTI_OS_LINUX_INTERNAL_H

/*
 * What the files of the Linux side share.  linux.c has the table and the small calls, linux_start.c takes over the
 * process when the actor starts, linux_loop.c is libev, linux_timer.c timers, linux_watchdog.c a timer that tells of
 * tasks that do not yield, linux_pool.c threads for work that blocks, linux_spawn.c starts processes and follows their end,
 * linux_log.c writes log lines.  linux_socket.h tells what the files of sockets with names are, and crash.h those of crash
 * reports.
 */

#include <os/linux.h>
#include <pthread.h>
#include <signal.h>

/* A child finds its link on this descriptor, and this variable tells it so. */
#define ACTI_LINK_FD 3
#define ACTI_LINK_VARIABLE "ACTOR_LINK"

/* The same for where it reports a crash. */
#define ACTI_CRASH_FD 4
#define ACTI_CRASH_VARIABLE "ACTOR_CRASH"

/* In the environment of a process that is only to write the trace of a crash, with that crash on ACTI_CRASH_FD. */
#define ACTI_TRACE_VARIABLE "ACTOR_TRACE_CRASH"

/* Descriptors that we hold for long live from here on: below are the link of a child and what users redirect. */
#define ACTI_HELD_FD_MIN 10

/* Listening sockets that a process is started with are these, as many as LISTEN_FDS says; see sd_listen_fds(3). */
#define ACTI_LISTENER_FD 3
#define ACTI_LISTENERS_MAX 16

#define ACTI_SPAWN_STACK_SIZE 65536

struct acti_linux_loop;
struct acti_linux_pool;
struct acti_linux_watchdog;

struct acti_linux_timers {
	struct acti_timer *heap, *later; /* the first of them; later: those that are started while others fire */
	bool are_firing, is_watched;
	uint64_t armed_ns; /* when the timerfd fires; UINT64_MAX: never */
	int fd;            /* -1: none */
	struct acti_watch watch;
};

struct acti_linux {
	struct acti_os os;
	struct acti_linux_loop *loop;
	struct acti_linux_timers timers;
	struct acti_linux_watchdog *watchdog; /* NULL until it is woken */
	struct acti_linux_pool *pool;         /* NULL until there is a job */

	bool secure;            /* started with more rights than the user has: ACTOR_* variables are not for us */
	int link_fd;            /* -1: none */
	bool link_taken;        /* inherited_link() gave it away: not ours to close */
	int executable_fd;      /* O_PATH; below 0: -errno of opening it */
	bool started_by_loader; /* executable_fd is ld.so then, not this program */
	int report_fd;          /* an eventfd by which a child says why it could not exec */
	int crash_fd;           /* our parent's, for the report of our crash; -1: none */
	int listener_fds[ACTI_LISTENERS_MAX]; /* that nobody asked for yet; below 0: none */
	size_t listener_count;
	unsigned memfd_flags; /* for that of a child: what this kernel knows */
	bool crashes_taken;
	bool has_thread_key;
	pthread_key_t thread_key; /* by which the end of the loop's thread is known */

	/* For the child between clone and exec, one at a time; and for signal handlers, which are blocked then. */
	void *spawn_stack;
	uint64_t log_dropped; /* lines since the last one that was written */

	bool signals_taken;
	struct sigaction old_sigpipe, old_sigchld, old_sigusr1;
	sigset_t reblock; /* signals that were blocked when we came */
};

static inline struct acti_linux *
acti_linux_of(struct acti_os *os)
{
	return acti_container_of(os, struct acti_linux, os);
}

/* linux_start.c: all give 0 or a descriptor, or -errno. */
int acti_linux_fill_standard_fds(void);
int acti_linux_move_fd(int fd); /* to ACTI_HELD_FD_MIN or above, close-on-exec; `fd` is closed, even on failure */
int acti_linux_take_inherited(struct acti_linux *self, const char **ret_step);
bool acti_linux_started_by_loader(void);
void acti_linux_take_signals(struct acti_linux *self);
void acti_linux_return_signals(struct acti_linux *self);

/* linux_loop.c */
int acti_linux_loop_new(struct acti_linux_loop **ret_loop);
struct acti_linux_loop *acti_linux_loop_free(struct acti_linux_loop *loop);
uint64_t acti_linux_now_ns(struct acti_os *os);
int acti_linux_loop_run(struct acti_os *os, bool (*turn)(void *argument), void *argument);
void acti_linux_loop_stop(struct acti_os *os);
int acti_linux_watch_start(struct acti_os *os, struct acti_watch *watch, int fd, unsigned readiness);
void acti_linux_watch_change(struct acti_os *os, struct acti_watch *watch, unsigned readiness);
void acti_linux_watch_stop(struct acti_os *os, struct acti_watch *watch);
int acti_linux_signal_start(struct acti_os *os, struct acti_signal *signal, int number);
void acti_linux_signal_stop(struct acti_os *os, struct acti_signal *signal);

/* linux_program.c: by the linker's build id */
uint64_t acti_linux_build(struct acti_os *os);

/* linux_socket_directory.c, linux_socket_name.c */
int acti_linux_socket_directory(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why);
void acti_linux_socket_directory_sweep(struct acti_os *os, const char *path);
void acti_linux_socket_remove(struct acti_os *os, const char *path);

/* linux_listen.c */
int acti_linux_listen(struct acti_os *os, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
                      pid_t *reterr_holder, const char **reterr_why);
int acti_linux_inherited_listener(struct acti_os *os, size_t index, struct acti_listener_socket *ret_socket,
                                  const char **reterr_why);
void acti_linux_listen_end(struct acti_os *os, struct acti_listener_socket *socket);

/* linux_connect.c */
int acti_linux_accept(struct acti_os *os, int fd, struct acti_credentials *ret_who);
int acti_linux_connect(struct acti_os *os, const char *path, struct acti_credentials *ret_who);
bool acti_linux_is_half_closed(struct acti_os *os, int fd);

/* linux_timer.c */
int acti_linux_timers_init(struct acti_linux *self);
void acti_linux_timers_fini(struct acti_linux *self);
void acti_linux_timers_arm(struct acti_linux *self); /* before each wait */
void acti_linux_timer_start(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns);
void acti_linux_timer_stop(struct acti_os *os, struct acti_timer *timer);

/* linux_watchdog.c */
void acti_linux_watchdog_wake(struct acti_os *os, struct acti_watchdog *dog);
void acti_linux_watchdog_end(struct acti_os *os);

/* linux_pool.c */
int acti_linux_job_start(struct acti_os *os, struct acti_job *job, uint32_t threads_max);
bool acti_linux_job_withdraw(struct acti_os *os, struct acti_job *job);
struct acti_linux_pool *acti_linux_pool_free(struct acti_linux_pool *pool);

/* linux_spawn.c */
int acti_linux_spawn(struct acti_os *os, const struct acti_spawn *spawn, struct acti_process *ret_process,
                     int *ret_link, const char **ret_step);
int acti_linux_process_reap(struct acti_os *os, struct acti_process *process, int *ret_status);
int acti_linux_process_kill(struct acti_os *os, const struct acti_process *process, int signal);
void acti_linux_process_end(struct acti_os *os, struct acti_process *process);
void acti_linux_process_close(struct acti_os *os, struct acti_process *process);

/* As acti_linux_spawn(); it is started as a child actor if `crash_fd` is below 0, else to trace that crash. */
int acti_linux_start(struct acti_linux *self, const struct acti_spawn *spawn, int crash_fd,
                     struct acti_process *ret_process, int *ret_link, const char **ret_step);

/* linux_crash.c: the handlers, while there is an actor. */
void acti_linux_take_crashes(struct acti_linux *self);
void acti_linux_return_crashes(struct acti_linux *self);
void acti_linux_crash_find(struct acti_os *os, void (*find)(struct acti_crash_place *ret_place));

/* linux_crash_read.c */
int acti_linux_crash_read(struct acti_os *os, const struct acti_process *process, int status,
                          struct acti_crash *ret_crash);
int acti_linux_crash_trace(struct acti_os *os, const struct acti_process *process, struct acti_process *ret_tracer,
                           int *ret_output);

/* linux_crash_trace.c: if this process was started for that, it does it, and does not return. */
void acti_linux_trace_if_asked(bool secure);

/* linux.c, linux_log.c */
size_t acti_linux_stack_guard(void);
void *acti_linux_stack_map(struct acti_os *os, size_t size);
void acti_linux_stack_unmap(struct acti_os *os, void *stack, size_t size);
void acti_linux_log(struct acti_os *os, const char *line, size_t size);

#endif
