/* SPDX-License-Identifier: BSD-2-Clause */

/* An actor of the ordinary kind, with a service written by hand, for parents that are none. */

#include <actor/generated.h>
#include <google/protobuf/wrappers.pb-c.h>
#include <stddef.h>
#include <stdio.h>

struct victim_ops {
	int (*echo)(void *state, const Google__Protobuf__StringValue *request, Google__Protobuf__StringValue *reply);
	int (*wait)(void *state, const Google__Protobuf__StringValue *request, Google__Protobuf__StringValue *reply);
};

static int
echo(void *state, const Google__Protobuf__StringValue *request, Google__Protobuf__StringValue *reply)
{
	(void)state;
	reply->value = request->value;
	return 0;
}

static int
wait_long(void *state, const Google__Protobuf__StringValue *request, Google__Protobuf__StringValue *reply)
{
	(void)state, (void)request, (void)reply;
	return actor_sleep_ms(60000);
}

static int
echo_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	(void)context;
	return ((const struct victim_ops *)ops)->echo(state, request, reply);
}

static int
wait_thunk(const void *ops, void *state, struct actor_context context, const void *request, void *reply)
{
	(void)context;
	return ((const struct victim_ops *)ops)->wait(state, request, reply);
}

static int
state_open(const void *ops, void **ret_state)
{
	(void)ops;
	*ret_state = NULL;
	return 0;
}

static void
state_close(const void *ops, void *state)
{
	(void)ops, (void)state;
	fprintf(stderr, "victim: closed\n");
}

static const struct actor_message text = { .descriptor = &google__protobuf__string_value__descriptor };

#define ENDPOINT(name_, op_)                                                                         \
	{                                                                                            \
		.name = name_, .op = #op_, .kind = ACTOR_FUNCTION, .request = &text, .reply = &text, \
		.ops_offset = offsetof(struct victim_ops, op_), .thunk = op_##_thunk                 \
	}

static const struct actor_endpoint endpoints[] = { ENDPOINT("Echo", echo), ENDPOINT("Wait", wait) };

static const struct actor_service service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "test.Victim",
	.fingerprint = 0x1122334455667788,
	.endpoints = endpoints,
	.endpoint_count = ACTOR_COUNT(endpoints),
	.state_open = state_open,
	.state_close = state_close,
};

static int
root(int argc, char **argv)
{
	(void)argc, (void)argv;
	return actor_fail(ACTOR_EINVAL, "the victim was started as a root");
}

int
main(int argc, char **argv)
{
	static const struct victim_ops ops = { .echo = echo, .wait = wait_long };
	const struct actor_module modules[] = { { &service, &ops } };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}
