/* SPDX-License-Identifier: BSD-2-Clause */
/* Two children of one root, which find each other by name and talk without it: the link between them is their own. */
#include <stdio.h>
#include <string.h>

#include "scene.actor.h"

static int
hello(struct scene_player_state *state, const Scene__HelloRequest *request, Scene__Line *reply)
{
	static const char text[] = "Hi %s, my name is %s";
	struct actor_identity self;
	size_t size;
	int rc = actor_self(&self);

	(void)state;
	if (rc != 0)
		return rc;
	size = sizeof text + strlen(request->from) + strlen(self.uid.name);
	reply->text = actor_alloc(size);
	if (reply->text == NULL)
		return ACTOR_ENOMEM;
	snprintf(reply->text, size, text, request->from, self.uid.name);
	return 0;
}

/* Each waits for the other here, and serves hello() meanwhile. */
static int
meet(struct scene_player_state *state, const Scene__MeetRequest *request, Scene__Line *reply)
{
	struct actor_nursery *portals = NULL;
	struct scene_player other;
	struct actor_identity self;
	Scene__Line *line = NULL;
	int rc = actor_self(&self);

	(void)state;
	if (rc == 0)
		rc = actor_nursery_open(&portals);
	if (rc == 0)
		rc = scene_player_wait_for_actor(portals, request->other, &other);
	if (rc == 0)
		rc = scene_player_hello(other, SCENE_HELLO_REQUEST(.from = self.uid.name), &line);
	if (rc == 0)
		reply->text = line->text; /* both are this task's memory */
	return actor_nursery_close(portals, rc);
}

/* Both at once: each serves the other's hello while it waits for its own. */
static int
introduce(struct scene_player donny, struct scene_player gretchen)
{
	struct actor_nursery *meetings = NULL;
	Scene__Line *first = NULL, *second = NULL;
	int rc = actor_nursery_open(&meetings);

	if (rc == 0)
		rc = scene_player_meet_start(meetings, donny, SCENE_MEET_REQUEST(.other = "gretchen"), &first);
	if (rc == 0)
		rc = scene_player_meet_start(meetings, gretchen, SCENE_MEET_REQUEST(.other = "donny"), &second);
	rc = actor_nursery_close(meetings, rc);
	if (rc == 0)
		printf("donny heard: %s\ngretchen heard: %s\n", first->text, second->text);
	return rc;
}

static int
root(int argc, char **argv)
{
	struct actor_nursery *players = NULL;
	struct scene_player donny, gretchen;
	int rc = actor_nursery_open(&players);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = scene_player_spawn(players, "donny", NULL, &donny);
	if (rc == 0)
		rc = scene_player_spawn(players, "gretchen", NULL, &gretchen);
	if (rc == 0)
		rc = introduce(donny, gretchen);
	if (rc == 0)
		actor_nursery_cancel(players);
	return actor_nursery_close(players, rc);
}

int
main(int argc, char **argv)
{
	static const struct scene_player_ops ops = { .meet = meet, .hello = hello };
	const struct actor_module modules[] = { scene_player_module(&ops) };
	const struct actor_program program = {
		.modules = modules,
		.module_count = 1,
		.root = root,
		.registry = "siblings",
	};

	return actor_main(argc, argv, &program);
}
