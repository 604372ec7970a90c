/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_STREAM_H
#define ACTI_RPC_STREAM_H

/* What stream.c, receive.c and send.c share. */

#include <rpc/context.h>

#define ACTI_FRAGMENT_MAX (64u * 1024)
#define ACTI_LOST_SIZE 8 /* the count of lost items, before an item or in a Stop */

static inline struct acti_connection *
acti_stream_connection(const struct acti_context *context)
{
	return context->dialog->connection;
}

/* What comes here, and what is sent from here. */
static inline const struct actor_message *
acti_stream_leg_in(const struct acti_context *context)
{
	return context->is_opener ? context->endpoint->receive : context->endpoint->send;
}

static inline const struct actor_message *
acti_stream_leg_out(const struct acti_context *context)
{
	return context->is_opener ? context->endpoint->send : context->endpoint->receive;
}

/* Tells the sender of the room that it does not know of. */
void acti_stream_grant_more(struct acti_context *context);

/* An item of that size has left the queue.  The sender hears of it when half of the window has. */
static inline void
acti_stream_give_back(struct acti_context *context, size_t size)
{
	struct acti_stream_in *in = &context->in;

	in->owed_messages++;
	in->owed_bytes += (int64_t)size;
	if (in->owed_messages * 2 >= in->window_messages || in->owed_bytes * 2 >= in->window_bytes)
		acti_stream_grant_more(context);
}

/* The next item, out of the queue; NULL: there is none. */
static inline struct acti_item *
acti_stream_next(struct acti_context *context)
{
	struct acti_list *queue = &context->in.items, *link = queue->next;
	struct acti_item *item = acti_container_of(link, struct acti_item, link);

	if (link == queue)
		return NULL;
	queue->next = link->next;
	link->next->prev = queue;
	if (queue->next == queue)
		context->in.is_drained = true;
	acti_stream_give_back(context, item->size);
	return item;
}

/* Who waits to send: the first may be able to; all of them are to see that it is over. */
void acti_stream_wake_writer(struct acti_context *context);
void acti_stream_wake_writers(struct acti_context *context);

/* Whatever ended the wait, the check that follows it tells. */
static inline void
acti_stream_await(struct acti_list *queue, acti_tell_fn *place)
{
	int interrupted = acti_wait_quietly(queue, place);

	(void)interrupted;
}

#endif
