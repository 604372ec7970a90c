/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dialogs: the root's actors are talked to by contexts and generators, and open some to actors of their own, or to each
 * other: of those the root is a third, which may stop either side.  What both sides of each do is planned, so that nobody
 * waits for what the other does not do: who stops to receive also stops to send, and a side that receives to the end has a
 * partner that says when that is.
 */
#include "dialogs.h"
#include <stdio.h>

#define DESKS_MAX 3
#define TREE_MS 20000
#define DEPTH_MAX 2
#define LARGE_BLOCK 32000 /* a fragment of an item, and the buffers of a link */
#define LARGE_BLOCKS 16
#define ITEM_BLOCK 131072 /* which the first fragment of an item takes, and nothing else */
#define ITEM_BLOCKS 5
#define NARROW 256         /* a stream that holds no more */
#define PADDING_MAX 600000 /* of an item: more than a link takes at once */

struct plan dialog_plans[DIALOGS_MAX];
size_t dialog_count;
struct dialog dialogs[DIALOGS_MAX];

static size_t top_count, desk_count;
static uint32_t stop_desk_ms[DESKS_MAX], linger_desk_ms[DESKS_MAX];
static bool is_desk_tolerant[DESKS_MAX];
static unsigned char padding[PADDING_MAX + ITEMS_MAX + 1];

/* ---- the plan ---- */

static uint32_t
choose(uint32_t count)
{
	return acti_sim_choose(the_sim(), count);
}

static uint32_t
draw_ms(uint32_t one_in, uint32_t limit)
{
	return choose(one_in) == one_in - 1 ? 1 + choose(limit) : 0;
}

static struct actor_context_options
draw_options(void)
{
	static const uint32_t messages[] = { 0, 1, 2, 3, 5 };
	static const uint32_t bytes[] = { 0, 1, 40, 5000 };

	return (struct actor_context_options){
		.window_messages = messages[choose(5)],
		.window_bytes = bytes[choose(4)],
		.overrun = choose(2) == 0 ? ACTOR_OVERRUN_WAIT : (enum actor_overrun)choose(3),
	};
}

static struct side
draw_side(void)
{
	struct side side = {
		.options = draw_options(),
		.send_count = choose(3) != 2 ? choose(ITEMS_MAX) : choose(4),
		.pace_ms = draw_ms(3, 20),
		.bulk_every = choose(2) == 1 ? 1 + choose(5) : 0,
		.send_timeout_ms = draw_ms(4, 10),
		.closes_send = choose(3) != 0,
		.sends_after = choose(2) == 1,
		.receive_max = choose(3) == 2 ? choose(ITEMS_MAX) : TO_THE_END,
		.receive_pace_ms = draw_ms(3, 20),
		.tries = choose(4) == 3,
		.subscriber_count = choose(4) == 3 ? 1 + choose(2) : 0,
	};

	side.bulk_size = 1 + choose(choose(2) == 0 ? 4000 : choose(3) == 2 ? PADDING_MAX : 150000);
	if (the_sim()->pipe_limit < NARROW) /* it would take seconds, in which others wait for what is behind it */
		side.bulk_size = 1 + side.bulk_size % 4000;
	side.impatience = choose(3) == 2 ? 1 + choose(4) : 0;
	return side;
}

uint32_t
item_size(const struct side *side, uint32_t number)
{
	return side->bulk_every != 0 && number % side->bulk_every == 0 ? side->bulk_size : number % 7;
}

static enum dialog_ending
draw_ending(void)
{
	static const enum dialog_ending rare[] = {
		DIALOG_FAILS,  DIALOG_FAILS_EARLY, DIALOG_RAISES, DIALOG_SAYS_NOTHING, DIALOG_CANCELS_ITSELF,
		DIALOG_SLEEPS, DIALOG_EXITS,       DIALOG_STICKS, DIALOG_STRUGGLES,    DIALOG_SLEEPS,
	};

	return choose(5) < 3 ? DIALOG_RETURNS : rare[choose(ACTOR_COUNT(rare))];
}

/* A generator's items go one way, and a context without legs has none. */
static void
trim(struct plan *plan)
{
	if (plan->kind == DIALOG_TALKS)
		return;
	plan->opener.send_count = 0;
	plan->waits = plan->waits && plan->kind == DIALOG_WAITS;
	plan->endpoint.receive_max = plan->endpoint.subscriber_count = 0;
	plan->endpoint.options = (struct actor_context_options){ 0 };
	if (plan->ending == DIALOG_SAYS_NOTHING || plan->ending == DIALOG_RAISES)
		plan->ending = DIALOG_FAILS;
	if (plan->kind == DIALOG_COUNTS)
		return;
	plan->endpoint.send_count = 0;
	plan->opener.receive_max = plan->opener.subscriber_count = 0;
}

static void
draw_plan(struct plan *plan)
{
	static const enum dialog_kind kinds[] = { DIALOG_TALKS,  DIALOG_TALKS,  DIALOG_TALKS,
		                                  DIALOG_COUNTS, DIALOG_COUNTS, DIALOG_WAITS };

	*plan = (struct plan){
		.id = (uint32_t)(plan - dialog_plans),
		.value = choose(100),
		.kind = kinds[choose(ACTOR_COUNT(kinds))],
		.opener = draw_side(),
		.endpoint = draw_side(),
		.begin_ms = draw_ms(3, 300),
		.timeout_ms = draw_ms(3, choose(2) == 0 ? 20 : 800),
		.cancel_after_ms = draw_ms(5, choose(2) == 0 ? 10 : 300),
		.cancels = choose(5) == 4,
		.waits = choose(3) == 2,
		.fails = choose(8) == 7,
		.before_ms = draw_ms(3, 100),
		.ending = draw_ending(),
		.cancel_child_ms = draw_ms(5, 300),
		.tolerant = choose(3) != 2,
		.opens_first = choose(2) == 1,
		.visits = desk_count > 1 && choose(2) == 1,
	};
	if (plan->ending == DIALOG_CANCELS_ITSELF && choose(2) == 1)
		plan->cancels = true; /* so that the two meet */
	/* At the top, not the one that it is at itself. */
	plan->visited = (plan->id + 1 + choose((uint32_t)desk_count - 1)) % (uint32_t)desk_count;
	trim(plan);
}

static void
draw_children(struct plan *plan, unsigned depth)
{
	size_t count = depth < DEPTH_MAX && choose(2) == 1 ? 1 + choose(2) : 0;

	if (dialog_count + count > DIALOGS_MAX)
		count = 0;
	plan->first_child = (uint32_t)dialog_count;
	plan->child_count = (uint32_t)count;
	dialog_count += count;
	for (size_t i = 0; i < count; i++)
		draw_plan(&dialog_plans[plan->first_child + i]);
	for (size_t i = 0; i < count; i++)
		draw_children(&dialog_plans[plan->first_child + i], depth + 1);
}

static void
draw(void)
{
	desk_count = 1 + choose(DESKS_MAX);
	for (size_t i = 0; i < desk_count; i++) {
		stop_desk_ms[i] = draw_ms(5, 500);
		linger_desk_ms[i] = draw_ms(2, 300);
		is_desk_tolerant[i] = choose(3) != 2;
	}
	top_count = dialog_count = 1 + choose(6);
	for (size_t i = 0; i < top_count; i++)
		draw_plan(&dialog_plans[i]);
	for (size_t i = 0; i < top_count; i++)
		draw_children(&dialog_plans[i], 0);
}

/* Items in many pieces, to who takes hardly any. */
static void
make_bulky(struct plan *plan)
{
	if (plan->kind != DIALOG_TALKS || the_sim()->pipe_limit < NARROW)
		return;
	plan->opener.send_count = 1 + choose(4);
	plan->opener.bulk_every = 1;
	plan->opener.bulk_size = 200000 + choose(PADDING_MAX - 200000);
	plan->endpoint.options = (struct actor_context_options){ .window_messages = 1 + choose(2) };
}

/*
 * Of the allocations, those that are planned to fail are early ones, mostly, and small ones: in half of the worlds not, and
 * in some others where none was planned.
 */
static void
draw_shortage(void)
{
	if (choose(the_sim()->allocation_at != 0 ? 2 : 5) != 0)
		return;
	the_sim()->allocation_size_min = LARGE_BLOCK;
	the_sim()->allocation_at = 1 + choose(LARGE_BLOCKS);
	the_sim()->allocations_from = choose(4) != 0;
	if (choose(2) == 1)
		return;
	the_sim()->allocation_size_min = the_sim()->allocation_size_max = ITEM_BLOCK;
	the_sim()->allocation_at = 1 + choose(ITEM_BLOCKS);
	for (size_t i = 0; i < dialog_count; i++)
		if (choose(2) == 1)
			make_bulky(&dialog_plans[i]);
}

/* ---- sending ---- */

/* In a scope that is cancelled its own nursery takes nothing new: the cancellation is what counts. */
static int
start(struct actor_nursery *nursery, actor_task_fn *fn, void *argument)
{
	int rc = actor_nursery_start(nursery, fn, argument);

	if (rc == ACTOR_ECLOSED && actor_checkpoint() < 0)
		rc = actor_checkpoint();
	return rc;
}

struct hurry {
	struct actor_scope *scope;
	uint32_t turns;
};

static int
hurry(void *argument)
{
	const struct hurry *self = argument;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < self->turns; i++)
		rc = actor_checkpoint();
	if (rc == 0)
		actor_scope_cancel(self->scope);
	return rc;
}

/* Another task may lose its patience meanwhile. */
static int
send_item(const struct end *end, const Dialogs__Item *item)
{
	struct hurry self = { .turns = item->padding.len > 100 ? end->side->impatience : 0 };
	struct actor_nursery *helpers = NULL;
	struct actor_scope scope;
	int rc = self.turns != 0 ? actor_nursery_open(&helpers) : 0, sent = ACTOR_ENOMEM, fired;

	self.scope = &scope;
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = end->side->send_timeout_ms });
	if (rc == 0 && self.turns != 0)
		rc = start(helpers, hurry, &self);
	if (rc == 0)
		rc = sent = acti_context_send(end->context, &item->base);
	judge_sent(end, item->number, sent);
	rc = actor_scope_close(&scope, rc, &fired);
	actor_nursery_cancel(helpers);
	return self.turns != 0 ? actor_nursery_close(helpers, rc) : rc;
}

static int
send_one(const struct end *end, uint32_t number)
{
	Dialogs__Item item = DIALOGS__ITEM__INIT;
	struct flow *flow = end->is_opener ? &end->dialog->up : &end->dialog->down;

	item.id = end->plan->id;
	item.is_openers = end->is_opener;
	item.number = number;
	item.padding = (ProtobufCBinaryData){ .len = item_size(end->side, number), .data = &padding[number] };
	flow->items[number] = ITEM_UNDER_WAY;
	return send_item(end, &item);
}

static int
send_all(void *argument)
{
	const struct end *end = argument;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < end->side->send_count; i++) {
		if (end->side->pace_ms != 0)
			rc = actor_sleep_ms(end->side->pace_ms);
		if (rc == 0)
			rc = send_one(end, i);
		if (rc == ACTOR_EOVERRUN)
			rc = 0;
	}
	if (rc == 0 && end->plan->kind == DIALOG_TALKS && (end->side->closes_send || !end->is_opener))
		rc = actor_context_close_send(end->context);
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

/* ---- receiving ---- */

static int
receive_one(const struct end *end, Dialogs__Item **ret_item)
{
	int rc = end->side->tries ? acti_context_try_receive(end->context, ret_item) : ACTOR_WOULD_BLOCK;

	return rc == ACTOR_WOULD_BLOCK ? acti_context_receive(end->context, ret_item) : rc;
}

/* What there is to do for one; ACTOR_END_OF_STREAM: no more. */
static int
take(const struct end *end, struct receiver *receiver, int rc, Dialogs__Item *item, uint64_t lagged)
{
	if (rc == ACTOR_LAGGED) {
		receiver->lagged += lagged;
		if (lagged == 0)
			WRONG("dialog %u: no item is missing, and its receiver lags", end->plan->id);
		return 0;
	}
	if (rc == ACTOR_END_OF_STREAM)
		judge_end(end, receiver);
	if (rc != 0)
		return rc;
	judge_item(end, receiver, item);
	actor_free(item);
	return end->side->receive_pace_ms != 0 ? actor_sleep_ms(end->side->receive_pace_ms) : 0;
}

/* 0: it has enough. */
static int
receive_all(const struct end *end)
{
	struct receiver receiver = { .is_own = true };
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < end->side->receive_max; i++) {
		Dialogs__Item *item = NULL;

		rc = receive_one(end, &item);
		rc = take(end, &receiver, rc, item, actor_context_lagged(end->context));
	}
	return rc;
}

static int
subscribe(void *argument)
{
	const struct end *end = argument;
	struct receiver receiver = { .is_own = false };
	struct actor_subscription subscription;
	int rc = acti_context_subscribe(end->context, &subscription);

	(end->is_opener ? &end->dialog->down : &end->dialog->up)->is_shared = true;
	if (rc != 0)
		return rc;
	while (rc == 0) {
		Dialogs__Item *item = NULL;

		rc = acti_subscription_receive(subscription, &item);
		rc = take(end, &receiver, rc, item, actor_subscription_lagged(subscription));
	}
	actor_subscription_close(subscription);
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

/* What has ended is not cancelled any more. */
static int
cancel(const struct end *end)
{
	struct actor_context_report report;

	if (actor_context_inspect(end->context, &report) == 0 && !report.has_outcome)
		end->dialog->was_cancelled = true;
	return actor_context_cancel(end->context);
}

static int
cancel_soon(void *argument)
{
	const struct end *end = argument;
	int rc = actor_sleep_ms(end->plan->cancel_after_ms);

	return rc == 0 ? cancel(end) : rc;
}

/* Both streams of one side, at once. */
static int
stream(struct end *end)
{
	const struct side *side = end->side;
	struct actor_nursery *tasks = NULL;
	int rc = actor_nursery_open(&tasks), received = 0;

	if (rc == 0 && end->is_opener && end->plan->cancel_after_ms != 0)
		rc = start(tasks, cancel_soon, end);
	for (uint32_t i = 0; rc == 0 && i < side->subscriber_count; i++)
		rc = start(tasks, subscribe, end);
	if (rc == 0 && (side->send_count > 0 || end->plan->kind == DIALOG_TALKS))
		rc = start(tasks, send_all, end);
	if (rc == 0 && side->receive_max > 0)
		rc = received = receive_all(end);
	if (rc == 0 && end->plan->kind != DIALOG_WAITS && (end->is_opener || end->plan->kind == DIALOG_TALKS))
		actor_nursery_cancel(tasks); /* it has enough */
	rc = actor_nursery_close(tasks, rc == ACTOR_END_OF_STREAM ? 0 : rc);
	if (rc == 0 && received == 0 && side->receive_max > 0 && side->sends_after && end->plan->kind == DIALOG_TALKS) {
		ACTOR_SCOPE(limit, .timeout_ms = 5);
		rc = send_one(end, side->send_count);
		rc = rc > 0 || rc == ACTOR_EOVERRUN || rc == ACTOR_ECLOSED || actor_checkpoint() < 0 ? 0 : rc;
	}
	return rc;
}

/* ---- the opener ---- */

struct errand {
	const struct plan *plan;
	struct dialogs_desk desk;
	pid_t pid;
	bool is_peer;
};

static size_t
endpoint_of(const struct plan *plan)
{
	return (size_t)plan->kind; /* as in the .proto file */
}

/* With the dialog open; what its end is told. */
static int
talk(struct end *end)
{
	const struct plan *plan = end->plan;
	Dialogs__Receipt *receipt = NULL;
	int rc = stream(end);

	if (rc == 0 && plan->cancels)
		rc = cancel(end);
	if (rc == 0 && plan->waits && plan->kind == DIALOG_TALKS)
		rc = actor_context_close_send(end->context);
	if (rc == 0 && plan->waits) {
		rc = acti_context_wait(end->context, &receipt);
		if (rc == 0)
			judge_result(plan, receipt);
		else if (rc == ACTOR_NO_RESULT && !end->dialog->was_cancelled)
			WRONG("dialog %u has no result, and nobody cancelled it", plan->id);
		rc = rc > 0 ? 0 : rc;
	}
	return rc == 0 && plan->fails ? actor_fail(ACTOR_EINVAL, "as dialog %u's opener was told", plan->id) : rc;
}

static int
open_and_talk(const struct errand *errand)
{
	const struct plan *plan = errand->plan;
	Dialogs__Order order = DIALOGS__ORDER__INIT;
	Dialogs__Greeting *greeting = NULL;
	Dialogs__Receipt *receipt = NULL;
	struct actor_context_report report;
	struct end end = { .plan = plan, .side = &plan->opener, .dialog = &dialogs[plan->id], .is_opener = true };
	bool has_receipt = plan->kind != DIALOG_COUNTS;
	int rc;

	order.id = plan->id;
	end.dialog->begun_ns = the_sim()->now_ns;
	end.dialog->is_between_peers = errand->is_peer;
	rc = acti_context_open(errand->desk.portal, &dialogs_desk_service, endpoint_of(plan), &order.base,
	                       &plan->opener.options, &greeting, &end.context);
	if (rc != 0) {
		judge_dialog(plan, rc, NULL, false, errand->pid);
		return rc;
	}
	if (plan->kind == DIALOG_TALKS && (greeting == NULL || greeting->id != plan->id))
		WRONG("dialog %u is greeted by another one", plan->id);
	rc = talk(&end);
	rc = acti_context_close(end.context, rc, has_receipt ? &receipt : NULL);
	judge_dialog(plan, rc, receipt, has_receipt, errand->pid);
	if (rc == 0 && actor_context_inspect(end.context, &report) != ACTOR_ECLOSED)
		WRONG("dialog %u is closed, and can be looked at", plan->id);
	return rc;
}

/* Its failures are nobody else's. */
static int
run_errand(void *argument)
{
	const struct errand *errand = argument;
	struct actor_scope scope;
	int rc = errand->plan->begin_ms != 0 ? actor_sleep_ms(errand->plan->begin_ms) : 0, fired;

	if (rc != 0)
		return rc;
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = errand->plan->timeout_ms });
	rc = open_and_talk(errand);
	rc = actor_scope_close(&scope, rc, &fired);
	return errand->plan->tolerant ? 0 : rc;
}

/* One actor, and what is opened with it. */
struct desk {
	const struct plan *plans;
	size_t count, first, step;
	uint32_t stop_ms, linger_ms; /* when all is done, for those who visit it */
	bool is_visited;             /* it is there already */
	bool is_tolerant;            /* its failure is nobody else's */
	char name[32];
};

static int
stop_soon(void *argument)
{
	const struct errand *errand = argument;
	int rc = actor_sleep_ms(errand->plan->cancel_child_ms);

	if (rc == 0)
		rc = actor_portal_cancel_actor(errand->desk.portal);
	return rc > 0 ? 0 : rc;
}

static int
run_errands(const struct desk *desk, const struct errand *to)
{
	struct errand *errands = actor_calloc(desk->count + 1, sizeof *errands);
	struct plan stop = { .cancel_child_ms = desk->stop_ms };
	struct errand stopping = { .plan = &stop, .desk = to->desk };
	struct actor_nursery *tasks = NULL, *helpers = NULL;
	int rc = errands == NULL ? actor_fail(ACTOR_ENOMEM, "no memory for the errands") : actor_nursery_open(&helpers);

	if (rc == 0)
		rc = actor_nursery_open(&tasks);
	if (rc == 0 && desk->stop_ms != 0)
		rc = actor_nursery_start(helpers, stop_soon, &stopping);
	for (size_t i = desk->first; rc == 0 && i < desk->count; i += desk->step) {
		errands[i] = *to;
		errands[i].plan = &desk->plans[i];
		rc = actor_nursery_start(tasks, run_errand, &errands[i]);
	}
	rc = actor_nursery_close(tasks, rc);
	actor_nursery_cancel(helpers);
	return actor_nursery_close(helpers, rc);
}

/* ACTOR_NOBODY: it is not there. */
static int
obtain(const struct desk *desk, struct actor_nursery *actors, struct errand *errand)
{
	struct actor_identity identity;
	int rc = desk->is_visited ? dialogs_desk_find_actor(actors, desk->name, &errand->desk)
	                          : dialogs_desk_spawn(actors, desk->name, NULL, &errand->desk);

	if (rc == 0)
		rc = actor_portal_identity(errand->desk.portal, &identity);
	if (rc != 0)
		return rc;
	errand->pid = identity.pid;
	errand->is_peer = desk->is_visited;
	return identity.pid == this_process()->pid ? ACTOR_NOBODY : 0;
}

static int
run_desk(void *argument)
{
	const struct desk *desk = argument;
	struct actor_nursery *actors = NULL;
	struct errand errand = { 0 };
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = obtain(desk, actors, &errand);
	if (rc == 0)
		rc = run_errands(desk, &errand);
	if (rc == 0 && desk->linger_ms != 0)
		rc = actor_sleep_ms(desk->linger_ms);
	if (rc >= 0)
		actor_nursery_cancel(actors);
	rc = actor_nursery_close(actors, rc > 0 ? 0 : rc);
	return desk->is_tolerant ? actor_checkpoint() : rc;
}

/* ---- the endpoint ---- */

static int
struggle(const struct plan *plan)
{
	int rc = actor_sleep_ms(TREE_MS);
	ACTOR_SCOPE(cleanup, .shield_ms = 1 + plan->value % 50 * 20);

	if (actor_sleep_ms(plan->value * 5) == 0 && actor_fail(ACTOR_EINVAL, "in the cleanup") == 0)
		WRONG("a failure did not fail");
	return rc;
}

static int
finish(const struct end *end)
{
	const struct plan *plan = end->plan;
	int rc;

	switch (plan->ending) {
	case DIALOG_FAILS:
	case DIALOG_FAILS_EARLY:
		return actor_fail(ACTOR_EINVAL, "as dialog %u was told", plan->id);
	case DIALOG_RAISES:
		return dialogs_desk_raise_trouble(DIALOGS_TROUBLE(.id = plan->id));
	case DIALOG_CANCELS_ITSELF:
		rc = actor_context_cancel(end->context);
		return rc == 0 ? actor_checkpoint() : rc;
	case DIALOG_EXITS:
		actor_sim_end_process(7 << 8);
	case DIALOG_STICKS:
		actor_sim_block_ms(UINT32_MAX);
		return 0;
	case DIALOG_SLEEPS:
		return actor_sleep_ms(TREE_MS);
	case DIALOG_STRUGGLES:
		return struggle(plan);
	default:
		return 0;
	}
}

static int
run_children(const struct plan *plan)
{
	struct desk desk = {
		.plans = &dialog_plans[plan->first_child],
		.count = plan->child_count,
		.step = 1,
		.stop_ms = plan->visits ? 0 : plan->cancel_child_ms,
		.is_visited = plan->visits,
		.is_tolerant = plan->tolerant,
	};

	if (plan->child_count == 0)
		return 0;
	if (plan->visits)
		snprintf(desk.name, sizeof desk.name, "desk%u", plan->visited);
	else
		snprintf(desk.name, sizeof desk.name, "d%u", plan->id);
	return run_desk(&desk);
}

static int
begin(const struct end *end)
{
	const struct plan *plan = end->plan;
	int rc = 0;

	if (plan->kind == DIALOG_TALKS)
		rc = actor_context_configure(end->context, &plan->endpoint.options);
	if (rc == 0 && plan->before_ms != 0)
		rc = actor_sleep_ms(plan->before_ms);
	if (rc == 0 && plan->ending == DIALOG_FAILS_EARLY)
		rc = finish(end);
	if (rc == 0 && plan->kind == DIALOG_TALKS)
		rc = acti_context_started(end->context, &DIALOGS_GREETING(.id = plan->id)->base);
	return rc;
}

static int
serve(uint32_t id, struct actor_context context, Dialogs__Receipt *receipt)
{
	const struct plan *plan = &dialog_plans[id];
	struct end end = { .plan = plan, .side = &plan->endpoint, .dialog = &dialogs[id], .context = context };
	struct truth *truth = write_begin(id);
	struct actor_identity self;
	int rc = 0;

	if (actor_self(&self) == 0)
		end.dialog->endpoint = self.uid;
	if (end.dialog->is_closed && is_calm(this_process()))
		WRONG("dialog %u begins, and its opener has closed it", id);
	truth->value = plan->value;
	if (receipt != NULL) {
		receipt->id = id;
		receipt->value = plan->value;
	}
	if (plan->ending != DIALOG_SAYS_NOTHING) {
		rc = begin(&end);
		if (rc == 0 && plan->opens_first)
			rc = run_children(plan);
		if (rc == 0)
			rc = stream(&end);
		if (rc == 0 && !plan->opens_first)
			rc = run_children(plan);
		if (rc == 0)
			rc = finish(&end);
	}
	write_down(truth, rc);
	return rc;
}

static int
serve_talk(struct dialogs_desk_state *state, struct dialogs_desk_talk_context context, const Dialogs__Order *order,
           Dialogs__Receipt *reply)
{
	(void)state;
	return serve(order->id, context.context, reply);
}

static int
serve_wait(struct dialogs_desk_state *state, struct dialogs_desk_wait_context context, const Dialogs__Order *order,
           Dialogs__Receipt *reply)
{
	(void)state;
	return serve(order->id, context.context, reply);
}

static int
serve_count(struct dialogs_desk_state *state, struct dialogs_desk_count_context context, const Dialogs__Order *order)
{
	(void)state;
	return serve(order->id, context.context, NULL);
}

/* ---- the root ---- */

static int
root(int argc, char **argv)
{
	struct desk desks[DESKS_MAX];
	struct actor_nursery *tasks = NULL;
	struct actor_scope scope;
	int rc, fired;

	(void)argc, (void)argv;
	actor_scope_open(&scope, &(const struct actor_scope_options){ .timeout_ms = TREE_MS });
	rc = actor_nursery_open(&tasks);
	for (size_t i = 0; rc == 0 && i < desk_count; i++) {
		desks[i] = (struct desk){ .plans = dialog_plans,
			                  .count = top_count,
			                  .first = i,
			                  .step = desk_count,
			                  .stop_ms = stop_desk_ms[i],
			                  .linger_ms = linger_desk_ms[i],
			                  .is_tolerant = is_desk_tolerant[i] };
		snprintf(desks[i].name, sizeof desks[i].name, "desk%zu", i);
		rc = actor_nursery_start(tasks, run_desk, &desks[i]);
	}
	rc = actor_nursery_close(tasks, rc);
	return actor_scope_close(&scope, rc, &fired);
}

/* Every kind of dialog, with items both ways, one of them in fragments, and one that is cancelled. */
static void
scenario(void)
{
	struct plan talking = {
		.id = 0,
		.opener = { .options = { .window_messages = 2 }, .send_count = 4, .receive_max = TO_THE_END },
		.endpoint = { .options = { .window_bytes = 40 },
		              .send_count = 3,
		              .receive_max = TO_THE_END,
		              .bulk_every = 2,
		              .bulk_size = 70000,
		              .subscriber_count = 1 },
		.waits = true,
		.first_child = 3,
		.child_count = 1,
		.tolerant = true,
	};

	desk_count = 1;
	top_count = 3;
	dialog_count = 4;
	dialog_plans[0] = talking;
	dialog_plans[1] = (struct plan){ .id = 1,
		                         .kind = DIALOG_COUNTS,
		                         .endpoint.send_count = 5,
		                         .opener = { .options.window_messages = 1, .receive_max = 3 },
		                         .tolerant = true };
	dialog_plans[2] = (struct plan){
		.id = 2, .kind = DIALOG_WAITS, .ending = DIALOG_SLEEPS, .timeout_ms = 300, .tolerant = true
	};
	dialog_plans[3] = (struct plan){ .id = 3, .ending = DIALOG_RAISES, .tolerant = true };
	stop_desk_ms[0] = linger_desk_ms[0] = 0;
	is_desk_tolerant[0] = false;
}

static const struct dialogs_desk_ops ops = { .talk = serve_talk, .wait = serve_wait, .count = serve_count };
static struct actor_module modules[1];
static const struct actor_service *const enabled[] = { &dialogs_desk_service, NULL };
static struct actor_program program;

/* Only then there is a registry. */
static bool
somebody_visits(void)
{
	bool visits = false;

	for (size_t i = 0; i < dialog_count; i++)
		visits |= dialog_plans[i].visits && dialog_plans[i].child_count > 0;
	return visits;
}

/* shows: CX-01, CX-09, CX-10, CX-11, CX-13, CX-15 */
/* robustness: F7, F23, G7 */
const struct actor_program *
dialogs_begin(bool is_scenario)
{
	memset(dialogs, 0, sizeof dialogs);
	for (size_t i = 0; i < sizeof padding; i++)
		padding[i] = (unsigned char)i;
	if (is_scenario)
		scenario();
	else
		draw(), draw_shortage();
	modules[0] = dialogs_desk_module(&ops);
	program = (struct actor_program){ .modules = modules, .module_count = 1, .root = root, .enable = enabled };
	program.registry = somebody_visits() ? "d" : NULL;
	return &program;
}

void
dialogs_check(char *text, size_t size)
{
	for (size_t i = 0; i < dialog_count; i++) {
		const struct truth *truth = &truths[i];

		if (truth->started > 1)
			snprintf(text, size, "dialog %zu was served %u times", i, truth->started);
		if (truth->started > truth->ended && acti_sim_find(the_sim(), truth->pid)->status == 0)
			snprintf(text, size, "dialog %zu never ended, but its process ended in order", i);
	}
}
