/* SPDX-License-Identifier: BSD-2-Clause */

/* Several trees in one simulated world. */

#include "roots.actor.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <sim/sim.h>
#include <string.h>

#define DELAY_MS 50

static struct acti_simulation simulation;
static struct actor_sim_report report;
static unsigned first_runs, further_runs, works;
static uint64_t further_ns; /* when it last began, from the beginning of the run */
static bool is_killed;      /* the first one, while it runs */

static int
first_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	first_runs++;
	if (is_killed)
		actor_sim_end_process(SIGKILL);
	return actor_sleep_ms(10);
}

/* Its children serve what the first program does not have. */
static int
further_root(int argc, char **argv)
{
	struct actor_nursery *nursery;
	struct roots_worker worker;
	Google__Protobuf__Empty *reply;
	const Google__Protobuf__Empty empty = GOOGLE__PROTOBUF__EMPTY__INIT;
	int rc = actor_nursery_open(&nursery);

	(void)argc, (void)argv;
	further_runs++;
	further_ns = simulation.sim.now_ns - simulation.sim.start_ns;
	if (rc == 0)
		rc = roots_worker_spawn(nursery, "worker", NULL, &worker);
	if (rc == 0)
		rc = roots_worker_work(worker, &empty, &reply);
	actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

static int
work(struct roots_worker_state *state, const Google__Protobuf__Empty *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	works++;
	return 0;
}

static const struct roots_worker_ops ops = { .work = work };
static struct actor_module modules[1];
static const struct actor_program first = { .root = first_root };
static const struct actor_program further = { .modules = modules, .module_count = 1, .root = further_root };
static const struct actor_sim_options options = { .program = &first };

static void
begin(void)
{
	first_runs = further_runs = works = 0;
	modules[0] = roots_worker_module(&ops);
	is_killed = false;
	acti_simulation_init(&simulation, &options);
}

static void
end(void)
{
	acti_simulation_fini(&simulation);
}

TestSuite(sim_roots, .init = begin, .fini = end);

static void
plan(struct acti_simulation *self, void *argument)
{
	(void)argument;
	self->roots[self->root_count++] = (struct acti_simulation_root){ .program = &further };
	self->roots[self->root_count++] =
	    (struct acti_simulation_root){ .program = &further, .delay_ns = DELAY_MS * ACTI_NS_PER_MS };
}

static const struct acti_sim_process *
root(size_t which)
{
	return acti_sim_find(&simulation.sim, simulation.roots[which].pid);
}

Test(sim_roots, each_runs_its_own_program_and_so_do_its_children)
{
	cr_assert_eq(acti_simulation_run(&simulation, 1, plan, NULL, &report), 0, "%s", report.failure);
	cr_assert_eq(first_runs, 1);
	cr_assert_eq(further_runs, 2);
	cr_assert_eq(works, 2);
	cr_assert_eq(report.processes, 5);
	for (size_t i = 0; i < simulation.root_count; i++) {
		cr_assert_eq(root(i)->status, 0);
		cr_assert_eq(root(i)->stage, ACTI_SIM_REAPED);
		cr_assert_eq(root(i)->parent_pid, 0);
	}
	cr_assert_geq(further_ns, DELAY_MS * ACTI_NS_PER_MS);
}

Test(sim_roots, one_starts_though_the_first_has_died)
{
	is_killed = true;
	cr_assert_eq(acti_simulation_run(&simulation, 1, plan, NULL, &report), 0, "%s", report.failure);
	cr_assert_eq(report.root_status, SIGKILL);
	cr_assert_eq(further_runs, 2);
	cr_assert_eq(root(1)->status, 0);
}

Test(sim_roots, there_is_none_unless_it_is_planned_in_each_run)
{
	cr_assert_eq(acti_simulation_run(&simulation, 1, plan, NULL, &report), 0, "%s", report.failure);
	cr_assert_eq(acti_simulation_run(&simulation, 1, NULL, NULL, &report), 0, "%s", report.failure);
	cr_assert_eq(report.processes, 1);
	cr_assert_eq(further_runs, 2);
}
