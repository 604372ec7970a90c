/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_LOAD_H
#define AG_LOAD_H

#include "model.h"

/* The number of (actor.endpoint), and of the options of protobuf-c. */
enum {
	AG_OPTION_ENDPOINT = 51700,
	AG_OPTION_PROTOBUF_C = 1019
};

/*
 * A request from its bytes.  NULL if they are none: *reterr_reason then says why.  The depth of messages in it is
 * bounded, so whoever walks it may recurse.
 */
ag_request *ag_request_unpack(struct ag_arena *arena, const void *data, size_t size, const char **reterr_reason);

/* The model of `request`, which it borrows.  What does not resolve is in `diagnostics`; then use nothing of it. */
struct ag_model *ag_load(struct ag_arena *arena, ag_request *request, struct ag_diagnostics *diagnostics);

#endif
