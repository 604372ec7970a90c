/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_STREAMER_H
#define TREES_STREAMER_H

/* What the tests of streams have in common: the actor that serves streams.proto, and how a check meets it. */

#include "streams.actor.h"
#include "town.h"

#define LARGE (1024 * 1024 - 32) /* about what an item may have */

/* As town_main() and probe_main(), whose program has the module trees.Streams, too. */
int streamer_main(int argc, char **argv, const struct check *checks, size_t check_count,
                  int (*run)(int argc, char **argv, const struct check *checks, size_t check_count));
int streamer_alone(int argc, char **argv, const struct check *checks, size_t check_count);

/* `body` with one daemon, called "child". */
int with_streamer(int (*body)(struct trees_streams streams));
int spawn_streamer(struct actor_nursery *nursery, const char *name, struct trees_streams *ret_streams);

/* With its data, of the task. */
const Trees__Item *numbered(int64_t number, size_t size);

/* Whether an item is the one of that number, with all of its data; it is freed. */
bool is_numbered(Trees__Item *item, int64_t number);

/* Takes items until none comes any more, or `count` have come, and frees them. */
int take_items(struct trees_streams_play_dialog dialog, int64_t count, Trees__Outcome *ret_outcome);
int give_items(struct trees_streams_play_dialog dialog, int64_t count, size_t size);

/* A call of the same actor is answered. */
bool is_awake(struct trees_streams streams);

/* The state of a context, as text. */
const char *state_of(struct actor_context context);

#endif
