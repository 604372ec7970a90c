/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

/* The programs that are built together, found by where this one is. */

#include <limits.h>

#define PROGRAM_ANSWER_ONCE "actor-bench-answer-once"
#define PROGRAM_STATIC "actor-bench-static"

int program_self(char ret_path[static PATH_MAX]);
int program_beside(const char *name, char ret_path[static PATH_MAX]);

#endif
