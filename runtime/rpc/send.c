/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending.  Large messages leave in fragments, each when there is little in the link's queue: whatever else is to be said, a
 * Cancel above all, never waits behind more than that.
 */
#include <rpc/stream.h>
#include <string.h>
#include <wire/bytes.h>

#define QUEUED_MAX (128u * 1024) /* in the link, before an item */
#define BATCH_SIZE (32u * 1024)  /* that leaves at once: the receiver is to work while this side does */

static void
waiting_for_credit(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_context *context = acti_container_of(task->queue, const struct acti_writer, waiter)->context;

	acti_view_add(view, "waits for the receiver of %s.%s to take more", context->service->name,
	              context->endpoint->name);
}

/* Whether anything can be sent at all. */
static int __attribute__((noinline)) check_sending(const struct acti_context *context, const ProtobufCMessage *item)
{
	const struct actor_message *type = acti_stream_leg_out(context);
	const char *name = context->endpoint->name;
	int rc = acti_stream_check(context);

	if (rc != 0)
		return rc;
	if (type == NULL)
		return acti_fail(ACTOR_EKIND, "%s takes no items from this side", name);
	if (item == NULL || item->descriptor != type->descriptor)
		return acti_fail(ACTOR_EINVAL, "an item of %s is a %s%s", name, type->descriptor->name,
		                 acti_message_hint(item));
	rc = acti_stream_check_started(context);
	if (rc != 0)
		return rc;
	if (context->has_outcome && context->code != 0)
		return acti_stream_end_code(context);
	if (context->out.is_closed)
		return acti_fail(ACTOR_ECLOSED, "the stream to %s has been closed on this side", name);
	if (context->has_outcome)
		return acti_stream_end_code(context);
	if (context->cancelled_by != NULL)
		return acti_fail(ACTOR_ECLOSED, "%s has been cancelled by this side", name);
	if (!acti_link_is_up(&acti_stream_connection(context)->link))
		return acti_fail(ACTOR_EPEERGONE, "the other side of %s is gone", name);
	return 0;
}

/* Whether the check above has nothing to say, in fewer steps: what is added there belongs here, too. */
static inline bool
may_send(const struct acti_context *context, const ProtobufCMessage *item)
{
	const struct actor_message *type = acti_stream_leg_out(context);

	return acti_task_current()->scope->cause == 0 && !context->in.has_run_out && context->has_started &&
	       !context->has_outcome && !context->out.is_closed && context->cancelled_by == NULL && type != NULL &&
	       item != NULL && item->descriptor == type->descriptor &&
	       acti_link_is_up(&acti_stream_connection(context)->link);
}

static int __attribute__((noinline))
measure(const struct acti_context *context, const ProtobufCMessage *item, size_t *ret_size)
{
	struct acti_refusal refusal;
	uint32_t limit;

	if (acti_message_measure(&context->actor->limits, acti_stream_leg_out(context), item, ret_size, &refusal) != 0)
		return acti_fail(ACTOR_EINVAL, "an item of %s: %s", context->endpoint->name, refusal.text);
	limit = acti_stream_connection(context)->message_size_max;
	if (*ret_size > limit)
		return acti_fail(ACTOR_EINVAL, "an item of %s has %zu bytes: the other side takes %u",
		                 context->endpoint->name, *ret_size, limit);
	return 0;
}

/* What either side takes in one message. */
static inline size_t
smallest_limit(const struct acti_context *context)
{
	uint32_t theirs = acti_stream_connection(context)->message_size_max;
	uint32_t ours = context->actor->limits.message_size_max;

	return theirs < ours ? theirs : ours;
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
		struct acti_link *link = &acti_stream_connection(*ret_context)->link;
		int rc = try_turn(*ret_context, self);

		if (rc == ACTOR_WOULD_BLOCK)
			acti_stream_await(&self->waiter, waiting_for_credit);
		else if (rc == 0 && acti_link_pending(link) > QUEUED_MAX)
			acti_stream_await(&link->writers, acti_waiting_for_room);
		else
			return rc;
		rc = acti_context_find(handle, ret_context);
		if (rc == 0)
			rc = check_sending(*ret_context, item);
		if (rc != 0)
			return rc;
	}
}

/* Nothing has to wait: there is credit, and nobody else sends, or wants to. */
static inline bool
is_clear(const struct acti_context *context)
{
	const struct acti_stream_out *out = &context->out;

	return out->credit_messages > 0 && out->credit_bytes > 0 && !out->is_sending &&
	       acti_list_is_empty(&out->writers) &&
	       acti_link_pending(&acti_stream_connection(context)->link) <= QUEUED_MAX;
}

/* Tasks send in the order in which they came. */
static int __attribute__((noinline))
await_turn(struct actor_context handle, const ProtobufCMessage *item, struct acti_context **ret_context)
{
	struct acti_writer self = { .context = *ret_context };
	int rc;

	acti_list_init(&self.link);
	acti_list_init(&self.waiter);
	rc = try_turn(*ret_context, &self);
	if (rc < 0 || rc == 1)
		return rc;
	acti_list_push_back(&(*ret_context)->out.writers, &self.link);
	rc = wait_for_turn(handle, item, &self, ret_context);
	acti_list_remove(&self.link);
	if (*ret_context != NULL)
		acti_stream_wake_writer(*ret_context);
	return rc;
}

/* A frame of an item, with the count of those that were dropped before it; NULL: as acti_link_queue(). */
static inline unsigned char *
queue(struct acti_context *context, unsigned kind, size_t size, unsigned flags)
{
	struct acti_stream_out *out = &context->out;
	size_t prefix = out->unreported > 0 ? ACTI_LOST_SIZE : 0;
	const struct acti_frame frame = {
		.body_size = (uint32_t)(prefix + size),
		.kind = kind,
		.flags = flags | (prefix > 0 ? ACTI_FLAG_LOST : 0),
		.cid = context->dialog->cid,
	};
	unsigned char *body = acti_link_queue(&acti_stream_connection(context)->link, &frame);

	if (body == NULL || prefix == 0)
		return body;
	acti_put_u64(body, out->unreported);
	out->unreported = 0;
	return body + prefix;
}

/* An item is in the link's queue. */
static void
queued(struct acti_context *context)
{
	struct acti_link *link = &acti_stream_connection(context)->link;

	if (acti_link_pending(link) >= BATCH_SIZE && !link->write_armed)
		acti_link_flush(link);
}

static int
no_memory(const struct acti_context *context)
{
	if (context->dialog != NULL && !acti_link_is_up(&acti_stream_connection(context)->link))
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
		acti_link_break(&acti_stream_connection(context)->link);
}

/* Without that the receiver would take what follows for the rest of the item: better no link. */
static void
abort_sending(struct acti_context *context)
{
	if (queue(context, ACTI_FRAME_YIELD, 0, ACTI_FLAG_ABORTED) == NULL)
		acti_link_break(&acti_stream_connection(context)->link);
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
		size_t count = size - sent < ACTI_FRAGMENT_MAX ? size - sent : ACTI_FRAGMENT_MAX;
		struct acti_link *link = &acti_stream_connection(context)->link;
		struct acti_piece pieces[ACTI_HOLE_PIECES_MAX];

		if (acti_link_pending(link) > QUEUED_MAX) {
			acti_stream_await(&link->writers, acti_waiting_for_room);
			rc = acti_context_find(handle, &context);
			if (rc == 0)
				rc = acti_stream_check(context);
			if (rc == 0 && context->dialog == NULL)
				rc = acti_stream_end_code(context);
			continue;
		}
		if (queue(context, ACTI_FRAME_YIELD, count, sent + count < size ? ACTI_FLAG_MORE : 0) == NULL) {
			rc = no_memory(context);
			continue;
		}
		context->out.credit_messages -= sent == 0;
		context->out.credit_bytes -= (int64_t)count;
		acti_link_fill(link, pieces, acti_payload_pieces(bytes + sent, count, holes, pieces));
		sent += count;
	}
	if (acti_table_find(&acti_actor_current()->contexts, handle.handle) == NULL)
		return rc;
	context->out.is_sending = false;
	if (rc != 0 && sent > 0 && context->dialog != NULL)
		abort_sending(context);
	if (context->out.is_closed)
		stop(context);
	acti_stream_wake_writer(context);
	return rc;
}

/* Long blocks of bytes stay where they are: the sender's message is there until it has left. */
static int __attribute__((noinline))
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

/* `packed` are its bytes, or NULL: then it is packed in its place. */
static int
send_small(struct acti_context *context, const ProtobufCMessage *item, const unsigned char *packed, size_t size)
{
	unsigned char *body = queue(context, ACTI_FRAME_YIELD, size, 0);

	if (body == NULL)
		return no_memory(context);
	if (packed != NULL)
		memcpy(body, packed, size);
	else
		acti_payload_pack(item, body, size);
	context->out.credit_messages--;
	context->out.credit_bytes -= (int64_t)size;
	queued(context);
	return 0;
}

int
acti_context_send(struct actor_context handle, const ProtobufCMessage *item)
{
	unsigned char numbers[ACTI_NUMBERS_SIZE_MAX], *packed = NULL, *end = numbers + sizeof numbers;
	struct acti_context *context;
	size_t size;
	int rc = acti_context_find(handle, &context);

	if (rc == 0 && !may_send(context, item))
		rc = check_sending(context, item);
	if (rc == 0)
		packed = acti_message_pack_numbers(acti_stream_leg_out(context), item, end);
	if (packed != NULL)
		size = (size_t)(end - packed);
	if (rc == 0 && (packed == NULL || size > smallest_limit(context)))
		rc = measure(context, item, &size);
	if (rc == 0 && !is_clear(context))
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
	if (size > ACTI_FRAGMENT_MAX)
		return send_large(handle, context, item, size);
	return send_small(context, item, packed, size);
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
	if (acti_stream_leg_out(context) == NULL || context->out.is_closed)
		return;
	context->out.is_closed = true;
	acti_stream_wake_writers(context);
	stop(context);
}

int
actor_context_close_send(struct actor_context handle)
{
	struct acti_context *context;
	int rc = acti_context_find(handle, &context);

	if (rc == 0)
		rc = acti_stream_check_started(context);
	if (rc == 0)
		acti_stream_close(context);
	return rc;
}
