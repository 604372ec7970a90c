/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The two functions that every leg goes through: before its message is sent, and once it has come.  Each holds it against
 * the descriptor first, which makes it safe to look at, and then calls the type's own check, if it has one.
 */

#include <base/text.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wire/decode.h>
#include <wire/encode.h>

#define QUOTE_SIZE 128 /* of what came */

static bool
is_kept(const struct actor_message *type, const void *message, struct acti_refusal *refusal)
{
	return type->check == NULL || type->check(message, NULL, refusal);
}

/* Of a refusal that tells only where in the message, and what. */
static int __attribute__((noinline, cold)) refuse(struct acti_refusal *refusal, const struct actor_message *type)
{
	const struct acti_refusal where = *refusal;

	snprintf(refusal->text, sizeof refusal->text, "%.128s: %.380s", type->descriptor->name, where.text);
	return -EBADMSG;
}

int
acti_message_measure(const struct acti_limits *limits, const struct actor_message *type,
                     const ProtobufCMessage *message, size_t *ret_size, struct acti_refusal *reterr_refusal)
{
	if (acti_payload_measure(limits, message, ret_size, reterr_refusal) != 0 ||
	    !is_kept(type, message, reterr_refusal))
		return refuse(reterr_refusal, type);
	return 0;
}

/* `message` is NULL, or all that is left is its own check. */
int
acti_message_decode_rest(struct acti_pool *pool, struct acti_list *owner, const struct acti_limits *limits,
                         const struct actor_message *type, const void *bytes, size_t size, void *message,
                         void **ret_message, struct acti_refusal *reterr_refusal)
{
	int rc = 0;

	if (message == NULL)
		rc = acti_payload_decode(pool, owner, limits, type->descriptor, bytes, size, &message, reterr_refusal);
	if (rc == -ENOMEM)
		return rc;
	if (rc != 0)
		return refuse(reterr_refusal, type);
	if (!is_kept(type, message, reterr_refusal)) {
		acti_pool_release(pool, message);
		return refuse(reterr_refusal, type);
	}
	*ret_message = message;
	return 0;
}

unsigned char *
acti_message_pack_numbers(const struct actor_message *type, const ProtobufCMessage *message, unsigned char *end)
{
	if (type->check != NULL ||
	    type->descriptor->n_fields > ACTI_NUMBERS_SIZE_MAX / (ACTI_TAG_SIZE_MAX + ACTI_VARINT_SIZE_MAX))
		return NULL;
	return acti_payload_pack_numbers(message, end);
}

bool
acti_message_decode_in_place(const struct acti_limits *limits, const struct actor_message *type, void *room,
                             size_t room_size, const void *bytes, size_t size)
{
	struct acti_refusal refusal;

	return acti_decode(limits, type->descriptor, bytes, size, room, room_size, true) &&
	       is_kept(type, room, &refusal);
}

/* ---- for checks ---- */

static void
path_add(struct acti_text *text, const struct actor_path *path)
{
	if (path == NULL)
		return;
	path_add(text, path->parent);
	acti_text_add(text, "%s%s", text->used > 0 ? "." : "", path->field);
	if (path->index != ACTOR_NOT_REPEATED)
		acti_text_add(text, "[%zu]", path->index);
}

bool
acti_refuse_value(struct acti_refusal *refusal, const struct actor_path *path, const char *expected, const char *came,
                  ...)
{
	char quote[QUOTE_SIZE];
	struct acti_text text;
	va_list arguments;

	va_start(arguments, came);
	vsnprintf(quote, sizeof quote, came, arguments);
	va_end(arguments);
	acti_text_init(&text, refusal->text, sizeof refusal->text);
	path_add(&text, path);
	acti_text_add(&text, "%sexpected %s, got ", text.used > 0 ? ": " : "", expected);
	acti_text_add_escaped(&text, quote);
	return false;
}
