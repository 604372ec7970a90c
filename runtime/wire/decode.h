/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_DECODE_H
#define ACTI_WIRE_DECODE_H

#include <wire/payload.h>

/*
 * Decodes into `room` (aligned to 8), where the message is what comes first.  false: the room is too small, or the
 * guard refuses these bytes; it says which.
 */
bool acti_decode(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                 size_t size, void *room, size_t room_size);

#endif
