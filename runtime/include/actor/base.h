/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_BASE_H
#define ACTOR_BASE_H

/* Attributes and memory, shared by every public header. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define ACTOR_BEGIN extern "C" {
#define ACTOR_END }
#else
#define ACTOR_BEGIN
#define ACTOR_END
#endif

#define ACTOR_API __attribute__((visibility("default")))
#define ACTOR_MUST_USE __attribute__((warn_unused_result))
#define ACTOR_AWAITS ACTOR_MUST_USE /* may suspend the task; never ignore the outcome */
#define ACTOR_PRINTF(f, a) __attribute__((format(printf, f, a)))

ACTOR_BEGIN

/*
 * Memory of the current task: released all at once when the task ends, so neither a handler nor
 * the sender of its reply frees anything.  Aligned for any type.  NULL when memory is spent, or
 * when called outside a task.  A size of 0 gives a pointer too.
 */
ACTOR_API void *actor_alloc(size_t size) __attribute__((malloc, alloc_size(1)));
ACTOR_API void *actor_calloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
ACTOR_API char *actor_strdup(const char *text) __attribute__((malloc));

/*
 * Releases one block of the task's memory early: a received message, or what actor_alloc() and its
 * like gave.  A long-lived task does so in its loop.  NULL is fine.  Keeps actor_error_last().
 */
ACTOR_API void actor_free(const void *memory);

/* For ACTOR_OWNED: `address` is that of a pointer. */
static inline void
actor_free_pointer(void *address)
{
	actor_free(*(void *const *)address);
}

/* Declares a received message, NULL at first, released at the end of the block. */
#define ACTOR_OWNED(type, name) __attribute__((cleanup(actor_free_pointer))) type *name = NULL

/* Gives a repeated field room for `count` elements in the task's memory; 0 or ACTOR_ENOMEM. */
#define ACTOR_REPEATED(message, field, count)                                                            \
	((message)->n_##field = (count), ((message)->field = (__typeof__((message)->field))actor_calloc( \
					      (message)->n_##field, sizeof *(message)->field)) != NULL   \
	                                     ? 0                                                         \
	                                     : ((message)->n_##field = 0, ACTOR_ENOMEM))

#define ACTOR_COUNT(array) (sizeof(array) / sizeof *(array))

ACTOR_END
#endif
