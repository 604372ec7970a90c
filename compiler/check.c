/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <string.h>

#include "fingerprint.h"
#include "names.h"

enum {
	ENDPOINT_NAME_MAX = 64
}; /* an endpoint's C name is an actor's default name too */

/* ---- the members of a message's struct ---- */

struct member {
	const char *name;
	const char *what; /* "the field x", "the count of items" */
	struct ag_place place;
};

struct members {
	struct member *members;
	size_t count;
	const struct ag_message *message;
	struct ag_diagnostics *diagnostics;
};

/* False, and an error, when there is one of that name. */
static bool
add_member(struct members *m, const char *name, const char *what, struct ag_place place)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->members[i].name, name) == 0) {
			ag_error(m->diagnostics, place,
			         "%s of %s and %s would both be the C member `%s`: rename the field", what,
			         m->message->full_name, m->members[i].what, name);
			return false;
		}
	m->members[m->count++] = (struct member){ name, what, place };
	return true;
}

static bool
has_presence_flag(const struct ag_field *field)
{
	return field->presence == AG_EXPLICIT && field->oneof == NULL && field->message == NULL &&
	       field->type != GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING;
}

static void
add_field_members(struct members *m, const struct ag_field *field)
{
	struct ag_arena *arena = m->diagnostics->arena;
	const char *name = ag_name_member(arena, field->name);
	const char *what = ag_format(arena, "the field %s", field->name);

	if (ag_name_is_keyword(name))
		ag_error(m->diagnostics, field->place, "a field of C cannot be called `%s`, a keyword: rename %s.%s",
		         name, m->message->full_name, field->name);
	else if (ag_name_is_macro(name))
		ag_error(m->diagnostics, field->place,
		         "`%s` is a macro in the system's headers, so a field of C cannot be "
		         "called so: rename %s.%s",
		         name, m->message->full_name, field->name);
	if (!add_member(m, name, what, field->place))
		return;
	if (field->presence == AG_REPEATED)
		add_member(m, ag_format(arena, "n_%s", name), ag_format(arena, "the count of %s", field->name),
		           field->place);
	else if (has_presence_flag(field))
		add_member(m, ag_format(arena, "has_%s", name), ag_format(arena, "the presence of %s", field->name),
		           field->place);
}

static void
check_members(const struct ag_message *message, struct ag_diagnostics *diagnostics)
{
	struct ag_arena *arena = diagnostics->arena;
	struct members m = { .message = message, .diagnostics = diagnostics };

	m.members = ag_alloc_array(arena, 1 + 2 * message->field_count + message->oneof_count, sizeof *m.members);
	add_member(&m, message->base_field, "protobuf-c's own member", message->place);
	for (size_t i = 0; i < message->oneof_count; i++)
		add_member(&m, ag_format(arena, "%s_case", ag_name_lower(arena, message->oneofs[i].name)),
		           ag_format(arena, "the case of the oneof %s", message->oneofs[i].name),
		           message->oneofs[i].place);
	for (size_t i = 0; i < message->field_count; i++)
		add_field_members(&m, &message->fields[i]);
}

static void
check_field(const struct ag_message *message, const struct ag_field *field, struct ag_diagnostics *diagnostics)
{
	const struct ag_file *owner = field->message != NULL       ? field->message->file
	                              : field->enumeration != NULL ? field->enumeration->file
	                                                           : NULL;

	if (field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP)
		ag_error(diagnostics, field->place, "%s.%s is a group, which C code cannot be made of: %s",
		         message->full_name, field->name, "declare a message, and a field of that type");
	if (owner != NULL && !owner->well_known &&
	    strncmp(owner->name, "google/protobuf/", strlen("google/protobuf/")) == 0)
		ag_error(diagnostics, field->place,
		         "%s is not among the well-known types that libactor carries (%s): %s",
		         ag_name_stem(diagnostics->arena, owner->name),
		         "any, duration, empty, field_mask, struct, timestamp, wrappers", "use a message of your own");
}

static void
check_message(const struct ag_message *message, struct ag_diagnostics *diagnostics)
{
	for (size_t i = 0; i < message->field_count; i++)
		check_field(message, &message->fields[i], diagnostics);
	check_members(message, diagnostics);
}

/* ---- services ---- */

static void
check_owner(const struct ag_message *message, struct ag_place place, struct ag_diagnostics *diagnostics)
{
	const char *name = message != NULL ? message->file->name : "";

	if (message != NULL && !message->file->well_known &&
	    strncmp(name, "google/protobuf/", strlen("google/protobuf/")) == 0)
		ag_error(diagnostics, place, "%s is not among the well-known types that libactor carries: %s",
		         message->full_name, "use a message of your own");
}

static void
check_endpoint(const struct ag_endpoint *endpoint, struct ag_diagnostics *diagnostics)
{
	if (endpoint->has_c_name && !ag_name_is_c_name(endpoint->c_name))
		ag_error(diagnostics, endpoint->c_name_place,
		         "\"%s\" cannot be part of a C name: begin with a small letter, go on with small letters, "
		         "digits and "
		         "single underscores",
		         endpoint->c_name);
	else if (strlen(endpoint->c_name) > ENDPOINT_NAME_MAX)
		ag_error(diagnostics, endpoint->place, "the C name of rpc %s is longer than %d: %s", endpoint->name,
		         ENDPOINT_NAME_MAX, "give it a shorter one, option (actor.endpoint).c_name = \"...\"");
	check_owner(endpoint->request, endpoint->place, diagnostics);
	check_owner(endpoint->reply, endpoint->place, diagnostics);
	check_owner(endpoint->item, endpoint->place, diagnostics);
	check_owner(endpoint->started, endpoint->place, diagnostics);
	check_owner(endpoint->send, endpoint->place, diagnostics);
	check_owner(endpoint->receive, endpoint->place, diagnostics);
	for (size_t i = 0; i < endpoint->raise_count; i++)
		check_owner(endpoint->raises[i].message, endpoint->raises[i].place, diagnostics);
}

/* The slots of the ops: endpoints, and the two of the state. */
static void
check_slots(const struct ag_service *service, struct ag_diagnostics *diagnostics)
{
	for (size_t i = 0; i < service->endpoint_count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(service->endpoints[i].c_slot, service->endpoints[k].c_slot) == 0 &&
			    strcmp(service->endpoints[i].c_name, service->endpoints[k].c_name) != 0)
				ag_error(
				    diagnostics, service->endpoints[i].place,
				    "rpc %s and rpc %s would both be `%s` in the ops: give one another name, option "
				    "(actor.endpoint).c_name = \"...\"",
				    service->endpoints[i].name, service->endpoints[k].name,
				    service->endpoints[i].c_slot);
}

/* ---- files ---- */

static bool
has_field_outside_oneofs(const struct ag_file *file)
{
	for (size_t i = 0; i < file->message_count; i++)
		for (size_t k = 0; k < file->messages[i]->field_count; k++)
			if (file->messages[i]->fields[k].oneof == NULL)
				return true;
	return false;
}

static void
check_options(const struct ag_file *file, struct ag_diagnostics *diagnostics)
{
	if (file->editions)
		ag_error(diagnostics, file->place, "editions are not supported, neither here nor by protobuf-c: %s",
		         "write syntax = \"proto3\"; or syntax = \"proto2\";");
	if (file->no_generate)
		ag_error(diagnostics, file->no_generate_place,
		         "(pb_c_file).no_generate leaves %s.actor.h without %s.pb-c.h: remove the option", file->stem,
		         file->stem);
	if (file->use_oneof_field_name && has_field_outside_oneofs(file))
		ag_error(diagnostics, file->use_oneof_field_name_place,
		         "(pb_c_file).use_oneof_field_name crashes protoc-gen-c when a field is in no oneof: remove "
		         "the option");
}

static void
check_file(const struct ag_file *file, struct ag_diagnostics *diagnostics)
{
	check_options(file, diagnostics);
	for (size_t i = 0; i < file->message_count; i++)
		check_message(file->messages[i], diagnostics);
	for (size_t s = 0; s < file->service_count; s++) {
		for (size_t i = 0; i < file->services[s].endpoint_count; i++)
			check_endpoint(&file->services[s].endpoints[i], diagnostics);
		check_slots(&file->services[s], diagnostics);
	}
}

void
ag_check(const struct ag_model *model, struct ag_diagnostics *diagnostics)
{
	for (size_t i = 0; i < model->file_count; i++)
		if (model->files[i].generate)
			check_file(&model->files[i], diagnostics);
	ag_check_symbols(model, diagnostics);
}
