/* SPDX-License-Identifier: BSD-2-Clause */
/* Two actors, one stream each way between them.  Who has no more to send closes its own; the other's receive() ends. */
#include <stdio.h>

#include "table.actor.h"

#define ROUNDS 10

/* ---- the player ---- */

static int
play(struct table_player_state *state, struct table_player_play_context context)
{
	uint32_t count = 0;
	int rc = 0;

	(void)state;
	while (rc == 0) {
		ACTOR_OWNED(Table__Ball, ball);

		rc = table_player_play_context_receive(context, &ball);
		if (rc == 0) {
			count++;
			rc =
			    table_player_play_context_send(context, TABLE_BALL(.text = "pong", .number = ball->number));
		}
	}
	if (rc != ACTOR_END_OF_STREAM)
		return rc;
	printf("player: %u balls, and no more\n", count);
	return 0;
}

/* ---- the root ---- */

static int
serve(struct table_player_play_dialog dialog)
{
	int rc = 0;

	for (uint32_t number = 1; rc == 0 && number <= ROUNDS; number++) {
		ACTOR_OWNED(Table__Ball, ball);

		rc = table_player_play_send(dialog, TABLE_BALL(.text = "ping", .number = number));
		if (rc == 0)
			rc = table_player_play_receive(dialog, &ball);
		if (rc == ACTOR_END_OF_STREAM)
			return actor_fail(ACTOR_ECLOSED, "the player has left after %u", number);
		if (rc == 0)
			printf("root: ping %u, %s %u\n", number, ball->text, ball->number);
	}
	return rc;
}

static int
root(int argc, char **argv)
{
	struct table_player_play_dialog dialog;
	struct table_player player;
	struct actor_nursery *actors;
	int rc = actor_nursery_open(&actors);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = table_player_spawn(actors, "player", NULL, &player);
	if (rc == 0)
		rc = table_player_play_open(player, NULL, &dialog);
	if (rc == 0) {
		rc = serve(dialog);
		rc = table_player_play_close(dialog, rc); /* ends our stream, and waits until the player has returned */
	}
	if (rc == 0)
		printf("root: the player has gone home\n");
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

int
main(int argc, char **argv)
{
	static const struct table_player_ops ops = { .play = play };
	const struct actor_module modules[] = { table_player_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	setvbuf(stdout, NULL, _IOLBF, 0); /* a line is one write, whoever writes beside us */
	return actor_main(argc, argv, &program);
}
