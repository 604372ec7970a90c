/* SPDX-License-Identifier: BSD-2-Clause */
/* An actor whose work blocks, and which hears its callers all the same. */
#include <actor/blocking.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

#include "resolver.actor.h"

struct lookup {
	const char *name;
	int error; /* getaddrinfo()'s */
	char text[INET_ADDRSTRLEN];
};

/* On a thread beside the actor's: it may block, and knows nothing but its argument. */
static int
look_up(void *argument)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct lookup *lookup = argument;
	struct addrinfo *found;

	lookup->error = getaddrinfo(lookup->name, NULL, &hints, &found);
	if (lookup->error != 0)
		return 0;
	inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr, lookup->text,
	          sizeof lookup->text);
	freeaddrinfo(found);
	return 0;
}

static int
resolve(struct resolver_resolver_state *state, const Resolver__Host *request, Resolver__Address *reply)
{
	struct lookup lookup = { .name = request->name };
	int rc = actor_run_blocking(look_up, &lookup);

	(void)state;
	if (rc != 0)
		return rc;
	if (lookup.error != 0)
		return actor_fail(ACTOR_EINVAL, "%s: %s", request->name, gai_strerror(lookup.error));
	reply->text = actor_strdup(lookup.text);
	return reply->text != NULL ? 0 : ACTOR_ENOMEM;
}

static int
root(int argc, char **argv)
{
	struct resolver_resolver resolver;
	Resolver__Address *address;
	struct actor_nursery *actors;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = resolver_resolver_spawn(actors, "resolver", NULL, &resolver);
	for (int i = 1; rc == 0 && i < argc; i++) {
		rc = resolver_resolver_resolve(resolver, RESOLVER_HOST(.name = argv[i]), &address);
		if (rc == 0)
			printf("%s is %s\n", argv[i], address->text);
	}
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

int
main(int argc, char **argv)
{
	static const struct resolver_resolver_ops ops = { .resolve = resolve };
	const struct actor_module modules[] = { resolver_resolver_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}
