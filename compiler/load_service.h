/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_LOAD_SERVICE_H
#define AG_LOAD_SERVICE_H

#include "model.h"

/* The services of `file`, when all types of the model are there. */
void ag_load_services(struct ag_model *model, struct ag_file *file, struct ag_diagnostics *diagnostics);

#endif
