/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include <stdlib.h>
#include <string.h>

#include "load_service.h"
#include "names.h"
#include "options.h"
#include "resolve.h"

/*
 * Descriptors to model, in two passes: first every file with its messages, enums and fields, then what refers to
 * them (the types of fields, the owners of those types, services: see load_service.c).
 *
 * protoc has checked the files already; but a request may also come from elsewhere, so nothing here trusts a
 * string to be there or an index to be in range.
 */

enum {
	DEPTH_MAX = 64
};

/* Field numbers of descriptor.proto, for paths. */
enum {
	FILE_MESSAGE = 4,
	FILE_ENUM = 5,
	FILE_OPTIONS = 8,
	FILE_SYNTAX = 12,
	MESSAGE_NAME = 1,
	MESSAGE_FIELD = 2,
	MESSAGE_NESTED = 3,
	MESSAGE_ENUM = 4,
	MESSAGE_ONEOF = 8,
	ENUM_NAME = 1,
	ENUM_VALUE = 2,
};

struct loading {
	struct ag_model *model;
	struct ag_diagnostics *diagnostics;
	struct ag_file *file;
};

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* "demo.Tree" of "demo" and "Tree". */
static const char *
full_name(struct loading *l, const char *scope, const char *name)
{
	return ag_format(l->model->arena, "%s%s%s", scope, scope[0] != '\0' ? "." : "", name);
}

static struct ag_place
place_of(const struct loading *l, const struct ag_path *path, int32_t name_field)
{
	struct ag_path name = ag_path_to(path, name_field);

	return ag_place_of(&l->file->places, &name);
}

static void
load_enum(struct loading *l, const Google__Protobuf__EnumDescriptorProto *descriptor, const char *scope,
          struct ag_path path)
{
	struct ag_enum *e = ag_alloc(l->model->arena, sizeof *e);

	e->name = or_empty(descriptor->name);
	e->full_name = full_name(l, scope, e->name);
	e->file = l->file;
	e->place = place_of(l, &path, ENUM_NAME);
	e->value_count = descriptor->n_value;
	e->values = ag_alloc_array(l->model->arena, e->value_count, sizeof *e->values);
	for (size_t i = 0; i < e->value_count; i++) {
		struct ag_path value = ag_path_down(&path, ENUM_VALUE, i);

		e->values[i].name = or_empty(descriptor->value[i]->name);
		e->values[i].number = descriptor->value[i]->number;
		e->values[i].place = place_of(l, &value, 1);
	}
	l->file->enums[l->file->enum_count++] = e;
}

static enum ag_presence
presence_of(const struct loading *l, const Google__Protobuf__FieldDescriptorProto *field)
{
	if (field->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED)
		return AG_REPEATED;
	if (field->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED)
		return AG_REQUIRED;
	if (!l->file->proto3 || field->has_oneof_index ||
	    field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE)
		return AG_EXPLICIT;
	return AG_IMPLICIT;
}

static void
load_field(struct loading *l, struct ag_message *message, const Google__Protobuf__FieldDescriptorProto *descriptor,
           const struct ag_path *path, struct ag_field *field)
{
	field->name = or_empty(descriptor->name);
	field->number = descriptor->number;
	field->type = descriptor->type;
	field->presence = presence_of(l, descriptor);
	field->has_default = descriptor->default_value != NULL;
	field->place = place_of(l, path, 1);
	if (descriptor->has_oneof_index && descriptor->oneof_index >= 0 &&
	    (size_t)descriptor->oneof_index < message->oneof_count) {
		struct ag_oneof *oneof = &message->oneofs[descriptor->oneof_index];

		oneof->synthetic = descriptor->proto3_optional;
		field->oneof = oneof;
	}
}

static void
load_members(struct loading *l, struct ag_message *message, const Google__Protobuf__DescriptorProto *descriptor,
             const struct ag_path *path)
{
	message->oneof_count = descriptor->n_oneof_decl;
	message->oneofs = ag_alloc_array(l->model->arena, message->oneof_count, sizeof *message->oneofs);
	for (size_t i = 0; i < message->oneof_count; i++) {
		struct ag_path oneof = ag_path_down(path, MESSAGE_ONEOF, i);

		message->oneofs[i].name = or_empty(descriptor->oneof_decl[i]->name);
		message->oneofs[i].full_name = full_name(l, message->full_name, message->oneofs[i].name);
		message->oneofs[i].place = place_of(l, &oneof, 1);
	}
	message->field_count = descriptor->n_field;
	message->fields = ag_alloc_array(l->model->arena, message->field_count, sizeof *message->fields);
	for (size_t i = 0; i < message->field_count; i++) {
		struct ag_path field = ag_path_down(path, MESSAGE_FIELD, i);

		load_field(l, message, descriptor->field[i], &field, &message->fields[i]);
	}
}

/* (pb_c_msg).base_field_name. */
static const char *
base_field(struct loading *l, const Google__Protobuf__MessageOptions *options)
{
	const char *name = "base";
	struct ag_bytes pieces;
	struct ag_wire_field field;

	if (options == NULL || !ag_option_pieces(l->model->arena, &options->base, AG_OPTION_PROTOBUF_C, &pieces))
		return name;
	while (ag_wire_next(&pieces, &field))
		if (field.number == 3 && field.type == 2)
			name = ag_strndup(l->model->arena, (const char *)field.body.data, field.body.size);
	return name;
}

static void
name_message(struct loading *l, struct ag_message *message)
{
	struct ag_arena *arena = l->model->arena;

	message->c_type = ag_name_c_type(arena, l->file, message->full_name);
	message->c_descriptor = ag_format(arena, "%s__descriptor", ag_name_c_lower(arena, l->file, message->full_name));
	message->c_table = ag_format(arena, "%s__message", ag_name_c_lower(arena, l->file, message->full_name));
	message->c_keyword = ag_name_keyword(arena, l->file, message->full_name);
	message->c_short = ag_name_endpoint(arena, message->name);
}

static void
load_message(struct loading *l, const Google__Protobuf__DescriptorProto *descriptor, const char *scope,
             struct ag_path path)
{
	struct ag_message *message = ag_alloc(l->model->arena, sizeof *message);

	message->name = or_empty(descriptor->name);
	message->full_name = full_name(l, scope, message->name);
	message->file = l->file;
	message->place = place_of(l, &path, MESSAGE_NAME);
	message->map_entry = descriptor->options != NULL && descriptor->options->map_entry;
	message->base_field = base_field(l, descriptor->options);
	name_message(l, message);
	load_members(l, message, descriptor, &path);
	l->file->messages[l->file->message_count++] = message;
	for (size_t i = 0; i < descriptor->n_nested_type; i++)
		load_message(l, descriptor->nested_type[i], message->full_name, ag_path_down(&path, MESSAGE_NESTED, i));
	for (size_t i = 0; i < descriptor->n_enum_type; i++)
		load_enum(l, descriptor->enum_type[i], message->full_name, ag_path_down(&path, MESSAGE_ENUM, i));
}

static void
count_types(const Google__Protobuf__DescriptorProto *message, size_t *messages, size_t *enums)
{
	*messages += 1;
	*enums += message->n_enum_type;
	for (size_t i = 0; i < message->n_nested_type; i++)
		count_types(message->nested_type[i], messages, enums);
}

static void
load_types(struct loading *l)
{
	const ag_file_descriptor *descriptor = l->file->descriptor;
	const struct ag_path root = { .length = 0 };
	size_t messages = 0, enums = descriptor->n_enum_type;

	for (size_t i = 0; i < descriptor->n_message_type; i++)
		count_types(descriptor->message_type[i], &messages, &enums);
	l->file->messages = ag_alloc_array(l->model->arena, messages, sizeof(struct ag_message *));
	l->file->enums = ag_alloc_array(l->model->arena, enums, sizeof(struct ag_enum *));
	for (size_t i = 0; i < descriptor->n_message_type; i++)
		load_message(l, descriptor->message_type[i], l->file->package, ag_path_down(&root, FILE_MESSAGE, i));
	for (size_t i = 0; i < descriptor->n_enum_type; i++)
		load_enum(l, descriptor->enum_type[i], l->file->package, ag_path_down(&root, FILE_ENUM, i));
}

static struct ag_place
protobuf_c_option_place(const struct loading *l, int32_t number)
{
	struct ag_path path = { .steps = { FILE_OPTIONS, AG_OPTION_PROTOBUF_C, number }, .length = 3 };

	return ag_place_of(&l->file->places, &path);
}

/* (pb_c_file): what there is in it that changes more than the insides of protobuf-c's output. */
static void
load_protobuf_c_options(struct loading *l)
{
	const Google__Protobuf__FileOptions *options = l->file->descriptor->options;
	struct ag_bytes pieces;
	struct ag_wire_field field;

	if (options == NULL || !ag_option_pieces(l->model->arena, &options->base, AG_OPTION_PROTOBUF_C, &pieces))
		return;
	while (ag_wire_next(&pieces, &field)) {
		if (field.number == 1 && field.type == 0)
			l->file->no_generate = field.varint != 0;
		if (field.number == 5 && field.type == 0)
			l->file->use_oneof_field_name = field.varint != 0;
		if (field.number == 6 && field.type == 2)
			l->file->c_package =
			    ag_strndup(l->model->arena, (const char *)field.body.data, field.body.size);
	}
	l->file->no_generate_place = protobuf_c_option_place(l, 1);
	l->file->use_oneof_field_name_place = protobuf_c_option_place(l, 5);
}

/* Only files before this one can be imports: so there are no cycles, whatever the request says. */
static struct ag_file *
find_earlier_file(const struct loading *l, const char *name)
{
	for (struct ag_file *file = l->model->files; file < l->file; file++)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}

static void
load_imports(struct loading *l)
{
	const ag_file_descriptor *descriptor = l->file->descriptor;
	struct ag_model *model = l->model;
	struct ag_file **privately = ag_alloc_array(model->arena, descriptor->n_dependency, sizeof *privately);
	size_t private_count = 0;

	l->file->imports = ag_alloc_array(model->arena, descriptor->n_dependency, sizeof *l->file->imports);
	for (size_t i = 0; i < descriptor->n_dependency; i++) {
		struct ag_file *import = find_earlier_file(l, or_empty(descriptor->dependency[i]));
		bool is_public = false;

		if (import == NULL)
			continue;
		for (size_t p = 0; p < descriptor->n_public_dependency; p++)
			is_public |= descriptor->public_dependency[p] == (int32_t)i;
		if (is_public)
			l->file->imports[l->file->public_import_count++] = import;
		else
			privately[private_count++] = import;
	}
	l->file->import_count = l->file->public_import_count + private_count;
	if (private_count != 0)
		memcpy(l->file->imports + l->file->public_import_count, privately, private_count * sizeof *privately);
}

static bool
is_well_known(const char *name)
{
	static const char *const carried[] = { "any",    "duration",  "empty",   "field_mask",
		                               "struct", "timestamp", "wrappers" };
	static const char folder[] = "google/protobuf/";

	if (strncmp(name, folder, sizeof folder - 1) != 0)
		return false;
	for (size_t i = 0; i < sizeof carried / sizeof *carried; i++) {
		size_t length = strlen(carried[i]);

		if (strncmp(name + sizeof folder - 1, carried[i], length) == 0 &&
		    strcmp(name + sizeof folder - 1 + length, ".proto") == 0)
			return true;
	}
	return false;
}

static void
load_file(struct loading *l, ag_file_descriptor *descriptor, const ag_request *request)
{
	struct ag_path syntax = { .steps = { FILE_SYNTAX }, .length = 1 };
	struct ag_file *file = l->file;

	file->name = descriptor->name;
	file->stem = ag_name_stem(l->model->arena, file->name);
	file->package = or_empty(descriptor->package);
	file->proto3 = strcmp(or_empty(descriptor->syntax), "proto3") == 0;
	file->editions = strcmp(or_empty(descriptor->syntax), "editions") == 0;
	file->descriptor = descriptor;
	ag_places_init(&file->places, l->model->arena, descriptor);
	file->well_known = is_well_known(file->name);
	file->place = ag_place_of(&file->places, &syntax);
	for (size_t i = 0; i < request->n_file_to_generate; i++)
		file->generate |= !file->well_known && strcmp(request->file_to_generate[i], file->name) == 0;
	load_protobuf_c_options(l);
	load_imports(l);
	load_types(l);
}

static void
resolve_field(struct loading *l, const struct ag_message *message, struct ag_field *field, const char *type_name)
{
	bool is_enum = field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM;
	bool is_message = field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE ||
	                  field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP;
	const char *name = type_name[0] == '.' ? type_name + 1 : type_name;

	if (is_message)
		field->message = ag_find_message(l->model, name);
	if (is_enum)
		field->enumeration = ag_find_enum(l->model, name);
	if ((is_message && field->message == NULL) || (is_enum && field->enumeration == NULL))
		ag_error(l->diagnostics, field->place, "the type \"%s\" of %s.%s is not in the request", type_name,
		         message->full_name, field->name);
}

static void
add_owner(struct ag_file *file, const struct ag_file *owner)
{
	if (owner == file)
		return;
	for (size_t i = 0; i < file->owner_count; i++)
		if (file->owners[i] == owner)
			return;
	file->owners[file->owner_count++] = owner;
}

/* The descriptors of messages are walked in the order in which load_message() made the nodes. */
static void
resolve_message(struct loading *l, const Google__Protobuf__DescriptorProto *descriptor, size_t *index)
{
	struct ag_message *message = l->file->messages[(*index)++];

	for (size_t i = 0; i < message->field_count; i++) {
		struct ag_field *field = &message->fields[i];

		resolve_field(l, message, field, or_empty(descriptor->field[i]->type_name));
		if (field->message != NULL)
			add_owner(l->file, field->message->file);
		if (field->enumeration != NULL)
			add_owner(l->file, field->enumeration->file);
	}
	for (size_t i = 0; i < descriptor->n_nested_type; i++)
		resolve_message(l, descriptor->nested_type[i], index);
}

static void
resolve_file(struct loading *l)
{
	const ag_file_descriptor *descriptor = l->file->descriptor;
	size_t index = 0;

	l->file->owners = ag_alloc_array(l->model->arena, l->model->file_count, sizeof(struct ag_file *));
	for (size_t i = 0; i < descriptor->n_message_type; i++)
		resolve_message(l, descriptor->message_type[i], &index);
	ag_load_services(l->model, l->file, l->diagnostics);
}

/* The types of all files in one order, to be found by name. */
static void
index_types(struct ag_model *model)
{
	size_t messages = 0, enums = 0;

	for (size_t i = 0; i < model->file_count; i++) {
		messages += model->files[i].message_count;
		enums += model->files[i].enum_count;
	}
	model->messages = ag_alloc_array(model->arena, messages, sizeof(struct ag_message *));
	model->enums = ag_alloc_array(model->arena, enums, sizeof(struct ag_enum *));
	for (size_t f = 0; f < model->file_count; f++) {
		for (size_t i = 0; i < model->files[f].message_count; i++)
			model->messages[model->message_count++] = model->files[f].messages[i];
		for (size_t i = 0; i < model->files[f].enum_count; i++)
			model->enums[model->enum_count++] = model->files[f].enums[i];
	}
	qsort(model->messages, messages, sizeof(struct ag_message *), ag_message_compare);
	qsort(model->enums, enums, sizeof(struct ag_enum *), ag_enum_compare);
}

ag_request *
ag_request_unpack(struct ag_arena *arena, const void *data, size_t size, const char **reterr_reason)
{
	const ProtobufCMessageDescriptor *type = &google__protobuf__compiler__code_generator_request__descriptor;
	ProtobufCAllocator allocator = ag_arena_allocator(arena);
	ag_request *request = NULL;

	if (ag_wire_depth_within((struct ag_bytes){ data, size }, type, DEPTH_MAX))
		request = (ag_request *)protobuf_c_message_unpack(type, &allocator, size, data);
	if (request == NULL)
		*reterr_reason = "the input is not a CodeGeneratorRequest: let protoc run this plugin, or use actorgen "
				 "--out DIR FILE...";
	else if (request->n_proto_file == 0)
		*reterr_reason =
		    "the request has no files: let protoc run this plugin, or use actorgen --out DIR FILE...";
	else
		for (size_t i = 0; i < request->n_proto_file; i++)
			if (request->proto_file[i]->name == NULL)
				*reterr_reason = "the request has a file without a name";
	return *reterr_reason == NULL ? request : NULL;
}

struct ag_model *
ag_load(struct ag_arena *arena, ag_request *request, struct ag_diagnostics *diagnostics)
{
	struct ag_model *model = ag_alloc(arena, sizeof *model);
	struct loading l = { model, diagnostics, NULL };

	model->arena = arena;
	model->files = ag_alloc_array(arena, request->n_proto_file, sizeof *model->files);
	for (size_t i = 0; i < request->n_proto_file; i++) {
		l.file = &model->files[i];
		load_file(&l, request->proto_file[i], request);
		model->file_count++;
	}
	index_types(model);
	for (size_t i = 0; i < model->file_count; i++) {
		l.file = &model->files[i];
		resolve_file(&l);
	}
	return model;
}
