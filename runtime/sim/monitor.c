/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads along what every process writes to its links, and holds it against the protocol as docs/wire-format.md tells it,
 * from the sender's side: so a mistake of one side is found even where the other would put up with it.  It knows only
 * frames, and keeps its own books: nothing of the actors' state is asked.
 */
#include <sim/sim.h>
#include <stdlib.h>
#include <string.h>
#include <wire/bytes.h>

#define WINDOW_MESSAGES_MAX 1024 /* to which a window grows */
#define WINDOW_BYTES_MAX (2 * 1024 * 1024)
#define PREFIX_SIZE 16 /* of a body: what is looked at */

/* The items of one direction. */
struct flow {
	bool is_stopped, is_within; /* an item, of which fragments were sent */
	bool is_granted;
	int64_t messages, bytes; /* that its receiver has granted; the last message may exceed them */
	int64_t messages_max, bytes_max;
};

/* What the two sides have said of one dialog. */
struct seen {
	uint64_t cid;
	bool is_started, is_acked, is_over;
	bool is_announced;
	enum actor_endpoint_kind kind; /* once it is acknowledged */
	struct flow up, down;          /* from the opener; from the endpoint */
	unsigned cancels, cancel_acks;
	uint64_t start_end, cancel_end; /* where its Start and its first Cancel ended in their stream */
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
	unsigned char prefix[PREFIX_SIZE]; /* of the body */
	size_t prefix_size;
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

static struct seen *
open_dialog(struct direction *opener, uint64_t cid)
{
	if (opener->dialog_count == opener->dialog_capacity) {
		opener->dialog_capacity = opener->dialog_capacity != 0 ? 2 * opener->dialog_capacity : 16;
		opener->dialogs = realloc(opener->dialogs, opener->dialog_capacity * sizeof *opener->dialogs);
		if (opener->dialogs == NULL)
			abort();
	}
	opener->dialogs[opener->dialog_count] =
	    (struct seen){ .cid = cid, .is_started = true, .start_end = opener->offset };
	return &opener->dialogs[opener->dialog_count++];
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

/* ---- items ---- */

static void
grant(const struct said *said, struct flow *flow, uint32_t messages, uint32_t bytes)
{
	if (!flow->is_granted) {
		flow->messages_max = messages > WINDOW_MESSAGES_MAX ? messages : WINDOW_MESSAGES_MAX;
		flow->bytes_max = bytes > WINDOW_BYTES_MAX ? bytes : WINDOW_BYTES_MAX;
	}
	flow->is_granted = true;
	flow->messages += messages;
	flow->bytes += bytes;
	if (messages == 0 && bytes == 0)
		wrong(said, "it grants nothing");
	if (flow->messages > flow->messages_max || flow->bytes > flow->bytes_max)
		wrong(said, "it grants more than a window may hold");
}

static void
credit_says(const struct said *said, struct flow *flow)
{
	if (said->frame->body_size != 8)
		wrong(said, "it has another size");
	grant(said, flow, acti_get_u32(said->here->prefix), acti_get_u32(said->here->prefix + 4));
}

static void
item_says(const struct said *said, struct flow *flow)
{
	uint32_t prefix = said->frame->flags & ACTI_FLAG_LOST ? 8 : 0;

	if (flow->is_stopped)
		wrong(said, "it has sent a Stop");
	if (said->frame->flags & ACTI_FLAG_ABORTED) {
		if (!flow->is_within || said->frame->body_size > 0)
			wrong(said, "there is no item to forget");
		flow->is_within = false;
		return;
	}
	if (said->frame->body_size < prefix || (prefix > 0 && acti_get_u64(said->here->prefix) == 0))
		wrong(said, "it counts no lost items");
	if (prefix > 0 && flow->is_within)
		wrong(said, "it counts lost items within one");
	if (!flow->is_within && (flow->messages <= 0 || flow->bytes <= 0))
		wrong(said, "it has no credit");
	if (!flow->is_within)
		flow->messages--;
	flow->bytes -= said->frame->body_size - prefix;
	flow->is_within = (said->frame->flags & ACTI_FLAG_MORE) != 0;
}

static void
stop_says(const struct said *said, struct flow *flow)
{
	if (flow->is_stopped)
		wrong(said, "it said that before");
	if (flow->is_within)
		wrong(said, "it is within an item");
	flow->is_stopped = true;
}

/* Whether items may go to and fro. */
static bool
is_streaming(const struct seen *seen)
{
	return seen->is_acked && (seen->kind == ACTOR_GENERATOR || (seen->kind == ACTOR_CONTEXT && seen->is_announced));
}

/* What a dialog's opener says of its items. */
static void
opener_streams(const struct said *said, struct seen *seen)
{
	if (!is_streaming(seen))
		wrong(said, "it has not begun");
	else if (said->frame->kind == ACTI_FRAME_CREDIT)
		credit_says(said, &seen->down);
	else if (seen->kind == ACTOR_GENERATOR)
		wrong(said, "a generator takes no items");
	else if (said->frame->kind == ACTI_FRAME_YIELD)
		item_says(said, &seen->up);
	else
		stop_says(said, &seen->up);
}

static void
endpoint_streams(const struct said *said, struct seen *seen)
{
	if (seen->is_over)
		wrong(said, "it has ended");
	else if (said->frame->kind == ACTI_FRAME_CREDIT && (!seen->is_acked || seen->kind != ACTOR_CONTEXT))
		wrong(said, "it takes no items");
	else if (said->frame->kind == ACTI_FRAME_CREDIT)
		credit_says(said, &seen->up);
	else if (!is_streaming(seen))
		wrong(said, "it has announced nothing");
	else if (said->frame->kind == ACTI_FRAME_YIELD)
		item_says(said, &seen->down);
	else
		stop_says(said, &seen->down);
}

/* ---- dialogs ---- */

static void
start_says(const struct said *said)
{
	struct direction *here = said->here;
	uint64_t cid = said->frame->cid;
	struct acti_start start;
	struct seen *seen;

	if (cid <= here->last_cid)
		wrong(said, "that id was used before");
	if (here->has_stop)
		wrong(said, "it has let go of the connection");
	here->last_cid = cid;
	count_start(said);
	seen = open_dialog(here, cid);
	if (!acti_start_decode(here->prefix, here->prefix_size, &start))
		wrong(said, "it is too short");
	else if (start.credit_messages > 0 || start.credit_bytes > 0)
		grant(said, &seen->down, start.credit_messages, start.credit_bytes);
}

/* Start, the opener's Cancel, and its items. */
static void
opener_says(const struct said *said)
{
	struct direction *here = said->here;
	uint64_t cid = said->frame->cid;
	struct seen *seen;

	if (said->frame->kind == ACTI_FRAME_START) {
		start_says(said);
		return;
	}
	seen = find(here, cid);
	if (seen == NULL)
		wrong(said, "it was never started");
	else if (said->frame->kind == ACTI_FRAME_YIELD || said->frame->kind == ACTI_FRAME_STOP ||
	         said->frame->kind == ACTI_FRAME_CREDIT)
		opener_streams(said, seen);
	else if (said->frame->kind != ACTI_FRAME_CANCEL)
		wrong(said, "only the other side may say that");
	else if (seen->cancels++ > 0)
		wrong(said, "it was cancelled before");
	else
		seen->cancel_end = here->offset;
}

static void
acked(const struct said *said, struct seen *seen)
{
	if (seen->is_acked || seen->is_over)
		wrong(said, "it is too late for that");
	if (said->frame->body_size != 1 || said->here->prefix[0] < ACTOR_FUNCTION ||
	    said->here->prefix[0] > ACTOR_CONTEXT)
		wrong(said, "there is no such kind of endpoint");
	seen->is_acked = true;
	seen->kind = (enum actor_endpoint_kind)said->here->prefix[0];
	if ((seen->kind != ACTOR_FUNCTION) != seen->down.is_granted)
		wrong(said, "its opener takes it for another kind of endpoint");
}

static void
announced(const struct said *said, struct seen *seen)
{
	if (!seen->is_acked || seen->kind != ACTOR_CONTEXT)
		wrong(said, "only a context announces something");
	if (seen->is_announced || seen->is_over)
		wrong(said, "it is too late for that");
	seen->is_announced = true;
}

static void
ended(const struct said *said, struct seen *seen)
{
	if (seen->is_over)
		wrong(said, "it has ended before");
	if (said->frame->kind == ACTI_FRAME_RETURN && seen->is_acked && seen->kind == ACTOR_CONTEXT &&
	    !seen->is_announced)
		wrong(said, "it has announced nothing");
	if (seen->down.is_within)
		wrong(said, "it is within an item");
	seen->is_over = true;
	count_reply(said);
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
		acked(said, seen);
		break;
	case ACTI_FRAME_STARTED:
		announced(said, seen);
		break;
	case ACTI_FRAME_YIELD:
	case ACTI_FRAME_STOP:
	case ACTI_FRAME_CREDIT:
		endpoint_streams(said, seen);
		break;
	case ACTI_FRAME_RETURN:
	case ACTI_FRAME_ERROR:
		ended(said, seen);
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

/* Who says goodbye in order has acknowledged all that it has read, and ended what it has begun. */
static void
check_debts(const struct said *said)
{
	struct acti_sim *sim = said->process->sim;
	uint64_t read = acti_sim_stream_read(sim, said->here->back);

	for (size_t i = 0; i < said->there->dialog_count; i++) {
		const struct seen *seen = &said->there->dialogs[i];

		if (seen->cancels > seen->cancel_acks && seen->cancel_end <= read)
			acti_sim_fail(sim, "%s says Bye and has not acknowledged the Cancel of cid %llu",
			              said->process->title, (unsigned long long)seen->cid);
		if (seen->is_acked && !seen->is_over)
			acti_sim_fail(sim, "%s says Bye and has not said how cid %llu has ended", said->process->title,
			              (unsigned long long)seen->cid);
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
		check_debts(said);
	said->here->has_hello = true;
	if (frame->cid == 0 || frame->kind == ACTI_FRAME_PING || frame->kind == ACTI_FRAME_PONG)
		actor_says(said);
	else if (is_ours(said))
		opener_says(said);
	else
		endpoint_says(said);
}

/* A Hello is read, of others the beginning. */
static void
take_body(struct direction *here, const unsigned char *bytes, size_t size)
{
	size_t room = PREFIX_SIZE - here->prefix_size, part = size < room ? size : room;

	memcpy(here->prefix + here->prefix_size, bytes, part);
	here->prefix_size += part;
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
				if (!acti_frame_decode(here->header, UINT32_MAX, &here->frame)) {
					acti_sim_fail(sim, "%s sends what is no frame: %s", process->title,
					              acti_frame_fault(here->header, UINT32_MAX));
					return;
				}
				here->body_left = here->frame.body_size;
				here->prefix_size = 0;
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
