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

void report_head(const struct report *report);

/* One value; the second form with its ratio to that of a reference, the third with the most that it may be. */
void report_value(struct report *report, const char *metric, double value, const char *unit);
void report_against(struct report *report, const char *metric, double value, const char *unit, const char *reference,
                    double reference_value);
void report_limited(struct report *report, const char *metric, double value, const char *unit, double limit);

/* What the ratio of two values is meant to be; says whether it is, and goes on. */
struct report_bar {
	const char *reference;
	double ratio;
	bool at_least; /* else at most */
};
void report_bar(struct report *report, const char *metric, double value, double reference_value,
                const struct report_bar *bar);

void report_skipped(const struct report *report, const char *why);

#endif
