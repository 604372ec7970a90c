/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Items.  Each side tells the other how many messages and bytes it takes (a grant), and more as they are received; a sender
 * without credit waits, or fails, or drops, as the receiver wants it.  A message may begin on any credit, and goes on
 * without.  So what waits here is bounded by the window and one message, and nothing that comes ever has to wait to be read
 * off the link.  receive.c takes the items that wait, send.c sends them.
 */
#include <rpc/stream.h>
#include <string.h>
#include <wire/bytes.h>

#define WINDOW_MESSAGES 64
#define WINDOW_BYTES (256u * 1024)
#define WINDOW_MESSAGES_MAX 8192 /* of a receiver that is quick */
#define WINDOW_BYTES_MAX (2u * 1024 * 1024)
#define CREDIT_SIZE 8
#define SMALL_MAX 2048 /* bytes of an item that lies as it came */

/* ---- who waits to send ---- */

static void
wake_writer(struct acti_list *link)
{
	acti_wake_all(&acti_container_of(link, struct acti_writer, link)->waiter);
}

void
acti_stream_wake_writer(struct acti_context *context)
{
	if (!acti_list_is_empty(&context->out.writers))
		wake_writer(context->out.writers.next);
}

void
acti_stream_wake_writers(struct acti_context *context)
{
	acti_list_for_each(link, &context->out.writers)
		wake_writer(link);
}

/* ---- the record ---- */

void
acti_stream_configure(struct acti_context *context, const struct actor_context_options *options)
{
	struct acti_stream_in *in = &context->in;

	in->window_messages =
	    options != NULL && options->window_messages > 0 ? options->window_messages : WINDOW_MESSAGES;
	in->window_bytes = options != NULL && options->window_bytes > 0 ? options->window_bytes : WINDOW_BYTES;
	in->overrun = options != NULL ? options->overrun : ACTOR_OVERRUN_WAIT;
	in->may_grow = in->overrun == ACTOR_OVERRUN_WAIT &&
	               (options == NULL || (options->window_messages == 0 && options->window_bytes == 0));
	in->granted_messages = in->window_messages;
	in->granted_bytes = in->window_bytes;
}

void
acti_stream_init(struct acti_context *context, const struct actor_context_options *options)
{
	struct acti_stream_in *in = &context->in;

	acti_stream_configure(context, options);
	acti_list_init(&in->readers);
	acti_list_init(&in->kept);
	acti_list_init(&in->subscriptions);
	acti_list_init(&context->out.writers);
}

static void
empty_inbox(struct acti_context *context)
{
	while (!acti_inbox_is_empty(&context->in.inbox)) {
		struct acti_arrival first = acti_inbox_first(&context->in.inbox);

		acti_inbox_take(&context->in.inbox, acti_context_pool(context), &first);
		acti_pool_release(acti_context_pool(context), first.item);
	}
}

void
acti_stream_fini(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	acti_subscriptions_close(context);
	empty_inbox(context);
	for (struct acti_list *link; (link = acti_list_pop_front(&in->kept)) != NULL;)
		acti_pool_release(acti_context_pool(context), acti_container_of(link, struct acti_item, link));
	acti_pool_release(acti_context_pool(context), in->partial);
	in->partial = NULL;
	acti_wake_all(&in->readers);
	for (struct acti_list *link; (link = acti_list_pop_front(&context->out.writers)) != NULL;)
		wake_writer(link);
}

/* ---- credit ---- */

unsigned
acti_stream_policy_flags(const struct acti_context *context)
{
	switch (context->in.overrun) {
	case ACTOR_OVERRUN_FAIL:
		return ACTI_FLAG_OVERRUN_FAIL;
	case ACTOR_OVERRUN_DROP:
		return ACTI_FLAG_OVERRUN_DROP;
	default:
		return 0;
	}
}

void
acti_stream_take_policy(struct acti_context *context, unsigned flags)
{
	if (flags & ACTI_FLAG_OVERRUN_FAIL)
		context->out.overrun = ACTOR_OVERRUN_FAIL;
	else if (flags & ACTI_FLAG_OVERRUN_DROP)
		context->out.overrun = ACTOR_OVERRUN_DROP;
}

static void
send_credit(struct acti_context *context, uint32_t messages, uint32_t bytes, unsigned flags)
{
	const struct acti_frame frame = {
		.body_size = CREDIT_SIZE,
		.kind = ACTI_FRAME_CREDIT,
		.flags = flags,
		.cid = context->dialog->cid,
	};
	unsigned char *body = acti_connection_queue_answer(acti_stream_connection(context), &frame);

	if (body == NULL)
		return;
	acti_put_u32(body, messages);
	acti_put_u32(body + 4, bytes);
}

/* The first grant of an endpoint: an opener's is in its Start. */
void
acti_stream_grant(struct acti_context *context)
{
	context->in.is_granted = true;
	send_credit(context, context->in.window_messages, context->in.window_bytes, acti_stream_policy_flags(context));
}

static void
grow(struct acti_stream_in *in)
{
	if (in->owed_messages * 2 >= in->window_messages && in->window_messages < WINDOW_MESSAGES_MAX) {
		in->owed_messages += in->window_messages;
		in->window_messages *= 2;
	}
	if (in->owed_bytes * 2 >= in->window_bytes && in->window_bytes < WINDOW_BYTES_MAX) {
		in->owed_bytes += in->window_bytes;
		in->window_bytes *= 2;
	}
}

void
acti_stream_grant_more(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	if (context->dialog == NULL || in->has_ended)
		return;
	if (in->may_grow && in->is_drained)
		grow(in);
	in->is_drained = false;
	send_credit(context, (uint32_t)in->owed_messages, (uint32_t)in->owed_bytes, 0);
	in->granted_messages += in->owed_messages;
	in->granted_bytes += in->owed_bytes;
	in->owed_messages = in->owed_bytes = 0;
	if (!acti_inbox_is_empty(&in->inbox))
		acti_link_flush(
		    &acti_stream_connection(context)->link); /* the sender is to work while this side does */
}

const char *
acti_stream_take_credit(struct acti_context *context, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_stream_out *out = &context->out;

	if (frame->body_size != CREDIT_SIZE)
		return "a Credit of another size than 8 bytes";
	out->credit_messages += acti_get_u32(body);
	out->credit_bytes += acti_get_u32(body + 4);
	if (out->credit_messages > UINT32_MAX || out->credit_bytes > UINT32_MAX)
		return "more credit than there can be";
	acti_stream_take_policy(context, frame->flags);
	acti_stream_wake_writer(context);
	return NULL;
}

/* ---- what comes ---- */

/* As large as the last one, which really came, at once; else it doubles. */
static struct acti_item *
with_room(struct acti_context *context, struct acti_item *item, size_t size, bool is_fragment)
{
	struct acti_item *grown;
	size_t wanted = item != NULL ? 2 * (size_t)item->capacity : size;

	if (item != NULL && item->capacity - item->size >= size)
		return item;
	if (is_fragment && size >= ACTI_FRAGMENT_MAX && wanted < context->in.largest)
		wanted = context->in.largest;
	if (item != NULL && wanted < item->size + size)
		wanted = item->size + size;
	grown = acti_item_new(acti_context_pool(context), &context->actor->blocks, wanted);
	if (grown == NULL || item == NULL)
		return grown;
	memcpy(acti_item_bytes(grown), acti_item_bytes(item), item->size);
	grown->size = item->size;
	acti_pool_release(acti_context_pool(context), item);
	return grown;
}

/* They are told of with the next item that comes whole, or at the end. */
static void
note_lost(struct acti_stream_in *in, const unsigned char *count)
{
	in->lost += acti_get_u64(count);
	in->lost_since += acti_get_u64(count);
}

/* Something is in the inbox. */
static void
arrived(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	context->has_streamed = true;
	if (in->is_closing || in->discarders > 0)
		acti_stream_discard(context);
	if (!acti_list_is_empty(&in->readers))
		acti_wake_all(&in->readers);
}

/* It is of a message that begins; NULL: it may. */
static const char *
spend_message(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	if (acti_stream_leg_in(context) == NULL)
		return "an item of a leg that its contract does not have";
	if (in->granted_messages <= 0 || in->granted_bytes <= 0)
		return "an item beyond the credit that it has";
	in->granted_messages--;
	return NULL;
}

void
acti_stream_run_out(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	acti_pool_release(acti_context_pool(context), in->partial);
	in->partial = NULL;
	in->has_run_out = true;
	acti_context_run_out(context, "an item");
	acti_wake_all(&in->readers);
	acti_stream_wake_writers(context);
}

/* The sender was cancelled within it. */
static const char *
abort_item(struct acti_context *context, const struct acti_frame *frame)
{
	struct acti_stream_in *in = &context->in;

	if (in->partial == NULL || frame->body_size > 0 || frame->flags != ACTI_FLAG_ABORTED)
		return "the end of an item that was not begun";
	acti_stream_give_back(context, in->partial->size);
	acti_pool_release(acti_context_pool(context), in->partial);
	in->partial = NULL;
	return NULL;
}

static void
add_item(struct acti_context *context, struct acti_item *item)
{
	struct acti_stream_in *in = &context->in;

	item->lost = in->lost_since;
	if (!acti_inbox_add_item(&in->inbox, acti_context_pool(context), &context->actor->blocks, item)) {
		acti_pool_release(acti_context_pool(context), item);
		acti_stream_run_out(context);
		return;
	}
	in->lost_since = 0;
	arrived(context);
}

/* In fragments, or after others that were lost, or large: with a record of its own. */
const char *
acti_stream_take_item(struct acti_context *context, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_stream_in *in = &context->in;
	size_t prefix = frame->flags & ACTI_FLAG_LOST ? ACTI_LOST_SIZE : 0, size = frame->body_size - prefix;
	bool is_fragment = in->partial != NULL || (frame->flags & ACTI_FLAG_MORE) != 0;
	struct acti_item *item;
	const char *fault;

	if (in->has_run_out || context->has_outcome)
		return NULL; /* of one whose end was decided here, and that does not know of it yet */
	if (frame->flags & ACTI_FLAG_ABORTED)
		return abort_item(context, frame);
	if (frame->body_size < prefix || (prefix > 0 && in->partial != NULL))
		return "a Yield whose count of lost items is misplaced";
	fault = in->partial == NULL ? spend_message(context) : NULL;
	if (fault != NULL)
		return fault;
	if ((in->partial != NULL ? in->partial->size : 0) + size > context->actor->limits.message_size_max)
		return "an item that is larger than a message may be";
	in->granted_bytes -= (int64_t)size;
	item = with_room(context, in->partial, size, is_fragment);
	if (item == NULL) {
		acti_stream_run_out(context);
		return NULL;
	}
	if (prefix > 0)
		note_lost(in, body);
	memcpy(acti_item_bytes(item) + item->size, body + prefix, size);
	item->size += (uint32_t)size;
	in->partial = frame->flags & ACTI_FLAG_MORE ? item : NULL;
	if (is_fragment && item->size > in->largest)
		in->largest = item->size;
	if (in->partial == NULL)
		add_item(context, item);
	return NULL;
}

/* The size of the frame if it is a small whole item of this stream, within its credit; 0: it is not. */
static inline size_t
small_item(const struct acti_context *context, const unsigned char *frame, size_t size)
{
	const struct acti_stream_in *in = &context->in;
	size_t body_size;

	if (size < ACTI_FRAME_HEADER_SIZE)
		return 0;
	body_size = acti_get_u32(frame);
	if (acti_get_u32(frame + 4) != ACTI_FRAME_YIELD || acti_get_u64(frame + 8) != context->dialog->cid ||
	    body_size > SMALL_MAX || body_size > size - ACTI_FRAME_HEADER_SIZE || in->granted_messages <= 0 ||
	    in->granted_bytes <= 0)
		return 0;
	return ACTI_FRAME_HEADER_SIZE + body_size;
}

/* As many as one block has room for. */
static size_t
take_some(struct acti_context *context, const unsigned char *frames, size_t size)
{
	struct acti_stream_in *in = &context->in;
	size_t next = small_item(context, frames, size), room, taken = 0;
	unsigned char *place;

	if (next == 0)
		return 0;
	place = acti_inbox_place(&in->inbox, acti_context_pool(context), &context->actor->blocks, next, &room);
	if (place == NULL)
		return 0;
	if (size > room)
		size = room;
	for (; next > 0; next = small_item(context, frames + taken, size - taken)) {
		in->granted_messages--;
		in->granted_bytes -= (int64_t)(next - ACTI_FRAME_HEADER_SIZE);
		taken += next;
	}
	memcpy(place, frames, taken);
	acti_inbox_add(&in->inbox, taken);
	return taken;
}

size_t
acti_stream_take_items(struct acti_context *context, const unsigned char *frames, size_t size)
{
	const struct acti_stream_in *in = &context->in;
	size_t taken = 0;

	if (in->has_run_out || context->has_outcome || in->partial != NULL || in->lost_since > 0 ||
	    acti_stream_leg_in(context) == NULL || context->actor->limits.message_size_max < SMALL_MAX)
		return 0;
	for (size_t some; (some = take_some(context, frames + taken, size - taken)) > 0;)
		taken += some;
	if (taken > 0)
		arrived(context);
	return taken;
}

const char *
acti_stream_take_stop(struct acti_context *context, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_stream_in *in = &context->in;

	if (context->has_outcome)
		return NULL;
	if (frame->body_size != (frame->flags & ACTI_FLAG_LOST ? ACTI_LOST_SIZE : 0u))
		return "a Stop with a body that it has not";
	if (in->partial != NULL)
		return "a Stop within an item";
	if (frame->flags & ACTI_FLAG_LOST)
		note_lost(in, body);
	in->has_ended = true;
	acti_wake_all(&in->readers);
	return NULL;
}

void
acti_stream_end(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	in->has_ended = true;
	acti_pool_release(acti_context_pool(context), in->partial);
	in->partial = NULL;
	acti_wake_all(&in->readers);
	acti_stream_wake_writers(context);
}

void
acti_stream_discard(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	if (!in->is_closing && (in->discarders == 0 || in->receiving > 0))
		return;
	while (in->is_shared && acti_stream_share_next(context))
		;
	while (!acti_inbox_is_empty(&in->inbox)) {
		struct acti_arrival first = acti_inbox_first(&in->inbox);

		acti_stream_take_first(context, &first);
		acti_pool_release(acti_context_pool(context), first.item);
	}
}
