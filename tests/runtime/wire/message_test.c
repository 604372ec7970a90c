/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <errno.h>
#include <payload_test.pb-c.h>
#include <string.h>
#include <support/test_demand.h>
#include <support/test_memory.h>
#include <wire/payload.h>

static struct test_memory memory;
static struct acti_pool pool;
static struct acti_list owner;
static struct acti_limits limits;
static struct acti_refusal refusal;
static size_t looked_at; /* messages, by checks */

static void
begin(void)
{
	test_memory_init(&memory);
	acti_pool_init(&pool, &memory.memory);
	acti_list_init(&owner);
	limits = acti_limits_default;
	looked_at = 0;
}

static void
end(void)
{
	acti_pool_release_all(&pool, &owner);
	acti_pool_fini(&pool);
	test_demand(memory.live_blocks == 0, "%zu blocks leak", memory.live_blocks);
}

TestSuite(message, .init = begin, .fini = end);

/* ---- as actorgen may emit them ---- */

static bool
check_point(const void *message, const struct actor_path *path, struct acti_refusal *reterr_refusal)
{
	const WireTest__Point *point = message;
	const struct actor_path x = { path, "x", ACTOR_NOT_REPEATED };

	looked_at++;
	return point->x < 10 || acti_refuse_value(reterr_refusal, &x, "less than 10", "%d", point->x);
}

static bool
check_everything(const void *message, const struct actor_path *path, struct acti_refusal *reterr_refusal)
{
	const WireTest__Everything *all = message;
	const struct actor_path label = { path, "label", ACTOR_NOT_REPEATED };

	looked_at++;
	if (strncmp(all->label, "bad", 3) == 0 &&
	    !acti_refuse_value(reterr_refusal, &label, "a good one", "\"%s\"", all->label))
		return false;
	if (all->id == 0 && !acti_refuse_value(reterr_refusal, path, "an id", "none"))
		return false;
	for (size_t i = 0; i < all->n_points; i++)
		if (!check_point(all->points[i], &(struct actor_path){ path, "points", i }, reterr_refusal))
			return false;
	return all->inner == NULL ||
	       check_everything(all->inner, &(struct actor_path){ path, "inner", ACTOR_NOT_REPEATED }, reterr_refusal);
}

static const struct actor_message unchecked = { .descriptor = &wire_test__everything__descriptor };
static const struct actor_message checked = {
	.descriptor = &wire_test__everything__descriptor,
	.check = check_everything,
};

/* ---- both directions ---- */

static int
measured(const struct actor_message *type, const WireTest__Everything *message)
{
	size_t size;

	return acti_message_measure(&limits, type, &message->base, &size, &refusal);
}

static int
decoded(const struct actor_message *type, const WireTest__Everything *message, void **ret_message)
{
	unsigned char bytes[2048];
	size_t size = wire_test__everything__get_packed_size(message);

	cr_assert_leq(size, sizeof bytes);
	wire_test__everything__pack(message, bytes);
	return acti_message_decode(&pool, &owner, &limits, type, bytes, size, ret_message, &refusal);
}

static void
demand_refused(const WireTest__Everything *message, const char *text)
{
	void *none = NULL;

	cr_assert_eq(measured(&checked, message), -EBADMSG);
	cr_assert_str_eq(refusal.text, text);
	refusal.text[0] = '\0';
	cr_assert_eq(decoded(&checked, message, &none), -EBADMSG);
	cr_assert_str_eq(refusal.text, text);
	cr_assert_null(none);
}

Test(message, what_its_check_lets_through_passes_both_ways)
{
	WireTest__Point point = WIRE_TEST__POINT__INIT, *points[] = { &point };
	WireTest__Everything inner = WIRE_TEST__EVERYTHING__INIT, outer = WIRE_TEST__EVERYTHING__INIT;
	void *message;

	inner.id = outer.id = 1;
	outer.inner = &inner;
	outer.points = points;
	outer.n_points = 1;
	cr_assert_eq(measured(&checked, &outer), 0, "%s", refusal.text);
	cr_assert_eq(looked_at, 3);
	cr_assert_eq(decoded(&checked, &outer, &message), 0, "%s", refusal.text);
	cr_assert_eq(looked_at, 6);
	cr_assert_eq(((const WireTest__Everything *)message)->inner->id, 1);
}

Test(message, a_type_without_a_check_is_held_against_its_descriptor_alone)
{
	WireTest__Everything bad = WIRE_TEST__EVERYTHING__INIT;
	void *message;

	bad.label = (char *)"bad";
	cr_assert_eq(measured(&unchecked, &bad), 0, "%s", refusal.text);
	cr_assert_eq(decoded(&unchecked, &bad, &message), 0, "%s", refusal.text);
}

/* shows: PS-07 */
Test(message, a_refusal_by_its_check_names_type_path_what_was_expected_and_what_came)
{
	WireTest__Point good = WIRE_TEST__POINT__INIT, bad = WIRE_TEST__POINT__INIT, *points[] = { &good, &bad };
	WireTest__Everything inner = WIRE_TEST__EVERYTHING__INIT, outer = WIRE_TEST__EVERYTHING__INIT;

	bad.has_x = true;
	bad.x = 12;
	inner.id = outer.id = 1;
	outer.inner = &inner;
	inner.points = points;
	inner.n_points = 2;
	demand_refused(&outer, "wire_test.Everything: inner.points[1].x: expected less than 10, got 12");
}

Test(message, a_rule_of_a_message_as_a_whole_names_the_field_that_holds_it)
{
	WireTest__Everything inner = WIRE_TEST__EVERYTHING__INIT, outer = WIRE_TEST__EVERYTHING__INIT;

	demand_refused(&outer, "wire_test.Everything: expected an id, got none");
	outer.id = 1;
	outer.inner = &inner;
	demand_refused(&outer, "wire_test.Everything: inner: expected an id, got none");
}

Test(message, a_value_that_is_quoted_is_made_harmless_and_cut)
{
	WireTest__Everything bad = WIRE_TEST__EVERYTHING__INIT;
	char longer[1000] = "bad";

	bad.id = 1;
	bad.label = (char *)"bad\n\x1b[31m";
	demand_refused(&bad, "wire_test.Everything: label: expected a good one, got \"bad\\n\\x1b[31m\"");
	memset(longer + 3, 'x', sizeof longer - 4);
	bad.label = longer;
	cr_assert_eq(measured(&checked, &bad), -EBADMSG);
	cr_assert_lt(strlen(refusal.text), 256);
}

/* A check may follow every pointer. */
Test(message, what_breaks_its_descriptor_is_refused_before_its_check_looks)
{
	WireTest__Everything bad = WIRE_TEST__EVERYTHING__INIT;
	void *message;

	bad.label = (char *)"bad \xff";
	cr_assert_eq(measured(&checked, &bad), -EBADMSG);
	cr_assert_eq(strncmp(refusal.text, "wire_test.Everything: label: ", 29), 0, "%s", refusal.text);
	cr_assert_eq(decoded(&checked, &bad, &message), -EBADMSG);
	cr_assert_eq(strncmp(refusal.text, "wire_test.Everything: label: ", 29), 0, "%s", refusal.text);
	cr_assert_eq(looked_at, 0);
}

Test(message, what_is_refused_by_its_check_leaves_no_memory)
{
	WireTest__Everything bad = WIRE_TEST__EVERYTHING__INIT;
	void *message;

	cr_assert_eq(decoded(&checked, &bad, &message), -EBADMSG);
	cr_assert(acti_list_is_empty(&owner));
}

/* ---- in place ---- */

/* As what comes in fragments lies there: a room, and the bytes behind it. */
struct block {
	_Alignas(16) unsigned char room[1024];
	unsigned char bytes[1024];
	size_t size;
};

static void
block_fill(struct block *block, const char *label)
{
	WireTest__Everything all = WIRE_TEST__EVERYTHING__INIT;
	unsigned char raw[300];

	memset(raw, 'r', sizeof raw);
	all.id = 7;
	all.label = (char *)(uintptr_t)label;
	all.has_raw = true;
	all.raw = (ProtobufCBinaryData){ sizeof raw, raw };
	block->size = wire_test__everything__pack(&all, block->bytes);
}

static bool
decode_in_place(struct block *block, size_t room_size, const struct actor_message *type)
{
	return acti_message_decode_in_place(&limits, type, block->room, room_size, block->bytes, block->size);
}

Test(message, in_place_its_bytes_stay_where_they_are)
{
	struct block block;
	const WireTest__Everything *all = (const void *)block.room;

	block_fill(&block, "good");
	cr_assert(decode_in_place(&block, sizeof block.room, &checked));
	cr_assert_eq(looked_at, 1);
	cr_assert_eq(all->id, 7);
	cr_assert_str_eq(all->label, "good");
	cr_assert_eq(all->raw.len, 300);
	cr_assert(all->raw.data > block.bytes && all->raw.data < block.bytes + block.size);
	cr_assert_eq(all->raw.data[299], 'r');
}

Test(message, in_place_what_does_not_fit_or_is_refused_is_not_there)
{
	struct block block;

	block_fill(&block, "good");
	cr_assert_not(decode_in_place(&block, sizeof(WireTest__Everything), &checked), "no room for the label");
	block_fill(&block, "bad");
	cr_assert_not(decode_in_place(&block, sizeof block.room, &checked));
	block_fill(&block, "good");
	block.size--;
	cr_assert_not(decode_in_place(&block, sizeof block.room, &checked));
}
