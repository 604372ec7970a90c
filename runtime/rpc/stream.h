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

/* Takes what has waited longest out of the inbox. */
static inline void
acti_stream_take_first(struct acti_context *context, const struct acti_arrival *first)
{
	acti_inbox_take(&context->in.inbox, acti_context_pool(context), first);
	if (acti_inbox_is_empty(&context->in.inbox))
		context->in.is_drained = true;
	acti_stream_give_back(context, first->size);
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
