/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

static int
compare_with_message(const void *name, const void *message)
{
	return strcmp(name, (*(const struct ag_message *const *)message)->full_name);
}

static int
compare_with_enum(const void *name, const void *e)
{
	return strcmp(name, (*(const struct ag_enum *const *)e)->full_name);
}

const struct ag_message *
ag_find_message(const struct ag_model *model, const char *full_name)
{
	const struct ag_message *const *found = bsearch(full_name, model->messages, model->message_count,
	                                                sizeof(struct ag_message *), compare_with_message);

	return found != NULL ? *found : NULL;
}

const struct ag_enum *
ag_find_enum(const struct ag_model *model, const char *full_name)
{
	const struct ag_enum *const *found =
	    bsearch(full_name, model->enums, model->enum_count, sizeof(struct ag_enum *), compare_with_enum);

	return found != NULL ? *found : NULL;
}

static bool
sees_publicly(const struct ag_file *file, const struct ag_file *other)
{
	if (file == other)
		return true;
	for (size_t i = 0; i < file->public_import_count; i++)
		if (sees_publicly(file->imports[i], other))
			return true;
	return false;
}

bool
ag_file_sees(const struct ag_file *file, const struct ag_file *other)
{
	if (file == other)
		return true;
	for (size_t i = 0; i < file->import_count; i++)
		if (sees_publicly(file->imports[i], other))
			return true;
	return false;
}

/* Whether `prefix` is `name`, or some of its leading components. */
static bool
is_within(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

/* Whether something by this name may have members: a message, or a package. */
static bool
is_aggregate(const struct ag_model *model, const struct ag_file *file, const char *name)
{
	const struct ag_message *message = ag_find_message(model, name);

	if (message != NULL)
		return ag_file_sees(file, message->file);
	for (size_t i = 0; i < model->file_count; i++)
		if (ag_file_sees(file, &model->files[i]) && is_within(model->files[i].package, name))
			return true;
	return false;
}

/* The full name that `name` stands for, or NULL.  `scope` is cut down on the way. */
static const char *
look_up(const struct ag_model *model, const struct ag_file *file, char *scope, const char *name)
{
	const char *first = ag_strndup(model->arena, name, strcspn(name, "."));

	for (;;) {
		const char *dot = scope[0] != '\0' ? "." : "";
		const char *full_name = ag_format(model->arena, "%s%s%s", scope, dot, name);
		char *cut = strrchr(scope, '.');

		if (is_aggregate(model, file, ag_format(model->arena, "%s%s%s", scope, dot, first)))
			return full_name;
		if (scope[0] == '\0')
			return NULL;
		*(cut != NULL ? cut : scope) = '\0';
	}
}

const struct ag_message *
ag_resolve_message(const struct ag_model *model, const struct ag_file *file, const char *scope, const char *name,
                   struct ag_place place, const char *what, struct ag_diagnostics *diagnostics)
{
	const char *full_name = name[0] == '.' ? name + 1 : look_up(model, file, ag_strdup(model->arena, scope), name);
	const struct ag_message *message = full_name != NULL ? ag_find_message(model, full_name) : NULL;

	if (message != NULL && !ag_file_sees(file, message->file)) {
		ag_error(diagnostics, place, "%s names %s, which this file does not import: import \"%s\"", what,
		         message->full_name, message->file->name);
		return NULL;
	}
	if (message == NULL)
		ag_error(diagnostics, place, "%s names \"%s\", but there is no such message here: %s", what, name,
		         "write the name of a message of this file or of one that it imports");
	return message;
}

int
ag_message_compare(const void *a, const void *b)
{
	return strcmp((*(const struct ag_message *const *)a)->full_name,
	              (*(const struct ag_message *const *)b)->full_name);
}

int
ag_enum_compare(const void *a, const void *b)
{
	return strcmp((*(const struct ag_enum *const *)a)->full_name, (*(const struct ag_enum *const *)b)->full_name);
}
