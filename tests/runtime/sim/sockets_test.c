/* SPDX-License-Identifier: BSD-2-Clause */

/* Roots that use sockets at random, with all that may go wrong: the world must hold together, whoever dies where. */

#include <criterion/criterion.h>
#include <errno.h>
#include <sim/sim.h>
#include <string.h>

#define SEEDS 2000
#define STEPS 60
#define STREAMS_MAX 8

static struct acti_simulation simulation;
static unsigned accepts, deaths, stale; /* in all runs */

struct user {
	struct acti_os *os;
	struct acti_listener_socket socket;
	int streams[STREAMS_MAX];
	size_t stream_count;
};

static const char *
any_path(void)
{
	static const char *const paths[] = { "/run/actor/one.sock", "/run/actor/other.sock" };

	return paths[actor_sim_choose(2)];
}

static void
keep(struct user *user, int fd)
{
	if (fd >= 0 && user->stream_count < STREAMS_MAX)
		user->streams[user->stream_count++] = fd;
	else if (fd >= 0)
		user->os->ops->close(user->os, fd);
}

static void
listen_somewhere(struct user *user)
{
	const char *why;
	pid_t holder;

	user->os->ops->listen_end(user->os, &user->socket);
	if (user->os->ops->listen(user->os, any_path(), false, &user->socket, &holder, &why) != 0)
		user->socket.fd = -1;
}

static void
connect_somewhere(struct user *user)
{
	struct acti_credentials who;
	int fd = user->os->ops->connect(user->os, any_path(), &who);

	stale += fd == -ECONNREFUSED;
	if (fd >= 0)
		user->os->ops->write(user->os, fd, "x", 1);
	keep(user, fd);
}

static void
accept_one(struct user *user)
{
	struct acti_credentials who;
	int fd = user->socket.fd >= 0 ? user->os->ops->accept(user->os, user->socket.fd, &who) : -1;

	accepts += fd >= 0;
	keep(user, fd);
}

static void
close_one(struct user *user)
{
	if (user->stream_count > 0)
		user->os->ops->close(user->os, user->streams[--user->stream_count]);
}

static void
read_one(struct user *user)
{
	char byte;

	if (user->stream_count > 0)
		user->os->ops->read(user->os, user->streams[0], &byte, 1);
}

static int
root(int argc, char **argv)
{
	static void (*const acts[])(struct user *) = { listen_somewhere, connect_somewhere, accept_one, close_one,
		                                       read_one };
	struct user user = { .os = &acti_simulation_current()->running->os, .socket = { .fd = -1 } };

	(void)argc, (void)argv;
	for (int i = 0; i < STEPS && actor_sleep_ms(actor_sim_choose(20)) == 0; i++)
		acts[actor_sim_choose(sizeof acts / sizeof acts[0])](&user);
	while (user.stream_count > 0)
		close_one(&user);
	user.os->ops->socket_directory_sweep(user.os, "/run/actor");
	user.os->ops->listen_end(user.os, &user.socket);
	return 0;
}

static const struct actor_program program = { .root = root };
static const struct actor_sim_options options = { .program = &program, .faults = ACTOR_SIM_EVERYTHING };

static void
plan(struct acti_simulation *self, void *argument)
{
	(void)argument;
	for (size_t i = 0; i < ACTI_SIMULATION_ROOTS_MAX; i++)
		self->roots[self->root_count++] =
		    (struct acti_simulation_root){ .program = &program,
			                           .delay_ns = acti_sim_choose(&self->sim, 500) * ACTI_NS_PER_MS };
}

static void
count_deaths(void)
{
	acti_list_for_each(link, &simulation.sim.processes)
		deaths += acti_container_of(link, struct acti_sim_process, link)->by_fault;
}

Test(sim_sockets, the_world_holds_together)
{
	struct actor_sim_report report;
	uint64_t hash;

	acti_simulation_init(&simulation, &options);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		int rc = acti_simulation_run(&simulation, seed, plan, NULL, &report);

		cr_assert_eq(rc, 0, "seed %u: %s", (unsigned)seed, report.failure);
		count_deaths();
	}
	hash = report.hash;
	acti_simulation_run(&simulation, SEEDS, plan, NULL, &report);
	cr_assert_eq(report.hash, hash, "the same seed, the same run");
	cr_assert(accepts > SEEDS && deaths > SEEDS / 10 && stale > SEEDS / 10, "%u %u %u", accepts, deaths, stale);
	acti_simulation_fini(&simulation);
}
