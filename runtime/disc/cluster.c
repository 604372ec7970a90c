/* SPDX-License-Identifier: BSD-2-Clause */
/* A fleet of workers: its nursery is opened by the task that opens the cluster, and all of them start at once. */
#include <disc/discovery.h>
#include <stdio.h>
#include <string.h>

/* One start, beside the others. */
struct start {
	const struct actor_service *service;
	const struct actor_spawn_options *options;
	struct actor_nursery *nursery;
	const char *name;
	struct actor_portal *ret_portal;
};

static int
start_one(void *argument)
{
	struct start *start = argument;

	return actor_nursery_spawn(start->nursery, start->name, start->service, start->options, start->ret_portal);
}

static int
count_names(const char *const *names, size_t wanted)
{
	size_t count = 0;

	while (names[count] != NULL && count <= wanted)
		count++;
	if (count == wanted)
		return 0;
	return acti_fail(ACTOR_EINVAL, "a cluster of %zu workers has %s names: the list ends with NULL", wanted,
	                 count < wanted ? "fewer" : "more");
}

/* "root.worker_0" */
static int
make_names(const char **names, size_t count)
{
	const char *own = acti_actor_current()->uid.name;
	size_t size = strlen(own) + sizeof ".worker_" + 20;

	for (size_t i = 0; i < count; i++) {
		char *name = actor_alloc(size);

		if (name == NULL)
			return acti_fail(ACTOR_ENOMEM, "the names of a cluster: out of memory");
		snprintf(name, size, "%s.worker_%zu", own, i);
		if (!acti_name_is_valid(name))
			return acti_fail(ACTOR_EINVAL, "\"%.80s\" is too long for a name: give the cluster its own",
			                 name);
		names[i] = name;
	}
	return 0;
}

static int
start_all(struct actor_cluster *cluster, const struct actor_service *service,
          const struct actor_cluster_options *options, struct actor_portal *portals)
{
	struct start *starts = actor_calloc(cluster->count, sizeof *starts);
	struct actor_nursery *starting = NULL;
	int rc = starts == NULL ? acti_fail(ACTOR_ENOMEM, "a cluster: out of memory") : actor_nursery_open(&starting);

	for (size_t i = 0; rc == 0 && i < cluster->count; i++) {
		starts[i] = (struct start){ service, options->spawn, cluster->nursery, cluster->names[i], &portals[i] };
		rc = actor_nursery_start(starting, start_one, &starts[i]);
	}
	rc = actor_nursery_close(starting, rc);
	actor_free(starts);
	return rc;
}

static int
prepare(struct actor_cluster *cluster, const struct actor_cluster_options *options)
{
	const struct actor *actor = acti_actor_current();
	const char **names;
	int rc = 0;

	cluster->hard_kill = options->hard_kill != 0;
	cluster->count = options->count != 0 ? options->count : actor->os->ops->processors(actor->os);
	if (cluster->count > actor->limits.children_max)
		rc = acti_fail(ACTOR_EINVAL, "a cluster of %zu: an actor has at most %u children", cluster->count,
		               actor->limits.children_max);
	else if (options->names != NULL)
		rc = count_names(options->names, cluster->count);
	names = rc == 0 ? actor_calloc(cluster->count + 1, sizeof(const char *)) : NULL;
	if (rc == 0 && names == NULL)
		rc = acti_fail(ACTOR_ENOMEM, "a cluster of %zu: out of memory", cluster->count);
	if (rc == 0 && options->names != NULL)
		memcpy(names, options->names, cluster->count * sizeof(const char *));
	else if (rc == 0)
		rc = make_names(names, cluster->count);
	cluster->names = names;
	return rc;
}

int
acti_cluster_open(const struct actor_service *service, const struct actor_cluster_options *options,
                  struct actor_cluster *ret_cluster)
{
	static const struct actor_cluster_options defaults = { 0 };
	struct actor_cluster cluster = { 0 };
	struct actor_portal *portals = NULL;
	int rc;

	*ret_cluster = cluster;
	if (acti_task_current() == NULL)
		return ACTOR_ENORUNTIME;
	if (options == NULL)
		options = &defaults;
	rc = prepare(&cluster, options);
	if (rc == 0) {
		portals = actor_calloc(cluster.count, sizeof *portals);
		cluster.portals = portals;
		rc = portals == NULL ? acti_fail(ACTOR_ENOMEM, "a cluster of %zu: out of memory", cluster.count)
		                     : actor_nursery_open(&cluster.nursery);
	}
	if (rc == 0)
		rc = start_all(&cluster, service, options, portals);
	if (rc == 0)
		*ret_cluster = cluster;
	else
		rc = actor_cluster_close(&cluster, rc);
	return rc;
}

int
actor_cluster_close(struct actor_cluster *cluster, int rc)
{
	struct actor_nursery *nursery = cluster->nursery;

	cluster->nursery = NULL;
	if (cluster->hard_kill)
		acti_nursery_terminate(nursery);
	actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

size_t
actor_cluster_index(const struct actor_cluster *cluster, const char *name)
{
	size_t index = 0;

	while (index < cluster->count && strcmp(cluster->names[index], name) != 0)
		index++;
	return index;
}
