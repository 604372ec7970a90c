/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_CHECK_H
#define TREES_CHECK_H

/*
 * A test program is a list of checks, run one after the other in the root's task.  Each says what it shows, and
 * leaves nothing behind: no child process, no descriptor.  Output is TAP.
 *
 *     program                       all checks
 *     program NAME...               only these
 *     CHECK_FLIP=FILE:LINE program  the expectation there is turned round: the program must fail
 */

#include <actor/error.h>
#include <actor/scope.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATIENCE_MS 20000 /* for what has to come, however loaded the machine */

/* With a sanitizer, whose handlers, stacks and memory are its own. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

struct check {
	const char *name;
	int (*run)(void); /* what it gives must be 0 */
};

/* clang-format off */
#define CHECK(function) { #function, function }
/* clang-format on */

/* 0: all are well. */
int run_checks(const struct check *checks, size_t count, int argc, char **argv);

bool expect(bool holds, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
bool expect_int(long long actual, long long wanted, const char *file, int line, const char *what);
bool expect_code(int actual, int wanted, const char *file, int line, const char *what);
bool expect_text(const char *actual, const char *wanted, const char *file, int line, const char *what);
bool expect_part(const char *actual, const char *part, const char *file, int line, const char *what);

#define EXPECT(condition) expect((condition), __FILE__, __LINE__, "%s", #condition)
#define EXPECT_INT(actual, wanted) expect_int((long long)(actual), (long long)(wanted), __FILE__, __LINE__, #actual)
#define EXPECT_CODE(actual, wanted) expect_code((actual), (wanted), __FILE__, __LINE__, #actual)
#define EXPECT_TEXT(actual, wanted) expect_text((actual), (wanted), __FILE__, __LINE__, #actual)
#define EXPECT_PART(actual, part) expect_part((actual), (part), __FILE__, __LINE__, #actual)

/* In a task: what another process is about to bring about. */
#define AWAIT(condition)                                                                            \
	expect(({                                                                                   \
		       uint64_t give_up_ = now_ms() + PATIENCE_MS;                                  \
		       bool holds_, last_ = false; /* the time is over, or the task is cancelled */ \
		       while (!(holds_ = (condition)) && !last_)                                    \
			       last_ = actor_sleep_ms(2) != 0 || now_ms() >= give_up_;              \
		       holds_;                                                                      \
	       }),                                                                                  \
	       __FILE__, __LINE__, "in time: %s", #condition)

uint64_t now_ms(void);

/* Nothing has this pid, not even a zombie. */
bool is_gone(int pid);

/* Nothing, if there is no such process: -1 would be all of them. */
void send_signal(int pid, int number);

/* Of this process; from 3 on. */
int open_descriptors(void);

/* True: this process has a child, if only an unreaped one. */
bool has_children(void);

/* What is written to stderr between the two.  `text` has room for `size`. */
void capture_stderr(void);
const char *captured_so_far(char *text, size_t size);
const char *captured_stderr(char *text, size_t size);

#endif
