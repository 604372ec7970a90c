/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_OUT_CONTEXT_H
#define AG_OUT_CONTEXT_H

#include "emit.h"
#include "model.h"

/* What contexts and generators have instead of calls.  Each function is spelt once, for both of the two files. */

enum ag_where {
	AG_IN_HEADER, /* types, comments, declarations */
	AG_IN_SOURCE, /* definitions */
};

/* The handle that the endpoint's function gets; it goes before the ops. */
void ag_emit_context_handle(struct ag_emit *e, const struct ag_endpoint *endpoint);

/* What the endpoint's function calls. */
void ag_emit_context_functions(struct ag_emit *e, const struct ag_endpoint *endpoint, enum ag_where where);

/* What the other side calls.  `note`: what is to be known about every call of this endpoint, or NULL. */
void ag_emit_opener(struct ag_emit *e, const struct ag_endpoint *endpoint, const char *note, enum ag_where where);

#endif
