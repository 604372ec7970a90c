/* SPDX-License-Identifier: BSD-2-Clause */
#include "emit.h"
#include "out_context.h"
#include "output.h"

/* ---- the types of the legs ---- */

/* Those of a file, each once. */
struct types {
	const struct ag_message **messages;
	size_t count;
};

static void
emit_message(struct ag_emit *e, struct types *types, const struct ag_message *message)
{
	if (message == NULL)
		return;
	for (size_t i = 0; i < types->count; i++)
		if (types->messages[i] == message)
			return;
	types->messages[types->count++] = message;
	ag_emit(e,
	        "\n"
	        "static const struct actor_message $table$ = {\n"
	        "\t.descriptor = &$descriptor$,\n"
	        "};\n",
	        "table", message->c_table, "descriptor", message->c_descriptor, NULL);
}

static void
emit_messages_of(struct ag_emit *e, struct types *types, const struct ag_endpoint *endpoint)
{
	emit_message(e, types, endpoint->request);
	emit_message(e, types, endpoint->reply);
	emit_message(e, types, endpoint->item);
	emit_message(e, types, endpoint->started);
	emit_message(e, types, endpoint->send);
	emit_message(e, types, endpoint->receive);
	for (size_t i = 0; i < endpoint->raise_count; i++)
		emit_message(e, types, endpoint->raises[i].message);
}

static void
emit_messages(struct ag_emit *e, const struct ag_model *model, const struct ag_file *file)
{
	struct types types = {
		.messages = ag_alloc_array(model->arena, model->message_count, sizeof(struct ag_message *)),
	};

	for (size_t s = 0; s < file->service_count; s++)
		for (size_t i = 0; i < file->services[s].endpoint_count; i++)
			emit_messages_of(e, &types, &file->services[s].endpoints[i]);
}

/* ---- tables ---- */

static void
emit_numbers(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e, "\nenum {\n", NULL);
	for (size_t i = 0; i < service->endpoint_count; i++)
		ag_emit(e, "\t$number$,\n", "number", service->endpoints[i].c_number, NULL);
	ag_emit(e, "};\n", NULL);
}

static void
emit_function_thunk(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	ag_emit(e,
	        "\n"
	        "static int\n"
	        "$symbol$_thunk(const void *ops, void *state, struct actor_context context, const void *request, void "
	        "*reply)\n"
	        "{\n"
	        "\tconst struct $prefix$_ops *$parameter$ = ops;\n"
	        "\n"
	        "\t(void)context;\n"
	        "\treturn $parameter$->$slot$(state, request, reply);\n"
	        "}\n",
	        "symbol", endpoint->c_symbol, "prefix", endpoint->service->c_prefix, "parameter",
	        endpoint->service->c_parameter, "slot", endpoint->c_slot, NULL);
}

/* What the slot does not take is ignored. */
static void
emit_context_thunk(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	ag_emit(e,
	        "\n"
	        "static int\n"
	        "$symbol$_thunk(const void *ops, void *state, struct actor_context context, const void *request, void "
	        "*reply)\n"
	        "{\n"
	        "\tconst struct $prefix$_ops *$parameter$ = ops;\n"
	        "\tstruct $symbol$_context typed = { context };\n"
	        "\n"
	        "$ignored$"
	        "\treturn $parameter$->$slot$(state, typed$request$$reply$);\n"
	        "}\n",
	        "symbol", endpoint->c_symbol, "prefix", endpoint->service->c_prefix, "parameter",
	        endpoint->service->c_parameter, "slot", endpoint->c_slot, "ignored",
	        endpoint->request == NULL ? "\t(void)request, (void)reply;\n"
	        : endpoint->reply == NULL ? "\t(void)reply;\n"
	                                  : "",
	        "request", endpoint->request != NULL ? ", request" : "", "reply",
	        endpoint->reply != NULL ? ", reply" : "", NULL);
}

static void
emit_thunk(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	if (endpoint->kind == AG_FUNCTION)
		emit_function_thunk(e, endpoint);
	else
		emit_context_thunk(e, endpoint);
}

static void
emit_raises_table(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	if (endpoint->raise_count == 0)
		return;
	ag_emit(e, "\nstatic const struct actor_message *const $symbol$_raises[] = {\n", "symbol", endpoint->c_symbol,
	        NULL);
	for (size_t i = 0; i < endpoint->raise_count; i++)
		ag_emit(e, "\t&$table$,\n", "table", endpoint->raises[i].message->c_table, NULL);
	ag_emit(e, "\tNULL,\n};\n", NULL);
}

static void
emit_type(struct ag_emit *e, const char *member, const struct ag_message *message)
{
	if (message != NULL)
		ag_emit(e, "\t\t.$member$ = &$table$,\n", "member", member, "table", message->c_table, NULL);
}

/* A generator's items are what its caller receives. */
static void
emit_types(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	emit_type(e, "request", endpoint->request);
	emit_type(e, "reply", endpoint->reply);
	emit_type(e, "started", endpoint->started);
	emit_type(e, "send", endpoint->send);
	emit_type(e, "receive", endpoint->kind == AG_GENERATOR ? endpoint->item : endpoint->receive);
}

static void
emit_row(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	static const char *const kinds[] = {
		[AG_FUNCTION] = "ACTOR_FUNCTION",
		[AG_GENERATOR] = "ACTOR_GENERATOR",
		[AG_CONTEXT] = "ACTOR_CONTEXT",
	};

	ag_emit(e,
	        "\t[$number$] = {\n"
	        "\t\t.name = \"$name$\",\n"
	        "\t\t.op = \"$slot$\",\n"
	        "\t\t.kind = $kind$,\n",
	        "number", endpoint->c_number, "name", endpoint->name, "slot", endpoint->c_slot, "kind",
	        kinds[endpoint->kind], NULL);
	emit_types(e, endpoint);
	if (endpoint->raise_count != 0)
		ag_emit(e, "\t\t.raises = $symbol$_raises,\n", "symbol", endpoint->c_symbol, NULL);
	ag_emit(e,
	        "\t\t.ops_offset = offsetof(struct $prefix$_ops, $slot$),\n"
	        "\t\t.thunk = $symbol$_thunk,\n"
	        "\t},\n",
	        "prefix", endpoint->service->c_prefix, "slot", endpoint->c_slot, "symbol", endpoint->c_symbol, NULL);
}

static void
emit_endpoints(struct ag_emit *e, const struct ag_service *service)
{
	if (service->endpoint_count == 0)
		return;
	emit_numbers(e, service);
	for (size_t i = 0; i < service->endpoint_count; i++) {
		emit_thunk(e, &service->endpoints[i]);
		emit_raises_table(e, &service->endpoints[i]);
	}
	ag_emit(e, "\nstatic const struct actor_endpoint $prefix$_endpoints[] = {\n", "prefix", service->c_prefix,
	        NULL);
	for (size_t i = 0; i < service->endpoint_count; i++)
		emit_row(e, &service->endpoints[i]);
	ag_emit(e, "};\n", NULL);
}

static void
emit_state(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e,
	        "\n"
	        "static int\n"
	        "$prefix$_state_open(const void *ops, void **ret_state)\n"
	        "{\n"
	        "\tconst struct $prefix$_ops *$parameter$ = ops;\n"
	        "\tstruct $prefix$_state *state = NULL;\n"
	        "\tint rc = $parameter$->state_open != NULL ? $parameter$->state_open(&state) : 0;\n"
	        "\n"
	        "\tif (rc == 0)\n"
	        "\t\t*ret_state = state;\n"
	        "\treturn rc;\n"
	        "}\n"
	        "\n"
	        "static void\n"
	        "$prefix$_state_close(const void *ops, void *state)\n"
	        "{\n"
	        "\tconst struct $prefix$_ops *$parameter$ = ops;\n"
	        "\n"
	        "\tif ($parameter$->state_close != NULL)\n"
	        "\t\t$parameter$->state_close(state);\n"
	        "}\n",
	        "prefix", service->c_prefix, "parameter", service->c_parameter, NULL);
}

static void
emit_service(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e,
	        "\n"
	        "const struct actor_service $prefix$_service = {\n"
	        "\t.abi = ACTOR_GENERATED_ABI,\n"
	        "\t.name = \"$name$\",\n"
	        "\t.fingerprint = UINT64_C($fingerprint$),\n",
	        "prefix", service->c_prefix, "name", service->full_name, "fingerprint",
	        ag_format(e->text.arena, "0x%016llx", (unsigned long long)service->fingerprint), NULL);
	if (service->endpoint_count != 0)
		ag_emit(e,
		        "\t.endpoints = $prefix$_endpoints,\n"
		        "\t.endpoint_count = ACTOR_COUNT($prefix$_endpoints),\n",
		        "prefix", service->c_prefix, NULL);
	ag_emit(e,
	        "\t.state_open = $prefix$_state_open,\n"
	        "\t.state_close = $prefix$_state_close,\n"
	        "};\n",
	        "prefix", service->c_prefix, NULL);
}

/* ---- functions ---- */

static void
emit_spawn(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e,
	        "\n"
	        "int\n"
	        "$prefix$_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options "
	        "*options, "
	        "struct $prefix$ *ret_$parameter$)\n"
	        "{\n"
	        "\treturn actor_nursery_spawn(nursery, name, &$prefix$_service, options, &ret_$parameter$->portal);\n"
	        "}\n",
	        "prefix", service->c_prefix, "parameter", service->c_parameter, NULL);
}

static void
emit_find(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(
	    e,
	    "\n"
	    "int\n"
	    "$prefix$_find_actor(struct actor_nursery *nursery, const char *name, struct $prefix$ *ret_$parameter$)\n"
	    "{\n"
	    "\treturn actor_find(nursery, name, &$prefix$_service, &ret_$parameter$->portal);\n"
	    "}\n"
	    "\n"
	    "int\n"
	    "$prefix$_wait_for_actor(struct actor_nursery *nursery, const char *name, struct $prefix$ "
	    "*ret_$parameter$)\n"
	    "{\n"
	    "\treturn actor_wait_for(nursery, name, &$prefix$_service, &ret_$parameter$->portal);\n"
	    "}\n",
	    "prefix", service->c_prefix, "parameter", service->c_parameter, NULL);
}

static void
emit_cluster(struct ag_emit *e, const struct ag_service *service)
{
	ag_emit(e,
	        "\n"
	        "int\n"
	        "$prefix$_cluster_open(const struct actor_cluster_options *options, struct $prefix$_cluster "
	        "*ret_cluster)\n"
	        "{\n"
	        "\treturn acti_cluster_open(&$prefix$_service, options, &ret_cluster->cluster);\n"
	        "}\n",
	        "prefix", service->c_prefix, NULL);
}

/* A message begins with its ProtobufCMessage.  A cast keeps a NULL, which the runtime tells of, as one. */
static void
emit_raise(struct ag_emit *e, const struct ag_service *service, const struct ag_message *message)
{
	ag_emit(e,
	        "\n"
	        "int\n"
	        "$prefix$_raise_$short$(const $type$ *value)\n"
	        "{\n"
	        "\treturn acti_raise((const ProtobufCMessage *)value);\n"
	        "}\n"
	        "\n"
	        "const $type$ *\n"
	        "$prefix$_raised_$short$(const struct actor_error *error)\n"
	        "{\n"
	        "\treturn acti_raised(error, &$table$);\n"
	        "}\n",
	        "prefix", service->c_prefix, "short", message->c_short, "type", message->c_type, "table",
	        message->c_table, NULL);
}

static void
emit_calls(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	ag_emit(
	    e,
	    "\n"
	    "int\n"
	    "$symbol$(struct $prefix$ $parameter$, const $request$ *request, $reply$ **ret_reply)\n"
	    "{\n"
	    "\treturn acti_call($parameter$.portal, &$prefix$_service, $number$, (const ProtobufCMessage *)request, "
	    "ret_reply);\n"
	    "}\n"
	    "\n"
	    "int\n"
	    "$symbol$_start(struct actor_nursery *nursery, struct $prefix$ $parameter$, const $request$ *request, "
	    "$reply$ **ret_reply)\n"
	    "{\n"
	    "\treturn acti_call_start(nursery, $parameter$.portal, &$prefix$_service, $number$, "
	    "(const ProtobufCMessage *)request, ret_reply);\n"
	    "}\n"
	    "\n"
	    "int\n"
	    "$symbol$_run_in_actor(struct actor_nursery *nursery, const char *name, "
	    "const struct actor_spawn_options *options, const $request$ *request, struct $prefix$ *ret_$parameter$)\n"
	    "{\n"
	    "\treturn acti_run_in_actor(nursery, name != NULL ? name : \"$c_name$\", options, &$prefix$_service, "
	    "$number$, (const ProtobufCMessage *)request, &ret_$parameter$->portal);\n"
	    "}\n"
	    "\n"
	    "int\n"
	    "$symbol$_wait_for_result(struct $prefix$ $parameter$, $reply$ **ret_reply)\n"
	    "{\n"
	    "\treturn acti_wait_for_result($parameter$.portal, &$prefix$_service, $number$, ret_reply);\n"
	    "}\n",
	    "symbol", endpoint->c_symbol, "prefix", endpoint->service->c_prefix, "parameter",
	    endpoint->service->c_parameter, "request", endpoint->request->c_type, "reply", endpoint->reply->c_type,
	    "number", endpoint->c_number, "c_name", endpoint->c_name, NULL);
}

static void
emit_endpoint(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	if (endpoint->kind == AG_FUNCTION) {
		emit_calls(e, endpoint);
	} else {
		ag_emit_context_functions(e, endpoint, AG_IN_SOURCE);
		ag_emit_opener(e, endpoint, NULL, AG_IN_SOURCE);
	}
}

const char *
ag_out_source(const struct ag_model *model, const struct ag_file *file)
{
	struct ag_emit e = { .text = { .arena = model->arena } };

	ag_emit(&e,
	        "/* Emitted by actorgen from $file$.  Edit that file, not this one. */\n"
	        "#include \"$stem$.actor.h\"\n",
	        "file", file->name, "stem", file->stem, NULL);
	emit_messages(&e, model, file);
	for (size_t s = 0; s < file->service_count; s++) {
		const struct ag_service *service = &file->services[s];

		emit_endpoints(&e, service);
		emit_state(&e, service);
		emit_service(&e, service);
		emit_spawn(&e, service);
		emit_find(&e, service);
		emit_cluster(&e, service);
		for (size_t i = 0; i < service->raise_count; i++)
			emit_raise(&e, service, service->raises[i].message);
		for (size_t i = 0; i < service->endpoint_count; i++)
			emit_endpoint(&e, &service->endpoints[i]);
	}
	return ag_buffer_text(&e.text);
}
