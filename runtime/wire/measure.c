/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The check of a message that is about to leave.  Our own code made it, so this finds mistakes, not attacks: what the
 * encoder would follow into nowhere (NULL in an array, a struct that was never initialised, a ring), what it would
 * silently leave out (a oneof whose chosen member is NULL), and what the receiver would refuse.
 *
 * A NULL string or sub-message that is not required is an absent one, as it is to protobuf-c.
 */

#include <base/text.h>
#include <errno.h>
#include <string.h>
#include <wire/payload.h>

#define DEPTH_CEILING 64

/* A message on the way from the root: on the stack, linked upwards. */
struct step {
	const struct step *parent; /* NULL: the root */
	const ProtobufCMessage *message;
	const ProtobufCFieldDescriptor *field; /* that is being looked at */
	size_t index;                          /* of the element, if the field is repeated */
};

struct measure {
	const struct acti_limits *limits;
	struct acti_refusal *refusal;
	size_t depth_max;
	size_t element_count;
};

static bool message_is_good(struct measure *measure, const struct step *parent, const ProtobufCMessage *message,
                            const ProtobufCMessageDescriptor *descriptor, size_t depth);

static void
path_add(struct acti_text *text, const struct step *step)
{
	if (step == NULL)
		return;
	path_add(text, step->parent);
	acti_text_add(text, "%s%s", text->used > 0 ? "." : "", step->field->name);
	if (step->field->label == PROTOBUF_C_LABEL_REPEATED)
		acti_text_add(text, "[%zu]", step->index);
}

/* Gives false, for its caller to return. */
static bool
refuse(struct measure *measure, const struct step *step, const char *what)
{
	struct acti_text text;

	acti_text_init(&text, measure->refusal->text, sizeof measure->refusal->text);
	path_add(&text, step);
	acti_text_add(&text, "%s%s", text.used > 0 ? ": " : "", what);
	return false;
}

static const void *
member_of(const ProtobufCMessage *message, unsigned offset)
{
	return (const char *)message + offset;
}

static bool
string_is_good(struct measure *measure, const struct step *step, const char *text)
{
	return acti_utf8_is_text(text, strlen(text)) || refuse(measure, step, "invalid UTF-8");
}

/* The value of a field that is there, or an element. */
static bool
value_is_good(struct measure *measure, const struct step *step, const void *value, size_t depth)
{
	const ProtobufCBinaryData *bytes = value;
	const void *const *pointer = value;

	switch (step->field->type) {
	case PROTOBUF_C_TYPE_STRING:
		if (*pointer == NULL)
			return refuse(measure, step, "NULL");
		return string_is_good(measure, step, *pointer);
	case PROTOBUF_C_TYPE_MESSAGE:
		if (*pointer == NULL)
			return refuse(measure, step, "NULL");
		return message_is_good(measure, step, *pointer, step->field->descriptor, depth + 1);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes->len == 0 || bytes->data != NULL || refuse(measure, step, "NULL");
	default:
		return true;
	}
}

/* Between the elements of the arrays that value_is_good() looks into; 0: it need not. */
static size_t
stride_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 0;
	}
}

static bool
repeated_is_good(struct measure *measure, struct step *step, size_t depth)
{
	const ProtobufCFieldDescriptor *field = step->field;
	size_t count = *(const size_t *)member_of(step->message, field->quantifier_offset);
	const char *elements = *(const void *const *)member_of(step->message, field->offset);
	size_t stride = stride_of(field->type);

	if (count > 0 && elements == NULL)
		return refuse(measure, step, "NULL");
	if (count > measure->limits->elements_max - measure->element_count)
		return refuse(measure, step, "too many elements");
	measure->element_count += count;
	for (; stride > 0 && step->index < count; step->index++) {
		if (!value_is_good(measure, step, elements + step->index * stride, depth))
			return false;
	}
	return true;
}

static bool
field_is_given(const struct step *step)
{
	const ProtobufCFieldDescriptor *field = step->field;

	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
		return *(const uint32_t *)member_of(step->message, field->quantifier_offset) == field->id;
	if (field->label == PROTOBUF_C_LABEL_REQUIRED)
		return true;
	if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(const void *const *)member_of(step->message, field->offset) != NULL;
	if (field->label == PROTOBUF_C_LABEL_OPTIONAL)
		return *(const protobuf_c_boolean *)member_of(step->message, field->quantifier_offset) != 0;
	return true;
}

static bool
field_is_good(struct measure *measure, struct step *step, size_t depth)
{
	if (step->field->label == PROTOBUF_C_LABEL_REPEATED)
		return repeated_is_good(measure, step, depth);
	return !field_is_given(step) ||
	       value_is_good(measure, step, member_of(step->message, step->field->offset), depth);
}

/* Recursion ends at depth_max, whatever the pointers say. */
static bool
message_is_good(struct measure *measure, const struct step *parent, const ProtobufCMessage *message,
                const ProtobufCMessageDescriptor *descriptor, size_t depth)
{
	struct step step = { .parent = parent, .message = message };

	if (depth > measure->depth_max)
		return refuse(measure, parent, "nested too deeply");
	if (message->descriptor != descriptor)
		return refuse(measure, parent, "another type, or not initialised");
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		step.field = &descriptor->fields[i];
		step.index = 0;
		if (!field_is_good(measure, &step, depth))
			return false;
	}
	return true;
}

int
acti_payload_measure(const struct acti_limits *limits, const ProtobufCMessage *message, size_t *ret_size,
                     struct acti_refusal *reterr_refusal)
{
	struct measure measure = {
		.limits = limits,
		.refusal = reterr_refusal,
		.depth_max = limits->depth_max < DEPTH_CEILING ? limits->depth_max : DEPTH_CEILING,
	};
	size_t size;

	if (message->descriptor == NULL) {
		refuse(&measure, NULL, "another type, or not initialised");
		return -EBADMSG;
	}
	if (!message_is_good(&measure, NULL, message, message->descriptor, 1))
		return -EBADMSG;
	size = protobuf_c_message_get_packed_size(message);
	if (size > limits->message_size_max) {
		refuse(&measure, NULL, "the message is too large");
		return -EBADMSG;
	}
	*ret_size = size;
	return 0;
}
