/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_OPTIONS_H
#define AG_OPTIONS_H

#include "wire.h"

/*
 * The custom option `number` among `options`: its pieces, one behind the other; size 0 when there is none.  That is
 * an encoding of it, but see ag_option_join().  False: the bytes make no sense.
 */
bool ag_option_pieces(struct ag_arena *arena, const ProtobufCMessage *options, uint32_t number,
                      struct ag_bytes *ret_pieces);

/*
 * One encoding of `bytes` in which each singular sub-message stands once, all its pieces joined, and at most one
 * member of each oneof stands, the last.  False: the bytes make no sense.
 */
bool ag_option_join(struct ag_arena *arena, struct ag_bytes bytes, const ProtobufCMessageDescriptor *descriptor,
                    struct ag_bytes *ret_joined);

#endif
