/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

/*
 * Custom options, without extensions.
 *
 * protobuf-c cannot declare extensions, so a custom option arrives as unknown fields, and in pieces:
 *
 *     [(x).a = 1, (x).b.c = 2, (x).b.d = 3]
 *
 * is three unknown fields of one number, each a message of its own.  By the rules of the wire format they are
 * to be merged, and the concatenation of encodings is the encoding of the merged message.  protobuf-c's own
 * merge of singular sub-messages (here `b`, twice in the concatenation) loses members of a oneof and rejects
 * valid input, so it must never see one twice: they are joined here first, level by level.
 */

enum {
	DEPTH_MAX = 32
};

static bool join(struct ag_arena *arena, struct ag_bytes bytes, const ProtobufCMessageDescriptor *descriptor, int depth,
                 struct ag_bytes *ret_joined);

static const ProtobufCFieldDescriptor *
field_of(const ProtobufCMessageDescriptor *descriptor, uint32_t number)
{
	return protobuf_c_message_descriptor_get_field(descriptor, number);
}

static bool
is_joinable(const ProtobufCFieldDescriptor *field)
{
	return field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED;
}

/* Members of one oneof share the offset of their case. */
static bool
same_oneof(const ProtobufCFieldDescriptor *a, const ProtobufCFieldDescriptor *b)
{
	return (a->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && (b->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
	       a->quantifier_offset == b->quantifier_offset;
}

/* Whether a later field of `rest` sets another member of the oneof of `field`, which unsets it. */
static bool
is_unset_later(struct ag_bytes rest, const ProtobufCFieldDescriptor *field,
               const ProtobufCMessageDescriptor *descriptor)
{
	struct ag_wire_field next;

	while (ag_wire_next(&rest, &next)) {
		const ProtobufCFieldDescriptor *other = field_of(descriptor, next.number);

		if (other != NULL && other != field && same_oneof(field, other))
			return true;
	}
	return false;
}

/* Joins `first` and all that `rest` has of its number. */
static bool
join_pieces(struct ag_buffer *joined, const struct ag_wire_field *first, struct ag_bytes rest,
            const ProtobufCMessageDescriptor *descriptor, int depth)
{
	struct ag_buffer pieces = { .arena = joined->arena };
	struct ag_wire_field next;
	struct ag_bytes body;

	ag_buffer_add(&pieces, first->body.data, first->body.size);
	while (ag_wire_next(&rest, &next))
		if (next.number == first->number && next.type == 2)
			ag_buffer_add(&pieces, next.body.data, next.body.size);
	if (!join(joined->arena, (struct ag_bytes){ (const uint8_t *)pieces.data, pieces.size }, descriptor, depth - 1,
	          &body))
		return false;
	ag_wire_add(joined, first->number, body);
	return true;
}

static bool
join(struct ag_arena *arena, struct ag_bytes bytes, const ProtobufCMessageDescriptor *descriptor, int depth,
     struct ag_bytes *ret_joined)
{
	struct ag_buffer joined = { .arena = arena };
	bool *done = ag_alloc_array(arena, descriptor->n_fields, sizeof *done);
	struct ag_wire_field next;

	if (depth == 0)
		return false;
	while (ag_wire_next(&bytes, &next)) {
		const ProtobufCFieldDescriptor *field = field_of(descriptor, next.number);

		if (field != NULL && is_unset_later(bytes, field, descriptor))
			continue;
		if (!is_joinable(field) || next.type != 2) {
			ag_buffer_add(&joined, next.all.data, next.all.size);
		} else if (!done[field - descriptor->fields]) {
			done[field - descriptor->fields] = true;
			if (!join_pieces(&joined, &next, bytes, field->descriptor, depth))
				return false;
		}
	}
	*ret_joined = (struct ag_bytes){ (const uint8_t *)joined.data, joined.size };
	return bytes.size == 0;
}

bool
ag_option_join(struct ag_arena *arena, struct ag_bytes bytes, const ProtobufCMessageDescriptor *descriptor,
               struct ag_bytes *ret_joined)
{
	return join(arena, bytes, descriptor, DEPTH_MAX, ret_joined);
}

bool
ag_option_pieces(struct ag_arena *arena, const ProtobufCMessage *options, uint32_t number, struct ag_bytes *ret_pieces)
{
	struct ag_buffer pieces = { .arena = arena };
	struct ag_wire_field piece;

	for (unsigned i = 0; i < options->n_unknown_fields; i++) {
		const ProtobufCMessageUnknownField *field = &options->unknown_fields[i];
		struct ag_buffer whole = { .arena = arena };
		struct ag_bytes bytes;

		if (field->tag != number || field->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
			continue;
		ag_buffer_add(&whole, "\x0a", 1); /* protobuf-c keeps the length but not the tag */
		ag_buffer_add(&whole, field->data, field->len);
		bytes = (struct ag_bytes){ (const uint8_t *)whole.data, whole.size };
		if (!ag_wire_next(&bytes, &piece))
			return false;
		ag_buffer_add(&pieces, piece.body.data, piece.body.size);
	}
	*ret_pieces = (struct ag_bytes){ (const uint8_t *)pieces.data, pieces.size };
	return true;
}
