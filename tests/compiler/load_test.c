/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>

#include "compile.h"
#include "load.h"
#include "wire.h"

/*
 * Requests that this protoc cannot be made to send: of a newer one, or of something that is none.
 */

static struct ag_arena arena;

static void
fini(void)
{
	ag_arena_fini(&arena);
}

TestSuite(load, .fini = fini);

static ag_request *
request_of(ag_file_descriptor *file)
{
	ag_request *request = ag_alloc(&arena, sizeof *request);

	google__protobuf__compiler__code_generator_request__init(request);
	request->proto_file = ag_alloc(&arena, sizeof *request->proto_file);
	request->proto_file[request->n_proto_file++] = file;
	request->file_to_generate = ag_alloc(&arena, sizeof *request->file_to_generate);
	request->file_to_generate[request->n_file_to_generate++] = file->name;
	return request;
}

Test(load, editions_are_refused)
{
	ag_file_descriptor file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
	struct ag_result result;

	file.name = (char *)"a.proto";
	file.syntax = (char *)"editions";
	ag_compile(&arena, request_of(&file), &result);
	cr_assert_str_eq(result.errors,
	                 "a.proto: error: editions are not supported, neither here nor by protobuf-c: write syntax = "
	                 "\"proto3\"; or syntax = \"proto2\";\n");
}

Test(load, a_type_that_is_not_there_is_told)
{
	ag_file_descriptor file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
	Google__Protobuf__DescriptorProto message = GOOGLE__PROTOBUF__DESCRIPTOR_PROTO__INIT;
	Google__Protobuf__FieldDescriptorProto field = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__INIT;
	Google__Protobuf__DescriptorProto *messages[] = { &message };
	Google__Protobuf__FieldDescriptorProto *fields[] = { &field };
	struct ag_result result;

	field.name = (char *)"f";
	field.type = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE;
	field.type_name = (char *)".b.Missing";
	message.name = (char *)"M";
	message.field = fields;
	message.n_field = 1;
	file.name = (char *)"a.proto";
	file.message_type = messages;
	file.n_message_type = 1;
	ag_compile(&arena, request_of(&file), &result);
	cr_assert_str_eq(result.errors, "a.proto: error: the type \".b.Missing\" of M.f is not in the request\n");
}

Test(load, a_file_that_imports_itself_or_later_ones_is_no_trap)
{
	ag_file_descriptor file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
	char *imports[] = { (char *)"a.proto", (char *)"missing.proto" };
	int32_t public_imports[] = { 0, 1, 7, -1 };
	struct ag_result result;

	file.name = (char *)"a.proto";
	file.syntax = (char *)"proto3";
	file.dependency = imports;
	file.n_dependency = 2;
	file.public_dependency = public_imports;
	file.n_public_dependency = 4;
	ag_compile(&arena, request_of(&file), &result);
	cr_assert_str_eq(result.errors, "");
	cr_assert_eq(result.output_count, 2);
}

Test(load, a_request_must_be_one)
{
	const char *reason = NULL;

	cr_assert_null(ag_request_unpack(&arena, "GET / HTTP/1.1", 14, &reason));
	cr_assert_str_eq(
	    reason,
	    "the input is not a CodeGeneratorRequest: let protoc run this plugin, or use actorgen --out DIR FILE...");
	reason = NULL;
	cr_assert_null(ag_request_unpack(&arena, "", 0, &reason));
	cr_assert_str_eq(reason,
	                 "the request has no files: let protoc run this plugin, or use actorgen --out DIR FILE...");
	reason = NULL;
	cr_assert_null(ag_request_unpack(&arena, "\x7a\x00", 2, &reason));
	cr_assert_str_eq(reason, "the request has a file without a name");
}

/* proto_file { message_type { nested_type { nested_type { ... } } } } */
Test(load, a_request_nested_without_end_is_refused)
{
	struct ag_buffer nested = { .arena = &arena };
	const char *reason = NULL;

	for (int i = 0; i < 1000; i++) {
		struct ag_buffer outer = { .arena = &arena };
		uint32_t number = i == 999 ? 15 : i == 998 ? 4 : 3;

		ag_wire_add(&outer, number, (struct ag_bytes){ (const uint8_t *)nested.data, nested.size });
		nested = outer;
	}
	cr_assert_null(ag_request_unpack(&arena, nested.data, nested.size, &reason));
	cr_assert_str_eq(
	    reason,
	    "the input is not a CodeGeneratorRequest: let protoc run this plugin, or use actorgen --out DIR FILE...");
}
