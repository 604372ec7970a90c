/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_DIALOGS_H
#define TESTS_SIM_DIALOGS_H

/* What the two sides of a dialog do, and what it is held against. */

#include "dialogs.actor.h"
#include "judge.h"
#include <actor/context.h>

#define DIALOGS_MAX 14
#define ITEMS_MAX 24
#define TO_THE_END UINT32_MAX

enum dialog_kind {
	DIALOG_TALKS,
	DIALOG_WAITS, /* nothing but a result */
	DIALOG_COUNTS,
};

enum dialog_ending {
	DIALOG_RETURNS,
	DIALOG_FAILS,
	DIALOG_FAILS_EARLY, /* before the announcement */
	DIALOG_RAISES,
	DIALOG_SAYS_NOTHING, /* returns without the announcement */
	DIALOG_CANCELS_ITSELF,
	DIALOG_EXITS,
	DIALOG_STICKS,
	DIALOG_SLEEPS, /* until it is cancelled */
	DIALOG_STRUGGLES,
};

/* What one side does. */
struct side {
	struct actor_context_options options; /* of what it receives */
	uint32_t send_count, pace_ms, bulk_every, bulk_size, send_timeout_ms;
	uint32_t impatience; /* after so many turns, it gives up to send a bulk item; 0: it does not */
	bool closes_send;
	bool sends_after; /* one more, once its sender was cancelled */
	uint32_t receive_max, receive_pace_ms;
	bool tries;
	uint32_t subscriber_count;
};

struct plan {
	uint32_t id, value;
	enum dialog_kind kind;
	struct side opener, endpoint;
	/* the opener */
	uint32_t begin_ms, timeout_ms, cancel_after_ms;
	bool cancels, waits, fails;
	/* the endpoint */
	uint32_t before_ms;
	enum dialog_ending ending;
	uint32_t first_child, child_count; /* dialogs that it opens with an actor of its own */
	uint32_t cancel_child_ms;          /* that actor is stopped then; 0: not */
	bool opens_first;                  /* before it streams */
	bool visits;                       /* it opens them with another of the root's actors, which it finds */
	uint32_t visited;
	bool tolerant;
};

enum item_state {
	ITEM_NOT_SENT = 0,
	ITEM_UNDER_WAY, /* within send() */
	ITEM_SENT,
	ITEM_FAILED,
};

/* One direction, as both sides know it. */
struct flow {
	unsigned char items[ITEMS_MAX + 1]; /* enum item_state */
	bool is_shared;
};

struct dialog {
	struct flow up, down; /* from the opener; from the endpoint */
	bool is_closed, was_cancelled;
	bool is_between_peers;
	struct actor_uid endpoint;       /* whose actor serves it */
	bool has_come_up, has_come_down; /* an item */
	uint64_t begun_ns;
};

/* Who receives, and what he has been told. */
struct receiver {
	bool is_own; /* no subscriber */
	bool has_begun;
	uint32_t next;
	uint64_t missing, lagged;
};

/* One side, as it goes on. */
struct end {
	const struct plan *plan;
	const struct side *side;
	struct dialog *dialog;
	struct actor_context context;
	bool is_opener;
};

extern struct plan dialog_plans[DIALOGS_MAX];
extern size_t dialog_count;
extern struct dialog dialogs[DIALOGS_MAX];

uint32_t item_size(const struct side *side, uint32_t number); /* of its padding */

/* ---- dialogs_judge.c ---- */

void judge_item(const struct end *end, struct receiver *receiver, const Dialogs__Item *item);
void judge_end(const struct end *end, struct receiver *receiver);
void judge_sent(const struct end *end, uint32_t number, int rc);
void judge_result(const struct plan *plan, const Dialogs__Receipt *receipt);
void judge_dialog(const struct plan *plan, int rc, const Dialogs__Receipt *receipt, bool has_receipt, pid_t callee);

#endif
