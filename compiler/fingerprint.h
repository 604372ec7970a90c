/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_FINGERPRINT_H
#define AG_FINGERPRINT_H

#include "model.h"

/*
 * The contract of a service as canonical text: its endpoints in order, and every message and enum that they reach,
 * sorted by name, with fields sorted by number.  Comments, places, C names, options of other tools, unrelated types and
 * the order of declarations are no part of it.
 */
const char *ag_contract(const struct ag_model *model, const struct ag_service *service);

/* FNV-1a, 64 bits, of the contract. */
uint64_t ag_fingerprint(const struct ag_model *model, const struct ag_service *service);

const char *ag_kind_name(enum ag_kind kind);
const char *ag_presence_name(enum ag_presence presence);
/* "int64"; of messages and enums their full name. */
const char *ag_type_name(const struct ag_field *field);

#endif
