/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "load.h"
#include "process.h"

/*
 * By protoc's rules: what is wrong with the user's files goes into the response, and the exit status is 0; anything
 * else is told on stderr, and the exit status is 1.
 */

typedef Google__Protobuf__Compiler__CodeGeneratorResponse ag_response;
typedef Google__Protobuf__Compiler__CodeGeneratorResponse__File ag_response_file;

static int
fail(const char *what)
{
	fprintf(stderr, "protoc-gen-actor: %s\n", what);
	return 1;
}

static void
add_outputs(struct ag_arena *arena, const struct ag_result *result, ag_response *response)
{
	response->file = ag_alloc_array(arena, result->output_count, sizeof *response->file);
	for (size_t i = 0; i < result->output_count; i++) {
		ag_response_file *file = ag_alloc(arena, sizeof *file);

		google__protobuf__compiler__code_generator_response__file__init(file);
		file->name = (char *)result->outputs[i].name;
		file->content = (char *)result->outputs[i].text;
		response->file[response->n_file++] = file;
	}
}

static int
send_response(struct ag_arena *arena, const ag_response *response)
{
	size_t size = google__protobuf__compiler__code_generator_response__get_packed_size(response);
	uint8_t *bytes = ag_alloc(arena, size);

	google__protobuf__compiler__code_generator_response__pack(response, bytes);
	return ag_write_all(STDOUT_FILENO, bytes, size) == 0 ? 0 : fail(strerror(errno));
}

/* Without the newline at the end, for protoc adds one. */
static char *
without_last_newline(struct ag_arena *arena, const char *text)
{
	size_t length = strlen(text);

	return ag_strndup(arena, text, length > 0 ? length - 1 : 0);
}

static void
answer(struct ag_arena *arena, ag_request *request, ag_response *response)
{
	const char *parameter = request->parameter != NULL ? request->parameter : "";
	struct ag_result result;

	if (parameter[0] != '\0') {
		response->error = ag_format(arena, "protoc-gen-actor has no parameter \"%s\": leave it out", parameter);
		return;
	}
	ag_compile(arena, request, &result);
	if (result.errors[0] != '\0')
		response->error = without_last_newline(arena, result.errors);
	else
		add_outputs(arena, &result, response);
}

static int
run(struct ag_arena *arena)
{
	ag_response response = GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__INIT;
	const char *reason = NULL;
	struct ag_bytes input;
	ag_request *request;

	if (ag_read_all(arena, STDIN_FILENO, &input) != 0)
		return fail(strerror(errno));
	request = ag_request_unpack(arena, input.data, input.size, &reason);
	if (request == NULL)
		return fail(reason);
	response.has_supported_features = true;
	response.supported_features =
	    GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__FEATURE__FEATURE_PROTO3_OPTIONAL;
	if (request->parameter != NULL && strcmp(request->parameter, AG_CAPTURE) == 0) {
		if (ag_write_all(AG_CAPTURE_FD, input.data, input.size) != 0)
			return fail(strerror(errno));
	} else {
		answer(arena, request, &response);
	}
	return send_response(arena, &response);
}

int
ag_plugin_main(void)
{
	struct ag_arena arena = { NULL };
	int status = run(&arena);

	ag_arena_fini(&arena);
	return status;
}
