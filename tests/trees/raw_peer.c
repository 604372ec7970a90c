/* SPDX-License-Identifier: BSD-2-Clause */
#include "raw_peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "town.h"

void
raw_send_bytes(int fd, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = send(fd, (const char *)bytes + done, size - done, MSG_NOSIGNAL);

		if (count < 0 && errno != EINTR) /* the watchdog of this actor */
			return;
		done += count > 0 ? (size_t)count : 0;
	}
}

void
raw_send(int fd, unsigned kind, unsigned flags, uint64_t cid, const void *body, size_t size)
{
	unsigned char header[RAW_HEADER] = { [4] = (unsigned char)kind, [5] = (unsigned char)flags };

	for (int i = 0; i < 4; i++)
		header[i] = (unsigned char)(size >> 8 * i);
	for (int i = 0; i < 8; i++)
		header[8 + i] = (unsigned char)(cid >> 8 * i);
	raw_send_bytes(fd, header, sizeof header);
	if (size > 0)
		raw_send_bytes(fd, body, size);
}

void
raw_send_hello(int fd, const char *name, unsigned byte, unsigned pid)
{
	unsigned char hello[128] = { 0x08, 1, 0x10, 1, 0x1a }, *end = hello + 6;
	size_t size = strlen(name);

	*end++ = 0x0a, *end++ = (unsigned char)size;
	memcpy(end, name, size);
	end += size;
	*end++ = 0x12, *end++ = 16;
	memset(end, (int)byte, 16);
	end += 16;
	hello[5] = (unsigned char)(end - hello - 6);
	*end++ = 0x20, *end++ = (unsigned char)(pid & 127);
	*end++ = 0x38, *end++ = 64;                                 /* dialogs_max */
	*end++ = 0x40, *end++ = 0x80, *end++ = 0x80, *end++ = 0x40; /* message_size_max */
	raw_send(fd, RAW_HELLO, 0, 0, hello, (size_t)(end - hello));
}

static unsigned char *
put_u32(unsigned char *end, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		*end++ = (unsigned char)(value >> 8 * i);
	return end;
}

void
raw_open_within(int fd, uint64_t cid, const char *module, const char *endpoint, const void *request, size_t size,
                uint32_t messages, uint32_t bytes, uint32_t deadline_ms)
{
	unsigned char body[200000] = { 0xff, 0xff, 0xff, 0xff }, *end = body + 4;
	const char *names[] = { module, endpoint };

	end = put_u32(put_u32(put_u32(end, deadline_ms), messages), bytes);
	for (size_t i = 0; i < 2; i++) {
		*end++ = (unsigned char)strlen(names[i]);
		memcpy(end, names[i], strlen(names[i]));
		end += strlen(names[i]);
	}
	if (size > 0)
		memcpy(end, request, size);
	raw_send(fd, RAW_START, 1, cid, body, (size_t)(end - body) + size);
}

void
raw_open(int fd, uint64_t cid, const char *module, const char *endpoint, const void *request, size_t size,
         uint32_t messages, uint32_t bytes)
{
	raw_open_within(fd, cid, module, endpoint, request, size, messages, bytes, 0);
}

void
raw_call(int fd, uint64_t cid, const char *module, const char *endpoint, const void *request, size_t size)
{
	raw_open(fd, cid, module, endpoint, request, size, 0, 0);
}

static bool
read_fully(int fd, void *place, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = read(fd, (char *)place + done, size - done);

		if (count == 0 || (count < 0 && errno != EINTR))
			return false;
		done += count > 0 ? (size_t)count : 0;
	}
	return true;
}

bool
raw_read(int fd, struct raw_frame *frame)
{
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	memset(frame, 0, offsetof(struct raw_frame, body));
	if (!read_fully(fd, frame->header, sizeof frame->header))
		return false;
	for (int i = 0; i < 4; i++)
		frame->size |= (uint32_t)frame->header[i] << 8 * i;
	for (int i = 0; i < 8; i++)
		frame->cid |= (uint64_t)frame->header[8 + i] << 8 * i;
	frame->kind = frame->header[4];
	frame->flags = frame->header[5];
	return frame->size <= sizeof frame->body && read_fully(fd, frame->body, frame->size);
}

bool
raw_is_closed(int fd, struct raw_frame *frame)
{
	char byte;

	if (raw_read(fd, frame) && (frame->kind != RAW_BYE || raw_read(fd, frame)))
		return false;
	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

bool
raw_has(const struct raw_frame *frame, const char *text)
{
	return memmem(frame->body, frame->size, text, strlen(text)) != NULL;
}

int
raw_meet(const char *path, const char *name, unsigned byte, struct raw_frame *frame)
{
	int fd = connect_to(path);

	if (fd < 0)
		return fd;
	raw_send_hello(fd, name, byte, byte);
	if (raw_read(fd, frame) && frame->kind == RAW_HELLO)
		return fd;
	close(fd);
	return -1;
}
