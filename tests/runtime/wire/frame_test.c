/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <string.h>
#include <wire/frame.h>

static const unsigned char golden[ACTI_FRAME_HEADER_SIZE] = {
	0x04, 0x03, 0x02, 0x01,                         /* body size */
	0x03, 0x01,                                     /* Start, by name */
	0x00, 0x00,                                     /* reserved */
	0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* cid */
};

static const char *
fault_of(const unsigned char header[static ACTI_FRAME_HEADER_SIZE], size_t body_max)
{
	struct acti_frame frame = { .cid = 42 };
	const char *fault = acti_frame_fault(header, body_max);

	cr_assert_eq(acti_frame_decode(header, body_max, &frame), fault == NULL);
	if (fault != NULL)
		cr_assert_eq(frame.cid, 42, "a refused header leaves the result alone");
	return fault;
}

Test(frame, header_has_the_specified_bytes)
{
	const struct acti_frame frame = {
		.body_size = 0x01020304,
		.kind = ACTI_FRAME_START,
		.flags = ACTI_FLAG_BY_NAME,
		.cid = UINT64_C(0x1122334455667788),
	};
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&frame, header);
	cr_assert_arr_eq(header, golden, sizeof golden);
}

Test(frame, header_decodes_to_what_was_encoded)
{
	struct acti_frame frame;

	cr_assert(acti_frame_decode(golden, SIZE_MAX, &frame));
	cr_assert_eq(frame.body_size, 0x01020304);
	cr_assert_eq(frame.kind, ACTI_FRAME_START);
	cr_assert_eq(frame.flags, ACTI_FLAG_BY_NAME);
	cr_assert_eq(frame.cid, UINT64_C(0x1122334455667788));
}

/* robustness: E12 */
Test(frame, only_the_fifteen_kinds_are_accepted)
{
	unsigned char header[ACTI_FRAME_HEADER_SIZE] = { 0 };

	for (unsigned kind = 0; kind < 256; kind++) {
		header[4] = (unsigned char)kind;
		if (kind >= 1 && kind <= 15)
			cr_assert_null(fault_of(header, 0));
		else
			cr_assert_str_eq(fault_of(header, 0), "unknown kind of frame");
	}
}

/* robustness: E12 */
Test(frame, a_kind_carries_the_flags_that_are_known_for_it_and_no_others)
{
	static const unsigned known_flags[ACTI_FRAME_KINDS] = {
		[ACTI_FRAME_START] = 1 | 2 | 4 | 8,
		[ACTI_FRAME_YIELD] = 16 | 32 | 64,
		[ACTI_FRAME_STOP] = 32,
		[ACTI_FRAME_CREDIT] = 4 | 8,
	};
	unsigned char header[ACTI_FRAME_HEADER_SIZE] = { 0 };

	for (unsigned kind = 1; kind < ACTI_FRAME_KINDS; kind++) {
		for (unsigned flags = 0; flags < 256; flags++) {
			bool known = (flags & ~known_flags[kind]) == 0;

			header[4] = (unsigned char)kind;
			header[5] = (unsigned char)flags;
			if (known)
				cr_assert_null(fault_of(header, 0));
			else
				cr_assert_str_eq(fault_of(header, 0), "unknown flag");
		}
	}
}

Test(frame, each_reserved_bit_is_refused)
{
	for (unsigned bit = 0; bit < 16; bit++) {
		unsigned char header[ACTI_FRAME_HEADER_SIZE] = { [4] = ACTI_FRAME_PING };

		header[6 + bit / 8] = (unsigned char)(1U << bit % 8);
		cr_assert_str_eq(fault_of(header, 0), "reserved bits are set");
	}
}

/* robustness: E4 */
Test(frame, a_body_above_the_limit_is_refused_by_its_header)
{
	struct acti_frame frame = { .kind = ACTI_FRAME_RETURN, .body_size = 1000 };
	unsigned char header[ACTI_FRAME_HEADER_SIZE];

	acti_frame_encode(&frame, header);
	cr_assert_null(fault_of(header, 1000));
	cr_assert_str_eq(fault_of(header, 999), "the frame is too large");
	frame.body_size = UINT32_MAX;
	acti_frame_encode(&frame, header);
	cr_assert_str_eq(fault_of(header, UINT32_MAX - 1UL), "the frame is too large");
}

/* robustness: E13 */
Test(frame, other_protocols_are_refused_by_their_first_bytes)
{
	static const char *const strangers[] = {
		"GET / HTTP/1.1\r\nHost: x\r\n", "POST /rpc HTTP/1.1\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03random bytes", /* a TLS ClientHello */
	};

	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		cr_assert_not_null(fault_of((const unsigned char *)strangers[i], 1 << 20), "%zu", i);
}

Test(frame, kinds_have_names)
{
	cr_assert_str_eq(acti_frame_kind_name(ACTI_FRAME_HELLO), "Hello");
	cr_assert_str_eq(acti_frame_kind_name(ACTI_FRAME_CANCEL_ACK), "CancelAck");
	cr_assert_str_eq(acti_frame_kind_name(ACTI_FRAME_BYE), "Bye");
	cr_assert_str_eq(acti_frame_kind_name(0), "<unknown>");
	cr_assert_str_eq(acti_frame_kind_name(ACTI_FRAME_KINDS), "<unknown>");
}

static const unsigned char golden_start[] = {
	0x02, 0x01, 0x04, 0x03, 0x08, 0x07, 0x06, 0x05, 0x0c, 0x0b, 0x0a, 0x09, 0x10, 0x0f, 0x0e, 0x0d,
};

Test(start, prefix_has_the_specified_bytes)
{
	const struct acti_start start = {
		.module = 0x0102,
		.endpoint = 0x0304,
		.deadline_ms = 0x05060708,
		.credit_messages = 0x090a0b0c,
		.credit_bytes = 0x0d0e0f10,
	};
	unsigned char prefix[ACTI_START_PREFIX_SIZE];

	acti_start_encode(&start, prefix);
	cr_assert_arr_eq(prefix, golden_start, sizeof golden_start);
}

Test(start, prefix_decodes_to_what_was_encoded)
{
	struct acti_start start;

	cr_assert(acti_start_decode(golden_start, sizeof golden_start, &start));
	cr_assert_eq(start.module, 0x0102);
	cr_assert_eq(start.endpoint, 0x0304);
	cr_assert_eq(start.deadline_ms, 0x05060708);
	cr_assert_eq(start.credit_messages, 0x090a0b0c);
	cr_assert_eq(start.credit_bytes, 0x0d0e0f10);
}

Test(start, a_body_shorter_than_the_prefix_is_refused)
{
	struct acti_start start;

	for (size_t size = 0; size < ACTI_START_PREFIX_SIZE; size++)
		cr_assert_not(acti_start_decode(golden_start, size, &start));
}

Test(start, names_are_found_in_the_body)
{
	static const unsigned char bytes[] = "\x09"
					     "demo.Tree"
					     "\x06"
					     "Square"
					     "payload";
	struct acti_start_names names;

	cr_assert(acti_start_names_decode(bytes, sizeof bytes - 1, &names));
	cr_assert_eq(names.module_size, 9);
	cr_assert_arr_eq(names.module, "demo.Tree", 9);
	cr_assert_eq(names.endpoint_size, 6);
	cr_assert_arr_eq(names.endpoint, "Square", 6);
	cr_assert_eq(names.size, 17);
}

Test(start, names_cut_anywhere_are_refused)
{
	static const unsigned char bytes[] = "\x09"
					     "demo.Tree"
					     "\x06"
					     "Square";
	struct acti_start_names names;

	for (size_t size = 0; size < 17; size++)
		cr_assert_not(acti_start_names_decode(bytes, size, &names), "%zu", size);
	cr_assert(acti_start_names_decode(bytes, 17, &names));
}

/* robustness: E11 */
Test(start, names_that_are_empty_or_not_text_are_refused)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{ "\x00\x01"
		  "a",
		  3 },
		{ "\x01"
		  "a"
		  "\x00",
		  3 },
		{ "\x03"
		  "a\0b"
		  "\x01"
		  "a",
		  6 },
		{ "\x01"
		  "a"
		  "\x01\xff",
		  4 },
		{ "\x02\xc0\x80\x01"
		  "a",
		  5 },
		{ "\x01"
		  "a"
		  "\xff"
		  "b",
		  4 },
	};
	struct acti_start_names names;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_not(acti_start_names_decode((const unsigned char *)bad[i].bytes, bad[i].size, &names), "%zu",
		              i);
}
