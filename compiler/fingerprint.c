/* SPDX-License-Identifier: BSD-2-Clause */
#include "fingerprint.h"
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

const char *
ag_kind_name(enum ag_kind kind)
{
	return kind == AG_FUNCTION ? "function" : kind == AG_GENERATOR ? "generator" : "context";
}

const char *
ag_presence_name(enum ag_presence presence)
{
	static const char *const names[] = {
		[AG_IMPLICIT] = "implicit",
		[AG_EXPLICIT] = "explicit",
		[AG_REQUIRED] = "required",
		[AG_REPEATED] = "repeated",
	};

	return names[presence];
}

const char *
ag_type_name(const struct ag_field *field)
{
	static const char *const scalars[] = {
		"?",     "double", "float", "int64",  "uint64", "int32",    "fixed64",  "fixed32", "bool",   "string",
		"group", "?",      "bytes", "uint32", "?",      "sfixed32", "sfixed64", "sint32",  "sint64",
	};

	if (field->message != NULL)
		return field->message->full_name;
	if (field->enumeration != NULL)
		return field->enumeration->full_name;
	return (size_t)field->type < sizeof scalars / sizeof *scalars ? scalars[field->type] : "?";
}

/* The types that a service reaches, each once. */
struct reach {
	const struct ag_message **messages;
	size_t message_count;
	const struct ag_enum **enums;
	size_t enum_count;
};

static void
reach_message(struct reach *r, const struct ag_message *message)
{
	if (message == NULL)
		return;
	for (size_t i = 0; i < r->message_count; i++)
		if (r->messages[i] == message)
			return;
	r->messages[r->message_count++] = message;
}

static void
reach_enum(struct reach *r, const struct ag_enum *e)
{
	for (size_t i = 0; i < r->enum_count; i++)
		if (r->enums[i] == e)
			return;
	r->enums[r->enum_count++] = e;
}

static void
reach_all(struct reach *r, const struct ag_service *service)
{
	for (size_t i = 0; i < service->endpoint_count; i++) {
		const struct ag_endpoint *endpoint = &service->endpoints[i];

		reach_message(r, endpoint->request);
		reach_message(r, endpoint->reply);
		reach_message(r, endpoint->item);
		reach_message(r, endpoint->started);
		reach_message(r, endpoint->send);
		reach_message(r, endpoint->receive);
		for (size_t k = 0; k < endpoint->raise_count; k++)
			reach_message(r, endpoint->raises[k].message);
	}
	for (size_t i = 0; i < r->message_count; i++) /* grows meanwhile */
		for (size_t k = 0; k < r->messages[i]->field_count; k++) {
			reach_message(r, r->messages[i]->fields[k].message);
			if (r->messages[i]->fields[k].enumeration != NULL)
				reach_enum(r, r->messages[i]->fields[k].enumeration);
		}
}

static int
compare_fields(const void *a, const void *b)
{
	int32_t x = (*(const struct ag_field *const *)a)->number, y = (*(const struct ag_field *const *)b)->number;

	return (x > y) - (x < y);
}

static int
compare_values(const void *a, const void *b)
{
	const struct ag_enum_value *x = *(const struct ag_enum_value *const *)a;
	const struct ag_enum_value *y = *(const struct ag_enum_value *const *)b;

	return x->number != y->number ? (x->number > y->number) - (x->number < y->number) : strcmp(x->name, y->name);
}

static void
add_message(struct ag_buffer *text, const struct ag_message *message)
{
	const struct ag_field **fields = ag_alloc_array(text->arena, message->field_count, sizeof(struct ag_field *));

	for (size_t i = 0; i < message->field_count; i++)
		fields[i] = &message->fields[i];
	qsort(fields, message->field_count, sizeof *fields, compare_fields);
	ag_buffer_format(text, "message %s\n", message->full_name);
	for (size_t i = 0; i < message->field_count; i++) {
		const struct ag_oneof *oneof = fields[i]->oneof;

		ag_buffer_format(text, "  %d %s %s %s%s%s\n", fields[i]->number, fields[i]->name,
		                 ag_presence_name(fields[i]->presence), ag_type_name(fields[i]),
		                 oneof != NULL && !oneof->synthetic ? " oneof " : "",
		                 oneof != NULL && !oneof->synthetic ? oneof->name : "");
	}
}

static void
add_enum(struct ag_buffer *text, const struct ag_enum *e)
{
	const struct ag_enum_value **values =
	    ag_alloc_array(text->arena, e->value_count, sizeof(struct ag_enum_value *));

	for (size_t i = 0; i < e->value_count; i++)
		values[i] = &e->values[i];
	qsort(values, e->value_count, sizeof *values, compare_values);
	ag_buffer_format(text, "enum %s\n", e->full_name);
	for (size_t i = 0; i < e->value_count; i++)
		ag_buffer_format(text, "  %d %s\n", values[i]->number, values[i]->name);
}

static void
add_leg(struct ag_buffer *text, const char *leg, const struct ag_message *message)
{
	if (message != NULL)
		ag_buffer_format(text, "  %s %s\n", leg, message->full_name);
}

static void
add_endpoint(struct ag_buffer *text, const struct ag_endpoint *endpoint)
{
	const struct ag_message **raises =
	    ag_alloc_array(text->arena, endpoint->raise_count, sizeof(struct ag_message *));

	ag_buffer_format(text, "%s %s\n", ag_kind_name(endpoint->kind), endpoint->name);
	add_leg(text, "request", endpoint->request);
	add_leg(text, "reply", endpoint->reply);
	add_leg(text, "item", endpoint->item);
	add_leg(text, "started", endpoint->started);
	add_leg(text, "send", endpoint->send);
	add_leg(text, "receive", endpoint->receive);
	for (size_t i = 0; i < endpoint->raise_count; i++)
		raises[i] = endpoint->raises[i].message;
	qsort(raises, endpoint->raise_count, sizeof *raises, ag_message_compare);
	for (size_t i = 0; i < endpoint->raise_count; i++)
		add_leg(text, "raises", raises[i]);
}

const char *
ag_contract(const struct ag_model *model, const struct ag_service *service)
{
	struct ag_buffer text = { .arena = model->arena };
	struct reach r = {
		.messages = ag_alloc_array(model->arena, model->message_count, sizeof(struct ag_message *)),
		.enums = ag_alloc_array(model->arena, model->enum_count, sizeof(struct ag_enum *)),
	};

	reach_all(&r, service);
	qsort(r.messages, r.message_count, sizeof *r.messages, ag_message_compare);
	qsort(r.enums, r.enum_count, sizeof *r.enums, ag_enum_compare);

	ag_buffer_format(&text, "service %s\n", service->full_name);
	for (size_t i = 0; i < service->endpoint_count; i++)
		add_endpoint(&text, &service->endpoints[i]);
	for (size_t i = 0; i < r.message_count; i++)
		add_message(&text, r.messages[i]);
	for (size_t i = 0; i < r.enum_count; i++)
		add_enum(&text, r.enums[i]);
	return ag_buffer_text(&text);
}

uint64_t
ag_fingerprint(const struct ag_model *model, const struct ag_service *service)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *c = ag_contract(model, service); *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	return hash;
}
