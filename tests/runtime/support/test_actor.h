/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SUPPORT_ACTOR_H
#define TEST_SUPPORT_ACTOR_H

/* Actors on the seam for tests, and peers of theirs whose frames are made by hand. */

#include <proc/peer.h>
#include <support/test_os.h>

struct test_actor {
	struct acti_proc proc;
	struct test_os *os;
	/* One connection, whose owner the test is. */
	struct acti_connection connection;
	struct actor_error loss;
	struct acti_portal *portal;
	struct actor_portal handle;
	bool is_linked, is_ended;
	char reason[200]; /* why the link ended; "": in order */
	unsigned idle_count, cancel_count;
	unsigned frames[ACTI_FRAME_KINDS]; /* that concern the actors, by kind */
	/* The outcome of the last task of test_actor_start() that ended. */
	size_t running;
	int rc;
	struct actor_error error;
};

/* What is left behind is an error of the test: fini aborts then. */
void test_actor_init(struct test_actor *self, struct test_os *os, const char *name);
void test_actor_fini(struct test_actor *self);
struct actor *test_actor_of(struct test_actor *self);

/* Serves the module; its state is NULL. */
void test_actor_serve(struct test_actor *self, const struct actor_service *service, const void *ops);

/* Opens the connection on this end, and sends a Hello.  The portal follows with the peer's Hello. */
void test_actor_link(struct test_actor *self, int end, bool is_maker);

/* Connects two actors, and lets them shake hands. */
void test_actor_join(struct test_actor *maker, struct test_actor *other);

/* A task in the actor's scope; the second form lets all run until nothing moves, and gives its code. */
void test_actor_start(struct test_actor *self, actor_task_fn *fn, void *argument);
int test_actor_run(struct test_actor *self, actor_task_fn *fn, void *argument);

/* ---- a peer by hand: frames from and to the end of a stream ---- */

struct test_frame {
	struct acti_frame head;
	struct test_bytes body; /* with a terminator after its size */
};

void test_frame_fini(struct test_frame *frame);
void test_peer_send(struct test_os *os, int end, unsigned kind, uint64_t cid, const void *body, size_t size);
void test_peer_send_flags(struct test_os *os, int end, unsigned kind, unsigned flags, uint64_t cid, const void *body,
                          size_t size);
bool test_peer_next(struct test_os *os, int end, struct test_frame *ret_frame); /* false: none has arrived */

/* A Hello of an actor with that name; `service` is what it serves, or NULL. */
void test_peer_hello(struct test_os *os, int end, const struct actor_uid *uid, uint32_t dialogs_max,
                     const struct actor_service *service);
/* An Error with one fault, as an actor that was not the origin might claim it: `origin` may be NULL. */
void test_peer_error(struct test_os *os, int end, uint64_t cid, int code, const char *message,
                     const struct actor_uid *origin);

/* A Start by name, and by number; the size of what `body` holds now. */
size_t test_start_by_name(unsigned char *body, const char *module, const char *endpoint, const void *payload,
                          size_t size);
size_t test_start_by_number(unsigned char *body, uint16_t module, uint16_t endpoint, uint32_t deadline_ms,
                            const void *payload, size_t size);

#endif
