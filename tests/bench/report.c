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
		printf("%-9s %-36s %12s %-12s %s\n", "bench", "metric", "value", "unit", "ratio");
}

/* A line without its end. */
static void
begin(const struct report *report, const char *metric, double value, const char *unit)
{
	if (report->is_json)
		printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", report->bench, metric,
		       value, unit);
	else
		printf("%-9s %-36s %12.*f %-12s", report->bench, metric, digits_of(value), value, unit);
}

static void
end(const struct report *report)
{
	printf(report->is_json ? "}\n" : "\n");
	fflush(stdout);
}

void
report_value(struct report *report, const char *metric, double value, const char *unit)
{
	begin(report, metric, value, unit);
	end(report);
}

void
report_against(struct report *report, const char *metric, double value, const char *unit, const char *reference,
               double reference_value)
{
	double ratio = value / reference_value;

	begin(report, metric, value, unit);
	if (report->is_json)
		printf(",\"ratio\":%.4g,\"reference\":\"%s\"", ratio, reference);
	else
		printf(" %.2f of %s", ratio, reference);
	end(report);
}

void
report_limited(struct report *report, const char *metric, double value, const char *unit, double limit)
{
	begin(report, metric, value, unit);
	if (report->is_json)
		printf(",\"limit\":%g", limit);
	else if (value > limit)
		printf(" OVER THE LIMIT of %g", limit);
	end(report);
	report->over_count += value > limit;
}

void
report_bar(struct report *report, const char *metric, double value, double reference_value,
           const struct report_bar *bar)
{
	double ratio = value / reference_value;
	bool is_met = bar->at_least ? ratio >= bar->ratio : ratio <= bar->ratio;

	begin(report, metric, ratio, bar->reference);
	if (report->is_json)
		printf(",\"%s\":%g,\"met\":%s", bar->at_least ? "at_least" : "at_most", bar->ratio,
		       is_met ? "true" : "false");
	else
		printf(" %s, at %s %g", is_met ? "met" : "MISSED", bar->at_least ? "least" : "most", bar->ratio);
	end(report);
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
