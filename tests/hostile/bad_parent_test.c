/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * usage: bad_parent_test CASE VICTIM
 *
 * A parent that is no actor: it starts one as its child, with a link on descriptor 3, and says to it what no parent of
 * ours says.  The child answers or not, but it ends, in time, with a message, and leaves nothing.
 */

#include "left.h"
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK 3
#define ANSWER_MS 3000 /* for what is certain to come; only a failing test waits as long */
#define HANDSHAKE_MS 5000
#define AT_ONCE_MS 1000
#define ECANCELED_THERE (-1001)
#define EDENIED (-1007)
#define ENOENDPOINT (-1005)
#define ENOMODULE (-1011)

static struct raw_frame frame;
static int link_fd, error_fd;
static pid_t pid;
static char said[65536]; /* on its stderr */
static const char *victim;

#define CHECK(condition, ...) check((condition), __LINE__, __VA_ARGS__)

static void __attribute__((format(printf, 3, 4))) check(bool holds, int line, const char *format, ...)
{
	va_list arguments;

	if (holds)
		return;
	va_start(arguments, format);
	fprintf(stderr, "%s:%d: ", __FILE__, line);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\nthe child said: %s\n", said);
	va_end(arguments);
	if (pid > 0)
		kill(pid, SIGKILL);
	exit(1);
}

/* ---- the child ---- */

static void
become_victim(int link, int errors)
{
	/* Past the low numbers, so that none is overwritten. */
	link = fcntl(link, F_DUPFD, 20);
	errors = fcntl(errors, F_DUPFD, 20);
	if (dup2(link, LINK) < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	close_range(LINK + 1, ~0u, 0);
	setenv("ACTOR_LINK", "3", 1);
	execl(victim, "victim", (char *)NULL);
	_exit(127);
}

static void
start(void)
{
	int link[2], errors[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) == 0, "socketpair");
	CHECK(pipe2(errors, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	CHECK(pid >= 0, "fork");
	if (pid == 0)
		become_victim(link[1], errors[1]);
	close(link[1]);
	close(errors[1]);
	link_fd = link[0];
	error_fd = errors[0];
}

/* All that it writes, to the end of the pipe: it has ended then, and its children too. */
static void
listen_to_end(uint64_t until_ms)
{
	size_t size = 0;

	for (;;) {
		struct pollfd ready = { .fd = error_fd, .events = POLLIN };
		uint64_t now = raw_now_ms();
		ssize_t count;

		CHECK(now < until_ms && poll(&ready, 1, (int)(until_ms - now)) > 0, "it does not end");
		count = read(error_fd, said + size, sizeof said - 1 - size);
		CHECK(count >= 0, "read");
		if (count == 0)
			return;
		size += (size_t)count;
		said[size] = '\0';
	}
}

/* It ends within the time, with this exit status, and has said so. */
static void
demand_end(int status, uint64_t within_ms, const char *message)
{
	siginfo_t info = { .si_pid = 0 };

	listen_to_end(raw_now_ms() + within_ms);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED) == 0, "waitid");
	pid = -1;
	CHECK(info.si_code == CLD_EXITED && info.si_status == status, "it ended with %d (code %d) instead of %d",
	      info.si_status, info.si_code, status);
	CHECK(message == NULL || strstr(said, message) != NULL, "it did not say: %s", message);
}

/* ---- what is said ---- */

static void
say_hello(void)
{
	struct raw_bytes uid, hello;

	raw_make_uid(&uid, "boss", 0x62);
	raw_make_hello(&hello, &uid, 1, 1);
	raw_send(link_fd, RAW_HELLO, 0, 0, hello.at, hello.size);
}

static void
say_spec(const char *module)
{
	static const unsigned char fingerprint[8] = { 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
	struct raw_bytes uid, spec = { .size = 0 }, entry = { .size = 0 };

	raw_make_uid(&uid, "kid", 0x6b);
	raw_add_field(&spec, 1, uid.at, uid.size);
	raw_add_field(&entry, 1, module, strlen(module));
	raw_add_varint(&entry, 2 << 3 | 1);
	raw_add(&entry, fingerprint, sizeof fingerprint);
	raw_add_field(&spec, 2, entry.at, entry.size);
	raw_add_number(&spec, 3, 2);
	raw_make_uid(&uid, "boss", 0x62);
	raw_add_field(&spec, 4, uid.at, uid.size);
	raw_add_number(&spec, 5, 1);
	raw_send(link_fd, RAW_SPAWN_SPEC, 0, 0, spec.at, spec.size);
}

static void
say_start(uint64_t cid, unsigned module, unsigned endpoint)
{
	unsigned char body[16] = { (unsigned char)module, (unsigned char)(module >> 8), (unsigned char)endpoint,
		                   (unsigned char)(endpoint >> 8) };

	raw_send(link_fd, RAW_START, 0, cid, body, sizeof body);
}

static void
demand(unsigned kind, uint64_t cid)
{
	CHECK(raw_receive(link_fd, &frame, ANSWER_MS), "no frame of kind %u came", kind);
	CHECK(frame.kind == kind && frame.cid == cid, "kind %u, cid %llu instead of %u, %llu: %.*s", frame.kind,
	      (unsigned long long)frame.cid, kind, (unsigned long long)cid, (int)frame.size, (const char *)frame.body);
}

/* An Error with this code: the first field of the first fault, zigzag. */
static void
demand_error(uint64_t cid, int code)
{
	struct raw_bytes fault;

	demand(RAW_ERROR, cid);
	CHECK(frame.size > 4 && raw_find(frame.body + 4, frame.size - 4, 1, &fault), "no fault in the error");
	CHECK(fault.size > 2 && fault.at[0] == 1 << 3 && ((fault.at[1] & 0x7f) | fault.at[2] << 7) == -2 * code - 1,
	      "another code than %d", code);
}

static void
demand_bye(const char *reason)
{
	demand(RAW_BYE, 0);
	CHECK(frame.size == strlen(reason) && memcmp(frame.body, reason, frame.size) == 0, "Bye for %.*s",
	      (int)frame.size, (const char *)frame.body);
}

static void
boot(void)
{
	start();
	say_hello();
	say_spec("test.Victim");
	demand(RAW_HELLO, 0);
	demand(RAW_START_ACK, 0);
}

/* In the name of whoever it says. */
static void
cancel_as(const char *canceller)
{
	struct raw_bytes uid, body = { .size = 0 };

	raw_make_uid(&uid, canceller, 0x62);
	raw_add_field(&body, 1, uid.at, uid.size);
	raw_add_number(&body, 2, 2000);
	raw_send(link_fd, RAW_CANCEL, 0, 0, body.at, body.size);
}

static void
cancel(void)
{
	cancel_as("boss");
}

/* It is told to go, and goes. */
static void
demand_life_and_end(void)
{
	say_start(901, 0, 0);
	demand(RAW_RETURN, 901);
	cancel();
	demand(RAW_CANCEL_ACK, 0);
	demand_bye("");
	demand_end(0, ANSWER_MS, "victim: closed");
}

/* ---- the cases ---- */

/* shows: ID-02 */
static void
silence(void)
{
	uint64_t began_ms = raw_now_ms(), took_ms;

	start();
	CHECK(raw_receive(link_fd, &frame, HANDSHAKE_MS + ANSWER_MS), "nothing came");
	CHECK(frame.kind == RAW_BYE, "kind %u", frame.kind);
	demand_end(1, AT_ONCE_MS, "nothing came: descriptor 3 is not the link of an actor");
	took_ms = raw_now_ms() - began_ms;
	CHECK(took_ms >= HANDSHAKE_MS - 10, "only %llu ms", (unsigned long long)took_ms);
}

/* shows: SP-29 */
static void
close_at_once(void)
{
	start();
	close(link_fd);
	demand_end(1, ANSWER_MS, NULL);
}

/* shows: ID-02; robustness: E13 */
static void
http(void)
{
	start();
	raw_write(link_fd, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 37);
	demand_end(1, ANSWER_MS, "unknown kind of frame");
}

/* shows: ID-03 */
static void
short_http(void)
{
	start();
	raw_write(link_fd, "GET / HTTP/1.0", 14);
	close(link_fd);
	demand_end(1, ANSWER_MS, "it ended inside a header, after 14 of 16 bytes");
}

/* shows: ID-01 */
static void
spec_before_hello(void)
{
	start();
	say_spec("test.Victim");
	demand_bye("a SpawnSpec before its Hello");
	demand_end(1, ANSWER_MS, "a SpawnSpec before its Hello");
}

static void
garbage_hello(void)
{
	start();
	raw_send(link_fd, RAW_HELLO, 0, 0, "rubbish", 7);
	demand_bye("a Hello that cannot be decoded");
	demand_end(1, ANSWER_MS, "a Hello that cannot be decoded");
}

static void
wrong_version(void)
{
	struct raw_bytes uid, hello;

	start();
	raw_make_uid(&uid, "boss", 0x62);
	raw_make_hello(&hello, &uid, 7, 9);
	raw_send(link_fd, RAW_HELLO, 0, 0, hello.at, hello.size);
	demand_bye("it speaks versions 7 to 9 of the protocol, not 1");
	demand_end(1, ANSWER_MS, "it speaks versions 7 to 9 of the protocol, not 1");
}

static void
garbage_spec(void)
{
	start();
	say_hello();
	raw_send(link_fd, RAW_SPAWN_SPEC, 0, 0, "rubbish", 7);
	demand_bye("a SpawnSpec that cannot be decoded");
	demand_end(1, ANSWER_MS, "a SpawnSpec that cannot be decoded");
}

/* shows: SP-21 */
static void
unknown_module(void)
{
	start();
	say_hello();
	say_spec("no.such");
	demand(RAW_HELLO, 0);
	demand_error(0, ENOMODULE);
	CHECK(memmem(frame.body, frame.size, "has no module no.such", 21) != NULL, "another message");
	demand_bye("");
	demand_end(1, ANSWER_MS, NULL);
}

static void
start_before_spec(void)
{
	start();
	say_hello();
	say_start(1, 0, 0);
	demand_error(1, EDENIED);
	say_spec("test.Victim");
	demand(RAW_HELLO, 0);
	demand(RAW_START_ACK, 0);
	demand_life_and_end();
}

/* shows: AL-01, AL-03; robustness: F9 */
static void
unknown_numbers(void)
{
	boot();
	say_start(1, 1, 0);
	demand_error(1, EDENIED);
	say_start(3, 0xffff, 0xffff);
	demand_error(3, EDENIED);
	say_start(5, 0, 2);
	demand_error(5, ENOENDPOINT);
	demand_life_and_end();
}

static void
two_specs(void)
{
	boot();
	say_spec("test.Victim");
	demand_bye("a SpawnSpec that concerns no dialog");
	demand_end(1, ANSWER_MS, "victim: closed");
}

static void
two_hellos(void)
{
	boot();
	say_hello();
	demand_bye("a Hello that concerns no dialog");
	demand_end(1, ANSWER_MS, "a Hello that concerns no dialog");
}

/* shows: ID-07 */
static void
unknown_kind(void)
{
	boot();
	raw_send(link_fd, 77, 0, 1, NULL, 0);
	demand_end(1, ANSWER_MS, "unknown kind of frame");
}

static void
oversize(void)
{
	unsigned char header[RAW_HEADER_SIZE];

	boot();
	raw_make_header(header, UINT32_MAX, RAW_START, 0, 1);
	raw_write(link_fd, header, sizeof header);
	demand_end(1, ANSWER_MS, "the frame is too large");
}

/* shows: TD-01 */
static void
cancelled(void)
{
	uint64_t began_ms;

	boot();
	say_start(1, 0, 1);
	began_ms = raw_now_ms();
	cancel();
	cancel();
	demand(RAW_CANCEL_ACK, 0);
	CHECK(raw_now_ms() - began_ms < 500, "the acknowledgement is late");
	do
		CHECK(raw_receive(link_fd, &frame, ANSWER_MS), "no Bye came");
	while (frame.kind != RAW_BYE);
	demand_end(0, ANSWER_MS, "victim: closed");
}

/* robustness: F8 */
static void
cancelled_in_anothers_name(void)
{
	struct raw_bytes fault, canceller, name;

	boot();
	say_start(1, 0, 1);
	cancel_as("forged");
	demand(RAW_CANCEL_ACK, 0);
	demand(RAW_ERROR, 1);
	CHECK(raw_find(frame.body + 4, frame.size - 4, 1, &fault) && raw_find(fault.at, fault.size, 5, &canceller) &&
	          raw_find(canceller.at, canceller.size, 1, &name),
	      "the error names no canceller");
	CHECK(name.size == 4 && memcmp(name.at, "boss", 4) == 0, "the canceller is %.*s, not who the link belongs to",
	      (int)name.size, (const char *)name.at);
	demand_bye("");
	demand_end(0, ANSWER_MS, "victim: closed");
}

static void
cancelled_before_spec(void)
{
	start();
	say_hello();
	cancel();
	demand_bye("a Cancel that concerns no dialog");
	demand_end(1, ANSWER_MS, "a Cancel that concerns no dialog");
}

static void
pings(void)
{
	start();
	raw_send(link_fd, RAW_PING, 0, 0, NULL, 0);
	demand(RAW_PONG, 0);
	say_hello();
	raw_send(link_fd, RAW_PING, 0, 7, NULL, 0);
	demand(RAW_PONG, 7);
	say_spec("test.Victim");
	demand(RAW_HELLO, 0);
	demand(RAW_START_ACK, 0);
	raw_send(link_fd, RAW_PING, 0, 0, NULL, 0);
	demand(RAW_PONG, 0);
	demand_life_and_end();
}

/* shows: SP-29, PR-18 */
static void
gone_in_call(void)
{
	boot();
	for (uint64_t cid = 1; cid < 40; cid += 2)
		say_start(cid, 0, 1);
	close(link_fd);
	demand_end(1, ANSWER_MS, "victim: closed");
}

/* robustness: A12 */
static void
gone_in_frame(void)
{
	unsigned char header[RAW_HEADER_SIZE];

	boot();
	say_start(1, 0, 1);
	raw_make_header(header, 100, RAW_START, 0, 3);
	raw_write(link_fd, header, sizeof header);
	raw_write(link_fd, "half", 4);
	close(link_fd);
	demand_end(1, ANSWER_MS, "it ended inside a Start frame, after 20 of 116 bytes");
}

/* shows: ID-06; robustness: F5 */
static void
one_call_cancelled(void)
{
	boot();
	say_start(1, 0, 1);
	raw_send(link_fd, RAW_CANCEL, 0, 1, NULL, 0);
	demand(RAW_CANCEL_ACK, 1);
	demand_error(1, ECANCELED_THERE);
	raw_send(link_fd, RAW_CANCEL, 0, 999, NULL, 0);
	demand(RAW_CANCEL_ACK, 999);
	demand_life_and_end();
}

static const struct {
	const char *name;
	void (*play)(void);
} cases[] = {
	{ "silence", silence },
	{ "close_at_once", close_at_once },
	{ "http", http },
	{ "short_http", short_http },
	{ "spec_before_hello", spec_before_hello },
	{ "garbage_hello", garbage_hello },
	{ "wrong_version", wrong_version },
	{ "garbage_spec", garbage_spec },
	{ "unknown_module", unknown_module },
	{ "start_before_spec", start_before_spec },
	{ "unknown_numbers", unknown_numbers },
	{ "two_specs", two_specs },
	{ "two_hellos", two_hellos },
	{ "unknown_kind", unknown_kind },
	{ "oversize", oversize },
	{ "cancelled", cancelled },
	{ "cancelled_in_anothers_name", cancelled_in_anothers_name },
	{ "cancelled_before_spec", cancelled_before_spec },
	{ "pings", pings },
	{ "gone_in_call", gone_in_call },
	{ "gone_in_frame", gone_in_frame },
	{ "one_call_cancelled", one_call_cancelled },
};

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s CASE VICTIM\n", argv[0]);
		return 2;
	}
	left_begin();
	signal(SIGPIPE, SIG_IGN);
	victim = argv[2];
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		cases[i].play();
		CHECK(!left_process(), "a process is left");
		return 0;
	}
	fprintf(stderr, "no case %s\n", argv[1]);
	return 2;
}
