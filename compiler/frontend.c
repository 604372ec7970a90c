/* SPDX-License-Identifier: BSD-2-Clause */
#include "frontend.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "files.h"
#include "load.h"
#include "output.h"
#include "plugin.h"
#include "process.h"

/*
 * actorgen, the front end, in order:
 *   1. protoc reads the .proto files, and runs this very program as its plugin, which hands the request over on an
 *      inherited descriptor.  So file names mean what they mean to protoc, and its own errors pass through.
 *   2. The request is compiled to x.actor.[ch].
 *   3. The request is repaired, and protoc-gen-c makes x.pb-c.[ch] of it.
 *   4. All files are written, and at last the depfile and the stamp.
 */

static const char usage[] =
    "usage: actorgen --out DIR [-I DIR]... FILE...\n"
    "\n"
    "Makes x.pb-c.[ch] and x.actor.[ch] of each x.proto.\n"
    "\n"
    "  -o, --out DIR         where the files go; made if it is not there\n"
    "  -I, --proto_path DIR  where .proto files are looked for, in this order; without any, the current folder.\n"
    "                        actor/options.proto and google/protobuf/*.proto are found by themselves\n"
    "      --depfile FILE    writes a rule for make and ninja: the generated files depend on all .proto files read\n"
    "      --stamp FILE      made new on success; it is then the target of that rule\n"
    "      --skeleton        prints a program that implements the services of FILE, to begin with; writes nothing\n"
    "      --dump-model      prints what the .proto files mean, and writes nothing\n"
    "  -h, --help            prints this\n"
    "      --version         prints the version\n"
    "\n"
    "As protoc-gen-actor, or without arguments, it is a plugin of protoc that makes x.actor.[ch] alone.\n";

struct arguments {
	const char *out, *depfile, *stamp;
	bool dump_model, skeleton;
	const char **import_folders; /* the user's, then ours */
	size_t import_count;
	char **files; /* NULL-terminated */
	size_t file_count;
};

struct frontend {
	struct ag_arena arena;
	struct arguments arguments;
	const char *self; /* this program's path */
};

static int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int
fail(const char *format, ...)
{
	va_list args;

	fputs("actorgen: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

/* ---- arguments ---- */

enum {
	OPTION_DEPFILE = 256,
	OPTION_STAMP,
	OPTION_DUMP_MODEL,
	OPTION_SKELETON,
	OPTION_VERSION
};

static const struct option options[] = {
	{ "out", required_argument, NULL, 'o' },
	{ "proto_path", required_argument, NULL, 'I' },
	{ "depfile", required_argument, NULL, OPTION_DEPFILE },
	{ "stamp", required_argument, NULL, OPTION_STAMP },
	{ "dump-model", no_argument, NULL, OPTION_DUMP_MODEL },
	{ "skeleton", no_argument, NULL, OPTION_SKELETON },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* What the command line asks for: to go on, or to end with a status. */
enum {
	GO_ON = -1
};

static int
take_option(struct arguments *a, int option)
{
	switch (option) {
	case 'o':
		a->out = optarg;
		return GO_ON;
	case 'I':
		a->import_folders[a->import_count++] = optarg;
		return GO_ON;
	case OPTION_DEPFILE:
		a->depfile = optarg;
		return GO_ON;
	case OPTION_STAMP:
		a->stamp = optarg;
		return GO_ON;
	case OPTION_DUMP_MODEL:
		a->dump_model = true;
		return GO_ON;
	case OPTION_SKELETON:
		a->skeleton = true;
		return GO_ON;
	case 'h':
		fputs(usage, stdout);
		return 0;
	case OPTION_VERSION:
		puts("actorgen " AG_VERSION);
		return 0;
	default:
		fputs("Try 'actorgen --help'.\n", stderr);
		return 2;
	}
}

static int
check_arguments(const struct arguments *a)
{
	if (a->file_count == 0)
		fail("no .proto file: actorgen %s", a->skeleton ? "--skeleton FILE" : "--out DIR FILE...");
	else if (a->skeleton && a->file_count > 1)
		fail("a skeleton is of one .proto file: actorgen --skeleton FILE");
	else if (a->skeleton && a->out != NULL)
		fail("--skeleton prints, and writes nothing to %s: leave --out away, and say where by > FILE.c",
		     a->out);
	else if (a->skeleton && a->dump_model)
		fail("--skeleton and --dump-model both print: give one of them");
	else if (a->out == NULL && !a->dump_model && !a->skeleton)
		fail("where shall the files go?  actorgen --out DIR FILE...");
	else
		return GO_ON;
	return 2;
}

static int
take_arguments(struct frontend *f, int argc, char **argv)
{
	struct arguments *a = &f->arguments;
	int option, status = GO_ON;

	a->import_folders = ag_alloc_array(&f->arena, (size_t)argc + 2, sizeof *a->import_folders);
	while (status == GO_ON && (option = getopt_long(argc, argv, "o:I:h", options, NULL)) != -1)
		status = take_option(a, option);
	if (status != GO_ON)
		return status;
	a->files = argv + optind;
	a->file_count = (size_t)(argc - optind);
	if (a->import_count == 0)
		a->import_folders[a->import_count++] = ".";
	return check_arguments(a);
}

/* ---- where things are ---- */

static int
find_self(struct frontend *f)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path);

	if (length < 0 || length == sizeof path)
		return fail("cannot tell where this program is: %s", strerror(errno));
	f->self = ag_strndup(&f->arena, path, (size_t)length);
	return 0;
}

/* The folder of actor/options.proto: beside an installed actorgen, or in the source tree of a built one. */
static int
find_idl(struct frontend *f)
{
	const char *prefix = ag_strndup(&f->arena, f->self, (size_t)(strrchr(f->self, '/') - f->self));
	const char *candidates[] = {
		ag_format(&f->arena, "%s/../share/actorgen/idl", prefix),
		AG_SOURCE_IDL,
	};

	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
		if (ag_file_exists(ag_path_join(&f->arena, candidates[i], "actor/options.proto"))) {
			f->arguments.import_folders[f->arguments.import_count++] = candidates[i];
			return 0;
		}
	return fail("actor/options.proto is neither in %s nor in %s: install actorgen again", candidates[0],
	            candidates[1]);
}

/* ---- protoc, and its plugin for C ---- */

static int
run(struct frontend *f, const struct ag_command *command, struct ag_bytes *ret_output)
{
	const char *reason;

	if (ag_run(&f->arena, command, ret_output, &reason) == 0)
		return 0;
	return reason[0] != '\0' ? fail("%s", reason) : -1;
}

static int
capture_request(struct frontend *f, struct ag_bytes *ret_request)
{
	const struct arguments *a = &f->arguments;
	char **argv = ag_alloc_array(&f->arena, a->import_count + a->file_count + 4, sizeof *argv);
	const struct ag_command command = { .argv = argv, .package = "protobuf-compiler", .output_fd = AG_CAPTURE_FD };
	size_t n = 0;

	argv[n++] = ag_strdup(&f->arena, "protoc");
	argv[n++] = ag_format(&f->arena, "--plugin=protoc-gen-actor=%s", f->self);
	argv[n++] = ag_format(&f->arena, "--actor_out=%s:.", AG_CAPTURE);
	for (size_t i = 0; i < a->import_count; i++)
		argv[n++] = ag_format(&f->arena, "-I%s", a->import_folders[i]);
	for (size_t i = 0; i < a->file_count; i++)
		argv[n++] = a->files[i];
	return run(f, &command, ret_request);
}

static struct ag_bytes
pack_request(struct ag_arena *arena, const ag_request *request)
{
	size_t size = google__protobuf__compiler__code_generator_request__get_packed_size(request);
	uint8_t *data = ag_alloc(arena, size);

	google__protobuf__compiler__code_generator_request__pack(request, data);
	return (struct ag_bytes){ data, size };
}

static int
run_protoc_gen_c(struct frontend *f, const ag_request *request,
                 Google__Protobuf__Compiler__CodeGeneratorResponse **ret_response)
{
	char *argv[] = { ag_strdup(&f->arena, "protoc-gen-c"), NULL };
	const struct ag_command command = {
		.argv = argv,
		.package = "protobuf-c-compiler",
		.input = pack_request(&f->arena, request),
		.output_fd = STDOUT_FILENO,
	};
	ProtobufCAllocator allocator = ag_arena_allocator(&f->arena);
	Google__Protobuf__Compiler__CodeGeneratorResponse *response;
	struct ag_bytes output;

	if (run(f, &command, &output) != 0)
		return fail("protoc-gen-c failed on the request");
	response = google__protobuf__compiler__code_generator_response__unpack(&allocator, output.size, output.data);
	if (response == NULL)
		return fail("protoc-gen-c gave no response that can be read: is the one in PATH protobuf-c's?");
	if (response->error != NULL && response->error[0] != '\0')
		return fail("protoc-gen-c: %s", response->error);
	*ret_response = response;
	return 0;
}

/* ---- what is written ---- */

static int
write_output(struct frontend *f, const char *name, const char *text)
{
	const char *path = ag_path_join(&f->arena, f->arguments.out, name);

	if (ag_file_write(&f->arena, path, text) != 0)
		return fail("cannot write %s: %s", path, strerror(errno));
	return 0;
}

/* As make wants it in a rule. */
static void
add_escaped(struct ag_buffer *rule, const char *path)
{
	ag_buffer_add_text(rule, " ");
	for (; *path != '\0'; path++) {
		if (*path == '$')
			ag_buffer_add_text(rule, "$");
		else if (*path == ' ' || *path == '#')
			ag_buffer_add_text(rule, "\\");
		ag_buffer_add(rule, path, 1);
	}
}

/* Where protoc found the file; NULL: in a folder of its own, where nothing changes. */
static const char *
find_source(struct frontend *f, const char *name)
{
	for (size_t i = 0; i < f->arguments.import_count; i++) {
		const char *path = ag_path_join(&f->arena, f->arguments.import_folders[i], name);

		if (ag_file_exists(path))
			return path;
	}
	return NULL;
}

static int
write_depfile(struct frontend *f, const struct ag_result *result, size_t protobuf_c_count,
              const Google__Protobuf__Compiler__CodeGeneratorResponse__File *const *protobuf_c)
{
	const struct arguments *a = &f->arguments;
	struct ag_buffer rule = { .arena = &f->arena };

	if (a->stamp != NULL)
		add_escaped(&rule, a->stamp);
	for (size_t i = 0; a->stamp == NULL && i < protobuf_c_count; i++)
		add_escaped(&rule, ag_path_join(&f->arena, a->out, protobuf_c[i]->name));
	for (size_t i = 0; a->stamp == NULL && i < result->output_count; i++)
		add_escaped(&rule, ag_path_join(&f->arena, a->out, result->outputs[i].name));
	ag_buffer_add_text(&rule, ":");
	for (size_t i = 0; i < result->model->file_count; i++) {
		const char *source = find_source(f, result->model->files[i].name);

		if (source != NULL) {
			ag_buffer_add_text(&rule, " \\\n ");
			add_escaped(&rule, source);
		}
	}
	ag_buffer_add_text(&rule, "\n");
	if (ag_file_write(&f->arena, a->depfile, ag_buffer_text(&rule) + 1) != 0)
		return fail("cannot write %s: %s", a->depfile, strerror(errno));
	return 0;
}

static int
write_all(struct frontend *f, const struct ag_result *result,
          const Google__Protobuf__Compiler__CodeGeneratorResponse *protobuf_c)
{
	const struct arguments *a = &f->arguments;

	for (size_t i = 0; i < protobuf_c->n_file; i++)
		if (write_output(f, protobuf_c->file[i]->name, protobuf_c->file[i]->content) != 0)
			return -1;
	for (size_t i = 0; i < result->output_count; i++)
		if (write_output(f, result->outputs[i].name, result->outputs[i].text) != 0)
			return -1;
	if (a->depfile != NULL &&
	    write_depfile(f, result, protobuf_c->n_file,
	                  (const Google__Protobuf__Compiler__CodeGeneratorResponse__File *const *)protobuf_c->file) !=
	        0)
		return -1;
	if (a->stamp != NULL && ag_file_touch(&f->arena, a->stamp) != 0)
		return fail("cannot write %s: %s", a->stamp, strerror(errno));
	return 0;
}

/* ---- all of it ---- */

static int
generate(struct frontend *f, ag_request *request)
{
	Google__Protobuf__Compiler__CodeGeneratorResponse *protobuf_c = NULL;
	struct ag_result result;

	ag_compile(&f->arena, request, &result);
	fputs(result.errors, stderr);
	if (result.errors[0] != '\0')
		return -1;
	ag_repair(result.model, request);
	if (run_protoc_gen_c(f, request, &protobuf_c) != 0)
		return -1;
	return write_all(f, &result, protobuf_c);
}

static int
dump_model(struct frontend *f, ag_request *request)
{
	struct ag_result result;

	ag_analyse(&f->arena, request, &result);
	fputs(result.errors, stderr);
	if (result.errors[0] != '\0')
		return -1;
	fputs(ag_model_dump(result.model), stdout);
	return 0;
}

static int
print_skeleton(struct frontend *f, ag_request *request)
{
	struct ag_result result;

	ag_analyse(&f->arena, request, &result);
	fputs(result.errors, stderr);
	if (result.errors[0] != '\0')
		return -1;
	for (size_t i = 0; i < result.model->file_count; i++) {
		const struct ag_file *file = &result.model->files[i];

		if (file->generate && file->service_count != 0) {
			fputs(ag_out_skeleton(result.model, file), stdout);
			return 0;
		}
	}
	return fail("%s has no service: there is nothing to implement", f->arguments.files[0]);
}

static int
make(struct frontend *f, ag_request *request)
{
	if (f->arguments.dump_model)
		return dump_model(f, request);
	return f->arguments.skeleton ? print_skeleton(f, request) : generate(f, request);
}

static int
run_all(struct frontend *f)
{
	const char *reason = NULL;
	struct ag_bytes bytes;
	ag_request *request;

	if (find_self(f) != 0 || find_idl(f) != 0 || capture_request(f, &bytes) != 0)
		return 1;
	request = ag_request_unpack(&f->arena, bytes.data, bytes.size, &reason);
	if (request == NULL)
		fail("protoc gave no request that can be read: %s", reason);
	else if (make(f, request) == 0)
		return 0;
	return 1;
}

int
ag_frontend_main(int argc, char **argv)
{
	struct frontend f = { .arena = { NULL } };
	int status = take_arguments(&f, argc, argv);

	if (status == GO_ON)
		status = run_all(&f);
	ag_arena_fini(&f.arena);
	return status;
}
