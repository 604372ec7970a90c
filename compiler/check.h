/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_CHECK_H
#define AG_CHECK_H

#include "model.h"

/*
 * The rules that a model must keep for its C to compile and to mean what the .proto says.  Every breach is told.
 * Holds also for a model that did not load cleanly: what is missing there is passed over.
 */
void ag_check(const struct ag_model *model, struct ag_diagnostics *diagnostics);

/* Part of ag_check(): no two things of the emitted files, protobuf-c's and ours, have one name. */
void ag_check_symbols(const struct ag_model *model, struct ag_diagnostics *diagnostics);

#endif
