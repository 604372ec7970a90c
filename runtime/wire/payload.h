/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_PAYLOAD_H
#define ACTI_WIRE_PAYLOAD_H

/*
 * Payloads: the only way to decode is guarded.  protobuf-c's own decoder must not see a peer's bytes unguarded: it
 * recurses as deep as the bytes say, merges repeated sub-messages in quadratic time, takes many times the memory of
 * the input, and lets invalid UTF-8 and embedded NULs through.
 */

#include <base/memory.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <wire/limits.h>

/* Why a payload was refused: the field's path and what is wrong with it, cut to fit. */
struct acti_refusal {
	char text[512]; /* "values[3].note: invalid UTF-8" */
};

/*
 * Guards `bytes` against `descriptor` without recursion and without allocating, then unpacks into one block on
 * `owner`'s list of the pool.  0; -EBADMSG: refused, *reterr_refusal says why; -ENOMEM.
 */
int acti_payload_decode(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                        const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size,
                        void **ret_message, struct acti_refusal *reterr_refusal);

/* The guard alone; *ret_decoded_size bounds what unpacking takes. */
int acti_payload_guard(const struct acti_limits *limits, const ProtobufCMessageDescriptor *descriptor,
                       const void *bytes, size_t size, size_t *ret_decoded_size, struct acti_refusal *reterr_refusal);

/*
 * Checks a message that is about to be sent: strings are UTF-8, required and repeated fields are there, enough depth.
 * 0 and its packed size, or -EBADMSG.
 */
int acti_payload_measure(const struct acti_limits *limits, const ProtobufCMessage *message, size_t *ret_size,
                         struct acti_refusal *reterr_refusal);

/* Well-formed UTF-8 as of RFC 3629, without NUL. */
bool acti_utf8_is_text(const void *bytes, size_t size);

#endif
