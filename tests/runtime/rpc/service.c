/* SPDX-License-Identifier: BSD-2-Clause */
#include "service.h"

#include <string.h>

static struct test_ops *
enter(const void *ops)
{
	struct test_ops *self = (struct test_ops *)(uintptr_t)ops;

	self->called++;
	return self;
}

static int
echo(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	const Test__Request *request = request_;
	Test__Reply *reply = reply_;

	(void)state, (void)context;
	enter(ops);
	reply->number = request->number;
	reply->text = request->text;
	reply->data = request->data;
	return 0;
}

static int
sleep_ms(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	const Test__Request *request = request_;
	Test__Reply *reply = reply_;
	struct test_ops *self = enter(ops);
	int rc = actor_sleep_ms((uint64_t)request->number);

	(void)state, (void)context;
	reply->number = request->number;
	self->cancelled += rc == ACTOR_ECANCELED;
	return rc;
}

static int
fail(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	(void)state, (void)context, (void)reply_;
	enter(ops);
	return actor_fail(ACTOR_EINVAL, "%s", ((const Test__Request *)request_)->text);
}

static int
raise_bad(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	const Test__Request *request = request_;
	Test__Bad bad = TEST__BAD__INIT;

	(void)state, (void)context, (void)reply_;
	enter(ops);
	bad.why = request->text;
	bad.data.len = request->number > 0 ? (size_t)request->number : request->data.len;
	bad.data.data = request->number > 0 ? actor_calloc(1, bad.data.len) : request->data.data;
	return acti_raise(&bad.base);
}

static int
raise_other(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	const Test__Other other = TEST__OTHER__INIT;

	(void)state, (void)context, (void)request_, (void)reply_;
	enter(ops);
	return acti_raise(&other.base);
}

static int
break_reply(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	(void)state, (void)context, (void)request_;
	enter(ops);
	((Test__Reply *)reply_)->text = actor_strdup("\xff\xfe");
	return 0;
}

static int
left(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	(void)state, (void)context, (void)request_;
	enter(ops);
	((Test__Reply *)reply_)->number = (int32_t)actor_time_left_ms();
	return 0;
}

static int
large(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	Test__Reply *reply = reply_;

	(void)state, (void)context;
	enter(ops);
	reply->data.len = (size_t)((const Test__Request *)request_)->number;
	reply->data.data = actor_calloc(1, reply->data.len);
	return reply->data.data != NULL ? 0 : actor_fail(ACTOR_ENOMEM, "no reply");
}

static int
positive(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	(void)state, (void)context, (void)request_, (void)reply_;
	enter(ops);
	return 7;
}

static int
persist(const void *ops, void *state, struct actor_context context, const void *request_, void *reply_)
{
	const Test__Request *request = request_;
	int rc = sleep_ms(ops, state, context, request_, reply_);

	if (rc != 0) {
		ACTOR_SCOPE(cleanup, .shield_ms = (uint64_t)request->number + 1);
		rc = actor_sleep_ms((uint64_t)request->number);
	}
	return rc;
}

static const struct actor_message request_type = { .descriptor = &test__request__descriptor };
static const struct actor_message reply_type = { .descriptor = &test__reply__descriptor };
const struct actor_message test_bad = { .descriptor = &test__bad__descriptor };
const struct actor_message test_other = { .descriptor = &test__other__descriptor };
static const struct actor_message *const raises[] = { &test_bad, NULL };

#define ENDPOINT(name_, op_, kind_, raises_, thunk_)                                                             \
	{                                                                                                        \
		.name = name_, .op = op_, .kind = ACTOR_##kind_, .request = &request_type, .reply = &reply_type, \
		.raises = raises_, .thunk = thunk_                                                               \
	}

static const struct actor_endpoint endpoints[TEST_ENDPOINTS] = {
	[TEST_ECHO] = ENDPOINT("Echo", "echo", FUNCTION, NULL, echo),
	[TEST_SLEEP] = ENDPOINT("Sleep", "sleep", FUNCTION, NULL, sleep_ms),
	[TEST_FAIL] = ENDPOINT("Fail", "fail", FUNCTION, NULL, fail),
	[TEST_RAISE] = ENDPOINT("Raise", "raise", FUNCTION, raises, raise_bad),
	[TEST_RAISE_OTHER] = ENDPOINT("RaiseOther", "raise_other", FUNCTION, raises, raise_other),
	[TEST_BREAK] = ENDPOINT("Break", "break", FUNCTION, NULL, break_reply),
	[TEST_ITEMS] = ENDPOINT("Items", "items", GENERATOR, NULL, NULL),
	[TEST_LEFT] = ENDPOINT("Left", "left", FUNCTION, NULL, left),
	[TEST_LARGE] = ENDPOINT("Large", "large", FUNCTION, NULL, large),
	[TEST_POSITIVE] = ENDPOINT("Positive", "positive", FUNCTION, NULL, positive),
	[TEST_PERSIST] = ENDPOINT("Persist", "persist", FUNCTION, NULL, persist),
};

#define SERVICE(name_, fingerprint_)                                                                            \
	{                                                                                                       \
		.abi = ACTOR_GENERATED_ABI, .name = name_, .fingerprint = fingerprint_, .endpoints = endpoints, \
		.endpoint_count = TEST_ENDPOINTS                                                                \
	}

const struct actor_service test_service = SERVICE("test.Service", 0x1234);
const struct actor_service test_service_of_another_build = SERVICE("test.Service", 0x4321);
const struct actor_service test_service_unknown = SERVICE("test.Unknown", 0x1234);
