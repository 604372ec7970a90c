/* SPDX-License-Identifier: BSD-2-Clause */
/* Two processes: the root asks a child to greet the world. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hello.actor.h"

/* Runs in the child. */
static int
greet(struct hello_greeter_state *state, const Hello__GreetRequest *request, Hello__GreetReply *reply)
{
	size_t size = strlen(request->name) + sizeof "Hello, !";

	(void)state;
	reply->text = actor_alloc(size);
	if (reply->text == NULL)
		return ACTOR_ENOMEM;
	snprintf(reply->text, size, "Hello, %s!", request->name);
	reply->pid = getpid();
	return 0;
}

/* Runs in the parent. */
static int
root(int argc, char **argv)
{
	struct hello_greeter greeter;
	Hello__GreetReply *reply;
	struct actor_nursery *actors;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = hello_greeter_spawn(actors, "greeter", NULL, &greeter);
	if (rc == 0)
		rc = hello_greeter_greet(greeter, HELLO_GREET_REQUEST(.name = argc > 1 ? argv[1] : "world"), &reply);
	if (rc == 0)
		printf("%s  (process %d answered process %d)\n", reply->text, reply->pid, getpid());
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc); /* returns when the child is gone */
}

int
main(int argc, char **argv)
{
	static const struct hello_greeter_ops ops = { .greet = greet };
	const struct actor_module modules[] = { hello_greeter_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}
