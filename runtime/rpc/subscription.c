/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several receivers of one stream.  Whoever has received all that the others have takes the next item out of the queue, for
 * all of them; so the fastest sets the pace, and there is no task on which the others depend.  What was taken is kept for
 * the slower ones, as much as the window has room for.
 */
#include <rpc/stream.h>
#include <string.h>

struct acti_subscription {
	struct acti_table_entry entry;
	struct acti_list link; /* among its stream's */
	struct acti_context *context;
	struct acti_consumer consumer;
};

/* All of them are told. */
static void
share_lost(struct acti_stream_in *in, uint64_t lost)
{
	in->own.missed += lost;
	acti_list_for_each(link, &in->subscriptions)
		acti_container_of(link, struct acti_subscription, link)->consumer.missed += lost;
}

/* The next item, out of the inbox; NULL: there is none, or no memory for it. */
static struct acti_item *
next_item(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;
	struct acti_arrival first;

	if (acti_inbox_is_empty(&in->inbox))
		return NULL;
	first = acti_inbox_first(&in->inbox);
	if (first.item == NULL) {
		struct acti_item *item = acti_item_new(acti_context_pool(context), &context->actor->blocks, first.size);

		if (item == NULL) {
			acti_stream_run_out(context);
			return NULL;
		}
		memcpy(acti_item_bytes(item), first.bytes, first.size);
		item->size = (uint32_t)first.size;
		acti_stream_take_first(context, &first);
		return item;
	}
	acti_stream_take_first(context, &first);
	return first.item;
}

bool
acti_stream_share_next(struct acti_context *context)
{
	struct acti_stream_in *in = &context->in;
	struct acti_item *item = next_item(context);

	if (item == NULL && in->has_ended) {
		share_lost(in, in->lost_since);
		in->lost_since = 0;
	}
	if (item == NULL)
		return false;
	share_lost(in, item->lost);
	acti_list_push_back(&in->kept, &item->link);
	in->kept_end++;
	in->kept_count++;
	in->kept_bytes += item->size;
	while (in->kept_count > in->window_messages || (in->kept_bytes > in->window_bytes && in->kept_count > 1)) {
		item = acti_container_of(acti_list_pop_front(&in->kept), struct acti_item, link);
		in->kept_count--;
		in->kept_bytes -= item->size;
		acti_pool_release(acti_context_pool(context), item);
	}
	return true;
}

/* The fastest is at the end, and who is far behind near the beginning. */
static struct acti_item *
kept_item(const struct acti_stream_in *in, uint64_t number)
{
	uint64_t after = in->kept_end - 1 - number, before = in->kept_count - 1 - after;
	struct acti_list *link;

	if (after < before) {
		for (link = in->kept.prev; after > 0; after--)
			link = link->prev;
	} else {
		for (link = in->kept.next; before > 0; before--)
			link = link->next;
	}
	return acti_container_of(link, struct acti_item, link);
}

int
acti_stream_take_shared(struct acti_context *context, struct acti_consumer *consumer, void *ret_item)
{
	struct acti_stream_in *in = &context->in;
	uint64_t first = in->kept_end - in->kept_count;
	struct acti_item *item;

	if (consumer->next < first) {
		consumer->missed += first - consumer->next;
		consumer->next = first;
	}
	if (consumer->next == in->kept_end && !acti_stream_share_next(context) && consumer->missed == 0)
		return ACTOR_WOULD_BLOCK;
	if (consumer->missed > 0) {
		consumer->lagged = consumer->missed;
		consumer->missed = 0;
		return ACTOR_LAGGED;
	}
	item = kept_item(in, consumer->next++);
	return acti_stream_decode(context, acti_item_bytes(item), item->size, ret_item);
}

int
acti_context_subscribe(struct actor_context handle, struct actor_subscription *ret_subscription)
{
	struct acti_subscription *self;
	struct acti_context *context;
	int rc = acti_context_find(handle, &context);

	if (rc != 0)
		return rc;
	self = acti_pool_allocate(acti_context_pool(context), &context->actor->blocks, sizeof *self);
	if (self == NULL || !acti_table_add(&context->actor->subscriptions, acti_context_pool(context),
	                                    &context->actor->blocks, &self->entry)) {
		acti_pool_release(acti_context_pool(context), self);
		return acti_fail(ACTOR_ENOMEM, "a subscription to %s: out of memory", context->endpoint->name);
	}
	if (!context->in.is_shared)
		context->in.own.next = context->in.kept_end;
	context->in.is_shared = true;
	self->context = context;
	self->consumer = (struct acti_consumer){ .next = context->in.kept_end };
	acti_list_push_back(&context->in.subscriptions, &self->link);
	*ret_subscription = (struct actor_subscription){ acti_table_handle(&self->entry) };
	return 0;
}

/* NULL: it has ended.  The error in flight stays. */
static struct acti_subscription *
find(struct actor_subscription handle)
{
	struct actor *actor = acti_actor_current();
	struct acti_table_entry *entry = actor != NULL ? acti_table_find(&actor->subscriptions, handle.handle) : NULL;

	return entry != NULL ? acti_container_of(entry, struct acti_subscription, entry) : NULL;
}

int
acti_subscription_receive(struct actor_subscription handle, void *ret_item)
{
	if (acti_actor_current() == NULL)
		return ACTOR_ENORUNTIME;
	for (;;) {
		struct acti_subscription *self = find(handle);
		struct acti_context *context;
		int rc;

		if (self == NULL)
			return acti_fail(ACTOR_ECLOSED, "the subscription has ended");
		context = self->context;
		rc = acti_stream_check(context);
		if (rc != 0) {
			acti_stream_discard(context);
			return rc;
		}
		rc = acti_stream_check_started(context);
		if (rc != 0)
			return rc;
		rc = acti_stream_take_shared(context, &self->consumer, ret_item);
		if (rc != ACTOR_WOULD_BLOCK)
			return rc;
		if (context->in.has_ended)
			return acti_stream_end_code(context);
		acti_stream_await_item(context);
	}
}

uint64_t
actor_subscription_lagged(struct actor_subscription handle)
{
	const struct acti_subscription *self = find(handle);

	return self != NULL ? self->consumer.lagged : 0;
}

static void
close_subscription(struct acti_subscription *self)
{
	acti_table_remove(&self->context->actor->subscriptions, &self->entry);
	acti_list_remove(&self->link);
	acti_wake_all(&self->context->in.readers);
	acti_pool_release(acti_context_pool(self->context), self);
}

void
actor_subscription_close(struct actor_subscription handle)
{
	struct acti_subscription *self = find(handle);

	if (self != NULL)
		close_subscription(self);
}

void
acti_subscriptions_close(struct acti_context *context)
{
	while (!acti_list_is_empty(&context->in.subscriptions))
		close_subscription(acti_container_of(context->in.subscriptions.next, struct acti_subscription, link));
}
