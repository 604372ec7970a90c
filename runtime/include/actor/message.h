/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_MESSAGE_H
#define ACTOR_MESSAGE_H

/*
 * What the runtime knows of a message type.  For emitted code only, and versioned, as actor/generated.h is.  Every leg of an
 * endpoint points to one: request, first value, items each way, result, raised errors.
 */

#include <actor/base.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ACTOR_BEGIN

struct acti_refusal;

/* A field on the way from the leg's message to the value at hand; on the stacks of the checks, linked upwards. */
struct actor_path {
	const struct actor_path *parent; /* the field that holds this message; NULL: it is the leg's */
	const char *field;
	size_t index; /* of the element; ACTOR_NOT_REPEATED */
};

#define ACTOR_NOT_REPEATED SIZE_MAX

struct actor_message {
	const ProtobufCMessageDescriptor *descriptor;

	/*
	 * Whether the message keeps what its type declares beyond what the descriptor says; NULL: nothing is declared.  The
	 * sender of a leg calls it before a byte is sent, and the receiver before the program sees the message.  Either has
	 * held the message against its descriptor by then, in all its depth: required fields, and what an array or a oneof
	 * says that it has, are there; text is UTF-8; and it is not nested too deep to recurse along with it.  At its sender,
	 * any other string or sub-message may be NULL: it is absent.
	 *
	 * `path` is the field that holds the message, NULL for that of the leg.  A nested message is checked by its type's
	 * check, with the path to it.  A check only looks: it awaits nothing, and allocates nothing.
	 *
	 * What breaks a rule is told by acti_refuse_value(); once that gives false the check gives false at once, else true.
	 */
	bool (*check)(const void *message, const struct actor_path *path, struct acti_refusal *refusal);
};

/*
 * "values[3].note: expected at most 10 characters, got 12": the path to the value, what was expected there, and what came
 * instead, which may quote the value.  Gives whether to go on looking.
 */
ACTOR_API bool acti_refuse_value(struct acti_refusal *refusal, const struct actor_path *path, const char *expected,
                                 const char *came, ...) ACTOR_PRINTF(4, 5) ACTOR_MUST_USE;

ACTOR_END
#endif
