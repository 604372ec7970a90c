/* SPDX-License-Identifier: BSD-2-Clause */
#include "dialogs.h"
#include <base/probe.h>
#include <rpc/context.h>

#define LONGEST_MS 6000 /* of a dialog in which nothing waits for somebody else to end it */
#define QUEUE_MAX (128u * 1024 + 64u * 1024 + 16u * 1024) /* before an item, one fragment, and what else was said */

/* As its opener may see it. */
static bool
is_gone(const struct dialog *dialog, const struct acti_sim_process *callee)
{
	if (callee == NULL || callee->stage > ACTI_SIM_ALIVE)
		return true;
	if (!dialog->is_between_peers)
		return callee->link_was_broken;
	/* Who visits may come upon its own parent, by the link that there is. */
	return !is_staying(actor_of(callee)) || callee->peer_was_broken || this_process()->peer_was_broken ||
	       this_process()->link_was_broken || memory_was_short();
}

/* ---- items ---- */

static struct flow *
flow_in(const struct end *end)
{
	return end->is_opener ? &end->dialog->down : &end->dialog->up;
}

static uint64_t
count_sent(const struct flow *flow, uint32_t from, uint32_t to)
{
	uint64_t count = 0;

	for (uint32_t i = from; i < to; i++)
		count += flow->items[i] == ITEM_SENT;
	return count;
}

static void
judge_gap(const struct end *end, struct receiver *receiver, uint32_t number)
{
	uint64_t missing = count_sent(flow_in(end), receiver->next, number);
	bool is_shared = flow_in(end)->is_shared;

	if (receiver->has_begun || receiver->is_own)
		receiver->missing += missing;
	if (receiver->missing > receiver->lagged)
		WRONG("dialog %u: before item %u %llu are missing, its receiver was told of %llu", end->plan->id,
		      number, (unsigned long long)receiver->missing, (unsigned long long)receiver->lagged);
	if (!is_shared && receiver->missing < receiver->lagged)
		WRONG("dialog %u: before item %u %llu are missing, its receiver thinks %llu", end->plan->id, number,
		      (unsigned long long)receiver->missing, (unsigned long long)receiver->lagged);
}

void
judge_item(const struct end *end, struct receiver *receiver, const Dialogs__Item *item)
{
	const struct side *sender = end->is_opener ? &end->plan->endpoint : &end->plan->opener;
	const struct flow *flow = flow_in(end);
	uint32_t number = item->number;

	if (item->id != end->plan->id || item->is_openers == end->is_opener || number > sender->send_count) {
		WRONG("dialog %u: an item of another stream", end->plan->id);
		return;
	}
	if (item->padding.len != item_size(sender, number) ||
	    (item->padding.len > 0 &&
	     (item->padding.data[0] != number ||
	      item->padding.data[item->padding.len - 1] != (unsigned char)(number + item->padding.len - 1))))
		WRONG("dialog %u: item %u was sent otherwise", end->plan->id, number);
	if (number < receiver->next)
		WRONG("dialog %u: item %u comes late, or twice", end->plan->id, number);
	if (flow->items[number] != ITEM_SENT && flow->items[number] != ITEM_UNDER_WAY)
		WRONG("dialog %u: item %u was not sent", end->plan->id, number);
	judge_gap(end, receiver, number);
	receiver->has_begun = true;
	receiver->next = number + 1;
	*(end->is_opener ? &end->dialog->has_come_down : &end->dialog->has_come_up) = true;
	if (end->dialog->has_come_up && end->dialog->has_come_down)
		ACTI_PROBE("items went both ways in a dialog");
}

/* It was told that no more comes: nothing more was sent, and what is missing was reported. */
void
judge_end(const struct end *end, struct receiver *receiver)
{
	struct actor_context_report report;
	uint64_t missing;

	if (actor_context_inspect(end->context, &report) != 0)
		return;
	missing = receiver->missing + count_sent(flow_in(end), receiver->next, ITEMS_MAX + 1);
	if (missing > 0)
		ACTI_PROBE("items were dropped because their receiver was slow");
	if (receiver->is_own && !flow_in(end)->is_shared && missing != report.received_lost)
		WRONG("dialog %u: %llu items are missing in the end, its receiver knows of %llu", end->plan->id,
		      (unsigned long long)missing, (unsigned long long)report.received_lost);
	if (receiver->has_begun && missing > receiver->lagged + report.received_lost)
		WRONG("dialog %u: %llu items are missing in the end, a receiver knows of %llu", end->plan->id,
		      (unsigned long long)missing, (unsigned long long)(receiver->lagged + report.received_lost));
}

/* Whatever is to be said next, a Cancel above all, waits behind no more than that. */
static void
judge_queue(const struct end *end)
{
	struct acti_context *context;
	size_t pending;

	if (acti_context_find(end->context, &context) != 0 || context->dialog == NULL)
		return;
	pending = acti_link_pending(&context->dialog->connection->link);
	if (pending > QUEUE_MAX)
		WRONG("dialog %u: %zu bytes are queued before what its sender says next", end->plan->id, pending);
}

static void
mark_sent(int rc)
{
	if (rc == ACTOR_EOVERRUN)
		ACTI_PROBE("an item was refused because its receiver was slow");
	if (rc == ACTOR_END_OF_STREAM)
		ACTI_PROBE("an endpoint returned before its opener had sent all");
}

void
judge_sent(const struct end *end, uint32_t number, int rc)
{
	const struct side *receiver = end->is_opener ? &end->plan->endpoint : &end->plan->opener;
	struct flow *flow = end->is_opener ? &end->dialog->up : &end->dialog->down;

	flow->items[number] = rc == 0 ? ITEM_SENT : ITEM_FAILED;
	if (rc == ACTOR_EOVERRUN && receiver->options.overrun != ACTOR_OVERRUN_FAIL)
		WRONG("dialog %u: its receiver did not want the overrun to fail", end->plan->id);
	if (rc > 0 && rc != ACTOR_END_OF_STREAM)
		WRONG("dialog %u: send() gives %d", end->plan->id, rc);
	if (rc == ACTOR_END_OF_STREAM && !end->is_opener)
		WRONG("dialog %u: its endpoint is told that it has ended", end->plan->id);
	judge_queue(end);
	mark_sent(rc);
}

/* ---- the outcome ---- */

void
judge_result(const struct plan *plan, const Dialogs__Receipt *receipt)
{
	const struct truth *truth = &truths[plan->id];

	if (truth->ended != 1 || truth->rc != 0)
		WRONG("dialog %u has a result that nobody gave", plan->id);
	else if (receipt == NULL || receipt->id != plan->id || receipt->value != truth->value)
		WRONG("dialog %u gave %u, its opener has something else", plan->id, truth->value);
}

static bool
somebody_sticks(void)
{
	bool sticks = false;

	for (size_t i = 0; i < dialog_count; i++)
		sticks |= dialog_plans[i].ending == DIALOG_STICKS;
	return sticks;
}

/* Nothing in it waits for somebody else to end it, nor for an actor that others may have brought to a halt. */
static bool
ends_by_itself(const struct plan *plan)
{
	if (plan->visits && plan->child_count > 0 && somebody_sticks())
		return false;
	if (plan->ending == DIALOG_EXITS || plan->ending == DIALOG_STICKS || plan->ending == DIALOG_SLEEPS ||
	    plan->ending == DIALOG_STRUGGLES)
		return false;
	for (uint32_t i = 0; i < plan->child_count; i++)
		if (!ends_by_itself(&dialog_plans[plan->first_child + i]))
			return false;
	return true;
}

/* Its own side's: it needs a reason. */
static void
judge_local(const struct plan *plan, const struct actor_error *error, const struct acti_sim_process *callee)
{
	const struct dialog *dialog = &dialogs[plan->id];

	switch (actor_error_code(error)) {
	case ACTOR_ECANCELED:
	case ACTOR_EDEADLINE:
		if (!dialog->was_cancelled && !memory_was_short())
			judge_cancelled(plan->id, &truths[plan->id], callee, dialog->begun_ns);
		break;
	case ACTOR_EPEERGONE:
		if (!is_gone(dialog, callee))
			WRONG("dialog %u: its peer is gone, but it lives: %s", plan->id, actor_error_text(error));
		break;
	case ACTOR_ECLOSED:
		if (!is_gone(dialog, callee) && !callee->was_told_to_stop && !dialog->was_cancelled)
			WRONG("dialog %u: nobody has closed its peer: %s", plan->id, actor_error_text(error));
		break;
	case ACTOR_EINVAL:
		if (!plan->fails)
			WRONG("dialog %u: nothing there was wrong: %s", plan->id, actor_error_text(error));
		break;
	case ACTOR_ENOMEM:
	case ACTOR_EPROTOCOL:
		if (!memory_was_short() && !may_be_limited())
			WRONG("dialog %u: there was memory: %s", plan->id, actor_error_text(error));
		break;
	default:
		WRONG("dialog %u: that cannot be: %s", plan->id, actor_error_text(error));
	}
}

/* Nobody else has cancelled it, nor does anything else end its opener.  A checkpoint would put another error in its place. */
static bool
is_own_wish(const struct plan *plan, const struct actor_error *error)
{
	const struct actor_uid *canceller = actor_error_canceller(error);
	struct actor_identity self;

	return dialogs[plan->id].was_cancelled && !plan->fails && acti_task_current()->scope->cause == 0 &&
	       canceller != NULL && actor_error_hop_count(error) == 1 && actor_self(&self) == 0 &&
	       memcmp(canceller->uuid, self.uid.uuid, sizeof self.uid.uuid) == 0;
}

static void
judge_error(const struct plan *plan, int rc, const struct acti_sim_process *callee)
{
	const struct actor_error *error = actor_error_last();
	const struct truth *truth = &truths[plan->id];

	if (error == NULL || actor_error_code(error) != rc)
		WRONG("dialog %u failed with %d and no error that says so", plan->id, rc);
	else if (actor_error_member_count(error) > 0 && actor_error_origin(error) == NULL)
		return; /* both sides have failed */
	else if (actor_error_origin(error) == NULL)
		judge_local(plan, error, callee);
	else if (plan->ending == DIALOG_SAYS_NOTHING && rc == ACTOR_EPROTOCOL && truth->ended == 1 && truth->rc == 0)
		return;
	else if (rc == ACTOR_ECANCELED && is_own_wish(plan, error))
		WRONG("dialog %u ends as its opener's cancel() asked, and that is a failure", plan->id);
	else
		judge_boxed(plan->id, truth, error);
}

/* What this actor has told the endpoint to do. */
static bool
is_own_doing(const struct truth *truth)
{
	struct actor_identity self;

	return truth->rc == ACTOR_ECANCELED && actor_self(&self) == 0 && acti_uid_equal(&truth->canceller, &self.uid);
}

static void
judge_success(const struct plan *plan, const Dialogs__Receipt *receipt, bool has_receipt)
{
	const struct truth *truth = &truths[plan->id];
	bool was_asked = dialogs[plan->id].was_cancelled || plan->kind == DIALOG_COUNTS;

	if (truth->ended == 1 && truth->rc == 0 && (receipt != NULL || !was_asked)) {
		if (has_receipt)
			judge_result(plan, receipt);
	} else if (receipt != NULL) {
		WRONG("dialog %u has a result that nobody gave", plan->id);
	} else if (!was_asked) {
		WRONG("dialog %u has ended well, its endpoint has not", plan->id);
	} else if (truth->ended == 1 && truth->rc != 0 && !is_own_doing(truth) && !memory_was_short() &&
	           is_calm_for(this_process())) {
		WRONG("dialog %u was cancelled, but had ended with %s for another reason, and its opener does not know",
		      plan->id, actor_code_name(truth->rc));
	}
}

static void
mark_cancelled(const struct plan *plan, const struct actor_error *error)
{
	const struct actor_uid *canceller = actor_error_canceller(error);
	struct actor_identity self;

	if (canceller == NULL || actor_self(&self) != 0)
		return;
	if (acti_uid_equal(canceller, &self.uid))
		ACTI_PROBE("a dialog was cancelled by its opener's actor");
	else if (acti_uid_equal(canceller, &dialogs[plan->id].endpoint))
		ACTI_PROBE("a dialog was cancelled by its endpoint's actor");
	else if (actor_error_origin(error) == NULL)
		ACTI_PROBE("the opener of a dialog was cancelled by a third actor");
	else
		ACTI_PROBE("the endpoint of a dialog was cancelled by a third actor");
}

static void
mark_dialog(const struct plan *plan, int rc)
{
	const struct truth *truth = &truths[plan->id];

	if (truth->ended > 0 && dialogs[plan->id].is_between_peers)
		ACTI_PROBE("a dialog between peers has ended");
	if (rc == 0 && dialogs[plan->id].was_cancelled)
		ACTI_PROBE("a dialog ended as its opener's cancel() asked");
	if (rc == ACTOR_EINVAL && plan->ending == DIALOG_FAILS_EARLY && truth->ended > 0)
		ACTI_PROBE("an endpoint failed before its first value");
	if (rc == ACTOR_EPROTOCOL && plan->ending == DIALOG_SAYS_NOTHING)
		ACTI_PROBE("an endpoint returned without a first value");
	if (rc == ACTOR_ECANCELED)
		mark_cancelled(plan, actor_error_last());
}

/* Once close() has returned, or open() has failed. */
void
judge_dialog(const struct plan *plan, int rc, const Dialogs__Receipt *receipt, bool has_receipt, pid_t callee)
{
	const struct acti_sim_process *process = acti_sim_find(the_sim(), callee);
	const struct truth *truth = &truths[plan->id];
	struct dialog *dialog = &dialogs[plan->id];
	uint64_t took_ms = (the_sim()->now_ns - dialog->begun_ns) / ACTI_NS_PER_MS;

	dialog->is_closed = true;
	mark_dialog(plan, rc);
	if (truth->started > truth->ended && !is_gone(dialog, process) && is_calm(process))
		WRONG("dialog %u is closed, and its endpoint's task has not ended", plan->id);
	if (took_ms > LONGEST_MS && ends_by_itself(plan) && !may_be_limited() && process != NULL && is_calm(process) &&
	    process->disturbed_ns == 0 && this_process()->disturbed_ns == 0)
		WRONG("dialog %u took %llu ms, and had nothing to wait for", plan->id, (unsigned long long)took_ms);
	if (rc == 0)
		judge_success(plan, receipt, has_receipt);
	else if (rc > 0)
		WRONG("dialog %u: close() gives %d", plan->id, rc);
	else
		judge_error(plan, rc, process);
}
