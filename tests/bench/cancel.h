/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_CANCEL_H
#define BENCH_CANCEL_H

#include "server.h"

/* From a cancel to the endpoint's end, while 64 tasks send it blocks of a megabyte as fast as it receives them: the median. */
int cancel_behind_bulk(const struct server *server, double *ret_ns) ACTOR_AWAITS;

#endif
