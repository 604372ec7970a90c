/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SCALE_WORKER_H
#define SCALE_WORKER_H

/* The actor that the tests of scale spawn in numbers, and what they look at from outside. */

#include <actor/program.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scale.actor.h"

#define NUMBER(n) SCALE_NUMBER(.value = (n))
#define NOTHING \
	(&(const Google__Protobuf__Empty){ .base = PROTOBUF_C_MESSAGE_INIT(&google__protobuf__empty__descriptor) })

/* actor_main() with a Worker. */
int worker_main(int argc, char **argv, int (*root)(int argc, char **argv));

/* actor_run_daemon() with a Worker. */
int worker_daemon(int argc, char **argv, const char *name, const char *registry);

/* This process is an actor's child, and not to be taken for the test. */
bool worker_is_child(void);

uint64_t now_ns(void);
double seconds_since(uint64_t start_ns);
int open_descriptors(void);

/* From /proc/PID/smaps_rollup, in KiB; "Rss:", "Pss:".  -1: it cannot be told. */
long memory_kib(int pid, const char *which);

/* True: a child of this process, living or dead, that is not reaped. */
bool has_children(void);

/* This process gets the orphans of its tree; waits until the last of them is gone.  False: it was not, in time. */
void become_subreaper(void);
bool all_end_before(uint64_t limit_ns);

#endif
