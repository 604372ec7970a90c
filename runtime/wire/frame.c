/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <wire/bytes.h>
#include <wire/frame.h>
#include <wire/payload.h>

/* What there is to know of a kind. */
static const struct {
	const char *name; /* NULL: no such kind */
	uint8_t flags;    /* that it may carry */
} kinds[ACTI_FRAME_KINDS] = {
	[ACTI_FRAME_HELLO] = { "Hello", 0 },
	[ACTI_FRAME_SPAWN_SPEC] = { "SpawnSpec", 0 },
	[ACTI_FRAME_START] = { "Start", ACTI_FLAG_BY_NAME | ACTI_FLAG_WANT_ACK | ACTI_FLAG_OVERRUN_FAIL |
	                                    ACTI_FLAG_OVERRUN_DROP },
	[ACTI_FRAME_START_ACK] = { "StartAck", 0 },
	[ACTI_FRAME_STARTED] = { "Started", 0 },
	[ACTI_FRAME_YIELD] = { "Yield", ACTI_FLAG_MORE | ACTI_FLAG_LOST | ACTI_FLAG_ABORTED },
	[ACTI_FRAME_STOP] = { "Stop", ACTI_FLAG_LOST },
	[ACTI_FRAME_RETURN] = { "Return", 0 },
	[ACTI_FRAME_ERROR] = { "Error", 0 },
	[ACTI_FRAME_CANCEL] = { "Cancel", 0 },
	[ACTI_FRAME_CANCEL_ACK] = { "CancelAck", 0 },
	[ACTI_FRAME_CREDIT] = { "Credit", ACTI_FLAG_OVERRUN_FAIL | ACTI_FLAG_OVERRUN_DROP },
	[ACTI_FRAME_PING] = { "Ping", 0 },
	[ACTI_FRAME_PONG] = { "Pong", 0 },
	[ACTI_FRAME_BYE] = { "Bye", 0 },
};

static bool
kind_is_known(unsigned kind)
{
	return kind < ACTI_FRAME_KINDS && kinds[kind].name != NULL;
}

void
acti_frame_encode(const struct acti_frame *frame, unsigned char header[static ACTI_FRAME_HEADER_SIZE])
{
	acti_put_u32(header, frame->body_size);
	header[4] = frame->kind;
	header[5] = frame->flags;
	acti_put_u16(header + 6, 0);
	acti_put_u64(header + 8, frame->cid);
}

/* What is wrong with a header; NULL: nothing. */
static const char *
frame_fault(const struct acti_frame *frame, unsigned reserved, size_t body_max)
{
	if (!kind_is_known(frame->kind))
		return "unknown kind of frame";
	if ((frame->flags & ~(unsigned)kinds[frame->kind].flags) != 0)
		return "unknown flag";
	if (reserved != 0)
		return "reserved bits are set";
	if (frame->body_size > body_max)
		return "the frame is too large";
	return NULL;
}

bool
acti_frame_decode(const unsigned char header[static ACTI_FRAME_HEADER_SIZE], size_t body_max,
                  struct acti_frame *ret_frame, const char **ret_reason)
{
	struct acti_frame frame = {
		.body_size = acti_get_u32(header),
		.kind = header[4],
		.flags = header[5],
		.cid = acti_get_u64(header + 8),
	};
	const char *fault = frame_fault(&frame, acti_get_u16(header + 6), body_max);

	if (fault != NULL) {
		*ret_reason = fault;
		return false;
	}
	*ret_frame = frame;
	return true;
}

const char *
acti_frame_kind_name(unsigned kind)
{
	return kind_is_known(kind) ? kinds[kind].name : "<unknown>";
}

void
acti_start_encode(const struct acti_start *start, unsigned char prefix[static ACTI_START_PREFIX_SIZE])
{
	acti_put_u16(prefix, start->module);
	acti_put_u16(prefix + 2, start->endpoint);
	acti_put_u32(prefix + 4, start->deadline_ms);
	acti_put_u32(prefix + 8, start->credit_messages);
	acti_put_u32(prefix + 12, start->credit_bytes);
}

bool
acti_start_decode(const unsigned char *body, size_t size, struct acti_start *ret_start)
{
	if (size < ACTI_START_PREFIX_SIZE)
		return false;
	*ret_start = (struct acti_start){
		.module = acti_get_u16(body),
		.endpoint = acti_get_u16(body + 2),
		.deadline_ms = acti_get_u32(body + 4),
		.credit_messages = acti_get_u32(body + 8),
		.credit_bytes = acti_get_u32(body + 12),
	};
	return true;
}

/* One name; gives the size of it and its prefix, 0 if it is refused. */
static size_t
name_decode(const unsigned char *bytes, size_t size, const char **ret_name, size_t *ret_size)
{
	size_t length = size > 0 ? bytes[0] : 0;

	if (length == 0 || length > size - 1 || !acti_utf8_is_text(bytes + 1, length))
		return 0;
	*ret_name = (const char *)bytes + 1;
	*ret_size = length;
	return 1 + length;
}

bool
acti_name_is(const char *name, size_t size, const char *wanted)
{
	return strlen(wanted) == size && memcmp(name, wanted, size) == 0;
}

bool
acti_start_names_decode(const unsigned char *bytes, size_t size, struct acti_start_names *ret_names)
{
	struct acti_start_names names;
	size_t first = name_decode(bytes, size, &names.module, &names.module_size);
	size_t second = first > 0 ? name_decode(bytes + first, size - first, &names.endpoint, &names.endpoint_size) : 0;

	if (second == 0)
		return false;
	names.size = first + second;
	*ret_names = names;
	return true;
}
