/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input grows with the bytes that have arrived, never with the length that a peer announces; output grows with what
 * we queue, and both shrink back once a large message is through.  A write that fails does not end the link at once:
 * what the peer sent before it died is still to be read.  The stream is shut down, so that its end follows in any case.
 *
 * A Start makes a task, and a read may hold a thousand.  So a link that shares its actor's turns with others is held once
 * it had its part: what is left stays where it is, in front, nothing more is read, and the next turn goes on with it.
 *
 * Both buffers are large enough from the start for the control frames that an end of things takes, so that no memory is
 * needed when there is none.  What is not used of them is never touched.  Only a stranger has to do with less, until he
 * is admitted.
 */
#include <base/probe.h>
#include <errno.h>
#include <net/link.h>
#include <stdio.h>
#include <string.h>
#include <task/task.h>

#define DATA_SIZE (64u * 1024 + 32) /* a fragment, with all that is before it */
#define IN_SIZE (ACTI_LINK_CONTROL_MAX > DATA_SIZE ? ACTI_LINK_CONTROL_MAX : DATA_SIZE)
#define OUT_SIZE (DATA_SIZE + ACTI_LINK_RESERVE)
#define STRANGER_IN_SIZE (4u * 1024)
#define STRANGER_OUT_SIZE 512u
#define DRAIN_READS_MAX 65536
#define BUFFER_KEPT (512u * 1024)     /* what fragments take, two at a time */
#define FLOODED_IN_SIZE (256u * 1024) /* once more came than the buffer had room for */
#define AWAY_NS (1000u * ACTI_NS_PER_MS)

#define BIT(kind) (1u << ACTI_FRAME_##kind)
#define PAYLOAD_KINDS (BIT(START) | BIT(STARTED) | BIT(YIELD) | BIT(RETURN))

static void
end(struct acti_link *link, const char *reason)
{
	if (reason != NULL && reason != link->reason)
		snprintf(link->reason, sizeof link->reason, "%s", reason);
	acti_link_close(link);
	link->ops->ended(link, reason != NULL ? link->reason : NULL);
}

static bool
resize(struct acti_link *link, unsigned char **buffer, size_t *capacity, size_t used, size_t wanted)
{
	unsigned char *grown = acti_allocate(&link->os->memory, wanted);

	if (grown == NULL)
		return false;
	memcpy(grown, *buffer, used);
	acti_release(&link->os->memory, *buffer);
	*buffer = grown;
	*capacity = wanted;
	return true;
}

/* ---- in ---- */

static void
violate(struct acti_link *link, const char *reason)
{
	link->is_violated = true;
	if (link->ops->violated != NULL)
		link->ops->violated(link, reason);
	end(link, reason);
}

static void frame_expired(struct acti_timer *timer);

static void
stop_timing_frame(struct acti_link *link)
{
	if (link->frame_timer_runs)
		link->os->ops->timer_stop(link->os, &link->frame_timer);
	link->frame_timer_runs = false;
}

static bool
is_held(const struct acti_link *link)
{
	return !acti_list_is_empty(&link->held_link);
}

/* `is_another`: frames before it were whole.  For those of one that is held, it is not the peer who takes his time. */
static void
time_frame(struct acti_link *link, bool is_another)
{
	if (is_another || link->in_size == 0)
		stop_timing_frame(link);
	if (link->in_size == 0 || link->frame_timer_runs || is_held(link))
		return;
	link->frame_timer = (struct acti_timer){ .expired = frame_expired };
	link->frame_timer_runs = true;
	link->os->ops->timer_start(link->os, &link->frame_timer, acti_deadline_after_ms(link->os, link->frame_ms));
}

static uint32_t
starts_at_once(const struct acti_link *link)
{
	if (link->starts_per_turn == ACTI_STARTS_UNBOUNDED || link->turns->are_over)
		return ACTI_STARTS_UNBOUNDED;
	return ACTI_MAYBE(link->os, "a turn without a Start") ? 0 : link->starts_per_turn;
}

/* Hands over the whole frames in the buffer, as many as it may; false: the link has ended. */
static bool
dispatch(struct acti_link *link)
{
	uint32_t starts_left = starts_at_once(link);
	size_t start = 0;

	while (link->in_size - start >= ACTI_FRAME_HEADER_SIZE) {
		struct acti_frame frame;
		const unsigned char *header = link->in + start;

		if (!acti_frame_decode(header, link->body_max, &frame)) {
			violate(link, acti_frame_fault(header, link->body_max));
			return false;
		}
		if (link->in_size - start - ACTI_FRAME_HEADER_SIZE < frame.body_size)
			break;
		if (frame.kind == ACTI_FRAME_START && starts_left-- == 0) {
			ACTI_PROBE("a link had its part of a turn");
			acti_list_push_back(&link->turns->held, &link->held_link);
			break;
		}
		if (frame.kind == ACTI_FRAME_YIELD && link->ops->items != NULL) {
			size_t taken = link->ops->items(link, header, link->in_size - start);

			start += taken;
			if (taken > 0)
				continue;
		}
		start += ACTI_FRAME_HEADER_SIZE + frame.body_size;
		link->ops->frame(link, &frame, header + ACTI_FRAME_HEADER_SIZE);
		if (link->fd < 0 || link->is_deaf)
			return false;
	}
	link->in_size -= start;
	if (start > 0 && link->in_size > 0)
		memmove(link->in, link->in + start, link->in_size);
	if (link->frame_ms != 0)
		time_frame(link, start > 0);
	return true;
}

static bool
make_room(struct acti_link *link)
{
	if (link->is_flooded && link->in_capacity < FLOODED_IN_SIZE)
		(void)resize(link, &link->in, &link->in_capacity, link->in_size, FLOODED_IN_SIZE);
	if (link->in_size == link->in_capacity)
		return resize(link, &link->in, &link->in_capacity, link->in_size, link->in_capacity * 2);
	if (link->in_capacity > BUFFER_KEPT && link->in_size < IN_SIZE)
		(void)resize(link, &link->in, &link->in_capacity, link->in_size, IN_SIZE);
	return true;
}

/*
 * We cannot keep the program from closing our descriptors.  What it opens then may get the number: it is not to be
 * written to beyond the first try, nor closed.  Another socket cannot be told from ours.
 */
static void
note_foreign(struct acti_link *link, ssize_t error)
{
	if (error == -EBADF || error == -ENOTSOCK)
		link->is_foreign = true;
}

/* Between two frames only: who stops within one has not stopped in order. */
static bool
is_half_closed(struct acti_link *link, ssize_t count)
{
	return count == 0 && link->in_size == 0 && link->ops->half_closed != NULL && acti_link_is_up(link) &&
	       link->os->ops->is_half_closed(link->os, link->fd);
}

static void
end_of_stream(struct acti_link *link, ssize_t count)
{
	struct acti_frame frame;

	if (link->in_size > 0)
		ACTI_PROBE("a stream ended inside a frame");
	if (link->in_size >= ACTI_FRAME_HEADER_SIZE && acti_frame_decode(link->in, link->body_max, &frame))
		snprintf(link->reason, sizeof link->reason, "it ended inside %s %s frame, after %zu of %zu bytes",
		         acti_frame_kind_article(frame.kind), acti_frame_kind_name(frame.kind), link->in_size,
		         (size_t)frame.body_size + ACTI_FRAME_HEADER_SIZE);
	else if (link->in_size > 0)
		snprintf(link->reason, sizeof link->reason, "it ended inside a header, after %zu of %d bytes",
		         link->in_size, ACTI_FRAME_HEADER_SIZE);
	else if (count < 0 && count != -ECONNRESET)
		snprintf(link->reason, sizeof link->reason, "reading failed: %s", strerror((int)-count));
	else
		link->reason[0] = '\0';
	end(link, link->reason[0] != '\0' ? link->reason : NULL);
}

/* One read; false: there is no more for now, or for ever. */
static bool
take_in(struct acti_link *link)
{
	ssize_t (*read)(struct acti_os * os, int fd, void *buffer, size_t size);
	ssize_t count;

	if (!make_room(link)) {
		end(link, "out of memory for a large frame");
		return false;
	}
	read = link->is_stranger ? link->os->ops->read_from_stranger : link->os->ops->read;
	count = read(link->os, link->fd, link->in + link->in_size, link->in_capacity - link->in_size);
	if (count == -EAGAIN)
		return false;
	if (count == -EBADMSG) {
		violate(link, "descriptors came along");
		return false;
	}
	if (is_half_closed(link, count)) {
		acti_link_stop_reading(link);
		link->ops->half_closed(link);
		return false;
	}
	if (count <= 0) {
		note_foreign(link, count);
		end_of_stream(link, count);
		return false;
	}
	link->reads++;
	link->is_flooded = !link->is_stranger && (size_t)count == link->in_capacity - link->in_size;
	link->in_size += (size_t)count;
	return dispatch(link);
}

/*
 * What waits unread has come in time, as far as we know: we may have been stopped.  And if the timer is late by what no
 * turn takes, we were not there, nor was the peer, if all stood still.  Time starts anew then.
 */
static void
frame_expired(struct acti_timer *timer)
{
	struct acti_link *link = acti_container_of(timer, struct acti_link, frame_timer);
	bool was_away = link->os->ops->now_ns(link->os) > timer->deadline_ns + AWAY_NS;
	char reason[64];

	link->frame_timer_runs = false;
	if (is_held(link) || take_in(link) || link->fd < 0 || link->is_deaf)
		return;
	if (was_away) {
		time_frame(link, true);
		return;
	}
	snprintf(reason, sizeof reason, "a frame was begun and not completed within %u ms", link->frame_ms);
	violate(link, reason);
}

static bool
go_on(struct acti_link *link)
{
	acti_list_remove(&link->held_link);
	return dispatch(link);
}

void
acti_links_go_on(struct acti_turns *turns)
{
	struct acti_list due;

	acti_list_init(&due);
	acti_list_splice(&due, &turns->held); /* some will be held again */
	while (!acti_list_is_empty(&due))
		(void)go_on(acti_container_of(due.next, struct acti_link, held_link));
}

static bool
take_next(struct acti_link *link)
{
	return is_held(link) ? go_on(link) : take_in(link);
}

void
acti_link_drain(struct acti_link *link)
{
	/* A socket holds a few hundred kilobytes; one that never ends is written by who outlived its process. */
	for (unsigned reads = 0; reads < DRAIN_READS_MAX && link->fd >= 0 && !link->is_deaf && take_next(link); reads++)
		;
}

/* ---- out ---- */

static bool
fits(struct acti_link *link, size_t size)
{
	size_t used = link->out_end - link->out_start;

	if (link->out_start > 0 && link->out_capacity - link->out_end < size) {
		memmove(link->out, link->out + link->out_start, used);
		link->out_start = 0;
		link->out_end = used;
	}
	return link->out_capacity - link->out_end >= size;
}

/* A control frame for which the reserve is not enough makes room by writing first: only then it needs memory. */
static bool
make_room_for(struct acti_link *link, size_t size, bool is_payload)
{
	size_t wanted = link->out_capacity;

	if (fits(link, size))
		return true;
	if (!is_payload)
		acti_link_flush(link);
	if (!acti_link_is_up(link))
		return false;
	if (fits(link, size))
		return true;
	while (wanted - link->out_end < size)
		wanted *= 2;
	return resize(link, &link->out, &link->out_capacity, link->out_end, wanted);
}

unsigned char *
acti_link_queue_anew(struct acti_link *link, const struct acti_frame *frame)
{
	size_t size = ACTI_FRAME_HEADER_SIZE + frame->body_size;
	bool is_payload = (PAYLOAD_KINDS >> frame->kind & 1) != 0;
	size_t room = is_payload ? size + ACTI_LINK_RESERVE : size;

	if (!acti_link_is_up(link))
		return NULL;
	if (link->out_capacity - link->out_end < room && !make_room_for(link, room, is_payload))
		return NULL;
	return acti_link_put(link, frame);
}

void
acti_link_break(struct acti_link *link)
{
	if (!acti_link_is_up(link))
		return;
	link->write_broken = true;
	link->out_start = link->out_end;
	if (!link->is_foreign)
		link->os->ops->shutdown(link->os, link->fd);
}

/* The kernel is short of memory: as a full socket, this passes. */
static bool
is_for_now(ssize_t error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
}

static void
watch(struct acti_link *link)
{
	link->os->ops->watch_change(link->os, &link->watch,
	                            (link->is_deaf ? 0u : ACTI_READABLE) | (link->write_armed ? ACTI_WRITABLE : 0u));
}

static void
arm(struct acti_link *link, bool armed)
{
	if (link->write_armed == armed)
		return;
	link->write_armed = armed;
	watch(link);
}

void
acti_link_stop_reading(struct acti_link *link)
{
	if (link->fd < 0)
		return;
	link->is_deaf = true;
	acti_list_remove(&link->held_link);
	stop_timing_frame(link);
	watch(link);
}

static void
wrote(struct acti_link *link)
{
	if (link->out_start < link->out_end) {
		arm(link, true);
	} else {
		link->out_start = link->out_end = 0;
		arm(link, link->is_foreign); /* whose stream tells of no end: its watch does */
		if (link->out_capacity > BUFFER_KEPT)
			(void)resize(link, &link->out, &link->out_capacity, 0, OUT_SIZE);
	}
	if (!acti_link_is_full(link))
		acti_wake_all(&link->writers);
}

void
acti_link_flush(struct acti_link *link)
{
	acti_list_remove(&link->flush_link);
	if (link->fd < 0)
		return;
	while (link->out_start < link->out_end) {
		ssize_t count = link->os->ops->write(link->os, link->fd, link->out + link->out_start,
		                                     link->out_end - link->out_start);

		if (count < 0 && !is_for_now(count)) {
			note_foreign(link, count);
			acti_link_break(link);
			break;
		}
		if (count > 0)
			link->out_start += (size_t)count;
		if (link->out_start < link->out_end)
			break;
	}
	wrote(link);
}

/* The rest of what is to be written, which lies at the end of the queue, or in the pieces that belong there. */
static void
keep_pieces(struct acti_link *link, const struct acti_piece *pieces, size_t count, size_t size, size_t written)
{
	unsigned char *place = link->out + link->out_end - size;

	for (size_t i = 0; i < count; place += pieces[i].size, i++) {
		size_t skipped = written < pieces[i].size ? written : pieces[i].size;

		memcpy(place + skipped, (const unsigned char *)pieces[i].bytes + skipped, pieces[i].size - skipped);
		written -= skipped;
	}
}

void
acti_link_fill(struct acti_link *link, const struct acti_piece *pieces, size_t count)
{
	struct acti_piece all[ACTI_PIECES_MAX];
	size_t size = 0, before;
	ssize_t written = 0;

	for (size_t i = 0; i < count; i++) {
		all[i + 1] = pieces[i];
		size += pieces[i].size;
	}
	before = acti_link_pending(link) - size;
	all[0] = (struct acti_piece){ link->out + link->out_start, before };
	if (!link->write_armed)
		written = link->os->ops->write_pieces(link->os, link->fd, all, count + 1);
	if (written < 0 && !is_for_now(written)) {
		note_foreign(link, written);
		acti_link_break(link);
	}
	if (!acti_link_is_up(link))
		return;
	if (written < 0)
		written = 0;
	keep_pieces(link, pieces, count, size, (size_t)written > before ? (size_t)written - before : 0);
	link->out_start += (size_t)written;
	if (link->out_start == link->out_end)
		acti_list_remove(&link->flush_link);
	wrote(link);
}

static void
ready(struct acti_watch *watch, unsigned readiness)
{
	struct acti_link *link = acti_container_of(watch, struct acti_link, watch);

	if (link->is_foreign) {
		end_of_stream(link, -EBADF);
		return;
	}
	if (readiness & ACTI_WRITABLE)
		acti_link_flush(link);
	if ((readiness & ACTI_READABLE) != 0 && !link->is_deaf && !is_held(link))
		(void)take_in(link);
}

/* ---- open and close ---- */

static int
open_with(struct acti_link *link, struct acti_os *os, const struct acti_link_ops *ops, int fd,
          struct acti_list *flush_list, size_t body_max, size_t queued_max, size_t in_size, size_t out_size)
{
	int rc = -ENOMEM;

	*link = (struct acti_link){
		.ops = ops,
		.os = os,
		.fd = fd,
		.body_max = body_max,
		.queued_max = queued_max,
		.flush_list = flush_list,
		.starts_per_turn = ACTI_STARTS_UNBOUNDED,
		.watch = { .ready = ready },
		.in = acti_allocate(&os->memory, in_size),
		.in_capacity = in_size,
		.out = acti_allocate(&os->memory, out_size),
		.out_capacity = out_size,
	};
	acti_list_init(&link->flush_link);
	acti_list_init(&link->held_link);
	acti_list_init(&link->writers);
	if (link->in != NULL && link->out != NULL)
		rc = os->ops->watch_start(os, &link->watch, fd, ACTI_READABLE);
	if (rc != 0)
		acti_link_close(link);
	return rc;
}

int
acti_link_open(struct acti_link *link, struct acti_os *os, const struct acti_link_ops *ops, int fd,
               struct acti_list *flush_list, size_t body_max, size_t queued_max)
{
	return open_with(link, os, ops, fd, flush_list, body_max, queued_max, IN_SIZE, OUT_SIZE);
}

int
acti_link_open_to_stranger(struct acti_link *link, struct acti_os *os, const struct acti_link_ops *ops, int fd,
                           struct acti_list *flush_list, size_t body_max, size_t queued_max)
{
	int rc = open_with(link, os, ops, fd, flush_list, body_max, queued_max, STRANGER_IN_SIZE, STRANGER_OUT_SIZE);

	link->is_stranger = true;
	return rc;
}

void
acti_link_share_turns(struct acti_link *link, uint32_t starts_per_turn, struct acti_turns *turns)
{
	link->starts_per_turn = starts_per_turn;
	link->turns = turns;
}

/* What is queued keeps its place: it may be more than it was, never less. */
int
acti_link_admit(struct acti_link *link, size_t body_max)
{
	if (link->in_capacity < IN_SIZE && !resize(link, &link->in, &link->in_capacity, link->in_size, IN_SIZE))
		return -ENOMEM;
	if (link->out_capacity < OUT_SIZE && !resize(link, &link->out, &link->out_capacity, link->out_end, OUT_SIZE))
		return -ENOMEM;
	link->body_max = body_max;
	link->is_stranger = false;
	return 0;
}

void
acti_link_close(struct acti_link *link)
{
	if (link->os == NULL || link->fd < 0)
		return;
	stop_timing_frame(link);
	link->os->ops->watch_stop(link->os, &link->watch);
	if (!link->is_foreign)
		link->os->ops->close(link->os, link->fd);
	link->fd = -1;
	acti_list_remove(&link->flush_link);
	acti_list_remove(&link->held_link);
	acti_release(&link->os->memory, link->in);
	acti_release(&link->os->memory, link->out);
	link->in = link->out = NULL;
	link->in_size = link->out_start = link->out_end = 0;
	acti_wake_all(&link->writers);
}
