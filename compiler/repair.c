/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile.h"

static void
repair_message(Google__Protobuf__DescriptorProto *message)
{
	message->n_extension = 0;
	for (size_t i = 0; i < message->n_nested_type; i++)
		repair_message(message->nested_type[i]);
}

static void
repair_file(const struct ag_model *model, const struct ag_file *file)
{
	ag_file_descriptor *descriptor = file->descriptor;

	descriptor->n_service = 0;
	descriptor->n_extension = 0;
	descriptor->n_public_dependency = 0;
	descriptor->n_weak_dependency = 0;
	descriptor->n_dependency = file->owner_count;
	descriptor->dependency = ag_alloc_array(model->arena, file->owner_count, sizeof(char *));
	for (size_t i = 0; i < file->owner_count; i++)
		descriptor->dependency[i] = (char *)file->owners[i]->name;
	for (size_t i = 0; i < descriptor->n_message_type; i++)
		repair_message(descriptor->message_type[i]);
}

void
ag_repair(const struct ag_model *model, ag_request *request)
{
	request->n_file_to_generate = 0;
	request->file_to_generate = ag_alloc_array(model->arena, model->file_count, sizeof(char *));
	request->parameter = NULL;
	for (size_t i = 0; i < model->file_count; i++) {
		const struct ag_file *file = &model->files[i];

		repair_file(model, file);
		if (file->generate)
			request->file_to_generate[request->n_file_to_generate++] = (char *)file->name;
	}
}
