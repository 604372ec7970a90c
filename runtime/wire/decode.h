/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_DECODE_H
#define ACTI_WIRE_DECODE_H

#include <wire/payload.h>

/*
 * Decodes `bytes` into one block on `owner`'s list of the pool, if they are a message of that descriptor and within the
 * limits.  0; -EBADMSG: refused, *reterr_refusal says why; -ENOMEM.
 */
int acti_payload_decode(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                        const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size,
                        void **ret_message, struct acti_refusal *reterr_refusal);

/*
 * Decodes into `room` (aligned to 8), where the message is what comes first.  `in_place`: the bytes stay there as long as the
 * message, which may point into them.  false: the room is too small, or the guard refuses these bytes; it says which.
 */
bool acti_decode(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor, const void *bytes,
                 size_t size, void *room, size_t room_size, bool in_place);

#endif
