/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_TRACE_H
#define TREES_TRACE_H

/* A file to which every process of a tree appends lines, so that the root sees what happened in which order. */

#include <stdbool.h>
#include <stddef.h>

#define TRACE_VARIABLE "TREES_TRACE"

/* Once, before the root starts: makes the file, and names it in the environment. */
bool trace_create(void);
void trace_remove(void);

void trace_clear(void);
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many lines begin with `start`. */
int trace_count(const char *start);

/* The place of the first line that begins with `start`; -1: there is none. */
int trace_line(const char *start);

/* The number behind the '=' of the first line that begins with `start`; -1: there is none. */
int trace_number(const char *start);

/* Blocks the thread, so that its actor hears of nothing, until a line begins with `start`, or for PATIENCE_MS. */
void trace_block_until(const char *start);

/* "TREES_TRACE=/tmp/...", for the environment of a child; it must live as long as the program. */
const char *trace_entry(void);

#endif
