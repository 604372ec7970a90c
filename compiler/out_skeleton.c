/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "emit.h"
#include "names.h"
#include "output.h"

/*
 * A program that implements all services of a file, for its user to fill in.  It compiles without a warning, and runs:
 * functions give an empty reply, generators one empty item; contexts do with each leg what can be done with it.
 */

struct skeleton {
	struct ag_emit e;
	const struct ag_file *file;
	const char *verb; /* the names of its own functions begin so */
};

/* "serve", unless the stubs' names begin so. */
static const char *
choose_verb(const struct ag_file *file)
{
	for (size_t i = 0; i < file->service_count; i++)
		if (strncmp(file->services[i].c_prefix, "serve", strlen("serve")) == 0)
			return "my";
	return "serve";
}

/* "serve_square"; "serve_demo_tree_square" when the file has several services. */
static const char *
own_name(const struct skeleton *s, const struct ag_service *service, const char *name)
{
	struct ag_arena *arena = s->e.text.arena;

	return s->file->service_count > 1 ? ag_format(arena, "%s_%s_%s", s->verb, service->c_prefix, name)
	                                  : ag_format(arena, "%s_%s", s->verb, name);
}

static void
emit_head(struct skeleton *s)
{
	ag_emit(
	    &s->e,
	    "/* A start for the services of $file$, by actorgen --skeleton.  It is yours: fill in what is TODO. */\n"
	    "#include <stdlib.h>\n"
	    "\n"
	    "#include \"$stem$.actor.h\"\n",
	    "file", s->file->name, "stem", s->file->stem, NULL);
}

static void
emit_state(struct skeleton *s, const struct ag_service *service)
{
	ag_emit(&s->e,
	        "\n"
	        "/* ---- $full_name$ ---- */\n"
	        "\n"
	        "/* One per actor.  Where there is nothing to remember, it can go, with its two functions. */\n"
	        "struct $prefix$_state {\n"
	        "\tchar nothing; /* TODO */\n"
	        "};\n"
	        "\n"
	        "static int\n"
	        "$open$(struct $prefix$_state **ret_state)\n"
	        "{\n"
	        "\tstruct $prefix$_state *state = calloc(1, sizeof *state);\n"
	        "\n"
	        "\tif (state == NULL)\n"
	        "\t\treturn ACTOR_ENOMEM;\n"
	        "\t*ret_state = state;\n"
	        "\treturn 0;\n"
	        "}\n"
	        "\n"
	        "static void\n"
	        "$close$(struct $prefix$_state *state)\n"
	        "{\n"
	        "\tfree(state);\n"
	        "}\n",
	        "full_name", service->full_name, "prefix", service->c_prefix, "open",
	        own_name(s, service, "state_open"), "close", own_name(s, service, "state_close"), NULL);
}

/* ---- endpoints ---- */

static void
emit_message(struct skeleton *s, const char *name, const struct ag_message *message)
{
	const char *upper;

	if (message == NULL)
		return;
	upper = ag_name_c_upper(s->e.text.arena, message->file, message->full_name);
	ag_emit(&s->e, "\tconst $type$ $name$ = $upper$__INIT; /* TODO */\n", "type", message->c_type, "name", name,
	        "upper", upper, NULL);
}

static void
emit_unused(struct skeleton *s, const struct ag_endpoint *endpoint)
{
	bool uses_context = endpoint->kind == AG_FUNCTION || ag_has_context_functions(endpoint);

	ag_emit(&s->e, "\t(void)state$context$$request$$reply$;\n", "context", uses_context ? "" : ", (void)context",
	        "request", endpoint->request != NULL ? ", (void)request" : "", "reply",
	        endpoint->reply != NULL ? ", (void)reply" : "", NULL);
}

static void
emit_plain_body(struct skeleton *s, const struct ag_endpoint *endpoint)
{
	emit_unused(s, endpoint);
	ag_emit(&s->e, "\treturn 0; /* TODO */\n", NULL);
}

static void
emit_generator_body(struct skeleton *s, const struct ag_endpoint *endpoint)
{
	emit_message(s, "item", endpoint->item);
	ag_emit(&s->e, "\n", NULL);
	emit_unused(s, endpoint);
	ag_emit(&s->e, "\treturn $symbol$_send(context, &item);\n", "symbol", endpoint->c_symbol, NULL);
}

/* In the order of the legs: what is first, what comes, what goes. */
static void
emit_context_body(struct skeleton *s, const struct ag_endpoint *endpoint)
{
	const char *symbol = endpoint->c_symbol;

	emit_message(s, "first", endpoint->started);
	emit_message(s, "item", endpoint->receive);
	if (endpoint->send != NULL)
		ag_emit(&s->e, "\t$type$ *received;\n", "type", endpoint->send->c_type, NULL);
	ag_emit(&s->e, "\tint rc = $started$;\n\n", "started",
	        endpoint->started != NULL ? ag_format(s->e.text.arena, "%s_started(context, &first)", symbol) : "0",
	        NULL);
	emit_unused(s, endpoint);
	if (endpoint->send != NULL)
		ag_emit(&s->e,
		        "\twhile (rc == 0) {\n"
		        "\t\trc = $symbol$_context_receive(context, &received);\n"
		        "\t\tif (rc == 0)\n"
		        "\t\t\tactor_free(received); /* TODO */\n"
		        "\t}\n"
		        "\tif (rc == ACTOR_END_OF_STREAM)\n"
		        "\t\trc = 0;\n",
		        "symbol", symbol, NULL);
	if (endpoint->receive != NULL)
		ag_emit(&s->e,
		        "\tif (rc == 0)\n"
		        "\t\trc = $symbol$_context_send(context, &item);\n",
		        "symbol", symbol, NULL);
	ag_emit(&s->e, "\treturn rc;\n", NULL);
}

static void
emit_endpoint(struct skeleton *s, const struct ag_endpoint *endpoint)
{
	struct ag_arena *arena = s->e.text.arena;
	const char *raises = ag_raises_text(arena, endpoint);

	ag_emit(&s->e, "\n", NULL);
	if (endpoint->comment[0] != '\0' || raises != NULL)
		ag_emit_comment(&s->e, 0, endpoint->comment, endpoint->place, raises);
	ag_emit(&s->e,
	        "static int\n"
	        "$name$($parameters$)\n"
	        "{\n",
	        "name", own_name(s, endpoint->service, endpoint->c_name), "parameters",
	        ag_slot_parameters(arena, endpoint), NULL);
	if (endpoint->kind == AG_FUNCTION || !ag_has_context_functions(endpoint))
		emit_plain_body(s, endpoint);
	else if (endpoint->kind == AG_GENERATOR)
		emit_generator_body(s, endpoint);
	else
		emit_context_body(s, endpoint);
	ag_emit(&s->e, "}\n", NULL);
}

static void
emit_ops(struct skeleton *s, const struct ag_service *service)
{
	ag_emit(&s->e,
	        "\n"
	        "static const struct $prefix$_ops $ops$ = {\n"
	        "\t.state_open = $open$,\n"
	        "\t.state_close = $close$,\n",
	        "prefix", service->c_prefix, "ops", own_name(s, service, "ops"), "open",
	        own_name(s, service, "state_open"), "close", own_name(s, service, "state_close"), NULL);
	for (size_t i = 0; i < service->endpoint_count; i++)
		ag_emit(&s->e, "\t.$slot$ = $name$,\n", "slot", service->endpoints[i].c_slot, "name",
		        own_name(s, service, service->endpoints[i].c_name), NULL);
	ag_emit(&s->e, "};\n", NULL);
}

/* ---- the program ---- */

static void
emit_root(struct skeleton *s)
{
	ag_emit(&s->e,
	        "\n"
	        "/* ---- the program ---- */\n"
	        "\n"
	        "/* Runs in the first process. */\n"
	        "static int\n"
	        "root(int argc, char **argv)\n"
	        "{\n"
	        "\tstruct actor_nursery *nursery = NULL;\n",
	        NULL);
	for (size_t i = 0; i < s->file->service_count; i++)
		ag_emit(&s->e, "\tstruct $prefix$ $parameter$;\n", "prefix", s->file->services[i].c_prefix, "parameter",
		        s->file->services[i].c_parameter, NULL);
	ag_emit(&s->e,
	        "\tint rc = actor_nursery_open(&nursery);\n"
	        "\n"
	        "\t(void)argc, (void)argv;\n",
	        NULL);
	for (size_t i = 0; i < s->file->service_count; i++)
		ag_emit(&s->e,
		        "\tif (rc == 0)\n"
		        "\t\trc = $prefix$_spawn(nursery, \"$name$\", NULL, &$parameter$);\n",
		        "prefix", s->file->services[i].c_prefix, "name",
		        ag_format(s->e.text.arena, "%.64s", s->file->services[i].c_parameter), "parameter",
		        s->file->services[i].c_parameter, NULL);
	ag_emit(&s->e,
	        "\t/* TODO: call them */\n"
	        "\tif (rc == 0)\n"
	        "\t\tactor_nursery_cancel(nursery);\n"
	        "\treturn actor_nursery_close(nursery, rc);\n"
	        "}\n",
	        NULL);
}

static void
emit_main(struct skeleton *s)
{
	ag_emit(&s->e,
	        "\n"
	        "int\n"
	        "main(int argc, char **argv)\n"
	        "{\n"
	        "\tconst struct actor_module modules[] = {\n",
	        NULL);
	for (size_t i = 0; i < s->file->service_count; i++)
		ag_emit(&s->e, "\t\t$prefix$_module(&$ops$),\n", "prefix", s->file->services[i].c_prefix, "ops",
		        own_name(s, &s->file->services[i], "ops"), NULL);
	ag_emit(&s->e,
	        "\t};\n"
	        "\tconst struct actor_program program = {\n"
	        "\t\t.modules = modules,\n"
	        "\t\t.module_count = ACTOR_COUNT(modules),\n"
	        "\t\t.root = root,\n"
	        "\t};\n"
	        "\n"
	        "\treturn actor_main(argc, argv, &program);\n"
	        "}\n",
	        NULL);
}

const char *
ag_out_skeleton(const struct ag_model *model, const struct ag_file *file)
{
	struct skeleton s = { .e = { .text = { .arena = model->arena } }, .file = file, .verb = choose_verb(file) };

	emit_head(&s);
	for (size_t i = 0; i < file->service_count; i++) {
		const struct ag_service *service = &file->services[i];

		emit_state(&s, service);
		for (size_t k = 0; k < service->endpoint_count; k++)
			emit_endpoint(&s, &service->endpoints[k]);
		emit_ops(&s, service);
	}
	emit_root(&s);
	emit_main(&s);
	return ag_buffer_text(&s.e.text);
}
