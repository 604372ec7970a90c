/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the legs of a context carry, and what becomes of a value that breaks its type: whom its own side does not stop is
 * shown by frames that no stub would send.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw_peer.h"
#include "stage.h"

#define ABORTED 64  /* a Yield: no more of the item follows */
#define FIRST_CID 1 /* of the first dialog of a parent with its child */
#define WINDOW 64
#define REFUSED_ITEM "an item of Play that it has sent: trees.Line: text"

static struct raw_frame frame;

/* ---- by hand ---- */

static void
open_raw(int fd, uint64_t cid, const Trees__Script *script)
{
	uint8_t *packed = actor_alloc(trees__script__get_packed_size(script) + 1);
	size_t size = trees__script__pack(script, packed);

	raw_open(fd, cid, "trees.Stage", "Play", packed, size, WINDOW, 1 << 16);
}

static bool
reads(int fd, unsigned kind, uint64_t cid)
{
	return raw_read(fd, &frame) && frame.kind == kind && frame.cid == cid;
}

/* As far as the first value. */
static bool
is_announced(int fd, uint64_t cid)
{
	return reads(fd, RAW_START_ACK, cid) && reads(fd, RAW_CREDIT, cid) && reads(fd, RAW_STARTED, cid);
}

static bool
answers(int fd, uint64_t cid)
{
	raw_call(fd, cid, "self", "ping", "hello", 5);
	return reads(fd, RAW_RETURN, cid) && raw_has(&frame, "hello");
}

/* A daemon, and a connection with it. */
static int
meet_daemon(struct actor_nursery *town, int *ret_fd)
{
	struct trees_probe probe;
	int rc = meet_neighbour(town, "daemon", NULL, &probe);

	if (rc != 0)
		return rc;
	*ret_fd = raw_meet(socket_of("daemon"), "raw", 1, &frame);
	return *ret_fd >= 0 ? 0 : actor_fail(ACTOR_EPEERGONE, "the daemon does not answer");
}

static int
look_at_frames(struct actor_nursery *town)
{
	int fd, rc = meet_daemon(town, &fd);

	if (rc != 0)
		return rc;
	open_raw(fd, 1, SCRIPT(STEP(ANNOUNCE, .number = 11), STEP(SEND, .number = 2), STEP(RETURN, TEXT("yo"))));
	EXPECT(reads(fd, RAW_START_ACK, 1));
	EXPECT_INT(frame.size, 1);
	EXPECT_INT(frame.body[0], ACTOR_CONTEXT);
	EXPECT(reads(fd, RAW_CREDIT, 1));
	EXPECT(reads(fd, RAW_STARTED, 1));
	EXPECT(frame.size >= 2 && memcmp(frame.body, "\x08\x0b", 2) == 0);
	EXPECT(reads(fd, RAW_YIELD, 1));
	EXPECT(reads(fd, RAW_YIELD, 1));
	EXPECT(reads(fd, RAW_RETURN, 1));
	EXPECT(raw_has(&frame, "yo"));
	EXPECT(answers(fd, 3)); /* there was only one */
	close(fd);
	return 0;
}

/* shows: CX-01 */
static int
the_frames_of_a_context_come_in_their_order(void)
{
	return in_town(look_at_frames);
}

static int
say_too_much(struct actor_nursery *town)
{
	int fd, rc = meet_daemon(town, &fd);

	if (rc != 0)
		return rc;
	open_raw(fd, 1, SCRIPT(STEP(ANNOUNCE)));
	EXPECT(is_announced(fd, 1));
	EXPECT(reads(fd, RAW_RETURN, 1));
	raw_send(fd, RAW_YIELD, 0, 1, "\x08\x01", 2);
	raw_send(fd, RAW_CREDIT, 0, 1, "\1\0\0\0\1\0\0\0", 8);
	raw_send(fd, RAW_STOP, 0, 1, NULL, 0);
	raw_send(fd, RAW_CANCEL, 0, 1, NULL, 0);
	EXPECT(reads(fd, RAW_CANCEL_ACK, 1));
	EXPECT(answers(fd, 3));
	close(fd);
	return 0;
}

/* shows: CX-21 */
static int
frames_for_a_context_that_has_ended_are_dropped(void)
{
	return in_town(say_too_much);
}

/* ---- good values ---- */

static int
exchange_values(struct trees_stage stage)
{
	Trees__Line *line;
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage,
	    SCRIPT(STEP(ANNOUNCE, .number = 1, TEXT("first")), STEP(ECHO), STEP(RETURN, .number = 3, TEXT("last"))),
	    NULL, &line, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_INT(line->number, 1);
	EXPECT_TEXT(line->text, "first");
	rc = trees_stage_play_send(dialog, TREES_LINE(.number = 2, TEXT("second")));
	if (rc == 0)
		rc = trees_stage_play_receive(dialog, &line);
	if (rc == 0) {
		EXPECT(line->base.descriptor == &trees__line__descriptor);
		EXPECT_INT(line->number, 2);
		EXPECT_TEXT(line->text, "second");
	}
	rc = trees_stage_play_close(dialog, rc, &line);
	EXPECT(line != NULL && line->number == 3);
	EXPECT_TEXT(line != NULL ? line->text : NULL, "last");
	return rc;
}

/* shows: PS-01 */
static int
every_leg_carries_messages_of_its_type(void)
{
	return with_stage(exchange_values);
}

/* ---- bad ones, at their own side ---- */

static int
fail_to_open(struct trees_stage stage, const Trees__Script *script)
{
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, script, NULL, NULL, &dialog);

	return rc == 0 ? trees_stage_play_close(dialog, 0, NULL) : rc;
}

static int
announce_badly(struct trees_stage stage)
{
	Trees__Line *first;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE_BADLY, .number = 1), STEP(ANNOUNCE, .number = 5)),
	                               NULL, &first, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_INT(first->number, 5);
	EXPECT_INT(trace_count("announced badly code=-1003 hops=0 the first value of Play: trees.Line: text: "), 1);
	rc = trees_stage_play_close(dialog, 0, NULL);
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(ANNOUNCE_BADLY))), ACTOR_EINVAL);
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_PART(actor_error_message(actor_error_last()), "the first value of Play: trees.Line: text: ");
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(ANNOUNCE_NOTHING))), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the first value of Play is a trees.Line");
	EXPECT(still_answers(stage));
	return rc;
}

/* shows: PS-02, PS-07, PS-09 */
static int
a_bad_first_value_fails_where_it_is_announced(void)
{
	return with_stage(announce_badly);
}

static int
return_badly(struct trees_stage stage)
{
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE), STEP(RETURN_BADLY)), NULL, NULL,
	                               &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_close_send(dialog), 0);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_TEXT(error_origin(), "child");
	EXPECT_PART(actor_error_message(actor_error_last()), "the reply of Play: ");
	EXPECT_CODE(report_of(dialog.context).code, ACTOR_EINVAL);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the reply of Play: ");
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: PS-04, PS-07 */
static int
a_bad_result_is_the_endpoints_failure(void)
{
	return with_stage(return_badly);
}

static int
send_badly(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog;
	int rc = trees_stage_play_open(
	    stage, SCRIPT(STEP(ANNOUNCE), STEP(SEND_BADLY, .number = 1), STEP(SEND, .number = 1), STEP(RECEIVE)), NULL,
	    NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	EXPECT_INT(trace_count("sent badly code=-1003 hops=0 an item of Play: trees.Line: text: "), 1);
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(TEXT("\xff"))), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "an item of Play: trees.Line: text: ");
	EXPECT_CODE(acti_context_send(dialog.context, &TREES_VALUE(.number = 1)->base), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "an item of Play is a trees.Line");
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 8)), 0);
	rc = trees_stage_play_close(dialog, 0, &item);
	EXPECT(item != NULL && item->number == 8);
	return rc;
}

/* shows: PS-05, PS-06, PS-07 */
static int
a_bad_item_is_refused_where_it_is_sent(void)
{
	return with_stage(send_badly);
}

static int
request_badly(struct trees_stage stage)
{
	EXPECT_CODE(fail_to_open(stage, SCRIPT(STEP(SAY, TEXT("it ran \xff")))), ACTOR_EINVAL);
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the request of trees.Stage.Play: ");
	EXPECT(still_answers(stage));
	EXPECT_INT(trace_count("it ran"), 0);
	return 0;
}

static int
request_badly_by_hand(struct actor_nursery *town)
{
	int fd, rc = meet_daemon(town, &fd);

	if (rc != 0)
		return rc;
	raw_open(fd, 1, "trees.Stage", "Play", "\x0a\x05\x1a\x03\x61\xff\x61", 7, WINDOW, 1 << 16);
	EXPECT(reads(fd, RAW_ERROR, 1));
	EXPECT(raw_has(&frame, "the request of trees.Stage.Play: "));
	EXPECT(answers(fd, 3));
	close(fd);
	EXPECT_INT(trace_count("failed daemon"), 0); /* it never ran */
	return 0;
}

/* shows: PS-10 */
static int
a_bad_request_opens_nothing(void)
{
	int rc = with_stage(request_badly);

	return rc == 0 ? in_town(request_badly_by_hand) : rc;
}

static int
open_with_another_contract(struct trees_stage stage)
{
	struct actor_service changed = trees_stage_service;
	struct actor_context context;

	changed.fingerprint++;
	EXPECT_CODE(acti_context_open(stage.portal, &changed, 0, &SCRIPT(STEP(SAY, TEXT("it ran")))->base, NULL, NULL,
	                              &context),
	            ACTOR_EPROTOCOL);
	EXPECT_PART(actor_error_message(actor_error_last()), "another contract of trees.Stage");
	EXPECT(still_answers(stage));
	EXPECT_INT(trace_count("it ran"), 0);
	return 0;
}

/* shows: PS-11 */
static int
who_has_another_contract_opens_no_context(void)
{
	return with_stage(open_with_another_contract);
}

static int
leave_messages_out(struct trees_stage stage)
{
	struct actor_nursery *nursery;
	struct trees_stage one_shot;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE_NOTHING, .number = 1), STEP(ANNOUNCE)), NULL, NULL,
	                               &dialog);

	if (rc != 0)
		return rc;
	EXPECT_INT(trace_count("announced badly code=-1003 hops=0 the first value of Play is a trees.Line"), 1);
	EXPECT_CODE(trees_stage_play_send(dialog, NULL), ACTOR_EINVAL);
	EXPECT_TEXT(actor_error_message(actor_error_last()), "an item of Play is a trees.Line");
	EXPECT_CODE(trees_stage_play_close(dialog, 0, NULL), 0);
	EXPECT_CODE(fail_to_open(stage, NULL), ACTOR_EINVAL);
	EXPECT_CODE(trees_stage_square(stage, NULL, NULL), ACTOR_EINVAL);
	EXPECT_TEXT(actor_error_message(actor_error_last()), "trees.Stage.Square takes a trees.Line");
	EXPECT_CODE(trees_stage_raise_complaint(NULL), ACTOR_EINVAL);
	EXPECT_TEXT(actor_error_message(actor_error_last()), "there is no value to raise");
	rc = actor_nursery_open(&nursery);
	EXPECT_CODE(trees_stage_square_start(nursery, stage, NULL, NULL), ACTOR_EINVAL);
	EXPECT_CODE(trees_stage_square_run_in_actor(nursery, NULL, NULL, NULL, &one_shot), ACTOR_EINVAL);
	return actor_nursery_close(nursery, rc);
}

/* shows: PS-09 */
static int
a_message_that_is_missing_is_an_error(void)
{
	return with_stage(leave_messages_out);
}

/* ---- bad ones that come nevertheless ---- */

static char child_says[16384];

/* The body with a child whose log is then in child_says. */
static int
with_heard_stage(int (*body)(struct trees_stage stage))
{
	int rc;

	capture_stderr();
	rc = with_stage(body);
	captured_stderr(child_says, sizeof child_says);
	return rc;
}

static int
take_a_bad_first_value(struct trees_stage stage)
{
	EXPECT_CODE(
	    fail_to_open(stage, SCRIPT(STEP(WRITE_FRAME, .number = RAW_STARTED, .cid = FIRST_CID, BYTES(BAD_LINE)),
	                               STEP(BLOCK))),
	    ACTOR_EPROTOCOL);
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the first value of Play: trees.Line: text");
	EXPECT_INT(trace_count("failed child code=-1001 by main: ACTOR_ECANCELED: the first value of Play: trees.Line: "
	                       "text"),
	           1); /* it has ended */
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: PS-03, PS-07, ER-13 */
static int
a_bad_first_value_that_comes_is_refused_and_its_sender_told(void)
{
	int rc = with_heard_stage(take_a_bad_first_value);

	EXPECT_PART(child_says, "Play is cancelled by its opener main: the first value of Play: trees.Line: text");
	return rc;
}

static int
take_a_bad_result(struct trees_stage stage)
{
	play_dialog dialog;
	int rc =
	    trees_stage_play_open(stage,
	                          SCRIPT(STEP(ANNOUNCE), STEP(RECEIVE_ONE),
	                                 STEP(WRITE_FRAME, .number = RAW_RETURN, .cid = FIRST_CID, BYTES(BAD_LINE))),
	                          NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_send(dialog, TREES_LINE(.number = 1)), 0);
	rc = trees_stage_play_wait(dialog, NULL);
	EXPECT_CODE(rc, ACTOR_EPROTOCOL);
	EXPECT_PART(actor_error_message(actor_error_last()), "Play");
	EXPECT_PART(actor_error_message(actor_error_last()), "text");
	EXPECT_CODE(report_of(dialog.context).code, ACTOR_EPROTOCOL);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_EPROTOCOL);
	EXPECT(still_answers(stage));
	return 0;
}

/* shows: PS-04, PS-07 */
static int
a_bad_result_that_comes_is_a_failure(void)
{
	return with_stage(take_a_bad_result);
}

static int
take_a_bad_item(struct trees_stage stage)
{
	Trees__Line *item;
	play_dialog dialog, other;
	int rc = trees_stage_play_open(
	    stage,
	    SCRIPT(STEP(ANNOUNCE), STEP(SEND, .number = 1),
	           STEP(WRITE_FRAME, .number = RAW_YIELD, .cid = FIRST_CID, BYTES(BAD_LINE)), STEP(HOLD),
	           STEP(WRITE_FRAME, .number = RAW_YIELD, .cid = FIRST_CID, .flags = ABORTED),
	           STEP(BLOCK)), /* by then nobody minds what of an item is missing */
	    NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_play_receive(dialog, &item), 0);
	rc = trees_stage_play_receive(dialog, &item);
	trace("let go");
	EXPECT_CODE(rc, ACTOR_EPROTOCOL);
	EXPECT(actor_error_origin(actor_error_last()) == NULL);
	EXPECT_PART(actor_error_message(actor_error_last()), "an item of Play");
	EXPECT_PART(actor_error_message(actor_error_last()), "trees.Line: text");
	EXPECT_CODE(report_of(dialog.context).code, ACTOR_EPROTOCOL);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_EPROTOCOL);
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT_INT(trace_count("failed child code=-1001 by main: ACTOR_ECANCELED: " REFUSED_ITEM),
	           1);                                                                 /* it has ended */
	rc = trees_stage_play_open(stage, SCRIPT(STEP(ANNOUNCE)), NULL, NULL, &other); /* the link goes on */
	return rc == 0 ? trees_stage_play_close(other, 0, NULL) : rc;
}

/* shows: PS-06, PS-07, PS-08 */
static int
a_bad_item_that_comes_ends_its_context_and_its_sender_is_told(void)
{
	int rc = with_heard_stage(take_a_bad_item);

	EXPECT_PART(child_says, "Play is cancelled by its opener main: an item of Play");
	EXPECT_PART(child_says, "trees.Line: text");
	return rc;
}

static int
send_badly_by_hand(struct actor_nursery *town)
{
	int fd, rc = meet_daemon(town, &fd);

	if (rc != 0)
		return rc;
	open_raw(fd, 1, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)));
	EXPECT(is_announced(fd, 1));
	open_raw(fd, 3, SCRIPT(STEP(ANNOUNCE), STEP(ECHO)));
	EXPECT(is_announced(fd, 3));
	raw_send(fd, RAW_YIELD, 0, 1, BAD_LINE, 3);
	EXPECT(reads(fd, RAW_ERROR, 1));
	EXPECT(raw_has(&frame, "an item of Play that its opener has sent: trees.Line: text"));
	EXPECT_INT(trace_count("failed daemon code=-1013"), 1);
	raw_send(fd, RAW_YIELD, 0, 3, "\x08\x07", 2);
	EXPECT(reads(fd, RAW_YIELD, 3));
	EXPECT(answers(fd, 5));
	close(fd);
	return 0;
}

/* shows: PS-05, PS-08 */
static int
a_bad_item_of_the_opener_fails_the_endpoint_that_receives_it(void)
{
	return in_town(send_badly_by_hand);
}

/* It blocks in a nursery of its own, and then awaits something else. */
static int
refuse_an_item_of_a_nested_task(struct trees_stage stage)
{
	struct trees_stage_bare_dialog writer;
	Trees__Line *item;
	play_dialog dialog;
	int rc = trees_stage_play_open(stage, SCRIPT_OF(60000, 0, STEP(KEEP_NURSERY)), NULL, NULL, &dialog);

	if (rc != 0)
		return rc;
	rc = trees_stage_bare_open(
	    stage, SCRIPT(STEP(WRITE_FRAME, .number = RAW_YIELD, .cid = FIRST_CID, BYTES(BAD_LINE))), NULL, &writer);
	rc = trees_stage_bare_close(writer, rc, NULL);
	if (rc == 0)
		rc = trees_stage_play_receive(dialog, &item);
	EXPECT_CODE(trees_stage_play_close(dialog, rc, NULL), ACTOR_EPROTOCOL);
	EXPECT_INT(trace_count("failed child code=-1001 by main: ACTOR_ECANCELED: " REFUSED_ITEM), 1);
	EXPECT_INT(trace_count("cleaned child code=-1001 " REFUSED_ITEM), 1);
	return 0;
}

/* shows: PS-06 */
static int
every_await_of_who_sent_a_bad_item_names_it(void)
{
	return with_stage(refuse_an_item_of_a_nested_task);
}

static int
refuse_with_long_words(struct actor_nursery *town)
{
	char words[1000] = "\x1b[2J";
	int fd, rc = meet_daemon(town, &fd);

	if (rc != 0)
		return rc;
	memset(words + 4, 'x', sizeof words - 4);
	words[222] = '\xc3'; /* half of a character, where it is cut */
	open_raw(fd, 1, SCRIPT(STEP(ANNOUNCE), STEP(BLOCK)));
	EXPECT(is_announced(fd, 1));
	raw_send(fd, RAW_CANCEL, 0, 1, words, sizeof words);
	EXPECT(reads(fd, RAW_CANCEL_ACK, 1));
	EXPECT(reads(fd, RAW_ERROR, 1));
	EXPECT_INT(trace_count("failed daemon code=-1001 by raw: ACTOR_ECANCELED: \\x1b[2Jxxxx"), 1);
	EXPECT(raw_has(&frame, "xxxx") && frame.size < 600);
	EXPECT(answers(fd, 3));
	close(fd);
	return 0;
}

/* shows: PS-06 */
static int
what_an_opener_says_of_its_refusal_is_bounded_and_harmless(void)
{
	return in_town(refuse_with_long_words);
}

/* The endpoint never looks at it. */
static int
send_badly_to_nobody(struct actor_nursery *town)
{
	int fd, rc = meet_daemon(town, &fd);

	if (rc != 0)
		return rc;
	open_raw(fd, 1,
	         SCRIPT(STEP(ANNOUNCE), STEP(AWAIT_LINES, .number = 1, TEXT("it is sent")), STEP(RETURN, TEXT("yo"))));
	EXPECT(is_announced(fd, 1));
	raw_send(fd, RAW_YIELD, 0, 1, BAD_LINE, 3);
	EXPECT(answers(fd, 3)); /* so it has been read */
	trace("it is sent");
	EXPECT(reads(fd, RAW_RETURN, 1));
	EXPECT(raw_has(&frame, "yo"));
	close(fd);
	return 0;
}

/* shows: PS-15 */
static int
an_item_is_decoded_by_who_receives_it_and_not_before(void)
{
	return in_town(send_badly_to_nobody);
}

/* ---- ends without a type ---- */

static int
end_without_legs(struct trees_stage stage)
{
	struct trees_stage_bare_dialog bare;
	int rc = trees_stage_bare_open(stage, SCRIPT(STEP(BLOCK)), NULL, &bare);

	if (rc != 0)
		return rc;
	EXPECT_CODE(trees_stage_bare_cancel(bare), 0);
	EXPECT_INT(trees_stage_bare_wait(bare, NULL), ACTOR_NO_RESULT);
	EXPECT_CODE(trees_stage_bare_close(bare, 0, NULL), 0);
	rc = trees_stage_bare_open(stage,
	                           SCRIPT(STEP(AWAIT_LINES, .number = 1, TEXT("opened")),
	                                  STEP(FAIL, .number = ACTOR_EDENIED, TEXT("an error"))),
	                           NULL, &bare);
	if (rc != 0)
		return rc;
	trace("opened");
	EXPECT_CODE(trees_stage_bare_close(bare, 0, NULL), ACTOR_EDENIED);
	EXPECT_PART(actor_error_message(actor_error_last()), "an error");
	return 0;
}

/* shows: PS-12 */
static int
errors_and_cancellations_need_no_leg(void)
{
	return with_stage(end_without_legs);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(the_frames_of_a_context_come_in_their_order),
		CHECK(frames_for_a_context_that_has_ended_are_dropped),
		CHECK(every_leg_carries_messages_of_its_type),
		CHECK(a_bad_first_value_fails_where_it_is_announced),
		CHECK(a_bad_result_is_the_endpoints_failure),
		CHECK(a_bad_item_is_refused_where_it_is_sent),
		CHECK(a_bad_request_opens_nothing),
		CHECK(who_has_another_contract_opens_no_context),
		CHECK(a_message_that_is_missing_is_an_error),
		CHECK(a_bad_first_value_that_comes_is_refused_and_its_sender_told),
		CHECK(a_bad_result_that_comes_is_a_failure),
		CHECK(a_bad_item_that_comes_ends_its_context_and_its_sender_is_told),
		CHECK(every_await_of_who_sent_a_bad_item_names_it),
		CHECK(what_an_opener_says_of_its_refusal_is_bounded_and_harmless),
		CHECK(a_bad_item_of_the_opener_fails_the_endpoint_that_receives_it),
		CHECK(an_item_is_decoded_by_who_receives_it_and_not_before),
		CHECK(errors_and_cancellations_need_no_leg),
	};

	return town_main(argc, argv, checks, ACTOR_COUNT(checks));
}
