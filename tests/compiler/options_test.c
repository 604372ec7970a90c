/* SPDX-License-Identifier: BSD-2-Clause */
#include <actor/options.pb-c.h>
#include <criterion/criterion.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <google/protobuf/struct.pb-c.h>
#include <string.h>

#include "options.h"

static struct ag_arena arena;

static void
fini(void)
{
	ag_arena_fini(&arena);
}

TestSuite(options, .fini = fini);

#define BYTES(text) ((struct ag_bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

static void
assert_joined(struct ag_bytes pieces, const ProtobufCMessageDescriptor *descriptor, struct ag_bytes expected)
{
	struct ag_bytes joined;

	cr_assert(ag_option_join(&arena, pieces, descriptor, &joined));
	cr_assert_eq(joined.size, expected.size, "%zu bytes in place of %zu", joined.size, expected.size);
	cr_assert(expected.size == 0 || memcmp(joined.data, expected.data, expected.size) == 0);
}

Test(options, nothing_stays_nothing)
{
	assert_joined(BYTES(""), &actor__endpoint__descriptor, BYTES(""));
}

Test(options, repeated_and_scalar_fields_stay_as_they_are)
{
	assert_joined(BYTES("\x12\x01"
	                    "A"
	                    "\x1a\x01x\x12\x01"
	                    "B"
	                    "\x1a\x01y"),
	              &actor__endpoint__descriptor,
	              BYTES("\x12\x01"
	                    "A"
	                    "\x1a\x01x\x12\x01"
	                    "B"
	                    "\x1a\x01y"));
}

/* context { started: "A" }, raises: "R", context { send: "B" } */
Test(options, a_singular_message_in_pieces_becomes_one)
{
	assert_joined(BYTES("\x0a\x03\x0a\x01"
	                    "A"
	                    "\x12\x01R"
	                    "\x0a\x03\x12\x01"
	                    "B"),
	              &actor__endpoint__descriptor,
	              BYTES("\x0a\x06\x0a\x01"
	                    "A"
	                    "\x12\x01"
	                    "B"
	                    "\x12\x01R"));
}

Test(options, what_is_joined_is_what_protobuf_c_then_reads)
{
	ProtobufCAllocator allocator = ag_arena_allocator(&arena);
	struct ag_bytes joined;
	Actor__Endpoint *endpoint;

	cr_assert(ag_option_join(&arena,
	                         BYTES("\x0a\x03\x0a\x01"
	                               "A"
	                               "\x0a\x03\x12\x01"
	                               "B"
	                               "\x0a\x03\x1a\x01"
	                               "C"),
	                         &actor__endpoint__descriptor, &joined));
	endpoint = actor__endpoint__unpack(&allocator, joined.size, joined.data);
	cr_assert_not_null(endpoint);
	cr_assert_str_eq(endpoint->context->started, "A");
	cr_assert_str_eq(endpoint->context->send, "B");
	cr_assert_str_eq(endpoint->context->receive, "C");
}

/* google.protobuf.Value: bool_value (4), string_value (3), list_value (6) are one oneof. */
Test(options, the_last_member_of_a_oneof_stands)
{
	assert_joined(BYTES("\x20\x01\x1a\x01x"), &google__protobuf__value__descriptor, BYTES("\x1a\x01x"));
	assert_joined(BYTES("\x32\x00\x1a\x01x\x32\x04\x0a\x02\x20\x01"), &google__protobuf__value__descriptor,
	              BYTES("\x32\x04\x0a\x02\x20\x01"));
}

Test(options, a_oneof_member_in_pieces_keeps_them_all)
{
	assert_joined(BYTES("\x32\x04\x0a\x02\x20\x01\x32\x04\x0a\x02\x20\x00"), &google__protobuf__value__descriptor,
	              BYTES("\x32\x08\x0a\x02\x20\x01\x0a\x02\x20\x00"));
}

Test(options, unknown_fields_stay)
{
	assert_joined(BYTES("\xf8\x01\x05\x12\x01"
	                    "A"),
	              &actor__endpoint__descriptor,
	              BYTES("\xf8\x01\x05\x12\x01"
	                    "A"));
}

Test(options, bytes_that_make_no_sense_are_refused)
{
	struct ag_bytes joined;

	cr_assert_not(ag_option_join(&arena, BYTES("\x0a\x05\x0a"), &actor__endpoint__descriptor, &joined));
	cr_assert_not(ag_option_join(&arena, BYTES("\xff"), &actor__endpoint__descriptor, &joined));
	cr_assert_not(ag_option_join(&arena, BYTES("\x0a\x02\x0a\x05"), &actor__endpoint__descriptor, &joined),
	              "inside a piece");
	cr_assert_not(ag_option_join(&arena, BYTES("\x13\x14"), &actor__endpoint__descriptor, &joined), "a group");
}

Test(options, nesting_without_end_is_refused)
{
	struct ag_buffer nested = { .arena = &arena };
	struct ag_bytes joined;

	for (int i = 0; i < 100; i++) { /* Value in ListValue in Value ... */
		struct ag_buffer outer = { .arena = &arena };

		ag_wire_add(&outer, i % 2 == 0 ? 1 : 6, (struct ag_bytes){ (const uint8_t *)nested.data, nested.size });
		nested = outer;
	}
	cr_assert(ag_option_join(&arena, (struct ag_bytes){ (const uint8_t *)nested.data, nested.size },
	                         &google__protobuf__value__descriptor, &joined),
	          "lists are repeated: they are not walked");
	cr_assert_not(ag_wire_depth_within((struct ag_bytes){ (const uint8_t *)nested.data, nested.size },
	                                   &google__protobuf__value__descriptor, 64));
}

/* (actor.endpoint).raises = "A", then .c_name = "c": two unknown fields of one number. */
Test(options, pieces_are_gathered_from_unknown_fields)
{
	ProtobufCAllocator allocator = ag_arena_allocator(&arena);
	struct ag_bytes bytes = BYTES("\xa2\x9f\x19\x03\x12\x01"
	                              "A"
	                              "\xa2\x9f\x19\x03\x1a\x01"
	                              "c"
	                              "\x88\x02\x01");
	Google__Protobuf__MethodOptions *options =
	    google__protobuf__method_options__unpack(&allocator, bytes.size, bytes.data);
	struct ag_bytes pieces;

	cr_assert_not_null(options);
	cr_assert(ag_option_pieces(&arena, &options->base, 51700, &pieces));
	cr_assert_eq(pieces.size, 6);
	cr_assert_arr_eq(pieces.data,
	                 "\x12\x01"
	                 "A"
	                 "\x1a\x01"
	                 "c",
	                 6);
	cr_assert(ag_option_pieces(&arena, &options->base, 51701, &pieces));
	cr_assert_eq(pieces.size, 0);
}
