/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <errno.h>
#include <wire/payload.h>

/*
 * protobuf-c asks its allocator many times for one message.  The guard has bounded the sum, so all of it comes from
 * one block, which starts with the message itself: to release the message is to release the block.  What protobuf-c
 * gives back on its way stays in the block.
 */

#define ALIGNMENT 8 /* no field of a protobuf-c struct needs more */

struct bump {
	unsigned char *at, *end;
};

static void *
bump_allocate(void *argument, size_t size)
{
	struct bump *bump = argument;
	unsigned char *bytes = bump->at;

	if (size > (size_t)(bump->end - bump->at))
		return NULL;
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	bump->at = size > (size_t)(bump->end - bump->at) ? bump->end : bump->at + size;
	return bytes;
}

static void
bump_release(void *argument, void *bytes)
{
	(void)argument;
	(void)bytes;
}

int
acti_payload_decode(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                    const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size, void **ret_message,
                    struct acti_refusal *reterr_refusal)
{
	struct bump bump;
	ProtobufCAllocator allocator = { .alloc = bump_allocate, .free = bump_release, .allocator_data = &bump };
	struct acti_text text;
	ProtobufCMessage *message;
	void *block;
	size_t decoded_size;
	int rc = acti_payload_guard(limits, descriptor, bytes, size, &decoded_size, reterr_refusal);

	if (rc != 0)
		return rc;
	bump.at = acti_pool_allocate(pool, owner, decoded_size);
	if (bump.at == NULL)
		return -ENOMEM;
	bump.end = bump.at + decoded_size;
	block = bump.at;
	message = protobuf_c_message_unpack(descriptor, &allocator, size, bytes);
	if (message == NULL) {
		/* Another version of protobuf-c than the guard was written for: refuse, but stand. */
		acti_pool_release(pool, block);
		acti_text_init(&text, reterr_refusal->text, sizeof reterr_refusal->text);
		acti_text_add(&text, "protobuf-c cannot decode it");
		return -EBADMSG;
	}
	*ret_message = message;
	return 0;
}
