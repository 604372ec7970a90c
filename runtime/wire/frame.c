/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <wire/bytes.h>
#include <wire/frame.h>
#include <wire/payload.h>

const uint8_t acti_frame_flags[ACTI_FRAME_KINDS] = {
	[ACTI_FRAME_START] = ACTI_FLAG_BY_NAME | ACTI_FLAG_WANT_ACK | ACTI_FLAG_OVERRUN_FAIL | ACTI_FLAG_OVERRUN_DROP,
	[ACTI_FRAME_YIELD] = ACTI_FLAG_MORE | ACTI_FLAG_LOST | ACTI_FLAG_ABORTED,
	[ACTI_FRAME_STOP] = ACTI_FLAG_LOST,
	[ACTI_FRAME_CREDIT] = ACTI_FLAG_OVERRUN_FAIL | ACTI_FLAG_OVERRUN_DROP,
};

static const char *const kind_names[ACTI_FRAME_KINDS] = {
	NULL,     "Hello", "SpawnSpec", "Start",     "StartAck", "Started", "Yield", "Stop",
	"Return", "Error", "Cancel",    "CancelAck", "Credit",   "Ping",    "Pong",  "Bye",
};

const char *
acti_frame_fault(const unsigned char header[static ACTI_FRAME_HEADER_SIZE], size_t body_max)
{
	unsigned kind = header[4], flags = header[5];

	if (kind == 0 || kind >= ACTI_FRAME_KINDS)
		return "unknown kind of frame";
	if ((flags & ~(unsigned)acti_frame_flags[kind]) != 0)
		return "unknown flag";
	if (acti_get_u16(header + 6) != 0)
		return "reserved bits are set";
	if (acti_get_u32(header) > body_max)
		return "the frame is too large";
	return NULL;
}

const char *
acti_frame_kind_name(unsigned kind)
{
	return kind > 0 && kind < ACTI_FRAME_KINDS ? kind_names[kind] : "<unknown>";
}

const char *
acti_frame_kind_article(unsigned kind)
{
	return kind == ACTI_FRAME_ERROR ? "an" : "a";
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
