/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Control bodies.  nanopb decodes strings into char arrays without looking at them, and what it leaves does not show
 * how long they were on the wire, so an embedded NUL would cut a name ("good\0evil" reads as "good").  Therefore a
 * first pass walks the bytes along nanopb's own descriptors and looks at each string where it lies.  It leaves every
 * other question (lengths, counts, bounds) to nanopb.  It recurses along the schema, which is two levels deep.
 *
 * Identities in an Error are claims of the peer.  Only one is known: who the connection belongs to.  So that one ends
 * the path, and with an empty path it is the origin, whatever the bytes say.
 */

#include <base/text.h>
#include <pb_common.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>
#include <wire/bytes.h>
#include <wire/control.h>
#include <wire/payload.h>

#define ERROR_PREFIX_SIZE 4
#define FAULTS_MAX ACTOR_COUNT(((actor_wire_Error *)NULL)->faults)
#define WIRE_HOPS_MAX ACTOR_COUNT(((actor_wire_Fault *)NULL)->hops)

_Static_assert(FAULTS_MAX == ACTI_ERROR_MEMBERS_MAX + 1, "a group and its members");
_Static_assert(WIRE_HOPS_MAX == ACTI_ERROR_HOPS_MAX - 1, "the receiver appends one");
_Static_assert(sizeof(((actor_wire_Uid *)NULL)->name) == sizeof(((struct actor_uid *)NULL)->name), "names");

static size_t
body_encode(const pb_msgdesc_t *descriptor, const void *message, unsigned char *body, size_t size)
{
	pb_ostream_t stream = pb_ostream_from_buffer(body, size);

	return pb_encode(&stream, descriptor, message) ? stream.bytes_written : 0;
}

static bool strings_are_text(pb_istream_t *stream, const unsigned char *end, const pb_msgdesc_t *descriptor,
                             void *storage);

/* `stream` is at a length-prefixed field, whose bytes end at `end` less what is left of the stream. */
static bool
field_is_text(pb_istream_t *stream, const unsigned char *end, const pb_field_iter_t *field)
{
	pb_istream_t part;
	const unsigned char *bytes;
	bool good = true;

	if (!pb_make_string_substream(stream, &part))
		return false;
	bytes = end - stream->bytes_left - part.bytes_left;
	if (PB_LTYPE(field->type) == PB_LTYPE_STRING)
		good = acti_utf8_is_text(bytes, part.bytes_left);
	else if (PB_LTYPE(field->type) == PB_LTYPE_SUBMESSAGE)
		good = strings_are_text(&part, bytes + part.bytes_left, field->submsg_desc, field->pField);
	return good && pb_close_string_substream(stream, &part);
}

/* `storage` is where the message will be decoded to; it is not read. */
static bool
strings_are_text(pb_istream_t *stream, const unsigned char *end, const pb_msgdesc_t *descriptor, void *storage)
{
	pb_field_iter_t field;

	while (stream->bytes_left > 0) {
		pb_wire_type_t wire_type;
		uint32_t tag;
		bool at_end;

		if (!pb_decode_tag(stream, &wire_type, &tag, &at_end))
			return false;
		if (wire_type == PB_WT_STRING && pb_field_iter_begin(&field, descriptor, storage) &&
		    pb_field_iter_find(&field, tag)) {
			if (!field_is_text(stream, end, &field))
				return false;
		} else if (!pb_skip_field(stream, wire_type)) {
			return false;
		}
	}
	return true;
}

static bool
body_decode(const pb_msgdesc_t *descriptor, void *ret_message, const void *body, size_t size)
{
	pb_istream_t first = pb_istream_from_buffer(body, size);
	pb_istream_t second = pb_istream_from_buffer(body, size);

	return strings_are_text(&first, (const unsigned char *)body + size, descriptor, ret_message) &&
	       pb_decode(&second, descriptor, ret_message);
}

/* Identities */

static bool
is_name_character(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9') || character == '.' || character == '_' || character == '-';
}

bool
acti_name_is_valid(const char *name)
{
	size_t size = 0;

	for (; name[size] != '\0'; size++) {
		if (size == sizeof(((struct actor_uid *)NULL)->name) - 1 || !is_name_character(name[size]))
			return false;
	}
	return size > 0;
}

void
acti_uid_to_wire(const struct actor_uid *uid, actor_wire_Uid *ret_wire)
{
	memcpy(ret_wire->name, uid->name, sizeof ret_wire->name);
	memcpy(ret_wire->uuid, uid->uuid, sizeof ret_wire->uuid);
}

bool
acti_uid_from_wire(const actor_wire_Uid *wire, struct actor_uid *ret_uid)
{
	if (!acti_name_is_valid(wire->name))
		return false;
	memcpy(ret_uid->name, wire->name, sizeof ret_uid->name);
	memcpy(ret_uid->uuid, wire->uuid, sizeof ret_uid->uuid);
	return true;
}

/* A uuid that was left out is all zero. */
static bool
uid_is_valid(const actor_wire_Uid *wire)
{
	static const unsigned char none[sizeof wire->uuid];

	return acti_name_is_valid(wire->name) && memcmp(wire->uuid, none, sizeof none) != 0;
}

static bool
optional_uid_is_valid(bool has, const actor_wire_Uid *wire)
{
	return !has || acti_name_is_valid(wire->name);
}

/* Hello, SpawnSpec, Cancel */

size_t
acti_hello_encode(const actor_wire_Hello *hello, unsigned char *body, size_t size)
{
	return body_encode(actor_wire_Hello_fields, hello, body, size);
}

bool
acti_hello_decode(actor_wire_Hello *ret_hello, const void *body, size_t size)
{
	return body_decode(actor_wire_Hello_fields, ret_hello, body, size) && ret_hello->has_uid &&
	       uid_is_valid(&ret_hello->uid);
}

size_t
acti_spawn_spec_encode(const actor_wire_SpawnSpec *spec, unsigned char *body, size_t size)
{
	return body_encode(actor_wire_SpawnSpec_fields, spec, body, size);
}

bool
acti_spawn_spec_decode(actor_wire_SpawnSpec *ret_spec, const void *body, size_t size)
{
	return body_decode(actor_wire_SpawnSpec_fields, ret_spec, body, size) && ret_spec->has_uid &&
	       uid_is_valid(&ret_spec->uid) && optional_uid_is_valid(ret_spec->has_root, &ret_spec->root);
}

size_t
acti_cancel_encode(const actor_wire_Cancel *cancel, unsigned char *body, size_t size)
{
	return body_encode(actor_wire_Cancel_fields, cancel, body, size);
}

bool
acti_cancel_decode(actor_wire_Cancel *ret_cancel, const void *body, size_t size)
{
	return body_decode(actor_wire_Cancel_fields, ret_cancel, body, size) &&
	       optional_uid_is_valid(ret_cancel->has_canceller, &ret_cancel->canceller);
}

/* Error, outgoing */

/* Our own texts come from anywhere (a user's format, a file name); what is not UTF-8 in them must not leave us. */
static void
text_to_wire(char *to, const char *from)
{
	size_t left = strlen(from);
	uint32_t character;

	while (left > 0) {
		size_t size = acti_utf8_character(from, left, &character);

		if (size == 0) {
			size = 1;
			*to = '?';
		} else {
			memcpy(to, from, size);
		}
		to += size;
		from += size;
		left -= size;
	}
	*to = '\0';
}

/* A full path loses the hop after its first, since the receiver appends one. */
static void
path_to_wire(const struct actor_error *error, actor_wire_Fault *fault)
{
	size_t skipped = error->hop_count > WIRE_HOPS_MAX ? error->hop_count - WIRE_HOPS_MAX : 0;

	fault->hops_count = 0;
	for (size_t i = 0; i < error->hop_count; i++) {
		if (i == 0 || i > skipped)
			acti_uid_to_wire(&error->hops[i], &fault->hops[fault->hops_count++]);
	}
}

static void
fault_to_wire(const struct actor_error *error, uint32_t parent, actor_wire_Fault *fault)
{
	fault->code = error->code;
	text_to_wire(fault->type, error->type);
	text_to_wire(fault->message, error->message);
	path_to_wire(error, fault);
	fault->has_canceller = error->has_canceller;
	if (error->has_canceller)
		acti_uid_to_wire(&error->canceller, &fault->canceller);
	fault->has_wait_status = error->wait_status != -1;
	fault->wait_status = error->wait_status;
	fault->parent = parent;
	fault->dropped = error->dropped_count;
}

size_t
acti_error_encode(const struct actor_error *error, actor_wire_Error *scratch, unsigned char *body, size_t size)
{
	const struct actor_error *listed[FAULTS_MAX] = { error };
	pb_size_t count = 1;
	size_t encoded;

	/* Breadth first: when there is no room for all, the outer groups are kept. */
	fault_to_wire(error, 0, &scratch->faults[0]);
	for (pb_size_t i = 0; i < count; i++) {
		acti_list_for_each(link, &listed[i]->members) {
			if (count == FAULTS_MAX) {
				scratch->faults[i].dropped++;
				continue;
			}
			listed[count] = acti_container_of(link, struct actor_error, link);
			fault_to_wire(listed[count], i + 1U, &scratch->faults[count]);
			count++;
		}
	}
	scratch->faults_count = count;
	scratch->value_lost = error->value_lost || (error->code == ACTOR_ERAISED && error->value == NULL);
	encoded = body_encode(actor_wire_Error_fields, scratch, body + ERROR_PREFIX_SIZE, size - ERROR_PREFIX_SIZE);
	acti_put_u32(body, (uint32_t)encoded);
	return ERROR_PREFIX_SIZE + encoded;
}

/* Error, incoming */

static bool
fault_is_valid(const actor_wire_Fault *fault)
{
	for (pb_size_t i = 0; i < fault->hops_count; i++) {
		if (!acti_name_is_valid(fault->hops[i].name))
			return false;
	}
	return optional_uid_is_valid(fault->has_canceller, &fault->canceller);
}

/* Each fault but the first belongs to a group before it. */
static bool
faults_are_valid(const actor_wire_Error *wire)
{
	if (wire->faults_count == 0 || wire->faults[0].parent != 0)
		return false;
	for (pb_size_t i = 0; i < wire->faults_count; i++) {
		const actor_wire_Fault *fault = &wire->faults[i];

		if (!fault_is_valid(fault))
			return false;
		if (i > 0 &&
		    (fault->parent == 0 || fault->parent > i || wire->faults[fault->parent - 1].code != ACTOR_EGROUP))
			return false;
	}
	return true;
}

static bool
code_is_known(int code)
{
	switch (code) {
#define KNOWN_CODE(name, number, grpc, text) case -number:
		ACTOR_ERROR_MAP(KNOWN_CODE)
#undef KNOWN_CODE
		return true;
	default:
		return false;
	}
}

static void
fault_from_wire(struct acti_error_pool *pool, const actor_wire_Fault *fault, const struct actor_uid *peer,
                struct actor_error *error)
{
	struct actor_uid uid;

	acti_error_set(pool, error, code_is_known(fault->code) ? fault->code : ACTOR_ERAISED, "%s", fault->message);
	acti_error_set_type(error, fault->type);
	for (pb_size_t i = 0; i < fault->hops_count; i++) {
		if (acti_uid_from_wire(&fault->hops[i], &uid))
			acti_error_append_hop(error, &uid);
	}
	acti_error_append_hop(error, peer);
	if (fault->has_canceller && acti_uid_from_wire(&fault->canceller, &uid))
		acti_error_set_canceller(error, &uid);
	if (fault->has_wait_status)
		error->wait_status = fault->wait_status;
	error->dropped_count = fault->dropped;
}

/* The members of a group that found no record went with it. */
static void
faults_from_wire(struct acti_error_pool *pool, const actor_wire_Error *wire, const struct actor_uid *peer,
                 struct actor_error *error)
{
	struct actor_error *errors[FAULTS_MAX] = { error };

	fault_from_wire(pool, &wire->faults[0], peer, error);
	for (pb_size_t i = 1; i < wire->faults_count; i++) {
		struct actor_error *group = errors[wire->faults[i].parent - 1];

		errors[i] = group != NULL ? acti_error_new_member(pool, group) : NULL;
		if (errors[i] != NULL)
			fault_from_wire(pool, &wire->faults[i], peer, errors[i]);
	}
}

/*
 * A raised value, or the trace of a crash.  A message without fields packs to nothing, so an empty tail can be a value.
 * A trace gets the NUL that C wants behind it, and is made harmless: people will read it.
 */
static void
tail_from_wire(struct acti_error_pool *pool, const actor_wire_Error *wire, const unsigned char *tail, size_t size,
               struct actor_error *error)
{
	bool is_raised = wire->faults[0].code == ACTOR_ERAISED && error->type[0] != '\0';
	bool is_trace = wire->faults[0].code == ACTOR_EPEERGONE && size > 0;

	error->value_lost = wire->value_lost;
	if (wire->value_lost || (!is_raised && !is_trace))
		return;
	error->value = acti_value_new(pool->memory, size + 1);
	if (error->value == NULL) {
		error->value_lost = true;
		return;
	}
	memcpy(error->value->bytes, tail, size);
	error->value->bytes[size] = '\0';
	error->value->size = size;
	if (is_trace)
		acti_text_make_plain((char *)error->value->bytes, size);
}

bool
acti_error_decode(struct acti_error_pool *pool, struct actor_error *error, actor_wire_Error *scratch,
                  const struct actor_uid *peer, const void *body, size_t size)
{
	const unsigned char *bytes = body;
	size_t encoded, tail;

	if (size < ERROR_PREFIX_SIZE)
		return false;
	encoded = acti_get_u32(bytes);
	if (encoded > size - ERROR_PREFIX_SIZE)
		return false;
	tail = size - ERROR_PREFIX_SIZE - encoded;
	if (tail > ACTI_RAISED_VALUE_MAX ||
	    !body_decode(actor_wire_Error_fields, scratch, bytes + ERROR_PREFIX_SIZE, encoded) ||
	    !faults_are_valid(scratch))
		return false;
	faults_from_wire(pool, scratch, peer, error);
	tail_from_wire(pool, scratch, bytes + ERROR_PREFIX_SIZE + encoded, tail, error);
	return true;
}
