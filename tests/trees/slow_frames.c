/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time that a frame of a peer has, on the clock of a process that is stopped meanwhile.  That time is no option of a
 * program: so this test turns it down from inside.
 */
#include <linux/sockios.h>
#include <rpc/actor.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw_peer.h"
#include "town.h"

#define FRAME_MS 1000
#define LARGE_SIZE 900000 /* more than a socket holds */

static struct raw_frame frame;

static int
be_impatient(int argc, char **argv)
{
	int rc;

	(void)argc, (void)argv;
	acti_actor_current()->limits.frame_ms = FRAME_MS;
	trace("is impatient");
	rc = actor_sleep_ms(UINT64_MAX);
	return rc == ACTOR_ECANCELED ? 0 : rc;
}

/* A connection to one that is. */
static int
meet_impatient(struct neighbour **ret_neighbour)
{
	*ret_neighbour = start_neighbour("daemon", IS_ROOT, NULL, NULL);
	AWAIT(trace_count("is impatient") == 1);
	AWAIT(strcmp(socket_of("daemon"), "/nowhere") != 0);
	return raw_meet(socket_of("daemon"), "raw", 1, &frame);
}

static bool
is_all_read(int fd)
{
	int size = -1;

	return ioctl(fd, SIOCOUTQ, &size) == 0 && size == 0;
}

/* The first half of a Ping has been read. */
static void
begin_ping(int fd)
{
	static const unsigned char ping[RAW_HEADER] = { [4] = RAW_PING };

	raw_send_bytes(fd, ping, RAW_HEADER / 2);
	AWAIT(is_all_read(fd));
}

static void
end_ping(int fd)
{
	static const unsigned char rest[RAW_HEADER / 2];

	raw_send_bytes(fd, rest, sizeof rest);
}

static int
let_time_pass(struct actor_nursery *town)
{
	struct neighbour *neighbour;
	int fd = meet_impatient(&neighbour);

	(void)town;
	begin_ping(fd);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_BYE);
	EXPECT(raw_has(&frame, "a frame was begun and not completed within 1000 ms"));
	EXPECT(raw_is_closed(fd, &frame));
	close(fd);
	return 0;
}

/* robustness: E1 */
static int
a_frame_of_a_peer_has_its_time(void)
{
	return in_town(let_time_pass);
}

static int
stop_with_the_rest_unread(struct actor_nursery *town)
{
	struct neighbour *neighbour;
	int fd = meet_impatient(&neighbour), rc;

	(void)town;
	begin_ping(fd);
	send_signal(neighbour->pid, SIGSTOP);
	end_ping(fd);
	rc = actor_sleep_ms(FRAME_MS * 3 / 2);
	send_signal(neighbour->pid, SIGCONT);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_PONG);
	close(fd);
	return rc;
}

/* robustness: B3, E1 */
static int
a_reader_that_was_stopped_within_a_frame_takes_what_has_come_meanwhile(void)
{
	return in_town(stop_with_the_rest_unread);
}

/* Up to what the socket takes; what is left is to be written when it is read again. */
static size_t
fill(int fd, const unsigned char *bytes, size_t size)
{
	size_t done = 0;

	for (ssize_t count; (count = send(fd, bytes + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0;)
		done += (size_t)count;
	return done;
}

static int
stop_a_large_frame(struct actor_nursery *town)
{
	static unsigned char bytes[RAW_HEADER + LARGE_SIZE] = {
		LARGE_SIZE & 255, LARGE_SIZE >> 8 & 255, LARGE_SIZE >> 16, [4] = RAW_START, [5] = 1, [8] = 1
	};
	static const char names[] = "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\4self\4ping";
	struct neighbour *neighbour;
	int fd = meet_impatient(&neighbour), rc;
	size_t done = 100;

	(void)town;
	memcpy(bytes + RAW_HEADER, names, sizeof names - 1);
	raw_send_bytes(fd, bytes, done);
	AWAIT(is_all_read(fd));
	send_signal(neighbour->pid, SIGSTOP);
	done += fill(fd, bytes + done, sizeof bytes - done);
	EXPECT(done < sizeof bytes);
	rc = actor_sleep_ms(FRAME_MS * 3 / 2);
	send_signal(neighbour->pid, SIGCONT);
	raw_send_bytes(fd, bytes + done, sizeof bytes - done);
	(void)raw_read(fd, &frame); /* all that was sent, which is more than it keeps */
	EXPECT_INT(frame.kind, RAW_RETURN);
	EXPECT_INT(frame.size, LARGE_SIZE - (sizeof names - 1));
	close(fd);
	return rc;
}

/* robustness: B3, E1 */
static int
a_large_frame_whose_reader_was_stopped_has_its_time_anew(void)
{
	return in_town(stop_a_large_frame);
}

static bool
answers(int fd)
{
	raw_send(fd, RAW_PING, 0, 0, NULL, 0);
	return raw_read(fd, &frame) && frame.kind == RAW_PONG;
}

static int
stop_with_nothing_unread(struct actor_nursery *town)
{
	struct neighbour *neighbour;
	int fd = meet_impatient(&neighbour), other = raw_meet(socket_of("daemon"), "other", 2, &frame), rc;

	(void)town;
	begin_ping(fd);
	send_signal(neighbour->pid, SIGSTOP);
	rc = actor_sleep_ms(FRAME_MS * 5 / 2); /* its timer is late by more than a second */
	send_signal(neighbour->pid, SIGCONT);
	EXPECT(answers(other)); /* so its timers have fired */
	end_ping(fd);
	EXPECT(raw_read(fd, &frame) && frame.kind == RAW_PONG);
	close(fd);
	close(other);
	return rc;
}

/* As if a container were paused, with both sides in it; robustness: B3, E1 */
static int
time_in_which_an_actor_was_stopped_is_not_its_peers(void)
{
	return in_town(stop_with_nothing_unread);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_frame_of_a_peer_has_its_time),
		CHECK(a_reader_that_was_stopped_within_a_frame_takes_what_has_come_meanwhile),
		CHECK(a_large_frame_whose_reader_was_stopped_has_its_time_anew),
		CHECK(time_in_which_an_actor_was_stopped_is_not_its_peers),
	};

	neighbour_root = be_impatient;
	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
