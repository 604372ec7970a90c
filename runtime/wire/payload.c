/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <wire/decode.h>
#include <wire/field.h>
#include <wire/guard.h>
#include <wire/payload.h>

/*
 * All of a message comes from one block, which starts with the message itself: to release the message is to release
 * the block.  A small message is decoded at once into a block that most fit.  The guard is asked about the others, and
 * about what was refused.
 */

static int
decode_guarded(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
               const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size, void **ret_message,
               struct acti_refusal *reterr_refusal)
{
	size_t room_size;
	void *room;
	int rc = acti_payload_guard(limits, descriptor, bytes, size, &room_size, reterr_refusal);

	if (rc != 0)
		return rc;
	room_size = acti_rounded(room_size);
	room = acti_pool_allocate(pool, owner, room_size);
	if (room == NULL)
		return -ENOMEM;
	if (!acti_decode(limits, descriptor, bytes, size, room, room_size, false)) {
		/* The guard and the decoder disagree: a mistake of ours, which no peer may make a crash of. */
		acti_pool_release(pool, room);
		strcpy(reterr_refusal->text, "it cannot be decoded");
		return -EBADMSG;
	}
	*ret_message = room;
	return 0;
}

int
acti_payload_decode(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                    const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size, void **ret_message,
                    struct acti_refusal *reterr_refusal)
{
	void *message = acti_payload_decode_small(pool, owner, limits, descriptor, bytes, size);

	if (message == NULL)
		return decode_guarded(pool, owner, limits, descriptor, bytes, size, ret_message, reterr_refusal);
	*ret_message = message;
	return 0;
}
