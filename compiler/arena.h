/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_ARENA_H
#define AG_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

/*
 * All memory of one run: released at once, so no other function of the compiler frees anything.
 * Allocation never fails: out of memory ends the program with a message.
 */
struct ag_arena {
	struct ag_arena_block *blocks;
};

/* A zeroed arena is an empty one; fini is safe on it. */
void ag_arena_fini(struct ag_arena *arena);

/* Zeroed and aligned for any type.  A size of 0 gives a pointer too. */
void *ag_alloc(struct ag_arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
void *ag_alloc_array(struct ag_arena *arena, size_t count, size_t size) __attribute__((malloc, returns_nonnull));
char *ag_strdup(struct ag_arena *arena, const char *text) __attribute__((malloc, returns_nonnull));
char *ag_strndup(struct ag_arena *arena, const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *ag_format(struct ag_arena *arena, const char *format, ...)
    __attribute__((malloc, returns_nonnull, format(printf, 2, 3)));
char *ag_vformat(struct ag_arena *arena, const char *format, va_list args)
    __attribute__((malloc, returns_nonnull, format(printf, 2, 0)));

/* For protobuf-c's unpackers: what they make lives in the arena. */
ProtobufCAllocator ag_arena_allocator(struct ag_arena *arena);

/* Bytes that grow; always followed by a NUL.  A zeroed buffer with its arena set is an empty one. */
struct ag_buffer {
	struct ag_arena *arena;
	char *data;
	size_t size, capacity;
};

void ag_buffer_add(struct ag_buffer *buffer, const void *data, size_t size);
void ag_buffer_add_text(struct ag_buffer *buffer, const char *text);
void ag_buffer_format(struct ag_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Never NULL. */
const char *ag_buffer_text(const struct ag_buffer *buffer);

#endif
