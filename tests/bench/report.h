/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

/* What a bench prints: a line of a table, or a JSON object a line. */

#include <stdbool.h>
#include <stddef.h>

struct report {
	bool is_json;
	const char *bench; /* that runs */
	size_t over_count; /* values over their limit */
};

struct report_value {
	const char *metric;
	double value;
	const char *unit;
	double reference_value; /* of the reference, in the same unit */
	const char *reference;  /* its metric; NULL: there is none */
	double limit;           /* the most that is allowed; of an exact count only */
	bool has_limit;
};

void report_head(const struct report *report);
void report_value(struct report *report, const struct report_value *value);
void report_skipped(const struct report *report, const char *why);

#endif
