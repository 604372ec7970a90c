/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_OUTPUT_H
#define AG_OUTPUT_H

#include "model.h"

/* The texts that are made of a checked model; pure, and the same bytes for the same model. */

/* stem.actor.h and stem.actor.c. */
const char *ag_out_header(const struct ag_model *model, const struct ag_file *file);
const char *ag_out_source(const struct ag_model *model, const struct ag_file *file);

/* A program that implements the services of a file, of which there is one at least, to begin with. */
const char *ag_out_skeleton(const struct ag_model *model, const struct ag_file *file);

/* The model as text, for tests and for the curious. */
const char *ag_model_dump(const struct ag_model *model);

/* Whether DEMO_X(...) is emitted for it: not if proto2 gives it defaults, which initialisers would override. */
bool ag_has_keyword(const struct ag_message *message);

/* Of the function that implements it: "struct demo_tree_state *state, ...". */
const char *ag_slot_parameters(struct ag_arena *arena, const struct ag_endpoint *endpoint);

/* "May raise demo.A and demo.B.", or NULL. */
const char *ag_raises_text(struct ag_arena *arena, const struct ag_endpoint *endpoint);

/* Whether the function that implements it, a context or a generator, has anything to call there. */
bool ag_has_context_functions(const struct ag_endpoint *endpoint);

#endif
