/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SUPPORT_OS_H
#define TEST_SUPPORT_OS_H

/*
 * A seam for tests: several actors in one process, time that moves when it is told to, byte streams and processes
 * that exist in memory, memory that counts and fails.  Nothing happens but in test_os_settle() and
 * test_os_advance_ms().  Misuse aborts.
 */

#include <os/os.h>
#include <support/test_bytes.h>
#include <support/test_memory.h>

#define TEST_ENDS_MAX 192
#define TEST_TURNS_MAX 6
#define TEST_SIGNALS_MAX 16
#define TEST_NAMES_MAX 8
#define TEST_WAITING_MAX 8 /* connections that nobody has accepted, at one name */
#define TEST_INHERITED_MAX 2
#define TEST_USER 1000
#define TEST_STRANGER_PID 4712

/* A path at which somebody listens, or did. */
struct test_name {
	char path[ACTI_SOCKET_PATH_SIZE]; /* "": this place is free */
	int fd;                           /* -1: it is stale */
	pid_t holder;
	struct {
		int end;
		pid_t pid; /* who has connected */
	} waiting[TEST_WAITING_MAX];
	size_t waiting_count;
};

/* One end of a stream, or what stands for a process, or listens.  Its number is its place in the table. */
struct test_end {
	bool is_open;
	int peer;                 /* the other end; -1: there is none */
	struct test_bytes in;     /* has arrived here and is not read */
	size_t in_max;            /* bytes that wait here before the peer's writes are short */
	size_t read_max;          /* that one read gives */
	bool is_ended;            /* after `in` there is no more; a process: it has ended */
	int read_error;           /* in place of the end; an errno */
	int write_error;          /* of each write here */
	struct test_name *name;   /* at which it listens; NULL: it does not */
	struct acti_watch *watch; /* NULL: none */
	unsigned readiness;       /* that is waited for */
};

/* What became of the last process that was spawned. */
struct test_process {
	int pidfd;  /* -1: none was spawned */
	int link;   /* its end */
	int status; /* once it has ended */
	bool is_reaped;
	char title[100];
	int signals[TEST_SIGNALS_MAX]; /* that it got */
	uint64_t signal_times_ns[TEST_SIGNALS_MAX];
	size_t signal_count;
};

struct test_os {
	struct acti_os os;
	struct test_memory memory;
	uint64_t now_ns;
	struct acti_list timers; /* that run, the next first */
	struct test_end ends[TEST_ENDS_MAX];
	struct {
		bool (*turn)(void *argument);
		void *argument;
	} turns[TEST_TURNS_MAX];
	size_t turn_count;
	struct test_process process;
	struct acti_list jobs;  /* that have not begun; each runs as an event, unless they are held */
	struct acti_job *begun; /* the one that is held in the middle; NULL: none */
	bool holds_jobs;
	int job_error;                                                      /* an errno, for each job */
	int spawn_error;                                                    /* an errno, for the next spawn */
	int watch_error;                                                    /* an errno, for each watch that starts */
	size_t stacks_left;                                                 /* the ones after these fail */
	size_t stack_count;                                                 /* that are mapped */
	size_t stacks_mapped, reads, writes, watch_changes, timers_started; /* in all */
	struct test_name names[TEST_NAMES_MAX];
	int directory_error, listen_error, connect_error, accept_error; /* an errno, for each */
	uid_t connecting_uid;                                           /* of who is at the other end of a socket */
	struct acti_listener_socket inherited[TEST_INHERITED_MAX];      /* that the process was started with */
	size_t inherited_count;
	uint32_t processors;
	const char *runtime_directory; /* XDG_RUNTIME_DIR; NULL: unset */
	uint64_t choices;              /* the seed of choose(); 0: always the first */
	struct test_bytes log;         /* all lines */
	struct test_bytes notified;    /* all states, each with a newline */
};

void test_os_init(struct test_os *self);
void test_os_fini(struct test_os *self);

/* An actor's turn, to be run between events. */
void test_os_add_turn(struct test_os *self, bool (*turn)(void *argument), void *argument);

/* Turns and events, until there is nothing more to do now. */
void test_os_settle(struct test_os *self);

/* The same, and lets time pass: each timer fires at its own time. */
void test_os_advance_ms(struct test_os *self, uint64_t ms);

/* As who was stopped: time passes at once, and then the timers that are due fire before anything is read. */
void test_os_oversleep_ms(struct test_os *self, uint64_t ms);

size_t test_os_running_timers(const struct test_os *self);

/* Two connected ends. */
void test_os_pair(struct test_os *self, int *ret_one, int *ret_other);

/* The far side's: bytes sent from `end` to its peer, and the closing of `end`. */
void test_os_send(struct test_os *self, int end, const void *bytes, size_t size);
void test_os_shut(struct test_os *self, int end); /* of one that listens: its process dies, and its name is stale */

/* The far side ends what it writes, and still reads. */
void test_os_end_writing(struct test_os *self, int end);

/* Takes `size` bytes of what arrived at `end`; false: there are fewer. */
bool test_os_take(struct test_os *self, int end, void *bytes, size_t size);

/* A stranger's: connects to who listens at that path, and gives the stranger's end. */
int test_os_connect(struct test_os *self, const char *path);

/* The same from the other side: listens, and takes a connection that waits there (-1: none does). */
int test_os_listen_by_hand(struct test_os *self, const char *path);
int test_os_accept_by_hand(struct test_os *self, const char *path);

/* The process that was spawned ends, and so does its end of the link; a SIGKILL does it too. */
void test_os_end_process(struct test_os *self, int status);

/* Lets the job that is held in the middle end. */
void test_os_end_job(struct test_os *self);

/* Whether `text` was logged. */
bool test_os_logged(const struct test_os *self, const char *text);

#endif
