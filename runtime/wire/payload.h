/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_PAYLOAD_H
#define ACTI_WIRE_PAYLOAD_H

/*
 * Payloads: protobuf-c's structs and descriptors, and a codec of our own for them.  protobuf-c's decoder must not see
 * a peer's bytes: it recurses as deep as the bytes say, merges repeated sub-messages in quadratic time, takes many
 * times the memory of the input, and lets invalid UTF-8 and embedded NULs through.
 *
 * Whatever the leg, its sender calls acti_message_measure(), and its receiver acti_message_decode().
 */

#include <actor/message.h>
#include <base/memory.h>
#include <os/os.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <wire/limits.h>

/* Why a message was refused: its type, the field's path and what is wrong with it, cut to fit. */
struct acti_refusal {
	char text[512]; /* "demo.Value: values[3].note: expected a value, got NULL" */
};

/*
 * Checks a message of that type which is about to be sent: against its descriptor, the limits, and the type's own check.
 * 0 and its packed size; -EBADMSG: refused, *reterr_refusal says why.
 */
int acti_message_measure(const struct acti_limits *limits, const struct actor_message *type,
                         const ProtobufCMessage *message, size_t *ret_size, struct acti_refusal *reterr_refusal);

/* For the function below: a small message, as most are; NULL: it is none, or has to be refused.  What is left to be done then. */
void *acti_payload_decode_small(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                                const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size);
int acti_message_decode_rest(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                             const struct actor_message *type, const void *bytes, size_t size, void *message,
                             void **ret_message, struct acti_refusal *reterr_refusal);

/*
 * Decodes `bytes` into one block on `owner`'s list of the pool, if they are a message of that type, within the limits,
 * and pass the type's own check.  0; -EBADMSG: refused, *reterr_refusal says why; -ENOMEM.
 */
static inline int
acti_message_decode(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                    const struct actor_message *type, const void *bytes, size_t size, void **ret_message,
                    struct acti_refusal *reterr_refusal)
{
	void *message = acti_payload_decode_small(pool, owner, limits, type->descriptor, bytes, size);

	if (message == NULL || type->check != NULL)
		return acti_message_decode_rest(pool, owner, limits, type, bytes, size, message, ret_message,
		                                reterr_refusal);
	*ret_message = message;
	return 0;
}

/*
 * The same for bytes that lie behind `room` in one block, which then is the message: it begins where the room does
 * (aligned to 8), and its fields of bytes stay where they are.  false: it does not fit, or is refused; the function above
 * says why.
 */
bool acti_message_decode_in_place(const struct acti_limits *limits, const struct actor_message *type, void *room,
                                  size_t room_size, const void *bytes, size_t size);

/* What to add when a message is not of the type that it has to be. */
static inline const char *
acti_message_hint(const ProtobufCMessage *message)
{
	return message != NULL && message->descriptor == NULL ? ", and this is none: it was not initialised" : "";
}

/* An empty message in storage of descriptor->sizeof_message bytes. */
void acti_payload_init(const ProtobufCMessageDescriptor *descriptor, void *message);

/*
 * A message of nothing but a few numbers, of which nothing can be wrong: checked and packed in one go, the last byte just before
 * `end`, in at most so many.  Gives the first byte, or NULL: measure it, and pack it then.
 */
#define ACTI_NUMBERS_SIZE_MAX 128
unsigned char *acti_message_pack_numbers(const struct actor_message *type, const ProtobufCMessage *message,
                                         unsigned char *end);

/* Packs a message that was measured, and not changed since, into the `size` bytes that this gave. */
void acti_payload_pack(const ProtobufCMessage *message, void *place, size_t size);

/*
 * For large messages, which are copied in pieces: long blocks of bytes are left where they are in the message, and their
 * places in the packed form are holes.  acti_payload_pieces() says where `size` bytes from a place in the packed form lie, and in how many pieces.
 */
#define ACTI_HOLES_MAX 8
#define ACTI_HOLE_PIECES_MAX (2 * ACTI_HOLES_MAX + 1)
#define ACTI_HOLE_MIN 4096

struct acti_hole {
	const unsigned char *place;
	const void *bytes;
	size_t size;
};

struct acti_holes {
	size_t count;
	struct acti_hole at[ACTI_HOLES_MAX];
};

void acti_payload_pack_around(const ProtobufCMessage *message, void *place, size_t size, struct acti_holes *ret_holes);
size_t acti_payload_pieces(const unsigned char *from, size_t size, const struct acti_holes *holes,
                           struct acti_piece pieces[static ACTI_HOLE_PIECES_MAX]);

/* Well-formed UTF-8 as of RFC 3629, without NUL. */
bool acti_utf8_is_text(const void *bytes, size_t size);

/* Of what is not: the place of the first byte that does not belong there. */
size_t acti_utf8_fault(const void *bytes, size_t size);
#define ACTI_NO_TEXT "expected UTF-8 without NUL, got the byte 0x%02x at %zu" /* that byte, and its place */

#endif
