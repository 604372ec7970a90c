/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <stdio.h>

static int
digits_of(double value)
{
	return value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
}

void
report_head(const struct report *report)
{
	if (!report->is_json)
		printf("%-9s %-36s %12s %-14s %s\n", "bench", "metric", "value", "unit", "ratio");
}

static void
print_row(const struct report *report, const struct report_value *value, bool is_over)
{
	printf("%-9s %-36s %12.*f %-14s", report->bench, value->metric, digits_of(value->value), value->value,
	       value->unit);
	if (value->reference != NULL)
		printf(" %5.2f of %s", value->value / value->reference_value, value->reference);
	if (is_over)
		printf(" OVER THE LIMIT of %g", value->limit);
	putchar('\n');
}

static void
print_object(const struct report *report, const struct report_value *value)
{
	printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", report->bench, value->metric,
	       value->value, value->unit);
	if (value->reference != NULL)
		printf(",\"ratio\":%.4g,\"reference\":\"%s\"", value->value / value->reference_value, value->reference);
	if (value->has_limit)
		printf(",\"limit\":%g", value->limit);
	printf("}\n");
}

void
report_value(struct report *report, const struct report_value *value)
{
	bool is_over = value->has_limit && value->value > value->limit;

	report->over_count += is_over;
	if (report->is_json)
		print_object(report, value);
	else
		print_row(report, value, is_over);
	fflush(stdout);
}

void
report_skipped(const struct report *report, const char *why)
{
	if (report->is_json)
		printf("{\"bench\":\"%s\",\"skipped\":\"%s\"}\n", report->bench, why);
	else
		printf("%-9s skipped: %s\n", report->bench, why);
	fflush(stdout);
}
