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
static inline const ProtobufCMessageDescriptor *
acti_stream_leg_in(const struct acti_context *context)
{
	return context->is_opener ? context->endpoint->receive : context->endpoint->send;
}

static inline const ProtobufCMessageDescriptor *
acti_stream_leg_out(const struct acti_context *context)
{
	return context->is_opener ? context->endpoint->send : context->endpoint->receive;
}

/* An item of that size has left the queue: its room is given back to the sender, in its time. */
void acti_stream_give_back(struct acti_context *context, size_t size);

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
