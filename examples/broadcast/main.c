/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stream, several tasks that each get all of it.  The fastest sets the pace; who falls behind by more than the window
 * loses the oldest items, and is told how many.
 */
#include <stdio.h>

#include "station.actor.h"

#define SONGS 1000
#define WINDOW 64 /* given as such, it does not grow */

/* ---- the radio ---- */

static int
listen(struct station_radio_state *state, struct station_radio_listen_context context,
       const Station__ListenRequest *request)
{
	int rc = 0;

	(void)state;
	for (uint32_t number = 1; rc == 0 && number <= request->count; number++)
		rc = station_radio_listen_send(context, STATION_SONG(.number = number));
	return rc;
}

/* ---- the root ---- */

struct listener {
	struct station_radio_listen_subscription subscription;
	uint32_t heard, last;
	uint64_t missed;
};

/* To the end of the stream. */
static int
hear(void *argument)
{
	struct listener *self = argument;
	int rc = 0;

	while (rc >= 0 && rc != ACTOR_END_OF_STREAM) {
		ACTOR_OWNED(Station__Song, song);

		rc = station_radio_listen_subscription_receive(self->subscription, &song);
		if (rc == ACTOR_LAGGED)
			self->missed += actor_subscription_lagged(self->subscription.subscription);
		if (rc == 0) {
			self->heard++;
			self->last = song->number;
		}
	}
	return rc < 0 ? rc : 0;
}

/* Three at once, as tasks.  A fourth sleeps through the music, and then hears what is still there. */
static int
broadcast(struct station_radio_listen_stream stream)
{
	struct listener listeners[4] = { 0 };
	struct actor_nursery *tasks = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(listeners); i++)
		rc = station_radio_listen_subscribe(stream, &listeners[i].subscription);
	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = actor_nursery_start(tasks, hear, &listeners[i]);
	rc = actor_nursery_close(tasks, rc);
	if (rc == 0)
		rc = hear(&listeners[3]);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(listeners); i++)
		printf("listener %zu heard %u, missed %u, last %u\n", i, listeners[i].heard,
		       (unsigned)listeners[i].missed, listeners[i].last);
	return rc;
}

static int
root(int argc, char **argv)
{
	const struct actor_context_options options = { .window_messages = WINDOW };
	struct station_radio_listen_stream stream;
	struct actor_nursery *actors;
	struct station_radio radio;
	int rc = actor_nursery_open(&actors);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = station_radio_spawn(actors, "radio", NULL, &radio);
	if (rc == 0)
		rc = station_radio_listen_open(radio, STATION_LISTEN_REQUEST(.count = SONGS), &options, &stream);
	if (rc == 0) {
		rc = broadcast(stream);
		rc = station_radio_listen_close(stream, rc);
	}
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

int
main(int argc, char **argv)
{
	static const struct station_radio_ops ops = { .listen = listen };
	const struct actor_module modules[] = { station_radio_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}
