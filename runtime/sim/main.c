/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of simulations: many seeds, one seed, and the shortest run that fails as one did. */
#include <base/probe.h>
#include <errno.h>
#include <getopt.h>
#include <sim/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEEDS_DEFAULT 1000
#define TWICE_EVERY 100
#define SHRINK_RUNS_MAX 3000
#define JOBS_MAX 256
#define FAILURES_SHOWN 8
#define PROBES_MAX 64

struct arguments {
	uint64_t seed, first, count;
	unsigned jobs;
	bool one, trace, quick;
	const char *program;
};

struct totals {
	uint64_t seed; /* that is run now */
	uint64_t runs, steps, failures, faults[ACTOR_SIM_EVERYTHING + 1];
	uint64_t probes[PROBES_MAX];
};

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- shrinking ---- */

static int
run_given(struct acti_simulation *self, uint64_t seed, const struct acti_sim_decisions *given,
          struct actor_sim_report *report)
{
	int rc;

	self->sim.given = given->at;
	self->sim.given_count = given->count;
	rc = acti_simulation_run(self, seed, NULL, NULL, report);
	self->sim.given = NULL;
	return rc;
}

/* What follows a word with a number in it (an actor, a call) counts; the numbers do not. */
static const char *
next_word(const char *text)
{
	const char *end;

	for (;;) {
		text += strspn(text, " ");
		end = text + strcspn(text, " ");
		if (*text == '\0' || strcspn(text, "0123456789") >= (size_t)(end - text))
			return text;
		text = end;
	}
}

/* The first few words without numbers tell the kind. */
static bool
is_same_failure(const char *one, const char *other)
{
	for (unsigned words = 0; words < 5; words++) {
		size_t size;

		one = next_word(one);
		other = next_word(other);
		size = strcspn(one, " ");
		if (size != strcspn(other, " ") || strncmp(one, other, size) != 0)
			return false;
		one += size;
		other += size;
	}
	return true;
}

static bool
still_fails(struct acti_simulation *self, uint64_t seed, const struct acti_sim_decisions *given, const char *failure)
{
	struct actor_sim_report report;

	return run_given(self, seed, given, &report) != 0 && is_same_failure(failure, report.failure);
}

/* Sets a part of the list to 0, the harmless choice; keeps that if the failure stays. */
static bool
try_zero(struct acti_simulation *self, uint64_t seed, struct acti_sim_decisions *list, size_t from, size_t size,
         const char *failure)
{
	uint32_t *before;
	bool changed = false, kept;

	for (size_t i = from; i < from + size; i++)
		changed |= list->at[i] != 0;
	if (!changed)
		return false;
	before = malloc(size * sizeof *before);
	if (before == NULL)
		abort();
	memcpy(before, list->at + from, size * sizeof *before);
	memset(list->at + from, 0, size * sizeof *before);
	kept = still_fails(self, seed, list, failure);
	if (!kept)
		memcpy(list->at + from, before, size * sizeof *before);
	free(before);
	return kept;
}

static void
shrink(struct acti_simulation *self, uint64_t seed, struct acti_sim_decisions *list, const char *failure)
{
	unsigned runs = 0;

	while (list->count > 0 && runs++ < 64) {
		size_t whole = list->count;

		list->count = whole / 2;
		if (!still_fails(self, seed, list, failure)) {
			list->count = whole;
			break;
		}
	}
	for (size_t part = list->count / 2; part > 0 && runs < SHRINK_RUNS_MAX; part /= 2)
		for (size_t from = 0; from + part <= list->count && runs < SHRINK_RUNS_MAX; from += part, runs++)
			try_zero(self, seed, list, from, part, failure);
	while (list->count > 0 && list->at[list->count - 1] == 0)
		list->count--;
}

static void
shrink_and_tell(struct acti_simulation *self, const struct actor_sim_report *report)
{
	struct acti_sim_decisions list = { .count = self->sim.taken.count };
	size_t meaningful = 0;

	list.at = malloc((list.count + 1) * sizeof *list.at);
	if (list.at == NULL)
		abort();
	memcpy(list.at, self->sim.taken.at, list.count * sizeof *list.at);
	shrink(self, report->seed, &list, report->failure);
	for (size_t i = 0; i < list.count; i++)
		meaningful += list.at[i] != 0;
	printf("  shrunk from %zu decisions to %zu, of which %zu are not 0; what happens then:\n",
	       self->sim.taken.count > list.count ? self->sim.taken.count : list.count, list.count, meaningful);
	self->sim.trace = stdout;
	{
		struct actor_sim_report last;

		(void)run_given(self, report->seed, &list, &last);
	}
	self->sim.trace = NULL;
	free(list.at);
}

/* ---- one seed, and many ---- */

static int
run_one(const struct actor_sim_options *options, const struct arguments *arguments)
{
	struct acti_simulation *self = malloc(sizeof *self);
	struct actor_sim_report report;
	int rc;

	if (self == NULL)
		abort();
	acti_simulation_init(self, options);
	self->sim.trace = arguments->trace ? stdout : NULL;
	rc = acti_simulation_run(self, arguments->seed, NULL, NULL, &report);
	self->sim.trace = NULL;
	printf("seed %llu: hash %016llx, %llu steps, %u processes, %llu ms of virtual time\n",
	       (unsigned long long)report.seed, (unsigned long long)report.hash, (unsigned long long)report.steps,
	       report.processes, (unsigned long long)report.virtual_ms);
	if (rc != 0) {
		printf("FAILED: %s\n", report.failure);
		if (!arguments->trace && !arguments->quick)
			shrink_and_tell(self, &report);
	}
	acti_simulation_fini(self);
	free(self);
	return rc == 0 ? 0 : 1;
}

/* Failures of one kind are told once in a job. */
struct told {
	char failures[FAILURES_SHOWN][128];
	size_t count;
};

static bool
is_told(struct told *told, const char *failure)
{
	for (size_t i = 0; i < told->count; i++)
		if (is_same_failure(told->failures[i], failure))
			return true;
	if (told->count == FAILURES_SHOWN)
		return true;
	snprintf(told->failures[told->count++], sizeof told->failures[0], "%.*s", (int)sizeof told->failures[0] - 1,
	         failure);
	return false;
}

static void
tell_failure(const struct actor_sim_report *report, const char *program)
{
	printf("seed %llu FAILED: %s\n  replay it: %s --seed %llu --trace\n  shrink it: %s --seed %llu\n",
	       (unsigned long long)report->seed, report->failure, program, (unsigned long long)report->seed, program,
	       (unsigned long long)report->seed);
}

/* The seeds of one job: every jobs-th. */
static void
run_share(const struct actor_sim_options *options, const struct arguments *arguments, unsigned job,
          struct totals *totals)
{
	struct acti_simulation *self = malloc(sizeof *self);
	struct actor_sim_report report, again;
	struct told told = { .count = 0 };

	if (self == NULL)
		abort();
	acti_simulation_init(self, options);
	for (uint64_t i = job; i < arguments->count; i += arguments->jobs) {
		uint64_t seed = totals->seed = arguments->first + i;
		int rc = acti_simulation_run(self, seed, NULL, NULL, &report);

		totals->runs++;
		totals->steps += report.steps;
		for (unsigned kind = 1; kind < ACTOR_SIM_EVERYTHING; kind <<= 1)
			totals->faults[kind] += (report.faults & kind) != 0;
		if (rc == 0 && seed % TWICE_EVERY == 0) {
			(void)acti_simulation_run(self, seed, NULL, NULL, &again);
			if (again.hash != report.hash) {
				snprintf(report.failure, sizeof report.failure, "a second run went otherwise");
				rc = -1;
			}
		}
		totals->failures += rc != 0;
		if (rc != 0 && !is_told(&told, report.failure))
			tell_failure(&report, arguments->program);
		if (rc != 0 && arguments->quick)
			break;
	}
	acti_simulation_fini(self);
	free(self);
}

/* The marks of all of libactor, as the linker has put them together; none in a build without them. */
#ifdef ACTOR_FAULTS
extern struct acti_probe __start_acti_probes[] __attribute__((weak)), __stop_acti_probes[] __attribute__((weak));

static void
count_probes(struct totals *totals)
{
	for (struct acti_probe *probe = __start_acti_probes; probe < __stop_acti_probes; probe++)
		totals->probes[probe - __start_acti_probes] += probe->count;
}

static void
tell_probes(const struct totals *sum)
{
	for (struct acti_probe *probe = __start_acti_probes; probe < __stop_acti_probes; probe++)
		printf("%10llu times  %s\n", (unsigned long long)sum->probes[probe - __start_acti_probes], probe->name);
}
#else
static void
count_probes(struct totals *totals)
{
	(void)totals;
}

static void
tell_probes(const struct totals *sum)
{
	(void)sum;
}
#endif

static void
add(struct totals *sum, const struct totals *part)
{
	sum->runs += part->runs;
	sum->steps += part->steps;
	sum->failures += part->failures;
	for (unsigned i = 0; i <= ACTOR_SIM_EVERYTHING; i++)
		sum->faults[i] += part->faults[i];
	for (unsigned i = 0; i < PROBES_MAX; i++)
		sum->probes[i] += part->probes[i];
}

/* The share of one job, in a process of its own: a run that crashes takes no other with it. */
static pid_t
start_job(const struct actor_sim_options *options, const struct arguments *arguments, unsigned job,
          struct totals *totals)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run_share(options, arguments, job, totals);
		count_probes(totals);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

static void
join_job(pid_t pid, const struct arguments *arguments, const struct totals *totals, struct totals *sum)
{
	int status = -1;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	add(sum, totals);
	if (status == 0)
		return;
	sum->failures++;
	if (pid < 0)
		printf("FAILED: no process for a job: %s\n", strerror(errno));
	else
		printf("seed %llu FAILED: the run crashed, with wait status %d\n  replay it: %s --seed %llu --trace\n",
		       (unsigned long long)totals->seed, status, arguments->program, (unsigned long long)totals->seed);
}

static int
run_many(const struct actor_sim_options *options, const struct arguments *arguments)
{
	static const char *const names[] = { "streams", "breaks", "kills", "stops", "spawns", "memory" };
	struct totals sum = { 0 }, *totals;
	double start = seconds(), took;
	pid_t pids[JOBS_MAX];

	totals = mmap(NULL, JOBS_MAX * sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (unsigned i = 0; i < arguments->jobs; i++)
		pids[i] = start_job(options, arguments, i, &totals[i]);
	for (unsigned i = 0; i < arguments->jobs; i++)
		join_job(pids[i], arguments, &totals[i], &sum);
	munmap(totals, JOBS_MAX * sizeof *totals);
	took = seconds() - start;
	printf("%llu seeds, %llu failures; %llu steps; %.1f s, %.0f seeds/s and core\n", (unsigned long long)sum.runs,
	       (unsigned long long)sum.failures, (unsigned long long)sum.steps, took,
	       (double)sum.runs / took / arguments->jobs);
	printf("runs with");
	for (unsigned i = 0; i < ACTOR_COUNT(names); i++)
		printf(" %s %llu", names[i], (unsigned long long)sum.faults[1u << i]);
	printf("\n");
	tell_probes(&sum);
	return sum.failures == 0 ? 0 : 1;
}

/* ---- arguments ---- */

static bool
parse_number(const char *text, uint64_t *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoull(text, &end, 0);
	return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

static bool
parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct option names[] = {
		{ "seeds", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 'f' },
		{ "seed", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "trace", no_argument, NULL, 't' },
		{ "quick", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t number = 0;

	*arguments = (struct arguments){ .first = 1, .count = SEEDS_DEFAULT, .jobs = 1, .program = argv[0] };
	for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		if (option == '?' || (optarg != NULL && !parse_number(optarg, &number)))
			return false;
		if (option == 'n')
			arguments->count = number;
		else if (option == 'f')
			arguments->first = number;
		else if (option == 's')
			arguments->seed = number, arguments->one = true;
		else if (option == 'j')
			arguments->jobs = number < JOBS_MAX ? (unsigned)number : JOBS_MAX;
		else if (option == 't')
			arguments->trace = true;
		else
			arguments->quick = true;
	}
	return optind == argc && arguments->jobs > 0 && (arguments->one || !arguments->trace);
}

int
actor_sim_main(int argc, char **argv, const struct actor_sim_options *options)
{
	struct arguments arguments;

	if (!parse(argc, argv, &arguments)) {
		fprintf(stderr,
		        "usage: %s [--seeds N] [--first SEED] [--jobs N] [--quick]\n"
		        "       %s --seed SEED [--trace | --quick]\n",
		        argv[0], argv[0]);
		return 2;
	}
	return arguments.one ? run_one(options, &arguments) : run_many(options, &arguments);
}
