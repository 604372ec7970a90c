/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_NET_LINK_H
#define ACTI_NET_LINK_H

/*
 * A link carries frames over a byte stream.  One read takes many frames in; what is sent in a turn of the loop leaves
 * in one write at its end.
 */

#include <os/os.h>
#include <wire/control.h>
#include <wire/frame.h>

/* The largest control frame: an Error with its value. */
#define ACTI_LINK_CONTROL_MAX (ACTI_FRAME_HEADER_SIZE + ACTI_ERROR_SIZE_MAX + ACTI_RAISED_VALUE_MAX)

#define ACTI_LINK_RESERVE (ACTI_LINK_CONTROL_MAX + 32u * 1024) /* of the outgoing buffer, for control frames */

#define ACTI_STARTS_UNBOUNDED UINT32_MAX

struct acti_link;

struct acti_link_ops {
	/* A whole frame; `body` is valid during the call.  May close the link. */
	void (*frame)(struct acti_link *link, const struct acti_frame *frame, const unsigned char *body);
	/*
	 * Frames, of which the first is a whole Yield: gives how many bytes of whole ones it has taken all at once; the next
	 * goes to frame().  Does not close the link.  May be NULL.
	 */
	size_t (*items)(struct acti_link *link, const unsigned char *frames, size_t size);
	/*
	 * Nothing more will come, and nothing can be sent.  `reason` is NULL at an orderly end, between two frames; else
	 * it says what was wrong: link->is_violated tells a peer that broke the rules from one that ended in mid-frame.
	 * Once, and not from acti_link_close().
	 */
	void (*ended)(struct acti_link *link, const char *reason);
	/* What came is no frame: the last occasion to tell the peer, before ended().  May be NULL. */
	void (*violated)(struct acti_link *link, const char *reason);
	/* The peer says no more, but listens; nothing is read from now on.  May be NULL: that is an end as any other. */
	void (*half_closed)(struct acti_link *link);
};

/* The turns that links share. */
struct acti_turns {
	struct acti_list held; /* links with frames that wait for the next one */
	bool are_over;         /* nobody is held any more: all that has come is to be handed over */
};

struct acti_link {
	const struct acti_link_ops *ops;
	struct acti_os *os;
	int fd; /* -1: closed */
	bool write_armed, write_broken;
	bool is_deaf;     /* nothing more is read */
	bool is_stranger; /* not admitted yet */
	bool is_violated; /* ended because of what the peer sent */
	bool is_foreign; /* somebody in this process closed `fd`: it means nothing now, or something that is not ours */
	size_t body_max;
	size_t queued_max;
	uint32_t frame_ms; /* for a frame that has begun; 0: as long as it takes */
	bool frame_timer_runs;
	struct acti_timer frame_timer;
	struct acti_list *flush_list; /* where it waits for the end of the turn */
	struct acti_list flush_link;
	uint32_t starts_per_turn;
	struct acti_turns *turns; /* where it waits for the next one, if frames are left; NULL: it never does */
	struct acti_list held_link;
	struct acti_list writers; /* tasks that wait for room */
	struct acti_watch watch;
	unsigned char *in;
	size_t in_capacity, in_size;
	uint32_t reads;  /* that gave something; it wraps */
	bool is_flooded; /* the last one filled the buffer */
	unsigned char *out;
	size_t out_capacity, out_start, out_end;
	char reason[160]; /* why it ended; "": in order */
};

/* Takes the descriptor over, also when it fails (-ENOMEM, or what watching it gives). */
int acti_link_open(struct acti_link *link, struct acti_os *os, const struct acti_link_ops *ops, int fd,
                   struct acti_list *flush_list, size_t body_max, size_t queued_max);

/*
 * The same for somebody who has not said yet who he is: with buffers of a few kilobytes, and without the reserve.  Admit
 * him with the first frame, before anything but small frames is queued; -ENOMEM leaves the link as it was.
 */
int acti_link_open_to_stranger(struct acti_link *link, struct acti_os *os, const struct acti_link_ops *ops, int fd,
                               struct acti_list *flush_list, size_t body_max, size_t queued_max);
int acti_link_admit(struct acti_link *link, size_t body_max);

/*
 * At the most so many Starts at once are handed over.  If there are more, the link is held, and is neither
 * read nor handed over from until acti_links_go_on(): every turn of the loop is to call that once, and not to wait while
 * one is held.
 */
void acti_link_share_turns(struct acti_link *link, uint32_t starts_per_turn, struct acti_turns *turns);
void acti_links_go_on(struct acti_turns *turns);

void acti_link_close(struct acti_link *link); /* what is queued is lost; safe on a closed or zeroed one */

static inline bool
acti_link_is_up(const struct acti_link *link)
{
	return link->fd >= 0 && !link->write_broken;
}

/* For acti_link_queue(): when there is room; and when there is not, or little. */
static inline unsigned char *
acti_link_put(struct acti_link *link, const struct acti_frame *frame)
{
	unsigned char *place = link->out + link->out_end;

	acti_frame_encode(frame, place);
	link->out_end += ACTI_FRAME_HEADER_SIZE + frame->body_size;
	if (acti_list_is_empty(&link->flush_link))
		acti_list_push_back(link->flush_list, &link->flush_link);
	return place + ACTI_FRAME_HEADER_SIZE;
}

unsigned char *acti_link_queue_anew(struct acti_link *link, const struct acti_frame *frame);

/*
 * Queues a frame: gives the place for its body, to be filled before anything else is done with the link.  NULL when
 * memory is spent, or the link is closed or broken.
 *
 * Frames with a payload leave a reserve untouched, so that control frames need no memory: the largest Error fits
 * whenever the link is not full, and besides it some 2,000 acknowledgements.
 */
static inline unsigned char *
acti_link_queue(struct acti_link *link, const struct acti_frame *frame)
{
	size_t room = link->out_capacity - link->out_end;

	if (!acti_link_is_up(link) || room < ACTI_FRAME_HEADER_SIZE + (size_t)frame->body_size + ACTI_LINK_RESERVE)
		return acti_link_queue_anew(link, frame);
	return acti_link_put(link, frame);
}

/*
 * For a body that lies elsewhere: it is made of these pieces, and is the end of what was queued last.  What the socket takes is
 * written at once, without being copied.
 */
void acti_link_fill(struct acti_link *link, const struct acti_piece *pieces, size_t count);

/* Bytes that are queued. */
static inline size_t
acti_link_pending(const struct acti_link *link)
{
	return link->out_end - link->out_start;
}

/*
 * Gives up writing: what is queued is lost, what has arrived is still handed over, and then the link ends in the
 * ordinary way.  Nothing on one that is down.
 */
void acti_link_break(struct acti_link *link);

/*
 * Whether what may wait should wait, for the queue to become shorter or for the reserve to be whole again: calls, and
 * the outcomes of tasks.  Other control frames never do.
 */
static inline bool
acti_link_is_full(const struct acti_link *link)
{
	size_t pending = acti_link_pending(link);

	return pending >= link->queued_max || link->out_capacity - pending < ACTI_LINK_CONTROL_MAX;
}

/* From now on only what is queued leaves: its last frame is to be the last that is said. */
void acti_link_stop_reading(struct acti_link *link);

/* Writes what is queued, as far as the peer takes it. */
void acti_link_flush(struct acti_link *link);

/* Handles what has arrived by now, up to the end of the stream; for a peer that is known to be dead. */
void acti_link_drain(struct acti_link *link);

#endif
