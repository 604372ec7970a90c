/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "emit.h"
#include "names.h"
#include "out_context.h"
#include "output.h"

/* ---- the file's frame ---- */

static void
emit_include(struct ag_emit *e, const struct ag_file *owner)
{
	if (owner->well_known)
		ag_emit(e, "#include <$stem$.pb-c.h>\n", "stem", owner->stem, NULL);
	else
		ag_emit(e, "#include \"$stem$.pb-c.h\"\n", "stem", owner->stem, NULL);
}

static void
add_file(const struct ag_file **owners, size_t *count, const struct ag_file *owner)
{
	for (size_t i = 0; i < *count; i++)
		if (owners[i] == owner)
			return;
	owners[(*count)++] = owner;
}

static void
add_user(const struct ag_file **owners, size_t *count, const struct ag_message *message)
{
	if (message != NULL)
		add_file(owners, count, message->file);
}

/* The files of the types that only rpcs name; the file's own header includes the others. */
static void
emit_includes(struct ag_emit *e, const struct ag_model *model, const struct ag_file *file)
{
	const struct ag_file **owners = ag_alloc_array(model->arena, model->file_count, sizeof(struct ag_file *));
	size_t count = 0;

	add_file(owners, &count, file);
	for (size_t s = 0; s < file->service_count; s++) {
		const struct ag_service *service = &file->services[s];

		for (size_t i = 0; i < service->endpoint_count; i++) {
			const struct ag_endpoint *endpoint = &service->endpoints[i];

			add_user(owners, &count, endpoint->request);
			add_user(owners, &count, endpoint->reply);
			add_user(owners, &count, endpoint->item);
			add_user(owners, &count, endpoint->started);
			add_user(owners, &count, endpoint->send);
			add_user(owners, &count, endpoint->receive);
		}
		for (size_t i = 0; i < service->raise_count; i++)
			add_user(owners, &count, service->raises[i].message);
	}
	ag_emit(e, "#include <actor/generated.h>\n", NULL);
	for (size_t i = 0; i < count; i++)
		if (owners[i]->well_known)
			emit_include(e, owners[i]);
	ag_emit(e, "\n", NULL);
	for (size_t i = 0; i < count; i++)
		if (!owners[i]->well_known)
			emit_include(e, owners[i]);
}

static void
emit_head(struct ag_emit *e, const struct ag_model *model, const struct ag_file *file, const char *guard)
{
	ag_emit(e,
	        "/* Emitted by actorgen from $file$.  Edit that file, not this one. */\n"
	        "#ifndef $guard$\n"
	        "#define $guard$\n"
	        "\n",
	        "file", file->name, "guard", guard, NULL);
	emit_includes(e, model, file);
	ag_emit(e,
	        "\n"
	        "#if ACTOR_GENERATED_ABI != 4\n"
	        "#error \"$stem$.actor.h and libactor do not fit: run the actorgen that came with this libactor\"\n"
	        "#endif\n"
	        "\n"
	        "ACTOR_BEGIN\n",
	        "stem", file->stem, NULL);
}

/* ---- messages ---- */

bool
ag_has_keyword(const struct ag_message *message)
{
	if (message->map_entry)
		return false;
	for (size_t i = 0; i < message->field_count; i++) {
		const struct ag_field *field = &message->fields[i];
		bool starts_elsewhere = field->enumeration != NULL && field->presence != AG_REPEATED &&
		                        field->enumeration->value_count > 0 &&
		                        field->enumeration->values[0].number != 0;

		if (field->has_default || starts_elsewhere)
			return false;
	}
	return true;
}

/* On one line when it fits. */
static void
emit_keyword_macro(struct ag_emit *e, const struct ag_message *message)
{
	struct ag_arena *arena = e->text.arena;
	const char *value = ag_format(arena, "(&(const %s){ .%s = PROTOBUF_C_MESSAGE_INIT(&%s), __VA_ARGS__ })",
	                              message->c_type, message->base_field, message->c_descriptor);
	const char *line = ag_format(arena, "#define %s(...) %s", message->c_keyword, value);

	if (strlen(line) <= AG_COLUMNS)
		ag_emit(e, "$line$\n", "line", line, NULL);
	else
		ag_emit(e, "#define $keyword$(...) \\\n\t$value$\n", "keyword", message->c_keyword, "value", value,
		        NULL);
}

static void
emit_keyword(struct ag_emit *e, const struct ag_message *message)
{
	struct ag_arena *arena = e->text.arena;
	const char *note;

	if (message->map_entry)
		return;
	if (ag_has_keyword(message)) {
		emit_keyword_macro(e, message);
		return;
	}
	note = ag_format(arena, "No %s(): initialisers would override the defaults.  Start from %s__INIT.",
	                 message->c_keyword, ag_name_c_upper(arena, message->file, message->full_name));
	ag_emit_comment(e, 0, "", message->place, note);
}

static void
emit_keywords(struct ag_emit *e, const struct ag_file *file)
{
	const char *example = NULL, *note;

	for (size_t i = 0; i < file->message_count && example == NULL; i++)
		if (ag_has_keyword(file->messages[i]))
			example = file->messages[i]->c_keyword;
	if (file->message_count == 0)
		return;
	ag_emit(e, "\n/* ---- messages ---- */\n\n", NULL);
	if (example != NULL) {
		note = ag_format(e->text.arena, "Keyword style: %s(.field = ...) is a pointer to one.  %s", example,
		                 "It lives as long as the block that it is written in.");
		ag_emit_comment(e, 0, "", file->place, note);
		ag_emit(e, "\n", NULL);
	}
	for (size_t i = 0; i < file->message_count; i++)
		emit_keyword(e, file->messages[i]);
}

/* ---- serving ---- */

static void
emit_service(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e, "\n/* ==== $name$ ==== */\n\n", "name", service->full_name, NULL);
	ag_emit_comment(e, 0, service->comment, service->place, "As in `enable` of struct actor_spawn_options.");
	ag_emit(e,
	        "extern const struct actor_service $prefix$_service;\n"
	        "\n"
	        "/* ---- serving ---- */\n"
	        "\n"
	        "struct $prefix$_state; /* yours to define, one per actor; or leave it undefined */\n",
	        "prefix", service->c_prefix, NULL);
}

const char *
ag_raises_text(struct ag_arena *arena, const struct ag_endpoint *endpoint)
{
	struct ag_buffer text = { .arena = arena };

	for (size_t i = 0; i < endpoint->raise_count; i++)
		ag_buffer_format(&text, "%s%s",
		                 i == 0                          ? "May raise "
		                 : i + 1 < endpoint->raise_count ? ", "
		                                                 : " and ",
		                 endpoint->raises[i].message->full_name);
	if (text.size == 0)
		return NULL;
	ag_buffer_add_text(&text, ".");
	return ag_buffer_text(&text);
}

const char *
ag_slot_parameters(struct ag_arena *arena, const struct ag_endpoint *endpoint)
{
	struct ag_buffer text = { .arena = arena };

	ag_buffer_format(&text, "struct %s_state *state", endpoint->service->c_prefix);
	if (endpoint->kind != AG_FUNCTION)
		ag_buffer_format(&text, ", struct %s_context context", endpoint->c_symbol);
	if (endpoint->request != NULL)
		ag_buffer_format(&text, ", const %s *request", endpoint->request->c_type);
	if (endpoint->reply != NULL)
		ag_buffer_format(&text, ", %s *reply", endpoint->reply->c_type);
	return ag_buffer_text(&text);
}

static void
emit_slot(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	struct ag_arena *arena = e->text.arena;
	const char *raises = ag_raises_text(arena, endpoint);

	ag_emit(e, "\n", NULL);
	if (endpoint->comment[0] != '\0' || raises != NULL)
		ag_emit_comment(e, 1, endpoint->comment, endpoint->place, raises);
	ag_emit(e, "\tint (*$slot$)($parameters$);\n", "slot", endpoint->c_slot, "parameters",
	        ag_slot_parameters(arena, endpoint), NULL);
}

static void
emit_ops(struct ag_emit *e, const struct ag_service *service)
{
	for (size_t i = 0; i < service->endpoint_count; i++)
		if (service->endpoints[i].kind != AG_FUNCTION)
			ag_emit_context_handle(e, &service->endpoints[i]);
	ag_emit(e,
	        "\n"
	        "/*\n"
	        " * The implementation: one function per endpoint, run as a task of the actor that serves it.  "
	        "`request` is\n"
	        " * checked, and lives until the function returns; `reply` is initialised, and what it points to by "
	        "then may come\n"
	        " * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may "
	        "be NULL.\n"
	        " */\n"
	        "struct $prefix$_ops {\n"
	        "\t/* Makes and unmakes the actor's state, once per actor; each may be left out. */\n"
	        "\tint (*state_open)(struct $prefix$_state **ret_state);\n"
	        "\tvoid (*state_close)(struct $prefix$_state *state);\n",
	        "prefix", service->c_prefix, NULL);
	for (size_t i = 0; i < service->endpoint_count; i++)
		emit_slot(e, &service->endpoints[i]);
	ag_emit(e,
	        "};\n"
	        "\n"
	        "/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */\n"
	        "static inline struct actor_module\n"
	        "$prefix$_module(const struct $prefix$_ops *ops)\n"
	        "{\n"
	        "\tstruct actor_module module = { &$prefix$_service, ops };\n"
	        "\treturn module;\n"
	        "}\n",
	        "prefix", service->c_prefix, NULL);
}

static void
emit_contexts(struct ag_emit *e, const struct ag_service *service)
{
	bool is_first = true;

	for (size_t i = 0; i < service->endpoint_count; i++)
		if (ag_has_context_functions(&service->endpoints[i])) {
			if (is_first)
				ag_emit(e, "\n/* ---- in the functions of contexts and generators ---- */\n", NULL);
			is_first = false;
			ag_emit_context_functions(e, &service->endpoints[i], AG_IN_HEADER);
		}
}

static void
emit_raise(struct ag_emit *e, const struct ag_service *service, const struct ag_raise *raise)
{
	const struct ag_message *message = raise->message;
	struct ag_arena *arena = e->text.arena;
	const char *about_raise =
	    ag_format(arena, "Fails the endpoint with a %s: `return %s_raise_%s(...)`.  `value` is copied.",
	              message->full_name, service->c_prefix, message->c_short);
	const char *about_raised =
	    ag_format(arena, "The %s that was raised, in the task's memory; NULL if the error is another one, or %s",
	              message->full_name, "its value was lost.");

	ag_emit(e, "\n", NULL);
	ag_emit_comment(e, 0, "", raise->place, about_raise);
	ag_emit(e, "int $prefix$_raise_$short$(const $type$ *value) ACTOR_MUST_USE;\n\n", "prefix", service->c_prefix,
	        "short", message->c_short, "type", message->c_type, NULL);
	ag_emit_comment(e, 0, "", raise->place, about_raised);
	ag_emit(e, "const $type$ *$prefix$_raised_$short$(const struct actor_error *error);\n", "prefix",
	        service->c_prefix, "short", message->c_short, "type", message->c_type, NULL);
}

static void
emit_raises(struct ag_emit *e, const struct ag_service *service)
{
	if (service->raise_count != 0)
		ag_emit(e, "\n/* ---- raising, and telling what was raised ---- */\n", NULL);
	for (size_t i = 0; i < service->raise_count; i++)
		emit_raise(e, service, &service->raises[i]);
}

/* ---- calling ---- */

static void
emit_portal(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e,
	        "\n"
	        "/* ---- calling ---- */\n"
	        "\n"
	        "/* Only an actor that serves a $name$ fits here.  Copy it freely; {0} is nobody. */\n"
	        "struct $prefix$ {\n"
	        "\tstruct actor_portal portal;\n"
	        "};\n"
	        "\n"
	        "/*\n"
	        " * Starts an actor that serves $name$, and only that unless options->enable names more.  It is a "
	        "daemon: cancel it\n"
	        " * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its "
	        "readiness.\n"
	        " */\n"
	        "int $prefix$_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options "
	        "*options, "
	        "struct $prefix$ *ret_$parameter$) ACTOR_AWAITS;\n",
	        "name", service->name, "prefix", service->c_prefix, "parameter", service->c_parameter, NULL);
}

static void
emit_find(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e,
	        "\n"
	        "/*\n"
	        " * The actor called `name`, which must serve $name$: of this tree, or of another one with the same "
	        "registry.\n"
	        " * ACTOR_NOBODY: there is none.  See actor_find().\n"
	        " */\n"
	        "int $prefix$_find_actor(struct actor_nursery *nursery, const char *name, struct $prefix$ "
	        "*ret_$parameter$) ACTOR_AWAITS;\n"
	        "\n"
	        "/* The same, but waits until there is one: see actor_wait_for(). */\n"
	        "int $prefix$_wait_for_actor(struct actor_nursery *nursery, const char *name, struct $prefix$ "
	        "*ret_$parameter$) ACTOR_AWAITS;\n",
	        "name", service->name, "prefix", service->c_prefix, "parameter", service->c_parameter, NULL);
}

/* What is declared in it has names of its own, none after the service: that may be called Cluster or Worker. */
static void
emit_cluster(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(
	    e,
	    "\n"
	    "/* Workers that all serve $name$, as daemons of a nursery of their own. */\n"
	    "struct $prefix$_cluster {\n"
	    "\tstruct actor_cluster cluster;\n"
	    "};\n"
	    "\n"
	    "/*\n"
	    " * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be "
	    "NULL: one for\n"
	    " * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).\n"
	    " */\n"
	    "int $prefix$_cluster_open(const struct actor_cluster_options *options, struct $prefix$_cluster "
	    "*ret_cluster) ACTOR_AWAITS;\n"
	    "\n"
	    "/* One of them; `index` is below cluster->cluster.count. */\n"
	    "static inline struct $prefix$\n"
	    "$prefix$_cluster_worker(const struct $prefix$_cluster *cluster, size_t index)\n"
	    "{\n"
	    "\tstruct $prefix$ worker = { cluster->cluster.portals[index] };\n"
	    "\treturn worker;\n"
	    "}\n",
	    "name", service->name, "prefix", service->c_prefix, NULL);
}

static void
emit_calls(struct ag_emit *e, const struct ag_endpoint *endpoint, const char *raises)
{
	const char *about = "*ret_reply is set on success only, and is the task's, as every received message.";
	const char *note = raises != NULL ? ag_format(e->text.arena, "%s  %s", raises, about) : about;

	ag_emit(e, "\n", NULL);
	ag_emit_comment(e, 0, endpoint->comment, endpoint->place, note);
	ag_emit(
	    e,
	    "int $symbol$(struct $prefix$ $parameter$, const $request$ *request, $reply$ **ret_reply) ACTOR_AWAITS;\n"
	    "\n"
	    "/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. "
	    "*/\n"
	    "int $symbol$_start(struct actor_nursery *nursery, struct $prefix$ $parameter$, const $request$ *request, "
	    "$reply$ **ret_reply) ACTOR_MUST_USE;\n"
	    "\n"
	    "/*\n"
	    " * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: \"$c_name$\"; so "
	    "may `options`.\n"
	    " * Awaits its readiness, not the result.\n"
	    " */\n"
	    "int $symbol$_run_in_actor(struct actor_nursery *nursery, const char *name, "
	    "const struct actor_spawn_options *options, const $request$ *request, struct $prefix$ *ret_$parameter$) "
	    "ACTOR_AWAITS;\n"
	    "\n"
	    "/*\n"
	    " * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at "
	    "once, for a\n"
	    " * portal of $prefix$_spawn(): a daemon has no result.\n"
	    " */\n"
	    "int $symbol$_wait_for_result(struct $prefix$ $parameter$, $reply$ **ret_reply) ACTOR_AWAITS;\n",
	    "symbol", endpoint->c_symbol, "prefix", endpoint->service->c_prefix, "parameter",
	    endpoint->service->c_parameter, "request", endpoint->request->c_type, "reply", endpoint->reply->c_type,
	    "c_name", endpoint->c_name, NULL);
}

static void
emit_endpoint(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	const char *raises = ag_raises_text(e->text.arena, endpoint);

	if (endpoint->kind == AG_FUNCTION)
		emit_calls(e, endpoint, raises);
	else
		ag_emit_opener(e, endpoint, raises, AG_IN_HEADER);
}

const char *
ag_out_header(const struct ag_model *model, const struct ag_file *file)
{
	struct ag_emit e = { .text = { .arena = model->arena } };

	emit_head(&e, model, file, ag_name_guard(model->arena, file->stem));
	emit_keywords(&e, file);
	for (size_t s = 0; s < file->service_count; s++) {
		const struct ag_service *service = &file->services[s];

		emit_service(&e, service);
		emit_ops(&e, service);
		emit_contexts(&e, service);
		emit_raises(&e, service);
		emit_portal(&e, service);
		emit_find(&e, service);
		emit_cluster(&e, service);
		for (size_t i = 0; i < service->endpoint_count; i++)
			emit_endpoint(&e, &service->endpoints[i]);
	}
	ag_emit(&e, "\nACTOR_END\n#endif\n", NULL);
	return ag_buffer_text(&e.text);
}
