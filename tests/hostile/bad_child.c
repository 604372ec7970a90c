/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A child process that does what no child of ours does: it is spawned in place of an actor, with the link on descriptor
 * 3, and the variable HOSTILE says how it behaves.
 */

#include "raw.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINK 3
#define FOREVER 600000

static struct raw_frame frame;
static struct raw_bytes uid, hello;

static void
stay(void)
{
	for (;;)
		pause();
}

/* Learns from the parent who it is. */
static void
read_spec(void)
{
	do {
		if (!raw_receive(LINK, &frame, FOREVER))
			exit(90);
	} while (frame.kind != RAW_SPAWN_SPEC);
	if (!raw_find(frame.body, frame.size, 1, &uid))
		exit(91);
	raw_make_hello(&hello, &uid, 1, 1);
}

static void
say_hello(void)
{
	raw_send(LINK, RAW_HELLO, 0, 0, hello.at, hello.size);
}

static void
boot(void)
{
	read_spec();
	say_hello();
	raw_send(LINK, RAW_START_ACK, 0, 0, NULL, 0);
}

/* The next Start, with whatever else comes before it left aside. */
static void
wait_for(unsigned kind)
{
	do {
		if (!raw_receive(LINK, &frame, FOREVER))
			exit(92);
	} while (frame.kind != kind);
}

/* ---- before the Hello is through ---- */

static void
silent(void)
{
	stay();
}

static void
exit_7(void)
{
	exit(7);
}

static void
torn(void)
{
	unsigned char bytes[RAW_HEADER_SIZE + sizeof hello.at];
	const char *size = getenv("HOSTILE_SIZE");

	read_spec();
	raw_make_header(bytes, (uint32_t)hello.size, RAW_HELLO, 0, 0);
	memcpy(bytes + RAW_HEADER_SIZE, hello.at, hello.size);
	raw_write(LINK, bytes, size != NULL ? (size_t)atoi(size) : 1);
	raise(SIGKILL);
}

static void
http(void)
{
	raw_write(LINK, "GET / HTTP/1.0", 14);
	exit(0);
}

static void
http_and_stay(void)
{
	raw_write(LINK, "GET / HTTP/1.0", 14);
	stay();
}

static void
long_http(void)
{
	raw_write(LINK, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 37);
	stay();
}

static void
tls(void)
{
	static const unsigned char client_hello[] = { 0x16, 0x03, 0x01, 0x00, 0xa5, 0x01, 0x00, 0x00, 0xa1, 0x03, 0x03,
		                                      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09 };

	raw_write(LINK, client_hello, sizeof client_hello);
	stay();
}

static void
send_header(uint32_t size, unsigned kind)
{
	unsigned char header[RAW_HEADER_SIZE];

	raw_make_header(header, size, kind, 0, 0);
	raw_write(LINK, header, sizeof header);
	stay();
}

static void
oversize(void)
{
	send_header(UINT32_MAX, RAW_HELLO);
}

static void
unknown_kind(void)
{
	send_header(0, 77);
}

static void
wrong_uid(void)
{
	read_spec();
	raw_make_uid(&uid, "root", 1);
	raw_make_hello(&hello, &uid, 1, 1);
	say_hello();
	stay();
}

static void
wrong_version(void)
{
	read_spec();
	raw_make_hello(&hello, &uid, 2, 9);
	say_hello();
	stay();
}

static void
garbage_hello(void)
{
	raw_send(LINK, RAW_HELLO, 0, 0, "\xff\xff\xff\xff", 4);
	stay();
}

/* ---- after it is through ---- */

static void
garbage_in_call(void)
{
	boot();
	wait_for(RAW_START);
	send_header(3, 77);
}

static void
return_and_exit(void)
{
	boot();
	wait_for(RAW_START);
	raw_send(LINK, RAW_RETURN, 0, frame.cid, "result", 6);
	exit(0);
}

static void
half_return(void)
{
	unsigned char header[RAW_HEADER_SIZE];

	boot();
	wait_for(RAW_START);
	raw_make_header(header, 100, RAW_RETURN, 0, frame.cid);
	raw_write(LINK, header, sizeof header);
	raw_write(LINK, "half", 4);
	raise(SIGKILL);
}

static void
die_in_call(void)
{
	boot();
	wait_for(RAW_START);
	raise(SIGKILL);
}

static void
never_read(void)
{
	boot();
	stay();
}

static void
ignore_cancel(void)
{
	boot();
	for (;;)
		if (!raw_receive(LINK, &frame, FOREVER))
			stay();
}

static void
ignore_all(void)
{
	signal(SIGTERM, SIG_IGN);
	ignore_cancel();
}

static void
ack_and_stay(void)
{
	signal(SIGTERM, SIG_IGN);
	boot();
	wait_for(RAW_CANCEL);
	raw_send(LINK, RAW_CANCEL_ACK, 0, 0, NULL, 0);
	stay();
}

static void
fail_as_a_whole(void)
{
	struct raw_bytes error;

	boot();
	wait_for(RAW_START);
	raw_make_error(&error, -1008, "all is lost");
	raw_send(LINK, RAW_ERROR, 0, 0, error.at, error.size);
	stay();
}

static void
close_link(void)
{
	boot();
	wait_for(RAW_START);
	close(LINK);
	stay();
}

/* The good one: gives each payload back, and goes when it is told to. */
static void
echo(void)
{
	boot();
	for (;;) {
		if (!raw_receive(LINK, &frame, FOREVER))
			exit(1);
		if (frame.kind == RAW_START)
			raw_send(LINK, RAW_RETURN, 0, frame.cid, "echo", 4);
		if (frame.kind != RAW_CANCEL)
			continue;
		raw_send(LINK, RAW_CANCEL_ACK, 0, frame.cid, NULL, 0);
		if (frame.cid == 0)
			break;
	}
	raw_send(LINK, RAW_BYE, 0, 0, NULL, 0);
	exit(0);
}

static const struct {
	const char *name;
	void (*play)(void);
} parts[] = {
	{ "silent", silent },
	{ "exit_7", exit_7 },
	{ "torn", torn },
	{ "http", http },
	{ "http_and_stay", http_and_stay },
	{ "long_http", long_http },
	{ "tls", tls },
	{ "oversize", oversize },
	{ "unknown_kind", unknown_kind },
	{ "wrong_uid", wrong_uid },
	{ "wrong_version", wrong_version },
	{ "garbage_hello", garbage_hello },
	{ "garbage_in_call", garbage_in_call },
	{ "return_and_exit", return_and_exit },
	{ "half_return", half_return },
	{ "die_in_call", die_in_call },
	{ "never_read", never_read },
	{ "ignore_cancel", ignore_cancel },
	{ "ignore_all", ignore_all },
	{ "ack_and_stay", ack_and_stay },
	{ "fail_as_a_whole", fail_as_a_whole },
	{ "close_link", close_link },
	{ "echo", echo },
};

int
main(void)
{
	const char *wanted = getenv("HOSTILE"), *link = getenv("ACTOR_LINK");

	if (wanted == NULL || link == NULL || strcmp(link, "3") != 0) {
		fprintf(stderr, "not started as a child of bad_child_test\n");
		return 99;
	}
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strcmp(parts[i].name, wanted) == 0)
			parts[i].play();
	fprintf(stderr, "no part %s\n", wanted);
	return 98;
}
