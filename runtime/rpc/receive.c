/* SPDX-License-Identifier: BSD-2-Clause */
/* Receiving: items are decoded by the task that takes them, into its memory. */
#include <errno.h>
#include <rpc/stream.h>
#include <stdio.h>
#include <string.h>

/* An item that breaks its type is its sender's failure, who is told which. */
static int __attribute__((noinline)) refuse_item(struct acti_context *context, const struct acti_refusal *refusal)
{
	char why[sizeof refusal->text + 128];

	snprintf(why, sizeof why, "an item of %s that %s has sent: %s", context->endpoint->name,
	         context->is_opener ? "it" : "its opener", refusal->text);
	if (context->is_opener && context->dialog != NULL) {
		acti_context_refuse(context, ACTOR_EPROTOCOL, why);
		return acti_context_outcome(context);
	}
	return acti_fail(ACTOR_EPROTOCOL, "%s", why);
}

static inline __attribute__((always_inline)) int
decode(struct acti_context *context, const unsigned char *bytes, size_t size, void *ret_item)
{
	struct acti_task *task = acti_task_current();
	struct acti_refusal refusal;
	void *message;
	int rc = acti_message_decode(acti_context_pool(context), &task->blocks, &context->actor->limits,
	                             acti_stream_leg_in(context), bytes, size, &message, &refusal);

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
acti_stream_decode(struct acti_context *context, const unsigned char *bytes, size_t size, void *ret_item)
{
	return decode(context, bytes, size, ret_item);
}

int
acti_stream_end_code(const struct acti_context *context)
{
	int rc = context->is_opener && context->has_outcome ? acti_context_outcome(context) : 0;

	if (rc == 0 && context->in.has_run_out)
		return acti_fail(ACTOR_ENOMEM, "%s", context->refusal);
	return rc != 0 ? rc : ACTOR_END_OF_STREAM;
}

int
acti_stream_check_started(const struct acti_context *context)
{
	if (context->has_started || context->is_opener)
		return 0;
	return acti_fail(ACTOR_ECLOSED, "%s has to announce its first value first", context->endpoint->name);
}

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_context *context = acti_container_of(task->queue, const struct acti_context, in.readers);

	acti_view_add(view, "waits for an item of %s.%s", context->service->name, context->endpoint->name);
}

void
acti_stream_await_item(struct acti_context *context)
{
	const struct acti_table *contexts = &context->actor->contexts;
	uint64_t handle = acti_table_handle(&context->entry);

	context->in.receiving++;
	acti_stream_await(&context->in.readers, waiting);
	if (acti_table_find(contexts, handle) != NULL)
		context->in.receiving--;
}

/* Once it is cancelled every await in it fails, with the reason if that is the context's own end. */
int
acti_stream_check(const struct acti_context *context)
{
	struct acti_task *task = acti_task_current();

	if (task->scope->cause == 0 && !context->in.has_run_out)
		return 0;
	if (context->is_opener && context->has_outcome && context->code != 0)
		return acti_context_outcome(context);
	if (context->in.has_run_out)
		return acti_fail(ACTOR_ENOMEM, "%s", context->refusal);
	return acti_scope_check(task->scope, task);
}

/*
 * A large item becomes the message: its fields of bytes stay where they are.  false: it was not done, and whether it
 * can be decoded at all is open.
 */
static bool
decode_in_place(struct acti_context *context, struct acti_item *item, void *ret_item)
{
	const struct acti_item head = *item;
	void *message = item;

	if (item->capacity < ACTI_ITEM_IN_PLACE_MIN || item->size < item->capacity / 2 || ret_item == NULL)
		return false;
	if (!acti_message_decode_in_place(&context->actor->limits, acti_stream_leg_in(context), message,
	                                  sizeof head + ACTI_ITEM_ROOM, acti_item_bytes(item), head.size)) {
		*item = head;
		return false;
	}
	acti_pool_move(message, &acti_task_current()->blocks);
	memcpy(ret_item, &message, sizeof message);
	return true;
}

static int __attribute__((noinline))
take_item(struct acti_context *context, const struct acti_arrival *first, void *ret_item)
{
	struct acti_item *item = first->item;
	int rc;

	if (item->lost > 0) {
		context->in.own.lagged = item->lost;
		item->lost = 0;
		return ACTOR_LAGGED;
	}
	acti_stream_take_first(context, first);
	if (decode_in_place(context, item, ret_item))
		return 0;
	rc = acti_stream_decode(context, acti_item_bytes(item), item->size, ret_item);
	acti_pool_release(acti_context_pool(context), item);
	return rc;
}

static int
take(struct acti_context *context, void *ret_item)
{
	struct acti_arrival first = acti_inbox_first(&context->in.inbox);
	int rc;

	if (first.item != NULL)
		return take_item(context, &first, ret_item);
	rc = decode(context, first.bytes, first.size, ret_item);
	acti_stream_take_first(context, &first);
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

	if (rc == 0 && acti_stream_leg_in(context) == NULL)
		return acti_fail(ACTOR_EKIND, "%s has no items for this side", context->endpoint->name);
	if (rc == 0)
		rc = acti_stream_check_started(context);
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
		} else if (!acti_inbox_is_empty(&context->in.inbox)) {
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

/* NULL: nothing waits, or something is in the way. */
static inline struct acti_context *
find_ready(struct actor_context handle)
{
	const struct acti_task *task = acti_task_current();
	struct acti_table_entry *entry;
	struct acti_context *context;

	if (task == NULL || task->scope->cause != 0)
		return NULL;
	entry = acti_table_find(&task->scheduler->actor->contexts, handle.handle);
	if (entry == NULL)
		return NULL;
	context = acti_container_of(entry, struct acti_context, entry);
	return context->in.is_shared || context->in.has_run_out || acti_inbox_is_empty(&context->in.inbox) ? NULL
	                                                                                                   : context;
}

int
acti_context_receive(struct actor_context handle, void *ret_item)
{
	struct acti_context *context = find_ready(handle);

	return context != NULL ? take(context, ret_item) : receive(handle, ret_item, true);
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
