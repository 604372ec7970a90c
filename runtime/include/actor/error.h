/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_ERROR_H
#define ACTOR_ERROR_H

#include <actor/base.h>

/*
 * Error codes.  The numbers travel between processes, so they are explicit and never reused; they are
 * beyond errno's, so that a -1 or a -ENOMEM of somebody else's is not taken for one of them.  The third
 * column is the gRPC canonical code (https://grpc.github.io/grpc/core/md_doc_statuscodes.html), for
 * display and for bridges.
 */
#define ACTOR_ERROR_MAP(X)                                                         \
	X(ECANCELED, 1001, CANCELLED, "cancelled")                                 \
	X(ERAISED, 1002, UNKNOWN, "the endpoint raised an error")                  \
	X(EINVAL, 1003, INVALID_ARGUMENT, "an argument or a message is not valid") \
	X(EDEADLINE, 1004, DEADLINE_EXCEEDED, "the deadline passed")               \
	X(ENOENDPOINT, 1005, NOT_FOUND, "the module has no such endpoint")         \
	X(ERUNNING, 1006, ALREADY_EXISTS, "it is there already")                   \
	X(EDENIED, 1007, PERMISSION_DENIED, "the module is not exposed there")     \
	X(ENOMEM, 1008, RESOURCE_EXHAUSTED, "out of memory, or over a limit")      \
	X(ECLOSED, 1009, FAILED_PRECONDITION, "closed, or about to be")            \
	X(ENORUNTIME, 1010, FAILED_PRECONDITION, "no actor runtime here")          \
	X(ENOMODULE, 1011, NOT_FOUND, "the program has no such module")            \
	X(EKIND, 1012, UNIMPLEMENTED, "the endpoint is of another kind")           \
	X(EPROTOCOL, 1013, INTERNAL, "the peer broke the protocol")                \
	X(EPEERGONE, 1014, UNAVAILABLE, "the peer process ended")                  \
	X(EGROUP, 1015, UNKNOWN, "several errors")                                 \
	X(ESPAWN, 1016, UNAVAILABLE, "the process could not be started")           \
	X(ELISTEN, 1017, UNAVAILABLE, "the address cannot be listened at")         \
	X(ENOREGISTRAR, 1018, UNAVAILABLE, "no registrar answers")                 \
	X(EOVERRUN, 1019, RESOURCE_EXHAUSTED, "the receiver of a stream is too slow")

enum actor_code {
	ACTOR_OK = 0,
#define ACTOR_ERROR_ENUM(name, number, grpc, text) ACTOR_##name = -number,
	ACTOR_ERROR_MAP(ACTOR_ERROR_ENUM)
#undef ACTOR_ERROR_ENUM
};

/* Outcomes: positive, neither success nor failure; the functions that give them say so. */
enum actor_outcome {
	ACTOR_NO_RESULT = 1,     /* a daemon has no result to wait for; nor has a context that this side cancelled */
	ACTOR_NO_ACK = 2,        /* the peer was gone, or did not acknowledge in time */
	ACTOR_NOBODY = 3,        /* no actor of that name is there */
	ACTOR_END_OF_STREAM = 4, /* the other side sends no more items */
	ACTOR_WOULD_BLOCK = 5,   /* there is no item now */
	ACTOR_LAGGED = 6,        /* items were lost before the next one */
};

ACTOR_BEGIN

/* An actor's name and uuid.  Names are not unique; the pair is. */
struct actor_uid {
	char name[65];
	unsigned char uuid[16];
};

/* What is known about a failure.  Read through the accessors: it grows. */
struct actor_error;

/*
 * The details of the error that this task is on its way to return: set by the call that last
 * returned a negative code here; kept by calls that succeed, by every _close() that is handed the
 * code, and by actor_free().  NULL when no call has failed.  Valid until the next failing call.
 * Outside a task: an ACTOR_ENORUNTIME error.
 */
ACTOR_API const struct actor_error *actor_error_last(void);

/* A negative enum actor_code. */
ACTOR_API int actor_error_code(const struct actor_error *error);
/* Free text; "" when there is none. */
ACTOR_API const char *actor_error_message(const struct actor_error *error);
/* What was raised at the origin: "demo.SymbolNotFound", or a code's name; never NULL. */
ACTOR_API const char *actor_error_type(const struct actor_error *error);
/* What the last hop handed over: the type itself after one hop, "actor.BoxedError" after more. */
ACTOR_API const char *actor_error_boxed_type(const struct actor_error *error);
/* The actor in which it arose; NULL: this one. */
ACTOR_API const struct actor_uid *actor_error_origin(const struct actor_error *error);
/* The actors that it came through, the origin first, the last relayer last. */
ACTOR_API size_t actor_error_hop_count(const struct actor_error *error);
ACTOR_API const struct actor_uid *actor_error_hop(const struct actor_error *error, size_t index);
/* Who asked for the cancellation, or set the deadline; NULL: unknown, or neither. */
ACTOR_API const struct actor_uid *actor_error_canceller(const struct actor_error *error);
/* Members of a group (ACTOR_EGROUP); at most 16 are kept, the rest is counted by _dropped. */
ACTOR_API size_t actor_error_member_count(const struct actor_error *error);
ACTOR_API size_t actor_error_dropped_count(const struct actor_error *error);
ACTOR_API const struct actor_error *actor_error_member(const struct actor_error *error, size_t index);
/* How the process ended, as waitpid() tells it; -1: this is not a death, or nobody knows. */
ACTOR_API int actor_error_wait_status(const struct actor_error *error);
/*
 * Of a process that crashed: its stack, innermost first, a line for each frame, "#3 square (main.c:120) in app"; printable
 * ASCII and line ends.  NULL: it did not crash, or nothing could be made of it.  docs/crash-reports.md says when.
 */
ACTOR_API const char *actor_error_backtrace(const struct actor_error *error);
/* All of it but the backtrace in one line, control characters escaped.  Valid as long as `error`. */
ACTOR_API const char *actor_error_text(const struct actor_error *error);

/*
 * `return actor_fail(ACTOR_EINVAL, "%d is too large", n);`: sets actor_error_last(), notes function, file and
 * line, returns the code.  The text is cut at 1,023 bytes.  Outside a task it only returns the code.
 */
#define actor_fail(code, ...) actor_fail_at((code), __func__, __FILE__, __LINE__, __VA_ARGS__)
ACTOR_API int actor_fail_at(enum actor_code code, const char *function, const char *file, int line, const char *format,
                            ...) ACTOR_PRINTF(5, 6) ACTOR_MUST_USE;

/* "ACTOR_EINVAL"; "ACTOR_OK" for 0; "<unknown>" for a number that is none of ours. */
ACTOR_API const char *actor_code_name(int code);
/* "an argument or a message is not valid". */
ACTOR_API const char *actor_code_text(int code);
/* "INVALID_ARGUMENT". */
ACTOR_API const char *actor_code_grpc(int code);

ACTOR_END
#endif
