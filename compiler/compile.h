/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_COMPILE_H
#define AG_COMPILE_H

#include "model.h"

struct ag_output {
	const char *name; /* relative to the output directory */
	const char *text;
};

/* What came of a request. */
struct ag_result {
	struct ag_model *model;
	const char *errors; /* one a line; "": none */
	struct ag_output *outputs;
	size_t output_count;
};

/* load -> names -> check. */
void ag_analyse(struct ag_arena *arena, ag_request *request, struct ag_result *ret_result);

/* The same, and -> emit: with `outputs` when there are no errors. */
void ag_compile(struct ag_arena *arena, ag_request *request, struct ag_result *ret_result);

/*
 * Makes `request` one that protoc-gen-c takes, and makes good C of:
 *   - services go: it would emit pkg__svc__method() for each, and drop `stream`;
 *   - extensions go: protobuf-c has none;
 *   - a file depends on the owners of the types that its fields use, and on nothing else: it includes a header per
 *     import, also of those that only carry options; nothing is imported publicly then;
 *   - the well-known types are not generated: libactor carries them.
 * proto3 `optional` needs no repair: it is protoc that refuses it on protoc-gen-c's behalf, and here it is not asked.
 *
 * The request belongs to `model`, whose services and places are still good afterwards.
 */
void ag_repair(const struct ag_model *model, ag_request *request);

#endif
