/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "check.h"
#include "names.h"
#include "output.h"

/*
 * Every name that the emitted files have at file scope, in one table: protobuf-c's types, functions, macros and
 * enumerators, and ours.  Kinds of names are not told apart (a struct's tag and a function could share one): names
 * that C keeps apart are still confusing, and C++ does not keep all of them apart.
 *
 * Each name has an owner, the thing in the .proto that it comes from.  Two owners that meet are told of once, though
 * they may meet in a dozen names.
 */

struct owner {
	const char *what; /* "message demo.FooBar" */
	struct ag_place place;
	bool generate; /* its file is to be generated; clashes of others are not ours to tell */
	bool is_endpoint;
	bool reported;
};

struct symbol {
	const char *name; /* NULL: a free slot */
	struct owner *owner;
};

struct table {
	struct ag_arena *arena;
	struct ag_diagnostics *diagnostics;
	struct symbol *slots;
	size_t count, capacity; /* a power of two, at most half full */
};

static size_t
hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

static struct symbol *
find_slot(struct symbol *slots, size_t capacity, const char *name)
{
	size_t i = hash(name) & (capacity - 1);

	while (slots[i].name != NULL && strcmp(slots[i].name, name) != 0)
		i = (i + 1) & (capacity - 1);
	return &slots[i];
}

static void
grow(struct table *t)
{
	size_t capacity = t->capacity != 0 ? 2 * t->capacity : 256;
	struct symbol *slots = ag_alloc_array(t->arena, capacity, sizeof *slots);

	for (size_t i = 0; i < t->capacity; i++)
		if (t->slots[i].name != NULL)
			*find_slot(slots, capacity, t->slots[i].name) = t->slots[i];
	t->slots = slots;
	t->capacity = capacity;
}

static void
report(struct table *t, struct owner *owner, struct owner *other, const char *name)
{
	struct owner *blamed = owner->generate && (owner->is_endpoint || !other->is_endpoint) ? owner : other;
	struct owner *rival = blamed == owner ? other : owner;
	const char *where =
	    rival->place.line != 0 ? ag_format(t->arena, " (%s)", ag_place_text(t->arena, rival->place)) : "";

	if (!blamed->generate || owner->reported)
		return;
	owner->reported = true;
	ag_error(t->diagnostics, blamed->place, "the C name %s of %s is taken by %s%s: %s", name, blamed->what,
	         rival->what, where,
	         blamed->is_endpoint ? "give the rpc another one, option (actor.endpoint).c_name = \"...\""
	                             : "rename one of them");
}

static void
add(struct table *t, struct owner *owner, const char *name)
{
	struct symbol *slot;

	if (2 * t->count >= t->capacity)
		grow(t);
	slot = find_slot(t->slots, t->capacity, name);
	if (slot->name == NULL) {
		*slot = (struct symbol){ name, owner };
		t->count++;
	} else if (slot->owner != owner) {
		report(t, owner, slot->owner, name);
	}
}

/* `stem` with each of the suffixes, a NULL-terminated list. */
static void
add_all(struct table *t, struct owner *owner, const char *stem, const char *const *suffixes)
{
	for (; *suffixes != NULL; suffixes++)
		add(t, owner, ag_format(t->arena, "%s%s", stem, *suffixes));
}

static struct owner *
new_owner(struct table *t, const char *kind, const char *name, const struct ag_file *file, struct ag_place place)
{
	struct owner *owner = ag_alloc(t->arena, sizeof *owner);

	owner->what = ag_format(t->arena, "%s %s", kind, name);
	owner->place = place;
	owner->generate = file->generate;
	return owner;
}

/* ---- protobuf-c's ---- */

static void
add_enum(struct table *t, const struct ag_enum *e)
{
	struct owner *owner = new_owner(t, "enum", e->full_name, e->file, e->place);
	const char *upper = ag_name_c_upper(t->arena, e->file, e->full_name);

	add(t, owner, ag_name_c_type(t->arena, e->file, e->full_name));
	add_all(t, owner, ag_name_c_lower(t->arena, e->file, e->full_name),
	        (const char *const[]){ "__descriptor", NULL });
	for (size_t i = 0; i < e->value_count; i++)
		add(t, owner, ag_format(t->arena, "%s__%s", upper, e->values[i].name));
}

static void
add_oneof(struct table *t, struct owner *owner, const struct ag_message *message, const struct ag_oneof *oneof)
{
	const char *upper = ag_format(t->arena, "%s__%s", ag_name_c_upper(t->arena, message->file, message->full_name),
	                              ag_name_upper(t->arena, oneof->name));

	add(t, owner, ag_format(t->arena, "%sCase", ag_name_c_type(t->arena, message->file, oneof->full_name)));
	add(t, owner, ag_format(t->arena, "%s__NOT_SET", upper));
	for (size_t i = 0; i < message->field_count; i++)
		if (message->fields[i].oneof == oneof)
			add(t, owner,
			    ag_format(t->arena, "%s_%s", upper, ag_name_upper(t->arena, message->fields[i].name)));
}

static void
add_message(struct table *t, const struct ag_message *message)
{
	static const char *const functions[] = {
		"__init",   "__get_packed_size", "__pack",       "__pack_to_buffer",
		"__unpack", "__free_unpacked",   "__descriptor", NULL,
	};
	const struct ag_file *file = message->file;
	struct owner *owner = new_owner(t, "message", message->full_name, file, message->place);
	const char *lower = ag_name_c_lower(t->arena, file, message->full_name);

	add_all(t, owner, message->c_type, (const char *const[]){ "", "_Closure", NULL });
	add_all(t, owner, ag_name_c_upper(t->arena, file, message->full_name), (const char *const[]){ "__INIT", NULL });
	add_all(t, owner, lower, functions);
	for (size_t i = 0; i < message->field_count; i++)
		if (message->fields[i].has_default)
			add_all(t, owner,
			        ag_format(t->arena, "%s__%s", lower, ag_name_member(t->arena, message->fields[i].name)),
			        (const char *const[]){ "__default_value", "__default_value_data", NULL });
	for (size_t i = 0; i < message->oneof_count; i++)
		add_oneof(t, owner, message, &message->oneofs[i]);
	if (!file->well_known && ag_has_keyword(message))
		add(t, owner, message->c_keyword);
	add(t, owner, message->c_table);
}

/* ---- ours ---- */

static void
add_endpoint(struct table *t, const struct ag_endpoint *endpoint)
{
	/* Whatever legs it has: one more shall not cost another rpc its name. */
	/* clang-format off */
	static const char *const functions[] = { "_start", "_run_in_actor", "_wait_for_result", NULL };
	static const char *const generators[] = {
		"_context", "_send",
		"_stream", "_open", "_next", "_try_next", "_subscription", "_subscribe", "_subscription_receive", "_close",
		NULL,
	};
	static const char *const contexts[] = {
		"_context", "_started", "_context_send", "_context_close_send", "_context_receive", "_context_try_receive",
		"_context_subscription", "_context_subscribe", "_context_subscription_receive",
		"_dialog", "_open", "_send", "_close_send", "_receive", "_try_receive",
		"_subscription", "_subscribe", "_subscription_receive", "_wait", "_cancel", "_close",
		NULL,
	};
	/* clang-format on */
	struct owner *owner = new_owner(t, "rpc", endpoint->name, endpoint->service->file, endpoint->place);

	owner->is_endpoint = true;
	if (endpoint->has_c_name)
		owner->place = endpoint->c_name_place;
	add_all(t, owner, endpoint->c_symbol, (const char *const[]){ "", "_thunk", "_raises", NULL });
	add_all(t, owner, endpoint->c_symbol,
	        endpoint->kind == AG_FUNCTION    ? functions
	        : endpoint->kind == AG_GENERATOR ? generators
	                                         : contexts);
	add(t, owner, endpoint->c_number);
}

static void
add_service(struct table *t, const struct ag_service *service)
{
	static const char *const verbs[] = {
		"",
		"_service",
		"_state",
		"_ops",
		"_module",
		"_spawn",
		"_endpoints",
		"_state_open",
		"_state_close",
		"_find_actor",
		"_wait_for_actor",
		"_cluster",
		"_cluster_open",
		"_cluster_worker",
		NULL,
	};
	struct owner *owner = new_owner(t, "service", service->full_name, service->file, service->place);

	add_all(t, owner, service->c_prefix, verbs);
	for (size_t i = 0; i < service->raise_count; i++) {
		const struct ag_message *message = service->raises[i].message;
		struct owner *raise =
		    new_owner(t, "raised message", message->full_name, service->file, service->raises[i].place);

		add_all(t, raise, service->c_prefix,
		        (const char *const[]){ ag_format(t->arena, "_raise_%s", message->c_short),
		                               ag_format(t->arena, "_raised_%s", message->c_short), NULL });
	}
	for (size_t i = 0; i < service->endpoint_count; i++)
		add_endpoint(t, &service->endpoints[i]);
}

/* ---- the runtime's ---- */

static bool
starts_like_the_runtime(const char *name)
{
	return strncmp(name, "actor_", 6) == 0 || strncmp(name, "acti_", 5) == 0 || strncmp(name, "ACTOR_", 6) == 0 ||
	       strncmp(name, "ACTI_", 5) == 0;
}

static void
check_prefix(struct table *t, const char *name, const char *what, const char *full_name, struct ag_place place)
{
	if (starts_like_the_runtime(name))
		ag_error(t->diagnostics, place, "the C name %s of %s %s begins as the runtime's own names do: %s", name,
		         what, full_name, "use another package");
}

/* idl/actor/registrar.proto is the runtime's own, so its names are.  It is known by its name, wherever it is found. */
static bool
is_of_the_runtime(const struct ag_file *file)
{
	return strcmp(file->name, "actor/registrar.proto") == 0;
}

/* Without a package, a message may meet what the system's headers have. */
static void
check_system_names(struct table *t, const struct ag_message *message)
{
	static const char *const names[] = {
		"BUFSIZ", "DIR", "EOF",  "FALSE",    "FILE",     "INFINITY", "INT_MAX",  "INT_MIN", "MAX",
		"MIN",    "NAN", "NULL", "RAND_MAX", "SEEK_CUR", "SEEK_END", "SEEK_SET", "TRUE",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(message->c_keyword, names[i]) == 0 || strcmp(message->c_type, names[i]) == 0)
			ag_error(
			    t->diagnostics, message->place,
			    "message %s would be %s in C, which the system's headers have: give the file a package",
			    message->full_name, names[i]);
}

static void
check_runtime_names(struct table *t, const struct ag_file *file)
{
	for (size_t i = 0; i < file->message_count; i++) {
		check_prefix(t, file->messages[i]->c_keyword, "message", file->messages[i]->full_name,
		             file->messages[i]->place);
		check_system_names(t, file->messages[i]);
	}
	for (size_t i = 0; i < file->service_count; i++)
		check_prefix(t, ag_format(t->arena, "%s_", file->services[i].c_prefix), "service",
		             file->services[i].full_name, file->services[i].place);
}

void
ag_check_symbols(const struct ag_model *model, struct ag_diagnostics *diagnostics)
{
	struct table t = { .arena = model->arena, .diagnostics = diagnostics };

	for (size_t f = 0; f < model->file_count; f++) {
		const struct ag_file *file = &model->files[f];

		add(&t, new_owner(&t, "file", file->name, file, file->place), ag_name_guard(t.arena, file->stem));
		for (size_t i = 0; i < file->message_count; i++)
			add_message(&t, file->messages[i]);
		for (size_t i = 0; i < file->enum_count; i++)
			add_enum(&t, file->enums[i]);
	}
	for (size_t f = 0; f < model->file_count; f++) {
		const struct ag_file *file = &model->files[f];

		for (size_t i = 0; i < file->service_count; i++)
			add_service(&t, &file->services[i]);
		if (file->generate && !is_of_the_runtime(file))
			check_runtime_names(&t, file);
	}
}
