/* SPDX-License-Identifier: BSD-2-Clause */
/* actor-bench [NAME...] [--json]: all benches, or those named. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "server.h"

static const struct bench {
	const char *name;
	int (*run)(struct report *report);
} benches[] = {
	{ "call", bench_call },     { "stream", bench_stream },     { "spawn", bench_spawn },
	{ "switch", bench_switch }, { "syscalls", bench_syscalls }, { "heap", bench_heap },
};

static int
run_bench(struct report *report, const struct bench *bench)
{
	report->bench = bench->name;
	return bench->run(report);
}

static int
run_named(struct report *report, const char *name)
{
	for (size_t i = 0; i < ACTOR_COUNT(benches); i++)
		if (strcmp(benches[i].name, name) == 0)
			return run_bench(report, &benches[i]);
	return actor_fail(ACTOR_EINVAL,
	                  "no bench is called %s: there are call, stream, spawn, switch, syscalls and heap", name);
}

static int
run_benches(struct report *report, char *const names[], size_t name_count)
{
	int rc = 0;

	report_head(report);
	for (size_t i = 0; rc == 0 && i < name_count; i++)
		rc = run_named(report, names[i]);
	for (size_t i = 0; rc == 0 && name_count == 0 && i < ACTOR_COUNT(benches); i++)
		rc = run_bench(report, &benches[i]);
	if (rc == 0 && report->over_count > 0)
		rc = actor_fail(ACTOR_EINVAL, "%zu values are over their limit", report->over_count);
	return rc;
}

static int
root(int argc, char **argv)
{
	struct report report = { 0 };
	size_t name_count = 0;

	if (argc == 2 && strcmp(argv[1], "--traced") == 0)
		return bench_syscalls_traced();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			report.is_json = true;
		else if (argv[i][0] == '-')
			return actor_fail(ACTOR_EINVAL, "usage: actor-bench [NAME...] [--json]");
		else
			argv[name_count++] = argv[i];
	}
	return run_benches(&report, argv, name_count);
}

int
main(int argc, char **argv)
{
	const struct actor_module modules[] = { bench_server_module(&server_ops) };
	const struct actor_program program = { .modules = modules, .module_count = ACTOR_COUNT(modules), .root = root };

	return actor_main(argc, argv, &program);
}
