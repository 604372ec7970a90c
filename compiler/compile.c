/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile.h"

#include "check.h"
#include "fingerprint.h"
#include "load.h"
#include "output.h"

static void
set_fingerprints(struct ag_model *model)
{
	for (size_t f = 0; f < model->file_count; f++)
		for (size_t s = 0; s < model->files[f].service_count; s++)
			model->files[f].services[s].fingerprint = ag_fingerprint(model, &model->files[f].services[s]);
}

static void
analyse(struct ag_arena *arena, ag_request *request, struct ag_diagnostics *diagnostics, struct ag_result *ret_result)
{
	ag_diagnostics_init(diagnostics, arena);
	*ret_result = (struct ag_result){ .model = ag_load(arena, request, diagnostics) };
	ag_check(ret_result->model, diagnostics);
	if (diagnostics->error_count == 0)
		set_fingerprints(ret_result->model);
}

void
ag_analyse(struct ag_arena *arena, ag_request *request, struct ag_result *ret_result)
{
	struct ag_diagnostics diagnostics;

	analyse(arena, request, &diagnostics, ret_result);
	ret_result->errors = ag_diagnostics_text(&diagnostics);
}

static void
emit(struct ag_arena *arena, struct ag_result *result)
{
	const struct ag_model *model = result->model;

	result->outputs = ag_alloc_array(arena, 2 * model->file_count, sizeof *result->outputs);
	for (size_t i = 0; i < model->file_count; i++) {
		const struct ag_file *file = &model->files[i];
		struct ag_output *outputs = &result->outputs[result->output_count];

		if (!file->generate)
			continue;
		outputs[0] =
		    (struct ag_output){ ag_format(arena, "%s.actor.h", file->stem), ag_out_header(model, file) };
		outputs[1] =
		    (struct ag_output){ ag_format(arena, "%s.actor.c", file->stem), ag_out_source(model, file) };
		result->output_count += 2;
	}
}

void
ag_compile(struct ag_arena *arena, ag_request *request, struct ag_result *ret_result)
{
	struct ag_diagnostics diagnostics;

	analyse(arena, request, &diagnostics, ret_result);
	ret_result->errors = ag_diagnostics_text(&diagnostics);
	if (diagnostics.error_count == 0)
		emit(arena, ret_result);
}
