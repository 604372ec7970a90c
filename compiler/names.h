/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_NAMES_H
#define AG_NAMES_H

#include "model.h"

/*
 * All spelling of output names: pure functions.  Those of protobuf-c's own names follow what its compiler does
 * (`Demo__FanOut`, `demo__fan_out__descriptor`, `DEMO__FAN_OUT__INIT`); ours join with one underscore.
 */

/* "FanOut" and "fan_out" to "fan_out"; "HTTPGet" to "httpget", as protobuf-c has it. */
char *ag_name_lower(struct ag_arena *arena, const char *name);
/* "FAN_OUT". */
char *ag_name_upper(struct ag_arena *arena, const char *name);
/* "fan_out" to "FanOut". */
char *ag_name_camel(struct ag_arena *arena, const char *name);

/* protobuf-c's names of what is called `full_name` in `file`, c_package honoured. */
char *ag_name_c_type(struct ag_arena *arena, const struct ag_file *file, const char *full_name);
char *ag_name_c_lower(struct ag_arena *arena, const struct ag_file *file, const char *full_name);
char *ag_name_c_upper(struct ag_arena *arena, const struct ag_file *file, const char *full_name);

/* Ours: "demo_tree", "DEMO_SQUARE_REQUEST". */
char *ag_name_prefix(struct ag_arena *arena, const struct ag_file *file, const char *full_name);
char *ag_name_keyword(struct ag_arena *arena, const struct ag_file *file, const char *full_name);

/* "FanOut" to "fan_out", never two underscores in a row. */
char *ag_name_endpoint(struct ag_arena *arena, const char *name);

/* "demo_tree_fan_out" of "demo_tree" and "fan_out". */
char *ag_name_symbol(struct ag_arena *arena, const char *prefix, const char *name);

/* The number of an endpoint in its service: "DEMO_TREE_FAN_OUT_NUMBER". */
char *ag_name_number(struct ag_arena *arena, const char *symbol);

/* A member of the ops: `name`, with "_" behind it where C or C++ could not have it. */
char *ag_name_slot(struct ag_arena *arena, const char *name);

/* A service's portal among the parameters of its functions: "tree". */
char *ag_name_parameter(struct ag_arena *arena, const char *service_name);

/* The member that protobuf-c gives a field: "int_" for "int". */
char *ag_name_member(struct ag_arena *arena, const char *field_name);

/* "dir/tree" of "dir/tree.proto". */
char *ag_name_stem(struct ag_arena *arena, const char *file_name);

/* "ACTOR_GENERATED_DIR_TREE_H". */
char *ag_name_guard(struct ag_arena *arena, const char *stem);

/* What the name of a struct's member cannot be: a keyword of C or C++, a macro of the system's headers. */
bool ag_name_is_keyword(const char *name);
bool ag_name_is_macro(const char *name);

/* Whether (actor.endpoint).c_name may be it. */
bool ag_name_is_c_name(const char *name);

#endif
