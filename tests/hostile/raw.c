/* SPDX-License-Identifier: BSD-2-Clause */
#include "raw.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void
raw_add(struct raw_bytes *bytes, const void *more, size_t size)
{
	if (size > sizeof bytes->at - bytes->size)
		abort();
	memcpy(bytes->at + bytes->size, more, size);
	bytes->size += size;
}

void
raw_add_varint(struct raw_bytes *bytes, uint64_t value)
{
	do {
		unsigned char byte = (unsigned char)((value & 0x7f) | (value >= 0x80 ? 0x80 : 0));

		raw_add(bytes, &byte, 1);
		value >>= 7;
	} while (value > 0);
}

void
raw_add_number(struct raw_bytes *bytes, unsigned field, uint64_t value)
{
	raw_add_varint(bytes, field << 3);
	raw_add_varint(bytes, value);
}

void
raw_add_field(struct raw_bytes *bytes, unsigned field, const void *value, size_t size)
{
	raw_add_varint(bytes, field << 3 | 2);
	raw_add_varint(bytes, size);
	raw_add(bytes, value, size);
}

void
raw_make_uid(struct raw_bytes *uid, const char *name, unsigned fill)
{
	unsigned char uuid[16];

	memset(uuid, (int)fill, sizeof uuid);
	uid->size = 0;
	raw_add_field(uid, 1, name, strlen(name));
	raw_add_field(uid, 2, uuid, sizeof uuid);
}

void
raw_make_hello(struct raw_bytes *hello, const struct raw_bytes *uid, unsigned version_min, unsigned version_max)
{
	hello->size = 0;
	raw_add_number(hello, 1, version_min);
	raw_add_number(hello, 2, version_max);
	raw_add_field(hello, 3, uid->at, uid->size);
	raw_add_number(hello, 4, (uint64_t)getpid());
	raw_add_number(hello, 7, 64);
	raw_add_number(hello, 8, 1 << 20);
}

void
raw_make_error(struct raw_bytes *error, int code, const char *message)
{
	struct raw_bytes fault = { .size = 0 }, faults = { .size = 0 };
	unsigned char prefix[4] = { 0 };

	raw_add_number(&fault, 1, (uint64_t)(-2 * code - 1)); /* sint32: zigzag of a negative number */
	raw_add_field(&fault, 3, message, strlen(message));
	raw_add_field(&faults, 1, fault.at, fault.size);
	prefix[0] = (unsigned char)faults.size;
	prefix[1] = (unsigned char)(faults.size >> 8);
	error->size = 0;
	raw_add(error, prefix, sizeof prefix);
	raw_add(error, faults.at, faults.size);
}

static uint64_t
take_varint(const unsigned char **at, const unsigned char *end)
{
	uint64_t value = 0;

	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		unsigned char byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return value;
}

bool
raw_find(const void *message, size_t size, unsigned field, struct raw_bytes *ret_value)
{
	const unsigned char *at = message, *end = at + size;

	while (at < end) {
		uint64_t tag = take_varint(&at, end), length = 0;

		if ((tag & 7) == 0)
			take_varint(&at, end);
		else if ((tag & 7) == 1)
			length = 8;
		else if ((tag & 7) == 2)
			length = take_varint(&at, end);
		if (length > (uint64_t)(end - at))
			return false;
		if (tag == (field << 3 | 2)) {
			ret_value->size = 0;
			raw_add(ret_value, at, length);
			return true;
		}
		at += length;
	}
	return false;
}

void
raw_make_header(unsigned char header[static RAW_HEADER_SIZE], uint32_t size, unsigned kind, unsigned flags,
                uint64_t cid)
{
	for (unsigned i = 0; i < 4; i++)
		header[i] = (unsigned char)(size >> 8 * i);
	header[4] = (unsigned char)kind;
	header[5] = (unsigned char)flags;
	header[6] = header[7] = 0;
	for (unsigned i = 0; i < 8; i++)
		header[8 + i] = (unsigned char)(cid >> 8 * i);
}

void
raw_write(int fd, const void *bytes, size_t size)
{
	for (const char *at = bytes; size > 0;) {
		ssize_t count = send(fd, at, size, MSG_NOSIGNAL);

		if (count < 0 && errno != EINTR)
			return;
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
}

void
raw_send(int fd, unsigned kind, unsigned flags, uint64_t cid, const void *body, size_t size)
{
	unsigned char header[RAW_HEADER_SIZE];

	raw_make_header(header, (uint32_t)size, kind, flags, cid);
	raw_write(fd, header, sizeof header);
	raw_write(fd, body, size);
}

uint64_t
raw_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool
read_all(int fd, void *bytes, size_t size, uint64_t until_ms)
{
	for (char *at = bytes; size > 0;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		uint64_t now = raw_now_ms();
		ssize_t count;

		if (now > until_ms || poll(&ready, 1, (int)(until_ms - now)) == 0)
			return false;
		count = read(fd, at, size);
		if (count == 0 || (count < 0 && errno != EINTR))
			return false;
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
	return true;
}

bool
raw_receive(int fd, struct raw_frame *ret_frame, int timeout_ms)
{
	uint64_t until_ms = raw_now_ms() + (uint64_t)timeout_ms;
	unsigned char header[RAW_HEADER_SIZE];

	if (!read_all(fd, header, sizeof header, until_ms))
		return false;
	ret_frame->size = header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 24;
	ret_frame->kind = header[4];
	ret_frame->flags = header[5];
	ret_frame->cid = 0;
	for (unsigned i = 0; i < 8; i++)
		ret_frame->cid |= (uint64_t)header[8 + i] << 8 * i;
	if (ret_frame->size > sizeof ret_frame->body)
		abort();
	return read_all(fd, ret_frame->body, ret_frame->size, until_ms);
}
