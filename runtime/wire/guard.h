/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_GUARD_H
#define ACTI_WIRE_GUARD_H

#include <wire/payload.h>

/* 0, and *ret_decoded_size is enough room to decode it; -EBADMSG: refused, *reterr_refusal says why. */
int acti_payload_guard(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor,
                       const void *bytes, size_t size, size_t *ret_decoded_size, struct acti_refusal *reterr_refusal);

#endif
