/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_VISITOR_H
#define TREES_VISITOR_H

#include "visitor.actor.h"

extern const struct trees_visitor_ops visitor_ops;

#endif
