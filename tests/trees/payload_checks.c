/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks that message types have of their own, on every leg.  The tables are copies of the emitted ones, with checks; only
 * one side has them, so that it is known whose check it was: the stubs and the module trees.Stage have none.
 */
#include <string.h>

#include "stage.h"

#define LENGTH_MAX 10
#define NUMBER_MAX 100
#define LONG "12345678901"
#define TOO_LONG "text: expected at most 10 bytes, got 11"
#define TOO_LARGE "number: expected at most 100, got 121"

enum {
	PLAY = 0,
	SQUARE = 3,
	ENDPOINTS,
};

/* ---- checks, and tables with them ---- */

static bool
check_text(const char *text, const char *field, const struct actor_path *path, struct acti_refusal *refusal)
{
	const struct actor_path place = { path, field, ACTOR_NOT_REPEATED };
	size_t length = text != NULL ? strlen(text) : 0;

	return length <= LENGTH_MAX || acti_refuse_value(refusal, &place, "at most 10 bytes", "%zu", length);
}

static bool
check_line(const void *message, const struct actor_path *path, struct acti_refusal *refusal)
{
	const Trees__Line *line = message;
	const struct actor_path number = { path, "number", ACTOR_NOT_REPEATED };

	if (line->number > NUMBER_MAX &&
	    !acti_refuse_value(refusal, &number, "at most 100", "%lld", (long long)line->number))
		return false;
	return check_text(line->text, "text", path, refusal);
}

static bool
check_complaint(const void *message, const struct actor_path *path, struct acti_refusal *refusal)
{
	return check_text(((const Trees__Complaint *)message)->what, "what", path, refusal);
}

static bool
check_step(const Trees__Step *step, const struct actor_path *path, struct acti_refusal *refusal)
{
	const struct actor_path flags = { path, "flags", ACTOR_NOT_REPEATED };

	return step->flags == 0 || acti_refuse_value(refusal, &flags, "none", "%u", (unsigned)step->flags);
}

static bool
check_script(const void *message, const struct actor_path *path, struct acti_refusal *refusal)
{
	const Trees__Script *script = message;

	for (size_t i = 0; i < script->n_steps; i++)
		if (!check_step(script->steps[i], &(struct actor_path){ path, "steps", i }, refusal))
			return false;
	return true;
}

static const struct actor_message script = { &trees__script__descriptor, check_script };
static const struct actor_message line = { &trees__line__descriptor, check_line };
static const struct actor_message complaint = { &trees__complaint__descriptor, check_complaint };
static const struct actor_message *const complaints[] = { &complaint, NULL };

static struct actor_endpoint endpoints[ENDPOINTS];

/* Of trees.Stage: whoever calls by it checks, and the child does not. */
static struct actor_service checking;

/* The child serves trees.Checked, and checks; whoever calls by the other one does not. */
static struct actor_service served, trusting;

static void
make_tables(void)
{
	struct actor_endpoint *play = &endpoints[PLAY], *square = &endpoints[SQUARE];

	checking = served = trusting = trees_stage_service;
	memcpy(endpoints, trees_stage_service.endpoints, sizeof endpoints);
	play->request = &script;
	play->reply = play->started = play->send = play->receive = &line;
	play->raises = complaints;
	square->request = square->reply = &line;
	checking.endpoints = served.endpoints = endpoints;
	served.name = trusting.name = "trees.Checked";
}

/* ---- a child, and what goes on beside ---- */

typedef int body_fn(struct trees_stage stage, const struct actor_service *service);

static int
exchange(play_dialog dialog, int64_t number)
{
	Trees__Line *item;
	int rc = trees_stage_play_send(dialog, TREES_LINE(.number = number, TEXT("a long text of the other context")));

	if (rc == 0)
		rc = trees_stage_play_receive(dialog, &item);
	EXPECT(rc == 0 && item->number == number);
	return rc;
}

/* Another context of the same child neither begins nor ends meanwhile. */
static int
beside_another(struct trees_stage stage, const struct actor_service *service, body_fn *body)
{
	play_dialog other;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)), NULL, NULL, &other);

	if (rc != 0)
		return rc;
	rc = exchange(other, 1);
	if (rc == 0)
		rc = body(stage, service);
	if (rc == 0)
		rc = exchange(other, 2);
	EXPECT(still_answers(stage));
	return trees_stage_play_close(other, rc, NULL);
}

static int
with_child(const struct actor_service *service, body_fn *body)
{
	static const struct actor_service *const enable[] = { &served, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);
	struct actor_nursery *nursery;
	struct trees_stage stage;
	int rc = actor_nursery_open(&nursery);

	options.enable = enable;
	if (rc == 0)
		rc = trees_stage_spawn(nursery, "child", &options, &stage);
	if (rc == 0)
		rc = beside_another(stage, service, body);
	return end_nursery(nursery, rc);
}

static char said[16384];

/* The same, with what both processes log in `said`. */
static int
with_heard_child(const struct actor_service *service, body_fn *body)
{
	int rc;

	capture_stderr();
	rc = with_child(service, body);
	captured_stderr(said, sizeof said);
	return rc;
}

static int
open_play(struct trees_stage stage, const struct actor_service *service, const Trees__Script *steps,
          Trees__Line **ret_first, play_dialog *ret_dialog)
{
	return acti_context_open(stage.portal, service, PLAY, &steps->base, NULL, ret_first, &ret_dialog->context);
}

static int
fail_to_open(struct trees_stage stage, const struct actor_service *service, const Trees__Script *steps)
{
	Trees__Line *first;
	play_dialog dialog;
	int rc = open_play(stage, service, steps, &first, &dialog);

	return rc == 0 ? trees_stage_play_close(dialog, 0, NULL) : rc;
}

static const char *
last_message(void)
{
	return actor_error_message(actor_error_last());
}

/* The end of a context that fails once it has received all. */
static void
expect_failure(play_dialog dialog, int code, const char *origin, const char *text)
{
	int rc;

	EXPECT_CODE(trees_stage_play_close_send(dialog), 0);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, code);
	EXPECT_TEXT(error_origin(), origin);
	EXPECT_PART(last_message(), text);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), code);
}

/* ---- requests ---- */

static int
request(struct trees_stage stage, const struct actor_service *service)
{
	const Trees__Script *steps = SCRIPT(STEP(ANNOUNCE), STEP(SAY, TEXT("it ran"), .flags = 9));

	if (!EXPECT_CODE(fail_to_open(stage, service, steps), ACTOR_EINVAL))
		return 0;
	EXPECT_TEXT(error_origin(), service == &checking ? "here" : "child");
	EXPECT_PART(last_message(), ".Play: trees.Script: steps[1].flags: expected none, got 9");
	EXPECT_INT(trace_count("it ran"), 0);
	return 0;
}

/* shows: PS-07, PS-08, PS-10 */
static int
a_request_is_checked_by_its_sender_and_again_before_the_endpoint_runs(void)
{
	int rc = with_child(&checking, request);

	return rc == 0 ? with_child(&trusting, request) : rc;
}

/* ---- first values ---- */

static int
announce(struct trees_stage stage, const struct actor_service *service)
{
	Trees__Script *badly = SCRIPT(STEP(ANNOUNCE, TEXT(LONG)));
	Trees__Line *first = NULL;
	play_dialog dialog;
	int rc =
	    open_play(stage, service, SCRIPT(STEP(TRY, .script = badly), STEP(ANNOUNCE, .number = 5)), &first, &dialog);

	EXPECT(rc == 0 && first->number == 5);
	EXPECT_INT(trace_count("tried code=-1003 the first value of Play: trees.Line: " TOO_LONG), 1);
	return rc == 0 ? trees_stage_play_close(dialog, 0, NULL) : rc;
}

static int
take_first_value(struct trees_stage stage, const struct actor_service *service)
{
	const Trees__Script *steps = SCRIPT(STEP(ANNOUNCE, TEXT(LONG)), STEP(RECEIVE));

	EXPECT_CODE(fail_to_open(stage, service, steps), ACTOR_EPROTOCOL);
	EXPECT_TEXT(error_origin(), "here");
	EXPECT_PART(last_message(), "the first value of Play: trees.Line: " TOO_LONG);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	return 0;
}

/* shows: PS-02, PS-03, PS-07, PS-08 */
static int
a_first_value_is_checked_where_it_is_announced_and_where_it_comes(void)
{
	int rc = with_child(&trusting, announce);

	if (rc == 0)
		rc = with_heard_child(&checking, take_first_value);
	EXPECT_PART(said, "Play is cancelled by its opener main: the first value of Play: trees.Line: " TOO_LONG);
	return rc;
}

/* ---- items ---- */

static int
send_to_endpoint(struct trees_stage stage, const struct actor_service *service)
{
	Trees__Line *result = NULL;
	play_dialog dialog;
	int rc = open_play(stage, service, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE)), NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1, TEXT(LONG))), ACTOR_EINVAL);
	EXPECT_PART(last_message(), "an item of Play: trees.Line: " TOO_LONG);
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 8)), 0);
	rc = trees_stage_play_close(dialog, 0, &result);
	EXPECT(result != NULL && result->number == 8);
	return rc;
}

static int
take_at_endpoint(struct trees_stage stage, const struct actor_service *service)
{
	play_dialog dialog;
	int rc = open_play(stage, service, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE)), NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(TEXT(LONG))), 0);
	expect_failure(dialog, ACTOR_EPROTOCOL, "child",
	               "an item of Play that its opener has sent: trees.Line: " TOO_LONG);
	EXPECT_INT(trace_count("failed child code=-1013 by nobody"), 1);
	return 0;
}

/* shows: PS-05, PS-07, PS-08, robustness: F16 */
static int
an_item_to_the_endpoint_is_checked_where_it_is_sent_and_where_it_is_received(void)
{
	int rc = with_child(&checking, send_to_endpoint);

	return rc == 0 ? with_child(&trusting, take_at_endpoint) : rc;
}

static int
send_to_opener(struct trees_stage stage, const struct actor_service *service)
{
	Trees__Script *badly = SCRIPT(STEP(SEND, .number = 1, TEXT(LONG)));
	Trees__Line *item;
	play_dialog dialog;
	int rc = open_play(stage, service,
	                   SCRIPT(STEP(ANNOUNCE), STEP(TRY, .script = badly), STEP(SEND, .number = 1, TEXT("short"))),
	                   NULL, &dialog);

	if (rc != 0)
		return rc;
	rc = trees_stage_play_receive(dialog, &item);
	EXPECT(rc == 0 && strcmp(item->text, "short") == 0);
	EXPECT_INT(trace_count("tried code=-1003 an item of Play: trees.Line: " TOO_LONG), 1);
	return trees_stage_play_close(dialog, rc, NULL);
}

static int
take_at_opener(struct trees_stage stage, const struct actor_service *service)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = open_play(stage, service, SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 1, TEXT(LONG)), STEP(RECEIVE)),
	                   NULL, &dialog);

	if (rc != 0)
		return rc;
	rc = trees_stage_play_receive(dialog, &item);
	EXPECT_CODE(rc, ACTOR_EPROTOCOL);
	EXPECT_PART(last_message(), "an item of Play that it has sent: trees.Line: " TOO_LONG);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_EPROTOCOL);
	EXPECT_INT(trace_count("failed child code=-1001 by main"), 1);
	return 0;
}

/* shows: PS-06, PS-07, PS-08, robustness: F16 */
static int
an_item_to_the_opener_is_checked_where_it_is_sent_and_where_it_is_received(void)
{
	int rc = with_child(&trusting, send_to_opener);

	if (rc == 0)
		rc = with_heard_child(&checking, take_at_opener);
	EXPECT_PART(said,
	            "Play is cancelled by its opener main: an item of Play that it has sent: trees.Line: " TOO_LONG);
	return rc;
}

/* ---- results ---- */

static int
give_result(struct trees_stage stage, const struct actor_service *service)
{
	play_dialog dialog;
	int rc =
	    open_play(stage, service, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE), STEP(RETURN, TEXT(LONG))), NULL, &dialog);

	if (rc == 0)
		expect_failure(dialog, service == &checking ? ACTOR_EPROTOCOL : ACTOR_EINVAL,
		               service == &checking ? "here" : "child", "the reply of Play: trees.Line: " TOO_LONG);
	return rc;
}

/* 11 is taken, and its square is not. */
static int
reply(struct trees_stage stage, const struct actor_service *service)
{
	bool comes = service == &checking;
	Trees__Line *square;

	EXPECT_CODE(acti_call(stage.portal, service, SQUARE, &TREES_LINE(.number = 11)->base, &square),
	            comes ? ACTOR_EPROTOCOL : ACTOR_EINVAL);
	EXPECT_TEXT(error_origin(), comes ? "here" : "child");
	EXPECT_PART(last_message(), "the reply of Square: trees.Line: " TOO_LARGE);
	return 0;
}

/* The reply waits there as bytes. */
static int
wait_for_result(struct trees_stage stage, const struct actor_service *service)
{
	struct actor_nursery *nursery;
	struct actor_portal portal;
	Trees__Line *square;
	int rc = actor_nursery_open(&nursery);

	(void)stage;
	if (rc == 0)
		rc = acti_run_in_actor(nursery, "once", probe_options(NULL, NULL), service, SQUARE,
		                       &TREES_LINE(.number = 11)->base, &portal);
	if (rc == 0)
		EXPECT_CODE(acti_wait_for_result(portal, service, SQUARE, &square), ACTOR_EPROTOCOL);
	EXPECT_PART(last_message(), "the result of Square: trees.Line: " TOO_LARGE);
	return actor_nursery_close(nursery, rc);
}

/* shows: PS-04, PS-07, PS-08 */
static int
a_result_is_checked_where_it_is_given_and_where_it_comes(void)
{
	static body_fn *const bodies[] = { give_result, reply };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(bodies); i++) {
		rc = with_child(&trusting, bodies[i]);
		if (rc == 0)
			rc = with_child(&checking, bodies[i]);
	}
	return rc == 0 ? with_child(&checking, wait_for_result) : rc;
}

/* ---- raised errors ---- */

static int
raise_badly(struct trees_stage stage, const struct actor_service *service)
{
	play_dialog dialog;
	int rc =
	    open_play(stage, service, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE), STEP(RAISE, TEXT(LONG))), NULL, &dialog);

	if (rc == 0)
		expect_failure(dialog, ACTOR_EINVAL, "child",
		               "what Play raises: trees.Complaint: what: expected at most 10 bytes, got 11");
	return rc;
}

static int
take_raised(struct trees_stage stage, const struct actor_service *service)
{
	play_dialog dialog;
	int rc =
	    open_play(stage, service, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE), STEP(RAISE, TEXT(LONG))), NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_close(dialog, 0, NULL), ACTOR_ERAISED);
	EXPECT(acti_raised(actor_error_last(), &complaint) == NULL);
	EXPECT(trees_stage_raised_complaint(actor_error_last()) != NULL);
	return 0;
}

/* shows: PS-01, PS-07, PS-08 */
static int
a_raised_error_is_checked_where_it_is_raised_and_where_its_value_is_asked_for(void)
{
	int rc = with_child(&trusting, raise_badly);

	if (rc == 0)
		rc = with_heard_child(&checking, take_raised);
	EXPECT_PART(said, "a raised value is not given: trees.Complaint: what: expected at most 10 bytes, got 11");
	return rc;
}

/* ---- without a link ---- */

static int
call_itself(struct actor_nursery *town)
{
	struct actor_nursery *calls;
	struct trees_stage self;
	Trees__Line *square;
	int rc = trees_stage_find_actor(town, "main", &self);

	if (rc != 0)
		return rc;
	EXPECT_CODE(acti_call(self.portal, &checking, SQUARE, &TREES_LINE(.number = 121)->base, &square), ACTOR_EINVAL);
	EXPECT_PART(last_message(), "the request of trees.Stage.Square: trees.Line: " TOO_LARGE);
	rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = acti_call_start(calls, self.portal, &checking, SQUARE, &TREES_LINE(.number = 11)->base, &square);
	EXPECT_CODE(actor_nursery_close(calls, rc), ACTOR_EINVAL);
	EXPECT_PART(last_message(), "trees.Line: " TOO_LARGE);
	return 0;
}

/* shows: PS-04, PS-07, PS-10 */
static int
calls_of_an_actor_to_itself_are_checked_as_well(void)
{
	return in_town(call_itself);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_request_is_checked_by_its_sender_and_again_before_the_endpoint_runs),
		CHECK(a_first_value_is_checked_where_it_is_announced_and_where_it_comes),
		CHECK(an_item_to_the_endpoint_is_checked_where_it_is_sent_and_where_it_is_received),
		CHECK(an_item_to_the_opener_is_checked_where_it_is_sent_and_where_it_is_received),
		CHECK(a_result_is_checked_where_it_is_given_and_where_it_comes),
		CHECK(a_raised_error_is_checked_where_it_is_raised_and_where_its_value_is_asked_for),
		CHECK(calls_of_an_actor_to_itself_are_checked_as_well),
	};
	static const struct actor_module module = { &served, &stage_ops };

	make_tables();
	probe_module = &module;
	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
