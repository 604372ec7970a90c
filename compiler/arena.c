/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One malloc() per allocation: Valgrind and ASan then see the bounds of each. */
struct ag_arena_block {
	struct ag_arena_block *next;
	max_align_t data[];
};

static _Noreturn void
out_of_memory(void)
{
	fputs("actorgen: out of memory\n", stderr);
	exit(1);
}

void
ag_arena_fini(struct ag_arena *arena)
{
	struct ag_arena_block *block = arena->blocks;

	while (block != NULL) {
		struct ag_arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}

void *
ag_alloc(struct ag_arena *arena, size_t size)
{
	struct ag_arena_block *block;

	if (size > SIZE_MAX - sizeof *block)
		out_of_memory();
	block = calloc(1, sizeof *block + size);
	if (block == NULL)
		out_of_memory();
	block->next = arena->blocks;
	arena->blocks = block;
	return block->data;
}

void *
ag_alloc_array(struct ag_arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		out_of_memory();
	return ag_alloc(arena, total);
}

char *
ag_strndup(struct ag_arena *arena, const char *text, size_t length)
{
	char *copy = ag_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *
ag_strdup(struct ag_arena *arena, const char *text)
{
	return ag_strndup(arena, text, strlen(text));
}

char *
ag_vformat(struct ag_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		abort();
	text = ag_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *
ag_format(struct ag_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = ag_vformat(arena, format, args);
	va_end(args);
	return text;
}

static void *
allocator_alloc(void *arena, size_t size)
{
	return ag_alloc(arena, size);
}

static void
allocator_free(void *arena, void *pointer)
{
	(void)arena, (void)pointer;
}

ProtobufCAllocator
ag_arena_allocator(struct ag_arena *arena)
{
	return (ProtobufCAllocator){ allocator_alloc, allocator_free, arena };
}

static void
buffer_reserve(struct ag_buffer *buffer, size_t extra)
{
	size_t needed, capacity = buffer->capacity != 0 ? buffer->capacity : 256;
	char *data;

	if (__builtin_add_overflow(buffer->size, extra, &needed) || needed > SIZE_MAX / 2 - 1)
		out_of_memory();
	if (needed < buffer->capacity)
		return;
	while (capacity <= needed)
		capacity *= 2;
	data = ag_alloc(buffer->arena, capacity);
	if (buffer->size != 0)
		memcpy(data, buffer->data, buffer->size);
	buffer->data = data;
	buffer->capacity = capacity;
}

void
ag_buffer_add(struct ag_buffer *buffer, const void *data, size_t size)
{
	if (size == 0)
		return;
	buffer_reserve(buffer, size);
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

void
ag_buffer_add_text(struct ag_buffer *buffer, const char *text)
{
	ag_buffer_add(buffer, text, strlen(text));
}

void
ag_buffer_format(struct ag_buffer *buffer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ag_buffer_add_text(buffer, ag_vformat(buffer->arena, format, args));
	va_end(args);
}

const char *
ag_buffer_text(const struct ag_buffer *buffer)
{
	return buffer->data != NULL ? buffer->data : "";
}
