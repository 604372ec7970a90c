/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_RESOLVE_H
#define AG_RESOLVE_H

#include "model.h"

/* By full name, without a leading dot; NULL: there is none. */
const struct ag_message *ag_find_message(const struct ag_model *model, const char *full_name);
const struct ag_enum *ag_find_enum(const struct ag_model *model, const char *full_name);

/* Whether `file` may name what `other` declares: itself, its imports, and what those import publicly. */
bool ag_file_sees(const struct ag_file *file, const struct ag_file *other);

/*
 * The message that `name` means in `scope` ("demo.Tree") of `file`, looked up as protoc does: from the innermost
 * scope outwards, and where the first component of the name is found, the rest must be there.  Otherwise NULL, and
 * an error at `place`; `what` tells what the name is for.
 */
const struct ag_message *ag_resolve_message(const struct ag_model *model, const struct ag_file *file, const char *scope,
                                            const char *name, struct ag_place place, const char *what,
                                            struct ag_diagnostics *diagnostics);

/* For qsort(): the order by full name in which messages and enums are looked up. */
int ag_message_compare(const void *a, const void *b);
int ag_enum_compare(const void *a, const void *b);

#endif
