/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_STAGE_H
#define TREES_STAGE_H

/* Contexts that do what a test has written for them: trees.Stage, in every child and every neighbour. */

#include "stage.actor.h"
#include "town.h"

extern const struct trees_stage_ops stage_ops;

/* SCRIPT(STEP(ANNOUNCE, .number = 11), STEP(BLOCK)): it lives as long as the block that it is written in. */
/* clang-format off */
#define STEP(name, ...) \
	(&(Trees__Step){ .base = PROTOBUF_C_MESSAGE_INIT(&trees__step__descriptor), \
	                 .verb = TREES__STEP__VERB__##name, ##__VA_ARGS__ })
#define SCRIPT_OF(cleanup, shield, ...) \
	(&(Trees__Script){ .base = PROTOBUF_C_MESSAGE_INIT(&trees__script__descriptor), \
	                   .steps = (Trees__Step *[]){ __VA_ARGS__ }, \
	                   .n_steps = sizeof((Trees__Step *[]){ __VA_ARGS__ }) / sizeof(Trees__Step *), \
	                   .cleanup_ms = (cleanup), .shield_ms = (shield) })
/* clang-format on */
#define SCRIPT(...) SCRIPT_OF(0, 0, __VA_ARGS__)
#define TEXT(literal) .text = (char *)(uintptr_t)(literal)
#define BYTES(literal) .body = { .len = sizeof(literal) - 1, .data = (uint8_t *)(uintptr_t)(literal) }

#define BAD_LINE "\x12\x01\xff" /* a Line whose text is no UTF-8 */

typedef struct trees_stage_play_dialog play_dialog;

/* A child of this actor that serves trees.Stage and trees.Probe. */
int spawn_stage(struct actor_nursery *nursery, const char *name, struct trees_stage *ret_stage);

/* The body with one, called "child". */
int with_stage(int (*body)(struct trees_stage stage));

struct trees_probe probe_at(struct trees_stage stage);

/* Any call, to see that the actor still serves. */
bool still_answers(struct trees_stage stage);

/* How the context stands; of one that is closed, all is 0. */
struct actor_context_report report_of(struct actor_context context);

/* Shuts down all that this process is connected with. */
void break_links(void);

#endif
