/* SPDX-License-Identifier: BSD-2-Clause */
#include "fingerprint.h"
#include "output.h"

static void
dump_message(struct ag_buffer *text, const struct ag_message *message)
{
	ag_buffer_format(text, "  message %s  [%d:%d]  %s", message->full_name, message->place.line,
	                 message->place.column, message->c_type);
	ag_buffer_format(text, "%s%s\n", ag_has_keyword(message) ? " " : "",
	                 ag_has_keyword(message) ? message->c_keyword : "");
	for (size_t i = 0; i < message->field_count; i++) {
		const struct ag_field *field = &message->fields[i];

		ag_buffer_format(text, "    %d %s: %s %s", field->number, field->name,
		                 ag_presence_name(field->presence), ag_type_name(field));
		if (field->oneof != NULL)
			ag_buffer_format(text, ", %s %s", field->oneof->synthetic ? "synthetic oneof" : "oneof",
			                 field->oneof->name);
		ag_buffer_add_text(text, field->has_default ? ", has a default\n" : "\n");
	}
}

static void
dump_enum(struct ag_buffer *text, const struct ag_enum *e)
{
	ag_buffer_format(text, "  enum %s  [%d:%d]\n", e->full_name, e->place.line, e->place.column);
	for (size_t i = 0; i < e->value_count; i++)
		ag_buffer_format(text, "    %d %s\n", e->values[i].number, e->values[i].name);
}

static void
dump_leg(struct ag_buffer *text, const char *leg, const struct ag_message *message)
{
	if (message != NULL)
		ag_buffer_format(text, "      %s %s\n", leg, message->full_name);
}

static void
dump_endpoint(struct ag_buffer *text, const struct ag_endpoint *endpoint)
{
	ag_buffer_format(text, "    %s %s  [%d:%d]  %s, ops.%s\n", ag_kind_name(endpoint->kind), endpoint->name,
	                 endpoint->place.line, endpoint->place.column, endpoint->c_symbol, endpoint->c_slot);
	dump_leg(text, "request", endpoint->request);
	dump_leg(text, "reply", endpoint->reply);
	dump_leg(text, "item", endpoint->item);
	dump_leg(text, "started", endpoint->started);
	dump_leg(text, "send", endpoint->send);
	dump_leg(text, "receive", endpoint->receive);
	for (size_t i = 0; i < endpoint->raise_count; i++)
		dump_leg(text, "raises", endpoint->raises[i].message);
}

static void
dump_service(struct ag_buffer *text, const struct ag_service *service)
{
	ag_buffer_format(text, "  service %s  [%d:%d]  %s, struct %s %s, contract 0x%016llx\n", service->full_name,
	                 service->place.line, service->place.column, service->c_prefix, service->c_prefix,
	                 service->c_parameter, (unsigned long long)service->fingerprint);
	for (size_t i = 0; i < service->endpoint_count; i++)
		dump_endpoint(text, &service->endpoints[i]);
}

static void
dump_file(struct ag_buffer *text, const struct ag_file *file)
{
	ag_buffer_format(text, "file %s  %s, package \"%s\"", file->name, file->proto3 ? "proto3" : "proto2",
	                 file->package);
	if (file->c_package != NULL)
		ag_buffer_format(text, ", in C \"%s\"", file->c_package);
	ag_buffer_add_text(text, "\n");
	for (size_t i = 0; i < file->import_count; i++)
		ag_buffer_format(text, "  imports %s%s\n", file->imports[i]->name,
		                 i < file->public_import_count ? ", publicly" : "");
	for (size_t i = 0; i < file->owner_count; i++)
		ag_buffer_format(text, "  includes %s.pb-c.h\n", file->owners[i]->stem);
	for (size_t i = 0; i < file->message_count; i++)
		dump_message(text, file->messages[i]);
	for (size_t i = 0; i < file->enum_count; i++)
		dump_enum(text, file->enums[i]);
	for (size_t i = 0; i < file->service_count; i++)
		dump_service(text, &file->services[i]);
}

const char *
ag_model_dump(const struct ag_model *model)
{
	struct ag_buffer text = { .arena = model->arena };

	for (size_t i = 0; i < model->file_count; i++)
		if (model->files[i].generate)
			dump_file(&text, &model->files[i]);
	return ag_buffer_text(&text);
}
