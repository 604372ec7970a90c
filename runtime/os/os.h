/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_OS_H
#define ACTI_OS_OS_H

/*
 * The seam: everything by which an actor touches the world.  The core above knows only this header; behind it is
 * either Linux with libev (linux.h) or a simulator.  It is a table of functions that hangs off the actor, so that
 * many actors, real or simulated, can live in one process.
 *
 * Results are 0 or a count, or -errno.  No callback is called from within a call of the table: they come from
 * loop_run() only.  All of it is for the actor's own thread.
 */

#include <base/memory.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct acti_os;

enum acti_readiness {
	ACTI_READABLE = 1,
	ACTI_WRITABLE = 2,
};

/* Room for a struct of the seam's own; bytes, because only those may be read and written as another type. */
#define ACTI_SEAM_STORAGE(name) unsigned char name[80] __attribute__((aligned(8)))

/* Bytes to be written, which do not lie together with others. */
struct acti_piece {
	const void *bytes;
	size_t size;
};

#define ACTI_PIECES_MAX 24 /* at once */

/* A descriptor that is watched.  Storage is the watcher's; zero it, set `ready`, start it. */
struct acti_watch {
	void (*ready)(struct acti_watch *watch, unsigned readiness);
	struct acti_os *os;
	ACTI_SEAM_STORAGE(storage);
};

/* A point in time that is waited for; fires once.  Zero it, set `expired`, start it. */
struct acti_timer {
	void (*expired)(struct acti_timer *timer);
	struct acti_os *os;
	uint64_t deadline_ns;
	ACTI_SEAM_STORAGE(storage);
};

/* A signal that is waited for.  Zero it, set `raised`, start it. */
struct acti_signal {
	void (*raised)(struct acti_signal *signal);
	struct acti_os *os;
	int number;
	ACTI_SEAM_STORAGE(storage);
};

/* Work for another thread.  Zero it, set `run` and `done`, start it. */
struct acti_job {
	void (*run)(struct acti_job *job);  /* there: it touches nothing of the actor's */
	void (*done)(struct acti_job *job); /* here, after that, once */
	struct acti_os *os;
	ACTI_SEAM_STORAGE(storage);
};

/* A process to start.  It inherits descriptors 0 to 2 and its end of the link, and nothing else. */
struct acti_spawn {
	const char *executable;         /* NULL: the one that runs, by a descriptor held since the start */
	const char *title;              /* its argv[0] */
	const char *const *environment; /* added to the part of ours that is passed on; NULL-terminated */
};

struct acti_process {
	pid_t pid;
	int pidfd;    /* readable once the process has ended */
	int crash_fd; /* where it leaves word of what killed it; below 0: nowhere */
};

/* Where a thread is, for the report of its crash.  A signal handler asks. */
struct acti_crash_place {
	const char *task, *module, *endpoint; /* NULL: none */
	const void *stack;                    /* of the task: its lowest usable address */
};

/* What a process that died by a fault has left.  Texts are bytes of a peer: escape them. */
struct acti_crash {
	int signal; /* 0: nothing is known */
	bool has_address;
	bool is_overflow; /* the address lies in the guard of the task's stack */
	uint64_t address;
	uint64_t build;     /* of its executable; 0: unknown */
	char task[64];      /* "": none ran */
	char endpoint[256]; /* "demo.Tree.Square"; "": the task belongs to none */
};

/* Who is at the other end of a socket, as the kernel knows it: its user, and the process that connected or listened. */
struct acti_credentials {
	uid_t uid;
	pid_t pid; /* for people only: it may be another's by now */
};

#define ACTI_SOCKET_PATH_SIZE 108 /* with its NUL, as in sockaddr_un */

/* A socket that others connect to. */
struct acti_listener_socket {
	int fd;      /* non-blocking; -1: none */
	int lock_fd; /* held as long as it listens; -1: its file is not ours to remove */
	char path[ACTI_SOCKET_PATH_SIZE];
};

/*
 * What a watchdog looks at, at times of its own, even in the middle of a task: the core only stores here, so being
 * watched costs a switch no call.
 */
struct acti_watchdog {
	uint32_t limit_ms;    /* for one run without a wait; 0: nobody watches */
	uint32_t patience_ms; /* for a signal that asks the process to end, and that a stuck task keeps waiting */
	const void *volatile running; /* NULL: nothing */
	volatile uint32_t runs;       /* changes before something runs */
	volatile bool is_awake;       /* the seam's: cleared when nothing has run for a while */
	/* What is to be said of it, from a signal handler: the size of a whole line, or 0. */
	size_t (*describe)(const struct acti_watchdog *dog, const void *running, char *line, size_t size);
};

#define ACTI_WATCHDOG_LINE_SIZE 512

struct acti_os_ops {
	/* Monotonic time. */
	uint64_t (*now_ns)(struct acti_os *os);

	/*
	 * Runs until loop_stop().  `turn` is called before each wait, with all events handled: it runs what is ready
	 * and sends what is queued, and gives true if there is more to run, in which case events are only polled for.
	 */
	int (*loop_run)(struct acti_os *os, bool (*turn)(void *argument), void *argument);
	void (*loop_stop)(struct acti_os *os);

	int (*watch_start)(struct acti_os *os, struct acti_watch *watch, int fd, unsigned readiness);
	void (*watch_change)(struct acti_os *os, struct acti_watch *watch, unsigned readiness);
	void (*watch_stop)(struct acti_os *os, struct acti_watch *watch); /* does nothing on one that is stopped */

	void (*timer_start)(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns); /* or moves it */
	void (*timer_stop)(struct acti_os *os, struct acti_timer *timer); /* does nothing on one that is stopped */

	int (*signal_start)(struct acti_os *os, struct acti_signal *signal, int number);
	void (*signal_stop)(struct acti_os *os, struct acti_signal *signal);

	/* Wakes the watchdog.  Where there can be none, it says so in the log, and sets the limit to 0. */
	void (*watchdog_wake)(struct acti_os *os, struct acti_watchdog *dog);
	void (*watchdog_end)(struct acti_os *os); /* nothing looks at what it was woken for any more */

	/*
	 * Queues a job for one of at most `threads_max` threads; an error if there is none and none can be made.  Those
	 * that run when the seam is freed are left alone, with their storage.
	 */
	int (*job_start)(struct acti_os *os, struct acti_job *job, uint32_t threads_max);
	bool (*job_withdraw)(struct acti_os *os, struct acti_job *job); /* true: it has not begun, and never will */

	/*
	 * Sockets, and nothing else: -ENOTSOCK.  -EAGAIN: would block.  read gives 0 at the end; write never raises SIGPIPE.
	 * Descriptors that come along are closed unseen; reading from a stranger, which costs more, sees them, and gives
	 * -EBADMSG: what was read with them is lost.
	 */
	ssize_t (*read)(struct acti_os *os, int fd, void *buffer, size_t size);
	ssize_t (*read_from_stranger)(struct acti_os *os, int fd, void *buffer, size_t size);
	ssize_t (*write)(struct acti_os *os, int fd, const void *buffer, size_t size);
	ssize_t (*write_pieces)(struct acti_os *os, int fd, const struct acti_piece *pieces, size_t count);
	void (*close)(struct acti_os *os, int fd);
	void (*shutdown)(struct acti_os *os,
	                 int fd); /* both ways: what has arrived can be read, then the stream ends */

	/* After read has given 0: the other side still reads, it has only ended what it writes. */
	bool (*is_half_closed)(struct acti_os *os, int fd);

	/*
	 * Sockets with names, which are absolute paths of files.  A name belongs to the process that holds the lock of the
	 * file beside it (PATH.lock), so what a dead process left is told from what a living one uses.
	 *
	 * Failures give -errno, and *reterr_why is what was wrong, in words, or the step that failed.
	 */

	/*
	 * A directory for sockets, made with its parents if it is not there: of mode 0700, or 0711 if others may pass
	 * through it (`is_shared`).  One of ours that is there may also be 0711 if it is not shared: somebody else shares it.
	 * If it has another mode it gets that one, but only if it holds nothing but sockets (*.sock) and their locks:
	 * else -EPERM, for it is in use for something else.
	 *
	 * Anything else at that path is left alone: -EPERM if it belongs to another user, or has the sticky bit, as a
	 * directory for all has; -ENOTDIR if it is no directory, or a link to one.  So it is, with -EPERM, if others may
	 * replace it: each directory above it, and each link on the way, must belong to root or to us, and no such
	 * directory may be writable for others unless it has the sticky bit.  Ours may be writable for the group that we
	 * run as: that is taken to be our user's own.
	 */
	int (*socket_directory)(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why);

	/* Removes the sockets in a directory of ours whose processes have died, by their locks: one without is let be. */
	void (*socket_directory_sweep)(struct acti_os *os, const char *path);

	/* The same for one of them: nothing if somebody holds it, or it is not there, or has no lock. */
	void (*socket_remove)(struct acti_os *os, const char *path);

	/*
	 * Listens.  The socket is for our user alone, unless `is_shared`.  -EADDRINUSE: a living process has the name;
	 * *reterr_holder is its pid, 0 if unknown.  -ENAMETOOLONG.  Whatever else but a dead socket of ours lies there, or is
	 * in the place of its lock, stays there: -EEXIST.
	 */
	int (*listen)(struct acti_os *os, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
	              pid_t *reterr_holder, const char **reterr_why);

	/*
	 * The index-th listening socket that this process was started with (LISTEN_FDS), which is given once.  -ENOENT: there
	 * are no more; -EINVAL: it is something else than a unix stream socket that listens at a path.
	 */
	int (*inherited_listener)(struct acti_os *os, size_t index, struct acti_listener_socket *ret_socket,
	                          const char **reterr_why);

	/* Closes it, and removes its file if that is ours; nothing on one that is closed. */
	void (*listen_end)(struct acti_os *os, struct acti_listener_socket *socket);

	/* Takes one connection: its descriptor.  -EAGAIN: there is none; -EMFILE and the like: it has to wait. */
	int (*accept)(struct acti_os *os, int fd, struct acti_credentials *ret_who);

	/*
	 * Connects, at once: the descriptor.  -ECONNREFUSED: nobody listens; -ENOENT: nothing is there; -EAGAIN: too many
	 * wait there already; -ELOOP: a link to a socket is none.
	 */
	int (*connect)(struct acti_os *os, const char *path, struct acti_credentials *ret_who);

	/*
	 * Starts a process with a new link to us: *ret_link is our end, non-blocking.  Fails with the errno of the step
	 * that failed, that of exec included, and *ret_step names the step ("execveat", "clone").
	 */
	int (*spawn)(struct acti_os *os, const struct acti_spawn *spawn, struct acti_process *ret_process,
	             int *ret_link, const char **ret_step);

	/* Reaps: 0 and the status as waitpid() gives it; -EAGAIN: it runs; -ECHILD: somebody else took the status. */
	int (*process_reap)(struct acti_os *os, struct acti_process *process, int *ret_status);
	int (*process_kill)(struct acti_os *os, const struct acti_process *process, int signal);
	void (*process_close)(struct acti_os *os, struct acti_process *process);

	/* Kills it, waits for its end, reaps and closes: for one that nobody follows. */
	void (*process_end)(struct acti_os *os, struct acti_process *process);

	/* From now on the report of a crash of this process says where it was.  `find` is called in signal handlers. */
	void (*crash_find)(struct acti_os *os, void (*find)(struct acti_crash_place *ret_place));

	/* What a child has left that was reaped with `status`; -ENODATA: nothing, or nonsense. */
	int (*crash_read)(struct acti_os *os, const struct acti_process *process, int status,
	                  struct acti_crash *ret_crash);

	/*
	 * Starts a process that writes the stack of the crash as lines of text to *ret_output, and ends.  It takes as
	 * long as it takes, and writes what it likes.  Fails as spawn does.
	 */
	int (*crash_trace)(struct acti_os *os, const struct acti_process *process, struct acti_process *ret_tracer,
	                   int *ret_output);

	/* The link to the actor that spawned this process; -1: nobody did. */
	int (*inherited_link)(struct acti_os *os);
	pid_t (*pid)(struct acti_os *os);
	uid_t (*user)(struct acti_os *os);                    /* the effective one */
	uint32_t (*processors)(struct acti_os *os);           /* that this process may use: at least 1 */
	uint64_t (*build)(struct acti_os *os);                /* tells builds of the program apart; 0: unknown */
	void (*title)(struct acti_os *os, const char *title); /* the kernel's name of this task */

	/* A stack of `size` bytes above an inaccessible guard; gives its lowest usable address, NULL when spent. */
	void *(*stack_map)(struct acti_os *os, size_t size);
	void (*stack_unmap)(struct acti_os *os, void *stack, size_t size);

	int (*random)(struct acti_os *os, void *bytes, size_t size);
	const char *(*variable)(struct acti_os *os, const char *name);  /* of the environment; NULL: unset */
	void (*log)(struct acti_os *os, const char *line, size_t size); /* one line with its newline; may drop it */
	/*
	 * Tells who started the process and asks for it (NOTIFY_SOCKET).  Waits a second for who is slow to read; what
	 * does not get there is logged.
	 */
	void (*notify)(struct acti_os *os, const char *state);

	/* Ends such a copy, and nothing that it shares with us. */
	void (*end_copy)(struct acti_os *os) __attribute__((noreturn));

	/* A number below `count`: which of equal choices to take.  0 in production; a simulator's seed decides. */
	uint32_t (*choose)(struct acti_os *os, uint32_t count);

	/* Whether the fault point `site` is to fire: see ACTI_MAYBE.  false in production. */
	bool (*fault)(struct acti_os *os, const char *site);
};

struct acti_os {
	struct acti_memory memory; /* where all of the actor's memory comes from */
	const struct acti_os_ops *ops;
	const uint32_t *is_original; /* to 0 in a copy that fork() made of this process, which must not go on */
	uint64_t turn_ns; /* when the turn began, at most some ms ago by then: for what is not worth asking now_ns() */
};

/*
 * Fault points: places where the core may do what is allowed but rare (a short turn, no reuse), if a simulator says so.
 * Only builds with ACTOR_FAULTS have them.  After FoundationDB's BUGGIFY.
 */
#ifdef ACTOR_FAULTS
#define ACTI_MAYBE(os, site) ((os)->ops->fault((os), (site)))
#else
#define ACTI_MAYBE(os, site) ((void)(os), false)
#endif

#define ACTI_NS_PER_MS 1000000u

/* The point in time that is `ms` from now, or as good as never. */
static inline uint64_t
acti_deadline_after_ms(struct acti_os *os, uint64_t ms)
{
	uint64_t now = os->ops->now_ns(os);
	uint64_t room = (UINT64_MAX - 1 - now) / ACTI_NS_PER_MS;

	return now + (ms < room ? ms : room) * ACTI_NS_PER_MS;
}

/* For a seam that writes no pieces at once: as if its sockets took no more. */
static inline ssize_t
acti_write_one_by_one(struct acti_os *os, int fd, const struct acti_piece *pieces, size_t count)
{
	ssize_t written = 0;

	for (size_t i = 0; i < count; i++) {
		ssize_t part = os->ops->write(os, fd, pieces[i].bytes, pieces[i].size);

		if (part < 0)
			return written > 0 ? written : part;
		written += part;
		if ((size_t)part < pieces[i].size)
			break;
	}
	return written;
}

#endif
