/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_service.h"

#include <actor/options.pb-c.h>
#include <string.h>

#include "load.h"
#include "names.h"
#include "options.h"
#include "resolve.h"

/*
 * What an rpc is, from its signature and (actor.endpoint):
 *
 *     rpc F(A) returns (R)                          a function
 *     rpc G(A) returns (stream T)                   a generator
 *     rpc C(A) returns (R) { ... context = {} }     a context; legs by the option, request and result by the signature
 *     rpc C(stream A) returns (stream B)            a context; A and B are the legs, no request and no result
 *     rpc U(stream A) returns (R)                   refused: as a context it says what it means
 */

/* Field numbers of descriptor.proto and of actor/options.proto, for paths. */
enum {
	FILE_SERVICE = 6,
	SERVICE_NAME = 1,
	SERVICE_METHOD = 2,
	METHOD_NAME = 1,
	METHOD_INPUT = 2,
	METHOD_OUTPUT = 3,
	METHOD_OPTIONS = 4,
	ENDPOINT_CONTEXT = 1,
	ENDPOINT_RAISES = 2,
	ENDPOINT_C_NAME = 3,
};

struct loading {
	struct ag_model *model;
	struct ag_file *file;
	struct ag_service *service;
	struct ag_diagnostics *diagnostics;
	struct ag_path path; /* of the rpc */
};

static struct ag_place
place_of(const struct loading *l, int32_t field)
{
	struct ag_path path = ag_path_to(&l->path, field);

	return ag_place_of(&l->file->places, &path);
}

/* Of the part of (actor.endpoint) at `field`; of the whole option when it was written in one piece. */
static struct ag_place
option_place(const struct loading *l, int32_t field)
{
	struct ag_path option = ag_path_to(&l->path, METHOD_OPTIONS);
	struct ag_path part;
	struct ag_place place;

	option = ag_path_to(&option, AG_OPTION_ENDPOINT);
	part = ag_path_to(&option, field);
	place = ag_place_of(&l->file->places, &part);
	return place.line != 0 ? place : ag_place_of(&l->file->places, &option);
}

static const Actor__Endpoint *
load_option(const struct loading *l, const Google__Protobuf__MethodOptions *options)
{
	struct ag_arena *arena = l->model->arena;
	ProtobufCAllocator allocator = ag_arena_allocator(arena);
	static const Actor__Endpoint none = ACTOR__ENDPOINT__INIT;
	const Actor__Endpoint *endpoint = NULL;
	struct ag_bytes bytes;

	if (options == NULL)
		return &none;
	if (ag_option_pieces(arena, &options->base, AG_OPTION_ENDPOINT, &bytes) &&
	    ag_option_join(arena, bytes, &actor__endpoint__descriptor, &bytes))
		endpoint = actor__endpoint__unpack(&allocator, bytes.size, bytes.data);
	if (endpoint != NULL)
		return endpoint;
	ag_error(l->diagnostics, place_of(l, METHOD_OPTIONS), "(actor.endpoint) cannot be read: %s",
	         "import \"actor/options.proto\" as it came with this actorgen");
	return &none;
}

static const struct ag_message *
signature_type(const struct loading *l, const char *type_name, int32_t field)
{
	const char *name = type_name == NULL ? "" : type_name[0] == '.' ? type_name + 1 : type_name;
	const struct ag_message *message = ag_find_message(l->model, name);

	if (message == NULL)
		ag_error(l->diagnostics, place_of(l, field), "the type \"%s\" is not in the request", name);
	return message;
}

static const struct ag_message *
leg_type(const struct loading *l, const char *name, int32_t field, const char *what)
{
	if (name == NULL)
		return NULL;
	return ag_resolve_message(l->model, l->file, l->service->full_name, name, option_place(l, field), what,
	                          l->diagnostics);
}

static void
load_context_legs(const struct loading *l, struct ag_endpoint *endpoint, const Actor__Context *context)
{
	endpoint->started = leg_type(l, context->started, ENDPOINT_CONTEXT, "the context's started leg");
	if (context->send != NULL && endpoint->send != NULL)
		ag_error(l->diagnostics, option_place(l, ENDPOINT_CONTEXT),
		         "the signature's `stream %s` is the send leg already: leave `send` out", endpoint->send->name);
	else if (context->send != NULL)
		endpoint->send = leg_type(l, context->send, ENDPOINT_CONTEXT, "the context's send leg");
	if (context->receive != NULL && endpoint->receive != NULL)
		ag_error(l->diagnostics, option_place(l, ENDPOINT_CONTEXT),
		         "the signature's `stream %s` is the receive leg already: leave `receive` out",
		         endpoint->receive->name);
	else if (context->receive != NULL)
		endpoint->receive = leg_type(l, context->receive, ENDPOINT_CONTEXT, "the context's receive leg");
}

static void
load_kind(const struct loading *l, struct ag_endpoint *endpoint, const Google__Protobuf__MethodDescriptorProto *method,
          const Actor__Context *context)
{
	const struct ag_message *input = signature_type(l, method->input_type, METHOD_INPUT);
	const struct ag_message *output = signature_type(l, method->output_type, METHOD_OUTPUT);

	endpoint->kind = context != NULL ? AG_CONTEXT : AG_FUNCTION;
	if (method->client_streaming && method->server_streaming) {
		endpoint->kind = AG_CONTEXT;
		endpoint->send = input;
		endpoint->receive = output;
	} else if (method->server_streaming) {
		endpoint->kind = AG_GENERATOR;
		endpoint->request = input;
		endpoint->item = output;
		if (context != NULL)
			ag_error(l->diagnostics, option_place(l, ENDPOINT_CONTEXT),
			         "%s is a generator by its signature: %s", endpoint->name,
			         "for a context name the stream's type by `receive`, and the result's in returns()");
	} else {
		endpoint->request = input;
		endpoint->reply = output;
	}
	if (method->client_streaming && !method->server_streaming)
		ag_error(
		    l->diagnostics, place_of(l, METHOD_INPUT),
		    "a stream to the endpoint alone is not a kind of endpoint: write a request that is no stream, and "
		    "option (actor.endpoint).context = { send: \"%s\" }",
		    input != NULL ? input->name : "...");
	else if (context != NULL && endpoint->kind == AG_CONTEXT)
		load_context_legs(l, endpoint, context);
}

static void
load_raises(const struct loading *l, struct ag_endpoint *endpoint, const Actor__Endpoint *option)
{
	struct ag_place place = option_place(l, ENDPOINT_RAISES);

	endpoint->raises = ag_alloc_array(l->model->arena, option->n_raises, sizeof *endpoint->raises);
	for (size_t i = 0; i < option->n_raises; i++) {
		const struct ag_message *message =
		    ag_resolve_message(l->model, l->file, l->service->full_name, option->raises[i], place,
		                       "(actor.endpoint).raises", l->diagnostics);
		bool twice = false;

		if (message == NULL)
			continue;
		for (size_t k = 0; k < endpoint->raise_count; k++)
			twice |= endpoint->raises[k].message == message;
		if (twice)
			ag_error(l->diagnostics, place, "%s raises %s twice: name it once", endpoint->name,
			         message->full_name);
		else
			endpoint->raises[endpoint->raise_count++] = (struct ag_raise){ message, place };
	}
}

static void
name_endpoint(const struct loading *l, struct ag_endpoint *endpoint, const Actor__Endpoint *option)
{
	struct ag_arena *arena = l->model->arena;

	endpoint->has_c_name = option->c_name != NULL;
	endpoint->c_name_place = option_place(l, ENDPOINT_C_NAME);
	endpoint->c_name = option->c_name != NULL ? option->c_name : ag_name_endpoint(arena, endpoint->name);
	endpoint->c_slot = ag_name_slot(arena, endpoint->c_name);
	endpoint->c_symbol = ag_name_symbol(arena, l->service->c_prefix, endpoint->c_name);
	endpoint->c_number = ag_name_number(arena, endpoint->c_symbol);
}

static void
load_endpoint(const struct loading *l, const Google__Protobuf__MethodDescriptorProto *method,
              struct ag_endpoint *endpoint)
{
	const Actor__Endpoint *option = load_option(l, method->options);

	endpoint->name = method->name != NULL ? method->name : "";
	endpoint->service = l->service;
	endpoint->place = place_of(l, METHOD_NAME);
	endpoint->comment = ag_comment_of(&l->file->places, &l->path);
	load_kind(l, endpoint, method, option->context);
	load_raises(l, endpoint, option);
	name_endpoint(l, endpoint, option);
}

/* Each type that some endpoint raises, once, where it is first named. */
static void
gather_raises(struct ag_model *model, struct ag_service *service)
{
	size_t most = 0;

	for (size_t i = 0; i < service->endpoint_count; i++)
		most += service->endpoints[i].raise_count;
	service->raises = ag_alloc_array(model->arena, most, sizeof *service->raises);
	for (size_t i = 0; i < service->endpoint_count; i++)
		for (size_t r = 0; r < service->endpoints[i].raise_count; r++) {
			const struct ag_raise *raise = &service->endpoints[i].raises[r];
			bool known = false;

			for (size_t k = 0; k < service->raise_count; k++)
				known |= service->raises[k].message == raise->message;
			if (!known)
				service->raises[service->raise_count++] = *raise;
		}
}

static void
load_service(struct loading *l, const Google__Protobuf__ServiceDescriptorProto *descriptor, size_t index)
{
	const struct ag_path root = { .length = 0 };
	struct ag_path path = ag_path_down(&root, FILE_SERVICE, index);
	struct ag_path name = ag_path_to(&path, SERVICE_NAME);
	struct ag_service *service = l->service;
	struct ag_arena *arena = l->model->arena;
	const char *package = l->file->package;

	service->name = descriptor->name != NULL ? descriptor->name : "";
	service->full_name = ag_format(arena, "%s%s%s", package, package[0] != '\0' ? "." : "", service->name);
	service->file = l->file;
	service->place = ag_place_of(&l->file->places, &name);
	service->comment = ag_comment_of(&l->file->places, &path);
	service->c_prefix = ag_name_prefix(arena, l->file, service->full_name);
	service->c_parameter = ag_name_parameter(arena, service->name);
	service->endpoint_count = descriptor->n_method;
	service->endpoints = ag_alloc_array(arena, service->endpoint_count, sizeof *service->endpoints);
	for (size_t i = 0; i < service->endpoint_count; i++) {
		l->path = ag_path_down(&path, SERVICE_METHOD, i);
		load_endpoint(l, descriptor->method[i], &service->endpoints[i]);
	}
	gather_raises(l->model, service);
}

void
ag_load_services(struct ag_model *model, struct ag_file *file, struct ag_diagnostics *diagnostics)
{
	const ag_file_descriptor *descriptor = file->descriptor;
	struct loading l = { .model = model, .file = file, .diagnostics = diagnostics };

	file->service_count = descriptor->n_service;
	file->services = ag_alloc_array(model->arena, file->service_count, sizeof *file->services);
	for (size_t i = 0; i < file->service_count; i++) {
		l.service = &file->services[i];
		load_service(&l, descriptor->service[i], i);
	}
}
