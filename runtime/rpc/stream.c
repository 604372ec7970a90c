/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Items.  Each side tells the other how many messages and bytes it takes (a grant), and more as they are received; a sender
 * without credit waits, or fails, or drops, as the receiver wants it.  A message may begin on any credit, and goes on
 * without.  So what waits here is bounded by the window and one message, and nothing that comes ever has to wait to be read
 * off the link.
 *
 * Large messages leave in fragments, each when there is little in the link's queue: whatever else is to be said, a Cancel
 * above all, never waits behind more than that.
 */
#include <errno.h>
#include <rpc/context.h>
#include <stdio.h>
#include <string.h>
#include <wire/bytes.h>

#define WINDOW_MESSAGES 64
#define WINDOW_BYTES (256u * 1024)
#define WINDOW_MESSAGES_MAX 1024 /* of a receiver that is quick */
#define WINDOW_BYTES_MAX (2u * 1024 * 1024)
#define FRAGMENT_MAX (64u * 1024)
#define QUEUED_MAX (128u * 1024) /* in the link, before an item */
#define LOST_SIZE 8
#define CREDIT_SIZE 8

static struct acti_connection *
connection_of(const struct acti_context *context)
{
	return context->dialog->connection;
}

/* What comes here, and what is sent from here. */
static const ProtobufCMessageDescriptor *
leg_in(const struct acti_context *context)
{
	return context->is_opener ? context->endpoint->receive : context->endpoint->send;
}

static const ProtobufCMessageDescriptor *
leg_out(const struct acti_context *context)
{
	return context->is_opener ? context->endpoint->send : context->endpoint->receive;
}

static void
wake_writer(struct acti_list *link)
{
	acti_wake_all(&acti_container_of(link, struct acti_writer, link)->waiter);
}

static void
wake_first_writer(struct acti_context *context)
{
	if (!acti_list_is_empty(&context->out.writers))
		wake_writer(context->out.writers.next);
}

/* It is over: they are to see that. */
static void
wake_all_writers(struct acti_context *context)
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
	acti_list_init(&in->items);
	acti_list_init(&in->readers);
	acti_list_init(&in->kept);
	acti_list_init(&in->subscriptions);
	acti_list_init(&context->out.writers);
}

static void
release_items(struct acti_context *context, struct acti_list *items)
{
	for (struct acti_list *link; (link = acti_list_pop_front(items)) != NULL;)
		acti_pool_release(acti_context_pool(context), acti_container_of(link, struct acti_item, link));
}

void
acti_stream_fini(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	acti_subscriptions_close(context);
	release_items(context, &in->items);
	release_items(context, &in->kept);
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
		.flags = (uint8_t)flags,
		.cid = context->dialog->cid,
	};
	unsigned char *body = acti_connection_queue_answer(connection_of(context), &frame);

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

/* An item has left the queue.  The sender hears of it when half of the window has. */
static void
give_back(struct acti_context *context, size_t size)
{
	struct acti_stream_in *in = &context->in;

	in->owed_messages++;
	in->owed_bytes += (int64_t)size;
	if (context->dialog == NULL || in->has_ended)
		return;
	if (in->owed_messages * 2 < in->window_messages && in->owed_bytes * 2 < in->window_bytes)
		return;
	if (in->may_grow && acti_list_is_empty(&in->items))
		grow(in);
	send_credit(context, (uint32_t)in->owed_messages, (uint32_t)in->owed_bytes, 0);
	in->granted_messages += in->owed_messages;
	in->granted_bytes += in->owed_bytes;
	in->owed_messages = in->owed_bytes = 0;
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
	wake_first_writer(context);
	return NULL;
}

/* ---- what comes ---- */

static struct acti_item *
new_item(struct acti_context *context, size_t capacity)
{
	struct acti_item *item =
	    acti_pool_allocate(acti_context_pool(context), &context->actor->blocks, sizeof *item + capacity);

	if (item == NULL)
		return NULL;
	acti_list_init(&item->link);
	item->lost = 0;
	item->size = 0;
	item->capacity = capacity;
	return item;
}

/* As large as the last one, which really came, at once; else it doubles. */
static struct acti_item *
with_room(struct acti_context *context, struct acti_item *item, size_t size, bool is_fragment)
{
	struct acti_item *grown;
	size_t wanted = item != NULL ? item->capacity * 2 : size;

	if (item != NULL && item->capacity - item->size >= size)
		return item;
	if (is_fragment && size >= FRAGMENT_MAX && wanted < context->in.largest)
		wanted = context->in.largest;
	if (item != NULL && wanted < item->size + size)
		wanted = item->size + size;
	grown = new_item(context, wanted);
	if (grown == NULL || item == NULL)
		return grown;
	memcpy(grown->bytes, item->bytes, item->size);
	grown->size = item->size;
	acti_pool_release(acti_context_pool(context), item);
	context->in.partial = NULL;
	return grown;
}

/* They are told of with the next item that comes whole, or at the end. */
static void
note_lost(struct acti_stream_in *in, const unsigned char *count)
{
	in->lost += acti_get_u64(count);
	in->lost_since += acti_get_u64(count);
}

static void
arrived(struct acti_context *context, struct acti_item *item)
{
	struct acti_stream_in *in = &context->in;

	context->has_streamed = true;
	item->lost = in->lost_since;
	in->lost_since = 0;
	acti_list_push_back(&in->items, &item->link);
	acti_stream_discard(context);
	acti_wake_all(&in->readers);
}

static const char *
begin_item(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	if (leg_in(context) == NULL)
		return "an item of a leg that its contract does not have";
	if (in->partial != NULL)
		return NULL;
	if (in->granted_messages <= 0 || in->granted_bytes <= 0)
		return "an item beyond the credit that it has";
	in->granted_messages--;
	return NULL;
}

/* Out of memory is the end of this context, and of nothing else. */
static void
run_out(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	acti_pool_release(acti_context_pool(context), in->partial);
	in->partial = NULL;
	in->has_run_out = true;
	if (context->is_opener)
		acti_context_refuse(context, "out of memory for an item");
	else
		acti_scope_cancel(&context->task->root_scope, ACTOR_ECANCELED, &context->actor->uid);
}

/* The sender was cancelled within it. */
static const char *
abort_item(struct acti_context *context, const struct acti_frame *frame)
{
	struct acti_stream_in *in = &context->in;

	if (in->partial == NULL || frame->body_size > 0 || frame->flags != ACTI_FLAG_ABORTED)
		return "the end of an item that was not begun";
	give_back(context, in->partial->size);
	acti_pool_release(acti_context_pool(context), in->partial);
	in->partial = NULL;
	return NULL;
}

const char *
acti_stream_take_item(struct acti_context *context, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_stream_in *in = &context->in;
	size_t prefix = frame->flags & ACTI_FLAG_LOST ? LOST_SIZE : 0, size = frame->body_size - prefix;
	bool is_fragment = in->partial != NULL || (frame->flags & ACTI_FLAG_MORE) != 0;
	struct acti_item *item;
	const char *fault;

	if (in->has_run_out || context->has_outcome)
		return NULL; /* of one whose end was decided here, and that does not know of it yet */
	if (frame->flags & ACTI_FLAG_ABORTED)
		return abort_item(context, frame);
	if (frame->body_size < prefix || (prefix > 0 && in->partial != NULL))
		return "a Yield whose count of lost items is misplaced";
	fault = begin_item(context);
	if (fault != NULL)
		return fault;
	if ((in->partial != NULL ? in->partial->size : 0) + size > context->actor->limits.message_size_max)
		return "an item that is larger than a message may be";
	in->granted_bytes -= (int64_t)size;
	item = with_room(context, in->partial, size, is_fragment);
	if (item == NULL) {
		run_out(context);
		return NULL;
	}
	if (prefix > 0)
		note_lost(in, body);
	memcpy(item->bytes + item->size, body + prefix, size);
	item->size += size;
	in->partial = frame->flags & ACTI_FLAG_MORE ? item : NULL;
	if (is_fragment && item->size > in->largest)
		in->largest = item->size;
	if (in->partial == NULL)
		arrived(context, item);
	return NULL;
}

const char *
acti_stream_take_stop(struct acti_context *context, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_stream_in *in = &context->in;

	if (context->has_outcome)
		return NULL;
	if (frame->body_size != (frame->flags & ACTI_FLAG_LOST ? LOST_SIZE : 0u))
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
	wake_all_writers(context);
}

void
acti_stream_discard(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;

	if (!in->is_closing && (in->discarders == 0 || in->receiving > 0))
		return;
	while (in->is_shared && acti_stream_share_next(context))
		;
	for (struct acti_item *item; (item = acti_stream_next(context)) != NULL;)
		acti_pool_release(acti_context_pool(context), item);
}

/* ---- receiving ---- */

struct acti_item *
acti_stream_next(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;
	struct acti_list *link = acti_list_pop_front(&in->items);
	struct acti_item *item;

	if (link == NULL)
		return NULL;
	item = acti_container_of(link, struct acti_item, link);
	give_back(context, item->size);
	return item;
}

/* An item that breaks its type is its sender's failure, who is told which. */
static int
refuse_item(struct acti_context *context, const struct acti_refusal *refusal)
{
	const char *name = context->endpoint->name, *type = leg_in(context)->name;
	char why[sizeof refusal->text + 256];

	snprintf(why, sizeof why, "an item of %s that %s has sent: %s: %s", name,
	         context->is_opener ? "it" : "its opener", type, refusal->text);
	if (context->is_opener && context->dialog != NULL) {
		acti_context_refuse(context, why);
		return acti_context_outcome(context);
	}
	return acti_fail(ACTOR_EPROTOCOL, "%s", why);
}

int
acti_stream_decode(struct acti_context *context, const struct acti_item *item, void *ret_item)
{
	struct acti_task *task = acti_task_current();
	struct acti_refusal refusal;
	void *message;
	int rc = acti_payload_decode(acti_context_pool(context), &task->blocks, &context->actor->limits,
	                             leg_in(context), item->bytes, item->size, &message, &refusal);

	if (rc == -ENOMEM)
		return acti_fail(ACTOR_ENOMEM, "an item of %s: out of memory", context->endpoint->name);
	if (rc != 0)
		return refuse_item(context, &refusal);
	if (ret_item != NULL)
		memcpy(ret_item, &message, sizeof message);
	else
		actor_free(message);
	return 0;
}

int
acti_stream_end_code(const struct acti_context *context)
{
	int rc = context->is_opener && context->has_outcome ? acti_context_outcome(context) : 0;

	return rc != 0 ? rc : ACTOR_END_OF_STREAM;
}

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_context *context = acti_container_of(task->queue, const struct acti_context, in.readers);

	acti_view_add(view, "waits for an item of %s.%s", context->service->name, context->endpoint->name);
}

/* Whatever ended the wait, the check that follows it tells. */
static void
await(struct acti_list *queue, acti_tell_fn *place)
{
	int interrupted = acti_wait_quietly(queue, place);

	(void)interrupted;
}

void
acti_stream_await_item(struct acti_context *context)
{
	const struct acti_table *contexts = &context->actor->contexts;
	uint64_t handle = acti_table_handle(&context->entry);

	context->in.receiving++;
	await(&context->in.readers, waiting);
	if (acti_table_find(contexts, handle) != NULL)
		context->in.receiving--;
}

/* Once it is cancelled every await in it fails, with the reason if that is the context's own end. */
int
acti_stream_check(const struct acti_context *context)
{
	struct acti_task *task = acti_task_current();

	if (task->scope->cause == 0)
		return 0;
	if (context->is_opener && context->has_outcome && context->code != 0)
		return acti_context_outcome(context);
	return acti_scope_check(task->scope, task);
}

static int
take(struct acti_context *context, void *ret_item)
{
	struct acti_item *item = acti_container_of(context->in.items.next, struct acti_item, link);
	int rc;

	if (item->lost > 0) {
		context->in.own.lagged = item->lost;
		item->lost = 0;
		return ACTOR_LAGGED;
	}
	item = acti_stream_next(context);
	rc = acti_stream_decode(context, item, ret_item);
	acti_pool_release(acti_context_pool(context), item);
	return rc;
}

/* The last ones, behind which nothing came. */
static int
take_lost(struct acti_stream_in *in)
{
	in->own.lagged = in->lost_since;
	in->lost_since = 0;
	return ACTOR_LAGGED;
}

static int
receive(struct actor_context handle, void *ret_item, bool waits)
{
	struct acti_context *context;
	int rc = acti_context_find(handle, &context);

	if (rc == 0 && leg_in(context) == NULL)
		return acti_fail(ACTOR_EKIND, "%s has no items for this side", context->endpoint->name);
	if (rc == 0 && !context->has_started && !context->is_opener)
		return acti_fail(ACTOR_ECLOSED, "%s has to announce its first value first", context->endpoint->name);
	for (;;) {
		if (rc != 0)
			return rc;
		rc = acti_stream_check(context);
		if (rc != 0) {
			acti_stream_discard(context); /* what it waited for is nobody's then */
			return rc;
		}
		if (context->in.is_shared) {
			rc = acti_stream_take_shared(context, &context->in.own, ret_item);
			if (rc != ACTOR_WOULD_BLOCK)
				return rc;
		} else if (!acti_list_is_empty(&context->in.items)) {
			return take(context, ret_item);
		}
		if (context->in.has_ended && context->in.lost_since > 0)
			return take_lost(&context->in);
		if (context->in.has_ended)
			return acti_stream_end_code(context);
		if (!waits)
			return ACTOR_WOULD_BLOCK;
		acti_stream_await_item(context);
		rc = acti_context_find(handle, &context);
	}
}

int
acti_context_receive(struct actor_context handle, void *ret_item)
{
	return receive(handle, ret_item, true);
}

int
acti_context_try_receive(struct actor_context handle, void *ret_item)
{
	return receive(handle, ret_item, false);
}

uint64_t
actor_context_lagged(struct actor_context handle)
{
	const struct actor *actor = acti_actor_current();
	const struct acti_table_entry *entry = actor != NULL ? acti_table_find(&actor->contexts, handle.handle) : NULL;

	return entry != NULL ? acti_container_of(entry, const struct acti_context, entry)->in.own.lagged : 0;
}

/* ---- sending ---- */

static void
waiting_for_credit(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_context *context = acti_container_of(task->queue, const struct acti_writer, waiter)->context;

	acti_view_add(view, "waits for the receiver of %s.%s to take more", context->service->name,
	              context->endpoint->name);
}

/* Whether anything can be sent at all. */
static int
check_sending(const struct acti_context *context, const ProtobufCMessage *item)
{
	const ProtobufCMessageDescriptor *type = leg_out(context);
	const char *name = context->endpoint->name;
	int rc = acti_stream_check(context);

	if (rc != 0)
		return rc;
	if (type == NULL)
		return acti_fail(ACTOR_EKIND, "%s takes no items from this side", name);
	if (item == NULL || item->descriptor != type)
		return acti_fail(ACTOR_EINVAL, "an item of %s is a %s", name, type->name);
	if (!context->has_started)
		return acti_fail(ACTOR_ECLOSED, "%s has to announce its first value first", name);
	if (context->has_outcome && context->code != 0)
		return acti_stream_end_code(context);
	if (context->out.is_closed)
		return acti_fail(ACTOR_ECLOSED, "the stream to %s has been closed on this side", name);
	if (context->has_outcome)
		return acti_stream_end_code(context);
	if (context->cancelled_by != NULL)
		return acti_fail(ACTOR_ECLOSED, "%s has been cancelled by this side", name);
	if (!acti_link_is_up(&connection_of(context)->link))
		return acti_fail(ACTOR_EPEERGONE, "the other side of %s is gone", name);
	return 0;
}

static int
measure(const struct acti_context *context, const ProtobufCMessage *item, size_t *ret_size)
{
	struct acti_refusal refusal;
	uint32_t limit;

	if (acti_payload_measure(&context->actor->limits, item, ret_size, &refusal) != 0)
		return acti_fail(ACTOR_EINVAL, "an item of %s: %s: %s", context->endpoint->name, item->descriptor->name,
		                 refusal.text);
	limit = connection_of(context)->message_size_max;
	if (*ret_size > limit)
		return acti_fail(ACTOR_EINVAL, "an item of %s has %zu bytes: the other side takes %u",
		                 context->endpoint->name, *ret_size, limit);
	return 0;
}

/* Where a send stands: 0: it may leave.  1: it is to be dropped.  ACTOR_WOULD_BLOCK: not now. */
static int
try_turn(const struct acti_context *context, const struct acti_writer *self)
{
	const struct acti_stream_out *out = &context->out;

	if (out->is_sending || (!acti_list_is_empty(&out->writers) && out->writers.next != &self->link))
		return ACTOR_WOULD_BLOCK;
	if (out->credit_messages > 0 && out->credit_bytes > 0)
		return 0;
	if (out->overrun == ACTOR_OVERRUN_DROP)
		return 1;
	if (out->overrun == ACTOR_OVERRUN_FAIL)
		return acti_fail(ACTOR_EOVERRUN, "the receiver of %s has a full window, and wants no one to wait",
		                 context->endpoint->name);
	return ACTOR_WOULD_BLOCK;
}

/* The context is looked up again after each wait. */
static int
wait_for_turn(struct actor_context handle, const ProtobufCMessage *item, struct acti_writer *self,
              struct acti_context **ret_context)
{
	for (;;) {
		struct acti_link *link = &connection_of(*ret_context)->link;
		int rc = try_turn(*ret_context, self);

		if (rc == ACTOR_WOULD_BLOCK)
			await(&self->waiter, waiting_for_credit);
		else if (rc == 0 && acti_link_pending(link) > QUEUED_MAX)
			await(&link->writers, acti_waiting_for_room);
		else
			return rc;
		rc = acti_context_find(handle, ret_context);
		if (rc == 0)
			rc = check_sending(*ret_context, item);
		if (rc != 0)
			return rc;
	}
}

/* Tasks send in the order in which they came. */
static int
await_turn(struct actor_context handle, const ProtobufCMessage *item, struct acti_context **ret_context)
{
	struct acti_writer self = { .context = *ret_context };
	int rc;

	acti_list_init(&self.link);
	acti_list_init(&self.waiter);
	rc = try_turn(*ret_context, &self);
	if (rc < 0 || rc == 1 || (rc == 0 && acti_link_pending(&connection_of(*ret_context)->link) <= QUEUED_MAX))
		return rc;
	acti_list_push_back(&(*ret_context)->out.writers, &self.link);
	rc = wait_for_turn(handle, item, &self, ret_context);
	acti_list_remove(&self.link);
	if (*ret_context != NULL)
		wake_first_writer(*ret_context);
	return rc;
}

/* A frame of an item, with the count of those that were dropped before it; NULL: as acti_link_queue(). */
static unsigned char *
queue(struct acti_context *context, unsigned kind, size_t size, unsigned flags)
{
	struct acti_stream_out *out = &context->out;
	size_t prefix = out->unreported > 0 ? LOST_SIZE : 0;
	const struct acti_frame frame = {
		.body_size = (uint32_t)(prefix + size),
		.kind = (uint8_t)kind,
		.flags = (uint8_t)(flags | (prefix > 0 ? ACTI_FLAG_LOST : 0)),
		.cid = context->dialog->cid,
	};
	unsigned char *body = acti_link_queue(&connection_of(context)->link, &frame);

	if (body == NULL || prefix == 0)
		return body;
	acti_put_u64(body, out->unreported);
	out->unreported = 0;
	return body + prefix;
}

static int
no_memory(const struct acti_context *context)
{
	if (context->dialog != NULL && !acti_link_is_up(&connection_of(context)->link))
		return acti_fail(ACTOR_EPEERGONE, "the other side of %s is gone", context->endpoint->name);
	return acti_fail(ACTOR_ENOMEM, "an item of %s: out of memory", context->endpoint->name);
}

static void
stop(struct acti_context *context)
{
	struct acti_stream_out *out = &context->out;

	if (out->is_stopped || out->is_sending || context->dialog == NULL)
		return;
	out->is_stopped = true;
	if (queue(context, ACTI_FRAME_STOP, 0, 0) == NULL)
		acti_link_break(&connection_of(context)->link);
}

/* Without that the receiver would take what follows for the rest of the item: better no link. */
static void
abort_sending(struct acti_context *context)
{
	if (queue(context, ACTI_FRAME_YIELD, 0, ACTI_FLAG_ABORTED) == NULL)
		acti_link_break(&connection_of(context)->link);
}

/*
 * If the sender is cancelled within a message, the receiver is told to drop what it has.  Credit goes with what is sent, as
 * the receiver gives back no more than what came.
 */
static int
send_fragments(struct actor_context handle, struct acti_context *context, const unsigned char *bytes, size_t size,
               const struct acti_holes *holes)
{
	size_t sent = 0;
	int rc = 0;

	context->out.is_sending = true;
	while (rc == 0 && sent < size) {
		size_t count = size - sent < FRAGMENT_MAX ? size - sent : FRAGMENT_MAX;
		struct acti_link *link = &connection_of(context)->link;
		unsigned char *body;

		if (acti_link_pending(link) > QUEUED_MAX) {
			await(&link->writers, acti_waiting_for_room);
			rc = acti_context_find(handle, &context);
			if (rc == 0)
				rc = acti_stream_check(context);
			if (rc == 0 && context->dialog == NULL)
				rc = acti_stream_end_code(context);
			continue;
		}
		body = queue(context, ACTI_FRAME_YIELD, count, sent + count < size ? ACTI_FLAG_MORE : 0);
		if (body == NULL) {
			rc = no_memory(context);
			continue;
		}
		acti_payload_copy(body, bytes + sent, count, holes);
		context->out.credit_messages -= sent == 0;
		context->out.credit_bytes -= (int64_t)count;
		sent += count;
	}
	if (acti_table_find(&acti_actor_current()->contexts, handle.handle) == NULL)
		return rc;
	context->out.is_sending = false;
	if (rc != 0 && sent > 0 && context->dialog != NULL)
		abort_sending(context);
	if (context->out.is_closed)
		stop(context);
	wake_first_writer(context);
	return rc;
}

/* Long blocks of bytes stay where they are: the sender's message is there until it has left. */
static int
send_large(struct actor_context handle, struct acti_context *context, const ProtobufCMessage *item, size_t size)
{
	unsigned char *bytes = actor_alloc(size);
	struct acti_holes holes;
	int rc;

	if (bytes == NULL)
		return no_memory(context);
	acti_payload_pack_around(item, bytes, size, &holes);
	rc = send_fragments(handle, context, bytes, size, &holes);
	actor_free(bytes);
	return rc;
}

int
acti_context_send(struct actor_context handle, const ProtobufCMessage *item)
{
	struct acti_context *context;
	unsigned char *body;
	size_t size;
	int rc = acti_context_find(handle, &context);

	if (rc == 0)
		rc = check_sending(context, item);
	if (rc == 0)
		rc = measure(context, item, &size);
	if (rc == 0)
		rc = await_turn(handle, item, &context);
	if (rc == 1) {
		context->out.lost++;
		context->out.unreported++;
		acti_task_yield(acti_task_current()); /* or a sender that never waits would never hear of credit */
		return 0;
	}
	if (rc == ACTOR_EOVERRUN)
		acti_task_yield(acti_task_current());
	if (rc != 0)
		return rc;
	context->has_streamed = true;
	if (size > FRAGMENT_MAX)
		return send_large(handle, context, item, size);
	body = queue(context, ACTI_FRAME_YIELD, size, 0);
	if (body == NULL)
		return no_memory(context);
	acti_payload_pack(item, body, size);
	context->out.credit_messages--;
	context->out.credit_bytes -= (int64_t)size;
	return 0;
}

void
acti_stream_tell_lost(struct acti_context *context)
{
	if (context->out.unreported > 0)
		stop(context);
}

void
acti_stream_close(struct acti_context *context)
{
	if (leg_out(context) == NULL || context->out.is_closed)
		return;
	context->out.is_closed = true;
	wake_all_writers(context);
	stop(context);
}

int
actor_context_close_send(struct actor_context handle)
{
	struct acti_context *context;
	int rc = acti_context_find(handle, &context);

	if (rc == 0 && !context->has_started)
		return acti_fail(ACTOR_ECLOSED, "%s has to announce its first value first", context->endpoint->name);
	if (rc == 0)
		acti_stream_close(context);
	return rc;
}
