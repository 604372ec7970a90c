/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RPC_SERVICE_H
#define TEST_RPC_SERVICE_H

/* A service whose endpoints do all that endpoints can do. */

#include <actor/generated.h>
#include <rpc_test.pb-c.h>

enum test_endpoint {
	TEST_ECHO,
	TEST_SLEEP,       /* number: ms */
	TEST_FAIL,        /* text: the message */
	TEST_RAISE,       /* text, data: the value's */
	TEST_RAISE_OTHER, /* which is not declared */
	TEST_BREAK,       /* replies with what is no UTF-8 */
	TEST_ITEMS,       /* a generator */
	TEST_LEFT,        /* replies with the time that is left */
	TEST_LARGE,       /* number: bytes of the reply */
	TEST_POSITIVE,    /* gives 7 */
	TEST_PERSIST,     /* as Sleep; if that is cancelled, it sleeps as long again under a shield, and does well */
	TEST_ENDPOINTS,
};

struct test_ops {
	size_t called, cancelled; /* endpoints, so far */
};

extern const struct actor_service test_service;
extern const struct actor_message test_bad, test_other;

/* The same names, another contract; another name, the same contract. */
extern const struct actor_service test_service_of_another_build, test_service_unknown;

#endif
