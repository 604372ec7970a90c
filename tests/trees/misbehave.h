/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_MISBEHAVE_H
#define TREES_MISBEHAVE_H

#include "probe.pb-c.h"

/* What a function of an endpoint gives. */
int misbehave(Trees__Way way, int status, int64_t *ret_number);

#endif
