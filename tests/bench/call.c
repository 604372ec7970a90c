/* SPDX-License-Identifier: BSD-2-Clause */
/* A unary call over the link to a child, against the same bytes through a raw socketpair. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "place.h"
#include "race.h"
#include "raw.h"
#include "server.h"

#define ROUND_MS 30
#define ENTRANTS_MAX 4
#define REFERENCES 2 /* the first two entrants */

struct setting {
	const char *cores;
	bool on_two;
	size_t in_flight;
	struct report_bar bar; /* reference NULL: none */
};

struct scene {
	struct place place;
	struct raw_peer blocking, epoll;
	struct server server;
	struct race_entrant entrants[ENTRANTS_MAX];
	size_t entrant_count;
};

static int
scene_open(struct scene *scene, const struct setting *setting, struct actor_nursery *actors)
{
	int cpu;
	int rc = place_open(&scene->place);

	cpu = setting->on_two ? scene->place.there : scene->place.here;
	if (rc == 0)
		rc = raw_open(&scene->blocking, false, setting->in_flight, cpu);
	if (rc == 0)
		rc = raw_open(&scene->epoll, true, setting->in_flight, cpu);
	if (rc == 0)
		rc = server_spawn(actors, cpu, &scene->server);
	return rc;
}

static void
scene_close(struct scene *scene)
{
	raw_close(&scene->blocking);
	raw_close(&scene->epoll);
	place_close(&scene->place);
}

static void
enter(struct scene *scene, const char *name, int (*run)(void *argument, uint64_t count), void *argument, uint64_t step,
      pid_t peer)
{
	scene->entrants[scene->entrant_count++] =
	    (struct race_entrant){ .name = name, .run = run, .argument = argument, .step = step, .peer = peer };
}

static void
enter_all(struct scene *scene, size_t in_flight)
{
	enter(scene, "raw_blocking", raw_run, &scene->blocking, in_flight, scene->blocking.pid);
	enter(scene, "raw_epoll", raw_run, &scene->epoll, in_flight, scene->epoll.pid);
	if (in_flight == 1) {
		enter(scene, "actor", server_run_one, &scene->server, 1, scene->server.pid);
		return;
	}
	enter(scene, "actor_tasks", server_run_tasks, &scene->server, in_flight, scene->server.pid);
	enter(scene, "actor_batches", server_run_batches, &scene->server, in_flight, scene->server.pid);
}

/* Time when there is one at a time, the rate when there are many. */
static double
speed(const struct setting *setting, const struct race_entrant *entrant)
{
	return setting->in_flight > 1 ? 1e9 / entrant->wall_ns : entrant->wall_ns / 1e3;
}

/* `reference` may be NULL. */
static void
tell(struct report *report, const struct setting *setting, const struct race_entrant *entrant,
     const struct race_entrant *reference)
{
	const char *unit = setting->in_flight > 1 ? "calls/s" : "us";
	char metric[64];

	snprintf(metric, sizeof metric, "%s.%zu.%s", setting->cores, setting->in_flight, entrant->name);
	if (reference != NULL)
		report_against(report, metric, speed(setting, entrant), unit, reference->name,
		               speed(setting, reference));
	else
		report_value(report, metric, speed(setting, entrant), unit);
}

/* The same for the CPU time that both sides take. */
static void
tell_cpu(struct report *report, const struct setting *setting, const struct race_entrant *entrant,
         const struct race_entrant *reference)
{
	char metric[64], reference_metric[64];

	snprintf(metric, sizeof metric, "%s.%zu.%s.cpu", setting->cores, setting->in_flight, entrant->name);
	if (reference == NULL) {
		report_value(report, metric, entrant->cpu_ns / 1e3, "us");
		return;
	}
	snprintf(reference_metric, sizeof reference_metric, "%s.cpu", reference->name);
	report_against(report, metric, entrant->cpu_ns / 1e3, "us", reference_metric, reference->cpu_ns / 1e3);
}

static void
tell_all(struct report *report, const struct setting *setting, const struct scene *scene)
{
	for (size_t i = 0; i < scene->entrant_count; i++) {
		const struct race_entrant *entrant = &scene->entrants[i];

		if (i < REFERENCES) {
			tell(report, setting, entrant, NULL);
			tell_cpu(report, setting, entrant, NULL);
			continue;
		}
		for (size_t reference = 0; reference < REFERENCES; reference++)
			tell(report, setting, entrant, &scene->entrants[reference]);
		for (size_t reference = 0; reference < REFERENCES; reference++)
			tell_cpu(report, setting, entrant, &scene->entrants[reference]);
	}
}

static void
tell_bars(struct report *report, const struct setting *setting, const struct scene *scene)
{
	const struct race_entrant *reference = scene->entrants;
	char metric[64];

	if (setting->bar.reference == NULL)
		return;
	while (strcmp(reference->name, setting->bar.reference) != 0)
		reference++;
	for (size_t i = REFERENCES; i < scene->entrant_count; i++) {
		const struct race_entrant *entrant = &scene->entrants[i];

		snprintf(metric, sizeof metric, "%s.%zu.%s.bar", setting->cores, setting->in_flight, entrant->name);
		report_bar(report, metric, speed(setting, entrant), speed(setting, reference), &setting->bar);
	}
}

static int
measure(struct report *report, const struct setting *setting)
{
	struct scene *scene = actor_calloc(1, sizeof *scene);
	struct actor_nursery *actors = NULL;
	int rc = 0;

	if (scene == NULL)
		return actor_fail(ACTOR_ENOMEM, "the bench: out of memory");
	scene->blocking.end = scene->epoll.end = (struct raw_end){ -1, -1 };
	rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = scene_open(scene, setting, actors);
	if (rc == 0) {
		enter_all(scene, setting->in_flight);
		rc = race(scene->entrants, scene->entrant_count, ROUND_MS);
	}
	if (rc == 0) {
		tell_all(report, setting, scene);
		tell_bars(report, setting, scene);
		actor_nursery_cancel(actors);
	}
	rc = actor_nursery_close(actors, rc);
	scene_close(scene);
	actor_free(scene);
	return rc;
}

int
bench_call(struct report *report)
{
	const struct setting settings[] = {
		{ "one_core", false, 1, { "raw_blocking", 1.35, false } },
		{ "two_cores", true, 1, { "raw_epoll", 1.2, false } },
		{ "one_core", false, BENCH_IN_FLIGHT, { "raw_blocking", 0.4, true } },
		{ "two_cores", true, BENCH_IN_FLIGHT, { NULL, 0, false } },
	};
	struct place place;
	int rc = place_open(&place);
	bool has_two = rc == 0 && place.here != place.there;

	if (rc == 0)
		place_close(&place);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(settings); i++)
		if (has_two || !settings[i].on_two)
			rc = measure(report, &settings[i]);
	if (rc == 0 && !has_two)
		report_skipped(report, "two cores: this process may use one CPU only");
	return rc;
}
