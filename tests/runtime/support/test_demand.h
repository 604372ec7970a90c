/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SUPPORT_DEMAND_H
#define TEST_SUPPORT_DEMAND_H

#include <stdio.h>
#include <stdlib.h>

/*
 * For what a fixture looks at when its test is over: Criterion takes no notice of an assertion that fails there, only
 * of a crash.
 */
#define test_demand(condition, ...)                                                     \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
			fprintf(stderr, __VA_ARGS__);                                   \
			fputc('\n', stderr);                                            \
			abort();                                                        \
		}                                                                       \
	} while (0)

#endif
