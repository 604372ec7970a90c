/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The check of a message that is about to leave, and its size.  Our own code made it, so this finds mistakes, not
 * attacks: what the encoder would follow into nowhere (NULL in an array, a struct that was never initialised, a ring),
 * what it would silently leave out (a oneof whose chosen member is NULL), and what the receiver would refuse.
 *
 * A NULL string or sub-message that is not required is an absent one, as it is to protobuf-c.
 */

#include <base/text.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <wire/encode.h>

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
	size_t size; /* so far */
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
static bool __attribute__((noinline, cold, format(printf, 3, 4)))
refuse(struct measure *measure, const struct step *step, const char *what, ...)
{
	struct acti_text text;
	va_list arguments;

	acti_text_init(&text, measure->refusal->text, sizeof measure->refusal->text);
	path_add(&text, step);
	if (text.used > 0)
		acti_text_add(&text, ": ");
	va_start(arguments, what);
	acti_text_add_list(&text, what, arguments);
	va_end(arguments);
	return false;
}

static bool __attribute__((noinline, cold))
refuse_text(struct measure *measure, const struct step *step, const char *text, size_t size)
{
	size_t fault = acti_utf8_fault(text, size);

	return refuse(measure, step, ACTI_NO_TEXT, (unsigned char)text[fault], fault);
}

/* ---- values: each adds its size, without the tag ---- */

static bool
string_is_good(struct measure *measure, const struct step *step, const char *text)
{
	size_t length;

	if (text == NULL)
		return refuse(measure, step, "expected a value, got NULL");
	length = strlen(text);
	measure->size += acti_varint_size(length) + length;
	return acti_utf8_is_text(text, length) || refuse_text(measure, step, text, length);
}

static bool
bytes_are_good(struct measure *measure, const struct step *step, const ProtobufCBinaryData *bytes)
{
	measure->size += acti_varint_size(bytes->len) + bytes->len;
	return bytes->len == 0 || bytes->data != NULL || refuse(measure, step, "expected a value, got NULL");
}

static bool
sub_message_is_good(struct measure *measure, const struct step *step, const ProtobufCMessage *message, size_t depth)
{
	size_t before = measure->size;

	if (message == NULL)
		return refuse(measure, step, "expected a value, got NULL");
	if (!message_is_good(measure, step, message, step->field->descriptor, depth + 1))
		return false;
	measure->size += acti_varint_size(measure->size - before);
	return true;
}

static inline bool
value_is_good(struct measure *measure, const struct step *step, const void *value, size_t depth)
{
	switch (step->field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return string_is_good(measure, step, *(const char *const *)value);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_are_good(measure, step, value);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sub_message_is_good(measure, step, *(const ProtobufCMessage *const *)value, depth);
	default:
		measure->size += acti_scalar_size(step->field->type, value);
		return true;
	}
}

/* ---- fields ---- */

/* Numbers only: there is nothing to check. */
static size_t
scalars_size(const ProtobufCFieldDescriptor *field, const char *elements, size_t count)
{
	size_t each = acti_element_size(field->type);
	size_t size = 0;

	if (acti_wire_type_of(field->type) != PROTOBUF_C_WIRE_TYPE_VARINT)
		return count * each;
	for (size_t i = 0; i < count; i++)
		size += acti_scalar_size(field->type, elements + i * each);
	return size;
}

static bool
repeated_is_good(struct measure *measure, struct step *step, size_t depth)
{
	const ProtobufCFieldDescriptor *field = step->field;
	size_t count = *(const size_t *)acti_member_of(step->message, field->quantifier_offset);
	const char *elements = *(const char *const *)acti_member_of(step->message, field->offset);
	size_t each = acti_element_size(field->type);
	size_t size;

	if (count == 0)
		return true;
	if (elements == NULL)
		return refuse(measure, step, "expected a value, got NULL");
	if (count > measure->limits->elements_max - measure->element_count)
		return refuse(measure, step, "expected at most %u elements, got more", measure->limits->elements_max);
	measure->element_count += count;
	if (acti_is_packable(field->type)) {
		size = scalars_size(field, elements, count);
		measure->size += size + ((field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0
		                             ? acti_tag_size(field->id) + acti_varint_size(size)
		                             : acti_tag_size(field->id) * count);
		return true;
	}
	measure->size += acti_tag_size(field->id) * count;
	for (; step->index < count; step->index++)
		if (!value_is_good(measure, step, elements + step->index * each, depth))
			return false;
	return true;
}

static inline bool
field_is_good(struct measure *measure, struct step *step, size_t depth)
{
	const ProtobufCFieldDescriptor *field = step->field;
	const void *value = acti_member_of(step->message, field->offset);

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return repeated_is_good(measure, step, depth);
	if (!acti_field_is_packed(step->message, field)) {
		/* Left out, and that must be what was meant. */
		if (!acti_field_is_chosen(step->message, field))
			return true;
		return *(const void *const *)value != NULL || refuse(measure, step, "expected a value, got NULL");
	}
	measure->size += acti_tag_size(field->id);
	return value_is_good(measure, step, value, depth);
}

static inline size_t
plain_varint_size(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	uint64_t value = acti_varint_of(field->type, acti_member_of(message, field->offset));

	return value != 0 ? acti_tag_size(field->id) + acti_varint_size(value) : 0;
}

/* Recursion ends at depth_max, whatever the pointers say. */
static bool
message_is_good(struct measure *measure, const struct step *parent, const ProtobufCMessage *message,
                const ProtobufCMessageDescriptor *descriptor, size_t depth)
{
	struct step step = { .parent = parent, .message = message };

	if (depth > measure->depth_max)
		return refuse(measure, parent, "expected at most %zu levels, got more", measure->depth_max);
	if (message->descriptor != descriptor)
		return refuse(measure, parent, "expected a %s, got another type, or none", descriptor->name);
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		step.field = &descriptor->fields[i];
		if (acti_is_plain_varint(step.field)) {
			measure->size += plain_varint_size(message, step.field);
			continue;
		}
		step.index = 0;
		if (!field_is_good(measure, &step, depth))
			return false;
	}
	for (unsigned i = 0; i < message->n_unknown_fields; i++)
		measure->size += acti_tag_size(message->unknown_fields[i].tag) + message->unknown_fields[i].len;
	return true;
}

/* Of nothing but numbers, of which nothing can be wrong; SIZE_MAX: there is something else. */
static inline size_t
numbers_size(const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;
	size_t size = 0;

	if (descriptor == NULL || message->n_unknown_fields > 0)
		return SIZE_MAX;
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		if (!acti_is_plain_varint(&descriptor->fields[i]))
			return SIZE_MAX;
		size += plain_varint_size(message, &descriptor->fields[i]);
	}
	return size;
}

static int __attribute__((noinline)) measure_all(const struct acti_limits *limits, const ProtobufCMessage *message,
                                                 size_t *ret_size, struct acti_refusal *reterr_refusal)
{
	struct measure measure = {
		.limits = limits,
		.refusal = reterr_refusal,
		.depth_max = limits->depth_max < ACTI_DEPTH_CEILING ? limits->depth_max : ACTI_DEPTH_CEILING,
	};

	if (message->descriptor == NULL) {
		refuse(&measure, NULL, "expected a message, got one that is not initialised");
		return -EBADMSG;
	}
	if (!message_is_good(&measure, NULL, message, message->descriptor, 1))
		return -EBADMSG;
	if (measure.size > limits->message_size_max) {
		refuse(&measure, NULL, "expected at most %u bytes, got %zu", limits->message_size_max, measure.size);
		return -EBADMSG;
	}
	*ret_size = measure.size;
	return 0;
}

int
acti_payload_measure(const struct acti_limits *limits, const ProtobufCMessage *message, size_t *ret_size,
                     struct acti_refusal *reterr_refusal)
{
	size_t size = numbers_size(message);

	if (size > limits->message_size_max || limits->depth_max == 0)
		return measure_all(limits, message, ret_size, reterr_refusal);
	*ret_size = size;
	return 0;
}
