/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_EMIT_H
#define AG_EMIT_H

#include "diagnostics.h"

enum {
	AG_COLUMNS = 120
};

/*
 * Output as blocks of text with holes, so that the generator looks like what it generates:
 *
 *     ag_emit(e, "int $symbol$(struct $prefix$ $parameter$);\n", "symbol", ..., "prefix", ..., NULL);
 *
 * The holes' names and values follow in pairs, up to a NULL.  A hole without a value aborts: that is a mistake of
 * the generator, never of its user.  A block ends with a newline.  A line of C that outgrows 120 columns is broken
 * behind a comma, and goes on under the bracket that it is in; `ACTOR_...` behind the last bracket may go on too.
 */
struct ag_emit {
	struct ag_buffer text;
};

void ag_emit(struct ag_emit *e, const char *block, ...) __attribute__((sentinel));

/*
 * A comment, indented by `tabs`: what the .proto says (protoc's text of it; may be ""), with its place in brackets,
 * then, as a paragraph of its own, what is to be known about the emitted thing (or NULL).
 */
void ag_emit_comment(struct ag_emit *e, unsigned tabs, const char *text, struct ag_place place, const char *note);

#endif
