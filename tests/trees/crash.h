/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_CRASH_H
#define TREES_CRASH_H

#include <stdbool.h>

#include "probe.pb-c.h"

/* Crashes, if that is how to die; false: it is not. */
bool crash(Trees__Way way, int status);

#endif
