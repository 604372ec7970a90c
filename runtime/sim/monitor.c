/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads along what every process writes to its links, and holds it against the protocol as docs/wire-format.md tells it,
 * from the sender's side: so a mistake of one side is found even where the other would put up with it.  It knows only
 * frames, and keeps its own books: nothing of the actors' state is asked.
 */
#include <sim/sim.h>
#include <stdlib.h>
#include <string.h>

/* What one side has said of one dialog. */
struct seen {
	uint64_t cid;
	bool is_started, is_acked, is_over; /* said by its two sides */
	unsigned cancels, cancel_acks;
	uint64_t cancel_end; /* where the first Cancel ended in its stream */
};

struct direction {
	bool has_hello, has_bye;
	bool is_probe; /* its Hello says that it only asks */
	bool has_stop; /* with cid 0: it has no use for the connection */
	bool is_maker; /* what is written by the side that made the link */
	uint64_t back; /* the other direction's stream */
	unsigned char header[ACTI_FRAME_HEADER_SIZE];
	size_t header_size;
	uint64_t body_left, offset;
	struct acti_frame frame;
	unsigned char *hello; /* the body of one, as far as it has come; kept for other runs */
	size_t hello_size;
	uint64_t last_cid;
	struct seen *dialogs; /* that this side opened */
	size_t dialog_count, dialog_capacity;
	unsigned actor_cancels, actor_cancel_acks;
};

struct acti_monitor {
	struct direction *at; /* by stream */
	size_t count, capacity;
	actor_wire_Hello hello; /* for one decoding at a time */
};

struct acti_monitor *
acti_monitor_new(void)
{
	struct acti_monitor *monitor = calloc(1, sizeof *monitor);

	if (monitor == NULL)
		abort();
	return monitor;
}

void
acti_monitor_free(struct acti_monitor *monitor)
{
	for (size_t i = 0; i < monitor->capacity; i++) {
		free(monitor->at[i].dialogs);
		free(monitor->at[i].hello);
	}
	free(monitor->at);
	free(monitor);
}

void
acti_monitor_reset(struct acti_monitor *monitor)
{
	for (size_t i = 0; i < monitor->capacity; i++) {
		struct direction *direction = &monitor->at[i];

		*direction = (struct direction){ .dialogs = direction->dialogs,
			                         .dialog_capacity = direction->dialog_capacity,
			                         .hello = direction->hello };
	}
}

static struct direction *
direction_of(struct acti_monitor *monitor, uint64_t stream)
{
	if (stream >= monitor->capacity) {
		size_t before = monitor->capacity;

		monitor->capacity = 2 * (stream + 32);
		monitor->at = realloc(monitor->at, monitor->capacity * sizeof *monitor->at);
		if (monitor->at == NULL)
			abort();
		memset(monitor->at + before, 0, (monitor->capacity - before) * sizeof *monitor->at);
	}
	return &monitor->at[stream];
}

static struct seen *
find(struct direction *opener, uint64_t cid)
{
	for (size_t i = opener->dialog_count; i-- > 0;)
		if (opener->dialogs[i].cid == cid)
			return &opener->dialogs[i];
	return NULL;
}

static void
open_dialog(struct direction *opener, uint64_t cid)
{
	if (opener->dialog_count == opener->dialog_capacity) {
		opener->dialog_capacity = opener->dialog_capacity != 0 ? 2 * opener->dialog_capacity : 16;
		opener->dialogs = realloc(opener->dialogs, opener->dialog_capacity * sizeof *opener->dialogs);
		if (opener->dialogs == NULL)
			abort();
	}
	opener->dialogs[opener->dialog_count++] = (struct seen){ .cid = cid, .is_started = true };
}

/* One frame, from `process`. */
struct said {
	struct acti_monitor *monitor;
	struct acti_sim_process *process, *peer;
	struct direction *here, *there;
	const struct acti_frame *frame;
	bool is_peer; /* on a stream that a connect has made: they are not parent and child there */
};

static void
wrong(const struct said *said, const char *what)
{
	acti_sim_fail(said->process->sim, "%s sends a %s for cid %llu: %s", said->process->title,
	              acti_frame_kind_name(said->frame->kind), (unsigned long long)said->frame->cid, what);
}

static bool
is_ours(const struct said *said)
{
	return (said->frame->cid & 1) == (said->here->is_maker ? 1 : 0);
}

static void
count_start(const struct said *said)
{
	if (said->peer == NULL)
		return;
	if (said->is_peer)
		said->peer->peer_starts++;
	else
		said->peer->starts++;
}

static void
count_reply(const struct said *said)
{
	if (said->is_peer)
		said->process->peer_replies++;
	else
		said->process->replies++;
}

/* Start, and the opener's Cancel. */
static void
opener_says(const struct said *said)
{
	struct direction *here = said->here;
	uint64_t cid = said->frame->cid;
	struct seen *seen;

	if (said->frame->kind == ACTI_FRAME_START) {
		if (cid <= here->last_cid)
			wrong(said, "that id was used before");
		if (here->has_stop)
			wrong(said, "it has let go of the connection");
		here->last_cid = cid;
		count_start(said);
		open_dialog(here, cid);
		return;
	}
	seen = find(here, cid);
	if (said->frame->kind != ACTI_FRAME_CANCEL)
		wrong(said, "only the other side may say that");
	else if (seen == NULL)
		wrong(said, "it was never started");
	else if (seen->cancels++ > 0)
		wrong(said, "it was cancelled before");
	else
		seen->cancel_end = here->offset;
}

static void
endpoint_says(const struct said *said)
{
	struct seen *seen = find(said->there, said->frame->cid);

	if (seen == NULL) {
		wrong(said, "the other side never started it");
		return;
	}
	switch (said->frame->kind) {
	case ACTI_FRAME_START_ACK:
		if (seen->is_acked || seen->is_over)
			wrong(said, "it is too late for that");
		seen->is_acked = true;
		break;
	case ACTI_FRAME_RETURN:
	case ACTI_FRAME_ERROR:
		if (seen->is_over)
			wrong(said, "it has ended before");
		seen->is_over = true;
		count_reply(said);
		break;
	case ACTI_FRAME_CANCEL_ACK:
		if (seen->cancel_acks++ >= seen->cancels)
			wrong(said, "nobody cancelled it");
		break;
	default:
		wrong(said, "no endpoint here may say that");
	}
}

/* What there is between a parent and its child only; peers stop an actor by a call. */
static void
check_peer_says(const struct said *said)
{
	switch (said->frame->kind) {
	case ACTI_FRAME_HELLO:
	case ACTI_FRAME_BYE:
	case ACTI_FRAME_PING:
	case ACTI_FRAME_PONG:
	case ACTI_FRAME_STOP:
		break;
	default:
		wrong(said, "they are not parent and child");
	}
}

static void
letting_go(const struct said *said)
{
	if (!said->is_peer)
		wrong(said, "they are parent and child");
	else if (!said->here->is_maker)
		wrong(said, "the other side has made the connection");
	else if (said->here->has_stop)
		wrong(said, "it said that before");
	said->here->has_stop = true;
}

static void
hello_says(const struct said *said)
{
	actor_wire_Hello *hello = &said->monitor->hello;

	if (!acti_hello_decode(hello, said->here->hello, said->here->hello_size))
		wrong(said, "it cannot be decoded");
	else if (hello->probe && !said->is_peer)
		wrong(said, "only who connects asks who is there");
	else if (hello->probe && !said->here->is_maker)
		wrong(said, "only who connects asks who is there, not who answers");
	else
		said->here->is_probe = hello->probe;
}

static void
actor_says(const struct said *said)
{
	if (said->is_peer)
		check_peer_says(said);
	switch (said->frame->kind) {
	case ACTI_FRAME_HELLO:
		hello_says(said);
		break;
	case ACTI_FRAME_STOP:
		letting_go(said);
		break;
	case ACTI_FRAME_CANCEL:
		if (!said->here->is_maker)
			wrong(said, "a child cannot cancel its parent");
		said->here->actor_cancels++;
		if (said->peer != NULL)
			said->peer->was_told_to_stop = true;
		break;
	case ACTI_FRAME_CANCEL_ACK:
		if (said->here->actor_cancel_acks++ >= said->there->actor_cancels)
			wrong(said, "nobody asked it to stop");
		break;
	case ACTI_FRAME_BYE:
		said->here->has_bye = true;
		break;
	default:
		break;
	}
}

/* Who says goodbye in order has acknowledged all that it has read. */
static void
check_acks(const struct said *said)
{
	struct acti_sim *sim = said->process->sim;
	uint64_t read = acti_sim_stream_read(sim, said->here->back);

	for (size_t i = 0; i < said->there->dialog_count; i++) {
		const struct seen *seen = &said->there->dialogs[i];

		if (seen->cancels > seen->cancel_acks && seen->cancel_end <= read)
			acti_sim_fail(sim, "%s says Bye and has not acknowledged the Cancel of cid %llu",
			              said->process->title, (unsigned long long)seen->cid);
	}
}

static void
frame_written(const struct said *said)
{
	const struct acti_frame *frame = said->frame;

	acti_sim_note(said->process->sim, said->process, acti_frame_kind_name(frame->kind), frame->cid,
	              frame->body_size);
	if (!said->here->has_hello && frame->kind != ACTI_FRAME_HELLO && frame->kind != ACTI_FRAME_BYE)
		wrong(said, "its Hello comes first");
	if (said->here->has_hello && frame->kind == ACTI_FRAME_HELLO)
		wrong(said, "it said that before");
	if (said->here->has_bye)
		wrong(said, "it has said Bye");
	if ((said->here->is_probe || said->there->is_probe) && frame->kind != ACTI_FRAME_HELLO &&
	    frame->kind != ACTI_FRAME_BYE)
		wrong(said, "it was only asked who is there");
	if (frame->kind == ACTI_FRAME_BYE && frame->body_size > 0 && said->here->has_hello)
		wrong(said, "it finds a fault with the other side, and both are ours");
	else if (frame->kind == ACTI_FRAME_BYE)
		check_acks(said);
	said->here->has_hello = true;
	if (frame->cid == 0 || frame->kind == ACTI_FRAME_PING || frame->kind == ACTI_FRAME_PONG)
		actor_says(said);
	else if (is_ours(said))
		opener_says(said);
	else
		endpoint_says(said);
}

/* A Hello is read, the bodies of others are not. */
static void
take_body(struct direction *here, const unsigned char *bytes, size_t size)
{
	if (here->frame.kind != ACTI_FRAME_HELLO || here->hello_size + size > ACTI_HELLO_SIZE_MAX)
		return;
	if (here->hello == NULL)
		here->hello = malloc(ACTI_HELLO_SIZE_MAX);
	if (here->hello == NULL)
		abort();
	memcpy(here->hello + here->hello_size, bytes, size);
	here->hello_size += size;
}

void
acti_monitor_wrote(struct acti_monitor *monitor, struct acti_sim_process *process, int end, const unsigned char *bytes,
                   size_t size)
{
	struct acti_sim *sim = process->sim;
	uint64_t stream = acti_sim_stream_out(sim, end), back = acti_sim_stream_in(sim, end);
	struct direction *here, *there;

	direction_of(monitor, stream > back ? stream : back); /* the table may move when it grows */
	here = direction_of(monitor, stream);
	there = direction_of(monitor, back);
	here->back = back;
	here->is_maker = stream < back;
	while (size > 0) {
		const struct said said = {
			.monitor = monitor,
			.process = process,
			.peer = acti_sim_peer(sim, end),
			.here = here,
			.there = there,
			.frame = &here->frame,
			.is_peer = acti_sim_is_peer_stream(sim, end),
		};
		const char *reason;
		size_t part;

		if (here->body_left > 0) {
			part = size < here->body_left ? size : (size_t)here->body_left;
			here->body_left -= part;
			take_body(here, bytes, part);
		} else {
			part = ACTI_FRAME_HEADER_SIZE - here->header_size;
			part = size < part ? size : part;
			memcpy(here->header + here->header_size, bytes, part);
			here->header_size += part;
			if (here->header_size == ACTI_FRAME_HEADER_SIZE) {
				if (!acti_frame_decode(here->header, UINT32_MAX, &here->frame, &reason)) {
					acti_sim_fail(sim, "%s sends what is no frame: %s", process->title, reason);
					return;
				}
				here->body_left = here->frame.body_size;
			}
		}
		bytes += part;
		size -= part;
		here->offset += part;
		if (here->header_size == ACTI_FRAME_HEADER_SIZE && here->body_left == 0) {
			here->header_size = 0;
			frame_written(&said);
		}
	}
}
